/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bind contexts and their callbacks: RegisterBindStatusCallback, CreateAsyncBindCtx and their kin,
 * by the pages of the same names. */
#include <stdlib.h>

#include <windows.h>
#include <urlmon.h>
#include <servprov.h>

#include "tap.h"

static const IID iid_async_bind_context = {0x79eac9d4, 0xbaf9, 0x11ce,
        {0x8c, 0x82, 0x00, 0xaa, 0x00, 0x4b, 0xa9, 0x0b}};
static const IID iid_own = {0x0a6a3b1c, 0x51d2, 0x4b6f, {1, 2, 3, 4, 5, 6, 7, 8}};

/* A callback that offers services or not. */
struct callback
{
    IBindStatusCallback IBindStatusCallback_iface;
    IServiceProvider IServiceProvider_iface;
    IHttpNegotiate IHttpNegotiate_iface;
    IAuthenticate IAuthenticate_iface;
    LONG references;
    BOOL has_provider, has_negotiate, has_authenticate;
    unsigned int progress, services, transactions, authentications;
    GUID service;
};

static struct callback *from_callback(IBindStatusCallback *iface)
{
    return CONTAINING_RECORD(iface, struct callback, IBindStatusCallback_iface);
}

static HRESULT callback_query(struct callback *callback, REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBindStatusCallback))
        *out = &callback->IBindStatusCallback_iface;
    else if (IsEqualIID(iid, &IID_IServiceProvider) && callback->has_provider)
        *out = &callback->IServiceProvider_iface;
    else if (IsEqualIID(iid, &IID_IHttpNegotiate) && callback->has_negotiate)
        *out = &callback->IHttpNegotiate_iface;
    if (!*out)
        return E_NOINTERFACE;
    InterlockedIncrement(&callback->references);
    return S_OK;
}

static HRESULT WINAPI callback_QueryInterface(IBindStatusCallback *iface, REFIID iid, void **out)
{
    return callback_query(from_callback(iface), iid, out);
}

static ULONG WINAPI callback_AddRef(IBindStatusCallback *iface)
{
    return InterlockedIncrement(&from_callback(iface)->references);
}

static ULONG WINAPI callback_Release(IBindStatusCallback *iface)
{
    return InterlockedDecrement(&from_callback(iface)->references);
}

static HRESULT WINAPI callback_OnStartBinding(IBindStatusCallback *iface, DWORD reserved,
        IBinding *binding)
{
    (void)iface;
    (void)reserved;
    (void)binding;
    return S_OK;
}

static HRESULT WINAPI callback_GetPriority(IBindStatusCallback *iface, LONG *priority)
{
    (void)iface;
    *priority = 17;
    return S_OK;
}

static HRESULT WINAPI callback_OnLowResource(IBindStatusCallback *iface, DWORD reserved)
{
    (void)iface;
    (void)reserved;
    return S_OK;
}

static HRESULT WINAPI callback_OnProgress(IBindStatusCallback *iface, ULONG progress, ULONG max,
        ULONG code, const WCHAR *text)
{
    from_callback(iface)->progress++;
    is_uint(progress, 1, "progress");
    is_uint(max, 2, "maximum");
    is_uint(code, BINDSTATUS_CONNECTING, "code");
    is_wstr(text, L"text", "text");
    return S_FALSE;
}

static HRESULT WINAPI callback_OnStopBinding(IBindStatusCallback *iface, HRESULT result,
        const WCHAR *error)
{
    (void)iface;
    (void)result;
    (void)error;
    return S_OK;
}

static HRESULT WINAPI callback_GetBindInfo(IBindStatusCallback *iface, DWORD *flags, BINDINFO *info)
{
    (void)iface;
    *flags = BINDF_ASYNCHRONOUS;
    info->dwBindVerb = BINDVERB_PUT;
    return S_OK;
}

static HRESULT WINAPI callback_OnDataAvailable(IBindStatusCallback *iface, DWORD flags, DWORD size,
        FORMATETC *format, STGMEDIUM *medium)
{
    (void)iface;
    (void)flags;
    (void)size;
    (void)format;
    (void)medium;
    return S_OK;
}

