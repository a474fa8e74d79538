/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * about: — where no HTML viewer has registered its own. about:blank is an empty page; a name under
 * HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Internet Explorer\AboutURLs leads to the URL that stands
 * there; any other is a page that shows the text. Article Q183978 ("The About: Protocol").
 */
#include "stream_protocol.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <shlwapi.h>

#include "wstr.h"

#define ABOUT_KEY L"SOFTWARE\\Microsoft\\Internet Explorer\\AboutURLs"

/* The URL that the registry has for a name, by CoTaskMemAlloc. S_FALSE: none. */
static HRESULT about_find(const WCHAR *name, WCHAR **url)
{
    WCHAR text[2084];
    DWORD size = sizeof(text);

    if (!*name
            || RegGetValueW(HKEY_LOCAL_MACHINE, ABOUT_KEY, name, RRF_RT_REG_SZ, NULL, text, &size)
                    != ERROR_SUCCESS)
        return S_FALSE;
    return *text ? wstr_to_caller(text, url) : S_FALSE;
}

/* Appends the text as HTML shows it; `page` has room for six characters for each. */
static void page_append(WCHAR *page, const WCHAR *text)
{
    WCHAR *end = page + wcslen(page);

    for (; *text; text++)
    {
        const WCHAR *entity = *text == '<' ? L"&lt;"
                : *text == '>'             ? L"&gt;"
                : *text == '&'             ? L"&amp;"
                : *text == '"'             ? L"&quot;"
                                           : NULL;

        if (entity)
        {
            wcscpy(end, entity);
            end += wcslen(end);
        }
        else
            *end++ = *text;
    }
    *end = 0;
}

/* A page of UTF-16 that shows `text`. */
static HRESULT page_create(const WCHAR *text, IStream **stream)
{
    static const WCHAR head[] = L"\xfeff<HTML>", tail[] = L"</HTML>";
    WCHAR *page = malloc((ARRAYSIZE(head) + ARRAYSIZE(tail) + 6 * wcslen(text)) * sizeof(WCHAR));

    *stream = NULL;
    if (!page)
        return E_OUTOFMEMORY;
    wcscpy(page, head);
    page_append(page, text);
    wcscat(page, tail);
    *stream = SHCreateMemStream((const BYTE *)page, (UINT)(wcslen(page) * sizeof(WCHAR)));
    free(page);
    return *stream ? S_OK : E_OUTOFMEMORY;
}

static HRESULT about_open(IUri *uri, struct stream_source *source)
{
    BSTR path = NULL;
    HRESULT hr = IUri_GetPath(uri, &path);

    if (FAILED(hr))
        return hr;
    hr = about_find(path, &source->redirect);
    if (hr == S_OK)
        hr = INET_E_REDIRECT_FAILED;
    else if (hr == S_FALSE)
    {
        hr = page_create(_wcsicmp(path, L"blank") ? path : L"", &source->stream);
        if (SUCCEEDED(hr))
            hr = wstr_to_caller(L"text/html", &source->mime);
    }
    SysFreeString(path);
    return hr;
}

static const struct stream_protocol_kind about_kind = {"about", URL_SCHEME_ABOUT, 0,
        INET_E_INVALID_URL, FALSE, about_open};

HRESULT about_protocol_create(IUnknown *outer, REFIID iid, void **out)
{
    return stream_protocol_create(&about_kind, outer, iid, out);
}
