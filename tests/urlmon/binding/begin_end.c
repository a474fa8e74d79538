/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a binding begins and how it ends: what the client is asked first, when BindToStorage returns,
 * when the protocol is let go, and what is said of failures. Pages
 * IBindStatusCallback::GetPriority, "Asynchronous and Synchronous Binding", BINDF,
 * IInternetProtocol::LockRequest, IBinding::GetBindResult, BIND_OPTS.
 */
#include "client.h"
#include "tap.h"
#include "test_protocol.h"

TAP_TIME_LIMIT(120);

#define PULL (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA)

static void check_left(const char *what)
{
    ULONGLONG end = GetTickCount64() + 3000;

    while (test_protocols_alive && GetTickCount64() < end)
        pump_messages(10);
    is_int(test_protocols_alive, 0, "%s: protocols released", what);
    is_int(test_protocols_locked, 0, "%s: protocols unlocked", what);
}

static LONG seen_priority;

static void see_priority(struct client *client)
{
    seen_priority = -1000;
    is_hr(IBinding_GetPriority(client->binding, &seen_priority), S_OK, "IBinding::GetPriority");
}

/* It is the client that sets a priority, with IBinding; Windows does not ask for one. */
static void test_priority(void)
{
    struct client client;

    client_open(&client);
    client.bindf = PULL;
    client.priority = THREAD_PRIORITY_ABOVE_NORMAL;
    client.on_start = see_priority;
    client_bind(&client, L"bindtest:size=20000");
    ok(client_wait(&client), "SetPriority: it ends");
    is_int(seen_priority, THREAD_PRIORITY_ABOVE_NORMAL, "SetPriority counts");
    is_int(client.priorities, 0, "IBindStatusCallback::GetPriority is not called");
    client_close(&client, "SetPriority");
    check_left("SetPriority");
}

static DWORD WINAPI read_thread(void *context)
{
    struct client *client = context;

    client_read(client, (IStream *)client->out);
    return 0;
}

/* BindToStorage without a callback returns when all is there: nothing has to be dispatched for the
 * rest, and nobody waits for it. */
static void test_no_callback(const WCHAR *url, const char *what)
{
    struct client client;
    IBindCtx *context;
    IMoniker *moniker;
    HANDLE thread;
    STATSTG stat;

    client_open(&client);
    is_hr(CreateURLMonikerEx(NULL, url, &moniker, URL_MK_UNIFORM), S_OK, "CreateURLMonikerEx");
    CreateBindCtx(0, &context);
    is_hr(IMoniker_BindToStorage(moniker, context, NULL, &IID_IStream, (void **)&client.out), S_OK,
            "%s: BindToStorage", what);
    is_int(test_protocols_running, 0, "%s: the protocol is terminated", what);
    is_int(test_protocols_locked, 0, "%s: and not needed any more", what);
    IMoniker_Release(moniker);
    IBindCtx_Release(context);
    if (!client.out)
        return;
    is_hr(IStream_Stat((IStream *)client.out, &stat, STATFLAG_NONAME), S_OK, "%s: Stat", what);
    is_uint(stat.cbSize.QuadPart, 300000, "%s: its size", what);
    thread = CreateThread(NULL, 0, read_thread, &client, 0, NULL);
    WaitForSingleObject(thread, INFINITE); /* without messages */
    CloseHandle(thread);
    is_uint(client.received, 300000, "%s: bytes", what);
    is_int(client.bad_bytes, 0, "%s: they are right", what);
    is_hr(client.last_read, S_FALSE, "%s: the end", what);
    client_close(&client, what);
    check_left(what);
}

/* Push model: once all of it is stored the protocol is let go, whoever has the stream. */
static void test_unlock(DWORD bindf, const WCHAR *url, const char *what)
{
    struct client client;

    client_open(&client);
    client.bindf = bindf;
    client.no_read = TRUE;
    client_bind(&client, url);
    ok(client_wait(&client), "%s: it ends", what);
    pump_messages(0);
    is_int(test_protocols_running, 0, "%s: terminated", what);
    is_int(test_protocols_locked, 0, "%s: unlocked", what);
    ok(client.stream != NULL, "%s: the stream", what);
    if (client.stream)
        is_hr(client_read(&client, client.stream), S_FALSE, "%s: it is read", what);
    is_uint(client.received, 100000, "%s: bytes", what);
    client_check(&client, what);
    client_close(&client, what);
    check_left(what);
}

