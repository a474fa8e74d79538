/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inet_file.h"

#include <stdlib.h>
#include <urlmon.h>
#include <wchar.h>
#include <wininet.h>

#include "wstr.h"

struct inet_file
{
    SRWLOCK lock;
    HANDLE handle;
    WCHAR *url;
    WCHAR *path;
    WCHAR *old_path; /* before it was renamed: somebody may still be reading it */
    UINT64 size;
    BOOL cached; /* meant to be an entry of the cache */
    BOOL kept;   /* it is one: not to be deleted */
    BOOL locked; /* and it is locked for this object */
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

BOOL inet_file_extension_is_valid(const WCHAR *extension)
{
    size_t length = 0;

    while (extension[length] && extension[length] < 128 && iswalnum(extension[length]))
        length++;
    return length && length < 15 && !extension[length];
}

static struct inet_file *file_alloc(void)
{
    struct inet_file *file = calloc(1, sizeof(*file));

    if (!file)
        return NULL;
    InitializeSRWLock(&file->lock);
    file->handle = INVALID_HANDLE_VALUE;
    return file;
}

HRESULT inet_file_create(const WCHAR *url, BOOL cached, const WCHAR *wanted, UINT64 size,
        struct inet_file **out)
{
    struct inet_file *file = file_alloc();
    WCHAR path[MAX_PATH], extension[16];
    HRESULT hr = S_OK;

    *out = NULL;
    if (!file)
        return E_OUTOFMEMORY;
    extension_of(url, extension);
    if (inet_file_extension_is_valid(wanted))
        wcscpy(extension, wanted);
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

HRESULT inet_file_open(const WCHAR *url, const WCHAR *path, UINT64 size, BOOL locked,
        struct inet_file **out)
{
    struct inet_file *file = file_alloc();
    LARGE_INTEGER there;
    HRESULT hr = S_OK;

    *out = NULL;
    if (!file)
        return E_OUTOFMEMORY;
    file->kept = TRUE;
    file->size = size;
    if (!(file->url = wstr_dup(url)) || !(file->path = wstr_dup(path)))
        hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr))
    {
        file->handle = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
        if (file->handle == INVALID_HANDLE_VALUE || !GetFileSizeEx(file->handle, &there)
                || (UINT64)there.QuadPart != size)
            hr = INET_E_OBJECT_NOT_FOUND;
    }
    if (SUCCEEDED(hr))
    {
        file->locked = locked;
        *out = file;
    }
    else
        inet_file_close(file);
    return hr;
}

const WCHAR *inet_file_path(struct inet_file *file)
{
    const WCHAR *path;

    AcquireSRWLockShared(&file->lock);
    path = file->path;
    ReleaseSRWLockShared(&file->lock);
    return path;
}

HRESULT inet_file_rename(struct inet_file *file, const WCHAR *extension)
{
    WCHAR path[MAX_PATH], *copy;
    HRESULT hr = S_OK;

    if (!inet_file_extension_is_valid(extension))
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&file->lock);
    if (!file->cached || file->kept || file->old_path)
        hr = E_ACCESSDENIED;
    else if (!CreateUrlCacheEntryW(file->url, 0, extension, path, 0))
        hr = HRESULT_FROM_WIN32(GetLastError());
    else if (!(copy = wstr_dup(path)))
        hr = E_OUTOFMEMORY;
    else if (!MoveFileExW(file->path, path, MOVEFILE_REPLACE_EXISTING))
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        free(copy);
    }
    else
    {
        file->old_path = file->path;
        file->path = copy;
    }
    ReleaseSRWLockExclusive(&file->lock);
    return hr;
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

/* Locks the entry. When it is another by now, of a binding that came to its end just after this
 * one, the file is nobody's. */
static void file_lock_entry(struct inet_file *file)
{
    struct
    {
        INTERNET_CACHE_ENTRY_INFOW info;
        BYTE rest[8192];
    } entry;
    DWORD size = sizeof(entry);

    file->locked = RetrieveUrlCacheEntryFileW(file->url, &entry.info, &size, 0);
    if (!file->locked)
    {
        file->kept = GetLastError() == ERROR_INSUFFICIENT_BUFFER;
        return;
    }
    if (entry.info.lpszLocalFileName && !wcscmp(entry.info.lpszLocalFileName, file->path))
        return;
    file->locked = file->kept = FALSE;
    UnlockUrlCacheEntryFileW(file->url, 0);
}

HRESULT inet_file_commit(struct inet_file *file, const WCHAR *headers, const FILETIME *modified,
        const FILETIME *expires, BOOL lock)
{
    DWORD length = headers ? (DWORD)wcslen(headers) + 1 : 0;
    HRESULT hr = S_OK;

    AcquireSRWLockExclusive(&file->lock);
    if (!file->cached || file->kept)
        ;
    else if (CommitUrlCacheEntryW(file->url, file->path, *expires, *modified, NORMAL_CACHE_ENTRY,
                     (WCHAR *)headers, length, NULL, NULL))
    {
        file->kept = TRUE;
        if (lock)
            file_lock_entry(file);
    }
    else
        hr = HRESULT_FROM_WIN32(GetLastError());
    ReleaseSRWLockExclusive(&file->lock);
    return hr;
}

void inet_file_close(struct inet_file *file)
{
    if (file->handle && file->handle != INVALID_HANDLE_VALUE)
        CloseHandle(file->handle);
    if (file->path && !file->kept)
        DeleteFileW(file->path);
    if (file->locked)
        UnlockUrlCacheEntryFileW(file->url, 0);
    free(file->url);
    free(file->path);
    free(file->old_path);
    free(file);
}
