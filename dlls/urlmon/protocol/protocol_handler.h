/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A protocol handler or MIME filter in use: its object and its interfaces, counted together, so
 * that they can be taken under a lock and called without one. */
#ifndef CONCIERGE_PROTOCOL_HANDLER_H
#define CONCIERGE_PROTOCOL_HANDLER_H

#include "protocol_client.h"
#include "session.h"

struct protocol_handler
{
    LONG references;
    LONG terminated;
    BOOL is_aggregated; /* the interfaces below then count their outer object: not held here */
    IUnknown *inner;
    IInternetProtocol *protocol;
    IInternetProtocolEx *protocol_ex; /* or NULL */
    IInternetProtocolSink *sink;      /* of a filter, else NULL */
};

/* The handler of a URL; as session_handler_create. One that cannot be aggregated by `outer` is
 * made without; a permanent name space whose class cannot be made is passed over. */
HRESULT protocol_handler_create(IUri *uri, IUnknown *outer, struct handler_choice *choice,
        struct protocol_handler **out);

/* The handler that a client has brought along, asked for by its sink. S_FALSE, with NULL: none. */
HRESULT protocol_handler_of_client(IInternetProtocolSink *sink, struct protocol_handler **out);

/* The filter of a media type. S_FALSE, with NULL: none. E_NOINTERFACE: it is no filter. */
HRESULT protocol_handler_create_filter(const WCHAR *mime, struct protocol_handler **out);

struct protocol_handler *protocol_handler_addref(struct protocol_handler *handler);
void protocol_handler_release(struct protocol_handler *handler); /* NULL is harmless */

/* StartEx, where there is one, else Start. */
HRESULT protocol_handler_start(struct protocol_handler *handler, IUri *uri,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD flags,
        HANDLE_PTR reserved);

/* Terminate, once. */
void protocol_handler_terminate(struct protocol_handler *handler, DWORD options);

/* IInternetPriority::SetPriority, where there is one. */
void protocol_handler_set_priority(struct protocol_handler *handler, LONG priority);

/* IInternetThreadSwitch: Prepare, or Continue when it is there, on the new thread. S_OK also where
 * there is no such interface. */
HRESULT protocol_handler_switch_thread(struct protocol_handler *handler, BOOL is_there);

/* Read, with the count checked: a handler that claims more than was asked for, or a negative count,
 * has failed (INET_E_DOWNLOAD_FAILURE). */
HRESULT protocol_handler_read(struct protocol_handler *handler, void *buffer, ULONG size,
        ULONG *count);

#endif
