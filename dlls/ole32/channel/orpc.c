/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "orpc.h"

#include <stdlib.h>
#include <string.h>

#define REQUEST_MAGIC 0x71526f43 /* "CoRq" */
#define REPLY_MAGIC 0x70526f43   /* "CoRp" */
#define REFERENT 0x00020000      /* the first referent ID of NDR; the next are 4 apart */
#define EXTENSION_MAX 0x1000000  /* bytes of one extension */

/* As in memory: both ends are little-endian machines of Windows. */
struct request_head
{
    DWORD magic;
    DWORD header_size; /* bytes before the body */
    DWORD body_size;
    DWORD method;
    GUID ipid;
    GUID iid;
    DWORD rpc_flags;
    DWORD category;
    DWORD data_representation;
    DWORD caller_thread;
    DWORD caller_apartment;
    DWORD authn_service;
    DWORD authz_service;
    DWORD authn_level;
    DWORD imp_level;
    DWORD capabilities;
    DWORD reserved[2];
};

struct reply_head
{
    DWORD magic;
    DWORD header_size;
    DWORD body_size;
    DWORD outcome;
    DWORD status;
    DWORD data_representation;
    DWORD server_thread;
    DWORD reserved;
};

/* ORPCTHIS and ORPCTHAT, up to where their extensions follow; [MS-DCOM] 2.2.13.3 and .4. */
struct orpc_this
{
    WORD major, minor;
    DWORD flags;
    DWORD reserved;
    GUID cid;
    DWORD extensions; /* referent ID */
};

struct orpc_that
{
    DWORD flags;
    DWORD extensions;
};

/* ---- extensions ---- */

void orpc_extensions_free(struct orpc_extensions *extensions)
{
    if (extensions->owned)
        for (ULONG i = 0; i < extensions->count; i++)
            free(extensions->items[i].data);
    free(extensions->items);
    memset(extensions, 0, sizeof(*extensions));
}

struct orpc_extension *orpc_extensions_add(struct orpc_extensions *extensions, REFGUID id,
        ULONG size)
{
    struct orpc_extension *items, *item;
    BYTE *data;

    if (extensions->count >= ORPC_EXTENSIONS_MAX || size > EXTENSION_MAX
            || !(data = calloc(1, size ? size : 1)))
        return NULL;
    if (!(items = realloc(extensions->items, (extensions->count + 1) * sizeof(*items))))
    {
        free(data);
        return NULL;
    }
    extensions->items = items;
    extensions->owned = TRUE;
    item = &items[extensions->count++];
    item->id = *id;
    item->size = size;
    item->data = data;
    return item;
}

HRESULT orpc_extensions_keep(struct orpc_extensions *extensions)
{
    struct orpc_extensions copy = {0};

    if (extensions->owned)
        return S_OK;
    for (ULONG i = 0; i < extensions->count; i++)
    {
        const struct orpc_extension *item = &extensions->items[i];
        struct orpc_extension *kept = orpc_extensions_add(&copy, &item->id, item->size);

        if (!kept)
        {
            orpc_extensions_free(&copy);
            return E_OUTOFMEMORY;
        }
        memcpy(kept->data, item->data, item->size);
    }
    free(extensions->items);
    *extensions = copy;
    return S_OK;
}

const struct orpc_extension *orpc_extensions_find(const struct orpc_extensions *extensions,
        REFGUID id)
{
    for (ULONG i = 0; i < extensions->count; i++)
        if (IsEqualGUID(&extensions->items[i].id, id))
            return &extensions->items[i];
    return NULL;
}

/* ---- writing ---- */

