/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inflate.h"

#include <stdlib.h>
#include <string.h>

#include "crc32.h"

#define WINDOW_SIZE 32768
#define CODE_BITS 15
#define LITERALS 288
#define DISTANCES 32

/* A canonical Huffman code: how many codes of each length there are, and their symbols in order. */
struct huffman
{
    uint16_t counts[CODE_BITS + 1];
    uint16_t symbols[LITERALS];
};

enum inflate_state
{
    STATE_HEADER,       /* of the wrapping */
    STATE_GZIP_EXTRA,   /* `left` bytes of extra field */
    STATE_GZIP_STRINGS, /* `strings` zero-terminated ones, and then the header's checksum */
    STATE_GZIP_CHECK,
    STATE_BLOCK,  /* at the head of a block */
    STATE_STORED, /* `left` bytes as they are */
    STATE_LENGTHS_OF_CODES,
    STATE_LENGTHS,
    STATE_SYMBOLS, /* compressed ones */
    STATE_COPY,    /* `left` bytes from `distance` back */
    STATE_TRAILER,
    STATE_END,
    STATE_BROKEN
};

struct inflate
{
    enum inflate_format format;
    enum inflate_state state;
    int is_wrapped; /* zlib */
    int is_last;    /* block */

    uint64_t bits; /* read from the input, the next one lowest */
    unsigned int bit_count;

    unsigned int gzip_flags;
    size_t left;
    size_t distance;

    unsigned int literal_count, distance_count, code_count, index;
    uint8_t lengths[LITERALS + DISTANCES];
    struct huffman codes, literals, distances;

    uint32_t crc, adler_low, adler_high;
    uint32_t total;
    size_t window_used; /* bytes that came out, at most WINDOW_SIZE */
    size_t window_next;
    uint8_t window[WINDOW_SIZE];
};

/* What one call of inflate_run works on. */
struct run
{
    const uint8_t *in, *in_end;
    uint8_t *out, *out_end;
};

struct inflate *inflate_create(enum inflate_format format)
{
    struct inflate *inflate = calloc(1, sizeof(*inflate));

    if (!inflate)
        return NULL;
    inflate->format = format;
    inflate->adler_low = 1;
    return inflate;
}

void inflate_free(struct inflate *inflate)
{
    free(inflate);
}

/* Has `count` bits at hand, 32 at most? Takes input for it. */
static int bits_have(struct inflate *inflate, struct run *run, unsigned int count)
{
    while (inflate->bit_count < count && run->in < run->in_end)
    {
        inflate->bits |= (uint64_t)*run->in++ << inflate->bit_count;
        inflate->bit_count += 8;
    }
    return inflate->bit_count >= count;
}

static uint32_t bits_peek(const struct inflate *inflate, unsigned int count)
{
    return (uint32_t)(inflate->bits & ((UINT64_C(1) << count) - 1));
}

static void bits_drop(struct inflate *inflate, unsigned int count)
{
    inflate->bits >>= count;
    inflate->bit_count -= count;
}

static uint32_t bits_take(struct inflate *inflate, unsigned int count)
{
    uint32_t bits = bits_peek(inflate, count);

    bits_drop(inflate, count);
    return bits;
}

/* Makes the code from the lengths of its symbols. 0: more codes than there is room for, or, unless
 * a code may be incomplete, fewer. */
static int huffman_make(struct huffman *huffman, const uint8_t *lengths, unsigned int count,
        int may_be_incomplete)
{
    uint16_t offsets[CODE_BITS + 2] = {0};
    int room = 1;

    memset(huffman->counts, 0, sizeof(huffman->counts));
    for (unsigned int i = 0; i < count; i++)
        huffman->counts[lengths[i]]++;
    for (unsigned int length = 1; length <= CODE_BITS; length++)
    {
        room = room * 2 - huffman->counts[length];
        if (room < 0)
            return 0;
        offsets[length + 1] = (uint16_t)(offsets[length] + huffman->counts[length]);
    }
    for (unsigned int i = 0; i < count; i++)
    {
        if (lengths[i])
            huffman->symbols[offsets[lengths[i]]++] = (uint16_t)i;
    }
    /* One code of one bit, or none, is allowed for distances (RFC 1951, 3.2.7). */
    return !room || (may_be_incomplete && count - huffman->counts[0] <= 1);
}

