/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http_upload.h"

#include <stdlib.h>
#include <string.h>

#include <ole2.h>

#include "url_encode.h"

static HRESULT upload_create(struct http_upload **out)
{
    struct http_upload *upload = calloc(1, sizeof(*upload));

    if (!upload)
        return E_OUTOFMEMORY;
    if (!(upload->piece = malloc(HTTP_UPLOAD_PIECE)))
    {
        free(upload);
        return E_OUTOFMEMORY;
    }
    *out = upload;
    return S_OK;
}

void http_upload_free(struct http_upload *upload)
{
    if (!upload)
        return;
    if (upload->stream)
        IStream_Release(upload->stream);
    if (upload->file)
        CloseHandle(upload->file);
    if (upload->memory)
        GlobalUnlock(upload->global);
    free(upload->piece);
    free(upload);
}

void http_upload_restart(struct http_upload *upload)
{
    upload->sent = 0;
    upload->piece_size = 0;
    upload->rewind = TRUE;
}

/* Memory */

static HRESULT open_memory(HGLOBAL memory, DWORD size, BYTE **data, DWORD *data_size,
        struct http_upload **out)
{
    const void *bytes;
    HRESULT hr = S_OK;

    if (!memory)
        return size ? E_INVALIDARG : S_OK;
    if (size > GlobalSize(memory) || !(bytes = GlobalLock(memory)))
        return E_INVALIDARG;
    if (size > HTTP_UPLOAD_AT_ONCE)
    {
        if (FAILED(hr = upload_create(out)))
        {
            GlobalUnlock(memory);
            return hr;
        }
        (*out)->memory = bytes;
        (*out)->global = memory;
        (*out)->size = size;
        return S_OK;
    }
    if ((*data = malloc(size ? size : 1)))
    {
        memcpy(*data, bytes, size);
        *data_size = size;
    }
    else
        hr = E_OUTOFMEMORY;
    GlobalUnlock(memory);
    return hr;
}

/* Files */

/* All of it at once, or in pieces; takes the handle. */
static HRESULT open_handle(HANDLE file, BYTE **data, DWORD *data_size, struct http_upload **out)
{
    OVERLAPPED start = {0};
    LARGE_INTEGER size;
    DWORD got = 0;
    HRESULT hr = S_OK;

    if (!GetFileSizeEx(file, &size))
        hr = HRESULT_FROM_WIN32(GetLastError());
    else if (size.QuadPart > HTTP_UPLOAD_AT_ONCE)
    {
        if (SUCCEEDED(hr = upload_create(out)))
        {
            (*out)->file = file;
            (*out)->size = (UINT64)size.QuadPart;
            return S_OK;
        }
    }
    else if (!(*data = malloc((size_t)size.QuadPart + 1)))
        hr = E_OUTOFMEMORY;
    else if (size.QuadPart && !ReadFile(file, *data, (DWORD)size.QuadPart, &got, &start))
        hr = HRESULT_FROM_WIN32(GetLastError());
    *data_size = got;
    CloseHandle(file);
    return hr;
}

/* A file's name is the client's own: what it names is sent. */
static HRESULT open_file(const WCHAR *name, BYTE **data, DWORD *size, struct http_upload **out)
{
    HANDLE file;

    if (!name)
        return E_INVALIDARG;
    file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
            FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return HRESULT_FROM_WIN32(GetLastError());
    return open_handle(file, data, size, out);
}

/* Streams */

static HRESULT temporary_name(WCHAR path[MAX_PATH])
{
    WCHAR folder[MAX_PATH];

    if (!GetTempPathW(MAX_PATH, folder) || !GetTempFileNameW(folder, L"url", 0, path))
        return HRESULT_FROM_WIN32(GetLastError());
    return S_OK;
}

/* The file goes with its handle, and when it cannot be opened. */
static HRESULT temporary_open(const WCHAR *path, HANDLE *file)
{
    HRESULT hr;

    *file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
            FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    if (*file != INVALID_HANDLE_VALUE)
        return S_OK;
    hr = HRESULT_FROM_WIN32(GetLastError());
    DeleteFileW(path);
    return hr;
}

static HRESULT temporary_file(HANDLE *file)
{
    WCHAR path[MAX_PATH];
    HRESULT hr = temporary_name(path);

    return SUCCEEDED(hr) ? temporary_open(path, file) : hr;
}

