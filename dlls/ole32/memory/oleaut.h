/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of oleaut32.dll which this DLL needs. It is loaded when the first of them is, since
 * it imports this one.
 */
#ifndef CONCIERGE_OLEAUT_H
#define CONCIERGE_OLEAUT_H

#include <windows.h>
#include <oaidl.h>

struct oleaut
{
    BSTR(WINAPI *SysAllocString)(const OLECHAR *text);
    BSTR(WINAPI *SysAllocStringByteLen)(const char *bytes, UINT size);
    void(WINAPI *SysFreeString)(BSTR text);
    UINT(WINAPI *SysStringByteLen)(BSTR text);
    HRESULT(WINAPI *SafeArrayCopy)(SAFEARRAY *array, SAFEARRAY **copy);
    HRESULT(WINAPI *SafeArrayDestroy)(SAFEARRAY *array);
    HRESULT(WINAPI *SafeArrayGetVartype)(SAFEARRAY *array, VARTYPE *type);
    ULONG(WINAPI *LPSAFEARRAY_UserSize)(ULONG *flags, ULONG size, SAFEARRAY **array);
    BYTE *(WINAPI *LPSAFEARRAY_UserMarshal)(ULONG *flags, BYTE *buffer, SAFEARRAY **array);
    BYTE *(WINAPI *LPSAFEARRAY_UserUnmarshal)(ULONG *flags, BYTE *buffer, SAFEARRAY **array);
};

/* Loads the DLL if need be; not to be called under a lock. NULL when it cannot be loaded. */
const struct oleaut *oleaut_get(void);

/* A BSTR of `text`; NULL for NULL. S_OK, E_OUTOFMEMORY. */
HRESULT oleaut_bstr(const WCHAR *text, BSTR *out);

#endif
