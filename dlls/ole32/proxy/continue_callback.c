/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "continue_callback.h"

#include <objbase.h>
#include <stdlib.h>

struct continue_callback
{
    IContinue IContinue_iface;
    LONG references;
    continue_function function;
    ULONG_PTR context;
    volatile LONG ended;
    volatile LONG asking; /* calls of the function that are under way */
};

static struct continue_callback *impl_from_IContinue(IContinue *iface)
{
    return CONTAINING_RECORD(iface, struct continue_callback, IContinue_iface);
}

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IContinue *iface, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IContinue))
        return E_NOINTERFACE;
    IContinue_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE callback_AddRef(IContinue *iface)
{
    return (ULONG)InterlockedIncrement(&impl_from_IContinue(iface)->references);
}

static ULONG STDMETHODCALLTYPE callback_Release(IContinue *iface)
{
    struct continue_callback *callback = impl_from_IContinue(iface);
    ULONG references = (ULONG)InterlockedDecrement(&callback->references);

    if (!references)
        free(callback);
    return references;
}

static HRESULT STDMETHODCALLTYPE callback_FContinue(IContinue *iface)
{
    struct continue_callback *callback = impl_from_IContinue(iface);
    BOOL goes_on = FALSE;

    InterlockedIncrement(&callback->asking);
    if (!callback->ended)
        goes_on = callback->function(callback->context);
    if (!InterlockedDecrement(&callback->asking))
        WakeByAddressAll((void *)&callback->asking);
    return goes_on ? S_OK : S_FALSE;
}

static const IContinueVtbl callback_vtbl = {callback_QueryInterface, callback_AddRef,
        callback_Release, callback_FContinue};

HRESULT continue_callback_create(continue_function function, ULONG_PTR context, IContinue **out)
{
    struct continue_callback *callback = calloc(1, sizeof(*callback));

    if (!callback)
        return E_OUTOFMEMORY;
    callback->IContinue_iface.lpVtbl = (IContinueVtbl *)&callback_vtbl;
    callback->references = 1;
    callback->function = function;
    callback->context = context;
    *out = &callback->IContinue_iface;
    return S_OK;
}

void continue_callback_end(IContinue *iface)
{
    struct continue_callback *callback = impl_from_IContinue(iface);
    LONG asking;

    InterlockedExchange(&callback->ended, TRUE);
    while ((asking = callback->asking) != 0)
        WaitOnAddress(&callback->asking, &asking, sizeof(asking), INFINITE);
    CoDisconnectObject((IUnknown *)iface, 0);
    IContinue_Release(iface);
}

BOOL STDMETHODCALLTYPE continue_callback_ask(ULONG_PTR context)
{
    return IContinue_FContinue((IContinue *)context) == S_OK;
}
