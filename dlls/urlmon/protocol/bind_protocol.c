/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The protocol object of bindings: it finds the handler, and starts another one when that one says
 * that the data are elsewhere. */
#include "bind_protocol.h"

#include <stdlib.h>
#include <string.h>

#include "bind_protocol_impl.h"
#include "protocol_stage.h"
#include "trace.h"
#include "wstr.h"

#include <wininet.h>

/* PROTOCOLDATA of our own Switch: go on with a redirection, on the thread of Start. */
#define SWITCH_REDIRECT 0xb1d0c0de

COM_INNER_METHODS(bind, struct bind_protocol, IInternetProtocolEx, IInternetProtocolEx_iface)
COM_INNER_METHODS(bind, struct bind_protocol, IInternetPriority, IInternetPriority_iface)
COM_INNER_METHODS(bind, struct bind_protocol, IServiceProvider, IServiceProvider_iface)

/* The handler of the top stage (a filter, perhaps) or of the bottom, with a reference, or NULL. */
static struct protocol_handler *bind_handler(struct bind_protocol *protocol, BOOL bottom)
{
    struct protocol_handler *handler;
    struct protocol_stage *stage;

    AcquireSRWLockShared(&protocol->lock);
    stage = bottom ? protocol->bottom : protocol->top;
    if (stage)
        protocol_stage_addref(stage);
    ReleaseSRWLockShared(&protocol->lock);
    if (!stage)
        return NULL;
    handler = protocol_stage_handler(stage);
    protocol_stage_release(stage);
    return handler;
}

/* Silences a chain, from the top down, and terminates its handlers. */
static void chain_terminate(struct protocol_stage *top, DWORD options)
{
    for (struct protocol_stage *stage = top; stage; stage = stage->below)
        protocol_stage_close(stage);
    for (struct protocol_stage *stage = top; stage; stage = stage->below)
    {
        struct protocol_handler *handler = protocol_stage_handler(stage);

        if (handler)
            protocol_handler_terminate(handler, options);
        protocol_handler_release(handler);
    }
}

/* Drops the handlers of a chain, which breaks the circle of each with its stage, and the chain. */
static void chain_drop(struct protocol_stage *top)
{
    for (struct protocol_stage *stage = top; stage; stage = stage->below)
        protocol_stage_drop(stage);
    if (top)
        protocol_stage_release(top);
}

static void switches_free(struct pending_switch *pending)
{
    while (pending)
    {
        struct pending_switch *next = pending->next;

        protocol_handler_release(pending->handler);
        free(pending);
        pending = next;
    }
}

/* Takes the chain away. */
static struct protocol_stage *bind_take_chain(struct bind_protocol *protocol)
{
    struct protocol_stage *top;
    struct pending_switch *switches;

    AcquireSRWLockExclusive(&protocol->lock);
    top = protocol->top;
    protocol->top = protocol->bottom = NULL;
    switches = protocol->switches;
    protocol->switches = NULL;
    ReleaseSRWLockExclusive(&protocol->lock);
    switches_free(switches);
    return top;
}

/* The URL of a redirection that is pending, or NULL; the caller's to free. */
static WCHAR *bind_take_redirect(struct bind_protocol *protocol)
{
    WCHAR *url;

    AcquireSRWLockExclusive(&protocol->lock);
    url = protocol->redirect_url;
    protocol->redirect_url = NULL;
    ReleaseSRWLockExclusive(&protocol->lock);
    return url;
}

/* E_ABORT or the reason of Abort, when the caller has had enough. With the lock held. */
static HRESULT bind_stopped(const struct bind_protocol *protocol)
{
    if (protocol->is_aborted)
        return protocol->abort_reason;
    return protocol->is_terminated ? E_ABORT : S_OK;
}

/* Asks the client for a protocol of its own, once. */
static void bind_ask_client(struct bind_protocol *protocol, IInternetProtocolSink *sink)
{
    if (protocol->client_asked)
        return;
    protocol->client_asked = TRUE;
    protocol_handler_of_client(sink, &protocol->client_handler);
}

