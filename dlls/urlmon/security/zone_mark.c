/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zone_mark.h"

#include <stdlib.h>
#include <string.h>
#include <urlmon.h>
#include <wchar.h>

#include "wstr.h"

#define STREAM L":Zone.Identifier"
#define SECTION L"[ZoneTransfer]"
#define MARK_MAX 65536        /* bytes of a mark that are read */
#define NAME_MAX_LENGTH 32767 /* characters of a file's name with its zero */

void zone_mark_init(struct zone_mark *mark)
{
    memset(mark, 0, sizeof(*mark));
    mark->zone = mark->app_zone = (DWORD)URLZONE_INVALID;
}

void zone_mark_free(struct zone_mark *mark)
{
    free(mark->writer);
    free(mark->rest);
    zone_mark_init(mark);
}

/* The name of the stream, by malloc. */
static HRESULT stream_name(const WCHAR *file, WCHAR **out)
{
    size_t length = wcslen(file);

    *out = NULL;
    if (!length || length + wcslen(STREAM) >= NAME_MAX_LENGTH)
        return HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE);
    if (!(*out = malloc((length + wcslen(STREAM) + 1) * sizeof(WCHAR))))
        return E_OUTOFMEMORY;
    wcscpy(*out, file);
    wcscpy(*out + length, STREAM);
    return S_OK;
}

/* Reading */

/* The text of the stream: UTF-16 with its mark, UTF-8, or what the ANSI code page makes of it. */
static HRESULT text_decode(const BYTE *data, DWORD size, WCHAR **out)
{
    WCHAR *text = calloc(size + 1u, sizeof(WCHAR));
    int length;

    *out = NULL;
    if (!text)
        return E_OUTOFMEMORY;
    if (size >= 2 && data[0] == 0xff && data[1] == 0xfe)
        memcpy(text, data + 2, (size - 2) & ~1u);
    else if (size)
    {
        length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, (const char *)data, (int)size,
                text, (int)size);
        if (!length)
            length = MultiByteToWideChar(CP_ACP, 0, (const char *)data, (int)size, text, (int)size);
        text[length] = 0;
    }
    *out = text;
    return S_OK;
}

static HRESULT stream_read(const WCHAR *name, WCHAR **text)
{
    HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
            OPEN_EXISTING, 0, NULL);
    BYTE *data = malloc(MARK_MAX + 1);
    HRESULT hr = S_OK;
    DWORD size = 0;

    *text = NULL;
    if (file == INVALID_HANDLE_VALUE)
        hr = HRESULT_FROM_WIN32(GetLastError());
    else if (!data)
        hr = E_OUTOFMEMORY;
    else if (!ReadFile(file, data, MARK_MAX + 1, &size, NULL))
        hr = HRESULT_FROM_WIN32(GetLastError());
    else if (size > MARK_MAX)
        hr = HRESULT_FROM_WIN32(ERROR_BAD_FORMAT);
    else
        hr = text_decode(data, size, text);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    free(data);
    return hr;
}

/* A zone in decimal digits; URLZONE_INVALID: it is none. */
static DWORD zone_parse(const WCHAR *text)
{
    unsigned long value;
    WCHAR *end;

    if (*text < '0' || *text > '9')
        return (DWORD)URLZONE_INVALID;
    value = wcstoul(text, &end, 10);
    return *end || value > URLZONE_USER_MAX ? (DWORD)URLZONE_INVALID : (DWORD)value;
}

static HRESULT rest_add(struct zone_mark *mark, const WCHAR *line)
{
    size_t old = mark->rest ? wcslen(mark->rest) : 0, length = wcslen(line);
    WCHAR *rest = realloc(mark->rest, (old + length + 3) * sizeof(WCHAR));

    if (!rest)
        return E_OUTOFMEMORY;
    mark->rest = rest;
    wcscpy(rest + old, line);
    wcscpy(rest + old + length, L"\r\n");
    return S_OK;
}

/* The value of a line "name=value"; NULL: it is another. */
static const WCHAR *line_value(const WCHAR *line, const WCHAR *name)
{
    size_t length = wcslen(name);

    return _wcsnicmp(line, name, length) || line[length] != '=' ? NULL : line + length + 1;
}

