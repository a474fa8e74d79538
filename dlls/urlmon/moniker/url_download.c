/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Downloads to files. Pages "URLDownloadToFile function" and "URLDownloadToCacheFile function".
 *
 * The binding is asynchronous, in the pull model, and the function runs the thread's message loop
 * until it ends: each notification reads whatever there is, in large blocks, straight into the
 * file.
 */
#include <windows.h>
#include <wininet.h>

#include "ansi_text.h"
#include "bound_thread.h"
#include "cache_entry.h"
#include "download_file.h"
#include "open_callback.h"
#include "urlmon_module.h"
#include "wstr.h"

struct download
{
    struct open_callback callback;
    struct download_file file;
    BOOL to_cache;     /* a file of the protocol's will do */
    WCHAR *cache_path; /* that, if the protocol has told */
    WCHAR *url;        /* whose entry it is: with to_cache, after redirects */
    BOOL copied;       /* it was none, and has been copied to the file's path */
    HRESULT error;     /* of this end */
};

static struct download *download_from(struct open_callback *callback)
{
    return CONTAINING_RECORD(callback, struct download, callback);
}

/* Whether the data are in a file already, which the protocol has made. */
static BOOL download_is_filed(const struct download *download)
{
    return download->to_cache && download->cache_path && !download_file_has_data(&download->file);
}

/* Whether the protocol's file stays: the user's own, or an entry of the cache. */
static BOOL download_is_kept(struct download *download)
{
    struct cache_entry *entry = NULL;
    WCHAR *kept_as = NULL;
    BOOL kept;
    IUri *uri;

    if (SUCCEEDED(CreateUri(download->url, 0, 0, &uri)))
    {
        kept_as = cache_entry_url(uri);
        if (kept_as)
            cache_entry_of_uri(uri, &entry);
        IUri_Release(uri);
    }
    kept = !kept_as || (entry && !wcscmp(entry->path, download->cache_path));
    cache_entry_free(entry);
    free(kept_as);
    return kept;
}

/* All has come. What may not be kept has a file only as long as the binding: it is saved. */
static void download_save(struct download *download)
{
    if (!download->to_cache || !download->cache_path || download_is_kept(download))
        return;
    if (CopyFileW(download->cache_path, download->file.path, FALSE))
        download->copied = TRUE;
    else
        download->error = INET_E_DOWNLOAD_FAILURE;
}

/* Reads all there is. */
static HRESULT download_data(struct open_callback *callback, DWORD flags, DWORD size,
        STGMEDIUM *medium)
{
    struct download *download = download_from(callback);
    DWORD read, room;
    BYTE *place;
    HRESULT hr;

    (void)size;
    if (!medium || medium->tymed != TYMED_ISTREAM || !medium->pstm || FAILED(download->error))
        return S_OK;
    do
    {
        read = 0;
        place = download_file_room(&download->file, &room);
        hr = IStream_Read(medium->pstm, place, room, &read);
        if (read && !download_is_filed(download))
            download->error = download_file_commit(&download->file, read);
    } while (hr == S_OK && read && SUCCEEDED(download->error));
    if (SUCCEEDED(download->error) && (flags & BSCF_LASTDATANOTIFICATION))
        download_save(download);
    if (FAILED(download->error))
        open_callback_abort(callback);
    return S_OK;
}

static void download_progress(struct open_callback *callback, ULONG code, const WCHAR *text)
{
    struct download *download = download_from(callback);

    if (code == BINDSTATUS_CACHEFILENAMEAVAILABLE && text)
        wstr_replace(&download->cache_path, text);
    if (code == BINDSTATUS_REDIRECTING && text && download->url)
        wstr_replace(&download->url, text);
}

static void download_free(struct open_callback *callback)
{
    struct download *download = download_from(callback);

    download_file_close(&download->file);
    free(download->cache_path);
    free(download->url);
}

static HRESULT download_create(IBindStatusCallback *client, const WCHAR *path,
        struct download **out)
{
    struct download *download = calloc(1, sizeof(*download));
    HRESULT hr;

