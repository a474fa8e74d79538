/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the canonical form of a URI, and tells where in it its properties lie. */
#ifndef CONCIERGE_URI_CANONICALIZE_H
#define CONCIERGE_URI_CANONICALIZE_H

#include "uri_parse.h"

#define URI_ABSENT 0xffffffff

/* A part of the canonical text. */
struct uri_span
{
    UINT32 start, length; /* length: URI_ABSENT for a property which is not there */
};

struct uri_layout
{
    struct uri_span strings[Uri_PROPERTY_STRING_LAST + 1]; /* but for Uri_PROPERTY_RAW_URI */
    struct uri_span not_displayed; /* what the display URI leaves out: user and password */
    struct uri_span not_absolute;  /* what the absolute URI leaves out: an @ without user */
    DWORD properties;              /* Uri_HAS_* */
    DWORD host_type, scheme, port;
    BOOL has_port;    /* the canonical text names it */
    BOOL has_slashes; /* // begins an authority or a path */
};

/* How many characters uri_canonicalize may write for a text of this length. */
static inline size_t uri_canonical_bound(size_t length)
{
    return 3 * length + 128;
}

/* Writes to `out`, of uri_canonical_bound() characters; returns the length. */
size_t uri_canonicalize(const struct uri_parts *parts, WCHAR *out, struct uri_layout *layout);

#endif
