/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ole32's own stubs by themselves: IRpcStubBuffer::Invoke with altered data which lie against a
 * page that cannot be touched, as their answers do. What is before Invoke in the runtime is before
 * it here, too: the checks of the method and of the request, and the guard for exceptions.
 *
 * The corpus are the requests of the checks of every interface (../proxy), between two apartments.
 * Memory and interface pointers which rpcrt4 forgets when it gives up in the middle are its own.
 */
#include "fuzz.h"

#include <objbase.h>
#include <rpcproxy.h>
#include <string.h>

#include "call_guard.h"
#include "core_proxies.h"
#include "far_side.h"
#include "stub_table_check.h"

TAP_TIME_LIMIT(180);

#define INPUTS 300000

typedef HRESULT(
        STDMETHODCALLTYPE *invoke_method)(IRpcStubBuffer *, RPCOLEMESSAGE *, IRpcChannelBuffer *);

/* An interface that ole32 has a stub of. */
struct target
{
    const IID *iid;
    IRpcStubBuffer *stub;
    IRpcStubBufferVtbl *vtbl; /* of all stubs of the interface */
    invoke_method invoke;
    unsigned int recorded;
};

static struct target targets[128];
static unsigned int target_count;
static struct fuzz_corpus requests;
static CRITICAL_SECTION lock;

/* --- the channel: it gives room for answers --- */

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

/* --- the corpus: Invoke of every stub goes by here while the checks run --- */

static void record(struct target *target, const RPCOLEMESSAGE *message)
{
    ULONG tag = (ULONG)(target - targets) << 8 | message->iMethod;
    struct fuzz_item *item;

    if (message->cbBuffer > FUZZ_ITEM_MAX || message->iMethod > 0xff)
        return;
    EnterCriticalSection(&lock);
    for (ULONG i = 0; i < requests.count; ++i)
    {
        if (requests.items[i].tag == tag && requests.items[i].size == message->cbBuffer)
        {
            LeaveCriticalSection(&lock);
            return;
        }
    }
    item = fuzz_add(&requests, "request", tag, message->Buffer, message->cbBuffer);
    for (ULONG at = 0; at < 4 * FUZZ_LENGTHS; at += 4)
        fuzz_length_at(item, at);
    ++target->recorded;
    LeaveCriticalSection(&lock);
}

static HRESULT STDMETHODCALLTYPE recorded_invoke(IRpcStubBuffer *stub, RPCOLEMESSAGE *message,
        IRpcChannelBuffer *to)
{
    for (unsigned int i = 0; i < target_count; ++i)
    {
        if (targets[i].vtbl != stub->lpVtbl)
            continue;
        record(&targets[i], message);
        return targets[i].invoke(stub, message, to);
    }
    return E_UNEXPECTED;
}

static void invoke_set(struct target *target, invoke_method method)
{
    DWORD old;

    VirtualProtect(&target->vtbl->Invoke, sizeof(target->vtbl->Invoke), PAGE_READWRITE, &old);
    target->vtbl->Invoke = method;
    VirtualProtect(&target->vtbl->Invoke, sizeof(target->vtbl->Invoke), old, &old);
}

/* For the check of requests, which is compiled into this program: the header lies before the table
 * of methods. */
const CInterfaceStubHeader *core_stub_header(REFIID iid)
{
    for (unsigned int i = 0; i < target_count; ++i)
        if (IsEqualIID(targets[i].iid, iid))
            return &CONTAINING_RECORD(targets[i].vtbl, CInterfaceStubVtbl, Vtbl)->header;
    return NULL;
}

static void targets_find(void)
{
    static const struct mock_class *const lists[] = {class_factory_classes, enumerator_classes,
            stream_classes, persistence_classes, moniker_classes, binding_classes, service_classes,
            error_object_classes, document_classes, sink_classes};
    static const CLSID core = {0x320, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    IPSFactoryBuffer *factory;

    if (FAILED(CoGetClassObject(&core, CLSCTX_INPROC_SERVER, NULL, &IID_IPSFactoryBuffer,
                (void **)&factory)))
        bail_out("no factory of ole32's stubs");
    for (unsigned int i = 0; i < ARRAYSIZE(lists); ++i)
    {
        for (const struct mock_class *class = lists[i]; class->vtbl; ++class)
        {
            struct target *target = &targets[target_count];
            IUnknown *object = mock_create(class->iids[0], 1);

            target->iid = class->iids[0];
            if (target_count < ARRAYSIZE(targets)
                    && SUCCEEDED(IPSFactoryBuffer_CreateStub(factory, target->iid, object,
                            &target->stub)))
            {
                target->vtbl = (IRpcStubBufferVtbl *)target->stub->lpVtbl;
                target->invoke = target->vtbl->Invoke;
                ++target_count;
            }
            IUnknown_Release(object);
        }
    }
    IPSFactoryBuffer_Release(factory);
}

static void record_traffic(void)
{
    struct host host;
    IClassFactory *factory;
    unsigned int i, without = 0;

    for (i = 0; i < target_count; ++i)
        invoke_set(&targets[i], recorded_invoke);
    factory = host_start(&host, COINIT_APARTMENTTHREADED);
    if (factory)
    {
        check_all(factory);
        IClassFactory_Release(factory);
    }
    host_stop(&host);
    for (i = 0; i < target_count; ++i)
    {
        invoke_set(&targets[i], targets[i].invoke);
        if (targets[i].recorded)
            continue;
        ++without;
        note("%s has no requests", tap_guid(targets[i].iid));
    }
    ok(requests.count > 200, "a corpus of %lu requests", requests.count);
    is_uint(without, 0, "of each of %u interfaces", target_count);
}

/* --- one call --- */

static unsigned int outside, elsewhere, spilt;
static struct
{
    IRpcStubBuffer *stub;
    const IID *iid;
    RPCOLEMESSAGE message;
    HRESULT result;
} call;

/* The objects of this program may stumble over NULL. */
static BOOL is_object(const EXCEPTION_RECORD *exception)
{
    HMODULE module = NULL;

    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS
                    | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
            exception->ExceptionAddress, &module);
    return module == GetModuleHandleW(NULL) && !exception->ExceptionInformation[1];
}

