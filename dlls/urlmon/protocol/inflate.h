/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decompression of "deflate" data (RFC 1951), and of its wrappings gzip (RFC 1952) and zlib
 * (RFC 1950), a piece at a time.
 *
 * All input is hostile: sizes, distances and code lengths are checked, the state has a fixed size.
 */
#ifndef CONCIERGE_INFLATE_H
#define CONCIERGE_INFLATE_H

#include <stddef.h>
#include <stdint.h>

struct inflate;

enum inflate_format
{
    INFLATE_GZIP,
    INFLATE_DEFLATE /* zlib's wrapping or, as some servers send it, none */
};

enum inflate_result
{
    INFLATE_MORE,  /* wants more input, or more room */
    INFLATE_END,   /* all came out, and the checksum is right */
    INFLATE_BROKEN /* the data are not what they claim to be; for good */
};

/* NULL: out of memory. */
struct inflate *inflate_create(enum inflate_format format);
void inflate_free(struct inflate *inflate); /* NULL is harmless */

/*
 * Decompresses `*in_size` bytes into room for `*out_size`; both become what was used. All input is
 * used unless the room is full, the end is there, or it is broken.
 */
enum inflate_result inflate_run(struct inflate *inflate, const void *in, size_t *in_size, void *out,
        size_t *out_size);

#endif
