/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test_protocol.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

const WCHAR *test_protocol_class, *test_protocol_mime;
volatile LONG test_protocols_alive;
volatile LONG test_protocols_running;
volatile LONG test_protocols_locked;
volatile LONG test_protocols_aborted;
volatile LONG test_protocols_read;
volatile LONG test_protocols_reported;
volatile LONG test_protocols_wrong_thread;

const CLSID CLSID_TestProtocol = {0x5a4c1c51, 0x6b1f, 0x4a60,
        {0x9d, 0x11, 0x0e, 0x3b, 0x52, 0x7c, 0x11, 0x01}};

enum step
{
    STEP_FIND,
    STEP_CONNECT,
    STEP_NEGOTIATE,
    STEP_SEND,
    STEP_SWITCH,
    STEP_TYPE,
    STEP_DATA,
    STEP_RESULT,
    STEP_DONE
};

struct protocol
{
    IInternetProtocol IInternetProtocol_iface;
    LONG references;
    DWORD thread; /* that started it */
    IInternetProtocolSink *sink;
    IInternetBindInfo *info;
    WCHAR *url, *file;
    unsigned int seed, random;
    ULONGLONG size, chunk, buffer;
    BOOL slow, calls, sync, stall, html, mute, has_file, behind, full;
    HRESULT error;

    SRWLOCK lock;
    struct protocol *next_task;
    BOOL waiting; /* has no task because its buffer is full */
    enum step step;
    ULONGLONG produced, consumed;
    volatile BOOL ended;
    BOOL result_sent;
};

/* The tasks of the workers. */
static struct
{
    SRWLOCK lock;
    CONDITION_VARIABLE wake;
    struct protocol *first, **last;
    BOOL quit;
    HANDLE threads[16];
    unsigned int count;
} workers = {SRWLOCK_INIT, CONDITION_VARIABLE_INIT, NULL, &workers.first, FALSE, {0}, 0};

static void protocol_step(struct protocol *protocol);

static ULONG protocol_release(struct protocol *protocol)
{
    ULONG left = InterlockedDecrement(&protocol->references);

    if (!left)
    {
        if (protocol->file)
            DeleteFileW(protocol->file);
        free(protocol->file);
        free(protocol->url);
        free(protocol);
        InterlockedDecrement(&test_protocols_alive);
    }
    return left;
}

/* Has a worker go on with the protocol. */
static void protocol_queue(struct protocol *protocol)
{
    InterlockedIncrement(&protocol->references);
    protocol->next_task = NULL;
    AcquireSRWLockExclusive(&workers.lock);
    *workers.last = protocol;
    workers.last = &protocol->next_task;
    ReleaseSRWLockExclusive(&workers.lock);
    WakeConditionVariable(&workers.wake);
}

static DWORD WINAPI worker(void *context)
{
    struct protocol *protocol;

    (void)context;
    for (;;)
    {
        AcquireSRWLockExclusive(&workers.lock);
        while (!workers.first && !workers.quit)
            SleepConditionVariableSRW(&workers.wake, &workers.lock, INFINITE, 0);
        if ((protocol = workers.first) && !(workers.first = protocol->next_task))
            workers.last = &workers.first;
        ReleaseSRWLockExclusive(&workers.lock);
        if (!protocol)
            return 0;
        protocol_step(protocol);
        protocol_release(protocol);
    }
}

static unsigned int random_next(struct protocol *protocol)
{
    protocol->random = protocol->random * 1664525 + 1013904223;
    return protocol->random >> 8;
}

/* The sink, with a reference; NULL once it is terminated. */
static IInternetProtocolSink *protocol_sink(struct protocol *protocol)
{
    IInternetProtocolSink *sink;

    AcquireSRWLockExclusive(&protocol->lock);
    if ((sink = protocol->sink))
        IInternetProtocolSink_AddRef(sink);
    ReleaseSRWLockExclusive(&protocol->lock);
    return sink;
}

