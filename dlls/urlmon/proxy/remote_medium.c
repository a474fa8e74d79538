/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wire format: a head, the contents, the marshalled pUnkForRelease. The bytes come from another
 * process: each length is compared with what there is.
 */
#include "remote_medium.h"

#include <shlwapi.h>
#include <stdlib.h>
#include <string.h>

#define CONTENTS_MAX 0x40000000u

enum kind
{
    KIND_MEMORY = TYMED_HGLOBAL,
    KIND_FILE = TYMED_FILE,
    KIND_STREAM = TYMED_ISTREAM,
    KIND_STORAGE = TYMED_ISTORAGE,
    KIND_FETCHED = 0x10000, /* memory that is fetched from a stream */
};

struct head
{
    DWORD kind, size, release_size, reserved;
};

/* Bytes of what a stream holds, malloc; an empty stream gives one byte. */
static BYTE *stream_bytes(IStream *stream, ULONG *size)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    ULARGE_INTEGER end = {.QuadPart = 0};
    BYTE *bytes = NULL;

    if (FAILED(IStream_Seek(stream, start, STREAM_SEEK_CUR, &end)) || end.QuadPart > CONTENTS_MAX
            || FAILED(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL))
            || !(bytes = malloc(end.LowPart + 1)))
        return NULL;
    if (FAILED(IStream_Read(stream, bytes, end.LowPart, size)) || *size != end.LowPart)
    {
        free(bytes);
        return NULL;
    }
    return bytes;
}

/* An interface pointer as an OBJREF, malloc. */
static HRESULT object_pack(IUnknown *object, REFIID iid, BYTE **bytes, ULONG *size)
{
    IStream *stream;
    HRESULT hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);

    if (FAILED(hr))
        return hr;
    hr = CoMarshalInterface(stream, iid, object, MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL);
    if (SUCCEEDED(hr) && !(*bytes = stream_bytes(stream, size)))
    {
        IStream_Seek(stream, (LARGE_INTEGER){.QuadPart = 0}, STREAM_SEEK_SET, NULL);
        CoReleaseMarshalData(stream);
        hr = E_OUTOFMEMORY;
    }
    IStream_Release(stream);
    return hr;
}

/* An OBJREF that nobody will unmarshal. */
static void object_forget(const BYTE *bytes, ULONG size)
{
    IStream *stream = size ? SHCreateMemStream(bytes, size) : NULL;

    if (!stream)
        return;
    CoReleaseMarshalData(stream);
    IStream_Release(stream);
}

static HRESULT object_unpack(const BYTE *bytes, ULONG size, REFIID iid, void *out)
{
    IStream *stream = size ? SHCreateMemStream(bytes, size) : NULL;
    HRESULT hr = E_INVALIDARG;

    if (size && !stream)
        return E_OUTOFMEMORY;
    if (stream)
    {
        hr = CoUnmarshalInterface(stream, iid, out);
        IStream_Release(stream);
    }
    return hr;
}

static HRESULT bytes_pack(const void *source, ULONG size, BYTE **bytes)
{
    if (!(*bytes = malloc((size_t)size + 1)))
        return E_OUTOFMEMORY;
    if (source && size)
        memcpy(*bytes, source, size);
    return S_OK;
}

static HRESULT memory_pack(HGLOBAL memory, ULONG room, struct head *head, BYTE **bytes)
{
    SIZE_T size = memory ? GlobalSize(memory) : 0;
    const void *source = size ? GlobalLock(memory) : NULL;
    IStream *stream;
    HRESULT hr = E_OUTOFMEMORY;

    if (size && (!source || size > CONTENTS_MAX))
        hr = E_INVALIDARG;
    else if (size <= room)
    {
        head->size = (DWORD)size;
        hr = bytes_pack(source, head->size, bytes);
    }
    else if ((stream = SHCreateMemStream(source, (UINT)size)))
    {
        head->kind = KIND_FETCHED;
        hr = object_pack((IUnknown *)stream, &IID_IStream, bytes, &head->size);
        IStream_Release(stream);
    }
    if (source)
        GlobalUnlock(memory);
    return hr;
}

static HRESULT contents_pack(const STGMEDIUM *medium, ULONG room, struct head *head, BYTE **bytes)
{
    head->kind = medium->tymed;
    switch (medium->tymed)
    {
    case TYMED_HGLOBAL:
        return memory_pack(medium->hGlobal, room, head, bytes);
    case TYMED_FILE:
        if (!medium->lpszFileName)
            return E_INVALIDARG;
        head->size = (DWORD)((wcslen(medium->lpszFileName) + 1) * sizeof(WCHAR));
        return bytes_pack(medium->lpszFileName, head->size, bytes);
    case TYMED_ISTREAM:
        return medium->pstm
                ? object_pack((IUnknown *)medium->pstm, &IID_IStream, bytes, &head->size)
                : E_INVALIDARG;
    case TYMED_ISTORAGE:
        return medium->pstg
                ? object_pack((IUnknown *)medium->pstg, &IID_IStorage, bytes, &head->size)
                : E_INVALIDARG;
    default:
        return DV_E_TYMED;
    }
}

