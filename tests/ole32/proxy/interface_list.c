/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every interface of idl/core.idl, its kin and idl/rem_unknown.idl, from those files themselves:
 * ole32 says that the class of its proxies is {00000320-...}, whose factory makes a proxy and a
 * stub, and an object with the interface goes to another apartment and back. Pages "CoGetPSClsid
 * function (combaseapi.h)", "IPSFactoryBuffer interface (objidl.h)", "IRpcStubBuffer interface
 * (objidl.h)".
 */
#include <windows.h>
#include <objbase.h>

#include "tap.h"

struct listed
{
    const char *name;
    IID iid;
};

#define LISTED(name, a, b, c, d, e, f, g, h, i, j, k) {#name, {a, b, c, {d, e, f, g, h, i, j, k}}},
static const struct listed interfaces[] = {
#include "interface_list.h"
};

static const CLSID core = {0x320, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

/* ---- an object with one interface, whose methods nobody calls ---- */

static const IID *object_iid;
static LONG object_references = 1;

static HRESULT STDMETHODCALLTYPE object_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, object_iid))
        return E_NOINTERFACE;
    IUnknown_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE object_AddRef(IUnknown *iface)
{
    (void)iface;
    return (ULONG)InterlockedIncrement(&object_references);
}

static ULONG STDMETHODCALLTYPE object_Release(IUnknown *iface)
{
    (void)iface;
    return (ULONG)InterlockedDecrement(&object_references);
}

static const IUnknownVtbl object_vtbl = {object_QueryInterface, object_AddRef, object_Release};
static IUnknown object = {(IUnknownVtbl *)&object_vtbl};

/* ---- the factory ---- */

static void check_proxy(IPSFactoryBuffer *factory, const struct listed *listed)
{
    IRpcProxyBuffer *proxy = NULL;
    IUnknown *iface = NULL;
    LONG before = object_references;

    is_hr(IPSFactoryBuffer_CreateProxy(factory, &object, &listed->iid, &proxy, (void **)&iface),
            S_OK, "%s: CreateProxy", listed->name);
    if (!proxy)
        return;
    is_int(object_references, before + 1, "%s: the proxy's interface counts on its outer object",
            listed->name);
    IUnknown_Release(iface);
    is_uint(IRpcProxyBuffer_Release(proxy), 0, "%s: the proxy's last reference", listed->name);
    is_int(object_references, before, "%s: the outer object is let go", listed->name);
}

static void check_stub(IPSFactoryBuffer *factory, const struct listed *listed)
{
    IRpcStubBuffer *stub = NULL;
    LONG before = object_references;

    is_hr(IPSFactoryBuffer_CreateStub(factory, &listed->iid, &object, &stub), S_OK,
            "%s: CreateStub", listed->name);
    if (!stub)
        return;
    ok(object_references > before && IRpcStubBuffer_CountRefs(stub) > 0,
            "%s: the stub holds the object", listed->name);
    ok(IRpcStubBuffer_IsIIDSupported(stub, &listed->iid) != NULL, "%s: IsIIDSupported",
            listed->name);
    IRpcStubBuffer_Disconnect(stub);
    is_int(object_references, before, "%s: a disconnected stub holds nothing", listed->name);
    is_hr(IRpcStubBuffer_Connect(stub, &object), S_OK, "%s: connected again", listed->name);
    is_uint(IRpcStubBuffer_Release(stub), 0, "%s: the stub's last reference", listed->name);
    is_int(object_references, before, "%s: the object is let go", listed->name);
}

/* ---- there and back ---- */

struct journey
{
    const struct listed *listed;
    IStream *stream;
    HRESULT unmarshaled, queried, back;
};

static DWORD WINAPI journey_thread(void *argument)
{
    struct journey *journey = argument;
    IUnknown *proxy = NULL, *again = NULL;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    journey->unmarshaled =
            CoGetInterfaceAndReleaseStream(journey->stream, &journey->listed->iid, (void **)&proxy);
    journey->back = E_FAIL;
    if (proxy)
    {
        journey->queried = IUnknown_QueryInterface(proxy, &journey->listed->iid, (void **)&again);
        if (again == proxy)
            journey->back = CoMarshalInterThreadInterfaceInStream(&journey->listed->iid, proxy,
                    &journey->stream);
        if (again)
            IUnknown_Release(again);
        IUnknown_Release(proxy);
    }
    CoUninitialize();
    return 0;
}

static void check_journey(const struct listed *listed)
{
    struct journey journey = {listed, NULL, E_FAIL, E_FAIL, E_FAIL};
    IUnknown *same = NULL;
    HANDLE thread;
    DWORD index;

    is_hr(CoMarshalInterThreadInterfaceInStream(&listed->iid, &object, &journey.stream), S_OK,
            "%s: marshalled", listed->name);
    if (!journey.stream)
        return;
    thread = CreateThread(NULL, 0, journey_thread, &journey, 0, NULL);
    CoWaitForMultipleHandles(0, 30000, 1, &thread, &index);
    CloseHandle(thread);
    is_hr(journey.unmarshaled, S_OK, "%s: a proxy in another apartment", listed->name);
    is_hr(journey.queried, S_OK, "%s: its interface again", listed->name);
    if (!is_hr(journey.back, S_OK, "%s: the proxy is marshalled", listed->name))
        return;
    is_hr(CoGetInterfaceAndReleaseStream(journey.stream, &listed->iid, (void **)&same), S_OK,
            "%s: home again", listed->name);
    is_ptr(same, &object, "%s: the object itself", listed->name);
    if (same)
        IUnknown_Release(same);
}

static BOOL is_ours(REFIID iid)
{
    CLSID clsid;

    return SUCCEEDED(CoGetPSClsid(iid, &clsid)) && IsEqualCLSID(&clsid, &core);
}

static void check_all(IPSFactoryBuffer *factory)
{
    for (unsigned int i = 0; i < ARRAYSIZE(interfaces); i++)
    {
        const struct listed *listed = &interfaces[i];
        CLSID clsid = GUID_NULL;

        if (tap_builtin() && !is_ours(&listed->iid))
        {
            builtin_lacks(listed->name);
            continue;
        }
        is_hr(CoGetPSClsid(&listed->iid, &clsid), S_OK, "%s: CoGetPSClsid", listed->name);
        is_guid(&clsid, &core, "%s: its class", listed->name);
        object_iid = &listed->iid;
        check_proxy(factory, listed);
        check_stub(factory, listed);
        check_journey(listed);
        is_int(object_references, 1, "%s: no reference is left", listed->name);
        if (object_references != 1)
            CoDisconnectObject(&object, 0);
        object_references = 1;
    }
}

int main(void)
{
    IPSFactoryBuffer *factory = NULL;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    ok(ARRAYSIZE(interfaces) > 40, "%u interfaces", (unsigned int)ARRAYSIZE(interfaces));
    is_hr(CoGetClassObject(&core, CLSCTX_INPROC_SERVER, NULL, &IID_IPSFactoryBuffer,
                  (void **)&factory),
            S_OK, "the factory of ole32's proxies");
    if (factory)
    {
        check_all(factory);
        tap_account_begin();
        check_all(factory);
        todo_builtin("its threads leave handles")
            tap_account_end("a journey of every interface");
        IPSFactoryBuffer_Release(factory);
    }
    CoUninitialize();
    return done_testing();
}
