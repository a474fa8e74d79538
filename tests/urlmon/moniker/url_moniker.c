/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The URL moniker's methods, by the rows on URL monikers of the pages of IMoniker's methods. */
#include <windows.h>
#include <urlmon.h>

#include "tap.h"

static IMoniker *make(const WCHAR *url)
{
    IMoniker *moniker = NULL;

    is_hr(CreateURLMoniker(NULL, url, &moniker), S_OK, "CreateURLMoniker %s", tap_wstr(url));
    return moniker;
}

/* The display name, and who asks whether it is right. */
static void is_named(IMoniker *moniker, IBindCtx *context, const WCHAR *expected, const char *what)
{
    WCHAR *name = NULL;

    is_hr(IMoniker_GetDisplayName(moniker, context, NULL, &name), S_OK, "%s: GetDisplayName", what);
    is_wstr(name, expected, "%s", what);
    CoTaskMemFree(name);
}

static void test_create(void)
{
    IMoniker *moniker, *base;
    IUriContainer *container;
    IUri *uri;

    is_hr(CreateURLMoniker(NULL, L"http://a.test/", NULL), E_INVALIDARG, "no place");
    moniker = (void *)1;
    is_hr(CreateURLMoniker(NULL, NULL, &moniker), E_INVALIDARG, "no URL");
    is_ptr(moniker, NULL, "no moniker");
    is_hr(CreateURLMonikerEx(NULL, L"http://a.test/", &moniker, 0x100), E_INVALIDARG,
            "flags that there are not");
    is_hr(CreateURLMonikerEx2(NULL, NULL, &moniker, URL_MK_UNIFORM), E_INVALIDARG, "no IUri");

    moniker = make(L"http://a.test");
    is_named(moniker, NULL, L"http://a.test/", "a host");
    IMoniker_Release(moniker);
    moniker = make(L"HTTP://A.test:80/x/../y?q#f");
    is_named(moniker, NULL, L"http://a.test/y?q#f", "is canonicalized");
    IMoniker_Release(moniker);
    moniker = make(L"file:///C:/folder/name%20x.txt");
    is_named(moniker, NULL, L"file://C:\\folder\\name x.txt", "a file, as a path");
    IMoniker_Release(moniker);
    is_hr(CreateURLMonikerEx(NULL, L"file:///C:/folder/name%20x.txt", &moniker, URL_MK_UNIFORM),
            S_OK, "URL_MK_UNIFORM");
    is_named(moniker, NULL, L"file:///C:/folder/name%20x.txt", "a file, as a URL");
    IMoniker_Release(moniker);

    base = make(L"http://a.test/pub/list.html?q");
    is_hr(CreateURLMoniker(base, L"../default.html", &moniker), S_OK, "in a context");
    is_named(moniker, NULL, L"http://a.test/default.html", "a partial URL");
    IMoniker_Release(moniker);
    is_hr(CreateURLMoniker(base, L"https://b.test/x", &moniker), S_OK, "in a context");
    is_named(moniker, NULL, L"https://b.test/x", "a full URL");
    IMoniker_Release(moniker);

    is_hr(CreateUri(L"http://c.test/", 0, 0, &uri), S_OK, "CreateUri");
    is_hr(CreateURLMonikerEx2(NULL, uri, &moniker, URL_MK_UNIFORM), S_OK, "CreateURLMonikerEx2");
    IUri_Release(uri);
    is_hr(IMoniker_QueryInterface(moniker, &IID_IUriContainer, (void **)&container), S_OK,
            "IUriContainer");
    uri = NULL;
    is_hr(IUriContainer_GetIUri(container, &uri), S_OK, "GetIUri");
    if (uri)
    {
        BSTR text;

        IUri_GetAbsoluteUri(uri, &text);
        is_wstr(text, L"http://c.test/", "the URI");
        SysFreeString(text);
        IUri_Release(uri);
    }
    IUriContainer_Release(container);
    IMoniker_Release(moniker);
    IMoniker_Release(base);
}

/* Of a composite its rightmost part counts, which is the one that binds; page "IsAsyncMoniker
 * function": it handles composite monikers correctly. */
