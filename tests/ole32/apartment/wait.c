/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoWaitForMultipleHandles and CoWaitForMultipleObjects.
 * combaseapi/nf-combaseapi-cowaitformultiplehandles, ne-combaseapi-cowait_flags */
#include <windows.h>
#include <objbase.h>

#include <ctxtcall.h>
#include <dde.h>

#include <initguid.h>

#include "tap.h"

#define IID_IContextCallback test_IID_IContextCallback
DEFINE_GUID(test_IID_IContextCallback, 0x000001da, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46);

#define FLAG_DISPATCH_CALLS 8
#define FLAG_DISPATCH_WINDOW_MESSAGES 0x10

static UINT dispatched[32];
static unsigned int dispatched_count;

static LRESULT CALLBACK window_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message >= WM_USER || (message >= WM_DDE_FIRST && message <= WM_DDE_LAST)
            || message == WM_COMMAND || message == WM_KEYDOWN || message == WM_LBUTTONDOWN)
    {
        if (dispatched_count < 32)
            dispatched[dispatched_count++] = message;
        return message == WM_USER + 1 ? 0x55 : 0;
    }
    return DefWindowProcW(window, message, wparam, lparam);
}

static HWND window_create(void)
{
    static const WNDCLASSW class = {.lpfnWndProc = window_procedure, .lpszClassName = L"wait"};

    RegisterClassW(&class);
    return CreateWindowExW(0, L"wait", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
}

static BOOL was_dispatched(UINT message)
{
    unsigned int i;

    for (i = 0; i < dispatched_count; i++)
    {
        if (dispatched[i] == message)
            return TRUE;
    }
    return FALSE;
}

static void drain(void)
{
    MSG message;

    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
    dispatched_count = 0;
}

static void arguments(const char *where)
{
    HRESULT(WINAPI * wait_objects)(DWORD, DWORD, ULONG, const HANDLE *, DWORD *);
    HANDLE events[64];
    DWORD index = 77;
    HRESULT hr;
    unsigned int i;

    for (i = 0; i < 64; i++)
        events[i] = CreateEventW(NULL, TRUE, FALSE, NULL);
    is_hr(CoWaitForMultipleHandles(0, 0, 1, events, NULL), E_INVALIDARG, "%s: no index", where);
    is_hr(CoWaitForMultipleHandles(0, 0, 1, NULL, &index), E_INVALIDARG, "%s: no handles", where);
    is_hr(CoWaitForMultipleHandles(0, 0, 0, events, &index), RPC_E_NO_SYNC, "%s: none", where);
    todo_builtin("nf-combaseapi-cowaitformultiplehandles: flags are those of COWAIT_FLAGS")
        is_hr(CoWaitForMultipleHandles(0x100, 0, 1, events, &index), E_INVALIDARG,
                "%s: an unknown flag", where);
    is_hr(CoWaitForMultipleHandles(0, 0, 1, events, &index), RPC_S_CALLPENDING, "%s: in no time",
            where);
    is_hr(CoWaitForMultipleHandles(0, 20, 63, events, &index), RPC_S_CALLPENDING, "%s: 63 handles",
            where);
    SetEvent(events[3]);
    is_hr(CoWaitForMultipleHandles(0, 1000, 5, events, &index), S_OK, "%s: one signalled", where);
    is_uint(index, 3, "%s: the fourth", where);
    CloseHandle(events[63]);
    hr = CoWaitForMultipleHandles(0, 0, 1, &events[63], &index);
    ok(hr == HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE), "%s: a closed handle: %s", where,
            tap_hr(hr));

    wait_objects =
            (void *)GetProcAddress(GetModuleHandleW(L"ole32.dll"), "CoWaitForMultipleObjects");
    if (wait_objects || !builtin_lacks("CoWaitForMultipleObjects"))
    {
        is_hr(wait_objects(4, 0, 1, events, &index), E_INVALIDARG, "%s: objects, an unknown flag",
                where);
        is_hr(wait_objects(0, 0, 57, events, &index), E_INVALIDARG, "%s: 57 objects", where);
        is_hr(wait_objects(0, 0, 56, events, &index), S_OK, "%s: 56 objects", where);
        is_uint(index, 3, "%s: the fourth", where);
        is_hr(wait_objects(CWMO_DISPATCH_CALLS | CWMO_DISPATCH_WINDOW_MESSAGES, 0, 1, events,
                      &index),
                RPC_S_CALLPENDING, "%s: objects, in no time", where);
    }
    for (i = 0; i < 63; i++)
        CloseHandle(events[i]);
}

