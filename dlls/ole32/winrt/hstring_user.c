/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HSTRING as an argument of a call: the number of characters and the characters. An empty string
 * and none are the same.
 */
#include "user_functions.h"
#include "windows_runtime.h"

#define LENGTH_MAX 0x3fffffff

static void hstring_put(struct user_wire *wire, const HSTRING *string)
{
    UINT32 length;
    const WCHAR *text = WindowsGetStringRawBuffer(*string, &length);

    wire_put_long(wire, length);
    wire_put_bytes(wire, text, length * sizeof(WCHAR));
}

static void hstring_get(struct user_wire *wire, HSTRING *string)
{
    DWORD length = wire_get_long(wire);
    const BYTE *text;
    HRESULT hr;

    if (length > LENGTH_MAX)
    {
        wire_bad(wire);
        return;
    }
    text = wire_get_bytes(wire, (SIZE_T)length * sizeof(WCHAR));
    if (!text || !length)
        return;
    if (FAILED(hr = WindowsCreateString((const WCHAR *)text, length, string)))
        wire_fail(wire, hr == E_OUTOFMEMORY ? (DWORD)RPC_S_OUT_OF_MEMORY : (DWORD)hr);
}

static void hstring_release(struct user_wire *wire, HSTRING *string)
{
    (void)wire;
    WindowsDeleteString(*string);
    *string = NULL;
}

/* The pages: "HSTRING_UserSize function", "HSTRING_UserMarshal function" and so on. */
/* clang-format off */
USER_FUNCTIONS(HSTRING, hstring_put, hstring_get, hstring_release)
