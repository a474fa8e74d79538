/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inet_protocol.h"
#include "inet_flags.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "inet_file.h"
#include "trace.h"

static void protocol_destroy(void *object)
{
    struct inet_protocol *protocol = object;

    protocol->scheme->detach(protocol);
    protocol->scheme->close(protocol);
    protocol->scheme->free(protocol);
    inet_slot_release(&protocol->slot);
    if (protocol->sink)
        IInternetProtocolSink_Release(protocol->sink);
    if (protocol->bind_info)
        IInternetBindInfo_Release(protocol->bind_info);
    if (protocol->uri)
        IUri_Release(protocol->uri);
    if (protocol->info.cbSize)
        ReleaseBindInfo(&protocol->info);
    inet_buffer_release(protocol->buffer);
    if (protocol->file)
        inet_file_close(protocol->file);
    free(protocol->result_text);
    free(protocol);
}

/* Services */

IInternetProtocolSink *inet_protocol_sink(struct inet_protocol *protocol)
{
    IInternetProtocolSink *sink;

    AcquireSRWLockShared(&protocol->lock);
    sink = protocol->phase == INET_ENDED ? NULL : protocol->sink;
    if (sink)
        IInternetProtocolSink_AddRef(sink);
    ReleaseSRWLockShared(&protocol->lock);
    return sink;
}

void inet_protocol_progress(struct inet_protocol *protocol, ULONG code, const WCHAR *text)
{
    IInternetProtocolSink *sink = inet_protocol_sink(protocol);

    if (!sink)
        return;
    IInternetProtocolSink_ReportProgress(sink, code, text);
    IInternetProtocolSink_Release(sink);
}

static void *service_of(IUnknown *unknown, REFIID iid)
{
    IServiceProvider *provider;
    void *service = NULL;

    if (FAILED(IUnknown_QueryInterface(unknown, &IID_IServiceProvider, (void **)&provider)))
        return NULL;
    if (FAILED(IServiceProvider_QueryService(provider, iid, iid, &service)))
        service = NULL;
    IServiceProvider_Release(provider);
    return service;
}

void *inet_protocol_service(struct inet_protocol *protocol, REFIID iid)
{
    IInternetProtocolSink *sink = inet_protocol_sink(protocol);
    void *service = NULL;

    if (!sink)
        return NULL;
    service = service_of((IUnknown *)sink, iid);
    if (!service)
        service = service_of((IUnknown *)protocol->bind_info, iid);
    IInternetProtocolSink_Release(sink);
    return service;
}

void inet_protocol_switch(struct inet_protocol *protocol, DWORD state)
{
    IInternetProtocolSink *sink = inet_protocol_sink(protocol);
    HRESULT hr;

    if (!sink)
        return;
    protocol->switch_data.grfFlags = PD_FORCE_SWITCH;
    protocol->switch_data.dwState = state;
    protocol->switch_data.pData = NULL;
    protocol->switch_data.cbData = 0;
    hr = IInternetProtocolSink_Switch(sink, &protocol->switch_data);
    IInternetProtocolSink_Release(sink);
    if (FAILED(hr))
        protocol->scheme->proceed(protocol, state);
}

void inet_protocol_deactivate(struct inet_protocol *protocol)
{
    BOOL active;

    AcquireSRWLockExclusive(&protocol->lock);
    active = protocol->active;
    protocol->active = FALSE;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (!active)
        return;
    protocol->scheme->detach(protocol);
    if (inet_slot_cancel(&protocol->slot))
        IUnknown_Release(protocol->com.outer);
    inet_slot_release(&protocol->slot);
    IUnknown_Release(protocol->com.outer);
}

/* IInternetProtocolEx */

COM_INNER_METHODS(protocol, struct inet_protocol, IInternetProtocolEx, IInternetProtocolEx_iface)

/* What the client says about the binding. */
static HRESULT protocol_get_bind_info(struct inet_protocol *protocol, IInternetBindInfo *bind_info)
{
    IInternetBindInfoEx *extended;
    DWORD reserved = 0;
    HRESULT hr;

    protocol->info.cbSize = sizeof(protocol->info);
    if (SUCCEEDED(IInternetBindInfo_QueryInterface(bind_info, &IID_IInternetBindInfoEx,
                (void **)&extended)))
    {
        hr = IInternetBindInfoEx_GetBindInfoEx(extended, &protocol->flags, &protocol->info,
                &protocol->flags2, &reserved);
        IInternetBindInfoEx_Release(extended);
        if (hr != E_NOTIMPL)
            return hr;
    }
    return IInternetBindInfo_GetBindInfo(bind_info, &protocol->flags, &protocol->info);
}