static void CALLBACK procedure_call(ULONG_PTR argument)
{
    ++*(int *)argument;
}

static DWORD WINAPI abandoning(void *mutex)
{
    WaitForSingleObject(mutex, INFINITE);
    return 0;
}

static void kinds(const char *where)
{
    HANDLE handles[2] = {CreateEventW(NULL, FALSE, FALSE, NULL), CreateMutexW(NULL, FALSE, NULL)};
    DWORD index = 77;
    int called = 0;
    HANDLE thread;

    QueueUserAPC(procedure_call, GetCurrentThread(), (ULONG_PTR)&called);
    is_hr(CoWaitForMultipleHandles(0, 10, 1, handles, &index), RPC_S_CALLPENDING,
            "%s: not alertable", where);
    is_int(called, 0, "%s: the APC waits", where);
    is_hr(CoWaitForMultipleHandles(COWAIT_ALERTABLE, 1000, 1, handles, &index), S_OK,
            "%s: alertable", where);
    is_int(called, 1, "%s: the APC has run", where);
    is_uint(index, WAIT_IO_COMPLETION, "%s: and ended the wait", where);

    thread = CreateThread(NULL, 0, abandoning, handles[1], 0, NULL);
    WaitForSingleObject(thread, 10000);
    CloseHandle(thread);
    is_hr(CoWaitForMultipleHandles(0, 1000, 2, handles, &index), S_OK, "%s: an abandoned mutex",
            where);
    is_uint(index, WAIT_ABANDONED_0 + 1, "%s: is said so", where);
    ReleaseMutex(handles[1]);

    SetEvent(handles[0]);
    is_hr(CoWaitForMultipleHandles(0, 1000, 1, handles, &index), S_OK, "%s: an auto-reset event",
            where);
    is_hr(CoWaitForMultipleHandles(0, 0, 1, handles, &index), RPC_S_CALLPENDING, "%s: is taken",
            where);
    CloseHandle(handles[0]);
    CloseHandle(handles[1]);
}

static DWORD WINAPI set_later(void *event)
{
    Sleep(100);
    SetEvent(event);
    return 0;
}

static void wait_all(const char *where)
{
    HANDLE handles[2] = {CreateEventW(NULL, TRUE, TRUE, NULL),
            CreateEventW(NULL, TRUE, FALSE, NULL)};
    DWORD index, start = GetTickCount();
    HANDLE thread;

    is_hr(CoWaitForMultipleHandles(COWAIT_WAITALL, 50, 2, handles, &index), RPC_S_CALLPENDING,
            "%s: one of two is not all", where);
    thread = CreateThread(NULL, 0, set_later, handles[1], 0, NULL);
    is_hr(CoWaitForMultipleHandles(0, 10000, 1, &handles[1], &index), S_OK, "%s: later", where);
    ok(GetTickCount() - start >= 90, "%s: after %lu ms", where, GetTickCount() - start);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    CloseHandle(handles[0]);
    CloseHandle(handles[1]);
}

static DWORD WINAPI send_message(void *window)
{
    return (DWORD)SendMessageW(window, WM_USER + 1, 0, 0);
}