    *out = NULL;
    if (!download)
        return E_OUTOFMEMORY;
    open_callback_init(&download->callback, client,
            BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA, 0);
    download->callback.data = download_data;
    download->callback.progress = download_progress;
    download->callback.destroy = download_free;
    hr = download_file_init(&download->file, path);
    if (FAILED(hr))
    {
        open_callback_release(&download->callback);
        return hr;
    }
    *out = download;
    return S_OK;
}

static BOOL download_is_done(void *context)
{
    struct download *download = context;

    return download->callback.stopped;
}

/* Transfers the data, which takes until they are there. */
static HRESULT download_transfer(struct download *download, IUnknown *caller, const WCHAR *url)
{
    struct open_callback *callback = &download->callback;
    struct bound_thread *thread;
    IStream *stream;
    HRESULT hr;

    hr = bound_thread_get(&thread);
    if (FAILED(hr))
        return hr;
    hr = open_callback_bind(callback, caller, url, &stream);
    if (stream)
        IStream_Release(stream);
    if (SUCCEEDED(hr))
    {
        bound_thread_pump(thread, download_is_done, download);
        hr = callback->stopped ? callback->stop_result : E_ABORT;
        if (!callback->stopped) /* the program quits */
            open_callback_abort(callback);
    }
    bound_thread_release(thread);
    if (callback->client_aborted)
        return E_ABORT;
    return FAILED(download->error) ? download->error : hr;
}

/* The file is complete, or it goes. */
static HRESULT download_finish(struct download *download, HRESULT hr)
{
    download->error = E_ABORT; /* whatever comes now */
    if (SUCCEEDED(hr))
        return download_file_complete(&download->file);
    download_file_discard(&download->file);
    return hr;
}

/*
 * URLDownloadToFileW: the data of a URL in a file. The callback, which may be NULL, gets
 * OnStartBinding, OnProgress and OnStopBinding; by returning E_ABORT it stops the download. Runs
 * the thread's message loop until the end. A file that is there already is replaced when the
 * download has succeeded; when it fails nothing is left behind. S_OK, E_INVALIDARG, E_OUTOFMEMORY,
 * E_ABORT, INET_E_DOWNLOAD_FAILURE (also: the file cannot be written), INET_E_*.
 */
HRESULT WINAPI URLDownloadToFileW(IUnknown *caller, const WCHAR *url, const WCHAR *path,
        DWORD reserved, IBindStatusCallback *client)
{
    struct download *download;
    HRESULT hr;

    (void)reserved;
    if (!url || !path)
        return E_INVALIDARG;
    hr = download_create(client, path, &download);
    if (FAILED(hr))
        return hr;
    hr = download_transfer(download, caller, url);
    hr = download_finish(download, hr);
    open_callback_release(&download->callback);
    return SUCCEEDED(hr) ? S_OK : hr;
}

/* The extension for a new file of the cache, without its dot; "" if the URL has none. */
static void cache_extension(const WCHAR *url, WCHAR extension[16])
{
    BSTR text = NULL;
    IUri *uri;

    extension[0] = 0;
    if (FAILED(CreateUri(url, Uri_CREATE_ALLOW_RELATIVE, 0, &uri)))
        return;
    if (IUri_GetExtension(uri, &text) == S_OK && SysStringLen(text) > 1 && SysStringLen(text) < 16)
        wcscpy(extension, text + 1);
    SysFreeString(text);
    IUri_Release(uri);
}

