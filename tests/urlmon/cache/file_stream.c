/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What goes with a stream: the entry of the cache, a file that WinINet has locked. Pages
 * "IWinInetFileStream interface", "IWinInetFileStream::SetDeleteFile method",
 * "IWinInetFileStream::SetHandleForUnlock method", InternetLockRequestFile
 * (wininet/nf-wininet-internetlockrequestfile).
 */
#include "cache_bed.h"

#include <wchar.h>

/* A synchronous bind to the URL: its stream, and the other interface of the same object. */
static IStream *stream_of(const WCHAR *url, IWinInetFileStream **file)
{
    IMoniker *moniker = NULL;
    IBindCtx *context = NULL;
    IStream *stream = NULL;
    IUnknown *one, *other;

    CreateURLMonikerEx(NULL, url, &moniker, URL_MK_UNIFORM);
    CreateBindCtx(0, &context);
    is_hr(IMoniker_BindToStorage(moniker, context, NULL, &IID_IStream, (void **)&stream), S_OK,
            "BindToStorage");
    IBindCtx_Release(context);
    IMoniker_Release(moniker);
    if (!stream)
        bail_out("no stream");
    is_hr(IStream_QueryInterface(stream, &IID_IWinInetFileStream, (void **)file), S_OK,
            "the stream has IWinInetFileStream");
    if (!*file)
        bail_out("no IWinInetFileStream");
    IStream_QueryInterface(stream, &IID_IUnknown, (void **)&one);
    IWinInetFileStream_QueryInterface(*file, &IID_IUnknown, (void **)&other);
    is_ptr(one, other, "it is one object");
    IUnknown_Release(one);
    IUnknown_Release(other);
    return stream;
}

/* The object goes when both of its interfaces are released. */
static void stream_release(IStream *stream, IWinInetFileStream *file)
{
    IStream_Release(stream);
    is_uint(IWinInetFileStream_Release(file), 0, "the object goes");
}

static ULONG read_all(IStream *stream)
{
    ULONG all = 0, read = 0;
    BYTE buffer[1000];

    while (SUCCEEDED(IStream_Read(stream, buffer, sizeof(buffer), &read)) && read)
        all += read;
    return all;
}

static void test_delete(void)
{
    const WCHAR *url = bed_url(L"control=max-age=1000");
    IWinInetFileStream *file = NULL;
    IStream *stream;

    stream = stream_of(url, &file);
    is_uint(read_all(stream), BED_SIZE, "all of it");
    ok(bed_is_cached(url), "there is an entry");
    stream_release(stream, file);
    ok(bed_is_cached(url), "which stays, if nothing is said");

    stream = stream_of(url, &file);
    is_hr(IWinInetFileStream_SetDeleteFile(file, 1), E_INVALIDARG, "the argument is reserved");
    stream_release(stream, file);
    ok(bed_is_cached(url), "nothing was said");

    stream = stream_of(url, &file);
    is_hr(IWinInetFileStream_SetDeleteFile(file, 0), S_OK, "SetDeleteFile");
    is_hr(IWinInetFileStream_SetDeleteFile(file, 0), S_OK, "twice is once");
    ok(bed_is_cached(url), "the entry is there while the stream is");
    is_uint(read_all(stream), BED_SIZE, "and can be read");
    stream_release(stream, file);
    ok(!bed_is_cached(url), "then it goes");
    bed_check(url, 0, BED_SERVER, "and the server is asked");
}

/* A file which WinINet keeps only as long as it is locked; its path, and the lock. */
static HANDLE lock_file(WCHAR path[MAX_PATH])
{
    HINTERNET session = InternetOpenW(L"test", INTERNET_OPEN_TYPE_DIRECT, NULL, NULL, 0), request;
    DWORD size = MAX_PATH * sizeof(WCHAR), read = 0;
    HANDLE lock = NULL;
    BYTE buffer[1000];

    request = InternetOpenUrlW(session, bed_url(L""), NULL, 0,
            INTERNET_FLAG_NO_CACHE_WRITE | INTERNET_FLAG_NEED_FILE, 0);
    if (!request)
        bail_out("InternetOpenUrl: %lu", GetLastError());
    while (InternetReadFile(request, buffer, sizeof(buffer), &read) && read)
        ;
    path[0] = 0;
    ok(InternetQueryOptionW(request, INTERNET_OPTION_DATAFILE_NAME, path, &size), "it has a file");
    ok(InternetLockRequestFile(request, &lock), "InternetLockRequestFile");
    InternetCloseHandle(request);
    InternetCloseHandle(session);
    return lock;
}

/* A locked file is open; Windows deletes one that is not in the cache when it no longer is. */
static BOOL is_locked(const WCHAR *path)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_SHARING_VIOLATION;
    CloseHandle(file);
    return FALSE;
}

static void test_unlock(void)
{
    WCHAR paths[2][MAX_PATH];
    HANDLE locks[2] = {lock_file(paths[0]), lock_file(paths[1])};
    IWinInetFileStream *file = NULL;
    IStream *stream = stream_of(bed_url(L"control=no-store"), &file);

    if (!locks[0] || !locks[1])
        bail_out("no lock");
    is_hr(IWinInetFileStream_SetHandleForUnlock(file, 0, 0), E_FAIL, "no handle");
    is_hr(IWinInetFileStream_SetHandleForUnlock(file, (DWORD_PTR)INVALID_HANDLE_VALUE, 0), E_FAIL,
            "none either");
    is_hr(IWinInetFileStream_SetHandleForUnlock(file, (DWORD_PTR)locks[0], 1), E_INVALIDARG,
            "the argument is reserved");
    is_hr(IWinInetFileStream_SetHandleForUnlock(file, (DWORD_PTR)locks[0], 0), S_OK,
            "SetHandleForUnlock");
    is_hr(IWinInetFileStream_SetHandleForUnlock(file, (DWORD_PTR)locks[0], 0), S_OK, "the same");
    ok(is_locked(paths[0]), "the file is locked while the stream is there");
    is_hr(IWinInetFileStream_SetHandleForUnlock(file, (DWORD_PTR)locks[1], 0), S_OK,
            "another in its place");
    ok(!is_locked(paths[0]), "the first is not locked any more");
    ok(is_locked(paths[1]), "the second is");
    stream_release(stream, file);
    ok(!is_locked(paths[1]), "until the stream goes");
}

int main(void)
{
    harness_require();
    CoInitialize(NULL);
    bed_begin();
    if (!builtin_lacks("IWinInetFileStream"))
    {
        test_delete(); /* the host loads what it needs */
        tap_account_begin();
        test_delete();
        test_unlock();
        tap_account_end("what goes with a stream");
    }
    bed_end();
    CoUninitialize();
    return done_testing();
}
