/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "url_encode.h"

#include <string.h>

#include "uri_char.h"

/* What stays as it is: RFC 3986, 2.2 and 2.3. */
static BOOL is_plain(unsigned char c)
{
    return uri_char_is(c, URI_UNRESERVED) || (c && c < 128 && strchr(":/?#[]@!$&'()*+,;=", c));
}

size_t url_encode(const void *data, size_t size, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *bytes = data;
    char *end = out;

    for (size_t i = 0; i < size; i++)
    {
        if (is_plain(bytes[i]))
        {
            *end++ = (char)bytes[i];
            continue;
        }
        *end++ = '%';
        *end++ = digits[bytes[i] >> 4];
        *end++ = digits[bytes[i] & 15];
    }
    return (size_t)(end - out);
}
