/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Property sets. Not there yet. */
#include <windows.h>
#include <ole2.h>

#include "not_implemented.h"

/* None of this is there yet, so the parameters are not used. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* In no header of MinGW-w64. */
BOOLEAN WINAPI StgConvertPropertyToVariant(const SERIALIZEDPROPERTYVALUE *property,
        USHORT code_page, PROPVARIANT *value, void *allocator);
ULONG WINAPI StgPropertyLengthAsVariant(const SERIALIZEDPROPERTYVALUE *property, ULONG size,
        USHORT code_page, BYTE flags);
HRESULT WINAPI PropVariantChangeType(PROPVARIANT *destination, const PROPVARIANT *source, LCID lcid,
        USHORT flags, VARTYPE type);

HRESULT WINAPI FmtIdToPropStgName(const FMTID *fmtid, OLECHAR *name)
{
    if (!name)
        return E_INVALIDARG;
    *name = 0;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI PropStgNameToFmtId(OLECHAR *const name, FMTID *fmtid)
{
    if (!fmtid)
        return E_INVALIDARG;
    *fmtid = GUID_NULL;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI StgCreatePropSetStg(IStorage *storage, DWORD reserved, IPropertySetStorage **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI StgCreatePropStg(IUnknown *object, REFFMTID fmtid, const CLSID *clsid, DWORD flags,
        DWORD reserved, IPropertyStorage **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI StgOpenPropStg(IUnknown *object, REFFMTID fmtid, DWORD flags, DWORD reserved,
        IPropertyStorage **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

SERIALIZEDPROPERTYVALUE *WINAPI StgConvertVariantToProperty(const PROPVARIANT *value,
        USHORT code_page, SERIALIZEDPROPERTYVALUE *property, ULONG *size, PROPID id,
        BOOLEAN reserved, ULONG *indirect)
{
    if (size)
        *size = 0;
    NOT_IMPLEMENTED();
    return NULL;
}

BOOLEAN WINAPI StgConvertPropertyToVariant(const SERIALIZEDPROPERTYVALUE *property,
        USHORT code_page, PROPVARIANT *value, void *allocator)
{
    if (value)
        PropVariantInit(value);
    NOT_IMPLEMENTED();
    return FALSE;
}

ULONG WINAPI StgPropertyLengthAsVariant(const SERIALIZEDPROPERTYVALUE *property, ULONG size,
        USHORT code_page, BYTE flags)
{
    NOT_IMPLEMENTED();
    return 0;
}

HRESULT WINAPI PropVariantChangeType(PROPVARIANT *destination, const PROPVARIANT *source, LCID lcid,
        USHORT flags, VARTYPE type)
{
    return NOT_IMPLEMENTED();
}
