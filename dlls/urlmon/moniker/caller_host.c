/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The container of an object that downloads something: it may complete partial URLs, and watch what
 * its objects download. Page "IBindHost interface", and pCaller on that of "URLOpenStream".
 */
#include "caller_host.h"

#include <oleidl.h>
#include <servprov.h>

#include "urlmon_module.h"

/* Through the service provider of the object, or of its site. */
static IBindHost *provider_host(IUnknown *object)
{
    IServiceProvider *provider;
    IBindHost *host = NULL;

    if (FAILED(IUnknown_QueryInterface(object, &IID_IServiceProvider, (void **)&provider)))
        return NULL;
    if (FAILED(IServiceProvider_QueryService(provider, &IID_IBindHost, &IID_IBindHost,
                (void **)&host)))
        host = NULL;
    IServiceProvider_Release(provider);
    return host;
}

IBindHost *caller_host_get(IUnknown *caller)
{
    IOleClientSite *site = NULL;
    IOleObject *object;
    IBindHost *host;

    if (!caller)
        return NULL;
    host = provider_host(caller);
    if (host || FAILED(IUnknown_QueryInterface(caller, &IID_IOleObject, (void **)&object)))
        return host;
    if (SUCCEEDED(IOleObject_GetClientSite(object, &site)) && site)
    {
        host = provider_host((IUnknown *)site);
        IOleClientSite_Release(site);
    }
    IOleObject_Release(object);
    return host;
}

HRESULT caller_host_moniker(IBindHost *host, IBindCtx *context, const WCHAR *url, IMoniker **out)
{
    *out = NULL;
    if (host && SUCCEEDED(IBindHost_CreateMoniker(host, (WCHAR *)url, context, out, 0)) && *out)
        return S_OK;
    *out = NULL;
    return CreateURLMoniker(NULL, url, out);
}

HRESULT caller_host_bind(IBindHost *host, IMoniker *moniker, IBindCtx *context,
        IBindStatusCallback *callback, void **out)
{
    *out = NULL;
    if (host)
        return IBindHost_MonikerBindToStorage(host, moniker, context, callback, &IID_IStream, out);
    return IMoniker_BindToStorage(moniker, context, NULL, &IID_IStream, out);
}
