/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers that nobody reads. */
#ifndef CONCIERGE_REPLY_RUNDOWN_H
#define CONCIERGE_REPLY_RUNDOWN_H

#include <windows.h>

/* An answer of this process that its client, which is gone, never read: the references in it on
 * objects of this process are run down. The marshalled interface pointers are found by their
 * signature and length, for only the interface's own stub knew where they are. Any thread; calls
 * nobody. */
void reply_rundown(const void *data, ULONG size);

/* The same on the client's side, for an answer whose apartment is gone, and the proxies with it, by
 * which it could be taken apart. In any apartment. */
void reply_release(const void *data, ULONG size);

#endif
