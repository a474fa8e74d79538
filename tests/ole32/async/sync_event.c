/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The classes StdEvent and ManualResetEvent, by themselves and aggregated.
 * objidlbase/nn-objidlbase-isynchronize, nn-objidlbase-isynchronizehandle,
 * nn-objidlbase-isynchronizeevent */
#include "sync_classes.h"

#include "test_server.h"

static struct test_thread *sta, *mta;

/* --- an object that aggregates an event --- */

struct outer
{
    IUnknown IUnknown_iface;
    LONG references;
    IUnknown *inner;
};

static HRESULT STDMETHODCALLTYPE outer_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct outer *outer = (struct outer *)iface;

    if (!IsEqualIID(iid, &IID_IUnknown))
        return IUnknown_QueryInterface(outer->inner, iid, out);
    *out = iface;
    IUnknown_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE outer_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&((struct outer *)iface)->references);
}

static ULONG STDMETHODCALLTYPE outer_Release(IUnknown *iface)
{
    return InterlockedDecrement(&((struct outer *)iface)->references);
}

static IUnknownVtbl outer_vtbl = {outer_QueryInterface, outer_AddRef, outer_Release};

/* --- creating --- */

static void creation(const struct sync_class *class)
{
    static const IID *const all[] = {&IID_IUnknown, &IID_ISynchronize, &IID_ISynchronizeHandle,
            &IID_ISynchronizeEvent};
    HRESULT(WINAPI * get_class_object)(REFCLSID, REFIID, void **);
    IUnknown *first = NULL, *unknown, *other;
    IClassFactory *factory = NULL;
    void *out = (void *)1;
    HRESULT hr = E_FAIL;

    is_hr(CoCreateInstance(class->clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown,
                  (void **)&first),
            S_OK, "%s: CoCreateInstance", class->name);
    for (unsigned int i = 0; i < ARRAYSIZE(all); i++)
    {
        todo_if(tap_builtin() && i == 3, "Wine's has no ISynchronizeEvent")
        {
            hr = IUnknown_QueryInterface(first, all[i], (void **)&unknown);
            is_hr(hr, S_OK, "%s: interface %u", class->name, i);
        }
        if (FAILED(hr))
            continue;
        /* Each of them leads to each. */
        for (unsigned int j = 0; j < ARRAYSIZE(all); j++)
        {
            todo_if(tap_builtin() && j == 3, "Wine's has no ISynchronizeEvent")
            {
                hr = IUnknown_QueryInterface(unknown, all[j], (void **)&other);
                is_hr(hr, S_OK, "%s: interface %u from %u", class->name, j, i);
            }
            if (FAILED(hr))
                continue;
            if (!j)
                is_ptr(other, first, "%s: one identity, from interface %u", class->name, i);
            IUnknown_Release(other);
        }
        IUnknown_Release(unknown);
    }
    is_hr(IUnknown_QueryInterface(first, &IID_IStream, &out), E_NOINTERFACE, "%s: no stream",
            class->name);
    is_ptr(out, NULL, "%s: and no pointer", class->name);
    is_uint(IUnknown_Release(first), 0, "%s: the last reference", class->name);

    is_hr(CoGetClassObject(class->clsid, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory,
                  (void **)&factory),
            S_OK, "%s: CoGetClassObject", class->name);
    out = (void *)1;
    is_hr(IClassFactory_CreateInstance(factory, NULL, &IID_IStream, &out), E_NOINTERFACE,
            "%s: CreateInstance of another interface", class->name);
    is_ptr(out, NULL, "%s: no object", class->name);
    is_hr(IClassFactory_CreateInstance(factory, NULL, &IID_ISynchronize, &out), S_OK,
            "%s: CreateInstance", class->name);
    if (out)
        is_uint(ISynchronize_Release((ISynchronize *)out), 0, "%s: its last reference",
                class->name);
    IClassFactory_Release(factory);

    get_class_object = (void *)GetProcAddress(GetModuleHandleW(L"ole32.dll"), "DllGetClassObject");
    hr = get_class_object(class->clsid, &IID_IClassFactory, (void **)&factory);
    is_hr(hr, S_OK, "%s: DllGetClassObject", class->name);
    if (SUCCEEDED(hr))
        IClassFactory_Release(factory);
}

