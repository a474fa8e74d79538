/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The surrogate: the ISurrogate that COM calls, and the classes whose DLLs it has loaded. */
#ifndef CONCIERGE_SURROGATE_H
#define CONCIERGE_SURROGATE_H

#include <windows.h>
#include <objbase.h>

/* The one of this process; static, not counted. */
ISurrogate *surrogate_get(void);

/* Set by ISurrogate::FreeSurrogate. NULL: no memory. */
HANDLE surrogate_leave_event(void);

/* Whether no DLL has an object or lock left, as they say themselves; TRUE too when none is loaded.
 */
BOOL surrogate_is_idle(void);

/* Takes all class objects back. */
void surrogate_revoke(void);

/* A class object that makes instances of an in-process class through its DLL. With one reference;
 * NULL: no memory. */
IClassFactory *surrogate_factory_create(REFCLSID clsid);

#endif
