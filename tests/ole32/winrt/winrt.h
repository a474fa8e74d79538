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

/* IRoMetaDataLocator and IRoSimpleMetaDataBuilder of roparameterizediid.h. */
struct metadata_builder
{
    const struct metadata_builder_vtbl *lpVtbl;
};

struct metadata_builder_vtbl
{
    HRESULT(STDMETHODCALLTYPE *SetWinRtInterface)(struct metadata_builder *, GUID iid);
    HRESULT(STDMETHODCALLTYPE *SetDelegate)(struct metadata_builder *, GUID iid);
    HRESULT(STDMETHODCALLTYPE *SetInterfaceGroupSimpleDefault)
    (struct metadata_builder *, const WCHAR *name, const WCHAR *interface_name, const GUID *iid);
    HRESULT(STDMETHODCALLTYPE *SetInterfaceGroupParameterizedDefault)
    (struct metadata_builder *, const WCHAR *name, UINT32 count, const WCHAR **elements);
    HRESULT(STDMETHODCALLTYPE *SetRuntimeClassSimpleDefault)
    (struct metadata_builder *, const WCHAR *name, const WCHAR *interface_name, const GUID *iid);
    HRESULT(STDMETHODCALLTYPE *SetRuntimeClassParameterizedDefault)
    (struct metadata_builder *, const WCHAR *name, UINT32 count, const WCHAR *const *elements);
    HRESULT(STDMETHODCALLTYPE *SetStruct)
    (struct metadata_builder *, const WCHAR *name, UINT32 count, const WCHAR *const *types);
    HRESULT(STDMETHODCALLTYPE *SetEnum)
    (struct metadata_builder *, const WCHAR *name, const WCHAR *base);
    HRESULT(STDMETHODCALLTYPE *SetParameterizedInterface)
    (struct metadata_builder *, GUID piid, UINT32 count);
    HRESULT(STDMETHODCALLTYPE *SetParameterizedDelegate)
    (struct metadata_builder *, GUID piid, UINT32 count);
};

struct metadata_locator
{
    const struct metadata_locator_vtbl
    {
        HRESULT(STDMETHODCALLTYPE *Locate)
        (const struct metadata_locator *, const WCHAR *name, struct metadata_builder *destination);
    } * lpVtbl;
};

#ifndef E_BOUNDS
#define E_BOUNDS _HRESULT_TYPEDEF_(0x8000000B)
#endif
#ifndef E_ILLEGAL_METHOD_CALL
#define E_ILLEGAL_METHOD_CALL _HRESULT_TYPEDEF_(0x8000000E)
#endif
#ifndef RO_E_METADATA_NAME_NOT_FOUND
#define RO_E_METADATA_NAME_NOT_FOUND _HRESULT_TYPEDEF_(0x8000000F)
#endif

/* PINSPECT_MEMORY_CALLBACK */
typedef HRESULT(
        WINAPI *inspect_memory)(void *context, UINT_PTR address, UINT32 length, BYTE *buffer);

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
    ULONG(WINAPI *HSTRING_UserSize64)(ULONG *flags, ULONG size, HSTRING *string);
    BYTE *(WINAPI *HSTRING_UserMarshal64)(ULONG *flags, BYTE *buffer, HSTRING *string);
    BYTE *(WINAPI *HSTRING_UserUnmarshal64)(ULONG *flags, BYTE *buffer, HSTRING *string);
    void(WINAPI *HSTRING_UserFree64)(ULONG *flags, HSTRING *string);
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
    BOOL(WINAPI *IsErrorPropagationEnabled)(void);
    HRESULT(WINAPI *RoInspectThreadErrorInfo)
    (UINT_PTR teb, USHORT machine, inspect_memory read, void *context, UINT_PTR *address);
    HRESULT(WINAPI *RoInspectCapturedStackBackTrace)
    (UINT_PTR error, USHORT machine, inspect_memory read, void *context, UINT32 *count,
            UINT_PTR *address);
    HRESULT(WINAPI *RoGetParameterizedTypeInstanceIID)
    (UINT32 count, const WCHAR **elements, const struct metadata_locator *locator, GUID *iid,
            void **extra);
    void(WINAPI *RoFreeParameterizedTypeExtra)(void *extra);
    const char *(WINAPI *RoParameterizedTypeExtraGetTypeSignature)(void *extra);
    HRESULT(WINAPI *RoGetActivatableClassRegistration)(HSTRING name, IUnknown **out);
};

/* Those which combase.dll does not have are NULL. */
const struct combase *combase_get(void);

HSTRING hstring_of(const WCHAR *text);

extern const IID iid_activation_factory;
extern const IID iid_restricted_error_info;
extern const IID iid_language_exception_error_info;

#endif
