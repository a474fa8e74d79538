/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Work for one thread, run from the window procedure of a hidden window. */
#include "dispatch_queue.h"

#include <stdlib.h>

#define WM_DISPATCH (WM_USER + 0x1d0)
#define TIMER_DISPATCH 0x1d0

/* How long the window procedure stays for the next item, when items come back to back: waking the
 * thread again would take longer. Microseconds. */
#define LINGER_TIME 50
#define LINGER_GAP 1000    /* items closer than this are back to back */
#define LINGER_MAX_SKIP 63 /* after failures this many chances are passed over */
/* How long after a message could not be posted the next attempt is made. Milliseconds. */
#define RETRY_TIME 10
/* How long the window procedure runs items before it lets the message loop see other messages. */
#define RUN_TIME 5000

struct dispatch_queue
{
    LONG references;
    DWORD thread_id;
    struct dispatch_queue *next; /* of the same thread */

    SRWLOCK lock;
    struct list items;
    volatile LONG pending; /* how many */
    LONG polling;          /* written by the thread alone */
    BOOL posted;           /* a message is on its way */
    BOOL closed;
    BOOL linked; /* in the thread's list, which has a reference; the thread's alone */
    LONG held;   /* references of functions on the thread's stack; the thread's alone */
    HWND window;
    PTP_TIMER retry; /* made when a message could not be posted */
    BOOL retrying;   /* it is set, and has a reference */

    /* The thread's alone: whether lingering pays. */
    LONGLONG last_end; /* when the last item had been run; 0: never */
    ULONG linger_skip;
    ULONG linger_backoff;
};

static const WCHAR class_name[] = L"Concierge dispatch queue";

static INIT_ONCE module_once = INIT_ONCE_STATIC_INIT;
static INIT_ONCE class_once = INIT_ONCE_STATIC_INIT;
static DWORD thread_queues = FLS_OUT_OF_INDEXES; /* the list of each thread, by `next` */
static ATOM class_atom;
static LONGLONG ticks_per_second;
static DWORD processors;
/* Of ntdll: whether the process is ending, and other threads are no more. */
static BOOLEAN(NTAPI *shutdown_in_progress)(void);

static LRESULT CALLBACK window_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam);
static void queue_drain(struct dispatch_queue *queue);
static BOOL queue_post_later(struct dispatch_queue *queue);

static HINSTANCE this_module(void)
{
    static const char here;
    HMODULE module = NULL;

    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS
                    | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
            (const WCHAR *)&here, &module);
    return module;
}

static LONGLONG time_now(void)
{
    LARGE_INTEGER now;

    QueryPerformanceCounter(&now);
    return now.QuadPart;
}

static LONGLONG ticks(LONGLONG microseconds)
{
    return microseconds * ticks_per_second / 1000000;
}

/* The thread ends: nobody will run what is pending. */
static void NTAPI thread_end(void *first)
{
    struct dispatch_queue *queue = first, *next;

    if (shutdown_in_progress && shutdown_in_progress())
        return;
    for (; queue; queue = next)
    {
        next = queue->next;
        dispatch_queue_addref(queue);
        dispatch_queue_close(queue);
        for (; queue->held; queue->held--)
            dispatch_queue_release(queue); /* an item ended the thread: they never return */
        dispatch_queue_release(queue);
    }
}

