/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stub of a call object. It aggregates the call object, and answers for ISynchronize itself:
 * so it learns of Signal, upon which it has Finish_ called and sends the answer.
 *
 * Finish_ runs in the target's apartment: at once when Signal is called there, else brought there.
 * A Signal from inside Begin_ counts when Begin_ has returned, on Begin_'s thread. Whoever turns
 * `claimed` on has the call: nobody else touches it from then on.
 */
#include "async_stub.h"

#include <objidl.h>
#include <stdlib.h>

#include "apartment_stay.h"
#include "async_pair.h"
#include "call_guard.h"
#include "channel_hook.h"
#include "com_aggregate.h"
#include "deferred_call.h"
#include "ndr_call.h"
#include "server_call_impl.h"
#include "trace.h"

/* ---- which calls are asynchronous ---- */

struct async_interface
{
    IID async_iid;
    struct ndr_interface *volatile ndr; /* NULL until the first call */
    volatile LONG refused;              /* the object has no call objects, or they are of no use */
};

/* Of interfaces which have no asynchronous form. */
static struct async_interface no_interface;

static struct async_interface *interface_create(REFIID async_iid)
{
    struct async_interface *known = calloc(1, sizeof(*known));

    if (known)
        known->async_iid = *async_iid;
    return known;
}

BOOL async_interface_possible(const struct stub_target *target)
{
    struct async_interface *known, *fresh = &no_interface;
    IID async_iid;

    if (!target->async)
        return FALSE;
    if (!(known = *target->async))
    {
        if (SUCCEEDED(async_iid_of(&target->iid, &async_iid))
                && !(fresh = interface_create(&async_iid)))
            return FALSE;
        known = InterlockedCompareExchangePointer((void *volatile *)target->async, fresh, NULL);
        if (known)
            async_interface_free(fresh);
        else
            known = fresh;
    }
    return known != &no_interface && !known->refused;
}

struct async_interface *async_interface_in_context(REFIID iid)
{
    IID async_iid;

    return SUCCEEDED(context_async_iid_of(iid, &async_iid)) ? interface_create(&async_iid) : NULL;
}

void async_interface_free(struct async_interface *known)
{
    if (!known || known == &no_interface)
        return;
    ndr_interface_free(known->ndr);
    free(known);
}

/* Finds out at the first call whether the object has call objects, and what its methods are. Calls
 * out. FALSE: calls are synchronous. */
static BOOL interface_resolve(const struct stub_target *target, struct async_interface *known)
{
    struct ndr_interface *ndr;
    ICallFactory *factory;
    HRESULT hr;

    if (known->ndr)
        return TRUE;
    hr = IUnknown_QueryInterface(target->object, &IID_ICallFactory, (void **)&factory);
    if (SUCCEEDED(hr) && factory)
    {
        ICallFactory_Release(factory);
        hr = ndr_interface_of_stub(target->stub, &target->iid, &ndr);
        if (hr == E_OUTOFMEMORY)
            return FALSE; /* the next call may find some */
    }
    else
        hr = E_NOINTERFACE;
    if (FAILED(hr))
        InterlockedExchange(&known->refused, TRUE);
    else if (InterlockedCompareExchangePointer((void *volatile *)&known->ndr, ndr, NULL))
        ndr_interface_free(ndr);
    return SUCCEEDED(hr);
}

/* ---- the stub ---- */

struct async_stub
{
    struct com_inner com; /* nobody aggregates it: its own IUnknown is the controlling one */
    ISynchronize ISynchronize_iface;
    ICancelMethodCalls ICancelMethodCalls_iface;
    struct dispatch_item item;   /* brings Finish_ into the apartment */
    struct apartment *apartment; /* with a reference */
    ICallFactory *factory;       /* while it makes the call object, with a reference */
    IUnknown *inner;             /* the call object's own IUnknown, with a reference */
    IUnknown *async;             /* its AsyncIFoo; without one, for it would be on ourselves */
    struct ndr_server_call *ndr; /* the parameters, from Begin_ to Finish_ */
    HRESULT failure;             /* Begin_ failed so */

    /* stubs_lock guards the rest. */
    struct list entry;        /* in pending_stubs, until claimed */
    struct server_call *call; /* NULL once answered */
    BOOL beginning;           /* Begin_ is running */
    BOOL claimed;             /* signalled, or ended otherwise */
    BOOL closing;             /* its apartment is being left */
};

static SRWLOCK stubs_lock = SRWLOCK_INIT;
static struct list pending_stubs = {&pending_stubs, &pending_stubs};

