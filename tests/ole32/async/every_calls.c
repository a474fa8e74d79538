/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A call or more of each method of IEveryType. */
#include "every_type.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

/* ---- arguments ---- */

static void *args_room(struct every_args *args, SIZE_T size)
{
    void *room = args->storage + args->stored;

    args->stored += (ULONG)((size + 15) & ~(SIZE_T)15);
    return room;
}

static void *args_keep(struct every_args *args, const void *data, SIZE_T size)
{
    return memcpy(args_room(args, size), data, size);
}

static void arg_raw(struct every_args *args, char direction, const void *data, SIZE_T size)
{
    struct every_param *param = &args->params[args->param_count++];

    if (!args->slot_count)
        args->slot_count = 1;
    param->direction = direction;
    param->slot = args->slot_count;
    param->slots = (ULONG)((size + sizeof(void *) - 1) / sizeof(void *));
    memcpy(&args->slots[param->slot], data, size);
    args->slot_count += param->slots;
}

static void arg_value(struct every_args *args, LONG value)
{
    arg_raw(args, 'i', &value, sizeof(value));
}

static void arg_hyper(struct every_args *args, hyper value)
{
    arg_raw(args, 'i', &value, sizeof(value));
}

static void arg_float(struct every_args *args, float value)
{
    arg_raw(args, 'i', &value, sizeof(value));
    args->params[args->param_count - 1].floating = TRUE;
}

static void arg_double(struct every_args *args, double value)
{
    arg_raw(args, 'i', &value, sizeof(value));
    args->params[args->param_count - 1].floating = TRUE;
}

static void arg_pointer(struct every_args *args, char direction, const void *pointer)
{
    arg_raw(args, direction, &pointer, sizeof(pointer));
}

/* By value: as the compilers of Windows pass them. */
static void arg_struct(struct every_args *args, const void *data, SIZE_T size)
{
#ifdef __x86_64__
    if (size != 1 && size != 2 && size != 4 && size != 8)
    {
        arg_pointer(args, 'i', args_keep(args, data, size));
        return;
    }
#endif
    arg_raw(args, 'i', data, size);
}

/* Room for an [out] parameter, filled with rubbish, as the stack of a caller is. */
static void *arg_out(struct every_args *args, SIZE_T size)
{
    void *room = args_room(args, size);

    memset(room, 0xa5, size);
    arg_pointer(args, 'o', room);
    args->params[args->param_count - 1].size = (ULONG)size;
    return room;
}

static void *arg_keep(struct every_args *args, char direction, const void *data, SIZE_T size)
{
    void *room = args_keep(args, data, size);

    arg_pointer(args, direction, room);
    return room;
}

static void *arg_at(struct every_args *args, ULONG index)
{
    return args->slots[args->params[index].slot];
}

ULONG every_args_half(const struct every_args *args, BOOL finish, void **half)
{
    ULONG count = 1;

    for (ULONG i = 0; i < args->param_count; i++)
    {
        const struct every_param *param = &args->params[i];

        if (param->direction == (finish ? 'i' : 'o'))
            continue;
        memcpy(&half[count], &args->slots[param->slot], param->slots * sizeof(void *));
        count += param->slots;
    }
    return count;
}

void every_args_clear(struct every_args *args)
{
    for (ULONG i = 0; i < args->param_count; i++)
    {
        if (args->params[i].direction == 'o')
            memset(arg_at(args, i), 0, args->params[i].size);
    }
}

/* ---- what came back ---- */

static void say(char *text, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));

static void say(char *text, const char *format, ...)
{
    SIZE_T length = strlen(text);
    va_list list;

    va_start(list, format);
    vsnprintf(text + length, EVERY_TEXT - length, format, list);
    va_end(list);
    text[EVERY_TEXT - 1] = 0;
}

static void say_text(char *text, const WCHAR *string)
{
    say(text, string ? "'%ls' " : "(null) ", string ? string : L"");
}

