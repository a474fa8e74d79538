/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reference counting and QueryInterface, written once for every COM object.
 *
 * An object embeds `struct com_object` as its first member and its interfaces after it. A static
 * `struct com_class` names the interfaces and the destructor; COM_OBJECT_METHODS makes the three
 * IUnknown methods of one interface.
 *
 *     struct thing
 *     {
 *         struct com_object object;
 *         IThing IThing_iface;
 *     };
 *
 *     COM_OBJECT_METHODS(thing, struct thing, IThing, IThing_iface)
 *
 *     static const struct com_interface thing_interfaces[] =
 *     {
 *         {&IID_IUnknown, offsetof(struct thing, IThing_iface)},
 *         {&IID_IThing, offsetof(struct thing, IThing_iface)},
 *     };
 *
 *     static const struct com_class thing_class =
 *         {"thing", thing_interfaces, ARRAY_SIZE(thing_interfaces), thing_destroy};
 */
#ifndef CONCIERGE_COM_OBJECT_H
#define CONCIERGE_COM_OBJECT_H

#include <stddef.h>
#include <windows.h>
#include <objbase.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

/* One row of a QueryInterface table: the IID and where in the object its vtable pointer lies. */
struct com_interface
{
    const IID *iid;
    size_t offset;
};

struct com_class
{
    const char *name;
    const struct com_interface *interfaces; /* row 0 is IUnknown */
    unsigned int interface_count;
    void (*destroy)(void *object); /* called when the last reference is gone; frees `object` */
};

struct com_object
{
    const struct com_class *class;
    LONG references;
};

/* Initializes an object with one reference, owned by the caller. */
void com_object_init(struct com_object *object, const struct com_class *class);

/* How many objects of this module are alive. */
LONG com_object_count(void);

/* Counts objects of other kinds: 1 when one is made, -1 when it is gone. */
void com_object_count_add(LONG change);

/* IUnknown::QueryInterface by the class's table. S_OK, E_NOINTERFACE or E_POINTER. */
HRESULT com_object_query_interface(struct com_object *object, REFIID iid, void **out);

/* IUnknown::AddRef and Release; both return the new count. */
ULONG com_object_addref(struct com_object *object);
ULONG com_object_release(struct com_object *object);

/* Takes one reference from a count unless it is the last, which the caller takes away under the
 * lock by which others find the object. FALSE: it is the last; else *left are left. */
BOOL com_release_unless_last(volatile LONG *references, ULONG *left);

/* Adds one reference unless there is none any more: for those who find an object in a table that it
 * leaves only in its destructor. FALSE: it is being destroyed. */
BOOL com_addref_unless_gone(volatile LONG *references);

/* The object behind an interface pointer; for the impl_from_IFoo functions. */
#define COM_IMPL_FROM(iface, type, member) ((type *)((char *)(iface)-offsetof(type, member)))

/* impl_from_<iface>, and QueryInterface, AddRef and Release of one interface of one class. */
#define COM_OBJECT_METHODS(prefix, type, interface_type, member)                                   \
    static inline type *prefix##_from_##interface_type(interface_type *iface)                      \
    {                                                                                              \
        return COM_IMPL_FROM(iface, type, member);                                                 \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE prefix##_##interface_type##_QueryInterface(                   \
            interface_type *iface, REFIID iid, void **out)                                         \
    {                                                                                              \
        return com_object_query_interface(&prefix##_from_##interface_type(iface)->object, iid,     \
                out);                                                                              \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE prefix##_##interface_type##_AddRef(interface_type *iface)       \
    {                                                                                              \
        return com_object_addref(&prefix##_from_##interface_type(iface)->object);                  \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE prefix##_##interface_type##_Release(interface_type *iface)      \
    {                                                                                              \
        return com_object_release(&prefix##_from_##interface_type(iface)->object);                 \
    }

/* QueryInterface, AddRef, Release and LockServer of a class factory that lives as long as its
 * module. What keeps a service running are its objects, not locks. */
#define COM_STATIC_FACTORY_METHODS(prefix)                                                         \
    static HRESULT STDMETHODCALLTYPE prefix##_QueryInterface(IClassFactory *iface, REFIID iid,     \
            void **out)                                                                            \
    {                                                                                              \
        if (!out)                                                                                  \
            return E_POINTER;                                                                      \
        *out = NULL;                                                                               \
        if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory))                 \
            *out = iface;                                                                          \
        return *out ? S_OK : E_NOINTERFACE;                                                        \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE prefix##_AddRef(IClassFactory *iface)                           \
    {                                                                                              \
        (void)iface;                                                                               \
        return 2;                                                                                  \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE prefix##_Release(IClassFactory *iface)                          \
    {                                                                                              \
        (void)iface;                                                                               \
        return 1;                                                                                  \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE prefix##_LockServer(IClassFactory *iface, BOOL lock)          \
    {                                                                                              \
        (void)iface;                                                                               \
        (void)lock;                                                                                \
        return S_OK;                                                                               \
    }

#endif
