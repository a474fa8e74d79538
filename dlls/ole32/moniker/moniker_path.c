/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "moniker_path.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <objbase.h>

#include "wstr.h"

static BOOL is_separator(WCHAR character)
{
    return character == '\\' || character == '/';
}

/* "." and ".." name folders. */
static BOOL is_up(const WCHAR *component, size_t length)
{
    return length == 2 && component[0] == '.' && component[1] == '.';
}

static size_t component_length(const WCHAR *component)
{
    size_t length = 0;

    while (component[length] && !is_separator(component[length]))
        length++;
    return length;
}

size_t moniker_path_prefix(const WCHAR *path)
{
    return wcsncmp(path, L"\\\\?\\", 4) ? 0 : 4;
}

size_t moniker_path_root(const WCHAR *path)
{
    size_t length = moniker_path_prefix(path);

    if (length && !_wcsnicmp(path + length, L"UNC\\", 4))
        length += 4;
    else if (length)
        return length + component_length(path + length);
    else if (path[0] && path[1] == ':')
        return 2;
    else if (!is_separator(path[0]) || !is_separator(path[1]))
        return 0;
    else
        length = 2;
    length += component_length(path + length);
    if (is_separator(path[length]))
        length += 1 + component_length(path + length + 1);
    return length;
}

BOOL moniker_path_is_absolute(const WCHAR *path)
{
    return is_separator(path[0]) || moniker_path_root(path);
}

ULONG moniker_path_ups(const WCHAR *path)
{
    ULONG count = 0;

    while (is_up(path, 2) && path[0] && path[1] && is_separator(path[2]))
    {
        count++;
        path += 3;
    }
    return count;
}

/* Where the components are: a walk over a path from left to right. */
struct path_walk
{
    const WCHAR *text; /* the component */
    size_t length;
};

/* The root counts as the first component of a path that has one. */
static BOOL walk_first(const WCHAR *path, struct path_walk *walk)
{
    walk->text = path;
    walk->length = moniker_path_root(path);
    if (!walk->length && is_separator(*path))
        walk->length = 1;
    else if (!walk->length)
        walk->length = component_length(path);
    return walk->length > 0;
}

static BOOL walk_next(struct path_walk *walk)
{
    walk->text += walk->length;
    while (is_separator(*walk->text))
        walk->text++;
    walk->length = component_length(walk->text);
    return walk->length > 0;
}

static BOOL components_equal(const struct path_walk *one, const struct path_walk *other)
{
    return one->length == other->length
            && CompareStringOrdinal(one->text, (int)one->length, other->text, (int)other->length,
                       TRUE)
            == CSTR_EQUAL;
}

/* A copy of the beginning of a path; of a drive with the separator after it. */
static WCHAR *path_start(const WCHAR *path, size_t length)
{
    WCHAR *copy;

    if (length == moniker_path_root(path) && path[length - 1] == ':' && is_separator(path[length]))
        length++;
    copy = malloc((length + 1) * sizeof(*copy));
    if (!copy)
        return NULL;
    memcpy(copy, path, length * sizeof(*copy));
    copy[length] = 0;
    return copy;
}

/* Where the last component begins; below `root` there is none. */
static size_t last_component(const WCHAR *path, size_t root, size_t length)
{
    size_t start = length;

    while (start > root && !is_separator(path[start - 1]))
        start--;
    return start;
}

static HRESULT path_join(const WCHAR *left, size_t length, ULONG ups, const WCHAR *right,
        WCHAR **out)
{
    size_t room = length + 3 * (size_t)ups + wcslen(right) + 2;
    WCHAR *path = malloc(room * sizeof(*path));

    if (!path)
        return E_OUTOFMEMORY;
    memcpy(path, left, length * sizeof(*path));
    while (ups--)
    {
        memcpy(path + length, L"..\\", 3 * sizeof(*path));
        length += 3;
    }
    if (length && *right && !is_separator(path[length - 1]))
        path[length++] = '\\';
    wcscpy(path + length, right);
    *out = path;
    return S_OK;
}

HRESULT moniker_path_compose(const WCHAR *left, const WCHAR *right, WCHAR **out)
{
    size_t root = moniker_path_root(left), length = wcslen(left);

    *out = NULL;
    if (moniker_path_is_absolute(right))
        return MK_E_SYNTAX;
    for (;;)
    {
        size_t component = component_length(right), start;

        while (length > root && is_separator(left[length - 1]))
            length--;
        if (!is_up(right, component))
            break;
        start = last_component(left, root, length);
        if (start == length || is_up(left + start, length - start))
            break;
        length = start;
        right += component;
        while (is_separator(*right))
            right++;
    }
    if (is_up(right, component_length(right)) && (root || is_separator(*left)))
        return MK_E_SYNTAX;
    return path_join(left, length, 0, right, out);
}

HRESULT moniker_path_common(const WCHAR *one, const WCHAR *other, WCHAR **out)
{
    struct path_walk mine, its;
    BOOL more = walk_first(one, &mine), others = walk_first(other, &its);
    size_t length = 0;

    *out = NULL;
    while (more && others && components_equal(&mine, &its))
    {
        length = (size_t)(mine.text + mine.length - one);
        more = walk_next(&mine);
        others = walk_next(&its);
    }
    if (!length)
        return MK_E_NOPREFIX;
    *out = path_start(one, length);
    if (!*out)
        return E_OUTOFMEMORY;
    if (more && others)
        return S_OK;
    return more ? MK_S_HIM : others ? MK_S_ME : MK_S_US;
}

HRESULT moniker_path_relative(const WCHAR *from, const WCHAR *to, WCHAR **out)
{
    struct path_walk mine, its;
    BOOL more = walk_first(from, &mine), others = walk_first(to, &its), common = FALSE;
    ULONG ups = 0;

    while (more && others && components_equal(&mine, &its))
    {
        common = TRUE;
        more = walk_next(&mine);
        others = walk_next(&its);
    }
    if (!common)
    {
        *out = wstr_dup(to);
        return *out ? MK_S_HIM : E_OUTOFMEMORY;
    }
    while (more)
    {
        ups++;
        more = walk_next(&mine);
    }
    return path_join(L"", 0, ups, others ? its.text : L"", out);
}
