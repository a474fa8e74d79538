/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "class_registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "com_object.h"
#include "guid_text.h"
#include "list.h"
#include "trace.h"
#include "wstr.h"

#define INFOS_MAX 16384

/* One of the two halves of HKEY_CLASSES_ROOT, watched. */
struct watch
{
    HKEY key;
    HANDLE changed; /* signalled: something below changed, and the watch has ended */
};

static SRWLOCK infos_lock = SRWLOCK_INIT; /* for all below */
static ULONG generation;                  /* how often everything was forgotten */
static enum { WATCH_NEW, WATCH_ARMED, WATCH_IMPOSSIBLE } watch_state;
static struct watch watches[2];
static HANDLE watch_events[2];

static size_t hash_of_info(const struct hash_link *link)
{
    return hash_guid(&LIST_ENTRY_OF(link, struct class_info, link)->clsid);
}

static struct hash_table infos = {hash_of_info, NULL, 0, 0};

static const WCHAR classes_path[] = L"Software\\Classes";

LONG classes_open_key(const WCHAR *subkey, REGSAM view, HKEY *out)
{
    WCHAR path[ARRAY_SIZE(classes_path) + CLASS_KEY_LENGTH];
    LONG result;

    *out = NULL;
    if (wcslen(subkey) >= CLASS_KEY_LENGTH)
        return ERROR_FILE_NOT_FOUND;
    swprintf(path, ARRAY_SIZE(path), L"%ls\\%ls", classes_path, subkey);
    result = RegOpenKeyExW(HKEY_CURRENT_USER, path, 0, KEY_QUERY_VALUE | view, out);
    if (result)
        result = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE | view, out);
    return result;
}

BYTE *registry_read_binary(HKEY key, const WCHAR *value, DWORD *size)
{
    BYTE *data;

    *size = 0;
    if (RegQueryValueExW(key, value, NULL, NULL, NULL, size) || !(data = malloc(*size + 1)))
        return NULL;
    if (!RegQueryValueExW(key, value, NULL, NULL, data, size))
        return data;
    free(data);
    return NULL;
}

static WCHAR *string_expand(WCHAR *text)
{
    DWORD length = ExpandEnvironmentStringsW(text, NULL, 0);
    WCHAR *expanded = length ? malloc(length * sizeof(WCHAR)) : NULL;

    if (expanded && !ExpandEnvironmentStringsW(text, expanded, length))
    {
        free(expanded);
        expanded = NULL;
    }
    free(text);
    return expanded;
}

WCHAR *registry_read_string(HKEY key, const WCHAR *value, BOOL *expand)
{
    DWORD size = MAX_PATH * sizeof(WCHAR), type = REG_NONE;
    LONG result = ERROR_MORE_DATA;
    WCHAR *text = NULL;

    if (expand)
        *expand = FALSE;
    while (result == ERROR_MORE_DATA)
    {
        free(text);
        /* One more than what is there, which need not be terminated. */
        if (!(text = malloc(size + sizeof(WCHAR))))
            return NULL;
        result = RegQueryValueExW(key, value, NULL, &type, (BYTE *)text, &size);
    }
    if (result || (type != REG_SZ && type != REG_EXPAND_SZ))
    {
        free(text);
        return NULL;
    }
    text[size / sizeof(WCHAR)] = 0;
    if (type == REG_SZ)
        return text;
    if (!expand)
        return string_expand(text);
    *expand = TRUE;
    return text;
}

/* Takes the quotes, and blanks around them, off a path. */
static void path_unquote(WCHAR *path)
{
    WCHAR *from = path, *end;

    while (*from == ' ' || *from == '\t')
        from++;
    if (*from == '"')
    {
        from++;
        if ((end = wcschr(from, '"')))
            *end = 0;
    }
    end = from + wcslen(from);
    while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
        *--end = 0;
    memmove(path, from, (end - from + 1) * sizeof(WCHAR));
}

WCHAR *class_dll_path(const struct class_dll *dll)
{
    WCHAR *path = wstr_dup(dll->path);

    if (path && dll->expand && (path = string_expand(path)))
        path_unquote(path);
    return path;
}

