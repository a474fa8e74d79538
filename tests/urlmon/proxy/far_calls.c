/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>
#include <string.h>

#include "far_object.h"
#include "far_values.h"
#include "tap.h"

static const char *where;

/* A proxy of the object's interface; NULL after a failed check. */
static void *far_get(IUnknown *peer, REFIID iid)
{
    void *proxy = NULL;

    is_hr(IUnknown_QueryInterface(peer, iid, &proxy), S_OK, "%s: %s", where, tap_guid(iid));
    return proxy;
}

static void check_info(const BINDINFO *info, DWORD answer)
{
    const STGMEDIUM *medium = &info->stgmedData;
    static const DWORD media[FAR_ANSWERS] = {[FAR_MEMORY] = TYMED_HGLOBAL,
            [FAR_LARGE] = TYMED_HGLOBAL,
            [FAR_STREAM] = TYMED_ISTREAM,
            [FAR_FILE] = TYMED_FILE};

    is_wstr(info->szExtraInfo, FAR_TEXT, "the extra text");
    is_wstr(info->szCustomVerb, L"REPORT", "the verb");
    is_uint(info->dwBindVerb, BINDVERB_CUSTOM, "its number");
    is_uint(info->grfBindInfoF, BINDINFOF_URLENCODESTGMEDDATA, "flags");
    is_uint(medium->tymed, media[answer], "the medium");
    is_ptr(medium->pUnkForRelease, NULL, "it is ours");
    if (medium->tymed == TYMED_HGLOBAL)
        ok(far_memory_right(medium->hGlobal, answer == FAR_LARGE ? FAR_LARGE_SIZE : FAR_SMALL_SIZE),
                "%lu bytes", info->cbstgmedData);
    else if (medium->tymed == TYMED_ISTREAM)
        ok(far_stream_right(medium->pstm, FAR_SMALL_SIZE), "the stream's data");
    else if (medium->tymed == TYMED_FILE)
        is_wstr(medium->lpszFileName, FAR_FILE_NAME, "the file");
    if (info->cbSize < sizeof(*info))
        return;
    is_uint(info->dwOptions, 0x12345678, "options");
    is_uint(info->dwOptionsFlags, 3, "flags of the options");
    is_uint(info->dwCodePage, CP_UTF8, "code page");
    is_guid(&info->iid, &IID_IMonikerProp, "interface");
    ok(info->pUnk != NULL, "object");
}

static void check_bind_info(IBindStatusCallback *callback, IBindStatusCallbackEx *callback_ex,
        DWORD answer)
{
    BINDINFO info = {.cbSize = sizeof(info)};
    DWORD flags = 0, flags2 = 0, reserved = 0;
    HRESULT expected = answer == FAR_PICTURE ? DV_E_TYMED : answer == FAR_REFUSED ? E_ABORT : S_OK;

    is_hr(IBindStatusCallback_OnLowResource(callback, answer), S_OK, "%s: answer %lu", where,
            answer);
    is_hr(IBindStatusCallback_GetBindInfo(callback, &flags, &info), expected, "%s: GetBindInfo",
            where);
    if (expected == S_OK)
    {
        is_uint(flags, BINDF_ASYNCHRONOUS | BINDF_PULLDATA, "BINDF_");
        is_uint(info.cbSize, sizeof(info), "size");
        if (answer != FAR_NOTHING)
            check_info(&info, answer);
    }
    else
        ok(!info.szExtraInfo && !info.stgmedData.tymed, "nothing is there");
    if (answer == FAR_FILE)
        ok(GetFileAttributesW(FAR_FILE_NAME) != INVALID_FILE_ATTRIBUTES, "the file is still there");
    if (info.stgmedData.tymed == TYMED_FILE) /* ReleaseBindInfo would delete it */
    {
        CoTaskMemFree(info.stgmedData.lpszFileName);
        info.stgmedData.tymed = TYMED_NULL;
    }
    ReleaseBindInfo(&info);

    memset(&info, 0, sizeof(info));
    info.cbSize = sizeof(info);
    is_hr(IBindStatusCallbackEx_GetBindInfoEx(callback_ex, &flags, &info, &flags2, &reserved),
            expected, "%s: GetBindInfoEx", where);
    if (expected == S_OK)
    {
        is_uint(flags2, BINDF2_ALLOW_PROXY_CRED_PROMPT, "BINDF2_");
        is_uint(reserved, 99, "reserved");
        if (answer != FAR_NOTHING)
            check_info(&info, answer);
    }
    if (info.stgmedData.tymed == TYMED_FILE)
    {
        CoTaskMemFree(info.stgmedData.lpszFileName);
        info.stgmedData.tymed = TYMED_NULL;
    }
    ReleaseBindInfo(&info);
}

