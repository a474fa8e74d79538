/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Altered headers, each against the end of a page: what a server answers, what is kept of it in the
 * cache, challenges, and what a client wants to add. Nothing is read or written past an end,
 * nothing hangs, what is called safe is, nothing of a server's gets a line of its own into a
 * request, and nothing leaks. CONCIERGE_MUTATIONS says how many; headers_hostile SEED NUMBER feeds
 * one.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wininet.h>

#include "cache_policy.h"
#include "cache_text.h"
#include "http_digest.h"
#include "http_headers.h"

TAP_TIME_LIMIT(300);

#define SEED 19990617
#define INPUTS 30000
#define WARM_UP 1000

static const char *const samples[] = {
        "HTTP/1.1 200 OK\r\nServer: odd/1.0\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Content-Type: text/html; charset=\"utf-8\"\r\nContent-Length: 12345\r\n"
        "Set-Cookie: a=b; Expires=Wed, 09 Jun 2027 10:18:14 GMT; Path=/; HttpOnly\r\n"
        "Set-Cookie2: c=d; Max-Age=10\r\nConnection: keep-alive, close\r\n"
        "Content-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 206 Partial Content\r\nETag: \"abc-def\"\r\nAccept-Ranges: bytes\r\n"
        "Content-Range: bytes 100-199/200\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Age: 4294967295\r\nVary: Accept-Encoding, *\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.0 304 Not Modified\r\nCache-Control: private, max-age=2147483648, "
        "no-cache=\"a, b\", must-revalidate\r\nCache-Control: no-store\r\n"
        "Expires: Thu, 01 Dec 1994 16:00:00 GMT\r\nPragma: no-cache\r\nExpires: 0\r\n",
        "HTTP/1.1 401 Unauthorized\nX-One: 1\rX-Two: 2\r\n folded\r\nno colon\r\n: no name\r\n"
        "Content-Disposition: attachment; filename=\"..\\..\\c:/dir/name.exe\"; size=1\r\n",
        "X-Client: value\r\nAccept: */*\r\nContent-Length: 5\r\nHost: elsewhere\r\n"
        "Transfer-Encoding: chunked\r\nCookie: a=b\r\nAuthorization: Basic QTpC\r\n\r\n",
        "Range: bytes=0-99\r\nReferer: http://host/\r\nX-Tab:\ta\tb\r\nContent-Length : 7",
        "Digest realm=\"a \\\"quoted\\\" realm\", nonce=\"dcd98b7102dd2f0e\","
        " qop=\"auth,auth-int\", "
        "algorithm=SHA-256-sess, opaque=\"5ccc069c\", stale=TRUE, charset=UTF-8, userhash=true",
        "Basic realm=\"one\", Digest realm=\"two\", nonce=abc, algorithm=MD5, NTLM, "
        "Negotiate YWJjZA==, Digest nonce=\"\", realm=\"\", qop=\"auth-int\"",
        "attachment; filename*=UTF-8''%e2%82%ac; filename=\"a;b\\c\"; x=y, text/html ;charset=x",
        "18446744073709551615",
        "  9223372036854775807  ",
};

static const WCHAR *const names[] = {L"Set-Cookie", L"Content-Length", L"X-One", L"Vary",
        L"Content-Encoding", L"Cache-Control", L"Content-Disposition", L"Accept", L"X"};

static ULONG unsafe, kept, split, beyond, unclean;

static WCHAR *guarded(unsigned int place, const WCHAR *text, size_t length)
{
    return (WCHAR *)fuzz_guard(place, text, (ULONG)((length + 1) * sizeof(WCHAR)), sizeof(WCHAR),
            FALSE);
}

/* Bytes as header text is: now and then what is beyond it. */
static size_t widen(struct fuzz_random *random, const struct fuzz_input *input, WCHAR *text)
{
    BOOL strange = !fuzz_below(random, 16);
    size_t length = 0;

    for (ULONG i = 0; i < input->size; i++)
    {
        if (input->data[i])
            text[length++] = strange && !fuzz_below(random, 32) ? (WCHAR)(fuzz_random(random) | 1)
                                                                : input->data[i];
    }
    text[length] = 0;
    return length;
}

