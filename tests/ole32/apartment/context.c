/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Object contexts: tokens, IComThreadingInfo, properties, and ContextCallback between apartments.
 */
#define USE_COM_CONTEXT_DEF
#include <initguid.h>

#include <windows.h>
#include <objbase.h>

#include <ctxtcall.h>

#include "tap.h"

TAP_TIME_LIMIT(240);

DEFINE_GUID(IID_IObjContext, 0x000001c6, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46);
#define IID_IContextCallback test_IID_IContextCallback
DEFINE_GUID(test_IID_IContextCallback, 0x000001da, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46);

/* --- an STA on a thread of its own --- */

struct sta
{
    HANDLE thread, ready;
    DWORD id;
    IContextCallback *callback;
    volatile LONG messages; /* WM_USER seen by its message loop */
};

static DWORD WINAPI sta_thread(void *argument)
{
    struct sta *sta = argument;
    MSG message;

    sta->id = GetCurrentThreadId();
    CoInitialize(NULL);
    CoGetObjectContext(&IID_IContextCallback, (void **)&sta->callback);
    SetEvent(sta->ready);
    while (GetMessageW(&message, NULL, 0, 0) > 0)
    {
        if (message.message == WM_USER)
            InterlockedIncrement(&sta->messages);
        DispatchMessageW(&message);
    }
    CoUninitialize();
    return 0;
}

static void sta_start(struct sta *sta)
{
    memset(sta, 0, sizeof(*sta));
    sta->ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    sta->thread = CreateThread(NULL, 0, sta_thread, sta, 0, NULL);
    WaitForSingleObject(sta->ready, 20000);
}

static void sta_end(struct sta *sta)
{
    PostThreadMessageW(sta->id, WM_QUIT, 0, 0);
    ok(WaitForSingleObject(sta->thread, 20000) == WAIT_OBJECT_0, "the STA's thread ends");
    if (sta->callback)
        IContextCallback_Release(sta->callback);
    CloseHandle(sta->thread);
    CloseHandle(sta->ready);
}

/* --- calls --- */

struct call
{
    DWORD thread;
    APTTYPE type;
    APTTYPEQUALIFIER qualifier;
    IContextCallback *back; /* called from within, if set */
    struct call *inner;
    unsigned int depth; /* how often to bounce between the two */
    IContextCallback *other;
    HRESULT answer;
};

static HRESULT WINAPI note_place(ComCallData *data)
{
    struct call *call = data->pUserDefined;

    call->thread = GetCurrentThreadId();
    CoGetApartmentType(&call->type, &call->qualifier);
    if (call->back)
    {
        ComCallData inner = {.pUserDefined = call->inner};

        return IContextCallback_ContextCallback(call->back, note_place, &inner,
                &IID_IContextCallback, 5, NULL);
    }
    return call->answer;
}

static HRESULT call_into(IContextCallback *callback, struct call *call)
{
    ComCallData data = {.pUserDefined = call};

    return IContextCallback_ContextCallback(callback, note_place, &data, &IID_IContextCallback, 5,
            NULL);
}

