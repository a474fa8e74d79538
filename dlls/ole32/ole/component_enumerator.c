/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "component_enumerator.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "enumerator.h"
#include "list.h"

struct value_source
{
    struct enumerator_source source;
    struct value_list list;
};

HRESULT value_list_add(struct value_list *list, const void *value, size_t size)
{
    if (!array_grow(&list->values, list->count, &list->room, size))
        return E_OUTOFMEMORY;
    memcpy((BYTE *)list->values + list->count++ * size, value, size);
    return S_OK;
}

void value_list_free(struct value_list *list)
{
    free(list->values);
    *list = (struct value_list){0};
}

static HRESULT value_get(struct enumerator_source *source, ULONG index, void **out)
{
    struct value_source *values = LIST_ENTRY_OF(source, struct value_source, source);

    memcpy(out, (BYTE *)values->list.values + index * source->value_size, source->value_size);
    return S_OK;
}

static void values_destroy(struct enumerator_source *source)
{
    struct value_source *values = LIST_ENTRY_OF(source, struct value_source, source);

    value_list_free(&values->list);
    free(values);
}

HRESULT values_enumerate(struct value_list *list, size_t size, const struct com_class *class,
        const void *vtbl, void **out)
{
    struct value_source *values = calloc(1, sizeof(*values));

    *out = NULL;
    if (!values)
    {
        value_list_free(list);
        return E_OUTOFMEMORY;
    }
    enumerator_source_init(&values->source, list->count, value_get, values_destroy);
    values->source.value_size = size;
    values->list = *list;
    *list = (struct value_list){0};
    return enumerator_create(&values->source, class, vtbl, out);
}

ENUMERATOR_VALUES(enum_guid, IEnumGUID, GUID)
ENUMERATOR_VALUES(enum_category, IEnumCATEGORYINFO, CATEGORYINFO)

HRESULT guid_enumerator_create(struct value_list *list, IEnumGUID **out)
{
    return values_enumerate(list, sizeof(GUID), &enum_guid_class, &enum_guid_vtbl, (void **)out);
}

HRESULT category_enumerator_create(struct value_list *list, IEnumCATEGORYINFO **out)
{
    return values_enumerate(list, sizeof(CATEGORYINFO), &enum_category_class, &enum_category_vtbl,
            (void **)out);
}
