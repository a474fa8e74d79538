/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system's synchronization objects, as tests make them. */
#ifndef CONCIERGE_TESTS_SYNC_CLASSES_H
#define CONCIERGE_TESTS_SYNC_CLASSES_H

#include <windows.h>
#include <objbase.h>

#include "tap.h"

enum sync_class_index
{
    SYNC_STANDARD,
    SYNC_MANUAL,
    SYNC_EVENTS,
    SYNC_CONTAINER = SYNC_EVENTS,
    SYNC_CLASSES,
};

struct sync_class
{
    const CLSID *clsid;
    const char *name;
    BOOL manual; /* a wait leaves it signalled */
};

extern const struct sync_class sync_classes[SYNC_CLASSES];

/* Whether the class is there; counts one failed TODO when Wine's own DLL has none. */
BOOL sync_class_is_there(const struct sync_class *class);

/* A new event; ends the test if there is none. */
ISynchronize *sync_class_create(const struct sync_class *class);

#endif
