/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table of running objects in shared memory by itself, for tests: without a broker. */
#ifndef CONCIERGE_TESTS_RUNNING_TABLES_H
#define CONCIERGE_TESTS_RUNNING_TABLES_H

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "broker_client.h"
#include "running_layout.h"
#include "running_share.h"
#include "running_view.h"

/* Of the table that running_share.c has listed. */
static UINT64 tables_id;
static const struct running_head *tables_head;

HRESULT broker_list_running(UINT64 id)
{
    tables_id = id;
    return S_OK;
}

BOOL broker_is_linked(void)
{
    return FALSE;
}

/* As another process does it. */
static inline const void *tables_map(const WCHAR *name, ULONG size)
{
    HANDLE section = OpenFileMappingW(FILE_MAP_READ, FALSE, name);
    const void *view = section ? MapViewOfFile(section, FILE_MAP_READ, 0, 0, size) : NULL;

    if (section)
        CloseHandle(section);
    return view;
}

/* Looks up the head; after the first entry. */
static inline bool tables_open(void)
{
    WCHAR name[RUNNING_NAME_MAX];

    running_share_publish();
    swprintf(name, RUNNING_NAME_MAX, RUNNING_HEAD_NAME, GetCurrentProcessId(),
            (ULONG)(tables_id >> 32), (ULONG)tables_id);
    tables_head = tables_map(name, sizeof(*tables_head));
    return tables_head != NULL;
}

/* The table of the moment; to be unmapped. NULL: it has just been replaced. */
static inline const void *tables_view(struct running_view *view, LONG *generation)
{
    WCHAR name[RUNNING_NAME_MAX];
    const void *data;
    ULONG size;

    *generation = __atomic_load_n(&tables_head->generation, __ATOMIC_ACQUIRE);
    size = tables_head->sizes[*generation & 1];
    swprintf(name, RUNNING_NAME_MAX, RUNNING_TABLE_NAME, GetCurrentProcessId(),
            (ULONG)(tables_id >> 32), (ULONG)tables_id, *generation);
    data = tables_map(name, size);
    if (data && !running_view_init(view, data, size))
    {
        UnmapViewOfFile(data);
        data = NULL;
    }
    return data;
}

/* An entry of which every byte follows from its number. */
static inline void tables_key(ULONG number, struct running_key *key)
{
    key->size = 8 + number * 7 % 120;
    for (ULONG i = 0; i < key->size; i++)
        key->data[i] = (BYTE)(number >> i % 4 * 8) ^ (BYTE)(i / 4);
}

static inline ULONG tables_size(ULONG number, ULONG turn)
{
    return 4 + (number * 31 + turn * 17) % 900;
}

static inline HRESULT tables_add(struct running_place *place, ULONG number, ULONG turn)
{
    BYTE moniker[1024], object[1024];
    struct packet moniker_packet = {moniker, tables_size(number, turn)};
    struct packet object_packet = {object, tables_size(number, turn + 1)};
    FILETIME time = {turn, turn};
    struct running_key key;

    tables_key(number, &key);
    memset(moniker, (int)(number + turn), moniker_packet.size);
    memset(object, (int)(number + turn + 1), object_packet.size);
    return running_share_add(place, &key, &moniker_packet, &object_packet, &time);
}

/* Whether a copy is as it was added, in one turn or another. */
static inline bool tables_copy_is_whole(const struct running_copy *copy, ULONG number)
{
    ULONG turn = copy->time.dwHighDateTime;

    if (copy->time.dwLowDateTime != turn || copy->moniker.size != tables_size(number, turn)
            || copy->object.size != tables_size(number, turn + 1))
        return false;
    for (ULONG i = 0; i < copy->moniker.size; i++)
    {
        if (copy->moniker.data[i] != (BYTE)(number + turn))
            return false;
    }
    for (ULONG i = 0; i < copy->object.size; i++)
    {
        if (copy->object.data[i] != (BYTE)(number + turn + 1))
            return false;
    }
    return true;
}

#endif
