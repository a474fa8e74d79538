/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Agile references: pages "RoGetAgileReference function (combaseapi.h)", "IAgileReference interface
 * (objidl.h)". An agile object is referred to by its pointer; another one is marshalled at once,
 * or, with AGILEREFERENCE_DELAYEDMARSHAL, in its apartment when another one resolves it for the
 * first time.
 */
#include <windows.h>
#include <objbase.h>
#include <stdlib.h>

#include "apartment.h"
#include "com_object.h"
#include "free_threaded_marshaler.h"
#include "packet.h"

#ifndef AGILEREFERENCE_DEFAULT
enum AgileReferenceOptions
{
    AGILEREFERENCE_DEFAULT = 0,
    AGILEREFERENCE_DELAYEDMARSHAL = 1,
};
#endif

struct agile_reference
{
    struct com_object object;
    IAgileReference IAgileReference_iface;
    IUnknown *target;       /* an agile object, or one of `home` that is not marshalled yet; with a
                             * reference */
    struct apartment *home; /* NULL: an agile object */
    IID iid;
    SRWLOCK lock;         /* guards the packet while it is being made */
    struct packet packet; /* table-strong; data NULL: not marshalled yet */
};

COM_OBJECT_METHODS(agile_reference, struct agile_reference, IAgileReference, IAgileReference_iface)

/* In the object's apartment. */
static HRESULT reference_marshal(void *argument)
{
    struct agile_reference *reference = argument;
    struct packet packet;
    HRESULT hr;

    hr = packet_create(&packet, reference->target, &reference->iid, MSHCTX_INPROC,
            MSHLFLAGS_TABLESTRONG);
    if (FAILED(hr))
        return hr;
    AcquireSRWLockExclusive(&reference->lock);
    if (!reference->packet.data)
    {
        reference->packet = packet;
        packet.data = NULL;
    }
    ReleaseSRWLockExclusive(&reference->lock);
    if (packet.data)
        packet_release(&packet);
    return S_OK;
}

/* S_OK; E_NOINTERFACE; CO_E_NOTINITIALIZED; RPC_E_DISCONNECTED: the object's apartment is gone. */
static HRESULT STDMETHODCALLTYPE agile_reference_Resolve(IAgileReference *iface, REFIID iid,
        void **out)
{
    struct agile_reference *reference = agile_reference_from_IAgileReference(iface);
    BOOL marshalled;
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!iid)
        return E_INVALIDARG;
    if (!reference->home)
        return IUnknown_QueryInterface(reference->target, iid, out);
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    if (reference->target && apartment_is_current(reference->home))
        return IUnknown_QueryInterface(reference->target, iid, out);
    AcquireSRWLockShared(&reference->lock);
    marshalled = reference->packet.data != NULL;
    ReleaseSRWLockShared(&reference->lock);
    if (!marshalled)
    {
        hr = apartment_call(reference->home, reference_marshal, reference);
        if (FAILED(hr))
            return hr;
    }
    return packet_unmarshal(&reference->packet, iid, out);
}

static HRESULT target_release(void *argument)
{
    IUnknown_Release((IUnknown *)argument);
    return S_OK;
}

static HRESULT reference_forget(void *argument)
{
    struct agile_reference *reference = argument;

    return packet_release(&reference->packet);
}

static void agile_reference_destroy(void *object)
{
    struct agile_reference *reference = object;

    /* A thread without an apartment cannot do it by itself. */
    if (reference->packet.data && apartment_current())
        packet_release(&reference->packet);
    else if (reference->packet.data
            && FAILED(apartment_call(reference->home, reference_forget, reference)))
        packet_free(&reference->packet);
    if (reference->target && !reference->home)
        IUnknown_Release(reference->target);
    /* When the apartment is gone, the object is beyond anybody's reach. */
    else if (reference->target)
        apartment_call(reference->home, target_release, reference->target);
    if (reference->home)
        apartment_release(reference->home);
    free(reference);
}

static const struct com_interface agile_reference_interfaces[] = {
        {&IID_IUnknown, offsetof(struct agile_reference, IAgileReference_iface)},
        {&IID_IAgileReference, offsetof(struct agile_reference, IAgileReference_iface)},
        {&IID_IAgileObject, offsetof(struct agile_reference, IAgileReference_iface)},
};

static const struct com_class agile_reference_class = {"agile_reference",
        agile_reference_interfaces, ARRAY_SIZE(agile_reference_interfaces),
        agile_reference_destroy};

static const IAgileReferenceVtbl agile_reference_vtbl = {
        agile_reference_IAgileReference_QueryInterface,
        agile_reference_IAgileReference_AddRef,
        agile_reference_IAgileReference_Release,
        agile_reference_Resolve,
};

HRESULT WINAPI RoGetAgileReference(enum AgileReferenceOptions options, REFIID riid, IUnknown *pUnk,
        IAgileReference **ppAgileReference);

/*
 * RoGetAgileReference: S_OK; E_INVALIDARG; CO_E_NOTINITIALIZED; E_NOINTERFACE: the object does not
 * have riid; CO_E_NOT_SUPPORTED: it has INoMarshal; REGDB_E_IIDNOTREG, E_OUTOFMEMORY.
 */
HRESULT WINAPI RoGetAgileReference(enum AgileReferenceOptions options, REFIID riid, IUnknown *pUnk,
        IAgileReference **ppAgileReference)
{
    struct apartment *here = apartment_current();
    struct agile_reference *reference;
    IUnknown *interface_pointer, *refusal;
    HRESULT hr;

    if (ppAgileReference)
        *ppAgileReference = NULL;
    if (!ppAgileReference || !pUnk || !riid)
        return E_INVALIDARG;
    if (options != AGILEREFERENCE_DEFAULT && options != AGILEREFERENCE_DELAYEDMARSHAL)
        return E_INVALIDARG;
    if (!here)
        return CO_E_NOTINITIALIZED;
    if (SUCCEEDED(IUnknown_QueryInterface(pUnk, &IID_INoMarshal, (void **)&refusal)))
    {
        IUnknown_Release(refusal);
        return CO_E_NOT_SUPPORTED;
    }
    hr = IUnknown_QueryInterface(pUnk, riid, (void **)&interface_pointer);
    if (FAILED(hr))
        return hr == E_NOINTERFACE ? E_NOINTERFACE : hr;
    reference = calloc(1, sizeof(*reference));
    if (!reference)
    {
        IUnknown_Release(interface_pointer);
        return E_OUTOFMEMORY;
    }
    com_object_init(&reference->object, &agile_reference_class);
    reference->IAgileReference_iface.lpVtbl = (IAgileReferenceVtbl *)&agile_reference_vtbl;
    reference->iid = *riid;
    reference->target = interface_pointer;
    if (!object_is_free_threaded(pUnk))
    {
        reference->home = here;
        apartment_addref(here);
        if (options == AGILEREFERENCE_DEFAULT)
            hr = reference_marshal(reference);
        if (SUCCEEDED(hr) && options == AGILEREFERENCE_DEFAULT)
        {
            IUnknown_Release(reference->target); /* the packet has it */
            reference->target = NULL;
        }
    }
    if (FAILED(hr))
        IAgileReference_Release(&reference->IAgileReference_iface);
    else
        *ppAgileReference = &reference->IAgileReference_iface;
    return hr;
}
