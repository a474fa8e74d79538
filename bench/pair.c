/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define ROUNDS 9
#define ROUND_MS 120
#define PATIENCE 1800000

struct pair_shared
{
    LONG command, count; /* command 0: the end */
    double answer;
};

void check(HRESULT hr, const char *what)
{
    if (SUCCEEDED(hr))
        return;
    printf("failed: %s: %08lx\n", what, (unsigned long)hr);
    fflush(stdout);
    ExitProcess(1);
}

double now_us(void)
{
    LARGE_INTEGER frequency, counter;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&counter);
    return (double)counter.QuadPart * 1e6 / (double)frequency.QuadPart;
}

/* --- figures --- */

static int compare(const void *first, const void *second)
{
    double a = *(const double *)first, b = *(const double *)second;

    return (a > b) - (a < b);
}

void figure_print(const char *name, LONG entries, double value)
{
    if (entries > 1)
        printf("%s_%ld_us %.3f\n", name, entries, value);
    else
        printf("%s_us %.3f\n", name, value);
    fflush(stdout);
}

void measure(const char *name, LONG entries, void (*call)(LONG number))
{
    double rounds[ROUNDS];

    call(0);
    for (unsigned int i = 0; i < ROUNDS; i++)
    {
        double begin = now_us(), end;
        unsigned int calls = 0;

        do
        {
            call((LONG)((calls * 7919u + i * 104729u) % (unsigned int)entries));
            calls++;
            end = now_us();
        } while (end - begin < ROUND_MS * 1000);
        rounds[i] = (end - begin) / calls;
    }
    qsort(rounds, ROUNDS, sizeof(rounds[0]), compare);
    figure_print(name, entries, rounds[ROUNDS / 2]);
}

/* --- hosts --- */

static void host_open(struct pair_host *host, unsigned int number)
{
    WCHAR name[60];

    swprintf(name, ARRAYSIZE(name), L"concierge-bench-pair-%u", number);
    host->section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
            sizeof(*host->shared), name);
    host->shared = MapViewOfFile(host->section, FILE_MAP_WRITE, 0, 0, sizeof(*host->shared));
    swprintf(name, ARRAYSIZE(name), L"concierge-bench-pair-%u-command", number);
    host->command = CreateEventW(NULL, FALSE, FALSE, name);
    swprintf(name, ARRAYSIZE(name), L"concierge-bench-pair-%u-answer", number);
    host->answer = CreateEventW(NULL, FALSE, FALSE, name);
    check(host->shared && host->command && host->answer ? S_OK : E_FAIL, "what is shared");
}

static void host_wait(const struct pair_host *host)
{
    HANDLE handles[2] = {host->answer, host->process};

    check(WaitForMultipleObjects(2, handles, FALSE, PATIENCE) == WAIT_OBJECT_0 ? S_OK : E_FAIL,
            "the host");
}

void pair_host_start(struct pair_host *host, unsigned int number)
{
    PROCESS_INFORMATION information;
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR path[MAX_PATH], command[MAX_PATH + 32];

    host_open(host, number);
    GetModuleFileNameW(NULL, path, ARRAYSIZE(path));
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" host %u", path, number);
    check(CreateProcessW(path, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &information)
                    ? S_OK
                    : E_FAIL,
            "CreateProcess");
    CloseHandle(information.hThread);
    host->process = information.hProcess;
    host_wait(host);
}

double pair_host_tell(const struct pair_host *host, LONG command, LONG count)
{
    host->shared->command = command;
    host->shared->count = count;
    SetEvent(host->command);
    host_wait(host);
    return host->shared->answer;
}

static void host_close(struct pair_host *host)
{
    UnmapViewOfFile(host->shared);
    CloseHandle(host->section);
    CloseHandle(host->command);
    CloseHandle(host->answer);
}

void pair_host_end(struct pair_host *host)
{
    host->shared->command = 0;
    SetEvent(host->command);
    WaitForSingleObject(host->process, PATIENCE);
    CloseHandle(host->process);
    host_close(host);
}

void pair_host_serve(unsigned int number, double (*execute)(LONG command, LONG count))
{
    struct pair_host host = {NULL};

    host_open(&host, number);
    for (;;)
    {
        SetEvent(host.answer);
        if (WaitForSingleObject(host.command, PATIENCE) != WAIT_OBJECT_0 || !host.shared->command)
            break;
        host.shared->answer = execute(host.shared->command, host.shared->count);
    }
    host_close(&host);
}
