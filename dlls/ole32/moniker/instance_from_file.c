/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A new object which loads itself from a file. */
#include <windows.h>
#include <ole2.h>

#include "trace.h"

static HRESULT file_load(IUnknown *object, const OLECHAR *name, DWORD mode)
{
    IPersistFile *persist;
    HRESULT hr = IUnknown_QueryInterface(object, &IID_IPersistFile, (void **)&persist);

    if (FAILED(hr))
        return hr;
    hr = IPersistFile_Load(persist, name, mode);
    IPersistFile_Release(persist);
    return hr;
}

/* An instance of the class, loaded. */
static HRESULT instance_load(COSERVERINFO *server, REFCLSID clsid, IUnknown *outer, DWORD context,
        DWORD mode, const OLECHAR *name, IUnknown **out)
{
    MULTI_QI result = {.pIID = &IID_IUnknown};
    HRESULT hr = CoCreateInstanceEx(clsid, outer, context, server, 1, &result);

    *out = NULL;
    if (FAILED(hr))
        return hr;
    hr = file_load(result.pItf, name, mode);
    if (SUCCEEDED(hr))
        *out = result.pItf;
    else
        IUnknown_Release(result.pItf);
    return hr;
}

static HRESULT instance_query(IUnknown *object, DWORD count, MULTI_QI *results)
{
    DWORD found = 0;

    for (DWORD i = 0; i < count; i++)
    {
        results[i].hr = IUnknown_QueryInterface(object, results[i].pIID, (void **)&results[i].pItf);
        if (SUCCEEDED(results[i].hr))
            found++;
        else
            results[i].pItf = NULL;
    }
    if (found == count)
        return S_OK;
    return found ? CO_S_NOTALLINTERFACES : E_NOINTERFACE;
}

/*
 * CoGetInstanceFromFile: an instance of a class, loaded from a file through IPersistFile, and
 * several of its interfaces. Without a class the file tells it (GetClassFile). S_OK;
 * CO_S_NOTALLINTERFACES and E_NOINTERFACE as CoCreateInstanceEx, whose errors and those of
 * IPersistFile are also in each entry's hr; the errors of GetClassFile; E_INVALIDARG also for an
 * entry whose pItf is not NULL. objbase/nf-objbase-cogetinstancefromfile
 */
HRESULT WINAPI CoGetInstanceFromFile(COSERVERINFO *server, CLSID *clsid, IUnknown *outer,
        DWORD context, DWORD mode, OLECHAR *name, DWORD count, MULTI_QI *results)
{
    CLSID of_file;
    IUnknown *object;
    HRESULT hr;

    if (!name || !count || !results)
        return E_INVALIDARG;
    for (DWORD i = 0; i < count; i++)
        if (!results[i].pIID || results[i].pItf)
            return E_INVALIDARG;
    for (DWORD i = 0; i < count; i++)
        results[i].hr = E_NOINTERFACE;

    if (!clsid && FAILED(hr = GetClassFile(name, clsid = &of_file)))
        return hr;
    hr = instance_load(server, clsid, outer, context, mode, name, &object);
    if (FAILED(hr))
    {
        trace("CoGetInstanceFromFile %ls: %#lx", name, hr);
        for (DWORD i = 0; i < count; i++)
            results[i].hr = hr;
        return hr;
    }
    hr = instance_query(object, count, results);
    IUnknown_Release(object);
    return hr;
}
