/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Servers that die, stall, lie and send garbage: each transfer ends with an INET_E_ code, or well,
 * and nothing is left. And clients that abort, suspend and go away at any moment. */
#include "harness.h"
#include "http_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

TAP_TIME_LIMIT(400);

#define STALL_MS 2000u

/* A server that says nothing for so long is given up. */
static void set_timeout(DWORD milliseconds)
{
    RegSetKeyValueW(HKEY_CURRENT_USER,
            L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings", L"ReceiveTimeout",
            REG_DWORD, &milliseconds, sizeof(milliseconds));
}

struct temper
{
    const char *options;
    HRESULT result;  /* S_FALSE: any INET_E_ code */
    UINT64 received; /* 0: whatever */
};

static void test_temper(const struct temper *temper)
{
    struct harness_server server;
    struct sink *sink = sink_create();

    harness_server_start(&server, temper->options);
    ok(sink_fetch(sink, harness_url(&server, L"x")), "it ends: %s", temper->options);
    if (temper->result == S_FALSE)
        ok((sink->result & 0xffff0000) == 0x800c0000, "by a code of urlmon's: %s",
                tap_hr(sink->result));
    else
        is_hr(sink->result, temper->result, "and how");
    if (temper->received)
        is_uint(sink->received, temper->received, "what came");
    is_uint(sink->results, 1, "one result");
    is_uint(sink->data_after_result, 0, "no data behind it");
    sink_release(sink);
    harness_server_stop(&server);
}

static void test_tempers(void)
{
    static const struct temper tempers[] = {
            {"kind=die_mid_body after=5000 size=100000", INET_E_DOWNLOAD_FAILURE, 0},
            {"kind=die_mid_body mode=fin after=5000 size=100000", INET_E_DOWNLOAD_FAILURE, 0},
            {"kind=long_length extra=1000 size=50000", INET_E_DOWNLOAD_FAILURE, 50000},
            {"kind=short_length extra=1000 size=50000", S_OK, 50000},
            {"kind=stall after=5000 size=100000", INET_E_CONNECTION_TIMEOUT, 5000},
            {"kind=stall after=head size=100000", INET_E_CONNECTION_TIMEOUT, 0},
            {"kind=close", S_FALSE, 0},
            {"kind=close mode=fin", S_FALSE, 0},
            {"kind=close mode=accept", S_FALSE, 0},
            /* WinINet takes what does not begin with HTTP/ for the answer of an HTTP/0.9 server. */
            {"kind=garbage bytes=10000", S_OK, 0},
            {"kind=huge_headers count=3000 bytes=1000 size=10", INET_E_DATA_NOT_AVAILABLE, 0},
            {"kind=huge_headers count=100 bytes=1000 size=10", S_OK, 10},
            {"kind=header_injection mode=negative_length size=1000", S_FALSE, 0},
            {"kind=header_injection mode=huge_length size=1000", S_FALSE, 0},
            {"kind=header_injection mode=max_length size=1000", S_FALSE, 0},
            {"kind=header_injection mode=max_signed_length size=1000", S_FALSE, 0},
            {"kind=header_injection mode=text_length size=1000", S_FALSE, 0},
            {"kind=header_injection mode=hex_length size=1000", S_FALSE, 0},
            {"kind=header_injection mode=two_lengths size=1000", S_FALSE, 0},
            {"kind=header_injection mode=format size=1000", S_OK, 1000},
            {"kind=header_injection mode=latin1 size=1000", S_OK, 1000},
            {"kind=header_injection mode=fold size=1000", S_OK, 1000},
            {"kind=wrong_range size=1000", S_OK, 1000},
            {"kind=status code=500", INET_E_DATA_NOT_AVAILABLE, 0},
            {"kind=status code=204", S_OK, 0},
            {"kind=status code=403", INET_E_DATA_NOT_AVAILABLE, 0},
            {"kind=status code=408", INET_E_CONNECTION_TIMEOUT, 0},
            /* Once only: the second connection is good. */
            {"kind=close times=1 size=4000", S_OK, 4000},
    };

    for (unsigned int i = 0; i < ARRAYSIZE(tempers); i++)
        test_temper(&tempers[i]);
}

