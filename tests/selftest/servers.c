/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The servers that misbehave do so as they say: seen byte by byte through a socket. */

#include <winsock2.h>

#include "../harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What came back for one request, up to the end of the connection. */
struct answer
{
    char head[8192];
    int status;
    int body;      /* bytes after the head */
    bool complete; /* ended by FIN, not by RST or time-out */
    char last;     /* the last byte of the body */
};

/* Sends a request with "Connection: close" and further header lines. Waits two seconds at most for
 * the next byte. */
static void fetch(const struct harness_server *server, const char *method, const char *target,
        const char *headers, struct answer *answer)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    SOCKET connection = socket(AF_INET, SOCK_STREAM, 0);
    DWORD timeout = 2000;
    static char buffer[1 << 20];
    size_t used = 0;
    char *end;
    int count;

    memset(answer, 0, sizeof(*answer));
    address.sin_port = htons((u_short)server->port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, (const char *)&timeout, sizeof(timeout));
    if (!connect(connection, (struct sockaddr *)&address, sizeof(address)))
    {
        char request[1024];
        int size = __mingw_snprintf(request, sizeof(request),
                "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                "Connection: close\r\n%s\r\n",
                method, target, headers);

        send(connection, request, size, 0);
        while (used < sizeof(buffer) - 1
                && (count = recv(connection, buffer + used, (int)(sizeof(buffer) - 1 - used), 0))
                        > 0)
            used += (size_t)count;
        answer->complete = !count;
    }
    closesocket(connection);
    buffer[used] = 0;
    end = strstr(buffer, "\r\n\r\n");
    if (!end || strncmp(buffer, "HTTP/1.", 7))
        return;
    answer->status = atoi(buffer + 9);
    answer->body = (int)(used - (size_t)(end + 4 - buffer));
    answer->last = buffer[used - 1];
    end[2] = 0;
    __mingw_snprintf(answer->head, sizeof(answer->head), "%s", buffer);
}

/* The value of a header in a head, "" if it is not there. */
static const char *header_value(const struct answer *answer, const char *name)
{
    static char value[8][256];
    static unsigned int next;
    char *out = value[next++ % ARRAYSIZE(value)], pattern[64];
    const char *found;

    __mingw_snprintf(pattern, sizeof(pattern), "\r\n%s: ", name);
    found = strstr(answer->head, pattern);
    *out = 0;
    if (found)
        __mingw_snprintf(out, sizeof(value[0]), "%.*s",
                (int)strcspn(found + strlen(pattern), "\r\n"), found + strlen(pattern));
    return out;
}

#define EITHER (-1)

