/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zone_cache.h"

#include "array.h"
#include "com_object.h"
#include "wstr.h"

#include <shlwapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define NUMBERS 128    /* values that are remembered */
#define NUMBER_KEY 192 /* characters of key and name, with zeros; longer ones are not */
#define LISTS 16       /* keys whose names are */
#define NAMES_MAX 4096 /* of a key whose names need not all be known */
#define RANGE_MAX 256  /* characters of a range with its zero */

struct number
{
    WCHAR text[NUMBER_KEY]; /* the key, and the name behind its zero; empty: unused */
    HKEY root;
    DWORD value;
    LSTATUS error;
};

struct name
{
    WCHAR *key;
    WCHAR *range; /* its text ":Range", or NULL */
};

struct names
{
    WCHAR *path;
    HKEY root;
    struct name *entries; /* in the order of _wcsicmp */
    ULONG count, room;
    BOOL is_part; /* there are more */
};

/* A key above what is read, since the deletion of a watched key itself is not reported. */
static struct watch
{
    HKEY root;
    const WCHAR *path;
    HKEY key;
} watches[] = {
        {HKEY_CURRENT_USER, L"Software\\Microsoft\\Windows\\CurrentVersion", NULL},
        {HKEY_LOCAL_MACHINE, L"Software\\Microsoft\\Windows\\CurrentVersion", NULL},
        {HKEY_LOCAL_MACHINE, L"Software\\Policies", NULL},
};

static SRWLOCK cache_lock = SRWLOCK_INIT;  /* guards all of these; no client is called within */
static HANDLE events[ARRAY_SIZE(watches)]; /* set when something has changed, or nothing watches */
static volatile BOOL watching;             /* all events are there */
static UINT32 generation;                  /* one more each time that everything was forgotten */
static struct number numbers[NUMBERS];
static struct names lists[LISTS];

static void names_free(struct names *names)
{
    for (ULONG i = 0; i < names->count; i++)
    {
        free(names->entries[i].key);
        free(names->entries[i].range);
    }
    free(names->entries);
    free(names->path);
    memset(names, 0, sizeof(*names));
}

static void forget_all(void)
{
    generation++;
    for (unsigned int i = 0; i < NUMBERS; i++)
        numbers[i].text[0] = 0;
    for (unsigned int i = 0; i < LISTS; i++)
        names_free(&lists[i]);
}

/* Watches a key anew, or what is above it. FALSE: it cannot be watched. The event is also set when
 * the thread that asked ends (page RegNotifyChangeKeyValue): then it is asked for once more. */
static BOOL watch_arm(struct watch *watch, HANDLE *event)
{
    if (!*event && !(*event = CreateEventW(NULL, TRUE, TRUE, NULL)))
        return FALSE;
    if (!watch->key && RegOpenKeyExW(watch->root, watch->path, 0, KEY_NOTIFY, &watch->key)
            && RegOpenKeyExW(watch->root, L"Software", 0, KEY_NOTIFY, &watch->key))
        return FALSE;
    ResetEvent(*event);
    if (!RegNotifyChangeKeyValue(watch->key, TRUE,
                REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET, *event, TRUE))
        return TRUE;
    RegCloseKey(watch->key); /* it has been deleted */
    watch->key = NULL;
    SetEvent(*event);
    return FALSE;
}

static BOOL has_changed(void)
{
    return !watching
            || WaitForMultipleObjects(ARRAY_SIZE(events), events, FALSE, 0) != WAIT_TIMEOUT;
}

/* What is read after the watch has begun is forgotten when it changes. */
void zone_cache_refresh(void)
{
    BOOL all = TRUE;

    if (!has_changed())
        return;
    AcquireSRWLockExclusive(&cache_lock);
    if (has_changed())
    {
        for (unsigned int i = 0; i < ARRAY_SIZE(watches); i++)
        {
            if (!events[i] || !WaitForSingleObject(events[i], 0))
                all &= watch_arm(&watches[i], &events[i]);
        }
        watching = all;
        forget_all();
    }
    ReleaseSRWLockExclusive(&cache_lock);
}

