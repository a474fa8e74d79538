/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "test_protocol.h"

static struct client *from_callback(IBindStatusCallbackEx *iface)
{
    return CONTAINING_RECORD(iface, struct client, IBindStatusCallbackEx_iface);
}

/* Each call comes through here. */
static void enter(struct client *client, BOOL stop)
{
    InterlockedIncrement(&client->calls);
    if (GetCurrentThreadId() != client->thread)
        InterlockedIncrement(&client->wrong_thread);
    if (client->stopped || (client->quiet && !stop))
        InterlockedIncrement(&client->wrong_order);
}

static HRESULT WINAPI callback_QueryInterface(IBindStatusCallbackEx *iface, REFIID iid, void **out)
{
    struct client *client = from_callback(iface);

    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBindStatusCallback)
            || IsEqualIID(iid, &IID_IBindStatusCallbackEx))
        *out = &client->IBindStatusCallbackEx_iface;
    else if (IsEqualIID(iid, &IID_IHttpNegotiate) && !client->no_negotiate)
        *out = &client->IHttpNegotiate_iface;
    else
        return E_NOINTERFACE;
    InterlockedIncrement(&client->references);
    if (GetCurrentThreadId() != client->thread)
        InterlockedIncrement(&client->wrong_thread);
    return S_OK;
}

static ULONG WINAPI callback_AddRef(IBindStatusCallbackEx *iface)
{
    struct client *client = from_callback(iface);

    if (GetCurrentThreadId() != client->thread)
        InterlockedIncrement(&client->wrong_thread);
    return InterlockedIncrement(&client->references);
}

static ULONG WINAPI callback_Release(IBindStatusCallbackEx *iface)
{
    struct client *client = from_callback(iface);

    if (GetCurrentThreadId() != client->thread)
        InterlockedIncrement(&client->wrong_thread);
    return InterlockedDecrement(&client->references);
}

static HRESULT WINAPI callback_OnStartBinding(IBindStatusCallbackEx *iface, DWORD reserved,
        IBinding *binding)
{
    struct client *client = from_callback(iface);

    (void)reserved;
    enter(client, FALSE);
    if (client->starts++ || client->progresses || client->get_info != 1)
        InterlockedIncrement(&client->wrong_order);
    client->binding = binding;
    IBinding_AddRef(binding);
    if (client->priority)
        IBinding_SetPriority(binding, client->priority);
    if (client->on_start)
        client->on_start(client);
    return client->start_result;
}

static HRESULT WINAPI callback_GetPriority(IBindStatusCallbackEx *iface, LONG *priority)
{
    struct client *client = from_callback(iface);

    (void)priority;
    enter(client, FALSE);
    client->priorities++;
    return E_NOTIMPL;
}

static HRESULT WINAPI callback_OnLowResource(IBindStatusCallbackEx *iface, DWORD reserved)
{
    (void)reserved;
    enter(from_callback(iface), FALSE);
    return S_OK;
}

static HRESULT WINAPI callback_OnProgress(IBindStatusCallbackEx *iface, ULONG progress, ULONG max,
        ULONG code, const WCHAR *text)
{
    struct client *client = from_callback(iface);

    (void)max;
    enter(client, FALSE);
    if (client->starts != 1 || client->in_call)
        InterlockedIncrement(&client->wrong_order);
    client->in_call = TRUE;
    client->progresses++;
    if (code == BINDSTATUS_DOWNLOADINGDATA || code == BINDSTATUS_ENDDOWNLOADDATA)
        client->progress = progress;
    if (code == BINDSTATUS_MIMETYPEAVAILABLE && text)
        lstrcpynW(client->mime, text, ARRAYSIZE(client->mime));
    if (code == BINDSTATUS_CACHEFILENAMEAVAILABLE && text)
        lstrcpynW(client->file, text, ARRAYSIZE(client->file));
    if (client->code_count < ARRAYSIZE(client->codes)
            && (!client->code_count || client->codes[client->code_count - 1] != code))
        client->codes[client->code_count++] = code;
    if (client->on_progress)
        client->on_progress(client, code);
    client->in_call = FALSE;
    return client->progress_result;
}

