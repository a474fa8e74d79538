/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The apartments of the Windows Runtime, which are those of COM: their names and their ends. */
#include "apartment_shutdown.h"

#include <stdlib.h>

#include "apartment.h"
#include "windows_runtime.h"

/* What a cookie of RoRegisterForApartmentShutdown points to; known ones are listed, since a wrong
 * one must do no harm. */
struct shutdown_registration
{
    struct list entry;
    OXID_VALUE oxid;
    IApartmentShutdown *callback; /* with a reference */
};

static SRWLOCK registrations_lock = SRWLOCK_INIT;
static struct list registrations = {&registrations, &registrations};

HRESULT WINAPI RoRegisterForApartmentShutdown(IApartmentShutdown *callback, UINT64 *identifier,
        struct shutdown_registration **cookie);
HRESULT WINAPI RoUnregisterForApartmentShutdown(struct shutdown_registration *cookie);

/* RoInitialize: CoInitializeEx by another name, whose results it has. E_INVALIDARG for another
 * type. roapi/nf-roapi-roinitialize */
HRESULT WINAPI RoInitialize(DWORD type)
{
    if (type != RO_SINGLETHREADED && type != RO_MULTITHREADED)
        return E_INVALIDARG;
    return CoInitializeEx(NULL,
            type == RO_SINGLETHREADED ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
}

/* RoUninitialize: CoUninitialize. roapi/nf-roapi-rouninitialize */
void WINAPI RoUninitialize(void)
{
    CoUninitialize();
}

/* RoGetApartmentIdentifier: a number that no other apartment has. S_OK,
 * E_INVALIDARG, CO_E_NOTINITIALIZED. roapi/nf-roapi-rogetapartmentidentifier */
HRESULT WINAPI RoGetApartmentIdentifier(UINT64 *out)
{
    struct apartment *here;

    if (!out)
        return E_INVALIDARG;
    *out = 0;
    if (!(here = apartment_current()))
        return CO_E_NOTINITIALIZED;
    *out = here->oxid;
    return S_OK;
}

/*
 * RoRegisterForApartmentShutdown: `callback` is called in the calling thread's apartment when that
 * ends, before its objects are let go. S_OK, E_INVALIDARG, E_NOINTERFACE, CO_E_NOTINITIALIZED,
 * E_OUTOFMEMORY. roapi/nf-roapi-roregisterforapartmentshutdown
 */
HRESULT WINAPI RoRegisterForApartmentShutdown(IApartmentShutdown *callback, UINT64 *identifier,
        struct shutdown_registration **cookie)
{
    struct shutdown_registration *registration;
    struct apartment *here;

    if (!identifier || !cookie)
        return E_INVALIDARG;
    *identifier = 0;
    *cookie = NULL;
    if (!callback)
        return E_INVALIDARG;
    if (!(here = apartment_current()))
        return CO_E_NOTINITIALIZED;
    if (!(registration = calloc(1, sizeof(*registration))))
        return E_OUTOFMEMORY;
    registration->oxid = here->oxid;
    registration->callback = callback;
    IApartmentShutdown_AddRef(callback);
    AcquireSRWLockExclusive(&registrations_lock);
    list_add_tail(&registrations, &registration->entry);
    ReleaseSRWLockExclusive(&registrations_lock);
    *identifier = here->oxid;
    *cookie = registration;
    return S_OK;
}

static void registration_free(struct shutdown_registration *registration)
{
    IApartmentShutdown_Release(registration->callback);
    free(registration);
}

/* RoUnregisterForApartmentShutdown: the callback is not called. S_OK, or E_INVALIDARG for what is
 * no cookie (any more). roapi/nf-roapi-rounregisterforapartmentshutdown */
HRESULT WINAPI RoUnregisterForApartmentShutdown(struct shutdown_registration *cookie)
{
    struct shutdown_registration *registration;
    BOOL found = FALSE;

    AcquireSRWLockExclusive(&registrations_lock);
    LIST_FOR_EACH(registration, &registrations, struct shutdown_registration, entry)
    {
        if ((found = registration == cookie))
        {
            list_remove(&registration->entry);
            break;
        }
    }
    ReleaseSRWLockExclusive(&registrations_lock);
    if (!found)
        return E_INVALIDARG;
    registration_free(cookie);
    return S_OK;
}

/* Takes the last registration of an apartment out of the list; NULL: there is none. */
static struct shutdown_registration *registration_take(OXID_VALUE oxid)
{
    struct shutdown_registration *registration, *last = NULL;

    AcquireSRWLockExclusive(&registrations_lock);
    LIST_FOR_EACH(registration, &registrations, struct shutdown_registration, entry)
        if (registration->oxid == oxid)
            last = registration;
    if (last)
        list_remove(&last->entry);
    ReleaseSRWLockExclusive(&registrations_lock);
    return last;
}

void apartment_shutdown_notify(struct apartment *apartment)
{
    struct shutdown_registration *registration;

    while ((registration = registration_take(apartment->oxid)))
    {
        IApartmentShutdown_OnUninitialize(registration->callback, apartment->oxid);
        registration_free(registration);
    }
}
