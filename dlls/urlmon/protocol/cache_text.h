/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The headers of an answer as text: a status line and header lines, each ended by CR LF. */
#ifndef CONCIERGE_CACHE_TEXT_H
#define CONCIERGE_CACHE_TEXT_H

#include <windows.h>

/* The value of the header of that name, the one with that number of several; free() it. NULL: there
 * is none, or no memory. */
WCHAR *cache_text_header(const WCHAR *headers, const WCHAR *name, unsigned int index);

/* A header's date. FALSE: there is none, or it is no date. */
BOOL cache_text_time(const WCHAR *headers, const WCHAR *name, FILETIME *time);

/* Whether Cache-Control has a directive, and its number: *value, which may be NULL, is 0 for one
 * that has none. RFC 9111, 5.2. */
BOOL cache_text_directive(const WCHAR *headers, const WCHAR *name, UINT64 *value);

/* The status code of the first line; 0: it is no status line. */
DWORD cache_text_status(const WCHAR *headers);

/* What HttpQueryInfoA would say of an answer with these headers: ERROR_SUCCESS,
 * ERROR_HTTP_HEADER_NOT_FOUND, ERROR_INSUFFICIENT_BUFFER with the *size wanted,
 * ERROR_INVALID_PARAMETER. `request` are the lines of the request. */
DWORD cache_text_query(const WCHAR *headers, const WCHAR *request, DWORD query, void *data,
        DWORD *size, DWORD *index);

#endif
