/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Watches requests whose answer's head has begun to be received: WinINet reads a head to its end,
 * however long that is and takes. One timer for all; requests that are answered soon cost it
 * nothing.
 */
#ifndef CONCIERGE_HTTP_WATCH_H
#define CONCIERGE_HTTP_WATCH_H

#include <windows.h>

#include "list.h"

struct http_protocol;

struct http_watch
{
    struct list entry;
    BOOL listed;
    DWORD began;          /* GetTickCount() */
    unsigned int flooded; /* looks in turn at which there was more than WinINet had read */
};

/* Begins, or begins anew. The protocol is active. */
void http_watch_begin(struct http_protocol *http);

/* Ends; harmless when it is not watched. */
void http_watch_end(struct http_protocol *http);

#endif