static HRESULT line_take(struct zone_mark *mark, const WCHAR *line)
{
    const WCHAR *value;

    if ((value = line_value(line, L"ZoneId")))
        mark->zone = zone_parse(value);
    else if ((value = line_value(line, L"AppDefinedZoneId")))
        mark->app_zone = zone_parse(value);
    else if ((value = line_value(line, L"LastWriterPackageFamilyName")))
        return *value ? wstr_replace(&mark->writer, value) : S_OK;
    else if (*line)
        return rest_add(mark, line);
    return S_OK;
}

/* Takes the lines of the section apart; `text` is changed. */
static HRESULT text_parse(struct zone_mark *mark, WCHAR *text)
{
    BOOL inside = FALSE;
    HRESULT hr = S_OK;

    while (*text && SUCCEEDED(hr))
    {
        WCHAR *line = text + wcsspn(text, L" \t"), *end = line + wcscspn(line, L"\r\n");

        text = end + wcsspn(end, L"\r\n");
        while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        *end = 0;
        if (*line == '[')
            inside = !_wcsicmp(line, SECTION);
        else if (inside)
            hr = line_take(mark, line);
    }
    return hr;
}

HRESULT zone_mark_read(const WCHAR *file, struct zone_mark *mark)
{
    WCHAR *name, *text = NULL;
    HRESULT hr = stream_name(file, &name);

    zone_mark_init(mark);
    if (SUCCEEDED(hr))
        hr = stream_read(name, &text);
    if (SUCCEEDED(hr) && text)
        hr = text_parse(mark, text);
    if (FAILED(hr))
        zone_mark_free(mark);
    free(text);
    free(name);
    return hr;
}

/* Writing */

/* The bytes of the stream, by malloc: UTF-8. */
static HRESULT text_make(const struct zone_mark *mark, char **out, DWORD *size)
{
    size_t room =
            200 + (mark->writer ? wcslen(mark->writer) : 0) + (mark->rest ? wcslen(mark->rest) : 0);
    WCHAR *text = malloc(room * sizeof(WCHAR)), *end = text;
    int length;

    *out = NULL;
    if (!text)
        return E_OUTOFMEMORY;
    end += swprintf(end, room, L"%ls\r\n", SECTION);
    if (mark->zone != (DWORD)URLZONE_INVALID)
        end += swprintf(end, 40, L"ZoneId=%lu\r\n", mark->zone);
    if (mark->writer)
        end += swprintf(end, room - 100, L"LastWriterPackageFamilyName=%ls\r\n", mark->writer);
    if (mark->app_zone != (DWORD)URLZONE_INVALID)
        end += swprintf(end, 40, L"AppDefinedZoneId=%lu\r\n", mark->app_zone);
    if (mark->rest)
        wcscpy(end, mark->rest);
    length = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    *out = malloc(length > 0 ? (size_t)length : 1);
    if (*out)
        WideCharToMultiByte(CP_UTF8, 0, text, -1, *out, length, NULL, NULL);
    *size = length > 0 ? (DWORD)length - 1 : 0;
    free(text);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static HRESULT stream_write(const WCHAR *name, const char *data, DWORD size)
{
    HANDLE file =
            CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    HRESULT hr = S_OK;
    DWORD done;

    if (file == INVALID_HANDLE_VALUE)
        return HRESULT_FROM_WIN32(GetLastError());
    if (!WriteFile(file, data, size, &done, NULL))
        hr = HRESULT_FROM_WIN32(GetLastError());
    else if (done != size)
        hr = HRESULT_FROM_WIN32(ERROR_DISK_FULL);
    CloseHandle(file);
    return hr;
}

static HRESULT stream_delete(const WCHAR *name)
{
    DWORD error;

    if (DeleteFileW(name))
        return S_OK;
    error = GetLastError();
    return error == ERROR_FILE_NOT_FOUND ? S_OK : HRESULT_FROM_WIN32(error);
}

HRESULT zone_mark_write(const WCHAR *file, const struct zone_mark *mark)
{
    char *data = NULL;
    DWORD size = 0;
    WCHAR *name;
    HRESULT hr;

    /* Where there are no streams a name with a colon makes a file of its own. */
    if (GetFileAttributesW(file) == INVALID_FILE_ATTRIBUTES)
        return HRESULT_FROM_WIN32(GetLastError());
    if (FAILED(hr = stream_name(file, &name)))
        return hr;
    if (mark->zone == (DWORD)URLZONE_INVALID && mark->app_zone == (DWORD)URLZONE_INVALID
            && !mark->writer)
        hr = stream_delete(name);
    else if (SUCCEEDED(hr = text_make(mark, &data, &size)))
        hr = stream_write(name, data, size);
    free(data);
    free(name);
    return hr;
}
