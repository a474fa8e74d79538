/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BindToStorage for each kind of medium: a stream (IID_IStream, IID_ISequentialStream), a file
 * (IID_IUnknown), a compound file (IID_IStorage). Pages IMoniker::BindToStorage
 * (objidl/nf-objidl-imoniker-bindtostorage), IBindStatusCallback::OnDataAvailable, STGMEDIUM
 * (objidl/ns-objidl-ustgmedium).
 */
#include <stdio.h>

#include "client.h"
#include "harness.h"
#include "tap.h"
#include "test_protocol.h"

#define ASYNC BINDF_ASYNCHRONOUS

static WCHAR compound_path[MAX_PATH], compound_url[MAX_PATH + 16], plain_url[MAX_PATH + 16];
static HRESULT storages; /* what this ole32 says of compound files */

static const char content[] = "what is in the stream";

/* A compound file with one stream, and a file that is none. */
static void make_files(void)
{
    WCHAR folder[MAX_PATH], plain[MAX_PATH];
    IStorage *storage = NULL;
    IStream *stream;
    DWORD written;
    HANDLE file;

    GetTempPathW(ARRAYSIZE(folder), folder);
    swprintf(compound_path, MAX_PATH, L"%lsstorage.dat", folder);
    swprintf(plain, MAX_PATH, L"%lsplain.dat", folder);
    swprintf(compound_url, ARRAYSIZE(compound_url), L"file:///%ls", compound_path);
    swprintf(plain_url, ARRAYSIZE(plain_url), L"file:///%ls", plain);
    file = CreateFileW(plain, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, content, sizeof(content), &written, NULL);
    CloseHandle(file);

    storages = StgCreateDocfile(compound_path, STGM_CREATE | STGM_READWRITE | STGM_SHARE_EXCLUSIVE,
            0, &storage);
    if (FAILED(storages))
    {
        CopyFileW(plain, compound_path, FALSE);
        return;
    }
    is_hr(IStorage_CreateStream(storage, L"one", STGM_CREATE | STGM_WRITE | STGM_SHARE_EXCLUSIVE, 0,
                  0, &stream),
            S_OK, "CreateStream");
    IStream_Write(stream, content, sizeof(content), NULL);
    IStream_Release(stream);
    IStorage_Release(storage);
}

static void check_storage(IStorage *storage, const char *what)
{
    char text[sizeof(content)] = "";
    IStream *stream = NULL;
    HRESULT hr;

    hr = IStorage_OpenStream(storage, L"one", NULL, STGM_READ | STGM_SHARE_EXCLUSIVE, 0, &stream);
    is_hr(hr, S_OK, "%s: OpenStream", what);
    if (FAILED(hr))
        return;
    IStream_Read(stream, text, sizeof(text), NULL);
    is_str(text, content, "%s: what is in it", what);
    IStream_Release(stream);
}

static void check_left(const char *what)
{
    ULONGLONG end = GetTickCount64() + 3000;

    while (test_protocols_alive && GetTickCount64() < end)
        pump_messages(10);
    is_int(test_protocols_alive, 0, "%s: protocols released", what);
    is_int(test_protocols_locked, 0, "%s: protocols unlocked", what);
}

static void check_notifications(struct client *client, DWORD tymed, const char *what)
{
    is_uint(client->tymed, tymed, "%s: the medium", what);
    is_int(client->firsts, 1, "%s: the first notification", what);
    is_int(client->lasts, 1, "%s: the last notification", what);
    ok(client_code(client, BINDSTATUS_CACHEFILENAMEAVAILABLE)
                    > client_code(client, BINDSTATUS_BEGINDOWNLOADDATA),
            "%s: the file is told", what);
}

static struct harness_server server;

static void test_storage(DWORD bindf, const WCHAR *url, const char *what)
{
    HRESULT expected = SUCCEEDED(storages) ? S_OK : storages;
    struct client client;

    client_open(&client);
    client.bindf = bindf;
    client.iid = &IID_IStorage;
    client_bind(&client, url);
    /* A file may be all there before the function returns. */
    ok(client_wait(&client), "%s: it ends", what);
    client_check(&client, what);
    is_hr(client.result, expected, "%s: the result", what);
    if (FAILED(storages))
    {
        ok(client.bind_result == storages
                        || (bindf & ASYNC && client.bind_result == MK_S_ASYNCHRONOUS),
                "%s: as ole32 says: %s", what, tap_hr(client.bind_result));
    }
    else
    {
        is_int(client.lasts, 1, "%s: one notification", what);
        is_int(client.datas, 1, "%s: with all of it", what);
        is_uint(client.tymed, TYMED_ISTORAGE, "%s: the medium", what);
        if (client.storage)
            check_storage(client.storage, what);
        ok(client.storage != NULL, "%s: OnDataAvailable has it", what);
        if (!(bindf & ASYNC))
        {
            is_hr(client.bind_result, S_OK, "%s: BindToStorage", what);
            ok(client.out != NULL, "%s: BindToStorage has it", what);
            if (client.out)
                check_storage((IStorage *)client.out, what);
        }
    }
    client_close(&client, what);
}

static void test_no_storage(DWORD bindf, const WCHAR *url, const char *what)
{
    struct client client;

    client_open(&client);
    client.bindf = bindf;
    client.iid = &IID_IStorage;
    client_bind(&client, url);
    ok(client_wait(&client), "%s: it ends", what);
    client_check(&client, what);
    is_hr(client.result, FAILED(storages) ? storages : STG_E_FILEALREADYEXISTS,
            "%s: as StgOpenStorage says", what);
    ok(!client.storage && !client.out, "%s: no storage", what);
    client_close(&client, what);
}

