/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Apartments: the process's table of them, entering and leaving. */
#include "apartment.h"

#include <stdlib.h>

#include "class_activation.h"
#include "apartment_private.h"
#include "apartment_shutdown.h"
#include "call_wait.h"
#include "object_context.h"
#include "process_security.h"
#include "ps_class.h"
#include "trace.h"
#include "transport.h"
#include "worker_pool.h"

static SRWLOCK table_lock = SRWLOCK_INIT;
/* Under table_lock. An apartment is in the table as long as its memory lives, so that its OXID is
 * not given to another. */
static struct list table = {&table, &table};
static USHORT last_serial;
static struct apartment *volatile mta; /* with a reference, kept by mta_users */
static struct apartment *former_mta;   /* with a reference: implicit members may still look at it */
static struct apartment *nta;          /* with a reference */
static struct apartment *main_sta;     /* borrowed; NULL again when it closes */
static ULONG mta_users;                /* threads and usages */
static BOOL mta_kept; /* one of the usages is the runtime's own, until COM is left */
static ULONG members; /* threads that entered COM by themselves */

void module_pin(void)
{
    static volatile LONG pinned;
    static const char here;
    HMODULE module;

    if (!pinned && !InterlockedExchange(&pinned, 1))
        GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                (const WCHAR *)&here, &module);
}

void apartment_addref(struct apartment *apartment)
{
    InterlockedIncrement(&apartment->references);
}

void apartment_release(struct apartment *apartment)
{
    if (InterlockedDecrement(&apartment->references))
        return;
    AcquireSRWLockExclusive(&table_lock);
    list_remove(&apartment->entry);
    ReleaseSRWLockExclusive(&table_lock);
    if (apartment->queue)
        dispatch_queue_release(apartment->queue);
    if (apartment->workers)
        worker_pool_free(apartment->workers);
    free(apartment);
}

/* With table_lock: a reference, unless the last one is being released. */
static BOOL apartment_try_addref(struct apartment *apartment)
{
    LONG references = apartment->references, former;

    while (references)
    {
        former = InterlockedCompareExchange(&apartment->references, references + 1, references);
        if (former == references)
            return TRUE;
        references = former;
    }
    return FALSE;
}

/* With table_lock: enters an apartment into the table, with an OXID nobody has. FALSE: full. */
static BOOL table_add(struct apartment *apartment, OXID_VALUE port)
{
    struct apartment *other;
    ULONG attempts;
    BOOL taken;

    for (attempts = 0; attempts < 0xffff; attempts++)
    {
        if (!++last_serial)
            ++last_serial;
        apartment->oxid = port | (OXID_VALUE)last_serial << 48;
        taken = FALSE;
        LIST_FOR_EACH(other, &table, struct apartment, entry)
        {
            if ((taken = other->oxid == apartment->oxid))
                break;
        }
        if (!taken)
        {
            list_add_tail(&table, &apartment->entry);
            return TRUE;
        }
    }
    return FALSE;
}

/* An apartment with one reference, in the table. */
static struct apartment *apartment_create(enum apartment_kind kind)
{
    OXID_VALUE port = transport_port() & TRANSPORT_PORT_MASK;
    struct apartment *apartment;
    BOOL added;

    module_pin();
    if (!(apartment = calloc(1, sizeof(*apartment))))
        return NULL;
    apartment->references = 1;
    apartment->kind = kind;
    list_init(&apartment->entry);
    InitializeSRWLock(&apartment->lock);
    if (kind == APARTMENT_STA)
    {
        apartment->thread_id = GetCurrentThreadId();
        if (FAILED(dispatch_queue_create(&apartment->queue)))
        {
            free(apartment);
            return NULL;
        }
    }
    else if (kind == APARTMENT_MTA && !(apartment->workers = worker_pool_create(apartment)))
    {
        free(apartment);
        return NULL;
    }

    AcquireSRWLockExclusive(&table_lock);
    added = table_add(apartment, port);
    ReleaseSRWLockExclusive(&table_lock);
    if (!added)
    {
        if (apartment->queue)
            dispatch_queue_close(apartment->queue);
        apartment_release(apartment);
        return NULL;
    }
    return apartment;
}

struct apartment *apartment_current(void)
{
    struct com_thread *thread = com_thread_peek();

    if (thread && thread->executing)
        return thread->executing;
    if (thread && thread->apartment)
        return thread->apartment;
    return mta;
}

BOOL apartment_is_current(const struct apartment *apartment)
{
    return apartment && apartment_current() == apartment;
}

struct apartment *apartment_find(OXID_VALUE oxid)
{
    struct apartment *apartment, *found = NULL;

