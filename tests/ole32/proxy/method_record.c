/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "method_record.h"

#include <windows.h>
#include <objbase.h>
#include <rpcproxy.h>

#include <string.h>

#include "tap.h"

#define METHODS_MAX 64

struct listed
{
    const char *name;
    IID iid;
    volatile LONG called[METHODS_MAX];
};

#define LISTED(name, a, b, c, d, e, f, g, h, i, j, k)                                              \
    {#name, {a, b, c, {d, e, f, g, h, i, j, k}}, {0}},
static struct listed interfaces[] = {
#include "interface_list.h"
};

/* ---- the hook ---- */

static const GUID extent = {0x3b0f5a2c, 0x61c7, 0x4d1e, {0x8f, 0x0a, 0, 0, 0, 0, 0x52, 7}};

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

/* What is handed over as the IID is the beginning of an SChannelHookCallInfo. */
static void STDMETHODCALLTYPE hook_ClientGetSize(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG *size)
{
    const SChannelHookCallInfo *info = (const SChannelHookCallInfo *)iid;

    (void)iface;
    (void)id;
    *size = 0;
    for (unsigned int i = 0; i < ARRAYSIZE(interfaces); i++)
        if (IsEqualIID(&interfaces[i].iid, iid) && info->iMethod < METHODS_MAX)
            interfaces[i].called[info->iMethod] = TRUE;
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
        ULONG size, void *data, DWORD representation, HRESULT result)
{
    (void)iface;
    (void)id;
    (void)iid;
    (void)size;
    (void)data;
    (void)representation;
    (void)result;
}

static void STDMETHODCALLTYPE hook_ServerNotify(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG size, void *data, DWORD representation)
{
    hook_ClientNotify(iface, id, iid, size, data, representation, S_OK);
}

static void STDMETHODCALLTYPE hook_ServerGetSize(IChannelHook *iface, REFGUID id, REFIID iid,
        HRESULT result, ULONG *size)
{
    (void)iface;
    (void)id;
    (void)iid;
    (void)result;
    *size = 0;
}

static void STDMETHODCALLTYPE hook_ServerFillBuffer(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG *size, void *data, HRESULT result)
{
    (void)result;
    hook_ClientFillBuffer(iface, id, iid, size, data);
}

static const IChannelHookVtbl hook_vtbl = {hook_QueryInterface, hook_AddRef, hook_Release,
        hook_ClientGetSize, hook_ClientFillBuffer, hook_ClientNotify, hook_ServerNotify,
        hook_ServerGetSize, hook_ServerFillBuffer};
static IChannelHook hook = {(IChannelHookVtbl *)&hook_vtbl};

void method_record_start(void)
{
    is_hr(CoRegisterChannelHook(&extent, &hook), S_OK, "a hook sees the calls");
}

/* ---- what there is to be called ---- */

/* tests/ole32/winrt calls the first two, every test the next; the method of the last is answered
 * by the proxy. */
static BOOL is_excused(const char *name, unsigned int method)
{
    return !strcmp(name, "IInspectable") || !strcmp(name, "IActivationFactory")
            || !strncmp(name, "IRemUnknown", 11)
            || (!strcmp(name, "IOleInPlaceActiveObject") && method == 5);
}

/* What a stub is made for: nobody calls it. */
static HRESULT STDMETHODCALLTYPE any_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    return hook_QueryInterface((IChannelHook *)iface, iid, out);
}

static ULONG STDMETHODCALLTYPE any_AddRef(IUnknown *iface)
{
    return hook_AddRef((IChannelHook *)iface);
}

static ULONG STDMETHODCALLTYPE any_Release(IUnknown *iface)
{
    return hook_Release((IChannelHook *)iface);
}

static const IUnknownVtbl any_vtbl = {any_QueryInterface, any_AddRef, any_Release};
static IUnknown any = {(IUnknownVtbl *)&any_vtbl};

static unsigned int method_count(IPSFactoryBuffer *factory, const struct listed *listed)
{
    IRpcStubBuffer *stub = NULL;
    unsigned int count = 0;

    if (FAILED(IPSFactoryBuffer_CreateStub(factory, &listed->iid, &any, &stub)))
        return 0;
    count = ((const CInterfaceStubHeader *)stub->lpVtbl - 1)->DispatchTableCount;
    IRpcStubBuffer_Disconnect(stub);
    IRpcStubBuffer_Release(stub);
    return count;
}

void method_record_check(void)
{
    static const CLSID core = {0x320, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    IPSFactoryBuffer *factory = NULL;
    unsigned int all = 0;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (!is_hr(CoGetClassObject(&core, CLSCTX_INPROC_SERVER, NULL, &IID_IPSFactoryBuffer,
                       (void **)&factory),
                S_OK, "the factory of proxies"))
        return;
    for (unsigned int i = 0; i < ARRAYSIZE(interfaces); i++)
    {
        unsigned int count = method_count(factory, &interfaces[i]), missing = 0;

        for (unsigned int method = 3; method < count; method++)
        {
            if (interfaces[i].called[method] || is_excused(interfaces[i].name, method))
                continue;
            note("%s: nobody has called method %u", interfaces[i].name, method);
            missing++;
        }
        ok(count > 3 && !missing, "%s: all of its %u methods have been called", interfaces[i].name,
                count - 3);
        all += count - 3;
    }
    ok(all > 350, "%u methods", all);
    IPSFactoryBuffer_Release(factory);
    CoUninitialize();
}
