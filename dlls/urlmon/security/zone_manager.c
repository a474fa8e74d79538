/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The zone manager: the zones' attributes and policies. IInternetZoneManager, Ex and Ex2;
 * CoInternetCreateZoneManager.
 */
#include "com_aggregate.h"
#include "not_implemented.h"
#include "urlmon_module.h"
#include "zone_registry.h"
#include "zone_template.h"

#include <stdlib.h>
#include <wchar.h>

#define ENUMERATORS_MAX 1024 /* open at once: each keeps the list of its time */

struct zone_list
{
    DWORD count;
    DWORD zones[];
};

struct zone_manager
{
    struct com_inner com;
    IInternetZoneManagerEx2 IInternetZoneManagerEx2_iface;
    SRWLOCK lock;             /* guards the two below */
    struct zone_list **lists; /* by the number of the enumerator; NULL: free */
    DWORD list_count;
};

COM_INNER_METHODS(zone_manager, struct zone_manager, IInternetZoneManagerEx2,
        IInternetZoneManagerEx2_iface)

/* --- attributes --- */

static void text_read(HKEY key, const WCHAR *name, WCHAR *out, DWORD room)
{
    DWORD size = room * sizeof(WCHAR);

    if (RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, out, &size))
        out[0] = 0;
}

static DWORD number_read(HKEY key, const WCHAR *name)
{
    DWORD value = 0, size = sizeof(value);

    return RegGetValueW(key, NULL, name, RRF_RT_REG_DWORD, NULL, &value, &size) ? 0 : value;
}

/* Of a zone that is not there, and of one that lacks a value, empty strings and zeros. With
 * ZAFLAGS_USE_LOCKED_ZONES of the locked-down zone. With
 * ZAFLAGS_VERIFY_TEMPLATE_SETTINGS the current level is URLTEMPLATE_CUSTOM when the policies are
 * not those of the template: platform-apis/ms537050. */
static HRESULT STDMETHODCALLTYPE zone_manager_GetZoneAttributesEx(IInternetZoneManagerEx2 *iface,
        DWORD zone, ZONEATTRIBUTES *attributes, DWORD flags)
{
    HKEY roots[2], key;
    unsigned int count = zone_roots(URLZONEREG_DEFAULT, roots);
    BOOL locked = (flags & ZAFLAGS_USE_LOCKED_ZONES) != 0;

    (void)iface;
    if (!attributes)
        return E_INVALIDARG;
    for (unsigned int i = 0; i < count; i++)
    {
        if (zone_key_open(roots[i], zone, locked, KEY_READ, &key))
            continue;
        text_read(key, L"DisplayName", attributes->szDisplayName,
                ARRAY_SIZE(attributes->szDisplayName));
        text_read(key, L"Description", attributes->szDescription,
                ARRAY_SIZE(attributes->szDescription));
        text_read(key, L"Icon", attributes->szIconPath, ARRAY_SIZE(attributes->szIconPath));
        attributes->dwTemplateMinLevel = number_read(key, L"MinLevel");
        attributes->dwTemplateRecommended = number_read(key, L"RecommendedLevel");
        attributes->dwTemplateCurrentLevel = number_read(key, L"CurrentLevel");
        attributes->dwFlags = number_read(key, L"Flags");
        RegCloseKey(key);
        if ((flags & ZAFLAGS_VERIFY_TEMPLATE_SETTINGS) && !locked
                && !zone_template_matches(attributes->dwTemplateCurrentLevel, zone))
            attributes->dwTemplateCurrentLevel = URLTEMPLATE_CUSTOM;
        return S_OK;
    }
    attributes->szDisplayName[0] = attributes->szDescription[0] = attributes->szIconPath[0] = 0;
    attributes->dwTemplateMinLevel = attributes->dwTemplateRecommended = 0;
    attributes->dwTemplateCurrentLevel = attributes->dwFlags = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE zone_manager_GetZoneAttributes(IInternetZoneManagerEx2 *iface,
        DWORD zone, ZONEATTRIBUTES *attributes)
{
    return zone_manager_GetZoneAttributesEx(iface, zone, attributes, 0);
}

static LSTATUS text_write(HKEY key, const WCHAR *name, const WCHAR *text, DWORD room)
{
    DWORD length = (DWORD)wcsnlen(text, room);

    if (length == room)
        return ERROR_INVALID_PARAMETER;
    return RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text, (length + 1) * sizeof(WCHAR));
}

