/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers that nobody reads. */
#ifndef CONCIERGE_REPLY_DISCARD_H
#define CONCIERGE_REPLY_DISCARD_H

#include <windows.h>

/* Gives back the references in an answer's data: the marshalled interface pointers, which are found
 * by their signature and lengths, for only the interface's own proxy knows where they are. On a
 * thread in an apartment; calls out. */
void reply_discard(const void *data, ULONG size);

/* The same for an answer of this process that its client never read: the references on objects of
 * this process are run down. Any thread; calls nobody. */
void reply_rundown(const void *data, ULONG size);

#endif
