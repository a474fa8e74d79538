/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The leak account: how many handles and threads the process has, and which handles it has at the
 * end that it had not at the beginning.
 */

#include "../tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <tlhelp32.h>

#define STATUS_LENGTH_MISMATCH ((LONG)0xc0000004)
#define OBJECT_TYPE_INFORMATION 2
#define SYSTEM_EXTENDED_HANDLES 64

#define HANDLES_KEPT 4096 /* of one snapshot */
/* A connection closes after ten seconds, and its threads end after ten more. */
#define WAIT_MS 40000

/* The reply to class 64 of NtQuerySystemInformation(): every handle of the system. */
struct handle_table
{
    ULONG_PTR count;
    ULONG_PTR reserved;
    struct
    {
        void *object;
        ULONG_PTR process;
        ULONG_PTR handle;
        ULONG access;
        USHORT trace_index;
        USHORT type;
        ULONG attributes;
        ULONG reserved;
    } handles[];
};

/* The handles of a process, as far as there is room; count is all of them. */
struct handle_snapshot
{
    unsigned int count;
    struct
    {
        ULONG_PTR handle;
        ULONG access;
        USHORT type; /* a number of the system's */
    } handles[HANDLES_KEPT];
};

static struct handle_snapshot account_handles;
static unsigned int account_threads;

static FARPROC ntdll_function(const char *name)
{
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), name);
}

/* Goes through the system's handle table. Leaves the count 0 if there is none. */
static void snapshot_take(struct handle_snapshot *snapshot, DWORD process)
{
    typedef LONG(WINAPI * query_function)(int class, void *buffer, ULONG size, ULONG *length);
    FARPROC proc = ntdll_function("NtQuerySystemInformation");
    query_function query;

    snapshot->count = 0;
    memcpy(&query, &proc, sizeof(query));
    for (ULONG size = 1 << 16; query && size <= 1 << 26; size <<= 1)
    {
        struct handle_table *table = malloc(size);
        ULONG length;
        LONG status;

        if (!table)
            return;
        status = query(SYSTEM_EXTENDED_HANDLES, table, size, &length);
        for (ULONG_PTR i = 0; !status && i < table->count; i++)
        {
            if (table->handles[i].process != process)
                continue;
            if (snapshot->count < HANDLES_KEPT)
            {
                snapshot->handles[snapshot->count].handle = table->handles[i].handle;
                snapshot->handles[snapshot->count].access = table->handles[i].access;
                snapshot->handles[snapshot->count].type = table->handles[i].type;
            }
            snapshot->count++;
        }
        free(table);
        if (status != STATUS_LENGTH_MISMATCH) /* else try a larger one */
            break;
    }
}

static bool snapshot_has(const struct handle_snapshot *snapshot, ULONG_PTR handle)
{
    for (unsigned int i = 0; i < snapshot->count && i < HANDLES_KEPT; i++)
    {
        if (snapshot->handles[i].handle == handle)
            return true;
    }
    return false;
}

/* Writes a comment for each handle that is new since the beginning: its value and type. */
static void new_handles_note(const struct handle_snapshot *now)
{
    typedef LONG(WINAPI * query_function)(HANDLE handle, int class, void *buffer, ULONG size,
            ULONG *length);
    FARPROC proc = ntdll_function("NtQueryObject");
    query_function query;

    memcpy(&query, &proc, sizeof(query));
    for (unsigned int i = 0; query && i < now->count && i < HANDLES_KEPT; i++)
    {
        struct
        {
            USHORT length; /* bytes; a UNICODE_STRING is the first member of the reply */
            USHORT max_length;
            WCHAR *text;
            BYTE rest[1000];
        } type = {0};
        HANDLE handle = (HANDLE)now->handles[i].handle;
        ULONG length;
        LONG status;

        if (snapshot_has(&account_handles, now->handles[i].handle))
            continue;
        status = query(handle, OBJECT_TYPE_INFORMATION, &type, sizeof(type), &length);
        note("new: handle %p, type %u, access %#lx: %.*ls (%#lx)", handle, now->handles[i].type,
                now->handles[i].access, status ? 1 : (int)(type.length / sizeof(WCHAR)),
                status ? L"?" : type.text, (unsigned long)status);
    }
}

unsigned int tap_process_handle_count(DWORD process)
{
    struct handle_snapshot *snapshot = malloc(sizeof(*snapshot));
    unsigned int result = 0;

    if (snapshot)
    {
        snapshot_take(snapshot, process);
        result = snapshot->count;
    }
    free(snapshot);
    return result;
}

unsigned int tap_handle_count(void)
{
    DWORD count = 0;

    if (GetProcessHandleCount(GetCurrentProcess(), &count) && count)
        return count;
    return tap_process_handle_count(GetCurrentProcessId());
}

unsigned int tap_thread_count(void)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 entry = {.dwSize = sizeof(entry)};
    unsigned int count = 0;
    BOOL more;

    if (snapshot == INVALID_HANDLE_VALUE)
        return 0;
    for (more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry))
    {
        if (entry.th32OwnerProcessID == GetCurrentProcessId())
            count++;
    }
    CloseHandle(snapshot);
    return count;
}

void tap_account_begin(void)
{
    snapshot_take(&account_handles, GetCurrentProcessId());
    account_threads = tap_thread_count();
}

void tap_account_end(const char *what, ...)
{
    static struct handle_snapshot now;
    ULONGLONG deadline = GetTickCount64() + WAIT_MS;
    unsigned int threads;
    char text[512];
    va_list args;

    va_start(args, what);
    __mingw_vsnprintf(text, sizeof(text), what, args);
    va_end(args);

    for (;;)
    {
        snapshot_take(&now, GetCurrentProcessId());
        threads = tap_thread_count();
        if ((now.count <= account_handles.count && threads <= account_threads)
                || GetTickCount64() > deadline)
            break;
        Sleep(50);
    }
    if (!account_handles.count)
        skip(1, "the system does not count handles");
    else if (!ok(now.count <= account_handles.count, "%s: no handle leaked (%u before, %u after)",
                     text, account_handles.count, now.count))
        new_handles_note(&now);
    ok(threads <= account_threads, "%s: no thread leaked (%u before, %u after)", text,
            account_threads, threads);
}
