/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The calls that the callback objects of this process get, in the order of their coming.
 */
#ifndef CONCIERGE_TESTS_CALLBACK_RECORD_H
#define CONCIERGE_TESTS_CALLBACK_RECORD_H

#include <stdbool.h>

#include "callback_object.h"

/* An object's report function; the line is put behind the object's context, a string or NULL. */
void callback_record(struct callback_object *object, const char *line);

void calls_clear(void);
/* Of all methods. */
extern unsigned int call_count;
/* Number of recorded calls that begin with `method`. */
unsigned int calls_of(const char *method);
/* Waits until there are that many. */
bool calls_wait(const char *method, unsigned int count, DWORD milliseconds);
/* The n-th recorded call, or an empty string. */
const char *call_number(unsigned int n);

#endif
