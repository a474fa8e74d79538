/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Downloads through URL monikers, on whichever urlmon.dll the prefix has.
 *
 *   urlmon_download file URL PATH          URLDownloadToFile
 *   urlmon_download stream URL             BindToStorage, read by the callback
 *   urlmon_download small URL COUNT PATH   URLDownloadToFile of URL0.bin, URL1.bin, ... in a row
 *   urlmon_download many URL COUNT         COUNT bindings at once on this thread
 *   urlmon_download latency                from data in the socket to OnDataAvailable
 *
 * With "wait" before these it says "ready" when it has started, and begins with the next line of
 * its standard input.
 *
 * Prints "figure value" lines: seconds, microseconds (_us) or KiB (_kib); "failed: text".
 */
#include <winsock2.h>
#include <windows.h>
#include <psapi.h>
#include <urlmon.h>

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define BUFFER_SIZE (1u << 20)
#define START 4096u /* bytes: enough for whoever looks what they are */
#define PIECES 200u /* of one byte, and one more to end with */
#define WAIT_MS 600000u

static BYTE buffer[BUFFER_SIZE];

static double now(void)
{
    LARGE_INTEGER counter, frequency;

    QueryPerformanceCounter(&counter);
    QueryPerformanceFrequency(&frequency);
    return (double)counter.QuadPart / (double)frequency.QuadPart;
}

static void stop(const char *what, HRESULT hr)
{
    printf("failed: %s 0x%08lx\n", what, (unsigned long)hr);
    fflush(stdout);
    ExitProcess(1);
}

/* A callback that reads everything. */
struct client
{
    IBindStatusCallback IBindStatusCallback_iface;
    LONG references;
    BOOL done;
    HRESULT result;
    unsigned long long received;
    volatile double available; /* when OnDataAvailable was called last */
};

static unsigned int clients_done;

static struct client *client_from(IBindStatusCallback *iface)
{
    return CONTAINING_RECORD(iface, struct client, IBindStatusCallback_iface);
}

static HRESULT STDMETHODCALLTYPE client_QueryInterface(IBindStatusCallback *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBindStatusCallback))
        return E_NOINTERFACE;
    *out = iface;
    IBindStatusCallback_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE client_AddRef(IBindStatusCallback *iface)
{
    return InterlockedIncrement(&client_from(iface)->references);
}

static ULONG STDMETHODCALLTYPE client_Release(IBindStatusCallback *iface)
{
    return InterlockedDecrement(&client_from(iface)->references);
}

