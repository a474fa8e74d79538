/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "channel_methods.h"

#include "not_implemented.h"
#include "orpc.h"

HRESULT STDMETHODCALLTYPE channel_GetProtocolVersion(IRpcChannelBuffer3 *iface, DWORD *version)
{
    (void)iface;
    if (!version)
        return E_INVALIDARG;
    *version = MAKELONG(ORPC_VERSION_MAJOR, ORPC_VERSION_MINOR);
    return S_OK;
}

HRESULT STDMETHODCALLTYPE channel_GetDestCtxEx(IRpcChannelBuffer3 *iface, RPCOLEMESSAGE *message,
        DWORD *dest_context, void **dest_data)
{
    (void)message;
    return IRpcChannelBuffer3_GetDestCtx(iface, dest_context, dest_data);
}

HRESULT STDMETHODCALLTYPE channel_GetState(IRpcChannelBuffer3 *iface, RPCOLEMESSAGE *message,
        DWORD *state)
{
    (void)iface;
    (void)message;
    (void)state;
    return NOT_IMPLEMENTED();
}

HRESULT STDMETHODCALLTYPE channel_RegisterAsync(IRpcChannelBuffer3 *iface, RPCOLEMESSAGE *message,
        IAsyncManager *manager)
{
    (void)iface;
    (void)message;
    (void)manager;
    return NOT_IMPLEMENTED();
}

HRESULT channel_dest_context(DWORD dest, DWORD *dest_context, void **dest_data)
{
    if (!dest_context)
        return E_INVALIDARG;
    *dest_context = dest;
    if (dest_data)
        *dest_data = NULL;
    return S_OK;
}