static LSTATUS number_write(HKEY key, const WCHAR *name, DWORD value)
{
    return RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&value, sizeof(value));
}

static HRESULT STDMETHODCALLTYPE zone_manager_SetZoneAttributes(IInternetZoneManagerEx2 *iface,
        DWORD zone, ZONEATTRIBUTES *attributes)
{
    LSTATUS error;
    HKEY key;

    (void)iface;
    if (!attributes || zone_key_open(HKEY_CURRENT_USER, zone, FALSE, KEY_SET_VALUE, &key))
        return E_INVALIDARG;
    error = text_write(key, L"DisplayName", attributes->szDisplayName,
            ARRAY_SIZE(attributes->szDisplayName));
    if (!error)
        error = text_write(key, L"Description", attributes->szDescription,
                ARRAY_SIZE(attributes->szDescription));
    if (!error)
        error = text_write(key, L"Icon", attributes->szIconPath,
                ARRAY_SIZE(attributes->szIconPath));
    if (!error)
        error = number_write(key, L"MinLevel", attributes->dwTemplateMinLevel);
    if (!error)
        error = number_write(key, L"RecommendedLevel", attributes->dwTemplateRecommended);
    if (!error)
        error = number_write(key, L"CurrentLevel", attributes->dwTemplateCurrentLevel);
    if (!error)
        error = number_write(key, L"Flags", attributes->dwFlags);
    RegCloseKey(key);
    return HRESULT_FROM_WIN32(error);
}

/* --- policies --- */

/* ...Ex: with ZAFLAGS_USE_LOCKED_ZONES those of the locked-down zone; platform-apis/ms537047 and
 * ms537058. */
static HRESULT STDMETHODCALLTYPE zone_manager_GetZoneActionPolicyEx(IInternetZoneManagerEx2 *iface,
        DWORD zone, DWORD action, BYTE *policy, DWORD size, URLZONEREG which, DWORD flags)
{
    DWORD value;
    HRESULT hr;

    (void)iface;
    if (!policy || size < sizeof(value))
        return E_INVALIDARG;
    if (SUCCEEDED(hr = zone_policy_read(zone, (flags & ZAFLAGS_USE_LOCKED_ZONES) != 0, action,
                          which, &value)))
        memcpy(policy, &value, sizeof(value));
    return hr;
}

static HRESULT STDMETHODCALLTYPE zone_manager_GetZoneActionPolicy(IInternetZoneManagerEx2 *iface,
        DWORD zone, DWORD action, BYTE *policy, DWORD size, URLZONEREG which)
{
    return zone_manager_GetZoneActionPolicyEx(iface, zone, action, policy, size, which, 0);
}

static HRESULT STDMETHODCALLTYPE zone_manager_SetZoneActionPolicyEx(IInternetZoneManagerEx2 *iface,
        DWORD zone, DWORD action, BYTE *policy, DWORD size, URLZONEREG which, DWORD flags)
{
    DWORD value;

    (void)iface;
    if (!policy || size < sizeof(value))
        return E_INVALIDARG;
    memcpy(&value, policy, sizeof(value));
    return zone_policy_write(zone, (flags & ZAFLAGS_USE_LOCKED_ZONES) != 0, action, which, value);
}

static HRESULT STDMETHODCALLTYPE zone_manager_SetZoneActionPolicy(IInternetZoneManagerEx2 *iface,
        DWORD zone, DWORD action, BYTE *policy, DWORD size, URLZONEREG which)
{
    return zone_manager_SetZoneActionPolicyEx(iface, zone, action, policy, size, which, 0);
}

static HRESULT STDMETHODCALLTYPE zone_manager_GetZoneCustomPolicy(IInternetZoneManagerEx2 *iface,
        DWORD zone, REFGUID guid, BYTE **policy, DWORD *size, URLZONEREG which)
{
    (void)iface;
    if (!policy || !size || !guid)
        return E_INVALIDARG;
    return zone_custom_policy_read(zone, guid, which, policy, size);
}