void zone_cache_module_detach(void)
{
    forget_all();
    for (unsigned int i = 0; i < ARRAY_SIZE(watches); i++)
    {
        if (watches[i].key)
            RegCloseKey(watches[i].key);
        if (events[i])
            CloseHandle(events[i]);
    }
}

/* Numbers */

static LSTATUS number_read(HKEY root, const WCHAR *path, const WCHAR *name, DWORD *value)
{
    DWORD size = sizeof(*value);
    LSTATUS error;
    HKEY key;

    *value = 0;
    if (RegOpenKeyExW(root, path, 0, KEY_READ, &key))
        return ERROR_PATH_NOT_FOUND;
    error = RegGetValueW(key, NULL, name, RRF_RT_REG_DWORD, NULL, value, &size);
    RegCloseKey(key);
    return error;
}

static struct number *number_slot(HKEY root, const WCHAR *path, const WCHAR *name)
{
    UINT32 hash = (UINT32)(ULONG_PTR)root;

    for (const WCHAR *c = path; *c; c++)
        hash = hash * 31 + (*c | 0x20);
    for (const WCHAR *c = name; *c; c++)
        hash = hash * 31 + (*c | 0x20);
    return &numbers[(hash ^ hash >> 16) % NUMBERS];
}

static BOOL number_is(const struct number *number, HKEY root, const WCHAR *path, const WCHAR *name)
{
    return number->text[0] && number->root == root && !_wcsicmp(number->text, path)
            && !_wcsicmp(number->text + wcslen(number->text) + 1, name);
}

static void number_remember(struct number *number, HKEY root, const WCHAR *path, const WCHAR *name,
        DWORD value, LSTATUS error)
{
    size_t path_room = wcslen(path) + 1, name_room = wcslen(name) + 1;

    if (path_room + name_room > NUMBER_KEY)
        return;
    memcpy(number->text, path, path_room * sizeof(WCHAR));
    memcpy(number->text + path_room, name, name_room * sizeof(WCHAR));
    number->root = root;
    number->value = value;
    number->error = error;
}

LSTATUS zone_cache_number(HKEY root, const WCHAR *path, const WCHAR *name, DWORD *value)
{
    struct number *number = number_slot(root, path, name);
    UINT32 read_in;
    LSTATUS error;
    BOOL known;

    AcquireSRWLockShared(&cache_lock);
    read_in = generation;
    known = number_is(number, root, path, name);
    error = number->error;
    *value = number->value;
    ReleaseSRWLockShared(&cache_lock);
    if (known)
        return error;
    error = number_read(root, path, name, value);
    AcquireSRWLockExclusive(&cache_lock);
    if (watching && generation == read_in)
        number_remember(number, root, path, name, *value, error);
    ReleaseSRWLockExclusive(&cache_lock);
    return error;
}

/* Names of keys */

static int name_compare(const void *first, const void *second)
{
    return _wcsicmp(((const struct name *)first)->key, ((const struct name *)second)->key);
}

/* The text ":Range" of a key, by malloc; NULL: it has none. */
static WCHAR *range_read(HKEY parent, const WCHAR *key)
{
    WCHAR range[ZONE_CACHE_RANGE_MAX];
    DWORD size = sizeof(range);

    if (RegGetValueW(parent, key, L":Range", RRF_RT_REG_SZ, NULL, range, &size))
        return NULL;
    return wstr_dup(range);
}

/* FALSE: no memory. */
static BOOL names_add(struct names *names, HKEY parent, const WCHAR *key, BOOL ranges)
{
    struct name *entry;

    if (!array_grow(&names->entries, names->count, &names->room, sizeof(*entry)))
        return FALSE;
    entry = &names->entries[names->count];
    if (!(entry->key = wstr_dup(key)))
        return FALSE;
    entry->range = ranges ? range_read(parent, key) : NULL;
    names->count++;
    return TRUE;
}

