/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media types from the first bytes of the data. */
#ifndef CONCIERGE_MIME_SNIFF_H
#define CONCIERGE_MIME_SNIFF_H

#include <windows.h>

/* How much of the data is looked at: the first so many bytes. */
#define MIME_SNIFF_SIZE 256

/* What may be known of a media type. */
enum mime_kind
{
    MIME_AMBIGUOUS, /* none, text/plain, application/octet-stream */
    MIME_KNOWN_TEXT,
    MIME_KNOWN_BINARY,
    MIME_UNKNOWN,
};

enum mime_kind mime_kind(const WCHAR *mime);

/* The media type whose signature the data have; NULL: none. *binary: they are not text. */
const WCHAR *mime_sniff(const BYTE *data, DWORD size, BOOL *binary);

#endif
