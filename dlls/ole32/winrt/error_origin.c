/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where errors of the Windows Runtime come from: told to a debugger, and kept as the thread's. */
#ifndef _OLEAUT32_
#define _OLEAUT32_
#endif

#include <wchar.h>
#include <windows.h>
#include <objbase.h>
#include <oleauto.h>

#include "apartment.h"
#include "restricted_error.h"
#include "trace.h"
#include "windows_runtime.h"

#include "frame_pointers.h"

#define MESSAGE_LENGTH 512 /* characters, with the end */

/* RO_ERROR_REPORTING_FLAGS */
#define REPORT_SUPPRESS_EXCEPTIONS 1
#define REPORT_FORCE_EXCEPTIONS 2
#define REPORT_USE_ERROR_INFO 4
#define REPORT_SUPPRESS_ERROR_INFO 8
#define REPORT_ALL 15

/* The exceptions that debuggers know. */
#define EXCEPTION_ORIGINATED 0x40080201
#define EXCEPTION_TRANSFORMED 0x40080202

static volatile LONG reporting = REPORT_USE_ERROR_INFO;

HRESULT WINAPI GetRestrictedErrorInfo(IRestrictedErrorInfo **out);
HRESULT WINAPI SetRestrictedErrorInfo(IRestrictedErrorInfo *info);
BOOL WINAPI IsErrorPropagationEnabled(void);
HRESULT WINAPI RoCaptureErrorContext(HRESULT hr);
void WINAPI RoClearError(void);
void WINAPI RoFailFastWithErrorContext(HRESULT hr);
HRESULT WINAPI RoGetErrorReportingFlags(UINT32 *out);
HRESULT WINAPI RoSetErrorReportingFlags(UINT32 flags);
HRESULT WINAPI RoGetMatchingRestrictedErrorInfo(HRESULT hr, IRestrictedErrorInfo **out);
BOOL WINAPI RoOriginateError(HRESULT hr, HSTRING message);
BOOL WINAPI RoOriginateErrorW(HRESULT hr, UINT length, const WCHAR *message);
BOOL WINAPI RoOriginateLanguageException(HRESULT hr, HSTRING message, IUnknown *exception);
HRESULT WINAPI RoReportFailedDelegate(IUnknown *delegate, IRestrictedErrorInfo *info);
HRESULT WINAPI RoReportUnhandledError(IRestrictedErrorInfo *info);
HRESULT WINAPI RoResolveRestrictedErrorInfoReference(const WCHAR *reference,
        IRestrictedErrorInfo **out);
BOOL WINAPI RoTransformError(HRESULT old, HRESULT hr, HSTRING message);
BOOL WINAPI RoTransformErrorW(HRESULT old, HRESULT hr, UINT length, const WCHAR *message);

/* --- the debugger's part --- */

/* Comes after all other vectored handlers: nobody has wanted the exception, the program goes on. */
static LONG CALLBACK exception_is_over(EXCEPTION_POINTERS *pointers)
{
    DWORD code = pointers->ExceptionRecord->ExceptionCode;

    return code == EXCEPTION_ORIGINATED || code == EXCEPTION_TRANSFORMED
            ? EXCEPTION_CONTINUE_EXECUTION
            : EXCEPTION_CONTINUE_SEARCH;
}

static void raise_for_debugger(DWORD code, DWORD count, const ULONG_PTR *arguments)
{
    LONG flags = reporting;
    void *handler;

    if (!(flags & REPORT_FORCE_EXCEPTIONS)
            && ((flags & REPORT_SUPPRESS_EXCEPTIONS) || !IsDebuggerPresent()))
        return;
    if (!(handler = AddVectoredExceptionHandler(FALSE, exception_is_over)))
        return;
    RaiseException(code, 0, count, arguments);
    RemoveVectoredExceptionHandler(handler);
}

/* --- making errors --- */

/* Up to the first null, the length, or 511 characters; 0: an empty text, of which nothing is said.
 * NULL stands for the system's text. */
static BOOL message_take(const WCHAR *message, size_t length, WCHAR text[MESSAGE_LENGTH])
{
    text[0] = 0;
    if (!message)
        return TRUE;
    length = wcsnlen(message, min(length, MESSAGE_LENGTH - 1));
    memcpy(text, message, length * sizeof(*text));
    text[length] = 0;
    return length != 0;
}

/* An empty text: the system's. */
static BOOL error_report(HRESULT hr, const WCHAR *text, IUnknown *exception)
{
    struct restricted_error *error;

    if (!(reporting & REPORT_USE_ERROR_INFO) || (reporting & REPORT_SUPPRESS_ERROR_INFO)
            || !apartment_current())
        return TRUE;
    if (!(error = restricted_error_create(hr, *text ? text : NULL, exception)))
        return FALSE;
    restricted_error_capture(error);
    restricted_error_set(error);
    com_object_release(&error->error.object);
    return TRUE;
}