static void aggregation(const struct sync_class *class)
{
    struct outer outer = {{&outer_vtbl}, 1, NULL};
    ISynchronizeHandle *handle = NULL;
    ISynchronize *sync = NULL;
    IUnknown *unknown = NULL;
    void *marshal = NULL;
    HRESULT hr;

    hr = CoCreateInstance(class->clsid, &outer.IUnknown_iface, CLSCTX_INPROC_SERVER,
            &IID_ISynchronize, (void **)&sync);
    todo_builtin("page \"Aggregation\": the creation must fail with E_NOINTERFACE")
    {
        is_hr(hr, E_NOINTERFACE, "%s: aggregated, and asked for another interface", class->name);
        is_ptr(sync, NULL, "%s: none", class->name);
    }
    if (sync)
        ISynchronize_Release(sync);
    outer.references = 1;
    is_hr(CoCreateInstance(class->clsid, &outer.IUnknown_iface, CLSCTX_INPROC_SERVER, &IID_IUnknown,
                  (void **)&outer.inner),
            S_OK, "%s: aggregated", class->name);
    is_int(outer.references, 1, "%s: it has no reference on the outer object", class->name);

    is_hr(IUnknown_QueryInterface(outer.inner, &IID_IUnknown, (void **)&unknown), S_OK,
            "%s: the inner IUnknown", class->name);
    is_ptr(unknown, outer.inner, "%s: is its own", class->name);
    is_int(outer.references, 1, "%s: and counts itself", class->name);
    IUnknown_Release(unknown);

    is_hr(IUnknown_QueryInterface(outer.inner, &IID_ISynchronize, (void **)&sync), S_OK,
            "%s: another interface", class->name);
    todo_builtin("page \"Aggregation\": references are the outer object's")
        is_int(outer.references, 2, "%s: counts the outer object", class->name);
    is_uint(ISynchronize_AddRef(sync), 3, "%s: AddRef", class->name);
    is_uint(ISynchronize_Release(sync), 2, "%s: Release", class->name);
    is_hr(ISynchronize_QueryInterface(sync, &IID_IUnknown, (void **)&unknown), S_OK,
            "%s: its IUnknown", class->name);
    todo_builtin("page \"Aggregation\": references are the outer object's")
        is_ptr(unknown, &outer.IUnknown_iface, "%s: is the outer one", class->name);
    IUnknown_Release(unknown);
    is_hr(ISynchronize_QueryInterface(sync, &IID_ISynchronizeHandle, (void **)&handle), S_OK,
            "%s: ISynchronizeHandle by way of the outer object", class->name);
    todo_builtin("page \"Aggregation\": references are the outer object's")
        is_int(outer.references, 3, "%s: counts it, too", class->name);
    ISynchronizeHandle_Release(handle);
    is_hr(ISynchronize_QueryInterface(sync, &IID_IMarshal, &marshal), E_NOINTERFACE,
            "%s: how to marshal the whole is not for the inner object to say", class->name);

    is_hr(ISynchronize_Signal(sync), S_OK, "%s: Signal", class->name);
    is_hr(ISynchronize_Wait(sync, 0, 0), S_OK, "%s: Wait", class->name);
    ISynchronize_Release(sync);
    is_int(outer.references, 1, "%s: all references are given back", class->name);
    is_uint(IUnknown_Release(outer.inner), 0, "%s: the inner object's last", class->name);
}

/* --- one thread --- */

