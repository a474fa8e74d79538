/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The temporary file. It is opened under the owner's token; the handle then serves everything. */
#include "transfer_private.h"

/*
 * WriteFile does not enter wineserver and costs about a microsecond, but one large write makes the
 * kernel look for large runs of free memory: 1 GiB in pieces of 4 MiB took it 2.6 to 5.2 s, in
 * pieces of 16 KiB 0.4 to 0.7 s.
 */
#define OUTPUT_PIECE (16 * 1024)

static HRESULT output_fail(struct transfer_error *error, DWORD code)
{
    BOOL transient;

    switch (code)
    {
    case ERROR_BAD_NETPATH:
    case ERROR_NETWORK_BUSY:
    case ERROR_NETWORK_UNREACHABLE:
    case ERROR_NETNAME_DELETED:
    case ERROR_UNEXP_NET_ERR:
    case ERROR_DEV_NOT_EXIST:
    case ERROR_SEM_TIMEOUT:
    case ERROR_NOT_READY:
        transient = TRUE;
        break;
    default:
        transient = FALSE;
        break;
    }
    return transfer_fail(error, BG_ERROR_CONTEXT_LOCAL_FILE, HRESULT_FROM_WIN32(code), transient);
}

static HANDLE output_create(const WCHAR *name, BOOL keep)
{
    return CreateFileW(name, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
            keep ? OPEN_ALWAYS : CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
}

HRESULT output_open(struct output *output, const struct transfer_request *request, UINT64 *size,
        struct transfer_error *error)
{
    /* Without earlier bytes whatever is in the file is of no use: one call empties it. */
    BOOL keep = request->offset || request->in_place;
    LARGE_INTEGER existing;
    DWORD code;

    *size = 0;
    output->position = 0;
    output->file = INVALID_HANDLE_VALUE;
    if (request->token && !ImpersonateLoggedOnUser(request->token))
        return output_fail(error, GetLastError());
    output->file = output_create(request->temp_name, keep);
    code = GetLastError();
    /* An earlier run may have given it the source's attributes. */
    if (output->file == INVALID_HANDLE_VALUE && code == ERROR_ACCESS_DENIED
            && SetFileAttributesW(request->temp_name, FILE_ATTRIBUTE_NORMAL))
    {
        output->file = output_create(request->temp_name, keep);
        code = GetLastError();
    }
    if (request->token)
        RevertToSelf();
    if (output->file == INVALID_HANDLE_VALUE)
        return output_fail(error, code);
    if (!keep)
        return S_OK;
    if (!GetFileSizeEx(output->file, &existing))
    {
        code = GetLastError();
        output_close(output);
        return output_fail(error, code);
    }
    *size = existing.QuadPart;
    return S_OK;
}

static HRESULT output_seek(struct output *output, UINT64 position, struct transfer_error *error)
{
    LARGE_INTEGER target;

    if (output->position == position)
        return S_OK;
    target.QuadPart = position;
    if (!SetFilePointerEx(output->file, target, NULL, FILE_BEGIN))
        return output_fail(error, GetLastError());
    output->position = position;
    return S_OK;
}

HRESULT output_truncate(struct output *output, UINT64 size, struct transfer_error *error)
{
    HRESULT hr = output_seek(output, size, error);

    if (SUCCEEDED(hr) && !SetEndOfFile(output->file))
        hr = output_fail(error, GetLastError());
    return hr;
}

HRESULT output_write(struct output *output, UINT64 position, const void *data, DWORD size,
        struct transfer_error *error)
{
    const BYTE *bytes = data;
    DWORD written;
    HRESULT hr;

    if (FAILED(hr = output_seek(output, position, error)))
        return hr;
    while (size)
    {
        DWORD piece = OUTPUT_PIECE - (DWORD)(output->position % OUTPUT_PIECE);

        if (!WriteFile(output->file, bytes, piece < size ? piece : size, &written, NULL))
            return output_fail(error, GetLastError());
        if (!written)
            return output_fail(error, ERROR_DISK_FULL);
        output->position += written;
        bytes += written;
        size -= written;
    }
    return S_OK;
}

void output_close(struct output *output)
{
    if (output->file != INVALID_HANDLE_VALUE)
        CloseHandle(output->file);
    output->file = INVALID_HANDLE_VALUE;
}
