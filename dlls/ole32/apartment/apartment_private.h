/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the sources of this folder share about apartments. */
#ifndef CONCIERGE_APARTMENT_PRIVATE_H
#define CONCIERGE_APARTMENT_PRIVATE_H

#include "apartment.h"
#include "com_thread.h"

/* The calling thread, which is in no apartment, enters a new STA or the MTA. `host`: it is one of
 * the runtime's own threads. S_OK, E_OUTOFMEMORY. */
HRESULT apartment_enter(struct com_thread *thread, enum apartment_kind kind, BOOL host);

/* It leaves, as for the last CoUninitialize. Calls out. */
void apartment_leave(struct com_thread *thread);

/* The thread ends, under the loader's lock, without having left. */
void apartment_abandon(struct com_thread *thread);

/* A usage of the MTA which is not a thread's. */
HRESULT apartment_mta_add_usage(void);
void apartment_mta_remove_usage(void);

/* The closing of a closed apartment: lets its objects and proxies go. Calls out. */
void apartment_let_go(struct apartment *apartment);

/* Host threads; host_sta.c. host_sta_stop ends them, and waits for that when it may. */
void host_sta_stop(BOOL wait);

/* The module stays loaded from now on. */
void module_pin(void);

/* Frees what is kept for all threads. */
void com_threads_free(void);

#endif