static ULONG align_up(ULONG value, ULONG alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

/* ORPC_EXTENT_ARRAY: size, reserved, pointer; then an array of pointers, of an even count, and what
 * these point to: the count of bytes (a multiple of 8), id, size, bytes. */
static ULONG extensions_size(const struct orpc_extensions *extensions)
{
    ULONG size = 0;

    if (!extensions->count)
        return 0;
    size = 3 * sizeof(DWORD) + sizeof(DWORD) + align_up(extensions->count, 2) * sizeof(DWORD);
    for (ULONG i = 0; i < extensions->count; i++)
        size += 2 * sizeof(DWORD) + sizeof(GUID) + align_up(extensions->items[i].size, 8);
    return size;
}

static BYTE *put_dword(BYTE *at, DWORD value)
{
    memcpy(at, &value, sizeof(value));
    return at + sizeof(value);
}

/* To memory that is all zeros. */
static void extensions_write(const struct orpc_extensions *extensions, BYTE *at)
{
    ULONG slots = align_up(extensions->count, 2);

    if (!extensions->count)
        return;
    at = put_dword(at, extensions->count);
    at = put_dword(at, 0);
    at = put_dword(at, REFERENT + 4);
    at = put_dword(at, slots);
    for (ULONG i = 0; i < slots; i++)
        at = put_dword(at, i < extensions->count ? REFERENT + 8 + 4 * i : 0);
    for (ULONG i = 0; i < extensions->count; i++)
    {
        const struct orpc_extension *item = &extensions->items[i];

        at = put_dword(at, align_up(item->size, 8));
        memcpy(at, &item->id, sizeof(GUID));
        at = put_dword(at + sizeof(GUID), item->size);
        memcpy(at, item->data, item->size);
        at += align_up(item->size, 8);
    }
}

static BYTE *head_alloc(ULONG size, void *buffer, ULONG capacity)
{
    if (size > capacity)
        return calloc(1, size);
    return memset(buffer, 0, size);
}

void *orpc_encode_request(const struct orpc_request *request, ULONG body_size, void *buffer,
        ULONG capacity, ULONG *size)
{
    const ULONG fixed = sizeof(struct request_head) + sizeof(struct orpc_this);
    struct request_head *head;
    struct orpc_this *this;

    *size = align_up(fixed + extensions_size(&request->extensions), ORPC_ALIGNMENT);
    if (!(head = (struct request_head *)head_alloc(*size, buffer, capacity)))
        return NULL;
    head->magic = REQUEST_MAGIC;
    head->header_size = *size;
    head->body_size = body_size;
    head->method = request->method;
    head->ipid = request->ipid;
    head->iid = request->iid;
    head->rpc_flags = request->rpc_flags;
    head->category = request->category;
    head->data_representation = request->data_representation;
    head->caller_thread = request->caller_thread;
    head->caller_apartment = request->caller_apartment;
    head->authn_service = request->security.authn_service;
    head->authz_service = request->security.authz_service;
    head->authn_level = request->security.authn_level;
    head->imp_level = request->security.imp_level;
    head->capabilities = request->security.capabilities;
    this = (struct orpc_this *)(head + 1);
    this->major = ORPC_VERSION_MAJOR;
    this->minor = ORPC_VERSION_MINOR;
    this->cid = request->causality;
    this->extensions = request->extensions.count ? REFERENT : 0;
    extensions_write(&request->extensions, (BYTE *)(this + 1));
    return head;
}

void *orpc_encode_reply(const struct orpc_reply *reply, ULONG body_size, void *buffer,
        ULONG capacity, ULONG *size)
{
    const ULONG fixed = sizeof(struct reply_head) + sizeof(struct orpc_that);
    struct reply_head *head;
    struct orpc_that *that;

    *size = align_up(fixed + extensions_size(&reply->extensions), ORPC_ALIGNMENT);
    if (!(head = (struct reply_head *)head_alloc(*size, buffer, capacity)))
        return NULL;
    head->magic = REPLY_MAGIC;
    head->header_size = *size;
    head->body_size = body_size;
    head->outcome = reply->outcome;
    head->status = (DWORD)reply->status;
    head->data_representation = reply->data_representation;
    head->server_thread = reply->server_thread;
    that = (struct orpc_that *)(head + 1);
    that->extensions = reply->extensions.count ? REFERENT : 0;
    extensions_write(&reply->extensions, (BYTE *)(that + 1));
    return head;
}

/* ---- reading ---- */

struct cursor
{
    BYTE *at;
    ULONG left;
    BOOL failed;
};

static void *take(struct cursor *cursor, ULONG size)
{
    BYTE *at = cursor->at;

    if (cursor->failed || size > cursor->left)
    {
        cursor->failed = TRUE;
        return NULL;
    }
    cursor->at += size;
    cursor->left -= size;
    return at;
}

static DWORD take_dword(struct cursor *cursor)
{
    DWORD value = 0;
    const void *at = take(cursor, sizeof(value));

    if (at)
        memcpy(&value, at, sizeof(value));
    return value;
}

static BOOL extension_read(struct cursor *cursor, struct orpc_extension *item)
{
    DWORD room = take_dword(cursor);
    const GUID *id = take(cursor, sizeof(GUID));

    item->size = take_dword(cursor);
    item->data = take(cursor, room);
    if (cursor->failed || item->size > room || room != align_up(item->size, 8))
        return FALSE;
    item->id = *id;
    return TRUE;
}

static HRESULT extensions_read(struct cursor *cursor, struct orpc_extensions *extensions)
{
    DWORD count = take_dword(cursor), array, slots;
    const DWORD *pointers;

    take_dword(cursor); /* reserved */
    array = take_dword(cursor);
    if (cursor->failed)
        return RPC_E_INVALID_EXTENSION;
    if (!array)
        return count ? RPC_E_INVALID_EXTENSION : S_OK;
    slots = take_dword(cursor);
    if (count > ORPC_EXTENSIONS_MAX || slots != align_up(count, 2)
            || !(pointers = take(cursor, slots * sizeof(DWORD))))
        return RPC_E_INVALID_EXTENSION;
    if (!count)
        return S_OK;
    if (!(extensions->items = calloc(count, sizeof(*extensions->items))))
        return E_OUTOFMEMORY;
    for (DWORD i = 0; i < slots; i++)
    {
        if (!pointers[i])
            continue;
        /* As many as announced, in any of the slots. */
        if (extensions->count == count
                || !extension_read(cursor, &extensions->items[extensions->count]))
            return RPC_E_INVALID_EXTENSION;
        extensions->count++;
    }
    return S_OK;
}

/* The rest of the header: extensions, if there are any, and less than 16 bytes of padding. */
static HRESULT tail_read(struct cursor *cursor, DWORD referent, struct orpc_extensions *extensions)
{
    HRESULT hr = S_OK;

    if (referent && FAILED(hr = extensions_read(cursor, extensions)))
        orpc_extensions_free(extensions);
    if (SUCCEEDED(hr) && cursor->left >= ORPC_ALIGNMENT)
    {
        orpc_extensions_free(extensions);
        hr = RPC_E_INVALID_HEADER;
    }
    return hr;
}

static BOOL sizes_valid(DWORD header_size, DWORD body_size, ULONG size, ULONG least)
{
    return header_size >= least && header_size <= size && !(header_size % ORPC_ALIGNMENT)
            && body_size == size - header_size;
}

HRESULT orpc_decode_request(const void *data, ULONG size, struct orpc_request *request, ULONG *body)
{
    const ULONG fixed = sizeof(struct request_head) + sizeof(struct orpc_this);
    const struct request_head *head = data;
    const struct orpc_this *this = (const struct orpc_this *)(head + 1);
    struct cursor cursor;

    memset(request, 0, sizeof(*request));
    if (size < fixed || head->magic != REQUEST_MAGIC
            || !sizes_valid(head->header_size, head->body_size, size, fixed)
            || head->category > CALL_ASYNCHRONOUS)
        return RPC_E_INVALID_HEADER;
    if (this->major != ORPC_VERSION_MAJOR || this->minor > ORPC_VERSION_MINOR)
        return RPC_E_VERSION_MISMATCH;
    request->ipid = head->ipid;
    request->iid = head->iid;
    request->method = head->method;
    request->data_representation = head->data_representation;
    request->rpc_flags = head->rpc_flags;
    request->category = (enum call_category)head->category;
    request->causality = this->cid;
    request->caller_thread = head->caller_thread;
    request->caller_apartment = head->caller_apartment;
    request->security.authn_service = head->authn_service;
    request->security.authz_service = head->authz_service;
    request->security.authn_level = head->authn_level;
    request->security.imp_level = head->imp_level;
    request->security.capabilities = head->capabilities;
    *body = head->header_size;
    cursor.at = (BYTE *)(ULONG_PTR)(this + 1);
    cursor.left = head->header_size - fixed;
    cursor.failed = FALSE;
    return tail_read(&cursor, this->extensions, &request->extensions);
}

HRESULT orpc_decode_reply(const void *data, ULONG size, struct orpc_reply *reply, ULONG *body)
{
    const ULONG fixed = sizeof(struct reply_head) + sizeof(struct orpc_that);
    const struct reply_head *head = data;
    const struct orpc_that *that = (const struct orpc_that *)(head + 1);
    struct cursor cursor;

    memset(reply, 0, sizeof(*reply));
    if (size < fixed || head->magic != REPLY_MAGIC
            || !sizes_valid(head->header_size, head->body_size, size, fixed)
            || head->outcome > ORPC_RETRY_LATER)
        return RPC_E_INVALID_HEADER;
    reply->outcome = (enum orpc_outcome)head->outcome;
    reply->status = (HRESULT)head->status;
    reply->data_representation = head->data_representation;
    reply->server_thread = head->server_thread;
    *body = head->header_size;
    cursor.at = (BYTE *)(ULONG_PTR)(that + 1);
    cursor.left = head->header_size - fixed;
    cursor.failed = FALSE;
    return tail_read(&cursor, that->extensions, &reply->extensions);
}