static void stub_complete(struct async_stub *stub);

COM_INNER_METHODS(stub, struct async_stub, ISynchronize, ISynchronize_iface)
COM_INNER_METHODS(stub, struct async_stub, ICancelMethodCalls, ICancelMethodCalls_iface)

/* ISynchronize::Signal: the call is done, Finish_ can be called. S_OK; RPC_E_CALL_COMPLETE when
 * that has been said before, or the call is over. */
static HRESULT STDMETHODCALLTYPE stub_Signal(ISynchronize *iface)
{
    struct async_stub *stub = stub_from_ISynchronize(iface);
    BOOL first, beginning;

    AcquireSRWLockExclusive(&stubs_lock);
    first = stub->call && !stub->claimed;
    beginning = stub->beginning;
    if (first)
    {
        stub->claimed = TRUE;
        list_remove(&stub->entry);
    }
    ReleaseSRWLockExclusive(&stubs_lock);
    if (!first)
        return RPC_E_CALL_COMPLETE;
    if (!beginning)
        stub_complete(stub);
    return S_OK;
}

BOOL async_stub_signalled(struct async_stub *stub)
{
    BOOL signalled;

    AcquireSRWLockShared(&stubs_lock);
    signalled = stub->claimed;
    ReleaseSRWLockShared(&stubs_lock);
    return signalled;
}

/* ISynchronize::Wait: the call object itself decides when it is done; it can only ask. S_OK or
 * RPC_S_CALLPENDING. */
static HRESULT STDMETHODCALLTYPE stub_Wait(ISynchronize *iface, DWORD flags, DWORD timeout)
{
    (void)flags;
    (void)timeout;
    return async_stub_signalled(stub_from_ISynchronize(iface)) ? S_OK : RPC_S_CALLPENDING;
}

/* ISynchronize::Reset: what has been signalled is being answered: RPC_E_CALL_COMPLETE. */
static HRESULT STDMETHODCALLTYPE stub_Reset(ISynchronize *iface)
{
    return async_stub_signalled(stub_from_ISynchronize(iface)) ? RPC_E_CALL_COMPLETE : S_OK;
}

/* ICancelMethodCalls::Cancel: the server cannot cancel its client's call. */
static HRESULT STDMETHODCALLTYPE stub_Cancel(ICancelMethodCalls *iface, ULONG seconds)
{
    (void)iface;
    (void)seconds;
    return E_NOTIMPL;
}

/* ICancelMethodCalls::TestCancel: RPC_E_CALL_CANCELED, RPC_S_CALLPENDING, or RPC_E_CALL_COMPLETE
 * when the call is over. Any thread. */
static HRESULT STDMETHODCALLTYPE stub_TestCancel(ICancelMethodCalls *iface)
{
    struct async_stub *stub = stub_from_ICancelMethodCalls(iface);
    HRESULT hr = RPC_E_CALL_COMPLETE;

    AcquireSRWLockShared(&stubs_lock);
    if (stub->call && !stub->claimed)
        hr = stub->call->cancelled(stub->call) ? RPC_E_CALL_CANCELED : RPC_S_CALLPENDING;
    ReleaseSRWLockShared(&stubs_lock);
    return hr;
}

/* What is not the stub's own is the call object's. */
static HRESULT stub_query(void *object, REFIID iid, void **out)
{
    const struct async_stub *stub = object;

    return stub->inner ? IUnknown_QueryInterface(stub->inner, iid, out) : E_NOINTERFACE;
}

static void stub_destroy(void *object)
{
    struct async_stub *stub = object;
    IUnknown *inner = stub->inner;

    if (stub->factory)
        ICallFactory_Release(stub->factory);
    stub->inner = NULL; /* it may ask us and count us while it goes */
    if (inner)
        IUnknown_Release(inner);
    apartment_release(stub->apartment);
    free(stub);
}

static const struct com_interface stub_interfaces[] = {
        {&IID_ISynchronize, offsetof(struct async_stub, ISynchronize_iface)},
        {&IID_ICancelMethodCalls, offsetof(struct async_stub, ICancelMethodCalls_iface)},
};

static const struct com_inner_class stub_class = {"stub of a call object", stub_interfaces,
        ARRAY_SIZE(stub_interfaces), stub_query, stub_destroy};

