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

/* Whether nobody has asked for a DLL yet; then nobody gets one from now on. */
BOOL surrogate_is_unused(void);

/* Around what may load a DLL, by a class object: FALSE when the surrogate is about to leave, else
 * it stays until the end. */
BOOL surrogate_work_begin(void);
void surrogate_work_end(void);

/* Takes all class objects back. */
void surrogate_revoke(void);

/* A class object that makes instances of an in-process class through its DLL. With one reference;
 * NULL: no memory. */
IClassFactory *surrogate_factory_create(REFCLSID clsid);

#endif
