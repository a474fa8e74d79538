/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a binding: page "URL Monikers", IMoniker::BindToStorage and BindToObject, IBinding.
 */
#include "binding.h"

#include <shlwapi.h>
#include <stdlib.h>
#include <string.h>

#include "bind_callback.h"
#include "bind_protocol.h"
#include "binding_impl.h"
#include "bound_call.h"
#include "download_manager.h"
#include "trace.h"
#include "wstr.h"

#ifndef BINDINFO_OPTIONS_BINDTOOBJECT
#define BINDINFO_OPTIONS_BINDTOOBJECT 0x100000
#endif

/* The object parameter of a bind context in which RegisterFormatEnumerator leaves what it gets. */
#define FORMATS_KEY L"_EnumFORMATETC_"
#define FORMATS_MAX 256

static const struct com_interface binding_interfaces[] = {
        {&IID_IBinding, offsetof(struct binding, IBinding_iface)},
        {&IID_IInternetProtocolSink, offsetof(struct binding, public_sink_iface)},
        {&IID_IInternetBindInfo, offsetof(struct binding, IInternetBindInfoEx_iface)},
        {&IID_IInternetBindInfoEx, offsetof(struct binding, IInternetBindInfoEx_iface)},
        {&IID_IServiceProvider, offsetof(struct binding, IServiceProvider_iface)},
};

static const struct com_inner_class binding_class = {"binding", binding_interfaces,
        ARRAY_SIZE(binding_interfaces), binding_query, binding_destroy};

/* What the table has not: the client's interfaces, and those that show the protocol's connection,
 * as the protocol gives them. */
HRESULT binding_query(void *object, REFIID iid, void **out)
{
    struct binding *binding = object;

    if (IsEqualIID(iid, &IID_IWinInetInfo) || IsEqualIID(iid, &IID_IWinInetHttpInfo)
            || IsEqualIID(iid, &IID_IWinInetCacheHints) || IsEqualIID(iid, &IID_IWinInetCacheHints2)
            || IsEqualIID(iid, &IID_IWinInetFileStream))
    {
        if (!binding->protocol || binding->terminated)
            return E_NOINTERFACE;
        return IInternetProtocolEx_QueryInterface(binding->protocol, iid, out);
    }
    if (IsEqualIID(iid, &IID_IBindStatusCallback) || IsEqualIID(iid, &IID_IBindStatusCallbackEx))
        return E_NOINTERFACE; /* by QueryService alone */
    return binding_service_get(binding, iid, iid, out);
}

static void free_accept(struct binding *binding)
{
    while (binding->accept_count)
        free(binding->accept[--binding->accept_count]);
    free(binding->accept);
    binding->accept = NULL;
}

void binding_destroy(void *object)
{
    struct binding *binding = object;
    struct list dropped;

    binding_take_reports(binding, &dropped);
    reports_free(&dropped);
    if (binding->protocol)
    {
        binding_unlock_request(binding);
        IInternetProtocolEx_Release(binding->protocol);
    }
    if (binding->successor)
        binding_release(binding->successor);
    store_free(&binding->store);
    free(binding->head);
    binding_free_file(binding);
    free_accept(binding);
    ReleaseBindInfo(&binding->bind_info);
    if (binding->uri)
        IUri_Release(binding->uri);
    free(binding->start_url);
    free(binding->url);
    free(binding->mime);
    free(binding->cache_file);
    free(binding->result_text);
    bound_thread_release(binding->thread);
    free(binding);
}

static DWORD medium_for(REFIID iid)
{
    if (IsEqualIID(iid, &IID_IStream) || IsEqualIID(iid, &IID_ISequentialStream))
        return TYMED_ISTREAM;
    if (IsEqualIID(iid, &IID_IStorage))
        return TYMED_ISTORAGE;
    return IsEqualIID(iid, &IID_IUnknown) ? TYMED_FILE : TYMED_NULL;
}

HRESULT binding_create(IMoniker *moniker, IUri *uri, IBindCtx *context, BOOL to_object, REFIID iid,
        struct binding **out)
{
    struct binding *binding;
    BSTR url = NULL;
    HRESULT hr;

