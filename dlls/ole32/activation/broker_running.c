/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "broker_running.h"

#include "trace.h"
#include "user_access.h"

struct list_map
{
    INIT_ONCE once;
    DWORD access; /* FILE_MAP_... */
    HANDLE section;
    struct broker_running_list *list;
};

static struct list_map reading = {INIT_ONCE_STATIC_INIT, FILE_MAP_READ, NULL, NULL};
static struct list_map writing = {INIT_ONCE_STATIC_INIT, FILE_MAP_READ | FILE_MAP_WRITE, NULL,
        NULL};

/* The section's handle stays open: on Windows its name goes with the last one. */
static BOOL CALLBACK list_open(INIT_ONCE *once, void *argument, void **unused)
{
    struct list_map *map = argument;

    (void)once;
    (void)unused;
    map->section = CreateFileMappingW(INVALID_HANDLE_VALUE, user_object_access(), PAGE_READWRITE, 0,
            sizeof(*map->list), BROKER_RUNNING);
    if (map->section && user_object_is_served(map->section))
        map->list = MapViewOfFile(map->section, map->access, 0, 0, sizeof(*map->list));
    if (map->list)
        return TRUE;
    trace("the list of running objects cannot be read: error %lu", GetLastError());
    if (map->section)
        CloseHandle(map->section);
    return FALSE;
}

const struct broker_running_list *broker_running_list(void)
{
    return InitOnceExecuteOnce(&reading.once, list_open, &reading, NULL) ? reading.list : NULL;
}

struct broker_running_list *broker_running_list_writable(void)
{
    return InitOnceExecuteOnce(&writing.once, list_open, &writing, NULL) ? writing.list : NULL;
}

void broker_running_close(void)
{
    if (!reading.list)
        return;
    UnmapViewOfFile(reading.list);
    CloseHandle(reading.section);
    reading.list = NULL;
}

BOOL broker_running_listed(DWORD process, UINT64 id)
{
    const struct broker_running_list *list = broker_running_list();

    for (ULONG i = 0; list && i < min(list->count, BROKER_RUNNING_MAX); i++)
    {
        if (list->processes[i].process == process && broker_running_id(&list->processes[i]) == id)
            return TRUE;
    }
    return FALSE;
}
