/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of an object context: objects by GUID. */
#ifndef CONCIERGE_CONTEXT_PROPERTIES_H
#define CONCIERGE_CONTEXT_PROPERTIES_H

#include <windows.h>
#include <objidl.h>

/* All zero: none. */
struct context_properties
{
    SRWLOCK lock;
    ContextProperty *items; /* each object with a reference */
    ULONG count;
};

/* As IContext's methods. */
HRESULT context_properties_set(struct context_properties *properties, REFGUID id, CPFLAGS flags,
        IUnknown *object);
HRESULT context_properties_remove(struct context_properties *properties, REFGUID id);
HRESULT context_properties_get(struct context_properties *properties, REFGUID id, CPFLAGS *flags,
        IUnknown **object);
HRESULT context_properties_enum(struct context_properties *properties, IEnumContextProps **out);
void context_properties_free(struct context_properties *properties);

#endif
