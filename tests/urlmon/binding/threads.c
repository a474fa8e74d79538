/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Callback synchronization: whatever threads a protocol reports on, and at whatever times, the
 * client is called on the thread that bound: in an STA, in the MTA, on a thread that never called
 * CoInitialize; while messages are dispatched. Modal loops: loops.c. Page "Callback
 * Synchronization".
 */
#include <stdio.h>
#include <stdlib.h>

#include "client.h"
#include "tap.h"
#include "test_protocol.h"

TAP_TIME_LIMIT(300);

#define PULL (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA)
#define AT_ONCE 50

enum apartment
{
    APARTMENT_STA,
    APARTMENT_MTA,
    APARTMENT_NONE
};

struct totals
{
    LONG bindings, calls, wrong_thread, wrong_order, bad_bytes, unfinished, wrong_size,
            wrong_result, references;
};

static struct totals totals;
static volatile LONG next_seed;

static void client_count(struct client *client, ULONGLONG size)
{
    InterlockedIncrement(&totals.bindings);
    InterlockedExchangeAdd(&totals.calls, client->calls);
    InterlockedExchangeAdd(&totals.wrong_thread, client->wrong_thread);
    InterlockedExchangeAdd(&totals.wrong_order, client->wrong_order);
    InterlockedExchangeAdd(&totals.bad_bytes, client->bad_bytes);
    if (client->stops != 1)
        InterlockedIncrement(&totals.unfinished);
    if (client->received != size)
        InterlockedIncrement(&totals.wrong_size);
    if (client->result != S_OK || client->firsts != 1 || client->lasts != 1)
        InterlockedIncrement(&totals.wrong_result);
}

/* `count` bindings on this thread, AT_ONCE at a time. */
static void bind_many(unsigned int count)
{
    struct client *clients = calloc(AT_ONCE, sizeof(*clients));
    ULONGLONG sizes[AT_ONCE] = {0};
    unsigned int begun = 0, done = 0;
    ULONGLONG last = GetTickCount64();
    BOOL active[AT_ONCE] = {FALSE};
    WCHAR url[128];
    MSG message;

    while (done < count && GetTickCount64() - last < 60000)
    {
        for (unsigned int i = 0; i < AT_ONCE; i++)
        {
            if (active[i] && clients[i].stopped)
            {
                client_count(&clients[i], sizes[i]);
                if (clients[i].out)
                    IUnknown_Release(clients[i].out);
                if (clients[i].stream)
                    IStream_Release(clients[i].stream);
                active[i] = FALSE;
                done++;
                last = GetTickCount64();
            }
            if (!active[i] && begun < count)
            {
                LONG seed = InterlockedIncrement(&next_seed);

                begun++;
                active[i] = TRUE;
                client_open(&clients[i]);
                clients[i].seed = (unsigned int)seed;
                sizes[i] = 1 + (ULONGLONG)seed * 7919 % 20000;
                switch (seed % 3)
                {
                case 0:
                    clients[i].bindf = PULL;
                    break;
                case 1:
                    clients[i].bindf = BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE;
                    break;
                default:
                    clients[i].bindf = BINDF_ASYNCHRONOUS;
                    break;
                }
                swprintf(url, ARRAYSIZE(url),
                        L"bindtest:size=%lu,chunk=%lu,buffer=%lu,seed=%ld,calls=%ld,slow=%d",
                        (unsigned long)sizes[i], (unsigned long)(500 + seed % 7000),
                        (unsigned long)(1000 + seed % 9000), seed, seed % 2, seed % 16 == 0);
                client_bind(&clients[i], url);
                if (FAILED(clients[i].bind_result))
                    note("%s: %s", tap_wstr(url), tap_hr(clients[i].bind_result));
            }
        }
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
        MsgWaitForMultipleObjects(0, NULL, FALSE, 20, QS_ALLINPUT);
    }
    for (unsigned int i = 0; i < AT_ONCE; i++)
    {
        if (active[i])
        {
            InterlockedIncrement(&totals.unfinished);
            continue; /* it may still be called */
        }
        if (clients[i].references != 1 && clients[i].starts)
            InterlockedIncrement(&totals.references);
    }
    if (done == count)
        free(clients);
}

struct thread_arguments
{
    enum apartment apartment;
    unsigned int count;
};

static DWORD WINAPI bind_thread(void *context)
{
    struct thread_arguments *arguments = context;

    if (arguments->apartment != APARTMENT_NONE)
        CoInitializeEx(NULL,
                arguments->apartment == APARTMENT_STA ? COINIT_APARTMENTTHREADED
                                                      : COINIT_MULTITHREADED);
    bind_many(arguments->count);
    if (arguments->apartment != APARTMENT_NONE)
        CoUninitialize();
    return 0;
}