/* Lines of a head that are none, of an answer which is kept: its headers are gone through for what
 * may not be. */
static void test_broken_lines(void)
{
    static const char *const modes[] = {"bare_cr", "bare_lf", "fold", "latin1", "nocolon",
            "space_name", "empty_name"};

    for (unsigned int i = 0; i < ARRAYSIZE(modes); i++)
    {
        struct harness_server server;
        struct sink *sink = sink_create();
        char options[80];

        snprintf(options, sizeof(options), "kind=header_injection mode=%s size=1000", modes[i]);
        harness_server_start(&server, options);
        sink->flags = BINDF_ASYNCHRONOUS | BINDF_NEEDFILE | BINDF_PULLDATA | BINDF_FROMURLMON;
        ok(sink_fetch(sink, harness_url(&server, L"x")), "it ends: %s", modes[i]);
        is_uint(sink->results, 1, "one result");
        if (i < 4)
            is_uint(sink->received, 1000, "all of it");
        sink_release(sink);
        harness_server_stop(&server);
    }
}

static void test_nobody(void)
{
    struct harness_server server;
    struct sink *sink = sink_create();

    harness_server_start(&server, "kind=normal");
    harness_server_stop(&server);
    sink_fetch(sink, harness_url(&server, L"x"));
    is_hr(sink->result, INET_E_CANNOT_CONNECT, "nobody listens");
    sink_release(sink);
    sink = sink_create();
    sink_fetch(sink, L"http://no.such.host.invalid/");
    is_hr(sink->result, INET_E_RESOURCE_NOT_FOUND, "no such host");
    sink_release(sink);
}

/* Begins a transfer; the protocol. */
static IInternetProtocolEx *begin(const struct harness_server *server, struct sink *sink)
{
    IInternetProtocolEx *protocol = protocol_create(&CLSID_HttpProtocol);

    is_hr(sink_start(sink, protocol, harness_url(server, L"x")), S_OK, "StartEx");
    return protocol;
}

static void finish(IInternetProtocolEx *protocol, struct sink *sink)
{
    IInternetProtocolEx_Terminate(protocol, 0);
    IInternetProtocolEx_Release(protocol);
    is_uint(sink->results, 1, "one result");
    sink_release(sink);
}

static void test_abort(void)
{
    struct harness_server server;
    struct sink *sink;
    IInternetProtocolEx *protocol;
    BYTE data[100];
    ULONG got;

    harness_server_start(&server, "kind=stall after=5000 size=100000");
    sink = sink_create();
    protocol = begin(&server, sink);
    ok(sink_wait_data(sink, 1, 20000), "data come");
    is_hr(IInternetProtocolEx_Abort(protocol, E_OUTOFMEMORY, 0), S_OK, "Abort in the body");
    is_hr(sink->result, E_OUTOFMEMORY, "its reason is reported");
    is_hr(IInternetProtocolEx_Abort(protocol, E_ABORT, 0), INET_E_RESULT_DISPATCHED, "again");
    got = 1;
    is_hr(IInternetProtocolEx_Read(protocol, data, sizeof(data), &got), E_OUTOFMEMORY, "Read");
    is_uint(got, 0, "nothing");
    finish(protocol, sink);

    sink = sink_create();
    protocol = begin(&server, sink);
    is_hr(IInternetProtocolEx_Abort(protocol, E_ABORT, 0), S_OK, "Abort right after the start");
    is_hr(sink->result, E_ABORT, "its reason is reported");
    finish(protocol, sink);
    harness_server_stop(&server);

    harness_server_start(&server, "kind=normal size=1000");
    sink = sink_create();
    protocol = begin(&server, sink);
    ok(sink_wait_result(sink, 20000), "the result");
    is_hr(IInternetProtocolEx_Abort(protocol, E_ABORT, 0), INET_E_RESULT_DISPATCHED, "too late");
    is_hr(IInternetProtocolEx_Read(protocol, data, sizeof(data), &got), S_OK, "data stay");
    is_uint(got, 100, "as asked");
    finish(protocol, sink);
    harness_server_stop(&server);
}