/* One server, one request, and what must come back. */
static void test_table(void)
{
    static const char range[] = "Range: bytes=1000-1999\r\n";
    static const struct
    {
        const char *options;
        const char *headers;
        int status;
        int body;
        int complete; /* or EITHER: a reset may come after everything has been read */
        const char *header;
        const char *value;
    } rows[] = {
            {"kind=normal", "", 200, 100000, true, "Content-Length", "100000"},
            {"kind=normal", range, 206, 1000, true, "Content-Range", "bytes 1000-1999/100000"},
            {"kind=normal", "Range: bytes=-10\r\n", 206, 10, true, "Content-Range",
                    "bytes 99990-99999/100000"},
            {"kind=normal", "Range: bytes=100000-\r\n", 416, 0, true, "Content-Range",
                    "bytes */100000"},
            {"kind=normal", "Range: bytes=0-9\r\nIf-Range: \"other\"\r\n", 200, 100000, true, NULL,
                    ""},
            {"kind=normal etag=abc", "Range: bytes=0-9\r\nIf-Range: \"abc\"\r\n", 206, 10, true,
                    "ETag", "\"abc\""},
            {"kind=normal etag=none modified=none", "", 200, 100000, true, "ETag", ""},
            {"kind=die_mid_body after=5000", "", 200, 5000, false, "Content-Length", "100000"},
            {"kind=die_mid_body after=50 mode=fin", "", 200, 50, true, "Content-Length", "100000"},
            {"kind=stall after=70", "", 200, 70, false, "Content-Length", "100000"},
            {"kind=slow rate=1000000", "", 200, 100000, true, NULL, ""},
            {"kind=no_content_length", "", 200, 100000, true, "Content-Length", ""},
            {"kind=long_length extra=7", "", 200, 100000, true, "Content-Length", "100007"},
            {"kind=short_length extra=7", "", 200, 100007, true, "Content-Length", "100000"},
            {"kind=ignore_range", range, 200, 100000, true, "Accept-Ranges", "bytes"},
            {"kind=no_ranges", range, 200, 100000, true, "Accept-Ranges", "none"},
            {"kind=wrong_range", range, 206, 999, true, "Content-Range", "bytes 1001-1999/100000"},
            {"kind=wrong_range mode=total shift=5", range, 206, 1000, true, "Content-Range",
                    "bytes 1000-1999/100005"},
            {"kind=wrong_range mode=end", range, 206, 999, true, "Content-Range",
                    "bytes 1000-1998/100000"},
            {"kind=wrong_range mode=header", range, 206, 1000, true, "Content-Range",
                    "bytes 1001-2000/100000"},
            {"kind=wrong_range mode=missing", range, 206, 1000, true, "Content-Range", ""},
            {"kind=range_416", range, 416, 0, true, NULL, ""},
            {"kind=redirect code=301 to=http://127.0.0.1:1/x", "", 301, 0, true, "Location",
                    "http://127.0.0.1:1/x"},
            {"kind=status code=503 retry_after=5", "", 503, 10, true, "Retry-After", "5"},
            {"kind=status code=503 on=range", "", 200, 100000, true, NULL, ""},
            {"kind=status code=503 on=range", range, 503, 10, true, NULL, ""},
            {"kind=huge_headers count=5 bytes=100", "", 200, 100000, true, "X-Filler-4",
                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
            {"kind=header_injection mode=nocolon", "", 200, 100000, true, NULL, ""},
            {"kind=header_injection mode=negative_length", "", 200, 100000, true, "Content-Length",
                    "-1"},
            {"kind=chunked chunk=50000", "", 200, 100000 + 2 * (4 + 2 + 2) + 5, true,
                    "Transfer-Encoding", "chunked"},
            {"kind=chunked mode=truncated after=100", "", 200, 100 + 6, true, "Transfer-Encoding",
                    "chunked"},
            {"kind=close", "", 0, 0, EITHER, NULL, ""},
            {"kind=close mode=accept", "", 0, 0, EITHER, NULL, ""},
            {"kind=close mode=fin", "", 0, 0, true, NULL, ""},
            {"kind=garbage", "", 0, 0, true, NULL, ""},
            {"kind=digest", "", 401, 0, true, NULL, ""},
            {"kind=basic", "Authorization: Basic dXNlcjpzZWNyZXQ=\r\n", 200, 100000, true, NULL,
                    ""},
            {"kind=basic", "", 401, 0, true, "WWW-Authenticate", "Basic realm=\"odd\""},
    };

    for (size_t i = 0; i < ARRAYSIZE(rows); i++)
    {
        struct harness_server server;
        struct harness_reply *log;
        struct answer answer;
        char options[256];

        __mingw_snprintf(options, sizeof(options), "size=100000 %s", rows[i].options);
        harness_server_start(&server, options);
        fetch(&server, "GET", "/file", rows[i].headers, &answer);
        is_int(answer.status, rows[i].status, "%s: status", rows[i].options);
        is_int(answer.body, rows[i].body, "%s: body", rows[i].options);
        if (rows[i].complete != EITHER)
            is_int(answer.complete, rows[i].complete, "%s: end", rows[i].options);
        if (rows[i].header)
            is_str(header_value(&answer, rows[i].header), rows[i].value, "%s: %s", rows[i].options,
                    rows[i].header);
        harness_server_stop(&server);
        log = harness_server_log(&server, 1);
        is_int(log->line_count, 1, "%s: logged", rows[i].options);
        harness_reply_free(log);
    }
}

static void test_changes(void)
{
    struct harness_server server;
    struct answer first, second;
    char condition[300];

    harness_server_start(&server, "kind=changes skip=1 size=1000");
    fetch(&server, "GET", "/f", "", &first);
    __mingw_snprintf(condition, sizeof(condition), "Range: bytes=10-\r\nIf-Range: %s\r\n",
            header_value(&first, "ETag"));
    fetch(&server, "GET", "/f", condition, &second);
    is_int(second.status, 200, "a changed file is sent whole");
    ok(strcmp(header_value(&first, "ETag"), header_value(&second, "ETag")), "with another ETag");
    ok(strcmp(header_value(&first, "Last-Modified"), header_value(&second, "Last-Modified")),
            "and another time");
    harness_server_stop(&server);
}

static void test_times_and_set(void)
{
    struct harness_server server;
    struct answer answer;

    harness_server_start(&server, "kind=status code=500 times=2 size=10");
    fetch(&server, "GET", "/f", "", &answer);
    is_int(answer.status, 500, "first time");
    fetch(&server, "GET", "/f", "", &answer);
    is_int(answer.status, 500, "second time");
    fetch(&server, "GET", "/f", "", &answer);
    is_int(answer.status, 200, "third time");
    harness_do("server set id=%d code=404 times=1", server.id);
    fetch(&server, "HEAD", "/f", "", &answer);
    is_int(answer.status, 404, "other options while it runs");
    fetch(&server, "GET", "/f?size=33&seed=9", "", &answer);
    is_int(answer.body, 33, "content by query");
    is_int(harness_server_requests(&server), 5, "requests counted");
    is_int(harness_server_connections(&server), 5, "connections counted");
    harness_server_stop(&server);
    fetch(&server, "GET", "/f", "", &answer);
    is_int(answer.status, 0, "a stopped server does not answer");
    harness_server_restart(&server, "");
    fetch(&server, "GET", "/f", "", &answer);
    is_int(answer.status, 200, "restarted on its port");
    harness_server_stop(&server);
}

static void test_proxy(void)
{
    struct harness_server proxy, nginx;
    struct harness_reply *log;
    struct answer answer;
    char target[100];

    harness_nginx_start(&nginx, "");
    harness_make_file(&nginx, "f", 12345, "1", NULL);
    harness_server_start(&proxy, "kind=proxy auth=user:secret");
    __mingw_snprintf(target, sizeof(target), "http://127.0.0.1:%d/f", nginx.port);
    fetch(&proxy, "GET", target, "", &answer);
    is_int(answer.status, 407, "a proxy that wants a password");
    fetch(&proxy, "GET", target, "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n", &answer);
    is_int(answer.status, 200, "with it, the server answers");
    is_int(answer.body, 12345, "with its file");
    log = harness_server_log(&proxy, 2);
    is_int(log->line_count, 2, "the proxy's log");
    if (log->line_count == 2)
        is_str(harness_text_value(log->lines[1], "uri"), target, "has the whole URI");
    harness_reply_free(log);
    fetch(&proxy, "GET", "http://192.0.2.1/", "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n",
            &answer);
    is_int(answer.status, 502, "nothing outside is reached");
    harness_server_stop(&proxy);
    harness_server_stop(&nginx);
}

static void test_nginx_paused(void)
{
    struct harness_server nginx;
    struct answer answer;

    harness_nginx_start(&nginx, "");
    harness_make_file(&nginx, "f", 10, "1", NULL);
    harness_do("nginx pause id=%d", nginx.id);
    fetch(&nginx, "GET", "/f", "", &answer);
    is_int(answer.status, 0, "a paused nginx accepts and is silent");
    harness_do("nginx continue id=%d", nginx.id);
    fetch(&nginx, "GET", "/f", "", &answer);
    is_int(answer.status, 200, "and goes on");
    harness_server_stop(&nginx);
}

static void test_options(void)
{
    struct harness_reply *reply = harness_request("server start kind=normal aftr=1");

    ok(!reply->ok, "unknown options are refused: %s", reply->text);
    harness_reply_free(reply);
    reply = harness_request("server start kind=nonsense");
    ok(!reply->ok, "unknown kinds are refused");
    harness_reply_free(reply);
    reply = harness_request("nginx start speed=1");
    ok(!reply->ok, "unknown options of nginx are refused: %s", reply->text);
    harness_reply_free(reply);
}

int main(void)
{
    harness_require();
    harness_do("ping");
    test_table();
    test_changes();
    test_times_and_set();
    test_proxy();
    test_nginx_paused();
    test_options();
    return done_testing();
}