/* BeginningTransaction, or with a response OnResponse. */
static void call_negotiate(struct protocol *protocol, IInternetProtocolSink *sink, DWORD response)
{
    IServiceProvider *services;
    IHttpNegotiate *negotiate;
    WCHAR *headers = NULL;

    if (FAILED(IInternetProtocolSink_QueryInterface(sink, &IID_IServiceProvider,
                (void **)&services)))
        return;
    if (SUCCEEDED(IServiceProvider_QueryService(services, &IID_IHttpNegotiate, &IID_IHttpNegotiate,
                (void **)&negotiate)))
    {
        if (response)
            IHttpNegotiate_OnResponse(negotiate, response, L"", NULL, NULL);
        else
            IHttpNegotiate_BeginningTransaction(negotiate, protocol->url, L"", 0, &headers);
        CoTaskMemFree(headers);
        IHttpNegotiate_Release(negotiate);
    }
    IServiceProvider_Release(services);
}

static void write_file(struct protocol *protocol)
{
    WCHAR folder[MAX_PATH + 1], name[MAX_PATH + 1];
    BYTE *data = malloc((size_t)protocol->size + 1);
    DWORD written;
    HANDLE file;

    for (ULONGLONG n = 0; n < protocol->size; n++)
        data[n] = test_protocol_byte(protocol->seed, n);
    GetTempPathW(ARRAYSIZE(folder), folder);
    GetTempFileNameW(folder, L"bnd", 0, name);
    file = CreateFileW(name, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, data, (DWORD)protocol->size, &written, NULL);
    CloseHandle(file);
    free(data);
    protocol->file = _wcsdup(name);
}

static void report_type(struct protocol *protocol, IInternetProtocolSink *sink)
{
    if (protocol->has_file)
    {
        write_file(protocol);
        IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_CACHEFILENAMEAVAILABLE,
                protocol->file);
    }
    if (test_protocol_class)
        IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_CLSIDCANINSTANTIATE,
                test_protocol_class);
    IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_VERIFIEDMIMETYPEAVAILABLE,
            protocol->html               ? L"text/html"
                    : test_protocol_mime ? test_protocol_mime
                                         : TEST_PROTOCOL_MIME);
}

/* Some more of the data. FALSE: nothing arrives until it is read. */
static BOOL produce(struct protocol *protocol, IInternetProtocolSink *sink)
{
    ULONGLONG room, now;
    DWORD flags = 0;

    AcquireSRWLockExclusive(&protocol->lock);
    room = protocol->buffer - (protocol->produced - protocol->consumed);
    now = min(min(protocol->chunk, room), protocol->size - protocol->produced);
    if (!now && protocol->produced < protocol->size)
        protocol->waiting = TRUE;
    if (!protocol->produced)
        flags |= BSCF_FIRSTDATANOTIFICATION;
    else
        flags |= BSCF_INTERMEDIATEDATANOTIFICATION;
    protocol->produced += now;
    if (protocol->produced == protocol->size)
        flags |= BSCF_LASTDATANOTIFICATION | (protocol->full ? BSCF_DATAFULLYAVAILABLE : 0);
    if (protocol->stall && now)
        protocol->waiting = TRUE;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (!now && protocol->produced < protocol->size)
        return FALSE;
    IInternetProtocolSink_ReportData(sink, flags, (ULONG)protocol->produced, (ULONG)protocol->size);
    if (flags & BSCF_LASTDATANOTIFICATION)
        protocol->step = STEP_RESULT;
    return !protocol->stall;
}

static void report_result(struct protocol *protocol, IInternetProtocolSink *sink, HRESULT result)
{
    BOOL already;

    AcquireSRWLockExclusive(&protocol->lock);
    already = protocol->result_sent;
    protocol->result_sent = TRUE;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (already)
        return;
    IInternetProtocolSink_ReportResult(sink, result, 0, FAILED(result) ? L"test error" : NULL);
    InterlockedIncrement(&test_protocols_reported);
}