static void tokens(void)
{
    ULONG_PTR token = 0, again = 0;
    IContextCallback *callback;
    IComThreadingInfo *info;
    IUnknown *object;
    APTTYPE apartment;
    THDTYPE type;
    GUID id, id2;

    is_hr(CoGetContextToken(&token), CO_E_NOTINITIALIZED, "a token outside");
    is_hr(CoGetObjectContext(&IID_IUnknown, (void **)&object), CO_E_NOTINITIALIZED,
            "a context outside");
    CoInitialize(NULL);
    is_hr(CoGetContextToken(NULL), E_POINTER, "no place for the token");
    is_hr(CoGetContextToken(&token), S_OK, "CoGetContextToken");
    is_hr(CoGetContextToken(&again), S_OK, "CoGetContextToken");
    is_uint(again, token, "always the same");
    is_hr(CoGetObjectContext(&IID_IObjContext, (void **)&object), S_OK, "CoGetObjectContext");
    is_ptr(object, (void *)token, "the token is the context");
    IUnknown_Release(object);
    is_hr(CoGetObjectContext(&IID_IStream, (void **)&object), E_NOINTERFACE, "no such interface");
    is_hr(CoGetObjectContext(&IID_IContextCallback, (void **)&callback), S_OK, "IContextCallback");
    is_hr(IContextCallback_QueryInterface(callback, &IID_IComThreadingInfo, (void **)&info), S_OK,
            "IComThreadingInfo");
    is_hr(IComThreadingInfo_GetCurrentApartmentType(info, &apartment), S_OK,
            "GetCurrentApartmentType");
    is_int(apartment, APTTYPE_MAINSTA, "is the main STA");
    is_hr(IComThreadingInfo_GetCurrentThreadType(info, &type), S_OK, "GetCurrentThreadType");
    is_int(type, THDTYPE_PROCESSMESSAGES, "processes messages");
    is_hr(CoGetCurrentLogicalThreadId(&id), S_OK, "CoGetCurrentLogicalThreadId");
    is_hr(CoGetCurrentLogicalThreadId(&id2), S_OK, "CoGetCurrentLogicalThreadId");
    is_guid(&id2, &id, "stays");
    is_hr(CoGetCurrentLogicalThreadId(NULL), E_INVALIDARG, "no place for it");
    is_hr(IComThreadingInfo_GetCurrentLogicalThreadId(info, &id2), S_OK,
            "GetCurrentLogicalThreadId");
    is_guid(&id2, &id, "says the same");
    id.Data1 ^= 0xffffffff;
    todo_builtin("nf-objidl-icomthreadinginfo-setcurrentlogicalthreadid")
    {
        is_hr(IComThreadingInfo_SetCurrentLogicalThreadId(info, &id), S_OK,
                "SetCurrentLogicalThreadId");
        CoGetCurrentLogicalThreadId(&id2);
        is_guid(&id2, &id, "sets it");
    }
    IComThreadingInfo_Release(info);
    CoUninitialize();
    is_uint(IContextCallback_Release(callback), 0, "the context lives on, but nobody else has it");

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    CoGetObjectContext(&IID_IComThreadingInfo, (void **)&info);
    is_hr(IComThreadingInfo_GetCurrentThreadType(info, &type), S_OK, "GetCurrentThreadType");
    is_int(type, THDTYPE_BLOCKMESSAGES, "the MTA's threads block");
    IComThreadingInfo_Release(info);
    CoUninitialize();
}

