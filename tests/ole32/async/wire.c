/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The same bytes on the wire, whether client and server call synchronously or asynchronously: the
 * request as the stub's Invoke gets it, the answer as the proxy gives it back to its channel. So
 * the stub's vtable, the proxy's Connect and the channel's FreeBuffer are replaced here.
 */
#include "tap.h"

#include <rpcproxy.h>
#include <string.h>

#include "worker_bed.h"
#include "worker_object.h"

#define PATIENCE 20000 /* ms */
#define BYTES_MAX 512

extern const ExtendedProxyFileInfo worker_ProxyFileInfo;

static const CLSID CLSID_WorkerProxies = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x2f}};

struct bytes
{
    ULONG size; /* 0: none */
    BYTE data[BYTES_MAX];
};

static struct bytes request, answer;

static void bytes_keep(struct bytes *bytes, const RPCOLEMESSAGE *message)
{
    bytes->size = message->Buffer ? min(message->cbBuffer, BYTES_MAX) : 0;
    memcpy(bytes->data, message->Buffer, bytes->size);
}

/* ---- what is replaced ---- */

static HRESULT(
        STDMETHODCALLTYPE *stub_invoke)(IRpcStubBuffer *, RPCOLEMESSAGE *, IRpcChannelBuffer *);
static HRESULT(STDMETHODCALLTYPE *factory_create_proxy)(IPSFactoryBuffer *, IUnknown *, REFIID,
        IRpcProxyBuffer **, void **);
static HRESULT(STDMETHODCALLTYPE *proxy_connect)(IRpcProxyBuffer *, IRpcChannelBuffer *);
static HRESULT(STDMETHODCALLTYPE *channel_free)(IRpcChannelBuffer *, RPCOLEMESSAGE *);

static HRESULT STDMETHODCALLTYPE own_Invoke(IRpcStubBuffer *stub, RPCOLEMESSAGE *message,
        IRpcChannelBuffer *channel)
{
    bytes_keep(&request, message);
    return stub_invoke(stub, message, channel);
}

static HRESULT STDMETHODCALLTYPE own_FreeBuffer(IRpcChannelBuffer *channel, RPCOLEMESSAGE *message)
{
    bytes_keep(&answer, message);
    return channel_free(channel, message);
}

static void place_write(void *place, void *value)
{
    DWORD before;

    VirtualProtect(place, sizeof(value), PAGE_READWRITE, &before);
    *(void **)place = value;
    VirtualProtect(place, sizeof(value), before, &before);
}

static HRESULT STDMETHODCALLTYPE own_Connect(IRpcProxyBuffer *proxy, IRpcChannelBuffer *channel)
{
    if (!channel_free)
    {
        channel_free = channel->lpVtbl->FreeBuffer;
        place_write((void *)&channel->lpVtbl->FreeBuffer, own_FreeBuffer);
    }
    return proxy_connect(proxy, channel);
}

static HRESULT STDMETHODCALLTYPE own_CreateProxy(IPSFactoryBuffer *factory, IUnknown *outer,
        REFIID iid, IRpcProxyBuffer **proxy, void **out)
{
    static IRpcProxyBufferVtbl vtbl;
    HRESULT hr = factory_create_proxy(factory, outer, iid, proxy, out);

    if (FAILED(hr))
        return hr;
    if (!proxy_connect)
    {
        vtbl = *(*proxy)->lpVtbl;
        proxy_connect = vtbl.Connect;
        vtbl.Connect = own_Connect;
    }
    (*proxy)->lpVtbl = &vtbl;
    return hr;
}

static BOOL factory_replace(void)
{
    static IPSFactoryBufferVtbl vtbl;
    IPSFactoryBuffer *factory;

    if (FAILED(CoGetClassObject(&CLSID_WorkerProxies, CLSCTX_INPROC_SERVER, NULL,
                &IID_IPSFactoryBuffer, (void **)&factory)))
        return FALSE;
    vtbl = *factory->lpVtbl;
    factory_create_proxy = vtbl.CreateProxy;
    vtbl.CreateProxy = own_CreateProxy;
    factory->lpVtbl = &vtbl;
    IPSFactoryBuffer_Release(factory);
    return TRUE;
}

/* Only stubs that are called synchronously are invoked: the others have to be as widl wrote them.
 */