/* The next symbol, and how many bits it has. -1: not enough bits; -2: no such code. */
static int huffman_peek(struct inflate *inflate, struct run *run, const struct huffman *huffman,
        unsigned int *length)
{
    int code = 0, first = 0, index = 0;

    bits_have(inflate, run, CODE_BITS);
    for (unsigned int i = 1; i <= CODE_BITS; i++)
    {
        int count = huffman->counts[i];

        if (i > inflate->bit_count)
            return -1;
        code |= (int)((inflate->bits >> (i - 1)) & 1);
        if (code - first < count)
        {
            *length = i;
            return huffman->symbols[index + code - first];
        }
        index += count;
        first = (first + count) * 2;
        code *= 2;
    }
    return -2;
}

static void byte_put(struct inflate *inflate, struct run *run, uint8_t byte)
{
    *run->out++ = byte;
    inflate->window[inflate->window_next] = byte;
    inflate->window_next = (inflate->window_next + 1) % WINDOW_SIZE;
    if (inflate->window_used < WINDOW_SIZE)
        inflate->window_used++;
}

/* Each step answers whether to go on: 0 when input or room is missing. */

static int step_gzip_header(struct inflate *inflate, struct run *run)
{
    uint8_t head[10];

    /* Ten bytes: taken by halves, since the bits at hand are not that many. */
    if (!inflate->index)
    {
        if (!bits_have(inflate, run, 32))
            return 0;
        for (unsigned int i = 0; i < 4; i++)
            head[i] = (uint8_t)bits_take(inflate, 8);
        inflate->gzip_flags = head[3];
        inflate->index = 1;
        if (head[0] != 0x1f || head[1] != 0x8b || head[2] != 8 || (head[3] & 0xe0))
        {
            inflate->state = STATE_BROKEN;
            return 1;
        }
    }
    if (!bits_have(inflate, run, 48))
        return 0;
    bits_drop(inflate, 48);
    inflate->index = 0;
    inflate->left = 0;
    inflate->state = STATE_GZIP_EXTRA;
    return 1;
}

static int step_zlib_header(struct inflate *inflate, struct run *run)
{
    uint32_t head;

    if (!bits_have(inflate, run, 16))
        return 0;
    head = bits_peek(inflate, 16);
    if ((head & 0x0f) == 8 && ((head & 0xff) * 256 + (head >> 8)) % 31 == 0)
    {
        inflate->is_wrapped = 1;
        bits_drop(inflate, 16);
        if (head & 0x2000) /* a preset dictionary, which nobody has */
        {
            inflate->state = STATE_BROKEN;
            return 1;
        }
    }
    inflate->state = STATE_BLOCK;
    return 1;
}

static int step_gzip_extra(struct inflate *inflate, struct run *run)
{
    if ((inflate->gzip_flags & 4) && !inflate->index)
    {
        if (!bits_have(inflate, run, 16))
            return 0;
        inflate->left = bits_take(inflate, 16);
        inflate->index = 1;
    }
    while (inflate->left)
    {
        if (!bits_have(inflate, run, 8))
            return 0;
        bits_drop(inflate, 8);
        inflate->left--;
    }
    inflate->index = 0;
    inflate->left = !!(inflate->gzip_flags & 8) + !!(inflate->gzip_flags & 16);
    inflate->state = STATE_GZIP_STRINGS;
    return 1;
}

static int step_gzip_strings(struct inflate *inflate, struct run *run)
{
    while (inflate->left)
    {
        if (!bits_have(inflate, run, 8))
            return 0;
        if (!bits_take(inflate, 8))
            inflate->left--;
    }
    inflate->state = inflate->gzip_flags & 2 ? STATE_GZIP_CHECK : STATE_BLOCK;
    return 1;
}

