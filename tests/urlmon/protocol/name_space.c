/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Permanent name-space handlers, under HKEY_CLASSES_ROOT\PROTOCOLS\Name-Space Handler: page "About
 * Asynchronous Pluggable Protocols" (aa767916), article Q190893.
 */
#include "protocol_bed.h"

#include <stdio.h>
#include <string.h>

#define SPACES L"PROTOCOLS\\Name-Space Handler\\"

static const WCHAR broken_text[] = L"{1D0C5F1E-0010-4A11-0102-030405060708}";
static const WCHAR space_text[] = L"{1D0C5F1E-0011-4A11-0102-030405060708}";
static const WCHAR any_text[] = L"{1D0C5F1E-0012-4A11-0102-030405060708}";
static const WCHAR own_text[] = L"{1D0C5F1E-0013-4A11-0102-030405060708}";
static const CLSID class_temporary = {0x1d0c5f1e, 0x0014, 0x4a11, {1, 2, 3, 4, 5, 6, 7, 8}};
static const char text[] = "some text of no type";

static HRESULT start_whole(struct bed_handler *handler)
{
    bed_content(handler, text, sizeof(text) - 1);
    bed_data(handler, BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION);
    bed_result(handler, S_OK);
    return S_OK;
}

static HRESULT start_refuse(struct bed_handler *handler)
{
    (void)handler;
    return INET_E_USE_DEFAULT_PROTOCOLHANDLER;
}

static const struct bed_kind whole = {.start = start_whole};
static const struct bed_kind refuse = {.start = start_refuse};

static void register_key(const WCHAR *path, const WCHAR *clsid)
{
    HKEY key;

    if (RegCreateKeyExW(HKEY_CLASSES_ROOT, path, 0, NULL, 0, KEY_WRITE, NULL, &key, NULL))
        bail_out("no key %ls", path);
    RegSetValueExW(key, L"CLSID", 0, REG_SZ, (const BYTE *)clsid,
            (DWORD)((wcslen(clsid) + 1) * sizeof(*clsid)));
    RegSetValueExW(key, L"Pattern1", 0, REG_SZ, (const BYTE *)L"nowhere", sizeof(L"nowhere"));
    RegCloseKey(key);
}

static DWORD register_class(const WCHAR *name, struct bed_factory *factory)
{
    CLSID clsid;
    DWORD cookie = 0;

    CLSIDFromString(name, &clsid);
    is_hr(CoRegisterClassObject(&clsid, (IUnknown *)&factory->IClassFactory_iface,
                  CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie),
            S_OK, "the class %ls", name);
    return cookie;
}

static DWORD start_flags;                  /* PI_ */
static struct bed_factory *client_factory; /* makes the client's own protocol, or NULL */

static void served_by(const WCHAR *url, const WCHAR *clsid, const char *what)
{
    char wanted[96];
    struct bed_sink sink;
    IInternetProtocol *protocol;

    bed_sink_init(&sink, url);
    sink.own = client_factory;
    protocol = bed_binding(&sink);
    is_hr(IInternetProtocol_Start(protocol, url, &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, start_flags, 0),
            S_OK, "%s", what);
    snprintf(wanted, sizeof(wanted), "P20(%ls) D5 R0", clsid);
    /* Those that have given way have told their classes as well. */
    ok(strlen(sink.log) >= strlen(wanted)
                    && !strcmp(sink.log + strlen(sink.log) - strlen(wanted), wanted),
            "%s: %ls serves (%s)", what, clsid, sink.log);
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    bed_sink_done(&sink);
}

static void test_order(void)
{
    struct bed_factory space, any, own, temporary;
    DWORD cookies[3];

    bed_factory_init(&space, &whole);
    bed_factory_init(&any, &whole);
    bed_factory_init(&own, &whole);
    bed_factory_init(&temporary, &whole);
    cookies[0] = register_class(space_text, &space);
    cookies[1] = register_class(any_text, &any);
    cookies[2] = register_class(own_text, &own);

    served_by(L"spaced:x", space_text,
            "a scheme with a name space, behind a class that is not there");
    is_int(any.made + own.made, 0, "no other handler is made");
    served_by(L"SPACED:x", space_text, "case does not count");
    served_by(L"roomy:x", any_text, "a name space of all schemes");
    space.kind = &refuse;
    served_by(L"spaced:x", any_text, "one that gives way, to that of all schemes");
    any.kind = &refuse;
    served_by(L"spaced:x", own_text, "when all give way, the scheme's own");

    IInternetSession_RegisterNameSpace(bed_session(), &temporary.IClassFactory_iface,
            &class_temporary, L"spaced", 0, NULL, 0);
    space.made = 0;
    served_by(L"spaced:x", L"{1D0C5F1E-0014-4A11-0102-030405060708}",
            "a temporary one comes first");
    is_int(space.made, 0, "the permanent one is not made");
    temporary.kind = &refuse;
    served_by(L"spaced:x", own_text, "all give way, one after the other");
    is_int(space.made, 1, "the permanent one was asked");
    IInternetSession_UnregisterNameSpace(bed_session(), &temporary.IClassFactory_iface, L"spaced");

    for (unsigned int i = 0; i < ARRAYSIZE(cookies); i++)
        CoRevokeClassObject(cookies[i]);
    is_int(space.alive + any.alive + own.alive + temporary.alive, 0, "no handler is left");
}