/* One report. */
static void protocol_step(struct protocol *protocol)
{
    PROTOCOLDATA data = {.grfFlags = 0, .dwState = 4711};
    IInternetProtocolSink *sink;
    BOOL more = TRUE;

    if (protocol->ended || !(sink = protocol_sink(protocol)))
        return;
    if (protocol->slow && random_next(protocol) % 4 == 0)
        Sleep(random_next(protocol) % 4);
    switch (protocol->step)
    {
    case STEP_FIND:
        protocol->step = STEP_CONNECT;
        IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_FINDINGRESOURCE, L"host");
        break;
    case STEP_CONNECT:
        protocol->step = protocol->calls ? STEP_NEGOTIATE : STEP_SEND;
        IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_CONNECTING, L"address");
        break;
    case STEP_NEGOTIATE:
        protocol->step = STEP_SEND;
        call_negotiate(protocol, sink, 0);
        break;
    case STEP_SEND:
        protocol->step = protocol->calls ? STEP_SWITCH : STEP_TYPE;
        IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_SENDINGREQUEST, NULL);
        break;
    case STEP_SWITCH:
        protocol->step = STEP_TYPE;
        /* Continue goes on. */
        if (SUCCEEDED(IInternetProtocolSink_Switch(sink, &data)))
            more = FALSE;
        break;
    case STEP_TYPE:
        protocol->step = protocol->size ? STEP_DATA : STEP_RESULT;
        if (protocol->size || SUCCEEDED(protocol->error))
            report_type(protocol, sink);
        break;
    case STEP_DATA:
        more = produce(protocol, sink);
        break;
    case STEP_RESULT:
        protocol->step = STEP_DONE;
        if (protocol->behind)
            IInternetProtocolSink_ReportData(sink, BSCF_LASTDATANOTIFICATION, (ULONG)protocol->size,
                    (ULONG)protocol->size);
        report_result(protocol, sink, protocol->error);
        more = FALSE;
        break;
    case STEP_DONE:
        more = FALSE;
        break;
    }
    if (more && !protocol->ended && !protocol->sync)
        protocol_queue(protocol);
    IInternetProtocolSink_Release(sink);
}

static struct protocol *impl(IInternetProtocol *iface)
{
    return CONTAINING_RECORD(iface, struct protocol, IInternetProtocol_iface);
}

static HRESULT WINAPI protocol_QueryInterface(IInternetProtocol *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IInternetProtocolRoot)
            && !IsEqualIID(iid, &IID_IInternetProtocol))
        return E_NOINTERFACE;
    *out = iface;
    IInternetProtocol_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI protocol_AddRef(IInternetProtocol *iface)
{
    return InterlockedIncrement(&impl(iface)->references);
}

static ULONG WINAPI protocol_Release(IInternetProtocol *iface)
{
    return protocol_release(impl(iface));
}

static ULONGLONG option(const WCHAR *url, const WCHAR *name, ULONGLONG otherwise)
{
    const WCHAR *at = url;

    while ((at = wcsstr(at, name)))
    {
        if ((at[-1] == ':' || at[-1] == ',') && at[wcslen(name)] == '=')
            return wcstoul(at + wcslen(name) + 1, NULL, !wcscmp(name, L"error") ? 16 : 10);
        at++;
    }
    return otherwise;
}

