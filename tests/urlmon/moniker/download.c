/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* URLDownloadToFile, URLDownloadToCacheFile and the URLOpen functions, by their pages. */
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>
#include <urlmon.h>

#include "harness.h"
#include "tap.h"

#define SIZE 3000017

struct client
{
    IBindStatusCallback IBindStatusCallback_iface;
    LONG references;
    DWORD thread;
    /* what it does */
    BOOL no_bind_info;
    ULONG abort_code;     /* BINDSTATUS at which it returns E_ABORT */
    HRESULT start_result; /* of OnStartBinding */
    BOOL read;            /* it reads what it gets, so much of it at a time */
    ULONG read_size;
    BOOL abort_data;
    /* what it has seen */
    unsigned int starts, progress, data_calls, stops, wrong_threads, pending;
    ULONG last_progress, last_max;
    unsigned long long bytes;
    DWORD data_flags;
    HRESULT stop;
    BYTE *data;
};

static struct client *from_iface(IBindStatusCallback *iface)
{
    struct client *client = CONTAINING_RECORD(iface, struct client, IBindStatusCallback_iface);

    if (client->thread != GetCurrentThreadId())
        client->wrong_threads++;
    return client;
}

static HRESULT WINAPI client_QueryInterface(IBindStatusCallback *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBindStatusCallback))
        return E_NOINTERFACE;
    *out = iface;
    IBindStatusCallback_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI client_AddRef(IBindStatusCallback *iface)
{
    return InterlockedIncrement(
            &CONTAINING_RECORD(iface, struct client, IBindStatusCallback_iface)->references);
}

static ULONG WINAPI client_Release(IBindStatusCallback *iface)
{
    return InterlockedDecrement(
            &CONTAINING_RECORD(iface, struct client, IBindStatusCallback_iface)->references);
}

static HRESULT WINAPI client_OnStartBinding(IBindStatusCallback *iface, DWORD reserved,
        IBinding *binding)
{
    struct client *client = from_iface(iface);

    (void)reserved;
    client->starts++;
    ok(binding != NULL, "OnStartBinding has a binding");
    return client->start_result;
}

static HRESULT WINAPI client_GetPriority(IBindStatusCallback *iface, LONG *priority)
{
    (void)iface;
    (void)priority;
    return E_NOTIMPL;
}

static HRESULT WINAPI client_OnLowResource(IBindStatusCallback *iface, DWORD reserved)
{
    (void)iface;
    (void)reserved;
    return E_NOTIMPL;
}

static HRESULT WINAPI client_OnProgress(IBindStatusCallback *iface, ULONG progress, ULONG max,
        ULONG code, const WCHAR *text)
{
    struct client *client = from_iface(iface);

    (void)text;
    client->progress++;
    if (code == BINDSTATUS_DOWNLOADINGDATA || code == BINDSTATUS_ENDDOWNLOADDATA)
    {
        client->last_progress = progress;
        client->last_max = max;
    }
    return client->abort_code && code == client->abort_code ? E_ABORT : S_OK;
}

static HRESULT WINAPI client_OnStopBinding(IBindStatusCallback *iface, HRESULT result,
        const WCHAR *error)
{
    struct client *client = from_iface(iface);

    (void)error;
    client->stops++;
    client->stop = result;
    return S_OK;
}

static HRESULT WINAPI client_GetBindInfo(IBindStatusCallback *iface, DWORD *flags, BINDINFO *info)
{
    (void)info;
    if (from_iface(iface)->no_bind_info)
        return E_NOTIMPL;
    *flags = 0;
    return S_OK;
}

static HRESULT WINAPI client_OnDataAvailable(IBindStatusCallback *iface, DWORD flags, DWORD size,
        FORMATETC *format, STGMEDIUM *medium)
{
    struct client *client = from_iface(iface);
    ULONG read;
    HRESULT hr;

    (void)size;
    (void)format;
    client->data_calls++;
    client->data_flags |= flags;
    if (client->abort_data)
        return E_ABORT;
    if (!client->read || !medium || medium->tymed != TYMED_ISTREAM)
        return S_OK;
    do
    {
        ULONG room = min(client->read_size, SIZE - client->bytes + 1);

        read = 0;
        hr = IStream_Read(medium->pstm, client->data + client->bytes, room, &read);
        client->bytes += read;
    } while (hr == S_OK && read);
    if (hr == E_PENDING)
        client->pending++;
    return S_OK;
}