static void say_long(char *text, const LONG *value)
{
    if (value)
        say(text, "%ld ", (long)*value);
    else
        say(text, "null ");
}

static WCHAR *task_text(const WCHAR *text)
{
    SIZE_T size = (wcslen(text) + 1) * sizeof(WCHAR);
    WCHAR *copy = CoTaskMemAlloc(size);

    return memcpy(copy, text, size);
}

static LONG *task_long(LONG value)
{
    LONG *copy = CoTaskMemAlloc(sizeof(*copy));

    *copy = value;
    return copy;
}

/* ---- simple types ---- */

static void Empty_fill(struct every_args *args)
{
    args->slot_count = 1;
}

static void Empty_take(struct every_args *args, char *text)
{
    (void)args;
    (void)text;
}

static void Integers_fill(struct every_args *args)
{
    arg_value(args, 0xfe);
    arg_value(args, -300);
    arg_value(args, 0x12345678);
    arg_hyper(args, 0x123456789abcdef0);
    arg_value(args, 1);
    arg_value(args, L'x');
    arg_value(args, 0xffff);
    arg_out(args, sizeof(hyper));
}

static void Integers_take(struct every_args *args, char *text)
{
    say(text, "%lld", *(long long *)arg_at(args, 7));
}

static void FloatFirst_fill(struct every_args *args)
{
    arg_float(args, 0.5f);
    arg_value(args, 2);
    arg_double(args, 3.25);
    arg_value(args, -4);
    arg_double(args, 5.125);
    arg_out(args, sizeof(double));
}

static void FloatFirst_take(struct every_args *args, char *text)
{
    say(text, "%g", *(double *)arg_at(args, 5));
}

static void FloatSecond_fill(struct every_args *args)
{
    arg_value(args, 1);
    arg_double(args, 2.5);
    arg_value(args, 3);
    arg_float(args, 4.25f);
    arg_float(args, 5.5f);
    arg_out(args, sizeof(float));
}

static void FloatSecond_take(struct every_args *args, char *text)
{
    say(text, "%g", *(float *)arg_at(args, 5));
}

static void InOut_fill(struct every_args *args)
{
    arg_keep(args, 'b', "\x10", 1);
    arg_keep(args, 'b', &(short){-2}, sizeof(short));
    arg_keep(args, 'b', &(LONG){100000}, sizeof(LONG));
    arg_keep(args, 'b', &(hyper){-1}, sizeof(hyper));
    arg_keep(args, 'b', &(double){0.25}, sizeof(double));
}

static void InOut_take(struct every_args *args, char *text)
{
    say(text, "%d %d %ld %lld %g", *(BYTE *)arg_at(args, 0), *(short *)arg_at(args, 1),
            *(LONG *)arg_at(args, 2), *(long long *)arg_at(args, 3), *(double *)arg_at(args, 4));
}

static void Enums_fill(struct every_args *args)
{
    arg_value(args, SEASON_AUTUMN);
    arg_value(args, COLOUR_BLUE);
    arg_keep(args, 'b', &(every_season){SEASON_SPRING}, sizeof(every_season));
    arg_out(args, sizeof(every_colour));
}

static void Enums_take(struct every_args *args, char *text)
{
    say(text, "%d %x", *(int *)arg_at(args, 2), *(int *)arg_at(args, 3));
}

static void Range_fill(struct every_args *args)
{
    arg_value(args, 10);
    arg_out(args, sizeof(LONG));
}

static void Range_take(struct every_args *args, char *text)
{
    say_long(text, arg_at(args, 1));
}

static void Address_fill(struct every_args *args)
{
    arg_pointer(args, 'i', (void *)(INT_PTR)-5);
    arg_out(args, sizeof(INT_PTR));
}

static void Address_take(struct every_args *args, char *text)
{
    say(text, "%lld", (long long)*(INT_PTR *)arg_at(args, 1));
}

/* ---- strings ---- */

