/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocol_stage.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "trace.h"
#include "wstr.h"

COM_OBJECT_METHODS(stage, struct protocol_stage, IInternetProtocolSink, IInternetProtocolSink_iface)
COM_OBJECT_METHODS(stage, struct protocol_stage, IInternetBindInfoEx, IInternetBindInfoEx_iface)
COM_OBJECT_METHODS(stage, struct protocol_stage, IServiceProvider, IServiceProvider_iface)

struct bind_protocol *stage_pin(struct protocol_stage *stage, struct protocol_handler **above)
{
    struct bind_protocol *protocol;

    AcquireSRWLockShared(&stage->lock);
    protocol = stage->protocol;
    if (protocol && !bind_protocol_pin(protocol))
        protocol = NULL;
    if (above)
        *above = protocol && stage->above ? protocol_handler_addref(stage->above) : NULL;
    ReleaseSRWLockShared(&stage->lock);
    return protocol;
}

HRESULT stage_forward_data(struct protocol_stage *stage, DWORD flags, ULONG progress, ULONG max)
{
    struct protocol_handler *above;
    struct bind_protocol *protocol = stage_pin(stage, &above);
    HRESULT hr;

    if (!protocol)
        return S_OK;
    if (above)
        hr = IInternetProtocolSink_ReportData(above->sink, flags, progress, max);
    else
        hr = bind_protocol_data(protocol, flags, progress, max);
    protocol_handler_release(above);
    bind_protocol_unpin(protocol);
    return hr;
}

HRESULT stage_forward_result(struct protocol_stage *stage, HRESULT result, DWORD error,
        const WCHAR *text)
{
    struct protocol_handler *above;
    struct bind_protocol *protocol = stage_pin(stage, &above);
    HRESULT hr;

    if (!protocol)
        return E_FAIL;
    if (above)
        hr = IInternetProtocolSink_ReportResult(above->sink, result, error, text);
    else
        hr = bind_protocol_result(protocol, result, error, text);
    protocol_handler_release(above);
    bind_protocol_unpin(protocol);
    return hr;
}

static HRESULT STDMETHODCALLTYPE stage_Switch(IInternetProtocolSink *iface, PROTOCOLDATA *data)
{
    struct protocol_stage *stage = stage_from_IInternetProtocolSink(iface);
    struct bind_protocol *protocol;
    struct protocol_handler *handler;
    HRESULT hr = E_FAIL;

    if (!data)
        return E_INVALIDARG;
    protocol = stage_pin(stage, NULL);
    if (!protocol)
        return E_FAIL;
    handler = protocol_stage_handler(stage);
    if (handler)
        hr = bind_protocol_switch(protocol, handler, stage->is_filter, data);
    protocol_handler_release(handler);
    bind_protocol_unpin(protocol);
    return hr;
}

static HRESULT STDMETHODCALLTYPE stage_ReportProgress(IInternetProtocolSink *iface, ULONG code,
        LPCWSTR text)
{
    struct protocol_stage *stage = stage_from_IInternetProtocolSink(iface);
    struct protocol_handler *above;
    struct bind_protocol *protocol = stage_pin(stage, &above);
    HRESULT hr = S_OK;

    if (!protocol)
        return S_OK;
    if (code == BINDSTATUS_DIRECTBIND)
        stage_sniff_mime(stage, NULL, TRUE); /* the bytes are the object's: nobody looks at them */
    if ((code == BINDSTATUS_MIMETYPEAVAILABLE || code == BINDSTATUS_VERIFIEDMIMETYPEAVAILABLE
                || (code == BINDSTATUS_FILTERREPORTMIMETYPE && stage->is_filter))
            && text)
        stage_sniff_mime(stage, text, code != BINDSTATUS_MIMETYPEAVAILABLE);
    else if (above)
        hr = IInternetProtocolSink_ReportProgress(above->sink, code, text);
    else
        hr = bind_protocol_progress(protocol, code, text);
    protocol_handler_release(above);
    bind_protocol_unpin(protocol);
    return hr;
}

static HRESULT STDMETHODCALLTYPE stage_ReportData(IInternetProtocolSink *iface, DWORD flags,
        ULONG progress, ULONG max)
{
    return stage_sniff_data(stage_from_IInternetProtocolSink(iface), flags, progress, max);
}

static HRESULT STDMETHODCALLTYPE stage_ReportResult(IInternetProtocolSink *iface, HRESULT result,
        DWORD error, LPCWSTR text)
{
    struct protocol_stage *stage = stage_from_IInternetProtocolSink(iface);
    struct bind_protocol *protocol;
    HRESULT hr;

    if (result != INET_E_REDIRECT_FAILED || stage->is_filter || !text)
        return stage_sniff_result(stage, result, error, text);
    protocol = stage_pin(stage, NULL);
    if (!protocol)
        return E_FAIL;
    hr = bind_protocol_redirect(protocol, stage, text);
    bind_protocol_unpin(protocol);
    return hr;
}