static HRESULT WINAPI client_OnObjectAvailable(IBindStatusCallback *iface, REFIID iid,
        IUnknown *object)
{
    (void)iface;
    (void)iid;
    (void)object;
    return E_NOTIMPL;
}

static IBindStatusCallbackVtbl client_vtbl = {
        client_QueryInterface,
        client_AddRef,
        client_Release,
        client_OnStartBinding,
        client_GetPriority,
        client_OnLowResource,
        client_OnProgress,
        client_OnStopBinding,
        client_GetBindInfo,
        client_OnDataAvailable,
        client_OnObjectAvailable,
};

static IBindStatusCallback *client_init(struct client *client)
{
    memset(client, 0, sizeof(*client));
    client->IBindStatusCallback_iface.lpVtbl = &client_vtbl;
    client->references = 1;
    client->thread = GetCurrentThreadId();
    return &client->IBindStatusCallback_iface;
}

static struct harness_server server;
static char sha256[HARNESS_SHA256];

static BOOL file_exists(const WCHAR *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

/* How many files there are in a folder, besides the two that each has. */
static unsigned int files_in(const WCHAR *folder)
{
    WCHAR pattern[MAX_PATH];
    WIN32_FIND_DATAW data;
    unsigned int count = 0;
    HANDLE find;

    swprintf(pattern, MAX_PATH, L"%ls\\*", folder);
    find = FindFirstFileW(pattern, &data);
    if (find == INVALID_HANDLE_VALUE)
        return 0;
    do
    {
        count += !(data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
    } while (FindNextFileW(find, &data));
    FindClose(find);
    return count;
}

static void write_file(const WCHAR *path, const char *text)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD written;

    WriteFile(file, text, strlen(text), &written, NULL);
    CloseHandle(file);
}

static BOOL file_is(const WCHAR *path, const char *text)
{
    char buffer[64] = "";
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    DWORD read = 0;

    ReadFile(file, buffer, sizeof(buffer) - 1, &read, NULL);
    CloseHandle(file);
    return !strcmp(buffer, text);
}

static void test_file(void)
{
    const WCHAR *path = harness_scratch(L"out\\file.bin");
    char ansi_url[MAX_PATH], ansi_path[MAX_PATH];
    WCHAR file_url[MAX_PATH + 16];
    struct client client;

    CreateDirectoryW(harness_scratch(L"out"), NULL);
    DeleteFileW(harness_scratch(L"out\\ansi.bin"));
    DeleteFileW(harness_scratch(L"out\\copy.bin"));
    DeleteFileW(harness_scratch(L"out\\empty"));
    is_hr(URLDownloadToFileW(NULL, NULL, path, 0, NULL), E_INVALIDARG, "no URL");
    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"data.bin"), path, 0, NULL), S_OK,
            "without callback");
    is_file_sha256(path, sha256, "the file");

    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"data.bin"), path, 0,
                  client_init(&client)),
            S_OK, "with a callback, over the file that is there");
    is_file_sha256(path, sha256, "the file");
    is_uint(client.starts, 1, "OnStartBinding");
    ok(client.progress >= 3, "OnProgress (%u)", client.progress);
    is_uint(client.last_progress, SIZE, "the last one says how much it was");
    is_uint(client.data_calls, 0, "no OnDataAvailable: the data are not the client's");
    is_uint(client.stops, 1, "OnStopBinding");
    is_hr(client.stop, S_OK, "with the result");
    is_uint(client.wrong_threads, 0, "all on this thread");
    is_int(client.references, 1, "the callback is let go");
    is_uint(files_in(harness_scratch(L"out")), 1, "and there is one file");

    client_init(&client);
    client.no_bind_info = TRUE;
    client.start_result = E_NOTIMPL;
    DeleteFileW(path);
    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"data.bin"), path, 0,
                  &client.IBindStatusCallback_iface),
            S_OK, "a callback of stubs");
    is_file_sha256(path, sha256, "the file");

    sprintf(ansi_url, "%ls", harness_url(&server, L"data.bin"));
    sprintf(ansi_path, "%ls", harness_scratch(L"out\\ansi.bin"));
    is_hr(URLDownloadToFileA(NULL, ansi_url, ansi_path, 0, NULL), S_OK, "URLDownloadToFileA");
    is_file_sha256(harness_scratch(L"out\\ansi.bin"), sha256, "the file");

    swprintf(file_url, ARRAYSIZE(file_url), L"file:///%ls", path);
    is_hr(URLDownloadToFileW(NULL, file_url, harness_scratch(L"out\\copy.bin"), 0, NULL), S_OK,
            "a file URL");
    is_file_sha256(harness_scratch(L"out\\copy.bin"), sha256, "the file");

    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"empty"), harness_scratch(L"out\\empty"),
                  0, NULL),
            S_OK, "an empty file");
    ok(file_is(harness_scratch(L"out\\empty"), ""), "is made");
}

