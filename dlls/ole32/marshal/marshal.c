/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Marshalling: interfaces to bytes and back. An object that has IMarshal does it by itself. */
#include <windows.h>
#include <objbase.h>

#include "free_threaded_marshaler.h"
#include "handler_identity.h"
#include "ndr_track.h"
#include "objref.h"
#include "standard_marshal.h"
#include "trace.h"
#include "unmarshal_policy.h"

/* The object's own marshaller; NULL: it has none. */
static IMarshal *object_marshal(IUnknown *object)
{
    IMarshal *marshal;

    if (FAILED(IUnknown_QueryInterface(object, &IID_IMarshal, (void **)&marshal)))
        return NULL;
    return marshal;
}

/* The size in the header of what has just been written from `place` on becomes the true one, so
 * that who has no use for the object's own data can leave it out. */
static HRESULT custom_size_correct(IStream *stream, ULARGE_INTEGER place)
{
    LARGE_INTEGER to = {.QuadPart = 0};
    ULARGE_INTEGER end;
    UINT32 size;
    HRESULT hr = IStream_Seek(stream, to, STREAM_SEEK_CUR, &end);

    if (FAILED(hr))
        return hr;
    if (end.QuadPart < place.QuadPart || end.QuadPart - place.QuadPart > MAXLONG)
        return E_UNEXPECTED;
    size = (UINT32)(end.QuadPart - place.QuadPart);
    to.QuadPart = (LONGLONG)place.QuadPart - (LONGLONG)sizeof(size);
    hr = IStream_Seek(stream, to, STREAM_SEEK_SET, NULL);
    if (SUCCEEDED(hr))
        hr = stream_write_all(stream, &size, sizeof(size));
    to.QuadPart = (LONGLONG)end.QuadPart;
    return SUCCEEDED(hr) ? IStream_Seek(stream, to, STREAM_SEEK_SET, NULL) : hr;
}

/* [MS-DCOM] 2.2.18.6: the header of a custom OBJREF, then what the marshaller writes. */
static HRESULT custom_marshal(IStream *stream, IMarshal *marshal, REFIID iid, IUnknown *object,
        DWORD context, void *context_data, DWORD flags)
{
    struct objref objref = {.form = OBJREF_CUSTOM, .iid = *iid};
    LARGE_INTEGER none = {.QuadPart = 0};
    BYTE buffer[OBJREF_SIZE_MAX];
    ULARGE_INTEGER place;
    DWORD size = 0;
    HRESULT hr;

    hr = IMarshal_GetUnmarshalClass(marshal, iid, object, context, context_data, flags,
            &objref.clsid);
    if (FAILED(hr))
        return hr;
    if (!IsEqualCLSID(&objref.clsid, &CLSID_StdMarshal))
    {
        hr = IMarshal_GetMarshalSizeMax(marshal, iid, object, context, context_data, flags, &size);
        if (FAILED(hr))
            return hr;
        objref.custom_size = size;
        hr = stream_write_all(stream, buffer, objref_encode(&objref, buffer));
        if (FAILED(hr))
            return hr;
    }
    if (!IsEqualCLSID(&objref.clsid, &CLSID_AggStdMarshal))
        return IMarshal_MarshalInterface(marshal, stream, iid, object, context, context_data,
                flags);
    hr = IStream_Seek(stream, none, STREAM_SEEK_CUR, &place);
    if (SUCCEEDED(hr))
        hr = IMarshal_MarshalInterface(marshal, stream, iid, object, context, context_data, flags);
    return SUCCEEDED(hr) ? custom_size_correct(stream, place) : hr;
}

/*
 * CoMarshalInterface: writes what CoUnmarshalInterface needs to make a proxy elsewhere. S_OK;
 * E_INVALIDARG; CO_E_NOTINITIALIZED; E_NOINTERFACE; REGDB_E_IIDNOTREG: the interface has no proxy;
 * CO_E_NOT_SUPPORTED: the object has INoMarshal; the stream's errors. Page "CoMarshalInterface
 * function (combaseapi.h)".
 */
