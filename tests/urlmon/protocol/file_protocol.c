/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* file: — its reports, reading, names, errors; about: and mk: as well. */
#include "protocol_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static WCHAR folder[MAX_PATH];

static const WCHAR *path_of(const WCHAR *name)
{
    static WCHAR path[MAX_PATH];

    wcscpy(path, folder);
    wcscat(path, name);
    return path;
}

static void write_file(const WCHAR *name, const void *bytes, DWORD size)
{
    HANDLE file = CreateFileW(path_of(name), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD written;

    ok(WriteFile(file, bytes, size, &written, NULL) && written == size, "%s is written",
            tap_wstr(name));
    CloseHandle(file);
}

static const WCHAR *url_of(const WCHAR *name)
{
    static WCHAR url[MAX_PATH + 16];

    wcscpy(url, L"file:///");
    wcscat(url, folder);
    wcscat(url, name);
    for (WCHAR *c = url; *c; c++)
        *c = *c == '\\' ? '/' : *c;
    return url;
}

/* Binds and reads; the log without the class. */
static HRESULT bind_file(struct bed_sink *sink, const WCHAR *url, DWORD flags)
{
    IInternetProtocol *protocol;
    HRESULT hr;

    bed_sink_init(sink, url);
    protocol = bed_binding(sink);
    hr = IInternetProtocol_Start(protocol, url, &sink->IInternetProtocolSink_iface,
            &sink->IInternetBindInfo_iface, flags, 0);
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    return hr;
}

static void check_content(const WCHAR *url, const char *content, const char *what)
{
    struct bed_sink sink;

    is_hr(bind_file(&sink, url, 0), S_OK, "%s: Start", what);
    is_uint(sink.data_length, strlen(content), "%s: size", what);
    is_mem(sink.data, content, strlen(content), "%s: content", what);
    is_hr(sink.result, S_OK, "%s: result", what);
    is_uint(sink.last_max, strlen(content), "%s: the size is reported", what);
    bed_sink_done(&sink);
}

static void test_reports(void)
{
    struct bed_sink sink;
    char line[600], path[MAX_PATH];

    is_hr(bind_file(&sink, url_of(L"plain.bed"), 0), S_OK, "Start");
    WideCharToMultiByte(CP_ACP, 0, path_of(L"plain.bed"), -1, path, sizeof(path), NULL, NULL);
    todo_builtin("Wine leaves out that all is there")
    {
        snprintf(line, sizeof(line), "P11() P14(%s) D13 R0", path);
        is_str(bed_sink_log(&sink, "20"), line, "the reports: the cache file is the file");
    }
    bed_sink_done(&sink);
    is_hr(bind_file(&sink, url_of(L"plain.bed"), PI_MIMEVERIFICATION), S_OK, "Start, sniffing");
    snprintf(line, sizeof(line), "P11() P14(%s) P13(text/html) D13 R0", path);
    is_str(bed_sink_log(&sink, "20"), line, "the reports: a page, whatever its name");
    bed_sink_done(&sink);
}

static void test_names(void)
{
    static const char html[] = "<html><body>A page</body></html>";
    WCHAR url[MAX_PATH + 16];

    check_content(url_of(L"plain.bed"), html, "a URL");
    check_content(url_of(L"with%20a%20space.txt"), "space", "an escape");
    todo_builtin("Wine takes the bytes for characters")
        check_content(url_of(L"%E4%BD%A0.txt"), "utf-8", "an escape in UTF-8");
    check_content(url_of(L"\x4f60.txt"), "utf-8", "the character itself");
    wcscpy(url, L"file://");
    wcscat(url, path_of(L"with a space.txt"));
    check_content(url, "space", "file:// and a path of DOS");
    wcscpy(url, L"file://localhost/");
    wcscat(url, folder);
    wcscat(url, L"plain.bed");
    todo_builtin("Wine refuses these")
    {
        check_content(url, html, "localhost");
        check_content(path_of(L"with a space.txt"), "space", "a path of DOS");
        check_content(path_of(L"100%25.txt"), "percent", "a percent sign in a path");
    }
}

static void check_error(const WCHAR *url, HRESULT result, const char *what)
{
    struct bed_sink sink;

    is_hr(bind_file(&sink, url, PI_MIMEVERIFICATION), result, "%s: Start", what);
    ok(sink.results == 0 || sink.result == result, "%s: result %s", what, tap_hr(sink.result));
    is_int(sink.datas, 0, "%s: no data", what);
    bed_sink_done(&sink);
}

static void test_errors(void)
{
    check_error(url_of(L"missing"), INET_E_RESOURCE_NOT_FOUND, "a file that is not there");
    check_error(url_of(L""), INET_E_RESOURCE_NOT_FOUND, "a folder");
    check_error(url_of(L"no/such/folder"), INET_E_RESOURCE_NOT_FOUND, "a folder that is not there");
    check_error(url_of(L"plain.bed%00.txt"), INET_E_RESOURCE_NOT_FOUND, "a zero in the name");
    todo_builtin("Wine opens devices")
    {
        check_error(L"file://./C:/windows/win.ini", INET_E_RESOURCE_NOT_FOUND,
                "a name of a device");
        check_error(L"file:///C:/nul", INET_E_RESOURCE_NOT_FOUND, "a device");
    }
    check_error(L"file://no-such-host-of-bed/share/file", INET_E_RESOURCE_NOT_FOUND, "a host");
}

/* Reading in large pieces, seeking, locking. */
static void test_reading(void)
{
    enum
    {
        SIZE = 3 << 20
    };
    struct bed_sink sink;
    IInternetProtocol *protocol;
    BYTE *content = malloc(SIZE), *back = malloc(SIZE);
    LARGE_INTEGER move;
    ULARGE_INTEGER where;
    ULONG count = 0;

    for (unsigned int i = 0; i < SIZE; i++)
        content[i] = (BYTE)(i * 7 + i / 251);
    write_file(L"big.bed", content, SIZE);
    bed_sink_init(&sink, url_of(L"big.bed"));
    sink.reads = FALSE;
    protocol = bed_binding(&sink);
    is_hr(IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, 0, 0),
            S_OK, "Start");
    is_uint(sink.last_max, SIZE, "the size");
    is_hr(IInternetProtocol_Read(protocol, back, SIZE, &count), S_OK, "Read of everything");
    is_uint(count, SIZE, "which is there");
    ok(!memcmp(content, back, SIZE), "and right");
    is_hr(IInternetProtocol_Read(protocol, back, SIZE, &count), S_FALSE, "Read at the end");
    is_uint(count, 0, "which reads nothing");
    move.QuadPart = 1000000;
    todo_builtin("Wine does not seek")
    {
        is_hr(IInternetProtocol_Seek(protocol, move, STREAM_SEEK_SET, &where), S_OK, "Seek");
        is_hr(IInternetProtocol_Read(protocol, back, 100, &count), S_OK, "Read there");
        ok(count == 100 && !memcmp(content + 1000000, back, 100), "is right");
        move.QuadPart = -10;
        is_hr(IInternetProtocol_Seek(protocol, move, STREAM_SEEK_END, &where), S_OK, "to the end");
        is_uint(where.QuadPart, SIZE - 10, "the position");
    }
    is_hr(IInternetProtocol_LockRequest(protocol, 0), S_OK, "LockRequest");
    IInternetProtocol_Terminate(protocol, 0);
    if (!tap_builtin()) /* Wine's does not survive it */
    {
        is_hr(IInternetProtocol_Read(protocol, back, 5, &count), S_OK,
                "Read after Terminate, of what was locked");
        is_hr(IInternetProtocol_UnlockRequest(protocol), S_OK, "UnlockRequest");
        is_hr(IInternetProtocol_Read(protocol, back, 5, &count), INET_E_DATA_NOT_AVAILABLE,
                "Read after that");
        ok(DeleteFileW(path_of(L"big.bed")), "the file is closed");
    }
    IInternetProtocol_Release(protocol);
    DeleteFileW(path_of(L"big.bed"));
    bed_sink_done(&sink);
    free(content);
    free(back);
}

