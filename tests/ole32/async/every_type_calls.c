/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every method of IEveryType, one for each NDR type, called synchronously and asynchronously, of
 * objects with call objects and without, in every kind of apartment of this process and another:
 * all give what the object gives when it is called directly, and leave nothing in memory. "Making
 * and Processing Asynchronous Calls".
 */
#include "tap.h"

#include <string.h>

#include "async_entries.h"
#include "every_bed.h"
#include "every_proxies.h"

TAP_TIME_LIMIT(180);

#define PATIENCE 20000 /* ms */
#define ROUNDS 10

#define BEGIN(method) (3 + 2 * ((method)-3)) /* of AsyncIEveryType */
#define FINISH(method) (BEGIN(method) + 1)

struct outcome
{
    HRESULT hr;
    char text[EVERY_TEXT];
};

static struct outcome expected[128]; /* by the call */

static HRESULT method_invoke(void *object, ULONG method, void **slots, ULONG count)
{
    void *const *vtbl = *(void *const **)object;

    slots[0] = object;
    return async_invoke(vtbl[method], slots, count);
}

static void sync_run(IEveryType *object, const struct every_call *call, struct outcome *outcome)
{
    struct every_args args;

    memset(&args, 0, sizeof(args));
    outcome->text[0] = 0;
    call->fill(&args);
    outcome->hr = method_invoke(object, call->method, args.slots, args.slot_count);
    call->take(&args, outcome->text);
}

/* Begin_, Wait, Finish_. */
static HRESULT halves_run(AsyncIEveryType *async, ISynchronize *synchronize,
        const struct every_call *call, const struct every_args *args)
{
    void *half[EVERY_SLOTS];
    ULONG count = every_args_half(args, FALSE, half);
    HRESULT hr = method_invoke(async, BEGIN(call->method), half, count);

    if (SUCCEEDED(hr))
        hr = ISynchronize_Wait(synchronize, 0, PATIENCE);
    if (FAILED(hr))
        return hr;
    memset(half, 0xee, sizeof(half));
    count = every_args_half(args, TRUE, half);
    return method_invoke(async, FINISH(call->method), half, count);
}

static void async_run(AsyncIEveryType *async, ISynchronize *synchronize,
        const struct every_call *call, struct outcome *outcome)
{
    struct every_args args;

    memset(&args, 0, sizeof(args));
    outcome->text[0] = 0;
    call->fill(&args);
    outcome->hr = halves_run(async, synchronize, call, &args);
    call->take(&args, outcome->text);
}

static void outcome_check(const struct outcome *outcome, ULONG index, const char *how)
{
    const char *name = every_calls[index].name;

    is_hr(outcome->hr, expected[index].hr, "%s, %s: the result", name, how);
    is_str(outcome->text, expected[index].text, "%s, %s: what comes back", name, how);
}

static HRESULT async_create(IEveryType *object, AsyncIEveryType **async, ISynchronize **synchronize)
{
    ICallFactory *factory;
    HRESULT hr = IEveryType_QueryInterface(object, &IID_ICallFactory, (void **)&factory);

    *async = NULL;
    *synchronize = NULL;
    if (FAILED(hr))
        return hr;
    hr = ICallFactory_CreateCall(factory, &IID_AsyncIEveryType, NULL, &IID_AsyncIEveryType,
            (IUnknown **)async);
    ICallFactory_Release(factory);
    if (SUCCEEDED(hr))
        hr = AsyncIEveryType_QueryInterface(*async, &IID_ISynchronize, (void **)synchronize);
    return hr;
}

/* References that were sent come back when they come. */
static LONG references_left(void)
{
    HANDLE never = CreateEventW(NULL, TRUE, FALSE, NULL);
    DWORD index;

    for (int i = 0; i < 200 && every_object_references(); i++)
        CoWaitForMultipleHandles(0, 20, 1, &never, &index);
    CloseHandle(never);
    return every_object_references();
}

