/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's callback for a protocol that asks for it by IServiceProvider::QueryService: each
 * method is called on the bound thread, whatever thread the protocol calls on. Pages
 * "IBindStatusCallback interface", "IBindStatusCallbackEx interface", "Callback Synchronization".
 */
#include "binding_impl.h"
#include "bound_call.h"

COM_INNER_METHODS(binding, struct binding, IBindStatusCallbackEx, IBindStatusCallbackEx_iface)

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IBindStatusCallbackEx *iface, REFIID iid,
        void **out)
{
    if (!out
            || (!IsEqualIID(iid, &IID_IBindStatusCallback)
                    && !IsEqualIID(iid, &IID_IBindStatusCallbackEx)))
        return binding_IBindStatusCallbackEx_QueryInterface(iface, iid, out);
    *out = iface;
    IBindStatusCallbackEx_AddRef(iface);
    return S_OK;
}

struct start_call
{
    DWORD reserved;
    IBinding *binding;
};

static HRESULT call_OnStartBinding(struct binding *binding, void *arguments)
{
    const struct start_call *call = arguments;

    return binding->callback
            ? IBindStatusCallback_OnStartBinding(binding->callback, call->reserved, call->binding)
            : E_ABORT;
}

static HRESULT STDMETHODCALLTYPE callback_OnStartBinding(IBindStatusCallbackEx *iface,
        DWORD reserved, IBinding *started)
{
    struct start_call call = {reserved, started};

    return bound_call(binding_from_IBindStatusCallbackEx(iface), call_OnStartBinding, &call);
}

static HRESULT call_GetPriority(struct binding *binding, void *arguments)
{
    return binding->callback ? IBindStatusCallback_GetPriority(binding->callback, arguments)
                             : E_ABORT;
}

static HRESULT STDMETHODCALLTYPE callback_GetPriority(IBindStatusCallbackEx *iface, LONG *priority)
{
    return priority
            ? bound_call(binding_from_IBindStatusCallbackEx(iface), call_GetPriority, priority)
            : E_INVALIDARG;
}

static HRESULT call_OnLowResource(struct binding *binding, void *arguments)
{
    return binding->callback
            ? IBindStatusCallback_OnLowResource(binding->callback, *(DWORD *)arguments)
            : E_ABORT;
}

static HRESULT STDMETHODCALLTYPE callback_OnLowResource(IBindStatusCallbackEx *iface,
        DWORD reserved)
{
    return bound_call(binding_from_IBindStatusCallbackEx(iface), call_OnLowResource, &reserved);
}

struct progress_call
{
    ULONG progress, max, code;
    const WCHAR *text;
};

static HRESULT call_OnProgress(struct binding *binding, void *arguments)
{
    const struct progress_call *call = arguments;

    return binding->callback ? IBindStatusCallback_OnProgress(binding->callback, call->progress,
                   call->max, call->code, call->text)
                             : E_ABORT;
}

static HRESULT STDMETHODCALLTYPE callback_OnProgress(IBindStatusCallbackEx *iface, ULONG progress,
        ULONG max, ULONG code, const WCHAR *text)
{
    struct progress_call call = {progress, max, code, text};

    return bound_call(binding_from_IBindStatusCallbackEx(iface), call_OnProgress, &call);
}

struct stop_call
{
    HRESULT result;
    const WCHAR *text;
};

static HRESULT call_OnStopBinding(struct binding *binding, void *arguments)
{
    const struct stop_call *call = arguments;

    return binding->callback
            ? IBindStatusCallback_OnStopBinding(binding->callback, call->result, call->text)
            : E_ABORT;
}

static HRESULT STDMETHODCALLTYPE callback_OnStopBinding(IBindStatusCallbackEx *iface,
        HRESULT result, const WCHAR *text)
{
    struct stop_call call = {result, text};

    return bound_call(binding_from_IBindStatusCallbackEx(iface), call_OnStopBinding, &call);
}

/* What the client has said already; it is asked once. */
static HRESULT STDMETHODCALLTYPE callback_GetBindInfo(IBindStatusCallbackEx *iface, DWORD *flags,
        BINDINFO *info)
{
    struct binding *binding = binding_from_IBindStatusCallbackEx(iface);

    return IInternetBindInfoEx_GetBindInfo(&binding->IInternetBindInfoEx_iface, flags, info);
}

struct data_call
{
    DWORD flags, size;
    FORMATETC *format;
    STGMEDIUM *medium;
};

static HRESULT call_OnDataAvailable(struct binding *binding, void *arguments)
{
    const struct data_call *call = arguments;

    return binding->callback ? IBindStatusCallback_OnDataAvailable(binding->callback, call->flags,
                   call->size, call->format, call->medium)
                             : E_ABORT;
}

static HRESULT STDMETHODCALLTYPE callback_OnDataAvailable(IBindStatusCallbackEx *iface, DWORD flags,
        DWORD size, FORMATETC *format, STGMEDIUM *medium)
{
    struct data_call call = {flags, size, format, medium};

    return bound_call(binding_from_IBindStatusCallbackEx(iface), call_OnDataAvailable, &call);
}

struct object_call
{
    const IID *iid;
    IUnknown *object;
};

static HRESULT call_OnObjectAvailable(struct binding *binding, void *arguments)
{
    const struct object_call *call = arguments;

    return binding->callback
            ? IBindStatusCallback_OnObjectAvailable(binding->callback, call->iid, call->object)
            : E_ABORT;
}

static HRESULT STDMETHODCALLTYPE callback_OnObjectAvailable(IBindStatusCallbackEx *iface,
        REFIID iid, IUnknown *object)
{
    struct object_call call = {iid, object};

    return bound_call(binding_from_IBindStatusCallbackEx(iface), call_OnObjectAvailable, &call);
}

static HRESULT STDMETHODCALLTYPE callback_GetBindInfoEx(IBindStatusCallbackEx *iface, DWORD *flags,
        BINDINFO *info, DWORD *flags2, DWORD *reserved)
{
    struct binding *binding = binding_from_IBindStatusCallbackEx(iface);

    return IInternetBindInfoEx_GetBindInfoEx(&binding->IInternetBindInfoEx_iface, flags, info,
            flags2, reserved);
}

const IBindStatusCallbackExVtbl binding_callback_vtbl = {
        callback_QueryInterface,
        binding_IBindStatusCallbackEx_AddRef,
        binding_IBindStatusCallbackEx_Release,
        callback_OnStartBinding,
        callback_GetPriority,
        callback_OnLowResource,
        callback_OnProgress,
        callback_OnStopBinding,
        callback_GetBindInfo,
        callback_OnDataAvailable,
        callback_OnObjectAvailable,
        callback_GetBindInfoEx,
};
