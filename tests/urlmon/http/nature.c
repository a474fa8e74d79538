/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a server says that the body is: Content-Disposition, Content-Type, X-Content-Type-Options.
 * Pages "BINDSTATUS enumeration" (CONTENTDISPOSITIONATTACH, CONTENTDISPOSITIONFILENAME,
 * RAWMIMETYPE, VERIFIEDMIMETYPEAVAILABLE), "Reducing MIME type security risks"; RFC 6266.
 */
#include "harness.h"
#include "http_sink.h"

#include <wchar.h>
#include <wininet.h>

static struct harness_server server;
static unsigned int serial;

/* A URL nobody has asked for, whose query says what headers there are. */
static const WCHAR *url_of(const WCHAR *query)
{
    WCHAR name[300];

    swprintf(name, ARRAYSIZE(name), L"n%u?size=600&seed=1&%ls", ++serial, query);
    return harness_url(&server, name);
}

static unsigned int count_of(struct sink *sink, ULONG code)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < sink->report_count; i++)
        count += sink->reports[i].code == code;
    return count;
}

/* Before the type and the data, a name of a file by itself, and none that leads anywhere else. */
static void test_disposition(void)
{
    static const struct
    {
        const WCHAR *value; /* as in a query */
        BOOL attached;
        const WCHAR *name; /* NULL: none */
    } cases[] = {
            {L"attachment", TRUE, NULL},
            {L"attachment;%20filename=plain.txt", TRUE, L"plain.txt"},
            {L"attachment;%20filename=%22two%20words.txt%22", TRUE, L"two words.txt"},
            {L"attachment;%20filename=%22semi;colon.txt%22;%20size=5", TRUE, L"semi;colon.txt"},
            {L"Attachment;%20FileName%20=%20%22case.txt%22", TRUE, L"case.txt"},
            {L"attachment;size=5;filename=later.txt%20", TRUE, L"later.txt"},
            {L"attachment;%20x-filename=wrong.txt;%20filename=right.txt", TRUE, L"right.txt"},
            {L"attachment;%20x=%22;filename=inside.txt%22", TRUE, NULL},
            {L"attachment;%20filename=%22say%20%5C%22yes%5C%22.txt%22", TRUE, L"say \"yes\".txt"},
            {L"attachment;%20filename=%22..%5C..%5Cwindows%5Cevil.exe%22", TRUE, L"evil.exe"},
            {L"attachment;%20filename=%22/etc/passwd%22", TRUE, L"passwd"},
            {L"attachment;%20filename=%22c:drive.txt%22", TRUE, L"drive.txt"},
            {L"attachment;%20filename=%22..%22", TRUE, NULL},
            {L"attachment;%20filename=%22%22", TRUE, NULL},
            {L"attachment;%20filename=%22open", TRUE, L"open"},
            {L"attachment;%20filename=x.txt;%20filename*=UTF-8''%25e2%2582%25ac.txt", TRUE,
                    L"\x20ac.txt"},
            {L"attachment;%20filename*=UTF-8''..%252f..%252fup.txt", TRUE, L"up.txt"},
            {L"attachment;%20filename*=UTF-8''%25ff%25fe;%20filename=well.txt", TRUE, L"well.txt"},
            {L"attachments;%20filename=no.txt", FALSE, NULL},
            {L"inline;%20filename=no.txt", FALSE, NULL},
            {L"form-data;%20filename=attachment", FALSE, NULL},
    };

    if (builtin_lacks("BINDSTATUS_CONTENTDISPOSITIONATTACH"))
        return;
    for (unsigned int i = 0; i < ARRAYSIZE(cases); i++)
    {
        const struct sink_report *attached, *file, *type;
        struct sink *sink = sink_create();
        WCHAR query[200];

        swprintf(query, ARRAYSIZE(query), L"type=text/plain&disposition=%ls", cases[i].value);
        sink_fetch(sink, url_of(query));
        is_hr(sink->result, S_OK, "%s", tap_wstr(cases[i].value));
        attached = sink_find(sink, BINDSTATUS_CONTENTDISPOSITIONATTACH);
        file = sink_find(sink, BINDSTATUS_CONTENTDISPOSITIONFILENAME);
        type = sink_find(sink, BINDSTATUS_MIMETYPEAVAILABLE);
        is_uint(count_of(sink, BINDSTATUS_CONTENTDISPOSITIONATTACH), cases[i].attached,
                "an attachment");
        is_uint(count_of(sink, BINDSTATUS_CONTENTDISPOSITIONFILENAME), cases[i].name != NULL,
                "its name");
        if (file && cases[i].name)
            is_wstr(file->text, cases[i].name, "the name");
        ok(!attached || (type && attached < type), "told before the type");
        is_uint(sink->received, 600, "and all data come");
        sink_release(sink);
    }
}

/* A binding as programs make it: the bind protocol looks at the data. */
static struct sink *fetch_bound(const WCHAR *query)
{
    IInternetProtocolEx *extended = NULL;
    IInternetProtocol *protocol = NULL;
    struct sink *sink = sink_create();
    const WCHAR *url = url_of(query);
    IInternetSession *session;
    HRESULT hr;
    IUri *uri;

