/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The zone map: IInternetSecurityManager::SetZoneMapping (platform-apis/ms537143), GetZoneMappings
 * (ms537127), and what of it MapUrlToZone sees; the registry is read back.
 */
#include "../../tap.h"

#include <stdio.h>
#include <urlmon.h>
#include <wchar.h>

#define ZONE_MAP L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\ZoneMap\\"

static IInternetSecurityManager *manager;

static DWORD zone_of(const WCHAR *url)
{
    DWORD zone = 77;
    HRESULT hr = IInternetSecurityManager_MapUrlToZone(manager, url, &zone, 0);

    return FAILED(hr) ? (DWORD)hr : zone;
}

static HRESULT map(DWORD zone, const WCHAR *pattern, DWORD flags)
{
    return IInternetSecurityManager_SetZoneMapping(manager, zone, pattern, flags);
}

static unsigned int mapping_count(DWORD zone, const WCHAR *pattern)
{
    IEnumString *mappings = NULL;
    unsigned int found = 0;
    LPOLESTR text;

    is_hr(IInternetSecurityManager_GetZoneMappings(manager, zone, &mappings, 0), S_OK,
            "GetZoneMappings");
    if (!mappings)
        return 0;
    while (IEnumString_Next(mappings, 1, &text, NULL) == S_OK)
    {
        found += !pattern || !_wcsicmp(text, pattern);
        CoTaskMemFree(text);
    }
    IEnumString_Release(mappings);
    return found;
}

/* A value of the map; 99: there is none. */
static DWORD value_of(const WCHAR *key, const WCHAR *name)
{
    WCHAR path[200];
    DWORD value, size = sizeof(value);

    swprintf(path, ARRAYSIZE(path), ZONE_MAP L"%ls", key);
    return RegGetValueW(HKEY_CURRENT_USER, path, name, RRF_RT_REG_DWORD, NULL, &value, &size)
            ? 99
            : value;
}

static BOOL key_exists(const WCHAR *name)
{
    WCHAR path[200];
    HKEY key;

    swprintf(path, ARRAYSIZE(path), ZONE_MAP L"%ls", name);
    if (RegOpenKeyExW(HKEY_CURRENT_USER, path, 0, KEY_READ, &key))
        return FALSE;
    RegCloseKey(key);
    return TRUE;
}

struct row
{
    const WCHAR *pattern, *listed; /* as GetZoneMappings gives it */
    const WCHAR *key, *scheme;     /* where it is kept */
    const WCHAR *inside, *outside;
};

static const struct row rows[] = {
        {L"http://www.mapped.example", L"http://www.mapped.example",
                L"Domains\\mapped.example\\www", L"http", L"http://www.mapped.example/x",
                L"https://www.mapped.example/x"},
        {L"*://*.mapped.example", L"mapped.example", L"Domains\\mapped.example", L"*",
                L"ftp://a.b.mapped.example/", L"ftp://notmapped.example/"},
        {L"mapped.example", L"mapped.example", L"Domains\\mapped.example", L"*",
                L"http://mapped.example/", L"http://mapped.example.org/"},
        {L"http://*.mapped.co.uk", L"http://mapped.co.uk", L"Domains\\mapped.co.uk", L"http",
                L"http://deep.down.mapped.co.uk/", L"http://mapped2.co.uk/"},
        {L"*://server.mapped.com", L"server.mapped.com", L"Domains\\mapped.com\\server", L"*",
                L"https://server.mapped.com/", L"https://mapped.com/"},
        {L"HTTPS://A.B.Mapped.COM/dir/file", L"https://a.b.mapped.com", L"Domains\\mapped.com\\a.b",
                L"https", L"https://a.b.mapped.com:8080/y", L"https://b.mapped.com/"},
        {L"https://mappedhost/", L"https://mappedhost", L"Domains\\mappedhost", L"https",
                L"https://mappedhost/x", L"https://mappedhost.example/"},
        {L"file:\\\\mappedhost\\share", L"file://mappedhost", L"Domains\\mappedhost", L"file",
                L"\\\\mappedhost\\share\\x", L"http://mappedhost.example/"},
        {L"ftp://192.168.0.0/", L"ftp://192.168.0.0", L"Ranges\\Range1", L"ftp",
                L"ftp://192.168.0.0/a", L"ftp://192.168.0.1/a"},
        {L"http://0xc0.0250.258", L"http://192.168.1.2", L"Ranges\\Range1", L"http",
                L"http://192.168.1.2./", L"http://192.168.1.3/"},
        {L"*://172.16-31.*.*", L"172.16-31.*.*", L"Ranges\\Range1", L"*", L"http://172.31.255.1/",
                L"http://172.32.0.1/"},
        {L"http://[2001:DB8:0:0::1]", L"http://[2001:db8::1]", L"Ranges\\Range1", L"http",
                L"http://[2001:0db8::0001]:8080/x", L"http://[2001:db8::2]/"},
        {L"[::ffff:10.1.2.3]", L"[::ffff:10.1.2.3]", L"Ranges\\Range1", L"*",
                L"ftp://[::ffff:a01:203]/", L"ftp://10.1.2.3/"},
        {L"*://[fe80::1]", L"[fe80::1]", L"Ranges\\Range1", L"*", L"https://[FE80::1]/",
                L"https://[fe80::1%251]/"},
        {L"http://b\x00fc"
         L"cher.example",
                L"http://xn--bcher-kva.example", L"Domains\\xn--bcher-kva.example", L"http",
                L"http://www.b\x00fc"
                L"cher.example/",
                L"http://bucher.example/"},
};

