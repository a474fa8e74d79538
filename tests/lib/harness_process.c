/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Helper processes of a test, and the service process seen from the Unix side. */

#include "../harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static bool harness_present(void)
{
    return GetEnvironmentVariableW(L"CONCIERGE_HARNESS", NULL, 0) != 0;
}

BOOL harness_create_process(const WCHAR *path, WCHAR *command, BOOL inherit, STARTUPINFOW *startup,
        PROCESS_INFORMATION *information)
{
    BOOL started;

    for (unsigned int tries = 0; tries < 3; tries++)
    {
        started = CreateProcessW(path, command, NULL, NULL, inherit, 0, NULL, NULL, startup,
                information);
        if (started || GetLastError() != ERROR_INTERNAL_ERROR)
            break;
        note("CreateProcess of %s: ERROR_INTERNAL_ERROR", tap_wstr(path));
        Sleep(200);
    }
    return started;
}

bool harness_spawn(struct harness_process *process, const WCHAR *program, const WCHAR *arguments,
        bool capture)
{
    static LONG count;
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION information;
    WCHAR command[4096];
    WCHAR path[MAX_PATH];
    const WCHAR *name;
    HANDLE output = NULL;
    BOOL started;

    if (wcspbrk(program, L"\\/"))
        lstrcpynW(path, program, ARRAYSIZE(path));
    else
        tap_peer_path(program, path);
    name = wcsrchr(path, '\\') ? wcsrchr(path, '\\') + 1 : path;
    memset(process, 0, sizeof(*process));
    __mingw_snprintf(process->marker, sizeof(process->marker), "?harness-%lu-%ld.",
            GetCurrentProcessId(), InterlockedIncrement(&count));
    _snwprintf(command, ARRAYSIZE(command) - 1, L"\"%ls%hs\" %ls", name, process->marker,
            arguments ? arguments : L"");
    command[ARRAYSIZE(command) - 1] = 0;

    if (capture)
    {
        if (!CreatePipe(&process->output, &output, &inherit, 0))
            return false;
        SetHandleInformation(process->output, HANDLE_FLAG_INHERIT, 0);
        startup.dwFlags = STARTF_USESTDHANDLES;
        startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
        startup.hStdOutput = output;
        startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    }
    started = harness_create_process(path, command, capture, &startup, &information);
    if (!started)
    {
        DWORD error = GetLastError();

        if (capture)
        {
            CloseHandle(process->output);
            CloseHandle(output);
        }
        memset(process, 0, sizeof(*process));
        SetLastError(error);
        return false;
    }
    if (capture)
        CloseHandle(output);
    process->process = information.hProcess;
    process->main_thread = information.hThread;
    process->id = information.dwProcessId;
    return true;
}

bool harness_process_read_line(struct harness_process *process, char *line, size_t size,
        DWORD milliseconds)
{
    ULONGLONG deadline = GetTickCount64() + milliseconds;
    size_t used = 0;

    *line = 0;
    while (process->output && used + 1 < size)
    {
        DWORD available = 0, count;
        char c;

        if (!PeekNamedPipe(process->output, NULL, 0, NULL, &available, NULL))
            return used != 0;
        if (!available)
        {
            if (GetTickCount64() >= deadline)
                return false;
            Sleep(2);
            continue;
        }
        if (!ReadFile(process->output, &c, 1, &count, NULL) || !count)
            return used != 0;
        if (c == '\n')
            return true;
        if (c != '\r')
            line[used++] = c;
        line[used] = 0;
    }
    return used != 0;
}

void harness_kill9(struct harness_process *process)
{
    if (harness_present())
        harness_do("kill match=\"%s\"", process->marker);
    else
        TerminateProcess(process->process, 137);
    WaitForSingleObject(process->process, 5000);
}

void harness_freeze(struct harness_process *process, bool frozen)
{
    harness_do("kill match=\"%s\" signal=%s", process->marker, frozen ? "STOP" : "CONT");
}

bool harness_process_wait(struct harness_process *process, DWORD milliseconds, DWORD *code)
{
    if (WaitForSingleObject(process->process, milliseconds) != WAIT_OBJECT_0)
        return false;
    return !code || GetExitCodeProcess(process->process, code);
}

void harness_process_close(struct harness_process *process)
{
    if (process->output)
        CloseHandle(process->output);
    if (process->main_thread)
        CloseHandle(process->main_thread);
    if (process->process)
        CloseHandle(process->process);
    memset(process, 0, sizeof(*process));
}

int harness_service_pid(void)
{
    struct harness_reply *reply = harness_demand("service pid");
    int pid = (int)harness_number(reply, "pid");

    harness_reply_free(reply);
    return pid;
}

unsigned int harness_service_kill(void)
{
    struct harness_reply *reply = harness_demand("service kill");
    unsigned int killed = (unsigned int)harness_number(reply, "killed");

    harness_reply_free(reply);
    return killed;
}

unsigned long long harness_service_memory(void)
{
    int pid = harness_service_pid();
    struct harness_reply *reply;
    long long bytes;

    if (!pid)
        return 0;
    reply = harness_request("rss pid=%d", pid);
    bytes = reply->ok ? harness_number(reply, "rss") : 0;
    harness_reply_free(reply);
    return (unsigned long long)bytes;
}

bool harness_service_path(char *path, size_t size)
{
    int pid = harness_service_pid();
    struct harness_reply *reply;
    bool found = false;

    *path = 0;
    if (!pid)
        return false;
    reply = harness_request("maps pid=%d", pid);
    for (unsigned int i = 0; i < reply->line_count && !found; i++)
    {
        const char *name = strrchr(reply->lines[i], '/');

        if (name && !_stricmp(name, "/qmgr.dll"))
        {
            __mingw_snprintf(path, size, "%s", reply->lines[i]);
            found = true;
        }
    }
    harness_reply_free(reply);
    return found;
}
