/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxies and stubs of IParcel, with somebody in between who changes messages. */
#ifndef CONCIERGE_TESTS_PARCEL_PROXIES_H
#define CONCIERGE_TESTS_PARCEL_PROXIES_H

#include <windows.h>
#include <objidl.h>

/* Called with each request of a synchronous proxy, and each answer of a stub. NULL. */
extern void (*parcel_change_request)(RPCOLEMESSAGE *message);
extern void (*parcel_change_answer)(RPCOLEMESSAGE *message);

/* Whether stubs that are made from now on have their answers changed: such stubs have no
 * asynchronous form. */
extern BOOL parcel_changes_answers;

/* Registers the proxies and the pair. In an apartment; once. */
void parcel_register(void);

#endif
