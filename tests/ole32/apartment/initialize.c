/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entering and leaving apartments, and what a thread is told about its own. */
#include <windows.h>
#include <ole2.h>

#include "tap.h"

static void check_type(HRESULT expected, APTTYPE type, APTTYPEQUALIFIER qualifier, const char *what)
{
    APTTYPEQUALIFIER got_qualifier = (APTTYPEQUALIFIER)99;
    APTTYPE got_type = (APTTYPE)99;

    is_hr(CoGetApartmentType(&got_type, &got_qualifier), expected, "%s: CoGetApartmentType", what);
    is_int(got_type, type, "%s: type", what);
    is_int(got_qualifier, qualifier, "%s: qualifier", what);
}

/* Runs a function on a thread of its own. */
static void on_thread(void (*function)(void))
{
    HANDLE thread = CreateThread(NULL, 0, (LPTHREAD_START_ROUTINE)(void *)function, NULL, 0, NULL);

    is_int(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0, "the thread ends");
    CloseHandle(thread);
}

static void nesting(void)
{
    check_type(CO_E_NOTINITIALIZED, APTTYPE_CURRENT, APTTYPEQUALIFIER_NONE, "before");
    is_hr(CoInitialize(NULL), S_OK, "CoInitialize");
    check_type(S_OK, APTTYPE_MAINSTA, APTTYPEQUALIFIER_NONE, "the first STA");
    is_hr(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_FALSE, "again");
    is_hr(CoInitializeEx(NULL,
                  COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE | COINIT_SPEED_OVER_MEMORY),
            S_FALSE, "again, with other flags");
    is_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), RPC_E_CHANGED_MODE, "as multithreaded");
    CoUninitialize();
    CoUninitialize();
    check_type(S_OK, APTTYPE_MAINSTA, APTTYPEQUALIFIER_NONE, "after two of three");
    CoUninitialize();
    check_type(CO_E_NOTINITIALIZED, APTTYPE_CURRENT, APTTYPEQUALIFIER_NONE, "after");
    CoUninitialize();
    check_type(CO_E_NOTINITIALIZED, APTTYPE_CURRENT, APTTYPEQUALIFIER_NONE, "once too often");

    is_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK, "as multithreaded");
    check_type(S_OK, APTTYPE_MTA, APTTYPEQUALIFIER_NONE, "the MTA");
    is_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED | COINIT_SPEED_OVER_MEMORY), S_FALSE, "again");
    is_hr(CoInitialize(NULL), RPC_E_CHANGED_MODE, "as an STA");
    is_hr(OleInitialize(NULL), RPC_E_CHANGED_MODE, "OleInitialize");
    CoUninitialize();
    CoUninitialize();
    check_type(CO_E_NOTINITIALIZED, APTTYPE_CURRENT, APTTYPEQUALIFIER_NONE, "after the MTA");
}

static void arguments(void)
{
    APTTYPEQUALIFIER qualifier;
    APTTYPE type;
    HRESULT hr;

    hr = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED | 0x100);
    todo_builtin("nf-combaseapi-coinitializeex: flags are those of COINIT")
        is_hr(hr, E_INVALIDARG, "an unknown flag");
    if (SUCCEEDED(hr))
        CoUninitialize();
    hr = CoInitializeEx((void *)1, COINIT_APARTMENTTHREADED);
    todo_builtin("nf-combaseapi-coinitializeex: pvReserved must be NULL")
        is_hr(hr, E_INVALIDARG, "reserved");
    if (SUCCEEDED(hr))
        CoUninitialize();
    is_hr(CoGetApartmentType(NULL, &qualifier), E_INVALIDARG, "no type");
    is_hr(CoGetApartmentType(&type, NULL), E_INVALIDARG, "no qualifier");
}

static void ole(void)
{
    is_hr(OleInitialize(NULL), S_OK, "OleInitialize");
    is_hr(OleInitialize(NULL), S_FALSE, "again");
    is_hr(CoInitialize(NULL), S_FALSE, "CoInitialize");
    CoUninitialize();
    OleUninitialize();
    check_type(S_OK, APTTYPE_MAINSTA, APTTYPEQUALIFIER_NONE, "OLE once more");
    OleUninitialize();
    check_type(CO_E_NOTINITIALIZED, APTTYPE_CURRENT, APTTYPEQUALIFIER_NONE, "after OLE");
}

static void second_sta(void)
{
    is_hr(CoInitialize(NULL), S_OK, "CoInitialize on another thread");
    check_type(S_OK, APTTYPE_STA, APTTYPEQUALIFIER_NONE, "the second STA");
    CoUninitialize();
}

static void implicit_member(void)
{
    check_type(S_OK, APTTYPE_MTA, APTTYPEQUALIFIER_IMPLICIT_MTA, "an implicit member");
    is_hr(CoInitialize(NULL), S_OK, "an implicit member can enter an STA");
    check_type(S_OK, APTTYPE_MAINSTA, APTTYPEQUALIFIER_NONE, "then");
    CoUninitialize();
    check_type(S_OK, APTTYPE_MTA, APTTYPEQUALIFIER_IMPLICIT_MTA, "an implicit member again");
}