static void Texts_fill(struct every_args *args)
{
    arg_pointer(args, 'i', L"first");
    arg_pointer(args, 'i', L"second");
    arg_pointer(args, 'i', "third");
    arg_out(args, sizeof(WCHAR *));
}

static void Texts_null_fill(struct every_args *args)
{
    arg_pointer(args, 'i', L"");
    arg_pointer(args, 'i', NULL);
    arg_pointer(args, 'i', "");
    arg_out(args, sizeof(WCHAR *));
}

static void Texts_take(struct every_args *args, char *text)
{
    WCHAR **string = arg_at(args, 3);

    say_text(text, *string);
    CoTaskMemFree(*string);
}

static void TextInOut_fill(struct every_args *args)
{
    arg_keep(args, 'b', &(WCHAR *){task_text(L"in")}, sizeof(WCHAR *));
}

static void TextInOut_null_fill(struct every_args *args)
{
    arg_keep(args, 'b', &(WCHAR *){NULL}, sizeof(WCHAR *));
}

static void TextInOut_take(struct every_args *args, char *text)
{
    WCHAR **string = arg_at(args, 0);

    say_text(text, *string);
    CoTaskMemFree(*string);
}

static void TextBuffer_fill(struct every_args *args)
{
    arg_value(args, 9);
    arg_out(args, 9 * sizeof(WCHAR));
}

static void TextBuffer_take(struct every_args *args, char *text)
{
    say_text(text, arg_at(args, 1));
}

/* ---- structures and unions ---- */

static void Values_fill(struct every_args *args)
{
    every_pair a = {1, 2};
    every_triple b = {3, 4, 5};
    every_block c;

    memset(&c, 0, sizeof(c));
    c.big = 0x1122334455667788;
    c.real = 2.5;
    memset(c.bytes, 7, sizeof(c.bytes));
    arg_struct(args, &a, sizeof(a));
    arg_struct(args, &b, sizeof(b));
    arg_struct(args, &c, sizeof(c));
    arg_out(args, sizeof(every_pair));
    arg_out(args, sizeof(every_block));
}

static void Values_take(struct every_args *args, char *text)
{
    every_pair *d = arg_at(args, 3);
    every_block *e = arg_at(args, 4);

    say(text, "%ld %ld %llx %g %d", (long)d->a, (long)d->b, (long long)e->big, e->real,
            e->bytes[8]);
}

static void say_record(char *text, every_record *record)
{
    say(text, "{%ld %ld %ld %d ", (long)record->number, (long)record->pair.a, (long)record->pair.b,
            record->season);
    say_text(text, record->name);
    say_long(text, record->count);
    say(text, "} ");
    CoTaskMemFree(record->name);
    CoTaskMemFree(record->count);
}

static void Record_fill(struct every_args *args)
{
    every_record a = {1, {2, 3}, (WCHAR *)L"name", args_keep(args, &(LONG){9}, sizeof(LONG)),
            SEASON_AUTUMN};
    every_record b = {4, {5, 6}, task_text(L"other"), NULL, SEASON_SPRING};

    arg_keep(args, 'i', &a, sizeof(a));
    arg_keep(args, 'b', &b, sizeof(b));
    arg_out(args, sizeof(every_record));
}

static void Record_take(struct every_args *args, char *text)
{
    say_record(text, arg_at(args, 1));
    say_record(text, arg_at(args, 2));
}

static void say_plain(char *text, every_plain_record *record)
{
    say(text, "{%ld %s ", (long)record->number, record->text ? record->text : "(null)");
    say_long(text, record->count);
    say(text, "} ");
    CoTaskMemFree(record->text);
    CoTaskMemFree(record->count);
}

static void PlainRecord_fill(struct every_args *args)
{
    every_plain_record a = {1, args_keep(args, &(LONG){9}, sizeof(LONG)), (char *)"text"};
    every_plain_record b = {4, task_long(5), NULL};

    arg_keep(args, 'i', &a, sizeof(a));
    arg_keep(args, 'b', &b, sizeof(b));
    arg_out(args, sizeof(every_plain_record));
}

