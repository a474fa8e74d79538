/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Callback synchronization, for every interface of a client: a protocol calls all of them from many
 * threads at once, at random times, and each call comes on the thread that bound: in an STA, in the
 * MTA, on a thread that never called CoInitialize; whatever the binding comes to: data, an error,
 * an abort, a suspension, the end of its thread. None comes after Abort has returned but
 * OnStopBinding, none while suspended, none after the end. Pages "Callback Synchronization",
 * IBinding, IServiceProvider of the bind status callback.
 */
#include <stdio.h>
#include <stdlib.h>

#include "asking_protocol.h"
#include "every_client.h"
#include "tap.h"

TAP_TIME_LIMIT(240);

#define PULL (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA)
#define PUSH (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE)
#define AT_ONCE 20

enum apartment
{
    APARTMENT_STA,
    APARTMENT_MTA,
    APARTMENT_NONE
};

/* What becomes of a binding. */
enum fate
{
    FATE_DATA,
    FATE_ERROR,
    FATE_ABORT,
    FATE_ABORT_ELSEWHERE,
    FATE_SUSPEND,
    FATE_SYNCHRONOUS,
    FATE_COUNT
};

static struct
{
    LONG bindings, wrong_thread, wrong_time, unfinished, wrong_result, wrong_size, references;
    LONG fates[FATE_COUNT];
    LONG acted; /* aborted or suspended in a callback */
} totals;
static volatile LONG next_seed;

/* Not on the bound thread, which may be in a synchronous bind: the protocol's threads wait. */
static DWORD WINAPI resume_soon(void *context)
{
    struct every_client *client = context;
    IBinding *binding = client->binding;

    Sleep(5);
    IBinding_AddRef(binding);
    client->suspended = FALSE;
    IBinding_Resume(binding);
    IBinding_Release(binding);
    return 0;
}

static void act(struct every_client *client, enum every_method method)
{
    enum fate fate = *(enum fate *)client->data;

    /* An interface that QueryService gives is called, whatever happened in QueryService. */
    if (method == EVERY_QueryService)
        return;
    InterlockedIncrement(&totals.acted);
    if (fate == FATE_ABORT)
    {
        IBinding_Abort(client->binding);
        client->aborted = TRUE;
    }
    else if (fate == FATE_SUSPEND)
    {
        IBinding_Suspend(client->binding);
        client->suspended = TRUE;
        QueueUserWorkItem(resume_soon, client, 0);
    }
}

static DWORD WINAPI abort_elsewhere(void *context)
{
    IBinding *binding = context;

    IBinding_Abort(binding);
    IBinding_Release(binding);
    return 0;
}

struct slot
{
    struct every_client client;
    enum fate fate;
    ULONG size;
    BOOL used, told;
    HRESULT bound;
};

static void slot_open(struct slot *slot)
{
    unsigned int seed = (unsigned int)InterlockedIncrement(&next_seed);
    WCHAR url[128];
    DWORD bindf;

    memset(slot, 0, sizeof(*slot));
    slot->used = TRUE;
    slot->fate = (enum fate)(seed % FATE_COUNT);
    slot->size = 1 + seed * 7919 % 9000;
    bindf = slot->fate == FATE_SYNCHRONOUS ? 0 : seed / FATE_COUNT % 2 ? PULL : PUSH;
    every_open(&slot->client, bindf);
    slot->client.data = &slot->fate;
    slot->client.on_call = act;
    slot->client.act_at =
            slot->fate == FATE_ABORT || slot->fate == FATE_SUSPEND ? 2 + (LONG)(seed / 7 % 25) : 0;
    swprintf(url, ARRAYSIZE(url), L"bindask:seed=%u,asks=%u,size=%lu,early=%u,inside=%u%ls", seed,
            10 + seed % 20, slot->size, seed / 5 % 4 == 0,
            /* A protocol that calls on the bound thread itself does not wait for Resume. */
            slot->fate != FATE_SUSPEND && seed / 3 % 5 == 0,
            slot->fate == FATE_ERROR ? L",error=800c0008" : L"");
    slot->bound = every_bind(&slot->client, url);
}

static void slot_tend(struct slot *slot)
{
    struct every_client *client = &slot->client;

    if (slot->fate == FATE_ABORT_ELSEWHERE && client->binding && !slot->told
            && client->calls > (LONG)(slot->size % 16))
    {
        slot->told = TRUE;
        IBinding_AddRef(client->binding);
        QueueUserWorkItem(abort_elsewhere, client->binding, 0);
    }
}

