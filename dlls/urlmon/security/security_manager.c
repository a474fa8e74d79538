/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The security manager: which zone a URL belongs to, its security ID, and what it may do.
 * IInternetSecurityManager, Ex and Ex2; "About URL Security Zones".
 *
 * A host may bring its own manager: the site's IServiceProvider gives it for
 * SID_SInternetSecurityManager, and it is asked first; INET_E_DEFAULT_ACTION leaves a question to
 * this one.
 */
#include "com_aggregate.h"
#include "urlmon_module.h"
#include "zone_lockdown.h"
#include "zone_map.h"
#include "zone_registry.h"

#include <shlwapi.h>
#include <stdlib.h>
#include <wchar.h>

struct security_manager
{
    struct com_inner com;
    IInternetSecurityManagerEx2 IInternetSecurityManagerEx2_iface;
    SRWLOCK lock; /* guards the two below */
    IInternetSecurityMgrSite *site;
    IInternetSecurityManager *custom;
};

COM_INNER_METHODS(security_manager, struct security_manager, IInternetSecurityManagerEx2,
        IInternetSecurityManagerEx2_iface)

/* The host's own manager, with a reference; or NULL. */
static IInternetSecurityManager *custom_get(struct security_manager *manager)
{
    IInternetSecurityManager *custom;

    AcquireSRWLockShared(&manager->lock);
    if ((custom = manager->custom))
        IInternetSecurityManager_AddRef(custom);
    ReleaseSRWLockShared(&manager->lock);
    return custom;
}

/* Asks the host's manager: hr = CUSTOM_ASK(manager, Method, arguments). Without one, or when it
 * leaves the question to us, INET_E_DEFAULT_ACTION. */
#define CUSTOM_ASK(manager, method, ...)                                                           \
    ({                                                                                             \
        IInternetSecurityManager *custom_ = custom_get(manager);                                   \
        HRESULT hr_ = INET_E_DEFAULT_ACTION;                                                       \
        if (custom_)                                                                               \
        {                                                                                          \
            hr_ = custom_->lpVtbl->method(custom_, __VA_ARGS__);                                   \
            IInternetSecurityManager_Release(custom_);                                             \
        }                                                                                          \
        hr_;                                                                                       \
    })