void bind_protocol_ask_client(IInternetProtocolEx *iface, IInternetProtocolSink *sink)
{
    bind_ask_client(bind_from_IInternetProtocolEx(iface), sink);
}

/* Makes the handler for the URL and its stage, and puts it in its place. */
static HRESULT bind_prepare(struct bind_protocol *protocol, IUri *uri,
        struct handler_choice *choice, struct protocol_stage **stage)
{
    struct protocol_handler *handler = protocol->client_handler;
    WCHAR text[64];
    BSTR url = NULL;
    IUri *old_uri = NULL;
    HRESULT hr = S_OK;

    protocol->client_handler = NULL;
    if (handler && choice->prefers_default && session_has_default(uri))
    {
        protocol_handler_release(handler);
        handler = NULL;
    }
    choice->is_client = choice->may_give_way = handler != NULL;
    if (!handler)
        hr = protocol_handler_create(uri, protocol->com.outer, choice, &handler);
    *stage = NULL;
    if (FAILED(hr))
        return hr;
    if (protocol->redirects)
        hr = IUri_GetDisplayUri(uri, &url);
    if (SUCCEEDED(hr))
        hr = protocol_stage_create(protocol, handler, NULL, NULL,
                (protocol->start_flags & PI_MIMEVERIFICATION) != 0, url, stage);
    SysFreeString(url);
    if (SUCCEEDED(hr))
    {
        AcquireSRWLockExclusive(&protocol->lock);
        hr = bind_stopped(protocol);
        if (SUCCEEDED(hr))
        {
            protocol->handler_is_started = FALSE;
            protocol->top = protocol->bottom = *stage;
            protocol_stage_addref(*stage);
            protocol->starting++;
            old_uri = protocol->uri;
            protocol->uri = uri;
            IUri_AddRef(uri); /* one of ours or of the client's: it calls nobody back */
        }
        ReleaseSRWLockExclusive(&protocol->lock);
        if (SUCCEEDED(hr) && old_uri)
            IUri_Release(old_uri);
    }
    if (SUCCEEDED(hr))
    {
        StringFromGUID2(&choice->clsid, text, ARRAY_SIZE(text));
        if (!choice->is_client)
            bind_protocol_progress(protocol, BINDSTATUS_PROTOCOLCLASSID, text);
        if (protocol->has_priority)
            protocol_handler_set_priority(handler, protocol->priority);
    }
    else if (*stage)
    {
        protocol_stage_release(*stage);
        *stage = NULL;
    }
    protocol_handler_release(handler);
    return hr;
}

/* Follows a pending redirection: the old handler goes, *uri is where to go on. S_FALSE: there is
 * none. An error: what the binding ends with. */
static HRESULT bind_follow(struct bind_protocol *protocol, IUri **uri)
{
    struct protocol_client *client;
    struct protocol_stage *chain;
    IUri *from = NULL;
    BSTR display = NULL;
    WCHAR *url;
    HRESULT hr;

    *uri = NULL;
    AcquireSRWLockExclusive(&protocol->lock);
    url = protocol->redirect_url;
    protocol->redirect_url = NULL;
    if (url)
    {
        from = protocol->uri;
        protocol->uri = NULL;
    }
    ReleaseSRWLockExclusive(&protocol->lock);
    if (!url)
        return S_FALSE;
    chain = bind_take_chain(protocol);
    chain_terminate(chain, 0);
    chain_drop(chain);
    client = bind_protocol_client(protocol);
    hr = client ? bind_redirect_resolve(client, from, url, protocol->redirects, uri) : E_ABORT;
    if (SUCCEEDED(hr))
    {
        protocol->redirects++;
        hr = IUri_GetDisplayUri(*uri, &display);
    }
    if (SUCCEEDED(hr))
        bind_protocol_progress(protocol, BINDSTATUS_REDIRECTING, display);
    SysFreeString(display);
    if (FAILED(hr) && *uri)
    {
        IUri_Release(*uri);
        *uri = NULL;
    }
    if (from)
        IUri_Release(from);
    protocol_client_release(client);
    free(url);
    return hr;
}

