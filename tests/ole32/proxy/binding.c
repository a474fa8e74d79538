/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IBindCtx, IRunningObjectTable, IROTData, IRunnableObject. */
#include "interface_mock.h"

#include <string.h>

#define OBJECT 0x500
#define NAME 0x501
#define TABLE 0x502

/* ---- IBindCtx ---- */

static HRESULT STDMETHODCALLTYPE context_RegisterObjectBound(IBindCtx *iface, IUnknown *object)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(object) == OBJECT);
    IUnknown_AddRef(object);
    mock->kept = object;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE context_RevokeObjectBound(IBindCtx *iface, IUnknown *object)
{
    MOCK_ENTER(iface);
    EXPECT(object == mock->kept); /* the same identity as in the call before */
    IUnknown_Release(mock->kept);
    mock->kept = NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE context_ReleaseBoundObjects(IBindCtx *iface)
{
    MOCK_ENTER(iface);
    return S_FALSE;
}

static BOOL server_is(const COSERVERINFO *server)
{
    const COAUTHINFO *info = server->pAuthInfo;

    if (server->dwReserved1 != 1 || server->dwReserved2 != 2
            || !same_text(server->pwszName, L"box"))
        return FALSE;
    return info && info->dwAuthnSvc == RPC_C_AUTHN_WINNT && info->dwCapabilities == 7
            && same_text(info->pwszServerPrincName, L"principal") && info->pAuthIdentityData
            && info->pAuthIdentityData->UserLength == 4
            && same_text((WCHAR *)info->pAuthIdentityData->User, L"user")
            && info->pAuthIdentityData->PasswordLength == 0
            && info->pAuthIdentityData->Flags == SEC_WINNT_AUTH_IDENTITY_UNICODE;
}

static HRESULT STDMETHODCALLTYPE context_SetBindOptions(IBindCtx *iface, BIND_OPTS *options)
{
    const BIND_OPTS2 *wide = (const BIND_OPTS2 *)options;
    MOCK_ENTER(iface);

    EXPECT(options->grfFlags == BIND_MAYBOTHERUSER && options->grfMode == STGM_READWRITE
            && options->dwTickCountDeadline == 12345);
    if (options->cbStruct == sizeof(*options))
        return S_OK;
    EXPECT(options->cbStruct == sizeof(*wide) && wide->dwTrackFlags == 54
            && wide->dwClassContext == CLSCTX_LOCAL_SERVER && wide->locale == 0x407);
    if (!wide->pServerInfo)
        return S_FALSE;
    EXPECT(server_is(wide->pServerInfo));
    return CO_S_NOTALLINTERFACES;
}

static HRESULT STDMETHODCALLTYPE context_GetBindOptions(IBindCtx *iface, BIND_OPTS *options)
{
    static COSERVERINFO server = {0, (WCHAR *)L"mine", NULL, 0};
    BIND_OPTS2 *wide = (BIND_OPTS2 *)options;
    MOCK_ENTER(iface);

    EXPECT(options->cbStruct == sizeof(*options) || options->cbStruct == sizeof(*wide));
    options->grfFlags = BIND_JUSTTESTEXISTENCE;
    options->grfMode = STGM_WRITE;
    options->dwTickCountDeadline = 6;
    if (options->cbStruct == sizeof(*options))
        return S_FALSE;
    wide->dwTrackFlags = 7;
    wide->dwClassContext = CLSCTX_ALL;
    wide->locale = 0x809;
    wide->pServerInfo = &server; /* which stays the context's */
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE context_GetRunningObjectTable(IBindCtx *iface,
        IRunningObjectTable **table)
{
    MOCK_ENTER(iface);
    EXPECT(!*table);
    *table = mock_create(&IID_IRunningObjectTable, TABLE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE context_RegisterObjectParam(IBindCtx *iface, LPOLESTR key,
        IUnknown *object)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(key, L"key") && token_of(object) == OBJECT);
    IUnknown_AddRef(object);
    mock->kept = object;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE context_GetObjectParam(IBindCtx *iface, LPOLESTR key,
        IUnknown **object)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(key, L"key") && !*object);
    if (!mock->kept)
        return E_FAIL;
    *object = mock->kept; /* with the context's own reference */
    mock->kept = NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE context_EnumObjectParam(IBindCtx *iface, IEnumString **enumerator)
{
    MOCK_ENTER(iface);
    EXPECT(!*enumerator);
    *enumerator = mock_create(&IID_IEnumString, TABLE + 1);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE context_RevokeObjectParam(IBindCtx *iface, LPOLESTR key)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(key, L""));
    return S_FALSE;
}

static const IBindCtxVtbl context_vtbl = {MOCK_UNKNOWN, context_RegisterObjectBound,
        context_RevokeObjectBound, context_ReleaseBoundObjects, context_SetBindOptions,
        context_GetBindOptions, context_GetRunningObjectTable, context_RegisterObjectParam,
        context_GetObjectParam, context_EnumObjectParam, context_RevokeObjectParam};

/* ---- IRunningObjectTable ---- */

static HRESULT STDMETHODCALLTYPE table_Register(IRunningObjectTable *iface, DWORD flags,
        IUnknown *object, IMoniker *name, DWORD *cookie)
{
    MOCK_ENTER(iface);
    EXPECT(flags == ROTFLAGS_ALLOWANYCLIENT && token_of(object) == OBJECT
            && token_of(name) == NAME);
    *cookie = 0x50505050;
    return MK_S_MONIKERALREADYREGISTERED;
}

static HRESULT STDMETHODCALLTYPE table_Revoke(IRunningObjectTable *iface, DWORD cookie)
{
    MOCK_ENTER(iface);
    EXPECT(cookie == 0x50505050);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE table_IsRunning(IRunningObjectTable *iface, IMoniker *name)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(name) == NAME);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE table_GetObject(IRunningObjectTable *iface, IMoniker *name,
        IUnknown **object)
{
    MOCK_ENTER(iface);
    EXPECT(!*object && (!name || token_of(name) == NAME));
    if (!name)
        return MK_E_UNAVAILABLE;
    *object = mock_create(&IID_IStream, OBJECT + 1);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE table_NoteChangeTime(IRunningObjectTable *iface, DWORD cookie,
        FILETIME *time)
{
    MOCK_ENTER(iface);
    EXPECT(cookie == 0x51 && time->dwLowDateTime == 0x52 && time->dwHighDateTime == 0x53);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE table_GetTimeOfLastChange(IRunningObjectTable *iface,
        IMoniker *name, FILETIME *time)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(name) == NAME);
    time->dwLowDateTime = 0x54;
    time->dwHighDateTime = 0x55;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE table_EnumRunning(IRunningObjectTable *iface,
        IEnumMoniker **enumerator)
{
    MOCK_ENTER(iface);
    EXPECT(!*enumerator);
    *enumerator = mock_create(&IID_IEnumMoniker, TABLE + 2);
    return S_OK;
}

static const IRunningObjectTableVtbl table_vtbl = {MOCK_UNKNOWN, table_Register, table_Revoke,
        table_IsRunning, table_GetObject, table_NoteChangeTime, table_GetTimeOfLastChange,
        table_EnumRunning};

/* ---- IROTData and IRunnableObject ---- */

static HRESULT STDMETHODCALLTYPE data_GetComparisonData(IROTData *iface, byte *data, ULONG size,
        ULONG *written)
{
    MOCK_ENTER(iface);
    if (size < 20)
        return E_OUTOFMEMORY;
    pattern_fill(data, 20);
    *written = 20;
    return S_OK;
}

static const IROTDataVtbl data_vtbl = {MOCK_UNKNOWN, data_GetComparisonData};

static HRESULT STDMETHODCALLTYPE runnable_GetRunningClass(IRunnableObject *iface, CLSID *clsid)
{
    MOCK_ENTER(iface);
    *clsid = guid_of(0x510);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE runnable_Run(IRunnableObject *iface, IBindCtx *context)
{
    MOCK_ENTER(iface);
    EXPECT(!context || token_of(context) == OBJECT);
    mock->position = context != NULL;
    return S_OK;
}

static WINBOOL STDMETHODCALLTYPE runnable_IsRunning(IRunnableObject *iface)
{
    return ((struct mock *)iface)->position != 0;
}

static HRESULT STDMETHODCALLTYPE runnable_LockRunning(IRunnableObject *iface, WINBOOL lock,
        WINBOOL closes)
{
    MOCK_ENTER(iface);
    EXPECT(!lock && closes);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE runnable_SetContainedObject(IRunnableObject *iface,
        WINBOOL contained)
{
    MOCK_ENTER(iface);
    return contained ? S_OK : S_FALSE;
}

static const IRunnableObjectVtbl runnable_vtbl = {MOCK_UNKNOWN, runnable_GetRunningClass,
        runnable_Run, runnable_IsRunning, runnable_LockRunning, runnable_SetContainedObject};

const struct mock_class binding_classes[] = {
        {{&IID_IBindCtx}, &context_vtbl},
        {{&IID_IRunningObjectTable}, &table_vtbl},
        {{&IID_IROTData}, &data_vtbl},
        {{&IID_IRunnableObject}, &runnable_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

static void check_options(IBindCtx *proxy)
{
    COAUTHIDENTITY identity = {(USHORT *)L"user", 4, (USHORT *)L"dom", 3, (USHORT *)L"", 0,
            SEC_WINNT_AUTH_IDENTITY_UNICODE};
    COAUTHINFO info = {RPC_C_AUTHN_WINNT, 0, (WCHAR *)L"principal", 0, 0, &identity, 7};
    COSERVERINFO server = {1, (WCHAR *)L"box", &info, 2};
    BIND_OPTS2 wide = {sizeof(wide), BIND_MAYBOTHERUSER, STGM_READWRITE, 12345, 54,
            CLSCTX_LOCAL_SERVER, 0x407, NULL};
    BIND_OPTS *options = (BIND_OPTS *)&wide;

    if (builtin_lacks("IBindCtx::SetBindOptions and GetBindOptions of a proxy"))
        return;
    is_hr(IBindCtx_SetBindOptions(proxy, options), S_FALSE, "SetBindOptions, BIND_OPTS2");
    wide.pServerInfo = &server;
    is_hr(IBindCtx_SetBindOptions(proxy, options), CO_S_NOTALLINTERFACES,
            "SetBindOptions with a server");
    wide.cbStruct = sizeof(*options);
    is_hr(IBindCtx_SetBindOptions(proxy, options), S_OK, "SetBindOptions, BIND_OPTS");

    memset(&wide, 0, sizeof(wide));
    wide.cbStruct = sizeof(wide);
    is_hr(IBindCtx_GetBindOptions(proxy, options), S_OK, "GetBindOptions, BIND_OPTS2");
    ok(wide.cbStruct == sizeof(wide) && wide.grfFlags == BIND_JUSTTESTEXISTENCE
                    && wide.grfMode == STGM_WRITE && wide.dwTickCountDeadline == 6
                    && wide.dwTrackFlags == 7 && wide.dwClassContext == CLSCTX_ALL
                    && wide.locale == 0x809 && !wide.pServerInfo,
            "the options, without the server");
    memset(&wide, 0xee, sizeof(wide));
    wide.cbStruct = sizeof(*options);
    is_hr(IBindCtx_GetBindOptions(proxy, options), S_FALSE, "GetBindOptions, BIND_OPTS");
    ok(wide.cbStruct == sizeof(*options) && wide.grfFlags == BIND_JUSTTESTEXISTENCE
                    && wide.grfMode == STGM_WRITE && wide.dwTickCountDeadline == 6
                    && wide.dwTrackFlags == 0xeeeeeeee && wide.locale == 0xeeeeeeee,
            "sixteen bytes and no more");
}

static void check_context(IClassFactory *factory)
{
    IBindCtx *proxy = remote_create(factory, &IID_IBindCtx, "IBindCtx");
    IUnknown *object, *found = (void *)0xdead;
    IRunningObjectTable *table = NULL;
    IEnumString *enumerator = NULL;

    if (!proxy)
        return;
    object = mock_create(&IID_IPersistStream, OBJECT);
    is_hr(IBindCtx_RegisterObjectBound(proxy, object), S_OK, "RegisterObjectBound");
    is_hr(IBindCtx_RevokeObjectBound(proxy, object), S_OK, "RevokeObjectBound");
    is_hr(IBindCtx_ReleaseBoundObjects(proxy), S_FALSE, "ReleaseBoundObjects");
    check_options(proxy);
    is_hr(IBindCtx_GetRunningObjectTable(proxy, &table), S_OK, "GetRunningObjectTable");
    is_uint(token_of(table), TABLE, "the table");
    IRunningObjectTable_Release(table);
    is_hr(IBindCtx_GetObjectParam(proxy, (WCHAR *)L"key", &found), E_FAIL, "GetObjectParam, none");
    is_ptr(found, NULL, "no object");
    is_hr(IBindCtx_RegisterObjectParam(proxy, (WCHAR *)L"key", object), S_OK,
            "RegisterObjectParam");
    is_hr(IBindCtx_GetObjectParam(proxy, (WCHAR *)L"key", &found), S_OK, "GetObjectParam");
    is_ptr(found, object, "our own object");
    IUnknown_Release(found);
    is_hr(IBindCtx_EnumObjectParam(proxy, &enumerator), S_OK, "EnumObjectParam");
    is_uint(token_of(enumerator), TABLE + 1, "the enumerator");
    IEnumString_Release(enumerator);
    is_hr(IBindCtx_RevokeObjectParam(proxy, (WCHAR *)L""), S_FALSE, "RevokeObjectParam");
    IBindCtx_Release(proxy);
    check_released(object, "the object is released");
}

static void check_table(IClassFactory *factory)
{
    IRunningObjectTable *proxy =
            remote_create(factory, &IID_IRunningObjectTable, "IRunningObjectTable");
    IUnknown *object, *found = (void *)0xdead;
    IEnumMoniker *enumerator = NULL;
    FILETIME time = {0x52, 0x53};
    IMoniker *name;
    DWORD cookie = 0;

    if (!proxy)
        return;
    object = mock_create(&IID_IPersistStream, OBJECT);
    name = mock_create(&IID_IMoniker, NAME);
    is_hr(IRunningObjectTable_Register(proxy, ROTFLAGS_ALLOWANYCLIENT, object, name, &cookie),
            MK_S_MONIKERALREADYREGISTERED, "Register");
    is_uint(cookie, 0x50505050, "the cookie");
    is_hr(IRunningObjectTable_Revoke(proxy, cookie), S_OK, "Revoke");
    is_hr(IRunningObjectTable_IsRunning(proxy, name), S_FALSE, "IsRunning");
    is_hr(IRunningObjectTable_GetObject(proxy, NULL, &found), MK_E_UNAVAILABLE, "GetObject, none");
    is_ptr(found, NULL, "no object");
    is_hr(IRunningObjectTable_GetObject(proxy, name, &found), S_OK, "GetObject");
    is_uint(token_of(found), OBJECT + 1, "the object");
    IUnknown_Release(found);
    is_hr(IRunningObjectTable_NoteChangeTime(proxy, 0x51, &time), S_OK, "NoteChangeTime");
    is_hr(IRunningObjectTable_GetTimeOfLastChange(proxy, name, &time), S_OK, "GetTimeOfLastChange");
    ok(time.dwLowDateTime == 0x54 && time.dwHighDateTime == 0x55, "the time");
    is_hr(IRunningObjectTable_EnumRunning(proxy, &enumerator), S_OK, "EnumRunning");
    is_uint(token_of(enumerator), TABLE + 2, "the enumerator");
    IEnumMoniker_Release(enumerator);
    IRunningObjectTable_Release(proxy);
    check_released(object, "the object is released");
    check_released(name, "the moniker is released");
}

static void check_runnable(IClassFactory *factory)
{
    IRunnableObject *proxy = remote_create(factory, &IID_IRunnableObject, "IRunnableObject");
    IBindCtx *context;
    CLSID clsid = {0};

    if (!proxy)
        return;
    context = mock_create(&IID_IBindCtx, OBJECT);
    is_hr(IRunnableObject_GetRunningClass(proxy, &clsid), S_OK, "GetRunningClass");
    ok(is_guid_of(&clsid, 0x510), "the class");
    is_hr(IRunnableObject_Run(proxy, NULL), S_OK, "Run without a context");
    is_int(IRunnableObject_IsRunning(proxy), FALSE, "IsRunning");
    is_hr(IRunnableObject_Run(proxy, context), S_OK, "Run");
    todo_builtin("IsRunning is not implemented")
        is_int(IRunnableObject_IsRunning(proxy), TRUE, "IsRunning");
    is_hr(IRunnableObject_LockRunning(proxy, FALSE, TRUE), S_OK, "LockRunning");
    is_hr(IRunnableObject_SetContainedObject(proxy, TRUE), S_OK, "SetContainedObject");
    is_hr(IRunnableObject_SetContainedObject(proxy, FALSE), S_FALSE, "SetContainedObject, not");
    IRunnableObject_Release(proxy);
    check_released(context, "the context is released");
}

void check_binding(IClassFactory *factory)
{
    IROTData *rot_data;
    BYTE data[32] = {0};
    ULONG written = 0;

    note("binding");
    check_context(factory);
    check_table(factory);
    check_runnable(factory);
    if (!(rot_data = remote_create(factory, &IID_IROTData, "IROTData")))
        return;
    is_hr(IROTData_GetComparisonData(rot_data, data, sizeof(data), &written), S_OK,
            "GetComparisonData");
    ok(written == 20 && pattern_is(data, 20), "the data");
    is_hr(IROTData_GetComparisonData(rot_data, data, 10, &written), E_OUTOFMEMORY,
            "GetComparisonData, too small");
    IROTData_Release(rot_data);
}