static enum class_model model_from_text(const WCHAR *text)
{
    static const struct
    {
        const WCHAR *name;
        enum class_model model;
    } models[] = {
            {L"Apartment", CLASS_MODEL_APARTMENT},
            {L"Free", CLASS_MODEL_FREE},
            {L"Both", CLASS_MODEL_BOTH},
            {L"Neutral", CLASS_MODEL_NEUTRAL},
    };

    for (unsigned int i = 0; text && i < ARRAY_SIZE(models); i++)
        if (!wcsicmp(text, models[i].name))
            return models[i].model;
    return CLASS_MODEL_MAIN;
}

static LONG class_open_key(REFCLSID clsid, const WCHAR *subkey, REGSAM view, HKEY *out)
{
    WCHAR name[CLASS_KEY_LENGTH], text[GUID_TEXT_LENGTH + 1];

    guid_to_text(clsid, text);
    swprintf(name, ARRAY_SIZE(name), L"CLSID\\%ls%ls", text, subkey);
    return classes_open_key(name, view, out);
}

static void class_dll_read(REFCLSID clsid, const WCHAR *subkey, struct class_dll *dll)
{
    WCHAR *model;
    HKEY key;

    if (class_open_key(clsid, subkey, 0, &key))
        return;
    if ((dll->path = registry_read_string(key, NULL, &dll->expand)))
    {
        if (!dll->expand)
            path_unquote(dll->path);
        model = registry_read_string(key, L"ThreadingModel", NULL);
        dll->model = model_from_text(model);
        free(model);
        if (!dll->path[0])
        {
            free(dll->path);
            dll->path = NULL;
        }
    }
    RegCloseKey(key);
}

void class_info_release(struct class_info *info)
{
    if (InterlockedDecrement(&info->references))
        return;
    free(info->server.path);
    free(info->handler.path);
    free(info);
}

static HRESULT class_info_read(REFCLSID clsid, struct class_info **out)
{
    struct class_info *info;
    WCHAR *text;
    HKEY key;

    if (!(*out = info = calloc(1, sizeof(*info))))
        return E_OUTOFMEMORY;
    info->references = 1;
    info->clsid = *clsid;
    /* Most CLSIDs that are asked for and not registered have no key at all. */
    if (class_open_key(clsid, L"", 0, &key))
        return S_OK;
    RegCloseKey(key);
    if (!class_open_key(clsid, L"\\TreatAs", 0, &key))
    {
        if ((text = registry_read_string(key, NULL, NULL)))
            info->treated =
                    guid_from_text(text, &info->treat_as) && !IsEqualCLSID(&info->treat_as, clsid);
        free(text);
        RegCloseKey(key);
    }
    class_dll_read(clsid, L"\\InprocServer32", &info->server);
    class_dll_read(clsid, L"\\InprocHandler32", &info->handler);
    return S_OK;
}

/* --- what is remembered --- */

static void infos_forget(void)
{
    for (size_t i = 0; i < infos.bucket_count; i++)
    {
        /* The last one takes the buckets with it. */
        while (i < infos.bucket_count && infos.buckets[i])
        {
            struct hash_link *link = infos.buckets[i];

            hash_table_remove(&infos, link);
            class_info_release(LIST_ENTRY_OF(link, struct class_info, link));
        }
    }
    generation++;
}

static void watch_close(struct watch *watch)
{
    if (watch->changed)
        CloseHandle(watch->changed);
    if (watch->key)
        RegCloseKey(watch->key);
    memset(watch, 0, sizeof(*watch));
}

static BOOL watch_arm(struct watch *watch)
{
    ResetEvent(watch->changed);
    return !RegNotifyChangeKeyValue(watch->key, TRUE,
            REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET, watch->changed, TRUE);
}

