/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The process's policy for custom unmarshallers. Nothing is restricted unless the process wants it:
 * by IGlobalOptions (objidl/ne-objidl-globalopt_unmarshaling_policy_values) or by
 * CoInitializeSecurity (objidl/ne-objidl-eole_authentication_capabilities). There are no app
 * containers here, so that no data come from one, and the hybrid policy is the normal one.
 */
#include "unmarshal_policy.h"

#include <objbase.h>
#include <stdlib.h>
#include <wchar.h>

#include "builtin_classes.h"
#include "global_options.h"
#include "process_security.h"
#include "trace.h"

#define CATEGORY_MARSHALER L"{00000003-0000-0000-C000-000000000046}"

struct allowed_class
{
    struct allowed_class *next;
    CLSID clsid;
};

static SRWLOCK allowed_lock = SRWLOCK_INIT;
static struct allowed_class *allowed; /* they stay as long as the process */

static BOOL class_is_allowed(REFCLSID clsid)
{
    const struct allowed_class *entry;

    AcquireSRWLockShared(&allowed_lock);
    for (entry = allowed; entry && !IsEqualCLSID(&entry->clsid, clsid); entry = entry->next)
        ;
    ReleaseSRWLockShared(&allowed_lock);
    return entry != NULL;
}

static BOOL class_is_ours(REFCLSID clsid)
{
    IUnknown *object;

    if (FAILED(builtin_class_get_object(clsid, &IID_IUnknown, (void **)&object)))
        return FALSE;
    IUnknown_Release(object);
    return TRUE;
}

/* Whether the class is registered as one that may unmarshal, CATID_MARSHALER. */
static BOOL class_is_marshaler(REFCLSID clsid)
{
    WCHAR text[39], path[128];
    HKEY key;

    StringFromGUID2(clsid, text, ARRAYSIZE(text));
    swprintf(path, ARRAYSIZE(path), L"CLSID\\%ls\\Implemented Categories\\" CATEGORY_MARSHALER,
            text);
    if (RegOpenKeyExW(HKEY_CLASSES_ROOT, path, 0, KEY_QUERY_VALUE, &key))
        return FALSE;
    RegCloseKey(key);
    return TRUE;
}

HRESULT unmarshal_policy_check(REFCLSID clsid)
{
    BOOL strong = global_option(COMGLB_UNMARSHALING_POLICY) == COMGLB_UNMARSHALING_POLICY_STRONG;
    BOOL no_custom = process_security_no_custom_marshal();

    if ((!strong && !no_custom) || class_is_ours(clsid) || class_is_allowed(clsid))
        return S_OK;
    if (!strong && class_is_marshaler(clsid))
        return S_OK;
    trace("class {%08lx-...} may not unmarshal: the process's policy", clsid->Data1);
    return E_ACCESSDENIED;
}

/*
 * CoAllowUnmarshalerCLSID: this class may unmarshal in this process, whatever its policy. S_OK,
 * E_INVALIDARG, E_OUTOFMEMORY. combaseapi/nf-combaseapi-coallowunmarshalerclsid
 */
HRESULT WINAPI CoAllowUnmarshalerCLSID(REFCLSID clsid)
{
    struct allowed_class *entry;

    if (!clsid)
        return E_INVALIDARG;
    if (class_is_allowed(clsid))
        return S_OK;
    if (!(entry = malloc(sizeof(*entry))))
        return E_OUTOFMEMORY;
    entry->clsid = *clsid;
    AcquireSRWLockExclusive(&allowed_lock);
    entry->next = allowed;
    allowed = entry;
    ReleaseSRWLockExclusive(&allowed_lock);
    return S_OK;
}
