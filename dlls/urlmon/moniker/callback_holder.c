/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a binding talks to: it passes the methods of IBindStatusCallback on, and answers for the
 * services that a client may offer or not (IHttpNegotiate, IAuthenticate and their kin): the
 * client's object is asked for the interface itself, then for its IServiceProvider; when it has
 * neither, the answer is that of a client which has nothing to say.
 *
 * Pages "IBindStatusCallback interface", "IHttpNegotiate interface", "IAuthenticate interface".
 */
#include "callback_holder.h"

#include <servprov.h>

#include "com_object.h"

/* How the parameter of a context says that it is a holder. */
static const IID iid_callback_holder = {0x79eac9cc, 0xbaf9, 0x11ce,
        {0x8c, 0x82, 0x00, 0xaa, 0x00, 0x4b, 0xa9, 0x0b}};

/* The client behind holders, counted. */
struct callback_target
{
    LONG references;
    IBindStatusCallback *client;
    IServiceProvider *services;    /* the client's, or NULL */
    volatile LONG knows_negotiate; /* it has been found that the client has IHttpNegotiate */
};

struct callback_holder
{
    struct com_object object;
    IBindStatusCallbackEx IBindStatusCallbackEx_iface;
    IServiceProvider IServiceProvider_iface;
    IHttpNegotiate3 IHttpNegotiate3_iface;
    IAuthenticateEx IAuthenticateEx_iface;
    IInternetBindInfo IInternetBindInfo_iface;
    BOOL is_fixed; /* it keeps its target */
    SRWLOCK lock;  /* guards `target`, unless that is fixed; never held while calling out */
    struct callback_target *target;
};

COM_OBJECT_METHODS(holder, struct callback_holder, IBindStatusCallbackEx,
        IBindStatusCallbackEx_iface)
COM_OBJECT_METHODS(holder, struct callback_holder, IServiceProvider, IServiceProvider_iface)
COM_OBJECT_METHODS(holder, struct callback_holder, IHttpNegotiate3, IHttpNegotiate3_iface)
COM_OBJECT_METHODS(holder, struct callback_holder, IAuthenticateEx, IAuthenticateEx_iface)
COM_OBJECT_METHODS(holder, struct callback_holder, IInternetBindInfo, IInternetBindInfo_iface)

static struct callback_target *target_create(IBindStatusCallback *client)
{
    struct callback_target *target = calloc(1, sizeof(*target));

    if (!target)
        return NULL;
    target->references = 1;
    target->client = client;
    IBindStatusCallback_AddRef(client);
    if (FAILED(IBindStatusCallback_QueryInterface(client, &IID_IServiceProvider,
                (void **)&target->services)))
        target->services = NULL;
    return target;
}

static void target_release(struct callback_target *target)
{
    if (InterlockedDecrement(&target->references))
        return;
    if (target->services)
        IServiceProvider_Release(target->services);
    IBindStatusCallback_Release(target->client);
    free(target);
}

/* The present target, until holder_done: with a reference, unless it is fixed. Then a thread that
 * ends inside the client takes nothing along. */
static struct callback_target *holder_target(struct callback_holder *holder)
{
    struct callback_target *target;

    if (holder->is_fixed)
        return holder->target;
    AcquireSRWLockShared(&holder->lock);
    target = holder->target;
    InterlockedIncrement(&target->references);
    ReleaseSRWLockShared(&holder->lock);
    return target;
}

static void holder_done(struct callback_holder *holder, struct callback_target *target)
{
    if (!holder->is_fixed)
        target_release(target);
}

/* A service of the client. */
static HRESULT target_service(struct callback_target *target, REFGUID service, REFIID iid,
        void **out)
{
    HRESULT hr;

    *out = NULL;
    if (!target->services)
        return E_NOINTERFACE;
    hr = IServiceProvider_QueryService(target->services, service, iid, out);
    if (SUCCEEDED(hr) && *out)
        return S_OK;
    *out = NULL;
    return E_NOINTERFACE;
}

/* An interface of the client: of its object, else of its services. */
static HRESULT target_query(struct callback_target *target, REFIID iid, void **out)
{
    HRESULT hr;

    *out = NULL;
    hr = IBindStatusCallback_QueryInterface(target->client, iid, out);
    if (SUCCEEDED(hr) && *out)
        return S_OK;
    return target_service(target, iid, iid, out);
}

static HRESULT holder_client_query(struct callback_holder *holder, REFIID iid, void **out)
{
    struct callback_target *target = holder_target(holder);
    HRESULT hr = target_query(target, iid, out);

    holder_done(holder, target);
    return hr;
}

