/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of HTTP headers: what a client may add, and what a server has sent. */
#ifndef CONCIERGE_HTTP_HEADERS_H
#define CONCIERGE_HTTP_HEADERS_H

#include <windows.h>

/* Whether text from a client is a list of well-formed header lines, each "name: value", CR LF
 * between them, and nothing that would begin another request or change where this one ends: no
 * control characters, no empty or folded lines, no Content-Length, Transfer-Encoding or Host. */
BOOL http_headers_are_safe(const WCHAR *text);

/* Whether a text can be a value: no control characters but tab. */
BOOL http_value_is_safe(const WCHAR *text);

/* Whether a text is a token (a verb, a name). RFC 9110, 5.6.2. */
BOOL http_token_is_valid(const WCHAR *text);

/* The lines of `base` of which `added` has none of the same name, then those of `added`, each ended
 * by CR LF. Both are safe, either may be NULL. malloc; NULL when out of memory. */
WCHAR *http_headers_merge(const WCHAR *base, const WCHAR *added);

/* Adds a line in the place of those of the same name to a list that malloc made. S_OK,
 * E_OUTOFMEMORY. */
HRESULT http_headers_add(WCHAR **headers, const WCHAR *name, const WCHAR *value);

/* Whether there is a line of that name. */
BOOL http_headers_have(const WCHAR *text, const WCHAR *name);

/* Takes out the lines of that name, in place. */
void http_headers_remove(WCHAR *text, const WCHAR *name);

/* A length in decimal digits and nothing else. FALSE: it is none, or too large. */
BOOL http_parse_length(const WCHAR *text, UINT64 *length);

/* The media type without its parameters, in lower case, in place. */
void http_trim_media_type(WCHAR *text);

/* Whether a Content-Disposition is that of a file to be saved. */
BOOL http_is_attachment(const WCHAR *text);

/* The name of the file in a Content-Disposition, cut out of its text, without a path and control
 * characters; NULL: it has none. Of a name in both notations (RFC 6266: filename*) it is the one
 * in UTF-8. */
WCHAR *http_attachment_name(WCHAR *text);

#endif
