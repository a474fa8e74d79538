/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "meter_object.h"

#include "com_aggregate.h"

#include <stdlib.h>
#include <wchar.h>

static LONG alive;

/* ---- what the methods do ---- */

static HRESULT meter_name(const WCHAR *prefix, const WCHAR *what, WCHAR **name)
{
    SIZE_T length = wcslen(prefix) + wcslen(what) + 1;

    *name = CoTaskMemAlloc(length * sizeof(WCHAR));
    if (!*name)
        return E_OUTOFMEMORY;
    lstrcpyW(*name, prefix);
    lstrcatW(*name, what);
    return S_OK;
}

static HRESULT meter_scale(double factor, LONG *value)
{
    *value = (LONG)(*value * factor);
    return *value < 0 ? S_FALSE : S_OK;
}

/* ---- call objects ---- */

struct meter_call
{
    struct com_inner com;
    AsyncIScaledMeter AsyncIScaledMeter_iface; /* also AsyncIMeter */
    const WCHAR *what;
    LONG number;
    double factor;
    WCHAR *prefix;
};

COM_INNER_METHODS(call, struct meter_call, AsyncIScaledMeter, AsyncIScaledMeter_iface)

static void call_destroy(void *object)
{
    struct meter_call *call = object;

    free(call->prefix);
    free(call);
    InterlockedDecrement(&alive);
}

static const struct com_interface call_interfaces[] = {
        {&IID_AsyncIMeter, offsetof(struct meter_call, AsyncIScaledMeter_iface)},
        {&IID_AsyncIScaledMeter, offsetof(struct meter_call, AsyncIScaledMeter_iface)},
};

static const struct com_inner_class base_class = {"call of IMeter", call_interfaces, 1, NULL,
        call_destroy};
static const struct com_inner_class scaled_class = {"call of IScaledMeter", call_interfaces,
        ARRAY_SIZE(call_interfaces), NULL, call_destroy};

static DWORD WINAPI call_signal(void *argument)
{
    ISynchronize *synchronize = argument;

    ISynchronize_Signal(synchronize);
    ISynchronize_Release(synchronize);
    return 0;
}