static BOOL originate(HRESULT hr, const WCHAR *message, size_t length, IUnknown *exception)
{
    WCHAR text[MESSAGE_LENGTH];
    ULONG_PTR arguments[3];

    if (SUCCEEDED(hr) || !message_take(message, length, text))
        return FALSE;
    trace("error %08lx originated: %ls", (unsigned long)hr, text);
    arguments[0] = (ULONG_PTR)hr;
    arguments[1] = wcslen(text) + 1;
    arguments[2] = (ULONG_PTR)text;
    raise_for_debugger(EXCEPTION_ORIGINATED, ARRAYSIZE(arguments), arguments);
    return error_report(hr, text, exception);
}

static BOOL transform(HRESULT old, HRESULT hr, const WCHAR *message, size_t length)
{
    WCHAR text[MESSAGE_LENGTH];
    ULONG_PTR arguments[4];

    if (old == hr || (SUCCEEDED(old) && SUCCEEDED(hr)) || !message_take(message, length, text))
        return FALSE;
    trace("error %08lx becomes %08lx: %ls", (unsigned long)old, (unsigned long)hr, text);
    arguments[0] = (ULONG_PTR)old;
    arguments[1] = (ULONG_PTR)hr;
    arguments[2] = wcslen(text) + 1;
    arguments[3] = (ULONG_PTR)text;
    raise_for_debugger(EXCEPTION_TRANSFORMED, ARRAYSIZE(arguments), arguments);
    return error_report(hr, text, NULL);
}

/* The text of a string, NULL for none. */
static const WCHAR *text_of(HSTRING string, UINT32 *length)
{
    const WCHAR *text = WindowsGetStringRawBuffer(string, length);

    return *length ? text : NULL;
}

/*
 * RoOriginateError: tells a debugger, and makes an object that has hr and the message the thread's
 * error object (see RoSetErrorReportingFlags), if the thread is in an apartment. The message is cut
 * at its first null and after 511 characters; without one it is the system's. FALSE: hr is a
 * success, or there is no memory. roerrorapi/nf-roerrorapi-rooriginateerror
 */
BOOL WINAPI RoOriginateError(HRESULT hr, HSTRING message)
{
    return RoOriginateLanguageException(hr, message, NULL);
}

/* RoOriginateErrorW: the same with at most `length` characters of a text, 0: all of them. FALSE
 * also for an empty text, which is not the same as none (NULL).
 * roerrorapi/nf-roerrorapi-rooriginateerrorw */
BOOL WINAPI RoOriginateErrorW(HRESULT hr, UINT length, const WCHAR *message)
{
    return originate(hr, message, length ? length : MESSAGE_LENGTH, NULL);
}

/* RoOriginateLanguageException: RoOriginateError with an object of the caller's, which
 * ILanguageExceptionErrorInfo of the error object gives. It must be agile.
 * roerrorapi/nf-roerrorapi-rooriginatelanguageexception */
BOOL WINAPI RoOriginateLanguageException(HRESULT hr, HSTRING message, IUnknown *exception)
{
    UINT32 length;
    const WCHAR *text = text_of(message, &length);

    return originate(hr, text, length, exception);
}

/* RoTransformError: hr takes the place of another error; the rest as in RoOriginateError. FALSE:
 * they are the same, or both successes. roerrorapi/nf-roerrorapi-rotransformerror */
BOOL WINAPI RoTransformError(HRESULT old, HRESULT hr, HSTRING message)
{
    UINT32 length;
    const WCHAR *text = text_of(message, &length);

    return transform(old, hr, text, length);
}

/* roerrorapi/nf-roerrorapi-rotransformerrorw */
BOOL WINAPI RoTransformErrorW(HRESULT old, HRESULT hr, UINT length, const WCHAR *message)
{
    return transform(old, hr, message, length ? length : MESSAGE_LENGTH);
}

/* RoCaptureErrorContext: keeps the stack in the thread's error object if that is about hr, else in
 * a new one. S_OK, E_OUTOFMEMORY, CO_E_NOTINITIALIZED. roerrorapi/nf-roerrorapi-
 * rocaptureerrorcontext */
HRESULT WINAPI RoCaptureErrorContext(HRESULT hr)
{
    struct restricted_error *error;

    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    error = restricted_error_peek();
    if (error && error->hr != hr)
    {
        com_object_release(&error->error.object);
        error = NULL;
    }
    if (!error)
    {
        if (!(error = restricted_error_create(hr, NULL, NULL)))
            return E_OUTOFMEMORY;
        restricted_error_set(error);
    }
    restricted_error_capture(error);
    com_object_release(&error->error.object);
    return S_OK;
}

/* --- whose errors they are --- */

/*
 * GetRestrictedErrorInfo: the thread's error object, which it has no longer. S_FALSE and NULL when
 * there was none, or another kind, which is gone all the same; E_POINTER.
 * roerrorapi/nf-roerrorapi-getrestrictederrorinfo
 */
HRESULT WINAPI GetRestrictedErrorInfo(IRestrictedErrorInfo **out)
{
    struct restricted_error *error;

    if (!out)
        return E_POINTER;
    error = restricted_error_peek();
    SetErrorInfo(0, NULL);
    *out = error ? &error->IRestrictedErrorInfo_iface : NULL;
    return error ? S_OK : S_FALSE;
}