/* The machine's half is watched with the part that 32-bit programs see on 64-bit systems. */
static BOOL watches_start(void)
{
    BOOL wow64 = sizeof(void *) == 8;
    REGSAM view;

    if (!wow64)
        IsWow64Process(GetCurrentProcess(), &wow64);
    view = KEY_NOTIFY | (wow64 ? KEY_WOW64_64KEY : 0);
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, classes_path, 0, view, &watches[0].key)
            || (RegOpenKeyExW(HKEY_CURRENT_USER, classes_path, 0, view, &watches[1].key)
                    && RegCreateKeyExW(HKEY_CURRENT_USER, classes_path, 0, NULL, 0, view, NULL,
                            &watches[1].key, NULL)))
        return FALSE;
    for (unsigned int i = 0; i < ARRAY_SIZE(watches); i++)
    {
        if (!(watch_events[i] = watches[i].changed = CreateEventW(NULL, TRUE, FALSE, NULL))
                || !watch_arm(&watches[i]))
            return FALSE;
    }
    return TRUE;
}

/* With the lock held exclusively: forgets what may have changed and watches on. */
static void watches_renew(void)
{
    BOOL armed = TRUE;

    if (watch_state == WATCH_NEW)
        armed = watches_start();
    else
    {
        for (unsigned int i = 0; i < ARRAY_SIZE(watches); i++)
            if (WaitForSingleObject(watches[i].changed, 0) != WAIT_TIMEOUT)
                armed = watch_arm(&watches[i]) && armed;
    }
    infos_forget();
    if (armed)
    {
        trace("class registry: read anew, %lu", generation);
        watch_state = WATCH_ARMED;
        return;
    }
    trace("class registry: cannot watch it, nothing is remembered");
    watch_state = WATCH_IMPOSSIBLE;
    for (unsigned int i = 0; i < ARRAY_SIZE(watches); i++)
        watch_close(&watches[i]);
}

static struct class_info *info_find(REFCLSID clsid)
{
    struct hash_link *link = hash_table_first(&infos, hash_guid(clsid));

    for (; link; link = link->next)
    {
        struct class_info *info = LIST_ENTRY_OF(link, struct class_info, link);

        if (IsEqualCLSID(&info->clsid, clsid))
            return info;
    }
    return NULL;
}

/* What is remembered, with a reference, after a look at the watches; else NULL and the generation
 * that what is read from now on belongs to. */
static struct class_info *info_recall(REFCLSID clsid, ULONG *at)
{
    struct class_info *info = NULL;

    AcquireSRWLockShared(&infos_lock);
    if (watch_state == WATCH_IMPOSSIBLE
            || (watch_state == WATCH_ARMED
                    && WaitForMultipleObjects(ARRAY_SIZE(watch_events), watch_events, FALSE, 0)
                            == WAIT_TIMEOUT))
    {
        if ((info = info_find(clsid)))
            InterlockedIncrement(&info->references);
        *at = generation;
        ReleaseSRWLockShared(&infos_lock);
        return info;
    }
    ReleaseSRWLockShared(&infos_lock);
    AcquireSRWLockExclusive(&infos_lock);
    if (watch_state != WATCH_IMPOSSIBLE)
        watches_renew();
    *at = generation;
    ReleaseSRWLockExclusive(&infos_lock);
    return NULL;
}

HRESULT class_info_get(REFCLSID clsid, struct class_info **out)
{
    ULONG at;
    HRESULT hr;

    if ((*out = info_recall(clsid, &at)))
        return S_OK;
    if (FAILED(hr = class_info_read(clsid, out)))
        return hr;
    AcquireSRWLockExclusive(&infos_lock);
    if (watch_state == WATCH_ARMED && at == generation && !info_find(clsid))
    {
        if (infos.count >= INFOS_MAX)
            infos_forget();
        if (hash_table_insert(&infos, &(*out)->link))
            InterlockedIncrement(&(*out)->references);
    }
    ReleaseSRWLockExclusive(&infos_lock);
    return S_OK;
}

void class_registry_process_detach(BOOL terminating)
{
    if (terminating)
        return;
    infos_forget();
    for (unsigned int i = 0; i < ARRAY_SIZE(watches); i++)
        watch_close(&watches[i]);
}
