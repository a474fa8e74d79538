/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handler_server.h"

#include <stdlib.h>

struct handler_state *WINAPI handler_server_state(void);
HRESULT WINAPI DllCanUnloadNow(void);

static struct handler_state state = {
        .answer = {0x2b1c7a42, 0x31f1, 0x4f57, {0xa9, 0x3e, 0x11, 0x52, 0x0c, 0x7d, 0x66, 0x1e}},
        .made = E_FAIL,
};

struct handler
{
    IUnknown inner;
    IPersist IPersist_iface;
    LONG references;
    IUnknown *outer;     /* the identity */
    IUnknown *marshaler; /* the standard marshaller, aggregated */
};

static struct handler *handler_from_inner(IUnknown *iface)
{
    return CONTAINING_RECORD(iface, struct handler, inner);
}

static struct handler *handler_from_persist(IPersist *iface)
{
    return CONTAINING_RECORD(iface, struct handler, IPersist_iface);
}

/* "The handler does not implement IMarshal but just returns IMarshal from the standard marshaler."
 */
static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct handler *handler = handler_from_inner(iface);

    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = iface;
    else if (IsEqualIID(iid, &IID_IPersist))
        *out = &handler->IPersist_iface;
    if (!*out)
        return handler->marshaler ? IUnknown_QueryInterface(handler->marshaler, iid, out)
                                  : E_NOINTERFACE;
    IUnknown_AddRef((IUnknown *)*out);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE inner_AddRef(IUnknown *iface)
{
    return (ULONG)InterlockedIncrement(&handler_from_inner(iface)->references);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    struct handler *handler = handler_from_inner(iface);
    ULONG references = (ULONG)InterlockedDecrement(&handler->references);

    if (!references)
    {
        if (handler->marshaler)
            IUnknown_Release(handler->marshaler);
        free(handler);
        InterlockedDecrement(&state.alive);
    }
    return references;
}

static HRESULT STDMETHODCALLTYPE persist_QueryInterface(IPersist *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(handler_from_persist(iface)->outer, iid, out);
}

static ULONG STDMETHODCALLTYPE persist_AddRef(IPersist *iface)
{
    return IUnknown_AddRef(handler_from_persist(iface)->outer);
}

static ULONG STDMETHODCALLTYPE persist_Release(IPersist *iface)
{
    return IUnknown_Release(handler_from_persist(iface)->outer);
}

static HRESULT STDMETHODCALLTYPE persist_GetClassID(IPersist *iface, CLSID *clsid)
{
    (void)iface;
    *clsid = state.answer;
    return S_OK;
}

static const IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_AddRef, inner_Release};
static const IPersistVtbl persist_vtbl = {persist_QueryInterface, persist_AddRef, persist_Release,
        persist_GetClassID};

/* ---- the class object ---- */

static HRESULT STDMETHODCALLTYPE class_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE class_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE class_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE class_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    struct handler *handler = calloc(1, sizeof(*handler));
    HRESULT hr;

    (void)iface;
    *out = NULL;
    handler->inner.lpVtbl = (IUnknownVtbl *)&inner_vtbl;
    handler->IPersist_iface.lpVtbl = (IPersistVtbl *)&persist_vtbl;
    handler->references = 1;
    handler->outer = outer ? outer : &handler->inner;
    InterlockedIncrement(&state.alive);
    InterlockedIncrement(&state.in_all);
    state.aggregated = outer != NULL;
    state.made = CoGetStdMarshalEx(handler->outer, SMEXF_HANDLER, &handler->marshaler);
    hr = state.made;
    if (SUCCEEDED(hr))
        hr = IUnknown_QueryInterface(&handler->inner, iid, out);
    IUnknown_Release(&handler->inner);
    return hr;
}

static HRESULT STDMETHODCALLTYPE class_LockServer(IClassFactory *iface, WINBOOL lock)
{
    (void)iface;
    (void)lock;
    return S_OK;
}

static const IClassFactoryVtbl class_vtbl = {class_QueryInterface, class_AddRef, class_Release,
        class_CreateInstance, class_LockServer};

HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void **out)
{
    static IClassFactory class = {(IClassFactoryVtbl *)&class_vtbl};

    (void)clsid;
    return IClassFactory_QueryInterface(&class, iid, out);
}

HRESULT WINAPI DllCanUnloadNow(void)
{
    return state.alive ? S_FALSE : S_OK;
}

struct handler_state *WINAPI handler_server_state(void)
{
    return &state;
}
