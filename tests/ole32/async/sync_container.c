/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class SynchronizeContainer. objidlbase/nn-objidlbase-isynchronizecontainer */
#include "sync_classes.h"

#include "test_server.h"

#define CONTAINER_MAX 63

static const struct sync_class *const standard = &sync_classes[SYNC_STANDARD];
static const struct sync_class *const manual = &sync_classes[SYNC_MANUAL];

static struct test_thread *sta, *mta;

static ISynchronizeContainer *container_create(void)
{
    ISynchronizeContainer *container;
    HRESULT hr = CoCreateInstance(sync_classes[SYNC_CONTAINER].clsid, NULL, CLSCTX_INPROC_SERVER,
            &IID_ISynchronizeContainer, (void **)&container);

    if (FAILED(hr))
        bail_out("no SynchronizeContainer: %s", tap_hr(hr));
    return container;
}

static ULONG references(void *object)
{
    IUnknown_AddRef((IUnknown *)object);
    return IUnknown_Release((IUnknown *)object);
}

/* --- an object of the test's own that can be waited for --- */

struct foreign
{
    ISynchronize ISynchronize_iface;
    ISynchronizeHandle ISynchronizeHandle_iface;
    LONG references;
    HANDLE handle;
    HRESULT handle_result;
    BOOL no_handle;
};

static HRESULT STDMETHODCALLTYPE foreign_QueryInterface(ISynchronize *iface, REFIID iid, void **out)
{
    struct foreign *foreign = (struct foreign *)iface;

    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_ISynchronize))
        *out = iface;
    else if (IsEqualIID(iid, &IID_ISynchronizeHandle) && !foreign->no_handle)
        *out = &foreign->ISynchronizeHandle_iface;
    if (!*out)
        return E_NOINTERFACE;
    InterlockedIncrement(&foreign->references);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE foreign_AddRef(ISynchronize *iface)
{
    return InterlockedIncrement(&((struct foreign *)iface)->references);
}

static ULONG STDMETHODCALLTYPE foreign_Release(ISynchronize *iface)
{
    return InterlockedDecrement(&((struct foreign *)iface)->references);
}

