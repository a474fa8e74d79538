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
#include "com_aggregate.h"
#include "hash_table.h"
#include "objref.h"
#include "standard_marshal.h"

#define PACKET_SIZE 28u

struct ftm_packet
{
    struct hash_link link;
    struct list entry; /* table-weak: of the marshaller which goes with the object */
    GUID token;
    DWORD flags;
    LONG references;  /* the table's, and those of who unmarshals */
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
    struct com_inner com;
    IMarshal2 IMarshal2_iface;
    struct list weak; /* table-weak packets of the object which aggregates it; by packets_lock */
};

COM_INNER_METHODS(ftm, struct free_threaded_marshaler, IMarshal2, IMarshal2_iface)

/* ---- packets ---- */

static BOOL packet_is_table(const struct ftm_packet *packet)
{
    return (packet->flags & (MSHLFLAGS_TABLESTRONG | MSHLFLAGS_TABLEWEAK)) != 0;
}

/* Calls out. */
static void packet_release(struct ftm_packet *packet)
{
    if (InterlockedDecrement(&packet->references))
        return;
    if (!(packet->flags & MSHLFLAGS_TABLEWEAK))
        IUnknown_Release(packet->object);
    free(packet);
}

/* The packet, with a reference; packets_lock is held. NULL: there is none. */
static struct ftm_packet *packet_find(const GUID *token, DWORD flags)
{
    struct hash_link *link = hash_table_first(&packets, hash_of_token(token));

    for (; link; link = link->next)
    {
        struct ftm_packet *packet = LIST_ENTRY_OF(link, struct ftm_packet, link);

        if (IsEqualGUID(&packet->token, token) && packet->flags == flags)
        {
            InterlockedIncrement(&packet->references);
            return packet;
        }
    }
    return NULL;
}

/* Takes it out of the table; packets_lock is held. What is left is the table's reference. */
static void packet_unlist(struct ftm_packet *packet)
{
    hash_table_remove(&packets, &packet->link);
    list_remove(&packet->entry);
}

/* Finds a packet and, unless it is a table packet that is to stay, takes it out. The caller gets a
 * reference. CO_E_OBJNOTCONNECTED: there is none. */
static HRESULT packet_take(const GUID *token, DWORD flags, BOOL keep_tables,
        struct ftm_packet **out)
{
    struct ftm_packet *packet;
    BOOL unlisted = FALSE;

    AcquireSRWLockExclusive(&packets_lock);
    packet = packet_find(token, flags);
    if (packet && !(keep_tables && packet_is_table(packet)))
    {
        packet_unlist(packet);
        unlisted = TRUE;
    }
    ReleaseSRWLockExclusive(&packets_lock);
    if (unlisted)
        packet_release(packet);
    *out = packet;
    return packet ? S_OK : CO_E_OBJNOTCONNECTED;
}

/* The object is going: nobody may follow its table-weak packets any more. */
static void ftm_destroy(void *object)
{
    struct free_threaded_marshaler *ftm = object;

    AcquireSRWLockExclusive(&packets_lock);
    while (!list_empty(&ftm->weak))
    {
        struct ftm_packet *packet = LIST_ENTRY_OF(ftm->weak.next, struct ftm_packet, entry);

        packet_unlist(packet);
        packet_release(packet); /* table-weak: calls nobody */
    }
    ReleaseSRWLockExclusive(&packets_lock);
    free(ftm);
}

/* ---- IMarshal2 ---- */

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

/* Whether the marshaller goes with that object: then it knows when its weak packets end. */
static BOOL ftm_belongs_to(struct free_threaded_marshaler *ftm, IUnknown *object)
{
    IUnknown *identity;
    BOOL same;

    if (FAILED(IUnknown_QueryInterface(object, &IID_IUnknown, (void **)&identity)))
        return FALSE;
    same = identity == ftm->com.outer;
    IUnknown_Release(identity);
    return same;
}