static void messages(void)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL), thread;
    HWND window = window_create();
    DWORD index, result = 0, start;
    MSG message;

    drain();
    PostMessageW(window, WM_USER, 0, 0);
    PostMessageW(window, WM_COMMAND, 0, 0);
    PostMessageW(window, WM_KEYDOWN, 'A', 0);
    PostMessageW(window, WM_LBUTTONDOWN, 0, 0);
    PostMessageW(window, WM_DDE_FIRST, 0, 0);
    PostThreadMessageW(GetCurrentThreadId(), WM_APP, 0, 0);
    thread = CreateThread(NULL, 0, send_message, window, 0, NULL);
    is_hr(CoWaitForMultipleHandles(0, 200, 1, &event, &index), RPC_S_CALLPENDING,
            "a wait among messages");
    is_int(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0, "a sent message is answered");
    GetExitCodeThread(thread, &result);
    is_uint(result, 0x55, "by the window");
    CloseHandle(thread);
    ok(was_dispatched(WM_DDE_FIRST), "a DDE message is dispatched");
    ok(!was_dispatched(WM_USER), "a posted message stays");
    ok(!was_dispatched(WM_COMMAND), "a command stays");
    ok(!was_dispatched(WM_KEYDOWN) && !was_dispatched(WM_LBUTTONDOWN), "input stays");
    dispatched_count = 0;
    ok(PeekMessageW(&message, NULL, WM_APP, WM_APP, PM_REMOVE), "a thread's message stays");
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
    ok(was_dispatched(WM_USER) && was_dispatched(WM_COMMAND) && was_dispatched(WM_KEYDOWN),
            "and all that stayed is there afterwards");

    drain();
    PostMessageW(window, WM_USER, 0, 0);
    PostMessageW(window, WM_COMMAND, 0, 0);
    is_hr(CoWaitForMultipleHandles(FLAG_DISPATCH_WINDOW_MESSAGES, 50, 1, &event, &index),
            RPC_S_CALLPENDING, "with COWAIT_DISPATCH_WINDOW_MESSAGES");
    todo_builtin("ne-combaseapi-cowait_flags: COWAIT_DISPATCH_WINDOW_MESSAGES")
        ok(was_dispatched(WM_USER) && was_dispatched(WM_COMMAND), "all are dispatched");
    drain();

    /* What stays does not keep the thread busy, and what comes does not end the wait. */
    PostMessageW(window, WM_USER, 0, 0);
    SetTimer(window, 1, 10, NULL);
    start = GetTickCount();
    is_hr(CoWaitForMultipleHandles(COWAIT_INPUTAVAILABLE, 100, 1, &event, &index),
            RPC_S_CALLPENDING, "with COWAIT_INPUTAVAILABLE");
    ok(GetTickCount() - start >= 90, "the whole time: %lu ms", GetTickCount() - start);
    KillTimer(window, 1);
    drain();

    PostQuitMessage(42);
    PostMessageW(window, WM_DDE_FIRST, 0, 0);
    is_hr(CoWaitForMultipleHandles(0, 50, 1, &event, &index), RPC_S_CALLPENDING,
            "a wait with WM_QUIT");
    memset(&message, 0, sizeof(message));
    ok(PeekMessageW(&message, NULL, 0, 0, PM_REMOVE), "there is a message");
    is_uint(message.message, WM_QUIT, "WM_QUIT is not lost");
    is_uint(message.wParam, 42, "with its code");
    PostQuitMessage(43);
    is_hr(CoWaitForMultipleHandles(FLAG_DISPATCH_WINDOW_MESSAGES, 50, 1, &event, &index),
            RPC_S_CALLPENDING, "the same when all are dispatched");
    memset(&message, 0, sizeof(message));
    PeekMessageW(&message, NULL, 0, 0, PM_REMOVE);
    is_uint(message.message, WM_QUIT, "WM_QUIT is not lost");
    is_uint(message.wParam, 43, "with its code");

    DestroyWindow(window);
    CloseHandle(event);
}

/* A call which comes while a window procedure, that runs because its thread waits, itself waits:
 * within another wait, or in a message loop of its own. */
static IContextCallback *nested_context;
static HANDLE nested_event;
static HRESULT nested_result;

static HRESULT STDMETHODCALLTYPE nested_call(ComCallData *data)
{
    (void)data;
    SetEvent(nested_event);
    PostThreadMessageW(GetCurrentThreadId(), WM_APP + 1, 0, 0);
    return S_OK;
}

static DWORD WINAPI nested_caller(void *unused)
{
    ComCallData data = {0};
    HRESULT hr;

    (void)unused;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    Sleep(100); /* for the wait to sleep */
    hr = IContextCallback_ContextCallback(nested_context, nested_call, &data, &IID_IContextCallback,
            5, NULL);
    CoUninitialize();
    return hr;
}

