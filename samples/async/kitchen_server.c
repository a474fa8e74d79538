/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kitchen: an object with call objects. An order occupies no thread while it is being cooked. */
#include <stdio.h>
#include <windows.h>
#include <objbase.h>
#include <initguid.h>

#include "kitchen.h"
#include "kitchen_server.h"

#define FROM(iface, type, member) CONTAINING_RECORD(iface, type, member)

/* --- the call object: one order --- */

enum order_state
{
    ORDER_NONE,
    ORDER_COOKING,
    ORDER_READY,
};

struct order
{
    IUnknown IUnknown_iface; /* its own; the others' methods go to `outer` */
    AsyncIKitchen AsyncIKitchen_iface;
    LONG references;
    IUnknown *outer; /* whoever aggregates it: for calls that come in, the runtime */
    IUnknown *event; /* ISynchronize, for those who use it without the runtime */
    PTP_TIMER timer;
    volatile LONG state;
    ULONG price;
};

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct order *order = FROM(iface, struct order, IUnknown_iface);

    if (IsEqualIID(iid, &IID_IUnknown))
        *out = iface;
    else if (IsEqualIID(iid, &IID_AsyncIKitchen))
        *out = &order->AsyncIKitchen_iface;
    else
        return IUnknown_QueryInterface(order->event, iid, out);
    IUnknown_AddRef((IUnknown *)*out);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE inner_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&FROM(iface, struct order, IUnknown_iface)->references);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    struct order *order = FROM(iface, struct order, IUnknown_iface);
    ULONG references = InterlockedDecrement(&order->references);

    if (references)
        return references;
    if (order->event)
        IUnknown_Release(order->event);
    if (order->timer)
        CloseThreadpoolTimer(order->timer);
    free(order);
    server_object_gone();
    return 0;
}
