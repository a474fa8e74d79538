/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The factories of classes which this process serves to others. */
#include <stdlib.h>

#include "apartment.h"
#include "runtime_class.h"

typedef HRESULT(WINAPI *GET_ACTIVATION_FACTORY)(HSTRING name, IActivationFactory **out);

/* What a RO_REGISTRATION_COOKIE points to. */
struct factory_registration
{
    struct list entry; /* of all, under the lock */
    UINT32 count;
    struct factory_entry
    {
        CLSID clsid;
        DWORD cookie; /* 0: not registered (yet) */
    } entries[];
};

static SRWLOCK registrations_lock = SRWLOCK_INIT;
static struct list registrations = {&registrations, &registrations};

HRESULT WINAPI RoRegisterActivationFactories(HSTRING *names, GET_ACTIVATION_FACTORY *callbacks,
        UINT32 count, struct factory_registration **cookie);
void WINAPI RoRevokeActivationFactories(struct factory_registration *cookie);

/* With the lock held: whether one of the classes has been registered before. */
static BOOL any_is_registered(const struct factory_registration *registration)
{
    struct factory_registration *other;

    LIST_FOR_EACH(other, &registrations, struct factory_registration, entry)
        for (UINT32 i = 0; i < other->count; i++)
            for (UINT32 j = 0; j < registration->count; j++)
                if (IsEqualCLSID(&other->entries[i].clsid, &registration->entries[j].clsid))
                    return TRUE;
    return FALSE;
}

static HRESULT factory_register(HSTRING name, GET_ACTIVATION_FACTORY callback,
        struct factory_entry *entry)
{
    IActivationFactory *factory = NULL;
    HRESULT hr;

    if (FAILED(hr = callback(name, &factory)))
        return hr;
    if (!factory)
        return E_NOINTERFACE;
    hr = CoRegisterClassObject(&entry->clsid, (IUnknown *)factory, CLSCTX_LOCAL_SERVER,
            REGCLS_MULTIPLEUSE, &entry->cookie);
    IActivationFactory_Release(factory);
    return hr;
}

/* Of what is in the list no more; calls out. */
static void registration_free(struct factory_registration *registration)
{
    for (UINT32 i = registration->count; i-- > 0;)
        if (registration->entries[i].cookie)
            CoRevokeClassObject(registration->entries[i].cookie);
    free(registration);
}

static HRESULT names_check(HSTRING *names, GET_ACTIVATION_FACTORY *callbacks, UINT32 count,
        struct factory_registration *registration)
{
    struct runtime_class class;
    HRESULT hr;

    for (UINT32 i = 0; i < count; i++)
    {
        if (!callbacks[i])
            return E_INVALIDARG;
        if (FAILED(hr = runtime_class_read(names[i], &class)))
            return hr;
        runtime_class_free(&class);
        if (class.place != RUNTIME_CLASS_OUT_OF_PROCESS)
            return REGDB_E_CLASSNOTREG;
        runtime_class_clsid(names[i], &registration->entries[i].clsid);
    }
    return S_OK;
}

/*
 * RoRegisterActivationFactories: asks each callback for its factory, and makes these the ones that
 * RoGetActivationFactory finds in other processes; all of them or none. S_OK, E_POINTER (no
 * cookie), E_INVALIDARG, CO_E_NOTINITIALIZED, CO_E_NOT_SUPPORTED (a neutral apartment),
 * CO_E_ALREADYINITIALIZED, REGDB_E_CLASSNOTREG (not registered as out of process), E_OUTOFMEMORY,
 * the errors of the callbacks. roapi/nf-roapi-roregisteractivationfactories
 */
HRESULT WINAPI RoRegisterActivationFactories(HSTRING *names, GET_ACTIVATION_FACTORY *callbacks,
        UINT32 count, struct factory_registration **cookie)
{
    struct factory_registration *registration;
    struct apartment *here;
    HRESULT hr;

    if (!cookie)
        return E_POINTER;
    *cookie = NULL;
    if (!names || !callbacks || !count || count > 0xffff)
        return E_INVALIDARG;
    if (!(here = apartment_current()))
        return CO_E_NOTINITIALIZED;
    if (here->kind == APARTMENT_NTA)
        return CO_E_NOT_SUPPORTED;
    registration = calloc(1, sizeof(*registration) + count * sizeof(*registration->entries));
    if (!registration)
        return E_OUTOFMEMORY;
    registration->count = count;
    if (FAILED(hr = names_check(names, callbacks, count, registration)))
    {
        free(registration);
        return hr;
    }
    AcquireSRWLockExclusive(&registrations_lock);
    if (any_is_registered(registration))
        hr = CO_E_ALREADYINITIALIZED;
    else
        list_add_tail(&registrations, &registration->entry);
    ReleaseSRWLockExclusive(&registrations_lock);
    if (FAILED(hr))
    {
        free(registration);
        return hr;
    }
    for (UINT32 i = 0; i < count && SUCCEEDED(hr); i++)
        hr = factory_register(names[i], callbacks[i], &registration->entries[i]);
    if (FAILED(hr))
        RoRevokeActivationFactories(registration);
    else
        *cookie = registration;
    return hr;
}

/* RoRevokeActivationFactories: they are no longer found. What is no cookie (any more) is ignored.
 * roapi/nf-roapi-rorevokeactivationfactories */
void WINAPI RoRevokeActivationFactories(struct factory_registration *cookie)
{
    struct factory_registration *registration;
    BOOL found = FALSE;

    AcquireSRWLockExclusive(&registrations_lock);
    LIST_FOR_EACH(registration, &registrations, struct factory_registration, entry)
    {
        if ((found = registration == cookie))
        {
            list_remove(&registration->entry);
            break;
        }
    }
    ReleaseSRWLockExclusive(&registrations_lock);
    if (found)
        registration_free(cookie);
}