static HRESULT WINAPI callback_OnObjectAvailable(IBindStatusCallback *iface, REFIID iid,
        IUnknown *object)
{
    (void)iface;
    (void)iid;
    (void)object;
    return S_OK;
}

static IBindStatusCallbackVtbl callback_vtbl = {
        callback_QueryInterface,
        callback_AddRef,
        callback_Release,
        callback_OnStartBinding,
        callback_GetPriority,
        callback_OnLowResource,
        callback_OnProgress,
        callback_OnStopBinding,
        callback_GetBindInfo,
        callback_OnDataAvailable,
        callback_OnObjectAvailable,
};

static struct callback *from_provider(IServiceProvider *iface)
{
    return CONTAINING_RECORD(iface, struct callback, IServiceProvider_iface);
}

static HRESULT WINAPI provider_QueryInterface(IServiceProvider *iface, REFIID iid, void **out)
{
    return callback_query(from_provider(iface), iid, out);
}

static ULONG WINAPI provider_AddRef(IServiceProvider *iface)
{
    return InterlockedIncrement(&from_provider(iface)->references);
}

static ULONG WINAPI provider_Release(IServiceProvider *iface)
{
    return InterlockedDecrement(&from_provider(iface)->references);
}

static HRESULT WINAPI provider_QueryService(IServiceProvider *iface, REFGUID service, REFIID iid,
        void **out)
{
    struct callback *callback = from_provider(iface);

    callback->services++;
    callback->service = *service;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IAuthenticate) && callback->has_authenticate)
        *out = &callback->IAuthenticate_iface;
    if (IsEqualIID(iid, &iid_own) && callback->has_authenticate)
        *out = &callback->IBindStatusCallback_iface;
    if (!*out)
        return E_NOINTERFACE;
    InterlockedIncrement(&callback->references);
    return S_OK;
}

static IServiceProviderVtbl provider_vtbl = {
        provider_QueryInterface,
        provider_AddRef,
        provider_Release,
        provider_QueryService,
};

static struct callback *from_negotiate(IHttpNegotiate *iface)
{
    return CONTAINING_RECORD(iface, struct callback, IHttpNegotiate_iface);
}

static HRESULT WINAPI negotiate_QueryInterface(IHttpNegotiate *iface, REFIID iid, void **out)
{
    return callback_query(from_negotiate(iface), iid, out);
}

static ULONG WINAPI negotiate_AddRef(IHttpNegotiate *iface)
{
    return InterlockedIncrement(&from_negotiate(iface)->references);
}

static ULONG WINAPI negotiate_Release(IHttpNegotiate *iface)
{
    return InterlockedDecrement(&from_negotiate(iface)->references);
}

static HRESULT WINAPI negotiate_BeginningTransaction(IHttpNegotiate *iface, const WCHAR *url,
        const WCHAR *headers, DWORD reserved, WCHAR **additional)
{
    from_negotiate(iface)->transactions++;
    is_wstr(url, L"http://a.test/", "URL");
    is_wstr(headers, L"", "headers");
    (void)reserved;
    *additional = CoTaskMemAlloc(sizeof(L"X-Test: 1\r\n"));
    wcscpy(*additional, L"X-Test: 1\r\n");
    return S_OK;
}

static HRESULT WINAPI negotiate_OnResponse(IHttpNegotiate *iface, DWORD code, const WCHAR *response,
        const WCHAR *request, WCHAR **additional)
{
    (void)iface;
    (void)code;
    (void)response;
    (void)request;
    (void)additional;
    return S_FALSE;
}

static IHttpNegotiateVtbl negotiate_vtbl = {
        negotiate_QueryInterface,
        negotiate_AddRef,
        negotiate_Release,
        negotiate_BeginningTransaction,
        negotiate_OnResponse,
};

static struct callback *from_authenticate(IAuthenticate *iface)
{
    return CONTAINING_RECORD(iface, struct callback, IAuthenticate_iface);
}

