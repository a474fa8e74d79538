/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A server's process that is killed from outside: calls in flight end at once, those of an STA, of
 * several threads of the MTA and those which the server had not begun; later calls fail without
 * trying, and the proxies can be released. Pages "COM Error Codes (Generic)" and "(RPC)":
 * RPC_E_SERVER_DIED, "the callee ... is not available and disappeared; all connections are invalid.
 * The call may have executed", RPC_E_SERVER_DIED_DNE, "... the call did not execute",
 * RPC_E_DISCONNECTED, "the object invoked has disconnected from its clients".
 */
#include "tap.h"
#include "test_server.h"

#define CALLERS 4
#define LASTING 60000 /* ms which the calls would take */
#define AT_ONCE 15000 /* ms: far less, and no figure */

static BOOL is_death(HRESULT hr)
{
    return hr == RPC_E_SERVER_DIED || hr == RPC_E_SERVER_DIED_DNE || hr == RPC_E_DISCONNECTED;
}

struct caller
{
    struct test_process *process;
    DWORD coinit;
    HANDLE thread, connects, go;
    HRESULT connected, first, later, question;
    ULONG left; /* references of the proxy after its last Release */
};

static DWORD WINAPI caller_thread(void *argument)
{
    struct caller *caller = argument;
    ITestServer *server = NULL;
    IPersist *persist;
    LONG sum;

    CoInitializeEx(NULL, caller->coinit);
    test_proxies_register();
    caller->connected = test_process_object(caller->process, &IID_ITestServer, (void **)&server);
    SetEvent(caller->connects);
    WaitForSingleObject(caller->go, 30000);
    if (server)
    {
        caller->first = ITestServer_Delay(server, LASTING);
        caller->later = ITestServer_Add(server, 1, 2, &sum);
        caller->question = ITestServer_QueryInterface(server, &IID_IPersist, (void **)&persist);
        caller->left = ITestServer_Release(server);
    }
    CoUninitialize();
    return 0;
}

/* All have their proxies before the first one calls, which keeps a server's STA busy. */
static void callers_start(struct caller *callers, struct test_process *process, HANDLE go)
{
    for (int i = 0; i < CALLERS; i++)
    {
        callers[i] =
                (struct caller){process, i % 2 ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED,
                        .go = go, .first = S_OK, .later = S_OK, .question = S_OK, .left = 99};
        callers[i].connects = CreateEventW(NULL, FALSE, FALSE, NULL);
        callers[i].thread = CreateThread(NULL, 0, caller_thread, &callers[i], 0, NULL);
        WaitForSingleObject(callers[i].connects, 30000);
    }
    SetEvent(go);
}

static void callers_check(struct caller *callers)
{
    for (int i = 0; i < CALLERS; i++)
    {
        struct caller *caller = &callers[i];
        const char *name = i % 2 ? "STA" : "MTA";

        is_uint(WaitForSingleObject(caller->thread, AT_ONCE), WAIT_OBJECT_0,
                "%s: the caller is back", name);
        CloseHandle(caller->thread);
        CloseHandle(caller->connects);
        is_hr(caller->connected, S_OK, "%s: it had a proxy", name);
        ok(is_death(caller->first), "%s: the call in flight (%s)", name, tap_hr(caller->first));
        ok(is_death(caller->later), "%s: the next call (%s)", name, tap_hr(caller->later));
        ok(FAILED(caller->question), "%s: a question (%s)", name, tap_hr(caller->question));
        if (i % 2) /* those in the MTA share one */
            is_uint(caller->left, 0, "%s: the proxy goes", name);
    }
}

/* In the server's STA the first call runs, and the others are waiting for their turn. */
static void test_killed(const char *apartment)
{
    struct test_process *process = test_process_start(apartment);
    HANDLE go = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct caller callers[CALLERS];
    DWORD start;

    if (!process)
        return;
    note("a server in its %s", apartment);
    callers_start(callers, process, go);
    Sleep(100); /* most of them are under way; those that are not fail the same way */
    start = GetTickCount();
    TerminateProcess(test_process_handle(process), 1);
    callers_check(callers);
    CloseHandle(go);
    note("all is over %lu ms after the kill", (unsigned long)(GetTickCount() - start));
    test_process_stop(process);
}

