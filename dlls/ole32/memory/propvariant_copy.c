/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PropVariantCopy, PropVariantClear and its kin, and what gives BSTRs of properties. */
#include "propvariant_type.h"

#include <string.h>

#include "oleaut.h"

static HRESULT propvariant_copy(PROPVARIANT *to, const PROPVARIANT *from, unsigned int depth);

/* A copy of `size` bytes on the task heap; NULL for NULL. */
static HRESULT bytes_copy(const void *from, size_t size, void *out)
{
    void *copy = NULL;

    if (from)
    {
        copy = CoTaskMemAlloc(size);
        if (!copy)
            return E_OUTOFMEMORY;
        memcpy(copy, from, size);
    }
    *(void **)out = copy;
    return S_OK;
}

static HRESULT bstr_copy(BSTR from, BSTR *out)
{
    const struct oleaut *oleaut;

    *out = NULL;
    if (!from)
        return S_OK;
    oleaut = oleaut_get();
    if (oleaut)
        *out = oleaut->SysAllocStringByteLen((const char *)from, oleaut->SysStringByteLen(from));
    return *out ? S_OK : E_OUTOFMEMORY;
}

static HRESULT safearray_copy(SAFEARRAY *from, SAFEARRAY **out)
{
    const struct oleaut *oleaut;

    *out = NULL;
    if (!from)
        return S_OK;
    oleaut = oleaut_get();
    return oleaut ? oleaut->SafeArrayCopy(from, out) : E_OUTOFMEMORY;
}

static HRESULT blob_copy(const BLOB *from, BLOB *out)
{
    out->cbSize = 0;
    out->pBlobData = NULL;
    if (from->cbSize && !from->pBlobData)
        return STG_E_INVALIDPARAMETER;
    if (from->cbSize && FAILED(bytes_copy(from->pBlobData, from->cbSize, &out->pBlobData)))
        return E_OUTOFMEMORY;
    out->cbSize = from->cbSize;
    return S_OK;
}

/* cbSize counts the format as well. */
static HRESULT clipdata_copy(const CLIPDATA *from, CLIPDATA *out)
{
    ULONG bytes =
            from->cbSize >= sizeof(from->ulClipFmt) ? from->cbSize - sizeof(from->ulClipFmt) : 0;

    *out = *from;
    out->pClipData = NULL;
    if (!from->pClipData || !bytes)
        return S_OK;
    return bytes_copy(from->pClipData, bytes, &out->pClipData);
}

static HRESULT clipdata_pointer_copy(const CLIPDATA *from, CLIPDATA **out)
{
    CLIPDATA *copy;
    HRESULT hr;

    *out = NULL;
    if (!from)
        return S_OK;
    copy = CoTaskMemAlloc(sizeof(*copy));
    if (!copy)
        return E_OUTOFMEMORY;
    hr = clipdata_copy(from, copy);
    if (SUCCEEDED(hr))
        *out = copy;
    else
        CoTaskMemFree(copy);
    return hr;
}

static HRESULT versioned_stream_copy(const VERSIONEDSTREAM *from, VERSIONEDSTREAM **out)
{
    HRESULT hr = bytes_copy(from, sizeof(*from), out);

    if (SUCCEEDED(hr) && from && from->pStream)
        IStream_AddRef(from->pStream);
    return hr;
}

/* Copies what an element of a vector, or a PROPVARIANT's union, holds. */
static HRESULT element_copy(enum propvariant_kind kind, size_t size, const void *from, void *to,
        unsigned int depth)
{
    const void *pointer;

    switch (kind)
    {
    case KIND_PLAIN:
        memcpy(to, from, size);
        return S_OK;
    case KIND_BLOB:
        return blob_copy(from, to);
    case KIND_CLIPDATA:
        return clipdata_copy(from, to);
    case KIND_VARIANT:
        return propvariant_copy(to, from, depth + 1);
    default:
        break;
    }
    pointer = *(const void *const *)from;
    switch (kind)
    {
    case KIND_LPSTR:
        return bytes_copy(pointer, pointer ? strlen(pointer) + 1 : 0, to);
    case KIND_LPWSTR:
        return bytes_copy(pointer, pointer ? (wcslen(pointer) + 1) * sizeof(WCHAR) : 0, to);
    case KIND_CLSID:
        return bytes_copy(pointer, sizeof(CLSID), to);
    case KIND_BSTR:
        return bstr_copy((BSTR)pointer, to);
    case KIND_SAFEARRAY:
        return safearray_copy((SAFEARRAY *)pointer, to);
    case KIND_VERSIONED_STREAM:
        return versioned_stream_copy(pointer, to);
    case KIND_INTERFACE:
        if (pointer)
            IUnknown_AddRef((IUnknown *)pointer);
        *(const void **)to = pointer;
        return S_OK;
    default:
        return STG_E_INVALIDPARAMETER;
    }
}

