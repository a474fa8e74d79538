/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "trace.h"
#include "wstr.h"

#define JOURNAL_IO_SIZE (16u << 20) /* most bytes in one read or write */

HRESULT journal_last_error(void)
{
    DWORD error = GetLastError();

    return error ? HRESULT_FROM_WIN32(error) : E_FAIL;
}

HRESULT journal_create_directory(const WCHAR *path)
{
    WCHAR *copy, *end;
    DWORD attributes;

    if (!(copy = wstr_dup(path)))
        return E_OUTOFMEMORY;
    for (end = wcspbrk(copy, L"\\/"); end; end = wcspbrk(end + 1, L"\\/"))
    {
        WCHAR separator = *end;

        if (end == copy || end[-1] == ':' || end[-1] == '\\' || end[-1] == '/')
            continue;
        *end = 0;
        CreateDirectoryW(copy, NULL); /* a share's name cannot be created; the last one decides */
        *end = separator;
    }
    free(copy);
    if (CreateDirectoryW(path, NULL))
        return S_OK;
    if (GetLastError() != ERROR_ALREADY_EXISTS)
        return journal_last_error();
    attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return journal_last_error();
    return attributes & FILE_ATTRIBUTE_DIRECTORY ? S_OK : HRESULT_FROM_WIN32(ERROR_DIRECTORY);
}

HRESULT journal_read(HANDLE file, BYTE **data, size_t *size)
{
    LARGE_INTEGER length;
    size_t done = 0;

    *data = NULL;
    *size = 0;
    if (!GetFileSizeEx(file, &length))
        return journal_last_error();
    if ((UINT64)length.QuadPart > SIZE_MAX / 2)
        return E_OUTOFMEMORY;
    if (!(*data = malloc(length.QuadPart ? (size_t)length.QuadPart : 1)))
        return E_OUTOFMEMORY;
    while (done < (size_t)length.QuadPart)
    {
        size_t left = (size_t)length.QuadPart - done;
        DWORD count = left > JOURNAL_IO_SIZE ? JOURNAL_IO_SIZE : (DWORD)left, got;
        OVERLAPPED position = {.Offset = (DWORD)done, .OffsetHigh = (DWORD)((UINT64)done >> 32)};

        if (!ReadFile(file, *data + done, count, &got, &position))
        {
            HRESULT hr = journal_last_error();

            free(*data);
            *data = NULL;
            return hr;
        }
        if (!got)
            break;
        done += got;
    }
    *size = done;
    return S_OK;
}

HRESULT journal_write(HANDLE file, UINT64 offset, const void *data, size_t size)
{
    const BYTE *bytes = data;

    while (size)
    {
        DWORD count = size > JOURNAL_IO_SIZE ? JOURNAL_IO_SIZE : (DWORD)size, written = 0;
        OVERLAPPED position = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};

        if (!WriteFile(file, bytes, count, &written, &position))
            return journal_last_error();
        if (written != count)
            return HRESULT_FROM_WIN32(ERROR_DISK_FULL);
        bytes += count;
        offset += count;
        size -= count;
    }
    return S_OK;
}

HRESULT journal_truncate(HANDLE file, UINT64 size)
{
    LARGE_INTEGER position = {.QuadPart = (LONGLONG)size};

    if (!SetFilePointerEx(file, position, NULL, FILE_BEGIN) || !SetEndOfFile(file))
        return journal_last_error();
    return S_OK;
}

HRESULT journal_open(const WCHAR *path, HANDLE *out)
{
    *out = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE,
            NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    return *out == INVALID_HANDLE_VALUE ? journal_last_error() : S_OK;
}

HRESULT journal_create(const WCHAR *new_path, const void *data, size_t size, HANDLE *out)
{
    HRESULT hr;

    *out = CreateFileW(new_path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE,
            NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (*out == INVALID_HANDLE_VALUE)
        return journal_last_error();
    hr = journal_write(*out, 0, data, size);
    if (SUCCEEDED(hr) && !FlushFileBuffers(*out))
        hr = journal_last_error();
    if (FAILED(hr))
    {
        CloseHandle(*out);
        *out = INVALID_HANDLE_VALUE;
        DeleteFileW(new_path);
    }
    return hr;
}

HRESULT journal_replace(const WCHAR *new_path, const WCHAR *path)
{
    if (!MoveFileExW(new_path, path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        return journal_last_error();
    return S_OK;
}

HRESULT journal_set_aside(const WCHAR *path, const WCHAR *what)
{
    size_t size = wcslen(path) + wcslen(what) + 48;
    SYSTEMTIME now;
    WCHAR *copy;
    HRESULT hr = HRESULT_FROM_WIN32(ERROR_FILE_EXISTS);

    if (!(copy = malloc(size * sizeof(WCHAR))))
        return E_OUTOFMEMORY;
    GetSystemTime(&now);
    for (unsigned int i = 0; i < 100 && hr == HRESULT_FROM_WIN32(ERROR_FILE_EXISTS); i++)
    {
        swprintf(copy, size, L"%ls.%ls-%04u%02u%02u-%02u%02u%02u-%02u", path, what, now.wYear,
                now.wMonth, now.wDay, now.wHour, now.wMinute, now.wSecond, i);
        hr = CopyFileW(path, copy, TRUE) ? S_OK : journal_last_error();
    }
    if (SUCCEEDED(hr))
        trace("store: kept a copy of the file as %ls", copy);
    else
        trace("store: cannot keep a copy as %ls, %#lx", copy, (unsigned long)hr);
    free(copy);
    return hr;
}
