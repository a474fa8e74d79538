/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From reports of the protocol to callbacks of the client, on the bound thread. The order is that
 * of "URL Monikers", "Asynchronous Monikers", IBindStatusCallback and BINDSTATUS: progress of the
 * protocol, BINDSTATUS_MIMETYPEAVAILABLE, _BEGINDOWNLOADDATA, _CACHEFILENAMEAVAILABLE, then with
 * each OnDataAvailable but the first _DOWNLOADINGDATA and before the last one _ENDDOWNLOADDATA, and
 * OnStopBinding.
 */
#include <string.h>

#include "binding_impl.h"
#include "bound_call.h"
#include "media_format.h"
#include "trace.h"
#include "wstr.h"

void binding_progress(struct binding *binding, ULONG progress, ULONG max, ULONG code,
        const WCHAR *text)
{
    if (!binding->callback || binding->aborted || binding->ended)
        return;
    IBindStatusCallback_OnProgress(binding->callback, progress, max, code, text);
}

void binding_tell_file(struct binding *binding)
{
    if (!binding->cache_file || binding->cache_told)
        return;
    binding->cache_told = TRUE;
    binding_progress(binding, 0, 0, BINDSTATUS_CACHEFILENAMEAVAILABLE, binding->cache_file);
}

static void media_type_available(struct binding *binding, const WCHAR *type)
{
    if (!type || (binding->mime && !wcscmp(binding->mime, type)))
        return;
    wstr_replace(&binding->mime, type);
    binding_progress(binding, 0, 0, BINDSTATUS_MIMETYPEAVAILABLE, type);
}

static void progress_arrived(struct binding *binding, const struct report *report)
{
    switch (report->code)
    {
    case BINDSTATUS_CACHEFILENAMEAVAILABLE:
        wstr_replace(&binding->cache_file, report->text);
        if (binding->first_data)
            binding_tell_file(binding);
        return;
    case BINDSTATUS_MIMETYPEAVAILABLE:
    case BINDSTATUS_VERIFIEDMIMETYPEAVAILABLE:
        media_type_available(binding, report->text);
        return;
    case BINDSTATUS_PROTOCOLCLASSID:
        if (report->text)
            CLSIDFromString(report->text, &binding->protocol_class);
        return;
    case BINDSTATUS_CLSIDCANINSTANTIATE:
        if (report->text && binding->to_object)
            CLSIDFromString(report->text, &binding->object_class);
        return;
    case BINDSTATUS_REDIRECTING:
        if (report->text)
            wstr_replace(&binding->url, report->text);
        binding->redirected = TRUE;
        break;
    case BINDSTATUS_BEGINDOWNLOADDATA: /* these the binding says by itself */
    case BINDSTATUS_DOWNLOADINGDATA:
    case BINDSTATUS_ENDDOWNLOADDATA:
    case BINDSTATUS_ACCEPTRANGES: /* and these are for bindings only */
    case BINDSTATUS_DIRECTBIND:
    case BINDSTATUS_FILTERREPORTMIMETYPE:
    case BINDSTATUS_IUNKNOWNAVAILABLE:
    case BINDSTATUS_RAWMIMETYPE:
        return;
    default:
        break;
    }
    binding_progress(binding, report->progress, report->progress_max, report->code, report->text);
}

/* The medium that OnDataAvailable gets; it belongs to the caller, who releases it. */
static HRESULT make_medium(struct binding *binding, STGMEDIUM *medium)
{
    HRESULT hr;

    memset(medium, 0, sizeof(*medium));
    medium->tymed = binding->tymed;
    switch (binding->tymed)
    {
    case TYMED_FILE:
        medium->lpszFileName = binding->cache_file;
        medium->pUnkForRelease = &binding->com.IUnknown_inner;
        binding_addref(binding);
        return S_OK;
    case TYMED_ISTORAGE:
        if (FAILED(hr = binding_open_storage(binding, &medium->pstg)))
            return hr;
        medium->pUnkForRelease = (IUnknown *)medium->pstg;
        return S_OK;
    default:
        medium->pstm = binding_stream_iface(binding->stream);
        medium->pUnkForRelease = (IUnknown *)medium->pstm;
        IStream_AddRef(medium->pstm);
        return S_OK;
    }
}

