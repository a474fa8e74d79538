/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ftp protocol object by itself. */
#include "harness.h"
#include "http_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wininet.h>

TAP_TIME_LIMIT(300);

struct ftp_server
{
    int id, port;
    char sha256[HARNESS_SHA256];
};

static void start(struct ftp_server *server, const char *options)
{
    struct harness_reply *reply = harness_demand("ftp start %s", options);

    server->id = (int)harness_number(reply, "id");
    server->port = (int)harness_number(reply, "port");
    snprintf(server->sha256, sizeof(server->sha256), "%s", harness_value(reply, "sha256"));
    harness_reply_free(reply);
}

static void stop(const struct ftp_server *server)
{
    harness_do("ftp stop id=%d", server->id);
}

static struct sink *fetch(const struct ftp_server *server, const WCHAR *user, const WCHAR *path,
        struct sink *sink)
{
    WCHAR url[200];

    if (!sink)
        sink = sink_create();
    swprintf(url, ARRAYSIZE(url), L"ftp://%s127.0.0.1:%d/%s", user, server->port, path);
    ok(sink_fetch(sink, url), "it ends: %s", tap_wstr(url));
    return sink;
}

static void test_sizes(void)
{
    static const unsigned int sizes[] = {1, 5000, 16384, 65537, 3000000, 50000000};

    for (unsigned int i = 0; i < ARRAYSIZE(sizes); i++)
    {
        struct sink *sink = sink_create();
        struct ftp_server server;
        char options[64];

        snprintf(options, sizeof(options), "size=%u", sizes[i]);
        start(&server, options);
        sink->file = CreateFileW(harness_scratch(L"got"), GENERIC_WRITE, FILE_SHARE_READ, NULL,
                CREATE_ALWAYS, 0, NULL);
        fetch(&server, L"", L"dir/file.bin", sink);
        CloseHandle(sink->file);
        is_hr(sink->result, S_OK, "%u bytes", sizes[i]);
        is_uint(sink->received, sizes[i], "all of it");
        is_uint(sink->first_reports, 1, "one first notification");
        is_uint(sink->last_reports, 1, "one last notification");
        is_uint(sink->results, 1, "one result");
        is_file_sha256(harness_scratch(L"got"), server.sha256, "what was sent");
        sink_release(sink);
        stop(&server);
    }
}

static void test_refused(void)
{
    struct ftp_server server;
    struct sink *sink;

    start(&server, "size=100");
    sink = fetch(&server, L"", L"missing.bin", NULL);
    is_hr(sink->result, INET_E_OBJECT_NOT_FOUND, "no such file");
    sink_release(sink);
    sink = fetch(&server, L"", L"folder/", NULL);
    is_hr(sink->result, INET_E_REDIRECT_TO_DIR, "a folder");
    sink_release(sink);
    sink = fetch(&server, L"", L"dir/folder", NULL);
    is_hr(sink->result, INET_E_REDIRECT_TO_DIR, "a folder without a slash");
    sink_release(sink);
    sink = fetch(&server, L"", L"a%0D%0ADELE%20b", NULL);
    is_hr(sink->result, INET_E_INVALID_URL, "a command in the path");
    sink_release(sink);
    stop(&server);
    sink = fetch(&server, L"", L"x", NULL);
    is_hr(sink->result, INET_E_CANNOT_CONNECT, "no server");
    sink_release(sink);
}

static void test_replies(void)
{
    static const struct
    {
        unsigned int code;
        HRESULT hr;
    } replies[] = {{421, INET_E_CANNOT_CONNECT}, {425, INET_E_CANNOT_CONNECT},
            {450, INET_E_DATA_NOT_AVAILABLE}, {451, INET_E_DATA_NOT_AVAILABLE},
            {502, INET_E_INVALID_REQUEST}, {532, INET_E_AUTHENTICATION_REQUIRED},
            {550, INET_E_OBJECT_NOT_FOUND}, {552, INET_E_DOWNLOAD_FAILURE},
            {553, INET_E_OBJECT_NOT_FOUND}};

    for (unsigned int i = 0; i < ARRAYSIZE(replies); i++)
    {
        struct ftp_server server;
        char options[64];
        struct sink *sink;

        snprintf(options, sizeof(options), "size=100 mode=%u", replies[i].code);
        start(&server, options);
        sink = fetch(&server, L"", L"file", NULL);
        is_hr(sink->result, replies[i].hr, "reply %u", replies[i].code);
        is_uint(sink->results, 1, "one result");
        sink_release(sink);
        stop(&server);
    }
}

