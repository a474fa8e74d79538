/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is exported but not there yet: it says so in the log and fails. */
#ifndef CONCIERGE_NOT_IMPLEMENTED_H
#define CONCIERGE_NOT_IMPLEMENTED_H

#include <windows.h>

/* Writes one line to the log and returns E_NOTIMPL. */
HRESULT function_not_implemented(const char *function);

/* The same for a function that makes an object: its out parameter becomes NULL. E_INVALIDARG when
 * there is no out parameter. */
HRESULT object_not_implemented(const char *function, void *out);

/* return NOT_IMPLEMENTED(); return NOT_IMPLEMENTED_OBJECT(out); with the name of the function. */
#define NOT_IMPLEMENTED() function_not_implemented(__func__)
#define NOT_IMPLEMENTED_OBJECT(out) object_not_implemented(__func__, out)

/* clang-format off */
#define ARGUMENTS_0 void
#define ARGUMENTS_1 void *a
#define ARGUMENTS_2 ARGUMENTS_1, void *b
#define ARGUMENTS_3 ARGUMENTS_2, void *c
#define ARGUMENTS_4 ARGUMENTS_3, void *d
#define ARGUMENTS_5 ARGUMENTS_4, void *e
#define ARGUMENTS_6 ARGUMENTS_5, void *f
#define ARGUMENTS_7 ARGUMENTS_6, void *g
#define ARGUMENTS_8 ARGUMENTS_7, void *h
#define ARGUMENTS_9 ARGUMENTS_8, void *i
#define ARGUMENTS_10 ARGUMENTS_9, void *j
#define ARGUMENTS_11 ARGUMENTS_10, void *k

/* A function of which only the size of the arguments is known, in words; a file of such functions
 * ignores -Wunused-parameter. */
#define UNDOCUMENTED(name, words) \
    HRESULT WINAPI name(ARGUMENTS_##words); \
    HRESULT WINAPI name(ARGUMENTS_##words) \
    { \
        return NOT_IMPLEMENTED(); \
    }
/* clang-format on */

#endif
