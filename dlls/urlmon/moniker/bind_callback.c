/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The callback of a bind context.
 *
 * It lies in the context as an object parameter, inside a holder. The holder is what a binding
 * talks to: it passes the methods of IBindStatusCallback on, and answers for the services that a
 * client may offer or not (IHttpNegotiate, IAuthenticate and their kin): the client's object is
 * asked for the interface itself, then for its IServiceProvider; when it has neither, the answer is
 * that of a client which has nothing to say.
 *
 * Pages "RegisterBindStatusCallback", "RevokeBindStatusCallback", "IBindStatusCallback interface",
 * "IHttpNegotiate interface", "IAuthenticate interface".
 */
#include "bind_callback.h"

#include <servprov.h>

#include "com_object.h"
#include "urlmon_module.h"

/* The key of the parameter, which programs know as well. */
static WCHAR callback_key[] = L"_BSCB_Holder_";

/* How the parameter of a context says that it is a holder. */
static const IID iid_callback_holder = {0x79eac9cc, 0xbaf9, 0x11ce,
        {0x8c, 0x82, 0x00, 0xaa, 0x00, 0x4b, 0xa9, 0x0b}};

struct callback_holder
{
    struct com_object object;
    IBindStatusCallbackEx IBindStatusCallbackEx_iface;
    IServiceProvider IServiceProvider_iface;
    IHttpNegotiate3 IHttpNegotiate3_iface;
    IAuthenticateEx IAuthenticateEx_iface;
    IInternetBindInfo IInternetBindInfo_iface;
    IBindStatusCallback *client;
    IServiceProvider *services; /* the client's, or NULL */
    BOOL knows_negotiate;       /* whether it has been found that the client has IHttpNegotiate */
};

COM_OBJECT_METHODS(holder, struct callback_holder, IBindStatusCallbackEx,
        IBindStatusCallbackEx_iface)
COM_OBJECT_METHODS(holder, struct callback_holder, IServiceProvider, IServiceProvider_iface)
COM_OBJECT_METHODS(holder, struct callback_holder, IHttpNegotiate3, IHttpNegotiate3_iface)
COM_OBJECT_METHODS(holder, struct callback_holder, IAuthenticateEx, IAuthenticateEx_iface)
COM_OBJECT_METHODS(holder, struct callback_holder, IInternetBindInfo, IInternetBindInfo_iface)

/* A service of the client. */
static HRESULT holder_client_service(struct callback_holder *holder, REFGUID service, REFIID iid,
        void **out)
{
    HRESULT hr;

    *out = NULL;
    if (!holder->services)
        return E_NOINTERFACE;
    hr = IServiceProvider_QueryService(holder->services, service, iid, out);
    if (SUCCEEDED(hr) && *out)
        return S_OK;
    *out = NULL;
    return E_NOINTERFACE;
}

/* An interface of the client: of its object, else of its services. */
static HRESULT holder_client_query(struct callback_holder *holder, REFIID iid, void **out)
{
    HRESULT hr;

    *out = NULL;
    hr = IBindStatusCallback_QueryInterface(holder->client, iid, out);
    if (SUCCEEDED(hr) && *out)
        return S_OK;
    return holder_client_service(holder, iid, iid, out);
}

static HRESULT STDMETHODCALLTYPE holder_OnStartBinding(IBindStatusCallbackEx *iface, DWORD reserved,
        IBinding *binding)
{
    struct callback_holder *holder = holder_from_IBindStatusCallbackEx(iface);

    (void)reserved;
    return IBindStatusCallback_OnStartBinding(holder->client, 0xff, binding);
}

static HRESULT STDMETHODCALLTYPE holder_GetPriority(IBindStatusCallbackEx *iface, LONG *priority)
{
    struct callback_holder *holder = holder_from_IBindStatusCallbackEx(iface);

    return IBindStatusCallback_GetPriority(holder->client, priority);
}

static HRESULT STDMETHODCALLTYPE holder_OnLowResource(IBindStatusCallbackEx *iface, DWORD reserved)
{
    struct callback_holder *holder = holder_from_IBindStatusCallbackEx(iface);

    return IBindStatusCallback_OnLowResource(holder->client, reserved);
}

