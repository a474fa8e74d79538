/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The IUri object of this DLL: what does not change once it is made, with one text. */
#ifndef CONCIERGE_URI_H
#define CONCIERGE_URI_H

#include "com_object.h"
#include "uri_canonicalize.h"

/* No text of a URI has more characters: four times as many, in bytes, are below 2 GiB. */
#define URI_TEXT_MAX (0x3fffffff / 4)

/* A URI taken apart: one block of memory. */
struct uri_value
{
    DWORD create_flags; /* complete */
    UINT32 length, raw_length;
    struct uri_layout layout;
    const WCHAR *raw; /* the text as it was given; the canonical one if it is the same */
    WCHAR text[];     /* the canonical one, then `raw`, each with a NUL */
};

struct uri
{
    struct com_object object;
    IUri IUri_iface;
    IUriBuilderFactory IUriBuilderFactory_iface;
    IPersistStream IPersistStream_iface;
    IMarshal IMarshal_iface;
    /* NULL until an object made by its class is loaded. Otherwise behind this structure, or, of
     * those loaded, a block of its own. */
    struct uri_value *value;
    void *loaded;
};

/* CreateUri for `length` characters, which need not end with a NUL. S_OK, E_INVALIDARG,
 * E_OUTOFMEMORY. */
HRESULT uri_create(const WCHAR *text, size_t length, DWORD flags, IUri **out);

/* The same for parts whose text is `raw` or as long at least. */
HRESULT uri_create_from_parts(const struct uri_parts *parts, const WCHAR *raw, size_t length,
        IUri **out);

/* A new block: `prefix` bytes, left as they are, and a value. */
HRESULT uri_value_build(const WCHAR *text, size_t length, DWORD flags, size_t prefix, void **out);
HRESULT uri_value_from_parts(const struct uri_parts *parts, const WCHAR *raw, size_t raw_length,
        size_t prefix, void **out);

/* A value by itself, for the time of a call or for struct uri's `loaded`; free() it. */
HRESULT uri_value_create(const WCHAR *text, size_t length, DWORD flags, struct uri_value **out);

/* What an IUri is about, if it is one of ours and initialized; else NULL. Good as long as it. */
const struct uri_value *uri_value_of(IUri *iface);

/* Somebody else's IUri as a value, by its absolute or, being relative, raw text. *value is *owned,
 * which the caller frees. */
HRESULT uri_value_of_stranger(IUri *uri, const struct uri_value **value, struct uri_value **owned);

/* A string property in place; its text is NULL if it has none. Not for Uri_PROPERTY_DISPLAY_URI and
 * Uri_PROPERTY_ABSOLUTE_URI, of which something may be cut out. */
struct uri_text uri_value_string(const struct uri_value *value, Uri_PROPERTY property);

/* IUri::GetPropertyBSTR and GetPropertyLength. */
HRESULT uri_value_bstr(const struct uri_value *value, Uri_PROPERTY property, DWORD flags,
        BSTR *out);
HRESULT uri_value_string_length(const struct uri_value *value, Uri_PROPERTY property, DWORD flags,
        DWORD *length);

/* CoCreateInstance(CLSID_CUri): an object to be filled by IPersistStream. */
HRESULT uri_class_create(IUnknown *outer, REFIID iid, void **out);

/* {df2fce13-25ec-45bb-9d4c-cecd47c2430c} */
extern const CLSID uri_class_id;

/* IPersistStream of the objects. */
extern const IPersistStreamVtbl uri_persist_vtbl;
extern const IMarshalVtbl uri_marshal_vtbl;

#endif