static HRESULT WINAPI callback_OnStopBinding(IBindStatusCallbackEx *iface, HRESULT result,
        const WCHAR *text)
{
    struct client *client = from_callback(iface);
    WCHAR *result_text = NULL;
    DWORD code;

    (void)text;
    enter(client, TRUE);
    if (client->stops++ || client->starts != 1 || client->in_call)
        InterlockedIncrement(&client->wrong_order);
    client->result = result;
    if (client->binding)
    {
        if (SUCCEEDED(IBinding_GetBindResult(client->binding, &client->protocol_class, &code,
                    &result_text, NULL)))
        {
            client->code = (HRESULT)code;
            if (result_text)
                lstrcpynW(client->text, result_text, ARRAYSIZE(client->text));
            CoTaskMemFree(result_text);
        }
        IBinding_Release(client->binding);
        client->binding = NULL;
    }
    if (client->on_stop)
        client->on_stop(client);
    client->stopped = TRUE;
    return S_OK;
}

static HRESULT WINAPI callback_GetBindInfo(IBindStatusCallbackEx *iface, DWORD *flags,
        BINDINFO *info)
{
    struct client *client = from_callback(iface);
    DWORD size = info->cbSize;

    enter(client, FALSE);
    if (client->get_info++ || client->starts)
        InterlockedIncrement(&client->wrong_order);
    memset(info, 0, size);
    info->cbSize = size;
    *flags = client->bindf;
    if (client->on_info)
        client->on_info(client, info);
    return client->info_result;
}

HRESULT client_read(struct client *client, IStream *stream)
{
    ULONG size = client->read_at_once ? client->read_at_once : 8192, read;
    BYTE *buffer = malloc(size);
    HRESULT hr;

    do
    {
        read = 0;
        hr = IStream_Read(stream, buffer, size, &read);
        for (ULONG n = 0; n < read; n++)
        {
            ULONGLONG place = client->received + n;

            if (buffer[n]
                    != (client->expected ? client->expected[place]
                                         : test_protocol_byte(client->seed, place)))
            {
                InterlockedIncrement(&client->bad_bytes);
                break;
            }
        }
        client->received += read;
    } while (hr == S_OK && !client->quiet);
    free(buffer);
    client->last_read = hr;
    return hr;
}

static HRESULT WINAPI callback_OnDataAvailable(IBindStatusCallbackEx *iface, DWORD bscf, DWORD size,
        FORMATETC *format, STGMEDIUM *medium)
{
    struct client *client = from_callback(iface);

    enter(client, FALSE);
    if (client->starts != 1 || client->in_call || client->lasts)
        InterlockedIncrement(&client->wrong_order);
    if (!(bscf & BSCF_FIRSTDATANOTIFICATION) != !!client->firsts)
    {
        if (!(bscf & BSCF_FIRSTDATANOTIFICATION) && !client->firsts)
            InterlockedIncrement(&client->wrong_order);
    }
    client->in_call = TRUE;
    client->datas++;
    if (bscf & BSCF_FIRSTDATANOTIFICATION)
        client->firsts++;
    if (bscf & BSCF_LASTDATANOTIFICATION)
        client->lasts++;
    client->told = size;
    client->flags = bscf;
    client->tymed = medium->tymed;
    if (FAILED(client->data_result))
    {
        client->in_call = FALSE;
        return client->data_result;
    }
    if (format->cfFormat)
        GetClipboardFormatNameW(format->cfFormat, client->format, ARRAYSIZE(client->format));
    if (medium->tymed == TYMED_ISTREAM)
    {
        if (!client->stream)
        {
            client->stream = medium->pstm;
            IStream_AddRef(client->stream);
        }
        if (!client->no_read)
            client_read(client, medium->pstm);
    }
    else if (medium->tymed == TYMED_ISTORAGE && !client->storage)
    {
        client->storage = medium->pstg;
        IStorage_AddRef(client->storage);
    }
    else if (medium->tymed == TYMED_FILE)
    {
        lstrcpynW(client->file, medium->lpszFileName, ARRAYSIZE(client->file));
    }
    if (client->on_data)
        client->on_data(client, bscf);
    client->in_call = FALSE;
    return S_OK;
}

