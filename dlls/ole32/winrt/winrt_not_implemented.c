/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the Windows Runtime has and this one does not yet. */
#include "not_implemented.h"
#include "windows_runtime.h"

/* None of this is there yet, so the parameters are not used. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

HRESULT WINAPI RoGetActivatableClassRegistration(HSTRING class, IInspectable **out);
HRESULT WINAPI RoGetParameterizedTypeInstanceIID(UINT32 count, const WCHAR **names, void *locator,
        GUID *iid, void **extra);
void WINAPI RoFreeParameterizedTypeExtra(void *extra);
const char *WINAPI RoParameterizedTypeExtraGetTypeSignature(void *extra);
HRESULT WINAPI RoInspectCapturedStackBackTrace(UINT_PTR error, USHORT machine, void *callback,
        void *context, UINT32 *count, UINT_PTR *address);
HRESULT WINAPI RoInspectThreadErrorInfo(UINT_PTR teb, USHORT machine, void *callback, void *context,
        UINT_PTR *address);

HRESULT WINAPI RoGetActivatableClassRegistration(HSTRING class, IInspectable **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI RoGetParameterizedTypeInstanceIID(UINT32 count, const WCHAR **names, void *locator,
        GUID *iid, void **extra)
{
    if (extra)
        *extra = NULL;
    if (!iid)
        return E_INVALIDARG;
    *iid = GUID_NULL;
    return NOT_IMPLEMENTED();
}

void WINAPI RoFreeParameterizedTypeExtra(void *extra)
{
    NOT_IMPLEMENTED();
}

const char *WINAPI RoParameterizedTypeExtraGetTypeSignature(void *extra)
{
    NOT_IMPLEMENTED();
    return "";
}

HRESULT WINAPI RoInspectCapturedStackBackTrace(UINT_PTR error, USHORT machine, void *callback,
        void *context, UINT32 *count, UINT_PTR *address)
{
    if (!count || !address)
        return E_INVALIDARG;
    *count = 0;
    *address = 0;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RoInspectThreadErrorInfo(UINT_PTR teb, USHORT machine, void *callback, void *context,
        UINT_PTR *address)
{
    if (!address)
        return E_INVALIDARG;
    *address = 0;
    return NOT_IMPLEMENTED();
}
