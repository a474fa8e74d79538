/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IUri: "IUri interface" and the pages of its methods, previous-versions ie-developer ms775038. */
#include "uri.h"
#include "uri_builder.h"
#include "uri_char.h"

/* {df2fce13-25ec-45bb-9d4c-cecd47c2430c} */
const CLSID uri_class_id = {0xdf2fce13, 0x25ec, 0x45bb,
        {0x9d, 0x4c, 0xce, 0xcd, 0x47, 0xc2, 0x43, 0x0c}};

COM_OBJECT_METHODS(uri, struct uri, IUri, IUri_iface)
COM_OBJECT_METHODS(uri, struct uri, IUriBuilderFactory, IUriBuilderFactory_iface)

/* IUri::GetPropertyBSTR: S_OK; S_FALSE, with an empty string, for what the URI has not. */
static HRESULT STDMETHODCALLTYPE uri_GetPropertyBSTR(IUri *iface, Uri_PROPERTY property, BSTR *out,
        DWORD flags)
{
    struct uri *uri = uri_from_IUri(iface);

    if (!uri->value)
        return E_UNEXPECTED;
    if (!out)
        return E_POINTER;
    *out = NULL;
    if ((unsigned int)property > Uri_PROPERTY_STRING_LAST && property != Uri_PROPERTY_ZONE)
        return E_INVALIDARG;
    return uri_value_bstr(uri->value, property, flags, out);
}

static HRESULT STDMETHODCALLTYPE uri_GetPropertyLength(IUri *iface, Uri_PROPERTY property,
        DWORD *length, DWORD flags)
{
    struct uri *uri = uri_from_IUri(iface);

    if (!uri->value)
        return E_UNEXPECTED;
    if (!length || (unsigned int)property > Uri_PROPERTY_STRING_LAST)
        return E_INVALIDARG;
    return uri_value_string_length(uri->value, property, flags, length);
}

static HRESULT STDMETHODCALLTYPE uri_GetPropertyDWORD(IUri *iface, Uri_PROPERTY property,
        DWORD *out, DWORD flags)
{
    struct uri *uri = uri_from_IUri(iface);
    const struct uri_layout *layout;

    (void)flags;
    if (!uri->value)
        return E_UNEXPECTED;
    if (!out)
        return E_INVALIDARG;
    *out = 0;
    layout = &uri->value->layout;
    switch ((unsigned int)property)
    {
    case Uri_PROPERTY_HOST_TYPE:
        *out = layout->host_type;
        return S_OK;
    case Uri_PROPERTY_SCHEME:
        *out = layout->scheme;
        return S_OK;
    case Uri_PROPERTY_PORT:
        if (!(layout->properties & Uri_HAS_PORT))
            return S_FALSE;
        *out = layout->port;
        return S_OK;
    case Uri_PROPERTY_ZONE:
        *out = (DWORD)URLZONE_INVALID;
        return E_NOTIMPL;
    default:
        return E_INVALIDARG;
    }
}

static HRESULT STDMETHODCALLTYPE uri_HasProperty(IUri *iface, Uri_PROPERTY property, BOOL *has)
{
    struct uri *uri = uri_from_IUri(iface);

    if (!uri->value)
        return E_UNEXPECTED;
    if (!has)
        return E_INVALIDARG;
    *has = FALSE;
    if ((unsigned int)property > Uri_PROPERTY_DWORD_LAST)
        return E_INVALIDARG;
    *has = !!(uri->value->layout.properties & 1u << property);
    return S_OK;
}