static LRESULT CALLBACK nested_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    DWORD index, start = GetTickCount();
    HANDLE thread;
    MSG other;

    if (message != WM_USER + 2)
        return DefWindowProcW(window, message, wparam, lparam);
    thread = CreateThread(NULL, 0, nested_caller, NULL, 0, NULL);
    if (wparam)
    {
        nested_result = CoWaitForMultipleHandles(0, 5000, 1, &nested_event, &index);
    }
    else
    {
        SetTimer(window, 1, 5000, NULL);
        while (GetMessageW(&other, NULL, 0, 0) > 0 && other.message != WM_APP + 1
                && GetTickCount() - start < 4900)
            DispatchMessageW(&other);
        KillTimer(window, 1);
        nested_result = WaitForSingleObject(nested_event, 0) ? RPC_S_CALLPENDING : S_OK;
    }
    CoWaitForMultipleHandles(0, 5000, 1, &thread, &index);
    CloseHandle(thread);
    SetEvent((HANDLE)lparam);
    return 1;
}

static HWND nested_window;
static HANDLE nested_done;

static DWORD WINAPI nested_send(void *in_wait)
{
    Sleep(100);
    return (DWORD)SendMessageW(nested_window, WM_USER + 2, (WPARAM)in_wait, (LPARAM)nested_done);
}

static void nested(void)
{
    static const WNDCLASSW class = {.lpfnWndProc = nested_procedure, .lpszClassName = L"nested"};
    HANDLE thread;
    DWORD index;
    ULONG_PTR i;

    if (builtin_lacks("IContextCallback::ContextCallback"))
        return;
    RegisterClassW(&class);
    nested_window =
            CreateWindowExW(0, L"nested", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    nested_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    nested_done = CreateEventW(NULL, FALSE, FALSE, NULL);
    is_hr(CoGetObjectContext(&IID_IContextCallback, (void **)&nested_context), S_OK,
            "the STA's context");
    for (i = 0; i < 2; i++)
    {
        thread = CreateThread(NULL, 0, nested_send, (void *)i, 0, NULL);
        nested_result = E_FAIL;
        is_hr(CoWaitForMultipleHandles(0, 20000, 1, &nested_done, &index), S_OK, "a wait");
        is_hr(nested_result, S_OK, "is called in %s within it",
                i ? "another wait" : "a message loop");
        WaitForSingleObject(thread, 10000);
        CloseHandle(thread);
        drain();
    }
    IContextCallback_Release(nested_context);
    DestroyWindow(nested_window);
    CloseHandle(nested_event);
    CloseHandle(nested_done);
}

static ULONGLONG processor_time(void)
{
    FILETIME created, ended, kernel, user;

    GetThreadTimes(GetCurrentThread(), &created, &ended, &kernel, &user);
    return ((ULONGLONG)kernel.dwHighDateTime << 32 | kernel.dwLowDateTime)
            + ((ULONGLONG)user.dwHighDateTime << 32 | user.dwLowDateTime);
}

/* Waiting costs no processor time, whatever lies in the message queue. */
static void idle(void)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    HWND window = window_create();
    ULONGLONG start;
    DWORD index;

    PostMessageW(window, WM_USER, 0, 0);
    start = processor_time();
    is_hr(CoWaitForMultipleHandles(0, 500, 1, &event, &index), RPC_S_CALLPENDING, "half a second");
    ok(processor_time() - start < 1000000, "takes %llu us of the processor's time",
            (processor_time() - start) / 10);
    drain();
    DestroyWindow(window);
    CloseHandle(event);
}

int main(void)
{
    CoInitialize(NULL);
    arguments("STA");
    kinds("STA");
    wait_all("STA");
    messages();
    nested();
    idle();
    tap_account_begin();
    kinds("STA");
    messages();
    tap_account_end("waits");
    CoUninitialize();

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    arguments("MTA");
    kinds("MTA");
    wait_all("MTA");
    CoUninitialize();
    return done_testing();
}
