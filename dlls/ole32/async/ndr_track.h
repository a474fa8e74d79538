/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What NDR acquires while it unmarshals a parameter is written down, so that it can be given back
 * if the parameter does not get complete: memory, interface pointers, and objects of
 * user-marshalled types (BSTR, VARIANT, SAFEARRAY...). How far NDR had filled in the parameter need
 * not be known.
 */
#ifndef CONCIERGE_NDR_TRACK_H
#define CONCIERGE_NDR_TRACK_H

#include <windows.h>
#include <objidl.h>

struct ndr_state;

/* Around the unmarshalling of an interface pointer, during which other things may happen on the
 * thread: nothing is written down meanwhile, but what comes of it is. NULL is allowed, for both. */
struct ndr_state *ndr_track_pause(void);
void ndr_track_resume(struct ndr_state *state, IUnknown *acquired);

#endif