static HRESULT STDMETHODCALLTYPE foreign_Wait(ISynchronize *iface, DWORD flags, DWORD timeout)
{
    (void)iface;
    (void)flags;
    (void)timeout;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE foreign_Signal(ISynchronize *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

static ISynchronizeVtbl foreign_vtbl = {foreign_QueryInterface, foreign_AddRef, foreign_Release,
        foreign_Wait, foreign_Signal, foreign_Signal};

static struct foreign *foreign_from_handle(ISynchronizeHandle *iface)
{
    return CONTAINING_RECORD(iface, struct foreign, ISynchronizeHandle_iface);
}

static HRESULT STDMETHODCALLTYPE handle_QueryInterface(ISynchronizeHandle *iface, REFIID iid,
        void **out)
{
    return foreign_QueryInterface(&foreign_from_handle(iface)->ISynchronize_iface, iid, out);
}

static ULONG STDMETHODCALLTYPE handle_AddRef(ISynchronizeHandle *iface)
{
    return foreign_AddRef(&foreign_from_handle(iface)->ISynchronize_iface);
}

static ULONG STDMETHODCALLTYPE handle_Release(ISynchronizeHandle *iface)
{
    return foreign_Release(&foreign_from_handle(iface)->ISynchronize_iface);
}

static HRESULT STDMETHODCALLTYPE handle_GetHandle(ISynchronizeHandle *iface, HANDLE *out)
{
    *out = foreign_from_handle(iface)->handle;
    return foreign_from_handle(iface)->handle_result;
}

static ISynchronizeHandleVtbl handle_vtbl = {handle_QueryInterface, handle_AddRef, handle_Release,
        handle_GetHandle};

static void foreign_init(struct foreign *foreign, HANDLE handle)
{
    *foreign = (struct foreign){{&foreign_vtbl}, {&handle_vtbl}, 1, handle, S_OK, FALSE};
}

/* --- the object --- */

static void identity(void)
{
    ISynchronizeContainer *container = container_create(), *again;
    IUnknown *unknown, *other;
    void *out = (void *)1;

    is_hr(ISynchronizeContainer_QueryInterface(container, &IID_IUnknown, (void **)&unknown), S_OK,
            "IUnknown");
    is_hr(IUnknown_QueryInterface(unknown, &IID_ISynchronizeContainer, (void **)&again), S_OK,
            "and back");
    is_hr(ISynchronizeContainer_QueryInterface(again, &IID_IUnknown, (void **)&other), S_OK,
            "IUnknown again");
    is_ptr(other, unknown, "one identity");
    is_hr(IUnknown_QueryInterface(unknown, &IID_ISynchronize, &out), E_NOINTERFACE,
            "it is no event itself");
    is_ptr(out, NULL, "no pointer");
    IUnknown_Release(other);
    ISynchronizeContainer_Release(again);
    IUnknown_Release(unknown);
    is_uint(ISynchronizeContainer_Release(container), 0, "the last reference");
}

static void arguments(void)
{
    ISynchronizeContainer *container = container_create();
    ISynchronize *event = sync_class_create(manual), *out = (void *)1;
    struct foreign foreign;

    is_hr(ISynchronizeContainer_AddSynchronize(container, NULL), E_INVALIDARG, "nothing is added");
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 0, NULL), E_INVALIDARG,
            "no place for the result");
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 0, &out), RPC_E_NO_SYNC, "it is empty");
    is_ptr(out, NULL, "no result");
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, INFINITE, &out), RPC_E_NO_SYNC,
            "and stays so");
    is_hr(ISynchronizeContainer_AddSynchronize(container, event), S_OK, "an event");
    ISynchronize_Signal(event);
    is_hr(ISynchronizeContainer_WaitMultiple(container, COWAIT_WAITALL, 0, &out), E_INVALIDARG,
            "all of them");
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0x100, 0, &out), E_INVALIDARG,
            "an unknown flag");
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 0, &out), S_OK, "the event");
    if (out)
        ISynchronize_Release(out);
    is_ptr(out, event, "is it");

    foreign_init(&foreign, NULL);
    foreign.no_handle = TRUE;
    is_hr(ISynchronizeContainer_AddSynchronize(container, &foreign.ISynchronize_iface),
            E_NOINTERFACE, "an object without a handle");
    is_int(foreign.references, 1, "is not kept");
    foreign.no_handle = FALSE;
    foreign.handle_result = E_FAIL;
    is_hr(ISynchronizeContainer_AddSynchronize(container, &foreign.ISynchronize_iface), S_OK,
            "one which has none today");
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 0, &out), E_FAIL, "says so");
    ISynchronizeContainer_Release(container);
    is_int(foreign.references, 1, "and is let go");
    is_uint(ISynchronize_Release(event), 0, "the event's last reference");
}

/* What was signalled leaves the container. */
static void removal(void *argument)
{
    const struct sync_class *class = argument;
    ISynchronizeContainer *container = container_create();
    ISynchronize *events[3], *out;

    for (unsigned int i = 0; i < 3; i++)
    {
        events[i] = sync_class_create(class);
        is_hr(ISynchronizeContainer_AddSynchronize(container, events[i]), S_OK, "%s %u is added",
                class->name, i);
        ok(references(events[i]) > 1, "%s %u: the container has a reference", class->name, i);
    }
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 0, &out), RPC_E_TIMEOUT,
            "%s: none is signalled", class->name);
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 30, &out), RPC_E_TIMEOUT,
            "%s: for some time", class->name);
    is_hr(ISynchronizeContainer_WaitMultiple(container, COWAIT_ALERTABLE, 10, &out), RPC_E_TIMEOUT,
            "%s: alertable", class->name);
    is_hr(ISynchronizeContainer_WaitMultiple(container, COWAIT_DISPATCH_WINDOW_MESSAGES, 10, &out),
            RPC_E_TIMEOUT, "%s: with messages", class->name);
    is_ptr(out, NULL, "%s: no result", class->name);

    ISynchronize_Signal(events[2]);
    ISynchronize_Signal(events[1]);
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, INFINITE, &out), S_OK, "%s: two are",
            class->name);
    is_ptr(out, events[1], "%s: the one that was added first", class->name);
    is_uint(ISynchronize_Release(out), 1, "%s: its place is empty", class->name);
    is_hr(ISynchronize_Wait(events[1], 0, 0), class->manual ? S_OK : RPC_S_CALLPENDING,
            "%s: whether it is still signalled", class->name);
    is_hr(ISynchronizeContainer_WaitMultiple(container, COWAIT_ALERTABLE, INFINITE, &out), S_OK,
            "%s: the other", class->name);
    is_ptr(out, events[2], "%s: is the other", class->name);
    ISynchronize_Release(out);
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 0, &out), RPC_E_TIMEOUT,
            "%s: no more are", class->name);

    /* Used again. */
    ISynchronize_Reset(events[1]);
    is_hr(ISynchronizeContainer_AddSynchronize(container, events[1]), S_OK, "%s: added again",
            class->name);
    ISynchronize_Signal(events[0]);
    ISynchronize_Signal(events[1]);
    is_hr(ISynchronizeContainer_WaitMultiple(container, COWAIT_DISPATCH_WINDOW_MESSAGES, 1000,
                  &out),
            S_OK, "%s: both", class->name);
    is_ptr(out, events[0], "%s: the older one", class->name);
    ISynchronize_Release(out);
    is_uint(ISynchronizeContainer_Release(container), 0, "%s: the container goes", class->name);
    for (unsigned int i = 0; i < 3; i++)
        is_uint(ISynchronize_Release(events[i]), 0, "%s %u: its last reference", class->name, i);
}

