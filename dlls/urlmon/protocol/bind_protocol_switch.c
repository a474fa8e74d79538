/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A moniker that moves to another thread. */
#include "bind_protocol_impl.h"

#include "protocol_stage.h"

COM_INNER_METHODS(bind, struct bind_protocol, IInternetThreadSwitch, IInternetThreadSwitch_iface)

/* IInternetThreadSwitch: whoever has the moniker moves it to another user interface thread. Every
 * filter and handler that cares hears of it, from the top down: Prepare on the old thread, Continue
 * on the new one, which from then on is that of redirections. S_OK, or the first error. Page
 * "IInternetThreadSwitch interface" (platform-apis/aa767752). */
static HRESULT bind_switch_thread(struct bind_protocol *protocol, BOOL is_there)
{
    struct protocol_stage *top = bind_protocol_top(protocol);
    HRESULT hr = S_OK;

    for (struct protocol_stage *stage = top; stage; stage = stage->below)
    {
        struct protocol_handler *handler = protocol_stage_handler(stage);
        HRESULT each = handler ? protocol_handler_switch_thread(handler, is_there) : S_OK;

        if (SUCCEEDED(hr))
            hr = each;
        protocol_handler_release(handler);
    }
    if (top)
        protocol_stage_release(top);
    return hr;
}

static HRESULT STDMETHODCALLTYPE bind_switch_Prepare(IInternetThreadSwitch *iface)
{
    return bind_switch_thread(bind_from_IInternetThreadSwitch(iface), FALSE);
}

static HRESULT STDMETHODCALLTYPE bind_switch_Continue(IInternetThreadSwitch *iface)
{
    struct bind_protocol *protocol = bind_from_IInternetThreadSwitch(iface);

    AcquireSRWLockExclusive(&protocol->lock);
    protocol->start_thread = GetCurrentThreadId();
    ReleaseSRWLockExclusive(&protocol->lock);
    return bind_switch_thread(protocol, TRUE);
}

const IInternetThreadSwitchVtbl bind_protocol_switch_vtbl = {
        bind_IInternetThreadSwitch_QueryInterface,
        bind_IInternetThreadSwitch_AddRef,
        bind_IInternetThreadSwitch_Release,
        bind_switch_Prepare,
        bind_switch_Continue,
};