static void outsider(void)
{
    check_type(CO_E_NOTINITIALIZED, APTTYPE_CURRENT, APTTYPEQUALIFIER_NONE, "a thread outside");
}

static void kinds(void)
{
    CoInitialize(NULL);
    on_thread(second_sta);
    on_thread(outsider);
    CoUninitialize();

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    on_thread(implicit_member);
    CoUninitialize();
    on_thread(outsider);
}

static CO_MTA_USAGE_COOKIE usage;

static void give_back(void)
{
    is_hr(CoDecrementMTAUsage(usage), S_OK, "CoDecrementMTAUsage on another thread");
}

static void usages(void)
{
    CO_MTA_USAGE_COOKIE second;

    is_hr(CoIncrementMTAUsage(&usage), S_OK, "CoIncrementMTAUsage");
    ok(usage != NULL, "has a cookie");
    check_type(S_OK, APTTYPE_MTA, APTTYPEQUALIFIER_IMPLICIT_MTA, "with a usage");
    is_hr(CoIncrementMTAUsage(&second), S_OK, "a second");
    ok(second != usage, "has another cookie");
    is_hr(CoDecrementMTAUsage(second), S_OK, "and is given back");
    on_thread(implicit_member);
    is_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK, "entering explicitly");
    check_type(S_OK, APTTYPE_MTA, APTTYPEQUALIFIER_NONE, "entered");
    CoUninitialize();
    check_type(S_OK, APTTYPE_MTA, APTTYPEQUALIFIER_IMPLICIT_MTA, "left");
    on_thread(give_back);
    check_type(CO_E_NOTINITIALIZED, APTTYPE_CURRENT, APTTYPEQUALIFIER_NONE, "without a usage");
    if (!tap_builtin())
    {
        is_hr(CoDecrementMTAUsage(usage), E_INVALIDARG, "a cookie that was given back");
        is_hr(CoDecrementMTAUsage(NULL), E_INVALIDARG, "no cookie");
        is_hr(CoIncrementMTAUsage(NULL), E_INVALIDARG, "no place for the cookie");
    }
}

/* A thread that ends in its apartment; the process goes on as if it had left. */
static void dies_in_sta(void)
{
    is_hr(CoInitialize(NULL), S_OK, "CoInitialize on a thread which ends so");
}

static void dies_in_mta(void)
{
    is_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK, "as multithreaded");
}

static void endings(void)
{
    on_thread(dies_in_sta);
    is_hr(CoInitialize(NULL), S_OK, "CoInitialize after it");
    check_type(S_OK, APTTYPE_MAINSTA, APTTYPEQUALIFIER_NONE, "after its end");
    CoUninitialize();
    on_thread(dies_in_mta);
    on_thread(outsider);
}

/* Objects for CoSetState, and a count of their references. */
static ULONG state_references = 1;

static HRESULT STDMETHODCALLTYPE state_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    (void)iid;
    *out = iface;
    state_references++;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE state_AddRef(IUnknown *iface)
{
    (void)iface;
    return ++state_references;
}

static ULONG STDMETHODCALLTYPE state_Release(IUnknown *iface)
{
    (void)iface;
    return --state_references;
}

static IUnknownVtbl state_vtbl = {state_QueryInterface, state_AddRef, state_Release};
static IUnknown state_object = {&state_vtbl};

HRESULT WINAPI CoSetState(IUnknown *state);
HRESULT WINAPI CoGetState(IUnknown **state);

static void state(void)
{
    IUnknown *got = (IUnknown *)1;

    CoInitialize(NULL);
    ok(SUCCEEDED(CoGetState(&got)), "CoGetState");
    ok(got == NULL, "there is no state");
    is_hr(CoSetState(&state_object), S_OK, "CoSetState");
    is_uint(state_references, 2, "is kept");
    is_hr(CoGetState(&got), S_OK, "CoGetState");
    is_ptr(got, &state_object, "is what was set");
    is_uint(state_references, 3, "with a reference");
    IUnknown_Release(got);
    is_hr(CoSetState(NULL), S_OK, "CoSetState(NULL)");
    is_uint(state_references, 1, "lets it go");
    CoUninitialize();
}

static void round_of_all(void)
{
    unsigned int i;

    for (i = 0; i < 20; i++)
    {
        CoInitialize(NULL);
        CoUninitialize();
        CoInitializeEx(NULL, COINIT_MULTITHREADED);
        CoUninitialize();
    }
}

int main(void)
{
    nesting();
    arguments();
    ole();
    kinds();
    usages();
    endings();
    state();

    round_of_all();
    CoInitialize(NULL); /* so that the other thread's is the second */
    on_thread(second_sta);
    on_thread(dies_in_sta);
    tap_account_begin();
    on_thread(second_sta);
    on_thread(dies_in_sta);
    tap_account_end("apartments");
    CoUninitialize();
    return done_testing();
}
