/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A call or more of each method of IEveryType: those with simple types, strings, structures and
 * unions, and the list of all. */
#include "every_args.h"

#include <stddef.h>
#include <string.h>

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

/* ---- a failure ---- */

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

/* ---- all ---- */

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
