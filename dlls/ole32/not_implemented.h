/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is exported but not there yet: it says so in the log and fails. */
#ifndef CONCIERGE_NOT_IMPLEMENTED_H
#define CONCIERGE_NOT_IMPLEMENTED_H

#include <windows.h>

/* Writes one line to the log and returns E_NOTIMPL. */
HRESULT function_not_implemented(const char *function);

/* The same for a function that makes an object: its out parameter becomes NULL. E_INVALIDARG when
 * there is no out parameter. */
HRESULT object_not_implemented(const char *function, void *out);

/* return NOT_IMPLEMENTED(); return NOT_IMPLEMENTED_OBJECT(out); with the name of the function. */
#define NOT_IMPLEMENTED() function_not_implemented(__func__)
#define NOT_IMPLEMENTED_OBJECT(out) object_not_implemented(__func__, out)

#endif