void binding_tell_data(struct binding *binding, DWORD bscf, ULONGLONG size)
{
    FORMATETC format = {0, NULL, DVASPECT_CONTENT, -1, binding->tymed};
    DWORD flags = 0;
    STGMEDIUM medium;
    HRESULT hr;

    if (!binding->told_first)
        flags |= BSCF_FIRSTDATANOTIFICATION;
    if (bscf & BSCF_LASTDATANOTIFICATION)
        flags |= BSCF_LASTDATANOTIFICATION | (bscf & BSCF_DATAFULLYAVAILABLE);
    else if (!flags)
        flags |= BSCF_INTERMEDIATEDATANOTIFICATION;
    if (binding->tymed == TYMED_ISTORAGE && !(flags & BSCF_LASTDATANOTIFICATION))
        return;
    binding->told_first = TRUE;
    if (flags & BSCF_LASTDATANOTIFICATION)
        binding->last_data = TRUE;
    binding->told_size = size;
    if (!binding->callback || binding->aborted || binding->ended)
        return;

    if (FAILED(hr = make_medium(binding, &medium)))
    {
        binding_fail(binding, hr);
        return;
    }
    if (binding->mime)
        format.cfFormat = media_format(binding->mime);
    binding->telling = medium.pUnkForRelease;
    IBindStatusCallback_OnDataAvailable(binding->callback, flags, (DWORD)min(size, MAXDWORD),
            &format, &medium);
    binding->telling = NULL;
    IUnknown_Release(medium.pUnkForRelease);
}

/* After something was told: whether more may be. If not because the binding has been suspended, it
 * goes on from here, as if there were more to read, when it is resumed. */
static BOOL goes_on(struct binding *binding)
{
    if (binding->aborted || binding->ended)
        return FALSE;
    if (!binding->suspended)
        return TRUE;
    binding->again = TRUE;
    return FALSE;
}

/* The first data: what is told before them, and where they go. S_FALSE: not now. */
static HRESULT begin_data(struct binding *binding)
{
    HRESULT hr;

    if (!binding->first_data)
    {
        binding->first_data = TRUE;
        binding_progress(binding, binding->progress, binding->total, BINDSTATUS_BEGINDOWNLOADDATA,
                binding->url);
        if (!goes_on(binding))
            return S_FALSE;
    }
    binding_tell_file(binding);
    if (!goes_on(binding))
        return S_FALSE;
    binding->begun = TRUE;
    if (binding->tymed != TYMED_ISTREAM)
        binding->store.cached = !binding->collects; /* nobody reads it here */
    else if (!binding->pull && binding->cache_file)
        store_use_file(binding, binding->cache_file);
    if (binding->stream)
        return S_OK;
    if (SUCCEEDED(hr = binding_stream_create(binding, &binding->stream)))
        return S_OK;
    return hr;
}

void binding_end_data(struct binding *binding)
{
    if (binding->end_told)
        return;
    binding->end_told = TRUE;
    binding_progress(binding, binding->progress, binding->total, BINDSTATUS_ENDDOWNLOADDATA,
            binding->url);
}

/* The push model: what has arrived goes into the store. S_FALSE: that is all; S_OK: there may be
 * more; E_PENDING: not now; else it has failed. */
static HRESULT push_data(struct binding *binding)
{
    HRESULT hr = binding_fill(binding, binding->quota), file_hr = S_OK;

    /* A protocol that makes a file is read too, it may do so as it is read. But what it says of
     * its file counts, not what it says of reading. */
    if (binding->tymed != TYMED_ISTREAM && !binding->collects && hr != S_OK && !binding->aborted
            && (binding->bscf & (BSCF_LASTDATANOTIFICATION | BSCF_DATAFULLYAVAILABLE)))
        return S_FALSE;
    if (hr == S_FALSE && binding->collects)
        file_hr = binding_keep_file(binding);
    return FAILED(file_hr) ? file_hr : hr;
}

/* Pull model: all has arrived, but the client is to read no more than its share of it now, and
 * there must be a notification for the rest. */
static BOOL withholds_last(const struct binding *binding)
{
    return binding->pull && binding->async_storage && binding->turns && !binding->last_due
            && !binding->data_end && binding->progress > binding->fetched
            && binding->progress - binding->fetched > binding->quota;
}

