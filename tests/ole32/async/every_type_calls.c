/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every method of IEveryType, one for each NDR type, called synchronously and asynchronously, of
 * objects with call objects and without, in every kind of apartment of this process and another:
 * all give what the object gives when it is called directly, and leave nothing in memory. "Making
 * and Processing Asynchronous Calls".
 */
#include "tap.h"

#include "every_bed.h"
#include "every_client.h"
#include "every_proxies.h"

TAP_TIME_LIMIT(180);

#define ROUNDS 20

static void outcome_check(const struct every_outcome *outcome, ULONG index, const char *how)
{
    const char *name = every_calls[index].name;

    is_hr(outcome->hr, every_expected[index].hr, "%s, %s: the result", name, how);
    is_str(outcome->text, every_expected[index].text, "%s, %s: what comes back", name, how);
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
    struct every_outcome outcome;

    if (!every_bed_state(bed, &before))
        return;
    for (ULONG i = 0; i < every_call_count; i++)
    {
        every_sync_run(object, &every_calls[i], &outcome);
        outcome_check(&outcome, i, "synchronous client");
        every_async_run(async, synchronize, &every_calls[i], &outcome);
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
    struct every_outcome outcome;

    while (rounds--)
    {
        for (ULONG i = 0; i < every_call_count; i++)
        {
            every_sync_run(object, &every_calls[i], &outcome);
            every_async_run(async, synchronize, &every_calls[i], &outcome);
        }
    }
    references_left();
}

/* The stubs of rpcrt4 leave blocks behind themselves, for a server without call objects; ours do
 * not. A block that is left by one call is left in each round. */
static void check_memory(struct every_bed *bed, IEveryType *object, AsyncIEveryType *async,
        ISynchronize *synchronize, BOOL call_objects, BOOL other_process)
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
    if (call_objects || other_process)
        ok(here < ROUNDS, "%ld blocks more after %d rounds in this process", (long)here, ROUNDS);
    if (call_objects)
        ok((LONG)(after.blocks - before.blocks) < ROUNDS, "%ld in the server's",
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
        if (is_hr(every_async_create(object, &IID_AsyncIEveryType, (void **)&async, &synchronize),
                    S_OK, "a call object"))
        {
            check_calls(bed, object, async, synchronize, call_objects);
            check_memory(bed, object, async, synchronize, call_objects, other_process);
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

int main(int argc, char **argv)
{
    SetEnvironmentVariableW(L"OANOCACHE", L"1"); /* BSTRs are freed when they are */
    every_bed_main(argc, argv);
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    every_object_by_reference = TRUE;
    if (every_expected_make())
    {
        check_client(COINIT_MULTITHREADED);
        check_client(COINIT_APARTMENTTHREADED);
    }
    return done_testing();
}
