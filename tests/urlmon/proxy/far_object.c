/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "far_object.h"

#include <shlwapi.h>
#include <stdlib.h>
#include <string.h>

#include "far_values.h"

struct far_object
{
    IBindStatusCallbackEx IBindStatusCallbackEx_iface;
    IBinding IBinding_iface;
    IAuthenticateEx IAuthenticateEx_iface;
    IHttpNegotiate2 IHttpNegotiate2_iface;
    IWinInetHttpInfo IWinInetHttpInfo_iface;
    IBindHost IBindHost_iface;
    IPersistMoniker IPersistMoniker_iface;
    IMonikerProp IMonikerProp_iface;
    IInternetSecurityManagerEx2 IInternetSecurityManagerEx2_iface;
    LONG references;
    BOOL lenient;
    DWORD answer; /* what GetBindInfo gives */
    LONG priority;
};

const IID *const far_interfaces[FAR_INTERFACES] = {
        &IID_IBindStatusCallback,
        &IID_IBindStatusCallbackEx,
        &IID_IBinding,
        &IID_IAuthenticate,
        &IID_IAuthenticateEx,
        &IID_IHttpNegotiate,
        &IID_IHttpNegotiate2,
        &IID_IWinInetInfo,
        &IID_IWinInetHttpInfo,
        &IID_IBindHost,
        &IID_IPersistMoniker,
        &IID_IMonikerProp,
        &IID_IInternetSecurityManager,
        &IID_IInternetSecurityManagerEx2,
};

#define EXPECT(condition)                                                                          \
    do                                                                                             \
    {                                                                                              \
        if (!far_of(iface)->lenient && !(condition))                                               \
            return (HRESULT)(FAR_WRONG + __LINE__);                                                \
    } while (0)

static HRESULT far_query(struct far_object *peer, REFIID iid, void **out)
{
    void *found = NULL;

    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBindStatusCallback)
            || IsEqualIID(iid, &IID_IBindStatusCallbackEx))
        found = &peer->IBindStatusCallbackEx_iface;
    else if (IsEqualIID(iid, &IID_IBinding))
        found = &peer->IBinding_iface;
    else if (IsEqualIID(iid, &IID_IAuthenticate) || IsEqualIID(iid, &IID_IAuthenticateEx))
        found = &peer->IAuthenticateEx_iface;
    else if (IsEqualIID(iid, &IID_IHttpNegotiate) || IsEqualIID(iid, &IID_IHttpNegotiate2))
        found = &peer->IHttpNegotiate2_iface;
    else if (IsEqualIID(iid, &IID_IWinInetInfo) || IsEqualIID(iid, &IID_IWinInetHttpInfo))
        found = &peer->IWinInetHttpInfo_iface;
    else if (IsEqualIID(iid, &IID_IBindHost))
        found = &peer->IBindHost_iface;
    else if (IsEqualIID(iid, &IID_IPersist) || IsEqualIID(iid, &IID_IPersistMoniker))
        found = &peer->IPersistMoniker_iface;
    else if (IsEqualIID(iid, &IID_IMonikerProp))
        found = &peer->IMonikerProp_iface;
    else if (IsEqualIID(iid, &IID_IInternetSecurityManager)
            || IsEqualIID(iid, &IID_IInternetSecurityManagerEx)
            || IsEqualIID(iid, &IID_IInternetSecurityManagerEx2))
        found = &peer->IInternetSecurityManagerEx2_iface;
    *out = found;
    if (!found)
        return E_NOINTERFACE;
    InterlockedIncrement(&peer->references);
    return S_OK;
}

static ULONG far_release(struct far_object *peer)
{
    ULONG left = (ULONG)InterlockedDecrement(&peer->references);

    if (!left)
        free(peer);
    return left;
}

