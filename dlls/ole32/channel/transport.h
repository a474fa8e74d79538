/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The transport between processes: messages and answers, as fast as the platform allows.
 *
 * Every process that exports objects has a port, named by 48 bits which are also the low bits of
 * its apartments' OXIDs: so an OXID says where its process is, and no resolver is asked. A client
 * connects once to a port, through a named pipe; calls go through lanes in shared memory. A lane
 * carries one call at a time, request one way, answer the other; each concurrent call takes a lane
 * of its own, the server has one thread a lane. Both sides spin briefly on the shared memory and
 * only then sleep on an event, so a short call costs no entry into the kernel, or few.
 *
 * The peer is not trusted: everything is copied out of shared memory once, then looked at. Clients
 * notice the server's death by its process handle, the server notices theirs by the end of their
 * pipe: calls in flight end, references are given back.
 */
#ifndef CONCIERGE_TRANSPORT_H
#define CONCIERGE_TRANSPORT_H

#include <windows.h>
#include <objbase.h>

#include "call_wait.h"

#define TRANSPORT_PORT_MASK 0xffffffffffffULL /* bits 0-23 process ID, 24-47 a random part */
#define TRANSPORT_PROCESS_MASK 0xffffffu
#define TRANSPORT_MESSAGE_MAX 0x40000000u /* bytes; larger ones are refused on both sides */

struct connection;     /* a client's side, counted */
struct transport_call; /* a client's call in flight */

/* A request that arrived. */
struct transport_request
{
    DWORD client_process;
    DWORD size;
    BYTE *data; /* a private copy, 16-byte aligned; freed with the request */
};

/* What the server does with what arrives; called on threads of the transport, which belong to no
 * apartment. */
struct transport_handlers
{
    /* The request is the handler's until transport_reply or transport_abandon; it may run the call
     * on this thread for as long as it likes. */
    void (*receive)(struct transport_request *request);
    /* A client died or closed with references left: `count` public references on `ipid`. */
    void (*rundown)(const GUID *ipid, ULONG count);
    /* An answer that its client never read, for it died or closed the connection. NULL: nobody
     * minds. */
    void (*unread)(const void *answer, DWORD size);
};

/* --- server --- */

/* This process's port; fixed at the first use. */
UINT64 transport_port(void);

/* Starts listening; does nothing when that has been done. S_OK or an error of the system. */
HRESULT transport_listen(const struct transport_handlers *handlers);

/* Answers with the concatenation of two pieces of memory (either may be empty), and frees the
 * request. A client that is gone is no error. Any thread. */
void transport_reply(struct transport_request *request, const void *head, DWORD head_size,
        const void *body, DWORD body_size);
/* Drops the request: the client's call ends with RPC_E_SERVER_DIED. */
void transport_abandon(struct transport_request *request);

/* Before the answer of a request on a thread that ends inside the call: if the thread is the
 * transport's, another takes its place, so that the next call finds one. */
void transport_thread_ends(struct transport_request *request);

/* Whether the client of this request has asked to cancel it, or is gone. */
BOOL transport_request_cancelled(const struct transport_request *request);

/* Stops listening, closes connections; from process detach nothing is waited for. */
void transport_stop(void);

/* --- client --- */

/* The connection to the port of an OXID, made when there is none. S_OK; RPC_E_DISCONNECTED when
 * nobody listens there (the process is gone), E_ACCESSDENIED, E_OUTOFMEMORY, RPC_E_TIMEOUT when the
 * process does not answer for half a minute, RPC_E_INVALID_DATA when it speaks something else. */
HRESULT transport_connect(UINT64 oxid, struct connection **out);
void connection_addref(struct connection *connection);
void connection_release(struct connection *connection);
BOOL connection_alive(struct connection *connection);
DWORD connection_process(const struct connection *connection); /* the server's process ID */

/* Sends the concatenation of two pieces of memory. S_OK; RPC_E_SERVER_DIED_DNE when the server is
 * gone (the call did not execute), E_OUTOFMEMORY, RPC_E_TIMEOUT when it hangs before it has made
 * room for the call. What was sent is executed even when this process ends right after, unless it
 * had to queue because all lanes are busy and the mailbox is full. */
HRESULT transport_send(struct connection *connection, const void *head, DWORD head_size,
        const void *body, DWORD body_size, struct transport_call **out);

/* The same, for a call that nobody waits for yet: never blocks, whatever the server does, and any
 * number of calls may be in flight without a thread for each on either side. Few are sent through
 * idle lanes, as fast as by transport_send, the rest queue in the connection's mailbox. */
HRESULT transport_post(struct connection *connection, const void *head, DWORD head_size,
        const void *body, DWORD body_size, struct transport_call **out);

/* Has `answered` called once, on a thread of the transport, as soon as the call is ready; at once,
 * on the caller's, when it is already. It must be quick and may call transport_receive. Not after
 * transport_call_close has returned. S_OK or E_OUTOFMEMORY; once a call. */
HRESULT transport_call_watch(struct transport_call *call, void (*answered)(void *context),
        void *context);

/* What to wait for with call_wait_run; ready also when the server died. */
struct call_wait *transport_call_wait(struct transport_call *call);

/* After readiness: the answer in a private copy of CoTaskMemAlloc, the caller's. S_OK,
 * RPC_E_SERVER_DIED (it may have executed), RPC_E_SERVER_DIED_DNE (it has not), E_OUTOFMEMORY,
 * RPC_E_INVALID_DATA; RPC_S_CALLPENDING before the answer is there. */
HRESULT transport_receive(struct transport_call *call, BYTE **data, DWORD *size);

/* Asks the server to cancel; a mark in the lane, nothing is waited for. */
void transport_cancel(struct transport_call *call);

/* Ends the call; when the answer has not come it is thrown away when it does. */
void transport_call_close(struct transport_call *call);

/* --- references held by this client, in shared memory: what the server gives back when this
 * process dies without doing so. Plain stores, no message. An entry keeps its connection. Who gives
 * references back by a call writes the lower number first and then sends: dying in between loses
 * them, while the other order could give them back twice. --- */
struct ledger_entry;
HRESULT ledger_add(struct connection *connection, const GUID *ipid, struct ledger_entry **out);
void ledger_set(struct ledger_entry *entry, ULONG references); /* public references held now */
void ledger_remove(struct ledger_entry *entry);                /* none held any more */

#endif
