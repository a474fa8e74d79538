/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Channel hooks see asynchronous calls as they see others: once on each side of the request, once
 * on each side of the answer, with the call's interface and logical thread. "IChannelHook
 * interface".
 */
#include "tap.h"

#include <string.h>

#include "worker_bed.h"
#include "worker_object.h"

#define PATIENCE 20000 /* ms */

/* What a hook was told of the calls of IWorker. */
static struct
{
    volatile LONG client_size, client_notify, server_notify, server_size;
    GUID client, server;
} seen;

static HRESULT STDMETHODCALLTYPE hook_QueryInterface(IChannelHook *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IChannelHook))
        return E_NOINTERFACE;
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
    const SChannelHookCallInfo *info = (const SChannelHookCallInfo *)iid;

    (void)iface;
    (void)id;
    *size = 0;
    if (!IsEqualIID(&info->iid, &IID_IWorker))
        return;
    InterlockedIncrement(&seen.client_size);
    seen.client = info->uCausality;
}

static void STDMETHODCALLTYPE hook_ClientFillBuffer(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG *size, void *data)
{
    (void)iface;
    (void)id;
    (void)iid;
    (void)data;
    *size = 0;
}

static void STDMETHODCALLTYPE hook_ClientNotify(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG size, void *data, DWORD representation, HRESULT fault)
{
    (void)iface;
    (void)id;
    (void)size;
    (void)data;
    (void)representation;
    (void)fault;
    if (IsEqualIID(&((const SChannelHookCallInfo *)iid)->iid, &IID_IWorker))
        InterlockedIncrement(&seen.client_notify);
}

static void STDMETHODCALLTYPE hook_ServerNotify(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG size, void *data, DWORD representation)
{
    const SChannelHookCallInfo *info = (const SChannelHookCallInfo *)iid;

    (void)iface;
    (void)id;
    (void)size;
    (void)data;
    (void)representation;
    if (!IsEqualIID(&info->iid, &IID_IWorker))
        return;
    InterlockedIncrement(&seen.server_notify);
    seen.server = info->uCausality;
}

static void STDMETHODCALLTYPE hook_ServerGetSize(IChannelHook *iface, REFGUID id, REFIID iid,
        HRESULT fault, ULONG *size)
{
    (void)iface;
    (void)id;
    (void)fault;
    *size = 0;
    if (IsEqualIID(&((const SChannelHookCallInfo *)iid)->iid, &IID_IWorker))
        InterlockedIncrement(&seen.server_size);
}

static void STDMETHODCALLTYPE hook_ServerFillBuffer(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG *size, void *data, HRESULT fault)
{
    (void)iface;
    (void)id;
    (void)iid;
    (void)data;
    (void)fault;
    *size = 0;
}

static void check_bed(BOOL other_process, BOOL call_objects)
{
    struct worker_bed *bed = worker_bed_start(other_process, TRUE, call_objects);
    work_order order = {.delay = 20};
    ISynchronize *synchronize;
    GUID logical = GUID_NULL;
    AsyncIWorker *async;
    work_report report;
    LONG counter = 1;
    IWorker *worker;

    if (!bed || !is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
        return;
    note("%s", worker_bed_name(bed));
    memset(&seen, 0, sizeof(seen));
    is_hr(worker_async(worker, &async, &synchronize), S_OK, "a call object");
    is_hr(AsyncIWorker_Begin_Work(async, &order, &counter), S_OK, "Begin_Work");
    is_int(seen.client_size, 1, "the request is on its way");
    is_int(seen.client_notify, 0, "the answer has not been looked at");
    is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
    is_hr(AsyncIWorker_Finish_Work(async, &counter, &report), S_OK, "Finish_Work");
    is_int(seen.client_notify, 1, "now it has");
    CoGetCurrentLogicalThreadId(&logical);
    is_guid(&seen.client, &logical, "the logical thread");
    if (!other_process)
    {
        is_int(seen.server_notify, 1, "the server's side of the request");
        is_int(seen.server_size, 1, "and of the answer");
        is_guid(&seen.server, &logical, "the same logical thread");
    }
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

static void run_all(void)
{
    check_bed(FALSE, FALSE);
    check_bed(FALSE, TRUE);
    check_bed(TRUE, FALSE);
    check_bed(TRUE, TRUE);
}

int main(int argc, char **argv)
{
    static IChannelHookVtbl vtbl = {hook_QueryInterface, hook_AddRef, hook_Release,
            hook_ClientGetSize, hook_ClientFillBuffer, hook_ClientNotify, hook_ServerNotify,
            hook_ServerGetSize, hook_ServerFillBuffer};
    static const GUID id = {0x6f1e2a54, 0x5a0e, 0x4c4b,
            {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x33}};
    static IChannelHook hook = {&vtbl};

    worker_bed_main(argc, argv);
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    worker_register();
    is_hr(CoRegisterChannelHook(&id, &hook), S_OK, "CoRegisterChannelHook");
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("hooks of asynchronous calls");
    }
    CoUninitialize();
    return done_testing();
}