static void check_calls(struct every_bed *bed, IEveryType *object, AsyncIEveryType *async,
        ISynchronize *synchronize, BOOL call_objects)
{
    struct every_state before, after;
    struct outcome outcome;

    if (!every_bed_state(bed, &before))
        return;
    for (ULONG i = 0; i < every_call_count; i++)
    {
        sync_run(object, &every_calls[i], &outcome);
        outcome_check(&outcome, i, "synchronous client");
        async_run(async, synchronize, &every_calls[i], &outcome);
        outcome_check(&outcome, i, "asynchronous client");
    }
    is_int(references_left(), 0, "the references of what was passed");
    if (!every_bed_state(bed, &after))
        return;
    is_int(after.halves - before.halves, call_objects ? (LONG)every_call_count * 2 : 0,
            "calls which went through call objects");
}

static void calls_repeat(IEveryType *object, AsyncIEveryType *async, ISynchronize *synchronize,
        ULONG rounds)
{
    struct outcome outcome;

    while (rounds--)
    {
        for (ULONG i = 0; i < every_call_count; i++)
        {
            sync_run(object, &every_calls[i], &outcome);
            async_run(async, synchronize, &every_calls[i], &outcome);
        }
    }
    references_left();
}

static void check_memory(struct every_bed *bed, IEveryType *object, AsyncIEveryType *async,
        ISynchronize *synchronize)
{
    struct every_state before, after;
    LONG here;

    calls_repeat(object, async, synchronize, 3);
    if (!every_bed_state(bed, &before))
        return;
    here = (LONG)every_heap_blocks();
    calls_repeat(object, async, synchronize, ROUNDS);
    if (!every_bed_state(bed, &after))
        return;
    here = (LONG)every_heap_blocks() - here;
    ok(here < ROUNDS / 2, "%ld blocks more after %d rounds in this process", (long)here, ROUNDS);
    ok((LONG)(after.blocks - before.blocks) < ROUNDS / 2, "%ld in the server's",
            (long)(after.blocks - before.blocks));
    is_int(after.objects, before.objects, "the server's objects");
    is_int(after.references, 0, "the references of what was passed");
}

static void check_bed(DWORD apartment, BOOL other_process, BOOL sta, BOOL call_objects)
{
    struct every_bed *bed = every_bed_start(other_process, sta, call_objects);
    ISynchronize *synchronize;
    AsyncIEveryType *async;
    IEveryType *object;

    if (!bed)
        return;
    note("from %s to %s", apartment == COINIT_APARTMENTTHREADED ? "an STA" : "the MTA",
            every_bed_name(bed));
    every_type_replaces = call_objects;
    if (is_hr(every_bed_object(bed, &object), S_OK, "a proxy"))
    {
        if (is_hr(async_create(object, &async, &synchronize), S_OK, "a call object"))
        {
            check_calls(bed, object, async, synchronize, call_objects);
            check_memory(bed, object, async, synchronize);
            ISynchronize_Release(synchronize);
            is_uint(AsyncIEveryType_Release(async), 0, "the call object goes");
        }
        IEveryType_Release(object);
    }
    every_bed_stop(bed);
}

static void check_client(DWORD apartment)
{
    CoInitializeEx(NULL, apartment);
    every_register();
    for (int i = 0; i < 8; i++)
    {
        BOOL other_process = i & 1, sta = (i & 2) != 0, call_objects = (i & 4) != 0;

        /* Inside one apartment there is nothing of ours in between. */
        if (other_process || sta || apartment == COINIT_APARTMENTTHREADED)
            check_bed(apartment, other_process, sta, call_objects);
    }
    CoUninitialize();
}

static void expected_make(void)
{
    IEveryType *object;

    if (!is_hr(every_type_create(&object), S_OK, "an object")
            || !ok(every_call_count <= ARRAYSIZE(expected), "room for what is expected"))
        return;
    for (ULONG i = 0; i < every_call_count; i++)
    {
        sync_run(object, &every_calls[i], &expected[i]);
        note("%s: %08lx %s", every_calls[i].name, (unsigned long)expected[i].hr, expected[i].text);
    }
    is_uint(IEveryType_Release(object), 0, "the object goes");
    is_int(every_object_references(), 0, "the references of what was passed");
}

int main(int argc, char **argv)
{
    SetEnvironmentVariableW(L"OANOCACHE", L"1"); /* BSTRs are freed when they are */
    every_bed_main(argc, argv);
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    every_object_by_reference = TRUE;
    expected_make();
    check_client(COINIT_MULTITHREADED);
    check_client(COINIT_APARTMENTTHREADED);
    return done_testing();
}
