/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "every_client.h"

#include "async_entries.h"
#include "tap.h"

#include <string.h>

#define PATIENCE 20000 /* ms */
#define CALLS_MAX 128

HRESULT every_invoke(void *object, ULONG method, void **slots, ULONG count)
{
    void *const *vtbl = *(void *const **)object;

    slots[0] = object;
    return async_invoke(vtbl[method], slots, count);
}

void every_sync_run(void *object, const struct every_call *call, struct every_outcome *outcome)
{
    struct every_args args;

    memset(&args, 0, sizeof(args));
    outcome->text[0] = 0;
    call->fill(&args);
    outcome->hr = every_invoke(object, call->method, args.slots, args.slot_count);
    call->take(&args, outcome->text);
}

/* Begin_, Wait, Finish_. */
static HRESULT halves_run(void *async, ISynchronize *synchronize, const struct every_call *call,
        const struct every_args *args)
{
    void *half[EVERY_SLOTS];
    ULONG count = every_args_half(args, FALSE, half);
    HRESULT hr = every_invoke(async, EVERY_BEGIN(call->method), half, count);

    if (SUCCEEDED(hr))
        hr = ISynchronize_Wait(synchronize, 0, PATIENCE);
    if (FAILED(hr))
        return hr;
    memset(half, 0xee, sizeof(half));
    count = every_args_half(args, TRUE, half);
    return every_invoke(async, EVERY_FINISH(call->method), half, count);
}

void every_async_run(void *async, ISynchronize *synchronize, const struct every_call *call,
        struct every_outcome *outcome)
{
    struct every_args args;

    memset(&args, 0, sizeof(args));
    outcome->text[0] = 0;
    call->fill(&args);
    outcome->hr = halves_run(async, synchronize, call, &args);
    call->take(&args, outcome->text);
}

HRESULT every_async_create(void *object, REFIID async_iid, void **async, ISynchronize **synchronize)
{
    ICallFactory *factory;
    HRESULT hr = IUnknown_QueryInterface((IUnknown *)object, &IID_ICallFactory, (void **)&factory);

    *async = NULL;
    *synchronize = NULL;
    if (FAILED(hr))
        return hr;
    hr = ICallFactory_CreateCall(factory, async_iid, NULL, async_iid, (IUnknown **)async);
    ICallFactory_Release(factory);
    if (SUCCEEDED(hr))
        hr = IUnknown_QueryInterface((IUnknown *)*async, &IID_ISynchronize, (void **)synchronize);
    return hr;
}

struct every_outcome every_expected[CALLS_MAX];

BOOL every_expected_make(void)
{
    IEveryType *object;

    if (!is_hr(every_type_create(&object), S_OK, "an object")
            || !ok(every_call_count <= CALLS_MAX, "room for what is expected"))
        return FALSE;
    for (ULONG i = 0; i < every_call_count; i++)
    {
        every_sync_run(object, &every_calls[i], &every_expected[i]);
        note("%s: %08lx %s", every_calls[i].name, (unsigned long)every_expected[i].hr,
                every_expected[i].text);
    }
    is_int(every_object_references(), 0, "the references of what was passed");
    return is_uint(IEveryType_Release(object), 0, "the object goes");
}
