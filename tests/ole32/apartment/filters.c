/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Message filters: every type of call that HandleInComingCall is told of, every answer that
 * RetryRejectedCall and MessagePending can give.
 * objidl/nf-objidl-imessagefilter-handleincomingcall, -retryrejectedcall, -messagepending,
 * ne-objidl-calltype, ne-objidl-pendingtype
 */
#include "tap.h"
#include "test_server.h"

#include <rpcdcep.h>
#include <string.h>

#define NOTES 16
#define BOUND 20000 /* ms; nothing here takes so long */

/* --- a filter which writes down what it is asked, and answers from lists --- */

struct question
{
    DWORD thread, ticks, type; /* of the other side */
};

struct filter
{
    IMessageFilter IMessageFilter_iface;
    LONG references;
    struct question incoming[NOTES], rejected[NOTES], pending[NOTES];
    unsigned int incoming_count, rejected_count, pending_count;
    DWORD handle[NOTES], retry[NOTES]; /* answers; the last is for all that follow */
    unsigned int handle_count, retry_count;
    DWORD pending_answer;
    HANDLE asked; /* set by MessagePending, and RetryRejectedCall */
};

static struct filter *impl(IMessageFilter *iface)
{
    return CONTAINING_RECORD(iface, struct filter, IMessageFilter_iface);
}

static HRESULT STDMETHODCALLTYPE filter_QueryInterface(IMessageFilter *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMessageFilter))
        return E_NOINTERFACE;
    *out = iface;
    IMessageFilter_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE filter_AddRef(IMessageFilter *iface)
{
    return (ULONG)++impl(iface)->references;
}

static ULONG STDMETHODCALLTYPE filter_Release(IMessageFilter *iface)
{
    return (ULONG)--impl(iface)->references;
}

static void question_note(struct question *list, unsigned int *count, HTASK task, DWORD ticks,
        DWORD type)
{
    if (*count < NOTES)
        list[(*count)++] = (struct question){(DWORD)(ULONG_PTR)task, ticks, type};
}

static DWORD STDMETHODCALLTYPE filter_HandleInComingCall(IMessageFilter *iface, DWORD type,
        HTASK caller, DWORD ticks, INTERFACEINFO *info)
{
    struct filter *filter = impl(iface);
    unsigned int number = filter->incoming_count;

    (void)info;
    question_note(filter->incoming, &filter->incoming_count, caller, ticks, type);
    return filter->handle_count ? filter->handle[min(number, filter->handle_count - 1)]
                                : SERVERCALL_ISHANDLED;
}

static DWORD STDMETHODCALLTYPE filter_RetryRejectedCall(IMessageFilter *iface, HTASK callee,
        DWORD ticks, DWORD type)
{
    struct filter *filter = impl(iface);
    unsigned int number = filter->rejected_count;

    question_note(filter->rejected, &filter->rejected_count, callee, ticks, type);
    SetEvent(filter->asked);
    return filter->retry_count ? filter->retry[min(number, filter->retry_count - 1)] : (DWORD)-1;
}

static DWORD STDMETHODCALLTYPE filter_MessagePending(IMessageFilter *iface, HTASK callee,
        DWORD ticks, DWORD type)
{
    struct filter *filter = impl(iface);

    question_note(filter->pending, &filter->pending_count, callee, ticks, type);
    SetEvent(filter->asked);
    return filter->pending_answer;
}

static IMessageFilterVtbl filter_vtbl = {filter_QueryInterface, filter_AddRef, filter_Release,
        filter_HandleInComingCall, filter_RetryRejectedCall, filter_MessagePending};

static struct filter mine = {.IMessageFilter_iface = {&filter_vtbl}};
static struct filter theirs = {.IMessageFilter_iface = {&filter_vtbl}};

