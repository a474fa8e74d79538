/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Altered gzip, zlib and bare deflate data, against the end of a page, into room that
 * ends at one: nothing is read or written past an end, nothing hangs, and what comes out does not
 * depend on the pieces in which it goes in and out. CONCIERGE_MUTATIONS says how many;
 * inflate_hostile SEED NUMBER feeds one.
 */
#include <string.h>

#include "fuzz.h"
#include "inflate.h"

#include "decompression_data.h"

TAP_TIME_LIMIT(300);

#define SEED 19520501
#define INPUTS 40000
#define WARM_UP 1000
#define OUT_MAX (64 * 1024) /* of one input; a few bytes make as much as one likes */

struct outcome
{
    enum inflate_result result;
    ULONG length, hash;
};

static ULONG beyond, idle, revived, unlike, ends;

static ULONG hash_bytes(ULONG hash, const BYTE *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

/* In pieces of at most so many bytes. */
static struct outcome run(enum inflate_format format, const BYTE *in, size_t in_size,
        size_t in_piece, size_t out_piece)
{
    static const BYTE blank[256];
    struct outcome outcome = {INFLATE_MORE, 0, 2166136261u};
    struct inflate *inflate = inflate_create(format);
    BYTE *out = fuzz_guard(1, blank, (ULONG)out_piece, 1, FALSE);

    while (outcome.result == INFLATE_MORE && outcome.length < OUT_MAX)
    {
        size_t given = in_size < in_piece ? in_size : in_piece, used = given, room = out_piece;

        if (room > OUT_MAX - outcome.length)
            room = OUT_MAX - outcome.length;
        outcome.result = inflate_run(inflate, in, &used, out, &room);
        if (used > given || room > out_piece)
        {
            beyond++;
            break;
        }
        if (outcome.result == INFLATE_MORE && !used && !room)
        {
            idle += given != 0; /* else all has gone in, and come out */
            break;
        }
        outcome.hash = hash_bytes(outcome.hash, out, room);
        outcome.length += (ULONG)room;
        in += used;
        in_size -= used;
    }
    if (outcome.result == INFLATE_BROKEN)
    {
        size_t used = in_size, room = out_piece;

        revived += inflate_run(inflate, in, &used, out, &room) != INFLATE_BROKEN || room;
    }
    inflate_free(inflate);
    return outcome;
}

static void feed(const struct fuzz_corpus *corpus, UINT32 number)
{
    static const size_t pieces[] = {1, 2, 3, 7, 64, 255, 256};
    static struct fuzz_input input;
    struct fuzz_random random;
    struct outcome whole, parts;
    enum inflate_format format;
    const BYTE *in;

    fuzz_at("inflate", number);
    fuzz_make(corpus, fuzz_seed(), number, &input);
    fuzz_random_seed(&random, fuzz_seed() + 1, number);
    /* Now and then as what it is not. */
    format = fuzz_below(&random, 16) ? (enum inflate_format)input.item->tag
            : fuzz_below(&random, 2) ? INFLATE_GZIP
                                     : INFLATE_DEFLATE;
    in = fuzz_guard(0, input.data, input.size, 1, FALSE);
    whole = run(format, in, input.size, input.size, 256);
    ends += whole.result == INFLATE_END;
    if (number % 4)
        return;
    parts = run(format, in, input.size, pieces[fuzz_below(&random, ARRAYSIZE(pieces))],
            pieces[fuzz_below(&random, ARRAYSIZE(pieces))]);
    if (memcmp(&whole, &parts, sizeof(whole)) && unlike++ < 5)
        note("input %lu: %d with %lu bytes, then %d with %lu", (unsigned long)number, whole.result,
                whole.length, parts.result, parts.length);
}

int main(int argc, char **argv)
{
    struct fuzz_corpus corpus = {0};
    struct fuzz_memory memory;

    for (unsigned int i = 0; i < ARRAYSIZE(samples); i++)
    {
        fuzz_add(&corpus, samples[i].name,
                wcsstr(samples[i].mime, L"gzip") ? INFLATE_GZIP : INFLATE_DEFLATE, samples[i].bytes,
                samples[i].length);
    }
    fuzz_begin(argc, argv, SEED, 20);
    fuzz_feed(feed, &corpus, INPUTS, WARM_UP, &memory);
    note("%lu of them came to their end", ends);
    is_uint(beyond, 0, "no more is used or made than there is");
    is_uint(idle, 0, "every call gets on");
    is_uint(revived, 0, "what is broken stays so");
    is_uint(unlike, 0, "pieces make no difference");
    fuzz_memory_check(&memory, 64 * 1024, 4, "altered data");
    fuzz_corpus_free(&corpus);
    return done_testing();
}
