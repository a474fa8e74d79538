/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream_protocol.h"

#include "com_aggregate.h"
#include "urlmon_module.h"

#include <stdlib.h>
#include <string.h>

struct stream_protocol
{
    struct com_inner com;
    IInternetProtocolEx IInternetProtocolEx_iface;
    IInternetPriority IInternetPriority_iface;
    const struct stream_protocol_kind *kind;
    LONG priority;

    SRWLOCK lock; /* guards what follows; never held while calling out */
    IStream *stream;
    BOOL is_started, is_terminated, is_aborted, is_reported;
    HRESULT abort_reason;
    ULONG locks;
};

COM_INNER_METHODS(streamed, struct stream_protocol, IInternetProtocolEx, IInternetProtocolEx_iface)
COM_INNER_METHODS(streamed, struct stream_protocol, IInternetPriority, IInternetPriority_iface)

static BOOL streamed_is_stopped(struct stream_protocol *protocol)
{
    BOOL is_stopped;

    AcquireSRWLockShared(&protocol->lock);
    is_stopped = protocol->is_aborted || protocol->is_terminated;
    ReleaseSRWLockShared(&protocol->lock);
    return is_stopped;
}

/* The stream, when nobody needs it any more, for the caller to release. With the lock held. */
static IStream *streamed_take_if_done(struct stream_protocol *protocol)
{
    IStream *stream = NULL;

    if (protocol->is_terminated && !protocol->locks)
    {
        stream = protocol->stream;
        protocol->stream = NULL;
    }
    return stream;
}

static void stream_release(IStream *stream)
{
    if (stream)
        IStream_Release(stream);
}

static HRESULT streamed_result(struct stream_protocol *protocol, IInternetProtocolSink *sink,
        HRESULT result, const WCHAR *text)
{
    BOOL is_silent;

    AcquireSRWLockExclusive(&protocol->lock);
    is_silent = protocol->is_reported || protocol->is_terminated;
    protocol->is_reported = TRUE;
    if (protocol->is_aborted)
        result = protocol->abort_reason;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (!is_silent)
        IInternetProtocolSink_ReportResult(sink, result, 0, text);
    return result;
}

/* Reports that the stream is there; the sink may abort or terminate in each report. */
static void streamed_report(struct stream_protocol *protocol, IInternetProtocolSink *sink,
        IStream *stream, const WCHAR *mime)
{
    ULONG amount = 0;
    STATSTG stat;
    IStream *unused;

    if (SUCCEEDED(IStream_Stat(stream, &stat, STATFLAG_NONAME)))
        amount = stat.cbSize.HighPart ? MAXDWORD : stat.cbSize.LowPart;
    IStream_AddRef(stream);
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->stream = stream;
    unused = streamed_take_if_done(protocol);
    ReleaseSRWLockExclusive(&protocol->lock);
    stream_release(unused);
    if (mime && !streamed_is_stopped(protocol))
        IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_MIMETYPEAVAILABLE, mime);
    if (!streamed_is_stopped(protocol))
        IInternetProtocolSink_ReportData(sink,
                BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION | BSCF_DATAFULLYAVAILABLE,
                amount, amount);
}

static HRESULT streamed_run(struct stream_protocol *protocol, IUri *uri,
        IInternetProtocolSink *sink)
{
    struct stream_source source = {NULL, NULL, NULL};
    HRESULT hr;

    IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_SENDINGREQUEST, NULL);
    hr = streamed_is_stopped(protocol) ? E_ABORT : protocol->kind->open(uri, &source);
    if (SUCCEEDED(hr) && !source.stream)
        hr = E_UNEXPECTED;
    if (SUCCEEDED(hr))
    {
        streamed_report(protocol, sink, source.stream, source.mime);
        hr = S_OK;
    }
    hr = streamed_result(protocol, sink, hr, hr == INET_E_REDIRECT_FAILED ? source.redirect : NULL);
    stream_release(source.stream);
    CoTaskMemFree(source.mime);
    CoTaskMemFree(source.redirect);
    return hr;
}