static void filter_clear(struct filter *filter)
{
    filter->incoming_count = filter->rejected_count = filter->pending_count = 0;
    filter->handle_count = filter->retry_count = 0;
    filter->pending_answer = PENDINGMSG_WAITDEFPROCESS;
    ResetEvent(filter->asked);
}

static void filter_set(void *filter)
{
    CoRegisterMessageFilter(filter, NULL);
}

/* --- three apartments: this thread's, a server's, and a third one's --- */

static struct test_thread *server, *third;
static DWORD main_thread;
static IRawCall *to_server; /* this thread's proxy */
static IStream *main_stream;
static IRawCall *to_main;        /* the third thread's proxy */
static IRawCall *server_to_main; /* the server's */
static HANDLE inside, done;
static HWND window;

static HRESULT raw_call(IRawCall *raw, ULONG flags)
{
    BYTE *data = CoTaskMemAlloc(4);
    ULONG size = 4;
    HRESULT hr;

    memset(data, 1, 4);
    hr = IRawCall_Call(raw, 3, flags, &data, &size);
    CoTaskMemFree(data);
    return hr;
}

static void main_unmarshal(void *out)
{
    CoGetInterfaceAndReleaseStream(main_stream, &IID_IRawCall, out);
}

static void main_release(void *raw)
{
    IRawCall_Release(*(IRawCall **)raw);
}

/* Runs something on a thread while this one pumps. */
struct remote_work
{
    void (*function)(void *);
    void *argument;
    volatile LONG over;
};

static void remote_work_run(void *argument)
{
    struct remote_work *work = argument;

    work->function(work->argument);
    work->over = TRUE;
    PostThreadMessageW(main_thread, WM_NULL, 0, 0);
}

static void run_on(struct test_thread *thread, void (*function)(void *), void *argument)
{
    struct remote_work work = {function, argument, FALSE};

    test_thread_post(thread, remote_work_run, &work);
    ok(test_pump(&work.over, BOUND), "the other thread has done its part");
}

/* --- what the stubs do --- */

/* The server's: tells that it is inside, and waits. */
static HRESULT stub_waits(RPCOLEMESSAGE *message, IRpcChannelBuffer *channel)
{
    if (GetCurrentThreadId() == test_thread_id(server))
    {
        SetEvent(inside);
        WaitForSingleObject(done, BOUND);
    }
    return raw_stub_echo(message, channel);
}

/* The server's: calls back. */
static HRESULT stub_calls_back(RPCOLEMESSAGE *message, IRpcChannelBuffer *channel)
{
    if (GetCurrentThreadId() == test_thread_id(server))
        raw_call(server_to_main, 0);
    return raw_stub_echo(message, channel);
}

/* The server's: a message for this thread, and time until its filter is asked. This thread's: calls
 * the server. */
static HRESULT stub_posts(RPCOLEMESSAGE *message, IRpcChannelBuffer *channel)
{
    if (GetCurrentThreadId() == test_thread_id(server))
    {
        PostMessageW(window, WM_USER, 0, 0);
        WaitForSingleObject(mine.asked, BOUND);
    }
    else if (GetCurrentThreadId() == main_thread)
    {
        raw_call(to_server, 0);
    }
    return raw_stub_echo(message, channel);
}

/* --- HandleInComingCall --- */

static HRESULT third_results[3];

/* Each category, and one more, which comes after them. */
static void third_calls(void *waits)
{
    if (waits)
        WaitForSingleObject(inside, BOUND);
    third_results[0] = raw_call(to_main, RPCFLG_ASYNCHRONOUS);
    third_results[1] = raw_call(to_main, 0);
    third_results[2] = raw_call(to_main, RPCFLG_INPUT_SYNCHRONOUS);
    SetEvent(done);
}

static void check_third(void)
{
    unsigned int i;

    for (i = 0; i < 3; i++)
        is_hr(third_results[i], S_OK, "the third thread's call %u", i + 1);
    is_uint(mine.incoming_count, 3, "this thread's filter is asked for each");
    for (i = 0; i < mine.incoming_count; i++)
        is_uint(mine.incoming[i].thread, test_thread_id(third), "the caller's thread");
}