    *out = NULL;
    if (!(binding = calloc(1, sizeof(*binding))))
        return E_OUTOFMEMORY;
    com_inner_init(&binding->com, &binding_class, NULL);
    binding->IBinding_iface.lpVtbl = (IBindingVtbl *)&binding_vtbl;
    binding->IInternetProtocolSink_iface.lpVtbl = (IInternetProtocolSinkVtbl *)&binding_sink_vtbl;
    binding->public_sink_iface.lpVtbl = (IInternetProtocolSinkVtbl *)&binding_public_sink_vtbl;
    binding->IInternetBindInfoEx_iface.lpVtbl = (IInternetBindInfoExVtbl *)&binding_bind_info_vtbl;
    binding_services_init(binding);
    list_init(&binding->thread_entry);
    list_init(&binding->ready_entry);
    list_init(&binding->reports);
    list_init(&binding->calls);
    InitializeSRWLock(&binding->store_lock);
    binding->store.file = INVALID_HANDLE_VALUE;
    binding->bind_info.cbSize = sizeof(binding->bind_info);
    binding->to_object = to_object;
    binding->tymed = to_object ? TYMED_ISTREAM : medium_for(iid);
    binding->iid = *iid;
    binding->abort_reason = E_ABORT;
    if (FAILED(hr = bound_thread_get(&binding->thread)))
    {
        free(binding);
        return hr;
    }
    binding->uri = uri;
    IUri_AddRef(uri);
    if (FAILED(hr = IUri_GetDisplayUri(uri, &url)))
    {
        binding_release(binding);
        return hr;
    }
    binding->start_url = wstr_dup(url);
    binding->url = wstr_dup(url);
    SysFreeString(url);
    if (!binding->start_url || !binding->url)
    {
        binding_release(binding);
        return E_OUTOFMEMORY;
    }
    binding->in_bind = TRUE;
    binding->moniker = moniker;
    IMoniker_AddRef(moniker);
    binding->context = context;
    IBindCtx_AddRef(context);
    *out = binding;
    return S_OK;
}

/* On the bound thread: takes what belongs to the client out of the binding and releases it. */
void binding_let_go(struct binding *binding)
{
    struct bound_thread *thread = binding->thread;
    IBindStatusCallback *callback = binding->callback;
    IServiceProvider *services = binding->callback_services;
    IBindCtx *context = binding->context;
    IMoniker *moniker = binding->moniker;
    IInternetBindInfo *strings = binding->strings;
    BOOL listed;

    binding_drop_deadline(binding);
    binding->callback = NULL;
    binding->callback_services = NULL;
    binding->context = NULL;
    binding->moniker = NULL;
    binding->strings = NULL;
    for (unsigned int i = 0; i < SERVICE_COUNT; i++)
    {
        IUnknown *service = binding->services[i];

        binding->services[i] = NULL;
        if (service)
            IUnknown_Release(service);
    }
    if (strings)
        IInternetBindInfo_Release(strings);
    if (services)
        IServiceProvider_Release(services);
    if (callback)
        IBindStatusCallback_Release(callback);
    if (context)
        IBindCtx_Release(context);
    if (moniker)
        IMoniker_Release(moniker);
    if (!binding->in_bind)
    {
        struct binding_stream *stream = binding->stream;
        IUnknown *object = binding->object;

        binding->stream = NULL;
        binding->object = NULL;
        if (stream)
            IStream_Release(binding_stream_iface(stream));
        if (object)
            IUnknown_Release(object);
    }
    AcquireSRWLockExclusive(&thread->lock);
    listed = !list_empty(&binding->thread_entry);
    list_remove(&binding->thread_entry);
    if (listed)
        thread->active--;
    ReleaseSRWLockExclusive(&thread->lock);
    if (listed)
        binding_release(binding);
}

/* The protocols of bindings whose thread has ended are ended on another: they may wait for threads
 * of theirs. */
static DWORD WINAPI end_protocol(void *context)
{
    struct binding *binding = context;

    if (!binding->protocol_aborted && !binding->has_result)
        IInternetProtocolEx_Abort(binding->protocol, E_ABORT, 0);
    IInternetProtocolEx_Terminate(binding->protocol, 0);
    binding_release(binding);
    return 0;
}

