/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IStorage: what is reserved has to be NULL and does not cross ("IStorage::OpenStream",
 * "IStorage::EnumElements"), and the excluded interfaces are an array with a count. */
#include "core_interfaces.h"

HRESULT STDMETHODCALLTYPE IStorage_OpenStream_Proxy(IStorage *iface, const OLECHAR *name,
        void *reserved, DWORD mode, DWORD reserved_too, IStream **stream)
{
    if (reserved)
        return STG_E_INVALIDPARAMETER;
    return IStorage_RemoteOpenStream_Proxy(iface, name, 0, NULL, mode, reserved_too, stream);
}

HRESULT __RPC_STUB IStorage_OpenStream_Stub(IStorage *iface, const OLECHAR *name, ULONG size,
        BYTE *reserved, DWORD mode, DWORD reserved_too, IStream **stream)
{
    *stream = NULL;
    if (size || reserved)
        return STG_E_INVALIDPARAMETER;
    return IStorage_OpenStream(iface, name, NULL, mode, reserved_too, stream);
}

HRESULT STDMETHODCALLTYPE IStorage_EnumElements_Proxy(IStorage *iface, DWORD reserved,
        void *reserved_too, DWORD reserved_as_well, IEnumSTATSTG **elements)
{
    if (reserved_too)
        return STG_E_INVALIDPARAMETER;
    return IStorage_RemoteEnumElements_Proxy(iface, reserved, 0, NULL, reserved_as_well, elements);
}

HRESULT __RPC_STUB IStorage_EnumElements_Stub(IStorage *iface, DWORD reserved, ULONG size,
        BYTE *reserved_too, DWORD reserved_as_well, IEnumSTATSTG **elements)
{
    *elements = NULL;
    if (size || reserved_too)
        return STG_E_INVALIDPARAMETER;
    return IStorage_EnumElements(iface, reserved, NULL, reserved_as_well, elements);
}

/* IStorage::CopyTo: without an array its count is ignored. An array of none is not the same as no
 * array. */
HRESULT STDMETHODCALLTYPE IStorage_CopyTo_Proxy(IStorage *iface, DWORD count, const IID *excluded,
        SNB names, IStorage *to)
{
    return IStorage_RemoteCopyTo_Proxy(iface, excluded ? count : 0, excluded, names, to);
}

HRESULT __RPC_STUB IStorage_CopyTo_Stub(IStorage *iface, DWORD count, const IID *excluded,
        SNB names, IStorage *to)
{
    return IStorage_CopyTo(iface, excluded ? count : 0, excluded, names, to);
}