static void toplevel(void)
{
    filter_clear(&mine);
    run_on(third, third_calls, NULL);
    check_third();
    is_uint(mine.incoming[0].type, CALLTYPE_ASYNC, "an asynchronous call");
    is_uint(mine.incoming[1].type, CALLTYPE_TOPLEVEL, "a synchronous one");
    is_uint(mine.incoming[2].type, CALLTYPE_TOPLEVEL, "an input-synchronous one");
}

/* The same while this thread waits for a call of its own. */
static void call_pending(void)
{
    struct remote_work work = {third_calls, &work, FALSE};
    unsigned int i;

    filter_clear(&mine);
    ResetEvent(inside);
    ResetEvent(done);
    raw_stub_invoke = stub_waits;
    test_thread_post(third, remote_work_run, &work);
    is_hr(raw_call(to_server, 0), S_OK, "a call that takes its time");
    raw_stub_invoke = raw_stub_echo;
    ok(test_pump(&work.over, BOUND), "the third thread is ready");
    check_third();
    is_uint(mine.incoming[0].type, CALLTYPE_ASYNC_CALLPENDING, "an asynchronous call");
    is_uint(mine.incoming[1].type, CALLTYPE_TOPLEVEL_CALLPENDING, "a synchronous one");
    is_uint(mine.incoming[2].type, CALLTYPE_TOPLEVEL_CALLPENDING, "an input-synchronous one");
    for (i = 0; i + 1 < mine.incoming_count; i++)
        ok(mine.incoming[i].ticks <= mine.incoming[i + 1].ticks
                        && mine.incoming[i + 1].ticks < BOUND,
                "the time since the call was made: %lu ms", mine.incoming[i + 1].ticks);
}

static void nested(void)
{
    filter_clear(&mine);
    raw_stub_invoke = stub_calls_back;
    is_hr(raw_call(to_server, 0), S_OK, "a call that calls back");
    raw_stub_invoke = raw_stub_echo;
    is_uint(mine.incoming_count, 1, "the filter is asked");
    is_uint(mine.incoming[0].type, CALLTYPE_NESTED, "about a nested call");
    is_uint(mine.incoming[0].thread, test_thread_id(server), "of the server's thread");
}

/* What cannot be kept out: "dispatched even if the application returns SERVERCALL_REJECTED". */
static void kept_out(void)
{
    filter_clear(&mine);
    mine.handle[0] = SERVERCALL_REJECTED;
    mine.handle[1] = SERVERCALL_RETRYLATER;
    mine.handle[2] = SERVERCALL_REJECTED;
    mine.handle_count = 3;
    run_on(third, third_calls, NULL);
    is_uint(mine.incoming_count, 3, "the filter is asked");
    is_hr(third_results[0], S_OK, "an asynchronous call gets in");
    is_hr(third_results[1], RPC_E_SERVERCALL_RETRYLATER, "a synchronous one does not");
    is_hr(third_results[2], S_OK, "an input-synchronous one does");
}

/* --- RetryRejectedCall --- */

static void answers(struct filter *filter, DWORD first, DWORD then)
{
    filter->handle[0] = first;
    filter->handle[1] = then;
    filter->handle_count = 2;
}

