/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream_protocol.h"

#include "com_aggregate.h"
#include "protocol_priority.h"
#include "urlmon_module.h"

#include <stdlib.h>
#include <string.h>

/* The bytes of a protocol: a file or a stream. Counted, so that a call in Read outlives Terminate.
 */
struct streamed_data
{
    volatile LONG references;
    IStream *stream; /* or */
    HANDLE file;
};

struct stream_protocol
{
    struct com_inner com;
    IInternetProtocolEx IInternetProtocolEx_iface;
    struct protocol_priority priority;
    const struct stream_protocol_kind *kind;

    SRWLOCK lock; /* guards what follows; never held while calling out */
    struct streamed_data *data;
    BOOL is_started, is_terminated, is_aborted, is_reported;
    HRESULT abort_reason;
    ULONG locks;
};

COM_INNER_METHODS(streamed, struct stream_protocol, IInternetProtocolEx, IInternetProtocolEx_iface)

/* --- the bytes --- */

/* Takes what the source has opened. NULL: out of memory. */
static struct streamed_data *data_create(struct stream_source *source)
{
    struct streamed_data *data = calloc(1, sizeof(*data));

    if (!data)
        return NULL;
    data->references = 1;
    data->stream = source->stream;
    data->file = source->file;
    source->stream = NULL;
    source->file = NULL;
    return data;
}

static void data_close(IStream *stream, HANDLE file)
{
    if (stream)
        IStream_Release(stream);
    if (file)
        CloseHandle(file);
}

static void data_release(struct streamed_data *data)
{
    if (!data || InterlockedDecrement(&data->references))
        return;
    data_close(data->stream, data->file);
    free(data);
}

static HRESULT data_read(struct streamed_data *data, void *buffer, ULONG size, ULONG *read)
{
    if (data->stream)
        return IStream_Read(data->stream, buffer, size, read);
    return !size || ReadFile(data->file, buffer, size, read, NULL) ? S_OK : INET_E_DOWNLOAD_FAILURE;
}

static HRESULT data_seek(struct streamed_data *data, LARGE_INTEGER move, DWORD origin,
        ULARGE_INTEGER *position)
{
    LARGE_INTEGER where = {.QuadPart = 0};

    if (data->stream)
        return IStream_Seek(data->stream, move, origin, position);
    if (origin > STREAM_SEEK_END || !SetFilePointerEx(data->file, move, &where, origin))
        return E_INVALIDARG;
    if (position)
        position->QuadPart = (ULONGLONG)where.QuadPart;
    return S_OK;
}

static ULONGLONG source_size(const struct stream_source *source)
{
    STATSTG stat;

    if (!source->stream)
        return source->size;
    return SUCCEEDED(IStream_Stat(source->stream, &stat, STATFLAG_NONAME)) ? stat.cbSize.QuadPart
                                                                           : 0;
}

static void source_free(struct stream_source *source)
{
    data_close(source->stream, source->file);
    CoTaskMemFree(source->mime);
    CoTaskMemFree(source->cache_file);
    CoTaskMemFree(source->redirect);
}

/* --- the state --- */

static BOOL streamed_is_stopped(struct stream_protocol *protocol)
{
    BOOL is_stopped;

    AcquireSRWLockShared(&protocol->lock);
    is_stopped = protocol->is_aborted || protocol->is_terminated;
    ReleaseSRWLockShared(&protocol->lock);
    return is_stopped;
}

/* The data, when nobody needs them any more, for the caller to release. With the lock held. */
static struct streamed_data *streamed_take_if_done(struct stream_protocol *protocol)
{
    struct streamed_data *data = NULL;

    if (protocol->is_terminated && !protocol->locks)
    {
        data = protocol->data;
        protocol->data = NULL;
    }
    return data;
}

static HRESULT streamed_result(struct stream_protocol *protocol, IInternetProtocolSink *sink,
        HRESULT result, DWORD error, const WCHAR *text)
{
    BOOL is_silent;

    AcquireSRWLockExclusive(&protocol->lock);
    is_silent = protocol->is_reported || protocol->is_terminated;
    protocol->is_reported = TRUE;
    if (protocol->is_aborted)
        result = protocol->abort_reason;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (!is_silent)
        IInternetProtocolSink_ReportResult(sink, result, error, text);
    return result;
}

static void streamed_progress(struct stream_protocol *protocol, IInternetProtocolSink *sink,
        ULONG code, const WCHAR *text)
{
    if (text && !streamed_is_stopped(protocol))
        IInternetProtocolSink_ReportProgress(sink, code, text);
}

/* Reports that the data are there; the sink may abort or terminate in each report. */
static HRESULT streamed_report(struct stream_protocol *protocol, IInternetProtocolSink *sink,
        struct stream_source *source)
{
    ULONGLONG size = source_size(source);
    ULONG amount = size > MAXDWORD ? MAXDWORD : (ULONG)size;
    struct streamed_data *data = data_create(source);

    if (!data)
        return E_OUTOFMEMORY;
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->data = data;
    data = streamed_take_if_done(protocol);
    ReleaseSRWLockExclusive(&protocol->lock);
    data_release(data);
    streamed_progress(protocol, sink, BINDSTATUS_CACHEFILENAMEAVAILABLE, source->cache_file);
    streamed_progress(protocol, sink, BINDSTATUS_MIMETYPEAVAILABLE, source->mime);
    if (!streamed_is_stopped(protocol))
        IInternetProtocolSink_ReportData(sink,
                BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION | BSCF_DATAFULLYAVAILABLE,
                amount, amount);
    return S_OK;
}

