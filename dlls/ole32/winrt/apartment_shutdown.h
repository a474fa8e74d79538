/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who wants to be told that an apartment ends. */
#ifndef CONCIERGE_APARTMENT_SHUTDOWN_H
#define CONCIERGE_APARTMENT_SHUTDOWN_H

struct apartment;

/* In the apartment while it is being left, before its objects are let go: calls those who have
 * registered for it, the last one first, and forgets them. */
void apartment_shutdown_notify(struct apartment *apartment);

#endif
