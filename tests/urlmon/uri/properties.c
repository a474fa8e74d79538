/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IUri: every property by every way to it; equality. "Uri_PROPERTY enumeration" and the pages of
 * IUri's methods. */
#include <shlwapi.h>

#include "uri_check.h"

struct expected
{
    const WCHAR *text;
    const WCHAR *strings[Uri_PROPERTY_STRING_LAST + 1]; /* NULL: not there */
    DWORD host_type, port, scheme;
    BOOL has_port;
};

/* The example of the page of Uri_PROPERTY, and others. */
static const struct expected examples[] = {
        {
                L"ftp://username:password@hostname.domain.com:8080/path/file.ext?query#fragment",
                {L"ftp://username:password@hostname.domain.com:8080/path/file.ext?query#fragment",
                        L"username:password@hostname.domain.com:8080",
                        L"ftp://hostname.domain.com:8080/path/file.ext?query#fragment",
                        L"domain.com", L".ext", L"#fragment", L"hostname.domain.com", L"password",
                        L"/path/file.ext", L"/path/file.ext?query", L"?query",
                        L"ftp://username:password@hostname.domain.com:8080/path/file.ext?query"
                        L"#fragment",
                        L"ftp", L"username:password", L"username"},
                Uri_HOST_DNS,
                8080,
                URL_SCHEME_FTP,
                TRUE,
        },
        {
                L"HTTP://Example.COM",
                {L"http://example.com/", L"example.com", L"http://example.com/", L"example.com",
                        NULL, NULL, L"example.com", NULL, L"/", L"/", NULL, L"HTTP://Example.COM",
                        L"http", NULL, NULL},
                Uri_HOST_DNS,
                80,
                URL_SCHEME_HTTP,
                TRUE,
        },
        {
                L"file:///c:/dir/a%20b.txt",
                {L"file:///c:/dir/a%20b.txt", NULL, L"file:///c:/dir/a%20b.txt", NULL, L".txt",
                        NULL, NULL, NULL, L"/c:/dir/a%20b.txt", L"/c:/dir/a%20b.txt", NULL,
                        L"file:///c:/dir/a%20b.txt", L"file", NULL, NULL},
                Uri_HOST_UNKNOWN,
                0,
                URL_SCHEME_FILE,
                FALSE,
        },
        {
                L"mailto:someone@example.com?subject=a",
                {L"mailto:someone@example.com?subject=a", NULL,
                        L"mailto:someone@example.com?subject=a", NULL, L".com", NULL, NULL, NULL,
                        L"someone@example.com", L"someone@example.com?subject=a", L"?subject=a",
                        L"mailto:someone@example.com?subject=a", L"mailto", NULL, NULL},
                Uri_HOST_UNKNOWN,
                0,
                URL_SCHEME_MAILTO,
                FALSE,
        },
        {
                L"https://[2001:db8::1]:8443/x",
                {L"https://[2001:db8::1]:8443/x", L"[2001:db8::1]:8443",
                        L"https://[2001:db8::1]:8443/x", NULL, NULL, NULL, L"2001:db8::1", NULL,
                        L"/x", L"/x", NULL, L"https://[2001:db8::1]:8443/x", L"https", NULL, NULL},
                Uri_HOST_IPV6,
                8443,
                URL_SCHEME_HTTPS,
                TRUE,
        },
};

/* By GetPropertyBSTR, GetPropertyLength and HasProperty. */
static void test_generic(IUri *uri, const struct expected *expected)
{
    for (int property = 0; property <= Uri_PROPERTY_STRING_LAST; property++)
    {
        const WCHAR *text = expected->strings[property];
        BSTR got = NULL;
        DWORD length = 99;
        BOOL has = 99;

        is_hr(IUri_GetPropertyBSTR(uri, property, &got, 0), text ? S_OK : S_FALSE,
                "GetPropertyBSTR %d", property);
        ok(got && !wcscmp(got, text ? text : L""), "property %d: %s", property, tap_wstr(got));
        is_hr(IUri_GetPropertyLength(uri, property, &length, 0), text ? S_OK : S_FALSE,
                "GetPropertyLength %d", property);
        is_uint(length, text ? wcslen(text) : 0, "length of property %d", property);
        is_hr(IUri_HasProperty(uri, property, &has), S_OK, "HasProperty %d", property);
        is_int(has, text != NULL, "has property %d", property);
        SysFreeString(got);
    }
}

