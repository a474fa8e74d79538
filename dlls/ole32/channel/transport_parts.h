/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the transport share and nobody else needs. */
#ifndef CONCIERGE_TRANSPORT_PARTS_H
#define CONCIERGE_TRANSPORT_PARTS_H

#include <windows.h>

#include "spin.h"
#include "transport.h"
#include "transport_wire.h"

/* Figures which tests change before the first use; milliseconds unless named otherwise. */
struct transport_tuning
{
    DWORD lane_idle;   /* a client closes a lane which was not used for so long */
    DWORD linger;      /* and a connection which nobody refers to */
    DWORD sweep;       /* how often it looks */
    DWORD thread_idle; /* a thread without work ends */
    DWORD answer;      /* a server has to answer on the control pipe within this time */
    DWORD spin;  /* microseconds: a server's thread looks for the next request before it sleeps */
    DWORD lanes; /* a connection has no more; further calls go to the mailbox */
    DWORD posted_lanes; /* posted calls beyond these go through the mailbox */
    DWORD reader_idle;  /* a mailbox's thread at the client, when nothing is to come */
    DWORD stuck; /* a mailbox's thread does not come back from a handler: another one takes over */
};
extern struct transport_tuning transport_tuning;

/* --- transport_pool.c: threads which are kept for a while --- */

/* The transport's threads run for as long as there is work: the module must stay from now on. */
void transport_pin(void);

/* Runs it on a thread of its own. FALSE: no thread to be had. */
BOOL transport_pool_run(void (*run)(void *argument), void *argument);

/* From now on a thread is kept waiting, or no longer: makes one when there is none. */
void transport_pool_prepare(BOOL spare);

/* --- transport_housekeeper.c: one thread for what others have no time for --- */

struct chore
{
    struct chore *next;
    void (*run)(struct chore *chore);
    BOOL queued;
};

/* Has the housekeeper run it soon; nothing when it is queued already. FALSE: no thread to be had.
 */
BOOL chore_post(struct chore *chore);
/* It is neither queued nor running any more. */
void chore_cancel(struct chore *chore);

/* Has the housekeeper look after idle connections, respectively stuck handlers, until there are
 * none. */
void housekeeper_sweep(void);
void housekeeper_tick(void);

/* --- transport_spin.c --- */

/* Polls until ready says TRUE or the time is over. FALSE: not ready, or enough threads spin. */
BOOL spin_until(BOOL (*ready)(void *argument), void *argument, DWORD microseconds);

/* --- transport_section.c: shared memory; E_OUTOFMEMORY, or RPC_E_INVALID_DATA for what a peer gave
 * that is not as it should be --- */

/* What is needed for a message: a power of two. */
UINT32 section_size_for(UINT32 bytes);
HRESULT section_create(UINT32 size, HANDLE *section, void **view);
/* Maps a section of another process, and makes sure that every byte of it is there. */
HRESULT section_pull(HANDLE process, UINT64 section, UINT32 size, void **view);
HRESULT event_pull(HANDLE process, UINT64 event, HANDLE *out);

/* --- server_connection.c, lane_server.c and mailbox_server.c: the server --- */

struct server_lane;
struct server_mailbox;

/* A request as the transport has it: from a lane or from a mailbox. */
struct server_request
{
    struct transport_request request;
    const struct request_kind *kind;
};

struct request_kind
{
    void (*reply)(struct server_request *request, const void *head, DWORD head_size,
            const void *body, DWORD body_size);
    void (*abandon)(struct server_request *request);
    void (*thread_ends)(struct server_request *request);
    BOOL (*cancelled)(const struct server_request *request);
};

struct server_connection
{
    LONG refs;
    SRWLOCK lock; /* protects what follows */
    BOOL closed;
    HANDLE pipe;
    struct server_lane *lanes;
    DWORD lane_count;
    struct server_mailbox *mailbox; /* set once */
    DWORD ledger_parts;
    struct wire_reference *ledger[16];
    UINT32 ledger_sizes[16]; /* in references */

    /* Constant once a client is there. */
    DWORD process;
    HANDLE sections[16];
    struct wire_board *board;

