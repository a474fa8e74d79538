/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Altered URLs, each against the end of a page, for what decides by a URL: security URLs, zones,
 * security IDs, policies, mapping patterns; and what the zone map of the registry might say.
 * Nothing crashes or hangs; what is answered is documented; only files on this computer are of its
 * zone; nothing leaks. CONCIERGE_MUTATIONS says how many; hostile SEED NUMBER feeds one.
 */
#include <shlwapi.h>

#include "../uri/altered_url.h"

TAP_TIME_LIMIT(300);

#define SEED 20100913
#define INPUTS 40000 /* security URLs */
#define WARM_UP 4000
#define ZONES 1500 /* go through what looks into the registry, which takes long */
#define VALUES 300 /* altered values of the zone map */

static const HRESULT documented[] = {E_INVALIDARG, E_OUTOFMEMORY, E_FAIL, 0};

static IInternetSecurityManager *manager;
static struct fuzz_answers zone_answers = {.documented = documented};
static struct fuzz_answers id_answers = {.documented = documented};
static struct fuzz_answers url_answers = {.documented = documented};
static ULONG elevated, outside, unequal, mapped;

/* Whether the zone of this computer is right: of a path of DOS, a file: URL or what urlmon takes
 * for one. (The text may begin with blanks, which are left out.) */
static BOOL may_be_local(const WCHAR *url)
{
    BOOL may = FALSE;
    DWORD scheme = URL_SCHEME_UNKNOWN;
    WCHAR *secure = NULL;
    IUri *uri;

    if (FAILED(CoInternetGetSecurityUrl(url, &secure, PSU_SECURITY_URL_ONLY, 0)))
        return FALSE;
    if (SUCCEEDED(CreateUri(secure, Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME, 0, &uri)))
    {
        BSTR host = NULL;

        IUri_GetScheme(uri, &scheme);
        IUri_GetHost(uri, &host);
        may = scheme == URL_SCHEME_FILE && !SysStringLen(host);
        SysFreeString(host);
        IUri_Release(uri);
    }
    CoTaskMemFree(secure);
    return may;
}

static void feed_zone(const WCHAR *url, DWORD flags)
{
    DWORD zone = 77, policy = 0;
    HRESULT hr = IInternetSecurityManager_MapUrlToZone(manager, url, &zone, flags);

    fuzz_answer(&zone_answers, hr);
    if (FAILED(hr) ? zone != (DWORD)URLZONE_INVALID : zone > URLZONE_UNTRUSTED)
        outside++;
    if (hr == S_OK && zone == URLZONE_LOCAL_MACHINE && !may_be_local(url))
        elevated++;
    fuzz_answer(&zone_answers,
            IInternetSecurityManager_ProcessUrlAction(manager, url, URLACTION_SCRIPT_RUN,
                    (BYTE *)&policy, sizeof(policy), NULL, 0, PUAF_NOUI, 0));
}

/* The buffer ends at a guard page. */
static void feed_id(struct fuzz_random *random, const WCHAR *url)
{
    static const BYTE blank[MAX_SIZE_SECURITY_ID];
    DWORD room = fuzz_below(random, 3) ? MAX_SIZE_SECURITY_ID : fuzz_below(random, 40);
    DWORD size = room;
    BYTE *id = fuzz_guard(1, blank, room, 1, FALSE);
    HRESULT hr = IInternetSecurityManager_GetSecurityId(manager, url, id, &size, 0);

    if (hr == HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER))
    {
        outside += size <= room || size > MAX_SIZE_SECURITY_ID;
        return;
    }
    fuzz_answer(&id_answers, hr);
    if (hr != S_OK)
        return;
    outside += size > room;
    unequal += CompareSecurityIds(id, size, id, size, 0) != S_OK;
}

static void feed_security_url(const WCHAR *url, PSUACTION action)
{
    WCHAR *secure = NULL;
    HRESULT hr = CoInternetGetSecurityUrl(url, &secure, action, 0);

    fuzz_answer(&url_answers, hr);
    if (SUCCEEDED(hr) != (secure != NULL))
        outside++;
    CoTaskMemFree(secure);
}

