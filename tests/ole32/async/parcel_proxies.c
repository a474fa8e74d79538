/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define USE_STUBLESS_PROXY
#include <initguid.h>

#include "parcel_proxies.h"

#include "asyncif_types.h"

#include "parcel.h"

#include <rpcproxy.h>
#include <stdlib.h>

extern const ExtendedProxyFileInfo parcel_ProxyFileInfo;

static const ProxyFileInfo *proxy_files[] = {(const ProxyFileInfo *)&parcel_ProxyFileInfo, NULL};
static CStdPSFactoryBuffer widl_factory;

static const CLSID CLSID_ParcelProxies = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x5f}};

void (*parcel_change_request)(RPCOLEMESSAGE *message);
void (*parcel_change_answer)(RPCOLEMESSAGE *message);
BOOL parcel_changes_answers;

ULONG WINAPI CStdStubBuffer_Release(IRpcStubBuffer *stub)
{
    return NdrCStdStubBuffer_Release(stub, (IPSFactoryBuffer *)&widl_factory);
}

/* Stands before another object, of which it has a reference. */
struct wrapper
{
    void *vtbl;
    LONG references;
    IUnknown *real;
};

static struct wrapper *wrap(void *vtbl, void *real)
{
    struct wrapper *wrapper = calloc(1, sizeof(*wrapper));

    wrapper->vtbl = vtbl;
    wrapper->references = 1;
    wrapper->real = real;
    return wrapper;
}

static void *real_of(void *iface)
{
    return ((struct wrapper *)iface)->real;
}

static HRESULT STDMETHODCALLTYPE wrapper_QueryInterface(void *iface, REFIID iid, void **out)
{
    IUnknown *found;
    HRESULT hr = IUnknown_QueryInterface(((struct wrapper *)iface)->real, iid, (void **)&found);

    *out = NULL;
    if (FAILED(hr))
        return hr;
    IUnknown_Release(found);
    IUnknown_AddRef((IUnknown *)iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE wrapper_AddRef(void *iface)
{
    return (ULONG)InterlockedIncrement(&((struct wrapper *)iface)->references);
}

static ULONG STDMETHODCALLTYPE wrapper_Release(void *iface)
{
    struct wrapper *wrapper = iface;
    ULONG references = (ULONG)InterlockedDecrement(&wrapper->references);

    if (references)
        return references;
    IUnknown_Release(wrapper->real);
    free(wrapper);
    return 0;
}

/* ---- the channel ---- */

static HRESULT STDMETHODCALLTYPE channel_GetBuffer(IRpcChannelBuffer *iface, RPCOLEMESSAGE *message,
        REFIID iid)
{
    return IRpcChannelBuffer_GetBuffer((IRpcChannelBuffer *)real_of(iface), message, iid);
}

static HRESULT STDMETHODCALLTYPE channel_SendReceive(IRpcChannelBuffer *iface,
        RPCOLEMESSAGE *message, ULONG *status)
{
    if (parcel_change_request)
        parcel_change_request(message);
    return IRpcChannelBuffer_SendReceive((IRpcChannelBuffer *)real_of(iface), message, status);
}

static HRESULT STDMETHODCALLTYPE channel_FreeBuffer(IRpcChannelBuffer *iface,
        RPCOLEMESSAGE *message)
{
    return IRpcChannelBuffer_FreeBuffer((IRpcChannelBuffer *)real_of(iface), message);
}

static HRESULT STDMETHODCALLTYPE channel_GetDestCtx(IRpcChannelBuffer *iface, DWORD *context,
        void **data)
{
    return IRpcChannelBuffer_GetDestCtx((IRpcChannelBuffer *)real_of(iface), context, data);
}

static HRESULT STDMETHODCALLTYPE channel_IsConnected(IRpcChannelBuffer *iface)
{
    return IRpcChannelBuffer_IsConnected((IRpcChannelBuffer *)real_of(iface));
}

/* ---- the proxy's buffer ---- */

static HRESULT STDMETHODCALLTYPE proxy_Connect(IRpcProxyBuffer *iface, IRpcChannelBuffer *channel)
{
    static void *const vtbl[] = {(void *)wrapper_QueryInterface, (void *)wrapper_AddRef,
            (void *)wrapper_Release, (void *)channel_GetBuffer, (void *)channel_SendReceive,
            (void *)channel_FreeBuffer, (void *)channel_GetDestCtx, (void *)channel_IsConnected};
    struct wrapper *wrapper = wrap((void *)vtbl, channel);
    HRESULT hr;

    IRpcChannelBuffer_AddRef(channel);
    hr = IRpcProxyBuffer_Connect((IRpcProxyBuffer *)real_of(iface), (IRpcChannelBuffer *)wrapper);
    wrapper_Release(wrapper);
    return hr;
}

static void STDMETHODCALLTYPE proxy_Disconnect(IRpcProxyBuffer *iface)
{
    IRpcProxyBuffer_Disconnect((IRpcProxyBuffer *)real_of(iface));
}

/* ---- the stub ---- */

static HRESULT STDMETHODCALLTYPE stub_Connect(IRpcStubBuffer *iface, IUnknown *server)
{
    return IRpcStubBuffer_Connect((IRpcStubBuffer *)real_of(iface), server);
}

static void STDMETHODCALLTYPE stub_Disconnect(IRpcStubBuffer *iface)
{
    IRpcStubBuffer_Disconnect((IRpcStubBuffer *)real_of(iface));
}

static HRESULT STDMETHODCALLTYPE stub_Invoke(IRpcStubBuffer *iface, RPCOLEMESSAGE *message,
        IRpcChannelBuffer *channel)
{
    HRESULT hr = IRpcStubBuffer_Invoke((IRpcStubBuffer *)real_of(iface), message, channel);

    if (SUCCEEDED(hr) && parcel_change_answer)
        parcel_change_answer(message);
    return hr;
}

static IRpcStubBuffer *STDMETHODCALLTYPE stub_IsIIDSupported(IRpcStubBuffer *iface, REFIID iid)
{
    return IRpcStubBuffer_IsIIDSupported((IRpcStubBuffer *)real_of(iface), iid);
}

static ULONG STDMETHODCALLTYPE stub_CountRefs(IRpcStubBuffer *iface)
{
    return IRpcStubBuffer_CountRefs((IRpcStubBuffer *)real_of(iface));
}

static HRESULT STDMETHODCALLTYPE stub_DebugServerQueryInterface(IRpcStubBuffer *iface, void **out)
{
    return IRpcStubBuffer_DebugServerQueryInterface((IRpcStubBuffer *)real_of(iface), out);
}

static void STDMETHODCALLTYPE stub_DebugServerRelease(IRpcStubBuffer *iface, void *server)
{
    IRpcStubBuffer_DebugServerRelease((IRpcStubBuffer *)real_of(iface), server);
}

/* ---- the factory ---- */

static IPSFactoryBuffer *real_factory;

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IPSFactoryBuffer *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IPSFactoryBuffer))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
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
        REFIID iid, IRpcProxyBuffer **proxy, void **out)
{
    static void *const vtbl[] = {(void *)wrapper_QueryInterface, (void *)wrapper_AddRef,
            (void *)wrapper_Release, (void *)proxy_Connect, (void *)proxy_Disconnect};
    HRESULT hr = IPSFactoryBuffer_CreateProxy(real_factory, outer, iid, proxy, out);

    (void)iface;
    if (SUCCEEDED(hr))
        *proxy = (IRpcProxyBuffer *)wrap((void *)vtbl, *proxy);
    return hr;
}