static void retries(void)
{
    static const DWORD waits[] = {0, 99, 100, 101};
    DWORD start;
    unsigned int i;

    filter_clear(&mine);
    filter_clear(&theirs);
    for (i = 0; i < ARRAYSIZE(waits); i++)
    {
        theirs.handle[i] = i % 2 ? SERVERCALL_REJECTED : SERVERCALL_RETRYLATER;
        mine.retry[i] = waits[i];
    }
    theirs.handle[i] = SERVERCALL_ISHANDLED;
    theirs.handle_count = i + 1;
    mine.retry_count = i;
    start = GetTickCount();
    is_hr(raw_call(to_server, 0), S_OK, "a call that is turned away four times");
    ok(GetTickCount() - start >= 190, "two of the answers are times to wait");
    is_uint(theirs.incoming_count, 5, "the server's filter is asked each time");
    is_uint(mine.rejected_count, 4, "the client's each time that it is turned away");
    for (i = 0; i < mine.rejected_count; i++)
    {
        is_uint(mine.rejected[i].type, theirs.handle[i], "as the server's said");
        is_uint(mine.rejected[i].thread, test_thread_id(server), "by its thread");
        ok(mine.rejected[i].ticks < BOUND
                        && (!i || mine.rejected[i].ticks >= mine.rejected[i - 1].ticks),
                "the time since the call was made: %lu ms", mine.rejected[i].ticks);
    }
    ok(mine.rejected[3].ticks >= 90, "waiting included: %lu ms", mine.rejected[3].ticks);
}

static void given_up(void)
{
    filter_clear(&mine);
    filter_clear(&theirs);
    answers(&theirs, SERVERCALL_RETRYLATER, SERVERCALL_RETRYLATER);
    mine.retry[0] = 0;
    mine.retry[1] = (DWORD)-1;
    mine.retry_count = 2;
    is_hr(raw_call(to_server, 0), RPC_E_CALL_REJECTED, "a call that is given up");
    is_uint(mine.rejected_count, 2, "with the second answer");

    CoRegisterMessageFilter(NULL, NULL);
    filter_clear(&theirs);
    answers(&theirs, SERVERCALL_REJECTED, SERVERCALL_RETRYLATER);
    is_hr(raw_call(to_server, 0), RPC_E_CALL_REJECTED, "without a filter: rejected");
    is_hr(raw_call(to_server, 0), RPC_E_SERVERCALL_RETRYLATER, "without a filter: to come later");
    CoRegisterMessageFilter(&mine.IMessageFilter_iface, NULL);
    filter_clear(&theirs);
}

static void post_when_asked(void *unused)
{
    (void)unused;
    WaitForSingleObject(mine.asked, BOUND);
    PostMessageW(window, WM_USER, 0, 0);
}

/* A call that waits to be made again can be cancelled. */
static void cancelled_between(void)
{
    struct remote_work work = {post_when_asked, NULL, FALSE};

    filter_clear(&mine);
    filter_clear(&theirs);
    answers(&theirs, SERVERCALL_RETRYLATER, SERVERCALL_RETRYLATER);
    mine.retry[0] = 10 * BOUND;
    mine.retry_count = 1;
    mine.pending_answer = PENDINGMSG_CANCELCALL;
    test_thread_post(third, remote_work_run, &work);
    is_hr(raw_call(to_server, 0), RPC_E_CALL_CANCELED, "cancelled while it waits");
    is_uint(mine.rejected_count, 1, "after one attempt");
    ok(mine.pending_count >= 1, "MessagePending was asked");
    ok(test_pump(&work.over, BOUND), "the third thread is ready");
    filter_clear(&theirs);
}

/* --- MessagePending --- */

static void drain(void)
{
    MSG message;

    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
}

static void pending(DWORD answer, HRESULT expected, const char *what)
{
    MSG message;

    drain();
    filter_clear(&mine);
    mine.pending_answer = answer;
    raw_stub_invoke = stub_posts;
    is_hr(raw_call(to_server, 0), expected, "a message comes, and the answer is %s", what);
    is_uint(mine.pending_count, 1, "%s: asked once", what);
    is_uint(mine.pending[0].type, PENDINGTYPE_TOPLEVEL, "%s: not nested", what);
    is_uint(mine.pending[0].thread, test_thread_id(server), "%s: the server's thread", what);
    ok(mine.pending[0].ticks < BOUND, "%s: the time since: %lu ms", what, mine.pending[0].ticks);
    ok(PeekMessageW(&message, window, WM_USER, WM_USER, PM_REMOVE), "%s: the message stays", what);
    raw_stub_invoke = raw_stub_echo;
    is_hr(raw_call(to_server, 0), S_OK, "%s: the next call", what);
}