static void test_rows(void)
{
    for (unsigned int i = 0; i < ARRAYSIZE(rows); i++)
    {
        const struct row *row = &rows[i];
        DWORD before = zone_of(row->inside);

        is_hr(map(URLZONE_UNTRUSTED, row->pattern, SZM_CREATE), S_OK, "map %s",
                tap_wstr(row->pattern));
        is_uint(value_of(row->key, row->scheme), URLZONE_UNTRUSTED, "it is in %s",
                tap_wstr(row->key));
        is_uint(zone_of(row->inside), URLZONE_UNTRUSTED, "%s is inside", tap_wstr(row->inside));
        ok(zone_of(row->outside) != URLZONE_UNTRUSTED, "%s is not", tap_wstr(row->outside));
        is_uint(mapping_count(URLZONE_UNTRUSTED, row->listed), 1, "it is listed");
        is_uint(mapping_count(URLZONE_TRUSTED, row->listed), 0, "for its zone only");
        is_hr(map(URLZONE_UNTRUSTED, row->pattern, SZM_CREATE), E_FAIL, "it is there already");
        is_hr(map(URLZONE_INTRANET, row->pattern, SZM_CREATE),
                HRESULT_FROM_WIN32(ERROR_FILE_EXISTS), "in another zone");
        is_hr(map(URLZONE_UNTRUSTED, row->pattern, SZM_DELETE), S_OK, "unmap it");
        is_uint(zone_of(row->inside), before, "the zone is as before");
        is_uint(mapping_count(URLZONE_UNTRUSTED, NULL), 0, "nothing is listed");
        ok(!key_exists(row->key), "%s is gone", tap_wstr(row->key));
        is_hr(map(URLZONE_UNTRUSTED, row->pattern, SZM_DELETE),
                HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), "nothing to unmap");
    }
}

static void test_invalid(void)
{
    static const WCHAR *const patterns[] = {L"http://*.server.example.com", L"ftp://*", L"*",
            L"http://", L"http:", L"", L"://host", L"http://*.com", L"http://a*.example.com",
            L"http://host:80", L"http://user@host", L"http://a b", L"http://a..b", L"http://.a",
            L"ht tp://a", L"http://300.1.2.*", L"http://1.2.9-3.4", L"http://1.2.3-.4",
            L"http://[::1", L"http://::1", L"http://[::1]:80", L"http://[::g]", L"http://[]",
            L"http://*.[::1]", L"http://[fe80::1%251]", L"http://[::1-9]", L"http://[1:2:*]",
            L"h\x00fct://a.b", L"averyveryverylongschemewithmorethan32characters://a.b"};
    WCHAR long_host[600] = L"http://";

    for (unsigned int i = 0; i < ARRAYSIZE(patterns); i++)
    {
        is_hr(map(URLZONE_UNTRUSTED, patterns[i], SZM_CREATE), E_INVALIDARG, "map %s",
                tap_wstr(patterns[i]));
    }
    for (unsigned int i = 7; i < ARRAYSIZE(long_host) - 1; i++)
        long_host[i] = i % 50 ? 'a' : '.';
    is_hr(map(URLZONE_UNTRUSTED, long_host, SZM_CREATE), E_INVALIDARG, "a host of 600 characters");
    is_hr(map(55, L"http://a.b", SZM_CREATE), E_INVALIDARG, "no such zone");
    is_hr(map(URLZONE_UNTRUSTED, NULL, SZM_CREATE), E_INVALIDARG, "NULL");
    is_hr(map(URLZONE_UNTRUSTED, L"http://a.b", 7), E_INVALIDARG, "no such flag");
    is_uint(mapping_count(URLZONE_UNTRUSTED, NULL), 0, "nothing was mapped");
    is_hr(IInternetSecurityManager_GetZoneMappings(manager, URLZONE_UNTRUSTED, NULL, 0),
            E_INVALIDARG, "no place for a list");
}