    /* The listener's. */
    struct server_connection *next, **link;
    OVERLAPPED overlapped;
    enum
    {
        PHASE_LISTENING,
        PHASE_READING,
        PHASE_WRITING,
    } phase;
    BOOL pending; /* an operation is on its way */
    BOOL greeted;
    DWORD filled;
    struct wire_message message;
};

struct server_connection *server_connection_create(void);
void server_connection_addref(struct server_connection *connection);
void server_connection_release(struct server_connection *connection);

/* Looks at a message from a client and puts the answer in its place. FALSE: it was none that a
 * client would send, the connection is to be ended. The bytes are anybody's. */
BOOL server_connection_answer(struct server_connection *connection, struct wire_message *message);

/* Ends it: the lanes' threads go home, the references in the ledger are given back on a thread of
 * their own. Any number of times. */
void server_connection_close(struct server_connection *connection);

/* The client did what no client does: its connection is broken; the rest happens on the listener's
 * thread. */
void server_connection_kick(struct server_connection *connection);

/* Gives back what a part of a ledger says; the number of entries that said something. */
ULONG ledger_rundown(const struct wire_reference *references, UINT32 count,
        void (*rundown)(const GUID *ipid, ULONG count));

struct server_lane
{
    LONG refs;
    struct server_lane *next, **link; /* the connection's, under its lock */
    struct server_connection *connection;
    HANDLE section, request_event, reply_event;
    struct wire_lane *memory;
    DWORD thread_id; /* of the thread that serves it */
    LONG busy;       /* a request is with the handlers */
    LONG closing;
    LONG luck;     /* of the last spins; its thread's */
    BOOL answered; /* the last request has been, with answer_size bytes */
    UINT32 answer_size;
    void *volatile spare; /* memory of the last request, for the next */

    /* Room for long messages. Belongs to the lane's thread and to whoever replies, respectively. */
    struct server_room
    {
        HANDLE section;
        BYTE *view;
        UINT32 size;
        UINT32 generation;
    } request_room, reply_room;
};

/* Makes a lane and starts its thread; fills in the message's handles. */
HRESULT server_lane_open(struct server_connection *connection, struct wire_message *message);
/* Wakes everybody: it is over. Under the connection's lock. */
void server_lane_close(struct server_lane *lane);

/* One look at a lane, as its thread does when there is something: takes a message, makes room, or
 * ends. What it sees is anybody's. FALSE: the lane is over. */
BOOL server_lane_turn(struct server_lane *lane);

/* The mailbox, and a thread to read it. */
HRESULT server_mailbox_open(struct server_connection *connection, struct wire_message *message);
/* The reader comes home when it has handed over what is complete. Not under the connection's
 * lock. */
void server_mailbox_close(struct server_mailbox *mailbox);
void server_mailbox_free(struct server_mailbox *mailbox);
/* Wakes the client's reader. */
void server_mailbox_notify(struct server_mailbox *mailbox);
/* Looks for readers that do not come back from their handlers. Whether to look again. */
BOOL server_mailboxes_tick(void);

/* An answer that nobody is going to read goes to the handlers, in one piece. */
void transport_unread(const void *head, DWORD head_size, const void *body, DWORD body_size);

/* The handlers given to transport_listen. */
extern const struct transport_handlers *transport_handlers;

/* --- connection.c, lane.c, mailbox.c, ledger.c, transport_watch.c: the client --- */

struct ledger_part;
struct client_mailbox;

/* A call in flight, in a lane or in the mailbox. */
struct transport_call
{
    const struct call_kind *kind;
    struct connection *connection; /* a reference, while it is a call */

    /* transport_watch.c's. */
    struct call_watch
    {
        void (*answered)(void *context); /* NULL: none, or it has been called */
        void *context;
        struct watch_run *run;               /* it is being called */
        struct transport_call *next, **link; /* the connection's watched lanes */
        BOOL used;
    } watch;
};

struct call_kind
{
    struct call_wait *(*wait)(struct transport_call *call);
    BOOL (*ready)(struct transport_call *call); /* on any thread */
    HRESULT (*receive)(struct transport_call *call, BYTE **data, DWORD *size);
    void (*cancel)(struct transport_call *call);
    void (*close)(struct transport_call *call);
    /* Asks the server for a sign when it answers; NULL: there is somebody to notice anyway. */
    void (*announce)(struct transport_call *call);
};

