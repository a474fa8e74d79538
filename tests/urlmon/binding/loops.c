/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Callbacks while the bound thread is in a modal loop: menus, message boxes, dialogs,
 * CoWaitForMultipleHandles, a call to another apartment, SendMessage to another thread and from it.
 * Each loop goes on until the binding has ended; it ends nowhere else. In an STA, in the MTA, and
 * on a thread that never called CoInitialize. Page "Callback Synchronization".
 *
 * Windows want a display, or a driver that draws nothing: the loops run in a second process, on a
 * desktop of its own, for which the registry of this test's prefix names that driver.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "tap.h"
#include "test_protocol.h"

TAP_TIME_LIMIT(180);

#define PULL (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA)
#define PUSH (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE)
#define BIND_COUNT 4

/* Several bindings, of several priorities, end in each loop. */
static struct client *clients;

static BOOL all_stopped(void)
{
    for (unsigned int i = 0; i < BIND_COUNT; i++)
    {
        if (!*(volatile BOOL *)&clients[i].stopped)
            return FALSE;
    }
    return TRUE;
}

/* On another thread: ends the loop of the bound one when the bindings have, or after a while. */
struct ender
{
    void (*end)(struct ender *ender);
    DWORD thread; /* the bound one */
    HWND window;
    HANDLE event;
    volatile LONG done;
};

static DWORD WINAPI end_when_stopped(void *context)
{
    struct ender *ender = context;
    ULONGLONG end = GetTickCount64() + 30000;

    while (!all_stopped() && GetTickCount64() < end)
        Sleep(5);
    /* Until the loop has heard of it: it may not have begun. */
    while (!ender->done)
    {
        ender->end(ender);
        Sleep(20);
    }
    return 0;
}

static BOOL CALLBACK press_ok(HWND window, LPARAM parameter)
{
    (void)parameter;
    if (GetDlgItem(window, IDOK) || GetDlgItem(window, IDCANCEL))
        PostMessageW(window, WM_COMMAND, IDOK, 0);
    return TRUE;
}

static void end_box(struct ender *ender)
{
    EnumThreadWindows(ender->thread, press_ok, 0);
}

/* A message box. */
static void loop_message_box(struct ender *ender)
{
    ender->end = end_box;
    is_int(MessageBoxW(ender->window, L"Wait.", L"loops", MB_OK), IDOK, "MessageBox");
}

static INT_PTR CALLBACK dialog_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    (void)lparam;
    if (message == WM_COMMAND && LOWORD(wparam) == IDOK)
        EndDialog(window, 7);
    return message == WM_INITDIALOG;
}

static BOOL CALLBACK press_dialog(HWND window, LPARAM parameter)
{
    WCHAR class[16];

    (void)parameter;
    if (GetClassNameW(window, class, ARRAYSIZE(class)) && !lstrcmpW(class, L"#32770"))
        PostMessageW(window, WM_COMMAND, IDOK, 0);
    return TRUE;
}

static void end_dialog(struct ender *ender)
{
    EnumThreadWindows(ender->thread, press_dialog, 0);
}

static void loop_dialog(struct ender *ender)
{
    struct
    {
        DLGTEMPLATE template;
        WORD none[3];
    } dialog = {{WS_POPUP | WS_VISIBLE | DS_MODALFRAME, 0, 0, 0, 0, 10, 10}, {0}};

    ender->end = end_dialog;
    is_int(DialogBoxIndirectParamW(GetModuleHandleW(NULL), &dialog.template, ender->window,
                   dialog_procedure, 0),
            7, "DialogBox");
}

/* A menu is left by its thread alone. */
#define WM_END_MENU (WM_APP + 1)
static volatile LONG menus_entered;

static void end_menu(struct ender *ender)
{
    PostMessageW(ender->window, WM_END_MENU, 0, 0);
}

static void loop_menu(struct ender *ender)
{
    HMENU menu = CreatePopupMenu();
    LONG entered = menus_entered;

    AppendMenuW(menu, MF_STRING, 1, L"Nothing");
    ender->end = end_menu;
    TrackPopupMenu(menu, 0, 10, 10, 0, ender->window, NULL);
    is_int(menus_entered, entered + 1, "TrackPopupMenu has run its loop");
    DestroyMenu(menu);
}

