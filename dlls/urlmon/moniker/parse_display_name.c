/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Monikers from texts of any kind, URLs among them. Page "MkParseDisplayNameEx function". */
#include "session.h"
#include "url_moniker.h"
#include "urlmon_module.h"

/* The length of "scheme" in "scheme:...", 0 if it does not begin so. One letter is a drive. */
static size_t scheme_length(const WCHAR *name)
{
    size_t length = 0;

    while ((name[length] >= 'a' && name[length] <= 'z')
            || (name[length] >= 'A' && name[length] <= 'Z')
            || (length
                    && ((name[length] >= '0' && name[length] <= '9') || name[length] == '+'
                            || name[length] == '-' || name[length] == '.')))
        length++;
    return length > 1 && name[length] == ':' ? length : 0;
}

/* Whether somebody handles the protocol of that URL. */
static BOOL protocol_exists(const WCHAR *url)
{
    IUnknown *protocol;
    CLSID clsid;
    IUri *uri;
    HRESULT hr;

    if (FAILED(CreateUri(url, URL_MONIKER_LEGACY_FLAGS, 0, &uri)))
        return FALSE;
    hr = session_protocol_create(uri, NULL, &protocol, &clsid);
    IUri_Release(uri);
    if (FAILED(hr))
        return FALSE;
    IUnknown_Release(protocol);
    return TRUE;
}

/*
 * MkParseDisplayNameEx: a URL moniker for URLs of a protocol which has a handler, and for telnet,
 * which has none; everything else goes to MkParseDisplayName. *eaten is how many characters were
 * used. INET_E_UNKNOWN_PROTOCOL: a URL that nobody handles; MK_E_SYNTAX, E_INVALIDARG,
 * E_OUTOFMEMORY.
 */
HRESULT WINAPI MkParseDisplayNameEx(IBindCtx *context, const WCHAR *name, ULONG *eaten,
        IMoniker **out)
{
    size_t scheme;
    HRESULT hr;

    if (out)
        *out = NULL;
    if (!context || !name || !*name || !eaten || !out)
        return E_INVALIDARG;
    *eaten = 0;
    scheme = scheme_length(name);
    if (scheme && ((scheme == 6 && !_wcsnicmp(name, L"telnet", 6)) || protocol_exists(name)))
    {
        hr = CreateURLMoniker(NULL, name, out);
        if (SUCCEEDED(hr))
            *eaten = wcslen(name);
        return hr;
    }
    hr = MkParseDisplayName(context, name, eaten, out);
    if (FAILED(hr) && scheme && name[scheme + 1] == '/' && name[scheme + 2] == '/')
        hr = INET_E_UNKNOWN_PROTOCOL;
    return hr;
}