static void limits(void)
{
    ISynchronize *events[CONTAINER_MAX + 1], *out = NULL;
    ISynchronizeContainer *container = container_create();
    unsigned int i, added = 0;

    for (i = 0; i <= CONTAINER_MAX; i++)
    {
        HRESULT hr;

        events[i] = sync_class_create(i % 2 ? standard : manual);
        hr = ISynchronizeContainer_AddSynchronize(container, events[i]);
        if (i < CONTAINER_MAX)
            added += hr == S_OK;
        else
            is_hr(hr, RPC_E_OUT_OF_RESOURCES, "the 64th");
    }
    is_uint(added, CONTAINER_MAX, "63 are added");
    is_uint(references(events[CONTAINER_MAX]), 1, "the 64th is not kept");
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 10, &out), RPC_E_TIMEOUT, "63 wait");
    ISynchronize_Signal(events[62]);
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 10000, &out), S_OK, "the last of them");
    is_ptr(out, events[62], "is the last");
    if (out)
        ISynchronize_Release(out);
    is_hr(ISynchronizeContainer_AddSynchronize(container, events[63]), S_OK, "now there is room");
    ISynchronizeContainer_Release(container);
    for (i = added = 0; i <= CONTAINER_MAX; i++)
        added += ISynchronize_Release(events[i]);
    is_uint(added, 0, "all are let go");
}

/* The same object twice, events with handles, and objects which are none of the system's. */
static void mixtures(void *argument)
{
    ISynchronize *one = sync_class_create(manual), *two = sync_class_create(standard), *out;
    ISynchronizeContainer *container = container_create();
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL), handle;
    ISynchronizeHandle *provider;
    struct foreign foreign[2];

    (void)argument;
    foreign_init(&foreign[0], event);
    foreign_init(&foreign[1], event);
    ISynchronizeContainer_AddSynchronize(container, one);
    ISynchronizeContainer_AddSynchronize(container, two);
    is_hr(ISynchronizeContainer_AddSynchronize(container, one), S_OK, "the same event again");
    ISynchronize_Signal(one);
    for (unsigned int i = 0; i < 2; i++)
    {
        is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 1000, &out), S_OK, "it comes");
        is_ptr(out, one, "for the %s time", i ? "second" : "first");
        ISynchronize_Release(out);
    }
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 10, &out), RPC_E_TIMEOUT,
            "and no third time");

    ISynchronize_Reset(one);
    ISynchronizeContainer_AddSynchronize(container, one);
    ISynchronizeContainer_AddSynchronize(container, one);
    ISynchronizeContainer_AddSynchronize(container, &foreign[0].ISynchronize_iface);
    ISynchronizeContainer_AddSynchronize(container, &foreign[1].ISynchronize_iface);
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 30, &out), RPC_E_TIMEOUT,
            "with objects of others");
    SetEvent(event);
    for (unsigned int i = 0; i < 2; i++)
    {
        is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 1000, &out), S_OK,
                "one of these is signalled");
        is_ptr(out, &foreign[i].ISynchronize_iface, "number %u", i);
        ISynchronize_Release(out);
    }
    ISynchronize_QueryInterface(two, &IID_ISynchronizeHandle, (void **)&provider);
    ISynchronizeHandle_GetHandle(provider, &handle);
    ISynchronizeHandle_Release(provider);
    SetEvent(handle);
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 1000, &out), S_OK, "set by its handle");
    is_ptr(out, two, "that one");
    ISynchronize_Release(out);
    is_int(WaitForSingleObject(handle, 0), WAIT_TIMEOUT, "which has been reset by the wait");
    ISynchronize_Signal(one);
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 1000, &out), S_OK, "the event");
    is_ptr(out, one, "is there");
    ISynchronize_Release(out);

    is_uint(ISynchronizeContainer_Release(container), 0, "the container goes");
    is_int(foreign[0].references, 1, "the one object is let go");
    is_int(foreign[1].references, 1, "the other, too");
    is_uint(ISynchronize_Release(one), 0, "the one event");
    is_uint(ISynchronize_Release(two), 0, "the other event");
    CloseHandle(event);
}

