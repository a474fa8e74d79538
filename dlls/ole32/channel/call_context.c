/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Call contexts: what a method may ask about the call that it serves, and CoSwitchCallContext, by
 * which custom marshallers put objects of their own there.
 */
#include "call_context.h"

#include <stdlib.h>

#include "apartment.h"
#include "async_stub.h"
#include "com_object.h"
#include "process_security.h"
#include "server_call_impl.h"
#include "trace.h"

struct call_context
{
    struct com_object object;
    IServerSecurity IServerSecurity_iface;
    ICancelMethodCalls ICancelMethodCalls_iface;
    struct server_call *call;   /* NULL: it is over */
    volatile LONG impersonator; /* the thread that impersonates the client; 0: none */
};

/* Guards `call` of all contexts: a call that is served by several threads ends on one of them. */
static SRWLOCK context_lock = SRWLOCK_INIT;

COM_OBJECT_METHODS(context, struct call_context, IServerSecurity, IServerSecurity_iface)
COM_OBJECT_METHODS(context, struct call_context, ICancelMethodCalls, ICancelMethodCalls_iface)

static const struct com_class context_class;

/* What the client sent about itself. S_OK, or RPC_E_CALL_COMPLETE. */
static HRESULT context_security(const struct call_context *context, struct call_security *security,
        DWORD *process)
{
    HRESULT hr = RPC_E_CALL_COMPLETE;

    AcquireSRWLockShared(&context_lock);
    if (context->call)
    {
        *security = context->call->request->security;
        if (process)
            *process = context->call->request->caller_process;
        hr = S_OK;
    }
    ReleaseSRWLockShared(&context_lock);
    return hr;
}

/* ---- IServerSecurity ---- */

/* IServerSecurity::QueryBlanket: what is known of the client. Each pointer may be NULL, the level
 * of impersonation is not told (`imp_level` should be NULL). *privileges is valid during the call.
 */
static HRESULT STDMETHODCALLTYPE context_QueryBlanket(IServerSecurity *iface, DWORD *authn_service,
        DWORD *authz_service, OLECHAR **principal, DWORD *authn_level, DWORD *imp_level,
        void **privileges, DWORD *capabilities)
{
    struct call_security security;
    HRESULT hr = context_security(context_from_IServerSecurity(iface), &security, NULL);

    if (FAILED(hr))
        return hr;
    if (principal && !(*principal = process_security_principal()))
        return E_OUTOFMEMORY;
    if (authn_service)
        *authn_service = security.authn_service;
    if (authz_service)
        *authz_service = security.authz_service;
    /* Inside a machine nothing is weaker than encrypted: "RPC_C_AUTHN_LEVEL_PKT_PRIVACY". */
    if (authn_level)
        *authn_level = security.authn_level == RPC_C_AUTHN_LEVEL_NONE
                ? RPC_C_AUTHN_LEVEL_NONE
                : RPC_C_AUTHN_LEVEL_PKT_PRIVACY;
    if (imp_level)
        *imp_level = security.imp_level;
    if (privileges)
        *privileges = NULL;
    if (capabilities)
        *capabilities = EOAC_NONE;
    return S_OK;
}

static SECURITY_IMPERSONATION_LEVEL token_level(DWORD imp_level)
{
    switch (imp_level)
    {
    case RPC_C_IMP_LEVEL_ANONYMOUS:
        return SecurityAnonymous;
    case RPC_C_IMP_LEVEL_IMPERSONATE:
        return SecurityImpersonation;
    case RPC_C_IMP_LEVEL_DELEGATE:
        return SecurityDelegation;
    default:
        return SecurityIdentification;
    }
}

/* Gives the thread a token of that process. Win32 error. */
static DWORD process_impersonate(DWORD process_id, SECURITY_IMPERSONATION_LEVEL level)
{
    HANDLE process = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, process_id), token, copy;
    DWORD error = ERROR_SUCCESS;

    if (!process)
        return GetLastError();
    if (!OpenProcessToken(process, TOKEN_DUPLICATE | TOKEN_QUERY, &token))
        error = GetLastError();
    CloseHandle(process);
    if (error)
        return error;
    if (DuplicateTokenEx(token, TOKEN_QUERY | TOKEN_IMPERSONATE | TOKEN_DUPLICATE, NULL, level,
                TokenImpersonation, &copy))
    {
        if (!SetThreadToken(NULL, copy))
            error = GetLastError();
        CloseHandle(copy);
    }
    else
        error = GetLastError();
    CloseHandle(token);
    return error;
}

