/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Percent encoding and decoding: RFC 3986, sections 2 and 6.2.2. */
#ifndef CONCIERGE_URI_ENCODE_H
#define CONCIERGE_URI_ENCODE_H

#include <windows.h>

#include "uri_parse.h"

enum uri_encode_flags
{
    ENCODE_NORMAL = 0,             /* triplets of unreserved characters are decoded */
    ENCODE_FORBIDDEN = 1,          /* characters that no URI may have become triplets */
    ENCODE_KEEP_BACKSLASH = 2,     /* but \ stays */
    ENCODE_BACKSLASH_IS_SLASH = 4, /* and becomes / */
    ENCODE_PATH_OF_FILE = 8,       /* triplets of reserved characters are decoded, too; a percent
                                      sign by itself becomes one */
    ENCODE_PERCENT = 16,           /* every percent sign becomes a triplet */
    ENCODE_DOS = 32,               /* all triplets are decoded, / becomes \ */
    ENCODE_INTERNATIONAL = 64,     /* triplets that are UTF-8 beyond ASCII are decoded */
};

/* Writes `part` to `out`, at most three characters for one; returns the end of it. */
WCHAR *uri_encode(struct uri_text part, unsigned int flags, WCHAR *out);

/* Removes . and .. from a path, in place (RFC 3986, 5.2.4); with `backslashes`, \ separates
 * segments as well. Returns the new length. */
size_t uri_remove_dots(WCHAR *path, size_t length, BOOL backslashes);

#endif
