/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the COM runtime keeps for each thread, found by thread-local storage. */
#include "com_thread.h"

#include <stdlib.h>
#include <winternl.h>

#include "apartment_private.h"
#include "call_cancel.h"
#include "decode_proxy.h"
#include "initialize_spy.h"

static INIT_ONCE tls_once = INIT_ONCE_STATIC_INIT;
static DWORD tls_index = TLS_OUT_OF_INDEXES;
static SRWLOCK threads_lock = SRWLOCK_INIT;
static struct list threads = {&threads, &threads};

static BOOL CALLBACK tls_init(INIT_ONCE *once, void *parameter, void **context)
{
    (void)once;
    (void)parameter;
    (void)context;
    return (tls_index = TlsAlloc()) != TLS_OUT_OF_INDEXES;
}

/* TlsGetValue resets the last error, which is our callers'. */
static struct com_thread *thread_find(void)
{
    struct com_thread *thread;
    DWORD error;

    if (tls_index == TLS_OUT_OF_INDEXES)
        return NULL;
    error = GetLastError();
    thread = TlsGetValue(tls_index);
    SetLastError(error);
    return thread;
}

/* The compiler takes the segment's offsets, which are small numbers, for wild pointers. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
static void **tls_place(void)
{
    return &NtCurrentTeb()->ReservedForOle;
}
#pragma GCC diagnostic pop

/* Only when nobody has used the place: another COM runtime may be in the process. */
static void tls_publish(struct com_thread *thread)
{
    void **place = tls_place();

    if (*place)
        return;
    if (!(thread->tls = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*thread->tls))))
        return;
    thread->tls->thread_id = GetCurrentThreadId();
    thread->tls->error.mark = OLE_TLS_MARK;
    thread->tls->error.place = (UINT_PTR)&thread->error_info;
    thread->tls->tables = (UINT_PTR)&decode_tables;
    *place = thread->tls;
}

static void tls_withdraw(struct com_thread *thread)
{
    void **place = tls_place();

    if (!thread->tls || *place != thread->tls)
        return;
    *place = NULL;
    HeapFree(GetProcessHeap(), 0, thread->tls);
    thread->tls = NULL;
}

void com_thread_mark(struct com_thread *thread, DWORD clear, DWORD set)
{
    if (thread->tls && *tls_place() == thread->tls)
        thread->tls->flags = (thread->tls->flags & ~clear) | set;
}

struct com_thread *com_thread_get(void)
{
    struct com_thread *thread;

    if ((thread = thread_find()))
        return thread;
    if (!InitOnceExecuteOnce(&tls_once, tls_init, NULL, NULL))
        return NULL;
    if (!(thread = calloc(1, sizeof(*thread))))
        return NULL;
    list_init(&thread->spies);
    if (!TlsSetValue(tls_index, thread))
    {
        free(thread);
        return NULL;
    }
    tls_publish(thread);

    AcquireSRWLockExclusive(&threads_lock);
    list_add_tail(&threads, &thread->entry);
    ReleaseSRWLockExclusive(&threads_lock);
    return thread;
}

struct com_thread *com_thread_peek(void)
{
    return thread_find();
}

void com_thread_expect_waits(struct com_thread *thread)
{
    /* If that fails, the wait that needs one tries again. */
    if (!thread->wait_event)
        thread->wait_event = CreateEventW(NULL, TRUE, FALSE, NULL);
}

void com_thread_restore_waits(struct com_thread *thread)
{
    if (!thread->wait_event && !thread->serving && thread->apartment
            && thread->apartment->kind == APARTMENT_STA)
        com_thread_expect_waits(thread);
}

void com_thread_forget_waits(struct com_thread *thread)
{
    if (thread->wait_event)
        CloseHandle(thread->wait_event);
    thread->wait_event = NULL;
}

static void thread_free(struct com_thread *thread)
{
    com_thread_forget_waits(thread);
    free(thread);
}

void com_thread_detach(void)
{
    struct com_thread *thread = thread_find();
    struct thread_duty *duty;

    if (!thread)
        return;
    while ((duty = thread->duties))
    {
        thread->duties = duty->outer;
        duty->ended(duty);
    }
    if (thread->apartment)
        apartment_abandon(thread);
    initialize_spies_release(thread);
    call_cancel_thread_ended(thread);
    if (thread->state)
        IUnknown_Release(thread->state);
    if (thread->error_info)
        IErrorInfo_Release(thread->error_info);
    TlsSetValue(tls_index, NULL);
    tls_withdraw(thread);
    AcquireSRWLockExclusive(&threads_lock);
    list_remove(&thread->entry);
    ReleaseSRWLockExclusive(&threads_lock);
    thread_free(thread);
}

void com_threads_free(void)
{
    while (!list_empty(&threads))
    {
        struct com_thread *thread = LIST_ENTRY_OF(threads.next, struct com_thread, entry);

        list_remove(&thread->entry);
        thread_free(thread);
    }
    if (tls_index != TLS_OUT_OF_INDEXES)
        TlsFree(tls_index);
    tls_index = TLS_OUT_OF_INDEXES;
}
