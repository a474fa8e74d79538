/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the registry says of media types and extensions. Pages "MIME Type Detection in Windows
 * Internet Explorer", section "Registry Locations"; "GetClassFile"
 * (objbase/nf-objbase-getclassfile) for the patterns; "IMoniker::BindToObject", its notes on URL
 * monikers.
 */
#include "mime_registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <objbase.h>

/* A text value, malloc; NULL: none. */
static WCHAR *registry_text(const WCHAR *key, const WCHAR *value)
{
    DWORD size = 0;
    WCHAR *text;

    if (RegGetValueW(HKEY_CLASSES_ROOT, key, value, RRF_RT_REG_SZ, NULL, NULL, &size) || !size)
        return NULL;
    text = malloc(size);
    if (text && RegGetValueW(HKEY_CLASSES_ROOT, key, value, RRF_RT_REG_SZ, NULL, text, &size))
    {
        free(text);
        text = NULL;
    }
    if (text && !*text)
    {
        free(text);
        text = NULL;
    }
    return text;
}

/* The CLSID in the default value of a key. */
static HRESULT registry_clsid(const WCHAR *key, const WCHAR *value, CLSID *clsid)
{
    WCHAR *text = registry_text(key, value);
    HRESULT hr;

    if (!text)
        return REGDB_E_CLASSNOTREG;
    hr = CLSIDFromString(text, clsid);
    free(text);
    return FAILED(hr) ? REGDB_E_CLASSNOTREG : S_OK;
}

BOOL mime_extension(const WCHAR *url, BOOL is_file_name, WCHAR extension[MIME_MAX_EXTENSION + 1])
{
    size_t length = wcslen(url), start;

    if (!is_file_name)
        length = wcscspn(url, L"?#");
    for (start = length; start > 0; start--)
    {
        if (url[start - 1] == '.')
            break;
        if (url[start - 1] == '/' || url[start - 1] == '\\' || url[start - 1] == ':')
            return FALSE;
    }
    if (!start || start == length || length - start + 1 > MIME_MAX_EXTENSION)
        return FALSE;
    start--;
    memcpy(extension, url + start, (length - start) * sizeof(WCHAR));
    extension[length - start] = 0;
    return TRUE;
}

WCHAR *mime_registry_by_name(const WCHAR *url, BOOL is_file_name, BOOL *has_application)
{
    WCHAR extension[MIME_MAX_EXTENSION + 1];
    WCHAR *mime, *class;

    *has_application = FALSE;
    if (!mime_extension(url, is_file_name, extension))
        return NULL;
    mime = registry_text(extension, L"Content Type");
    if (!mime)
    {
        class = registry_text(extension, NULL);
        *has_application = class != NULL;
        free(class);
    }
    return mime;
}

HRESULT mime_registry_class(const WCHAR *mime, CLSID *clsid)
{
    static const WCHAR prefix[] = L"MIME\\Database\\Content Type\\";
    WCHAR *key;
    HRESULT hr;

    if (wcschr(mime, '\\'))
        return REGDB_E_CLASSNOTREG;
    key = malloc(sizeof(prefix) + wcslen(mime) * sizeof(WCHAR));
    if (!key)
        return E_OUTOFMEMORY;
    wcscpy(key, prefix);
    wcscat(key, mime);
    hr = registry_clsid(key, L"CLSID", clsid);
    free(key);
    return hr;
}

/* .ext -> ProgID -> CLSID. */
HRESULT mime_registry_extension_class(const WCHAR *extension, CLSID *clsid)
{
    WCHAR *class = registry_text(extension, NULL), *key;
    HRESULT hr;

    if (!class)
        return MK_E_INVALIDEXTENSION;
    key = malloc((wcslen(class) + sizeof("\\CLSID")) * sizeof(WCHAR));
    if (!key)
    {
        free(class);
        return E_OUTOFMEMORY;
    }
    wcscpy(key, class);
    wcscat(key, L"\\CLSID");
    hr = registry_clsid(key, NULL, clsid);
    free(key);
    free(class);
    return hr == REGDB_E_CLASSNOTREG ? MK_E_INVALIDEXTENSION : hr;
}

