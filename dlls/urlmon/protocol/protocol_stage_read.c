/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading from a stage: what was read ahead first. */
#include "protocol_stage.h"

#include <string.h>

#include <wininet.h>

static inline struct protocol_stage *stage_from_reader(IInternetProtocol *iface)
{
    return COM_IMPL_FROM(iface, struct protocol_stage, reader_iface);
}

HRESULT protocol_stage_read(struct protocol_stage *stage, void *buffer, ULONG size, ULONG *count)
{
    struct protocol_handler *handler = NULL;
    HRESULT hr = S_OK;
    ULONG left;

    *count = 0;
    AcquireSRWLockExclusive(&stage->lock);
    left = stage->ahead_length - stage->ahead_position;
    if (stage->sniff == SNIFF_DELIVERING
            || (stage->sniff == SNIFF_WAITING && (stage->is_sniffing || left)))
        hr = E_PENDING; /* nothing was reported yet, and the order of bytes is to stay */
    else if (left && size)
    {
        *count = left < size ? left : size;
        memcpy(buffer, stage->ahead + stage->ahead_position, *count);
        stage->ahead_position += *count;
    }
    else if (stage->ahead_ended)
        hr = S_FALSE;
    else if (stage->handler)
    {
        stage->sniff = SNIFF_DONE; /* whoever reads before any report wants no type */
        handler = protocol_handler_addref(stage->handler);
    }
    else
        hr = E_FAIL;
    ReleaseSRWLockExclusive(&stage->lock);
    if (!handler)
        return hr;
    hr = protocol_handler_read(handler, buffer, size, count);
    protocol_handler_release(handler);
    return hr;
}

HRESULT protocol_stage_seek(struct protocol_stage *stage, LARGE_INTEGER move, DWORD origin,
        ULARGE_INTEGER *position)
{
    struct protocol_handler *handler = protocol_stage_handler(stage);
    HRESULT hr;

    if (!handler)
        return E_FAIL;
    if (origin == STREAM_SEEK_CUR)
    {
        AcquireSRWLockShared(&stage->lock);
        move.QuadPart -= stage->ahead_length - stage->ahead_position;
        ReleaseSRWLockShared(&stage->lock);
    }
    hr = IInternetProtocol_Seek(handler->protocol, move, origin, position);
    if (SUCCEEDED(hr))
    {
        AcquireSRWLockExclusive(&stage->lock);
        stage->ahead_position = stage->ahead_length;
        stage->ahead_ended = FALSE;
        ReleaseSRWLockExclusive(&stage->lock);
    }
    protocol_handler_release(handler);
    return hr;
}

/* The reading end is an object of its own: a handler that asks its sink for a protocol must not
 * find itself. */
static HRESULT STDMETHODCALLTYPE reader_QueryInterface(IInternetProtocol *iface, REFIID iid,
        void **out)
{
    struct protocol_handler *handler;
    HRESULT hr = E_NOINTERFACE;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IInternetProtocol)
            || IsEqualIID(iid, &IID_IInternetProtocolRoot))
    {
        *out = iface;
        IInternetProtocol_AddRef(iface);
        return S_OK;
    }
    if (!IsEqualIID(iid, &IID_IWinInetInfo) && !IsEqualIID(iid, &IID_IWinInetHttpInfo)
            && !IsEqualIID(iid, &IID_IWinInetCacheHints)
            && !IsEqualIID(iid, &IID_IWinInetCacheHints2)
            && !IsEqualIID(iid, &IID_IInternetPriority))
        return hr;
    handler = protocol_stage_handler(stage_from_reader(iface));
    if (!handler)
        return hr;
    hr = IUnknown_QueryInterface(handler->inner, iid, out);
    protocol_handler_release(handler);
    return hr;
}

static ULONG STDMETHODCALLTYPE reader_AddRef(IInternetProtocol *iface)
{
    return com_object_addref(&stage_from_reader(iface)->object);
}

static ULONG STDMETHODCALLTYPE reader_Release(IInternetProtocol *iface)
{
    return com_object_release(&stage_from_reader(iface)->object);
}

static HRESULT STDMETHODCALLTYPE reader_Start(IInternetProtocol *iface, LPCWSTR url,
        IInternetProtocolSink *sink, IInternetBindInfo *bind_info, DWORD flags, HANDLE_PTR reserved)
{
    (void)iface;
    (void)url;
    (void)sink;
    (void)bind_info;
    (void)flags;
    (void)reserved;
    return E_UNEXPECTED; /* it runs */
}

/* Calls the handler of the stage by `call`, which may use `handler`. */
#define READER_CALL(call)                                                                          \
    struct protocol_handler *handler = protocol_stage_handler(stage_from_reader(iface));           \
    HRESULT hr;                                                                                    \
    if (!handler)                                                                                  \
        return E_FAIL;                                                                             \
    hr = (call);                                                                                   \
    protocol_handler_release(handler);                                                             \
    return hr

static HRESULT STDMETHODCALLTYPE reader_Continue(IInternetProtocol *iface, PROTOCOLDATA *data)
{
    READER_CALL(IInternetProtocol_Continue(handler->protocol, data));
}

static HRESULT STDMETHODCALLTYPE reader_Abort(IInternetProtocol *iface, HRESULT reason,
        DWORD options)
{
    READER_CALL(IInternetProtocol_Abort(handler->protocol, reason, options));
}

/* The bind protocol terminates its handlers itself, each once. */
static HRESULT STDMETHODCALLTYPE reader_Terminate(IInternetProtocol *iface, DWORD options)
{
    (void)iface;
    (void)options;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE reader_Suspend(IInternetProtocol *iface)
{
    READER_CALL(IInternetProtocol_Suspend(handler->protocol));
}

static HRESULT STDMETHODCALLTYPE reader_Resume(IInternetProtocol *iface)
{
    READER_CALL(IInternetProtocol_Resume(handler->protocol));
}

static HRESULT STDMETHODCALLTYPE reader_Read(IInternetProtocol *iface, void *buffer, ULONG size,
        ULONG *count)
{
    ULONG ignored;

    if (!buffer && size)
        return E_INVALIDARG;
    return protocol_stage_read(stage_from_reader(iface), buffer, size, count ? count : &ignored);
}

static HRESULT STDMETHODCALLTYPE reader_Seek(IInternetProtocol *iface, LARGE_INTEGER move,
        DWORD origin, ULARGE_INTEGER *position)
{
    return protocol_stage_seek(stage_from_reader(iface), move, origin, position);
}

static HRESULT STDMETHODCALLTYPE reader_LockRequest(IInternetProtocol *iface, DWORD options)
{
    READER_CALL(IInternetProtocol_LockRequest(handler->protocol, options));
}

static HRESULT STDMETHODCALLTYPE reader_UnlockRequest(IInternetProtocol *iface)
{
    READER_CALL(IInternetProtocol_UnlockRequest(handler->protocol));
}

const IInternetProtocolVtbl stage_reader_vtbl = {
        reader_QueryInterface,
        reader_AddRef,
        reader_Release,
        reader_Start,
        reader_Continue,
        reader_Abort,
        reader_Terminate,
        reader_Suspend,
        reader_Resume,
        reader_Read,
        reader_Seek,
        reader_LockRequest,
        reader_UnlockRequest,
};
