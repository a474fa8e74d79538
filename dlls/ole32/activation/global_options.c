/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class GlobalOptions, {0000034B-...}: properties of the runtime in this process.
 * objidl/nn-objidl-iglobaloptions */
#include "global_options.h"

#include "com_object.h"

#define PROPERTY_LAST COMGLB_UNMARSHALING_POLICY

static volatile LONG_PTR values[PROPERTY_LAST + 1];
static SRWLOCK appid_lock = SRWLOCK_INIT;
static GUID appid;

ULONG_PTR global_option(GLOBALOPT_PROPERTIES property)
{
    return property >= COMGLB_EXCEPTION_HANDLING && property <= PROPERTY_LAST ? values[property]
                                                                              : 0;
}

struct global_options
{
    struct com_object object;
    IGlobalOptions IGlobalOptions_iface;
};

COM_OBJECT_METHODS(options, struct global_options, IGlobalOptions, IGlobalOptions_iface)

static BOOL value_is_allowed(GLOBALOPT_PROPERTIES property, ULONG_PTR value)
{
    switch (property)
    {
    case COMGLB_EXCEPTION_HANDLING:
        return value <= COMGLB_EXCEPTION_DONOT_HANDLE_ANY;
    case COMGLB_RPC_THREADPOOL_SETTING:
        return value <= COMGLB_RPC_THREADPOOL_SETTING_PRIVATE_POOL;
    case COMGLB_UNMARSHALING_POLICY:
        return value <= COMGLB_UNMARSHALING_POLICY_HYBRID;
    case COMGLB_RO_SETTINGS:
        return TRUE;
    default:
        return FALSE;
    }
}

static HRESULT STDMETHODCALLTYPE options_Set(IGlobalOptions *iface, GLOBALOPT_PROPERTIES property,
        ULONG_PTR value)
{
    (void)iface;
    if (property == COMGLB_APPID)
    {
        if (!value)
            return E_INVALIDARG;
        AcquireSRWLockExclusive(&appid_lock);
        appid = *(const GUID *)value;
        ReleaseSRWLockExclusive(&appid_lock);
        return S_OK;
    }
    if (!value_is_allowed(property, value))
        return E_INVALIDARG;
    values[property] = value;
    return S_OK;
}

/* The AppID is what the caller wants to be copied. */
static HRESULT STDMETHODCALLTYPE options_Query(IGlobalOptions *iface, GLOBALOPT_PROPERTIES property,
        ULONG_PTR *value)
{
    (void)iface;
    if (!value || property < COMGLB_EXCEPTION_HANDLING || property > PROPERTY_LAST)
        return E_INVALIDARG;
    if (property == COMGLB_APPID)
    {
        if (!*value)
            return E_INVALIDARG;
        AcquireSRWLockShared(&appid_lock);
        *(GUID *)*value = appid;
        ReleaseSRWLockShared(&appid_lock);
        return S_OK;
    }
    *value = values[property];
    return S_OK;
}

static const IGlobalOptionsVtbl options_vtbl = {
        options_IGlobalOptions_QueryInterface,
        options_IGlobalOptions_AddRef,
        options_IGlobalOptions_Release,
        options_Set,
        options_Query,
};

static void options_destroy(void *object)
{
    HeapFree(GetProcessHeap(), 0, object);
}

static const struct com_interface options_interfaces[] = {
        {&IID_IUnknown, offsetof(struct global_options, IGlobalOptions_iface)},
        {&IID_IGlobalOptions, offsetof(struct global_options, IGlobalOptions_iface)},
};

static const struct com_class options_class = {"global options", options_interfaces,
        ARRAY_SIZE(options_interfaces), options_destroy};

HRESULT global_options_create(IUnknown *outer, REFIID iid, void **out)
{
    struct global_options *options;
    HRESULT hr;

    *out = NULL;
    if (outer)
        return E_INVALIDARG;
    if (!(options = HeapAlloc(GetProcessHeap(), 0, sizeof(*options))))
        return E_OUTOFMEMORY;
    com_object_init(&options->object, &options_class);
    options->IGlobalOptions_iface.lpVtbl = (IGlobalOptionsVtbl *)&options_vtbl;
    hr = IGlobalOptions_QueryInterface(&options->IGlobalOptions_iface, iid, out);
    IGlobalOptions_Release(&options->IGlobalOptions_iface);
    return hr;
}
