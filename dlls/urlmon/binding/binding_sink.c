/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a protocol reports, on any thread: pages "IInternetProtocolSink" and "IInternetBindInfo".
 * Nothing here calls the client. A report of the bound thread is delivered straight when nothing is
 * in its way, all others through the download manager.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binding_impl.h"
#include "bound_call.h"
#include "download_manager.h"
#include "trace.h"
#include "wstr.h"

COM_INNER_METHODS(binding, struct binding, IInternetProtocolSink, IInternetProtocolSink_iface)
COM_INNER_METHODS(binding, struct binding, IInternetBindInfoEx, IInternetBindInfoEx_iface)

void report_free(struct report *report)
{
    free(report);
}

void reports_free(struct list *reports)
{
    while (!list_empty(reports))
    {
        struct report *report = LIST_ENTRY_OF(reports->next, struct report, entry);

        list_remove(&report->entry);
        report_free(report);
    }
}

void binding_take_reports(struct binding *binding, struct list *out)
{
    list_init(out);
    while (!list_empty(&binding->reports))
    {
        struct list *entry = binding->reports.next;

        list_remove(entry);
        list_add_tail(out, entry);
    }
}

static struct report *report_create(enum report_kind kind, const WCHAR *text)
{
    size_t size = text ? (wcslen(text) + 1) * sizeof(WCHAR) : 0;
    struct report *report = calloc(1, sizeof(*report) + size);

    if (!report)
        return NULL;
    report->kind = kind;
    if (text)
        report->text = memcpy(report + 1, text, size);
    return report;
}

struct report *report_copy(const struct report *report)
{
    struct report *copy = report_create(report->kind, report->text);

    if (!copy)
        return NULL;
    copy->code = report->code;
    copy->progress = report->progress;
    copy->progress_max = report->progress_max;
    copy->result = report->result;
    copy->error = report->error;
    return copy;
}

/* With the lock. Reports of data make one; so do those of progress that only count up. */
static BOOL report_merge(struct binding *binding, const struct report *report)
{
    struct report *last;

    if (list_empty(&binding->reports))
        return FALSE;
    last = LIST_ENTRY_OF(binding->reports.prev, struct report, entry);
    if (last->kind != report->kind)
        return FALSE;
    if (report->kind == REPORT_DATA)
        last->code |= report->code;
    else if (report->kind != REPORT_PROGRESS || last->code != report->code || last->text
            || report->text)
        return FALSE;
    last->progress = report->progress;
    last->progress_max = report->progress_max;
    return TRUE;
}

/* With the lock: whether the report may be delivered straight. */
static BOOL is_direct(const struct binding *binding)
{
    return bound_thread_is_current(binding->thread) && !binding->busy && !binding->continuing
            && !binding->suspended && !binding->again && list_empty(&binding->reports)
            && !binding->thread->ended;
}

/* The binding that gets what this one's protocol reports, with a reference. */
static struct binding *report_target(struct binding *binding)
{
    struct bound_thread *thread = binding->thread;
    struct binding *target = binding;

    AcquireSRWLockExclusive(&thread->lock);
    while (target->successor)
        target = target->successor;
    binding_addref(target);
    ReleaseSRWLockExclusive(&thread->lock);
    return target;
}

void binding_resume_delivery_last(struct binding *binding)
{
    struct dispatch_queue *queue = binding->thread->queue;

    dispatch_queue_begin_polling(queue);
    binding_resume_delivery(binding);
    dispatch_queue_resume_polling(queue, 0);
}

void binding_resume_delivery(struct binding *binding)
{
    struct bound_thread *thread = binding->thread;
    BOOL wake;

    AcquireSRWLockExclusive(&thread->lock);
    wake = binding_has_work(binding) && download_manager_ready(binding);
    ReleaseSRWLockExclusive(&thread->lock);
    if (wake)
        download_manager_wake(thread);
}

