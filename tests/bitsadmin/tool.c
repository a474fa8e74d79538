/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define RUN_LIMIT_MS 60000
#define HUNG 0xdead

char tool_output[TOOL_OUTPUT_MAX];
char tool_errors[TOOL_OUTPUT_MAX];
char tool_command[2048];

static WCHAR tool_path[MAX_PATH * 2];
static WCHAR tool_folder[MAX_PATH];
static unsigned int run_count;

static bool file_exists(const WCHAR *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

void tool_require(void)
{
    harness_require();
    GetCurrentDirectoryW(ARRAYSIZE(tool_folder), tool_folder);
    wcscpy(tool_path, harness_sibling(L"..\\..\\programs\\bitsadmin\\bitsadmin.exe"));
    if (file_exists(tool_path))
    {
        return;
    }
    wcscpy(tool_path, harness_sibling(L"bitsadmin.exe"));
    if (!file_exists(tool_path))
    {
        skip_all("there is no bitsadmin.exe");
    }
}

/* The file that a run's output, or its errors, go to; good until the next call. */
static const WCHAR *stream_path(unsigned int number, const WCHAR *name)
{
    static WCHAR path[MAX_PATH + 32];

    _snwprintf(path, ARRAYSIZE(path) - 1, L"%ls\\run-%u.%ls", tool_folder, number, name);
    return path;
}

static HANDLE stream_create(unsigned int number, const WCHAR *name)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};

    return CreateFileW(stream_path(number, name), GENERIC_WRITE,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, &inherit, CREATE_ALWAYS, 0,
            NULL);
}

static void stream_read(unsigned int number, const WCHAR *name, char text[TOOL_OUTPUT_MAX])
{
    DWORD count = 0;
    HANDLE file;

    file = CreateFileW(stream_path(number, name), GENERIC_READ,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    if (file != INVALID_HANDLE_VALUE)
    {
        if (!ReadFile(file, text, TOOL_OUTPUT_MAX - 1, &count, NULL))
        {
            count = 0;
        }
        CloseHandle(file);
    }
    text[count] = 0;
}

static bool tool_vstart(struct tool *tool, const WCHAR *format, va_list args)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION information;
    WCHAR command[2048] = L"bitsadmin ";
    BOOL started;

    _vsnwprintf(command + wcslen(command), ARRAYSIZE(command) - wcslen(command) - 1, format, args);
    command[ARRAYSIZE(command) - 1] = 0;
    WideCharToMultiByte(CP_UTF8, 0, command, -1, tool_command, sizeof(tool_command) - 1, NULL,
            NULL);

    tool->number = ++run_count;
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = stream_create(tool->number, L"out");
    startup.hStdError = stream_create(tool->number, L"err");
    started = harness_create_process(tool_path, command, TRUE, &startup, &information);
    CloseHandle(startup.hStdOutput);
    CloseHandle(startup.hStdError);
    tool->process = NULL;
    if (!started)
    {
        note("CreateProcess of %s: error %lu", tap_wstr(tool_path), GetLastError());
        return false;
    }
    CloseHandle(information.hThread);
    tool->process = information.hProcess;
    return true;
}

bool tool_start(struct tool *tool, const WCHAR *format, ...)
{
    va_list args;
    bool started;

    va_start(args, format);
    started = tool_vstart(tool, format, args);
    va_end(args);
    return started;
}

DWORD tool_finish(struct tool *tool)
{
    DWORD code = HUNG;

    if (tool->process)
    {
        if (WaitForSingleObject(tool->process, RUN_LIMIT_MS) != WAIT_OBJECT_0)
        {
            note("still running after %u s: %s", RUN_LIMIT_MS / 1000, tool_command);
            TerminateProcess(tool->process, HUNG);
            WaitForSingleObject(tool->process, 5000);
        }
        GetExitCodeProcess(tool->process, &code);
        CloseHandle(tool->process);
        tool->process = NULL;
    }
    stream_read(tool->number, L"out", tool_output);
    stream_read(tool->number, L"err", tool_errors);
    DeleteFileW(stream_path(tool->number, L"out"));
    DeleteFileW(stream_path(tool->number, L"err"));
    return code;
}

DWORD tool_run(const WCHAR *format, ...)
{
    struct tool tool;
    va_list args;

    va_start(args, format);
    tool_vstart(&tool, format, args);
    va_end(args);
    return tool_finish(&tool);
}

bool tool_wait_for_output(const struct tool *tool, const char *text)
{
    ULONGLONG deadline = GetTickCount64() + 10000;

    do
    {
        stream_read(tool->number, L"out", tool_output);
        stream_read(tool->number, L"err", tool_errors);
        if (strstr(tool_output, text) || strstr(tool_errors, text))
        {
            return true;
        }
        Sleep(20);
    } while (GetTickCount64() < deadline && WaitForSingleObject(tool->process, 0) == WAIT_TIMEOUT);
    return false;
}

void tool_interrupt(const char *command_line_part)
{
    harness_do("kill match=\"%s\" signal=INT", command_line_part);
}

static void note_lines(const char *title, const char *text)
{
    note("%s: %s", title, *text ? "" : "nothing");
    while (*text)
    {
        size_t length = strcspn(text, "\n");

        note("  %.*s", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

void tool_printed_at(const char *file, int line, bool errors, bool expected, const char *text)
{
    bool found = strstr(errors ? tool_errors : tool_output, text) != NULL;

    if (!tap_ok(file, line, found == expected, "%s%s: \"%s\"",
                errors ? "standard error" : "standard output", expected ? "" : " does not have",
                text))
    {
        note("%s", tool_command);
        note_lines("standard output", tool_output);
        note_lines("standard error", tool_errors);
    }
}

void tool_returns_at(const char *file, int line, const char *expected, const WCHAR *format, ...)
{
    WCHAR arguments[2048];
    va_list args;
    DWORD code;

    va_start(args, format);
    _vsnwprintf(arguments, ARRAYSIZE(arguments) - 1, format, args);
    arguments[ARRAYSIZE(arguments) - 1] = 0;
    va_end(args);
    code = tool_run(L"/rawreturn %ls", arguments);
    if (code != TOOL_DONE)
    {
        tap_ok(file, line, false, "%s: exit code %lu", tool_command, code);
        note_lines("standard error", tool_errors);
        return;
    }
    tap_is_str(file, line, tool_output, expected, "%s", tool_command);
}

void tool_create_job(const WCHAR *name, WCHAR id[40])
{
    DWORD code = tool_run(L"/rawreturn /create \"%ls\"", name);

    id[0] = 0;
    if (code == TOOL_DONE)
    {
        MultiByteToWideChar(CP_UTF8, 0, tool_output, -1, id, 40);
        id[39] = 0;
    }
    if (wcslen(id) != 38)
    {
        note_lines("standard output", tool_output);
        note_lines("standard error", tool_errors);
        bail_out("bitsadmin cannot create a job");
    }
}
