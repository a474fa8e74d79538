/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoRegisterMessageFilter: an STA's say in what happens while it calls and is called. */
#include "apartment_private.h"

/*
 * CoRegisterMessageFilter: makes `filter` the message filter of the thread's STA, NULL for none.
 * The former goes to the caller, with its reference, or is released when *former is not asked for.
 * S_OK; CO_E_NOT_SUPPORTED where there can be none: in the MTA, and on threads in no apartment;
 * *former stays as it is then.
 * objbase/nf-objbase-coregistermessagefilter
 */
HRESULT WINAPI CoRegisterMessageFilter(IMessageFilter *filter, IMessageFilter **former)
{
    struct com_thread *thread = com_thread_peek();
    IMessageFilter *old;

    if (!thread || !thread->apartment || thread->apartment->kind != APARTMENT_STA)
        return CO_E_NOT_SUPPORTED;
    if (filter)
        IMessageFilter_AddRef(filter);
    old = thread->apartment->filter;
    thread->apartment->filter = filter;
    if (former)
        *former = old;
    else if (old)
        IMessageFilter_Release(old);
    return S_OK;
}