static HRESULT stream_to_file(IStream *stream, BYTE *room, HANDLE file)
{
    DWORD done;
    HRESULT hr;
    ULONG got;

    for (;;)
    {
        got = 0;
        if (FAILED(hr = IStream_Read(stream, room, HTTP_UPLOAD_PIECE, &got)))
            return hr;
        if (!got)
            return S_OK;
        if (got > HTTP_UPLOAD_PIECE)
            return E_UNEXPECTED;
        if (!WriteFile(file, room, got, &done, NULL) || done != got)
            return HRESULT_FROM_WIN32(ERROR_DISK_FULL);
    }
}

/* A stream that does not say how long it is goes into a file first: the head says the length. So
 * does one that is to be sent by another thread. */
static HRESULT open_endless(IStream *stream, BYTE **data, DWORD *size, struct http_upload **out)
{
    BYTE *room = malloc(HTTP_UPLOAD_PIECE);
    HANDLE file;
    HRESULT hr;

    if (!room)
        return E_OUTOFMEMORY;
    hr = temporary_file(&file);
    if (SUCCEEDED(hr))
    {
        hr = stream_to_file(stream, room, file);
        if (SUCCEEDED(hr))
            hr = open_handle(file, data, size, out);
        else
            CloseHandle(file);
    }
    free(room);
    return hr;
}

/* What is left of a stream, and where it is. FALSE: it does not say. */
static BOOL stream_size(IStream *stream, LARGE_INTEGER *begin, UINT64 *size)
{
    static const LARGE_INTEGER nowhere;
    ULARGE_INTEGER position;
    STATSTG stat = {0};

    if (FAILED(IStream_Seek(stream, nowhere, STREAM_SEEK_CUR, &position))
            || FAILED(IStream_Stat(stream, &stat, STATFLAG_NONAME))
            || stat.cbSize.QuadPart < position.QuadPart)
        return FALSE;
    begin->QuadPart = (LONGLONG)position.QuadPart;
    *size = stat.cbSize.QuadPart - position.QuadPart;
    return TRUE;
}

static HRESULT read_small(IStream *stream, DWORD size, BYTE **data, DWORD *data_size)
{
    HRESULT hr = S_OK;
    ULONG got = 1;

    if (!(*data = malloc(size ? size : 1)))
        return E_OUTOFMEMORY;
    while (*data_size < size && got)
    {
        got = 0;
        hr = IStream_Read(stream, *data + *data_size, size - *data_size, &got);
        if (FAILED(hr) || got > size - *data_size)
            return FAILED(hr) ? hr : E_UNEXPECTED;
        *data_size += got;
    }
    return S_OK;
}

static HRESULT open_stream(IStream *stream, DWORD wanted, BOOL any_thread, BYTE **data,
        DWORD *data_size, struct http_upload **out)
{
    LARGE_INTEGER begin;
    UINT64 size;
    HRESULT hr;

    if (!stream)
        return E_INVALIDARG;
    if (!stream_size(stream, &begin, &size))
        return open_endless(stream, data, data_size, out);
    if (wanted && size > wanted)
        size = wanted;
    if (size <= HTTP_UPLOAD_AT_ONCE)
        return read_small(stream, (DWORD)size, data, data_size);
    if (any_thread)
        return open_endless(stream, data, data_size, out);
    if (FAILED(hr = upload_create(out)))
        return hr;
    IStream_AddRef(stream);
    (*out)->stream = stream;
    (*out)->begin = begin;
    (*out)->size = size;
    return S_OK;
}

/* Storages: what is sent is the compound file which such a storage makes. */

static HRESULT storage_copy(IStorage *storage, const WCHAR *path)
{
    IStorage *copy;
    HRESULT hr =
            StgCreateDocfile(path, STGM_CREATE | STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, &copy);

    if (FAILED(hr))
        return hr;
    hr = IStorage_CopyTo(storage, 0, NULL, NULL, copy);
    if (SUCCEEDED(hr))
        hr = IStorage_Commit(copy, STGC_DEFAULT);
    IStorage_Release(copy);
    return hr;
}

static HRESULT open_storage(IStorage *storage, BYTE **data, DWORD *size, struct http_upload **out)
{
    WCHAR path[MAX_PATH];
    HANDLE file;
    HRESULT hr;

    if (!storage)
        return E_INVALIDARG;
    if (FAILED(hr = temporary_name(path)))
        return hr;
    if (FAILED(hr = storage_copy(storage, path)))
        DeleteFileW(path);
    else
        hr = temporary_open(path, &file);
    return SUCCEEDED(hr) ? open_handle(file, data, size, out) : hr;
}

