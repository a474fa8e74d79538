/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media of every kind with known contents. */
#ifndef CONCIERGE_TESTS_PROXY_SINK_MEDIA_H
#define CONCIERGE_TESTS_PROXY_SINK_MEDIA_H

#include <windows.h>
#include <objbase.h>

enum medium_kind
{
    MEDIUM_NULL,
    MEDIUM_MEMORY,
    MEDIUM_MEMORY_EMPTY, /* of no bytes */
    MEDIUM_MEMORY_NONE,  /* no handle */
    MEDIUM_FILE,
    MEDIUM_STREAM, /* that the caller gives */
    MEDIUM_BITMAP,
    MEDIUM_PALETTE,
    MEDIUM_PICTURE,
    MEDIUM_METAFILE,
    MEDIUM_KINDS,
};

extern const char *const medium_names[MEDIUM_KINDS];

/* `stream` is for MEDIUM_STREAM, and gets a reference; `owner` is pUnkForRelease, or NULL, with a
 * reference if so. */
void medium_make(enum medium_kind kind, IStream *stream, IUnknown *owner, STGMEDIUM *medium);
/* Whether it is such a medium, with what medium_make puts into it. */
BOOL medium_is(enum medium_kind kind, const STGMEDIUM *medium);
/* Frees what medium_make made: with an owner ReleaseStgMedium leaves the contents. */
void medium_free(STGMEDIUM *medium);

#endif