static void test_async_composite(IMoniker *asynchronous, IMoniker *other)
{
    IMoniker *composite;

    if (SUCCEEDED(CreateGenericComposite(other, asynchronous, &composite)))
    {
        todo_builtin("a composite whose last part is asynchronous; page IsAsyncMoniker")
            is_hr(IsAsyncMoniker(composite), S_OK, "a composite that ends with a URL moniker");
        IMoniker_Release(composite);
    }
    if (SUCCEEDED(CreateGenericComposite(asynchronous, other, &composite)))
    {
        is_hr(IsAsyncMoniker(composite), S_FALSE, "a composite that begins with one");
        IMoniker_Release(composite);
    }
}

static void test_simple_methods(void)
{
    IMoniker *moniker = make(L"http://a.test/x"), *out;
    IEnumMoniker *parts;
    CLSID clsid;
    DWORD kind = 0;

    is_hr(IMoniker_GetClassID(moniker, &clsid), S_OK, "GetClassID");
    is_guid(&clsid, &CLSID_StdURLMoniker, "the class");
    is_hr(IMoniker_IsDirty(moniker), S_FALSE, "IsDirty");
    is_hr(IMoniker_IsSystemMoniker(moniker, &kind), S_OK, "IsSystemMoniker");
    is_uint(kind, MKSYS_URLMONIKER, "MKSYS_URLMONIKER");
    is_hr(IMoniker_IsSystemMoniker(moniker, NULL), E_INVALIDARG, "IsSystemMoniker(NULL)");
    is_hr(IMoniker_Reduce(moniker, NULL, MKRREDUCE_ALL, NULL, &out), MK_S_REDUCED_TO_SELF,
            "Reduce");
    is_ptr(out, moniker, "itself");
    IMoniker_Release(out);
    parts = (void *)1;
    is_hr(IMoniker_Enum(moniker, TRUE, &parts), S_OK, "Enum");
    is_ptr(parts, NULL, "no parts");
    out = (void *)1;
    is_hr(IMoniker_Inverse(moniker, &out), MK_E_NOINVERSE, "Inverse");
    todo_builtin("an out parameter of a method that fails is not NULL")
        is_ptr(out, NULL, "no moniker");
    out = (void *)1;
    is_hr(IMoniker_CommonPrefixWith(moniker, moniker, &out), E_NOTIMPL, "CommonPrefixWith");
    is_hr(IMoniker_RelativePathTo(moniker, moniker, &out), E_NOTIMPL, "RelativePathTo");
    is_hr(IsAsyncMoniker(moniker), S_OK, "IsAsyncMoniker");
    is_hr(IsAsyncMoniker(NULL), E_INVALIDARG, "IsAsyncMoniker(NULL)");
    if (SUCCEEDED(CreateFileMoniker(L"C:\\x", &out)))
    {
        is_hr(IsAsyncMoniker(out), S_FALSE, "IsAsyncMoniker of a file moniker");
        is_hr(IMoniker_IsEqual(moniker, out), S_FALSE, "a file moniker is not equal");
        test_async_composite(moniker, out);
        IMoniker_Release(out);
    }
    IMoniker_Release(moniker);
}

