/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * FLAG_STGMEDIUM, of which ole32 exports nothing: two longs and a medium, which is freed by who got
 * it when it has gone over (fPassOwnership), else after the call.
 */
#include <rpc.h>
#include <string.h>

#include "far_side.h"
#include "sink_media.h"

ULONG __RPC_USER FLAG_STGMEDIUM_UserSize(ULONG *flags, ULONG size, FLAG_STGMEDIUM *medium);
BYTE *__RPC_USER FLAG_STGMEDIUM_UserMarshal(ULONG *flags, BYTE *buffer, FLAG_STGMEDIUM *medium);
BYTE *__RPC_USER FLAG_STGMEDIUM_UserUnmarshal(ULONG *flags, BYTE *buffer, FLAG_STGMEDIUM *medium);
void __RPC_USER FLAG_STGMEDIUM_UserFree(ULONG *flags, FLAG_STGMEDIUM *medium);

static void check_flagged(DWORD context, LONG pass)
{
    static BYTE buffer[0x10000] __attribute__((aligned(8)));
    /* Without a message behind it: nobody knows where the buffer ends. */
    ULONG flags[8] = {MAKELONG(context, NDR_LOCAL_DATA_REPRESENTATION)};
    FLAG_STGMEDIUM medium = {.ContextFlags = 0x1234, .fPassOwnership = pass}, copy;
    BOOL in_place = context == MSHCTX_INPROC;
    LONG values[3];
    ULONG size;

    medium_make(MEDIUM_MEMORY, NULL, NULL, &medium.Stgmed);
    size = FLAG_STGMEDIUM_UserSize(flags, 0, &medium);
    is_ptr(FLAG_STGMEDIUM_UserMarshal(flags, buffer, &medium), buffer + size,
            "context %lu, pass %ld: as long as announced", (unsigned long)context, (long)pass);
    memcpy(values, buffer, sizeof(values));
    ok(values[0] == (LONG)context && values[1] == pass && values[2] == TYMED_HGLOBAL,
            "its beginning");
    is_int(medium.ContextFlags, (int)context, "the sender knows how it went");
    memset(&copy, 0xcc, sizeof(copy));
    is_ptr(FLAG_STGMEDIUM_UserUnmarshal(flags, buffer, &copy), buffer + size, "unmarshal");
    ok(copy.ContextFlags == (LONG)context && copy.fPassOwnership == pass
                    && medium_is(MEDIUM_MEMORY, &copy.Stgmed),
            "the same");
    is_int(copy.Stgmed.hGlobal == medium.Stgmed.hGlobal, in_place, "a copy between processes");
    FLAG_STGMEDIUM_UserFree(flags, &copy);
    if (pass)
    {
        ok(medium_is(MEDIUM_MEMORY, &copy.Stgmed), "what has gone over stays");
        medium_free(&copy.Stgmed);
    }
    if (pass && in_place)
        return;
    ok(medium_is(MEDIUM_MEMORY, &medium.Stgmed), "the sender's is as it was");
    medium_free(&medium.Stgmed);
}

int main(void)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    for (LONG pass = 0; pass < 2; pass++)
    {
        check_flagged(MSHCTX_LOCAL, pass);
        check_flagged(MSHCTX_INPROC, pass);
    }
    CoUninitialize();
    return done_testing();
}
