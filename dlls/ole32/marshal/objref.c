/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "objref.h"

#include <string.h>

/* 2.2.18.7: OBJREF_EXTENDED */
#define EXTENDED_SIGNATURE 0x4e535956ul /* "VYSN" */
/* 2.2.18.8: DATAELEMENT */
#define DATA_ELEMENTS_MAX 64u
#define DATA_ELEMENT_MAX 0x10000u
#define STRING_ARRAY_MAX 0xffffu

struct writer
{
    BYTE *at;
};

static void put(struct writer *writer, const void *data, size_t size)
{
    memcpy(writer->at, data, size);
    writer->at += size;
}

static void put_u32(struct writer *writer, UINT32 value)
{
    put(writer, &value, sizeof(value)); /* all machines that COM runs on here are little-endian */
}

static void put_std(struct writer *writer, const struct std_objref *std)
{
    put_u32(writer, std->flags);
    put_u32(writer, std->public_refs);
    put(writer, &std->oxid, 8);
    put(writer, &std->oid, 8);
    put(writer, &std->ipid, sizeof(std->ipid));
}

ULONG objref_encode(const struct objref *objref, BYTE buffer[OBJREF_SIZE_MAX])
{
    struct writer writer = {buffer};

    put_u32(&writer, OBJREF_SIGNATURE);
    put_u32(&writer, objref->form);
    put(&writer, &objref->iid, sizeof(objref->iid));
    if (objref->form == OBJREF_CUSTOM)
    {
        put(&writer, &objref->clsid, sizeof(objref->clsid));
        put_u32(&writer, 0); /* cbExtension */
        put_u32(&writer, objref->custom_size);
    }
    else
    {
        put_std(&writer, &objref->std);
        if (objref->form == OBJREF_HANDLER)
            put(&writer, &objref->clsid, sizeof(objref->clsid));
        if (objref->form == OBJREF_EXTENDED)
        {
            put_u32(&writer, EXTENDED_SIGNATURE);
            put_u32(&writer, 0); /* the DUALSTRINGARRAY: wNumEntries, wSecurityOffset */
            put_u32(&writer, 1); /* nElms, which is always 1 */
            put_u32(&writer, EXTENDED_SIGNATURE);
            put(&writer, &GUID_NULL, sizeof(GUID_NULL)); /* an element without data */
            put_u32(&writer, 0);
            put_u32(&writer, 0);
        }
        else
        {
            put_u32(&writer, 0);
        }
    }
    return (ULONG)(writer.at - buffer);
}

HRESULT stream_write_all(IStream *stream, const void *data, ULONG size)
{
    ULONG written = 0;
    HRESULT hr = IStream_Write(stream, data, size, &written);

    if (FAILED(hr))
        return hr;
    return written == size ? S_OK : STG_E_MEDIUMFULL;
}

HRESULT stream_read_all(IStream *stream, void *data, ULONG size)
{
    BYTE *at = data;

    while (size)
    {
        ULONG got = 0;
        HRESULT hr = IStream_Read(stream, at, size, &got);

        if (FAILED(hr))
            return hr;
        if (!got || got > size)
            return STG_E_READFAULT;
        at += got;
        size -= got;
    }
    return S_OK;
}

static HRESULT skip(IStream *stream, ULONG size)
{
    BYTE scratch[256];
    HRESULT hr = S_OK;

    while (size && SUCCEEDED(hr))
    {
        ULONG part = size < sizeof(scratch) ? size : sizeof(scratch);

        hr = stream_read_all(stream, scratch, part);
        size -= part;
    }
    return hr;
}

/* 2.2.19.1: wNumEntries counts 16-bit units, wSecurityOffset lies within them. The bindings are
 * those of other machines' object resolvers. */
static HRESULT read_string_array(IStream *stream)
{
    USHORT head[2];
    HRESULT hr = stream_read_all(stream, head, sizeof(head));

    if (FAILED(hr))
        return hr;
    if (head[1] > head[0])
        return E_INVALIDARG;
    return skip(stream, (ULONG)head[0] * 2);
}

static HRESULT read_std(IStream *stream, struct std_objref *std)
{
    struct
    {
        UINT32 flags, public_refs;
        UINT64 oxid, oid;
        GUID ipid;
    } wire;
    HRESULT hr;

    C_ASSERT(sizeof(wire) == 40);
    hr = stream_read_all(stream, &wire, sizeof(wire));
    if (FAILED(hr))
        return hr;
    std->flags = wire.flags;
    std->public_refs = wire.public_refs;
    std->oxid = wire.oxid;
    std->oid = wire.oid;
    std->ipid = wire.ipid;
    return S_OK;
}

/* 2.2.18.7, 2.2.18.8: an array of elements which nobody here has a use for. */
static HRESULT read_data_elements(IStream *stream)
{
    UINT32 count, i, signature;
    HRESULT hr = stream_read_all(stream, &count, sizeof(count));

    if (FAILED(hr))
        return hr;
    if (count > DATA_ELEMENTS_MAX)
        return E_INVALIDARG;
    hr = stream_read_all(stream, &signature, sizeof(signature));
    if (FAILED(hr))
        return hr;
    if (signature != EXTENDED_SIGNATURE)
        return E_INVALIDARG;
    for (i = 0; i < count; ++i)
    {
        struct
        {
            GUID id;
            UINT32 size, rounded_size;
        } element;

        hr = stream_read_all(stream, &element, sizeof(element));
        if (FAILED(hr))
            return hr;
        if (element.size > DATA_ELEMENT_MAX || element.rounded_size != ((element.size + 7) & ~7u))
            return E_INVALIDARG;
        hr = skip(stream, element.rounded_size);
        if (FAILED(hr))
            return hr;
    }
    return S_OK;
}

HRESULT objref_read(IStream *stream, struct objref *objref)
{
    struct
    {
        UINT32 signature, form;
        IID iid;
    } head;
    UINT32 words[2], signature;
    HRESULT hr;

    memset(objref, 0, sizeof(*objref));
    hr = stream_read_all(stream, &head, sizeof(head));
    if (FAILED(hr))
        return hr;
    if (head.signature != OBJREF_SIGNATURE)
        return E_INVALIDARG;
    objref->form = head.form;
    objref->iid = head.iid;

    switch (head.form)
    {
    case OBJREF_STANDARD:
    case OBJREF_HANDLER:
        hr = read_std(stream, &objref->std);
        if (SUCCEEDED(hr) && head.form == OBJREF_HANDLER)
            hr = stream_read_all(stream, &objref->clsid, sizeof(objref->clsid));
        if (SUCCEEDED(hr))
            hr = read_string_array(stream);
        return hr;

    case OBJREF_CUSTOM:
        hr = stream_read_all(stream, &objref->clsid, sizeof(objref->clsid));
        if (SUCCEEDED(hr))
            hr = stream_read_all(stream, words, sizeof(words));
        if (FAILED(hr))
            return hr;
        /* 2.2.18.6: cbExtension is zero, in spite of which its bytes come first. */
        if (words[0] > STRING_ARRAY_MAX)
            return E_INVALIDARG;
        objref->custom_size = words[1];
        return skip(stream, words[0]);

    case OBJREF_EXTENDED:
        hr = read_std(stream, &objref->std);
        if (SUCCEEDED(hr))
            hr = stream_read_all(stream, &signature, sizeof(signature));
        if (FAILED(hr))
            return hr;
        if (signature != EXTENDED_SIGNATURE)
            return E_INVALIDARG;
        hr = read_string_array(stream);
        return SUCCEEDED(hr) ? read_data_elements(stream) : hr;

    default:
        return E_INVALIDARG;
    }
}
