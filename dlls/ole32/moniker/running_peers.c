/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "running_peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker_running.h"
#include "running_layout.h"
#include "running_view.h"
#include "trace.h"
#include "user_access.h"

#define LOOKS_MAX 4    /* at the list, while it changes */
#define REPLACED_MAX 8 /* times that a table is replaced while it is opened */
#define GONE_MAX 64    /* objects of one name that cannot be reached any more */

struct peer
{
    DWORD process;
    UINT64 id;
    HANDLE handle; /* of the process */
    const struct running_head *head;
    LONG generation;  /* of the table that is mapped, or could not be */
    const void *data; /* NULL: none */
    struct running_view view;
};

/* Held shared by who reads a table, not while anybody is called. */
static SRWLOCK peers_lock = SRWLOCK_INIT;
static struct peer *peers;
static ULONG peer_count;
static LONG peers_changes; /* of the list, when it was read */
static BOOL peers_read;

/* ---- sections of others ---- */

/* Not another user's, not more than is promised, and all of it memory. */
static const void *section_map_named(const WCHAR *name, ULONG size)
{
    const DWORD access = FILE_MAP_READ | READ_CONTROL;
    HANDLE section = size ? OpenFileMappingW(access, FALSE, name) : NULL;
    MEMORY_BASIC_INFORMATION info;
    const void *view = NULL;

    if (!section)
        return NULL;
    if (user_object_is_served(section))
        view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, size);
    CloseHandle(section);
    if (!view)
        return NULL;
    if (VirtualQuery(view, &info, sizeof(info)) && info.State == MEM_COMMIT
            && info.RegionSize >= size)
        return view;
    UnmapViewOfFile(view);
    return NULL;
}

static void peer_unmap(struct peer *peer)
{
    if (peer->data)
        UnmapViewOfFile(peer->data);
    peer->data = NULL;
}

static void peer_close(struct peer *peer)
{
    peer_unmap(peer);
    if (peer->head)
        UnmapViewOfFile(peer->head);
    if (peer->handle)
        CloseHandle(peer->handle);
}

/* Its owner may replace it meanwhile. */
static void peer_map(struct peer *peer)
{
    WCHAR name[RUNNING_NAME_MAX];
    LONG generation;
    ULONG size;

    for (unsigned int i = 0; i < REPLACED_MAX; i++)
    {
        peer_unmap(peer);
        generation = __atomic_load_n(&peer->head->generation, __ATOMIC_ACQUIRE);
        size = peer->head->sizes[generation & 1];
        peer->generation = generation;
        if (!generation)
            return;
        _snwprintf(name, ARRAYSIZE(name), RUNNING_TABLE_NAME, peer->process,
                (ULONG)(peer->id >> 32), (ULONG)peer->id, generation);
        if (size <= RUNNING_SIZE_MAX)
            peer->data = section_map_named(name, size);
        if (peer->data && running_view_init(&peer->view, peer->data, size))
            return;
        peer_unmap(peer);
        if (peer->head->generation == generation)
            break;
    }
    trace("the running objects of process %lu cannot be read", peer->process);
}

/* Not a later process with the same number. */
static BOOL peer_is_owner(const struct peer *peer)
{
    FILETIME created, other[3];

    return GetProcessTimes(peer->handle, &created, &other[0], &other[1], &other[2])
            && peer->head->version == RUNNING_VERSION
            && peer->head->started
            == ((UINT64)created.dwHighDateTime << 32 | created.dwLowDateTime);
}

static BOOL peer_open(struct peer *peer, DWORD process, UINT64 id)
{
    WCHAR name[RUNNING_NAME_MAX];

    memset(peer, 0, sizeof(*peer));
    peer->process = process;
    peer->id = id;
    _snwprintf(name, ARRAYSIZE(name), RUNNING_HEAD_NAME, process, (ULONG)(id >> 32), (ULONG)id);
    peer->handle = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process);
    peer->head = section_map_named(name, sizeof(*peer->head));
    if (peer->handle && peer->head && peer_is_owner(peer))
    {
        peer_map(peer);
        return TRUE;
    }
    peer_close(peer);
    return FALSE;
}

static BOOL peer_lives(const struct peer *peer)
{
    return WaitForSingleObject(peer->handle, 0) == WAIT_TIMEOUT;
}

/* ---- the list of them; the lock is held ---- */

static BOOL peers_are_current(const struct broker_running_list *list)
{
    if (!peers_read || __atomic_load_n(&list->changes, __ATOMIC_ACQUIRE) != peers_changes)
        return FALSE;
    for (ULONG i = 0; i < peer_count; i++)
    {
        if (__atomic_load_n(&peers[i].head->generation, __ATOMIC_ACQUIRE) != peers[i].generation)
            return FALSE;
    }
    return TRUE;
}

/* Takes it out of those that were known. */
static BOOL peer_take(DWORD process, UINT64 id, struct peer *out)
{
    for (ULONG i = 0; i < peer_count; i++)
    {
        if (peers[i].process != process || peers[i].id != id)
            continue;
        *out = peers[i];
        peers[i] = peers[--peer_count];
        return TRUE;
    }
    return FALSE;
}

