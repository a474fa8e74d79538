/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes as text in base 64, RFC 4648. */
#ifndef CONCIERGE_BASE64_H
#define CONCIERGE_BASE64_H

#include <windows.h>

/* The text with its end, by malloc; NULL: no memory. */
WCHAR *base64_encode(const BYTE *bytes, size_t size);

/* As many characters as there are up to the first that is none of base 64; `length` of them with
 * the padding. The bytes by malloc; NULL: no memory, or not base 64. */
BYTE *base64_decode(const WCHAR *text, size_t *length, size_t *size);

#endif
