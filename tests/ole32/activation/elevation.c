/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elevation monikers: page "The COM Elevation Moniker", with its example. */
#include <wchar.h>

#include "server_class.h"

TAP_TIME_LIMIT(180);

#define MISSING_DISPLAYNAME ((HRESULT)0x80080015)
#define RUNAS_VALUE_MUST_BE_AAA ((HRESULT)0x80080016)
#define ELEVATION_DISABLED ((HRESULT)0x80080017)

/* %ls stands for the CLSID in braces. */
static HRESULT get(const struct server_class *class, const WCHAR *format, REFIID iid, void **out)
{
    BIND_OPTS3 options = {.cbStruct = sizeof(options), .dwClassContext = CLSCTX_LOCAL_SERVER};
    WCHAR clsid[40], name[128];

    StringFromGUID2(&class->clsid, clsid, ARRAYSIZE(clsid));
    swprintf(name, ARRAYSIZE(name), format, clsid);
    *out = NULL;
    return CoGetObject(name, (BIND_OPTS *)&options, iid, out);
}

static void is_refused(const struct server_class *class, HRESULT expected, const char *what)
{
    IUnknown *object;

    is_hr(get(class, L"Elevation:Administrator!new:%ls", &IID_IUnknown, (void **)&object), expected,
            "%s: an object", what);
    is_ptr(object, NULL, "%s: none", what);
    is_hr(get(class, L"Elevation:Highest!clsid:%ls", &IID_IClassFactory, (void **)&object),
            expected, "%s: a class object", what);
    is_ptr(object, NULL, "%s: none", what);
}

static void is_served(IPersist *object, const char *what)
{
    DWORD process;

    if (!ok(object != NULL, "%s: an object", what))
        return;
    process = object_process(object);
    ok(process && process != GetCurrentProcessId(), "%s: of another process", what);
    IPersist_Release(object);
}

static void class_path(const struct server_class *class, const WCHAR *subkey, WCHAR path[100])
{
    WCHAR clsid[40];

    StringFromGUID2(&class->clsid, clsid, ARRAYSIZE(clsid));
    swprintf(path, 100, L"Software\\Classes\\CLSID\\%ls%ls", clsid, subkey);
}

static void set_enabled(const struct server_class *class, DWORD enabled)
{
    WCHAR path[100];

    class_path(class, L"\\Elevation", path);
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, path, L"Enabled", REG_DWORD, &enabled, sizeof(enabled));
}

static void set_name(const struct server_class *class, BOOL user, const WCHAR *name)
{
    class_set_value(user, &class->clsid, L"", L"LocalizedString", REG_SZ, name);
}

/* What the registry has to say, one thing after the other. */
static void test_requirements(void)
{
    struct server_class class;
    CLSID appid = test_clsid(20);
    IUnknown *object;
    WCHAR text[40], path[100];
    HRESULT hr;

    server_class_open(&class, 20, L"multi");
    is_refused(&class, MISSING_DISPLAYNAME, "no name");
    set_name(&class, TRUE, L"A name");
    set_enabled(&class, 1);
    is_refused(&class, MISSING_DISPLAYNAME, "a name in the user's half of the registry");
    class_path(&class, L"", path);
    RegDeleteTreeW(HKEY_CURRENT_USER, path);
    set_name(&class, FALSE, L"@C:\\no\\such\\library.dll,-1");
    hr = get(&class, L"Elevation:Administrator!new:%ls", &IID_IUnknown, (void **)&object);
    ok(FAILED(hr) && hr != ELEVATION_DISABLED, "a name in a file that is not there (%s)",
            tap_hr(hr));
    set_name(&class, FALSE, L"A name");
    set_enabled(&class, 0);
    is_refused(&class, ELEVATION_DISABLED, "not enabled");
    set_enabled(&class, 1);
    StringFromGUID2(&appid, text, ARRAYSIZE(text));
    class_set_value(FALSE, &class.clsid, L"", L"AppID", REG_SZ, text);
    appid_set(&appid, L"RunAs", L"Interactive User");
    is_refused(&class, RUNAS_VALUE_MUST_BE_AAA, "a server that runs as somebody");
    appid_delete(&appid);
    appid_set(&appid, L"LocalService", L"NoSuchService");
    is_refused(&class, RUNAS_VALUE_MUST_BE_AAA, "a service");
    appid_delete(&appid);
    is_int(class.state->started, 0, "no server was started");
    class_delete(&class.clsid);
    is_refused(&class, REGDB_E_CLASSNOTREG, "no class");
    server_class_close(&class);
}

static void test_objects(void)
{
    static const WCHAR *const names[] = {L"Elevation:Administrator!new:%ls",
            L"Elevation:Highest!new:%ls", L"elevation:ADMINISTRATOR!NEW:%ls"};
    struct server_class class;
    IClassFactory *factory;
    IPersist *object;

    server_class_open(&class, 21, L"multi");
    set_name(&class, FALSE, L"A name");
    set_enabled(&class, 1);
    for (unsigned int i = 0; i < ARRAYSIZE(names); i++)
    {
        is_hr(get(&class, names[i], &IID_IPersist, (void **)&object), S_OK, "name %u", i);
        is_served(object, "by its name");
    }
    is_hr(get(&class, L"Elevation:Administrator!clsid:%ls", &IID_IClassFactory, (void **)&factory),
            S_OK, "a class object");
    if (factory)
    {
        is_hr(IClassFactory_CreateInstance(factory, NULL, &IID_IPersist, (void **)&object), S_OK,
                "its object");
        is_served(object, "by the class object");
        IClassFactory_Release(factory);
    }
    is_hr(get(&class, L"Elevation:Administrator!new:%ls", &IID_IStream, (void **)&object),
            E_NOINTERFACE, "an interface that it has not");
    server_class_close(&class);
}

