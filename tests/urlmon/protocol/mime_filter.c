/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MIME filters between a handler and its caller: page "About Asynchronous Pluggable Protocols",
 * "About Pluggable MIME Filters"; "Start method" (aa767863). */
#include "protocol_bed.h"

#include <stdio.h>
#include <string.h>

static char page[3000];
static WCHAR filter_url[64];
static DWORD filter_flags;

static HRESULT start_whole(struct bed_handler *handler)
{
    bed_content(handler, page, sizeof(page));
    bed_progress(handler, BINDSTATUS_MIMETYPEAVAILABLE, L"text/x-bed");
    bed_data(handler, BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION);
    bed_result(handler, S_OK);
    return S_OK;
}

static HRESULT filter_start(struct bed_handler *filter)
{
    lstrcpynW(filter_url, filter->url, 64);
    filter_flags = filter->flags;
    return S_OK;
}

/* Makes capitals of what it reads. */
static HRESULT filter_read(struct bed_handler *filter, void *buffer, ULONG size, ULONG *count)
{
    HRESULT hr = IInternetProtocol_Read(filter->source, buffer, size, count);
    char *text = buffer;

    for (ULONG i = 0; i < *count; i++)
    {
        if (text[i] >= 'a' && text[i] <= 'z')
            text[i] = (char)(text[i] - 'a' + 'A');
    }
    return hr;
}

static HRESULT filter_refuse(struct bed_handler *filter)
{
    bed_handler_drop(filter);
    return INET_E_USE_DEFAULT_PROTOCOLHANDLER;
}

static PROTOCOLDATA filter_data = {1, 99, &filter_data, 4};
static PROTOCOLDATA handler_data = {1, 98, &handler_data, 4};
static LONG filter_continued, handler_continued;

static HRESULT filter_start_switching(struct bed_handler *filter)
{
    filter_start(filter);
    IInternetProtocolSink_Switch(filter->sink, &filter_data);
    return S_OK;
}

static HRESULT filter_proceed(struct bed_handler *filter, PROTOCOLDATA *data)
{
    (void)filter;
    if (data->dwState == 99)
        filter_continued++;
    return S_OK;
}

static HRESULT start_switching(struct bed_handler *handler)
{
    bed_content(handler, page, sizeof(page));
    bed_progress(handler, BINDSTATUS_MIMETYPEAVAILABLE, L"text/x-bed");
    IInternetProtocolSink_Switch(handler->sink, &handler_data);
    bed_data(handler, BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION);
    bed_result(handler, S_OK);
    return S_OK;
}

static HRESULT handler_proceed(struct bed_handler *handler, PROTOCOLDATA *data)
{
    (void)handler;
    if (data->dwState == 98)
        handler_continued++;
    return S_OK;
}

/* A filter that says what comes out of it. */
static HRESULT filter_start_telling(struct bed_handler *filter)
{
    filter_start(filter);
    bed_progress(filter, BINDSTATUS_FILTERREPORTMIMETYPE, L"text/x-capitals");
    return S_OK;
}

