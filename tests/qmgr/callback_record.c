/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "callback_record.h"
#include "tap.h"

#define MAX_LINES 256

static SRWLOCK calls_lock = SRWLOCK_INIT;
static CONDITION_VARIABLE calls_changed = CONDITION_VARIABLE_INIT;
static char calls[MAX_LINES][512];
unsigned int call_count;

void callback_record(struct callback_object *object, const char *line)
{
    const char *prefix = object->context ? object->context : "";

    AcquireSRWLockExclusive(&calls_lock);
    if (call_count < MAX_LINES)
    {
        snprintf(calls[call_count++], sizeof(calls[0]), "%s%s", prefix, line);
    }
    WakeAllConditionVariable(&calls_changed);
    ReleaseSRWLockExclusive(&calls_lock);
}

void calls_clear(void)
{
    AcquireSRWLockExclusive(&calls_lock);
    call_count = 0;
    ReleaseSRWLockExclusive(&calls_lock);
}

unsigned int calls_of(const char *method)
{
    unsigned int count = 0;

    AcquireSRWLockExclusive(&calls_lock);
    for (unsigned int i = 0; i < call_count; i++)
        count += !strncmp(calls[i], method, strlen(method));
    ReleaseSRWLockExclusive(&calls_lock);
    return count;
}

bool calls_wait(const char *method, unsigned int count, DWORD milliseconds)
{
    UINT64 end = GetTickCount64() + tap_patience(milliseconds);

    while (calls_of(method) < count)
    {
        UINT64 now = GetTickCount64();

        if (now >= end)
        {
            for (unsigned int i = 0; i < call_count; i++)
                note("got: %s", calls[i]);
            return false;
        }
        AcquireSRWLockExclusive(&calls_lock);
        SleepConditionVariableSRW(&calls_changed, &calls_lock, (DWORD)min(end - now, 50), 0);
        ReleaseSRWLockExclusive(&calls_lock);
    }
    return true;
}

const char *call_number(unsigned int n)
{
    return n < call_count ? calls[n] : "";
}
