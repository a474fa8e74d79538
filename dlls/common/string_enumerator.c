/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "string_enumerator.h"

#include "array.h"
#include "enumerator.h"
#include "list.h"
#include "wstr.h"

#include <stdlib.h>

struct string_source
{
    struct enumerator_source source;
    struct string_list list;
};

HRESULT string_list_add(struct string_list *list, const WCHAR *text)
{
    if (!array_grow(&list->strings, list->count, &list->room, sizeof(*list->strings)))
        return E_OUTOFMEMORY;
    if (!(list->strings[list->count] = wstr_dup(text)))
        return E_OUTOFMEMORY;
    list->count++;
    return S_OK;
}

void string_list_free(struct string_list *list)
{
    while (list->count)
        free(list->strings[--list->count]);
    free(list->strings);
    ZeroMemory(list, sizeof(*list));
}

static HRESULT string_source_get(struct enumerator_source *source, ULONG index, void **out)
{
    return wstr_to_caller(LIST_ENTRY_OF(source, struct string_source, source)->list.strings[index],
            (WCHAR **)out);
}

static void string_discard(void *element)
{
    CoTaskMemFree(element);
}

static void string_source_destroy(struct enumerator_source *source)
{
    struct string_source *strings = LIST_ENTRY_OF(source, struct string_source, source);

    string_list_free(&strings->list);
    free(strings);
}

ENUMERATOR_CLASS_UNCOUNTED(enum_string, IEnumString, OLECHAR)

HRESULT string_enumerator_create(struct string_list *list, IEnumString **out)
{
    struct string_source *strings = calloc(1, sizeof(*strings));

    *out = NULL;
    if (!strings)
    {
        string_list_free(list);
        return E_OUTOFMEMORY;
    }
    enumerator_source_init(&strings->source, list->count, string_source_get, string_source_destroy);
    strings->source.discard = string_discard;
    strings->list = *list;
    ZeroMemory(list, sizeof(*list));
    return enumerator_create(&strings->source, &enum_string_class, &enum_string_vtbl, (void **)out);
}
