/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoInternetCombineIUri, CoInternetCombineUrlEx, CoInternetCombineUrl: RFC 3986, section 5.4, and
 * the examples of the pages. */
#include <shlwapi.h>

#include "uri_check.h"

#define REL Uri_CREATE_ALLOW_RELATIVE

struct row
{
    const WCHAR *base, *relative;
    DWORD flags;
    const WCHAR *combined;
};

/* RFC 3986, 5.4.1 and 5.4.2; "http:g" as 5.2 has it for strict parsers. */
static const struct row rfc[] = {
        {L"http://a/b/c/d;p?q", L"g:h", 0, NULL}, /* one letter is a drive */
        {L"http://a/b/c/d;p?q", L"gg:h", 0, L"gg:h"},
        {L"http://a/b/c/d;p?q", L"g", 0, L"http://a/b/c/g"},
        {L"http://a/b/c/d;p?q", L"./g", 0, L"http://a/b/c/g"},
        {L"http://a/b/c/d;p?q", L"g/", 0, L"http://a/b/c/g/"},
        {L"http://a/b/c/d;p?q", L"/g", 0, L"http://a/g"},
        {L"http://a/b/c/d;p?q", L"//g", 0, L"http://g/"},
        {L"http://a/b/c/d;p?q", L"?y", 0, L"http://a/b/c/d;p?y"},
        {L"http://a/b/c/d;p?q", L"g?y", 0, L"http://a/b/c/g?y"},
        {L"http://a/b/c/d;p?q", L"#s", 0, L"http://a/b/c/d;p?q#s"},
        {L"http://a/b/c/d;p?q", L"g#s", 0, L"http://a/b/c/g#s"},
        {L"http://a/b/c/d;p?q", L"g?y#s", 0, L"http://a/b/c/g?y#s"},
        {L"http://a/b/c/d;p?q", L";x", 0, L"http://a/b/c/;x"},
        {L"http://a/b/c/d;p?q", L"g;x", 0, L"http://a/b/c/g;x"},
        {L"http://a/b/c/d;p?q", L"g;x?y#s", 0, L"http://a/b/c/g;x?y#s"},
        {L"http://a/b/c/d;p?q", L"", 0, L"http://a/b/c/d;p?q"},
        {L"http://a/b/c/d;p?q", L".", 0, L"http://a/b/c/"},
        {L"http://a/b/c/d;p?q", L"./", 0, L"http://a/b/c/"},
        {L"http://a/b/c/d;p?q", L"..", 0, L"http://a/b/"},
        {L"http://a/b/c/d;p?q", L"../", 0, L"http://a/b/"},
        {L"http://a/b/c/d;p?q", L"../g", 0, L"http://a/b/g"},
        {L"http://a/b/c/d;p?q", L"../..", 0, L"http://a/"},
        {L"http://a/b/c/d;p?q", L"../../", 0, L"http://a/"},
        {L"http://a/b/c/d;p?q", L"../../g", 0, L"http://a/g"},
        {L"http://a/b/c/d;p?q", L"../../../g", 0, L"http://a/g"},
        {L"http://a/b/c/d;p?q", L"../../../../g", 0, L"http://a/g"},
        {L"http://a/b/c/d;p?q", L"/./g", 0, L"http://a/g"},
        {L"http://a/b/c/d;p?q", L"/../g", 0, L"http://a/g"},
        {L"http://a/b/c/d;p?q", L"g.", 0, L"http://a/b/c/g."},
        {L"http://a/b/c/d;p?q", L".g", 0, L"http://a/b/c/.g"},
        {L"http://a/b/c/d;p?q", L"g..", 0, L"http://a/b/c/g.."},
        {L"http://a/b/c/d;p?q", L"..g", 0, L"http://a/b/c/..g"},
        {L"http://a/b/c/d;p?q", L"./../g", 0, L"http://a/b/g"},
        {L"http://a/b/c/d;p?q", L"./g/.", 0, L"http://a/b/c/g/"},
        {L"http://a/b/c/d;p?q", L"g/./h", 0, L"http://a/b/c/g/h"},
        {L"http://a/b/c/d;p?q", L"g/../h", 0, L"http://a/b/c/h"},
        {L"http://a/b/c/d;p?q", L"g;x=1/./y", 0, L"http://a/b/c/g;x=1/y"},
        {L"http://a/b/c/d;p?q", L"g;x=1/../y", 0, L"http://a/b/c/y"},
        {L"http://a/b/c/d;p?q", L"g?y/./x", 0, L"http://a/b/c/g?y/./x"},
        {L"http://a/b/c/d;p?q", L"g?y/../x", 0, L"http://a/b/c/g?y/../x"},
        {L"http://a/b/c/d;p?q", L"g#s/./x", 0, L"http://a/b/c/g#s/./x"},
        {L"http://a/b/c/d;p?q", L"g#s/../x", 0, L"http://a/b/c/g#s/../x"},
};

