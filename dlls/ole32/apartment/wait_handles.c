/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoWaitForMultipleHandles and CoWaitForMultipleObjects: waiting for the program's own handles, as
 * a call waits. */
#include <windows.h>
#include <objbase.h>
#include <winternl.h>

#include "apartment.h"
#include "com_thread.h"
#include "dispatch_queue.h"
#include "message_pump.h"

#define COWAIT_ALL_FLAGS                                                                           \
    (COWAIT_WAITALL | COWAIT_ALERTABLE | COWAIT_INPUTAVAILABLE | COWAIT_DISPATCH_CALLS             \
            | COWAIT_DISPATCH_WINDOW_MESSAGES)

#define GLANCE_MAX 16 /* ms between glances at handles that cannot be slept on */

/* One wait of an STA. */
struct wait
{
    HANDLE *handles;
    ULONG count;
    BOOL all, alertable;
    DWORD start, timeout;             /* ms */
    DWORD glance;                     /* ms until the next glance; 0: `keeps` is not known yet */
    BOOL keeps[MAXIMUM_WAIT_OBJECTS]; /* waiting for this handle does not change its state */
};

/* The result of a wait; FALSE when it goes on. */
static BOOL wait_ended(DWORD result, ULONG count, DWORD *index, HRESULT *hr)
{
    *hr = S_OK;
    if (result == WAIT_TIMEOUT)
        *hr = RPC_S_CALLPENDING;
    else if (result == WAIT_FAILED)
        *hr = HRESULT_FROM_WIN32(GetLastError());
    else if (result == WAIT_IO_COMPLETION || result < WAIT_OBJECT_0 + count
            || (result >= WAIT_ABANDONED_0 && result < WAIT_ABANDONED_0 + count))
        *index = result;
    else
        return FALSE;
    return TRUE;
}

static DWORD wait_remaining(const struct wait *wait)
{
    DWORD passed;

    if (wait->timeout == INFINITE)
        return INFINITE;
    passed = GetTickCount() - wait->start;
    return passed < wait->timeout ? wait->timeout - passed : 0;
}

/* Looks at the handles, and takes what is signalled. FALSE: the wait goes on. */
static BOOL wait_look(const struct wait *wait, DWORD *index, HRESULT *hr)
{
    DWORD result =
            WaitForMultipleObjectsEx(wait->count, wait->handles, wait->all, 0, wait->alertable);

    return result != WAIT_TIMEOUT && wait_ended(result, wait->count, index, hr);
}

/* Processes, threads and manual-reset events stay signalled, whoever waits for them. */
static BOOL handle_keeps(HANDLE handle)
{
    struct
    {
        UNICODE_STRING name;
        WCHAR text[100];
    } type;
    LONG event[2]; /* of an event: its type, 0 for manual-reset ones, and its state */
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    NTSTATUS(NTAPI * query_object)(HANDLE, int, void *, ULONG, ULONG *);
    NTSTATUS(NTAPI * query_event)(HANDLE, int, void *, ULONG, ULONG *);

    query_object = (void *)GetProcAddress(ntdll, "NtQueryObject");
    query_event = (void *)GetProcAddress(ntdll, "NtQueryEvent");
    if (query_event && query_event(handle, 0, event, sizeof(event), NULL) >= 0)
        return !event[0];
    if (!query_object || query_object(handle, 2 /* its type */, &type, sizeof(type), NULL) < 0
            || !type.name.Buffer)
        return FALSE;
    return !wcsncmp(type.name.Buffer, L"Process", type.name.Length / sizeof(WCHAR))
            || !wcsncmp(type.name.Buffer, L"Thread", type.name.Length / sizeof(WCHAR));
}

/* The first handle that keeps its state, and is not signalled; or the count. */
static ULONG wait_decisive(struct wait *wait)
{
    ULONG i;

    if (!wait->glance)
    {
        for (i = 0; i < wait->count; i++)
            wait->keeps[i] = handle_keeps(wait->handles[i]);
        wait->glance = 1;
    }
    for (i = 0; i < wait->count; i++)
    {
        if (wait->keeps[i] && WaitForSingleObject(wait->handles[i], 0) == WAIT_TIMEOUT)
            break;
    }
    return i;
}

/*
 * A sleep of a wait for all handles. They are taken together or not at all, so none can be slept on
 * that changes when it is taken: an auto-reset event, a mutex, a semaphore. As long as one of the
 * others is not signalled that one decides alone, and is slept on; else there is a glance at all of
 * them every now and then. FALSE: the wait goes on.
 */
static BOOL wait_sleep_all(struct wait *wait, struct message_pump *pump, DWORD remaining,
        DWORD *index, HRESULT *hr)
{
    DWORD flags = wait->alertable ? MWMO_ALERTABLE : 0, result;
    ULONG decisive = wait_decisive(wait);

    if (decisive < wait->count)
    {
        result = message_pump_sleep(pump, 1, wait->handles + decisive, remaining, flags);
        wait->glance = 1;
    }
    else
    {
        result = message_pump_sleep(pump, 0, NULL, min(remaining, wait->glance), flags);
        wait->glance = min(wait->glance * 2, GLANCE_MAX);
    }
    if (result == WAIT_IO_COMPLETION || result == WAIT_FAILED)
        return wait_ended(result, wait->count, index, hr);
    if (wait_look(wait, index, hr))
        return TRUE;
    *hr = RPC_S_CALLPENDING;
    return !remaining;
}

