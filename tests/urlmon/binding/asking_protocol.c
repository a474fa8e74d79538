/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "asking_protocol.h"

#include <servprov.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define ASKERS 3      /* at once, a protocol */
#define PROBLEM 12045 /* ERROR_INTERNET_INVALID_CA */

volatile LONG asking_alive, asking_running, asking_asked, asking_refused, asking_wrong_thread;

static const GUID CLSID_AskingProtocol = {0x5a4c1c51, 0x6b1f, 0x4a60,
        {0x9d, 0x11, 0x0e, 0x3b, 0x52, 0x7c, 0x11, 0x02}};
static const GUID IID_Nothing = {0x5a4c1c51, 0x6b1f, 0x4a60,
        {0x9d, 0x11, 0x0e, 0x3b, 0x52, 0x7c, 0x11, 0x03}};

struct protocol;

struct task
{
    struct task *next;
    struct protocol *protocol; /* with a reference while it is queued or runs */
    void (*run)(struct protocol *protocol, struct task *task);
    unsigned int random;
};

struct protocol
{
    IInternetProtocol IInternetProtocol_iface;
    volatile LONG references;
    DWORD thread;
    SRWLOCK lock; /* guards what follows */
    IInternetProtocolSink *sink;
    IInternetBindInfo *info;
    ULONGLONG produced, consumed;
    BOOL result_sent;

    WCHAR url[128];
    unsigned int seed;
    ULONGLONG size;
    HRESULT error;
    BOOL early, inside;
    volatile LONG asks_left, asks_running, step;
    volatile LONG result_waits; /* for the data, and for the calls */
    volatile BOOL ended;
    struct task reporter, askers[ASKERS];
};

static struct
{
    SRWLOCK lock;
    CONDITION_VARIABLE wake;
    struct task *first, **last;
    BOOL quit;
    HANDLE threads[16];
    unsigned int count;
} workers = {SRWLOCK_INIT, CONDITION_VARIABLE_INIT, NULL, &workers.first, FALSE, {0}, 0};

static ULONG protocol_release(struct protocol *protocol)
{
    ULONG left = (ULONG)InterlockedDecrement(&protocol->references);

    if (!left)
    {
        free(protocol);
        InterlockedDecrement(&asking_alive);
    }
    return left;
}

static void task_queue(struct task *task)
{
    InterlockedIncrement(&task->protocol->references);
    AcquireSRWLockExclusive(&workers.lock);
    task->next = NULL;
    *workers.last = task;
    workers.last = &task->next;
    ReleaseSRWLockExclusive(&workers.lock);
    WakeConditionVariable(&workers.wake);
}

static unsigned int task_random(struct task *task)
{
    task->random = task->random * 1664525 + 1013904223;
    return task->random >> 8;
}

static DWORD WINAPI worker(void *context)
{
    struct task *task;

    (void)context;
    for (;;)
    {
        struct protocol *protocol;

        AcquireSRWLockExclusive(&workers.lock);
        while (!workers.first && !workers.quit)
            SleepConditionVariableSRW(&workers.wake, &workers.lock, INFINITE, 0);
        if ((task = workers.first) && !(workers.first = task->next))
            workers.last = &workers.first;
        ReleaseSRWLockExclusive(&workers.lock);
        if (!task)
            return 0;
        protocol = task->protocol;
        /* Now at once, now a little later. */
        if (task_random(task) % 8 == 0)
            Sleep(task_random(task) % 3);
        task->run(protocol, task);
        protocol_release(protocol);
    }
}

static IInternetProtocolSink *protocol_sink(struct protocol *protocol, IInternetBindInfo **info)
{
    IInternetProtocolSink *sink;

    AcquireSRWLockExclusive(&protocol->lock);
    if ((sink = protocol->sink))
    {
        IInternetProtocolSink_AddRef(sink);
        *info = protocol->info;
        IInternetBindInfo_AddRef(*info);
    }
    ReleaseSRWLockExclusive(&protocol->lock);
    return sink;
}

