/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoInternetParseIUri, CoInternetParseUrl, CoInternetCompareUrl, IsValidURL, and the protocols that
 * answer before them. "PARSEACTION enumeration" and the pages of the functions. */
#include <shlwapi.h>
#include <strsafe.h>

#include "uri_check.h"

struct row
{
    const WCHAR *text;
    PARSEACTION action;
    DWORD flags;
    HRESULT hr;
    const WCHAR *result;
};

static const WCHAR example[] = L"http://user:word@www.example.com:81/a%20b/c.txt?q#f";

static const struct row uri_rows[] = {
        {example, PARSE_CANONICALIZE, 0, S_OK, example},
        {example, PARSE_CANONICALIZE, URL_UNESCAPE, S_OK,
                L"http://user:word@www.example.com:81/a b/c.txt?q#f"},
        {example, PARSE_FRIENDLY, 0, S_OK, L"http://www.example.com:81/a%20b/c.txt?q#f"},
        {example, PARSE_ROOTDOCUMENT, 0, S_OK, L"http://user:word@www.example.com:81/"},
        {example, PARSE_DOCUMENT, 0, S_OK, L"http://user:word@www.example.com:81/a%20b/c.txt?q"},
        {example, PARSE_ANCHOR, 0, S_OK, L"#f"},
        {example, PARSE_LOCATION, 0, S_OK, L"#f"},
        {example, PARSE_SCHEMA, 0, S_OK, L"http"},
        {example, PARSE_SITE, 0, S_OK, L"www.example.com"},
        {example, PARSE_DOMAIN, 0, S_OK, L"example.com"},
        {example, PARSE_SECURITY_URL, 0, E_FAIL, NULL},
        {example, PARSE_SECURITY_DOMAIN, 0, E_FAIL, NULL},
        {example, PARSE_MIME, 0, E_FAIL, NULL},
        {example, PARSE_SERVER, 0, E_FAIL, NULL},
        {example, PARSE_PATH_FROM_URL, 0, E_INVALIDARG, NULL},
        {L"file:///c:/a%20b", PARSE_PATH_FROM_URL, 0, S_OK, L"c:\\a b"},
        {L"file://server/share/a", PARSE_PATH_FROM_URL, 0, S_OK, L"\\\\server\\share\\a"},
        {L"c:\\a b", PARSE_URL_FROM_PATH, 0, S_OK, L"file:///c:/a%20b"},
};

static const struct row url_rows[] = {
        {example, PARSE_ROOTDOCUMENT, 0, S_OK, NULL},
        {L"http://www.example.com/a b", PARSE_ROOTDOCUMENT, 0, S_OK, L"http://www.example.com"},
        {L"http://www.example.com/%41b", PARSE_UNESCAPE, 0, S_OK, L"http://www.example.com/Ab"},
        {L"http://www.example.com/%41b", PARSE_ENCODE_IS_UNESCAPE, 0, S_OK,
                L"http://www.example.com/Ab"},
        {L"http://www.example.com/a", PARSE_SCHEMA, 0, S_OK, L"http"},
        {L"http://www.example.com:81/a", PARSE_DOMAIN, 0, S_OK, L"www.example.com"},
        {L"file:///c:/a%20b", PARSE_PATH_FROM_URL, 0, S_OK, L"c:\\a b"},
        {L"http://www.example.com/a/../b", PARSE_CANONICALIZE, 0, S_OK,
                L"http://www.example.com/b"},
};