static void PlainRecord_take(struct every_args *args, char *text)
{
    say_plain(text, arg_at(args, 1));
    say_plain(text, arg_at(args, 2));
}

static void List_fill(struct every_args *args)
{
    every_node *list = NULL;

    for (LONG i = 0; i < 5; i++)
        list = args_keep(args, &(every_node){i, list}, sizeof(every_node));
    arg_pointer(args, 'i', list);
    arg_out(args, sizeof(every_node *));
}

static void List_null_fill(struct every_args *args)
{
    arg_pointer(args, 'i', NULL);
    arg_out(args, sizeof(every_node *));
}

static void List_take(struct every_args *args, char *text)
{
    every_node *node = *(every_node **)arg_at(args, 1);

    while (node)
    {
        every_node *next = node->next;

        say_long(text, &node->value);
        CoTaskMemFree(node);
        node = next;
    }
}

static void Counted_fill(struct every_args *args)
{
    struct
    {
        ULONG count;
        short values[5];
    } a = {5, {1, 20, 300, 4000, 5}};

    arg_keep(args, 'i', &a, sizeof(a));
    arg_out(args, sizeof(ULONG));
}

static void Counted_take(struct every_args *args, char *text)
{
    say_long(text, arg_at(args, 1));
}

static void Pairs_fill(struct every_args *args)
{
    every_pair pairs[3] = {{1, 2}, {3, 4}, {5, 6}};
    every_list a = {3, args_keep(args, pairs, sizeof(pairs))};

    arg_keep(args, 'i', &a, sizeof(a));
    arg_out(args, sizeof(every_list));
}

static void Pairs_take(struct every_args *args, char *text)
{
    every_list *list = arg_at(args, 1);

    for (ULONG i = 0; i < list->count; i++)
        say(text, "%ld/%ld ", (long)list->pairs[i].a, (long)list->pairs[i].b);
    CoTaskMemFree(list->pairs);
}

static void Choice_fill(struct every_args *args)
{
    arg_value(args, 2);
    arg_keep(args, 'i', &(every_option){.real = 2.5}, sizeof(every_option));
    arg_out(args, sizeof(every_tagged));
}

static void Choice_default_fill(struct every_args *args)
{
    arg_value(args, 9);
    arg_keep(args, 'i', &(every_option){.number = 5}, sizeof(every_option));
    arg_out(args, sizeof(every_tagged));
}

static void say_tagged(char *text, every_tagged *tagged)
{
    say(text, "%ld ", (long)tagged->kind);
    if (tagged->kind == 1)
        say_long(text, &tagged->choice.number);
    else if (tagged->kind == 2)
        say(text, "%g", tagged->choice.real);
    else if (tagged->kind == 3)
    {
        say_text(text, tagged->choice.text);
        CoTaskMemFree(tagged->choice.text);
    }
}

static void Choice_take(struct every_args *args, char *text)
{
    say_tagged(text, arg_at(args, 2));
}

static void Tagged_fill(struct every_args *args)
{
    every_tagged a = {1, {.number = 41}};

    arg_keep(args, 'b', &a, sizeof(a));
}

static void Tagged_text_fill(struct every_args *args)
{
    every_tagged a = {3, {.number = 0}};

    a.choice.text = task_text(L"tagged");
    arg_keep(args, 'b', &a, sizeof(a));
}

static void Tagged_take(struct every_args *args, char *text)
{
    say_tagged(text, arg_at(args, 0));
}

static void Capsule_fill(struct every_args *args)
{
    every_capsule a;

    memset(&a, 0, sizeof(a));
    a.kind = 1;
    a.value.small_number = -7;
    arg_keep(args, 'i', &a, sizeof(a));
    arg_out(args, sizeof(every_capsule));
}

