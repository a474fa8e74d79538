/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a URI is about: made in one block, and the values of its string properties. */
#include "uri.h"
#include "uri_char.h"
#include "uri_host.h"

/* A text made of pieces of the canonical one. */
struct piece_list
{
    struct uri_text pieces[4];
    unsigned int count;
    WCHAR punycode[256];
};

struct uri_text uri_value_string(const struct uri_value *value, Uri_PROPERTY property)
{
    struct uri_text none = {NULL, 0};
    const struct uri_span *span;

    if (property > Uri_PROPERTY_STRING_LAST)
        return none;
    if (property == Uri_PROPERTY_RAW_URI)
        return (struct uri_text){value->raw, value->raw_length};
    span = &value->layout.strings[property];
    if (span->length == URI_ABSENT)
        return none;
    return (struct uri_text){value->text + span->start, span->length};
}

static void add_piece(struct piece_list *list, const WCHAR *begin, const WCHAR *end)
{
    if (begin < end)
        list->pieces[list->count++] = (struct uri_text){begin, end - begin};
}

/* The pieces of a property which is there: without what it leaves out, and with the host in
 * Punycode where that is asked for. */
static void collect_pieces(const struct uri_value *value, Uri_PROPERTY property, DWORD flags,
        struct piece_list *list)
{
    struct uri_text text = uri_value_string(value, property);
    struct uri_text fragment = uri_value_string(value, Uri_PROPERTY_FRAGMENT);
    struct uri_text name = uri_value_string(value,
            property == Uri_PROPERTY_DOMAIN ? Uri_PROPERTY_DOMAIN : Uri_PROPERTY_HOST);
    const WCHAR *begin = text.text, *end = begin + text.length;
    struct uri_span cut = {0, 0};
    size_t punycode = 0;

    list->count = 0;
    if (property == Uri_PROPERTY_DISPLAY_URI)
    {
        cut = value->layout.not_displayed;
        if ((flags & Uri_DISPLAY_NO_FRAGMENT) && fragment.text)
            end = fragment.text;
    }
    else if (property == Uri_PROPERTY_ABSOLUTE_URI)
        cut = value->layout.not_absolute;
    if ((flags & Uri_PUNYCODE_IDN_HOST) && value->layout.host_type == Uri_HOST_IDN
            && (property == Uri_PROPERTY_ABSOLUTE_URI || property == Uri_PROPERTY_DOMAIN
                    || property == Uri_PROPERTY_HOST))
        punycode = host_to_punycode(name.text, name.length, list->punycode,
                ARRAY_SIZE(list->punycode));
    if (cut.length)
    {
        add_piece(list, begin, value->text + cut.start);
        begin = value->text + cut.start + cut.length;
    }
    if (punycode)
    {
        add_piece(list, begin, name.text);
        add_piece(list, list->punycode, list->punycode + punycode);
        begin = name.text + name.length;
    }
    add_piece(list, begin, end);
}

/* Whether a property is a plain part of the text whatever the flags. */
static BOOL is_plain(const struct uri_value *value, Uri_PROPERTY property, DWORD flags)
{
    if (property == Uri_PROPERTY_RAW_URI)
        return TRUE;
    return !flags && !value->layout.not_displayed.length && !value->layout.not_absolute.length;
}

HRESULT uri_value_string_length(const struct uri_value *value, Uri_PROPERTY property, DWORD flags,
        DWORD *length)
{
    struct piece_list list;

    *length = 0;
    if (!uri_value_string(value, property).text)
        return S_FALSE;
    if (is_plain(value, property, flags))
    {
        *length = (DWORD)uri_value_string(value, property).length;
        return S_OK;
    }
    collect_pieces(value, property, flags, &list);
    for (unsigned int i = 0; i < list.count; i++)
        *length += (DWORD)list.pieces[i].length;
    return S_OK;
}

HRESULT uri_value_bstr(const struct uri_value *value, Uri_PROPERTY property, DWORD flags, BSTR *out)
{
    struct uri_text text = uri_value_string(value, property);
    struct piece_list list;
    size_t length = 0;
    WCHAR *p;

    if (!text.text)
    {
        *out = SysAllocStringLen(NULL, 0);
        return *out ? S_FALSE : E_OUTOFMEMORY;
    }
    if (is_plain(value, property, flags))
    {
        *out = SysAllocStringLen(text.text, (UINT)text.length);
        return *out ? S_OK : E_OUTOFMEMORY;
    }
    collect_pieces(value, property, flags, &list);
    for (unsigned int i = 0; i < list.count; i++)
        length += list.pieces[i].length;
    *out = SysAllocStringLen(NULL, (UINT)length);
    if (!*out)
        return E_OUTOFMEMORY;
    p = *out;
    for (unsigned int i = 0; i < list.count; i++)
    {
        memcpy(p, list.pieces[i].text, list.pieces[i].length * sizeof(WCHAR));
        p += list.pieces[i].length;
    }
    *p = 0;
    return S_OK;
}