static const struct row documented_rows[] = {
        {L"http://www.example.com/a b", PARSE_ESCAPE, 0, S_OK, L"http://www.example.com/a%20b"},
        {L"http://www.example.com/a b", PARSE_DECODE_IS_ESCAPE, 0, S_OK,
                L"http://www.example.com/a%20b"},
        {L"c:\\a b", PARSE_URL_FROM_PATH, 0, S_OK, L"file:///c:/a%20b"},
        {L"http://www.example.com/a#f", PARSE_LOCATION, 0, S_OK, L"#f"},
        {L"http://www.example.com/a#f", PARSE_ANCHOR, 0, S_OK, L"#f"},
        {L"http://www.example.com/a#f", PARSE_DOCUMENT, 0, S_OK, L"http://www.example.com/a"},
        {L"http://user@www.example.com/a b", PARSE_FRIENDLY, 0, S_OK,
                L"http://www.example.com/a%20b"},
        {L"http://[::1]:81/a", PARSE_ROOTDOCUMENT, 0, S_OK, L"http://[::1]"},
        {L"http://[::1]:81/a", PARSE_DOMAIN, 0, S_OK, L"::1"},
};

static void test_uris(void)
{
    for (unsigned int i = 0; i < ARRAYSIZE(uri_rows); i++)
    {
        const struct row *row = &uri_rows[i];
        IUri *uri = uri_made(row->text, Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME);
        WCHAR result[100] = L"";
        DWORD length = 99;

        is_hr(CoInternetParseIUri(uri, row->action, row->flags, result, ARRAYSIZE(result), &length,
                      0),
                row->hr, "CoInternetParseIUri of %s, %d", tap_wstr(row->text), row->action);
        if (row->result)
            is_wstr(result, row->result, "the result");
        is_uint(length, row->result ? wcslen(row->result) : 0, "its length");
        IUri_Release(uri);
    }
}

static void test_buffers(void)
{
    IUri *uri = uri_made(L"http://example.com/", 0);
    WCHAR result[40];
    DWORD length;

    for (DWORD size = 1; size < 24; size++)
    {
        result[size] = 'Z';
        length = 99;
        is_hr(CoInternetParseIUri(uri, PARSE_CANONICALIZE, 0, result, size, &length, 0),
                size > 19 ? S_OK : STRSAFE_E_INSUFFICIENT_BUFFER, "a buffer of %lu", size);
        is_uint(length, 19, "the length of the text");
        is_uint(result[size], 'Z', "nothing is behind it");
        is_hr(CoInternetParseIUri(uri, PARSE_ROOTDOCUMENT, 0, result, size, &length, 0),
                size > 19 ? S_OK : STRSAFE_E_INSUFFICIENT_BUFFER, "the root, %lu", size);
        is_uint(result[size], 'Z', "nothing is behind it");
    }
    is_hr(CoInternetParseIUri(NULL, PARSE_SCHEMA, 0, result, 40, &length, 0), E_INVALIDARG,
            "no IUri");
    is_hr(CoInternetParseIUri(uri, PARSE_SCHEMA, 0, NULL, 40, &length, 0), E_INVALIDARG,
            "no buffer");
    is_hr(CoInternetParseIUri(uri, PARSE_SCHEMA, 0, result, 40, NULL, 0), E_POINTER, "no length");
    is_hr(CoInternetParseIUri(uri, 0, 0, result, 40, &length, 0), E_NOTIMPL, "no action");
    IUri_Release(uri);
}

static void check_url_rows(const struct row *rows, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
    {
        WCHAR result[100] = L"";
        DWORD length = 99;

        is_hr(CoInternetParseUrl(rows[i].text, rows[i].action, rows[i].flags, result,
                      ARRAYSIZE(result), &length, 0),
                rows[i].hr, "CoInternetParseUrl of %s, %d", tap_wstr(rows[i].text), rows[i].action);
        if (!rows[i].result)
            continue;
        is_wstr(result, rows[i].result, "the result");
        is_uint(length, wcslen(rows[i].result), "its length");
    }
}