/* Binds through `filter` for `type`, with the content read and the log compared. */
static void check_filter(const struct bed_kind *handler_kind, const struct bed_kind *filter_kind,
        const WCHAR *type, DWORD flags, BOOL is_filtered, const char *log, const char *what)
{
    struct bed_factory factory, filters;
    struct bed_sink sink;
    IInternetProtocol *protocol;

    bed_factory_init(&factory, handler_kind);
    bed_factory_init(&filters, filter_kind);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &CLSID_NULL,
            L"bed", 0, NULL, 0);
    is_hr(IInternetSession_RegisterMimeFilter(bed_session(), &filters.IClassFactory_iface,
                  &CLSID_NULL, type),
            S_OK, "%s: RegisterMimeFilter", what);
    bed_sink_init(&sink, L"bed:page");
    sink.continues = TRUE;
    protocol = bed_binding(&sink);
    is_hr(IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, flags, 0),
            S_OK, "%s: Start", what);
    is_str(bed_sink_log(&sink, "20"), log, "%s: the reports", what);
    is_uint(sink.data_length, sizeof(page), "%s: bytes", what);
    is_int(sink.data[1000], is_filtered ? page[1000] - 'a' + 'A' : page[1000], "%s: content", what);
    IInternetProtocol_Terminate(protocol, 0);
    if (is_filtered)
    {
        is_int(filters.made, 1, "%s: filters made", what);
        todo_builtin("Wine does not terminate filters")
            is_int(filters.last ? filters.last->terminations : 1, 1, "%s: terminated", what);
    }
    if (tap_builtin() && filters.last)
        bed_handler_drop(filters.last);
    IInternetProtocol_Release(protocol);
    todo_if(tap_builtin() && is_filtered, "Wine keeps them")
    {
        is_int(factory.alive, 0, "%s: the handler is gone", what);
        is_int(filters.alive, 0, "%s: the filter is gone", what);
    }
    IInternetSession_UnregisterMimeFilter(bed_session(), &filters.IClassFactory_iface, type);
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
    is_int(factory.references + filters.references, 2, "%s: no factory is held", what);
    todo_if(tap_builtin() && is_filtered, "Wine keeps them")
        bed_sink_done(&sink);
}

static const struct bed_kind whole = {.start = start_whole};
static const struct bed_kind capitals = {.start = filter_start,
        .read = filter_read,
        .is_filter = TRUE};

static void test_one(void)
{
    check_filter(&whole, &capitals, L"text/x-bed", 0, TRUE, "P25 P13(text/x-bed) D5 R0", "filter");
    is_wstr(filter_url, L"text/x-bed", "Start has the type for a URL");
    is_uint(filter_flags, PI_FILTER_MODE | PI_FORCE_ASYNC, "and the flags of a filter");
    check_filter(&whole, &capitals, L"text/x-other", 0, FALSE, "P13(text/x-bed) D5 R0",
            "another type's filter");
    if (!tap_builtin())
    {
        check_filter(&whole, &capitals, L"TEXT/X-BED", 0, TRUE, "P25 P13(text/x-bed) D5 R0",
                "a type in capitals");
        check_filter(&whole, &capitals, L"text/*", 0, TRUE, "P25 P13(text/x-bed) D5 R0",
                "the filter of all text");
        check_filter(&whole, &capitals, L"text/x-bed", PI_NOMIMEHANDLER, FALSE,
                "P13(text/x-bed) D5 R0", "PI_NOMIMEHANDLER");
    }
}

static void test_sniffed(void)
{
    /* What the filter makes of the page is sniffed: capitals are a page as well. */
    check_filter(&whole, &capitals, L"text/x-bed", PI_MIMEVERIFICATION, TRUE,
            "P25 P13(text/x-bed) D5 R0", "a filter, its output sniffed");
    check_filter(&whole, &capitals, L"text/html", PI_MIMEVERIFICATION, FALSE,
            "P13(text/x-bed) D5 R0", "a type that is not found");
}

static void test_refusal(void)
{
    static const struct bed_kind refusing = {.start = filter_refuse, .is_filter = TRUE};
    static const struct bed_kind no_filter = {.start = filter_start};

    check_filter(&whole, &refusing, L"text/x-bed", 0, FALSE, "P25 P13(text/x-bed) D5 R0",
            "a filter that leaves it to others");
    check_filter(&whole, &no_filter, L"text/x-bed", 0, FALSE, "P13(text/x-bed) D5 R0",
            "an object that is no filter");
}

static void test_switch(void)
{
    static const struct bed_kind switching = {.start = start_switching, .proceed = handler_proceed};
    static const struct bed_kind filter = {.start = filter_start_switching,
            .read = filter_read,
            .proceed = filter_proceed,
            .is_filter = TRUE};

    filter_continued = handler_continued = 0;
    check_filter(&switching, &filter, L"text/x-bed", 0, TRUE, "P25 S P13(text/x-bed) S D5 R0",
            "Switch of both");
    is_int(filter_continued, 1, "the filter's came back to the filter");
    is_int(handler_continued, 1, "the handler's to the handler");
}

