/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "every_client.h"

#include <string.h>

#include "tap.h"

volatile LONG every_calls[EVERY_COUNT];

const char *const every_names[EVERY_COUNT] = {
        "GetBindInfoEx",
        "OnStartBinding",
        "OnProgress",
        "OnDataAvailable",
        "OnStopBinding",
        "GetPriority",
        "OnLowResource",
        "EnumNext",
        "EnumReset",
        "QueryService",
        "BeginningTransaction",
        "OnResponse",
        "GetRootSecurityId",
        "GetSerializedClientCertContext",
        "Authenticate",
        "AuthenticateEx",
        "OnSecurityProblem",
        "SecurityWindow",
        "BindingWindow",
        "InstallWindow",
        "OnCodeInstallProblem",
        "Redirect",
        "GetBindString",
};

static void check_thread(struct every_client *client)
{
    if (GetCurrentThreadId() != client->thread)
        InterlockedIncrement(&client->wrong_thread);
}

/* Each call comes through here. */
static void enter(struct every_client *client, enum every_method method)
{
    BOOL early = method == EVERY_GetBindInfoEx || method == EVERY_EnumNext
            || method == EVERY_EnumReset || method == EVERY_QueryService
            || method == EVERY_GetPriority;

    check_thread(client);
    InterlockedIncrement(&every_calls[method]);
    if (client->stopped || client->suspended || (client->aborted && method != EVERY_OnStopBinding)
            || (!client->started && !early && method != EVERY_OnStartBinding))
    {
        client->wrong = method;
        InterlockedIncrement(&client->wrong_time);
    }
    if (method == EVERY_OnStartBinding)
        client->started = TRUE;
    if (client->started && ++client->calls == client->act_at && method != EVERY_OnStopBinding
            && method != EVERY_OnStartBinding && client->binding && client->on_call)
        client->on_call(client, method);
}

static HRESULT every_query(struct every_client *client, REFIID iid, void **out)
{
    check_thread(client);
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBindStatusCallback)
            || IsEqualIID(iid, &IID_IBindStatusCallbackEx))
        *out = &client->IBindStatusCallbackEx_iface;
    else if (IsEqualIID(iid, &IID_IServiceProvider))
        *out = &client->IServiceProvider_iface;
    else if (IsEqualIID(iid, &IID_IInternetBindInfo))
        *out = &client->IInternetBindInfo_iface;
    else
        return E_NOINTERFACE;
    InterlockedIncrement(&client->references);
    return S_OK;
}

