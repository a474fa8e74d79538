/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder.h"

#include <stdlib.h>
#include <string.h>

#include "transport.h"

static struct fuzz_corpus *recorded_requests, *recorded_answers;
static CRITICAL_SECTION lock;
static volatile LONG recording;
static UINT64 server; /* an OXID of the runtime */

void (*volatile recorder_alter)(struct fuzz_input *answer);

#define METHOD_AT 12 /* of a request's header */
#define IPID_AT 16

HRESULT recorder_send(const void *data, ULONG size, BYTE **answer, DWORD *answer_size)
{
    struct connection *connection;
    struct transport_call *call;
    HRESULT hr = transport_connect(server, &connection);

    *answer = NULL;
    if (FAILED(hr))
        return hr;
    hr = transport_send(connection, data, size, NULL, 0, &call);
    if (SUCCEEDED(hr))
    {
        hr = call_wait_run(transport_call_wait(call), INFINITE, 0);
        if (SUCCEEDED(hr))
            hr = transport_receive(call, answer, answer_size);
        transport_call_close(call);
    }
    connection_release(connection);
    return hr;
}

static void record(struct fuzz_corpus *corpus, const char *name, ULONG method, const BYTE *data,
        ULONG size)
{
    struct fuzz_item *item;

    if (!recording)
        return;
    EnterCriticalSection(&lock);
    item = fuzz_add(corpus, name, method, data, size);
    fuzz_length_at(item, 4);
    fuzz_length_at(item, 8);
    fuzz_length_at(item, 12);
    /* The beginnings of the call's data. */
    if (size > 8)
    {
        UINT32 body;

        memcpy(&body, data + 4, sizeof(body));
        for (unsigned int i = 0; i < 5; ++i)
            fuzz_length_at(item, body + 4 * i);
    }
    LeaveCriticalSection(&lock);
}

/* The IPID of an apartment's IRemUnknown has its OXID in it. */
static void request_readdress(BYTE *data, ULONG size)
{
    if (size >= IPID_AT + 16 && !memcmp(data + IPID_AT + 8, "RemUnkwn", 8))
        memcpy(data + IPID_AT, &server, sizeof(server));
}

static void receive(struct transport_request *request)
{
    static __thread struct fuzz_input altered;
    UINT32 method = 0;
    BYTE *answer;
    DWORD size;

    request_readdress(request->data, request->size);
    if (request->size >= METHOD_AT + 4)
        memcpy(&method, request->data + METHOD_AT, sizeof(method));
    record(recorded_requests, "request", method, request->data, request->size);
    if (FAILED(recorder_send(request->data, request->size, &answer, &size)))
    {
        transport_abandon(request);
        return;
    }
    record(recorded_answers, "answer", method, answer, size);
    if (recorder_alter && !recording && size <= FUZZ_INPUT_MAX)
    {
        altered.size = size;
        memcpy(altered.data, answer, size);
        recorder_alter(&altered);
        transport_reply(request, altered.data, altered.size, NULL, 0);
    }
    else
    {
        transport_reply(request, answer, size, NULL, 0);
    }
    CoTaskMemFree(answer);
}

static void rundown(const GUID *ipid, ULONG count)
{
    (void)ipid, (void)count;
}

void recorder_start(struct fuzz_corpus *requests, struct fuzz_corpus *answers)
{
    static const struct transport_handlers handlers = {receive, rundown};

    recorded_requests = requests;
    recorded_answers = answers;
    InitializeCriticalSection(&lock);
    recording = TRUE;
    is_hr(transport_listen(&handlers), S_OK, "the recorder listens");
}

void recorder_pause(void)
{
    recording = FALSE;
}

void recorder_resume(void)
{
    recording = TRUE;
}

void recorder_redirect(BYTE *objref, ULONG size)
{
    UINT64 oxid;

    if (size < 64)
        bail_out("no OBJREF of the runtime");
    memcpy(&oxid, objref + 32, sizeof(oxid));
    server = oxid;
    oxid = (oxid & ~TRANSPORT_PORT_MASK) | transport_port();
    memcpy(objref + 32, &oxid, sizeof(oxid));
}
