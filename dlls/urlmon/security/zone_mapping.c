/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The zone map, changed and listed: IInternetSecurityManager::SetZoneMapping
 * (platform-apis/ms537143) and GetZoneMappings (ms537127). Only the user's part of it.
 */
#include "zone_map.h"

#include "com_object.h"
#include "string_enumerator.h"
#include "uri_host.h"
#include "zone_map_impl.h"

#include <shlwapi.h>
#include <stdio.h>
#include <wchar.h>

#define RANGES_MAX 10000 /* keys RangeN that are tried */

/* Where a pattern belongs. */
struct pattern
{
    WCHAR scheme[32]; /* or "*" */
    WCHAR host[ZONE_HOST_MAX];
    BOOL is_range; /* else a name */
    BOOL is_wild;  /* "*." was in front */
};

/* --- patterns --- */

static BOOL scheme_is_valid(const WCHAR *scheme, size_t length)
{
    if (length == 1 && *scheme == '*')
        return TRUE;
    for (size_t i = 0; i < length; i++)
    {
        if (!iswascii(scheme[i]) || (!iswalnum(scheme[i]) && !wcschr(L"+-.", scheme[i])))
            return FALSE;
    }
    return length > 0;
}

/* Numbers up to 255, "16-31" and "*", with dots between. */
static BOOL range_is_valid(const WCHAR *text)
{
    BOOL has_number = FALSE;

    for (;;)
    {
        if (*text == '*')
            text++;
        else
        {
            unsigned long low, high;
            WCHAR *end;

            if (*text < '0' || *text > '9')
                return FALSE;
            low = high = wcstoul(text, &end, 10);
            if (*end == '-' && end[1] >= '0' && end[1] <= '9')
                high = wcstoul(end + 1, &end, 10);
            if (high > 255 || low > high)
                return FALSE;
            has_number = TRUE;
            text = end;
        }
        if (!*text)
            return has_number;
        if (*text++ != '.')
            return FALSE;
    }
}

/* Letters, digits, hyphens, underscores; no label is empty, and the last one has a letter. What has
 * been through Punycode. */
static BOOL name_is_valid(const WCHAR *name)
{
    const WCHAR *label = name;
    BOOL has_letter = FALSE;

    for (;; name++)
    {
        if (!*name || *name == '.')
        {
            if (name == label)
                return FALSE;
            if (!*name)
                return has_letter;
            label = name + 1;
            has_letter = FALSE;
            continue;
        }
        if (!iswascii(*name) || (!iswalnum(*name) && *name != '-' && *name != '_'))
            return FALSE;
        has_letter |= iswalpha(*name) != 0;
    }
}

static HRESULT pattern_parse_host(const WCHAR *host, size_t length, struct pattern *pattern)
{
    BOOL is_address;
    size_t start;

    if (!length || length >= ARRAY_SIZE(pattern->host))
        return E_INVALIDARG;
    memcpy(pattern->host, host, length * sizeof(WCHAR));
    pattern->is_range = range_is_valid(pattern->host);
    if (!pattern->is_range && length > 2 && host[0] == '*' && host[1] == '.')
    {
        pattern->is_wild = TRUE;
        host += 2;
        length -= 2;
    }
    /* 4 numbers or not: "172.16-31.0.0.*" is as good a pattern as one that matches something. */
    if (!zone_host_normalize(host, length, pattern->host, &is_address))
        return E_INVALIDARG;
    if (pattern->host[0] == '[' && (host[0] != '[' || pattern->is_wild))
        return E_INVALIDARG; /* in a URL an IPv6 address has its brackets */
    if (pattern->is_range || is_address)
    {
        pattern->is_range = TRUE;
        return pattern->is_wild ? E_INVALIDARG : S_OK;
    }
    if (!name_is_valid(pattern->host))
        return E_INVALIDARG;
    /* Wild below a registered domain only. */
    if (pattern->is_wild && (!host_domain(pattern->host, wcslen(pattern->host), &start) || start))
        return E_INVALIDARG;
    return S_OK;
}

/* "scheme://host", "*://host", "scheme:\\\\host" or the host alone, for any scheme; what follows
 * the host is ignored. The host may be "*." and a registered domain, a range of addresses, or an
 * IPv6 address in brackets. */