    AcquireSRWLockShared(&table_lock);
    LIST_FOR_EACH(apartment, &table, struct apartment, entry)
    {
        if (apartment->oxid != oxid)
            continue;
        if (!apartment->closed && apartment_try_addref(apartment))
            found = apartment;
        break;
    }
    ReleaseSRWLockShared(&table_lock);
    return found;
}

/* Counts one more user of the MTA, which is made if there is none. `kept`: the runtime's own usage,
 * of which there is at most one. *out, if asked for, gets a reference. */
static HRESULT mta_use(BOOL kept, struct apartment **out)
{
    struct apartment *made = NULL;

    for (;;)
    {
        AcquireSRWLockExclusive(&table_lock);
        if (mta || made)
            break;
        ReleaseSRWLockExclusive(&table_lock);
        if (!(made = apartment_create(APARTMENT_MTA)))
            return E_OUTOFMEMORY;
    }
    if (!mta)
    {
        mta = made;
        made = NULL;
    }
    if (!kept || !mta_kept)
        mta_users++;
    if (kept)
        mta_kept = TRUE;
    if (out)
    {
        *out = mta;
        apartment_addref(*out);
    }
    ReleaseSRWLockExclusive(&table_lock);
    if (made)
        apartment_release(made);
    return S_OK;
}

/* With table_lock: one user less. When it was the last: the apartment, now closed and out of reach,
 * with its reference, for apartment_let_go. *former is to be released. */
static struct apartment *mta_unuse(struct apartment **former)
{
    struct apartment *closing;

    *former = NULL;
    if (--mta_users)
        return NULL;
    closing = mta;
    closing->closed = TRUE;
    mta = NULL;
    *former = former_mta;
    former_mta = closing;
    apartment_addref(closing);
    return closing;
}

void apartment_let_go(struct apartment *apartment)
{
    struct com_thread *thread = com_thread_get();
    struct apartment *executing = NULL;

    if (thread)
    {
        executing = thread->executing;
        thread->executing = thread->apartment == apartment ? NULL : apartment;
    }
    apartment_shutdown_notify(apartment);
    if (apartment->kind == APARTMENT_MTA)
        worker_pool_close(apartment->workers);
    activation_leave_begin(apartment);
    apartment_close_exports(apartment);
    apartment_close_imports(apartment);
    activation_leave_end(apartment);
    object_context_detach(apartment);
    if (thread)
        thread->executing = executing;
}

HRESULT apartment_mta(BOOL create, struct apartment **out)
{
    *out = NULL;
    if (create)
        return mta_use(TRUE, out);
    AcquireSRWLockShared(&table_lock);
    if ((*out = mta))
        apartment_addref(*out);
    ReleaseSRWLockShared(&table_lock);
    return *out ? S_OK : CO_E_NOTINITIALIZED;
}

HRESULT apartment_mta_add_usage(void)
{
    return mta_use(FALSE, NULL);
}

void apartment_mta_remove_usage(void)
{
    struct apartment *closing, *former;

    AcquireSRWLockExclusive(&table_lock);
    closing = mta_unuse(&former);
    ReleaseSRWLockExclusive(&table_lock);
    if (former)
        apartment_release(former);
    if (closing)
    {
        apartment_let_go(closing);
        apartment_release(closing);
    }
}

HRESULT apartment_nta(struct apartment **out)
{
    struct apartment *made = NULL;

    for (;;)
    {
        AcquireSRWLockExclusive(&table_lock);
        if (nta || made)
            break;
        ReleaseSRWLockExclusive(&table_lock);
        if (!(made = apartment_create(APARTMENT_NTA)))
        {
            *out = NULL;
            return E_OUTOFMEMORY;
        }
    }
    if (!nta)
    {
        nta = made;
        made = NULL;
    }
    *out = nta;
    apartment_addref(*out);
    ReleaseSRWLockExclusive(&table_lock);
    if (made)
        apartment_release(made);
    return S_OK;
}

HRESULT apartment_main_sta(struct apartment **out)
{
    AcquireSRWLockShared(&table_lock);
    *out = main_sta && apartment_try_addref(main_sta) ? main_sta : NULL;
    ReleaseSRWLockShared(&table_lock);
    if (*out)
        return S_OK;

    /* A host is the main STA when there is no other. */
    return apartment_host_sta(out);
}