static HRESULT WINAPI callback_OnObjectAvailable(IBindStatusCallbackEx *iface, REFIID iid,
        IUnknown *object)
{
    struct client *client = from_callback(iface);

    (void)iid;
    enter(client, FALSE);
    if (client->starts != 1 || client->in_call)
        InterlockedIncrement(&client->wrong_order);
    client->objects++;
    client->objected = object != NULL;
    return S_OK;
}

static HRESULT WINAPI callback_GetBindInfoEx(IBindStatusCallbackEx *iface, DWORD *flags,
        BINDINFO *info, DWORD *flags2, DWORD *reserved)
{
    *flags2 = 0;
    *reserved = 0;
    return callback_GetBindInfo(iface, flags, info);
}

static const IBindStatusCallbackExVtbl callback_vtbl = {
        callback_QueryInterface,
        callback_AddRef,
        callback_Release,
        callback_OnStartBinding,
        callback_GetPriority,
        callback_OnLowResource,
        callback_OnProgress,
        callback_OnStopBinding,
        callback_GetBindInfo,
        callback_OnDataAvailable,
        callback_OnObjectAvailable,
        callback_GetBindInfoEx,
};

static struct client *from_negotiate(IHttpNegotiate *iface)
{
    return CONTAINING_RECORD(iface, struct client, IHttpNegotiate_iface);
}

static HRESULT WINAPI negotiate_QueryInterface(IHttpNegotiate *iface, REFIID iid, void **out)
{
    return callback_QueryInterface(&from_negotiate(iface)->IBindStatusCallbackEx_iface, iid, out);
}

static ULONG WINAPI negotiate_AddRef(IHttpNegotiate *iface)
{
    return callback_AddRef(&from_negotiate(iface)->IBindStatusCallbackEx_iface);
}

static ULONG WINAPI negotiate_Release(IHttpNegotiate *iface)
{
    return callback_Release(&from_negotiate(iface)->IBindStatusCallbackEx_iface);
}

static HRESULT WINAPI negotiate_BeginningTransaction(IHttpNegotiate *iface, const WCHAR *url,
        const WCHAR *headers, DWORD reserved, WCHAR **more)
{
    struct client *client = from_negotiate(iface);

    (void)url;
    (void)headers;
    (void)reserved;
    (void)more;
    enter(client, FALSE);
    client->negotiates++;
    return S_OK;
}

static HRESULT WINAPI negotiate_OnResponse(IHttpNegotiate *iface, DWORD code, const WCHAR *headers,
        const WCHAR *request, WCHAR **more)
{
    struct client *client = from_negotiate(iface);

    (void)code;
    (void)headers;
    (void)request;
    (void)more;
    enter(client, FALSE);
    client->responses++;
    client->response_code = client->code_count ? client->codes[client->code_count - 1] : 0;
    return S_OK;
}

static const IHttpNegotiateVtbl negotiate_vtbl = {
        negotiate_QueryInterface,
        negotiate_AddRef,
        negotiate_Release,
        negotiate_BeginningTransaction,
        negotiate_OnResponse,
};

