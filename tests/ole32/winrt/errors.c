/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Error objects of the Windows Runtime: made, fetched, looked at, told to debuggers. */
#include "winrt.h"

#include <wchar.h>

#define USE_ERROR_INFO 4
#define SUPPRESS_ERROR_INFO 8
#define FORCE_EXCEPTIONS 2

static const struct combase *winrt;

static void forget(void)
{
    IErrorInfo *info;

    while (GetErrorInfo(0, &info) == S_OK)
        IErrorInfo_Release(info);
}

/* The thread's error object is of this error, says this, and is taken away. */
static void check_error(HRESULT hr, const WCHAR *message, const char *what)
{
    BSTR description = NULL, restricted = NULL, capability = (BSTR)1;
    struct restricted_error_info *info = NULL;
    HRESULT error = S_OK;

    is_hr(winrt->GetRestrictedErrorInfo(&info), S_OK, "%s: there is an error object", what);
    if (!info)
        return;
    is_hr(info->lpVtbl->GetErrorDetails(info, &description, &error, &restricted, &capability), S_OK,
            "%s: details", what);
    is_hr(error, hr, "%s: the error", what);
    if (message)
        is_wstr(restricted, message, "%s: the message", what);
    else
        is_wstr(restricted, description, "%s: the system's message", what);
    ok(description && *description, "%s: the system's text", what);
    is_ptr(capability, NULL, "%s: no capability", what);
    SysFreeString(description);
    SysFreeString(restricted);
    is_uint(info->lpVtbl->Release(info), 0, "%s: nobody else has it", what);
    is_hr(winrt->GetRestrictedErrorInfo(&info), S_FALSE, "%s: it is gone from the thread", what);
    is_ptr(info, NULL, "%s: nothing", what);
}

static void test_flags(void)
{
    UINT32 flags = 77;

    is_hr(winrt->RoGetErrorReportingFlags(NULL), E_POINTER, "flags to nowhere");
    is_hr(winrt->RoGetErrorReportingFlags(&flags), S_OK, "flags");
    is_uint(flags, USE_ERROR_INFO, "errors become objects");
    is_hr(winrt->RoSetErrorReportingFlags(16), E_INVALIDARG, "a flag that nobody knows");
    is_hr(winrt->RoSetErrorReportingFlags(USE_ERROR_INFO | SUPPRESS_ERROR_INFO), S_OK, "set");
    is_hr(winrt->RoGetErrorReportingFlags(&flags), S_OK, "read");
    is_uint(flags, USE_ERROR_INFO | SUPPRESS_ERROR_INFO, "what was set");
    ok(winrt->RoOriginateErrorW(E_FAIL, 0, L"x"), "an error, without an object");
    is_hr(winrt->GetRestrictedErrorInfo(&(struct restricted_error_info *){NULL}), S_FALSE, "none");
    winrt->RoSetErrorReportingFlags(USE_ERROR_INFO);
    ok(!winrt->IsErrorPropagationEnabled(), "nobody is told of unhandled errors");
}

static void test_originate(void)
{
    static WCHAR big[1000];
    WCHAR cut[512];
    HSTRING text = hstring_of(L"no more room"), with_null;

    wmemset(big, 'b', 999);
    wmemset(cut, 'b', 511);
    cut[511] = 0;
    ok(!winrt->RoOriginateError(S_OK, text), "a success is no error");
    ok(!winrt->RoOriginateErrorW(E_FAIL, 0, L""), "nor is an empty text");
    is_hr(winrt->GetRestrictedErrorInfo(&(struct restricted_error_info *){NULL}), S_FALSE, "none");
    ok(winrt->RoOriginateError(E_OUTOFMEMORY, text), "RoOriginateError");
    check_error(E_OUTOFMEMORY, L"no more room", "RoOriginateError");
    ok(winrt->RoOriginateError(E_ACCESSDENIED, NULL), "without a text");
    check_error(E_ACCESSDENIED, NULL, "without a text");
    ok(winrt->RoOriginateError((HRESULT)0xa7770777, NULL), "an error without a text");
    check_error((HRESULT)0xa7770777, NULL, "an error without a text");
    ok(winrt->RoOriginateErrorW(E_FAIL, 3, L"abcdef"), "a part of a text");
    check_error(E_FAIL, L"abc", "a part of a text");
    ok(winrt->RoOriginateErrorW(E_FAIL, 900, big), "a long text");
    check_error(E_FAIL, cut, "a long text");
    ok(winrt->RoOriginateErrorW(E_FAIL, 0, big), "a long text of any length");
    check_error(E_FAIL, cut, "a long text of any length");
    winrt->WindowsCreateString(L"ab\0cd", 5, &with_null);
    ok(winrt->RoOriginateError(E_FAIL, with_null), "a null inside");
    check_error(E_FAIL, L"ab", "a null inside");
    winrt->WindowsDeleteString(with_null);

    ok(!winrt->RoTransformError(E_FAIL, E_FAIL, text), "into itself");
    ok(!winrt->RoTransformError(S_OK, S_FALSE, text), "of successes");
    ok(winrt->RoTransformError(E_FAIL, E_ABORT, text), "RoTransformError");
    check_error(E_ABORT, L"no more room", "RoTransformError");
    ok(winrt->RoTransformErrorW(S_OK, E_ABORT, 0, L"why"), "RoTransformErrorW");
    check_error(E_ABORT, L"why", "RoTransformErrorW");
    winrt->WindowsDeleteString(text);
}

