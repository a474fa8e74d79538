/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands between a caller of IInternetSession::CreateBinding and a handler: the reports, the
 * binding information, the type of the content, Switch and Continue. */
#include "protocol_bed.h"

#include <string.h>

static char page[3000];
static const WCHAR *reported_type;
static ULONG reported_code;
static BOOL is_direct, is_direct_late;

static HRESULT start_whole(struct bed_handler *handler)
{
    bed_content(handler, page, sizeof(page));
    if (is_direct)
        bed_progress(handler, BINDSTATUS_DIRECTBIND, NULL);
    if (reported_type)
        bed_progress(handler, reported_code, reported_type);
    if (is_direct_late)
        bed_progress(handler, BINDSTATUS_DIRECTBIND, NULL);
    bed_data(handler, BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION);
    bed_result(handler, S_OK);
    return S_OK;
}

static const struct bed_kind whole = {.start = start_whole, .has_http_info = TRUE};

/* Starts, checks the log without the class, terminates. */
static void check_reports(DWORD flags, const char *log, const char *what)
{
    struct bed_factory factory;
    struct bed_sink sink;
    IInternetProtocol *protocol;

    bed_factory_init(&factory, &whole);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &CLSID_NULL,
            L"bed", 0, NULL, 0);
    bed_sink_init(&sink, L"bed:page");
    protocol = bed_binding(&sink);
    is_hr(IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, flags, 0),
            S_OK, "%s: Start", what);
    is_str(bed_sink_log(&sink, "20"), log, "%s: the reports", what);
    is_uint(sink.data_length, sizeof(page), "%s: bytes read", what);
    is_mem(sink.data, page, sizeof(page), "%s: and in their order", what);
    is_hr(sink.last_read, S_FALSE, "%s: the end", what);
    is_uint(sink.last_progress, sizeof(page), "%s: progress", what);
    is_uint(factory.last->flags & PI_MIMEVERIFICATION, 0, "%s: no verifying for the handler", what);
    IInternetProtocol_Terminate(protocol, 0);
    is_int(factory.last->terminations, 1, "%s: the handler is terminated", what);
    IInternetProtocol_Release(protocol);
    is_int(factory.alive, 0, "%s: the handler is gone", what);
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
    bed_sink_done(&sink);
}

static void test_types(void)
{
    reported_code = BINDSTATUS_MIMETYPEAVAILABLE;
    check_reports(0, "D5 R0", "no type");
    if (!tap_builtin()) /* there the first notification loses its other flags */
        check_reports(PI_MIMEVERIFICATION, "P13(text/html) D5 R0", "no type, sniffed");
    reported_type = L"text/plain";
    check_reports(0, "P13(text/plain) D5 R0", "a type");
    if (!tap_builtin())
        check_reports(PI_MIMEVERIFICATION, "P13(text/html) D5 R0", "a wrong type, sniffed");
    reported_code = BINDSTATUS_VERIFIEDMIMETYPEAVAILABLE;
    check_reports(PI_MIMEVERIFICATION, "P13(text/plain) D5 R0", "a verified type");
    reported_code = BINDSTATUS_MIMETYPEAVAILABLE;
    is_direct = TRUE;
    if (!tap_builtin())
        check_reports(PI_MIMEVERIFICATION, "P30 P13(text/plain) D5 R0", "a direct binding");
    is_direct = FALSE;
    is_direct_late = TRUE;
    if (!tap_builtin())
        check_reports(PI_MIMEVERIFICATION, "P13(text/plain) P30 D5 R0",
                "a direct binding, behind the type");
    is_direct_late = FALSE;
    reported_type = NULL;
}

