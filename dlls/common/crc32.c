/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crc32.h"

#include <string.h>

/* Eight bytes a step: tables[k][b] is the sum of byte b followed by k zero bytes. */
static UINT32 crc32_tables[8][256];
static INIT_ONCE crc32_once = INIT_ONCE_STATIC_INIT;

static BOOL CALLBACK crc32_init(INIT_ONCE *once, void *parameter, void **context)
{
    (void)once;
    (void)parameter;
    (void)context;
    for (UINT32 i = 0; i < 256; i++)
    {
        UINT32 value = i;

        for (int bit = 0; bit < 8; bit++)
            value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
        crc32_tables[0][i] = value;
    }
    for (UINT32 i = 0; i < 256; i++)
    {
        for (int k = 1; k < 8; k++)
        {
            UINT32 value = crc32_tables[k - 1][i];

            crc32_tables[k][i] = value >> 8 ^ crc32_tables[0][value & 0xff];
        }
    }
    return TRUE;
}

UINT32 crc32_update(UINT32 crc, const void *data, size_t size)
{
    const BYTE *bytes = data;

    InitOnceExecuteOnce(&crc32_once, crc32_init, NULL, NULL);
    crc = ~crc;
    while (size >= 8)
    {
        UINT32 low, high;

        memcpy(&low, bytes, sizeof(low));
        memcpy(&high, bytes + 4, sizeof(high));
        low ^= crc;
        crc = crc32_tables[7][low & 0xff] ^ crc32_tables[6][low >> 8 & 0xff]
                ^ crc32_tables[5][low >> 16 & 0xff] ^ crc32_tables[4][low >> 24]
                ^ crc32_tables[3][high & 0xff] ^ crc32_tables[2][high >> 8 & 0xff]
                ^ crc32_tables[1][high >> 16 & 0xff] ^ crc32_tables[0][high >> 24];
        bytes += 8;
        size -= 8;
    }
    while (size--)
        crc = crc >> 8 ^ crc32_tables[0][(crc ^ *bytes++) & 0xff];
    return ~crc;
}