static void test_failures(void)
{
    const WCHAR *path = harness_scratch(L"fail\\file.bin");
    struct harness_server dying;
    struct client client;
    HRESULT hr;

    CreateDirectoryW(harness_scratch(L"fail"), NULL);
    hr = URLDownloadToFileW(NULL, harness_url(&server, L"missing"), path, 0, client_init(&client));
    ok(FAILED(hr), "what the server has not: %s", tap_hr(hr));
    is_uint(client.stops, 1, "OnStopBinding");
    is_hr(client.stop, hr, "with the same error");
    ok(!file_exists(path), "no file");

    hr = URLDownloadToFileW(NULL, harness_url(&server, L"data.bin"),
            harness_scratch(L"no\\such\\folder\\file"), 0, NULL);
    is_hr(hr, INET_E_DOWNLOAD_FAILURE, "a folder that there is not");
    hr = URLDownloadToFileW(NULL, L"nobodyhasthis://x/y", path, 0, NULL);
    ok(FAILED(hr), "a protocol that there is not: %s", tap_hr(hr));

    client_init(&client);
    client.abort_code = BINDSTATUS_BEGINDOWNLOADDATA;
    write_file(path, "old");
    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"data.bin"), path, 0,
                  &client.IBindStatusCallback_iface),
            E_ABORT, "E_ABORT from OnProgress");
    is_uint(client.stops, 1, "OnStopBinding");
    is_hr(client.stop, E_ABORT, "E_ABORT");
    ok(file_is(path, "old"), "the file that was there stays");
    is_uint(files_in(harness_scratch(L"fail")), 1, "and nothing else is left");

    client_init(&client);
    client.start_result = E_ABORT;
    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"data.bin"), path, 0,
                  &client.IBindStatusCallback_iface),
            E_ABORT, "E_ABORT from OnStartBinding");
    ok(file_is(path, "old"), "the file that was there stays");

    harness_server_start(&dying, "kind=die_mid_body after=500000 size=1000000");
    hr = URLDownloadToFileW(NULL, harness_url(&dying, L"x"), path, 0, NULL);
    ok(FAILED(hr), "a server that dies: %s", tap_hr(hr));
    ok(file_is(path, "old"), "the file that was there stays");
    DeleteFileW(path);
    hr = URLDownloadToFileW(NULL, harness_url(&dying, L"x"), path, 0, NULL);
    ok(FAILED(hr), "and again: %s", tap_hr(hr));
    is_uint(files_in(harness_scratch(L"fail")), 0, "nothing is left");
    harness_server_stop(&dying);
}

