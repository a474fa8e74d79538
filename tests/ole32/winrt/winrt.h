/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions of combase.dll that the tests of the Windows Runtime use. MinGW-w64 has no
 * roerrorapi.h and declares some others without their calling convention. */
#ifndef CONCIERGE_TESTS_WINRT_H
#define CONCIERGE_TESTS_WINRT_H

#include "tap.h"

#include <objbase.h>
#include <hstring.h>
#include <inspectable.h>
#include <activation.h>
#include <oleauto.h>

struct restricted_error_info;

struct restricted_error_info_vtbl
{
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(struct restricted_error_info *, REFIID, void **out);
    ULONG(STDMETHODCALLTYPE *AddRef)(struct restricted_error_info *);
    ULONG(STDMETHODCALLTYPE *Release)(struct restricted_error_info *);
    HRESULT(STDMETHODCALLTYPE *GetErrorDetails)
    (struct restricted_error_info *, BSTR *description, HRESULT *error, BSTR *restricted,
            BSTR *capability);
    HRESULT(STDMETHODCALLTYPE *GetReference)(struct restricted_error_info *, BSTR *reference);
};

struct restricted_error_info
{
    const struct restricted_error_info_vtbl *lpVtbl;
};

typedef HRESULT(WINAPI *get_factory)(HSTRING name, IActivationFactory **out);

struct combase
{
    HRESULT(WINAPI *WindowsCreateString)(const WCHAR *text, UINT32 length, HSTRING *out);
    HRESULT(WINAPI *WindowsDeleteString)(HSTRING string);
    const WCHAR *(WINAPI *WindowsGetStringRawBuffer)(HSTRING string, UINT32 *length);
    HRESULT(WINAPI *WindowsInspectString)
    (UINT_PTR string, USHORT machine, HRESULT(WINAPI *read)(void *, UINT_PTR, UINT32, BYTE *),
            void *context, UINT32 *length, UINT_PTR *address);
    ULONG(WINAPI *HSTRING_UserSize)(ULONG *flags, ULONG size, HSTRING *string);
    BYTE *(WINAPI *HSTRING_UserMarshal)(ULONG *flags, BYTE *buffer, HSTRING *string);
    BYTE *(WINAPI *HSTRING_UserUnmarshal)(ULONG *flags, BYTE *buffer, HSTRING *string);
    void(WINAPI *HSTRING_UserFree)(ULONG *flags, HSTRING *string);
    HRESULT(WINAPI *RoInitialize)(DWORD type);
    void(WINAPI *RoUninitialize)(void);
    HRESULT(WINAPI *RoGetApartmentIdentifier)(UINT64 *out);
    HRESULT(WINAPI *RoRegisterForApartmentShutdown)
    (IUnknown *callback, UINT64 *identifier, void **cookie);
    HRESULT(WINAPI *RoUnregisterForApartmentShutdown)(void *cookie);
    HRESULT(WINAPI *RoGetActivationFactory)(HSTRING name, REFIID iid, void **out);
    HRESULT(WINAPI *RoActivateInstance)(HSTRING name, IInspectable **out);
    HRESULT(WINAPI *RoRegisterActivationFactories)
    (HSTRING *names, get_factory *callbacks, UINT32 count, void **cookie);
    void(WINAPI *RoRevokeActivationFactories)(void *cookie);
    HRESULT(WINAPI *RoGetServerActivatableClasses)
    (HSTRING server, HSTRING **names, DWORD *count);
    HRESULT(WINAPI *GetRestrictedErrorInfo)(struct restricted_error_info **out);
    HRESULT(WINAPI *SetRestrictedErrorInfo)(struct restricted_error_info *info);
    HRESULT(WINAPI *RoCaptureErrorContext)(HRESULT hr);
    void(WINAPI *RoClearError)(void);
    void(WINAPI *RoFailFastWithErrorContext)(HRESULT hr);
    HRESULT(WINAPI *RoGetErrorReportingFlags)(UINT32 *out);
    HRESULT(WINAPI *RoSetErrorReportingFlags)(UINT32 flags);
    HRESULT(WINAPI *RoGetMatchingRestrictedErrorInfo)
    (HRESULT hr, struct restricted_error_info **out);
    BOOL(WINAPI *RoOriginateError)(HRESULT hr, HSTRING message);
    BOOL(WINAPI *RoOriginateErrorW)(HRESULT hr, UINT length, const WCHAR *message);
    BOOL(WINAPI *RoOriginateLanguageException)
    (HRESULT hr, HSTRING message, IUnknown *exception);
    HRESULT(WINAPI *RoReportFailedDelegate)
    (IUnknown *delegate, struct restricted_error_info *info);
    HRESULT(WINAPI *RoReportUnhandledError)(struct restricted_error_info *info);
    HRESULT(WINAPI *RoResolveRestrictedErrorInfoReference)
    (const WCHAR *reference, struct restricted_error_info **out);
    BOOL(WINAPI *RoTransformError)(HRESULT old, HRESULT hr, HSTRING message);
    BOOL(WINAPI *RoTransformErrorW)(HRESULT old, HRESULT hr, UINT length, const WCHAR *message);
};

/* Those which combase.dll does not have are NULL. */
const struct combase *combase_get(void);

HSTRING hstring_of(const WCHAR *text);

extern const IID iid_activation_factory;
extern const IID iid_restricted_error_info;
extern const IID iid_language_exception_error_info;

#endif
