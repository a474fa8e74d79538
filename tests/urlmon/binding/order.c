/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a binding tells its client, and in which order: push and pull model, asynchronous and
 * synchronous, streams and files. Pages "URL Monikers", "Asynchronous Monikers",
 * IBindStatusCallback, BINDF, BSCF, BINDSTATUS, IBinding.
 */
#include "client.h"
#include "tap.h"
#include "test_protocol.h"

#define PULL (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA)

static void check_done(struct client *client, const char *what)
{
    client_check(client, what);
    is_int(client->stops, 1, "%s: OnStopBinding", what);
    is_hr(client->result, S_OK, "%s: its result", what);
    is_int(client->firsts, 1, "%s: first notifications", what);
    is_int(client->lasts, 1, "%s: last notifications", what);
    is_wstr(client->mime, TEST_PROTOCOL_MIME, "%s: the media type", what);
    is_wstr(client->format, TEST_PROTOCOL_MIME, "%s: the clipboard format", what);
    ok(client_code(client, BINDSTATUS_MIMETYPEAVAILABLE)
                    > client_code(client, BINDSTATUS_SENDINGREQUEST),
            "%s: the type after the request", what);
    ok(client_code(client, BINDSTATUS_BEGINDOWNLOADDATA)
                    > client_code(client, BINDSTATUS_MIMETYPEAVAILABLE),
            "%s: the data begin after the type", what);
    ok(client_code(client, BINDSTATUS_ENDDOWNLOADDATA)
                    > client_code(client, BINDSTATUS_BEGINDOWNLOADDATA),
            "%s: the data end", what);
}

static void check_left(const char *what)
{
    DWORD end = GetTickCount() + 3000;

    while (test_protocols_alive && (LONG)(end - GetTickCount()) > 0)
        pump_messages(10);
    is_int(test_protocols_running, 0, "%s: protocols terminated", what);
    is_int(test_protocols_locked, 0, "%s: protocols unlocked", what);
    is_int(test_protocols_alive, 0, "%s: protocols released", what);
}

static void test_pull(void)
{
    struct client client;

    client_open(&client);
    client.bindf = PULL;
    client_bind(&client, L"bindtest:size=300000,chunk=9000,slow=1,calls=1");
    is_hr(client.bind_result, MK_S_ASYNCHRONOUS, "pull: BindToStorage");
    ok(!client.out, "pull: no stream yet");
    ok(client_wait(&client), "pull: it ends");
    check_done(&client, "pull");
    is_uint(client.received, 300000, "pull: bytes");
    is_int(client.negotiates, 1, "pull: IHttpNegotiate was called");
    is_hr(client.code, S_OK, "pull: GetBindResult");
    client_close(&client, "pull");
    check_left("pull");
}

static void test_push(DWORD storage, const char *what)
{
    struct client client;

    client_open(&client);
    client.bindf = BINDF_ASYNCHRONOUS | storage;
    client_bind(&client, L"bindtest:size=3000000,chunk=60000,buffer=100000");
    is_hr(client.bind_result, MK_S_ASYNCHRONOUS, "%s: BindToStorage", what);
    ok(client_wait(&client), "%s: it ends", what);
    check_done(&client, what);
    is_uint(client.received, 3000000, "%s: bytes", what);
    is_uint(client.told, 3000000, "%s: dwSize", what);
    client_close(&client, what);
    check_left(what);
}

/* In the push model the data go on although nobody reads them, and can be read afterwards. */
static void test_push_later(void)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    ULARGE_INTEGER place;
    struct client client;
    STATSTG stat;

    client_open(&client);
    client.bindf = BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE;
    client.no_read = TRUE;
    client_bind(&client, L"bindtest:size=3000000,chunk=60000,buffer=100000");
    ok(client_wait(&client), "push, read later: it ends");
    check_done(&client, "push, read later");
    is_uint(client.told, 3000000, "push, read later: dwSize");
    if (client.stream)
    {
        is_hr(IStream_Stat(client.stream, &stat, STATFLAG_NONAME), S_OK, "Stat");
        is_uint(stat.cbSize.QuadPart, 3000000, "Stat: size");
        is_hr(client_read(&client, client.stream), S_FALSE, "push, read later: the end");
        is_uint(client.received, 3000000, "push, read later: bytes");
        is_hr(IStream_Seek(client.stream, start, STREAM_SEEK_SET, &place), S_OK, "Seek");
        client.received = 0;
        is_hr(client_read(&client, client.stream), S_FALSE, "read again");
        is_uint(client.received, 3000000, "read again: bytes");
        is_int(client.bad_bytes, 0, "read again: they are right");
        is_hr(IStream_Write(client.stream, "", 1, NULL), STG_E_ACCESSDENIED, "Write");
        is_hr(IStream_Seek(client.stream, start, 100, NULL), E_FAIL, "Seek from nowhere");
    }
    client_close(&client, "push, read later");
    check_left("push, read later");
}

