/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The free-threaded marshaller, aggregated by agile objects. Pages "CoCreateFreeThreadedMarshaler
 * function (combaseapi.h)" and "IMarshal interface".
 *
 * A packet is: MSHLFLAGS (4 bytes), the pointer (8), a random token (16). Only the token counts: it
 * is looked up among the packets of this process, so that bytes which are not ours, ours but
 * altered, or used up, lead nowhere. The pointer is for those who debug.
 *
 * To other processes the object goes by standard marshalling.
 */
#include "free_threaded_marshaler.h"

#include <ntsecapi.h>
#include <stdlib.h>
#include <string.h>

#include "apartment.h"
#include "builtin_classes.h"
#include "com_object.h"
#include "hash_table.h"
#include "objref.h"
#include "standard_marshal.h"

#define PACKET_SIZE 28u

struct ftm_packet
{
    struct hash_link link;
    GUID token;
    DWORD flags;
    IUnknown *object; /* with a reference, but for table-weak ones */
};

static size_t hash_of_token(const GUID *token)
{
    UINT64 first;

    memcpy(&first, token, sizeof(first));
    return hash_mix(first);
}

static size_t hash_of_packet(const struct hash_link *link)
{
    return hash_of_token(&LIST_ENTRY_OF(link, struct ftm_packet, link)->token);
}

static SRWLOCK packets_lock = SRWLOCK_INIT;
static struct hash_table packets = {hash_of_packet, NULL, 0, 0};

struct free_threaded_marshaler
{
    IUnknown inner;
    IMarshal2 IMarshal2_iface;
    IUnknown *outer; /* &inner when not aggregated; without a reference */
    LONG references;
};

static struct free_threaded_marshaler *ftm_from_inner(IUnknown *iface)
{
    return COM_IMPL_FROM(iface, struct free_threaded_marshaler, inner);
}

static struct free_threaded_marshaler *ftm_from_IMarshal2(IMarshal2 *iface)
{
    return COM_IMPL_FROM(iface, struct free_threaded_marshaler, IMarshal2_iface);
}

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct free_threaded_marshaler *ftm = ftm_from_inner(iface);

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = &ftm->inner;
    else if (IsEqualIID(iid, &IID_IMarshal) || IsEqualIID(iid, &IID_IMarshal2))
        *out = &ftm->IMarshal2_iface;
    else
        return E_NOINTERFACE;
    IUnknown_AddRef((IUnknown *)*out);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE inner_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&ftm_from_inner(iface)->references);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    struct free_threaded_marshaler *ftm = ftm_from_inner(iface);
    LONG references = InterlockedDecrement(&ftm->references);

    if (!references)
        free(ftm);
    return references;
}

static const IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_AddRef, inner_Release};

static HRESULT STDMETHODCALLTYPE ftm_QueryInterface(IMarshal2 *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(ftm_from_IMarshal2(iface)->outer, iid, out);
}

static ULONG STDMETHODCALLTYPE ftm_AddRef(IMarshal2 *iface)
{
    return IUnknown_AddRef(ftm_from_IMarshal2(iface)->outer);
}

static ULONG STDMETHODCALLTYPE ftm_Release(IMarshal2 *iface)
{
    return IUnknown_Release(ftm_from_IMarshal2(iface)->outer);
}

static BOOL stays_in_process(DWORD context)
{
    return context == MSHCTX_INPROC || context == MSHCTX_CROSSCTX;
}

