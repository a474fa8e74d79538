/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Streams and byte arrays in memory: reading, writing, positions, sizes, clones, copying within and
 * between streams, whose memory it is, and CLSIDs in streams.
 */
#include <stdlib.h>
#include <string.h>

#include <windows.h>
#include <ole2.h>

#include "tap.h"

static HRESULT seek(IStream *stream, LONGLONG move, DWORD origin, ULONGLONG *position)
{
    ULARGE_INTEGER where = {.QuadPart = ~0ull};
    LARGE_INTEGER distance;
    HRESULT hr;

    distance.QuadPart = move;
    hr = IStream_Seek(stream, distance, origin, &where);
    if (position)
        *position = where.QuadPart;
    return hr;
}

static ULONGLONG position_of(IStream *stream)
{
    ULONGLONG position;

    seek(stream, 0, STREAM_SEEK_CUR, &position);
    return position;
}

static ULONGLONG size_of(IStream *stream)
{
    STATSTG stat;

    IStream_Stat(stream, &stat, STATFLAG_NONAME);
    return stat.cbSize.QuadPart;
}

static HRESULT set_size(IStream *stream, ULONGLONG size)
{
    ULARGE_INTEGER new_size;

    new_size.QuadPart = size;
    return IStream_SetSize(stream, new_size);
}

/* Whether the whole stream is this; the position stays. */
static void is_contents(IStream *stream, const void *expected, ULONG size, const char *what)
{
    char *buffer = malloc(size + 2);
    ULONG read = 0;
    IStream *clone;

    IStream_Clone(stream, &clone);
    seek(clone, 0, STREAM_SEEK_SET, NULL);
    IStream_Read(clone, buffer, size + 1, &read);
    is_uint(read, size, "%s: the size", what);
    is_mem(buffer, expected, min(read, size), "%s: the contents", what);
    IStream_Release(clone);
    free(buffer);
}

static void test_read_write(void)
{
    IStream *stream = (IStream *)1;
    IUnknown *unknown;
    char buffer[100];
    HGLOBAL global;
    STATSTG stat;
    ULONG count;

    is_hr(CreateStreamOnHGlobal(NULL, TRUE, NULL), E_INVALIDARG, "a stream to NULL");
    is_hr(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK, "CreateStreamOnHGlobal");
    is_hr(IStream_QueryInterface(stream, &IID_ISequentialStream, (void **)&unknown), S_OK,
            "it is an ISequentialStream");
    IUnknown_Release(unknown);
    is_hr(IStream_QueryInterface(stream, &IID_IStorage, (void **)&unknown), E_NOINTERFACE,
            "it is no IStorage");
    is_ptr(unknown, NULL, "... which gives NULL");

    is_uint(size_of(stream), 0, "it is empty");
    count = 99;
    is_hr(IStream_Read(stream, buffer, 10, &count), S_OK, "reading at the end");
    is_uint(count, 0, "... gives nothing");
    is_hr(IStream_Write(stream, "hello world", 11, &count), S_OK, "writing");
    is_uint(count, 11, "... takes all");
    is_hr(IStream_Write(stream, "!", 1, NULL), S_OK, "writing, not asking how much");
    is_hr(IStream_Write(stream, "x", 0, &count), S_OK, "writing nothing");
    is_uint(count, 0, "... writes nothing");
    is_contents(stream, "hello world!", 12, "what was written");
    is_hr(seek(stream, 6, STREAM_SEEK_SET, NULL), S_OK, "Seek");
    is_hr(IStream_Read(stream, buffer, sizeof(buffer), &count), S_OK, "reading past the end");
    is_uint(count, 6, "... gives what there is");
    is_mem(buffer, "world!", 6, "... from the position on");
    is_uint(position_of(stream), 12, "the position is behind it");
    seek(stream, 0, STREAM_SEEK_SET, NULL);
    is_hr(IStream_Write(stream, "HELLO", 5, &count), S_OK, "writing over");
    is_contents(stream, "HELLO world!", 12, "... keeps the rest");

    memset(&stat, 0xcc, sizeof(stat));
    is_hr(IStream_Stat(stream, &stat, STATFLAG_DEFAULT), S_OK, "Stat");
    is_ptr(stat.pwcsName, NULL, "there is no name");
    is_uint(stat.type, STGTY_STREAM, "type");
    is_uint(stat.cbSize.QuadPart, 12, "size");
    is_uint(stat.grfLocksSupported, 0, "locks");
    is_guid(&stat.clsid, &GUID_NULL, "CLSID");
    is_hr(IStream_Commit(stream, STGC_DEFAULT), S_OK, "Commit");
    is_hr(IStream_Revert(stream), S_OK, "Revert");
    is_contents(stream, "HELLO world!", 12, "... changes nothing");
    is_hr(IStream_LockRegion(stream, stat.cbSize, stat.cbSize, LOCK_WRITE), STG_E_INVALIDFUNCTION,
            "LockRegion: combaseapi/nf-combaseapi-createstreamonhglobal, no region locking");
    todo_builtin("combaseapi/nf-combaseapi-createstreamonhglobal: no region locking")
        is_hr(IStream_UnlockRegion(stream, stat.cbSize, stat.cbSize, LOCK_WRITE),
                STG_E_INVALIDFUNCTION, "UnlockRegion");

    is_hr(GetHGlobalFromStream(stream, &global), S_OK, "GetHGlobalFromStream");
    is_uint(GlobalSize(global), 12, "its memory is as large as the stream");
    is_mem(GlobalLock(global), "HELLO world!", 12, "... and has the contents");
    GlobalUnlock(global);
    IStream_Release(stream);
    is_hr(GetHGlobalFromStream(NULL, &global), E_INVALIDARG, "GetHGlobalFromStream of NULL");
}

