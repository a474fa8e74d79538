/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* --- the corpus --- */

struct fuzz_item *fuzz_add(struct fuzz_corpus *corpus, const char *name, ULONG tag,
        const void *data, ULONG size)
{
    struct fuzz_item *items = realloc(corpus->items, (corpus->count + 1) * sizeof(*items));
    struct fuzz_item *item;

    if (size > FUZZ_ITEM_MAX || !items)
        bail_out("no room for %lu bytes of %s", size, name);
    corpus->items = items;
    item = &items[corpus->count++];
    memset(item, 0, sizeof(*item));
    item->name = name;
    item->tag = tag;
    item->size = size;
    item->data = malloc(size ? size : 1);
    if (!item->data)
        bail_out("out of memory");
    memcpy(item->data, data, size);
    return item;
}

void fuzz_length_at(struct fuzz_item *item, ULONG offset)
{
    if (item->length_count < FUZZ_LENGTHS && offset + 4 <= item->size)
        item->lengths[item->length_count++] = offset;
}

void fuzz_corpus_free(struct fuzz_corpus *corpus)
{
    while (corpus->count)
        free(corpus->items[--corpus->count].data);
    free(corpus->items);
    corpus->items = NULL;
}

/* --- random numbers: splitmix64 --- */

void fuzz_random_seed(struct fuzz_random *random, UINT32 seed, UINT32 number)
{
    random->state = ((UINT64)seed << 32 | number) * 0x9e3779b97f4a7c15ull;
}

UINT32 fuzz_random(struct fuzz_random *random)
{
    UINT64 z = random->state += 0x9e3779b97f4a7c15ull;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return (UINT32)((z ^ z >> 31) >> 16);
}

UINT32 fuzz_below(struct fuzz_random *random, UINT32 limit)
{
    return fuzz_random(random) % limit;
}

/* --- alterations --- */

static const UINT32 interesting[] = {0, 1, 2, 3, 4, 7, 8, 15, 16, 0x1f, 0x20, 0x40, 0x7f, 0x80,
        0xff, 0x100, 0x1000, 0x3fff, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000, 0x10001, 0x20000,
        0x7fffff, 0x1000000, 0x3fffffff, 0x40000000, 0x7ffffff0, 0x7ffffffe, 0x7fffffff, 0x80000000,
        0x80000001, 0xaaaaaaaa, 0xfffffff0, 0xfffffff8, 0xfffffffc, 0xfffffffe, 0xffffffff};

static void put(struct fuzz_input *input, ULONG offset, UINT32 value, ULONG width)
{
    if (offset < input->size)
        memcpy(input->data + offset, &value, min(width, input->size - offset));
}

static UINT32 get(const struct fuzz_input *input, ULONG offset)
{
    UINT32 value = 0;

    memcpy(&value, input->data + offset, min(4, input->size - offset));
    return value;
}

static void alter_bits(struct fuzz_input *input, struct fuzz_random *random)
{
    unsigned int count = 1 + fuzz_below(random, 4);

    while (count-- && input->size)
        input->data[fuzz_below(random, input->size)] ^= 1 << fuzz_below(random, 8);
}

/* Near what is there, which are the values that checks go wrong with. */
static UINT32 near_value(const struct fuzz_input *input, struct fuzz_random *random, UINT32 old)
{
    switch (fuzz_below(random, 6))
    {
    case 0:
        return old + 1 + fuzz_below(random, 16);
    case 1:
        return old - 1 - fuzz_below(random, 16);
    case 2:
        return old * 2;
    case 3:
        return input->size - fuzz_below(random, 32);
    case 4:
        return old ^ 0x80000000;
    default:
        return interesting[fuzz_below(random, ARRAYSIZE(interesting))];
    }
}

static void alter_length(struct fuzz_input *input, struct fuzz_random *random)
{
    const struct fuzz_item *item = input->item;
    ULONG offset;

    if (!input->size)
        return;
    offset = item->length_count ? item->lengths[fuzz_below(random, item->length_count)]
                                : fuzz_below(random, input->size) & ~3u;
    if (offset < input->size)
        put(input, offset, near_value(input, random, get(input, offset)), 4);
}

static void alter_truncate(struct fuzz_input *input, struct fuzz_random *random)
{
    if (input->size)
        input->size = fuzz_below(random, 4)
                ? fuzz_below(random, input->size)
                : input->size - 1 - fuzz_below(random, min(input->size, 16));
}

static void alter_extend(struct fuzz_input *input, struct fuzz_random *random)
{
    ULONG more = fuzz_below(random, 8) ? 1 + fuzz_below(random, 64) : fuzz_below(random, 4096);

    while (more-- && input->size < FUZZ_INPUT_MAX)
        input->data[input->size++] = (BYTE)(fuzz_random(random) & (random->state & 64 ? 0xff : 3));
}

static void alter_splice(const struct fuzz_corpus *corpus, struct fuzz_input *input,
        struct fuzz_random *random)
{
    const struct fuzz_item *other = &corpus->items[fuzz_below(random, corpus->count)];
    ULONG from, to, count;