static void test_cache_file(void)
{
    char ansi_url[MAX_PATH], ansi_name[MAX_PATH];
    struct client client;
    WCHAR name[MAX_PATH];

    is_hr(URLDownloadToCacheFileW(NULL, harness_url(&server, L"data.bin"), NULL, MAX_PATH, 0, NULL),
            E_INVALIDARG, "no place for the name");
    is_hr(URLDownloadToCacheFileW(NULL, harness_url(&server, L"data.bin"), name, MAX_PATH, 0,
                  client_init(&client)),
            S_OK, "URLDownloadToCacheFile");
    is_file_sha256(name, sha256, "the file");
    is_uint(client.stops, 1, "OnStopBinding");
    is_hr(URLDownloadToCacheFileW(NULL, harness_url(&server, L"data.bin"), name, 3, 0, NULL),
            E_OUTOFMEMORY, "no room for the name");
    sprintf(ansi_url, "%ls", harness_url(&server, L"data.bin"));
    is_hr(URLDownloadToCacheFileA(NULL, ansi_url, ansi_name, MAX_PATH, 0, NULL), S_OK,
            "URLDownloadToCacheFileA");
    MultiByteToWideChar(CP_ACP, 0, ansi_name, -1, name, MAX_PATH);
    is_file_sha256(name, sha256, "the file");
    ok(FAILED(URLDownloadToCacheFileW(NULL, harness_url(&server, L"missing"), name, MAX_PATH, 0,
               NULL)),
            "what the server has not");
}

