/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inet_flags.h"

#include <wininet.h>

/* Page "API Flags" (wininet) beside "BINDF enumeration" and "BINDF2 enumeration". */
static const struct flag_row
{
    DWORD internet, bindf, bindf2;
} rows[] = {
        {INTERNET_FLAG_RELOAD, BINDF_GETNEWESTVERSION, 0},
        {INTERNET_FLAG_NO_CACHE_WRITE, BINDF_NOWRITECACHE, 0},
        {INTERNET_FLAG_RESYNCHRONIZE, BINDF_RESYNCHRONIZE, 0},
        {INTERNET_FLAG_PRAGMA_NOCACHE, BINDF_PRAGMA_NO_CACHE, 0},
        {INTERNET_FLAG_NEED_FILE, BINDF_NEEDFILE, 0},
        {INTERNET_FLAG_OFFLINE, BINDF_OFFLINEOPERATION, 0},
        {INTERNET_FLAG_HYPERLINK, BINDF_HYPERLINK, 0},
        {INTERNET_FLAG_FWD_BACK, BINDF_FWD_BACK, 0},
        {INTERNET_FLAG_CACHE_IF_NET_FAIL, BINDF_GETFROMCACHE_IF_NET_FAIL, 0},
        {INTERNET_FLAG_NO_UI, BINDF_NO_UI, 0},
        {INTERNET_FLAG_NO_COOKIES, 0, BINDF2_DISABLEAUTOCOOKIEHANDLING},
};

DWORD inet_flags_of_client(const struct inet_protocol *protocol)
{
    return protocol->info.dwOptions & BINDINFO_OPTIONS_WININETFLAG ? protocol->info.dwOptionsFlags
                                                                   : 0;
}

void inet_flags_add(struct inet_protocol *protocol)
{
    DWORD flags = inet_flags_of_client(protocol);

    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
    {
        if (!(flags & rows[i].internet))
            continue;
        protocol->flags |= rows[i].bindf;
        protocol->flags2 |= rows[i].bindf2;
    }
}