static HRESULT STDMETHODCALLTYPE protocol_StartEx(IInternetProtocolEx *iface, IUri *uri,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD options,
        HANDLE_PTR reserved)
{
    struct inet_protocol *protocol = protocol_from_IInternetProtocolEx(iface);
    HRESULT hr;

    (void)reserved;
    if (!uri || !sink || !bind_info)
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&protocol->lock);
    if (protocol->phase != INET_NEW)
    {
        ReleaseSRWLockExclusive(&protocol->lock);
        return E_FAIL;
    }
    protocol->phase = INET_REQUEST;
    protocol->active = TRUE;
    IUnknown_AddRef(protocol->com.outer); /* as long as it is active */
    IUri_AddRef(uri);
    protocol->uri = uri;
    IInternetProtocolSink_AddRef(sink);
    protocol->sink = sink;
    IInternetBindInfo_AddRef(bind_info);
    protocol->bind_info = bind_info;
    protocol->options = options;
    ReleaseSRWLockExclusive(&protocol->lock);

    IUnknown_AddRef(protocol->com.outer); /* as long as this function runs */
    hr = protocol_get_bind_info(protocol, bind_info);
    inet_flags_add(protocol);
    if (SUCCEEDED(hr))
        hr = protocol->scheme->start(protocol);
    if (FAILED(hr) && hr != E_PENDING)
        inet_protocol_end(protocol, hr, 0, NULL);
    else
        hr = S_OK;
    IUnknown_Release(protocol->com.outer);
    return hr;
}

static HRESULT STDMETHODCALLTYPE protocol_Start(IInternetProtocolEx *iface, const WCHAR *url,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD options,
        HANDLE_PTR reserved)
{
    IUri *uri;
    HRESULT hr;

    if (!url)
        return INET_E_INVALID_URL;
    if (FAILED(hr = CreateUri(url, 0, 0, &uri)))
        return hr;
    hr = protocol_StartEx(iface, uri, sink, bind_info, options, reserved);
    IUri_Release(uri);
    return hr;
}

