/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoWaitForMultipleHandles and CoWaitForMultipleObjects: waiting for the program's own handles, as
 * a call waits. */
#include <windows.h>
#include <objbase.h>

#include "apartment.h"
#include "com_thread.h"
#include "dispatch_queue.h"
#include "message_pump.h"

#define COWAIT_ALL_FLAGS                                                                           \
    (COWAIT_WAITALL | COWAIT_ALERTABLE | COWAIT_INPUTAVAILABLE | COWAIT_DISPATCH_CALLS             \
            | COWAIT_DISPATCH_WINDOW_MESSAGES)

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

static DWORD wait_remaining(DWORD start, DWORD timeout)
{
    DWORD passed;

    if (timeout == INFINITE)
        return INFINITE;
    passed = GetTickCount() - start;
    return passed < timeout ? timeout - passed : 0;
}

/* The COM modal loop, over handles. */
static HRESULT wait_in_sta(struct com_thread *thread, DWORD flags, DWORD timeout, ULONG count,
        HANDLE *handles, DWORD *index)
{
    DWORD start = GetTickCount(), wait_flags = 0, result;
    struct dispatch_queue *queue = thread->apartment->queue;
    struct apartment *executing = thread->executing;
    struct message_pump pump = {.queue = queue,
            .calls = TRUE,
            .all = (flags & COWAIT_DISPATCH_WINDOW_MESSAGES) != 0};
    HRESULT hr;

    /* What is signalled already ends the wait before any message is looked at. */
    result = WaitForMultipleObjectsEx(count, handles, (flags & COWAIT_WAITALL) != 0, 0,
            (flags & COWAIT_ALERTABLE) != 0);
    if (result != WAIT_TIMEOUT && wait_ended(result, count, index, &hr))
        return hr;
    if (flags & COWAIT_WAITALL)
        wait_flags |= MWMO_WAITALL;
    if (flags & COWAIT_ALERTABLE)
        wait_flags |= MWMO_ALERTABLE;

    thread->executing = NULL;
    dispatch_queue_addref(queue);
    dispatch_queue_begin_polling(queue);
    for (;;)
    {
        LONG polling;
        MSG message;

        while (dispatch_queue_run_one(queue))
            ;
        /* Whatever is in the queue has been seen, also what is left there: a later wait of the
         * program's own waits for new messages. */
        polling = dispatch_queue_suspend_polling(queue);
        PeekMessageW(&message, NULL, 0, 0, PM_NOREMOVE);
        dispatch_queue_resume_polling(queue, polling);
        message_pump_run(&pump);
        result = message_pump_sleep(&pump, count, handles, wait_remaining(start, timeout),
                wait_flags);
        if (wait_ended(result, count, index, &hr))
            break;
    }
    dispatch_queue_end_polling(queue);
    dispatch_queue_release(queue);
    thread->executing = executing;
    message_pump_end(&pump);
    return hr;
}

/*
 * CoWaitForMultipleHandles: waits until one of the handles, or with COWAIT_WAITALL all of them, are
 * signalled, for `timeout` milliseconds. An STA serves calls meanwhile, and dispatches the messages
 * that must not wait; with COWAIT_DISPATCH_WINDOW_MESSAGES all.
 *
 * S_OK and the index (WAIT_ABANDONED_0 + index for an abandoned mutex, WAIT_IO_COMPLETION for an
 * APC with COWAIT_ALERTABLE); RPC_S_CALLPENDING when the time is over; RPC_E_NO_SYNC without
 * handles; E_INVALIDARG: a null pointer, an unknown flag, more handles than the system can wait
 * for; another error of the wait. combaseapi/nf-combaseapi-cowaitformultiplehandles
 */
HRESULT WINAPI CoWaitForMultipleHandles(DWORD flags, DWORD timeout, ULONG count, HANDLE *handles,
        DWORD *index)
{
    struct com_thread *thread = com_thread_peek();
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
        return wait_in_sta(thread, flags, timeout, count, handles, index);
    }
    if (count > MAXIMUM_WAIT_OBJECTS)
        return E_INVALIDARG;
    if (!wait_ended(WaitForMultipleObjectsEx(count, handles, (flags & COWAIT_WAITALL) != 0, timeout,
                            (flags & COWAIT_ALERTABLE) != 0),
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