static HRESULT STDMETHODCALLTYPE ftm_MarshalInterface(IMarshal2 *iface, IStream *stream, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags)
{
    struct free_threaded_marshaler *ftm = ftm_from_IMarshal2(iface);
    struct ftm_packet *packet, *taken;
    BYTE bytes[PACKET_SIZE];
    UINT64 pointer;
    GUID token;
    BOOL mine;
    HRESULT hr;

    if (!stream || !iid || !object)
        return E_INVALIDARG;
    hr = marshal_check_arguments(context, flags);
    if (FAILED(hr))
        return hr;
    if (!stays_in_process(context))
        return standard_marshal(stream, iid, object, context, context_data, flags);

    mine = (flags & MSHLFLAGS_TABLEWEAK) && ftm_belongs_to(ftm, object);
    packet = calloc(1, sizeof(*packet));
    if (!packet)
        return E_OUTOFMEMORY;
    packet->references = 1;
    packet->flags = flags;
    list_init(&packet->entry);
    hr = IUnknown_QueryInterface((IUnknown *)object, iid, (void **)&packet->object);
    if (FAILED(hr))
    {
        free(packet);
        return hr;
    }
    pointer = (ULONG_PTR)packet->object;
    if (flags & MSHLFLAGS_TABLEWEAK)
        IUnknown_Release(packet->object); /* the caller has it */
    if (!RtlGenRandom(&token, sizeof(token)))
        hr = E_FAIL;
    packet->token = token;
    if (SUCCEEDED(hr))
    {
        AcquireSRWLockExclusive(&packets_lock);
        if (!hash_table_insert(&packets, &packet->link))
            hr = E_OUTOFMEMORY;
        else if (mine)
            list_add_tail(&ftm->weak, &packet->entry);
        ReleaseSRWLockExclusive(&packets_lock);
    }
    if (FAILED(hr))
    {
        packet_release(packet);
        return hr;
    }
    memcpy(bytes, &flags, 4);
    memcpy(bytes + 4, &pointer, 8);
    memcpy(bytes + 12, &token, 16);
    hr = stream_write_all(stream, bytes, sizeof(bytes));
    if (FAILED(hr) && SUCCEEDED(packet_take(&token, flags, FALSE, &taken)))
        packet_release(taken);
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

static HRESULT STDMETHODCALLTYPE ftm_UnmarshalInterface(IMarshal2 *iface, IStream *stream,
        REFIID iid, void **out)
{
    struct ftm_packet *packet;
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
    if (SUCCEEDED(hr))
        hr = packet_take(&token, flags, TRUE, &packet);
    if (FAILED(hr))
        return hr;
    hr = IUnknown_QueryInterface(packet->object, iid, out);
    packet_release(packet);
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
    if (SUCCEEDED(hr))
        hr = packet_take(&token, flags, FALSE, &packet);
    if (SUCCEEDED(hr))
        packet_release(packet);
    return hr;
}

static HRESULT STDMETHODCALLTYPE ftm_DisconnectObject(IMarshal2 *iface, DWORD reserved)
{
    struct free_threaded_marshaler *ftm = ftm_from_IMarshal2(iface);

    (void)reserved;
    return com_inner_is_aggregated(&ftm->com) ? standard_disconnect(ftm->com.outer) : S_OK;
}

static const IMarshal2Vtbl ftm_vtbl = {
        ftm_IMarshal2_QueryInterface,
        ftm_IMarshal2_AddRef,
        ftm_IMarshal2_Release,
        ftm_GetUnmarshalClass,
        ftm_GetMarshalSizeMax,
        ftm_MarshalInterface,
        ftm_UnmarshalInterface,
        ftm_ReleaseMarshalData,
        ftm_DisconnectObject,
};

static const struct com_interface ftm_interfaces[] = {
        {&IID_IMarshal, offsetof(struct free_threaded_marshaler, IMarshal2_iface)},
        {&IID_IMarshal2, offsetof(struct free_threaded_marshaler, IMarshal2_iface)},
};

static const struct com_inner_class ftm_class = {"free-threaded marshaller", ftm_interfaces,
        ARRAY_SIZE(ftm_interfaces), NULL, ftm_destroy};

/* With one reference, on what is not delegated; NULL: out of memory. */
static struct free_threaded_marshaler *ftm_create(IUnknown *outer)
{
    struct free_threaded_marshaler *ftm = calloc(1, sizeof(*ftm));

    if (!ftm)
        return NULL;
    com_inner_init(&ftm->com, &ftm_class, outer);
    ftm->IMarshal2_iface.lpVtbl = &ftm_vtbl;
    list_init(&ftm->weak);
    return ftm;
}

/*
 * CoCreateFreeThreadedMarshaler: a free-threaded marshaller, aggregated into punkOuter (NULL: into
 * nothing). S_OK, E_INVALIDARG, E_OUTOFMEMORY. Page of the same name (combaseapi.h).
 */
HRESULT WINAPI CoCreateFreeThreadedMarshaler(IUnknown *punkOuter, IUnknown **ppunkMarshal)
{
    struct free_threaded_marshaler *ftm;

    if (!ppunkMarshal)
        return E_INVALIDARG;
    ftm = ftm_create(punkOuter);
    *ppunkMarshal = ftm ? &ftm->com.IUnknown_inner : NULL;
    return ftm ? S_OK : E_OUTOFMEMORY;
}

HRESULT free_threaded_marshaler_create(IUnknown *outer, REFIID iid, void **out)
{
    struct free_threaded_marshaler *ftm = ftm_create(outer);

    *out = NULL;
    return ftm ? com_inner_hand_over(&ftm->com, iid, out) : E_OUTOFMEMORY;
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