static void properties(void)
{
    static const GUID ids[] = {{1, 2, 3, {4}}, {2, 2, 3, {4}}};
    ContextProperty property[3];
    IEnumContextProps *list, *copy;
    IContextCallback *object;
    IUnknown *got;
    IContext *context;
    CPFLAGS flags;
    ULONG count;
    HRESULT hr;

    CoInitialize(NULL);
    CoGetObjectContext(&IID_IContextCallback, (void **)&object);
    hr = CoGetObjectContext(&IID_IContext, (void **)&context);
    if (hr != S_OK && builtin_lacks("IContext"))
    {
        IContextCallback_Release(object);
        CoUninitialize();
        return;
    }
    is_hr(hr, S_OK, "IContext");
    is_hr(IContext_GetProperty(context, &ids[0], &flags, &got), E_FAIL, "no such property");
    ok(!got, "and none is returned");
    is_hr(IContext_SetProperty(context, &ids[0], 0, (IUnknown *)object), S_OK, "SetProperty");
    is_hr(IContext_SetProperty(context, &ids[0], 1, (IUnknown *)object), E_INVALIDARG, "flags");
    is_hr(IContext_SetProperty(context, &ids[1], 0, NULL), E_INVALIDARG, "no object");
    is_hr(IContext_SetProperty(context, &ids[1], 0, (IUnknown *)object), S_OK, "another");
    is_hr(IContext_GetProperty(context, &ids[0], &flags, &got), S_OK, "GetProperty");
    is_ptr(got, object, "is what was set");
    IUnknown_Release(got);
    is_hr(IContext_EnumContextProps(context, &list), S_OK, "EnumContextProps");
    is_hr(IEnumContextProps_Count(list, &count), S_OK, "Count");
    is_uint(count, 2, "are two");
    is_hr(IEnumContextProps_Next(list, 3, property, &count), S_FALSE, "Next of three");
    is_uint(count, 2, "gets two");
    is_guid(&property[1].policyId, &ids[1], "in their order");
    IUnknown_Release(property[0].pUnk);
    IUnknown_Release(property[1].pUnk);
    IEnumContextProps_Reset(list);
    is_hr(IEnumContextProps_Skip(list, 1), S_OK, "Skip");
    is_hr(IEnumContextProps_Clone(list, &copy), S_OK, "Clone");
    is_hr(IEnumContextProps_Next(copy, 1, property, NULL), S_OK, "Next of the copy");
    is_guid(&property[0].policyId, &ids[1], "goes on where the original was");
    IUnknown_Release(property[0].pUnk);
    is_hr(IEnumContextProps_Skip(copy, 1), S_FALSE, "Skip at the end");
    IEnumContextProps_Release(copy);
    IEnumContextProps_Release(list);
    is_hr(IContext_RemoveProperty(context, &ids[0]), S_OK, "RemoveProperty");
    is_hr(IContext_RemoveProperty(context, &ids[0]), E_FAIL, "again");
    is_hr(IContext_RemoveProperty(context, &ids[1]), S_OK, "the other");
    IContext_Release(context);
    IContextCallback_Release(object);
    CoUninitialize();
}

static void into_own(void)
{
    struct call call = {.answer = 0x1234};
    IContextCallback *callback;

    CoInitialize(NULL);
    CoGetObjectContext(&IID_IContextCallback, (void **)&callback);
    is_hr(call_into(callback, &call), 0x1234, "a callback in the own apartment");
    is_uint(call.thread, GetCurrentThreadId(), "runs right here");
    IContextCallback_Release(callback);
    CoUninitialize();
}

static void defaults(void)
{
    IContextCallback *callback = (void *)1, *mta, *nta;
    struct call call = {.answer = 7};

    CoInitialize(NULL);
    is_hr(CoGetDefaultContext(APTTYPE_STA, &IID_IContextCallback, (void **)&callback), E_INVALIDARG,
            "an STA's default context: which one's?");
    ok(!callback, "no context");
    is_hr(CoGetDefaultContext((APTTYPE)17, &IID_IContextCallback, (void **)&callback), E_INVALIDARG,
            "no apartment type");
    is_hr(CoGetDefaultContext(APTTYPE_CURRENT, &IID_IContextCallback, (void **)&callback), S_OK,
            "the current one's");
    is_hr(call_into(callback, &call), 7, "called");
    is_uint(call.thread, GetCurrentThreadId(), "on this thread");
    IContextCallback_Release(callback);
    is_hr(CoGetDefaultContext(APTTYPE_MAINSTA, &IID_IContextCallback, (void **)&callback), S_OK,
            "the main STA's");
    IContextCallback_Release(callback);

    is_hr(CoGetDefaultContext(APTTYPE_NA, &IID_IContextCallback, (void **)&nta), S_OK, "the NTA's");
    is_hr(call_into(nta, &call), 7, "called");
    is_uint(call.thread, GetCurrentThreadId(), "on this thread");
    is_int(call.type, APTTYPE_NA, "in the NTA");
    is_int(call.qualifier, APTTYPEQUALIFIER_NA_ON_MAINSTA, "of the main STA's thread");

    is_hr(CoGetDefaultContext(APTTYPE_MTA, &IID_IContextCallback, (void **)&mta), S_OK,
            "the MTA's");
    is_hr(call_into(mta, &call), 7, "called");
    ok(call.thread != GetCurrentThreadId(), "on another thread");
    is_int(call.type, APTTYPE_MTA, "in the MTA");
    is_int(call.qualifier, APTTYPEQUALIFIER_NONE, "as a full member");

    call.back = nta;
    call.inner = &(struct call){.answer = 8};
    is_hr(call_into(mta, &call), 8, "from there into the NTA");
    is_uint(call.inner->thread, call.thread, "on that thread");
    is_int(call.inner->type, APTTYPE_NA, "in the NTA");
    ok(call.inner->qualifier == APTTYPEQUALIFIER_NA_ON_MTA
                    || call.inner->qualifier == APTTYPEQUALIFIER_NA_ON_IMPLICIT_MTA,
            "of a thread of the MTA: %d", call.inner->qualifier);

    IContextCallback_Release(nta);
    CoUninitialize();
    is_hr(call_into(mta, &call), RPC_E_DISCONNECTED, "the MTA which was made for us went with us");
    IContextCallback_Release(mta);
}

