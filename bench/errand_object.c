/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An object, and its call objects. What is to be done later is done by one thread, which sleeps
 * until the first of them is due.
 */
#include "errand_object.h"

#include <stdlib.h>

#include "com_object.h"

/* --- the timer --- */

struct errand_call
{
    IUnknown IUnknown_inner;
    AsyncIErrand AsyncIErrand_iface;
    IUnknown *outer;
    LONG references;
    struct errand_call *next; /* due later */
    ULONGLONG due;            /* us */
};

static SRWLOCK timer_lock = SRWLOCK_INIT;
static CONDITION_VARIABLE timer_changed = CONDITION_VARIABLE_INIT;
static struct errand_call *timer_first, **timer_last = &timer_first;
static BOOL timer_runs;
static LONG pending_calls, pending_peak;

static ULONGLONG now_us(void)
{
    LARGE_INTEGER frequency, counter;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&counter);
    return (ULONGLONG)((double)counter.QuadPart * 1e6 / (double)frequency.QuadPart);
}

static void errand_signal(struct errand_call *call)
{
    ISynchronize *synchronize;

    if (FAILED(IUnknown_QueryInterface(call->outer, &IID_ISynchronize, (void **)&synchronize)))
        return;
    ISynchronize_Signal(synchronize);
    ISynchronize_Release(synchronize);
}

/* All that are due are taken off the list. */
static struct errand_call *timer_wait(void)
{
    struct errand_call *first, **last;
    ULONGLONG now;

    AcquireSRWLockExclusive(&timer_lock);
    while (!timer_first || timer_first->due > (now = now_us()))
        SleepConditionVariableSRW(&timer_changed, &timer_lock,
                timer_first ? (DWORD)((timer_first->due - now + 999) / 1000) : INFINITE, 0);
    first = timer_first;
    for (last = &first; *last && (*last)->due <= now; last = &(*last)->next)
        pending_calls--;
    timer_first = *last;
    if (!timer_first)
        timer_last = &timer_first;
    *last = NULL;
    ReleaseSRWLockExclusive(&timer_lock);
    return first;
}

static DECLSPEC_NORETURN DWORD WINAPI timer_thread(void *argument)
{
    (void)argument;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    for (;;)
    {
        struct errand_call *call = timer_wait();

        while (call)
        {
            struct errand_call *next = call->next;
            IUnknown *outer = call->outer;

            errand_signal(call);
            IUnknown_Release(outer);
            call = next;
        }
    }
}

/* Delays of one program are all alike: so the list's order is that of time. */
static HRESULT timer_add(struct errand_call *call, DWORD delay)
{
    BOOL wake, start;
    HANDLE thread;

    call->next = NULL;
    call->due = now_us() + delay * 1000ull;
    IUnknown_AddRef(call->outer);
    AcquireSRWLockExclusive(&timer_lock);
    wake = !timer_first;
    start = !timer_runs;
    timer_runs = TRUE;
    *timer_last = call;
    timer_last = &call->next;
    if (++pending_calls > pending_peak)
        pending_peak = pending_calls;
    ReleaseSRWLockExclusive(&timer_lock);
    if (wake)
        WakeConditionVariable(&timer_changed);
    if (start)
    {
        if (!(thread = CreateThread(NULL, 0, timer_thread, NULL, 0, NULL)))
            return E_OUTOFMEMORY; /* the program cannot go on */
        CloseHandle(thread);
    }
    return S_OK;
}

static LONG peak_take(void)
{
    LONG peak;

    AcquireSRWLockExclusive(&timer_lock);
    peak = pending_peak;
    pending_peak = pending_calls;
    ReleaseSRWLockExclusive(&timer_lock);
    return peak;
}

/* --- a call object --- */

static struct errand_call *call_from_inner(IUnknown *iface)
{
    return COM_IMPL_FROM(iface, struct errand_call, IUnknown_inner);
}

static struct errand_call *call_from_async(AsyncIErrand *iface)
{
    return COM_IMPL_FROM(iface, struct errand_call, AsyncIErrand_iface);
}

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = iface;
    else if (IsEqualIID(iid, &IID_AsyncIErrand))
        *out = &call_from_inner(iface)->AsyncIErrand_iface;
    if (!*out)
        return E_NOINTERFACE;
    IUnknown_AddRef((IUnknown *)*out);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE inner_AddRef(IUnknown *iface)
{
    return (ULONG)InterlockedIncrement(&call_from_inner(iface)->references);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    ULONG references = (ULONG)InterlockedDecrement(&call_from_inner(iface)->references);

    if (!references)
        free(call_from_inner(iface));
    return references;
}

