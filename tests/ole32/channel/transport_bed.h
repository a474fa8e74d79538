/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the transport's tests share: the other process, and threads that call it. */
#ifndef CONCIERGE_TESTS_TRANSPORT_BED_H
#define CONCIERGE_TESTS_TRANSPORT_BED_H

#include "harness.h"
#include "transport_peer.h"

struct peer
{
    struct harness_process process;
    struct connection *connection;
    UINT64 port;
    BOOL killed;
};

/* Starts transport_server; its first line is its port. */
BOOL peer_start(struct peer *peer, const WCHAR *arguments);
/* A server with a connection to it; counts as two tests. */
BOOL peer_open(struct peer *peer);
void peer_kill(struct peer *peer);
void peer_close(struct peer *peer);

/* One of the numbers of an answer; 0 when there is none. */
UINT32 peer_number(struct peer *peer, enum peer_operation operation, unsigned int which);
struct peer_rundowns peer_rundowns(struct peer *peer, BOOL clear);

/* A thread's work: echoes of random sizes. */
struct hammer
{
    struct connection *connection;
    UINT32 seed;
    unsigned int calls;
    LONG wrong;
    HRESULT hr; /* of the last call */
};
DWORD WINAPI hammer_run(void *hammer);

/* At most 64 threads at once; how many calls went wrong. */
unsigned int hammer_threads(struct connection *connection, unsigned int count, unsigned int calls);

#endif
