/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Enumerators of the component categories manager, over lists of values. */
#ifndef CONCIERGE_COMPONENT_ENUMERATOR_H
#define CONCIERGE_COMPONENT_ENUMERATOR_H

#include <windows.h>
#include <comcat.h>

/* A list of values of one size; starts as {0}. */
struct value_list
{
    void *values; /* by malloc */
    ULONG count, room;
};

/* E_OUTOFMEMORY leaves the list as it was. */
HRESULT value_list_add(struct value_list *list, const void *value, size_t size);
void value_list_free(struct value_list *list);

/* The list is empty afterwards, also on failure. E_OUTOFMEMORY. */
HRESULT guid_enumerator_create(struct value_list *list, IEnumGUID **out);
HRESULT category_enumerator_create(struct value_list *list, IEnumCATEGORYINFO **out);

#endif