static HRESULT binding_report(struct binding *binding, const struct report *template)
{
    struct bound_thread *thread = binding->thread;
    struct report *report;
    BOOL direct, wake = FALSE, watch = FALSE;

    binding = report_target(binding);
    if (!(report = report_copy(template)))
    {
        binding_release(binding);
        return E_OUTOFMEMORY;
    }

    AcquireSRWLockExclusive(&thread->lock);
    direct = is_direct(binding);
    binding->last_report = GetTickCount64();
    if (report->kind == REPORT_RESULT)
    {
        binding->protocol_result = report->result;
        binding->has_result = TRUE;
    }
    /* Its result is E_ABORT already, or it has been told; the rest is of no interest. */
    if (thread->ended || ((binding->aborted || binding->ended) && report->kind != REPORT_RESULT))
    {
        report_free(report);
        report = NULL;
    }
    else if (binding->aborted && !binding->ended)
    {
        direct = FALSE;
        report->result = binding->abort_reason;
    }
    direct = direct && report;
    if (direct)
        binding->busy++;
    if (report && !direct)
    {
        if (report_merge(binding, report))
            report_free(report);
        else
            list_add_tail(&binding->reports, &report->entry);
        /* Waking a thread costs more than all the rest. */
        if (bound_thread_is_current(thread) ? binding->continuing != 0
                                            : template->kind == REPORT_PROGRESS)
            watch = download_manager_ready_lazily(binding);
        else
            wake = download_manager_ready(binding);
    }
    ReleaseSRWLockExclusive(&thread->lock);

    if (template->kind != REPORT_PROGRESS)
        binding_signal(binding);
    if (wake)
        download_manager_wake(thread);
    if (watch)
        bound_thread_watch();
    if (!report && binding->ended && bound_thread_is_current(thread)
            && (template->kind == REPORT_DATA || template->code == BINDSTATUS_BEGINDOWNLOADDATA))
        binding_read_behind(binding);
    if (direct)
    {
        binding->held++; /* with the reference that it has here */
        binding->delivering = report;
        binding->quota = download_manager_quota(binding);
        binding_deliver(binding, report, TRUE);
        binding->delivering = NULL;
        binding->busy--;
        report_free(report);
        binding_resume_delivery(binding);
        binding->held--;
    }
    binding_release(binding);
    return S_OK;
}

/* On the bound thread: what the protocol has reported of its progress is told before it goes on,
 * unless the client is in the middle of a notification. */
static void tell_progress(struct binding *binding)
{
    struct bound_thread *thread = binding->thread;
    struct report *report;

    if (binding->busy)
        return;
    binding->busy++;
    do
    {
        report = NULL;
        AcquireSRWLockExclusive(&thread->lock);
        if (!binding->suspended && !binding->again && !list_empty(&binding->reports))
            report = LIST_ENTRY_OF(binding->reports.next, struct report, entry);
        if (report && report->kind != REPORT_PROGRESS)
            report = NULL;
        if (report)
            list_remove(&report->entry);
        ReleaseSRWLockExclusive(&thread->lock);
        if (!report)
            break;
        binding->delivering = report;
        binding_deliver(binding, report, FALSE);
        binding->delivering = NULL;
        report_free(report);
    } while (!binding->aborted && !binding->ended);
    binding->busy--;
}

static HRESULT continue_protocol(struct binding *binding, void *arguments)
{
    PROTOCOLDATA *data = arguments;
    HRESULT hr;

    tell_progress(binding);
    if (!binding->protocol || binding->terminated || binding->aborted)
    {
        binding_resume_delivery_last(binding);
        return E_ABORT;
    }
    if (binding->suspended) /* by what it was told: Continue may call the client */
        return bound_call_later(binding, continue_protocol, data, sizeof(*data));
    binding->continuing++;
    hr = IInternetProtocolEx_Continue(binding->protocol, data);
    binding->continuing--;
    binding_resume_delivery_last(binding);
    trace("binding %p: Continue: 0x%08lx", (void *)binding, (unsigned long)hr);
    return hr;
}

/* IInternetProtocolSink::Switch: has IInternetProtocol::Continue called on the bound thread, with
 * the same data, and does not wait for that. E_INVALIDARG; E_ABORT: the binding has ended. */
static HRESULT STDMETHODCALLTYPE sink_Switch(IInternetProtocolSink *iface, PROTOCOLDATA *data)
{
    struct binding *binding;
    HRESULT hr;

    if (!data)
        return E_INVALIDARG;
    binding = report_target(binding_from_IInternetProtocolSink(iface));
    hr = bound_call_later(binding, continue_protocol, data, sizeof(*data));
    binding_release(binding);
    return hr;
}

/* IInternetProtocolSink::ReportProgress: a BINDSTATUS with its text. S_OK, E_OUTOFMEMORY. */
static HRESULT STDMETHODCALLTYPE sink_ReportProgress(IInternetProtocolSink *iface, ULONG code,
        const WCHAR *text)
{
    struct report report = {.kind = REPORT_PROGRESS, .code = code, .text = (WCHAR *)text};

    return binding_report(binding_from_IInternetProtocolSink(iface), &report);
}

/* IInternetProtocolSink::ReportData: BSCF flags; there is something to read. */
static HRESULT STDMETHODCALLTYPE sink_ReportData(IInternetProtocolSink *iface, DWORD bscf,
        ULONG progress, ULONG progress_max)
{
    struct report report = {.kind = REPORT_DATA,
            .code = bscf,
            .progress = progress,
            .progress_max = progress_max};

    return binding_report(binding_from_IInternetProtocolSink(iface), &report);
}

/* IInternetProtocolSink::ReportResult: the protocol is done. */
static HRESULT STDMETHODCALLTYPE sink_ReportResult(IInternetProtocolSink *iface, HRESULT result,
        DWORD error, const WCHAR *text)
{
    struct report report = {.kind = REPORT_RESULT,
            .result = result,
            .error = error,
            .text = (WCHAR *)text};

    return binding_report(binding_from_IInternetProtocolSink(iface), &report);
}