HRESULT apartment_enter(struct com_thread *thread, enum apartment_kind kind, BOOL host)
{
    struct apartment *apartment;
    HRESULT hr;

    if (kind == APARTMENT_MTA)
    {
        if (FAILED(hr = mta_use(FALSE, &apartment)))
            return hr;
    }
    else if (!(apartment = apartment_create(APARTMENT_STA)))
    {
        return E_OUTOFMEMORY;
    }

    AcquireSRWLockExclusive(&table_lock);
    if (kind == APARTMENT_STA && !main_sta)
    {
        main_sta = apartment;
        apartment->main_sta = TRUE;
    }
    apartment->host = host;
    if (!host)
        members++;
    ReleaseSRWLockExclusive(&table_lock);
    com_thread_expect_waits(thread);
    thread->apartment = apartment;
    thread->initialize_count = 1;
    com_thread_mark(thread, OLE_TLS_INITIALIZED,
            kind == APARTMENT_STA ? OLE_TLS_APARTMENT_THREADED
                                  : OLE_TLS_MULTITHREADED | OLE_TLS_DISABLE_OLE1_DDE);
    return S_OK;
}

/* What is to be closed once the last thread has left COM. */
struct farewell
{
    BOOL last;             /* it was the last thread: host threads end as well */
    struct apartment *own; /* the apartment being left; each with a reference, or NULL */
    struct apartment *mta;
    struct apartment *nta;
    struct apartment *former;
};

static void farewell_begin(struct farewell *farewell, struct com_thread *thread)
{
    struct apartment *former, *apartment = thread->apartment;

    memset(farewell, 0, sizeof(*farewell));
    AcquireSRWLockExclusive(&table_lock);
    if (!apartment->host)
        farewell->last = !--members;
    if (farewell->last && mta_kept)
    {
        mta_kept = FALSE;
        farewell->mta = mta_unuse(&farewell->former);
    }
    if (farewell->last && (farewell->nta = nta))
    {
        nta->closed = TRUE;
        nta = NULL;
    }
    if (apartment->kind == APARTMENT_STA)
    {
        if (main_sta == apartment)
            main_sta = NULL;
        farewell->own = apartment;
    }
    else if ((farewell->own = mta_unuse(&former)))
    {
        apartment_release(apartment); /* the thread's; there is another in farewell->own */
        if (former)
            farewell->former = former;
    }
    ReleaseSRWLockExclusive(&table_lock);
    if (farewell->former)
        apartment_release(farewell->former);
}

static void farewell_close(struct apartment *apartment)
{
    if (!apartment)
        return;
    apartment_let_go(apartment);
    apartment_release(apartment);
}

static void sta_close(struct com_thread *thread, struct apartment *apartment)
{
    IMessageFilter *filter;
    ULONG count;

    /* Conversations that have begun are finished; later ones are refused. */
    for (count = 0; count < 1000 && dispatch_queue_run_one(apartment->queue); count++)
        ;
    apartment->closed = TRUE;
    apartment_let_go(apartment);
    dispatch_queue_close(apartment->queue);
    if ((filter = apartment->filter))
    {
        apartment->filter = NULL;
        IMessageFilter_Release(filter);
    }
    thread->apartment = NULL;
    apartment_release(apartment);
}

void apartment_leave(struct com_thread *thread)
{
    struct apartment *apartment = thread->apartment;
    struct farewell farewell;

    thread->leaving = TRUE;
    farewell_begin(&farewell, thread);
    if (farewell.last)
    {
        host_sta_stop(TRUE);
        ps_factories_forget();
    }
    farewell_close(farewell.mta);
    farewell_close(farewell.nta);
    if (apartment->kind == APARTMENT_STA)
    {
        sta_close(thread, apartment);
    }
    else
    {
        if (farewell.own)
            apartment_let_go(farewell.own);
        thread->apartment = NULL;
        apartment_release(farewell.own ? farewell.own : apartment);
    }
    if (farewell.last)
        process_security_reset();
    com_thread_forget_waits(thread);
    thread->initialize_count = 0;
    com_thread_mark(thread, OLE_TLS_INITIALIZED, 0);
    thread->leaving = FALSE;
}

/* The thread ends in an apartment and holds the loader's lock. As on Windows, objects have been let
 * go when it is over: what concerns this process happens here, where others are waited for only for
 * some time, because they may be waiting for that lock. */
static void farewell_close_local(struct com_thread *thread, struct apartment *apartment)
{
    if (!apartment)
        return;
    thread->executing = apartment;
    if (apartment->kind == APARTMENT_MTA)
        worker_pool_close(apartment->workers);
    apartment_close_exports(apartment);
    apartment_close_local_imports(apartment);
    thread->executing = NULL;
}

void apartment_leave_behind(struct com_thread *thread)
{
    if (!thread->apartment)
        return;
    trace("a call into the MTA left its thread initialized");
    apartment_leave(thread);
}

/* What concerns other processes, and what could be unloaded, is another thread's. */
static DWORD WINAPI farewell_thread(void *argument)
{
    struct farewell *farewell = argument;

    farewell_close(farewell->mta);
    farewell_close(farewell->nta);
    farewell_close(farewell->own);
    free(farewell);
    return 0;
}