static HRESULT STDMETHODCALLTYPE factory_CreateStub(IPSFactoryBuffer *iface, REFIID iid,
        IUnknown *server, IRpcStubBuffer **stub)
{
    static void *const vtbl[] = {(void *)wrapper_QueryInterface, (void *)wrapper_AddRef,
            (void *)wrapper_Release, (void *)stub_Connect, (void *)stub_Disconnect,
            (void *)stub_Invoke, (void *)stub_IsIIDSupported, (void *)stub_CountRefs,
            (void *)stub_DebugServerQueryInterface, (void *)stub_DebugServerRelease};
    HRESULT hr = IPSFactoryBuffer_CreateStub(real_factory, iid, server, stub);

    (void)iface;
    if (SUCCEEDED(hr) && parcel_changes_answers)
        *stub = (IRpcStubBuffer *)wrap((void *)vtbl, *stub);
    return hr;
}

static void partner_write(REFIID iid, const WCHAR *name, REFIID partner)
{
    WCHAR key[160], text[40], value[40];

    StringFromGUID2(iid, text, ARRAYSIZE(text));
    StringFromGUID2(partner, value, ARRAYSIZE(value));
    wsprintfW(key, L"Software\\Classes\\Interface\\%s\\%s", text, name);
    RegSetKeyValueW(HKEY_CURRENT_USER, key, NULL, REG_SZ, value,
            (lstrlenW(value) + 1) * (DWORD)sizeof(*value));
}

void parcel_register(void)
{
    static IPSFactoryBufferVtbl vtbl = {factory_QueryInterface, factory_AddRef, factory_Release,
            factory_CreateProxy, factory_CreateStub};
    static IPSFactoryBuffer factory = {&vtbl};
    DWORD cookie;

    partner_write(&IID_IParcel, L"AsynchronousInterface", &IID_AsyncIParcel);
    partner_write(&IID_AsyncIParcel, L"SynchronousInterface", &IID_IParcel);
    if (!real_factory
            && FAILED(NdrDllGetClassObject(&CLSID_ParcelProxies, &IID_IPSFactoryBuffer,
                    (void **)&real_factory, proxy_files, &CLSID_ParcelProxies, &widl_factory)))
        return;
    CoRegisterPSClsid(&IID_IParcel, &CLSID_ParcelProxies);
    CoRegisterClassObject(&CLSID_ParcelProxies, (IUnknown *)&factory, CLSCTX_INPROC_SERVER,
            REGCLS_MULTIPLEUSE, &cookie);
}
