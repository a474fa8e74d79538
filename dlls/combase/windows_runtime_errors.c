/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Restricted error information (roerrorapi.h): none is kept yet, so there never is one. */
#include "windows_runtime.h"

#include "trace.h"

HRESULT WINAPI GetRestrictedErrorInfo(IUnknown **out);
HRESULT WINAPI SetRestrictedErrorInfo(IUnknown *info);
BOOL WINAPI IsErrorPropagationEnabled(void);
HRESULT WINAPI RoCaptureErrorContext(HRESULT hr);
void WINAPI RoClearError(void);
void WINAPI RoFailFastWithErrorContext(HRESULT hr);
HRESULT WINAPI RoGetErrorReportingFlags(UINT32 *out);
HRESULT WINAPI RoSetErrorReportingFlags(UINT32 flags);
HRESULT WINAPI RoGetMatchingRestrictedErrorInfo(HRESULT hr, IUnknown **out);
HRESULT WINAPI RoInspectCapturedStackBackTrace(UINT_PTR error, USHORT machine, void *callback,
        void *context, UINT32 *count, UINT_PTR *address);
HRESULT WINAPI RoInspectThreadErrorInfo(UINT_PTR teb, USHORT machine, void *callback, void *context,
        UINT_PTR *address);
BOOL WINAPI RoOriginateError(HRESULT hr, HSTRING message);
BOOL WINAPI RoOriginateErrorW(HRESULT hr, UINT length, const WCHAR *message);
BOOL WINAPI RoOriginateLanguageException(HRESULT hr, HSTRING message, IUnknown *exception);
HRESULT WINAPI RoReportFailedDelegate(IUnknown *delegate, IUnknown *info);
HRESULT WINAPI RoReportUnhandledError(IUnknown *info);
HRESULT WINAPI RoResolveRestrictedErrorInfoReference(const WCHAR *reference, IUnknown **out);
BOOL WINAPI RoTransformError(HRESULT old, HRESULT hr, HSTRING message);
BOOL WINAPI RoTransformErrorW(HRESULT old, HRESULT hr, UINT length, const WCHAR *message);

#define NOT_IMPLEMENTED() winrt_not_implemented(__func__)

/* S_FALSE: the thread has none. See "GetRestrictedErrorInfo function". */
HRESULT WINAPI GetRestrictedErrorInfo(IUnknown **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    return S_FALSE;
}

/* Taking the information away always succeeds. */
HRESULT WINAPI SetRestrictedErrorInfo(IUnknown *info)
{
    return info ? NOT_IMPLEMENTED() : S_OK;
}

/* See "IsErrorPropagationEnabled function". */
BOOL WINAPI IsErrorPropagationEnabled(void)
{
    return FALSE;
}

HRESULT WINAPI RoCaptureErrorContext(HRESULT hr)
{
    (void)hr;
    return NOT_IMPLEMENTED();
}

void WINAPI RoClearError(void)
{
    SetErrorInfo(0, NULL);
}

/* Ends the process. See "RoFailFastWithErrorContext function". */
void WINAPI RoFailFastWithErrorContext(HRESULT hr)
{
    trace("RoFailFastWithErrorContext: %08lx", (unsigned long)hr);
    TerminateProcess(GetCurrentProcess(), (UINT)hr);
}

/* RO_ERROR_REPORTING_NONE. */
HRESULT WINAPI RoGetErrorReportingFlags(UINT32 *out)
{
    if (!out)
        return E_POINTER;
    *out = 0;
    return S_OK;
}

HRESULT WINAPI RoSetErrorReportingFlags(UINT32 flags)
{
    (void)flags;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RoGetMatchingRestrictedErrorInfo(HRESULT hr, IUnknown **out)
{
    (void)hr;
    if (!out)
        return E_POINTER;
    *out = NULL;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RoInspectCapturedStackBackTrace(UINT_PTR error, USHORT machine, void *callback,
        void *context, UINT32 *count, UINT_PTR *address)
{
    (void)error;
    (void)machine;
    (void)callback;
    (void)context;
    if (!count || !address)
        return E_INVALIDARG;
    *count = 0;
    *address = 0;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RoInspectThreadErrorInfo(UINT_PTR teb, USHORT machine, void *callback, void *context,
        UINT_PTR *address)
{
    (void)teb;
    (void)machine;
    (void)callback;
    (void)context;
    if (!address)
        return E_INVALIDARG;
    *address = 0;
    return NOT_IMPLEMENTED();
}

/* FALSE: no error information was made. See "RoOriginateError function". */
BOOL WINAPI RoOriginateError(HRESULT hr, HSTRING message)
{
    (void)hr;
    (void)message;
    NOT_IMPLEMENTED();
    return FALSE;
}

BOOL WINAPI RoOriginateErrorW(HRESULT hr, UINT length, const WCHAR *message)
{
    (void)hr;
    (void)length;
    (void)message;
    NOT_IMPLEMENTED();
    return FALSE;
}

BOOL WINAPI RoOriginateLanguageException(HRESULT hr, HSTRING message, IUnknown *exception)
{
    (void)hr;
    (void)message;
    (void)exception;
    NOT_IMPLEMENTED();
    return FALSE;
}

HRESULT WINAPI RoReportFailedDelegate(IUnknown *delegate, IUnknown *info)
{
    (void)delegate;
    (void)info;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RoReportUnhandledError(IUnknown *info)
{
    (void)info;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RoResolveRestrictedErrorInfoReference(const WCHAR *reference, IUnknown **out)
{
    (void)reference;
    if (!out)
        return E_POINTER;
    *out = NULL;
    return NOT_IMPLEMENTED();
}

BOOL WINAPI RoTransformError(HRESULT old, HRESULT hr, HSTRING message)
{
    (void)old;
    (void)hr;
    (void)message;
    NOT_IMPLEMENTED();
    return FALSE;
}

BOOL WINAPI RoTransformErrorW(HRESULT old, HRESULT hr, UINT length, const WCHAR *message)
{
    (void)old;
    (void)hr;
    (void)length;
    (void)message;
    NOT_IMPLEMENTED();
    return FALSE;
}
