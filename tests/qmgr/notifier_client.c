/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notifier_client.h"

#include <stdlib.h>

/* ---- files and errors ---- */

struct dummy
{
    IUnknown IUnknown_iface;
    LONG references;
    UINT32 index;
};

LONG dummies_alive;

static HRESULT STDMETHODCALLTYPE dummy_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    (void)iface;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE dummy_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&((struct dummy *)iface)->references);
}

static ULONG STDMETHODCALLTYPE dummy_Release(IUnknown *iface)
{
    ULONG references = InterlockedDecrement(&((struct dummy *)iface)->references);

    if (!references)
    {
        InterlockedDecrement(&dummies_alive);
        free(iface);
    }
    return references;
}

static IUnknownVtbl dummy_vtbl = {dummy_QueryInterface, dummy_AddRef, dummy_Release};

void *dummy_create(UINT32 index)
{
    struct dummy *dummy = calloc(1, sizeof(*dummy));

    dummy->IUnknown_iface.lpVtbl = &dummy_vtbl;
    dummy->references = 1;
    dummy->index = index;
    InterlockedIncrement(&dummies_alive);
    return dummy;
}

/* ---- the client ---- */

static HRESULT STDMETHODCALLTYPE client_QueryInterface(IBackgroundCopyCallback3 *iface, REFIID iid,
        void **out)
{
    struct client *client = (struct client *)iface;

    check_unlocked();
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyCallback)
            || (IsEqualIID(iid, &IID_IBackgroundCopyCallback2) && client->version >= 2)
            || (IsEqualIID(iid, &IID_IBackgroundCopyCallback3) && client->version >= 3))
    {
        *out = iface;
        InterlockedIncrement(&client->references);
        return S_OK;
    }
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE client_AddRef(IBackgroundCopyCallback3 *iface)
{
    return InterlockedIncrement(&((struct client *)iface)->references);
}

static ULONG STDMETHODCALLTYPE client_Release(IBackgroundCopyCallback3 *iface)
{
    check_unlocked();
    return InterlockedDecrement(&((struct client *)iface)->references);
}

static HRESULT client_called(struct client *client, enum method method, char letter)
{
    LONG number = InterlockedIncrement(&client->order_count) - 1;

    check_unlocked();
    if (number < 63)
    {
        client->times[number] = GetTickCount64();
        client->order[number] = letter;
    }
    InterlockedIncrement(&client->calls[method]);
    if (client->hang)
    {
        InterlockedIncrement(&client->hanging);
        WaitForSingleObject(client->hang, 60000);
        InterlockedDecrement(&client->hanging);
    }
    if (client->fail_first > 0)
    {
        client->fail_first--;
        return client->failure;
    }
    return client->results[method];
}

static HRESULT STDMETHODCALLTYPE client_JobTransferred(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job)
{
    (void)job;
    return client_called((struct client *)iface, TRANSFERRED, 'T');
}

static HRESULT STDMETHODCALLTYPE client_JobError(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job, IBackgroundCopyError *error)
{
    (void)job;
    return error ? client_called((struct client *)iface, ERRORED, 'E') : E_POINTER;
}

static HRESULT STDMETHODCALLTYPE client_JobModification(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job, DWORD reserved)
{
    (void)job;
    (void)reserved;
    return client_called((struct client *)iface, MODIFIED, 'M');
}

static HRESULT STDMETHODCALLTYPE client_FileTransferred(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job, IBackgroundCopyFile *file)
{
    struct client *client = (struct client *)iface;

    (void)job;
    client->last_file = ((struct dummy *)file)->index;
    return client_called(client, FILE_DONE, (char)('0' + client->last_file));
}

static HRESULT STDMETHODCALLTYPE client_FileRangesTransferred(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job, IBackgroundCopyFile *file, DWORD count,
        const BG_FILE_RANGE *ranges)
{
    struct client *client = (struct client *)iface;

    (void)job;
    (void)file;
    client->range_count = count;
    memcpy(client->ranges, ranges, min(count, 8) * sizeof(*ranges));
    return client_called(client, RANGES, 'R');
}

static IBackgroundCopyCallback3Vtbl client_vtbl = {client_QueryInterface, client_AddRef,
        client_Release, client_JobTransferred, client_JobError, client_JobModification,
        client_FileTransferred, client_FileRangesTransferred};

struct client *new_client(int version)
{
    struct client *client = calloc(1, sizeof(*client));

    client->IBackgroundCopyCallback3_iface.lpVtbl = &client_vtbl;
    client->references = 1;
    client->version = version;
    client->failure = E_FAIL;
    return client;
}

IUnknown *client_unknown(struct client *client)
{
    return client ? (IUnknown *)&client->IBackgroundCopyCallback3_iface : NULL;
}
