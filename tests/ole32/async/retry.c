/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asynchronous calls that the server's message filter turns away, and the client's has made again,
 * inside Finish_, while another thread waits for the same call object. "IMessageFilter::
 * RetryRejectedCall".
 */
#include "tap.h"

#include <string.h>

#include "worker_bed.h"
#include "worker_object.h"

TAP_TIME_LIMIT(300);

#define PATIENCE 20000 /* ms */
#define WORK 1000      /* ms, of a call that is let in */
#define THINKS 150     /* ms, the server's filter before it turns a call away */
#define BUSY 300       /* ms, a waiting STA meanwhile */
#define TIMES 2        /* that a call is turned away */
#define WAITERS 4

/* ---- filters ---- */

static volatile LONG rejections; /* that the server's filter still has to make */
static volatile LONG retries;    /* that the client's has agreed to */

static HRESULT STDMETHODCALLTYPE filter_QueryInterface(IMessageFilter *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMessageFilter))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE filter_AddRef(IMessageFilter *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE filter_Release(IMessageFilter *iface)
{
    (void)iface;
    return 1;
}

static DWORD STDMETHODCALLTYPE filter_HandleInComingCall(IMessageFilter *iface, DWORD type,
        HTASK caller, DWORD ticks, INTERFACEINFO *info)
{
    (void)iface;
    (void)type;
    (void)caller;
    (void)ticks;
    if (!IsEqualIID(&info->iid, &IID_IWorker) || rejections <= 0)
        return SERVERCALL_ISHANDLED;
    InterlockedDecrement(&rejections);
    Sleep(THINKS);
    return SERVERCALL_RETRYLATER;
}

static DWORD STDMETHODCALLTYPE filter_RetryRejectedCall(IMessageFilter *iface, HTASK callee,
        DWORD ticks, DWORD type)
{
    (void)iface;
    (void)callee;
    (void)ticks;
    (void)type;
    InterlockedIncrement(&retries);
    return 0; /* at once */
}

static DWORD STDMETHODCALLTYPE filter_MessagePending(IMessageFilter *iface, HTASK callee,
        DWORD ticks, DWORD type)
{
    (void)iface;
    (void)callee;
    (void)ticks;
    (void)type;
    return PENDINGMSG_WAITDEFPROCESS;
}

static void filter_register(void)
{
    static IMessageFilterVtbl vtbl = {filter_QueryInterface, filter_AddRef, filter_Release,
            filter_HandleInComingCall, filter_RetryRejectedCall, filter_MessagePending};
    static IMessageFilter filter = {&vtbl};

    CoRegisterMessageFilter(&filter, NULL);
}

static void server_prepare(BOOL before)
{
    if (!before)
        return;
    filter_register();
    InterlockedExchange(&rejections, TIMES);
}

/* ---- who waits meanwhile ---- */

struct waiter
{
    ISynchronize *synchronize;
    HANDLE thread;
    BOOL sta;
    HRESULT result;
    ULONGLONG end;
};

/* In an STA it is busy with a message of its own while the call is made again. */
static void CALLBACK waiter_busy(HWND window, UINT message, UINT_PTR id, DWORD time)
{
    (void)window;
    (void)message;
    (void)time;
    KillTimer(NULL, id);
    Sleep(BUSY);
}

static DWORD WINAPI waiter_thread(void *argument)
{
    struct waiter *waiter = argument;

    CoInitializeEx(NULL, waiter->sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    if (waiter->sta)
        SetTimer(NULL, 0, THINKS / 3, waiter_busy);
    waiter->result = ISynchronize_Wait(waiter->synchronize, 0, PATIENCE);
    waiter->end = GetTickCount64();
    CoUninitialize();
    return 0;
}

static void check_retry(IWorker *worker)
{
    struct waiter waiters[WAITERS] = {0};
    work_order order = {.delay = WORK};
    ISynchronize *synchronize;
    AsyncIWorker *async;
    work_report report;
    LONG counter = 1;
    ULONGLONG done;
    int i;

    if (!is_hr(worker_async(worker, &async, &synchronize), S_OK, "a call object"))
        return;
    InterlockedExchange(&retries, 0);
    for (i = 0; i < WAITERS; i++)
    {
        waiters[i].synchronize = synchronize;
        waiters[i].sta = i & 1;
    }
    is_hr(AsyncIWorker_Begin_Work(async, &order, &counter), S_OK, "Begin_Work");
    for (i = 0; i < WAITERS; i++)
        waiters[i].thread = CreateThread(NULL, 0, waiter_thread, &waiters[i], 0, NULL);
    is_hr(AsyncIWorker_Finish_Work(async, &counter, &report), S_OK, "Finish_Work");
    done = GetTickCount64();
    is_int(retries, TIMES, "it was made again that often");
    is_int(counter, 2, "and came through once");
    for (i = 0; i < WAITERS; i++)
    {
        is_uint(WaitForSingleObject(waiters[i].thread, PATIENCE), WAIT_OBJECT_0, "waiter %d ends",
                i);
        is_hr(waiters[i].result, S_OK, "Wait");
        ok(waiters[i].end + WORK / 2 < done, "for Finish_ had the first answer");
        CloseHandle(waiters[i].thread);
    }
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
}

static void check_bed(BOOL other_process, BOOL call_objects)
{
    struct worker_bed *bed = worker_bed_start(other_process, TRUE, call_objects);
    LONG sum = 0;
    IWorker *worker;

    if (!bed || !is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy"))
        return;
    note("%s", worker_bed_name(bed));
    check_retry(worker);
    is_hr(IWorker_Add(worker, 1, 2, &sum), S_OK, "the next call");
    is_int(sum, 3, "its result");
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

static void run_all(void)
{
    int i;

    for (i = 0; i < 4; i++)
        check_bed(i & 1, (i & 2) != 0);
}

int main(int argc, char **argv)
{
    worker_bed_prepare = server_prepare;
    worker_bed_main(argc, argv);
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    worker_register();
    filter_register();
    run_all();
    tap_account_begin();
    run_all();
    tap_account_end("calls made again");
    CoRegisterMessageFilter(NULL, NULL);
    CoUninitialize();
    return done_testing();
}