static void states(const struct sync_class *class, const char *where)
{
    ISynchronize *sync = sync_class_create(class);
    HRESULT second = class->manual ? S_OK : RPC_S_CALLPENDING;

    is_hr(ISynchronize_Wait(sync, 0, 0), RPC_S_CALLPENDING, "%s, %s: not signalled at first",
            class->name, where);
    is_hr(ISynchronize_Wait(sync, 0, 30), RPC_S_CALLPENDING, "%s, %s: the time passes", class->name,
            where);
    is_hr(ISynchronize_Signal(sync), S_OK, "%s, %s: Signal", class->name, where);
    is_hr(ISynchronize_Signal(sync), S_OK, "%s, %s: and again", class->name, where);
    is_hr(ISynchronize_Wait(sync, 0, INFINITE), S_OK, "%s, %s: Wait", class->name, where);
    is_hr(ISynchronize_Wait(sync, 0, 0), second, "%s, %s: a second Wait", class->name, where);
    is_hr(ISynchronize_Signal(sync), S_OK, "%s, %s: signalled", class->name, where);
    is_hr(ISynchronize_Reset(sync), S_OK, "%s, %s: Reset", class->name, where);
    is_hr(ISynchronize_Reset(sync), S_OK, "%s, %s: and again", class->name, where);
    is_hr(ISynchronize_Wait(sync, 0, 0), RPC_S_CALLPENDING, "%s, %s: is not signalled", class->name,
            where);
    for (DWORD flags = 1; flags <= 0x10; flags <<= 1)
    {
        ISynchronize_Reset(sync);
        is_hr(ISynchronize_Wait(sync, flags, 10), RPC_S_CALLPENDING, "%s, %s: flag %#lx, no signal",
                class->name, where, flags);
        ISynchronize_Signal(sync);
        todo_if(tap_builtin() && flags == COWAIT_WAITALL, "an event is all there is to wait for")
            is_hr(ISynchronize_Wait(sync, flags, tap_patience(10000)), S_OK, "%s, %s: flag %#lx",
                    class->name, where, flags);
    }
    todo_builtin("nf-objidlbase-isynchronize-wait: flags are those of COWAIT_FLAGS")
        is_hr(ISynchronize_Wait(sync, 0x100, 0), E_INVALIDARG, "%s, %s: an unknown flag",
                class->name, where);
    is_uint(ISynchronize_Release(sync), 0, "%s, %s: the last reference", class->name, where);
}

static void CALLBACK procedure_call(ULONG_PTR argument)
{
    ++*(int *)argument;
}

static void procedure_calls(const struct sync_class *class, const char *where)
{
    ISynchronize *sync = sync_class_create(class);
    int called = 0;

    QueueUserAPC(procedure_call, GetCurrentThread(), (ULONG_PTR)&called);
    is_hr(ISynchronize_Wait(sync, 0, 10), RPC_S_CALLPENDING, "%s, %s: not alertable", class->name,
            where);
    is_int(called, 0, "%s, %s: the APC waits", class->name, where);
    todo_builtin("a wait that says S_OK tells the caller to finish his call")
        is_hr(ISynchronize_Wait(sync, COWAIT_ALERTABLE, 10000), RPC_S_CALLPENDING,
                "%s, %s: an APC is no signal", class->name, where);
    is_int(called, 1, "%s, %s: but has run", class->name, where);
    ISynchronize_Release(sync);
}

/* --- handles --- */

static void handles(const struct sync_class *class, BOOL signalled)
{
    ISynchronize *sync = sync_class_create(class);
    const char *name = class->name;
    ISynchronizeHandle *provider;
    HANDLE handle = NULL, again = NULL;

    ISynchronize_QueryInterface(sync, &IID_ISynchronizeHandle, (void **)&provider);
    if (signalled)
        ISynchronize_Signal(sync);
    todo_builtin("nf-objidlbase-isynchronizehandle-gethandle: E_INVALIDARG")
    {
        if (tap_builtin())
            fail("%s: would crash", name);
        else
            is_hr(ISynchronizeHandle_GetHandle(provider, NULL), E_INVALIDARG, "%s: no place", name);
    }
    is_hr(ISynchronizeHandle_GetHandle(provider, &handle), S_OK, "%s: GetHandle", name);
    is_hr(ISynchronizeHandle_GetHandle(provider, &again), S_OK, "%s: again", name);
    is_ptr(again, handle, "%s: the same", name);

    if (signalled)
        is_int(WaitForSingleObject(handle, 0), WAIT_OBJECT_0, "%s: signalled as it was", name);
    else
        is_int(WaitForSingleObject(handle, 0), WAIT_TIMEOUT, "%s: not signalled", name);
    ISynchronize_Reset(sync);
    is_int(WaitForSingleObject(handle, 0), WAIT_TIMEOUT, "%s: the handle is reset", name);
    ISynchronize_Signal(sync);
    is_int(WaitForSingleObject(handle, 1000), WAIT_OBJECT_0, "%s: the handle is signalled", name);
    is_int(WaitForSingleObject(handle, 0), class->manual ? WAIT_OBJECT_0 : WAIT_TIMEOUT,
            "%s: the handle once more", name);
    ISynchronize_Reset(sync);
    SetEvent(handle);
    is_hr(ISynchronize_Wait(sync, 0, 1000), S_OK, "%s: Wait for what the handle set", name);
    is_hr(ISynchronize_Wait(sync, 0, 0), class->manual ? S_OK : RPC_S_CALLPENDING,
            "%s: and once more", name);
    ResetEvent(handle);
    is_hr(ISynchronize_Wait(sync, 0, 0), RPC_S_CALLPENDING, "%s: the handle reset it", name);
    is_hr(ISynchronize_Wait(sync, 0, 30), RPC_S_CALLPENDING, "%s: for some time", name);
    ISynchronizeHandle_Release(provider);
    is_uint(ISynchronize_Release(sync), 0, "%s: the last reference", name);
}

