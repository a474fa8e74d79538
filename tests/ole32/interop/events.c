/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events: a client's sink, a dispinterface, connected to an object's connection point ("Events in
 * COM and Connectable Objects"). The server calls it during a call of the client, and, in an MTA,
 * also from a thread of its own when no call is under way.
 */
#include "interop.h"

#include "far_side.h"

#include <olectl.h>
#include <string.h>

#define POINT 0xd01
#define COOKIE 0xd02
#define EVENT_VALUE 77 /* the event: a number; its result the next one */

/* ---- the source: a container, its only point, and who is connected to that ---- */

static IDispatch *volatile sink; /* one of this side at most */

static HRESULT STDMETHODCALLTYPE container_EnumConnectionPoints(IConnectionPointContainer *iface,
        IEnumConnectionPoints **out)
{
    MOCK_ENTER(iface);
    *out = NULL;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE container_FindConnectionPoint(IConnectionPointContainer *iface,
        REFIID iid, IConnectionPoint **out)
{
    MOCK_ENTER(iface);
    *out = NULL;
    if (!IsEqualIID(iid, &DIID_MeterEvents))
        return CONNECT_E_NOCONNECTION;
    *out = mock_create(&IID_IConnectionPoint, POINT);
    return S_OK;
}

const IConnectionPointContainerVtbl container_vtbl = {MOCK_UNKNOWN, container_EnumConnectionPoints,
        container_FindConnectionPoint};

static HRESULT STDMETHODCALLTYPE point_GetConnectionInterface(IConnectionPoint *iface, IID *iid)
{
    MOCK_ENTER(iface);
    *iid = DIID_MeterEvents;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE point_GetContainer(IConnectionPoint *iface,
        IConnectionPointContainer **out)
{
    MOCK_ENTER(iface);
    *out = mock_create(&IID_IConnectionPointContainer, POINT);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE point_Advise(IConnectionPoint *iface, IUnknown *object,
        DWORD *cookie)
{
    IDispatch *events;
    MOCK_ENTER(iface);

    *cookie = 0;
    if (FAILED(IUnknown_QueryInterface(object, &DIID_MeterEvents, (void **)&events)))
        return CONNECT_E_CANNOTCONNECT;
    if (InterlockedCompareExchangePointer((void *volatile *)&sink, events, NULL))
    {
        IDispatch_Release(events);
        return CONNECT_E_ADVISELIMIT;
    }
    *cookie = COOKIE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE point_Unadvise(IConnectionPoint *iface, DWORD cookie)
{
    IDispatch *events;
    MOCK_ENTER(iface);

    if (cookie != COOKIE || !(events = InterlockedExchangePointer((void *volatile *)&sink, NULL)))
        return CONNECT_E_NOCONNECTION;
    IDispatch_Release(events);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE point_EnumConnections(IConnectionPoint *iface,
        IEnumConnections **out)
{
    MOCK_ENTER(iface);
    *out = NULL;
    return E_NOTIMPL;
}

const IConnectionPointVtbl point_vtbl = {MOCK_UNKNOWN, point_GetConnectionInterface,
        point_GetContainer, point_Advise, point_Unadvise, point_EnumConnections};

/* Fires with a number; what the sink returned. */
static HRESULT fire(IDispatch *events, LONG number, VARIANT *result)
{
    VARIANT argument;
    DISPPARAMS with = {&argument, NULL, 1, 0};

    V_VT(&argument) = VT_I4;
    V_I4(&argument) = number;
    return IDispatch_Invoke(events, EVENT_VALUE, &IID_NULL, 0, DISPATCH_METHOD, &with, result, NULL,
            NULL);
}

struct later
{
    DWORD cookie; /* of the global interface table */
    LONG number;
    IGlobalInterfaceTable *table;
};

static DWORD WINAPI fire_later(void *argument)
{
    struct later *later = argument;
    IDispatch *events;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(IGlobalInterfaceTable_GetInterfaceFromGlobal(later->table, later->cookie,
                &DIID_MeterEvents, (void **)&events)))
    {
        fire(events, later->number, NULL);
        IDispatch_Release(events);
    }
    IGlobalInterfaceTable_RevokeInterfaceFromGlobal(later->table, later->cookie);
    IGlobalInterfaceTable_Release(later->table);
    CoTaskMemFree(later);
    CoUninitialize();
    return 0;
}

HRESULT events_fire(const DISPPARAMS *with, VARIANT *result)
{
    EXPECT(with->cArgs == 1 && V_VT(with->rgvarg) == VT_I4);
    return sink ? fire(sink, V_I4(with->rgvarg), result) : CONNECT_E_NOCONNECTION;
}

HRESULT events_fire_later(const DISPPARAMS *with)
{
    struct later *later;
    APTTYPE apartment = APTTYPE_CURRENT;
    APTTYPEQUALIFIER qualifier;
    HANDLE thread;
    HRESULT hr;

    CoGetApartmentType(&apartment, &qualifier);
    if (apartment != APTTYPE_MTA)
        return S_FALSE;
    later = CoTaskMemAlloc(sizeof(*later));
    EXPECT(with->cArgs == 1 && V_VT(with->rgvarg) == VT_I4 && sink && later);
    later->number = V_I4(with->rgvarg);
    hr = CoCreateInstance(&CLSID_StdGlobalInterfaceTable, NULL, CLSCTX_INPROC_SERVER,
            &IID_IGlobalInterfaceTable, (void **)&later->table);
    EXPECT(SUCCEEDED(hr));
    hr = IGlobalInterfaceTable_RegisterInterfaceInGlobal(later->table, (IUnknown *)sink,
            &DIID_MeterEvents, &later->cookie);
    EXPECT(SUCCEEDED(hr));
    if (!(thread = CreateThread(NULL, 0, fire_later, later, 0, NULL)))
        return E_FAIL;
    CloseHandle(thread);
    return S_OK;
}

/* ---- the sink ---- */

static volatile LONG received, last_number;
static DWORD received_on;

static HRESULT STDMETHODCALLTYPE sink_GetTypeInfoCount(IDispatch *iface, UINT *count)
{
    (void)iface;
    *count = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE sink_Invoke(IDispatch *iface, DISPID id, REFIID iid, LCID locale,
        WORD flags, DISPPARAMS *with, VARIANT *result, EXCEPINFO *exception, UINT *wrong)
{
    (void)locale, (void)exception, (void)wrong;
    MOCK_ENTER(iface);
    EXPECT(id == EVENT_VALUE && IsEqualIID(iid, &IID_NULL) && flags == DISPATCH_METHOD
            && with->cArgs == 1 && V_VT(with->rgvarg) == VT_I4);
    last_number = V_I4(with->rgvarg);
    received_on = GetCurrentThreadId();
    if (result)
    {
        V_VT(result) = VT_I4;
        V_I4(result) = last_number + 1;
    }
    InterlockedIncrement(&received);
    return S_OK;
}

const IDispatchVtbl sink_vtbl = {MOCK_UNKNOWN, sink_GetTypeInfoCount, NULL, NULL, sink_Invoke};

/* ---- the checks ---- */

static HRESULT tell(IDispatch *source, DISPID id, LONG number, VARIANT *result)
{
    VARIANT argument;
    DISPPARAMS with = {&argument, NULL, 1, 0};

    V_VT(&argument) = VT_I4;
    V_I4(&argument) = number;
    return IDispatch_Invoke(source, id, &IID_NULL, 0x407, DISPATCH_METHOD, &with, result, NULL,
            NULL);
}

static void check_fired(IDispatch *source)
{
    APTTYPE apartment = APTTYPE_CURRENT;
    APTTYPEQUALIFIER qualifier;
    LONG before = received;
    VARIANT result;
    HRESULT hr;

    VariantInit(&result);
    for (LONG number = 1; number <= 10; number++)
    {
        is_hr(tell(source, METHOD_FIRE, number, &result), S_OK, "the server fires");
        ok(V_VT(&result) == VT_I4 && V_I4(&result) == number + 1, "what the sink returned");
        is_int(last_number, number, "what it was told");
    }
    is_int(received, before + 10, "ten events");
    CoGetApartmentType(&apartment, &qualifier);
    if (apartment != APTTYPE_MTA)
        is_uint(received_on, GetCurrentThreadId(), "on the sink's own thread");
    if (builtin_lacks("a global interface table that gives the references of proxies back"))
        return;
    hr = tell(source, METHOD_FIRE_LATER, 4711, NULL);
    ok(SUCCEEDED(hr), "the server fires later, if it is in an MTA (%s)", tap_hr(hr));
    if (hr != S_OK)
        return;
    ok(far_side_becomes(&received, before + 11), "the event comes");
    is_int(last_number, 4711, "what it says");
}

static void check_connection(IConnectionPoint *point, IDispatch *source)
{
    IUnknown *mine = mock_create(&DIID_MeterEvents, 1), *wrong = mock_create(&IID_IStream, 2);
    DWORD cookie = 0xdead;
    IID iid = IID_NULL;

    is_hr(IConnectionPoint_GetConnectionInterface(point, &iid), S_OK, "GetConnectionInterface");
    is_guid(&iid, &DIID_MeterEvents, "the events' interface");
    is_hr(tell(source, METHOD_FIRE, 1, NULL), CONNECT_E_NOCONNECTION, "nobody is connected");
    is_hr(IConnectionPoint_Advise(point, wrong, &cookie), CONNECT_E_CANNOTCONNECT,
            "Advise with another object");
    is_uint(cookie, 0, "no cookie");
    is_hr(IConnectionPoint_Advise(point, mine, &cookie), S_OK, "Advise");
    is_uint(cookie, COOKIE, "the cookie");
    check_fired(source);
    is_hr(IConnectionPoint_Advise(point, mine, &cookie), CONNECT_E_ADVISELIMIT, "Advise again");
    is_hr(IConnectionPoint_Unadvise(point, COOKIE + 1), CONNECT_E_NOCONNECTION,
            "Unadvise of nobody");
    is_hr(IConnectionPoint_Unadvise(point, COOKIE), S_OK, "Unadvise");
    is_hr(tell(source, METHOD_FIRE, 1, NULL), CONNECT_E_NOCONNECTION, "nobody is connected");
    check_released(mine, "the sink is released");
    check_released(wrong, "the other object, too");
}

void check_events(IClassFactory *factory)
{
    IConnectionPointContainer *container =
            remote_create(factory, &IID_IConnectionPointContainer, "IConnectionPointContainer");
    IDispatch *source = remote_create(factory, &IID_IDispatch, "IDispatch");
    IConnectionPointContainer *back = NULL;
    IConnectionPoint *point = (void *)0xdead;

    note("events");
    if (container && source)
    {
        is_hr(IConnectionPointContainer_FindConnectionPoint(container, &IID_IStream, &point),
                CONNECT_E_NOCONNECTION, "FindConnectionPoint, none");
        is_ptr(point, NULL, "none");
        is_hr(IConnectionPointContainer_FindConnectionPoint(container, &DIID_MeterEvents, &point),
                S_OK, "FindConnectionPoint");
        if (point)
        {
            check_connection(point, source);
            is_hr(IConnectionPoint_GetConnectionPointContainer(point, &back), S_OK,
                    "GetConnectionPointContainer");
            is_uint(token_of(back), POINT, "a container");
            if (back)
                IConnectionPointContainer_Release(back);
            IConnectionPoint_Release(point);
        }
    }
    if (source)
        IDispatch_Release(source);
    if (container)
        IConnectionPointContainer_Release(container);
}
