/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Simple hyperlinks: what a frame is told, and what the shell opens where there is none. Pages
 * "HlinkSimpleNavigateToString", "HlinkSimpleNavigateToMoniker", "HlinkNavigateString",
 * "HlinkNavigateMoniker", "HlinkGoBack", "HlinkGoForward function".
 */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>
#include <hlink.h>
#include <servprov.h>
#include <urlmon.h>

#include "tap.h"

/* A document, its frame, and the frame's history, in one object that counts all references. */
static LONG references;
static IServiceProvider document;
static IHlinkFrame frame;
static IHlinkBrowseContext history;

/* The last navigation. */
static unsigned int navigations;
static DWORD flags;
static BOOL has_context;
static IBindStatusCallback *callback;
static WCHAR target[200], location[100], frame_name[100];
static HRESULT answer; /* of Navigate */
static ULONG asked;    /* of GetHlink */

static HRESULT query(REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IServiceProvider))
        *out = &document;
    else
        return E_NOINTERFACE;
    references++;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE document_QueryInterface(IServiceProvider *iface, REFIID iid,
        void **out)
{
    (void)iface;
    return query(iid, out);
}

static ULONG STDMETHODCALLTYPE document_AddRef(IServiceProvider *iface)
{
    (void)iface;
    return (ULONG)++references;
}

static ULONG STDMETHODCALLTYPE document_Release(IServiceProvider *iface)
{
    (void)iface;
    return (ULONG)--references;
}

static HRESULT STDMETHODCALLTYPE document_QueryService(IServiceProvider *iface, REFGUID service,
        REFIID iid, void **out)
{
    (void)iface;
    *out = NULL;
    if (!IsEqualGUID(service, &IID_IHlinkFrame) || !IsEqualIID(iid, &IID_IHlinkFrame))
        return E_NOINTERFACE;
    *out = &frame;
    references++;
    return S_OK;
}

static IServiceProviderVtbl document_vtbl = {
        document_QueryInterface,
        document_AddRef,
        document_Release,
        document_QueryService,
};

static HRESULT STDMETHODCALLTYPE frame_QueryInterface(IHlinkFrame *iface, REFIID iid, void **out)
{
    (void)iface;
    return query(iid, out);
}

static ULONG STDMETHODCALLTYPE frame_AddRef(IHlinkFrame *iface)
{
    (void)iface;
    return (ULONG)++references;
}

static ULONG STDMETHODCALLTYPE frame_Release(IHlinkFrame *iface)
{
    (void)iface;
    return (ULONG)--references;
}

