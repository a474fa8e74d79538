/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire_tap.h"

#include <string.h>

struct wire_bytes wire_request, wire_answer;

static void bytes_keep(struct wire_bytes *bytes, const void *buffer, ULONG size)
{
    bytes->size = buffer ? min(size, WIRE_BYTES_MAX) : 0;
    memcpy(bytes->data, buffer, bytes->size);
}

static void place_write(void *place, void *value)
{
    DWORD before;

    VirtualProtect(place, sizeof(value), PAGE_READWRITE, &before);
    *(void **)place = value;
    VirtualProtect(place, sizeof(value), before, &before);
}

/* ---- answers ---- */

static HRESULT(STDMETHODCALLTYPE *factory_create_proxy)(IPSFactoryBuffer *, IUnknown *, REFIID,
        IRpcProxyBuffer **, void **);
static HRESULT(STDMETHODCALLTYPE *proxy_connect)(IRpcProxyBuffer *, IRpcChannelBuffer *);
static HRESULT(STDMETHODCALLTYPE *channel_free)(IRpcChannelBuffer *, RPCOLEMESSAGE *);
static IRpcChannelBuffer *tapped; /* the last proxy's; not referenced */

static HRESULT STDMETHODCALLTYPE own_FreeBuffer(IRpcChannelBuffer *channel, RPCOLEMESSAGE *message)
{
    if (channel == tapped)
        bytes_keep(&wire_answer, message->Buffer, message->cbBuffer);
    return channel_free(channel, message);
}

static HRESULT STDMETHODCALLTYPE own_Connect(IRpcProxyBuffer *proxy, IRpcChannelBuffer *channel)
{
    if (!channel_free)
    {
        channel_free = channel->lpVtbl->FreeBuffer;
        place_write((void *)&channel->lpVtbl->FreeBuffer, own_FreeBuffer);
    }
    tapped = channel;
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

static BOOL factory_replace(REFCLSID clsid)
{
    static IPSFactoryBufferVtbl vtbl;
    IPSFactoryBuffer *factory;

    if (FAILED(CoGetClassObject(clsid, CLSCTX_INPROC_SERVER, NULL, &IID_IPSFactoryBuffer,
                (void **)&factory)))
        return FALSE;
    vtbl = *factory->lpVtbl;
    factory_create_proxy = vtbl.CreateProxy;
    vtbl.CreateProxy = own_CreateProxy;
    factory->lpVtbl = &vtbl;
    IPSFactoryBuffer_Release(factory);
    return TRUE;
}

/* ---- requests that call objects get ---- */

static UCHAR *(RPC_ENTRY *stub_initialize)(PRPC_MESSAGE, PMIDL_STUB_MESSAGE, PMIDL_STUB_DESC,
        IRpcChannelBuffer *);

static UCHAR *RPC_ENTRY own_initialize(PRPC_MESSAGE message, PMIDL_STUB_MESSAGE stub,
        PMIDL_STUB_DESC description, IRpcChannelBuffer *channel)
{
    bytes_keep(&wire_request, message->Buffer, message->BufferLength);
    return stub_initialize(message, stub, description, channel);
}

/* The place in a module from where it calls a function of another DLL; NULL. */
static void **import_find(BYTE *module, const void *function)
{
    const IMAGE_DOS_HEADER *dos = (IMAGE_DOS_HEADER *)module;
    const IMAGE_NT_HEADERS *headers = (IMAGE_NT_HEADERS *)(module + dos->e_lfanew);
    DWORD at = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
    const IMAGE_IMPORT_DESCRIPTOR *library;
    void **place;

    for (library = (IMAGE_IMPORT_DESCRIPTOR *)(module + at); at && library->Name; library++)
    {
        for (place = (void **)(module + library->FirstThunk); *place; place++)
        {
            if (*place == function)
                return place;
        }
    }
    return NULL;
}

static BOOL import_replace(void)
{
    BYTE *module = (BYTE *)GetModuleHandleW(L"ole32.dll");
    FARPROC function = GetProcAddress(GetModuleHandleW(L"rpcrt4.dll"), "NdrStubInitialize");
    void **place = module && function ? import_find(module, (const void *)function) : NULL;

    if (!place)
        return FALSE;
    memcpy(&stub_initialize, place, sizeof(stub_initialize));
    place_write(place, (void *)own_initialize);
    return TRUE;
}

BOOL wire_tap_start(REFCLSID factory)
{
    return factory_replace(factory) && import_replace();
}

/* ---- requests that stubs get ---- */

static HRESULT(
        STDMETHODCALLTYPE *stub_invoke)(IRpcStubBuffer *, RPCOLEMESSAGE *, IRpcChannelBuffer *);

static HRESULT STDMETHODCALLTYPE own_Invoke(IRpcStubBuffer *stub, RPCOLEMESSAGE *message,
        IRpcChannelBuffer *channel)
{
    bytes_keep(&wire_request, message->Buffer, message->cbBuffer);
    return stub_invoke(stub, message, channel);
}

void wire_tap_stub(const ExtendedProxyFileInfo *file, BOOL replace)
{
    IRpcStubBufferVtbl *vtbl = (IRpcStubBufferVtbl *)&file->pStubVtblList[0]->Vtbl;

    if (!stub_invoke)
        stub_invoke = vtbl->Invoke;
    place_write((void *)&vtbl->Invoke, replace ? (void *)own_Invoke : (void *)stub_invoke);
}