static void pump_until_stopped(struct client *client)
{
    DWORD end = GetTickCount() + 30000;

    while (!client->stops && (int)(end - GetTickCount()) > 0)
    {
        MSG message;

        MsgWaitForMultipleObjects(0, NULL, FALSE, 100, QS_ALLINPUT);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
}

static void pump(DWORD milliseconds)
{
    DWORD end = GetTickCount() + milliseconds;

    while ((int)(end - GetTickCount()) > 0)
    {
        MSG message;

        MsgWaitForMultipleObjects(0, NULL, FALSE, 50, QS_ALLINPUT);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
}

static void check_data(struct client *client, const BYTE *expected, const char *what)
{
    is_uint(client->bytes, SIZE, "%s: all the data", what);
    ok(!memcmp(client->data, expected, SIZE), "%s: the right ones", what);
    is_hr(client->stop, S_OK, "%s: the result", what);
    is_uint(client->wrong_threads, 0, "%s: all on this thread", what);
    ok((client->data_flags & (BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION))
                    == (BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION),
            "%s: first and last notification", what);
    is_int(client->references, 1, "%s: the callback is let go", what);
}

static void test_streams(void)
{
    BYTE *expected = malloc(SIZE + 1), *data = malloc(SIZE + 1);
    struct client client;
    char ansi_url[MAX_PATH];
    IStream *stream = NULL;
    ULONG read, total = 0;
    HANDLE file;
    DWORD got = 0;
    HRESULT hr;

    file = CreateFileW(harness_scratch(L"out\\ansi.bin"), GENERIC_READ, 0, NULL, OPEN_EXISTING, 0,
            NULL);
    ReadFile(file, expected, SIZE, &got, NULL);
    CloseHandle(file);
    is_uint(got, SIZE, "the file of a moment ago");

    is_hr(URLOpenStreamW(NULL, NULL, 0, client_init(&client)), E_INVALIDARG, "no URL");
    is_hr(URLOpenStreamW(NULL, harness_url(&server, L"data.bin"), 0, NULL), E_INVALIDARG,
            "no callback");

    client_init(&client);
    client.read = TRUE;
    client.read_size = 65536;
    client.data = data;
    client.no_bind_info = TRUE;
    is_hr(URLOpenStreamW(NULL, harness_url(&server, L"data.bin"), 0,
                  &client.IBindStatusCallback_iface),
            S_OK, "URLOpenStream");
    pump_until_stopped(&client);
    check_data(&client, expected, "URLOpenStream");

    client_init(&client);
    client.read = TRUE;
    client.read_size = 10000;
    client.data = memset(data, 0, SIZE);
    is_hr(URLOpenPullStreamW(NULL, harness_url(&server, L"data.bin"), 0,
                  &client.IBindStatusCallback_iface),
            S_OK, "URLOpenPullStream");
    pump_until_stopped(&client);
    check_data(&client, expected, "URLOpenPullStream");

    client_init(&client);
    client.abort_data = TRUE;
    is_hr(URLOpenPullStreamW(NULL, harness_url(&server, L"data.bin"), 0,
                  &client.IBindStatusCallback_iface),
            S_OK, "E_ABORT from OnDataAvailable");
    pump_until_stopped(&client);
    is_uint(client.stops, 1, "stops it");
    is_hr(client.stop, E_ABORT, "with E_ABORT");
    is_uint(client.data_calls, 1, "at once");

    memset(data, 0, SIZE);
    is_hr(URLOpenBlockingStreamW(NULL, harness_url(&server, L"data.bin"), NULL, 0, NULL),
            E_INVALIDARG, "no place for the stream");
    is_hr(URLOpenBlockingStreamW(NULL, harness_url(&server, L"data.bin"), &stream, 0,
                  client_init(&client)),
            S_OK, "URLOpenBlockingStream");
    if (stream)
    {
        do
        {
            read = 0;
            hr = IStream_Read(stream, data + total, min(40000, SIZE + 1 - total), &read);
            total += read;
        } while (hr == S_OK && read);
        ok(hr == S_FALSE || hr == S_OK, "the end: %s", tap_hr(hr));
        is_uint(total, SIZE, "all the data");
        ok(!memcmp(data, expected, SIZE), "the right ones");
        IStream_Release(stream);
        pump_until_stopped(&client);
        is_uint(client.stops, 1, "OnStopBinding");
        is_int(client.references, 1, "the callback is let go");
    }
    sprintf(ansi_url, "%ls", harness_url(&server, L"data.bin"));
    is_hr(URLOpenBlockingStreamA(NULL, ansi_url, &stream, 0, NULL), S_OK,
            "URLOpenBlockingStreamA, without callback");
    if (stream)
        IStream_Release(stream);
    pump(200); /* for the end of what was not read */
    stream = (void *)1;
    ok(FAILED(URLOpenBlockingStreamW(NULL, harness_url(&server, L"missing"), &stream, 0, NULL)),
            "what the server has not");
    is_ptr(stream, NULL, "no stream");
    free(expected);
    free(data);
}

/* What is not installed is not installed from a URL either. */
static void test_code(void)
{
    static const CLSID nobody = {0x33333333, 3, 3, {3, 3, 3, 3, 3, 3, 3, 3}};
    IUnknown *object = (void *)1;

    is_hr(CoGetClassObjectFromURL(&nobody, harness_url(&server, L"code.cab"), 0, 0, NULL, NULL,
                  CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, (void **)&object),
            INET_E_CODE_DOWNLOAD_DECLINED, "CoGetClassObjectFromURL with a URL");
    is_ptr(object, NULL, "no object");
    is_hr(CoGetClassObjectFromURL(&nobody, NULL, 0, 0, NULL, NULL, CLSCTX_INPROC_SERVER, NULL,
                  &IID_IClassFactory, (void **)&object),
            REGDB_E_CLASSNOTREG, "without one");
    is_hr(CoGetClassObjectFromURL(&CLSID_StdURLMoniker, NULL, 0, 0, NULL, NULL,
                  CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, (void **)&object),
            S_OK, "a class that is installed");
    IUnknown_Release(object);
    is_hr(HlinkGoBack(NULL), E_INVALIDARG, "HlinkGoBack(NULL)");
    is_hr(HlinkSimpleNavigateToString(NULL, L"x", NULL, NULL, NULL, NULL, 0, 0), E_INVALIDARG,
            "a location without document");
}

int main(void)
{
    harness_require();
    if (builtin_lacks("several of these, and files that stay on failure"))
        return done_testing();
    CoInitialize(NULL);
    harness_nginx_start(&server, "");
    harness_make_file(&server, "data.bin", SIZE, "download", sha256);
    harness_make_file(&server, "empty", 0, "empty", NULL);
    test_file();
    test_failures();
    test_cache_file();
    test_streams();
    test_code();
    tap_account_begin();
    for (int i = 0; i < 3; i++)
    {
        test_file();
        test_failures();
        test_cache_file();
        test_streams();
    }
    pump(200);
    tap_account_end("downloads");
    harness_server_stop(&server);
    CoUninitialize();
    return done_testing();
}