/* The class itself, without anybody between. */
static void test_class(void)
{
    IInternetProtocol *protocol = NULL;
    IInternetProtocolEx *extended = NULL;
    IUnknown *unknown = NULL;
    struct bed_sink sink;

    is_hr(CoCreateInstance(&CLSID_FileProtocol, NULL, CLSCTX_INPROC_SERVER, &IID_IInternetProtocol,
                  (void **)&protocol),
            S_OK, "CLSID_FileProtocol");
    if (!protocol)
        return;
    is_hr(IInternetProtocol_QueryInterface(protocol, &IID_IInternetProtocolEx, (void **)&extended),
            S_OK, "IInternetProtocolEx");
    IInternetProtocolEx_Release(extended);
    is_hr(IInternetProtocol_QueryInterface(protocol, &IID_IInternetPriority, (void **)&unknown),
            S_OK, "IInternetPriority");
    IUnknown_Release(unknown);
    bed_sink_init(&sink, url_of(L"plain.bed"));
    sink.protocol = protocol;
    is_hr(IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, 0, 0),
            S_OK, "Start");
    ok(!strncmp(sink.log, "P30 P11() P14(", 14), "who does not come from urlmon binds directly: %s",
            sink.log);
    if (!tap_builtin())
    {
        is_hr(IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
                      &sink.IInternetBindInfo_iface, 0, 0),
                E_UNEXPECTED, "Start once more");
        is_hr(IInternetProtocol_Abort(protocol, E_ABORT, 0), INET_E_RESULT_DISPATCHED,
                "Abort when all is reported");
    }
    IInternetProtocol_Terminate(protocol, 0);
    IInternetProtocol_Release(protocol);
    bed_sink_done(&sink);

    CoCreateInstance(&CLSID_FileProtocol, NULL, CLSCTX_INPROC_SERVER, &IID_IInternetProtocol,
            (void **)&protocol);
    bed_sink_init(&sink, L"http://bed.test/");
    is_hr(IInternetProtocol_Start(protocol, sink.url, &sink.IInternetProtocolSink_iface,
                  &sink.IInternetBindInfo_iface, 0, 0),
            E_INVALIDARG, "Start with a URL of others");
    IInternetProtocol_Release(protocol);
    bed_sink_done(&sink);
}