static void test_urls(void)
{
    WCHAR result[4];
    DWORD length = 99;

    check_url_rows(url_rows, ARRAYSIZE(url_rows));
    is_hr(CoInternetParseUrl(L"http://h/%41bc", PARSE_UNESCAPE, 0, result, 4, &length, 0),
            E_POINTER, "too small a buffer");
    is_uint(length, 13, "what is needed");
    is_hr(CoInternetParseUrl(L"http://example.com/", PARSE_DOMAIN, 0, result, 4, &length, 0),
            S_FALSE, "too small a buffer for a part");
    is_uint(length, 12, "what is needed");
    if (builtin_lacks("actions that the page of CoInternetParseUrl names, ms775089"))
        return;
    check_url_rows(documented_rows, ARRAYSIZE(documented_rows));
    is_hr(CoInternetParseUrl(NULL, PARSE_SCHEMA, 0, result, 4, &length, 0), E_INVALIDARG, "no URL");
}

static void test_compare(void)
{
    is_hr(CoInternetCompareUrl(L"http://h/a", L"http://h/a", 0), S_OK, "equal");
    is_hr(CoInternetCompareUrl(L"http://h/a", L"http://h/b", 0), S_FALSE, "not equal");
    is_hr(CoInternetCompareUrl(L"http://h/a/", L"http://h/a", 0), S_FALSE, "a slash");
    is_hr(CoInternetCompareUrl(L"http://h/a/", L"http://h/a", 1), S_OK, "that does not count");
    is_hr(IsValidURL(NULL, L"http://example.com/", 0), S_OK, "a URL");
    if (builtin_lacks("IsValidURL, ms775137"))
        return;
    is_hr(IsValidURL(NULL, L"c:\\a", 0), S_OK, "a path");
    is_hr(IsValidURL(NULL, L"example", 0), S_FALSE, "no URL");
    is_hr(IsValidURL(NULL, L"http://h:x/", 0), S_FALSE, "a bad port");
    is_hr(IsValidURL(NULL, NULL, 0), E_INVALIDARG, "nothing");
    is_hr(IsValidURL(NULL, L"http://h/", 1), E_INVALIDARG, "reserved");
    is_hr(CoInternetCompareUrl(NULL, L"http://h/b", 0), E_INVALIDARG, "nothing to compare");
}

/* A protocol of our own, which knows better. */
static ULONG calls;

static HRESULT STDMETHODCALLTYPE info_QueryInterface(IInternetProtocolInfo *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IInternetProtocolInfo))
        *out = iface;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE info_AddRef(IInternetProtocolInfo *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE info_Release(IInternetProtocolInfo *iface)
{
    (void)iface;
    return 1;
}

static HRESULT answer(const WCHAR *text, WCHAR *result, DWORD size, DWORD *length)
{
    calls++;
    *length = (DWORD)wcslen(text);
    if (*length >= size)
        return S_FALSE;
    memcpy(result, text, (*length + 1) * sizeof(*text));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE info_ParseUrl(IInternetProtocolInfo *iface, LPCWSTR url,
        PARSEACTION action, DWORD flags, LPWSTR result, DWORD size, DWORD *length, DWORD reserved)
{
    (void)iface;
    (void)url;
    (void)flags;
    (void)reserved;
    if (action != PARSE_SECURITY_URL)
        return INET_E_DEFAULT_ACTION;
    return answer(L"http://answer/", result, size, length);
}

static HRESULT STDMETHODCALLTYPE info_CombineUrl(IInternetProtocolInfo *iface, LPCWSTR base,
        LPCWSTR relative, DWORD flags, LPWSTR result, DWORD size, DWORD *length, DWORD reserved)
{
    (void)iface;
    (void)base;
    (void)flags;
    (void)reserved;
    if (!wcscmp(relative, L"default"))
        return INET_E_DEFAULT_ACTION;
    return answer(L"concierge://combined", result, size, length);
}

static HRESULT STDMETHODCALLTYPE info_CompareUrl(IInternetProtocolInfo *iface, LPCWSTR first,
        LPCWSTR second, DWORD flags)
{
    (void)iface;
    (void)first;
    (void)second;
    (void)flags;
    calls++;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE info_QueryInfo(IInternetProtocolInfo *iface, LPCWSTR url,
        QUERYOPTION option, DWORD flags, void *buffer, DWORD size, DWORD *used, DWORD reserved)
{
    (void)iface;
    (void)url;
    (void)option;
    (void)flags;
    (void)buffer;
    (void)size;
    (void)used;
    (void)reserved;
    return INET_E_DEFAULT_ACTION;
}

static const IInternetProtocolInfoVtbl info_vtbl = {
        info_QueryInterface,
        info_AddRef,
        info_Release,
        info_ParseUrl,
        info_CombineUrl,
        info_CompareUrl,
        info_QueryInfo,
};
static IInternetProtocolInfo info = {(IInternetProtocolInfoVtbl *)&info_vtbl};

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid,
        void **out)
{
    if (IsEqualIID(iid, &IID_IInternetProtocolInfo))
        return info_QueryInterface(&info, iid, out);
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory))
        *out = iface;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    (void)iface;
    (void)outer;
    (void)iid;
    *out = NULL;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    (void)lock;
    return S_OK;
}

