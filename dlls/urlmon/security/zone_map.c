/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The zone map: "URL Security Zones Registry Entries" (ZoneMap), "About URL Security Zones",
 * IInternetSecurityManager::MapUrlToZone, SetZoneMapping, GetZoneMappings.
 *
 * ZoneMap\Domains\example.org\www has a value a scheme, or "*", with the zone; the host's own part
 * is a key below its domain. ZoneMap\Ranges\RangeN has the addresses in ":Range".
 * ZoneMap\ProtocolDefaults has the zone of a scheme when nothing else applies.
 */
#include "zone_map.h"

#include "com_object.h"
#include "string_enumerator.h"
#include "zone_registry.h"

#include <shlwapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define ZONE_MAP INTERNET_SETTINGS L"ZoneMap\\"
#define HOST_MAX 256
#define KEY_MAX (ARRAY_SIZE(ZONE_MAP L"Domains\\") + 2 * HOST_MAX)

/* A zone in a key of the map: for the scheme, else for all. */
static BOOL mapping_read(HKEY root, const WCHAR *key, const WCHAR *scheme, DWORD *zone)
{
    const WCHAR *names[] = {scheme, L"*"};

    for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
    {
        DWORD size = sizeof(*zone);

        if (!RegGetValueW(root, key, names[i], RRF_RT_REG_DWORD, NULL, zone, &size))
            return TRUE;
    }
    return FALSE;
}

/* Looks for the host, then for its parent domains: www.a.example.org is Domains\www.a.example.org,
 * Domains\a.example.org\www, Domains\example.org\www.a, and so for the domains alone. */
static BOOL domain_find(HKEY root, const WCHAR *host, const WCHAR *scheme, DWORD *zone)
{
    WCHAR key[KEY_MAX];

    swprintf(key, ARRAY_SIZE(key), ZONE_MAP L"Domains\\%ls", host);
    if (mapping_read(root, key, scheme, zone))
        return TRUE;
    for (const WCHAR *dot = wcschr(host, '.'); dot; dot = wcschr(dot + 1, '.'))
    {
        swprintf(key, ARRAY_SIZE(key), ZONE_MAP L"Domains\\%ls\\%.*ls", dot + 1, (int)(dot - host),
                host);
        if (mapping_read(root, key, scheme, zone))
            return TRUE;
    }
    for (const WCHAR *dot = wcschr(host, '.'); dot; dot = wcschr(dot + 1, '.'))
    {
        swprintf(key, ARRAY_SIZE(key), ZONE_MAP L"Domains\\%ls", dot + 1);
        if (mapping_read(root, key, scheme, zone))
            return TRUE;
    }
    return FALSE;
}

/* Whether an address lies in a range: "10.0.*.*", "192.168.1-9.1", or the address itself. */
static BOOL range_matches(const WCHAR *range, const WCHAR *address)
{
    for (;;)
    {
        WCHAR *range_end, *address_end;
        unsigned long low, high, value;

        value = wcstoul(address, &address_end, 10);
        if (address_end == address)
            return FALSE;
        if (*range == '*')
        {
            range++;
        }
        else
        {
            low = high = wcstoul(range, &range_end, 10);
            if (range_end == range)
                return FALSE;
            if (*range_end == '-')
                high = wcstoul(range_end + 1, &range_end, 10);
            range = range_end;
            if (value < low || value > high)
                return FALSE;
        }
        address = address_end;
        if (*range != *address)
            return FALSE;
        if (!*range)
            return TRUE;
        range++;
        address++;
    }
}

static BOOL range_find(HKEY root, const WCHAR *host, const WCHAR *scheme, DWORD *zone)
{
    BOOL found = FALSE;
    WCHAR name[64];
    HKEY ranges;

    if (RegOpenKeyExW(root, ZONE_MAP L"Ranges", 0, KEY_READ, &ranges))
        return FALSE;
    for (DWORD i = 0; !found; i++)
    {
        DWORD length = ARRAY_SIZE(name), size;
        WCHAR range[64];

        if (RegEnumKeyExW(ranges, i, name, &length, NULL, NULL, NULL, NULL))
            break;
        size = sizeof(range);
        found = !RegGetValueW(ranges, name, L":Range", RRF_RT_REG_SZ, NULL, range, &size)
                && range_matches(range, host) && mapping_read(ranges, name, scheme, zone);
    }
    RegCloseKey(ranges);
    return found;
}

static DWORD map_number(const WCHAR *key, const WCHAR *name, DWORD otherwise)
{
    HKEY roots[2];
    unsigned int count = zone_roots(URLZONEREG_DEFAULT, roots);
    DWORD value, size = sizeof(value);

    for (unsigned int i = 0; i < count; i++)
    {
        if (!RegGetValueW(roots[i], key, name, RRF_RT_REG_DWORD, NULL, &value, &size))
            return value;
        size = sizeof(value);
    }
    return otherwise;
}