static HRESULT WINAPI bounce(ComCallData *data)
{
    struct call *call = data->pUserDefined;
    IContextCallback *next = call->other;

    if (!call->depth--)
        return 0x77;
    call->other = call->back;
    call->back = next;
    return IContextCallback_ContextCallback(next, bounce, data, &IID_IContextCallback, 5, NULL);
}

static DWORD WINAPI nta_client(void *argument)
{
    struct call call = {.answer = 1};

    is_hr(call_into(argument, &call), 1, "an implicit member calls into the NTA");
    is_int(call.qualifier, APTTYPEQUALIFIER_NA_ON_IMPLICIT_MTA, "as such");
    return 0;
}

static void between(void)
{
    IContextCallback *mine, *mta, *nta;
    struct call call = {.answer = 3};
    struct sta a, b;
    ComCallData data = {.pUserDefined = &call};
    HANDLE thread;

    CoInitialize(NULL);
    CoGetObjectContext(&IID_IContextCallback, (void **)&mine);
    sta_start(&a);
    sta_start(&b);
    is_hr(call_into(a.callback, &call), 3, "into another STA");
    is_uint(call.thread, a.id, "on its thread");
    is_int(call.type, APTTYPE_STA, "in its apartment");

    call.back = mine;
    call.inner = &(struct call){.answer = 4};
    is_hr(call_into(a.callback, &call), 4, "and back, while this thread waits");
    is_uint(call.inner->thread, GetCurrentThreadId(), "on this thread");
    is_int(call.inner->type, APTTYPE_MAINSTA, "in the main STA");

    call.back = a.callback;
    call.other = b.callback;
    call.depth = 50;
    is_hr(IContextCallback_ContextCallback(a.callback, bounce, &data, &IID_IContextCallback, 5,
                  NULL),
            0x77, "50 deep between two STAs");

    CoGetDefaultContext(APTTYPE_MTA, &IID_IContextCallback, (void **)&mta);
    call.back = mta;
    call.other = mine;
    call.depth = 50;
    is_hr(IContextCallback_ContextCallback(mta, bounce, &data, &IID_IContextCallback, 5, NULL),
            0x77, "50 deep between the MTA and this STA");

    CoGetDefaultContext(APTTYPE_NA, &IID_IContextCallback, (void **)&nta);
    thread = CreateThread(NULL, 0, nta_client, nta, 0, NULL);
    WaitForSingleObject(thread, 10000);
    CloseHandle(thread);

    sta_end(&b);
    is_hr(a.callback ? call_into(a.callback, &(struct call){.answer = 9}) : E_FAIL, 9,
            "the other STA is still there");
    IContextCallback_AddRef(a.callback);
    mine->lpVtbl->Release(mine);
    mine = a.callback;
    sta_end(&a);
    is_hr(call_into(mine, &(struct call){0}), RPC_E_DISCONNECTED, "an STA that was left");
    is_uint(IContextCallback_Release(mine), 0, "its context is freed");
    IContextCallback_Release(mta);
    IContextCallback_Release(nta);
    CoUninitialize();
}

