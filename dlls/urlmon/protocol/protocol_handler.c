/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocol_handler.h"

#include <stdlib.h>

#include "trace.h"

/* An interface of the object behind `inner`, with a reference, or NULL. */
static void *handler_interface(IUnknown *inner, REFIID iid)
{
    void *pointer = NULL;

    return SUCCEEDED(IUnknown_QueryInterface(inner, iid, &pointer)) ? pointer : NULL;
}

/* Whether the identity of an interface is the outer object's. A handler may have been given an
 * outer IUnknown, and not care for it. */
static BOOL interface_is_outer(IInternetProtocol *protocol, IUnknown *outer)
{
    IUnknown *mine = handler_interface((IUnknown *)protocol, &IID_IUnknown);
    IUnknown *other = handler_interface(outer, &IID_IUnknown);
    BOOL is_outer = mine && mine == other;

    if (mine)
        IUnknown_Release(mine);
    if (other)
        IUnknown_Release(other);
    return is_outer;
}

/* Gives the references of an aggregated handler's interfaces, which are its outer object's, back.
 */
static void handler_lend(struct protocol_handler *handler)
{
    handler->is_aggregated = TRUE;
    IInternetProtocol_Release(handler->protocol);
    if (handler->protocol_ex)
        IInternetProtocolEx_Release(handler->protocol_ex);
    if (handler->sink)
        IInternetProtocolSink_Release(handler->sink);
}

/* Takes the caller's reference to `inner` over, also when it fails. */
static HRESULT handler_wrap(IUnknown *inner, IUnknown *outer, BOOL is_filter,
        struct protocol_handler **out)
{
    struct protocol_handler *handler = calloc(1, sizeof(*handler));

    *out = NULL;
    if (!handler)
    {
        IUnknown_Release(inner);
        return E_OUTOFMEMORY;
    }
    handler->references = 1;
    handler->inner = inner;
    handler->protocol = handler_interface(inner, &IID_IInternetProtocol);
    if (is_filter)
        handler->sink = handler_interface(inner, &IID_IInternetProtocolSink);
    else
        handler->protocol_ex = handler_interface(inner, &IID_IInternetProtocolEx);
    if (!handler->protocol || (is_filter && !handler->sink))
    {
        protocol_handler_release(handler);
        return E_NOINTERFACE;
    }
    if (outer && interface_is_outer(handler->protocol, outer))
        handler_lend(handler);
    *out = handler;
    return S_OK;
}

HRESULT protocol_handler_create(IUri *uri, IUnknown *outer, struct handler_choice *choice,
        struct protocol_handler **out)
{
    IUnknown *inner;
    HRESULT hr;

    *out = NULL;
    for (;;)
    {
        IUnknown *by = outer;

        hr = session_handler_create(uri, by, choice, &inner);
        if (FAILED(hr) && hr != INET_E_UNKNOWN_PROTOCOL && hr != E_OUTOFMEMORY && by)
        {
            by = NULL;
            hr = session_handler_create(uri, by, choice, &inner);
        }
        if (SUCCEEDED(hr))
            hr = handler_wrap(inner, by, FALSE, out);
        if (SUCCEEDED(hr) || !choice->may_give_way || !choice->is_permanent)
            return hr;
        choice->skip++;
    }
}

HRESULT protocol_handler_of_client(IInternetProtocolSink *sink, struct protocol_handler **out)
{
    IInternetProtocol *protocol;

    *out = NULL;
    if (protocol_client_protocol(sink, &protocol) != S_OK)
        return S_FALSE;
    return handler_wrap((IUnknown *)protocol, NULL, FALSE, out);
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
    IInternetPriority *setter = handler_interface(handler->inner, &IID_IInternetPriority);

    if (!setter)
        return;
    IInternetPriority_SetPriority(setter, priority);
    IInternetPriority_Release(setter);
}

HRESULT protocol_handler_switch_thread(struct protocol_handler *handler, BOOL is_there)
{
    IInternetThreadSwitch *listener = handler_interface(handler->inner, &IID_IInternetThreadSwitch);
    HRESULT hr;

    if (!listener)
        return S_OK;
    if (is_there)
        hr = IInternetThreadSwitch_Continue(listener);
    else
        hr = IInternetThreadSwitch_Prepare(listener);
    IInternetThreadSwitch_Release(listener);
    return hr == E_NOTIMPL ? S_OK : hr;
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