static void test_about(void)
{
    struct bed_sink sink;

    is_hr(bind_file(&sink, L"about:blank", PI_MIMEVERIFICATION), S_OK, "about:blank");
    is_str(bed_sink_log(&sink, "20,11"), "P13(text/html) D13 R0", "its reports");
    ok(sink.data_length > 12 && !(sink.data_length % 2), "an empty page: %lu bytes",
            sink.data_length);
    bed_sink_done(&sink);
}

static void test_mk(void)
{
    check_error(L"mk:@NoSuchClassOfBed:a::/b", INET_E_RESOURCE_NOT_FOUND, "mk: without its class");
    check_error(L"mk:nonsense", INET_E_RESOURCE_NOT_FOUND, "mk: without any class");
}

int main(void)
{
    static const char html[] = "<html><body>A page</body></html>";

    CoInitialize(NULL);
    GetTempPathW(MAX_PATH - 40, folder);
    wcscat(folder, L"file-protocol-test\\");
    CreateDirectoryW(folder, NULL);
    write_file(L"plain.bed", html, sizeof(html) - 1);
    write_file(L"with a space.txt", "space", 5);
    write_file(L"\x4f60.txt", "utf-8", 5);
    write_file(L"100%25.txt", "percent", 7);
    test_reports();
    test_names();
    test_errors();
    test_reading();
    test_class();
    if (!builtin_lacks("about: without an HTML viewer"))
        test_about();
    test_mk();
    tap_account_begin();
    for (unsigned int i = 0; i < 10; i++)
    {
        test_reports();
        test_class();
    }
    tap_account_end("files");
    DeleteFileW(path_of(L"plain.bed"));
    DeleteFileW(path_of(L"with a space.txt"));
    DeleteFileW(path_of(L"\x4f60.txt"));
    DeleteFileW(path_of(L"100%25.txt"));
    RemoveDirectoryW(folder);
    CoUninitialize();
    return done_testing();
}