/* Nobody calls: the death shows at the next call, and nobody connects any more. */
static void test_idle(void)
{
    struct test_process *process = test_process_start("mta");
    ITestServer *server = NULL, *another = NULL;
    IRawCall *raw = NULL;
    HRESULT hr;
    LONG sum;

    if (!process)
        return;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_proxies_register();
    is_hr(test_process_object(process, &IID_ITestServer, (void **)&server), S_OK, "a proxy");
    is_hr(ITestServer_Add(server, 1, 2, &sum), S_OK, "a call");
    TerminateProcess(test_process_handle(process), 1);
    WaitForSingleObject(test_process_handle(process), 10000);
    for (int i = 0; i < 3; i++)
    {
        hr = ITestServer_Add(server, 1, 2, &sum);
        ok(is_death(hr), "call %d after the death (%s)", i + 1, tap_hr(hr));
    }
    hr = test_process_object(process, &IID_IRawCall, (void **)&raw);
    ok(FAILED(hr), "a packet of another of its objects (%s)", tap_hr(hr));
    ok(!CoIsHandlerConnected((IUnknown *)server), "CoIsHandlerConnected");
    hr = ITestServer_Self(server, &another);
    ok(FAILED(hr) && !another, "a call with an [out] interface (%s)", tap_hr(hr));
    is_uint(ITestServer_Release(server), 0, "the proxy goes");
    CoUninitialize();
    test_process_stop(process);
}

/* The server dies inside a callback: the client serves a call of a process that is no more. */
struct victim
{
    ITestServer ITestServer_iface;
    struct test_process *process;
    HANDLE done;
};

static ITestServerVtbl victim_vtbl;

static HRESULT STDMETHODCALLTYPE victim_Nest(ITestServer *iface, ITestServer *other, LONG depth,
        LONG *reached)
{
    struct victim *victim = CONTAINING_RECORD(iface, struct victim, ITestServer_iface);
    HRESULT hr;
    LONG sum;

    (void)depth;
    *reached = 1;
    TerminateProcess(test_process_handle(victim->process), 1);
    WaitForSingleObject(test_process_handle(victim->process), 10000);
    hr = ITestServer_Add(other, 1, 2, &sum);
    ok(is_death(hr), "a call back from a callback (%s)", tap_hr(hr));
    SetEvent(victim->done);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE victim_QueryInterface(ITestServer *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ITestServer))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE victim_count(ITestServer *iface)
{
    (void)iface;
    return 2;
}

static void test_in_callback(DWORD coinit)
{
    struct test_process *process = test_process_start("sta");
    ITestServer *model = test_server_create(), *server = NULL;
    struct victim victim = {{&victim_vtbl}, process, CreateEventW(NULL, TRUE, FALSE, NULL)};
    LONG reached = 0;
    HRESULT hr;

    if (!process)
        return;
    victim_vtbl = *model->lpVtbl;
    victim_vtbl.QueryInterface = victim_QueryInterface;
    victim_vtbl.AddRef = victim_count;
    victim_vtbl.Release = victim_count;
    victim_vtbl.Nest = victim_Nest;
    ITestServer_Release(model);
    CoInitializeEx(NULL, coinit);
    test_proxies_register();
    is_hr(test_process_object(process, &IID_ITestServer, (void **)&server), S_OK, "a proxy");
    hr = ITestServer_Nest(server, &victim.ITestServer_iface, 1, &reached);
    ok(is_death(hr), "a call whose callback kills the server (%s)", tap_hr(hr));
    /* The callback runs on a thread of the MTA which nobody waits for any more. */
    is_uint(WaitForSingleObject(victim.done, AT_ONCE), WAIT_OBJECT_0, "the callback is over");
    CloseHandle(victim.done);
    ITestServer_Release(server);
    CoDisconnectObject((IUnknown *)&victim.ITestServer_iface, 0);
    CoUninitialize();
    test_process_stop(process);
}

static void run_all(void)
{
    test_killed("mta");
    test_killed("sta");
    test_idle();
    test_in_callback(COINIT_MULTITHREADED);
    test_in_callback(COINIT_APARTMENTTHREADED);
}

int main(void)
{
    if (builtin_lacks("an eye on servers that die"))
        return done_testing();
    run_all();
    tap_account_begin();
    run_all();
    tap_account_end("servers that are killed");
    is_int(test_server_count(), 0, "no object is left");
    return done_testing();
}