static void assigned_handles(const struct sync_class *class, BOOL manual_handle)
{
    HANDLE event = CreateEventW(NULL, manual_handle, FALSE, NULL), none = NULL, file, got = NULL;
    ISynchronize *sync = sync_class_create(class);
    BOOL stays = class->manual && manual_handle;
    ISynchronizeEvent *setter = NULL;
    const char *name = class->name;

    ISynchronize_QueryInterface(sync, &IID_ISynchronizeEvent, (void **)&setter);
    if (!setter && builtin_lacks("ISynchronizeEvent"))
    {
        ISynchronize_Release(sync);
        CloseHandle(event);
        return;
    }
    is_hr(ISynchronizeEvent_SetEventHandle(setter, NULL), E_INVALIDARG, "%s: nothing", name);
    is_hr(ISynchronizeEvent_SetEventHandle(setter, &none), E_INVALIDARG, "%s: no handle", name);
    file = CreateFileW(L"NUL", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    is_hr(ISynchronizeEvent_SetEventHandle(setter, &file), E_INVALIDARG, "%s: a file", name);
    CloseHandle(file);

    ISynchronize_Signal(sync);
    is_hr(ISynchronizeEvent_SetEventHandle(setter, &event), S_OK, "%s: an event", name);
    is_hr(ISynchronize_Wait(sync, 0, 0), RPC_S_CALLPENDING, "%s: its state is that one's", name);
    is_hr(ISynchronizeEvent_GetHandle(setter, &got), S_OK, "%s: GetHandle", name);
    ISynchronize_Signal(sync);
    is_int(WaitForSingleObject(event, 0), WAIT_OBJECT_0, "%s: Signal sets it", name);
    SetEvent(event);
    is_int(WaitForSingleObject(got, 0), WAIT_OBJECT_0, "%s: by either handle", name);
    ISynchronize_Reset(sync);
    is_int(WaitForSingleObject(event, 0), WAIT_TIMEOUT, "%s: Reset resets it", name);
    SetEvent(event);
    is_hr(ISynchronize_Wait(sync, 0, 1000), S_OK, "%s: Wait waits for it", name);
    is_int(WaitForSingleObject(event, 0), stays ? WAIT_OBJECT_0 : WAIT_TIMEOUT,
            "%s: %s reset by that", name, stays ? "not" : "and is");
    ISynchronize_Reset(sync);

    CloseHandle(event);
    ISynchronize_Signal(sync);
    is_hr(ISynchronize_Wait(sync, 0, 1000), S_OK, "%s: the caller has closed his handle", name);
    event = CreateEventW(NULL, manual_handle, TRUE, NULL);
    is_hr(ISynchronizeEvent_SetEventHandle(setter, &event), S_OK, "%s: another", name);
    is_hr(ISynchronize_Wait(sync, 0, 0), S_OK, "%s: which is signalled", name);
    CloseHandle(event);
    ISynchronizeEvent_Release(setter);
    is_uint(ISynchronize_Release(sync), 0, "%s: the last reference", name);
}

/* --- several threads --- */

struct waiting
{
    ISynchronize *sync;
    DWORD flags, timeout;
    volatile LONG waiting, done;
    HRESULT hr;
};

static void wait_there(void *argument)
{
    struct waiting *waiting = argument;

    InterlockedExchange(&waiting->waiting, 1);
    waiting->hr = ISynchronize_Wait(waiting->sync, waiting->flags, waiting->timeout);
    InterlockedExchange(&waiting->done, 1);
}

static BOOL becomes(volatile LONG *value, LONG expected)
{
    for (unsigned int i = 0; i < 10000 && *value != expected; i++)
        Sleep(1);
    return *value == expected;
}

struct signalling
{
    ISynchronize *sync;
    volatile LONG done;
};

static void signal_there(void *argument)
{
    struct signalling *signalling = argument;

    ISynchronize_Signal(signalling->sync);
    InterlockedExchange(&signalling->done, 1);
}

/* A thread of each kind waits; another one signals. */
static void across_threads(const struct sync_class *class)
{
    static const DWORD flags[] = {0, COWAIT_ALERTABLE, COWAIT_DISPATCH_WINDOW_MESSAGES};
    ISynchronize *sync = sync_class_create(class);
    struct signalling signalling = {sync, 0};

    for (unsigned int i = 0; i < 2 * ARRAYSIZE(flags); i++)
    {
        struct test_thread *thread = i % 2 ? mta : sta;
        const char *kind = i % 2 ? "MTA" : "STA";
        struct waiting waiting = {sync, flags[i / 2], INFINITE, 0, 0, E_FAIL};

        test_thread_post(thread, wait_there, &waiting);
        ok(becomes(&waiting.waiting, 1), "%s, %s, flags %#lx: waits", class->name, kind,
                waiting.flags);
        Sleep(i < 4 ? 0 : 50); /* while it spins, or when it sleeps */
        is_int(waiting.done, 0, "%s, %s: is not signalled", class->name, kind);
        ISynchronize_Signal(sync);
        ok(becomes(&waiting.done, 1), "%s, %s: the wait ends", class->name, kind);
        is_hr(waiting.hr, S_OK, "%s, %s: Wait", class->name, kind);
        is_hr(ISynchronize_Wait(sync, 0, 0), class->manual ? S_OK : RPC_S_CALLPENDING,
                "%s, %s: the state after it", class->name, kind);
        ISynchronize_Reset(sync);
    }
    test_thread_post(mta, signal_there, &signalling);
    is_hr(ISynchronize_Wait(sync, 0, 10000), S_OK, "%s: signalled in the MTA", class->name);
    ok(becomes(&signalling.done, 1), "%s: Signal has returned", class->name);
    is_uint(ISynchronize_Release(sync), 0, "%s: the last reference", class->name);
}

/* Two threads wait for one event; a signal lets one go, or both. */
static void two_waiters(const struct sync_class *class)
{
    ISynchronize *sync = sync_class_create(class);
    struct waiting waiting[2] = {{sync, 0, INFINITE, 0, 0, E_FAIL},
            {sync, 0, INFINITE, 0, 0, E_FAIL}};

    test_thread_post(sta, wait_there, &waiting[0]);
    test_thread_post(mta, wait_there, &waiting[1]);
    ok(becomes(&waiting[0].waiting, 1) && becomes(&waiting[1].waiting, 1), "%s: two wait",
            class->name);
    Sleep(50);
    ISynchronize_Signal(sync);
    if (class->manual)
    {
        ok(becomes(&waiting[0].done, 1) && becomes(&waiting[1].done, 1), "%s: both go",
                class->name);
    }
    else
    {
        while (!waiting[0].done && !waiting[1].done)
            Sleep(1);
        Sleep(50);
        is_int(waiting[0].done + waiting[1].done, 1, "%s: one goes", class->name);
        ISynchronize_Signal(sync);
        ok(becomes(&waiting[0].done, 1) && becomes(&waiting[1].done, 1), "%s: the other goes",
                class->name);
    }
    is_hr(waiting[0].hr, S_OK, "%s: the first", class->name);
    is_hr(waiting[1].hr, S_OK, "%s: the second", class->name);
    is_uint(ISynchronize_Release(sync), 0, "%s: the last reference", class->name);
}

/* Somebody asks for the handle, or assigns one, while another thread sleeps. */
static void handle_meanwhile(const struct sync_class *class, struct test_thread *thread,
        BOOL assigned)
{
    ISynchronize *sync = sync_class_create(class);
    struct waiting waiting = {sync, 0, INFINITE, 0, 0, E_FAIL};
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL), handle = event;
    ISynchronizeEvent *provider = NULL;

    ISynchronize_QueryInterface(sync, &IID_ISynchronizeEvent, (void **)&provider);
    if (!provider && builtin_lacks("ISynchronizeEvent"))
    {
        ISynchronize_Release(sync);
        CloseHandle(event);
        return;
    }
    test_thread_post(thread, wait_there, &waiting);
    becomes(&waiting.waiting, 1);
    Sleep(50);
    if (assigned)
        is_hr(ISynchronizeEvent_SetEventHandle(provider, &event), S_OK, "%s: assigned meanwhile",
                class->name);
    else
        is_hr(ISynchronizeEvent_GetHandle(provider, &handle), S_OK, "%s: asked for meanwhile",
                class->name);
    Sleep(50);
    is_hr(ISynchronizeEvent_SetEventHandle(provider, &event), E_FAIL,
            "%s: the event is being waited for", class->name);
    is_int(waiting.done, 0, "%s: the wait goes on", class->name);
    SetEvent(handle);
    ok(becomes(&waiting.done, 1), "%s: the wait ends", class->name);
    is_hr(waiting.hr, S_OK, "%s: well", class->name);
    ISynchronizeEvent_Release(provider);
    is_uint(ISynchronize_Release(sync), 0, "%s: the last reference", class->name);
    CloseHandle(event);
}

