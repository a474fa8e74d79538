/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The schemes which the generic parser knows by name. */
#ifndef CONCIERGE_URI_SCHEME_H
#define CONCIERGE_URI_SCHEME_H

#include <windows.h>
#include <shlwapi.h>

enum uri_scheme_flags
{
    SCHEME_KNOWN = 1,           /* percent triplets are normalized, hosts are lower-case */
    SCHEME_NEEDS_AUTHORITY = 2, /* without one there is no absolute URI */
    SCHEME_OPAQUE = 4,          /* no authority */
    SCHEME_VERBATIM = 8,        /* all is path, and nothing of it is changed */
    SCHEME_DOTS = 16,           /* dot segments go even where there is no authority */
    SCHEME_RAW_HOST = 32,       /* the host is a name of another kind: res://c:\a.dll */
    SCHEME_KEEP_DOTS = 64,      /* dot segments stay */
};

struct uri_scheme
{
    const char *name; /* lower-case */
    DWORD type;       /* of enum URL_SCHEME, shlwapi/ne-shlwapi-url_scheme */
    unsigned short length, port, flags;
};

extern const struct uri_scheme uri_scheme_unknown; /* any other name */
extern const struct uri_scheme uri_scheme_none;    /* a relative URI */
extern const struct uri_scheme uri_scheme_file;
extern const struct uri_scheme uri_scheme_wildcard; /* "*" */

/* Never NULL. */
const struct uri_scheme *uri_scheme_find(const WCHAR *name, size_t length);

/* The row of a URL_SCHEME; NULL for those without a default port or name here. */
const struct uri_scheme *uri_scheme_of_type(DWORD type);

#endif