static const struct row others[] = {
        /* The page's own. */
        {L"http://www.adatum.com/abc/def", L"xyz", 0, L"http://www.adatum.com/abc/xyz"},
        {L"https://www.contoso.com/abc/def/", L"../../default.htm", 0,
                L"https://www.contoso.com/default.htm"},
        {L"http://example.com", L"a b", 0, L"http://example.com/a%20b"},
        {L"http://example.com/a", L"zip://other/b c", 0, L"zip://other/b c"},
        {L"http://user@example.com:81/a", L"b", 0, L"http://user@example.com:81/b"},
        {L"file:///c:/dir/a", L"../../../b", 0, L"file:///c:/b"},
        {L"file:///c:/dir/a", L"/b", 0, L"file:///c:/b"},
        {L"file://server/share/a", L"b c", 0, L"file://server/share/b%20c"},
        {L"file:///c:/dir/a", L"b", URL_FILE_USE_PATHURL, L"file://c:\\dir\\b"},
        {L"zip:a/b", L"/c", 0, L"zip:/c"},
        {L"mk:@MSITStore:c:\\a.chm::/x/y", L"z", 0, L"mk:@MSITStore:c:\\a.chm::/x/z"},
        {L"mk:@MSITStore:c:\\a.chm::/x/y", L"/z", 0, L"mk:@MSITStore:c:\\a.chm::/z"},
        {L"http://[::1]/a", L"b", 0, L"http://[::1]/b"},
};

static void check_row(const struct row *row)
{
    IUri *base = uri_made(row->base, 0), *relative = NULL, *combined = NULL;

    if (!base)
        return;
    if (SUCCEEDED(CreateUri(row->relative, REL, 0, &relative)))
    {
        is_hr(CoInternetCombineIUri(base, relative, row->flags, &combined, 0), S_OK,
                "CoInternetCombineIUri");
        if (combined && row->combined)
            is_wstr(uri_text(combined, Uri_PROPERTY_ABSOLUTE_URI, 0), row->combined, "%s + %s",
                    tap_wstr(row->base), tap_wstr(row->relative));
        if (combined)
            IUri_Release(combined);
        IUri_Release(relative);
    }
    else
        ok(!row->combined, "%s is no relative URI", tap_wstr(row->relative));
    combined = NULL;
    if (!row->combined)
    {
        IUri_Release(base);
        return;
    }
    is_hr(CoInternetCombineUrlEx(base, row->relative, row->flags, &combined, 0), S_OK,
            "CoInternetCombineUrlEx");
    if (combined)
    {
        is_wstr(uri_text(combined, Uri_PROPERTY_ABSOLUTE_URI, 0), row->combined, "%s + %s",
                tap_wstr(row->base), tap_wstr(row->relative));
        IUri_Release(combined);
    }
    IUri_Release(base);
}

static void test_flags(void)
{
    static const struct row rows[] = {
            {L"http://example.com/a/b", L"../c", URL_DONT_SIMPLIFY,
                    L"http://example.com:80/a/../c"},
            {L"http://example.com/a", L"b?%7e", URL_DONT_UNESCAPE_EXTRA_INFO,
                    L"http://example.com/b?%7e"},
    };

    check_row(&rows[0]);
    if (!builtin_lacks("URL_DONT_UNESCAPE_EXTRA_INFO: CoInternetCombineIUri, ms775084"))
        check_row(&rows[1]);
}

static void test_arguments(void)
{
    IUri *base = uri_made(L"http://example.com/a", 0), *bad = NULL, *out = (IUri *)1;

    is_hr(CoInternetCombineIUri(base, NULL, 0, &out, 0), E_INVALIDARG, "no relative one");
    ok(!out, "and no result");
    is_hr(CoInternetCombineIUri(NULL, base, 0, &out, 0), E_INVALIDARG, "no base");
    is_hr(CoInternetCombineIUri(base, base, 0, NULL, 0), E_INVALIDARG, "no place");
    is_hr(CoInternetCombineUrlEx(base, NULL, 0, &out, 0), E_UNEXPECTED, "no text");
    is_hr(CoInternetCombineUrlEx(NULL, L"a", 0, &out, 0), E_INVALIDARG, "no base");
    is_hr(CoInternetCombineUrlEx(base, L"a", 0, NULL, 0), E_POINTER, "no place");
    is_hr(CreateUri(L"/a%zz", REL, 0, &bad), S_OK, "a bad triplet in a relative URI");
    is_hr(CoInternetCombineIUri(base, bad, 0, &out, 0), E_INVALIDARG, "is bad in http");
    IUri_Release(bad);
    IUri_Release(base);
}