static HRESULT STDMETHODCALLTYPE call_QueryInterface(AsyncIErrand *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(call_from_async(iface)->outer, iid, out);
}

static ULONG STDMETHODCALLTYPE call_AddRef(AsyncIErrand *iface)
{
    return IUnknown_AddRef(call_from_async(iface)->outer);
}

static ULONG STDMETHODCALLTYPE call_Release(AsyncIErrand *iface)
{
    return IUnknown_Release(call_from_async(iface)->outer);
}

static HRESULT STDMETHODCALLTYPE call_Begin_Nothing(AsyncIErrand *iface)
{
    errand_signal(call_from_async(iface));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE call_Finish_Nothing(AsyncIErrand *iface)
{
    (void)iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE call_Begin_Later(AsyncIErrand *iface, DWORD delay)
{
    return timer_add(call_from_async(iface), delay);
}

static HRESULT STDMETHODCALLTYPE call_Finish_Later(AsyncIErrand *iface)
{
    (void)iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE call_Begin_Peak(AsyncIErrand *iface)
{
    errand_signal(call_from_async(iface));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE call_Finish_Peak(AsyncIErrand *iface, LONG *calls)
{
    (void)iface;
    *calls = peak_take();
    return S_OK;
}

static HRESULT call_create(REFIID async_iid, IUnknown *outer, REFIID iid, IUnknown **out)
{
    static IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_AddRef, inner_Release};
    static AsyncIErrandVtbl vtbl = {call_QueryInterface, call_AddRef, call_Release,
            call_Begin_Nothing, call_Finish_Nothing, call_Begin_Later, call_Finish_Later,
            call_Begin_Peak, call_Finish_Peak};
    struct errand_call *call;

    *out = NULL;
    if (!IsEqualIID(async_iid, &IID_AsyncIErrand))
        return E_NOINTERFACE;
    if (!outer || !IsEqualIID(iid, &IID_IUnknown))
        return E_INVALIDARG; /* its ISynchronize is the outer object's */
    if (!(call = calloc(1, sizeof(*call))))
        return E_OUTOFMEMORY;
    call->IUnknown_inner.lpVtbl = &inner_vtbl;
    call->AsyncIErrand_iface.lpVtbl = &vtbl;
    call->outer = outer;
    call->references = 1;
    *out = &call->IUnknown_inner;
    return S_OK;
}

/* --- the object --- */

struct errand
{
    struct com_object object;
    IErrand IErrand_iface;
    ICallFactory ICallFactory_iface;
};

COM_OBJECT_METHODS(errand, struct errand, IErrand, IErrand_iface)
COM_OBJECT_METHODS(errand, struct errand, ICallFactory, ICallFactory_iface)

static HRESULT STDMETHODCALLTYPE errand_Nothing(IErrand *iface)
{
    (void)iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE errand_Later(IErrand *iface, DWORD delay)
{
    (void)iface;
    Sleep(delay);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE errand_Peak(IErrand *iface, LONG *calls)
{
    (void)iface;
    *calls = peak_take();
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE errand_CreateCall(ICallFactory *iface, REFIID async_iid,
        IUnknown *outer, REFIID iid, IUnknown **out)
{
    (void)iface;
    return call_create(async_iid, outer, iid, out);
}

static void errand_destroy(void *object)
{
    free(object);
}

static const struct com_interface errand_interfaces[] = {
        {&IID_IUnknown, offsetof(struct errand, IErrand_iface)},
        {&IID_IErrand, offsetof(struct errand, IErrand_iface)},
        {&IID_ICallFactory, offsetof(struct errand, ICallFactory_iface)},
};

static const struct com_class errand_class = {"errand", errand_interfaces,
        ARRAY_SIZE(errand_interfaces), errand_destroy};
static const struct com_class plain_class = {"errand without call objects", errand_interfaces,
        ARRAY_SIZE(errand_interfaces) - 1, errand_destroy};

IErrand *errand_create(BOOL call_objects)
{
    static IErrandVtbl vtbl = {errand_IErrand_QueryInterface, errand_IErrand_AddRef,
            errand_IErrand_Release, errand_Nothing, errand_Later, errand_Peak};
    static ICallFactoryVtbl factory_vtbl = {errand_ICallFactory_QueryInterface,
            errand_ICallFactory_AddRef, errand_ICallFactory_Release, errand_CreateCall};
    struct errand *errand = calloc(1, sizeof(*errand));

    if (!errand)
        return NULL;
    com_object_init(&errand->object, call_objects ? &errand_class : &plain_class);
    errand->IErrand_iface.lpVtbl = &vtbl;
    errand->ICallFactory_iface.lpVtbl = &factory_vtbl;
    return &errand->IErrand_iface;
}