/* What is mapped can be unmapped. */
static void feed_pattern(const WCHAR *pattern)
{
    HRESULT hr = IInternetSecurityManager_SetZoneMapping(manager, URLZONE_UNTRUSTED, pattern,
            SZM_CREATE);

    fuzz_answer(&zone_answers, hr);
    if (hr != S_OK)
        return;
    mapped++;
    if (IInternetSecurityManager_SetZoneMapping(manager, URLZONE_UNTRUSTED, pattern, SZM_DELETE)
            != S_OK)
        outside++;
}

static void feed_url(const struct fuzz_corpus *unused, UINT32 number)
{
    static struct url_text text;
    struct fuzz_random random;

    (void)unused;
    fuzz_random_seed(&random, fuzz_seed(), number);
    url_text_make(&random, &text);
    fuzz_at("CoInternetGetSecurityUrl", number);
    feed_security_url(url_text_guarded(0, &text), number & 1 ? PSU_DEFAULT : PSU_SECURITY_URL_ONLY);
}

static void feed_zones(const struct fuzz_corpus *unused, UINT32 number)
{
    static const DWORD flags[] = {0, MUTZ_NOSAVEDFILECHECK, MUTZ_IGNORE_ZONE_MAPPINGS,
            MUTZ_DONT_USE_CACHE};
    static struct url_text text;
    struct fuzz_random random;
    const WCHAR *url;

    (void)unused;
    fuzz_random_seed(&random, fuzz_seed() + 1, number);
    url_text_make(&random, &text);
    url = url_text_guarded(0, &text);
    fuzz_at("MapUrlToZone", number);
    feed_zone(url, flags[fuzz_below(&random, ARRAYSIZE(flags))]);
    fuzz_at("GetSecurityId", number);
    feed_id(&random, url);
    if (number % 4)
        return;
    fuzz_at("SetZoneMapping", number);
    feed_pattern(url);
}

/* Values and keys as no program writes them. */

#define MAP L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\ZoneMap\\"

static void put_value(struct fuzz_random *random, const WCHAR *key, const WCHAR *name)
{
    static const DWORD types[] = {REG_DWORD, REG_DWORD, REG_SZ, REG_BINARY, REG_NONE, REG_QWORD,
            REG_MULTI_SZ};
    BYTE data[600];
    DWORD size = fuzz_below(random, 8) ? fuzz_below(random, 12) : fuzz_below(random, sizeof(data));
    DWORD type = types[fuzz_below(random, ARRAYSIZE(types))];

    for (unsigned int i = 0; i < sizeof(data); i++)
        data[i] = fuzz_below(random, 3) ? 0 : (BYTE)fuzz_random(random);
    RegSetKeyValueW(HKEY_CURRENT_USER, key, name, type, data, type == REG_DWORD ? 4 : size);
}

/* A range of addresses: real ones with something in the wrong place, not always ended by a null. */
static void put_range(struct fuzz_random *random, const WCHAR *key)
{
    static const WCHAR *const parts[] = {L"10", L"*", L"1-3", L"-", L".", L".", L"..", L"10-",
            L"99999999999999999999", L" 1", L"0x0a", L"-1", L"\\", L"10.1.2.3", L"10.*.*.*", L"[",
            L"]", L":", L"::", L"2001:db8", L"[2001:db8::1]", L"%1"};
    WCHAR text[300] = L"";
    DWORD count = fuzz_below(random, 8);

    for (DWORD i = 0; i < count; i++)
        wcscat(text, parts[fuzz_below(random, ARRAYSIZE(parts))]);
    RegSetKeyValueW(HKEY_CURRENT_USER, key, L":Range", REG_SZ, text,
            (DWORD)(wcslen(text) + fuzz_below(random, 2)) * sizeof(WCHAR));
}