/* At every moment: after i reports or so. */
static void test_abort_anywhere(void)
{
    struct harness_server server;

    harness_server_start(&server, "kind=normal size=2000000");
    for (unsigned int i = 0; i < 60; i++)
    {
        struct sink *sink = sink_create();
        IInternetProtocolEx *protocol = protocol_create(&CLSID_HttpProtocol);
        BYTE data[1000];
        ULONG got;

        sink->negotiates = i & 1;
        sink->no_switch = TRUE;
        sink_start(sink, protocol, harness_url(&server, L"x"));
        for (unsigned int j = 0; j < i * 50; j++)
            SwitchToThread();
        if (i % 3 == 0)
            IInternetProtocolEx_Read(protocol, data, sizeof(data), &got);
        if (i % 4)
            IInternetProtocolEx_Abort(protocol, E_ABORT, 0);
        IInternetProtocolEx_Terminate(protocol, 0);
        IInternetProtocolEx_Release(protocol);
        if (sink->results > 1)
            fail("round %u: %u results", i, sink->results);
        sink_release(sink);
    }
    pass("60 aborts at any moment");
    harness_server_stop(&server);
}

static void test_suspend(void)
{
    struct harness_server server;
    struct sink *sink = sink_create();
    IInternetProtocolEx *protocol;
    unsigned int before;

    harness_server_start(&server, "kind=slow rate=400000 size=1000000");
    sink->stop_after = 100000;
    sink->keep = TRUE;
    protocol = begin(&server, sink);
    ok(sink_run(sink, protocol), "the beginning");
    is_hr(IInternetProtocolEx_Suspend(protocol), S_OK, "Suspend");
    before = sink->data_reports;
    Sleep(500);
    is_uint(sink->data_reports, before, "no reports while suspended");
    is_uint(sink->results, 0, "and no result");
    is_hr(IInternetProtocolEx_Resume(protocol), S_OK, "Resume");
    sink->stop_after = 0;
    sink->data_waiting = TRUE;
    ok(sink_run(sink, protocol), "the rest");
    is_hr(sink->result, S_OK, "well");
    is_uint(sink->received, 1000000, "no byte is lost");
    finish(protocol, sink);
    harness_server_stop(&server);
}

/* A reader that does not read: the network stops, memory does not grow. */
static void test_bounded(void)
{
    struct harness_server server;
    struct sink *sink = sink_create();
    IInternetProtocolEx *protocol;
    struct harness_reply *reply;

    harness_server_start(&server, "kind=normal size=50000000");
    sink->keep = TRUE;
    protocol = begin(&server, sink);
    ok(sink_wait_data(sink, 1, 20000), "data come");
    Sleep(500);
    is_uint(sink->data_reports, 1, "one report, as nobody reads");
    is_uint(sink->results, 0, "it is not at its end");
    reply = harness_demand("server stats id=%d", server.id);
    is_int(harness_number(reply, "requests"), 0, "the server waits");
    harness_reply_free(reply);
    ok(sink_run(sink, protocol), "read then");
    is_uint(sink->received, 50000000, "all of it");
    finish(protocol, sink);
    harness_server_stop(&server);
}

static void test_misuse(void)
{
    IInternetProtocolEx *protocol = protocol_create(&CLSID_HttpProtocol);
    struct sink *sink = sink_create();
    PROTOCOLDATA data = {0, 12345, NULL, 0};
    BYTE byte;
    ULONG got;

    is_hr(IInternetProtocolEx_Read(protocol, &byte, 1, &got), INET_E_DATA_NOT_AVAILABLE,
            "Read before Start");
    is_hr(IInternetProtocolEx_StartEx(protocol, NULL, NULL, NULL, 0, 0), E_INVALIDARG,
            "StartEx without anything");
    is_hr(IInternetProtocolEx_Continue(protocol, NULL), E_INVALIDARG, "Continue with nothing");
    IInternetProtocolEx_Continue(protocol, &data);
    is_hr(IInternetProtocolEx_Seek(protocol, (LARGE_INTEGER){.QuadPart = 0}, 0, NULL), E_NOTIMPL,
            "Seek");
    is_hr(IInternetProtocolEx_UnlockRequest(protocol), S_OK, "UnlockRequest");
    IInternetProtocolEx_Terminate(protocol, 0);
    is_hr(sink_start(sink, protocol, L"http://127.0.0.1/"), E_FAIL, "StartEx after Terminate");
    is_uint(IInternetProtocolEx_Release(protocol), 0, "the last reference");
    is_uint(sink->references, 1, "the sink is free");
    sink_release(sink);
}

