/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "oleaut.h"

#include "trace.h"

static struct oleaut functions;
static volatile LONG loaded;

static FARPROC function_find(HMODULE module, const char *name)
{
    FARPROC function = GetProcAddress(module, name);

    if (!function)
        trace("oleaut32.dll has no %s", name);
    return function;
}

const struct oleaut *oleaut_get(void)
{
    struct oleaut found;
    HMODULE module;

    if (loaded)
    {
        MemoryBarrier();
        return &functions;
    }
    module = LoadLibraryW(L"oleaut32.dll");
    if (!module)
    {
        trace("oleaut32.dll cannot be loaded, error %lu", GetLastError());
        return NULL;
    }
#define FIND(name) found.name = (void *)function_find(module, #name)
    FIND(SysAllocString);
    FIND(SysAllocStringByteLen);
    FIND(SysFreeString);
    FIND(SysStringByteLen);
    FIND(SafeArrayCopy);
    FIND(SafeArrayDestroy);
    FIND(SafeArrayGetVartype);
    FIND(LPSAFEARRAY_UserSize);
    FIND(LPSAFEARRAY_UserMarshal);
    FIND(LPSAFEARRAY_UserUnmarshal);
#undef FIND
    if (!found.SysAllocString || !found.SysAllocStringByteLen || !found.SysFreeString
            || !found.SysStringByteLen || !found.SafeArrayCopy || !found.SafeArrayDestroy
            || !found.SafeArrayGetVartype || !found.LPSAFEARRAY_UserSize
            || !found.LPSAFEARRAY_UserMarshal || !found.LPSAFEARRAY_UserUnmarshal)
    {
        FreeLibrary(module);
        return NULL;
    }
    functions = found; /* threads that come here together write the same */
    InterlockedExchange(&loaded, TRUE);
    return &functions;
}

HRESULT oleaut_bstr(const WCHAR *text, BSTR *out)
{
    const struct oleaut *oleaut;

    *out = NULL;
    if (!text)
        return S_OK;
    oleaut = oleaut_get();
    if (oleaut)
        *out = oleaut->SysAllocString(text);
    return *out ? S_OK : E_OUTOFMEMORY;
}