static int step_gzip_check(struct inflate *inflate, struct run *run)
{
    if (!bits_have(inflate, run, 16))
        return 0;
    bits_drop(inflate, 16);
    inflate->state = STATE_BLOCK;
    return 1;
}

static void fixed_codes(struct inflate *inflate)
{
    uint8_t lengths[LITERALS];

    for (unsigned int i = 0; i < LITERALS; i++)
        lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    huffman_make(&inflate->literals, lengths, LITERALS, 0);
    memset(lengths, 5, DISTANCES);
    huffman_make(&inflate->distances, lengths, DISTANCES, 0);
}

static int step_block(struct inflate *inflate, struct run *run)
{
    uint32_t size, head;

    if (inflate->is_last)
    {
        bits_drop(inflate, inflate->bit_count % 8);
        inflate->state = STATE_TRAILER;
        inflate->index = 0;
        return 1;
    }
    if (!bits_have(inflate, run, 3))
        return 0;
    head = bits_peek(inflate, 3);
    switch (head >> 1)
    {
    case 0: /* stored: the rest of the byte goes, and two sizes follow */
        if (!bits_have(inflate, run, 3 + (inflate->bit_count - 3) % 8 + 32))
            return 0;
        bits_drop(inflate, 3);
        bits_drop(inflate, inflate->bit_count % 8);
        size = bits_take(inflate, 16);
        inflate->left = size;
        inflate->state = (size ^ 0xffff) == bits_take(inflate, 16) ? STATE_STORED : STATE_BROKEN;
        break;
    case 1:
        bits_drop(inflate, 3);
        fixed_codes(inflate);
        inflate->state = STATE_SYMBOLS;
        break;
    case 2:
        if (!bits_have(inflate, run, 17))
            return 0;
        bits_drop(inflate, 3);
        inflate->literal_count = bits_take(inflate, 5) + 257;
        inflate->distance_count = bits_take(inflate, 5) + 1;
        inflate->code_count = bits_take(inflate, 4) + 4;
        inflate->index = 0;
        memset(inflate->lengths, 0, sizeof(inflate->lengths));
        inflate->state = inflate->literal_count > 286 || inflate->distance_count > 30
                ? STATE_BROKEN
                : STATE_LENGTHS_OF_CODES;
        break;
    default:
        inflate->state = STATE_BROKEN;
    }
    inflate->is_last = (int)(head & 1);
    return 1;
}

static int step_stored(struct inflate *inflate, struct run *run)
{
    while (inflate->left)
    {
        if (run->out == run->out_end || !bits_have(inflate, run, 8))
            return 0;
        byte_put(inflate, run, (uint8_t)bits_take(inflate, 8));
        inflate->left--;
    }
    inflate->state = STATE_BLOCK;
    return 1;
}

static int step_lengths_of_codes(struct inflate *inflate, struct run *run)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1,
            15};

    for (; inflate->index < inflate->code_count; inflate->index++)
    {
        if (!bits_have(inflate, run, 3))
            return 0;
        inflate->lengths[order[inflate->index]] = (uint8_t)bits_take(inflate, 3);
    }
    inflate->state =
            huffman_make(&inflate->codes, inflate->lengths, 19, 0) ? STATE_LENGTHS : STATE_BROKEN;
    memset(inflate->lengths, 0, sizeof(inflate->lengths));
    inflate->index = 0;
    return 1;
}

/* The codes of the block, once all their lengths are known. */
static int block_codes(struct inflate *inflate)
{
    return inflate->lengths[256]
            && huffman_make(&inflate->literals, inflate->lengths, inflate->literal_count, 1)
            && huffman_make(&inflate->distances, inflate->lengths + inflate->literal_count,
                    inflate->distance_count, 1);
}

