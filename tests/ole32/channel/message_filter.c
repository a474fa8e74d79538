/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Message filters on both sides of a call, and the categories of calls. */
#include "tap.h"
#include "test_server.h"

#include <rpcdcep.h>
#include <string.h>

#define ANSWERS 4

/* A filter which answers from a list, the last answer for good. */
struct filter
{
    IMessageFilter IMessageFilter_iface;
    DWORD answers[ANSWERS]; /* HandleInComingCall */
    LONG incoming;
    DWORD type, caller, method;
    IID iid;
    BOOL has_object;
    DWORD retry_answer, retry_type, retry_callee;
    LONG retries;
    LONG references;
};

static struct filter *filter_from_iface(IMessageFilter *iface)
{
    return CONTAINING_RECORD(iface, struct filter, IMessageFilter_iface);
}

static HRESULT STDMETHODCALLTYPE filter_QueryInterface(IMessageFilter *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMessageFilter))
        return E_NOINTERFACE;
    IMessageFilter_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE filter_AddRef(IMessageFilter *iface)
{
    return (ULONG)InterlockedIncrement(&filter_from_iface(iface)->references);
}

static ULONG STDMETHODCALLTYPE filter_Release(IMessageFilter *iface)
{
    return (ULONG)InterlockedDecrement(&filter_from_iface(iface)->references);
}

static DWORD STDMETHODCALLTYPE filter_HandleInComingCall(IMessageFilter *iface, DWORD type,
        HTASK caller, DWORD ticks, INTERFACEINFO *info)
{
    struct filter *filter = filter_from_iface(iface);
    LONG number = filter->incoming++;

    (void)ticks;
    filter->type = type;
    filter->caller = (DWORD)(ULONG_PTR)caller;
    filter->method = info->wMethod;
    filter->iid = info->iid;
    filter->has_object = info->pUnk != NULL;
    return filter->answers[min(number, ANSWERS - 1)];
}

