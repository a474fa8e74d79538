/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which class makes the proxies and stubs of an interface, and its factory. */
#ifndef CONCIERGE_PS_CLASS_H
#define CONCIERGE_PS_CLASS_H

#include <windows.h>
#include <objidl.h>

/* The factory, with a reference. S_OK, REGDB_E_IIDNOTREG, activation's errors. */
HRESULT ps_factory_get(REFIID iid, IPSFactoryBuffer **factory);

/* Lets go of all factories that are kept for the next time: before their DLLs are unloaded, and
 * when the process leaves COM. Any thread; calls out. */
void ps_factories_forget(void);

#endif