static void test_sync(DWORD bindf, const WCHAR *url, const char *what)
{
    struct client client;

    client_open(&client);
    client.bindf = bindf;
    client.no_read = TRUE;
    client_bind(&client, url);
    is_hr(client.bind_result, S_OK, "%s: BindToStorage", what);
    ok(client.out != NULL, "%s: a stream", what);
    if (client.out)
    {
        is_hr(client_read(&client, (IStream *)client.out), S_FALSE, "%s: read", what);
        is_uint(client.received, 500000, "%s: bytes", what);
    }
    ok(client_wait(&client), "%s: it ends", what);
    check_done(&client, what);
    client_close(&client, what);
    check_left(what);
}

/* Without a callback. */
static void test_no_callback(void)
{
    struct client client;
    IBindCtx *context;
    IMoniker *moniker;
    IStream *stream = NULL;
    HRESULT hr;

    client_open(&client);
    hr = CreateURLMonikerEx(NULL, L"bindtest:size=500000,chunk=9000,slow=1", &moniker,
            URL_MK_UNIFORM);
    is_hr(hr, S_OK, "CreateURLMonikerEx");
    CreateBindCtx(0, &context);
    hr = IMoniker_BindToStorage(moniker, context, NULL, &IID_IStream, (void **)&stream);
    is_hr(hr, S_OK, "no callback: BindToStorage");
    if (stream)
    {
        is_hr(client_read(&client, stream), S_FALSE, "no callback: read");
        is_uint(client.received, 500000, "no callback: bytes");
        is_int(client.bad_bytes, 0, "no callback: they are right");
        IStream_Release(stream);
    }
    check_left("no callback");

    stream = NULL;
    hr = IMoniker_BindToStorage(moniker, context, NULL, &IID_IStream, (void **)&stream);
    is_hr(hr, S_OK, "no callback, not read: BindToStorage");
    if (stream)
        IStream_Release(stream);
    check_left("no callback, not read");
    IMoniker_Release(moniker);
    IBindCtx_Release(context);
}

static void test_file(DWORD bindf, const WCHAR *url, const char *what)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    struct client client;

    client_open(&client);
    client.bindf = bindf;
    client.iid = &IID_IUnknown;
    client_bind(&client, url);
    is_hr(client.bind_result, bindf & BINDF_ASYNCHRONOUS ? MK_S_ASYNCHRONOUS : S_OK,
            "%s: BindToStorage", what);
    ok(client_wait(&client), "%s: it ends", what);
    check_done(&client, what);
    is_int(client.tymed, TYMED_FILE, "%s: the medium", what);
    ok(client_code(&client, BINDSTATUS_CACHEFILENAMEAVAILABLE)
                    > client_code(&client, BINDSTATUS_BEGINDOWNLOADDATA),
            "%s: the name after the beginning", what);
    ok(GetFileAttributesExW(client.file, GetFileExInfoStandard, &data)
                    || GetLastError() == ERROR_FILE_NOT_FOUND,
            "%s: a file's name", what);
    client_close(&client, what);
    check_left(what);
}

/* A file is wanted and the protocol has none. */
static void test_no_file(void)
{
    struct client client;

    client_open(&client);
    client.bindf = BINDF_ASYNCHRONOUS;
    client.iid = &IID_IUnknown;
    client_bind(&client, L"bindtest:size=3000");
    ok(client_wait(&client), "no file: it ends");
    client_check(&client, "no file");
    is_hr(client.result, INET_E_DATA_NOT_AVAILABLE, "no file: the result");
    is_int(client.datas, 0, "no file: no data");
    client_close(&client, "no file");
    check_left("no file");
}

