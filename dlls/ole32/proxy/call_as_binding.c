/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IBindCtx's options, which are as long as their first member says, and IRunnableObject's answer,
 * which is a BOOL. */
#include <string.h>

#include "core_interfaces.h"

/* BIND_OPTS2 of a 32-bit process. */
#define OPTIONS_WIDE_MIN 32u

/* Which size the other side, perhaps of the other word size, is told: the window of BIND_OPTS3
 * stays where it is. */
static DWORD options_size(DWORD size)
{
    return size < OPTIONS_WIDE_MIN ? size : (DWORD)sizeof(BIND_OPTS2);
}

/* What the caller has of the options, the rest zero. */
static void options_widen(BIND_OPTS2 *wide, const BIND_OPTS *options)
{
    DWORD size = options_size(options->cbStruct);

    memset(wide, 0, sizeof(*wide));
    memcpy(wide, options, size < options->cbStruct ? size : options->cbStruct);
    wide->cbStruct = size;
}

HRESULT STDMETHODCALLTYPE IBindCtx_SetBindOptions_Proxy(IBindCtx *iface, BIND_OPTS *options)
{
    BIND_OPTS2 wide;

    if (!options || options->cbStruct < sizeof(DWORD))
        return E_INVALIDARG;
    options_widen(&wide, options);
    return IBindCtx_RemoteSetBindOptions_Proxy(iface, (void *)&wide);
}

HRESULT __RPC_STUB IBindCtx_SetBindOptions_Stub(IBindCtx *iface, BIND_OPTS2 *options)
{
    options->cbStruct = options_size(options->cbStruct);
    return IBindCtx_SetBindOptions(iface, (BIND_OPTS *)options);
}

HRESULT STDMETHODCALLTYPE IBindCtx_GetBindOptions_Proxy(IBindCtx *iface, BIND_OPTS *options)
{
    BIND_OPTS2 wide;
    DWORD size;
    HRESULT hr;

    if (!options || options->cbStruct < sizeof(DWORD))
        return E_INVALIDARG;
    size = options->cbStruct;
    memset(&wide, 0, sizeof(wide));
    wide.cbStruct = options_size(size);
    hr = IBindCtx_RemoteGetBindOptions_Proxy(iface, (void *)&wide);
    if (SUCCEEDED(hr))
    {
        wide.cbStruct = size;
        memcpy(options, &wide, size < sizeof(wide) ? size : sizeof(wide));
    }
    return hr;
}

/* The server information belongs to the bind context and has no owner elsewhere: it stays. */
HRESULT __RPC_STUB IBindCtx_GetBindOptions_Stub(IBindCtx *iface, BIND_OPTS2 *options)
{
    DWORD size = options_size(options->cbStruct);
    HRESULT hr;

    if (size < sizeof(DWORD))
        return E_INVALIDARG;
    memset(options, 0, sizeof(*options));
    options->cbStruct = size;
    hr = IBindCtx_GetBindOptions(iface, (BIND_OPTS *)options);
    options->pServerInfo = NULL;
    return hr;
}

BOOL STDMETHODCALLTYPE IRunnableObject_IsRunning_Proxy(IRunnableObject *iface)
{
    return IRunnableObject_RemoteIsRunning_Proxy(iface) == S_OK;
}

HRESULT __RPC_STUB IRunnableObject_IsRunning_Stub(IRunnableObject *iface)
{
    return IRunnableObject_IsRunning(iface) ? S_OK : S_FALSE;
}
