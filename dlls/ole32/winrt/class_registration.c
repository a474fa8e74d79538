/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is registered about a class of the Windows Runtime, as an object. MinGW-w64 has no
 * activationregistration.h. */
#include <stdlib.h>

#include "com_object.h"
#include "not_implemented.h"
#include "runtime_class.h"

typedef struct IActivatableClassRegistration IActivatableClassRegistration;

struct IActivatableClassRegistrationVtbl
{
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IActivatableClassRegistration *, REFIID, void **);
    ULONG(STDMETHODCALLTYPE *AddRef)(IActivatableClassRegistration *);
    ULONG(STDMETHODCALLTYPE *Release)(IActivatableClassRegistration *);
    HRESULT(STDMETHODCALLTYPE *GetIids)(IActivatableClassRegistration *, ULONG *, IID **);
    HRESULT(STDMETHODCALLTYPE *GetRuntimeClassName)(IActivatableClassRegistration *, HSTRING *);
    HRESULT(STDMETHODCALLTYPE *GetTrustLevel)(IActivatableClassRegistration *, TrustLevel *);
    HRESULT(STDMETHODCALLTYPE *get_ActivatableClassId)(IActivatableClassRegistration *, HSTRING *);
    HRESULT(STDMETHODCALLTYPE *get_ActivationType)(IActivatableClassRegistration *, INT32 *);
    HRESULT(STDMETHODCALLTYPE *get_RegistrationScope)(IActivatableClassRegistration *, INT32 *);
    HRESULT(STDMETHODCALLTYPE *get_RegisteredTrustLevel)
    (IActivatableClassRegistration *, TrustLevel *);
    HRESULT(STDMETHODCALLTYPE *get_Attributes)(IActivatableClassRegistration *, IInspectable **);
};

struct IActivatableClassRegistration
{
    const struct IActivatableClassRegistrationVtbl *lpVtbl;
};

#define SCOPE_PER_MACHINE 0 /* of RegistrationScope */

static const IID iid_registration = {0xc8aa04f6, 0x66c6, 0x46a3,
        {0x8f, 0xe6, 0xf5, 0x6b, 0xe7, 0xdd, 0xc0, 0x91}};

/* Never changes. */
struct class_registration
{
    struct com_object object;
    IActivatableClassRegistration IActivatableClassRegistration_iface;
    HSTRING name;
    enum runtime_class_place place;
    TrustLevel trust;
};

HRESULT WINAPI RoGetActivatableClassRegistration(HSTRING name, IActivatableClassRegistration **out);

COM_OBJECT_METHODS(registration, struct class_registration, IActivatableClassRegistration,
        IActivatableClassRegistration_iface)

static HRESULT STDMETHODCALLTYPE registration_GetIids(IActivatableClassRegistration *iface,
        ULONG *count, IID **iids)
{
    (void)iface;
    if (!count || !iids)
        return E_POINTER;
    *count = 0;
    if (!(*iids = CoTaskMemAlloc(sizeof(**iids))))
        return E_OUTOFMEMORY;
    **iids = iid_registration;
    *count = 1;
    return S_OK;
}

/* It is of no class. */
static HRESULT STDMETHODCALLTYPE registration_GetRuntimeClassName(
        IActivatableClassRegistration *iface, HSTRING *name)
{
    (void)iface;
    if (!name)
        return E_POINTER;
    *name = NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE registration_GetTrustLevel(IActivatableClassRegistration *iface,
        TrustLevel *level)
{
    (void)iface;
    if (!level)
        return E_POINTER;
    *level = BaseTrust;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE registration_get_ActivatableClassId(
        IActivatableClassRegistration *iface, HSTRING *name)
{
    return name ? WindowsDuplicateString(
                   registration_from_IActivatableClassRegistration(iface)->name, name)
                : E_POINTER;
}

static HRESULT STDMETHODCALLTYPE registration_get_ActivationType(
        IActivatableClassRegistration *iface, INT32 *type)
{
    if (!type)
        return E_POINTER;
    *type = (INT32)registration_from_IActivatableClassRegistration(iface)->place;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE registration_get_RegistrationScope(
        IActivatableClassRegistration *iface, INT32 *scope)
{
    (void)iface;
    if (!scope)
        return E_POINTER;
    *scope = SCOPE_PER_MACHINE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE registration_get_RegisteredTrustLevel(
        IActivatableClassRegistration *iface, TrustLevel *level)
{
    if (!level)
        return E_POINTER;
    *level = registration_from_IActivatableClassRegistration(iface)->trust;
    return S_OK;
}

/* Where the registry has them is documented nowhere. */
static HRESULT STDMETHODCALLTYPE registration_get_Attributes(IActivatableClassRegistration *iface,
        IInspectable **attributes)
{
    (void)iface;
    return NOT_IMPLEMENTED_OBJECT(attributes);
}

static const struct IActivatableClassRegistrationVtbl registration_vtbl = {
        registration_IActivatableClassRegistration_QueryInterface,
        registration_IActivatableClassRegistration_AddRef,
        registration_IActivatableClassRegistration_Release,
        registration_GetIids,
        registration_GetRuntimeClassName,
        registration_GetTrustLevel,
        registration_get_ActivatableClassId,
        registration_get_ActivationType,
        registration_get_RegistrationScope,
        registration_get_RegisteredTrustLevel,
        registration_get_Attributes,
};

static void registration_destroy(void *object)
{
    struct class_registration *registration = object;

    WindowsDeleteString(registration->name);
    free(registration);
}

static const struct com_interface registration_interfaces[] = {
        {&IID_IUnknown, offsetof(struct class_registration, IActivatableClassRegistration_iface)},
        {&IID_IInspectable,
                offsetof(struct class_registration, IActivatableClassRegistration_iface)},
        {&iid_registration,
                offsetof(struct class_registration, IActivatableClassRegistration_iface)},
        {&IID_IAgileObject,
                offsetof(struct class_registration, IActivatableClassRegistration_iface)},
};

static const struct com_class registration_class = {"class_registration", registration_interfaces,
        ARRAY_SIZE(registration_interfaces), registration_destroy};

/*
 * RoGetActivatableClassRegistration: the name, the activation type, the scope and the trust level
 * of a registered class; it has no IDllServerActivatableClassRegistration and no
 * IExeServerActivatableClassRegistration, whose identifiers are not public. S_OK, E_POINTER,
 * REGDB_E_CLASSNOTREG, E_OUTOFMEMORY. roregistrationapi/nf-roregistrationapi-
 * rogetactivatableclassregistration, activationregistration/nn-activationregistration-
 * iactivatableclassregistration
 */
HRESULT WINAPI RoGetActivatableClassRegistration(HSTRING name, IActivatableClassRegistration **out)
{
    struct class_registration *registration;
    struct runtime_class class;
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (FAILED(hr = runtime_class_read(name, &class)))
        return hr;
    if ((registration = calloc(1, sizeof(*registration))))
    {
        com_object_init(&registration->object, &registration_class);
        registration->IActivatableClassRegistration_iface.lpVtbl = &registration_vtbl;
        registration->place = class.place;
        registration->trust = class.trust <= FullTrust ? (TrustLevel) class.trust : BaseTrust;
        hr = WindowsDuplicateString(name, &registration->name);
        if (SUCCEEDED(hr))
            *out = &registration->IActivatableClassRegistration_iface;
        else
            com_object_release(&registration->object);
    }
    else
        hr = E_OUTOFMEMORY;
    runtime_class_free(&class);
    return hr;
}