/* Starts the handler of a URL, and of those to which it is redirected at once. */
static HRESULT bind_start(struct bind_protocol *protocol, IUri *uri)
{
    struct handler_choice choice = {0};
    HRESULT hr;

    choice.prefers_default = (protocol->start_flags & PI_PREFERDEFAULTHANDLER) != 0;
    IUri_AddRef(uri);
    for (;;)
    {
        struct protocol_handler *handler;
        struct protocol_stage *stage;
        HRESULT followed;
        IUri *next;

        hr = bind_prepare(protocol, uri, &choice, &stage);
        if (FAILED(hr))
            break;
        handler = protocol_stage_handler(stage);
        AcquireSRWLockExclusive(&protocol->lock);
        hr = handler ? bind_stopped(protocol) : E_ABORT;
        protocol->handler_is_started = SUCCEEDED(hr);
        ReleaseSRWLockExclusive(&protocol->lock);
        if (SUCCEEDED(hr)) /* the sniffing is done here */
            hr = protocol_handler_start(handler, uri, &stage->IInternetProtocolSink_iface,
                    (IInternetBindInfo *)&stage->IInternetBindInfoEx_iface,
                    protocol->start_flags & ~(DWORD)PI_MIMEVERIFICATION, protocol->start_reserved);
        protocol_handler_release(handler);
        protocol_stage_release(stage);
        AcquireSRWLockExclusive(&protocol->lock);
        protocol->starting--;
        ReleaseSRWLockExclusive(&protocol->lock);
        if (hr == INET_E_USE_DEFAULT_PROTOCOLHANDLER && choice.may_give_way)
        {
            chain_drop(bind_take_chain(protocol));
            free(bind_take_redirect(protocol));
            choice.skip += !choice.is_client;
            continue;
        }
        followed = bind_follow(protocol, &next);
        if (followed == S_FALSE)
            break;
        hr = followed;
        if (FAILED(hr))
            break;
        IUri_Release(uri);
        uri = next;
        choice.skip = 0;
    }
    IUri_Release(uri);
    return hr;
}

/* Goes on with a redirection that came while no handler was being started. */
static void bind_restart(struct bind_protocol *protocol)
{
    IUri *uri;
    HRESULT hr = bind_follow(protocol, &uri);

    if (hr == S_FALSE)
        return;
    if (SUCCEEDED(hr))
    {
        hr = bind_start(protocol, uri);
        IUri_Release(uri);
    }
    if (FAILED(hr) && hr != E_PENDING)
        bind_protocol_result(protocol, hr, 0, NULL);
}

