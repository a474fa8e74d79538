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
    IMarshal IMarshal_iface; /* of those which read extra data */
    BOOL extra;
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
    else if (handler->extra && IsEqualIID(iid, &IID_IMarshal))
        *out = &handler->IMarshal_iface;
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

/* ---- "must delegate the IMarshal calls to the aggregated standard marshaler first" ---- */

static struct handler *handler_from_marshal(IMarshal *iface)
{
    return CONTAINING_RECORD(iface, struct handler, IMarshal_iface);
}

static IMarshal *standard_of(IMarshal *iface)
{
    IMarshal *standard = NULL;

    IUnknown_QueryInterface(handler_from_marshal(iface)->marshaler, &IID_IMarshal,
            (void **)&standard);
    return standard;
}

static HRESULT STDMETHODCALLTYPE marshal_QueryInterface(IMarshal *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(handler_from_marshal(iface)->outer, iid, out);
}

static ULONG STDMETHODCALLTYPE marshal_AddRef(IMarshal *iface)
{
    return IUnknown_AddRef(handler_from_marshal(iface)->outer);
}

static ULONG STDMETHODCALLTYPE marshal_Release(IMarshal *iface)
{
    return IUnknown_Release(handler_from_marshal(iface)->outer);
}

static HRESULT STDMETHODCALLTYPE marshal_GetUnmarshalClass(IMarshal *iface, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags, CLSID *clsid)
{
    IMarshal *standard = standard_of(iface);
    HRESULT hr =
            IMarshal_GetUnmarshalClass(standard, iid, object, context, context_data, flags, clsid);

    IMarshal_Release(standard);
    return hr;
}

static HRESULT STDMETHODCALLTYPE marshal_GetMarshalSizeMax(IMarshal *iface, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags, DWORD *size)
{
    IMarshal *standard = standard_of(iface);
    HRESULT hr =
            IMarshal_GetMarshalSizeMax(standard, iid, object, context, context_data, flags, size);

    IMarshal_Release(standard);
    *size += sizeof(DWORD);
    return hr;
}

static HRESULT STDMETHODCALLTYPE marshal_MarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void *object, DWORD context, void *context_data, DWORD flags)
{
    IMarshal *standard = standard_of(iface);
    HRESULT hr =
            IMarshal_MarshalInterface(standard, stream, iid, object, context, context_data, flags);

    IMarshal_Release(standard);
    return SUCCEEDED(hr) ? IStream_Write(stream, &state.extra, sizeof(state.extra), NULL) : hr;
}

static HRESULT STDMETHODCALLTYPE marshal_UnmarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void **out)
{
    IMarshal *standard = standard_of(iface);
    HRESULT hr = IMarshal_UnmarshalInterface(standard, stream, iid, out);

    IMarshal_Release(standard);
    state.unmarshals++;
    if (SUCCEEDED(hr))
        IStream_Read(stream, &state.extra, sizeof(state.extra), NULL);
    return hr;
}

static HRESULT STDMETHODCALLTYPE marshal_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    IMarshal *standard = standard_of(iface);
    HRESULT hr = IMarshal_ReleaseMarshalData(standard, stream);

    IMarshal_Release(standard);
    return hr;
}

static HRESULT STDMETHODCALLTYPE marshal_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    IMarshal *standard = standard_of(iface);
    HRESULT hr = IMarshal_DisconnectObject(standard, reserved);

    IMarshal_Release(standard);
    return hr;
}

static const IMarshalVtbl marshal_vtbl = {marshal_QueryInterface, marshal_AddRef, marshal_Release,
        marshal_GetUnmarshalClass, marshal_GetMarshalSizeMax, marshal_MarshalInterface,
        marshal_UnmarshalInterface, marshal_ReleaseMarshalData, marshal_DisconnectObject};
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

static IClassFactory plain_class, extra_class;

static HRESULT STDMETHODCALLTYPE class_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    struct handler *handler = calloc(1, sizeof(*handler));
    HRESULT hr;

    *out = NULL;
    handler->inner.lpVtbl = (IUnknownVtbl *)&inner_vtbl;
    handler->IPersist_iface.lpVtbl = (IPersistVtbl *)&persist_vtbl;
    handler->IMarshal_iface.lpVtbl = (IMarshalVtbl *)&marshal_vtbl;
    handler->extra = iface == &extra_class;
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
    IClassFactory *class = clsid->Data1 == HANDLER_EXTRA_DATA1 ? &extra_class : &plain_class;

    class->lpVtbl = (IClassFactoryVtbl *)&class_vtbl;
    return IClassFactory_QueryInterface(class, iid, out);
}

HRESULT WINAPI DllCanUnloadNow(void)
{
    return state.alive ? S_FALSE : S_OK;
}

struct handler_state *WINAPI handler_server_state(void)
{
    return &state;
}