/* Whether a character is taken away from both ends of a URI out of HTML, and within it. */
static BOOL is_space(WCHAR c)
{
    return c <= ' ' || (c >= 0x7f && iswspace(c));
}

static BOOL is_control(WCHAR c)
{
    return c < ' ' || (c >= 0x7f && c < 0xa0);
}

/* Uri_CREATE_PRE_PROCESS_HTML_URI. *text is the caller's, or *owned, which is to be freed. */
static HRESULT preprocess(const WCHAR **text, size_t *length, WCHAR **owned)
{
    const WCHAR *begin = *text, *end = begin + *length, *p;
    WCHAR *out;

    while (begin < end && is_space(*begin))
        begin++;
    while (begin < end && is_space(end[-1]))
        end--;
    for (p = begin; p < end && !is_control(*p); p++)
        ;
    *text = begin;
    *length = end - begin;
    if (p == end)
        return S_OK;
    *owned = out = malloc(*length * sizeof(WCHAR));
    if (!out)
        return E_OUTOFMEMORY;
    for (p = begin; p < end; p++)
    {
        if (!is_control(*p))
            *out++ = *p;
    }
    *text = *owned;
    *length = out - *owned;
    return S_OK;
}

HRESULT uri_value_from_parts(const struct uri_parts *parts, const WCHAR *raw, size_t raw_length,
        size_t prefix, void **out)
{
    WCHAR stack[1024], *canonical = stack, *buffer = NULL, *text;
    size_t length, bound = uri_canonical_bound(raw_length);
    struct uri_layout layout;
    struct uri_value *value;
    char *block;
    BOOL same;

    *out = NULL;
    if (bound > ARRAY_SIZE(stack))
    {
        canonical = buffer = malloc(bound * sizeof(WCHAR));
        if (!buffer)
            return E_OUTOFMEMORY;
    }
    length = uri_canonicalize(parts, canonical, &layout);
    same = parts->combined
            || (length == raw_length && !memcmp(canonical, raw, length * sizeof(WCHAR)));
    if (same)
        raw_length = length;
    block = malloc(
            prefix + sizeof(*value) + (length + 1 + (same ? 0 : raw_length + 1)) * sizeof(WCHAR));
    if (!block)
    {
        free(buffer);
        return E_OUTOFMEMORY;
    }
    value = (struct uri_value *)(block + prefix);
    value->create_flags = parts->flags;
    value->length = (UINT32)length;
    value->raw_length = (UINT32)raw_length;
    value->layout = layout;
    memcpy(value->text, canonical, length * sizeof(WCHAR));
    value->text[length] = 0;
    value->raw = value->text;
    if (!same)
    {
        value->raw = text = value->text + length + 1;
        memcpy(text, raw, raw_length * sizeof(WCHAR));
        text[raw_length] = 0;
    }
    free(buffer);
    *out = block;
    return S_OK;
}

HRESULT uri_value_build(const WCHAR *text, size_t length, DWORD flags, size_t prefix, void **out)
{
    struct uri_parts parts;
    WCHAR *owned = NULL;
    HRESULT hr;

    *out = NULL;
    hr = uri_complete_flags(&flags);
    if (FAILED(hr))
        return hr;
    if (length > URI_TEXT_MAX)
        return E_OUTOFMEMORY;
    if (flags & Uri_CREATE_PRE_PROCESS_HTML_URI)
        hr = preprocess(&text, &length, &owned);
    if (SUCCEEDED(hr))
        hr = uri_parse(text, length, flags, &parts);
    if (SUCCEEDED(hr))
        hr = uri_value_from_parts(&parts, text, length, prefix, out);
    free(owned);
    return hr;
}

HRESULT uri_value_create(const WCHAR *text, size_t length, DWORD flags, struct uri_value **out)
{
    void *block;
    HRESULT hr = uri_value_build(text, length, flags, 0, &block);

    *out = block;
    return hr;
}