/* --- several threads --- */

struct waiting
{
    ISynchronizeContainer *container;
    DWORD flags;
    volatile LONG waiting, done;
    ISynchronize *out;
    HRESULT hr;
};

static void wait_there(void *argument)
{
    struct waiting *waiting = argument;

    InterlockedExchange(&waiting->waiting, 1);
    waiting->hr = ISynchronizeContainer_WaitMultiple(waiting->container, waiting->flags, INFINITE,
            &waiting->out);
    InterlockedExchange(&waiting->done, 1);
}

static BOOL becomes(volatile LONG *value, LONG expected)
{
    for (unsigned int i = 0; i < 10000 && *value != expected; i++)
        Sleep(1);
    return *value == expected;
}

enum meanwhile
{
    MEANWHILE_NOTHING,
    MEANWHILE_HANDLE,  /* somebody asks an event for its handle */
    MEANWHILE_ANOTHER, /* somebody adds an event; the wait does not notice */
    MEANWHILE_CALL,    /* a call comes into the STA */
    MEANWHILE_LAST,
};

static void across_threads(struct test_thread *thread, const char *kind, DWORD flags)
{
    for (enum meanwhile meanwhile = 0; meanwhile < MEANWHILE_LAST; meanwhile++)
    {
        ISynchronize *events[3] = {sync_class_create(manual), sync_class_create(standard),
                sync_class_create(manual)};
        struct waiting waiting = {container_create(), flags, 0, 0, NULL, E_FAIL};
        ISynchronizeHandle *provider;
        ITestServer *server = NULL;
        HANDLE handle;
        LONG sum = 0;

        ISynchronizeContainer_AddSynchronize(waiting.container, events[0]);
        ISynchronizeContainer_AddSynchronize(waiting.container, events[1]);
        if (meanwhile == MEANWHILE_CALL && thread == sta)
            test_thread_object(thread, &IID_ITestServer, (void **)&server);
        test_thread_post(thread, wait_there, &waiting);
        ok(becomes(&waiting.waiting, 1), "%s %d: waits", kind, meanwhile);
        Sleep(50);
        if (meanwhile == MEANWHILE_HANDLE)
        {
            ISynchronize_QueryInterface(events[0], &IID_ISynchronizeHandle, (void **)&provider);
            ISynchronizeHandle_GetHandle(provider, &handle);
            ISynchronizeHandle_Release(provider);
            Sleep(50);
        }
        else if (meanwhile == MEANWHILE_ANOTHER)
        {
            ISynchronizeContainer_AddSynchronize(waiting.container, events[2]);
        }
        else if (server)
        {
            is_hr(ITestServer_Add(server, 3, 4, &sum), S_OK, "%s: a call comes in", kind);
            is_int(sum, 7, "%s: and is served", kind);
            ITestServer_Release(server);
        }
        is_int(waiting.done, 0, "%s %d: the wait goes on", kind, meanwhile);
        ISynchronize_Signal(events[1]);
        ok(becomes(&waiting.done, 1), "%s %d: the wait ends", kind, meanwhile);
        is_hr(waiting.hr, S_OK, "%s %d: WaitMultiple", kind, meanwhile);
        is_ptr(waiting.out, events[1], "%s %d: the event", kind, meanwhile);
        if (waiting.out)
            ISynchronize_Release(waiting.out);
        is_uint(ISynchronizeContainer_Release(waiting.container), 0, "%s %d: the container goes",
                kind, meanwhile);
        for (unsigned int i = 0; i < 3; i++)
            is_uint(ISynchronize_Release(events[i]), 0, "%s %d: event %u goes", kind, meanwhile, i);
    }
}

