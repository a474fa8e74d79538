/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Streams of URLs. Pages "URLOpenStream function", "URLOpenPullStream function" and
 * "URLOpenBlockingStream function". */
#include "ansi_text.h"
#include "blocking_stream.h"
#include "open_callback.h"
#include "urlmon_module.h"

#define ASYNCHRONOUS_FLAGS (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE)

static HRESULT open_asynchronously(IUnknown *caller, const WCHAR *url, IBindStatusCallback *client,
        DWORD set, DWORD cleared)
{
    struct open_callback *callback;
    IStream *stream = NULL;
    HRESULT hr;

    if (!url || !client)
        return E_INVALIDARG;
    callback = calloc(1, sizeof(*callback));
    if (!callback)
        return E_OUTOFMEMORY;
    open_callback_init(callback, client, set, cleared);
    hr = open_callback_bind(callback, caller, url, &stream);
    if (stream)
        IStream_Release(stream);
    open_callback_release(callback);
    return SUCCEEDED(hr) ? S_OK : hr;
}

/*
 * URLOpenStreamW: the data come to the callback as fast as they arrive (OnDataAvailable, with a
 * stream that has them all), on this thread, while it pumps messages. S_OK: it has begun;
 * E_INVALIDARG: no URL or no callback; E_OUTOFMEMORY; INET_E_*.
 */
HRESULT WINAPI URLOpenStreamW(IUnknown *caller, const WCHAR *url, DWORD reserved,
        IBindStatusCallback *client)
{
    (void)reserved;
    return open_asynchronously(caller, url, client, ASYNCHRONOUS_FLAGS, BINDF_PULLDATA);
}

/* URLOpenPullStreamW: the same, and data come only as fast as the callback reads the stream, whose
 * Read says E_PENDING when it has none. */
HRESULT WINAPI URLOpenPullStreamW(IUnknown *caller, const WCHAR *url, DWORD reserved,
        IBindStatusCallback *client)
{
    (void)reserved;
    return open_asynchronously(caller, url, client, ASYNCHRONOUS_FLAGS | BINDF_PULLDATA, 0);
}

/*
 * URLOpenBlockingStreamW: a stream whose Read waits for the data. The callback, which may be NULL,
 * gets the progress. E_INVALIDARG, E_OUTOFMEMORY, INET_E_*.
 */
HRESULT WINAPI URLOpenBlockingStreamW(IUnknown *caller, const WCHAR *url, IStream **out,
        DWORD reserved, IBindStatusCallback *client)
{
    struct open_callback *callback;
    IStream *stream;
    HRESULT hr;

    (void)reserved;
    if (out)
        *out = NULL;
    if (!url || !out)
        return E_INVALIDARG;
    callback = calloc(1, sizeof(*callback));
    if (!callback)
        return E_OUTOFMEMORY;
    open_callback_init(callback, client, BINDF_PULLDATA, ASYNCHRONOUS_FLAGS);
    hr = open_callback_bind(callback, caller, url, &stream);
    if (stream)
    {
        hr = blocking_stream_create(callback, stream, out);
        if (FAILED(hr))
            open_callback_abort(callback);
    }
    else if (SUCCEEDED(hr))
        hr = callback->stopped && FAILED(callback->stop_result) ? callback->stop_result : E_FAIL;
    open_callback_release(callback);
    return SUCCEEDED(hr) ? S_OK : hr;
}

/* The same with a URL in the system's code page. */
HRESULT WINAPI URLOpenStreamA(IUnknown *caller, const char *url, DWORD reserved,
        IBindStatusCallback *client)
{
    WCHAR *wide;
    HRESULT hr = ansi_to_wide(url, &wide);

    if (SUCCEEDED(hr))
        hr = URLOpenStreamW(caller, wide, reserved, client);
    free(wide);
    return hr;
}

HRESULT WINAPI URLOpenPullStreamA(IUnknown *caller, const char *url, DWORD reserved,
        IBindStatusCallback *client)
{
    WCHAR *wide;
    HRESULT hr = ansi_to_wide(url, &wide);

    if (SUCCEEDED(hr))
        hr = URLOpenPullStreamW(caller, wide, reserved, client);
    free(wide);
    return hr;
}

HRESULT WINAPI URLOpenBlockingStreamA(IUnknown *caller, const char *url, IStream **out,
        DWORD reserved, IBindStatusCallback *client)
{
    WCHAR *wide;
    HRESULT hr = ansi_to_wide(url, &wide);

    if (out)
        *out = NULL;
    if (SUCCEEDED(hr))
        hr = URLOpenBlockingStreamW(caller, wide, out, reserved, client);
    free(wide);
    return hr;
}