static void test_error(DWORD bindf, const WCHAR *url, HRESULT expected, const char *what)
{
    struct client client;

    client_open(&client);
    client.bindf = bindf;
    client_bind(&client, url);
    if (bindf & BINDF_ASYNCHRONOUS)
        ok(client.bind_result == MK_S_ASYNCHRONOUS || client.bind_result == expected,
                "%s: BindToStorage: %s", what, tap_hr(client.bind_result));
    else
        is_hr(client.bind_result, expected, "%s: BindToStorage", what);
    ok(!client.out, "%s: no stream", what);
    ok(client_wait(&client), "%s: it ends", what);
    client_check(&client, what);
    is_hr(client.result, expected, "%s: OnStopBinding", what);
    is_hr(client.code, expected, "%s: GetBindResult", what);
    is_wstr(client.text, L"test error", "%s: its text", what);
    is_guid(&client.protocol_class, &CLSID_TestProtocol, "%s: and the class of the protocol", what);
    is_int(client.datas, 0, "%s: no data", what);
    client_close(&client, what);
    check_left(what);
}

/* IBinding::GetBindResult: "the CLSID of the protocol used". */
static void test_protocol_classes(void)
{
    static const struct
    {
        const WCHAR *url;
        const CLSID *clsid;
    } rows[] = {
            {L"http://127.0.0.1:1/nobody", &CLSID_HttpProtocol},
            {L"https://127.0.0.1:1/nobody", &CLSID_HttpSProtocol},
            {L"ftp://127.0.0.1:1/nobody", &CLSID_FtpProtocol},
            {L"file:///c:/not/there.txt", &CLSID_FileProtocol},
    };

    for (unsigned int i = 0; i < ARRAYSIZE(rows); i++)
    {
        struct client client;
        const char *what = tap_wstr(rows[i].url);

        client_open(&client);
        client.bindf = PULL;
        client_bind(&client, rows[i].url);
        ok(client_wait(&client), "%s: it ends", what);
        ok(FAILED(client.result), "%s: in vain, %s", what, tap_hr(client.result));
        is_guid(&client.protocol_class, rows[i].clsid, "%s: the class of the protocol", what);
        client_close(&client, what);
    }
}

/* OnStartBinding refuses. */
static void test_refused(void)
{
    struct client client;

    client_open(&client);
    client.bindf = PULL;
    client.start_result = E_ACCESSDENIED;
    client_bind(&client, L"bindtest:size=3000");
    is_hr(client.bind_result, E_ACCESSDENIED, "refused: BindToStorage");
    is_int(client.stops, 1, "refused: OnStopBinding");
    is_hr(client.result, E_ACCESSDENIED, "refused: its result");
    client_check(&client, "refused");
    client_close(&client, "refused");
    check_left("refused");
}

int main(void)
{
    /* Page "Callback Synchronization". */
    if (builtin_lacks("notifications on the thread that bound alone"))
        return done_testing();
    CoInitialize(NULL);
    test_protocol_open(3);
    test_pull();
    test_push(BINDF_ASYNCSTORAGE, "push");
    test_push(0, "push, blocking");
    test_push_later();
    test_sync(0, L"bindtest:size=500000,chunk=9000,slow=1,calls=1", "synchronous push");
    test_sync(BINDF_PULLDATA, L"bindtest:size=500000,chunk=9000,slow=1", "synchronous pull");
    test_sync(0, L"bindtest:size=500000,sync=1", "all in Start");
    test_no_callback();
    test_file(BINDF_ASYNCHRONOUS, L"bindtest:size=100000,file=1", "file");
    test_file(0, L"bindtest:size=100000,file=1", "synchronous file");
    test_no_file();
    test_error(PULL, L"bindtest:size=0,error=800c0005", INET_E_RESOURCE_NOT_FOUND, "error");
    test_error(0, L"bindtest:size=0,error=800c0008", INET_E_DOWNLOAD_FAILURE, "synchronous error");
    test_error(PULL, L"bindtest:size=0,sync=1,error=800c0005", INET_E_RESOURCE_NOT_FOUND,
            "error in Start");
    test_protocol_classes();
    test_refused();
    is_int(test_protocols_wrong_thread, 0, "Continue on the bound thread");
    test_protocol_close();
    CoUninitialize();
    return done_testing();
}
