/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CreateUri and its relatives: what they accept, and what is canonical. "CreateUri function",
 * RFC 3986, RFC 4291. */
#include <shlwapi.h>

#include "uri_check.h"

static void test_arguments(void)
{
    static const DWORD contradictions[] = {
            Uri_CREATE_CANONICALIZE | Uri_CREATE_NO_CANONICALIZE,
            Uri_CREATE_DECODE_EXTRA_INFO | Uri_CREATE_NO_DECODE_EXTRA_INFO,
            Uri_CREATE_CRACK_UNKNOWN_SCHEMES | Uri_CREATE_NO_CRACK_UNKNOWN_SCHEMES,
            Uri_CREATE_PRE_PROCESS_HTML_URI | Uri_CREATE_NO_PRE_PROCESS_HTML_URI,
            Uri_CREATE_IE_SETTINGS | Uri_CREATE_NO_IE_SETTINGS,
    };
    IUri *uri = (IUri *)1;

    is_hr(CreateUri(L"http://x/", 0, 0, NULL), E_INVALIDARG, "no place for the URI");
    is_hr(CreateUri(NULL, 0, 0, &uri), E_INVALIDARG, "no text");
    ok(!uri, "and no URI");
    /* Bits that are no flags change nothing. */
    for (DWORD bit = 0x10000000; bit; bit <<= 1)
        is_hr(CreateUri(L"http://x/?%2", bit, 0, &uri), E_INVALIDARG, "half a triplet, %#lx", bit);
    for (unsigned int i = 0; i < ARRAYSIZE(contradictions); i++)
    {
        uri = (IUri *)1;
        is_hr(CreateUri(L"http://x/", contradictions[i], 0, &uri), E_INVALIDARG, "flags 0x%lx",
                contradictions[i]);
        ok(!uri, "and no URI");
    }
}

struct row
{
    const WCHAR *text;
    DWORD flags;
    const WCHAR *absolute;
};

static void check_rows(const struct row *rows, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        check_absolute(rows[i].text, rows[i].flags, rows[i].absolute);
}

#define REL Uri_CREATE_ALLOW_RELATIVE
#define WILD Uri_CREATE_ALLOW_IMPLICIT_WILDCARD_SCHEME
#define IMPLICIT Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME
#define NO_CANON Uri_CREATE_NO_CANONICALIZE
#define DOS Uri_CREATE_FILE_USE_DOS_PATH

/* RFC 3986, 6.2.2 and 6.2.3. */
static const struct row canonical[] = {
        {L"HTTP://WWW.Example.COM/", 0, L"http://www.example.com/"},
        {L"http://example.com", 0, L"http://example.com/"},
        {L"http://example.com:80/", 0, L"http://example.com/"},
        {L"https://example.com:443/", 0, L"https://example.com/"},
        {L"https://example.com:80/", 0, L"https://example.com:80/"},
        {L"ftp://example.com:21/a", 0, L"ftp://example.com/a"},
        {L"http://example.com/a/./b/../c", 0, L"http://example.com/a/c"},
        {L"http://example.com/../../a", 0, L"http://example.com/a"},
        {L"http://example.com/a/..", 0, L"http://example.com/"},
        {L"http://example.com/a/b/.", 0, L"http://example.com/a/b/"},
        {L"http://example.com/%7Euser/%41%2d%2E%5f", 0, L"http://example.com/~user/A-._"},
        {L"http://example.com/%2fa%3f%23", 0, L"http://example.com/%2fa%3f%23"},
        {L"http://example.com/%2e%2e/a", 0, L"http://example.com/a"},
        {L"http://example.com/a b<c>\"d\"{e}|^`", 0,
                L"http://example.com/a%20b%3Cc%3E%22d%22%7Be%7D%7C%5E%60"},
        {L"http://example.com/a?b c<%7e>#d e%7e", 0, L"http://example.com/a?b%20c%3C~%3E#d%20e~"},
        {L"http://example.com?q", 0, L"http://example.com/?q"},
        {L"http://example.com#f", 0, L"http://example.com/#f"},
        {L"http://example.com/?a?b#c#d", 0, L"http://example.com/?a?b#c#d"},
        {L"http://example.com/a\\b", 0, L"http://example.com/a/b"},
        {L"http://user:word@example.com/", 0, L"http://user:word@example.com/"},
        {L"http://us%65r:w%6Frd@example.com/", 0, L"http://user:word@example.com/"},
        {L"http://\x00fc.example/\x00fc?\x00fc", 0, L"http://\x00fc.example/\x00fc?\x00fc"},
        {L"zip://Example.COM/a/../b%7e c", 0, L"zip://Example.COM/b%7e c"},
        {L"ZIP:A/../b", 0, L"zip:A/../b"},
        {L"javascript:%41 \"b\"", 0, L"javascript:%41 \"b\""},
        {L"about:blank", 0, L"about:blank"},
        {L"res://c:\\a.dll/b c", 0, L"res://c:\\a.dll/b c"},
        {L"mailto:a b@example.com", 0, L"mailto:a%20b@example.com"},
        {L"*:Example.com", 0, L"*:example.com"},
};

