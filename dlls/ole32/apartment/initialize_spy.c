/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoRegisterInitializeSpy and CoRevokeInitializeSpy, and telling the spies. */
#include "initialize_spy.h"

#include <stdlib.h>

/* One registration. It stays in the list while it is being called, though revoked. */
struct spy
{
    struct list entry;
    IInitializeSpy *object;
    ULARGE_INTEGER cookie;
    LONG calls; /* of its methods, on the stack */
    BOOL revoked;
};

static void spy_drop(struct spy *spy)
{
    IInitializeSpy *object = spy->object;

    list_remove(&spy->entry);
    free(spy);
    IInitializeSpy_Release(object);
}

/* The registration after this one (or the first), marked as being called; unmarks this one.
 * Registrations made meanwhile are not met: they come before the newest. */
static struct spy *spy_next(struct com_thread *thread, struct spy *spy)
{
    struct list *entry = spy ? spy->entry.next : thread->spies.next;
    struct spy *next = NULL;

    while (entry != &thread->spies && LIST_ENTRY_OF(entry, struct spy, entry)->revoked)
        entry = entry->next;
    if (entry != &thread->spies)
    {
        next = LIST_ENTRY_OF(entry, struct spy, entry);
        next->calls++;
    }
    if (spy && !--spy->calls && spy->revoked)
        spy_drop(spy);
    return next;
}

void spies_pre_initialize(struct com_thread *thread, DWORD flags)
{
    struct spy *spy;

    for (spy = spy_next(thread, NULL); spy; spy = spy_next(thread, spy))
        IInitializeSpy_PreInitialize(spy->object, flags, thread->initialize_count);
}

HRESULT spies_post_initialize(struct com_thread *thread, HRESULT result, DWORD flags)
{
    struct spy *spy;

    for (spy = spy_next(thread, NULL); spy; spy = spy_next(thread, spy))
        result =
                IInitializeSpy_PostInitialize(spy->object, result, flags, thread->initialize_count);
    return result;
}

void spies_pre_uninitialize(struct com_thread *thread)
{
    struct spy *spy;

    for (spy = spy_next(thread, NULL); spy; spy = spy_next(thread, spy))
        IInitializeSpy_PreUninitialize(spy->object, thread->initialize_count);
}

void spies_post_uninitialize(struct com_thread *thread)
{
    struct spy *spy;

    for (spy = spy_next(thread, NULL); spy; spy = spy_next(thread, spy))
        IInitializeSpy_PostUninitialize(spy->object, thread->initialize_count);
}

void initialize_spies_release(struct com_thread *thread)
{
    while (!list_empty(&thread->spies))
        spy_drop(LIST_ENTRY_OF(thread->spies.next, struct spy, entry));
}

/* The lowest that no registration has. */
static DWORD spy_number(struct com_thread *thread)
{
    DWORD number = 0;
    struct spy *spy;
    BOOL taken;

    do
    {
        taken = FALSE;
        LIST_FOR_EACH(spy, &thread->spies, struct spy, entry)
            taken |= spy->cookie.u.LowPart == number;
        number += taken;
    } while (taken);
    return number;
}

/*
 * CoRegisterInitializeSpy: has an object told of every CoInitializeEx and CoUninitialize of the
 * calling thread, from now on. S_OK and a cookie for CoRevokeInitializeSpy; E_INVALIDARG without
 * an object or a place for the cookie, E_NOINTERFACE for an object which is no spy,
 * E_OUTOFMEMORY.
 */
HRESULT WINAPI CoRegisterInitializeSpy(IInitializeSpy *object, ULARGE_INTEGER *cookie)
{
    struct com_thread *thread;
    struct spy *spy;

    if (!object || !cookie)
        return E_INVALIDARG;
    if (!(thread = com_thread_get()) || !(spy = calloc(1, sizeof(*spy))))
        return E_OUTOFMEMORY;
    if (FAILED(IInitializeSpy_QueryInterface(object, &IID_IInitializeSpy, (void **)&spy->object))
            || !spy->object)
    {
        free(spy);
        return E_NOINTERFACE;
    }
    spy->cookie.u.HighPart = GetCurrentThreadId();
    spy->cookie.u.LowPart = spy_number(thread);
    list_add_tail(thread->spies.next, &spy->entry);
    *cookie = spy->cookie;
    return S_OK;
}

/*
 * CoRevokeInitializeSpy: ends a registration of the calling thread. S_OK, or E_INVALIDARG for a
 * cookie of another thread, of a revoked registration, or of none.
 */
HRESULT WINAPI CoRevokeInitializeSpy(ULARGE_INTEGER cookie)
{
    struct com_thread *thread = com_thread_peek();
    struct spy *spy;

    if (!thread)
        return E_INVALIDARG;
    LIST_FOR_EACH(spy, &thread->spies, struct spy, entry)
    {
        if (spy->cookie.QuadPart != cookie.QuadPart || spy->revoked)
            continue;
        if (spy->calls)
            spy->revoked = TRUE;
        else
            spy_drop(spy);
        return S_OK;
    }
    return E_INVALIDARG;
}