static void stub_replace(BOOL replace)
{
    IRpcStubBufferVtbl *vtbl = (IRpcStubBufferVtbl *)&worker_ProxyFileInfo.pStubVtblList[0]->Vtbl;

    if (!stub_invoke)
        stub_invoke = vtbl->Invoke;
    place_write((void *)&vtbl->Invoke, replace ? (void *)own_Invoke : (void *)stub_invoke);
}

/* ---- the calls ---- */

enum method
{
    METHOD_ADD,
    METHOD_PENDING,
    METHOD_WORK, /* whose Begin_ or self fails: its answer is empty but for the result */
    METHODS,
};

static const char *const method_names[] = {"Add", "Pending", "Work"};

static HRESULT call_sync(IWorker *worker, enum method method)
{
    work_order order = {.flags = WORK_FAIL_BEGIN, .result = E_ACCESSDENIED};
    LONG one = 7, two = 0;
    work_report report;

    switch (method)
    {
    case METHOD_ADD:
        return IWorker_Add(worker, 0x1234, 0x77, &one);
    case METHOD_PENDING:
        return IWorker_Pending(worker, &one, &two);
    default:
        return IWorker_Work(worker, &order, &one, &report);
    }
}

static HRESULT call_async(AsyncIWorker *async, enum method method)
{
    work_order order = {.flags = WORK_FAIL_BEGIN, .result = E_ACCESSDENIED};
    LONG one = 7, two = 0;
    work_report report;
    HRESULT hr;

    switch (method)
    {
    case METHOD_ADD:
        hr = AsyncIWorker_Begin_Add(async, 0x1234, 0x77);
        return FAILED(hr) ? hr : AsyncIWorker_Finish_Add(async, &one);
    case METHOD_PENDING:
        hr = AsyncIWorker_Begin_Pending(async);
        return FAILED(hr) ? hr : AsyncIWorker_Finish_Pending(async, &one, &two);
    default:
        hr = AsyncIWorker_Begin_Work(async, &order, &one);
        return FAILED(hr) ? hr : AsyncIWorker_Finish_Work(async, &one, &report);
    }
}

struct capture
{
    HRESULT hr;
    struct bytes request, answer;
};

static void capture_calls(BOOL call_objects, struct capture captures[2][METHODS])
{
    struct worker_bed *bed;
    ISynchronize *synchronize;
    AsyncIWorker *async;
    IWorker *worker;
    int i;

    stub_replace(!call_objects);
    if (!(bed = worker_bed_start(FALSE, TRUE, call_objects)))
        return;
    is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy of %s", worker_bed_name(bed));
    is_hr(worker_async(worker, &async, &synchronize), S_OK, "a call object");
    for (i = 0; i < 2 * METHODS; i++)
    {
        struct capture *capture = &captures[i / METHODS][i % METHODS];

        request.size = answer.size = 0;
        capture->hr = i < METHODS ? call_sync(worker, i) : call_async(async, i - METHODS);
        capture->request = request;
        capture->answer = answer;
    }
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

static void is_bytes(const struct bytes *got, const struct bytes *wanted, const char *what)
{
    if (is_uint(got->size, wanted->size, "%s: size", what))
        ok(!memcmp(got->data, wanted->data, got->size), "%s: bytes", what);
}

int main(int argc, char **argv)
{
    static struct capture plain[2][METHODS], objects[2][METHODS];
    int i;

    worker_bed_main(argc, argv);
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    worker_register();
    ok(factory_replace(), "the proxies' factory");
    capture_calls(FALSE, plain);
    capture_calls(TRUE, objects);
    for (i = 0; i < METHODS; i++)
    {
        const struct capture *first = &plain[0][i];

        note("%s", method_names[i]);
        ok(first->request.size > 0 || i == METHOD_PENDING, "a request");
        ok(first->answer.size > 0, "an answer");
        is_bytes(&plain[1][i].request, &first->request, "the asynchronous client's request");
        is_bytes(&plain[1][i].answer, &first->answer, "the answer to it");
        is_hr(plain[1][i].hr, first->hr, "its result");
        if (i == METHOD_WORK)
            continue; /* a call object that refuses has no report */
        is_bytes(&objects[0][i].answer, &first->answer, "the call object's answer");
        is_bytes(&objects[1][i].answer, &first->answer, "its answer to an asynchronous client");
        is_hr(objects[0][i].hr, first->hr, "its result");
        is_hr(objects[1][i].hr, first->hr, "likewise");
    }
    CoUninitialize();
    return done_testing();
}
