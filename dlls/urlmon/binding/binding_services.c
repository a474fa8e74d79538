/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What protocols ask of the client: its interfaces, by IServiceProvider::QueryService of the
 * binding. Protocols get those of the binding instead, each method of which is called on the bound
 * thread, whatever thread the protocol calls on. Page "Callback Synchronization".
 */
#include "binding_impl.h"
#include "bound_call.h"
#include "callback_holder.h"

COM_INNER_METHODS(binding, struct binding, IServiceProvider, IServiceProvider_iface)
COM_INNER_METHODS(binding, struct binding, IHttpNegotiate3, IHttpNegotiate3_iface)
COM_INNER_METHODS(binding, struct binding, IAuthenticateEx, IAuthenticateEx_iface)
COM_INNER_METHODS(binding, struct binding, IHttpSecurity, IHttpSecurity_iface)
COM_INNER_METHODS(binding, struct binding, IWindowForBindingUI, IWindowForBindingUI_iface)
COM_INNER_METHODS(binding, struct binding, ICodeInstall, ICodeInstall_iface)
COM_INNER_METHODS(binding, struct binding, IBindCallbackRedirect, IBindCallbackRedirect_iface)

struct service_interface
{
    const IID *iid;
    enum service service;
    size_t offset;
    BOOL always; /* also when the client has not got it */
};

static const struct service_interface interfaces[] = {
        {&IID_IHttpNegotiate, SERVICE_NEGOTIATE, offsetof(struct binding, IHttpNegotiate3_iface),
                TRUE},
        {&IID_IHttpNegotiate2, SERVICE_NEGOTIATE, offsetof(struct binding, IHttpNegotiate3_iface),
                TRUE},
        {&IID_IHttpNegotiate3, SERVICE_NEGOTIATE, offsetof(struct binding, IHttpNegotiate3_iface),
                TRUE},
        {&IID_IAuthenticate, SERVICE_AUTHENTICATE, offsetof(struct binding, IAuthenticateEx_iface),
                FALSE},
        {&IID_IAuthenticateEx, SERVICE_AUTHENTICATE,
                offsetof(struct binding, IAuthenticateEx_iface), FALSE},
        {&IID_IHttpSecurity, SERVICE_HTTP_SECURITY, offsetof(struct binding, IHttpSecurity_iface),
                FALSE},
        {&IID_IWindowForBindingUI, SERVICE_WINDOW,
                offsetof(struct binding, IWindowForBindingUI_iface), FALSE},
        {&IID_ICodeInstall, SERVICE_CODE_INSTALL, offsetof(struct binding, ICodeInstall_iface),
                FALSE},
        {&IID_IBindCallbackRedirect, SERVICE_REDIRECT,
                offsetof(struct binding, IBindCallbackRedirect_iface), FALSE},
        {&IID_IBindStatusCallback, SERVICE_CALLBACK,
                offsetof(struct binding, IBindStatusCallbackEx_iface), FALSE},
        {&IID_IBindStatusCallbackEx, SERVICE_CALLBACK,
                offsetof(struct binding, IBindStatusCallbackEx_iface), FALSE},
};

/* What programs may offer an interface as, besides its own name. */
static const IID *base_service(REFIID iid)
{
    if (IsEqualIID(iid, &IID_IHttpNegotiate2) || IsEqualIID(iid, &IID_IHttpNegotiate3))
        return &IID_IHttpNegotiate;
    return IsEqualIID(iid, &IID_IAuthenticateEx) ? &IID_IAuthenticate : NULL;
}

/* Whether the callback is a holder that speaks for a client without this one: a holder has
 * IHttpNegotiate for every client, and its services say who really has it. */
static BOOL is_held_for_nobody(struct binding *binding, REFIID iid)
{
    IBindStatusCallback *client;
    BOOL held;

    if (!IsEqualIID(iid, &IID_IHttpNegotiate) && !IsEqualIID(iid, &IID_IHttpNegotiate2))
        return FALSE;
    client = callback_holder_client(binding->callback);
    held = client != binding->callback;
    IBindStatusCallback_Release(client);
    return held;
}