/* Each signal of a standard event is taken by one wait: two threads play ball. */
struct ball
{
    ISynchronize *there, *back;
    LONG turns;
    volatile LONG done;
};

static void play(void *argument)
{
    struct ball *ball = argument;

    while (ball->turns && ISynchronize_Wait(ball->there, 0, 10000) == S_OK)
    {
        ISynchronize_Signal(ball->back);
        ball->turns--;
    }
    InterlockedExchange(&ball->done, 1);
}

static void ball_game(struct test_thread *thread, const char *kind)
{
    const LONG turns = tap_builtin() ? 50 : 2000;
    struct ball ball = {sync_class_create(&sync_classes[SYNC_STANDARD]),
            sync_class_create(&sync_classes[SYNC_STANDARD]), turns, 0};
    LONG caught = 0;

    test_thread_post(thread, play, &ball);
    for (LONG i = 0; i < turns; i++)
    {
        ISynchronize_Signal(ball.there);
        if (ISynchronize_Wait(ball.back, 0, 10000) == S_OK)
            caught++;
    }
    ok(becomes(&ball.done, 1), "%s: the game is over", kind);
    is_int(caught, turns, "%s: each ball came back", kind);
    is_hr(ISynchronize_Wait(ball.back, 0, 0), RPC_S_CALLPENDING, "%s: and once only", kind);
    is_uint(ISynchronize_Release(ball.there), 0, "%s: the one event", kind);
    is_uint(ISynchronize_Release(ball.back), 0, "%s: the other event", kind);
}

