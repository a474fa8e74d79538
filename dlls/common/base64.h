/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes as text in base 64 (RFC 4648), by crypt32.dll, which is loaded when it is first asked. */
#ifndef CONCIERGE_BASE64_H
#define CONCIERGE_BASE64_H

#include <windows.h>

/* The text with its end and without line ends, by malloc; NULL: no memory, no crypt32. */
WCHAR *base64_encode(const BYTE *bytes, size_t size);

/* `length` characters; the bytes by malloc, `size` of them. NULL: they are not base 64; no memory,
 * no crypt32. */
BYTE *base64_decode(const WCHAR *text, size_t length, size_t *size);

#endif
