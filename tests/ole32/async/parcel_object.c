/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "parcel_object.h"

#include <oleauto.h>
#include <stdlib.h>

#include "com_object.h"

#define ODD_SIZE 5
#define ODD_ROOM 41

static volatile LONG begun;

/* ---- what parcels contain ---- */

struct content
{
    IUnknown IUnknown_iface;
    volatile LONG references;
};

static HRESULT STDMETHODCALLTYPE content_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown))
        return E_NOINTERFACE;
    IUnknown_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE content_AddRef(IUnknown *iface)
{
    return (ULONG)InterlockedIncrement(&((struct content *)iface)->references);
}

static ULONG STDMETHODCALLTYPE content_Release(IUnknown *iface)
{
    return (ULONG)InterlockedDecrement(&((struct content *)iface)->references);
}

static IUnknownVtbl content_vtbl = {content_QueryInterface, content_AddRef, content_Release};
static struct content content = {{&content_vtbl}, 1}, last = {{&content_vtbl}, 1};

IUnknown *parcel_content(void)
{
    return &content.IUnknown_iface;
}

LONG parcel_content_references(void)
{
    return content.references;
}

IUnknown *parcel_last(void)
{
    return &last.IUnknown_iface;
}

/* ---- marshalled by itself ---- */

static const CLSID CLSID_Odd = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x53}};