/* A protocol that was never started has not failed. */
static void test_refused(void)
{
    struct client client;

    client_open(&client);
    client.bindf = PULL;
    client.start_result = E_ACCESSDENIED;
    client_bind(&client, L"http://127.0.0.1/");
    is_hr(client.bind_result, E_ACCESSDENIED, "refused: BindToStorage");
    is_hr(client.result, E_ACCESSDENIED, "refused: OnStopBinding");
    is_hr(client.code, E_ACCESSDENIED, "refused: GetBindResult");
    ok(IsEqualCLSID(&client.protocol_class, &CLSID_NULL), "refused: no protocol");
    client_check(&client, "refused");
    client_close(&client, "refused");
}

/* "The actual result returns asynchronously", also when the protocol knows it at once. */
static void test_error(DWORD bindf, HRESULT expected, const char *what)
{
    struct client client;

    client_open(&client);
    client.bindf = bindf;
    client_bind(&client, L"bindtest:size=0,sync=1,error=800c0005");
    is_hr(client.bind_result, expected, "%s: BindToStorage", what);
    ok(!client.out, "%s: no stream", what);
    ok(client_wait(&client), "%s: it ends", what);
    is_hr(client.result, INET_E_RESOURCE_NOT_FOUND, "%s: OnStopBinding", what);
    client_check(&client, what);
    client_close(&client, what);
    check_left(what);
}

/* Deleting the file: ERROR_SHARING_VIOLATION while the client is told of it. */
static void try_delete(struct client *client)
{
    HANDLE file = CreateFileW(client->file, DELETE,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);

    ok(file == INVALID_HANDLE_VALUE, "the file cannot be deleted in OnStopBinding");
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    else
        is_uint(GetLastError(), ERROR_SHARING_VIOLATION, "for it is in use");
}

/* TYMED_FILE: a protocol that has a file is read all the same, for it may be filled by that. */
static void test_file(DWORD bindf, const WCHAR *url, const char *what)
{
    struct client client;
    LONG before = test_protocols_read;

    client_open(&client);
    client.bindf = bindf;
    client.iid = &IID_IUnknown;
    client.on_stop = try_delete;
    client_bind(&client, url);
    ok(client_wait(&client), "%s: it ends", what);
    is_hr(client.result, S_OK, "%s: the result", what);
    is_uint(client.tymed, TYMED_FILE, "%s: the medium", what);
    ok(test_protocols_read > before, "%s: the protocol is read", what);
    client_check(&client, what);
    client_close(&client, what);
    check_left(what);
    ok(GetFileAttributesW(client.file) == INVALID_FILE_ATTRIBUTES,
            "%s: the protocol could delete its file", what);
}

/* Progress that a protocol reports on its threads, and does not wait for, is told before it goes on
 * in Continue, where it calls the client. */
static void test_order(DWORD bindf, const char *what)
{
    struct client client;

    client_open(&client);
    client.bindf = bindf;
    client_bind(&client, L"bindtest:size=1000,calls=1");
    ok(client_wait(&client), "%s: it ends", what);
    is_int(client.responses, 1, "%s: OnResponse", what);
    is_uint(client.response_code, BINDSTATUS_SENDINGREQUEST, "%s: after the progress", what);
    client_check(&client, what);
    client_close(&client, what);
    check_left(what);
}

static LONG read_until_stop;

static void see_reads(struct client *client)
{
    (void)client;
    read_until_stop = test_protocols_read;
}

