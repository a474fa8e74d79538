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

#include "http_digest.h"
#include "cache_http.h"
#include "inet_call.h"
#include "http_upload.h"
#include "http_cookies.h"
#include "http_watch.h"
#include "inet_protocol.h"
#include "inflate.h"

#define HTTP_MAX_HOPS 20u             /* redirects */
#define HTTP_MAX_ANSWERS 4u           /* to 401 and 407 */
#define HTTP_MAX_HEADERS (256u << 10) /* characters of an answer's headers */

/* Why the apartment's thread is wanted: dwState of the PROTOCOLDATA. */
enum http_state
{
    HTTP_STATE_ANSWER = 1, /* the server has answered */
    HTTP_STATE_PROBLEM,    /* with its certificate */
    HTTP_STATE_UPLOAD,     /* more of a stream is to be sent */
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

/* How a server or proxy is told who the client is. */
struct http_login
{
    unsigned int scheme; /* an http_scheme; 0: not at all */
    BOOL right;          /* a proxy's: it has let somebody through by that */
    BOOL asked;          /* a proxy's: it has asked on the way to this server */
    struct http_digest digest;
};

struct http_protocol
{
    struct inet_protocol protocol;
    struct inet_call_owner owner;
    struct http_url url;
    WCHAR *verb;
    WCHAR *headers;             /* with what the client added */
    WCHAR *sent_headers;        /* and with what belongs to one request */
    WCHAR **accept;             /* media types, NULL at the end; CoTaskMemFree */
    struct http_upload *upload; /* large data, or */
    BYTE *body;                 /* what is sent */
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
    BOOL cookieless;          /* WinINet had no cookies for it */
    LONG64 began;             /* when it was to be sent: http_cookies_now */
    BOOL heading, uploading;  /* the head of a large request is under way, its data are */
    struct http_watch watch;
    /* The body. */
    BOOL chunked;  /* its end is to be proved */
    BOOL finished; /* and has been */
    struct inflate *inflate;
    BOOL decoded;           /* all of it */
    DWORD turn;             /* bytes read with one slot */
    DWORD raw_at, raw_used; /* of the call's scratch */
    UINT64 raw_received;
    WCHAR *validator; /* for If-Range; NULL: it cannot be resumed */
    BOOL resuming;
    unsigned int resumes;
    unsigned int hops, answers, repeats, problems;
    WCHAR *user, *password; /* from IAuthenticate */
    WCHAR *proxy_user, *proxy_password;
    struct http_login login, proxy_login; /* how they are told */
    const CERT_CONTEXT *certificate;      /* of the client; NULL: it has none */
    DWORD status;
    WCHAR *raw_headers; /* of the answer */
    struct cache_http cache;
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

/* Its IHttpNegotiate with a reference: it may end the binding in a call, and that lets it go. NULL:
 * there is none, or none any more. */
IHttpNegotiate *http_client_negotiate(struct http_protocol *http);

/* http_request.c: sends, or sends again. S_OK: something follows. */
HRESULT http_request_send(struct http_protocol *http);
struct inet_call *http_request_call(struct http_protocol *http); /* with a reference, or NULL */
void http_request_complete(struct inet_call_owner *owner, struct inet_call *call, DWORD error);
void http_request_status(struct inet_call_owner *owner, DWORD status, const void *info, DWORD size);
void http_request_granted(struct inet_slot *slot);
void http_request_detach(struct inet_protocol *protocol);

/* With an authentication of its own WinINet sends a request more than once: then it sees to the
 * cookies of the answers between as well. FALSE: that is so, or there are to be no cookies. */
BOOL http_request_may_go_cookieless(const struct http_protocol *http);
void http_request_close(struct inet_protocol *protocol);

/* http_send.c: the data of a request, when they are large; its head has been sent. */
void http_send_begin(struct http_protocol *http);
void http_send_proceed(struct http_protocol *http); /* HTTP_STATE_UPLOAD */

/* http_body.c: the body of an answer. */
HRESULT http_body_prepare(struct http_protocol *http, UINT64 *total);
HRESULT http_body_read(struct inet_protocol *protocol, void *data, DWORD size, DWORD *got,
        DWORD *error);
void http_body_free(struct http_protocol *http);

/* What asks for the rest of a body that broke off, and the answer, if there is one. */
HRESULT http_body_resume_headers(struct http_protocol *http, WCHAR **headers);
void http_body_resumed(struct http_protocol *http, BOOL answered);

/* http_response.c: what came of the request. */
void http_response_take(struct http_protocol *http);

/* A header of the answer, be it the server's or that in the cache; free() it. NULL: it is not
 * there. Equal names count from 0. WinINet puts all headers together for each question that it is
 * asked: it is asked for those that are there. */
WCHAR *http_response_header(struct http_protocol *http, DWORD query, const WCHAR *name,
        unsigned int index);

/* What is kept of the URL is the answer; `here`: the client may be asked on this thread. */
void http_response_take_cached(struct http_protocol *http, BOOL here);

BOOL http_response_is_redirect(DWORD status);

/* Switches to the apartment's thread for something. */
void http_response_await(struct http_protocol *http, enum http_state state);

/* On the apartment's thread, unless nobody is to be asked. */
void http_response_proceed(struct inet_protocol *protocol, DWORD state);
void http_response_complete(struct inet_protocol *protocol);

/* http_security.c. S_OK: worth another try; else the error. */
HRESULT http_security_problem(struct http_protocol *http, DWORD problem);
void http_secret_free(WCHAR *text);

/* http_authenticate.c: the client is asked who it is. S_OK: worth another try; else the error.
 * Page: IAuthenticateEx::AuthenticateEx. */
HRESULT http_authenticate(struct http_protocol *http, BOOL proxy);

/* Adds what answers to Basic and Digest challenges to the headers of a request. */
HRESULT http_authenticate_headers(struct http_protocol *http, WCHAR **headers);

/* And to what a proxy is told that leads to an https server (CONNECT). */
HRESULT http_authenticate_connect(struct http_protocol *http, struct inet_call *call);

/* Whether the answer asks who the client is; a proxy's only when it is one's. */
BOOL http_authenticate_is_wanted(struct http_protocol *http);

/* The proxy has let a request through: what it was told is right. */
void http_authenticate_passed(struct http_protocol *http);

/* http_certificate.c: the client's certificate. Asks for it; gives it to WinINet, for a request;
 * forgets it, since it is for no other server. */
void http_certificate_ask(struct http_protocol *http);
void http_certificate_use(struct http_protocol *http, struct inet_call *call);
void http_certificate_forget(struct http_protocol *http);

/* http_info.c */
HRESULT http_query_option(struct inet_protocol *protocol, DWORD option, void *data, DWORD *size);
HRESULT http_query_info(struct inet_protocol *protocol, DWORD option, void *data, DWORD *size,
        DWORD *flags, DWORD *reserved);

#endif