/* --- a thread that ends while it is called --- */

static HRESULT WINAPI leave_inside(ComCallData *data)
{
    (void)data;
    CoUninitialize();
    return 0x99;
}

static HRESULT WINAPI call_back_and_leave(ComCallData *data)
{
    ComCallData inner = {0};

    return IContextCallback_ContextCallback((IContextCallback *)data->pUserDefined, leave_inside,
            &inner, &IID_IContextCallback, 5, NULL);
}

static IContextCallback *busy;
static HANDLE go;

static HRESULT WINAPI block(ComCallData *data)
{
    (void)data;
    SetEvent(go);
    Sleep(100);
    ExitThread(0);
    return S_OK;
}

static DWORD WINAPI caller(void *argument)
{
    ComCallData data = {0};
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = IContextCallback_ContextCallback(busy, argument ? block : note_place,
            argument ? &data : &(ComCallData){.pUserDefined = &(struct call){.answer = 5}},
            &IID_IContextCallback, 5, NULL);
    is_hr(hr, RPC_E_DISCONNECTED,
            argument ? "a call that ends its thread" : "a call that waits for a thread which ends");
    CoUninitialize();
    return 0;
}

static void endings(void)
{
    HANDLE threads[9];
    IContextCallback *mine;
    struct sta sta;
    ComCallData data = {0};
    APTTYPEQUALIFIER qualifier;
    unsigned int i;
    APTTYPE type;

    CoInitialize(NULL);
    CoGetObjectContext(&IID_IContextCallback, (void **)&mine);
    sta_start(&sta);
    data.pUserDefined = mine;
    is_hr(IContextCallback_ContextCallback(sta.callback, call_back_and_leave, &data,
                  &IID_IContextCallback, 5, NULL),
            0x99, "CoUninitialize while a call out is waited for");
    is_hr(CoGetApartmentType(&type, &qualifier), CO_E_NOTINITIALIZED, "COM is left");
    is_hr(call_into(mine, &(struct call){0}), RPC_E_DISCONNECTED, "and the apartment gone");
    IContextCallback_Release(mine);
    CoInitialize(NULL);
    data.pUserDefined = NULL;
    is_hr(IContextCallback_ContextCallback(sta.callback, leave_inside, &data, &IID_IContextCallback,
                  5, NULL),
            0x99, "CoUninitialize inside a call");
    is_hr(call_into(sta.callback, &(struct call){0}), RPC_E_DISCONNECTED, "then it is gone");
    sta_end(&sta);

    sta_start(&sta);
    busy = sta.callback;
    go = CreateEventW(NULL, FALSE, FALSE, NULL);
    for (i = 1; i < 9; i++)
        threads[i] = CreateThread(NULL, 0, caller, NULL, CREATE_SUSPENDED, NULL);
    threads[0] = CreateThread(NULL, 0, caller, &sta, 0, NULL);
    WaitForSingleObject(go, 10000);
    for (i = 1; i < 9; i++)
        ResumeThread(threads[i]);
    is_int(WaitForMultipleObjects(9, threads, TRUE, 20000), WAIT_OBJECT_0,
            "calls to a thread that ends are answered");
    is_int(WaitForSingleObject(sta.thread, 10000), WAIT_OBJECT_0, "it ended");
    for (i = 0; i < 9; i++)
        CloseHandle(threads[i]);
    sta_end(&sta);
    CloseHandle(go);
    CoUninitialize();
}

/* --- many at once --- */

static DWORD WINAPI hammer(void *argument)
{
    struct call call = {.answer = 6};
    unsigned int i, wrong = 0;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    for (i = 0; i < 200; i++)
    {
        if (call_into(argument, &call) != 6)
            wrong++;
    }
    CoUninitialize();
    return wrong;
}