static void test_bad_pointers(void)
{
    IStream *stream;
    ILockBytes *bytes;
    ULARGE_INTEGER zero = {.QuadPart = 0};
    ULONG count;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(GetHGlobalFromStream(stream, NULL), E_INVALIDARG, "GetHGlobalFromStream to NULL");
    if (!builtin_lacks("checks for NULL")) /* there it crashes */
    {
        IStream_Write(stream, "abc", 3, NULL);
        seek(stream, 0, STREAM_SEEK_SET, NULL);
        is_hr(IStream_Read(stream, NULL, 3, &count), STG_E_INVALIDPOINTER, "Read to NULL");
        is_hr(IStream_Write(stream, NULL, 3, &count), STG_E_INVALIDPOINTER, "Write of NULL");
        is_hr(IStream_CopyTo(stream, NULL, zero, NULL, NULL), STG_E_INVALIDPOINTER,
                "CopyTo to NULL");
        is_hr(IStream_Clone(stream, NULL), STG_E_INVALIDPOINTER, "Clone to NULL");
        is_hr(IStream_Stat(stream, NULL, 0), STG_E_INVALIDPOINTER, "Stat to NULL");
        is_uint(position_of(stream), 0, "the position has not moved");
        is_hr(CreateILockBytesOnHGlobal(NULL, TRUE, NULL), E_INVALIDARG, "bytes to NULL");
        CreateILockBytesOnHGlobal(NULL, TRUE, &bytes);
        is_hr(ILockBytes_WriteAt(bytes, zero, NULL, 3, &count), STG_E_INVALIDPOINTER,
                "WriteAt of NULL");
        is_hr(ILockBytes_Stat(bytes, NULL, 0), STG_E_INVALIDPOINTER, "ILockBytes::Stat to NULL");
        is_hr(GetHGlobalFromILockBytes(bytes, NULL), E_INVALIDARG, "its memory to NULL");
        ILockBytes_Release(bytes);
    }
    IStream_Release(stream);
}

