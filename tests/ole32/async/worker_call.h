/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A call object of a worker. */
#ifndef CONCIERGE_TESTS_WORKER_CALL_H
#define CONCIERGE_TESTS_WORKER_CALL_H

#include <windows.h>
#include <objidl.h>

#include "worker.h"

extern volatile LONG worker_calls_alive;   /* call objects */
extern volatile LONG worker_calls_pending; /* those between Begin_ and Finish_ */

/* As ICallFactory::CreateCall. */
HRESULT worker_call_create(REFIID async_iid, IUnknown *outer, REFIID iid, IUnknown **out);

/* What a method can tell about its thread. */
void worker_report_begin(work_report *report);
void worker_report_finish(work_report *report);

/* Leaves an error object. */
void worker_error_set(void);

#endif
