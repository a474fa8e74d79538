/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ISequentialStream, IStream, ILockBytes, IFillLockBytes, and the pipes. */
#include "interface_mock.h"

#include <stdlib.h>
#include <string.h>

#define PARTLY 777u /* so many bytes are read and written in part */
#define PART 100u
#define BIG 100000u
#define OFFSET 0x123456789abull

/* ---- ISequentialStream and IStream ---- */

static HRESULT bytes_read(void *data, ULONG size, ULONG *read)
{
    ULONG got = size == PARTLY ? PART : size;

    EXPECT(read);
    pattern_fill(data, got);
    *read = got;
    return got == size ? S_OK : S_FALSE;
}

static HRESULT bytes_write(const void *data, ULONG size, ULONG *written)
{
    EXPECT(written && pattern_is(data, size));
    *written = size == PARTLY ? PART : size;
    return size == PARTLY ? STG_E_MEDIUMFULL : S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_Read(IStream *iface, void *data, ULONG size, ULONG *read)
{
    MOCK_ENTER(iface);
    return bytes_read(data, size, read);
}

static HRESULT STDMETHODCALLTYPE stream_Write(IStream *iface, const void *data, ULONG size,
        ULONG *written)
{
    MOCK_ENTER(iface);
    return bytes_write(data, size, written);
}

static HRESULT STDMETHODCALLTYPE stream_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin,
        ULARGE_INTEGER *position)
{
    MOCK_ENTER(iface);
    EXPECT(move.QuadPart == -(LONGLONG)OFFSET && origin == STREAM_SEEK_END && position);
    position->QuadPart = OFFSET + 1;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_SetSize(IStream *iface, ULARGE_INTEGER size)
{
    MOCK_ENTER(iface);
    EXPECT(size.QuadPart == OFFSET);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_CopyTo(IStream *iface, IStream *to, ULARGE_INTEGER size,
        ULARGE_INTEGER *read, ULARGE_INTEGER *written)
{
    BYTE data[300];
    ULONG put = 0;
    MOCK_ENTER(iface);

    EXPECT(size.QuadPart == OFFSET && read && written);
    read->QuadPart = OFFSET + 2;
    written->QuadPart = OFFSET + 3;
    if (!to)
        return S_FALSE;
    EXPECT(token_of(to) == 0x200);
    pattern_fill(data, sizeof(data));
    EXPECT(IStream_Write(to, data, sizeof(data), &put) == S_OK && put == sizeof(data));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_Commit(IStream *iface, DWORD flags)
{
    MOCK_ENTER(iface);
    EXPECT(flags == STGC_ONLYIFCURRENT);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_Revert(IStream *iface)
{
    MOCK_ENTER(iface);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE stream_LockRegion(IStream *iface, ULARGE_INTEGER offset,
        ULARGE_INTEGER size, DWORD type)
{
    MOCK_ENTER(iface);
    EXPECT(offset.QuadPart == OFFSET && size.QuadPart == OFFSET + 9 && type == LOCK_EXCLUSIVE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_UnlockRegion(IStream *iface, ULARGE_INTEGER offset,
        ULARGE_INTEGER size, DWORD type)
{
    MOCK_ENTER(iface);
    EXPECT(offset.QuadPart == OFFSET + 1 && size.QuadPart == OFFSET + 8 && type == LOCK_ONLYONCE);
    return STG_E_LOCKVIOLATION;
}

static HRESULT STDMETHODCALLTYPE stream_Stat(IStream *iface, STATSTG *stat, DWORD flag)
{
    MOCK_ENTER(iface);
    EXPECT(flag == STATFLAG_DEFAULT || flag == STATFLAG_NONAME);
    memset(stat, 0, sizeof(*stat));
    if (flag == STATFLAG_DEFAULT)
        stat->pwcsName = text_copy(long_text());
    stat->type = STGTY_STREAM;
    stat->cbSize.QuadPart = OFFSET;
    stat->clsid = guid_of(0x201);
    stat->reserved = 0x202;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_Clone(IStream *iface, IStream **copy)
{
    MOCK_ENTER(iface);
    EXPECT(!*copy);
    *copy = mock_create(&IID_IStream, 0x203);
    return S_OK;
}

static const IStreamVtbl stream_vtbl = {MOCK_UNKNOWN, stream_Read, stream_Write, stream_Seek,
        stream_SetSize, stream_CopyTo, stream_Commit, stream_Revert, stream_LockRegion,
        stream_UnlockRegion, stream_Stat, stream_Clone};

/* ---- ILockBytes ---- */

static HRESULT STDMETHODCALLTYPE bytes_ReadAt(ILockBytes *iface, ULARGE_INTEGER offset, void *data,
        ULONG size, ULONG *read)
{
    MOCK_ENTER(iface);
    EXPECT(offset.QuadPart == OFFSET);
    return bytes_read(data, size, read);
}

static HRESULT STDMETHODCALLTYPE bytes_WriteAt(ILockBytes *iface, ULARGE_INTEGER offset,
        const void *data, ULONG size, ULONG *written)
{
    MOCK_ENTER(iface);
    EXPECT(offset.QuadPart == OFFSET);
    return bytes_write(data, size, written);
}

static HRESULT STDMETHODCALLTYPE bytes_Flush(ILockBytes *iface)
{
    MOCK_ENTER(iface);
    return S_FALSE;
}

static const ILockBytesVtbl bytes_vtbl = {MOCK_UNKNOWN, bytes_ReadAt, bytes_WriteAt, bytes_Flush,
        (void *)stream_SetSize, (void *)stream_LockRegion, (void *)stream_UnlockRegion,
        (void *)stream_Stat};

/* ---- IFillLockBytes ---- */

static HRESULT STDMETHODCALLTYPE fill_FillAppend(IFillLockBytes *iface, const void *data,
        ULONG size, ULONG *written)
{
    MOCK_ENTER(iface);
    return bytes_write(data, size, written);
}

static HRESULT STDMETHODCALLTYPE fill_FillAt(IFillLockBytes *iface, ULARGE_INTEGER offset,
        const void *data, ULONG size, ULONG *written)
{
    MOCK_ENTER(iface);
    EXPECT(offset.QuadPart == OFFSET);
    return bytes_write(data, size, written);
}

static HRESULT STDMETHODCALLTYPE fill_Terminate(IFillLockBytes *iface, WINBOOL canceled)
{
    MOCK_ENTER(iface);
    return canceled ? S_FALSE : S_OK;
}

static const IFillLockBytesVtbl fill_vtbl = {MOCK_UNKNOWN, fill_FillAppend, fill_FillAt,
        (void *)stream_SetSize, fill_Terminate};

/* ---- pipes: elements of one, four and eight bytes ---- */

#define MOCK_PIPE(type, element)                                                                   \
    static HRESULT STDMETHODCALLTYPE type##_mock_Pull(type *iface, element *data, ULONG count,     \
            ULONG *returned)                                                                       \
    {                                                                                              \
        MOCK_ENTER(iface);                                                                         \
        *returned = count == PARTLY ? PART : count;                                                \
        for (ULONG i = 0; i < *returned; i++)                                                      \
            data[i] = (element)(i + 3);                                                            \
        return S_OK;                                                                               \
    }                                                                                              \
                                                                                                   \
    static HRESULT STDMETHODCALLTYPE type##_mock_Push(type *iface, element *data, ULONG count)     \
    {                                                                                              \
        MOCK_ENTER(iface);                                                                         \
        for (ULONG i = 0; i < count; i++)                                                          \
            EXPECT(data[i] == (element)(i * 2));                                                   \
        return count ? S_OK : S_FALSE;                                                             \
    }                                                                                              \
                                                                                                   \
    static const type##Vtbl type##_mock_vtbl = {MOCK_UNKNOWN, type##_mock_Pull, type##_mock_Push}; \
                                                                                                   \
    static void type##_check(IClassFactory *factory)                                               \
    {                                                                                              \
        type *proxy = remote_create(factory, &IID_##type, #type);                                  \
        element data[PARTLY];                                                                      \
        ULONG returned = 0xdead, i, wrong = 0;                                                     \
                                                                                                   \
        if (!proxy)                                                                                \
            return;                                                                                \
        is_hr(type##_Pull(proxy, data, 50, &returned), S_OK, #type "::Pull");                      \
        is_uint(returned, 50, "all");                                                              \
        for (i = 0; i < 50; i++)                                                                   \
            wrong += data[i] != (element)(i + 3);                                                  \
        is_hr(type##_Pull(proxy, data, PARTLY, &returned), S_OK, "Pull, not all");                 \
        is_uint(returned, PART, "some");                                                           \
        is_uint(wrong, 0, "right elements");                                                       \
        for (i = 0; i < PARTLY; i++)                                                               \
            data[i] = (element)(i * 2);                                                            \
        is_hr(type##_Push(proxy, data, PARTLY), S_OK, "Push");                                     \
        is_hr(type##_Push(proxy, data, 0), S_FALSE, "Push of nothing");                            \
        mock_control->result = E_ACCESSDENIED;                                                     \
        is_hr(type##_Pull(proxy, data, 5, &returned), E_ACCESSDENIED, "Pull fails");               \
        is_hr(type##_Push(proxy, data, 5), E_ACCESSDENIED, "Push fails");                          \
        mock_control->result = 0;                                                                  \
        type##_Release(proxy);                                                                     \
    }

MOCK_PIPE(IPipeByte, BYTE)
MOCK_PIPE(IPipeLong, LONG)
MOCK_PIPE(IPipeDouble, DOUBLE)

const struct mock_class stream_classes[] = {
        {{&IID_ISequentialStream}, &stream_vtbl},
        {{&IID_IStream, &IID_ISequentialStream}, &stream_vtbl},
        {{&IID_ILockBytes}, &bytes_vtbl},
        {{&IID_IFillLockBytes}, &fill_vtbl},
        {{&IID_IPipeByte}, &IPipeByte_mock_vtbl},
        {{&IID_IPipeLong}, &IPipeLong_mock_vtbl},
        {{&IID_IPipeDouble}, &IPipeDouble_mock_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks; `data` has room for BIG bytes and one ---- */

static void check_sequential(ISequentialStream *proxy, BYTE *data)
{
    static const ULONG sizes[] = {0, 1, 4096, BIG};
    ULONG count, i;

    for (i = 0; i < ARRAYSIZE(sizes); i++)
    {
        ULONG size = sizes[i];

        memset(data, 0, BIG + 1);
        data[size] = 0xee;
        count = 0xdead;
        is_hr(ISequentialStream_Read(proxy, data, size, &count), S_OK, "Read of %lu",
                (unsigned long)size);
        is_uint(count, size, "all read");
        ok(pattern_is(data, size) && data[size] == 0xee, "these bytes and no more");
        count = 0xdead;
        is_hr(ISequentialStream_Write(proxy, data, size, &count), S_OK, "Write of %lu",
                (unsigned long)size);
        is_uint(count, size, "all written");
    }
    is_hr(ISequentialStream_Read(proxy, data, 10, NULL), S_OK, "Read without a count");
    ok(pattern_is(data, 10), "the bytes");
    is_hr(ISequentialStream_Write(proxy, data, 10, NULL), S_OK, "Write without a count");
    is_hr(ISequentialStream_Read(proxy, data, PARTLY, &count), S_FALSE, "Read at the end");
    is_uint(count, PART, "some read");
    ok(pattern_is(data, PART), "the bytes");
    pattern_fill(data, PARTLY);
    is_hr(ISequentialStream_Write(proxy, data, PARTLY, &count), STG_E_MEDIUMFULL, "Write fails");
    is_uint(count, PART, "some written");
    mock_control->result = E_ACCESSDENIED;
    is_hr(ISequentialStream_Read(proxy, data, 5, &count), E_ACCESSDENIED, "Read fails");
    is_uint(count, 0, "nothing read");
    is_hr(ISequentialStream_Write(proxy, data, 5, &count), E_ACCESSDENIED, "Write fails");
    is_uint(count, 0, "nothing written");
    mock_control->result = 0;
}

static void check_copy(IStream *proxy)
{
    IStream *to = mock_create(&IID_IStream, 0x200), *copy = (void *)0xdead;
    ULARGE_INTEGER size = {.QuadPart = OFFSET}, read = {0}, written = {0};

    is_hr(IStream_CopyTo(proxy, to, size, &read, &written), S_OK, "CopyTo");
    ok(read.QuadPart == OFFSET + 2 && written.QuadPart == OFFSET + 3, "its counts");
    is_hr(IStream_CopyTo(proxy, to, size, NULL, NULL), S_OK, "CopyTo without counts");
    is_hr(IStream_CopyTo(proxy, NULL, size, &read, &written), S_FALSE, "CopyTo nowhere");
    check_released(to, "the target is released");
    is_hr(IStream_Clone(proxy, &copy), S_OK, "Clone");
    is_uint(token_of(copy), 0x203, "the copy");
    IStream_Release(copy);
    mock_control->result = E_ACCESSDENIED;
    is_hr(IStream_Clone(proxy, &copy), E_ACCESSDENIED, "Clone fails");
    is_ptr(copy, NULL, "no copy");
    mock_control->result = 0;
}

static void stat_check(HRESULT (*get)(void *, STATSTG *, DWORD), void *proxy)
{
    STATSTG stat;

    memset(&stat, 0xee, sizeof(stat));
    is_hr(get(proxy, &stat, STATFLAG_DEFAULT), S_OK, "Stat");
    ok(same_text(stat.pwcsName, long_text()), "the name");
    ok(stat.type == STGTY_STREAM && stat.cbSize.QuadPart == OFFSET && is_guid_of(&stat.clsid, 0x201)
                    && stat.reserved == 0x202,
            "the other members");
    CoTaskMemFree(stat.pwcsName);
    memset(&stat, 0xee, sizeof(stat));
    is_hr(get(proxy, &stat, STATFLAG_NONAME), S_OK, "Stat without the name");
    is_ptr(stat.pwcsName, NULL, "no name");
    mock_control->result = E_ACCESSDENIED;
    memset(&stat, 0xee, sizeof(stat));
    is_hr(get(proxy, &stat, STATFLAG_NONAME), E_ACCESSDENIED, "Stat fails");
    is_ptr(stat.pwcsName, NULL, "no name");
    mock_control->result = 0;
}

static HRESULT stream_stat_get(void *proxy, STATSTG *stat, DWORD flag)
{
    return IStream_Stat((IStream *)proxy, stat, flag);
}

static HRESULT bytes_stat_get(void *proxy, STATSTG *stat, DWORD flag)
{
    return ILockBytes_Stat((ILockBytes *)proxy, stat, flag);
}

static void check_stream(IClassFactory *factory, BYTE *data)
{
    IStream *proxy = remote_create(factory, &IID_IStream, "IStream");
    LARGE_INTEGER move = {.QuadPart = -(LONGLONG)OFFSET};
    ULARGE_INTEGER one = {.QuadPart = OFFSET}, two = {.QuadPart = OFFSET + 9}, now = {0};

    if (!proxy)
        return;
    check_sequential((ISequentialStream *)proxy, data);
    is_hr(IStream_Seek(proxy, move, STREAM_SEEK_END, &now), S_OK, "Seek");
    ok(now.QuadPart == OFFSET + 1, "the position");
    is_hr(IStream_Seek(proxy, move, STREAM_SEEK_END, NULL), S_OK, "Seek without a position");
    is_hr(IStream_SetSize(proxy, one), S_OK, "SetSize");
    is_hr(IStream_Commit(proxy, STGC_ONLYIFCURRENT), S_OK, "Commit");
    is_hr(IStream_Revert(proxy), S_FALSE, "Revert");
    is_hr(IStream_LockRegion(proxy, one, two, LOCK_EXCLUSIVE), S_OK, "LockRegion");
    one.QuadPart++;
    two.QuadPart--;
    is_hr(IStream_UnlockRegion(proxy, one, two, LOCK_ONLYONCE), STG_E_LOCKVIOLATION,
            "UnlockRegion");
    check_copy(proxy);
    stat_check(stream_stat_get, proxy);
    IStream_Release(proxy);
}

static void check_lock_bytes(IClassFactory *factory, BYTE *data)
{
    ILockBytes *proxy = remote_create(factory, &IID_ILockBytes, "ILockBytes");
    ULARGE_INTEGER one = {.QuadPart = OFFSET}, two = {.QuadPart = OFFSET + 9};
    ULONG count = 0;

    if (!proxy)
        return;
    memset(data, 0xee, BIG + 1);
    is_hr(ILockBytes_ReadAt(proxy, one, data, BIG, &count), S_OK, "ReadAt");
    ok(count == BIG && pattern_is(data, BIG) && data[BIG] == 0xee, "the bytes");
    is_hr(ILockBytes_WriteAt(proxy, one, data, BIG, &count), S_OK, "WriteAt");
    is_uint(count, BIG, "all written");
    is_hr(ILockBytes_ReadAt(proxy, one, data, PARTLY, &count), S_FALSE, "ReadAt, in part");
    is_uint(count, PART, "some read");
    is_hr(ILockBytes_ReadAt(proxy, one, data, 8, NULL), S_OK, "ReadAt without a count");
    is_hr(ILockBytes_WriteAt(proxy, one, data, 8, NULL), S_OK, "WriteAt without a count");
    is_hr(ILockBytes_ReadAt(proxy, one, data, 0, &count), S_OK, "ReadAt of nothing");
    is_uint(count, 0, "nothing");
    is_hr(ILockBytes_Flush(proxy), S_FALSE, "Flush");
    is_hr(ILockBytes_SetSize(proxy, one), S_OK, "SetSize");
    is_hr(ILockBytes_LockRegion(proxy, one, two, LOCK_EXCLUSIVE), S_OK, "LockRegion");
    one.QuadPart++;
    two.QuadPart--;
    is_hr(ILockBytes_UnlockRegion(proxy, one, two, LOCK_ONLYONCE), STG_E_LOCKVIOLATION,
            "UnlockRegion");
    stat_check(bytes_stat_get, proxy);
    ILockBytes_Release(proxy);
}

static void check_fill(IClassFactory *factory, BYTE *data)
{
    IFillLockBytes *proxy = remote_create(factory, &IID_IFillLockBytes, "IFillLockBytes");
    ULARGE_INTEGER offset = {.QuadPart = OFFSET};
    ULONG count = 0;

    if (!proxy)
        return;
    pattern_fill(data, BIG);
    is_hr(IFillLockBytes_FillAppend(proxy, data, BIG, &count), S_OK, "FillAppend");
    is_uint(count, BIG, "all written");
    is_hr(IFillLockBytes_FillAppend(proxy, data, 0, NULL), S_OK, "FillAppend of nothing");
    pattern_fill(data, PARTLY);
    is_hr(IFillLockBytes_FillAt(proxy, offset, data, PARTLY, &count), STG_E_MEDIUMFULL, "FillAt");
    is_uint(count, PART, "some written");
    is_hr(IFillLockBytes_FillAt(proxy, offset, data, PARTLY, NULL), STG_E_MEDIUMFULL,
            "FillAt without a count");
    is_hr(IFillLockBytes_SetFillSize(proxy, offset), S_OK, "SetFillSize");
    is_hr(IFillLockBytes_Terminate(proxy, TRUE), S_FALSE, "Terminate");
    IFillLockBytes_Release(proxy);
}

void check_streams(IClassFactory *factory)
{
    BYTE *data = malloc(BIG + 1);
    ISequentialStream *sequential;

    note("streams");
    if ((sequential = remote_create(factory, &IID_ISequentialStream, "ISequentialStream")))
    {
        check_sequential(sequential, data);
        ISequentialStream_Release(sequential);
    }
    check_stream(factory, data);
    check_lock_bytes(factory, data);
    check_fill(factory, data);
    IPipeByte_check(factory);
    IPipeLong_check(factory);
    IPipeDouble_check(factory);
    free(data);
}
