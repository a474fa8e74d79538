/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the broker and its clients have in common: where it is found, and settings. */
#ifndef CONCIERGE_BROKER_SHARED_H
#define CONCIERGE_BROKER_SHARED_H

#include <windows.h>

/* One broker runs at a time: the owner of the mutex. The event is set while it takes requests. */
#define BROKER_MUTEX L"Global\\ConciergeComScm"
#define BROKER_READY L"Global\\ConciergeComScmReady"

/* Every process that has registered something keeps this open: a broker which finds it when it
 * starts knows that servers will come back. */
#define BROKER_SERVERS L"Global\\ConciergeComServers"

#define BROKER_ENDPOINT_MAX 64 /* characters with the end */

/* The running broker. Each has an endpoint of its own: nobody meets the remains of the last one. */
struct broker_address
{
    DWORD version; /* BROKER_ADDRESS_VERSION */
    DWORD process;
    WCHAR endpoint[BROKER_ENDPOINT_MAX];
};

#define BROKER_ADDRESS_VERSION 1

/* The broker: leaves its address, until the returned handle is closed or the process ends. NULL:
 * GetLastError() says why. */
HANDLE broker_address_publish(const struct broker_address *address);

/* FALSE: no broker runs, or one of another user. */
BOOL broker_address_read(struct broker_address *address);

/* A number of milliseconds from the environment variable CONCIERGE_<name>, else from the registry,
 * the DWORD HKCU\Software\Concierge\<name>; `standard` when neither is there. */
DWORD broker_setting(const WCHAR *name, DWORD standard);

#endif
