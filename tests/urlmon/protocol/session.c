/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IInternetSession: name spaces, MIME filters, which of several handlers serves. Pages
 * "RegisterNameSpace method" (aa767759), "RegisterMimeFilter method" (aa767758), "Start method"
 * (aa767863). */
#include "protocol_bed.h"

static const CLSID class_one = {0x1d0c5f1e, 0x0001, 0x4a11, {1, 2, 3, 4, 5, 6, 7, 8}};
static const char text[] = "some text of no type";

static HRESULT start_whole(struct bed_handler *handler)
{
    bed_content(handler, text, sizeof(text) - 1);
    bed_data(handler, BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION);
    bed_result(handler, S_OK);
    return S_OK;
}

static HRESULT start_refuse(struct bed_handler *handler)
{
    (void)handler;
    return INET_E_USE_DEFAULT_PROTOCOLHANDLER;
}

static const struct bed_kind whole = {.start = start_whole};
static const struct bed_kind refuse = {.start = start_refuse};
static const struct bed_kind not_aggregated = {.start = start_whole, .no_aggregation = TRUE};

/* Binds to a URL and reads it; the log of the reports. */
static HRESULT bind_to(const WCHAR *url, char *log, size_t size)
{
    struct bed_sink sink;
    IInternetProtocol *protocol;
    HRESULT hr;

    bed_sink_init(&sink, url);
    protocol = bed_binding(&sink);
    hr = IInternetProtocol_Start(protocol, url, &sink.IInternetProtocolSink_iface,
            &sink.IInternetBindInfo_iface, 0, 0);
    lstrcpynA(log, sink.log, (int)size);
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    bed_sink_done(&sink);
    return hr;
}

static void test_session(void)
{
    IInternetSession *one = NULL, *two = NULL;
    IUnknown *unknown = NULL;

    is_hr(CoInternetGetSession(0, &one, 0), S_OK, "CoInternetGetSession");
    is_hr(CoInternetGetSession(0, &two, 0), S_OK, "CoInternetGetSession again");
    is_ptr(one, two, "a process has one session");
    if (!tap_builtin()) /* Wine's does not survive it */
        is_hr(CoInternetGetSession(0, NULL, 0), E_INVALIDARG, "without a place for it");
    is_hr(IInternetSession_QueryInterface(one, &IID_IUnknown, (void **)&unknown), S_OK, "IUnknown");
    IUnknown_Release(unknown);
    is_hr(IInternetSession_QueryInterface(one, &IID_IPersist, (void **)&unknown), E_NOINTERFACE,
            "another interface");
    is_ptr(unknown, NULL, "and its pointer");
}

static void test_arguments(void)
{
    IInternetSession *session = bed_session();
    struct bed_factory factory;

    bed_factory_init(&factory, &whole);
    if (!tap_builtin()) /* Wine's does not survive the first two, and keeps the third */
    {
        is_hr(IInternetSession_RegisterNameSpace(session, NULL, &class_one, L"bed", 0, NULL, 0),
                E_INVALIDARG, "a name space without factory");
        is_hr(IInternetSession_RegisterNameSpace(session, &factory.IClassFactory_iface, &class_one,
                      NULL, 0, NULL, 0),
                E_INVALIDARG, "a name space without scheme");
        is_hr(IInternetSession_RegisterNameSpace(session, &factory.IClassFactory_iface, &class_one,
                      L"bed", 0, NULL, 1),
                E_INVALIDARG, "a reserved argument");
    }
    todo_builtin("Wine answers S_OK")
    {
        is_hr(IInternetSession_UnregisterNameSpace(session, &factory.IClassFactory_iface, L"bed"),
                E_FAIL, "a name space that was not registered");
        is_hr(IInternetSession_UnregisterMimeFilter(session, &factory.IClassFactory_iface,
                      L"text/bed"),
                E_FAIL, "a filter that was not registered");
    }
    is_int(factory.references, 1, "the factory is not kept");
}

static void test_lookup(void)
{
    IInternetSession *session = bed_session();
    struct bed_factory one, two;
    char log[512];

    bed_factory_init(&one, &whole);
    bed_factory_init(&two, &whole);
    todo_builtin("Wine answers MK_E_SYNTAX")
        is_hr(bind_to(L"bed:x", log, sizeof(log)), INET_E_UNKNOWN_PROTOCOL, "nobody serves bed:");
    is_str(log, "", "and nothing is reported");
    is_hr(IInternetSession_RegisterNameSpace(session, &one.IClassFactory_iface, &class_one, L"bed",
                  0, NULL, 0),
            S_OK, "a name space");
    ok(one.references > 1, "the factory is held");
    is_hr(bind_to(L"bed:x", log, sizeof(log)), S_OK, "bed: is served");
    is_str(log, "P20({1D0C5F1E-0001-4A11-0102-030405060708}) D5 R0", "the reports of its handler");
    is_hr(bind_to(L"BED:x", log, sizeof(log)), S_OK, "case does not count");
    is_int(one.made, 2, "handlers made");
    is_hr(IInternetSession_RegisterNameSpace(session, &two.IClassFactory_iface, &class_one, L"bed",
                  0, NULL, 0),
            S_OK, "the name space once more");
    is_hr(bind_to(L"bed:x", log, sizeof(log)), S_OK, "the last one serves");
    is_int(two.made, 1, "its handler is made");
    is_int(one.made, 2, "the other one's is not");
    IInternetSession_UnregisterNameSpace(session, &two.IClassFactory_iface, L"bed");
    is_hr(bind_to(L"bed:x", log, sizeof(log)), S_OK, "the first one serves again");
    is_int(one.made, 3, "its handler");
    IInternetSession_UnregisterNameSpace(session, &one.IClassFactory_iface, L"bed");
    ok(FAILED(bind_to(L"bed:x", log, sizeof(log))), "and then nobody");
    is_int(one.alive + two.alive, 0, "no handler is left");
    is_int(one.references + two.references, 2, "no factory is held");
}

