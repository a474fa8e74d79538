/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IUriBuilder: "IUriBuilder interface" and the pages of its methods, previous-versions ie-developer
 * ms775036. */
#include "uri_builder.h"
#include "uri.h"
#include "uri_char.h"
#include "uri_host.h"
#include "wstr.h"

/* A property that can be set. */
enum slot_name
{
    SLOT_FRAGMENT,
    SLOT_HOST,
    SLOT_PASSWORD,
    SLOT_PATH,
    SLOT_QUERY,
    SLOT_SCHEME,
    SLOT_USER,
    SLOT_COUNT
};

struct slot
{
    WCHAR *text; /* what was set, or read from the IUri; NULL: nothing */
    DWORD length;
    BOOL known, modified;
};

struct uri_builder
{
    struct com_object object;
    IUriBuilder IUriBuilder_iface;
    IUri *uri; /* what it begins as, or NULL */
    struct slot slots[SLOT_COUNT];
    BOOL port_modified, has_port;
    DWORD port;
};

/* What Uri_HAS_* flags and properties the slots are. */
static const Uri_PROPERTY slot_properties[SLOT_COUNT] = {
        Uri_PROPERTY_FRAGMENT,
        Uri_PROPERTY_HOST,
        Uri_PROPERTY_PASSWORD,
        Uri_PROPERTY_PATH,
        Uri_PROPERTY_QUERY,
        Uri_PROPERTY_SCHEME_NAME,
        Uri_PROPERTY_USER_NAME,
};

COM_OBJECT_METHODS(builder, struct uri_builder, IUriBuilder, IUriBuilder_iface)

static void slot_clear(struct slot *slot)
{
    free(slot->text);
    memset(slot, 0, sizeof(*slot));
}

/* What the URI has, if nothing else was set. E_OUTOFMEMORY. */
static HRESULT slot_fill(struct uri_builder *builder, enum slot_name name)
{
    struct slot *slot = &builder->slots[name];
    BSTR text = NULL;
    HRESULT hr;

    if (slot->known || slot->modified || !builder->uri)
        return S_OK;
    hr = IUri_GetPropertyBSTR(builder->uri, slot_properties[name], &text, 0);
    if (hr == S_OK)
    {
        slot->length = SysStringLen(text);
        slot->text = malloc((slot->length + 1) * sizeof(WCHAR));
        if (slot->text)
            memcpy(slot->text, text, (slot->length + 1) * sizeof(WCHAR));
        else
            hr = E_OUTOFMEMORY;
    }
    SysFreeString(text);
    if (FAILED(hr))
        return hr;
    slot->known = TRUE;
    return S_OK;
}

/* Sets a property; with `mark` before it unless the value has it. */
static HRESULT slot_set(struct uri_builder *builder, enum slot_name name, const WCHAR *value,
        WCHAR mark)
{
    struct slot *slot = &builder->slots[name];
    WCHAR *text = NULL;
    size_t length = 0, skip;

    if (value)
    {
        length = wcslen(value);
        skip = mark && *value != mark ? 1 : 0;
        if (length > URI_TEXT_MAX)
            return E_OUTOFMEMORY;
        text = malloc((length + skip + 1) * sizeof(*text));
        if (!text)
            return E_OUTOFMEMORY;
        *text = mark;
        memcpy(text + skip, value, (length + 1) * sizeof(*text));
        length += skip;
    }
    slot_clear(slot);
    slot->text = text;
    slot->length = (DWORD)length;
    slot->modified = TRUE;
    return S_OK;
}

static HRESULT slot_get(IUriBuilder *iface, enum slot_name name, DWORD *length, LPCWSTR *text)
{
    struct uri_builder *builder = builder_from_IUriBuilder(iface);
    struct slot *slot = &builder->slots[name];
    HRESULT hr;

    if (length)
        *length = 0;
    if (text)
        *text = NULL;
    if (!length || !text)
        return E_POINTER;
    hr = slot_fill(builder, name);
    if (FAILED(hr))
        return hr;
    if (!slot->text)
        return S_FALSE;
    *length = slot->length;
    *text = slot->text;
    return S_OK;
}