    sink->negotiates = TRUE;
    CoInternetGetSession(0, &session, 0);
    hr = IInternetSession_CreateBinding(session, NULL, url, NULL, NULL, &protocol, 0);
    if (SUCCEEDED(hr))
        hr = IInternetProtocol_QueryInterface(protocol, &IID_IInternetProtocolEx,
                (void **)&extended);
    is_hr(hr, S_OK, "CreateBinding");
    if (SUCCEEDED(CreateUri(url, 0, 0, &uri)))
    {
        hr = IInternetProtocolEx_StartEx(extended, uri, &sink->IInternetProtocolSink_iface,
                (IInternetBindInfo *)&sink->IInternetBindInfoEx_iface, PI_MIMEVERIFICATION, 0);
        ok(SUCCEEDED(hr) || hr == E_PENDING, "StartEx: %s", tap_hr(hr));
        IUri_Release(uri);
    }
    sink_run(sink, extended);
    is_hr(sink->result, S_OK, "%s", tap_wstr(query));
    IInternetProtocolEx_Release(extended);
    IInternetProtocol_Release(protocol);
    IInternetSession_Release(session);
    return sink;
}

static void check_type(const WCHAR *query, const WCHAR *type, const char *what)
{
    struct sink *sink = fetch_bound(query);
    const struct sink_report *report = sink_find(sink, BINDSTATUS_MIMETYPEAVAILABLE);

    is_uint(count_of(sink, BINDSTATUS_MIMETYPEAVAILABLE), 1, "%s: one type", what);
    if (report)
        is_wstr(report->text, type, "%s", what);
    is_uint(sink->received, 600, "%s: all data", what);
    sink_release(sink);
}

/* The data are bytes of chance, and no text. */
static void test_types(void)
{
    struct sink *sink = sink_create();
    const struct sink_report *report;

    if (builtin_lacks("RAWMIMETYPE, and a sniffing that ends with nosniff"))
    {
        sink_release(sink);
        return;
    }
    sink_fetch(sink, url_of(L"type=Text/HTML;%20charset=utf-8"));
    report = sink_find(sink, BINDSTATUS_RAWMIMETYPE);
    if (ok(report != NULL, "RAWMIMETYPE"))
        is_wstr(report->text, L"Text/HTML; charset=utf-8", "as the server says it");
    report = sink_find(sink, BINDSTATUS_MIMETYPEAVAILABLE);
    if (ok(report != NULL, "MIMETYPEAVAILABLE"))
        is_wstr(report->text, L"text/html", "without parameters");
    ok(!sink_find(sink, BINDSTATUS_VERIFIEDMIMETYPEAVAILABLE), "it is to be looked at");
    sink_release(sink);

    sink = sink_create();
    sink_fetch(sink, url_of(L"type=text/plain&options=nosniff"));
    report = sink_find(sink, BINDSTATUS_VERIFIEDMIMETYPEAVAILABLE);
    if (ok(report != NULL, "nosniff: VERIFIEDMIMETYPEAVAILABLE"))
        is_wstr(report->text, L"text/plain", "the server's type");
    ok(!sink_find(sink, BINDSTATUS_MIMETYPEAVAILABLE), "and no other");
    sink_release(sink);

    check_type(L"type=text/plain", L"application/octet-stream", "bytes that are no text");
    check_type(L"type=text/plain&options=nosniff", L"text/plain", "the server is believed");
    check_type(L"type=text/plain&options=NoSniff%20", L"text/plain", "in whatever case");
    check_type(L"type=text/plain&options=nosniffing", L"application/octet-stream", "another word");
    check_type(L"type=image/png&options=nosniff", L"image/png", "a type of binary data");
}

/* From the cache the same is told: there is no server any more. */
static void test_cached(void)
{
    const WCHAR *query = L"n?size=600&seed=1&type=text/plain&control=max-age=1000&options=nosniff"
                         L"&disposition=attachment;%20filename=kept.txt";
    const struct sink_report *report;
    struct harness_server own;
    WCHAR url[300];

    if (builtin_lacks("bindings to the cache"))
        return;
    harness_server_start(&own, "kind=cacheable size=600 keepalive=off");
    wcscpy(url, harness_url(&own, query));
    for (unsigned int i = 0; i < 2; i++)
    {
        struct sink *sink = sink_create();

        sink->flags = BINDF_NEEDFILE;
        sink_fetch(sink, url);
        is_hr(sink->result, S_OK, "%s", i ? "from the cache" : "from the server");
        is_uint(sink->received, 600, "all of it");
        report = sink_find(sink, BINDSTATUS_CONTENTDISPOSITIONFILENAME);
        if (ok(report != NULL, "a name"))
            is_wstr(report->text, L"kept.txt", "the name");
        report = sink_find(sink, BINDSTATUS_VERIFIEDMIMETYPEAVAILABLE);
        if (ok(report != NULL, "nosniff"))
            is_wstr(report->text, L"text/plain", "the type");
        sink_release(sink);
        if (!i)
            harness_server_stop(&own);
    }
    DeleteUrlCacheEntryW(url);
}

int main(void)
{
    harness_require();
    CoInitialize(NULL);
    harness_server_start(&server, "kind=cacheable size=600 keepalive=off");
    test_types(); /* the host loads what it needs */
    tap_account_begin();
    test_disposition();
    test_types();
    test_cached();
    tap_account_end("what a body is");
    harness_server_stop(&server);
    CoUninitialize();
    return done_testing();
}