static HRESULT streamed_run(struct stream_protocol *protocol, IUri *uri,
        IInternetProtocolSink *sink)
{
    struct stream_source source = {0};
    HRESULT hr;

    IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_SENDINGREQUEST, L"");
    hr = streamed_is_stopped(protocol) ? E_ABORT : protocol->kind->open(uri, &source);
    if (SUCCEEDED(hr))
        hr = source.stream || source.file ? streamed_report(protocol, sink, &source) : E_UNEXPECTED;
    hr = streamed_result(protocol, sink, hr, source.error,
            hr == INET_E_REDIRECT_FAILED ? source.redirect : NULL);
    source_free(&source);
    return hr;
}

/* Tells who binds to the protocol itself that nothing stands between. */
static HRESULT streamed_report_direct(IInternetProtocolSink *sink, IInternetBindInfo *bind_info)
{
    BINDINFO info;
    DWORD flags = 0;
    HRESULT hr;

    memset(&info, 0, sizeof(info));
    info.cbSize = sizeof(info);
    hr = IInternetBindInfo_GetBindInfo(bind_info, &flags, &info);
    if (FAILED(hr))
        return hr;
    ReleaseBindInfo(&info);
    if (!(flags & BINDF_FROMURLMON))
        IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_DIRECTBIND, NULL);
    return S_OK;
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
        return flags & PI_PARSE_URL ? S_FALSE : protocol->kind->wrong_url;
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
    hr = protocol->kind->is_direct ? streamed_report_direct(sink, bind_info) : S_OK;
    if (SUCCEEDED(hr))
        hr = streamed_run(protocol, uri, sink);
    IInternetProtocolSink_Release(sink);
    IUnknown_Release(&protocol->com.IUnknown_inner);
    return hr;
}

static HRESULT STDMETHODCALLTYPE streamed_Start(IInternetProtocolEx *iface, LPCWSTR url,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD flags, HANDLE_PTR reserved)
{
    const struct stream_protocol_kind *kind = streamed_from_IInternetProtocolEx(iface)->kind;
    IUri *uri;
    HRESULT hr;

    if (!url)
        return E_INVALIDARG;
    hr = CreateUri(url, kind->create_flags, 0, &uri);
    if (FAILED(hr))
        return flags & PI_PARSE_URL ? S_FALSE : kind->wrong_url;
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
    struct streamed_data *unused;

    (void)options;
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->is_terminated = TRUE;
    unused = streamed_take_if_done(protocol);
    ReleaseSRWLockExclusive(&protocol->lock);
    data_release(unused);
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

static struct streamed_data *streamed_data(struct stream_protocol *protocol)
{
    struct streamed_data *data;

    AcquireSRWLockShared(&protocol->lock);
    data = protocol->data;
    if (data)
        InterlockedIncrement(&data->references);
    ReleaseSRWLockShared(&protocol->lock);
    return data;
}

/* Read: S_OK; S_FALSE at the end; INET_E_DATA_NOT_AVAILABLE without data;
 * INET_E_DOWNLOAD_FAILURE. */
static HRESULT STDMETHODCALLTYPE streamed_Read(IInternetProtocolEx *iface, void *buffer, ULONG size,
        ULONG *count)
{
    struct streamed_data *data;
    ULONG read = 0;
    HRESULT hr;

    if (count)
        *count = 0;
    if (!buffer && size)
        return E_INVALIDARG;
    data = streamed_data(streamed_from_IInternetProtocolEx(iface));
    if (!data)
        return INET_E_DATA_NOT_AVAILABLE;
    hr = data_read(data, buffer, size, &read);
    data_release(data);
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
    struct streamed_data *data = streamed_data(streamed_from_IInternetProtocolEx(iface));
    HRESULT hr;

    if (!data)
        return INET_E_DATA_NOT_AVAILABLE;
    hr = data_seek(data, move, origin, position);
    data_release(data);
    return hr;
}

/* LockRequest: the data stay after Terminate, until UnlockRequest. */
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
    struct streamed_data *unused;

    AcquireSRWLockExclusive(&protocol->lock);
    if (protocol->locks)
        protocol->locks--;
    unused = streamed_take_if_done(protocol);
    ReleaseSRWLockExclusive(&protocol->lock);
    data_release(unused);
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

static void streamed_destroy(void *object)
{
    struct stream_protocol *protocol = object;

    data_release(protocol->data);
    free(protocol);
}

static const struct com_interface streamed_interfaces[] = {
        {&IID_IInternetProtocolRoot, offsetof(struct stream_protocol, IInternetProtocolEx_iface)},
        {&IID_IInternetProtocol, offsetof(struct stream_protocol, IInternetProtocolEx_iface)},
        {&IID_IInternetProtocolEx, offsetof(struct stream_protocol, IInternetProtocolEx_iface)},
        PROTOCOL_PRIORITY_ROW(struct stream_protocol, priority),
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
    protocol_priority_init(&protocol->priority, &protocol->com);
    protocol->kind = kind;
    InitializeSRWLock(&protocol->lock);
    return com_inner_hand_over(&protocol->com, iid, out);
}
