/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocol_client.h"

#include <stdlib.h>

struct protocol_client *protocol_client_create(IInternetProtocolSink *sink,
        IInternetBindInfo *bind_info)
{
    struct protocol_client *client = malloc(sizeof(*client));

    if (!client)
        return NULL;
    client->references = 1;
    client->sink = sink;
    IInternetProtocolSink_AddRef(sink);
    client->bind_info = bind_info;
    IInternetBindInfo_AddRef(bind_info);
    return client;
}

struct protocol_client *protocol_client_addref(struct protocol_client *client)
{
    InterlockedIncrement(&client->references);
    return client;
}

void protocol_client_release(struct protocol_client *client)
{
    if (!client || InterlockedDecrement(&client->references))
        return;
    IInternetProtocolSink_Release(client->sink);
    IInternetBindInfo_Release(client->bind_info);
    free(client);
}

static HRESULT unknown_service(IUnknown *unknown, REFGUID service, REFIID iid, void **out)
{
    IServiceProvider *provider = NULL;
    HRESULT hr = IUnknown_QueryInterface(unknown, &IID_IServiceProvider, (void **)&provider);

    if (FAILED(hr) || !provider)
        return E_NOINTERFACE;
    hr = IServiceProvider_QueryService(provider, service, iid, out);
    IServiceProvider_Release(provider);
    return hr;
}

HRESULT protocol_client_service(struct protocol_client *client, REFGUID service, REFIID iid,
        void **out)
{
    HRESULT hr;

    *out = NULL;
    hr = unknown_service((IUnknown *)client->sink, service, iid, out);
    if (FAILED(hr) || !*out)
    {
        *out = NULL;
        hr = unknown_service((IUnknown *)client->bind_info, service, iid, out);
    }
    if (FAILED(hr))
        *out = NULL;
    return SUCCEEDED(hr) && !*out ? E_NOINTERFACE : hr;
}

HRESULT protocol_client_protocol(IInternetProtocolSink *sink, IInternetProtocol **out)
{
    HRESULT hr;

    *out = NULL;
    hr = unknown_service((IUnknown *)sink, &IID_IInternetProtocol, &IID_IInternetProtocol,
            (void **)out);
    if (SUCCEEDED(hr) && *out)
        return S_OK;
    *out = NULL;
    return S_FALSE;
}

HRESULT protocol_client_bind_info(struct protocol_client *client, DWORD *flags, BINDINFO *info,
        DWORD *flags2, DWORD *reserved)
{
    IInternetBindInfoEx *extended = NULL;
    DWORD no_flags2 = 0, no_reserved = 0;
    HRESULT hr = E_NOTIMPL;

    if (flags2)
        *flags2 = 0;
    if (reserved)
        *reserved = 0;
    if (flags2
            && SUCCEEDED(IInternetBindInfo_QueryInterface(client->bind_info,
                    &IID_IInternetBindInfoEx, (void **)&extended))
            && extended)
    {
        hr = IInternetBindInfoEx_GetBindInfoEx(extended, flags, info, flags2 ? flags2 : &no_flags2,
                reserved ? reserved : &no_reserved);
        IInternetBindInfoEx_Release(extended);
    }
    if (hr == E_NOTIMPL)
        hr = IInternetBindInfo_GetBindInfo(client->bind_info, flags, info);
    return hr;
}