static void test_equality(void)
{
    static const struct
    {
        const WCHAR *a, *b;
        BOOL equal;
    } pairs[] = {
            {L"http://a.test/x", L"http://a.test/x", TRUE},
            {L"http://a.test/x", L"HTTP://A.TEST:80/./x", TRUE},
            {L"http://a.test", L"http://a.test/", TRUE},
            {L"http://a.test/x", L"http://a.test/X", FALSE},
            {L"http://a.test/x", L"http://a.test/y", FALSE},
            {L"http://a.test/x", L"https://a.test/x", FALSE},
            {L"http://a.test/x", L"x", FALSE},
            {L"file:///C:/Folder/x", L"file:///c:/folder/X", TRUE},
    };

    for (size_t i = 0; i < ARRAYSIZE(pairs); i++)
    {
        IMoniker *a = make(pairs[i].a), *b = make(pairs[i].b);
        BYTE data_a[256], data_b[256];
        ULONG size_a = 0, size_b = 0;
        DWORD hash_a = 0, hash_b = 1;
        IROTData *rot_a, *rot_b;
        HRESULT expected = pairs[i].equal ? S_OK : S_FALSE;
        HRESULT hr;

        todo_builtin("case makes no difference")
        {
            is_hr(IMoniker_IsEqual(a, b), expected, "IsEqual");
            is_hr(IMoniker_IsEqual(b, a), expected, "and the other way round");
        }
        is_hr(IMoniker_Hash(a, &hash_a), S_OK, "Hash");
        is_hr(IMoniker_Hash(b, &hash_b), S_OK, "Hash");
        if (pairs[i].equal)
            todo_builtin("case makes a difference")
                is_uint(hash_a, hash_b, "of equal monikers is equal");
        hr = IMoniker_QueryInterface(a, &IID_IROTData, (void **)&rot_a);
        if (SUCCEEDED(hr) || !builtin_lacks("IROTData"))
        {
            is_hr(hr, S_OK, "IROTData");
            is_hr(IMoniker_QueryInterface(b, &IID_IROTData, (void **)&rot_b), S_OK, "IROTData");
            is_hr(IROTData_GetComparisonData(rot_a, data_a, sizeof(data_a), &size_a), S_OK,
                    "GetComparisonData");
            is_hr(IROTData_GetComparisonData(rot_b, data_b, sizeof(data_b), &size_b), S_OK,
                    "GetComparisonData");
            is_int(size_a == size_b && !memcmp(data_a, data_b, size_a), pairs[i].equal,
                    "are the same for equal monikers only");
            is_mem(data_a, &CLSID_StdURLMoniker, sizeof(CLSID), "they begin with the class");
            is_hr(IROTData_GetComparisonData(rot_a, data_a, size_a - 1, &size_b), E_OUTOFMEMORY,
                    "no room for them");
            IROTData_Release(rot_a);
            IROTData_Release(rot_b);
        }
        IMoniker_Release(a);
        IMoniker_Release(b);
    }
    {
        IMoniker *a = make(L"http://a.test/");

        is_hr(IMoniker_IsEqual(a, NULL), E_INVALIDARG, "IsEqual(NULL)");
        is_hr(IMoniker_Hash(a, NULL), E_INVALIDARG, "Hash(NULL)");
        IMoniker_Release(a);
    }
}

static void test_compose(void)
{
    static const struct
    {
        const WCHAR *base, *relative, *result;
    } rows[] = {
            {L"http://a.test/b/c/d?q", L"g", L"http://a.test/b/c/g"},
            {L"http://a.test/b/c/d?q", L"/g", L"http://a.test/g"},
            {L"http://a.test/b/c/d?q", L"../g", L"http://a.test/b/g"},
            {L"http://a.test/b/c/d?q", L"?y", L"http://a.test/b/c/d?y"},
            {L"http://a.test/b/c/d?q", L"g#s", L"http://a.test/b/c/g#s"},
            {L"http://a.test/b/c/d?q", L"https://x.test/", L"https://x.test/"},
            {L"file:///C:/a/b.txt", L"c.txt", L"file://C:\\a\\c.txt"},
    };
    IMoniker *a, *b, *composite;

    for (size_t i = 0; i < ARRAYSIZE(rows); i++)
    {
        a = make(rows[i].base);
        b = make(rows[i].relative);
        composite = NULL;
        is_hr(IMoniker_ComposeWith(a, b, TRUE, &composite), S_OK, "ComposeWith %s",
                tap_wstr(rows[i].relative));
        if (composite)
        {
            is_named(composite, NULL, rows[i].result, "the composite");
            IMoniker_Release(composite);
        }
        IMoniker_Release(a);
        IMoniker_Release(b);
    }
    a = make(L"http://a.test/");
    is_hr(IMoniker_ComposeWith(a, NULL, FALSE, &composite), E_INVALIDARG, "with nothing");
    if (SUCCEEDED(CreateItemMoniker(L"!", L"item", &b)))
    {
        composite = (void *)1;
        is_hr(IMoniker_ComposeWith(a, b, TRUE, &composite), MK_E_NEEDGENERIC,
                "with an item moniker, if it is not generic");
        todo_builtin("an out parameter of a method that fails is not NULL")
            is_ptr(composite, NULL, "no composite");
        is_hr(IMoniker_ComposeWith(a, b, FALSE, &composite), S_OK, "and otherwise");
        if (composite)
        {
            DWORD kind = 0;

            IMoniker_IsSystemMoniker(composite, &kind);
            is_uint(kind, MKSYS_GENERICCOMPOSITE, "a generic composite");
            IMoniker_Release(composite);
        }
        IMoniker_Release(b);
    }
    IMoniker_Release(a);
}