static struct async_stub *stub_create(struct server_call *call)
{
    static ISynchronizeVtbl synchronize_vtbl = {stub_ISynchronize_QueryInterface,
            stub_ISynchronize_AddRef, stub_ISynchronize_Release, stub_Wait, stub_Signal,
            stub_Reset};
    static ICancelMethodCallsVtbl cancel_vtbl = {stub_ICancelMethodCalls_QueryInterface,
            stub_ICancelMethodCalls_AddRef, stub_ICancelMethodCalls_Release, stub_Cancel,
            stub_TestCancel};
    struct async_stub *stub = calloc(1, sizeof(*stub));

    if (!stub)
        return NULL;
    com_inner_init(&stub->com, &stub_class, NULL);
    stub->ISynchronize_iface.lpVtbl = &synchronize_vtbl;
    stub->ICancelMethodCalls_iface.lpVtbl = &cancel_vtbl;
    stub->call = call;
    stub->apartment = call->target->apartment;
    apartment_addref(stub->apartment);
    stub->beginning = TRUE;
    AcquireSRWLockExclusive(&stubs_lock);
    list_add_tail(&pending_stubs, &stub->entry);
    ReleaseSRWLockExclusive(&stubs_lock);
    return stub;
}

/* Nobody finishes the call any more; `call_too`: the stub does not know it any longer. */
static void stub_forget(struct async_stub *stub, BOOL call_too)
{
    AcquireSRWLockExclusive(&stubs_lock);
    if (!stub->claimed)
        list_remove(&stub->entry);
    stub->claimed = TRUE;
    if (call_too)
        stub->call = NULL;
    ReleaseSRWLockExclusive(&stubs_lock);
}

/* Has the object make a call object, aggregated into the stub. What it has got so far the stub
 * keeps, should there be an exception, or the thread end. */
static HRESULT call_object_create(struct async_stub *stub, const struct async_interface *known)
{
    IUnknown *inner = NULL;
    HRESULT hr = IUnknown_QueryInterface(stub->call->target->object, &IID_ICallFactory,
            (void **)&stub->factory);

    if (FAILED(hr))
        stub->factory = NULL;
    else if (!stub->factory)
        hr = E_NOINTERFACE;
    if (FAILED(hr))
        return hr;
    hr = ICallFactory_CreateCall(stub->factory, &known->async_iid, stub->com.outer, &IID_IUnknown,
            &inner);
    if (SUCCEEDED(hr) && !inner)
        hr = E_NOINTERFACE;
    if (FAILED(hr))
        return hr;
    stub->inner = inner;
    ICallFactory_Release(stub->factory);
    stub->factory = NULL;
    hr = IUnknown_QueryInterface(stub->inner, &known->async_iid, (void **)&stub->async);
    if (SUCCEEDED(hr))
        IUnknown_Release(stub->com.outer); /* that was a reference on ourselves */
    return hr;
}

struct find_arguments
{
    struct server_call *call;
    struct async_interface *known;
    HRESULT hr;
};

static void __cdecl call_object_find(void *argument)
{
    struct find_arguments *find = argument;
    struct server_call *call = find->call;

    if (!interface_resolve(call->target, find->known))
    {
        find->hr = E_NOINTERFACE;
        return;
    }
    if (!(call->async = stub_create(call)))
    {
        find->hr = E_OUTOFMEMORY;
        return;
    }
    IUnknown_AddRef(call->async->com.outer); /* async_stub_serve's */
    find->hr = call_object_create(call->async, find->known);
}

/* A stub with a call object, for call->async, with a reference for the caller. S_OK; S_FALSE: there
 * is no call object this time; what the client gets for an exception meanwhile. */
static HRESULT stub_make(struct server_call *call, struct async_interface *known)
{
    struct find_arguments find = {.call = call, .known = known, .hr = S_OK};
    DWORD exception = call_guarded(call_object_find, &find);
    struct async_stub *stub = call->async;

    if (!exception && SUCCEEDED(find.hr))
        return S_OK;
    if (exception)
        trace("exception %08lx where a call object was to be made", (unsigned long)exception);
    else
        trace("no call object for {%08lx-...}: %08lx", known->async_iid.Data1,
                (unsigned long)find.hr);
    if (stub)
    {
        call->async = NULL;
        stub_forget(stub, TRUE);
        IUnknown_Release(stub->com.outer);
        IUnknown_Release(stub->com.outer);
    }
    return exception ? server_call_exception_status(exception) : S_FALSE;
}

/* ---- the two halves ---- */

struct begin_arguments
{
    struct async_stub *stub;
    const struct async_interface *known;
    HRESULT hr, begun;
};

static void __cdecl stub_begin(void *argument)
{
    struct begin_arguments *begin = argument;
    struct server_call *call = begin->stub->call;

    begin->hr =
            ndr_server_begin(begin->known->ndr, &call->message, (IRpcChannelBuffer *)call->channel,
                    begin->stub->async, &begin->begun, &begin->stub->ndr);
}