/* How often the server has got a line. */
static unsigned int logged(const struct ftp_server *server, const char *line)
{
    struct harness_reply *reply = harness_demand("ftp log id=%d", server->id);
    unsigned int count = 0;

    for (unsigned int i = 0; i < reply->line_count; i++)
        count += !strcmp(reply->lines[i], line);
    harness_reply_free(reply);
    return count;
}

/* ";type=" behind the name: RFC 1738, 3.2.2. */
static void test_type(void)
{
    static const struct
    {
        const WCHAR *path;
        const char *name, *command;
        HRESULT hr;
    } rows[] = {{L"dir/file.bin;type=i", "RETR /dir/file.bin", "TYPE I", S_OK},
            {L"dir/file.bin;type=A", "RETR /dir/file.bin", "TYPE A", S_OK},
            {L"dir/file.bin;TYPE=a", "RETR /dir/file.bin", "TYPE A", S_OK},
            {L"dir/file.bin;type=x", "RETR /dir/file.bin;type=x", "TYPE I", S_OK},
            {L"dir/file.bin%3Btype=a", "RETR /dir/file.bin;type=a", "TYPE I", S_OK},
            {L"dir/file.bin;type=d", NULL, NULL, INET_E_REDIRECT_TO_DIR},
            {L";type=i", NULL, NULL, INET_E_REDIRECT_TO_DIR}};

    for (unsigned int i = 0; i < ARRAYSIZE(rows); i++)
    {
        struct ftp_server server;
        struct sink *sink;

        start(&server, "size=20000");
        sink = fetch(&server, L"", rows[i].path, NULL);
        is_hr(sink->result, rows[i].hr, "%s", tap_wstr(rows[i].path));
        if (SUCCEEDED(rows[i].hr))
            is_uint(sink->received, 20000, "all of it");
        if (rows[i].name)
        {
            is_uint(logged(&server, rows[i].name), 1, "by its name: %s", rows[i].name);
            ok(logged(&server, rows[i].command) > 0, "after %s", rows[i].command);
        }
        sink_release(sink);
        stop(&server);
    }
}

/* Whether the server has stored what a file holds. */
static void is_stored(const struct ftp_server *server, DWORD size, const char *sha256)
{
    struct harness_reply *reply = harness_demand("ftp log id=%d", server->id);
    char expected[128];
    bool found = false;

    snprintf(expected, sizeof(expected), "stored size=%lu sha256=%s", size, sha256);
    for (unsigned int i = 0; i < reply->line_count; i++)
        found |= !strcmp(reply->lines[i], expected);
    ok(found, "the server has it: %s", expected);
    harness_reply_free(reply);
}