    if (!other->size || !input->size)
        return;
    from = fuzz_below(random, other->size);
    to = fuzz_below(random, input->size);
    if (fuzz_below(random, 2))
        from = to = min(from & ~3u, to & ~3u);
    count = 1 + fuzz_below(random, other->size - from);
    if (fuzz_below(random, 2))
        count = min(count, 16);
    count = min(count, FUZZ_INPUT_MAX - to);
    memcpy(input->data + to, other->data + from, count);
    input->size = fuzz_below(random, 4) ? max(input->size, to + count) : to + count;
}

/* Takes a piece out, or puts it in twice. */
static void alter_shift(struct fuzz_input *input, struct fuzz_random *random)
{
    ULONG at, count;

    if (input->size < 2)
        return;
    at = fuzz_below(random, input->size);
    count = 1 + fuzz_below(random, min(input->size - at, 32));
    if (fuzz_below(random, 2))
    {
        memmove(input->data + at, input->data + at + count, input->size - at - count);
        input->size -= count;
    }
    else if (input->size + count <= FUZZ_INPUT_MAX)
    {
        memmove(input->data + at + count, input->data + at, input->size - at);
        input->size += count;
    }
}

static void alter_once(const struct fuzz_corpus *corpus, struct fuzz_input *input,
        struct fuzz_random *random)
{
    switch (fuzz_below(random, 10))
    {
    case 0:
    case 1:
    case 2:
        alter_bits(input, random);
        break;
    case 3:
    case 4:
        alter_length(input, random);
        break;
    case 5:
        alter_truncate(input, random);
        break;
    case 6:
        alter_extend(input, random);
        break;
    case 7:
        alter_splice(corpus, input, random);
        break;
    case 8:
        alter_shift(input, random);
        break;
    default:
        if (input->size)
            put(input, fuzz_below(random, input->size),
                    interesting[fuzz_below(random, ARRAYSIZE(interesting))],
                    1u << fuzz_below(random, 3));
        break;
    }
}

void fuzz_alter(const struct fuzz_corpus *corpus, UINT32 seed, UINT32 number,
        struct fuzz_input *input)
{
    struct fuzz_random random;
    unsigned int count;

    fuzz_random_seed(&random, seed ^ 0x5bd1e995, number);
    /* Every fourth: each value of interest at each offset, one after the other. */
    if (number % 4 == 0 && input->size)
    {
        UINT32 step = number / 4;

        put(input, step / ARRAYSIZE(interesting) % input->size,
                interesting[step % ARRAYSIZE(interesting)], 4);
        return;
    }
    for (count = fuzz_below(&random, 4) ? 1 : 2 + fuzz_below(&random, 2); count; --count)
        alter_once(corpus, input, &random);
}

void fuzz_make(const struct fuzz_corpus *corpus, UINT32 seed, UINT32 number,
        struct fuzz_input *input)
{
    struct fuzz_random random;

    /* By fours, so that each item gets its share of every kind. */
    fuzz_random_seed(&random, seed, number / 4);
    input->item = &corpus->items[fuzz_below(&random, corpus->count)];
    input->size = input->item->size;
    memcpy(input->data, input->item->data, input->size);
    fuzz_alter(corpus, seed, number, input);
}

/* --- memory whose neighbours cannot be touched --- */

#define GUARD_SIZE 0x10000

static BYTE *places[2];

BYTE *fuzz_guard(unsigned int place, const void *data, ULONG size, ULONG alignment, BOOL before)
{
    BYTE *start, *at;
    DWORD old;

    if (!places[place])
    {
        start = VirtualAlloc(NULL, FUZZ_GUARDED + 2 * GUARD_SIZE, MEM_RESERVE | MEM_COMMIT,
                PAGE_READWRITE);
        if (!start || !VirtualProtect(start, GUARD_SIZE, PAGE_NOACCESS, &old)
                || !VirtualProtect(start + GUARD_SIZE + FUZZ_GUARDED, GUARD_SIZE, PAGE_NOACCESS,
                        &old))
            bail_out("no guard pages");
        places[place] = start + GUARD_SIZE;
    }
    start = places[place];
    if (before)
    {
        at = start;
        memset(at + size, 0xa5, min(64, FUZZ_GUARDED - size));
    }
    else
    {
        at = (BYTE *)((ULONG_PTR)(start + FUZZ_GUARDED - size) & ~(ULONG_PTR)(alignment - 1));
        memset(at + size, 0xa5, start + FUZZ_GUARDED - (at + size));
        memset(at - min(64, at - start), 0xa5, min(64, at - start));
    }
    memcpy(at, data, size);
    return at;
}

BOOL fuzz_is_guard(const void *address)
{
    const BYTE *at = address;

    for (unsigned int i = 0; i < ARRAYSIZE(places); ++i)
    {
        if (places[i]
                && ((at >= places[i] - GUARD_SIZE && at < places[i])
                        || (at >= places[i] + FUZZ_GUARDED
                                && at < places[i] + FUZZ_GUARDED + GUARD_SIZE)))
            return TRUE;
    }
    return FALSE;
}
