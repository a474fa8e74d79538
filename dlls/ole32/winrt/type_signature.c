/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "type_signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <unknwn.h>
#include <inspectable.h>

#include "array.h"
#include "com_object.h"
#include "wstr.h"

#define DEPTH_MAX 64           /* types within types */
#define TYPES_MAX 4096         /* in one signature */
#define SIGNATURE_MAX 0x100000 /* bytes */
#define GUID_BYTES 40          /* as text in braces, with the null */

/* The names of base types; the page does not name the short integers, which follow from its rule
 * ("a single character to suggest the kind of data, followed by its size in bytes"). */
static const struct base_type
{
    const WCHAR *name;
    const char *signature;
    enum type_kind kind;
} base_types[] = {
        {L"Boolean", "b1", TYPE_VALUE},
        {L"Char16", "c2", TYPE_VALUE},
        {L"Double", "f8", TYPE_VALUE},
        {L"Guid", "g16", TYPE_VALUE},
        {L"Int16", "i2", TYPE_VALUE},
        {L"Int32", "i4", TYPE_VALUE},
        {L"Int64", "i8", TYPE_VALUE},
        {L"Object", "cinterface(IInspectable)", TYPE_OBJECT},
        {L"Single", "f4", TYPE_VALUE},
        {L"String", "string", TYPE_VALUE},
        {L"UInt16", "u2", TYPE_VALUE},
        {L"UInt32", "u4", TYPE_VALUE},
        {L"UInt64", "u8", TYPE_VALUE},
        {L"UInt8", "u1", TYPE_VALUE},
};

/* A name that is being read. */
struct type_name
{
    const WCHAR *const *elements;
    UINT32 count, next;
};

/* A signature that is being written. */
struct signature_writer
{
    struct type_signature *out;
    const struct metadata_locator *locator;
    unsigned int depth, types;
};

/* Where the locator says what one name is. */
struct metadata_builder
{
    const struct metadata_builder_vtbl *lpVtbl;
    struct signature_writer *writer;
    struct type_name *name; /* the type's arguments come next in it */
    BOOL told;
    HRESULT result; /* of what was told */
};

static HRESULT type_write(struct signature_writer *writer, struct type_name *name);

/* --- text --- */

static HRESULT bytes_put(struct signature_writer *writer, const char *bytes, ULONG count)
{
    struct type_signature *out = writer->out;

    if (count > SIGNATURE_MAX - out->length)
        return E_INVALIDARG;
    for (ULONG i = 0; i < count; i++)
    {
        if (!array_grow(&out->text, out->length + 1, &out->room, sizeof(*out->text)))
            return E_OUTOFMEMORY;
        out->text[out->length++] = bytes[i];
        out->text[out->length] = 0;
    }
    return S_OK;
}

static HRESULT text_put(struct signature_writer *writer, const char *text)
{
    return bytes_put(writer, text, (ULONG)strlen(text));
}

static HRESULT name_put(struct signature_writer *writer, const WCHAR *name)
{
    size_t length = name ? wcslen(name) : 0;
    HRESULT hr;
    char *utf8;
    int bytes;

    if (!length || length > SIGNATURE_MAX)
        return E_INVALIDARG;
    bytes = WideCharToMultiByte(CP_UTF8, 0, name, (int)length, NULL, 0, NULL, NULL);
    if (bytes <= 0)
        return E_INVALIDARG;
    if (!(utf8 = malloc(bytes)))
        return E_OUTOFMEMORY;
    WideCharToMultiByte(CP_UTF8, 0, name, (int)length, utf8, bytes, NULL, NULL);
    hr = bytes_put(writer, utf8, (ULONG)bytes);
    free(utf8);
    return hr;
}

static HRESULT guid_put(struct signature_writer *writer, const GUID *guid)
{
    char text[GUID_BYTES];
    const BYTE *rest = guid->Data4;

    snprintf(text, sizeof(text), "{%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
            (unsigned long)guid->Data1, guid->Data2, guid->Data3, rest[0], rest[1], rest[2],
            rest[3], rest[4], rest[5], rest[6], rest[7]);
    return text_put(writer, text);
}

/* "rc(Name;" and the like. */
static HRESULT named_begin(struct signature_writer *writer, const char *what, const WCHAR *name)
{
    HRESULT hr = text_put(writer, what);

    if (SUCCEEDED(hr))
        hr = name_put(writer, name);
    return SUCCEEDED(hr) ? text_put(writer, ";") : hr;
}

/* --- names --- */

static HRESULT base_type_write(struct signature_writer *writer, const WCHAR *name)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(base_types); i++)
    {
        if (wcscmp(base_types[i].name, name))
            continue;
        writer->out->kind = base_types[i].kind;
        return text_put(writer, base_types[i].signature);
    }
    return S_FALSE;
}

/* All of the elements, which are one type. */
static HRESULT elements_write(struct signature_writer *writer, const WCHAR *const *elements,
        UINT32 count)
{
    struct type_name name = {elements, count, 0};
    HRESULT hr;

    if (!elements)
        return E_INVALIDARG;
    hr = type_write(writer, &name);
    return SUCCEEDED(hr) && name.next != count ? E_INVALIDARG : hr;
}

