/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Internet Options, "Check for newer versions of stored pages". */
#include "cache_bed.h"

#define SETTINGS L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"

enum mode
{
    NEVER,
    EXPIRED,
    SESSION,
    ALWAYS,
    AUTOMATIC,
};

static void set_mode(DWORD mode)
{
    RegSetKeyValueW(HKEY_CURRENT_USER, SETTINGS, L"SyncMode5", REG_DWORD, &mode, sizeof(mode));
}

/* Makes an entry one that another process has kept, years ago. */
static void make_old(const WCHAR *url)
{
    INTERNET_CACHE_ENTRY_INFOW info = {.dwStructSize = sizeof(info)};

    GetSystemTimeAsFileTime(&info.LastSyncTime);
    info.LastSyncTime.dwHighDateTime -= 200000;
    ok(SetUrlCacheEntryInfoW(url, &info, CACHE_ENTRY_SYNCTIME_FC), "the entry is old now");
}

static void test_modes(void)
{
    static const struct
    {
        const WCHAR *query;
        enum bed_way ways[5], old[5]; /* by mode: of this session, and of another */
    } rows[] = {
            {L"control=max-age=1000", {BED_CACHE, BED_CACHE, BED_CACHE, BED_GOOD, BED_CACHE},
                    {BED_CACHE, BED_CACHE, BED_CACHE, BED_GOOD, BED_CACHE}},
            {L"expires=-1000", {BED_CACHE, BED_GOOD, BED_GOOD, BED_GOOD, BED_GOOD},
                    {BED_CACHE, BED_GOOD, BED_GOOD, BED_GOOD, BED_GOOD}},
            {L"", {BED_CACHE, BED_CACHE, BED_CACHE, BED_GOOD, BED_CACHE},
                    {BED_CACHE, BED_CACHE, BED_GOOD, BED_GOOD, BED_GOOD}},
            {L"control=max-age=1000&vary=Cookie",
                    {BED_GOOD, BED_GOOD, BED_GOOD, BED_GOOD, BED_GOOD},
                    {BED_GOOD, BED_GOOD, BED_GOOD, BED_GOOD, BED_GOOD}},
    };

    for (unsigned int i = 0; i < ARRAYSIZE(rows); i++)
    {
        for (unsigned int mode = NEVER; mode <= AUTOMATIC; mode++)
        {
            const WCHAR *url = bed_url(rows[i].query);

            bed_check(url, BINDF_NEEDFILE, BED_SERVER, "%s: fill", tap_wstr(rows[i].query));
            set_mode(mode);
            bed_check(url, BINDF_NOWRITECACHE, rows[i].ways[mode], "mode %u: of this session",
                    mode);
            make_old(url);
            bed_check(url, BINDF_NOWRITECACHE, rows[i].old[mode], "mode %u: of another", mode);
            bed_check(url, BINDF_GETNEWESTVERSION, BED_SERVER, "GETNEWESTVERSION all the same");
            bed_check(url, BINDF_OFFLINEOPERATION, BED_CACHE, "and OFFLINEOPERATION");
        }
    }
    set_mode(77);
    bed_check(bed_url(L"control=max-age=1000"), BINDF_NEEDFILE, BED_SERVER, "no mode: fill");
    RegDeleteKeyValueW(HKEY_CURRENT_USER, SETTINGS, L"SyncMode5");
}

int main(void)
{
    harness_require();
    if (builtin_lacks("answers from the cache (page \"BINDF enumeration\")"))
        return done_testing();
    CoInitialize(NULL);
    bed_begin();
    test_modes();
    tap_account_begin();
    test_modes();
    tap_account_end("modes");
    bed_end();
    CoUninitialize();
    return done_testing();
}