static void test_positions(void)
{
    static const char zeros[100];
    char buffer[200];
    ULONGLONG position;
    IStream *stream;
    ULONG count;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    IStream_Write(stream, "hello", 5, NULL);
    is_hr(seek(stream, -2, STREAM_SEEK_END, &position), S_OK, "from the end");
    is_uint(position, 3, "... backwards");
    is_hr(seek(stream, 1, STREAM_SEEK_CUR, &position), S_OK, "from the position");
    is_uint(position, 4, "... forwards");
    ok(FAILED(seek(stream, -5, STREAM_SEEK_CUR, &position)), "before the beginning");
    is_uint(position, 4, "... the position stays, and is told");
    ok(FAILED(seek(stream, -6, STREAM_SEEK_END, &position)), "before the beginning, from the end");
    ok(FAILED(seek(stream, -1, STREAM_SEEK_SET, &position)), "before the beginning, from there");
    ok(FAILED(seek(stream, 0, 3, &position)), "from nowhere");
    is_uint(position_of(stream), 4, "the position is as it was");
    is_hr(IStream_Seek(stream, (LARGE_INTEGER){.QuadPart = 0}, STREAM_SEEK_SET, NULL), S_OK,
            "Seek without asking where");

    is_hr(seek(stream, 105, STREAM_SEEK_SET, &position), S_OK, "past the end");
    count = 9;
    is_hr(IStream_Read(stream, buffer, 5, &count), S_OK, "reading there");
    todo_builtin("objidl/nf-objidl-isequentialstream-read: there is nothing past the end")
        is_uint(count, 0, "... gives nothing");
    seek(stream, 105, STREAM_SEEK_SET, NULL);
    is_uint(size_of(stream), 5, "... and does not make it longer");
    is_hr(IStream_Write(stream, "end", 3, NULL), S_OK, "writing there");
    memcpy(buffer, "hello", 5);
    memcpy(buffer + 5, zeros, 100);
    memcpy(buffer + 105, "end", 3);
    todo_builtin("combaseapi/nf-combaseapi-createstreamonhglobal: since Windows 7 memory is zeroed")
        is_contents(stream, buffer, 108, "... does, with zeros between");

    is_hr(set_size(stream, 3), S_OK, "SetSize, smaller");
    is_uint(position_of(stream), 108, "... does not move the position");
    is_contents(stream, "hel", 3, "... cuts off");
    is_hr(set_size(stream, 50), S_OK, "SetSize, larger");
    memset(buffer, 0, sizeof(buffer));
    memcpy(buffer, "hel", 3);
    todo_builtin("combaseapi/nf-combaseapi-createstreamonhglobal: since Windows 7 memory is zeroed")
        is_contents(stream, buffer, 50, "... adds zeros, not what was there");
    is_hr(set_size(stream, 0), S_OK, "SetSize, 0");
    is_contents(stream, "", 0, "... empties it");
    seek(stream, 0, STREAM_SEEK_SET, NULL);
    is_hr(IStream_Write(stream, "again", 5, NULL), S_OK, "writing again");
    is_contents(stream, "again", 5, "after that");
    IStream_Release(stream);
}

