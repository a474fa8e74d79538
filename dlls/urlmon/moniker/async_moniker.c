/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asynchronous monikers of any class. Pages "IsAsyncMoniker function", "Asynchronous and
 * Synchronous Monikers". */
#include "urlmon_module.h"

HRESULT WINAPI BindAsyncMoniker(IMoniker *moniker, DWORD options, IBindStatusCallback *callback,
        REFIID iid, void **out);

/* IsAsyncMoniker: S_OK or S_FALSE; E_INVALIDARG for NULL. */
HRESULT WINAPI IsAsyncMoniker(IMoniker *moniker)
{
    IUnknown *object;

    if (!moniker)
        return E_INVALIDARG;
    if (FAILED(IMoniker_QueryInterface(moniker, &IID_IAsyncMoniker, (void **)&object)))
        return S_FALSE;
    IUnknown_Release(object);
    return S_OK;
}

/*
 * BindAsyncMoniker: binds to the object of a moniker in a bind context of its own, with a callback
 * or without. What IMoniker::BindToObject returns, MK_S_ASYNCHRONOUS among it; E_INVALIDARG.
 */
HRESULT WINAPI BindAsyncMoniker(IMoniker *moniker, DWORD options, IBindStatusCallback *callback,
        REFIID iid, void **out)
{
    IBindCtx *context;
    HRESULT hr;

    if (out)
        *out = NULL;
    if (!moniker || options || !iid || !out)
        return E_INVALIDARG;
    hr = CreateAsyncBindCtxEx(NULL, 0, callback, NULL, &context, 0);
    if (FAILED(hr))
        return hr;
    hr = IMoniker_BindToObject(moniker, context, NULL, iid, out);
    IBindCtx_Release(context);
    return hr;
}
