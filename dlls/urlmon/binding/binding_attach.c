/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An object that is loaded by IPersistMoniker::Load binds to the storage of the moniker it is
 * given, in the bind context it is given, and gets the data of the transfer that is under way: no
 * second one is begun. The binding that loads it leaves itself in the bind context for that.
 */
#include <stdlib.h>

#include "binding_impl.h"
#include "wstr.h"

void binding_register_loading(struct binding *binding)
{
    IBindCtx_RegisterObjectParam(binding->context, (WCHAR *)BINDING_CONTEXT_KEY,
            &binding->com.IUnknown_inner);
}

void binding_revoke_loading(struct binding *binding)
{
    IBindCtx_RevokeObjectParam(binding->context, (WCHAR *)BINDING_CONTEXT_KEY);
}

struct binding *binding_find_loading(IBindCtx *context, struct bound_thread *thread)
{
    struct binding *binding = NULL, *found = NULL;
    IUnknown *unknown;

    if (FAILED(IBindCtx_GetObjectParam(context, (WCHAR *)BINDING_CONTEXT_KEY, &unknown))
            || !unknown)
        return NULL;
    /* Whether it is one of this thread, whatever it says it is. */
    AcquireSRWLockShared(&thread->lock);
    LIST_FOR_EACH(binding, &thread->bindings, struct binding, thread_entry)
    {
        if (&binding->com.IUnknown_inner == unknown && !binding->successor && binding->to_object
                && !binding->terminated)
            found = binding;
    }
    ReleaseSRWLockShared(&thread->lock);
    if (!found)
        IUnknown_Release(unknown);
    return found; /* with the reference of `unknown` */
}

HRESULT binding_take_over(struct binding *binding, struct binding *former)
{
    struct bound_thread *thread = binding->thread;
    struct list reports;
    DWORD bscf = 0;
    HRESULT hr;

    if (FAILED(hr = wstr_replace(&binding->url, former->url))
            || FAILED(hr = wstr_replace(&binding->mime, former->mime))
            || FAILED(hr = wstr_replace(&binding->cache_file, former->cache_file)))
    {
        binding_stop(binding, hr, 0, NULL);
        return hr;
    }
    binding->collects = binding->tymed != TYMED_ISTREAM && !binding->cache_file;
    binding->redirected = former->redirected;
    binding->protocol_class = former->protocol_class;
    binding->protocol = former->protocol;
    IInternetProtocolEx_AddRef(binding->protocol);
    binding->protocol_used = TRUE;
    binding->head = former->head; /* with what has been read of it to find the class */
    binding->head_size = former->head_size;
    former->head = NULL;
    former->head_size = 0;

    AcquireSRWLockExclusive(&thread->lock);
    former->successor = binding;
    binding_addref(binding);
    former->terminated = TRUE; /* the successor does that */
    binding_take_reports(former, &reports);
    while (!list_empty(&reports))
    {
        struct list *entry = reports.next;

        list_remove(entry);
        list_add_tail(&binding->reports, entry);
    }
    binding->has_result = former->has_result;
    binding->protocol_result = former->protocol_result;
    binding->busy++; /* what it tells now comes first */
    ReleaseSRWLockExclusive(&thread->lock);

    if (former->bscf & (BSCF_LASTDATANOTIFICATION | BSCF_DATAFULLYAVAILABLE))
        bscf = BSCF_LASTDATANOTIFICATION;
    binding->quota = former->quota;
    if (binding->redirected)
        binding_progress(binding, 0, 0, BINDSTATUS_REDIRECTING, binding->url);
    binding_data_arrived(binding, bscf, former->progress, former->total);
    if (binding->last_data && !binding->aborted)
        binding_stop(binding, S_OK, 0, NULL);
    binding->busy--;
    binding_resume_delivery(binding);
    return binding->ended && FAILED(binding->result) ? binding->result : S_OK;
}