static BOOL is_modified(const struct uri_builder *builder)
{
    for (unsigned int i = 0; i < SLOT_COUNT; i++)
    {
        if (builder->slots[i].modified)
            return TRUE;
    }
    return builder->port_modified;
}

/* A text which grows, and the spans in it. */
struct composer
{
    WCHAR *text, *out;
};

static struct uri_text compose_text(struct composer *composer, const struct slot *slot)
{
    struct uri_text part = {NULL, 0};

    if (!slot->text)
        return part;
    part.text = composer->out;
    part.length = slot->length;
    memcpy(composer->out, slot->text, slot->length * sizeof(WCHAR));
    composer->out += slot->length;
    return part;
}

static BOOL contains_any(const struct slot *slot, const WCHAR *set)
{
    if (!slot->text)
        return FALSE;
    for (DWORD i = 0; i < slot->length; i++)
    {
        if (slot->text[i] && wcschr(set, slot->text[i]))
            return TRUE;
    }
    return FALSE;
}

/* The scheme, and with it what may be in the other properties. */
static HRESULT compose_scheme(struct uri_builder *builder, struct composer *composer,
        struct uri_parts *parts)
{
    const struct slot *scheme = &builder->slots[SLOT_SCHEME];

    if (!scheme->text)
    {
        parts->scheme = &uri_scheme_none;
        return parts->flags & Uri_CREATE_ALLOW_RELATIVE ? S_OK : INET_E_INVALID_URL;
    }
    parts->scheme_name = compose_text(composer, scheme);
    *composer->out++ = ':';
    parts->scheme = uri_scheme_find(scheme->text, scheme->length);
    if (parts->scheme == &uri_scheme_wildcard)
        return S_OK;
    for (DWORD i = 0; i < scheme->length; i++)
    {
        if (!uri_char_is(scheme->text[i], URI_SCHEME))
            return INET_E_INVALID_URL;
    }
    return S_OK;
}

static HRESULT compose_host(struct uri_builder *builder, struct composer *composer,
        struct uri_parts *parts)
{
    const struct slot *host = &builder->slots[SLOT_HOST];
    const WCHAR *text = host->text;
    DWORD length = host->length;
    BOOL brackets;

    if (!text)
        return S_OK;
    if (contains_any(host, L"/?#"))
        return INET_E_INVALID_URL;
    if (parts->scheme->flags & SCHEME_RAW_HOST)
    {
        parts->host = compose_text(composer, host);
        return S_OK;
    }
    brackets = length >= 2 && text[0] == '[' && text[length - 1] == ']';
    if (brackets)
    {
        text++;
        length -= 2;
    }
    for (DWORD i = 0; i < length && !parts->zone.text; i++)
    {
        if (text[i] == '%')
            parts->zone = (struct uri_text){text + i, length - i};
    }
    if (host_ipv6_parse(text, length - parts->zone.length, parts->ipv6))
    {
        parts->host_type = Uri_HOST_IPV6;
        *composer->out++ = '[';
        parts->host = (struct uri_text){composer->out, length - parts->zone.length};
        memcpy(composer->out, text, length * sizeof(WCHAR));
        composer->out += length;
        if (parts->zone.text)
        {
            BOOL encoded = parts->zone.length > 3 && parts->zone.text[1] == '2'
                    && parts->zone.text[2] == '5';

            parts->zone.length -= encoded ? 3 : 1;
            parts->zone.text = composer->out - parts->zone.length;
            for (size_t i = 0; i < parts->zone.length; i++)
            {
                if (!uri_char_is(parts->zone.text[i], URI_UNRESERVED))
                    return INET_E_INVALID_URL;
            }
        }
        *composer->out++ = ']';
        return S_OK;
    }
    parts->zone = (struct uri_text){NULL, 0};
    parts->host = compose_text(composer, host);
    if (brackets)
        return text[0] == 'v' || text[0] == 'V' ? S_OK : INET_E_INVALID_URL;
    return SUCCEEDED(uri_parse_name(parts)) ? S_OK : INET_E_INVALID_URL;
}

