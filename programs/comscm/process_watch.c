/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process_watch.h"

#include <stdlib.h>
#include <tlhelp32.h>

#include "trace.h"
#include "user_access.h"

struct process_watch
{
    HANDLE object;
    HANDLE wait;
    void (*ended)(ULONG id, BOOL timed_out);
    ULONG id;
};

static void CALLBACK watch_callback(void *argument, BOOLEAN timed_out)
{
    const struct process_watch *watch = argument;

    watch->ended(watch->id, timed_out);
}

struct process_watch *process_watch_start(HANDLE object, DWORD timeout,
        void (*ended)(ULONG id, BOOL timed_out), ULONG id)
{
    struct process_watch *watch = malloc(sizeof(*watch));

    if (!watch)
    {
        CloseHandle(object);
        return NULL;
    }
    watch->object = object;
    watch->ended = ended;
    watch->id = id;
    if (!RegisterWaitForSingleObject(&watch->wait, object, watch_callback, watch, timeout,
                WT_EXECUTEONLYONCE))
    {
        CloseHandle(object);
        free(watch);
        return NULL;
    }
    return watch;
}

/* Waits for a callback that runs; so never on the callback's thread, and with no lock held. */
static DWORD CALLBACK watch_reap(void *argument)
{
    struct process_watch *watch = argument;

    UnregisterWaitEx(watch->wait, INVALID_HANDLE_VALUE);
    CloseHandle(watch->object);
    free(watch);
    return 0;
}

void process_watch_end(struct process_watch *watch)
{
    if (watch && !QueueUserWorkItem(watch_reap, watch, WT_EXECUTEDEFAULT))
        trace("a process handle is lost: error %lu", GetLastError());
}

HRESULT process_open(DWORD id, HANDLE *process)
{
    *process = OpenProcess(SYNCHRONIZE | PROCESS_DUP_HANDLE | PROCESS_QUERY_LIMITED_INFORMATION,
            FALSE, id);
    if (!*process)
        return HRESULT_FROM_WIN32(GetLastError());
    if (!user_process_is_served(*process))
    {
        CloseHandle(*process);
        *process = NULL;
        return E_ACCESSDENIED;
    }
    return S_OK;
}

WORD process_machine(HANDLE process)
{
    BOOL wow = FALSE, own = sizeof(void *) == 8;

    if (!own)
        IsWow64Process(GetCurrentProcess(), &own);
    /* On a 32-bit system nothing is WOW, and nothing has 64 bits. */
    if (!own || (IsWow64Process(process, &wow) && wow))
        return IMAGE_FILE_MACHINE_I386;
    return IMAGE_FILE_MACHINE_AMD64;
}

static BOOL process_is_listed(DWORD id, const DWORD *ids, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
    {
        if (ids[i] == id)
            return TRUE;
    }
    return FALSE;
}

HANDLE process_find_child(const DWORD *parents, ULONG count, DWORD *child)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof(entry)};
    HANDLE snapshot, process = NULL;
    BOOL more;

    if (!count
            || (snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0)) == INVALID_HANDLE_VALUE)
        return NULL;
    for (more = Process32FirstW(snapshot, &entry); more && !process;
            more = Process32NextW(snapshot, &entry))
    {
        if (!process_is_listed(entry.th32ParentProcessID, parents, count)
                || process_is_listed(entry.th32ProcessID, parents, count))
            continue;
        process = OpenProcess(SYNCHRONIZE, FALSE, entry.th32ProcessID);
        if (process && WaitForSingleObject(process, 0) != WAIT_TIMEOUT)
        {
            CloseHandle(process);
            process = NULL;
        }
        *child = entry.th32ProcessID;
    }
    CloseHandle(snapshot);
    return process;
}