static HRESULT STDMETHODCALLTYPE zone_manager_SetZoneCustomPolicy(IInternetZoneManagerEx2 *iface,
        DWORD zone, REFGUID guid, BYTE *policy, DWORD size, URLZONEREG which)
{
    HKEY roots[2], key;
    WCHAR name[40];
    LSTATUS error;

    (void)iface;
    if (!guid || (!policy && size) || !zone_roots(which, roots)
            || zone_key_open(roots[0], zone, FALSE, KEY_SET_VALUE, &key))
        return E_INVALIDARG;
    StringFromGUID2(guid, name, ARRAY_SIZE(name));
    error = RegSetValueExW(key, name, 0, REG_BINARY, policy, size);
    RegCloseKey(key);
    return HRESULT_FROM_WIN32(error);
}

/* PromptAction and LogAction: "Not currently implemented", page "IInternetZoneManager"
 * (embedded/ms928867). */
static HRESULT STDMETHODCALLTYPE zone_manager_PromptAction(IInternetZoneManagerEx2 *iface,
        DWORD action, HWND parent, LPCWSTR url, LPCWSTR text, DWORD flags)
{
    (void)iface;
    (void)action;
    (void)parent;
    (void)url;
    (void)text;
    (void)flags;
    return NOT_IMPLEMENTED();
}

static HRESULT STDMETHODCALLTYPE zone_manager_LogAction(IInternetZoneManagerEx2 *iface,
        DWORD action, LPCWSTR url, LPCWSTR text, DWORD flags)
{
    (void)iface;
    (void)action;
    (void)url;
    (void)text;
    (void)flags;
    return NOT_IMPLEMENTED();
}

/* CopyTemplatePoliciesToZone: platform-apis/aa359120. `flags` other than 0 is the one flag there
 * is, ZONEMGR_FLAG_ONLY_INSECURE. */
static HRESULT STDMETHODCALLTYPE zone_manager_CopyTemplatePoliciesToZone(
        IInternetZoneManagerEx2 *iface, DWORD template, DWORD zone, DWORD flags)
{
    (void)iface;
    return zone_template_copy(template, zone, flags != 0);
}

/* --- enumerators --- */

static int number_compare(const void *left, const void *right)
{
    DWORD a = *(const DWORD *)left, b = *(const DWORD *)right;

    return a < b ? -1 : a > b;
}