static HRESULT STDMETHODCALLTYPE holder_OnProgress(IBindStatusCallbackEx *iface, ULONG progress,
        ULONG progress_max, ULONG code, const WCHAR *text)
{
    struct callback_holder *holder = holder_from_IBindStatusCallbackEx(iface);

    return IBindStatusCallback_OnProgress(holder->client, progress, progress_max, code, text);
}

static HRESULT STDMETHODCALLTYPE holder_OnStopBinding(IBindStatusCallbackEx *iface, HRESULT result,
        const WCHAR *error)
{
    struct callback_holder *holder = holder_from_IBindStatusCallbackEx(iface);

    return IBindStatusCallback_OnStopBinding(holder->client, result, error);
}

/* From a client that has IBindStatusCallbackEx by GetBindInfoEx. Else GetBindInfo, and the other
 * two stay as they are. */
static HRESULT STDMETHODCALLTYPE holder_GetBindInfoEx(IBindStatusCallbackEx *iface, DWORD *flags,
        BINDINFO *info, DWORD *flags2, DWORD *reserved)
{
    struct callback_holder *holder = holder_from_IBindStatusCallbackEx(iface);
    IBindStatusCallbackEx *extended;
    HRESULT hr;

    hr = IBindStatusCallback_QueryInterface(holder->client, &IID_IBindStatusCallbackEx,
            (void **)&extended);
    if (FAILED(hr))
        return IBindStatusCallback_GetBindInfo(holder->client, flags, info);
    hr = IBindStatusCallbackEx_GetBindInfoEx(extended, flags, info, flags2, reserved);
    IBindStatusCallbackEx_Release(extended);
    return hr;
}

static HRESULT STDMETHODCALLTYPE holder_GetBindInfo(IBindStatusCallbackEx *iface, DWORD *flags,
        BINDINFO *info)
{
    DWORD flags2 = 0, reserved = 0;

    return holder_GetBindInfoEx(iface, flags, info, &flags2, &reserved);
}

static HRESULT STDMETHODCALLTYPE holder_OnDataAvailable(IBindStatusCallbackEx *iface, DWORD flags,
        DWORD size, FORMATETC *format, STGMEDIUM *medium)
{
    struct callback_holder *holder = holder_from_IBindStatusCallbackEx(iface);

    return IBindStatusCallback_OnDataAvailable(holder->client, flags, size, format, medium);
}

static HRESULT STDMETHODCALLTYPE holder_OnObjectAvailable(IBindStatusCallbackEx *iface, REFIID iid,
        IUnknown *object)
{
    struct callback_holder *holder = holder_from_IBindStatusCallbackEx(iface);

    return IBindStatusCallback_OnObjectAvailable(holder->client, iid, object);
}

static const IBindStatusCallbackExVtbl holder_callback_vtbl = {
        holder_IBindStatusCallbackEx_QueryInterface,
        holder_IBindStatusCallbackEx_AddRef,
        holder_IBindStatusCallbackEx_Release,
        holder_OnStartBinding,
        holder_GetPriority,
        holder_OnLowResource,
        holder_OnProgress,
        holder_OnStopBinding,
        holder_GetBindInfo,
        holder_OnDataAvailable,
        holder_OnObjectAvailable,
        holder_GetBindInfoEx,
};

/*
 * IHttpNegotiate (of a client that has it) and IAuthenticate are the holder's. Another service that
 * is an interface of its own name may also be one of the client's object.
 */
static HRESULT STDMETHODCALLTYPE holder_QueryService(IServiceProvider *iface, REFGUID service,
        REFIID iid, void **out)
{
    struct callback_holder *holder = holder_from_IServiceProvider(iface);
    IUnknown *negotiate;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!IsEqualGUID(service, iid))
        return holder_client_service(holder, service, iid, out);
    if (IsEqualGUID(service, &IID_IAuthenticate))
        return IServiceProvider_QueryInterface(iface, iid, out);
    if (IsEqualGUID(service, &IID_IHttpNegotiate) || IsEqualGUID(service, &IID_IHttpNegotiate2))
    {
        if (!holder->knows_negotiate)
        {
            if (FAILED(holder_client_query(holder, &IID_IHttpNegotiate, (void **)&negotiate)))
                return E_NOINTERFACE;
            IUnknown_Release(negotiate);
            holder->knows_negotiate = TRUE;
        }
        return IServiceProvider_QueryInterface(iface, iid, out);
    }
    return holder_client_query(holder, iid, out);
}