static void slot_close(struct slot *slot)
{
    struct every_client *client = &slot->client;

    slot->used = FALSE;
    InterlockedIncrement(&totals.bindings);
    InterlockedIncrement(&totals.fates[slot->fate]);
    InterlockedExchangeAdd(&totals.wrong_thread, client->wrong_thread);
    InterlockedExchangeAdd(&totals.wrong_time, client->wrong_time);
    if (client->wrong_time)
        note("%s came at a wrong time; fate %d", every_names[client->wrong], slot->fate);
    switch (slot->fate)
    {
    case FATE_ERROR:
        if (client->result != INET_E_DOWNLOAD_FAILURE)
            InterlockedIncrement(&totals.wrong_result);
        break;
    case FATE_ABORT:
        if (client->result != (client->aborted ? E_ABORT : S_OK))
            InterlockedIncrement(&totals.wrong_result);
        break;
    case FATE_ABORT_ELSEWHERE:
        if (client->result != E_ABORT && client->result != S_OK)
            InterlockedIncrement(&totals.wrong_result);
        break;
    default:
        if (client->result != S_OK)
            InterlockedIncrement(&totals.wrong_result);
        if (client->received != slot->size)
            InterlockedIncrement(&totals.wrong_size);
        break;
    }
}

static void bind_many(unsigned int count)
{
    struct slot *slots = calloc(AT_ONCE, sizeof(*slots));
    ULONGLONG last = GetTickCount64();
    unsigned int begun = 0, done = 0;
    MSG message;

    while (done < count && GetTickCount64() - last < 60000)
    {
        for (unsigned int i = 0; i < AT_ONCE; i++)
        {
            struct slot *slot = &slots[i];

            if (slot->used && slot->client.stopped)
            {
                slot_close(slot);
                done++;
                last = GetTickCount64();
            }
            if (!slot->used && begun < count)
            {
                /* The protocol's threads may still be releasing what they have: not the client. */
                if (slot->client.references > 1)
                    InterlockedIncrement(&totals.references);
                begun++;
                slot_open(slot);
            }
            if (slot->used)
                slot_tend(slot);
        }
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
        if (done < count)
            MsgWaitForMultipleObjects(0, NULL, FALSE, 10, QS_ALLINPUT);
    }
    for (unsigned int i = 0; i < AT_ONCE; i++)
    {
        if (slots[i].used)
        {
            InterlockedIncrement(&totals.unfinished);
            note("unfinished: fate %d, %ld calls, %llu of %lu bytes, aborted %d", slots[i].fate,
                    slots[i].client.calls, slots[i].client.received, slots[i].size,
                    slots[i].client.aborted);
        }
        else if (slots[i].client.references > 1)
        {
            InterlockedIncrement(&totals.references);
        }
    }
    if (done == count)
        free(slots);
}

struct thread_arguments
{
    enum apartment apartment;
    unsigned int count;
};

static DWORD WINAPI bind_thread(void *context)
{
    struct thread_arguments *arguments = context;

    if (arguments->apartment != APARTMENT_NONE)
        CoInitializeEx(NULL,
                arguments->apartment == APARTMENT_STA ? COINIT_APARTMENTTHREADED
                                                      : COINIT_MULTITHREADED);
    bind_many(arguments->count);
    if (arguments->apartment != APARTMENT_NONE)
        CoUninitialize();
    return 0;
}

static void wait_for_protocols(void)
{
    ULONGLONG end = GetTickCount64() + 20000;

    while (asking_alive && GetTickCount64() < end)
        Sleep(10);
    is_int(asking_running, 0, "protocols not terminated");
    is_int(asking_alive, 0, "protocols not released");
}

static void test_many(unsigned int each)
{
    struct thread_arguments arguments[3] = {{APARTMENT_STA, each}, {APARTMENT_MTA, each},
            {APARTMENT_NONE, each}};
    ULONGLONG start = GetTickCount64();
    LONG calls = 0;
    HANDLE threads[3];

    memset(&totals, 0, sizeof(totals));
    for (unsigned int i = 0; i < 3; i++)
        threads[i] = CreateThread(NULL, 0, bind_thread, &arguments[i], 0, NULL);
    for (unsigned int i = 0; i < 3; i++)
    {
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
    }
    for (unsigned int i = 0; i < EVERY_COUNT; i++)
        calls += every_calls[i];
    note("%ld bindings, %ld calls, %llu ms; the protocol asked %ld times, %ld were refused; "
         "%ld acted in a callback",
            totals.bindings, calls, GetTickCount64() - start, asking_asked, asking_refused,
            totals.acted);
    is_int(totals.bindings, 3 * each, "bindings that ended");
    is_int(totals.wrong_thread, 0, "calls on a wrong thread");
    is_int(totals.wrong_time, 0, "calls at a wrong time");
    is_int(totals.unfinished, 0, "bindings unfinished");
    is_int(totals.wrong_result, 0, "bindings with another result");
    is_int(totals.wrong_size, 0, "bindings with bytes lost");
    is_int(totals.references, 0, "clients not released");
    is_int(asking_wrong_thread, 0, "Continue on a wrong thread");
    wait_for_protocols();
}

/* A thread that ends while all that is under way. */
static struct every_client left[12];

static void exit_in_call(struct every_client *client, enum every_method method)
{
    (void)client;
    (void)method;
    ExitThread(7);
}

struct end_arguments
{
    enum apartment apartment;
    LONG calls;   /* after how many it ends */
    BOOL in_call; /* in one of them, by ExitThread */
    BOOL sync;    /* in a synchronous bind */
};