/* On the bound thread: an interface of the client's. */
static HRESULT client_interface(struct binding *binding, REFIID service, REFIID iid, void **out)
{
    *out = NULL;
    if (!binding->callback)
        return E_NOINTERFACE;
    if (binding->callback_services
            && SUCCEEDED(
                    IServiceProvider_QueryService(binding->callback_services, service, iid, out))
            && *out)
        return S_OK;
    *out = NULL;
    if (IsEqualGUID(service, iid) && !is_held_for_nobody(binding, iid))
        return IBindStatusCallback_QueryInterface(binding->callback, iid, out);
    return E_NOINTERFACE;
}

/* The same, as it was found when the protocol asked for it, if it is one of which there is only one
 * kind. */
static HRESULT with_service(struct binding *binding, const IID *iid, enum service service,
        void **out)
{
    const IID *base = base_service(iid);
    HRESULT hr = S_OK;

    if ((*out = binding->services[service]))
        IUnknown_AddRef(binding->services[service]);
    else if (FAILED(hr = client_interface(binding, iid, iid, out)) && base)
        hr = client_interface(binding, base, iid, out);
    if (SUCCEEDED(hr) && binding->aborted) /* when it was asked for it */
    {
        IUnknown_Release((IUnknown *)*out);
        hr = E_ABORT;
    }
    if (SUCCEEDED(hr) && binding->lent_count < ARRAYSIZE(binding->lent))
        binding->lent[binding->lent_count] = *out;
    binding->lent_count += SUCCEEDED(hr);
    return hr;
}

/* The client has been called, and has not ended the thread: gives back what with_service gave. */
static void service_return(struct binding *binding, void *service)
{
    binding->lent_count--;
    IUnknown_Release((IUnknown *)service);
}

struct negotiate_call
{
    const WCHAR *url, *headers, *request_headers;
    DWORD code;
    WCHAR **out;
    BYTE *id;
    DWORD *id_size;
    DWORD_PTR reserved;
    BYTE **context;
    DWORD *context_size;
};

static HRESULT call_BeginningTransaction(struct binding *binding, void *arguments)
{
    struct negotiate_call *call = arguments;
    IHttpNegotiate *negotiate;
    HRESULT hr;

    if (FAILED(with_service(binding, &IID_IHttpNegotiate, SERVICE_NEGOTIATE, (void **)&negotiate)))
        return S_OK;
    hr = IHttpNegotiate_BeginningTransaction(negotiate, call->url, call->headers, call->code,
            call->out);
    service_return(binding, negotiate);
    return hr;
}

static HRESULT STDMETHODCALLTYPE negotiate_BeginningTransaction(IHttpNegotiate3 *iface,
        const WCHAR *url, const WCHAR *headers, DWORD reserved, WCHAR **out)
{
    struct negotiate_call call = {.url = url, .headers = headers, .code = reserved, .out = out};

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return bound_call(binding_from_IHttpNegotiate3(iface), call_BeginningTransaction, &call);
}

static HRESULT call_OnResponse(struct binding *binding, void *arguments)
{
    struct negotiate_call *call = arguments;
    IHttpNegotiate *negotiate;
    WCHAR *ignored = NULL;
    HRESULT hr;

    if (FAILED(with_service(binding, &IID_IHttpNegotiate, SERVICE_NEGOTIATE, (void **)&negotiate)))
        return S_OK;
    hr = IHttpNegotiate_OnResponse(negotiate, call->code, call->headers, call->request_headers,
            call->out ? call->out : &ignored);
    CoTaskMemFree(ignored);
    service_return(binding, negotiate);
    return hr;
}

