/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the calls in every_calls.c are written with: their arguments, and what came back as text. */
#ifndef CONCIERGE_EVERY_ARGS_H
#define CONCIERGE_EVERY_ARGS_H

#include "every_type.h"

/* ---- arguments, in the order in which the method has them ---- */

void arg_value(struct every_args *args, LONG value);
void arg_hyper(struct every_args *args, hyper value);
void arg_float(struct every_args *args, float value);
void arg_double(struct every_args *args, double value);
/* By value: as the compilers of Windows pass them. */
void arg_struct(struct every_args *args, const void *data, SIZE_T size);
void arg_pointer(struct every_args *args, char direction, const void *pointer);
/* A pointer to a copy of `data`; to room for an [out] parameter, filled with rubbish. */
void *arg_keep(struct every_args *args, char direction, const void *data, SIZE_T size);
void *arg_out(struct every_args *args, SIZE_T size);

/* A copy for others to point to, as long as the arguments are there. */
void *args_keep(struct every_args *args, const void *data, SIZE_T size);
/* The pointer that was passed; parameters count from 0. */
void *arg_at(struct every_args *args, ULONG index);

/* Of CoTaskMemAlloc. */
WCHAR *task_text(const WCHAR *text);
LONG *task_long(LONG value);

/* ---- what came back: appended to `text`; pointers may be NULL ---- */

void say(char *text, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));
void say_text(char *text, const WCHAR *string);
void say_long(char *text, const LONG *value);
void say_record(char *text, every_record *record); /* frees what it points to */

/* ---- the calls in every_calls_arrays.c ---- */

#define EVERY_FILL(name) void name##_fill(struct every_args *args)
#define EVERY_CALL(name)                                                                           \
    EVERY_FILL(name);                                                                              \
    void name##_take(struct every_args *args, char *text)

EVERY_CALL(Fixed);
EVERY_CALL(Matrix);
EVERY_CALL(Sized);
EVERY_CALL(SizedBy);
EVERY_CALL(Expression);
EVERY_CALL(Half);
EVERY_CALL(Varying);
EVERY_CALL(VaryingIn);
EVERY_CALL(Found);
EVERY_CALL(Records);
EVERY_CALL(Full);
EVERY_CALL(Unique);
EVERY_CALL(Object);
EVERY_CALL(Interface);
EVERY_CALL(Objects);
EVERY_CALL(Bstr);
EVERY_CALL(Variant);
EVERY_CALL(SafeArray);
EVERY_FILL(Sized_none);
EVERY_FILL(Optional);
EVERY_FILL(Optional_null);
EVERY_FILL(Full_other);
EVERY_FILL(Unique_null);
EVERY_FILL(Object_out);
EVERY_FILL(Variant_text);

#endif
