/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * file: and hostile names: devices, streams, drives, folders, shares, wildcards, lengths; then
 * altered ones, each against the end of a page. Page "Naming Files, Paths, and Namespaces"
 * (desktop-src/FileIO/naming-a-file). CONCIERGE_MUTATIONS says how many are altered; file_names
 * SEED NUMBER feeds one.
 */
#include "protocol_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../uri/altered_url.h"

TAP_TIME_LIMIT(300);

#define SEED 19810812
#define INPUTS 3000
#define WARM_UP 300

/* Binds to the class itself. The sink reads. */
static HRESULT bind_class(struct bed_sink *sink, const WCHAR *url)
{
    IInternetProtocol *protocol = NULL;
    HRESULT hr = CoCreateInstance(&CLSID_FileProtocol, NULL, CLSCTX_INPROC_SERVER,
            &IID_IInternetProtocol, (void **)&protocol);

    if (FAILED(hr))
        return hr;
    bed_sink_init(sink, url);
    sink->protocol = protocol;
    hr = IInternetProtocol_Start(protocol, url, &sink->IInternetProtocolSink_iface,
            &sink->IInternetBindInfo_iface, 0, 0);
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    return hr;
}

static void check_refused(const WCHAR *url)
{
    struct bed_sink sink;

    is_hr(bind_class(&sink, url), INET_E_RESOURCE_NOT_FOUND, "%s", tap_wstr(url));
    is_int(sink.datas, 0, "no data");
    is_int(sink.results, 1, "one result");
    is_hr(sink.result, INET_E_RESOURCE_NOT_FOUND, "the same");
    bed_sink_done(&sink);
}

static void test_devices(void)
{
    static const WCHAR *const names[] = {L"con", L"CON", L"prn", L"aux", L"nul", L"NUL.txt",
            L"nul%20", L"con%20.txt", L"com1", L"COM9.log", L"com%C2%B9", L"lpt1", L"LPT\x00b2.a",
            L"conin$", L"CONOUT$", L"clock$", L"nul.tar.gz", L"nul/x", L"x/aux/y", L"aux.d/../nul"};
    static const WCHAR *const urls[] = {L"file:nul", L"file://nul", L"file:///nul", L"file:///con:",
            L"file:///com1:", L"file://./nul", L"file://./pipe/x", L"file://./C:/windows/win.ini",
            L"file://./PhysicalDrive0", L"file:////./C:/windows/win.ini",
            L"file://%3f/C:/windows/win.ini", L"file:////%3F/C:/windows/win.ini",
            L"file:///%5C%5C.%5Cpipe%5Cx", L"file:///%5C%5C%3F%5CC:%5Cwindows%5Cwin.ini",
            L"file:///%3F%3F/C:/windows/win.ini", L"file:///%5C%3F%3F%5CC:%5Cwindows%5Cwin.ini",
            L"file:///%2F%2F.%2Fpipe/x", L"\\\\.\\pipe\\x", L"\\\\.\\C:\\windows\\win.ini",
            L"\\\\?\\C:\\windows\\win.ini", L"\\\\?\\GLOBALROOT\\Device\\Null",
            L"\\\\.\\GLOBALROOT\\Device\\Null"};
    WCHAR url[100];

    for (unsigned int i = 0; i < ARRAYSIZE(names); i++)
    {
        swprintf(url, ARRAYSIZE(url), L"file:///c:/windows/%ls", names[i]);
        check_refused(url);
    }
    for (unsigned int i = 0; i < ARRAYSIZE(urls); i++)
        check_refused(urls[i]);
}

static void test_places(void)
{
    static const WCHAR *const urls[] = {L"file:///c:", L"file:///c:/", L"file:///c:/windows",
            L"file:///c:/windows/", L"file:///c:/windows/.", L"file:///c:/windows/win.ini/",
            L"file:///c:/windows/win.ini/x", L"file:///c:windows/win.ini", L"file:///1:/x",
            L"file:///%63:windows", L"file:///q:/x", L"file:///cc:/x", L"file:///%00c:/x",
            L"file:///c:/windows/win.ini%00.txt", L"file:///c:/windows/win.ini::$DATA",
            L"file:///c:/windows/win.ini:x", L"file:///c:/windows/win.ini%3Ax:$DATA",
            L"file:///c:/windows::$INDEX_ALLOCATION", L"file:///c:/windows/win.ini:Zone.Identifier",
            L"file:///c:/windows/*.ini", L"file:///c:/windows/win.in%3F",
            L"file:///c:/windows/%3Cwin.ini", L"file:///c:/windows/win%0A.ini",
            L"file://no-such-host-of-bed/", L"file://no-such-host-of-bed/share",
            L"file://no-such-host-of-bed/c$/windows/win.ini",
            L"file://user@no-such-host-of-bed/a/b", L"file:///", L"file:///../../../../x"};
    struct bed_sink sink;

    for (unsigned int i = 0; i < ARRAYSIZE(urls); i++)
        check_refused(urls[i]);
    /* What only looks strange. */
    is_hr(bind_class(&sink, L"file:///c:/windows/system/../console.d/%2E%2E/win.ini"), S_OK,
            "dots, and names that begin like a device's");
    ok(sink.data_length > 0, "its data");
    bed_sink_done(&sink);
    is_hr(bind_class(&sink, L"file:///C|/WINDOWS/win.ini"), S_OK, "a bar for the colon");
    bed_sink_done(&sink);
}

