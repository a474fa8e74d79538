/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dispatch queue by itself: order, priorities, message loops, ends. */
#include "dispatch_queue.h"

#include <stdlib.h>

#include "tap.h"

TAP_TIME_LIMIT(240);

#define PRODUCERS 8
#define ITEMS_EACH 10000

/* --- items which write down what happens to them --- */

struct step
{
    struct dispatch_item item;
    char name;
    volatile LONG *ran, *abandoned;    /* counters, or NULL */
    void (*inside)(struct step *step); /* called by run, if set */
    struct dispatch_queue *queue;
    HRESULT why;
    DWORD thread;
};

static char story[200];

static void step_run(struct dispatch_item *item)
{
    struct step *step = LIST_ENTRY_OF(item, struct step, item);
    size_t length = strlen(story);

    if (length < sizeof(story) - 2)
        story[length] = step->name;
    step->thread = GetCurrentThreadId();
    if (step->ran)
        InterlockedIncrement(step->ran);
    if (step->inside)
        step->inside(step);
}

static void step_abandon(struct dispatch_item *item, HRESULT why)
{
    struct step *step = LIST_ENTRY_OF(item, struct step, item);

    step->why = why;
    if (step->abandoned)
        InterlockedIncrement(step->abandoned);
}

static void step_init(struct step *step, char name, int priority, struct dispatch_queue *queue)
{
    memset(step, 0, sizeof(*step));
    step->item.run = step_run;
    step->item.abandon = step_abandon;
    step->item.priority = priority;
    step->name = name;
    step->queue = queue;
}

static void check_story(const char *expected, const char *what)
{
    is_str(story, expected, "%s", what);
    memset(story, 0, sizeof(story));
}

static unsigned int pump(void)
{
    unsigned int count = 0;
    MSG message;

    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
    {
        DispatchMessageW(&message);
        count++;
    }
    return count;
}

static struct dispatch_queue *make(BOOL window)
{
    struct dispatch_queue *queue;

    is_hr(dispatch_queue_create(&queue), S_OK, "dispatch_queue_create");
    if (window)
        ok(dispatch_queue_window(queue) != NULL, "has a window");
    return queue;
}

static void finish(struct dispatch_queue *queue)
{
    dispatch_queue_close(queue);
    dispatch_queue_release(queue);
}

static void order(BOOL window)
{
    struct dispatch_queue *queue = make(window);
    struct step steps[7];
    unsigned int i, messages;

    for (i = 0; i < 7; i++)
    {
        static const int priorities[] = {0, 0, 5, -5, 5, 0, 9};

        step_init(&steps[i], (char)('a' + i), priorities[i], queue);
        is_hr(dispatch_queue_push(queue, &steps[i].item), S_OK, "push");
    }
    ok(dispatch_queue_pending(queue), "items are pending");
    check_story("", "nothing runs before the thread pumps");
    messages = pump();
    ok(messages <= 2, "few messages for many items: %u", messages);
    check_story("gceabfd", "by priority, then in order");
    ok(!dispatch_queue_pending(queue), "nothing is pending");
    is_uint(pump(), 0, "no message is left");
    is_uint(steps[0].thread, GetCurrentThreadId(), "on the queue's thread");
    finish(queue);
}

static void push_again(struct step *step)
{
    static struct step more;

    step_init(&more, 'm', 0, step->queue);
    dispatch_queue_push(step->queue, &more.item);
    step_run(&(struct step){.item.run = step_run, .name = '('}.item);
}

static void run_loop(struct step *step)
{
    (void)step;
    pump();
    step_run(&(struct step){.item.run = step_run, .name = ')'}.item);
}

static void re_entrancy(BOOL window)
{
    struct dispatch_queue *queue = make(window);
    struct step a, b, c;

    step_init(&a, 'a', 0, queue);
    a.inside = push_again;
    dispatch_queue_push(queue, &a.item);
    pump();
    check_story("a(m", "an item pushed by an item runs after it");

    /* A message loop inside an item runs those that wait. */
    step_init(&a, 'a', 0, queue);
    step_init(&b, 'b', 0, queue);
    step_init(&c, 'c', 0, queue);
    a.inside = run_loop;
    b.inside = run_loop;
    dispatch_queue_push(queue, &a.item);
    dispatch_queue_push(queue, &b.item);
    dispatch_queue_push(queue, &c.item);
    pump();
    check_story("abc))", "items run in message loops within items");
    finish(queue);
}