static void test_file(DWORD bindf, const WCHAR *url, const char *what)
{
    struct client client;

    client_open(&client);
    client.bindf = bindf;
    client.iid = &IID_IUnknown;
    client_bind(&client, url);
    is_hr(client.bind_result, bindf & ASYNC ? MK_S_ASYNCHRONOUS : S_OK, "%s: BindToStorage", what);
    ok(client_wait(&client), "%s: it ends", what);
    client_check(&client, what);
    is_hr(client.result, S_OK, "%s: the result", what);
    check_notifications(&client, TYMED_FILE, what);
    ok(client.file[0] != 0, "%s: its name", what);
    ok(!client.out, "%s: nothing else", what);
    client_close(&client, what);
    check_left(what);
}

static void test_stream(DWORD bindf, REFIID iid, const WCHAR *url, const char *what)
{
    struct client client;

    client_open(&client);
    client.bindf = bindf;
    client.iid = iid;
    client_bind(&client, url);
    ok(client_wait(&client), "%s: it ends", what);
    client_check(&client, what);
    is_hr(client.result, S_OK, "%s: the result", what);
    is_uint(client.tymed, TYMED_ISTREAM, "%s: the medium", what);
    is_uint(client.received, 200000, "%s: bytes", what);
    if (!(bindf & ASYNC))
        ok(client.out != NULL, "%s: BindToStorage has it", what);
    client_close(&client, what);
    check_left(what);
}

/* What there is no medium for, and a file where the protocol makes none. */
static void test_refused(void)
{
    static const IID *const iids[] = {&IID_ILockBytes, &IID_IDataObject, &IID_NULL};
    struct client client;

    for (size_t i = 0; i < ARRAYSIZE(iids); i++)
    {
        client_open(&client);
        client.bindf = ASYNC;
        client.iid = iids[i];
        client_bind(&client, L"bindtest:size=1000");
        is_hr(client.bind_result, E_NOINTERFACE, "another interface");
        is_int(client.calls, 0, "the callback does not hear of it");
        ok(!client.out, "nothing");
        client_close(&client, "another interface");
        check_left("another interface");
    }
    for (int i = 0; i < 2; i++)
    {
        client_open(&client);
        client.bindf = i ? ASYNC : 0;
        client.iid = &IID_IUnknown;
        client_bind(&client, L"bindtest:size=1000");
        ok(client_wait(&client), "no file: it ends");
        client_check(&client, "no file");
        is_hr(client.result, INET_E_DATA_NOT_AVAILABLE, "no file: the result");
        is_int(client.datas, 0, "no file: no OnDataAvailable");
        client_close(&client, "no file");
        check_left("no file");
    }
}

/* From a server, with and without a file in the cache. */
static void test_http(void)
{
    static const DWORD flags[] = {0, ASYNC, BINDF_NOWRITECACHE, ASYNC | BINDF_NOWRITECACHE,
            ASYNC | BINDF_ASYNCSTORAGE | BINDF_PULLDATA, ASYNC | BINDF_GETNEWESTVERSION};
    const WCHAR *url = harness_url(&server, L"storage.dat");
    WCHAR path[MAX_PATH];

    swprintf(path, MAX_PATH, L"%ls\\storage.dat", server.root);
    ok(CopyFileW(compound_path, path, FALSE), "the server's file");
    for (size_t i = 0; i < ARRAYSIZE(flags); i++)
    {
        char what[64];

        sprintf(what, "http, flags %lx", flags[i]);
        test_storage(flags[i], url, what);
        test_file(flags[i], url, what);
    }
    swprintf(path, MAX_PATH, L"%ls\\plain.dat", server.root);
    ok(CopyFileW(plain_url + 8, path, FALSE), "the server's other file");
    test_no_storage(ASYNC, harness_url(&server, L"plain.dat"), "http, a plain file");
}

static void test_all(void)
{
    test_storage(0, compound_url, "IStorage");
    test_storage(ASYNC, compound_url, "IStorage, asynchronous");
    test_storage(ASYNC | BINDF_ASYNCSTORAGE, compound_url, "IStorage, BINDF_ASYNCSTORAGE");
    test_no_storage(0, plain_url, "a plain file");
    test_no_storage(ASYNC, plain_url, "a plain file, asynchronous");
    test_file(0, L"bindtest:size=200000,file=1", "a file");
    test_file(ASYNC, L"bindtest:size=200000,file=1,slow=1", "a file, asynchronous");
    test_file(ASYNC | BINDF_ASYNCSTORAGE | BINDF_PULLDATA | BINDF_NEEDFILE,
            L"bindtest:size=200000,file=1,slow=1", "a file, with every flag");
    test_file(0, compound_url, "the file of a file URL");
    test_stream(0, &IID_ISequentialStream, L"bindtest:size=200000", "ISequentialStream");
    test_stream(ASYNC, &IID_ISequentialStream, L"bindtest:size=200000,slow=1",
            "ISequentialStream, asynchronous");
    test_stream(ASYNC | BINDF_NEEDFILE, &IID_IStream, L"bindtest:size=200000,file=1,slow=1",
            "IStream, with a file");
    test_refused();
    test_http();
}

int main(void)
{
    harness_require();
    if (builtin_lacks("media of each kind; page IMoniker::BindToStorage"))
        return done_testing();
    CoInitialize(NULL);
    test_protocol_open(3);
    make_files();
    harness_nginx_start(&server, "");
    test_all();
    tap_account_begin();
    test_all();
    tap_account_end("media");
    harness_server_stop(&server);
    test_protocol_close();
    CoUninitialize();
    return done_testing();
}
