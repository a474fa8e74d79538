/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of the runtime that IGlobalOptions sets, for its other parts. */
#ifndef CONCIERGE_GLOBAL_OPTIONS_H
#define CONCIERGE_GLOBAL_OPTIONS_H

#include <windows.h>
#include <objidl.h>

/* A property's value, 0 (the default of all) until it is set: COMGLB_EXCEPTION_HANDLING and its
 * like, but COMGLB_APPID. Any thread. */
ULONG_PTR global_option(GLOBALOPT_PROPERTIES property);

HRESULT global_options_create(IUnknown *outer, REFIID iid, void **out);

#endif