static HRESULT STDMETHODCALLTYPE frame_SetBrowseContext(IHlinkFrame *iface,
        IHlinkBrowseContext *context)
{
    (void)iface;
    (void)context;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE frame_GetBrowseContext(IHlinkFrame *iface,
        IHlinkBrowseContext **out)
{
    (void)iface;
    *out = &history;
    references++;
    return S_OK;
}

static void keep(WCHAR *to, size_t size, WCHAR *from)
{
    to[0] = 0;
    if (from && wcslen(from) < size)
        wcscpy(to, from);
    CoTaskMemFree(from);
}

static HRESULT STDMETHODCALLTYPE frame_Navigate(IHlinkFrame *iface, DWORD how, IBindCtx *context,
        IBindStatusCallback *told, IHlink *link)
{
    WCHAR *what = NULL, *where = NULL, *name = NULL;

    (void)iface;
    navigations++;
    flags = how;
    has_context = context != NULL;
    callback = told;
    IHlink_GetStringReference(link, HLINKGETREF_DEFAULT, &what, &where);
    keep(target, ARRAYSIZE(target), what);
    keep(location, ARRAYSIZE(location), where);
    if (FAILED(IHlink_GetTargetFrameName(link, &name)))
        name = NULL;
    keep(frame_name, ARRAYSIZE(frame_name), name);
    return answer;
}

static HRESULT STDMETHODCALLTYPE frame_OnNavigate(IHlinkFrame *iface, DWORD how, IMoniker *moniker,
        const WCHAR *where, const WCHAR *name, DWORD reserved)
{
    (void)iface;
    (void)how;
    (void)moniker;
    (void)where;
    (void)name;
    (void)reserved;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE frame_UpdateHlink(IHlinkFrame *iface, ULONG id, IMoniker *moniker,
        const WCHAR *where, const WCHAR *name)
{
    (void)iface;
    (void)id;
    (void)moniker;
    (void)where;
    (void)name;
    return E_NOTIMPL;
}

static IHlinkFrameVtbl frame_vtbl = {
        frame_QueryInterface,
        frame_AddRef,
        frame_Release,
        frame_SetBrowseContext,
        frame_GetBrowseContext,
        frame_Navigate,
        frame_OnNavigate,
        frame_UpdateHlink,
};

static HRESULT STDMETHODCALLTYPE history_QueryInterface(IHlinkBrowseContext *iface, REFIID iid,
        void **out)
{
    (void)iface;
    return query(iid, out);
}

static ULONG STDMETHODCALLTYPE history_AddRef(IHlinkBrowseContext *iface)
{
    (void)iface;
    return (ULONG)++references;
}

static ULONG STDMETHODCALLTYPE history_Release(IHlinkBrowseContext *iface)
{
    (void)iface;
    return (ULONG)--references;
}

/* MinGW-w64 has no import library of hlink.dll for 32 bits. */
static typeof(HlinkCreateFromString) *create_from_string;

/* Back is one place, forward another; there are no more. */
static HRESULT STDMETHODCALLTYPE history_GetHlink(IHlinkBrowseContext *iface, ULONG id,
        IHlink **out)
{
    const WCHAR *url = id == HLID_PREVIOUS ? L"http://www.example.com/before"
            : id == HLID_NEXT              ? L"http://www.example.com/after"
                                           : NULL;

    (void)iface;
    asked = id;
    *out = NULL;
    if (!url)
        return E_FAIL;
    return create_from_string(url, NULL, NULL, NULL, 0, NULL, &IID_IHlink, (void **)out);
}

/* The rest is not called: those slots are empty. */
static IHlinkBrowseContextVtbl history_vtbl = {
        .QueryInterface = history_QueryInterface,
        .AddRef = history_AddRef,
        .Release = history_Release,
        .GetHlink = history_GetHlink,
};

static void check(HRESULT hr, HRESULT expected, unsigned int count, const WCHAR *what,
        const WCHAR *where, DWORD how, const char *text)
{
    is_hr(hr, expected, "%s", text);
    is_uint(navigations, count, "%s: Navigate", text);
    if (count)
    {
        is_wstr(target, what, "%s: where to", text);
        is_wstr(location, where, "%s: the place there", text);
        is_uint(flags, how, "%s: how", text);
        ok(has_context, "%s: with a bind context", text);
    }
    is_int(references, 0, "%s: references to the document and its frame", text);
    navigations = 0;
    target[0] = location[0] = frame_name[0] = 0;
}

static void test_frame(void)
{
    IBindStatusCallback *told = (IBindStatusCallback *)(UINT_PTR)0x100;
    IUnknown *object = (IUnknown *)&document;
    IMoniker *moniker = NULL;
    IBindCtx *context = NULL;
    HRESULT hr;

    is_hr(CreateURLMonikerEx(NULL, L"http://www.example.com/m", &moniker, URL_MK_UNIFORM), S_OK,
            "CreateURLMonikerEx");
    is_hr(CreateBindCtx(0, &context), S_OK, "CreateBindCtx");
    hr = HlinkNavigateString(object, L"http://www.example.com/a");
    check(hr, S_OK, 1, L"http://www.example.com/a", L"", 0, "HlinkNavigateString");
    hr = HlinkNavigateMoniker(object, moniker);
    check(hr, S_OK, 1, L"http://www.example.com/m", L"", 0, "HlinkNavigateMoniker");
    hr = HlinkSimpleNavigateToString(L"http://www.example.com/b", L"part", L"_top", object, context,
            told, HLNF_OPENINNEWWINDOW, 0);
    is_wstr(frame_name, L"_top", "the frame's name");
    is_ptr(callback, told, "the callback is handed on");
    check(hr, S_OK, 1, L"http://www.example.com/b", L"part", HLNF_OPENINNEWWINDOW,
            "HlinkSimpleNavigateToString");
    hr = HlinkSimpleNavigateToMoniker(moniker, L"place", NULL, object, NULL, NULL, 0, 0);
    is_wstr(frame_name, L"", "no frame's name");
    is_ptr(callback, NULL, "no callback");
    check(hr, S_OK, 1, L"http://www.example.com/m", L"place", 0, "HlinkSimpleNavigateToMoniker");
    hr = HlinkSimpleNavigateToString(NULL, L"here", NULL, object, NULL, NULL, 0, 0);
    check(hr, S_OK, 1, L"", L"here", 0, "within the document");
    answer = E_ACCESSDENIED;
    hr = HlinkNavigateString(object, L"http://www.example.com/a");
    check(hr, E_ACCESSDENIED, 1, L"http://www.example.com/a", L"", 0, "a frame that refuses");
    answer = S_OK;
    IBindCtx_Release(context);
    is_uint(IMoniker_Release(moniker), 0, "the moniker goes");
}

static void test_history(void)
{
    HRESULT hr = HlinkGoBack((IUnknown *)&document);

    is_uint(asked, HLID_PREVIOUS, "the one before");
    check(hr, S_OK, 1, L"http://www.example.com/before", L"", HLNF_NAVIGATINGBACK, "HlinkGoBack");
    hr = HlinkGoForward((IUnknown *)&document);
    is_uint(asked, HLID_NEXT, "the one after");
    check(hr, S_OK, 1, L"http://www.example.com/after", L"", HLNF_NAVIGATINGFORWARD,
            "HlinkGoForward");
    is_hr(HlinkGoBack(NULL), E_INVALIDARG, "HlinkGoBack of nothing");
    is_hr(HlinkGoForward(NULL), E_INVALIDARG, "HlinkGoForward of nothing");
}

/* What the shell starts for URLs of a scheme of our own: this program. */
#define SCHEME L"concierge-link"
#define OPENED L"concierge-opened"

static void scheme_register(void)
{
    static const WCHAR key[] = SCHEME;
    static const WCHAR verb[] = SCHEME L"\\shell\\open\\command";
    WCHAR program[MAX_PATH], command[MAX_PATH + 64];

    GetModuleFileNameW(NULL, program, ARRAYSIZE(program));
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" opened \"%%1\"", program);
    RegSetKeyValueW(HKEY_CLASSES_ROOT, key, L"URL Protocol", REG_SZ, L"", sizeof(WCHAR));
    RegSetKeyValueW(HKEY_CLASSES_ROOT, verb, NULL, REG_SZ, command,
            ((DWORD)wcslen(command) + 1) * sizeof(WCHAR));
}

/* What that is told: its process, and what it was started with. */
struct told
{
    DWORD process;
    WCHAR text[256];
};

static struct told *shared;
static HANDLE opened;

/* In the program that the shell has started. */
static int tell(const char *what)
{
    HANDLE event = OpenEventW(EVENT_MODIFY_STATE, FALSE, OPENED);
    HANDLE section = OpenFileMappingW(FILE_MAP_WRITE, FALSE, OPENED L"-text");
    struct told *to = section ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, sizeof(*to)) : NULL;
    BOOL told = event && to;

    if (told)
    {
        to->process = GetCurrentProcessId();
        swprintf(to->text, ARRAYSIZE(to->text), L"%hs", what);
        SetEvent(event);
    }
    if (to)
        UnmapViewOfFile(to);
    if (section)
        CloseHandle(section);
    if (event)
        CloseHandle(event);
    return !told;
}

