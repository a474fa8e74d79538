/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IMultiQI: pages "IMultiQI interface (objidl.h)", "IMultiQI::QueryMultipleInterfaces".
 * IRpcOptions: pages "IRpcOptions::Set", "IRpcOptions::Query".
 */
#include "proxy_interfaces.h"

#include <stdlib.h>

#include "stub_manager.h"

#define INTERFACES_MAX 0x4000u

PROXY_INTERFACE_METHODS(multi_qi, IMultiQI)
PROXY_INTERFACE_METHODS(rpc_options, IRpcOptions)

/* One question to the server for all interfaces which have no proxy yet. Each element gets its own
 * result. S_OK: all, S_FALSE: some, E_NOINTERFACE: none; E_INVALIDARG. */
static HRESULT STDMETHODCALLTYPE multi_qi_QueryMultipleInterfaces(IMultiQI *iface, ULONG count,
        MULTI_QI *queries)
{
    struct proxy_manager *manager = multi_qi_from_IMultiQI(iface);
    ULONG i, found = 0;
    HRESULT *results;
    IID *iids;

    if (!queries || !count || count > INTERFACES_MAX)
        return E_INVALIDARG;
    for (i = 0; i < count; ++i)
    {
        if (!queries[i].pIID)
            return E_INVALIDARG;
    }
    iids = malloc(count * (sizeof(*iids) + sizeof(*results)));
    if (!iids)
        return E_OUTOFMEMORY;
    results = (HRESULT *)(iids + count);
    if (count > 1)
    {
        WORD asked = 0;

        for (i = 0; i < count; ++i)
        {
            if (!proxy_manager_has(manager, queries[i].pIID))
                iids[asked++] = *queries[i].pIID;
        }
        if (asked)
            proxy_manager_query(manager, iids, asked, results);
    }
    for (i = 0; i < count; ++i)
    {
        queries[i].pItf = NULL;
        queries[i].hr =
                IUnknown_QueryInterface(manager->outer, queries[i].pIID, (void **)&queries[i].pItf);
        found += SUCCEEDED(queries[i].hr);
    }
    free(iids);
    return found == count ? S_OK : found ? S_FALSE : E_NOINTERFACE;
}

const IMultiQIVtbl proxy_multi_qi_vtbl = {
        multi_qi_IMultiQI_QueryInterface,
        multi_qi_IMultiQI_AddRef,
        multi_qi_IMultiQI_Release,
        multi_qi_QueryMultipleInterfaces,
};

/* COMBND_RPCTIMEOUT can be set; COMBND_SERVER_LOCALITY only asked for. */
static HRESULT STDMETHODCALLTYPE rpc_options_Set(IRpcOptions *iface, IUnknown *proxy,
        RPCOPT_PROPERTIES property, ULONG_PTR value)
{
    if (!proxy || property != COMBND_RPCTIMEOUT)
        return E_INVALIDARG;
    if (value > RPC_C_BINDING_MAX_TIMEOUT && value != RPC_C_BINDING_INFINITE_TIMEOUT)
        return E_INVALIDARG;
    rpc_options_from_IRpcOptions(iface)->timeout = (DWORD)value;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE rpc_options_Query(IRpcOptions *iface, IUnknown *proxy,
        RPCOPT_PROPERTIES property, ULONG_PTR *value)
{
    struct proxy_manager *manager = rpc_options_from_IRpcOptions(iface);

    if (!value)
        return E_POINTER;
    *value = 0;
    if (!proxy)
        return E_INVALIDARG;
    switch (property)
    {
    case COMBND_RPCTIMEOUT:
        *value = manager->timeout;
        return S_OK;
    case COMBND_SERVER_LOCALITY:
        *value = manager->stub ? SERVER_LOCALITY_PROCESS_LOCAL : SERVER_LOCALITY_MACHINE_LOCAL;
        return S_OK;
    default:
        return E_INVALIDARG;
    }
}

const IRpcOptionsVtbl proxy_rpc_options_vtbl = {
        rpc_options_IRpcOptions_QueryInterface,
        rpc_options_IRpcOptions_AddRef,
        rpc_options_IRpcOptions_Release,
        rpc_options_Set,
        rpc_options_Query,
};

/* ---- IForegroundTransfer ---- */

PROXY_INTERFACE_METHODS(foreground, IForegroundTransfer)

/* Lets the object's process set the foreground window. S_OK; E_INVALIDARG: not connected to an
 * object; E_ACCESSDENIED: this process may not set it itself.
 * objidl/nf-objidl-iforegroundtransfer-allowforegroundtransfer */
static HRESULT STDMETHODCALLTYPE foreground_AllowForegroundTransfer(IForegroundTransfer *iface,
        void *reserved)
{
    struct proxy_manager *manager = foreground_from_IForegroundTransfer(iface);

    if (reserved || !manager->oxid)
        return E_INVALIDARG;
    return AllowSetForegroundWindow(process_of_oxid(manager->oxid)) ? S_OK : E_ACCESSDENIED;
}

const IForegroundTransferVtbl proxy_foreground_vtbl = {
        foreground_IForegroundTransfer_QueryInterface,
        foreground_IForegroundTransfer_AddRef,
        foreground_IForegroundTransfer_Release,
        foreground_AllowForegroundTransfer,
};
