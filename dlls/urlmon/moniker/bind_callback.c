/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The callback of a bind context. It lies in the context as an object parameter, inside a holder,
 * which stays the same when another callback is registered. Bindings under way keep the callback
 * they began with.
 *
 * Pages "RegisterBindStatusCallback", "RevokeBindStatusCallback".
 */
#include "bind_callback.h"

#include "callback_holder.h"
#include "urlmon_module.h"

/* The key of the parameter, which programs know as well. */
static WCHAR callback_key[] = L"_BSCB_Holder_";

/* What is registered in a context, with a reference. S_FALSE, with NULL: nothing. */
static HRESULT context_find(IBindCtx *context, IBindStatusCallback **out)
{
    IUnknown *parameter = NULL;
    HRESULT hr;

    *out = NULL;
    hr = IBindCtx_GetObjectParam(context, callback_key, &parameter);
    if (FAILED(hr) || !parameter)
        return S_FALSE;
    hr = IUnknown_QueryInterface(parameter, &IID_IBindStatusCallback, (void **)out);
    IUnknown_Release(parameter);
    return hr;
}

HRESULT bind_callback_get(IBindCtx *context, IBindStatusCallback **out)
{
    IBindStatusCallback *registered;
    HRESULT hr;

    *out = NULL;
    hr = context_find(context, &registered);
    if (hr != S_OK)
        return hr;
    hr = callback_holder_copy(registered, out);
    IBindStatusCallback_Release(registered);
    return hr;
}

/* Puts a new holder into a context, instead of a foreign callback if there is one. */
static HRESULT context_register(IBindCtx *context, IBindStatusCallback *callback)
{
    IBindStatusCallback *holder;
    HRESULT hr = callback_holder_create(callback, &holder);

    if (FAILED(hr))
        return hr;
    IBindCtx_RevokeObjectParam(context, callback_key);
    hr = IBindCtx_RegisterObjectParam(context, callback_key, (IUnknown *)holder);
    IBindStatusCallback_Release(holder);
    return hr;
}

/*
 * RegisterBindStatusCallback: the callback for all bindings with this context from now on. The one
 * that was there before is removed; *previous (which may be NULL) gets it, or NULL. E_INVALIDARG,
 * E_OUTOFMEMORY. Page "RegisterBindStatusCallback function".
 */
HRESULT WINAPI RegisterBindStatusCallback(IBindCtx *context, IBindStatusCallback *callback,
        IBindStatusCallback **previous, DWORD reserved)
{
    IBindStatusCallback *registered, *old = NULL;
    HRESULT hr = S_FALSE;

    (void)reserved;
    if (previous)
        *previous = NULL;
    if (!context || !callback)
        return E_INVALIDARG;
    if (context_find(context, &registered) == S_OK)
    {
        hr = callback_holder_exchange(registered, callback, &old);
        if (hr == S_FALSE)
            old = registered; /* with its reference */
        else
            IBindStatusCallback_Release(registered);
    }
    if (hr == S_FALSE)
        hr = context_register(context, callback);
    if (SUCCEEDED(hr) && previous)
        *previous = old;
    else if (old)
        IBindStatusCallback_Release(old);
    return hr;
}

/*
 * RevokeBindStatusCallback: takes the callback out of the context, if it is the one registered
 * there. S_OK also when it is not; E_INVALIDARG. Page "RevokeBindStatusCallback function".
 */
HRESULT WINAPI RevokeBindStatusCallback(IBindCtx *context, IBindStatusCallback *callback)
{
    IBindStatusCallback *registered, *client;

    if (!context || !callback)
        return E_INVALIDARG;
    if (context_find(context, &registered) != S_OK)
        return S_OK;
    client = callback_holder_client(registered);
    if (registered == callback || client == callback)
        IBindCtx_RevokeObjectParam(context, callback_key);
    IBindStatusCallback_Release(client);
    IBindStatusCallback_Release(registered);
    return S_OK;
}
