/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hash tables with the links inside the elements: one pointer an element, chains in buckets, twice
 * the buckets when the elements outnumber them. The caller locks.
 */
#ifndef CONCIERGE_HASH_TABLE_H
#define CONCIERGE_HASH_TABLE_H

#include <stdlib.h>
#include <string.h>
#include <windows.h>

struct hash_link
{
    struct hash_link *next;
};

struct hash_table
{
    size_t (*hash)(const struct hash_link *link); /* of an element */
    struct hash_link **buckets;
    size_t bucket_count; /* 0 or a power of two */
    size_t count;
};

/* Spreads the bits of a 64-bit key. */
static inline size_t hash_mix(UINT64 key)
{
    key ^= key >> 32;
    key *= 0x9e3779b97f4a7c15ull;
    return (size_t)(key >> 24);
}

static inline size_t hash_guid(const GUID *guid)
{
    UINT64 halves[2];

    memcpy(halves, guid, sizeof(halves));
    return hash_mix(halves[0] ^ hash_mix(halves[1]));
}

static inline BOOL hash_table_resize(struct hash_table *table, size_t bucket_count)
{
    struct hash_link **buckets = calloc(bucket_count, sizeof(*buckets));
    size_t i;

    if (!buckets)
        return FALSE;
    for (i = 0; i < table->bucket_count; ++i)
    {
        struct hash_link *link = table->buckets[i];

        while (link)
        {
            struct hash_link *next = link->next;
            size_t at = table->hash(link) & (bucket_count - 1);

            link->next = buckets[at];
            buckets[at] = link;
            link = next;
        }
    }
    free(table->buckets);
    table->buckets = buckets;
    table->bucket_count = bucket_count;
    return TRUE;
}

/* FALSE: out of memory. */
static inline BOOL hash_table_insert(struct hash_table *table, struct hash_link *link)
{
    struct hash_link **bucket;

    if (table->count >= table->bucket_count
            && !hash_table_resize(table, table->bucket_count ? table->bucket_count * 2 : 64)
            && !table->bucket_count)
        return FALSE;
    bucket = &table->buckets[table->hash(link) & (table->bucket_count - 1)];
    link->next = *bucket;
    *bucket = link;
    ++table->count;
    return TRUE;
}

/* Harmless for an element that is not there. An empty table keeps no memory. */
static inline void hash_table_remove(struct hash_table *table, struct hash_link *link)
{
    struct hash_link **at;

    if (!table->bucket_count)
        return;
    at = &table->buckets[table->hash(link) & (table->bucket_count - 1)];
    while (*at && *at != link)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = link->next;
    if (!--table->count)
    {
        free(table->buckets);
        table->buckets = NULL;
        table->bucket_count = 0;
    }
}

/* The first of the elements which may have this hash; go on by ->next. */
static inline struct hash_link *hash_table_first(const struct hash_table *table, size_t hash)
{
    return table->bucket_count ? table->buckets[hash & (table->bucket_count - 1)] : NULL;
}

#endif