/* The default handler "over a custom handler": page "PI_FLAGS enumeration" (aa767912). */
static void test_prefer_default(void)
{
    struct bed_factory space, own, temporary, client;
    DWORD cookies[2];

    bed_factory_init(&space, &whole);
    bed_factory_init(&own, &whole);
    bed_factory_init(&temporary, &whole);
    bed_factory_init(&client, &whole);
    cookies[0] = register_class(any_text, &space);
    cookies[1] = register_class(own_text, &own);
    IInternetSession_RegisterNameSpace(bed_session(), &temporary.IClassFactory_iface,
            &class_temporary, L"spaced", 0, NULL, 0);

    start_flags = PI_PREFERDEFAULTHANDLER;
    served_by(L"spaced:x", own_text, "the scheme's own, before name spaces");
    client_factory = &client;
    served_by(L"spaced:x", own_text, "and before what the client has brought along");
    client_factory = NULL;
    is_int(temporary.made + space.made, 0, "no name space was made");
    is_int(client.alive, 0, "nothing of the client is left");
    served_by(L"roomy:x", any_text, "a scheme without a handler of its own: the name space");
    start_flags = 0;
    served_by(L"spaced:x", L"{1D0C5F1E-0014-4A11-0102-030405060708}", "without the flag");

    IInternetSession_UnregisterNameSpace(bed_session(), &temporary.IClassFactory_iface, L"spaced");
    for (unsigned int i = 0; i < ARRAYSIZE(cookies); i++)
        CoRevokeClassObject(cookies[i]);
    is_int(space.alive + own.alive + temporary.alive + client.alive, 0, "no handler is left");
}

/* The same of a binding whose client says BINDF_PREFERDEFAULTHANDLER ("Urlmon.dll should look for
 * and use the default system protocol first", page "BINDF enumeration", ms775130): a name space of
 * file: in front of this DLL's own. */
struct flags_callback
{
    IBindStatusCallback iface;
    DWORD flags;
    HRESULT result;
    CLSID protocol;
    IBinding *binding;
};

static HRESULT WINAPI flags_QueryInterface(IBindStatusCallback *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBindStatusCallback))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG WINAPI flags_AddRef(IBindStatusCallback *iface)
{
    (void)iface;
    return 2;
}

static ULONG WINAPI flags_Release(IBindStatusCallback *iface)
{
    (void)iface;
    return 1;
}

static HRESULT WINAPI flags_OnStartBinding(IBindStatusCallback *iface, DWORD reserved,
        IBinding *binding)
{
    (void)reserved;
    CONTAINING_RECORD(iface, struct flags_callback, iface)->binding = binding;
    return S_OK;
}

static HRESULT WINAPI flags_GetPriority(IBindStatusCallback *iface, LONG *priority)
{
    (void)iface;
    (void)priority;
    return E_NOTIMPL;
}

static HRESULT WINAPI flags_OnLowResource(IBindStatusCallback *iface, DWORD reserved)
{
    (void)iface;
    (void)reserved;
    return E_NOTIMPL;
}

static HRESULT WINAPI flags_OnProgress(IBindStatusCallback *iface, ULONG progress, ULONG max,
        ULONG code, const WCHAR *status)
{
    (void)iface;
    (void)progress;
    (void)max;
    (void)code;
    (void)status;
    return S_OK;
}

static HRESULT WINAPI flags_OnStopBinding(IBindStatusCallback *iface, HRESULT result,
        const WCHAR *error)
{
    struct flags_callback *callback = CONTAINING_RECORD(iface, struct flags_callback, iface);
    WCHAR *ignored = NULL;
    DWORD code;

    (void)error;
    callback->result = result;
    IBinding_GetBindResult(callback->binding, &callback->protocol, &code, &ignored, NULL);
    CoTaskMemFree(ignored);
    return S_OK;
}