static void test_large(void)
{
    const ULONG size = 3 << 20, step = 1000;
    char *data = malloc(size), *memory;
    ULONG count, wrong = 0;
    ULONGLONG position;
    IStream *stream;
    HGLOBAL global;

    for (ULONG i = 0; i < size; i++)
        data[i] = (char)(i * 7 + i / 999);
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    for (ULONG i = 0; i < size; i += step)
    {
        if (IStream_Write(stream, data + i, min(step, size - i), &count) != S_OK
                || count != min(step, size - i))
            wrong++;
    }
    is_uint(wrong, 0, "3 MiB by a thousand bytes each");
    is_contents(stream, data, size, "they are all there");
    GetHGlobalFromStream(stream, &global);
    is_uint(GlobalSize(global), size, "the memory has just that size");
    memory = GlobalLock(global);
    is_mem(memory, data, size, "... and has them");
    GlobalUnlock(global);
    for (ULONG i = 0; i < 100; i++)
        IStream_Write(stream, data, step, NULL);
    GetHGlobalFromStream(stream, &global);
    ok(GlobalSize(global) >= size + 100 * step, "it grows on when the memory is known");
    is_uint(size_of(stream), size + 100 * step, "... to the right size");

    /* A wide gap over what had been there before. */
    set_size(stream, 10);
    seek(stream, size, STREAM_SEEK_SET, NULL);
    IStream_Write(stream, "x", 1, NULL);
    memset(data + 10, 0, size - 10);
    seek(stream, 0, STREAM_SEEK_SET, NULL);
    memory = malloc(size);
    IStream_Read(stream, memory, size, &count);
    is_mem(memory, data, size, "a wide gap is zero");
    free(memory);

    seek(stream, 0x7fffffff, STREAM_SEEK_SET, NULL);
    seek(stream, 0x7fffffff, STREAM_SEEK_CUR, &position);
    is_uint(position, 0xfffffffe, "positions have 32 bits");
    if (!builtin_lacks("a check against overflow")) /* there it writes into the void */
    {
        is_hr(IStream_Write(stream, "abc", 3, &count), STG_E_MEDIUMFULL, "writing past them");
        is_uint(count, 0, "... writes nothing");
    }
    is_uint(size_of(stream), size + 1, "the size is as it was");
    IStream_Release(stream);
    free(data);
}

static void test_clone(void)
{
    IStream *stream, *clone, *third;
    HGLOBAL global, same;
    char buffer[20];
    ULONG count;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    IStream_Write(stream, "0123456789", 10, NULL);
    seek(stream, 4, STREAM_SEEK_SET, NULL);
    is_hr(IStream_Clone(stream, &clone), S_OK, "Clone");
    is_uint(position_of(clone), 4, "it begins at the stream's position");
    seek(clone, 7, STREAM_SEEK_SET, NULL);
    is_uint(position_of(stream), 4, "... and has its own");
    IStream_Write(clone, "abcdef", 6, NULL);
    is_contents(stream, "0123456abcdef", 13, "what it writes is in the stream");
    IStream_Read(stream, buffer, 20, &count);
    is_uint(count, 9, "... to its end");
    is_hr(IStream_Clone(clone, &third), S_OK, "Clone of a clone");
    GetHGlobalFromStream(stream, &global);
    GetHGlobalFromStream(third, &same);
    is_ptr(same, global, "all are on the same memory");
    IStream_Release(stream);
    IStream_Release(clone);
    is_contents(third, "0123456abcdef", 13, "the last one keeps it");
    IStream_Release(third);
}

