/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a client's BINDINFO makes of the request of a URL moniker: verbs, data from memory and from
 * streams, what is appended to the URL; and whose the media are. Pages "BINDINFO structure",
 * "BINDINFOF enumeration", "BINDVERB enumeration", IBindStatusCallback::GetBindInfo.
 */
#include <stdio.h>
#include <string.h>

#include <windows.h>
#include <urlmon.h>

#include "../binding/client.h"
#include "harness.h"
#include "tap.h"

static struct harness_server mirror;

/* What the client is to say, and what has come: the mirror sends the request back. */
struct request
{
    DWORD verb, info_flags;
    const WCHAR *custom_verb, *extra;
    const char *body;
    IStream *stream;
    IUnknown *keeper; /* pUnkForRelease */
    char answer[8192];
    ULONG size;
};

/* pUnkForRelease: counts. */
static LONG keeper_references = 1;

static HRESULT WINAPI keeper_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown))
        return E_NOINTERFACE;
    *out = iface;
    IUnknown_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI keeper_AddRef(IUnknown *iface)
{
    (void)iface;
    return InterlockedIncrement(&keeper_references);
}

static ULONG WINAPI keeper_Release(IUnknown *iface)
{
    (void)iface;
    return InterlockedDecrement(&keeper_references);
}

static const IUnknownVtbl keeper_vtbl = {keeper_QueryInterface, keeper_AddRef, keeper_Release};
static IUnknown keeper = {(IUnknownVtbl *)&keeper_vtbl};

static WCHAR *task_text(const WCHAR *text)
{
    size_t size = (wcslen(text) + 1) * sizeof(*text);
    WCHAR *copy = CoTaskMemAlloc(size);

    memcpy(copy, text, size);
    return copy;
}

static void say(struct client *client, BINDINFO *info)
{
    struct request *request = client->data;

    info->dwBindVerb = request->verb;
    info->grfBindInfoF = request->info_flags;
    if (request->custom_verb)
        info->szCustomVerb = task_text(request->custom_verb);
    if (request->extra)
        info->szExtraInfo = task_text(request->extra);
    if (request->body)
    {
        info->cbstgmedData = (DWORD)strlen(request->body);
        info->stgmedData.tymed = TYMED_HGLOBAL;
        info->stgmedData.hGlobal = GlobalAlloc(GMEM_MOVEABLE, info->cbstgmedData);
        memcpy(GlobalLock(info->stgmedData.hGlobal), request->body, info->cbstgmedData);
        GlobalUnlock(info->stgmedData.hGlobal);
    }
    if (request->stream)
    {
        info->stgmedData.tymed = TYMED_ISTREAM;
        info->stgmedData.pstm = request->stream;
        IStream_AddRef(request->stream);
        info->cbstgmedData = (DWORD)-1;
    }
    if (request->keeper)
    {
        info->stgmedData.pUnkForRelease = request->keeper;
        IUnknown_AddRef(request->keeper);
    }
}

static void read_answer(struct client *client, DWORD bscf)
{
    struct request *request = client->data;
    ULONG read;

    (void)bscf;
    do
    {
        read = 0;
        client->last_read = IStream_Read(client->stream, request->answer + request->size,
                sizeof(request->answer) - 1 - request->size, &read);
        request->size += read;
    } while (client->last_read == S_OK && read);
}

/* Binds to a name of the mirror; the result. */
static HRESULT ask(struct request *request, DWORD bindf, const WCHAR *name, const char *what)
{
    struct client client;
    HRESULT hr;

    memset(request->answer, 0, sizeof(request->answer));
    request->size = 0;
    client_open(&client);
    client.bindf = bindf | BINDF_GETNEWESTVERSION | BINDF_NOWRITECACHE;
    client.no_read = TRUE;
    client.on_info = say;
    client.on_data = read_answer;
    client.data = request;
    client_bind(&client, harness_url(&mirror, name));
    hr = client.bind_result;
    if (SUCCEEDED(hr)) /* else it has not begun, and there is no OnStopBinding */
    {
        ok(client_wait(&client), "%s: it ends", what);
        hr = client.result;
    }
    client_close(&client, what);
    return hr;
}

/* Whether the request had this. */
static void had(const struct request *request, const char *line, const char *what)
{
    if (!ok(strstr(request->answer, line) != NULL, "%s: %s", what, line))
        note("the request: %s", request->answer);
}

static void test_verbs(DWORD bindf)
{
    struct request request = {.verb = BINDVERB_POST, .body = "a=1&b=2"};

    is_hr(ask(&request, bindf, L"form", "POST"), S_OK, "POST");
    had(&request, "POST /form HTTP/1.1", "POST");
    had(&request, "Content-Length: 7", "POST");
    had(&request, "\r\n\r\na=1&b=2", "POST");

    request = (struct request){.verb = BINDVERB_PUT, .body = "0123456789"};
    is_hr(ask(&request, bindf, L"file", "PUT"), S_OK, "PUT");
    had(&request, "PUT /file HTTP/1.1", "PUT");
    had(&request, "\r\n\r\n0123456789", "PUT");

    request = (struct request){.verb = BINDVERB_CUSTOM, .custom_verb = L"REPORT", .body = "<x/>"};
    is_hr(ask(&request, bindf, L"tree", "a verb of the client's"), S_OK, "a verb of the client's");
    had(&request, "REPORT /tree HTTP/1.1", "a verb of the client's");
    had(&request, "\r\n\r\n<x/>", "a verb of the client's");

    request = (struct request){.verb = BINDVERB_CUSTOM, .custom_verb = L"HEAD"};
    is_hr(ask(&request, bindf, L"head", "HEAD"), S_OK, "HEAD");
    is_uint(request.size, 0, "HEAD: no data");
}