void binding_data_arrived(struct binding *binding, DWORD bscf, ULONG progress, ULONG max)
{
    HRESULT hr = (bscf | binding->bscf) & (BSCF_LASTDATANOTIFICATION | BSCF_DATAFULLYAVAILABLE)
            ? S_FALSE
            : E_PENDING;
    BOOL first = !binding->begun, withheld;

    if (binding->aborted || binding->ended || binding->last_data)
        return;
    binding->bscf |= bscf;
    if (bscf)
    {
        binding->progress = progress;
        binding->total = max;
    }
    if (first && begin_data(binding) != S_OK)
    {
        if (binding->begun)
            binding_fail(binding, E_OUTOFMEMORY);
        return;
    }
    if (binding->to_object)
    {
        binding_object_advance(binding, hr == S_FALSE);
        return;
    }
    if (!binding->pull || binding->tymed != TYMED_ISTREAM)
        hr = push_data(binding);
    if (binding->aborted || binding->ended)
        return;
    if (first)
        binding_lock_request(binding);
    if (hr == S_OK)
        binding->again = TRUE;
    if (FAILED(hr) && hr != E_PENDING)
    {
        binding->read_error = hr;
        binding_signal(binding);
        binding_fail(binding, hr);
        return;
    }
    if ((withheld = hr == S_FALSE && withholds_last(binding)))
        hr = E_PENDING;
    if (hr == S_FALSE)
        binding_end_data(binding);
    else if (!first && !binding->interrupted)
        binding_progress(binding, binding->progress, binding->total, BINDSTATUS_DOWNLOADINGDATA,
                binding->url);
    binding->interrupted = !goes_on(binding);
    if (binding->interrupted)
        return;
    if (binding->collects && hr != S_FALSE)
        return; /* it is a file when all are there */
    if (binding->tymed != TYMED_ISTREAM && !binding->cache_file)
    {
        binding_fail(binding, INET_E_DATA_NOT_AVAILABLE);
        return;
    }
    if (hr == E_PENDING && !binding->pull && binding->told_first
            && binding->store.size == binding->told_size)
        return; /* nothing new */
    if (hr == E_PENDING && !binding->pull && !binding->store.size
            && binding->tymed == TYMED_ISTREAM)
        return;
    binding_tell_data(binding,
            hr == S_FALSE ? BSCF_LASTDATANOTIFICATION | (binding->bscf & BSCF_DATAFULLYAVAILABLE)
                          : 0,
            binding->pull ? binding->progress : binding->store.size);
    if (withheld && !binding->again)
    {
        binding->last_due = TRUE; /* it has not read its share: it may want to do so later */
        binding->again = TRUE;
    }
}

void binding_terminate(struct binding *binding)
{
    if (binding->terminated || !binding->protocol)
        return;
    binding->terminated = TRUE;
    bound_calls_cancel(binding, E_ABORT); /* the protocol's threads do not wait for this one */
    IInternetProtocolEx_Terminate(binding->protocol, 0);
    if (!binding->pull && binding->tymed == TYMED_ISTREAM && binding->data_end)
        binding_unlock_request(binding); /* all of it lies in the store */
}

void binding_abort_protocol(struct binding *binding)
{
    if (binding->protocol_aborted || binding->terminated || !binding->protocol)
        return;
    binding->protocol_aborted = TRUE;
    bound_calls_cancel(binding, E_ABORT);
    IInternetProtocolEx_Abort(binding->protocol, E_ABORT, 0);
}

void binding_stop(struct binding *binding, HRESULT result, DWORD code, const WCHAR *text)
{
    struct bound_thread *thread = binding->thread;
    struct list dropped;

    if (binding->ended)
        return;
    binding->result = result;
    binding->result_code = code ? code : (DWORD)result;
    wstr_replace(&binding->result_text, text);
    binding_hold(binding);
    AcquireSRWLockExclusive(&thread->lock);
    binding->ended = TRUE;
    binding->again = FALSE;
    binding_take_reports(binding, &dropped);
    list_remove(&binding->ready_entry);
    ReleaseSRWLockExclusive(&thread->lock);
    reports_free(&dropped);
    bound_calls_cancel(binding, E_ABORT);
    binding_signal(binding);
    trace("binding %p: stops: 0x%08lx", (void *)binding, (unsigned long)result);
    if (SUCCEEDED(result))
        binding_hold_file(binding); /* as long as the client is told of it */
    if (binding->callback && binding->started)
        IBindStatusCallback_OnStopBinding(binding->callback, result, text);
    if (binding->has_result)
        binding_terminate(binding);
    binding_let_go(binding);
    binding_let_loose(binding);
}

