/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IEveryType of asyncif.idl: an object, and a call or more of each method, written down once for
 * synchronous and asynchronous clients. */
#ifndef CONCIERGE_EVERY_TYPE_H
#define CONCIERGE_EVERY_TYPE_H

#include "asyncif.h"

#define EVERY_SLOTS 64
#define EVERY_TEXT 1024

/* An object with synchronous methods; one reference. */
HRESULT every_type_create(IEveryType **out);

/* Whether methods free strings in [in, out] parameters and put others there, as they may. Stubs of
 * Wine leave such strings in the message, where nothing can be freed; then they are only changed.
 */
extern BOOL every_type_replaces;

struct every_param
{
    char direction; /* 'i', 'o', or 'b' for [in, out] */
    ULONG slot;
    ULONG slots;
    ULONG size;    /* of what an [out] parameter points to */
    BOOL floating; /* a float or a double */
};

/* The arguments of one call, as the synchronous method takes them. slots[0] is `this`. */
struct every_args
{
    void *slots[EVERY_SLOTS];
    ULONG slot_count;
    struct every_param params[16];
    ULONG param_count;
    BYTE storage[2048]; /* what the arguments point to; all 0 before `fill` */
    ULONG stored;
};

/* A call: `fill` makes the arguments, `take` writes what came back as text and frees it, and what
 * `fill` took. Both work for failed calls too. */
struct every_call
{
    const char *name;
    ULONG method;
    void (*fill)(struct every_args *args);
    void (*take)(struct every_args *args, char *text);
};

extern const struct every_call every_calls[];
extern const ULONG every_call_count;

/* Which methods a call of Begin_ (FALSE) or Finish_ takes: copies its slots, `this` left out.
 * Returns how many there are with it. */
ULONG every_args_half(const struct every_args *args, BOOL finish, void **half);

/* Clears the [out] parameters, for `take` when there was no call. */
void every_args_clear(struct every_args *args);

/* An interface pointer which other tests may pass: it is marshalled as a number (custom
 * marshalling), so that its bytes are the same every time; what that stands for is the receiving
 * process's own. Registers its class; call once, in an
 * apartment. */
HRESULT every_object_register(void);
IUnknown *every_object(void); /* referenced */

/* Set: it is marshalled as objects are, by reference. */
extern BOOL every_object_by_reference;
LONG every_object_references(void);

#endif
