/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the broker knows: its clients (sessions), what they offer (registrations), what they wait
 * for (tickets) and which servers are being started (launches). Everything is named by a number, so
 * that nobody holds a pointer to what another thread lets go; one lock guards all of it, and no
 * call is made to the outside under it but SetEvent.
 *
 * Whatever comes from a client is checked here, whoever unpacked it.
 */
#ifndef CONCIERGE_SCM_TABLE_H
#define CONCIERGE_SCM_TABLE_H

#include <windows.h>

#include "comscm.h"
#include "list.h"
#include "process_watch.h"

/* What one client may have at a time. */
#define SCM_CLIENT_REGISTRATIONS 16384
#define SCM_CLIENT_BYTES (16u << 20)
#define SCM_CLIENT_TICKETS 512
#define SCM_SESSIONS 4096
/* Of all clients: servers being started which nobody waits for. */
#define SCM_LAUNCHES_UNWAITED 128
#define SCM_TIMEOUT_LEAST 1 /* ms in which a server has to register */
#define SCM_TIMEOUT_MOST 600000

/* --- sessions --- */

/* Takes the process's handle over; its end closes the session. CO_E_SERVER_STOPPING after
 * scm_table_leave, E_OUTOFMEMORY. */
HRESULT scm_session_open(DWORD process_id, HANDLE process, WORD machine, ULONG *session);

/* Everything of the session goes. Harmless when that has happened. */
void scm_session_close(ULONG session);

/* Set whenever the number of sessions has become or left zero. */
HANDLE scm_table_changed(void);
ULONG scm_table_sessions(void);

/* FALSE: there are sessions. TRUE: there are none, and none will be opened any more. */
BOOL scm_table_leave(void);

/* For the next `time` ms nobody is told to start a server: those of the broker before this one are
 * about to register again. */
void scm_table_expect_servers(DWORD time);

/* --- the requests, as in comscm.idl. E_HANDLE: no such session. Answers are whole in any case;
 * *objref is allocated by MIDL_user_allocate. --- */

HRESULT scm_table_register(ULONG session, ULONG count, const scm_offer *offers, ULONG size,
        const BYTE *objrefs, ULONG *registrations);
HRESULT scm_table_revoke(ULONG session, ULONG registration);
HRESULT scm_table_suspend(ULONG session, BOOL suspended);
HRESULT scm_table_stale(ULONG session, ULONG registration);
HRESULT scm_table_activate(ULONG session, const scm_request *request, scm_answer *answer,
        ULONG *size, BYTE **objref);
HRESULT scm_table_launched(ULONG session, ULONG ticket, HRESULT result, ULONG process);
HRESULT scm_table_poll(ULONG session, ULONG ticket, scm_answer *answer, ULONG *size, BYTE **objref);
HRESULT scm_table_cancel(ULONG session, ULONG ticket);

/* --- scm_running.c: the list in broker_running.h --- */

/* Goes on with the list of the broker before: those of its processes which have ended leave it. */
void scm_running_start(void);
HRESULT scm_table_list_running(ULONG session, UINT64 id);

#endif