HRESULT WINAPI CoMarshalInterface(IStream *pStm, REFIID riid, IUnknown *pUnk, DWORD dwDestContext,
        void *pvDestContext, DWORD mshlflags)
{
    IMarshal *marshal;
    HRESULT hr;

    if (!pStm || !riid || !pUnk)
        return E_INVALIDARG;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    hr = marshal_check_arguments(dwDestContext, mshlflags);
    if (FAILED(hr))
        return hr;
    marshal = object_marshal(pUnk);
    if (!marshal)
        return standard_marshal(pStm, riid, pUnk, dwDestContext, pvDestContext, mshlflags);
    hr = custom_marshal(pStm, marshal, riid, pUnk, dwDestContext, pvDestContext, mshlflags);
    IMarshal_Release(marshal);
    return hr;
}

/* What understands a custom OBJREF. */
static HRESULT unmarshaler_create(REFCLSID clsid, IMarshal **out)
{
    HRESULT hr;

    if (IsEqualCLSID(clsid, &CLSID_FreeThreadedMarshaler))
        return free_threaded_marshaler_get(out);
    hr = unmarshal_policy_check(clsid);
    if (FAILED(hr))
        return hr;
    return CoCreateInstance(clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IMarshal, (void **)out);
}

static HRESULT interface_unmarshal(IStream *pStm, REFIID riid, void **ppv)
{
    struct objref objref;
    IMarshal *marshal;
    IUnknown *object = NULL;
    IID wanted;
    HRESULT hr;

    if (ppv)
        *ppv = NULL;
    if (!pStm || !riid || !ppv)
        return E_INVALIDARG;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    hr = objref_read(pStm, &objref);
    if (FAILED(hr))
        return hr;
    wanted = IsEqualIID(riid, &IID_NULL) ? objref.iid : *riid;
    if (objref.form != OBJREF_CUSTOM)
        return standard_unmarshal(&objref, &wanted, ppv);
    if (IsEqualCLSID(&objref.clsid, &CLSID_AggStdMarshal))
        return handler_unmarshal(apartment_current(), pStm, objref.custom_size, &wanted, ppv);

    hr = unmarshaler_create(&objref.clsid, &marshal);
    if (FAILED(hr))
        return hr;
    hr = IMarshal_UnmarshalInterface(marshal, pStm, &objref.iid, (void **)&object);
    IMarshal_Release(marshal);
    if (FAILED(hr))
        return hr;
    if (!object)
        return E_NOINTERFACE;
    if (IsEqualIID(&wanted, &objref.iid))
    {
        *ppv = object;
        return hr;
    }
    hr = IUnknown_QueryInterface(object, &wanted, ppv);
    IUnknown_Release(object);
    return hr;
}

/*
 * CoUnmarshalInterface: the interface that CoMarshalInterface wrote, or another one of the object;
 * IID_NULL: that which was marshalled. A normal packet can be unmarshalled once. S_OK;
 * E_INVALIDARG: no OBJREF; CO_E_NOTINITIALIZED; CO_E_OBJNOTCONNECTED: used up, or the object is
 * gone; RPC_E_DISCONNECTED: its process is; E_NOINTERFACE; REGDB_E_IIDNOTREG; STG_E_...: the
 * stream's. Page "CoUnmarshalInterface function (combaseapi.h)".
 */
HRESULT WINAPI CoUnmarshalInterface(IStream *pStm, REFIID riid, void **ppv)
{
    struct ndr_state *track = ndr_track_pause();
    HRESULT hr = interface_unmarshal(pStm, riid, ppv);

    ndr_track_resume(track, SUCCEEDED(hr) ? *ppv : NULL);
    return hr;
}

/*
 * CoReleaseMarshalData: gives back what a packet holds, instead of unmarshalling it, and destroys a
 * table packet. S_OK; E_INVALIDARG; CO_E_NOTINITIALIZED; RPC_E_INVALID_OBJREF: it holds nothing any
 * more. Page "CoReleaseMarshalData function (combaseapi.h)".
 */
HRESULT WINAPI CoReleaseMarshalData(IStream *pStm)
{
    struct objref objref;
    IMarshal *marshal;
    HRESULT hr;

    if (!pStm)
        return E_INVALIDARG;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    hr = objref_read(pStm, &objref);
    if (FAILED(hr))
        return hr;
    if (objref.form != OBJREF_CUSTOM)
        return standard_release(&objref);
    if (IsEqualCLSID(&objref.clsid, &CLSID_AggStdMarshal))
        return handler_release(pStm, objref.custom_size);
    hr = unmarshaler_create(&objref.clsid, &marshal);
    if (FAILED(hr))
        return hr;
    hr = IMarshal_ReleaseMarshalData(marshal, pStm);
    IMarshal_Release(marshal);
    return hr;
}