static HRESULT ask_negotiate(IUnknown *unknown, unsigned int how)
{
    IHttpNegotiate3 *negotiate = (IHttpNegotiate3 *)unknown;
    BYTE id[16], *context = NULL;
    DWORD size = sizeof(id);
    WCHAR *text = NULL;
    HRESULT hr;

    switch (how)
    {
    case 0:
        hr = IHttpNegotiate3_BeginningTransaction(negotiate, L"url", L"", 0, &text);
        break;
    case 1:
        hr = IHttpNegotiate3_OnResponse(negotiate, 200, L"HTTP/1.1 200 OK\r\n", NULL, &text);
        break;
    case 2:
        return IHttpNegotiate3_GetRootSecurityId(negotiate, id, &size, 0);
    default:
        hr = IHttpNegotiate3_GetSerializedClientCertContext(negotiate, &context, &size);
        CoTaskMemFree(context);
        return hr;
    }
    CoTaskMemFree(text);
    return hr;
}

static HRESULT ask_authenticate(IUnknown *unknown, unsigned int how)
{
    WCHAR *user = NULL, *password = NULL;
    AUTHENTICATEINFO info = {.dwFlags = 0};
    HWND window;
    HRESULT hr;

    hr = how ? IAuthenticateEx_AuthenticateEx((IAuthenticateEx *)unknown, &window, &user, &password,
                 &info)
             : IAuthenticate_Authenticate((IAuthenticate *)unknown, &window, &user, &password);
    CoTaskMemFree(user);
    CoTaskMemFree(password);
    return hr;
}

static HRESULT ask_window(IUnknown *unknown, unsigned int how)
{
    IHttpSecurity *security = (IHttpSecurity *)unknown;
    HWND window;

    return how ? IHttpSecurity_OnSecurityProblem(security, PROBLEM)
               : IHttpSecurity_GetWindow(security, &IID_IHttpSecurity, &window);
}

static HRESULT ask_install(IUnknown *unknown, unsigned int how)
{
    ICodeInstall *install = (ICodeInstall *)unknown;
    HWND window;

    return how ? ICodeInstall_OnCodeInstallProblem(install, CIP_DISK_FULL, NULL, L"source", 0)
               : ICodeInstall_GetWindow(install, &IID_ICodeInstall, &window);
}

static HRESULT ask_redirect(IUnknown *unknown, unsigned int how)
{
    VARIANT_BOOL cancel;

    (void)how;
    return IBindCallbackRedirect_Redirect((IBindCallbackRedirect *)unknown, L"url", &cancel);
}

static HRESULT ask_callback(IUnknown *unknown, unsigned int how)
{
    IBindStatusCallback *callback = (IBindStatusCallback *)unknown;
    BINDINFO bind_info = {.cbSize = sizeof(bind_info)};
    LONG priority;
    DWORD flags;
    HRESULT hr;

    switch (how)
    {
    case 0:
        return IBindStatusCallback_GetPriority(callback, &priority);
    case 1:
        return IBindStatusCallback_OnLowResource(callback, 0);
    case 2:
        hr = IBindStatusCallback_GetBindInfo(callback, &flags, &bind_info);
        ReleaseBindInfo(&bind_info);
        return hr;
    default:
        return IBindStatusCallback_OnProgress(callback, 1, 2, BINDSTATUS_PROXYDETECTING, NULL);
    }
}

static const struct question
{
    const IID *iid;
    HRESULT (*ask)(IUnknown *unknown, unsigned int how);
    unsigned int how;
} questions[] = {
        {&IID_IHttpNegotiate, ask_negotiate, 0},
        {&IID_IHttpNegotiate, ask_negotiate, 1},
        {&IID_IHttpNegotiate2, ask_negotiate, 2},
        {&IID_IHttpNegotiate3, ask_negotiate, 3},
        {&IID_IAuthenticate, ask_authenticate, 0},
        {&IID_IAuthenticateEx, ask_authenticate, 1},
        {&IID_IHttpSecurity, ask_window, 0},
        {&IID_IHttpSecurity, ask_window, 1},
        {&IID_IWindowForBindingUI, ask_window, 0},
        {&IID_ICodeInstall, ask_install, 0},
        {&IID_ICodeInstall, ask_install, 1},
        {&IID_IBindCallbackRedirect, ask_redirect, 0},
        {&IID_IBindStatusCallback, ask_callback, 0},
        {&IID_IBindStatusCallback, ask_callback, 1},
        {&IID_IBindStatusCallback, ask_callback, 2},
        {&IID_IBindStatusCallbackEx, ask_callback, 3},
        {&IID_Nothing, NULL, 0},
        {&IID_IInternetBindInfo, NULL, 0},
};