/* --- what an STA does while it waits --- */

static void incoming_calls(const struct sync_class *class, DWORD flags)
{
    ISynchronize *sync = sync_class_create(class);
    struct waiting waiting = {sync, flags, INFINITE, 0, 0, E_FAIL};
    ITestServer *server = NULL;
    LONG sum = 0;

    is_hr(test_thread_object(sta, &IID_ITestServer, (void **)&server), S_OK, "%s: a proxy",
            class->name);
    test_thread_post(sta, wait_there, &waiting);
    becomes(&waiting.waiting, 1);
    Sleep(50);
    is_hr(ITestServer_Add(server, 3, 4, &sum), S_OK, "%s: a call into the STA that waits",
            class->name);
    is_int(sum, 7, "%s: is served", class->name);
    is_int(waiting.done, 0, "%s: and the wait goes on", class->name);
    ISynchronize_Signal(sync);
    ok(becomes(&waiting.done, 1), "%s: until the signal", class->name);
    is_hr(waiting.hr, S_OK, "%s: Wait", class->name);
    ITestServer_Release(server);
    is_uint(ISynchronize_Release(sync), 0, "%s: the last reference", class->name);
}

static UINT posted_seen;

static LRESULT CALLBACK window_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message == WM_APP)
        posted_seen++;
    return DefWindowProcW(window, message, wparam, lparam);
}

