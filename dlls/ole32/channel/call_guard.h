/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls into code that may raise exceptions. */
#ifndef CONCIERGE_CALL_GUARD_H
#define CONCIERGE_CALL_GUARD_H

#include <windows.h>

/* Calls function(argument). 0, or the code of the exception which left it: the stack is unwound to
 * here then. Handlers inside the function come first, as always. */
DWORD __cdecl call_guarded(void(__cdecl *function)(void *), void *argument);

#endif