static DWORD STDMETHODCALLTYPE filter_RetryRejectedCall(IMessageFilter *iface, HTASK callee,
        DWORD ticks, DWORD type)
{
    struct filter *filter = filter_from_iface(iface);

    (void)ticks;
    filter->retry_callee = (DWORD)(ULONG_PTR)callee;
    filter->retry_type = type;
    filter->retries++;
    return filter->retry_answer;
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

static IMessageFilterVtbl filter_vtbl = {filter_QueryInterface, filter_AddRef, filter_Release,
        filter_HandleInComingCall, filter_RetryRejectedCall, filter_MessagePending};

static struct filter theirs = {{&filter_vtbl}}, ours = {{&filter_vtbl}};

static void filter_set(void *argument)
{
    CoRegisterMessageFilter(argument, NULL);
}

static void answers_set(DWORD first, DWORD second, DWORD then)
{
    theirs.answers[0] = first;
    theirs.answers[1] = second;
    theirs.answers[2] = theirs.answers[3] = then;
    theirs.incoming = 0;
    ours.retries = 0;
}

static void test_incoming(ITestServer *server)
{
    LONG sum = 0;

    answers_set(SERVERCALL_ISHANDLED, SERVERCALL_ISHANDLED, SERVERCALL_ISHANDLED);
    is_hr(ITestServer_Add(server, 1, 2, &sum), S_OK, "a call that is let in");
    is_int(theirs.incoming, 1, "the filter was asked once");
    is_uint(theirs.type, CALLTYPE_TOPLEVEL, "a top-level call");
    is_uint(theirs.method, 3, "the method");
    todo_builtin("no such information")
    {
        is_uint(theirs.caller, GetCurrentThreadId(), "the caller's thread");
        is_guid(&theirs.iid, &IID_ITestServer, "the interface");
    }
    ok(theirs.has_object, "the object");
}

static void test_rejected(ITestServer *server)
{
    LONG sum = 0;

    answers_set(SERVERCALL_REJECTED, SERVERCALL_ISHANDLED, SERVERCALL_ISHANDLED);
    is_hr(ITestServer_Add(server, 1, 2, &sum), RPC_E_CALL_REJECTED, "a call that is rejected");
    answers_set(SERVERCALL_RETRYLATER, SERVERCALL_ISHANDLED, SERVERCALL_ISHANDLED);
    todo_builtin("another code")
        is_hr(ITestServer_Add(server, 1, 2, &sum), RPC_E_SERVERCALL_RETRYLATER, "to come later");
}

static void test_retry(ITestServer *server, DWORD server_thread)
{
    DWORD start;
    LONG sum = 0;

    CoRegisterMessageFilter(&ours.IMessageFilter_iface, NULL);
    answers_set(SERVERCALL_REJECTED, SERVERCALL_RETRYLATER, SERVERCALL_ISHANDLED);
    ours.retry_answer = 0;
    todo_builtin("RPC_E_CALL_REJECTED comes at once")
    {
        is_hr(ITestServer_Add(server, 1, 2, &sum), S_OK, "a call that is tried again at once");
        is_int(sum, 3, "its result");
        is_int(ours.retries, 2, "the filter was asked twice");
        is_int(theirs.incoming, 3, "the server's thrice");
        is_uint(ours.retry_type, SERVERCALL_RETRYLATER, "why");
    }
    todo_builtin("not told")
        is_uint(ours.retry_callee, server_thread, "the called thread");

    answers_set(SERVERCALL_RETRYLATER, SERVERCALL_ISHANDLED, SERVERCALL_ISHANDLED);
    ours.retry_answer = 250;
    start = GetTickCount();
    is_hr(ITestServer_Add(server, 1, 2, &sum), S_OK, "a call that is tried again after a while");
    todo_builtin("it does not wait")
        ok(GetTickCount() - start >= 240, "after 250 ms (%lu)",
                (unsigned long)(GetTickCount() - start));

    answers_set(SERVERCALL_REJECTED, SERVERCALL_REJECTED, SERVERCALL_REJECTED);
    ours.retry_answer = (DWORD)-1;
    is_hr(ITestServer_Add(server, 1, 2, &sum), RPC_E_CALL_REJECTED, "a call that is given up");
    CoRegisterMessageFilter(NULL, NULL);
}

/* A callback reaches the client's filter as a nested call. */
static void test_nested(ITestServer *server)
{
    ITestServer *mine = test_server_create();
    LONG reached;

    answers_set(SERVERCALL_ISHANDLED, SERVERCALL_ISHANDLED, SERVERCALL_ISHANDLED);
    CoRegisterMessageFilter(&ours.IMessageFilter_iface, NULL);
    ours.incoming = 0;
    is_hr(ITestServer_Nest(server, mine, 1, &reached), S_OK, "a callback");
    todo_builtin("the type is not told apart")
        is_uint(ours.type, CALLTYPE_NESTED, "is nested");
    CoRegisterMessageFilter(NULL, NULL);
    CoDisconnectObject((IUnknown *)mine, 0);
    ITestServer_Release(mine);
}

/* ---- categories ---- */

static IRawCall *inner_proxy; /* of the server's thread, for calls out of a call */
static HRESULT inner_result;

static HRESULT stub_calls_out(RPCOLEMESSAGE *message, IRpcChannelBuffer *channel)
{
    BYTE *data = CoTaskMemAlloc(4);
    ULONG size = 4;

    raw_stub_invoke = raw_stub_echo;
    inner_result = IRawCall_Call(inner_proxy, 3, 0, &data, &size);
    CoTaskMemFree(data);
    return raw_stub_echo(message, channel);
}

struct inner
{
    struct test_thread *other;
};

static void inner_make(void *argument)
{
    struct inner *inner = argument;

    test_thread_object(inner->other, &IID_IRawCall, (void **)&inner_proxy);
}

static void inner_release(void *argument)
{
    (void)argument;
    IRawCall_Release(inner_proxy);
}

static HRESULT raw_call(IRawCall *raw, ULONG flags)
{
    BYTE *data = CoTaskMemAlloc(4);
    ULONG size = 4;
    HRESULT hr = IRawCall_Call(raw, 3, flags, &data, &size);

    CoTaskMemFree(data);
    return hr;
}

static void test_categories(struct test_thread *thread)
{
    struct inner inner = {test_thread_start(COINIT_MULTITHREADED)};
    IRawCall *raw;

    is_hr(test_thread_object(thread, &IID_IRawCall, (void **)&raw), S_OK, "a raw proxy");
    test_thread_run(thread, inner_make, &inner);
    answers_set(SERVERCALL_REJECTED, SERVERCALL_REJECTED, SERVERCALL_REJECTED);
    is_hr(raw_call(raw, 0), RPC_E_CALL_REJECTED, "a synchronous call");
    is_hr(raw_call(raw, RPCFLG_INPUT_SYNCHRONOUS), S_OK,
            "an input-synchronous call cannot be rejected");

    answers_set(SERVERCALL_ISHANDLED, SERVERCALL_ISHANDLED, SERVERCALL_ISHANDLED);
    inner_result = 1;
    raw_stub_invoke = stub_calls_out;
    is_hr(raw_call(raw, RPCFLG_INPUT_SYNCHRONOUS), S_OK, "a call out of an input-synchronous one");
    is_hr(inner_result, RPC_E_CANTCALLOUT_ININPUTSYNCCALL, "is refused");

    inner_result = 1;
    raw_stub_invoke = stub_calls_out;
    is_hr(raw_call(raw, RPCFLG_ASYNCHRONOUS), S_OK, "a call out of an asynchronous one");
    is_hr(raw_call(raw, 0), S_OK, "(the next call comes after it)");
    is_hr(inner_result, RPC_E_CANTCALLOUT_INASYNCCALL, "is refused");
    is_uint(theirs.type, CALLTYPE_TOPLEVEL, "the last call was synchronous");

    inner_result = 1;
    raw_stub_invoke = stub_calls_out;
    is_hr(raw_call(raw, 0), S_OK, "a call out of a synchronous one");
    is_hr(inner_result, S_OK, "may be made");

    is_hr(raw_call(raw, 0), S_OK, "a method in its range");
    test_thread_run(thread, inner_release, NULL);
    IRawCall_Release(raw);
    ok(test_thread_stop(inner.other), "the third thread ends");
}

static void run_all(void)
{
    struct test_thread *thread = test_thread_start(COINIT_APARTMENTTHREADED);
    ITestServer *server;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    is_hr(test_thread_object(thread, &IID_ITestServer, (void **)&server), S_OK, "a proxy");
    test_thread_run(thread, filter_set, &theirs.IMessageFilter_iface);
    test_incoming(server);
    test_rejected(server);
    test_retry(server, test_thread_id(thread));
    test_nested(server);
    if (!builtin_lacks("categories of calls"))
        test_categories(thread);
    test_thread_run(thread, filter_set, NULL);
    ITestServer_Release(server);
    CoUninitialize();
    ok(test_thread_stop(thread), "the thread ends");
    is_int(theirs.references, 0, "the server's filter has no references");
    is_int(ours.references, 0, "nor has the client's");
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("message filters");
    }
    return done_testing();
}