static HRESULT WINAPI authenticate_QueryInterface(IAuthenticate *iface, REFIID iid, void **out)
{
    return callback_query(from_authenticate(iface), iid, out);
}

static ULONG WINAPI authenticate_AddRef(IAuthenticate *iface)
{
    return InterlockedIncrement(&from_authenticate(iface)->references);
}

static ULONG WINAPI authenticate_Release(IAuthenticate *iface)
{
    return InterlockedDecrement(&from_authenticate(iface)->references);
}

static HRESULT WINAPI authenticate_Authenticate(IAuthenticate *iface, HWND *window, WCHAR **user,
        WCHAR **password)
{
    from_authenticate(iface)->authentications++;
    *window = (HWND)0x1234;
    *user = NULL;
    *password = NULL;
    return S_FALSE;
}

static IAuthenticateVtbl authenticate_vtbl = {
        authenticate_QueryInterface,
        authenticate_AddRef,
        authenticate_Release,
        authenticate_Authenticate,
};

static void callback_init(struct callback *callback)
{
    memset(callback, 0, sizeof(*callback));
    callback->IBindStatusCallback_iface.lpVtbl = &callback_vtbl;
    callback->IServiceProvider_iface.lpVtbl = &provider_vtbl;
    callback->IHttpNegotiate_iface.lpVtbl = &negotiate_vtbl;
    callback->IAuthenticate_iface.lpVtbl = &authenticate_vtbl;
    callback->references = 1;
}

/* What a binding would talk to. */
static IBindStatusCallback *registered_callback(IBindCtx *context)
{
    WCHAR key[] = L"_BSCB_Holder_";
    IBindStatusCallback *callback = NULL;
    IUnknown *object;

    if (FAILED(IBindCtx_GetObjectParam(context, key, &object)))
        return NULL;
    IUnknown_QueryInterface(object, &IID_IBindStatusCallback, (void **)&callback);
    IUnknown_Release(object);
    return callback;
}

static void test_register(void)
{
    IBindStatusCallback *previous, *holder;
    struct callback first, second;
    IBindCtx *context;

    callback_init(&first);
    callback_init(&second);
    is_hr(CreateBindCtx(0, &context), S_OK, "CreateBindCtx");
    is_hr(RegisterBindStatusCallback(NULL, &first.IBindStatusCallback_iface, NULL, 0), E_INVALIDARG,
            "no context");
    is_hr(RegisterBindStatusCallback(context, NULL, NULL, 0), E_INVALIDARG, "no callback");

    previous = (void *)1;
    is_hr(RegisterBindStatusCallback(context, &first.IBindStatusCallback_iface, &previous, 0), S_OK,
            "the first one");
    is_ptr(previous, NULL, "nothing was registered before");
    ok(first.references > 1, "it is held");
    holder = registered_callback(context);
    ok(holder != NULL, "it is in the context");

    is_hr(RegisterBindStatusCallback(context, &second.IBindStatusCallback_iface, &previous, 0),
            S_OK, "the second one");
    is_ptr(previous, &first.IBindStatusCallback_iface, "the first one is the previous one");
    IBindStatusCallback_Release(previous);
    IBindStatusCallback_Release(holder);
    is_int(first.references, 1, "and is let go");

    is_hr(RegisterBindStatusCallback(context, &first.IBindStatusCallback_iface, NULL, 0), S_OK,
            "nobody wants to know the previous one");
    is_int(second.references, 1, "the second one is let go");

    is_hr(RevokeBindStatusCallback(NULL, &first.IBindStatusCallback_iface), E_INVALIDARG,
            "RevokeBindStatusCallback without context");
    is_hr(RevokeBindStatusCallback(context, NULL), E_INVALIDARG, "and without callback");
    is_hr(RevokeBindStatusCallback(context, &second.IBindStatusCallback_iface), S_OK,
            "one that is not registered");
    ok(first.references > 1, "changes nothing");
    is_hr(RevokeBindStatusCallback(context, &first.IBindStatusCallback_iface), S_OK, "the other");
    is_int(first.references, 1, "it is let go");
    is_ptr(registered_callback(context), NULL, "nothing is registered now");
    is_hr(RevokeBindStatusCallback(context, &first.IBindStatusCallback_iface), S_OK, "once more");

    is_hr(RegisterBindStatusCallback(context, &first.IBindStatusCallback_iface, NULL, 0), S_OK,
            "again");
    IBindCtx_Release(context);
    is_int(first.references, 1, "it goes with the context");
}