/* Bytes that come a few at a time: the type is reported when there are enough, before any data. */
static void test_slow_type(void)
{
    static const struct bed_kind silent = {.start = NULL};
    struct bed_factory factory;
    struct bed_handler *handler;
    struct bed_sink sink;
    IInternetProtocol *protocol;

    bed_factory_init(&factory, &silent);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &CLSID_NULL,
            L"bed", 0, NULL, 0);
    bed_sink_init(&sink, L"bed:page");
    protocol = bed_binding(&sink);
    IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
            &sink.IInternetBindInfo_iface, PI_MIMEVERIFICATION, 0);
    handler = factory.last;
    bed_content(handler, page, sizeof(page));
    handler->available = 10;
    bed_progress(handler, BINDSTATUS_MIMETYPEAVAILABLE, L"text/plain");
    bed_data(handler, BSCF_FIRSTDATANOTIFICATION);
    is_str(bed_sink_log(&sink, "20"), "", "ten bytes are not enough to tell");
    handler->available = 200;
    bed_data(handler, BSCF_INTERMEDIATEDATANOTIFICATION);
    is_str(bed_sink_log(&sink, "20"), "", "nor are two hundred");
    handler->available = 400;
    bed_data(handler, BSCF_INTERMEDIATEDATANOTIFICATION);
    is_str(bed_sink_log(&sink, "20"), "P13(text/html) D3",
            "four hundred are; the reports held back are one");
    is_uint(sink.data_length, 400, "bytes read");
    is_hr(sink.last_read, E_PENDING, "and no more for now");
    handler->available = sizeof(page);
    bed_data(handler, BSCF_LASTDATANOTIFICATION);
    bed_result(handler, S_OK);
    is_str(bed_sink_log(&sink, "20"), "P13(text/html) D3 D4 R0", "the rest");
    is_uint(sink.data_length, sizeof(page), "all bytes");
    is_mem(sink.data, page, sizeof(page), "in their order");
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);

    /* The end comes before there are enough. */
    sink.log[0] = 0;
    sink.data_length = 0;
    protocol = bed_binding(&sink);
    IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
            &sink.IInternetBindInfo_iface, PI_MIMEVERIFICATION, 0);
    handler = factory.last;
    bed_content(handler, page, 100);
    bed_data(handler, BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION);
    is_str(bed_sink_log(&sink, "20"), "P13(text/html) D5", "a short page");
    bed_result(handler, S_OK);
    is_uint(sink.data_length, 100, "its bytes");
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);

    /* Nothing at all. */
    sink.log[0] = 0;
    protocol = bed_binding(&sink);
    IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
            &sink.IInternetBindInfo_iface, PI_MIMEVERIFICATION, 0);
    handler = factory.last;
    bed_content(handler, page, 0);
    bed_progress(handler, BINDSTATUS_MIMETYPEAVAILABLE, L"image/png");
    bed_result(handler, S_OK);
    is_str(bed_sink_log(&sink, "20"), "P13(image/png) R0", "no data: the type as reported");
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
    is_int(factory.alive, 0, "no handler is left");
    bed_sink_done(&sink);
}

static DWORD seen_bindf;
static WCHAR seen_url[64];

static HRESULT start_asking(struct bed_handler *handler)
{
    IServiceProvider *services;
    IUnknown *service = NULL;
    BINDINFO info;
    LPOLESTR text = NULL;
    ULONG count = 0;

    memset(&info, 0, sizeof(info));
    info.cbSize = sizeof(info);
    is_hr(IInternetBindInfo_GetBindInfo(handler->bind_info, &seen_bindf, &info), S_OK,
            "GetBindInfo");
    is_hr(IInternetBindInfo_GetBindString(handler->bind_info, BINDSTRING_URL, &text, 1, &count),
            S_OK, "GetBindString");
    if (text)
        lstrcpynW(seen_url, text, 64);
    CoTaskMemFree(text);
    is_hr(IInternetProtocolSink_QueryInterface(handler->sink, &IID_IServiceProvider,
                  (void **)&services),
            S_OK, "the sink gives services");
    is_hr(IServiceProvider_QueryService(services, &IID_IBindCallbackRedirect,
                  &IID_IBindCallbackRedirect, (void **)&service),
            S_OK, "of the caller");
    if (service)
        IUnknown_Release(service);
    is_hr(IServiceProvider_QueryService(services, &IID_IAuthenticate, &IID_IAuthenticate,
                  (void **)&service),
            E_NOINTERFACE, "but not what that has not");
    IServiceProvider_Release(services);
    return E_PENDING;
}

static PROTOCOLDATA switch_data = {1, 77, &switch_data, sizeof(switch_data)};
static PROTOCOLDATA seen_data;

static HRESULT proceed_note(struct bed_handler *handler, PROTOCOLDATA *data)
{
    (void)handler;
    seen_data = *data;
    return S_OK;
}

static HRESULT abort_report(struct bed_handler *handler, HRESULT reason)
{
    bed_result(handler, reason);
    return S_OK;
}