static BOOL worth_a_thread(const struct apartment *apartment)
{
    return apartment
            && (apartment->exports || apartment->imports || apartment->context
                    || apartment->kind == APARTMENT_MTA);
}

void apartment_abandon(struct com_thread *thread)
{
    struct apartment *apartment = thread->apartment;
    struct farewell *farewell, on_stack;
    HANDLE handle = NULL;
    BOOL more;

    trace("the thread ends without CoUninitialize");
    if (!(farewell = malloc(sizeof(*farewell))))
        farewell = &on_stack;
    farewell_begin(farewell, thread);
    if (farewell->last)
        host_sta_stop(FALSE);
    if (apartment->kind == APARTMENT_STA)
    {
        apartment->closed = TRUE;
        dispatch_queue_close(apartment->queue);
    }
    else if (!farewell->own)
    {
        apartment_release(apartment);
    }
    thread->apartment = NULL; /* it serves nobody while it waits */
    more = worth_a_thread(farewell->own) || worth_a_thread(farewell->mta)
            || worth_a_thread(farewell->nta);
    thread->ending = TRUE;
    farewell_close_local(thread, farewell->mta);
    farewell_close_local(thread, farewell->nta);
    farewell_close_local(thread, farewell->own);
    thread->ending = FALSE;

    if (farewell == &on_stack)
        return; /* out of memory: what is left is lost */
    if (more)
        handle = CreateThread(NULL, 0, farewell_thread, farewell, 0, NULL);
    if (handle)
    {
        CloseHandle(handle);
        return;
    }
    if (farewell->own)
        apartment_release(farewell->own);
    if (farewell->mta)
        apartment_release(farewell->mta);
    if (farewell->nta)
        apartment_release(farewell->nta);
    free(farewell);
}

HRESULT apartment_expect_calls(struct apartment *apartment)
{
    if (apartment->kind != APARTMENT_STA || GetCurrentThreadId() != apartment->thread_id
            || dispatch_queue_window(apartment->queue))
        return S_OK;
    if (apartment->closed)
        return RPC_E_DISCONNECTED;
    trace("no window for calls, error %lu: they come by thread messages", GetLastError());
    return S_OK;
}

HRESULT apartment_submit(struct apartment *apartment, struct dispatch_item *item)
{
    struct apartment *executing;
    struct com_thread *thread;

    if (apartment->closed)
        return RPC_E_DISCONNECTED;
    switch (apartment->kind)
    {
    case APARTMENT_STA:
        return dispatch_queue_push(apartment->queue, item);
    case APARTMENT_MTA:
        return worker_pool_submit(apartment->workers, item);
    case APARTMENT_NTA:
        break;
    }
    if (!(thread = com_thread_get()))
        return E_OUTOFMEMORY;
    executing = thread->executing;
    thread->executing = apartment;
    item->run(item);
    thread->executing = executing;
    return S_OK;
}

/* apartment_call on its way. */
struct pending_call
{
    struct dispatch_item item;
    struct thread_duty duty;
    struct completion completion;
    HRESULT (*function)(void *);
    void *argument;
    HRESULT result;
};

static void pending_call_run(struct dispatch_item *item)
{
    struct pending_call *call = LIST_ENTRY_OF(item, struct pending_call, item);
    struct com_thread *thread = com_thread_get();

    if (thread)
        thread_duty_begin(thread, &call->duty);
    call->result = call->function(call->argument);
    if (thread)
        thread_duty_end(thread, &call->duty);
    completion_signal(&call->completion);
}

static void pending_call_ended(struct thread_duty *duty)
{
    struct pending_call *call = LIST_ENTRY_OF(duty, struct pending_call, duty);

    call->result = RPC_E_DISCONNECTED;
    completion_signal(&call->completion);
}

static void pending_call_abandon(struct dispatch_item *item, HRESULT why)
{
    struct pending_call *call = LIST_ENTRY_OF(item, struct pending_call, item);

    call->result = why;
    completion_signal(&call->completion);
}

HRESULT apartment_call(struct apartment *apartment, HRESULT (*function)(void *), void *argument)
{
    struct pending_call call = {.item = {.run = pending_call_run, .abandon = pending_call_abandon},
            .duty.ended = pending_call_ended,
            .function = function,
            .argument = argument};
    HRESULT hr;

    if (apartment_is_current(apartment))
        return function(argument);

    completion_init(&call.completion);
    if (SUCCEEDED(hr = apartment_submit(apartment, &call.item)))
    {
        call_wait_run(&call.completion.wait, INFINITE, 0);
        hr = call.result;
    }
    completion_free(&call.completion);
    return hr;
}

void apartment_process_detach(BOOL terminating)
{
    if (terminating)
        return;

    /* The module stays loaded once there has been an apartment: there is none. */
    com_threads_free();
    dispatch_queue_module_detach();
}
