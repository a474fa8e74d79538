/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions that wait for a binding take care of the thread's messages meanwhile, however fast the
 * data come: a message posted in OnProgress reaches its window, which ends the download. Pages
 * "URLDownloadToFile function", "Callback Synchronization".
 */
#include <stdio.h>

#include "../binding/client.h"
#include "../binding/test_protocol.h"
#include "harness.h"
#include "tap.h"

#define WM_END (WM_APP + 7)
/* Millions of reports: whoever looks for messages only when none is left comes to no end. */
#define URL L"bindtest:size=4000000000,chunk=256,buffer=1000000,seed=3"
#define DEPTH 20 /* messages that are posted one after the other */

static struct
{
    HWND window;
    unsigned int posted, handled;
} loop;

static LRESULT CALLBACK window_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message != WM_END)
        return DefWindowProcW(window, message, wparam, lparam);
    loop.handled++;
    if (wparam)
        PostMessageW(window, WM_END, wparam - 1, lparam);
    else if (((struct client *)lparam)->binding)
        IBinding_Abort(((struct client *)lparam)->binding);
    return 0;
}

static void post_at_data(struct client *client, ULONG code)
{
    if (code == BINDSTATUS_BEGINDOWNLOADDATA && !loop.posted++)
        PostMessageW(loop.window, WM_END, DEPTH - 1, (LPARAM)client);
}

static void test_download(const WCHAR *path)
{
    struct client client;

    loop.posted = loop.handled = 0;
    client_open(&client);
    client.on_progress = post_at_data;
    is_hr(URLDownloadToFileW(NULL, URL, path, 0,
                  (IBindStatusCallback *)&client.IBindStatusCallbackEx_iface),
            E_ABORT, "it is ended in the middle");
    is_uint(loop.posted, 1, "the data had begun");
    is_uint(loop.handled, DEPTH, "all messages were handled");
    is_uint(client.stops, 1, "OnStopBinding");
    is_hr(client.result, E_ABORT, "with E_ABORT");
    client_check(&client, "ended");
    client_close(&client, "ended");
    ok(GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES, "no file is left");
}

/* WM_QUIT is for the loop around: the download goes on to its end. */
static void test_quit(const WCHAR *path)
{
    MSG message = {0};

    PostQuitMessage(42);
    is_hr(URLDownloadToFileW(NULL, L"bindtest:size=3000000,chunk=1000,seed=3", path, 0, NULL), S_OK,
            "with WM_QUIT in the queue");
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE) && message.message != WM_QUIT)
        DispatchMessageW(&message);
    is_uint(message.message, WM_QUIT, "it is there afterwards");
    is_uint((unsigned int)message.wParam, 42, "with its code");
    ok(DeleteFileW(path), "the file is there");
}

int main(void)
{
    WNDCLASSW class = {.lpfnWndProc = window_procedure, .lpszClassName = L"download messages"};
    const WCHAR *path;

    harness_require();
    if (builtin_lacks("a file that goes when its download is ended (URLDownloadToFile)"))
        return done_testing();
    CoInitialize(NULL);
    path = harness_scratch(L"messages.bin");
    class.hInstance = GetModuleHandleW(NULL);
    RegisterClassW(&class);
    loop.window = CreateWindowW(class.lpszClassName, NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL,
            class.hInstance, NULL);
    test_protocol_open(2);
    test_download(path);
    test_quit(path);
    tap_account_begin();
    for (int i = 0; i < 3; i++)
    {
        test_download(path);
        test_quit(path);
    }
    pump_messages(200);
    is_int(test_protocols_alive, 0, "protocols left");
    tap_account_end("messages");
    test_protocol_close();
    DestroyWindow(loop.window);
    CoUninitialize();
    return done_testing();
}