/* The program has told what it was started with, and has ended. */
static void check_opened(HRESULT hr, const WCHAR *url, const char *what)
{
    HANDLE process;

    is_hr(hr, S_OK, "%s", what);
    if (FAILED(hr) || !ok(WaitForSingleObject(opened, 60000) == WAIT_OBJECT_0, "%s: opened", what))
        return;
    is_wstr(shared->text, url, "%s: with the URL", what);
    if ((process = OpenProcess(SYNCHRONIZE, FALSE, shared->process)))
    {
        WaitForSingleObject(process, 60000);
        CloseHandle(process);
    }
    memset(shared, 0, sizeof(*shared));
}

static void test_shell(void)
{
    IMoniker *moniker = NULL;

    check_opened(HlinkNavigateString(NULL, SCHEME L":one"), SCHEME L":one", "HlinkNavigateString");
    check_opened(HlinkSimpleNavigateToString(SCHEME L":two", L"part", L"ignored", NULL, NULL, NULL,
                         0, 0),
            SCHEME L":two#part", "HlinkSimpleNavigateToString");
    is_hr(CreateURLMonikerEx(NULL, SCHEME L":three", &moniker, URL_MK_UNIFORM), S_OK,
            "CreateURLMonikerEx");
    check_opened(HlinkNavigateMoniker(NULL, moniker), SCHEME L":three", "HlinkNavigateMoniker");
    check_opened(HlinkSimpleNavigateToMoniker(moniker, L"#p", NULL, NULL, NULL, NULL, 0, 0),
            SCHEME L":three#p", "HlinkSimpleNavigateToMoniker");
    is_uint(IMoniker_Release(moniker), 0, "the moniker goes");
    ok(FAILED(HlinkNavigateString(NULL, L"concierge-nobody:x")), "a scheme without a program");
    ok(FAILED(HlinkNavigateString(NULL, L"notepad")), "the name of a program is no URL");
    is_hr(HlinkNavigateString(NULL, NULL), E_INVALIDARG, "no target");
    is_hr(HlinkNavigateMoniker(NULL, NULL), E_INVALIDARG, "no moniker");
}

int main(int argc, char **argv)
{
    HANDLE section;
    FARPROC proc;

    if (argc == 3 && !strcmp(argv[1], "opened"))
        return tell(argv[2]);
    document.lpVtbl = &document_vtbl;
    frame.lpVtbl = &frame_vtbl;
    history.lpVtbl = &history_vtbl;
    proc = GetProcAddress(LoadLibraryW(L"hlink.dll"), "HlinkCreateFromString");
    memcpy(&create_from_string, &proc, sizeof(proc));
    CoInitialize(NULL);
    if (!builtin_lacks("hyperlinks without a frame, and a history, page \"HlinkGoBack function\""))
    {
        scheme_register();
        opened = CreateEventW(NULL, FALSE, FALSE, OPENED);
        section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(*shared),
                OPENED L"-text");
        shared = section
                ? MapViewOfFile(section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, sizeof(*shared))
                : NULL;
        if (!opened || !shared)
            bail_out("no section");
        test_frame(); /* the host loads what it needs */
        test_history();
        test_shell();
        tap_account_begin();
        test_frame();
        test_history();
        tap_account_end("hyperlinks");
        RegDeleteTreeW(HKEY_CLASSES_ROOT, SCHEME);
    }
    CoUninitialize();
    return done_testing();
}
