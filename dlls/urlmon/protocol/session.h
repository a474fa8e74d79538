/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of IInternetSession: which protocol and which MIME filter serves what. */
#ifndef CONCIERGE_SESSION_H
#define CONCIERGE_SESSION_H

#include <urlmon.h>

/*
 * A new protocol object for the scheme of `uri`: of a temporary name space, else one of this DLL,
 * else the class under HKEY_CLASSES_ROOT\PROTOCOLS\Handler. `outer` aggregates it or is NULL.
 * *clsid is its class (that of the registration, for a name space). INET_E_UNKNOWN_PROTOCOL: none.
 */
HRESULT session_protocol_create(IUri *uri, IUnknown *outer, IUnknown **inner, CLSID *clsid);

/* The same; with `default_only` without the temporary name space, whose handler has answered
 * INET_E_USE_DEFAULT_PROTOCOLHANDLER. *is_temporary says whether it is of one. */
HRESULT session_handler_create(IUri *uri, BOOL default_only, IUnknown *outer, IUnknown **inner,
        CLSID *clsid, BOOL *is_temporary);

/* The IInternetProtocolInfo for the scheme of `url`. S_FALSE, with NULL: it has none. */
HRESULT session_protocol_info(const WCHAR *url, IInternetProtocolInfo **out);

/* A new MIME filter for a media type. S_FALSE, with NULL: nobody filters it. */
HRESULT session_mime_filter_create(const WCHAR *mime, IUnknown *outer, IUnknown **inner,
        CLSID *clsid);

/* Whether a temporary name space of this process serves `scheme`. */
BOOL session_scheme_is_temporary(const WCHAR *scheme);

#endif
