/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What NDR does not look at in the requests of the core interfaces. It reads interface pointers
 * which are longer than the request. It takes the size of an array and the parameter that tells how
 * many elements are valid as two numbers from the client, and compares them nowhere; and it makes
 * room for an answer as large as the client says.
 */
#include <string.h>

#include "core_interfaces.h"
#include "core_proxies.h"
#include "request_walk.h"

#define ANSWER_MAX 0x10000000u /* bytes which a client may ask for in one call */
#define FORMAT_BYTES 20
#define FORMAT_NUMBER_BYTES 8
#define MEDIUM_BYTES 8  /* of a userSTGMEDIUM without contents */
#define DEVICE_BYTES 12 /* of a DVTARGETDEVICE, before tdData */

enum check
{
    ARRAY_IN, /* at `at`: the array's size, the array, the count at the next multiple of four */
    ANSWER,   /* at `at`: how many elements the answer may have */
    FORMAT,   /* at `at`: a pointer to a FORMATETC, and nothing to be looked at after it */
    MEDIUM,   /* the same, and a pointer to a medium */
    DEVICE,   /* at `at`: a pointer to a DVTARGETDEVICE */
};

static const struct request_check
{
    const IID *iid;
    ULONG method;
    enum check check;
    ULONG at, element; /* bytes */
} checks[] = {
        {&IID_IStream, 3, ANSWER, 0, 1},
        {&IID_IStream, 4, ARRAY_IN, 0, 1},
        {&IID_ISequentialStream, 3, ANSWER, 0, 1},
        {&IID_ISequentialStream, 4, ARRAY_IN, 0, 1},
        {&IID_ILockBytes, 3, ANSWER, 8, 1},
        {&IID_ILockBytes, 4, ARRAY_IN, 8, 1},
        {&IID_IFillLockBytes, 3, ARRAY_IN, 0, 1},
        {&IID_IFillLockBytes, 4, ARRAY_IN, 8, 1},
        {&IID_IPipeByte, 3, ANSWER, 0, 1},
        {&IID_IPipeByte, 4, ARRAY_IN, 0, 1},
        {&IID_IPipeLong, 3, ANSWER, 0, 4},
        {&IID_IPipeLong, 4, ARRAY_IN, 0, 4},
        {&IID_IPipeDouble, 3, ANSWER, 0, 8},
        {&IID_IPipeDouble, 4, ARRAY_IN, 0, 8},
        {&IID_IROTData, 3, ANSWER, 0, 1},
        {&IID_IEnumUnknown, 3, ANSWER, 0, sizeof(void *)},
        {&IID_IEnumString, 3, ANSWER, 0, sizeof(void *)},
        {&IID_IEnumMoniker, 3, ANSWER, 0, sizeof(void *)},
        {&IID_IEnumSTATSTG, 3, ANSWER, 0, sizeof(STATSTG)},
        {&IID_IEnumOLEVERB, 3, ANSWER, 0, sizeof(OLEVERB)},
        {&IID_IEnumFORMATETC, 3, ANSWER, 0, sizeof(FORMATETC)},
        {&IID_IEnumSTATDATA, 3, ANSWER, 0, sizeof(STATDATA)},
        {&IID_IEnumGUID, 3, ANSWER, 0, sizeof(GUID)},
        {&IID_IEnumCATEGORYINFO, 3, ANSWER, 0, sizeof(CATEGORYINFO)},
        {&IID_IEnumSTATPROPSTG, 3, ANSWER, 0, sizeof(STATPROPSTG)},
        {&IID_IEnumSTATPROPSETSTG, 3, ANSWER, 0, sizeof(STATPROPSETSTG)},
        {&IID_IAdviseSink, 3, MEDIUM, 0, 0},
        {&IID_IAdviseSink2, 3, MEDIUM, 0, 0},
        {&IID_IDataObject, 3, FORMAT, 0, 0},
        {&IID_IDataObject, 4, FORMAT, 0, 0},
        {&IID_IDataObject, 5, FORMAT, 0, 0},
        {&IID_IDataObject, 6, FORMAT, 0, 0},
        {&IID_IDataObject, 7, MEDIUM, 0, 0},
        {&IID_IDataObject, 9, FORMAT, 0, 0},
        {&IID_IViewObject, 3, DEVICE, 12, 0},
        {&IID_IViewObject, 4, DEVICE, 12, 0},
        {&IID_IViewObject2, 3, DEVICE, 12, 0},
        {&IID_IViewObject2, 4, DEVICE, 12, 0},
        {&IID_IViewObject2, 9, DEVICE, 8, 0},
        {&IID_IOleCache, 3, FORMAT, 0, 0},
        {&IID_IOleCache, 7, MEDIUM, 0, 0},
        {&IID_IOleCache2, 3, FORMAT, 0, 0},
        {&IID_IOleCache2, 7, MEDIUM, 0, 0},
};

