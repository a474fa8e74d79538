/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two ends of the transport's test: handlers that do as the request says, and the calls. */
#ifndef CONCIERGE_TESTS_TRANSPORT_PEER_H
#define CONCIERGE_TESTS_TRANSPORT_PEER_H

#include "transport_parts.h"

enum peer_operation
{
    PEER_ECHO,            /* answers the body */
    PEER_SIZED,           /* answers `argument` bytes of peer_pattern(argument) */
    PEER_LATER,           /* answers the body from another thread after `argument` ms */
    PEER_CALL_BACK,       /* calls the port in the body, which calls back, `argument` levels deep */
    PEER_UNTIL_CANCELLED, /* answers from another thread when the call is cancelled */
    PEER_NEVER,           /* keeps the request */
    PEER_ABANDON,
    PEER_NEVER_COUNT,   /* how many requests are kept whose clients are still there */
    PEER_COUNTS,        /* handles, threads */
    PEER_RUNDOWNS,      /* struct peer_rundowns; cleared when argument says so */
    PEER_RELEASE_KEPT,  /* answers what PEER_NEVER keeps */
    PEER_STOP,          /* transport_stop, then transport_listen */
    PEER_DEFERRED,      /* answers the body from one thread for all, after `argument` ms */
    PEER_BLOCK,         /* keeps the transport's thread for `argument` ms, then answers the body */
    PEER_SERIAL,        /* answers how many of these have come */
    PEER_WAS_CANCELLED, /* answers whether the call is cancelled */
};

struct peer_head
{
    UINT32 operation;
    UINT32 argument;
};

struct peer_rundowns
{
    UINT32 calls;
    UINT32 references;
    UINT32 wrong; /* IPIDs that nobody added */
    UINT32 reserved;
    INT64 last; /* GetTickCount64 */
};

extern const struct transport_handlers peer_handlers;

/* The IPID of number `n`. */
GUID peer_ipid(UINT32 n);
BYTE peer_pattern(UINT32 seed, UINT32 offset);

/* Sends, waits at most `timeout` ms, receives. RPC_S_CALLPENDING when the time is over; the call is
 * closed in any case. */
HRESULT peer_call(struct connection *connection, enum peer_operation operation, UINT32 argument,
        const void *body, DWORD size, DWORD timeout, BYTE **data, DWORD *data_size);
/* The first half of it. */
HRESULT peer_send(struct connection *connection, enum peer_operation operation, UINT32 argument,
        const void *body, DWORD size, struct transport_call **call);

/* Echoes `size` bytes and compares; S_OK, S_FALSE when something else came back. */
HRESULT peer_echo(struct connection *connection, DWORD size, UINT32 seed);

/* Idle things are closed soon, so that tests can see it. */
void peer_tune(void);

#endif