/* One call, or two: QueryService makes one as well. */
static void ask(IInternetProtocolSink *sink, IInternetBindInfo *info, unsigned int random)
{
    const struct question *question = &questions[random % ARRAYSIZE(questions)];
    IServiceProvider *services;
    IUnknown *unknown = NULL;
    WCHAR *text = NULL;
    ULONG fetched = 0;
    HRESULT hr;

    InterlockedIncrement(&asking_asked);
    if (IsEqualIID(question->iid, &IID_IInternetBindInfo))
    {
        IInternetBindInfo_GetBindString(info, BINDSTRING_USER_AGENT, &text, 1, &fetched);
        if (fetched)
            CoTaskMemFree(text);
        return;
    }
    if (FAILED(IInternetProtocolSink_QueryInterface(sink, &IID_IServiceProvider,
                (void **)&services)))
        return;
    hr = IServiceProvider_QueryService(services, question->iid, question->iid, (void **)&unknown);
    if (SUCCEEDED(hr) && question->ask)
        hr = question->ask(unknown, question->how);
    if (FAILED(hr))
        InterlockedIncrement(&asking_refused);
    if (unknown)
        IUnknown_Release(unknown);
    IServiceProvider_Release(services);
}

static void report_result(struct protocol *protocol, IInternetProtocolSink *sink, HRESULT result)
{
    BOOL already;

    AcquireSRWLockExclusive(&protocol->lock);
    already = protocol->result_sent;
    protocol->result_sent = TRUE;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (!already)
        IInternetProtocolSink_ReportResult(sink, result, 0, NULL);
}

/* When the last thing has happened for which the result waits. */
static void may_report_result(struct protocol *protocol)
{
    IInternetProtocolSink *sink;
    IInternetBindInfo *info;

    if (InterlockedDecrement(&protocol->result_waits) || !(sink = protocol_sink(protocol, &info)))
        return;
    report_result(protocol, sink, protocol->error);
    IInternetBindInfo_Release(info);
    IInternetProtocolSink_Release(sink);
}

static void run_asker(struct protocol *protocol, struct task *task)
{
    IInternetProtocolSink *sink;
    IInternetBindInfo *info;

    if (InterlockedDecrement(&protocol->asks_left) >= 0 && (sink = protocol_sink(protocol, &info)))
    {
        ask(sink, info, task_random(task));
        IInternetBindInfo_Release(info);
        IInternetProtocolSink_Release(sink);
        task_queue(task); /* with another thread, perhaps */
        return;
    }
    if (!InterlockedDecrement(&protocol->asks_running) && !protocol->early)
        may_report_result(protocol);
}

static void report_data(struct protocol *protocol, IInternetProtocolSink *sink, ULONG amount)
{
    DWORD flags = BSCF_INTERMEDIATEDATANOTIFICATION;

    AcquireSRWLockExclusive(&protocol->lock);
    if (!protocol->produced)
        flags = BSCF_FIRSTDATANOTIFICATION;
    protocol->produced += min(amount, protocol->size - protocol->produced);
    if (protocol->produced == protocol->size)
        flags |= BSCF_LASTDATANOTIFICATION;
    ReleaseSRWLockExclusive(&protocol->lock);
    IInternetProtocolSink_ReportData(sink, flags, (ULONG)protocol->produced, (ULONG)protocol->size);
}

