/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoCreateInstance and its relatives. */
#include "class_activation.h"

#include "trace.h"

/* One interface of a new instance. */
static HRESULT instance_create(REFCLSID clsid, IUnknown *outer, DWORD context,
        const COSERVERINFO *server, REFIID iid, void **out)
{
    struct activation activation = {
            .clsid = *clsid,
            .context = context,
            .create = TRUE,
            .outer = outer,
            .iid = *iid,
    };
    HRESULT hr;

    if (!(hr = activation_check(&activation, server)))
        hr = activation_run(&activation);
    if (FAILED(hr))
        trace("CoCreateInstance %08lx, context %#lx: %#lx", clsid->Data1, context, hr);
    *out = SUCCEEDED(hr) ? activation.object : NULL;
    return hr;
}

/*
 * A new object of a class, in the process or in a local server. S_OK, E_POINTER,
 * CLASS_E_NOAGGREGATION (also when the object would live in another apartment), E_NOINTERFACE, and
 * the errors of CoGetClassObject. combaseapi/nf-combaseapi-cocreateinstance
 */
HRESULT WINAPI CoCreateInstance(REFCLSID clsid, IUnknown *outer, DWORD context, REFIID iid,
        void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    return instance_create(clsid, outer, context, NULL, iid, out);
}

static HRESULT results_prepare(MULTI_QI *results, DWORD count)
{
    if (!count || !results)
        return E_INVALIDARG;
    for (DWORD i = 0; i < count; i++)
        if (!results[i].pIID)
            return E_INVALIDARG;
    for (DWORD i = 0; i < count; i++)
    {
        results[i].pItf = NULL;
        results[i].hr = E_NOINTERFACE;
    }
    return S_OK;
}

static void results_fail(MULTI_QI *results, DWORD count, HRESULT hr)
{
    for (DWORD i = 0; i < count; i++)
        results[i].hr = hr;
}

/* Asks for each interface; a proxy gets all questions at once. */
static HRESULT results_query(IUnknown *object, MULTI_QI *results, DWORD count)
{
    DWORD found = 0;
    IMultiQI *multi;

    if (SUCCEEDED(IUnknown_QueryInterface(object, &IID_IMultiQI, (void **)&multi)))
    {
        IMultiQI_QueryMultipleInterfaces(multi, count, results);
        IMultiQI_Release(multi);
    }
    else
    {
        for (DWORD i = 0; i < count; i++)
            results[i].hr =
                    IUnknown_QueryInterface(object, results[i].pIID, (void **)&results[i].pItf);
    }
    for (DWORD i = 0; i < count; i++)
    {
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
 * A new object and several of its interfaces. S_OK: all; CO_S_NOTALLINTERFACES: some, each entry's
 * hr tells; E_NOINTERFACE: none. E_INVALIDARG; otherwise as CoCreateInstance, and then each entry
 * has that error. Names of this computer are accepted in `server`; another one does not answer.
 * combaseapi/nf-combaseapi-cocreateinstanceex
 */
HRESULT WINAPI CoCreateInstanceEx(REFCLSID clsid, IUnknown *outer, DWORD context,
        COSERVERINFO *server, DWORD count, MULTI_QI *results)
{
    IUnknown *object;
    HRESULT hr;

    if (FAILED(hr = results_prepare(results, count)))
        return hr;
    if (count == 1)
    {
        hr = instance_create(clsid, outer, context, server, results->pIID, (void **)&results->pItf);
        results->hr = hr;
        return hr;
    }
    hr = instance_create(clsid, outer, context, server, &IID_IUnknown, (void **)&object);
    if (FAILED(hr))
    {
        results_fail(results, count, hr);
        return hr;
    }
    hr = results_query(object, results, count);
    IUnknown_Release(object);
    return hr;
}

/*
 * The same as an application in a container may have it, with CLSCTX_APPCONTAINER: classes of its
 * manifest and some of the system's, none from the registry or registered in the process.
 * REGDB_E_CLASSNOTREG for others. `reserved` is a COSERVERINFO or NULL.
 * combaseapi/nf-combaseapi-cocreateinstancefromapp
 */
HRESULT WINAPI CoCreateInstanceFromApp(REFCLSID clsid, IUnknown *outer, DWORD context,
        void *reserved, DWORD count, MULTI_QI *results)
{
    return CoCreateInstanceEx(clsid, outer, context | CLSCTX_APPCONTAINER, reserved, count,
            results);
}