/* What is none. */
static const struct row invalid[] = {
        {L"", 0, NULL},
        {L"example", 0, NULL},
        {L"//example.com/", 0, NULL},
        {L"a b:c", 0, NULL},
        {L"c:/a", 0, NULL},
        {L"c:\\a", WILD, NULL},
        {L"\\\\server\\share", REL, NULL},
        {L"http://example.com:65536/", 0, NULL},
        {L"http://example.com:1x/", 0, NULL},
        {L"http://example.com/%", 0, NULL},
        {L"http://example.com/%4", 0, NULL},
        {L"http://example.com/%4g", 0, NULL},
        {L"http://example.com/?%xy", 0, NULL},
        {L"http://example.com/#%xy", 0, NULL},
        {L"http://ex%ample.com/", 0, NULL},
        {L"mailto:a%zz", 0, NULL},
        {L"http://[1:2:3:4:5:6:7]/", 0, NULL},
        {L"http://[1:2:3:4:5:6:7:8:9]/", 0, NULL},
        {L"http://[1::2::3]/", 0, NULL},
        {L"http://[12345::]/", 0, NULL},
        {L"http://[::1.2.3.256]/", 0, NULL},
        {L"http://[::1.2.3]/", 0, NULL},
        {L"http://[:1]/", 0, NULL},
        {L"http://[1:]/", 0, NULL},
        {L"http://[]/", 0, NULL},
        {L"http://[::g]/", 0, NULL},
        {L" http://example.com/", Uri_CREATE_NO_PRE_PROCESS_HTML_URI, NULL},
};

