/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace.h"

#include <stdarg.h>
#include <stdio.h>

BOOL trace_enabled;

static HANDLE trace_file = INVALID_HANDLE_VALUE;
static const char *trace_module = "";

static BOOL trace_path(WCHAR path[MAX_PATH])
{
    DWORD length = GetEnvironmentVariableW(L"CONCIERGE_LOG", path, MAX_PATH);
    DWORD size = MAX_PATH * sizeof(WCHAR);

    if (length)
        return length < MAX_PATH;
    return !RegGetValueW(HKEY_CURRENT_USER, L"Software\\Concierge", L"Log", RRF_RT_REG_SZ, NULL,
            path, &size);
}

void trace_init(const char *module)
{
    WCHAR path[MAX_PATH];

    trace_module = module;
    if (!trace_path(path))
        return;
    trace_file = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
            OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    trace_enabled = trace_file != INVALID_HANDLE_VALUE;
}

void trace_write(const char *format, ...)
{
    char line[1024];
    va_list arguments;
    DWORD written;
    int length, text;

    length = snprintf(line, sizeof(line), "%lu %04lx:%04lx %s: ", (unsigned long)GetTickCount(),
            (unsigned long)GetCurrentProcessId(), (unsigned long)GetCurrentThreadId(),
            trace_module);
    va_start(arguments, format);
    text = vsnprintf(line + length, sizeof(line) - length - 1, format, arguments);
    va_end(arguments);
    if (text < 0)
        return;
    length += text;
    if (length > (int)sizeof(line) - 2)
        length = sizeof(line) - 2;
    line[length++] = '\n';
    WriteFile(trace_file, line, length, &written, NULL);
}