static void test_aggregation(void)
{
    typedef HRESULT(WINAPI * get_class_object)(REFCLSID clsid, REFIID iid, void **out);
    get_class_object get = (get_class_object)(void *)GetProcAddress(GetModuleHandleW(L"urlmon"),
            "DllGetClassObject");
    struct sink *outer = sink_create(); /* any object does */
    IClassFactory *factory;
    IInternetProtocol *protocol;
    IUnknown *inner;

    is_hr(get(&CLSID_HttpProtocol, &IID_IClassFactory, (void **)&factory), S_OK, "factory");
    is_hr(IClassFactory_CreateInstance(factory, (IUnknown *)outer, &IID_IInternetProtocol,
                  (void **)&protocol),
            CLASS_E_NOAGGREGATION, "an outer object wants IUnknown");
    is_hr(IClassFactory_CreateInstance(factory, (IUnknown *)outer, &IID_IUnknown, (void **)&inner),
            S_OK, "aggregated");
    is_hr(IUnknown_QueryInterface(inner, &IID_IInternetProtocol, (void **)&protocol), S_OK,
            "its interface");
    is_uint(outer->references, 2, "counts for the outer object");
    IInternetProtocol_Release(protocol);
    is_uint(outer->references, 1, "and no more");
    is_uint(IUnknown_Release(inner), 0, "the inner object goes");
    IClassFactory_Release(factory);
    sink_release(outer);
}

/* Many at once, most of them at servers that do not answer: the others get through. */
static void test_many(void)
{
    struct harness_server stalled, good;
    struct sink *sinks[60];
    IInternetProtocolEx *protocols[ARRAYSIZE(sinks)];
    unsigned int well = 0;

    harness_server_start(&stalled, "kind=stall after=head size=1000");
    harness_server_start(&good, "kind=normal size=20000");
    for (unsigned int i = 0; i < ARRAYSIZE(sinks); i++)
    {
        sinks[i] = sink_create();
        sinks[i]->keep = TRUE;
        protocols[i] = protocol_create(&CLSID_HttpProtocol);
        sink_start(sinks[i], protocols[i], harness_url(i < 40 ? &stalled : &good, L"x"));
    }
    for (unsigned int i = 40; i < ARRAYSIZE(sinks); i++)
    {
        sink_run(sinks[i], protocols[i]);
        well += sinks[i]->result == S_OK && sinks[i]->received == 20000;
    }
    is_uint(well, 20, "the good ones come behind those that stall");
    for (unsigned int i = 0; i < ARRAYSIZE(sinks); i++)
    {
        if (i < 40)
            IInternetProtocolEx_Abort(protocols[i], E_ABORT, 0);
        finish(protocols[i], sinks[i]);
    }
    harness_server_stop(&good);
    harness_server_stop(&stalled);
}

int main(void)
{
    harness_require();
    if (builtin_lacks("an end for each hostile server"))
        return done_testing();
    CoInitialize(NULL);
    set_timeout(STALL_MS);
    test_misuse();
    test_aggregation();
    test_nobody();
    test_tempers();
    test_broken_lines();
    test_abort();
    test_suspend();
    test_bounded();
    test_many();
    test_abort_anywhere();
    tap_account_begin();
    test_abort();
    test_abort_anywhere();
    test_many();
    tap_account_end("aborts and stalls");
    CoUninitialize();
    return done_testing();
}