/* Many events, signalled by another thread in any order, each of them once. */
struct ringer
{
    ISynchronize *events[CONTAINER_MAX];
    volatile LONG done;
};

static void ring(void *argument)
{
    struct ringer *ringer = argument;

    for (unsigned int i = 0; i < CONTAINER_MAX; i++)
        ISynchronize_Signal(ringer->events[i * 20 % CONTAINER_MAX]);
    InterlockedExchange(&ringer->done, 1);
}

static void many(struct test_thread *from, const char *kind)
{
    ISynchronizeContainer *container = container_create();
    BOOL seen[CONTAINER_MAX] = {FALSE};
    unsigned int i, count = 0, left = 0;
    struct ringer ringer = {.done = 0};
    ISynchronize *out;

    for (i = 0; i < CONTAINER_MAX; i++)
    {
        ringer.events[i] = sync_class_create(i % 2 ? standard : manual);
        ISynchronizeContainer_AddSynchronize(container, ringer.events[i]);
    }
    test_thread_post(from, ring, &ringer);
    while (ISynchronizeContainer_WaitMultiple(container, 0, 10000, &out) == S_OK)
    {
        for (i = 0; i < CONTAINER_MAX && ringer.events[i] != out; i++)
            ;
        ok(i < CONTAINER_MAX && !seen[i], "%s: event %u, for the first time", kind, i);
        if (i < CONTAINER_MAX)
            seen[i] = TRUE;
        count++;
        ISynchronize_Release(out);
    }
    is_uint(count, CONTAINER_MAX, "%s: all have come", kind);
    is_hr(ISynchronizeContainer_WaitMultiple(container, 0, 0, &out), RPC_E_NO_SYNC,
            "%s: the container is empty", kind);
    ok(becomes(&ringer.done, 1), "%s: the other thread has signalled all", kind);
    ISynchronizeContainer_Release(container);
    for (i = 0; i < CONTAINER_MAX; i++)
        left += ISynchronize_Release(ringer.events[i]);
    is_uint(left, 0, "%s: no reference is left", kind);
}

static void many_in_sta(void *argument)
{
    (void)argument;
    many(mta, "an STA waits");
}

static void everything(void)
{
    identity();
    arguments();
    removal((void *)standard);
    removal((void *)manual);
    test_thread_run(sta, removal, (void *)standard);
    test_thread_run(sta, removal, (void *)manual);
    limits();
    mixtures(NULL);
    test_thread_run(sta, mixtures, NULL);
    across_threads(mta, "MTA", 0);
    across_threads(sta, "STA", 0);
    across_threads(mta, "MTA, alertable", COWAIT_ALERTABLE);
    across_threads(sta, "STA, all messages", COWAIT_DISPATCH_WINDOW_MESSAGES);
    many(mta, "the MTA waits");
    test_thread_run(sta, many_in_sta, NULL);
}

int main(void)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (!sync_class_is_there(&sync_classes[SYNC_CONTAINER]))
    {
        CoUninitialize();
        return done_testing();
    }
    test_proxies_register();
    sta = test_thread_start(COINIT_APARTMENTTHREADED);
    mta = test_thread_start(COINIT_MULTITHREADED);

    everything();
    tap_account_begin();
    everything();
    tap_account_end("two rounds of everything");

    ok(test_thread_stop(sta), "the STA ends");
    ok(test_thread_stop(mta), "the MTA's thread ends");
    CoUninitialize();
    return done_testing();
}