/* The size of what custom_marshal writes. */
static HRESULT custom_marshal_size(IMarshal *marshal, REFIID iid, IUnknown *object, DWORD context,
        void *context_data, DWORD flags, ULONG *size)
{
    struct objref objref = {.form = OBJREF_CUSTOM};
    BYTE buffer[OBJREF_SIZE_MAX];
    ULONG head;
    HRESULT hr;

    hr = IMarshal_GetMarshalSizeMax(marshal, iid, object, context, context_data, flags, size);
    if (SUCCEEDED(hr))
        hr = IMarshal_GetUnmarshalClass(marshal, iid, object, context, context_data, flags,
                &objref.clsid);
    if (FAILED(hr))
        return hr;
    if (IsEqualCLSID(&objref.clsid, &CLSID_StdMarshal))
    {
        if (*size == STANDARD_MARSHAL_SIZE)
            *size = standard_marshal_size(object, context, context_data);
        return hr;
    }
    head = objref_encode(&objref, buffer);
    *size = *size > MAXDWORD - head ? MAXDWORD : *size + head;
    return hr;
}

/*
 * CoGetMarshalSizeMax: an upper bound in bytes of what CoMarshalInterface will write; the size
 * itself when the standard marshaller does it. S_OK, E_INVALIDARG, CO_E_NOTINITIALIZED, the
 * object's errors. Page "CoGetMarshalSizeMax function (combaseapi.h)".
 */
HRESULT WINAPI CoGetMarshalSizeMax(ULONG *pulSize, REFIID riid, IUnknown *pUnk, DWORD dwDestContext,
        void *pvDestContext, DWORD mshlflags)
{
    IMarshal *marshal;
    ULONG size = 0;
    HRESULT hr;

    if (!pulSize || !riid || !pUnk)
        return E_INVALIDARG;
    *pulSize = 0;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    hr = marshal_check_arguments(dwDestContext, mshlflags);
    if (FAILED(hr))
        return hr;
    marshal = object_marshal(pUnk);
    if (marshal)
    {
        hr = custom_marshal_size(marshal, riid, pUnk, dwDestContext, pvDestContext, mshlflags,
                &size);
        IMarshal_Release(marshal);
    }
    else
    {
        size = standard_marshal_size(pUnk, dwDestContext, pvDestContext);
    }
    if (SUCCEEDED(hr))
        *pulSize = size;
    return hr;
}

/*
 * CoMarshalInterThreadInterfaceInStream: marshals once for another apartment of this process into a
 * new stream, whose position is its beginning. Page of the same name (combaseapi.h).
 */
HRESULT WINAPI CoMarshalInterThreadInterfaceInStream(REFIID riid, IUnknown *pUnk, IStream **ppStm)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;
    HRESULT hr;

    if (ppStm)
        *ppStm = NULL;
    if (!riid || !pUnk || !ppStm)
        return E_INVALIDARG;
    hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);
    if (FAILED(hr))
        return hr;
    hr = CoMarshalInterface(stream, riid, pUnk, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL);
    if (SUCCEEDED(hr))
        hr = IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    if (FAILED(hr))
        IStream_Release(stream);
    else
        *ppStm = stream;
    return hr;
}

/*
 * CoGetInterfaceAndReleaseStream: the other half; the stream is released whatever happens. Page of
 * the same name (combaseapi.h).
 */
HRESULT WINAPI CoGetInterfaceAndReleaseStream(IStream *pStm, REFIID iid, void **ppv)
{
    HRESULT hr;

    if (ppv)
        *ppv = NULL;
    if (!pStm)
        return E_INVALIDARG;
    hr = iid && ppv ? CoUnmarshalInterface(pStm, iid, ppv) : E_INVALIDARG;
    IStream_Release(pStm);
    return hr;
}

/* CoMarshalHresult, CoUnmarshalHresult: four bytes. Pages of the same names (combaseapi.h). */
HRESULT WINAPI CoMarshalHresult(IStream *pstm, HRESULT hresult)
{
    return pstm ? stream_write_all(pstm, &hresult, sizeof(hresult)) : E_INVALIDARG;
}

HRESULT WINAPI CoUnmarshalHresult(IStream *pstm, HRESULT *phresult)
{
    if (!pstm || !phresult)
        return E_INVALIDARG;
    return stream_read_all(pstm, phresult, sizeof(*phresult));
}