/* The zone that a downloaded file carries in its stream Zone.Identifier. */
static BOOL file_mark_read(const WCHAR *path, DWORD *zone)
{
    WCHAR stream[MAX_PATH + 20];
    UINT mark;

    if (wcslen(path) >= MAX_PATH)
        return FALSE;
    swprintf(stream, ARRAY_SIZE(stream), L"%ls:Zone.Identifier", path);
    if (GetFileAttributesW(stream) == INVALID_FILE_ATTRIBUTES)
        return FALSE;
    mark = GetPrivateProfileIntW(L"ZoneTransfer", L"ZoneId", (INT)URLZONE_INVALID, stream);
    if (mark > URLZONE_UNTRUSTED)
        return FALSE;
    *zone = mark;
    return TRUE;
}

/* A file on this computer is of the local machine, unless it was marked when it came from
 * elsewhere; one of another computer is of the intranet if so configured. */
static void zone_of_file(IUri *uri, const WCHAR *host, DWORD flags, DWORD *zone)
{
    WCHAR path[MAX_PATH], root[] = L"?:\\";
    DWORD length = MAX_PATH;
    BSTR text = NULL;

    if (*host)
    {
        if (map_number(ZONE_MAP, L"UNCAsIntranet", 0))
            *zone = URLZONE_INTRANET;
        return;
    }
    if (SUCCEEDED(IUri_GetAbsoluteUri(uri, &text))
            && SUCCEEDED(PathCreateFromUrlW(text, path, &length, 0)) && path[0] && path[1] == ':')
        root[0] = path[0];
    SysFreeString(text);
    if (root[0] == '?')
        return;
    switch (GetDriveTypeW(root))
    {
    case DRIVE_UNKNOWN:
    case DRIVE_NO_ROOT_DIR:
        break;
    case DRIVE_REMOTE:
        *zone = URLZONE_INTRANET;
        break;
    default:
        *zone = URLZONE_LOCAL_MACHINE;
        if (!(flags & MUTZ_NOSAVEDFILECHECK))
            file_mark_read(path, zone);
    }
}

/* The zone of a scheme when no mapping applies. */
static DWORD zone_of_scheme(const WCHAR *scheme)
{
    return map_number(ZONE_MAP L"ProtocolDefaults", scheme, URLZONE_INTERNET);
}

/* A host in the map, of a user or of the machine. */
static BOOL mapping_find(const WCHAR *host, DWORD host_type, const WCHAR *scheme, DWORD *zone)
{
    HKEY roots[2];
    unsigned int count = zone_roots(URLZONEREG_DEFAULT, roots);

    for (unsigned int i = 0; i < count; i++)
    {
        if (host_type == Uri_HOST_IPV4 ? range_find(roots[i], host, scheme, zone)
                                       : domain_find(roots[i], host, scheme, zone))
            return TRUE;
    }
    return FALSE;
}

HRESULT zone_of_uri(IUri *uri, DWORD flags, DWORD *zone)
{
    BSTR scheme = NULL, host = NULL;
    DWORD kind = URL_SCHEME_UNKNOWN, host_type = Uri_HOST_UNKNOWN;
    HRESULT hr = IUri_GetSchemeName(uri, &scheme);

    if (hr == S_OK)
        hr = IUri_GetScheme(uri, &kind);
    if (SUCCEEDED(hr))
        hr = IUri_GetHost(uri, &host);
    if (SUCCEEDED(hr))
        hr = IUri_GetHostType(uri, &host_type);
    if (FAILED(hr) || !scheme || !*scheme)
    {
        SysFreeString(scheme);
        SysFreeString(host);
        return E_INVALIDARG;
    }

    *zone = zone_of_scheme(scheme);
    if (host && *host && SysStringLen(host) < HOST_MAX && !(flags & MUTZ_IGNORE_ZONE_MAPPINGS)
            && mapping_find(host, host_type, scheme, zone))
        ; /* found */
    else if (kind == URL_SCHEME_FILE)
        zone_of_file(uri, host ? host : L"", flags, zone);
    else if (host_type == Uri_HOST_DNS && !wcschr(host, '.')
            && map_number(ZONE_MAP, L"IntranetName", 0))
        *zone = URLZONE_INTRANET;
    SysFreeString(scheme);
    SysFreeString(host);
    return S_OK;
}

/* --- changing and listing the map --- */

/* Where a pattern "http://host", "*.domain" or "host", of any scheme, belongs. */
struct pattern
{
    WCHAR scheme[32], key[KEY_MAX];
};

