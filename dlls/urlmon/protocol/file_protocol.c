/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * file: — the file itself is what is read, and is the cache file too. Everything is there at once,
 * so Start reports all, on the caller's thread. Pages "IInternetProtocolRoot interface" and
 * "BINDSTATUS enumeration" (platform-apis/ms775133).
 */
#include "file_path.h"
#include "stream_protocol.h"
#include "trace.h"
#include "urlmon_module.h"
#include "wstr.h"

#include <stdlib.h>

#include <shlwapi.h>

/* Opens a regular file. An error of Windows, or ERROR_SUCCESS. */
static DWORD file_open(const WCHAR *path, struct stream_source *source)
{
    LARGE_INTEGER length;
    HANDLE file =
            CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_SEQUENTIAL_SCAN, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return GetLastError();
    source->file = file;
    if (GetFileType(file) != FILE_TYPE_DISK)
        return ERROR_FILE_NOT_FOUND;
    if (!GetFileSizeEx(file, &length))
        return GetLastError();
    source->size = (ULONGLONG)length.QuadPart;
    return ERROR_SUCCESS;
}

/* S_OK; INET_E_RESOURCE_NOT_FOUND: not a name of a file, or there is none that can be read;
 * E_OUTOFMEMORY. */
static HRESULT file_source_open(IUri *uri, struct stream_source *source)
{
    WCHAR *path = NULL;
    HRESULT hr = file_path_from_uri(uri, &path);

    source->error = SUCCEEDED(hr) ? file_open(path, source)
            : hr == E_OUTOFMEMORY ? ERROR_NOT_ENOUGH_MEMORY
                                  : ERROR_PATH_NOT_FOUND;
    if (source->error)
    {
        trace("file %ls: error %lu", path ? path : L"(none)", source->error);
        hr = source->error == ERROR_NOT_ENOUGH_MEMORY ? E_OUTOFMEMORY : INET_E_RESOURCE_NOT_FOUND;
    }
    else
        hr = wstr_to_caller(path, &source->cache_file);
    if (SUCCEEDED(hr) && FAILED(FindMimeFromData(NULL, path, NULL, 0, NULL, 0, &source->mime, 0)))
        source->mime = NULL;
    free(path);
    return hr;
}

static const struct stream_protocol_kind file_kind = {"file", URL_SCHEME_FILE,
        Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME, E_INVALIDARG, TRUE, file_source_open};

HRESULT file_protocol_create(IUnknown *outer, REFIID iid, void **out)
{
    return stream_protocol_create(&file_kind, outer, iid, out);
}