/* "The server cannot impersonate the client after the server's call to ISynchronize::Signal
 * completes, even if the Begin_ method has not yet completed." */
static BOOL context_signalled(const struct call_context *context)
{
    BOOL signalled;

    AcquireSRWLockShared(&context_lock);
    signalled = context->call && context->call->async && async_stub_signalled(context->call->async);
    ReleaseSRWLockShared(&context_lock);
    return signalled;
}

/* IServerSecurity::ImpersonateClient: as the client's process, at the level that its proxy allows.
 * S_OK, RPC_E_CALL_COMPLETE, E_ACCESSDENIED or the system's error. */
static HRESULT STDMETHODCALLTYPE context_ImpersonateClient(IServerSecurity *iface)
{
    struct call_context *context = context_from_IServerSecurity(iface);
    struct call_security security;
    DWORD process, error;
    HRESULT hr = context_security(context, &security, &process);

    if (SUCCEEDED(hr) && context_signalled(context))
        hr = RPC_E_CALL_COMPLETE;
    if (FAILED(hr))
        return hr;
    if ((error = process_impersonate(process, token_level(security.imp_level))))
    {
        trace("process %lu cannot be impersonated: error %lu", (unsigned long)process,
                (unsigned long)error);
        return HRESULT_FROM_WIN32(error);
    }
    InterlockedExchange(&context->impersonator, (LONG)GetCurrentThreadId());
    return S_OK;
}

/* With CoSwitchCallContext other threads than the call's may impersonate its client: each ends that
 * itself. */
static BOOL impersonates(const struct call_context *context)
{
    return context->impersonator == (LONG)GetCurrentThreadId();
}

static void context_revert(struct call_context *context)
{
    LONG thread = (LONG)GetCurrentThreadId();

    if (InterlockedCompareExchange(&context->impersonator, 0, thread) == thread)
        RevertToSelf();
}

/* IServerSecurity::RevertToSelf: S_OK also when nobody is impersonated; RPC_E_CALL_COMPLETE. */
static HRESULT STDMETHODCALLTYPE context_RevertToSelf(IServerSecurity *iface)
{
    struct call_context *context = context_from_IServerSecurity(iface);

    if (!context->call)
        return RPC_E_CALL_COMPLETE;
    context_revert(context);
    return S_OK;
}

static BOOL STDMETHODCALLTYPE context_IsImpersonating(IServerSecurity *iface)
{
    return impersonates(context_from_IServerSecurity(iface));
}

/* ---- ICancelMethodCalls ---- */

/* ICancelMethodCalls::Cancel: the server cannot cancel its client's call. */
static HRESULT STDMETHODCALLTYPE context_Cancel(ICancelMethodCalls *iface, ULONG seconds)
{
    (void)iface;
    (void)seconds;
    return E_NOTIMPL;
}

/* ICancelMethodCalls::TestCancel: RPC_E_CALL_CANCELED, RPC_S_CALLPENDING, or RPC_E_CALL_COMPLETE.
 */
static HRESULT STDMETHODCALLTYPE context_TestCancel(ICancelMethodCalls *iface)
{
    const struct call_context *context = context_from_ICancelMethodCalls(iface);
    HRESULT hr = RPC_E_CALL_COMPLETE;

    AcquireSRWLockShared(&context_lock);
    if (context->call)
        hr = context->call->cancelled(context->call) ? RPC_E_CALL_CANCELED : RPC_S_CALLPENDING;
    ReleaseSRWLockShared(&context_lock);
    return hr;
}

/* ---- the object ---- */

static void context_destroy(void *object)
{
    free(object);
}

HRESULT call_context_query(struct server_call *call, REFIID iid, void **out)
{
    struct call_context *context = call->context;
    static IServerSecurityVtbl vtbl = {context_IServerSecurity_QueryInterface,
            context_IServerSecurity_AddRef, context_IServerSecurity_Release, context_QueryBlanket,
            context_ImpersonateClient, context_RevertToSelf, context_IsImpersonating};
    static ICancelMethodCallsVtbl cancel_vtbl = {context_ICancelMethodCalls_QueryInterface,
            context_ICancelMethodCalls_AddRef, context_ICancelMethodCalls_Release, context_Cancel,
            context_TestCancel};

    if (!context)
    {
        if (!(context = calloc(1, sizeof(*context))))
            return E_OUTOFMEMORY;
        com_object_init(&context->object, &context_class);
        context->IServerSecurity_iface.lpVtbl = &vtbl;
        context->ICancelMethodCalls_iface.lpVtbl = &cancel_vtbl;
        context->call = call;
        call->context = context;
    }
    return com_object_query_interface(&context->object, iid, out);
}