static HRESULT STDMETHODCALLTYPE streamed_StartEx(IInternetProtocolEx *iface, IUri *uri,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD flags, HANDLE_PTR reserved)
{
    struct stream_protocol *protocol = streamed_from_IInternetProtocolEx(iface);
    DWORD scheme = 0;
    BOOL is_again;
    HRESULT hr;

    (void)reserved;
    if (!uri || !sink || !bind_info)
        return E_INVALIDARG;
    if (FAILED(IUri_GetScheme(uri, &scheme)) || scheme != protocol->kind->scheme)
        return flags & PI_PARSE_URL ? S_FALSE : INET_E_INVALID_URL;
    if (flags & PI_PARSE_URL)
        return S_OK;
    AcquireSRWLockExclusive(&protocol->lock);
    is_again = protocol->is_started || protocol->is_terminated;
    protocol->is_started = TRUE;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (is_again)
        return E_UNEXPECTED;
    IUnknown_AddRef(&protocol->com.IUnknown_inner);
    IInternetProtocolSink_AddRef(sink);
    hr = streamed_run(protocol, uri, sink);
    IInternetProtocolSink_Release(sink);
    IUnknown_Release(&protocol->com.IUnknown_inner);
    return hr;
}

static HRESULT STDMETHODCALLTYPE streamed_Start(IInternetProtocolEx *iface, LPCWSTR url,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD flags, HANDLE_PTR reserved)
{
    IUri *uri;
    HRESULT hr;

    if (!url)
        return E_INVALIDARG;
    hr = CreateUri(url, 0, 0, &uri);
    if (FAILED(hr))
        return flags & PI_PARSE_URL ? S_FALSE : INET_E_INVALID_URL;
    hr = streamed_StartEx(iface, uri, sink, bind_info, flags, reserved);
    IUri_Release(uri);
    return hr;
}

static HRESULT STDMETHODCALLTYPE streamed_Continue(IInternetProtocolEx *iface, PROTOCOLDATA *data)
{
    (void)iface;
    (void)data;
    return E_UNEXPECTED; /* it never calls Switch */
}

/* Abort: only a report of Start can be interrupted. INET_E_RESULT_DISPATCHED: all was reported. */
static HRESULT STDMETHODCALLTYPE streamed_Abort(IInternetProtocolEx *iface, HRESULT reason,
        DWORD options)
{
    struct stream_protocol *protocol = streamed_from_IInternetProtocolEx(iface);
    HRESULT hr = S_OK;

    (void)options;
    AcquireSRWLockExclusive(&protocol->lock);
    if (!protocol->is_started)
        hr = E_UNEXPECTED;
    else if (protocol->is_reported)
        hr = INET_E_RESULT_DISPATCHED;
    else if (!protocol->is_aborted)
    {
        protocol->is_aborted = TRUE;
        protocol->abort_reason = reason;
    }
    ReleaseSRWLockExclusive(&protocol->lock);
    return hr;
}

