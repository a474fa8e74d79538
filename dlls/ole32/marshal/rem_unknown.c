/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IRemUnknown and IRemUnknown2 of an apartment: what other processes ask about the references on
 * its objects. [MS-DCOM] 3.1.1.5.6 and 3.1.1.5.7. Called in the apartment. Who calls is not
 * trusted: IPIDs are looked up, must belong to this apartment, and counts are bounded.
 */
#include "com_object.h"
#include "stub_manager.h"

#include <string.h>

#include "packet.h"
#include "rem_unknown.h"

/* The interfaces one call may ask for. */
#define IIDS_MAX 0x4000u

struct rem_unknown
{
    struct com_object object;
    IRemUnknown2 IRemUnknown2_iface;
    struct apartment *apartment;
};

COM_OBJECT_METHODS(rem_unknown, struct rem_unknown, IRemUnknown2, IRemUnknown2_iface)

/* NDR takes the count and the size of an array as two numbers from the client and compares them
 * nowhere. Opnums 3 to 6: where the count is, and how large an element; the array's size comes at
 * the next multiple of four, then the array. */
BOOL rem_unknown_request_valid(ULONG method, const void *data, ULONG size)
{
    static const struct
    {
        ULONG count_at, element;
    } layout[] = {{20, sizeof(IID)}, {0, sizeof(REMINTERFACEREF)}, {0, sizeof(REMINTERFACEREF)},
            {16, sizeof(IID)}};
    const BYTE *bytes = data;
    ULONG array, at;
    WORD count;

    if (method < 3 || method - 3 >= ARRAY_SIZE(layout))
        return FALSE;
    at = layout[method - 3].count_at;
    if (size < at + 8)
        return FALSE;
    memcpy(&count, bytes + at, sizeof(count));
    memcpy(&array, bytes + at + 4, sizeof(array));
    return array == count && size - at - 8 >= count * layout[method - 3].element;
}

/* The stub, which must be of this apartment, with a reference on its manager. */
static struct interface_stub *rem_unknown_stub(struct rem_unknown *rem, const IPID *ipid)
{
    struct interface_stub *stub = stub_lookup(ipid);

    if (stub && stub->manager->apartment != rem->apartment)
    {
        stub_manager_release(stub->manager);
        return NULL;
    }
    return stub;
}

static void stub_describe(const struct interface_stub *stub, ULONG references, ORPC_STDOBJREF *std)
{
    std->flags = SORF_NULL;
    std->cPublicRefs = references;
    std->oxid = stub->manager->apartment->oxid;
    std->oid = stub->manager->oid;
    std->ipid = stub->ipid;
}

/* S_OK: all of them, S_FALSE: some, E_NOINTERFACE: none. */
static HRESULT STDMETHODCALLTYPE rem_unknown_RemQueryInterface(IRemUnknown2 *iface,
        const GUID *ripid, ULONG cRefs, WORD cIids, IID *iids, REMQIRESULT **results)
{
    struct rem_unknown *rem = rem_unknown_from_IRemUnknown2(iface);
    struct interface_stub *stub, *other;
    unsigned int i, found = 0;

    *results = NULL;
    if (!cIids || cIids > IIDS_MAX)
        return E_INVALIDARG;
    stub = rem_unknown_stub(rem, ripid);
    if (!stub)
        return RPC_E_INVALID_OBJECT;
    *results = CoTaskMemAlloc(cIids * sizeof(**results));
    if (!*results)
    {
        stub_manager_release(stub->manager);
        return E_OUTOFMEMORY;
    }
    memset(*results, 0, cIids * sizeof(**results));
    for (i = 0; i < cIids; ++i)
    {
        REMQIRESULT *result = &(*results)[i];

        result->hResult = stub_manager_export(stub->manager, &iids[i], &other);
        if (SUCCEEDED(result->hResult))
            result->hResult = stub_take_references(other, cRefs, FALSE);
        if (FAILED(result->hResult))
            continue;
        stub_describe(other, cRefs, &result->std);
        ++found;
    }
    stub_manager_release(stub->manager);
    return found == cIids ? S_OK : found ? S_FALSE : E_NOINTERFACE;
}