static int step_lengths(struct inflate *inflate, struct run *run)
{
    unsigned int all = inflate->literal_count + inflate->distance_count;

    while (inflate->index < all)
    {
        static const struct
        {
            uint8_t bits, least;
        } repeats[3] = {{2, 3}, {3, 3}, {7, 11}};
        unsigned int length, count, bits;
        int symbol = huffman_peek(inflate, run, &inflate->codes, &length);
        uint8_t value = 0;

        if (symbol == -1)
            return 0;
        if (symbol < 0 || symbol > 18 || (symbol == 16 && !inflate->index))
        {
            inflate->state = STATE_BROKEN;
            return 1;
        }
        if (symbol < 16)
        {
            bits_drop(inflate, length);
            inflate->lengths[inflate->index++] = (uint8_t)symbol;
            continue;
        }
        bits = repeats[symbol - 16].bits;
        if (!bits_have(inflate, run, length + bits))
            return 0;
        bits_drop(inflate, length);
        count = repeats[symbol - 16].least + bits_take(inflate, bits);
        if (symbol == 16)
            value = inflate->lengths[inflate->index - 1];
        if (count > all - inflate->index)
        {
            inflate->state = STATE_BROKEN;
            return 1;
        }
        memset(inflate->lengths + inflate->index, value, count);
        inflate->index += count;
    }
    inflate->state = block_codes(inflate) ? STATE_SYMBOLS : STATE_BROKEN;
    return 1;
}

/* A length and a distance: `symbol`, of `length` bits, was peeked. 0: not enough bits, and none is
 * taken. */
static int match_take(struct inflate *inflate, struct run *run, int symbol, unsigned int length)
{
    static const uint16_t bases[29] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35,
            43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t extras[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3,
            4, 4, 4, 4, 5, 5, 5, 5, 0};
    uint64_t bits;
    unsigned int bit_count, extra, distance_length;
    size_t size, distance;
    int code;

    if (symbol >= 29)
    {
        inflate->state = STATE_BROKEN;
        return 1;
    }
    /* At most 15 + 5 + 15 + 13 bits: all of them fit. */
    bits_have(inflate, run, 48);
    bits = inflate->bits;
    bit_count = inflate->bit_count;
    extra = extras[symbol];
    if (bit_count < length + extra)
        return 0;
    bits_drop(inflate, length);
    size = bases[symbol] + bits_take(inflate, extra);
    code = huffman_peek(inflate, run, &inflate->distances, &distance_length);
    if (code == -2 || code >= 30)
    {
        inflate->state = STATE_BROKEN;
        return 1;
    }
    extra = code < 4 ? 0 : (unsigned int)code / 2 - 1;
    if (code == -1 || inflate->bit_count < distance_length + extra)
    {
        /* Nothing was taken from the input meanwhile: there was none, or there were bits enough. */
        inflate->bits = bits;
        inflate->bit_count = bit_count;
        return 0;
    }
    bits_drop(inflate, distance_length);
    distance = code < 4 ? (size_t)code + 1
                        : ((size_t)(2 + (code & 1)) << extra) + bits_take(inflate, extra) + 1;
    inflate->left = size;
    inflate->distance = distance;
    inflate->state = distance > inflate->window_used ? STATE_BROKEN : STATE_COPY;
    return 1;
}

static int step_symbols(struct inflate *inflate, struct run *run)
{
    for (;;)
    {
        unsigned int length;
        int symbol;

        if (run->out == run->out_end)
            return 0;
        symbol = huffman_peek(inflate, run, &inflate->literals, &length);
        if (symbol == -1)
            return 0;
        if (symbol < 0)
        {
            inflate->state = STATE_BROKEN;
            return 1;
        }
        if (symbol > 256)
            return match_take(inflate, run, symbol - 257, length);
        bits_drop(inflate, length);
        if (symbol == 256)
        {
            inflate->state = STATE_BLOCK;
            return 1;
        }
        byte_put(inflate, run, (uint8_t)symbol);
    }
}