void binding_abandon_all(struct bound_thread *thread)
{
    for (;;)
    {
        struct binding *binding = NULL;
        BOOL in_bind = FALSE;
        struct list dropped;

        list_init(&dropped);
        AcquireSRWLockExclusive(&thread->lock);
        if (!list_empty(&thread->bindings))
        {
            binding = LIST_ENTRY_OF(thread->bindings.next, struct binding, thread_entry);
            binding_addref(binding);
            if (!binding->ended)
            {
                binding->result = E_ABORT;
                binding->result_code = (DWORD)E_ABORT;
            }
            binding->aborted = TRUE;
            binding->ended = TRUE;
            in_bind = binding->in_bind;
            binding->in_bind = FALSE;
            binding_take_reports(binding, &dropped);
            list_remove(&binding->ready_entry);
        }
        ReleaseSRWLockExclusive(&thread->lock);
        if (!binding)
            return;
        reports_free(&dropped);
        bound_calls_cancel(binding, RPC_E_DISCONNECTED);
        binding_signal(binding);
        if (binding->protocol && !binding->terminated)
        {
            binding->terminated = TRUE;
            binding_addref(binding);
            if (!QueueUserWorkItem(end_protocol, binding, WT_EXECUTELONGFUNCTION))
                binding_release(binding);
        }
        binding_let_go(binding);
        /* What functions hold that a callback has ended, with the thread: they never return. */
        if (binding->telling)
            IUnknown_Release(binding->telling);
        if (binding->delivering)
            report_free(binding->delivering);
        binding->delivering = NULL;
        while (binding->lent_count)
        {
            if (--binding->lent_count < ARRAYSIZE(binding->lent))
                IUnknown_Release(binding->lent[binding->lent_count]);
        }
        for (; binding->held; binding->held--)
            binding_release(binding);
        if (in_bind)
            binding_release(binding);
        binding_release(binding);
    }
}

/* The media types the client accepts: of the enumerator of formats in the bind context. */
static void read_formats(struct binding *binding)
{
    IEnumFORMATETC *formats;
    FORMATETC format;
    WCHAR name[256];
    IUnknown *unknown;
    ULONG fetched;

    if (FAILED(IBindCtx_GetObjectParam(binding->context, (WCHAR *)FORMATS_KEY, &unknown))
            || !unknown)
        return;
    if (SUCCEEDED(IUnknown_QueryInterface(unknown, &IID_IEnumFORMATETC, (void **)&formats)))
    {
        IEnumFORMATETC_Reset(formats);
        binding->accept = calloc(FORMATS_MAX, sizeof(*binding->accept));
        while (binding->accept && binding->accept_count < FORMATS_MAX
                && IEnumFORMATETC_Next(formats, 1, &format, &fetched) == S_OK)
        {
            if (GetClipboardFormatNameW(format.cfFormat, name, ARRAYSIZE(name))
                    && (binding->accept[binding->accept_count] = wstr_dup(name)))
                binding->accept_count++;
            CoTaskMemFree(format.ptd);
        }
        IEnumFORMATETC_Release(formats);
    }
    IUnknown_Release(unknown);
}

static HRESULT ask_bind_info(struct binding *binding)
{
    IBindStatusCallbackEx *extended;
    HRESULT hr;

    if (!binding->callback)
    {
        binding->bindf = BINDF_PULLDATA;
        return S_OK;
    }
    if (SUCCEEDED(IBindStatusCallback_QueryInterface(binding->callback, &IID_IBindStatusCallbackEx,
                (void **)&extended)))
    {
        hr = IBindStatusCallbackEx_GetBindInfoEx(extended, &binding->bindf, &binding->bind_info,
                &binding->bindf2, &binding->bindf_reserved);
        IBindStatusCallbackEx_Release(extended);
        return hr;
    }
    return IBindStatusCallback_GetBindInfo(binding->callback, &binding->bindf, &binding->bind_info);
}

/* Whether the scheme is one of those that need no file for a stream to be read as it comes. */
static BOOL is_own_scheme(struct binding *binding)
{
    DWORD scheme = URL_SCHEME_UNKNOWN;

    IUri_GetScheme(binding->uri, &scheme);
    return scheme == URL_SCHEME_HTTP || scheme == URL_SCHEME_HTTPS || scheme == URL_SCHEME_FTP
            || scheme == URL_SCHEME_FILE || scheme == URL_SCHEME_MK;
}

