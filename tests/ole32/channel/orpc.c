/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The headers of calls between processes: what is written can be read, as [MS-DCOM] lays it out,
 * and altered ones (a fixed seed) are never read beyond their end: a guard page follows them.
 */
#include "orpc.h"

#include <stdlib.h>
#include <string.h>

#include "guard_pages.h"
#include "tap.h"

#define MUTATIONS 300000
#define SPACE 0x10000

static BYTE *space; /* SPACE bytes before a page that nobody may touch */
static const GUID ids[] = {{1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}},
        {0xffffffff, 0xffff, 0xffff, {0xff}}, {7}};

static UINT32 random_state;

static UINT32 random_next(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

/* Lays data before the guard page. */
static void *at_the_end(const void *data, ULONG size)
{
    return memcpy(space + SPACE - size, data, size);
}

/* The same, at an address that is a multiple of 16, as the transport has it. */
static void *aligned_end(const void *data, ULONG size)
{
    return memcpy(space + SPACE - ((size + 15) & ~15u), data, size);
}

static void extension_add(struct orpc_extensions *extensions, unsigned int id, ULONG size)
{
    struct orpc_extension *extension = orpc_extensions_add(extensions, &ids[id], size);

    for (ULONG i = 0; i < size; i++)
        extension->data[i] = (BYTE)(i + id);
}

static struct orpc_request request_make(unsigned int extensions)
{
    struct orpc_request request = {.method = 7,
            .data_representation = ORPC_DATA_REPRESENTATION,
            .rpc_flags = 0x1234,
            .category = CALL_INPUT_SYNCHRONOUS,
            .caller_thread = 55,
            .caller_apartment = 56,
            .security = {10, 0, 2, 3, 0x20}};

    request.ipid = ids[0];
    request.iid = ids[1];
    request.causality = ids[2];
    for (unsigned int i = 0; i < extensions; i++)
        extension_add(&request.extensions, i, i * 5 + 3);
    return request;
}

static void check_extensions(const struct orpc_extensions *got, unsigned int expected)
{
    BOOL same = got->count == expected;

    for (unsigned int i = 0; same && i < expected; i++)
    {
        same = IsEqualGUID(&got->items[i].id, &ids[i]) && got->items[i].size == i * 5 + 3;
        for (ULONG k = 0; same && k < got->items[i].size; k++)
            same = got->items[i].data[k] == (BYTE)(k + i);
    }
    ok(same, "%u extensions", expected);
}

static void test_request(unsigned int extensions)
{
    struct orpc_request request = request_make(extensions), got;
    ULONG_PTR buffer[64];
    ULONG size, body = 0;
    BYTE *head = orpc_encode_request(&request, 0, buffer, sizeof(buffer), &size);

    ok(!(size % ORPC_ALIGNMENT), "the header's size is aligned (%lu)", (unsigned long)size);
    is_hr(orpc_decode_request(aligned_end(head, size), size, &got, &body), S_OK, "it can be read");
    is_uint(body, size, "the data begin after it");
    is_guid(&got.ipid, &ids[0], "IPID");
    is_guid(&got.iid, &ids[1], "IID");
    is_guid(&got.causality, &ids[2], "causality");
    ok(got.method == 7 && got.rpc_flags == 0x1234 && got.category == CALL_INPUT_SYNCHRONOUS
                    && got.caller_thread == 55 && got.caller_apartment == 56,
            "the call");
    ok(!memcmp(&got.security, &request.security, sizeof(got.security)), "the blanket");
    check_extensions(&got.extensions, extensions);
    orpc_extensions_free(&got.extensions);
    orpc_extensions_free(&request.extensions);
    if (head != (BYTE *)buffer)
        free(head);
}

static void test_reply(unsigned int extensions)
{
    struct orpc_reply reply = {.outcome = ORPC_FAULT, .status = E_FAIL, .server_thread = 9}, got;
    ULONG_PTR buffer[64];
    ULONG size, body = 0;
    BYTE *head;

    for (unsigned int i = 0; i < extensions; i++)
        extension_add(&reply.extensions, i, i * 5 + 3);
    head = orpc_encode_reply(&reply, 0, buffer, sizeof(buffer), &size);
    is_hr(orpc_decode_reply(aligned_end(head, size), size, &got, &body), S_OK, "a reply");
    ok(got.outcome == ORPC_FAULT && got.status == E_FAIL && got.server_thread == 9, "its fields");
    check_extensions(&got.extensions, extensions);
    is_hr(orpc_extensions_keep(&got.extensions), S_OK, "extensions are copied");
    memset(space, 0, SPACE);
    check_extensions(&got.extensions, extensions);
    orpc_extensions_free(&got.extensions);
    orpc_extensions_free(&reply.extensions);
    if (head != (BYTE *)buffer)
        free(head);
}

/* The bytes of ORPCTHIS with one extension of 3 bytes, by the tables of [MS-DCOM] 2.2.13. */
static void test_layout(void)
{
    static const BYTE expected[] = {
            5, 0, 7, 0,                                     /* version */
            0, 0, 0, 0,                                     /* flags */
            0, 0, 0, 0,                                     /* reserved */
            7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* cid */
            0, 0, 2, 0,                                     /* extensions: referent */
            1, 0, 0, 0,                                     /* ORPC_EXTENT_ARRAY.size */
            0, 0, 0, 0,                                     /* reserved */
            4, 0, 2, 0,                                     /* extent: referent */
            2, 0, 0, 0,             /* conformance: rounded up to an even number */
            8, 0, 2, 0, 0, 0, 0, 0, /* pointers: one, and a null */
            8, 0, 0, 0,             /* conformance of data: rounded up to 8 */
            1, 0, 0, 0, 2, 0, 3, 0, 4, 5, 6, 7, 8, 9, 10, 11, /* id */
            3, 0, 0, 0,                                       /* size */
            0, 1, 2, 0, 0, 0, 0, 0,                           /* data */
    };
    struct orpc_request request = request_make(1);
    ULONG_PTR buffer[64];
    ULONG size;
    BYTE *head = orpc_encode_request(&request, 0, buffer, sizeof(buffer), &size);

    is_mem(head + 96, expected, sizeof(expected), "ORPCTHIS as the specification has it");
    orpc_extensions_free(&request.extensions);
}

static void check_refused(const struct orpc_request *request, ULONG offset, DWORD value,
        HRESULT expected, const char *what)
{
    struct orpc_request got;
    ULONG_PTR buffer[64];
    ULONG size, body;
    BYTE *head = orpc_encode_request(request, 0, buffer, sizeof(buffer), &size);

    memcpy(head + offset, &value, sizeof(value));
    is_hr(orpc_decode_request(aligned_end(head, size), size, &got, &body), expected, "%s", what);
    ok(!got.extensions.items, "nothing is left to free");
}

static void test_refused(void)
{
    struct orpc_request request = request_make(3);

    check_refused(&request, 0, 0, RPC_E_INVALID_HEADER, "a wrong magic number");
    check_refused(&request, 4, 0x10, RPC_E_INVALID_HEADER, "a header too small");
    check_refused(&request, 4, 0xfffffff0, RPC_E_INVALID_HEADER, "a header too large");
    check_refused(&request, 8, 1, RPC_E_INVALID_HEADER, "a body that is not there");
    check_refused(&request, 52, 3, RPC_E_INVALID_HEADER, "an unknown category");
    check_refused(&request, 96, 0x00080005, RPC_E_VERSION_MISMATCH, "a later minor version");
    check_refused(&request, 96, 0x00070006, RPC_E_VERSION_MISMATCH, "another major version");
    check_refused(&request, 124, 0, RPC_E_INVALID_HEADER, "bytes which nothing refers to");
    check_refused(&request, 128, 0xffffffff, RPC_E_INVALID_EXTENSION, "too many extensions");
    check_refused(&request, 128, 2, RPC_E_INVALID_EXTENSION, "more than announced");
    check_refused(&request, 140, 0x40000000, RPC_E_INVALID_EXTENSION, "an array too large");
    check_refused(&request, 160, 0xfffffff8, RPC_E_INVALID_EXTENSION, "an extension too large");
    check_refused(&request, 180, 9, RPC_E_INVALID_EXTENSION, "more data than there is room");
    orpc_extensions_free(&request.extensions);
}

/* Alters a few bytes, cuts the end off. */
static void mutate(BYTE *data, ULONG *size)
{
    static const DWORD values[] = {0, 1, 2, 7, 8, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
    unsigned int times = random_next() % 4 + 1;

    while (times--)
    {
        ULONG at = random_next() % *size;

        switch (random_next() % 4)
        {
        case 0:
            data[at] = (BYTE)random_next();
            break;
        case 1:
            data[at] ^= (BYTE)(1u << random_next() % 8);
            break;
        case 2:
            memcpy(data + (at & ~3u), &values[random_next() % ARRAYSIZE(values)], 4);
            break;
        default:
            if (random_next() % 4 == 0)
                *size -= random_next() % *size;
        }
    }
}

/* The size fields agree with what is there, so that what follows them is looked at as well. */
static void sizes_mend(BYTE *data, ULONG size)
{
    DWORD header = size & ~15u, body = size - header;

    if (size < 16)
        return;
    memcpy(data + 4, &header, 4);
    memcpy(data + 8, &body, 4);
}

static void test_mutations(void)
{
    struct orpc_request request = request_make(3), got;
    struct orpc_reply reply = {.outcome = ORPC_REPLY}, got_reply;
    ULONG_PTR buffer[128], reply_buffer[128];
    ULONG size, reply_size, body;
    BYTE *head = orpc_encode_request(&request, 0, buffer, sizeof(buffer), &size), copy[1024];
    BYTE *reply_head;
    unsigned int good = 0;

    extension_add(&reply.extensions, 1, 30);
    reply_head = orpc_encode_reply(&reply, 0, reply_buffer, sizeof(reply_buffer), &reply_size);
    random_state = 20240611;
    for (unsigned int i = 0; i < MUTATIONS; i++)
    {
        BOOL is_request = i % 2;
        ULONG length = is_request ? size : reply_size;
        const BYTE *data;

        memcpy(copy, is_request ? head : reply_head, length);
        mutate(copy, &length);
        if (i % 4 > 1)
            sizes_mend(copy, length);
        data = length % 4 ? aligned_end(copy, length) : at_the_end(copy, length);
        if (is_request && SUCCEEDED(orpc_decode_request(data, length, &got, &body)))
        {
            good += body <= length && SUCCEEDED(orpc_extensions_keep(&got.extensions));
            orpc_extensions_free(&got.extensions);
        }
        if (!is_request && SUCCEEDED(orpc_decode_reply(data, length, &got_reply, &body)))
        {
            good += body <= length && SUCCEEDED(orpc_extensions_keep(&got_reply.extensions));
            orpc_extensions_free(&got_reply.extensions);
        }
    }
    pass("%u altered headers, of which %u could still be read", MUTATIONS, good);
    orpc_extensions_free(&request.extensions);
    orpc_extensions_free(&reply.extensions);
}

int main(void)
{
    space = guarded_alloc(SPACE);
    for (unsigned int extensions = 0; extensions <= 3; extensions++)
    {
        test_request(extensions);
        test_reply(extensions);
    }
    test_layout();
    test_refused();
    test_mutations();
    return done_testing();
}
