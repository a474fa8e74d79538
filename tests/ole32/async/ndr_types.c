/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls in two halves against the synchronous proxy and stub of the same interface: the same bytes,
 * the same results, and nothing is left in memory.
 */
#include "every_proxies.h"
#include "ndr_bed.h"

#include "async_entries.h"
#include "call_guard.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static IPSFactoryBuffer *factory;
static IRpcProxyBuffer *proxy_buffer;
static IEveryType *proxy;
static IRpcStubBuffer *stub;
static IEveryType *object;
static struct ndr_channel channel;
static struct ndr_interface *of_proxy;
static struct ndr_interface *of_stub;
static struct ndr_async_object async;

static HRESULT method_call(IEveryType *target, const struct every_call *call,
        struct every_args *args)
{
    void *const *vtbl = *(void *const **)target;

    args->slots[0] = target;
    return async_invoke(vtbl[call->method], args->slots, args->slot_count);
}

static void args_fill(struct every_args *args, const struct every_call *call)
{
    memset(args, 0, sizeof(*args));
    call->fill(args);
}

/* ---- one call, in each way ---- */

static HRESULT sync_run(const struct every_call *call, char *text)
{
    struct every_args args;
    HRESULT hr;

    args_fill(&args, call);
    hr = method_call(proxy, call, &args);
    call->take(&args, text);
    return hr;
}

/* The client's halves; the answer is `reply`. */
static HRESULT client_run(const struct every_call *call, const struct ndr_bytes *reply,
        HRESULT failure, char *text)
{
    struct every_args args;
    struct ndr_client_call *pending;
    RPCOLEMESSAGE message;
    void *half[EVERY_SLOTS];
    HRESULT hr;

    memset(&message, 0, sizeof(message));
    args_fill(&args, call);
    half[0] = NULL;
    every_args_half(&args, FALSE, half);
    hr = ndr_client_begin(of_proxy, call->method, &channel.IRpcChannelBuffer_iface, half, &message,
            &pending);
    if (SUCCEEDED(hr))
    {
        ndr_bytes_set(&channel.request, message.Buffer, message.cbBuffer);
        IRpcChannelBuffer_FreeBuffer(&channel.IRpcChannelBuffer_iface, &message);
        if (!failure)
        {
            message.cbBuffer = reply->size;
            channel.answering = TRUE;
            IRpcChannelBuffer_GetBuffer(&channel.IRpcChannelBuffer_iface, &message,
                    &IID_IEveryType);
            memcpy(message.Buffer, reply->data, reply->size);
            channel.answering = FALSE;
        }
        memset(half, 0xee, sizeof(half));
        every_args_half(&args, TRUE, half);
        hr = ndr_client_finish(pending, &channel.IRpcChannelBuffer_iface, half, &message, failure);
    }
    call->take(&args, text);
    return hr;
}

/* The server's halves: the request, and room for the answer. `data` is what the request is in. */
static HRESULT server_run(const struct every_call *call, void *data, ULONG size, HRESULT failure,
        struct ndr_bytes *reply)
{
    struct every_args shape;
    struct ndr_server_call *pending;
    RPCOLEMESSAGE message;
    HRESULT begin_result;
    char ignored[EVERY_TEXT] = "";
    HRESULT hr;

    args_fill(&shape, call);
    async.shape = &shape;
    memset(&message, 0, sizeof(message));
    message.Buffer = data;
    message.cbBuffer = size;
    message.iMethod = call->method;
    message.dataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
    channel.answering = TRUE;
    every_type_replaces = TRUE;
    hr = ndr_server_begin(of_stub, &message, &channel.IRpcChannelBuffer_iface, (IUnknown *)&async,
            &begin_result, &pending);
    if (SUCCEEDED(hr))
    {
        hr = ndr_server_finish(pending, (IUnknown *)&async, &message,
                FAILED(begin_result) ? begin_result : failure);
        if (SUCCEEDED(hr))
        {
            if (reply)
                ndr_bytes_set(reply, message.Buffer, message.cbBuffer);
            IRpcChannelBuffer_FreeBuffer(&channel.IRpcChannelBuffer_iface, &message);
        }
    }
    channel.answering = FALSE;
    every_type_replaces = FALSE;
    every_args_clear(&shape); /* nothing came back to the one who asked */
    call->take(&shape, ignored);
    return hr;
}