/* The zones of the machine, by number. */
static HRESULT zones_list(struct zone_list **out)
{
    DWORD room = 0;
    HKEY zones;

    *out = NULL;
    if (!RegOpenKeyExW(HKEY_LOCAL_MACHINE, INTERNET_SETTINGS L"Zones", 0, KEY_READ, &zones))
        RegQueryInfoKeyW(zones, NULL, NULL, NULL, &room, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    else
        zones = NULL;
    if (!(*out = malloc(sizeof(**out) + room * sizeof(DWORD))))
    {
        if (zones)
            RegCloseKey(zones);
        return E_OUTOFMEMORY;
    }
    (*out)->count = 0;
    for (DWORD i = 0; i < room; i++)
    {
        WCHAR name[16], *end;
        DWORD length = ARRAY_SIZE(name), zone;

        if (RegEnumKeyExW(zones, i, name, &length, NULL, NULL, NULL, NULL))
            continue;
        zone = wcstoul(name, &end, 10);
        if (end != name && !*end)
            (*out)->zones[(*out)->count++] = zone;
    }
    if (zones)
        RegCloseKey(zones);
    qsort((*out)->zones, (*out)->count, sizeof(DWORD), number_compare);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE zone_manager_CreateZoneEnumerator(IInternetZoneManagerEx2 *iface,
        DWORD *number, DWORD *count, DWORD flags)
{
    struct zone_manager *manager = zone_manager_from_IInternetZoneManagerEx2(iface);
    struct zone_list *list;
    HRESULT hr;
    DWORD i;

    if (!number || !count || flags)
        return E_INVALIDARG;
    if (FAILED(hr = zones_list(&list)))
        return hr;
    AcquireSRWLockExclusive(&manager->lock);
    for (i = 0; i < manager->list_count && manager->lists[i]; i++)
        ;
    if (i == manager->list_count)
    {
        struct zone_list **lists =
                i < ENUMERATORS_MAX ? realloc(manager->lists, (i + 1) * sizeof(*lists)) : NULL;

        if (lists)
        {
            manager->lists = lists;
            manager->list_count++;
        }
        else
        {
            hr = E_OUTOFMEMORY;
        }
    }
    if (SUCCEEDED(hr))
    {
        manager->lists[i] = list;
        *number = i;
        *count = list->count;
    }
    ReleaseSRWLockExclusive(&manager->lock);
    if (FAILED(hr))
        free(list);
    return hr;
}

static HRESULT STDMETHODCALLTYPE zone_manager_GetZoneAt(IInternetZoneManagerEx2 *iface,
        DWORD number, DWORD index, DWORD *zone)
{
    struct zone_manager *manager = zone_manager_from_IInternetZoneManagerEx2(iface);
    HRESULT hr = E_INVALIDARG;

    if (!zone)
        return hr;
    AcquireSRWLockShared(&manager->lock);
    if (number < manager->list_count && manager->lists[number]
            && index < manager->lists[number]->count)
    {
        *zone = manager->lists[number]->zones[index];
        hr = S_OK;
    }
    ReleaseSRWLockShared(&manager->lock);
    return hr;
}

static HRESULT STDMETHODCALLTYPE zone_manager_DestroyZoneEnumerator(IInternetZoneManagerEx2 *iface,
        DWORD number)
{
    struct zone_manager *manager = zone_manager_from_IInternetZoneManagerEx2(iface);
    struct zone_list *list = NULL;

    AcquireSRWLockExclusive(&manager->lock);
    if (number < manager->list_count)
    {
        list = manager->lists[number];
        manager->lists[number] = NULL;
    }
    ReleaseSRWLockExclusive(&manager->lock);
    free(list);
    return list ? S_OK : E_INVALIDARG;
}

/* --- the state of security --- */

#define SECURITY_CHECK L"Software\\Microsoft\\Internet Explorer\\Security"

/* "To disable zone security checks": page "IInternetZoneManagerEx2 interface". */
static BOOL security_check_is_off(void)
{
    static const HKEY roots[] = {HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER};

    for (unsigned int i = 0; i < ARRAY_SIZE(roots); i++)
    {
        DWORD off = 0, size = sizeof(off);

        if (!RegGetValueW(roots[i], SECURITY_CHECK, L"DisableSecuritySettingsCheck",
                    RRF_RT_REG_DWORD, NULL, &off, &size)
                && off)
            return TRUE;
    }
    return FALSE;
}

/* Red: the zone allows more than the lowest template that it may have. */
static HRESULT STDMETHODCALLTYPE zone_manager_GetZoneSecurityState(IInternetZoneManagerEx2 *iface,
        DWORD zone, WINBOOL respect_policy, LPDWORD state, WINBOOL *policy_encountered)
{
    DWORD lowest;

    (void)iface;
    (void)respect_policy;
    if (!state || !zone_exists(zone))
        return E_INVALIDARG;
    *state = SECURITY_IE_STATE_GREEN;
    if (policy_encountered)
        *policy_encountered = FALSE;
    lowest = zone_number_read(zone, L"MinLevel");
    if (lowest && !security_check_is_off() && zone_template_is_undercut(lowest, zone))
        *state = SECURITY_IE_STATE_RED;
    return S_OK;
}

/* Red when one of the zones is. */
static HRESULT STDMETHODCALLTYPE zone_manager_GetIESecurityState(IInternetZoneManagerEx2 *iface,
        WINBOOL respect_policy, LPDWORD state, WINBOOL *policy_encountered, WINBOOL no_cache)
{
    HRESULT hr = state ? S_OK : E_INVALIDARG;

    (void)no_cache; /* nothing is cached */
    for (DWORD zone = URLZONE_LOCAL_MACHINE; SUCCEEDED(hr) && zone <= URLZONE_UNTRUSTED; zone++)
    {
        hr = zone_manager_GetZoneSecurityState(iface, zone, respect_policy, state,
                policy_encountered);
        if (SUCCEEDED(hr) && *state == SECURITY_IE_STATE_RED)
            break;
    }
    return hr;
}

/* FixUnsecureSettings: what allows more than the recommended template of its zone is put back. */
static HRESULT STDMETHODCALLTYPE zone_manager_FixUnsecureSettings(IInternetZoneManagerEx2 *iface)
{
    (void)iface;
    for (DWORD zone = URLZONE_LOCAL_MACHINE; zone <= URLZONE_UNTRUSTED; zone++)
    {
        DWORD template = zone_number_read(zone, L"RecommendedLevel");
        HRESULT hr = template ? zone_template_copy(template, zone, TRUE) : S_OK;

        if (FAILED(hr))
            return hr;
    }
    return S_OK;
}

/* --- the object --- */

static void zone_manager_destroy(void *object)
{
    struct zone_manager *manager = object;

    for (DWORD i = 0; i < manager->list_count; i++)
        free(manager->lists[i]);
    free(manager->lists);
    free(manager);
}

static const struct com_interface zone_manager_interfaces[] = {
        {&IID_IInternetZoneManager, offsetof(struct zone_manager, IInternetZoneManagerEx2_iface)},
        {&IID_IInternetZoneManagerEx, offsetof(struct zone_manager, IInternetZoneManagerEx2_iface)},
        {&IID_IInternetZoneManagerEx2,
                offsetof(struct zone_manager, IInternetZoneManagerEx2_iface)},
};

static const struct com_inner_class zone_manager_class = {"zone manager", zone_manager_interfaces,
        ARRAY_SIZE(zone_manager_interfaces), NULL, zone_manager_destroy};

static const IInternetZoneManagerEx2Vtbl zone_manager_vtbl = {
        zone_manager_IInternetZoneManagerEx2_QueryInterface,
        zone_manager_IInternetZoneManagerEx2_AddRef,
        zone_manager_IInternetZoneManagerEx2_Release,
        zone_manager_GetZoneAttributes,
        zone_manager_SetZoneAttributes,
        zone_manager_GetZoneCustomPolicy,
        zone_manager_SetZoneCustomPolicy,
        zone_manager_GetZoneActionPolicy,
        zone_manager_SetZoneActionPolicy,
        zone_manager_PromptAction,
        zone_manager_LogAction,
        zone_manager_CreateZoneEnumerator,
        zone_manager_GetZoneAt,
        zone_manager_DestroyZoneEnumerator,
        zone_manager_CopyTemplatePoliciesToZone,
        zone_manager_GetZoneActionPolicyEx,
        zone_manager_SetZoneActionPolicyEx,
        zone_manager_GetZoneAttributesEx,
        zone_manager_GetZoneSecurityState,
        zone_manager_GetIESecurityState,
        zone_manager_FixUnsecureSettings,
};

HRESULT zone_manager_create(IUnknown *outer, REFIID iid, void **out)
{
    struct zone_manager *manager = calloc(1, sizeof(*manager));

    *out = NULL;
    if (!manager)
        return E_OUTOFMEMORY;
    com_inner_init(&manager->com, &zone_manager_class, outer);
    manager->IInternetZoneManagerEx2_iface.lpVtbl =
            (IInternetZoneManagerEx2Vtbl *)&zone_manager_vtbl;
    return com_inner_hand_over(&manager->com, iid, out);
}

/* CoInternetCreateZoneManager: makes a zone manager; the service provider is not used. Page
 * "CoInternetCreateZoneManager function". */
HRESULT WINAPI CoInternetCreateZoneManager(IServiceProvider *provider, IInternetZoneManager **out,
        DWORD reserved)
{
    (void)provider;
    (void)reserved;
    if (!out)
        return E_INVALIDARG;
    return zone_manager_create(NULL, &IID_IInternetZoneManager, (void **)out);
}