static void window_messages(void *argument)
{
    static const WNDCLASSW class = {.lpfnWndProc = window_procedure, .lpszClassName = L"sync"};
    ISynchronize *sync = argument;
    HWND window;

    RegisterClassW(&class);
    window = CreateWindowExW(0, L"sync", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    PostMessageW(window, WM_APP, 0, 0);
    posted_seen = 0;
    is_hr(ISynchronize_Wait(sync, 0, 50), RPC_S_CALLPENDING, "a wait among messages");
    is_uint(posted_seen, 0, "a posted message can wait");
    is_hr(ISynchronize_Wait(sync, COWAIT_DISPATCH_WINDOW_MESSAGES, 50), RPC_S_CALLPENDING,
            "a wait that dispatches them all");
    todo_builtin("COWAIT_DISPATCH_WINDOW_MESSAGES")
        is_uint(posted_seen, 1, "does so");
    DestroyWindow(window);
}

/* --- apartments --- */

struct marshalled
{
    IStream *stream;
    ISynchronize *expected, *got;
    HRESULT hr;
};

static void unmarshal_there(void *argument)
{
    struct marshalled *marshalled = argument;

    marshalled->hr = CoGetInterfaceAndReleaseStream(marshalled->stream, &IID_ISynchronize,
            (void **)&marshalled->got);
    if (SUCCEEDED(marshalled->hr))
        ISynchronize_Release(marshalled->got);
}

static void free_threaded(const struct sync_class *class)
{
    ISynchronize *sync = sync_class_create(class);
    struct marshalled marshalled = {NULL, sync, NULL, E_FAIL};

    is_hr(CoMarshalInterThreadInterfaceInStream(&IID_ISynchronize, (IUnknown *)sync,
                  &marshalled.stream),
            S_OK, "%s: marshalled", class->name);
    test_thread_run(sta, unmarshal_there, &marshalled);
    is_hr(marshalled.hr, S_OK, "%s: for another apartment", class->name);
    todo_builtin("the pointer is good in every apartment")
        is_ptr(marshalled.got, sync, "%s: the pointer itself", class->name);
    is_uint(ISynchronize_Release(sync), 0, "%s: the last reference", class->name);
}

/* Who waits lets the event go at once, while the signalling thread may still be in Signal. */
static void release_at_once(void)
{
    const unsigned int rounds = tap_builtin() ? 20 : 300;
    unsigned int i;

    for (i = 0; i < rounds; i++)
    {
        ISynchronize *sync = sync_class_create(&sync_classes[i % SYNC_EVENTS]);
        struct waiting waiting = {sync, 0, 10000, 0, 0, E_FAIL};

        test_thread_post(i % 4 < 2 ? sta : mta, wait_there, &waiting);
        if (i % 3)
            becomes(&waiting.waiting, 1);
        ISynchronize_AddRef(sync);
        ISynchronize_Signal(sync);
        ISynchronize_Release(sync);
        while (!waiting.done)
            YieldProcessor();
        if (waiting.hr != S_OK || ISynchronize_Release(sync))
            break;
    }
    is_uint(i, rounds, "each round's event is gone");
}

/* An STA that waits serves a call which ends its thread: the event forgets the waiter. */
static void thread_ends(const struct sync_class *class, BOOL by_handle)
{
    struct test_thread *thread;
    ISynchronize *sync = sync_class_create(class);
    struct waiting waiting = {sync, 0, INFINITE, 0, 0, E_FAIL};
    ISynchronizeEvent *provider = NULL;
    ITestServer *server = NULL;
    HANDLE handle;

    if (builtin_lacks("threads that end inside a call"))
    {
        ISynchronize_Release(sync);
        return;
    }
    ISynchronize_QueryInterface(sync, &IID_ISynchronizeEvent, (void **)&provider);
    if (by_handle)
        ISynchronizeEvent_GetHandle(provider, &handle);
    thread = test_thread_start(COINIT_APARTMENTTHREADED);
    is_hr(test_thread_object(thread, &IID_ITestServer, (void **)&server), S_OK, "%s: a proxy",
            class->name);
    test_thread_post(thread, wait_there, &waiting);
    becomes(&waiting.waiting, 1);
    Sleep(50);
    ok(FAILED(ITestServer_Act(server, TEST_ACT_EXIT_THREAD, 0)), "%s: the thread ends",
            class->name);
    ITestServer_Release(server);
    ok(test_thread_stop(thread), "%s: it has ended", class->name);
    is_int(waiting.done, 0, "%s: in the middle of its wait", class->name);
    is_hr(ISynchronize_Signal(sync), S_OK, "%s: Signal", class->name);
    is_hr(ISynchronize_Wait(sync, 0, 0), S_OK, "%s: nobody has taken it", class->name);
    ISynchronizeEvent_GetHandle(provider, &handle);
    is_hr(ISynchronizeEvent_SetEventHandle(provider, &handle), S_OK, "%s: nor waits for it",
            class->name);
    ISynchronizeEvent_Release(provider);
    is_uint(ISynchronize_Release(sync), 0, "%s: the last reference", class->name);
    for (unsigned int i = 0; i < 200 && test_server_count(); i++)
        Sleep(10);
    is_int(test_server_count(), 0, "%s: the object is let go", class->name);
}

static void all(const struct sync_class *class)
{
    creation(class);
    aggregation(class);
    states(class, "MTA");
    procedure_calls(class, "MTA");
    handles(class, FALSE);
    handles(class, TRUE);
    assigned_handles(class, FALSE);
    assigned_handles(class, TRUE);
    across_threads(class);
    two_waiters(class);
    handle_meanwhile(class, mta, FALSE);
    handle_meanwhile(class, mta, TRUE);
    handle_meanwhile(class, sta, FALSE);
    handle_meanwhile(class, sta, TRUE);
    incoming_calls(class, 0);
    incoming_calls(class, COWAIT_DISPATCH_WINDOW_MESSAGES);
    free_threaded(class);
    thread_ends(class, FALSE);
    thread_ends(class, TRUE);
}

static void in_sta(void *argument)
{
    const struct sync_class *class = argument;

    states(class, "STA");
    procedure_calls(class, "STA");
}

static void everything(void)
{
    struct signalling signalling;

    for (unsigned int i = 0; i < SYNC_EVENTS; i++)
    {
        if (!sync_class_is_there(&sync_classes[i]))
            continue;
        all(&sync_classes[i]);
        test_thread_run(sta, in_sta, (void *)&sync_classes[i]);
        signalling = (struct signalling){sync_class_create(&sync_classes[i]), 0};
        test_thread_run(sta, window_messages, signalling.sync);
        test_thread_post(sta, signal_there, &signalling);
        is_hr(ISynchronize_Wait(signalling.sync, 0, 10000), S_OK, "signalled by the STA");
        ok(becomes(&signalling.done, 1), "Signal has returned");
        is_uint(ISynchronize_Release(signalling.sync), 0, "the last reference");
    }
    if (sync_class_is_there(&sync_classes[SYNC_STANDARD]))
    {
        ball_game(mta, "MTA");
        ball_game(sta, "STA");
        release_at_once();
    }
}

int main(void)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_proxies_register();
    sta = test_thread_start(COINIT_APARTMENTTHREADED);
    mta = test_thread_start(COINIT_MULTITHREADED);

    everything();
    tap_account_begin();
    everything();
    tap_account_end("two rounds of everything");

    ok(test_thread_stop(sta), "the STA ends");
    ok(test_thread_stop(mta), "the MTA's thread ends");
    is_int(test_server_count(), 0, "no object is left");
    CoUninitialize();
    return done_testing();
}
