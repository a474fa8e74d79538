/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Watches requests whose answer's head has begun to be received: WinINet reads a head to its end,
 * however long that is and takes, and is slow in telling what a long one says. One timer for all;
 * requests that are answered soon cost it nothing.
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
    BOOL whole;           /* the head has come */
    unsigned int flooded; /* looks in turn at which there was more than WinINet had read */
    unsigned int busy;    /* looks at which there was anything that it had not read */
    unsigned int apart;   /* looks since the head has come */
};

/* Begins, or begins anew, unless the protocol is over. */
void http_watch_begin(struct http_protocol *http);

/* The head has come, and is about to be taken apart. */
void http_watch_whole(struct http_protocol *http);

/* Ends; harmless when it is not watched. */
void http_watch_end(struct http_protocol *http);

#endif
