/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server_hook.h"

#include <objbase.h>
#include <string.h>

#define DATA_MAX 256

const GUID SERVER_HOOK_FIRST = {0x6f1e2a54, 0x5a0e, 0x4c4b, {0x9a, 0x3d, 0, 0, 0, 0, 0x34, 1}};
const GUID SERVER_HOOK_SECOND = {0x6f1e2a54, 0x5a0e, 0x4c4b, {0x9a, 0x3d, 0, 0, 0, 0, 0x34, 2}};

/* What came with the call that is being served: the tests make one at a time. */
struct server_hook
{
    IChannelHook IChannelHook_iface;
    BYTE data[DATA_MAX];
    ULONG size;
};

static struct server_hook *hook_from_iface(IChannelHook *iface)
{
    return CONTAINING_RECORD(iface, struct server_hook, IChannelHook_iface);
}

static HRESULT STDMETHODCALLTYPE hook_QueryInterface(IChannelHook *iface, REFIID iid, void **out)
{
    (void)iid;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE hook_AddRef(IChannelHook *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE hook_Release(IChannelHook *iface)
{
    (void)iface;
    return 1;
}

static void STDMETHODCALLTYPE hook_ClientGetSize(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG *size)
{
    (void)iface;
    (void)id;
    (void)iid;
    *size = 0;
}

static void STDMETHODCALLTYPE hook_ClientFillBuffer(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG *size, void *data)
{
    (void)iface;
    (void)id;
    (void)iid;
    (void)data;
    *size = 0;
}

static void STDMETHODCALLTYPE hook_ClientNotify(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG size, void *data, DWORD representation, HRESULT result)
{
    (void)iface;
    (void)id;
    (void)iid;
    (void)size;
    (void)data;
    (void)representation;
    (void)result;
}

static void STDMETHODCALLTYPE hook_ServerNotify(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG size, void *data, DWORD representation)
{
    struct server_hook *hook = hook_from_iface(iface);

    (void)id;
    (void)iid;
    (void)representation;
    hook->size = data && size <= DATA_MAX ? size : 0;
    for (ULONG i = 0; i < hook->size; i++)
        hook->data[i] = ((BYTE *)data)[size - 1 - i];
}

static void STDMETHODCALLTYPE hook_ServerGetSize(IChannelHook *iface, REFGUID id, REFIID iid,
        HRESULT result, ULONG *size)
{
    (void)id;
    (void)iid;
    (void)result;
    *size = hook_from_iface(iface)->size;
}

static void STDMETHODCALLTYPE hook_ServerFillBuffer(IChannelHook *iface, REFGUID id, REFIID iid,
        ULONG *size, void *data, HRESULT result)
{
    struct server_hook *hook = hook_from_iface(iface);

    (void)id;
    (void)iid;
    (void)result;
    memcpy(data, hook->data, hook->size);
    *size = hook->size;
}

void server_hook_register(void)
{
    static IChannelHookVtbl vtbl = {hook_QueryInterface, hook_AddRef, hook_Release,
            hook_ClientGetSize, hook_ClientFillBuffer, hook_ClientNotify, hook_ServerNotify,
            hook_ServerGetSize, hook_ServerFillBuffer};
    static struct server_hook first = {{&vtbl}}, second = {{&vtbl}};

    CoRegisterChannelHook(&SERVER_HOOK_FIRST, &first.IChannelHook_iface);
    CoRegisterChannelHook(&SERVER_HOOK_SECOND, &second.IChannelHook_iface);
}
