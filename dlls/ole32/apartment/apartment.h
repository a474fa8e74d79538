/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Apartments: where objects live, and how work is brought there.
 *
 * A single-threaded apartment (STA) is one thread and its dispatch queue. The multithreaded
 * apartment (MTA), one a process, is every thread that entered it and the worker pool. The neutral
 * apartment (NTA), one a process, borrows whichever thread calls into it.
 */
#ifndef CONCIERGE_APARTMENT_H
#define CONCIERGE_APARTMENT_H

#include <windows.h>
#include <objbase.h>

#include "dispatch_queue.h"
#include "list.h"

typedef UINT64 OXID_VALUE; /* bits 0-47: the process's port (see transport.h); 48-63: serial */

enum apartment_kind
{
    APARTMENT_STA,
    APARTMENT_MTA,
    APARTMENT_NTA,
};

struct exports; /* the stub managers of an apartment: stub_manager.h */
struct imports; /* its proxy managers: proxy_manager.h */

struct apartment
{
    LONG references;
    struct list entry; /* in the process's table; under its lock */
    enum apartment_kind kind;
    OXID_VALUE oxid; /* unique in the machine, never 0 */
    DWORD thread_id; /* STA: its thread; else 0 */
    BOOL main_sta;   /* the process's first STA */
    BOOL host; /* made by the runtime, for objects that want an STA when the caller has none */
    volatile LONG closed;         /* set once, before its objects are let go */
    struct dispatch_queue *queue; /* STA */
    struct worker_pool *workers;  /* MTA */
    IMessageFilter *filter;       /* STA; only its thread reads and writes it */

    SRWLOCK lock;                   /* the pointers below, and what they say is under it */
    struct object_context *context; /* its only context; NULL until asked for, and when closed */
    struct exports *exports;        /* owned by marshal/ ; NULL until something is exported */
    struct imports *imports;
};

void apartment_addref(struct apartment *apartment);
void apartment_release(struct apartment *apartment);

/* The apartment in which the calling thread executes now: the NTA inside a neutral call, the
 * thread's own, or the MTA when that exists (an implicit member). Borrowed: valid while the thread
 * stays. NULL: COM is not initialized (CO_E_NOTINITIALIZED). */
struct apartment *apartment_current(void);

/* The live apartment with this OXID in this process, with a reference; NULL when there is none. */
struct apartment *apartment_find(OXID_VALUE oxid);

/* The process's MTA, NTA, main STA, with a reference.
 * apartment_mta(TRUE) makes it, and keeps it until COM is left by the process (an MTA usage of the
 * runtime's own); with FALSE CO_E_NOTINITIALIZED when there is none. apartment_nta makes it;
 * apartment_main_sta and apartment_host_sta make a host thread when needed (a new thread which
 * enters an STA, pumps messages and lives until COM is left by the process: until the last of the
 * threads that entered it by themselves leaves). */
HRESULT apartment_mta(BOOL create, struct apartment **out);
HRESULT apartment_nta(struct apartment **out);
HRESULT apartment_main_sta(struct apartment **out);
HRESULT apartment_host_sta(struct apartment **out);

/* On an STA's thread, before anything of it becomes known to other threads: sees to it that calls
 * can come in whatever message loop the thread runs. Does nothing for others, and when it has been
 * done. Where no window can be made, calls come in ordinary message loops only. S_OK, or
 * RPC_E_DISCONNECTED for a closed apartment. */
HRESULT apartment_expect_calls(struct apartment *apartment);

/* Brings an item into the apartment: its dispatch queue, the worker pool, or for the NTA the
 * calling thread at once (run has returned when this does). The item's functions are called with
 * thread->executing set where needed. S_OK or RPC_E_DISCONNECTED (closed; the item stays yours). */
HRESULT apartment_submit(struct apartment *apartment, struct dispatch_item *item);

/* Runs function(argument) inside the apartment and waits, as a COM call waits (an STA pumps). In
 * the same apartment it is called directly. Returns what function returns, or RPC_E_DISCONNECTED,
 * E_OUTOFMEMORY. argument must stay valid until function ran: the wait is not cancelled. */
HRESULT apartment_call(struct apartment *apartment, HRESULT (*function)(void *), void *argument);

/* On a thread of the runtime, which is in no apartment of its own, after it has run a call: leaves
 * the one which the call has entered and not left, and which would keep COM alive in this process.
 * Calls out. */
struct com_thread;
void apartment_leave_behind(struct com_thread *thread);

/* Whether the calling thread executes in this apartment. */
BOOL apartment_is_current(const struct apartment *apartment);

/* From DllMain's process detach. `terminating`: the process ends, other threads are gone, perhaps
 * with locks held, and nothing is touched but what must leave the process. */
void apartment_process_detach(BOOL terminating);

/* --- implemented by marshal/, called by apartment/ --- */

/* On the apartment's last thread while it is being left (calls out allowed): disconnects its stub
 * managers, releases its proxies' references, frees exports and imports. */
void apartment_close_exports(struct apartment *apartment);

/* The same for proxies of objects in this process; apartment_close_imports does the rest. */
void apartment_close_local_imports(struct apartment *apartment);
void apartment_close_imports(struct apartment *apartment);

#endif
