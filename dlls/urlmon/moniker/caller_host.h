/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container of an object that downloads something. */
#ifndef CONCIERGE_CALLER_HOST_H
#define CONCIERGE_CALLER_HOST_H

#include <urlmon.h>

/* The IBindHost of the object's container, with a reference; NULL: there is none, or no object. */
IBindHost *caller_host_get(IUnknown *caller);

/* A moniker for a URL, of the host if there is one. */
HRESULT caller_host_moniker(IBindHost *host, IBindCtx *context, const WCHAR *url, IMoniker **out);

/* Binds to its storage, a stream: through the host if there is one. */
HRESULT caller_host_bind(IBindHost *host, IMoniker *moniker, IBindCtx *context,
        IBindStatusCallback *callback, void **out);

#endif
