/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* call_wait_run for programs that test the transport alone: spins, then sleeps; no apartments. */

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
        WaitForMultipleObjects(count, handles, FALSE,
                timeout == INFINITE ? INFINITE : timeout - (DWORD)passed);
    }
    return S_OK;
}
