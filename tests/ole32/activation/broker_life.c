/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The broker's process: one at a time, what it does with requests that nobody should make, that it
 * forgets a client at once, and that it leaves when it is not needed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "broker_shared.h"
#include "call_guard.h"
#include "comscm.h"
#include "harness.h"

#define BROKERS 4
#define IDLE L"700" /* ms */
#define QUICK 10000 /* ms, on a busy machine */
#define CALLERS 32

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *block)
{
    free(block);
}

static HANDLE broker_start(void)
{
    WCHAR path[MAX_PATH], command[MAX_PATH + 2];
    PROCESS_INFORMATION information;
    STARTUPINFOW startup = {.cb = sizeof(startup)};

    GetSystemDirectoryW(path, ARRAYSIZE(path));
    wcscat(path, L"\\comscm.exe");
    swprintf(command, ARRAYSIZE(command), L"\"%ls\"", path);
    if (!harness_create_process(path, command, FALSE, &startup, &information))
        bail_out("comscm.exe cannot be started: %lu", GetLastError());
    CloseHandle(information.hThread);
    return information.hProcess;
}

static bool broker_wait_ready(void)
{
    HANDLE ready = CreateEventW(NULL, TRUE, FALSE, BROKER_READY);
    bool is_ready = WaitForSingleObject(ready, QUICK) == WAIT_OBJECT_0;

    CloseHandle(ready);
    return is_ready;
}

/* The broker is the one of these that stays. */
static HANDLE test_one_broker(void)
{
    struct broker_address address = {0};
    HANDLE brokers[BROKERS], broker = NULL;
    unsigned int ended = 0;

    ok(!broker_address_read(&address), "no broker runs");
    for (unsigned int i = 0; i < BROKERS; i++)
        brokers[i] = broker_start();
    ok(broker_wait_ready(), "a broker is ready");
    ok(broker_address_read(&address), "it has left its address");
    for (unsigned int i = 0; i < BROKERS; i++)
    {
        if (GetProcessId(brokers[i]) == address.process)
        {
            broker = brokers[i];
            continue;
        }
        ended += WaitForSingleObject(brokers[i], QUICK) == WAIT_OBJECT_0;
        CloseHandle(brokers[i]);
    }
    ok(broker != NULL, "it is one of ours");
    is_uint(ended, BROKERS - 1, "the others have ended");
    return broker;
}

/* --- requests --- */

static handle_t binding;

struct request
{
    SCM_CLIENT client;
    void (*make)(struct request *request);
    HRESULT hr;
    ULONG count, size, number;
    const scm_request *wanted;
};

static void __cdecl request_run(void *argument)
{
    struct request *request = argument;

    request->make(request);
}

/* 0 or the exception. */
static DWORD request_make(struct request *request, void (*make)(struct request *request))
{
    request->make = make;
    request->hr = E_FAIL;
    return call_guarded(request_run, request);
}

static void make_open(struct request *request)
{
    request->hr = scm_open(binding, &request->client);
}

static void make_close(struct request *request)
{
    scm_close(&request->client);
}

static void make_revoke(struct request *request)
{
    request->hr = scm_revoke(request->client, request->number);
}

static void make_suspend(struct request *request)
{
    request->hr = scm_suspend(request->client, request->number);
}

static void make_register(struct request *request)
{
    static scm_offer offers[1000];
    static BYTE objrefs[0x100000];
    static ULONG registrations[1000];

    for (unsigned int i = 0; i < ARRAYSIZE(offers); i++)
    {
        offers[i].size = 1;
        offers[i].given = 0xdeadbeefdeadbeef;
    }
    request->hr = scm_register(request->client, request->count, offers, request->size, objrefs,
            registrations);
    request->number = registrations[0];
}

static void make_activate(struct request *request)
{
    scm_answer answer;
    BYTE *objref = NULL;
    ULONG size;

    request->hr = scm_activate(request->client, request->wanted, &answer, &size, &objref);
    request->number = answer.state;
    free(objref);
}

static void binding_open(void)
{
    struct broker_address address;
    WCHAR protocol[] = L"ncalrpc", *text = NULL;

    broker_address_read(&address);
    if (RpcStringBindingComposeW(NULL, protocol, NULL, address.endpoint, NULL, &text)
            || RpcBindingFromStringBindingW(text, &binding))
        bail_out("no binding");
    RpcStringFreeW(&text);
}

static bool broker_answers(struct request *good)
{
    return !request_make(good, make_suspend) && good->hr == S_OK;
}

