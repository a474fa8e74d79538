/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Entries of the cache as another program, or a crash, may leave them: altered headers, sizes and
 * kinds that are not those of the file, files that are gone, cut, longer, or folders. What a
 * binding reads of them is what was kept, nothing crashes, hangs or leaks, and every answer is
 * documented. CONCIERGE_MUTATIONS says how many; entries_hostile SEED NUMBER feeds one.
 */
#include "fuzz.h"

#include "../http/http_sink.h"

#include <string.h>
#include <wchar.h>
#include <wininet.h>

TAP_TIME_LIMIT(300);

#define SEED 19971201
#define INPUTS 250
#define WARM_UP 50
#define CONTENT 'k'

/* What has become of an entry's file. */
enum file_fate
{
    FILE_WHOLE,
    FILE_GONE,
    FILE_CUT,
    FILE_LONGER,
    FILE_FOLDER,
    FILE_FATES,
};

static const char *const samples[] = {
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 600\r\n"
        "ETag: \"abc\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\nVary: Accept\r\nCache-Control: max-age=60\r\n"
        "\r\n",
        "HTTP/1.1 301 Moved\r\nLocation: file:///c:/windows/win.ini\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: /entry0\r\nSet-Cookie: a=b\r\n\r\n",
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 100-199/200\r\n\r\n",
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n",
        "HTTP/1.1 99999999999 OK\r\n\r\n",
        "no headers at all",
};

static const HRESULT documented[] = {INET_E_OBJECT_NOT_FOUND, INET_E_RESOURCE_NOT_FOUND,
        INET_E_DATA_NOT_AVAILABLE, INET_E_DOWNLOAD_FAILURE, INET_E_INVALID_REQUEST,
        INET_E_AUTHENTICATION_REQUIRED, INET_E_REDIRECT_FAILED, INET_E_REDIRECTING,
        INET_E_SECURITY_PROBLEM, INET_E_INVALID_URL, INET_E_CANNOT_CONNECT, 0};
static struct fuzz_answers answers = {.documented = documented};
static ULONG foreign, altered, answered, wrong_info;

/* Makes an entry; its file is as it is told to be. FALSE: WinINet does not take it. */
static BOOL entry_put(struct fuzz_random *random, const WCHAR *url, WCHAR *headers, DWORD length,
        enum file_fate fate)
{
    static const DWORD kinds[] = {NORMAL_CACHE_ENTRY, NORMAL_CACHE_ENTRY, NORMAL_CACHE_ENTRY,
            STICKY_CACHE_ENTRY, SPARSE_CACHE_ENTRY, TRACK_OFFLINE_CACHE_ENTRY, 0x10000000};
    FILETIME expires = {fuzz_random(random), fuzz_below(random, 2) ? 0x7fffffff : 0};
    FILETIME modified = {0, fuzz_below(random, 2) ? fuzz_random(random) : 0};
    DWORD size = fuzz_below(random, 2000), done;
    WCHAR path[MAX_PATH];
    char content[2000];
    HANDLE file;
    BOOL good;

    memset(content, CONTENT, sizeof(content));
    if (!CreateUrlCacheEntryW(url, fuzz_below(random, 2) ? size : fuzz_random(random), L"txt", path,
                0))
        return FALSE;
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, content, size, &done, NULL);
    CloseHandle(file);
    good = CommitUrlCacheEntryW(url, path, expires, modified,
            kinds[fuzz_below(random, ARRAYSIZE(kinds))], headers, length, NULL, NULL);
    file = INVALID_HANDLE_VALUE;
    if (fate == FILE_GONE || fate == FILE_FOLDER)
        DeleteFileW(path);
    if (fate == FILE_FOLDER)
        CreateDirectoryW(path, NULL);
    if (fate == FILE_CUT)
        file = CreateFileW(path, GENERIC_WRITE, 0, NULL, TRUNCATE_EXISTING, 0, NULL);
    if (fate == FILE_LONGER)
        file = CreateFileW(path, FILE_APPEND_DATA, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (file != INVALID_HANDLE_VALUE)
    {
        if (fate == FILE_LONGER)
            WriteFile(file, "not of the entry", 16, &done, NULL);
        CloseHandle(file);
    }
    return good && (fate != FILE_CUT || size);
}

