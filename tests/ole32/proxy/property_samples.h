/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PROPVARIANTs of every type: alone, as vectors, as arrays and by reference. */
#ifndef CONCIERGE_TESTS_PROPERTY_SAMPLES_H
#define CONCIERGE_TESTS_PROPERTY_SAMPLES_H

#include "interface_mock.h"

/* The types: first those without VT_BYREF. */
extern const VARTYPE sample_types[];
extern const unsigned int sample_count, sample_reference_count;

/* A value of this type; what it holds follows from the type alone. */
void sample_make(VARTYPE type, PROPVARIANT *value);
BOOL sample_is(VARTYPE type, const PROPVARIANT *value);
/* PropVariantClear, also of what VT_BYREF points to. */
void sample_clear(PROPVARIANT *value);

#endif
