/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IEveryType with call objects. They know nothing of its methods but where their arguments lie, and
 * have them done by the synchronous methods. */
#ifndef CONCIERGE_EVERY_SERVER_H
#define CONCIERGE_EVERY_SERVER_H

#include "every_type.h"

/* An object; one reference. With call objects it has ICallFactory, too. Calls of these are
 * signalled within Begin_ and by another thread in turn. */
HRESULT every_server_create(BOOL call_objects, IEveryType **out);

/* Objects and call objects that live. */
LONG every_server_count(void);

/* How many calls have gone through call objects. */
LONG every_server_halves(void);

#endif
