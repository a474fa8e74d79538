/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All permanent name-space handlers are read at once: there are few, mostly one, and each look into
 * the registry costs several calls of the system. */
#include "session_name_space.h"

#include <string.h>
#include <wchar.h>

#define ROOT_KEY L"PROTOCOLS\\Name-Space Handler"
#define SCHEME_LENGTH 64 /* with the zero; longer ones are nobody's */
#define KEY_LENGTH 256
#define HANDLERS_AT_MOST 64
#define LIST_LIFE_MS 1000

struct name_space
{
    WCHAR scheme[SCHEME_LENGTH]; /* or "*" */
    CLSID clsid;
};

struct name_space_list
{
    unsigned int count;
    struct name_space handlers[HANDLERS_AT_MOST];
};

static SRWLOCK list_lock = SRWLOCK_INIT;
static struct name_space_list list_now;
static ULONGLONG list_until;

/* The handlers of one scheme's key. */
static void scheme_read(struct name_space_list *list, HKEY root, const WCHAR *scheme)
{
    WCHAR key[KEY_LENGTH], text[64];
    DWORD size, length;
    HKEY folder;

    if (RegOpenKeyExW(root, scheme, 0, KEY_READ, &folder) != ERROR_SUCCESS)
        return;
    for (DWORD i = 0; list->count < HANDLERS_AT_MOST; i++)
    {
        struct name_space *handler = &list->handlers[list->count];

        length = KEY_LENGTH;
        if (RegEnumKeyExW(folder, i, key, &length, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
            break;
        size = sizeof(text) - sizeof(WCHAR);
        if (RegGetValueW(folder, key, L"CLSID", RRF_RT_REG_SZ, NULL, text, &size) != ERROR_SUCCESS
                || FAILED(CLSIDFromString(text, &handler->clsid)))
            continue;
        wcscpy(handler->scheme, scheme);
        list->count++;
    }
    RegCloseKey(folder);
}

static void list_read(struct name_space_list *list)
{
    WCHAR scheme[SCHEME_LENGTH];
    DWORD length;
    LSTATUS status;
    HKEY root;

    list->count = 0;
    if (RegOpenKeyExW(HKEY_CLASSES_ROOT, ROOT_KEY, 0, KEY_READ, &root) != ERROR_SUCCESS)
        return;
    for (DWORD i = 0; list->count < HANDLERS_AT_MOST; i++)
    {
        length = SCHEME_LENGTH;
        status = RegEnumKeyExW(root, i, scheme, &length, NULL, NULL, NULL, NULL);
        if (status == ERROR_SUCCESS)
            scheme_read(list, root, scheme);
        else if (status != ERROR_MORE_DATA)
            break;
    }
    RegCloseKey(root);
}

/* With the lock: the handler number *index of a scheme; else *index loses those there are. */
static const struct name_space *list_find(const WCHAR *scheme, size_t length, unsigned int *index)
{
    for (unsigned int i = 0; i < list_now.count; i++)
    {
        const struct name_space *handler = &list_now.handlers[i];

        if (wcslen(handler->scheme) == length && !_wcsnicmp(handler->scheme, scheme, length)
                && !(*index)--)
            return handler;
    }
    return NULL;
}

HRESULT session_name_space_find(const WCHAR *scheme, size_t length, unsigned int index,
        CLSID *clsid)
{
    ULONGLONG now = GetTickCount64();
    const struct name_space *found;
    struct name_space_list fresh;
    BOOL is_old;

    AcquireSRWLockShared(&list_lock);
    is_old = list_until <= now;
    ReleaseSRWLockShared(&list_lock);
    if (is_old)
        list_read(&fresh);
    AcquireSRWLockExclusive(&list_lock);
    if (is_old)
    {
        list_now = fresh;
        list_until = now + LIST_LIFE_MS;
    }
    found = list_find(scheme, length, &index);
    if (!found)
        found = list_find(L"*", 1, &index);
    *clsid = found ? found->clsid : CLSID_NULL;
    ReleaseSRWLockExclusive(&list_lock);
    return found ? S_OK : S_FALSE;
}