static const IServiceProviderVtbl holder_provider_vtbl = {
        holder_IServiceProvider_QueryInterface,
        holder_IServiceProvider_AddRef,
        holder_IServiceProvider_Release,
        holder_QueryService,
};

static HRESULT STDMETHODCALLTYPE holder_BeginningTransaction(IHttpNegotiate3 *iface,
        const WCHAR *url, const WCHAR *headers, DWORD reserved, WCHAR **additional)
{
    struct callback_holder *holder = holder_from_IHttpNegotiate3(iface);
    IHttpNegotiate *negotiate;
    HRESULT hr = S_OK;

    if (!additional)
        return E_INVALIDARG;
    *additional = NULL;
    if (SUCCEEDED(holder_client_query(holder, &IID_IHttpNegotiate, (void **)&negotiate)))
    {
        hr = IHttpNegotiate_BeginningTransaction(negotiate, url, headers, reserved, additional);
        IHttpNegotiate_Release(negotiate);
    }
    return hr;
}

/* E_NOTIMPL: the client does not deal with responses, and errors are the binding's. */
static HRESULT STDMETHODCALLTYPE holder_OnResponse(IHttpNegotiate3 *iface, DWORD code,
        const WCHAR *response, const WCHAR *request, WCHAR **additional)
{
    struct callback_holder *holder = holder_from_IHttpNegotiate3(iface);
    IHttpNegotiate *negotiate;
    HRESULT hr = E_NOTIMPL;
    WCHAR *ignored = NULL;

    if (additional)
        *additional = NULL;
    else
        additional = &ignored;
    if (SUCCEEDED(holder_client_query(holder, &IID_IHttpNegotiate, (void **)&negotiate)))
    {
        hr = IHttpNegotiate_OnResponse(negotiate, code, response, request, additional);
        IHttpNegotiate_Release(negotiate);
    }
    CoTaskMemFree(ignored);
    return hr;
}

