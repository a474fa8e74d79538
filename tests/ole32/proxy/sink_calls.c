/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sink with call objects of its own (ICallFactory, AsyncIAdviseSink): what its clients notify it
 * of, synchronously or not, comes as Begin_ and Finish_, whose media are good until Finish_ has
 * returned. Its methods have no result: what they leave in the register of one does not matter.
 * "Making and Processing Asynchronous Calls".
 */
#include <stdlib.h>

#include "far_side.h"
#include "sink_media.h"

TAP_TIME_LIMIT(60);

#define PATIENCE 10000 /* ms */

static volatile LONG begun, finished, right, alive, synchronous;

/* ---- the call object ---- */

struct call
{
    IUnknown inner;
    AsyncIAdviseSink AsyncIAdviseSink_iface;
    IUnknown *outer;
    LONG references;
    HANDLE timer;
};

static struct call *call_from_inner(IUnknown *iface)
{
    return CONTAINING_RECORD(iface, struct call, inner);
}

static struct call *call_from_async(AsyncIAdviseSink *iface)
{
    return CONTAINING_RECORD(iface, struct call, AsyncIAdviseSink_iface);
}

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = iface;
    else if (IsEqualIID(iid, &IID_AsyncIAdviseSink))
        *out = &call_from_inner(iface)->AsyncIAdviseSink_iface;
    if (!*out)
        return E_NOINTERFACE;
    IUnknown_AddRef((IUnknown *)*out);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE inner_AddRef(IUnknown *iface)
{
    return (ULONG)InterlockedIncrement(&call_from_inner(iface)->references);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    struct call *call = call_from_inner(iface);
    ULONG references = (ULONG)InterlockedDecrement(&call->references);

    if (references)
        return references;
    if (call->timer)
        DeleteTimerQueueTimer(NULL, call->timer, NULL);
    free(call);
    InterlockedDecrement(&alive);
    return 0;
}

static HRESULT STDMETHODCALLTYPE call_QueryInterface(AsyncIAdviseSink *iface, REFIID iid,
        void **out)
{
    return IUnknown_QueryInterface(call_from_async(iface)->outer, iid, out);
}

static ULONG STDMETHODCALLTYPE call_AddRef(AsyncIAdviseSink *iface)
{
    return IUnknown_AddRef(call_from_async(iface)->outer);
}

static ULONG STDMETHODCALLTYPE call_Release(AsyncIAdviseSink *iface)
{
    return IUnknown_Release(call_from_async(iface)->outer);
}

static void CALLBACK call_signal(void *context, BOOLEAN fired)
{
    IUnknown *outer = context;
    ISynchronize *synchronize;

    (void)fired;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(IUnknown_QueryInterface(outer, &IID_ISynchronize, (void **)&synchronize)))
    {
        ISynchronize_Signal(synchronize);
        ISynchronize_Release(synchronize);
    }
    IUnknown_Release(outer);
    CoUninitialize();
}

/* What a method without a result leaves behind looks like a failure here. */
static HRESULT call_begin(AsyncIAdviseSink *iface, BOOL good)
{
    struct call *call = call_from_async(iface);

    InterlockedIncrement(&begun);
    if (good)
        InterlockedIncrement(&right);
    IUnknown_AddRef(call->outer);
    CreateTimerQueueTimer(&call->timer, NULL, call_signal, call->outer, 20, 0,
            WT_EXECUTEONLYONCE | WT_EXECUTEINTIMERTHREAD);
    return E_FAIL;
}

static HRESULT STDMETHODCALLTYPE call_BeginData(AsyncIAdviseSink *iface, FORMATETC *format,
        STGMEDIUM *medium)
{
    return call_begin(iface,
            format && medium && medium_is((enum medium_kind)format->lindex, medium));
}

static HRESULT STDMETHODCALLTYPE call_BeginView(AsyncIAdviseSink *iface, DWORD aspect, LONG index)
{
    return call_begin(iface, aspect == DVASPECT_THUMBNAIL && index == -1);
}

