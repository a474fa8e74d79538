/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "running_share.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker_client.h"
#include "broker_running.h"
#include "running_layout.h"
#include "trace.h"
#include "user_access.h"

#define CAPACITY_LEAST 64    /* slots */
#define RECORDS_LEAST 0x3000 /* bytes for records */
#define ROOM_LEAST 64        /* bytes of a record's room */
#define ROOM_CLASSES 96      /* four between a power of two and the next */
#define PUBLISH_PAUSE 30000  /* ms until the broker is asked again, when there was none */

BOOLEAN WINAPI SystemFunction036(void *buffer, ULONG size); /* RtlGenRandom */

/* Room of a record that has gone. */
struct free_room
{
    struct free_room *next;
    ULONG at;
};

static struct running_head *head;
static HANDLE head_section;
static UINT64 share_id;

/* The table of the moment. */
static struct running_data *data;
static HANDLE data_section;
static ULONG data_size, filled;       /* bytes; those which have been given out once */
static struct running_place **places; /* of each slot */
static ULONG live, used;              /* slots with an entry, and with one or the remains of one */
static ULONG live_bytes;              /* rooms of the live entries */
static LONG last_state;
static struct free_room **free_rooms; /* of each class; NULL: none yet */

static SRWLOCK publish_lock = SRWLOCK_INIT;
static ULONGLONG publish_after; /* GetTickCount64 */

/* ---- sections ---- */

/* Nobody else's: one that is there already is not taken. */
static HANDLE section_create_named(const WCHAR *name, ULONG size, void **view)
{
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, user_object_access(), PAGE_READWRITE,
            0, size, name);

    *view = NULL;
    if (section && GetLastError() != ERROR_ALREADY_EXISTS)
        *view = MapViewOfFile(section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, size);
    if (*view || !section)
        return section;
    CloseHandle(section);
    return NULL;
}

static UINT64 process_started(void)
{
    FILETIME created, other[3];

    if (!GetProcessTimes(GetCurrentProcess(), &created, &other[0], &other[1], &other[2]))
        return 0;
    return (UINT64)created.dwHighDateTime << 32 | created.dwLowDateTime;
}

static HRESULT head_create(void)
{
    WCHAR name[RUNNING_NAME_MAX];
    void *view;

    if (!SystemFunction036(&share_id, sizeof(share_id)) || !share_id)
        return E_OUTOFMEMORY;
    _snwprintf(name, ARRAYSIZE(name), RUNNING_HEAD_NAME, GetCurrentProcessId(),
            (ULONG)(share_id >> 32), (ULONG)share_id);
    head_section = section_create_named(name, sizeof(*head), &view);
    if (!head_section)
        return E_OUTOFMEMORY;
    head = view;
    head->version = RUNNING_VERSION;
    head->started = process_started();
    return S_OK;
}

/* ---- rooms ---- */

/* A size that rooms have, and which of them. */
static ULONG room_of(ULONG size, unsigned int *class)
{
    ULONG room = ROOM_LEAST;
    unsigned int i = 0;

    while (room < size)
    {
        room += 1u << (6 + i / 4 - 2); /* quarters of the power of two below */
        i++;
    }
    *class = min(i, ROOM_CLASSES - 1);
    return room;
}

static void rooms_forget(void)
{
    for (unsigned int i = 0; free_rooms && i < ROOM_CLASSES; i++)
    {
        while (free_rooms[i])
        {
            struct free_room *room = free_rooms[i];

            free_rooms[i] = room->next;
            free(room);
        }
    }
}

/* Without memory for the note it is lost until the next table. */
static void room_give_back(const struct running_place *place)
{
    struct free_room *room;
    unsigned int class;

    room_of(place->room, &class);
    if (!free_rooms && !(free_rooms = calloc(ROOM_CLASSES, sizeof(struct free_room *))))
        return;
    if (!(room = malloc(sizeof(*room))))
        return;
    room->at = place->at;
    room->next = free_rooms[class];
    free_rooms[class] = room;
}