/* Passes a call on to the client: `method` and its arguments without the object. */
#define HOLDER_FORWARD(method, ...)                                                                \
    struct callback_holder *holder = holder_from_IBindStatusCallbackEx(iface);                     \
    struct callback_target *target = holder_target(holder);                                        \
    HRESULT hr = IBindStatusCallback_##method(target->client, __VA_ARGS__);                        \
    holder_done(holder, target);                                                                   \
    return hr

static HRESULT STDMETHODCALLTYPE holder_OnStartBinding(IBindStatusCallbackEx *iface, DWORD reserved,
        IBinding *binding)
{
    (void)reserved;
    HOLDER_FORWARD(OnStartBinding, 0xff, binding);
}

static HRESULT STDMETHODCALLTYPE holder_GetPriority(IBindStatusCallbackEx *iface, LONG *priority)
{
    HOLDER_FORWARD(GetPriority, priority);
}

static HRESULT STDMETHODCALLTYPE holder_OnLowResource(IBindStatusCallbackEx *iface, DWORD reserved)
{
    HOLDER_FORWARD(OnLowResource, reserved);
}

static HRESULT STDMETHODCALLTYPE holder_OnProgress(IBindStatusCallbackEx *iface, ULONG progress,
        ULONG progress_max, ULONG code, const WCHAR *text)
{
    HOLDER_FORWARD(OnProgress, progress, progress_max, code, text);
}

static HRESULT STDMETHODCALLTYPE holder_OnStopBinding(IBindStatusCallbackEx *iface, HRESULT result,
        const WCHAR *error)
{
    HOLDER_FORWARD(OnStopBinding, result, error);
}

/* From a client that has IBindStatusCallbackEx by GetBindInfoEx. Else GetBindInfo, and the other
 * two stay as they are. */
static HRESULT STDMETHODCALLTYPE holder_GetBindInfoEx(IBindStatusCallbackEx *iface, DWORD *flags,
        BINDINFO *info, DWORD *flags2, DWORD *reserved)
{
    struct callback_holder *holder = holder_from_IBindStatusCallbackEx(iface);
    struct callback_target *target = holder_target(holder);
    IBindStatusCallbackEx *extended = NULL;
    HRESULT hr;

    hr = IBindStatusCallback_QueryInterface(target->client, &IID_IBindStatusCallbackEx,
            (void **)&extended);
    if (SUCCEEDED(hr) && extended)
    {
        hr = IBindStatusCallbackEx_GetBindInfoEx(extended, flags, info, flags2, reserved);
        IBindStatusCallbackEx_Release(extended);
    }
    else
        hr = IBindStatusCallback_GetBindInfo(target->client, flags, info);
    holder_done(holder, target);
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
    HOLDER_FORWARD(OnDataAvailable, flags, size, format, medium);
}

