/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What rpcrt4 does not look at in the requests of urlmon's interfaces. */
#include "request_walk.h"
#include "url_interfaces.h"
#include "url_proxies.h"

#include <string.h>

#define METHOD_GET_BIND_INFO 8 /* of IBindStatusCallback */
#define METHOD_GET_BIND_INFO_EX 11
#define BIND_INFO_BYTES 72
#define BIND_INFO_EXTRA 4 /* where its pointers are */
#define BIND_INFO_VERB 16
#define BIND_INFO_OBJECT 64
#define MEDIUM_BYTES 20
#define MEDIUM_DATA_SIZE 16

/* The number at `at`; a wrong one when there is none. */
static DWORD number_at(const BYTE *data, ULONG size, UINT64 at, DWORD wrong)
{
    DWORD number;

    if (at > size || size - at < sizeof(number))
        return wrong;
    memcpy(&number, data + at, sizeof(number));
    return number;
}

/*
 * GetBindInfo: a pointer to a RemBINDINFO, which is empty but for its size, as its members are all
 * for the answer; a pointer to a RemSTGMEDIUM, whose room is sent twice.
 */
static BOOL bind_info_valid(const BYTE *data, ULONG size)
{
    UINT64 at = sizeof(DWORD);
    DWORD room;

    if (number_at(data, size, 0, 0))
    {
        if (number_at(data, size, at + BIND_INFO_EXTRA, 1)
                || number_at(data, size, at + BIND_INFO_VERB, 1)
                || number_at(data, size, at + BIND_INFO_OBJECT, 1))
            return FALSE;
        at += BIND_INFO_BYTES;
    }
    if (!number_at(data, size, at, 0))
        return at + sizeof(DWORD) <= size;
    at += sizeof(DWORD);
    room = number_at(data, size, at, 0);
    at += sizeof(DWORD);
    if (number_at(data, size, at + MEDIUM_DATA_SIZE, room + 1) != room)
        return FALSE;
    return at + MEDIUM_BYTES + room <= size;
}

BOOL url_request_valid(const CInterfaceStubHeader *header, ULONG method, const void *data,
        ULONG size)
{
    BOOL is_callback = IsEqualIID(header->piid, &IID_IBindStatusCallback)
            || IsEqualIID(header->piid, &IID_IBindStatusCallbackEx);

    if ((UINT_PTR)data % 8)
        return TRUE; /* they are always aligned; elsewhere all would lie differently */
    if (is_callback && (method == METHOD_GET_BIND_INFO || method == METHOD_GET_BIND_INFO_EX))
        return bind_info_valid(data, size);
    return request_walk(header, method, data, size);
}