/* Begin_. S_OK, or what the client gets for the call. */
static HRESULT begin_guarded(struct async_stub *stub, const struct async_interface *known)
{
    struct begin_arguments begin = {.stub = stub, .known = known, .hr = S_OK};

    if (!server_call_valid(stub->call))
        return HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    if (call_guarded(stub_begin, &begin))
        return RPC_E_SERVERFAULT;
    if (FAILED(begin.hr))
        return server_call_exception_status((DWORD)begin.hr);
    stub->failure = FAILED(begin.begun) ? begin.begun : S_OK;
    return S_OK;
}

struct finish_arguments
{
    struct async_stub *stub;
    struct ndr_server_call *ndr;
    HRESULT hr;
};

static void __cdecl stub_finish(void *argument)
{
    struct finish_arguments *finish = argument;
    struct async_stub *stub = finish->stub;

    finish->hr = ndr_server_finish(finish->ndr, stub->async, &stub->call->message, stub->failure);
}

/* The answer is complete, and leaves; the call object goes. */
static void stub_answer(struct async_stub *stub)
{
    struct server_call *call = stub->call;

    AcquireSRWLockExclusive(&stubs_lock);
    stub->call = NULL;
    ReleaseSRWLockExclusive(&stubs_lock);
    server_call_finish(call);
    IUnknown_Release(stub->com.outer);
}

/* Ends a claimed call without Finish_. */
static void stub_fail(struct async_stub *stub, HRESULT why)
{
    if (stub->ndr)
        ndr_server_abandon(stub->ndr);
    stub->ndr = NULL;
    stub->call->reply.outcome = ORPC_FAULT;
    stub->call->reply.status = why;
    call_context_end(stub->call);
    stub_answer(stub);
}

/* Finish_, in the apartment. */
static void finish_here(struct async_stub *stub)
{
    struct com_thread *thread = com_thread_get();
    struct finish_arguments finish = {.stub = stub, .ndr = stub->ndr, .hr = S_OK};
    struct server_call *call = stub->call;
    struct thread_state state;
    HRESULT hr;

    if (!thread)
    {
        stub_fail(stub, E_OUTOFMEMORY);
        return;
    }
    server_call_enter(call, thread, &state);
    hr = call_guarded(stub_finish, &finish) ? RPC_E_SERVERFAULT : finish.hr;
    stub->ndr = NULL; /* freed whatever happened */
    server_call_invoked(call, hr);
    if (channel_hooks_any())
        channel_hooks_server_send(call->request, &call->target->iid, call->target->object,
                &call->reply);
    server_call_leave(call, &state, TRUE);
    stub_answer(stub);
}

static void item_run(struct dispatch_item *item)
{
    finish_here(LIST_ENTRY_OF(item, struct async_stub, item));
}

static void item_abandon(struct dispatch_item *item, HRESULT why)
{
    stub_fail(LIST_ENTRY_OF(item, struct async_stub, item), why);
}

/* A thread that is nowhere, or elsewhere, works in the apartment for a while. */
static void finish_as_member(struct async_stub *stub)
{
    struct com_thread *thread = com_thread_get();
    struct apartment_stay stay;

    if (!thread)
    {
        stub_fail(stub, E_OUTOFMEMORY);
        return;
    }
    apartment_stay_begin(&stay, thread, stub->apartment);
    finish_here(stub);
    apartment_stay_end(&stay);
}

/* Has Finish_ called where it belongs. The caller has claimed the call, and holds nothing. */
static void stub_complete(struct async_stub *stub)
{
    struct apartment *apartment = stub->apartment;
    HRESULT hr;

    if (stub->closing || apartment->closed)
        stub_fail(stub, RPC_E_DISCONNECTED);
    else if (apartment_is_current(apartment))
        finish_here(stub);
    else if (apartment->kind != APARTMENT_STA)
        finish_as_member(stub);
    else
    {
        stub->item.run = item_run;
        stub->item.abandon = item_abandon;
        stub->item.priority = 0;
        if (FAILED(hr = apartment_submit(apartment, &stub->item)))
            stub_fail(stub, hr);
    }
}