static void test_copy(void)
{
    ULARGE_INTEGER size, read, written;
    IStream *stream, *clone, *other;
    static char big[200000];

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    CreateStreamOnHGlobal(NULL, TRUE, &other);
    IStream_Write(stream, "0123456789", 10, NULL);
    seek(stream, 2, STREAM_SEEK_SET, NULL);
    size.QuadPart = 5;
    is_hr(IStream_CopyTo(stream, other, size, &read, &written), S_OK, "CopyTo");
    is_uint(read.QuadPart, 5, "read");
    is_uint(written.QuadPart, 5, "written");
    is_contents(other, "23456", 5, "the copy");
    is_uint(position_of(stream), 7, "the source's position");
    is_uint(position_of(other), 5, "the copy's position");
    size.QuadPart = ~0ull;
    is_hr(IStream_CopyTo(stream, other, size, &read, &written), S_OK, "CopyTo of all the rest");
    is_uint(read.QuadPart, 3, "... is what there is");
    is_contents(other, "23456789", 8, "the copy");
    is_hr(IStream_CopyTo(stream, other, size, NULL, NULL), S_OK, "... and nothing at the end");
    is_contents(other, "23456789", 8, "the copy");

    /* Into itself: "equivalent to reading cb bytes into memory and then immediately writing". */
    seek(stream, 0, STREAM_SEEK_SET, NULL);
    size.QuadPart = 4;
    is_hr(IStream_CopyTo(stream, stream, size, &read, &written), S_OK, "a stream into itself");
    is_contents(stream, "0123012389", 10, "... behind what was read");
    is_uint(position_of(stream), 8, "... and there it is then");

    /* Overlapping, both ways. */
    seek(stream, 0, STREAM_SEEK_SET, NULL);
    set_size(stream, 0);
    IStream_Write(stream, "abcdefghij", 10, NULL);
    IStream_Clone(stream, &clone);
    seek(stream, 0, STREAM_SEEK_SET, NULL);
    seek(clone, 3, STREAM_SEEK_SET, NULL);
    size.QuadPart = 9;
    is_hr(IStream_CopyTo(stream, clone, size, &read, &written), S_OK, "forward into a clone");
    is_contents(stream, "abcabcdefghi", 12, "... read before it is written");
    is_uint(position_of(clone), 12, "the clone's position");
    seek(clone, 3, STREAM_SEEK_SET, NULL);
    seek(stream, 0, STREAM_SEEK_SET, NULL);
    is_hr(IStream_CopyTo(clone, stream, size, &read, &written), S_OK, "backward from a clone");
    is_contents(stream, "abcdefghighi", 12, "... likewise");
    IStream_Release(clone);

    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i % 251);
    set_size(stream, 0);
    set_size(other, 0);
    seek(stream, 0, STREAM_SEEK_SET, NULL);
    seek(other, 0, STREAM_SEEK_SET, NULL);
    IStream_Write(stream, big, sizeof(big), NULL);
    seek(stream, 0, STREAM_SEEK_SET, NULL);
    size.QuadPart = sizeof(big) + 1;
    is_hr(IStream_CopyTo(stream, other, size, &read, &written), S_OK, "200 kB");
    is_uint(written.QuadPart, sizeof(big), "... written");
    is_contents(other, big, sizeof(big), "... are all there");
    IStream_Release(other);
    IStream_Release(stream);
}

static void test_memory_of_others(void)
{
    HGLOBAL global = GlobalAlloc(GMEM_MOVEABLE, 8), now;
    IStream *stream;
    char buffer[200];
    ULONG count;

    memcpy(GlobalLock(global), "contents", 8);
    GlobalUnlock(global);
    is_hr(CreateStreamOnHGlobal(global, FALSE, &stream), S_OK, "a stream on memory");
    is_contents(stream, "contents", 8, "... has what is in it");
    is_uint(position_of(stream), 0, "... and begins at the beginning");
    GetHGlobalFromStream(stream, &now);
    is_ptr(now, global, "... and tells it");
    memset(buffer, 'y', sizeof(buffer));
    IStream_Write(stream, buffer, 200, NULL);
    GetHGlobalFromStream(stream, &now);
    is_uint(GlobalSize(now), 200, "it grows with the stream");
    IStream_Release(stream);
    is_uint(GlobalSize(now), 200, "it is still there after the stream");
    is_mem(GlobalLock(now), buffer, 200, "... with its contents");
    GlobalUnlock(now);
    is_hr(CreateStreamOnHGlobal(now, TRUE, &stream), S_OK, "a stream that frees it");
    is_uint(IStream_Release(stream), 0, "... when it is released");
    SetLastError(0);
    is_uint(GlobalFlags(now), GMEM_INVALID_HANDLE, "then it is gone");

    global = GlobalAlloc(GMEM_FIXED, 10);
    memcpy(global, "fixed text", 10);
    is_hr(CreateStreamOnHGlobal(global, FALSE, &stream), S_OK, "a stream on fixed memory");
    is_contents(stream, "fixed text", 10, "... has what is in it");
    seek(stream, 0, STREAM_SEEK_END, NULL);
    is_hr(IStream_Write(stream, buffer, 200, &count), S_OK, "it can grow too");
    is_uint(size_of(stream), 210, "... and has grown");
    GetHGlobalFromStream(stream, &now);
    IStream_Release(stream);
    is_ptr(GlobalFree(now), NULL, "its memory can be freed");

    /* Against the rules, and still not the end. */
    global = GlobalAlloc(GMEM_MOVEABLE, 100);
    CreateStreamOnHGlobal(global, FALSE, &stream);
    GlobalFree(global);
    count = 9;
    IStream_Read(stream, buffer, 10, &count);
    is_uint(count, 0, "from memory that was freed nothing is read");
    IStream_Release(stream);
}

