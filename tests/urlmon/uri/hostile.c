/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A million altered URLs, each against the end of a page: no crash, no hang, nothing read or
 * written past an end, nothing leaked, and what is canonical stays so. hostile SEED NUMBER feeds
 * one. */
#include <shlwapi.h>

#include "fuzz.h"
#include "uri_check.h"

TAP_TIME_LIMIT(300);

#define SEED 20080317
#define INPUTS 1000000
#define TEXT_MAX 2000 /* characters */
#define EXTRA 8       /* of so many inputs one goes through everything else */

static const WCHAR *const corpus[] = {
        L"http://user:word@www.example.co.uk:8080/a/b/../c/./d.html?q=1&r=%20#frag",
        L"https://[2001:db8:0:0:1::ffff:1.2.3.4%25eth0]:443/%7euser/%2e%2e/x",
        L"http://2130706433/a?b#c",
        L"http://127.0.0.1/\x00fc\x20ac\xd83d\xde00%C3%BC%E2%82%AC",
        L"ftp://ftp.example.com/;type=a",
        L"file:///c:/dir/a%20b.txt?x#y",
        L"file://\\\\server\\share\\..\\a",
        L"c:\\dir\\..\\a%b<c>.txt",
        L"\\\\server\\share\\a b",
        L"res://c:\\windows\\a.dll/1/2",
        L"mk:@MSITStore:c:\\a.chm::/x/../y.htm#z",
        L"mailto:a@b.c?subject=%41",
        L"javascript:alert('%41')",
        L"about:blank",
        L"*:example.com/a",
        L"zip:a/../b",
        L"zip://host:99999/a/./b",
        L"../a/./b/../c?d#e",
        L"//host/a",
        L"http://b\x00fc"
        L"cher.example/",
};

static const WCHAR interesting[] = {'/', '\\', '?', '#', '%', ':', '@', '[', ']', '.', '|', ' ',
        '"', '<', '*', 'a', '0', '9', 'x', 0xd800, 0xdc00, 0xffff, 0xfeff, 0x7f, 0x80, 0xa0, 0x202e,
        1, '\t', '\n', 0x3000, 0xdf, 0x130};

static const HRESULT documented[] = {E_INVALIDARG, E_OUTOFMEMORY, 0};

struct text
{
    size_t length;
    WCHAR data[TEXT_MAX + 1];
};

static size_t any_place(struct fuzz_random *random, const struct text *text)
{
    return fuzz_below(random, (UINT32)text->length + 1);
}

static void insert(struct text *text, size_t at, const WCHAR *data, size_t length)
{
    if (length > TEXT_MAX - text->length)
        length = TEXT_MAX - text->length;
    memmove(text->data + at + length, text->data + at, (text->length - at) * sizeof(WCHAR));
    memcpy(text->data + at, data, length * sizeof(WCHAR));
    text->length += length;
}

static void erase(struct text *text, size_t at, size_t length)
{
    if (length > text->length - at)
        length = text->length - at;
    memmove(text->data + at, text->data + at + length,
            (text->length - at - length) * sizeof(WCHAR));
    text->length -= length;
}

static void alter(struct fuzz_random *random, struct text *text)
{
    const WCHAR *other = corpus[fuzz_below(random, ARRAYSIZE(corpus))];
    size_t at = any_place(random, text), begin;
    WCHAR c = interesting[fuzz_below(random, ARRAYSIZE(interesting))];
    WCHAR copy[16];

    switch (fuzz_below(random, 8))
    {
    case 0:
        if (at < text->length)
            text->data[at] = c;
        break;
    case 1:
        insert(text, at, &c, 1);
        break;
    case 2:
        erase(text, at, 1 + fuzz_below(random, 8));
        break;
    case 3:
        begin = fuzz_below(random, (UINT32)wcslen(other));
        insert(text, at, other + begin, 1 + fuzz_below(random, (UINT32)wcslen(other + begin)));
        break;
    case 4: /* a piece again and again */
        begin = 1 + fuzz_below(random, 16);
        if (begin > text->length - at)
            break;
        memcpy(copy, text->data + at, begin * sizeof(WCHAR));
        for (UINT32 times = fuzz_below(random, 40); times; times--)
            insert(text, at, copy, begin);
        break;
    case 5:
        erase(text, at, TEXT_MAX);
        break;
    case 6:
        if (at < text->length)
            text->data[at] = (WCHAR)fuzz_random(random);
        break;
    default:
        if (at < text->length)
            text->data[at] ^= 1 << fuzz_below(random, 16);
        break;
    }
}