static void Capsule_take(struct every_args *args, char *text)
{
    every_capsule *b = arg_at(args, 1);

    say(text, "%ld %lld", (long)b->kind, b->kind == 2 ? (long long)b->value.big_number : 0);
}

/* ---- arrays ---- */

static void Fixed_fill(struct every_args *args)
{
    arg_keep(args, 'i', (LONG[]){1, 2, 3, 4}, 4 * sizeof(LONG));
    arg_keep(args, 'b', (short[]){10, 20, 30}, 3 * sizeof(short));
    arg_out(args, 2 * sizeof(GUID));
}

static void Fixed_take(struct every_args *args, char *text)
{
    short *b = arg_at(args, 1);
    GUID *c = arg_at(args, 2);

    say(text, "%d %d %d %lx %lx", b[0], b[1], b[2], c[0].Data1, c[1].Data1);
}

static void Matrix_fill(struct every_args *args)
{
    arg_keep(args, 'i', (LONG[]){1, 2, 3, 4, 5, 6}, 6 * sizeof(LONG));
    arg_out(args, 6 * sizeof(LONG));
}

static void Matrix_take(struct every_args *args, char *text)
{
    for (ULONG i = 0; i < 6; i++)
        say_long(text, (LONG *)arg_at(args, 1) + i);
}

static void Sized_fill(struct every_args *args)
{
    arg_value(args, 4);
    arg_keep(args, 'i', (LONG[]){1, 2, 3, 4}, 4 * sizeof(LONG));
    arg_out(args, 4 * sizeof(LONG));
    arg_value(args, 3);
    arg_keep(args, 'b', "\x01\x02\xff", 3);
}

static void Sized_none_fill(struct every_args *args)
{
    arg_value(args, 0);
    arg_keep(args, 'i', "", 1);
    arg_out(args, 16);
    arg_value(args, 0);
    arg_keep(args, 'b', "", 1);
}

static void Sized_take(struct every_args *args, char *text)
{
    ULONG n = (ULONG)(ULONG_PTR)arg_at(args, 0);
    LONG *b = arg_at(args, 2);
    BYTE *c = arg_at(args, 4);

    for (ULONG i = 0; i < n; i++)
        say_long(text, b + i);
    say(text, "%d %d %d", c[0], c[1], c[2]);
}

static void SizedBy_fill(struct every_args *args)
{
    arg_keep(args, 'b', &(ULONG){4}, sizeof(ULONG));
    arg_keep(args, 'b', (short[]){1, 2, 3, 4}, 4 * sizeof(short));
}

static void SizedBy_take(struct every_args *args, char *text)
{
    short *a = arg_at(args, 1);

    say(text, "%d %d %d %d", a[0], a[1], a[2], a[3]);
}

static void Expression_fill(struct every_args *args)
{
    arg_value(args, 2);
    arg_keep(args, 'i', (short[]){1, 20, 300, 4000, 5}, 5 * sizeof(short));
    arg_out(args, sizeof(LONG));
}

static void Expression_take(struct every_args *args, char *text)
{
    say_long(text, arg_at(args, 2));
}

static void Half_fill(struct every_args *args)
{
    arg_value(args, 5);
    arg_keep(args, 'i', (short[]){11, 22}, 2 * sizeof(short));
    arg_out(args, 6 * sizeof(short));
}

static void Half_take(struct every_args *args, char *text)
{
    short *b = arg_at(args, 2);

    say(text, "%d %d %d %d", b[0], b[1], b[2], b[5]);
}

static void Optional_fill(struct every_args *args)
{
    arg_value(args, 3);
    arg_keep(args, 'i', (LONG[]){1, 20, 300}, 3 * sizeof(LONG));
    arg_out(args, sizeof(LONG));
}

static void Optional_null_fill(struct every_args *args)
{
    arg_value(args, 3);
    arg_pointer(args, 'i', NULL);
    arg_out(args, sizeof(LONG));
}

