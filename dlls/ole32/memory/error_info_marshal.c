/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Error objects travel by value: [MS-DCOM] 2.2.21.2, the custom-marshaled error information format.
 *
 *     version 0, help context, IID, and thrice: a signature, all ones, with a text, or 0 without.
 *     A text: its characters with the end, 0, the same number again, the characters.
 */
#include "error_info.h"

#include <stdlib.h>
#include <string.h>

COM_OBJECT_METHODS(error_info, struct error_info, IMarshal, IMarshal_iface)

/* [MS-DCOM] 1.9 */
const CLSID error_info_clsid = {0x31b, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

#define FORMAT_VERSION 0
#define TEXT_PRESENT 0xffffffffu

struct packed_head
{
    DWORD version;
    DWORD help_context;
    IID iid;
};

struct packed_text
{
    DWORD max;
    DWORD offset;
    DWORD actual;
};

/* ---- to a stream ---- */

/* Both with the error's lock held. */

static DWORD packed_size(const struct error_info *error)
{
    size_t size = sizeof(struct packed_head);

    for (unsigned int i = 0; i < ERROR_TEXTS; i++)
    {
        size += sizeof(DWORD);
        if (error->texts[i])
            size += sizeof(struct packed_text) + (wcslen(error->texts[i]) + 1) * sizeof(WCHAR);
    }
    return (DWORD)size; /* texts are bounded */
}

static void pack(const struct error_info *error, BYTE *out)
{
    const struct packed_head head = {FORMAT_VERSION, error->help_context, error->guid};

    memcpy(out, &head, sizeof(head));
    out += sizeof(head);
    for (unsigned int i = 0; i < ERROR_TEXTS; i++)
    {
        const WCHAR *text = error->texts[i];
        DWORD signature = text ? TEXT_PRESENT : 0;
        DWORD length = text ? (DWORD)wcslen(text) + 1 : 0;
        const struct packed_text packed = {length, 0, length};

        memcpy(out, &signature, sizeof(signature));
        out += sizeof(signature);
        if (!text)
            continue;
        memcpy(out, &packed, sizeof(packed));
        memcpy(out + sizeof(packed), text, length * sizeof(*text));
        out += sizeof(packed) + length * sizeof(*text);
    }
}

/* ---- from a stream ---- */

static HRESULT stream_get(IStream *stream, void *data, ULONG size)
{
    ULONG read = 0;
    HRESULT hr = IStream_Read(stream, data, size, &read);

    if (FAILED(hr))
        return hr;
    return read == size ? S_OK : STG_E_READFAULT;
}

static HRESULT text_unpack(IStream *stream, WCHAR **out)
{
    struct packed_text packed;
    DWORD signature;
    HRESULT hr;

    *out = NULL;
    hr = stream_get(stream, &signature, sizeof(signature));
    if (FAILED(hr) || !signature)
        return hr;
    if (signature != TEXT_PRESENT)
        return RPC_E_INVALID_OBJREF;
    hr = stream_get(stream, &packed, sizeof(packed));
    if (FAILED(hr))
        return hr;
    if (!packed.max || packed.max > ERROR_TEXT_LENGTH_MAX || packed.offset
            || packed.actual != packed.max)
        return RPC_E_INVALID_OBJREF;
    *out = malloc(packed.max * sizeof(**out));
    if (!*out)
        return E_OUTOFMEMORY;
    hr = stream_get(stream, *out, packed.max * sizeof(**out));
    if (FAILED(hr))
        return hr;
    return (*out)[packed.max - 1] ? RPC_E_INVALID_OBJREF : S_OK;
}

/* Reads an error; the texts are the caller's to free, also when it fails. */
static HRESULT unpack(IStream *stream, struct packed_head *head, WCHAR *texts[ERROR_TEXTS])
{
    HRESULT hr;

    memset(texts, 0, ERROR_TEXTS * sizeof(*texts));
    hr = stream_get(stream, head, sizeof(*head));
    if (SUCCEEDED(hr) && head->version != FORMAT_VERSION)
        hr = RPC_E_INVALID_OBJREF;
    for (unsigned int i = 0; i < ERROR_TEXTS && SUCCEEDED(hr); i++)
        hr = text_unpack(stream, &texts[i]);
    return hr;
}

/* ---- IMarshal ---- */

static HRESULT STDMETHODCALLTYPE error_info_GetUnmarshalClass(IMarshal *iface, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags, CLSID *clsid)
{
    (void)iface;
    (void)iid;
    (void)object;
    (void)context;
    (void)context_data;
    (void)flags;
    if (!clsid)
        return E_INVALIDARG;
    *clsid = error_info_clsid;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_info_GetMarshalSizeMax(IMarshal *iface, REFIID iid,
        void *object, DWORD context, void *context_data, DWORD flags, DWORD *size)
{
    struct error_info *error = error_info_from_IMarshal(iface);

    (void)iid;
    (void)object;
    (void)context;
    (void)context_data;
    (void)flags;
    if (!size)
        return E_INVALIDARG;
    AcquireSRWLockShared(&error->lock);
    *size = packed_size(error);
    ReleaseSRWLockShared(&error->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_info_MarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void *object, DWORD context, void *context_data, DWORD flags)
{
    struct error_info *error = error_info_from_IMarshal(iface);
    ULONG written = 0;
    BYTE *packed;
    DWORD size;
    HRESULT hr;

    (void)iid;
    (void)object;
    (void)context;
    (void)context_data;
    (void)flags;
    if (!stream)
        return E_INVALIDARG;
    AcquireSRWLockShared(&error->lock);
    size = packed_size(error);
    packed = malloc(size);
    if (packed)
        pack(error, packed);
    ReleaseSRWLockShared(&error->lock);
    if (!packed)
        return E_OUTOFMEMORY;
    hr = IStream_Write(stream, packed, size, &written);
    if (SUCCEEDED(hr))
        hr = written == size ? S_OK : STG_E_WRITEFAULT;
    free(packed);
    return hr;
}

static HRESULT STDMETHODCALLTYPE error_info_UnmarshalInterface(IMarshal *iface, IStream *stream,
        REFIID iid, void **out)
{
    struct error_info *error = error_info_from_IMarshal(iface);
    WCHAR *texts[ERROR_TEXTS];
    struct packed_head head;
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!stream)
        return E_INVALIDARG;
    hr = unpack(stream, &head, texts);
    if (SUCCEEDED(hr))
    {
        AcquireSRWLockExclusive(&error->lock);
        error->guid = head.iid;
        error->help_context = head.help_context;
        for (unsigned int i = 0; i < ERROR_TEXTS; i++)
        {
            WCHAR *former = error->texts[i];

            error->texts[i] = texts[i];
            texts[i] = former;
        }
        ReleaseSRWLockExclusive(&error->lock);
        hr = IMarshal_QueryInterface(iface, iid, out);
    }
    for (unsigned int i = 0; i < ERROR_TEXTS; i++)
        free(texts[i]);
    return hr;
}

/* There is nothing to release; the stream goes on behind the data. */
static HRESULT STDMETHODCALLTYPE error_info_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    WCHAR *texts[ERROR_TEXTS];
    struct packed_head head;
    HRESULT hr;

    (void)iface;
    if (!stream)
        return E_INVALIDARG;
    hr = unpack(stream, &head, texts);
    for (unsigned int i = 0; i < ERROR_TEXTS; i++)
        free(texts[i]);
    return hr;
}

static HRESULT STDMETHODCALLTYPE error_info_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    (void)iface;
    (void)reserved;
    return S_OK;
}

