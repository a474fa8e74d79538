/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A million altered URLs, each against the end of a page: no crash, no hang, nothing read or
 * written past an end, nothing leaked, and what is canonical stays so. hostile SEED NUMBER feeds
 * one. */
#include <shlwapi.h>

#include "altered_url.h"
#include "uri_check.h"

TAP_TIME_LIMIT(300);

#define SEED 20080317
#define INPUTS 1000000
#define EXTRA 8 /* of so many inputs one goes through everything else */

static const HRESULT documented[] = {E_INVALIDARG, E_OUTOFMEMORY, 0};

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
            note("input %lu, %s: %s becomes %s", (unsigned long)number,
                    tap_wstr(uri_text(uri, Uri_PROPERTY_RAW_URI, 0)), tap_wstr(once),
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
    static struct url_text text, other;
    struct fuzz_random random;
    const WCHAR *url;
    IUri *uri = NULL;
    DWORD flags = 0;
    HRESULT hr;

    fuzz_random_seed(&random, fuzz_seed(), number);
    fuzz_at("CreateUri", number);
    url_text_make(&random, &text);
    if (fuzz_below(&random, 2))
    {
        for (unsigned int i = 0; i < ARRAYSIZE(single); i++)
        {
            if (!fuzz_below(&random, 4))
                flags |= single[i];
        }
    }
    url = url_text_guarded(0, &text);
    hr = CreateUri(url, flags, 0, &uri);
    fuzz_answer(answers, hr);
    if (uri && !flags)
        check_stable(uri, number);
    if (number % EXTRA == 0)
    {
        fuzz_at("the other functions", number);
        if (uri)
            look_at(uri);
        url_text_make(&random, &other);
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