HRESULT http_upload_open(const STGMEDIUM *medium, DWORD medium_size, BOOL any_thread, BYTE **data,
        DWORD *size, struct http_upload **upload)
{
    switch (medium->tymed)
    {
    case TYMED_NULL:
        return S_OK;
    case TYMED_HGLOBAL:
        return open_memory(medium->hGlobal, medium_size, data, size, upload);
    case TYMED_ISTREAM:
        return open_stream(medium->pstm, medium_size, any_thread, data, size, upload);
    case TYMED_ISTORAGE:
        return open_storage(medium->pstg, data, size, upload);
    case TYMED_FILE:
        return open_file(medium->lpszFileName, data, size, upload);
    default:
        return DV_E_TYMED;
    }
}

/* Reading */

static HRESULT read_stream(struct http_upload *upload, DWORD size)
{
    HRESULT hr;
    ULONG got;

    if (upload->rewind
            && FAILED(hr = IStream_Seek(upload->stream, upload->begin, STREAM_SEEK_SET, NULL)))
        return hr;
    upload->rewind = FALSE;
    while (upload->piece_size < size)
    {
        got = 0;
        hr = IStream_Read(upload->stream, upload->piece + upload->piece_size,
                size - upload->piece_size, &got);
        if (FAILED(hr))
            return hr;
        if (!got || got > size - upload->piece_size)
            return HRESULT_FROM_WIN32(ERROR_HANDLE_EOF); /* it had said that there is more */
        upload->piece_size += got;
    }
    return S_OK;
}

static HRESULT read_file(struct http_upload *upload, DWORD size)
{
    OVERLAPPED place = {0};
    DWORD got = 0;

    place.Offset = (DWORD)upload->sent;
    place.OffsetHigh = (DWORD)(upload->sent >> 32);
    if (!ReadFile(upload->file, upload->piece, size, &got, &place))
        return HRESULT_FROM_WIN32(GetLastError());
    upload->piece_size = got;
    return got == size ? S_OK : HRESULT_FROM_WIN32(ERROR_HANDLE_EOF);
}

HRESULT http_upload_read(struct http_upload *upload)
{
    UINT64 left = upload->size - upload->sent;
    DWORD size = left < HTTP_UPLOAD_PIECE ? (DWORD)left : HTTP_UPLOAD_PIECE;

    upload->piece_size = 0;
    if (!left)
        return S_FALSE;
    if (upload->stream)
        return read_stream(upload, size);
    if (upload->file)
        return read_file(upload, size);
    memcpy(upload->piece, upload->memory + upload->sent, size);
    upload->piece_size = size;
    return S_OK;
}

/* URL encoding */

static HRESULT encode_memory(BYTE **data, DWORD *size)
{
    char *encoded = malloc(3 * (size_t)*size + 1);

    if (!encoded)
        return E_OUTOFMEMORY;
    *size = (DWORD)url_encode(*data, *size, encoded);
    free(*data);
    *data = (BYTE *)encoded;
    return S_OK;
}

static HRESULT encode_to_file(struct http_upload *upload, char *room, HANDLE file)
{
    HRESULT hr;

    while ((hr = http_upload_read(upload)) == S_OK)
    {
        DWORD length = (DWORD)url_encode(upload->piece, upload->piece_size, room), done;

        if (!WriteFile(file, room, length, &done, NULL) || done != length)
            return HRESULT_FROM_WIN32(ERROR_DISK_FULL);
        upload->sent += upload->piece_size;
    }
    return FAILED(hr) ? hr : S_OK;
}

HRESULT http_upload_url_encode(BYTE **data, DWORD *size, struct http_upload **upload)
{
    struct http_upload *plain = *upload;
    HANDLE file;
    HRESULT hr;
    char *room;

    if (!plain)
        return *data ? encode_memory(data, size) : S_OK;
    if (!(room = malloc(3 * (size_t)HTTP_UPLOAD_PIECE)))
        return E_OUTOFMEMORY;
    hr = temporary_file(&file);
    if (SUCCEEDED(hr))
    {
        hr = encode_to_file(plain, room, file);
        if (SUCCEEDED(hr))
        {
            *upload = NULL;
            hr = open_handle(file, data, size, upload);
            http_upload_free(plain);
        }
        else
            CloseHandle(file);
    }
    free(room);
    return hr;
}
