/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IBindHttpSecurity: problems of a certificate that the client's mask overlooks, and no others.
 * Page "XHR_CERT_IGNORE_FLAG enumeration" (msxml6/ne-msxml6-xhr_cert_ignore_flag) has the values.
 */
#include "harness.h"
#include "http_sink.h"

#include <stdio.h>
#include <wininet.h>

#define REVOCATION 0x80
#define UNKNOWN_CA 0x100
#define CN_INVALID 0x1000
#define DATE_INVALID 0x2000
#define EVERYTHING (REVOCATION | UNKNOWN_CA | CN_INVALID | DATE_INVALID)

static DWORD internet_flags; /* of the bindings */

/* A new server each time: what was overlooked once WinINet does not ask for again. */
static struct sink *fetch(const char *options, BOOL overlooks, DWORD mask)
{
    struct harness_server server;
    struct sink *sink = sink_create();
    char text[100];

    snprintf(text, sizeof(text), "tls=1 keepalive=off cert=%s", options);
    harness_nginx_start(&server, text);
    harness_make_file(&server, "s.bin", 5000, "1", NULL);
    sink->secure = TRUE;
    sink->on_problem = E_ABORT;
    sink->overlooks = overlooks;
    sink->ignore_mask = mask;
    sink->internet_flags = internet_flags;
    sink_fetch(sink, harness_url(&server, L"s.bin"));
    harness_server_stop(&server);
    return sink;
}

static void test_overlooked(const char *options, DWORD mask)
{
    struct sink *sink = fetch(options, TRUE, mask);

    is_hr(sink->result, S_OK, "%s, mask %lx", options, mask);
    is_uint(sink->received, 5000, "all of it comes");
    ok(sink->masks > 0, "the client has said so");
    is_uint(sink->service_thread, GetCurrentThreadId(), "on the thread of Continue");
    is_uint(sink->problems, 0, "and is not asked besides");
    sink_release(sink);
}

static void test_refused(const char *options, BOOL overlooks, DWORD mask)
{
    struct sink *sink = fetch(options, overlooks, mask);

    is_hr(sink->result, E_ABORT, "%s, mask %lx: as IHttpSecurity says", options, mask);
    is_uint(sink->problems, 1, "which is asked");
    is_uint(sink->received, 0, "no bytes");
    sink_release(sink);
}

/* INTERNET_FLAG_IGNORE_CERT_ of BINDINFO.dwOptionsFlags, with what is left to the mask. */
static void test_flags(const char *options, DWORD flags, DWORD mask, HRESULT expected)
{
    struct sink *sink;

    internet_flags = flags;
    sink = fetch(options, TRUE, mask);
    internet_flags = 0;
    is_hr(sink->result, expected, "%s, flags %lx", options, flags);
    is_uint(sink->received, expected == S_OK ? 5000 : 0, "bytes");
    sink_release(sink);
}

static void test_all(void)
{
    test_flags("wrong_host", INTERNET_FLAG_IGNORE_CERT_CN_INVALID, UNKNOWN_CA, S_OK);
    test_flags("wrong_host", INTERNET_FLAG_IGNORE_CERT_DATE_INVALID, UNKNOWN_CA, E_ABORT);
    test_flags("wrong_host", INTERNET_FLAG_IGNORE_CERT_CN_INVALID, 0, E_ABORT);
    test_flags("expired", INTERNET_FLAG_IGNORE_CERT_DATE_INVALID, UNKNOWN_CA, S_OK);
    test_flags("expired", INTERNET_FLAG_IGNORE_CERT_CN_INVALID, UNKNOWN_CA, E_ABORT);

    test_refused("good", FALSE, EVERYTHING);
    test_refused("good", TRUE, 0);
    test_refused("good", TRUE, CN_INVALID | DATE_INVALID | REVOCATION);
    test_refused("good", TRUE, ~(DWORD)UNKNOWN_CA);
    test_overlooked("good", UNKNOWN_CA);
    test_overlooked("good", EVERYTHING);
    test_overlooked("self_signed", EVERYTHING);
    test_overlooked("wrong_host", EVERYTHING);
    test_refused("wrong_host", TRUE, UNKNOWN_CA);
    test_refused("wrong_host", TRUE, CN_INVALID);
    test_overlooked("expired", EVERYTHING);
    test_refused("expired", TRUE, UNKNOWN_CA);
}

int main(void)
{
    harness_require();
    CoInitialize(NULL);
    if (!builtin_lacks("IBindHttpSecurity"))
    {
        test_overlooked("good", EVERYTHING); /* the host loads what it needs */
        test_refused("good", FALSE, 0);
        tap_account_begin();
        test_all();
        tap_account_end("overlooked problems");
    }
    CoUninitialize();
    return done_testing();
}
