/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The broker's RPC interface. */
#ifndef CONCIERGE_SCM_SERVER_H
#define CONCIERGE_SCM_SERVER_H

#include <windows.h>

/* Starts taking requests and leaves the address for the clients; threads of rpcrt4 serve them from
 * then on. 0 or an RPC_STATUS. */
LONG scm_server_start(void);

/* Clients find it no more. */
void scm_server_stop(void);

#endif
