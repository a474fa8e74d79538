/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "running_view.h"

#include <stdlib.h>
#include <string.h>

#define CHANGES_MAX 16 /* an entry that changes more often while it is read is passed over */

/* Each number is read once: it may be another one the next time. */
#define SHARED(number) __atomic_load_n(&(number), __ATOMIC_RELAXED)

enum look
{
    LOOK_END,   /* nobody has ever been here or behind */
    LOOK_OTHER, /* not what is wanted */
    LOOK_FOUND,
    LOOK_CHANGED /* it was changed meanwhile */
};

BOOL running_view_init(struct running_view *view, const void *data, ULONG size)
{
    memset(view, 0, sizeof(*view));
    if (size < sizeof(struct running_data) || size > RUNNING_SIZE_MAX)
        return FALSE;
    view->data = data;
    view->size = size;
    view->capacity = SHARED(view->data->capacity);
    return SHARED(view->data->version) == RUNNING_VERSION && view->capacity
            && view->capacity <= RUNNING_SLOTS_MAX && !(view->capacity & (view->capacity - 1))
            && view->capacity <= (size - sizeof(*view->data)) / sizeof(view->data->slots[0]);
}

/* The owner may be about to write the other one, and then the first one again. */
static FILETIME record_time(const struct running_record *record)
{
    FILETIME time = {0, 0};

    for (unsigned int i = 0; i < CHANGES_MAX; i++)
    {
        ULONG changes = __atomic_load_n(&record->changes, __ATOMIC_ACQUIRE);

        time.dwLowDateTime = SHARED(record->times[changes % 2].dwLowDateTime);
        time.dwHighDateTime = SHARED(record->times[changes % 2].dwHighDateTime);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (SHARED(record->changes) == changes)
            break;
    }
    return time;
}

/* Whether a record of that size can consist of these parts. */
static BOOL sizes_agree(const struct running_record *sizes, ULONG size)
{
    ULONG left = size - sizeof(*sizes);

    if (!sizes->key_size || sizes->key_size > RUNNING_KEY_MAX || sizes->key_size > left)
        return FALSE;
    left -= sizes->key_size;
    return sizes->moniker_size <= left && sizes->object_size == left - sizes->moniker_size;
}

static BOOL record_copy(const struct running_record *record, const struct running_record *sizes,
        ULONG size, struct running_copy *copy)
{
    copy->record = malloc(size);
    if (!copy->record)
        return FALSE;
    memcpy(copy->record, record, size);
    copy->moniker.data = (BYTE *)(copy->record + 1) + sizes->key_size;
    copy->moniker.size = sizes->moniker_size;
    copy->object.data = copy->moniker.data + sizes->moniker_size;
    copy->object.size = sizes->object_size;
    return TRUE;
}

void running_copy_free(struct running_copy *copy)
{
    free(copy->record);
    memset(copy, 0, sizeof(*copy));
}

/* Without the second look at the slot. */
static enum look slot_read(const struct running_view *view, const struct running_slot *slot,
        const struct running_key *key, struct running_copy *copy)
{
    ULONG place = SHARED(slot->place), size = SHARED(slot->size);
    const struct running_record *record;
    struct running_record sizes = {0};

    if (place % 8 || size < sizeof(*record) || size > RUNNING_RECORD_MAX || size > view->size
            || place > view->size - size)
        return LOOK_OTHER;
    record = (const struct running_record *)((const BYTE *)view->data + place);
    sizes.key_size = SHARED(record->key_size);
    sizes.moniker_size = SHARED(record->moniker_size);
    sizes.object_size = SHARED(record->object_size);
    if (!sizes_agree(&sizes, size))
        return LOOK_OTHER;
    if (key && (sizes.key_size != key->size || memcmp(record + 1, key->data, key->size)))
        return LOOK_OTHER;
    if (copy)
    {
        copy->time = record_time(record);
        if (!record_copy(record, &sizes, size, copy))
            return LOOK_OTHER;
    }
    return LOOK_FOUND;
}

static enum look slot_look(const struct running_view *view, const struct running_slot *slot,
        const struct running_key *key, ULONG hash, struct running_copy *copy)
{
    LONG state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
    enum look look;

    if (!state)
        return LOOK_END;
    if (state & 1)
        return LOOK_OTHER;
    if (key && SHARED(slot->hash) != hash)
        look = LOOK_OTHER;
    else
        look = slot_read(view, slot, key, copy);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (SHARED(slot->state) == state)
        return look;
    if (look == LOOK_FOUND && copy)
        running_copy_free(copy);
    return LOOK_CHANGED;
}

static enum look slot_settle(const struct running_view *view, ULONG index,
        const struct running_key *key, ULONG hash, struct running_copy *copy)
{
    enum look look = LOOK_CHANGED;

    for (unsigned int i = 0; look == LOOK_CHANGED && i < CHANGES_MAX; i++)
        look = slot_look(view, &view->data->slots[index], key, hash, copy);
    return look;
}

BOOL running_view_find(const struct running_view *view, const struct running_key *key, ULONG *step,
        struct running_copy *copy)
{
    ULONG hash = (ULONG)running_key_hash(key->data, key->size);

    while (*step < view->capacity)
    {
        ULONG index = (hash + (*step)++) & (view->capacity - 1);
        enum look look = slot_settle(view, index, key, hash, copy);

        if (look == LOOK_FOUND)
            return TRUE;
        if (look == LOOK_END)
            *step = view->capacity;
    }
    return FALSE;
}

BOOL running_view_next(const struct running_view *view, ULONG *step, struct running_copy *copy)
{
    while (*step < view->capacity)
    {
        if (slot_settle(view, (*step)++, NULL, 0, copy) == LOOK_FOUND)
            return TRUE;
    }
    return FALSE;
}
