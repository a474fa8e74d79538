/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The broker's objects, for its own files; all under scm_lock. */
#ifndef CONCIERGE_SCM_OBJECTS_H
#define CONCIERGE_SCM_OBJECTS_H

#include "hash_table.h"
#include "scm_table.h"

extern SRWLOCK scm_lock;

/* Bytes which several objects share. */
struct scm_blob
{
    ULONG references;
    ULONG size;
    BYTE data[];
};

void scm_blob_release(struct scm_blob *blob);

struct scm_session
{
    struct hash_link link;
    ULONG id;
    DWORD process_id;
    HANDLE process; /* the watch's */
    struct process_watch *watch;
    WORD machine;
    BOOL suspended;
    struct list registrations;
    ULONG registration_count;
    SIZE_T bytes;
    struct list tickets;
    ULONG ticket_count;
};

/* NULL: none. */
struct scm_session *scm_session_find(ULONG id);

/* What is asked for. */
struct scm_key
{
    GUID clsid;
    ULONG kind;
    ULONG machine; /* 0: any */
};

struct scm_registration
{
    struct list class_entry;
    struct hash_link id_link;
    struct list session_entry;
    ULONG id;
    struct scm_session *session;
    struct scm_class *class;
    scm_offer offer;
    struct scm_blob *objref;
    HANDLE given_event; /* ours; NULL: the client did not ask */
    BOOL given;         /* a single-use object that a ticket or client has */
};

/* The oldest one that fits and may be given out; NULL: none. */
struct scm_registration *scm_registration_match(const struct scm_key *key);
struct scm_registration *scm_registration_find(ULONG id);

/* A single-use object is given out, or comes back. */
void scm_registration_give(struct scm_registration *registration);
void scm_registration_take_back(struct scm_registration *registration);
/* It has reached its client: for good. */
void scm_registration_settle(struct scm_registration *registration);

/* --- scm_ticket.c --- */

/* The session's tickets go. */
void scm_tickets_close(struct scm_session *session);

/* Something can be given out that could not before: to those who wait. */
void scm_tickets_serve(void);

/* A number that is not 0. */
ULONG scm_next_id(ULONG *last);

#endif
