/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What IInternetSession registers for this process: name spaces and MIME filters. */
#ifndef CONCIERGE_SESSION_TABLE_H
#define CONCIERGE_SESSION_TABLE_H

#include <urlmon.h>

enum session_kind
{
    SESSION_NAME_SPACE, /* the key is a scheme */
    SESSION_MIME_FILTER /* the key is a media type */
};

/* Registers `factory` for `key`. The last registration of a key is the one that counts until it is
 * taken back. E_INVALIDARG: no factory or an empty key; E_OUTOFMEMORY. */
HRESULT session_table_add(enum session_kind kind, IClassFactory *factory, REFCLSID clsid,
        const WCHAR *key);

/* Takes the last registration of this factory for `key` back. E_FAIL: there is none. */
HRESULT session_table_remove(enum session_kind kind, IClassFactory *factory, const WCHAR *key);

/* The factory that counts for `key`, with a reference, and its class (may be NULL). S_FALSE, with
 * NULL: none. `length` of the key in characters; keys are compared without regard to case. */
HRESULT session_table_find(enum session_kind kind, const WCHAR *key, size_t length,
        IClassFactory **factory, CLSID *clsid);

#endif