/* As an error object of COM, and the other way round. */
static void test_error_info(void)
{
    struct restricted_error_info *info = NULL;
    ICreateErrorInfo *create;
    IErrorInfo *plain = NULL;
    BSTR text = NULL;

    winrt->RoOriginateErrorW(E_FAIL, 0, L"for COM");
    is_hr(GetErrorInfo(0, &plain), S_OK, "GetErrorInfo");
    is_hr(IErrorInfo_GetDescription(plain, &text), S_OK, "GetDescription");
    is_wstr(text, L"for COM", "the message");
    SysFreeString(text);
    is_hr(IErrorInfo_QueryInterface(plain, &iid_restricted_error_info, (void **)&info), S_OK,
            "IRestrictedErrorInfo");
    is_hr(IErrorInfo_QueryInterface(plain, &IID_ICreateErrorInfo, (void **)&create), E_NOINTERFACE,
            "it cannot be changed");
    is_hr(winrt->SetRestrictedErrorInfo(info), S_OK, "SetRestrictedErrorInfo");
    info->lpVtbl->Release(info);
    IErrorInfo_Release(plain);
    check_error(E_FAIL, L"for COM", "set again");
    is_hr(winrt->SetRestrictedErrorInfo(NULL), S_OK, "nothing is set");

    is_hr(CreateErrorInfo(&create), S_OK, "an error object of COM");
    ICreateErrorInfo_QueryInterface(create, &IID_IErrorInfo, (void **)&plain);
    SetErrorInfo(0, plain);
    info = (void *)1;
    is_hr(winrt->GetRestrictedErrorInfo(&info), S_FALSE, "is none of these");
    is_ptr(info, NULL, "nothing");
    is_hr(GetErrorInfo(0, &(IErrorInfo *){NULL}), S_FALSE, "but it is gone");
    IErrorInfo_Release(plain);
    ICreateErrorInfo_Release(create);
    is_hr(winrt->GetRestrictedErrorInfo(NULL), E_POINTER, "to nowhere");
}

static void test_context(void)
{
    struct restricted_error_info *info = NULL, *found = NULL;
    BSTR reference = NULL;

    winrt->RoOriginateErrorW(E_FAIL, 0, L"kept");
    is_hr(winrt->RoCaptureErrorContext(E_FAIL), S_OK, "the context of the error");
    check_error(E_FAIL, L"kept", "it keeps its message");
    winrt->RoOriginateErrorW(E_FAIL, 0, L"other");
    is_hr(winrt->RoCaptureErrorContext(E_ABORT), S_OK, "the context of another error");
    check_error(E_ABORT, NULL, "a new one");

    winrt->RoOriginateErrorW(E_FAIL, 0, L"matching");
    is_hr(winrt->RoGetMatchingRestrictedErrorInfo(E_FAIL, &info), S_OK, "what matches");
    is_hr(winrt->SetRestrictedErrorInfo(info), S_OK, "set");
    info->lpVtbl->Release(info);
    check_error(E_FAIL, L"matching", "it is the one");
    winrt->RoOriginateErrorW(E_FAIL, 0, L"not matching");
    is_hr(winrt->RoGetMatchingRestrictedErrorInfo(E_ABORT, &info), S_OK, "what does not match");
    is_hr(winrt->SetRestrictedErrorInfo(info), S_OK, "set");
    info->lpVtbl->Release(info);
    check_error(E_ABORT, NULL, "it is a new one");

    winrt->RoOriginateErrorW(E_FAIL, 0, L"referred to");
    winrt->GetRestrictedErrorInfo(&info);
    is_hr(info->lpVtbl->GetReference(info, &reference), S_OK, "GetReference");
    is_hr(winrt->RoResolveRestrictedErrorInfoReference(reference, &found), S_OK, "it is resolved");
    is_ptr(found, info, "to the same object");
    is_hr(winrt->RoReportUnhandledError(info), S_OK, "RoReportUnhandledError");
    is_hr(winrt->RoReportUnhandledError(NULL), E_INVALIDARG, "... of none");
    is_hr(winrt->RoReportFailedDelegate((IUnknown *)info, info), S_OK, "RoReportFailedDelegate");
    found->lpVtbl->Release(found);
    is_uint(info->lpVtbl->Release(info), 0, "released");
    is_hr(winrt->RoResolveRestrictedErrorInfoReference(reference, &found), E_INVALIDARG,
            "then the reference is void");
    is_ptr(found, NULL, "nothing");
    is_hr(winrt->RoResolveRestrictedErrorInfoReference(L"error:1", &found), E_INVALIDARG,
            "rubbish");
    SysFreeString(reference);
    winrt->RoOriginateErrorW(E_FAIL, 0, L"cleared");
    winrt->RoClearError();
    is_hr(GetErrorInfo(0, &(IErrorInfo *){NULL}), S_FALSE, "RoClearError");
}

