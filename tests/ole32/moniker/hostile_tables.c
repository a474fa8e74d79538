/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Altered tables of running objects, as another process may show them: nothing is read past an end,
 * no look takes long, what is copied consists of what was there, nothing is leaked. hostile_tables
 * SEED NUMBER feeds one.
 */
#include "fuzz.h"

#include "running_tables.h"

TAP_TIME_LIMIT(300);

#define SEED 20261122
#define TABLES 60000
#define ENTRIES 12

static struct fuzz_corpus corpus;
static ULONG found, strange;

static void table_take(const char *name)
{
    struct running_view view;
    LONG generation;
    const void *data = tables_view(&view, &generation);
    struct fuzz_item *item;

    if (!data || view.size > FUZZ_ITEM_MAX)
        bail_out("no table");
    item = fuzz_add(&corpus, name, 0, data, view.size);
    fuzz_length_at(item, FIELD_OFFSET(struct running_data, capacity));
    for (ULONG i = 0, fields = 0; i < view.capacity && fields < 3; i++)
    {
        ULONG at = FIELD_OFFSET(struct running_data, slots) + i * sizeof(struct running_slot);
        ULONG place = view.data->slots[i].place;

        if (!view.data->slots[i].state)
            continue;
        fields++;
        fuzz_length_at(item, at + FIELD_OFFSET(struct running_slot, place));
        fuzz_length_at(item, at + FIELD_OFFSET(struct running_slot, size));
        if (fields == 1)
            fuzz_length_at(item, place + FIELD_OFFSET(struct running_record, key_size));
    }
    UnmapViewOfFile(data);
}

static void corpus_make(void)
{
    static struct running_place places[ENTRIES];

    tables_add(&places[0], 0, 0);
    if (!tables_open())
        bail_out("no head");
    table_take("one entry");
    for (ULONG i = 1; i < ENTRIES; i++)
        tables_add(&places[i], i / 2, i);
    table_take("entries");
    for (ULONG i = 0; i < ENTRIES; i += 3)
        running_share_remove(&places[i]);
    table_take("gaps");
    for (ULONG i = 0; i < ENTRIES; i++)
        running_share_remove(&places[i]);
}

static void copy_look(struct running_copy *copy, ULONG size)
{
    volatile BYTE last = 0;

    found++;
    strange += copy->moniker.size > size || copy->object.size > size;
    if (copy->moniker.size)
        last = copy->moniker.data[copy->moniker.size - 1];
    if (copy->object.size)
        last = copy->object.data[copy->object.size - 1];
    (void)last;
    running_copy_free(copy);
}

static void table_feed(const struct fuzz_input *input, UINT32 number)
{
    ULONG step, size = min(input->size, FUZZ_GUARDED - 16);
    const void *data = fuzz_guard(0, input->data, size, 8, number & 1);
    struct running_view view;
    struct running_copy copy;
    struct running_key key;

    if (!running_view_init(&view, data, size))
        return;
    for (ULONG i = 0; i < ENTRIES / 2; i++)
    {
        tables_key(i, &key);
        for (step = 0; running_view_find(&view, &key, &step, &copy);)
            copy_look(&copy, size);
    }
    for (step = 0; running_view_next(&view, &step, &copy);)
        copy_look(&copy, size);
}

int main(int argc, char **argv)
{
    static struct fuzz_input input;
    struct fuzz_memory before;
    UINT32 number, end;

    if (tap_builtin())
        skip_all("a million altered tables are for our DLL");
    fuzz_begin(argc, argv, SEED, 10);
    corpus_make();
    fuzz_memory_get(&before);
    for (fuzz_range(TABLES, &number, &end); number < end; number++)
    {
        fuzz_make(&corpus, fuzz_seed(), number, &input);
        fuzz_at("table", number);
        fuzz_show(&input);
        table_feed(&input, number);
    }
    ok(found, "%lu entries found", found);
    is_uint(strange, 0, "none is larger than its table");
    fuzz_memory_check(&before, 0x10000, 4, "reading altered tables");
    fuzz_corpus_free(&corpus);
    note("%lu inputs", fuzz_total());
    return done_testing();
}