/* A BINDINFO of a caller that knows no options. */
static void check_short_info(IBindStatusCallback *callback)
{
    union
    {
        BINDINFO info;
        BYTE bytes[sizeof(BINDINFO)];
    } both;
    DWORD flags = 0;
    unsigned int changed = 0;
    HRESULT hr;

    is_hr(IBindStatusCallback_OnLowResource(callback, FAR_MEMORY), S_OK, "%s: small", where);
    memset(both.bytes, 0xcc, sizeof(both));
    memset(both.bytes, 0, offsetof(BINDINFO, dwOptions));
    both.info.cbSize = offsetof(BINDINFO, dwOptions);
    hr = IBindStatusCallback_GetBindInfo(callback, &flags, &both.info);
    is_hr(hr, S_OK, "%s: GetBindInfo of %u bytes", where, (unsigned int)both.info.cbSize);
    for (size_t i = offsetof(BINDINFO, dwOptions); i < sizeof(both); i++)
        changed += both.bytes[i] != 0xcc;
    is_uint(changed, 0, "no byte behind it is touched");
    if (SUCCEEDED(hr))
    {
        check_info(&both.info, FAR_MEMORY);
        ReleaseBindInfo(&both.info);
    }
    both.info.cbSize = 8;
    is_hr(IBindStatusCallback_GetBindInfo(callback, &flags, &both.info), E_INVALIDARG,
            "one that is too small");
}

static HRESULT send_medium(IBindStatusCallback *callback, STGMEDIUM *medium, DWORD size)
{
    FORMATETC format = {FAR_FORMAT, NULL, DVASPECT_CONTENT, -1, medium->tymed};

    return IBindStatusCallback_OnDataAvailable(callback,
            BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION, size, &format, medium);
}

static void check_media(IBindStatusCallback *callback, IUnknown *keeper)
{
    STGMEDIUM medium = {.tymed = TYMED_NULL};
    static const DWORD sizes[] = {1, FAR_SMALL_SIZE, 0x100000, 0x100001, FAR_LARGE_SIZE};
    WCHAR name[] = FAR_FILE_NAME;

    is_hr(send_medium(callback, &medium, 0), S_OK, "%s: OnDataAvailable, nothing", where);
    for (unsigned int i = 0; i < ARRAYSIZE(sizes); i++)
    {
        medium.tymed = TYMED_HGLOBAL;
        medium.hGlobal = far_memory(sizes[i]);
        medium.pUnkForRelease = i & 1 ? keeper : NULL;
        is_hr(send_medium(callback, &medium, sizes[i]), S_OK, "%s: %lu bytes of memory", where,
                sizes[i]);
        GlobalFree(medium.hGlobal);
        medium.tymed = TYMED_ISTREAM;
        medium.pstm = far_stream(sizes[i]);
        medium.pUnkForRelease = i & 1 ? keeper : NULL;
        is_hr(send_medium(callback, &medium, sizes[i]), S_OK, "%s: of a stream", where);
        IStream_Release(medium.pstm);
    }
    medium.tymed = TYMED_FILE;
    medium.lpszFileName = name;
    medium.pUnkForRelease = NULL;
    is_hr(send_medium(callback, &medium, 1), S_OK, "%s: a file", where);
    ok(GetFileAttributesW(name) != INVALID_FILE_ATTRIBUTES, "it is still there");
    medium.pUnkForRelease = keeper;
    is_hr(send_medium(callback, &medium, 2), S_OK, "%s: a file that an object keeps", where);
    medium.tymed = TYMED_ENHMF;
    medium.pUnkForRelease = NULL;
    medium.hEnhMetaFile = NULL;
    is_hr(send_medium(callback, &medium, 2), DV_E_TYMED, "%s: a picture", where);
}