#define STRING_GETTER(name, property)                                                              \
    static HRESULT STDMETHODCALLTYPE uri_##name(IUri *iface, BSTR *out)                            \
    {                                                                                              \
        return uri_GetPropertyBSTR(iface, Uri_PROPERTY_##property, out, 0);                        \
    }

STRING_GETTER(GetAbsoluteUri, ABSOLUTE_URI)
STRING_GETTER(GetAuthority, AUTHORITY)
STRING_GETTER(GetDisplayUri, DISPLAY_URI)
STRING_GETTER(GetDomain, DOMAIN)
STRING_GETTER(GetExtension, EXTENSION)
STRING_GETTER(GetFragment, FRAGMENT)
STRING_GETTER(GetHost, HOST)
STRING_GETTER(GetPassword, PASSWORD)
STRING_GETTER(GetPath, PATH)
STRING_GETTER(GetPathAndQuery, PATH_AND_QUERY)
STRING_GETTER(GetQuery, QUERY)
STRING_GETTER(GetRawUri, RAW_URI)
STRING_GETTER(GetSchemeName, SCHEME_NAME)
STRING_GETTER(GetUserInfo, USER_INFO)
STRING_GETTER(GetUserName, USER_NAME)

#define NUMBER_GETTER(name, property)                                                              \
    static HRESULT STDMETHODCALLTYPE uri_##name(IUri *iface, DWORD *out)                           \
    {                                                                                              \
        return uri_GetPropertyDWORD(iface, Uri_PROPERTY_##property, out, 0);                       \
    }

NUMBER_GETTER(GetHostType, HOST_TYPE)
NUMBER_GETTER(GetPort, PORT)
NUMBER_GETTER(GetScheme, SCHEME)
NUMBER_GETTER(GetZone, ZONE)

static HRESULT STDMETHODCALLTYPE uri_GetProperties(IUri *iface, DWORD *flags)
{
    struct uri *uri = uri_from_IUri(iface);

    if (!uri->value)
        return E_UNEXPECTED;
    if (!flags)
        return E_INVALIDARG;
    *flags = uri->value->layout.properties;
    return S_OK;
}

/* Two texts, with or without regard to case. */
static BOOL texts_equal(struct uri_text a, struct uri_text b, BOOL fold)
{
    if (a.length != b.length)
        return FALSE;
    if (!fold)
        return !memcmp(a.text, b.text, a.length * sizeof(WCHAR));
    return CompareStringOrdinal(a.text, (int)a.length, b.text, (int)b.length, TRUE) == CSTR_EQUAL;
}

static BOOL strings_equal(const struct uri_value *a, const struct uri_value *b,
        Uri_PROPERTY property, BOOL fold)
{
    struct uri_text x = uri_value_string(a, property), y = uri_value_string(b, property);

    if (!x.text || !y.text)
        return x.text == y.text;
    return texts_equal(x, y, fold);
}

/* Both are canonical. */
static BOOL values_equal(const struct uri_value *a, const struct uri_value *b)
{
    return a->layout.scheme == b->layout.scheme && a->layout.port == b->layout.port
            && strings_equal(a, b, Uri_PROPERTY_SCHEME_NAME, FALSE)
            && strings_equal(a, b, Uri_PROPERTY_USER_INFO, FALSE)
            && strings_equal(a, b, Uri_PROPERTY_HOST, a->layout.scheme != URL_SCHEME_UNKNOWN)
            && strings_equal(a, b, Uri_PROPERTY_PATH, a->layout.scheme == URL_SCHEME_FILE)
            && strings_equal(a, b, Uri_PROPERTY_QUERY, FALSE)
            && strings_equal(a, b, Uri_PROPERTY_FRAGMENT, FALSE);
}

/* The value as CreateUri makes it by default: itself, or *owned, which is to be freed. */
static HRESULT canonical_value(const struct uri_value **value, struct uri_value **owned)
{
    static const DWORD kept = Uri_CREATE_ALLOW_RELATIVE | Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME
            | Uri_CREATE_ALLOW_IMPLICIT_WILDCARD_SCHEME | Uri_CREATE_NOFRAG
            | Uri_CREATE_NO_CRACK_UNKNOWN_SCHEMES | Uri_CREATE_NO_PRE_PROCESS_HTML_URI;
    static const DWORD odd = Uri_CREATE_NO_CANONICALIZE | Uri_CREATE_NO_DECODE_EXTRA_INFO
            | Uri_CREATE_FILE_USE_DOS_PATH | Uri_CREATE_NO_ENCODE_FORBIDDEN_CHARACTERS;
    HRESULT hr;

    if (!((*value)->create_flags & odd))
        return S_OK;
    hr = uri_value_create((*value)->raw, (*value)->raw_length, (*value)->create_flags & kept,
            owned);
    if (SUCCEEDED(hr))
        *value = *owned;
    /* What decoding would refuse is only equal to itself. */
    return hr == E_INVALIDARG ? S_OK : hr;
}

HRESULT uri_value_of_stranger(IUri *uri, const struct uri_value **value, struct uri_value **owned)
{
    HRESULT hr;
    BSTR text = NULL;

    *owned = NULL;
    hr = IUri_GetAbsoluteUri(uri, &text);
    if (hr != S_OK)
    {
        SysFreeString(text);
        text = NULL;
        hr = IUri_GetRawUri(uri, &text);
    }
    if (SUCCEEDED(hr))
        hr = uri_value_create(text, SysStringLen(text), Uri_CREATE_ALLOW_RELATIVE, owned);
    SysFreeString(text);
    *value = *owned;
    return hr;
}

/* IUri::IsEqual: whether both name the same after canonicalization, whatever their flags. */
static HRESULT STDMETHODCALLTYPE uri_IsEqual(IUri *iface, IUri *other, BOOL *equal)
{
    struct uri *uri = uri_from_IUri(iface);
    struct uri_value *stranger = NULL, *own_a = NULL, *own_b = NULL;
    const struct uri_value *a = uri->value, *b;
    HRESULT hr = S_OK;

    if (!a)
        return E_UNEXPECTED;
    if (!equal)
        return E_POINTER;
    *equal = FALSE;
    if (!other)
        return S_OK;
    b = uri_value_of(other);
    if (!b)
        hr = uri_value_of_stranger(other, &b, &stranger);
    if (SUCCEEDED(hr))
        hr = canonical_value(&a, &own_a);
    if (SUCCEEDED(hr))
        hr = canonical_value(&b, &own_b);
    if (SUCCEEDED(hr))
        *equal = a == b || values_equal(a, b);
    free(stranger);
    free(own_a);
    free(own_b);
    return hr;
}

static const IUriVtbl uri_vtbl = {
        uri_IUri_QueryInterface,
        uri_IUri_AddRef,
        uri_IUri_Release,
        uri_GetPropertyBSTR,
        uri_GetPropertyLength,
        uri_GetPropertyDWORD,
        uri_HasProperty,
        uri_GetAbsoluteUri,
        uri_GetAuthority,
        uri_GetDisplayUri,
        uri_GetDomain,
        uri_GetExtension,
        uri_GetFragment,
        uri_GetHost,
        uri_GetPassword,
        uri_GetPath,
        uri_GetPathAndQuery,
        uri_GetQuery,
        uri_GetRawUri,
        uri_GetSchemeName,
        uri_GetUserInfo,
        uri_GetUserName,
        uri_GetHostType,
        uri_GetPort,
        uri_GetScheme,
        uri_GetZone,
        uri_GetProperties,
        uri_IsEqual,
};

const struct uri_value *uri_value_of(IUri *iface)
{
    return iface && iface->lpVtbl == &uri_vtbl ? uri_from_IUri(iface)->value : NULL;
}

/* IUriBuilderFactory::CreateIUriBuilder: an empty builder. */
static HRESULT STDMETHODCALLTYPE uri_CreateIUriBuilder(IUriBuilderFactory *iface, DWORD flags,
        DWORD_PTR reserved, IUriBuilder **out)
{
    (void)iface;
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (flags || reserved)
        return E_INVALIDARG;
    return uri_builder_create(NULL, out);
}

/* IUriBuilderFactory::CreateInitializedIUriBuilder: a builder that begins as this URI. */
static HRESULT STDMETHODCALLTYPE uri_CreateInitializedIUriBuilder(IUriBuilderFactory *iface,
        DWORD flags, DWORD_PTR reserved, IUriBuilder **out)
{
    struct uri *uri = uri_from_IUriBuilderFactory(iface);

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (flags || reserved)
        return E_INVALIDARG;
    if (!uri->value)
        return E_UNEXPECTED;
    return uri_builder_create(&uri->IUri_iface, out);
}

static const IUriBuilderFactoryVtbl uri_builder_factory_vtbl = {
        uri_IUriBuilderFactory_QueryInterface,
        uri_IUriBuilderFactory_AddRef,
        uri_IUriBuilderFactory_Release,
        uri_CreateIUriBuilder,
        uri_CreateInitializedIUriBuilder,
};

static void uri_destroy(void *object)
{
    struct uri *uri = object;

    free(uri->loaded);
    free(uri);
}

static const struct com_interface uri_interfaces[] = {
        {&IID_IUnknown, offsetof(struct uri, IUri_iface)},
        {&IID_IUri, offsetof(struct uri, IUri_iface)},
        {&IID_IUriBuilderFactory, offsetof(struct uri, IUriBuilderFactory_iface)},
        {&IID_IPersistStream, offsetof(struct uri, IPersistStream_iface)},
        {&IID_IPersist, offsetof(struct uri, IPersistStream_iface)},
        {&IID_IMarshal, offsetof(struct uri, IMarshal_iface)},
};

static const struct com_class uri_class = {"uri", uri_interfaces, ARRAY_SIZE(uri_interfaces),
        uri_destroy};

static void uri_init(struct uri *uri, struct uri_value *value)
{
    com_object_init(&uri->object, &uri_class);
    uri->IUri_iface.lpVtbl = (IUriVtbl *)&uri_vtbl;
    uri->IUriBuilderFactory_iface.lpVtbl = (IUriBuilderFactoryVtbl *)&uri_builder_factory_vtbl;
    uri->IPersistStream_iface.lpVtbl = (IPersistStreamVtbl *)&uri_persist_vtbl;
    uri->IMarshal_iface.lpVtbl = (IMarshalVtbl *)&uri_marshal_vtbl;
    uri->value = value;
    uri->loaded = NULL;
}

HRESULT uri_class_create(IUnknown *outer, REFIID iid, void **out)
{
    struct uri *uri;
    HRESULT hr;

    if (outer)
        return CLASS_E_NOAGGREGATION;
    uri = malloc(sizeof(*uri));
    if (!uri)
        return E_OUTOFMEMORY;
    uri_init(uri, NULL);
    hr = IUri_QueryInterface(&uri->IUri_iface, iid, out);
    IUri_Release(&uri->IUri_iface);
    return hr;
}

HRESULT uri_create(const WCHAR *text, size_t length, DWORD flags, IUri **out)
{
    struct uri *uri;
    void *block;
    HRESULT hr;

    *out = NULL;
    hr = uri_value_build(text, length, flags, sizeof(*uri), &block);
    if (FAILED(hr))
        return hr;
    uri = block;
    uri_init(uri, (struct uri_value *)(uri + 1));
    *out = &uri->IUri_iface;
    return S_OK;
}

HRESULT uri_create_from_parts(const struct uri_parts *parts, const WCHAR *raw, size_t length,
        IUri **out)
{
    struct uri *uri;
    void *block;
    HRESULT hr;

    *out = NULL;
    hr = uri_value_from_parts(parts, raw, length, sizeof(*uri), &block);
    if (FAILED(hr))
        return hr;
    uri = block;
    uri_init(uri, (struct uri_value *)(uri + 1));
    *out = &uri->IUri_iface;
    return S_OK;
}
