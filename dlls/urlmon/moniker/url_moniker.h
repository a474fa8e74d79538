/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The URL moniker: what its files share. */
#ifndef CONCIERGE_URL_MONIKER_H
#define CONCIERGE_URL_MONIKER_H

#include <urlmon.h>
#include <shlwapi.h>

#include "com_object.h"

struct url_moniker
{
    struct com_object object;
    IMoniker IMoniker_iface;
    IUriContainer IUriContainer_iface;
    IROTData IROTData_iface;
    IUri *uri;   /* NULL: made by its class, not loaded yet; then never changes */
    DWORD flags; /* Uri_CREATE_*, with which it was made */
};

/* Uri_CREATE_* of CreateURLMoniker: file URLs are DOS paths, and relative URLs are welcome. */
#define URL_MONIKER_LEGACY_FLAGS                                                                   \
    (Uri_CREATE_ALLOW_RELATIVE | Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME                             \
            | Uri_CREATE_FILE_USE_DOS_PATH | Uri_CREATE_NO_DECODE_EXTRA_INFO                       \
            | Uri_CREATE_CANONICALIZE | Uri_CREATE_CRACK_UNKNOWN_SCHEMES                           \
            | Uri_CREATE_PRE_PROCESS_HTML_URI | Uri_CREATE_IE_SETTINGS                             \
            | Uri_CREATE_NO_ENCODE_FORBIDDEN_CHARACTERS)

/* A URL moniker; adds a reference to the URI. E_OUTOFMEMORY. */
HRESULT url_moniker_from_uri(IUri *uri, DWORD flags, IMoniker **out);

/* The URL as the moniker shows and keeps it: the display URI, for a relative one its text. */
HRESULT url_moniker_text(IUri *uri, BSTR *out);

/* The URI of any URL moniker. S_FALSE, with NULL: it is another kind of moniker. */
HRESULT moniker_get_uri(IMoniker *moniker, IUri **out);

/* A URI below a base: absolute ones stay as they are. */
HRESULT url_combine(IUri *base, IUri *relative, IUri **out);

/* Whether a URI is relative. */
BOOL url_is_relative(IUri *uri);

/* The full URI of a moniker in a context, by which a partial one is completed: the SZ_URLCONTEXT of
 * the bind context, else the moniker to the left. Without either it is the partial one. */
HRESULT url_moniker_resolve(struct url_moniker *moniker, IBindCtx *context, IMoniker *left,
        IUri **out);

/* IPersistStream, in the format of [MS-OSHARED] 2.3.7.6. */
HRESULT url_moniker_load(IStream *stream, IUri **uri, DWORD *flags);
HRESULT url_moniker_save(IUri *uri, DWORD flags, IStream *stream);
HRESULT url_moniker_save_size(IUri *uri, ULARGE_INTEGER *out);

#endif
