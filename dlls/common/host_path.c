/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host_path.h"

#include <stdlib.h>
#include <wchar.h>

#include "wstr.h"

/* An export of Wine's kernel32: the host's name of a file, allocated on the process heap. */
typedef char *(CDECL *unix_file_name)(const WCHAR *path);

static unix_file_name host_resolver(void)
{
    static BOOL looked;
    static unix_file_name resolver;

    if (!looked)
    {
        HMODULE kernel32 = GetModuleHandleW(L"kernel32.dll");

        resolver = (unix_file_name)(void *)GetProcAddress(kernel32, "wine_get_unix_file_name");
        looked = TRUE;
    }
    return resolver;
}

/* The part of `path` up to its last backslash, with it; 0: there is none. */
static size_t folder_length(const WCHAR *path)
{
    const WCHAR *slash = wcsrchr(path, '\\');

    return slash ? (size_t)(slash + 1 - path) : 0;
}

static WCHAR *copy_start(const WCHAR *text, size_t length)
{
    WCHAR *copy = malloc((length + 1) * sizeof(WCHAR));

    if (copy)
    {
        memcpy(copy, text, length * sizeof(WCHAR));
        copy[length] = 0;
    }
    return copy;
}

static BOOL same_folder(const WCHAR *folder, const WCHAR *path, size_t length)
{
    return folder && wcslen(folder) == length && !wcsncmp(folder, path, length);
}

/* "/a/b" as "\\?\unix\a\b\". */
static WCHAR *host_name(const char *unix_name)
{
    static const WCHAR prefix[] = L"\\\\?\\unix";
    const size_t start = ARRAYSIZE(prefix) - 1;
    int size = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, unix_name, -1, NULL, 0);
    WCHAR *name;

    /* A backslash in a host name cannot be told from a separator. */
    if (size <= 1 || unix_name[0] != '/' || strchr(unix_name, '\\'))
        return NULL;
    if (!(name = malloc((start + size + 1) * sizeof(WCHAR))))
        return NULL;
    memcpy(name, prefix, start * sizeof(WCHAR));
    MultiByteToWideChar(CP_UTF8, 0, unix_name, -1, name + start, size);
    for (WCHAR *at = name + start; *at; at++)
    {
        if (*at == '/')
            *at = '\\';
    }
    if (name[start + size - 2] != '\\')
        wcscat(name, L"\\");
    return name;
}

static void host_folder_resolve(struct host_folder *cache, const WCHAR *path, size_t length)
{
    unix_file_name resolver = host_resolver();
    DWORD attributes;
    char *unix_name;

    host_folder_free(cache);
    if (!resolver || !(cache->folder = copy_start(path, length)))
        return;
    /* What does not exist has no name of its own yet. */
    attributes = GetFileAttributesW(cache->folder);
    if (attributes == INVALID_FILE_ATTRIBUTES || !(attributes & FILE_ATTRIBUTE_DIRECTORY))
        return;
    if (!(unix_name = resolver(cache->folder)))
        return;
    cache->host = host_name(unix_name);
    HeapFree(GetProcessHeap(), 0, unix_name);
}

WCHAR *host_path(struct host_folder *cache, const WCHAR *path)
{
    size_t length = folder_length(path), host_length, name_length;
    WCHAR *name;

    if (!length || !host_resolver())
        return NULL;
    if (!same_folder(cache->folder, path, length))
        host_folder_resolve(cache, path, length);
    if (!cache->host)
        return NULL;
    host_length = wcslen(cache->host);
    name_length = wcslen(path + length);
    if (!(name = malloc((host_length + name_length + 1) * sizeof(WCHAR))))
        return NULL;
    memcpy(name, cache->host, host_length * sizeof(WCHAR));
    memcpy(name + host_length, path + length, (name_length + 1) * sizeof(WCHAR));
    return name;
}

void host_folder_free(struct host_folder *cache)
{
    free(cache->folder);
    free(cache->host);
    cache->folder = cache->host = NULL;
}

static int compare_names(const void *a, const void *b)
{
    return wcscmp(*(WCHAR *const *)a, *(WCHAR *const *)b);
}

static WCHAR *upper_copy(const WCHAR *text)
{
    WCHAR *copy = wstr_dup(text);

    if (copy)
        CharUpperW(copy);
    return copy;
}

static BOOL listing_add(struct folder_listing *listing, size_t *capacity, const WCHAR *name)
{
    if (listing->count == *capacity)
    {
        size_t wanted = *capacity ? *capacity * 2 : 64;
        WCHAR **names = realloc(listing->names, wanted * sizeof(*names));

        if (!names)
            return FALSE;
        listing->names = names;
        *capacity = wanted;
    }
    if (!(listing->names[listing->count] = upper_copy(name)))
        return FALSE;
    listing->count++;
    return TRUE;
}

static void listing_read(struct folder_listing *listing, const WCHAR *path, size_t length)
{
    WIN32_FIND_DATAW data;
    size_t capacity = 0;
    WCHAR *pattern;
    HANDLE find;
    BOOL more;

    folder_listing_free(listing);
    if (!(listing->folder = copy_start(path, length)))
        return;
    if (!(pattern = malloc((length + 2) * sizeof(WCHAR))))
        return;
    wcscpy(pattern, listing->folder);
    wcscat(pattern, L"*");
    find = FindFirstFileExW(pattern, FindExInfoBasic, &data, FindExSearchNameMatch, NULL,
            FIND_FIRST_EX_LARGE_FETCH);
    free(pattern);
    if (find == INVALID_HANDLE_VALUE)
        return;
    do
        more = listing_add(listing, &capacity, data.cFileName) && FindNextFileW(find, &data);
    while (more);
    listing->complete = GetLastError() == ERROR_NO_MORE_FILES;
    FindClose(find);
    if (listing->count)
        qsort(listing->names, listing->count, sizeof(*listing->names), compare_names);
}

BOOL folder_may_have(struct folder_listing *listing, const WCHAR *path)
{
    size_t length = folder_length(path);
    WCHAR *name;
    BOOL found;

    if (!length)
        return TRUE;
    if (!same_folder(listing->folder, path, length))
        listing_read(listing, path, length);
    if (!listing->complete || !(name = upper_copy(path + length)))
        return TRUE;
    found = listing->count
            && bsearch(&name, listing->names, listing->count, sizeof(*listing->names),
                    compare_names);
    free(name);
    return found;
}

void folder_listing_free(struct folder_listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->names[i]);
    free(listing->names);
    free(listing->folder);
    memset(listing, 0, sizeof(*listing));
}