static void test_contexts(void)
{
    IMoniker *part, *base, *out, *newly;
    WCHAR key[] = L"URL Context", name[] = L"..\\default.html", full[] = L"http://foo.test/x";
    IBindCtx *context;
    ULONG eaten = 0;
    FILETIME time;

    if (builtin_lacks("partial URLs with the context of a bind context"))
        return;
    is_hr(CreateAsyncBindCtxEx(NULL, 0, NULL, NULL, &context, 0), S_OK, "a bind context");
    part = make(L"default.html");
    base = make(L"http://foo.test/pub/list.html");
    is_named(part, context, L"default.html", "a partial URL without context");
    {
        WCHAR *text = NULL;

        is_hr(IMoniker_GetDisplayName(part, context, base, &text), S_OK,
                "with a moniker to the left");
        is_wstr(text, L"http://foo.test/pub/default.html", "it completes it");
        CoTaskMemFree(text);
    }
    /* Page "URL Moniker Error Codes": no protocol that is known. As Windows has it. */
    is_hr(IMoniker_BindToStorage(part, context, NULL, &IID_IStream, (void **)&out),
            INET_E_UNKNOWN_PROTOCOL, "nothing to bind to");
    is_hr(IMoniker_BindToObject(part, context, NULL, &IID_IUnknown, (void **)&out),
            INET_E_UNKNOWN_PROTOCOL, "nor an object");
    IBindCtx_RegisterObjectParam(context, key, (IUnknown *)base);
    is_named(part, context, L"http://foo.test/pub/default.html", "with the bind context's");

    is_hr(IMoniker_ParseDisplayName(part, context, NULL, name, &eaten, &out), S_OK,
            "ParseDisplayName in the bind context's");
    is_uint(eaten, wcslen(name), "all of it");
    is_named(out, NULL, L"http://foo.test/default.html", "the page's example");
    IMoniker_Release(out);
    IBindCtx_RevokeObjectParam(context, key);
    is_hr(IMoniker_ParseDisplayName(base, context, NULL, name, &eaten, &out), S_OK,
            "ParseDisplayName in the moniker's own");
    is_named(out, NULL, L"http://foo.test/default.html", "the same");
    IMoniker_Release(out);
    is_hr(IMoniker_ParseDisplayName(base, context, NULL, full, &eaten, &out), S_OK, "a full URL");
    is_named(out, NULL, L"http://foo.test/x", "itself");
    IMoniker_Release(out);

    newly = make(L"http://foo.test/pub/list.html");
    is_hr(IMoniker_IsRunning(base, context, NULL, newly), S_OK, "IsRunning of what now runs");
    is_hr(IMoniker_IsRunning(base, NULL, NULL, NULL), E_INVALIDARG, "without context");
    ok(IMoniker_IsRunning(base, context, NULL, part) != S_OK, "and of something else");
    ok(FAILED(IMoniker_GetTimeOfLastChange(base, context, NULL, &time)),
            "GetTimeOfLastChange of what does not run");
    IMoniker_Release(newly);
    IMoniker_Release(part);
    IMoniker_Release(base);
    IBindCtx_Release(context);
}

