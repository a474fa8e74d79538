/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http_sink.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "bind_http_security.h"

#define PATIENCE 60000u

#define SINK_UNKNOWN_METHODS(interface_type, member)                                               \
    static struct sink *sink_from_##interface_type(interface_type *iface)                          \
    {                                                                                              \
        return CONTAINING_RECORD(iface, struct sink, member);                                      \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE sink_##interface_type##_QueryInterface(interface_type *iface, \
            REFIID iid, void **out)                                                                \
    {                                                                                              \
        return sink_query(sink_from_##interface_type(iface), iid, out);                            \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE sink_##interface_type##_AddRef(interface_type *iface)           \
    {                                                                                              \
        return InterlockedIncrement(&sink_from_##interface_type(iface)->references);               \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE sink_##interface_type##_Release(interface_type *iface)          \
    {                                                                                              \
        return sink_drop(sink_from_##interface_type(iface));                                       \
    }

static HRESULT sink_query(struct sink *sink, REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IInternetProtocolSink))
        *out = &sink->IInternetProtocolSink_iface;
    else if (IsEqualIID(iid, &IID_IInternetBindInfo)
            || (IsEqualIID(iid, &IID_IInternetBindInfoEx) && sink->flags2))
        *out = &sink->IInternetBindInfoEx_iface;
    else if (IsEqualIID(iid, &IID_IServiceProvider))
        *out = &sink->IServiceProvider_iface;
    else if (IsEqualIID(iid, &IID_IHttpNegotiate) || IsEqualIID(iid, &IID_IHttpNegotiate2)
            || IsEqualIID(iid, &IID_IHttpNegotiate3))
        *out = &sink->IHttpNegotiate3_iface;
    else if (IsEqualIID(iid, &IID_IAuthenticate) || IsEqualIID(iid, &IID_IAuthenticateEx))
        *out = &sink->IAuthenticateEx_iface;
    else if (IsEqualIID(iid, &IID_IHttpSecurity))
        *out = &sink->IHttpSecurity_iface;
    else if (IsEqualIID(iid, &IID_IBindHttpSecurity) && sink->overlooks)
        *out = &sink->IBindHttpSecurity_iface;
    if (!*out)
        return E_NOINTERFACE;
    InterlockedIncrement(&sink->references);
    return S_OK;
}

static ULONG sink_drop(struct sink *sink)
{
    ULONG references = InterlockedDecrement(&sink->references);

    if (!references)
        free(sink);
    return references;
}

static void text_copy(WCHAR *to, size_t room, const WCHAR *text)
{
    size_t length = text ? wcslen(text) : 0;

    if (length >= room)
        length = room - 1;
    memcpy(to, text ? text : L"", length * sizeof(WCHAR));
    to[length] = 0;
}

static WCHAR *task_text(const WCHAR *text)
{
    size_t size = (wcslen(text) + 1) * sizeof(WCHAR);
    WCHAR *copy = CoTaskMemAlloc(size);

    memcpy(copy, text, size);
    return copy;
}

/* IInternetProtocolSink */

SINK_UNKNOWN_METHODS(IInternetProtocolSink, IInternetProtocolSink_iface)

static HRESULT STDMETHODCALLTYPE sink_Switch(IInternetProtocolSink *iface, PROTOCOLDATA *data)
{
    struct sink *sink = sink_from_IInternetProtocolSink(iface);

    if (sink->no_switch)
        return E_FAIL;
    AcquireSRWLockExclusive(&sink->lock);
    sink->switch_data = *data;
    sink->switch_waiting = TRUE;
    sink->switches++;
    ReleaseSRWLockExclusive(&sink->lock);
    WakeAllConditionVariable(&sink->changed);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE sink_ReportProgress(IInternetProtocolSink *iface, ULONG code,
        const WCHAR *text)
{
    struct sink *sink = sink_from_IInternetProtocolSink(iface);

    AcquireSRWLockExclusive(&sink->lock);
    if (sink->report_count < SINK_REPORTS)
    {
        struct sink_report *report = &sink->reports[sink->report_count++];

        report->code = code;
        report->thread = GetCurrentThreadId();
        text_copy(report->text, ARRAYSIZE(report->text), text);
    }
    ReleaseSRWLockExclusive(&sink->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE sink_ReportData(IInternetProtocolSink *iface, DWORD flags,
        ULONG progress, ULONG progress_max)
{
    struct sink *sink = sink_from_IInternetProtocolSink(iface);

    AcquireSRWLockExclusive(&sink->lock);
    sink->data_reports++;
    sink->first_reports += !!(flags & BSCF_FIRSTDATANOTIFICATION);
    sink->last_reports += !!(flags & BSCF_LASTDATANOTIFICATION);
    sink->data_after_result += sink->results > 0;
    sink->data_waiting = TRUE;
    sink->progress = progress;
    sink->progress_max = progress_max;
    ReleaseSRWLockExclusive(&sink->lock);
    WakeAllConditionVariable(&sink->changed);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE sink_ReportResult(IInternetProtocolSink *iface, HRESULT result,
        DWORD error, const WCHAR *text)
{
    struct sink *sink = sink_from_IInternetProtocolSink(iface);

    AcquireSRWLockExclusive(&sink->lock);
    sink->results++;
    sink->result = result;
    sink->error = error;
    text_copy(sink->result_text, ARRAYSIZE(sink->result_text), text);
    ReleaseSRWLockExclusive(&sink->lock);
    WakeAllConditionVariable(&sink->changed);
    return S_OK;
}

static IInternetProtocolSinkVtbl sink_vtbl = {
        sink_IInternetProtocolSink_QueryInterface,
        sink_IInternetProtocolSink_AddRef,
        sink_IInternetProtocolSink_Release,
        sink_Switch,
        sink_ReportProgress,
        sink_ReportData,
        sink_ReportResult,
};

/* IInternetBindInfo */

SINK_UNKNOWN_METHODS(IInternetBindInfoEx, IInternetBindInfoEx_iface)

static HRESULT STDMETHODCALLTYPE bind_info_GetBindInfo(IInternetBindInfoEx *iface, DWORD *flags,
        BINDINFO *info)
{
    struct sink *sink = sink_from_IInternetBindInfoEx(iface);
    DWORD size = info->cbSize;

    memset(info, 0, size);
    info->cbSize = size;
    *flags = sink->flags;
    info->dwBindVerb = sink->verb;
    info->grfBindInfoF = sink->info_flags;
    if (sink->internet_flags && size > offsetof(BINDINFO, dwOptionsFlags))
    {
        info->dwOptions = BINDINFO_OPTIONS_WININETFLAG;
        info->dwOptionsFlags = sink->internet_flags;
    }
    if (sink->custom_verb)
        info->szCustomVerb = task_text(sink->custom_verb);
    if (sink->body_stream)
    {
        info->stgmedData.tymed = TYMED_ISTREAM;
        info->stgmedData.pstm = sink->body_stream;
        IStream_AddRef(sink->body_stream);
    }
    else if (sink->body_storage)
    {
        info->stgmedData.tymed = TYMED_ISTORAGE;
        info->stgmedData.pstg = sink->body_storage;
        IStorage_AddRef(sink->body_storage);
    }
    else if (sink->body_file)
    {
        info->stgmedData.tymed = TYMED_FILE;
        info->stgmedData.lpszFileName = task_text(sink->body_file);
    }
    else if (sink->body)
    {
        info->stgmedData.tymed = TYMED_HGLOBAL;
        info->stgmedData.hGlobal = GlobalAlloc(GMEM_FIXED, sink->body_size);
        memcpy(info->stgmedData.hGlobal, sink->body, sink->body_size);
        info->cbstgmedData = sink->body_size;
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE bind_info_GetBindString(IInternetBindInfoEx *iface, ULONG which,
        WCHAR **texts, ULONG count, ULONG *fetched)
{
    struct sink *sink = sink_from_IInternetBindInfoEx(iface);
    const WCHAR *text = NULL;

    *fetched = 0;
    if (which == BINDSTRING_ACCEPT_MIMES)
        text = sink->accept ? sink->accept : L"*/*";
    else if (which == BINDSTRING_USER_AGENT)
        text = sink->agent;
    else if (which == BINDSTRING_LANGUAGE)
        text = sink->language;
    else if (which == BINDSTRING_ACCEPT_ENCODINGS)
        text = sink->encodings;
    else if (which == BINDSTRING_POST_DATA_MIME)
        text = sink->post_mime;
    else if (which == BINDSTRING_XDR_ORIGIN)
        text = sink->origin;
    if (!text || !count)
        return E_NOTIMPL;
    texts[0] = task_text(text);
    *fetched = 1;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE bind_info_GetBindInfoEx(IInternetBindInfoEx *iface, DWORD *flags,
        BINDINFO *info, DWORD *flags2, DWORD *reserved)
{
    *flags2 = sink_from_IInternetBindInfoEx(iface)->flags2;
    *reserved = 0;
    return bind_info_GetBindInfo(iface, flags, info);
}

static IInternetBindInfoExVtbl bind_info_vtbl = {
        sink_IInternetBindInfoEx_QueryInterface,
        sink_IInternetBindInfoEx_AddRef,
        sink_IInternetBindInfoEx_Release,
        bind_info_GetBindInfo,
        bind_info_GetBindString,
        bind_info_GetBindInfoEx,
};

/* IServiceProvider */

SINK_UNKNOWN_METHODS(IServiceProvider, IServiceProvider_iface)

static HRESULT STDMETHODCALLTYPE provider_QueryService(IServiceProvider *iface, REFGUID service,
        REFIID iid, void **out)
{
    struct sink *sink = sink_from_IServiceProvider(iface);

    *out = NULL;
    if (((IsEqualGUID(service, &IID_IHttpNegotiate) || IsEqualGUID(service, &IID_IHttpNegotiate2))
                && (sink->negotiates || tap_builtin())) /* Wine insists on it */
            || (IsEqualGUID(service, &IID_IHttpNegotiate3) && sink->certificate)
            || (IsEqualGUID(service, &IID_IAuthenticate) && sink->user)
            || (IsEqualGUID(service, &IID_IAuthenticateEx) && sink->user && sink->extended)
            || (IsEqualGUID(service, &IID_IHttpSecurity) && sink->secure)
            || (IsEqualGUID(service, &IID_IBindHttpSecurity) && sink->overlooks))
        return sink_query(sink, iid, out);
    return E_NOINTERFACE;
}

static IServiceProviderVtbl provider_vtbl = {
        sink_IServiceProvider_QueryInterface,
        sink_IServiceProvider_AddRef,
        sink_IServiceProvider_Release,
        provider_QueryService,
};

/* IHttpNegotiate3 */

SINK_UNKNOWN_METHODS(IHttpNegotiate3, IHttpNegotiate3_iface)

static HRESULT STDMETHODCALLTYPE negotiate_BeginningTransaction(IHttpNegotiate3 *iface,
        const WCHAR *url, const WCHAR *headers, DWORD reserved, WCHAR **added)
{
    struct sink *sink = sink_from_IHttpNegotiate3(iface);

    (void)reserved;
    ok(url && !wcsncmp(url, L"http", 4), "the URL is told: %s", tap_wstr(url));
    sink->begins++;
    text_copy(sink->begin_headers, ARRAYSIZE(sink->begin_headers), headers);
    *added = sink->headers ? task_text(sink->headers) : NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE negotiate_OnResponse(IHttpNegotiate3 *iface, DWORD code,
        const WCHAR *headers, const WCHAR *request_headers, WCHAR **added)
{
    struct sink *sink = sink_from_IHttpNegotiate3(iface);

    if (added)
        *added = NULL;
    sink->responses++;
    sink->response = code;
    sink->service_thread = GetCurrentThreadId();
    text_copy(sink->response_headers, ARRAYSIZE(sink->response_headers), headers);
    if (code >= 400 && !tap_builtin())
        ok(request_headers != NULL, "the request's headers are shown with an error");
    if (code >= 400 && sink->more_headers)
        *added = task_text(sink->more_headers);
    return sink->on_response;
}

static HRESULT STDMETHODCALLTYPE negotiate_GetRootSecurityId(IHttpNegotiate3 *iface, BYTE *id,
        DWORD *size, DWORD_PTR reserved)
{
    (void)id;
    (void)size;
    (void)reserved;
    sink_from_IHttpNegotiate3(iface)->roots++;
    return E_FAIL;
}

static HRESULT STDMETHODCALLTYPE negotiate_GetSerializedClientCertContext(IHttpNegotiate3 *iface,
        BYTE **data, DWORD *size)
{
    struct sink *sink = sink_from_IHttpNegotiate3(iface);

    sink->certificates++;
    *data = CoTaskMemAlloc(sink->certificate_size);
    memcpy(*data, sink->certificate, sink->certificate_size);
    *size = sink->certificate_size;
    return S_OK;
}

static IHttpNegotiate3Vtbl negotiate_vtbl = {
        sink_IHttpNegotiate3_QueryInterface,
        sink_IHttpNegotiate3_AddRef,
        sink_IHttpNegotiate3_Release,
        negotiate_BeginningTransaction,
        negotiate_OnResponse,
        negotiate_GetRootSecurityId,
        negotiate_GetSerializedClientCertContext,
};

/* IAuthenticateEx */

SINK_UNKNOWN_METHODS(IAuthenticateEx, IAuthenticateEx_iface)

static HRESULT STDMETHODCALLTYPE authenticate_Authenticate(IAuthenticateEx *iface, HWND *window,
        WCHAR **user, WCHAR **password)
{
    struct sink *sink = sink_from_IAuthenticateEx(iface);

    sink->authentications++;
    sink->service_thread = GetCurrentThreadId();
    *window = NULL;
    *user = task_text(sink->user);
    *password = task_text(sink->password);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE authenticate_AuthenticateEx(IAuthenticateEx *iface, HWND *window,
        WCHAR **user, WCHAR **password, AUTHENTICATEINFO *info)
{
    struct sink *sink = sink_from_IAuthenticateEx(iface);

    if (!sink->extended_asked++)
        sink->first_flags = info->dwFlags;
    sink->authenticate_flags = info->dwFlags;
    return authenticate_Authenticate(iface, window, user, password);
}

static IAuthenticateExVtbl authenticate_vtbl = {
        sink_IAuthenticateEx_QueryInterface,
        sink_IAuthenticateEx_AddRef,
        sink_IAuthenticateEx_Release,
        authenticate_Authenticate,
        authenticate_AuthenticateEx,
};

/* IHttpSecurity */

SINK_UNKNOWN_METHODS(IHttpSecurity, IHttpSecurity_iface)

static HRESULT STDMETHODCALLTYPE security_GetWindow(IHttpSecurity *iface, REFGUID reason,
        HWND *window)
{
    (void)iface;
    (void)reason;
    *window = NULL;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE security_OnSecurityProblem(IHttpSecurity *iface, DWORD problem)
{
    struct sink *sink = sink_from_IHttpSecurity(iface);

    sink->problems++;
    sink->last_problem = problem;
    sink->service_thread = GetCurrentThreadId();
    return sink->on_problem;
}

static IHttpSecurityVtbl security_vtbl = {
        sink_IHttpSecurity_QueryInterface,
        sink_IHttpSecurity_AddRef,
        sink_IHttpSecurity_Release,
        security_GetWindow,
        security_OnSecurityProblem,
};

/* IBindHttpSecurity */

static struct sink *sink_from_mask(IBindHttpSecurity *iface)
{
    return CONTAINING_RECORD((void *)iface, struct sink, IBindHttpSecurity_iface);
}

static HRESULT STDMETHODCALLTYPE mask_QueryInterface(IBindHttpSecurity *iface, REFIID iid,
        void **out)
{
    return sink_query(sink_from_mask(iface), iid, out);
}

static ULONG STDMETHODCALLTYPE mask_AddRef(IBindHttpSecurity *iface)
{
    return InterlockedIncrement(&sink_from_mask(iface)->references);
}

static ULONG STDMETHODCALLTYPE mask_Release(IBindHttpSecurity *iface)
{
    return sink_drop(sink_from_mask(iface));
}

static HRESULT STDMETHODCALLTYPE mask_GetIgnoreCertMask(IBindHttpSecurity *iface, DWORD *mask)
{
    struct sink *sink = sink_from_mask(iface);

    sink->masks++;
    sink->service_thread = GetCurrentThreadId();
    *mask = sink->ignore_mask;
    return S_OK;
}

static const struct IBindHttpSecurityVtbl mask_vtbl = {
        mask_QueryInterface,
        mask_AddRef,
        mask_Release,
        mask_GetIgnoreCertMask,
};

struct sink *sink_create(void)
{
    struct sink *sink = calloc(1, sizeof(*sink));

    sink->references = 1;
    sink->IInternetProtocolSink_iface.lpVtbl = &sink_vtbl;
    sink->IInternetBindInfoEx_iface.lpVtbl = &bind_info_vtbl;
    sink->IServiceProvider_iface.lpVtbl = &provider_vtbl;
    sink->IHttpNegotiate3_iface.lpVtbl = &negotiate_vtbl;
    sink->IAuthenticateEx_iface.lpVtbl = &authenticate_vtbl;
    sink->IHttpSecurity_iface.lpVtbl = &security_vtbl;
    sink->IBindHttpSecurity_iface.lpVtbl = &mask_vtbl;
    sink->flags = BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA | BINDF_NOWRITECACHE
            | BINDF_GETNEWESTVERSION | BINDF_FROMURLMON;
    sink->result = E_PENDING;
    InitializeSRWLock(&sink->lock);
    InitializeConditionVariable(&sink->changed);
    return sink;
}

void sink_release(struct sink *sink)
{
    sink_drop(sink);
}

IInternetProtocolEx *protocol_create(REFCLSID clsid)
{
    typedef HRESULT(WINAPI * get_class_object)(REFCLSID clsid, REFIID iid, void **out);
    get_class_object get = (get_class_object)(void *)GetProcAddress(GetModuleHandleW(L"urlmon"),
            "DllGetClassObject");
    IInternetProtocolEx *protocol = NULL;
    IClassFactory *factory;
    HRESULT hr;

    hr = get(clsid, &IID_IClassFactory, (void **)&factory);
    if (FAILED(hr))
        bail_out("no class factory: %s", tap_hr(hr));
    hr = IClassFactory_CreateInstance(factory, NULL, &IID_IInternetProtocolEx, (void **)&protocol);
    IClassFactory_Release(factory);
    if (FAILED(hr))
        bail_out("no protocol object: %s", tap_hr(hr));
    return protocol;
}

HRESULT sink_start(struct sink *sink, IInternetProtocolEx *protocol, const WCHAR *url)
{
    IUri *uri;
    HRESULT hr = CreateUri(url, 0, 0, &uri);

    if (FAILED(hr))
        return hr;
    hr = IInternetProtocolEx_StartEx(protocol, uri, &sink->IInternetProtocolSink_iface,
            (IInternetBindInfo *)&sink->IInternetBindInfoEx_iface, 0, 0);
    IUri_Release(uri);
    return hr;
}

static void keep_data(struct sink *sink, const BYTE *data, ULONG size)
{
    DWORD done;

    for (ULONG i = 0; i < size && sink->received + i < sizeof(sink->data); i++)
        sink->data[sink->received + i] = data[i];
    sink->received += size;
    if (sink->file)
        WriteFile(sink->file, data, size, &done, NULL);
}

/* Reads until nothing is there. FALSE: that is enough. */
static BOOL read_all(struct sink *sink, IInternetProtocolEx *protocol, BYTE *buffer, DWORD size)
{
    HRESULT hr;
    ULONG got;

    do
    {
        got = 0;
        hr = IInternetProtocolEx_Read(protocol, buffer, size, &got);
        keep_data(sink, buffer, got);
        sink->last_read = hr;
        if (sink->stop_after && sink->received >= sink->stop_after)
            return FALSE;
    } while (hr == S_OK && got);
    return TRUE;
}

/* One thing that waits to be done; 0 when nothing came in time. */
enum
{
    NOTHING,
    SWITCH,
    DATA,
    RESULT
};

static int next_event(struct sink *sink)
{
    int event = NOTHING;

    AcquireSRWLockExclusive(&sink->lock);
    for (;;)
    {
        if (sink->switch_waiting)
        {
            sink->switch_waiting = FALSE;
            event = SWITCH;
        }
        else if (sink->data_waiting)
        {
            sink->data_waiting = FALSE;
            event = DATA;
        }
        else if (sink->results)
            event = RESULT;
        if (event || !SleepConditionVariableSRW(&sink->changed, &sink->lock, PATIENCE, 0))
            break;
    }
    ReleaseSRWLockExclusive(&sink->lock);
    return event;
}

BOOL sink_run(struct sink *sink, IInternetProtocolEx *protocol)
{
    DWORD size = sink->read_size ? sink->read_size : 65536;
    BYTE *buffer = malloc(size);
    PROTOCOLDATA data;
    BOOL more = TRUE;
    int event = NOTHING;

    while (more && (event = next_event(sink)) != NOTHING)
    {
        switch (event)
        {
        case SWITCH:
            data = sink->switch_data;
            IInternetProtocolEx_Continue(protocol, &data);
            break;
        case RESULT:
            more = FALSE;
            if (SUCCEEDED(sink->result))
                read_all(sink, protocol, buffer, size);
            break;
        default:
            more = read_all(sink, protocol, buffer, size);
            break;
        }
    }
    free(buffer);
    if (!sink->keep)
        IInternetProtocolEx_Terminate(protocol, 0);
    return event != NOTHING;
}

BOOL sink_fetch(struct sink *sink, const WCHAR *url)
{
    const CLSID *clsid = !wcsncmp(url, L"https", 5) ? &CLSID_HttpSProtocol
            : !wcsncmp(url, L"ftp", 3)              ? &CLSID_FtpProtocol
                                                    : &CLSID_HttpProtocol;
    IInternetProtocolEx *protocol = protocol_create(clsid);
    HRESULT hr = sink_start(sink, protocol, url);
    BOOL done = TRUE;

    if (SUCCEEDED(hr) || hr == E_PENDING)
        done = sink_run(sink, protocol);
    else
    {
        sink->result = hr;
        IInternetProtocolEx_Terminate(protocol, 0);
    }
    IInternetProtocolEx_Release(protocol);
    return done;
}

const struct sink_report *sink_find(struct sink *sink, ULONG code)
{
    for (unsigned int i = 0; i < sink->report_count; i++)
    {
        if (sink->reports[i].code == code)
            return &sink->reports[i];
    }
    return NULL;
}

static BOOL sink_wait(struct sink *sink, const unsigned int *counter, unsigned int count,
        DWORD milliseconds)
{
    ULONGLONG end = GetTickCount64() + milliseconds, now;
    BOOL there;

    AcquireSRWLockExclusive(&sink->lock);
    while (!(there = *counter >= count) && (now = GetTickCount64()) < end)
        SleepConditionVariableSRW(&sink->changed, &sink->lock, (DWORD)(end - now), 0);
    ReleaseSRWLockExclusive(&sink->lock);
    return there;
}

BOOL sink_wait_data(struct sink *sink, unsigned int count, DWORD milliseconds)
{
    return sink_wait(sink, &sink->data_reports, count, milliseconds);
}

BOOL sink_wait_result(struct sink *sink, DWORD milliseconds)
{
    return sink_wait(sink, &sink->results, 1, milliseconds);
}