static void test_holder(void)
{
    IBindStatusCallback *holder;
    IServiceProvider *provider;
    IAuthenticate *authenticate;
    IHttpNegotiate *negotiate;
    struct callback callback;
    WCHAR *text, *user, *password;
    IBindCtx *context;
    IUnknown *object;
    BINDINFO info = {sizeof(info)};
    LONG priority = 0;
    DWORD flags = 0;
    HWND window;

    callback_init(&callback);
    CreateBindCtx(0, &context);
    callback.has_provider = TRUE; /* and nothing in it */
    RegisterBindStatusCallback(context, &callback.IBindStatusCallback_iface, NULL, 0);
    holder = registered_callback(context);
    if (!ok(holder != NULL, "a holder"))
        return;
    is_hr(IBindStatusCallback_OnProgress(holder, 1, 2, BINDSTATUS_CONNECTING, L"text"), S_FALSE,
            "OnProgress");
    is_uint(callback.progress, 1, "reaches the client, and its answer comes back");
    is_hr(IBindStatusCallback_GetPriority(holder, &priority), S_OK, "GetPriority");
    is_int(priority, 17, "the client's");
    is_hr(IBindStatusCallback_GetBindInfo(holder, &flags, &info), S_OK, "GetBindInfo");
    is_uint(flags, BINDF_ASYNCHRONOUS, "the client's flags");
    is_uint(info.dwBindVerb, BINDVERB_PUT, "and verb");

    is_hr(IBindStatusCallback_QueryInterface(holder, &IID_IServiceProvider, (void **)&provider),
            S_OK, "IServiceProvider");
    is_hr(IBindStatusCallback_QueryInterface(holder, &IID_IHttpNegotiate, (void **)&negotiate),
            S_OK, "IHttpNegotiate");
    is_hr(IBindStatusCallback_QueryInterface(holder, &IID_IAuthenticate, (void **)&authenticate),
            S_OK, "IAuthenticate");

    /* The client has nothing of it. */
    text = (void *)1;
    is_hr(IHttpNegotiate_BeginningTransaction(negotiate, L"http://a.test/", L"", 0, &text), S_OK,
            "BeginningTransaction without the client's IHttpNegotiate");
    is_ptr(text, NULL, "no headers");
    user = password = (void *)1;
    window = (HWND)1;
    is_hr(IAuthenticate_Authenticate(authenticate, &window, &user, &password), E_NOTIMPL,
            "Authenticate without the client's IAuthenticate");
    todo_builtin("out parameters are not set")
    {
        is_ptr(user, NULL, "no user");
        is_ptr(password, NULL, "no password");
    }
    is_hr(IServiceProvider_QueryService(provider, &iid_own, &iid_own, (void **)&object),
            E_NOINTERFACE, "a service that the client has not");

    /* IHttpNegotiate of the object, IAuthenticate as a service. */
    callback.has_negotiate = callback.has_authenticate = TRUE;
    is_hr(IHttpNegotiate_BeginningTransaction(negotiate, L"http://a.test/", L"", 0, &text), S_OK,
            "BeginningTransaction");
    is_uint(callback.transactions, 1, "reaches the client");
    is_wstr(text, L"X-Test: 1\r\n", "its headers");
    CoTaskMemFree(text);
    is_hr(IHttpNegotiate_OnResponse(negotiate, 200, L"", L"", &text), S_FALSE, "OnResponse");
    todo_builtin("IAuthenticate is asked for once only")
    {
        is_hr(IAuthenticate_Authenticate(authenticate, &window, &user, &password), S_FALSE,
                "Authenticate");
        is_uint(callback.authentications, 1, "reaches the client");
        is_ptr(window, (HWND)0x1234, "its window");
        is_guid(&callback.service, &IID_IAuthenticate, "asked for as the service of its own name");
    }

    is_hr(IServiceProvider_QueryService(provider, &iid_own, &iid_own, (void **)&object), S_OK,
            "a service that the client has");
    is_guid(&callback.service, &iid_own, "is asked for");
    IUnknown_Release(object);
    is_hr(IServiceProvider_QueryService(provider, &IID_IHttpNegotiate, &IID_IHttpNegotiate,
                  (void **)&object),
            S_OK, "IHttpNegotiate as a service");
    IUnknown_Release(object);

    IHttpNegotiate_Release(negotiate);
    IAuthenticate_Release(authenticate);
    IServiceProvider_Release(provider);
    IBindStatusCallback_Release(holder);
    IBindCtx_Release(context);
    is_int(callback.references, 1, "nothing leaks");
}

