/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "winrt.h"

const IID iid_activation_factory = {0x00000035, 0x0000, 0x0000,
        {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};
const IID iid_restricted_error_info = {0x82ba7092, 0x4c88, 0x427d,
        {0xa7, 0xbc, 0x16, 0xdd, 0x93, 0xfe, 0xb6, 0x7e}};
const IID iid_language_exception_error_info = {0x04a2dbf3, 0xdf83, 0x116c,
        {0x09, 0x46, 0x08, 0x12, 0xab, 0xf6, 0xe0, 0x7d}};

static const char *const names[] = {
        "WindowsCreateString",
        "WindowsDeleteString",
        "WindowsGetStringRawBuffer",
        "WindowsInspectString",
        "HSTRING_UserSize",
        "HSTRING_UserMarshal",
        "HSTRING_UserUnmarshal",
        "HSTRING_UserFree",
        "HSTRING_UserSize64",
        "HSTRING_UserMarshal64",
        "HSTRING_UserUnmarshal64",
        "HSTRING_UserFree64",
        "RoInitialize",
        "RoUninitialize",
        "RoGetApartmentIdentifier",
        "RoRegisterForApartmentShutdown",
        "RoUnregisterForApartmentShutdown",
        "RoGetActivationFactory",
        "RoActivateInstance",
        "RoRegisterActivationFactories",
        "RoRevokeActivationFactories",
        "RoGetServerActivatableClasses",
        "GetRestrictedErrorInfo",
        "SetRestrictedErrorInfo",
        "RoCaptureErrorContext",
        "RoClearError",
        "RoFailFastWithErrorContext",
        "RoGetErrorReportingFlags",
        "RoSetErrorReportingFlags",
        "RoGetMatchingRestrictedErrorInfo",
        "RoOriginateError",
        "RoOriginateErrorW",
        "RoOriginateLanguageException",
        "RoReportFailedDelegate",
        "RoReportUnhandledError",
        "RoResolveRestrictedErrorInfoReference",
        "RoTransformError",
        "RoTransformErrorW",
        "IsErrorPropagationEnabled",
        "RoInspectThreadErrorInfo",
        "RoInspectCapturedStackBackTrace",
        "RoGetParameterizedTypeInstanceIID",
        "RoFreeParameterizedTypeExtra",
        "RoParameterizedTypeExtraGetTypeSignature",
        "RoGetActivatableClassRegistration",
};

_Static_assert(sizeof(struct combase) == sizeof(names) / sizeof(*names) * sizeof(void *),
        "a name for each function");

const struct combase *combase_get(void)
{
    static union
    {
        struct combase functions;
        FARPROC pointers[sizeof(names) / sizeof(*names)];
    } combase;
    HMODULE module = LoadLibraryW(L"combase.dll");

    for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++)
        combase.pointers[i] = GetProcAddress(module, names[i]);
    return &combase.functions;
}

HSTRING hstring_of(const WCHAR *text)
{
    HSTRING string = NULL;

    combase_get()->WindowsCreateString(text, (UINT32)lstrlenW(text), &string);
    return string;
}
