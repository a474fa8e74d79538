/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The MIME filter for compressed data (CLSID_DeCompMimeFilter): started for "gzip", "deflate" and
 * their media types, it reads compressed bytes from the protocol below and gives out what they
 * contain. Reports go through unchanged. Page "About Asynchronous Pluggable Protocols", "About
 * Pluggable MIME Filters"; PROTOCOLFILTERDATA structure (aa767747).
 */
#include "decompression_filter.h"

#include "com_aggregate.h"
#include "inflate.h"
#include "urlmon_module.h"

#include <stdlib.h>
#include <wchar.h>

#define INPUT_SIZE 16384

const CLSID CLSID_DeCompMimeFilter = {0x8f6b0360, 0xb80d, 0x11d0,
        {0xa9, 0xb3, 0x00, 0x60, 0x97, 0x94, 0x23, 0x11}};

struct decompression_filter
{
    struct com_inner com;
    IInternetProtocol IInternetProtocol_iface;
    IInternetProtocolSink IInternetProtocolSink_iface;

    SRWLOCK lock; /* guards what follows; never held while calling out */
    IInternetProtocolSink *sink;
    IInternetProtocol *source;
    BOOL is_started, is_reading;

    /* The reader's. */
    struct inflate *inflate;
    HRESULT end; /* what Read answers from now on, or E_PENDING */
    BOOL source_ended;
    size_t input_length, input_position;
    BYTE input[INPUT_SIZE];
};

COM_INNER_METHODS(filter, struct decompression_filter, IInternetProtocol, IInternetProtocol_iface)
COM_INNER_METHODS(filter, struct decompression_filter, IInternetProtocolSink,
        IInternetProtocolSink_iface)

/* The sink or the source, with a reference, or NULL. Both are stages of ours or a test's; AddRef
 * calls nobody back. */
static IInternetProtocolSink *filter_sink(struct decompression_filter *filter)
{
    IInternetProtocolSink *sink;

    AcquireSRWLockShared(&filter->lock);
    sink = filter->sink;
    if (sink)
        IInternetProtocolSink_AddRef(sink);
    ReleaseSRWLockShared(&filter->lock);
    return sink;
}

static IInternetProtocol *filter_source(struct decompression_filter *filter)
{
    IInternetProtocol *source;

    AcquireSRWLockShared(&filter->lock);
    source = filter->source;
    if (source)
        IInternetProtocol_AddRef(source);
    ReleaseSRWLockShared(&filter->lock);
    return source;
}

