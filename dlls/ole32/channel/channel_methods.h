/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of IRpcChannelBuffer3 which clients' and servers' channels have in common. */
#ifndef CONCIERGE_CHANNEL_METHODS_H
#define CONCIERGE_CHANNEL_METHODS_H

#include <windows.h>
#include <objidl.h>

/* IRpcChannelBuffer2::GetProtocolVersion: minor version in the high word, major in the low one. */
HRESULT STDMETHODCALLTYPE channel_GetProtocolVersion(IRpcChannelBuffer3 *iface, DWORD *version);

/* IRpcChannelBuffer3::GetDestCtxEx: as GetDestCtx. */
HRESULT STDMETHODCALLTYPE channel_GetDestCtxEx(IRpcChannelBuffer3 *iface, RPCOLEMESSAGE *message,
        DWORD *dest_context, void **dest_data);

/* IRpcChannelBuffer3::GetState, RegisterAsync: documented nowhere; E_NOTIMPL. */
HRESULT STDMETHODCALLTYPE channel_GetState(IRpcChannelBuffer3 *iface, RPCOLEMESSAGE *message,
        DWORD *state);
HRESULT STDMETHODCALLTYPE channel_RegisterAsync(IRpcChannelBuffer3 *iface, RPCOLEMESSAGE *message,
        IAsyncManager *manager);

/* What GetDestCtx of both answers: a MSHCTX_…, and no further data. S_OK, E_INVALIDARG. */
HRESULT channel_dest_context(DWORD dest, DWORD *dest_context, void **dest_data);

#endif