static HRESULT vector_copy(const struct propvariant_type *type, const CAUB *from, CAUB *to,
        unsigned int depth)
{
    HRESULT hr = S_OK;
    ULONG done;

    to->cElems = 0;
    to->pElems = NULL;
    if (!from->cElems)
        return S_OK;
    if (!from->pElems || from->cElems > MAXLONG / type->element_size)
        return STG_E_INVALIDPARAMETER;
    to->pElems = CoTaskMemAlloc(from->cElems * type->element_size);
    if (!to->pElems)
        return E_OUTOFMEMORY;
    if (type->element == KIND_PLAIN)
    {
        memcpy(to->pElems, from->pElems, from->cElems * type->element_size);
        to->cElems = from->cElems;
        return S_OK;
    }
    for (done = 0; done < from->cElems; done++)
    {
        hr = element_copy(type->element, type->element_size,
                from->pElems + done * type->element_size, to->pElems + done * type->element_size,
                depth);
        if (FAILED(hr))
            break;
    }
    to->cElems = done;
    if (SUCCEEDED(hr))
        return S_OK;
    while (done--)
        propvariant_element_clear(type->element, to->pElems + done * type->element_size, depth);
    CoTaskMemFree(to->pElems);
    to->cElems = 0;
    to->pElems = NULL;
    return hr;
}

static HRESULT propvariant_copy(PROPVARIANT *to, const PROPVARIANT *from, unsigned int depth)
{
    struct propvariant_type type = propvariant_type_of(from->vt);
    PROPVARIANT copy = *from;
    HRESULT hr = S_OK;

    if (type.kind == KIND_INVALID || depth > PROPVARIANT_DEPTH)
        hr = STG_E_INVALIDPARAMETER;
    else if (type.kind == KIND_VECTOR)
        hr = vector_copy(&type, &from->caub, &copy.caub, depth);
    else if (type.kind == KIND_CLIPDATA)
        hr = clipdata_pointer_copy(from->pclipdata, &copy.pclipdata);
    else if (type.kind != KIND_PLAIN)
        hr = element_copy(type.kind, type.element_size, &from->pszVal, &copy.pszVal, depth);
    if (FAILED(hr))
        memset(&copy, 0, sizeof(copy));
    *to = copy;
    return hr;
}

/*
 * Copies a variant with all that it holds; of interfaces and of VT_BYREF the pointer. What was in
 * `to` is overwritten, not freed; VT_EMPTY when it fails. S_OK, E_INVALIDARG for NULL,
 * E_OUTOFMEMORY, STG_E_INVALIDPARAMETER for a type that a PROPVARIANT cannot have, and for a vector
 * or blob that says it has something and has nothing. combaseapi/nf-combaseapi-propvariantcopy
 */
HRESULT WINAPI PropVariantCopy(PROPVARIANT *to, const PROPVARIANT *from)
{
    if (!to || !from)
        return E_INVALIDARG;
    return propvariant_copy(to, from, 0);
}

BSTR WINAPI PropSysAllocString(LPCOLESTR text);
void WINAPI PropSysFreeString(BSTR text);

/* A BSTR for a property; NULL when out of memory. Not documented; exported for programs that use
 * the property set functions without oleaut32. */
BSTR WINAPI PropSysAllocString(LPCOLESTR text)
{
    BSTR bstr;

    return FAILED(oleaut_bstr(text, &bstr)) ? NULL : bstr;
}

void WINAPI PropSysFreeString(BSTR text)
{
    const struct oleaut *oleaut = text ? oleaut_get() : NULL;

    if (oleaut)
        oleaut->SysFreeString(text);
}

/*
 * Frees all that the variant holds, and clears it to VT_EMPTY, also when it fails. NULL is fine.
 * S_OK, STG_E_INVALIDPARAMETER for a type that a PROPVARIANT cannot have: then nothing is freed,
 * for what is there is not known. combaseapi/nf-combaseapi-propvariantclear
 */
HRESULT WINAPI PropVariantClear(PROPVARIANT *value)
{
    return value ? propvariant_clear(value, 0) : S_OK;
}

/*
 * PropVariantClear for each of `count` variants. NULL is fine. S_OK, STG_E_INVALIDPARAMETER when
 * any has an invalid type; the others are freed all the same.
 * combaseapi/nf-combaseapi-freepropvariantarray
 */
HRESULT WINAPI FreePropVariantArray(ULONG count, PROPVARIANT *values)
{
    HRESULT hr = S_OK;

    if (!values)
        return S_OK;
    for (ULONG i = 0; i < count; i++)
    {
        if (FAILED(propvariant_clear(&values[i], 0)))
            hr = STG_E_INVALIDPARAMETER;
    }
    return hr;
}
