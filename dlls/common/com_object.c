/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "com_object.h"

#include "trace.h"

static LONG objects_alive;

LONG com_object_count(void)
{
    return objects_alive;
}

void com_object_count_add(LONG change)
{
    InterlockedExchangeAdd(&objects_alive, change);
}

void com_object_init(struct com_object *object, const struct com_class *class)
{
    InterlockedIncrement(&objects_alive);
    object->class = class;
    object->references = 1;
}

HRESULT com_object_query_interface(struct com_object *object, REFIID iid, void **out)
{
    const struct com_class *class = object->class;

    if (!out)
        return E_POINTER;
    for (unsigned int i = 0; i < class->interface_count; i++)
    {
        if (IsEqualIID(iid, class->interfaces[i].iid))
        {
            com_object_addref(object);
            *out = (char *)object + class->interfaces[i].offset;
            return S_OK;
        }
    }
    *out = NULL;
    return E_NOINTERFACE;
}

ULONG com_object_addref(struct com_object *object)
{
    return InterlockedIncrement(&object->references);
}

ULONG com_object_release(struct com_object *object)
{
    ULONG references = InterlockedDecrement(&object->references);

    if (!references)
    {
        trace("%s %p: destroyed", object->class->name, (void *)object);
        object->class->destroy(object);
        InterlockedDecrement(&objects_alive);
    }
    return references;
}

BOOL com_release_unless_last(volatile LONG *references, ULONG *left)
{
    LONG count = *references;

    while (count > 1)
    {
        LONG before = InterlockedCompareExchange(references, count - 1, count);

        if (before == count)
        {
            *left = count - 1;
            return TRUE;
        }
        count = before;
    }
    return FALSE;
}

BOOL com_addref_unless_gone(volatile LONG *references)
{
    LONG count = *references;

    while (count > 0)
    {
        LONG before = InterlockedCompareExchange(references, count + 1, count);

        if (before == count)
            return TRUE;
        count = before;
    }
    return FALSE;
}
