/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small questions about the library, the thread, and pointers. */
#include <windows.h>
#include <ole2.h>
#include <ole2ver.h>

#include "trace.h"

/* The library's build, in the high word the major and in the low word the minor number, for
 * programs for 16-bit OLE. objbase/nf-objbase-cobuildversion */
DWORD WINAPI CoBuildVersion(void)
{
    return MAKELONG(rup, rmm);
}

/* The same of OLE. ole2/nf-ole2-olebuildversion */
DWORD WINAPI OleBuildVersion(void)
{
    return MAKELONG(rup, rmm);
}

/*
 * A number for the calling thread, which no other thread on this computer gets before it is
 * restarted. 0 when the system gives none. combaseapi/nf-combaseapi-cogetcurrentprocess
 */
DWORD WINAPI CoGetCurrentProcess(void)
{
    static volatile LONG slot = (LONG)TLS_OUT_OF_INDEXES;
    DWORD index = (DWORD)slot, error = GetLastError(), former, number;
    LUID unique;

    if (index == TLS_OUT_OF_INDEXES)
    {
        index = TlsAlloc();
        if (index == TLS_OUT_OF_INDEXES)
            return 0;
        former = (DWORD)InterlockedCompareExchange(&slot, (LONG)index, (LONG)TLS_OUT_OF_INDEXES);
        if (former != TLS_OUT_OF_INDEXES)
        {
            TlsFree(index);
            index = former;
        }
    }
    number = (DWORD)(ULONG_PTR)TlsGetValue(index);
    SetLastError(error); /* which TlsGetValue resets */
    if (number)
        return number;
    if (!AllocateLocallyUniqueId(&unique) || !unique.LowPart)
    {
        trace("no unique number for the thread, error %lu", GetLastError());
        return 0;
    }
    TlsSetValue(index, (void *)(ULONG_PTR)unique.LowPart);
    return unique.LowPart;
}

BOOL WINAPI IsValidPtrIn(const void *memory, UINT size);
BOOL WINAPI IsValidPtrOut(void *memory, UINT size);
BOOL WINAPI IsValidInterface(void *object);
BOOL WINAPI IsValidIid(REFIID iid);

/* Whether `size` bytes of memory are there to be read, and if `writable` to be written. */
static BOOL memory_accessible(const void *memory, SIZE_T size, BOOL writable)
{
    const DWORD write_access =
            PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    const DWORD read_access = write_access | PAGE_READONLY | PAGE_EXECUTE_READ;
    ULONG_PTR next = (ULONG_PTR)memory, end = next + size;
    MEMORY_BASIC_INFORMATION region;

    if (!memory || end < next)
        return FALSE;
    do
    {
        if (!VirtualQuery((const void *)next, &region, sizeof(region)) || region.State != MEM_COMMIT
                || (region.Protect & PAGE_GUARD)
                || !(region.Protect & (writable ? write_access : read_access)))
            return FALSE;
        next = (ULONG_PTR)region.BaseAddress + region.RegionSize;
    } while (next < end);
    return TRUE;
}

/* Whether `size` bytes can be read; always for 0. Not documented. */
BOOL WINAPI IsValidPtrIn(const void *memory, UINT size)
{
    return !size || memory_accessible(memory, size, FALSE);
}

/* Whether `size` bytes can be written; always for 0. Not documented. */
BOOL WINAPI IsValidPtrOut(void *memory, UINT size)
{
    return !size || memory_accessible(memory, size, TRUE);
}

/* Whether a pointer leads to an object with methods. Not documented. */
BOOL WINAPI IsValidInterface(void *object)
{
    IUnknown *unknown = object;

    return memory_accessible(unknown, sizeof(*unknown), FALSE)
            && memory_accessible(unknown->lpVtbl, sizeof(*unknown->lpVtbl), FALSE)
            && memory_accessible((const void *)unknown->lpVtbl->QueryInterface, 1, FALSE)
            && memory_accessible((const void *)unknown->lpVtbl->AddRef, 1, FALSE)
            && memory_accessible((const void *)unknown->lpVtbl->Release, 1, FALSE);
}

/* Whether an IID can be read. Not documented. */
BOOL WINAPI IsValidIid(REFIID iid)
{
    return memory_accessible(iid, sizeof(*iid), FALSE);
}
