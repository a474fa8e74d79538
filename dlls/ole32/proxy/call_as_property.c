/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPropertyStorage: the arrays of its methods with their numbers of elements. What comes back is
 * the caller's: its variants and names are set in any case.
 */
#include "core_interfaces.h"

#include <string.h>

/* A request's arrays are as long as it says. */
#define AGREES(array, number) ((array)->count == (number))

/* pages propidlbase/nf-propidlbase-ipropertystorage-readmultiple and its kin */
HRESULT STDMETHODCALLTYPE IPropertyStorage_ReadMultiple_Proxy(IPropertyStorage *iface, ULONG count,
        const PROPSPEC *specs, PROPVARIANT *values)
{
    PROPSPECS wanted = {count, FALSE, (PROPSPEC *)specs};
    PROPVARIANTS read = {0};
    HRESULT hr;

    if (count && (!specs || !values))
        return E_INVALIDARG;
    for (ULONG i = 0; i < count; i++)
        PropVariantInit(&values[i]);
    hr = IPropertyStorage_RemoteReadMultiple_Proxy(iface, count, &wanted, &read);
    if (SUCCEEDED(hr) && !AGREES(&read, count))
        hr = HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    if (SUCCEEDED(hr) && count)
    {
        memcpy(values, read.elements, count * sizeof(*values));
        read.count = 0;
    }
    property_values_free(&read);
    return hr;
}

HRESULT __RPC_STUB IPropertyStorage_ReadMultiple_Stub(IPropertyStorage *iface, ULONG count,
        PROPSPECS *specs, PROPVARIANTS *values)
{
    HRESULT hr;

    memset(values, 0, sizeof(*values));
    if (!AGREES(specs, count))
        return HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    if (!(values->elements = CoTaskMemAlloc(count * sizeof(*values->elements))))
        return E_OUTOFMEMORY;
    memset(values->elements, 0, count * sizeof(*values->elements));
    values->count = count;
    hr = IPropertyStorage_ReadMultiple(iface, count, specs->elements, values->elements);
    if (FAILED(hr)) /* what is there is not the caller's */
        memset(values->elements, 0, count * sizeof(*values->elements));
    return hr;
}

HRESULT STDMETHODCALLTYPE IPropertyStorage_WriteMultiple_Proxy(IPropertyStorage *iface, ULONG count,
        const PROPSPEC *specs, const PROPVARIANT *values, PROPID first)
{
    PROPSPECS named = {count, FALSE, (PROPSPEC *)specs};
    PROPVARIANTS written = {count, FALSE, (PROPVARIANT *)values};

    if (count && (!specs || !values))
        return E_INVALIDARG;
    return IPropertyStorage_RemoteWriteMultiple_Proxy(iface, count, &named, &written, first);
}

HRESULT __RPC_STUB IPropertyStorage_WriteMultiple_Stub(IPropertyStorage *iface, ULONG count,
        PROPSPECS *specs, PROPVARIANTS *values, PROPID first)
{
    if (!AGREES(specs, count) || !AGREES(values, count))
        return HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    return IPropertyStorage_WriteMultiple(iface, count, specs->elements, values->elements, first);
}

HRESULT STDMETHODCALLTYPE IPropertyStorage_DeleteMultiple_Proxy(IPropertyStorage *iface,
        ULONG count, const PROPSPEC *specs)
{
    PROPSPECS named = {count, FALSE, (PROPSPEC *)specs};

    if (count && !specs)
        return E_INVALIDARG;
    return IPropertyStorage_RemoteDeleteMultiple_Proxy(iface, count, &named);
}

HRESULT __RPC_STUB IPropertyStorage_DeleteMultiple_Stub(IPropertyStorage *iface, ULONG count,
        PROPSPECS *specs)
{
    if (!AGREES(specs, count))
        return HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    return IPropertyStorage_DeleteMultiple(iface, count, specs->elements);
}

HRESULT STDMETHODCALLTYPE IPropertyStorage_ReadPropertyNames_Proxy(IPropertyStorage *iface,
        ULONG count, const PROPID *ids, LPOLESTR *names)
{
    PROPNAMES read = {0};
    HRESULT hr;

    if (count && (!ids || !names))
        return E_INVALIDARG;
    if (count)
        memset(names, 0, count * sizeof(*names));
    hr = IPropertyStorage_RemoteReadPropertyNames_Proxy(iface, count, ids, &read);
    if (SUCCEEDED(hr) && !AGREES(&read, count))
        hr = HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    if (SUCCEEDED(hr) && count)
    {
        memcpy(names, read.elements, count * sizeof(*names));
        read.count = 0;
    }
    PROPNAMES_UserFree(&(ULONG){MSHCTX_LOCAL}, &read);
    return hr;
}

HRESULT __RPC_STUB IPropertyStorage_ReadPropertyNames_Stub(IPropertyStorage *iface, ULONG count,
        const PROPID *ids, PROPNAMES *names)
{
    HRESULT hr;

    memset(names, 0, sizeof(*names));
    if (!(names->elements = CoTaskMemAlloc(count * sizeof(*names->elements))))
        return E_OUTOFMEMORY;
    memset(names->elements, 0, count * sizeof(*names->elements));
    names->count = count;
    hr = IPropertyStorage_ReadPropertyNames(iface, count, ids, names->elements);
    if (FAILED(hr)) /* what is there is not the caller's */
        memset(names->elements, 0, count * sizeof(*names->elements));
    return hr;
}

HRESULT STDMETHODCALLTYPE IPropertyStorage_WritePropertyNames_Proxy(IPropertyStorage *iface,
        ULONG count, const PROPID *ids, const LPOLESTR *names)
{
    PROPNAMES written = {count, FALSE, (LPOLESTR *)names};

    if (count && (!ids || !names))
        return E_INVALIDARG;
    return IPropertyStorage_RemoteWritePropertyNames_Proxy(iface, count, ids, &written);
}

HRESULT __RPC_STUB IPropertyStorage_WritePropertyNames_Stub(IPropertyStorage *iface, ULONG count,
        const PROPID *ids, PROPNAMES *names)
{
    if (!AGREES(names, count))
        return HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    return IPropertyStorage_WritePropertyNames(iface, count, ids, names->elements);
}
