/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Many clients that connect to the broker and are killed: its handles and its memory are back where
 * they were. CONCIERGE_CLIENTS says how many, instead of 60.
 */
#include <objbase.h>
#include <psapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "broker_running.h"
#include "broker_shared.h"
#include "harness.h"
#include "static_object.h"

TAP_TIME_LIMIT(900);

#define CLIENTS 60
#define GROUP 10          /* that live at a time */
#define MEMORY (1u << 20) /* bytes that its heaps may keep */

static const CLSID crowd_clsid = {0x8e0f2a61, 0x31f5, 0x4d8c,
        {0xb7, 0x1d, 0x90, 0x12, 0x6a, 0x55, 0xc3, 0x04}};

static HRESULT crowd_create(IUnknown *outer, REFIID iid, void **out)
{
    (void)outer;
    (void)iid;
    (void)out;
    return E_NOTIMPL;
}

STATIC_CLASS_OBJECT(crowd);

static unsigned int served;

static void group_run(void)
{
    struct harness_process clients[GROUP];
    WCHAR text[40];

    StringFromGUID2(&crowd_clsid, text, ARRAYSIZE(text));
    for (int i = 0; i < GROUP; i++)
        harness_spawn(&clients[i], L"crowd_client.exe", text, true);
    for (int i = 0; i < GROUP; i++)
    {
        unsigned long results[3] = {1, 1, 1};
        char line[80] = "";

        if (harness_process_read_line(&clients[i], line, sizeof(line), 60000))
            sscanf(line, "%lx %lx %lx", &results[0], &results[1], &results[2]);
        if (results[0] || results[1] || results[2])
            note("a client: %s", line);
        else
            served++;
    }
    for (int i = 0; i < GROUP; i++)
    {
        harness_kill9(&clients[i]);
        harness_process_close(&clients[i]);
    }
}

static unsigned int listed(void)
{
    const struct broker_running_list *list = broker_running_list();
    unsigned int count = 0;

    for (ULONG i = 0; list && i < list->count; i++)
        count += list->processes[i].process != 0;
    return count;
}

static SIZE_T memory_of(HANDLE process)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof(counters)};

    return GetProcessMemoryInfo(process, &counters, sizeof(counters)) ? counters.PagefileUsage : 0;
}

/* The handles that are left when the broker has noticed the last deaths: at most `enough`, or when
 * they do not become fewer any more. */
static unsigned int settle(DWORD broker, unsigned int enough)
{
    unsigned int handles = tap_process_handle_count(broker), same = 0;

    for (unsigned int i = 0; i < 600 && (listed() > 1 || handles > enough) && same < 100; i++)
    {
        unsigned int now = tap_process_handle_count(broker);

        same = now == handles && listed() <= 1 ? same + 1 : 0;
        handles = now;
        Sleep(50);
    }
    return handles;
}

int main(void)
{
    const char *wanted = getenv("CONCIERGE_CLIENTS");
    unsigned int clients = wanted ? (unsigned int)atoi(wanted) : CLIENTS;
    unsigned int handles_before, handles_after;
    SIZE_T memory_before, memory_after;
    struct broker_address broker;
    IRunningObjectTable *table;
    IMoniker *moniker;
    HANDLE process;
    DWORD cookie;

    harness_require();
    if (builtin_lacks("a broker of ours"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    GetRunningObjectTable(0, &table);
    CreateItemMoniker(L"!", L"of the crowd", &moniker);
    is_hr(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, (IUnknown *)&crowd,
                  moniker, &cookie),
            S_OK, "an object for all of them");
    ok(broker_address_read(&broker), "a broker runs");
    process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, broker.process);
    group_run();
    group_run();
    served = 0;
    handles_before = settle(broker.process, 0);
    memory_before = memory_of(process);
    for (unsigned int i = 0; i < clients; i += GROUP)
        group_run();
    is_uint(served, (clients + GROUP - 1) / GROUP * GROUP, "all clients were served");
    handles_after = settle(broker.process, handles_before);
    memory_after = memory_of(process);
    for (unsigned int i = 0; i < 600 && memory_after > memory_before + MEMORY; i++)
    {
        Sleep(100); /* threads that have nothing to do end one after the other */
        memory_after = memory_of(process);
    }
    is_uint(listed(), 1, "none of them is listed any more");
    ok(handles_before && handles_after <= handles_before, "the broker's handles: %u, then %u",
            handles_before, handles_after);
    ok(memory_before && memory_after <= memory_before + MEMORY,
            "the broker's memory: %llu KiB, then %llu", (unsigned long long)memory_before >> 10,
            (unsigned long long)memory_after >> 10);
    is_uint(WaitForSingleObject(process, 0), WAIT_TIMEOUT, "it is the same broker");
    CloseHandle(process);
    IRunningObjectTable_Revoke(table, cookie);
    IMoniker_Release(moniker);
    CoUninitialize();
    return done_testing();
}
