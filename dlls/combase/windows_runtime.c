/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The apartments of the Windows Runtime, which are those of COM; its classes are not there yet. */
#include "windows_runtime.h"

#include "trace.h"

/* As roapi.h and winstring.h have them; those of 64 bits only are the same at 32 bits. */
HRESULT WINAPI RoInitialize(DWORD type);
void WINAPI RoUninitialize(void);
HRESULT WINAPI RoGetApartmentIdentifier(UINT64 *out);
HRESULT WINAPI RoActivateInstance(HSTRING class, IInspectable **out);
HRESULT WINAPI RoGetActivationFactory(HSTRING class, REFIID iid, void **out);
HRESULT WINAPI RoRegisterActivationFactories(HSTRING *classes, void *callbacks, UINT32 count,
        void **cookie);
void WINAPI RoRevokeActivationFactories(void *cookie);
HRESULT WINAPI RoRegisterForApartmentShutdown(IUnknown *callback, UINT64 *identifier,
        void **cookie);
HRESULT WINAPI RoUnregisterForApartmentShutdown(void *cookie);
HRESULT WINAPI RoGetActivatableClassRegistration(HSTRING class, IInspectable **out);
HRESULT WINAPI RoGetServerActivatableClasses(HSTRING server, HSTRING **classes, DWORD *count);
HRESULT WINAPI RoGetParameterizedTypeInstanceIID(UINT32 count, const WCHAR **names, void *locator,
        GUID *iid, void **extra);
void WINAPI RoFreeParameterizedTypeExtra(void *extra);
const char *WINAPI RoParameterizedTypeExtraGetTypeSignature(void *extra);
HRESULT WINAPI WindowsInspectString(UINT_PTR string, USHORT machine, void *callback, void *context,
        UINT32 *length, UINT_PTR *address);
ULONG WINAPI HSTRING_UserSize(ULONG *flags, ULONG size, HSTRING *string);
BYTE *WINAPI HSTRING_UserMarshal(ULONG *flags, BYTE *buffer, HSTRING *string);
BYTE *WINAPI HSTRING_UserUnmarshal(ULONG *flags, BYTE *buffer, HSTRING *string);
void WINAPI HSTRING_UserFree(ULONG *flags, HSTRING *string);

/* The values of RO_INIT_TYPE. */
#define RO_SINGLETHREADED 0
#define RO_MULTITHREADED 1

HRESULT winrt_not_implemented(const char *function)
{
    trace("%s: not implemented", function);
    return E_NOTIMPL;
}

#define NOT_IMPLEMENTED() winrt_not_implemented(__func__)

/* CoInitializeEx by another name. See "RoInitialize function". */
HRESULT WINAPI RoInitialize(DWORD type)
{
    if (type != RO_SINGLETHREADED && type != RO_MULTITHREADED)
        return E_INVALIDARG;
    return CoInitializeEx(NULL,
            type == RO_SINGLETHREADED ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
}

/* See "RoUninitialize function". */
void WINAPI RoUninitialize(void)
{
    CoUninitialize();
}

HRESULT WINAPI RoGetApartmentIdentifier(UINT64 *out)
{
    if (!out)
        return E_INVALIDARG;
    *out = 0;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RoActivateInstance(HSTRING class, IInspectable **out)
{
    (void)class;
    if (!out)
        return E_POINTER;
    *out = NULL;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RoGetActivationFactory(HSTRING class, REFIID iid, void **out)
{
    (void)class;
    (void)iid;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RoRegisterActivationFactories(HSTRING *classes, void *callbacks, UINT32 count,
        void **cookie)
{
    (void)classes;
    (void)callbacks;
    (void)count;
    if (!cookie)
        return E_INVALIDARG;
    *cookie = NULL;
    return NOT_IMPLEMENTED();
}

void WINAPI RoRevokeActivationFactories(void *cookie)
{
    (void)cookie;
    NOT_IMPLEMENTED();
}

HRESULT WINAPI RoRegisterForApartmentShutdown(IUnknown *callback, UINT64 *identifier, void **cookie)
{
    (void)callback;
    if (!identifier || !cookie)
        return E_INVALIDARG;
    *identifier = 0;
    *cookie = NULL;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RoUnregisterForApartmentShutdown(void *cookie)
{
    (void)cookie;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RoGetActivatableClassRegistration(HSTRING class, IInspectable **out)
{
    (void)class;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RoGetServerActivatableClasses(HSTRING server, HSTRING **classes, DWORD *count)
{
    (void)server;
    if (!classes || !count)
        return E_INVALIDARG;
    *classes = NULL;
    *count = 0;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RoGetParameterizedTypeInstanceIID(UINT32 count, const WCHAR **names, void *locator,
        GUID *iid, void **extra)
{
    (void)count;
    (void)names;
    (void)locator;
    if (extra)
        *extra = NULL;
    if (!iid)
        return E_INVALIDARG;
    *iid = GUID_NULL;
    return NOT_IMPLEMENTED();
}

void WINAPI RoFreeParameterizedTypeExtra(void *extra)
{
    (void)extra;
    NOT_IMPLEMENTED();
}

const char *WINAPI RoParameterizedTypeExtraGetTypeSignature(void *extra)
{
    (void)extra;
    NOT_IMPLEMENTED();
    return "";
}

HRESULT WINAPI WindowsInspectString(UINT_PTR string, USHORT machine, void *callback, void *context,
        UINT32 *length, UINT_PTR *address)
{
    (void)string;
    (void)machine;
    (void)callback;
    (void)context;
    if (!length || !address)
        return E_INVALIDARG;
    *length = 0;
    *address = 0;
    return NOT_IMPLEMENTED();
}

/* Without these no HSTRING can be an argument of a remote call: the exception says so to both
 * sides' marshalling code, which cannot take an error. */
static void user_marshal_fails(const char *function)
{
    RaiseException((DWORD)winrt_not_implemented(function), 0, 0, NULL);
}

ULONG WINAPI HSTRING_UserSize(ULONG *flags, ULONG size, HSTRING *string)
{
    (void)flags;
    (void)string;
    user_marshal_fails(__func__);
    return size;
}

BYTE *WINAPI HSTRING_UserMarshal(ULONG *flags, BYTE *buffer, HSTRING *string)
{
    (void)flags;
    (void)string;
    user_marshal_fails(__func__);
    return buffer;
}

BYTE *WINAPI HSTRING_UserUnmarshal(ULONG *flags, BYTE *buffer, HSTRING *string)
{
    (void)flags;
    (void)string;
    user_marshal_fails(__func__);
    return buffer;
}

/* See "HSTRING_UserFree function". */
void WINAPI HSTRING_UserFree(ULONG *flags, HSTRING *string)
{
    (void)flags;
    WindowsDeleteString(*string);
    *string = NULL;
}
