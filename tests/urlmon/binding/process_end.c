/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process that ends while bindings are under way, on several threads and in every state: it ends
 * with the code it wanted, at once and without an exception, wherever the end comes from.
 */
#include <stdio.h>
#include <stdlib.h>

#include "client.h"
#include "tap.h"
#include "test_protocol.h"

TAP_TIME_LIMIT(120);

#define PULL (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA)
#define PUSH (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE)
#define CODE 77

/* Where the end comes from. */
enum end
{
    END_RETURN,
    END_DATA,
    END_PROGRESS,
    END_STOP,
    END_OTHER_THREAD,
    END_SYNCHRONOUS,
    END_COUNT
};

static const char *const names[END_COUNT] = {"main returns", "ExitProcess in OnDataAvailable",
        "ExitProcess in OnProgress", "ExitProcess in OnStopBinding", "ExitProcess elsewhere",
        "ExitProcess in a synchronous bind"};

static enum end how;
static struct client clients[2][20];

static void on_data(struct client *client, DWORD bscf)
{
    (void)bscf;
    if (client == &clients[0][3] && client->datas == 3 && how == END_DATA)
        ExitProcess(CODE);
}

static void on_progress(struct client *client, ULONG code)
{
    if (client == &clients[0][3] && code == BINDSTATUS_CONNECTING && how == END_PROGRESS)
        ExitProcess(CODE);
    if (code == BINDSTATUS_BEGINDOWNLOADDATA && how == END_SYNCHRONOUS && !client->bindf)
        ExitProcess(CODE);
}

static void on_stop(struct client *client)
{
    if (how == END_STOP && client == &clients[0][7])
        ExitProcess(CODE);
}

static void bind_all(struct client *of)
{
    for (unsigned int i = 0; i < 20; i++)
    {
        client_open(&of[i]);
        of[i].bindf = i % 2 ? PULL : PUSH;
        of[i].seed = 5;
        of[i].on_data = on_data;
        of[i].on_progress = on_progress;
        of[i].on_stop = on_stop;
        client_bind(&of[i],
                i % 5 == 0       ? L"bindtest:size=100000,stall=1,seed=5"
                        : i == 7 ? L"bindtest:size=3000,seed=5"
                                 : L"bindtest:size=9000000,chunk=500,calls=1,slow=1,seed=5");
        if (i % 7 == 3)
            IBinding_Suspend(of[i].binding);
        if (i % 7 == 3 && how == END_DATA)
            IBinding_Resume(of[i].binding);
    }
}

static DWORD WINAPI other_thread(void *context)
{
    (void)context;
    bind_all(clients[1]);
    pump_messages(60000);
    return 0;
}

static DWORD WINAPI exit_thread(void *context)
{
    (void)context;
    Sleep(30);
    ExitProcess(CODE);
}

static int child(void)
{
    struct client client;

    CoInitialize(NULL);
    test_protocol_open(12); /* some wait for what is suspended */
    CreateThread(NULL, 0, other_thread, NULL, 0, NULL);
    bind_all(clients[0]);
    if (how == END_OTHER_THREAD)
        CreateThread(NULL, 0, exit_thread, NULL, 0, NULL);
    if (how == END_SYNCHRONOUS)
    {
        client_open(&client);
        client.on_progress = on_progress;
        client_bind(&client, L"bindtest:size=9000,chunk=500");
    }
    if (how == END_PROGRESS)
        IBinding_Resume(clients[0][3].binding);
    pump_messages(how == END_RETURN ? 30 : 30000);
    return CODE;
}

static void test_end(unsigned int which)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR name[MAX_PATH], command[MAX_PATH + 16];
    PROCESS_INFORMATION process;
    DWORD code = 0;

    GetModuleFileNameW(NULL, name, ARRAYSIZE(name));
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" %u", name, which);
    if (!CreateProcessW(name, command, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &startup,
                &process))
        bail_out("CreateProcess: %lu", GetLastError());
    is_int(WaitForSingleObject(process.hProcess, 25000), WAIT_OBJECT_0, "%s: the process ends",
            names[which]);
    GetExitCodeProcess(process.hProcess, &code);
    is_int(code, CODE, "%s: its code", names[which]);
    TerminateProcess(process.hProcess, 1);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
}

int main(int argc, char **argv)
{
    if (argc > 1)
    {
        how = (enum end)atoi(argv[1]);
        return child();
    }
    /* Page "Callback Synchronization". */
    if (builtin_lacks("callbacks on the thread that bound alone"))
        return done_testing();
    test_end(END_RETURN);
    tap_account_begin();
    for (unsigned int i = 0; i < END_COUNT; i++)
        test_end(i);
    tap_account_end("processes that end");
    return done_testing();
}
