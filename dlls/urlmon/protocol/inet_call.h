/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One HTTP request of WinINet, used asynchronously. Its operations never block; their ends are told
 * on a thread of WinINet's. An operation that is given up ends in its own time: WinINet writes into
 * the call and into its buffer until it says that the handle is closing, and they live that long.
 */
#ifndef CONCIERGE_INET_CALL_H
#define CONCIERGE_INET_CALL_H

#include <windows.h>
#include <wininet.h>

#include "com_object.h"
#include "inet_buffer.h"
#include "inet_socket.h"

struct inet_call;

/* Whom a call reports to, on any thread and without a lock. */
struct inet_call_owner
{
    IUnknown *unknown; /* kept alive while it is told something */
    /* The pending operation has ended; error 0: well. */
    void (*complete)(struct inet_call_owner *owner, struct inet_call *call, DWORD error);
    /* An INTERNET_STATUS_. */
    void (*status)(struct inet_call_owner *owner, DWORD status, const void *info, DWORD size);
};

struct inet_call
{
    struct com_object object;
    SRWLOCK lock;
    struct inet_call_owner *owner; /* NULL: nobody listens any more */
    HINTERNET connect, request;
    struct inet_buffer *buffer;
    INTERNET_BUFFERSW input; /* of the read under way */
    DWORD asked;
    BOOL ready;                 /* that read has brought data, or the end */
    BOOL closing;               /* WinINet has closed the connection */
    BOOL finishing;             /* inet_call_finish */
    struct inet_socket socket;  /* guarded by the lock */
    BYTE *scratch;              /* room for a read that does not go into the buffer */
    WCHAR *connect_headers;     /* inet_call_tell_proxy */
    WCHAR content_encoding[32]; /* as it came: WinINet takes it off when it decodes */
};

/* What is opened. */
struct inet_call_target
{
    const WCHAR *host;
    INTERNET_PORT port;
    const WCHAR *user, *password;
    const WCHAR *verb;
    const WCHAR *path;
    const WCHAR **accept;
    DWORD flags;
    DWORD timeout;
};

/* A call with its handles, for which `owner` must outlive inet_call_detach. S_OK, E_OUTOFMEMORY, or
 * an INET_E_ code with *error. */
HRESULT inet_call_open(HINTERNET session, const struct inet_call_target *target,
        struct inet_buffer *buffer, struct inet_call_owner *owner, struct inet_call **out,
        DWORD *error);

/* Before sending: `headers` (which free() can give back; the call's from now on) are for the proxy
 * that opens a way to the server (CONNECT). They go with a connection that is made for this
 * request, and never through one that is open already: the server would see them. */
void inet_call_tell_proxy(struct inet_call *call, WCHAR *headers);

/* Whether the answer is a server's, come over TLS, and not that of the proxy which leads to it. */
BOOL inet_call_is_secure(struct inet_call *call);

/* Sends. E_PENDING: `complete` follows; S_OK: done; E_FAIL with *error. */
HRESULT inet_call_send(struct inet_call *call, const WCHAR *headers, void *body, DWORD size,
        DWORD *error);

/* The same for a body of `total` bytes that comes in pieces: the head; pieces (blocks: S_OK,
 * E_FAIL); the end, after which the answer comes as after inet_call_send. */
HRESULT inet_call_send_head(struct inet_call *call, const WCHAR *headers, UINT64 total,
        DWORD *error);
HRESULT inet_call_send_piece(struct inet_call *call, const void *data, DWORD size, DWORD *error);
HRESULT inet_call_send_end(struct inet_call *call, DWORD *error);

/* Room for INET_CALL_SCRATCH bytes that lives as long as the call; NULL: out of memory. */
#define INET_CALL_SCRATCH 65536u
BYTE *inet_call_scratch(struct inet_call *call);

/* After the end of a body, of a server that means to keep the connection: closes the request, and
 * `complete` follows. Its error is ERROR_INTERNET_CONNECTION_ABORTED when the body was not whole:
 * WinINet keeps the connection of one that was. */
void inet_call_finish(struct inet_call *call);

/* Ends an operation that is given up, where its socket is known; it fails then. */
void inet_call_break(struct inet_call *call);

/* Bytes that have come and WinINet has not taken, as far as one knows. */
DWORD inet_call_waiting(struct inet_call *call);

/*
 * Reads what has arrived into the buffer's reservation. S_OK: *got bytes; S_FALSE: the end of the
 * body, as far as WinINet knows; E_PENDING: `complete` will say that another try is worth it;
 * E_FAIL with *error.
 */
HRESULT inet_call_read(struct inet_call *call, void *data, DWORD size, DWORD *got, DWORD *error);

/* The owner is told nothing more that has not begun yet. */
void inet_call_detach(struct inet_call *call);

/* Closes the handles. A connection whose request has been read to its end is there for others
 * then. */
void inet_call_close(struct inet_call *call);
void inet_call_release(struct inet_call *call);

/* InternetQueryOption and HttpQueryInfoA of the request: 0, an error, or
 * ERROR_INTERNET_INCORRECT_HANDLE_STATE: it is closed. */
DWORD inet_call_query_option(struct inet_call *call, DWORD option, void *data, DWORD *size);
DWORD inet_call_query_info(struct inet_call *call, DWORD option, void *data, DWORD *size,
        DWORD *index);

/* A header of the answer; free() it. NULL: it is not there. *more counts equal names from 0. */
WCHAR *inet_call_header(struct inet_call *call, DWORD query, DWORD index);

/* The text of an INTERNET_STATUS_: it comes as wide characters or as bytes. */
void inet_call_status_text(const void *info, DWORD size, WCHAR *text, unsigned int room);

/* The status callback of the sessions. */
void CALLBACK inet_call_status(HINTERNET handle, DWORD_PTR context, DWORD status, void *info,
        DWORD size);

#endif