static HRESULT STDMETHODCALLTYPE security_manager_SetSecuritySite(
        IInternetSecurityManagerEx2 *iface, IInternetSecurityMgrSite *site)
{
    struct security_manager *manager = security_manager_from_IInternetSecurityManagerEx2(iface);
    IInternetSecurityManager *custom = NULL, *old_custom;
    IInternetSecurityMgrSite *old_site;
    IServiceProvider *provider;

    if (site)
    {
        IInternetSecurityMgrSite_AddRef(site);
        if (SUCCEEDED(IInternetSecurityMgrSite_QueryInterface(site, &IID_IServiceProvider,
                    (void **)&provider)))
        {
            if (FAILED(IServiceProvider_QueryService(provider, &IID_IInternetSecurityManager,
                        &IID_IInternetSecurityManager, (void **)&custom)))
                custom = NULL;
            IServiceProvider_Release(provider);
        }
    }
    AcquireSRWLockExclusive(&manager->lock);
    old_site = manager->site;
    old_custom = manager->custom;
    manager->site = site;
    manager->custom = custom;
    ReleaseSRWLockExclusive(&manager->lock);
    if (old_custom)
        IInternetSecurityManager_Release(old_custom);
    if (old_site)
        IInternetSecurityMgrSite_Release(old_site);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE security_manager_GetSecuritySite(
        IInternetSecurityManagerEx2 *iface, IInternetSecurityMgrSite **out)
{
    struct security_manager *manager = security_manager_from_IInternetSecurityManagerEx2(iface);

    if (!out)
        return E_INVALIDARG;
    AcquireSRWLockShared(&manager->lock);
    if ((*out = manager->site))
        IInternetSecurityMgrSite_AddRef(*out);
    ReleaseSRWLockShared(&manager->lock);
    return S_OK;
}

/* The URL that counts for security, as a Uri; also of a path of a file. */
static HRESULT security_uri(const WCHAR *url, IUri **out)
{
    WCHAR *secure;
    HRESULT hr;

    *out = NULL;
    if (!url || !*url)
        return E_INVALIDARG;
    if (FAILED(hr = CoInternetGetSecurityUrl(url, &secure, PSU_SECURITY_URL_ONLY, 0)))
        return hr;
    hr = CreateUri(secure, Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME, 0, out);
    CoTaskMemFree(secure);
    return FAILED(hr) ? E_INVALIDARG : S_OK;
}

static HRESULT STDMETHODCALLTYPE security_manager_MapUrlToZone(IInternetSecurityManagerEx2 *iface,
        LPCWSTR url, DWORD *zone, DWORD flags)
{
    struct security_manager *manager = security_manager_from_IInternetSecurityManagerEx2(iface);
    HRESULT hr;
    IUri *uri;

    if (!zone)
        return E_INVALIDARG;
    hr = CUSTOM_ASK(manager, MapUrlToZone, url, zone, flags);
    if (hr != INET_E_DEFAULT_ACTION)
        return hr;
    *zone = (DWORD)URLZONE_INVALID;
    if (SUCCEEDED(hr = security_uri(url, &uri)))
    {
        hr = zone_of_uri(uri, flags, zone);
        IUri_Release(uri);
    }
    return hr;
}

/* The text of a security ID without its zone: "scheme:host", or of a URL without a host the whole;
 * of a local file "file:". In the encoding of URLs outside their path: ASCII. */
static HRESULT security_id_text(IUri *uri, const WCHAR *suffix, char text[MAX_SIZE_SECURITY_ID],
        DWORD *length)
{
    BSTR scheme = NULL, host = NULL, whole = NULL;
    DWORD kind = URL_SCHEME_UNKNOWN;
    HRESULT hr = IUri_GetSchemeName(uri, &scheme);
    int written = -1;

    if (SUCCEEDED(hr))
        hr = IUri_GetScheme(uri, &kind);
    if (SUCCEEDED(hr))
        hr = IUri_GetHost(uri, &host);
    if (SUCCEEDED(hr))
        hr = IUri_GetAbsoluteUri(uri, &whole);
    if (SUCCEEDED(hr))
    {
        WCHAR wide[MAX_SIZE_SECURITY_ID];
        const WCHAR *name = host && *host ? host : L"";
        size_t names = wcslen(name), suffixes = suffix ? wcslen(suffix) : 0;

        /* "This larger domain name" in place of the host, if it is the end of it. */
        if (suffixes && suffixes <= names && !_wcsicmp(name + names - suffixes, suffix))
            name += names - suffixes;
        if (*name || kind == URL_SCHEME_FILE)
            written = swprintf(wide, ARRAY_SIZE(wide) - sizeof(DWORD), L"%ls:%ls", scheme, name);
        else if (whole)
            written = swprintf(wide, ARRAY_SIZE(wide) - sizeof(DWORD), L"%ls", whole);
        if (written > 0)
            written = WideCharToMultiByte(CP_ACP, 0, wide, written, text,
                    MAX_SIZE_SECURITY_ID - sizeof(DWORD), NULL, NULL);
        if (written <= 0)
            hr = E_INVALIDARG;
    }
    SysFreeString(scheme);
    SysFreeString(host);
    SysFreeString(whole);
    *length = written > 0 ? (DWORD)written : 0;
    return FAILED(hr) ? E_INVALIDARG : S_OK;
}

static HRESULT security_id(IUri *uri, BYTE *id, DWORD *size, const WCHAR *suffix)
{
    char text[MAX_SIZE_SECURITY_ID];
    DWORD zone, length;
    HRESULT hr = zone_of_uri(uri, 0, &zone);

    if (SUCCEEDED(hr))
        hr = security_id_text(uri, suffix, text, &length);
    if (FAILED(hr))
        return hr;
    if (*size < length + sizeof(zone))
    {
        *size = length + sizeof(zone);
        return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
    }
    memcpy(id, text, length);
    memcpy(id + length, &zone, sizeof(zone));
    *size = length + sizeof(zone);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE security_manager_GetSecurityId(IInternetSecurityManagerEx2 *iface,
        LPCWSTR url, BYTE *id, DWORD *size, DWORD_PTR suffix)
{
    struct security_manager *manager = security_manager_from_IInternetSecurityManagerEx2(iface);
    HRESULT hr;
    IUri *uri;

    if (!id || !size)
        return E_INVALIDARG;
    hr = CUSTOM_ASK(manager, GetSecurityId, url, id, size, suffix);
    if (hr != INET_E_DEFAULT_ACTION)
        return hr;
    if (SUCCEEDED(hr = security_uri(url, &uri)))
    {
        hr = security_id(uri, id, size, (const WCHAR *)suffix);
        IUri_Release(uri);
    }
    return hr;
}

/* The policy of the zone of a Uri, or of its locked-down one, and what it means: S_OK allowed,
 * S_FALSE not. Who would have to be asked is refused: this manager has no dialogs. *out_flags:
 * PUAFOUT_*, may be NULL. Pages ms537136, ms537110, ms537119 and ms537171. */
static HRESULT action_process(IUri *uri, DWORD action, BYTE *out, DWORD size, DWORD flags,
        DWORD *out_flags)
{
    DWORD zone, policy, mapping = flags & PUAF_ENFORCERESTRICTED ? MUTZ_ENFORCERESTRICTED : 0;
    BOOL locked = FALSE;
    HRESULT hr;

    if (flags & PUAF_NOSAVEDFILECHECK)
        mapping |= MUTZ_NOSAVEDFILECHECK;
    if (SUCCEEDED(hr = zone_of_uri(uri, mapping, &zone)))
    {
        locked = zone_is_locked(uri, zone, flags);
        hr = zone_policy_read(zone, locked, action, URLZONEREG_DEFAULT, &policy);
    }
    if (FAILED(hr))
        return hr;
    if (locked && out_flags)
        *out_flags = PUAFOUT_ISLOCKZONEPOLICY;
    if (size >= sizeof(policy) && out)
        memcpy(out, &policy, sizeof(policy));
    switch (GetUrlPolicyPermissions(policy))
    {
    case URLPOLICY_ALLOW:
        return S_OK;
    case URLPOLICY_QUERY:
    case URLPOLICY_DISALLOW:
        return S_FALSE;
    default:
        return E_FAIL;
    }
}

static HRESULT STDMETHODCALLTYPE security_manager_ProcessUrlActionEx(
        IInternetSecurityManagerEx2 *iface, LPCWSTR url, DWORD action, BYTE *policy, DWORD size,
        BYTE *context, DWORD context_size, DWORD flags, DWORD reserved, DWORD *out_flags)
{
    struct security_manager *manager = security_manager_from_IInternetSecurityManagerEx2(iface);
    HRESULT hr;
    IUri *uri;

    if (out_flags)
        *out_flags = PUAFOUT_DEFAULT;
    hr = CUSTOM_ASK(manager, ProcessUrlAction, url, action, policy, size, context, context_size,
            flags, reserved);
    if (hr != INET_E_DEFAULT_ACTION)
        return hr;
    if (FAILED(hr = security_uri(url, &uri)))
        return hr;
    hr = action_process(uri, action, policy, size, flags, out_flags);
    IUri_Release(uri);
    return hr;
}

static HRESULT STDMETHODCALLTYPE security_manager_ProcessUrlAction(
        IInternetSecurityManagerEx2 *iface, LPCWSTR url, DWORD action, BYTE *policy, DWORD size,
        BYTE *context, DWORD context_size, DWORD flags, DWORD reserved)
{
    return security_manager_ProcessUrlActionEx(iface, url, action, policy, size, context,
            context_size, flags, reserved, NULL);
}

/* The policy that IInternetZoneManager::SetZoneCustomPolicy has set for the zone of the Uri, by
 * CoTaskMemAlloc. HRESULT_FROM_WIN32(ERROR_NOT_FOUND). */
static HRESULT custom_policy_find(IUri *uri, REFGUID key, BYTE **policy, DWORD *size)
{
    DWORD zone;
    HRESULT hr = key ? zone_of_uri(uri, 0, &zone) : E_INVALIDARG;

    return FAILED(hr) ? hr : zone_custom_policy_read(zone, key, URLZONEREG_DEFAULT, policy, size);
}

static HRESULT STDMETHODCALLTYPE security_manager_QueryCustomPolicy(
        IInternetSecurityManagerEx2 *iface, LPCWSTR url, REFGUID key, BYTE **policy, DWORD *size,
        BYTE *context, DWORD context_size, DWORD reserved)
{
    struct security_manager *manager = security_manager_from_IInternetSecurityManagerEx2(iface);
    HRESULT hr;
    IUri *uri;

    hr = CUSTOM_ASK(manager, QueryCustomPolicy, url, key, policy, size, context, context_size,
            reserved);
    if (hr != INET_E_DEFAULT_ACTION)
        return hr;
    if (!policy || !size)
        return E_INVALIDARG;
    if (FAILED(hr = security_uri(url, &uri)))
        return hr;
    hr = custom_policy_find(uri, key, policy, size);
    IUri_Release(uri);
    return hr;
}

static HRESULT STDMETHODCALLTYPE security_manager_SetZoneMapping(IInternetSecurityManagerEx2 *iface,
        DWORD zone, LPCWSTR pattern, DWORD flags)
{
    struct security_manager *manager = security_manager_from_IInternetSecurityManagerEx2(iface);
    HRESULT hr = CUSTOM_ASK(manager, SetZoneMapping, zone, pattern, flags);

    return hr != INET_E_DEFAULT_ACTION ? hr : zone_mapping_set(zone, pattern, flags);
}

static HRESULT STDMETHODCALLTYPE security_manager_GetZoneMappings(
        IInternetSecurityManagerEx2 *iface, DWORD zone, IEnumString **out, DWORD flags)
{
    struct security_manager *manager = security_manager_from_IInternetSecurityManagerEx2(iface);
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    hr = CUSTOM_ASK(manager, GetZoneMappings, zone, out, flags);
    return hr != INET_E_DEFAULT_ACTION ? hr : zone_mappings_enumerate(zone, out);
}

/* The Ex2 methods ask the host's manager by the text of the Uri, then answer like the others. */

/* The text and the Uri that counts for security. E_INVALIDARG: none, or a relative one. */
static HRESULT uri_prepare(IUri *uri, BSTR *text, IUri **secure)
{
    BOOL has_scheme = FALSE;
    HRESULT hr;

    *text = NULL;
    *secure = NULL;
    if (!uri || FAILED(IUri_HasProperty(uri, Uri_PROPERTY_SCHEME_NAME, &has_scheme)) || !has_scheme)
        return E_INVALIDARG;
    hr = IUri_GetAbsoluteUri(uri, text);
    if (SUCCEEDED(hr))
        hr = CoInternetGetSecurityUrlEx(uri, secure, PSU_SECURITY_URL_ONLY, 0);
    if (SUCCEEDED(hr))
        return S_OK;
    SysFreeString(*text);
    *text = NULL;
    return hr == E_OUTOFMEMORY ? hr : E_INVALIDARG;
}

static void uri_done(BSTR text, IUri *secure)
{
    SysFreeString(text);
    IUri_Release(secure);
}

/* "The mapped URL is returned": none is, for no URL is mapped to another by its mark. */
static HRESULT STDMETHODCALLTYPE security_manager_MapUrlToZoneEx2(
        IInternetSecurityManagerEx2 *iface, IUri *uri, DWORD *zone, DWORD flags, LPWSTR *mapped,
        DWORD *out_flags)
{
    struct security_manager *manager = security_manager_from_IInternetSecurityManagerEx2(iface);
    IUri *secure;
    HRESULT hr;
    BSTR text;

    if (mapped)
        *mapped = NULL;
    if (out_flags)
        *out_flags = 0;
    if (!zone)
        return E_INVALIDARG;
    *zone = (DWORD)URLZONE_INVALID;
    if (FAILED(hr = uri_prepare(uri, &text, &secure)))
        return hr;
    hr = CUSTOM_ASK(manager, MapUrlToZone, text, zone, flags);
    if (hr == INET_E_DEFAULT_ACTION)
        hr = zone_of_uri(secure, flags, zone);
    uri_done(text, secure);
    return hr;
}

static HRESULT STDMETHODCALLTYPE security_manager_ProcessUrlActionEx2(
        IInternetSecurityManagerEx2 *iface, IUri *uri, DWORD action, BYTE *policy, DWORD size,
        BYTE *context, DWORD context_size, DWORD flags, DWORD_PTR reserved, DWORD *out_flags)
{
    struct security_manager *manager = security_manager_from_IInternetSecurityManagerEx2(iface);
    IUri *secure;
    HRESULT hr;
    BSTR text;

    if (out_flags)
        *out_flags = PUAFOUT_DEFAULT;
    if (FAILED(hr = uri_prepare(uri, &text, &secure)))
        return hr;
    hr = CUSTOM_ASK(manager, ProcessUrlAction, text, action, policy, size, context, context_size,
            flags, (DWORD)reserved);
    if (hr == INET_E_DEFAULT_ACTION)
        hr = action_process(secure, action, policy, size, flags, out_flags);
    uri_done(text, secure);
    return hr;
}

static HRESULT STDMETHODCALLTYPE security_manager_GetSecurityIdEx2(
        IInternetSecurityManagerEx2 *iface, IUri *uri, BYTE *id, DWORD *size, DWORD_PTR suffix)
{
    struct security_manager *manager = security_manager_from_IInternetSecurityManagerEx2(iface);
    IUri *secure;
    HRESULT hr;
    BSTR text;

    if (!id || !size)
        return E_INVALIDARG;
    if (FAILED(hr = uri_prepare(uri, &text, &secure)))
        return hr;
    hr = CUSTOM_ASK(manager, GetSecurityId, text, id, size, suffix);
    if (hr == INET_E_DEFAULT_ACTION)
        hr = security_id(secure, id, size, (const WCHAR *)suffix);
    uri_done(text, secure);
    return hr;
}

static HRESULT STDMETHODCALLTYPE security_manager_QueryCustomPolicyEx2(
        IInternetSecurityManagerEx2 *iface, IUri *uri, REFGUID key, BYTE **policy, DWORD *size,
        BYTE *context, DWORD context_size, DWORD_PTR reserved)
{
    struct security_manager *manager = security_manager_from_IInternetSecurityManagerEx2(iface);
    IUri *secure;
    HRESULT hr;
    BSTR text;

    if (!policy || !size)
        return E_INVALIDARG;
    if (FAILED(hr = uri_prepare(uri, &text, &secure)))
        return hr;
    hr = CUSTOM_ASK(manager, QueryCustomPolicy, text, key, policy, size, context, context_size,
            (DWORD)reserved);
    if (hr == INET_E_DEFAULT_ACTION)
        hr = custom_policy_find(secure, key, policy, size);
    uri_done(text, secure);
    return hr;
}

static void security_manager_destroy(void *object)
{
    struct security_manager *manager = object;

    if (manager->custom)
        IInternetSecurityManager_Release(manager->custom);
    if (manager->site)
        IInternetSecurityMgrSite_Release(manager->site);
    free(manager);
}

static const struct com_interface security_manager_interfaces[] = {
        {&IID_IInternetSecurityManager,
                offsetof(struct security_manager, IInternetSecurityManagerEx2_iface)},
        {&IID_IInternetSecurityManagerEx,
                offsetof(struct security_manager, IInternetSecurityManagerEx2_iface)},
        {&IID_IInternetSecurityManagerEx2,
                offsetof(struct security_manager, IInternetSecurityManagerEx2_iface)},
};

static const struct com_inner_class security_manager_class = {"security manager",
        security_manager_interfaces, ARRAY_SIZE(security_manager_interfaces), NULL,
        security_manager_destroy};

static const IInternetSecurityManagerEx2Vtbl security_manager_vtbl = {
        security_manager_IInternetSecurityManagerEx2_QueryInterface,
        security_manager_IInternetSecurityManagerEx2_AddRef,
        security_manager_IInternetSecurityManagerEx2_Release,
        security_manager_SetSecuritySite,
        security_manager_GetSecuritySite,
        security_manager_MapUrlToZone,
        security_manager_GetSecurityId,
        security_manager_ProcessUrlAction,
        security_manager_QueryCustomPolicy,
        security_manager_SetZoneMapping,
        security_manager_GetZoneMappings,
        security_manager_ProcessUrlActionEx,
        security_manager_MapUrlToZoneEx2,
        security_manager_ProcessUrlActionEx2,
        security_manager_GetSecurityIdEx2,
        security_manager_QueryCustomPolicyEx2,
};

HRESULT security_manager_create(IUnknown *outer, REFIID iid, void **out)
{
    struct security_manager *manager = calloc(1, sizeof(*manager));

    *out = NULL;
    if (!manager)
        return E_OUTOFMEMORY;
    com_inner_init(&manager->com, &security_manager_class, outer);
    manager->IInternetSecurityManagerEx2_iface.lpVtbl =
            (IInternetSecurityManagerEx2Vtbl *)&security_manager_vtbl;
    return com_inner_hand_over(&manager->com, iid, out);
}

/* CoInternetCreateSecurityManager: makes a security manager; the service provider is not used.
 * Page "CoInternetCreateSecurityManager function". */
HRESULT WINAPI CoInternetCreateSecurityManager(IServiceProvider *provider,
        IInternetSecurityManager **out, DWORD reserved)
{
    (void)provider;
    (void)reserved;
    if (!out)
        return E_INVALIDARG;
    return security_manager_create(NULL, &IID_IInternetSecurityManager, (void **)out);
}