static HRESULT STDMETHODCALLTYPE negotiate_OnResponse(IHttpNegotiate3 *iface, DWORD code,
        const WCHAR *headers, const WCHAR *request_headers, WCHAR **out)
{
    struct negotiate_call call = {.code = code,
            .headers = headers,
            .request_headers = request_headers,
            .out = out};

    if (out)
        *out = NULL;
    return bound_call(binding_from_IHttpNegotiate3(iface), call_OnResponse, &call);
}

static HRESULT call_GetRootSecurityId(struct binding *binding, void *arguments)
{
    struct negotiate_call *call = arguments;
    IHttpNegotiate2 *negotiate;
    HRESULT hr;

    if (FAILED(with_service(binding, &IID_IHttpNegotiate2, SERVICE_NEGOTIATE, (void **)&negotiate)))
        return E_FAIL;
    hr = IHttpNegotiate2_GetRootSecurityId(negotiate, call->id, call->id_size, call->reserved);
    service_return(binding, negotiate);
    return hr;
}

static HRESULT STDMETHODCALLTYPE negotiate_GetRootSecurityId(IHttpNegotiate3 *iface, BYTE *id,
        DWORD *size, DWORD_PTR reserved)
{
    struct negotiate_call call = {.id = id, .id_size = size, .reserved = reserved};

    return bound_call(binding_from_IHttpNegotiate3(iface), call_GetRootSecurityId, &call);
}

static HRESULT call_GetSerializedClientCertContext(struct binding *binding, void *arguments)
{
    struct negotiate_call *call = arguments;
    IHttpNegotiate3 *negotiate;
    HRESULT hr;

    if (FAILED(with_service(binding, &IID_IHttpNegotiate3, SERVICE_NEGOTIATE, (void **)&negotiate)))
        return E_NOTIMPL;
    hr = IHttpNegotiate3_GetSerializedClientCertContext(negotiate, call->context,
            call->context_size);
    service_return(binding, negotiate);
    return hr;
}

static HRESULT STDMETHODCALLTYPE negotiate_GetSerializedClientCertContext(IHttpNegotiate3 *iface,
        BYTE **context, DWORD *size)
{
    struct negotiate_call call = {.context = context, .context_size = size};

    return bound_call(binding_from_IHttpNegotiate3(iface), call_GetSerializedClientCertContext,
            &call);
}

static const IHttpNegotiate3Vtbl negotiate_vtbl = {
        binding_IHttpNegotiate3_QueryInterface,
        binding_IHttpNegotiate3_AddRef,
        binding_IHttpNegotiate3_Release,
        negotiate_BeginningTransaction,
        negotiate_OnResponse,
        negotiate_GetRootSecurityId,
        negotiate_GetSerializedClientCertContext,
};

struct authenticate_call
{
    HWND *window;
    WCHAR **user, **password;
    AUTHENTICATEINFO *info;
};

static HRESULT call_AuthenticateEx(struct binding *binding, void *arguments)
{
    struct authenticate_call *call = arguments;
    IAuthenticateEx *extended;
    IAuthenticate *authenticate;
    HRESULT hr;

    if (call->info
            && SUCCEEDED(with_service(binding, &IID_IAuthenticateEx, SERVICE_AUTHENTICATE,
                    (void **)&extended)))
    {
        hr = IAuthenticateEx_AuthenticateEx(extended, call->window, call->user, call->password,
                call->info);
        service_return(binding, extended);
        return hr;
    }
    if (FAILED(with_service(binding, &IID_IAuthenticate, SERVICE_AUTHENTICATE,
                (void **)&authenticate)))
        return E_NOTIMPL;
    hr = IAuthenticate_Authenticate(authenticate, call->window, call->user, call->password);
    service_return(binding, authenticate);
    return hr;
}

static HRESULT STDMETHODCALLTYPE authenticate_AuthenticateEx(IAuthenticateEx *iface, HWND *window,
        WCHAR **user, WCHAR **password, AUTHENTICATEINFO *info)
{
    struct authenticate_call call = {window, user, password, info};

    if (!window || !user || !password)
        return E_INVALIDARG;
    *window = NULL;
    *user = *password = NULL;
    return bound_call(binding_from_IAuthenticateEx(iface), call_AuthenticateEx, &call);
}

