/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paths of file monikers: a root, which is a drive, "\\server\share" or nothing, and components.
 * The root of an extended path has its prefix: "\\?\c:", "\\?\UNC\server\share". Letters are
 * compared without case.
 */
#ifndef CONCIERGE_MONIKER_PATH_H
#define CONCIERGE_MONIKER_PATH_H

#include <windows.h>

/* Starts at a root. */
BOOL moniker_path_is_absolute(const WCHAR *path);

/* How many characters the prefix of an extended path, "\\?\", has: 4 or 0. */
size_t moniker_path_prefix(const WCHAR *path);

/* How many characters the root has. */
size_t moniker_path_root(const WCHAR *path);

/* How many "..\" are at its beginning. */
ULONG moniker_path_ups(const WCHAR *path);

/* The left path, which names a file, continued by the right one: each ".." takes one component
 * away. By malloc. MK_E_SYNTAX: the right one is absolute, or goes beyond the root. */
HRESULT moniker_path_compose(const WCHAR *left, const WCHAR *right, WCHAR **out);

/* The components at the beginning that are common to both, by malloc. S_OK; MK_S_US, MK_S_ME or
 * MK_S_HIM: both, the first or the second as a whole; MK_E_NOPREFIX. */
HRESULT moniker_path_common(const WCHAR *one, const WCHAR *other, WCHAR **out);

/* What composed with the first makes the second, by malloc. MK_S_HIM: the second itself. */
HRESULT moniker_path_relative(const WCHAR *from, const WCHAR *to, WCHAR **out);

#endif