static void polling(void)
{
    struct dispatch_queue *queue = make(TRUE);
    struct step a = {0}, b = {0};

    dispatch_queue_begin_polling(queue);
    step_init(&a, 'a', 0, queue);
    step_init(&b, 'b', 0, queue);
    dispatch_queue_push(queue, &a.item);
    dispatch_queue_push(queue, &b.item);
    is_uint(pump(), 0, "nothing is posted to a thread that polls");
    ok(dispatch_queue_run_one(queue), "run_one");
    check_story("a", "run_one runs one");
    dispatch_queue_end_polling(queue);
    ok(dispatch_queue_pending(queue), "one is left");
    ok(pump() >= 1, "and a message comes for it");
    check_story("b", "which runs it");
    ok(!dispatch_queue_run_one(queue), "run_one without items");

    step_init(&a, 'a', 0, queue);
    dispatch_queue_push(queue, &a.item);
    ok(dispatch_queue_take_message(queue), "the message taken");
    is_uint(pump(), 0, "is gone");
    ok(!dispatch_queue_take_message(queue), "and is not there a second time");
    ok(dispatch_queue_run_one(queue), "the item is not");
    memset(story, 0, sizeof(story));
    finish(queue);
}

static void close_inside(struct step *step)
{
    dispatch_queue_close(step->queue);
}

static void closing(BOOL window)
{
    struct dispatch_queue *queue = make(window);
    volatile LONG abandoned = 0;
    struct step a = {0}, b = {0};

    step_init(&a, 'a', 0, queue);
    step_init(&b, 'b', 0, queue);
    a.abandoned = b.abandoned = &abandoned;
    dispatch_queue_push(queue, &a.item);
    dispatch_queue_push(queue, &b.item);
    dispatch_queue_close(queue);
    is_int(abandoned, 2, "what is pending is abandoned");
    is_hr(a.why, RPC_E_DISCONNECTED, "with the reason");
    is_hr(dispatch_queue_push(queue, &a.item), RPC_E_DISCONNECTED, "a push fails");
    is_int(abandoned, 2, "and leaves the item alone");
    ok(!dispatch_queue_window(queue), "there is no window");
    dispatch_queue_close(queue);
    dispatch_queue_release(queue);
    pump();
    check_story("", "nothing runs");

    queue = make(window);
    step_init(&a, 'a', 0, queue);
    step_init(&b, 'b', 0, queue);
    a.inside = close_inside;
    b.abandoned = &abandoned;
    dispatch_queue_push(queue, &a.item);
    dispatch_queue_push(queue, &b.item);
    pump();
    check_story("a", "closed by an item");
    is_int(abandoned, 3, "the next one is abandoned");
    dispatch_queue_release(queue);
}

/* --- with other threads --- */

static struct dispatch_queue *shared;
static HANDLE made, proceed;

static DWORD WINAPI short_life(void *window)
{
    dispatch_queue_create(&shared);
    if (window)
        dispatch_queue_window(shared);
    SetEvent(made);
    WaitForSingleObject(proceed, 20000);
    return 0;
}

static void death(BOOL window)
{
    volatile LONG abandoned = 0;
    struct step a = {0}, b = {0};
    HANDLE thread;

    made = CreateEventW(NULL, FALSE, FALSE, NULL);
    proceed = CreateEventW(NULL, FALSE, FALSE, NULL);
    thread = CreateThread(NULL, 0, short_life, window ? &a : NULL, 0, NULL);
    WaitForSingleObject(made, 20000);
    step_init(&a, 'a', 0, shared);
    step_init(&b, 'b', 0, shared);
    a.abandoned = b.abandoned = &abandoned;
    is_hr(dispatch_queue_push(shared, &a.item), S_OK, "a push to a thread about to end");
    is_hr(dispatch_queue_push(shared, &b.item), S_OK, "another");
    SetEvent(proceed);
    is_int(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0, "it ends");
    is_int(abandoned, 2, "its items are abandoned");
    is_hr(dispatch_queue_push(shared, &a.item), RPC_E_DISCONNECTED,
            "a push to a thread that ended");
    dispatch_queue_close(shared);
    dispatch_queue_release(shared);
    CloseHandle(thread);
    CloseHandle(made);
    CloseHandle(proceed);
}