static void test_lock_bytes(void)
{
    ULARGE_INTEGER offset = {.QuadPart = 0};
    ILockBytes *bytes;
    char buffer[50];
    HGLOBAL global;
    STATSTG stat;
    ULONG count;
    HRESULT hr;

    is_hr(CreateILockBytesOnHGlobal(NULL, TRUE, &bytes), S_OK, "CreateILockBytesOnHGlobal");
    offset.QuadPart = 10;
    is_hr(ILockBytes_WriteAt(bytes, offset, "abc", 3, &count), S_OK, "WriteAt");
    is_uint(count, 3, "... writes all");
    offset.QuadPart = 0;
    hr = ILockBytes_ReadAt(bytes, offset, buffer, 50, &count);
    todo_builtin("objidl/nf-objidl-ilockbytes-readat: it is not an error to read less")
        is_hr(hr, S_OK, "ReadAt");
    is_uint(count, 13, "... reads what there is");
    is_mem(buffer + 10, "abc", 3, "... what was written");
    todo_builtin("coml2api/nf-coml2api-createilockbytesonhglobal: since Windows 7 memory is zeroed")
        is_mem(buffer, "\0\0\0\0\0\0\0\0\0\0", 10, "... zeros before it");
    offset.QuadPart = 13;
    count = 9;
    hr = ILockBytes_ReadAt(bytes, offset, buffer, 50, &count);
    todo_builtin("objidl/nf-objidl-ilockbytes-readat: it is not an error to read less")
        is_hr(hr, S_OK, "ReadAt at the end");
    is_uint(count, 0, "... reads nothing");
    offset.QuadPart = 1000;
    ILockBytes_ReadAt(bytes, offset, buffer, 50, &count);
    is_uint(count, 0, "... nor past it");
    offset.QuadPart = 11;
    is_hr(ILockBytes_SetSize(bytes, offset), S_OK, "SetSize");
    is_hr(ILockBytes_Flush(bytes), S_OK, "Flush");
    memset(&stat, 0xcc, sizeof(stat));
    is_hr(ILockBytes_Stat(bytes, &stat, STATFLAG_DEFAULT), S_OK, "Stat");
    is_ptr(stat.pwcsName, NULL, "there is no name");
    is_uint(stat.type, STGTY_LOCKBYTES, "type");
    is_uint(stat.cbSize.QuadPart, 11, "size");
    is_uint(stat.grfLocksSupported, 0, "locks");
    is_hr(ILockBytes_LockRegion(bytes, offset, offset, LOCK_WRITE), STG_E_INVALIDFUNCTION,
            "LockRegion: coml2api/nf-coml2api-createilockbytesonhglobal, no region locking");
    is_hr(ILockBytes_UnlockRegion(bytes, offset, offset, LOCK_WRITE), STG_E_INVALIDFUNCTION,
            "UnlockRegion");
    is_hr(GetHGlobalFromILockBytes(bytes, &global), S_OK, "GetHGlobalFromILockBytes");
    is_uint(GlobalSize(global), 11, "its memory is as large");
    ILockBytes_Release(bytes);

    global = GlobalAlloc(GMEM_MOVEABLE, 6);
    memcpy(GlobalLock(global), "memory", 6);
    GlobalUnlock(global);
    CreateILockBytesOnHGlobal(global, FALSE, &bytes);
    offset.QuadPart = 3;
    ILockBytes_ReadAt(bytes, offset, buffer, 50, &count);
    is_uint(count, 3, "bytes on memory have what is in it");
    is_mem(buffer, "ory", 3, "... there");
    ILockBytes_Release(bytes);
    is_uint(GlobalSize(global), 6, "it is still there afterwards");
    GlobalFree(global);
}

