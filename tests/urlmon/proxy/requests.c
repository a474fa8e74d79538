/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * urlmon.dll's stubs by themselves: IRpcStubBuffer::Invoke with altered data which lie against a
 * page that cannot be touched, as their answers do. The corpus are the requests of the checks of
 * every interface, from proxies which a channel of this program connects with the stubs.
 */
#include "fuzz.h"

#include <objbase.h>
#include <rpcproxy.h>
#include <stdlib.h>
#include <string.h>

#include "call_guard.h"
#include "far_object.h"
#include "tap.h"

TAP_TIME_LIMIT(180);

#define INPUTS 60000

static const CLSID url_proxies = {0x79eac9f1, 0xbaf9, 0x11ce,
        {0x8c, 0x82, 0x00, 0xaa, 0x00, 0x4b, 0xa9, 0x0b}};

/* An interface: its stub, and for the corpus its proxy and the channel between. */
struct target
{
    IRpcChannelBuffer IRpcChannelBuffer_iface;
    IRpcStubBuffer *stub;
    IRpcProxyBuffer *proxy;
    void *face;
    unsigned int recorded;
};

static struct target targets[FAR_INTERFACES];
static struct fuzz_corpus requests;

static struct target *target_of(IRpcChannelBuffer *iface)
{
    return CONTAINING_RECORD(iface, struct target, IRpcChannelBuffer_iface);
}

/* --- channels: that of the stubs gives room for answers, those of the proxies carry requests ---
 */

static BYTE *answer; /* where there is one */
static ULONG answer_size;

