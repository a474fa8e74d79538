/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which processes have running objects: the list that all of them read (broker_running.h). An entry
 * lives as long as its process, whatever becomes of the session; one process has one. Under
 * scm_lock; the list is never read here but at the start, for others might write there.
 */
#include "broker_running.h"
#include "scm_objects.h"
#include "trace.h"

struct listed
{
    ULONG process; /* 0: nobody */
    ULONG number;  /* of this entry, which tells it from an earlier one in its place */
    struct process_watch *watch;
};

static struct broker_running_list *list;
static struct listed places[BROKER_RUNNING_MAX];
static ULONG place_count; /* those behind were never used */
static ULONG last_number;

static void place_write(ULONG place, ULONG process, UINT64 id)
{
    struct broker_running_process *entry = &list->processes[place];

    /* Nobody takes the new ID for the old process, or the other way round. */
    __atomic_store_n(&entry->process, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    entry->id[0] = (ULONG)id;
    entry->id[1] = (ULONG)(id >> 32);
    __atomic_store_n(&entry->process, process, __ATOMIC_RELEASE);
    list->count = place_count;
    InterlockedIncrement(&list->changes);
}

/* The place of a process, or a free one. BROKER_RUNNING_MAX: there is none. */
static ULONG place_find(ULONG process)
{
    ULONG place = 0;

    while (place < place_count && places[place].process != process)
        place++;
    return place;
}

static void process_ended(ULONG number, BOOL timed_out)
{
    (void)timed_out;
    AcquireSRWLockExclusive(&scm_lock);
    for (ULONG i = 0; i < place_count; i++)
    {
        if (!places[i].process || places[i].number != number)
            continue;
        trace("process %lu has no running objects any more", places[i].process);
        process_watch_end(places[i].watch);
        places[i].process = 0;
        place_write(i, 0, 0);
        break;
    }
    ReleaseSRWLockExclusive(&scm_lock);
}

/* Remembers and watches it; takes its handle over. */
static HRESULT place_take(ULONG place, ULONG process, HANDLE handle)
{
    places[place].number = scm_next_id(&last_number);
    places[place].watch =
            process_watch_start(handle, INFINITE, process_ended, places[place].number);
    if (!places[place].watch)
        return E_OUTOFMEMORY;
    places[place].process = process;
    trace("process %lu has running objects", process);
    return S_OK;
}

static HRESULT session_list_running(const struct scm_session *session, UINT64 id)
{
    ULONG place = place_find(session->process_id);
    HANDLE handle;
    HRESULT hr;

    if (!list || !id)
        return list ? E_INVALIDARG : E_OUTOFMEMORY;
    if (place < place_count)
    {
        place_write(place, session->process_id, id);
        return S_OK;
    }
    place = place_find(0);
    if (place == BROKER_RUNNING_MAX
            || !DuplicateHandle(GetCurrentProcess(), session->process, GetCurrentProcess(), &handle,
                    SYNCHRONIZE, FALSE, 0))
        return E_OUTOFMEMORY;
    hr = place_take(place, session->process_id, handle);
    if (FAILED(hr))
        return hr;
    place_count = max(place_count, place + 1);
    place_write(place, session->process_id, id);
    return S_OK;
}

HRESULT scm_table_list_running(ULONG session_id, UINT64 id)
{
    struct scm_session *session;
    HRESULT hr = E_HANDLE;

    AcquireSRWLockExclusive(&scm_lock);
    session = scm_session_find(session_id);
    if (session)
        hr = session_list_running(session, id);
    ReleaseSRWLockExclusive(&scm_lock);
    return hr;
}

/* One of the broker before: it is asked again whether it may be here, and whether it lives. */
static BOOL place_adopt(ULONG place, ULONG process, UINT64 id)
{
    HANDLE handle;

    if (!process || !id || place_find(process) < place_count
            || FAILED(process_open(process, &handle)))
        return FALSE;
    if (WaitForSingleObject(handle, 0) == WAIT_TIMEOUT)
        return SUCCEEDED(place_take(place, process, handle));
    CloseHandle(handle);
    return FALSE;
}

/* Whoever stays keeps his place: readers never miss him. */
void scm_running_start(void)
{
    ULONG count;

    AcquireSRWLockExclusive(&scm_lock);
    list = broker_running_list_writable();
    count = list ? min(list->count, BROKER_RUNNING_MAX) : 0;
    for (ULONG i = 0; i < count; i++)
    {
        struct broker_running_process *entry = &list->processes[i];
        ULONG process = entry->process;
        BOOL stays = i < place_count && places[i].process && places[i].process == process;

        if (!stays && !place_adopt(i, process, broker_running_id(entry)))
            __atomic_store_n(&entry->process, 0, __ATOMIC_RELEASE);
        place_count = max(place_count, i + 1);
    }
    if (list)
    {
        list->count = place_count;
        InterlockedIncrement(&list->changes);
    }
    ReleaseSRWLockExclusive(&scm_lock);
}
