/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * COWAIT_WAITALL, numbers of handles, and what an STA does while it waits: in which order, and for
 * how long. combaseapi/nf-combaseapi-cowaitformultiplehandles
 */
#include <windows.h>
#include <objbase.h>

#include <ctxtcall.h>
#include <dde.h>

#include <initguid.h>

#include "tap.h"

#define IID_IContextCallback test_IID_IContextCallback
DEFINE_GUID(test_IID_IContextCallback, 0x000001da, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46);

#define MESSAGES 20

static BOOL in_sta;

static const char *where(void)
{
    return in_sta ? "STA" : "MTA";
}

/* Wine's own does as the page of the flags says. */
#define todo_input                                                                                 \
    todo_if(in_sta &&tap_builtin(), "ne-combaseapi-cowait_flags: waits for an input event besides")

static HANDLE event_create(BOOL manual)
{
    return CreateEventW(NULL, manual, FALSE, NULL);
}

static BOOL is_signalled(HANDLE handle)
{
    return WaitForSingleObject(handle, 0) == WAIT_OBJECT_0;
}

static HRESULT wait_all(DWORD timeout, ULONG count, HANDLE *handles, DWORD *index)
{
    return CoWaitForMultipleHandles(COWAIT_WAITALL, timeout, count, handles, index);
}

/* --- helpers on threads of their own --- */

struct setter
{
    HANDLE handles[3]; /* events, set one after the other */
    HANDLE thread;
};

static DWORD WINAPI setter_run(void *argument)
{
    struct setter *setter = argument;
    unsigned int i;

    for (i = 0; i < 3 && setter->handles[i]; i++)
    {
        Sleep(30);
        SetEvent(setter->handles[i]);
    }
    return 0;
}

static void setter_start(struct setter *setter)
{
    setter->thread = CreateThread(NULL, 0, setter_run, setter, 0, NULL);
}

static void setter_end(struct setter *setter)
{
    WaitForSingleObject(setter->thread, 20000);
    CloseHandle(setter->thread);
}

/* --- all at once --- */

static void together(void)
{
    HANDLE handles[2] = {event_create(FALSE), event_create(FALSE)};
    DWORD index = 77;

    SetEvent(handles[0]);
    is_hr(wait_all(60, 2, handles, &index), RPC_S_CALLPENDING, "%s: one of two", where());
    ok(is_signalled(handles[0]), "%s: is not taken by a wait for both", where());
    SetEvent(handles[1]);
    is_hr(wait_all(60, 2, handles, &index), RPC_S_CALLPENDING, "%s: the other one", where());
    SetEvent(handles[0]);
    todo_input
    {
        is_hr(wait_all(tap_patience(20000), 2, handles, &index), S_OK, "%s: both", where());
        ok(!is_signalled(handles[0]) && !is_signalled(handles[1]), "%s: are taken", where());
    }
    CloseHandle(handles[0]);
    CloseHandle(handles[1]);
}

/* No message comes: the handles alone end the wait. */
static void later(BOOL manual_first, BOOL manual_second, const char *what)
{
    HANDLE handles[2] = {event_create(manual_first), event_create(manual_second)};
    struct setter setter = {.handles = {handles[0], handles[1]}};
    DWORD index = 77;
    HRESULT hr;

    setter_start(&setter);
    hr = wait_all(tap_patience(20000), 2, handles, &index);
    is_hr(hr, S_OK, "%s: %s, signalled one after the other", where(), what);
    setter_end(&setter);
    if (hr == S_OK)
        ok(is_signalled(handles[0]) == manual_first && is_signalled(handles[1]) == manual_second,
                "%s: those with automatic reset are taken", where());
    CloseHandle(handles[0]);
    CloseHandle(handles[1]);
}

static DWORD WINAPI owner_run(void *argument)
{
    HANDLE *handles = argument; /* a mutex, owned, go */

    WaitForSingleObject(handles[0], 20000);
    SetEvent(handles[1]);
    WaitForSingleObject(handles[2], 20000);
    Sleep(30);
    if (handles[3])
        ReleaseMutex(handles[0]);
    return 0;
}

