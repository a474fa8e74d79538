/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The call object: one order, which occupies no thread while it is being cooked. */
#include "kitchen_server.h"

struct order
{
    IUnknown IUnknown_iface; /* its own; the others' methods go to `outer` */
    AsyncIKitchen AsyncIKitchen_iface;
    LONG references;
    IUnknown *outer; /* whoever aggregates it: for calls that come in, the runtime */
    IUnknown *event; /* ISynchronize for calls that come from the same apartment */
    PTP_TIMER timer; /* the cook */
    LONG begun;      /* there is a call; one at a time */
    LONG ready;      /* its meal is done */
    ULONG price;
};

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct order *order = CONTAINING_RECORD(iface, struct order, IUnknown_iface);

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
    return InterlockedIncrement(
            &CONTAINING_RECORD(iface, struct order, IUnknown_iface)->references);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    struct order *order = CONTAINING_RECORD(iface, struct order, IUnknown_iface);
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

static IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_AddRef, inner_Release};

static struct order *order_from(AsyncIKitchen *iface)
{
    return CONTAINING_RECORD(iface, struct order, AsyncIKitchen_iface);
}

static HRESULT STDMETHODCALLTYPE order_QueryInterface(AsyncIKitchen *iface, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(order_from(iface)->outer, iid, out);
}

static ULONG STDMETHODCALLTYPE order_AddRef(AsyncIKitchen *iface)
{
    return IUnknown_AddRef(order_from(iface)->outer);
}

static ULONG STDMETHODCALLTYPE order_Release(AsyncIKitchen *iface)
{
    return IUnknown_Release(order_from(iface)->outer);
}

/* The meal is done, on a thread of the pool. Signal may have Finish_Cook called before it returns,
 * and the order let go after that: hence the reference, which Begin_Cook took. */
static void CALLBACK order_ready(PTP_CALLBACK_INSTANCE instance, void *context, PTP_TIMER timer)
{
    struct order *order = context;
    ISynchronize *done;

    InterlockedExchange(&order->ready, TRUE);
    if (SUCCEEDED(IUnknown_QueryInterface(order->outer, &IID_ISynchronize, (void **)&done)))
    {
        ISynchronize_Signal(done);
        ISynchronize_Release(done);
    }
    IUnknown_Release(order->outer);
}

static HRESULT STDMETHODCALLTYPE order_Begin_Cook(AsyncIKitchen *iface, const WCHAR *dish,
        ULONG time)
{
    struct order *order = order_from(iface);
    LARGE_INTEGER due = {.QuadPart = -10000LL * time};
    FILETIME relative = {due.LowPart, (DWORD)due.HighPart};
    ISynchronize *done;

    if (InterlockedExchange(&order->begun, TRUE))
        return RPC_S_CALLPENDING;
    if (SUCCEEDED(IUnknown_QueryInterface(order->event, &IID_ISynchronize, (void **)&done)))
    {
        ISynchronize_Reset(done);
        ISynchronize_Release(done);
    }
    order->price = dish_price(dish);
    IUnknown_AddRef(order->outer);
    SetThreadpoolTimer(order->timer, &relative, 0, 0);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE order_Finish_Cook(AsyncIKitchen *iface, ULONG *price)
{
    struct order *order = order_from(iface);

    if (!InterlockedExchange(&order->ready, FALSE))
        return order->begun ? RPC_S_CALLPENDING : RPC_E_CALL_COMPLETE;
    *price = order->price;
    InterlockedExchange(&order->begun, FALSE);
    return S_OK;
}

static AsyncIKitchenVtbl order_vtbl = {order_QueryInterface, order_AddRef, order_Release,
        order_Begin_Cook, order_Finish_Cook};

/* One reference, on the object's own IUnknown. */
HRESULT order_create(IUnknown *outer, IUnknown **out)
{
    struct order *order = calloc(1, sizeof(*order));
    HRESULT hr = E_OUTOFMEMORY;

    *out = NULL;
    if (!order)
        return hr;
    server_object_made();
    order->IUnknown_iface.lpVtbl = &inner_vtbl;
    order->AsyncIKitchen_iface.lpVtbl = &order_vtbl;
    order->references = 1;
    order->outer = outer ? outer : &order->IUnknown_iface;
    order->timer = CreateThreadpoolTimer(order_ready, order, NULL);
    if (order->timer)
        hr = CoCreateInstance(&CLSID_ManualResetEvent, order->outer, CLSCTX_INPROC_SERVER,
                &IID_IUnknown, (void **)&order->event);
    if (SUCCEEDED(hr))
        *out = &order->IUnknown_iface;
    else
        IUnknown_Release(&order->IUnknown_iface);
    return hr;
}