static void test_many(unsigned int each)
{
    struct thread_arguments arguments[3] = {{APARTMENT_STA, each}, {APARTMENT_MTA, each},
            {APARTMENT_NONE, each}};
    HANDLE threads[3];
    ULONGLONG start = GetTickCount64();

    for (unsigned int i = 0; i < 3; i++)
        threads[i] = CreateThread(NULL, 0, bind_thread, &arguments[i], 0, NULL);
    WaitForMultipleObjects(3, threads, TRUE, INFINITE);
    for (unsigned int i = 0; i < 3; i++)
        CloseHandle(threads[i]);
    note("%ld bindings, %ld calls, %llu ms", totals.bindings, totals.calls,
            GetTickCount64() - start);
    is_int(totals.bindings, 3 * each, "bindings that ended");
    is_int(totals.wrong_thread, 0, "calls on a wrong thread");
    is_int(totals.wrong_order, 0, "calls out of order");
    is_int(totals.bad_bytes, 0, "wrong bytes");
    is_int(totals.unfinished, 0, "bindings unfinished");
    is_int(totals.wrong_size, 0, "bindings with bytes lost");
    is_int(totals.wrong_result, 0, "bindings that failed");
    is_int(totals.references, 0, "clients not released");
    is_int(test_protocols_wrong_thread, 0, "Continue on a wrong thread");
    is_int(test_protocols_running, 0, "protocols not terminated");
    is_int(test_protocols_alive, 0, "protocols not released");
}

/* A callback that runs a message loop: others go on meanwhile, and it is not called again itself.
 */
static struct client nested;

static void pump_in_data(struct client *client, DWORD bscf)
{
    if (bscf & BSCF_FIRSTDATANOTIFICATION)
    {
        ok(client_wait(&nested), "another binding goes on during a callback");
        is_int(client->datas, 1, "and this one is not called again");
    }
}

static void test_nested(void)
{
    struct client client;

    client_open(&client);
    client_open(&nested);
    client.bindf = nested.bindf = PULL;
    nested.seed = 2;
    client.on_data = pump_in_data;
    client_bind(&client, L"bindtest:size=60000,chunk=3000");
    client_bind(&nested, L"bindtest:size=60000,chunk=3000,slow=1,seed=2,calls=1");
    ok(client_wait(&client), "nested: it ends");
    client_check(&client, "nested: the outer");
    client_check(&nested, "nested: the inner");
    is_uint(client.received, 60000, "nested: bytes of the outer");
    is_uint(nested.received, 60000, "nested: bytes of the inner");
    client_close(&client, "nested: the outer");
    client_close(&nested, "nested: the inner");
}

/* A callback that binds synchronously. */
static void bind_in_data(struct client *client, DWORD bscf)
{
    (void)client;
    if (!(bscf & BSCF_FIRSTDATANOTIFICATION))
        return;
    client_bind(&nested, L"bindtest:size=60000,chunk=3000,slow=1,seed=2,calls=1");
    is_hr(nested.bind_result, S_OK, "a synchronous bind in a callback");
}

static void test_bind_in_callback(void)
{
    struct client client;

    client_open(&client);
    client_open(&nested);
    client.bindf = PULL;
    nested.seed = 2;
    client.on_data = bind_in_data;
    client_bind(&client, L"bindtest:size=60000,chunk=3000");
    ok(client_wait(&client), "bind in a callback: it ends");
    client_check(&client, "bind in a callback: the outer");
    client_check(&nested, "bind in a callback: the inner");
    is_uint(client.received, 60000, "bind in a callback: bytes of the outer");
    is_uint(nested.received, 60000, "bind in a callback: bytes of the inner");
    client_close(&client, "bind in a callback: the outer");
    client_close(&nested, "bind in a callback: the inner");
}

/* What a synchronous bind finds in the queue besides. */
static LRESULT CALLBACK posted_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message == WM_APP)
        ++*(int *)lparam;
    return DefWindowProcW(window, message, wparam, lparam);
}

static void test_sync_pumps(void)
{
    WNDCLASSW class = {.lpfnWndProc = posted_procedure,
            .hInstance = GetModuleHandleW(NULL),
            .lpszClassName = L"posted"};
    struct client client;
    int seen = 0;
    HWND window;
    MSG message;

    RegisterClassW(&class);
    window = CreateWindowExW(0, class.lpszClassName, L"", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL,
            class.hInstance, NULL);
    PostMessageW(window, WM_APP, 0, (LPARAM)&seen);
    PostQuitMessage(42);
    client_open(&client);
    client_bind(&client, L"bindtest:size=60000,chunk=3000,slow=1");
    is_hr(client.bind_result, S_OK, "synchronous bind");
    is_int(seen, 1, "it has dispatched a message");
    message.message = WM_NULL;
    while (message.message != WM_QUIT && PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
    ok(message.message == WM_QUIT && message.wParam == 42, "WM_QUIT is still there");
    client_check(&client, "synchronous bind");
    client_close(&client, "synchronous bind");
    DestroyWindow(window);
    UnregisterClassW(class.lpszClassName, class.hInstance);
}

int main(void)
{
    const char *count = getenv("CONCIERGE_BINDINGS");
    unsigned int each = (count ? (unsigned int)atoi(count) : 10000) / 3 + 1;

    /* Page "Callback Synchronization". */
    if (builtin_lacks("callbacks on the thread that bound alone"))
        return done_testing();
    CoInitialize(NULL);
    test_protocol_open(4);
    test_many(each);
    test_nested();
    test_bind_in_callback();
    test_sync_pumps();
    is_int(test_protocols_running, 0, "protocols not terminated at the end");
    test_protocol_close();
    CoUninitialize();
    return done_testing();
}