/* A mutex that another thread has, and gives back or abandons; a semaphore; and that thread. */
static void owners(BOOL gives_back)
{
    HANDLE owner[4] = {CreateMutexW(NULL, FALSE, NULL), event_create(FALSE), event_create(FALSE),
            gives_back ? INVALID_HANDLE_VALUE : NULL};
    HANDLE handles[3] = {owner[0], CreateSemaphoreW(NULL, 1, 2, NULL), NULL};
    LONG before = 77;
    DWORD index = 77;

    handles[2] = CreateThread(NULL, 0, owner_run, owner, 0, NULL);
    WaitForSingleObject(owner[1], 20000);
    is_hr(wait_all(60, 3, handles, &index), RPC_S_CALLPENDING, "%s: a mutex of another's", where());
    SetEvent(owner[2]);
    is_hr(wait_all(tap_patience(20000), 3, handles, &index), S_OK,
            "%s: mutex, semaphore and thread", where());
    if (!gives_back)
        ok(index >= WAIT_ABANDONED_0 && index < WAIT_ABANDONED_0 + 3, "%s: abandoned (%lu)",
                where(), index);
    else
        ok(index < 3, "%s: none abandoned (%lu)", where(), index);
    ok(ReleaseMutex(handles[0]), "%s: the mutex is this thread's", where());
    ok(ReleaseSemaphore(handles[1], 1, &before) && !before, "%s: the semaphore was taken once",
            where());
    CloseHandle(owner[0]);
    CloseHandle(owner[1]);
    CloseHandle(owner[2]);
    CloseHandle(handles[1]);
    CloseHandle(handles[2]);
}

/* What was signalled for a while does not count later. */
static void not_at_once(void)
{
    HANDLE handles[2] = {event_create(TRUE), event_create(TRUE)};
    DWORD index = 77;

    SetEvent(handles[0]);
    is_hr(wait_all(30, 2, handles, &index), RPC_S_CALLPENDING, "%s: the first", where());
    ResetEvent(handles[0]);
    SetEvent(handles[1]);
    is_hr(wait_all(30, 2, handles, &index), RPC_S_CALLPENDING, "%s: then the second", where());
    CloseHandle(handles[0]);
    CloseHandle(handles[1]);
}

static void CALLBACK procedure_call(ULONG_PTR argument)
{
    ++*(int *)argument;
}

static DWORD WINAPI procedure_queue(void *thread)
{
    static int called;

    Sleep(50);
    QueueUserAPC(procedure_call, thread, (ULONG_PTR)&called);
    return 0;
}

static void alertable(BOOL manual)
{
    HANDLE handles[2] = {event_create(manual), event_create(manual)}, thread, self;
    DWORD index = 77;

    DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &self, 0, FALSE,
            DUPLICATE_SAME_ACCESS);
    thread = CreateThread(NULL, 0, procedure_queue, self, 0, NULL);
    is_hr(CoWaitForMultipleHandles(COWAIT_WAITALL | COWAIT_ALERTABLE, tap_patience(20000), 2,
                  handles, &index),
            S_OK, "%s: an APC", where());
    is_uint(index, WAIT_IO_COMPLETION, "%s: ends a wait for all", where());
    WaitForSingleObject(thread, 20000);
    CloseHandle(thread);
    CloseHandle(self);
    CloseHandle(handles[0]);
    CloseHandle(handles[1]);
}

static void numbers(void)
{
    HANDLE handles[MAXIMUM_WAIT_OBJECTS + 1];
    const ULONG most = in_sta ? MAXIMUM_WAIT_OBJECTS - 1 : MAXIMUM_WAIT_OBJECTS;
    DWORD index = 77;
    ULONG i;

    for (i = 0; i <= MAXIMUM_WAIT_OBJECTS; i++)
        handles[i] = event_create(FALSE);
    is_hr(CoWaitForMultipleHandles(0, 20, most, handles, &index), RPC_S_CALLPENDING, "%s: %lu",
            where(), most);
    is_hr(CoWaitForMultipleHandles(0, 20, most + 1, handles, &index), E_INVALIDARG, "%s: one more",
            where());
    is_hr(wait_all(20, most + 1, handles, &index), E_INVALIDARG, "%s: all of one more", where());
    for (i = 0; i < most; i++)
        SetEvent(handles[i]);
    todo_input
    {
        is_hr(wait_all(tap_patience(20000), most, handles, &index), S_OK, "%s: all of %lu", where(),
                most);
        for (i = 0; i < most && !is_signalled(handles[i]); i++)
            ;
        is_uint(i, most, "%s: all are taken", where());
    }
    for (i = 0; i < most; i++)
        ResetEvent(handles[i]);
    SetEvent(handles[most - 1]);
    is_hr(CoWaitForMultipleHandles(0, 5000, most, handles, &index), S_OK, "%s: the last", where());
    is_uint(index, most - 1, "%s: is the one", where());
    for (i = 0; i <= MAXIMUM_WAIT_OBJECTS; i++)
        CloseHandle(handles[i]);
}

