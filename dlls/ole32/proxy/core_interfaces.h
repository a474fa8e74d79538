/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The declarations of the interfaces in idl/core.idl and its kin: those of the compiler's public
 * headers. The generated proxies include this in place of a header from widl. */
#ifndef CONCIERGE_CORE_INTERFACES_H
#define CONCIERGE_CORE_INTERFACES_H

#include <unknwn.h>
#include <rpc.h>
#include <rpcproxy.h>
#include <objidl.h>
#include <inspectable.h>
#include <activation.h>
#include <oaidl.h>
#include <comcat.h>
#include <ocidl.h>
#include <oleidl.h>
#include <propidl.h>
#include <servprov.h>
#include <urlmon.h>

#include "property_wire.h"

/* rpcrt4's; the headers declare them for C++ only. */
HRESULT STDMETHODCALLTYPE IUnknown_QueryInterface_Proxy(IUnknown *iface, REFIID iid, void **out);
ULONG STDMETHODCALLTYPE IUnknown_AddRef_Proxy(IUnknown *iface);
ULONG STDMETHODCALLTYPE IUnknown_Release_Proxy(IUnknown *iface);

/* Not in the headers: dlls/ole32/ole/user_medium.c has them. */
ULONG __RPC_USER ASYNC_STGMEDIUM_UserSize(ULONG *flags, ULONG size, STGMEDIUM *medium);
BYTE *__RPC_USER ASYNC_STGMEDIUM_UserMarshal(ULONG *flags, BYTE *buffer, STGMEDIUM *medium);
BYTE *__RPC_USER ASYNC_STGMEDIUM_UserUnmarshal(ULONG *flags, BYTE *buffer, STGMEDIUM *medium);
void __RPC_USER ASYNC_STGMEDIUM_UserFree(ULONG *flags, STGMEDIUM *medium);

/* IOleCache::SetData is not [local] in the headers; idl/ole_data.idl says why it is here. */
typedef FLAG_STGMEDIUM CACHE_STGMEDIUM;
ULONG __RPC_USER CACHE_STGMEDIUM_UserSize(ULONG *flags, ULONG size, CACHE_STGMEDIUM *medium);
BYTE *__RPC_USER CACHE_STGMEDIUM_UserMarshal(ULONG *flags, BYTE *buffer, CACHE_STGMEDIUM *medium);
BYTE *__RPC_USER CACHE_STGMEDIUM_UserUnmarshal(ULONG *flags, BYTE *buffer, CACHE_STGMEDIUM *medium);
void __RPC_USER CACHE_STGMEDIUM_UserFree(ULONG *flags, CACHE_STGMEDIUM *medium);
HRESULT STDMETHODCALLTYPE IOleCache_RemoteSetData_Proxy(IOleCache *iface, FORMATETC *format,
        CACHE_STGMEDIUM *medium, BOOL release);
HRESULT STDMETHODCALLTYPE IOleCache_SetData_Proxy(IOleCache *iface, FORMATETC *format,
        STGMEDIUM *medium, BOOL release);
HRESULT __RPC_STUB IOleCache_SetData_Stub(IOleCache *iface, FORMATETC *format,
        CACHE_STGMEDIUM *medium, BOOL release);

/* Nor are methods of IPropertyStorage; idl/properties.idl. */
HRESULT STDMETHODCALLTYPE IPropertyStorage_RemoteReadMultiple_Proxy(IPropertyStorage *iface,
        ULONG count, PROPSPECS *specs, PROPVARIANTS *values);
HRESULT STDMETHODCALLTYPE IPropertyStorage_ReadMultiple_Proxy(IPropertyStorage *iface, ULONG count,
        const PROPSPEC *specs, PROPVARIANT *values);
HRESULT __RPC_STUB IPropertyStorage_ReadMultiple_Stub(IPropertyStorage *iface, ULONG count,
        PROPSPECS *specs, PROPVARIANTS *values);
HRESULT STDMETHODCALLTYPE IPropertyStorage_RemoteWriteMultiple_Proxy(IPropertyStorage *iface,
        ULONG count, PROPSPECS *specs, PROPVARIANTS *values, PROPID first);
HRESULT STDMETHODCALLTYPE IPropertyStorage_WriteMultiple_Proxy(IPropertyStorage *iface, ULONG count,
        const PROPSPEC *specs, const PROPVARIANT *values, PROPID first);
HRESULT __RPC_STUB IPropertyStorage_WriteMultiple_Stub(IPropertyStorage *iface, ULONG count,
        PROPSPECS *specs, PROPVARIANTS *values, PROPID first);
HRESULT STDMETHODCALLTYPE IPropertyStorage_RemoteDeleteMultiple_Proxy(IPropertyStorage *iface,
        ULONG count, PROPSPECS *specs);
HRESULT STDMETHODCALLTYPE IPropertyStorage_DeleteMultiple_Proxy(IPropertyStorage *iface,
        ULONG count, const PROPSPEC *specs);
HRESULT __RPC_STUB IPropertyStorage_DeleteMultiple_Stub(IPropertyStorage *iface, ULONG count,
        PROPSPECS *specs);
HRESULT STDMETHODCALLTYPE IPropertyStorage_RemoteReadPropertyNames_Proxy(IPropertyStorage *iface,
        ULONG count, const PROPID *ids, PROPNAMES *names);
HRESULT STDMETHODCALLTYPE IPropertyStorage_ReadPropertyNames_Proxy(IPropertyStorage *iface,
        ULONG count, const PROPID *ids, LPOLESTR *names);
HRESULT __RPC_STUB IPropertyStorage_ReadPropertyNames_Stub(IPropertyStorage *iface, ULONG count,
        const PROPID *ids, PROPNAMES *names);
HRESULT STDMETHODCALLTYPE IPropertyStorage_RemoteWritePropertyNames_Proxy(IPropertyStorage *iface,
        ULONG count, const PROPID *ids, PROPNAMES *names);
HRESULT STDMETHODCALLTYPE IPropertyStorage_WritePropertyNames_Proxy(IPropertyStorage *iface,
        ULONG count, const PROPID *ids, const LPOLESTR *names);
HRESULT __RPC_STUB IPropertyStorage_WritePropertyNames_Stub(IPropertyStorage *iface, ULONG count,
        const PROPID *ids, PROPNAMES *names);

#endif
