/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "broker_link.h"

#include "broker_shared.h"
#include "broker_start.h"
#include "call_wait.h"
#include "trace.h"

#define PATIENCE 30000 /* ms until there is a broker; the setting BrokerPatience */
#define PAUSE_FIRST 50 /* ms between attempts, then twice as long each time */
#define PAUSE_LONGEST 2000
#define PAUSE_NOT 3 /* requests that are made again at once */

static SRWLOCK link_lock = SRWLOCK_INIT;
static struct broker_link *current;
static ULONG last_serial;

/* --- waiting --- */

struct handle_wait
{
    struct call_wait wait;
    HANDLE handles[2];
};

static BOOL handle_wait_ready(struct call_wait *wait)
{
    const struct handle_wait *both = (struct handle_wait *)wait;

    return WaitForMultipleObjects(2, both->handles, FALSE, 0) != WAIT_TIMEOUT;
}

static DWORD handle_wait_arm(struct call_wait *wait, BOOL kernel, HANDLE handles[CALL_WAIT_HANDLES],
        volatile LONG **address, LONG *value)
{
    const struct handle_wait *both = (struct handle_wait *)wait;

    (void)kernel;
    *address = NULL;
    *value = 0;
    handles[0] = both->handles[0];
    handles[1] = both->handles[1];
    return 2;
}

HRESULT broker_wait(HANDLE first, HANDLE second, DWORD timeout, BOOL filtered)
{
    struct handle_wait both = {.wait = {.ready = handle_wait_ready, .arm = handle_wait_arm},
            .handles = {first, second}};

    return call_wait_run(&both.wait, timeout, filtered ? CALL_WAIT_FILTERED : 0);
}

/* --- links --- */

void broker_link_release(struct broker_link *link)
{
    if (!InterlockedDecrement(&link->references))
        broker_link_close(link);
}

void broker_link_lose(struct broker_link *link)
{
    BOOL was_current;

    InterlockedExchange(&link->lost, TRUE);
    AcquireSRWLockExclusive(&link_lock);
    was_current = current == link;
    if (was_current)
        current = NULL;
    ReleaseSRWLockExclusive(&link_lock);
    if (was_current)
        broker_link_release(link);
}

/* Makes it the process's link, or gives it up for one that another thread has made meanwhile. */
static struct broker_link *link_install(struct broker_link *link)
{
    struct broker_link *winner;

    AcquireSRWLockExclusive(&link_lock);
    if (!current)
    {
        link->serial = ++last_serial;
        current = link;
    }
    winner = current;
    InterlockedIncrement(&winner->references);
    ReleaseSRWLockExclusive(&link_lock);
    if (winner != link)
        broker_link_release(link);
    return winner;
}

struct broker_link *broker_link_peek(void)
{
    struct broker_link *link;

    AcquireSRWLockShared(&link_lock);
    link = current;
    if (link)
        InterlockedIncrement(&link->references);
    ReleaseSRWLockShared(&link_lock);
    return link;
}

void broker_link_check(void)
{
    struct broker_link *link = broker_link_peek();

    if (!link)
        return;
    if (WaitForSingleObject(link->process, 0) == WAIT_OBJECT_0)
        broker_link_lose(link);
    broker_link_release(link);
}

/* From now on others call into this module: waits for the end of the broker. */
static void module_pin(void)
{
    HMODULE module;

    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
            (const WCHAR *)&current, &module);
}

/* Waits as a COM call does, until some broker is ready. The event of one that was killed says so
 * still, until the next one has begun: then for as long as that. */
static HRESULT pause_make(DWORD time)
{
    HANDLE ready = OpenEventW(SYNCHRONIZE, FALSE, BROKER_READY);
    HRESULT hr;

    if (ready && WaitForSingleObject(ready, 0) == WAIT_OBJECT_0)
    {
        CloseHandle(ready);
        ready = NULL;
    }
    if (!ready)
        ready = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!ready)
        return E_OUTOFMEMORY;
    hr = broker_wait(ready, GetCurrentProcess(), time, FALSE);
    CloseHandle(ready);
    return hr == RPC_S_CALLPENDING ? S_OK : hr;
}

BOOL broker_has_patience(struct broker_patience *patience)
{
    ULONGLONG now = GetTickCount64();

    if (!patience->times++)
    {
        patience->end = now + broker_setting(L"BrokerPatience", PATIENCE);
        patience->pause = PAUSE_FIRST;
    }
    if (patience->times <= PAUSE_NOT)
        return TRUE;
    if (now >= patience->end || FAILED(pause_make(patience->pause)))
        return FALSE;
    patience->pause = min(patience->pause * 2, PAUSE_LONGEST);
    return TRUE;
}

/* Starts a broker; that is no use if it does not answer then, or ended while it started. *pause
 * grows with each attempt. */
static HRESULT link_start_broker(struct broker_link **out, DWORD *pause)
{
    HRESULT hr = broker_start();

    if (hr == S_OK)
        hr = broker_link_open(out);
    if (hr != S_FALSE)
        return hr;
    trace("the broker does not answer, %lu ms until the next attempt", *pause);
    hr = pause_make(*pause);
    *pause = min(*pause * 2, PAUSE_LONGEST);
    return FAILED(hr) ? hr : S_FALSE;
}

HRESULT broker_link_get(struct broker_link **out)
{
    DWORD pause = PAUSE_FIRST, patience;
    ULONGLONG begin;
    HRESULT hr;

    *out = broker_link_peek();
    if (*out)
        return S_OK;
    module_pin();
    begin = GetTickCount64();
    patience = broker_setting(L"BrokerPatience", PATIENCE);
    do
    {
        hr = broker_link_open(out);
        if (hr == S_FALSE)
            hr = link_start_broker(out, &pause);
        if (hr == S_OK)
        {
            *out = link_install(*out);
            return S_OK;
        }
    } while (hr == S_FALSE && GetTickCount64() - begin < patience);
    trace("there is no broker: %08lx", hr);
    return FAILED(hr) ? hr : CO_E_SCM_RPC_FAILURE;
}