/* Begin_ has returned, and its thread has left the call: others may finish it now. */
static void stub_begun(struct async_stub *stub, HRESULT hr)
{
    BOOL complete, lost;

    AcquireSRWLockExclusive(&stubs_lock);
    stub->beginning = FALSE;
    lost = !stub->call; /* never here: its thread has ended */
    if (!stub->claimed && (FAILED(hr) || stub->failure || stub->closing || stub->apartment->closed))
    {
        stub->claimed = TRUE;
        list_remove(&stub->entry);
    }
    complete = stub->claimed;
    ReleaseSRWLockExclusive(&stubs_lock);
    if (lost || !complete)
        return;
    if (FAILED(hr))
        stub_fail(stub, hr);
    else
        stub_complete(stub);
}

/* The call has been served without a call object, or could not be: its answer is complete. */
static void answer_at_once(struct server_call *call, const struct thread_state *state)
{
    if (channel_hooks_any())
        channel_hooks_server_send(call->request, &call->target->iid, call->target->object,
                &call->reply);
    server_call_leave(call, state, TRUE);
    server_call_finish(call);
}

void async_stub_serve(struct server_call *call, struct com_thread *thread)
{
    struct async_interface *known = *call->target->async;
    struct async_stub *stub;
    struct thread_state state;
    HRESULT hr;

    server_call_enter(call, thread, &state);
    if (channel_hooks_any())
        channel_hooks_server_receive(call->request, &call->target->iid, call->target->object);
    hr = stub_make(call, known);
    if (hr != S_OK)
    {
        if (SUCCEEDED(hr))
            server_call_invoke(call);
        else
            server_call_invoked(call, hr);
        answer_at_once(call, &state);
        return;
    }
    stub = call->async;
    hr = begin_guarded(stub, known);
    if (FAILED(hr))
        call->reply.status = hr;
    if (FAILED(hr) && channel_hooks_any())
        channel_hooks_server_send(call->request, &call->target->iid, call->target->object,
                &call->reply);
    /* A Begin_ that failed has said all there is, also its error object. */
    server_call_leave(call, &state, FAILED(hr) || FAILED(stub->failure));
    stub_begun(stub, hr);
    IUnknown_Release(stub->com.outer);
}

/* ---- threads that end inside ---- */

/* On a thread of the pool: ends the call of a thread that is gone, in its apartment as far as there
 * still is one. */
static void lost_end(void *argument)
{
    struct async_stub *stub = argument;
    struct com_thread *thread = com_thread_get();
    IUnknown *outer = stub->com.outer;
    BOOL beginning = stub->beginning;
    BOOL stays = thread && stub->apartment->kind != APARTMENT_STA;
    struct apartment_stay stay;

    trace("a thread has ended inside a call with a call object");
    if (stays)
        apartment_stay_begin(&stay, thread, stub->apartment);
    stub_fail(stub, RPC_E_SERVER_DIED);
    if (beginning)
        IUnknown_Release(outer); /* async_stub_serve's */
    if (stays)
        apartment_stay_end(&stay);
}

static void lost_item_abandon(struct dispatch_item *item, HRESULT why)
{
    (void)why;
    deferred_call(lost_end, LIST_ENTRY_OF(item, struct async_stub, item));
}

static void lost_item_run(struct dispatch_item *item)
{
    lost_end(LIST_ENTRY_OF(item, struct async_stub, item));
}

BOOL async_stub_thread_ended(struct async_stub *stub)
{
    struct server_call *call = stub->call;
    struct apartment *apartment = stub->apartment;

    stub_forget(stub, FALSE);
    if (call->thread_leaves)
        call->thread_leaves(call);
    /* An STA ends with its thread, and then abandons what is in its queue. */
    if (apartment->kind == APARTMENT_STA && apartment->thread_id == GetCurrentThreadId())
    {
        stub->item.run = lost_item_run;
        stub->item.abandon = lost_item_abandon;
        stub->item.priority = 0;
        if (SUCCEEDED(apartment_submit(apartment, &stub->item)))
            return TRUE;
    }
    if (deferred_call(lost_end, stub))
        return TRUE;
    stub_forget(stub, TRUE);
    return FALSE;
}

void async_stubs_close(struct apartment *apartment)
{
    for (;;)
    {
        struct async_stub *stub = NULL, *each;

        AcquireSRWLockExclusive(&stubs_lock);
        LIST_FOR_EACH(each, &pending_stubs, struct async_stub, entry)
        {
            if (each->apartment != apartment || each->closing)
                continue;
            each->closing = TRUE;
            if (each->beginning)
                continue;
            stub = each;
            stub->claimed = TRUE;
            list_remove(&stub->entry);
            break;
        }
        ReleaseSRWLockExclusive(&stubs_lock);
        if (!stub)
            return;
        stub_fail(stub, RPC_E_DISCONNECTED);
    }
}