HRESULT bind_protocol_redirect(struct bind_protocol *protocol, struct protocol_stage *stage,
        const WCHAR *url)
{
    struct protocol_client *client;
    PROTOCOLDATA data = {0, SWITCH_REDIRECT, protocol, 0};
    WCHAR *copy = wstr_dup(url);
    BOOL is_elsewhere, waits;
    HRESULT hr = E_FAIL;

    if (!copy)
        return bind_protocol_result(protocol, E_OUTOFMEMORY, 0, NULL);
    AcquireSRWLockExclusive(&protocol->lock);
    if (protocol->bottom == stage && !protocol->redirect_url && !protocol->is_terminated
            && !protocol->result_reported)
    {
        protocol->redirect_url = copy;
        copy = NULL;
        hr = S_OK;
    }
    waits = protocol->starting != 0;
    is_elsewhere = protocol->from_urlmon && protocol->start_thread != GetCurrentThreadId();
    ReleaseSRWLockExclusive(&protocol->lock);
    free(copy);
    if (FAILED(hr))
        return hr;
    protocol_stage_close(stage);
    if (waits)
        return S_OK; /* bind_start goes on */
    client = is_elsewhere ? bind_protocol_client(protocol) : NULL;
    if (client)
    {
        hr = IInternetProtocolSink_Switch(client->sink, &data);
        protocol_client_release(client);
        if (SUCCEEDED(hr))
            return S_OK;
    }
    bind_restart(protocol);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE bind_StartEx(IInternetProtocolEx *iface, IUri *uri,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD flags, HANDLE_PTR reserved)
{
    struct bind_protocol *protocol = bind_from_IInternetProtocolEx(iface);
    struct protocol_client *client;
    HRESULT hr = S_OK;

    if (!uri || !sink || !bind_info)
        return E_INVALIDARG;
    client = protocol_client_create(sink, bind_info);
    if (!client)
        return E_OUTOFMEMORY;
    AcquireSRWLockExclusive(&protocol->lock);
    if (protocol->is_started || protocol->is_terminated)
        hr = E_UNEXPECTED;
    else
    {
        protocol->is_started = TRUE;
        protocol->client = client;
        protocol->start_flags = flags;
        protocol->start_reserved = reserved;
        protocol->start_thread = GetCurrentThreadId();
    }
    ReleaseSRWLockExclusive(&protocol->lock);
    if (FAILED(hr))
    {
        protocol_client_release(client);
        return hr;
    }
    bind_protocol_pin(protocol);
    bind_ask_client(protocol, sink);
    hr = bind_start(protocol, uri);
    bind_protocol_unpin(protocol);
    return hr;
}

static HRESULT STDMETHODCALLTYPE bind_Start(IInternetProtocolEx *iface, LPCWSTR url,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD flags, HANDLE_PTR reserved)
{
    IUri *uri;
    HRESULT hr;

    if (!url || !sink || !bind_info)
        return E_INVALIDARG;
    hr = CreateUri(url, Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME, 0, &uri);
    if (FAILED(hr))
        return hr == E_INVALIDARG ? INET_E_INVALID_URL : hr;
    hr = bind_StartEx(iface, uri, sink, bind_info, flags, reserved);
    IUri_Release(uri);
    return hr;
}

/* By members: what lies between them is copied by nobody. */
static BOOL switch_is_of(const struct pending_switch *pending, const PROTOCOLDATA *data)
{
    return pending->data.grfFlags == data->grfFlags && pending->data.dwState == data->dwState
            && pending->data.pData == data->pData && pending->data.cbData == data->cbData;
}

/* The filter that called Switch with these data, or NULL: it was the handler. */
static struct protocol_handler *switch_take(struct bind_protocol *protocol,
        const PROTOCOLDATA *data)
{
    struct protocol_handler *handler = NULL;
    struct pending_switch *found = NULL;

    AcquireSRWLockExclusive(&protocol->lock);
    for (struct pending_switch **slot = &protocol->switches; *slot; slot = &(*slot)->next)
    {
        if (switch_is_of(*slot, data))
        {
            found = *slot;
            *slot = found->next;
            break;
        }
    }
    ReleaseSRWLockExclusive(&protocol->lock);
    if (found)
    {
        handler = found->handler;
        free(found);
    }
    return handler;
}

/* Continue of a handler; what it reports in there goes on afterwards. */
static HRESULT bind_continue(struct bind_protocol *protocol, struct protocol_handler *handler,
        PROTOCOLDATA *data)
{
    LONG before = InterlockedExchange(&protocol->continue_thread, (LONG)GetCurrentThreadId());
    HRESULT hr = IInternetProtocol_Continue(handler->protocol, data);
    struct protocol_stage *top;

    InterlockedExchange(&protocol->continue_thread, before);
    top = bind_protocol_top(protocol);
    for (struct protocol_stage *stage = top; stage; stage = stage->below)
        protocol_stage_continued(stage);
    if (top)
        protocol_stage_release(top);
    return hr;
}

static HRESULT STDMETHODCALLTYPE bind_Continue(IInternetProtocolEx *iface, PROTOCOLDATA *data)
{
    struct bind_protocol *protocol = bind_from_IInternetProtocolEx(iface);
    struct protocol_handler *handler;
    HRESULT hr;

    if (!data)
        return E_INVALIDARG;
    bind_protocol_pin(protocol);
    if (data->dwState == SWITCH_REDIRECT && data->pData == protocol)
    {
        bind_restart(protocol);
        bind_protocol_unpin(protocol);
        return S_OK;
    }
    handler = switch_take(protocol, data);
    if (!handler)
        handler = bind_handler(protocol, TRUE);
    hr = handler ? bind_continue(protocol, handler, data) : E_FAIL;
    protocol_handler_release(handler);
    bind_protocol_unpin(protocol);
    return hr;
}

/* Abort: every stage is told, from the top down, and the handler reports the result. While there is
 * none, or none that was started, it is reported here. INET_E_RESULT_DISPATCHED: there was one. */
static HRESULT STDMETHODCALLTYPE bind_Abort(IInternetProtocolEx *iface, HRESULT reason,
        DWORD options)
{
    struct bind_protocol *protocol = bind_from_IInternetProtocolEx(iface);
    struct protocol_stage *top = NULL;
    BOOL has_handler;
    WCHAR *url;
    HRESULT hr = S_OK;

    if (protocol->result_reported)
        return INET_E_RESULT_DISPATCHED;
    AcquireSRWLockExclusive(&protocol->lock);
    if (!protocol->is_started || protocol->is_terminated)
    {
        ReleaseSRWLockExclusive(&protocol->lock);
        return E_UNEXPECTED;
    }
    url = protocol->redirect_url;
    protocol->redirect_url = NULL;
    has_handler = !url && protocol->top && protocol->handler_is_started;
    if (!protocol->is_aborted)
    {
        protocol->is_aborted = TRUE;
        protocol->abort_reason = FAILED(reason) ? reason : E_ABORT;
    }
    if (has_handler)
    {
        top = protocol->top;
        protocol_stage_addref(top);
    }
    ReleaseSRWLockExclusive(&protocol->lock);
    free(url);
    bind_protocol_pin(protocol);
    if (!has_handler)
        bind_protocol_result(protocol, FAILED(reason) ? reason : E_ABORT, 0, NULL);
    for (struct protocol_stage *stage = top; stage; stage = stage->below)
    {
        struct protocol_handler *handler = protocol_stage_handler(stage);

        hr = handler ? IInternetProtocol_Abort(handler->protocol, reason, options) : S_OK;
        protocol_handler_release(handler);
    }
    if (top)
        protocol_stage_release(top);
    bind_protocol_unpin(protocol);
    return hr;
}

/* Terminate: nothing is reported any more. The handlers stay for whoever has locked the data
 * (LockRequest) and reads on. */
static HRESULT STDMETHODCALLTYPE bind_Terminate(IInternetProtocolEx *iface, DWORD options)
{
    struct bind_protocol *protocol = bind_from_IInternetProtocolEx(iface);
    struct pending_switch *switches;
    struct protocol_client *client;
    struct protocol_stage *top;
    WCHAR *url;

    bind_protocol_pin(protocol);
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->is_terminated = TRUE;
    client = protocol->client;
    protocol->client = NULL;
    url = protocol->redirect_url;
    protocol->redirect_url = NULL;
    switches = protocol->switches;
    protocol->switches = NULL;
    ReleaseSRWLockExclusive(&protocol->lock);
    switches_free(switches);
    free(url);
    top = bind_protocol_top(protocol);
    if (top)
    {
        chain_terminate(top, options);
        protocol_stage_release(top);
    }
    protocol_client_release(client);
    bind_protocol_unpin(protocol);
    return S_OK;
}

/* Calls the handler of the top stage by `call`, which may use `handler`. */
#define BIND_CALL(call)                                                                            \
    struct bind_protocol *protocol = bind_from_IInternetProtocolEx(iface);                         \
    struct protocol_handler *handler = bind_handler(protocol, FALSE);                              \
    HRESULT hr;                                                                                    \
    if (!handler)                                                                                  \
        return E_UNEXPECTED;                                                                       \
    hr = (call);                                                                                   \
    protocol_handler_release(handler);                                                             \
    return hr

static HRESULT STDMETHODCALLTYPE bind_Suspend(IInternetProtocolEx *iface)
{
    BIND_CALL(IInternetProtocol_Suspend(handler->protocol));
}

static HRESULT STDMETHODCALLTYPE bind_Resume(IInternetProtocolEx *iface)
{
    BIND_CALL(IInternetProtocol_Resume(handler->protocol));
}

static HRESULT STDMETHODCALLTYPE bind_Read(IInternetProtocolEx *iface, void *buffer, ULONG size,
        ULONG *count)
{
    struct bind_protocol *protocol = bind_from_IInternetProtocolEx(iface);
    struct protocol_stage *top;
    ULONG ignored;
    HRESULT hr;

    if (!buffer && size)
        return E_INVALIDARG;
    if (!count)
        count = &ignored;
    *count = 0;
    top = bind_protocol_top(protocol);
    if (!top)
        return protocol->redirects ? E_PENDING : E_UNEXPECTED;
    hr = protocol_stage_read(top, buffer, size, count);
    protocol_stage_release(top);
    return hr;
}

static HRESULT STDMETHODCALLTYPE bind_Seek(IInternetProtocolEx *iface, LARGE_INTEGER move,
        DWORD origin, ULARGE_INTEGER *position)
{
    struct protocol_stage *top = bind_protocol_top(bind_from_IInternetProtocolEx(iface));
    HRESULT hr;

    if (!top)
        return E_UNEXPECTED;
    hr = protocol_stage_seek(top, move, origin, position);
    protocol_stage_release(top);
    return hr;
}

static HRESULT STDMETHODCALLTYPE bind_LockRequest(IInternetProtocolEx *iface, DWORD options)
{
    BIND_CALL(IInternetProtocol_LockRequest(handler->protocol, options));
}

static HRESULT STDMETHODCALLTYPE bind_UnlockRequest(IInternetProtocolEx *iface)
{
    BIND_CALL(IInternetProtocol_UnlockRequest(handler->protocol));
}

static const IInternetProtocolExVtbl bind_protocol_vtbl = {
        bind_IInternetProtocolEx_QueryInterface,
        bind_IInternetProtocolEx_AddRef,
        bind_IInternetProtocolEx_Release,
        bind_Start,
        bind_Continue,
        bind_Abort,
        bind_Terminate,
        bind_Suspend,
        bind_Resume,
        bind_Read,
        bind_Seek,
        bind_LockRequest,
        bind_UnlockRequest,
        bind_StartEx,
};

static HRESULT STDMETHODCALLTYPE bind_SetPriority(IInternetPriority *iface, LONG priority)
{
    struct bind_protocol *protocol = bind_from_IInternetPriority(iface);
    struct protocol_handler *handler;

    protocol->priority = priority;
    protocol->has_priority = TRUE;
    handler = bind_handler(protocol, TRUE);
    if (handler)
        protocol_handler_set_priority(handler, priority);
    protocol_handler_release(handler);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE bind_GetPriority(IInternetPriority *iface, LONG *priority)
{
    if (!priority)
        return E_INVALIDARG;
    *priority = bind_from_IInternetPriority(iface)->priority;
    return S_OK;
}

static const IInternetPriorityVtbl bind_priority_vtbl = {
        bind_IInternetPriority_QueryInterface,
        bind_IInternetPriority_AddRef,
        bind_IInternetPriority_Release,
        bind_SetPriority,
        bind_GetPriority,
};

static HRESULT STDMETHODCALLTYPE bind_QueryService(IServiceProvider *iface, REFGUID service,
        REFIID iid, void **out)
{
    struct protocol_client *client;
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    client = bind_protocol_client(bind_from_IServiceProvider(iface));
    if (!client)
        return E_NOINTERFACE;
    hr = protocol_client_service(client, service, iid, out);
    protocol_client_release(client);
    return hr;
}

static const IServiceProviderVtbl bind_services_vtbl = {
        bind_IServiceProvider_QueryInterface,
        bind_IServiceProvider_AddRef,
        bind_IServiceProvider_Release,
        bind_QueryService,
};

/* What the handler can do besides. */
static HRESULT bind_query(void *object, REFIID iid, void **out)
{
    static const IID *const passed_on[] = {&IID_IWinInetInfo, &IID_IWinInetHttpInfo,
            &IID_IWinInetCacheHints, &IID_IWinInetCacheHints2, &IID_IWinInetFileStream};
    struct bind_protocol *protocol = object;
    struct protocol_handler *handler = bind_handler(protocol, TRUE);
    HRESULT hr = E_NOINTERFACE;
    BOOL is_known;

    if (!handler)
        return E_NOINTERFACE;
    is_known = handler->is_aggregated;
    for (unsigned int i = 0; i < ARRAY_SIZE(passed_on); i++)
        is_known = is_known || IsEqualIID(iid, passed_on[i]);
    if (is_known)
        hr = IUnknown_QueryInterface(handler->inner, iid, out);
    protocol_handler_release(handler);
    return hr;
}

static void bind_destroy(void *object)
{
    struct bind_protocol *protocol = object;
    struct protocol_stage *chain = bind_take_chain(protocol);

    for (struct protocol_stage *stage = chain; stage; stage = stage->below)
        protocol_stage_close(stage);
    chain_drop(chain);
    protocol_handler_release(protocol->client_handler);
    protocol_client_release(protocol->client);
    if (protocol->uri)
        IUri_Release(protocol->uri);
    free(protocol->redirect_url);
    free(protocol);
}

static const struct com_interface bind_interfaces[] = {
        {&IID_IInternetProtocolRoot, offsetof(struct bind_protocol, IInternetProtocolEx_iface)},
        {&IID_IInternetProtocol, offsetof(struct bind_protocol, IInternetProtocolEx_iface)},
        {&IID_IInternetProtocolEx, offsetof(struct bind_protocol, IInternetProtocolEx_iface)},
        {&IID_IInternetPriority, offsetof(struct bind_protocol, IInternetPriority_iface)},
        {&IID_IServiceProvider, offsetof(struct bind_protocol, IServiceProvider_iface)},
        {&IID_IInternetThreadSwitch, offsetof(struct bind_protocol, IInternetThreadSwitch_iface)},
};

static const struct com_inner_class bind_class = {"bind protocol", bind_interfaces,
        ARRAY_SIZE(bind_interfaces), bind_query, bind_destroy};

HRESULT bind_protocol_create_aggregated(BOOL from_urlmon, IUnknown *outer, IUnknown **inner,
        IInternetProtocolEx **out)
{
    struct bind_protocol *protocol = calloc(1, sizeof(*protocol));
    IUnknown *unknown;

    if (inner)
        *inner = NULL;
    *out = NULL;
    if (!protocol)
        return E_OUTOFMEMORY;
    com_inner_init(&protocol->com, &bind_class, outer);
    protocol->IInternetProtocolEx_iface.lpVtbl = (IInternetProtocolExVtbl *)&bind_protocol_vtbl;
    protocol->IInternetPriority_iface.lpVtbl = (IInternetPriorityVtbl *)&bind_priority_vtbl;
    protocol->IServiceProvider_iface.lpVtbl = (IServiceProviderVtbl *)&bind_services_vtbl;
    protocol->IInternetThreadSwitch_iface.lpVtbl =
            (IInternetThreadSwitchVtbl *)&bind_protocol_switch_vtbl;
    protocol->from_urlmon = from_urlmon;
    InitializeSRWLock(&protocol->lock);
    unknown = &protocol->com.IUnknown_inner;
    *out = &protocol->IInternetProtocolEx_iface;
    if (inner)
    {
        *inner = unknown;
        IInternetProtocolEx_AddRef(*out);
    }
    return S_OK;
}

HRESULT bind_protocol_create(BOOL from_urlmon, IInternetProtocolEx **out)
{
    return bind_protocol_create_aggregated(from_urlmon, NULL, NULL, out);
}