static void end_event(struct ender *ender)
{
    SetEvent(ender->event);
}

static void loop_com_wait(struct ender *ender)
{
    DWORD index;

    ender->end = end_event;
    is_hr(CoWaitForMultipleHandles(0, 40000, 1, &ender->event, &index), S_OK,
            "CoWaitForMultipleHandles");
}

/* A thread that answers neither calls nor messages until the bindings have ended. */
struct server
{
    struct ender *ender;
    HANDLE ready;
    BOOL marshals;
    IStream *stream;
    HWND window;
};

static LRESULT CALLBACK server_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    return message == WM_APP ? 4711 : DefWindowProcW(window, message, wparam, lparam);
}

static HWND make_window(const WCHAR *class, HWND parent)
{
    return CreateWindowExW(0, class, L"loops", parent ? 0 : WS_POPUP | WS_VISIBLE, 0, 0, 50, 50,
            parent, NULL, GetModuleHandleW(NULL), NULL);
}

static DWORD WINAPI server_thread(void *context)
{
    struct server *server = context;
    ULONGLONG end = GetTickCount64() + 40000;
    IStream *object;
    MSG message;

    CoInitialize(NULL);
    CreateStreamOnHGlobal(NULL, TRUE, &object);
    if (server->marshals)
        CoMarshalInterThreadInterfaceInStream(&IID_IStream, (IUnknown *)object, &server->stream);
    server->window = make_window(L"loops server", HWND_MESSAGE);
    SetEvent(server->ready);
    WaitForSingleObject(server->ender->event, 40000);
    while (!server->ender->done && GetTickCount64() < end)
    {
        MsgWaitForMultipleObjects(0, NULL, FALSE, 20, QS_ALLINPUT);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
    DestroyWindow(server->window);
    IStream_Release(object);
    CoUninitialize();
    return 0;
}

static HANDLE start_server(struct server *server, struct ender *ender)
{
    HANDLE thread;

    server->ender = ender;
    server->ready = CreateEventW(NULL, TRUE, FALSE, NULL);
    ender->end = end_event;
    thread = CreateThread(NULL, 0, server_thread, server, 0, NULL);
    WaitForSingleObject(server->ready, 30000);
    return thread;
}

static void end_server(struct server *server, struct ender *ender, HANDLE thread)
{
    ender->done = TRUE;
    WaitForSingleObject(thread, 40000);
    CloseHandle(thread);
    CloseHandle(server->ready);
}

/* A call to an object of another apartment. */
static void loop_com_call(struct ender *ender)
{
    struct server server = {.marshals = TRUE};
    HANDLE thread = start_server(&server, ender);
    IStream *proxy = NULL;
    STATSTG stat;

    is_hr(CoGetInterfaceAndReleaseStream(server.stream, &IID_IStream, (void **)&proxy), S_OK,
            "a proxy");
    if (proxy)
    {
        is_hr(IStream_Stat(proxy, &stat, STATFLAG_NONAME), S_OK, "a call to another apartment");
        ok(all_stopped(), "the bindings have ended during the call");
        IStream_Release(proxy);
    }
    end_server(&server, ender, thread);
}

/* A message sent to another thread. */
static void loop_send(struct ender *ender)
{
    struct server server = {0};
    HANDLE thread = start_server(&server, ender);

    is_int(SendMessageW(server.window, WM_APP, 0, 0), 4711, "SendMessage");
    ok(all_stopped(), "the bindings have ended during SendMessage");
    end_server(&server, ender, thread);
}

/* A message of another thread, the answer to which takes long: a loop in the window procedure. */
#define WM_LOOP (WM_APP + 2)

static DWORD WINAPI send_thread(void *context)
{
    SendMessageW(context, WM_LOOP, 0, 0);
    return 0;
}

static void end_nothing(struct ender *ender)
{
    (void)ender;
}

static volatile LONG loops_run;

static void loop_sent(struct ender *ender)
{
    ULONGLONG end = GetTickCount64() + 40000;
    HANDLE thread;
    MSG message;

    ender->end = end_nothing;
    loops_run = 0;
    thread = CreateThread(NULL, 0, send_thread, ender->window, 0, NULL);
    while (!loops_run && GetTickCount64() < end)
    {
        /* Nothing but what is sent. */
        PeekMessageW(&message, NULL, 0, 0, PM_NOREMOVE | PM_QS_SENDMESSAGE);
        MsgWaitForMultipleObjects(0, NULL, FALSE, 5, QS_SENDMESSAGE);
    }
    WaitForSingleObject(thread, 30000);
    CloseHandle(thread);
    is_int(loops_run, 1, "a message from another thread");
}

/* A program's own loop that dispatches messages of its window alone. */
static void end_post(struct ender *ender)
{
    PostMessageW(ender->window, WM_APP, 0, 0);
}

static void loop_filtered(struct ender *ender)
{
    MSG message = {0};

    ender->end = end_post;
    while (message.message != WM_APP && GetMessageW(&message, ender->window, 0, 0) > 0)
        DispatchMessageW(&message);
    is_int(message.message, WM_APP, "a loop for one window");
}

static LRESULT CALLBACK owner_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    ULONGLONG end = GetTickCount64() + 30000;
    MSG other;

    switch (message)
    {
    case WM_ENTERMENULOOP:
        InterlockedIncrement(&menus_entered);
        break;
    case WM_END_MENU:
        EndMenu();
        return 0;
    case WM_LOOP:
        while (!all_stopped() && GetTickCount64() < end)
        {
            MsgWaitForMultipleObjects(0, NULL, FALSE, 20, QS_ALLINPUT);
            while (PeekMessageW(&other, NULL, 0, 0, PM_REMOVE))
                DispatchMessageW(&other);
        }
        loops_run++;
        return 0;
    default:
        break;
    }
    return DefWindowProcW(window, message, wparam, lparam);
}