/* With the table of running objects. */
static void test_running(void)
{
    IMoniker *moniker = make(L"http://running.test/"), *same = make(L"HTTP://running.test");
    IRunningObjectTable *table;
    IUnknown *object = NULL;
    IStream *stream;
    FILETIME time;
    IBindCtx *context;
    DWORD cookie;

    if (FAILED(GetRunningObjectTable(0, &table)) || builtin_lacks("IROTData"))
    {
        skip(1, "no table of running objects");
        IMoniker_Release(moniker);
        IMoniker_Release(same);
        return;
    }
    CreateBindCtx(0, &context);
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(IMoniker_IsRunning(same, context, NULL, NULL), S_FALSE, "does not run");
    is_hr(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, (IUnknown *)stream,
                  moniker, &cookie),
            S_OK, "Register");
    is_hr(IMoniker_IsRunning(same, context, NULL, NULL), S_OK, "runs");
    is_hr(IMoniker_GetTimeOfLastChange(same, context, NULL, &time), S_OK, "GetTimeOfLastChange");
    is_hr(IMoniker_BindToObject(same, context, NULL, &IID_IStream, (void **)&object), S_OK,
            "BindToObject");
    if (object)
        IUnknown_Release(object);
    is_hr(IRunningObjectTable_Revoke(table, cookie), S_OK, "Revoke");
    IRunningObjectTable_Release(table);
    IBindCtx_Release(context);
    is_uint(IStream_Release(stream), 0, "the object is let go");
    IMoniker_Release(moniker);
    IMoniker_Release(same);
}

static void test_parse_display_name(void)
{
    IBindCtx *context;
    IMoniker *moniker;
    ULONG eaten = 0;
    DWORD kind = 0;
    HRESULT hr;

    is_hr(CreateAsyncBindCtxEx(NULL, 0, NULL, NULL, &context, 0), S_OK, "a bind context");
    is_hr(MkParseDisplayNameEx(NULL, L"http://a.test/", &eaten, &moniker), E_INVALIDARG,
            "no context");
    is_hr(MkParseDisplayNameEx(context, L"", &eaten, &moniker), E_INVALIDARG, "no name");
    is_hr(MkParseDisplayNameEx(context, L"http://a.test/", NULL, &moniker), E_INVALIDARG,
            "no count");
    is_hr(MkParseDisplayNameEx(context, L"http://a.test/", &eaten, NULL), E_INVALIDARG, "no place");
    is_hr(MkParseDisplayNameEx(context, L"http://a.test/x", &eaten, &moniker), S_OK, "a URL");
    is_uint(eaten, 15, "all of it");
    is_named(moniker, NULL, L"http://a.test/x", "a URL moniker");
    IMoniker_Release(moniker);
    moniker = NULL;
    todo_builtin("the page's telnet")
        is_hr(MkParseDisplayNameEx(context, L"telnet://a.test/", &eaten, &moniker), S_OK, "telnet");
    if (moniker)
        IMoniker_Release(moniker);
    moniker = NULL;
    todo_builtin("the page's INET_E_UNKNOWN_PROTOCOL")
        is_hr(MkParseDisplayNameEx(context, L"nobodyhasthis://a.test/", &eaten, &moniker),
                INET_E_UNKNOWN_PROTOCOL, "a protocol without handler");
    is_ptr(moniker, NULL, "no moniker");
    hr = MkParseDisplayNameEx(context, L"C:\\windows\\win.ini", &eaten, &moniker);
    if (hr != E_NOTIMPL)
    {
        is_hr(hr, S_OK, "a path");
        IMoniker_IsSystemMoniker(moniker, &kind);
        is_uint(kind, MKSYS_FILEMONIKER, "a file moniker");
        IMoniker_Release(moniker);
    }
    IBindCtx_Release(context);
}

int main(void)
{
    CoInitialize(NULL);
    test_create();
    test_simple_methods();
    test_equality();
    test_compose();
    test_contexts();
    test_running();
    test_parse_display_name();
    tap_account_begin();
    for (int i = 0; i < 20; i++)
    {
        test_create();
        test_compose();
    }
    tap_account_end("URL monikers");
    CoUninitialize();
    return done_testing();
}