/* With their ranges all of them; else at most NAMES_MAX: it is known then that there are others. */
static void names_read(struct names *names, BOOL ranges)
{
    WCHAR name[ZONE_CACHE_KEY_MAX];
    HKEY key;

    if (RegOpenKeyExW(names->root, names->path, 0, KEY_READ, &key))
        return;
    for (DWORD i = 0; !names->is_part; i++)
    {
        DWORD length = ARRAY_SIZE(name);
        LSTATUS error = RegEnumKeyExW(key, i, name, &length, NULL, NULL, NULL, NULL);

        if (error == ERROR_NO_MORE_ITEMS)
            break;
        names->is_part =
                error || (!ranges && i >= NAMES_MAX) || !names_add(names, key, name, ranges);
    }
    RegCloseKey(key);
    if (names->count)
        qsort(names->entries, names->count, sizeof(*names->entries), name_compare);
}

/* The list of a key, if it has been read. With the lock held. */
static struct names *names_find(HKEY root, const WCHAR *path)
{
    for (unsigned int i = 0; i < LISTS; i++)
    {
        if (lists[i].path && lists[i].root == root && !_wcsicmp(lists[i].path, path))
            return &lists[i];
    }
    return NULL;
}

/* Reads it into a place that is free, else into the first. With the lock held, exclusively. NULL:
 * no memory. */
static struct names *names_make(HKEY root, const WCHAR *path, BOOL ranges)
{
    struct names *names = lists;

    for (unsigned int i = 0; i < LISTS; i++)
    {
        if (!lists[i].path)
        {
            names = &lists[i];
            break;
        }
    }
    names_free(names);
    if (!(names->path = wstr_dup(path)))
        return NULL;
    names->root = root;
    names_read(names, ranges);
    return names;
}

/* The list of a key, with the lock held, exclusively if it had to be read first: *exclusive, by
 * which names_release goes. NULL: no memory. */
static struct names *names_get(HKEY root, const WCHAR *path, BOOL ranges, BOOL *exclusive)
{
    struct names *names;

    *exclusive = FALSE;
    AcquireSRWLockShared(&cache_lock);
    if ((names = names_find(root, path)))
        return names;
    ReleaseSRWLockShared(&cache_lock);
    *exclusive = TRUE;
    AcquireSRWLockExclusive(&cache_lock);
    names = names_find(root, path);
    return names ? names : names_make(root, path, ranges);
}

static void names_release(BOOL exclusive)
{
    if (exclusive)
        ReleaseSRWLockExclusive(&cache_lock);
    else
        ReleaseSRWLockShared(&cache_lock);
}

BOOL zone_cache_has_key(HKEY root, const WCHAR *path, const WCHAR *name)
{
    const struct name wanted = {(WCHAR *)name, NULL};
    BOOL exclusive, found;
    struct names *names = names_get(root, path, FALSE, &exclusive);

    found = !names || names->is_part
            || (names->count
                    && bsearch(&wanted, names->entries, names->count, sizeof(wanted),
                            name_compare));
    names_release(exclusive);
    return found;
}

BOOL zone_cache_range(HKEY root, const WCHAR *path, DWORD index, WCHAR key[ZONE_CACHE_KEY_MAX],
        WCHAR range[ZONE_CACHE_RANGE_MAX])
{
    BOOL exclusive, found = FALSE;
    struct names *names = names_get(root, path, TRUE, &exclusive);

    if (names && index < names->count)
    {
        const struct name *entry = &names->entries[index];

        wcscpy(key, entry->key); /* they have been read into as much room */
        wcscpy(range, entry->range ? entry->range : L"");
        found = TRUE;
    }
    names_release(exclusive);
    return found;
}