/* What was called safe, looked at in another way: lines of a name, a colon and printable text, CR
 * LF between them, and none of the three names. */
static BOOL is_really_safe(const WCHAR *text)
{
    static const WCHAR *const refused[] = {L"content-length:", L"transfer-encoding:", L"host:"};
    const WCHAR *end, *blank, *colon;

    for (; *text; text = *end ? end + 2 : end)
    {
        if (!(end = wcsstr(text, L"\r\n")))
            end = text + wcslen(text);
        if (end == text)
            return !end[2]; /* an empty line, but for the last one */
        for (const WCHAR *at = text; at < end; at++)
        {
            if ((*at < 32 && *at != '\t') || *at == 127 || *at > 255)
                return FALSE;
        }
        colon = wcschr(text, ':');
        blank = wcspbrk(text, L" \t");
        if (!colon || colon >= end || colon == text || (blank && blank < colon))
            return FALSE;
        for (unsigned int i = 0; i < ARRAYSIZE(refused); i++)
        {
            if (!_wcsnicmp(text, refused[i], wcslen(refused[i])))
                return FALSE;
        }
    }
    return TRUE;
}

static void feed_client(const WCHAR *text)
{
    static const WCHAR base[] = L"Accept: */*\r\nX-Client: ours\r\n";
    WCHAR *merged, *all = NULL;

    http_value_is_safe(text);
    http_token_is_valid(text);
    if (!http_headers_are_safe(text))
        return;
    if (!is_really_safe(text) && !unsafe++)
        note("called safe: %s", tap_wstr(text));
    if (!(merged = http_headers_merge(base, text)))
        return;
    unsafe += !is_really_safe(merged) || !http_headers_are_safe(merged);
    if (SUCCEEDED(http_headers_add(&all, L"X-First", L"1"))
            && SUCCEEDED(http_headers_add(&all, L"X-Second", L"2")))
        unsafe += wcscmp(all, L"X-First: 1\r\nX-Second: 2\r\n") != 0;
    free(all);
    free(merged);
}

/* Whatever the base is, it fits. */
static void feed_merge(const WCHAR *text)
{
    WCHAR *merged = http_headers_merge(text, L"X-Client: ours\r\n");

    if (merged)
        beyond += wcslen(merged) > wcslen(text) + 20;
    free(merged);
}

static void feed_lines(struct fuzz_random *random, const WCHAR *text, size_t length)
{
    const WCHAR *name = names[fuzz_below(random, ARRAYSIZE(names))];
    WCHAR *copy = guarded(1, text, length), *value;
    FILETIME time;
    UINT64 number;

    for (unsigned int i = 0; (value = cache_text_header(text, name, i)); i++)
    {
        split += wcspbrk(value, L"\r\n") != NULL;
        http_parse_length(value, &number);
        free(value);
    }
    cache_text_time(text, L"Expires", &time);
    http_headers_remove(copy, name);
    kept += http_headers_have(copy, name);
    beyond += wcslen(copy) > length;
    cache_text_status(text);
    http_parse_length(text, &number);
    copy = guarded(1, text, length);
    http_trim_media_type(copy);
    unclean += wcspbrk(copy, L" \t\r\n;,") != NULL;
    copy = guarded(1, text, length);
    if ((value = http_attachment_name(copy)))
    {
        beyond += value < copy || value > copy + length;
        unclean += wcspbrk(value, L"/\\:") != NULL;
    }
}

static void feed_policy(const WCHAR *text)
{
    UINT64 now = cache_now(), expires = cache_policy_expires(text, now);

    cache_policy_may_store(text);
    cache_policy_has_lifetime(text, now);
    cache_policy_has_validator(text);
    cache_policy_is_fresh(text, expires, now - 1000, now - 10, now);
    if (expires > now + (UINT64)3651 * 86400 * 10000000)
        beyond++;
}

