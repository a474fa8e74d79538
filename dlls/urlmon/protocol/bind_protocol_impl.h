/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of the bind protocol: what its stages ask of it. */
#ifndef CONCIERGE_BIND_PROTOCOL_IMPL_H
#define CONCIERGE_BIND_PROTOCOL_IMPL_H

#include "com_aggregate.h"
#include "protocol_client.h"
#include "protocol_handler.h"

#include <urlmon.h>

struct protocol_stage;

/* A Switch of a filter whose Continue has not come. */
struct pending_switch
{
    struct pending_switch *next;
    struct protocol_handler *handler;
    PROTOCOLDATA data;
};

/*
 * The handler is the bottom stage; each MIME filter is a stage on top of it. Reports go from the
 * bottom up: from a handler to its stage, from there to the filter above, from the filter to its
 * stage, and from the top to the client; reading goes from the top down.
 */
struct bind_protocol
{
    struct com_inner com;
    IInternetProtocolEx IInternetProtocolEx_iface;
    IInternetPriority IInternetPriority_iface;
    IServiceProvider IServiceProvider_iface;
    IInternetThreadSwitch IInternetThreadSwitch_iface;
    BOOL from_urlmon;
    /* Start's, and before it whoever asks the client early. */
    BOOL client_asked;                       /* for a protocol of its own */
    struct protocol_handler *client_handler; /* that, until it is used; or NULL */
    volatile LONG result_reported;
    volatile LONG priority;
    volatile LONG continue_thread; /* the thread in a handler's Continue, or 0 */
    BOOL has_priority;

    SRWLOCK lock; /* guards what follows; never held while calling out */
    BOOL is_started, is_terminated, is_aborted; /* each for good */
    HRESULT abort_reason;
    BOOL handler_is_started;             /* the bottom's: before, Abort is not its business */
    struct protocol_client *client;      /* from Start to Terminate */
    struct protocol_stage *top, *bottom; /* `bottom` borrows its reference from the chain */
    IUri *uri;                           /* what the bottom's handler was started with */
    DWORD start_flags;                   /* PI_ */
    HANDLE_PTR start_reserved;
    DWORD start_thread;
    unsigned int starting; /* handlers inside Start: a redirection waits for its end */
    WCHAR *redirect_url;   /* pending */
    unsigned int redirects;
    struct pending_switch *switches;
};

/* Keeps the object alive, for those who know it by a weak pointer under a lock of their own. FALSE:
 * it is being destroyed. */
BOOL bind_protocol_pin(struct bind_protocol *protocol);
void bind_protocol_unpin(struct bind_protocol *protocol);

/* The client, with a reference; NULL: there is none any more. */
struct protocol_client *bind_protocol_client(struct bind_protocol *protocol);

/* The top stage, with a reference; NULL: there is none. */
struct protocol_stage *bind_protocol_top(struct bind_protocol *protocol);

/* bind_protocol_switch.c */
extern const IInternetThreadSwitchVtbl bind_protocol_switch_vtbl;

/* What the top stage reports. */
HRESULT bind_protocol_progress(struct bind_protocol *protocol, ULONG code, const WCHAR *text);
HRESULT bind_protocol_data(struct bind_protocol *protocol, DWORD flags, ULONG progress, ULONG max);
HRESULT bind_protocol_result(struct bind_protocol *protocol, HRESULT result, DWORD error,
        const WCHAR *text);

/* Any stage: PROTOCOLDATA for the apartment's thread, for Continue of `handler`. */
HRESULT bind_protocol_switch(struct bind_protocol *protocol, struct protocol_handler *handler,
        BOOL is_filter, PROTOCOLDATA *data);

/* The bottom stage: the handler wants another URL. It is closed when this returns. */
HRESULT bind_protocol_redirect(struct bind_protocol *protocol, struct protocol_stage *stage,
        const WCHAR *url);

/* The media type that leaves `stage` is known: it is reported to the client, and filtered, if there
 * is a filter for it. */
void bind_protocol_mime(struct bind_protocol *protocol, struct protocol_stage *stage,
        const WCHAR *mime);

/* Puts the filter for a type above `stage`. TRUE: there was one. With wants_sniffing the type of
 * what the filter makes of the data is found and reported. */
BOOL bind_protocol_filter(struct bind_protocol *protocol, struct protocol_stage *stage,
        const WCHAR *mime, BOOL wants_sniffing);

/* bind_redirect.c: the URL a redirection leads to, if it may be followed: S_OK with *out, else what
 * the binding ends with. Asks the client's IBindCallbackRedirect and IHttpSecurity. */
HRESULT bind_redirect_resolve(struct protocol_client *client, IUri *from, const WCHAR *url,
        unsigned int redirects, IUri **out);

#endif