/* Everything that is read is of the entry's file as it was. */
static void feed_binding(const WCHAR *url, enum file_fate fate)
{
    struct sink *sink = sink_create();
    UINT64 length;

    sink->flags = BINDF_OFFLINEOPERATION;
    sink->negotiates = TRUE;
    if (!sink_fetch(sink, url))
        bail_out("a binding does not end");
    fuzz_answer(&answers, sink->result);
    length = sink->received < sizeof(sink->data) ? sink->received : sizeof(sink->data);
    for (UINT64 i = 0; i < length; i++)
        foreign += sink->data[i] != CONTENT;
    answered += sink->result == S_OK;
    altered += sink->result == S_OK && fate != FILE_WHOLE;
    sink_release(sink);
}

/* The questions about an entry: each answers within its buffer. */
static void feed_questions(const WCHAR *url)
{
    static const QUERYOPTION options[] = {QUERY_EXPIRATION_DATE, QUERY_TIME_OF_LAST_CHANGE,
            QUERY_CONTENT_TYPE, QUERY_IS_CACHED, QUERY_IS_INSTALLEDENTRY,
            QUERY_IS_CACHED_OR_MAPPED};
    static const BYTE blank[256];

    for (unsigned int i = 0; i < ARRAYSIZE(options); i++)
    {
        for (DWORD room = 0; room <= sizeof(blank); room += 4 + room)
        {
            DWORD size = 0;
            BYTE *buffer = fuzz_guard(1, blank, room, 1, FALSE);
            HRESULT hr = CoInternetQueryInfo(url, options[i], 0, buffer, room, &size, 0);

            wrong_info += hr == S_OK && size > room;
        }
    }
}

static void feed(const struct fuzz_corpus *corpus, UINT32 number)
{
    static struct fuzz_input input;
    static WCHAR headers[FUZZ_INPUT_MAX + 1];
    struct fuzz_random random;
    enum file_fate fate;
    DWORD length = 0;
    WCHAR url[80];

    fuzz_random_seed(&random, fuzz_seed() + 1, number);
    fuzz_make(corpus, fuzz_seed(), number, &input);
    for (ULONG i = 0; i < input.size; i++)
        headers[length++] = fuzz_below(&random, 200) ? input.data[i] : (WCHAR)fuzz_random(&random);
    headers[length] = 0;
    if (fuzz_below(&random, 3)) /* with its zero, without it, with less */
        length = fuzz_below(&random, 2) ? length + 1 : fuzz_below(&random, length + 1);
    fate = fuzz_below(&random, 3) ? FILE_WHOLE : (enum file_fate)fuzz_below(&random, FILE_FATES);
    swprintf(url, ARRAYSIZE(url), L"http://cache.invalid/entry%u", number % 50);
    fuzz_at("entries", number);
    if (entry_put(&random, url, headers, length, fate))
        feed_binding(url, fate);
    feed_questions(url);
    DeleteUrlCacheEntryW(url);
}

int main(int argc, char **argv)
{
    struct fuzz_corpus corpus = {0};
    struct fuzz_memory memory;
    UINT32 fed;

    if (builtin_lacks("checks of what the cache has"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    for (unsigned int i = 0; i < ARRAYSIZE(samples); i++)
        fuzz_add(&corpus, "headers", 0, samples[i], (ULONG)strlen(samples[i]));
    fuzz_begin(argc, argv, SEED, 60);
    fed = fuzz_feed(feed, &corpus, INPUTS, WARM_UP, &memory);
    fuzz_answers_check(&answers, "bindings");
    ok(answered || fed == 1, "some were answered from the cache: %lu", answered);
    is_uint(foreign, 0, "nothing is read that was not kept");
    is_uint(altered, 0, "an entry whose file is not what it was is no answer");
    is_uint(wrong_info, 0, "answers to questions are within their buffers");
    fuzz_memory_check(&memory, 256 * 1024, 8, "altered entries");
    fuzz_corpus_free(&corpus);
    CoUninitialize();
    return done_testing();
}
