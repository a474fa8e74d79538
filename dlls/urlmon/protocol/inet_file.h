/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file of a binding that needs one (BINDF_NEEDFILE): an entry of WinINet's cache, which stays,
 * or, when nothing may be written there (BINDF_NOWRITECACHE), a temporary file, which is deleted
 * with this object. Or the file of an entry that is there already, which is only read.
 */
#ifndef CONCIERGE_INET_FILE_H
#define CONCIERGE_INET_FILE_H

#include <windows.h>

struct inet_file;

/* A file for what a URL gives; `size` is expected, 0 when it is not known. `extension`, without its
 * dot, is what its name ends with; "": what the URL says. */
HRESULT inet_file_create(const WCHAR *url, BOOL cached, const WCHAR *extension, UINT64 size,
        struct inet_file **out);

/* The file of an entry of the cache, of that size; nobody can write to it from now on. `locked`:
 * the entry is, and is unlocked with the file. S_OK, INET_E_OBJECT_NOT_FOUND (also: it has another
 * size), E_OUTOFMEMORY. */
HRESULT inet_file_open(const WCHAR *url, const WCHAR *path, UINT64 size, BOOL locked,
        struct inet_file **out);

/* The path is good as long as the file. */
const WCHAR *inet_file_path(struct inet_file *file);

/* Gives the file a new name with another extension, which has no dot. Once, and before it is whole.
 * S_OK, E_ACCESSDENIED, or the system's error. */
HRESULT inet_file_rename(struct inet_file *file, const WCHAR *extension);

/* Whether a text is good for an extension: a few letters and digits. */
BOOL inet_file_extension_is_valid(const WCHAR *extension);

/* How much is in it. */
UINT64 inet_file_size(struct inet_file *file);

/* Appends. One thread at a time. */
HRESULT inet_file_write(struct inet_file *file, const void *data, DWORD size);

/* Reads at a place up to what was written. */
HRESULT inet_file_read(struct inet_file *file, UINT64 offset, void *data, DWORD size, DWORD *got);

/* It is whole: makes it an entry of the cache, if it is meant to be one. `headers` of the answer.
 * `lock`: the entry stays at least as long as the file. */
HRESULT inet_file_commit(struct inet_file *file, const WCHAR *headers, const FILETIME *modified,
        const FILETIME *expires, BOOL lock);

void inet_file_close(struct inet_file *file);

#endif
