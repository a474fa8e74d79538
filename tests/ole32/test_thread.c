/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test_server.h"

#include <stdlib.h>

#define WM_RUN (WM_APP + 77)
#define WM_STOP (WM_APP + 78)

struct test_thread
{
    HANDLE handle, ready;
    DWORD id;
    DWORD coinit;
};

struct work
{
    void (*function)(void *);
    void *argument;
    HANDLE done; /* NULL: nobody waits, and the work frees itself */
};

static void work_run(struct work *work)
{
    HANDLE done = work->done;

    work->function(work->argument);
    if (done)
        SetEvent(done);
    else
        free(work);
}

static DWORD WINAPI thread_main(void *argument)
{
    struct test_thread *thread = argument;
    MSG message;

    CoInitializeEx(NULL, thread->coinit);
    test_proxies_register();
    PeekMessageW(&message, NULL, 0, 0, PM_NOREMOVE);
    SetEvent(thread->ready);
    while (GetMessageW(&message, NULL, 0, 0) > 0)
    {
        if (!message.hwnd && message.message == WM_STOP)
            break;
        if (!message.hwnd && message.message == WM_RUN)
            work_run((struct work *)message.lParam);
        else
            DispatchMessageW(&message);
    }
    CoUninitialize();
    return 0;
}

struct test_thread *test_thread_start(DWORD coinit)
{
    struct test_thread *thread = calloc(1, sizeof(*thread));

    thread->coinit = coinit;
    thread->ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    thread->handle = CreateThread(NULL, 0, thread_main, thread, 0, &thread->id);
    WaitForSingleObject(thread->ready, INFINITE);
    return thread;
}

void test_thread_run(struct test_thread *thread, void (*function)(void *), void *argument)
{
    struct work work = {function, argument, CreateEventW(NULL, FALSE, FALSE, NULL)};
    HANDLE handles[2] = {work.done, thread->handle};

    if (PostThreadMessageW(thread->id, WM_RUN, 0, (LPARAM)&work))
        WaitForMultipleObjects(2, handles, FALSE, 60000);
    CloseHandle(work.done);
}

void test_thread_post(struct test_thread *thread, void (*function)(void *), void *argument)
{
    struct work *work = calloc(1, sizeof(*work));

    work->function = function;
    work->argument = argument;
    PostThreadMessageW(thread->id, WM_RUN, 0, (LPARAM)work);
}

DWORD test_thread_id(const struct test_thread *thread)
{
    return thread->id;
}

BOOL test_thread_stop(struct test_thread *thread)
{
    BOOL ended;

    PostThreadMessageW(thread->id, WM_STOP, 0, 0);
    ended = WaitForSingleObject(thread->handle, 10000) == WAIT_OBJECT_0;
    CloseHandle(thread->handle);
    CloseHandle(thread->ready);
    free(thread);
    return ended;
}

struct object_work
{
    const IID *iid;
    IStream *stream;
    HRESULT hr;
};

static void object_make(void *argument)
{
    struct object_work *work = argument;
    IUnknown *object = IsEqualIID(work->iid, &IID_IRawCall) ? (IUnknown *)raw_object_create()
                                                            : (IUnknown *)test_server_create();

    work->hr = CoMarshalInterThreadInterfaceInStream(work->iid, object, &work->stream);
    IUnknown_Release(object);
}

HRESULT test_thread_object(struct test_thread *thread, REFIID iid, void **proxy)
{
    struct object_work work = {iid, NULL, E_FAIL};

    *proxy = NULL;
    test_thread_run(thread, object_make, &work);
    return SUCCEEDED(work.hr) ? CoGetInterfaceAndReleaseStream(work.stream, iid, proxy) : work.hr;
}

BOOL test_pump(volatile LONG *flag, DWORD timeout)
{
    DWORD start = GetTickCount();
    MSG message;

    while (!*flag && GetTickCount() - start < timeout)
    {
        MsgWaitForMultipleObjects(0, NULL, FALSE, 10, QS_ALLINPUT);
        /* There may be no end of them: calls that others make again and again. */
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        {
            DispatchMessageW(&message);
            if (*flag || GetTickCount() - start >= timeout)
                break;
        }
    }
    return *flag != 0;
}