static HRESULT STDMETHODCALLTYPE call_BeginRename(AsyncIAdviseSink *iface, IMoniker *moniker)
{
    return call_begin(iface, !moniker);
}

static HRESULT STDMETHODCALLTYPE call_Begin(AsyncIAdviseSink *iface)
{
    return call_begin(iface, TRUE);
}

static HRESULT STDMETHODCALLTYPE call_Finish(AsyncIAdviseSink *iface)
{
    (void)iface;
    InterlockedIncrement(&finished);
    return E_FAIL;
}

static const AsyncIAdviseSinkVtbl call_vtbl = {call_QueryInterface, call_AddRef, call_Release,
        (void *)call_BeginData, (void *)call_Finish, (void *)call_BeginView, (void *)call_Finish,
        (void *)call_BeginRename, (void *)call_Finish, (void *)call_Begin, (void *)call_Finish,
        (void *)call_Begin, (void *)call_Finish};

/* ---- the sink ---- */

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(ICallFactory *iface, REFIID iid,
        void **out);

static ULONG STDMETHODCALLTYPE factory_AddRef(ICallFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_Release(ICallFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateCall(ICallFactory *iface, REFIID async_iid,
        IUnknown *outer, REFIID iid, IUnknown **out)
{
    static const IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_AddRef, inner_Release};
    struct call *call;
    HRESULT hr;

    (void)iface;
    *out = NULL;
    if (!IsEqualIID(async_iid, &IID_AsyncIAdviseSink) || !outer)
        return E_NOINTERFACE;
    if (!(call = calloc(1, sizeof(*call))))
        return E_OUTOFMEMORY;
    call->inner.lpVtbl = (IUnknownVtbl *)&inner_vtbl;
    call->AsyncIAdviseSink_iface.lpVtbl = (AsyncIAdviseSinkVtbl *)&call_vtbl;
    call->outer = outer;
    call->references = 1;
    InterlockedIncrement(&alive);
    hr = IUnknown_QueryInterface(&call->inner, iid, (void **)out);
    IUnknown_Release(&call->inner);
    return hr;
}

static HRESULT STDMETHODCALLTYPE sink_nothing(IAdviseSink *iface)
{
    (void)iface;
    InterlockedIncrement(&synchronous);
    return S_OK;
}

static const ICallFactoryVtbl factory_vtbl = {factory_QueryInterface, factory_AddRef,
        factory_Release, factory_CreateCall};
static const IAdviseSinkVtbl sink_vtbl = {(void *)factory_QueryInterface, (void *)factory_AddRef,
        (void *)factory_Release, NULL, NULL, NULL, (void *)sink_nothing, (void *)sink_nothing};
static ICallFactory factory = {(ICallFactoryVtbl *)&factory_vtbl};
static IAdviseSink sink = {(IAdviseSinkVtbl *)&sink_vtbl};

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(ICallFactory *iface, REFIID iid, void **out)
{
    (void)iface;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IAdviseSink))
        *out = &sink;
    else if (IsEqualIID(iid, &IID_ICallFactory))
        *out = &factory;
    return *out ? S_OK : E_NOINTERFACE;
}

/* ---- its apartment ---- */

struct home
{
    DWORD coinit;
    IStream *stream;
    HANDLE ready, stop;
};

static DWORD WINAPI home_main(void *argument)
{
    struct home *home = argument;
    MSG message;

    CoInitializeEx(NULL, home->coinit);
    CoMarshalInterThreadInterfaceInStream(&IID_IAdviseSink, (IUnknown *)&sink, &home->stream);
    SetEvent(home->ready);
    while (MsgWaitForMultipleObjects(1, &home->stop, FALSE, INFINITE, QS_ALLINPUT)
            == WAIT_OBJECT_0 + 1)
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    CoDisconnectObject((IUnknown *)&sink, 0);
    CoUninitialize();
    return 0;
}