struct numbered
{
    struct dispatch_item item;
    unsigned int producer, number;
};

static unsigned int next_number[PRODUCERS], out_of_order;
static volatile LONG items_ran;

static void numbered_run(struct dispatch_item *item)
{
    struct numbered *numbered = LIST_ENTRY_OF(item, struct numbered, item);

    if (numbered->number != next_number[numbered->producer]++)
        out_of_order++;
    items_ran++;
    free(numbered);
}

static void numbered_abandon(struct dispatch_item *item, HRESULT why)
{
    (void)why;
    free(LIST_ENTRY_OF(item, struct numbered, item));
}

static DWORD WINAPI producer(void *argument)
{
    unsigned int i, failures = 0;

    for (i = 0; i < ITEMS_EACH; i++)
    {
        struct numbered *numbered = malloc(sizeof(*numbered));

        if (!numbered)
            return 1;
        numbered->item.run = numbered_run;
        numbered->item.abandon = numbered_abandon;
        numbered->item.priority = 0;
        numbered->producer = (unsigned int)(UINT_PTR)argument;
        numbered->number = i;
        if (dispatch_queue_push(shared, &numbered->item) != S_OK)
            failures++;
    }
    return failures;
}

static void producers(BOOL window)
{
    HANDLE threads[PRODUCERS];
    DWORD start = GetTickCount(), failures, all = 0, messages = 0;
    unsigned int i;

    shared = make(window);
    memset(next_number, 0, sizeof(next_number));
    items_ran = 0;
    out_of_order = 0;
    for (i = 0; i < PRODUCERS; i++)
        threads[i] = CreateThread(NULL, 0, producer, (void *)(UINT_PTR)i, 0, NULL);
    while (items_ran < PRODUCERS * ITEMS_EACH && GetTickCount() - start < 100000)
    {
        MsgWaitForMultipleObjects(0, NULL, FALSE, 100, QS_ALLINPUT);
        messages += pump();
    }
    is_int(items_ran, PRODUCERS * ITEMS_EACH, "%d items of %d threads", ITEMS_EACH, PRODUCERS);
    is_uint(out_of_order, 0, "each thread's in their order");
    note("%lu ms, %lu messages", GetTickCount() - start, messages);
    for (i = 0; i < PRODUCERS; i++)
    {
        WaitForSingleObject(threads[i], 20000);
        GetExitCodeThread(threads[i], &failures);
        all += failures;
        CloseHandle(threads[i]);
    }
    is_uint(all, 0, "no push failed");
    finish(shared);
}

/* The thread's other messages have their turn, however many items come. */
static void endless(struct step *step)
{
    dispatch_queue_push(step->queue, &step->item);
}

static void fairness(void)
{
    struct dispatch_queue *queue = make(TRUE);
    volatile LONG ran = 0;
    struct step step;
    MSG message;

    step_init(&step, 'e', 0, queue);
    step.inside = endless;
    step.ran = &ran;
    dispatch_queue_push(queue, &step.item);
    PostThreadMessageW(GetCurrentThreadId(), WM_APP, 0, 0);
    while (GetMessageW(&message, NULL, 0, 0) > 0 && message.message != WM_APP)
        DispatchMessageW(&message);
    is_uint(message.message, WM_APP, "another message comes through, after %ld items", ran);
    finish(queue);
    memset(story, 0, sizeof(story));
}

/* A queue that is full of other messages does not lose the wake-up for long. */
static void full(void)
{
    struct dispatch_queue *queue = make(TRUE);
    volatile LONG ran = 0;
    struct step step;
    unsigned int i;

    for (i = 0; i < 20000; i++)
    {
        if (!PostThreadMessageW(GetCurrentThreadId(), WM_APP, 0, 0))
            break;
    }
    note("room for %u messages", i);
    step_init(&step, 'f', 0, queue);
    step.ran = &ran;
    is_hr(dispatch_queue_push(queue, &step.item), S_OK, "a push to a thread with a full queue");
    pump();
    is_int(ran, 1, "is run");
    finish(queue);
    memset(story, 0, sizeof(story));
}