static void check_callback(IUnknown *peer)
{
    IBindStatusCallback *callback = far_get(peer, &IID_IBindStatusCallback);
    IBindStatusCallbackEx *callback_ex = far_get(peer, &IID_IBindStatusCallbackEx);
    IUnknown *near_object = far_create(FALSE);
    IBinding *binding = NULL;
    LONG priority = 0;
    HANDLE file;

    if (!callback || !callback_ex || !near_object)
        bail_out("no callback");
    IUnknown_QueryInterface(near_object, &IID_IBinding, (void **)&binding);
    is_hr(IBindStatusCallback_OnStartBinding(callback, 7, binding), S_OK, "%s: OnStartBinding",
            where);
    is_hr(IBindStatusCallback_GetPriority(callback, &priority), S_OK, "%s: GetPriority", where);
    is_int(priority, THREAD_PRIORITY_ABOVE_NORMAL, "the priority");
    is_hr(IBindStatusCallback_OnProgress(callback, 0x80000001, 0xffffffff, BINDSTATUS_CONNECTING,
                  FAR_TEXT),
            S_OK, "%s: OnProgress", where);
    is_hr(IBindStatusCallback_OnProgress(callback, 0x80000001, 0xffffffff,
                  BINDSTATUS_BEGINDOWNLOADDATA, NULL),
            S_OK, "%s: without a text", where);
    is_hr(IBindStatusCallback_OnProgress(callback, 0x80000001, 0xffffffff, BINDSTATUS_REDIRECTING,
                  FAR_TEXT),
            E_ABORT, "%s: its result", where);
    is_hr(IBindStatusCallback_OnStopBinding(callback, INET_E_DOWNLOAD_FAILURE, FAR_TEXT), S_OK,
            "%s: OnStopBinding", where);
    is_hr(IBindStatusCallback_OnObjectAvailable(callback, &IID_IBinding, (IUnknown *)binding), S_OK,
            "%s: OnObjectAvailable", where);
    CreateDirectoryW(L"C:\\test", NULL);
    file = CreateFileW(FAR_FILE_NAME, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CloseHandle(file);
    for (DWORD answer = 0; answer < FAR_ANSWERS; answer++)
        check_bind_info(callback, callback_ex, answer);
    check_short_info(callback);
    check_media(callback, near_object);
    DeleteFileW(FAR_FILE_NAME);
    IBinding_Release(binding);
    IBindStatusCallback_Release(callback);
    IBindStatusCallbackEx_Release(callback_ex);
    IUnknown_Release(near_object);
}

static void check_binding(IUnknown *peer)
{
    IBinding *binding = far_get(peer, &IID_IBinding);
    DWORD result = 0, reserved = 1;
    WCHAR *text = NULL;
    CLSID protocol;
    LONG priority = 0;

    if (!binding)
        return;
    is_hr(IBinding_Abort(binding), E_FAIL, "%s: Abort", where);
    is_hr(IBinding_Suspend(binding), S_FALSE, "%s: Suspend", where);
    is_hr(IBinding_Resume(binding), INET_E_RESULT_DISPATCHED, "%s: Resume", where);
    is_hr(IBinding_SetPriority(binding, -9), S_OK, "%s: SetPriority", where);
    is_hr(IBinding_GetPriority(binding, &priority), S_OK, "%s: GetPriority", where);
    is_int(priority, -9, "the priority");
    is_hr(IBinding_GetBindResult(binding, &protocol, &result, &text, NULL), S_OK,
            "%s: GetBindResult", where);
    is_guid(&protocol, &IID_IHttpNegotiate, "the protocol");
    is_uint(result, 404, "the result");
    is_wstr(text, FAR_TEXT, "the text");
    CoTaskMemFree(text);
    is_hr(IBinding_GetBindResult(binding, &protocol, &result, &text, &reserved), E_INVALIDARG,
            "%s: what is reserved", where);
    IBinding_Release(binding);
}

static void check_authenticate(IUnknown *peer)
{
    IAuthenticate *authenticate = far_get(peer, &IID_IAuthenticate);
    IAuthenticateEx *authenticate_ex = far_get(peer, &IID_IAuthenticateEx);
    AUTHENTICATEINFO info = {AUTHENTICATEF_PROXY, 5};
    WCHAR *user = NULL, *password = NULL;
    HWND window = NULL;

    if (!authenticate || !authenticate_ex)
        return;
    is_hr(IAuthenticate_Authenticate(authenticate, &window, &user, &password), S_OK,
            "%s: Authenticate", where);
    is_ptr(window, (void *)(UINT_PTR)0x1234, "the window");
    is_wstr(user, L"ann", "the user");
    is_wstr(password, L"secret", "the password");
    CoTaskMemFree(user);
    CoTaskMemFree(password);
    is_hr(IAuthenticateEx_AuthenticateEx(authenticate_ex, &window, &user, &password, &info),
            S_FALSE, "%s: AuthenticateEx", where);
    is_ptr(window, NULL, "no window");
    is_wstr(user, L"ann of the proxy", "the user");
    is_ptr(password, NULL, "no password");
    CoTaskMemFree(user);
    IAuthenticate_Release(authenticate);
    IAuthenticateEx_Release(authenticate_ex);
}

/* What a call has left in a buffer of FAR_ID_SIZE + 16 bytes. */
static void check_id(HRESULT hr, const BYTE *id, const DWORD *size, const char *method)
{
    unsigned int wrong = 0;

    is_hr(hr, S_OK, "%s: %s", where, method);
    is_uint(*size, FAR_ID_SIZE, "its size");
    for (unsigned int i = 0; i < FAR_ID_SIZE; i++)
        wrong += id[i] != 0x5c;
    is_uint(wrong, 0, "its bytes");
}

static void check_negotiate(IUnknown *peer)
{
    IHttpNegotiate *negotiate = far_get(peer, &IID_IHttpNegotiate);
    IHttpNegotiate2 *negotiate2 = far_get(peer, &IID_IHttpNegotiate2);
    DWORD size = FAR_ID_SIZE + 16;
    WCHAR *text = NULL;
    BYTE id[FAR_ID_SIZE + 16];

    if (!negotiate || !negotiate2)
        return;
    is_hr(IHttpNegotiate_BeginningTransaction(negotiate, FAR_URL, NULL, 0, &text), S_OK,
            "%s: BeginningTransaction", where);
    is_wstr(text, L"X-Far: away\r\n", "its headers");
    CoTaskMemFree(text);
    is_hr(IHttpNegotiate_OnResponse(negotiate, 503, FAR_TEXT, L"", &text), E_ABORT,
            "%s: OnResponse", where);
    memset(id, 0xee, sizeof(id));
    check_id(IHttpNegotiate2_GetRootSecurityId(negotiate2, id, &size, 11), id, &size,
            "GetRootSecurityId");
    size = 10;
    is_hr(IHttpNegotiate2_GetRootSecurityId(negotiate2, id, &size, 11),
            HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER), "%s: a small buffer", where);
    IHttpNegotiate_Release(negotiate);
    IHttpNegotiate2_Release(negotiate2);
}

