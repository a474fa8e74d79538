/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The callback of URLOpenStream and its kin. Pages "URLOpenStream function", "URLOpenPullStream
 * function", "URLDownloadToFile function", "IBindStatusCallback interface".
 */
#include "open_callback.h"

#include <servprov.h>

#include "caller_host.h"
#include "urlmon_module.h"

COM_OBJECT_METHODS(opened, struct open_callback, IBindStatusCallback, IBindStatusCallback_iface)
COM_OBJECT_METHODS(opened, struct open_callback, IServiceProvider, IServiceProvider_iface)

void open_callback_abort(struct open_callback *callback)
{
    IBinding *binding;

    AcquireSRWLockShared(&callback->lock);
    binding = callback->binding;
    if (binding)
        IBinding_AddRef(binding);
    ReleaseSRWLockShared(&callback->lock);
    if (!binding)
        return;
    IBinding_Abort(binding);
    IBinding_Release(binding);
}

/* The binding of the callback, or NULL: it has none any more. */
static void set_binding(struct open_callback *callback, IBinding *binding)
{
    IBinding *old;

    if (binding)
        IBinding_AddRef(binding);
    AcquireSRWLockExclusive(&callback->lock);
    old = callback->binding;
    callback->binding = binding;
    ReleaseSRWLockExclusive(&callback->lock);
    if (old)
        IBinding_Release(old);
}

/* "The download operation can be canceled by returning E_ABORT." */
static HRESULT check_abort(struct open_callback *callback, HRESULT hr)
{
    if (hr != E_ABORT)
        return hr == E_NOTIMPL ? S_OK : hr;
    callback->client_aborted = TRUE;
    open_callback_abort(callback);
    return hr;
}

static HRESULT STDMETHODCALLTYPE opened_OnStartBinding(IBindStatusCallback *iface, DWORD reserved,
        IBinding *binding)
{
    struct open_callback *callback = opened_from_IBindStatusCallback(iface);
    HRESULT hr = S_OK;

    set_binding(callback, binding);
    if (callback->client)
        hr = IBindStatusCallback_OnStartBinding(callback->client, reserved, binding);
    if (hr == E_ABORT)
        callback->client_aborted = TRUE;
    return hr == E_NOTIMPL ? S_OK : hr;
}

static HRESULT STDMETHODCALLTYPE opened_GetPriority(IBindStatusCallback *iface, LONG *priority)
{
    struct open_callback *callback = opened_from_IBindStatusCallback(iface);

    if (!callback->client)
        return E_NOTIMPL;
    return IBindStatusCallback_GetPriority(callback->client, priority);
}

static HRESULT STDMETHODCALLTYPE opened_OnLowResource(IBindStatusCallback *iface, DWORD reserved)
{
    struct open_callback *callback = opened_from_IBindStatusCallback(iface);

    if (!callback->client)
        return E_NOTIMPL;
    return IBindStatusCallback_OnLowResource(callback->client, reserved);
}

static HRESULT STDMETHODCALLTYPE opened_OnProgress(IBindStatusCallback *iface, ULONG progress,
        ULONG progress_max, ULONG code, const WCHAR *text)
{
    struct open_callback *callback = opened_from_IBindStatusCallback(iface);
    HRESULT hr = S_OK;

    if (callback->progress)
        callback->progress(callback, code, text);
    if (callback->client)
        hr = IBindStatusCallback_OnProgress(callback->client, progress, progress_max, code, text);
    return check_abort(callback, hr);
}

static HRESULT STDMETHODCALLTYPE opened_OnStopBinding(IBindStatusCallback *iface, HRESULT result,
        const WCHAR *error)
{
    struct open_callback *callback = opened_from_IBindStatusCallback(iface);
    HRESULT hr = S_OK;

    callback->stop_result = result;
    callback->stopped = TRUE;
    if (callback->client)
        hr = IBindStatusCallback_OnStopBinding(callback->client, result, error);
    set_binding(callback, NULL);
    return hr;
}

static HRESULT STDMETHODCALLTYPE opened_GetBindInfo(IBindStatusCallback *iface, DWORD *flags,
        BINDINFO *info)
{
    struct open_callback *callback = opened_from_IBindStatusCallback(iface);
    HRESULT hr = E_NOTIMPL;

    if (!flags || !info)
        return E_INVALIDARG;
    *flags = 0;
    if (callback->client)
        hr = IBindStatusCallback_GetBindInfo(callback->client, flags, info);
    if (hr == E_NOTIMPL)
    {
        *flags = 0;
        hr = S_OK;
    }
    *flags = (*flags & ~callback->cleared) | callback->set;
    return hr;
}