/* "Attempted to enter a non-SSL site into a zone that requires server verification." */
static void test_verification(void)
{
    is_hr(map(URLZONE_TRUSTED, L"http://mapped.example", SZM_CREATE), E_ACCESSDENIED,
            "the trusted zone requires server verification");
    is_hr(map(URLZONE_TRUSTED, L"mapped.example", SZM_CREATE), E_ACCESSDENIED, "for any scheme");
    is_hr(map(URLZONE_TRUSTED, L"https://mapped.example", SZM_CREATE), S_OK, "HTTPS");
    is_uint(zone_of(L"https://www.mapped.example/"), URLZONE_TRUSTED, "is trusted");
    is_uint(zone_of(L"http://www.mapped.example/"), URLZONE_INTERNET, "HTTP is not");
    is_hr(map(URLZONE_TRUSTED, L"https://mapped.example", SZM_DELETE), S_OK, "unmap it");
}

/* Spellings of one host that a map must not be evaded with. */
static void test_evasions(void)
{
    static const WCHAR *const same[] = {L"http://EVIL.example/", L"http://evil.example./",
            L"http://user:word@evil.example:8080/", L"http://%65vil.example/",
            L"http://\xff45vil.example/",
            L"http://evil\x3002"
            L"example/",
            L"http:\\\\evil.example\\x", L"http://ev\til.example/", L"http://a@evil.example/"};
    static const WCHAR *const addresses[] = {L"http://3221225985/", L"http://0xC0000201",
            L"http://0300.0.02.1/", L"http://192.513/", L"http://192.0.2.%31/",
            L"http://192.0.2.1./",
            L"http://\xff11"
            L"92.0.2.1/",
            L"http://192\x3002"
            L"0\x3002"
            L"2\x3002"
            L"1/"};
    DWORD zone = 77;

    is_hr(map(URLZONE_UNTRUSTED, L"http://evil.example", SZM_CREATE), S_OK, "map a name");
    for (unsigned int i = 0; i < ARRAYSIZE(same); i++)
        is_uint(zone_of(same[i]), URLZONE_UNTRUSTED, "%s is it", tap_wstr(same[i]));
    is_hr(IInternetSecurityManager_MapUrlToZone(manager, same[0], &zone, MUTZ_IGNORE_ZONE_MAPPINGS),
            S_OK, "MUTZ_IGNORE_ZONE_MAPPINGS");
    is_uint(zone, URLZONE_INTERNET, "ignores the map");
    is_hr(map(0, L"http://evil.example", SZM_DELETE), S_OK, "unmap it");
    is_hr(map(URLZONE_UNTRUSTED, L"http://192.0.2.1", SZM_CREATE), S_OK, "map an address");
    for (unsigned int i = 0; i < ARRAYSIZE(addresses); i++)
        is_uint(zone_of(addresses[i]), URLZONE_UNTRUSTED, "%s is it", tap_wstr(addresses[i]));
    is_hr(map(0, L"http://192.0.2.1", SZM_DELETE), S_OK, "unmap it");
}

