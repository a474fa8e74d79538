/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IEnumString over a list of strings. objidl/nn-objidl-ienumstring */
#ifndef CONCIERGE_STRING_ENUMERATOR_H
#define CONCIERGE_STRING_ENUMERATOR_H

#include <windows.h>
#include <objidl.h>

/* A list that grows; starts as {0}. */
struct string_list
{
    WCHAR **strings; /* each by malloc */
    ULONG count, room;
};

/* Appends a copy. E_OUTOFMEMORY leaves the list as it was. */
HRESULT string_list_add(struct string_list *list, const WCHAR *text);
void string_list_free(struct string_list *list);

/* Makes an enumerator of the strings; the list is empty afterwards, also on failure.
 * E_OUTOFMEMORY. */
HRESULT string_enumerator_create(struct string_list *list, IEnumString **out);

#endif
