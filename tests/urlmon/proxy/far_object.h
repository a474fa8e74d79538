/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An object with the interfaces that urlmon.dll has proxies of, and the calls it expects. */
#ifndef CONCIERGE_TESTS_URLMON_FAR_OBJECT_H
#define CONCIERGE_TESTS_URLMON_FAR_OBJECT_H

#include <windows.h>
#include <urlmon.h>

#define FAR_INTERFACES 14

extern const IID *const far_interfaces[FAR_INTERFACES];

/* Its only reference. What it is called with is compared with what far_calls sends; a difference is
 * the HRESULT of the call, FAR_WRONG + the line. `lenient`: it takes whatever comes. */
#define FAR_WRONG 0x80041000
IUnknown *far_create(BOOL lenient);

/* Calls every method of every interface through proxies, and checks what comes back. `where`: what
 * is between. */
void far_calls(IUnknown *peer, const char *where);

#endif