static HRESULT STDMETHODCALLTYPE holder_OnObjectAvailable(IBindStatusCallbackEx *iface, REFIID iid,
        IUnknown *object)
{
    HOLDER_FORWARD(OnObjectAvailable, iid, object);
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

/* Whether the client has IHttpNegotiate: asked until it has. */
static HRESULT target_find_negotiate(struct callback_target *target)
{
    IUnknown *negotiate;

    if (target->knows_negotiate)
        return S_OK;
    if (FAILED(target_query(target, &IID_IHttpNegotiate, (void **)&negotiate)))
        return E_NOINTERFACE;
    IUnknown_Release(negotiate);
    target->knows_negotiate = TRUE;
    return S_OK;
}

/*
 * IHttpNegotiate (of a client that has it) and IAuthenticate are the holder's. Another service that
 * is an interface of its own name may also be one of the client's object.
 */
static HRESULT STDMETHODCALLTYPE holder_QueryService(IServiceProvider *iface, REFGUID service,
        REFIID iid, void **out)
{
    struct callback_holder *holder = holder_from_IServiceProvider(iface);
    struct callback_target *target;
    BOOL is_negotiate, is_ours;
    HRESULT hr = S_OK;

    if (!out)
        return E_POINTER;
    *out = NULL;
    is_ours = IsEqualGUID(service, iid);
    is_negotiate = is_ours
            && (IsEqualGUID(service, &IID_IHttpNegotiate)
                    || IsEqualGUID(service, &IID_IHttpNegotiate2));
    target = holder_target(holder);
    if (is_negotiate)
        hr = target_find_negotiate(target);
    else if (!is_ours)
        hr = target_service(target, service, iid, out);
    else if (!IsEqualGUID(service, &IID_IAuthenticate))
    {
        hr = target_query(target, iid, out);
        is_ours = FALSE;
    }
    holder_done(holder, target);
    return is_ours && SUCCEEDED(hr) ? IServiceProvider_QueryInterface(iface, iid, out) : hr;
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
    struct callback_target *target = holder_target(holder);
    IInternetBindInfo *info = NULL;
    HRESULT hr = IBindStatusCallback_QueryInterface(target->client, &IID_IInternetBindInfo,
            (void **)&info);

    holder_done(holder, target);
    if (FAILED(hr) || !info)
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

    target_release(holder->target);
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

/* The holder that a callback is, with a reference, or NULL. */
static struct callback_holder *holder_of(IBindStatusCallback *callback)
{
    IBindStatusCallbackEx *iface = NULL;

    if (FAILED(IBindStatusCallback_QueryInterface(callback, &iid_callback_holder, (void **)&iface))
            || !iface)
        return NULL;
    if (iface->lpVtbl == &holder_callback_vtbl)
        return holder_from_IBindStatusCallbackEx(iface);
    IBindStatusCallbackEx_Release(iface);
    return NULL;
}

static void holder_release(struct callback_holder *holder)
{
    IBindStatusCallbackEx_Release(&holder->IBindStatusCallbackEx_iface);
}

/* Takes the target over, also when it fails. */
static HRESULT holder_wrap(struct callback_target *target, BOOL is_fixed, IBindStatusCallback **out)
{
    struct callback_holder *holder = calloc(1, sizeof(*holder));

    *out = NULL;
    if (!holder)
    {
        target_release(target);
        return E_OUTOFMEMORY;
    }
    com_object_init(&holder->object, &holder_class);
    holder->IBindStatusCallbackEx_iface.lpVtbl = (IBindStatusCallbackExVtbl *)&holder_callback_vtbl;
    holder->IServiceProvider_iface.lpVtbl = (IServiceProviderVtbl *)&holder_provider_vtbl;
    holder->IHttpNegotiate3_iface.lpVtbl = (IHttpNegotiate3Vtbl *)&holder_negotiate_vtbl;
    holder->IAuthenticateEx_iface.lpVtbl = (IAuthenticateExVtbl *)&holder_authenticate_vtbl;
    holder->IInternetBindInfo_iface.lpVtbl = (IInternetBindInfoVtbl *)&holder_info_vtbl;
    InitializeSRWLock(&holder->lock);
    holder->target = target;
    holder->is_fixed = is_fixed;
    *out = (IBindStatusCallback *)&holder->IBindStatusCallbackEx_iface;
    return S_OK;
}

HRESULT callback_holder_create(IBindStatusCallback *client, IBindStatusCallback **out)
{
    struct callback_target *target = target_create(client);

    *out = NULL;
    return target ? holder_wrap(target, FALSE, out) : E_OUTOFMEMORY;
}

IBindStatusCallback *callback_holder_client(IBindStatusCallback *callback)
{
    struct callback_holder *holder = holder_of(callback);
    struct callback_target *target;
    IBindStatusCallback *client = callback;

    if (!holder)
    {
        IBindStatusCallback_AddRef(callback);
        return callback;
    }
    target = holder_target(holder);
    client = target->client;
    IBindStatusCallback_AddRef(client);
    holder_done(holder, target);
    holder_release(holder);
    return client;
}

HRESULT callback_holder_copy(IBindStatusCallback *callback, IBindStatusCallback **out)
{
    struct callback_holder *holder = holder_of(callback);
    struct callback_target *target;
    HRESULT hr;

    if (!holder)
    {
        *out = callback;
        IBindStatusCallback_AddRef(callback);
        return S_OK;
    }
    target = holder_target(holder);
    if (holder->is_fixed)
        InterlockedIncrement(&target->references);
    hr = holder_wrap(target, TRUE, out);
    holder_release(holder);
    return hr;
}

HRESULT callback_holder_exchange(IBindStatusCallback *callback, IBindStatusCallback *client,
        IBindStatusCallback **previous)
{
    struct callback_holder *holder = holder_of(callback);
    struct callback_target *target, *old;

    *previous = NULL;
    if (holder && holder->is_fixed)
    {
        holder_release(holder);
        holder = NULL;
    }
    if (!holder)
        return S_FALSE;
    /* Its own client instead of itself: it would call itself without end. */
    target = client == callback ? holder_target(holder) : target_create(client);
    if (!target)
    {
        holder_release(holder);
        return E_OUTOFMEMORY;
    }
    AcquireSRWLockExclusive(&holder->lock);
    old = holder->target;
    holder->target = target;
    ReleaseSRWLockExclusive(&holder->lock);
    *previous = old->client;
    IBindStatusCallback_AddRef(*previous);
    target_release(old);
    holder_release(holder);
    return S_OK;
}