static HRESULT STDMETHODCALLTYPE protocol_Continue(IInternetProtocolEx *iface, PROTOCOLDATA *data)
{
    struct inet_protocol *protocol = protocol_from_IInternetProtocolEx(iface);
    DWORD state;

    if (!data)
        return E_INVALIDARG;
    state = data->dwState;
    IUnknown_AddRef(protocol->com.outer);
    protocol->scheme->proceed(protocol, state);
    IUnknown_Release(protocol->com.outer);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE protocol_Abort(IInternetProtocolEx *iface, HRESULT why,
        DWORD options)
{
    struct inet_protocol *protocol = protocol_from_IInternetProtocolEx(iface);
    IInternetProtocolSink *sink;

    (void)options;
    if (SUCCEEDED(why))
        why = E_ABORT;
    AcquireSRWLockExclusive(&protocol->lock);
    if (protocol->phase == INET_ENDED)
    {
        ReleaseSRWLockExclusive(&protocol->lock);
        return INET_E_RESULT_DISPATCHED;
    }
    protocol->phase = INET_ENDED;
    protocol->why = why;
    if ((sink = protocol->sink))
        IInternetProtocolSink_AddRef(sink);
    ReleaseSRWLockExclusive(&protocol->lock);

    IUnknown_AddRef(protocol->com.outer);
    inet_protocol_deactivate(protocol);
    protocol->scheme->close(protocol);
    if (sink)
    {
        IInternetProtocolSink_ReportResult(sink, why, 0, NULL);
        IInternetProtocolSink_Release(sink);
    }
    IUnknown_Release(protocol->com.outer);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE protocol_Terminate(IInternetProtocolEx *iface, DWORD options)
{
    struct inet_protocol *protocol = protocol_from_IInternetProtocolEx(iface);
    IInternetProtocolSink *sink;
    BOOL locked;

    (void)options;
    AcquireSRWLockExclusive(&protocol->lock);
    if (protocol->phase != INET_ENDED && SUCCEEDED(protocol->why))
        protocol->why = protocol->ended ? S_OK : INET_E_TERMINATED_BIND;
    protocol->phase = INET_ENDED;
    protocol->terminated = TRUE;
    sink = protocol->sink;
    protocol->sink = NULL;
    locked = protocol->locks > 0;
    ReleaseSRWLockExclusive(&protocol->lock);

    IUnknown_AddRef(protocol->com.outer);
    inet_protocol_deactivate(protocol);
    if (!locked)
        protocol->scheme->close(protocol);
    if (protocol->scheme->let_go)
        protocol->scheme->let_go(protocol);
    if (sink)
        IInternetProtocolSink_Release(sink);
    IUnknown_Release(protocol->com.outer);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE protocol_Suspend(IInternetProtocolEx *iface)
{
    struct inet_protocol *protocol = protocol_from_IInternetProtocolEx(iface);

    AcquireSRWLockExclusive(&protocol->lock);
    protocol->suspended = TRUE;
    ReleaseSRWLockExclusive(&protocol->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE protocol_Resume(IInternetProtocolEx *iface)
{
    struct inet_protocol *protocol = protocol_from_IInternetProtocolEx(iface);

    AcquireSRWLockExclusive(&protocol->lock);
    protocol->suspended = FALSE;
    ReleaseSRWLockExclusive(&protocol->lock);
    IUnknown_AddRef(protocol->com.outer);
    inet_protocol_pump(protocol, FALSE);
    IUnknown_Release(protocol->com.outer);
    return S_OK;
}

/* Takes what is there; the lock is held. From a file it is read without it. */
static HRESULT protocol_take(struct inet_protocol *protocol, void *data, ULONG size, ULONG *got)
{
    struct inet_file *file = protocol->file;
    UINT64 offset = protocol->file_read;
    HRESULT hr;

    if (!file)
    {
        *got = inet_buffer_take(protocol->buffer, data, size);
        if (protocol->unreported > protocol->buffer->used)
            protocol->unreported = protocol->buffer->used;
        return S_OK;
    }
    ReleaseSRWLockExclusive(&protocol->lock);
    hr = inet_file_read(file, offset, data, size, got);
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->file_read += *got;
    return hr;
}

/* Whether the reader may read from the network by itself. */
static BOOL can_pump(const struct inet_protocol *protocol)
{
    return protocol->phase == INET_BODY && !protocol->ended && !protocol->reading
            && !protocol->pumping && !protocol->suspended && !protocol->file;
}

/* What Read answers; the lock is held. */
static HRESULT protocol_read_result(struct inet_protocol *protocol, ULONG size, ULONG done)
{
    if (FAILED(protocol->why))
        return protocol->why;
    if (done)
    {
        if (done < size)
            protocol->armed = TRUE;
        return S_OK;
    }
    if (protocol->ended)
        return FAILED(protocol->result) ? protocol->result : S_FALSE;
    if (protocol->phase == INET_NEW)
        return INET_E_DATA_NOT_AVAILABLE;
    protocol->armed = TRUE;
    return E_PENDING;
}

static HRESULT STDMETHODCALLTYPE protocol_Read(IInternetProtocolEx *iface, void *data, ULONG size,
        ULONG *read)
{
    struct inet_protocol *protocol = protocol_from_IInternetProtocolEx(iface);
    ULONG done = 0, got;
    HRESULT hr = S_OK;
    BOOL awaited;

    if (read)
        *read = 0;
    if (!data)
        return E_INVALIDARG;
    IUnknown_AddRef(protocol->com.outer);
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->reader = GetCurrentThreadId();
    while (SUCCEEDED(protocol->why))
    {
        hr = protocol_take(protocol, (BYTE *)data + done, size - done, &got);
        done += got;
        if (FAILED(hr) || done == size || !can_pump(protocol))
            break;
        ReleaseSRWLockExclusive(&protocol->lock);
        inet_protocol_pump(protocol, TRUE);
        AcquireSRWLockExclusive(&protocol->lock);
        if (!protocol->buffer->used)
            break;
    }
    if (SUCCEEDED(hr))
        hr = protocol_read_result(protocol, size, done);
    awaited = protocol->armed && protocol->lingering;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (awaited)
        WakeByAddressSingle(&protocol->armed);
    IUnknown_Release(protocol->com.outer);
    if (read)
        *read = done;
    return hr;
}

static HRESULT STDMETHODCALLTYPE protocol_Seek(IInternetProtocolEx *iface, LARGE_INTEGER move,
        DWORD origin, ULARGE_INTEGER *position)
{
    (void)iface;
    (void)move;
    (void)origin;
    (void)position;
    return E_NOTIMPL; /* as documented: "Not currently supported" */
}

static HRESULT STDMETHODCALLTYPE protocol_LockRequest(IInternetProtocolEx *iface, DWORD options)
{
    struct inet_protocol *protocol = protocol_from_IInternetProtocolEx(iface);

    (void)options;
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->locks++;
    ReleaseSRWLockExclusive(&protocol->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE protocol_UnlockRequest(IInternetProtocolEx *iface)
{
    struct inet_protocol *protocol = protocol_from_IInternetProtocolEx(iface);
    BOOL close;

    AcquireSRWLockExclusive(&protocol->lock);
    close = protocol->locks && !--protocol->locks && protocol->terminated;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (close)
        protocol->scheme->close(protocol);
    return S_OK;
}

static const IInternetProtocolExVtbl protocol_vtbl = {
        protocol_IInternetProtocolEx_QueryInterface,
        protocol_IInternetProtocolEx_AddRef,
        protocol_IInternetProtocolEx_Release,
        protocol_Start,
        protocol_Continue,
        protocol_Abort,
        protocol_Terminate,
        protocol_Suspend,
        protocol_Resume,
        protocol_Read,
        protocol_Seek,
        protocol_LockRequest,
        protocol_UnlockRequest,
        protocol_StartEx,
};

/* IWinInetHttpInfo: what WinINet knows of the request. */

COM_INNER_METHODS(info, struct inet_protocol, IWinInetHttpInfo, IWinInetHttpInfo_iface)

static HRESULT STDMETHODCALLTYPE info_QueryOption(IWinInetHttpInfo *iface, DWORD option, void *data,
        DWORD *size)
{
    struct inet_protocol *protocol = info_from_IWinInetHttpInfo(iface);

    if (!size)
        return E_POINTER;
    return protocol->scheme->query_option(protocol, option, data, size);
}

static HRESULT STDMETHODCALLTYPE info_QueryInfo(IWinInetHttpInfo *iface, DWORD option, void *data,
        DWORD *size, DWORD *flags, DWORD *reserved)
{
    struct inet_protocol *protocol = info_from_IWinInetHttpInfo(iface);

    if (!size)
        return E_POINTER;
    return protocol->scheme->query_info(protocol, option, data, size, flags, reserved);
}

static const IWinInetHttpInfoVtbl info_vtbl = {
        info_IWinInetHttpInfo_QueryInterface,
        info_IWinInetHttpInfo_AddRef,
        info_IWinInetHttpInfo_Release,
        info_QueryOption,
        info_QueryInfo,
};

/* IWinInetCacheHints2: the extension of the file's name. Before there is a file the wish is noted
 * for it. */

COM_INNER_METHODS(hints, struct inet_protocol, IWinInetCacheHints2, IWinInetCacheHints2_iface)

/* Gives the file the extension; its path from then on, or NULL, with the reason. */
static const WCHAR *hints_rename(struct inet_protocol *protocol, const WCHAR *extension,
        HRESULT *hr)
{
    struct inet_file *file;

    *hr = E_INVALIDARG;
    if (*extension != '.' || !inet_file_extension_is_valid(extension + 1))
        return NULL;
    AcquireSRWLockExclusive(&protocol->lock);
    file = protocol->file;
    if (!file)
        wcscpy(protocol->extension, extension + 1);
    ReleaseSRWLockExclusive(&protocol->lock);
    *hr = file ? inet_file_rename(file, extension + 1) : INET_E_DATA_NOT_AVAILABLE;
    return SUCCEEDED(*hr) ? inet_file_path(file) : NULL;
}

/* What is told of an error: E_FAIL, with WinINet's or the system's in *error. */
static HRESULT hints_fail(HRESULT hr, DWORD *error)
{
    if (HRESULT_FACILITY(hr) != FACILITY_WIN32 || hr == E_INVALIDARG || hr == E_OUTOFMEMORY)
        return hr;
    if (error)
        *error = HRESULT_CODE(hr);
    return E_FAIL;
}

/* SetCacheExtension2: the file gets another extension, which begins with a period, while it is
 * being filled; its new path. *length counts characters. S_OK, E_INVALIDARG, E_FAIL with *error
 * (also: the file is an entry already), E_OUTOFMEMORY, INET_E_DATA_NOT_AVAILABLE: there is no file
 * yet, and should there be one it will have that extension. Page
 * "IWinInetCacheHints2::SetCacheExtension2 method" (platform-apis/ms774976). */
static HRESULT STDMETHODCALLTYPE hints_SetCacheExtension2(IWinInetCacheHints2 *iface,
        const WCHAR *extension, WCHAR *name, DWORD *length, DWORD *error, DWORD *reserved)
{
    struct inet_protocol *protocol = hints_from_IWinInetCacheHints2(iface);
    const WCHAR *path;
    DWORD room;
    HRESULT hr;

    (void)reserved;
    if (!extension || !length)
        return E_INVALIDARG;
    if (error)
        *error = 0;
    if (!(path = hints_rename(protocol, extension, &hr)))
        return hints_fail(hr, error);
    room = *length;
    *length = (DWORD)wcslen(path) + 1;
    if (!name || room < *length)
        return hints_fail(HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER), error);
    wcscpy(name, path);
    return S_OK;
}

/* SetCacheExtension: the same with a path in the system's code page, and *size in bytes. Page
 * "IWinInetCacheHints::SetCacheExtension method" (platform-apis/ms774979). */
static HRESULT STDMETHODCALLTYPE hints_SetCacheExtension(IWinInetCacheHints2 *iface,
        const WCHAR *extension, void *name, DWORD *size, DWORD *error, DWORD *reserved)
{
    DWORD length = MAX_PATH, room;
    WCHAR path[MAX_PATH];
    HRESULT hr;

    if (!extension || !size)
        return E_INVALIDARG;
    hr = hints_SetCacheExtension2(iface, extension, path, &length, error, reserved);
    if (FAILED(hr))
        return hr;
    room = *size;
    *size = WideCharToMultiByte(CP_ACP, 0, path, -1, NULL, 0, NULL, NULL);
    if (!name || room < *size)
        return hints_fail(HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER), error);
    WideCharToMultiByte(CP_ACP, 0, path, -1, name, *size, NULL, NULL);
    return S_OK;
}

static const IWinInetCacheHints2Vtbl hints_vtbl = {
        hints_IWinInetCacheHints2_QueryInterface,
        hints_IWinInetCacheHints2_AddRef,
        hints_IWinInetCacheHints2_Release,
        hints_SetCacheExtension,
        hints_SetCacheExtension2,
};

#define PROTOCOL_ROW(interface_type, member)                                                       \
    {                                                                                              \
        &IID_##interface_type, offsetof(struct inet_protocol, member)                              \
    }

static const struct com_interface protocol_interfaces[] = {
        PROTOCOL_ROW(IInternetProtocolRoot, IInternetProtocolEx_iface),
        PROTOCOL_ROW(IInternetProtocol, IInternetProtocolEx_iface),
        PROTOCOL_ROW(IInternetProtocolEx, IInternetProtocolEx_iface),
        PROTOCOL_PRIORITY_ROW(struct inet_protocol, priority),
        PROTOCOL_ROW(IWinInetInfo, IWinInetHttpInfo_iface),
        PROTOCOL_ROW(IWinInetHttpInfo, IWinInetHttpInfo_iface),
        /* of HTTP only: */
        PROTOCOL_ROW(IWinInetCacheHints, IWinInetCacheHints2_iface),
        PROTOCOL_ROW(IWinInetCacheHints2, IWinInetCacheHints2_iface),
};

static const struct com_inner_class http_class = {"HTTP protocol", protocol_interfaces,
        ARRAY_SIZE(protocol_interfaces), NULL, protocol_destroy};
static const struct com_inner_class other_class = {"WinINet protocol", protocol_interfaces,
        ARRAY_SIZE(protocol_interfaces) - 2, NULL, protocol_destroy};

HRESULT inet_protocol_create(const struct inet_scheme *scheme, IUnknown *outer, REFIID iid,
        void **out)
{
    struct inet_protocol *protocol = calloc(1, scheme->size);

    *out = NULL;
    if (!protocol)
        return E_OUTOFMEMORY;
    if (!(protocol->buffer = inet_buffer_create()))
    {
        free(protocol);
        return E_OUTOFMEMORY;
    }
    com_inner_init(&protocol->com, scheme->cache_hints ? &http_class : &other_class, outer);
    protocol->IInternetProtocolEx_iface.lpVtbl = (IInternetProtocolExVtbl *)&protocol_vtbl;
    protocol_priority_init(&protocol->priority, &protocol->com);
    protocol->IWinInetHttpInfo_iface.lpVtbl = (IWinInetHttpInfoVtbl *)&info_vtbl;
    protocol->IWinInetCacheHints2_iface.lpVtbl = (IWinInetCacheHints2Vtbl *)&hints_vtbl;
    protocol->scheme = scheme;
    protocol->total = INET_UNKNOWN_SIZE;
    InitializeSRWLock(&protocol->lock);
    scheme->init(protocol);
    return com_inner_hand_over(&protocol->com, iid, out);
}