void client_open(struct client *client)
{
    memset(client, 0, sizeof(*client));
    client->IBindStatusCallbackEx_iface.lpVtbl = (IBindStatusCallbackExVtbl *)&callback_vtbl;
    client->IHttpNegotiate_iface.lpVtbl = (IHttpNegotiateVtbl *)&negotiate_vtbl;
    client->references = 1;
    client->thread = GetCurrentThreadId();
    client->iid = &IID_IStream;
    client->seed = 1;
}

static void set_deadline(struct client *client, IBindCtx *context)
{
    BIND_OPTS options = {.cbStruct = sizeof(options)};

    IBindCtx_GetBindOptions(context, &options);
    /* 0 would be no deadline */
    options.dwTickCountDeadline = (GetTickCount() + client->deadline) | 1;
    IBindCtx_SetBindOptions(context, &options);
}

void client_bind(struct client *client, const WCHAR *url)
{
    IBindCtx *context = NULL;
    IMoniker *moniker = NULL;
    HRESULT hr;

    hr = CreateAsyncBindCtx(0, (IBindStatusCallback *)&client->IBindStatusCallbackEx_iface, NULL,
            &context);
    if (FAILED(hr))
        bail_out("CreateAsyncBindCtx: %s", tap_hr(hr));
    hr = CreateURLMonikerEx(NULL, url, &moniker, URL_MK_UNIFORM);
    if (FAILED(hr))
        bail_out("CreateURLMonikerEx: %s", tap_hr(hr));
    if (client->deadline)
        set_deadline(client, context);
    client->bind_result =
            IMoniker_BindToStorage(moniker, context, NULL, client->iid, (void **)&client->out);
    IMoniker_Release(moniker);
    IBindCtx_Release(context);
}

void client_bind_to_object(struct client *client, const WCHAR *url, IBindCtx *context, REFIID iid)
{
    IMoniker *moniker = NULL;
    HRESULT hr;

    hr = RegisterBindStatusCallback(context,
            (IBindStatusCallback *)&client->IBindStatusCallbackEx_iface, NULL, 0);
    is_hr(hr, S_OK, "RegisterBindStatusCallback");
    hr = CreateURLMonikerEx(NULL, url, &moniker, URL_MK_UNIFORM);
    is_hr(hr, S_OK, "CreateURLMonikerEx");
    client->bind_result = IMoniker_BindToObject(moniker, context, NULL, iid, (void **)&client->out);
    IMoniker_Release(moniker);
}

void pump_messages(DWORD milliseconds)
{
    ULONGLONG end = GetTickCount64() + milliseconds, now;
    MSG message;

    while ((now = GetTickCount64()) < end)
    {
        MsgWaitForMultipleObjects(0, NULL, FALSE, (DWORD)(end - now), QS_ALLINPUT);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
}

BOOL client_wait(struct client *client)
{
    ULONGLONG end = GetTickCount64() + 30000;
    MSG message;

    while (!client->stopped && GetTickCount64() < end)
    {
        MsgWaitForMultipleObjects(0, NULL, FALSE, 1000, QS_ALLINPUT);
        while (!client->stopped && PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
    return client->stopped;
}

void client_close(struct client *client, const char *what)
{
    if (client->out)
        IUnknown_Release(client->out);
    client->out = NULL;
    if (client->stream)
        IStream_Release(client->stream);
    client->stream = NULL;
    if (client->storage)
        IStorage_Release(client->storage);
    client->storage = NULL;
    if (client->binding)
        IBinding_Release(client->binding);
    client->binding = NULL;
    is_int(client->references, 1, "%s: references left", what);
}

void client_check(struct client *client, const char *what)
{
    is_int(client->wrong_thread, 0, "%s: calls on a wrong thread", what);
    is_int(client->wrong_order, 0, "%s: calls out of order", what);
    is_int(client->bad_bytes, 0, "%s: wrong bytes", what);
}

int client_code(const struct client *client, ULONG code)
{
    for (unsigned int i = 0; i < client->code_count; i++)
    {
        if (client->codes[i] == code)
            return (int)i;
    }
    return -1;
}