static void feed_registry(UINT32 number)
{
    static const WCHAR *const urls[] = {L"http://www.odd.example/", L"https://odd.example/",
            L"http://10.1.2.3/", L"ftp://10.1.2.3/", L"http://[2001:db8::1]/",
            L"http://[2001:db8::1%251]/"};
    struct fuzz_random random;

    fuzz_at("the zone map", number);
    fuzz_random_seed(&random, fuzz_seed() + 2, number);
    put_value(&random, MAP L"Domains\\odd.example", fuzz_below(&random, 2) ? L"http" : L"*");
    put_value(&random, MAP L"Domains\\odd.example\\www", fuzz_below(&random, 2) ? L"https" : L"*");
    put_range(&random, MAP L"Ranges\\Range900");
    put_value(&random, MAP L"Ranges\\Range900", L"*");
    put_value(&random, MAP L"ProtocolDefaults", L"ftp");
    for (unsigned int i = 0; i < ARRAYSIZE(urls); i++)
    {
        DWORD zone = 77;
        HRESULT hr = IInternetSecurityManager_MapUrlToZone(manager, urls[i], &zone, 0);

        outside += hr != S_OK || zone > URLZONE_USER_MAX;
    }
}

/* What stands beside the mappings does not hide them. */
static void test_neighbours(void)
{
    WCHAR name[200] = MAP L"Ranges\\", *end = name + wcslen(name);
    DWORD zone = 77, trusted = URLZONE_TRUSTED;

    for (unsigned int i = 0; i < 80; i++)
        *end++ = 'A';
    RegSetKeyValueW(HKEY_CURRENT_USER, name, L"*", REG_DWORD, &zone, sizeof(zone));
    RegSetKeyValueW(HKEY_CURRENT_USER, MAP L"Ranges\\Range901", L":Range", REG_SZ, L"10.9.*.*",
            sizeof(L"10.9.*.*"));
    RegSetKeyValueW(HKEY_CURRENT_USER, MAP L"Ranges\\Range901", L"*", REG_DWORD, &trusted,
            sizeof(trusted));
    is_hr(IInternetSecurityManager_MapUrlToZone(manager, L"http://10.9.8.7/", &zone, 0), S_OK,
            "a range behind a key that is none");
    is_uint(zone, URLZONE_TRUSTED, "its zone");
}

static void test_registry(void)
{
    for (UINT32 number = 0; number < VALUES; number++)
        feed_registry(number);
    is_uint(outside, 0, "zones are such as there can be");
    test_neighbours();
    RegDeleteTreeW(HKEY_CURRENT_USER, MAP L"Domains\\odd.example");
    RegDeleteTreeW(HKEY_CURRENT_USER, MAP L"Ranges");
    RegDeleteKeyValueW(HKEY_CURRENT_USER, MAP L"ProtocolDefaults", L"ftp");
}

int main(int argc, char **argv)
{
    struct fuzz_memory memory;
    IEnumString *mappings = NULL;

    if (builtin_lacks("checks of such URLs"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    CoInternetCreateSecurityManager(NULL, &manager, 0);
    fuzz_begin(argc, argv, SEED, 20);
    fuzz_feed(feed_zones, NULL, ZONES, ZONES / 4, &memory);
    fuzz_memory_check(&memory, 512 * 1024, 8, "zones of altered URLs");
    fuzz_feed(feed_url, NULL, INPUTS, WARM_UP, &memory);
    fuzz_answers_check(&zone_answers, "zones");
    fuzz_answers_check(&id_answers, "security IDs");
    fuzz_answers_check(&url_answers, "security URLs");
    is_uint(elevated, 0, "no other URL is of the zone of this computer");
    is_uint(outside, 0, "zones, sizes and mappings are as they should be");
    is_uint(unequal, 0, "a security ID is the same as itself");
    note("%lu patterns were mapped, and unmapped", mapped);
    is_hr(IInternetSecurityManager_GetZoneMappings(manager, URLZONE_UNTRUSTED, &mappings, 0), S_OK,
            "GetZoneMappings");
    is_hr(IEnumString_Skip(mappings, 1), S_FALSE, "no mapping is left");
    IEnumString_Release(mappings);
    fuzz_memory_check(&memory, 512 * 1024, 8, "altered URLs");
    test_registry();
    is_uint(IInternetSecurityManager_Release(manager), 0, "the last reference");
    CoUninitialize();
    return done_testing();
}
