/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sources that are files: file:// URLs and UNC paths. A version is told by size and time of the
 * last write. Microsoft's page on AddFileWithRanges: ranges are for HTTP and HTTPS.
 */
#include "transfer_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "wstr.h"

static HRESULT source_fail(struct transfer_error *error, DWORD code)
{
    BOOL transient;

    switch (code)
    {
    case ERROR_BAD_NETPATH:
    case ERROR_NETWORK_BUSY:
    case ERROR_NETWORK_UNREACHABLE:
    case ERROR_HOST_UNREACHABLE:
    case ERROR_NETNAME_DELETED:
    case ERROR_UNEXP_NET_ERR:
    case ERROR_REM_NOT_LIST:
    case ERROR_SEM_TIMEOUT:
    case ERROR_NOT_READY:
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
        transient = TRUE;
        break;
    default:
        transient = FALSE;
        break;
    }
    return transfer_fail(error, BG_ERROR_CONTEXT_REMOTE_FILE, HRESULT_FROM_WIN32(code), transient);
}

static HRESULT source_open(const struct transfer_request *request, const struct url *url,
        HANDLE *file, struct transfer_error *error)
{
    DWORD code;

    if (request->token && !ImpersonateLoggedOnUser(request->token))
        return source_fail(error, GetLastError());
    /* What is named may turn out to be a pipe, whose server could act as us. */
    *file = CreateFileW(url->path, GENERIC_READ,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
            FILE_FLAG_SEQUENTIAL_SCAN | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
    code = GetLastError();
    if (request->token)
        RevertToSelf();
    if (*file == INVALID_HANDLE_VALUE)
        return source_fail(error, code);
    if (GetFileType(*file) != FILE_TYPE_DISK)
    {
        CloseHandle(*file);
        return source_fail(error, ERROR_ACCESS_DENIED);
    }
    return S_OK;
}

/* Fills in a version; `stamp` is the text of its time. */
static HRESULT source_version(HANDLE file, struct transfer_validator *version, WCHAR stamp[17],
        struct transfer_error *error)
{
    BY_HANDLE_FILE_INFORMATION info;

    if (!GetFileInformationByHandle(file, &info))
        return source_fail(error, GetLastError());
    if (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
        return source_fail(error, ERROR_FILE_NOT_FOUND);
    _snwprintf(stamp, 17, L"%08lx%08lx", (unsigned long)info.ftLastWriteTime.dwHighDateTime,
            (unsigned long)info.ftLastWriteTime.dwLowDateTime);
    version->etag = NULL;
    version->last_modified = stamp;
    version->size = (UINT64)info.nFileSizeHigh << 32 | info.nFileSizeLow;
    return S_OK;
}

static HRESULT report(const struct transfer_request *request, UINT64 done)
{
    return request->progress ? request->progress(request->context, done) : S_OK;
}

static HRESULT copy_rest(struct transfer *transfer, const struct transfer_request *request,
        HANDLE source, struct output *output, UINT64 done, UINT64 total,
        struct transfer_error *error)
{
    UINT64 reported = GetTickCount64(), now;
    LARGE_INTEGER start;
    DWORD got;
    HRESULT hr;

    start.QuadPart = done;
    if (done && !SetFilePointerEx(source, start, NULL, FILE_BEGIN))
        return source_fail(error, GetLastError());
    while (done < total)
    {
        DWORD wanted = total - done < LOCAL_BUFFER_SIZE ? (DWORD)(total - done) : LOCAL_BUFFER_SIZE;

        if (load_acquire(&transfer->signal->aborted))
            return E_ABORT;
        if (!ReadFile(source, transfer->buffer, wanted, &got, NULL))
            return source_fail(error, GetLastError());
        if (!got)
            return S_FALSE; /* it has shrunk */
        if (FAILED(hr = output_write(output, done, transfer->buffer, got, error)))
            return hr;
        done += got;
        now = GetTickCount64();
        if (now - reported >= TRANSFER_PROGRESS_INTERVAL && done < total)
        {
            reported = now;
            if ((hr = report(request, done)) != S_OK)
                return hr;
        }
    }
    return S_OK;
}

/* Copies the version there is now. S_FALSE: it changed meanwhile. */
static HRESULT copy_version(struct transfer *transfer, const struct transfer_request *request,
        const struct url *url, HANDLE source, struct output *output, UINT64 done, BOOL restarted,
        struct transfer_error *error)
{
    struct transfer_validator version, after;
    WCHAR stamp[17], stamp_after[17];
    HRESULT hr;

    if (FAILED(hr = source_version(source, &version, stamp, error)))
        return hr;
    if (done && (!validator_matches(&version, &request->validator) || done > version.size))
    {
        done = 0;
        restarted = TRUE;
    }
    if (FAILED(hr = output_truncate(output, done, error)))
        return hr;
    if (version.size > request->max_size)
        return transfer_fail(error, BG_ERROR_CONTEXT_REMOTE_FILE, BG_E_TOO_LARGE, FALSE);
    if (request->started
            && (hr = request->started(request->context, &version, version.size, restarted, NULL))
                    != S_OK)
        return hr;
    hr = copy_rest(transfer, request, source, output, done, version.size, error);
    if (hr != S_OK)
        return hr;
    if (FAILED(hr = source_version(source, &after, stamp_after, error)))
        return hr;
    if (!validator_matches(&version, &after))
        return S_FALSE;
    if (FAILED(hr = local_copy_properties(request, url, source, output->file, error)))
        return hr;
    return report(request, version.size);
}

HRESULT local_transfer(struct transfer *transfer, const struct transfer_request *request,
        const struct url *url, struct transfer_error *error)
{
    struct output output;
    UINT64 size, done;
    unsigned int tries;
    HANDLE source = INVALID_HANDLE_VALUE;
    HRESULT hr;

    if (request->ranges)
        return transfer_fail(error, BG_ERROR_CONTEXT_REMOTE_FILE, E_INVALIDARG, FALSE);
    if (!transfer->buffer && !(transfer->buffer = malloc(LOCAL_BUFFER_SIZE)))
        return transfer_fail(error, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, E_OUTOFMEMORY, TRUE);
    if (FAILED(hr = source_open(request, url, &source, error)))
        return hr;
    if (SUCCEEDED(hr = output_open(&output, request, &size, error)))
    {
        done = size < request->offset ? 0 : request->offset;
        hr = S_FALSE;
        for (tries = 0; hr == S_FALSE && tries <= TRANSFER_MAX_RESTARTS; tries++)
        {
            hr = copy_version(transfer, request, url, source, &output, done,
                    tries || done != request->offset, error);
            done = 0;
        }
        if (hr == S_FALSE)
            hr = transfer_fail(error, BG_ERROR_CONTEXT_REMOTE_FILE,
                    HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION), TRUE);
        output_close(&output);
    }
    CloseHandle(source);
    return hr;
}
