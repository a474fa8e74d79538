/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a caller gives a protocol at Start: its sink and its binding information. Counted, so that
 * it can be taken under a lock and called without one. */
#ifndef CONCIERGE_PROTOCOL_CLIENT_H
#define CONCIERGE_PROTOCOL_CLIENT_H

#include <urlmon.h>

struct protocol_client
{
    LONG references;
    IInternetProtocolSink *sink;
    IInternetBindInfo *bind_info;
};

/* One reference, owned by the caller. NULL: out of memory. */
struct protocol_client *protocol_client_create(IInternetProtocolSink *sink,
        IInternetBindInfo *bind_info);
struct protocol_client *protocol_client_addref(struct protocol_client *client);
void protocol_client_release(struct protocol_client *client); /* NULL is harmless */

/* A service of the caller, by its sink, else by its binding information. E_NOINTERFACE. */
HRESULT protocol_client_service(struct protocol_client *client, REFGUID service, REFIID iid,
        void **out);

/* The protocol that the caller wants to be used instead of the scheme's: a service of its sink,
 * which for a binding is the callback's IInternetProtocol, else its IServiceProvider's. S_FALSE,
 * with NULL: none. */
HRESULT protocol_client_protocol(IInternetProtocolSink *sink, IInternetProtocol **out);

/* IInternetBindInfoEx::GetBindInfoEx, also of a caller that has only IInternetBindInfo. The second
 * pair of flags may be NULL. */
HRESULT protocol_client_bind_info(struct protocol_client *client, DWORD *flags, BINDINFO *info,
        DWORD *flags2, DWORD *reserved);

#endif
