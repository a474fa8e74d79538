/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Initialize spies. objidl/nn-objidl-iinitializespy */
#include <windows.h>
#include <objbase.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

static char story[1000];

static void tell(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(story + strlen(story), sizeof(story) - strlen(story), format, arguments);
    va_end(arguments);
}

static void check_story(const char *expected, const char *what)
{
    is_str(story, expected, "%s", what);
    story[0] = 0;
}

struct spy
{
    IInitializeSpy IInitializeSpy_iface;
    char name;
    LONG references;
    HRESULT answer;        /* of PostInitialize, instead of what it is given; S_OK: that */
    BOOL nest;             /* initializes within PreInitialize */
    ULARGE_INTEGER revoke; /* this, within PreInitialize */
    BOOL no_spy;
};

static struct spy *impl(IInitializeSpy *iface)
{
    return CONTAINING_RECORD(iface, struct spy, IInitializeSpy_iface);
}

static HRESULT STDMETHODCALLTYPE spy_QueryInterface(IInitializeSpy *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (impl(iface)->no_spy || !IsEqualIID(iid, &IID_IInitializeSpy))
        return E_NOINTERFACE;
    *out = iface;
    impl(iface)->references++;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE spy_AddRef(IInitializeSpy *iface)
{
    return ++impl(iface)->references;
}

static ULONG STDMETHODCALLTYPE spy_Release(IInitializeSpy *iface)
{
    return --impl(iface)->references;
}

static HRESULT STDMETHODCALLTYPE spy_PreInitialize(IInitializeSpy *iface, DWORD flags, DWORD count)
{
    struct spy *spy = impl(iface);

    tell("%c<%lx,%lu ", spy->name, flags, count);
    if (spy->nest)
    {
        spy->nest = FALSE;
        CoInitialize(NULL);
    }
    if (spy->revoke.QuadPart)
    {
        is_hr(CoRevokeInitializeSpy(spy->revoke), S_OK, "CoRevokeInitializeSpy inside");
        spy->revoke.QuadPart = 0;
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE spy_PostInitialize(IInitializeSpy *iface, HRESULT hr, DWORD flags,
        DWORD count)
{
    struct spy *spy = impl(iface);

    tell("%c>%lx,%lx,%lu ", spy->name, hr, flags, count);
    return spy->answer ? spy->answer : hr;
}

static HRESULT STDMETHODCALLTYPE spy_PreUninitialize(IInitializeSpy *iface, DWORD count)
{
    tell("%c{%lu ", impl(iface)->name, count);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE spy_PostUninitialize(IInitializeSpy *iface, DWORD count)
{
    tell("%c}%lu ", impl(iface)->name, count);
    return S_OK;
}

static IInitializeSpyVtbl spy_vtbl = {spy_QueryInterface, spy_AddRef, spy_Release,
        spy_PreInitialize, spy_PostInitialize, spy_PreUninitialize, spy_PostUninitialize};

static struct spy first = {.IInitializeSpy_iface = {&spy_vtbl}, .name = 'a', .references = 1};
static struct spy second = {.IInitializeSpy_iface = {&spy_vtbl}, .name = 'b', .references = 1};
static ULARGE_INTEGER first_cookie, second_cookie;

static DWORD WINAPI foreign_thread(void *argument)
{
    (void)argument;
    is_hr(CoRevokeInitializeSpy(first_cookie), E_INVALIDARG, "revoked on another thread");
    CoInitialize(NULL);
    CoUninitialize();
    check_story("", "not told of other threads");
    return 0;
}

static void one_spy(void)
{
    HANDLE thread;

    CoInitialize(NULL);
    is_hr(CoRegisterInitializeSpy(&first.IInitializeSpy_iface, &first_cookie), S_OK,
            "CoRegisterInitializeSpy");
    is_int(first.references, 2, "keeps a reference");
    check_story("", "not told of what was before");
    is_hr(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE), S_FALSE,
            "CoInitializeEx");
    check_story("a<6,1 a>1,6,2 ", "CoInitializeEx");
    is_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), RPC_E_CHANGED_MODE, "one that fails");
    check_story("a<0,2 a>80010106,0,2 ", "one that fails");
    CoUninitialize();
    check_story("a{2 a}1 ", "CoUninitialize");
    CoUninitialize();
    check_story("a{1 a}0 ", "the last CoUninitialize");
    thread = CreateThread(NULL, 0, foreign_thread, NULL, 0, NULL);
    WaitForSingleObject(thread, 10000);
    CloseHandle(thread);
    is_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK, "it stays though COM was left");
    check_story("a<0,0 a>0,0,1 ", "it stays though COM was left");
    CoUninitialize();
    story[0] = 0;
}

