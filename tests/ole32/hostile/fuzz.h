/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of hostile input share: a corpus of real messages, their alterations from fixed
 * seeds, memory between guard pages, a watchdog, and the account of what was answered and leaked.
 *
 * An input is made of the seed and its number alone (and of what was captured), so that it can be
 * repeated: program SEED NUMBER feeds that one.
 */
#ifndef CONCIERGE_TESTS_OLE32_FUZZ_H
#define CONCIERGE_TESTS_OLE32_FUZZ_H

#include <windows.h>

#include "tap.h"

/* --- the corpus --- */

#define FUZZ_ITEM_MAX 0x4000u  /* bytes of an item */
#define FUZZ_INPUT_MAX 0x8000u /* and of what is made of it */
#define FUZZ_LENGTHS 8

struct fuzz_item
{
    const char *name;
    BYTE *data;
    ULONG size;
    ULONG tag;                   /* the program's own */
    ULONG lengths[FUZZ_LENGTHS]; /* offsets of 32-bit lengths and counts */
    ULONG length_count;
};

struct fuzz_corpus
{
    struct fuzz_item *items;
    ULONG count;
};

/* A copy; bails out when out of memory. The result is good until the next one is added. */
struct fuzz_item *fuzz_add(struct fuzz_corpus *corpus, const char *name, ULONG tag,
        const void *data, ULONG size);
void fuzz_length_at(struct fuzz_item *item, ULONG offset);
void fuzz_corpus_free(struct fuzz_corpus *corpus);

/* --- alterations --- */

struct fuzz_random
{
    UINT64 state;
};

void fuzz_random_seed(struct fuzz_random *random, UINT32 seed, UINT32 number);
UINT32 fuzz_random(struct fuzz_random *random);
UINT32 fuzz_below(struct fuzz_random *random, UINT32 limit); /* limit > 0 */

struct fuzz_input
{
    const struct fuzz_item *item; /* what it is made of */
    ULONG size;
    BYTE data[FUZZ_INPUT_MAX];
};

/* Input `number` of a run: bits turned, integers of interest at each offset in turn, ends cut off
 * and added, pieces of other items put in, lengths changed; up to three of these. */
void fuzz_make(const struct fuzz_corpus *corpus, UINT32 seed, UINT32 number,
        struct fuzz_input *input);
/* The alterations alone, to an item's copy in input->data. */
void fuzz_alter(const struct fuzz_corpus *corpus, UINT32 seed, UINT32 number,
        struct fuzz_input *input);

/* --- memory whose neighbours cannot be touched --- */

#define FUZZ_GUARDED 0x20000u /* bytes which fit */

/* `size` bytes copied to where the next byte after them (or, with `before`, the one before them) is
 * in a page without access. `alignment` of their address is kept: up to that many bytes less one
 * are between. Two places: an input and, say, an answer. */
BYTE *fuzz_guard(unsigned int place, const void *data, ULONG size, ULONG alignment, BOOL before);
/* Whether the address is in one of those pages. */
BOOL fuzz_is_guard(const void *address);

/* --- a run --- */

/* Reads SEED NUMBER from the command line, starts the watchdog and names the input in the report of
 * a crash. `limit`: seconds for one input. */
void fuzz_begin(int argc, char **argv, UINT32 seed, unsigned int limit);
UINT32 fuzz_seed(void);
/* Numbers of the inputs of a part: [*first, *end). One when the command line names one, as many as
 * CONCIERGE_MUTATIONS says if it is set, else `count`. */
void fuzz_range(UINT32 count, UINT32 *first, UINT32 *end);
/* A test of one part: feeds `count` inputs (as fuzz_range has them), takes the account behind the
 * first `warm_up`. How many were fed. */
struct fuzz_memory;
UINT32 fuzz_feed(void (*feed)(const struct fuzz_corpus *corpus, UINT32 number),
        const struct fuzz_corpus *corpus, UINT32 count, UINT32 warm_up, struct fuzz_memory *memory);
/* This input is being fed now. */
void fuzz_at(const char *part, UINT32 number);
ULONG fuzz_total(void);
ULONG fuzz_number(void); /* of the input */
/* Says what is fed, when the command line named it. */
void fuzz_show(const struct fuzz_input *input);

/* --- answers --- */

struct fuzz_answers
{
    const HRESULT *documented; /* ends with 0 = S_OK, which is always allowed */
    ULONG counts[64];
    HRESULT values[64];
    ULONG kinds, wrong;
};

/* Counts it; not among those documented: says so for the first few. */
void fuzz_answer(struct fuzz_answers *answers, HRESULT hr);
/* What a call with altered data may end with. */
extern const HRESULT fuzz_call_answers[];
/* One test, and a note of what came how often. */
void fuzz_answers_check(const struct fuzz_answers *answers, const char *what);

/* --- leaks --- */

struct fuzz_memory
{
    SIZE_T bytes, blocks; /* of all heaps of the process */
    unsigned int handles, threads;
};

void fuzz_memory_get(struct fuzz_memory *memory);
/* Waits up to ten seconds for the numbers to come down; four tests. */
void fuzz_memory_check(const struct fuzz_memory *before, SIZE_T allowed_bytes,
        unsigned int allowed_handles, const char *what);

#endif