struct connection
{
    LONG refs;               /* from 0 to 1 only under the table's lock */
    struct connection *next; /* the table's */
    UINT64 port;
    ULONGLONG idle_since;

    SRWLOCK connecting; /* held while connecting */
    HRESULT result;     /* S_FALSE: nobody has tried yet */
    DWORD process_id;
    DWORD version; /* of the wire, as both speak it */
    HANDLE process;
    struct wire_board *board;
    volatile LONG dead;

    SRWLOCK control; /* one question at a time */
    HANDLE pipe;
    HANDLE pipe_event;

    SRWLOCK lock;                   /* the lanes */
    struct client_lane *free_lanes; /* last used first */
    struct client_lane *orphans;    /* closed before the answer came */
    DWORD lane_count;
    volatile LONG posted_lanes; /* how many carry posted calls */

    struct client_mailbox *mailbox;
    struct transport_call *watched; /* lanes, under the lock of transport_watch.c */
    volatile LONG watched_count;

    SRWLOCK ledger_lock;
    struct ledger_part *ledger;
    struct ledger_entry *free_entries;
};

/* A lane; it is a call when it carries one. */
struct client_lane
{
    struct transport_call call;
    struct call_wait wait;
    struct client_lane *next;
    struct chore chore; /* wakes the server's thread */
    struct wire_lane *memory;
    HANDLE request_event, reply_event;
    ULONGLONG used, room_used; /* ticks */
    int armed;                 /* 0, or how often the waiter has looked since it armed, plus 1 */
    BOOL posted;               /* counts in posted_lanes */
    BOOL unwoken;              /* the server's thread slept when the call was posted */
    BOOL broken;               /* not to be used again */
    struct client_room
    {
        BYTE *view;
        UINT32 size;
        UINT32 generation;
    } request_room, reply_room;
};

/* Asks on the control pipe; the answer takes the message's place. */
HRESULT connection_ask(struct connection *connection, enum wire_kind kind,
        struct wire_message *message);
/* Whether the server is gone; looks at its process. */
BOOL connection_lost(struct connection *connection);
/* Something is idle now: it will be closed in time. */
void connection_sweep_later(void);
/* One look at all connections; whether there is something to look at again. */
BOOL connections_sweep(void);

/* transport_send through a lane. S_FALSE: all are busy. */
HRESULT lane_send(struct connection *connection, const void *head, DWORD head_size,
        const void *body, DWORD body_size, struct transport_call **out);
/* Sends through a lane that is idle and has room. FALSE: there is none. */
BOOL lane_post(struct connection *connection, const void *head, DWORD head_size, const void *body,
        DWORD body_size, struct transport_call **out);
/* Whether transport_send would have to wait for a lane. */
BOOL lanes_exhausted(struct connection *connection);

/* Closes lanes which were idle for long, or all; whether there are others to look at later. */
BOOL connection_sweep_lanes(struct connection *connection, BOOL all);

struct client_mailbox *mailbox_create(struct connection *connection);
void mailbox_destroy(struct client_mailbox *mailbox);
HRESULT mailbox_post(struct client_mailbox *mailbox, const void *head, DWORD head_size,
        const void *body, DWORD body_size, struct transport_call **out);
/* The connection is dead: its thread is to end all calls. */
void mailbox_poke(struct client_mailbox *mailbox);
/* Somebody watches a lane: the mailbox's thread has to run. FALSE: no thread to be had. The caller
 * has a reference to the connection. */
BOOL mailbox_need_reader(struct client_mailbox *mailbox);

/* Calls the watcher of a call that is ready, unless that was done. The caller has a reference, or
 * it is the caller's call. */
void watch_answered(struct transport_call *call);
/* Lanes of the connection that are ready, or all of them; announces the others. */
void watch_lanes(struct connection *connection);

/* The first part of the ledger; later ones are made when needed. */
HRESULT ledger_open(struct connection *connection, struct wire_reference *references, UINT32 count);
void ledger_close(struct connection *connection);

#endif
