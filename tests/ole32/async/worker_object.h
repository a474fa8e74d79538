/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server of worker.idl, and its registration. */
#ifndef CONCIERGE_TESTS_WORKER_OBJECT_H
#define CONCIERGE_TESTS_WORKER_OBJECT_H

#include <windows.h>
#include <objidl.h>

#include "worker.h"

/* A new object, with one reference; `call_objects`: it has ICallFactory. */
IWorker *worker_create(BOOL call_objects);

/* How many of them, and of call objects, are alive in this process. */
LONG worker_count(void);
LONG worker_call_count(void);

/* Registers IWorker's proxies in this apartment, and the pair of IIDs in the registry. */
void worker_register(void);

#endif
