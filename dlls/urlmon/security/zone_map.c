/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The zone map, read: "URL Security Zones Registry Entries" (ZoneMap), "About URL Security Zones",
 * IInternetSecurityManager::MapUrlToZone (platform-apis/ms537133).
 *
 * ZoneMap\Domains\example.org\www has a value a scheme, or "*", with the zone; the host's own part
 * is a key below its domain. ZoneMap\Ranges\RangeN has the addresses in ":Range":
 * IPv4 ones with "*" and "1-9" for a number; IPv6 ones, in brackets, each by itself, for no page
 * has ranges of them.
 * With enhanced security (ZoneMap: IEHarden) it is EscDomains and EscRanges instead.
 * ZoneMap\ProtocolDefaults has the zone of a scheme when nothing else applies.
 */
#include "zone_map.h"

#include "com_object.h"
#include "uri_host.h"
#include "zone_cache.h"
#include "zone_map_impl.h"
#include "zone_mark.h"
#include "zone_registry.h"

#include <shlwapi.h>
#include <stdio.h>
#include <wchar.h>

/* What a value of the map says, if that can be a zone: one of the five, or a program's own. */
static BOOL is_zone(DWORD value)
{
    return value <= URLZONE_USER_MAX;
}

/* A zone in a key of the map: for the scheme, else for all. */
static BOOL mapping_read(HKEY root, const WCHAR *key, const WCHAR *scheme, DWORD *zone)
{
    const WCHAR *names[] = {scheme, L"*"};

    for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
    {
        DWORD value;

        if (!zone_cache_number(root, key, names[i], &value) && is_zone(value))
        {
            *zone = value;
            return TRUE;
        }
    }
    return FALSE;
}

/* Looks for the host, then for its parent domains: www.a.example.org is Domains\www.a.example.org,
 * Domains\a.example.org\www, Domains\example.org\www.a, and so for the domains alone. */
static BOOL domain_find(HKEY root, const WCHAR *domains, const WCHAR *host, const WCHAR *scheme,
        DWORD *zone)
{
    WCHAR key[ZONE_KEY_MAX];

    if (zone_cache_has_key(root, domains, host))
    {
        swprintf(key, ARRAY_SIZE(key), L"%ls\\%ls", domains, host);
        if (mapping_read(root, key, scheme, zone))
            return TRUE;
    }
    for (const WCHAR *dot = wcschr(host, '.'); dot; dot = wcschr(dot + 1, '.'))
    {
        if (!zone_cache_has_key(root, domains, dot + 1))
            continue;
        swprintf(key, ARRAY_SIZE(key), L"%ls\\%ls\\%.*ls", domains, dot + 1, (int)(dot - host),
                host);
        if (mapping_read(root, key, scheme, zone))
            return TRUE;
    }
    for (const WCHAR *dot = wcschr(host, '.'); dot; dot = wcschr(dot + 1, '.'))
    {
        if (!zone_cache_has_key(root, domains, dot + 1))
            continue;
        swprintf(key, ARRAY_SIZE(key), L"%ls\\%ls", domains, dot + 1);
        if (mapping_read(root, key, scheme, zone))
            return TRUE;
    }
    return FALSE;
}

/* Whether a range is this IPv6 address, however it is spelled. */
static BOOL range_is_ipv6(const WCHAR *range, const WCHAR *address)
{
    WCHAR name[ZONE_HOST_MAX];
    BOOL is_address;

    return *range == '[' && zone_host_normalize(range, wcslen(range), name, &is_address)
            && is_address && !wcscmp(name, address);
}