static HRESULT STDMETHODCALLTYPE rem_unknown_RemAddRef(IRemUnknown2 *iface, WORD count,
        REMINTERFACEREF references[], HRESULT *results)
{
    struct rem_unknown *rem = rem_unknown_from_IRemUnknown2(iface);
    HRESULT hr = S_OK;
    unsigned int i;

    for (i = 0; i < count; ++i)
    {
        struct interface_stub *stub = rem_unknown_stub(rem, &references[i].ipid);

        results[i] = stub ? S_OK : CO_E_OBJNOTREG;
        if (!stub)
        {
            hr = S_FALSE;
            continue;
        }
        if (references[i].cPublicRefs > MAXLONG || references[i].cPrivateRefs > MAXLONG)
            results[i] = E_INVALIDARG;
        else
            results[i] = stub_take_references(stub,
                    references[i].cPublicRefs + references[i].cPrivateRefs, FALSE);
        if (FAILED(results[i]))
            hr = S_FALSE;
        stub_manager_release(stub->manager);
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE rem_unknown_RemRelease(IRemUnknown2 *iface, WORD count,
        REMINTERFACEREF references[])
{
    struct rem_unknown *rem = rem_unknown_from_IRemUnknown2(iface);
    unsigned int i;

    for (i = 0; i < count; ++i)
    {
        struct interface_stub *stub = rem_unknown_stub(rem, &references[i].ipid);

        if (!stub)
            continue;
        stub_drop_references(stub, references[i].cPublicRefs & MAXLONG, FALSE);
        stub_drop_references(stub, references[i].cPrivateRefs & MAXLONG, FALSE);
        stub_manager_release(stub->manager);
    }
    return S_OK;
}

/* An interface as an OBJREF in memory, by CoTaskMemAlloc. */
static HRESULT interface_pointer_create(IUnknown *object, REFIID iid, ORPC_INTERFACE_POINTER **out)
{
    struct packet packet;
    HRESULT hr;

    *out = NULL;
    hr = packet_create(&packet, object, iid, MSHCTX_LOCAL, MSHLFLAGS_NORMAL);
    if (FAILED(hr))
        return hr;
    *out = CoTaskMemAlloc(FIELD_OFFSET(ORPC_INTERFACE_POINTER, data) + packet.size);
    if (!*out)
    {
        packet_release(&packet);
        return E_OUTOFMEMORY;
    }
    (*out)->size = packet.size;
    memcpy((*out)->data, packet.data, packet.size);
    packet_free(&packet);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE rem_unknown_RemQueryInterface2(IRemUnknown2 *iface,
        const GUID *ripid, WORD cIids, IID *iids, HRESULT *results,
        PORPC_INTERFACE_POINTER *pointers)
{
    struct rem_unknown *rem = rem_unknown_from_IRemUnknown2(iface);
    struct stub_target target;
    unsigned int i, found = 0;
    HRESULT hr;

    for (i = 0; i < cIids; ++i)
    {
        pointers[i] = NULL;
        results[i] = E_NOINTERFACE;
    }
    hr = stub_target_find(ripid, &target);
    if (FAILED(hr))
        return RPC_E_INVALID_OBJECT;
    if (target.apartment == rem->apartment && target.manager && cIids <= IIDS_MAX)
    {
        for (i = 0; i < cIids; ++i)
        {
            results[i] = interface_pointer_create(target.object, &iids[i], &pointers[i]);
            found += SUCCEEDED(results[i]);
        }
    }
    stub_target_release(&target);
    return found == cIids ? S_OK : found ? S_FALSE : E_NOINTERFACE;
}

static void rem_unknown_destroy(void *object)
{
    struct rem_unknown *rem = object;

    apartment_release(rem->apartment);
    free(rem);
}

static const IRemUnknown2Vtbl rem_unknown_vtbl = {
        rem_unknown_IRemUnknown2_QueryInterface,
        rem_unknown_IRemUnknown2_AddRef,
        rem_unknown_IRemUnknown2_Release,
        rem_unknown_RemQueryInterface,
        rem_unknown_RemAddRef,
        rem_unknown_RemRelease,
        rem_unknown_RemQueryInterface2,
};

static const struct com_interface rem_unknown_interfaces[] = {
        {&IID_IUnknown, offsetof(struct rem_unknown, IRemUnknown2_iface)},
        {&IID_IRemUnknown, offsetof(struct rem_unknown, IRemUnknown2_iface)},
        {&IID_IRemUnknown2, offsetof(struct rem_unknown, IRemUnknown2_iface)},
};

static const struct com_class rem_unknown_class = {"IRemUnknown", rem_unknown_interfaces,
        ARRAY_SIZE(rem_unknown_interfaces), rem_unknown_destroy};

HRESULT rem_unknown_create(struct apartment *apartment, IUnknown **out)
{
    struct rem_unknown *rem = calloc(1, sizeof(*rem));

    *out = NULL;
    if (!rem)
        return E_OUTOFMEMORY;
    com_object_init(&rem->object, &rem_unknown_class);
    rem->IRemUnknown2_iface.lpVtbl = &rem_unknown_vtbl;
    rem->apartment = apartment;
    apartment_addref(apartment);
    *out = (IUnknown *)&rem->IRemUnknown2_iface;
    return S_OK;
}
