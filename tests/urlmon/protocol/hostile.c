/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handlers that report when, where and what they like, and callers that end the binding in every
 * report: nothing but what is documented reaches the caller, and nothing is left. */
#include "protocol_bed.h"

#include <stdlib.h>
#include <string.h>

TAP_TIME_LIMIT(300);

#define THREADS 6

static char page[4000];

/* Reports of all kinds from many threads, also after Terminate: each thread holds the sink. */
struct reporter
{
    IInternetProtocolSink *sink;
    unsigned int seed;
};

static LONG reporters_running;
static volatile LONG stop_reporting;

static unsigned int random_next(unsigned int *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static DWORD WINAPI reporter_run(void *argument)
{
    static const WCHAR *const types[] = {L"text/plain", L"text/html", L"", NULL,
            L"application/octet-stream", L"no type at all \x263a", L"text/x-filtered"};
    static const HRESULT results[] = {S_OK, E_FAIL, INET_E_DOWNLOAD_FAILURE, E_PENDING, S_FALSE,
            INET_E_REDIRECT_FAILED, INET_E_USE_DEFAULT_PROTOCOLHANDLER};
    struct reporter *reporter = argument;
    IInternetProtocolSink *sink = reporter->sink;
    PROTOCOLDATA data = {0, 0, NULL, 0};

    for (unsigned int i = 0; i < 200 && !stop_reporting; i++)
    {
        unsigned int what = random_next(&reporter->seed) % 40;

        if (what < 8)
            IInternetProtocolSink_ReportProgress(sink, random_next(&reporter->seed) % 70,
                    types[random_next(&reporter->seed) % ARRAYSIZE(types)]);
        else if (what < 14)
            IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_MIMETYPEAVAILABLE,
                    types[random_next(&reporter->seed) % ARRAYSIZE(types)]);
        else if (what < 30)
            IInternetProtocolSink_ReportData(sink, random_next(&reporter->seed) % 16,
                    random_next(&reporter->seed), random_next(&reporter->seed));
        else if (what < 33)
            IInternetProtocolSink_Switch(sink, &data);
        else if (what == 33)
            IInternetProtocolSink_Switch(sink, NULL);
        else if (what < 36 && i > 50)
            IInternetProtocolSink_ReportResult(sink,
                    results[random_next(&reporter->seed) % ARRAYSIZE(results)], 7, L"bed:again");
    }
    IInternetProtocolSink_ReportResult(sink, S_OK, 0, NULL);
    IInternetProtocolSink_ReportResult(sink, E_FAIL, 0, NULL);
    IInternetProtocolSink_Release(sink);
    free(reporter);
    InterlockedDecrement(&reporters_running);
    return 0;
}

static unsigned int round_seed;

static HRESULT start_reporters(struct bed_handler *handler)
{
    bed_content(handler, page, sizeof(page));
    for (unsigned int i = 0; i < THREADS; i++)
    {
        struct reporter *reporter = malloc(sizeof(*reporter));
        HANDLE thread;

        reporter->sink = handler->sink;
        IInternetProtocolSink_AddRef(handler->sink);
        reporter->seed = round_seed++ * 7919 + 1;
        InterlockedIncrement(&reporters_running);
        thread = CreateThread(NULL, 0, reporter_run, reporter, 0, NULL);
        if (thread)
            CloseHandle(thread);
    }
    return E_PENDING;
}

/* What a handler of that kind claims of a Read. */
static LONG reads;

static HRESULT read_lying(struct bed_handler *handler, void *buffer, ULONG size, ULONG *count)
{
    (void)handler;
    memset(buffer, 'x', size);
    switch (InterlockedIncrement(&reads) % 5)
    {
    case 0:
        *count = size + 1;
        return S_OK;
    case 1:
        *count = (ULONG)-1;
        return S_OK;
    case 2:
        *count = 0;
        return S_OK;
    case 3:
        *count = size / 2;
        return E_PENDING;
    default:
        *count = size;
        return S_OK;
    }
}

static volatile LONG stray; /* reports after Terminate returned, or after a result */
static volatile LONG terminated;

static void hook_watch(struct bed_sink *sink, char what, DWORD code)
{
    (void)code;
    if (terminated || (what == 'R' && sink->results > 1))
        InterlockedIncrement(&stray);
}

static void wait_reporters(void)
{
    DWORD start = GetTickCount();

    while (reporters_running && GetTickCount() - start < 20000)
        Sleep(1);
    is_int(reporters_running, 0, "the reporters have ended");
}

