/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bind protocol as its stages see it: reports on their way to the client, MIME filters,
 * Switch. */
#include "bind_protocol_impl.h"

#include <stdlib.h>
#include <wchar.h>

#include "protocol_stage.h"
#include "trace.h"

#define FILTERS_AT_MOST 4 /* one above another */
#define SWITCHES_AT_MOST 64

BOOL bind_protocol_pin(struct bind_protocol *protocol)
{
    return com_addref_unless_gone(&protocol->com.references);
}

void bind_protocol_unpin(struct bind_protocol *protocol)
{
    IUnknown_Release(&protocol->com.IUnknown_inner);
}

struct protocol_stage *bind_protocol_top(struct bind_protocol *protocol)
{
    struct protocol_stage *stage;

    AcquireSRWLockShared(&protocol->lock);
    stage = protocol->top;
    if (stage)
        protocol_stage_addref(stage);
    ReleaseSRWLockShared(&protocol->lock);
    return stage;
}

struct protocol_client *bind_protocol_client(struct bind_protocol *protocol)
{
    struct protocol_client *client;

    AcquireSRWLockShared(&protocol->lock);
    client = protocol->client ? protocol_client_addref(protocol->client) : NULL;
    ReleaseSRWLockShared(&protocol->lock);
    return client;
}

/* The client, as long as no result has been reported. */
static struct protocol_client *report_client(struct bind_protocol *protocol)
{
    return protocol->result_reported ? NULL : bind_protocol_client(protocol);
}

HRESULT bind_protocol_progress(struct bind_protocol *protocol, ULONG code, const WCHAR *text)
{
    struct protocol_client *client = report_client(protocol);
    HRESULT hr;

    if (!client)
        return S_OK;
    hr = IInternetProtocolSink_ReportProgress(client->sink, code, text);
    protocol_client_release(client);
    return hr;
}

HRESULT bind_protocol_data(struct bind_protocol *protocol, DWORD flags, ULONG progress, ULONG max)
{
    struct protocol_client *client = report_client(protocol);
    HRESULT hr;

    if (!client)
        return S_OK;
    hr = IInternetProtocolSink_ReportData(client->sink, flags, progress, max);
    protocol_client_release(client);
    return hr;
}

HRESULT bind_protocol_result(struct bind_protocol *protocol, HRESULT result, DWORD error,
        const WCHAR *text)
{
    struct protocol_client *client;
    HRESULT hr;

    if (InterlockedExchange(&protocol->result_reported, TRUE))
        return E_FAIL;
    client = bind_protocol_client(protocol);
    if (!client)
        return E_FAIL;
    hr = IInternetProtocolSink_ReportResult(client->sink, result, error, text);
    protocol_client_release(client);
    return hr;
}

/* Remembers whose Switch it was, since nothing in the data says so. */
static struct pending_switch *switch_remember(struct bind_protocol *protocol,
        struct protocol_handler *handler, const PROTOCOLDATA *data)
{
    struct pending_switch *pending = calloc(1, sizeof(*pending));
    unsigned int count = 0;

    if (!pending)
        return NULL;
    pending->handler = protocol_handler_addref(handler);
    pending->data = *data;
    AcquireSRWLockExclusive(&protocol->lock);
    for (struct pending_switch *other = protocol->switches; other; other = other->next)
        count++;
    if (count < SWITCHES_AT_MOST && !protocol->is_terminated)
    {
        pending->next = protocol->switches;
        protocol->switches = pending;
        ReleaseSRWLockExclusive(&protocol->lock);
        return pending;
    }
    ReleaseSRWLockExclusive(&protocol->lock);
    protocol_handler_release(pending->handler);
    free(pending);
    return NULL;
}

/* Continue will not come, unless it has come already. */
static void switch_forget(struct bind_protocol *protocol, const struct pending_switch *pending)
{
    struct pending_switch *found = NULL;

    AcquireSRWLockExclusive(&protocol->lock);
    for (struct pending_switch **slot = &protocol->switches; *slot; slot = &(*slot)->next)
    {
        if (*slot == pending)
        {
            found = *slot;
            *slot = found->next;
            break;
        }
    }
    ReleaseSRWLockExclusive(&protocol->lock);
    if (!found)
        return;
    protocol_handler_release(found->handler);
    free(found);
}

