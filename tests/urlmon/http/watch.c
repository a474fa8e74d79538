/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The watch of answers by itself: protocols end on one thread while WinINet's says on another that
 * an answer begins. What is at its end is not watched any more, whoever comes first: the watch
 * would take a reference of something that goes. And what is watched is looked at while it lives.
 */
#include "http_protocol.h"

#include "tap.h"

TAP_TIME_LIMIT(120);

#define ROUNDS 20000

static LONG references, revived, looked;

static HRESULT STDMETHODCALLTYPE outer_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    (void)iface;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE outer_AddRef(IUnknown *iface)
{
    LONG count = InterlockedIncrement(&references);

    (void)iface;
    if (count == 1)
        InterlockedIncrement(&revived);
    return count;
}

static ULONG STDMETHODCALLTYPE outer_Release(IUnknown *iface)
{
    (void)iface;
    return InterlockedDecrement(&references);
}

static IUnknownVtbl outer_vtbl = {outer_QueryInterface, outer_AddRef, outer_Release};
static IUnknown outer = {&outer_vtbl};

/* What the watch asks of the rest. */

struct inet_call *http_request_call(struct http_protocol *http)
{
    (void)http;
    InterlockedIncrement(&looked);
    return NULL;
}

DWORD inet_call_waiting(struct inet_call *call)
{
    (void)call;
    return 0;
}

void inet_call_release(struct inet_call *call)
{
    (void)call;
}

void inet_protocol_end(struct inet_protocol *protocol, HRESULT hr, DWORD error, const WCHAR *text)
{
    (void)protocol;
    (void)hr;
    (void)error;
    (void)text;
}

static void protocol_begin(struct http_protocol *http)
{
    memset(http, 0, sizeof(*http));
    InitializeSRWLock(&http->protocol.lock);
    http->protocol.com.outer = &outer;
    http->protocol.active = TRUE;
    http->timeout = MAXLONG;
    InterlockedExchange(&references, 1);
}

/* As inet_protocol_deactivate does it. */
static void protocol_end(struct http_protocol *http)
{
    AcquireSRWLockExclusive(&http->protocol.lock);
    http->protocol.active = FALSE;
    ReleaseSRWLockExclusive(&http->protocol.lock);
    http_watch_end(http);
    IUnknown_Release(&outer);
}

static struct http_protocol shared;
static volatile LONG round_number, rounds_done;

static DWORD WINAPI network(void *context)
{
    LONG seen = 0, now;

    (void)context;
    while (seen != ROUNDS)
    {
        while ((now = round_number) == seen)
            SwitchToThread();
        seen = now;
        http_watch_begin(&shared);
        InterlockedExchange(&rounds_done, seen);
    }
    return 0;
}

static void test_race(void)
{
    HANDLE thread = CreateThread(NULL, 0, network, NULL, 0, NULL);
    unsigned int left = 0;

    for (LONG i = 1; i <= ROUNDS; i++)
    {
        protocol_begin(&shared);
        InterlockedExchange(&round_number, i);
        if (i % 2)
            SwitchToThread();
        for (LONG j = 0; j < i % 64; j++)
            YieldProcessor();
        protocol_end(&shared);
        while (rounds_done != i)
            SwitchToThread();
        left += shared.watch.listed;
        http_watch_end(&shared);
    }
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    is_uint(left, 0, "what is at its end is watched by nobody");
    is_int(revived, 0, "and nobody takes a reference of it");
}

static void test_looks(void)
{
    static struct http_protocol http;

    protocol_begin(&http);
    http_watch_begin(&http);
    for (unsigned int i = 0; i < 200 && !looked; i++)
        Sleep(50);
    ok(looked, "what is watched is looked at");
    protocol_end(&http);
    http_watch_begin(&http);
    ok(!http.watch.listed, "what has ended is not");
    http_watch_end(&http);
    is_int(references, 0, "no reference is left");
}

int main(void)
{
    test_race();
    test_looks();
    return done_testing();
}
