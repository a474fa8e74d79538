/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parsers by themselves, on inputs between guard pages: OBJREFs, what is before a call's data,
 * the transport's control messages and its lanes. The corpus is real traffic, through the recorder.
 */
#include "fuzz.h"
#include "objref.h"
#include "orpc.h"
#include "recorder.h"
#include "traffic.h"
#include "transport_parts.h"
#include "victims.h"

#include <stdlib.h>
#include <string.h>

TAP_TIME_LIMIT(180);

static struct fuzz_corpus requests, answers, objrefs, handshakes, lanes;

/* --- OBJREFs --- */

static const HRESULT objref_documented[] = {E_INVALIDARG, STG_E_READFAULT, 0};
static struct fuzz_answers objref_answers = {objref_documented};

static void objrefs_run(UINT32 count)
{
    static struct fuzz_input input;
    UINT32 number, first, end;
    unsigned int changed = 0;

    fuzz_range(count, &first, &end);
    for (number = first; number < end; ++number)
    {
        struct objref objref, again;
        struct memory_stream stream;
        BYTE buffer[OBJREF_SIZE_MAX];
        ULONG size;
        HRESULT hr;

        fuzz_make(&objrefs, fuzz_seed(), number, &input);
        fuzz_at("OBJREF", number);
        memory_stream_init(&stream, fuzz_guard(0, input.data, input.size, 1, number & 1),
                input.size);
        hr = objref_read(&stream.IStream_iface, &objref);
        fuzz_answer(&objref_answers, hr);
        if (FAILED(hr))
            continue;
        /* What was understood is what is written. */
        size = objref_encode(&objref, buffer);
        memory_stream_init(&stream, fuzz_guard(1, buffer, size, 1, FALSE), size);
        changed += objref_read(&stream.IStream_iface, &again) != S_OK
                || memcmp(&again, &objref, sizeof(again));
    }
    is_uint(changed, 0, "OBJREFs which are not what they were after writing and reading");
}

/* --- what is before a call's data --- */

static const HRESULT orpc_documented[] = {RPC_E_INVALID_HEADER, RPC_E_INVALID_EXTENSION,
        RPC_E_VERSION_MISMATCH, 0};
static struct fuzz_answers request_answers = {orpc_documented}, reply_answers = {orpc_documented};

static BOOL extensions_within(const struct orpc_extensions *extensions, const BYTE *data,
        ULONG size)
{
    volatile BYTE last;

    for (ULONG i = 0; i < extensions->count; ++i)
    {
        const struct orpc_extension *item = &extensions->items[i];

        if (item->data < data || item->data > data + size
                || item->size > (ULONG)(data + size - item->data))
            return FALSE;
        if (item->size)
            last = item->data[item->size - 1];
    }
    (void)last;
    return TRUE;
}

static void orpc_run(UINT32 count)
{
    static struct fuzz_input input;
    UINT32 number, first, end;
    unsigned int outside = 0;

    fuzz_range(count, &first, &end);
    for (number = first; number < end; ++number)
    {
        BOOL reply = (number >> 2) & 1;
        struct orpc_request request;
        struct orpc_reply answer;
        const BYTE *data;
        ULONG body = 0;
        HRESULT hr;

        fuzz_make(reply ? &answers : &requests, fuzz_seed(), number, &input);
        fuzz_at("ORPC", number);
        data = fuzz_guard(0, input.data, input.size, 1, number & 1);
        if (reply)
        {
            hr = orpc_decode_reply(data, input.size, &answer, &body);
            fuzz_answer(&reply_answers, hr);
            outside += SUCCEEDED(hr)
                    && (body > input.size || !extensions_within(&answer.extensions, data, body));
            if (SUCCEEDED(hr))
                orpc_extensions_free(&answer.extensions);
        }
        else
        {
            hr = orpc_decode_request(data, input.size, &request, &body);
            fuzz_answer(&request_answers, hr);
            outside += SUCCEEDED(hr)
                    && (body > input.size || !extensions_within(&request.extensions, data, body));
            if (SUCCEEDED(hr))
                orpc_extensions_free(&request.extensions);
        }
    }
    is_uint(outside, 0, "bodies or extensions outside of their message");
}

