/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bind contexts: objbase/nf-objbase-createbindctx, the pages of IBindCtx's methods, and what
 * CoGetObject hands over (ns-objidl-bind_opts, bind_opts2, bind_opts3). */
#include "document.h"
#include "names.h"

/* With a member that no structure of ours has. */
struct larger
{
    BIND_OPTS3 options;
    DWORD more[4];
};

static IBindCtx *context_new(void)
{
    IBindCtx *context = NULL;

    if (!is_hr(CreateBindCtx(0, &context), S_OK, "a bind context"))
        bail_out("no bind context");
    return context;
}

static void test_create(void)
{
    IBindCtx *context = (void *)1;

    is_hr(CreateBindCtx(1, &context), E_INVALIDARG, "the reserved value");
    is_ptr(context, NULL, "no context");
    is_hr(CreateBindCtx(0, NULL), E_INVALIDARG, "no place for it");
}

static void test_options(void)
{
    BIND_OPTS3 options = {.cbStruct = sizeof(options)}, got = {.cbStruct = sizeof(got)};
    BIND_OPTS smallest = {.cbStruct = sizeof(smallest)};
    struct larger larger = {.options.cbStruct = sizeof(larger)};
    IBindCtx *context = context_new();

    is_hr(IBindCtx_GetBindOptions(context, (BIND_OPTS *)&got), S_OK, "the first options");
    is_uint(got.grfFlags, 0, "no flags");
    is_uint(got.grfMode, STGM_READWRITE, "files are opened to read and write");
    is_uint(got.dwTickCountDeadline, 0, "no deadline");
    is_uint(got.dwTrackFlags, 0, "no tracking");
    is_uint(got.dwClassContext, CLSCTX_SERVER, "servers of every kind");
    is_uint(got.locale, GetThreadLocale(), "the thread's locale");
    is_ptr(got.pServerInfo, NULL, "this computer");
    is_ptr(got.hwnd, NULL, "no window");

    options.grfFlags = BIND_MAYBOTHERUSER;
    options.grfMode = STGM_READ;
    options.dwTickCountDeadline = 7;
    options.dwTrackFlags = 8;
    options.dwClassContext = CLSCTX_LOCAL_SERVER;
    options.locale = 9;
    options.hwnd = GetDesktopWindow();
    is_hr(IBindCtx_SetBindOptions(context, (BIND_OPTS *)&options), S_OK, "others");
    got = (BIND_OPTS3){.cbStruct = sizeof(got)};
    is_hr(IBindCtx_GetBindOptions(context, (BIND_OPTS *)&got), S_OK, "got");
    is_mem(&got, &options, sizeof(options), "the others");
    smallest.grfMode = STGM_READ | STGM_SHARE_DENY_WRITE;
    is_hr(IBindCtx_SetBindOptions(context, &smallest), S_OK, "a BIND_OPTS");
    got = (BIND_OPTS3){.cbStruct = sizeof(got)};
    is_hr(IBindCtx_GetBindOptions(context, (BIND_OPTS *)&got), S_OK, "got");
    is_uint(got.grfMode, STGM_READ | STGM_SHARE_DENY_WRITE, "its members are set");
    is_uint(got.dwClassContext, CLSCTX_LOCAL_SERVER, "the others stay");
    is_ptr(got.hwnd, options.hwnd, "to the last");

    smallest.cbStruct = sizeof(smallest);
    is_hr(IBindCtx_GetBindOptions(context, &smallest), S_OK, "as a BIND_OPTS");
    is_uint(smallest.cbStruct, sizeof(smallest), "its size");
    is_hr(IBindCtx_SetBindOptions(context, (BIND_OPTS *)&larger), E_INVALIDARG, "too many members");
    smallest.cbStruct = sizeof(smallest) - 1;
    todo_builtin("objidl/ns-objidl-bind_opts: no structure is as small")
        is_hr(IBindCtx_SetBindOptions(context, &smallest), E_INVALIDARG, "too few");
    ok(FAILED(IBindCtx_SetBindOptions(context, NULL)), "no options");
    ok(FAILED(IBindCtx_GetBindOptions(context, NULL)), "no place for them");
    is_uint(IBindCtx_Release(context), 0, "the context is gone");
}

static void test_bound(void)
{
    IBindCtx *context = context_new();
    IUnknown *one = document_create(), *other = document_create();

    is_hr(IBindCtx_RegisterObjectBound(context, NULL), S_OK, "nothing is bound");
    is_hr(IBindCtx_RegisterObjectBound(context, one), S_OK, "an object");
    is_hr(IBindCtx_RegisterObjectBound(context, one), S_OK, "once more");
    is_hr(IBindCtx_RegisterObjectBound(context, other), S_OK, "and another");
    is_hr(IBindCtx_RevokeObjectBound(context, one), S_OK, "revoked");
    IUnknown_Release(one);
    is_int(document_count(), 2, "it is bound still");
    is_hr(IBindCtx_RevokeObjectBound(context, one), S_OK, "and again");
    is_int(document_count(), 1, "nobody holds it");
    is_hr(IBindCtx_RevokeObjectBound(context, one), MK_E_NOTBOUND, "as often as it was bound");
    is_hr(IBindCtx_RevokeObjectBound(context, NULL), E_INVALIDARG, "no object");
    IUnknown_Release(other);
    is_hr(IBindCtx_ReleaseBoundObjects(context), S_OK, "all of them");
    is_int(document_count(), 0, "are gone");
    one = document_create();
    IBindCtx_RegisterObjectBound(context, one);
    IUnknown_Release(one);
    is_uint(IBindCtx_Release(context), 0, "the context is gone");
    is_int(document_count(), 0, "and what it held");
}