/* The system's way to say that a thread's queue is full, said a number of times. */
static volatile LONG refusals, refused;
static BOOL(WINAPI *post_thread_message)(DWORD, UINT, WPARAM, LPARAM);
/* Where this program's import table has the function. */
#ifdef __i386__
#define IMPORTED "__imp__PostThreadMessageW@16"
#else
#define IMPORTED "__imp_PostThreadMessageW"
#endif
extern BOOL(WINAPI *imported)(DWORD, UINT, WPARAM, LPARAM) __asm__(IMPORTED);

static BOOL WINAPI post_refused(DWORD thread, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (InterlockedDecrement(&refusals) < 0)
        return post_thread_message(thread, message, wparam, lparam);
    InterlockedIncrement(&refused);
    SetLastError(ERROR_NOT_ENOUGH_QUOTA);
    return FALSE;
}

static void post_by(BOOL(WINAPI *function)(DWORD, UINT, WPARAM, LPARAM))
{
    DWORD protection;

    VirtualProtect(&imported, sizeof(function), PAGE_READWRITE, &protection);
    imported = function;
    VirtualProtect(&imported, sizeof(function), protection, &protection);
}

static DWORD WINAPI pusher(void *step)
{
    Sleep(20);
    return (DWORD)dispatch_queue_push(((struct step *)step)->queue, &((struct step *)step)->item);
}

/* A thread without a window of the queue's, whose message queue is full and empties later: the
 * items come though nothing else happens. */
static void refusing(LONG times, BOOL twice)
{
    struct dispatch_queue *queue = make(FALSE);
    volatile LONG ran = 0, abandoned = 0;
    struct step steps[2];
    DWORD start = GetTickCount();
    HANDLE thread;

    step_init(&steps[0], 'x', 0, queue);
    step_init(&steps[1], 'y', 0, queue);
    steps[0].ran = steps[1].ran = &ran;
    refused = 0;
    refusals = times;
    post_thread_message = imported;
    post_by(post_refused);
    is_hr(dispatch_queue_push(queue, &steps[0].item), S_OK, "a push that is refused a message");
    if (twice)
    {
        /* It finds one by itself, and is refused again. */
        ok(dispatch_queue_take_message(queue) && dispatch_queue_run_one(queue),
                "the thread looks by itself");
        step_init(&steps[0], 'x', 0, queue);
        steps[0].ran = &ran;
        dispatch_queue_push(queue, &steps[0].item);
    }
    thread = CreateThread(NULL, 0, pusher, &steps[1], 0, NULL);
    while (ran < (twice ? 3 : 2) && GetTickCount() - start < 20000)
    {
        MsgWaitForMultipleObjects(0, NULL, FALSE, 20000, QS_ALLINPUT);
        pump();
    }
    post_by(post_thread_message);
    is_int(refused, times, "after so many refusals");
    check_story(twice ? "xxy" : "xy", "all items come, in their order");
    WaitForSingleObject(thread, 20000);
    CloseHandle(thread);

    /* The queue may go while a retry is due. */
    refusals = 1000;
    post_by(post_refused);
    step_init(&steps[0], 'x', 0, queue);
    steps[0].abandoned = &abandoned;
    dispatch_queue_push(queue, &steps[0].item);
    finish(queue);
    post_by(post_thread_message);
    is_int(abandoned, 1, "closed meanwhile: the item is abandoned");
    check_story("", "and not run");
}

int main(void)
{
    BOOL window;

    for (window = FALSE; window <= TRUE; window++)
    {
        order(window);
        re_entrancy(window);
        closing(window);
        death(window);
        producers(window);
    }
    polling();
    fairness();
    full();
    refusing(1, FALSE);
    refusing(30, TRUE);

    tap_account_begin();
    order(TRUE);
    death(TRUE);
    death(FALSE);
    refusing(5, FALSE);
    tap_account_end("dispatch queues");
    return done_testing();
}
