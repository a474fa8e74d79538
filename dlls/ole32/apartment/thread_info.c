/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a thread may ask about itself: its apartment and its state. */
#include "apartment_private.h"

/*
 * CoGetApartmentType: in what the calling thread executes. S_OK, E_INVALIDARG, CO_E_NOTINITIALIZED
 * (then the values are APTTYPE_CURRENT and APTTYPEQUALIFIER_NONE).
 * combaseapi/nf-combaseapi-cogetapartmenttype
 */
HRESULT WINAPI CoGetApartmentType(APTTYPE *type, APTTYPEQUALIFIER *qualifier)
{
    struct com_thread *thread = com_thread_peek();
    struct apartment *current = apartment_current();
    struct apartment *own = thread ? thread->apartment : NULL;

    if (!type || !qualifier)
        return E_INVALIDARG;
    *type = APTTYPE_CURRENT;
    *qualifier = APTTYPEQUALIFIER_NONE;
    if (!current)
        return CO_E_NOTINITIALIZED;

    switch (current->kind)
    {
    case APARTMENT_STA:
        *type = current->main_sta ? APTTYPE_MAINSTA : APTTYPE_STA;
        break;
    case APARTMENT_MTA:
        *type = APTTYPE_MTA;
        /* A thread that serves a call is a full member. */
        if (!own && !(thread && thread->executing))
            *qualifier = APTTYPEQUALIFIER_IMPLICIT_MTA;
        break;
    case APARTMENT_NTA:
        *type = APTTYPE_NA;
        if (!own)
            *qualifier = APTTYPEQUALIFIER_NA_ON_IMPLICIT_MTA;
        else if (own->kind == APARTMENT_MTA)
            *qualifier = APTTYPEQUALIFIER_NA_ON_MTA;
        else
            *qualifier =
                    own->main_sta ? APTTYPEQUALIFIER_NA_ON_MAINSTA : APTTYPEQUALIFIER_NA_ON_STA;
        break;
    }
    return S_OK;
}

HRESULT WINAPI CoSetState(IUnknown *state);
HRESULT WINAPI CoGetState(IUnknown **state);

/* CoSetState: keeps an object for the thread, instead of the one it kept. Not documented; what
 * oleaut32 keeps its own data by. S_OK or E_OUTOFMEMORY. */
HRESULT WINAPI CoSetState(IUnknown *state)
{
    struct com_thread *thread;
    IUnknown *former;

    if (!(thread = com_thread_get()))
        return E_OUTOFMEMORY;
    if (state)
        IUnknown_AddRef(state);
    former = thread->state;
    thread->state = state;
    if (former)
        IUnknown_Release(former);
    return S_OK;
}

/* CoGetState: that object, with a reference. S_OK; S_FALSE and NULL when there is none. */
HRESULT WINAPI CoGetState(IUnknown **state)
{
    struct com_thread *thread = com_thread_peek();

    if (!state)
        return E_INVALIDARG;
    if (!(*state = thread ? thread->state : NULL))
        return S_FALSE;
    IUnknown_AddRef(*state);
    return S_OK;
}