static void settle_flags(struct binding *binding)
{
    const DWORD streaming = BINDF_ASYNCSTORAGE | BINDF_PULLDATA;

    binding->asynchronous = binding->callback && (binding->bindf & BINDF_ASYNCHRONOUS);
    binding->async_storage = binding->asynchronous && (binding->bindf & BINDF_ASYNCSTORAGE)
            && !binding->to_object; /* an object's Load waits for the data */
    /* Without a callback nobody pulls before the bind returns, and that is when all is there. */
    binding->pull = binding->callback && (binding->bindf & BINDF_PULLDATA)
            && binding->tymed == TYMED_ISTREAM && !binding->to_object;
    binding->bindf |= BINDF_FROMURLMON;
    if (binding->tymed != TYMED_ISTREAM || (binding->bindf & streaming) != streaming
            || !is_own_scheme(binding))
        binding->bindf |= BINDF_NEEDFILE;
    if (binding->to_object)
        binding->bind_info.dwOptions |= BINDINFO_OPTIONS_BINDTOOBJECT;
}

/* Makes the protocol, which asks the client whether it has brought its own. */
static HRESULT make_protocol(struct binding *binding)
{
    HRESULT hr = bind_protocol_create(TRUE, &binding->protocol);

    binding->terminated = TRUE; /* not started: there is nothing to abort or to terminate */
    if (SUCCEEDED(hr))
        bind_protocol_ask_client(binding->protocol, &binding->IInternetProtocolSink_iface);
    return hr;
}

static HRESULT start_protocol(struct binding *binding)
{
    IInternetPriority *priority;
    DWORD flags = PI_MIMEVERIFICATION;
    HRESULT hr;

    /* "Urlmon.dll should look for and use the default system protocol first": page BINDF. */
    if (binding->bindf & BINDF_PREFERDEFAULTHANDLER)
        flags |= PI_PREFERDEFAULTHANDLER;
    binding->terminated = FALSE;
    binding->protocol_used = TRUE;
    if (SUCCEEDED(IInternetProtocolEx_QueryInterface(binding->protocol, &IID_IInternetPriority,
                (void **)&priority)))
    {
        IInternetPriority_SetPriority(priority, binding->priority);
        IInternetPriority_Release(priority);
    }
    hr = IInternetProtocolEx_StartEx(binding->protocol, binding->uri,
            &binding->IInternetProtocolSink_iface,
            (IInternetBindInfo *)&binding->IInternetBindInfoEx_iface, flags, 0);
    return hr == E_PENDING ? S_OK : hr;
}

/* From here on the protocol works. */
static HRESULT begin_transfer(struct binding *binding, void *arguments)
{
    HRESULT hr;

    (void)arguments;
    hr = start_protocol(binding);
    if (FAILED(hr) && !binding->ended && !binding->aborted)
    {
        /* Nothing that it has reported comes before its failure. */
        binding->has_result = TRUE;
        binding_stop(binding, hr, 0, NULL);
    }
    if (binding->ended)
    {
        if (binding->aborted)
            hr = S_OK; /* what Start makes of an end that it did not bring about does not count */
        /* "The actual result ... returns asynchronously": page BINDF, BINDF_ASYNCHRONOUS. */
        if (SUCCEEDED(hr) && !binding->asynchronous)
            hr = binding->result;
        binding_terminate(binding);
    }
    return FAILED(hr) ? hr : S_OK;
}

/* Starts it; `former` is NULL, or the binding whose protocol it takes over. An error is the
 * binding's, whose client has been told. */
HRESULT binding_start(struct binding *binding, struct binding *former)
{
    struct bound_thread *thread = binding->thread;
    HRESULT hr;

    if (FAILED(hr = bind_callback_get(binding->context, &binding->callback)))
        binding->callback = NULL;
    if (binding->callback)
        IBindStatusCallback_QueryInterface(binding->callback, &IID_IServiceProvider,
                (void **)&binding->callback_services);
    if (FAILED(hr = ask_bind_info(binding))
            || (!former && FAILED(hr = binding_extend_url(binding))))
    {
        binding_stop(binding, hr, 0, NULL);
        return hr;
    }
    settle_flags(binding);
    read_formats(binding);

    AcquireSRWLockExclusive(&thread->lock);
    list_add_tail(&thread->bindings, &binding->thread_entry);
    thread->active++;
    binding->last_report = GetTickCount64();
    binding_addref(binding);
    ReleaseSRWLockExclusive(&thread->lock);

    hr = binding_set_deadline(binding);
    if (SUCCEEDED(hr) && !former)
        hr = make_protocol(binding);
    if (FAILED(hr))
    {
        binding_stop(binding, hr, 0, NULL);
        return hr;
    }
    if (binding->callback)
    {
        binding->started = TRUE;
        hr = IBindStatusCallback_OnStartBinding(binding->callback, 0xff, &binding->IBinding_iface);
        if (FAILED(hr) || binding->aborted)
        {
            hr = FAILED(hr) ? hr : binding->abort_reason;
            binding_stop(binding, hr, 0, NULL);
            return hr;
        }
    }
    if (former)
        return binding_take_over(binding, former);
    /* The protocol may call the client at once: not while it is suspended. */
    if (binding->suspended)
        return bound_call_later(binding, begin_transfer, NULL, 0);
    return begin_transfer(binding, NULL);
}