/* Into a new file of the cache, unless the protocol has one. */
static HRESULT download_to_cache(struct download *download, IUnknown *caller, const WCHAR *url,
        WCHAR *path)
{
    /* A copy of what may not be kept is for nobody else. */
    static const WCHAR secret[] = L"HTTP/1.1 200 OK\r\nCache-Control: no-store\r\n\r\n";
    FILETIME never = {0, 0};
    HRESULT hr;

    hr = download_transfer(download, caller, url);
    if (SUCCEEDED(hr) && download->cache_path && !download->copied
            && GetFileAttributesW(download->cache_path) != INVALID_FILE_ATTRIBUTES)
    {
        download_finish(download, E_ABORT);
        if (wcslen(download->cache_path) >= MAX_PATH)
            return E_OUTOFMEMORY;
        wcscpy(path, download->cache_path);
        return S_OK;
    }
    if (!download->copied || FAILED(hr))
        hr = download_finish(download, hr);
    if (SUCCEEDED(hr)
            && !CommitUrlCacheEntryW(url, path, never, never, NORMAL_CACHE_ENTRY,
                    download->copied ? (WCHAR *)secret : NULL,
                    download->copied ? ARRAY_SIZE(secret) : 0, NULL, NULL))
        hr = HRESULT_FROM_WIN32(GetLastError());
    if (FAILED(hr))
        DeleteFileW(path);
    return hr;
}

/*
 * URLDownloadToCacheFileW: the data of a URL in a file of the cache; its name in `name`, which has
 * room for `count` characters. Callback and message loop as with URLDownloadToFile. S_OK,
 * E_INVALIDARG, E_OUTOFMEMORY (also: not enough room), E_ABORT, INET_E_*.
 */
HRESULT WINAPI URLDownloadToCacheFileW(IUnknown *caller, const WCHAR *url, WCHAR *name, DWORD count,
        DWORD reserved, IBindStatusCallback *client)
{
    struct download *download;
    WCHAR path[MAX_PATH], extension[16];
    HRESULT hr;

    (void)reserved;
    if (!url || !name)
        return E_INVALIDARG;
    if (!count)
        return E_OUTOFMEMORY;
    name[0] = 0;
    cache_extension(url, extension);
    if (!CreateUrlCacheEntryW(url, 0, extension[0] ? extension : NULL, path, 0))
        return HRESULT_FROM_WIN32(GetLastError());
    DeleteFileW(path);
    hr = download_create(client, path, &download);
    if (FAILED(hr))
        return hr;
    download->to_cache = TRUE;
    download->callback.set |= BINDF_NEEDFILE;
    download->url = wstr_dup(url);
    hr = !download->url ? E_OUTOFMEMORY : download_to_cache(download, caller, url, path);
    open_callback_release(&download->callback);
    if (FAILED(hr))
        return hr;
    if (wcslen(path) >= count)
        return E_OUTOFMEMORY;
    wcscpy(name, path);
    return S_OK;
}

/* The same with texts in the system's code page. */
HRESULT WINAPI URLDownloadToFileA(IUnknown *caller, const char *url, const char *path,
        DWORD reserved, IBindStatusCallback *client)
{
    WCHAR *wide_url, *wide_path = NULL;
    HRESULT hr;

    hr = ansi_to_wide(url, &wide_url);
    if (SUCCEEDED(hr))
        hr = ansi_to_wide(path, &wide_path);
    if (SUCCEEDED(hr))
        hr = URLDownloadToFileW(caller, wide_url, wide_path, reserved, client);
    free(wide_path);
    free(wide_url);
    return hr;
}

HRESULT WINAPI URLDownloadToCacheFileA(IUnknown *caller, const char *url, char *name, DWORD count,
        DWORD reserved, IBindStatusCallback *client)
{
    WCHAR *wide_url, wide_name[MAX_PATH];
    HRESULT hr;

    if (!name)
        return E_INVALIDARG;
    hr = ansi_to_wide(url, &wide_url);
    if (SUCCEEDED(hr))
        hr = URLDownloadToCacheFileW(caller, wide_url, wide_name, MAX_PATH, reserved, client);
    free(wide_url);
    if (SUCCEEDED(hr)
            && (count > MAXINT
                    || !WideCharToMultiByte(CP_ACP, 0, wide_name, -1, name, count, NULL, NULL)))
        hr = E_OUTOFMEMORY;
    return hr;
}
