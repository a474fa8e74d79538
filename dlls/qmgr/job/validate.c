/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "validate.h"

#include <stdlib.h>
#include <wchar.h>

#include "transfer.h"
#include "trace.h"

#define MAX_URL 2200

/* ---- remote names ---- */

BOOL remote_name_is_http(const WCHAR *name)
{
    return !_wcsnicmp(name, L"http://", 7) || !_wcsnicmp(name, L"https://", 8);
}

HRESULT validate_remote_name(const WCHAR *name)
{
    size_t length, segment = 0;
    const WCHAR *illegal;
    HRESULT hr;

    if (!name || (length = wcsnlen(name, MAX_URL + 1)) > MAX_URL)
        return E_INVALIDARG;
    /* "The URL must contain only legal URL characters; no escape processing is performed", and
     * names of files no wildcards. */
    illegal = remote_name_is_http(name) ? L" \"<>\x7f" : L"*?\"<>|\x7f";
    for (size_t i = 0; i < length; i++)
    {
        if (name[i] < ' ' || wcschr(illegal, name[i]))
            return E_INVALIDARG;
        segment = name[i] == '/' || name[i] == '\\' || name[i] == '?' ? 0 : segment + 1;
        if (segment > MAX_PATH)
            return E_INVALIDARG;
    }
    /* The reference pages of the methods count an unknown protocol as an invalid name. */
    if ((hr = transfer_check_url(name)) == BG_E_PROTOCOL_NOT_AVAILABLE)
        hr = E_INVALIDARG;
    return hr;
}

/* ---- local names ---- */

static BOOL is_separator(WCHAR c)
{
    return c == '\\' || c == '/';
}

static size_t component_length(const WCHAR *text)
{
    size_t length = 0;

    while (text[length] && !is_separator(text[length]))
        length++;
    return length;
}

/* CON, PRN, AUX, NUL, CONIN$, CONOUT$, and COM or LPT with a digit, superscript ones too; with any
 * extension and with spaces before it. */
static BOOL is_device_name(const WCHAR *text, size_t length)
{
    static const WCHAR names[][8] = {L"CON", L"PRN", L"AUX", L"NUL", L"CONIN$", L"CONOUT$"};
    size_t base = 0;

    while (base < length && text[base] != '.')
        base++;
    while (base && text[base - 1] == ' ')
        base--;
    for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        if (base == wcslen(names[i]) && !_wcsnicmp(text, names[i], base))
            return TRUE;
    }
    if (base != 4 || (_wcsnicmp(text, L"COM", 3) && _wcsnicmp(text, L"LPT", 3)))
        return FALSE;
    return (text[3] >= '0' && text[3] <= '9') || text[3] == 0xb9 || text[3] == 0xb2
            || text[3] == 0xb3;
}

static BOOL is_dots(const WCHAR *text, size_t length)
{
    return (length == 1 && text[0] == '.') || (length == 2 && text[0] == '.' && text[1] == '.');
}

static BOOL is_file_component(const WCHAR *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
    {
        if (text[i] < ' ' || wcschr(L"<>:\"|?*", text[i]))
            return FALSE;
    }
    return length && text[length - 1] != '.' && text[length - 1] != ' '
            && !is_device_name(text, length);
}

/* The length of "C:\" or "\\server\share\", 0 when the name begins with neither. */
static size_t root_length(const WCHAR *name)
{
    size_t server, share;

    if (((name[0] >= 'A' && name[0] <= 'Z') || (name[0] >= 'a' && name[0] <= 'z'))
            && name[1] == ':')
        return is_separator(name[2]) ? 3 : 0;
    if (!is_separator(name[0]) || !is_separator(name[1]))
        return 0;
    server = component_length(name + 2);
    /* "\\?\" and "\\.\" are no servers. */
    if (!is_file_component(name + 2, server) || !name[2 + server])
        return 0;
    share = component_length(name + 2 + server + 1);
    if (!is_file_component(name + 2 + server + 1, share) || !name[2 + server + 1 + share])
        return 0;
    return 2 + server + 1 + share + 1;
}