/* --- messages and calls meanwhile --- */

static UINT order[MESSAGES * 2];
static unsigned int order_count, calls_count;
static BOOL endless;
static HANDLE wanted; /* set by the call, or the message, that is waited for */

static LRESULT CALLBACK window_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message == WM_USER || message == WM_DDE_FIRST)
    {
        if (order_count < MESSAGES * 2)
            order[order_count++] = (UINT)wparam;
        return 0;
    }
    if (message == WM_USER + 1)
    {
        SetEvent(wanted);
        return 1;
    }
    if (message == WM_USER + 2)
    {
        if (endless)
            PostMessageW(window, WM_USER + 2, 0, 0);
        return 0;
    }
    return DefWindowProcW(window, message, wparam, lparam);
}

static HWND window_create(void)
{
    static const WNDCLASSW class = {.lpfnWndProc = window_procedure, .lpszClassName = L"all"};

    RegisterClassW(&class);
    return CreateWindowExW(0, L"all", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
}

static void drain(void)
{
    MSG message;

    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
}

static DWORD WINAPI send_message(void *window)
{
    Sleep(50);
    return (DWORD)SendMessageW(window, WM_USER + 1, 0, 0);
}

/* What sets the last of all handles may be a message to this very thread. */
static void all_by_message(HWND window)
{
    HANDLE handles[2] = {event_create(TRUE), wanted}, thread;
    DWORD index;

    SetEvent(handles[0]);
    thread = CreateThread(NULL, 0, send_message, window, 0, NULL);
    is_hr(wait_all(tap_patience(20000), 2, handles, &index), S_OK,
            "a message that is sent sets the last handle");
    WaitForSingleObject(thread, 20000);
    CloseHandle(thread);
    CloseHandle(handles[0]);
}

/* What is posted is dispatched in its order; or stays, in its order. */
static void messages_in_order(HWND window, DWORD flags, UINT message, unsigned int now)
{
    HANDLE event = event_create(FALSE);
    unsigned int i, wrong = 0;
    DWORD index;

    order_count = 0;
    for (i = 0; i < MESSAGES; i++)
        PostMessageW(window, message, i, 0);
    is_hr(CoWaitForMultipleHandles(flags, 100, 1, &event, &index), RPC_S_CALLPENDING, "a wait");
    is_uint(order_count, now, "so many of %d messages were dispatched", MESSAGES);
    drain();
    is_uint(order_count, MESSAGES, "none is lost");
    for (i = 0; i < order_count; i++)
        wrong += order[i] != i;
    is_uint(wrong, 0, "all in the order they were posted in");
    CloseHandle(event);
}

static HRESULT WINAPI count_call(ComCallData *data)
{
    unsigned int *number = data->pUserDefined;

    if (*number != calls_count)
        return E_UNEXPECTED;
    calls_count++;
    if (*number == MESSAGES - 1)
        SetEvent(wanted);
    return S_OK;
}

struct caller
{
    IContextCallback *context;
    HWND window;
    BOOL endless;
    volatile LONG stop;
    unsigned int wrong;
};

/* Calls and messages in turn; or calls without end. */
static DWORD WINAPI caller_run(void *argument)
{
    struct caller *caller = argument;
    unsigned int i, none = MESSAGES + 1;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    for (i = 0; i < MESSAGES || caller->endless; i++)
    {
        ComCallData data = {.pUserDefined = caller->endless ? &none : &i};

        if (!caller->endless)
            PostMessageW(caller->window, WM_USER, i, 0);
        if (IContextCallback_ContextCallback(caller->context, count_call, &data,
                    &IID_IContextCallback, 5, NULL)
                != (caller->endless ? E_UNEXPECTED : S_OK))
            caller->wrong++;
        if (caller->stop)
            break;
    }
    CoUninitialize();
    return 0;
}

static void calls_in_order(HWND window, IContextCallback *context)
{
    HANDLE handles[2] = {event_create(TRUE), wanted}, thread;
    struct caller caller = {.context = context, .window = window};
    unsigned int i, wrong = 0;
    DWORD index;

    SetEvent(handles[0]);
    order_count = calls_count = 0;
    thread = CreateThread(NULL, 0, caller_run, &caller, 0, NULL);
    is_hr(CoWaitForMultipleHandles(COWAIT_WAITALL | COWAIT_DISPATCH_WINDOW_MESSAGES
                          | COWAIT_DISPATCH_CALLS,
                  20000, 2, handles, &index),
            S_OK, "calls and messages, in turn");
    is_uint(calls_count, MESSAGES, "all calls came");
    drain();
    is_uint(order_count, MESSAGES, "and all messages");
    for (i = 0; i < order_count; i++)
        wrong += order[i] != i;
    is_uint(wrong, 0, "in their order");
    WaitForSingleObject(thread, 20000);
    is_uint(caller.wrong, 0, "calls in theirs");
    CloseHandle(thread);
    CloseHandle(handles[0]);
}

/* The time is over when it is over, whatever comes in meanwhile. */
static void busy(HWND window, IContextCallback *context)
{
    struct caller caller = {.context = context, .endless = TRUE};
    HANDLE event = event_create(FALSE), thread;
    DWORD index, start = GetTickCount();

    endless = TRUE;
    PostMessageW(window, WM_USER + 2, 0, 0);
    is_hr(CoWaitForMultipleHandles(COWAIT_DISPATCH_WINDOW_MESSAGES, 200, 1, &event, &index),
            RPC_S_CALLPENDING, "a wait with messages without end");
    ok(GetTickCount() - start >= 190, "takes its time");
    endless = FALSE;
    drain();

    start = GetTickCount();
    thread = CreateThread(NULL, 0, caller_run, &caller, 0, NULL);
    is_hr(CoWaitForMultipleHandles(0, 200, 1, &event, &index), RPC_S_CALLPENDING,
            "a wait with calls without end");
    ok(GetTickCount() - start >= 190, "takes its time");
    caller.stop = TRUE;
    is_hr(CoWaitForMultipleHandles(0, 20000, 1, &thread, &index), S_OK, "they end");
    is_uint(caller.wrong, 0, "each was answered");
    CloseHandle(thread);
    CloseHandle(event);
}

static void meanwhile(void)
{
    HWND window = window_create();
    IContextCallback *context;

    wanted = event_create(FALSE);
    drain();
    todo_input all_by_message(window);
    messages_in_order(window, 0, WM_USER, 0);
    messages_in_order(window, 0, WM_DDE_FIRST, MESSAGES);
    if (!builtin_lacks("COWAIT_DISPATCH_WINDOW_MESSAGES (ne-combaseapi-cowait_flags), "
                       "IContextCallback::ContextCallback"))
    {
        messages_in_order(window, COWAIT_DISPATCH_WINDOW_MESSAGES, WM_USER, MESSAGES);
        is_hr(CoGetObjectContext(&IID_IContextCallback, (void **)&context), S_OK, "the context");
        calls_in_order(window, context);
        busy(window, context);
        IContextCallback_Release(context);
    }
    DestroyWindow(window);
    CloseHandle(wanted);
}

/* --- */

static void all_of_it(void)
{
    together();
    not_at_once();
    todo_input
    {
        later(TRUE, TRUE, "events with manual reset");
        later(TRUE, FALSE, "an event of each kind");
        later(FALSE, TRUE, "an event of each kind, the other way round");
        later(FALSE, FALSE, "events with automatic reset");
        owners(TRUE);
        owners(FALSE);
    }
    alertable(TRUE);
    alertable(FALSE);
    numbers();
}

int main(void)
{
    CoInitialize(NULL);
    in_sta = TRUE;
    meanwhile();
    tap_account_begin();
    all_of_it();
    meanwhile();
    tap_account_end("waits for all");
    CoUninitialize();

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    in_sta = FALSE;
    tap_account_begin();
    all_of_it();
    tap_account_end("waits for all in the MTA");
    CoUninitialize();
    return done_testing();
}