static BOOL read_count(const BYTE *data, ULONG size, UINT64 at, ULONG *count)
{
    if (at > size || size - at < sizeof(*count))
        return FALSE;
    memcpy(count, data + at, sizeof(*count));
    return TRUE;
}

static BOOL array_valid(const struct request_check *check, const BYTE *data, ULONG size)
{
    ULONG length = 0, count = 0;
    UINT64 at = check->at + sizeof(length);

    if (!read_count(data, size, check->at, &length))
        return FALSE;
    if (check->element > 4)
        at = (at + 7) & ~(UINT64)7;
    at += (UINT64)length * check->element;
    at = (at + 3) & ~(UINT64)3;
    return read_count(data, size, at, &count) && count <= length;
}

/* A target device at `at`, which moves behind it: its size is sent as conformance and as its first
 * member. */
static BOOL device_valid(const BYTE *data, ULONG size, UINT64 *at)
{
    ULONG room, length;

    if (!read_count(data, size, *at, &room) || !read_count(data, size, *at + 4, &length)
            || length < DEVICE_BYTES || length - DEVICE_BYTES != room)
        return FALSE;
    *at += sizeof(room) + length;
    return *at <= size;
}

static BOOL device_pointer_valid(const struct request_check *check, const BYTE *data, ULONG size)
{
    UINT64 at = check->at;
    ULONG referent;

    if (!read_count(data, size, at, &referent))
        return FALSE;
    at += sizeof(referent);
    return !referent || device_valid(data, size, &at);
}

/* Five longs, then what the first two stand for: the format's number, and the target device. The
 * rest of the request is a medium, whose own routines look at every byte. */
static BOOL format_valid(const struct request_check *check, const BYTE *data, ULONG size)
{
    ULONG referent, number, device;
    UINT64 at = check->at;

    if (!read_count(data, size, at, &referent))
        return FALSE;
    at += sizeof(referent);
    if (referent)
    {
        if (!read_count(data, size, at, &number) || !number
                || !read_count(data, size, at + 4, &device))
            return FALSE;
        at += FORMAT_BYTES + FORMAT_NUMBER_BYTES;
        if (at > size)
            return FALSE;
        if (device && !device_valid(data, size, &at))
            return FALSE;
    }
    if (check->check == FORMAT)
        return TRUE;
    /* A pointer to the medium, another that stands for what is on the wire, and that, at a multiple
     * of eight: the least is two longs, of no medium. */
    at = (at + 3) & ~(UINT64)3;
    if (!read_count(data, size, at, &referent) || !referent)
        return at + sizeof(referent) <= size;
    at = (at + 2 * sizeof(referent) + 7) & ~(UINT64)7;
    return at <= size && size - at >= MEDIUM_BYTES;
}

BOOL core_proxies_request_valid(REFIID iid, ULONG method, const void *data, ULONG size)
{
    const CInterfaceStubHeader *header = core_stub_header(iid);
    ULONG count = 0;

    if (!header)
        return TRUE;
    if (!request_walk(header, method, data, size))
        return FALSE;
    for (ULONG i = 0; i < ARRAYSIZE(checks); i++)
    {
        const struct request_check *check = &checks[i];

        if (check->method != method || !IsEqualIID(check->iid, iid))
            continue;
        if (check->check == ARRAY_IN)
            return array_valid(check, data, size);
        if (check->check == FORMAT || check->check == MEDIUM)
            return format_valid(check, data, size);
        if (check->check == DEVICE)
            return device_pointer_valid(check, data, size);
        return read_count(data, size, check->at, &count) && count <= ANSWER_MAX / check->element;
    }
    return TRUE;
}
