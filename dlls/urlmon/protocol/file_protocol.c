/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * file: — the file itself is what is read, and is the cache file too. Everything is there at once,
 * so Start reports all, on the caller's thread. Pages "IInternetProtocolRoot interface" and
 * "BINDSTATUS enumeration" (platform-apis/ms775133).
 */
#include "com_aggregate.h"
#include "file_path.h"
#include "trace.h"
#include "urlmon_module.h"

#include <stdlib.h>
#include <string.h>

#include <shlwapi.h>

struct file_protocol
{
    struct com_inner com;
    IInternetProtocolEx IInternetProtocolEx_iface;
    IInternetPriority IInternetPriority_iface;
    LONG priority;

    SRWLOCK lock; /* guards what follows; never held while calling out */
    HANDLE file;  /* or NULL */
    BOOL is_started, is_terminated, is_aborted, is_reported;
    HRESULT abort_reason;
    ULONG locks;
};

COM_INNER_METHODS(file, struct file_protocol, IInternetProtocolEx, IInternetProtocolEx_iface)
COM_INNER_METHODS(file, struct file_protocol, IInternetPriority, IInternetPriority_iface)

/* Closes the file unless somebody has locked it. With the lock held. */
static void file_close_if_done(struct file_protocol *protocol)
{
    if (protocol->is_terminated && !protocol->locks && protocol->file)
    {
        CloseHandle(protocol->file);
        protocol->file = NULL;
    }
}

/* Opens a regular file. An error of Windows, or ERROR_SUCCESS. */
static DWORD file_open(const WCHAR *path, HANDLE *out, ULONGLONG *size)
{
    LARGE_INTEGER length;
    HANDLE file =
            CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    DWORD error = ERROR_SUCCESS;

    *out = NULL;
    if (file == INVALID_HANDLE_VALUE)
        return GetLastError();
    if (GetFileType(file) != FILE_TYPE_DISK)
        error = ERROR_FILE_NOT_FOUND;
    else if (!GetFileSizeEx(file, &length))
        error = GetLastError();
    if (error != ERROR_SUCCESS)
    {
        CloseHandle(file);
        return error;
    }
    *out = file;
    *size = (ULONGLONG)length.QuadPart;
    return ERROR_SUCCESS;
}

static BOOL file_is_stopped(struct file_protocol *protocol)
{
    BOOL is_stopped;

    AcquireSRWLockShared(&protocol->lock);
    is_stopped = protocol->is_aborted || protocol->is_terminated;
    ReleaseSRWLockShared(&protocol->lock);
    return is_stopped;
}

static HRESULT file_report_result(struct file_protocol *protocol, IInternetProtocolSink *sink,
        HRESULT result, DWORD error)
{
    BOOL is_silent;

    AcquireSRWLockExclusive(&protocol->lock);
    is_silent = protocol->is_reported || protocol->is_terminated;
    protocol->is_reported = TRUE;
    if (protocol->is_aborted)
        result = protocol->abort_reason;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (!is_silent)
        IInternetProtocolSink_ReportResult(sink, result, error, NULL);
    return result;
}

/* Says what the file is; the caller's sink may abort or terminate in each report. */
static void file_report(struct file_protocol *protocol, IInternetProtocolSink *sink,
        const WCHAR *path, ULONGLONG size)
{
    ULONG amount = size > MAXDWORD ? MAXDWORD : (ULONG)size;
    WCHAR *mime = NULL;

    IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_CACHEFILENAMEAVAILABLE, path);
    if (!file_is_stopped(protocol)
            && SUCCEEDED(FindMimeFromData(NULL, path, NULL, 0, NULL, 0, &mime, 0)) && mime)
    {
        IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_MIMETYPEAVAILABLE, mime);
        CoTaskMemFree(mime);
    }
    if (!file_is_stopped(protocol))
        IInternetProtocolSink_ReportData(sink,
                BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION | BSCF_DATAFULLYAVAILABLE,
                amount, amount);
}