static void third_call(void *unused)
{
    (void)unused;
    third_results[0] = raw_call(to_main, 0);
}

static void pending_nested(void)
{
    drain();
    filter_clear(&mine);
    raw_stub_invoke = stub_posts;
    run_on(third, third_call, NULL);
    raw_stub_invoke = raw_stub_echo;
    is_hr(third_results[0], S_OK, "a call, in which this thread calls the server");
    is_uint(mine.pending_count, 1, "MessagePending is called");
    is_uint(mine.pending[0].type, PENDINGTYPE_NESTED, "with PENDINGTYPE_NESTED");
    drain();
}

/* --- */

static void setup(void)
{
    IRawCall *object = raw_object_create();

    server = test_thread_start(COINIT_APARTMENTTHREADED);
    third = test_thread_start(COINIT_APARTMENTTHREADED);
    is_hr(test_thread_object(server, &IID_IRawCall, (void **)&to_server), S_OK, "a proxy");
    CoMarshalInterThreadInterfaceInStream(&IID_IRawCall, (IUnknown *)object, &main_stream);
    run_on(third, main_unmarshal, &to_main);
    CoMarshalInterThreadInterfaceInStream(&IID_IRawCall, (IUnknown *)object, &main_stream);
    run_on(server, main_unmarshal, &server_to_main);
    IRawCall_Release(object);
    CoRegisterMessageFilter(&mine.IMessageFilter_iface, NULL);
    run_on(server, filter_set, &theirs.IMessageFilter_iface);
}

static void teardown(void)
{
    CoRegisterMessageFilter(NULL, NULL);
    run_on(server, filter_set, NULL);
    run_on(third, main_release, &to_main);
    run_on(server, main_release, &server_to_main);
    IRawCall_Release(to_server);
    ok(test_thread_stop(server), "the server ends");
    ok(test_thread_stop(third), "the third thread ends");
    is_int(mine.references, 0, "this thread's filter has no references");
    is_int(theirs.references, 0, "nor has the server's");
}

static void all_of_it(void)
{
    setup();
    toplevel();
    call_pending();
    nested();
    kept_out();
    retries();
    given_up();
    cancelled_between();
    pending(PENDINGMSG_WAITDEFPROCESS, S_OK, "PENDINGMSG_WAITDEFPROCESS");
    pending(PENDINGMSG_WAITNOPROCESS, S_OK, "PENDINGMSG_WAITNOPROCESS");
    pending(PENDINGMSG_CANCELCALL, RPC_E_CALL_CANCELED, "PENDINGMSG_CANCELCALL");
    pending_nested();
    teardown();
}

int main(void)
{
    static const WNDCLASSW class = {.lpfnWndProc = DefWindowProcW, .lpszClassName = L"filters"};

    if (builtin_lacks("types of calls, categories, RetryRejectedCall's answers"))
        return done_testing();
    main_thread = GetCurrentThreadId();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    RegisterClassW(&class);
    window = CreateWindowExW(0, L"filters", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    inside = CreateEventW(NULL, FALSE, FALSE, NULL);
    done = CreateEventW(NULL, TRUE, FALSE, NULL);
    mine.asked = CreateEventW(NULL, TRUE, FALSE, NULL);
    theirs.asked = CreateEventW(NULL, TRUE, FALSE, NULL);
    all_of_it();
    tap_account_begin();
    all_of_it();
    tap_account_end("message filters");
    CloseHandle(inside);
    CloseHandle(done);
    CloseHandle(mine.asked);
    CloseHandle(theirs.asked);
    DestroyWindow(window);
    CoUninitialize();
    return done_testing();
}
