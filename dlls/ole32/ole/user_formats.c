/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clipboard formats: userCLIPFORMAT of wtypes.idl. A format's number is the same in all processes
 * of a window station; to another machine those go as they are which Windows defines, and the
 * registered ones ("RegisterClipboardFormatW function": 0xC000 to 0xFFFF) by their names.
 */
#include "user_buffer.h"
#include "user_functions.h"

#include <ole2.h>
#include <rpc.h>

#define TAG_NUMBER 0x48746457 /* WDT_INPROC_CALL */
#define TAG_NAME 0x52746457   /* WDT_REMOTE_CALL */
#define FIRST_REGISTERED 0xc000
#define NAME_MAX_LENGTH 256 /* an atom's, with the zero */

static void format_put(struct user_wire *wire, const CLIPFORMAT *format)
{
    BOOL by_name =
            user_context(wire->flags) == MSHCTX_DIFFERENTMACHINE && *format >= FIRST_REGISTERED;
    WCHAR name[NAME_MAX_LENGTH];

    wire_put_gap(wire);
    if (!by_name)
    {
        wire_put_long(wire, TAG_NUMBER);
        wire_put_gap(wire);
        wire_put_long(wire, *format);
        return;
    }
    if (!GetClipboardFormatNameW(*format, name, NAME_MAX_LENGTH))
    {
        wire_fail(wire, (DWORD)DV_E_CLIPFORMAT);
        return;
    }
    wire_put_long(wire, TAG_NAME);
    wire_put_pointer(wire, TRUE);
    wire_put_text(wire, name);
}

static void format_get_named(struct user_wire *wire, CLIPFORMAT *format)
{
    WCHAR *name;

    if (!wire_get_pointer(wire))
    {
        wire_bad(wire);
        return;
    }
    if (!(name = wire_get_text(wire)))
        return;
    if (!name[0] || lstrlenW(name) >= NAME_MAX_LENGTH)
        wire_bad(wire);
    else if (!(*format = (CLIPFORMAT)RegisterClipboardFormatW(name)))
        wire_fail(wire, (DWORD)E_OUTOFMEMORY);
    CoTaskMemFree(name);
}

static void format_get(struct user_wire *wire, CLIPFORMAT *format)
{
    DWORD tag, number;

    wire_get_gap(wire);
    tag = wire_get_long(wire);
    if (tag == TAG_NAME)
    {
        format_get_named(wire, format);
        return;
    }
    wire_get_gap(wire);
    number = wire_get_long(wire);
    if (tag != TAG_NUMBER || number > 0xffff)
        wire_bad(wire);
    *format = (CLIPFORMAT)number;
}

static void format_release(struct user_wire *wire, CLIPFORMAT *format)
{
    (void)wire;
    (void)format;
}

/* clang-format off */
USER_FUNCTIONS(CLIPFORMAT, format_put, format_get, format_release)
USER_FUNCTIONS_NAMED(CLIPFORMAT, CLIPFORMAT, Ext, WIRE_PLAIN, format_put, format_get,
        format_release)