static const struct loop
{
    const char *name;
    void (*run)(struct ender *ender);
    BOOL com; /* it wants a COM apartment with messages */
} loops[] = {
        {"a message box", loop_message_box, FALSE},
        {"a dialog", loop_dialog, FALSE},
        {"a menu", loop_menu, FALSE},
        {"CoWaitForMultipleHandles", loop_com_wait, TRUE},
        {"a call to another apartment", loop_com_call, TRUE},
        {"SendMessage", loop_send, FALSE},
        {"a message from another thread", loop_sent, FALSE},
        {"a loop for one window", loop_filtered, FALSE},
};

/* What one of them is to be in, or have been in, when the loop is run from a callback. */
static const struct loop *loop_in_data;
static struct ender *ender_in_data;

static void run_in_data(struct client *client, DWORD bscf)
{
    (void)client;
    if (bscf & BSCF_FIRSTDATANOTIFICATION)
        loop_in_data->run(ender_in_data);
}

static void test_loop(const struct loop *loop, const char *thread_kind, BOOL in_callback)
{
    static const LONG priorities[BIND_COUNT] = {THREAD_PRIORITY_NORMAL, THREAD_PRIORITY_LOWEST,
            THREAD_PRIORITY_HIGHEST, THREAD_PRIORITY_NORMAL};
    struct ender ender = {.thread = GetCurrentThreadId()};
    struct client outer;
    WCHAR url[128];
    HANDLE thread;

    note("%s, %s%s", loop->name, thread_kind, in_callback ? ", in a callback" : "");
    clients = calloc(BIND_COUNT, sizeof(*clients));
    ender.window = make_window(L"loops owner", NULL);
    ok(ender.window != NULL, "a window");
    ender.event = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (unsigned int i = 0; i < BIND_COUNT; i++)
    {
        client_open(&clients[i]);
        clients[i].bindf = i % 2 ? PULL : PUSH;
        clients[i].seed = i + 1;
        clients[i].priority = priorities[i];
        swprintf(url, ARRAYSIZE(url),
                L"bindtest:size=30000,chunk=3000,buffer=9000,slow=1,calls=1,seed=%u", i + 1);
        client_bind(&clients[i], url);
    }
    ender.end = end_nothing;
    if (!in_callback)
    {
        thread = CreateThread(NULL, 0, end_when_stopped, &ender, 0, NULL);
        loop->run(&ender);
    }
    else
    {
        client_open(&outer);
        outer.bindf = PULL;
        outer.seed = 9;
        outer.on_data = run_in_data;
        loop_in_data = loop;
        ender_in_data = &ender;
        thread = CreateThread(NULL, 0, end_when_stopped, &ender, 0, NULL);
        client_bind(&outer, L"bindtest:size=60000,chunk=3000,seed=9,calls=1");
        ok(client_wait(&outer), "the outer one ends");
    }
    ender.done = TRUE;
    ok(all_stopped(), "the bindings have ended in the loop");
    WaitForSingleObject(thread, 40000);
    CloseHandle(thread);
    for (unsigned int i = 0; i < BIND_COUNT; i++)
    {
        ok(client_wait(&clients[i]), "it ends");
        client_check(&clients[i], loop->name);
        is_uint(clients[i].received, 30000, "%s: bytes", loop->name);
        client_close(&clients[i], loop->name);
    }
    if (in_callback)
    {
        client_check(&outer, "the outer one");
        is_uint(outer.received, 60000, "the outer one: bytes");
        client_close(&outer, "the outer one");
    }
    DestroyWindow(ender.window);
    CloseHandle(ender.event);
    free(clients);
}