static HRESULT STDMETHODCALLTYPE opened_OnDataAvailable(IBindStatusCallback *iface, DWORD flags,
        DWORD size, FORMATETC *format, STGMEDIUM *medium)
{
    struct open_callback *callback = opened_from_IBindStatusCallback(iface);
    HRESULT hr = S_OK;

    if (callback->data)
        hr = callback->data(callback, flags, size, medium);
    else if (callback->client)
        hr = IBindStatusCallback_OnDataAvailable(callback->client, flags, size, format, medium);
    return check_abort(callback, hr);
}

static HRESULT STDMETHODCALLTYPE opened_OnObjectAvailable(IBindStatusCallback *iface, REFIID iid,
        IUnknown *object)
{
    struct open_callback *callback = opened_from_IBindStatusCallback(iface);

    if (!callback->client)
        return S_OK;
    return IBindStatusCallback_OnObjectAvailable(callback->client, iid, object);
}

static const IBindStatusCallbackVtbl opened_callback_vtbl = {
        opened_IBindStatusCallback_QueryInterface,
        opened_IBindStatusCallback_AddRef,
        opened_IBindStatusCallback_Release,
        opened_OnStartBinding,
        opened_GetPriority,
        opened_OnLowResource,
        opened_OnProgress,
        opened_OnStopBinding,
        opened_GetBindInfo,
        opened_OnDataAvailable,
        opened_OnObjectAvailable,
};

static HRESULT STDMETHODCALLTYPE opened_QueryService(IServiceProvider *iface, REFGUID service,
        REFIID iid, void **out)
{
    struct open_callback *callback = opened_from_IServiceProvider(iface);
    IServiceProvider *provider;
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!callback->client)
        return E_NOINTERFACE;
    if (IsEqualGUID(service, iid)
            && SUCCEEDED(IBindStatusCallback_QueryInterface(callback->client, iid, out)))
        return S_OK;
    *out = NULL;
    hr = IBindStatusCallback_QueryInterface(callback->client, &IID_IServiceProvider,
            (void **)&provider);
    if (FAILED(hr))
        return E_NOINTERFACE;
    hr = IServiceProvider_QueryService(provider, service, iid, out);
    IServiceProvider_Release(provider);
    return hr;
}

static const IServiceProviderVtbl opened_provider_vtbl = {
        opened_IServiceProvider_QueryInterface,
        opened_IServiceProvider_AddRef,
        opened_IServiceProvider_Release,
        opened_QueryService,
};

static void opened_destroy(void *object)
{
    struct open_callback *callback = object;

    if (callback->destroy)
        callback->destroy(callback);
    if (callback->binding)
        IBinding_Release(callback->binding);
    if (callback->client)
        IBindStatusCallback_Release(callback->client);
    free(callback);
}

static const struct com_interface opened_interfaces[] = {
        {&IID_IUnknown, offsetof(struct open_callback, IBindStatusCallback_iface)},
        {&IID_IBindStatusCallback, offsetof(struct open_callback, IBindStatusCallback_iface)},
        {&IID_IServiceProvider, offsetof(struct open_callback, IServiceProvider_iface)},
};

static const struct com_class opened_class = {"callback of a stream", opened_interfaces,
        ARRAY_SIZE(opened_interfaces), opened_destroy};

void open_callback_init(struct open_callback *callback, IBindStatusCallback *client, DWORD set,
        DWORD cleared)
{
    com_object_init(&callback->object, &opened_class);
    callback->IBindStatusCallback_iface.lpVtbl = (IBindStatusCallbackVtbl *)&opened_callback_vtbl;
    callback->IServiceProvider_iface.lpVtbl = (IServiceProviderVtbl *)&opened_provider_vtbl;
    InitializeSRWLock(&callback->lock);
    callback->client = client;
    if (client)
        IBindStatusCallback_AddRef(client);
    callback->set = set;
    callback->cleared = cleared;
}

void open_callback_addref(struct open_callback *callback)
{
    com_object_addref(&callback->object);
}

void open_callback_release(struct open_callback *callback)
{
    com_object_release(&callback->object);
}

HRESULT open_callback_bind(struct open_callback *callback, IUnknown *caller, const WCHAR *url,
        IStream **stream)
{
    IBindHost *host = caller_host_get(caller);
    IMoniker *moniker = NULL;
    IBindCtx *context = NULL;
    HRESULT hr;

    *stream = NULL;
    hr = CreateAsyncBindCtx(0, &callback->IBindStatusCallback_iface, NULL, &context);
    if (SUCCEEDED(hr))
        hr = caller_host_moniker(host, context, url, &moniker);
    if (SUCCEEDED(hr))
        hr = caller_host_bind(host, moniker, context, &callback->IBindStatusCallback_iface,
                (void **)stream);
    if (moniker)
        IMoniker_Release(moniker);
    if (context)
        IBindCtx_Release(context);
    if (host)
        IBindHost_Release(host);
    return hr;
}