static int hex_digit(WCHAR c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* `count` bytes in hexadecimal digits, up to a comma or the end. FALSE: it is something else. */
static BOOL parse_bytes(const WCHAR **text, BYTE *bytes, DWORD count)
{
    const WCHAR *p = *text;

    while (*p == ' ' || *p == '\t')
        p++;
    for (DWORD i = 0; i < count; i++, p += 2)
    {
        if (hex_digit(p[0]) < 0 || hex_digit(p[1]) < 0)
            return FALSE;
        bytes[i] = hex_digit(p[0]) << 4 | hex_digit(p[1]);
    }
    while (*p == ' ' || *p == '\t')
        p++;
    if (*p && *p != ',')
        return FALSE;
    *text = p;
    return TRUE;
}

#define MAX_PATTERN 256

/* Decimal, or with "0x" hexadecimal; `end` is the text itself if it is no number. */
static long parse_number(const WCHAR *text, WCHAR **end)
{
    const WCHAR *digits = text;

    while (*digits == ' ' || *digits == '\t' || *digits == '-' || *digits == '+')
        digits++;
    return wcstol(text, end, digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X') ? 16 : 10);
}

/* "offset, cb, mask, value". A pattern at the end of the file (a negative offset) does not match:
 * the data are only its beginning. */
static BOOL pattern_matches(const WCHAR *text, const BYTE *data, DWORD size)
{
    BYTE mask[MAX_PATTERN], value[MAX_PATTERN];
    WCHAR *end;
    long offset, count;

    offset = parse_number(text, &end);
    if (end == text || *end != ',')
        return FALSE;
    text = end + 1;
    count = parse_number(text, &end);
    if (end == text || *end != ',' || offset < 0 || count <= 0 || count > MAX_PATTERN)
        return FALSE;
    text = end + 1;
    while (*text == ' ' || *text == '\t')
        text++;
    memset(mask, 0xff, count);
    if (*text != ',' && !parse_bytes(&text, mask, count))
        return FALSE;
    if (*text != ',')
        return FALSE;
    text++;
    if (!parse_bytes(&text, value, count) || *text)
        return FALSE;
    if ((DWORD)offset > size || size - (DWORD)offset < (DWORD)count)
        return FALSE;
    for (long i = 0; i < count; i++)
    {
        if ((data[offset + i] & mask[i]) != value[i])
            return FALSE;
    }
    return TRUE;
}

/* All patterns of one class must match. */
static BOOL class_matches(HKEY key, const BYTE *data, DWORD size)
{
    WCHAR name[16];
    DWORD i;

    for (i = 0;; i++)
    {
        DWORD name_size = ARRAYSIZE(name);
        WCHAR text[4 * MAX_PATTERN + 64];
        DWORD text_size = sizeof(text);
        LSTATUS status;

        status = RegEnumKeyExW(key, i, name, &name_size, NULL, NULL, NULL, NULL);
        if (status == ERROR_NO_MORE_ITEMS)
            break;
        if (status || RegGetValueW(key, name, NULL, RRF_RT_REG_SZ, NULL, text, &text_size)
                || !pattern_matches(text, data, size))
            return FALSE;
    }
    return i > 0;
}

HRESULT mime_registry_pattern_class(const BYTE *data, DWORD size, CLSID *clsid)
{
    HKEY patterns, key;
    WCHAR name[64];
    HRESULT hr = S_FALSE;

    if (RegOpenKeyExW(HKEY_CLASSES_ROOT, L"FileType", 0, KEY_READ, &patterns))
        return S_FALSE;
    for (DWORD i = 0; hr == S_FALSE; i++)
    {
        DWORD name_size = ARRAYSIZE(name);
        LSTATUS status;

        status = RegEnumKeyExW(patterns, i, name, &name_size, NULL, NULL, NULL, NULL);
        if (status == ERROR_NO_MORE_ITEMS)
            break;
        if (status || RegOpenKeyExW(patterns, name, 0, KEY_READ, &key))
            continue;
        if (class_matches(key, data, size) && SUCCEEDED(CLSIDFromString(name, clsid)))
            hr = S_OK;
        RegCloseKey(key);
    }
    RegCloseKey(patterns);
    return hr;
}