const IMarshalVtbl error_info_marshal_vtbl = {
        error_info_IMarshal_QueryInterface,
        error_info_IMarshal_AddRef,
        error_info_IMarshal_Release,
        error_info_GetUnmarshalClass,
        error_info_GetMarshalSizeMax,
        error_info_MarshalInterface,
        error_info_UnmarshalInterface,
        error_info_ReleaseMarshalData,
        error_info_DisconnectObject,
};

/* ---- the class object ---- */

COM_STATIC_FACTORY_METHODS(error_info_factory)

static HRESULT STDMETHODCALLTYPE error_info_factory_CreateInstance(IClassFactory *iface,
        IUnknown *outer, REFIID iid, void **out)
{
    struct error_info *error;
    HRESULT hr;

    (void)iface;
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    error = error_info_create();
    if (!error)
        return E_OUTOFMEMORY;
    hr = com_object_query_interface(&error->object, iid, out);
    com_object_release(&error->object);
    return hr;
}

static const IClassFactoryVtbl error_info_factory_vtbl = {
        error_info_factory_QueryInterface,
        error_info_factory_AddRef,
        error_info_factory_Release,
        error_info_factory_CreateInstance,
        error_info_factory_LockServer,
};

HRESULT error_info_get_class_object(REFIID iid, void **out)
{
    static IClassFactory factory = {&error_info_factory_vtbl};

    return IClassFactory_QueryInterface(&factory, iid, out);
}
