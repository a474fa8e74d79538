/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The callback of IViewObject::Draw, as an object that can be called from another apartment. */
#ifndef CONCIERGE_CONTINUE_CALLBACK_H
#define CONCIERGE_CONTINUE_CALLBACK_H

#include <windows.h>
#include <oleidl.h>

typedef BOOL(STDMETHODCALLTYPE *continue_function)(ULONG_PTR context);

/* An IContinue that asks `function`. S_OK, E_OUTOFMEMORY. */
HRESULT continue_callback_create(continue_function function, ULONG_PTR context, IContinue **out);

/* From now on it answers S_FALSE and calls nobody; gives the caller's reference back. Calls that
 * are under way on other threads are waited for. */
void continue_callback_end(IContinue *iface);

/* The same the other way round: asks the IContinue which `context` is. */
BOOL STDMETHODCALLTYPE continue_callback_ask(ULONG_PTR context);

#endif
