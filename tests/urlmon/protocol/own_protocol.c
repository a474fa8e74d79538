/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client that brings its own IInternetProtocol along, by IServiceProvider; handlers that ignore
 * their outer object; a moniker that changes threads; callbacks registered one after the other.
 * Pages "About Asynchronous Pluggable Protocols" (aa767916), "Start method" (aa767863),
 * "IInternetThreadSwitch interface" (aa767752), "RegisterBindStatusCallback function".
 */
#include "protocol_bed.h"

#include <string.h>

static const CLSID class_one = {0x1d0c5f1e, 0x0001, 0x4a11, {1, 2, 3, 4, 5, 6, 7, 8}};
static const char text[] = "some text of no type";

static HRESULT start_whole(struct bed_handler *handler)
{
    bed_content(handler, text, sizeof(text) - 1);
    bed_data(handler, BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION);
    bed_result(handler, S_OK);
    return S_OK;
}

static HRESULT start_nothing(struct bed_handler *handler)
{
    (void)handler;
    return E_PENDING;
}

static HRESULT start_refuse(struct bed_handler *handler)
{
    (void)handler;
    return INET_E_USE_DEFAULT_PROTOCOLHANDLER;
}

/* What the sink that a handler gets says when it is asked for the client's protocol. */
static HRESULT start_ask(struct bed_handler *handler)
{
    IServiceProvider *provider = NULL;
    IInternetProtocol *protocol = NULL;

    is_hr(IInternetProtocolSink_QueryInterface(handler->sink, &IID_IServiceProvider,
                  (void **)&provider),
            S_OK, "the sink has services");
    ok(FAILED(IServiceProvider_QueryService(provider, &IID_IInternetProtocol,
               &IID_IInternetProtocol, (void **)&protocol)),
            "a handler is not handed to itself");
    is_ptr(protocol, NULL, "nor a pointer");
    IServiceProvider_Release(provider);
    return start_whole(handler);
}

/* Reports data in Continue, where it may not be read. */
static LONG reads_inside;
static BOOL is_inside;

static HRESULT proceed_whole(struct bed_handler *handler, PROTOCOLDATA *data)
{
    (void)data;
    is_inside = TRUE;
    bed_content(handler, text, sizeof(text) - 1);
    bed_progress(handler, BINDSTATUS_MIMETYPEAVAILABLE, L"text/plain");
    bed_data(handler, BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION);
    bed_result(handler, S_OK);
    is_inside = FALSE;
    return S_OK;
}

static HRESULT read_counted(struct bed_handler *handler, void *buffer, ULONG size, ULONG *count)
{
    ULONG left = handler->length - handler->position;

    reads_inside += is_inside;
    *count = left < size ? left : size;
    memcpy(buffer, handler->content + handler->position, *count);
    handler->position += *count;
    return *count ? S_OK : S_FALSE;
}

static const struct bed_kind whole = {.start = start_whole};
static const struct bed_kind refuse = {.start = start_refuse};
static const struct bed_kind asking = {.start = start_ask};
static const struct bed_kind ignoring = {.start = start_whole, .ignores_outer = TRUE};
static const struct bed_kind switching = {.start = start_nothing, .has_thread_switch = TRUE};
static const struct bed_kind continuing = {.start = start_nothing,
        .proceed = proceed_whole,
        .read = read_counted};

/* Binds to bed: with a client that may have a protocol; the log of the reports. */
static HRESULT bind_with(struct bed_factory *own, char *log, size_t size, LONG *asked)
{
    struct bed_sink sink;
    IInternetProtocol *protocol;
    HRESULT hr;

    bed_sink_init(&sink, L"bed:x");
    sink.own = own;
    protocol = bed_binding(&sink);
    hr = IInternetProtocol_Start(protocol, L"bed:x", &sink.IInternetProtocolSink_iface,
            &sink.IInternetBindInfo_iface, 0, 0);
    lstrcpynA(log, sink.log, (int)size);
    *asked = sink.own_asked;
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    bed_sink_done(&sink);
    return hr;
}

static void test_own(void)
{
    struct bed_factory own, space;
    char log[512];
    LONG asked;

    bed_factory_init(&own, &whole);
    bed_factory_init(&space, &whole);
    is_hr(bind_with(&own, log, sizeof(log), &asked), S_OK, "a scheme that only the client serves");
    is_str(log, "D5 R0", "its reports, without a class");
    is_int(asked, 1, "it is asked once");
    is_int(own.made, 1, "and its protocol used");

    IInternetSession_RegisterNameSpace(bed_session(), &space.IClassFactory_iface, &class_one,
            L"bed", 0, NULL, 0);
    is_hr(bind_with(&own, log, sizeof(log), &asked), S_OK, "beside a name space");
    is_int(space.made, 0, "the client's comes first");
    is_hr(bind_with(NULL, log, sizeof(log), &asked), S_OK, "a client without one");
    is_int(asked, 1, "is asked too");
    is_int(space.made, 1, "and the name space serves");

    own.kind = &asking;
    is_hr(bind_with(&own, log, sizeof(log), &asked), S_OK, "a protocol that asks its sink");

    own.kind = &refuse;
    if (!builtin_lacks("a client's protocol that gives way (Start method, aa767863)"))
    {
        is_hr(bind_with(&own, log, sizeof(log), &asked), S_OK, "a protocol that gives way");
        is_str(log, "P20({1D0C5F1E-0001-4A11-0102-030405060708}) D5 R0", "to the name space");
        is_int(asked, 1, "it is still asked once");
    }
    IInternetSession_UnregisterNameSpace(bed_session(), &space.IClassFactory_iface, L"bed");
    is_int(own.alive + space.alive, 0, "no handler is left");
}

