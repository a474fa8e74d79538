/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The time limit of a bind: BIND_OPTS.dwTickCountDeadline, "the clock time by which the caller
 * would like the binding operation to be completed", as GetTickCount counts. It ends with
 * MK_E_EXCEEDEDDEADLINE, an asynchronous one by OnStopBinding. Page BIND_OPTS
 * (objidl/ns-objidl-bind_opts).
 */
#include "binding_impl.h"
#include "trace.h"

static void CALLBACK deadline_passed(TP_CALLBACK_INSTANCE *instance, void *context, TP_TIMER *timer)
{
    struct binding *binding = context;

    (void)instance;
    (void)timer;
    trace("binding %p: its time is over", (void *)binding);
    binding_give_up(binding, MK_E_EXCEEDEDDEADLINE);
}

HRESULT binding_set_deadline(struct binding *binding)
{
    BIND_OPTS options = {.cbStruct = sizeof(options)};
    ULARGE_INTEGER due;
    FILETIME time;
    LONG left;

    if (FAILED(IBindCtx_GetBindOptions(binding->context, &options)) || !options.dwTickCountDeadline)
        return S_OK;
    /* The clock goes round. */
    left = (LONG)(options.dwTickCountDeadline - GetTickCount());
    if (left <= 0)
        return MK_E_EXCEEDEDDEADLINE;
    if (!(binding->deadline = CreateThreadpoolTimer(deadline_passed, binding, NULL)))
        return E_OUTOFMEMORY;
    binding_addref(binding);
    due.QuadPart = (ULONGLONG)(-10000LL * left);
    time.dwLowDateTime = due.LowPart;
    time.dwHighDateTime = due.HighPart;
    SetThreadpoolTimer(binding->deadline, &time, 0, 0);
    return S_OK;
}

void binding_drop_deadline(struct binding *binding)
{
    PTP_TIMER timer = binding->deadline;

    if (!timer)
        return;
    binding->deadline = NULL;
    SetThreadpoolTimer(timer, NULL, 0, 0);
    WaitForThreadpoolTimerCallbacks(timer, TRUE);
    CloseThreadpoolTimer(timer);
    binding_release(binding);
}