void call_context_pause(struct server_call *call)
{
    struct call_context *context = call->context;

    if (context)
        context_revert(context);
}

void call_context_end(struct server_call *call)
{
    struct call_context *context = call->context;

    if (!context)
        return;
    context_revert(context);
    AcquireSRWLockExclusive(&context_lock);
    context->call = NULL;
    ReleaseSRWLockExclusive(&context_lock);
    call->context = NULL;
    com_object_release(&context->object);
}

static const struct com_interface context_interfaces[] = {
        {&IID_IUnknown, offsetof(struct call_context, IServerSecurity_iface)},
        {&IID_IServerSecurity, offsetof(struct call_context, IServerSecurity_iface)},
        {&IID_ICancelMethodCalls, offsetof(struct call_context, ICancelMethodCalls_iface)},
};

static const struct com_class context_class = {"call context", context_interfaces,
        ARRAY_SIZE(context_interfaces), context_destroy};

/* ---- functions ---- */

/*
 * CoGetCallContext: an interface of the context of the call being served: IServerSecurity, or what
 * CoSwitchCallContext put there. S_OK, E_NOINTERFACE; RPC_E_CALL_COMPLETE outside a call,
 * CO_E_NOTINITIALIZED, E_INVALIDARG.
 */
HRESULT WINAPI CoGetCallContext(REFIID iid, void **out)
{
    struct com_thread *thread;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    if (!(thread = com_thread_get()))
        return E_OUTOFMEMORY;
    if (thread->call_context)
        return IUnknown_QueryInterface(thread->call_context, iid, out);
    return thread->serving ? call_context_query(thread->serving, iid, out) : RPC_E_CALL_COMPLETE;
}

/*
 * CoSwitchCallContext: makes another object, of which no reference is taken, the thread's call
 * context; NULL is the call's own one. *old, without a reference, is the former one, or NULL when
 * no call is in progress. S_OK, CO_E_NOTINITIALIZED, E_INVALIDARG, E_OUTOFMEMORY.
 */
HRESULT WINAPI CoSwitchCallContext(IUnknown *new_context, IUnknown **old)
{
    struct com_thread *thread;

    if (!old)
        return E_INVALIDARG;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    if (!(thread = com_thread_get()))
        return E_OUTOFMEMORY;
    *old = thread->call_context;
    if (!*old && thread->serving)
    {
        HRESULT hr = call_context_query(thread->serving, &IID_IUnknown, (void **)old);

        if (FAILED(hr))
            return hr;
        IUnknown_Release(*old); /* the call keeps it */
    }
    thread->call_context = new_context;
    return S_OK;
}

static HRESULT server_security(IServerSecurity **security)
{
    return CoGetCallContext(&IID_IServerSecurity, (void **)security);
}

/*
 * CoImpersonateClient: IServerSecurity::ImpersonateClient of the call context. S_OK,
 * RPC_E_CALL_COMPLETE outside a call.
 */
HRESULT WINAPI CoImpersonateClient(void)
{
    IServerSecurity *security;
    HRESULT hr = server_security(&security);

    if (SUCCEEDED(hr))
    {
        hr = IServerSecurity_ImpersonateClient(security);
        IServerSecurity_Release(security);
    }
    return hr;
}

/* CoRevertToSelf: IServerSecurity::RevertToSelf of the call context. */
HRESULT WINAPI CoRevertToSelf(void)
{
    IServerSecurity *security;
    HRESULT hr = server_security(&security);

    if (SUCCEEDED(hr))
    {
        hr = IServerSecurity_RevertToSelf(security);
        IServerSecurity_Release(security);
    }
    return hr;
}

/* CoQueryClientBlanket: IServerSecurity::QueryBlanket of the call context. */
HRESULT WINAPI CoQueryClientBlanket(DWORD *authn_service, DWORD *authz_service, OLECHAR **principal,
        DWORD *authn_level, DWORD *imp_level, RPC_AUTHZ_HANDLE *privileges, DWORD *capabilities)
{
    IServerSecurity *security;
    HRESULT hr = server_security(&security);

    if (SUCCEEDED(hr))
    {
        hr = IServerSecurity_QueryBlanket(security, authn_service, authz_service, principal,
                authn_level, imp_level, privileges, capabilities);
        IServerSecurity_Release(security);
    }
    return hr;
}
