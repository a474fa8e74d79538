/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a server process. */
#include <windows.h>
#include <objbase.h>

static SRWLOCK server_lock = SRWLOCK_INIT;
static ULONG server_references;

/* One more reason for the server process to stay. Returns how many there are.
 * combaseapi/nf-combaseapi-coaddrefserverprocess */
ULONG WINAPI CoAddRefServerProcess(void)
{
    ULONG references;

    AcquireSRWLockExclusive(&server_lock);
    references = ++server_references;
    ReleaseSRWLockExclusive(&server_lock);
    return references;
}

/* One less. With the last one the class objects of the process are suspended, and the server is to
 * end: 0. combaseapi/nf-combaseapi-coreleaseserverprocess */
ULONG WINAPI CoReleaseServerProcess(void)
{
    ULONG references = 0;
    BOOL last;

    AcquireSRWLockExclusive(&server_lock);
    last = server_references == 1;
    if (server_references)
        references = --server_references;
    ReleaseSRWLockExclusive(&server_lock);
    if (last)
        CoSuspendClassObjects();
    return references;
}
