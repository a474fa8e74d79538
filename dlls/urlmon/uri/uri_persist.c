/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPersistStream and IMarshal of URIs. Saved, a URI is eight 32-bit numbers (the size of all, 0, 0,
 * its creation flags, 0, 0, 0, the number of properties), the properties (which one, the size of
 * its value, the value, strings with a NUL) and a 0. The raw text comes first; it and the flags are
 * what is loaded. Marshalled it follows the size of all and the context: a URI never changes, so
 * that a copy is as good.
 */
#include "uri.h"
#include "uri_char.h"

#define HEADER_NUMBERS 8
/* The sizes that are written, and GetSizeMax, count two bytes more than there are. */
#define SIZE_SURPLUS 2
/* How much of a string is read before the stream has shown that it has it. */
#define READ_STEP 65536
#define TEXT_MAX_BYTES 0x3fffffff

struct memory
{
    BYTE *data; /* NULL: only counted */
    size_t size;
};

static void put_bytes(struct memory *memory, const void *data, size_t size)
{
    if (memory->data)
        memcpy(memory->data + memory->size, data, size);
    memory->size += size;
}

static void put_number(struct memory *memory, DWORD number)
{
    put_bytes(memory, &number, sizeof(number));
}

/* The string properties which are saved, in this order; the port is between path and query. */
static const Uri_PROPERTY saved_strings[] = {
        Uri_PROPERTY_FRAGMENT,
        Uri_PROPERTY_HOST,
        Uri_PROPERTY_PASSWORD,
        Uri_PROPERTY_PATH,
        Uri_PROPERTY_QUERY,
        Uri_PROPERTY_SCHEME_NAME,
        Uri_PROPERTY_USER_NAME,
};

static void put_string(struct memory *memory, Uri_PROPERTY property, struct uri_text text)
{
    static const WCHAR nul;

    put_number(memory, property);
    put_number(memory, (DWORD)((text.length + 1) * sizeof(WCHAR)));
    put_bytes(memory, text.text, text.length * sizeof(WCHAR));
    put_bytes(memory, &nul, sizeof(nul));
}

static BOOL saves_parts(const struct uri_value *value)
{
    DWORD scheme = value->layout.scheme;

    return scheme == URL_SCHEME_HTTP || scheme == URL_SCHEME_HTTPS || scheme == URL_SCHEME_FTP;
}

/* Writes all; counts the properties. */
static DWORD put_properties(struct memory *memory, const struct uri_value *value, BOOL empty_path)
{
    DWORD count = 1;

    put_string(memory, Uri_PROPERTY_RAW_URI, uri_value_string(value, Uri_PROPERTY_RAW_URI));
    if (!saves_parts(value))
        return count;
    for (unsigned int i = 0; i < ARRAY_SIZE(saved_strings); i++)
    {
        struct uri_text text = uri_value_string(value, saved_strings[i]);

        if (saved_strings[i] == Uri_PROPERTY_QUERY && (value->layout.properties & Uri_HAS_PORT))
        {
            put_number(memory, Uri_PROPERTY_PORT);
            put_number(memory, sizeof(DWORD));
            put_number(memory, value->layout.port);
            count++;
        }
        if (text.text)
        {
            put_string(memory, saved_strings[i], text);
            count++;
        }
        else if (saved_strings[i] == Uri_PROPERTY_PATH && empty_path)
        {
            /* Marshalled, there is always a path. */
            put_number(memory, Uri_PROPERTY_PATH);
            put_number(memory, sizeof(DWORD));
            put_number(memory, 0);
            count++;
        }
    }
    return count;
}

static void put_all(struct memory *memory, const struct uri_value *value, BOOL empty_path,
        DWORD size, DWORD count)
{
    put_number(memory, size + SIZE_SURPLUS);
    put_number(memory, 0);
    put_number(memory, 0);
    put_number(memory, value->create_flags);
    put_number(memory, 0);
    put_number(memory, 0);
    put_number(memory, 0);
    put_number(memory, count);
    put_properties(memory, value, empty_path);
    put_number(memory, 0);
}

/* How large put_all() is, and how many properties it writes. */
static DWORD saved_size(const struct uri_value *value, BOOL empty_path, DWORD *count)
{
    struct memory memory = {NULL, 0};

    *count = put_properties(&memory, value, empty_path);
    return (DWORD)memory.size + (HEADER_NUMBERS + 1) * sizeof(DWORD);
}

static HRESULT write_exactly(IStream *stream, const void *data, DWORD size)
{
    ULONG written = 0;
    HRESULT hr = IStream_Write(stream, data, size, &written);

    if (FAILED(hr))
        return hr;
    return written == size ? S_OK : STG_E_MEDIUMFULL;
}