static void test_extended_bind_info(void)
{
    IBindStatusCallbackEx *extended;
    IBindStatusCallback *holder;
    struct callback callback;
    DWORD flags = 0, flags2 = 1, reserved = 1;
    BINDINFO info = {sizeof(info)};
    IBindCtx *context;
    HRESULT hr;

    callback_init(&callback);
    CreateBindCtx(0, &context);
    RegisterBindStatusCallback(context, &callback.IBindStatusCallback_iface, NULL, 0);
    holder = registered_callback(context);
    hr = IBindStatusCallback_QueryInterface(holder, &IID_IBindStatusCallbackEx, (void **)&extended);
    if (FAILED(hr) && builtin_lacks("IBindStatusCallbackEx of the holder"))
    {
        IBindStatusCallback_Release(holder);
        IBindCtx_Release(context);
        return;
    }
    is_hr(hr, S_OK, "IBindStatusCallbackEx");
    is_hr(IBindStatusCallbackEx_GetBindInfoEx(extended, &flags, &info, &flags2, &reserved), S_OK,
            "GetBindInfoEx of a client which has only GetBindInfo");
    is_uint(flags, BINDF_ASYNCHRONOUS, "its flags");
    is_uint(flags2, 1, "and the others stay");
    IBindStatusCallbackEx_Release(extended);
    IBindStatusCallback_Release(holder);
    IBindCtx_Release(context);
}

