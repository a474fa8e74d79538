/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cache_bed.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

struct harness_server bed_server;
static unsigned int generation, number;
static char first_bytes[8][16]; /* of the content, by generation */

void bed_begin(void)
{
    char options[64];

    snprintf(options, sizeof(options), "kind=cacheable size=%d modified=1700000000", BED_SIZE);
    harness_server_start(&bed_server, options);
}

void bed_end(void)
{
    harness_server_stop(&bed_server);
}

const WCHAR *bed_url(const WCHAR *query)
{
    WCHAR name[512];

    swprintf(name, ARRAYSIZE(name), L"page%u?%ls", number++, query);
    return harness_url(&bed_server, name);
}

void bed_change(void)
{
    generation++;
    harness_do("server set id=%d seed=%u modified=%u", bed_server.id, generation,
            1700000000 + generation);
}

DWORD bed_internet_flags;

struct sink *bed_bind(const WCHAR *url, DWORD flags, const WCHAR *headers)
{
    struct sink *sink = sink_create();

    sink->flags = flags;
    sink->internet_flags = bed_internet_flags;
    sink->headers = headers;
    sink->negotiates = headers != NULL;
    if (!sink_fetch(sink, url))
        bail_out("a binding does not end");
    return sink;
}

/* What the server has logged of one binding. */
struct seen
{
    unsigned int requests, unchanged, conditional;
};

static struct seen bed_seen(unsigned int expected)
{
    struct harness_reply *log = harness_server_log(&bed_server, expected);
    struct seen seen = {log->line_count, 0, 0};

    for (unsigned int i = 0; i < log->line_count; i++)
    {
        if (!strcmp(harness_text_value(log->lines[i], "status"), "304"))
            seen.unchanged++;
        if (strstr(harness_text_value(log->lines[i], "user"), "if-"))
            seen.conditional++;
    }
    harness_reply_free(log);
    return seen;
}

/* All content of a generation begins alike. */
static BOOL is_current(const struct sink *sink)
{
    char *known = first_bytes[generation % ARRAYSIZE(first_bytes)];

    if (!known[0])
        memcpy(known, sink->data, 16);
    return !memcmp(known, sink->data, 16);
}

void bed_check_(const char *file, int line, const WCHAR *url, DWORD flags, const WCHAR *headers,
        enum bed_way way, const char *fmt, ...)
{
    struct sink *sink;
    struct seen seen;
    char text[256];
    BOOL good;
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    harness_server_log_clear(&bed_server);
    sink = bed_bind(url, flags, headers);
    seen = bed_seen(way == BED_SERVER || way == BED_GOOD);
    if (way == BED_NOTHING)
        good = sink->result == INET_E_OBJECT_NOT_FOUND && !sink->received && !seen.requests;
    else
        good = sink->result == S_OK && sink->received == BED_SIZE
                && (!!sink_find(sink, BINDSTATUS_USINGCACHEDCOPY) == (way != BED_SERVER))
                && (headers == NULL || sink->response == 200);
    if (way == BED_CACHE)
        good = good && !seen.requests && sink_find(sink, BINDSTATUS_CACHEFILENAMEAVAILABLE);
    if (way == BED_SERVER)
        good = good && seen.requests == 1 && !seen.unchanged && is_current(sink);
    if (way == BED_GOOD)
        good = good && seen.requests == 1 && seen.unchanged == 1 && seen.conditional == 1;
    if (!tap_ok(file, line, good, "%s", text))
        note("result %08lx, %u bytes, %u requests, %u conditional, %u unchanged, cached copy: %d",
                sink->result, (unsigned int)sink->received, seen.requests, seen.conditional,
                seen.unchanged, sink_find(sink, BINDSTATUS_USINGCACHEDCOPY) != NULL);
    sink_release(sink);
}

BOOL bed_is_cached(const WCHAR *url)
{
    DWORD size = 0;

    return !GetUrlCacheEntryInfoW(url, NULL, &size) && GetLastError() == ERROR_INSUFFICIENT_BUFFER;
}

const WCHAR *bed_file(const WCHAR *url)
{
    static union
    {
        INTERNET_CACHE_ENTRY_INFOW info;
        BYTE bytes[16384];
    } entry;
    DWORD size = sizeof(entry);

    return GetUrlCacheEntryInfoW(url, &entry.info, &size) ? entry.info.lpszLocalFileName : L"";
}

void bed_put(const WCHAR *url, const WCHAR *headers, const char *content, const FILETIME *expires)
{
    FILETIME never = {0, 0};
    WCHAR path[MAX_PATH];
    HANDLE file;
    DWORD done;
    BOOL good;

    good = CreateUrlCacheEntryW(url, 0, L"txt", path, 0);
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    good = good && WriteFile(file, content, (DWORD)strlen(content), &done, NULL);
    CloseHandle(file);
    good = good
            && CommitUrlCacheEntryW(url, path, expires ? *expires : never, never,
                    NORMAL_CACHE_ENTRY, (WCHAR *)headers, headers ? (DWORD)wcslen(headers) + 1 : 0,
                    NULL, NULL);
    if (!good)
        bail_out("no entry for %s, error %lu", tap_wstr(url), GetLastError());
}
