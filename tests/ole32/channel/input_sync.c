/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls out of a window procedure. While another thread waits in SendMessage for its end an STA
 * cannot call out: RPC_E_CANTCALLOUT_ININPUTSYNCCALL, "An outgoing call cannot be made since the
 * application is dispatching an input-synchronous call"; once it has replied, and for messages that
 * nobody waits for, it can. Pages "InSendMessageEx function (winuser.h)", "Call Synchronization".
 */
#include "tap.h"
#include "test_server.h"

#define WM_CALL (WM_USER + 1)       /* calls the object */
#define WM_REPLY_CALL (WM_USER + 2) /* answers the message first */
#define WM_RELEASE (WM_USER + 3)    /* lets another proxy go */
#define WM_ADDREF (WM_USER + 4)     /* counts references of the proxy */
#define WM_QUESTION (WM_USER + 5)   /* asks for an interface that has no proxy yet */

static struct
{
    IStream *stream, *spare_stream;
    ITestServer *server, *spare;
    HWND window;
    HANDLE ready;
    volatile LONG messages;
    HRESULT result;
} target;

static LRESULT CALLBACK window_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    IPersist *persist;
    LONG sum;

    if (message < WM_CALL || message > WM_QUESTION)
        return DefWindowProcW(window, message, wparam, lparam);
    if (message == WM_REPLY_CALL)
        ReplyMessage(42);
    if (message == WM_RELEASE)
        target.result = ITestServer_Release(target.spare) ? S_FALSE : S_OK;
    else if (message == WM_ADDREF)
    {
        ITestServer_AddRef(target.server);
        target.result = ITestServer_Release(target.server) ? S_OK : S_FALSE;
    }
    else if (message == WM_QUESTION)
        target.result = ITestServer_QueryInterface(target.server, &IID_IPersist, (void **)&persist);
    else
        target.result = ITestServer_Add(target.server, 1, 2, &sum);
    InterlockedIncrement(&target.messages);
    return 42;
}

static DWORD WINAPI window_thread(void *argument)
{
    static const WNDCLASSW class = {.lpfnWndProc = window_procedure, .lpszClassName = L"input"};
    MSG message;

    (void)argument;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    RegisterClassW(&class);
    CoGetInterfaceAndReleaseStream(target.stream, &IID_ITestServer, (void **)&target.server);
    CoGetInterfaceAndReleaseStream(target.spare_stream, &IID_ITestServer, (void **)&target.spare);
    target.window = CreateWindowW(L"input", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    SetEvent(target.ready);
    while (GetMessageW(&message, NULL, 0, 0) > 0)
        DispatchMessageW(&message);
    ITestServer_Release(target.server);
    DestroyWindow(target.window);
    CoUninitialize();
    return 0;
}

static void marshal(IStream **stream)
{
    ITestServer *object = test_server_create();

    is_hr(CoMarshalInterThreadInterfaceInStream(&IID_ITestServer, (IUnknown *)object, stream), S_OK,
            "marshalled");
    ITestServer_Release(object);
}

/* Serves this thread's calls and messages. */
static void serve(void)
{
    MSG message;

    MsgWaitForMultipleObjects(0, NULL, FALSE, 10, QS_ALLINPUT);
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
}

/* The window's thread gets the message by SendMessage. */
static void check_sent(UINT message, HRESULT expected, const char *what)
{
    DWORD_PTR answer = 0;

    target.result = E_PENDING;
    SendMessageTimeoutW(target.window, message, 0, 0, SMTO_NORMAL, 10000, &answer);
    is_uint((DWORD)answer, 42, "%s: the message is answered", what);
    for (int i = 0; target.result == E_PENDING && i < 500; i++)
        serve();
    is_hr(target.result, expected, "%s", what);
}

/* Nobody waits for its answer. */
static void check_unsent(BOOL post, const char *what)
{
    LONG before = target.messages;

    target.result = E_PENDING;
    if (post)
        PostMessageW(target.window, WM_CALL, 0, 0);
    else
        SendNotifyMessageW(target.window, WM_CALL, 0, 0);
    for (int i = 0; target.messages == before && i < 500; i++)
        serve();
    is_hr(target.result, S_OK, "%s", what);
}

/* The window's messages come from the objects' apartment. */
static void test_objects(DWORD coinit)
{
    DWORD index;
    HANDLE thread;

    CoInitializeEx(NULL, coinit);
    test_proxies_register();
    target.ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    marshal(&target.stream);
    marshal(&target.spare_stream);
    thread = CreateThread(NULL, 0, window_thread, NULL, 0, NULL);
    CoWaitForMultipleHandles(0, 10000, 1, &target.ready, &index);
    if (ok(target.server && target.spare, "an STA with a window has its proxies"))
    {
        check_unsent(TRUE, "a call out of a posted message");
        check_unsent(FALSE, "a call out of a message that was sent without waiting");
        check_sent(WM_CALL, RPC_E_CANTCALLOUT_ININPUTSYNCCALL, "a call out of a sent message");
        check_sent(WM_ADDREF, S_OK, "counting references needs no call");
        check_sent(WM_REPLY_CALL, S_OK, "a call after ReplyMessage");
        check_sent(WM_RELEASE, S_OK, "the last Release out of a sent message");
        check_sent(WM_CALL, RPC_E_CANTCALLOUT_ININPUTSYNCCALL, "once more");
        check_unsent(TRUE, "and out of a posted one");
        check_sent(WM_QUESTION, RPC_E_CANTCALLOUT_ININPUTSYNCCALL,
                "a question that the object would have to answer");
    }
    PostThreadMessageW(GetThreadId(thread), WM_QUIT, 0, 0);
    CoWaitForMultipleHandles(0, 10000, 1, &thread, &index);
    CloseHandle(thread);
    CloseHandle(target.ready);
    for (int i = 0; test_server_count() && i < 500; i++)
        serve();
    is_int(test_server_count(), 0, "no object is left");
    CoUninitialize();
}

static void run_all(void)
{
    test_objects(COINIT_MULTITHREADED);
    test_objects(COINIT_APARTMENTTHREADED);
}

int main(void)
{
    if (builtin_lacks("a check for SendMessage before a call"))
        return done_testing();
    run_all();
    tap_account_begin();
    run_all();
    tap_account_end("calls out of window procedures");
    return done_testing();
}
