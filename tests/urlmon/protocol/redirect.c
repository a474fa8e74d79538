/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Redirections: a handler that reports INET_E_REDIRECT_FAILED with a URL is followed by the handler
 * of that one, within limits. Pages "ReportResult method" (aa767893), "IBindCallbackRedirect". */
#include "protocol_bed.h"

#include <string.h>
#include <wininet.h>

static const char text[] = "what was looked for";
static const WCHAR *target;
static BOOL on_thread;
static DWORD seen_verb;
static WCHAR seen_url[128];

static DWORD WINAPI redirect_later(void *argument)
{
    IInternetProtocolSink *sink = argument;

    Sleep(20);
    IInternetProtocolSink_ReportResult(sink, INET_E_REDIRECT_FAILED, 0, target);
    IInternetProtocolSink_Release(sink);
    return 0;
}

static HANDLE redirect_thread;

static HRESULT start_redirect(struct bed_handler *handler)
{
    if (on_thread)
    {
        IInternetProtocolSink_AddRef(handler->sink);
        redirect_thread = CreateThread(NULL, 0, redirect_later, handler->sink, 0, NULL);
        return E_PENDING;
    }
    IInternetProtocolSink_ReportResult(handler->sink, INET_E_REDIRECT_FAILED, 0, target);
    return S_OK;
}

static HRESULT start_whole(struct bed_handler *handler)
{
    DWORD flags;
    BINDINFO info;
    LPOLESTR url = NULL;
    ULONG count;

    memset(&info, 0, sizeof(info));
    info.cbSize = sizeof(info);
    IInternetBindInfo_GetBindInfo(handler->bind_info, &flags, &info);
    seen_verb = info.dwBindVerb;
    IInternetBindInfo_GetBindString(handler->bind_info, BINDSTRING_URL, &url, 1, &count);
    lstrcpynW(seen_url, url, 128);
    CoTaskMemFree(url);
    bed_content(handler, text, sizeof(text));
    bed_data(handler, BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION);
    bed_result(handler, S_OK);
    return S_OK;
}

static const struct bed_kind redirecting = {.start = start_redirect};
static const struct bed_kind whole = {.start = start_whole};

/* The scheme `from` redirects to `target`; `to` has data. */
static void run(struct bed_sink *sink, const WCHAR *from, const WCHAR *url, const WCHAR *to,
        HRESULT result, const char *what)
{
    struct bed_factory sender, receiver;
    IInternetProtocol *protocol;
    HRESULT hr;

    bed_factory_init(&sender, &redirecting);
    bed_factory_init(&receiver, &whole);
    IInternetSession_RegisterNameSpace(bed_session(), &sender.IClassFactory_iface, &CLSID_NULL,
            from, 0, NULL, 0);
    if (to)
        IInternetSession_RegisterNameSpace(bed_session(), &receiver.IClassFactory_iface,
                &CLSID_NULL, to, 0, NULL, 0);
    sink->url = url;
    protocol = bed_binding(sink);
    hr = IInternetProtocol_Start(protocol, url, &sink->IInternetProtocolSink_iface,
            &sink->IInternetBindInfo_iface, 0, 0);
    if (on_thread)
    {
        is_hr(hr, E_PENDING, "%s: Start", what);
        WaitForSingleObject(redirect_thread, INFINITE);
        CloseHandle(redirect_thread);
        is_hr(sink->result, result, "%s: the result", what);
    }
    else
        is_hr(hr, result, "%s: Start", what);
    ok(sink->results <= 1, "%s: %ld results", what, sink->results);
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    IInternetSession_UnregisterNameSpace(bed_session(), &sender.IClassFactory_iface, from);
    if (to)
        IInternetSession_UnregisterNameSpace(bed_session(), &receiver.IClassFactory_iface, to);
    is_int(sender.alive + receiver.alive, 0, "%s: no handler is left", what);
    is_int(sender.references + receiver.references, 2, "%s: no factory is held", what);
}

static void test_followed(void)
{
    struct bed_sink sink;

    target = L"bedb:there";
    bed_sink_init(&sink, NULL);
    sink.bind_verb = BINDVERB_POST;
    sink.has_redirect = TRUE;
    run(&sink, L"beda", L"beda:here", L"bedb", S_OK, "at once");
    is_str(bed_sink_log(&sink, "20"), "P3(bedb:there) D5 R0", "the reports");
    is_int(sink.redirects_asked, 1, "the caller was asked");
    is_uint(sink.data_length, sizeof(text), "the data");
    is_wstr(seen_url, L"bedb:there", "the new handler's URL");
    is_uint(seen_verb, BINDVERB_GET, "which is only read");
    bed_sink_done(&sink);

    bed_sink_init(&sink, NULL);
    on_thread = TRUE;
    run(&sink, L"beda", L"beda:here", L"bedb", S_OK, "later");
    is_str(bed_sink_log(&sink, "20"), "P3(bedb:there) D5 R0", "the reports");
    bed_sink_done(&sink);
    on_thread = FALSE;

    /* What the process has registered for a web scheme is the web. */
    target = L"/other/page";
    bed_sink_init(&sink, NULL);
    sink.cancels_redirect = TRUE;
    sink.has_redirect = TRUE;
    run(&sink, L"http", L"http://bed.test/a/b", NULL, INET_E_REDIRECT_FAILED, "the caller says no");
    is_int(sink.redirects_asked, 1, "it was asked");
    is_str(bed_sink_log(&sink, "20"), "", "nothing is reported");
    bed_sink_done(&sink);
}

