/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One notification on its way to a client; inside of the notifier. */
#ifndef CONCIERGE_QMGR_DELIVERY_H
#define CONCIERGE_QMGR_DELIVERY_H

#include "job.h"
#include "range_set.h"

enum delivery_kind
{
    DELIVERY_NONE,
    DELIVERY_RELEASE, /* the job has ended or has another CLSID: its object is let go */
    DELIVERY_FILE,
    DELIVERY_RANGES,
    DELIVERY_MODIFICATION,
    DELIVERY_TRANSFERRED,
    DELIVERY_ERROR,
};

/* Ranges of one file that have arrived; a list in struct bits_notify. */
struct notify_ranges
{
    struct notify_ranges *next;
    struct bits_file *file;
    struct range_set set;
};

/* Everything a delivery needs, gathered under the queue's lock, so that it runs without. */
struct delivery
{
    enum delivery_kind kind;
    struct bits_job *job;         /* referenced */
    struct bits_file *file;       /* DELIVERY_FILE and _RANGES */
    struct notify_ranges *ranges; /* DELIVERY_RANGES; owned */
    IUnknown *object;             /* referenced; NULL: make one from `clsid` */
    UINT32 version;               /* of its interface, see notifier_query_object */
    CLSID clsid;
    IBackgroundCopyFile *file_interface;
    IBackgroundCopyError *error_interface;
    WCHAR *program, *parameters; /* DELIVERY_TRANSFERRED and _ERROR: what to run when the callback
                                  * fails; program NULL: none */
    HANDLE token;                /* a copy of the job's; NULL: the service's own user */
    UINT32 generation, event;    /* of the job when the delivery began */

    HRESULT result;   /* of the callback */
    BOOL unsupported; /* the object lacks the interface that has the method */
    BOOL program_tried;
    HRESULT program_result;
};

/* ---- callback.c ---- */

/* Calls the method which the delivery is for. S_OK and other results are the client's, or those of
 * getting there. No lock may be held. */
HRESULT callback_call(struct delivery *delivery);

/* An instance of `clsid` in its own process, as the user with `token` (NULL: as the service), in
 * the form notifier_query_object gives. */
HRESULT callback_create_object(const CLSID *clsid, HANDLE token, IUnknown **out, UINT32 *version);

/* Does this result of a call mean that there is no object any more at the other end? */
BOOL callback_is_disconnected(HRESULT hr);

/* ---- command_line.c ---- */

/* Runs the delivery's program as the job's owner and does not wait for it. When it ends,
 * notifier_program_ended follows. No lock may be held. */
HRESULT command_line_run(struct delivery *delivery);

/* FALSE for accounts whose jobs run no programs: the system's and the services'. */
BOOL command_line_is_allowed(const struct bits_job *job);

/* ---- notifier.c ---- */

/* The program that was run for this event of the job has ended. Without the lock. */
void notifier_program_ended(struct bits_job *job, UINT32 event, DWORD exit_code);

#endif