static void peers_read_list(const struct broker_running_list *list)
{
    ULONG count = min(list->count, BROKER_RUNNING_MAX), made = 0;
    struct peer *now = malloc((count + 1) * sizeof(*now));

    if (!now)
        return;
    peers_changes = __atomic_load_n(&list->changes, __ATOMIC_ACQUIRE);
    for (ULONG i = 0; i < count; i++)
    {
        DWORD process = list->processes[i].process;
        UINT64 id = broker_running_id(&list->processes[i]);

        if (!process || process == GetCurrentProcessId())
            continue;
        if (peer_take(process, id, &now[made]) || peer_open(&now[made], process, id))
            made++;
    }
    while (peer_count)
        peer_close(&peers[--peer_count]);
    free(peers);
    peers = now;
    peer_count = made;
    peers_read = TRUE;
}

static void peers_update(const struct broker_running_list *list)
{
    if (!peers_read || list->changes != peers_changes)
        peers_read_list(list);
    for (ULONG i = 0; i < peer_count; i++)
    {
        if (peers[i].head->generation != peers[i].generation)
            peer_map(&peers[i]);
    }
}

/* With the lock shared, and all as it is now; FALSE, without it: there are no others. */
static BOOL peers_enter(void)
{
    const struct broker_running_list *list = broker_running_list();

    if (!list)
        return FALSE;
    AcquireSRWLockShared(&peers_lock);
    for (unsigned int i = 0; i < LOOKS_MAX && !peers_are_current(list); i++)
    {
        ReleaseSRWLockShared(&peers_lock);
        AcquireSRWLockExclusive(&peers_lock);
        peers_update(list);
        ReleaseSRWLockExclusive(&peers_lock);
        AcquireSRWLockShared(&peers_lock);
    }
    return TRUE;
}

/* ---- looking ---- */

/* The entry of that name after so many others, of a process that lives if that is asked for. */
static BOOL peers_find(const struct running_key *key, ULONG skip, BOOL alive,
        struct running_copy *copy)
{
    BOOL found = FALSE;

    if (!peers_enter())
        return FALSE;
    for (ULONG i = 0; i < peer_count && !found; i++)
    {
        ULONG step = 0;

        while (!found && peers[i].data && running_view_find(&peers[i].view, key, &step, copy))
        {
            found = !skip;
            if (skip)
                skip--;
            if (!found && copy)
                running_copy_free(copy);
        }
        if (found && alive && !peer_lives(&peers[i]))
        {
            found = FALSE;
            if (copy)
                running_copy_free(copy);
        }
    }
    ReleaseSRWLockShared(&peers_lock);
    return found;
}

BOOL running_peers_have(const struct running_key *key)
{
    return peers_find(key, 0, TRUE, NULL);
}

BOOL running_peers_time(const struct running_key *key, FILETIME *time)
{
    struct running_copy copy;

    if (!peers_find(key, 0, TRUE, &copy))
        return FALSE;
    *time = copy.time;
    running_copy_free(&copy);
    return TRUE;
}

/* Whether its process lives needs no question: nothing can be unmarshalled from one that does not.
 */
HRESULT running_peers_object(const struct running_key *key, IUnknown **out)
{
    struct running_copy copy;

    *out = NULL;
    for (ULONG i = 0; i < GONE_MAX && peers_find(key, i, FALSE, &copy); i++)
    {
        HRESULT hr = packet_unmarshal(&copy.object, &IID_IUnknown, (void **)out);

        running_copy_free(&copy);
        if (SUCCEEDED(hr) || hr == CO_E_NOTINITIALIZED)
            return hr;
        trace("a running object of another process has gone: %#lx", hr);
    }
    return MK_E_UNAVAILABLE;
}

/* ---- all ---- */

struct copies
{
    struct running_copy *copies;
    ULONG count, room;
};

/* Records do not overlap: all of them together are not larger than their table. */
static HRESULT copies_take(struct copies *copies, const struct peer *peer)
{
    struct running_copy copy;
    UINT64 bytes = 0;
    ULONG step = 0;

    while (bytes <= peer->view.size && running_view_next(&peer->view, &step, &copy))
    {
        bytes += sizeof(*copy.record) + copy.moniker.size + copy.object.size;
        if (copies->count == copies->room)
        {
            ULONG room = copies->room ? copies->room * 2 : 64;
            struct running_copy *larger = realloc(copies->copies, room * sizeof(*larger));

            if (!larger)
            {
                running_copy_free(&copy);
                return E_OUTOFMEMORY;
            }
            copies->copies = larger;
            copies->room = room;
        }
        copies->copies[copies->count++] = copy;
    }
    return S_OK;
}

HRESULT running_peers_list(struct moniker_list *monikers)
{
    struct copies copies = {0};
    HRESULT hr = S_OK;

    if (!peers_enter())
        return S_OK;
    for (ULONG i = 0; SUCCEEDED(hr) && i < peer_count; i++)
    {
        if (peers[i].data && peer_lives(&peers[i]))
            hr = copies_take(&copies, &peers[i]);
    }
    ReleaseSRWLockShared(&peers_lock);
    for (ULONG i = 0; i < copies.count; i++)
    {
        IMoniker *moniker;

        if (SUCCEEDED(hr)
                && SUCCEEDED(packet_unmarshal(&copies.copies[i].moniker, &IID_IMoniker,
                        (void **)&moniker)))
        {
            hr = moniker_list_append(monikers, moniker);
            IMoniker_Release(moniker);
        }
        running_copy_free(&copies.copies[i]);
    }
    free(copies.copies);
    return hr;
}

void running_peers_close(void)
{
    while (peer_count)
        peer_close(&peers[--peer_count]);
    free(peers);
    peers = NULL;
    peers_read = FALSE;
    broker_running_close();
}