static void make(struct fuzz_random *random, struct text *text)
{
    const WCHAR *base = corpus[fuzz_below(random, ARRAYSIZE(corpus))];

    text->length = wcslen(base);
    memcpy(text->data, base, text->length * sizeof(WCHAR));
    for (UINT32 times = 1 + fuzz_below(random, 4); times; times--)
        alter(random, text);
    text->data[text->length] = 0;
    /* A NUL within ends it. */
    text->length = wcslen(text->data);
}

static const WCHAR *guarded(unsigned int place, const struct text *text)
{
    return (const WCHAR *)fuzz_guard(place, text->data, (ULONG)((text->length + 1) * sizeof(WCHAR)),
            sizeof(WCHAR), FALSE);
}

static ULONG unstable, uneven;

/* Every property; lengths have to be those of the texts. */
static void look_at(IUri *uri)
{
    static const DWORD flags[] = {0, Uri_PUNYCODE_IDN_HOST, Uri_DISPLAY_NO_FRAGMENT};

    for (int property = 0; property <= Uri_PROPERTY_STRING_LAST; property++)
    {
        for (unsigned int i = 0; i < ARRAYSIZE(flags); i++)
        {
            BSTR text = NULL;
            DWORD length = 0;
            HRESULT hr = IUri_GetPropertyBSTR(uri, property, &text, flags[i]);

            if (hr != IUri_GetPropertyLength(uri, property, &length, flags[i])
                    || length != SysStringLen(text))
                uneven++;
            SysFreeString(text);
        }
    }
    uri_number(uri, Uri_PROPERTY_PORT);
}

/* What is canonical stays as it is. (Wildcards are for patterns: the host of one may be empty.) */
static void check_stable(IUri *uri, UINT32 number)
{
    BSTR once = NULL, twice = NULL;
    IUri *again = NULL;

    if (IUri_GetAbsoluteUri(uri, &once) == S_OK && once[0] != '*'
            && (CreateUri(once, Uri_CREATE_ALLOW_RELATIVE | Uri_CREATE_NO_PRE_PROCESS_HTML_URI, 0,
                        &again)
                            != S_OK
                    || IUri_GetAbsoluteUri(again, &twice) != S_OK || wcscmp(once, twice)))
    {
        if (unstable++ < 5)
            note("input %lu: %s becomes %s", (unsigned long)number, tap_wstr(once),
                    tap_wstr(twice));
    }
    if (again)
        IUri_Release(again);
    SysFreeString(once);
    SysFreeString(twice);
}