/* Requests and answers with extensions, as hooks and error objects make them. */
static void add_extended(void)
{
    static const GUID id = {0x12345678, 0x1234, 0x5678, {1, 2, 3, 4, 5, 6, 7, 8}};
    struct orpc_request request = {.data_representation = ORPC_DATA_REPRESENTATION};
    struct orpc_reply reply = {.data_representation = ORPC_DATA_REPRESENTATION};
    void *data;
    ULONG size;

    for (ULONG i = 0; i < 3; ++i)
    {
        struct fuzz_item *item;

        orpc_extensions_add(&request.extensions, &id, 5 + 20 * i);
        orpc_extensions_add(&reply.extensions, &id, 8 + 11 * i);
        data = orpc_encode_request(&request, 0, NULL, 0, &size);
        item = fuzz_add(&requests, "request with extensions", i, data, size);
        for (ULONG at = 124; at < 148; at += 4)
            fuzz_length_at(item, at);
        free(data);
        data = orpc_encode_reply(&reply, 0, NULL, 0, &size);
        item = fuzz_add(&answers, "answer with extensions", i, data, size);
        for (ULONG at = 36; at < 60; at += 4)
            fuzz_length_at(item, at);
        free(data);
    }
    orpc_extensions_free(&request.extensions);
    orpc_extensions_free(&reply.extensions);
}

/* --- the control pipe --- */

static void handshakes_run(UINT32 count)
{
    static struct fuzz_input input;
    struct wire_message message = {WIRE_MAGIC, WIRE_VERSION, WIRE_VERSION};
    unsigned int taken = 0, refused = 0, lied = 0;
    UINT32 number, first, end;

    message.process = GetCurrentProcessId();
    message.port = transport_port();
    message.kind = WIRE_HELLO;
    fuzz_add(&handshakes, "hello", 0, &message, sizeof(message));
    message.kind = WIRE_LEDGER;
    fuzz_add(&handshakes, "ledger", 0, &message, sizeof(message));
    fuzz_range(count, &first, &end);
    for (number = first; number < end; ++number)
    {
        struct server_connection *connection = server_connection_create();
        struct wire_message *place;

        fuzz_make(&handshakes, fuzz_seed(), number, &input);
        if (input.size < sizeof(message))
            memset(input.data + input.size, 0, sizeof(message) - input.size);
        fuzz_at("control message", number);
        connection->process = GetCurrentProcessId();
        place = (struct wire_message *)fuzz_guard(0, input.data, sizeof(message), 8, number & 1);
        if (server_connection_answer(connection, place))
        {
            ++taken;
            lied += SUCCEEDED(place->status) && (!place->section || !connection->board);
        }
        else
        {
            ++refused;
        }
        server_connection_close(connection);
        server_connection_release(connection);
    }
    ok(first + 1 == end || (taken && refused), "control messages: %u taken, %u refused", taken,
            refused);
    is_uint(lied, 0, "an answer says what there is");
}

/* --- lanes, at the server: the head of the shared memory, 512 bytes --- */

#define LANE_HEAD FIELD_OFFSET(struct wire_lane, request)