/* SetRestrictedErrorInfo: makes it the thread's, NULL for none. S_OK, or E_INVALIDARG for an object
 * that was not made here. roerrorapi/nf-roerrorapi-setrestrictederrorinfo */
HRESULT WINAPI SetRestrictedErrorInfo(IRestrictedErrorInfo *info)
{
    struct restricted_error *error = restricted_error_from(info);

    if (info && !error)
        return E_INVALIDARG;
    return SetErrorInfo(0, error ? &error->error.IErrorInfo_iface : NULL);
}

/* RoGetMatchingRestrictedErrorInfo: the thread's error object if it is about hr, which it has no
 * longer, else a new one. S_OK, E_POINTER, E_OUTOFMEMORY; S_FALSE and NULL for a success.
 * roerrorapi/nf-roerrorapi-rogetmatchingrestrictederrorinfo */
HRESULT WINAPI RoGetMatchingRestrictedErrorInfo(HRESULT hr, IRestrictedErrorInfo **out)
{
    struct restricted_error *error;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (SUCCEEDED(hr))
        return S_FALSE;
    error = restricted_error_peek();
    SetErrorInfo(0, NULL);
    if (error && error->hr != hr)
    {
        com_object_release(&error->error.object);
        error = NULL;
    }
    if (!error && !(error = restricted_error_create(hr, NULL, NULL)))
        return E_OUTOFMEMORY;
    *out = &error->IRestrictedErrorInfo_iface;
    return S_OK;
}

/* RoResolveRestrictedErrorInfoReference: the object of this process whose GetReference gave the
 * text, while it lives. S_OK, E_INVALIDARG.
 * roerrorapi/nf-roerrorapi-roresolverestrictederrorinforeference */
HRESULT WINAPI RoResolveRestrictedErrorInfoReference(const WCHAR *reference,
        IRestrictedErrorInfo **out)
{
    struct restricted_error *error;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!reference || !(error = restricted_error_find(reference)))
        return E_INVALIDARG;
    *out = &error->IRestrictedErrorInfo_iface;
    return S_OK;
}

/* RoClearError: the thread has no error object. roerrorapi/nf-roerrorapi-roclearerror */
void WINAPI RoClearError(void)
{
    SetErrorInfo(0, NULL);
}

/* --- what becomes of them --- */

/* RoGetErrorReportingFlags: RO_ERROR_REPORTING_…, at first USESETERRORINFO. S_OK, E_POINTER.
 * roerrorapi/nf-roerrorapi-rogeterrorreportingflags */
HRESULT WINAPI RoGetErrorReportingFlags(UINT32 *out)
{
    if (!out)
        return E_POINTER;
    *out = (UINT32)reporting;
    return S_OK;
}

/* RoSetErrorReportingFlags: for the whole process. S_OK, E_INVALIDARG.
 * roerrorapi/nf-roerrorapi-roseterrorreportingflags */
HRESULT WINAPI RoSetErrorReportingFlags(UINT32 flags)
{
    if (flags & ~(UINT32)REPORT_ALL)
        return E_INVALIDARG;
    InterlockedExchange(&reporting, (LONG)flags);
    return S_OK;
}

/* IsErrorPropagationEnabled: FALSE, since nobody can register for unhandled errors.
 * roerrorapi/nf-roerrorapi-iserrorpropagationenabled */
BOOL WINAPI IsErrorPropagationEnabled(void)
{
    return FALSE;
}

static void trace_error(const char *what, IRestrictedErrorInfo *info)
{
    struct restricted_error *error = restricted_error_from(info);

    if (error)
        trace("%s: %08lx, %ls", what, (unsigned long)error->hr, error->message);
    else
        trace("%s, by an error object that was not made here", what);
}

/* RoReportUnhandledError: there is no handler for such errors (see IsErrorPropagationEnabled): it
 * is written to the log. S_OK, E_INVALIDARG. roerrorapi/nf-roerrorapi-roreportunhandlederror */
HRESULT WINAPI RoReportUnhandledError(IRestrictedErrorInfo *info)
{
    if (!info)
        return E_INVALIDARG;
    trace_error("an unhandled error", info);
    return S_OK;
}

/* RoReportFailedDelegate: the same. roerrorapi/nf-roerrorapi-roreportfaileddelegate */
HRESULT WINAPI RoReportFailedDelegate(IUnknown *delegate, IRestrictedErrorInfo *info)
{
    if (!delegate || !info)
        return E_INVALIDARG;
    trace_error("a delegate failed", info);
    return S_OK;
}

/* RoFailFastWithErrorContext: ends the process by RaiseFailFastException.
 * roerrorapi/nf-roerrorapi-rofailfastwitherrorcontext */
void WINAPI RoFailFastWithErrorContext(HRESULT hr)
{
    EXCEPTION_RECORD record = {.ExceptionCode = (DWORD)hr,
            .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
            .ExceptionAddress = __builtin_return_address(0)};

    trace("RoFailFastWithErrorContext: %08lx", (unsigned long)hr);
    RaiseFailFastException(&record, NULL, 0);
}
