/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file of a binding that needs one (BINDF_NEEDFILE): an entry of WinINet's cache, which stays,
 * or, when nothing may be written there (BINDF_NOWRITECACHE), a temporary file, which is deleted
 * with this object.
 */
#ifndef CONCIERGE_INET_FILE_H
#define CONCIERGE_INET_FILE_H

#include <windows.h>

struct inet_file;

/* A file for what a URL gives; `size` is expected, 0 when it is not known. */
HRESULT inet_file_create(const WCHAR *url, BOOL cached, UINT64 size, struct inet_file **out);

const WCHAR *inet_file_path(const struct inet_file *file);

/* How much is in it. */
UINT64 inet_file_size(struct inet_file *file);

/* Appends. One thread at a time. */
HRESULT inet_file_write(struct inet_file *file, const void *data, DWORD size);

/* Reads at a place up to what was written. */
HRESULT inet_file_read(struct inet_file *file, UINT64 offset, void *data, DWORD size, DWORD *got);

/* It is whole: makes it an entry of the cache, if it is meant to be one. `headers` of the answer.
 */
HRESULT inet_file_commit(struct inet_file *file, const WCHAR *headers, const FILETIME *modified,
        const FILETIME *expires);

void inet_file_close(struct inet_file *file);

#endif
