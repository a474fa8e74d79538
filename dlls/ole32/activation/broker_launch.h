/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting the server of a class: a program, a service, a surrogate. */
#ifndef CONCIERGE_BROKER_LAUNCH_H
#define CONCIERGE_BROKER_LAUNCH_H

#include <windows.h>

#include "broker_client.h"

/* What has been started. */
struct broker_launched
{
    HANDLE process; /* to be closed; NULL: only its number is known, or not even that */
    DWORD process_id;
    BOOL service;     /* it is the service, whose process need not end with it */
    BOOL was_running; /* the service ran already */
};

/* Starts the program. CO_E_APPNOTFOUND, E_ACCESSDENIED, CO_E_SERVER_EXEC_FAILURE, E_OUTOFMEMORY.
 * desktop-src/com/localserver32 */
HRESULT broker_launch_program(const struct broker_server *server, struct broker_launched *out);

/* Starts the service; waits as a COM call does, also for one that is stopping. One that runs
 * already is well; its process is not told, for it may have been about to stop.
 * desktop-src/com/localservice, desktop-src/com/serviceparameters */
HRESULT broker_launch_service(const struct broker_server *server, struct broker_launched *out);

/* Whether the service has stopped. */
BOOL broker_service_stopped(const struct broker_server *server);

/* Whether a service runs in the process; FALSE also when they cannot be listed. */
BOOL broker_process_has_service(DWORD process_id);

/* Whether the surrogate is the system's, dllhost.exe. */
BOOL broker_surrogate_is_own(const struct broker_server *server);

/* Starts a surrogate process for the AppID. desktop-src/com/dllsurrogate */
HRESULT broker_launch_surrogate(const struct broker_server *server, struct broker_launched *out);

#endif
