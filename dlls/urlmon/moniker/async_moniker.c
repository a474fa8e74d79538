/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asynchronous monikers of any class. Pages "IsAsyncMoniker function", "Asynchronous and
 * Synchronous Monikers". */
#include "urlmon_module.h"

HRESULT WINAPI BindAsyncMoniker(IMoniker *moniker, DWORD options, IBindStatusCallback *callback,
        REFIID iid, void **out);

static BOOL is_asynchronous(IMoniker *moniker)
{
    IUnknown *object;

    if (FAILED(IMoniker_QueryInterface(moniker, &IID_IAsyncMoniker, (void **)&object)))
        return FALSE;
    IUnknown_Release(object);
    return TRUE;
}

/* The part of a composite that is bound, with all that is to the left of it: the rightmost one;
 * page "IMoniker - Generic Composite Moniker Implementation". NULL: it is none. */
static IMoniker *bound_part(IMoniker *moniker)
{
    IEnumMoniker *parts = NULL;
    IMoniker *part = NULL;
    DWORD kind = MKSYS_NONE;

    if (IMoniker_IsSystemMoniker(moniker, &kind) != S_OK || kind != MKSYS_GENERICCOMPOSITE
            || FAILED(IMoniker_Enum(moniker, FALSE, &parts)) || !parts)
        return NULL;
    if (IEnumMoniker_Next(parts, 1, &part, NULL) != S_OK)
        part = NULL;
    IEnumMoniker_Release(parts);
    return part;
}

/*
 * IsAsyncMoniker: S_OK if the moniker supports IAsyncMoniker, a composite if its rightmost part
 * does, which is the one that is asked to bind; S_FALSE if not. E_INVALIDARG for NULL. Page
 * "IsAsyncMoniker function".
 */
HRESULT WINAPI IsAsyncMoniker(IMoniker *moniker)
{
    IMoniker *part;
    BOOL is;

    if (!moniker)
        return E_INVALIDARG;
    if (is_asynchronous(moniker))
        return S_OK;
    if (!(part = bound_part(moniker)))
        return S_FALSE;
    is = is_asynchronous(part);
    IMoniker_Release(part);
    return is ? S_OK : S_FALSE;
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