static HRESULT element_add(const WCHAR ***elements, ULONG *count, ULONG *room, const WCHAR *text)
{
    if (!array_grow(elements, *count, room, sizeof(**elements)))
        return E_OUTOFMEMORY;
    (*elements)[(*count)++] = text;
    return S_OK;
}

/* A type as one text, "Name`2<Argument, Argument>": it is taken apart in place. */
static HRESULT text_write(struct signature_writer *writer, WCHAR *text)
{
    static const WCHAR marks[] = L"<,> ";
    const WCHAR **elements = NULL;
    ULONG count = 0, room = 0;
    int open = 0;
    HRESULT hr = S_OK;

    for (const WCHAR *at = text; *at && open >= 0; at++)
        open += *at == '<' ? 1 : *at == '>' ? -1 : 0;
    if (open)
        return E_INVALIDARG;
    while (SUCCEEDED(hr) && *(text += wcsspn(text, marks)))
    {
        hr = element_add(&elements, &count, &room, text);
        text += wcscspn(text, marks);
        if (*text)
            *text++ = 0;
    }
    if (SUCCEEDED(hr))
        hr = elements_write(writer, elements, count);
    free(elements);
    return hr;
}

/* --- what the locator says --- */

/* Says once what the type is. */
static HRESULT builder_begin(struct metadata_builder *builder)
{
    HRESULT hr = builder->told ? E_UNEXPECTED : S_OK;

    builder->told = TRUE;
    return hr;
}

static HRESULT builder_end(struct metadata_builder *builder, enum type_kind kind, HRESULT hr)
{
    if (SUCCEEDED(builder->result))
        builder->result = hr;
    builder->writer->out->kind = kind;
    return hr;
}

/* Interfaces outside of the Windows Runtime are not allowed. */
static HRESULT STDMETHODCALLTYPE builder_SetWinRtInterface(struct metadata_builder *builder,
        GUID iid)
{
    HRESULT hr = builder_begin(builder);

    if (SUCCEEDED(hr) && (IsEqualIID(&iid, &IID_IInspectable) || IsEqualIID(&iid, &IID_IUnknown)))
        hr = E_INVALIDARG;
    if (SUCCEEDED(hr))
        hr = guid_put(builder->writer, &iid);
    builder->writer->out->iid = iid;
    return builder_end(builder, TYPE_INTERFACE, hr);
}

static HRESULT STDMETHODCALLTYPE builder_SetDelegate(struct metadata_builder *builder, GUID iid)
{
    HRESULT hr = builder_begin(builder);

    if (SUCCEEDED(hr))
        hr = text_put(builder->writer, "delegate(");
    if (SUCCEEDED(hr))
        hr = guid_put(builder->writer, &iid);
    if (SUCCEEDED(hr))
        hr = text_put(builder->writer, ")");
    builder->writer->out->iid = iid;
    return builder_end(builder, TYPE_INTERFACE, hr);
}

/* A class or group with its default interface: by elements, or by name and perhaps IID. */
static HRESULT builder_default(struct metadata_builder *builder, const char *what,
        const WCHAR *name, const WCHAR *const *elements, UINT32 count, const GUID *iid)
{
    HRESULT hr = builder_begin(builder);

    if (SUCCEEDED(hr))
        hr = named_begin(builder->writer, what, name);
    if (SUCCEEDED(hr) && iid)
        hr = guid_put(builder->writer, iid);
    else if (SUCCEEDED(hr))
    {
        hr = elements_write(builder->writer, elements, count);
        if (SUCCEEDED(hr) && builder->writer->out->kind != TYPE_INTERFACE
                && builder->writer->out->kind != TYPE_PARAMETERIZED_INSTANCE)
            hr = E_INVALIDARG;
    }
    if (SUCCEEDED(hr))
        hr = text_put(builder->writer, ")");
    return builder_end(builder, TYPE_CLASS, hr);
}

static HRESULT STDMETHODCALLTYPE builder_SetInterfaceGroupSimpleDefault(
        struct metadata_builder *builder, const WCHAR *name, const WCHAR *interface_name,
        const GUID *iid)
{
    return builder_default(builder, "ig(", name, &interface_name, 1, iid);
}

static HRESULT STDMETHODCALLTYPE builder_SetInterfaceGroupParameterizedDefault(
        struct metadata_builder *builder, const WCHAR *name, UINT32 count, const WCHAR **elements)
{
    return builder_default(builder, "ig(", name, elements, count, NULL);
}

static HRESULT STDMETHODCALLTYPE builder_SetRuntimeClassSimpleDefault(
        struct metadata_builder *builder, const WCHAR *name, const WCHAR *interface_name,
        const GUID *iid)
{
    return builder_default(builder, "rc(", name, &interface_name, 1, iid);
}

static HRESULT STDMETHODCALLTYPE builder_SetRuntimeClassParameterizedDefault(
        struct metadata_builder *builder, const WCHAR *name, UINT32 count,
        const WCHAR *const *elements)
{
    return builder_default(builder, "rc(", name, elements, count, NULL);
}

