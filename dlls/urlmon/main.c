/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* urlmon.dll: URL monikers. What the loader and COM call. */
#include "com_object.h"
#include "http_cookies.h"
#include "inet_session.h"
#include "inet_slots.h"
#include "trace.h"
#include "url_proxies.h"
#include "urlmon_module.h"
#include "zone_cache.h"

HINSTANCE urlmon_instance;

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved);

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    switch (reason)
    {
    case DLL_PROCESS_ATTACH:
        urlmon_instance = instance;
        trace_init("urlmon");
        break;
    case DLL_PROCESS_DETACH:
        if (!reserved)
        {
            features_module_detach();
            http_cookies_module_detach();
            inet_slots_module_detach();
            zone_cache_module_detach();
        }
        break;
    default:
        break;
    }
    return TRUE;
}

/* DllCanUnloadNow: S_OK while no object of this DLL is alive.
 * combaseapi/nf-combaseapi-dllcanunloadnow */
HRESULT WINAPI DllCanUnloadNow(void)
{
    if (com_object_count())
        return S_FALSE;
    inet_session_close_unused();
    return S_OK;
}

/* DllGetClassObject: the factories of the protocols, of the URL moniker, of the security and zone
 * managers; the proxies. combaseapi/nf-combaseapi-dllgetclassobject */
HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void **out)
{
    if (out && IsEqualGUID(clsid, &CLSID_UrlProxies))
        return url_proxies_get_class_object(iid, out);
    return class_factory_get(clsid, iid, out);
}