static const IClassFactoryVtbl factory_vtbl = {
        factory_QueryInterface,
        factory_AddRef,
        factory_Release,
        factory_CreateInstance,
        factory_LockServer,
};
static IClassFactory factory = {(IClassFactoryVtbl *)&factory_vtbl};

static void test_protocol(void)
{
    IInternetSession *session = NULL;
    IUri *uri, *combined = NULL;
    WCHAR result[100];
    DWORD length;

    is_hr(CoInternetGetSession(0, &session, 0), S_OK, "CoInternetGetSession");
    if (!session)
        return;
    is_hr(IInternetSession_RegisterNameSpace(session, &factory, &CLSID_NULL, L"concierge", 0, NULL,
                  0),
            S_OK, "RegisterNameSpace");
    uri = uri_made(L"concierge://base/a", 0);
    calls = 0;
    is_hr(CoInternetCombineUrl(L"concierge://base/a", L"b", 0, result, 100, &length, 0), S_OK,
            "CoInternetCombineUrl");
    is_wstr(result, L"concierge://combined", "the protocol has combined");
    is_hr(CoInternetCombineUrl(L"concierge://base/a", L"default", 0, result, 100, &length, 0), S_OK,
            "INET_E_DEFAULT_ACTION");
    is_wstr(result, L"concierge://base/default", "leaves it to the generic function");
    is_hr(CoInternetCombineUrlEx(uri, L"b", 0, &combined, 0), S_OK, "CoInternetCombineUrlEx");
    is_wstr(uri_text(combined, Uri_PROPERTY_RAW_URI, 0), L"concierge://combined", "likewise");
    IUri_Release(combined);
    is_hr(CoInternetParseUrl(L"concierge://base/a", PARSE_SECURITY_URL, 0, result, 100, &length, 0),
            S_OK, "CoInternetParseUrl");
    is_wstr(result, L"http://answer/", "the protocol's answer");
    is_hr(CoInternetParseIUri(uri, PARSE_SECURITY_URL, 0, result, 100, &length, 0), S_OK,
            "CoInternetParseIUri");
    is_wstr(result, L"http://answer/", "the protocol's answer");
    is_hr(CoInternetParseUrl(L"concierge://base/a", PARSE_SCHEMA, 0, result, 100, &length, 0), S_OK,
            "another action");
    is_wstr(result, L"concierge", "is the generic function's");
    is_hr(CoInternetCompareUrl(L"concierge://base/a", L"concierge://base/b", 0), S_OK,
            "CoInternetCompareUrl");
    is_uint(calls, 5, "all calls");
    is_hr(IInternetSession_UnregisterNameSpace(session, &factory, L"concierge"), S_OK,
            "UnregisterNameSpace");
    IUri_Release(uri);
    IInternetSession_Release(session);
}

int main(void)
{
    test_uris();
    test_buffers();
    test_urls();
    test_compare();
    test_protocol();
    return done_testing();
}