static HRESULT fields_write(struct signature_writer *writer, UINT32 count,
        const WCHAR *const *types)
{
    HRESULT hr = count && !types ? E_INVALIDARG : S_OK;

    for (UINT32 i = 0; i < count && SUCCEEDED(hr); i++)
    {
        WCHAR *text;

        if (!types[i])
            return E_INVALIDARG;
        if (!(text = wstr_dup(types[i])))
            return E_OUTOFMEMORY;
        if (i)
            hr = text_put(writer, ";");
        if (SUCCEEDED(hr))
            hr = text_write(writer, text);
        free(text);
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE builder_SetStruct(struct metadata_builder *builder,
        const WCHAR *name, UINT32 count, const WCHAR *const *types)
{
    HRESULT hr = builder_begin(builder);

    if (SUCCEEDED(hr))
        hr = named_begin(builder->writer, "struct(", name);
    if (SUCCEEDED(hr))
        hr = fields_write(builder->writer, count, types);
    if (SUCCEEDED(hr))
        hr = text_put(builder->writer, ")");
    return builder_end(builder, TYPE_VALUE, hr);
}

/* "The only valid underlying type is that of Int32 or UInt32." */
static HRESULT STDMETHODCALLTYPE builder_SetEnum(struct metadata_builder *builder,
        const WCHAR *name, const WCHAR *base)
{
    HRESULT hr = builder_begin(builder);

    if (SUCCEEDED(hr) && (!base || (wcscmp(base, L"Int32") && wcscmp(base, L"UInt32"))))
        hr = E_INVALIDARG;
    if (SUCCEEDED(hr))
        hr = named_begin(builder->writer, "enum(", name);
    if (SUCCEEDED(hr))
        hr = base_type_write(builder->writer, base);
    if (SUCCEEDED(hr))
        hr = text_put(builder->writer, ")");
    return builder_end(builder, TYPE_VALUE, hr);
}

/* With its arguments, which are the next elements of the name. */
static HRESULT builder_instance(struct metadata_builder *builder, const GUID *piid, UINT32 count)
{
    HRESULT hr = builder_begin(builder);

    if (SUCCEEDED(hr) && !count)
        hr = E_INVALIDARG;
    if (SUCCEEDED(hr))
        hr = text_put(builder->writer, "pinterface(");
    if (SUCCEEDED(hr))
        hr = guid_put(builder->writer, piid);
    for (UINT32 i = 0; i < count && SUCCEEDED(hr); i++)
    {
        hr = text_put(builder->writer, ";");
        if (SUCCEEDED(hr))
            hr = type_write(builder->writer, builder->name);
    }
    if (SUCCEEDED(hr))
        hr = text_put(builder->writer, ")");
    return builder_end(builder, TYPE_PARAMETERIZED_INSTANCE, hr);
}

static HRESULT STDMETHODCALLTYPE builder_SetParameterizedInterface(struct metadata_builder *builder,
        GUID piid, UINT32 count)
{
    return builder_instance(builder, &piid, count);
}

static HRESULT STDMETHODCALLTYPE builder_SetParameterizedDelegate(struct metadata_builder *builder,
        GUID piid, UINT32 count)
{
    return builder_instance(builder, &piid, count);
}

static const struct metadata_builder_vtbl builder_vtbl = {
        builder_SetWinRtInterface,
        builder_SetDelegate,
        builder_SetInterfaceGroupSimpleDefault,
        builder_SetInterfaceGroupParameterizedDefault,
        builder_SetRuntimeClassSimpleDefault,
        builder_SetRuntimeClassParameterizedDefault,
        builder_SetStruct,
        builder_SetEnum,
        builder_SetParameterizedInterface,
        builder_SetParameterizedDelegate,
};

/* --- types --- */

static HRESULT located_type_write(struct signature_writer *writer, const WCHAR *element,
        struct type_name *name)
{
    struct metadata_builder builder = {&builder_vtbl, writer, name, FALSE, S_OK};
    HRESULT hr;

    if (writer->depth >= DEPTH_MAX || writer->types >= TYPES_MAX)
        return E_INVALIDARG;
    writer->depth++;
    writer->types++;
    hr = writer->locator->lpVtbl->Locate(writer->locator, element, &builder);
    writer->depth--;
    if (FAILED(builder.result))
        return builder.result;
    if (FAILED(hr))
        return hr;
    return builder.told ? S_OK : E_UNEXPECTED;
}

/* The next type of a name. */
static HRESULT type_write(struct signature_writer *writer, struct type_name *name)
{
    const WCHAR *element;
    HRESULT hr;

    if (name->next >= name->count)
        return E_INVALIDARG;
    element = name->elements[name->next++];
    if (!element || !*element)
        return E_INVALIDARG;
    hr = base_type_write(writer, element);
    return hr == S_FALSE ? located_type_write(writer, element, name) : hr;
}

HRESULT type_signature_make(const WCHAR *const *elements, UINT32 count,
        const struct metadata_locator *locator, struct type_signature *out)
{
    struct signature_writer writer = {out, locator, 0, 0};

    memset(out, 0, sizeof(*out));
    return elements_write(&writer, elements, count);
}
