/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Proxies and stubs without NDR: a proxy's method sends whatever it is told to, the stub does what
 * the test says.
 */
#include "test_server.h"

#include <stdlib.h>
#include <string.h>

raw_stub_function volatile raw_stub_invoke = raw_stub_echo;

HRESULT raw_stub_echo(RPCOLEMESSAGE *message, IRpcChannelBuffer *channel)
{
    void *data = message->Buffer;
    ULONG size = message->cbBuffer;
    HRESULT hr = IRpcChannelBuffer_GetBuffer(channel, message, &IID_IRawCall);

    if (SUCCEEDED(hr))
        memcpy(message->Buffer, data, size);
    return hr;
}

/* ---- the proxy ---- */

struct raw_proxy
{
    IRpcProxyBuffer IRpcProxyBuffer_iface;
    IRawCall IRawCall_iface;
    IUnknown *outer;
    IRpcChannelBuffer *channel;
    LONG references;
};

static HRESULT STDMETHODCALLTYPE proxy_QueryInterface(IRpcProxyBuffer *iface, REFIID iid,
        void **out)
{
    struct raw_proxy *proxy = CONTAINING_RECORD(iface, struct raw_proxy, IRpcProxyBuffer_iface);

    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IRpcProxyBuffer))
        *out = iface;
    else if (IsEqualIID(iid, &IID_IRawCall))
        *out = &proxy->IRawCall_iface;
    if (*out)
        IUnknown_AddRef((IUnknown *)*out);
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE proxy_AddRef(IRpcProxyBuffer *iface)
{
    return (ULONG)InterlockedIncrement(
            &CONTAINING_RECORD(iface, struct raw_proxy, IRpcProxyBuffer_iface)->references);
}

static ULONG STDMETHODCALLTYPE proxy_Release(IRpcProxyBuffer *iface)
{
    struct raw_proxy *proxy = CONTAINING_RECORD(iface, struct raw_proxy, IRpcProxyBuffer_iface);
    ULONG references = (ULONG)InterlockedDecrement(&proxy->references);

    if (!references)
        free(proxy);
    return references;
}

static HRESULT STDMETHODCALLTYPE proxy_Connect(IRpcProxyBuffer *iface, IRpcChannelBuffer *channel)
{
    CONTAINING_RECORD(iface, struct raw_proxy, IRpcProxyBuffer_iface)->channel = channel;
    IRpcChannelBuffer_AddRef(channel);
    return S_OK;
}

static void STDMETHODCALLTYPE proxy_Disconnect(IRpcProxyBuffer *iface)
{
    struct raw_proxy *proxy = CONTAINING_RECORD(iface, struct raw_proxy, IRpcProxyBuffer_iface);

    if (proxy->channel)
        IRpcChannelBuffer_Release(proxy->channel);
    proxy->channel = NULL;
}

static HRESULT STDMETHODCALLTYPE raw_QueryInterface(IRawCall *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(
            CONTAINING_RECORD(iface, struct raw_proxy, IRawCall_iface)->outer, iid, out);
}

static ULONG STDMETHODCALLTYPE raw_AddRef(IRawCall *iface)
{
    return IUnknown_AddRef(CONTAINING_RECORD(iface, struct raw_proxy, IRawCall_iface)->outer);
}

static ULONG STDMETHODCALLTYPE raw_Release(IRawCall *iface)
{
    return IUnknown_Release(CONTAINING_RECORD(iface, struct raw_proxy, IRawCall_iface)->outer);
}

static HRESULT STDMETHODCALLTYPE raw_Call(IRawCall *iface, ULONG method, ULONG flags, BYTE **data,
        ULONG *size)
{
    struct raw_proxy *proxy = CONTAINING_RECORD(iface, struct raw_proxy, IRawCall_iface);
    RPCOLEMESSAGE message = {.cbBuffer = *size, .iMethod = method, .rpcFlags = flags};
    ULONG status;
    HRESULT hr;

    if (!proxy->channel)
        return RPC_E_DISCONNECTED;
    if (FAILED(hr = IRpcChannelBuffer_GetBuffer(proxy->channel, &message, &IID_IRawCall)))
        return hr;
    if ((ULONG_PTR)message.Buffer % 16)
        return E_UNEXPECTED;
    memcpy(message.Buffer, *data, *size);
    if (FAILED(hr = IRpcChannelBuffer_SendReceive(proxy->channel, &message, &status)))
        return hr;
    CoTaskMemFree(*data);
    *size = message.cbBuffer;
    if ((*data = CoTaskMemAlloc(message.cbBuffer + 1)))
        memcpy(*data, message.Buffer, message.cbBuffer);
    IRpcChannelBuffer_FreeBuffer(proxy->channel, &message);
    return *data ? hr : E_OUTOFMEMORY;
}

/* ---- the stub ---- */

struct raw_stub
{
    IRpcStubBuffer IRpcStubBuffer_iface;
    IUnknown *server;
    LONG references;
};

static HRESULT STDMETHODCALLTYPE stub_QueryInterface(IRpcStubBuffer *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IRpcStubBuffer))
        return E_NOINTERFACE;
    IRpcStubBuffer_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE stub_AddRef(IRpcStubBuffer *iface)
{
    return (ULONG)InterlockedIncrement(
            &CONTAINING_RECORD(iface, struct raw_stub, IRpcStubBuffer_iface)->references);
}

static void STDMETHODCALLTYPE stub_Disconnect(IRpcStubBuffer *iface)
{
    struct raw_stub *stub = CONTAINING_RECORD(iface, struct raw_stub, IRpcStubBuffer_iface);
    IUnknown *server = InterlockedExchangePointer((void **)&stub->server, NULL);

    if (server)
        IUnknown_Release(server);
}