/* One report. Returns whether another is to follow. */
static BOOL report(struct protocol *protocol, struct task *task, IInternetProtocolSink *sink)
{
    static const ULONG codes[] = {BINDSTATUS_FINDINGRESOURCE, BINDSTATUS_CONNECTING,
            BINDSTATUS_SENDINGREQUEST, BINDSTATUS_PROXYDETECTING, BINDSTATUS_REDIRECTING};
    PROTOCOLDATA data = {.grfFlags = 0, .dwState = 4711};
    LONG step = InterlockedIncrement(&protocol->step);

    if (step < 4 || (step == 4 && FAILED(protocol->error)))
    {
        IInternetProtocolSink_ReportProgress(sink, codes[task_random(task) % ARRAYSIZE(codes)],
                L"text");
        return TRUE;
    }
    if (step == 4)
    {
        IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_VERIFIEDMIMETYPEAVAILABLE,
                L"application/x-bindask");
        return TRUE;
    }
    if (step == 5 && SUCCEEDED(IInternetProtocolSink_Switch(sink, &data)))
        return FALSE; /* Continue goes on */
    if (SUCCEEDED(protocol->error) && protocol->produced < protocol->size)
    {
        report_data(protocol, sink, 1 + task_random(task) % 2000);
        return TRUE;
    }
    may_report_result(protocol);
    return FALSE;
}

static void run_reporter(struct protocol *protocol, struct task *task)
{
    IInternetProtocolSink *sink;
    IInternetBindInfo *info;

    if (protocol->ended || !(sink = protocol_sink(protocol, &info)))
        return;
    if (report(protocol, task, sink))
        task_queue(task);
    IInternetBindInfo_Release(info);
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
    return (ULONG)InterlockedIncrement(&impl(iface)->references);
}

static ULONG WINAPI protocol_Release(IInternetProtocol *iface)
{
    return protocol_release(impl(iface));
}

static unsigned long option(const WCHAR *url, const WCHAR *name, unsigned long otherwise, int base)
{
    const WCHAR *at = wcsstr(url, name);

    return at ? wcstoul(at + wcslen(name), NULL, base) : otherwise;
}

static HRESULT WINAPI protocol_Start(IInternetProtocol *iface, const WCHAR *url,
        IInternetProtocolSink *sink, IInternetBindInfo *info, DWORD flags, HANDLE_PTR reserved)
{
    struct protocol *protocol = impl(iface);

    (void)flags;
    (void)reserved;
    lstrcpynW(protocol->url, url, ARRAYSIZE(protocol->url));
    protocol->seed = option(url, L"seed=", 1, 10);
    protocol->size = option(url, L"size=", 3000, 10);
    protocol->asks_left = (LONG)option(url, L"asks=", 10, 10);
    protocol->error = (HRESULT)option(url, L"error=", 0, 16);
    protocol->early = option(url, L"early=", 0, 10) != 0;
    protocol->inside = option(url, L"inside=", 0, 10) != 0;
    protocol->thread = GetCurrentThreadId();
    protocol->sink = sink;
    IInternetProtocolSink_AddRef(sink);
    protocol->info = info;
    IInternetBindInfo_AddRef(info);
    protocol->asks_running = ASKERS;
    protocol->result_waits = protocol->early ? 1 : 2;
    InterlockedIncrement(&asking_running);
    protocol->reporter.protocol = protocol;
    protocol->reporter.run = run_reporter;
    protocol->reporter.random = protocol->seed * 77 + 5;
    for (unsigned int i = 0; protocol->inside && i < 3; i++)
    {
        ask(sink, info, protocol->seed * 7 + i * 5);
        IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_FINDINGRESOURCE, L"inside");
    }
    if (protocol->ended)
        return S_OK;
    for (unsigned int i = 0; i < ASKERS; i++)
    {
        protocol->askers[i].protocol = protocol;
        protocol->askers[i].run = run_asker;
        protocol->askers[i].random = protocol->seed * 131 + i * 977 + 1;
        task_queue(&protocol->askers[i]);
    }
    task_queue(&protocol->reporter);
    return S_OK;
}

