/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mk:@ProgID:name — the class of the ProgID parses the name into a moniker, and the data are the
 * stream it binds to. mk:@MSITStore: is the one in use: files within compiled help. Page
 * "MkParseDisplayName function" (objbase/nf-objbase-mkparsedisplayname) on names with an at sign.
 */
#include "stream_protocol.h"
#include "trace.h"
#include "urlmon_module.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <shlwapi.h>

/* The class that parses "@ProgID:...". INET_E_RESOURCE_NOT_FOUND: no such class, or no such form.
 */
static HRESULT name_find_class(const WCHAR *name, CLSID *clsid)
{
    const WCHAR *end = wcschr(name, ':');
    WCHAR prog_id[64];
    size_t length;

    if (*name != '@' || !end)
        return INET_E_RESOURCE_NOT_FOUND;
    length = (size_t)(end - name - 1);
    if (!length || length >= ARRAYSIZE(prog_id))
        return INET_E_RESOURCE_NOT_FOUND;
    memcpy(prog_id, name + 1, length * sizeof(WCHAR));
    prog_id[length] = 0;
    return SUCCEEDED(CLSIDFromProgID(prog_id, clsid)) ? S_OK : INET_E_RESOURCE_NOT_FOUND;
}

static HRESULT name_parse(const WCHAR *name, IBindCtx *context, IMoniker **moniker)
{
    IParseDisplayName *parser;
    ULONG eaten = 0;
    WCHAR *copy;
    CLSID clsid;
    HRESULT hr = name_find_class(name, &clsid);

    if (FAILED(hr))
        return hr;
    hr = CoCreateInstance(&clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IParseDisplayName,
            (void **)&parser);
    if (FAILED(hr))
        return hr;
    copy = _wcsdup(name); /* it may be written to */
    hr = copy ? IParseDisplayName_ParseDisplayName(parser, context, copy, &eaten, moniker)
              : E_OUTOFMEMORY;
    if (SUCCEEDED(hr) && !*moniker)
        hr = E_UNEXPECTED;
    free(copy);
    IParseDisplayName_Release(parser);
    return hr;
}

static HRESULT mk_open(IUri *uri, struct stream_source *source)
{
    IMoniker *moniker = NULL;
    IBindCtx *context = NULL;
    BSTR url = NULL;
    const WCHAR *name;
    HRESULT hr = IUri_GetDisplayUri(uri, &url);

    if (FAILED(hr))
        return hr;
    name = wcschr(url, ':');
    hr = name ? CreateBindCtx(0, &context) : INET_E_INVALID_URL;
    if (SUCCEEDED(hr))
        hr = name_parse(name + 1, context, &moniker);
    if (SUCCEEDED(hr))
        hr = IMoniker_BindToStorage(moniker, context, NULL, &IID_IStream, (void **)&source->stream);
    if (SUCCEEDED(hr) && FAILED(FindMimeFromData(NULL, url, NULL, 0, NULL, 0, &source->mime, 0)))
        source->mime = NULL;
    if (FAILED(hr))
        trace("%ls: %#lx", url, hr);
    if (moniker)
        IMoniker_Release(moniker);
    if (context)
        IBindCtx_Release(context);
    SysFreeString(url);
    return hr;
}

static const struct stream_protocol_kind mk_kind = {"mk", URL_SCHEME_MK, 0, INET_E_INVALID_URL,
        FALSE, mk_open};

HRESULT mk_protocol_create(IUnknown *outer, REFIID iid, void **out)
{
    return stream_protocol_create(&mk_kind, outer, iid, out);
}