static HRESULT pattern_parse(const WCHAR *text, struct pattern *pattern)
{
    const WCHAR *colon = *text == '[' ? NULL : wcschr(text, ':'), *host = text;

    memset(pattern, 0, sizeof(*pattern));
    wcscpy(pattern->scheme, L"*");
    if (colon)
    {
        size_t length = (size_t)(colon - text);

        if (length >= ARRAY_SIZE(pattern->scheme) || !scheme_is_valid(text, length))
            return E_INVALIDARG;
        memcpy(pattern->scheme, text, length * sizeof(WCHAR));
        pattern->scheme[length] = 0;
        CharLowerW(pattern->scheme);
        host = colon + 1;
        host += wcsspn(host, L"/\\");
        if (host == colon + 1)
            return E_INVALIDARG;
    }
    return pattern_parse_host(host, wcscspn(host, L"/\\"), pattern);
}

/* --- keys --- */

/* The key of a name: the registered domain, and what stands before it below. */
static void domain_key(const struct pattern *pattern, BOOL hardened, WCHAR key[ZONE_KEY_MAX])
{
    const WCHAR *host = pattern->host;
    size_t start;

    if (!host_domain(host, wcslen(host), &start) || !start)
        swprintf(key, ZONE_KEY_MAX, L"%ls\\%ls", ZONE_DOMAINS(hardened), host);
    else
        swprintf(key, ZONE_KEY_MAX, L"%ls\\%ls\\%.*ls", ZONE_DOMAINS(hardened), host + start,
                (int)(start - 1), host);
}

/* The key of the range of the pattern. ERROR_FILE_NOT_FOUND. */
static LSTATUS range_key_find(const struct pattern *pattern, BOOL hardened, WCHAR key[ZONE_KEY_MAX])
{
    HKEY ranges;
    LSTATUS error = RegOpenKeyExW(HKEY_CURRENT_USER, ZONE_RANGES(hardened), 0, KEY_READ, &ranges);
    if (error)
        return error;
    for (DWORD i = 0; !error; i++)
    {
        WCHAR name[64], range[ZONE_HOST_MAX];
        DWORD length = ARRAY_SIZE(name), size = sizeof(range);

        error = RegEnumKeyExW(ranges, i, name, &length, NULL, NULL, NULL, NULL);
        if (!error && !RegGetValueW(ranges, name, L":Range", RRF_RT_REG_SZ, NULL, range, &size)
                && !_wcsicmp(range, pattern->host))
        {
            swprintf(key, ZONE_KEY_MAX, L"%ls\\%ls", ZONE_RANGES(hardened), name);
            break;
        }
    }
    RegCloseKey(ranges);
    return error == ERROR_NO_MORE_ITEMS ? ERROR_FILE_NOT_FOUND : error;
}

/* The same; if there is none yet, that of a number which is free. */
static LSTATUS range_key_make(const struct pattern *pattern, BOOL hardened, WCHAR key[ZONE_KEY_MAX])
{
    HKEY taken;

    if (!range_key_find(pattern, hardened, key))
        return ERROR_SUCCESS;
    for (unsigned int i = 1; i < RANGES_MAX; i++)
    {
        swprintf(key, ZONE_KEY_MAX, L"%ls\\Range%u", ZONE_RANGES(hardened), i);
        if (RegOpenKeyExW(HKEY_CURRENT_USER, key, 0, KEY_READ, &taken))
            return ERROR_SUCCESS;
        RegCloseKey(taken);
    }
    return ERROR_NO_MORE_ITEMS;
}

/* Takes a key away if nothing is in it any more, and then the one above. */
static void keys_tidy(const struct pattern *pattern, WCHAR *key)
{
    WCHAR *last;

    if (pattern->is_range)
    {
        HKEY opened;
        DWORD values = 0;

        if (RegOpenKeyExW(HKEY_CURRENT_USER, key, 0, KEY_READ, &opened))
            return;
        RegQueryInfoKeyW(opened, NULL, NULL, NULL, NULL, NULL, NULL, &values, NULL, NULL, NULL,
                NULL);
        RegCloseKey(opened);
        if (values == 1) /* :Range */
            SHDeleteKeyW(HKEY_CURRENT_USER, key);
        return;
    }
    if (SHDeleteEmptyKeyW(HKEY_CURRENT_USER, key) || !(last = wcsrchr(key, '\\')))
        return;
    *last = 0;
    last = wcsrchr(key, '\\');
    if (last && _wcsicmp(last, L"\\Domains") && _wcsicmp(last, L"\\EscDomains"))
        SHDeleteEmptyKeyW(HKEY_CURRENT_USER, key);
}

static HRESULT mapping_delete(const struct pattern *pattern, BOOL hardened)
{
    WCHAR key[ZONE_KEY_MAX];
    LSTATUS error = ERROR_SUCCESS;

    if (pattern->is_range)
        error = range_key_find(pattern, hardened, key);
    else
        domain_key(pattern, hardened, key);
    if (!error)
        error = RegDeleteKeyValueW(HKEY_CURRENT_USER, key, pattern->scheme);
    if (!error)
        keys_tidy(pattern, key);
    return HRESULT_FROM_WIN32(error == ERROR_PATH_NOT_FOUND ? ERROR_FILE_NOT_FOUND : error);
}