static void is_param(IBindCtx *context, const WCHAR *key, IUnknown *expected, const char *what)
{
    IUnknown *object = (void *)1;

    is_hr(IBindCtx_GetObjectParam(context, (WCHAR *)key, &object), expected ? S_OK : E_FAIL, "%s",
            what);
    is_ptr(object, expected, "%s: the object", what);
    if (object)
        IUnknown_Release(object);
}

static void test_params(void)
{
    IBindCtx *context = context_new();
    IUnknown *one = document_create(), *other = document_create();
    IEnumString *keys = NULL;
    WCHAR *key[3] = {NULL};
    ULONG fetched = 0;

    is_param(context, L"a", NULL, "none");
    is_hr(IBindCtx_RegisterObjectParam(context, (WCHAR *)L"a", one), S_OK, "under a");
    is_hr(IBindCtx_RegisterObjectParam(context, (WCHAR *)L"b", one), S_OK, "under b");
    is_hr(IBindCtx_RegisterObjectParam(context, (WCHAR *)L"b", other), S_OK, "in its place");
    is_hr(IBindCtx_RegisterObjectParam(context, (WCHAR *)L"c", NULL), E_INVALIDARG, "no object");
    is_param(context, L"a", one, "under a");
    is_param(context, L"b", other, "under b");
    is_param(context, L"c", NULL, "under c");
    todo_builtin("objidl/nf-objidl-ibindctx-enumobjectparam")
    {
        is_hr(IBindCtx_EnumObjectParam(context, &keys), S_OK, "the keys");
        if (keys)
            is_hr(IEnumString_Next(keys, 3, key, &fetched), S_FALSE, "fewer than three");
        is_uint(fetched, 2, "two");
        ok(fetched == 2 && !wcscmp(key[0], L"a") && !wcscmp(key[1], L"b"), "a and b");
    }
    for (ULONG i = 0; i < fetched; i++)
        CoTaskMemFree(key[i]);
    if (keys)
        IEnumString_Release(keys);
    is_hr(IBindCtx_RevokeObjectParam(context, (WCHAR *)L"a"), S_OK, "a is revoked");
    is_hr(IBindCtx_RevokeObjectParam(context, (WCHAR *)L"a"), E_FAIL, "once");
    is_param(context, L"a", NULL, "under a");
    is_uint(IUnknown_Release(one), 0, "nobody holds it");
    IUnknown_Release(other);
    is_int(document_count(), 1, "the other is held");
    is_uint(IBindCtx_Release(context), 0, "the context is gone");
    is_int(document_count(), 0, "and what it held");
}

static void test_table(void)
{
    IBindCtx *context = context_new();
    IRunningObjectTable *table = NULL, *same = NULL;

    is_hr(IBindCtx_GetRunningObjectTable(context, &table), S_OK, "the running object table");
    is_hr(GetRunningObjectTable(0, &same), S_OK, "the process's");
    is_ptr(table, same, "it is that");
    if (table)
        IRunningObjectTable_Release(table);
    if (same)
        IRunningObjectTable_Release(same);
    IBindCtx_Release(context);
}

/* The class context of the options decides where a class is looked for. */
static void test_object(void)
{
    static const WCHAR name[] = L"clsid:5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21:";
    BIND_OPTS3 options = {.cbStruct = sizeof(options), .dwClassContext = CLSCTX_INPROC_SERVER};
    DWORD cookie = document_class_register();
    IUnknown *object = NULL;

    is_hr(CoGetObject(name, (BIND_OPTS *)&options, &IID_IClassFactory, (void **)&object), S_OK,
            "a class object of this process");
    if (object)
        IUnknown_Release(object);
    options.dwClassContext = CLSCTX_LOCAL_SERVER;
    is_hr(CoGetObject(name, (BIND_OPTS *)&options, &IID_IClassFactory, (void **)&object),
            REGDB_E_CLASSNOTREG, "there is no local server of that class");
    is_ptr(object, NULL, "nothing");
    options.cbStruct = 3;
    object = NULL;
    todo_builtin("objidl/ns-objidl-bind_opts: no structure is as small")
        is_hr(CoGetObject(name, (BIND_OPTS *)&options, &IID_IClassFactory, (void **)&object),
                E_INVALIDARG, "options of no size");
    if (object)
        IUnknown_Release(object);
    CoRevokeClassObject(cookie);
}

static void run(void)
{
    test_create();
    test_options();
    test_bound();
    test_params();
    test_table();
    test_object();
}

int main(void)
{
    CoInitialize(NULL);
    run();
    tap_account_begin();
    run();
    todo_builtin("a class that is not there leaves handles")
        tap_account_end("bind contexts");
    CoUninitialize();
    return done_testing();
}