static ULONG STDMETHODCALLTYPE stub_Release(IRpcStubBuffer *iface)
{
    struct raw_stub *stub = CONTAINING_RECORD(iface, struct raw_stub, IRpcStubBuffer_iface);
    ULONG references = (ULONG)InterlockedDecrement(&stub->references);

    if (!references)
    {
        stub_Disconnect(iface);
        free(stub);
    }
    return references;
}

static HRESULT STDMETHODCALLTYPE stub_Connect(IRpcStubBuffer *iface, IUnknown *server)
{
    struct raw_stub *stub = CONTAINING_RECORD(iface, struct raw_stub, IRpcStubBuffer_iface);

    return IUnknown_QueryInterface(server, &IID_IRawCall, (void **)&stub->server);
}

static HRESULT STDMETHODCALLTYPE stub_Invoke(IRpcStubBuffer *iface, RPCOLEMESSAGE *message,
        IRpcChannelBuffer *channel)
{
    (void)iface;
    return raw_stub_invoke(message, channel);
}

static IRpcStubBuffer *STDMETHODCALLTYPE stub_IsIIDSupported(IRpcStubBuffer *iface, REFIID iid)
{
    return IsEqualIID(iid, &IID_IRawCall) ? iface : NULL;
}

static ULONG STDMETHODCALLTYPE stub_CountRefs(IRpcStubBuffer *iface)
{
    return CONTAINING_RECORD(iface, struct raw_stub, IRpcStubBuffer_iface)->server ? 1 : 0;
}

static HRESULT STDMETHODCALLTYPE stub_DebugServerQueryInterface(IRpcStubBuffer *iface, void **out)
{
    (void)iface;
    *out = NULL;
    return E_NOTIMPL;
}

static void STDMETHODCALLTYPE stub_DebugServerRelease(IRpcStubBuffer *iface, void *object)
{
    (void)iface;
    (void)object;
}

/* ---- the factory ---- */

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IPSFactoryBuffer *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IPSFactoryBuffer))
        *out = iface;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IPSFactoryBuffer *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_Release(IPSFactoryBuffer *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateProxy(IPSFactoryBuffer *iface, IUnknown *outer,
        REFIID iid, IRpcProxyBuffer **out, void **object)
{
    static IRpcProxyBufferVtbl vtbl = {proxy_QueryInterface, proxy_AddRef, proxy_Release,
            proxy_Connect, proxy_Disconnect};
    static IRawCallVtbl raw_vtbl = {raw_QueryInterface, raw_AddRef, raw_Release, raw_Call};
    struct raw_proxy *proxy = calloc(1, sizeof(*proxy));

    (void)iface;
    (void)iid;
    if (!proxy)
        return E_OUTOFMEMORY;
    proxy->IRpcProxyBuffer_iface.lpVtbl = &vtbl;
    proxy->IRawCall_iface.lpVtbl = &raw_vtbl;
    proxy->outer = outer;
    proxy->references = 1;
    *out = &proxy->IRpcProxyBuffer_iface;
    *object = &proxy->IRawCall_iface;
    IRawCall_AddRef(&proxy->IRawCall_iface);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE factory_CreateStub(IPSFactoryBuffer *iface, REFIID iid,
        IUnknown *server, IRpcStubBuffer **out)
{
    static IRpcStubBufferVtbl vtbl = {stub_QueryInterface, stub_AddRef, stub_Release, stub_Connect,
            stub_Disconnect, stub_Invoke, stub_IsIIDSupported, stub_CountRefs,
            stub_DebugServerQueryInterface, stub_DebugServerRelease};
    struct raw_stub *stub = calloc(1, sizeof(*stub));

    (void)iface;
    (void)iid;
    if (!stub)
        return E_OUTOFMEMORY;
    stub->IRpcStubBuffer_iface.lpVtbl = &vtbl;
    stub->references = 1;
    *out = &stub->IRpcStubBuffer_iface;
    return server ? stub_Connect(*out, server) : S_OK;
}

HRESULT raw_factory_create(REFIID iid, void **out)
{
    static IPSFactoryBufferVtbl vtbl = {factory_QueryInterface, factory_AddRef, factory_Release,
            factory_CreateProxy, factory_CreateStub};
    static IPSFactoryBuffer factory = {&vtbl};

    return IPSFactoryBuffer_QueryInterface(&factory, iid, out);
}

/* ---- the object ---- */

struct raw_object
{
    IRawCall IRawCall_iface;
    LONG references;
};

static HRESULT STDMETHODCALLTYPE object_QueryInterface(IRawCall *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IRawCall))
        return E_NOINTERFACE;
    IRawCall_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE object_AddRef(IRawCall *iface)
{
    return (ULONG)InterlockedIncrement(
            &CONTAINING_RECORD(iface, struct raw_object, IRawCall_iface)->references);
}

static ULONG STDMETHODCALLTYPE object_Release(IRawCall *iface)
{
    struct raw_object *object = CONTAINING_RECORD(iface, struct raw_object, IRawCall_iface);
    ULONG references = (ULONG)InterlockedDecrement(&object->references);

    if (!references)
        free(object);
    return references;
}

static HRESULT STDMETHODCALLTYPE object_Call(IRawCall *iface, ULONG method, ULONG flags,
        BYTE **data, ULONG *size)
{
    (void)iface;
    (void)method;
    (void)flags;
    (void)data;
    (void)size;
    return S_OK;
}

IRawCall *raw_object_create(void)
{
    static IRawCallVtbl vtbl = {object_QueryInterface, object_AddRef, object_Release, object_Call};
    struct raw_object *object = calloc(1, sizeof(*object));

    if (!object)
        return NULL;
    object->IRawCall_iface.lpVtbl = &vtbl;
    object->references = 1;
    return &object->IRawCall_iface;
}