/* A protocol that reports data though they have ended is read once more, and nothing is told. */
static void test_behind(void)
{
    struct client client;

    client_open(&client);
    client.on_stop = see_reads;
    client_bind(&client, L"bindtest:size=1000,sync=1,behind=1");
    ok(client_wait(&client), "behind the end: it ends");
    is_int(test_protocols_read - read_until_stop, 1, "behind the end: it is read");
    is_int(client.lasts, 1, "behind the end: one last notification");
    is_uint(client.received, 1000, "behind the end: bytes");
    client_check(&client, "behind the end");
    client_close(&client, "behind the end");
    check_left("behind the end");
}

/* BIND_OPTS.dwTickCountDeadline. */
static void test_deadline(DWORD bindf, const char *what)
{
    const WCHAR *stalled = L"bindtest:size=2000,chunk=2000,stall=1,buffer=1000";
    HRESULT expected = bindf & BINDF_ASYNCHRONOUS ? MK_S_ASYNCHRONOUS : MK_E_EXCEEDEDDEADLINE;
    struct client client;

    client_open(&client);
    client.bindf = bindf;
    client.deadline = 50;
    client_bind(&client, stalled);
    ok(client.bind_result == expected
                    || ((bindf & BINDF_ASYNCHRONOUS) && SUCCEEDED(client.bind_result)),
            "%s, a deadline: BindToStorage: %s", what, tap_hr(client.bind_result));
    ok(client_wait(&client), "%s, a deadline: it ends", what);
    is_hr(client.result, MK_E_EXCEEDEDDEADLINE, "%s, a deadline: OnStopBinding", what);
    client_check(&client, what);
    client_close(&client, what);
    check_left(what);

    client_open(&client);
    client.bindf = bindf;
    client.deadline = 600000;
    client_bind(&client, L"bindtest:size=20000");
    ok(client_wait(&client), "%s, time enough: it ends", what);
    is_hr(client.result, S_OK, "%s, time enough: OnStopBinding", what);
    is_uint(client.received, 20000, "%s, time enough: bytes", what);
    client_close(&client, what);
    check_left(what);

    client_open(&client);
    client.bindf = bindf;
    client.deadline = (DWORD)-1000;
    client_bind(&client, L"bindtest:size=20000");
    is_hr(client.bind_result, MK_E_EXCEEDEDDEADLINE, "%s, too late: BindToStorage", what);
    is_int(client.starts, 0, "%s, too late: nothing begins", what);
    client_close(&client, what);
    check_left(what);
}

static void test_all(void)
{
    test_priority();
    test_no_callback(L"bindtest:size=300000,chunk=2000,slow=1", "no callback");
    test_no_callback(L"bindtest:size=300000,sync=1", "no callback, all in Start");
    test_no_callback(L"bindtest:size=300000,chunk=9000,file=1,calls=1", "no callback, a file");
    test_unlock(0, L"bindtest:size=100000,chunk=3000", "synchronous push");
    test_unlock(0, L"bindtest:size=100000,chunk=3000,file=1", "synchronous push, a file");
    test_unlock(BINDF_ASYNCHRONOUS, L"bindtest:size=100000,chunk=3000", "push");
    test_refused();
    test_error(PULL, MK_S_ASYNCHRONOUS, "error in Start");
    test_error(0, INET_E_RESOURCE_NOT_FOUND, "error in Start, synchronous");
    test_file(0, L"bindtest:size=50000,sync=1,file=1", "a file");
    test_file(BINDF_ASYNCHRONOUS, L"bindtest:size=50000,file=1", "a file, asynchronous");
    test_order(PULL, "the order");
    test_order(0, "the order, synchronous");
    test_behind();
    test_deadline(PULL, "pull");
    test_deadline(BINDF_ASYNCHRONOUS, "push");
    test_deadline(0, "synchronous");
}

int main(void)
{
    /* Pages IBindStatusCallback::GetPriority and "Callback Synchronization". */
    if (builtin_lacks("GetPriority; notifications on the thread that bound alone"))
        return done_testing();
    CoInitialize(NULL);
    test_protocol_open(3);
    test_all();
    tap_account_begin();
    test_all();
    tap_account_end("begin and end");
    test_protocol_close();
    CoUninitialize();
    return done_testing();
}