void binding_fail(struct binding *binding, HRESULT result)
{
    if (binding->ended)
        return;
    if (binding->protocol && !binding->has_result)
    {
        binding->aborted = TRUE; /* what it reports meanwhile is not listened to */
        bound_calls_cancel(binding, E_ABORT);
        if (!binding->terminated && !binding->protocol_aborted)
        {
            binding->protocol_aborted = TRUE;
            IInternetProtocolEx_Abort(binding->protocol, result, 0);
        }
        binding->has_result = TRUE;
    }
    binding_stop(binding, result, 0, NULL);
}

void binding_abort_rest(struct binding *binding)
{
    if (binding->has_result || !binding->protocol || binding->terminated
            || (binding->bscf & (BSCF_LASTDATANOTIFICATION | BSCF_DATAFULLYAVAILABLE))
            || binding->data_end)
        return;
    /* Nobody wants what is still to come. */
    binding->protocol_aborted = TRUE;
    IInternetProtocolEx_Abort(binding->protocol, E_ABORT, 0);
    binding->has_result = TRUE;
}

static HRESULT end_unwatched(struct binding *binding, void *arguments)
{
    (void)arguments;
    if (binding->ended)
        return S_OK;
    if (binding->has_result)
        binding_stop(binding, binding->protocol_result, 0, NULL);
    else
        binding_fail(binding, E_ABORT);
    return S_OK;
}

void binding_stream_gone(struct binding *binding)
{
    if (binding->started || binding->ended)
        return;
    if (bound_thread_is_current(binding->thread))
        end_unwatched(binding, NULL);
    else
        bound_call_later(binding, end_unwatched, NULL, 0);
}

/* With everything that is still there told first. FALSE: there is more to read, in another turn. */
static BOOL finish_data(struct binding *binding)
{
    if (!binding->first_data || binding->last_data || binding->aborted)
        return TRUE;
    if (!binding->to_object && (binding->pull && binding->tymed == TYMED_ISTREAM))
        binding_data_arrived(binding, BSCF_LASTDATANOTIFICATION, binding->progress, binding->total);
    else
        binding_data_arrived(binding, binding->to_object ? BSCF_LASTDATANOTIFICATION : 0, 0, 0);
    return !binding->again || binding->ended || binding->aborted;
}

static void result_arrived(struct binding *binding, const struct report *report)
{
    HRESULT result = binding->aborted ? binding->abort_reason : report->result;
    struct report *later;

    if (binding->aborted && !binding->ended)
        binding_abort_protocol(binding);
    if (!binding->ended && SUCCEEDED(result)
            && (!finish_data(binding) || (binding->suspended && !binding->ended)))
    {
        /* There is room for this copy: the report itself is the caller's. */
        if ((later = report_copy(report)))
        {
            AcquireSRWLockExclusive(&binding->thread->lock);
            list_add_tail(&binding->reports, &later->entry);
            ReleaseSRWLockExclusive(&binding->thread->lock);
            return;
        }
        result = E_OUTOFMEMORY;
    }
    if (binding->aborted && !binding->ended)
        result = binding->abort_reason;
    if (!binding->ended && SUCCEEDED(result) && binding->to_object && !binding->object)
        result = INET_E_DATA_NOT_AVAILABLE;
    binding_stop(binding, result, report->error, report->text);
    binding_terminate(binding);
}

void binding_deliver(struct binding *binding, struct report *report, BOOL direct)
{
    switch (report->kind)
    {
    case REPORT_PROGRESS:
        if (!binding->aborted && !binding->ended)
            progress_arrived(binding, report);
        break;
    case REPORT_DATA:
        binding_data_arrived(binding, report->code, report->progress, report->progress_max);
        /* A protocol that has everything at once: its result comes too late for those who wait. */
        if (direct && binding->last_data && !binding->aborted && !binding->suspended)
            binding_stop(binding, S_OK, 0, NULL);
        break;
    case REPORT_RESULT:
        result_arrived(binding, report);
        break;
    }
}