/* Whether an address lies in a range: "10.0.*.*", "192.168.1-9.1", or the address itself. */
static BOOL range_matches(const WCHAR *range, const WCHAR *address)
{
    if (*address == '[')
        return range_is_ipv6(range, address);
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

static BOOL range_find(HKEY root, const WCHAR *path, const WCHAR *host, const WCHAR *scheme,
        DWORD *zone)
{
    WCHAR key[ZONE_KEY_MAX], name[ZONE_CACHE_KEY_MAX], range[ZONE_CACHE_RANGE_MAX];

    for (DWORD i = 0; zone_cache_range(root, path, i, name, range); i++)
    {
        if (!range_matches(range, host))
            continue;
        swprintf(key, ARRAY_SIZE(key), L"%ls\\%ls", path, name);
        if (mapping_read(root, key, scheme, zone))
            return TRUE;
    }
    return FALSE;
}

static DWORD map_number(const WCHAR *key, const WCHAR *name, DWORD otherwise)
{
    HKEY roots[2];
    unsigned int count = zone_roots_known(URLZONEREG_DEFAULT, roots);
    DWORD value;

    for (unsigned int i = 0; i < count; i++)
    {
        if (!zone_cache_number(roots[i], key, name, &value))
            return value;
    }
    return otherwise;
}

/* The zone that a downloaded file carries in its stream Zone.Identifier. */
static void file_mark_read(const WCHAR *path, DWORD *zone)
{
    struct zone_mark mark;

    if (FAILED(zone_mark_read(path, &mark)))
        return;
    if (mark.zone <= URLZONE_UNTRUSTED)
        *zone = mark.zone;
    zone_mark_free(&mark);
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
    DWORD zone = map_number(ZONE_MAP L"ProtocolDefaults", scheme, URLZONE_INTERNET);

    return is_zone(zone) ? zone : URLZONE_INTERNET;
}

/* A host in the map, of a user or of the machine. */
static BOOL mapping_find(const WCHAR *host, BOOL is_address, const WCHAR *scheme, DWORD *zone)
{
    BOOL hardened = map_number(ZONE_MAP, L"IEHarden", 0) != 0;
    HKEY roots[2];
    unsigned int count = zone_roots_known(URLZONEREG_DEFAULT, roots);

    for (unsigned int i = 0; i < count; i++)
    {
        if (is_address ? range_find(roots[i], ZONE_RANGES(hardened), host, scheme, zone)
                       : domain_find(roots[i], ZONE_DOMAINS(hardened), host, scheme, zone))
            return TRUE;
    }
    return FALSE;
}

/* An IPv6 address with its brackets, or as IUri::GetHost has it without them. One with a scope is
 * none here: it means something on one network only. */
static BOOL ipv6_normalize(const WCHAR *host, size_t length, WCHAR out[ZONE_HOST_MAX])
{
    UINT16 address[8];
    size_t end;

    if (length > 2 && host[0] == '[' && host[length - 1] == ']')
    {
        host++;
        length -= 2;
    }
    if (!host_ipv6_parse(host, length, address))
        return FALSE;
    end = 1 + host_ipv6_format(address, out + 1);
    out[0] = '[';
    out[end++] = ']';
    out[end] = 0;
    return TRUE;
}

BOOL zone_host_normalize(const WCHAR *host, size_t length, WCHAR out[ZONE_HOST_MAX],
        BOOL *is_address)
{
    UINT32 address;

    if (length >= ZONE_HOST_MAX)
        return FALSE;
    if (ipv6_normalize(host, length, out))
    {
        *is_address = TRUE;
        return TRUE;
    }
    if (host_is_international(host, length))
    {
        length = host_to_punycode(host, length, out, ZONE_HOST_MAX - 1);
        out[length] = 0;
    }
    else
    {
        memmove(out, host, length * sizeof(WCHAR));
        out[length] = 0;
        CharLowerW(out);
    }
    *is_address = host_ipv4_parse(out, length, &address);
    if (*is_address)
        out[host_ipv4_format(address, out)] = 0;
    else if (length && out[length - 1] == '.')
        out[length - 1] = 0;
    return TRUE;
}

/* "An intranet name has no dots"; and only a scheme of the web has such names. */
static BOOL host_is_intranet(DWORD scheme, DWORD host_type, const WCHAR *host)
{
    return (scheme == URL_SCHEME_HTTP || scheme == URL_SCHEME_HTTPS || scheme == URL_SCHEME_FTP)
            && host_type == Uri_HOST_DNS && !wcschr(host, '.')
            && map_number(ZONE_MAP, L"IntranetName", 0);
}

static DWORD zone_of_parts(IUri *uri, const WCHAR *scheme_name, const WCHAR *host, DWORD flags)
{
    DWORD zone = zone_of_scheme(scheme_name), scheme = URL_SCHEME_UNKNOWN;
    DWORD host_type = Uri_HOST_UNKNOWN;
    WCHAR name[ZONE_HOST_MAX];
    BOOL is_address;

    IUri_GetScheme(uri, &scheme);
    IUri_GetHostType(uri, &host_type);
    if (*host && !(flags & MUTZ_IGNORE_ZONE_MAPPINGS)
            && zone_host_normalize(host, wcslen(host), name, &is_address)
            && mapping_find(name, is_address, scheme_name, &zone))
        return zone;
    if (scheme == URL_SCHEME_FILE)
        zone_of_file(uri, host, flags, &zone);
    else if (host_is_intranet(scheme, host_type, host))
        zone = URLZONE_INTRANET;
    return zone;
}

HRESULT zone_of_uri(IUri *uri, DWORD flags, DWORD *zone)
{
    BSTR scheme = NULL, host = NULL;
    HRESULT hr;

    if ((flags & MUTZ_NOSAVEDFILECHECK) && (flags & MUTZ_REQUIRESAVEDFILECHECK))
        return E_INVALIDARG;
    zone_cache_refresh();
    hr = IUri_GetSchemeName(uri, &scheme);
    if (hr == S_OK)
        hr = IUri_GetHost(uri, &host);
    if (FAILED(hr) || !scheme || !*scheme)
        hr = E_INVALIDARG;
    else
    {
        *zone = flags & MUTZ_ENFORCERESTRICTED /* "as if it were in the Restricted sites zone" */
                ? URLZONE_UNTRUSTED
                : zone_of_parts(uri, scheme, host ? host : L"", flags);
        hr = S_OK;
    }
    SysFreeString(scheme);
    SysFreeString(host);
    return hr;
}
