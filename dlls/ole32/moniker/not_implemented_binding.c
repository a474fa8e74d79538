/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Activation from storages and from the network. Not there yet. */
#include <windows.h>
#include <ole2.h>

#include "not_implemented.h"

/* None of this is there yet, so the parameters are not used. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* In no header of MinGW-w64. */
HRESULT WINAPI CLSIDFromOle1Class(const WCHAR *name, CLSID *clsid, BOOL force);

/* Every result says that there is none. */
static HRESULT no_instances(const char *function, DWORD count, MULTI_QI *results)
{
    DWORD i;

    if (!count || !results)
        return E_INVALIDARG;
    for (i = 0; i < count; i++)
    {
        results[i].pItf = NULL;
        results[i].hr = E_NOTIMPL;
    }
    return function_not_implemented(function);
}

HRESULT WINAPI CoInstall(IBindCtx *context, DWORD flags, uCLSSPEC *class, QUERYCONTEXT *query,
        WCHAR *code_base)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CreateStdProgressIndicator(HWND parent, const OLECHAR *title,
        IBindStatusCallback *caller, IBindStatusCallback **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI CLSIDFromOle1Class(const WCHAR *name, CLSID *clsid, BOOL force)
{
    if (!clsid)
        return E_INVALIDARG;
    *clsid = CLSID_NULL;
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CoGetInstanceFromIStorage(COSERVERINFO *server, CLSID *clsid, IUnknown *outer,
        DWORD context, IStorage *storage, DWORD count, MULTI_QI *results)
{
    return no_instances(__func__, count, results);
}