static HRESULT WINAPI protocol_Start(IInternetProtocol *iface, const WCHAR *url,
        IInternetProtocolSink *sink, IInternetBindInfo *info, DWORD flags, HANDLE_PTR reserved)
{
    struct protocol *protocol = impl(iface);

    (void)flags;
    (void)reserved;
    protocol->url = _wcsdup(url);
    protocol->seed = (unsigned int)option(url, L"seed", 1);
    protocol->random = protocol->seed * 77 + 5;
    protocol->size = option(url, L"size", 0);
    protocol->chunk = option(url, L"chunk", 4096);
    protocol->buffer = option(url, L"buffer", 65536);
    protocol->slow = option(url, L"slow", 0) != 0;
    protocol->calls = option(url, L"calls", 0) != 0;
    protocol->sync = option(url, L"sync", 0) != 0;
    protocol->stall = option(url, L"stall", 0) != 0;
    protocol->html = option(url, L"html", 0) != 0;
    protocol->mute = option(url, L"mute", 0) != 0;
    protocol->full = option(url, L"full", 0) != 0;
    protocol->behind = option(url, L"behind", 0) != 0;
    protocol->has_file = option(url, L"file", 0) != 0;
    protocol->error = (HRESULT)option(url, L"error", 0);
    protocol->thread = GetCurrentThreadId();
    protocol->sink = sink;
    IInternetProtocolSink_AddRef(sink);
    protocol->info = info;
    IInternetBindInfo_AddRef(info);
    InterlockedIncrement(&test_protocols_running);
    if (protocol->sync)
    {
        protocol->buffer = protocol->chunk = max(protocol->size, 1);
        while (protocol->step != STEP_DONE && !protocol->ended)
            protocol_step(protocol);
        return S_OK;
    }
    protocol_queue(protocol);
    return S_OK;
}

static HRESULT WINAPI protocol_Continue(IInternetProtocol *iface, PROTOCOLDATA *data)
{
    struct protocol *protocol = impl(iface);
    IInternetProtocolSink *sink;

    if (GetCurrentThreadId() != protocol->thread || data->dwState != 4711)
        InterlockedIncrement(&test_protocols_wrong_thread);
    if (protocol->calls && (sink = protocol_sink(protocol)))
    {
        call_negotiate(protocol, sink, 200);
        IInternetProtocolSink_Release(sink);
    }
    if (!protocol->ended)
        protocol_queue(protocol);
    return S_OK;
}

static HRESULT WINAPI protocol_Abort(IInternetProtocol *iface, HRESULT reason, DWORD options)
{
    struct protocol *protocol = impl(iface);
    IInternetProtocolSink *sink;

    (void)options;
    InterlockedIncrement(&test_protocols_aborted);
    protocol->ended = TRUE;
    if (!protocol->mute && (sink = protocol_sink(protocol)))
    {
        report_result(protocol, sink, reason);
        IInternetProtocolSink_Release(sink);
    }
    return S_OK;
}

static HRESULT WINAPI protocol_Terminate(IInternetProtocol *iface, DWORD options)
{
    struct protocol *protocol = impl(iface);
    IInternetProtocolSink *sink;

    (void)options;
    protocol->ended = TRUE;
    AcquireSRWLockExclusive(&protocol->lock);
    sink = protocol->sink;
    protocol->sink = NULL;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (!sink)
    {
        fail("Terminate was called twice");
        return E_FAIL;
    }
    IInternetProtocolSink_Release(sink);
    IInternetBindInfo_Release(protocol->info);
    InterlockedDecrement(&test_protocols_running);
    return S_OK;
}

