/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The CRC-32 of Ethernet and ZIP (polynomial 0xEDB88320, reflected). */
#ifndef CONCIERGE_CRC32_H
#define CONCIERGE_CRC32_H

#include <windows.h>

/* Continues the sum `crc` (0 to begin with) over `size` bytes. Any thread. */
UINT32 crc32_update(UINT32 crc, const void *data, size_t size);

#endif
