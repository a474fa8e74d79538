/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Object contexts: every apartment has one, the default context. */
#ifndef CONCIERGE_OBJECT_CONTEXT_H
#define CONCIERGE_OBJECT_CONTEXT_H

#include "apartment.h"

struct object_context;

/* The context of an apartment, made when there is none; borrowed, it lives at least until the
 * apartment is closed. NULL when that has happened, or when out of memory. */
struct object_context *object_context_get(struct apartment *apartment);
IUnknown *object_context_unknown(struct object_context *context);

/* The apartment closes. */
void object_context_detach(struct apartment *apartment);

#endif