static HRESULT compose_authority(struct uri_builder *builder, struct composer *composer,
        struct uri_parts *parts)
{
    const struct slot *user = &builder->slots[SLOT_USER];
    const struct slot *password = &builder->slots[SLOT_PASSWORD];
    BOOL known = parts->scheme->flags & SCHEME_KNOWN;
    HRESULT hr;

    if (contains_any(user, L":@/?#") || contains_any(password, L"@/?#"))
        return INET_E_INVALID_URL;
    if (parts->scheme == &uri_scheme_file && (user->text || password->text))
        return INET_E_INVALID_URL;
    parts->has_authority =
            user->text || password->text || builder->slots[SLOT_HOST].text || builder->has_port;
    parts->has_slashes = builder->slots[SLOT_HOST].text || parts->scheme == &uri_scheme_file;
    if (parts->has_slashes && parts->scheme != &uri_scheme_wildcard)
    {
        *composer->out++ = '/';
        *composer->out++ = '/';
    }
    if (user->text || password->text)
    {
        parts->user.text = composer->out;
        if (user->text)
            parts->user = compose_text(composer, user);
        if (password->text)
        {
            *composer->out++ = ':';
            parts->password = compose_text(composer, password);
        }
        *composer->out++ = '@';
        if (known && (!uri_percent_is_valid(parts->user) || !uri_percent_is_valid(parts->password)))
            return INET_E_INVALID_URL;
    }
    hr = compose_host(builder, composer, parts);
    if (FAILED(hr))
        return hr;
    if (builder->has_port)
    {
        parts->has_port = TRUE;
        parts->port = builder->port;
        composer->out += wsprintfW(composer->out, L":%lu", builder->port);
    }
    return S_OK;
}

static HRESULT compose_path(struct uri_builder *builder, struct composer *composer,
        struct uri_parts *parts)
{
    struct slot *path = &builder->slots[SLOT_PATH];
    BOOL file = parts->scheme == &uri_scheme_file;
    WCHAR *begin = composer->out;

    if (contains_any(path, file ? L"?" : L"?#") || contains_any(&builder->slots[SLOT_QUERY], L"#"))
        return INET_E_INVALID_URL;
    if (builder->slots[SLOT_HOST].text
            && (path->length ? !uri_char_is_slash(*path->text)
                             : !!(parts->flags & Uri_CREATE_CANONICALIZE)))
        *composer->out++ = '/';
    compose_text(composer, path);
    parts->path = (struct uri_text){begin, composer->out - begin};
    parts->query = compose_text(composer, &builder->slots[SLOT_QUERY]);
    parts->fragment = compose_text(composer, &builder->slots[SLOT_FRAGMENT]);
    parts->backslashes = file
            || ((parts->scheme->flags & SCHEME_KNOWN) && (parts->flags & Uri_CREATE_CANONICALIZE));
    if (file && !parts->has_authority)
    {
        if (parts->path.length > 2 && uri_char_is_slash(*begin)
                && uri_is_drive(begin + 1, composer->out))
        {
            parts->path.text++;
            parts->path.length--;
        }
        parts->drive = uri_is_drive(parts->path.text, parts->path.text + parts->path.length);
    }
    if (!(parts->scheme->flags & SCHEME_KNOWN) || (parts->scheme->flags & SCHEME_VERBATIM))
        return S_OK;
    if ((!file && !uri_percent_is_valid(parts->path))
            || ((parts->flags & Uri_CREATE_DECODE_EXTRA_INFO)
                    && (!uri_percent_is_valid(parts->query)
                            || !uri_percent_is_valid(parts->fragment))))
        return INET_E_INVALID_URL;
    return S_OK;
}