static void Varying_fill(struct every_args *args)
{
    arg_value(args, 7);
    arg_out(args, 7 * sizeof(LONG));
    arg_out(args, sizeof(ULONG));
}

static void Varying_take(struct every_args *args, char *text)
{
    LONG *a = arg_at(args, 1);

    say_long(text, arg_at(args, 2));
    say(text, "%ld %ld %ld", (long)a[0], (long)a[1], (long)a[2]);
}

static void VaryingIn_fill(struct every_args *args)
{
    arg_value(args, 6);
    arg_value(args, 2);
    arg_keep(args, 'i', (LONG[]){1, 20, 300, 4000, 5, 6}, 6 * sizeof(LONG));
    arg_out(args, sizeof(LONG));
}

static void VaryingIn_take(struct every_args *args, char *text)
{
    say_long(text, arg_at(args, 3));
}

static void Found_fill(struct every_args *args)
{
    arg_out(args, sizeof(ULONG));
    arg_out(args, sizeof(LONG *));
}

static void Found_take(struct every_args *args, char *text)
{
    ULONG n = *(ULONG *)arg_at(args, 0);
    LONG *a = *(LONG **)arg_at(args, 1);

    for (ULONG i = 0; a && i < n; i++)
        say_long(text, a + i);
    CoTaskMemFree(a);
}

static void Records_fill(struct every_args *args)
{
    every_record a[2] = {{1, {2, 3}, (WCHAR *)L"name", NULL, SEASON_AUTUMN},
            {4, {5, 6}, NULL, args_keep(args, &(LONG){9}, sizeof(LONG)), SEASON_SPRING}};

    arg_value(args, 2);
    arg_keep(args, 'i', a, sizeof(a));
    arg_out(args, sizeof(a));
}

static void Records_take(struct every_args *args, char *text)
{
    say_record(text, arg_at(args, 2));
    say_record(text, (every_record *)arg_at(args, 2) + 1);
}

/* ---- pointers ---- */

static void Full_fill(struct every_args *args)
{
    void *same = args_keep(args, &(LONG){5}, sizeof(LONG));

    arg_pointer(args, 'i', same);
    arg_pointer(args, 'i', same);
    arg_out(args, sizeof(LONG));
}

static void Full_other_fill(struct every_args *args)
{
    arg_keep(args, 'i', &(LONG){5}, sizeof(LONG));
    arg_keep(args, 'i', &(LONG){5}, sizeof(LONG));
    arg_out(args, sizeof(LONG));
}

static void Full_take(struct every_args *args, char *text)
{
    say_long(text, arg_at(args, 2));
}

static void Unique_fill(struct every_args *args)
{
    arg_keep(args, 'i', &(LONG){5}, sizeof(LONG));
    arg_pointer(args, 'i', NULL);
    arg_keep(args, 'b', &(LONG){6}, sizeof(LONG));
    arg_out(args, sizeof(LONG *));
}

static void Unique_null_fill(struct every_args *args)
{
    arg_pointer(args, 'i', NULL);
    arg_keep(args, 'i', &(LONG){5}, sizeof(LONG));
    arg_pointer(args, 'b', NULL);
    arg_out(args, sizeof(LONG *));
}

static void Unique_take(struct every_args *args, char *text)
{
    LONG **d = arg_at(args, 3);

    say_long(text, arg_at(args, 2));
    say_long(text, *d);
    CoTaskMemFree(*d);
}

/* ---- interfaces ---- */

static void say_object(char *text, IUnknown *object)
{
    say(text, object ? "object " : "none ");
    if (object)
        IUnknown_Release(object);
}

static void Object_fill(struct every_args *args)
{
    arg_pointer(args, 'i', every_object());
    arg_out(args, sizeof(IUnknown *));
    arg_keep(args, 'b', &(IUnknown *){NULL}, sizeof(IUnknown *));
}

