/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a thread is told of itself and of its caller: apartment types in every combination, the
 * flags in the thread's environment block, references on contexts, CoGetCallerTID.
 * combaseapi/nf-combaseapi-cogetapartmenttype, ne-objidlbase-apttypequalifier,
 * nf-combaseapi-cogetcallertid, nf-combaseapi-cogetcontexttoken
 */
#define USE_COM_CONTEXT_DEF
#include "tap.h"
#include "test_server.h"

#include <winternl.h>

#include <ctxtcall.h>
#include <string.h>

#define NEUTRAL_CALLER ((DWORD)-1)

static const IID iid_context_callback = {0x000001da, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

static void on_thread(DWORD(WINAPI *function)(void *), void *argument)
{
    HANDLE thread = CreateThread(NULL, 0, function, argument, 0, NULL);

    while (MsgWaitForMultipleObjects(1, &thread, FALSE, 20000, QS_ALLINPUT) == WAIT_OBJECT_0 + 1)
    {
        MSG message;

        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
    is_int(WaitForSingleObject(thread, 0), WAIT_OBJECT_0, "the thread ends");
    CloseHandle(thread);
}

/* --- the thread environment block: debuggers and programs read it --- */

/* The beginning, as Windows' symbols have it. */
struct ole_block
{
    void *thread_base, *small_allocator;
    DWORD thread_id, flags;
};

#define FLAG_LOGICAL_THREAD 0x2
#define FLAG_DISABLE_DDE 0x40
#define FLAG_STA 0x80
#define FLAG_MTA 0x100

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
static DWORD block_flags(void)
{
    const struct ole_block *block = NtCurrentTeb()->ReservedForOle;

    return block ? block->flags : 0;
}
#pragma GCC diagnostic pop

static DWORD WINAPI block_thread(void *unused)
{
    const DWORD kinds = FLAG_STA | FLAG_MTA | FLAG_DISABLE_DDE;
    GUID id;

    (void)unused;
    is_uint(block_flags() & kinds, 0, "flags outside");
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    is_uint(block_flags() & kinds, FLAG_STA, "flags in an STA");
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    CoUninitialize();
    is_uint(block_flags() & kinds, FLAG_STA, "flags in an STA, after one of two");
    CoUninitialize();
    is_uint(block_flags() & kinds, 0, "flags outside again");
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE);
    is_uint(block_flags() & kinds, FLAG_STA | FLAG_DISABLE_DDE, "flags without DDE");
    CoUninitialize();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    is_uint(block_flags() & kinds, FLAG_MTA | FLAG_DISABLE_DDE, "flags in the MTA");
    CoUninitialize();
    is_uint(block_flags() & (FLAG_STA | FLAG_MTA), 0, "flags outside once more");
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    is_hr(CoGetCurrentLogicalThreadId(&id), S_OK, "CoGetCurrentLogicalThreadId");
    todo_builtin("the flag is not set")
        ok(block_flags() & FLAG_LOGICAL_THREAD, "there is a logical thread");
    CoUninitialize();
    return 0;
}

/* --- apartment types --- */

struct place
{
    APTTYPE type, neutral_type;
    APTTYPEQUALIFIER qualifier, neutral_qualifier;
    APTTYPE info_type, neutral_info_type;
    THDTYPE thread_type, neutral_thread_type;
};

static IContextCallback *neutral;

static void place_look(APTTYPE *type, APTTYPEQUALIFIER *qualifier, APTTYPE *info_type,
        THDTYPE *thread_type)
{
    IComThreadingInfo *info = NULL;

    *type = *info_type = (APTTYPE)99;
    *qualifier = (APTTYPEQUALIFIER)99;
    *thread_type = (THDTYPE)99;
    CoGetApartmentType(type, qualifier);
    if (FAILED(CoGetObjectContext(&IID_IComThreadingInfo, (void **)&info)))
        return;
    IComThreadingInfo_GetCurrentApartmentType(info, info_type);
    IComThreadingInfo_GetCurrentThreadType(info, thread_type);
    IComThreadingInfo_Release(info);
}

static HRESULT WINAPI neutral_look(ComCallData *data)
{
    struct place *place = data->pUserDefined;

    place_look(&place->neutral_type, &place->neutral_qualifier, &place->neutral_info_type,
            &place->neutral_thread_type);
    return S_OK;
}

/* Where the calling thread is, and what it becomes in the neutral apartment. */
static void place_check(APTTYPE type, APTTYPEQUALIFIER qualifier, APTTYPEQUALIFIER in_neutral,
        const char *what)
{
    struct place place = {.neutral_type = (APTTYPE)98};
    ComCallData data = {.pUserDefined = &place};
    THDTYPE thread_type = type == APTTYPE_MTA ? THDTYPE_BLOCKMESSAGES : THDTYPE_PROCESSMESSAGES;

    place_look(&place.type, &place.qualifier, &place.info_type, &place.thread_type);
    is_int(place.type, type, "%s: type", what);
    is_int(place.qualifier, qualifier, "%s: qualifier", what);
    is_int(place.info_type, type, "%s: IComThreadingInfo", what);
    is_int(place.thread_type, thread_type, "%s: thread type", what);
    if (!neutral)
        return;
    is_hr(IContextCallback_ContextCallback(neutral, neutral_look, &data, &iid_context_callback, 5,
                  NULL),
            S_OK, "%s: into the neutral apartment", what);
    is_int(place.neutral_type, APTTYPE_NA, "%s: neutral type", what);
    is_int(place.neutral_qualifier, in_neutral, "%s: neutral qualifier", what);
    is_int(place.neutral_info_type, APTTYPE_NA, "%s: neutral IComThreadingInfo", what);
    is_int(place.neutral_thread_type, thread_type, "%s: neutral thread type", what);
    place_look(&place.type, &place.qualifier, &place.info_type, &place.thread_type);
    is_int(place.type, type, "%s: the type afterwards", what);
    is_int(place.qualifier, qualifier, "%s: the qualifier afterwards", what);
}

static DWORD WINAPI place_thread(void *coinit)
{
    if (coinit)
        CoInitializeEx(NULL, *(DWORD *)coinit);
    if (!coinit)
        place_check(APTTYPE_MTA, APTTYPEQUALIFIER_IMPLICIT_MTA, APTTYPEQUALIFIER_NA_ON_IMPLICIT_MTA,
                "an implicit member");
    else if (*(DWORD *)coinit == COINIT_MULTITHREADED)
        place_check(APTTYPE_MTA, APTTYPEQUALIFIER_NONE, APTTYPEQUALIFIER_NA_ON_MTA, "the MTA");
    else
        place_check(APTTYPE_STA, APTTYPEQUALIFIER_NONE, APTTYPEQUALIFIER_NA_ON_STA, "an STA");
    if (coinit)
        CoUninitialize();
    return 0;
}

static void places(void)
{
    DWORD sta = COINIT_APARTMENTTHREADED, mta = COINIT_MULTITHREADED;
    CO_MTA_USAGE_COOKIE usage = NULL;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (!tap_builtin())
        is_hr(CoGetDefaultContext(APTTYPE_NA, &iid_context_callback, (void **)&neutral), S_OK,
                "the neutral apartment");
    place_check(APTTYPE_MAINSTA, APTTYPEQUALIFIER_NONE, APTTYPEQUALIFIER_NA_ON_MAINSTA,
            "the main STA");
    on_thread(place_thread, &sta);
    on_thread(place_thread, &mta);
    is_hr(CoIncrementMTAUsage(&usage), S_OK, "CoIncrementMTAUsage");
    on_thread(place_thread, NULL);
    on_thread(place_thread, &sta);
    is_hr(CoDecrementMTAUsage(usage), S_OK, "CoDecrementMTAUsage");
    if (neutral)
        IContextCallback_Release(neutral);
    neutral = NULL;
    CoUninitialize();
}

/* --- CoGetCallerTID --- */

struct caller
{
    IStream *stream;
    DWORD coinit;
    BOOL initialize, in_neutral;
    test_call call;
    HRESULT hr;
};

static HRESULT WINAPI caller_call(ComCallData *data)
{
    struct caller *caller = data->pUserDefined;
    ITestServer *server;

    test_proxies_register(); /* they are each apartment's own */
    caller->hr = CoGetInterfaceAndReleaseStream(caller->stream, &IID_ITestServer, (void **)&server);
    if (FAILED(caller->hr))
        return caller->hr;
    caller->hr = ITestServer_Who(server, &caller->call);
    ITestServer_Release(server);
    return caller->hr;
}

static DWORD WINAPI caller_thread(void *argument)
{
    struct caller *caller = argument;
    ComCallData data = {.pUserDefined = caller};
    IContextCallback *context;

    if (caller->initialize)
        CoInitializeEx(NULL, caller->coinit);
    if (caller->in_neutral
            && SUCCEEDED(CoGetDefaultContext(APTTYPE_NA, &iid_context_callback, (void **)&context)))
    {
        IContextCallback_ContextCallback(context, caller_call, &data, &iid_context_callback, 5,
                NULL);
        IContextCallback_Release(context);
    }
    else
    {
        caller_call(&data);
    }
    if (caller->initialize)
        CoUninitialize();
    return GetCurrentThreadId();
}

static void caller_marshal(void *argument)
{
    ITestServer *object = test_server_create();

    CoMarshalInterThreadInterfaceInStream(&IID_ITestServer, (IUnknown *)object,
            &((struct caller *)argument)->stream);
    ITestServer_Release(object);
}

/* `expected` 1: the caller's thread. */
static void caller_check(struct test_thread *server, struct caller caller, DWORD expected,
        const char *what)
{
    DWORD thread_id = 0;
    HANDLE thread;

    test_thread_run(server, caller_marshal, &caller);
    thread = CreateThread(NULL, 0, caller_thread, &caller, 0, &thread_id);
    is_int(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0, "%s: the thread ends", what);
    CloseHandle(thread);
    is_hr(caller.hr, S_OK, "%s: a call", what);
    is_hr(caller.call.caller_result, S_OK, "%s: in this process", what);
    is_uint(caller.call.caller, expected == 1 ? thread_id : expected, "%s: the caller", what);
}

static void callers(void)
{
    static const DWORD kinds[] = {COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED};
    const struct caller sta = {.coinit = COINIT_APARTMENTTHREADED, .initialize = TRUE};
    const struct caller mta = {.coinit = COINIT_MULTITHREADED, .initialize = TRUE};
    const struct caller implicit = {.initialize = FALSE};
    struct caller from_neutral = sta;
    CO_MTA_USAGE_COOKIE usage;
    struct test_thread *server;
    DWORD caller = 77;
    unsigned int i;

    is_hr(CoGetCallerTID(&caller), RPC_E_CALL_COMPLETE, "outside a call");
    from_neutral.in_neutral = TRUE;
    for (i = 0; i < ARRAYSIZE(kinds); i++)
    {
        server = test_thread_start(kinds[i]);
        note("to %s", i ? "the MTA" : "an STA");
        caller_check(server, sta, 1, "from an STA");
        caller_check(server, from_neutral, NEUTRAL_CALLER, "from the neutral apartment");
        if (!i)
        {
            caller_check(server, mta, 0, "from the MTA");
            CoIncrementMTAUsage(&usage);
            caller_check(server, implicit, 0, "from an implicit member");
            CoDecrementMTAUsage(usage);
        }
        ok(test_thread_stop(server), "the server ends");
    }
    is_int(test_server_count(), 0, "no object is left");
}

/* --- references on contexts --- */

static DWORD WINAPI context_hammer(void *argument)
{
    IUnknown *context = argument;
    unsigned int i;

    for (i = 0; i < 20000; i++)
    {
        IUnknown_AddRef(context);
        IUnknown_Release(context);
    }
    return 0;
}

static void references(void)
{
    IUnknown *token = NULL, *context, *again;
    IContextCallback *callback;
    HANDLE threads[4];
    unsigned int i;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    is_hr(CoGetContextToken((ULONG_PTR *)&token), S_OK, "a token");
    is_uint(IUnknown_AddRef(token), 1, "has no reference: this is the first");
    is_hr(CoGetObjectContext(&IID_IUnknown, (void **)&context), S_OK, "the context");
    is_hr(IUnknown_QueryInterface(token, &IID_IUnknown, (void **)&again), S_OK, "the token's");
    is_ptr(again, context, "is the same object");
    IUnknown_Release(again);
    is_uint(IUnknown_AddRef(context), 3, "with a reference more");
    is_uint(IUnknown_Release(context), 2, "and one less");
    is_hr(IUnknown_QueryInterface(context, &iid_context_callback, (void **)&callback), S_OK,
            "another interface");
    is_hr(IContextCallback_QueryInterface(callback, &IID_IUnknown, (void **)&again), S_OK,
            "and back");
    is_ptr(again, context, "one identity");
    is_uint(IUnknown_Release(again), 3, "one count");
    is_uint(IContextCallback_Release(callback), 2, "for all interfaces");
    is_uint(IUnknown_Release(context), 1, "one is left");

    for (i = 0; i < ARRAYSIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, context_hammer, token, 0, NULL);
    WaitForMultipleObjects(ARRAYSIZE(threads), threads, TRUE, 60000);
    for (i = 0; i < ARRAYSIZE(threads); i++)
        CloseHandle(threads[i]);
    is_uint(IUnknown_Release(token), 0, "after many threads");
    is_uint(IUnknown_AddRef(token), 1, "the apartment has it all the time");
    CoUninitialize();
    is_uint(IUnknown_Release(token), 0, "and lets it go in the end");
}

int main(void)
{
    block_thread(NULL);
    on_thread(block_thread, NULL);
    places();
    references();
    if (builtin_lacks("CoGetCallerTID"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    callers();
    CoUninitialize();

    tap_account_begin();
    on_thread(block_thread, NULL);
    places();
    references();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    callers();
    CoUninitialize();
    tap_account_end("identities");
    return done_testing();
}