static void check_wininet(IUnknown *peer)
{
    IWinInetInfo *info = far_get(peer, &IID_IWinInetInfo);
    IWinInetHttpInfo *http_info = far_get(peer, &IID_IWinInetHttpInfo);
    DWORD size = FAR_ID_SIZE + 16, flags = 3;
    BYTE id[FAR_ID_SIZE + 16];

    if (!info || !http_info)
        return;
    memset(id, 0xee, sizeof(id));
    check_id(IWinInetInfo_QueryOption(info, 77, id, &size), id, &size, "QueryOption");
    memset(id, 0xee, sizeof(id));
    size = 10;
    is_hr(IWinInetInfo_QueryOption(info, 77, id, &size),
            HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER), "%s: a small buffer", where);
    size = sizeof(id);
    memset(id, 0xee, sizeof(id));
    check_id(IWinInetHttpInfo_QueryInfo(http_info, 78, id, &size, &flags, NULL), id, &size,
            "QueryInfo");
    is_uint(flags, 4, "flags");
    IWinInetInfo_Release(info);
    IWinInetHttpInfo_Release(http_info);
}

static void check_host(IUnknown *peer, IMoniker *moniker, IBindCtx *context)
{
    IBindHost *host = far_get(peer, &IID_IBindHost);
    IMoniker *made = NULL;
    IStream *stream = NULL;
    IBinding *binding = NULL;

    if (!host)
        return;
    is_hr(IBindHost_CreateMoniker(host, (WCHAR *)FAR_URL, context, &made, 0), S_OK,
            "%s: CreateMoniker", where);
    if (made)
    {
        is_hr(IMoniker_IsEqual(made, moniker), S_OK, "the moniker");
        IMoniker_Release(made);
    }
    is_hr(IBindHost_MonikerBindToStorage(host, moniker, context, NULL, &IID_IStream,
                  (void **)&stream),
            MK_S_ASYNCHRONOUS, "%s: MonikerBindToStorage", where);
    ok(stream && far_stream_right(stream, FAR_SMALL_SIZE), "the stream");
    if (stream)
        IStream_Release(stream);
    is_hr(IBindHost_MonikerBindToObject(host, moniker, context, NULL, &IID_IBinding,
                  (void **)&binding),
            S_OK, "%s: MonikerBindToObject", where);
    if (binding)
    {
        is_hr(IBinding_Suspend(binding), S_FALSE, "the object");
        IBinding_Release(binding);
    }
    IBindHost_Release(host);
}

