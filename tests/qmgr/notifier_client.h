/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the notifier's test hands to the notifier: a client with callbacks, and objects in the place
 * of files and errors.
 */
#ifndef CONCIERGE_TESTS_NOTIFIER_CLIENT_H
#define CONCIERGE_TESTS_NOTIFIER_CLIENT_H

#include <windows.h>
#include "bits10_3.h"

/* The test's: called by every method, none of which may be called under the queue's lock. */
void check_unlocked(void);

/* File and error objects are only handed through: any object will do. Knows its file's number. */
void *dummy_create(UINT32 index);
extern LONG dummies_alive;

enum method
{
    TRANSFERRED,
    ERRORED,
    MODIFIED,
    FILE_DONE,
    RANGES,
    METHODS,
};

struct client
{
    IBackgroundCopyCallback3 IBackgroundCopyCallback3_iface;
    LONG references;
    int version; /* 1, 2 or 3: which interfaces it has */
    LONG calls[METHODS];
    HRESULT results[METHODS];
    LONG fail_first; /* that many calls give `failure` */
    HRESULT failure;
    HANDLE hang; /* calls wait for it */
    LONG hanging;
    char order[64]; /* one letter a call */
    UINT64 times[64];
    LONG order_count;
    UINT32 last_file;
    BG_FILE_RANGE ranges[8];
    DWORD range_count;
};

/* Has one reference, and is never freed by itself. */
struct client *new_client(int version);
IUnknown *client_unknown(struct client *client);

#endif