static LONG CALLBACK look_at_access(EXCEPTION_POINTERS *info)
{
    const EXCEPTION_RECORD *exception = info->ExceptionRecord;
    unsigned int *found;

    if (exception->ExceptionCode != EXCEPTION_ACCESS_VIOLATION || is_object(exception))
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

/* What the runtime makes of an exception's code, which rpcrt4 may also return:
 * channel/server_call.c.
 */
static HRESULT exception_result(DWORD code)
{
    if (code < 0x10000)
        return HRESULT_FROM_WIN32(code);
    return code >> 28 == 0xc ? RPC_E_SERVERFAULT : (HRESULT)code;
}

static void stub_call(struct target *target, ULONG method, BYTE *data, ULONG size,
        struct fuzz_answers *answers)
{
    DWORD exception;
    HRESULT hr;

    memset(&call, 0, sizeof(call));
    call.stub = target->stub;
    call.iid = target->iid;
    call.message.dataRepresentation = 0x10;
    call.message.Buffer = data;
    call.message.cbBuffer = size;
    call.message.iMethod = method;
    answer = NULL;
    if (method < 3 || !stub_has_method(target->stub, method))
        hr = RPC_E_INVALIDMETHOD;
    else if (!core_proxies_request_valid(target->iid, method, data, size))
        hr = HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    else if ((exception = call_guarded(invoke, NULL)))
        hr = exception_result(exception);
    else
        hr = FAILED(call.result) ? exception_result((DWORD)call.result) : S_OK;
    fuzz_answer(answers, hr);
    for (ULONG i = answer ? answer_size : 0; answer && i < ((answer_size + 7) & ~7u); ++i)
        spilt += answer[i] != 0xa5;
}

/* Methods that read make room for as much as the request says, and rpcrt4 may forget it: so that
 * stays small, or is more than the runtime lets pass. */
static void spare_memory(struct fuzz_input *input)
{
    for (ULONG at = 0; at <= 8 && at + 4 <= input->size; at += 8)
    {
        UINT32 count;

        memcpy(&count, input->data + at, sizeof(count));
        if (count > 0x10000 && count <= 0x10000000)
            count &= 0xffff;
        memcpy(input->data + at, &count, sizeof(count));
    }
}

static void requests_run(struct fuzz_answers *answers, UINT32 count)
{
    static struct fuzz_input input;
    UINT32 number, first, end;

    fuzz_range(count, &first, &end);
    for (number = first; number < end; ++number)
    {
        ULONG method;

        fuzz_make(&requests, fuzz_seed(), number, &input);
        method = input.item->tag & 0xff;
        if (number % 16 == 5)
            method = number / 16 % 48;
        spare_memory(&input);
        fuzz_at("requests", number);
        fuzz_show(&input);
        stub_call(&targets[input.item->tag >> 8], method,
                fuzz_guard(0, input.data, input.size, 8, number % 8 == 3), input.size, answers);
    }
}

int main(int argc, char **argv)
{
    static struct fuzz_answers answers = {fuzz_call_answers};
    void *handler;

    fuzz_begin(argc, argv, 20010911, 30);
    if (builtin_lacks("checks of hostile input"))
        return done_testing();
    InitializeCriticalSection(&lock);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    mock_text_length = 500;
    targets_find();
    record_traffic();

    handler = AddVectoredExceptionHandler(TRUE, look_at_access);
    requests_run(&answers, INPUTS);
    RemoveVectoredExceptionHandler(handler);
    fuzz_answers_check(&answers, "requests");
    is_uint(outside, 0, "no access outside of a request or an answer");
    is_uint(spilt, 0, "no answer is longer than its room");
    is_uint(elsewhere, 0, "nor to memory that is none");
    note("%lu inputs", fuzz_total());
    for (unsigned int i = 0; i < target_count; ++i)
    {
        IRpcStubBuffer_Disconnect(targets[i].stub);
        IRpcStubBuffer_Release(targets[i].stub);
    }
    fuzz_corpus_free(&requests);
    CoUninitialize();
    return done_testing();
}