static const IInternetProtocolSinkVtbl stage_sink_vtbl = {
        stage_IInternetProtocolSink_QueryInterface,
        stage_IInternetProtocolSink_AddRef,
        stage_IInternetProtocolSink_Release,
        stage_Switch,
        stage_ReportProgress,
        stage_ReportData,
        stage_ReportResult,
};

/* The client of a stage that is open; NULL: closed. */
static struct protocol_client *stage_client(struct protocol_stage *stage)
{
    struct bind_protocol *protocol = stage_pin(stage, NULL);
    struct protocol_client *client;

    if (!protocol)
        return NULL;
    client = bind_protocol_client(protocol);
    bind_protocol_unpin(protocol);
    return client;
}

static HRESULT stage_bind_info(struct protocol_stage *stage, DWORD *flags, BINDINFO *info,
        DWORD *flags2, DWORD *reserved)
{
    struct protocol_client *client;
    HRESULT hr;

    if (!flags || !info || info->cbSize < FIELD_OFFSET(BINDINFO, dwOptions))
        return E_INVALIDARG;
    client = stage_client(stage);
    if (!client)
        return E_FAIL;
    hr = protocol_client_bind_info(client, flags, info, flags2, reserved);
    protocol_client_release(client);
    if (FAILED(hr))
        return hr;
    *flags |= BINDF_FROMURLMON;
    if (stage->url && info->dwBindVerb != BINDVERB_GET)
    {
        /* What another handler has sent elsewhere is asked for, not sent again. */
        ReleaseStgMedium(&info->stgmedData);
        memset(&info->stgmedData, 0, sizeof(info->stgmedData));
        info->cbstgmedData = 0;
        CoTaskMemFree(info->szCustomVerb);
        info->szCustomVerb = NULL;
        info->dwBindVerb = BINDVERB_GET;
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE stage_GetBindInfo(IInternetBindInfoEx *iface, DWORD *flags,
        BINDINFO *info)
{
    return stage_bind_info(stage_from_IInternetBindInfoEx(iface), flags, info, NULL, NULL);
}

static HRESULT STDMETHODCALLTYPE stage_GetBindInfoEx(IInternetBindInfoEx *iface, DWORD *flags,
        BINDINFO *info, DWORD *flags2, DWORD *reserved)
{
    DWORD ignored = 0;

    return stage_bind_info(stage_from_IInternetBindInfoEx(iface), flags, info,
            flags2 ? flags2 : &ignored, reserved);
}

static HRESULT STDMETHODCALLTYPE stage_GetBindString(IInternetBindInfoEx *iface, ULONG type,
        LPOLESTR *strings, ULONG size, ULONG *fetched)
{
    struct protocol_stage *stage = stage_from_IInternetBindInfoEx(iface);
    struct protocol_client *client;
    HRESULT hr;

    if (!strings || !fetched)
        return E_INVALIDARG;
    if (type == BINDSTRING_URL && stage->url)
    {
        if (!size)
            return E_INVALIDARG;
        hr = wstr_to_caller(stage->url, &strings[0]);
        if (SUCCEEDED(hr))
            *fetched = 1;
        return hr;
    }
    client = stage_client(stage);
    if (!client)
        return E_FAIL;
    hr = IInternetBindInfo_GetBindString(client->bind_info, type, strings, size, fetched);
    protocol_client_release(client);
    return hr;
}

static const IInternetBindInfoExVtbl stage_bind_info_vtbl = {
        stage_IInternetBindInfoEx_QueryInterface,
        stage_IInternetBindInfoEx_AddRef,
        stage_IInternetBindInfoEx_Release,
        stage_GetBindInfo,
        stage_GetBindString,
        stage_GetBindInfoEx,
};

static HRESULT STDMETHODCALLTYPE stage_QueryService(IServiceProvider *iface, REFGUID service,
        REFIID iid, void **out)
{
    struct protocol_client *client;
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    /* The client's own protocol, which may be asking, is no service for handlers: one that starts
     * a binding of its own with this sink would be handed to itself. */
    if (IsEqualGUID(service, &IID_IInternetProtocol))
        return E_NOINTERFACE;
    client = stage_client(stage_from_IServiceProvider(iface));
    if (!client)
        return E_FAIL;
    hr = protocol_client_service(client, service, iid, out);
    protocol_client_release(client);
    return hr;
}

static const IServiceProviderVtbl stage_services_vtbl = {
        stage_IServiceProvider_QueryInterface,
        stage_IServiceProvider_AddRef,
        stage_IServiceProvider_Release,
        stage_QueryService,
};

static void stage_destroy(void *object)
{
    struct protocol_stage *stage = object;

    protocol_stage_drop(stage);
    if (stage->below)
        protocol_stage_release(stage->below);
    free(stage->url);
    free(stage->filter_mime);
    free(stage->mime);
    free(stage->held_text);
    free(stage);
}

static const struct com_interface stage_interfaces[] = {
        {&IID_IUnknown, offsetof(struct protocol_stage, IInternetProtocolSink_iface)},
        {&IID_IInternetProtocolSink, offsetof(struct protocol_stage, IInternetProtocolSink_iface)},
        {&IID_IInternetBindInfo, offsetof(struct protocol_stage, IInternetBindInfoEx_iface)},
        {&IID_IInternetBindInfoEx, offsetof(struct protocol_stage, IInternetBindInfoEx_iface)},
        {&IID_IServiceProvider, offsetof(struct protocol_stage, IServiceProvider_iface)},
};

static const struct com_class stage_class = {"protocol stage", stage_interfaces,
        ARRAY_SIZE(stage_interfaces), stage_destroy};

HRESULT protocol_stage_create(struct bind_protocol *protocol, struct protocol_handler *handler,
        struct protocol_stage *below, const WCHAR *filter_mime, BOOL wants_sniffing,
        const WCHAR *url, struct protocol_stage **out)
{
    struct protocol_stage *stage = calloc(1, sizeof(*stage));
    BOOL is_type;

    *out = NULL;
    if (!stage)
        return E_OUTOFMEMORY;
    stage->url = wstr_dup(url);
    stage->filter_mime = wstr_dup(filter_mime);
    /* What comes out is of that type too until somebody knows better; a coding ("gzip") is none. */
    is_type = filter_mime && wcschr(filter_mime, '/');
    stage->mime = is_type ? wstr_dup(filter_mime) : NULL;
    if ((url && !stage->url) || (filter_mime && !stage->filter_mime) || (is_type && !stage->mime))
    {
        free(stage->url);
        free(stage->filter_mime);
        free(stage->mime);
        free(stage);
        return E_OUTOFMEMORY;
    }
    com_object_init(&stage->object, &stage_class);
    stage->IInternetProtocolSink_iface.lpVtbl = (IInternetProtocolSinkVtbl *)&stage_sink_vtbl;
    stage->IInternetBindInfoEx_iface.lpVtbl = (IInternetBindInfoExVtbl *)&stage_bind_info_vtbl;
    stage->IServiceProvider_iface.lpVtbl = (IServiceProviderVtbl *)&stage_services_vtbl;
    stage->reader_iface.lpVtbl = (IInternetProtocolVtbl *)&stage_reader_vtbl;
    InitializeSRWLock(&stage->lock);
    stage->protocol = protocol;
    stage->handler = protocol_handler_addref(handler);
    stage->is_filter = below != NULL;
    stage->below = below;
    if (below)
        protocol_stage_addref(below);
    stage->sniff = wants_sniffing ? SNIFF_WAITING : SNIFF_DONE;
    *out = stage;
    return S_OK;
}

void protocol_stage_addref(struct protocol_stage *stage)
{
    com_object_addref(&stage->object);
}

void protocol_stage_release(struct protocol_stage *stage)
{
    com_object_release(&stage->object);
}

void protocol_stage_close(struct protocol_stage *stage)
{
    AcquireSRWLockExclusive(&stage->lock);
    stage->protocol = NULL;
    ReleaseSRWLockExclusive(&stage->lock);
}

void protocol_stage_drop(struct protocol_stage *stage)
{
    struct protocol_handler *handler, *above;

    AcquireSRWLockExclusive(&stage->lock);
    stage->protocol = NULL;
    handler = stage->handler;
    above = stage->above;
    stage->handler = stage->above = NULL;
    ReleaseSRWLockExclusive(&stage->lock);
    protocol_handler_release(above);
    protocol_handler_release(handler);
}

struct protocol_handler *protocol_stage_handler(struct protocol_stage *stage)
{
    struct protocol_handler *handler;

    AcquireSRWLockShared(&stage->lock);
    handler = stage->handler ? protocol_handler_addref(stage->handler) : NULL;
    ReleaseSRWLockShared(&stage->lock);
    return handler;
}

void protocol_stage_put_above(struct protocol_stage *stage, struct protocol_handler *above)
{
    AcquireSRWLockExclusive(&stage->lock);
    if (stage->protocol && !stage->above)
        stage->above = protocol_handler_addref(above);
    ReleaseSRWLockExclusive(&stage->lock);
}