static HRESULT WINAPI sleep_inside(ComCallData *data)
{
    (void)data;
    Sleep(500);
    return S_OK;
}

static DWORD WINAPI sleeper(void *argument)
{
    IContextCallback *mta = argument;
    ComCallData data = {0};

    CoInitialize(NULL);
    IContextCallback_ContextCallback(mta, sleep_inside, &data, &IID_IContextCallback, 5, NULL);
    CoUninitialize();
    return 0;
}

static void many(void)
{
    DWORD wrong, all = 0, start;
    IContextCallback *mta;
    HANDLE threads[64];
    struct sta sta;
    unsigned int i;

    CoInitialize(NULL);
    sta_start(&sta);
    for (i = 0; i < 64; i++)
        threads[i] = CreateThread(NULL, 0, hammer, sta.callback, 0, NULL);
    is_int(WaitForMultipleObjects(64, threads, TRUE, 60000), WAIT_OBJECT_0,
            "64 threads call one STA");
    for (i = 0; i < 64; i++)
    {
        GetExitCodeThread(threads[i], &wrong);
        all += wrong;
        CloseHandle(threads[i]);
    }
    is_uint(all, 0, "and every call is answered");
    PostThreadMessageW(sta.id, WM_USER, 0, 0);
    sta_end(&sta);
    is_int(sta.messages, 1, "its other messages are not lost");

    CoGetDefaultContext(APTTYPE_MTA, &IID_IContextCallback, (void **)&mta);
    start = GetTickCount();
    for (i = 0; i < 16; i++)
        threads[i] = CreateThread(NULL, 0, sleeper, mta, 0, NULL);
    is_int(WaitForMultipleObjects(16, threads, TRUE, 20000), WAIT_OBJECT_0,
            "16 calls into the MTA which block");
    ok(GetTickCount() - start < 4000, "side by side: %lu ms", GetTickCount() - start);
    for (i = 0; i < 16; i++)
        CloseHandle(threads[i]);
    IContextCallback_Release(mta);
    CoUninitialize();
}

static void account(void)
{
    unsigned int round;
    struct sta sta;

    for (round = 0; round < 4; round++)
    {
        IContextCallback *mta, *main_sta;

        if (round == 2)
            tap_account_begin();
        sta_start(&sta);
        CoInitializeEx(NULL, COINIT_MULTITHREADED);
        CoGetDefaultContext(APTTYPE_MTA, &IID_IContextCallback, (void **)&mta);
        CoGetDefaultContext(APTTYPE_MAINSTA, &IID_IContextCallback, (void **)&main_sta);
        call_into(sta.callback, &(struct call){0});
        call_into(mta, &(struct call){0});
        is_hr(call_into(main_sta, &(struct call){.answer = 5}), 5, "into the main STA");
        IContextCallback_Release(mta);
        IContextCallback_Release(main_sta);
        CoUninitialize();
        sta_end(&sta);
    }
    tap_account_end("contexts");
}

/* A process without an STA gets one. */
static void host(void)
{
    struct call call = {.answer = 5};
    IContextCallback *callback;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    is_hr(CoGetDefaultContext(APTTYPE_MAINSTA, &IID_IContextCallback, (void **)&callback), S_OK,
            "the main STA of a process which has none");
    is_hr(call_into(callback, &call), 5, "can be called");
    ok(call.thread != GetCurrentThreadId(), "on a thread of its own");
    is_int(call.type, APTTYPE_MAINSTA, "which is in it");
    CoUninitialize();
    is_hr(call_into(callback, &call), RPC_E_DISCONNECTED, "it ends when COM is left");
    IContextCallback_Release(callback);
}

int main(void)
{
    tokens();
    properties();
    if (builtin_lacks("ContextCallback, and CoGetDefaultContext"))
        return done_testing();
    into_own();
    defaults();
    host();
    between();
    endings();
    many();
    account();
    return done_testing();
}