/* Puts the properties together. `flags` are complete. */
static HRESULT compose(struct uri_builder *builder, DWORD flags, IUri **out)
{
    struct uri_parts parts;
    struct composer composer;
    size_t length = 64; /* punctuation and port */
    HRESULT hr;

    for (unsigned int i = 0; i < SLOT_COUNT; i++)
    {
        hr = slot_fill(builder, i);
        if (FAILED(hr))
            return hr;
        length += builder->slots[i].length;
    }
    if (length > URI_TEXT_MAX)
        return E_OUTOFMEMORY;
    memset(&parts, 0, sizeof(parts));
    parts.flags = URI_PUBLIC_FLAGS(flags);
    composer.text = composer.out = malloc(length * sizeof(WCHAR));
    if (!composer.text)
        return E_OUTOFMEMORY;
    hr = compose_scheme(builder, &composer, &parts);
    if (SUCCEEDED(hr))
        hr = compose_authority(builder, &composer, &parts);
    if (SUCCEEDED(hr))
        hr = compose_path(builder, &composer, &parts);
    if (SUCCEEDED(hr))
        hr = uri_create_from_parts(&parts, composer.text, composer.out - composer.text, out);
    free(composer.text);
    return hr;
}

/* The flags the IUri was made with. */
static BOOL original_flags(const struct uri_builder *builder, DWORD *flags)
{
    const struct uri_value *value = builder->uri ? uri_value_of(builder->uri) : NULL;

    if (value)
        *flags = value->create_flags;
    return value != NULL;
}

static HRESULT create(struct uri_builder *builder, DWORD flags, BOOL use_original, DWORD mask,
        IUri **out)
{
    DWORD original = 0;
    BOOL has_original = original_flags(builder, &original);
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (use_original)
        flags = original;
    if (!is_modified(builder) && builder->uri && use_original)
    {
        *out = builder->uri;
        IUri_AddRef(*out);
        return S_OK;
    }
    hr = uri_complete_flags(&flags);
    if (FAILED(hr))
        return hr;
    if (!is_modified(builder) && builder->uri && has_original && flags == original)
    {
        *out = builder->uri;
        IUri_AddRef(*out);
        return S_OK;
    }
    /* Encoding what may not be in a property is not offered: "Reserved. Must be set to 0." */
    if (mask && (is_modified(builder) || !builder->uri))
        return E_NOTIMPL;
    return compose(builder, flags, out);
}

/* IUriBuilder::CreateUriSimple: with the flags of the IUri it began as. */
static HRESULT STDMETHODCALLTYPE builder_CreateUriSimple(IUriBuilder *iface, DWORD mask,
        DWORD_PTR reserved, IUri **out)
{
    (void)reserved;
    return create(builder_from_IUriBuilder(iface), 0, TRUE, mask, out);
}

/* IUriBuilder::CreateUri: -1 stands for the flags of the IUri it began as. */
static HRESULT STDMETHODCALLTYPE builder_CreateUri(IUriBuilder *iface, DWORD flags, DWORD mask,
        DWORD_PTR reserved, IUri **out)
{
    (void)reserved;
    return create(builder_from_IUriBuilder(iface), flags, flags == ~0u, mask, out);
}

static HRESULT STDMETHODCALLTYPE builder_CreateUriWithFlags(IUriBuilder *iface, DWORD flags,
        DWORD builder_flags, DWORD mask, DWORD_PTR reserved, IUri **out)
{
    (void)reserved;
    return create(builder_from_IUriBuilder(iface), flags,
            !!(builder_flags & UriBuilder_USE_ORIGINAL_FLAGS), mask, out);
}

