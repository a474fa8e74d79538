/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes the text of a URI apart: nothing is copied and nothing changed. */
#ifndef CONCIERGE_URI_PARSE_H
#define CONCIERGE_URI_PARSE_H

#include <windows.h>
#include <urlmon.h>

#include "uri_scheme.h"

/* A part of the text; `text` is NULL for what is not there. */
struct uri_text
{
    const WCHAR *text;
    size_t length;
};

struct uri_parts
{
    const struct uri_scheme *scheme;
    DWORD flags;                 /* Uri_CREATE_*, complete */
    struct uri_text scheme_name; /* as it was written */
    BOOL has_authority;
    BOOL has_slashes; /* // was there, or is implied: file:///c:/ has no authority and has them */
    struct uri_text user, password; /* user.text: there is an @ */
    struct uri_text host;           /* of an IPv6 address: what stands between the brackets */
    struct uri_text zone;           /* of an IPv6 address, without the percent sign */
    Uri_HOST_TYPE host_type;
    UINT32 ipv4;
    UINT16 ipv6[8];
    BOOL has_port;
    UINT32 port; /* what IUriBuilder makes may have any number */
    struct uri_text port_text;
    struct uri_text path, query, fragment; /* with ? and # */
    BOOL drive;                            /* the path begins with a drive, not with a slash */
    BOOL implicit_file;     /* it is a path of DOS, its percent signs are themselves */
    BOOL wildcard_slashes;  /* *://host, not *:host */
    BOOL combined, lenient; /* URI_PARSE_* */
    BOOL backslashes;       /* \ separates segments of the path */
};

/* Uri_CREATE_* with the defaults filled in. E_INVALIDARG: two of them contradict each other. */
HRESULT uri_complete_flags(DWORD *flags);

/*
 * Flags of uri_parse() alone, of which objects know nothing. COMBINED: made of what was a URI
 * already, query, fragment and the name of a file are not looked at again. LENIENT: percent signs
 * are not looked at at all.
 */
#define URI_PARSE_COMBINED 0x80000000
#define URI_PARSE_LENIENT 0x40000000

/* What of flags from outside may reach uri_parse(). */
#define URI_PUBLIC_FLAGS(flags) ((flags) & ~(DWORD)(URI_PARSE_COMBINED | URI_PARSE_LENIENT))

/* S_OK or E_INVALIDARG. `flags` are complete. */
HRESULT uri_parse(const WCHAR *text, size_t length, DWORD flags, struct uri_parts *parts);

/* Tells what the host is: a name, or an IPv4 address. E_INVALIDARG: it cannot be one. */
HRESULT uri_parse_name(struct uri_parts *parts);

/* Whether all percent signs begin a triplet. */
BOOL uri_percent_is_valid(struct uri_text part);

#endif