static void test_refused(void)
{
    static const WCHAR *const targets[] = {L"file:///C:/windows/win.ini", L"C:\\windows\\win.ini",
            L"\\\\server\\share\\file", L"mk:@MSITStore:C:\\x.chm::/a", L"res://shell32.dll/1",
            L"about:blank", L"javascript:alert(1)", L"vbscript:x", L"its:x", L"nosuch:thing",
            L"data:text/plain,x", L"local:x"};
    struct bed_sink sink;

    for (unsigned int i = 0; i < ARRAYSIZE(targets); i++)
    {
        target = targets[i];
        bed_sink_init(&sink, NULL);
        run(&sink, L"http", L"http://bed.test/a/b", NULL, INET_E_REDIRECT_FAILED,
                "a local target of the web");
        ok(!sink.data_length && !sink.datas, "no data of %s", tap_wstr(targets[i]));
        bed_sink_done(&sink);
    }
    target = L"file:///C:/windows/win.ini";
    on_thread = TRUE;
    bed_sink_init(&sink, NULL);
    run(&sink, L"https", L"https://bed.test/a/b", NULL, INET_E_REDIRECT_FAILED,
            "a file, from a thread");
    bed_sink_done(&sink);
    on_thread = FALSE;
}

static void test_endless(void)
{
    struct bed_sink sink;

    target = L"beda:here";
    bed_sink_init(&sink, NULL);
    sink.has_redirect = TRUE;
    run(&sink, L"beda", L"beda:here", NULL, INET_E_REDIRECT_FAILED, "an endless redirection ends");
    ok(sink.redirects_asked > 1 && sink.redirects_asked < 100, "after %ld times",
            sink.redirects_asked);
    bed_sink_done(&sink);
}

static void test_insecure(void)
{
    struct bed_sink sink;

    target = L"http://bed.test/a/b";
    bed_sink_init(&sink, NULL);
    sink.has_security = TRUE;
    sink.security_answer = E_ABORT;
    run(&sink, L"https", L"https://bed.test/", L"http", E_ABORT, "https to http, refused");
    is_int(sink.problems_asked, 1, "the caller was asked");
    is_uint(sink.last_problem, ERROR_INTERNET_HTTPS_TO_HTTP_ON_REDIR, "about this");
    bed_sink_done(&sink);
    bed_sink_init(&sink, NULL);
    sink.has_security = TRUE;
    sink.security_answer = RPC_E_RETRY;
    run(&sink, L"https", L"https://bed.test/", L"http", S_OK, "https to http, allowed");
    is_int(sink.problems_asked, 1, "the caller was asked");
    bed_sink_done(&sink);
    bed_sink_init(&sink, NULL);
    sink.has_security = TRUE;
    sink.security_answer = S_FALSE;
    run(&sink, L"https", L"https://bed.test/", NULL, INET_E_SECURITY_PROBLEM,
            "https to http, where a dialog box would have to warn");
    is_int(sink.problems_asked, 1, "the caller was asked");
    bed_sink_done(&sink);
    bed_sink_init(&sink, NULL);
    run(&sink, L"https", L"https://bed.test/", NULL, INET_E_SECURITY_PROBLEM,
            "https to http, and nobody to ask");
    bed_sink_done(&sink);
    bed_sink_init(&sink, NULL);
    sink.has_security = TRUE;
    sink.security_answer = E_ABORT;
    sink.bindf = BINDF_IGNORESECURITYPROBLEM;
    run(&sink, L"https", L"https://bed.test/", L"http", S_OK,
            "https to http, where security problems are ignored");
    is_int(sink.problems_asked, 0, "the caller was not asked");
    bed_sink_done(&sink);
    bed_sink_init(&sink, NULL);
    sink.has_security = TRUE;
    target = L"https://bed.test/a/b";
    run(&sink, L"http", L"http://bed.test/", L"https", S_OK, "http to https");
    is_int(sink.problems_asked, 0, "is no problem");
    bed_sink_done(&sink);
}

/* Aborted and terminated by the caller in the middle. */
static void hook_terminate(struct bed_sink *sink, char what, DWORD code)
{
    if (what == 'P' && code == BINDSTATUS_REDIRECTING)
        IInternetProtocol_Terminate(sink->protocol, 0);
}

static void hook_abort(struct bed_sink *sink, char what, DWORD code)
{
    if (what == 'P' && code == BINDSTATUS_REDIRECTING)
        IInternetProtocol_Abort(sink->protocol, E_ABORT, 0);
}

static void test_stopped(void)
{
    struct bed_sink sink;

    target = L"bedb:there";
    bed_sink_init(&sink, NULL);
    sink.hook = hook_terminate;
    run(&sink, L"beda", L"beda:here", L"bedb", E_ABORT, "terminated while redirected");
    is_str(bed_sink_log(&sink, "20"), "P3(bedb:there)", "the reports");
    bed_sink_done(&sink);
    bed_sink_init(&sink, NULL);
    sink.hook = hook_abort;
    run(&sink, L"beda", L"beda:here", L"bedb", E_ABORT, "aborted while redirected");
    bed_sink_done(&sink);
}

int main(void)
{
    CoInitialize(NULL);
    if (builtin_lacks("redirections from one handler to another"))
        return done_testing();
    test_followed();
    test_refused();
    test_endless();
    test_insecure();
    test_stopped();
    CoUninitialize();
    return done_testing();
}