static HRESULT STDMETHODCALLTYPE holder_GetRootSecurityId(IHttpNegotiate3 *iface, BYTE *id,
        DWORD *size, DWORD_PTR reserved)
{
    struct callback_holder *holder = holder_from_IHttpNegotiate3(iface);
    IHttpNegotiate2 *negotiate;
    HRESULT hr = E_NOTIMPL;

    if (SUCCEEDED(holder_client_query(holder, &IID_IHttpNegotiate2, (void **)&negotiate)))
    {
        hr = IHttpNegotiate2_GetRootSecurityId(negotiate, id, size, reserved);
        IHttpNegotiate2_Release(negotiate);
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE holder_GetSerializedClientCertContext(IHttpNegotiate3 *iface,
        BYTE **context, DWORD *size)
{
    struct callback_holder *holder = holder_from_IHttpNegotiate3(iface);
    IHttpNegotiate3 *negotiate;
    HRESULT hr = E_NOTIMPL;

    if (SUCCEEDED(holder_client_query(holder, &IID_IHttpNegotiate3, (void **)&negotiate)))
    {
        hr = IHttpNegotiate3_GetSerializedClientCertContext(negotiate, context, size);
        IHttpNegotiate3_Release(negotiate);
    }
    return hr;
}

static const IHttpNegotiate3Vtbl holder_negotiate_vtbl = {
        holder_IHttpNegotiate3_QueryInterface,
        holder_IHttpNegotiate3_AddRef,
        holder_IHttpNegotiate3_Release,
        holder_BeginningTransaction,
        holder_OnResponse,
        holder_GetRootSecurityId,
        holder_GetSerializedClientCertContext,
};

/* E_NOTIMPL: the client has no credentials to offer. */
static HRESULT STDMETHODCALLTYPE holder_Authenticate(IAuthenticateEx *iface, HWND *window,
        WCHAR **user, WCHAR **password)
{
    struct callback_holder *holder = holder_from_IAuthenticateEx(iface);
    IAuthenticate *authenticate;
    HRESULT hr = E_NOTIMPL;

    if (!window || !user || !password)
        return E_INVALIDARG;
    *window = NULL;
    *user = NULL;
    *password = NULL;
    if (SUCCEEDED(holder_client_query(holder, &IID_IAuthenticate, (void **)&authenticate)))
    {
        hr = IAuthenticate_Authenticate(authenticate, window, user, password);
        IAuthenticate_Release(authenticate);
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE holder_AuthenticateEx(IAuthenticateEx *iface, HWND *window,
        WCHAR **user, WCHAR **password, AUTHENTICATEINFO *info)
{
    struct callback_holder *holder = holder_from_IAuthenticateEx(iface);
    IAuthenticateEx *authenticate;
    HRESULT hr;

    if (!window || !user || !password)
        return E_INVALIDARG;
    if (FAILED(holder_client_query(holder, &IID_IAuthenticateEx, (void **)&authenticate)))
        return holder_Authenticate(iface, window, user, password);
    *window = NULL;
    *user = NULL;
    *password = NULL;
    hr = IAuthenticateEx_AuthenticateEx(authenticate, window, user, password, info);
    IAuthenticateEx_Release(authenticate);
    return hr;
}

static const IAuthenticateExVtbl holder_authenticate_vtbl = {
        holder_IAuthenticateEx_QueryInterface,
        holder_IAuthenticateEx_AddRef,
        holder_IAuthenticateEx_Release,
        holder_Authenticate,
        holder_AuthenticateEx,
};

static HRESULT STDMETHODCALLTYPE holder_info_GetBindInfo(IInternetBindInfo *iface, DWORD *flags,
        BINDINFO *info)
{
    struct callback_holder *holder = holder_from_IInternetBindInfo(iface);

    return holder_GetBindInfo(&holder->IBindStatusCallbackEx_iface, flags, info);
}

static HRESULT STDMETHODCALLTYPE holder_GetBindString(IInternetBindInfo *iface, ULONG type,
        OLECHAR **strings, ULONG count, ULONG *fetched)
{
    struct callback_holder *holder = holder_from_IInternetBindInfo(iface);
    IInternetBindInfo *info;
    HRESULT hr;

    if (FAILED(IBindStatusCallback_QueryInterface(holder->client, &IID_IInternetBindInfo,
                (void **)&info)))
        return E_NOINTERFACE;
    hr = IInternetBindInfo_GetBindString(info, type, strings, count, fetched);
    IInternetBindInfo_Release(info);
    return hr;
}

static const IInternetBindInfoVtbl holder_info_vtbl = {
        holder_IInternetBindInfo_QueryInterface,
        holder_IInternetBindInfo_AddRef,
        holder_IInternetBindInfo_Release,
        holder_info_GetBindInfo,
        holder_GetBindString,
};

static void holder_destroy(void *object)
{
    struct callback_holder *holder = object;

    if (holder->services)
        IServiceProvider_Release(holder->services);

    IBindStatusCallback_Release(holder->client);
    free(holder);
}

static const struct com_interface holder_interfaces[] = {
        {&IID_IUnknown, offsetof(struct callback_holder, IBindStatusCallbackEx_iface)},
        {&IID_IBindStatusCallback, offsetof(struct callback_holder, IBindStatusCallbackEx_iface)},
        {&IID_IBindStatusCallbackEx, offsetof(struct callback_holder, IBindStatusCallbackEx_iface)},
        {&IID_IServiceProvider, offsetof(struct callback_holder, IServiceProvider_iface)},
        {&IID_IHttpNegotiate, offsetof(struct callback_holder, IHttpNegotiate3_iface)},
        {&IID_IHttpNegotiate2, offsetof(struct callback_holder, IHttpNegotiate3_iface)},
        {&IID_IHttpNegotiate3, offsetof(struct callback_holder, IHttpNegotiate3_iface)},
        {&IID_IAuthenticate, offsetof(struct callback_holder, IAuthenticateEx_iface)},
        {&IID_IAuthenticateEx, offsetof(struct callback_holder, IAuthenticateEx_iface)},
        {&IID_IInternetBindInfo, offsetof(struct callback_holder, IInternetBindInfo_iface)},
        {&iid_callback_holder, offsetof(struct callback_holder, IBindStatusCallbackEx_iface)},
};

static const struct com_class holder_class = {"bind callback holder", holder_interfaces,
        ARRAY_SIZE(holder_interfaces), holder_destroy};

/* The client behind a callback that may be a holder; no reference. */
static IBindStatusCallback *holder_client(IBindStatusCallback *callback)
{
    IBindStatusCallback *client = callback;
    IBindStatusCallbackEx *holder;

    if (FAILED(IBindStatusCallback_QueryInterface(callback, &iid_callback_holder,
                (void **)&holder)))
        return callback;
    if (holder->lpVtbl == &holder_callback_vtbl)
        client = holder_from_IBindStatusCallbackEx(holder)->client;
    IBindStatusCallbackEx_Release(holder);
    return client;
}

static HRESULT holder_create(IBindStatusCallback *client, IBindStatusCallback **out)
{
    struct callback_holder *holder = calloc(1, sizeof(*holder));

    *out = NULL;
    if (!holder)
        return E_OUTOFMEMORY;
    com_object_init(&holder->object, &holder_class);
    holder->IBindStatusCallbackEx_iface.lpVtbl = (IBindStatusCallbackExVtbl *)&holder_callback_vtbl;
    holder->IServiceProvider_iface.lpVtbl = (IServiceProviderVtbl *)&holder_provider_vtbl;
    holder->IHttpNegotiate3_iface.lpVtbl = (IHttpNegotiate3Vtbl *)&holder_negotiate_vtbl;
    holder->IAuthenticateEx_iface.lpVtbl = (IAuthenticateExVtbl *)&holder_authenticate_vtbl;
    holder->IInternetBindInfo_iface.lpVtbl = (IInternetBindInfoVtbl *)&holder_info_vtbl;
    holder->client = client;
    IBindStatusCallback_AddRef(client);
    if (FAILED(IBindStatusCallback_QueryInterface(client, &IID_IServiceProvider,
                (void **)&holder->services)))
        holder->services = NULL;
    *out = (IBindStatusCallback *)&holder->IBindStatusCallbackEx_iface;
    return S_OK;
}

HRESULT bind_callback_get(IBindCtx *context, IBindStatusCallback **out)
{
    IUnknown *parameter = NULL;
    HRESULT hr;

    *out = NULL;
    hr = IBindCtx_GetObjectParam(context, callback_key, &parameter);
    if (FAILED(hr) || !parameter)
        return S_FALSE;
    hr = IUnknown_QueryInterface(parameter, &IID_IBindStatusCallback, (void **)out);
    IUnknown_Release(parameter);
    return hr;
}

/*
 * RegisterBindStatusCallback: the callback for all bindings with this context from now on. The one
 * that was there before is removed; *previous (which may be NULL) gets it, or NULL. E_INVALIDARG,
 * E_OUTOFMEMORY. Page "RegisterBindStatusCallback function".
 */
HRESULT WINAPI RegisterBindStatusCallback(IBindCtx *context, IBindStatusCallback *callback,
        IBindStatusCallback **previous, DWORD reserved)
{
    IBindStatusCallback *old, *holder;
    HRESULT hr;

    (void)reserved;
    if (previous)
        *previous = NULL;
    if (!context || !callback)
        return E_INVALIDARG;
    hr = holder_create(callback, &holder);
    if (FAILED(hr))
        return hr;
    if (bind_callback_get(context, &old) == S_OK)
    {
        if (previous)
        {
            *previous = holder_client(old);
            IBindStatusCallback_AddRef(*previous);
        }
        IBindCtx_RevokeObjectParam(context, callback_key);
        IBindStatusCallback_Release(old);
    }
    hr = IBindCtx_RegisterObjectParam(context, callback_key, (IUnknown *)holder);
    IBindStatusCallback_Release(holder);
    if (FAILED(hr) && previous && *previous)
    {
        IBindStatusCallback_Release(*previous);
        *previous = NULL;
    }
    return hr;
}

/*
 * RevokeBindStatusCallback: takes the callback out of the context, if it is the one registered
 * there. S_OK also when it is not; E_INVALIDARG. Page "RevokeBindStatusCallback function".
 */
HRESULT WINAPI RevokeBindStatusCallback(IBindCtx *context, IBindStatusCallback *callback)
{
    IBindStatusCallback *registered;

    if (!context || !callback)
        return E_INVALIDARG;
    if (bind_callback_get(context, &registered) != S_OK)
        return S_OK;
    if (registered == callback || holder_client(registered) == callback)
        IBindCtx_RevokeObjectParam(context, callback_key);
    IBindStatusCallback_Release(registered);
    return S_OK;
}
