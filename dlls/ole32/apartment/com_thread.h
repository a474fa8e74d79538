/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the COM runtime keeps for each thread. Only the thread itself touches it. */
#ifndef CONCIERGE_COM_THREAD_H
#define CONCIERGE_COM_THREAD_H

#include <windows.h>
#include <objbase.h>

#include "list.h"

struct apartment;
struct cancel_thread;
struct server_call;
struct thread_duty;

/*
 * What the thread environment block of a COM thread points to, in its member ReservedForOle. That
 * is part of the binary interface of Windows: debuggers and programs read the flags there. The
 * first four members are at Windows' places; the others, of which there are more from release to
 * release, are zero. What is behind them is this runtime's own, for RoInspectThreadErrorInfo and
 * CoDecodeProxy.
 * Allocated from the process heap.
 */
#define OLE_TLS_MARK 0x6569677265636e6f /* "oncergie" */

/* The same in both word sizes. */
struct ole_tls_error
{
    UINT64 mark;  /* OLE_TLS_MARK */
    UINT64 place; /* of the pointer to the thread's error object */
};

struct ole_tls
{
    void *thread_base;
    void *small_allocator;
    DWORD thread_id;
    DWORD flags; /* enum ole_tls_flags */
    BYTE others[976];
    struct ole_tls_error error;
    UINT64 tables; /* where struct decode_tables is, for CoDecodeProxy */
};

/* The values are Windows'. */
enum ole_tls_flags
{
    OLE_TLS_UUID_INITIALIZED = 0x2, /* the thread has a logical thread identity */
    OLE_TLS_DISABLE_OLE1_DDE = 0x40,
    OLE_TLS_APARTMENT_THREADED = 0x80, /* it has entered an STA */
    OLE_TLS_MULTITHREADED = 0x100,     /* it has entered the MTA, by itself */

    OLE_TLS_INITIALIZED =
            OLE_TLS_DISABLE_OLE1_DDE | OLE_TLS_APARTMENT_THREADED | OLE_TLS_MULTITHREADED,
};

struct com_thread
{
    struct ole_tls *tls; /* NULL when another runtime has the place, or out of memory */

    /* Apartments. */
    struct apartment *apartment; /* entered by CoInitializeEx, with a reference; else NULL */
    LONG initialize_count;       /* successful CoInitializeEx not yet undone */
    LONG ole_initialize_count;   /* successful OleInitialize not yet undone */
    struct apartment
            *executing; /* a call brought this thread into another apartment: a pool
                         * thread in the MTA, any thread in the NTA; else NULL. Borrowed. */
    BOOL leaving;       /* the last CoUninitialize is at work */
    BOOL ending;        /* the thread ends in its apartment: it holds the loader's lock */
    struct list spies;  /* CoRegisterInitializeSpy; initialize_spy.c */
    IUnknown *state;    /* CoSetState; with a reference */

    /* Calls. */
    GUID causality;               /* CoGetCurrentLogicalThreadId; null until first needed */
    ULONG causality_depth;        /* how many calls with that identity are on the stack */
    struct server_call *serving;  /* the innermost incoming call; NULL when none */
    IUnknown *call_context;       /* CoSwitchCallContext; borrowed */
    HANDLE access_client;         /* the token of a client whose access is checked; borrowed */
    ULONG outgoing;               /* synchronous calls out which this thread waits for */
    DWORD outgoing_since;         /* GetTickCount when the innermost of them was made */
    ULONG input_sync;             /* input-synchronous calls being served */
    struct cancel_thread *cancel; /* call_cancel.c; NULL until calls can be cancelled */

    IErrorInfo *error_info; /* SetErrorInfo; with a reference */

    /* Waiting; call_wait.c. */
    HANDLE wait_event; /* for the next wait that needs one; not signalled; NULL while one has it */
    ULONG spin_time;   /* microseconds, as it has paid lately */

    struct thread_duty *duties; /* the innermost first */
    struct list entry;          /* in the list of all, com_thread.c */
};

/* What a thread does for somebody who waits for it. Should the thread end meanwhile, ExitThread in
 * the middle of a call, `ended` is called on it, under the loader's lock: it is to let the waiter
 * go, and must not call out. */
struct thread_duty
{
    struct thread_duty *outer;
    void (*ended)(struct thread_duty *duty);
};

/* Both on the thread; properly nested. */
static inline void thread_duty_begin(struct com_thread *thread, struct thread_duty *duty)
{
    duty->outer = thread->duties;
    thread->duties = duty;
}

static inline void thread_duty_end(struct com_thread *thread, struct thread_duty *duty)
{
    thread->duties = duty->outer;
}

/* The calling thread's struct, created on demand. NULL when out of memory. Freed when the thread
 * ends. */
struct com_thread *com_thread_get(void);

/* The same, NULL when there is none yet. */
struct com_thread *com_thread_peek(void);

/* Changes the flags that others can see. */
void com_thread_mark(struct com_thread *thread, DWORD clear, DWORD set);

/* On the thread, as it enters and has left its apartment: the event of its waits is made and closed
 * with the apartment, not when a wait first happens to be long enough to need it. */
void com_thread_expect_waits(struct com_thread *thread);
/* After a call: its event may have stayed with it, when another thread lets go of it last. */
void com_thread_restore_waits(struct com_thread *thread);
void com_thread_forget_waits(struct com_thread *thread);

/* From DllMain's thread detach: leaves the apartment without calling out where that is impossible,
 * and frees the struct. */
void com_thread_detach(void);

#endif