#define FAR_UNKNOWN(interface)                                                                     \
    static struct far_object *interface##_far(interface *iface)                                    \
    {                                                                                              \
        return CONTAINING_RECORD(iface, struct far_object, interface##_iface);                     \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE interface##_query(interface *iface, REFIID iid, void **out)   \
    {                                                                                              \
        return far_query(interface##_far(iface), iid, out);                                        \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE interface##_addref(interface *iface)                            \
    {                                                                                              \
        return (ULONG)InterlockedIncrement(&interface##_far(iface)->references);                   \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE interface##_release(interface *iface)                           \
    {                                                                                              \
        return far_release(interface##_far(iface));                                                \
    }

static WCHAR *text_copy(const WCHAR *text)
{
    WCHAR *copy;

    return SUCCEEDED(SHStrDupW(text, &copy)) ? copy : NULL;
}

/* --- IBindStatusCallbackEx --- */

FAR_UNKNOWN(IBindStatusCallbackEx)
#define far_of IBindStatusCallbackEx_far

static HRESULT STDMETHODCALLTYPE callback_OnStartBinding(IBindStatusCallbackEx *iface,
        DWORD reserved, IBinding *binding)
{
    LONG priority = 0;

    EXPECT(reserved == 7 && binding);
    if (!binding || far_of(iface)->lenient)
        return S_OK;
    /* A call back into the apartment that calls. */
    EXPECT(IBinding_GetPriority(binding, &priority) == S_OK && priority == -5);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_GetPriority(IBindStatusCallbackEx *iface, LONG *priority)
{
    (void)iface;
    *priority = THREAD_PRIORITY_ABOVE_NORMAL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_OnLowResource(IBindStatusCallbackEx *iface,
        DWORD reserved)
{
    far_of(iface)->answer = reserved;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_OnProgress(IBindStatusCallbackEx *iface, ULONG progress,
        ULONG max, ULONG status, LPCWSTR text)
{
    if (status == BINDSTATUS_BEGINDOWNLOADDATA)
        EXPECT(!text);
    else
        EXPECT(text && !wcscmp(text, FAR_TEXT));
    EXPECT(progress == 0x80000001 && max == 0xffffffff);
    return status == BINDSTATUS_REDIRECTING ? E_ABORT : S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_OnStopBinding(IBindStatusCallbackEx *iface, HRESULT hr,
        LPCWSTR text)
{
    EXPECT(hr == INET_E_DOWNLOAD_FAILURE && text && !wcscmp(text, FAR_TEXT));
    return S_OK;
}

static HRESULT medium_fill(DWORD answer, BINDINFO *info)
{
    STGMEDIUM *medium = &info->stgmedData;

    switch (answer)
    {
    case FAR_MEMORY:
    case FAR_LARGE:
        medium->tymed = TYMED_HGLOBAL;
        info->cbstgmedData = answer == FAR_LARGE ? FAR_LARGE_SIZE : FAR_SMALL_SIZE;
        medium->hGlobal = far_memory(info->cbstgmedData);
        return medium->hGlobal ? S_OK : E_OUTOFMEMORY;
    case FAR_STREAM:
        medium->tymed = TYMED_ISTREAM;
        info->cbstgmedData = FAR_SMALL_SIZE;
        medium->pstm = far_stream(FAR_SMALL_SIZE);
        return medium->pstm ? S_OK : E_OUTOFMEMORY;
    case FAR_FILE:
        medium->tymed = TYMED_FILE;
        medium->lpszFileName = text_copy(FAR_FILE_NAME);
        return S_OK;
    case FAR_PICTURE:
        medium->tymed = TYMED_ENHMF;
        return S_OK;
    default:
        return S_OK;
    }
}

static HRESULT bind_info_fill(struct far_object *peer, DWORD *flags, BINDINFO *info)
{
    if (peer->answer == FAR_REFUSED)
        return E_ABORT;
    *flags = BINDF_ASYNCHRONOUS | BINDF_PULLDATA;
    if (peer->answer == FAR_NOTHING)
        return S_OK;
    info->szExtraInfo = text_copy(FAR_TEXT);
    info->dwBindVerb = BINDVERB_CUSTOM;
    info->szCustomVerb = text_copy(L"REPORT");
    info->grfBindInfoF = BINDINFOF_URLENCODESTGMEDDATA;
    info->dwOptions = 0x12345678;
    info->dwOptionsFlags = 3;
    info->dwCodePage = CP_UTF8;
    info->iid = IID_IMonikerProp;
    info->pUnk = (IUnknown *)&peer->IBindStatusCallbackEx_iface;
    IUnknown_AddRef(info->pUnk);
    return medium_fill(peer->answer, info);
}

static HRESULT STDMETHODCALLTYPE callback_GetBindInfo(IBindStatusCallbackEx *iface, DWORD *flags,
        BINDINFO *info)
{
    EXPECT(info->cbSize == sizeof(*info) && !info->szExtraInfo && !info->pUnk);
    return bind_info_fill(far_of(iface), flags, info);
}

static HRESULT STDMETHODCALLTYPE callback_OnDataAvailable(IBindStatusCallbackEx *iface, DWORD flags,
        DWORD size, FORMATETC *format, STGMEDIUM *medium)
{
    if (far_of(iface)->lenient)
        return S_OK;
    EXPECT(format->cfFormat == FAR_FORMAT && format->dwAspect == DVASPECT_CONTENT && !format->ptd
            && format->lindex == -1 && format->tymed == medium->tymed);
    EXPECT(flags == (BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION));
    switch (medium->tymed)
    {
    case TYMED_NULL:
        return S_OK;
    case TYMED_HGLOBAL:
        EXPECT(far_memory_right(medium->hGlobal, size));
        return S_OK;
    case TYMED_ISTREAM:
        EXPECT(far_stream_right(medium->pstm, size));
        return S_OK;
    case TYMED_FILE:
        EXPECT(!wcscmp(medium->lpszFileName, FAR_FILE_NAME));
        EXPECT(!medium->pUnkForRelease == (size == 1));
        return S_OK;
    default:
        EXPECT(FALSE);
        return S_OK;
    }
}

static HRESULT STDMETHODCALLTYPE callback_OnObjectAvailable(IBindStatusCallbackEx *iface,
        REFIID iid, IUnknown *object)
{
    LONG priority = 0;

    EXPECT(IsEqualIID(iid, &IID_IBinding) && object);
    if (!object || far_of(iface)->lenient)
        return S_OK;
    EXPECT(IBinding_GetPriority((IBinding *)object, &priority) == S_OK && priority == -5);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_GetBindInfoEx(IBindStatusCallbackEx *iface, DWORD *flags,
        BINDINFO *info, DWORD *flags2, DWORD *reserved)
{
    HRESULT hr = bind_info_fill(far_of(iface), flags, info);

    *flags2 = BINDF2_ALLOW_PROXY_CRED_PROMPT;
    *reserved = 99;
    return hr;
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

#undef far_of

/* --- IBinding --- */

FAR_UNKNOWN(IBinding)
#define far_of IBinding_far

static HRESULT STDMETHODCALLTYPE binding_Abort(IBinding *iface)
{
    (void)iface;
    return E_FAIL;
}

static HRESULT STDMETHODCALLTYPE binding_Suspend(IBinding *iface)
{
    (void)iface;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE binding_Resume(IBinding *iface)
{
    (void)iface;
    return INET_E_RESULT_DISPATCHED;
}

static HRESULT STDMETHODCALLTYPE binding_SetPriority(IBinding *iface, LONG priority)
{
    far_of(iface)->priority = priority;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE binding_GetPriority(IBinding *iface, LONG *priority)
{
    *priority = far_of(iface)->priority;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE binding_GetBindResult(IBinding *iface, CLSID *protocol,
        DWORD *result, LPOLESTR *text, DWORD *reserved)
{
    EXPECT(!reserved);
    *protocol = IID_IHttpNegotiate;
    *result = 404;
    *text = text_copy(FAR_TEXT);
    return S_OK;
}

static const IBindingVtbl binding_vtbl = {
        IBinding_query,
        IBinding_addref,
        IBinding_release,
        binding_Abort,
        binding_Suspend,
        binding_Resume,
        binding_SetPriority,
        binding_GetPriority,
        binding_GetBindResult,
};

#undef far_of

/* --- IAuthenticateEx --- */

FAR_UNKNOWN(IAuthenticateEx)
#define far_of IAuthenticateEx_far

static HRESULT STDMETHODCALLTYPE authenticate_Authenticate(IAuthenticateEx *iface, HWND *window,
        LPWSTR *user, LPWSTR *password)
{
    (void)iface;
    *window = (HWND)(UINT_PTR)0x1234;
    *user = text_copy(L"ann");
    *password = text_copy(L"secret");
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE authenticate_AuthenticateEx(IAuthenticateEx *iface, HWND *window,
        LPWSTR *user, LPWSTR *password, AUTHENTICATEINFO *info)
{
    EXPECT(info->dwFlags == AUTHENTICATEF_PROXY && info->dwReserved == 5);
    *window = NULL;
    *user = text_copy(L"ann of the proxy");
    *password = NULL;
    return S_FALSE;
}

static const IAuthenticateExVtbl authenticate_vtbl = {
        IAuthenticateEx_query,
        IAuthenticateEx_addref,
        IAuthenticateEx_release,
        authenticate_Authenticate,
        authenticate_AuthenticateEx,
};

#undef far_of

/* --- IHttpNegotiate2 --- */

FAR_UNKNOWN(IHttpNegotiate2)
#define far_of IHttpNegotiate2_far

static HRESULT STDMETHODCALLTYPE negotiate_BeginningTransaction(IHttpNegotiate2 *iface, LPCWSTR url,
        LPCWSTR headers, DWORD reserved, LPWSTR *additional)
{
    EXPECT(!wcscmp(url, FAR_URL) && !headers && reserved == 0);
    *additional = text_copy(L"X-Far: away\r\n");
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE negotiate_OnResponse(IHttpNegotiate2 *iface, DWORD code,
        LPCWSTR response, LPCWSTR request, LPWSTR *additional)
{
    EXPECT(code == 503 && !wcscmp(response, FAR_TEXT) && request && !wcscmp(request, L""));
    *additional = NULL;
    return E_ABORT;
}

/* A buffer of *size bytes for an answer of FAR_ID_SIZE. */
static HRESULT id_give(BYTE *id, DWORD *size)
{
    if (*size < FAR_ID_SIZE)
    {
        *size = FAR_ID_SIZE;
        return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
    }
    memset(id, 0x5c, FAR_ID_SIZE);
    *size = FAR_ID_SIZE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE negotiate_GetRootSecurityId(IHttpNegotiate2 *iface, BYTE *id,
        DWORD *size, DWORD_PTR reserved)
{
    EXPECT(reserved == 11);
    return id_give(id, size);
}

static const IHttpNegotiate2Vtbl negotiate_vtbl = {
        IHttpNegotiate2_query,
        IHttpNegotiate2_addref,
        IHttpNegotiate2_release,
        negotiate_BeginningTransaction,
        negotiate_OnResponse,
        negotiate_GetRootSecurityId,
};

#undef far_of

/* --- IWinInetHttpInfo --- */

FAR_UNKNOWN(IWinInetHttpInfo)
#define far_of IWinInetHttpInfo_far

static HRESULT STDMETHODCALLTYPE info_QueryOption(IWinInetHttpInfo *iface, DWORD option,
        void *buffer, DWORD *size)
{
    EXPECT(option == 77 && *(BYTE *)buffer == 0xee);
    return id_give(buffer, size);
}

static HRESULT STDMETHODCALLTYPE info_QueryInfo(IWinInetHttpInfo *iface, DWORD option, void *buffer,
        DWORD *size, DWORD *flags, DWORD *reserved)
{
    EXPECT(option == 78 && *(BYTE *)buffer == 0xee && *flags == 3 && *reserved == 0);
    *flags = 4;
    return id_give(buffer, size);
}

static const IWinInetHttpInfoVtbl info_vtbl = {
        IWinInetHttpInfo_query,
        IWinInetHttpInfo_addref,
        IWinInetHttpInfo_release,
        info_QueryOption,
        info_QueryInfo,
};

#undef far_of

/* --- IBindHost --- */

FAR_UNKNOWN(IBindHost)
#define far_of IBindHost_far

/* A moniker that crosses by itself, as its URL. */
static BOOL moniker_right(IMoniker *moniker)
{
    WCHAR *name = NULL;
    IBindCtx *context;
    BOOL right = FALSE;

    if (!moniker || FAILED(CreateBindCtx(0, &context)))
        return FALSE;
    if (SUCCEEDED(IMoniker_GetDisplayName(moniker, context, NULL, &name)))
        right = !wcscmp(name, FAR_URL);
    CoTaskMemFree(name);
    IBindCtx_Release(context);
    return right;
}

static HRESULT STDMETHODCALLTYPE host_CreateMoniker(IBindHost *iface, LPOLESTR name,
        IBindCtx *context, IMoniker **out, DWORD reserved)
{
    (void)context;
    EXPECT(!wcscmp(name, FAR_URL) && !reserved);
    return CreateURLMonikerEx(NULL, FAR_URL, out, URL_MK_UNIFORM);
}

static HRESULT STDMETHODCALLTYPE host_MonikerBindToStorage(IBindHost *iface, IMoniker *moniker,
        IBindCtx *context, IBindStatusCallback *callback, REFIID iid, void **out)
{
    (void)context, (void)callback;
    *out = NULL;
    EXPECT(moniker_right(moniker) && IsEqualIID(iid, &IID_IStream));
    if (!IsEqualIID(iid, &IID_IStream))
        return E_NOINTERFACE;
    *out = far_stream(FAR_SMALL_SIZE);
    return *out ? MK_S_ASYNCHRONOUS : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE host_MonikerBindToObject(IBindHost *iface, IMoniker *moniker,
        IBindCtx *context, IBindStatusCallback *callback, REFIID iid, void **out)
{
    (void)context, (void)callback;
    *out = NULL;
    EXPECT(moniker_right(moniker) && IsEqualIID(iid, &IID_IBinding));
    return IBindHost_QueryInterface(iface, iid, out);
}

static const IBindHostVtbl host_vtbl = {
        IBindHost_query,
        IBindHost_addref,
        IBindHost_release,
        host_CreateMoniker,
        host_MonikerBindToStorage,
        host_MonikerBindToObject,
};

#undef far_of

/* --- IPersistMoniker --- */

FAR_UNKNOWN(IPersistMoniker)
#define far_of IPersistMoniker_far

static HRESULT STDMETHODCALLTYPE persist_GetClassID(IPersistMoniker *iface, CLSID *clsid)
{
    (void)iface;
    *clsid = IID_IPersistMoniker;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE persist_IsDirty(IPersistMoniker *iface)
{
    (void)iface;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE persist_Load(IPersistMoniker *iface, BOOL available,
        IMoniker *moniker, IBindCtx *context, DWORD mode)
{
    (void)context;
    EXPECT(available && mode == STGM_READ && moniker_right(moniker));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE persist_Save(IPersistMoniker *iface, IMoniker *moniker,
        IBindCtx *context, BOOL remember)
{
    (void)context;
    EXPECT(!remember && moniker_right(moniker));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE persist_SaveCompleted(IPersistMoniker *iface, IMoniker *moniker,
        IBindCtx *context)
{
    (void)context;
    EXPECT(moniker_right(moniker));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE persist_GetCurMoniker(IPersistMoniker *iface, IMoniker **out)
{
    (void)iface;
    return CreateURLMonikerEx(NULL, FAR_URL, out, URL_MK_UNIFORM);
}

static const IPersistMonikerVtbl persist_vtbl = {
        IPersistMoniker_query,
        IPersistMoniker_addref,
        IPersistMoniker_release,
        persist_GetClassID,
        persist_IsDirty,
        persist_Load,
        persist_Save,
        persist_SaveCompleted,
        persist_GetCurMoniker,
};

#undef far_of

/* --- IMonikerProp --- */

FAR_UNKNOWN(IMonikerProp)
#define far_of IMonikerProp_far

static HRESULT STDMETHODCALLTYPE property_PutProperty(IMonikerProp *iface, MONIKERPROPERTY which,
        LPCWSTR value)
{
    EXPECT(which == TRUSTEDDOWNLOADPROP && !wcscmp(value, FAR_TEXT));
    return S_OK;
}

static const IMonikerPropVtbl property_vtbl = {
        IMonikerProp_query,
        IMonikerProp_addref,
        IMonikerProp_release,
        property_PutProperty,
};

#undef far_of

/* --- IInternetSecurityManagerEx2 --- */

FAR_UNKNOWN(IInternetSecurityManagerEx2)
#define far_of IInternetSecurityManagerEx2_far
#define MANAGER IInternetSecurityManagerEx2 *iface

static BOOL uri_right(IUri *uri)
{
    BSTR text = NULL;
    BOOL right =
            uri && SUCCEEDED(IUri_GetAbsoluteUri(uri, &text)) && text && !wcscmp(text, FAR_URL);

    SysFreeString(text);
    return right;
}

static BOOL context_right(const BYTE *context, DWORD size)
{
    return size == 3 && context && !memcmp(context, "abc", 3);
}

static HRESULT policy_give(BYTE *policy, DWORD size)
{
    if (size)
        memset(policy, 0x33, size);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE manager_SetSecuritySite(MANAGER, IInternetSecurityMgrSite *site)
{
    EXPECT(!site);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE manager_GetSecuritySite(MANAGER, IInternetSecurityMgrSite **site)
{
    (void)iface;
    *site = NULL;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE manager_MapUrlToZone(MANAGER, LPCWSTR url, DWORD *zone,
        DWORD flags)
{
    EXPECT(!wcscmp(url, FAR_URL) && flags == 6);
    *zone = URLZONE_UNTRUSTED;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE manager_GetSecurityId(MANAGER, LPCWSTR url, BYTE *id, DWORD *size,
        DWORD_PTR reserved)
{
    EXPECT(!wcscmp(url, FAR_URL) && reserved == 12);
    return id_give(id, size);
}

static HRESULT STDMETHODCALLTYPE manager_ProcessUrlAction(MANAGER, LPCWSTR url, DWORD action,
        BYTE *policy, DWORD policy_size, BYTE *context, DWORD context_size, DWORD flags,
        DWORD reserved)
{
    EXPECT(!wcscmp(url, FAR_URL) && action == 0x1400 && policy_size == 4 && flags == 1
            && !reserved);
    EXPECT(context_right(context, context_size));
    return policy_give(policy, policy_size);
}

static HRESULT custom_give(BYTE **policy, DWORD *size)
{
    if (!(*policy = CoTaskMemAlloc(FAR_ID_SIZE)))
        return E_OUTOFMEMORY;
    memset(*policy, 0x44, FAR_ID_SIZE);
    *size = FAR_ID_SIZE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE manager_QueryCustomPolicy(MANAGER, LPCWSTR url, REFGUID key,
        BYTE **policy, DWORD *size, BYTE *context, DWORD context_size, DWORD reserved)
{
    EXPECT(!wcscmp(url, FAR_URL) && IsEqualGUID(key, &IID_IUri) && !context && !context_size);
    EXPECT(!reserved);
    return custom_give(policy, size);
}

static HRESULT STDMETHODCALLTYPE manager_SetZoneMapping(MANAGER, DWORD zone, LPCWSTR pattern,
        DWORD flags)
{
    EXPECT(zone == URLZONE_TRUSTED && !wcscmp(pattern, FAR_TEXT) && flags == SZM_DELETE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE manager_GetZoneMappings(MANAGER, DWORD zone, IEnumString **out,
        DWORD flags)
{
    (void)zone, (void)flags, (void)iface;
    *out = NULL;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE manager_ProcessUrlActionEx(MANAGER, LPCWSTR url, DWORD action,
        BYTE *policy, DWORD policy_size, BYTE *context, DWORD context_size, DWORD flags,
        DWORD reserved, DWORD *out_flags)
{
    *out_flags = 8;
    return manager_ProcessUrlAction(iface, url, action, policy, policy_size, context, context_size,
            flags, reserved);
}

static HRESULT STDMETHODCALLTYPE manager_MapUrlToZoneEx2(MANAGER, IUri *uri, DWORD *zone,
        DWORD flags, LPWSTR *mapped, DWORD *out_flags)
{
    EXPECT(uri_right(uri) && flags == 2);
    *zone = URLZONE_INTRANET;
    *mapped = text_copy(FAR_TEXT);
    *out_flags = 9;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE manager_ProcessUrlActionEx2(MANAGER, IUri *uri, DWORD action,
        BYTE *policy, DWORD policy_size, BYTE *context, DWORD context_size, DWORD flags,
        DWORD_PTR reserved, DWORD *out_flags)
{
    EXPECT(uri_right(uri) && action == 0x1400 && policy_size == 4 && flags == 1 && !reserved);
    EXPECT(context_right(context, context_size));
    *out_flags = 10;
    return policy_give(policy, policy_size);
}

static HRESULT STDMETHODCALLTYPE manager_GetSecurityIdEx2(MANAGER, IUri *uri, BYTE *id, DWORD *size,
        DWORD_PTR reserved)
{
    EXPECT(uri_right(uri) && reserved == 13);
    return id_give(id, size);
}

static HRESULT STDMETHODCALLTYPE manager_QueryCustomPolicyEx2(MANAGER, IUri *uri, REFGUID key,
        BYTE **policy, DWORD *size, BYTE *context, DWORD context_size, DWORD_PTR reserved)
{
    EXPECT(uri_right(uri) && IsEqualGUID(key, &IID_IUri) && !reserved);
    EXPECT(context_right(context, context_size));
    return custom_give(policy, size);
}

static const IInternetSecurityManagerEx2Vtbl manager_vtbl = {
        IInternetSecurityManagerEx2_query,
        IInternetSecurityManagerEx2_addref,
        IInternetSecurityManagerEx2_release,
        manager_SetSecuritySite,
        manager_GetSecuritySite,
        manager_MapUrlToZone,
        manager_GetSecurityId,
        manager_ProcessUrlAction,
        manager_QueryCustomPolicy,
        manager_SetZoneMapping,
        manager_GetZoneMappings,
        manager_ProcessUrlActionEx,
        manager_MapUrlToZoneEx2,
        manager_ProcessUrlActionEx2,
        manager_GetSecurityIdEx2,
        manager_QueryCustomPolicyEx2,
};

IUnknown *far_create(BOOL lenient)
{
    struct far_object *peer = calloc(1, sizeof(*peer));

    if (!peer)
        return NULL;
    peer->IBindStatusCallbackEx_iface.lpVtbl = (IBindStatusCallbackExVtbl *)&callback_vtbl;
    peer->IBinding_iface.lpVtbl = (IBindingVtbl *)&binding_vtbl;
    peer->IAuthenticateEx_iface.lpVtbl = (IAuthenticateExVtbl *)&authenticate_vtbl;
    peer->IHttpNegotiate2_iface.lpVtbl = (IHttpNegotiate2Vtbl *)&negotiate_vtbl;
    peer->IWinInetHttpInfo_iface.lpVtbl = (IWinInetHttpInfoVtbl *)&info_vtbl;
    peer->IBindHost_iface.lpVtbl = (IBindHostVtbl *)&host_vtbl;
    peer->IPersistMoniker_iface.lpVtbl = (IPersistMonikerVtbl *)&persist_vtbl;
    peer->IMonikerProp_iface.lpVtbl = (IMonikerPropVtbl *)&property_vtbl;
    peer->IInternetSecurityManagerEx2_iface.lpVtbl =
            (IInternetSecurityManagerEx2Vtbl *)&manager_vtbl;
    peer->references = 1;
    peer->lenient = lenient;
    peer->priority = -5;
    return (IUnknown *)&peer->IBindStatusCallbackEx_iface;
}