/* Opens the file of the URI and reports. */
static HRESULT file_run(struct file_protocol *protocol, IUri *uri, IInternetProtocolSink *sink,
        DWORD bind_flags)
{
    ULONGLONG size = 0;
    WCHAR *path = NULL;
    HANDLE file = NULL;
    DWORD error = ERROR_PATH_NOT_FOUND;
    HRESULT hr;

    if (!(bind_flags & BINDF_FROMURLMON))
        IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_DIRECTBIND, NULL);
    IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_SENDINGREQUEST, L"");
    if (file_is_stopped(protocol))
        return file_report_result(protocol, sink, E_ABORT, 0);
    hr = file_path_from_uri(uri, &path);
    if (SUCCEEDED(hr))
        error = file_open(path, &file, &size);
    if (error != ERROR_SUCCESS)
    {
        trace("file %ls: error %lu", path ? path : L"(none)", error);
        hr = error == ERROR_NOT_ENOUGH_MEMORY ? E_OUTOFMEMORY : INET_E_RESOURCE_NOT_FOUND;
        free(path);
        return file_report_result(protocol, sink, hr, error);
    }
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->file = file;
    file_close_if_done(protocol);
    ReleaseSRWLockExclusive(&protocol->lock);
    file_report(protocol, sink, path, size);
    free(path);
    return file_report_result(protocol, sink, S_OK, 0);
}

/* The flags of the binding; the rest of BINDINFO means nothing to a file. */
static HRESULT file_bind_flags(IInternetBindInfo *bind_info, DWORD *flags)
{
    BINDINFO info;
    HRESULT hr;

    *flags = 0;
    memset(&info, 0, sizeof(info));
    info.cbSize = sizeof(info);
    hr = IInternetBindInfo_GetBindInfo(bind_info, flags, &info);
    if (SUCCEEDED(hr))
        ReleaseBindInfo(&info);
    return hr;
}

static HRESULT STDMETHODCALLTYPE file_StartEx(IInternetProtocolEx *iface, IUri *uri,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD flags, HANDLE_PTR reserved)
{
    struct file_protocol *protocol = file_from_IInternetProtocolEx(iface);
    DWORD scheme = 0, bind_flags;
    BOOL is_again;
    HRESULT hr;

    (void)reserved;
    if (!uri || !sink || !bind_info)
        return E_INVALIDARG;
    if (FAILED(IUri_GetScheme(uri, &scheme)) || scheme != URL_SCHEME_FILE)
        return flags & PI_PARSE_URL ? S_FALSE : E_INVALIDARG;
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
    hr = file_bind_flags(bind_info, &bind_flags);
    if (SUCCEEDED(hr))
        hr = file_run(protocol, uri, sink, bind_flags);
    IInternetProtocolSink_Release(sink);
    IUnknown_Release(&protocol->com.IUnknown_inner);
    return hr;
}

static HRESULT STDMETHODCALLTYPE file_Start(IInternetProtocolEx *iface, LPCWSTR url,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD flags, HANDLE_PTR reserved)
{
    IUri *uri;
    HRESULT hr;

    if (!url)
        return E_INVALIDARG;
    hr = CreateUri(url, Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME, 0, &uri);
    if (FAILED(hr))
        return flags & PI_PARSE_URL ? S_FALSE : E_INVALIDARG;
    hr = file_StartEx(iface, uri, sink, bind_info, flags, reserved);
    IUri_Release(uri);
    return hr;
}

static HRESULT STDMETHODCALLTYPE file_Continue(IInternetProtocolEx *iface, PROTOCOLDATA *data)
{
    (void)iface;
    (void)data;
    return E_UNEXPECTED; /* it never calls Switch */
}

