/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static UINT32 run_seed;
static BOOL only_one;
static UINT32 the_one;
static ULONG total;
static unsigned int limit_seconds;
static const char *volatile current_part = "nothing yet";
static volatile UINT32 current_number;
static volatile ULONG progress;
static LPTOP_LEVEL_EXCEPTION_FILTER next_filter;
static char program[128];

/* By WriteFile alone: whatever else is broken. */
static void say_where(const char *what)
{
    char text[400];
    DWORD written;
    int length = snprintf(text, sizeof(text), "# %s at %s, input %lu; again with: %s %lu %lu\n",
            what, current_part, (unsigned long)current_number, program, (unsigned long)run_seed,
            (unsigned long)current_number);

    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, length, &written, NULL);
}

static LONG WINAPI crash_report(EXCEPTION_POINTERS *info)
{
    say_where("crash");
    return next_filter ? next_filter(info) : EXCEPTION_CONTINUE_SEARCH;
}

static DWORD WINAPI watchdog(void *argument)
{
    ULONG seen = 0;
    unsigned int quiet = 0;

    (void)argument;
    while (limit_seconds)
    {
        Sleep(1000);
        quiet = progress == seen ? quiet + 1 : 0;
        seen = progress;
        if (quiet < limit_seconds)
            continue;
        say_where("hang");
        fail("no end within %u seconds: %s, input %lu", limit_seconds, current_part,
                (unsigned long)current_number);
        TerminateProcess(GetCurrentProcess(), 4);
    }
    return 0;
}

void fuzz_begin(int argc, char **argv, UINT32 seed, unsigned int limit)
{
    const char *name = strrchr(argv[0], '\\');

    snprintf(program, sizeof(program), "%s", name ? name + 1 : argv[0]);
    run_seed = argc > 1 ? strtoul(argv[1], NULL, 0) : seed;
    only_one = argc > 2;
    the_one = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
    limit_seconds = limit;
    note("start"); /* TAP's own filter is there from the first line on */
    next_filter = SetUnhandledExceptionFilter(crash_report);
    CloseHandle(CreateThread(NULL, 0, watchdog, NULL, 0, NULL));
}

UINT32 fuzz_seed(void)
{
    return run_seed;
}

void fuzz_range(UINT32 count, UINT32 *first, UINT32 *end)
{
    const char *wanted = getenv("CONCIERGE_MUTATIONS");

    if (wanted)
        count = (UINT32)strtoul(wanted, NULL, 10);
    *first = only_one ? the_one : 0;
    *end = only_one ? the_one + 1 : count;
}

void fuzz_at(const char *part, UINT32 number)
{
    current_part = part;
    current_number = number;
    ++progress;
    ++total;
}

ULONG fuzz_total(void)
{
    return total;
}

ULONG fuzz_number(void)
{
    return current_number;
}

void fuzz_show(const struct fuzz_input *input)
{
    if (!only_one)
        return;
    note("made of %s, %lu", input->item->name, (unsigned long)input->item->tag);
    for (ULONG at = 0; at < input->size; at += 16)
    {
        char line[80] = "";

        for (ULONG i = at; i < min(at + 16, input->size); ++i)
            snprintf(line + strlen(line), 4, " %02x", input->data[i]);
        note("%04lx%s", (unsigned long)at, line);
    }
}

/* --- answers --- */

#define RPC_HR(code) ((HRESULT)(0x80070000 | (code)))

/* The runtime's own, then what rpcrt4 raises, then what an interface pointer in the data gives. */
const HRESULT fuzz_call_answers[] = {RPC_E_INVALID_HEADER, RPC_E_INVALID_EXTENSION,
        RPC_E_VERSION_MISMATCH, RPC_E_DISCONNECTED, RPC_E_INVALIDMETHOD, RPC_E_SERVERFAULT,
        E_OUTOFMEMORY, RPC_HR(RPC_X_BAD_STUB_DATA), RPC_HR(RPC_S_INVALID_BOUND),
        RPC_HR(RPC_X_NULL_REF_POINTER), RPC_HR(RPC_X_INVALID_BOUND),
        RPC_HR(RPC_X_ENUM_VALUE_OUT_OF_RANGE), RPC_HR(RPC_S_OUT_OF_MEMORY),
        RPC_HR(RPC_X_BYTE_COUNT_TOO_SMALL), E_INVALIDARG, E_NOINTERFACE, STG_E_READFAULT,
        CO_E_OBJNOTCONNECTED, RPC_E_INVALID_OBJREF, REGDB_E_IIDNOTREG, REGDB_E_CLASSNOTREG,
        CLASS_E_CLASSNOTAVAILABLE, E_NOTIMPL, RPC_E_INVALID_OBJECT, 0};

