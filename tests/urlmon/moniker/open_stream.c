/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * URLOpenStream, URLOpenPullStream and URLOpenBlockingStream, and the object on whose behalf they
 * are called; by their pages and that of IBindHost.
 */
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>
#include <ocidl.h>
#include <urlmon.h>

#include "../binding/client.h"
#include "harness.h"
#include "tap.h"

#define SIZE 3000017

static struct harness_server server;
static BYTE *expected;

static IBindStatusCallback *callback_of(struct client *client)
{
    return (IBindStatusCallback *)&client->IBindStatusCallbackEx_iface;
}

static IBindStatusCallback *client_init(struct client *client)
{
    client_open(client);
    client->expected = expected;
    return callback_of(client);
}

static void check_data(struct client *client, const char *what)
{
    client_check(client, what);
    is_uint(client->received, SIZE, "%s: all the data", what);
    is_hr(client->result, S_OK, "%s: the result", what);
    is_uint(client->firsts, 1, "%s: the first notification", what);
    is_uint(client->lasts, 1, "%s: the last notification", what);
    is_uint(client->negotiates, 1, "%s: the client's IHttpNegotiate is asked", what);
    client_close(client, what);
}

typedef HRESULT(WINAPI *open_function)(IUnknown *caller, const WCHAR *url, DWORD reserved,
        IBindStatusCallback *client);

static void abort_at_data(struct client *client, ULONG code)
{
    if (code == BINDSTATUS_BEGINDOWNLOADDATA)
    {
        client->progress_result = E_ABORT;
        client->quiet = TRUE;
    }
}

static void test_open(open_function open, ULONG read_size, const char *what)
{
    const WCHAR *url = harness_url(&server, L"data.bin");
    struct client client;
    HRESULT hr;

    is_hr(open(NULL, NULL, 0, client_init(&client)), E_INVALIDARG, "%s: no URL", what);
    is_hr(open(NULL, url, 0, NULL), E_INVALIDARG, "%s: no callback", what);

    client_init(&client);
    client.read_at_once = read_size;
    client.info_result = E_NOTIMPL;
    is_hr(open(NULL, url, 0, callback_of(&client)), S_OK, "%s", what);
    is_uint(client.stops, 0, "%s: it returns at once", what);
    ok(client_wait(&client), "%s: it ends", what);
    check_data(&client, what);

    client_init(&client);
    client.data_result = E_ABORT;
    is_hr(open(NULL, url, 0, callback_of(&client)), S_OK, "%s: begins", what);
    ok(client_wait(&client), "%s: E_ABORT from OnDataAvailable", what);
    is_hr(client.result, E_ABORT, "%s: stops it", what);
    is_uint(client.datas, 1, "%s: at once", what);
    client_close(&client, what);

    client_init(&client);
    client.on_progress = abort_at_data;
    is_hr(open(NULL, url, 0, callback_of(&client)), S_OK, "%s: begins", what);
    ok(client_wait(&client), "%s: E_ABORT from OnProgress", what);
    client_check(&client, what);
    is_hr(client.result, E_ABORT, "%s: stops it", what);
    client_close(&client, what);

    client_init(&client);
    client.start_result = E_ABORT;
    is_hr(open(NULL, url, 0, callback_of(&client)), E_ABORT, "%s: E_ABORT from OnStartBinding",
            what);
    is_uint(client.datas, 0, "%s: no data", what);
    client_close(&client, what);

    client_init(&client);
    client.no_negotiate = TRUE;
    hr = open(NULL, harness_url(&server, L"missing"), 0, callback_of(&client));
    ok(client_wait(&client), "%s: what the server has not", what);
    ok(FAILED(client.result), "%s: fails: %s", what, tap_hr(client.result));
    ok(hr == S_OK || hr == client.result, "%s: and no other way: %s", what, tap_hr(hr));
    is_uint(client.datas, 0, "%s: no data", what);
    client_close(&client, what);
}