static void test_put(void)
{
    static const DWORD sizes[] = {0, 1000, 5000000};
    struct ftp_server server;
    struct sink *sink;

    start(&server, "");
    for (unsigned int i = 0; i < ARRAYSIZE(sizes) * 2; i++)
    {
        DWORD size = sizes[i / 2], done;
        HANDLE file = CreateFileW(harness_scratch(L"put"), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0,
                NULL);
        BYTE *data = malloc(size + 1);
        char sha256[HARNESS_SHA256];

        for (DWORD j = 0; j < size; j++)
            data[j] = (BYTE)(j * 7 + (j >> 9));
        WriteFile(file, data, size, &done, NULL);
        CloseHandle(file);
        harness_sha256_file(harness_scratch(L"put"), sha256);
        harness_do("ftp clear id=%d", server.id);
        sink = sink_create();
        sink->verb = BINDVERB_PUT;
        if (i & 1)
            sink->body_file = harness_scratch(L"put");
        else
        {
            sink->body = data;
            sink->body_size = size;
        }
        fetch(&server, L"", L"dir/new.bin", sink);
        is_hr(sink->result, S_OK, "PUT %lu bytes from %s", size, i & 1 ? "a file" : "memory");
        is_uint(sink->results, 1, "one result");
        ok(sink_find(sink, BINDSTATUS_BEGINUPLOADDATA) && sink_find(sink, BINDSTATUS_ENDUPLOADDATA),
                "the upload is reported");
        sink_release(sink);
        is_stored(&server, size, sha256);
        free(data);
    }
    sink = sink_create();
    sink->verb = BINDVERB_PUT;
    sink->body = "x";
    sink->body_size = 1;
    fetch(&server, L"", L"missing", sink);
    ok(FAILED(sink->result), "a server that refuses: %s", tap_hr(sink->result));
    sink_release(sink);
    sink = sink_create();
    sink->verb = BINDVERB_POST;
    sink->body = "x";
    sink->body_size = 1;
    fetch(&server, L"", L"x", sink);
    is_hr(sink->result, INET_E_INVALID_REQUEST, "POST");
    sink_release(sink);
    stop(&server);
}

static void test_login(void)
{
    struct ftp_server server;
    struct sink *sink;

    start(&server, "size=100 auth=user:secret");
    sink = fetch(&server, L"user:secret@", L"x", NULL);
    is_hr(sink->result, S_OK, "credentials in the URL");
    is_uint(sink->received, 100, "all of it");
    sink_release(sink);
    sink = fetch(&server, L"", L"x", NULL);
    is_hr(sink->result, INET_E_AUTHENTICATION_REQUIRED, "none");
    sink_release(sink);
    sink = sink_create();
    sink->user = L"user";
    sink->password = L"secret";
    fetch(&server, L"", L"x", sink);
    is_hr(sink->result, S_OK, "from IAuthenticate");
    is_uint(sink->authentications, 1, "asked once");
    is_uint(sink->service_thread, GetCurrentThreadId(), "on the thread of Continue");
    sink_release(sink);
    sink = sink_create();
    sink->user = L"user\r\nDELE x";
    sink->password = L"secret";
    fetch(&server, L"", L"x", sink);
    is_hr(sink->result, INET_E_AUTHENTICATION_REQUIRED, "a command in a name is no name");
    is_uint(logged(&server, "DELE x"), 0, "and is not sent");
    sink_release(sink);
    stop(&server);
}

static void test_trouble(void)
{
    struct ftp_server server;
    struct sink *sink;

    start(&server, "size=100000 mode=die after=5000");
    sink = fetch(&server, L"", L"x", NULL);
    is_hr(sink->result, INET_E_DOWNLOAD_FAILURE, "broken off");
    sink_release(sink);
    stop(&server);
    start(&server, "size=100000 mode=die after=5000 nosize=1");
    sink = fetch(&server, L"", L"x", NULL);
    is_hr(sink->result, INET_E_DOWNLOAD_FAILURE, "broken off, by the server's word alone");
    is_uint(sink->received, 5000, "what has come");
    sink_release(sink);
    sink = sink_create();
    sink->verb = BINDVERB_PUT;
    sink->body = "0123456789";
    sink->body_size = 10;
    harness_do("ftp set id=%d after=5", server.id);
    fetch(&server, L"", L"x", sink);
    ok(FAILED(sink->result), "an upload that the server breaks off: %s", tap_hr(sink->result));
    sink_release(sink);
    stop(&server);
    start(&server, "size=100000 nosize=1");
    sink = fetch(&server, L"", L"x", NULL);
    is_hr(sink->result, S_OK, "a server which does not tell the size");
    is_uint(sink->received, 100000, "all of it");
    sink_release(sink);
    stop(&server);
    start(&server, "size=30000 rate=30000");
    sink = fetch(&server, L"", L"x", NULL);
    is_hr(sink->result, S_OK, "a slow one");
    is_uint(sink->received, 30000, "all of it");
    sink_release(sink);
    stop(&server);
}

