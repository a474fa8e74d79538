/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* call_wait_run and completions for programs that test the transport alone: spin, then sleep; no
 * apartments. */

#include "transport_parts.h"

static BOOL wait_ready(void *argument)
{
    struct call_wait *wait = argument;

    return wait->ready(wait);
}

HRESULT call_wait_run(struct call_wait *wait, DWORD timeout, ULONG flags)
{
    ULONGLONG start = GetTickCount64();

    (void)flags;
    spin_until(wait_ready, wait, 50);
    while (!wait->ready(wait))
    {
        ULONGLONG passed = GetTickCount64() - start;
        volatile LONG *address = NULL;
        HANDLE handles[CALL_WAIT_HANDLES];
        LONG value;
        DWORD count;

        if (timeout != INFINITE && passed >= timeout)
            return RPC_S_CALLPENDING;
        count = wait->arm(wait, TRUE, handles, &address, &value);
        if (wait->ready(wait))
            break;
        WaitForMultipleObjects(count, handles, FALSE,
                timeout == INFINITE ? INFINITE : timeout - (DWORD)passed);
    }
    return S_OK;
}

/* --- completions: 1 is done, 2 is that somebody sleeps on the event --- */

static BOOL completion_ready(struct call_wait *wait)
{
    return CONTAINING_RECORD(wait, struct completion, wait)->state == 1;
}

static DWORD completion_arm(struct call_wait *wait, BOOL kernel, HANDLE handles[CALL_WAIT_HANDLES],
        volatile LONG **address, LONG *value)
{
    struct completion *completion = CONTAINING_RECORD(wait, struct completion, wait);

    (void)kernel;
    (void)address;
    (void)value;
    if (!completion->event)
        completion->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    InterlockedCompareExchange(&completion->state, 2, 0);
    handles[0] = completion->event;
    return 1;
}

void completion_init(struct completion *completion)
{
    memset(completion, 0, sizeof(*completion));
    completion->wait.ready = completion_ready;
    completion->wait.arm = completion_arm;
}

void completion_signal(struct completion *completion)
{
    if (!InterlockedCompareExchange(&completion->state, 1, 0))
        return;
    SetEvent(completion->event);
    InterlockedExchange(&completion->state, 1);
}

void completion_free(struct completion *completion)
{
    if (completion->event)
        CloseHandle(completion->event);
}