/* CoInternetCombineUrl, which escapes nothing unless asked to. */
static const struct row texts[] = {
        {L"http://example.com/a/b", L"../c d", 0, L"http://example.com/c d"},
        {L"http://example.com/a/b", L"../c d", URL_ESCAPE_SPACES_ONLY, L"http://example.com/c%20d"},
        {L"http://EXAMPLE.com:80/a", L"b?x#y", 0, L"http://EXAMPLE.com:80/b?x#y"},
        {L"http://example.com/a", L"http://other/x y", 0, L"http://other/x y"},
        {L"http://example.com/a", L"//other/x", 0, L"http://other/x"},
        {L"http://user:word@example.com/a", L"b", 0, L"http://user:word@example.com/b"},
        {L"http://example.com/a", L"mailto:x", 0, L"mailto:x"},
        {L"file:///c:/a/b", L"../c%20d", 0, L"file:///c:/c%20d"},
        {L"c:\\a\\b", L"c", 0, L"file:///c:/a/c"},
        {L"http://example.com/a", L"c:\\x\\y", 0, L"file:///c:/x/y"},
        {L"res://a.dll/b/c", L"../d", 0, L"res://a.dll/d"},
        {L"http://[::1]:80/a", L"b", 0, L"http://[::1]:80/b"},
        {L"http://example.com", L"a", 0, L"http://example.com/a"},
};

/* Where Wine's is not what RFC 3986 says. */
static const struct row strict_texts[] = {
        {L"http://example.com/a?q", L"?r", 0, L"http://example.com/a?r"},
        {L"http://example.com/a", L"../../c", 0, L"http://example.com/c"},
        {L"http://example.com/a?q#f", L"", 0, L"http://example.com/a?q"},
        {L"file:///c:/a%20b/c", L"d", URL_FILE_USE_PATHURL, L"file://c:\\a b\\d"},
};

static void check_text(const struct row *row)
{
    WCHAR result[100];
    DWORD length = 99;

    is_hr(CoInternetCombineUrl(row->base, row->relative, row->flags, result, ARRAYSIZE(result),
                  &length, 0),
            S_OK, "CoInternetCombineUrl");
    is_wstr(result, row->combined, "%s + %s", tap_wstr(row->base), tap_wstr(row->relative));
    is_uint(length, wcslen(row->combined), "its length");
}

static void test_texts(void)
{
    WCHAR result[20];
    DWORD length;

    for (unsigned int i = 0; i < ARRAYSIZE(texts); i++)
        check_text(&texts[i]);
    for (DWORD size = 0; size < 12; size++)
    {
        result[0] = result[size] = 'Z';
        length = 99;
        is_hr(CoInternetCombineUrl(L"http://h/a", L"b", 0, result, size, &length, 0),
                size > 10 ? S_OK : E_POINTER, "a buffer of %lu", size);
        is_uint(length, size > 10 ? 10 : 11, "what is needed");
        is_uint(result[size], 'Z', "nothing is behind it");
    }
    is_hr(CoInternetCombineUrl(L"http://h/a", L"b", 0, result, 20, NULL, 0), S_OK, "no length");
    if (builtin_lacks("CoInternetCombineUrl of NULL, and RFC 3986, 5.2"))
        return;
    is_hr(CoInternetCombineUrl(NULL, L"b", 0, result, 20, &length, 0), E_INVALIDARG, "no base");
    is_hr(CoInternetCombineUrl(L"http://h/", NULL, 0, result, 20, &length, 0), E_INVALIDARG,
            "no relative URL");
    is_hr(CoInternetCombineUrl(L"http://h/a", L"b", 0, NULL, 100, &length, 0), E_POINTER,
            "no buffer");
    for (unsigned int i = 0; i < ARRAYSIZE(strict_texts); i++)
        check_text(&strict_texts[i]);
}

int main(void)
{
    for (unsigned int i = 0; i < ARRAYSIZE(rfc); i++)
        check_row(&rfc[i]);
    for (unsigned int i = 0; i < ARRAYSIZE(others); i++)
        check_row(&others[i]);
    test_flags();
    test_arguments();
    test_texts();
    return done_testing();
}
