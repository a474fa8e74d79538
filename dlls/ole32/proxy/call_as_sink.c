/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IAdviseSink, IAdviseSink2: methods without a result, which have one on the wire. What becomes of
 * a notification its sender does not learn. */
#include "core_interfaces.h"

void CALLBACK IAdviseSink_OnDataChange_Proxy(IAdviseSink *iface, FORMATETC *format,
        STGMEDIUM *medium)
{
    IAdviseSink_RemoteOnDataChange_Proxy(iface, format, medium);
}

HRESULT __RPC_STUB IAdviseSink_OnDataChange_Stub(IAdviseSink *iface, FORMATETC *format,
        ASYNC_STGMEDIUM *medium)
{
    IAdviseSink_OnDataChange(iface, format, medium);
    return S_OK;
}

void CALLBACK IAdviseSink_OnViewChange_Proxy(IAdviseSink *iface, DWORD aspect, LONG index)
{
    IAdviseSink_RemoteOnViewChange_Proxy(iface, aspect, index);
}

HRESULT __RPC_STUB IAdviseSink_OnViewChange_Stub(IAdviseSink *iface, DWORD aspect, LONG index)
{
    IAdviseSink_OnViewChange(iface, aspect, index);
    return S_OK;
}

void CALLBACK IAdviseSink_OnRename_Proxy(IAdviseSink *iface, IMoniker *moniker)
{
    IAdviseSink_RemoteOnRename_Proxy(iface, moniker);
}

HRESULT __RPC_STUB IAdviseSink_OnRename_Stub(IAdviseSink *iface, IMoniker *moniker)
{
    IAdviseSink_OnRename(iface, moniker);
    return S_OK;
}

void CALLBACK IAdviseSink_OnSave_Proxy(IAdviseSink *iface)
{
    IAdviseSink_RemoteOnSave_Proxy(iface);
}

HRESULT __RPC_STUB IAdviseSink_OnSave_Stub(IAdviseSink *iface)
{
    IAdviseSink_OnSave(iface);
    return S_OK;
}

void CALLBACK IAdviseSink_OnClose_Proxy(IAdviseSink *iface)
{
    IAdviseSink_RemoteOnClose_Proxy(iface);
}

HRESULT __RPC_STUB IAdviseSink_OnClose_Stub(IAdviseSink *iface)
{
    IAdviseSink_OnClose(iface);
    return S_OK;
}

void CALLBACK IAdviseSink2_OnLinkSrcChange_Proxy(IAdviseSink2 *iface, IMoniker *moniker)
{
    IAdviseSink2_RemoteOnLinkSrcChange_Proxy(iface, moniker);
}

HRESULT __RPC_STUB IAdviseSink2_OnLinkSrcChange_Stub(IAdviseSink2 *iface, IMoniker *moniker)
{
    IAdviseSink2_OnLinkSrcChange(iface, moniker);
    return S_OK;
}
