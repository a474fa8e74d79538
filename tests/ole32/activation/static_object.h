/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of IUnknown, and of a class object, for objects which are always there. */
#ifndef CONCIERGE_TESTS_STATIC_OBJECT_H
#define CONCIERGE_TESTS_STATIC_OBJECT_H

#include <windows.h>
#include <objbase.h>

/* name_QueryInterface, name_AddRef and name_Release of an object with one interface. */
#define STATIC_OBJECT_METHODS(name, interface)                                                     \
    static HRESULT STDMETHODCALLTYPE name##_QueryInterface(interface *iface, REFIID iid,           \
            void **out)                                                                            \
    {                                                                                              \
        *out = NULL;                                                                               \
        if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_##interface))                 \
            return E_NOINTERFACE;                                                                  \
        *out = iface;                                                                              \
        return S_OK;                                                                               \
    }                                                                                              \
                                                                                                   \
    static ULONG STDMETHODCALLTYPE name##_AddRef(interface *iface)                                 \
    {                                                                                              \
        (void)iface;                                                                               \
        return 2;                                                                                  \
    }                                                                                              \
                                                                                                   \
    static ULONG STDMETHODCALLTYPE name##_Release(interface *iface)                                \
    {                                                                                              \
        (void)iface;                                                                               \
        return 1;                                                                                  \
    }

/* The class object `name`, whose instances name_create(outer, iid, out) makes. */
#define STATIC_CLASS_OBJECT(name)                                                                  \
    STATIC_OBJECT_METHODS(name, IClassFactory)                                                     \
                                                                                                   \
    static HRESULT STDMETHODCALLTYPE name##_CreateInstance(IClassFactory *iface, IUnknown *outer,  \
            REFIID iid, void **out)                                                                \
    {                                                                                              \
        (void)iface;                                                                               \
        *out = NULL;                                                                               \
        return name##_create(outer, iid, out);                                                     \
    }                                                                                              \
                                                                                                   \
    static HRESULT STDMETHODCALLTYPE name##_LockServer(IClassFactory *iface, BOOL lock)            \
    {                                                                                              \
        (void)iface;                                                                               \
        (void)lock;                                                                                \
        return S_OK;                                                                               \
    }                                                                                              \
                                                                                                   \
    static IClassFactoryVtbl name##_vtbl = {name##_QueryInterface, name##_AddRef, name##_Release,  \
            name##_CreateInstance, name##_LockServer};                                             \
    static IClassFactory name = {&name##_vtbl}

#endif
