/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "every_args.h"

#include <stdarg.h>
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

void *args_keep(struct every_args *args, const void *data, SIZE_T size)
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

void arg_value(struct every_args *args, LONG value)
{
    arg_raw(args, 'i', &value, sizeof(value));
}

void arg_hyper(struct every_args *args, hyper value)
{
    arg_raw(args, 'i', &value, sizeof(value));
}

void arg_float(struct every_args *args, float value)
{
    arg_raw(args, 'i', &value, sizeof(value));
    args->params[args->param_count - 1].floating = TRUE;
}

void arg_double(struct every_args *args, double value)
{
    arg_raw(args, 'i', &value, sizeof(value));
    args->params[args->param_count - 1].floating = TRUE;
}

void arg_pointer(struct every_args *args, char direction, const void *pointer)
{
    arg_raw(args, direction, &pointer, sizeof(pointer));
}

/* By value: as the compilers of Windows pass them. */
void arg_struct(struct every_args *args, const void *data, SIZE_T size)
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
void *arg_out(struct every_args *args, SIZE_T size)
{
    void *room = args_room(args, size);

    memset(room, 0xa5, size);
    arg_pointer(args, 'o', room);
    args->params[args->param_count - 1].size = (ULONG)size;
    return room;
}

void *arg_keep(struct every_args *args, char direction, const void *data, SIZE_T size)
{
    void *room = args_keep(args, data, size);

    arg_pointer(args, direction, room);
    return room;
}

void *arg_at(struct every_args *args, ULONG index)
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

void say(char *text, const char *format, ...)
{
    SIZE_T length = strlen(text);
    va_list list;

    va_start(list, format);
    vsnprintf(text + length, EVERY_TEXT - length, format, list);
    va_end(list);
    text[EVERY_TEXT - 1] = 0;
}

void say_text(char *text, const WCHAR *string)
{
    say(text, string ? "'%ls' " : "(null) ", string ? string : L"");
}

void say_long(char *text, const LONG *value)
{
    if (value)
        say(text, "%ld ", (long)*value);
    else
        say(text, "null ");
}

WCHAR *task_text(const WCHAR *text)
{
    SIZE_T size = (wcslen(text) + 1) * sizeof(WCHAR);
    WCHAR *copy = CoTaskMemAlloc(size);

    return memcpy(copy, text, size);
}

LONG *task_long(LONG value)
{
    LONG *copy = CoTaskMemAlloc(sizeof(*copy));

    *copy = value;
    return copy;
}

void say_record(char *text, every_record *record)
{
    say(text, "{%ld %ld %ld %d ", (long)record->number, (long)record->pair.a, (long)record->pair.b,
            record->season);
    say_text(text, record->name);
    say_long(text, record->count);
    say(text, "} ");
    CoTaskMemFree(record->name);
    CoTaskMemFree(record->count);
}
