/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is what a client names a file that can be transferred? BG_FILE_INFO, BG_FILE_RANGE. */
#ifndef CONCIERGE_QMGR_VALIDATE_H
#define CONCIERGE_QMGR_VALIDATE_H

#include <windows.h>
#include "bits2_0.h"

/* S_OK for an absolute http, https, file or UNC name of at most 2,200 characters, no part of it
 * between slashes longer than MAX_PATH; E_INVALIDARG otherwise. */
HRESULT validate_remote_name(const WCHAR *name);
BOOL remote_name_is_http(const WCHAR *name);

/* E_INVALIDARG unless `name` is the full path of a file, on a drive or a share, without wildcards,
 * streams, device names or what Windows would silently change. `*full` (malloc) is the path with
 * "." and ".." resolved. Looks at the text only. */
HRESULT validate_local_name(const WCHAR *name, WCHAR **full);

/* Remembers the folder that was found writable last, for sets of files in one folder. */
struct folder_probe
{
    WCHAR folder[MAX_PATH + 1];
};

/* Can the file be written there? E_ACCESSDENIED, ERROR_PATH_NOT_FOUND for a missing folder,
 * E_INVALIDARG for a directory. Leaves nothing behind and touches no existing file. On the calling
 * thread, which impersonates the job's owner if need be. */
HRESULT probe_local_name(struct folder_probe *probe, const WCHAR *full);

/* E_INVALIDARG for none, BG_E_INVALID_RANGE, BG_E_OVERLAPPING_RANGES. */
HRESULT validate_ranges(const BG_FILE_RANGE *ranges, DWORD count);

#endif