static void test_ansi(void)
{
    struct client client;
    char url[MAX_PATH];

    sprintf(url, "%ls", harness_url(&server, L"data.bin"));
    is_hr(URLOpenStreamA(NULL, NULL, 0, client_init(&client)), E_INVALIDARG, "no URL");
    is_hr(URLOpenStreamA(NULL, url, 0, client_init(&client)), S_OK, "URLOpenStreamA");
    ok(client_wait(&client), "URLOpenStreamA: it ends");
    check_data(&client, "URLOpenStreamA");
    is_hr(URLOpenPullStreamA(NULL, url, 0, client_init(&client)), S_OK, "URLOpenPullStreamA");
    ok(client_wait(&client), "URLOpenPullStreamA: it ends");
    check_data(&client, "URLOpenPullStreamA");
}

static void test_blocking(void)
{
    const WCHAR *url = harness_url(&server, L"data.bin");
    BYTE *data = calloc(1, SIZE + 1);
    struct client client;
    char ansi_url[MAX_PATH];
    IStream *stream = NULL;
    ULONG read, total = 0;
    HRESULT hr;

    is_hr(URLOpenBlockingStreamW(NULL, url, NULL, 0, NULL), E_INVALIDARG,
            "no place for the stream");
    is_hr(URLOpenBlockingStreamW(NULL, NULL, &stream, 0, NULL), E_INVALIDARG, "no URL");
    client_init(&client);
    client.no_read = TRUE; /* in OnDataAvailable */
    is_hr(URLOpenBlockingStreamW(NULL, url, &stream, 0, callback_of(&client)), S_OK,
            "URLOpenBlockingStream");
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
        ok(client_wait(&client), "OnStopBinding");
        client_check(&client, "URLOpenBlockingStream");
        client_close(&client, "URLOpenBlockingStream");
    }
    free(data);

    client_init(&client);
    client.start_result = E_ABORT;
    stream = (void *)1;
    is_hr(URLOpenBlockingStreamW(NULL, url, &stream, 0, callback_of(&client)), E_ABORT,
            "E_ABORT from OnStartBinding");
    is_ptr(stream, NULL, "no stream");
    client_close(&client, "E_ABORT from OnStartBinding");

    /* The rest is not wanted. */
    client_init(&client);
    client.no_read = TRUE;
    is_hr(URLOpenBlockingStreamW(NULL, url, &stream, 0, callback_of(&client)), S_OK,
            "with a callback");
    if (stream)
        IStream_Release(stream);
    ok(client_wait(&client), "it ends with its stream");
    client_check(&client, "it ends with its stream");
    client_close(&client, "it ends with its stream");

    sprintf(ansi_url, "%ls", url);
    is_hr(URLOpenBlockingStreamA(NULL, ansi_url, &stream, 0, NULL), S_OK,
            "URLOpenBlockingStreamA, without callback");
    if (stream)
        IStream_Release(stream);
    pump_messages(200); /* for the end of what was not read */
    stream = (void *)1;
    ok(FAILED(URLOpenBlockingStreamW(NULL, harness_url(&server, L"missing"), &stream, 0, NULL)),
            "what the server has not");
    is_ptr(stream, NULL, "no stream");
}

/* The object on whose behalf a program downloads, and its container, in one. */
static struct
{
    IServiceProvider provider;
    IBindHost host;
    unsigned int asked, monikers, binds;
    BOOL no_moniker;
} container;

static HRESULT WINAPI provider_QueryInterface(IServiceProvider *iface, REFIID iid, void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IServiceProvider) ? iface : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG WINAPI provider_AddRef(IServiceProvider *iface)
{
    (void)iface;
    return 2;
}

static ULONG WINAPI provider_Release(IServiceProvider *iface)
{
    (void)iface;
    return 1;
}