static HRESULT mapping_create(const struct pattern *pattern, BOOL hardened, DWORD zone)
{
    WCHAR key[ZONE_KEY_MAX];
    DWORD old, size = sizeof(old);
    LSTATUS error = ERROR_SUCCESS;

    if (pattern->is_range)
        error = range_key_make(pattern, hardened, key);
    else
        domain_key(pattern, hardened, key);
    if (error)
        return HRESULT_FROM_WIN32(error);
    if (!SHGetValueW(HKEY_CURRENT_USER, key, pattern->scheme, NULL, &old, &size))
        return old == zone ? E_FAIL : HRESULT_FROM_WIN32(ERROR_FILE_EXISTS);
    if (pattern->is_range)
        error = SHSetValueW(HKEY_CURRENT_USER, key, L":Range", REG_SZ, pattern->host,
                (DWORD)((wcslen(pattern->host) + 1) * sizeof(WCHAR)));
    if (!error)
        error = SHSetValueW(HKEY_CURRENT_USER, key, pattern->scheme, REG_DWORD, &zone,
                sizeof(zone));
    return HRESULT_FROM_WIN32(error);
}

HRESULT zone_mapping_set(DWORD zone, const WCHAR *text, DWORD flags)
{
    BOOL hardened = (zone & URLZONE_ESC_FLAG) != 0;
    struct pattern pattern;
    HRESULT hr;

    zone &= ~(DWORD)URLZONE_ESC_FLAG;
    if (!text || flags > SZM_DELETE || (flags == SZM_CREATE && !zone_exists(zone)))
        return E_INVALIDARG;
    if (FAILED(hr = pattern_parse(text, &pattern)))
        return hr;
    if (flags == SZM_DELETE)
        return mapping_delete(&pattern, hardened);
    /* "A non-SSL site into a zone that requires server verification" */
    if (wcscmp(pattern.scheme, L"https")
            && (zone_number_read(zone, L"Flags") & ZAFLAGS_REQUIRE_VERIFICATION))
        return E_ACCESSDENIED;
    return mapping_create(&pattern, hardened, zone);
}

/* --- listing --- */

/* Adds the patterns of one key that lead to `zone`. */
static HRESULT key_list(HKEY key, const WCHAR *host, DWORD zone, struct string_list *list)
{
    for (DWORD i = 0;; i++)
    {
        WCHAR scheme[32], text[ZONE_HOST_MAX * 2 + 40];
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
        WCHAR name[ZONE_HOST_MAX], host[ZONE_HOST_MAX * 2];
        DWORD length = ZONE_HOST_MAX;
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

static HRESULT ranges_list(HKEY ranges, DWORD zone, struct string_list *list)
{
    HRESULT hr = S_OK;

    for (DWORD i = 0; SUCCEEDED(hr); i++)
    {
        WCHAR name[64], range[ZONE_HOST_MAX];
        DWORD length = ARRAY_SIZE(name), size = sizeof(range);
        HKEY key;

        if (RegEnumKeyExW(ranges, i, name, &length, NULL, NULL, NULL, NULL))
            break;
        if (RegOpenKeyExW(ranges, name, 0, KEY_READ, &key))
            continue;
        if (!RegGetValueW(key, NULL, L":Range", RRF_RT_REG_SZ, NULL, range, &size))
            hr = key_list(key, range, zone, list);
        RegCloseKey(key);
    }
    return hr;
}

HRESULT zone_mappings_enumerate(DWORD zone, IEnumString **out)
{
    BOOL hardened = (zone & URLZONE_ESC_FLAG) != 0;
    struct string_list list = {0};
    HRESULT hr = S_OK;
    HKEY key;

    *out = NULL;
    zone &= ~(DWORD)URLZONE_ESC_FLAG;
    if (!zone_exists(zone))
        return E_INVALIDARG;
    if (!RegOpenKeyExW(HKEY_CURRENT_USER, ZONE_DOMAINS(hardened), 0, KEY_READ, &key))
    {
        hr = domains_list(key, L"", FALSE, zone, &list);
        RegCloseKey(key);
    }
    if (SUCCEEDED(hr)
            && !RegOpenKeyExW(HKEY_CURRENT_USER, ZONE_RANGES(hardened), 0, KEY_READ, &key))
    {
        hr = ranges_list(key, zone, &list);
        RegCloseKey(key);
    }
    if (SUCCEEDED(hr))
        return string_enumerator_create(&list, out);
    string_list_free(&list);
    return hr;
}