static void test_lengths(void)
{
    static const size_t lengths[] = {200, 259, 260, 261, 2000, 2083, 2084, 30000, 40000, 200000};

    for (unsigned int i = 0; i < ARRAYSIZE(lengths); i++)
    {
        WCHAR *url = malloc((lengths[i] + 32) * sizeof(WCHAR));
        struct bed_sink sink;
        HRESULT hr;

        memset(&sink, 0, sizeof(sink));
        wcscpy(url, L"file:///c:/");
        for (size_t k = 11; k < lengths[i]; k++)
            url[k] = k % 100 ? 'a' : '/';
        url[lengths[i]] = 0;
        hr = bind_class(&sink, url);
        ok(hr == INET_E_RESOURCE_NOT_FOUND || hr == E_INVALIDARG, "%zu characters: %s", lengths[i],
                tap_hr(hr));
        is_int(sink.datas, 0, "no data");
        bed_sink_done(&sink);
        free(url);
    }
}

/* --- altered names --- */

static const WCHAR *const corpus[] = {L"file:///c:/windows/win.ini", L"file:///c:/windows/nul",
        L"c:\\windows\\win.ini", L"\\\\?\\c:\\windows\\win.ini", L"file:///C%7C/windows/win.ini",
        L"file:///c:/windows/win.ini::$DATA", L"file:////./c:/windows/win.ini",
        L"file:///c:/windows/%E4%BD%A0%2e%00.txt", L"file:windows\\..\\win.ini",
        L"file:///%3f%3f/c:/con"};

static const HRESULT documented[] = {INET_E_RESOURCE_NOT_FOUND, E_INVALIDARG, E_OUTOFMEMORY, 0};

static ULONG strange, opened;

static void make_name(struct fuzz_random *random, struct url_text *text)
{
    const WCHAR *base = corpus[fuzz_below(random, ARRAYSIZE(corpus))];

    text->length = wcslen(base);
    memcpy(text->data, base, text->length * sizeof(WCHAR));
    url_text_alter(random, text, 1 + fuzz_below(random, 3));
}

/* What was opened has a name of a file: on a drive, this one or the current one. */
static BOOL is_plain(const struct bed_sink *sink)
{
    const char *path = strstr(sink->log, "P14(");

    if (!path)
        return FALSE;
    path += 4;
    if (path[0] == '\\')
        return !strchr("\\?.", path[1]);
    return path[1] == ':' && path[2] == '\\' && !strchr(path + 2, ':');
}

static void feed(UINT32 number, struct fuzz_answers *answers)
{
    static struct url_text text;
    static struct bed_sink sink;
    struct fuzz_random random;
    HRESULT hr;

    fuzz_random_seed(&random, fuzz_seed(), number);
    fuzz_at("file", number);
    make_name(&random, &text);
    hr = bind_class(&sink, url_text_guarded(0, &text));
    fuzz_answer(answers, hr);
    if (hr == S_OK)
    {
        opened++;
        if (!is_plain(&sink) && strange++ < 5)
            note("input %lu: %s: %s", (unsigned long)number, tap_wstr(text.data), sink.log);
    }
    if (sink.results > 1 || sink.references != 1 || (FAILED(hr) && sink.datas))
        strange++;
    DeleteCriticalSection(&sink.lock);
}

int main(int argc, char **argv)
{
    struct fuzz_answers answers = {.documented = documented};
    struct fuzz_memory memory;
    UINT32 first, end, number;

    if (builtin_lacks("checks of names of files"))
        return done_testing();
    CoInitialize(NULL);
    fuzz_begin(argc, argv, SEED, 60);
    fuzz_range(INPUTS, &first, &end);
    if (end - first != 1)
    {
        test_devices();
        test_places();
        test_lengths();
        tap_account_begin();
        test_devices();
        test_places();
        tap_account_end("names of files");
    }
    for (number = first; number < end && number < WARM_UP; number++)
        feed(number, &answers);
    fuzz_memory_get(&memory);
    for (; number < end; number++)
        feed(number, &answers);
    fuzz_answers_check(&answers, "Start");
    note("%lu files were opened", opened);
    is_uint(strange, 0, "what is opened is a file on a drive");
    fuzz_memory_check(&memory, 256 * 1024, 4, "altered names");
    CoUninitialize();
    return done_testing();
}