/* A handler that leaves a URL to the default one, which is the one of Windows. */
static void test_default(void)
{
    IInternetSession *session = bed_session();
    struct bed_factory factory;
    WCHAR url[MAX_PATH + 16], path[MAX_PATH];
    HANDLE file;
    DWORD written;
    char log[1024];

    GetTempPathW(MAX_PATH, path);
    wcscat(path, L"session-test.txt");
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, text, sizeof(text), &written, NULL);
    CloseHandle(file);
    wcscpy(url, L"file:///");
    wcscat(url, path);

    bed_factory_init(&factory, &refuse);
    IInternetSession_RegisterNameSpace(session, &factory.IClassFactory_iface, &class_one, L"file",
            0, NULL, 0);
    todo_builtin("Wine has no default handlers")
        is_hr(bind_to(url, log, sizeof(log)), S_OK,
                "the default handler serves what that of the name space leaves to it");
    is_int(factory.made, 1, "the name space's handler was asked");
    todo_builtin("Wine has no default handlers")
        ok(strstr(log, "R0") != NULL, "the file was read: %s", log);
    IInternetSession_UnregisterNameSpace(session, &factory.IClassFactory_iface, L"file");
    todo_builtin("Wine keeps it")
        is_int(factory.alive, 0, "the name space's handler is gone");
    DeleteFileW(path);
}

static void test_aggregation(void)
{
    IInternetSession *session = bed_session();
    struct bed_factory factory;
    char log[512];

    bed_factory_init(&factory, &whole);
    IInternetSession_RegisterNameSpace(session, &factory.IClassFactory_iface, &class_one, L"bed", 0,
            NULL, 0);
    is_hr(bind_to(L"bed:x", log, sizeof(log)), S_OK, "a handler that can be aggregated");
    is_int(factory.aggregated, 1, "it is");
    IInternetSession_UnregisterNameSpace(session, &factory.IClassFactory_iface, L"bed");
    is_int(factory.alive, 0, "and goes");

    bed_factory_init(&factory, &not_aggregated);
    IInternetSession_RegisterNameSpace(session, &factory.IClassFactory_iface, &class_one, L"bed", 0,
            NULL, 0);
    todo_builtin("Wine gives up")
        is_hr(bind_to(L"bed:x", log, sizeof(log)), S_OK,
                "a handler that cannot be aggregated serves as well");
    IInternetSession_UnregisterNameSpace(session, &factory.IClassFactory_iface, L"bed");
    is_int(factory.alive, 0, "and goes");
}

static void test_binding_arguments(void)
{
    IInternetSession *session = bed_session();
    IInternetProtocol *protocol = NULL;
    struct bed_sink sink;

    bed_sink_init(&sink, L"bed:x");
    protocol = bed_binding(&sink);
    is_hr(IInternetProtocol_Start(protocol, NULL, &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, 0, 0),
            E_INVALIDARG, "Start without URL");
    if (!tap_builtin())
    {
        BYTE byte;
        ULONG count = 7;

        is_hr(IInternetProtocol_Start(protocol, L"bed:x", NULL, &sink.IInternetBindInfo_iface, 0,
                      0),
                E_INVALIDARG, "Start without sink");
        is_hr(IInternetProtocol_Start(protocol, L"bed:x", &sink.IInternetProtocolSink_iface, NULL,
                      0, 0),
                E_INVALIDARG, "Start without binding information");
        is_hr(IInternetSession_CreateBinding(session, NULL, L"bed:x", NULL, NULL, NULL, 0),
                E_INVALIDARG, "CreateBinding without a place");
        is_hr(IInternetProtocol_Read(protocol, &byte, 1, &count), E_UNEXPECTED,
                "Read before Start");
        is_uint(count, 0, "which reads nothing");
        is_hr(IInternetProtocol_Abort(protocol, E_ABORT, 0), E_UNEXPECTED, "Abort before Start");
        is_hr(IInternetProtocol_Terminate(protocol, 0), S_OK, "Terminate before Start");
        is_hr(IInternetProtocol_Start(protocol, L"bed:x", &sink.IInternetProtocolSink_iface,
                      &sink.IInternetBindInfo_iface, 0, 0),
                E_UNEXPECTED, "Start after Terminate");
    }
    IInternetProtocol_Release(protocol);
    bed_sink_done(&sink);
}

int main(void)
{
    CoInitialize(NULL);
    test_session();
    test_arguments();
    test_lookup();
    test_default();
    test_aggregation();
    test_binding_arguments();
    CoUninitialize();
    return done_testing();
}