/* The altered head in a lane of its own; the server looks at it once. */
static void lanes_run(UINT32 count)
{
    static struct fuzz_input input;
    struct server_connection *connection = server_connection_create();
    struct server_lane lane = {.refs = 1, .connection = connection};
    unsigned int ended = 0;
    UINT32 number, first, end;
    static struct wire_lane fields;
    struct fuzz_item *item;

    fields.state = LANE_REQUEST;
    fields.request_size = 132;
    fields.client_sleeps = 1;
    item = fuzz_add(&lanes, "request in a lane", 0, &fields, LANE_HEAD);
    fuzz_length_at(item, 0);
    fuzz_length_at(item, FIELD_OFFSET(struct wire_lane, request_size));
    fields.state = LANE_GROW;
    fields.request_size = 0x12345;
    item = fuzz_add(&lanes, "room in a lane", 0, &fields, LANE_HEAD);
    fuzz_length_at(item, 0);
    fuzz_length_at(item, FIELD_OFFSET(struct wire_lane, request_size));

    lane.request_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    lane.reply_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    fuzz_range(count, &first, &end);
    for (number = first; number < end; ++number)
    {
        struct wire_lane *memory = (struct wire_lane *)fuzz_guard(0, NULL, 0, 1, TRUE);

        memory = (struct wire_lane *)((BYTE *)memory + FUZZ_GUARDED - sizeof(*memory));
        fuzz_make(&lanes, fuzz_seed(), number, &input);
        memcpy(memory, input.data, min(input.size, LANE_HEAD));
        /* A gigabyte is what a client may have; not a hundred thousand times. */
        if (memory->request_size > 0x400000 && memory->request_size <= TRANSPORT_MESSAGE_MAX
                && number % 1024)
            memory->request_size &= 0x3fffff;
        lane.memory = memory;
        fuzz_at("lane", number);
        ended += !server_lane_turn(&lane);
        lane.busy = 0;
    }
    note("lanes: %u ended by what the client wrote", ended);
    ok(lane.refs >= 1, "the lane is there");
    CloseHandle(lane.request_event);
    CloseHandle(lane.reply_event);
}

/* --- */

static void add_objref(IUnknown *object, REFIID iid, DWORD context, DWORD flags)
{
    struct fuzz_item *item;
    BYTE *data;
    ULONG size;

    if (FAILED(victim_marshal(object, iid, context, flags, &data, &size)))
        return;
    item = fuzz_add(&objrefs, "OBJREF", 0, data, size);
    for (ULONG at = 4; at < size; at += 20)
        fuzz_length_at(item, at);
    free(data);
    if (size >= 64)
    {
        static const UINT32 tail[] = {0x4e535956, 0, 1, 0x4e535956, 1, 2, 3, 4, 12, 16, 1, 2, 3, 4};
        BYTE bytes[64 + sizeof(tail)];

        memcpy(bytes, item->data, 64);
        bytes[4] = OBJREF_EXTENDED;
        memcpy(bytes + 64, tail, sizeof(tail));
        item = fuzz_add(&objrefs, "extended OBJREF", 0, bytes, sizeof(bytes));
        for (ULONG at = 64; at < 108; at += 8)
            fuzz_length_at(item, at);
    }
}

int main(int argc, char **argv)
{
    struct fuzz_memory before;
    IUnknown *objects[4], *proxy;

    fuzz_begin(argc, argv, 42, 30);
    if (builtin_lacks("checks of hostile input"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    victims_register();
    for (int i = 0; i < 4; ++i)
    {
        objects[i] = victim_create((enum victim_kind)i);
        add_objref(objects[i], &IID_IClassFactory, MSHCTX_LOCAL, MSHLFLAGS_NORMAL);
        add_objref(objects[i], &IID_IClassFactory, MSHCTX_INPROC, MSHLFLAGS_TABLEWEAK);
    }
    recorder_start(&requests, &answers);
    proxy = traffic_proxy(objects[VICTIM_PLAIN], &IID_IUnknown);
    if (proxy)
    {
        traffic_make(proxy);
        IUnknown_Release(proxy);
    }
    Sleep(100);
    recorder_pause();
    add_extended();
    ok(requests.count > 30 && answers.count > 30, "a corpus of %lu requests and %lu answers",
            requests.count, answers.count);

    objrefs_run(1000);
    orpc_run(1000);
    handshakes_run(100);
    fuzz_memory_get(&before);
    objrefs_run(250000);
    orpc_run(250000);
    fuzz_memory_check(&before, 0x4000, 0, "OBJREF and ORPC");
    handshakes_run(20000);
    fuzz_memory_check(&before, 0x8000, 2, "control messages");
    lanes_run(60000);
    fuzz_answers_check(&objref_answers, "OBJREFs");
    fuzz_answers_check(&request_answers, "requests");
    fuzz_answers_check(&reply_answers, "answers");
    note("%lu inputs", fuzz_total());
    for (int i = 0; i < 4; ++i)
    {
        CoDisconnectObject(objects[i], 0);
        IUnknown_Release(objects[i]);
    }
    CoUninitialize();
    return done_testing();
}
