/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A server of the transport written by hand, in this process: it answers on its control pipe, and
 * leaves what its client maps to the test, which writes there what it likes.
 */
#ifndef CONCIERGE_TESTS_HOSTILE_SERVER_H
#define CONCIERGE_TESTS_HOSTILE_SERVER_H

#include "transport_parts.h"

#define HOSTILE_LANES 8

struct hostile_lane
{
    HANDLE section, request_event, reply_event;
    struct wire_lane *volatile memory;
};

struct hostile_server
{
    UINT64 port;
    UINT16 version;
    /* Called for each answer before it is sent; NULL: the truth. */
    void (*alter)(struct hostile_server *server, struct wire_message *message);
    HANDLE pipe, thread;
    HANDLE board_section;
    struct wire_board *volatile board;
    struct hostile_lane lanes[HOSTILE_LANES];
    volatile LONG lane_count;
    HANDLE mailbox_section, mailbox_request, mailbox_reply;
    struct wire_mailbox *volatile mailbox; /* NULL until the client has asked for it */
};

/* Waits for one client. FALSE: it cannot be made. */
BOOL hostile_server_start(struct hostile_server *server, UINT16 version,
        void (*alter)(struct hostile_server *, struct wire_message *));
/* After the client has let go of the connection, or never connected. */
void hostile_server_stop(struct hostile_server *server);

/* --- the mailbox, as a server writes it --- */

/* Until the client has opened it, and written a request of `bytes` at least. */
BOOL hostile_mailbox_wait(struct hostile_server *server, UINT32 bytes);
/* A record at the end of the ring of answers; the content is that of `data`, if any. */
void hostile_record(struct hostile_server *server, UINT32 kind, UINT32 call, UINT32 size,
        UINT32 total, const void *data);
void hostile_mailbox_signal(struct hostile_server *server);

/* --- memory of CoTaskMemAlloc, in this program alone --- */

/* From now on what the program allocates ends at a page without access. Larger blocks than `limit`
 * cannot be had. */
BOOL hostile_guard_memory(SIZE_T limit);
/* Blocks that are there. */
LONG hostile_guarded(void);

#endif