/* Each flag's doing. */
static const struct row flagged[] = {
        {L"a/b?c#d", REL, L"a/b?c#d"},
        {L"../a b", REL, L"../a b"},
        {L"//example.com/a", REL, L"//example.com/a"},
        {L"", REL, L""},
        {L"example.com/a", WILD, L"*:example.com/a"},
        {L"example.com/a", WILD | REL, L"*:example.com/a"},
        {L"c:\\a b\\c.txt", IMPLICIT, L"file:///c:/a%20b/c.txt"},
        {L"c:\\a%20b", IMPLICIT, L"file:///c:/a%2520b"},
        {L"c:/a/../b", IMPLICIT, L"file:///c:/b"},
        {L"\\\\server\\share\\a b", IMPLICIT, L"file://server/share/a%20b"},
        {L"HTTP://Example.com:80/a/../b", NO_CANON, L"http://Example.com:80/a/../b"},
        {L"http://example.com", NO_CANON, L"http://example.com"},
        {L"file:///c:/a%20b/c#d", DOS, L"file://c:\\a b\\c#d"},
        {L"file://server/share/a", DOS, L"file://\\\\server\\share\\a"},
        {L"file://localhost/c:/a", 0, L"file:///c:/a"},
        {L"file:///c|/a", 0, L"file:///c:/a"},
        {L"file://c:\\a\\b", 0, L"file:///c:/a/b"},
        {L"http://example.com/?%41 b#%41 b", Uri_CREATE_NO_DECODE_EXTRA_INFO,
                L"http://example.com/?%41 b#%41 b"},
        {L"http://example.com/?%zz", Uri_CREATE_NO_DECODE_EXTRA_INFO, L"http://example.com/?%zz"},
        {L"zip://Example.com:1/a/../b", Uri_CREATE_CRACK_UNKNOWN_SCHEMES, L"zip://Example.com:1/b"},
        {L"zip:a/../b", Uri_CREATE_NO_CRACK_UNKNOWN_SCHEMES, L"zip:a/../b"},
        {L" \r\n http://exam\tple.com/a\r\nb \t", Uri_CREATE_PRE_PROCESS_HTML_URI,
                L"http://example.com/ab"},
        {L"http://example.com/a\tb", Uri_CREATE_NO_PRE_PROCESS_HTML_URI,
                L"http://example.com/a%09b"},
        {L"http://example.com/a b<c>", Uri_CREATE_NO_ENCODE_FORBIDDEN_CHARACTERS,
                L"http://example.com/a b<c>"},
};

/* Hosts of numbers. */
static const struct row hosts[] = {
        {L"http://127.0.0.1/", 0, L"http://127.0.0.1/"},
        {L"http://127.000.000.001/", 0, L"http://127.0.0.1/"},
        {L"http://127.0/", 0, L"http://127.0.0.0/"},
        {L"http://2130706433/", 0, L"http://127.0.0.1/"},
        {L"http://4294967295/", 0, L"http://255.255.255.255/"},
        {L"http://4294967296/", 0, L"http://4294967296/"},
        {L"http://256.1.1.1/", 0, L"http://256.1.1.1/"},
        {L"http://1.2.3.4.5/", 0, L"http://1.2.3.4.5/"},
        {L"http://[0:0:0:0:0:0:0:1]/", 0, L"http://[::1]/"},
        {L"http://[2001:DB8:0000:0:1::0]/", 0, L"http://[2001:db8:0:0:1::]/"},
        {L"http://[1:0:0:2:0:0:0:3]/", 0, L"http://[1:0:0:2::3]/"},
        {L"http://[1:0:0:2:3:0:0:4]/", 0, L"http://[1::2:3:0:0:4]/"},
        {L"http://[1:2:3:4:5:6:7::]/", 0, L"http://[1:2:3:4:5:6:7:0]/"},
        {L"http://[::ffff:1.2.3.4]/", 0, L"http://[::ffff:1.2.3.4]/"},
        {L"http://[::ffff:102:304]/", 0, L"http://[::ffff:1.2.3.4]/"},
        {L"http://[64:ff9b::1.2.3.4]/", 0, L"http://[64:ff9b::102:304]/"},
        {L"http://[::]:81/", 0, L"http://[::]:81/"},
        {L"zip://[0001:0:0:0:0:0:0:2]/", 0, L"zip://[0001:0:0:0:0:0:0:2]/"},
};

/* Each spelling of an IPv4 address that the resolver takes: page "RtlIpv4StringToAddressA
 * function"; what comes next to one is a name. */