static HRESULT WINAPI flags_GetBindInfo(IBindStatusCallback *iface, DWORD *flags, BINDINFO *info)
{
    (void)info;
    *flags = CONTAINING_RECORD(iface, struct flags_callback, iface)->flags;
    return S_OK;
}

static HRESULT WINAPI flags_OnDataAvailable(IBindStatusCallback *iface, DWORD flags, DWORD size,
        FORMATETC *format, STGMEDIUM *medium)
{
    (void)iface;
    (void)flags;
    (void)size;
    (void)format;
    (void)medium;
    return S_OK;
}

static HRESULT WINAPI flags_OnObjectAvailable(IBindStatusCallback *iface, REFIID iid,
        IUnknown *object)
{
    (void)iface;
    (void)iid;
    (void)object;
    return S_OK;
}

static const IBindStatusCallbackVtbl flags_vtbl = {
        flags_QueryInterface,
        flags_AddRef,
        flags_Release,
        flags_OnStartBinding,
        flags_GetPriority,
        flags_OnLowResource,
        flags_OnProgress,
        flags_OnStopBinding,
        flags_GetBindInfo,
        flags_OnDataAvailable,
        flags_OnObjectAvailable,
};

/* Binds synchronously to a file of the system; the class that served it. */
static CLSID bind_to_file(DWORD flags, HRESULT wanted, const char *what)
{
    struct flags_callback callback = {{(IBindStatusCallbackVtbl *)&flags_vtbl}, flags, E_FAIL, {0},
            NULL};
    WCHAR path[MAX_PATH + 32];
    IUnknown *out = NULL;
    IMoniker *moniker;
    IBindCtx *context;

    GetWindowsDirectoryW(path, MAX_PATH);
    wcscat(path, L"\\win.ini");
    is_hr(CreateURLMoniker(NULL, path, &moniker), S_OK, "%s: a moniker", what);
    is_hr(CreateAsyncBindCtx(0, &callback.iface, NULL, &context), S_OK, "%s: a context", what);
    is_hr(IMoniker_BindToStorage(moniker, context, NULL, &IID_IStream, (void **)&out), wanted,
            "%s: BindToStorage", what);
    is_hr(callback.result, wanted, "%s: the result", what);
    if (out)
        IUnknown_Release(out);
    IBindCtx_Release(context);
    IMoniker_Release(moniker);
    return callback.protocol;
}

static HRESULT start_nothing(struct bed_handler *handler)
{
    bed_result(handler, INET_E_OBJECT_NOT_FOUND);
    return INET_E_OBJECT_NOT_FOUND;
}

static void test_moniker_prefers_default(void)
{
    static const struct bed_kind nothing = {.start = start_nothing};
    struct bed_factory temporary;
    CLSID clsid;

    bed_factory_init(&temporary, &nothing);
    IInternetSession_RegisterNameSpace(bed_session(), &temporary.IClassFactory_iface,
            &class_temporary, L"file", 0, NULL, 0);
    clsid = bind_to_file(0, INET_E_OBJECT_NOT_FOUND, "a name space of file:");
    ok(IsEqualGUID(&clsid, &class_temporary), "which serves");
    is_int(temporary.made, 1, "the name space");
    bind_to_file(BINDF_PREFERDEFAULTHANDLER, S_OK, "BINDF_PREFERDEFAULTHANDLER");
    is_int(temporary.made, 1, "the system's own serves, not the name space");
    IInternetSession_UnregisterNameSpace(bed_session(), &temporary.IClassFactory_iface, L"file");
    is_int(temporary.alive, 0, "no handler is left");
}

static void test_all(void)
{
    test_order();
    test_prefer_default();
    test_moniker_prefers_default();
}

int main(void)
{
    if (builtin_lacks("permanent name-space handlers (aa767916)"))
        return done_testing();
    CoInitialize(NULL);
    /* Before the first binding: what the registry says is remembered for a while. */
    register_key(SPACES L"spaced\\Broken", broken_text);
    register_key(SPACES L"spaced\\Space", space_text);
    register_key(SPACES L"*\\Any", any_text);
    register_key(L"PROTOCOLS\\Handler\\spaced", own_text);
    bed_session();
    test_all(); /* what is made once */
    tap_account_begin();
    test_all();
    tap_account_end("bindings");
    CoUninitialize();
    return done_testing();
}
