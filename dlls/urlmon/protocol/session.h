/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of IInternetSession: which protocol and which MIME filter serves what. */
#ifndef CONCIERGE_SESSION_H
#define CONCIERGE_SESSION_H

#include <urlmon.h>

/*
 * Which of the handlers for a URL: those of name spaces first, the temporary one before those of
 * the registry (session_name_space.h), then the scheme's own: one of this DLL, else the class under
 * HKEY_CLASSES_ROOT\PROTOCOLS\Handler. Page "About Asynchronous Pluggable Protocols".
 */
struct handler_choice
{
    unsigned int skip;    /* how many handlers of name spaces have given way */
    BOOL is_client;       /* it is the one that the client has brought along, before all of these */
    BOOL prefers_default; /* the scheme's own comes before all others, if it has one */
    /* Of the one that was found: */
    BOOL may_give_way; /* it is one of a name space: there are others after it */
    BOOL is_permanent; /* its class is the registry's, or this DLL's */
    CLSID clsid;       /* CLSID_NULL: it has none; that of the registration, of a temporary one */
};

/* A new protocol object for a URL. `outer` aggregates it or is NULL. INET_E_UNKNOWN_PROTOCOL: none;
 * else an error of its factory. */
HRESULT session_handler_create(IUri *uri, IUnknown *outer, struct handler_choice *choice,
        IUnknown **inner);

/* Whether the scheme of a URL has a handler of its own: one of this DLL, or a registered one. */
BOOL session_has_default(IUri *uri);

/* The first one that can be made. */
HRESULT session_protocol_create(IUri *uri, IUnknown *outer, IUnknown **inner, CLSID *clsid);

/* The IInternetProtocolInfo for the scheme of `url`. S_FALSE, with NULL: it has none. */
HRESULT session_protocol_info(const WCHAR *url, IInternetProtocolInfo **out);

/* A new MIME filter for a media type. S_FALSE, with NULL: nobody filters it. */
HRESULT session_mime_filter_create(const WCHAR *mime, IUnknown *outer, IUnknown **inner,
        CLSID *clsid);

/* Whether a temporary name space of this process serves `scheme`. */
BOOL session_scheme_is_temporary(const WCHAR *scheme);

#endif
