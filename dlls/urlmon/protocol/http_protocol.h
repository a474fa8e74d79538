/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * http and https. The way of a request:
 *
 *   Start        http_protocol.c   what the client wants; IHttpNegotiate::BeginningTransaction
 *   send         http_request.c    WinINet's handles, sending, what came of it
 *   Switch       ...               to the apartment's thread, when a client is to be asked
 *   answer       http_response.c   redirects, credentials, certificates, OnResponse, the headers
 *   body         inet_pump.c
 *
 * A request is driven by one thread at a time: the one that started it, then the network's that has
 * its outcome, then perhaps the apartment's.
 */
#ifndef CONCIERGE_HTTP_PROTOCOL_H
#define CONCIERGE_HTTP_PROTOCOL_H

#include "inet_call.h"
#include "inet_protocol.h"

#define HTTP_MAX_HOPS 20u             /* redirects */
#define HTTP_MAX_ANSWERS 4u           /* to 401 and 407 */
#define HTTP_MAX_HEADERS (256u << 10) /* characters of an answer's headers */

/* Why the apartment's thread is wanted: dwState of the PROTOCOLDATA. */
enum http_state
{
    HTTP_STATE_ANSWER = 1, /* the server has answered */
    HTTP_STATE_PROBLEM,    /* with its certificate */
};

/* A URL taken apart for WinINet. */
struct http_url
{
    WCHAR *text; /* whole, without the fragment */
    WCHAR *host, *path;
    WCHAR *user, *password; /* NULL, or what the URL says */
    INTERNET_PORT port;
    BOOL secure;
};

struct http_protocol
{
    struct inet_protocol protocol;
    struct inet_call_owner owner;
    struct http_url url;
    WCHAR *verb;
    WCHAR *headers; /* with what the client added */
    WCHAR **accept; /* media types, NULL at the end; CoTaskMemFree */
    BYTE *body;     /* what is sent */
    DWORD body_size;
    IHttpNegotiate *negotiate;
    struct inet_call *call;   /* guarded by the protocol's lock where several threads can meet */
    struct inet_call *answer; /* the one that has ended: of whoever drives the request */
    DWORD security_flags;     /* SECURITY_FLAG_ of problems that the client overlooks */
    volatile LONG awaited;    /* the HTTP_STATE_ for which Continue is to come, or 0 */
    DWORD error;              /* of the operation that ended */
    DWORD timeout, sent;      /* ms: how long silence is borne, and when it was sent */
    BOOL sending;             /* it is a request that is under way, not a read */
    BOOL retried;             /* on a new connection */
    BOOL plain;               /* asked again without content encodings */
    unsigned int hops, answers, repeats, problems;
    WCHAR *user, *password; /* from IAuthenticate */
    WCHAR *proxy_user, *proxy_password;
    DWORD status;
    WCHAR *raw_headers; /* of the answer */
};

static inline struct http_protocol *http_from_protocol(struct inet_protocol *protocol)
{
    return COM_IMPL_FROM(protocol, struct http_protocol, protocol);
}

/* http_url.c: takes a URL apart. S_OK, INET_E_INVALID_URL, INET_E_UNKNOWN_PROTOCOL. */
HRESULT http_url_parse(const WCHAR *text, struct http_url *url);
void http_url_free(struct http_url *url);

/* http_client.c: what the client says. */
HRESULT http_client_prepare(struct http_protocol *http);

/* http_request.c: sends, or sends again. S_OK: something follows. */
HRESULT http_request_send(struct http_protocol *http);
struct inet_call *http_request_call(struct http_protocol *http); /* with a reference, or NULL */
void http_request_complete(struct inet_call_owner *owner, struct inet_call *call, DWORD error);
void http_request_status(struct inet_call_owner *owner, DWORD status, const void *info, DWORD size);
void http_request_granted(struct inet_slot *slot);
HRESULT http_request_read(struct inet_protocol *protocol, void *data, DWORD size, DWORD *got,
        DWORD *error);
HRESULT http_request_check_end(struct inet_protocol *protocol);
void http_request_detach(struct inet_protocol *protocol);
void http_request_close(struct inet_protocol *protocol);

/* http_response.c: what came of the request. */
void http_response_take(struct http_protocol *http);

/* On the apartment's thread, unless nobody is to be asked. */
void http_response_proceed(struct inet_protocol *protocol, DWORD state);
void http_response_complete(struct inet_protocol *protocol);

/* http_security.c. S_OK: worth another try; else the error. */
HRESULT http_security_problem(struct http_protocol *http, DWORD problem);
HRESULT http_security_authenticate(struct http_protocol *http, BOOL proxy);
void http_secret_free(WCHAR *text);

/* http_info.c */
HRESULT http_query_option(struct inet_protocol *protocol, DWORD option, void *data, DWORD *size);
HRESULT http_query_info(struct inet_protocol *protocol, DWORD option, void *data, DWORD *size,
        DWORD *flags, DWORD *reserved);

#endif