static void Object_out_fill(struct every_args *args)
{
    arg_pointer(args, 'i', NULL);
    arg_out(args, sizeof(IUnknown *));
    arg_keep(args, 'b', &(IUnknown *){every_object()}, sizeof(IUnknown *));
}

static void Object_take(struct every_args *args, char *text)
{
    IUnknown *a = arg_at(args, 0);

    say_object(text, *(IUnknown **)arg_at(args, 1));
    say_object(text, *(IUnknown **)arg_at(args, 2));
    if (a)
        IUnknown_Release(a);
}

static void Interface_fill(struct every_args *args)
{
    arg_pointer(args, 'i', &IID_IUnknown);
    arg_pointer(args, 'i', every_object());
    arg_out(args, sizeof(IUnknown *));
}

static void Interface_take(struct every_args *args, char *text)
{
    say_object(text, *(IUnknown **)arg_at(args, 2));
    IUnknown_Release((IUnknown *)arg_at(args, 1));
}

static void Objects_fill(struct every_args *args)
{
    IUnknown *a[2] = {NULL, every_object()};

    arg_value(args, 2);
    arg_keep(args, 'i', a, sizeof(a));
    arg_out(args, sizeof(a));
}

static void Objects_take(struct every_args *args, char *text)
{
    IUnknown **b = arg_at(args, 2);

    say_object(text, b[0]);
    say_object(text, b[1]);
    IUnknown_Release(((IUnknown **)arg_at(args, 1))[1]);
}

/* ---- Automation ---- */

static void Bstr_fill(struct every_args *args)
{
    arg_pointer(args, 'i', SysAllocString(L"a BSTR"));
    arg_keep(args, 'b', &(BSTR){SysAllocString(L"b")}, sizeof(BSTR));
    arg_out(args, sizeof(BSTR));
}

static void Bstr_take(struct every_args *args, char *text)
{
    say_text(text, *(BSTR *)arg_at(args, 1));
    say_text(text, *(BSTR *)arg_at(args, 2));
    SysFreeString(arg_at(args, 0));
    SysFreeString(*(BSTR *)arg_at(args, 1));
    SysFreeString(*(BSTR *)arg_at(args, 2));
}

static VARIANT variant_text(const WCHAR *text)
{
    VARIANT value;

    memset(&value, 0, sizeof(value));
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    return value;
}

static void Variant_fill(struct every_args *args)
{
    VARIANT a;
    VARIANT b = variant_text(L"b");
    VARIANT c = variant_text(L"c");

    memset(&a, 0, sizeof(a));
    V_VT(&a) = VT_R8;
    V_R8(&a) = 1.5;
    arg_struct(args, &a, sizeof(a));
    arg_keep(args, 'i', &b, sizeof(b));
    arg_keep(args, 'b', &c, sizeof(c));
    arg_out(args, sizeof(VARIANT));
}

static void Variant_text_fill(struct every_args *args)
{
    VARIANT a = variant_text(L"by value");
    VARIANT b = variant_text(L"b");
    VARIANT c;

    memset(&c, 0, sizeof(c));
    arg_struct(args, &a, sizeof(a));
    arg_keep(args, 'i', &b, sizeof(b));
    arg_keep(args, 'b', &c, sizeof(c));
    arg_out(args, sizeof(VARIANT));
}

static void say_variant(char *text, VARIANT *value)
{
    say(text, "%d ", V_VT(value));
    if (V_VT(value) == VT_BSTR)
        say_text(text, V_BSTR(value));
    else if (V_VT(value) == VT_R8)
        say(text, "%g ", V_R8(value));
    VariantClear(value);
}

static void Variant_take(struct every_args *args, char *text)
{
    void *a = &args->slots[args->params[0].slot];

    if (args->params[0].slots == 1)
        a = *(void **)a;
    say_variant(text, arg_at(args, 2));
    say_variant(text, arg_at(args, 3));
    VariantClear(a);
    VariantClear(arg_at(args, 1));
}