static void test_many_threads(unsigned int rounds, const struct bed_kind *kind, const char *what)
{
    struct bed_factory factory;
    unsigned int twice = 0, odd = 0, leaks = 0;

    bed_factory_init(&factory, kind);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &CLSID_NULL,
            L"bed", 0, NULL, 0);
    for (unsigned int i = 0; i < rounds; i++)
    {
        struct bed_sink sink;
        IInternetProtocol *protocol;
        BYTE bytes[100];
        ULONG count;

        bed_sink_init(&sink, L"bed:x");
        sink.hook = hook_watch;
        sink.reads = FALSE;
        terminated = stray = 0;
        stop_reporting = 0;
        protocol = bed_binding(&sink);
        IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
                &sink.IInternetBindInfo_iface, i & 1 ? PI_MIMEVERIFICATION : 0, 0);
        for (unsigned int k = 0; k < i % 50; k++)
        {
            HRESULT hr = IInternetProtocol_Read(protocol, bytes, sizeof(bytes), &count);

            if (count > sizeof(bytes) || (FAILED(hr) && hr != E_PENDING && count))
                odd++;
        }
        if (i % 3 == 0)
            IInternetProtocol_Abort(protocol, E_ABORT, 0);
        IInternetProtocol_Terminate(protocol, 0);
        /* A report that was on its way may still arrive; none that begins now. */
        IInternetProtocol_Release(protocol);
        stop_reporting = i % 2;
        while (reporters_running)
            Sleep(0);
        twice += sink.results > 1;
        leaks += sink.references != 1;
        DeleteCriticalSection(&sink.lock);
    }
    is_uint(twice, 0, "%s: no second result", what);
    is_uint(odd, 0, "%s: no odd read", what);
    is_uint(leaks, 0, "%s: no sink is held", what);
    wait_reporters();
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
    is_int(factory.alive, 0, "%s: no handler is left", what);
}

/* After Terminate nothing comes. */
static HRESULT terminate_keep(struct bed_handler *handler)
{
    (void)handler; /* it keeps its sink */
    return S_OK;
}

static void test_after_terminate(void)
{
    static const struct bed_kind keeping = {.terminate = terminate_keep};
    struct bed_factory factory;
    struct bed_sink sink;
    IInternetProtocol *protocol;
    IInternetProtocolSink *kept;
    IInternetBindInfo *info;
    IServiceProvider *services;
    PROTOCOLDATA data = {0, 0, NULL, 0};
    LPOLESTR text = NULL;
    BINDINFO bind_info;
    DWORD flags;
    ULONG count;
    void *out;

    bed_factory_init(&factory, &keeping);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &CLSID_NULL,
            L"bed", 0, NULL, 0);
    bed_sink_init(&sink, L"bed:x");
    protocol = bed_binding(&sink);
    IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
            &sink.IInternetBindInfo_iface, PI_MIMEVERIFICATION, 0);
    kept = factory.last->sink;
    IInternetProtocolSink_AddRef(kept);
    info = factory.last->bind_info;
    IInternetBindInfo_AddRef(info);
    bed_content(factory.last, page, sizeof(page));
    IInternetProtocol_Terminate(protocol, 0);
    is_int(sink.references, 1, "Terminate gives the sink back, whatever the handler does");
    bed_sink_clear(&sink);
    IInternetProtocolSink_ReportProgress(kept, BINDSTATUS_MIMETYPEAVAILABLE, L"text/html");
    IInternetProtocolSink_ReportData(kept, BSCF_FIRSTDATANOTIFICATION, 10, 10);
    ok(FAILED(IInternetProtocolSink_ReportResult(kept, S_OK, 0, NULL)), "a late result fails");
    ok(FAILED(IInternetProtocolSink_ReportResult(kept, INET_E_REDIRECT_FAILED, 0, L"bed:y")),
            "a late redirection fails");
    ok(FAILED(IInternetProtocolSink_Switch(kept, &data)), "a late Switch fails");
    is_str(sink.log, "", "nothing reaches the caller");
    memset(&bind_info, 0, sizeof(bind_info));
    bind_info.cbSize = sizeof(bind_info);
    ok(FAILED(IInternetBindInfo_GetBindInfo(info, &flags, &bind_info)), "a late GetBindInfo fails");
    ok(FAILED(IInternetBindInfo_GetBindString(info, BINDSTRING_URL, &text, 1, &count)),
            "a late GetBindString fails");
    IInternetProtocolSink_QueryInterface(kept, &IID_IServiceProvider, (void **)&services);
    ok(FAILED(IServiceProvider_QueryService(services, &IID_IHttpSecurity, &IID_IHttpSecurity,
               &out)),
            "a late QueryService fails");
    IServiceProvider_Release(services);
    IInternetProtocol_Release(protocol);
    IInternetProtocolSink_ReportData(kept, BSCF_LASTDATANOTIFICATION, 10, 10);
    IInternetProtocolSink_ReportResult(kept, S_OK, 0, NULL);
    is_str(sink.log, "", "nor when the protocol is gone");
    is_int(factory.alive, 0, "the handler is gone, though it kept its sink");
    IInternetProtocolSink_Release(kept);
    IInternetBindInfo_Release(info);
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
    bed_sink_done(&sink);
}