static void bytes_same(const struct ndr_bytes *got, const struct ndr_bytes *expected,
        const char *what, const char *name)
{
    /* oleaut32 sends the addresses of what a VARIANT points to. */
    if (is_uint(got->size, expected->size, "%s: size of the %s", name, what)
            && strncmp(name, "Variant", 7))
        is_mem(got->data, expected->data, expected->size, "%s: the %s", name, what);
}

/* What the synchronous call sent. */
struct recording
{
    struct ndr_bytes request;
    struct ndr_bytes reply;
    char text[EVERY_TEXT];
    HRESULT hr;
};

static void record(struct recording *recording, const struct every_call *call)
{
    memset(recording, 0, sizeof(*recording));
    ndr_channel_clear(&channel);
    recording->hr = sync_run(call, recording->text);
    ndr_bytes_set(&recording->request, channel.request.data, channel.request.size);
    ndr_bytes_set(&recording->reply, channel.reply.data, channel.reply.size);
}

static void recording_free(struct recording *recording)
{
    ndr_bytes_free(&recording->request);
    ndr_bytes_free(&recording->reply);
}

static void test_same(const struct every_call *call)
{
    struct recording sync;
    struct ndr_bytes reply = {NULL, 0};
    RPCOLEMESSAGE sync_message;
    char text[EVERY_TEXT] = "";
    HRESULT hr;

    record(&sync, call);
    sync_message = channel.request_message;
    note("%s: %08lx %s", call->name, (unsigned long)sync.hr, sync.text);
    hr = client_run(call, &sync.reply, S_OK, text);
    bytes_same(&channel.request, &sync.request, "request", call->name);
    is_uint(channel.request_message.iMethod, sync_message.iMethod, "%s: method", call->name);
    is_uint(channel.request_message.rpcFlags, sync_message.rpcFlags, "%s: flags", call->name);
    is_guid(&channel.request_iid, &IID_IEveryType, "%s: IID of the request", call->name);
    is_hr(hr, sync.hr, "%s: the client's result", call->name);
    is_str(text, sync.text, "%s: what the client gets", call->name);

    memset(&channel.reply_iid, 0, sizeof(channel.reply_iid));
    hr = server_run(call, sync.request.data, sync.request.size, S_OK, &reply);
    is_hr(hr, S_OK, "%s: the server", call->name);
    bytes_same(&reply, &sync.reply, "answer", call->name);
    is_guid(&channel.reply_iid, &IID_IEveryType, "%s: IID of the answer", call->name);
    ndr_bytes_free(&reply);
    recording_free(&sync);
}

/* A call that fails leaves what a synchronous one does. */
static void test_failed(const struct every_call *call)
{
    char expected[EVERY_TEXT] = "";
    char text[EVERY_TEXT] = "";
    HRESULT expected_hr;
    HRESULT hr;

    ndr_channel_clear(&channel);
    channel.fault = RPC_E_DISCONNECTED;
    expected_hr = sync_run(call, expected);
    channel.fault = S_OK;
    hr = client_run(call, NULL, RPC_E_DISCONNECTED, text);
    is_hr(hr, expected_hr, "%s: the result of a failed call", call->name);
    is_str(text, expected, "%s: [out] parameters of a failed call", call->name);
}

/* ---- what is left ---- */

static void discard_run(const struct every_call *call, const struct ndr_bytes *reply)
{
    RPCOLEMESSAGE message;

    memset(&message, 0, sizeof(message));
    message.cbBuffer = reply->size;
    message.iMethod = call->method;
    channel.answering = TRUE;
    IRpcChannelBuffer_GetBuffer(&channel.IRpcChannelBuffer_iface, &message, &IID_IEveryType);
    channel.answering = FALSE;
    memcpy(message.Buffer, reply->data, reply->size);
    ndr_client_discard(of_proxy, call->method, &channel.IRpcChannelBuffer_iface, &message);
}

static void run_all_ways(const struct every_call *call, const struct recording *sync)
{
    struct ndr_bytes reply = {NULL, 0};
    struct ndr_client_call *pending;
    char text[EVERY_TEXT] = "";
    void *half[EVERY_SLOTS];
    struct every_args args;
    RPCOLEMESSAGE message;

    client_run(call, &sync->reply, S_OK, text);
    text[0] = 0;
    client_run(call, NULL, RPC_E_CALL_CANCELED, text);
    server_run(call, sync->request.data, sync->request.size, S_OK, &reply);
    server_run(call, sync->request.data, sync->request.size, E_ABORT, &reply);
    discard_run(call, &sync->reply);
    ndr_bytes_free(&reply);
    memset(&message, 0, sizeof(message));
    args_fill(&args, call);
    half[0] = NULL;
    every_args_half(&args, FALSE, half);
    if (SUCCEEDED(ndr_client_begin(of_proxy, call->method, &channel.IRpcChannelBuffer_iface, half,
                &message, &pending)))
    {
        IRpcChannelBuffer_FreeBuffer(&channel.IRpcChannelBuffer_iface, &message);
        ndr_client_abandon(pending);
    }
    every_args_clear(&args);
    text[0] = 0;
    call->take(&args, text);
    ndr_channel_clear(&channel);
}