static void test_class_stream(void)
{
    IStream *stream;
    CLSID clsid;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(WriteClassStm(stream, &IID_IPersist), S_OK, "WriteClassStm");
    is_uint(size_of(stream), 16, "... writes 16 bytes");
    is_contents(stream, &IID_IPersist, 16, "... as they are");
    memset(&clsid, 0xcc, sizeof(clsid));
    is_hr(ReadClassStm(stream, &clsid), STG_E_READFAULT, "ReadClassStm at the end");
    is_guid(&clsid, &GUID_NULL, "... gives CLSID_NULL");
    seek(stream, 0, STREAM_SEEK_SET, NULL);
    is_hr(ReadClassStm(stream, &clsid), S_OK, "ReadClassStm");
    is_guid(&clsid, &IID_IPersist, "... reads it");
    seek(stream, 1, STREAM_SEEK_SET, NULL);
    is_hr(ReadClassStm(stream, &clsid), STG_E_READFAULT, "ReadClassStm of 15 bytes");
    todo_builtin("Wine leaves what was read")
        is_guid(&clsid, &GUID_NULL, "... gives CLSID_NULL");
    is_hr(ReadClassStm(NULL, &clsid), E_INVALIDARG, "ReadClassStm from NULL");
    is_hr(ReadClassStm(stream, NULL), E_INVALIDARG, "ReadClassStm to NULL");
    is_hr(WriteClassStm(NULL, &clsid), E_INVALIDARG, "WriteClassStm to NULL");
    IStream_Release(stream);
}

/* Several threads on clones of one stream, each in its own part of it. */
static DWORD WINAPI write_part(void *param)
{
    IStream *stream = param;
    ULONGLONG start = position_of(stream);
    DWORD wrong = 0;

    for (int i = 0; i < 3000; i++)
    {
        LONG value = i, back = -1;

        seek(stream, (LONGLONG)start + i % 1000 * 4, STREAM_SEEK_SET, NULL);
        if (IStream_Write(stream, &value, sizeof(value), NULL) != S_OK)
            wrong++;
        seek(stream, -4, STREAM_SEEK_CUR, NULL);
        if (IStream_Read(stream, &back, sizeof(back), NULL) != S_OK || back != value)
            wrong++;
    }
    return wrong;
}

static void test_threads(void)
{
    IStream *stream, *clones[4];
    HANDLE threads[4];
    DWORD wrong;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    for (int i = 0; i < 4; i++)
    {
        IStream_Clone(stream, &clones[i]);
        seek(clones[i], i * 4000, STREAM_SEEK_SET, NULL);
        threads[i] = CreateThread(NULL, 0, write_part, clones[i], 0, NULL);
    }
    for (int i = 0; i < 4; i++)
    {
        WaitForSingleObject(threads[i], INFINITE);
        GetExitCodeThread(threads[i], &wrong);
        is_uint(wrong, 0, "thread %d read what it had written", i);
        CloseHandle(threads[i]);
        IStream_Release(clones[i]);
    }
    is_uint(size_of(stream), 16000, "the stream has all parts");
    IStream_Release(stream);
}

static void run_all(void)
{
    test_read_write();
    test_bad_pointers();
    test_positions();
    test_large();
    test_clone();
    test_copy();
    test_memory_of_others();
    test_lock_bytes();
    test_class_stream();
    if (!builtin_lacks("streams that clones may use from several threads"))
        test_threads();
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("streams on memory");
    }
    return done_testing();
}
