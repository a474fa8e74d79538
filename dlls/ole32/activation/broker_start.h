/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting the broker, and what is started beside it. */
#ifndef CONCIERGE_BROKER_START_H
#define CONCIERGE_BROKER_START_H

#include <windows.h>

/* Tells a surrogate for which AppID it was started. */
#define BROKER_SURROGATE_VARIABLE L"CONCIERGE_SURROGATE"

/* Starts comscm.exe and waits, as a COM call does, until it is ready or says that another is. S_OK:
 * look again; S_FALSE: the process ended before it began; CO_E_SCM_RPC_FAILURE: it cannot be
 * started. */
HRESULT broker_start(void);

/* The full path of one of our programs: beside this module, else in the system folder. `machine`:
 * its processor, as in struct broker_server; one of the other word size is in the system folder of
 * that. FALSE: in neither. */
BOOL broker_program_path(const WCHAR *name, WORD machine, WCHAR *path, DWORD size);

/* CreateProcess of a program that outlives its starter and keeps none of its pipes open, in the
 * caller's environment (or the given one), directory and desktop. Paths in the system folder are
 * this process's: see system_path.h. Wine fails now and then to make a process on a busy machine:
 * it is tried again. */
BOOL broker_create_process(const WCHAR *application, WCHAR *command, WCHAR *environment,
        PROCESS_INFORMATION *information);

#endif
