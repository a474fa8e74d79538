/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions that make URIs out of text. */
#include "uri.h"
#include "uri_builder.h"

/*
 * CreateUri: an IUri for a text; the flags are Uri_CREATE_*. S_OK, E_INVALIDARG for a text that is
 * no URI, for flags which contradict each other and for NULL, E_OUTOFMEMORY.
 * "CreateUri function", previous-versions ie-developer ms775098
 */
HRESULT WINAPI CreateUri(LPCWSTR text, DWORD flags, DWORD_PTR reserved, IUri **out)
{
    (void)reserved;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!text)
        return E_INVALIDARG;
    return uri_create(text, wcslen(text), URI_PUBLIC_FLAGS(flags), out);
}

/*
 * CreateUriWithFragment: the same with a fragment given apart, with or without its #. E_INVALIDARG
 * when the text has one itself.
 * "CreateUriWithFragment function", previous-versions ie-developer ms775100
 */
HRESULT WINAPI CreateUriWithFragment(LPCWSTR text, LPCWSTR fragment, DWORD flags,
        DWORD_PTR reserved, IUri **out)
{
    size_t length, fragment_length, mark;
    WCHAR *whole;
    HRESULT hr;

    (void)reserved;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!text)
        return E_INVALIDARG;
    length = wcslen(text);
    if (!fragment)
        return uri_create(text, length, URI_PUBLIC_FLAGS(flags), out);
    if (wcschr(text, '#'))
        return E_INVALIDARG;
    fragment_length = wcslen(fragment);
    if (length > URI_TEXT_MAX || fragment_length > URI_TEXT_MAX)
        return E_OUTOFMEMORY;
    mark = *fragment == '#' ? 0 : 1;
    whole = malloc((length + mark + fragment_length + 1) * sizeof(*whole));
    if (!whole)
        return E_OUTOFMEMORY;
    memcpy(whole, text, length * sizeof(*whole));
    whole[length] = '#';
    memcpy(whole + length + mark, fragment, fragment_length * sizeof(*whole));
    hr = uri_create(whole, length + mark + fragment_length, URI_PUBLIC_FLAGS(flags), out);
    free(whole);
    return hr;
}

/*
 * CreateUriFromMultiByteString: the same for a text of a code page (0: the system's, CP_ACP). The
 * encoding flags say what percent triplets stand for; an IUri keeps these as they are, so that they
 * change nothing here. E_INVALIDARG also for a text that is not one of the code page.
 * "CreateUriFromMultiByteString function", previous-versions ie-developer ms775099
 */
HRESULT WINAPI CreateUriFromMultiByteString(LPCSTR text, DWORD encoding, DWORD code_page,
        DWORD flags, DWORD_PTR reserved, IUri **out)
{
    size_t length;
    WCHAR *wide;
    HRESULT hr;
    int count;

    (void)encoding;
    (void)reserved;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!text)
        return E_INVALIDARG;
    length = strlen(text);
    if (length > URI_TEXT_MAX)
        return E_OUTOFMEMORY;
    if (!length)
        return uri_create(L"", 0, URI_PUBLIC_FLAGS(flags), out);
    count = MultiByteToWideChar(code_page, 0, text, (int)length, NULL, 0);
    if (count <= 0)
        return E_INVALIDARG;
    wide = malloc((size_t)count * sizeof(*wide));
    if (!wide)
        return E_OUTOFMEMORY;
    count = MultiByteToWideChar(code_page, 0, text, (int)length, wide, count);
    hr = count > 0 ? uri_create(wide, (size_t)count, URI_PUBLIC_FLAGS(flags), out) : E_INVALIDARG;
    free(wide);
    return hr;
}

/*
 * CreateIUriBuilder: a builder that begins as `uri`, or empty when that is NULL. E_POINTER,
 * E_INVALIDARG for flags, E_OUTOFMEMORY.
 * "CreateIUriBuilder function", previous-versions ie-developer ms775097
 */
HRESULT WINAPI CreateIUriBuilder(IUri *uri, DWORD flags, DWORD_PTR reserved, IUriBuilder **out)
{
    (void)flags;
    (void)reserved;
    if (!out)
        return E_POINTER;
    *out = NULL;
    return uri_builder_create(uri, out);
}