static void test_memory(const struct every_call *call)
{
    const ULONG rounds = 40;
    struct recording sync;
    ULONG before;
    ULONG after;

    record(&sync, call);
    for (ULONG i = 0; i < 10; i++)
        run_all_ways(call, &sync);
    before = ndr_heap_blocks();
    for (ULONG i = 0; i < rounds; i++)
        run_all_ways(call, &sync);
    after = ndr_heap_blocks();
    ok(after < before + rounds / 2, "%s: no memory is left (%ld blocks after %lu rounds)",
            call->name, (long)(after - before), (unsigned long)rounds);
    is_int(channel.buffers, 0, "%s: all buffers are freed", call->name);
    is_int(channel.references, 1, "%s: the channel's references", call->name);
    is_int(every_object_references(), 0, "%s: the object's references", call->name);
    recording_free(&sync);
}

/* ---- messages that are no good ---- */

static void request_try(const struct every_call *call, const BYTE *data, ULONG size)
{
    BYTE *guarded = ndr_guarded(data, size);

    server_run(call, guarded, size, S_OK, NULL);
    ndr_guarded_free(guarded, size);
}

struct reply_try
{
    const struct every_call *call;
    struct ndr_bytes reply;
};

static void __cdecl reply_run(void *argument)
{
    const struct reply_try *try = argument;
    char text[EVERY_TEXT] = "";

    client_run(try->call, &try->reply, S_OK, text);
}

/* A client which believes a count in a structure reads too far: NDR does not compare these. */
static void reply_try(const struct every_call *call, BYTE *data, ULONG size)
{
    struct reply_try try = {call, {data, size}};

    call_guarded(reply_run, &try);
}

/* Arrays of interface pointers are read by COM, which does not look for the end of a message. */
static BOOL unpacked_by_others(const struct every_call *call)
{
    return !strcmp(call->name, "Objects");
}

/* The types of Automation are read by oleaut32. */
static BOOL automation(const struct every_call *call)
{
    return !strncmp(call->name, "Variant", 7) || !strcmp(call->name, "SafeArray")
            || !strcmp(call->name, "Bstr");
}

static void test_truncated(const struct every_call *call)
{
    struct recording sync;
    HRESULT hr = S_OK;
    ULONG accepted = 0;

    record(&sync, call);
    for (ULONG size = 0; size < sync.request.size; size++)
    {
        BYTE *guarded = ndr_guarded(sync.request.data, size);

        hr = server_run(call, guarded, size, S_OK, NULL);
        accepted += SUCCEEDED(hr);
        ndr_guarded_free(guarded, size);
    }
    if (!unpacked_by_others(call))
        is_uint(accepted, 0, "%s: no truncated request is accepted", call->name);
    accepted = 0;
    for (ULONG size = 0; size + sizeof(HRESULT) < sync.reply.size; size++)
    {
        struct ndr_bytes reply = {sync.reply.data, size};
        char text[EVERY_TEXT] = "";

        hr = client_run(call, &reply, S_OK, text);
        accepted += SUCCEEDED(hr);
    }
    if (!unpacked_by_others(call))
        is_uint(accepted, 0, "%s: no truncated answer is accepted", call->name);
    recording_free(&sync);
}

/* The caller's array has room for as many elements as he sent: four. */
static void test_longer(const struct every_call *call)
{
    struct
    {
        ULONG n;
        ULONG count;
        short elements[40];
        HRESULT result;
    } answer = {40, 40, {0}, S_OK};
    struct ndr_bytes reply = {(BYTE *)&answer, sizeof(answer)};
    char text[EVERY_TEXT] = "";

    if (strcmp(call->name, "SizedBy") != 0)
        return;
    is_hr(client_run(call, &reply, S_OK, text), HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND),
            "%s: an answer with more elements than there is room for", call->name);
    is_str(text, "1 2 3 4", "and the array is as it was");
}

static ULONG random_state = 12345;