/* Saves, after the size and the context if it is marshalled. */
static HRESULT save(const struct uri_value *value, IStream *stream, const DWORD *context)
{
    struct memory memory = {NULL, 0};
    DWORD count, size = saved_size(value, context != NULL, &count);
    HRESULT hr;

    memory.data = malloc(size + 2 * sizeof(DWORD));
    if (!memory.data)
        return E_OUTOFMEMORY;
    if (context)
    {
        put_number(&memory, size + 2 * sizeof(DWORD) + SIZE_SURPLUS);
        put_number(&memory, *context);
    }
    put_all(&memory, value, context != NULL, size, count);
    hr = write_exactly(stream, memory.data, (DWORD)memory.size);
    free(memory.data);
    return hr;
}

static HRESULT read_exactly(IStream *stream, void *data, DWORD size)
{
    ULONG got = 0;
    HRESULT hr = IStream_Read(stream, data, size, &got);

    if (FAILED(hr))
        return hr;
    return got == size ? S_OK : STG_E_READFAULT;
}

/* Reads `size` bytes, never asking for more memory than the stream has shown to need twice. */
static HRESULT read_bytes(IStream *stream, DWORD size, void **out)
{
    BYTE *data = NULL, *grown;
    DWORD have = 0, step;
    HRESULT hr;

    *out = NULL;
    while (have < size)
    {
        step = have > READ_STEP ? have : READ_STEP;
        if (step > size - have)
            step = size - have;
        grown = realloc(data, have + step);
        if (!grown)
        {
            free(data);
            return E_OUTOFMEMORY;
        }
        data = grown;
        hr = read_exactly(stream, data + have, step);
        if (FAILED(hr))
        {
            free(data);
            return hr;
        }
        have += step;
    }
    *out = data;
    return S_OK;
}

/* Reads what save() has written, and leaves the stream behind it. */
static HRESULT load(IStream *stream, struct uri_value **out)
{
    DWORD header[HEADER_NUMBERS], property[2], left;
    LARGE_INTEGER skip;
    void *data;
    HRESULT hr;

    hr = read_exactly(stream, header, sizeof(header));
    if (FAILED(hr))
        return hr;
    if (header[0] < sizeof(header) + SIZE_SURPLUS || header[0] > TEXT_MAX_BYTES || !header[7])
        return E_FAIL;
    left = header[0] - SIZE_SURPLUS - sizeof(header);
    if (left < sizeof(property))
        return E_FAIL;
    hr = read_exactly(stream, property, sizeof(property));
    if (FAILED(hr))
        return hr;
    left -= sizeof(property);
    if (property[0] != Uri_PROPERTY_RAW_URI || property[1] > left || property[1] % sizeof(WCHAR)
            || !property[1])
        return E_FAIL;
    hr = read_bytes(stream, property[1], &data);
    if (FAILED(hr))
        return hr;
    left -= property[1];
    /* A NUL at its end, and none before: there is no such URI. */
    if (wcsnlen(data, property[1] / sizeof(WCHAR)) != property[1] / sizeof(WCHAR) - 1)
        hr = E_FAIL;
    else
        hr = uri_value_create(data, property[1] / sizeof(WCHAR) - 1, URI_PUBLIC_FLAGS(header[3]),
                out);
    free(data);
    if (FAILED(hr))
        return hr;
    skip.QuadPart = left;
    hr = IStream_Seek(stream, skip, STREAM_SEEK_CUR, NULL);
    if (FAILED(hr))
    {
        free(*out);
        *out = NULL;
    }
    return hr;
}

COM_OBJECT_METHODS(persist, struct uri, IPersistStream, IPersistStream_iface)

static HRESULT STDMETHODCALLTYPE persist_GetClassID(IPersistStream *iface, CLSID *clsid)
{
    (void)iface;
    if (!clsid)
        return E_INVALIDARG;
    *clsid = uri_class_id;
    return S_OK;
}

/* A URI does not change. */
static HRESULT STDMETHODCALLTYPE persist_IsDirty(IPersistStream *iface)
{
    (void)iface;
    return S_FALSE;
}

