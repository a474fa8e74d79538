/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Redirections of a binding: the new handler is started on the thread that bound, by way of Switch
 * and Continue. With the DLL's own objects: nobody outside makes such a protocol. */
#include "bind_protocol.h"
#include "protocol_bed.h"

#include <string.h>

static const char text[] = "what was looked for";
static HANDLE redirect_thread, switched, returned;
static PROTOCOLDATA kept_data;

static DWORD WINAPI redirect_later(void *argument)
{
    IInternetProtocolSink *sink = argument;

    WaitForSingleObject(returned, INFINITE); /* Start: else it would be followed in there */
    IInternetProtocolSink_ReportResult(sink, INET_E_REDIRECT_FAILED, 0, L"bedb:there");
    IInternetProtocolSink_Release(sink);
    return 0;
}

static HRESULT start_redirect(struct bed_handler *handler)
{
    IInternetProtocolSink_AddRef(handler->sink);
    redirect_thread = CreateThread(NULL, 0, redirect_later, handler->sink, 0, NULL);
    return E_PENDING;
}

static DWORD start_thread;

static HRESULT start_whole(struct bed_handler *handler)
{
    start_thread = handler->start_thread;
    bed_content(handler, text, sizeof(text));
    bed_data(handler, BSCF_FIRSTDATANOTIFICATION | BSCF_LASTDATANOTIFICATION);
    bed_result(handler, S_OK);
    return S_OK;
}

/* Switch hands the data to the thread that bound; PROTOCOLDATA itself does not outlive the call. */
static HRESULT sink_result;

static HRESULT STDMETHODCALLTYPE keeping_Switch(IInternetProtocolSink *iface, PROTOCOLDATA *data)
{
    (void)iface;
    kept_data = *data;
    memset(data, 0, sizeof(*data));
    SetEvent(switched);
    return sink_result;
}

enum ending
{
    CONTINUE,
    REFUSE_SWITCH,
    ABORT,
    TERMINATE,
    FORGET
};

static void run(enum ending ending, const char *what)
{
    static const struct bed_kind redirecting = {.start = start_redirect};
    static const struct bed_kind whole = {.start = start_whole};
    IInternetProtocolSinkVtbl vtbl;
    struct bed_factory sender, receiver;
    struct bed_sink sink;
    IInternetProtocolEx *protocol;
    IUri *uri = NULL;

    bed_factory_init(&sender, &redirecting);
    bed_factory_init(&receiver, &whole);
    IInternetSession_RegisterNameSpace(bed_session(), &sender.IClassFactory_iface, &CLSID_NULL,
            L"beda", 0, NULL, 0);
    IInternetSession_RegisterNameSpace(bed_session(), &receiver.IClassFactory_iface, &CLSID_NULL,
            L"bedb", 0, NULL, 0);
    bed_sink_init(&sink, L"beda:here");
    vtbl = *sink.IInternetProtocolSink_iface.lpVtbl;
    vtbl.Switch = keeping_Switch;
    sink.IInternetProtocolSink_iface.lpVtbl = &vtbl;
    sink_result = ending == REFUSE_SWITCH ? E_NOTIMPL : S_OK;
    start_thread = 0;
    is_hr(bind_protocol_create(TRUE, &protocol), S_OK, "%s: the protocol", what);
    sink.protocol = (IInternetProtocol *)protocol;
    is_hr(CreateUri(sink.url, 0, 0, &uri), S_OK, "%s: the URI", what);
    is_hr(IInternetProtocolEx_StartEx(protocol, uri, &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, 0, 0),
            E_PENDING, "%s: StartEx", what);
    SetEvent(returned);
    is_uint(WaitForSingleObject(switched, 10000), WAIT_OBJECT_0, "%s: Switch is called", what);
    WaitForSingleObject(redirect_thread, INFINITE);
    CloseHandle(redirect_thread);
    if (ending == CONTINUE)
    {
        is_int(receiver.made, 0, "%s: nothing is started before Continue", what);
        is_hr(IInternetProtocolEx_Continue(protocol, &kept_data), S_OK, "%s: Continue", what);
        is_uint(start_thread, GetCurrentThreadId(), "%s: the new handler's thread", what);
        is_hr(IInternetProtocolEx_Continue(protocol, &kept_data), S_OK, "%s: once more", what);
        is_int(receiver.made, 1, "%s: which does nothing", what);
    }
    else if (ending == REFUSE_SWITCH)
        ok(start_thread && start_thread != GetCurrentThreadId(), "%s: started at once", what);
    else if (ending == ABORT)
    {
        is_hr(IInternetProtocolEx_Abort(protocol, E_ABORT, 0), S_OK, "%s: Abort", what);
        is_hr(sink.result, E_ABORT, "%s: the result", what);
        is_hr(IInternetProtocolEx_Continue(protocol, &kept_data), S_OK, "%s: Continue", what);
        is_int(receiver.made, 0, "%s: nothing is started", what);
    }
    if (ending == CONTINUE || ending == REFUSE_SWITCH)
    {
        is_str(bed_sink_log(&sink, "20"), "P3(bedb:there) D5 R0", "%s: the reports", what);
        is_uint(sink.data_length, sizeof(text), "%s: the data", what);
    }
    IInternetProtocolEx_Terminate(protocol, 0);
    if (ending == TERMINATE)
    {
        IInternetProtocolEx_Continue(protocol, &kept_data);
        is_int(receiver.made, 0, "%s: nothing is started", what);
    }
    IInternetProtocolEx_Release(protocol);
    IUri_Release(uri);
    ok(sink.results <= 1, "%s: %ld results", what, sink.results);
    IInternetSession_UnregisterNameSpace(bed_session(), &sender.IClassFactory_iface, L"beda");
    IInternetSession_UnregisterNameSpace(bed_session(), &receiver.IClassFactory_iface, L"bedb");
    is_int(sender.alive + receiver.alive, 0, "%s: no handler is left", what);
    bed_sink_done(&sink);
}

int main(void)
{
    CoInitialize(NULL);
    if (builtin_lacks("objects of this DLL"))
        return done_testing();
    switched = CreateEventW(NULL, FALSE, FALSE, NULL);
    returned = CreateEventW(NULL, FALSE, FALSE, NULL);
    run(CONTINUE, "continued");
    run(REFUSE_SWITCH, "Switch refused");
    run(ABORT, "aborted before Continue");
    run(TERMINATE, "terminated before Continue");
    run(FORGET, "never continued");
    tap_account_begin();
    for (unsigned int i = 0; i < 10; i++)
    {
        run(CONTINUE, "continued");
        run(FORGET, "never continued");
    }
    tap_account_end("redirections");
    CloseHandle(switched);
    CloseHandle(returned);
    CoUninitialize();
    return done_testing();
}