static HRESULT WINAPI provider_QueryService(IServiceProvider *iface, REFGUID service, REFIID iid,
        void **out)
{
    (void)iface;
    container.asked++;
    *out = IsEqualGUID(service, &IID_IBindHost) && IsEqualIID(iid, &IID_IBindHost) ? &container.host
                                                                                   : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

static const IServiceProviderVtbl provider_vtbl = {
        provider_QueryInterface,
        provider_AddRef,
        provider_Release,
        provider_QueryService,
};

static HRESULT WINAPI host_QueryInterface(IBindHost *iface, REFIID iid, void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBindHost) ? iface : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG WINAPI host_AddRef(IBindHost *iface)
{
    (void)iface;
    return 2;
}

static ULONG WINAPI host_Release(IBindHost *iface)
{
    (void)iface;
    return 1;
}

/* Names are relative to the server. */
static HRESULT WINAPI host_CreateMoniker(IBindHost *iface, WCHAR *name, IBindCtx *context,
        IMoniker **out, DWORD reserved)
{
    (void)iface;
    (void)context;
    (void)reserved;
    container.monikers++;
    *out = NULL;
    if (container.no_moniker)
        return E_FAIL;
    return CreateURLMoniker(NULL, harness_url(&server, name), out);
}

static HRESULT WINAPI host_MonikerBindToStorage(IBindHost *iface, IMoniker *moniker,
        IBindCtx *context, IBindStatusCallback *callback, REFIID iid, void **out)
{
    (void)iface;
    ok(callback != NULL, "the host gets the callback");
    container.binds++;
    return IMoniker_BindToStorage(moniker, context, NULL, iid, out);
}

static HRESULT WINAPI host_MonikerBindToObject(IBindHost *iface, IMoniker *moniker,
        IBindCtx *context, IBindStatusCallback *callback, REFIID iid, void **out)
{
    (void)iface;
    (void)moniker;
    (void)context;
    (void)callback;
    (void)iid;
    *out = NULL;
    return E_NOTIMPL;
}

static const IBindHostVtbl host_vtbl = {
        host_QueryInterface,
        host_AddRef,
        host_Release,
        host_CreateMoniker,
        host_MonikerBindToStorage,
        host_MonikerBindToObject,
};

/* "pCaller: a pointer to the controlling IUnknown of the calling ActiveX component." */
static void test_caller(void)
{
    IUnknown *caller = (IUnknown *)&container.provider;
    struct client client;

    container.provider.lpVtbl = (IServiceProviderVtbl *)&provider_vtbl;
    container.host.lpVtbl = (IBindHostVtbl *)&host_vtbl;
    container.monikers = container.binds = 0;
    container.no_moniker = FALSE;
    is_hr(URLOpenStreamW(caller, L"data.bin", 0, client_init(&client)), S_OK,
            "a partial URL, in a container");
    ok(client_wait(&client), "in a container: it ends");
    check_data(&client, "in a container");
    is_uint(container.monikers, 1, "the container makes the moniker");
    is_uint(container.binds, 1, "and binds");

    container.no_moniker = TRUE;
    is_hr(URLOpenStreamW(caller, harness_url(&server, L"data.bin"), 0, client_init(&client)), S_OK,
            "a container that makes no moniker");
    ok(client_wait(&client), "it ends");
    check_data(&client, "a container that makes no moniker");
    is_uint(container.monikers, 2, "it was asked");
    is_uint(container.binds, 2, "and binds");
}

static void test_all(void)
{
    test_open(URLOpenStreamW, 65536, "URLOpenStream");
    test_open(URLOpenPullStreamW, 10000, "URLOpenPullStream");
    test_ansi();
    test_blocking();
    test_caller();
}

int main(void)
{
    char sha256[HARNESS_SHA256];
    DWORD got = 0;
    HANDLE file;

    harness_require();
    /* Page "URLOpenStream function". */
    if (builtin_lacks("several of these functions"))
        return done_testing();
    CoInitialize(NULL);
    harness_nginx_start(&server, "");
    harness_make_file(&server, "data.bin", SIZE, "download", sha256);
    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"data.bin"), harness_scratch(L"data"), 0,
                  NULL),
            S_OK, "what is to come");
    is_file_sha256(harness_scratch(L"data"), sha256, "what is to come");
    expected = calloc(1, SIZE + 65536);
    file = CreateFileW(harness_scratch(L"data"), GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    ReadFile(file, expected, SIZE, &got, NULL);
    CloseHandle(file);
    is_uint(got, SIZE, "what is to come");
    test_all();
    tap_account_begin();
    test_all();
    pump_messages(200);
    tap_account_end("streams of URLs");
    harness_server_stop(&server);
    free(expected);
    CoUninitialize();
    return done_testing();
}
