/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Objects that can be aggregated, written once. Page "Aggregation" (desktop-src/com).
 *
 * Such an object has two IUnknowns: the inner one, which counts and knows the interfaces, and the
 * outer one, to which the IUnknown methods of every other interface go: it is whoever aggregates
 * the object, or, when nobody does, the inner one again.
 *
 *     struct thing
 *     {
 *         struct com_inner com;
 *         IThing IThing_iface;
 *     };
 *
 *     COM_INNER_METHODS(thing, struct thing, IThing, IThing_iface)
 *
 *     static const struct com_interface thing_interfaces[] = {
 *             {&IID_IThing, offsetof(struct thing, IThing_iface)},
 *     };
 *
 *     static const struct com_inner_class thing_class = {"thing", thing_interfaces,
 *             ARRAY_SIZE(thing_interfaces), NULL, thing_destroy};
 *
 *     com_inner_init(&thing->com, &thing_class, outer);
 *     thing->IThing_iface.lpVtbl = &thing_vtbl;
 *     *out = &thing->com.IUnknown_inner;      what CreateInstance gives when there is an outer
 */
#ifndef CONCIERGE_COM_AGGREGATE_H
#define CONCIERGE_COM_AGGREGATE_H

#include "com_object.h"

struct com_inner_class
{
    const char *name;
    const struct com_interface *interfaces; /* without IUnknown; offsets from the com_inner */
    unsigned int interface_count;
    /* Asked for what the table has not; as QueryInterface: with a reference of its own (on the
     * outer IUnknown, for what belongs to the object). *out is NULL before. NULL: nothing else. */
    HRESULT (*query)(void *object, REFIID iid, void **out);
    /* Called when the last reference is gone; frees `object`. Parts may still count the inner
     * IUnknown up and down meanwhile. */
    void (*destroy)(void *object);
};

/* The first member of the object. */
struct com_inner
{
    IUnknown IUnknown_inner; /* not delegated */
    IUnknown *outer;         /* the identity: without a reference, so that there is no circle */
    const struct com_inner_class *class;
    volatile LONG references;
};

/* Initializes an object with one reference, on its inner IUnknown, owned by the caller. `outer`
 * NULL: nobody aggregates it. */
void com_inner_init(struct com_inner *inner, const struct com_inner_class *class, IUnknown *outer);

/* Whether somebody aggregates it. */
static inline BOOL com_inner_is_aggregated(const struct com_inner *inner)
{
    return inner->outer != &inner->IUnknown_inner;
}

/* An interface of the finished object for whoever makes it, in exchange for the first reference:
 * the inner IUnknown when it is aggregated, else `iid`. S_OK, E_NOINTERFACE, or
 * CLASS_E_NOAGGREGATION: aggregated, and `iid` is not IUnknown. When it fails the object is gone.
 */
HRESULT com_inner_hand_over(struct com_inner *inner, REFIID iid, void **out);

/* <prefix>_from_<interface>, and QueryInterface, AddRef and Release of one interface, which go to
 * the IUnknown that `outer_member` of the object points to. */
#define COM_DELEGATED_METHODS(prefix, type, interface_type, member, outer_member)                  \
    static inline type *prefix##_from_##interface_type(interface_type *iface)                      \
    {                                                                                              \
        return COM_IMPL_FROM(iface, type, member);                                                 \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE prefix##_##interface_type##_QueryInterface(                   \
            interface_type *iface, REFIID iid, void **out)                                         \
    {                                                                                              \
        return IUnknown_QueryInterface(prefix##_from_##interface_type(iface)->outer_member, iid,   \
                out);                                                                              \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE prefix##_##interface_type##_AddRef(interface_type *iface)       \
    {                                                                                              \
        return IUnknown_AddRef(prefix##_from_##interface_type(iface)->outer_member);               \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE prefix##_##interface_type##_Release(interface_type *iface)      \
    {                                                                                              \
        return IUnknown_Release(prefix##_from_##interface_type(iface)->outer_member);              \
    }

/* The same for an object whose com_inner is its member `com`. */
#define COM_INNER_METHODS(prefix, type, interface_type, member)                                    \
    COM_DELEGATED_METHODS(prefix, type, interface_type, member, com.outer)

#endif