static void check_persist(IUnknown *peer, IMoniker *moniker, IBindCtx *context)
{
    IPersistMoniker *persist = far_get(peer, &IID_IPersistMoniker);
    IMonikerProp *properties = far_get(peer, &IID_IMonikerProp);
    IMoniker *current = NULL;
    CLSID clsid;

    if (!persist || !properties)
        return;
    is_hr(IPersistMoniker_GetClassID(persist, &clsid), S_OK, "%s: GetClassID", where);
    is_guid(&clsid, &IID_IPersistMoniker, "the class");
    is_hr(IPersistMoniker_IsDirty(persist), S_FALSE, "%s: IsDirty", where);
    is_hr(IPersistMoniker_Load(persist, TRUE, moniker, context, STGM_READ), S_OK, "%s: Load",
            where);
    is_hr(IPersistMoniker_Save(persist, moniker, context, FALSE), S_OK, "%s: Save", where);
    is_hr(IPersistMoniker_SaveCompleted(persist, moniker, context), S_OK, "%s: SaveCompleted",
            where);
    is_hr(IPersistMoniker_GetCurMoniker(persist, &current), S_OK, "%s: GetCurMoniker", where);
    if (current)
    {
        is_hr(IMoniker_IsEqual(current, moniker), S_OK, "the moniker");
        IMoniker_Release(current);
    }
    is_hr(IMonikerProp_PutProperty(properties, TRUSTEDDOWNLOADPROP, FAR_TEXT), S_OK,
            "%s: PutProperty", where);
    IPersistMoniker_Release(persist);
    IMonikerProp_Release(properties);
}

static void check_security(IUnknown *peer)
{
    IInternetSecurityManager *manager = far_get(peer, &IID_IInternetSecurityManager);
    IInternetSecurityMgrSite *site = NULL;
    IEnumString *patterns = NULL;
    DWORD zone = 0, size = FAR_ID_SIZE + 16, policy = 0;
    BYTE id[FAR_ID_SIZE + 16], *custom = NULL, context[] = "abc";

    if (!manager)
        return;
    is_hr(IInternetSecurityManager_SetSecuritySite(manager, NULL), S_OK, "%s: SetSecuritySite",
            where);
    is_hr(IInternetSecurityManager_GetSecuritySite(manager, &site), S_FALSE, "%s: GetSecuritySite",
            where);
    is_hr(IInternetSecurityManager_MapUrlToZone(manager, FAR_URL, &zone, 6), S_OK,
            "%s: MapUrlToZone", where);
    is_uint(zone, URLZONE_UNTRUSTED, "the zone");
    check_id(IInternetSecurityManager_GetSecurityId(manager, FAR_URL, id, &size, 12), id, &size,
            "GetSecurityId");
    is_hr(IInternetSecurityManager_ProcessUrlAction(manager, FAR_URL, 0x1400, (BYTE *)&policy,
                  sizeof(policy), context, 3, 1, 0),
            S_FALSE, "%s: ProcessUrlAction", where);
    is_uint(policy, 0x33333333, "the policy");
    is_hr(IInternetSecurityManager_QueryCustomPolicy(manager, FAR_URL, &IID_IUri, &custom, &size,
                  NULL, 0, 0),
            S_OK, "%s: QueryCustomPolicy", where);
    ok(custom && size == FAR_ID_SIZE && custom[size - 1] == 0x44, "the custom policy");
    CoTaskMemFree(custom);
    is_hr(IInternetSecurityManager_SetZoneMapping(manager, URLZONE_TRUSTED, FAR_TEXT, SZM_DELETE),
            S_OK, "%s: SetZoneMapping", where);
    is_hr(IInternetSecurityManager_GetZoneMappings(manager, URLZONE_TRUSTED, &patterns, 0),
            E_NOTIMPL, "%s: GetZoneMappings", where);
    IInternetSecurityManager_Release(manager);
}

