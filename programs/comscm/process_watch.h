/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Other processes: who may talk to the broker, and waiting for their end. */
#ifndef CONCIERGE_PROCESS_WATCH_H
#define CONCIERGE_PROCESS_WATCH_H

#include <windows.h>

struct process_watch;

/* Calls ended(id, FALSE) once when the object is signalled, or ended(id, TRUE) after `timeout` ms
 * (INFINITE allowed). On another thread, perhaps before this returns. Takes the handle over, in any
 * case. NULL: no memory. */
struct process_watch *process_watch_start(HANDLE object, DWORD timeout,
        void (*ended)(ULONG id, BOOL timed_out), ULONG id);

/* Ends it; returns at once, also inside `ended`, which may still be running then. NULL is nothing.
 */
void process_watch_end(struct process_watch *watch);

/* Opens a process that may be served: one of the broker's user, or of the system. S_OK,
 * E_ACCESSDENIED, HRESULTs of Windows errors (it has ended). */
HRESULT process_open(DWORD id, HANDLE *process);

/* IMAGE_FILE_MACHINE_AMD64 or IMAGE_FILE_MACHINE_I386. */
WORD process_machine(HANDLE process);

/* A process that runs and was started by one of these, which may have ended, and is none of them;
 * to be closed. NULL: there is none. */
HANDLE process_find_child(const DWORD *parents, ULONG count, DWORD *child);

#endif