static DWORD WINAPI many_requests(void *argument)
{
    static const scm_request wanted = {.clsid = {0}, .kind = SCM_KEY_CLASS};
    struct request *request = argument, own = *request;
    unsigned int good = 0;

    own.wanted = &wanted;
    for (unsigned int i = 0; i < 100; i++)
        good += !request_make(&own, make_activate) && own.hr == S_OK && own.number == SCM_READY;
    return good;
}

static void test_requests(void)
{
    scm_request wanted = {.kind = SCM_KEY_CLASS, .event = 0x7ffffffc};
    struct request good = {0}, bad = {0}, other = {0};
    HANDLE callers[CALLERS];
    unsigned int served = 0;
    DWORD exception;

    binding_open();
    is_uint(request_make(&good, make_open), 0, "a client");
    is_hr(good.hr, S_OK, "is let in");
    is_uint(request_make(&other, make_open), 0, "another");

    bad.client = good.client;
    bad.count = 65;
    bad.size = 65;
    exception = request_make(&bad, make_register);
    ok(exception || FAILED(bad.hr), "too many offers: %lu %s", exception, tap_hr(bad.hr));
    bad.count = 0;
    exception = request_make(&bad, make_register);
    ok(exception || FAILED(bad.hr), "none: %lu %s", exception, tap_hr(bad.hr));
    bad.count = 1;
    bad.size = 0x100000;
    exception = request_make(&bad, make_register);
    ok(exception || FAILED(bad.hr), "too many bytes: %lu %s", exception, tap_hr(bad.hr));
    bad.size = 2;
    exception = request_make(&bad, make_register);
    is_hr(bad.hr, E_INVALIDARG, "bytes that belong to none");
    bad.wanted = &wanted;
    exception = request_make(&bad, make_activate);
    is_hr(bad.hr, E_INVALIDARG, "an event that is none");
    bad.number = 12345;
    exception = request_make(&bad, make_revoke);
    is_hr(bad.hr, S_FALSE, "a registration that is none");
    ok(broker_answers(&good), "the broker answers");

    good.count = good.size = 1;
    is_uint(request_make(&good, make_register), 0, "registered");
    is_hr(good.hr, S_OK, "well");
    bad.client = other.client;
    bad.number = good.number;
    request_make(&bad, make_revoke);
    is_hr(bad.hr, S_FALSE, "a registration of another client");
    good.count = good.size = 64;
    is_uint(request_make(&good, make_register), 0, "as many as can be");
    is_hr(good.hr, S_OK, "well");

    good.number = TRUE;
    request_make(&good, make_suspend);
    good.number = FALSE;
    ok(broker_answers(&good), "resumed");
    request_make(&other, make_close);
    for (unsigned int i = 0; i < CALLERS; i++)
        callers[i] = CreateThread(NULL, 0, many_requests, &good, 0, NULL);
    for (unsigned int i = 0; i < CALLERS; i++)
    {
        DWORD code = 0;

        WaitForSingleObject(callers[i], 60000);
        GetExitCodeThread(callers[i], &code);
        CloseHandle(callers[i]);
        served += code;
    }
    /* Registered once for single use and once more in the batch: few get an object. */
    note("%u of %u requests got an object", served, CALLERS * 100);
    is_uint(served, 65, "each single-use object is given once");
    ok(broker_answers(&good), "the broker answers");
    is_uint(request_make(&good, make_close), 0, "closed");
    RpcBindingFree(&binding);
}

int main(void)
{
    struct broker_address address;
    HANDLE broker;

    harness_require();
    if (builtin_lacks("a broker of ours"))
        return done_testing();
    SetEnvironmentVariableW(L"CONCIERGE_BrokerIdle", IDLE);
    broker = test_one_broker();
    test_requests();
    ok(WaitForSingleObject(broker, QUICK) == WAIT_OBJECT_0, "the broker leaves");
    ok(!broker_address_read(&address), "with its address");
    CloseHandle(broker);
    broker = broker_start();
    ok(broker_wait_ready(), "another one can start");
    harness_do("kill match=\"comscm.exe\"");
    ok(WaitForSingleObject(broker, QUICK) == WAIT_OBJECT_0, "killed");
    CloseHandle(broker);
    broker = broker_start();
    ok(broker_wait_ready() && broker_address_read(&address), "and another");
    is_uint(address.process, GetProcessId(broker), "is the one");
    ok(WaitForSingleObject(broker, QUICK) == WAIT_OBJECT_0, "which leaves too");
    CloseHandle(broker);
    return done_testing();
}