static void test_ignoring(void)
{
    struct bed_factory factory;
    struct bed_sink sink;
    IInternetProtocol *protocol;
    IWinInetInfo *info = NULL;

    bed_factory_init(&factory, &ignoring);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &class_one,
            L"bed", 0, NULL, 0);
    bed_sink_init(&sink, L"bed:x");
    protocol = bed_binding(&sink);
    IInternetProtocol_AddRef(protocol);
    is_hr(IInternetProtocol_Start(protocol, L"bed:x", &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, 0, 0),
            S_OK, "a handler that ignores its outer object");
    ok(FAILED(IInternetProtocol_QueryInterface(protocol, &IID_IWinInetInfo, (void **)&info)),
            "has no such interface");
    IInternetProtocol_Terminate(protocol, 0);
    is_uint(IInternetProtocol_Release(protocol), 1, "the references of the protocol are right");
    is_uint(IInternetProtocol_Release(protocol), 0, "to the last");
    bed_sink_done(&sink);
    is_int(factory.alive, 0, "the handler goes with it");
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
}

static DWORD WINAPI continue_thread(void *context)
{
    return (DWORD)IInternetThreadSwitch_Continue((IInternetThreadSwitch *)context);
}

static void test_thread_switch(void)
{
    IInternetThreadSwitch *thread_switch = NULL;
    struct bed_factory factory;
    struct bed_sink sink;
    IInternetProtocol *protocol;
    HANDLE thread;
    DWORD id, code = 1;

    if (builtin_lacks("IInternetThreadSwitch (aa767752)"))
        return;
    bed_factory_init(&factory, &switching);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &class_one,
            L"bed", 0, NULL, 0);
    bed_sink_init(&sink, L"bed:x");
    protocol = bed_binding(&sink);
    is_hr(IInternetProtocol_QueryInterface(protocol, &IID_IInternetThreadSwitch,
                  (void **)&thread_switch),
            S_OK, "IInternetThreadSwitch");
    is_hr(IInternetThreadSwitch_Prepare(thread_switch), S_OK, "Prepare before Start");
    IInternetProtocol_Start(protocol, L"bed:x", &sink.IInternetProtocolSink_iface,
            &sink.IInternetBindInfo_iface, 0, 0);
    is_hr(IInternetThreadSwitch_Prepare(thread_switch), S_OK, "Prepare");
    is_int(factory.last->prepared, 1, "the handler hears of it");
    thread = CreateThread(NULL, 0, continue_thread, thread_switch, 0, &id);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &code);
    CloseHandle(thread);
    is_hr((HRESULT)code, S_OK, "Continue on another thread");
    is_int(factory.last->switched, 1, "the handler hears of it");
    is_uint(factory.last->switch_thread, id, "on that thread");
    IInternetThreadSwitch_Release(thread_switch);
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    bed_sink_done(&sink);
    is_int(factory.alive, 0, "no handler is left");
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
}

static void test_continue(void)
{
    PROTOCOLDATA data = {0, 1, NULL, 0};
    struct bed_factory factory;
    struct bed_sink sink;
    IInternetProtocol *protocol;

    if (builtin_lacks("sniffing after Continue"))
        return;
    bed_factory_init(&factory, &continuing);
    IInternetSession_RegisterNameSpace(bed_session(), &factory.IClassFactory_iface, &class_one,
            L"bed", 0, NULL, 0);
    bed_sink_init(&sink, L"bed:x");
    protocol = bed_binding(&sink);
    is_hr(IInternetProtocol_Start(protocol, L"bed:x", &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, PI_MIMEVERIFICATION, 0),
            E_PENDING, "Start");
    is_hr(IInternetProtocol_Continue(protocol, &data), S_OK, "Continue");
    is_int(reads_inside, 0, "a handler is not read in its Continue");
    is_str(bed_sink_log(&sink, "20"), "P13(text/plain) D5 R0", "but after it");
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    bed_sink_done(&sink);
    IInternetSession_UnregisterNameSpace(bed_session(), &factory.IClassFactory_iface, L"bed");
}

static void test_all(void)
{
    test_own();
    test_ignoring();
    test_thread_switch();
    test_continue();
}

int main(void)
{
    CoInitialize(NULL);
    bed_session();
    test_all(); /* what is made once */
    tap_account_begin();
    test_all();
    tap_account_end("bindings");
    CoUninitialize();
    return done_testing();
}
