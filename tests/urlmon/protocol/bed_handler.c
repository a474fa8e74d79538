/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocol_bed.h"

#include <stdlib.h>
#include <string.h>

#include <wininet.h>

#define FROM(iface, member)                                                                        \
    ((struct bed_handler *)((char *)(iface)-offsetof(struct bed_handler, member)))

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct bed_handler *handler = FROM(iface, IUnknown_inner);

    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
    {
        *out = iface;
        IUnknown_AddRef(iface);
        return S_OK;
    }
    if (IsEqualIID(iid, &IID_IInternetProtocol) || IsEqualIID(iid, &IID_IInternetProtocolRoot))
        *out = &handler->IInternetProtocol_iface;
    else if (IsEqualIID(iid, &IID_IInternetPriority))
        *out = &handler->IInternetPriority_iface;
    else if ((IsEqualIID(iid, &IID_IWinInetInfo) || IsEqualIID(iid, &IID_IWinInetHttpInfo))
            && handler->kind->has_http_info)
        *out = &handler->IWinInetHttpInfo_iface;
    else if (IsEqualIID(iid, &IID_IInternetProtocolSink) && handler->kind->is_filter)
        *out = &handler->IInternetProtocolSink_iface;
    else if (IsEqualIID(iid, &IID_IInternetThreadSwitch) && handler->kind->has_thread_switch)
        *out = &handler->IInternetThreadSwitch_iface;
    if (!*out)
        return E_NOINTERFACE;
    IUnknown_AddRef(handler->outer);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE inner_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&FROM(iface, IUnknown_inner)->references);
}

void bed_handler_drop(struct bed_handler *handler)
{
    IInternetProtocolSink *sink = InterlockedExchangePointer((void **)&handler->sink, NULL);
    IInternetBindInfo *bind_info = InterlockedExchangePointer((void **)&handler->bind_info, NULL);
    IInternetProtocol *source = InterlockedExchangePointer((void **)&handler->source, NULL);

    if (sink)
        IInternetProtocolSink_Release(sink);
    if (bind_info)
        IInternetBindInfo_Release(bind_info);
    if (source)
        IInternetProtocol_Release(source);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    struct bed_handler *handler = FROM(iface, IUnknown_inner);
    LONG references = InterlockedDecrement(&handler->references);

    if (!references)
    {
        handler->references = 1000;
        bed_handler_drop(handler);
        if (handler->factory->last == handler)
            handler->factory->last = NULL;
        InterlockedDecrement(&handler->factory->alive);
        free(handler);
    }
    return references;
}

static const IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_AddRef, inner_Release};

