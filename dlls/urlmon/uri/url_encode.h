/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* URL encoding of data that are put into a URL or sent: BINDINFOF, RFC 3986, section 2. */
#ifndef CONCIERGE_URL_ENCODE_H
#define CONCIERGE_URL_ENCODE_H

#include <stddef.h>

/* Each byte that may not stand in a URL, and each percent sign, as %XX; what separates the parts of
 * a URL or of a form stays. `out` has room for three characters a byte. Returns how many it wrote.
 */
size_t url_encode(const void *data, size_t size, char *out);

#endif