static HRESULT STDMETHODCALLTYPE client_OnStartBinding(IBindStatusCallback *iface, DWORD reserved,
        IBinding *binding)
{
    (void)iface;
    (void)reserved;
    (void)binding;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE client_GetPriority(IBindStatusCallback *iface, LONG *priority)
{
    (void)iface;
    *priority = THREAD_PRIORITY_NORMAL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE client_OnLowResource(IBindStatusCallback *iface, DWORD reserved)
{
    (void)iface;
    (void)reserved;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE client_OnProgress(IBindStatusCallback *iface, ULONG progress,
        ULONG max, ULONG code, const WCHAR *text)
{
    (void)iface;
    (void)progress;
    (void)max;
    (void)code;
    (void)text;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE client_OnStopBinding(IBindStatusCallback *iface, HRESULT result,
        const WCHAR *text)
{
    struct client *client = client_from(iface);

    (void)text;
    client->result = result;
    client->done = TRUE;
    clients_done++;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE client_GetBindInfo(IBindStatusCallback *iface, DWORD *flags,
        BINDINFO *info)
{
    DWORD size = info->cbSize;

    (void)iface;
    memset(info, 0, size);
    info->cbSize = size;
    *flags = BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA | BINDF_NOWRITECACHE
            | BINDF_GETNEWESTVERSION;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE client_OnDataAvailable(IBindStatusCallback *iface, DWORD flags,
        DWORD size, FORMATETC *format, STGMEDIUM *medium)
{
    struct client *client = client_from(iface);
    HRESULT hr;
    ULONG got;

    (void)flags;
    (void)size;
    (void)format;
    client->available = now();
    do
    {
        got = 0;
        hr = IStream_Read(medium->pstm, buffer, sizeof(buffer), &got);
        client->received += got;
    } while (hr == S_OK && got);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE client_OnObjectAvailable(IBindStatusCallback *iface, REFIID iid,
        IUnknown *object)
{
    (void)iface;
    (void)iid;
    (void)object;
    return S_OK;
}

static IBindStatusCallbackVtbl client_vtbl = {
        client_QueryInterface,
        client_AddRef,
        client_Release,
        client_OnStartBinding,
        client_GetPriority,
        client_OnLowResource,
        client_OnProgress,
        client_OnStopBinding,
        client_GetBindInfo,
        client_OnDataAvailable,
        client_OnObjectAvailable,
};

static void client_bind(struct client *client, const WCHAR *url)
{
    IStream *stream = NULL;
    IMoniker *moniker;
    IBindCtx *context;
    HRESULT hr;

    client->IBindStatusCallback_iface.lpVtbl = &client_vtbl;
    client->references = 1;
    if (FAILED(hr = CreateURLMoniker(NULL, url, &moniker)))
        stop("CreateURLMoniker", hr);
    if (FAILED(hr = CreateAsyncBindCtx(0, &client->IBindStatusCallback_iface, NULL, &context)))
        stop("CreateAsyncBindCtx", hr);
    hr = IMoniker_BindToStorage(moniker, context, NULL, &IID_IStream, (void **)&stream);
    if (FAILED(hr))
        stop("BindToStorage", hr);
    if (stream)
        IStream_Release(stream);
    IBindCtx_Release(context);
    IMoniker_Release(moniker);
}

static void pump_until(unsigned int done)
{
    double end = now() + WAIT_MS / 1000.0;
    MSG message;

    while (clients_done < done)
    {
        if (now() > end)
            stop("it does not end", E_FAIL);
        MsgWaitForMultipleObjects(0, NULL, FALSE, 1000, QS_ALLINPUT);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
}

static void measure_file(const WCHAR *url, const WCHAR *path)
{
    double begin = now();
    HRESULT hr = URLDownloadToFileW(NULL, url, path, 0, NULL);

    if (hr != S_OK)
        stop("URLDownloadToFile", hr);
    printf("file %.4f\n", now() - begin);
}

static void measure_small(const WCHAR *url, unsigned int count, const WCHAR *folder)
{
    double begin = now();
    WCHAR name[512], path[512];

    for (unsigned int i = 0; i < count; i++)
    {
        HRESULT hr;

        swprintf(name, ARRAYSIZE(name), L"%ls%u.bin", url, i);
        swprintf(path, ARRAYSIZE(path), L"%ls\\%u.bin", folder, i);
        if ((hr = URLDownloadToFileW(NULL, name, path, 0, NULL)) != S_OK)
            stop("URLDownloadToFile", hr);
    }
    printf("small %.4f\n", now() - begin);
}

static void measure_stream(const WCHAR *url)
{
    struct client client = {0};
    double begin = now();

    client_bind(&client, url);
    pump_until(1);
    if (client.result != S_OK)
        stop("the binding", client.result);
    printf("stream %.4f\nstream_bytes %llu\n", now() - begin, client.received);
}

static unsigned long memory_kib(void)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof(counters)};

    GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters));
    return (unsigned long)(counters.PeakWorkingSetSize / 1024);
}

static void measure_many(const WCHAR *url, unsigned int count)
{
    struct client *clients = calloc(count, sizeof(*clients));
    unsigned long long received = 0;
    unsigned long before = memory_kib();
    double begin = now();

    for (unsigned int i = 0; i < count; i++)
        client_bind(&clients[i], url);
    pump_until(count);
    printf("many %.4f\n", now() - begin);
    for (unsigned int i = 0; i < count; i++)
    {
        if (clients[i].result != S_OK)
            stop("a binding", clients[i].result);
        received += clients[i].received;
    }
    printf("many_bytes %llu\nmany_kib %lu\n", received, memory_kib() - before);
}

/* Latency: a server on a thread of this process, so that one clock does. */

static DWORD bound_thread;
static struct client waiting;
static volatile double sent, posted, arrived;

static void wait_sleepily(volatile double *what, double since)
{
    for (unsigned int i = 0; i < 2000 && *what < since; i++)
        Sleep(1);
}

static int compare(const void *a, const void *b)
{
    double one = *(const double *)a, two = *(const double *)b;

    return (one > two) - (one < two);
}

static double median_us(double *values, unsigned int count)
{
    qsort(values, count, sizeof(*values), compare);
    return values[count / 2] * 1e6;
}

static DWORD WINAPI serve(void *argument)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
                               "Content-Length: 4297\r\n\r\n";
    static const char start[START];
    static double socket_times[PIECES], message_times[PIECES];
    SOCKET listener = (SOCKET)(ULONG_PTR)argument, client = accept(listener, NULL, NULL);
    unsigned int count = 0;
    char request[4096];
    int yes = 1;

    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, (char *)&yes, sizeof(yes));
    recv(client, request, sizeof(request), 0);
    send(client, head, sizeof(head) - 1, 0);
    send(client, start, sizeof(start), 0);
    Sleep(300);
    for (unsigned int i = 0; i < PIECES; i++)
    {
        double before = now();

        send(client, "x", 1, 0);
        sent = now();
        wait_sleepily(&waiting.available, before);
        if (i >= 10 && waiting.available > sent)
            socket_times[count++] = waiting.available - sent;
        else if (i >= 10)
            socket_times[count++] = 0;
        Sleep(3);
        if (i < 10)
            continue;
        posted = now();
        PostThreadMessageW(bound_thread, WM_APP, 0, 0);
        wait_sleepily(&arrived, posted);
        message_times[count - 1] = arrived - posted;
        Sleep(3);
    }
    send(client, "x", 1, 0);
    printf("latency_us %.1f\n", median_us(socket_times, count));
    printf("message_us %.1f\n", median_us(message_times, count));
    closesocket(client);
    return 0;
}

static void measure_latency(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int size = sizeof(address);
    WCHAR url[64];
    SOCKET listener;
    WSADATA data;
    HANDLE thread;
    MSG message;

    WSAStartup(MAKEWORD(2, 2), &data);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1)
            || getsockname(listener, (struct sockaddr *)&address, &size))
        stop("the server", E_FAIL);
    bound_thread = GetCurrentThreadId();
    thread = CreateThread(NULL, 0, serve, (void *)(ULONG_PTR)listener, 0, NULL);
    swprintf(url, ARRAYSIZE(url), L"http://127.0.0.1:%u/x", ntohs(address.sin_port));
    client_bind(&waiting, url);
    while (!waiting.done && GetMessageW(&message, NULL, 0, 0) > 0)
    {
        if (!message.hwnd && message.message == WM_APP)
            arrived = now();
        else
            DispatchMessageW(&message);
    }
    WaitForSingleObject(thread, 10000);
}

static void wait_for_line(void)
{
    int character;

    printf("ready\n");
    fflush(stdout);
    do
        character = getchar();
    while (character != '\n' && character != EOF);
}

int wmain(int argc, WCHAR **argv);

int wmain(int argc, WCHAR **argv)
{
    CoInitialize(NULL);
    if (argc > 1 && !wcscmp(argv[1], L"wait"))
    {
        wait_for_line();
        argc--;
        argv++;
    }
    if (argc > 3 && !wcscmp(argv[1], L"file"))
        measure_file(argv[2], argv[3]);
    else if (argc > 2 && !wcscmp(argv[1], L"stream"))
        measure_stream(argv[2]);
    else if (argc > 4 && !wcscmp(argv[1], L"small"))
        measure_small(argv[2], (unsigned int)_wtoi(argv[3]), argv[4]);
    else if (argc > 3 && !wcscmp(argv[1], L"many"))
        measure_many(argv[2], (unsigned int)_wtoi(argv[3]));
    else if (argc > 1 && !wcscmp(argv[1], L"latency"))
        measure_latency();
    else
        stop("arguments", E_INVALIDARG);
    fflush(stdout);
    CoUninitialize();
    return 0;
}