static HRESULT STDMETHODCALLTYPE ftm_GetUnmarshalClass(IMarshal2 *iface, REFIID iid, void *object,
        DWORD context, void *context_data, DWORD flags, CLSID *clsid)
{
    (void)iface, (void)iid, (void)object, (void)context_data, (void)flags;
    if (!clsid)
        return E_POINTER;
    *clsid = stays_in_process(context) ? CLSID_FreeThreadedMarshaler : CLSID_StdMarshal;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE ftm_GetMarshalSizeMax(IMarshal2 *iface, REFIID iid, void *object,
        DWORD context, void *context_data, DWORD flags, DWORD *size)
{
    (void)iface, (void)iid, (void)flags;
    if (!size)
        return E_POINTER;
    if (stays_in_process(context))
        *size = PACKET_SIZE;
    else
        *size = object ? standard_marshal_size(object, context, context_data)
                       : STANDARD_MARSHAL_SIZE;
    return S_OK;
}

/* Takes the packet out of the table; NULL: there is none. With `keep_tables` a table packet stays,
 * and *object gets a reference of its own. */
static struct ftm_packet *packet_find(const GUID *token, DWORD flags)
{
    struct hash_link *link = hash_table_first(&packets, hash_of_token(token));

    for (; link; link = link->next)
    {
        struct ftm_packet *packet = LIST_ENTRY_OF(link, struct ftm_packet, link);

        if (IsEqualGUID(&packet->token, token) && packet->flags == flags)
            return packet;
    }
    return NULL;
}

static HRESULT STDMETHODCALLTYPE ftm_MarshalInterface(IMarshal2 *iface, IStream *stream, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags)
{
    struct ftm_packet *packet;
    BYTE bytes[PACKET_SIZE];
    UINT64 pointer;
    HRESULT hr;

    (void)iface;
    if (!stream || !iid || !object)
        return E_INVALIDARG;
    hr = marshal_check_arguments(context, flags);
    if (FAILED(hr))
        return hr;
    if (!stays_in_process(context))
        return standard_marshal(stream, iid, object, context, context_data, flags);

    packet = calloc(1, sizeof(*packet));
    if (!packet)
        return E_OUTOFMEMORY;
    packet->flags = flags;
    hr = IUnknown_QueryInterface((IUnknown *)object, iid, (void **)&packet->object);
    if (FAILED(hr))
    {
        free(packet);
        return hr;
    }
    if (!RtlGenRandom(&packet->token, sizeof(packet->token)))
        hr = E_FAIL;
    pointer = (ULONG_PTR)packet->object;
    memcpy(bytes, &packet->flags, 4);
    memcpy(bytes + 4, &pointer, 8);
    memcpy(bytes + 12, &packet->token, 16);
    if (SUCCEEDED(hr))
    {
        AcquireSRWLockExclusive(&packets_lock);
        if (!hash_table_insert(&packets, &packet->link))
            hr = E_OUTOFMEMORY;
        ReleaseSRWLockExclusive(&packets_lock);
    }
    if (FAILED(hr))
    {
        IUnknown_Release(packet->object);
        free(packet);
        return hr;
    }
    if (flags & MSHLFLAGS_TABLEWEAK)
        IUnknown_Release((IUnknown *)(ULONG_PTR)pointer);
    hr = stream_write_all(stream, bytes, sizeof(bytes));
    if (FAILED(hr))
    {
        AcquireSRWLockExclusive(&packets_lock);
        hash_table_remove(&packets, &packet->link);
        ReleaseSRWLockExclusive(&packets_lock);
        if (!(flags & MSHLFLAGS_TABLEWEAK))
            IUnknown_Release(packet->object);
        free(packet);
    }
    return hr;
}

/* Reads a packet's flags and token. */
static HRESULT packet_read(IStream *stream, DWORD *flags, GUID *token)
{
    BYTE bytes[PACKET_SIZE];
    HRESULT hr = stream_read_all(stream, bytes, sizeof(bytes));

    if (FAILED(hr))
        return hr;
    memcpy(flags, bytes, 4);
    memcpy(token, bytes + 12, 16);
    return S_OK;
}

/* A standard OBJREF comes here too, when whoever unmarshals knows only the class. */
static HRESULT STDMETHODCALLTYPE ftm_UnmarshalInterface(IMarshal2 *iface, IStream *stream,
        REFIID iid, void **out)
{
    struct ftm_packet *packet;
    IUnknown *object = NULL;
    BOOL owned = FALSE;
    DWORD flags;
    GUID token;
    HRESULT hr;

    (void)iface;
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!stream || !iid)
        return E_INVALIDARG;
    hr = packet_read(stream, &flags, &token);
    if (FAILED(hr))
        return hr;
    AcquireSRWLockExclusive(&packets_lock);
    packet = packet_find(&token, flags);
    if (packet)
    {
        object = packet->object;
        owned = !(flags & (MSHLFLAGS_TABLESTRONG | MSHLFLAGS_TABLEWEAK));
        if (owned)
            hash_table_remove(&packets, &packet->link);
    }
    ReleaseSRWLockExclusive(&packets_lock);
    if (!packet)
        return CO_E_OBJNOTCONNECTED;
    hr = IUnknown_QueryInterface(object, iid, out);
    if (owned)
    {
        IUnknown_Release(object);
        free(packet);
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE ftm_ReleaseMarshalData(IMarshal2 *iface, IStream *stream)
{
    struct ftm_packet *packet;
    DWORD flags;
    GUID token;
    HRESULT hr;

    (void)iface;
    if (!stream)
        return E_INVALIDARG;
    hr = packet_read(stream, &flags, &token);
    if (FAILED(hr))
        return hr;
    AcquireSRWLockExclusive(&packets_lock);
    packet = packet_find(&token, flags);
    if (packet)
        hash_table_remove(&packets, &packet->link);
    ReleaseSRWLockExclusive(&packets_lock);
    if (!packet)
        return CO_E_OBJNOTCONNECTED;
    if (!(flags & MSHLFLAGS_TABLEWEAK))
        IUnknown_Release(packet->object);
    free(packet);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE ftm_DisconnectObject(IMarshal2 *iface, DWORD reserved)
{
    struct free_threaded_marshaler *ftm = ftm_from_IMarshal2(iface);

    (void)reserved;
    return ftm->outer == &ftm->inner ? S_OK : standard_disconnect(ftm->outer);
}

static const IMarshal2Vtbl ftm_vtbl = {
        ftm_QueryInterface,
        ftm_AddRef,
        ftm_Release,
        ftm_GetUnmarshalClass,
        ftm_GetMarshalSizeMax,
        ftm_MarshalInterface,
        ftm_UnmarshalInterface,
        ftm_ReleaseMarshalData,
        ftm_DisconnectObject,
};

/*
 * CoCreateFreeThreadedMarshaler: a free-threaded marshaller, aggregated into punkOuter (NULL: into
 * nothing). S_OK, E_INVALIDARG, E_OUTOFMEMORY. Page of the same name (combaseapi.h).
 */
HRESULT WINAPI CoCreateFreeThreadedMarshaler(IUnknown *punkOuter, IUnknown **ppunkMarshal)
{
    struct free_threaded_marshaler *ftm;

    if (!ppunkMarshal)
        return E_INVALIDARG;
    *ppunkMarshal = NULL;
    ftm = calloc(1, sizeof(*ftm));
    if (!ftm)
        return E_OUTOFMEMORY;
    ftm->inner.lpVtbl = &inner_vtbl;
    ftm->IMarshal2_iface.lpVtbl = &ftm_vtbl;
    ftm->outer = punkOuter ? punkOuter : &ftm->inner;
    ftm->references = 1;
    *ppunkMarshal = &ftm->inner;
    return S_OK;
}

HRESULT free_threaded_marshaler_create(IUnknown *outer, REFIID iid, void **out)
{
    IUnknown *inner;
    HRESULT hr;

    *out = NULL;
    if (outer && !IsEqualIID(iid, &IID_IUnknown))
        return CLASS_E_NOAGGREGATION;
    hr = CoCreateFreeThreadedMarshaler(outer, &inner);
    if (FAILED(hr))
        return hr;
    hr = IUnknown_QueryInterface(inner, iid, out);
    IUnknown_Release(inner);
    return hr;
}

HRESULT free_threaded_marshaler_get(IMarshal **out)
{
    return free_threaded_marshaler_create(NULL, &IID_IMarshal, (void **)out);
}

BOOL object_is_free_threaded(IUnknown *object)
{
    IMarshal *marshal;
    IUnknown *agile;
    CLSID clsid;
    HRESULT hr;

    if (SUCCEEDED(IUnknown_QueryInterface(object, &IID_IAgileObject, (void **)&agile)))
    {
        IUnknown_Release(agile);
        return TRUE;
    }
    if (FAILED(IUnknown_QueryInterface(object, &IID_IMarshal, (void **)&marshal)))
        return FALSE;
    hr = IMarshal_GetUnmarshalClass(marshal, &IID_IUnknown, object, MSHCTX_INPROC, NULL,
            MSHLFLAGS_NORMAL, &clsid);
    IMarshal_Release(marshal);
    return SUCCEEDED(hr) && IsEqualCLSID(&clsid, &CLSID_FreeThreadedMarshaler);
}
