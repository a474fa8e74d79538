/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The data of a binding as a file: for IPersistFile, for a medium of TYMED_FILE, and as a compound
 * file for one of TYMED_ISTORAGE. Most protocols have one already (BINDF_NEEDFILE). Pages "IMoniker
 * - URL Moniker Implementation", CreateUrlCacheEntry and CommitUrlCacheEntry
 * (wininet/nf-wininet-createurlcacheentryw), StgOpenStorage (coml2api/nf-coml2api-stgopenstorage).
 */
#include "binding_impl.h"

#include <stdlib.h>
#include <string.h>
#include <wininet.h>

#include "trace.h"
#include "wstr.h"

#define CHUNK (256 << 10)

/* Copies the store. */
static HRESULT store_save(struct binding *binding, const WCHAR *path)
{
    ULONGLONG position = 0;
    DWORD read, written;
    HRESULT hr = S_OK;
    HANDLE file;
    BYTE *chunk;

    file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
            CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return HRESULT_FROM_WIN32(GetLastError());
    if (!(chunk = malloc(CHUNK)))
        hr = E_OUTOFMEMORY;
    while (SUCCEEDED(hr))
    {
        hr = store_read(binding, position, chunk, CHUNK, &read);
        if (FAILED(hr) || !read)
            break;
        if (!WriteFile(file, chunk, read, &written, NULL) || written != read)
            hr = STG_E_MEDIUMFULL;
        position += read;
    }
    free(chunk);
    CloseHandle(file);
    return hr;
}

static HRESULT temporary_path(WCHAR path[MAX_PATH])
{
    WCHAR folder[MAX_PATH];

    if (!GetTempPathW(ARRAYSIZE(folder), folder) || !GetTempFileNameW(folder, L"url", 0, path))
        return HRESULT_FROM_WIN32(GetLastError());
    return S_OK;
}

/* An entry of the cache, which stays; or, when the client will not have one or there cannot be one,
 * a file that goes with the binding. */
HRESULT binding_keep_file(struct binding *binding)
{
    BOOL cached = !(binding->bindf & (BINDF_NOWRITECACHE | BINDF_PRAGMA_NO_CACHE));
    FILETIME never = {0, 0};
    WCHAR path[MAX_PATH];
    HRESULT hr = S_OK;

    if (binding->cache_file)
        return S_OK;
    cached = cached && CreateUrlCacheEntryW(binding->url, 0, NULL, path, 0);
    if (!cached && FAILED(hr = temporary_path(path)))
        return hr;
    hr = store_save(binding, path);
    if (SUCCEEDED(hr))
        hr = wstr_replace(&binding->cache_file, path);
    if (FAILED(hr))
    {
        DeleteFileW(path);
        return hr;
    }
    binding->own_file = !cached
            || !CommitUrlCacheEntryW(binding->url, path, never, never, NORMAL_CACHE_ENTRY, NULL, 0,
                    NULL, NULL);
    trace("binding %p: a file of %llu bytes", (void *)binding, binding->store.size);
    binding_tell_file(binding);
    return S_OK;
}

void binding_free_file(struct binding *binding)
{
    if (binding->own_file)
        DeleteFileW(binding->cache_file);
}

/* A protocol may have the file still open to write it, though all of it is there: nobody is denied
 * anything then. */
HRESULT binding_open_storage(struct binding *binding, IStorage **out)
{
    static const DWORD modes[] = {STGM_READ | STGM_SHARE_DENY_WRITE | STGM_DIRECT,
            STGM_READ | STGM_SHARE_DENY_NONE | STGM_TRANSACTED};
    HRESULT hr = INET_E_DATA_NOT_AVAILABLE;

    *out = NULL;
    for (size_t i = 0; binding->cache_file && i < ARRAYSIZE(modes); i++)
    {
        hr = StgOpenStorage(binding->cache_file, NULL, modes[i], NULL, 0, out);
        if (hr != STG_E_SHAREVIOLATION && hr != STG_E_LOCKVIOLATION)
            break;
    }
    if (FAILED(hr))
        *out = NULL;
    return hr;
}