static HRESULT handler_proceed_same(struct bed_handler *handler, PROTOCOLDATA *data)
{
    (void)handler;
    handler_continued += data->dwState == filter_data.dwState;
    return S_OK;
}

/* After a Switch of a filter that has failed the same data are the handler's, if it says them. */
static void test_switch_refused(void)
{
    static const struct bed_kind switching = {.start = start_whole,
            .proceed = handler_proceed_same};
    static const struct bed_kind filter = {.start = filter_start_switching,
            .read = filter_read,
            .proceed = filter_proceed,
            .is_filter = TRUE};
    struct bed_factory factory, filters;
    IInternetProtocol *protocol;
    struct bed_sink sink;

    if (builtin_lacks("filters that are let go; page \"IInternetProtocolSink::Switch\""))
        return;
    filter_continued = handler_continued = 0;
    bed_factory_init(&factory, &switching);
    bed_factory_init(&filters, &filter);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &CLSID_NULL,
            L"bed", 0, NULL, 0);
    IInternetSession_RegisterMimeFilter(bed_session(), &filters.IClassFactory_iface, &CLSID_NULL,
            L"text/x-bed");
    bed_sink_init(&sink, L"bed:page");
    sink.switch_answer = E_FAIL;
    protocol = bed_binding(&sink);
    is_hr(IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, 0, 0),
            S_OK, "a Switch that fails: Start");
    is_int(filter_continued, 0, "a Switch that fails is not continued");
    sink.continues = TRUE;
    is_hr(IInternetProtocolSink_Switch(factory.last->sink, &filter_data), S_OK, "the handler's");
    is_int(filter_continued, 0, "the same data of the handler are not the filter's");
    is_int(handler_continued, 1, "but the handler's");
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    IInternetSession_UnregisterMimeFilter(bed_session(), &filters.IClassFactory_iface,
            L"text/x-bed");
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
    is_int(factory.alive + filters.alive, 0, "both are gone");
    bed_sink_done(&sink);
}

static void test_telling(void)
{
    static const struct bed_kind telling = {.start = filter_start_telling,
            .read = filter_read,
            .is_filter = TRUE};

    check_filter(&whole, &telling, L"text/x-bed", PI_MIMEVERIFICATION, TRUE,
            "P25 P13(text/x-capitals) D5 R0", "a filter that tells the type");
}

/* A filter for the type of what comes out of another. */
static HRESULT filter_start_chain(struct bed_handler *filter)
{
    bed_progress(filter, BINDSTATUS_MIMETYPEAVAILABLE, L"text/x-second");
    return S_OK;
}

static void test_chain(void)
{
    static const struct bed_kind first = {.start = filter_start_chain,
            .read = filter_read,
            .is_filter = TRUE};
    struct bed_factory factory;

    bed_factory_init(&factory, &capitals);
    IInternetSession_RegisterMimeFilter(bed_session(), &factory.IClassFactory_iface, &CLSID_NULL,
            L"text/x-second");
    check_filter(&whole, &first, L"text/x-bed", PI_MIMEVERIFICATION, TRUE,
            "P25 P25 P13(text/x-second) D5 R0", "a filter above a filter");
    is_int(factory.made, 1, "the second was made");
    is_int(factory.alive, 0, "and is gone");
    IInternetSession_UnregisterMimeFilter(bed_session(), &factory.IClassFactory_iface,
            L"text/x-second");
}

int main(void)
{
    CoInitialize(NULL);
    for (unsigned int i = 0; i < sizeof(page); i++)
        page[i] = (char)('a' + i % 23);
    test_one();
    if (!builtin_lacks("filters and sniffing together, refusals, Switch of filters"))
    {
        test_sniffed();
        test_refusal();
        test_switch();
        test_switch_refused();
        test_telling();
        test_chain();
    }
    CoUninitialize();
    return done_testing();
}