static const struct row spellings[] = {
        {L"http://127.1/", 0, L"http://127.0.0.1/"},
        {L"http://127.0.1/", 0, L"http://127.0.0.1/"},
        {L"http://192.168.258/", 0, L"http://192.168.1.2/"},
        {L"http://10.66051/", 0, L"http://10.1.2.3/"},
        {L"http://0177.0.0.01/", 0, L"http://127.0.0.1/"},
        {L"http://017700000001/", 0, L"http://127.0.0.1/"},
        {L"http://0x7f.0.0.1/", 0, L"http://127.0.0.1/"},
        {L"http://0X7F000001/", 0, L"http://127.0.0.1/"},
        {L"http://0x7f.1:8080/a", 0, L"http://127.0.0.1:8080/a"},
        {L"https://0xC0.0250.1.2/", 0, L"https://192.168.1.2/"},
        {L"http://127.0.0.1./", 0, L"http://127.0.0.1/"},
        {L"http://2130706433./", 0, L"http://127.0.0.1/"},
        {L"http://user@0x7f.1/", 0, L"http://user@127.0.0.1/"},
        {L"http://00000000000000000000177.1/", 0, L"http://127.0.0.1/"},
        {L"http://255.255.255.0377/", 0, L"http://255.255.255.255/"},
        {L"http://0/", 0, L"http://0.0.0.0/"},
        {L"http://0x0.0x0/", 0, L"http://0.0.0.0/"},
        {L"http://1.16777215/", 0, L"http://1.255.255.255/"},
        {L"http://0x100000000/", 0, L"http://0x100000000/"},
        {L"http://1.16777216/", 0, L"http://1.16777216/"},
        {L"http://1.2.65536/", 0, L"http://1.2.65536/"},
        {L"http://1.2.3.256/", 0, L"http://1.2.3.256/"},
        {L"http://256.1/", 0, L"http://256.1/"},
        {L"http://08.1/", 0, L"http://08.1/"},
        {L"http://0x.1/", 0, L"http://0x.1/"},
        {L"http://0xg.1/", 0, L"http://0xg.1/"},
        {L"http://1..2/", 0, L"http://1..2/"},
        {L"http://1.2.3.4../", 0, L"http://1.2.3.4../"},
        {L"http://1.2.3.4.com/", 0, L"http://1.2.3.4.com/"},
        {L"http://7f.1/", 0, L"http://7f.1/"},
        {L"http://127.0.0.%31/", 0, L"http://127.0.0.1/"},
};

static void test_spellings(void)
{
    if (builtin_lacks("all spellings of IPv4 addresses: RtlIpv4StringToAddress"))
        return;
    for (unsigned int i = 0; i < ARRAYSIZE(spellings); i++)
    {
        IUri *uri;
        BOOL is_changed = wcscmp(spellings[i].text, spellings[i].absolute) != 0;

        check_absolute(spellings[i].text, spellings[i].flags, spellings[i].absolute);
        if (!(uri = uri_made(spellings[i].text, 0)))
            continue;
        is_uint(uri_number(uri, Uri_PROPERTY_HOST_TYPE), is_changed ? Uri_HOST_IPV4 : Uri_HOST_DNS,
                "its type");
        is_wstr(uri_text(uri, Uri_PROPERTY_RAW_URI, 0), spellings[i].text, "its raw text");
        IUri_Release(uri);
    }
    check_absolute(L"http://[::1.2.3]/", 0, NULL);
    check_absolute(L"http://[::0x7f.0.0.1]/", 0, NULL);
    check_absolute(L"http://[::ffff:1.2.3.4%25lo]/", 0, L"http://[::ffff:1.2.3.4%25lo]/");
    check_absolute(L"http://127.1/", Uri_CREATE_IE_SETTINGS, L"http://127.0.0.1/");
}