#define OUTER_METHODS(interface)                                                                   \
    static HRESULT STDMETHODCALLTYPE interface##_query(interface *iface, REFIID iid, void **out)   \
    {                                                                                              \
        return IUnknown_QueryInterface(FROM(iface, interface##_iface)->outer, iid, out);           \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE interface##_addref(interface *iface)                            \
    {                                                                                              \
        return IUnknown_AddRef(FROM(iface, interface##_iface)->outer);                             \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE interface##_release(interface *iface)                           \
    {                                                                                              \
        return IUnknown_Release(FROM(iface, interface##_iface)->outer);                            \
    }

OUTER_METHODS(IInternetProtocol)
OUTER_METHODS(IInternetPriority)
OUTER_METHODS(IWinInetHttpInfo)
OUTER_METHODS(IInternetProtocolSink)
OUTER_METHODS(IInternetThreadSwitch)

static HRESULT STDMETHODCALLTYPE handler_Start(IInternetProtocol *iface, LPCWSTR url,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD flags, HANDLE_PTR reserved)
{
    struct bed_handler *handler = FROM(iface, IInternetProtocol_iface);

    lstrcpynW(handler->url, url, ARRAYSIZE(handler->url));
    handler->sink = sink;
    IInternetProtocolSink_AddRef(sink);
    handler->bind_info = bind_info;
    IInternetBindInfo_AddRef(bind_info);
    handler->flags = flags;
    handler->start_thread = GetCurrentThreadId();
    if ((flags & PI_FILTER_MODE) && reserved)
    {
        handler->source = ((PROTOCOLFILTERDATA *)reserved)->pProtocol;
        IInternetProtocol_AddRef(handler->source);
    }
    return handler->kind->start ? handler->kind->start(handler) : S_OK;
}

static HRESULT STDMETHODCALLTYPE handler_Continue(IInternetProtocol *iface, PROTOCOLDATA *data)
{
    struct bed_handler *handler = FROM(iface, IInternetProtocol_iface);

    handler->continue_thread = GetCurrentThreadId();
    return handler->kind->proceed ? handler->kind->proceed(handler, data) : S_OK;
}

static HRESULT STDMETHODCALLTYPE handler_Abort(IInternetProtocol *iface, HRESULT reason,
        DWORD options)
{
    struct bed_handler *handler = FROM(iface, IInternetProtocol_iface);

    (void)options;
    InterlockedIncrement(&handler->aborts);
    return handler->kind->abort ? handler->kind->abort(handler, reason) : S_OK;
}

static HRESULT STDMETHODCALLTYPE handler_Terminate(IInternetProtocol *iface, DWORD options)
{
    struct bed_handler *handler = FROM(iface, IInternetProtocol_iface);

    (void)options;
    InterlockedIncrement(&handler->terminations);
    if (handler->kind->terminate)
        return handler->kind->terminate(handler);
    bed_handler_drop(handler);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE handler_Suspend(IInternetProtocol *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE handler_Read(IInternetProtocol *iface, void *buffer, ULONG size,
        ULONG *count)
{
    struct bed_handler *handler = FROM(iface, IInternetProtocol_iface);
    ULONG left;

    if (handler->kind->read)
        return handler->kind->read(handler, buffer, size, count);
    left = handler->available - handler->position;
    *count = left < size ? left : size;
    if (*count)
        memcpy(buffer, handler->content + handler->position, *count);
    handler->position += *count;
    if (*count)
        return S_OK;
    return handler->position == handler->length ? S_FALSE : E_PENDING;
}

static HRESULT STDMETHODCALLTYPE handler_Seek(IInternetProtocol *iface, LARGE_INTEGER move,
        DWORD origin, ULARGE_INTEGER *position)
{
    struct bed_handler *handler = FROM(iface, IInternetProtocol_iface);

    if (origin == STREAM_SEEK_CUR)
        move.QuadPart += handler->position;
    if (move.QuadPart < 0 || move.QuadPart > handler->length)
        return E_INVALIDARG;
    handler->position = (ULONG)move.QuadPart;
    if (position)
        position->QuadPart = handler->position;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE handler_LockRequest(IInternetProtocol *iface, DWORD options)
{
    (void)options;
    InterlockedIncrement(&FROM(iface, IInternetProtocol_iface)->locks);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE handler_UnlockRequest(IInternetProtocol *iface)
{
    InterlockedDecrement(&FROM(iface, IInternetProtocol_iface)->locks);
    return S_OK;
}

static const IInternetProtocolVtbl protocol_vtbl = {
        IInternetProtocol_query,
        IInternetProtocol_addref,
        IInternetProtocol_release,
        handler_Start,
        handler_Continue,
        handler_Abort,
        handler_Terminate,
        handler_Suspend,
        handler_Suspend,
        handler_Read,
        handler_Seek,
        handler_LockRequest,
        handler_UnlockRequest,
};

static HRESULT STDMETHODCALLTYPE handler_SetPriority(IInternetPriority *iface, LONG priority)
{
    struct bed_handler *handler = FROM(iface, IInternetPriority_iface);

    handler->priority = priority;
    InterlockedIncrement(&handler->priorities);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE handler_GetPriority(IInternetPriority *iface, LONG *priority)
{
    *priority = FROM(iface, IInternetPriority_iface)->priority;
    return S_OK;
}

static const IInternetPriorityVtbl priority_vtbl = {
        IInternetPriority_query,
        IInternetPriority_addref,
        IInternetPriority_release,
        handler_SetPriority,
        handler_GetPriority,
};

static HRESULT STDMETHODCALLTYPE handler_QueryOption(IWinInetHttpInfo *iface, DWORD option,
        LPVOID buffer, DWORD *size)
{
    (void)iface;
    (void)option;
    (void)buffer;
    *size = 0;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE handler_QueryInfo(IWinInetHttpInfo *iface, DWORD option,
        LPVOID buffer, DWORD *size, DWORD *flags, DWORD *reserved)
{
    (void)iface;
    (void)option;
    (void)flags;
    (void)reserved;
    if (*size < 6)
        return E_INVALIDARG;
    memcpy(buffer, "hello", 6);
    *size = 6;
    return S_OK;
}

static const IWinInetHttpInfoVtbl http_info_vtbl = {
        IWinInetHttpInfo_query,
        IWinInetHttpInfo_addref,
        IWinInetHttpInfo_release,
        handler_QueryOption,
        handler_QueryInfo,
};

static HRESULT STDMETHODCALLTYPE filter_Switch(IInternetProtocolSink *iface, PROTOCOLDATA *data)
{
    return IInternetProtocolSink_Switch(FROM(iface, IInternetProtocolSink_iface)->sink, data);
}

static HRESULT STDMETHODCALLTYPE filter_ReportProgress(IInternetProtocolSink *iface, ULONG code,
        LPCWSTR text)
{
    struct bed_handler *handler = FROM(iface, IInternetProtocolSink_iface);

    if (handler->kind->progress)
        return handler->kind->progress(handler, code, text);
    return IInternetProtocolSink_ReportProgress(handler->sink, code, text);
}

static HRESULT STDMETHODCALLTYPE filter_ReportData(IInternetProtocolSink *iface, DWORD flags,
        ULONG progress, ULONG max)
{
    struct bed_handler *handler = FROM(iface, IInternetProtocolSink_iface);

    if (handler->kind->report)
        return handler->kind->report(handler, flags, progress, max);
    return IInternetProtocolSink_ReportData(handler->sink, flags, progress, max);
}

static HRESULT STDMETHODCALLTYPE filter_ReportResult(IInternetProtocolSink *iface, HRESULT result,
        DWORD error, LPCWSTR text)
{
    struct bed_handler *handler = FROM(iface, IInternetProtocolSink_iface);

    if (handler->kind->result)
        return handler->kind->result(handler, result, error, text);
    return IInternetProtocolSink_ReportResult(handler->sink, result, error, text);
}

static const IInternetProtocolSinkVtbl filter_sink_vtbl = {
        IInternetProtocolSink_query,
        IInternetProtocolSink_addref,
        IInternetProtocolSink_release,
        filter_Switch,
        filter_ReportProgress,
        filter_ReportData,
        filter_ReportResult,
};

static HRESULT STDMETHODCALLTYPE switch_Prepare(IInternetThreadSwitch *iface)
{
    InterlockedIncrement(&FROM(iface, IInternetThreadSwitch_iface)->prepared);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE switch_Continue(IInternetThreadSwitch *iface)
{
    struct bed_handler *handler = FROM(iface, IInternetThreadSwitch_iface);

    InterlockedIncrement(&handler->switched);
    handler->switch_thread = GetCurrentThreadId();
    return S_OK;
}

static const IInternetThreadSwitchVtbl thread_switch_vtbl = {
        IInternetThreadSwitch_query,
        IInternetThreadSwitch_addref,
        IInternetThreadSwitch_release,
        switch_Prepare,
        switch_Continue,
};

#define FACTORY(iface)                                                                             \
    ((struct bed_factory *)((char *)(iface)-offsetof(struct bed_factory, IClassFactory_iface)))

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    IClassFactory_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    return InterlockedIncrement(&FACTORY(iface)->references);
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    return InterlockedDecrement(&FACTORY(iface)->references);
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    struct bed_factory *factory = FACTORY(iface);
    struct bed_handler *handler;
    HRESULT hr;

    *out = NULL;
    if (outer && (factory->kind->no_aggregation || !IsEqualIID(iid, &IID_IUnknown)))
        return CLASS_E_NOAGGREGATION;
    handler = calloc(1, sizeof(*handler));
    handler->IUnknown_inner.lpVtbl = (IUnknownVtbl *)&inner_vtbl;
    handler->IInternetProtocol_iface.lpVtbl = (IInternetProtocolVtbl *)&protocol_vtbl;
    handler->IInternetPriority_iface.lpVtbl = (IInternetPriorityVtbl *)&priority_vtbl;
    handler->IWinInetHttpInfo_iface.lpVtbl = (IWinInetHttpInfoVtbl *)&http_info_vtbl;
    handler->IInternetProtocolSink_iface.lpVtbl = (IInternetProtocolSinkVtbl *)&filter_sink_vtbl;
    handler->IInternetThreadSwitch_iface.lpVtbl = (IInternetThreadSwitchVtbl *)&thread_switch_vtbl;
    handler->outer = outer && !factory->kind->ignores_outer ? outer : &handler->IUnknown_inner;
    handler->references = 1;
    handler->factory = factory;
    handler->kind = factory->kind;
    InterlockedIncrement(&factory->alive);
    hr = IUnknown_QueryInterface(&handler->IUnknown_inner, iid, out);
    if (SUCCEEDED(hr))
    {
        InterlockedIncrement(&factory->made);
        if (outer)
            InterlockedIncrement(&factory->aggregated);
        factory->last = handler;
    }
    IUnknown_Release(&handler->IUnknown_inner);
    return hr;
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    (void)lock;
    return S_OK;
}

static const IClassFactoryVtbl factory_vtbl = {
        factory_QueryInterface,
        factory_AddRef,
        factory_Release,
        factory_CreateInstance,
        factory_LockServer,
};

void bed_factory_init(struct bed_factory *factory, const struct bed_kind *kind)
{
    memset(factory, 0, sizeof(*factory));
    factory->IClassFactory_iface.lpVtbl = (IClassFactoryVtbl *)&factory_vtbl;
    factory->references = 1;
    factory->kind = kind;
}

void bed_progress(struct bed_handler *handler, ULONG code, const WCHAR *text)
{
    IInternetProtocolSink_ReportProgress(handler->sink, code, text);
}

void bed_data(struct bed_handler *handler, DWORD flags)
{
    IInternetProtocolSink_ReportData(handler->sink, flags, handler->available, handler->length);
}

void bed_result(struct bed_handler *handler, HRESULT result)
{
    IInternetProtocolSink_ReportResult(handler->sink, result, 0, NULL);
}

void bed_content(struct bed_handler *handler, const char *content, ULONG length)
{
    handler->content = content;
    handler->length = handler->available = length;
}

IInternetSession *bed_session(void)
{
    static IInternetSession *session;

    if (!session && FAILED(CoInternetGetSession(0, &session, 0)))
        bail_out("no session");
    return session;
}

IInternetProtocol *bed_binding(struct bed_sink *sink)
{
    IInternetProtocol *protocol = NULL;
    HRESULT hr = IInternetSession_CreateBinding(bed_session(), NULL, sink->url, NULL, NULL,
            &protocol, 0);

    if (FAILED(hr) || !protocol)
        bail_out("CreateBinding: %s", tap_hr(hr));
    sink->protocol = protocol;
    return protocol;
}