static HRESULT WINAPI protocol_Continue(IInternetProtocol *iface, PROTOCOLDATA *data)
{
    struct protocol *protocol = impl(iface);

    if (GetCurrentThreadId() != protocol->thread || data->dwState != 4711)
        InterlockedIncrement(&asking_wrong_thread);
    if (!protocol->ended)
        task_queue(&protocol->reporter);
    return S_OK;
}

static HRESULT WINAPI protocol_Abort(IInternetProtocol *iface, HRESULT reason, DWORD options)
{
    struct protocol *protocol = impl(iface);
    IInternetProtocolSink *sink;
    IInternetBindInfo *info;

    (void)options;
    protocol->ended = TRUE;
    if ((sink = protocol_sink(protocol, &info)))
    {
        report_result(protocol, sink, reason);
        IInternetBindInfo_Release(info);
        IInternetProtocolSink_Release(sink);
    }
    return S_OK;
}

static HRESULT WINAPI protocol_Terminate(IInternetProtocol *iface, DWORD options)
{
    struct protocol *protocol = impl(iface);
    IInternetProtocolSink *sink;
    IInternetBindInfo *info;

    (void)options;
    protocol->ended = TRUE;
    AcquireSRWLockExclusive(&protocol->lock);
    sink = protocol->sink;
    info = protocol->info;
    protocol->sink = NULL;
    protocol->info = NULL;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (!sink)
    {
        fail("Terminate was called twice");
        return E_FAIL;
    }
    IInternetProtocolSink_Release(sink);
    IInternetBindInfo_Release(info);
    InterlockedDecrement(&asking_running);
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
    HRESULT hr;

    AcquireSRWLockExclusive(&protocol->lock);
    *read = (ULONG)min(size, protocol->produced - protocol->consumed);
    memset(buffer, 'x', *read);
    protocol->consumed += *read;
    if (*read)
        hr = S_OK;
    else
        hr = protocol->consumed == protocol->size ? S_FALSE : E_PENDING;
    ReleaseSRWLockExclusive(&protocol->lock);
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
    return S_OK;
}

static HRESULT WINAPI protocol_UnlockRequest(IInternetProtocol *iface)
{
    (void)iface;
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
    if (!(protocol = calloc(1, sizeof(*protocol))))
        return E_OUTOFMEMORY;
    protocol->IInternetProtocol_iface.lpVtbl = (IInternetProtocolVtbl *)&protocol_vtbl;
    protocol->references = 1;
    InitializeSRWLock(&protocol->lock);
    InterlockedIncrement(&asking_alive);
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

void asking_protocol_open(unsigned int threads)
{
    IInternetSession *session;
    HRESULT hr;

    hr = CoInternetGetSession(0, &session, 0);
    if (FAILED(hr))
        bail_out("CoInternetGetSession: %s", tap_hr(hr));
    hr = IInternetSession_RegisterNameSpace(session, &factory, &CLSID_AskingProtocol, L"bindask", 0,
            NULL, 0);
    is_hr(hr, S_OK, "RegisterNameSpace");
    IInternetSession_Release(session);
    workers.quit = FALSE;
    workers.count = min(threads, ARRAYSIZE(workers.threads));
    for (unsigned int i = 0; i < workers.count; i++)
        workers.threads[i] = CreateThread(NULL, 0, worker, NULL, 0, NULL);
}

void asking_protocol_close(void)
{
    IInternetSession *session;

    AcquireSRWLockExclusive(&workers.lock);
    workers.quit = TRUE;
    ReleaseSRWLockExclusive(&workers.lock);
    WakeAllConditionVariable(&workers.wake);
    for (unsigned int i = 0; i < workers.count; i++)
    {
        is_int(WaitForSingleObject(workers.threads[i], 30000), WAIT_OBJECT_0, "a worker ends");
        CloseHandle(workers.threads[i]);
    }
    CoInternetGetSession(0, &session, 0);
    is_hr(IInternetSession_UnregisterNameSpace(session, &factory, L"bindask"), S_OK,
            "UnregisterNameSpace");
    IInternetSession_Release(session);
}