static SAFEARRAY *array_of_longs(ULONG count)
{
    SAFEARRAYBOUND bound = {count, 0};
    SAFEARRAY *array = SafeArrayCreate(VT_I4, 1, &bound);

    for (ULONG i = 0; i < count; i++)
        ((LONG *)array->pvData)[i] = (LONG)i * 11;
    return array;
}

static void SafeArray_fill(struct every_args *args)
{
    arg_pointer(args, 'i', array_of_longs(3));
    arg_keep(args, 'b', &(SAFEARRAY *){array_of_longs(3)}, sizeof(SAFEARRAY *));
    arg_out(args, sizeof(SAFEARRAY *));
}

static void say_array(char *text, SAFEARRAY *array)
{
    if (!array)
    {
        say(text, "none ");
        return;
    }
    say(text, "%lu: ", array->rgsabound[0].cElements);
    for (ULONG i = 0; i < array->rgsabound[0].cElements; i++)
        say_long(text, (LONG *)array->pvData + i);
    SafeArrayDestroy(array);
}

static void SafeArray_take(struct every_args *args, char *text)
{
    say_array(text, *(SAFEARRAY **)arg_at(args, 1));
    say_array(text, *(SAFEARRAY **)arg_at(args, 2));
    SafeArrayDestroy(arg_at(args, 0));
}

static void Fail_fill(struct every_args *args)
{
    arg_value(args, E_ACCESSDENIED);
    arg_value(args, 3);
    arg_out(args, sizeof(WCHAR *));
    arg_out(args, 3 * sizeof(LONG));
}

static void Fail_take(struct every_args *args, char *text)
{
    LONG *b = arg_at(args, 3);

    say_text(text, *(WCHAR **)arg_at(args, 2));
    say(text, "%ld %ld %ld", (long)b[0], (long)b[1], (long)b[2]);
}

#define METHOD(name) (offsetof(IEveryTypeVtbl, name) / sizeof(void *))
#define CALL(name)                                                                                 \
    {                                                                                              \
#name, METHOD(name), name##_fill, name##_take                                              \
    }
#define CALL_AS(name, variant)                                                                     \
    {                                                                                              \
#name "_" #variant, METHOD(name), name##_##variant##_fill, name##_take                     \
    }

const struct every_call every_calls[] = {
        CALL(Empty),
        CALL(Integers),
        CALL(FloatFirst),
        CALL(FloatSecond),
        CALL(InOut),
        CALL(Enums),
        CALL(Range),
        CALL(Address),
        CALL(Texts),
        CALL_AS(Texts, null),
        CALL(TextInOut),
        CALL_AS(TextInOut, null),
        CALL(TextBuffer),
        CALL(Values),
        CALL(Record),
        CALL(PlainRecord),
        CALL(List),
        CALL_AS(List, null),
        CALL(Counted),
        CALL(Pairs),
        CALL(Choice),
        CALL_AS(Choice, default),
        CALL(Tagged),
        CALL_AS(Tagged, text),
        CALL(Capsule),
        CALL(Fixed),
        CALL(Matrix),
        CALL(Sized),
        CALL_AS(Sized, none),
        CALL(SizedBy),
        CALL(Expression),
        CALL(Half),
        {"Optional", METHOD(Optional), Optional_fill, Expression_take},
        {"Optional_null", METHOD(Optional), Optional_null_fill, Expression_take},
        CALL(Varying),
        CALL(VaryingIn),
        CALL(Found),
        CALL(Records),
        CALL(Objects),
        CALL(Full),
        CALL_AS(Full, other),
        CALL(Unique),
        CALL_AS(Unique, null),
        CALL(Object),
        CALL_AS(Object, out),
        CALL(Interface),
        CALL(Bstr),
        CALL(Variant),
        CALL_AS(Variant, text),
        CALL(SafeArray),
        CALL(Fail),
};

const ULONG every_call_count = ARRAYSIZE(every_calls);