/* `again`: how the moniker writes it; NULL: it is no name. */
static void check_name(const WCHAR *name, const WCHAR *again)
{
    IMoniker *moniker = NULL, *same = NULL;
    WCHAR *text = NULL;
    IBindCtx *context;
    ULONG eaten = 0;
    HRESULT hr;

    CreateBindCtx(0, &context);
    hr = MkParseDisplayName(context, name, &eaten, &moniker);
    is_hr(hr, again ? S_OK : MK_E_SYNTAX, "%ls", name);
    if (again && moniker)
    {
        is_uint(eaten, wcslen(name), "all characters");
        is_hr(IMoniker_GetDisplayName(moniker, context, NULL, &text), S_OK, "its name");
        is_wstr(text, again, "the name");
        is_hr(MkParseDisplayName(context, again, &eaten, &same), S_OK, "parsed");
        if (same)
        {
            is_hr(IMoniker_IsEqual(moniker, same), S_OK, "the same moniker");
            IMoniker_Release(same);
        }
        CoTaskMemFree(text);
    }
    if (moniker)
        IMoniker_Release(moniker);
    IBindCtx_Release(context);
}

static void test_names(void)
{
    check_name(L"Elevation:Administrator!new:{5c0e81a2-76b4-4f5a-9d10-2c3b5e91aa21}",
            L"Elevation:Administrator!new:{5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21}");
    check_name(L"elevation:highest!clsid:{5c0e81a2-76b4-4f5a-9d10-2c3b5e91aa21}",
            L"Elevation:Highest!clsid:5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21:");
    check_name(L"Elevation:", NULL);
    check_name(L"Elevation:Nobody!new:{5c0e81a2-76b4-4f5a-9d10-2c3b5e91aa21}", NULL);
    check_name(L"Elevation:Administrator:new:{5c0e81a2-76b4-4f5a-9d10-2c3b5e91aa21}", NULL);
    check_name(L"Elevation:Administrator!new:", NULL);
    check_name(L"Elevation:Administrator!new:{5c0e81a2-76b4-4f5a-9d10-2c3b5e91aa2}", NULL);
    check_name(L"Elevation:Administrator!new:{5c0e81a2-76b4-4f5a-9d10-2c3b5e91aa21}x", NULL);
    check_name(L"Elevation:Administrator!@x", NULL);
}

/* It has no class, so nothing of it can be in a stream; but it has a kind. */
static void test_moniker(void)
{
    static const WCHAR name[] = L"Elevation:Highest!new:{5c0e81a2-76b4-4f5a-9d10-2c3b5e91aa21}";
    IMoniker *moniker = NULL, *nothing = (void *)1, *inverse = NULL;
    DWORD system = 0;
    ULARGE_INTEGER size;
    IBindCtx *context;
    IUnknown *object;
    ULONG eaten;
    CLSID clsid;

    CreateBindCtx(0, &context);
    is_hr(MkParseDisplayName(context, name, &eaten, &moniker), S_OK, "a moniker");
    if (moniker)
    {
        is_hr(IMoniker_IsSystemMoniker(moniker, &system), S_OK, "it is the system's");
        is_uint(system, MKSYS_LUAMONIKER, "its kind");
        is_hr(IMoniker_GetClassID(moniker, &clsid), E_NOTIMPL, "GetClassID");
        is_hr(IMoniker_GetSizeMax(moniker, &size), E_NOTIMPL, "GetSizeMax");
        is_hr(IMoniker_BindToObject(moniker, context, moniker, &IID_IUnknown, (void **)&object),
                E_INVALIDARG, "with something to its left");
        is_hr(IMoniker_BindToStorage(moniker, context, NULL, &IID_IUnknown, (void **)&object),
                MK_E_NOSTORAGE, "BindToStorage");
        is_hr(IMoniker_Inverse(moniker, &inverse), S_OK, "its inverse");
        if (inverse)
        {
            is_hr(IMoniker_ComposeWith(moniker, inverse, FALSE, &nothing), S_OK, "with that");
            is_ptr(nothing, NULL, "it is nothing");
            IMoniker_Release(inverse);
        }
        is_uint(IMoniker_Release(moniker), 0, "the moniker is gone");
    }
    IBindCtx_Release(context);
}

static void run(void)
{
    test_names();
    test_moniker();
    test_requirements();
    test_objects();
}

int main(void)
{
    harness_require();
    if (builtin_lacks("page \"The COM Elevation Moniker\""))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    run();
    tap_account_begin();
    run();
    tap_account_end("elevation monikers");
    CoUninitialize();
    return done_testing();
}