static HRESULT STDMETHODCALLTYPE streamed_Terminate(IInternetProtocolEx *iface, DWORD options)
{
    struct stream_protocol *protocol = streamed_from_IInternetProtocolEx(iface);
    IStream *unused;

    (void)options;
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->is_terminated = TRUE;
    unused = streamed_take_if_done(protocol);
    ReleaseSRWLockExclusive(&protocol->lock);
    stream_release(unused);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE streamed_Suspend(IInternetProtocolEx *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE streamed_Resume(IInternetProtocolEx *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

static IStream *streamed_stream(struct stream_protocol *protocol)
{
    IStream *stream;

    AcquireSRWLockShared(&protocol->lock);
    stream = protocol->stream;
    if (stream)
        IStream_AddRef(stream); /* made here or by a class of COM: neither calls back */
    ReleaseSRWLockShared(&protocol->lock);
    return stream;
}

/* Read: S_OK; S_FALSE at the end; INET_E_DATA_NOT_AVAILABLE without a stream. */
static HRESULT STDMETHODCALLTYPE streamed_Read(IInternetProtocolEx *iface, void *buffer, ULONG size,
        ULONG *count)
{
    IStream *stream;
    ULONG read = 0;
    HRESULT hr;

    if (count)
        *count = 0;
    if (!buffer && size)
        return E_INVALIDARG;
    stream = streamed_stream(streamed_from_IInternetProtocolEx(iface));
    if (!stream)
        return INET_E_DATA_NOT_AVAILABLE;
    hr = IStream_Read(stream, buffer, size, &read);
    IStream_Release(stream);
    if (SUCCEEDED(hr) && read > size)
        hr = INET_E_DOWNLOAD_FAILURE;
    if (FAILED(hr))
        return hr;
    if (count)
        *count = read;
    return read || !size ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE streamed_Seek(IInternetProtocolEx *iface, LARGE_INTEGER move,
        DWORD origin, ULARGE_INTEGER *position)
{
    IStream *stream = streamed_stream(streamed_from_IInternetProtocolEx(iface));
    HRESULT hr;

    if (!stream)
        return INET_E_DATA_NOT_AVAILABLE;
    hr = IStream_Seek(stream, move, origin, position);
    IStream_Release(stream);
    return hr;
}

/* LockRequest: the stream stays after Terminate, until UnlockRequest. */
static HRESULT STDMETHODCALLTYPE streamed_LockRequest(IInternetProtocolEx *iface, DWORD options)
{
    struct stream_protocol *protocol = streamed_from_IInternetProtocolEx(iface);

    (void)options;
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->locks++;
    ReleaseSRWLockExclusive(&protocol->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE streamed_UnlockRequest(IInternetProtocolEx *iface)
{
    struct stream_protocol *protocol = streamed_from_IInternetProtocolEx(iface);
    IStream *unused;

    AcquireSRWLockExclusive(&protocol->lock);
    if (protocol->locks)
        protocol->locks--;
    unused = streamed_take_if_done(protocol);
    ReleaseSRWLockExclusive(&protocol->lock);
    stream_release(unused);
    return S_OK;
}

static const IInternetProtocolExVtbl stream_protocol_vtbl = {
        streamed_IInternetProtocolEx_QueryInterface,
        streamed_IInternetProtocolEx_AddRef,
        streamed_IInternetProtocolEx_Release,
        streamed_Start,
        streamed_Continue,
        streamed_Abort,
        streamed_Terminate,
        streamed_Suspend,
        streamed_Resume,
        streamed_Read,
        streamed_Seek,
        streamed_LockRequest,
        streamed_UnlockRequest,
        streamed_StartEx,
};

static HRESULT STDMETHODCALLTYPE streamed_SetPriority(IInternetPriority *iface, LONG priority)
{
    streamed_from_IInternetPriority(iface)->priority = priority;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE streamed_GetPriority(IInternetPriority *iface, LONG *priority)
{
    if (!priority)
        return E_INVALIDARG;
    *priority = streamed_from_IInternetPriority(iface)->priority;
    return S_OK;
}

static const IInternetPriorityVtbl streamed_priority_vtbl = {
        streamed_IInternetPriority_QueryInterface,
        streamed_IInternetPriority_AddRef,
        streamed_IInternetPriority_Release,
        streamed_SetPriority,
        streamed_GetPriority,
};

static void streamed_destroy(void *object)
{
    struct stream_protocol *protocol = object;

    stream_release(protocol->stream);
    free(protocol);
}

static const struct com_interface streamed_interfaces[] = {
        {&IID_IInternetProtocolRoot, offsetof(struct stream_protocol, IInternetProtocolEx_iface)},
        {&IID_IInternetProtocol, offsetof(struct stream_protocol, IInternetProtocolEx_iface)},
        {&IID_IInternetProtocolEx, offsetof(struct stream_protocol, IInternetProtocolEx_iface)},
        {&IID_IInternetPriority, offsetof(struct stream_protocol, IInternetPriority_iface)},
};

static const struct com_inner_class streamed_class = {"stream protocol", streamed_interfaces,
        ARRAY_SIZE(streamed_interfaces), NULL, streamed_destroy};

HRESULT stream_protocol_create(const struct stream_protocol_kind *kind, IUnknown *outer, REFIID iid,
        void **out)
{
    struct stream_protocol *protocol = calloc(1, sizeof(*protocol));

    *out = NULL;
    if (!protocol)
        return E_OUTOFMEMORY;
    com_inner_init(&protocol->com, &streamed_class, outer);
    protocol->IInternetProtocolEx_iface.lpVtbl = (IInternetProtocolExVtbl *)&stream_protocol_vtbl;
    protocol->IInternetPriority_iface.lpVtbl = (IInternetPriorityVtbl *)&streamed_priority_vtbl;
    protocol->kind = kind;
    InitializeSRWLock(&protocol->lock);
    return com_inner_hand_over(&protocol->com, iid, out);
}