const IInternetProtocolSinkVtbl binding_sink_vtbl = {
        binding_IInternetProtocolSink_QueryInterface,
        binding_IInternetProtocolSink_AddRef,
        binding_IInternetProtocolSink_Release,
        sink_Switch,
        sink_ReportProgress,
        sink_ReportData,
        sink_ReportResult,
};

/* IInternetBindInfo::GetBindInfo: a copy of what the client said; the caller frees it with
 * ReleaseBindInfo. E_INVALIDARG: no room, or cbSize is not set. */
static HRESULT STDMETHODCALLTYPE bind_info_GetBindInfo(IInternetBindInfoEx *iface, DWORD *flags,
        BINDINFO *info)
{
    struct binding *binding = binding_from_IInternetBindInfoEx(iface);

    if (!flags || !info || !info->cbSize)
        return E_INVALIDARG;
    *flags = binding->bindf;
    return CopyBindInfo(&binding->bind_info, info);
}

static HRESULT give_strings(WCHAR **texts, ULONG count, WCHAR **out, ULONG room, ULONG *fetched)
{
    ULONG i;

    for (i = 0; i < count && i < room; i++)
    {
        if (FAILED(wstr_to_caller(texts[i], &out[i])))
        {
            while (i)
                CoTaskMemFree(out[--i]);
            *fetched = 0;
            return E_OUTOFMEMORY;
        }
    }
    *fetched = i;
    return S_OK;
}

struct string_call
{
    ULONG type;
    WCHAR **out;
    ULONG room;
    ULONG *fetched;
};

/* On the bound thread: asks the client. */
static HRESULT ask_string(struct binding *binding, void *arguments)
{
    struct string_call *call = arguments;
    IInternetBindInfo *info = NULL;
    HRESULT hr;

    if (!binding->strings_asked && binding->callback_services)
    {
        binding->strings_asked = TRUE;
        if (SUCCEEDED(IServiceProvider_QueryService(binding->callback_services,
                    &IID_IInternetBindInfo, &IID_IInternetBindInfo, (void **)&info)))
            binding->strings = info;
    }
    info = binding->strings;
    if (!info)
        return E_NOINTERFACE;
    IInternetBindInfo_AddRef(info);
    hr = IInternetBindInfo_GetBindString(info, call->type, call->out, call->room, call->fetched);
    IInternetBindInfo_Release(info);
    return hr;
}

/* IInternetBindInfo::GetBindString: the URL and the media types the client accepts; for others its
 * own IInternetBindInfo is asked. E_INVALIDARG; E_NOINTERFACE: the client has none. */
static HRESULT STDMETHODCALLTYPE bind_info_GetBindString(IInternetBindInfoEx *iface, ULONG type,
        WCHAR **out, ULONG room, ULONG *fetched)
{
    struct binding *binding = binding_from_IInternetBindInfoEx(iface);
    struct string_call call = {type, out, room, fetched};
    WCHAR pointer[20], yes[] = L"1", any[] = L"*/*", *text = NULL;

    if (!out || !fetched || !room)
        return E_INVALIDARG;
    switch (type)
    {
    case BINDSTRING_ACCEPT_MIMES:
        text = any;
        if (binding->accept_count)
            return give_strings(binding->accept, binding->accept_count, out, room, fetched);
        break;
    case BINDSTRING_URL:
        text = binding->start_url;
        break;
    case BINDSTRING_FLAG_BIND_TO_OBJECT:
        if (binding->to_object)
            text = yes;
        break;
    case BINDSTRING_PTR_BIND_CONTEXT:
        _snwprintf(pointer, ARRAYSIZE(pointer), L"%I64u", (ULONGLONG)(ULONG_PTR)binding->context);
        text = pointer;
        break;
    default:
        break;
    }
    if (text)
        return give_strings(&text, 1, out, room, fetched);
    return bound_call(binding, ask_string, &call);
}

/* IInternetBindInfoEx::GetBindInfoEx: GetBindInfo and the BINDF2 flags. */
static HRESULT STDMETHODCALLTYPE bind_info_GetBindInfoEx(IInternetBindInfoEx *iface, DWORD *flags,
        BINDINFO *info, DWORD *flags2, DWORD *reserved)
{
    struct binding *binding = binding_from_IInternetBindInfoEx(iface);

    if (!flags2 || !reserved)
        return E_INVALIDARG;
    *flags2 = binding->bindf2;
    *reserved = binding->bindf_reserved;
    return bind_info_GetBindInfo(iface, flags, info);
}

const IInternetBindInfoExVtbl binding_bind_info_vtbl = {
        binding_IInternetBindInfoEx_QueryInterface,
        binding_IInternetBindInfoEx_AddRef,
        binding_IInternetBindInfoEx_Release,
        bind_info_GetBindInfo,
        bind_info_GetBindString,
        bind_info_GetBindInfoEx,
};