static HRESULT STDMETHODCALLTYPE authenticate_Authenticate(IAuthenticateEx *iface, HWND *window,
        WCHAR **user, WCHAR **password)
{
    return authenticate_AuthenticateEx(iface, window, user, password, NULL);
}

static const IAuthenticateExVtbl authenticate_vtbl = {
        binding_IAuthenticateEx_QueryInterface,
        binding_IAuthenticateEx_AddRef,
        binding_IAuthenticateEx_Release,
        authenticate_Authenticate,
        authenticate_AuthenticateEx,
};

struct window_call
{
    const IID *iid;
    enum service service;
    const GUID *reason;
    HWND *window;
    DWORD problem;
};

/* Of IWindowForBindingUI and what derives from it. */
static HRESULT call_GetWindow(struct binding *binding, void *arguments)
{
    struct window_call *call = arguments;
    IWindowForBindingUI *window;
    HRESULT hr;

    if (FAILED(with_service(binding, call->iid, call->service, (void **)&window)))
        return E_NOTIMPL;
    hr = IWindowForBindingUI_GetWindow(window, call->reason, call->window);
    service_return(binding, window);
    return hr;
}

static HRESULT get_window(struct binding *binding, const IID *iid, enum service service,
        REFGUID reason, HWND *window)
{
    struct window_call call = {iid, service, reason, window, 0};

    if (!window)
        return E_INVALIDARG;
    *window = NULL;
    return bound_call(binding, call_GetWindow, &call);
}

static HRESULT STDMETHODCALLTYPE window_GetWindow(IWindowForBindingUI *iface, REFGUID reason,
        HWND *window)
{
    return get_window(binding_from_IWindowForBindingUI(iface), &IID_IWindowForBindingUI,
            SERVICE_WINDOW, reason, window);
}

static const IWindowForBindingUIVtbl window_vtbl = {
        binding_IWindowForBindingUI_QueryInterface,
        binding_IWindowForBindingUI_AddRef,
        binding_IWindowForBindingUI_Release,
        window_GetWindow,
};

static HRESULT STDMETHODCALLTYPE security_GetWindow(IHttpSecurity *iface, REFGUID reason,
        HWND *window)
{
    return get_window(binding_from_IHttpSecurity(iface), &IID_IHttpSecurity, SERVICE_HTTP_SECURITY,
            reason, window);
}

static HRESULT call_OnSecurityProblem(struct binding *binding, void *arguments)
{
    struct window_call *call = arguments;
    IHttpSecurity *security;
    HRESULT hr;

    if (FAILED(with_service(binding, &IID_IHttpSecurity, SERVICE_HTTP_SECURITY,
                (void **)&security)))
        return S_FALSE; /* as if the client had no opinion */
    hr = IHttpSecurity_OnSecurityProblem(security, call->problem);
    service_return(binding, security);
    return hr;
}

static HRESULT STDMETHODCALLTYPE security_OnSecurityProblem(IHttpSecurity *iface, DWORD problem)
{
    struct window_call call = {.problem = problem};

    return bound_call(binding_from_IHttpSecurity(iface), call_OnSecurityProblem, &call);
}

static const IHttpSecurityVtbl security_vtbl = {
        binding_IHttpSecurity_QueryInterface,
        binding_IHttpSecurity_AddRef,
        binding_IHttpSecurity_Release,
        security_GetWindow,
        security_OnSecurityProblem,
};

static HRESULT STDMETHODCALLTYPE install_GetWindow(ICodeInstall *iface, REFGUID reason,
        HWND *window)
{
    return get_window(binding_from_ICodeInstall(iface), &IID_ICodeInstall, SERVICE_CODE_INSTALL,
            reason, window);
}