static HRESULT WINAPI protocol_Suspend(IInternetProtocol *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

static HRESULT WINAPI protocol_Resume(IInternetProtocol *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

static HRESULT WINAPI protocol_Read(IInternetProtocol *iface, void *buffer, ULONG size, ULONG *read)
{
    struct protocol *protocol = impl(iface);
    BOOL go_on = FALSE;
    ULONGLONG now;
    HRESULT hr;

    InterlockedIncrement(&test_protocols_read);
    AcquireSRWLockExclusive(&protocol->lock);
    now = min(size, protocol->produced - protocol->consumed);
    for (ULONGLONG n = 0; n < now; n++)
        ((BYTE *)buffer)[n] = test_protocol_byte(protocol->seed, protocol->consumed + n);
    protocol->consumed += now;
    *read = (ULONG)now;
    if (now)
        hr = S_OK;
    else
        hr = protocol->consumed == protocol->size ? S_FALSE : E_PENDING;
    if (now && protocol->waiting && !protocol->stall && !protocol->ended)
    {
        protocol->waiting = FALSE;
        go_on = TRUE;
    }
    ReleaseSRWLockExclusive(&protocol->lock);
    if (go_on)
        protocol_queue(protocol);
    return hr;
}

static HRESULT WINAPI protocol_Seek(IInternetProtocol *iface, LARGE_INTEGER move, DWORD origin,
        ULARGE_INTEGER *position)
{
    (void)iface;
    (void)move;
    (void)origin;
    (void)position;
    return E_NOTIMPL;
}

static HRESULT WINAPI protocol_LockRequest(IInternetProtocol *iface, DWORD options)
{
    (void)iface;
    (void)options;
    InterlockedIncrement(&test_protocols_locked);
    return S_OK;
}

static HRESULT WINAPI protocol_UnlockRequest(IInternetProtocol *iface)
{
    (void)iface;
    InterlockedDecrement(&test_protocols_locked);
    return S_OK;
}

static const IInternetProtocolVtbl protocol_vtbl = {
        protocol_QueryInterface,
        protocol_AddRef,
        protocol_Release,
        protocol_Start,
        protocol_Continue,
        protocol_Abort,
        protocol_Terminate,
        protocol_Suspend,
        protocol_Resume,
        protocol_Read,
        protocol_Seek,
        protocol_LockRequest,
        protocol_UnlockRequest,
};

static HRESULT WINAPI factory_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG WINAPI factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG WINAPI factory_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT WINAPI factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid,
        void **out)
{
    struct protocol *protocol;
    HRESULT hr;

    (void)iface;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    protocol = calloc(1, sizeof(*protocol));
    protocol->IInternetProtocol_iface.lpVtbl = (IInternetProtocolVtbl *)&protocol_vtbl;
    protocol->references = 1;
    InitializeSRWLock(&protocol->lock);
    InterlockedIncrement(&test_protocols_alive);
    hr = IInternetProtocol_QueryInterface(&protocol->IInternetProtocol_iface, iid, out);
    protocol_release(protocol);
    return hr;
}

static HRESULT WINAPI factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    (void)lock;
    return S_OK;
}

static const IClassFactoryVtbl factory_vtbl = {
        factory_QueryInterface,
        factory_AddRef,
        factory_Release,
        factory_CreateInstance,
        factory_LockServer,
};

static IClassFactory factory = {(IClassFactoryVtbl *)&factory_vtbl};

void test_protocol_open(unsigned int threads)
{
    IInternetSession *session;
    HRESULT hr;

    hr = CoInternetGetSession(0, &session, 0);
    if (FAILED(hr))
        bail_out("CoInternetGetSession: %s", tap_hr(hr));
    hr = IInternetSession_RegisterNameSpace(session, &factory, &CLSID_TestProtocol, L"bindtest", 0,
            NULL, 0);
    is_hr(hr, S_OK, "RegisterNameSpace");
    IInternetSession_Release(session);
    workers.quit = FALSE;
    workers.count = threads;
    for (unsigned int i = 0; i < threads; i++)
        workers.threads[i] = CreateThread(NULL, 0, worker, NULL, 0, NULL);
}

void test_protocol_close(void)
{
    IInternetSession *session;

    AcquireSRWLockExclusive(&workers.lock);
    workers.quit = TRUE;
    ReleaseSRWLockExclusive(&workers.lock);
    WakeAllConditionVariable(&workers.wake);
    for (unsigned int i = 0; i < workers.count; i++)
    {
        WaitForSingleObject(workers.threads[i], 30000);
        CloseHandle(workers.threads[i]);
    }
    CoInternetGetSession(0, &session, 0);
    is_hr(IInternetSession_UnregisterNameSpace(session, &factory, L"bindtest"), S_OK,
            "UnregisterNameSpace");
    IInternetSession_Release(session);
}