static BOOL format_find(const WCHAR *mime, enum inflate_format *format)
{
    static const struct
    {
        const WCHAR *name;
        enum inflate_format format;
    } names[] = {
            {L"gzip", INFLATE_GZIP},
            {L"x-gzip", INFLATE_GZIP},
            {L"application/gzip", INFLATE_GZIP},
            {L"application/x-gzip", INFLATE_GZIP},
            {L"deflate", INFLATE_DEFLATE},
            {L"application/zlib", INFLATE_DEFLATE},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
    {
        if (!_wcsicmp(names[i].name, mime))
        {
            *format = names[i].format;
            return TRUE;
        }
    }
    return FALSE;
}

/* Start: `reserved` is a PROTOCOLFILTERDATA. INET_E_USE_DEFAULT_PROTOCOLHANDLER: the type is not
 * one of compression. */
static HRESULT STDMETHODCALLTYPE filter_Start(IInternetProtocol *iface, LPCWSTR mime,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD flags, HANDLE_PTR reserved)
{
    struct decompression_filter *filter = filter_from_IInternetProtocol(iface);
    const PROTOCOLFILTERDATA *data = (const PROTOCOLFILTERDATA *)reserved;
    enum inflate_format format;
    struct inflate *inflate;
    HRESULT hr = S_OK;

    (void)bind_info;
    if (!mime || !sink || !(flags & PI_FILTER_MODE) || !data || data->cbSize < sizeof(*data)
            || !data->pProtocol)
        return E_INVALIDARG;
    if (!format_find(mime, &format))
        return INET_E_USE_DEFAULT_PROTOCOLHANDLER;
    inflate = inflate_create(format);
    if (!inflate)
        return E_OUTOFMEMORY;
    AcquireSRWLockExclusive(&filter->lock);
    if (filter->is_started)
        hr = E_UNEXPECTED;
    else
    {
        filter->is_started = TRUE;
        filter->inflate = inflate;
        filter->sink = sink;
        filter->source = data->pProtocol;
        IInternetProtocolSink_AddRef(sink);
        IInternetProtocol_AddRef(filter->source);
    }
    ReleaseSRWLockExclusive(&filter->lock);
    if (FAILED(hr))
        inflate_free(inflate);
    return hr;
}

static HRESULT STDMETHODCALLTYPE filter_Continue(IInternetProtocol *iface, PROTOCOLDATA *data)
{
    (void)iface;
    (void)data;
    return E_UNEXPECTED; /* it never calls Switch of its own */
}

static HRESULT STDMETHODCALLTYPE filter_Abort(IInternetProtocol *iface, HRESULT reason,
        DWORD options)
{
    (void)iface;
    (void)reason;
    (void)options;
    return S_OK; /* the handler's result comes through here */
}

static HRESULT STDMETHODCALLTYPE filter_Terminate(IInternetProtocol *iface, DWORD options)
{
    struct decompression_filter *filter = filter_from_IInternetProtocol(iface);
    IInternetProtocolSink *sink;

    (void)options;
    AcquireSRWLockExclusive(&filter->lock);
    sink = filter->sink;
    filter->sink = NULL; /* the source stays, for data that were locked */
    ReleaseSRWLockExclusive(&filter->lock);
    if (sink)
        IInternetProtocolSink_Release(sink);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE filter_Suspend(IInternetProtocol *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE filter_Resume(IInternetProtocol *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

/* Fills the input. S_OK: there is some; S_FALSE: none any more; E_PENDING or an error. */
static HRESULT input_fill(struct decompression_filter *filter, IInternetProtocol *source)
{
    ULONG count = 0;
    HRESULT hr;

    if (filter->source_ended)
        return S_FALSE;
    hr = IInternetProtocol_Read(source, filter->input, INPUT_SIZE, &count);
    if (count > INPUT_SIZE)
        return INET_E_DOWNLOAD_FAILURE;
    filter->input_position = 0;
    filter->input_length = count;
    filter->source_ended = hr == S_FALSE;
    if (count)
        return S_OK;
    return hr == S_OK ? E_PENDING : hr;
}

/* Decompresses into the buffer as much as there is. */
static HRESULT filter_decompress(struct decompression_filter *filter, IInternetProtocol *source,
        BYTE *buffer, ULONG size, ULONG *count)
{
    HRESULT hr = filter->end;

    while (hr == E_PENDING && *count < size)
    {
        size_t in = filter->input_length - filter->input_position;
        size_t out = size - *count;
        enum inflate_result result = inflate_run(filter->inflate,
                filter->input + filter->input_position, &in, buffer + *count, &out);

        filter->input_position += in;
        *count += (ULONG)out;
        if (result == INFLATE_END)
            hr = filter->end = S_FALSE;
        else if (result == INFLATE_BROKEN)
            hr = filter->end = INET_E_DOWNLOAD_FAILURE;
        else if (*count < size)
        {
            hr = input_fill(filter, source);
            if (hr == S_FALSE)
                hr = filter->end = INET_E_DOWNLOAD_FAILURE; /* it stops in the middle */
            else if (hr == S_OK)
                hr = E_PENDING;
            else
                break;
        }
    }
    /* What came out is given first; what stopped it is answered next time. */
    return *count ? S_OK : hr;
}

/* Read: S_OK, S_FALSE at the end, E_PENDING, or INET_E_DOWNLOAD_FAILURE for data that are broken or
 * stop in the middle. */
static HRESULT STDMETHODCALLTYPE filter_Read(IInternetProtocol *iface, void *buffer, ULONG size,
        ULONG *count)
{
    struct decompression_filter *filter = filter_from_IInternetProtocol(iface);
    IInternetProtocol *source;
    BOOL is_busy;
    ULONG ignored;
    HRESULT hr;

    if (!buffer && size)
        return E_INVALIDARG;
    if (!count)
        count = &ignored;
    *count = 0;
    source = filter_source(filter);
    if (!source)
        return E_UNEXPECTED;
    AcquireSRWLockExclusive(&filter->lock);
    is_busy = filter->is_reading;
    filter->is_reading = TRUE;
    ReleaseSRWLockExclusive(&filter->lock);
    if (is_busy)
    {
        IInternetProtocol_Release(source);
        return E_PENDING;
    }
    hr = size ? filter_decompress(filter, source, buffer, size, count) : S_OK;
    AcquireSRWLockExclusive(&filter->lock);
    filter->is_reading = FALSE;
    ReleaseSRWLockExclusive(&filter->lock);
    IInternetProtocol_Release(source);
    return hr;
}

static HRESULT STDMETHODCALLTYPE filter_Seek(IInternetProtocol *iface, LARGE_INTEGER move,
        DWORD origin, ULARGE_INTEGER *position)
{
    (void)iface;
    (void)move;
    (void)origin;
    (void)position;
    return E_NOTIMPL; /* what is compressed has one direction */
}

static HRESULT STDMETHODCALLTYPE filter_LockRequest(IInternetProtocol *iface, DWORD options)
{
    IInternetProtocol *source = filter_source(filter_from_IInternetProtocol(iface));
    HRESULT hr;

    if (!source)
        return E_UNEXPECTED;
    hr = IInternetProtocol_LockRequest(source, options);
    IInternetProtocol_Release(source);
    return hr;
}

static HRESULT STDMETHODCALLTYPE filter_UnlockRequest(IInternetProtocol *iface)
{
    IInternetProtocol *source = filter_source(filter_from_IInternetProtocol(iface));
    HRESULT hr;

    if (!source)
        return E_UNEXPECTED;
    hr = IInternetProtocol_UnlockRequest(source);
    IInternetProtocol_Release(source);
    return hr;
}

static const IInternetProtocolVtbl filter_protocol_vtbl = {
        filter_IInternetProtocol_QueryInterface,
        filter_IInternetProtocol_AddRef,
        filter_IInternetProtocol_Release,
        filter_Start,
        filter_Continue,
        filter_Abort,
        filter_Terminate,
        filter_Suspend,
        filter_Resume,
        filter_Read,
        filter_Seek,
        filter_LockRequest,
        filter_UnlockRequest,
};

/* Calls the sink by `call`, which may use `sink`. */
#define FILTER_REPORT(call)                                                                        \
    IInternetProtocolSink *sink = filter_sink(filter_from_IInternetProtocolSink(iface));           \
    HRESULT hr;                                                                                    \
    if (!sink)                                                                                     \
        return E_FAIL;                                                                             \
    hr = (call);                                                                                   \
    IInternetProtocolSink_Release(sink);                                                           \
    return hr

static HRESULT STDMETHODCALLTYPE filter_Switch(IInternetProtocolSink *iface, PROTOCOLDATA *data)
{
    FILTER_REPORT(IInternetProtocolSink_Switch(sink, data));
}

static HRESULT STDMETHODCALLTYPE filter_ReportProgress(IInternetProtocolSink *iface, ULONG code,
        LPCWSTR text)
{
    FILTER_REPORT(IInternetProtocolSink_ReportProgress(sink, code, text));
}

static HRESULT STDMETHODCALLTYPE filter_ReportData(IInternetProtocolSink *iface, DWORD flags,
        ULONG progress, ULONG max)
{
    FILTER_REPORT(IInternetProtocolSink_ReportData(sink, flags, progress, max));
}

static HRESULT STDMETHODCALLTYPE filter_ReportResult(IInternetProtocolSink *iface, HRESULT result,
        DWORD error, LPCWSTR text)
{
    FILTER_REPORT(IInternetProtocolSink_ReportResult(sink, result, error, text));
}

static const IInternetProtocolSinkVtbl filter_sink_vtbl = {
        filter_IInternetProtocolSink_QueryInterface,
        filter_IInternetProtocolSink_AddRef,
        filter_IInternetProtocolSink_Release,
        filter_Switch,
        filter_ReportProgress,
        filter_ReportData,
        filter_ReportResult,
};

static void filter_destroy(void *object)
{
    struct decompression_filter *filter = object;

    if (filter->sink)
        IInternetProtocolSink_Release(filter->sink);
    if (filter->source)
        IInternetProtocol_Release(filter->source);
    inflate_free(filter->inflate);
    free(filter);
}

static const struct com_interface filter_interfaces[] = {
        {&IID_IInternetProtocolRoot,
                offsetof(struct decompression_filter, IInternetProtocol_iface)},
        {&IID_IInternetProtocol, offsetof(struct decompression_filter, IInternetProtocol_iface)},
        {&IID_IInternetProtocolSink,
                offsetof(struct decompression_filter, IInternetProtocolSink_iface)},
};

static const struct com_inner_class filter_class = {"decompression filter", filter_interfaces,
        ARRAY_SIZE(filter_interfaces), NULL, filter_destroy};

HRESULT decompression_filter_create(IUnknown *outer, REFIID iid, void **out)
{
    struct decompression_filter *filter = calloc(1, sizeof(*filter));

    *out = NULL;
    if (!filter)
        return E_OUTOFMEMORY;
    com_inner_init(&filter->com, &filter_class, outer);
    filter->IInternetProtocol_iface.lpVtbl = (IInternetProtocolVtbl *)&filter_protocol_vtbl;
    filter->IInternetProtocolSink_iface.lpVtbl = (IInternetProtocolSinkVtbl *)&filter_sink_vtbl;
    InitializeSRWLock(&filter->lock);
    filter->end = E_PENDING;
    return com_inner_hand_over(&filter->com, iid, out);
}
