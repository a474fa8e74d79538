/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An object that is marshalled as a constant: custom marshalling. */
#include "every_type.h"

#include "com_object.h"

#include <string.h>

#define OBJECT_MARK 0x6f626a31

static const CLSID CLSID_EveryObject = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x1f}};

BOOL every_object_by_reference;

static LONG references;

static HRESULT STDMETHODCALLTYPE object_QueryInterface(IMarshal *iface, REFIID iid, void **out)
{
    if (!IsEqualIID(iid, &IID_IUnknown)
            && (!IsEqualIID(iid, &IID_IMarshal) || every_object_by_reference))
    {
        *out = NULL;
        return E_NOINTERFACE;
    }
    IMarshal_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE object_AddRef(IMarshal *iface)
{
    (void)iface;
    return (ULONG)InterlockedIncrement(&references);
}

static ULONG STDMETHODCALLTYPE object_Release(IMarshal *iface)
{
    (void)iface;
    return (ULONG)InterlockedDecrement(&references);
}

static HRESULT STDMETHODCALLTYPE object_GetUnmarshalClass(IMarshal *iface, REFIID iid, void *object,
        DWORD context, void *context_data, DWORD flags, CLSID *clsid)
{
    (void)iface;
    (void)iid;
    (void)object;
    (void)context;
    (void)context_data;
    (void)flags;
    *clsid = CLSID_EveryObject;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_GetMarshalSizeMax(IMarshal *iface, REFIID iid, void *object,
        DWORD context, void *context_data, DWORD flags, DWORD *size)
{
    (void)iface;
    (void)iid;
    (void)object;
    (void)context;
    (void)context_data;
    (void)flags;
    *size = sizeof(DWORD);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_MarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void *object, DWORD context, void *context_data, DWORD flags)
{
    DWORD mark = OBJECT_MARK;

    (void)iface;
    (void)iid;
    (void)object;
    (void)context;
    (void)context_data;
    (void)flags;
    return IStream_Write(stream, &mark, sizeof(mark), NULL);
}

static HRESULT STDMETHODCALLTYPE object_UnmarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void **out)
{
    DWORD mark = 0;
    DWORD read = 0;

    *out = NULL;
    if (FAILED(IStream_Read(stream, &mark, sizeof(mark), &read)) || read != sizeof(mark)
            || mark != OBJECT_MARK)
        return E_FAIL;
    return IMarshal_QueryInterface(iface, iid, out);
}

static HRESULT STDMETHODCALLTYPE object_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    (void)iface;
    (void)stream;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    (void)iface;
    (void)reserved;
    return S_OK;
}

static const IMarshalVtbl object_vtbl = {
        object_QueryInterface,
        object_AddRef,
        object_Release,
        object_GetUnmarshalClass,
        object_GetMarshalSizeMax,
        object_MarshalInterface,
        object_UnmarshalInterface,
        object_ReleaseMarshalData,
        object_DisconnectObject,
};

static IMarshal object = {(IMarshalVtbl *)&object_vtbl};

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    (void)iface;
    *out = NULL;
    return outer ? CLASS_E_NOAGGREGATION : IMarshal_QueryInterface(&object, iid, out);
}

COM_STATIC_FACTORY_METHODS(factory)

static const IClassFactoryVtbl factory_vtbl = {
        factory_QueryInterface,
        factory_AddRef,
        factory_Release,
        factory_CreateInstance,
        factory_LockServer,
};

static IClassFactory factory = {(IClassFactoryVtbl *)&factory_vtbl};

HRESULT every_object_register(void)
{
    DWORD cookie;

    return CoRegisterClassObject(&CLSID_EveryObject, (IUnknown *)&factory, CLSCTX_INPROC_SERVER,
            REGCLS_MULTIPLEUSE, &cookie);
}

IUnknown *every_object(void)
{
    IMarshal_AddRef(&object);
    return (IUnknown *)&object;
}

LONG every_object_references(void)
{
    return references;
}
