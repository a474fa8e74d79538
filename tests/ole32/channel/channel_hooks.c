/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Channel hooks: what they are asked, when, and that their data travel, also between processes. */
#include "tap.h"
#include "test_server.h"

#include <string.h>

static const GUID extent = {0x6f1e2a54, 0x5a0e, 0x4c4b, {0x9a, 0x3d, 0, 0, 0, 0, 0x33, 1}};

static char order[256]; /* one letter for each method asked */
static volatile LONG length;
static SChannelHookCallInfo infos[256];
static char request_data[16], reply_data[16];
static ULONG request_size, reply_size;
static HRESULT fault;

static void note_call(char letter, REFIID iid)
{
    LONG at = InterlockedIncrement(&length) - 1;

    if (at >= (LONG)sizeof(order) - 1)
        return;
    memcpy(&infos[at], iid, sizeof(infos[at]));
    order[at] = letter;
}

static HRESULT STDMETHODCALLTYPE hook_QueryInterface(IChannelHook *iface, REFIID iid, void **out)
{
    (void)iid;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE hook_AddRef(IChannelHook *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE hook_Release(IChannelHook *iface)
{
    (void)iface;
    return 1;
}

static void STDMETHODCALLTYPE hook_ClientGetSize(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG *size)
{
    (void)iface;
    (void)id;
    note_call('s', iid);
    *size = 8;
}

static void STDMETHODCALLTYPE hook_ClientFillBuffer(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG *size, void *data)
{
    (void)iface;
    (void)id;
    note_call('f', iid);
    memcpy(data, "request", 8);
    *size = 8;
}

static void STDMETHODCALLTYPE hook_ClientNotify(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG size, void *data, DWORD representation, HRESULT result)
{
    (void)iface;
    (void)id;
    (void)representation;
    note_call('n', iid);
    reply_size = size;
    fault = result;
    if (size <= sizeof(reply_data) && data)
        memcpy(reply_data, data, size);
}

static void STDMETHODCALLTYPE hook_ServerNotify(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG size, void *data, DWORD representation)
{
    (void)iface;
    (void)id;
    (void)representation;
    note_call('N', iid);
    request_size = size;
    if (size <= sizeof(request_data) && data)
        memcpy(request_data, data, size);
}

static void STDMETHODCALLTYPE hook_ServerGetSize(IChannelHook *iface, REFGUID id, REFIID iid,
        HRESULT result, ULONG *size)
{
    (void)iface;
    (void)id;
    (void)result;
    note_call('S', iid);
    *size = 6;
}

static void STDMETHODCALLTYPE hook_ServerFillBuffer(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG *size, void *data, HRESULT result)
{
    (void)iface;
    (void)id;
    (void)result;
    note_call('F', iid);
    memcpy(data, "reply", 6);
    *size = 6;
}

static void check_inside(void)
{
    struct test_thread *thread = test_thread_start(COINIT_APARTMENTTHREADED);
    ITestServer *server;
    LONG sum;
    GUID id;

    is_hr(test_thread_object(thread, &IID_ITestServer, (void **)&server), S_OK, "a proxy");
    CoGetCurrentLogicalThreadId(&id);
    length = 0;
    memset(order, 0, sizeof(order));
    is_hr(ITestServer_Add(server, 1, 2, &sum), S_OK, "a call");
    is_str(order, "sfNSFn", "the hook is asked in order");
    is_uint(request_size, 8, "the request's data");
    is_str(request_data, "request", "as they were sent");
    is_uint(reply_size, 6, "the reply's data");
    is_str(reply_data, "reply", "as they were sent");
    for (int i = 0; i < 6; i++)
    {
        ok(IsEqualIID(&infos[i].iid, &IID_ITestServer)
                        && infos[i].cbSize == sizeof(SChannelHookCallInfo) && infos[i].iMethod == 3
                        && infos[i].dwServerPid == GetCurrentProcessId(),
                "what %c is told", order[i]);
        is_guid(&infos[i].uCausality, &id, "the logical thread");
    }
    ok(!infos[0].pObject, "the client has no object");
    ok(infos[2].pObject != NULL, "the server has");
    ITestServer_Release(server);
    ok(test_thread_stop(thread), "the thread ends");
}

static void check_fault(void)
{
    struct test_thread *thread = test_thread_start(COINIT_MULTITHREADED);
    ITestServer *server;

    is_hr(test_thread_object(thread, &IID_ITestServer, (void **)&server), S_OK, "a proxy");
    length = 0;
    memset(order, 0, sizeof(order));
    is_hr(ITestServer_Raise(server, 0xe06d7363), RPC_E_SERVERFAULT, "a call that raises");
    is_hr(fault, RPC_E_SERVERFAULT, "the hook hears of it");
    is_str(order, "sfNSFn", "and is asked as always");
    ITestServer_Release(server);
    ok(test_thread_stop(thread), "the thread ends");
}

/* The other process has no hook: what is sent is ignored, and nothing comes back. */
static void check_between(void)
{
    struct test_process *process = test_process_start("mta");
    ITestServer *server;
    LONG sum;

    if (!process)
        return;
    is_hr(test_process_object(process, &IID_ITestServer, (void **)&server), S_OK, "a proxy");
    length = 0;
    memset(order, 0, sizeof(order));
    reply_size = 99;
    is_hr(ITestServer_Add(server, 1, 2, &sum), S_OK, "a call into another process");
    is_str(order, "sfn", "the client's side is asked");
    is_uint(reply_size, 0, "no data came back");
    is_uint(infos[0].dwServerPid, test_process_id(process), "the server's process");
    ITestServer_Release(server);
    is_uint(test_process_stop(process), 0, "the server ends");
}

int main(void)
{
    static IChannelHookVtbl vtbl = {hook_QueryInterface, hook_AddRef, hook_Release,
            hook_ClientGetSize, hook_ClientFillBuffer, hook_ClientNotify, hook_ServerNotify,
            hook_ServerGetSize, hook_ServerFillBuffer};
    static IChannelHook hook = {&vtbl};

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    if (!builtin_lacks("a check for no hook"))
        is_hr(CoRegisterChannelHook(&extent, NULL), E_INVALIDARG, "no hook");
    is_hr(CoRegisterChannelHook(&extent, &hook), S_OK, "CoRegisterChannelHook");
    check_inside();
    if (!builtin_lacks("exceptions as faults"))
    {
        check_fault();
        check_between();
    }
    CoUninitialize();
    return done_testing();
}