static HRESULT call_begun(struct meter_call *call)
{
    static LONG turn;
    ISynchronize *synchronize;
    HRESULT hr;

    if (FAILED(hr = IUnknown_QueryInterface(call->com.outer, &IID_ISynchronize,
                       (void **)&synchronize)))
        return hr;
    if (InterlockedIncrement(&turn) & 1
            || !QueueUserWorkItem(call_signal, synchronize, WT_EXECUTEDEFAULT))
        call_signal(synchronize);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE call_Begin_Read(AsyncIScaledMeter *iface, LONG place)
{
    struct meter_call *call = call_from_AsyncIScaledMeter(iface);

    call->number = place;
    return call_begun(call);
}

static HRESULT STDMETHODCALLTYPE call_Finish_Read(AsyncIScaledMeter *iface, LONG *value)
{
    *value = 2 * call_from_AsyncIScaledMeter(iface)->number;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE call_Begin_Name(AsyncIScaledMeter *iface, const WCHAR *prefix)
{
    struct meter_call *call = call_from_AsyncIScaledMeter(iface);

    free(call->prefix);
    call->prefix = wcsdup(prefix);
    return call->prefix ? call_begun(call) : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE call_Finish_Name(AsyncIScaledMeter *iface, LPWSTR *name)
{
    struct meter_call *call = call_from_AsyncIScaledMeter(iface);

    return meter_name(call->prefix, call->what, name);
}

static HRESULT STDMETHODCALLTYPE call_Begin_Scale(AsyncIScaledMeter *iface, double factor,
        LONG *value)
{
    struct meter_call *call = call_from_AsyncIScaledMeter(iface);

    call->factor = factor;
    call->number = *value;
    return call_begun(call);
}

static HRESULT STDMETHODCALLTYPE call_Finish_Scale(AsyncIScaledMeter *iface, LONG *value)
{
    struct meter_call *call = call_from_AsyncIScaledMeter(iface);

    *value = call->number;
    return meter_scale(call->factor, value);
}

static AsyncIScaledMeterVtbl call_vtbl = {
        call_AsyncIScaledMeter_QueryInterface,
        call_AsyncIScaledMeter_AddRef,
        call_AsyncIScaledMeter_Release,
        call_Begin_Read,
        call_Finish_Read,
        call_Begin_Name,
        call_Finish_Name,
        call_Begin_Scale,
        call_Finish_Scale,
};

/* ---- the object ---- */

struct meter
{
    struct com_object object;
    IScaledMeter IScaledMeter_iface; /* also IMeter */
    ICallFactory ICallFactory_iface;
};

COM_OBJECT_METHODS(meter, struct meter, IScaledMeter, IScaledMeter_iface)
COM_OBJECT_METHODS(meter, struct meter, ICallFactory, ICallFactory_iface)

static HRESULT STDMETHODCALLTYPE meter_Read(IScaledMeter *iface, LONG place, LONG *value)
{
    (void)iface;
    *value = 2 * place;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE meter_Name(IScaledMeter *iface, const WCHAR *prefix, LPWSTR *name)
{
    (void)iface;
    return meter_name(prefix, L"no call object", name);
}

static HRESULT STDMETHODCALLTYPE meter_Scale(IScaledMeter *iface, double factor, LONG *value)
{
    (void)iface;
    return meter_scale(factor, value);
}

/* For the stub alone: a client of the same apartment would want an ISynchronize. */
static HRESULT STDMETHODCALLTYPE meter_CreateCall(ICallFactory *iface, REFIID async_iid,
        IUnknown *outer, REFIID riid, IUnknown **out)
{
    BOOL scaled = IsEqualIID(async_iid, &IID_AsyncIScaledMeter);
    struct meter_call *call;

    (void)iface;
    *out = NULL;
    if (!scaled && !IsEqualIID(async_iid, &IID_AsyncIMeter))
        return E_NOINTERFACE;
    if (!outer)
        return E_NOTIMPL;
    if (!(call = calloc(1, sizeof(*call))))
        return E_OUTOFMEMORY;
    InterlockedIncrement(&alive);
    com_inner_init(&call->com, scaled ? &scaled_class : &base_class, outer);
    call->AsyncIScaledMeter_iface.lpVtbl = &call_vtbl;
    call->what = scaled ? L"IScaledMeter" : L"IMeter";
    return com_inner_hand_over(&call->com, riid, (void **)out);
}

static IScaledMeterVtbl meter_vtbl = {
        meter_IScaledMeter_QueryInterface,
        meter_IScaledMeter_AddRef,
        meter_IScaledMeter_Release,
        meter_Read,
        meter_Name,
        meter_Scale,
};
static ICallFactoryVtbl factory_vtbl = {
        meter_ICallFactory_QueryInterface,
        meter_ICallFactory_AddRef,
        meter_ICallFactory_Release,
        meter_CreateCall,
};

static void meter_destroy(void *object)
{
    free(object);
    InterlockedDecrement(&alive);
}

static const struct com_interface meter_interfaces[] = {
        {&IID_IUnknown, offsetof(struct meter, IScaledMeter_iface)},
        {&IID_IMeter, offsetof(struct meter, IScaledMeter_iface)},
        {&IID_IScaledMeter, offsetof(struct meter, IScaledMeter_iface)},
        {&IID_ICallFactory, offsetof(struct meter, ICallFactory_iface)},
};

static const struct com_class meter_class = {"meter", meter_interfaces,
        ARRAY_SIZE(meter_interfaces), meter_destroy};

HRESULT meter_create(IScaledMeter **out)
{
    struct meter *meter = calloc(1, sizeof(*meter));

    *out = NULL;
    if (!meter)
        return E_OUTOFMEMORY;
    com_object_init(&meter->object, &meter_class);
    meter->IScaledMeter_iface.lpVtbl = &meter_vtbl;
    meter->ICallFactory_iface.lpVtbl = &factory_vtbl;
    InterlockedIncrement(&alive);
    *out = &meter->IScaledMeter_iface;
    return S_OK;
}

LONG meter_count(void)
{
    return alive;
}