static HRESULT STDMETHODCALLTYPE channel_QueryInterface(IRpcChannelBuffer *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IRpcChannelBuffer))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE channel_AddRef(IRpcChannelBuffer *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE channel_Release(IRpcChannelBuffer *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE channel_GetBuffer(IRpcChannelBuffer *iface, RPCOLEMESSAGE *message,
        REFIID iid)
{
    (void)iface, (void)iid;
    if (message->cbBuffer > FUZZ_GUARDED)
        return E_OUTOFMEMORY;
    answer_size = message->cbBuffer;
    answer = fuzz_guard(1, NULL, 0, 8, TRUE) + FUZZ_GUARDED - ((answer_size + 7) & ~7u);
    memset(answer, 0xa5, (answer_size + 7) & ~7u);
    message->Buffer = answer;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE channel_SendReceive(IRpcChannelBuffer *iface,
        RPCOLEMESSAGE *message, ULONG *status)
{
    (void)iface, (void)message, (void)status;
    return E_UNEXPECTED;
}

static HRESULT STDMETHODCALLTYPE channel_FreeBuffer(IRpcChannelBuffer *iface,
        RPCOLEMESSAGE *message)
{
    (void)iface, (void)message;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE channel_GetDestCtx(IRpcChannelBuffer *iface, DWORD *context,
        void **data)
{
    (void)iface;
    *context = MSHCTX_INPROC;
    if (data)
        *data = NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE channel_IsConnected(IRpcChannelBuffer *iface)
{
    (void)iface;
    return S_OK;
}

static IRpcChannelBufferVtbl channel_vtbl = {channel_QueryInterface, channel_AddRef,
        channel_Release, channel_GetBuffer, channel_SendReceive, channel_FreeBuffer,
        channel_GetDestCtx, channel_IsConnected};
static IRpcChannelBuffer channel = {&channel_vtbl};

static HRESULT STDMETHODCALLTYPE wire_GetBuffer(IRpcChannelBuffer *iface, RPCOLEMESSAGE *message,
        REFIID iid)
{
    (void)iface, (void)iid;
    message->Buffer = calloc(1, message->cbBuffer + 8);
    return message->Buffer ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE wire_FreeBuffer(IRpcChannelBuffer *iface, RPCOLEMESSAGE *message)
{
    (void)iface;
    free(message->Buffer);
    message->Buffer = NULL;
    return S_OK;
}

static IRpcChannelBufferVtbl stub_wire_vtbl = {channel_QueryInterface, channel_AddRef,
        channel_Release, wire_GetBuffer, channel_SendReceive, wire_FreeBuffer, channel_GetDestCtx,
        channel_IsConnected};
static IRpcChannelBuffer stub_wire = {&stub_wire_vtbl};

static void record(struct target *target, const RPCOLEMESSAGE *message)
{
    ULONG tag = (ULONG)(target - targets) << 8 | (message->iMethod & 0xff);
    struct fuzz_item *item;

    if (message->cbBuffer > FUZZ_ITEM_MAX)
        return;
    for (ULONG i = 0; i < requests.count; i++)
    {
        if (requests.items[i].tag == tag && requests.items[i].size == message->cbBuffer)
            return;
    }
    item = fuzz_add(&requests, "request", tag, message->Buffer, message->cbBuffer);
    for (ULONG at = 0; at < 4 * FUZZ_LENGTHS; at += 4)
        fuzz_length_at(item, at);
    target->recorded++;
}

static HRESULT STDMETHODCALLTYPE wire_SendReceive(IRpcChannelBuffer *iface, RPCOLEMESSAGE *message,
        ULONG *status)
{
    struct target *target = target_of(iface);
    RPCOLEMESSAGE call = {.dataRepresentation = 0x10,
            .Buffer = message->Buffer,
            .cbBuffer = message->cbBuffer,
            .iMethod = message->iMethod & 0x7fff}; /* the flag that it is valid */
    HRESULT hr;

    record(target, message);
    hr = IRpcStubBuffer_Invoke(target->stub, &call, &stub_wire);
    if (call.Buffer != message->Buffer)
        free(message->Buffer);
    message->Buffer = call.Buffer;
    message->cbBuffer = call.cbBuffer;
    message->dataRepresentation = 0x10;
    if (status)
        *status = 0;
    return hr;
}

static IRpcChannelBufferVtbl wire_vtbl = {channel_QueryInterface, channel_AddRef, channel_Release,
        wire_GetBuffer, wire_SendReceive, wire_FreeBuffer, channel_GetDestCtx, channel_IsConnected};

/* --- the object of the proxies --- */

static HRESULT STDMETHODCALLTYPE outer_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = iface;
    for (unsigned int i = 0; i < FAR_INTERFACES && !*out; i++)
    {
        if (IsEqualIID(iid, far_interfaces[i]))
            *out = targets[i].face;
    }
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE outer_AddRef(IUnknown *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE outer_Release(IUnknown *iface)
{
    (void)iface;
    return 1;
}

static IUnknownVtbl outer_vtbl = {outer_QueryInterface, outer_AddRef, outer_Release};
static IUnknown outer = {&outer_vtbl};

static void targets_connect(IUnknown *object)
{
    IPSFactoryBuffer *factory;

    if (FAILED(CoGetClassObject(&url_proxies, CLSCTX_INPROC_SERVER, NULL, &IID_IPSFactoryBuffer,
                (void **)&factory)))
        bail_out("no factory of urlmon's stubs");
    for (unsigned int i = 0; i < FAR_INTERFACES; i++)
    {
        struct target *target = &targets[i];

        target->IRpcChannelBuffer_iface.lpVtbl = &wire_vtbl;
        is_hr(IPSFactoryBuffer_CreateStub(factory, far_interfaces[i], object, &target->stub), S_OK,
                "a stub of %s", tap_guid(far_interfaces[i]));
        is_hr(IPSFactoryBuffer_CreateProxy(factory, &outer, far_interfaces[i], &target->proxy,
                      &target->face),
                S_OK, "and a proxy");
        if (!target->stub || !target->proxy)
            bail_out("no stub or no proxy");
        IRpcProxyBuffer_Connect(target->proxy, &target->IRpcChannelBuffer_iface);
    }
    IPSFactoryBuffer_Release(factory);
}

static void stubs_set_object(IUnknown *object)
{
    for (unsigned int i = 0; i < FAR_INTERFACES; i++)
    {
        IRpcStubBuffer_Disconnect(targets[i].stub);
        if (object)
            IRpcStubBuffer_Connect(targets[i].stub, object);
    }
}

static void targets_release(void)
{
    for (unsigned int i = 0; i < FAR_INTERFACES; i++)
    {
        IRpcProxyBuffer_Disconnect(targets[i].proxy);
        IRpcProxyBuffer_Release(targets[i].proxy);
        IRpcStubBuffer_Release(targets[i].stub);
    }
}

/* --- one call --- */

static unsigned int outside, elsewhere, spilt, refused;
static struct
{
    IRpcStubBuffer *stub;
    RPCOLEMESSAGE message;
    HRESULT result;
    const IID *iid;
} call;

static LONG CALLBACK look_at_access(EXCEPTION_POINTERS *info)
{
    const EXCEPTION_RECORD *exception = info->ExceptionRecord;
    unsigned int *found;

    if (exception->ExceptionCode != EXCEPTION_ACCESS_VIOLATION)
        return EXCEPTION_CONTINUE_SEARCH;
    found = fuzz_is_guard((const void *)exception->ExceptionInformation[1]) ? &outside : &elsewhere;
    if (++*found <= 10)
        note("input %lu: %s %p: %s, method %lu", fuzz_number(),
                exception->ExceptionInformation[0] ? "writes" : "reads",
                (void *)exception->ExceptionInformation[1], tap_guid(call.iid),
                call.message.iMethod);
    return EXCEPTION_CONTINUE_SEARCH;
}

static void __cdecl invoke(void *argument)
{
    (void)argument;
    call.result = IRpcStubBuffer_Invoke(call.stub, &call.message, &channel);
}

/* Memory for an answer that may be had, but takes long. */
static void spare_memory(struct fuzz_input *input)
{
    for (ULONG at = 0; at + 4 <= input->size; at += 4)
    {
        UINT32 count;

        memcpy(&count, input->data + at, sizeof(count));
        if (count > 0x100000 && count <= 0x10000000)
            count &= 0xffff;
        memcpy(input->data + at, &count, sizeof(count));
    }
}

/* Altered OBJREFs are for the COM runtime to withstand, which is another test's matter. */
static void objects_remove(struct fuzz_input *input)
{
    for (ULONG at = 0; at + 4 <= input->size; at++)
    {
        if (!memcmp(input->data + at, "MEOW", 4))
            input->data[at] = 0;
    }
}

static void feed(struct fuzz_input *input)
{
    struct target *target = &targets[input->item->tag >> 8];

    spare_memory(input);
    objects_remove(input);
    memset(&call, 0, sizeof(call));
    call.stub = target->stub;
    call.iid = far_interfaces[target - targets];
    call.message.dataRepresentation = 0x10;
    call.message.Buffer = fuzz_guard(0, input->data, input->size, 8, FALSE);
    call.message.cbBuffer = input->size;
    call.message.iMethod = input->item->tag & 0xff;
    answer = NULL;
    call_guarded(invoke, NULL);
    refused += call.result == HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    for (ULONG i = answer ? answer_size : 0; answer && i < ((answer_size + 7) & ~7u); i++)
        spilt += answer[i] != 0xa5;
}

static void test_altered(void)
{
    static struct fuzz_input input;
    void *handler = AddVectoredExceptionHandler(1, look_at_access);
    UINT32 first, end;

    fuzz_range(INPUTS, &first, &end);
    for (UINT32 number = first; number < end; number++)
    {
        fuzz_make(&requests, fuzz_seed(), number, &input);
        fuzz_at("requests", number);
        fuzz_show(&input);
        feed(&input);
    }
    RemoveVectoredExceptionHandler(handler);
    note("%u of %lu were refused", refused, (unsigned long)(end - first));
    is_uint(outside, 0, "nothing outside a request or an answer is touched");
    is_uint(elsewhere, 0, "nor anything that is not there");
    is_uint(spilt, 0, "nothing is written behind an answer");
    ok(refused > (end - first) / 20 || end - first == 1, "many were refused");
}

int main(int argc, char **argv)
{
    IUnknown *object;
    unsigned int without = 0;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (builtin_lacks("checks of requests"))
        return done_testing();
    fuzz_begin(argc, argv, 0x75726c6d, 20);
    object = far_create(FALSE);
    targets_connect(object);
    far_calls(&outer, "loop");
    IUnknown_Release(object);
    for (unsigned int i = 0; i < FAR_INTERFACES; i++)
        without += !targets[i].recorded;
    ok(requests.count > 40, "a corpus of %lu requests", requests.count);
    is_uint(without, 0, "of each of %u interfaces", FAR_INTERFACES);
    object = far_create(TRUE);
    stubs_set_object(object);
    test_altered();
    stubs_set_object(NULL);
    targets_release();
    IUnknown_Release(object);
    fuzz_corpus_free(&requests);
    CoUninitialize();
    return done_testing();
}
