/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where workers live in tests: another apartment of this process, or of another process. */
#ifndef CONCIERGE_TESTS_WORKER_BED_H
#define CONCIERGE_TESTS_WORKER_BED_H

#include <windows.h>
#include <objidl.h>

#include "worker.h"

struct worker_bed;

/* The first thing in main: when this process was started as a server it serves, and does not
 * return. */
void worker_bed_main(int argc, char **argv);

/* Called in the server's apartment before its worker is exported (TRUE) and after that; set it
 * before worker_bed_main. NULL. */
extern void (*worker_bed_prepare)(BOOL before);

/* A worker elsewhere, in an STA or the MTA; NULL and a failed test when it cannot be had. The
 * calling thread is in an apartment, and has registered the proxies. */
struct worker_bed *worker_bed_start(BOOL other_process, BOOL sta, BOOL call_objects);

/* A proxy of it. */
HRESULT worker_bed_object(struct worker_bed *bed, IWorker **worker);
/* Of another process; else NULL. */
HANDLE worker_bed_process(struct worker_bed *bed);
/* Tells it to leave its apartment, and does not wait for that. */
void worker_bed_leave(struct worker_bed *bed);
const char *worker_bed_name(const struct worker_bed *bed);

/* Ends it, and checks that no worker and no call object are left there (unless it was killed). */
void worker_bed_stop(struct worker_bed *bed);

/* For a second client: its name, by which another process gets a proxy, and says that it is ready.
 * worker_bed_told: whether that came before the client's end. */
const char *worker_bed_id(const struct worker_bed *bed);
HRESULT worker_bed_attach(const char *id, IWorker **worker);
void worker_bed_tell(const char *id);
BOOL worker_bed_told(const struct worker_bed *bed, HANDLE client, DWORD timeout);

/* A call object of a proxy, with its AsyncIWorker and ISynchronize. S_OK, or what failed. */
HRESULT worker_async(IWorker *worker, AsyncIWorker **async, ISynchronize **synchronize);

#endif
