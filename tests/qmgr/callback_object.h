/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A callback object which reports each call as a line of text, for the callback tests and their
 * helper processes. The line begins with the method's name; then come the job's ID and what belongs
 * to the method:
 *
 *     JobTransferred {id} files=N
 *     JobError {id} context=N code=XXXXXXXX
 *     JobModification {id} state=N
 *     FileTransferred {id} name=URL temp=0|1
 *     FileRangesTransferred {id} count=N first=OFFSET+LENGTH
 */
#ifndef CONCIERGE_TESTS_CALLBACK_OBJECT_H
#define CONCIERGE_TESTS_CALLBACK_OBJECT_H

#include <windows.h>
#include "bits10_3.h"

struct callback_object
{
    IBackgroundCopyCallback3 IBackgroundCopyCallback3_iface;
    LONG references;
    int version; /* the highest IBackgroundCopyCallback it has: 1, 2, 3 */
    void (*report)(struct callback_object *object, const char *line);
    LONG fail;       /* so many calls return E_FAIL; all when negative */
    BOOL complete;   /* JobTransferred calls Complete */
    BOOL invalidate; /* FileTransferred calls SetValidationState(FALSE) */
    HANDLE hang;     /* every call waits for it; NULL: none does */
    void *context;
};

/* One reference is the caller's; never freed. */
void callback_object_init(struct callback_object *object, int version,
        void (*report)(struct callback_object *object, const char *line));
IUnknown *callback_object_unknown(struct callback_object *object);

#endif