static HRESULT STDMETHODCALLTYPE builder_GetIUri(IUriBuilder *iface, IUri **out)
{
    struct uri_builder *builder = builder_from_IUriBuilder(iface);

    if (!out)
        return E_POINTER;
    *out = builder->uri;
    if (*out)
        IUri_AddRef(*out);
    return S_OK;
}

/* IUriBuilder::SetIUri: another IUri takes back all changes. */
static HRESULT STDMETHODCALLTYPE builder_SetIUri(IUriBuilder *iface, IUri *uri)
{
    struct uri_builder *builder = builder_from_IUriBuilder(iface);
    IUri *old = builder->uri;

    if (uri == old)
        return S_OK;
    if (uri)
        IUri_AddRef(uri);
    builder->uri = uri;
    for (unsigned int i = 0; i < SLOT_COUNT; i++)
        slot_clear(&builder->slots[i]);
    builder->port_modified = builder->has_port = FALSE;
    builder->port = 0;
    if (uri && IUri_GetPort(uri, &builder->port) == S_OK)
    {
        const struct uri_value *value = uri_value_of(uri);

        /* A port which the scheme implies is not written. */
        builder->has_port = value ? value->layout.has_port : FALSE;
    }
    if (old)
        IUri_Release(old);
    return S_OK;
}

#define TEXT_GETTER(name, slot)                                                                    \
    static HRESULT STDMETHODCALLTYPE builder_##name(IUriBuilder *iface, DWORD *length,             \
            LPCWSTR *text)                                                                         \
    {                                                                                              \
        return slot_get(iface, slot, length, text);                                                \
    }

#define TEXT_SETTER(name, slot, mark)                                                              \
    static HRESULT STDMETHODCALLTYPE builder_##name(IUriBuilder *iface, LPCWSTR value)             \
    {                                                                                              \
        return slot_set(builder_from_IUriBuilder(iface), slot, value, mark);                       \
    }

TEXT_GETTER(GetFragment, SLOT_FRAGMENT)
TEXT_GETTER(GetHost, SLOT_HOST)
TEXT_GETTER(GetPassword, SLOT_PASSWORD)
TEXT_GETTER(GetPath, SLOT_PATH)
TEXT_GETTER(GetQuery, SLOT_QUERY)
TEXT_GETTER(GetSchemeName, SLOT_SCHEME)
TEXT_GETTER(GetUserName, SLOT_USER)
TEXT_SETTER(SetFragment, SLOT_FRAGMENT, '#')
TEXT_SETTER(SetPassword, SLOT_PASSWORD, 0)
TEXT_SETTER(SetPath, SLOT_PATH, 0)
TEXT_SETTER(SetQuery, SLOT_QUERY, '?')
TEXT_SETTER(SetUserName, SLOT_USER, 0)

/* IUriBuilder::SetHost and SetSchemeName: a URI has them or not, NULL takes nothing away. */
static HRESULT STDMETHODCALLTYPE builder_SetHost(IUriBuilder *iface, LPCWSTR value)
{
    if (!value)
        return E_INVALIDARG;
    return slot_set(builder_from_IUriBuilder(iface), SLOT_HOST, value, 0);
}

static HRESULT STDMETHODCALLTYPE builder_SetSchemeName(IUriBuilder *iface, LPCWSTR value)
{
    if (!value || !*value)
        return E_INVALIDARG;
    return slot_set(builder_from_IUriBuilder(iface), SLOT_SCHEME, value, 0);
}