/* The other functions; `out` ends at a guard page. */
static void use(struct fuzz_random *random, IUri *uri, const WCHAR *text, const WCHAR *other)
{
    static const DWORD combine_flags[] = {0, 0, URL_DONT_SIMPLIFY, URL_FILE_USE_PATHURL,
            URL_ESCAPE_SPACES_ONLY, URL_DONT_UNESCAPE_EXTRA_INFO};
    DWORD size = fuzz_below(random, 80), length;
    DWORD flags = combine_flags[fuzz_below(random, ARRAYSIZE(combine_flags))];
    WCHAR blank[80] = {0}, *out;
    IUriBuilder *builder;
    IUri *combined, *relative;

    out = (WCHAR *)fuzz_guard(1, blank, size * sizeof(WCHAR), sizeof(WCHAR), FALSE);
    CoInternetParseUrl(text, 1 + fuzz_below(random, 19), 0, out, size, &length, 0);
    if (uri && size)
        CoInternetParseIUri(uri, 1 + fuzz_below(random, 19), 0, out, size, &length, 0);
    CoInternetCombineUrl(text, other, flags, out, size, &length, 0);
    CoInternetCombineUrl(other, text, flags, out, size, &length, 0);
    CoInternetCompareUrl(text, other, 0);
    IsValidURL(NULL, text, 0);
    if (!uri)
        return;
    if (CoInternetCombineUrlEx(uri, other, flags, &combined, 0) == S_OK)
    {
        look_at(combined);
        IUri_Release(combined);
    }
    if (CreateUri(other, Uri_CREATE_ALLOW_RELATIVE, 0, &relative) == S_OK)
    {
        BOOL equal;

        IUri_IsEqual(uri, relative, &equal);
        if (CoInternetCombineIUri(relative, uri, flags, &combined, 0) == S_OK)
            IUri_Release(combined);
        IUri_Release(relative);
    }
    if (CreateIUriBuilder(uri, 0, 0, &builder) != S_OK)
        return;
    switch (fuzz_below(random, 5))
    {
    case 0:
        IUriBuilder_SetHost(builder, other);
        break;
    case 1:
        IUriBuilder_SetPath(builder, other);
        break;
    case 2:
        IUriBuilder_SetQuery(builder, other);
        break;
    case 3:
        IUriBuilder_SetUserName(builder, other);
        break;
    default:
        IUriBuilder_SetSchemeName(builder, other);
        break;
    }
    if (IUriBuilder_CreateUri(builder, Uri_CREATE_ALLOW_RELATIVE, 0, 0, &combined) == S_OK)
    {
        look_at(combined);
        IUri_Release(combined);
    }
    IUriBuilder_Release(builder);
}

static void feed(UINT32 number, struct fuzz_answers *answers)
{
    static const DWORD single[] = {Uri_CREATE_NOFRAG, Uri_CREATE_NO_CANONICALIZE,
            Uri_CREATE_FILE_USE_DOS_PATH, Uri_CREATE_NO_DECODE_EXTRA_INFO,
            Uri_CREATE_NO_CRACK_UNKNOWN_SCHEMES, Uri_CREATE_NO_PRE_PROCESS_HTML_URI,
            Uri_CREATE_NO_ENCODE_FORBIDDEN_CHARACTERS, Uri_CREATE_NORMALIZE_INTL_CHARACTERS,
            Uri_CREATE_ALLOW_RELATIVE, Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME,
            Uri_CREATE_ALLOW_IMPLICIT_WILDCARD_SCHEME};
    static struct text text, other;
    struct fuzz_random random;
    const WCHAR *url;
    IUri *uri = NULL;
    DWORD flags = 0;
    HRESULT hr;

    fuzz_random_seed(&random, fuzz_seed(), number);
    fuzz_at("CreateUri", number);
    make(&random, &text);
    if (fuzz_below(&random, 2))
    {
        for (unsigned int i = 0; i < ARRAYSIZE(single); i++)
        {
            if (!fuzz_below(&random, 4))
                flags |= single[i];
        }
    }
    url = guarded(0, &text);
    hr = CreateUri(url, flags, 0, &uri);
    fuzz_answer(answers, hr);
    if (uri && !flags)
        check_stable(uri, number);
    if (number % EXTRA == 0)
    {
        fuzz_at("the other functions", number);
        if (uri)
            look_at(uri);
        make(&random, &other);
        use(&random, uri, url, other.data);
    }
    if (uri)
        IUri_Release(uri);
}

int main(int argc, char **argv)
{
    struct fuzz_answers answers = {.documented = documented};
    struct fuzz_memory memory;
    UINT32 first, end, number;

    if (builtin_lacks("CoInternetCombineUrl and others with what is no URL"))
        return done_testing();
    fuzz_begin(argc, argv, SEED, 20);
    fuzz_range(INPUTS, &first, &end);
    for (number = first; number < end && number < 20000; number++)
        feed(number, &answers);
    fuzz_memory_get(&memory);
    for (; number < end; number++)
        feed(number, &answers);
    fuzz_answers_check(&answers, "CreateUri");
    is_uint(unstable, 0, "what is canonical stays as it is");
    is_uint(uneven, 0, "texts have the lengths that GetPropertyLength tells");
    /* A scheme seen for the first time may load what handles it; a byte for each URL is too much.
     */
    fuzz_memory_check(&memory, 512 * 1024, 8, "a million URLs");
    return done_testing();
}
