/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media which went over to who got them. */
#ifndef CONCIERGE_USER_MEDIUM_H
#define CONCIERGE_USER_MEDIUM_H

#include <windows.h>
#include <objidl.h>

/* FLAG_STGMEDIUM and CACHE_STGMEDIUM leave in ContextFlags how they were marshalled. A medium that
 * was, and is the receiver's now: frees what the sender still has of it. */
void user_medium_gone(STGMEDIUM *medium, DWORD context);

#endif