static BOOL room_take(struct running_place *place, ULONG size)
{
    unsigned int class;
    struct free_room *room;

    place->room = room_of(size, &class);
    room = free_rooms ? free_rooms[class] : NULL;
    if (room)
    {
        place->at = room->at;
        free_rooms[class] = room->next;
        free(room);
        return TRUE;
    }
    if (!data || place->room > data_size - filled)
        return FALSE;
    place->at = filled;
    filled += place->room;
    return TRUE;
}

/* ---- slots ---- */

/* An even one which this process has not used lately. */
static LONG state_next(void)
{
    last_state = (last_state + 2) & 0x7ffffffe;
    if (!last_state)
        last_state = 2;
    return last_state;
}

/* Puts the record, which is written, where readers find it. */
static void slot_set(struct running_place *place, ULONG hash, ULONG size)
{
    ULONG index = hash & (data->capacity - 1);
    struct running_slot *slot;

    while (places[index])
        index = (index + 1) & (data->capacity - 1);
    slot = &data->slots[index];
    if (!slot->state)
        used++;
    live++;
    live_bytes += place->room;
    __atomic_store_n(&slot->state, state_next() | 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    slot->hash = hash;
    slot->place = place->at;
    slot->size = size;
    __atomic_store_n(&slot->state, state_next(), __ATOMIC_RELEASE);
    places[index] = place;
    place->slot = index;
    place->placed = TRUE;
}

/* What is before a slot that was never used needs not be passed either. */
static void slot_clear(ULONG index)
{
    const ULONG mask = data->capacity - 1;

    __atomic_store_n(&data->slots[index].state, state_next() | 1, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    if (data->slots[(index + 1) & mask].state)
        return;
    while (data->slots[index].state && !places[index])
    {
        __atomic_store_n(&data->slots[index].state, 0, __ATOMIC_RELEASE);
        used--;
        index = (index - 1) & mask;
    }
}

/* ---- tables ---- */

struct table
{
    struct running_data *data;
    HANDLE section;
    ULONG size;
    struct running_place **places;
};

static HRESULT table_create(ULONG generation, ULONG capacity, UINT64 records, struct table *table)
{
    UINT64 size = offsetof(struct running_data, slots)
            + (UINT64)capacity * sizeof(struct running_slot) + records;
    WCHAR name[RUNNING_NAME_MAX];
    void *view;

    if (capacity > RUNNING_SLOTS_MAX || size > RUNNING_SIZE_MAX)
        return E_OUTOFMEMORY;
    table->size = ((ULONG)size + 0xfff) & ~0xffful;
    table->places = calloc(capacity, sizeof(*table->places));
    if (!table->places)
        return E_OUTOFMEMORY;
    _snwprintf(name, ARRAYSIZE(name), RUNNING_TABLE_NAME, GetCurrentProcessId(),
            (ULONG)(share_id >> 32), (ULONG)share_id, generation);
    table->section = section_create_named(name, table->size, &view);
    if (!table->section)
    {
        free(table->places);
        return E_OUTOFMEMORY;
    }
    table->data = view;
    table->data->version = RUNNING_VERSION;
    table->data->capacity = capacity;
    return S_OK;
}

/* Another table with room for one more entry, and for as many again as there are. */
static HRESULT table_replace(ULONG room)
{
    ULONG generation = head->generation == MAXLONG ? 1 : head->generation + 1;
    ULONG capacity = CAPACITY_LEAST;
    struct table old = {data, data_section, data_size, places}, new;
    UINT64 records = max(((UINT64)live_bytes + room) * 2, RECORDS_LEAST);
    HRESULT hr;

    while (capacity < (live + 1) * 2)
        capacity *= 2;
    hr = table_create(generation, capacity, records, &new);
    if (FAILED(hr))
        return hr;
    data = new.data;
    data_section = new.section;
    data_size = new.size;
    places = new.places;
    filled = (ULONG)((BYTE *)&data->slots[capacity] - (BYTE *)data);
    live = used = live_bytes = 0;
    rooms_forget();
    for (ULONG i = 0; old.data && i < old.data->capacity; i++)
    {
        struct running_place *place = old.places[i];

        if (!place)
            continue;
        memcpy((BYTE *)data + filled, (BYTE *)old.data + place->at, old.data->slots[i].size);
        place->at = filled;
        filled += place->room;
        slot_set(place, old.data->slots[i].hash, old.data->slots[i].size);
    }
    head->sizes[generation % 2] = data_size;
    __atomic_store_n(&head->generation, generation, __ATOMIC_RELEASE);
    if (old.data)
    {
        UnmapViewOfFile(old.data);
        CloseHandle(old.section);
        free(old.places);
    }
    trace("running objects: table %lu of %lu bytes", generation, data_size);
    return S_OK;
}

static void record_write(const struct running_place *place, const struct running_key *key,
        const struct packet *moniker, const struct packet *object, const FILETIME *time)
{
    struct running_record *record = (struct running_record *)((BYTE *)data + place->at);
    BYTE *bytes = (BYTE *)(record + 1);

    record->changes = 0;
    record->key_size = key->size;
    record->moniker_size = moniker->size;
    record->object_size = object->size;
    record->times[0] = record->times[1] = *time;
    memcpy(bytes, key->data, key->size);
    memcpy(bytes + key->size, moniker->data, moniker->size);
    memcpy(bytes + key->size + moniker->size, object->data, object->size);
}

HRESULT running_share_add(struct running_place *place, const struct running_key *key,
        const struct packet *moniker, const struct packet *object, const FILETIME *time)
{
    UINT64 size = (UINT64)sizeof(struct running_record) + key->size + moniker->size + object->size;
    HRESULT hr = head ? S_OK : head_create();
    unsigned int class;

    if (FAILED(hr))
        return hr;
    if (size > RUNNING_RECORD_MAX)
        return E_OUTOFMEMORY;
    if (!data || (used + 1) * 3 > data->capacity * 2 || !room_take(place, (ULONG)size))
    {
        hr = table_replace(room_of((ULONG)size, &class));
        if (FAILED(hr))
            return hr;
        if (!room_take(place, (ULONG)size))
            return E_OUTOFMEMORY;
    }
    record_write(place, key, moniker, object, time);
    slot_set(place, (ULONG)running_key_hash(key->data, key->size), (ULONG)size);
    /* Of two processes which register the same name at a time at least one sees the other. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return S_OK;
}

void running_share_set_time(const struct running_place *place, const FILETIME *time)
{
    struct running_record *record;
    ULONG changes;

    if (!place->placed)
        return;
    record = (struct running_record *)((BYTE *)data + place->at);
    changes = record->changes + 1;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    record->times[changes % 2] = *time;
    __atomic_store_n(&record->changes, changes, __ATOMIC_RELEASE);
}

void running_share_remove(struct running_place *place)
{
    if (!place->placed)
        return;
    places[place->slot] = NULL;
    slot_clear(place->slot);
    live--;
    live_bytes -= place->room;
    room_give_back(place);
    place->placed = FALSE;
}

HRESULT running_share_publish(void)
{
    ULONGLONG now;
    HRESULT hr;

    if (broker_running_listed(GetCurrentProcessId(), share_id))
        return S_OK;
    now = GetTickCount64();
    AcquireSRWLockShared(&publish_lock);
    hr = now < publish_after ? CO_E_SCM_RPC_FAILURE : S_OK;
    ReleaseSRWLockShared(&publish_lock);
    if (FAILED(hr) && !broker_is_linked())
        return hr;
    hr = broker_list_running(share_id);
    if (FAILED(hr))
    {
        trace("nobody else will find running objects of this process: %08lx", hr);
        AcquireSRWLockExclusive(&publish_lock);
        publish_after = GetTickCount64() + PUBLISH_PAUSE;
        ReleaseSRWLockExclusive(&publish_lock);
    }
    return hr;
}