/* clang-format off */
#define EVERY_UNKNOWN(type)                                                                        \
    static inline struct every_client *from_##type(type *iface)                                    \
    {                                                                                              \
        return CONTAINING_RECORD(iface, struct every_client, type##_iface);                        \
    }                                                                                              \
    static HRESULT WINAPI type##_query(type *iface, REFIID iid, void **out)                        \
    {                                                                                              \
        return every_query(from_##type(iface), iid, out);                                          \
    }                                                                                              \
    static ULONG WINAPI type##_addref(type *iface)                                                 \
    {                                                                                              \
        check_thread(from_##type(iface));                                                          \
        return InterlockedIncrement(&from_##type(iface)->references);                              \
    }                                                                                              \
    static ULONG WINAPI type##_release(type *iface)                                                \
    {                                                                                              \
        check_thread(from_##type(iface));                                                          \
        return InterlockedDecrement(&from_##type(iface)->references);                              \
    }
/* clang-format on */

EVERY_UNKNOWN(IBindStatusCallbackEx)
EVERY_UNKNOWN(IServiceProvider)
EVERY_UNKNOWN(IHttpNegotiate3)
EVERY_UNKNOWN(IAuthenticateEx)
EVERY_UNKNOWN(IHttpSecurity)
EVERY_UNKNOWN(IWindowForBindingUI)
EVERY_UNKNOWN(ICodeInstall)
EVERY_UNKNOWN(IBindCallbackRedirect)
EVERY_UNKNOWN(IInternetBindInfo)

static HRESULT WINAPI callback_OnStartBinding(IBindStatusCallbackEx *iface, DWORD reserved,
        IBinding *binding)
{
    struct every_client *client = from_IBindStatusCallbackEx(iface);

    (void)reserved;
    client->binding = binding;
    IBinding_AddRef(binding);
    enter(client, EVERY_OnStartBinding);
    return S_OK;
}

static HRESULT WINAPI callback_GetPriority(IBindStatusCallbackEx *iface, LONG *priority)
{
    enter(from_IBindStatusCallbackEx(iface), EVERY_GetPriority);
    *priority = THREAD_PRIORITY_NORMAL;
    return S_OK;
}

static HRESULT WINAPI callback_OnLowResource(IBindStatusCallbackEx *iface, DWORD reserved)
{
    (void)reserved;
    enter(from_IBindStatusCallbackEx(iface), EVERY_OnLowResource);
    return S_OK;
}

static HRESULT WINAPI callback_OnProgress(IBindStatusCallbackEx *iface, ULONG progress, ULONG max,
        ULONG code, const WCHAR *text)
{
    (void)progress;
    (void)max;
    (void)code;
    (void)text;
    enter(from_IBindStatusCallbackEx(iface), EVERY_OnProgress);
    return S_OK;
}

static HRESULT WINAPI callback_OnStopBinding(IBindStatusCallbackEx *iface, HRESULT result,
        const WCHAR *text)
{
    struct every_client *client = from_IBindStatusCallbackEx(iface);

    (void)text;
    enter(client, EVERY_OnStopBinding);
    client->stopped = TRUE;
    client->result = result;
    if (client->binding)
        IBinding_Release(client->binding);
    client->binding = NULL;
    return S_OK;
}

static HRESULT WINAPI callback_GetBindInfoEx(IBindStatusCallbackEx *iface, DWORD *flags,
        BINDINFO *info, DWORD *flags2, DWORD *reserved)
{
    struct every_client *client = from_IBindStatusCallbackEx(iface);
    DWORD size = info->cbSize;

    enter(client, EVERY_GetBindInfoEx);
    memset(info, 0, size);
    info->cbSize = size;
    *flags = client->bindf;
    *flags2 = *reserved = 0;
    return S_OK;
}

static HRESULT WINAPI callback_GetBindInfo(IBindStatusCallbackEx *iface, DWORD *flags,
        BINDINFO *info)
{
    DWORD flags2, reserved;

    return callback_GetBindInfoEx(iface, flags, info, &flags2, &reserved);
}

static HRESULT WINAPI callback_OnDataAvailable(IBindStatusCallbackEx *iface, DWORD bscf, DWORD size,
        FORMATETC *format, STGMEDIUM *medium)
{
    struct every_client *client = from_IBindStatusCallbackEx(iface);
    BYTE buffer[4096];
    ULONG read;
    HRESULT hr;

    (void)bscf;
    (void)size;
    (void)format;
    enter(client, EVERY_OnDataAvailable);
    do
    {
        read = 0;
        hr = IStream_Read(medium->pstm, buffer, sizeof(buffer), &read);
        client->received += read;
    } while (hr == S_OK && !client->aborted && !client->suspended);
    return S_OK;
}

static HRESULT WINAPI callback_OnObjectAvailable(IBindStatusCallbackEx *iface, REFIID iid,
        IUnknown *object)
{
    (void)iface;
    (void)iid;
    (void)object;
    return S_OK;
}

static const IBindStatusCallbackExVtbl callback_vtbl = {
        IBindStatusCallbackEx_query,
        IBindStatusCallbackEx_addref,
        IBindStatusCallbackEx_release,
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

/* Every interface besides. */
static HRESULT WINAPI services_QueryService(IServiceProvider *iface, REFGUID service, REFIID iid,
        void **out)
{
    struct every_client *client = from_IServiceProvider(iface);

    enter(client, EVERY_QueryService);
    *out = NULL;
    if (!IsEqualGUID(service, iid))
        return E_NOINTERFACE;
    if (IsEqualIID(iid, &IID_IHttpNegotiate) || IsEqualIID(iid, &IID_IHttpNegotiate2)
            || IsEqualIID(iid, &IID_IHttpNegotiate3))
        *out = &client->IHttpNegotiate3_iface;
    else if (IsEqualIID(iid, &IID_IAuthenticate) || IsEqualIID(iid, &IID_IAuthenticateEx))
        *out = &client->IAuthenticateEx_iface;
    else if (IsEqualIID(iid, &IID_IHttpSecurity))
        *out = &client->IHttpSecurity_iface;
    else if (IsEqualIID(iid, &IID_IWindowForBindingUI))
        *out = &client->IWindowForBindingUI_iface;
    else if (IsEqualIID(iid, &IID_ICodeInstall))
        *out = &client->ICodeInstall_iface;
    else if (IsEqualIID(iid, &IID_IBindCallbackRedirect))
        *out = &client->IBindCallbackRedirect_iface;
    else if (IsEqualIID(iid, &IID_IInternetBindInfo))
        *out = &client->IInternetBindInfo_iface;
    else
        return E_NOINTERFACE;
    InterlockedIncrement(&client->references);
    return S_OK;
}

static const IServiceProviderVtbl services_vtbl = {
        IServiceProvider_query,
        IServiceProvider_addref,
        IServiceProvider_release,
        services_QueryService,
};

static HRESULT WINAPI negotiate_BeginningTransaction(IHttpNegotiate3 *iface, const WCHAR *url,
        const WCHAR *headers, DWORD reserved, WCHAR **more)
{
    (void)url;
    (void)headers;
    (void)reserved;
    (void)more;
    enter(from_IHttpNegotiate3(iface), EVERY_BeginningTransaction);
    return S_OK;
}

static HRESULT WINAPI negotiate_OnResponse(IHttpNegotiate3 *iface, DWORD code, const WCHAR *headers,
        const WCHAR *request, WCHAR **more)
{
    (void)code;
    (void)headers;
    (void)request;
    (void)more;
    enter(from_IHttpNegotiate3(iface), EVERY_OnResponse);
    return S_OK;
}

static HRESULT WINAPI negotiate_GetRootSecurityId(IHttpNegotiate3 *iface, BYTE *id, DWORD *size,
        DWORD_PTR reserved)
{
    (void)id;
    (void)reserved;
    enter(from_IHttpNegotiate3(iface), EVERY_GetRootSecurityId);
    *size = 0;
    return S_OK;
}

static HRESULT WINAPI negotiate_GetSerializedClientCertContext(IHttpNegotiate3 *iface,
        BYTE **context, DWORD *size)
{
    enter(from_IHttpNegotiate3(iface), EVERY_GetSerializedClientCertContext);
    *context = NULL;
    *size = 0;
    return S_OK;
}

static const IHttpNegotiate3Vtbl negotiate_vtbl = {
        IHttpNegotiate3_query,
        IHttpNegotiate3_addref,
        IHttpNegotiate3_release,
        negotiate_BeginningTransaction,
        negotiate_OnResponse,
        negotiate_GetRootSecurityId,
        negotiate_GetSerializedClientCertContext,
};

static HRESULT WINAPI authenticate_Authenticate(IAuthenticateEx *iface, HWND *window, WCHAR **user,
        WCHAR **password)
{
    enter(from_IAuthenticateEx(iface), EVERY_Authenticate);
    *window = NULL;
    *user = *password = NULL;
    return E_ACCESSDENIED;
}

static HRESULT WINAPI authenticate_AuthenticateEx(IAuthenticateEx *iface, HWND *window,
        WCHAR **user, WCHAR **password, AUTHENTICATEINFO *info)
{
    (void)info;
    enter(from_IAuthenticateEx(iface), EVERY_AuthenticateEx);
    *window = NULL;
    *user = *password = NULL;
    return E_ACCESSDENIED;
}

static const IAuthenticateExVtbl authenticate_vtbl = {
        IAuthenticateEx_query,
        IAuthenticateEx_addref,
        IAuthenticateEx_release,
        authenticate_Authenticate,
        authenticate_AuthenticateEx,
};

static HRESULT WINAPI security_GetWindow(IHttpSecurity *iface, REFGUID reason, HWND *window)
{
    (void)reason;
    enter(from_IHttpSecurity(iface), EVERY_SecurityWindow);
    *window = NULL;
    return S_FALSE;
}

static HRESULT WINAPI security_OnSecurityProblem(IHttpSecurity *iface, DWORD problem)
{
    (void)problem;
    enter(from_IHttpSecurity(iface), EVERY_OnSecurityProblem);
    return S_FALSE;
}

static const IHttpSecurityVtbl security_vtbl = {
        IHttpSecurity_query,
        IHttpSecurity_addref,
        IHttpSecurity_release,
        security_GetWindow,
        security_OnSecurityProblem,
};

static HRESULT WINAPI window_GetWindow(IWindowForBindingUI *iface, REFGUID reason, HWND *window)
{
    (void)reason;
    enter(from_IWindowForBindingUI(iface), EVERY_BindingWindow);
    *window = NULL;
    return S_FALSE;
}

static const IWindowForBindingUIVtbl window_vtbl = {
        IWindowForBindingUI_query,
        IWindowForBindingUI_addref,
        IWindowForBindingUI_release,
        window_GetWindow,
};

static HRESULT WINAPI install_GetWindow(ICodeInstall *iface, REFGUID reason, HWND *window)
{
    (void)reason;
    enter(from_ICodeInstall(iface), EVERY_InstallWindow);
    *window = NULL;
    return S_FALSE;
}

static HRESULT WINAPI install_OnCodeInstallProblem(ICodeInstall *iface, ULONG code,
        const WCHAR *destination, const WCHAR *source, DWORD reserved)
{
    (void)code;
    (void)destination;
    (void)source;
    (void)reserved;
    enter(from_ICodeInstall(iface), EVERY_OnCodeInstallProblem);
    return S_OK;
}

static const ICodeInstallVtbl install_vtbl = {
        ICodeInstall_query,
        ICodeInstall_addref,
        ICodeInstall_release,
        install_GetWindow,
        install_OnCodeInstallProblem,
};

static HRESULT WINAPI redirect_Redirect(IBindCallbackRedirect *iface, const WCHAR *url,
        VARIANT_BOOL *cancel)
{
    (void)url;
    enter(from_IBindCallbackRedirect(iface), EVERY_Redirect);
    *cancel = VARIANT_FALSE;
    return S_OK;
}

static const IBindCallbackRedirectVtbl redirect_vtbl = {
        IBindCallbackRedirect_query,
        IBindCallbackRedirect_addref,
        IBindCallbackRedirect_release,
        redirect_Redirect,
};

static HRESULT WINAPI info_GetBindInfo(IInternetBindInfo *iface, DWORD *flags, BINDINFO *info)
{
    return callback_GetBindInfo(&from_IInternetBindInfo(iface)->IBindStatusCallbackEx_iface, flags,
            info);
}

static HRESULT WINAPI info_GetBindString(IInternetBindInfo *iface, ULONG type, WCHAR **strings,
        ULONG count, ULONG *fetched)
{
    (void)type;
    (void)strings;
    (void)count;
    enter(from_IInternetBindInfo(iface), EVERY_GetBindString);
    *fetched = 0;
    return E_NOINTERFACE;
}

static const IInternetBindInfoVtbl info_vtbl = {
        IInternetBindInfo_query,
        IInternetBindInfo_addref,
        IInternetBindInfo_release,
        info_GetBindInfo,
        info_GetBindString,
};

static inline struct every_client *from_IEnumFORMATETC(IEnumFORMATETC *iface)
{
    return CONTAINING_RECORD(iface, struct every_client, IEnumFORMATETC_iface);
}

static HRESULT WINAPI enum_QueryInterface(IEnumFORMATETC *iface, REFIID iid, void **out)
{
    check_thread(from_IEnumFORMATETC(iface));
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IEnumFORMATETC))
        return E_NOINTERFACE;
    *out = iface;
    IEnumFORMATETC_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI enum_AddRef(IEnumFORMATETC *iface)
{
    check_thread(from_IEnumFORMATETC(iface));
    return InterlockedIncrement(&from_IEnumFORMATETC(iface)->references);
}

static ULONG WINAPI enum_Release(IEnumFORMATETC *iface)
{
    check_thread(from_IEnumFORMATETC(iface));
    return InterlockedDecrement(&from_IEnumFORMATETC(iface)->references);
}

static HRESULT WINAPI enum_Next(IEnumFORMATETC *iface, ULONG count, FORMATETC *formats,
        ULONG *fetched)
{
    (void)count;
    (void)formats;
    enter(from_IEnumFORMATETC(iface), EVERY_EnumNext);
    if (fetched)
        *fetched = 0;
    return S_FALSE;
}

static HRESULT WINAPI enum_Skip(IEnumFORMATETC *iface, ULONG count)
{
    (void)iface;
    (void)count;
    return S_FALSE;
}

static HRESULT WINAPI enum_Reset(IEnumFORMATETC *iface)
{
    enter(from_IEnumFORMATETC(iface), EVERY_EnumReset);
    return S_OK;
}

static HRESULT WINAPI enum_Clone(IEnumFORMATETC *iface, IEnumFORMATETC **out)
{
    (void)iface;
    *out = NULL;
    return E_NOTIMPL;
}

static const IEnumFORMATETCVtbl enum_vtbl = {
        enum_QueryInterface,
        enum_AddRef,
        enum_Release,
        enum_Next,
        enum_Skip,
        enum_Reset,
        enum_Clone,
};

void every_open(struct every_client *client, DWORD bindf)
{
    memset(client, 0, sizeof(*client));
    client->IBindStatusCallbackEx_iface.lpVtbl = (IBindStatusCallbackExVtbl *)&callback_vtbl;
    client->IEnumFORMATETC_iface.lpVtbl = (IEnumFORMATETCVtbl *)&enum_vtbl;
    client->IServiceProvider_iface.lpVtbl = (IServiceProviderVtbl *)&services_vtbl;
    client->IHttpNegotiate3_iface.lpVtbl = (IHttpNegotiate3Vtbl *)&negotiate_vtbl;
    client->IAuthenticateEx_iface.lpVtbl = (IAuthenticateExVtbl *)&authenticate_vtbl;
    client->IHttpSecurity_iface.lpVtbl = (IHttpSecurityVtbl *)&security_vtbl;
    client->IWindowForBindingUI_iface.lpVtbl = (IWindowForBindingUIVtbl *)&window_vtbl;
    client->ICodeInstall_iface.lpVtbl = (ICodeInstallVtbl *)&install_vtbl;
    client->IBindCallbackRedirect_iface.lpVtbl = (IBindCallbackRedirectVtbl *)&redirect_vtbl;
    client->IInternetBindInfo_iface.lpVtbl = (IInternetBindInfoVtbl *)&info_vtbl;
    client->references = 1;
    client->bindf = bindf;
    client->thread = GetCurrentThreadId();
}

HRESULT every_bind(struct every_client *client, const WCHAR *url)
{
    IUnknown *out = NULL;
    IBindCtx *context;
    IMoniker *moniker;
    HRESULT hr;

    hr = CreateAsyncBindCtx(0, (IBindStatusCallback *)&client->IBindStatusCallbackEx_iface,
            &client->IEnumFORMATETC_iface, &context);
    if (FAILED(hr))
        bail_out("CreateAsyncBindCtx: %s", tap_hr(hr));
    if (FAILED(hr = CreateURLMonikerEx(NULL, url, &moniker, URL_MK_UNIFORM)))
        bail_out("CreateURLMonikerEx: %s", tap_hr(hr));
    hr = IMoniker_BindToStorage(moniker, context, NULL, &IID_IStream, (void **)&out);
    if (out)
        IUnknown_Release(out);
    IMoniker_Release(moniker);
    IBindCtx_Release(context);
    return hr;
}
