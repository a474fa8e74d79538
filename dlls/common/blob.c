/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "blob.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

void blob_writer_free(struct blob_writer *writer)
{
    free(writer->data);
    memset(writer, 0, sizeof(*writer));
}

/* Makes room for `size` more bytes; FALSE, and the writer failed, when there is none. */
static BOOL blob_reserve(struct blob_writer *writer, size_t size)
{
    size_t capacity = writer->capacity ? writer->capacity : 256;
    BYTE *data;

    if (writer->failed)
        return FALSE;
    if (size <= writer->capacity - writer->size)
        return TRUE;
    if (size > SIZE_MAX / 4 || writer->size > SIZE_MAX / 4)
    {
        writer->failed = TRUE;
        return FALSE;
    }
    while (capacity < writer->size + size)
        capacity *= 2;
    if (!(data = realloc(writer->data, capacity)))
    {
        writer->failed = TRUE;
        return FALSE;
    }
    writer->data = data;
    writer->capacity = capacity;
    return TRUE;
}

void blob_put_bytes(struct blob_writer *writer, const void *data, size_t size)
{
    if (!size || !blob_reserve(writer, size))
        return;
    memcpy(writer->data + writer->size, data, size);
    writer->size += size;
}

void blob_put_u8(struct blob_writer *writer, BYTE value)
{
    blob_put_bytes(writer, &value, sizeof(value));
}

void blob_put_u32(struct blob_writer *writer, UINT32 value)
{
    blob_put_bytes(writer, &value, sizeof(value));
}

void blob_put_u64(struct blob_writer *writer, UINT64 value)
{
    blob_put_bytes(writer, &value, sizeof(value));
}

void blob_put_guid(struct blob_writer *writer, const GUID *value)
{
    blob_put_bytes(writer, value, sizeof(*value));
}

/* Kept as the number of characters plus one, and the characters; 0 stands for NULL. */
void blob_put_wstr(struct blob_writer *writer, const WCHAR *text)
{
    size_t length = text ? wcslen(text) : 0;

    if (length >= UINT32_MAX / sizeof(WCHAR))
    {
        writer->failed = TRUE;
        return;
    }
    blob_put_u32(writer, text ? (UINT32)length + 1 : 0);
    blob_put_bytes(writer, text, length * sizeof(WCHAR));
}

void blob_put_counted(struct blob_writer *writer, const void *data, UINT32 size)
{
    blob_put_u32(writer, size);
    blob_put_bytes(writer, data, size);
}

void blob_reader_init(struct blob_reader *reader, const void *data, size_t size)
{
    reader->data = data;
    reader->size = size;
    reader->offset = 0;
    reader->failed = FALSE;
}

const void *blob_get_bytes(struct blob_reader *reader, size_t size)
{
    const BYTE *bytes;

    if (reader->failed || size > reader->size - reader->offset)
    {
        reader->failed = TRUE;
        return NULL;
    }
    bytes = reader->data + reader->offset;
    reader->offset += size;
    return bytes;
}

/* Copies an object of fixed size out, or zeros when the data ended. */
static void blob_get_object(struct blob_reader *reader, void *value, size_t size)
{
    const void *bytes = blob_get_bytes(reader, size);

    if (bytes)
        memcpy(value, bytes, size);
    else
        memset(value, 0, size);
}

BYTE blob_get_u8(struct blob_reader *reader)
{
    BYTE value;

    blob_get_object(reader, &value, sizeof(value));
    return value;
}

UINT32 blob_get_u32(struct blob_reader *reader)
{
    UINT32 value;

    blob_get_object(reader, &value, sizeof(value));
    return value;
}

UINT64 blob_get_u64(struct blob_reader *reader)
{
    UINT64 value;

    blob_get_object(reader, &value, sizeof(value));
    return value;
}

GUID blob_get_guid(struct blob_reader *reader)
{
    GUID value;

    blob_get_object(reader, &value, sizeof(value));
    return value;
}

WCHAR *blob_get_wstr(struct blob_reader *reader)
{
    UINT32 length = blob_get_u32(reader);
    const void *bytes;
    WCHAR *text;

    if (!length--)
        return NULL;
    if (length > (reader->size - reader->offset) / sizeof(WCHAR))
    {
        reader->failed = TRUE;
        return NULL;
    }
    if (!(bytes = blob_get_bytes(reader, length * sizeof(WCHAR))))
        return NULL;
    if (!(text = malloc((length + 1) * sizeof(WCHAR))))
    {
        reader->failed = TRUE;
        return NULL;
    }
    memcpy(text, bytes, length * sizeof(WCHAR));
    text[length] = 0;
    if (wcslen(text) != length)
    {
        reader->failed = TRUE; /* no string of ours has a null character inside */
        free(text);
        return NULL;
    }
    return text;
}

const void *blob_get_counted(struct blob_reader *reader, UINT32 *size)
{
    const void *bytes;

    *size = blob_get_u32(reader);
    if (!(bytes = blob_get_bytes(reader, *size)))
        *size = 0;
    return bytes;
}
