/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every allocation of a call fails once: of synchronous and asynchronous ones, with the server in
 * this process and in another one. The call then fails with E_OUTOFMEMORY or one of RPC's errors,
 * or does without that memory; nothing is lost, and the next call is as before.
 *
 * What allocates is found in the import table of ole32.dll in this process, all its threads. Each
 * failure is made several times over: what one of them loses shows as many times as blocks that are
 * alive.
 */
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#include "worker_bed.h"
#include "worker_object.h"

TAP_TIME_LIMIT(300);

#define TIMES 12
#define POINTS_MAX 400
#define PATIENCE 20000 /* ms */

/* ---- the allocator ---- */

static volatile LONG countdown = -1; /* so many succeed before the one that fails; -1: none does */
static volatile LONG failures;
static volatile LONG alive;

static BOOL allocation_fails(void)
{
    LONG left;

    do
    {
        if ((left = countdown) < 0)
            return FALSE;
    } while (InterlockedCompareExchange(&countdown, left - 1, left) != left);
    if (left)
        return FALSE;
    InterlockedIncrement(&failures);
    return TRUE;
}

static void *counted(void *block)
{
    if (block)
        InterlockedIncrement(&alive);
    return block;
}

static void *__cdecl failing_malloc(size_t size)
{
    return allocation_fails() ? NULL : counted(malloc(size));
}

static void *__cdecl failing_calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : counted(calloc(count, size));
}

static void *__cdecl failing_realloc(void *block, size_t size)
{
    if (allocation_fails())
        return NULL;
    return block ? realloc(block, size) : counted(malloc(size));
}

static void __cdecl counting_free(void *block)
{
    if (block)
        InterlockedDecrement(&alive);
    free(block);
}

static void *WINAPI failing_heap_alloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    return allocation_fails() ? NULL : counted(HeapAlloc(heap, flags, size));
}

static void *WINAPI failing_heap_realloc(HANDLE heap, DWORD flags, void *block, SIZE_T size)
{
    return allocation_fails() ? NULL : HeapReAlloc(heap, flags, block, size);
}

static BOOL WINAPI counting_heap_free(HANDLE heap, DWORD flags, void *block)
{
    if (block)
        InterlockedDecrement(&alive);
    return HeapFree(heap, flags, block);
}

static const struct replacement
{
    const char *name;
    void *function;
} replacements[] = {
        {"malloc", failing_malloc},
        {"calloc", failing_calloc},
        {"realloc", failing_realloc},
        {"free", counting_free},
        {"HeapAlloc", failing_heap_alloc},
        {"HeapReAlloc", failing_heap_realloc},
        {"HeapFree", counting_heap_free},
};

static struct
{
    void **place, *function;
} replaced[2 * ARRAYSIZE(replacements)];
static unsigned int replaced_count;

static void import_set(void **place, void *function)
{
    DWORD protection;

    VirtualProtect(place, sizeof(*place), PAGE_READWRITE, &protection);
    *place = function;
    VirtualProtect(place, sizeof(*place), protection, &protection);
}

static void import_look(const char *name, void **place)
{
    for (size_t i = 0; i < ARRAYSIZE(replacements); i++)
    {
        if (strcmp(name, replacements[i].name) || replaced_count == ARRAYSIZE(replaced))
            continue;
        replaced[replaced_count].place = place;
        replaced[replaced_count++].function = *place;
        import_set(place, replacements[i].function);
    }
}

