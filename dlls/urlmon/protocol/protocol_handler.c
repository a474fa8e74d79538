/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocol_handler.h"

#include <stdlib.h>

#include "session.h"
#include "trace.h"

/* An interface of the object behind `inner`. Of an aggregated one the reference, which is the outer
 * object's, is given back. */
static void *handler_interface(IUnknown *inner, IUnknown *outer, REFIID iid)
{
    void *pointer = NULL;

    if (FAILED(IUnknown_QueryInterface(inner, iid, &pointer)) || !pointer)
        return NULL;
    if (outer)
        IUnknown_Release(outer);
    return pointer;
}

/* Takes the caller's reference to `inner` over, also when it fails. */
static HRESULT handler_wrap(IUnknown *inner, IUnknown *outer, BOOL is_filter,
        struct protocol_handler **out)
{
    struct protocol_handler *handler = calloc(1, sizeof(*handler));
    HRESULT hr = S_OK;

    *out = NULL;
    if (!handler)
    {
        IUnknown_Release(inner);
        return E_OUTOFMEMORY;
    }
    handler->references = 1;
    handler->inner = inner;
    handler->is_aggregated = outer != NULL;
    handler->protocol = handler_interface(inner, outer, &IID_IInternetProtocol);
    if (is_filter)
        handler->sink = handler_interface(inner, outer, &IID_IInternetProtocolSink);
    else
        handler->protocol_ex = handler_interface(inner, outer, &IID_IInternetProtocolEx);
    if (!handler->protocol || (is_filter && !handler->sink))
        hr = E_NOINTERFACE;
    if (FAILED(hr))
        protocol_handler_release(handler);
    else
        *out = handler;
    return hr;
}

HRESULT protocol_handler_create(IUri *uri, BOOL default_only, IUnknown *outer, CLSID *clsid,
        BOOL *is_temporary, struct protocol_handler **out)
{
    IUnknown *inner;
    HRESULT hr = E_NOINTERFACE;

    *out = NULL;
    if (outer)
        hr = session_handler_create(uri, default_only, outer, &inner, clsid, is_temporary);
    if (outer && FAILED(hr) && hr != INET_E_UNKNOWN_PROTOCOL && hr != E_OUTOFMEMORY)
        outer = NULL;
    if (!outer)
        hr = session_handler_create(uri, default_only, NULL, &inner, clsid, is_temporary);
    if (FAILED(hr))
        return hr;
    return handler_wrap(inner, outer, FALSE, out);
}

HRESULT protocol_handler_create_filter(const WCHAR *mime, struct protocol_handler **out)
{
    IUnknown *inner;
    CLSID clsid;
    HRESULT hr = session_mime_filter_create(mime, NULL, &inner, &clsid);

    *out = NULL;
    if (FAILED(hr))
        return hr;
    return inner ? handler_wrap(inner, NULL, TRUE, out) : S_FALSE;
}

struct protocol_handler *protocol_handler_addref(struct protocol_handler *handler)
{
    InterlockedIncrement(&handler->references);
    return handler;
}

void protocol_handler_release(struct protocol_handler *handler)
{
    if (!handler || InterlockedDecrement(&handler->references))
        return;
    if (!handler->is_aggregated)
    {
        if (handler->protocol)
            IInternetProtocol_Release(handler->protocol);
        if (handler->protocol_ex)
            IInternetProtocolEx_Release(handler->protocol_ex);
        if (handler->sink)
            IInternetProtocolSink_Release(handler->sink);
    }
    IUnknown_Release(handler->inner);
    free(handler);
}

HRESULT protocol_handler_start(struct protocol_handler *handler, IUri *uri,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD flags, HANDLE_PTR reserved)
{
    BSTR url;
    HRESULT hr;

    if (handler->protocol_ex)
    {
        hr = IInternetProtocolEx_StartEx(handler->protocol_ex, uri, sink, bind_info, flags,
                reserved);
        if (hr != E_NOTIMPL)
            return hr;
    }
    hr = IUri_GetDisplayUri(uri, &url);
    if (FAILED(hr))
        return hr;
    hr = IInternetProtocol_Start(handler->protocol, url, sink, bind_info, flags, reserved);
    SysFreeString(url);
    return hr;
}

void protocol_handler_terminate(struct protocol_handler *handler, DWORD options)
{
    if (!InterlockedExchange(&handler->terminated, TRUE))
        IInternetProtocol_Terminate(handler->protocol, options);
}

void protocol_handler_set_priority(struct protocol_handler *handler, LONG priority)
{
    IInternetPriority *setter = NULL;

    if (FAILED(IUnknown_QueryInterface(handler->inner, &IID_IInternetPriority, (void **)&setter))
            || !setter)
        return;
    IInternetPriority_SetPriority(setter, priority);
    IInternetPriority_Release(setter);
}

HRESULT protocol_handler_read(struct protocol_handler *handler, void *buffer, ULONG size,
        ULONG *count)
{
    HRESULT hr;

    *count = 0;
    hr = IInternetProtocol_Read(handler->protocol, buffer, size, count);
    if (*count > size)
    {
        trace("handler %p: Read of %lu bytes gave %lu", (void *)handler->protocol, size, *count);
        *count = 0;
        return INET_E_DOWNLOAD_FAILURE;
    }
    return hr;
}