/* What a language has thrown comes along. */
static void test_language_exception(void)
{
    struct language_error
    {
        struct
        {
            void *iunknown[3];
            HRESULT(STDMETHODCALLTYPE *GetLanguageException)(struct language_error *, IUnknown **);
        } const *lpVtbl;
    } *language = NULL;
    struct restricted_error_info *info = NULL;
    IUnknown *exception, *found = NULL;
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    exception = (IUnknown *)stream;
    ok(winrt->RoOriginateLanguageException(E_FAIL, NULL, exception), "with an exception");
    is_hr(winrt->GetRestrictedErrorInfo(&info), S_OK, "there is an object");
    is_hr(info->lpVtbl->QueryInterface(info, &iid_language_exception_error_info,
                  (void **)&language),
            S_OK, "ILanguageExceptionErrorInfo");
    is_hr(language->lpVtbl->GetLanguageException(language, &found), S_OK, "GetLanguageException");
    is_ptr(found, exception, "what was thrown");
    IUnknown_Release(found);
    IUnknown_Release((IUnknown *)language);
    info->lpVtbl->Release(info);
    is_uint(IStream_Release(stream), 0, "nobody has it any more");
}

static unsigned int raised;
static EXCEPTION_RECORD last_raised;
static WCHAR last_text[600];

static LONG CALLBACK note_exception(EXCEPTION_POINTERS *pointers)
{
    const EXCEPTION_RECORD *record = pointers->ExceptionRecord;

    if (record->ExceptionCode == 0x40080201 && record->NumberParameters == 3)
    {
        raised++;
        last_raised = *record;
        lstrcpynW(last_text, (const WCHAR *)record->ExceptionInformation[2], 600);
    }
    return EXCEPTION_CONTINUE_SEARCH;
}

static void test_exceptions(void)
{
    void *handler = AddVectoredExceptionHandler(TRUE, note_exception);

    raised = 0;
    winrt->RoOriginateErrorW(E_FAIL, 0, L"quietly");
    is_uint(raised, 0, "without a debugger nothing is raised");
    winrt->RoSetErrorReportingFlags(USE_ERROR_INFO | FORCE_EXCEPTIONS | 1);
    ok(winrt->RoOriginateErrorW(E_FAIL, 0, L"loudly"), "but by force");
    is_uint(raised, 1, "raised, and the program goes on");
    is_hr((HRESULT)last_raised.ExceptionInformation[0], E_FAIL, "the error");
    is_uint(last_raised.ExceptionInformation[1], 7, "the length with the null");
    is_wstr(last_text, L"loudly", "the message");
    winrt->RoSetErrorReportingFlags(USE_ERROR_INFO);
    RemoveVectoredExceptionHandler(handler);
    forget();
}

static DWORD WINAPI without_com(void *argument)
{
    (void)argument;
    ok(winrt->RoOriginateErrorW(E_FAIL, 0, L"nobody's"), "without COM");
    is_hr(winrt->RoCaptureErrorContext(E_FAIL), CO_E_NOTINITIALIZED, "no context without COM");
    is_hr(GetErrorInfo(0, &(IErrorInfo *){NULL}), S_FALSE, "there is no object without COM");
    return 0;
}

static void test_fail_fast(void)
{
    WCHAR line[MAX_PATH + 20];
    PROCESS_INFORMATION process;
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    DWORD code = 0;

    line[0] = '"';
    GetModuleFileNameW(NULL, line + 1, MAX_PATH);
    lstrcatW(line, L"\" fail-fast");
    ok(CreateProcessW(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process), "a child");
    is_uint(WaitForSingleObject(process.hProcess, 60000), WAIT_OBJECT_0, "which ends");
    GetExitCodeProcess(process.hProcess, &code);
    ok(code != 0 && code != 42, "by the exception (%lx)", code);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
}

static void test_all(void)
{
    HANDLE thread;

    test_flags();
    test_originate();
    test_error_info();
    test_context();
    test_language_exception();
    test_exceptions();
    thread = CreateThread(NULL, 0, without_com, NULL, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

int main(int count, char **arguments)
{
    winrt = combase_get();
    if (count > 1 && !lstrcmpA(arguments[1], "fail-fast"))
    {
        winrt->RoFailFastWithErrorContext(E_FAIL);
        return 42;
    }
    if (builtin_lacks("error objects of the Windows Runtime"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_all();
    tap_account_begin();
    test_all();
    tap_account_end("errors");
    CoUninitialize();
    test_fail_fast();
    return done_testing();
}