/* The registered domain, of two labels, is a key; what stands before it a key below. */
static HRESULT pattern_parse(const WCHAR *text, struct pattern *pattern)
{
    const WCHAR *colon = wcsstr(text, L"://"), *host = colon ? colon + 3 : text, *domain;
    size_t length = wcscspn(host, L"/");
    WCHAR copy[HOST_MAX];
    unsigned int dots = 0;

    if (!length || length >= HOST_MAX
            || (colon && (colon == text || (size_t)(colon - text) >= ARRAY_SIZE(pattern->scheme))))
        return E_INVALIDARG;
    if (colon)
        swprintf(pattern->scheme, ARRAY_SIZE(pattern->scheme), L"%.*ls", (int)(colon - text), text);
    else
        wcscpy(pattern->scheme, L"*");
    memcpy(copy, host, length * sizeof(WCHAR));
    copy[length] = 0;
    if (wcspbrk(copy, L"\\:"))
        return E_INVALIDARG;
    domain = copy;
    for (const WCHAR *p = copy + length; p > copy; p--)
    {
        if (p[-1] == '.' && ++dots == 2)
        {
            domain = p;
            break;
        }
    }
    if (domain == copy || !wcsncmp(copy, L"*.", (size_t)(domain - copy)))
        swprintf(pattern->key, ARRAY_SIZE(pattern->key), ZONE_MAP L"Domains\\%ls", domain);
    else
        swprintf(pattern->key, ARRAY_SIZE(pattern->key), ZONE_MAP L"Domains\\%ls\\%.*ls", domain,
                (int)(domain - copy - 1), copy);
    return S_OK;
}

HRESULT zone_mapping_set(DWORD zone, const WCHAR *pattern_text, DWORD flags)
{
    struct pattern pattern;
    DWORD old, error;
    HRESULT hr;

    if (!pattern_text || flags > SZM_DELETE || (flags == SZM_CREATE && !zone_exists(zone)))
        return E_INVALIDARG;
    if (FAILED(hr = pattern_parse(pattern_text, &pattern)))
        return hr;
    if (flags == SZM_DELETE)
    {
        DWORD size = sizeof(old);

        if (SHGetValueW(HKEY_CURRENT_USER, pattern.key, pattern.scheme, NULL, &old, &size))
            return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
        error = SHDeleteValueW(HKEY_CURRENT_USER, pattern.key, pattern.scheme);
        return HRESULT_FROM_WIN32(error);
    }
    old = sizeof(zone);
    if (!SHGetValueW(HKEY_CURRENT_USER, pattern.key, pattern.scheme, NULL, &(DWORD){0}, &old))
        return HRESULT_FROM_WIN32(ERROR_FILE_EXISTS);
    error = SHSetValueW(HKEY_CURRENT_USER, pattern.key, pattern.scheme, REG_DWORD, &zone,
            sizeof(zone));
    return HRESULT_FROM_WIN32(error);
}

/* Adds the patterns of one key of Domains that lead to `zone`. */
static HRESULT key_list(HKEY key, const WCHAR *host, DWORD zone, struct string_list *list)
{
    for (DWORD i = 0;; i++)
    {
        WCHAR scheme[32], text[HOST_MAX * 2 + 40];
        DWORD length = ARRAY_SIZE(scheme), type, value, size = sizeof(value);
        LSTATUS error = RegEnumValueW(key, i, scheme, &length, NULL, &type, (BYTE *)&value, &size);
        HRESULT hr;

        if (error == ERROR_MORE_DATA)
            continue;
        if (error)
            return S_OK;
        if (type != REG_DWORD || value != zone || !length)
            continue;
        swprintf(text, ARRAY_SIZE(text), wcscmp(scheme, L"*") ? L"%ls://%ls" : L"%.0ls%ls", scheme,
                host);
        if (FAILED(hr = string_list_add(list, text)))
            return hr;
    }
}

static HRESULT domains_list(HKEY domains, const WCHAR *domain, BOOL below, DWORD zone,
        struct string_list *list)
{
    HRESULT hr = S_OK;

    for (DWORD i = 0; SUCCEEDED(hr); i++)
    {
        WCHAR name[HOST_MAX], host[HOST_MAX * 2];
        DWORD length = HOST_MAX;
        HKEY key;

        if (RegEnumKeyExW(domains, i, name, &length, NULL, NULL, NULL, NULL))
            break;
        if (RegOpenKeyExW(domains, name, 0, KEY_READ, &key))
            continue;
        swprintf(host, ARRAY_SIZE(host), below ? L"%ls.%ls" : L"%ls", name, domain);
        hr = key_list(key, host, zone, list);
        if (SUCCEEDED(hr) && !below)
            hr = domains_list(key, name, TRUE, zone, list);
        RegCloseKey(key);
    }
    return hr;
}

HRESULT zone_mappings_enumerate(DWORD zone, IEnumString **out)
{
    struct string_list list = {0};
    HRESULT hr = S_OK;
    HKEY domains;

    *out = NULL;
    if (!zone_exists(zone))
        return E_INVALIDARG;
    if (!RegOpenKeyExW(HKEY_CURRENT_USER, ZONE_MAP L"Domains", 0, KEY_READ, &domains))
    {
        hr = domains_list(domains, L"", FALSE, zone, &list);
        RegCloseKey(domains);
    }
    if (SUCCEEDED(hr))
        return string_enumerator_create(&list, out);
    string_list_free(&list);
    return hr;
}
