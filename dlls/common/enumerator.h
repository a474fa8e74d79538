/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Enumerators of interface pointers over a snapshot, written once: Next, Skip, Reset, Clone and
 * GetCount as the IEnumXxx interfaces of BITS have them.
 *
 * What is enumerated is a `struct enumerator_source`, shared by an enumerator and its clones; it
 * makes its elements when they are asked for. ENUMERATOR_CLASS makes a typed vtable:
 *
 *     ENUMERATOR_CLASS(enum_things, IEnumThings, IThing)
 *
 *     hr = enumerator_create(source, &enum_things_class, &enum_things_vtbl, (void **)out);
 */
#ifndef CONCIERGE_ENUMERATOR_H
#define CONCIERGE_ENUMERATOR_H

#include "com_object.h"

struct enumerator_source
{
    LONG references; /* 1 at first */
    ULONG count;
    /* Gives element `index` (below count), with a reference for the caller. */
    HRESULT (*get)(struct enumerator_source *source, ULONG index, void **out);
    void (*destroy)(struct enumerator_source *source);
    void (*discard)(void *element); /* of elements that are not interfaces; NULL: Release */
    size_t value_size; /* of elements that are values, which nobody has to let go of; 0: pointers */
};

/* Sets every member: one reference, interfaces as elements. */
void enumerator_source_init(struct enumerator_source *source, ULONG count,
        HRESULT (*get)(struct enumerator_source *source, ULONG index, void **out),
        void (*destroy)(struct enumerator_source *source));

struct enumerator
{
    struct com_object object;
    struct
    {
        const void *lpVtbl;
    } iface;
    struct enumerator_source *source;
    SRWLOCK lock; /* guards position */
    ULONG position;
};

/* Takes over the caller's reference to `source`, also when it fails. E_OUTOFMEMORY. */
HRESULT enumerator_create(struct enumerator_source *source, const struct com_class *class,
        const void *vtbl, void **out);
void enumerator_destroy(void *object); /* the classes' destructor */

/* Next: S_OK with `celt` elements, S_FALSE with fewer. E_INVALIDARG for a NULL array, and for a
 * NULL `fetched` unless `celt` is one or none. When an element cannot be made nothing is given out
 * and the position stays. Skip: S_OK or S_FALSE. */
HRESULT enumerator_next(struct enumerator *enumerator, ULONG celt, void **elements, ULONG *fetched);
HRESULT enumerator_skip(struct enumerator *enumerator, ULONG celt);
HRESULT enumerator_reset(struct enumerator *enumerator);
HRESULT enumerator_clone(struct enumerator *enumerator, void **out);
HRESULT enumerator_get_count(struct enumerator *enumerator, ULONG *count);

/* `array_type`: of what Next fills, without the star. */
#define ENUMERATOR_METHODS(prefix, interface_type, array_type)                                     \
    static struct enumerator *prefix##_from_iface(interface_type *iface)                           \
    {                                                                                              \
        return COM_IMPL_FROM(iface, struct enumerator, iface);                                     \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE prefix##_QueryInterface(interface_type *iface, REFIID iid,    \
            void **out)                                                                            \
    {                                                                                              \
        return com_object_query_interface(&prefix##_from_iface(iface)->object, iid, out);          \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE prefix##_AddRef(interface_type *iface)                          \
    {                                                                                              \
        return com_object_addref(&prefix##_from_iface(iface)->object);                             \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE prefix##_Release(interface_type *iface)                         \
    {                                                                                              \
        return com_object_release(&prefix##_from_iface(iface)->object);                            \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE prefix##_Next(interface_type *iface, ULONG celt,              \
            array_type *elements, ULONG *fetched)                                                  \
    {                                                                                              \
        return enumerator_next(prefix##_from_iface(iface), celt, (void **)elements, fetched);      \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE prefix##_Skip(interface_type *iface, ULONG celt)              \
    {                                                                                              \
        return enumerator_skip(prefix##_from_iface(iface), celt);                                  \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE prefix##_Reset(interface_type *iface)                         \
    {                                                                                              \
        return enumerator_reset(prefix##_from_iface(iface));                                       \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE prefix##_Clone(interface_type *iface, interface_type **out)   \
    {                                                                                              \
        return enumerator_clone(prefix##_from_iface(iface), (void **)out);                         \
    }

#define ENUMERATOR_TABLES(prefix, interface_type)                                                  \
    static const struct com_interface prefix##_interfaces[] = {                                    \
            {&IID_IUnknown, offsetof(struct enumerator, iface)},                                   \
            {&IID_##interface_type, offsetof(struct enumerator, iface)}};                          \
    static const struct com_class prefix##_class = {#prefix, prefix##_interfaces,                  \
            ARRAY_SIZE(prefix##_interfaces), enumerator_destroy};

/* An enumerator of values, not pointers, without GetCount. */
#define ENUMERATOR_VALUES(prefix, interface_type, element_type)                                    \
    ENUMERATOR_METHODS(prefix, interface_type, element_type)                                       \
    static const interface_type##Vtbl prefix##_vtbl = {prefix##_QueryInterface, prefix##_AddRef,   \
            prefix##_Release, prefix##_Next, prefix##_Skip, prefix##_Reset, prefix##_Clone};       \
    ENUMERATOR_TABLES(prefix, interface_type)

/* An enumerator of COM's own kind, which has no GetCount. */
#define ENUMERATOR_CLASS_UNCOUNTED(prefix, interface_type, element_type)                           \
    ENUMERATOR_METHODS(prefix, interface_type, element_type *)                                     \
    static const interface_type##Vtbl prefix##_vtbl = {prefix##_QueryInterface, prefix##_AddRef,   \
            prefix##_Release, prefix##_Next, prefix##_Skip, prefix##_Reset, prefix##_Clone};       \
    ENUMERATOR_TABLES(prefix, interface_type)

#define ENUMERATOR_CLASS(prefix, interface_type, element_type)                                     \
    ENUMERATOR_METHODS(prefix, interface_type, element_type *)                                     \
    static HRESULT STDMETHODCALLTYPE prefix##_GetCount(interface_type *iface, ULONG *count)        \
    {                                                                                              \
        return enumerator_get_count(prefix##_from_iface(iface), count);                            \
    }                                                                                              \
    static const interface_type##Vtbl prefix##_vtbl = {prefix##_QueryInterface, prefix##_AddRef,   \
            prefix##_Release, prefix##_Next, prefix##_Skip, prefix##_Reset, prefix##_Clone,        \
            prefix##_GetCount};                                                                    \
    ENUMERATOR_TABLES(prefix, interface_type)

#endif
