/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test_server.h"

#include <stdlib.h>
#include <string.h>

struct test_server
{
    ITestServer ITestServer_iface;
    LONG references;
};

static volatile LONG alive;

static struct test_server *server_from_iface(ITestServer *iface)
{
    return CONTAINING_RECORD(iface, struct test_server, ITestServer_iface);
}

static HRESULT STDMETHODCALLTYPE server_QueryInterface(ITestServer *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ITestServer))
        return E_NOINTERFACE;
    ITestServer_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE server_AddRef(ITestServer *iface)
{
    return (ULONG)InterlockedIncrement(&server_from_iface(iface)->references);
}

static ULONG STDMETHODCALLTYPE server_Release(ITestServer *iface)
{
    struct test_server *server = server_from_iface(iface);
    ULONG references = (ULONG)InterlockedDecrement(&server->references);

    if (!references)
    {
        free(server);
        InterlockedDecrement(&alive);
    }
    return references;
}

static HRESULT STDMETHODCALLTYPE server_Add(ITestServer *iface, LONG a, LONG b, LONG *sum)
{
    (void)iface;
    *sum = (LONG)((ULONG)a + (ULONG)b);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE server_Echo(ITestServer *iface, ULONG size, const BYTE *in,
        BYTE *out)
{
    (void)iface;
    memcpy(out, in, size);
    return S_OK;
}

static WCHAR *task_text(const WCHAR *text)
{
    WCHAR *copy = CoTaskMemAlloc((wcslen(text) + 1) * sizeof(WCHAR));

    return copy ? wcscpy(copy, text) : NULL;
}

static HRESULT STDMETHODCALLTYPE server_Text(ITestServer *iface, const WCHAR *text, WCHAR **copy)
{
    (void)iface;
    *copy = task_text(text);
    return *copy ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE server_Record(ITestServer *iface, test_record *record)
{
    (void)iface;
    record->number++;
    record->big *= 3;
    record->real /= 2;
    if (record->name)
    {
        CoTaskMemFree(record->name);
        record->name = NULL;
    }
    else
        record->name = task_text(L"named");
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE server_Nest(ITestServer *iface, ITestServer *other, LONG depth,
        LONG *reached)
{
    HRESULT hr = S_OK;

    *reached = 0;
    if (depth > 0)
        hr = ITestServer_Nest(other, iface, depth - 1, reached);
    ++*reached;
    return hr;
}

static HRESULT STDMETHODCALLTYPE server_Fail(ITestServer *iface, HRESULT result)
{
    (void)iface;
    return result;
}

static HRESULT STDMETHODCALLTYPE server_FailWithError(ITestServer *iface, const WCHAR *description)
{
    WCHAR *text = (WCHAR *)(ULONG_PTR)description;
    ICreateErrorInfo *create;
    IErrorInfo *error;

    (void)iface;
    if (SUCCEEDED(CreateErrorInfo(&create)))
    {
        WCHAR source[] = L"test server";

        ICreateErrorInfo_SetGUID(create, &IID_ITestServer);
        ICreateErrorInfo_SetDescription(create, text);
        ICreateErrorInfo_SetSource(create, source);
        ICreateErrorInfo_SetHelpContext(create, 42);
        if (SUCCEEDED(ICreateErrorInfo_QueryInterface(create, &IID_IErrorInfo, (void **)&error)))
        {
            SetErrorInfo(0, error);
            IErrorInfo_Release(error);
        }
        ICreateErrorInfo_Release(create);
    }
    return E_ACCESSDENIED;
}

static HRESULT STDMETHODCALLTYPE server_Raise(ITestServer *iface, DWORD code)
{
    volatile int *volatile nowhere = (volatile int *)(ULONG_PTR)8;

    (void)iface;
    if (code == EXCEPTION_ACCESS_VIOLATION)
        *nowhere = 1;
    RaiseException(code, 0, 0, NULL);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE server_Delay(ITestServer *iface, DWORD milliseconds)
{
    (void)iface;
    Sleep(milliseconds);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE server_Who(ITestServer *iface, test_call *call)
{
    APTTYPEQUALIFIER qualifier;
    IServerSecurity *security = NULL;
    APTTYPE type = APTTYPE_CURRENT;

    memset(call, 0, sizeof(*call));
    call->object = (UINT_PTR)iface;
    call->process = GetCurrentProcessId();
    call->thread = GetCurrentThreadId();
    CoGetApartmentType(&type, &qualifier);
    call->apartment_type = type;
    CoGetCurrentLogicalThreadId(&call->logical_thread);
    call->caller_result = CoGetCallerTID(&call->caller);
    call->context_result = CoGetCallContext(&IID_IServerSecurity, (void **)&security);
    if (SUCCEEDED(call->context_result))
        IServerSecurity_Release(security);
    CoQueryClientBlanket(&call->authn_service, NULL, NULL, NULL, &call->imp_level, NULL, NULL);
    call->impersonate_result = CoImpersonateClient();
    call->revert_result = CoRevertToSelf();
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE server_Self(ITestServer *iface, ITestServer **self)
{
    ITestServer_AddRef(iface);
    *self = iface;
    return S_OK;
}

static LONG CALLBACK vectored(EXCEPTION_POINTERS *exception)
{
    /* Past the instruction, as a handler inside the method would. */
    if (exception->ExceptionRecord->ExceptionCode != 0xe0000077)
        return EXCEPTION_CONTINUE_SEARCH;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static HRESULT STDMETHODCALLTYPE server_Act(ITestServer *iface, DWORD action, DWORD argument)
{
    void *handler;

    (void)iface;
    switch (action)
    {
    case TEST_ACT_UNINITIALIZE:
        CoUninitialize();
        return S_OK;
    case TEST_ACT_EXIT_THREAD:
        ExitThread(argument);
    case TEST_ACT_EXIT_PROCESS:
        ExitProcess(argument);
    case TEST_ACT_TERMINATE_PROCESS:
        TerminateProcess(GetCurrentProcess(), argument);
        return E_FAIL;
    case TEST_ACT_INNER_HANDLER:
        /* IsBadReadPtr has a handler of its own; so has this one. */
        handler = AddVectoredExceptionHandler(TRUE, vectored);
        RaiseException(0xe0000077, 0, 0, NULL);
        RemoveVectoredExceptionHandler(handler);
        return IsBadReadPtr((void *)(ULONG_PTR)16, 4) ? S_OK : E_FAIL;
    case TEST_ACT_SET_THREAD_NAME:
        OutputDebugStringA("a message for debuggers\n");
        return S_OK;
    default:
        return E_INVALIDARG;
    }
}

ITestServer *test_server_create(void)
{
    static ITestServerVtbl vtbl = {server_QueryInterface, server_AddRef, server_Release, server_Add,
            server_Echo, server_Text, server_Record, server_Nest, server_Fail, server_FailWithError,
            server_Raise, server_Delay, server_Who, server_Self, server_Act};
    struct test_server *server = calloc(1, sizeof(*server));

    if (!server)
        return NULL;
    server->ITestServer_iface.lpVtbl = &vtbl;
    server->references = 1;
    InterlockedIncrement(&alive);
    return &server->ITestServer_iface;
}

LONG test_server_count(void)
{
    return alive;
}