HRESULT bind_protocol_switch(struct bind_protocol *protocol, struct protocol_handler *handler,
        BOOL is_filter, PROTOCOLDATA *data)
{
    struct protocol_client *client = bind_protocol_client(protocol);
    struct pending_switch *pending = NULL;
    HRESULT hr = S_OK;

    if (!client)
        return E_FAIL;
    if (is_filter && !(pending = switch_remember(protocol, handler, data)))
        hr = E_FAIL;
    if (SUCCEEDED(hr))
        hr = IInternetProtocolSink_Switch(client->sink, data);
    if (FAILED(hr) && pending)
        switch_forget(protocol, pending);
    protocol_client_release(client);
    return hr;
}

/* Whether the chain up to `stage` has a filter of this type already, or too many. */
static BOOL filter_is_there(struct protocol_stage *stage, const WCHAR *mime)
{
    unsigned int count = 0;

    for (; stage; stage = stage->below)
    {
        if (stage->is_filter && (++count >= FILTERS_AT_MOST || !_wcsicmp(stage->filter_mime, mime)))
            return TRUE;
    }
    return FALSE;
}

/* Makes `upper` the top instead of `lower`. FALSE: `lower` is not it any more. */
static BOOL top_replace(struct bind_protocol *protocol, struct protocol_stage *lower,
        struct protocol_stage *upper)
{
    BOOL is_top;

    AcquireSRWLockExclusive(&protocol->lock);
    is_top = protocol->top == lower && !protocol->is_terminated;
    if (is_top)
    {
        protocol->top = upper;
        protocol_stage_addref(upper);
    }
    ReleaseSRWLockExclusive(&protocol->lock);
    if (is_top)
        protocol_stage_release(lower);
    return is_top;
}

/* Puts the filter of a type above the stage. S_FALSE: there is none. */
static HRESULT filter_insert(struct bind_protocol *protocol, struct protocol_stage *stage,
        const WCHAR *mime, BOOL wants_sniffing)
{
    struct protocol_handler *filter;
    struct protocol_stage *upper;
    PROTOCOLFILTERDATA data;
    HRESULT hr = protocol_handler_create_filter(mime, &filter);

    if (hr != S_OK)
        return hr;
    hr = protocol_stage_create(protocol, filter, stage, mime, wants_sniffing, NULL, &upper);
    if (FAILED(hr))
    {
        protocol_handler_release(filter);
        return hr;
    }
    if (!top_replace(protocol, stage, upper))
        hr = E_ABORT;
    if (SUCCEEDED(hr))
    {
        data.cbSize = sizeof(data);
        data.pProtocolSink = &upper->IInternetProtocolSink_iface;
        data.pProtocol = &stage->reader_iface;
        data.pUnk = NULL;
        data.dwFilterFlags = 0;
        bind_protocol_progress(protocol, BINDSTATUS_LOADINGMIMEHANDLER, NULL);
        hr = IInternetProtocol_Start(filter->protocol, mime, &upper->IInternetProtocolSink_iface,
                (IInternetBindInfo *)&upper->IInternetBindInfoEx_iface,
                PI_FILTER_MODE | PI_FORCE_ASYNC, (HANDLE_PTR)&data);
        if (hr == E_PENDING)
            hr = S_OK;
        if (FAILED(hr))
            top_replace(protocol, upper, stage);
    }
    if (SUCCEEDED(hr))
        protocol_stage_put_above(stage, filter);
    else
        protocol_stage_drop(upper);
    protocol_stage_release(upper);
    protocol_handler_release(filter);
    return hr;
}

BOOL bind_protocol_filter(struct bind_protocol *protocol, struct protocol_stage *stage,
        const WCHAR *mime, BOOL wants_sniffing)
{
    HRESULT hr = S_FALSE;
    BOOL has_one;

    AcquireSRWLockShared(&stage->lock);
    has_one = stage->above != NULL;
    ReleaseSRWLockShared(&stage->lock);
    if (!has_one && !(protocol->start_flags & PI_NOMIMEHANDLER) && !filter_is_there(stage, mime))
        hr = filter_insert(protocol, stage, mime, wants_sniffing);
    if (FAILED(hr))
        trace("MIME filter for %ls: %#lx", mime, hr);
    return hr == S_OK;
}

void bind_protocol_mime(struct bind_protocol *protocol, struct protocol_stage *stage,
        const WCHAR *mime)
{
    bind_protocol_filter(protocol, stage, mime, FALSE);
    bind_protocol_progress(protocol, BINDSTATUS_MIMETYPEAVAILABLE, mime);
}