static ULONG random_below(ULONG limit)
{
    random_state = random_state * 1103515245 + 12345;
    return (random_state >> 8) % limit;
}

static void mutate(BYTE *data, ULONG size)
{
    static const ULONG odd[] = {0, 1, 0xff, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000, 2, 3};

    for (ULONG i = 0; i <= random_below(3) && size; i++)
    {
        ULONG at = random_below(size);

        if (random_below(2) && size >= 4)
        {
            at = random_below(size / 4) * 4;
            memcpy(data + at, &odd[random_below(ARRAYSIZE(odd))], 4);
        }
        else
            data[at] ^= (BYTE)(1 << random_below(8));
    }
}

static void test_mutated(const struct every_call *call, ULONG count)
{
    struct recording sync;
    BYTE *copy;

    record(&sync, call);
    copy = malloc(sync.request.size + sync.reply.size + 1);
    for (ULONG i = 0; i < count; i++)
    {
        memcpy(copy, sync.request.data, sync.request.size);
        mutate(copy, sync.request.size);
        request_try(call, copy, sync.request.size);
        if (i % 4)
            continue;
        memcpy(copy, sync.reply.data, sync.reply.size);
        mutate(copy, sync.reply.size);
        reply_try(call, copy, sync.reply.size);
    }
    pass("%s: %lu mutated messages", call->name, (unsigned long)count);
    free(copy);
    recording_free(&sync);
}

/* ---- ---- */

static BOOL setup(void)
{
    HRESULT hr;

    ndr_channel_init(&channel);
    hr = every_proxies_factory(&factory);
    if (!is_hr(hr, S_OK, "the factory"))
        return FALSE;
    every_object_register();
    every_type_create(&object);
    hr = IPSFactoryBuffer_CreateStub(factory, &IID_IEveryType, (IUnknown *)object, &stub);
    is_hr(hr, S_OK, "CreateStub");
    hr = IPSFactoryBuffer_CreateProxy(factory, NULL, &IID_IEveryType, &proxy_buffer,
            (void **)&proxy);
    is_hr(hr, S_OK, "CreateProxy");
    IRpcProxyBuffer_Connect(proxy_buffer, &channel.IRpcChannelBuffer_iface);
    channel.stub = stub;
    hr = ndr_interface_of_proxy((IUnknown *)proxy, &IID_IEveryType, &of_proxy);
    is_hr(hr, S_OK, "ndr_interface_of_proxy");
    hr = ndr_interface_of_stub(stub, &IID_IEveryType, &of_stub);
    is_hr(hr, S_OK, "ndr_interface_of_stub");
    if (!of_proxy || !of_stub)
        return FALSE;
    is_uint(ndr_interface_methods(of_proxy), sizeof(IEveryTypeVtbl) / sizeof(void *),
            "methods of the proxy");
    is_uint(ndr_interface_methods(of_stub), sizeof(IEveryTypeVtbl) / sizeof(void *),
            "methods of the stub");
    ndr_async_object_init(&async, object, of_stub);
    channel.references = 1;
    return TRUE;
}

int main(int argc, char **argv)
{
    ULONG mutations = argc > 1 ? (ULONG)strtoul(argv[1], NULL, 0) : 20000;

    SetEnvironmentVariableW(L"OANOCACHE", L"1"); /* BSTRs are freed when they are */
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (!setup())
        return done_testing();
    for (ULONG i = 0; i < every_call_count; i++)
    {
        test_same(&every_calls[i]);
        test_failed(&every_calls[i]);
        test_longer(&every_calls[i]);
    }
    for (ULONG i = 0; i < every_call_count; i++)
        test_memory(&every_calls[i]);
    for (ULONG i = 0; i < every_call_count; i++)
    {
        if (!automation(&every_calls[i]))
            test_truncated(&every_calls[i]);
    }
    for (ULONG i = 0; i < every_call_count; i++)
    {
        if (!automation(&every_calls[i]))
            test_mutated(&every_calls[i], mutations / every_call_count);
    }
    ndr_interface_free(of_proxy);
    ndr_interface_free(of_stub);
    IEveryType_Release(proxy);
    IRpcProxyBuffer_Disconnect(proxy_buffer);
    IRpcProxyBuffer_Release(proxy_buffer);
    IRpcStubBuffer_Disconnect(stub);
    IRpcStubBuffer_Release(stub);
    is_uint(IEveryType_Release(object), 0, "the object is gone");
    IPSFactoryBuffer_Release(factory);
    ndr_channel_clear(&channel);
    CoUninitialize();
    return done_testing();
}
