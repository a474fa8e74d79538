/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server of worker.idl, and its registration. */
#ifndef CONCIERGE_TESTS_WORKER_OBJECT_H
#define CONCIERGE_TESTS_WORKER_OBJECT_H

#include <windows.h>
#include <objidl.h>

#include "worker.h"

/* A new object, with one reference; `call_objects`: it has ICallFactory. */
IWorker *worker_create(BOOL call_objects);

/* What workers of this process do instead of answering QueryInterface(IID_ICallFactory) or
 * CreateCall. */
enum worker_fault
{
    FAULT_NONE,
    FAULT_QUERY_RAISES,
    FAULT_CREATE_RAISES, /* what worker_fault_code says */
    FAULT_CREATE_EXITS,  /* the thread ends */
};

extern volatile LONG worker_fault;
extern volatile DWORD worker_fault_code;

/* What CreateCall was told about its call. */
struct worker_creation
{
    HRESULT context; /* of CoGetCallContext */
    DWORD caller;    /* CoGetCallerTID */
    GUID logical_thread;
};

extern struct worker_creation worker_creation;

/* How many of them, and of call objects, are alive in this process. */
LONG worker_count(void);
LONG worker_call_count(void);

/* Registers IWorker's proxies in this apartment, and the pair of IIDs in the registry. */
void worker_register(void);

/* Set: it leaves it to others to say which class the proxies have, and what is a pair. */
extern BOOL worker_registers_class_only;

#endif