/* Callers that end the binding in report number `hook_data`, in each way. */
static HRESULT start_whole(struct bed_handler *handler)
{
    IInternetProtocolSink *sink = handler->sink;

    /* The handler itself holds on to its sink: Terminate drops it. */
    IInternetProtocolSink_AddRef(sink);
    bed_content(handler, page, sizeof(page));
    IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_SENDINGREQUEST, L"");
    IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_MIMETYPEAVAILABLE, L"text/x-bed");
    IInternetProtocolSink_ReportData(sink, BSCF_FIRSTDATANOTIFICATION, 10, 4000);
    IInternetProtocolSink_ReportData(sink, BSCF_LASTDATANOTIFICATION, 4000, 4000);
    IInternetProtocolSink_ReportResult(sink, S_OK, 0, NULL);
    IInternetProtocolSink_Release(sink);
    return S_OK;
}

static LONG countdown;
static int way;

static void hook_end(struct bed_sink *sink, char what, DWORD code)
{
    IInternetProtocol *protocol = sink->protocol;

    (void)what;
    (void)code;
    if (terminated)
        InterlockedIncrement(&stray);
    if (--countdown)
        return;
    if (way != 1)
        IInternetProtocol_Abort(protocol, E_ABORT, 0);
    if (way == 0)
        return;
    IInternetProtocol_Terminate(protocol, 0);
    terminated = TRUE;
    if (way == 3)
    {
        sink->protocol = NULL;
        IInternetProtocol_Release(protocol);
    }
}

static void test_ending_callers(void)
{
    static const struct bed_kind whole = {.start = start_whole};
    static const struct bed_kind filter = {.is_filter = TRUE};
    struct bed_factory factory, filters;

    bed_factory_init(&factory, &whole);
    bed_factory_init(&filters, &filter);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &CLSID_NULL,
            L"bed", 0, NULL, 0);
    for (int filtered = 0; filtered < 2; filtered++)
    {
        if (filtered)
            IInternetSession_RegisterMimeFilter(bed_session(), &filters.IClassFactory_iface,
                    &CLSID_NULL, L"text/x-bed");
        for (way = 0; way < 4; way++)
        {
            for (LONG number = 1; number < 9; number++)
            {
                struct bed_sink sink;
                IInternetProtocol *protocol;

                bed_sink_init(&sink, L"bed:x");
                sink.hook = hook_end;
                sink.reads = FALSE;
                countdown = number;
                terminated = stray = 0;
                protocol = bed_binding(&sink);
                IInternetProtocol_AddRef(protocol); /* of this function: COM's rule for a call */
                IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
                        &sink.IInternetBindInfo_iface, number & 1 ? PI_MIMEVERIFICATION : 0, 0);
                IInternetProtocol_Release(protocol);
                is_int(stray, 0, "way %d, report %ld: nothing after Terminate", way, number);
                ok(sink.results <= 1, "way %d, report %ld: %ld results", way, number, sink.results);
                if (sink.protocol)
                {
                    IInternetProtocol_Terminate(protocol, 0);
                    IInternetProtocol_Release(protocol);
                }
                bed_sink_done(&sink);
            }
        }
    }
    IInternetSession_UnregisterMimeFilter(bed_session(), &filters.IClassFactory_iface,
            L"text/x-bed");
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
    is_int(factory.alive, 0, "no handler is left");
    is_int(filters.alive, 0, "no filter is left");
}

/* A handler whose Read reports more data each time, and gives none. */
static HRESULT read_reporting(struct bed_handler *handler, void *buffer, ULONG size, ULONG *count)
{
    (void)buffer;
    (void)size;
    *count = 0;
    if (InterlockedIncrement(&reads) < 100000)
        bed_data(handler, BSCF_INTERMEDIATEDATANOTIFICATION);
    return E_PENDING;
}

static HRESULT start_one_report(struct bed_handler *handler)
{
    bed_data(handler, BSCF_FIRSTDATANOTIFICATION);
    return E_PENDING;
}

static void test_reporting_read(void)
{
    static const struct bed_kind kind = {.start = start_one_report, .read = read_reporting};
    struct bed_factory factory;
    struct bed_sink sink;
    IInternetProtocol *protocol;

    bed_factory_init(&factory, &kind);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &CLSID_NULL,
            L"bed", 0, NULL, 0);
    bed_sink_init(&sink, L"bed:x");
    sink.reads = FALSE;
    reads = 0;
    protocol = bed_binding(&sink);
    is_hr(IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, PI_MIMEVERIFICATION, 0),
            E_PENDING, "a Read that reports data is not called for ever");
    ok(reads < 1000, "%ld times", reads);
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
    bed_sink_done(&sink);
}

int main(void)
{
    static const struct bed_kind reporting = {.start = start_reporters};
    static const struct bed_kind lying = {.start = start_reporters, .read = read_lying};

    CoInitialize(NULL);
    memset(page, 'a', sizeof(page));
    if (builtin_lacks("survival of such handlers"))
        return done_testing();
    test_after_terminate();
    test_ending_callers();
    test_reporting_read();
    test_many_threads(5, &reporting, "warm-up");
    tap_account_begin();
    test_many_threads(60, &reporting, "many threads");
    test_many_threads(60, &lying, "many threads, lies");
    tap_account_end("hostile handlers");
    CoUninitialize();
    return done_testing();
}
