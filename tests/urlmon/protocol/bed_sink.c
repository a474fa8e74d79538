/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocol_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FROM(iface, member) ((struct bed_sink *)((char *)(iface)-offsetof(struct bed_sink, member)))

static HRESULT sink_query(struct bed_sink *sink, REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IInternetProtocolSink))
        *out = &sink->IInternetProtocolSink_iface;
    else if (IsEqualIID(iid, &IID_IInternetBindInfo))
        *out = &sink->IInternetBindInfo_iface;
    else if (IsEqualIID(iid, &IID_IServiceProvider))
        *out = &sink->IServiceProvider_iface;
    else if (IsEqualIID(iid, &IID_IBindCallbackRedirect) && sink->has_redirect)
        *out = &sink->IBindCallbackRedirect_iface;
    else if (IsEqualIID(iid, &IID_IHttpSecurity) && sink->has_security)
        *out = &sink->IHttpSecurity_iface;
    if (!*out)
        return E_NOINTERFACE;
    InterlockedIncrement(&sink->references);
    return S_OK;
}

#define UNKNOWN_METHODS(interface)                                                                 \
    static HRESULT STDMETHODCALLTYPE interface##_query(interface *iface, REFIID iid, void **out)   \
    {                                                                                              \
        return sink_query(FROM(iface, interface##_iface), iid, out);                               \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE interface##_addref(interface *iface)                            \
    {                                                                                              \
        return InterlockedIncrement(&FROM(iface, interface##_iface)->references);                  \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE interface##_release(interface *iface)                           \
    {                                                                                              \
        return InterlockedDecrement(&FROM(iface, interface##_iface)->references);                  \
    }

UNKNOWN_METHODS(IInternetProtocolSink)
UNKNOWN_METHODS(IInternetBindInfo)
UNKNOWN_METHODS(IServiceProvider)
UNKNOWN_METHODS(IBindCallbackRedirect)
UNKNOWN_METHODS(IHttpSecurity)

static void sink_note(struct bed_sink *sink, const char *text)
{
    EnterCriticalSection(&sink->lock);
    if (strlen(sink->log) + strlen(text) + 2 < sizeof(sink->log))
    {
        if (sink->log[0])
            strcat(sink->log, " ");
        strcat(sink->log, text);
    }
    sink->reports++;
    sink->report_thread = GetCurrentThreadId();
    LeaveCriticalSection(&sink->lock);
}

static void sink_hook(struct bed_sink *sink, char what, DWORD code)
{
    if (sink->hook)
        sink->hook(sink, what, code);
}

static HRESULT STDMETHODCALLTYPE sink_Switch(IInternetProtocolSink *iface, PROTOCOLDATA *data)
{
    struct bed_sink *sink = FROM(iface, IInternetProtocolSink_iface);
    PROTOCOLDATA copy;

    sink_note(sink, "S");
    sink_hook(sink, 'S', data->dwState);
    if (!sink->continues)
        return sink->switch_answer;
    /* The same data, and nothing of what lies between or behind them. */
    memset(&copy, 0xa5, sizeof(copy));
    copy.grfFlags = data->grfFlags;
    copy.dwState = data->dwState;
    copy.pData = data->pData;
    copy.cbData = data->cbData;
    return IInternetProtocol_Continue(sink->protocol, &copy);
}

static HRESULT STDMETHODCALLTYPE sink_ReportProgress(IInternetProtocolSink *iface, ULONG code,
        LPCWSTR text)
{
    struct bed_sink *sink = FROM(iface, IInternetProtocolSink_iface);
    char line[400];

    if (text)
        snprintf(line, sizeof(line), "P%lu(%ls)", code, text);
    else
        snprintf(line, sizeof(line), "P%lu", code);
    sink_note(sink, line);
    sink_hook(sink, 'P', code);
    return S_OK;
}

static void sink_read(struct bed_sink *sink)
{
    ULONG count;

    do
    {
        ULONG room = sizeof(sink->data) - sink->data_length;

        count = 0;
        sink->last_read = IInternetProtocol_Read(sink->protocol, sink->data + sink->data_length,
                room < 1000 ? room : 1000, &count);
        sink->data_length += count;
    } while (sink->last_read == S_OK && count);
}

static HRESULT STDMETHODCALLTYPE sink_ReportData(IInternetProtocolSink *iface, DWORD flags,
        ULONG progress, ULONG max)
{
    struct bed_sink *sink = FROM(iface, IInternetProtocolSink_iface);
    char line[32];

    snprintf(line, sizeof(line), "D%lu", flags);
    sink->last_progress = progress;
    sink->last_max = max;
    InterlockedIncrement(&sink->datas);
    sink_note(sink, line);
    if (sink->reads && sink->protocol)
        sink_read(sink);
    sink_hook(sink, 'D', flags);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE sink_ReportResult(IInternetProtocolSink *iface, HRESULT result,
        DWORD error, LPCWSTR text)
{
    struct bed_sink *sink = FROM(iface, IInternetProtocolSink_iface);
    char line[32];

    (void)error;
    snprintf(line, sizeof(line), "R%lx", result);
    sink->result = result;
    if (text)
        lstrcpynW(sink->result_text, text, 256);
    InterlockedIncrement(&sink->results);
    sink_note(sink, line);
    sink_hook(sink, 'R', result);
    return S_OK;
}

static const IInternetProtocolSinkVtbl sink_vtbl = {
        IInternetProtocolSink_query,
        IInternetProtocolSink_addref,
        IInternetProtocolSink_release,
        sink_Switch,
        sink_ReportProgress,
        sink_ReportData,
        sink_ReportResult,
};

static HRESULT STDMETHODCALLTYPE sink_GetBindInfo(IInternetBindInfo *iface, DWORD *flags,
        BINDINFO *info)
{
    struct bed_sink *sink = FROM(iface, IInternetBindInfo_iface);
    DWORD size = info->cbSize;

    *flags = sink->bindf;
    memset(info, 0, size);
    info->cbSize = size;
    info->dwBindVerb = sink->bind_verb;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE sink_GetBindString(IInternetBindInfo *iface, ULONG type,
        LPOLESTR *strings, ULONG size, ULONG *fetched)
{
    struct bed_sink *sink = FROM(iface, IInternetBindInfo_iface);
    size_t bytes;

    *fetched = 0;
    if (type != BINDSTRING_URL || !size)
        return E_NOTIMPL;
    bytes = (wcslen(sink->url) + 1) * sizeof(WCHAR);
    strings[0] = CoTaskMemAlloc(bytes);
    memcpy(strings[0], sink->url, bytes);
    *fetched = 1;
    return S_OK;
}

static const IInternetBindInfoVtbl bind_info_vtbl = {
        IInternetBindInfo_query,
        IInternetBindInfo_addref,
        IInternetBindInfo_release,
        sink_GetBindInfo,
        sink_GetBindString,
};

static HRESULT STDMETHODCALLTYPE sink_QueryService(IServiceProvider *iface, REFGUID service,
        REFIID iid, void **out)
{
    struct bed_sink *sink = FROM(iface, IServiceProvider_iface);

    if (IsEqualGUID(service, &IID_IInternetProtocol))
    {
        InterlockedIncrement(&sink->own_asked);
        *out = NULL;
        return sink->own
                ? IClassFactory_CreateInstance(&sink->own->IClassFactory_iface, NULL, iid, out)
                : E_NOINTERFACE;
    }
    return sink_query(sink, iid, out);
}

static const IServiceProviderVtbl services_vtbl = {
        IServiceProvider_query,
        IServiceProvider_addref,
        IServiceProvider_release,
        sink_QueryService,
};

static HRESULT STDMETHODCALLTYPE sink_Redirect(IBindCallbackRedirect *iface, LPCWSTR url,
        VARIANT_BOOL *cancel)
{
    struct bed_sink *sink = FROM(iface, IBindCallbackRedirect_iface);

    (void)url;
    InterlockedIncrement(&sink->redirects_asked);
    *cancel = sink->cancels_redirect ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

static const IBindCallbackRedirectVtbl redirect_vtbl = {
        IBindCallbackRedirect_query,
        IBindCallbackRedirect_addref,
        IBindCallbackRedirect_release,
        sink_Redirect,
};

static HRESULT STDMETHODCALLTYPE sink_GetWindow(IHttpSecurity *iface, REFGUID reason, HWND *window)
{
    (void)iface;
    (void)reason;
    *window = NULL;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE sink_OnSecurityProblem(IHttpSecurity *iface, DWORD problem)
{
    struct bed_sink *sink = FROM(iface, IHttpSecurity_iface);

    InterlockedIncrement(&sink->problems_asked);
    sink->last_problem = problem;
    return sink->security_answer;
}

static const IHttpSecurityVtbl security_vtbl = {
        IHttpSecurity_query,
        IHttpSecurity_addref,
        IHttpSecurity_release,
        sink_GetWindow,
        sink_OnSecurityProblem,
};

void bed_sink_init(struct bed_sink *sink, const WCHAR *url)
{
    memset(sink, 0, sizeof(*sink));
    sink->IInternetProtocolSink_iface.lpVtbl = (IInternetProtocolSinkVtbl *)&sink_vtbl;
    sink->IInternetBindInfo_iface.lpVtbl = (IInternetBindInfoVtbl *)&bind_info_vtbl;
    sink->IServiceProvider_iface.lpVtbl = (IServiceProviderVtbl *)&services_vtbl;
    sink->IBindCallbackRedirect_iface.lpVtbl = (IBindCallbackRedirectVtbl *)&redirect_vtbl;
    sink->IHttpSecurity_iface.lpVtbl = (IHttpSecurityVtbl *)&security_vtbl;
    sink->references = 1;
    InitializeCriticalSection(&sink->lock);
    sink->url = url;
    sink->reads = TRUE;
}

void bed_sink_clear(struct bed_sink *sink)
{
    EnterCriticalSection(&sink->lock);
    sink->log[0] = 0;
    sink->data_length = 0;
    LeaveCriticalSection(&sink->lock);
}

const char *bed_sink_log(struct bed_sink *sink, const char *without)
{
    static char texts[4][8192];
    static unsigned int next;
    char *out = texts[next++ % 4];
    const char *word = sink->log;

    *out = 0;
    while (*word)
    {
        size_t length = strcspn(word, " ");
        BOOL is_left_out = FALSE;

        for (const char *code = without; code && *code;)
        {
            int number = atoi(code);
            char prefix[16];

            snprintf(prefix, sizeof(prefix), "P%d", number);
            if (!strncmp(word, prefix, strlen(prefix))
                    && (word[strlen(prefix)] == '(' || !word[strlen(prefix)]
                            || word[strlen(prefix)] == ' '))
                is_left_out = TRUE;
            code = strchr(code, ',');
            code = code ? code + 1 : NULL;
        }
        if (!is_left_out)
        {
            if (*out)
                strcat(out, " ");
            strncat(out, word, length);
        }
        word += length;
        while (*word == ' ')
            word++;
    }
    return out;
}

void bed_sink_done(struct bed_sink *sink)
{
    is_int(sink->references, 1, "nobody holds the caller's sink");
    DeleteCriticalSection(&sink->lock);
}
