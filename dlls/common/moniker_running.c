/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "moniker_running.h"

HRESULT moniker_runs(IMoniker *moniker, IBindCtx *context)
{
    IRunningObjectTable *table;
    HRESULT hr;

    if (!context)
        return E_INVALIDARG;
    hr = IBindCtx_GetRunningObjectTable(context, &table);
    if (FAILED(hr))
        return hr;
    hr = IRunningObjectTable_IsRunning(table, moniker);
    IRunningObjectTable_Release(table);
    return hr;
}

HRESULT moniker_running_object(IMoniker *moniker, IBindCtx *context, REFIID iid, void **out)
{
    IRunningObjectTable *table;
    IUnknown *object;
    HRESULT hr;

    *out = NULL;
    if (FAILED(IBindCtx_GetRunningObjectTable(context, &table)))
        return S_FALSE;
    hr = IRunningObjectTable_GetObject(table, moniker, &object);
    IRunningObjectTable_Release(table);
    if (hr != S_OK)
        return S_FALSE;
    hr = IUnknown_QueryInterface(object, iid, out);
    if (SUCCEEDED(hr))
        IBindCtx_RegisterObjectBound(context, object);
    IUnknown_Release(object);
    return hr;
}

HRESULT moniker_running_time(IMoniker *moniker, IBindCtx *context, FILETIME *time)
{
    IRunningObjectTable *table;
    HRESULT hr;

    if (FAILED(IBindCtx_GetRunningObjectTable(context, &table)))
        return S_FALSE;
    hr = IRunningObjectTable_GetTimeOfLastChange(table, moniker, time);
    IRunningObjectTable_Release(table);
    return hr == S_OK ? S_OK : S_FALSE;
}