struct install_call
{
    ULONG code, reserved;
    const WCHAR *destination, *source;
};

static HRESULT call_OnCodeInstallProblem(struct binding *binding, void *arguments)
{
    struct install_call *call = arguments;
    ICodeInstall *install;
    HRESULT hr;

    if (FAILED(with_service(binding, &IID_ICodeInstall, SERVICE_CODE_INSTALL, (void **)&install)))
        return E_NOTIMPL;
    hr = ICodeInstall_OnCodeInstallProblem(install, call->code, call->destination, call->source,
            call->reserved);
    service_return(binding, install);
    return hr;
}

static HRESULT STDMETHODCALLTYPE install_OnCodeInstallProblem(ICodeInstall *iface, ULONG code,
        const WCHAR *destination, const WCHAR *source, DWORD reserved)
{
    struct install_call call = {code, reserved, destination, source};

    return bound_call(binding_from_ICodeInstall(iface), call_OnCodeInstallProblem, &call);
}

static const ICodeInstallVtbl install_vtbl = {
        binding_ICodeInstall_QueryInterface,
        binding_ICodeInstall_AddRef,
        binding_ICodeInstall_Release,
        install_GetWindow,
        install_OnCodeInstallProblem,
};

struct redirect_call
{
    const WCHAR *url;
    VARIANT_BOOL *cancel;
};

static HRESULT call_Redirect(struct binding *binding, void *arguments)
{
    struct redirect_call *call = arguments;
    IBindCallbackRedirect *redirect;
    HRESULT hr;

    if (FAILED(with_service(binding, &IID_IBindCallbackRedirect, SERVICE_REDIRECT,
                (void **)&redirect)))
        return S_OK;
    hr = IBindCallbackRedirect_Redirect(redirect, call->url, call->cancel);
    service_return(binding, redirect);
    return hr;
}

static HRESULT STDMETHODCALLTYPE redirect_Redirect(IBindCallbackRedirect *iface, const WCHAR *url,
        VARIANT_BOOL *cancel)
{
    struct redirect_call call = {url, cancel};

    if (!cancel)
        return E_INVALIDARG;
    *cancel = VARIANT_FALSE;
    return bound_call(binding_from_IBindCallbackRedirect(iface), call_Redirect, &call);
}

static const IBindCallbackRedirectVtbl redirect_vtbl = {
        binding_IBindCallbackRedirect_QueryInterface,
        binding_IBindCallbackRedirect_AddRef,
        binding_IBindCallbackRedirect_Release,
        redirect_Redirect,
};

struct query_call
{
    const GUID *service;
    const IID *iid;
    enum service kept;
    void **out;
};

/* On the bound thread: whether the client has the interface at all. */
static HRESULT has_client_interface(struct binding *binding, void *arguments)
{
    struct query_call *call = arguments;
    IUnknown *found;
    HRESULT hr;

    if (binding->services[call->kept])
        return S_OK;
    if (FAILED(hr = client_interface(binding, call->service, call->iid, (void **)&found)))
        return hr;
    if (call->kept == SERVICE_AUTHENTICATE || call->kept == SERVICE_NEGOTIATE
            || call->kept == SERVICE_CALLBACK)
        IUnknown_Release(found); /* there are several of them, or it is there anyway */
    else if (binding->ended || binding->services[call->kept])
        IUnknown_Release(found);
    else
        binding->services[call->kept] = found;
    return S_OK;
}

static BOOL is_service(REFIID iid)
{
    for (unsigned int i = 0; i < ARRAYSIZE(interfaces); i++)
    {
        if (IsEqualIID(iid, interfaces[i].iid))
            return TRUE;
    }
    return FALSE;
}