static void check_security_ex(IUnknown *peer, IUri *uri)
{
    IInternetSecurityManagerEx2 *manager = far_get(peer, &IID_IInternetSecurityManagerEx2);
    DWORD zone = 0, size = FAR_ID_SIZE + 16, policy = 0, flags = 0;
    BYTE id[FAR_ID_SIZE + 16], *custom = NULL, context[] = "abc";
    WCHAR *mapped = NULL;

    if (!manager)
        return;
    is_hr(IInternetSecurityManagerEx2_ProcessUrlActionEx(manager, FAR_URL, 0x1400, (BYTE *)&policy,
                  sizeof(policy), context, 3, 1, 0, &flags),
            S_FALSE, "%s: ProcessUrlActionEx", where);
    is_uint(flags, 8, "flags");
    is_hr(IInternetSecurityManagerEx2_MapUrlToZoneEx2(manager, uri, &zone, 2, &mapped, &flags),
            S_OK, "%s: MapUrlToZoneEx2", where);
    is_uint(zone, URLZONE_INTRANET, "the zone");
    is_wstr(mapped, FAR_TEXT, "the URL it is of");
    is_uint(flags, 9, "flags");
    CoTaskMemFree(mapped);
    is_hr(IInternetSecurityManagerEx2_ProcessUrlActionEx2(manager, uri, 0x1400, (BYTE *)&policy,
                  sizeof(policy), context, 3, 1, 0, &flags),
            S_FALSE, "%s: ProcessUrlActionEx2", where);
    is_uint(flags, 10, "flags");
    check_id(IInternetSecurityManagerEx2_GetSecurityIdEx2(manager, uri, id, &size, 13), id, &size,
            "GetSecurityIdEx2");
    is_hr(IInternetSecurityManagerEx2_QueryCustomPolicyEx2(manager, uri, &IID_IUri, &custom, &size,
                  context, 3, 0),
            S_OK, "%s: QueryCustomPolicyEx2", where);
    ok(custom && size == FAR_ID_SIZE && custom[size - 1] == 0x44, "the custom policy");
    CoTaskMemFree(custom);
    IInternetSecurityManagerEx2_Release(manager);
}

void far_calls(IUnknown *peer, const char *what)
{
    IMoniker *moniker = NULL;
    IBindCtx *context = NULL;
    IUri *uri = NULL;

    where = what;
    if (FAILED(CreateURLMonikerEx(NULL, FAR_URL, &moniker, URL_MK_UNIFORM))
            || FAILED(CreateBindCtx(0, &context)) || FAILED(CreateUri(FAR_URL, 0, 0, &uri)))
        bail_out("no moniker, no bind context, or no Uri");
    check_callback(peer);
    check_binding(peer);
    check_authenticate(peer);
    check_negotiate(peer);
    check_wininet(peer);
    check_host(peer, moniker, context);
    check_persist(peer, moniker, context);
    check_security(peer);
    check_security_ex(peer, uri);
    IUri_Release(uri);
    IBindCtx_Release(context);
    IMoniker_Release(moniker);
}
