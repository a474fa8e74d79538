/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest: orders three meals at once and takes each when it comes, then one that takes too long,
 * and at last one the old way. */
#include <stdio.h>
#include <windows.h>
#include <objbase.h>
#include <initguid.h>

#include "kitchen.h"

#define MEALS 3

struct order
{
    const WCHAR *dish;
    ULONG time; /* ms */
    AsyncIKitchen *call;
    ISynchronize *done;
};

static HRESULT failed(HRESULT hr, const char *what)
{
    if (FAILED(hr))
        printf("%s: error %#lx\n", what, (unsigned long)hr);
    return hr;
}

/* Makes a call object, which makes one call at a time, and begins a call. */
static HRESULT order_begin(struct order *order, IKitchen *kitchen)
{
    ICallFactory *factory;
    HRESULT hr;

    if (FAILED(hr = IKitchen_QueryInterface(kitchen, &IID_ICallFactory, (void **)&factory)))
        return failed(hr, "ICallFactory"); /* no proxy, and the object has no call objects */
    hr = ICallFactory_CreateCall(factory, &IID_AsyncIKitchen, NULL, &IID_AsyncIKitchen,
            (IUnknown **)&order->call);
    ICallFactory_Release(factory);
    if (FAILED(hr))
        return failed(hr, "CreateCall");
    if (FAILED(hr = AsyncIKitchen_Begin_Cook(order->call, order->dish, order->time)))
        return failed(hr, "Begin_Cook");
    hr = AsyncIKitchen_QueryInterface(order->call, &IID_ISynchronize, (void **)&order->done);
    if (SUCCEEDED(hr))
        printf("%ls: ordered\n", order->dish);
    return failed(hr, "ISynchronize");
}

static HRESULT order_finish(struct order *order)
{
    ULONG price = 0;
    HRESULT hr = AsyncIKitchen_Finish_Cook(order->call, &price);

    if (SUCCEEDED(hr))
        printf("%ls: served, for %lu\n", order->dish, (unsigned long)price);
    return hr;
}

/* A call object that is let go in the middle of a call cleans up by itself. */
static void order_free(struct order *order)
{
    if (order->done)
        ISynchronize_Release(order->done);
    if (order->call)
        AsyncIKitchen_Release(order->call);
}

/* Three meals at once, in the order in which they come. */
static HRESULT dine(IKitchen *kitchen)
{
    struct order orders[MEALS] = {{.dish = L"roast", .time = 600}, {.dish = L"soup", .time = 100},
            {.dish = L"salad", .time = 300}};
    ISynchronizeContainer *container;
    ISynchronize *done;
    HRESULT hr;
    int i;

    hr = CoCreateInstance(&CLSID_SynchronizeContainer, NULL, CLSCTX_INPROC_SERVER,
            &IID_ISynchronizeContainer, (void **)&container);
    if (FAILED(hr))
        return failed(hr, "SynchronizeContainer");
    for (i = 0; i < MEALS && SUCCEEDED(hr); i++)
    {
        if (SUCCEEDED(hr = order_begin(&orders[i], kitchen)))
            hr = ISynchronizeContainer_AddSynchronize(container, orders[i].done);
    }
    /* Whoever is done leaves the container; in the end it says RPC_E_NO_SYNC. */
    while (SUCCEEDED(hr)
            && (hr = ISynchronizeContainer_WaitMultiple(container, 0, 10000, &done)) == S_OK)
    {
        for (i = 0; i < MEALS && orders[i].done != done; i++)
            ;
        ISynchronize_Release(done);
        if (i < MEALS)
            hr = failed(order_finish(&orders[i]), "Finish_Cook");
    }
    ISynchronizeContainer_Release(container);
    for (i = 0; i < MEALS; i++)
        order_free(&orders[i]);
    return hr == RPC_E_NO_SYNC ? S_OK : failed(hr, "WaitMultiple");
}

/* One that takes too long. */
static HRESULT lose_patience(IKitchen *kitchen)
{
    struct order order = {.dish = L"ox", .time = 5000};
    ICancelMethodCalls *cancel;
    HRESULT hr;

    if (SUCCEEDED(hr = order_begin(&order, kitchen)))
    {
        hr = ISynchronize_Wait(order.done, 0, 100);
        if (hr == RPC_S_CALLPENDING || hr == RPC_E_TIMEOUT)
            printf("%ls: not done yet\n", order.dish);
        hr = AsyncIKitchen_QueryInterface(order.call, &IID_ICancelMethodCalls, (void **)&cancel);
        if (SUCCEEDED(hr))
        {
            hr = ICancelMethodCalls_Cancel(cancel, 0);
            ICancelMethodCalls_Release(cancel);
        }
        failed(hr, "Cancel");
        hr = order_finish(&order); /* also a canceled call wants to be finished */
        if (hr == RPC_E_CALL_CANCELED)
            printf("%ls: canceled\n", order.dish);
        hr = hr == RPC_E_CALL_CANCELED ? S_OK : failed(hr, "Finish_Cook");
    }
    order_free(&order);
    return hr;
}

int wmain(void)
{
    IKitchen *kitchen;
    ULONG price = 0;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    hr = CoCreateInstance(&CLSID_Kitchen, NULL, CLSCTX_LOCAL_SERVER, &IID_IKitchen,
            (void **)&kitchen);
    if (SUCCEEDED(failed(hr, "Kitchen")))
    {
        if (SUCCEEDED(hr = dine(kitchen)) && SUCCEEDED(hr = lose_patience(kitchen))
                && SUCCEEDED(hr = failed(IKitchen_Cook(kitchen, L"tea", 10, &price), "Cook")))
            printf("tea: served, for %lu\n", (unsigned long)price);
        IKitchen_Release(kitchen);
    }
    CoUninitialize();
    return FAILED(hr);
}