HRESULT binding_service_get(struct binding *binding, REFGUID service, REFIID iid, void **out)
{
    unsigned int i;
    HRESULT hr;

    for (i = 0; i < ARRAYSIZE(interfaces); i++)
    {
        struct query_call call = {service, iid, interfaces[i].service, NULL};

        if (!IsEqualIID(iid, interfaces[i].iid))
            continue;
        if (!(interfaces[i].always && IsEqualGUID(service, iid))
                && FAILED(hr = bound_call(binding, has_client_interface, &call)))
            return E_NOINTERFACE;
        *out = (char *)binding + interfaces[i].offset;
        binding_addref(binding);
        return S_OK;
    }
    return E_NOINTERFACE;
}

static HRESULT query_client(struct binding *binding, void *arguments)
{
    struct query_call *call = arguments;

    return client_interface(binding, call->service, call->iid, call->out);
}

/* What the binding itself answers for, lest the client be called on the wrong thread. */
static BOOL is_own(REFIID iid)
{
    return IsEqualIID(iid, &IID_IInternetBindInfo) || IsEqualIID(iid, &IID_IInternetBindInfoEx)
            || IsEqualIID(iid, &IID_IServiceProvider);
}

const IID IID_NegotiateForNobody = {0x6f0c2d51, 0x2b6e, 0x4c0c,
        {0x9a, 0x34, 0x51, 0xd2, 0x7e, 0x90, 0x1b, 0xc8}};

/* Whether the client has no IHttpNegotiate. */
static BOOL lacks_negotiate(struct binding *binding)
{
    struct query_call call = {&IID_IHttpNegotiate, &IID_IHttpNegotiate, SERVICE_NEGOTIATE, NULL};

    return bound_call(binding, has_client_interface, &call) == E_NOINTERFACE;
}

/* IServiceProvider::QueryService: the client's interfaces that protocols need, see above, else
 * whatever the client has, as it gives it. E_NOINTERFACE. */
static HRESULT STDMETHODCALLTYPE services_QueryService(IServiceProvider *iface, REFGUID service,
        REFIID iid, void **out)
{
    struct binding *binding = binding_from_IServiceProvider(iface);
    struct query_call call = {service, iid, 0, out};

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualGUID(service, iid) && is_own(iid))
        return IServiceProvider_QueryInterface(iface, iid, out);
    if (IsEqualIID(iid, &IID_NegotiateForNobody))
        return lacks_negotiate(binding) ? IServiceProvider_QueryInterface(iface, &IID_IUnknown, out)
                                        : E_NOINTERFACE;
    if (SUCCEEDED(binding_service_get(binding, service, iid, out)))
        return S_OK;
    if (is_service(iid))
        return E_NOINTERFACE;
    return SUCCEEDED(bound_call(binding, query_client, &call)) && *out ? S_OK : E_NOINTERFACE;
}

static const IServiceProviderVtbl services_vtbl = {
        binding_IServiceProvider_QueryInterface,
        binding_IServiceProvider_AddRef,
        binding_IServiceProvider_Release,
        services_QueryService,
};

void binding_services_init(struct binding *binding)
{
    binding->IServiceProvider_iface.lpVtbl = (IServiceProviderVtbl *)&services_vtbl;
    binding->IHttpNegotiate3_iface.lpVtbl = (IHttpNegotiate3Vtbl *)&negotiate_vtbl;
    binding->IAuthenticateEx_iface.lpVtbl = (IAuthenticateExVtbl *)&authenticate_vtbl;
    binding->IHttpSecurity_iface.lpVtbl = (IHttpSecurityVtbl *)&security_vtbl;
    binding->IWindowForBindingUI_iface.lpVtbl = (IWindowForBindingUIVtbl *)&window_vtbl;
    binding->ICodeInstall_iface.lpVtbl = (ICodeInstallVtbl *)&install_vtbl;
    binding->IBindCallbackRedirect_iface.lpVtbl = (IBindCallbackRedirectVtbl *)&redirect_vtbl;
    binding->IBindStatusCallbackEx_iface.lpVtbl =
            (IBindStatusCallbackExVtbl *)&binding_callback_vtbl;
}