static void test_calls(void)
{
    static const struct bed_kind asking = {.start = start_asking,
            .proceed = proceed_note,
            .abort = abort_report,
            .has_http_info = TRUE};
    struct bed_factory factory;
    struct bed_sink sink;
    IInternetProtocol *protocol;
    IInternetPriority *priority;
    IWinInetHttpInfo *info = NULL;
    IUnknown *unknown = NULL;
    char text[16];
    DWORD size = sizeof(text);
    LONG value = 0;
    BYTE byte;
    ULONG count;

    bed_factory_init(&factory, &asking);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &CLSID_NULL,
            L"bed", 0, NULL, 0);
    bed_sink_init(&sink, L"bed:page");
    sink.bindf = BINDF_ASYNCHRONOUS | BINDF_PULLDATA;
    sink.has_redirect = TRUE;
    sink.continues = TRUE;
    protocol = bed_binding(&sink);
    is_hr(IInternetProtocol_QueryInterface(protocol, &IID_IInternetPriority, (void **)&priority),
            S_OK, "IInternetPriority");
    is_hr(IInternetPriority_SetPriority(priority, 42), S_OK, "SetPriority before Start");
    is_hr(IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, 0, 0),
            E_PENDING, "what the handler's Start answers");
    is_uint(seen_bindf, BINDF_ASYNCHRONOUS | BINDF_PULLDATA | BINDF_FROMURLMON,
            "the flags of the binding");
    is_wstr(seen_url, L"bed:page", "its URL");
    is_int(factory.last->priority, 42, "the handler got the priority");
    is_hr(IInternetPriority_SetPriority(priority, -7), S_OK, "SetPriority");
    todo_builtin("Wine sets it before Start only")
        is_int(factory.last->priority, -7, "the handler got the new one");
    is_hr(IInternetPriority_GetPriority(priority, &value), S_OK, "GetPriority");
    is_int(value, -7, "it is that");
    IInternetPriority_Release(priority);

    is_hr(IInternetProtocol_QueryInterface(protocol, &IID_IWinInetHttpInfo, (void **)&info), S_OK,
            "the handler's IWinInetHttpInfo");
    if (info)
    {
        is_hr(IWinInetHttpInfo_QueryInfo(info, 1, text, &size, NULL, NULL), S_OK, "QueryInfo");
        is_str(text, "hello", "answers");
        IWinInetHttpInfo_Release(info);
    }
    is_hr(IInternetProtocol_QueryInterface(protocol, &IID_IWinInetCacheHints, (void **)&unknown),
            E_NOINTERFACE, "which has no cache hints");

    is_hr(IInternetProtocolSink_Switch(factory.last->sink, &switch_data), S_OK, "Switch");
    ok(seen_data.grfFlags == switch_data.grfFlags && seen_data.dwState == switch_data.dwState
                    && seen_data.pData == switch_data.pData
                    && seen_data.cbData == switch_data.cbData,
            "the data come back unchanged");
    is_uint(factory.last->continue_thread, GetCurrentThreadId(), "on the caller's thread");

    bed_content(factory.last, page, sizeof(page));
    is_hr(IInternetProtocol_LockRequest(protocol, 0), S_OK, "LockRequest");
    is_int(factory.last->locks, 1, "reaches the handler");
    bed_sink_clear(&sink);
    is_hr(IInternetProtocol_Abort(protocol, E_ABORT, 0), S_OK, "Abort");
    is_int(factory.last->aborts, 1, "reaches the handler");
    is_str(sink.log, "R80004004", "which reports it");
    todo_builtin("Wine aborts again")
        is_hr(IInternetProtocol_Abort(protocol, E_ABORT, 0), INET_E_RESULT_DISPATCHED,
                "Abort after the result");
    is_hr(IInternetProtocol_Terminate(protocol, 0), S_OK, "Terminate");
    if (!tap_builtin()) /* Wine's does not survive it */
    {
        is_hr(IInternetProtocol_Read(protocol, &byte, 1, &count), S_OK,
                "who has locked the data reads on");
        is_hr(IInternetProtocol_UnlockRequest(protocol), S_OK, "UnlockRequest");
    }
    IInternetProtocol_Release(protocol);
    is_int(factory.alive, 0, "the handler is gone");
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
    bed_sink_done(&sink);
}

/* Seeking drops what was read ahead, and is told from where the reader is. */
static void test_seek(void)
{
    struct bed_factory factory;
    struct bed_sink sink;
    IInternetProtocol *protocol;
    LARGE_INTEGER move;
    ULARGE_INTEGER where;
    BYTE bytes[20];
    ULONG count;

    bed_factory_init(&factory, &whole);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &CLSID_NULL,
            L"bed", 0, NULL, 0);
    bed_sink_init(&sink, L"bed:page");
    sink.reads = FALSE;
    protocol = bed_binding(&sink);
    IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
            &sink.IInternetBindInfo_iface, PI_MIMEVERIFICATION, 0);
    IInternetProtocol_Read(protocol, bytes, 10, &count);
    is_mem(bytes, page, 10, "the first bytes");
    move.QuadPart = 5;
    is_hr(IInternetProtocol_Seek(protocol, move, STREAM_SEEK_CUR, &where), S_OK, "Seek by five");
    is_uint(where.QuadPart, 15, "the new position");
    IInternetProtocol_Read(protocol, bytes, 20, &count);
    is_mem(bytes, page + 15, 20, "the bytes there");
    move.QuadPart = 2000;
    is_hr(IInternetProtocol_Seek(protocol, move, STREAM_SEEK_SET, NULL), S_OK, "Seek far");
    IInternetProtocol_Read(protocol, bytes, 20, &count);
    is_mem(bytes, page + 2000, 20, "the bytes there");
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
    bed_sink_done(&sink);
}

int main(void)
{
    static const char head[] = "<html><head><title>A page</title></head><body>";

    CoInitialize(NULL);
    for (unsigned int i = 0; i < sizeof(page); i++)
        page[i] = (char)('a' + i % 23);
    memcpy(page, head, sizeof(head) - 1);
    test_types();
    if (!builtin_lacks("holding reports back until the type is known"))
        test_slow_type();
    test_calls();
    if (!builtin_lacks("seeking in what was read ahead"))
        test_seek();
    tap_account_begin();
    if (!tap_builtin())
    {
        for (unsigned int i = 0; i < 20; i++)
            test_types();
    }
    tap_account_end("bindings");
    CoUninitialize();
    return done_testing();
}
