/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What two processes have in common: the messages of the control pipe, and the shared memory. All
 * fields have fixed widths and the same offsets in 32-bit and 64-bit processes; handles are numbers
 * valid in the server's process, from where the client duplicates them.
 *
 * The server makes every section and event. So it never maps memory whose size or commitment
 * somebody else decided; the client checks what it maps.
 */
#ifndef CONCIERGE_TRANSPORT_WIRE_H
#define CONCIERGE_TRANSPORT_WIRE_H

#include <windows.h>

#define WIRE_MAGIC 0x4f435243u
#define WIRE_VERSION 2 /* 2 has mailboxes, and lanes with watchers */
#define WIRE_OLDEST 1
#define WIRE_PIPE_NAME L"\\\\.\\pipe\\concierge-orpc-%06x%06x" /* random part, process ID */

/* The control pipe: the client asks, the server answers with the same kind. */
enum wire_kind
{
    WIRE_HELLO = 1,   /* the first; the answer has the board, the first part of the ledger */
    WIRE_LANE = 2,    /* the answer has a new lane: section, request event, reply event */
    WIRE_LEDGER = 3,  /* the answer has a further part of the ledger */
    WIRE_MAILBOX = 4, /* the answer has the mailbox: section, request event, reply event; once */
};

struct wire_message
{
    UINT32 magic;
    UINT16 version; /* the sender's; what is spoken is the lower of both */
    UINT16 oldest;  /* the oldest version which the sender speaks */
    UINT32 kind;
    UINT32 process; /* of the sender */
    UINT64 port;    /* of the server */
    INT32 status;   /* answers: an HRESULT; what follows counts when it is a success */
    UINT32 size;    /* answers: of the section */
    UINT64 section;
    UINT64 request_event;
    UINT64 reply_event;
    UINT64 reserved;
};
_Static_assert(sizeof(struct wire_message) == 64, "the layout is the protocol");

/* The references on one interface that the client holds. The client writes `count` last when it
 * takes the entry and first when it gives it up, so that its death never leaves half a word. */
struct wire_reference
{
    GUID ipid;
    volatile UINT32 count;
    UINT32 reserved[3];
};
_Static_assert(sizeof(struct wire_reference) == 32, "the layout is the protocol");

/* The first section of a connection. */
#define WIRE_BOARD_SIZE 0x10000u
#define WIRE_BOARD_REFERENCES 2032u
struct wire_board
{
    volatile LONG closed; /* by the server: calls in flight have ended */
    UINT32 reserved[127];
    struct wire_reference references[WIRE_BOARD_REFERENCES];
};
_Static_assert(sizeof(struct wire_board) == WIRE_BOARD_SIZE, "the layout is the protocol");

/* Who may change it from each state is in brackets. */
enum lane_state
{
    LANE_IDLE = 0,    /* [client] */
    LANE_REQUEST = 1, /* [server] a message is there; the client may take it back */
    LANE_RUNNING = 2, /* [server] the message was taken */
    LANE_REPLY = 3,   /* [client] the answer is there */
    LANE_FAULT = 4,   /* [client] no answer; `status` says why */
    LANE_GROW = 5,    /* [server] the client needs room for a request of request_size bytes */
    LANE_GROWN = 6,   /* [client] request_room says where, or `status` why not */
    LANE_CLOSE = 7,   /* [nobody] the client is not going to use it again */
};

/* A section beside the lane for messages which do not fit. */
struct wire_room
{
    UINT64 section;
    UINT32 size;
    UINT32 generation; /* another number for each section */
};

/* Who sleeps at the client; bits. */
enum lane_sleeper
{
    LANE_WAITER = 1,  /* somebody on the lane's reply event */
    LANE_WATCHER = 2, /* the mailbox's reader, on the mailbox's reply event */
};

#define WIRE_LANE_SIZE 0x10000u
#define WIRE_LANE_INLINE 0x7f00u
struct wire_lane
{
    volatile LONG state;
    UINT32 reserved0[15];

    /* Written by the client. */
    volatile LONG client_sleeps; /* lane_sleeper; cleared by the server, which then signals */
    volatile LONG cancel;
    volatile UINT32 request_size;
    UINT32 reserved1[13];

    /* Written by the server. */
    volatile LONG server_sleeps; /* cleared by the client, which then signals the request event */
    volatile UINT32 reply_size;
    volatile INT32 status;
    UINT32 reserved2;
    volatile struct wire_room request_room;
    volatile struct wire_room reply_room;
    UINT32 reserved3[4];

    UINT32 reserved4[80];
    BYTE request[WIRE_LANE_INLINE];
    BYTE reply[WIRE_LANE_INLINE];
};
_Static_assert(sizeof(struct wire_lane) == WIRE_LANE_SIZE, "the layout is the protocol");

/* What rings consist of: a head, its content, and nothing up to a multiple of 16. */
enum wire_record_kind
{
    WIRE_START = 1, /* of a message of `total` bytes; `size` of them follow */
    WIRE_MORE = 2,  /* of the same message, with nothing of another one between */
    WIRE_FAULT = 3, /* from the server: no answer; `total` is the HRESULT why */
};

struct wire_record
{
    UINT32 kind;
    UINT32 call; /* the client's number for it, free again with the answer */
    UINT32 size;
    UINT32 total;
};
_Static_assert(sizeof(struct wire_record) == 16, "the layout is the protocol");

#define WIRE_RING_SIZE 0x40000u
#define WIRE_RECORD_MAX 0x10000u
#define WIRE_MAILBOX_CALLS 8192u
#define WIRE_MAILBOX_SIZE (0x1000u + 2 * WIRE_RING_SIZE)
struct wire_mailbox
{
    /* Written by the client. */
    volatile UINT32 request_tail;
    volatile UINT32 reply_head;
    volatile LONG client_sleeps;     /* cleared by the server, which then signals the reply event */
    volatile LONG client_wants_room; /* the same, when half the ring of requests is free */
    UINT32 reserved0[12];

    /* Written by the server. */
    volatile UINT32 request_head;
    volatile UINT32 reply_tail;
    volatile LONG server_sleeps; /* cleared by the client, which then signals the request event */
    volatile LONG server_wants_room;
    UINT32 reserved1[12];

    volatile LONG cancelled[WIRE_MAILBOX_CALLS / 32]; /* by the client: a bit a call */
    UINT32 reserved2[736];
    BYTE requests[WIRE_RING_SIZE];
    BYTE replies[WIRE_RING_SIZE];
};
_Static_assert(sizeof(struct wire_mailbox) == WIRE_MAILBOX_SIZE, "the layout is the protocol");

#endif