/* Each apartment that marshals has handles that Wine's ole32 keeps. */
static BOOL accounting;

static DWORD WINAPI run_loops(void *context)
{
    const char *kind = context;
    BOOL sta = !strcmp(kind, "STA"), mta = !strcmp(kind, "MTA");

    if (sta || mta)
        CoInitializeEx(NULL, sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    for (unsigned int i = 0; i < ARRAYSIZE(loops); i++)
    {
        if ((loops[i].com && !sta) || (accounting && loops[i].run == loop_com_call))
            continue;
        test_loop(&loops[i], kind, FALSE);
        if (loops[i].run != loop_sent)
            test_loop(&loops[i], kind, TRUE);
    }
    if (sta || mta)
        CoUninitialize();
    return 0;
}

static void run_on_thread(const char *kind)
{
    HANDLE thread = CreateThread(NULL, 0, run_loops, (void *)kind, 0, NULL);

    is_int(WaitForSingleObject(thread, 150000), WAIT_OBJECT_0, "%s: its thread ends", kind);
    CloseHandle(thread);
}

static int run_all(void)
{
    WNDCLASSW owner = {.lpfnWndProc = owner_procedure,
            .hInstance = GetModuleHandleW(NULL),
            .lpszClassName = L"loops owner"};
    WNDCLASSW server = {.lpfnWndProc = server_procedure,
            .hInstance = GetModuleHandleW(NULL),
            .lpszClassName = L"loops server"};

    RegisterClassW(&owner);
    RegisterClassW(&server);
    CoInitialize(NULL);
    test_protocol_open(4);
    run_on_thread("STA"); /* the warm-up */
    tap_account_begin();
    accounting = TRUE;
    run_on_thread("STA");
    run_on_thread("MTA");
    run_on_thread("no apartment");
    tap_account_end("modal loops");
    is_int(test_protocols_wrong_thread, 0, "Continue on a wrong thread");
    is_int(test_protocols_running, 0, "protocols not terminated");
    test_protocol_close();
    CoUninitialize();
    return done_testing();
}

/* Runs this program again where windows need no display; its output is that of this one. */
static int run_on_other_desktop(void)
{
    STARTUPINFOW startup = {.cb = sizeof(startup), .lpDesktop = (WCHAR *)L"WinSta0\\loops"};
    WCHAR name[MAX_PATH], command[MAX_PATH + 16];
    PROCESS_INFORMATION process;
    HDESK desktop;
    DWORD code;

    if (RegSetKeyValueW(HKEY_CURRENT_USER, L"Software\\Wine\\Drivers", L"Graphics", REG_SZ, L"null",
                5 * sizeof(WCHAR)))
        bail_out("the driver cannot be named");
    if (!(desktop = CreateDesktopW(L"loops", NULL, NULL, 0, GENERIC_ALL, NULL)))
        bail_out("CreateDesktop: %lu", GetLastError());
    GetModuleFileNameW(NULL, name, ARRAYSIZE(name));
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" again", name);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!CreateProcessW(name, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
        bail_out("CreateProcess: %lu", GetLastError());
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    CloseDesktop(desktop);
    return (int)code;
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return run_all();
    /* Page "Callback Synchronization". */
    if (builtin_lacks("callbacks on the thread that bound alone"))
        return done_testing();
    return run_on_other_desktop();
}