/* By the methods with names. */
static void test_named(IUri *uri, const struct expected *expected)
{
    static const struct
    {
        const char *name;
        size_t slot; /* in the vtable */
        int property;
    } getters[] = {
#define GETTER(name, property)                                                                     \
    {#name, offsetof(IUriVtbl, name) / sizeof(void *), Uri_PROPERTY_##property}
            GETTER(GetAbsoluteUri, ABSOLUTE_URI),
            GETTER(GetAuthority, AUTHORITY),
            GETTER(GetDisplayUri, DISPLAY_URI),
            GETTER(GetDomain, DOMAIN),
            GETTER(GetExtension, EXTENSION),
            GETTER(GetFragment, FRAGMENT),
            GETTER(GetHost, HOST),
            GETTER(GetPassword, PASSWORD),
            GETTER(GetPath, PATH),
            GETTER(GetPathAndQuery, PATH_AND_QUERY),
            GETTER(GetQuery, QUERY),
            GETTER(GetRawUri, RAW_URI),
            GETTER(GetSchemeName, SCHEME_NAME),
            GETTER(GetUserInfo, USER_INFO),
            GETTER(GetUserName, USER_NAME),
#undef GETTER
    };

    for (unsigned int i = 0; i < ARRAYSIZE(getters); i++)
    {
        HRESULT(STDMETHODCALLTYPE * getter)(IUri *, BSTR *);
        const WCHAR *text = expected->strings[getters[i].property];
        BSTR got = NULL;

        memcpy(&getter, (void **)uri->lpVtbl + getters[i].slot, sizeof(getter));
        is_hr(getter(uri, &got), text ? S_OK : S_FALSE, "%s", getters[i].name);
        ok(got && !wcscmp(got, text ? text : L""), "%s: %s", getters[i].name, tap_wstr(got));
        SysFreeString(got);
    }
}

static void test_numbers(IUri *uri, const struct expected *expected)
{
    DWORD number = 99, properties = 0;
    BOOL has;

    is_hr(IUri_GetHostType(uri, &number), S_OK, "GetHostType");
    is_uint(number, expected->host_type, "type of the host");
    is_hr(IUri_GetPort(uri, &number), expected->has_port ? S_OK : S_FALSE, "GetPort");
    is_uint(number, expected->port, "port");
    is_hr(IUri_GetScheme(uri, &number), S_OK, "GetScheme");
    is_uint(number, expected->scheme, "scheme");
    is_hr(IUri_GetProperties(uri, &properties), S_OK, "GetProperties");
    for (int property = 0; property <= Uri_PROPERTY_DWORD_LAST; property++)
    {
        is_hr(IUri_HasProperty(uri, property, &has), S_OK, "HasProperty %d", property);
        is_int(has, !!(properties & 1u << property), "GetProperties has the same of %d", property);
    }
}

static void test_examples(void)
{
    for (unsigned int i = 0; i < ARRAYSIZE(examples); i++)
    {
        IUri *uri = uri_made(examples[i].text, 0);

        if (!uri)
            continue;
        /* "Uri_PROPERTY_DISPLAY_URI" without the user is a BSTR of the length it has. */
        todo_if(tap_builtin() && examples[i].strings[Uri_PROPERTY_USER_INFO],
                "lengths of display URIs")
        {
            test_generic(uri, &examples[i]);
        }
        test_named(uri, &examples[i]);
        test_numbers(uri, &examples[i]);
        IUri_Release(uri);
    }
}

static void test_arguments(void)
{
    IUri *uri = uri_made(L"http://example.com/", 0);
    DWORD number = 99;
    BSTR text;
    BOOL equal;

    if (!uri)
        return;
    is_hr(IUri_GetPropertyBSTR(uri, Uri_PROPERTY_HOST, NULL, 0), E_POINTER, "no place for a text");
    is_hr(IUri_GetAbsoluteUri(uri, NULL), E_POINTER, "no place for the URI");
    text = (BSTR)1;
    is_hr(IUri_GetPropertyBSTR(uri, Uri_PROPERTY_PORT, &text, 0), E_INVALIDARG,
            "a number is no text");
    ok(!text, "and gives none");
    is_hr(IUri_GetPropertyDWORD(uri, Uri_PROPERTY_HOST, &number, 0), E_INVALIDARG,
            "a text is no number");
    is_hr(IUri_GetPropertyDWORD(uri, Uri_PROPERTY_PORT, NULL, 0), E_INVALIDARG,
            "no place for a number");
    is_hr(IUri_GetPropertyLength(uri, Uri_PROPERTY_PORT, &number, 0), E_INVALIDARG,
            "a number has no length");
    todo_builtin("IUri::GetPropertyDWORD, ms775027")
    {
        is_hr(IUri_GetPropertyDWORD(uri, 19, &number, 0), E_INVALIDARG, "no property");
    }
    is_hr(IUri_HasProperty(uri, Uri_PROPERTY_HOST, NULL), E_INVALIDARG, "no place for an answer");
    is_hr(IUri_GetProperties(uri, NULL), E_INVALIDARG, "no place for flags");
    is_hr(IUri_IsEqual(uri, uri, NULL), E_POINTER, "no place for the result");
    is_hr(IUri_IsEqual(uri, NULL, &equal), S_OK, "nothing to compare with");
    ok(!equal, "is not equal");
    is_uint(uri_number(uri, Uri_PROPERTY_ZONE), (DWORD)URLZONE_INVALID, "the zone is not known");
    IUri_Release(uri);
}

/* Flags of GetPropertyBSTR and GetPropertyLength. */
static void test_flags(void)
{
    IUri *uri = uri_made(L"http://www.b\x00fc"
                         L"cher.example/a#b",
            0);
    DWORD length = 0;

    if (!uri)
        return;
    if (builtin_lacks("flags of texts: IUri::GetPropertyBSTR, ms775026"))
    {
        IUri_Release(uri);
        return;
    }
    is_wstr(uri_text(uri, Uri_PROPERTY_DISPLAY_URI, Uri_DISPLAY_NO_FRAGMENT),
            L"http://www.b\x00fc"
            L"cher.example/a",
            "Uri_DISPLAY_NO_FRAGMENT");
    is_uint(uri_number(uri, Uri_PROPERTY_HOST_TYPE), Uri_HOST_IDN, "an international name");
    is_wstr(uri_text(uri, Uri_PROPERTY_HOST, 0),
            L"www.b\x00fc"
            L"cher.example",
            "the host");
    is_wstr(uri_text(uri, Uri_PROPERTY_HOST, Uri_PUNYCODE_IDN_HOST), L"www.xn--bcher-kva.example",
            "in Punycode");
    is_wstr(uri_text(uri, Uri_PROPERTY_DOMAIN, Uri_PUNYCODE_IDN_HOST), L"xn--bcher-kva.example",
            "its domain");
    is_wstr(uri_text(uri, Uri_PROPERTY_ABSOLUTE_URI, Uri_PUNYCODE_IDN_HOST),
            L"http://www.xn--bcher-kva.example/a#b", "the URI");
    is_hr(IUri_GetPropertyLength(uri, Uri_PROPERTY_HOST, &length, Uri_PUNYCODE_IDN_HOST), S_OK,
            "GetPropertyLength");
    is_uint(length, wcslen(L"www.xn--bcher-kva.example"), "its length");
    is_wstr(uri_text(uri, Uri_PROPERTY_DISPLAY_URI, Uri_PUNYCODE_IDN_HOST),
            L"http://www.b\x00fc"
            L"cher.example/a#b",
            "what is displayed stays");
    IUri_Release(uri);
}

struct pair
{
    const WCHAR *a;
    DWORD flags_a;
    const WCHAR *b;
    DWORD flags_b;
    BOOL equal;
};

static const struct pair pairs[] = {
        {L"http://example.com", 0, L"HTTP://EXAMPLE.com:80/", 0, TRUE},
        {L"http://example.com/a/../b", 0, L"http://example.com/b", 0, TRUE},
        {L"http://example.com/%7eme", 0, L"http://example.com/~me", 0, TRUE},
        {L"http://example.com/a", 0, L"http://example.com/A", 0, FALSE},
        {L"http://example.com/a", 0, L"http://example.com/a?", 0, FALSE},
        {L"http://example.com/a", 0, L"https://example.com/a", 0, FALSE},
        {L"http://example.com:80/", Uri_CREATE_NO_CANONICALIZE, L"http://example.com/", 0, TRUE},
        {L"file:///c:/Dir/a.txt", 0, L"file:///C:/dir/A.TXT", 0, TRUE},
        {L"file:///c:/dir/a.txt", 0, L"file:///c:/dir/a.txt", Uri_CREATE_FILE_USE_DOS_PATH, TRUE},
        {L"zip://Example.com/", 0, L"zip://example.com/", 0, FALSE},
        {L"a/b", Uri_CREATE_ALLOW_RELATIVE, L"a/b", Uri_CREATE_ALLOW_RELATIVE, TRUE},
        {L"a/b", Uri_CREATE_ALLOW_RELATIVE, L"a/c", Uri_CREATE_ALLOW_RELATIVE, FALSE},
};

static void test_equality(void)
{
    for (unsigned int i = 0; i < ARRAYSIZE(pairs); i++)
    {
        IUri *a = uri_made(pairs[i].a, pairs[i].flags_a);
        IUri *b = uri_made(pairs[i].b, pairs[i].flags_b);
        BOOL equal = 99;

        if (a && b)
        {
            is_hr(IUri_IsEqual(a, b, &equal), S_OK, "IsEqual");
            is_int(equal, pairs[i].equal, "%s and %s", tap_wstr(pairs[i].a), tap_wstr(pairs[i].b));
            is_hr(IUri_IsEqual(b, a, &equal), S_OK, "IsEqual");
            is_int(equal, pairs[i].equal, "and the other way");
        }
        if (a)
            IUri_Release(a);
        if (b)
            IUri_Release(b);
    }
}

int main(void)
{
    test_examples();
    test_arguments();
    test_flags();
    test_equality();
    return done_testing();
}
