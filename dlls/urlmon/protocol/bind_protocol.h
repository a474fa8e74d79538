/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands between a binding and a protocol handler. */
#ifndef CONCIERGE_BIND_PROTOCOL_H
#define CONCIERGE_BIND_PROTOCOL_H

#include <urlmon.h>

/*
 * Makes the protocol that a binding (from_urlmon) or a caller of IInternetSession::CreateBinding
 * talks to: it finds the handler for the URL, passes binding information and services through, puts
 * MIME filters and the sniffing of content between, and is the handler's sink. Its reports reach
 * the caller's sink on the thread on which the handler makes them.
 *
 * - The sink is asked first, by IServiceProvider, whether the client has brought an
 * IInternetProtocol along for the URL; its Start may answer INET_E_USE_DEFAULT_PROTOCOLHANDLER.
 * - ReportResult reaches the sink once at most; nothing does after Terminate.
 * - Start fails with the handler's error when the handler fails at once, perhaps after its result
 *   was reported as well; INET_E_UNKNOWN_PROTOCOL: nobody serves the scheme.
 * - The sink's Switch wants IInternetProtocol::Continue to be called with the same data. For a
 *   binding, a redirection to another handler also goes through Switch, so that the new handler is
 *   started on the binding's thread; a Switch that fails starts it at once.
 * - With PI_PREFERDEFAULTHANDLER ("choose the default handler over a custom handler", page
 *   "PI_FLAGS enumeration", aa767912) the scheme's own handler is used, if it has one, whatever
 * name spaces there are and whatever the client has brought along; after a redirection too.
 * - Content is sniffed when it is started with PI_MIMEVERIFICATION: the type is reported, by
 *   BINDSTATUS_MIMETYPEAVAILABLE, before the first ReportData; no filters with PI_NOMIMEHANDLER.
 */
HRESULT bind_protocol_create(BOOL from_urlmon, IInternetProtocolEx **out);

/* Asks the client for a protocol of its own, by `sink`, now instead of when it is started: such as
 * before the client hears of the binding. */
void bind_protocol_ask_client(IInternetProtocolEx *protocol, IInternetProtocolSink *sink);

/* The same with an outer IUnknown or NULL; *inner (if asked for) is its own IUnknown. */
HRESULT bind_protocol_create_aggregated(BOOL from_urlmon, IUnknown *outer, IUnknown **inner,
        IInternetProtocolEx **out);

#endif