/* Replaces what a module allocates with. */
static void imports_replace(HMODULE module)
{
    BYTE *base = (BYTE *)module;
    const IMAGE_NT_HEADERS *headers =
            (IMAGE_NT_HEADERS *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
    const IMAGE_IMPORT_DESCRIPTOR *import = (IMAGE_IMPORT_DESCRIPTOR *)(base
            + headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress);

    for (; import->OriginalFirstThunk; import++)
    {
        const IMAGE_THUNK_DATA *name = (IMAGE_THUNK_DATA *)(base + import->OriginalFirstThunk);
        IMAGE_THUNK_DATA *address = (IMAGE_THUNK_DATA *)(base + import->FirstThunk);

        for (; name->u1.AddressOfData; name++, address++)
        {
            if (!IMAGE_SNAP_BY_ORDINAL(name->u1.Ordinal))
                import_look(((IMAGE_IMPORT_BY_NAME *)(base + name->u1.AddressOfData))->Name,
                        (void **)&address->u1.Function);
        }
    }
}

static void imports_restore(void)
{
    while (replaced_count--)
        import_set(replaced[replaced_count].place, replaced[replaced_count].function);
    replaced_count = 0;
}

/* ---- the calls ---- */

/* Whether a call of ours got on its way, and what it gave was right. */
static HRESULT sum_check(HRESULT hr, LONG sum)
{
    return hr == S_OK && sum != 42 ? E_UNEXPECTED : hr;
}

static HRESULT step_add(IWorker *worker)
{
    LONG sum = 0;
    HRESULT hr = IWorker_Add(worker, 40, 2, &sum);

    return sum_check(hr, sum);
}

static HRESULT object_check(HRESULT hr, IWorker *made)
{
    if (FAILED(hr))
        return made ? E_UNEXPECTED : hr;
    if (!made)
        return E_UNEXPECTED;
    IWorker_Release(made);
    return hr;
}

static HRESULT step_make(IWorker *worker)
{
    IWorker *made = NULL;
    HRESULT hr = IWorker_Make(worker, 0, &made);

    return object_check(hr, made);
}

static void call_free(AsyncIWorker *async, ISynchronize *synchronize)
{
    if (synchronize)
        ISynchronize_Release(synchronize);
    if (async)
        AsyncIWorker_Release(async);
}

static HRESULT step_async_add(IWorker *worker)
{
    ISynchronize *synchronize;
    AsyncIWorker *async;
    HRESULT hr = worker_async(worker, &async, &synchronize);
    LONG sum = 0;

    if (SUCCEEDED(hr) && SUCCEEDED(hr = AsyncIWorker_Begin_Add(async, 40, 2))
            && SUCCEEDED(hr = ISynchronize_Wait(synchronize, 0, PATIENCE)))
    {
        hr = AsyncIWorker_Finish_Add(async, &sum);
        hr = sum_check(hr, sum);
    }
    call_free(async, synchronize);
    return hr;
}

/* Finish_ of another object, which Signal from a thread of the server's brings about. */
static HRESULT step_async_make(IWorker *worker)
{
    ISynchronize *synchronize;
    AsyncIWorker *async;
    IWorker *made = NULL;
    HRESULT hr = worker_async(worker, &async, &synchronize);

    if (SUCCEEDED(hr) && SUCCEEDED(hr = AsyncIWorker_Begin_Make(async, 1))
            && SUCCEEDED(hr = ISynchronize_Wait(synchronize, 0, PATIENCE)))
    {
        hr = AsyncIWorker_Finish_Make(async, &made);
        hr = object_check(hr, made);
    }
    call_free(async, synchronize);
    return hr;
}

/* Waits for the call's event instead. */
static HRESULT step_async_handle(IWorker *worker)
{
    ISynchronizeHandle *handle;
    ISynchronize *synchronize;
    AsyncIWorker *async;
    HRESULT hr = worker_async(worker, &async, &synchronize);
    HANDLE event;
    DWORD index;
    LONG sum = 0;

    if (SUCCEEDED(hr) && SUCCEEDED(hr = AsyncIWorker_Begin_Add(async, 40, 2)))
    {
        hr = ISynchronize_QueryInterface(synchronize, &IID_ISynchronizeHandle, (void **)&handle);
        if (SUCCEEDED(hr))
        {
            if (SUCCEEDED(hr = ISynchronizeHandle_GetHandle(handle, &event)))
                hr = CoWaitForMultipleHandles(0, PATIENCE, 1, &event, &index);
            ISynchronizeHandle_Release(handle);
        }
        /* An error of these is no error of the call, which ends whatever happens. */
        if (SUCCEEDED(hr))
        {
            hr = AsyncIWorker_Finish_Add(async, &sum);
            hr = sum_check(hr, sum);
        }
    }
    call_free(async, synchronize);
    return hr;
}

static const struct step
{
    const char *name;
    HRESULT (*run)(IWorker *worker);
    BOOL gives_object;
} steps[] = {
        {"a synchronous call", step_add},
        {"a synchronous call which gives an object", step_make, TRUE},
        {"an asynchronous call", step_async_add},
        {"an asynchronous call which gives an object", step_async_make, TRUE},
        {"an asynchronous call, waited for by its handle", step_async_handle},
};

/* ---- walking ---- */

static BOOL documented(HRESULT hr)
{
    return SUCCEEDED(hr) || hr == E_OUTOFMEMORY || HRESULT_FACILITY(hr) == FACILITY_RPC;
}

/* What other threads still have to do is done. */
static LONG alive_settled(LONG wanted)
{
    MSG message;
    int i;

    for (i = 0; i < 100 && alive > wanted; i++)
    {
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
        Sleep(10);
    }
    return alive;
}

/* The n-th allocation fails. FALSE: there are not so many. */
static BOOL point_walk(const struct step *step, IWorker *worker, LONG n, const char *where)
{
    LONG before = alive, failed = 0, after;
    HRESULT hr, bad = S_OK;
    int i;

    for (i = 0; i < TIMES; i++)
    {
        failures = 0;
        countdown = n;
        hr = step->run(worker);
        countdown = -1;
        failed += failures != 0;
        if (!documented(hr) || (FAILED(hr) && !failures))
            bad = hr;
        if (FAILED(hr = step->run(worker)))
            bad = hr;
    }
    /* Half of them at most may be what is kept for later calls. */
    after = alive_settled(before + TIMES / 2);
    if (bad != S_OK)
        fail("%s, %s: allocation %ld fails: %s", where, step->name, (long)n, tap_hr(bad));
    if (after > before + TIMES / 2)
        fail("%s, %s: allocation %ld fails %ld times: %ld blocks are lost", where, step->name,
                (long)n, (long)failed, (long)(after - before));
    return failed != 0;
}

static void step_walk(const struct step *step, IWorker *worker, const char *where)
{
    LONG before, points = 0, missed, n;
    int i;

    for (i = 0; i < 3; i++)
        is_hr(step->run(worker), S_OK, "%s, %s", where, step->name);
    before = alive;
    /* Other threads allocate as well, now and then: the end is where two in a row do not exist. */
    for (n = 0, missed = 0; n < POINTS_MAX && missed < 2; n++)
    {
        if (point_walk(step, worker, n, where))
        {
            points++;
            missed = 0;
        }
        else
            missed++;
    }
    note("%s, %s: %ld allocations", where, step->name, (long)points);
    ok(points > 1 && points < POINTS_MAX, "%s, %s: all allocations were walked", where, step->name);
    ok(alive_settled(before + TIMES) <= before + TIMES, "%s, %s: nothing is lost (%ld, %ld)", where,
            step->name, (long)before, (long)alive);
    is_hr(step->run(worker), S_OK, "and it works as before");
}

static void check_walk(BOOL other_process, BOOL sta, BOOL call_objects, DWORD client)
{
    struct worker_bed *bed;
    LONG calls = 1, objects = 1;
    IWorker *worker;
    int i;

    CoInitializeEx(NULL, client);
    worker_register();
    bed = worker_bed_start(other_process, sta, call_objects);
    if (bed && is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
    {
        note("%s, from %s", worker_bed_name(bed),
                client == COINIT_MULTITHREADED ? "the MTA" : "an STA");
        for (size_t step = 0; step < ARRAYSIZE(steps); step++)
        {
            /* The system's synchronous stub frees nothing when it cannot marshal a result. */
            if (!steps[step].gives_object || call_objects || other_process)
                step_walk(&steps[step], worker, worker_bed_name(bed));
        }
        for (i = 0; i < 200 && (calls || objects); i++)
        {
            Sleep(10);
            IWorker_Pending(worker, &calls, &objects);
        }
        is_int(calls, 0, "no call is left with a call object");
        is_int(objects, 0, "no call object is left");
        IWorker_Release(worker);
    }
    if (bed)
        worker_bed_stop(bed);
    CoUninitialize();
}

int main(int argc, char **argv)
{
    worker_bed_main(argc, argv);
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    imports_replace(GetModuleHandleW(L"ole32.dll"));
    ok(replaced_count >= 5, "ole32.dll allocates with these functions (%u)", replaced_count);
    check_walk(FALSE, FALSE, TRUE, COINIT_APARTMENTTHREADED);
    check_walk(FALSE, TRUE, TRUE, COINIT_MULTITHREADED);
    check_walk(FALSE, FALSE, FALSE, COINIT_APARTMENTTHREADED);
    check_walk(TRUE, FALSE, TRUE, COINIT_APARTMENTTHREADED);
    check_walk(TRUE, TRUE, FALSE, COINIT_MULTITHREADED);
    imports_restore();
    return done_testing();
}