/* Abort: only a report of Start can be interrupted. INET_E_RESULT_DISPATCHED: all was reported. */
static HRESULT STDMETHODCALLTYPE file_Abort(IInternetProtocolEx *iface, HRESULT reason,
        DWORD options)
{
    struct file_protocol *protocol = file_from_IInternetProtocolEx(iface);
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

static HRESULT STDMETHODCALLTYPE file_Terminate(IInternetProtocolEx *iface, DWORD options)
{
    struct file_protocol *protocol = file_from_IInternetProtocolEx(iface);

    (void)options;
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->is_terminated = TRUE;
    file_close_if_done(protocol);
    ReleaseSRWLockExclusive(&protocol->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_Suspend(IInternetProtocolEx *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE file_Resume(IInternetProtocolEx *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

/* Read: S_OK; S_FALSE at the end of the file; INET_E_DATA_NOT_AVAILABLE without one;
 * INET_E_DOWNLOAD_FAILURE. */
static HRESULT STDMETHODCALLTYPE file_Read(IInternetProtocolEx *iface, void *buffer, ULONG size,
        ULONG *count)
{
    struct file_protocol *protocol = file_from_IInternetProtocolEx(iface);
    DWORD read = 0;
    HRESULT hr;

    if (count)
        *count = 0;
    if (!buffer && size)
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&protocol->lock);
    if (!protocol->file)
        hr = INET_E_DATA_NOT_AVAILABLE;
    else if (!size)
        hr = S_OK;
    else if (!ReadFile(protocol->file, buffer, size, &read, NULL))
        hr = INET_E_DOWNLOAD_FAILURE;
    else
        hr = read ? S_OK : S_FALSE;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (count)
        *count = read;
    return hr;
}

static HRESULT STDMETHODCALLTYPE file_Seek(IInternetProtocolEx *iface, LARGE_INTEGER move,
        DWORD origin, ULARGE_INTEGER *position)
{
    struct file_protocol *protocol = file_from_IInternetProtocolEx(iface);
    LARGE_INTEGER where = {.QuadPart = 0};
    HRESULT hr = S_OK;

    if (origin > STREAM_SEEK_END)
        return E_INVALIDARG;
    AcquireSRWLockExclusive(&protocol->lock);
    if (!protocol->file)
        hr = INET_E_DATA_NOT_AVAILABLE;
    else if (!SetFilePointerEx(protocol->file, move, &where, origin)) /* the same numbers */
        hr = E_INVALIDARG;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (position)
        position->QuadPart = (ULONGLONG)where.QuadPart;
    return hr;
}

/* LockRequest: the file stays open after Terminate, until UnlockRequest. */
static HRESULT STDMETHODCALLTYPE file_LockRequest(IInternetProtocolEx *iface, DWORD options)
{
    struct file_protocol *protocol = file_from_IInternetProtocolEx(iface);

    (void)options;
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->locks++;
    ReleaseSRWLockExclusive(&protocol->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_UnlockRequest(IInternetProtocolEx *iface)
{
    struct file_protocol *protocol = file_from_IInternetProtocolEx(iface);

    AcquireSRWLockExclusive(&protocol->lock);
    if (protocol->locks)
        protocol->locks--;
    file_close_if_done(protocol);
    ReleaseSRWLockExclusive(&protocol->lock);
    return S_OK;
}

static const IInternetProtocolExVtbl file_protocol_vtbl = {
        file_IInternetProtocolEx_QueryInterface,
        file_IInternetProtocolEx_AddRef,
        file_IInternetProtocolEx_Release,
        file_Start,
        file_Continue,
        file_Abort,
        file_Terminate,
        file_Suspend,
        file_Resume,
        file_Read,
        file_Seek,
        file_LockRequest,
        file_UnlockRequest,
        file_StartEx,
};

static HRESULT STDMETHODCALLTYPE file_SetPriority(IInternetPriority *iface, LONG priority)
{
    file_from_IInternetPriority(iface)->priority = priority;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_GetPriority(IInternetPriority *iface, LONG *priority)
{
    if (!priority)
        return E_INVALIDARG;
    *priority = file_from_IInternetPriority(iface)->priority;
    return S_OK;
}

static const IInternetPriorityVtbl file_priority_vtbl = {
        file_IInternetPriority_QueryInterface,
        file_IInternetPriority_AddRef,
        file_IInternetPriority_Release,
        file_SetPriority,
        file_GetPriority,
};

static void file_destroy(void *object)
{
    struct file_protocol *protocol = object;

    if (protocol->file)
        CloseHandle(protocol->file);
    free(protocol);
}

static const struct com_interface file_interfaces[] = {
        {&IID_IInternetProtocolRoot, offsetof(struct file_protocol, IInternetProtocolEx_iface)},
        {&IID_IInternetProtocol, offsetof(struct file_protocol, IInternetProtocolEx_iface)},
        {&IID_IInternetProtocolEx, offsetof(struct file_protocol, IInternetProtocolEx_iface)},
        {&IID_IInternetPriority, offsetof(struct file_protocol, IInternetPriority_iface)},
};

static const struct com_inner_class file_class = {"file protocol", file_interfaces,
        ARRAY_SIZE(file_interfaces), NULL, file_destroy};

HRESULT file_protocol_create(IUnknown *outer, REFIID iid, void **out)
{
    struct file_protocol *protocol = calloc(1, sizeof(*protocol));

    *out = NULL;
    if (!protocol)
        return E_OUTOFMEMORY;
    com_inner_init(&protocol->com, &file_class, outer);
    protocol->IInternetProtocolEx_iface.lpVtbl = (IInternetProtocolExVtbl *)&file_protocol_vtbl;
    protocol->IInternetPriority_iface.lpVtbl = (IInternetPriorityVtbl *)&file_priority_vtbl;
    InitializeSRWLock(&protocol->lock);
    return com_inner_hand_over(&protocol->com, iid, out);
}
