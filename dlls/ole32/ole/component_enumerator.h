/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Enumerators over lists of values, as those of the component categories manager are. */
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

/* The list is empty afterwards, also on failure. E_OUTOFMEMORY. `class` and `vtbl` are those which
 * ENUMERATOR_VALUES makes. */
struct com_class;
HRESULT values_enumerate(struct value_list *list, size_t size, const struct com_class *class,
        const void *vtbl, void **out);
HRESULT guid_enumerator_create(struct value_list *list, IEnumGUID **out);
HRESULT category_enumerator_create(struct value_list *list, IEnumCATEGORYINFO **out);

#endif
