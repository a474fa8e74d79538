/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * This process's connection to the broker, which is started when there is none. A connection that
 * broke is never mended: whoever notices lets it go and asks for the next one.
 */
#ifndef CONCIERGE_BROKER_LINK_H
#define CONCIERGE_BROKER_LINK_H

#include <windows.h>
#include <objbase.h>

#include "comscm.h"

/* The broker is gone, or went while it was asked: ask again with another link. */
#define BROKER_E_LOST HRESULT_FROM_WIN32(RPC_S_CALL_FAILED)

/* After that: whether the request is to be made again, with the next broker. After the first times
 * it waits before, as a COM call does, each time twice as long. Begins as {0}. FALSE: it has been
 * going on for longer than the setting BrokerPatience. */
struct broker_patience
{
    ULONGLONG end;
    unsigned int times;
    DWORD pause;
};

BOOL broker_has_patience(struct broker_patience *patience);

struct broker_link
{
    LONG references;
    volatile LONG lost;
    ULONG serial; /* of this process's links, from 1 */
    handle_t binding;
    SCM_CLIENT client;
    HANDLE process; /* the broker */
};

/* Waits, as a COM call does, when the broker has to be started. With a reference. S_OK;
 * CO_E_SCM_RPC_FAILURE, E_ACCESSDENIED, E_OUTOFMEMORY. */
HRESULT broker_link_get(struct broker_link **out);
void broker_link_release(struct broker_link *link);

/* The link of the moment, with a reference, or NULL. */
struct broker_link *broker_link_peek(void);

/* For broker_link.c: connects to the broker that runs. S_OK; S_FALSE: there is none, or it is
 * leaving; or an error. And disconnects. */
HRESULT broker_link_open(struct broker_link **out);
void broker_link_close(struct broker_link *link);

/* The connection broke. */
void broker_link_lose(struct broker_link *link);

/* The broker has ended, as its process's handle says: lets go of a link to it. */
void broker_link_check(void);

/* Waits as a COM call does until one of two handles is signalled. S_OK, RPC_S_CALLPENDING (the time
 * is over), RPC_E_CALL_CANCELED (the message filter; only when `filtered`). */
HRESULT broker_wait(HANDLE first, HANDLE second, DWORD timeout, BOOL filtered);

/* The requests of comscm.idl. Each is one message and its answer; BROKER_E_LOST besides what the
 * broker says. */
HRESULT broker_link_register(struct broker_link *link, ULONG count, const scm_offer *offers,
        ULONG size, const BYTE *objrefs, ULONG *registrations);
HRESULT broker_link_revoke(struct broker_link *link, ULONG registration);
HRESULT broker_link_suspend(struct broker_link *link, BOOL suspended);
HRESULT broker_link_activate(struct broker_link *link, const scm_request *request,
        scm_answer *answer, ULONG *size, BYTE **objref);
HRESULT broker_link_launched(struct broker_link *link, ULONG ticket, HRESULT result, DWORD process);
HRESULT broker_link_poll(struct broker_link *link, ULONG ticket, scm_answer *answer, ULONG *size,
        BYTE **objref);
HRESULT broker_link_cancel(struct broker_link *link, ULONG ticket);
HRESULT broker_link_stale(struct broker_link *link, ULONG registration);
HRESULT broker_link_list_running(struct broker_link *link, UINT64 id);

#endif
