/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server of parcel.idl, with call objects or without, and objects to put into parcels. */
#ifndef CONCIERGE_TESTS_PARCEL_OBJECT_H
#define CONCIERGE_TESTS_PARCEL_OBJECT_H

#include "asyncif_types.h"

#include "parcel.h"

/* One reference. */
IParcel *parcel_create(BOOL call_objects);

/* What Fetch gives, but for the last one, which is another; its references. Both are static. */
IUnknown *parcel_content(void);
LONG parcel_content_references(void);
IUnknown *parcel_last(void);

/* An object that is marshalled as five bytes, with far more room for them; static. */
IUnknown *parcel_odd(void);
HRESULT parcel_odd_register(void);

/* How many calls have come to call objects. */
LONG parcel_begun(void);

#endif