/* ---- the checks ---- */

static LONG expected;

static void check_came(const char *what)
{
    BOOL done = far_side_becomes(&finished, ++expected);

    ok(done && begun == expected && right == expected, "%s: begun, right and finished", what);
    ok(far_side_becomes(&alive, 0), "%s: the call object is gone", what);
}

static void check_data(IAdviseSink *proxy, AsyncIAdviseSink *async, ISynchronize *synchronize)
{
    for (enum medium_kind kind = 0; kind < MEDIUM_KINDS; kind++)
    {
        FORMATETC format = {.cfFormat = CF_TEXT, .dwAspect = 1, .lindex = kind};
        STGMEDIUM medium;

        if (kind == MEDIUM_STREAM)
            continue;
        medium_make(kind, NULL, NULL, &medium);
        if (async)
            AsyncIAdviseSink_Begin_OnDataChange(async, &format, &medium);
        else
            IAdviseSink_OnDataChange(proxy, &format, &medium);
        medium_free(&medium);
        if (async)
        {
            is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
            AsyncIAdviseSink_Finish_OnDataChange(async);
        }
        check_came(medium_names[kind]);
    }
}

static void check_proxy(IAdviseSink *proxy)
{
    ICallFactory *calls = NULL;
    AsyncIAdviseSink *async = NULL;
    ISynchronize *synchronize = NULL;

    check_data(proxy, NULL, NULL);
    IAdviseSink_OnViewChange(proxy, DVASPECT_THUMBNAIL, -1);
    check_came("OnViewChange");
    IAdviseSink_OnRename(proxy, NULL);
    check_came("OnRename");
    IAdviseSink_OnSave(proxy);
    check_came("OnSave");
    IAdviseSink_OnClose(proxy);
    check_came("OnClose");

    IAdviseSink_QueryInterface(proxy, &IID_ICallFactory, (void **)&calls);
    is_hr(ICallFactory_CreateCall(calls, &IID_AsyncIAdviseSink, NULL, &IID_AsyncIAdviseSink,
                  (IUnknown **)&async),
            S_OK, "CreateCall");
    ICallFactory_Release(calls);
    if (!async)
        return;
    AsyncIAdviseSink_QueryInterface(async, &IID_ISynchronize, (void **)&synchronize);
    check_data(NULL, async, synchronize);
    AsyncIAdviseSink_Begin_OnClose(async);
    is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
    AsyncIAdviseSink_Finish_OnClose(async);
    check_came("Begin_OnClose");
    ISynchronize_Release(synchronize);
    is_uint(AsyncIAdviseSink_Release(async), 0, "the client's call object is gone");
}

static void run(DWORD client, DWORD server)
{
    struct home home = {.coinit = server};
    IAdviseSink *proxy = NULL;
    HANDLE thread;

    note("%s to %s", client ? "STA" : "MTA", server ? "STA" : "MTA");
    CoInitializeEx(NULL, client);
    home.ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    home.stop = CreateEventW(NULL, FALSE, FALSE, NULL);
    thread = CreateThread(NULL, 0, home_main, &home, 0, NULL);
    WaitForSingleObject(home.ready, INFINITE);
    is_hr(CoGetInterfaceAndReleaseStream(home.stream, &IID_IAdviseSink, (void **)&proxy), S_OK,
            "the proxy");
    if (proxy)
    {
        check_proxy(proxy);
        IAdviseSink_Release(proxy);
    }
    SetEvent(home.stop);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    CloseHandle(home.ready);
    CloseHandle(home.stop);
    CoUninitialize();
}

int main(void)
{
    for (int round = 0; round < 2; round++)
    {
        run(COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED);
        run(COINIT_APARTMENTTHREADED, COINIT_APARTMENTTHREADED);
        run(COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED);
        if (!round)
            tap_account_begin();
    }
    tap_account_end("sinks with call objects");
    is_int(synchronous, 0, "no notification came synchronously");
    return done_testing();
}
