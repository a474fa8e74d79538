/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IClassFactory, and what goes for every proxy: identity, refused interfaces, aggregation. */
#include "interface_mock.h"

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **object)
{
    HRESULT hr = E_NOINTERFACE;
    IUnknown *unknown;
    MOCK_ENTER(iface);

    EXPECT(!outer && !*object);
    if ((unknown = mock_create(iid, MOCK_TOKEN)))
    {
        hr = IUnknown_QueryInterface(unknown, iid, object);
        IUnknown_Release(unknown);
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    MOCK_ENTER(iface);
    EXPECT(lock == TRUE || lock == FALSE);
    InterlockedExchangeAdd(&mock_control->locks, lock ? 1 : -1);
    return lock ? S_OK : S_FALSE;
}

static const IClassFactoryVtbl factory_vtbl = {MOCK_UNKNOWN, factory_CreateInstance,
        factory_LockServer};

const struct mock_class class_factory_classes[] = {{{&IID_IClassFactory}, &factory_vtbl},
        {{NULL}, NULL}};

static void check_identity(IClassFactory *factory)
{
    IUnknown *one = NULL, *two = NULL, *inner;
    IPersist *persist = NULL;
    void *object = (void *)0xdead;

    is_hr(IClassFactory_QueryInterface(factory, &IID_IUnknown, (void **)&one), S_OK, "IUnknown");
    is_hr(IClassFactory_QueryInterface(factory, &IID_IPersist, (void **)&persist), S_OK,
            "another interface");
    is_hr(IPersist_QueryInterface(persist, &IID_IUnknown, (void **)&two), S_OK,
            "IUnknown of the other interface");
    is_ptr(two, one, "a proxy has one identity");
    IUnknown_Release(one);
    IUnknown_Release(two);
    is_hr(IPersist_QueryInterface(persist, &IID_IClassFactory, (void **)&inner), S_OK,
            "and the interfaces find each other");
    is_ptr(inner, factory, "it is the same");
    IUnknown_Release(inner);
    IPersist_Release(persist);
    is_hr(IClassFactory_QueryInterface(factory, &IID_IStream, &object), E_NOINTERFACE,
            "an interface that the object has not");
    is_ptr(object, NULL, "NULL");
}

void check_class_factory(IClassFactory *factory)
{
    void *object = (void *)0xdead;
    IUnknown *outer = mock_create(&IID_IPersist, 1);
    LONG locks = mock_control->locks;

    note("IClassFactory");
    check_identity(factory);
    is_hr(IClassFactory_CreateInstance(factory, outer, &IID_IUnknown, &object),
            CLASS_E_NOAGGREGATION, "aggregation");
    is_ptr(object, NULL, "no object");
    object = (void *)0xdead;
    is_hr(IClassFactory_CreateInstance(factory, NULL, &IID_IMallocSpy, &object), E_NOINTERFACE,
            "an interface that the class has not");
    is_ptr(object, NULL, "no object");
    todo_builtin("LockServer is not implemented")
    {
        is_hr(IClassFactory_LockServer(factory, TRUE), S_OK, "LockServer(TRUE)");
        is_int(mock_control->locks, locks + 1, "locked");
        is_hr(IClassFactory_LockServer(factory, FALSE), S_FALSE, "LockServer(FALSE)");
    }
    is_int(mock_control->locks, locks, "unlocked");
    object = (void *)0xdead;
    mock_control->result = E_ACCESSDENIED;
    is_hr(IClassFactory_CreateInstance(factory, NULL, &IID_IPersist, &object), E_ACCESSDENIED,
            "CreateInstance fails");
    is_ptr(object, NULL, "no object");
    todo_builtin("LockServer is not implemented")
        is_hr(IClassFactory_LockServer(factory, TRUE), E_ACCESSDENIED, "LockServer fails");
    mock_control->result = 0;
    IUnknown_Release(outer);
}