/* What is canonical names the same host when it is read again. */
static void test_file_hosts(void)
{
    static const struct row rows[] = {
            {L"file://\\\\@share\\..\\a", 0, L"file:///a"},
            {L"file://@share/../a", 0, L"file:///a"},
            {L"file://#share/../a", 0, L"file:///a"},
            {L"file://server#a/../b", 0, L"file://server/b"},
            {L"file://server#a", 0, L"file://server/#a"},
            {L"file://server/#a", 0, L"file://server/#a"},
            {L"file://server?a/../b", 0, L"file://server/?a/../b"},
    };

    if (builtin_lacks("hosts of file: that stay the same: RFC 3986, 3.3"))
        return;
    for (unsigned int i = 0; i < ARRAYSIZE(rows); i++)
    {
        check_absolute(rows[i].text, rows[i].flags, rows[i].absolute);
        check_absolute(rows[i].absolute, 0, rows[i].absolute);
    }
}

static void test_zones(void)
{
    IUri *uri;

    if (builtin_lacks("zones of IPv6 addresses: RFC 6874"))
        return;
    check_absolute(L"http://[FE80::1%25eth0]:80/a", 0, L"http://[fe80::1%25eth0]/a");
    check_absolute(L"http://[fe80::1%2512]/", 0, L"http://[fe80::1%2512]/");
    check_absolute(L"http://[fe80::1%12]/", 0, L"http://[fe80::1%2512]/");
    check_absolute(L"http://[fe80::1%]/", 0, NULL);
    check_absolute(L"http://[fe80::1%25a%zz]/", 0, NULL);
    uri = uri_made(L"http://[fe80::1%25eth0]/", 0);
    if (!uri)
        return;
    is_uint(uri_number(uri, Uri_PROPERTY_HOST_TYPE), Uri_HOST_IPV6, "an IPv6 address");
    is_wstr(uri_text(uri, Uri_PROPERTY_HOST, 0), L"fe80::1%25eth0", "with its zone");
    IUri_Release(uri);
}

/* Where Wine's is not what the pages say. */
static void test_documented(void)
{
    IUri *uri;

    if (builtin_lacks("empty ports, Uri_CREATE_NOFRAG, drives under dots, international triplets: "
                      "IUri::GetAuthority, ms775014, CreateUri, ms775098"))
        return;
    check_absolute(L"http://example.com:/", 0, L"http://example.com/");
    check_absolute(L"http://example.com/a?b#c", 0, L"http://example.com/a?b#c");
    uri = uri_made(L"http://example.com/a?b#c", Uri_CREATE_NOFRAG);
    if (uri)
    {
        is_wstr(uri_text(uri, Uri_PROPERTY_QUERY, 0), L"?b#c",
                "with a query, no fragment is looked for");
        IUri_Release(uri);
    }
    check_absolute(L"http://example.com/%C3%BC?%E2%82%AC#%F0%9F%98%80%e2%80%ae",
            Uri_CREATE_NORMALIZE_INTL_CHARACTERS,
            L"http://example.com/\x00fc?\x20ac#\xd83d\xde00%e2%80%ae");
    check_absolute(L"http://example.com/%C3%28%80%ED%A0%80", Uri_CREATE_NORMALIZE_INTL_CHARACTERS,
            L"http://example.com/%C3%28%80%ED%A0%80");
    check_absolute(L"http:\\\\example.com\\a", 0, L"http://example.com/a");
    check_absolute(L"http://example.com/a//../b", 0, L"http://example.com/a/b");
}

static void test_fragment(void)
{
    IUri *uri;

    is_hr(CreateUriWithFragment(L"http://x/", L"f", 0, 0, &uri), S_OK, "a fragment without #");
    is_wstr(uri_text(uri, Uri_PROPERTY_ABSOLUTE_URI, 0), L"http://x/#f", "is one");
    IUri_Release(uri);
    is_hr(CreateUriWithFragment(L"http://x/?q", L"#f", 0, 0, &uri), S_OK, "a fragment with #");
    is_wstr(uri_text(uri, Uri_PROPERTY_ABSOLUTE_URI, 0), L"http://x/?q#f", "is the same");
    IUri_Release(uri);
    is_hr(CreateUriWithFragment(L"http://x/", NULL, 0, 0, &uri), S_OK, "no fragment");
    is_wstr(uri_text(uri, Uri_PROPERTY_ABSOLUTE_URI, 0), L"http://x/", "is none");
    IUri_Release(uri);
    is_hr(CreateUriWithFragment(L"http://x/#a", L"b", 0, 0, &uri), E_INVALIDARG, "two fragments");
    ok(!uri, "and no URI");
    is_hr(CreateUriWithFragment(NULL, L"b", 0, 0, &uri), E_INVALIDARG, "no text");
    is_hr(CreateUriWithFragment(L"http://x/", L"b", 0, 0, NULL), E_INVALIDARG, "no place");
}

