/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "name_uuid.h"

#include <string.h>

/* SHA-1 of FIPS 180-4, section 6.1. */
#define BLOCK_BYTES 64
#define LENGTH_BYTES 8

struct sha1
{
    UINT32 state[5];
    UINT64 length; /* bytes so far */
    BYTE block[BLOCK_BYTES];
};

static UINT32 turn(UINT32 value, unsigned int bits)
{
    return value << bits | value >> (32 - bits);
}

static UINT32 read_big(const BYTE *bytes)
{
    return (UINT32)bytes[0] << 24 | (UINT32)bytes[1] << 16 | (UINT32)bytes[2] << 8 | bytes[3];
}

static void write_big(BYTE *bytes, UINT32 value)
{
    for (unsigned int i = 0; i < 4; i++)
        bytes[i] = (BYTE)(value >> (24 - 8 * i));
}

static UINT32 mix(unsigned int round, UINT32 b, UINT32 c, UINT32 d)
{
    if (round < 20)
        return ((b & c) ^ (~b & d)) + 0x5a827999;
    if (round < 40)
        return (b ^ c ^ d) + 0x6ed9eba1;
    if (round < 60)
        return ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdc;
    return (b ^ c ^ d) + 0xca62c1d6;
}

static void sha1_block(struct sha1 *sha)
{
    UINT32 words[80], a = sha->state[0], b = sha->state[1], c = sha->state[2], d = sha->state[3],
                      e = sha->state[4];

    for (unsigned int i = 0; i < 16; i++)
        words[i] = read_big(sha->block + 4 * i);
    for (unsigned int i = 16; i < ARRAYSIZE(words); i++)
        words[i] = turn(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    for (unsigned int i = 0; i < ARRAYSIZE(words); i++)
    {
        UINT32 next = turn(a, 5) + mix(i, b, c, d) + e + words[i];

        e = d;
        d = c;
        c = turn(b, 30);
        b = a;
        a = next;
    }
    sha->state[0] += a;
    sha->state[1] += b;
    sha->state[2] += c;
    sha->state[3] += d;
    sha->state[4] += e;
}

static void sha1_add(struct sha1 *sha, const BYTE *data, ULONG length)
{
    while (length--)
    {
        sha->block[sha->length++ % BLOCK_BYTES] = *data++;
        if (!(sha->length % BLOCK_BYTES))
            sha1_block(sha);
    }
}

static void sha1_end(struct sha1 *sha)
{
    static const BYTE bit = 0x80, zero = 0;
    UINT64 bits = sha->length * 8;
    BYTE length[LENGTH_BYTES];

    write_big(length, (UINT32)(bits >> 32));
    write_big(length + 4, (UINT32)bits);
    sha1_add(sha, &bit, 1);
    while (sha->length % BLOCK_BYTES != BLOCK_BYTES - LENGTH_BYTES)
        sha1_add(sha, &zero, 1);
    sha1_add(sha, length, sizeof(length));
}

void name_uuid(const GUID *space, const void *name, ULONG length, GUID *out)
{
    struct sha1 sha = {.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};
    BYTE bytes[sizeof(*space)];

    write_big(bytes, space->Data1);
    write_big(bytes + 4, (UINT32)space->Data2 << 16 | space->Data3);
    memcpy(bytes + 8, space->Data4, sizeof(space->Data4));
    sha1_add(&sha, bytes, sizeof(bytes));
    sha1_add(&sha, name, length);
    sha1_end(&sha);
    out->Data1 = sha.state[0];
    out->Data2 = (WORD)(sha.state[1] >> 16);
    out->Data3 = (WORD)((sha.state[1] & 0x0fff) | 0x5000);
    write_big(out->Data4, (sha.state[2] & 0x3fffffff) | 0x80000000);
    write_big(out->Data4 + 4, sha.state[3]);
}
