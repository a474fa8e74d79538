/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fault_client.h"

#include <string.h>

static struct fault_client *from_iface(IBindStatusCallback *iface)
{
    struct fault_client *client =
            CONTAINING_RECORD(iface, struct fault_client, IBindStatusCallback_iface);

    client->wrong_threads += client->thread != GetCurrentThreadId();
    client->late_calls += client->stops != 0;
    return client;
}

static HRESULT WINAPI client_QueryInterface(IBindStatusCallback *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBindStatusCallback))
        return E_NOINTERFACE;
    *out = iface;
    IBindStatusCallback_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI client_AddRef(IBindStatusCallback *iface)
{
    return InterlockedIncrement(
            &CONTAINING_RECORD(iface, struct fault_client, IBindStatusCallback_iface)->references);
}

static ULONG WINAPI client_Release(IBindStatusCallback *iface)
{
    return InterlockedDecrement(
            &CONTAINING_RECORD(iface, struct fault_client, IBindStatusCallback_iface)->references);
}

static HRESULT WINAPI client_OnStartBinding(IBindStatusCallback *iface, DWORD reserved,
        IBinding *binding)
{
    (void)reserved;
    (void)binding;
    from_iface(iface)->starts++;
    return S_OK;
}

static HRESULT WINAPI client_GetPriority(IBindStatusCallback *iface, LONG *priority)
{
    (void)iface;
    (void)priority;
    return E_NOTIMPL;
}

static HRESULT WINAPI client_OnLowResource(IBindStatusCallback *iface, DWORD reserved)
{
    (void)iface;
    (void)reserved;
    return E_NOTIMPL;
}

static HRESULT WINAPI client_OnProgress(IBindStatusCallback *iface, ULONG progress, ULONG max,
        ULONG code, const WCHAR *text)
{
    struct fault_client *client = from_iface(iface);

    (void)max;
    (void)text;
    if (client->on_progress
            && (code == BINDSTATUS_DOWNLOADINGDATA || code == BINDSTATUS_BEGINDOWNLOADDATA))
        client->on_progress(progress);
    return S_OK;
}

static HRESULT WINAPI client_OnStopBinding(IBindStatusCallback *iface, HRESULT result,
        const WCHAR *error)
{
    struct fault_client *client = from_iface(iface);

    (void)error;
    client->stops++;
    client->result = result;
    return S_OK;
}

static HRESULT WINAPI client_GetBindInfo(IBindStatusCallback *iface, DWORD *flags, BINDINFO *info)
{
    (void)iface;
    (void)info;
    *flags = BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA | BINDF_NOWRITECACHE
            | BINDF_GETNEWESTVERSION;
    return S_OK;
}

static HRESULT WINAPI client_OnDataAvailable(IBindStatusCallback *iface, DWORD flags, DWORD size,
        FORMATETC *format, STGMEDIUM *medium)
{
    struct fault_client *client = from_iface(iface);
    BYTE data[16384];
    ULONG read;
    HRESULT hr;

    (void)flags;
    (void)size;
    (void)format;
    if (!medium || medium->tymed != TYMED_ISTREAM)
        return S_OK;
    do
    {
        read = 0;
        hr = IStream_Read(medium->pstm, data, sizeof(data), &read);
        client->received += read;
    } while (hr == S_OK && read);
    return S_OK;
}

static HRESULT WINAPI client_OnObjectAvailable(IBindStatusCallback *iface, REFIID iid,
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

IBindStatusCallback *fault_client_init(struct fault_client *client)
{
    memset(client, 0, sizeof(*client));
    client->IBindStatusCallback_iface.lpVtbl = &client_vtbl;
    client->references = 1;
    client->thread = GetCurrentThreadId();
    return &client->IBindStatusCallback_iface;
}

/* Messages until the binding stops. */
static BOOL wait_stop(const struct fault_client *client, DWORD milliseconds)
{
    DWORD end = GetTickCount() + milliseconds;

    while (!client->stops && (int)(end - GetTickCount()) > 0)
    {
        MSG message;

        MsgWaitForMultipleObjects(0, NULL, FALSE, 100, QS_ALLINPUT);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
    return client->stops != 0;
}

BOOL fault_client_bind(struct fault_client *client, const WCHAR *url, DWORD milliseconds,
        HRESULT *bound)
{
    IMoniker *moniker = NULL;
    IBindCtx *context = NULL;
    IStream *stream = NULL;
    BOOL stopped = FALSE;
    HRESULT hr;

    hr = CreateURLMonikerEx(NULL, url, &moniker, URL_MK_UNIFORM);
    if (SUCCEEDED(hr))
        hr = CreateAsyncBindCtx(0, &client->IBindStatusCallback_iface, NULL, &context);
    if (SUCCEEDED(hr))
        hr = IMoniker_BindToStorage(moniker, context, NULL, &IID_IStream, (void **)&stream);
    *bound = hr;
    if (SUCCEEDED(hr))
        stopped = wait_stop(client, milliseconds);
    if (stream)
        IStream_Release(stream);
    if (context)
        IBindCtx_Release(context);
    if (moniker)
        IMoniker_Release(moniker);
    return stopped || FAILED(hr);
}
