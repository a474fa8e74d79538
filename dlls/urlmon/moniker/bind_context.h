/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bind contexts of our own. */
#ifndef CONCIERGE_BIND_CONTEXT_H
#define CONCIERGE_BIND_CONTEXT_H

#include <urlmon.h>

/* A new bind context with the options of a new one (CreateBindCtx), and BIND_MAYBOTHERUSER as
 * asynchronous monikers have it. E_OUTOFMEMORY. */
HRESULT bind_context_create(IBindCtx **out);

/* A bind context that passes everything on to `inner`, and knows IAsyncBindCtx. */
HRESULT bind_context_wrap(IBindCtx *inner, IBindCtx **out);

#endif
