/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test_server.h"

#include "com_object.h"

HRESULT WINAPI DllCanUnloadNow(void);
void WINAPI server_set_unload(HRESULT result);
LONG WINAPI server_objects(void);

static LONG objects;
static HRESULT unload_result = E_PENDING;

struct test_object
{
    IPersist IPersist_iface;
    IUnknown inner_iface; /* the object's own IUnknown, for aggregation */
    IUnknown *outer;
    LONG references;
    CLSID clsid;
};

static struct test_object *object_from_IPersist(IPersist *iface)
{
    return COM_IMPL_FROM(iface, struct test_object, IPersist_iface);
}

static struct test_object *object_from_inner(IUnknown *iface)
{
    return COM_IMPL_FROM(iface, struct test_object, inner_iface);
}

static HRESULT STDMETHODCALLTYPE object_QueryInterface(IPersist *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(object_from_IPersist(iface)->outer, iid, out);
}

static ULONG STDMETHODCALLTYPE object_AddRef(IPersist *iface)
{
    return IUnknown_AddRef(object_from_IPersist(iface)->outer);
}

static ULONG STDMETHODCALLTYPE object_Release(IPersist *iface)
{
    return IUnknown_Release(object_from_IPersist(iface)->outer);
}

static HRESULT STDMETHODCALLTYPE object_GetClassID(IPersist *iface, CLSID *clsid)
{
    struct test_object *object = object_from_IPersist(iface);
    union object_place place = {{0}};
    APTTYPEQUALIFIER qualifier;
    APTTYPE type = APTTYPE_CURRENT;

    CoGetApartmentType(&type, &qualifier);
    place.is.thread = GetCurrentThreadId();
    place.is.type = (WORD)type;
    place.is.class = (WORD)object->clsid.Data1;
    place.is.object = (UINT_PTR)object;
    *clsid = place.guid;
    return S_OK;
}

static IPersistVtbl object_vtbl = {
        object_QueryInterface,
        object_AddRef,
        object_Release,
        object_GetClassID,
};

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct test_object *object = object_from_inner(iface);

    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = iface;
    else if (IsEqualIID(iid, &IID_IPersist) || IsEqualIID(iid, &IID_NotMarshalled))
        *out = &object->IPersist_iface;
    if (!*out)
        return E_NOINTERFACE;
    IUnknown_AddRef((IUnknown *)*out);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE inner_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&object_from_inner(iface)->references);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    struct test_object *object = object_from_inner(iface);
    ULONG references = InterlockedDecrement(&object->references);

    if (!references)
    {
        HeapFree(GetProcessHeap(), 0, object);
        InterlockedDecrement(&objects);
    }
    return references;
}

static IUnknownVtbl inner_vtbl = {
        inner_QueryInterface,
        inner_AddRef,
        inner_Release,
};

struct test_factory
{
    IClassFactory IClassFactory_iface;
    LONG references;
    CLSID clsid;
};

static struct test_factory *factory_from_iface(IClassFactory *iface)
{
    return COM_IMPL_FROM(iface, struct test_factory, IClassFactory_iface);
}

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    IClassFactory_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    return InterlockedIncrement(&factory_from_iface(iface)->references);
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    struct test_factory *factory = factory_from_iface(iface);
    ULONG references = InterlockedDecrement(&factory->references);

    if (!references)
    {
        HeapFree(GetProcessHeap(), 0, factory);
        InterlockedDecrement(&objects);
    }
    return references;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    struct test_object *object;
    HRESULT hr;

    *out = NULL;
    if (outer && !IsEqualIID(iid, &IID_IUnknown))
        return E_NOINTERFACE;
    if (!(object = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*object))))
        return E_OUTOFMEMORY;
    InterlockedIncrement(&objects);
    object->IPersist_iface.lpVtbl = &object_vtbl;
    object->inner_iface.lpVtbl = &inner_vtbl;
    object->outer = outer ? outer : &object->inner_iface;
    object->references = 1;
    object->clsid = factory_from_iface(iface)->clsid;
    hr = IUnknown_QueryInterface(&object->inner_iface, iid, out);
    IUnknown_Release(&object->inner_iface);
    return hr;
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    if (lock)
        InterlockedIncrement(&objects);
    else
        InterlockedDecrement(&objects);
    return S_OK;
}

static IClassFactoryVtbl factory_vtbl = {
        factory_QueryInterface,
        factory_AddRef,
        factory_Release,
        factory_CreateInstance,
        factory_LockServer,
};

HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void **out)
{
    struct test_factory *factory;
    HRESULT hr;

    *out = NULL;
    if (clsid->Data1 == REFUSED_CLASS_DATA1)
        return CLASS_E_CLASSNOTAVAILABLE;
    if (!(factory = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*factory))))
        return E_OUTOFMEMORY;
    InterlockedIncrement(&objects);
    factory->IClassFactory_iface.lpVtbl = &factory_vtbl;
    factory->references = 1;
    factory->clsid = *clsid;
    hr = IClassFactory_QueryInterface(&factory->IClassFactory_iface, iid, out);
    IClassFactory_Release(&factory->IClassFactory_iface);
    return hr;
}

HRESULT WINAPI DllCanUnloadNow(void)
{
    if (unload_result != E_PENDING)
        return unload_result;
    return objects ? S_FALSE : S_OK;
}

void WINAPI server_set_unload(HRESULT result)
{
    unload_result = result;
}

LONG WINAPI server_objects(void)
{
    return objects;
}