static BOOL answer_documented(const struct fuzz_answers *answers, HRESULT hr)
{
    const HRESULT *documented;

    for (documented = answers->documented; *documented; ++documented)
    {
        if (*documented == hr)
            return TRUE;
    }
    return hr == S_OK;
}

void fuzz_answer(struct fuzz_answers *answers, HRESULT hr)
{
    ULONG i;

    for (i = 0; i < answers->kinds && answers->values[i] != hr; ++i)
        ;
    if (i == answers->kinds)
    {
        if (i == ARRAYSIZE(answers->values))
            --i;
        else
            ++answers->kinds;
        answers->values[i] = hr;
    }
    ++answers->counts[i];
    if (answer_documented(answers, hr))
        return;
    if (++answers->wrong <= 5)
        note("%s, seed %lu, input %lu: %s", current_part, (unsigned long)run_seed,
                (unsigned long)current_number, tap_hr(hr));
}

void fuzz_answers_check(const struct fuzz_answers *answers, const char *what)
{
    ULONG i, sum = 0;

    for (i = 0; i < answers->kinds; ++i)
    {
        sum += answers->counts[i];
        note("%s: %lu x %s", what, answers->counts[i], tap_hr(answers->values[i]));
    }
    is_uint(answers->wrong, 0, "%s: all %lu inputs get a documented answer", what, sum);
}

/* --- leaks --- */

void fuzz_memory_get(struct fuzz_memory *memory)
{
    HANDLE heaps[64];
    DWORD count = GetProcessHeaps(ARRAYSIZE(heaps), heaps), i;

    memset(memory, 0, sizeof(*memory));
    for (i = 0; i < min(count, ARRAYSIZE(heaps)); ++i)
    {
        PROCESS_HEAP_ENTRY entry = {0};

        HeapLock(heaps[i]);
        while (HeapWalk(heaps[i], &entry))
        {
            if (!(entry.wFlags & PROCESS_HEAP_ENTRY_BUSY))
                continue;
            memory->bytes += entry.cbData;
            ++memory->blocks;
        }
        HeapUnlock(heaps[i]);
    }
    memory->handles = tap_handle_count();
    memory->threads = tap_thread_count();
}

void fuzz_memory_check(const struct fuzz_memory *before, SIZE_T allowed_bytes,
        unsigned int allowed_handles, const char *what)
{
    struct fuzz_memory after;
    unsigned int i;

    if (only_one)
        return;
    for (i = 0; i < 100; ++i)
    {
        fuzz_memory_get(&after);
        if (after.bytes <= before->bytes + allowed_bytes
                && after.handles <= before->handles + allowed_handles
                && after.threads <= before->threads)
            break;
        Sleep(100);
        ++progress;
    }
    ok(after.bytes <= before->bytes + allowed_bytes,
            "%s: memory %llu in %llu blocks, before %llu in %llu", what,
            (unsigned long long)after.bytes, (unsigned long long)after.blocks,
            (unsigned long long)before->bytes, (unsigned long long)before->blocks);
    ok(after.handles <= before->handles + allowed_handles, "%s: handles %u, before %u", what,
            after.handles, before->handles);
    ok(after.threads <= before->threads, "%s: threads %u, before %u", what, after.threads,
            before->threads);
}

UINT32 fuzz_feed(void (*feed)(const struct fuzz_corpus *corpus, UINT32 number),
        const struct fuzz_corpus *corpus, UINT32 count, UINT32 warm_up, struct fuzz_memory *memory)
{
    UINT32 first, end, number;

    fuzz_range(count, &first, &end);
    for (number = first; number < end && number < warm_up; number++)
        feed(corpus, number);
    fuzz_memory_get(memory);
    for (; number < end; number++)
        feed(corpus, number);
    return end - first;
}