/* The medium is given back once, whoever releases it. */
static void test_streams(DWORD bindf)
{
    struct request request = {.verb = BINDVERB_POST};
    LARGE_INTEGER start = {.QuadPart = 0};
    ULONG done, references;

    for (int i = 0; i < 2; i++)
    {
        const char *what = i ? "a stream that another object keeps" : "a stream";

        is_hr(CreateStreamOnHGlobal(NULL, TRUE, &request.stream), S_OK, "%s", what);
        IStream_Write(request.stream, "one two three", 13, &done);
        IStream_Seek(request.stream, start, STREAM_SEEK_SET, NULL);
        request.keeper = i ? &keeper : NULL;
        is_hr(ask(&request, bindf, L"stream", what), S_OK, "%s: POST", what);
        had(&request, "Content-Length: 13", what);
        had(&request, "\r\n\r\none two three", what);
        is_int(keeper_references, 1, "%s: its keeper is let go", what);
        references = IStream_Release(request.stream);
        is_uint(references, 0, "%s: nobody holds it", what);
    }
}

static void test_extra(DWORD bindf)
{
    struct request request = {.extra = L"?name=value&b=2"};

    is_hr(ask(&request, bindf, L"cgi", "szExtraInfo"), S_OK, "szExtraInfo");
    had(&request, "GET /cgi?name=value&b=2 HTTP/1.1", "szExtraInfo");
    request = (struct request){.extra = L"?a=x y%&b=\x20ac",
            .info_flags = BINDINFOF_URLENCODEDEXTRAINFO};
    is_hr(ask(&request, bindf, L"cgi", "szExtraInfo, encoded"), S_OK, "szExtraInfo, encoded");
    had(&request, "GET /cgi?a=x%20y%25&b=%E2%82%AC HTTP/1.1", "szExtraInfo, encoded");
    request = (struct request){.extra = L"/more", .verb = BINDVERB_POST, .body = "x=y"};
    is_hr(ask(&request, bindf, L"cgi", "szExtraInfo, with data"), S_OK, "szExtraInfo, with data");
    had(&request, "POST /cgi/more HTTP/1.1", "szExtraInfo, with data");
    request = (struct request){.extra = L""};
    is_hr(ask(&request, bindf, L"plain", "szExtraInfo, empty"), S_OK, "szExtraInfo, empty");
    had(&request, "GET /plain HTTP/1.1", "szExtraInfo, empty");
    request = (struct request){.extra = L"\xd800", .info_flags = BINDINFOF_URLENCODEDEXTRAINFO};
    is_hr(ask(&request, bindf, L"bad", "szExtraInfo that is no text"), INET_E_INVALID_URL,
            "szExtraInfo that is no text");
    is_uint(request.size, 0, "szExtraInfo that is no text: nothing came");
}

static void test_all(void)
{
    static const DWORD flags[] = {BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA,
            BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE, 0};

    for (unsigned int i = 0; i < ARRAYSIZE(flags); i++)
    {
        test_verbs(flags[i]);
        test_streams(flags[i]);
        test_extra(flags[i]);
    }
}

/* Page IBinding::GetBindResult: "the protocol-specific outcome", which for http on Windows is the
 * result itself. */
static void test_nobody_answers(void)
{
    struct harness_server gone;
    struct client client;
    WCHAR url[128];

    harness_server_start(&gone, "kind=normal");
    lstrcpynW(url, harness_url(&gone, L"x"), ARRAYSIZE(url));
    harness_server_stop(&gone);
    client_open(&client);
    client.bindf = BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA;
    client_bind(&client, url);
    ok(client_wait(&client), "nobody answers: it ends");
    ok(FAILED(client.result), "nobody answers: %s", tap_hr(client.result));
    is_hr(client.code, client.result, "nobody answers: GetBindResult");
    is_guid(&client.protocol_class, &CLSID_HttpProtocol, "nobody answers: the protocol");
    client_close(&client, "nobody answers");
}

int main(void)
{
    harness_require();
    if (builtin_lacks("szExtraInfo (page \"BINDINFO structure\"), PUT from a stream"))
        return done_testing();
    CoInitialize(NULL);
    harness_server_start(&mirror, "kind=mirror");
    test_all();
    test_nobody_answers();
    tap_account_begin();
    test_all();
    pump_messages(200);
    tap_account_end("requests");
    harness_server_stop(&mirror);
    CoUninitialize();
    return done_testing();
}