/* Several schemes of one host, several ranges; the enhanced map is another one. */
static void test_several(void)
{
    DWORD on = 1;

    is_hr(map(URLZONE_UNTRUSTED, L"http://10.0.*.*", SZM_CREATE), S_OK, "a range");
    is_hr(map(URLZONE_UNTRUSTED, L"http://10.1.*.*", SZM_CREATE), S_OK, "a second one");
    is_hr(map(URLZONE_UNTRUSTED, L"ftp://10.1.*.*", SZM_CREATE), S_OK, "the second one for FTP");
    ok(key_exists(L"Ranges\\Range1") && key_exists(L"Ranges\\Range2")
                    && !key_exists(L"Ranges\\Range3"),
            "two keys");
    is_hr(map(0, L"http://10.0.*.*", SZM_DELETE), S_OK, "the first goes");
    is_uint(zone_of(L"http://10.1.2.3/"), URLZONE_UNTRUSTED, "the second stays");
    is_hr(map(0, L"http://10.1.*.*", SZM_DELETE), S_OK, "it goes");
    is_uint(zone_of(L"ftp://10.1.2.3/"), URLZONE_UNTRUSTED, "for FTP it stays");
    is_hr(map(URLZONE_UNTRUSTED, L"http://10.2.*.*", SZM_CREATE), S_OK, "a third one");
    ok(key_exists(L"Ranges\\Range1"), "takes the number that is free");
    is_hr(map(0, L"ftp://10.1.*.*", SZM_DELETE), S_OK, "for FTP it goes");
    is_hr(map(0, L"http://10.2.*.*", SZM_DELETE), S_OK, "the third goes");
    ok(!key_exists(L"Ranges\\Range1") && !key_exists(L"Ranges\\Range2"), "no key is left");

    is_hr(map(URLZONE_UNTRUSTED | URLZONE_ESC_FLAG, L"http://www.mapped.example", SZM_CREATE), S_OK,
            "URLZONE_ESC_FLAG");
    is_uint(value_of(L"EscDomains\\mapped.example\\www", L"http"), URLZONE_UNTRUSTED,
            "in its own map");
    is_uint(mapping_count(URLZONE_UNTRUSTED | URLZONE_ESC_FLAG, L"http://www.mapped.example"), 1,
            "listed there");
    is_uint(mapping_count(URLZONE_UNTRUSTED, NULL), 0, "and not in the other");
    is_uint(zone_of(L"http://www.mapped.example/"), URLZONE_INTERNET, "which is not in use");
    RegSetKeyValueW(HKEY_CURRENT_USER, ZONE_MAP, L"IEHarden", REG_DWORD, &on, sizeof(on));
    is_uint(zone_of(L"http://www.mapped.example/"), URLZONE_UNTRUSTED,
            "until the zones are hardened");
    RegDeleteKeyValueW(HKEY_CURRENT_USER, ZONE_MAP, L"IEHarden");
    is_hr(map(URLZONE_UNTRUSTED | URLZONE_ESC_FLAG, L"http://www.mapped.example", SZM_DELETE), S_OK,
            "unmap it");
    ok(!key_exists(L"EscDomains\\mapped.example"), "no key is left");
}

/* What others have written there, and strange things. */
static void test_foreign(void)
{
    static const WCHAR endless[] = L"1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1";
    DWORD zone = URLZONE_UNTRUSTED, wild = 0xdeadbeef;

    RegSetKeyValueW(HKEY_CURRENT_USER, ZONE_MAP L"Ranges\\Mine", L":Range", REG_SZ,
            L"192.0.2.10-20", sizeof(L"192.0.2.10-20"));
    RegSetKeyValueW(HKEY_CURRENT_USER, ZONE_MAP L"Ranges\\Mine", L"http", REG_DWORD, &zone,
            sizeof(zone));
    is_uint(zone_of(L"http://192.0.2.15/"), URLZONE_UNTRUSTED, "an address of a range");
    is_uint(zone_of(L"http://192.0.2.21/"), URLZONE_INTERNET, "one outside of it");
    is_hr(map(URLZONE_UNTRUSTED, L"http://192.0.2.10-20", SZM_CREATE), E_FAIL,
            "the range is known by its text, whatever its key is called");
    RegSetKeyValueW(HKEY_CURRENT_USER, ZONE_MAP L"Ranges\\Mine", L":Range", REG_SZ, endless,
            sizeof(endless));
    is_uint(zone_of(L"http://1.1.1.1/"), URLZONE_INTERNET, "a range of thirty numbers");
    RegSetKeyValueW(HKEY_CURRENT_USER, ZONE_MAP L"Ranges\\Mine", L":Range", REG_DWORD, &wild,
            sizeof(wild));
    is_uint(zone_of(L"http://192.0.2.15/"), URLZONE_INTERNET, "a range that is no text");
    RegDeleteTreeW(HKEY_CURRENT_USER, ZONE_MAP L"Ranges\\Mine");
    RegSetKeyValueW(HKEY_CURRENT_USER, ZONE_MAP L"Domains\\odd.example", L"http", REG_SZ, L"4",
            sizeof(L"4"));
    is_uint(zone_of(L"http://odd.example/"), URLZONE_INTERNET, "a zone that is a text");
    is_uint(mapping_count(URLZONE_UNTRUSTED, NULL), 0, "is not listed");
    RegDeleteTreeW(HKEY_CURRENT_USER, ZONE_MAP L"Domains\\odd.example");
}

static void run_all(void)
{
    is_hr(CoInternetCreateSecurityManager(NULL, &manager, 0), S_OK,
            "CoInternetCreateSecurityManager");
    test_rows();
    test_invalid();
    test_verification();
    test_evasions();
    test_several();
    test_foreign();
    is_uint(IInternetSecurityManager_Release(manager), 0, "the last reference");
}

int main(void)
{
    if (builtin_lacks("SetZoneMapping and GetZoneMappings: ms537143, ms537127"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    run_all();
    tap_account_begin();
    run_all();
    tap_account_end("zone map");
    CoUninitialize();
    return done_testing();
}
