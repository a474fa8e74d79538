/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CONCIERGE_COMPONENT_CATEGORIES_H
#define CONCIERGE_COMPONENT_CATEGORIES_H

#include <windows.h>
#include <objbase.h>

/* The component categories manager. CLASS_E_NOAGGREGATION, E_NOINTERFACE. */
HRESULT component_categories_create(IUnknown *outer, REFIID iid, void **out);

#endif
