/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The callback of a binding: it asks for what it wants, and is told what comes. */
#include "download.h"

#include <stdlib.h>

static struct download *from_iface(IBindStatusCallback *iface)
{
    return (struct download *)iface; /* its first member */
}

static HRESULT STDMETHODCALLTYPE QueryInterface(IBindStatusCallback *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IBindStatusCallback))
        return E_NOINTERFACE;
    IBindStatusCallback_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE AddRef(IBindStatusCallback *iface)
{
    return InterlockedIncrement(&from_iface(iface)->references);
}

static ULONG STDMETHODCALLTYPE Release(IBindStatusCallback *iface)
{
    struct download *download = from_iface(iface);
    ULONG references = InterlockedDecrement(&download->references);

    if (!references)
    {
        CloseHandle(download->file);
        free(download);
    }
    return references;
}

/* The first thing that is heard of a binding: here it gets its priority among all of this thread.
 */
static HRESULT STDMETHODCALLTYPE OnStartBinding(IBindStatusCallback *iface, DWORD reserved,
        IBinding *binding)
{
    return IBinding_SetPriority(binding, from_iface(iface)->priority);
}

static HRESULT STDMETHODCALLTYPE GetPriority(IBindStatusCallback *iface, LONG *priority)
{
    *priority = from_iface(iface)->priority;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE OnLowResource(IBindStatusCallback *iface, DWORD reserved)
{
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE OnProgress(IBindStatusCallback *iface, ULONG progress,
        ULONG progress_max, ULONG status, LPCWSTR text)
{
    if (status >= BINDSTATUS_BEGINDOWNLOADDATA && status <= BINDSTATUS_ENDDOWNLOADDATA)
        from_iface(iface)->total = progress_max;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE OnStopBinding(IBindStatusCallback *iface, HRESULT result,
        LPCWSTR error)
{
    from_iface(iface)->result = result;
    from_iface(iface)->done = TRUE;
    return S_OK;
}

/* Asynchronous; the data are to be had from a stream, as they arrive. */
static HRESULT STDMETHODCALLTYPE GetBindInfo(IBindStatusCallback *iface, DWORD *flags,
        BINDINFO *info)
{
    *flags = BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA | BINDF_GETNEWESTVERSION;
    return S_OK;
}

/* Reads what is there: E_PENDING means that more comes, S_FALSE that this was all. */
static HRESULT STDMETHODCALLTYPE OnDataAvailable(IBindStatusCallback *iface, DWORD flags,
        DWORD size, FORMATETC *format, STGMEDIUM *medium)
{
    static BYTE buffer[1 << 20]; /* all callbacks are on one thread */
    struct download *download = from_iface(iface);
    HRESULT hr = S_OK;

    while (hr == S_OK)
    {
        ULONG read = 0;
        DWORD written;

        hr = IStream_Read(medium->pstm, buffer, sizeof(buffer), &read);
        if (read && !WriteFile(download->file, buffer, read, &written, NULL))
            return HRESULT_FROM_WIN32(GetLastError());
        download->received += read;
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE OnObjectAvailable(IBindStatusCallback *iface, REFIID iid,
        IUnknown *object)
{
    return S_OK;
}

static IBindStatusCallbackVtbl callback_vtbl = {QueryInterface, AddRef, Release, OnStartBinding,
        GetPriority, OnLowResource, OnProgress, OnStopBinding, GetBindInfo, OnDataAvailable,
        OnObjectAvailable};

struct download *download_start(const WCHAR *url, const WCHAR *file, LONG priority)
{
    struct download *download = calloc(1, sizeof(*download));
    IMoniker *moniker = NULL;
    IBindCtx *context = NULL;
    IStream *stream = NULL;
    HRESULT hr;

    if (!download)
        abort();
    download->callback.lpVtbl = &callback_vtbl;
    download->references = 1;
    download->url = url;
    download->priority = priority;
    download->file = CreateFileW(file, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    hr = download->file != INVALID_HANDLE_VALUE ? S_OK : HRESULT_FROM_WIN32(GetLastError());

    if (SUCCEEDED(hr))
        hr = CreateURLMonikerEx(NULL, url, &moniker, URL_MK_UNIFORM);
    if (SUCCEEDED(hr))
        hr = CreateAsyncBindCtx(0, &download->callback, NULL, &context);
    if (SUCCEEDED(hr)) /* MK_S_ASYNCHRONOUS: everything else is heard through the callback */
        hr = IMoniker_BindToStorage(moniker, context, NULL, &IID_IStream, (void **)&stream);
    if (stream)
        IStream_Release(stream);
    if (context)
        IBindCtx_Release(context);
    if (moniker)
        IMoniker_Release(moniker);
    if (FAILED(hr) && !download->done)
    {
        download->result = hr;
        download->done = TRUE;
    }
    return download;
}

void download_release(struct download *download)
{
    IBindStatusCallback_Release(&download->callback);
}