/* Pull model: there is something to read. A callback that has read all of it hears of the end
 * before the bind returns. */
static BOOL is_bound(void *context)
{
    const struct binding *binding = context;

    return binding->ended || (binding->pull && binding->told_first && !binding->data_end);
}

/* The result of a bind that was started. */
static HRESULT bind_result(struct binding *binding, REFIID iid, void **out)
{
    BOOL stopped = binding->ended;

    if (stopped && FAILED(binding->result))
        return binding->asynchronous ? MK_S_ASYNCHRONOUS : binding->result;
    if (binding->to_object)
    {
        if (stopped && binding->object && !binding->asynchronous)
            return IUnknown_QueryInterface(binding->object, iid, out);
        return binding->asynchronous ? MK_S_ASYNCHRONOUS : INET_E_DATA_NOT_AVAILABLE;
    }
    if (binding->tymed == TYMED_ISTREAM && binding->stream && binding->told_first)
        return IStream_QueryInterface(binding_stream_iface(binding->stream), iid, out);
    if (binding->asynchronous)
        return MK_S_ASYNCHRONOUS;
    if (binding->tymed == TYMED_ISTORAGE)
        return binding_open_storage(binding, (IStorage **)out);
    if (binding->tymed == TYMED_ISTREAM) /* a client has been told that there is nothing */
        return binding->started ? MK_S_ASYNCHRONOUS : INET_E_DATA_NOT_AVAILABLE;
    return S_OK;
}

/* The function that made the binding is about to return. */
static void leave_bind(struct binding *binding)
{
    struct binding_stream *stream = NULL;
    IUnknown *object = NULL;

    binding->in_bind = FALSE;
    if (binding->ended || !binding->callback)
    {
        /* Without a callback it ends when the stream does. */
        stream = binding->stream;
        object = binding->object;
        binding->stream = NULL;
        binding->object = NULL;
    }
    if (stream)
        IStream_Release(binding_stream_iface(stream));
    if (object)
        IUnknown_Release(object);
    binding_release(binding);
}

static HRESULT moniker_bind(IMoniker *moniker, IUri *uri, IBindCtx *context, BOOL to_object,
        REFIID iid, void **out)
{
    struct binding *binding, *former = NULL;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!context)
        return E_INVALIDARG;
    if (!uri)
        return MK_E_SYNTAX;
    if (!to_object && medium_for(iid) == TYMED_NULL)
        return E_NOINTERFACE;
    if (FAILED(hr = binding_create(moniker, uri, context, to_object, iid, &binding)))
        return hr;
    if (!to_object)
        former = binding_find_loading(context, binding->thread);
    hr = binding_start(binding, former);
    if (former)
        binding_release(former);
    if (SUCCEEDED(hr))
    {
        if (!binding->asynchronous)
            bound_thread_pump(binding->thread, is_bound, binding);
        hr = bind_result(binding, iid, out);
    }
    trace("binding %p: bound: 0x%08lx", (void *)binding, (unsigned long)hr);
    leave_bind(binding);
    return hr;
}

HRESULT binding_to_storage(IMoniker *moniker, IUri *uri, IBindCtx *context, REFIID iid, void **out)
{
    return moniker_bind(moniker, uri, context, FALSE, iid, out);
}

HRESULT binding_to_object(IMoniker *moniker, IUri *uri, IBindCtx *context, REFIID iid, void **out)
{
    return moniker_bind(moniker, uri, context, TRUE, iid, out);
}
