/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many threads may spin, and the clock for it. */
#include "spin.h"

static INIT_ONCE spin_once = INIT_ONCE_STATIC_INIT;
static LONG processors = 1;
static LONGLONG frequency = 1;
static volatile LONG spinners;

static BOOL CALLBACK spin_init(INIT_ONCE *once, void *parameter, void **context)
{
    LARGE_INTEGER value;
    SYSTEM_INFO info;

    (void)once;
    (void)parameter;
    (void)context;

    QueryPerformanceFrequency(&value);
    frequency = value.QuadPart;
    GetSystemInfo(&info);
    processors = (LONG)info.dwNumberOfProcessors;
    return TRUE;
}

BOOL spin_begin(void)
{
    InitOnceExecuteOnce(&spin_once, spin_init, NULL, NULL);
    if (processors < 2)
        return FALSE;
    if (InterlockedIncrement(&spinners) <= processors)
        return TRUE;
    InterlockedDecrement(&spinners);
    return FALSE;
}

void spin_end(void)
{
    InterlockedDecrement(&spinners);
}

LONGLONG spin_now(void)
{
    LARGE_INTEGER now;

    QueryPerformanceCounter(&now);
    return now.QuadPart;
}

LONGLONG spin_ticks(ULONG microseconds)
{
    InitOnceExecuteOnce(&spin_once, spin_init, NULL, NULL);
    return microseconds * frequency / 1000000;
}