static BOOL CALLBACK module_init(INIT_ONCE *once, void *parameter, void **context)
{
    LARGE_INTEGER frequency;
    SYSTEM_INFO info;

    (void)once;
    (void)parameter;
    (void)context;

    QueryPerformanceFrequency(&frequency);
    ticks_per_second = frequency.QuadPart;
    GetSystemInfo(&info);
    processors = info.dwNumberOfProcessors;
    shutdown_in_progress =
            (void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlDllShutdownInProgress");
    thread_queues = FlsAlloc(thread_end);
    return thread_queues != FLS_OUT_OF_INDEXES;
}

static BOOL CALLBACK class_init(INIT_ONCE *once, void *parameter, void **context)
{
    WNDCLASSW class = {0};

    (void)once;
    (void)parameter;
    (void)context;

    class.lpfnWndProc = window_procedure;
    class.hInstance = this_module();
    class.lpszClassName = class_name;
    class_atom = RegisterClassW(&class);
    return class_atom != 0;
}

void dispatch_queue_module_detach(void)
{
    if (class_atom)
        UnregisterClassW(class_name, this_module());
    if (thread_queues != FLS_OUT_OF_INDEXES)
        FlsFree(thread_queues);
}

HRESULT dispatch_queue_create(struct dispatch_queue **out)
{
    struct dispatch_queue *queue;
    MSG message;

    *out = NULL;
    if (!InitOnceExecuteOnce(&module_once, module_init, NULL, NULL))
        return E_OUTOFMEMORY;
    if (!(queue = calloc(1, sizeof(*queue))))
        return E_OUTOFMEMORY;
    queue->references = 2; /* the caller's and the thread's */
    queue->thread_id = GetCurrentThreadId();
    InitializeSRWLock(&queue->lock);
    list_init(&queue->items);
    queue->next = FlsGetValue(thread_queues);
    if (!FlsSetValue(thread_queues, queue))
    {
        free(queue);
        return E_OUTOFMEMORY;
    }
    queue->linked = TRUE;

    /* Gives the thread its message queue, which posting needs; looks for nothing that exists. */
    PeekMessageW(&message, (HWND)-1, WM_DISPATCH, WM_DISPATCH, PM_NOREMOVE | PM_QS_POSTMESSAGE);

    *out = queue;
    return S_OK;
}

void dispatch_queue_addref(struct dispatch_queue *queue)
{
    InterlockedIncrement(&queue->references);
}

void dispatch_queue_release(struct dispatch_queue *queue)
{
    if (InterlockedDecrement(&queue->references))
        return;
    if (queue->retry)
        CloseThreadpoolTimer(queue->retry);
    free(queue);
}

void dispatch_queue_hold(struct dispatch_queue *queue)
{
    queue->held++;
    dispatch_queue_addref(queue);
}

void dispatch_queue_let_go(struct dispatch_queue *queue)
{
    queue->held--;
    dispatch_queue_release(queue);
}

HWND dispatch_queue_window(struct dispatch_queue *queue)
{
    HWND window;

    if (queue->window || queue->closed || GetCurrentThreadId() != queue->thread_id
            || !InitOnceExecuteOnce(&class_once, class_init, NULL, NULL))
        return queue->window;
    window = CreateWindowExW(0, class_name, NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, this_module(),
            queue);

    /* Making a window may run foreign code, and so this function again. */
    AcquireSRWLockExclusive(&queue->lock);
    if (!queue->window && !queue->closed)
    {
        queue->window = window;
        window = NULL;
    }
    ReleaseSRWLockExclusive(&queue->lock);
    if (window)
        DestroyWindow(window);
    return queue->window;
}

/* A thread without a window of its queue dispatches a message which belongs to no window, and has a
 * function of ours to call. */
static void CALLBACK dispatch_by_timer(HWND window, UINT message, UINT_PTR id, DWORD time)
{
    struct dispatch_queue *queue, *next;

    (void)window;
    (void)message;
    (void)id;
    (void)time;

    for (queue = FlsGetValue(thread_queues); queue; queue = next)
    {
        dispatch_queue_hold(queue);
        if (queue->posted)
        {
            queue_drain(queue);
            dispatch_queue_window(queue);
        }
        next = queue->closed ? NULL : queue->next;
        dispatch_queue_let_go(queue);
    }
}

/* Wakes the thread. FALSE when it is gone. */
static BOOL queue_post(struct dispatch_queue *queue, HWND window)
{
    BOOL posted;

    if (window)
        posted = PostMessageW(window, WM_DISPATCH, 0, 0);
    else
        posted = PostThreadMessageW(queue->thread_id, WM_TIMER, TIMER_DISPATCH,
                (LPARAM)dispatch_by_timer);
    if (posted)
        return TRUE;
    if (GetLastError() == ERROR_INVALID_WINDOW_HANDLE || GetLastError() == ERROR_INVALID_THREAD_ID)
        return FALSE;

    /* The thread's queue is full: it does not look at messages now. A notification has no limit.
     * Without a window there is nothing of that kind, and it is tried again after a while. */
    if ((window && SendNotifyMessageW(window, WM_DISPATCH, 0, 0)) || queue_post_later(queue))
        return TRUE;
    AcquireSRWLockExclusive(&queue->lock);
    queue->posted = FALSE; /* out of memory: the next push tries */
    ReleaseSRWLockExclusive(&queue->lock);
    return TRUE;
}

void dispatch_queue_insist(struct dispatch_queue *queue)
{
    HWND window;
    BOOL insist;

    AcquireSRWLockShared(&queue->lock);
    insist = queue->posted && queue->pending && !queue->closed && !queue->polling;
    window = queue->window;
    ReleaseSRWLockShared(&queue->lock);
    if (insist && window)
        SendNotifyMessageW(window, WM_DISPATCH, 0, 0);
}

/* On a thread of the system's pool, with a reference of the queue's. */
static void CALLBACK retry_run(TP_CALLBACK_INSTANCE *instance, void *context, TP_TIMER *timer)
{
    struct dispatch_queue *queue = context;
    HWND window;
    BOOL post;

    (void)instance;
    (void)timer;
    AcquireSRWLockExclusive(&queue->lock);
    queue->retrying = FALSE;
    /* The thread may have found the items by itself, or looks for them now. */
    post = queue->posted && queue->pending && !queue->closed && !queue->polling;
    if (!post)
        queue->posted = FALSE;
    window = queue->window;
    ReleaseSRWLockExclusive(&queue->lock);
    if (post && !queue_post(queue, window))
        dispatch_queue_close(queue);
    dispatch_queue_release(queue);
}

/* Has queue_post called again soon. FALSE: out of memory. */
static BOOL queue_post_later(struct dispatch_queue *queue)
{
    ULARGE_INTEGER due = {.QuadPart = (ULONGLONG)(RETRY_TIME * -10000LL)};
    FILETIME time = {due.u.LowPart, due.u.HighPart};
    TP_CALLBACK_ENVIRON environment;
    PTP_TIMER timer, former;

    if (!(timer = queue->retry))
    {
        InitializeThreadpoolEnvironment(&environment);
        SetThreadpoolCallbackLibrary(&environment, this_module());
        if (!(timer = CreateThreadpoolTimer(retry_run, queue, &environment)))
            return FALSE;
        former = InterlockedCompareExchangePointer((void *volatile *)&queue->retry, timer, NULL);
        if (former)
        {
            CloseThreadpoolTimer(timer);
            timer = former;
        }
    }
    AcquireSRWLockExclusive(&queue->lock);
    if (!queue->retrying)
    {
        queue->retrying = TRUE;
        dispatch_queue_addref(queue);
        SetThreadpoolTimer(timer, &time, 0, 0);
    }
    ReleaseSRWLockExclusive(&queue->lock);
    return TRUE;
}

/* With the lock: whether to call queue_post after leaving it. */
static BOOL queue_wants_post(struct dispatch_queue *queue)
{
    if (queue->polling || queue->posted || queue->closed || !queue->pending)
        return FALSE;
    queue->posted = TRUE;
    return TRUE;
}

HRESULT dispatch_queue_push(struct dispatch_queue *queue, struct dispatch_item *item)
{
    struct list *after;
    HWND window;
    BOOL post;

    AcquireSRWLockExclusive(&queue->lock);
    if (queue->closed)
    {
        ReleaseSRWLockExclusive(&queue->lock);
        return RPC_E_DISCONNECTED;
    }
    after = queue->items.prev;
    while (after != &queue->items
            && LIST_ENTRY_OF(after, struct dispatch_item, entry)->priority < item->priority)
        after = after->prev;
    list_add_tail(after->next, &item->entry);
    queue->pending++;
    post = queue_wants_post(queue);
    window = queue->window;
    ReleaseSRWLockExclusive(&queue->lock);

    /* A thread that is gone abandons all items, this one among them: it was taken over. */
    if (post && !queue_post(queue, window))
        dispatch_queue_close(queue);
    return S_OK;
}

BOOL dispatch_queue_run_one(struct dispatch_queue *queue)
{
    struct dispatch_item *item;
    LONG polling;
    HWND window;
    BOOL post;

    if (!queue->pending)
        return FALSE;
    AcquireSRWLockExclusive(&queue->lock);
    if (list_empty(&queue->items))
    {
        ReleaseSRWLockExclusive(&queue->lock);
        return FALSE;
    }
    item = LIST_ENTRY_OF(queue->items.next, struct dispatch_item, entry);
    list_remove(&item->entry);
    queue->pending--;
    /* While the item runs nobody polls: it may run a message loop. */
    polling = queue->polling;
    queue->polling = 0;
    post = queue_wants_post(queue);
    window = queue->window;
    ReleaseSRWLockExclusive(&queue->lock);

    if (post)
        queue_post(queue, window);
    item->run(item);
    queue->polling = polling; /* a push that still saw 0 posts a message too many */
    return TRUE;
}

BOOL dispatch_queue_pending(const struct dispatch_queue *queue)
{
    return queue->pending != 0;
}

void dispatch_queue_begin_polling(struct dispatch_queue *queue)
{
    queue->polling++;
}

void dispatch_queue_end_polling(struct dispatch_queue *queue)
{
    HWND window;
    BOOL post;

    AcquireSRWLockExclusive(&queue->lock);
    queue->polling--;
    post = queue_wants_post(queue);
    window = queue->window;
    ReleaseSRWLockExclusive(&queue->lock);
    if (post)
        queue_post(queue, window);
}

LONG dispatch_queue_suspend_polling(struct dispatch_queue *queue)
{
    LONG polling;
    HWND window;
    BOOL post;

    AcquireSRWLockExclusive(&queue->lock);
    polling = queue->polling;
    queue->polling = 0;
    post = queue_wants_post(queue);
    window = queue->window;
    ReleaseSRWLockExclusive(&queue->lock);
    if (post)
        queue_post(queue, window);
    return polling;
}

void dispatch_queue_resume_polling(struct dispatch_queue *queue, LONG polling)
{
    queue->polling = polling; /* a push that still saw 0 posts a message too many */
}

BOOL dispatch_queue_take_message(struct dispatch_queue *queue)
{
    HWND window = queue->window;
    LONG polling;
    MSG message;

    if (!queue->posted)
        return FALSE;
    /* Looking for messages runs window procedures, for what was sent, and they may wait. */
    polling = dispatch_queue_suspend_polling(queue);
    if (window)
    {
        if (PeekMessageW(&message, window, WM_DISPATCH, WM_DISPATCH, PM_REMOVE)
                && message.message == WM_QUIT)
            PostQuitMessage((int)message.wParam);
    }
    else if (PeekMessageW(&message, (HWND)-1, WM_TIMER, WM_TIMER, PM_REMOVE))
    {
        if (message.message == WM_QUIT)
            PostQuitMessage((int)message.wParam);
        else if (message.lParam != (LPARAM)dispatch_by_timer)
            DispatchMessageW(&message);
    }
    /* A message not yet there, which its sender is just about to post, finds nothing to do. */
    AcquireSRWLockExclusive(&queue->lock);
    queue->posted = FALSE;
    queue->polling = polling;
    ReleaseSRWLockExclusive(&queue->lock);
    return TRUE;
}

/* Waits a moment for another item. FALSE when none came. */
static BOOL queue_linger(struct dispatch_queue *queue)
{
    LONGLONG end = time_now() + ticks(LINGER_TIME);
    unsigned int turn;

    do
    {
        for (turn = 0; turn < 32; turn++)
        {
            if (queue->pending)
            {
                queue->linger_backoff = 0;
                return TRUE;
            }
            if (queue->closed)
                return FALSE;
            YieldProcessor();
        }
    } while (time_now() < end);

    queue->linger_backoff = min(queue->linger_backoff * 2 + 1, LINGER_MAX_SKIP);
    queue->linger_skip = queue->linger_backoff;
    return FALSE;
}

void dispatch_queue_run(struct dispatch_queue *queue)
{
    LONGLONG start = time_now();
    BOOL linger = processors > 1 && queue->last_end && start - queue->last_end < ticks(LINGER_GAP);

    if (linger && queue->linger_skip)
    {
        queue->linger_skip--;
        linger = FALSE;
    }
    while (dispatch_queue_run_one(queue))
    {
        queue->last_end = time_now();
        if (queue->last_end - start > ticks(RUN_TIME))
            break;
        if (!queue->pending && (!linger || !queue_linger(queue)))
            break;
    }
}

/* The thread was woken, or found the message: runs what is there. */
static void queue_drain(struct dispatch_queue *queue)
{
    dispatch_queue_hold(queue);
    AcquireSRWLockExclusive(&queue->lock);
    queue->posted = FALSE;
    queue->polling++;
    ReleaseSRWLockExclusive(&queue->lock);
    dispatch_queue_run(queue);
    dispatch_queue_end_polling(queue);
    dispatch_queue_let_go(queue);
}

/* On its thread: takes the queue out of the thread's list, and gives up the list's reference. */
static void queue_unlink(struct dispatch_queue *queue)
{
    struct dispatch_queue *other = FlsGetValue(thread_queues);

    if (!queue->linked)
        return;
    queue->linked = FALSE;
    if (other == queue)
    {
        FlsSetValue(thread_queues, queue->next);
    }
    else if (other)
    {
        while (other->next && other->next != queue)
            other = other->next;
        if (other->next)
            other->next = queue->next;
    }
    dispatch_queue_release(queue);
}

void dispatch_queue_close(struct dispatch_queue *queue)
{
    BOOL mine = GetCurrentThreadId() == queue->thread_id;
    struct list items, *entry;
    HWND window;

    dispatch_queue_addref(queue);
    list_init(&items);
    AcquireSRWLockExclusive(&queue->lock);
    queue->closed = TRUE;
    window = queue->window;
    queue->window = NULL;
    queue->pending = 0;
    if (!list_empty(&queue->items))
    {
        items = queue->items;
        items.next->prev = items.prev->next = &items;
        list_init(&queue->items);
    }
    ReleaseSRWLockExclusive(&queue->lock);

    /* Another thread, which found no way to wake this one, may have closed the queue before. */
    if (mine)
        queue_unlink(queue);
    while (!list_empty(&items))
    {
        struct dispatch_item *item;

        entry = items.next;
        list_remove(entry);
        item = LIST_ENTRY_OF(entry, struct dispatch_item, entry);
        item->abandon(item, RPC_E_DISCONNECTED);
    }
    if (window && mine)
        DestroyWindow(window);
    dispatch_queue_release(queue);
}

static LRESULT CALLBACK window_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    struct dispatch_queue *queue;

    if (message == WM_DISPATCH)
    {
        if ((queue = (struct dispatch_queue *)GetWindowLongPtrW(window, GWLP_USERDATA)))
            queue_drain(queue);
        return 0;
    }
    if (message == WM_NCCREATE)
    {
        const CREATESTRUCTW *create = (const CREATESTRUCTW *)lparam;

        SetWindowLongPtrW(window, GWLP_USERDATA, (LONG_PTR)create->lpCreateParams);
    }
    else if (message == WM_NCDESTROY)
    {
        SetWindowLongPtrW(window, GWLP_USERDATA, 0);
    }
    return DefWindowProcW(window, message, wparam, lparam);
}
