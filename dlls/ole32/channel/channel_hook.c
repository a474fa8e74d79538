/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IChannelHook: each hook has an extension, by its GUID. Where its methods take an IID they are
 * handed an SChannelHookCallInfo, which begins with it.
 */
#include "channel_hook.h"

#include <stdlib.h>

#include "trace.h"

#define HOOKS_MAX 64 /* in a process; nobody can take one back */

struct hook
{
    GUID id;
    IChannelHook *hook;
};

static SRWLOCK hooks_lock = SRWLOCK_INIT; /* for registering */
static struct hook *hooks;                /* HOOKS_MAX of them, from the first on */
static volatile LONG hook_count;          /* grows after the hook is in place */

/*
 * CoRegisterChannelHook: from now on the hook is asked at every call of the process, on both sides.
 * S_OK, E_INVALIDARG, E_OUTOFMEMORY (or no room). A hook cannot be taken back. (Declared in
 * objidl.idl, not documented further.)
 */
HRESULT WINAPI CoRegisterChannelHook(REFGUID extension, IChannelHook *hook)
{
    HRESULT hr = E_OUTOFMEMORY;

    if (!extension || !hook)
        return E_INVALIDARG;
    IChannelHook_AddRef(hook);
    AcquireSRWLockExclusive(&hooks_lock);
    if (!hooks)
        hooks = calloc(HOOKS_MAX, sizeof(*hooks));
    if (hooks && hook_count < HOOKS_MAX)
    {
        hooks[hook_count].id = *extension;
        hooks[hook_count].hook = hook;
        InterlockedIncrement(&hook_count);
        hr = S_OK;
    }
    ReleaseSRWLockExclusive(&hooks_lock);
    if (FAILED(hr))
        IChannelHook_Release(hook);
    return hr;
}

BOOL channel_hooks_any(void)
{
    return hook_count != 0;
}

static SChannelHookCallInfo hook_info(const struct orpc_request *request, REFIID iid, DWORD process,
        IUnknown *object)
{
    SChannelHookCallInfo info = {.iid = *iid,
            .cbSize = sizeof(info),
            .uCausality = request->causality,
            .dwServerPid = process,
            .iMethod = request->method,
            .pObject = object};

    return info;
}

void channel_hooks_client_send(struct orpc_request *request, DWORD server_process)
{
    SChannelHookCallInfo info = hook_info(request, &request->iid, server_process, NULL);

    for (LONG i = 0; i < hook_count; i++)
    {
        struct orpc_extension *extension;
        ULONG size = 0, filled;

        IChannelHook_ClientGetSize(hooks[i].hook, &hooks[i].id, &info.iid, &size);
        if (!size || !(extension = orpc_extensions_add(&request->extensions, &hooks[i].id, size)))
            continue;
        filled = size;
        IChannelHook_ClientFillBuffer(hooks[i].hook, &hooks[i].id, &info.iid, &filled,
                extension->data);
        extension->size = min(filled, size);
    }
}

void channel_hooks_client_receive(const struct orpc_request *request,
        const struct orpc_reply *reply, HRESULT status)
{
    SChannelHookCallInfo info = hook_info(request, &request->iid, reply->server_process, NULL);

    for (LONG i = 0; i < hook_count; i++)
    {
        const struct orpc_extension *extension =
                orpc_extensions_find(&reply->extensions, &hooks[i].id);

        IChannelHook_ClientNotify(hooks[i].hook, &hooks[i].id, &info.iid,
                extension ? extension->size : 0, extension ? extension->data : NULL,
                reply->data_representation, status);
    }
}

void channel_hooks_server_receive(const struct orpc_request *request, REFIID iid, IUnknown *object)
{
    SChannelHookCallInfo info = hook_info(request, iid, GetCurrentProcessId(), object);

    for (LONG i = 0; i < hook_count; i++)
    {
        const struct orpc_extension *extension =
                orpc_extensions_find(&request->extensions, &hooks[i].id);

        IChannelHook_ServerNotify(hooks[i].hook, &hooks[i].id, &info.iid,
                extension ? extension->size : 0, extension ? extension->data : NULL,
                request->data_representation);
    }
}

void channel_hooks_server_send(const struct orpc_request *request, REFIID iid, IUnknown *object,
        struct orpc_reply *reply)
{
    SChannelHookCallInfo info = hook_info(request, iid, GetCurrentProcessId(), object);

    for (LONG i = 0; i < hook_count; i++)
    {
        struct orpc_extension *extension;
        ULONG size = 0, filled;

        IChannelHook_ServerGetSize(hooks[i].hook, &hooks[i].id, &info.iid, reply->status, &size);
        if (!size || !(extension = orpc_extensions_add(&reply->extensions, &hooks[i].id, size)))
            continue;
        filled = size;
        IChannelHook_ServerFillBuffer(hooks[i].hook, &hooks[i].id, &info.iid, &filled,
                extension->data, reply->status);
        extension->size = min(filled, size);
    }
}