static void feed_query(struct fuzz_random *random, const WCHAR *text)
{
    static const DWORD flags[] = {0, 0, 0, HTTP_QUERY_FLAG_NUMBER, HTTP_QUERY_FLAG_SYSTEMTIME,
            HTTP_QUERY_FLAG_REQUEST_HEADERS};
    static const BYTE blank[600];
    DWORD query = fuzz_below(random, HTTP_QUERY_MAX + 2), index = fuzz_below(random, 3);
    DWORD room = fuzz_below(random, sizeof(blank)), size = room, error;
    BYTE *data;

    if (query > HTTP_QUERY_MAX)
        query = HTTP_QUERY_CUSTOM;
    query |= flags[fuzz_below(random, ARRAYSIZE(flags))];
    if ((query & 0xffff) == HTTP_QUERY_CUSTOM)
    {
        data = fuzz_guard(1, "Set-Cookie", sizeof("Set-Cookie"), 1, FALSE);
        size = room = sizeof("Set-Cookie");
    }
    else
        data = fuzz_guard(1, blank, room, 1, FALSE);
    error = cache_text_query(text, L"Accept: */*\r\n", query, data, &size, &index);
    if (error == ERROR_INSUFFICIENT_BUFFER)
        beyond += size <= room;
    else if (!error)
        beyond += size > room;
}

static BOOL is_clean(const char text[HTTP_DIGEST_TEXT])
{
    size_t length = strnlen(text, HTTP_DIGEST_TEXT);

    for (size_t i = 0; i < length; i++)
    {
        if ((BYTE)text[i] < 32 || text[i] == 127)
            return FALSE;
    }
    return length < HTTP_DIGEST_TEXT;
}

static void feed_challenge(const WCHAR *text, BOOL answer)
{
    struct http_digest digest = {0};
    WCHAR *value = NULL;

    http_digest_read(text, &digest);
    unclean += !is_clean(digest.realm) || !is_clean(digest.nonce) || !is_clean(digest.opaque);
    if (!digest.known || !answer)
        return;
    if (SUCCEEDED(http_digest_answer(&digest, L"us\"er\\", L"word", L"GET", L"/a?b", &value)))
        split += wcspbrk(value, L"\r\n") != NULL;
    free(value);
}

static void feed(const struct fuzz_corpus *corpus, UINT32 number)
{
    static struct fuzz_input input;
    static WCHAR text[FUZZ_INPUT_MAX + 1];
    struct fuzz_random random;
    const WCHAR *at;
    size_t length;

    fuzz_at("headers", number);
    fuzz_make(corpus, fuzz_seed(), number, &input);
    fuzz_random_seed(&random, fuzz_seed() + 1, number);
    length = widen(&random, &input, text);
    if (length > 4096)
        text[length = 4096] = 0;
    at = guarded(0, text, length);
    feed_client(at);
    feed_merge(at);
    feed_lines(&random, at, length);
    feed_policy(at);
    feed_query(&random, at);
    feed_challenge(at, number % 16 == 0);
}

int main(int argc, char **argv)
{
    struct fuzz_corpus corpus = {0};
    struct fuzz_memory memory;

    for (unsigned int i = 0; i < ARRAYSIZE(samples); i++)
        fuzz_add(&corpus, "headers", 0, samples[i], (ULONG)strlen(samples[i]));
    fuzz_begin(argc, argv, SEED, 20);
    fuzz_feed(feed, &corpus, INPUTS, WARM_UP, &memory);
    is_uint(unsafe, 0, "what is called safe is");
    is_uint(kept, 0, "what is removed is gone");
    is_uint(split, 0, "a value has no second line");
    is_uint(beyond, 0, "no more is told or made than there is");
    is_uint(unclean, 0, "what is taken out of a header is clean");
    fuzz_memory_check(&memory, 64 * 1024, 4, "altered headers");
    fuzz_corpus_free(&corpus);
    return done_testing();
}
