/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IBinding: what the client does to a binding. All of it may be called on any thread. */
#include "binding_impl.h"
#include "bound_call.h"
#include "download_manager.h"
#include "trace.h"

COM_INNER_METHODS(binding, struct binding, IBinding, IBinding_iface)

HRESULT binding_give_up(struct binding *binding, HRESULT why)
{
    struct bound_thread *thread = binding->thread;
    struct report aborted = {.kind = REPORT_RESULT, .result = why};
    struct report *report = report_copy(&aborted);
    BOOL wake = FALSE, refused;
    struct list dropped;

    if (!report)
        return E_OUTOFMEMORY;
    list_init(&dropped);
    AcquireSRWLockExclusive(&thread->lock);
    refused = binding->aborted || binding->ended;
    if (!refused)
    {
        binding->aborted = TRUE;
        binding->abort_reason = why;
        binding->suspended = FALSE;
        binding->again = FALSE;
        binding_take_reports(binding, &dropped);
        list_add_tail(&binding->reports, &report->entry);
        wake = download_manager_ready(binding);
    }
    ReleaseSRWLockExclusive(&thread->lock);
    trace("binding %p: Abort: 0x%08lx", (void *)binding, (unsigned long)why);
    if (refused)
    {
        report_free(report);
        return E_FAIL;
    }
    reports_free(&dropped);
    bound_calls_cancel(binding, E_ABORT);
    binding_signal(binding);
    if (wake)
        download_manager_wake(thread);
    if (bound_thread_is_current(thread))
    {
        binding_hold(binding);
        binding_abort_protocol(binding);
        binding_let_loose(binding);
    }
    return S_OK;
}

/*
 * IBinding::Abort. Once it has returned, nothing but OnStopBinding (with E_ABORT) is called, and
 * that not before it returns. On the bound thread the protocol is aborted at once, else when that
 * thread gets to it. E_FAIL: it was aborted or has ended.
 */
static HRESULT STDMETHODCALLTYPE control_Abort(IBinding *iface)
{
    return binding_give_up(binding_from_IBinding(iface), E_ABORT);
}

/* IBinding::Suspend: no callback from now on, and nothing is read; the protocol's buffer fills and
 * its network stops. E_FAIL: it was aborted or has ended. */
static HRESULT STDMETHODCALLTYPE control_Suspend(IBinding *iface)
{
    struct binding *binding = binding_from_IBinding(iface);
    struct bound_thread *thread = binding->thread;
    HRESULT hr = E_FAIL;

    AcquireSRWLockExclusive(&thread->lock);
    if (!binding->aborted && !binding->ended)
    {
        binding->suspended = TRUE;
        list_remove(&binding->ready_entry);
        hr = S_OK;
    }
    ReleaseSRWLockExclusive(&thread->lock);
    return hr;
}

/* IBinding::Resume: goes on where Suspend stopped it. E_FAIL: it was aborted or has ended. */
static HRESULT STDMETHODCALLTYPE control_Resume(IBinding *iface)
{
    struct binding *binding = binding_from_IBinding(iface);
    struct bound_thread *thread = binding->thread;
    BOOL wake = FALSE;
    HRESULT hr = E_FAIL;

    AcquireSRWLockExclusive(&thread->lock);
    if (!binding->aborted && !binding->ended)
    {
        binding->suspended = FALSE;
        wake = download_manager_ready(binding);
        hr = S_OK;
    }
    ReleaseSRWLockExclusive(&thread->lock);
    if (wake)
        download_manager_wake(thread);
    if (SUCCEEDED(hr))
        bound_calls_resume(binding);
    return hr;
}

/* IBinding::SetPriority: a THREAD_PRIORITY_* value; see download_manager.c for what it does. */
static HRESULT STDMETHODCALLTYPE control_SetPriority(IBinding *iface, LONG priority)
{
    struct binding *binding = binding_from_IBinding(iface);
    struct bound_thread *thread = binding->thread;
    IInternetPriority *protocol;
    BOOL wake;

    AcquireSRWLockExclusive(&thread->lock);
    binding->priority = priority;
    wake = download_manager_ready(binding);
    ReleaseSRWLockExclusive(&thread->lock);
    if (wake)
        download_manager_wake(thread);
    if (binding->protocol && !binding->terminated
            && SUCCEEDED(IInternetProtocolEx_QueryInterface(binding->protocol,
                    &IID_IInternetPriority, (void **)&protocol)))
    {
        IInternetPriority_SetPriority(protocol, priority);
        IInternetPriority_Release(protocol);
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE control_GetPriority(IBinding *iface, LONG *priority)
{
    if (!priority)
        return E_INVALIDARG;
    *priority = binding_from_IBinding(iface)->priority;
    return S_OK;
}

/* IBinding::GetBindResult: from OnStopBinding on: the class of the protocol if it has failed, its
 * code, and its text (or NULL), which the caller frees with CoTaskMemFree. */
static HRESULT STDMETHODCALLTYPE control_GetBindResult(IBinding *iface, CLSID *protocol,
        DWORD *code, WCHAR **text, DWORD *reserved)
{
    if (!protocol || !code || !text || reserved)
        return E_INVALIDARG;
    return binding_get_result(binding_from_IBinding(iface), protocol, code, text);
}

const IBindingVtbl binding_vtbl = {
        binding_IBinding_QueryInterface,
        binding_IBinding_AddRef,
        binding_IBinding_Release,
        control_Abort,
        control_Suspend,
        control_Resume,
        control_SetPriority,
        control_GetPriority,
        control_GetBindResult,
};
