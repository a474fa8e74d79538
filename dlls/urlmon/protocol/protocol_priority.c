/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocol_priority.h"

COM_DELEGATED_METHODS(priority, struct protocol_priority, IInternetPriority,
        IInternetPriority_iface, com->outer)

static HRESULT STDMETHODCALLTYPE priority_SetPriority(IInternetPriority *iface, LONG value)
{
    InterlockedExchange(&priority_from_IInternetPriority(iface)->value, value);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE priority_GetPriority(IInternetPriority *iface, LONG *value)
{
    if (!value)
        return E_INVALIDARG;
    *value = priority_from_IInternetPriority(iface)->value;
    return S_OK;
}

static const IInternetPriorityVtbl priority_vtbl = {
        priority_IInternetPriority_QueryInterface,
        priority_IInternetPriority_AddRef,
        priority_IInternetPriority_Release,
        priority_SetPriority,
        priority_GetPriority,
};

void protocol_priority_init(struct protocol_priority *priority, const struct com_inner *com)
{
    priority->IInternetPriority_iface.lpVtbl = (IInternetPriorityVtbl *)&priority_vtbl;
    priority->com = com;
    priority->value = THREAD_PRIORITY_NORMAL;
}