/* IUriBuilder::GetPort: *has_port tells whether SetPort has set one. */
static HRESULT STDMETHODCALLTYPE builder_GetPort(IUriBuilder *iface, BOOL *has_port, DWORD *port)
{
    struct uri_builder *builder = builder_from_IUriBuilder(iface);

    if (has_port)
        *has_port = FALSE;
    if (port)
        *port = 0;
    if (!has_port || !port)
        return E_POINTER;
    *has_port = builder->port_modified ? builder->has_port : FALSE;
    *port = builder->port;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE builder_SetPort(IUriBuilder *iface, BOOL has_port, DWORD port)
{
    struct uri_builder *builder = builder_from_IUriBuilder(iface);

    builder->port_modified = TRUE;
    builder->has_port = has_port;
    builder->port = port;
    return S_OK;
}

/* IUriBuilder::RemoveProperties: what is made of other properties cannot be taken away; the scheme,
 * and what is not a part of the text, must not be named (E_INVALIDARG). */
static HRESULT STDMETHODCALLTYPE builder_RemoveProperties(IUriBuilder *iface, DWORD mask)
{
    static const DWORD allowed = Uri_HAS_AUTHORITY | Uri_HAS_DOMAIN | Uri_HAS_EXTENSION
            | Uri_HAS_FRAGMENT | Uri_HAS_HOST | Uri_HAS_PASSWORD | Uri_HAS_PATH
            | Uri_HAS_PATH_AND_QUERY | Uri_HAS_QUERY | Uri_HAS_USER_NAME | Uri_HAS_USER_INFO
            | Uri_HAS_PORT;
    struct uri_builder *builder = builder_from_IUriBuilder(iface);

    if (mask & ~allowed)
        return E_INVALIDARG;
    for (unsigned int i = 0; i < SLOT_COUNT; i++)
    {
        if (mask & 1u << slot_properties[i])
            slot_set(builder, i, NULL, 0);
    }
    if (mask & Uri_HAS_PORT)
        builder_SetPort(iface, FALSE, 0);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE builder_HasBeenModified(IUriBuilder *iface, BOOL *modified)
{
    if (!modified)
        return E_POINTER;
    *modified = is_modified(builder_from_IUriBuilder(iface));
    return S_OK;
}

static const IUriBuilderVtbl builder_vtbl = {
        builder_IUriBuilder_QueryInterface,
        builder_IUriBuilder_AddRef,
        builder_IUriBuilder_Release,
        builder_CreateUriSimple,
        builder_CreateUri,
        builder_CreateUriWithFlags,
        builder_GetIUri,
        builder_SetIUri,
        builder_GetFragment,
        builder_GetHost,
        builder_GetPassword,
        builder_GetPath,
        builder_GetPort,
        builder_GetQuery,
        builder_GetSchemeName,
        builder_GetUserName,
        builder_SetFragment,
        builder_SetHost,
        builder_SetPassword,
        builder_SetPath,
        builder_SetPort,
        builder_SetQuery,
        builder_SetSchemeName,
        builder_SetUserName,
        builder_RemoveProperties,
        builder_HasBeenModified,
};

static void builder_destroy(void *object)
{
    struct uri_builder *builder = object;

    for (unsigned int i = 0; i < SLOT_COUNT; i++)
        slot_clear(&builder->slots[i]);
    if (builder->uri)
        IUri_Release(builder->uri);
    free(builder);
}

static const struct com_interface builder_interfaces[] = {
        {&IID_IUnknown, offsetof(struct uri_builder, IUriBuilder_iface)},
        {&IID_IUriBuilder, offsetof(struct uri_builder, IUriBuilder_iface)},
};

static const struct com_class builder_class = {"uri_builder", builder_interfaces,
        ARRAY_SIZE(builder_interfaces), builder_destroy};

HRESULT uri_builder_create(IUri *uri, IUriBuilder **out)
{
    struct uri_builder *builder = calloc(1, sizeof(*builder));

    *out = NULL;
    if (!builder)
        return E_OUTOFMEMORY;
    com_object_init(&builder->object, &builder_class);
    builder->IUriBuilder_iface.lpVtbl = (IUriBuilderVtbl *)&builder_vtbl;
    builder_SetIUri(&builder->IUriBuilder_iface, uri);
    *out = &builder->IUriBuilder_iface;
    return S_OK;
}