static void two_spies(void)
{
    is_hr(CoRegisterInitializeSpy(&second.IInitializeSpy_iface, &second_cookie), S_OK, "a second");
    ok(first_cookie.QuadPart != second_cookie.QuadPart, "has another cookie");
    first.answer = 0x11;
    second.answer = 0x22;
    is_hr(CoInitialize(NULL), 0x11, "the last spy's answer counts");
    check_story("b<2,0 a<2,0 b>0,2,1 a>22,2,1 ", "one is told the other's answer");
    first.answer = second.answer = S_OK;
    CoUninitialize();
    check_story("b{1 a{1 b}0 a}0 ", "CoUninitialize");
}

static void re_entrancy(void)
{
    first.nest = TRUE;
    is_hr(CoInitialize(NULL), S_FALSE, "CoInitialize, after one within a spy");
    ok(strstr(story, "a<2,0 b<2,0 ") != NULL || strstr(story, "a<2,0 b<2,") != NULL,
            "told of the inner one: %s", story);
    story[0] = 0;
    CoUninitialize();
    CoUninitialize();
    story[0] = 0;

    /* When it takes effect is not said; that it does, is. */
    second.revoke = first_cookie;
    CoInitialize(NULL);
    story[0] = 0;
    CoUninitialize();
    check_story("b{1 b}0 ", "revoked from within");
    is_int(first.references, 1, "and released");
    second.revoke = second_cookie;
    CoInitialize(NULL);
    story[0] = 0;
    CoUninitialize();
    check_story("", "one that revoked itself");
    is_int(second.references, 1, "and released");
}

/* A registration is its thread's, and goes with it. */
static DWORD WINAPI short_life(void *foreign)
{
    ULARGE_INTEGER cookie;

    is_hr(CoRevokeInitializeSpy(*(ULARGE_INTEGER *)foreign), E_INVALIDARG, "another thread's");
    is_hr(CoRegisterInitializeSpy(&second.IInitializeSpy_iface, &cookie), S_OK, "a spy");
    story[0] = 0;
    CoInitialize(NULL);
    CoUninitialize();
    ok(strstr(story, "b<") && !strstr(story, "a<"), "only the thread's own is told: %s", story);
    return 0;
}

static void threads(void)
{
    ULARGE_INTEGER cookie;
    HANDLE thread;

    is_hr(CoRegisterInitializeSpy(&first.IInitializeSpy_iface, &cookie), S_OK, "a spy");
    thread = CreateThread(NULL, 0, short_life, &cookie, 0, NULL);
    is_int(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0, "its thread ends");
    CloseHandle(thread);
    is_int(second.references, 1, "and releases its spy");
    is_hr(CoRevokeInitializeSpy(cookie), S_OK, "revoked");
    is_int(first.references, 1, "and released");
}

int main(void)
{
    ULARGE_INTEGER cookie;

    is_hr(CoRegisterInitializeSpy(NULL, &cookie), E_INVALIDARG, "no spy");
    first.no_spy = TRUE;
    is_hr(CoRegisterInitializeSpy(&first.IInitializeSpy_iface, &cookie), E_NOINTERFACE,
            "an object which is no spy");
    is_int(first.references, 1, "is not kept");
    first.no_spy = FALSE;
    cookie.QuadPart = 0;
    is_hr(CoRevokeInitializeSpy(cookie), E_INVALIDARG, "a cookie of nothing");

    one_spy();
    two_spies();
    re_entrancy();
    is_hr(CoRevokeInitializeSpy(first_cookie), E_INVALIDARG, "revoked twice");
    is_hr(CoRevokeInitializeSpy(second_cookie), E_INVALIDARG, "revoked twice");
    first.nest = FALSE;
    first.revoke.QuadPart = second.revoke.QuadPart = 0;
    threads();
    tap_account_begin();
    threads();
    tap_account_end("spies");
    return done_testing();
}