static void test_multi_byte(void)
{
    IUri *uri = (IUri *)1;

    if (builtin_lacks("CreateUriFromMultiByteString, ms775099"))
        return;
    is_hr(CreateUriFromMultiByteString("http://x/\xc3\xbc", 0, CP_UTF8, 0, 0, &uri), S_OK, "UTF-8");
    is_wstr(uri_text(uri, Uri_PROPERTY_ABSOLUTE_URI, 0), L"http://x/\x00fc", "is taken as such");
    IUri_Release(uri);
    is_hr(CreateUriFromMultiByteString("http://x/\xfc", 0, 1252, 0, 0, &uri), S_OK, "Windows-1252");
    is_wstr(uri_text(uri, Uri_PROPERTY_ABSOLUTE_URI, 0), L"http://x/\x00fc", "is taken as such");
    IUri_Release(uri);
    is_hr(CreateUriFromMultiByteString("", 0, CP_UTF8, 0, 0, &uri), E_INVALIDARG, "no URI");
    ok(!uri, "and none comes");
    is_hr(CreateUriFromMultiByteString("", 0, CP_UTF8, REL, 0, &uri), S_OK, "a relative one");
    IUri_Release(uri);
    is_hr(CreateUriFromMultiByteString(NULL, 0, CP_UTF8, 0, 0, &uri), E_INVALIDARG, "no text");
    is_hr(CreateUriFromMultiByteString("http://x/", 0, CP_UTF8, 0, 0, NULL), E_INVALIDARG,
            "no place");
    is_hr(CreateUriFromMultiByteString("http://x/", 0, 54321, 0, 0, &uri), E_INVALIDARG,
            "no code page");
}

/* Megabytes. */
static void test_long(void)
{
    static const size_t lengths[] = {1000, 100000, 4000000};

    for (unsigned int i = 0; i < ARRAYSIZE(lengths); i++)
    {
        size_t length = lengths[i];
        WCHAR *text = malloc((length + 1) * sizeof(*text));
        DWORD got = 0;
        IUri *uri = NULL;

        for (size_t at = 0; at < length; at++)
            text[at] = at % 3 ? ' ' : '/';
        memcpy(text, L"http://x/", 9 * sizeof(*text));
        text[length - 1] = 'z';
        text[length] = 0;
        is_hr(CreateUri(text, 0, 0, &uri), S_OK, "%zu characters", length);
        if (uri)
        {
            IUri_GetPropertyLength(uri, Uri_PROPERTY_RAW_URI, &got, 0);
            is_uint(got, length, "its length");
            IUri_GetPropertyLength(uri, Uri_PROPERTY_ABSOLUTE_URI, &got, 0);
            ok(got > 2 * length && got < 3 * length, "every space is three characters: %lu", got);
            IUri_Release(uri);
        }
        free(text);
    }
}

int main(void)
{
    test_arguments();
    check_rows(canonical, ARRAYSIZE(canonical));
    check_rows(invalid, ARRAYSIZE(invalid));
    check_rows(flagged, ARRAYSIZE(flagged));
    check_rows(hosts, ARRAYSIZE(hosts));
    test_spellings();
    test_zones();
    test_file_hosts();
    test_documented();
    test_fragment();
    test_multi_byte();
    test_long();
    return done_testing();
}
