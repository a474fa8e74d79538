/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inet_file.h"

#include <stdlib.h>
#include <wchar.h>
#include <wininet.h>

#include "wstr.h"

struct inet_file
{
    SRWLOCK lock;
    HANDLE handle;
    WCHAR *url;
    WCHAR *path;
    UINT64 size;
    BOOL cached; /* meant to be an entry of the cache */
    BOOL kept;   /* it is one: not to be deleted */
};

/* The extension of a URL's path, for the name of the file; "" for a doubtful one. */
static void extension_of(const WCHAR *url, WCHAR extension[16])
{
    size_t length = wcscspn(url, L"?#"), i = length, count;

    extension[0] = 0;
    while (i > 0 && iswalnum(url[i - 1]) && url[i - 1] < 128)
        i--;
    count = length - i;
    if (i && url[i - 1] == '.' && count && count < 15)
    {
        memcpy(extension, url + i, count * sizeof(WCHAR));
        extension[count] = 0;
    }
}

static HRESULT temporary_path(WCHAR path[MAX_PATH])
{
    WCHAR folder[MAX_PATH];

    if (!GetTempPathW(ARRAYSIZE(folder), folder) || !GetTempFileNameW(folder, L"url", 0, path))
        return HRESULT_FROM_WIN32(GetLastError());
    return S_OK;
}

HRESULT inet_file_create(const WCHAR *url, BOOL cached, UINT64 size, struct inet_file **out)
{
    struct inet_file *file = calloc(1, sizeof(*file));
    WCHAR path[MAX_PATH], extension[16];
    HRESULT hr = S_OK;

    *out = NULL;
    if (!file)
        return E_OUTOFMEMORY;
    InitializeSRWLock(&file->lock);
    file->handle = INVALID_HANDLE_VALUE;
    extension_of(url, extension);
    file->cached = cached
            && CreateUrlCacheEntryW(url, size > MAXLONG ? 0 : (DWORD)size, extension, path, 0);
    if (!file->cached)
        hr = temporary_path(path);
    if (SUCCEEDED(hr) && (!(file->url = wstr_dup(url)) || !(file->path = wstr_dup(path))))
        hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr))
    {
        file->handle =
                CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE,
                        NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
        if (file->handle == INVALID_HANDLE_VALUE)
            hr = HRESULT_FROM_WIN32(GetLastError());
    }
    if (FAILED(hr))
        inet_file_close(file);
    else
        *out = file;
    return hr;
}

const WCHAR *inet_file_path(const struct inet_file *file)
{
    return file->path;
}

UINT64 inet_file_size(struct inet_file *file)
{
    UINT64 size;

    AcquireSRWLockShared(&file->lock);
    size = file->size;
    ReleaseSRWLockShared(&file->lock);
    return size;
}

static OVERLAPPED place(UINT64 offset)
{
    OVERLAPPED overlapped = {0};

    overlapped.Offset = (DWORD)offset;
    overlapped.OffsetHigh = (DWORD)(offset >> 32);
    return overlapped;
}

HRESULT inet_file_write(struct inet_file *file, const void *data, DWORD size)
{
    OVERLAPPED where = place(file->size);
    DWORD done;

    if (!WriteFile(file->handle, data, size, &done, &where))
        return HRESULT_FROM_WIN32(GetLastError());
    if (done != size)
        return HRESULT_FROM_WIN32(ERROR_DISK_FULL);
    AcquireSRWLockExclusive(&file->lock);
    file->size += size;
    ReleaseSRWLockExclusive(&file->lock);
    return S_OK;
}

HRESULT inet_file_read(struct inet_file *file, UINT64 offset, void *data, DWORD size, DWORD *got)
{
    UINT64 end = inet_file_size(file);
    OVERLAPPED where = place(offset);

    *got = 0;
    if (offset >= end || !size)
        return S_OK;
    if (size > end - offset)
        size = (DWORD)(end - offset);
    if (!ReadFile(file->handle, data, size, got, &where))
        return HRESULT_FROM_WIN32(GetLastError());
    return S_OK;
}

HRESULT inet_file_commit(struct inet_file *file, const WCHAR *headers, const FILETIME *modified,
        const FILETIME *expires)
{
    DWORD length = headers ? (DWORD)wcslen(headers) + 1 : 0;

    if (!file->cached || file->kept)
        return S_OK;
    if (!CommitUrlCacheEntryW(file->url, file->path, *expires, *modified, NORMAL_CACHE_ENTRY,
                (WCHAR *)headers, length, NULL, NULL))
        return HRESULT_FROM_WIN32(GetLastError());
    file->kept = TRUE;
    return S_OK;
}

void inet_file_close(struct inet_file *file)
{
    if (file->handle && file->handle != INVALID_HANDLE_VALUE)
        CloseHandle(file->handle);
    if (file->path && !file->kept)
        DeleteFileW(file->path);
    free(file->url);
    free(file->path);
    free(file);
}