/* A sleep of a wait for any handle. */
static BOOL wait_sleep_any(struct wait *wait, struct message_pump *pump, DWORD remaining,
        DWORD *index, HRESULT *hr)
{
    DWORD result = message_pump_sleep(pump, wait->count, wait->handles, remaining,
            wait->alertable ? MWMO_ALERTABLE : 0);

    if (wait_ended(result, wait->count, index, hr))
        return TRUE;
    *hr = RPC_S_CALLPENDING;
    return !remaining; /* a message has come, but the time was over */
}

/* The COM modal loop, over handles. */
static HRESULT wait_in_sta(struct com_thread *thread, struct wait *wait, BOOL all_messages,
        DWORD *index)
{
    struct dispatch_queue *queue = thread->apartment->queue;
    struct apartment *executing = thread->executing;
    struct message_pump pump = {.queue = queue, .calls = TRUE, .all = all_messages};
    BOOL ended;
    HRESULT hr;

    /* What is signalled already ends the wait before any message is looked at. */
    if (wait_look(wait, index, &hr))
        return hr;

    thread->executing = NULL;
    dispatch_queue_hold(queue);
    dispatch_queue_begin_polling(queue);
    do
    {
        DWORD remaining;
        LONG polling;
        MSG message;

        dispatch_queue_run(queue);
        /* Whatever is in the queue has been seen, also what is left there: a later wait of the
         * program's own waits for new messages. */
        polling = dispatch_queue_suspend_polling(queue);
        PeekMessageW(&message, NULL, 0, 0, PM_NOREMOVE);
        dispatch_queue_resume_polling(queue, polling);
        message_pump_run(&pump);
        remaining = wait_remaining(wait);
        if (wait->all)
            ended = wait_sleep_all(wait, &pump, remaining, index, &hr);
        else
            ended = wait_sleep_any(wait, &pump, remaining, index, &hr);
    } while (!ended);
    dispatch_queue_end_polling(queue);
    dispatch_queue_let_go(queue);
    thread->executing = executing;
    message_pump_end(&pump);
    return hr;
}

/*
 * CoWaitForMultipleHandles: waits until one of the handles, or with COWAIT_WAITALL all of them at
 * the same time, are signalled, for `timeout` milliseconds. An STA serves calls meanwhile, and
 * dispatches the messages that must not wait; with COWAIT_DISPATCH_WINDOW_MESSAGES all.
 *
 * ne-combaseapi-cowait_flags has COWAIT_WAITALL wait for an input event besides, and
 * COWAIT_INPUTAVAILABLE end the wait when there is input; the function's own page has neither among
 * the events that it waits for, and it is followed: input is dispatched, or stays, and the wait
 * goes on. COWAIT_DISPATCH_CALLS "has no meaning in other apartment types" than ASTAs.
 *
 * S_OK and the index (WAIT_ABANDONED_0 + index for an abandoned mutex, WAIT_IO_COMPLETION for an
 * APC with COWAIT_ALERTABLE); RPC_S_CALLPENDING when the time is over; RPC_E_NO_SYNC without
 * handles; E_INVALIDARG: a null pointer, an unknown flag, more handles than the system can wait
 * for (MAXIMUM_WAIT_OBJECTS; in an STA one less); another error of the wait.
 * combaseapi/nf-combaseapi-cowaitformultiplehandles
 */
HRESULT WINAPI CoWaitForMultipleHandles(DWORD flags, DWORD timeout, ULONG count, HANDLE *handles,
        DWORD *index)
{
    struct com_thread *thread = com_thread_peek();
    struct wait wait = {.handles = handles,
            .count = count,
            .all = (flags & COWAIT_WAITALL) && count > 1,
            .alertable = (flags & COWAIT_ALERTABLE) != 0,
            .timeout = timeout};
    HRESULT hr;

    if (!index)
        return E_INVALIDARG;
    *index = 0;
    if (!handles || (flags & ~COWAIT_ALL_FLAGS))
        return E_INVALIDARG;
    if (!count)
        return RPC_E_NO_SYNC;

    if (thread && thread->apartment && thread->apartment->kind == APARTMENT_STA)
    {
        if (count > MAXIMUM_WAIT_OBJECTS - 1)
            return E_INVALIDARG; /* one is for messages */
        wait.start = GetTickCount();
        return wait_in_sta(thread, &wait, (flags & COWAIT_DISPATCH_WINDOW_MESSAGES) != 0, index);
    }
    if (count > MAXIMUM_WAIT_OBJECTS)
        return E_INVALIDARG;
    if (!wait_ended(WaitForMultipleObjectsEx(count, handles, wait.all, timeout, wait.alertable),
                count, index, &hr))
        hr = E_UNEXPECTED;
    return hr;
}

/*
 * CoWaitForMultipleObjects: the same with the options that every apartment has. At most
 * CWMO_MAX_HANDLES handles. combaseapi/nf-combaseapi-cowaitformultipleobjects
 */
HRESULT WINAPI CoWaitForMultipleObjects(DWORD flags, DWORD timeout, ULONG count,
        const HANDLE *handles, DWORD *index)
{
    DWORD wait_flags = 0;

    if ((flags & ~(CWMO_DISPATCH_CALLS | CWMO_DISPATCH_WINDOW_MESSAGES))
            || count > CWMO_MAX_HANDLES)
        return E_INVALIDARG;
    if (flags & CWMO_DISPATCH_CALLS)
        wait_flags |= COWAIT_DISPATCH_CALLS;
    if (flags & CWMO_DISPATCH_WINDOW_MESSAGES)
        wait_flags |= COWAIT_DISPATCH_WINDOW_MESSAGES;
    return CoWaitForMultipleHandles(wait_flags, timeout, count, (HANDLE *)handles, index);
}