static HRESULT STDMETHODCALLTYPE odd_QueryInterface(IMarshal *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMarshal))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE odd_AddRef(IMarshal *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE odd_Release(IMarshal *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE odd_GetUnmarshalClass(IMarshal *iface, REFIID iid, void *object,
        DWORD context, void *context_data, DWORD flags, CLSID *clsid)
{
    (void)iface, (void)iid, (void)object, (void)context, (void)context_data, (void)flags;
    *clsid = CLSID_Odd;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE odd_GetMarshalSizeMax(IMarshal *iface, REFIID iid, void *object,
        DWORD context, void *context_data, DWORD flags, DWORD *size)
{
    (void)iface, (void)iid, (void)object, (void)context, (void)context_data, (void)flags;
    *size = ODD_ROOM;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE odd_MarshalInterface(IMarshal *iface, IStream *stream, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags)
{
    (void)iface, (void)iid, (void)object, (void)context, (void)context_data, (void)flags;
    return IStream_Write(stream, "fives", ODD_SIZE, NULL);
}

static HRESULT STDMETHODCALLTYPE odd_UnmarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void **out)
{
    BYTE data[ODD_SIZE];
    ULONG read = 0;

    *out = NULL;
    if (FAILED(IStream_Read(stream, data, ODD_SIZE, &read)) || read != ODD_SIZE)
        return E_FAIL;
    return odd_QueryInterface(iface, iid, out);
}

static HRESULT STDMETHODCALLTYPE odd_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    (void)iface, (void)stream;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE odd_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    (void)iface, (void)reserved;
    return S_OK;
}

IUnknown *parcel_odd(void)
{
    static IMarshalVtbl vtbl = {odd_QueryInterface, odd_AddRef, odd_Release, odd_GetUnmarshalClass,
            odd_GetMarshalSizeMax, odd_MarshalInterface, odd_UnmarshalInterface,
            odd_ReleaseMarshalData, odd_DisconnectObject};
    static IMarshal odd = {&vtbl};

    return (IUnknown *)&odd;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    (void)iface;
    *out = NULL;
    return outer ? CLASS_E_NOAGGREGATION : IUnknown_QueryInterface(parcel_odd(), iid, out);
}

COM_STATIC_FACTORY_METHODS(factory)

HRESULT parcel_odd_register(void)
{
    static IClassFactoryVtbl vtbl = {factory_QueryInterface, factory_AddRef, factory_Release,
            factory_CreateInstance, factory_LockServer};
    static IClassFactory factory = {&vtbl};
    DWORD cookie;

    return CoRegisterClassObject(&CLSID_Odd, (IUnknown *)&factory, CLSCTX_INPROC_SERVER,
            REGCLS_MULTIPLEUSE, &cookie);
}

/* ---- the object ---- */

struct parcel
{
    IParcel IParcel_iface;
    ICallFactory ICallFactory_iface;
    LONG references;
    BOOL call_objects;
};

static struct parcel *parcel_from_iface(IParcel *iface)
{
    return CONTAINING_RECORD(iface, struct parcel, IParcel_iface);
}

static IParcel *parcel_of_factory(ICallFactory *iface)
{
    return &CONTAINING_RECORD(iface, struct parcel, ICallFactory_iface)->IParcel_iface;
}

static HRESULT STDMETHODCALLTYPE parcel_QueryInterface(IParcel *iface, REFIID iid, void **out)
{
    struct parcel *parcel = parcel_from_iface(iface);

    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IParcel))
        *out = iface;
    else if (parcel->call_objects && IsEqualIID(iid, &IID_ICallFactory))
        *out = &parcel->ICallFactory_iface;
    if (!*out)
        return E_NOINTERFACE;
    IParcel_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE parcel_AddRef(IParcel *iface)
{
    return (ULONG)InterlockedIncrement(&parcel_from_iface(iface)->references);
}

static ULONG STDMETHODCALLTYPE parcel_Release(IParcel *iface)
{
    ULONG references = (ULONG)InterlockedDecrement(&parcel_from_iface(iface)->references);

    if (!references)
        free(parcel_from_iface(iface));
    return references;
}

static HRESULT STDMETHODCALLTYPE parcel_Names(IParcel *iface, ULONG n, BSTR *names, ULONG *count)
{
    (void)iface;
    *count = 0;
    for (ULONG i = 0; i < n; i++)
        *count += SysStringLen(names[i]);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE parcel_Objects(IParcel *iface, ULONG n, IUnknown **objects,
        ULONG *count)
{
    (void)iface;
    *count = 0;
    for (ULONG i = 0; i < n; i++)
        *count += objects[i] != NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE parcel_Fetch(IParcel *iface, ULONG n, BSTR *names,
        IUnknown **objects)
{
    (void)iface;
    for (ULONG i = 0; i < n; i++)
    {
        names[i] = SysAllocString(L"a name that is long enough for a block of its own");
        objects[i] = i + 1 < n ? parcel_content() : parcel_last();
        IUnknown_AddRef(objects[i]);
    }
    return S_OK;
}

/* ---- call objects: they do all in Begin_ ---- */

struct parcel_call
{
    IUnknown inner;
    AsyncIParcel AsyncIParcel_iface;
    IUnknown *outer;
    LONG references;
    ULONG count;
};

static struct parcel_call *call_from_inner(IUnknown *iface)
{
    return CONTAINING_RECORD(iface, struct parcel_call, inner);
}

static struct parcel_call *call_from_async(AsyncIParcel *iface)
{
    return CONTAINING_RECORD(iface, struct parcel_call, AsyncIParcel_iface);
}

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct parcel_call *call = call_from_inner(iface);

    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = iface;
    else if (IsEqualIID(iid, &IID_AsyncIParcel))
        *out = &call->AsyncIParcel_iface;
    if (!*out)
        return E_NOINTERFACE;
    IUnknown_AddRef((IUnknown *)*out);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE inner_AddRef(IUnknown *iface)
{
    return (ULONG)InterlockedIncrement(&call_from_inner(iface)->references);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    ULONG references = (ULONG)InterlockedDecrement(&call_from_inner(iface)->references);

    if (!references)
        free(call_from_inner(iface));
    return references;
}

static HRESULT STDMETHODCALLTYPE call_QueryInterface(AsyncIParcel *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(call_from_async(iface)->outer, iid, out);
}

static ULONG STDMETHODCALLTYPE call_AddRef(AsyncIParcel *iface)
{
    return IUnknown_AddRef(call_from_async(iface)->outer);
}

static ULONG STDMETHODCALLTYPE call_Release(AsyncIParcel *iface)
{
    return IUnknown_Release(call_from_async(iface)->outer);
}

static HRESULT call_signal(AsyncIParcel *iface)
{
    ISynchronize *synchronize;
    HRESULT hr = AsyncIParcel_QueryInterface(iface, &IID_ISynchronize, (void **)&synchronize);

    InterlockedIncrement(&begun);
    if (FAILED(hr))
        return hr;
    hr = ISynchronize_Signal(synchronize);
    ISynchronize_Release(synchronize);
    return hr;
}

static HRESULT STDMETHODCALLTYPE call_Begin_Names(AsyncIParcel *iface, ULONG n, BSTR *names)
{
    parcel_Names(NULL, n, names, &call_from_async(iface)->count);
    return call_signal(iface);
}

static HRESULT STDMETHODCALLTYPE call_Finish_Names(AsyncIParcel *iface, ULONG *count)
{
    *count = call_from_async(iface)->count;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE call_Begin_Objects(AsyncIParcel *iface, ULONG n,
        IUnknown **objects)
{
    parcel_Objects(NULL, n, objects, &call_from_async(iface)->count);
    return call_signal(iface);
}

static HRESULT STDMETHODCALLTYPE call_Begin_Fetch(AsyncIParcel *iface, ULONG n)
{
    call_from_async(iface)->count = n;
    return call_signal(iface);
}

static HRESULT STDMETHODCALLTYPE call_Finish_Fetch(AsyncIParcel *iface, BSTR *names,
        IUnknown **objects)
{
    return parcel_Fetch(NULL, call_from_async(iface)->count, names, objects);
}

static HRESULT STDMETHODCALLTYPE parcel_factory_CreateCall(ICallFactory *iface, REFIID async_iid,
        IUnknown *outer, REFIID iid, IUnknown **out)
{
    static IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_AddRef, inner_Release};
    static AsyncIParcelVtbl vtbl = {call_QueryInterface, call_AddRef, call_Release,
            call_Begin_Names, call_Finish_Names, call_Begin_Objects, call_Finish_Names,
            call_Begin_Fetch, call_Finish_Fetch};
    struct parcel_call *call;

    (void)iface;
    *out = NULL;
    if (!IsEqualIID(async_iid, &IID_AsyncIParcel))
        return E_NOINTERFACE;
    if (!outer || !IsEqualIID(iid, &IID_IUnknown))
        return E_INVALIDARG;
    if (!(call = calloc(1, sizeof(*call))))
        return E_OUTOFMEMORY;
    call->inner.lpVtbl = &inner_vtbl;
    call->AsyncIParcel_iface.lpVtbl = &vtbl;
    call->outer = outer;
    call->references = 1;
    *out = &call->inner;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE parcel_factory_QueryInterface(ICallFactory *iface, REFIID iid,
        void **out)
{
    return parcel_QueryInterface(parcel_of_factory(iface), iid, out);
}

static ULONG STDMETHODCALLTYPE parcel_factory_AddRef(ICallFactory *iface)
{
    return parcel_AddRef(parcel_of_factory(iface));
}

static ULONG STDMETHODCALLTYPE parcel_factory_Release(ICallFactory *iface)
{
    return parcel_Release(parcel_of_factory(iface));
}

IParcel *parcel_create(BOOL call_objects)
{
    static IParcelVtbl vtbl = {parcel_QueryInterface, parcel_AddRef, parcel_Release, parcel_Names,
            parcel_Objects, parcel_Fetch};
    static ICallFactoryVtbl factory_vtbl = {parcel_factory_QueryInterface, parcel_factory_AddRef,
            parcel_factory_Release, parcel_factory_CreateCall};
    struct parcel *parcel = calloc(1, sizeof(*parcel));

    if (!parcel)
        return NULL;
    parcel->IParcel_iface.lpVtbl = &vtbl;
    parcel->ICallFactory_iface.lpVtbl = &factory_vtbl;
    parcel->references = 1;
    parcel->call_objects = call_objects;
    return &parcel->IParcel_iface;
}

LONG parcel_begun(void)
{
    return begun;
}