HRESULT remote_medium_pack(const STGMEDIUM *medium, ULONG room, BYTE **packed, ULONG *size)
{
    struct head head = {0};
    BYTE *contents = NULL, *release = NULL;
    HRESULT hr;

    *packed = NULL;
    *size = 0;
    if (medium->tymed == TYMED_NULL)
        return S_OK;
    hr = contents_pack(medium, room, &head, &contents);
    /* The other side's memory is its own; a file or a stream may need what keeps it alive. */
    if (SUCCEEDED(hr) && medium->pUnkForRelease && medium->tymed != TYMED_HGLOBAL)
        hr = object_pack(medium->pUnkForRelease, &IID_IUnknown, &release, &head.release_size);
    if (SUCCEEDED(hr) && !(*packed = malloc(sizeof(head) + (size_t)head.size + head.release_size)))
        hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr))
    {
        *size = (ULONG)sizeof(head) + head.size + head.release_size;
        memcpy(*packed, &head, sizeof(head));
        memcpy(*packed + sizeof(head), contents, head.size);
        if (release)
            memcpy(*packed + sizeof(head) + head.size, release, head.release_size);
    }
    else
    {
        if (contents && head.kind != KIND_MEMORY && head.kind != KIND_FILE)
            object_forget(contents, head.size);
        if (release)
            object_forget(release, head.release_size);
    }
    free(contents);
    free(release);
    return hr;
}

static HRESULT memory_unpack(const BYTE *bytes, ULONG size, HGLOBAL *out)
{
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, size);
    void *target = memory && size ? GlobalLock(memory) : NULL;

    if (!memory || (size && !target))
    {
        GlobalFree(memory);
        return E_OUTOFMEMORY;
    }
    if (target)
    {
        memcpy(target, bytes, size);
        GlobalUnlock(memory);
    }
    *out = memory;
    return S_OK;
}

/* Reads a stream of the other side to its end. */
static HRESULT memory_fetch(IStream *stream, HGLOBAL *out)
{
    STATSTG stat = {0};
    HRESULT hr = IStream_Stat(stream, &stat, STATFLAG_NONAME);
    ULONG size, done = 0;
    BYTE *bytes;

    if (FAILED(hr))
        return hr;
    if (stat.cbSize.QuadPart > CONTENTS_MAX)
        return E_INVALIDARG;
    size = stat.cbSize.LowPart;
    if (!(bytes = malloc((size_t)size + 1)))
        return E_OUTOFMEMORY;
    while (SUCCEEDED(hr) && done < size)
    {
        ULONG got = 0;

        hr = IStream_Read(stream, bytes + done, min(size - done, 0x100000u), &got);
        if (FAILED(hr))
            break;
        if (!got || got > size - done)
            hr = E_INVALIDARG;
        else
            done += got;
    }
    if (SUCCEEDED(hr))
        hr = memory_unpack(bytes, size, out);
    free(bytes);
    return hr;
}

static HRESULT name_unpack(const BYTE *bytes, ULONG size, WCHAR **out)
{
    WCHAR last;

    if (size < sizeof(WCHAR) || size % sizeof(WCHAR))
        return E_INVALIDARG;
    memcpy(&last, bytes + size - sizeof(last), sizeof(last));
    if (last)
        return E_INVALIDARG;
    if (!(*out = CoTaskMemAlloc(size)))
        return E_OUTOFMEMORY;
    memcpy(*out, bytes, size);
    return S_OK;
}

static HRESULT contents_unpack(const struct head *head, const BYTE *bytes, STGMEDIUM *medium)
{
    IStream *stream = NULL;
    HRESULT hr;

    switch (head->kind)
    {
    case KIND_MEMORY:
        return memory_unpack(bytes, head->size, &medium->hGlobal);
    case KIND_FILE:
        return name_unpack(bytes, head->size, &medium->lpszFileName);
    case KIND_STREAM:
        return object_unpack(bytes, head->size, &IID_IStream, &medium->pstm);
    case KIND_STORAGE:
        return object_unpack(bytes, head->size, &IID_IStorage, &medium->pstg);
    case KIND_FETCHED:
        if (FAILED(hr = object_unpack(bytes, head->size, &IID_IStream, &stream)))
            return hr;
        hr = memory_fetch(stream, &medium->hGlobal);
        IStream_Release(stream);
        return hr;
    default:
        return E_INVALIDARG;
    }
}

HRESULT remote_medium_unpack(const BYTE *data, ULONG size, STGMEDIUM *medium)
{
    struct head head;
    HRESULT hr;

    ZeroMemory(medium, sizeof(*medium));
    if (!size)
        return S_OK;
    if (size < sizeof(head))
        return E_INVALIDARG;
    memcpy(&head, data, sizeof(head));
    data += sizeof(head);
    size -= sizeof(head);
    if (!head.kind)
        return S_OK;
    if (head.size > size || head.release_size > size - head.size)
        return E_INVALIDARG;
    hr = contents_unpack(&head, data, medium);
    if (FAILED(hr))
    {
        ZeroMemory(medium, sizeof(*medium));
        return hr;
    }
    medium->tymed = head.kind == KIND_FETCHED ? TYMED_HGLOBAL : head.kind;
    if (head.release_size && medium->tymed != TYMED_HGLOBAL)
        hr = object_unpack(data + head.size, head.release_size, &IID_IUnknown,
                &medium->pUnkForRelease);
    if (FAILED(hr))
    {
        medium->pUnkForRelease = NULL;
        remote_medium_release(medium);
    }
    return hr;
}

void remote_medium_release(STGMEDIUM *medium)
{
    if (medium->tymed == TYMED_FILE && !medium->pUnkForRelease)
        CoTaskMemFree(medium->lpszFileName);
    else
        ReleaseStgMedium(medium);
    ZeroMemory(medium, sizeof(*medium));
}