/* IPersistStream::Load: once, on an object made by its class; E_UNEXPECTED otherwise. */
static HRESULT STDMETHODCALLTYPE persist_Load(IPersistStream *iface, IStream *stream)
{
    struct uri *uri = persist_from_IPersistStream(iface);
    struct uri_value *value;
    HRESULT hr;

    if (!stream)
        return E_INVALIDARG;
    if (uri->value)
        return E_UNEXPECTED;
    hr = load(stream, &value);
    if (FAILED(hr))
        return hr;
    if (InterlockedCompareExchangePointer(&uri->loaded, value, NULL))
    {
        free(value);
        return E_UNEXPECTED;
    }
    InterlockedExchangePointer((void **)&uri->value, value);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE persist_Save(IPersistStream *iface, IStream *stream, BOOL clear)
{
    struct uri *uri = persist_from_IPersistStream(iface);

    (void)clear;
    if (!stream)
        return E_INVALIDARG;
    return uri->value ? save(uri->value, stream, NULL) : E_UNEXPECTED;
}

static HRESULT STDMETHODCALLTYPE persist_GetSizeMax(IPersistStream *iface, ULARGE_INTEGER *size)
{
    struct uri *uri = persist_from_IPersistStream(iface);
    DWORD count;

    if (!size)
        return E_INVALIDARG;
    size->QuadPart = SIZE_SURPLUS;
    if (uri->value)
        size->QuadPart += saved_size(uri->value, FALSE, &count);
    else
        size->QuadPart += HEADER_NUMBERS * sizeof(DWORD);
    return S_OK;
}

const IPersistStreamVtbl uri_persist_vtbl = {
        persist_IPersistStream_QueryInterface,
        persist_IPersistStream_AddRef,
        persist_IPersistStream_Release,
        persist_GetClassID,
        persist_IsDirty,
        persist_Load,
        persist_Save,
        persist_GetSizeMax,
};

COM_OBJECT_METHODS(marshal, struct uri, IMarshal, IMarshal_iface)

/* Copies go within this machine, for one unmarshalling. */
static BOOL can_marshal(DWORD context, DWORD flags)
{
    return (context == MSHCTX_LOCAL || context == MSHCTX_NOSHAREDMEM || context == MSHCTX_INPROC)
            && flags == MSHLFLAGS_NORMAL;
}

static HRESULT STDMETHODCALLTYPE marshal_GetUnmarshalClass(IMarshal *iface, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags, CLSID *clsid)
{
    (void)iface;
    (void)iid;
    (void)object;
    (void)context_data;
    if (!clsid || !can_marshal(context, flags))
        return E_INVALIDARG;
    *clsid = uri_class_id;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE marshal_GetMarshalSizeMax(IMarshal *iface, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags, DWORD *size)
{
    struct uri *uri = marshal_from_IMarshal(iface);
    DWORD count;

    (void)iid;
    (void)object;
    (void)context_data;
    if (!size || !can_marshal(context, flags))
        return E_INVALIDARG;
    if (!uri->value)
        return E_UNEXPECTED;
    *size = saved_size(uri->value, TRUE, &count) + 2 * sizeof(DWORD) + SIZE_SURPLUS;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE marshal_MarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void *object, DWORD context, void *context_data, DWORD flags)
{
    struct uri *uri = marshal_from_IMarshal(iface);

    (void)iid;
    (void)object;
    (void)context_data;
    if (!stream || !can_marshal(context, flags))
        return E_INVALIDARG;
    return uri->value ? save(uri->value, stream, &context) : E_UNEXPECTED;
}

/* IMarshal::UnmarshalInterface: loads the object, which its class has made, and gives it out. */
static HRESULT STDMETHODCALLTYPE marshal_UnmarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void **out)
{
    struct uri *uri = marshal_from_IMarshal(iface);
    DWORD header[2];
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!stream)
        return E_INVALIDARG;
    if (uri->value)
        return E_UNEXPECTED;
    hr = read_exactly(stream, header, sizeof(header));
    if (FAILED(hr))
        return hr;
    if (!can_marshal(header[1], MSHLFLAGS_NORMAL))
        return E_FAIL;
    hr = persist_Load(&uri->IPersistStream_iface, stream);
    if (FAILED(hr))
        return hr;
    return IUri_QueryInterface(&uri->IUri_iface, iid, out);
}

static HRESULT STDMETHODCALLTYPE marshal_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    DWORD header[2];
    LARGE_INTEGER skip;
    HRESULT hr;

    (void)iface;
    if (!stream)
        return E_INVALIDARG;
    /* There is nothing to release: the stream goes behind it. */
    hr = read_exactly(stream, header, sizeof(header));
    if (FAILED(hr))
        return hr;
    if (header[0] < sizeof(header) + SIZE_SURPLUS)
        return E_FAIL;
    skip.QuadPart = header[0] - SIZE_SURPLUS - sizeof(header);
    return IStream_Seek(stream, skip, STREAM_SEEK_CUR, NULL);
}

static HRESULT STDMETHODCALLTYPE marshal_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    (void)iface;
    (void)reserved;
    return S_OK;
}

const IMarshalVtbl uri_marshal_vtbl = {
        marshal_IMarshal_QueryInterface,
        marshal_IMarshal_AddRef,
        marshal_IMarshal_Release,
        marshal_GetUnmarshalClass,
        marshal_GetMarshalSizeMax,
        marshal_MarshalInterface,
        marshal_UnmarshalInterface,
        marshal_ReleaseMarshalData,
        marshal_DisconnectObject,
};