static LONG left_calls(void)
{
    LONG calls = 0;

    for (unsigned int i = 0; i < ARRAYSIZE(left); i++)
        calls += left[i].calls;
    return calls;
}

static DWORD WINAPI ending_thread(void *context)
{
    const struct end_arguments *arguments = context;
    ULONGLONG end = GetTickCount64() + 20000;
    WCHAR url[128];
    MSG message;

    if (arguments->apartment != APARTMENT_NONE)
        CoInitializeEx(NULL,
                arguments->apartment == APARTMENT_STA ? COINIT_APARTMENTTHREADED
                                                      : COINIT_MULTITHREADED);
    for (unsigned int i = 0; i < ARRAYSIZE(left); i++)
    {
        every_open(&left[i], i % 2 ? PULL : PUSH);
        if (arguments->in_call && i == 3)
        {
            left[i].bindf = arguments->sync ? 0 : left[i].bindf;
            left[i].act_at = max(arguments->calls, 2);
            left[i].on_call = exit_in_call;
        }
        swprintf(url, ARRAYSIZE(url), L"bindask:seed=%u,asks=1000,size=20000,early=%u",
                (unsigned int)InterlockedIncrement(&next_seed), i % 4 == 0);
        every_bind(&left[i], url);
    }
    while ((arguments->in_call || left_calls() < arguments->calls) && GetTickCount64() < end)
    {
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        {
            DispatchMessageW(&message);
            if (!arguments->in_call && left_calls() >= arguments->calls)
                break;
        }
        MsgWaitForMultipleObjects(0, NULL, FALSE, 10, QS_ALLINPUT);
    }
    for (unsigned int i = 0; i < ARRAYSIZE(left); i++)
    {
        if (left[i].binding)
            IBinding_Release(left[i].binding);
        left[i].binding = NULL;
    }
    if (arguments->apartment != APARTMENT_NONE && arguments->calls % 2)
        CoUninitialize();
    return 0;
}

static void test_thread_ends(void)
{
    static const struct end_arguments ends[] = {
            {APARTMENT_STA, 0, FALSE, FALSE},
            {APARTMENT_STA, 21, FALSE, FALSE},
            {APARTMENT_MTA, 40, FALSE, FALSE},
            {APARTMENT_NONE, 80, FALSE, FALSE},
            {APARTMENT_NONE, 300, FALSE, FALSE},
            {APARTMENT_STA, 2, TRUE, FALSE},
            {APARTMENT_STA, 5, TRUE, FALSE},
            {APARTMENT_MTA, 8, TRUE, FALSE},
            {APARTMENT_NONE, 11, TRUE, FALSE},
            {APARTMENT_NONE, 14, TRUE, FALSE},
            {APARTMENT_STA, 17, TRUE, FALSE},
            {APARTMENT_STA, 4, TRUE, TRUE},
            {APARTMENT_NONE, 9, TRUE, TRUE},
    };
    LONG wrong_thread = 0, wrong_time = 0, references = 0, stuck = 0;

    for (unsigned int i = 0; i < ARRAYSIZE(ends); i++)
    {
        HANDLE thread = CreateThread(NULL, 0, ending_thread, (void *)&ends[i], 0, NULL);
        ULONGLONG end = GetTickCount64() + 20000;

        stuck += WaitForSingleObject(thread, 30000) != WAIT_OBJECT_0;
        CloseHandle(thread);
        while (asking_running && GetTickCount64() < end)
            Sleep(5);
        stuck += asking_running != 0;
        for (unsigned int n = 0; n < ARRAYSIZE(left); n++)
        {
            wrong_thread += left[n].wrong_thread;
            wrong_time += left[n].wrong_time;
            if (left[n].binding) /* its own, in a call that did not return */
            {
                IBinding_Release(left[n].binding);
                left[n].binding = NULL;
            }
            if (left[n].references > 1)
                note("thread end %u: client %u has %ld references", i, n, left[n].references);
            /* A call that never returns may keep the interface it was made through. */
            if (left[n].references > 1 && !(ends[i].in_call && n == 3))
                references++;
        }
    }
    is_int(stuck, 0, "thread ends: threads or protocols stuck");
    is_int(wrong_thread, 0, "thread ends: calls on a wrong thread");
    is_int(wrong_time, 0, "thread ends: calls at a wrong time");
    is_int(references, 0, "thread ends: clients not released");
    wait_for_protocols();
}

int main(void)
{
    const char *count = getenv("CONCIERGE_BINDINGS");
    unsigned int each = (count ? (unsigned int)atoi(count) : 10000) / 3 + 1;

    /* Page "Callback Synchronization". */
    if (builtin_lacks("callbacks on the thread that bound alone"))
        return done_testing();
    CoInitialize(NULL);
    asking_protocol_open(8);
    test_many(20);
    test_thread_ends();
    tap_account_begin();
    test_many(each);
    for (unsigned int i = 0; i < EVERY_COUNT; i++)
        ok(every_calls[i] > 0, "%s was called: %ld times", every_names[i], every_calls[i]);
    test_thread_ends();
    tap_account_end("bindings of all fates");
    asking_protocol_close();
    CoUninitialize();
    return done_testing();
}
