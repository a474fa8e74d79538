/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server says about its object's clients. */
#include <windows.h>
#include <objbase.h>

#include "proxy_manager.h"
#include "standard_marshal.h"
#include "stub_manager.h"
#include "transport.h"

/* The stub manager of any interface pointer of an object of this apartment. */
static HRESULT object_manager(IUnknown *object, BOOL create, struct stub_manager **out)
{
    struct apartment *here = apartment_current();
    IUnknown *identity;
    HRESULT hr;

    *out = NULL;
    if (!here)
        return CO_E_NOTINITIALIZED;
    hr = IUnknown_QueryInterface(object, &IID_IUnknown, (void **)&identity);
    if (FAILED(hr))
        return hr;
    hr = stub_manager_get(here, identity, create, out);
    IUnknown_Release(identity);
    return hr;
}

HRESULT standard_disconnect(IUnknown *object)
{
    struct stub_manager *manager;
    HRESULT hr = object_manager(object, FALSE, &manager);

    if (FAILED(hr) || !manager)
        return FAILED(hr) ? hr : S_OK;
    stub_manager_disconnect(manager);
    stub_manager_release(manager);
    return S_OK;
}

/*
 * CoDisconnectObject: ends all connections to an object of this apartment: its clients get
 * RPC_E_DISCONNECTED from now on, and COM's references on it are released (those of calls on the
 * way when they are over). S_OK, also for an object without clients; E_INVALIDARG;
 * CO_E_NOTINITIALIZED. Page "CoDisconnectObject function (combaseapi.h)".
 */
HRESULT WINAPI CoDisconnectObject(IUnknown *pUnk, DWORD dwReserved)
{
    IMarshal *marshal;
    HRESULT hr;

    if (!pUnk)
        return E_INVALIDARG;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    if (FAILED(IUnknown_QueryInterface(pUnk, &IID_IMarshal, (void **)&marshal)))
        return standard_disconnect(pUnk);
    hr = IMarshal_DisconnectObject(marshal, dwReserved);
    IMarshal_Release(marshal);
    return hr;
}

/*
 * CoLockObjectExternal: fLock adds a strong connection to an object of this apartment, so that it
 * stays; else one is taken away, and fLastUnlockReleases tells whether the last one lets it go.
 * S_OK, E_INVALIDARG, CO_E_NOTINITIALIZED, E_OUTOFMEMORY. Page "CoLockObjectExternal function
 * (combaseapi.h)".
 */
HRESULT WINAPI CoLockObjectExternal(IUnknown *pUnk, BOOL fLock, BOOL fLastUnlockReleases)
{
    struct stub_manager *manager;
    HRESULT hr;

    if (!pUnk)
        return E_INVALIDARG;
    hr = object_manager(pUnk, fLock, &manager);
    if (FAILED(hr) || !manager)
        return FAILED(hr) ? hr : S_OK;
    if (fLock)
        hr = stub_manager_add_unit(manager);
    else
        stub_manager_remove_unit(manager, fLastUnlockReleases, TRUE);
    stub_manager_release(manager);
    return SUCCEEDED(hr) ? S_OK : hr;
}

/*
 * CoIsHandlerConnected: whether a proxy or handler still has its object. TRUE for what is no proxy.
 * Page "CoIsHandlerConnected function (combaseapi.h)".
 */
WINBOOL WINAPI CoIsHandlerConnected(IUnknown *pUnk)
{
    struct proxy_manager *manager = pUnk ? proxy_manager_from_unknown(pUnk) : NULL;
    BOOL connected = TRUE;

    if (!manager)
        return pUnk != NULL;
    if (!manager->oxid || manager->released)
        connected = FALSE;
    else if (manager->stub)
        connected = stub_manager_connected(manager->stub);
    else
        connected = connection_alive(manager->remote->connection);
    IUnknown_Release(manager->outer);
    return connected;
}