static int step_copy(struct inflate *inflate, struct run *run)
{
    while (inflate->left && run->out < run->out_end)
    {
        size_t from = (inflate->window_next + WINDOW_SIZE - inflate->distance) % WINDOW_SIZE;

        byte_put(inflate, run, inflate->window[from]);
        inflate->left--;
    }
    if (inflate->left)
        return 0;
    inflate->state = STATE_SYMBOLS;
    return 1;
}

static void checksum_add(struct inflate *inflate, const uint8_t *bytes, size_t size)
{
    inflate->total += (uint32_t)size;
    if (inflate->format == INFLATE_GZIP)
        inflate->crc = crc32_update(inflate->crc, bytes, size);
    else if (inflate->is_wrapped)
    {
        for (size_t i = 0; i < size; i++)
        {
            inflate->adler_low = (inflate->adler_low + bytes[i]) % 65521;
            inflate->adler_high = (inflate->adler_high + inflate->adler_low) % 65521;
        }
    }
}

/* Four bytes of the trailer; those of zlib have the highest first. */
static uint32_t trailer_take(struct inflate *inflate, int highest_first)
{
    uint32_t value = bits_take(inflate, 32);

    return highest_first
            ? value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24
            : value;
}

static int step_trailer(struct inflate *inflate, struct run *run)
{
    int is_right = 1;

    if (inflate->format == INFLATE_GZIP)
    {
        while (inflate->index < 2)
        {
            if (!bits_have(inflate, run, 32))
                return 0;
            is_right = trailer_take(inflate, 0) == (inflate->index ? inflate->total : inflate->crc);
            if (!is_right)
                break;
            inflate->index++;
        }
    }
    else if (inflate->is_wrapped)
    {
        if (!bits_have(inflate, run, 32))
            return 0;
        is_right = trailer_take(inflate, 1) == (inflate->adler_high << 16 | inflate->adler_low);
    }
    inflate->state = is_right ? STATE_END : STATE_BROKEN;
    return 1;
}

static int step(struct inflate *inflate, struct run *run)
{
    switch (inflate->state)
    {
    case STATE_HEADER:
        return inflate->format == INFLATE_GZIP ? step_gzip_header(inflate, run)
                                               : step_zlib_header(inflate, run);
    case STATE_GZIP_EXTRA:
        return step_gzip_extra(inflate, run);
    case STATE_GZIP_STRINGS:
        return step_gzip_strings(inflate, run);
    case STATE_GZIP_CHECK:
        return step_gzip_check(inflate, run);
    case STATE_BLOCK:
        return step_block(inflate, run);
    case STATE_STORED:
        return step_stored(inflate, run);
    case STATE_LENGTHS_OF_CODES:
        return step_lengths_of_codes(inflate, run);
    case STATE_LENGTHS:
        return step_lengths(inflate, run);
    case STATE_SYMBOLS:
        return step_symbols(inflate, run);
    case STATE_COPY:
        return step_copy(inflate, run);
    case STATE_TRAILER:
        return step_trailer(inflate, run);
    default:
        return 0;
    }
}

enum inflate_result inflate_run(struct inflate *inflate, const void *in, size_t *in_size, void *out,
        size_t *out_size)
{
    struct run run = {in, (const uint8_t *)in + *in_size, out, (uint8_t *)out + *out_size};
    const uint8_t *added = run.out; /* the checksum is behind by what came out since */

    do
    {
        if (inflate->state == STATE_TRAILER)
        {
            checksum_add(inflate, added, (size_t)(run.out - added));
            added = run.out;
        }
    } while (step(inflate, &run));
    checksum_add(inflate, added, (size_t)(run.out - added));
    *in_size = (size_t)(run.in - (const uint8_t *)in);
    *out_size = (size_t)(run.out - (uint8_t *)out);
    if (inflate->state == STATE_BROKEN)
        return INFLATE_BROKEN;
    return inflate->state == STATE_END ? INFLATE_END : INFLATE_MORE;
}