static void test_async_context(void)
{
    FORMATETC format = {1, NULL, DVASPECT_CONTENT, -1, TYMED_ISTREAM};
    IBindCtx *context, *plain, *wrapper;
    IEnumFORMATETC *formats;
    struct callback callback;
    IBindStatusCallback *holder;
    WCHAR key[] = L"a key";
    BIND_OPTS options;
    IUnknown *object;
    HRESULT hr;

    callback_init(&callback);
    context = (void *)1;
    is_hr(CreateAsyncBindCtx(0, NULL, NULL, &context), E_INVALIDARG, "no callback");
    is_hr(CreateAsyncBindCtx(0, &callback.IBindStatusCallback_iface, NULL, NULL), E_INVALIDARG,
            "no place for the result");
    is_hr(CreateAsyncBindCtx(0, &callback.IBindStatusCallback_iface, NULL, &context), S_OK,
            "CreateAsyncBindCtx");
    holder = registered_callback(context);
    ok(holder != NULL, "the callback is registered");
    IBindStatusCallback_Release(holder);

    memset(&options, 0xcc, sizeof(options));
    options.cbStruct = sizeof(options);
    is_hr(IBindCtx_GetBindOptions(context, &options), S_OK, "GetBindOptions");
    is_uint(options.grfFlags, BIND_MAYBOTHERUSER, "flags");
    is_uint(options.grfMode, STGM_READWRITE | STGM_SHARE_EXCLUSIVE, "mode");
    is_uint(options.dwTickCountDeadline, 0, "deadline");
    options.dwTickCountDeadline = 1000;
    is_hr(IBindCtx_SetBindOptions(context, &options), S_OK, "SetBindOptions");
    options.dwTickCountDeadline = 0;
    IBindCtx_GetBindOptions(context, &options);
    is_uint(options.dwTickCountDeadline, 1000, "they are kept");

    is_hr(IBindCtx_GetObjectParam(context, key, &object), E_FAIL, "an object that is not there");
    is_hr(IBindCtx_RegisterObjectParam(context, key,
                  (IUnknown *)&callback.IBindStatusCallback_iface),
            S_OK, "RegisterObjectParam");
    is_hr(IBindCtx_GetObjectParam(context, key, &object), S_OK, "GetObjectParam");
    is_ptr(object, &callback.IBindStatusCallback_iface, "the object");
    IUnknown_Release(object);
    is_hr(IBindCtx_RevokeObjectParam(context, key), S_OK, "RevokeObjectParam");
    is_hr(IBindCtx_RevokeObjectParam(context, key), E_FAIL, "and once more");
    is_hr(IBindCtx_RegisterObjectBound(context, (IUnknown *)&callback.IBindStatusCallback_iface),
            S_OK, "RegisterObjectBound");
    is_hr(IBindCtx_RevokeObjectBound(context, (IUnknown *)&callback.IBindStatusCallback_iface),
            S_OK, "RevokeObjectBound");
    is_hr(IBindCtx_RevokeObjectBound(context, (IUnknown *)&callback.IBindStatusCallback_iface),
            MK_E_NOTBOUND, "and once more");
    is_hr(IBindCtx_RegisterObjectBound(context, (IUnknown *)&callback.IBindStatusCallback_iface),
            S_OK, "and again");
    is_hr(IBindCtx_ReleaseBoundObjects(context), S_OK, "ReleaseBoundObjects");
    IBindCtx_Release(context);
    is_int(callback.references, 1, "all is let go");

    is_hr(CreateFormatEnumerator(1, &format, &formats), S_OK, "CreateFormatEnumerator");
    is_hr(CreateAsyncBindCtx(0, &callback.IBindStatusCallback_iface, formats, &context), S_OK,
            "with formats");
    todo_builtin("the formats are not registered")
        is_hr(RevokeFormatEnumerator(context, formats), S_OK, "they are registered");
    IBindCtx_Release(context);
    IEnumFORMATETC_Release(formats);

    is_hr(CreateAsyncBindCtxEx(NULL, 0, NULL, NULL, NULL, 0), E_INVALIDARG,
            "CreateAsyncBindCtxEx without place for the result");
    is_hr(CreateAsyncBindCtxEx(NULL, 0, NULL, NULL, &context, 0), S_OK, "and without anything");
    hr = IBindCtx_QueryInterface(context, &iid_async_bind_context, (void **)&object);
    is_hr(hr, S_OK, "IAsyncBindCtx");
    if (SUCCEEDED(hr))
        IUnknown_Release(object);
    IBindCtx_Release(context);

    CreateBindCtx(0, &plain);
    is_hr(CreateAsyncBindCtxEx(plain, 0, &callback.IBindStatusCallback_iface, NULL, &wrapper, 0),
            S_OK, "of another context");
    hr = IBindCtx_QueryInterface(wrapper, &iid_async_bind_context, (void **)&object);
    is_hr(hr, S_OK, "IAsyncBindCtx");
    if (SUCCEEDED(hr))
        IUnknown_Release(object);
    holder = registered_callback(wrapper);
    ok(holder != NULL, "the callback is registered");
    if (holder)
        IBindStatusCallback_Release(holder);
    is_hr(IBindCtx_RegisterObjectParam(wrapper, key,
                  (IUnknown *)&callback.IBindStatusCallback_iface),
            S_OK, "RegisterObjectParam");
    is_hr(IBindCtx_GetObjectParam(plain, key, &object), S_OK, "reaches the other context");
    IUnknown_Release(object);
    IBindCtx_Release(wrapper);
    IBindCtx_Release(plain);
    is_int(callback.references, 1, "nothing leaks");
}

int main(void)
{
    CoInitialize(NULL);
    test_register();
    test_holder();
    test_extended_bind_info();
    test_async_context();
    tap_account_begin();
    test_register();
    test_holder();
    test_async_context();
    tap_account_end("bind contexts");
    CoUninitialize();
    return done_testing();
}
