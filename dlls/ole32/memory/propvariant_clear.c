/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What PropVariantClear and FreePropVariantArray (propvariant_copy.c) free. */
#include "propvariant_type.h"

#include <string.h>

#include "oleaut.h"

/* Frees what an element of a vector holds, or what a PROPVARIANT's union does. */
HRESULT propvariant_element_clear(enum propvariant_kind kind, void *element, unsigned int depth)
{
    const struct oleaut *oleaut;
    void *pointer;

    switch (kind)
    {
    case KIND_PLAIN:
        return S_OK;
    case KIND_LPSTR:
    case KIND_LPWSTR:
    case KIND_CLSID:
        CoTaskMemFree(*(void **)element);
        return S_OK;
    case KIND_BSTR:
        pointer = *(void **)element;
        oleaut = pointer ? oleaut_get() : NULL;
        if (oleaut)
            oleaut->SysFreeString(pointer);
        return S_OK;
    case KIND_SAFEARRAY:
        pointer = *(void **)element;
        oleaut = pointer ? oleaut_get() : NULL;
        return oleaut ? oleaut->SafeArrayDestroy(pointer) : S_OK;
    case KIND_BLOB:
        CoTaskMemFree(((BLOB *)element)->pBlobData);
        return S_OK;
    case KIND_CLIPDATA:
        CoTaskMemFree(((CLIPDATA *)element)->pClipData);
        return S_OK;
    case KIND_INTERFACE:
        if (*(IUnknown **)element)
            IUnknown_Release(*(IUnknown **)element);
        return S_OK;
    case KIND_VERSIONED_STREAM:
        pointer = *(void **)element;
        if (pointer && ((VERSIONEDSTREAM *)pointer)->pStream)
            IStream_Release(((VERSIONEDSTREAM *)pointer)->pStream);
        CoTaskMemFree(pointer);
        return S_OK;
    case KIND_VARIANT:
        return propvariant_clear(element, depth + 1);
    default:
        return STG_E_INVALIDPARAMETER;
    }
}

static HRESULT vector_clear(const struct propvariant_type *type, const CAUB *vector,
        unsigned int depth)
{
    BYTE *element = vector->pElems;
    HRESULT hr = S_OK;

    if (element && type->element != KIND_PLAIN)
    {
        for (ULONG i = 0; i < vector->cElems; i++, element += type->element_size)
        {
            HRESULT element_hr = propvariant_element_clear(type->element, element, depth);

            if (FAILED(element_hr))
                hr = element_hr;
        }
    }
    CoTaskMemFree(vector->pElems);
    return hr;
}

HRESULT propvariant_clear(PROPVARIANT *value, unsigned int depth)
{
    struct propvariant_type type = propvariant_type_of(value->vt);
    PROPVARIANT held = *value;

    /* First of all: releasing an interface may come back to this very variant. */
    memset(value, 0, sizeof(*value));
    if (depth > PROPVARIANT_DEPTH)
        return STG_E_INVALIDPARAMETER;
    if (type.kind == KIND_VECTOR)
        return vector_clear(&type, &held.caub, depth);
    if (type.kind == KIND_CLIPDATA)
    {
        if (held.pclipdata)
            propvariant_element_clear(KIND_CLIPDATA, held.pclipdata, depth);
        CoTaskMemFree(held.pclipdata);
        return S_OK;
    }
    return propvariant_element_clear(type.kind, &held.pszVal, depth);
}