/* IWinInetHttpInfo: a file of ftp has a handle, and no headers. */
static void test_info(void)
{
    IInternetProtocolEx *protocol = protocol_create(&CLSID_FtpProtocol);
    DWORD type = 0, status = 0, size = sizeof(type);
    struct sink *sink = sink_create();
    IWinInetHttpInfo *info = NULL;
    struct ftp_server server;
    WCHAR url[100];

    start(&server, "size=1000000 mode=stall after=20000");
    swprintf(url, ARRAYSIZE(url), L"ftp://127.0.0.1:%d/x", server.port);
    is_hr(IInternetProtocolEx_QueryInterface(protocol, &IID_IWinInetHttpInfo, (void **)&info), S_OK,
            "IWinInetHttpInfo");
    if (info)
    {
        is_hr(IWinInetHttpInfo_QueryOption(info, INTERNET_OPTION_HANDLE_TYPE, &type, &size), E_FAIL,
                "QueryOption before the file is open");
        is_hr(IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_STATUS_CODE | HTTP_QUERY_FLAG_NUMBER,
                      &status, &size, NULL, NULL),
                E_FAIL, "QueryInfo");
    }
    is_hr(sink_start(sink, protocol, url), S_OK, "StartEx");
    ok(sink_wait_data(sink, 1, 10000), "data");
    if (info)
    {
        is_hr(IWinInetHttpInfo_QueryOption(info, INTERNET_OPTION_HANDLE_TYPE, &type, &size), S_OK,
                "QueryOption of the file");
        is_uint(type, INTERNET_HANDLE_TYPE_FTP_FILE, "what it is");
        is_hr(IWinInetHttpInfo_QueryInfo(info, HTTP_QUERY_STATUS_CODE | HTTP_QUERY_FLAG_NUMBER,
                      &status, &size, NULL, NULL),
                S_FALSE, "QueryInfo: there are no headers");
        IWinInetHttpInfo_Release(info);
    }
    IInternetProtocolEx_Abort(protocol, E_ABORT, 0);
    sink_wait_result(sink, 10000);
    IInternetProtocolEx_Terminate(protocol, 0);
    IInternetProtocolEx_Release(protocol);
    sink_release(sink);
    stop(&server);
}

static void test_abort(void)
{
    IInternetProtocolEx *protocol = protocol_create(&CLSID_FtpProtocol);
    struct sink *sink = sink_create();
    struct ftp_server server;
    WCHAR url[100];

    start(&server, "size=1000000 mode=stall after=20000");
    swprintf(url, ARRAYSIZE(url), L"ftp://127.0.0.1:%d/x", server.port);
    is_hr(sink_start(sink, protocol, url), S_OK, "StartEx");
    ok(sink_wait_data(sink, 1, 20000), "data come");
    is_hr(IInternetProtocolEx_Abort(protocol, E_ABORT, 0), S_OK, "Abort");
    is_uint(sink->results, 1, "a result");
    is_hr(sink->result, E_ABORT, "which");
    is_hr(IInternetProtocolEx_Abort(protocol, E_ABORT, 0), INET_E_RESULT_DISPATCHED, "again");
    IInternetProtocolEx_Terminate(protocol, 0);
    IInternetProtocolEx_Release(protocol);
    stop(&server);
    sink_release(sink);
}

int main(void)
{
    harness_require();
    if (builtin_lacks("reliable FTP"))
        return done_testing();
    CoInitialize(NULL);
    test_sizes();
    test_refused();
    test_replies();
    test_put();
    test_login();
    test_type();
    test_trouble();
    test_info();
    test_abort();
    tap_account_begin();
    test_put();
    test_login();
    test_type();
    test_abort();
    tap_account_end("FTP");
    CoUninitialize();
    return done_testing();
}
