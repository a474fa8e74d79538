/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RFC 3986, section 5.2: a relative URI and its base. */
#ifndef CONCIERGE_URI_COMBINE_H
#define CONCIERGE_URI_COMBINE_H

#include "uri_parse.h"

/* The parts of a URI that count here; what is not there has no text. A path is always there. */
struct uri_reference
{
    const struct uri_scheme *scheme;
    struct uri_text scheme_name;
    BOOL has_slashes;
    struct uri_text authority;
    struct uri_text implied_port; /* ":80" to be written behind the authority */
    struct uri_text path, query, fragment;
};

/* The size of a buffer, in characters, that uri_combine_references() certainly fills not. */
size_t uri_combined_bound(const struct uri_reference *base, const struct uri_reference *relative);

/* Writes the combination; `simplify` takes the dot segments out. Returns the length. */
size_t uri_combine_references(const struct uri_reference *base,
        const struct uri_reference *relative, BOOL simplify, WCHAR *out);

#endif