HRESULT validate_local_name(const WCHAR *name, WCHAR **full)
{
    size_t root, length, used;
    const WCHAR *rest;
    WCHAR *out;

    *full = NULL;
    if (!name || wcsnlen(name, MAX_PATH + 1) > MAX_PATH || !(root = root_length(name)))
        return E_INVALIDARG;
    if (!(out = malloc((wcslen(name) + 1) * sizeof(WCHAR))))
        return E_OUTOFMEMORY;
    for (used = 0; used < root; used++)
        out[used] = is_separator(name[used]) ? '\\' : name[used];

    for (rest = name + root;; rest += length + 1)
    {
        length = component_length(rest);
        if (is_dots(rest, length))
        {
            if (!rest[length])
                break; /* names a directory */
            if (length == 1)
                continue;
            if (used == root)
                break; /* above the root */
            while (out[--used - 1] != '\\')
                ;
            continue;
        }
        if (!is_file_component(rest, length))
            break;
        memcpy(out + used, rest, length * sizeof(WCHAR));
        used += length;
        if (!rest[length])
        {
            out[used] = 0;
            *full = out;
            return S_OK;
        }
        out[used++] = '\\';
    }
    free(out);
    return E_INVALIDARG;
}

static HRESULT last_error(void)
{
    DWORD error = GetLastError();

    return error ? HRESULT_FROM_WIN32(error) : E_FAIL;
}

/* Makes a file of its own in the folder, which is gone when it is closed or this process dies. */
static HRESULT probe_folder(const WCHAR *folder)
{
    static LONG serial;
    WCHAR name[MAX_PATH + 32];
    HANDLE file;

    swprintf(name, sizeof(name) / sizeof(name[0]), L"%lsBIT%08lX%04lX.tmp", folder,
            GetCurrentProcessId() * 2654435761u ^ GetTickCount(),
            (unsigned long)InterlockedIncrement(&serial) & 0xffff);
    file = CreateFileW(name, GENERIC_WRITE | DELETE, FILE_SHARE_DELETE, NULL, CREATE_NEW,
            FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return last_error();
    CloseHandle(file);
    return S_OK;
}

/* An existing file will be replaced by Complete. One that is open elsewhere may be free by then. */
static HRESULT probe_existing(const WCHAR *name)
{
    HANDLE file = CreateFileW(name, GENERIC_WRITE | DELETE,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);

    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    else if (GetLastError() != ERROR_SHARING_VIOLATION)
        return last_error();
    return S_OK;
}

HRESULT probe_local_name(struct folder_probe *probe, const WCHAR *full)
{
    size_t folder = (size_t)(wcsrchr(full, '\\') + 1 - full);
    DWORD attributes = GetFileAttributesW(full);
    HRESULT hr;

    if (attributes != INVALID_FILE_ATTRIBUTES)
    {
        if (attributes & FILE_ATTRIBUTE_DIRECTORY)
            return E_INVALIDARG;
        if (attributes & FILE_ATTRIBUTE_READONLY)
            return E_ACCESSDENIED;
        if (FAILED(hr = probe_existing(full)))
            return hr;
    }
    /* Equal to the folder before, to the last character. */
    if (!wcsncmp(probe->folder, full, folder) && !probe->folder[folder])
        return S_OK;
    memcpy(probe->folder, full, folder * sizeof(WCHAR));
    probe->folder[folder] = 0;
    if (FAILED(hr = probe_folder(probe->folder)))
    {
        trace("%ls is not writable: %08lx", probe->folder, (unsigned long)hr);
        probe->folder[0] = 0;
    }
    return hr;
}

/* ---- ranges ---- */

static int range_compare(const void *a, const void *b)
{
    UINT64 left = ((const BG_FILE_RANGE *)a)->InitialOffset;
    UINT64 right = ((const BG_FILE_RANGE *)b)->InitialOffset;

    return left < right ? -1 : left > right;
}

HRESULT validate_ranges(const BG_FILE_RANGE *ranges, DWORD count)
{
    BG_FILE_RANGE *sorted;
    HRESULT hr = S_OK;

    if (!ranges || !count)
        return E_INVALIDARG;
    for (DWORD i = 0; i < count; i++)
    {
        const BG_FILE_RANGE *range = &ranges[i];

        if (range->InitialOffset == BG_LENGTH_TO_EOF || !range->Length
                || (range->Length != BG_LENGTH_TO_EOF
                        && range->Length > BG_LENGTH_TO_EOF - range->InitialOffset))
            return BG_E_INVALID_RANGE;
    }
    if (!(sorted = calloc(count, sizeof(*sorted))))
        return E_OUTOFMEMORY;
    memcpy(sorted, ranges, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), range_compare);
    for (DWORD i = 1; i < count && SUCCEEDED(hr); i++)
    {
        if (sorted[i - 1].Length == BG_LENGTH_TO_EOF
                || sorted[i - 1].InitialOffset + sorted[i - 1].Length > sorted[i].InitialOffset)
            hr = BG_E_OVERLAPPING_RANGES;
    }
    free(sorted);
    return hr;
}
