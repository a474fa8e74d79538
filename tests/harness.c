/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests to the harness, and the servers and files it keeps. Processes: lib/harness_process.c. */

#include <winsock2.h>
#include <ws2tcpip.h>

#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <bcrypt.h>
#include <wincrypt.h>

#define REQUEST_MAX 8192
#define REPLY_TIMEOUT_MS 60000

/* The harness's port, or 0 where there is none. */
static unsigned short harness_port(void)
{
    char value[64];
    DWORD length = GetEnvironmentVariableA("CONCIERGE_HARNESS", value, sizeof(value));
    const char *colon;

    if (!length || length >= sizeof(value) || !(colon = strrchr(value, ':')))
        return 0;
    return (unsigned short)strtoul(colon + 1, NULL, 10);
}

void harness_require(void)
{
    if (!harness_port())
        skip_all("needs the server harness (CONCIERGE_HARNESS is not set)");
}

/* Connects to the harness. Returns INVALID_SOCKET if that fails. */
static SOCKET harness_connect(void)
{
    static LONG started;
    struct sockaddr_in address = {.sin_family = AF_INET};
    DWORD timeout = REPLY_TIMEOUT_MS;
    SOCKET connection;
    WSADATA data;

    if (!InterlockedExchange(&started, 1) && WSAStartup(MAKEWORD(2, 2), &data))
        return INVALID_SOCKET;
    connection = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (connection == INVALID_SOCKET)
        return connection;
    SetHandleInformation((HANDLE)connection, HANDLE_FLAG_INHERIT, 0);
    address.sin_port = htons(harness_port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, (const char *)&timeout, sizeof(timeout));
    if (connect(connection, (struct sockaddr *)&address, sizeof(address)))
    {
        closesocket(connection);
        return INVALID_SOCKET;
    }
    return connection;
}

/* Sends the line and reads until the harness closes, which it does once we have half-closed.
 * Returns malloc()ed text, or NULL. */
static char *harness_exchange(const char *request, int size)
{
    SOCKET connection = harness_connect();
    size_t used = 0, capacity = 0;
    char *text = NULL;
    int count = -1;

    if (connection == INVALID_SOCKET)
        return NULL;
    if (send(connection, request, size, 0) == size && !shutdown(connection, SD_SEND))
    {
        do
        {
            if (used + 4096 > capacity)
            {
                char *larger = realloc(text, capacity = capacity * 2 + 8192);

                if (!larger)
                    break;
                text = larger;
            }
            count = recv(connection, text + used, (int)(capacity - used - 1), 0);
            if (count > 0)
                used += (size_t)count;
        } while (count > 0);
    }
    closesocket(connection);
    if (count || !text)
    {
        free(text);
        return NULL;
    }
    text[used] = 0;
    return text;
}

/* Takes over text: "ok ..." or "err ...", and the lines after it. */
static struct harness_reply *reply_from_text(char *text)
{
    struct harness_reply *reply = calloc(1, sizeof(*reply));
    size_t newlines = 0;
    char *rest;

    if (!reply)
        bail_out("out of memory");
    reply->text = _strdup("no answer from the harness");
    if (!text)
        return reply;
    for (const char *p = text; *p; p++)
        newlines += *p == '\n';
    reply->lines = calloc(newlines + 1, sizeof(*reply->lines));
    rest = strchr(text, '\n');
    if (rest)
        *rest++ = 0;
    reply->ok = !strncmp(text, "ok", 2) && (!text[2] || text[2] == ' ');
    free(reply->text);
    reply->text = _strdup(strchr(text, ' ') ? strchr(text, ' ') + 1 : "");
    while (rest && *rest && reply->lines)
    {
        char *end = strchr(rest, '\n');

        if (end)
            *end = 0;
        reply->lines[reply->line_count++] = _strdup(rest);
        rest = end ? end + 1 : NULL;
    }
    free(text);
    return reply;
}

static struct harness_reply *request_send(const char *fmt, va_list args)
{
    char line[REQUEST_MAX];
    int size = __mingw_vsnprintf(line, sizeof(line) - 1, fmt, args);

    if (size < 0 || size >= (int)sizeof(line) - 1 || strpbrk(line, "\r\n"))
        return reply_from_text(_strdup("err the request is too long or has line breaks"));
    line[size++] = '\n';
    return reply_from_text(harness_exchange(line, size));
}

/* A refusal where none can be: one failed test, and the end. */
static void demand_ok(const struct harness_reply *reply, const char *what)
{
    if (reply->ok)
        return;
    fail("harness: %s: %s", what, reply->text);
    done_testing();
    ExitProcess(1);
}

struct harness_reply *harness_request(const char *fmt, ...)
{
    struct harness_reply *reply;
    va_list args;

    va_start(args, fmt);
    reply = request_send(fmt, args);
    va_end(args);
    return reply;
}

struct harness_reply *harness_demand(const char *fmt, ...)
{
    struct harness_reply *reply;
    va_list args;

    va_start(args, fmt);
    reply = request_send(fmt, args);
    va_end(args);
    demand_ok(reply, fmt);
    return reply;
}

void harness_do(const char *fmt, ...)
{
    struct harness_reply *reply;
    va_list args;

    va_start(args, fmt);
    reply = request_send(fmt, args);
    va_end(args);
    demand_ok(reply, fmt);
    harness_reply_free(reply);
}

void harness_reply_free(struct harness_reply *reply)
{
    if (!reply)
        return;
    for (unsigned int i = 0; i < reply->line_count; i++)
        free(reply->lines[i]);
    free(reply->lines);
    free(reply->text);
    free(reply);
}

const char *harness_text_value(const char *text, const char *key)
{
    static __thread char values[16][1024];
    static __thread unsigned int next;
    char *value = values[next++ % ARRAYSIZE(values)];
    size_t key_length = strlen(key);
    bool quoted = false, word_start = true;

    *value = 0;
    for (const char *p = text; *p; p++)
    {
        if (word_start && !quoted && !strncmp(p, key, key_length) && p[key_length] == '=')
        {
            const char *begin = p + key_length + 1;
            size_t length = *begin == '"' ? strcspn(++begin, "\"") : strcspn(begin, " ");

            if (length >= sizeof(values[0]))
                length = sizeof(values[0]) - 1;
            memcpy(value, begin, length);
            value[length] = 0;
            return value;
        }
        if (*p == '"')
            quoted = !quoted;
        word_start = *p == ' ';
    }
    return value;
}

const char *harness_value(const struct harness_reply *reply, const char *key)
{
    return harness_text_value(reply->text, key);
}

long long harness_number(const struct harness_reply *reply, const char *key)
{
    return strtoll(harness_value(reply, key), NULL, 10);
}

/* Wide text that lives in a ring, for the functions which return paths and URLs. */
static WCHAR *wide_scratch(void)
{
    static __thread WCHAR buffers[16][1024];
    static __thread unsigned int next;

    return buffers[next++ % ARRAYSIZE(buffers)];
}

static void server_fill(struct harness_server *server, const struct harness_reply *reply,
        const char *options)
{
    const char *tls = harness_text_value(options, "tls");

    server->id = (int)harness_number(reply, "id");
    server->port = (int)harness_number(reply, "port");
    server->is_secure = *tls && strcmp(tls, "0");
    MultiByteToWideChar(CP_UTF8, 0, harness_value(reply, "root"), -1, server->root,
            ARRAYSIZE(server->root));
    __mingw_snprintf(server->sha256, sizeof(server->sha256), "%s", harness_value(reply, "sha256"));
}

void harness_nginx_start(struct harness_server *server, const char *options)
{
    struct harness_reply *reply = harness_request("nginx start %s", options);

    demand_ok(reply, "nginx start");
    memset(server, 0, sizeof(*server));
    server->is_nginx = true;
    server_fill(server, reply, options);
    harness_reply_free(reply);
}

void harness_server_start(struct harness_server *server, const char *options)
{
    struct harness_reply *reply = harness_request("server start %s", options);

    demand_ok(reply, "server start");
    memset(server, 0, sizeof(*server));
    server_fill(server, reply, options);
    harness_reply_free(reply);
}

static const char *server_kind(const struct harness_server *server)
{
    return server->is_nginx ? "nginx" : "server";
}

void harness_server_stop(const struct harness_server *server)
{
    harness_do("%s stop id=%d", server_kind(server), server->id);
}

void harness_server_kill(const struct harness_server *server)
{
    harness_do("%s %s id=%d", server_kind(server), server->is_nginx ? "kill" : "stop", server->id);
}

void harness_server_restart(const struct harness_server *server, const char *options)
{
    harness_do("%s restart id=%d %s", server_kind(server), server->id, options);
}

struct harness_reply *harness_server_log(const struct harness_server *server,
        unsigned int min_lines)
{
    return harness_demand("%s log id=%d wait=%u", server_kind(server), server->id, min_lines);
}

void harness_server_log_clear(const struct harness_server *server)
{
    harness_do("%s clear id=%d", server_kind(server), server->id);
}

static unsigned int server_figure(const struct harness_server *server, const char *name)
{
    struct harness_reply *reply = harness_demand("%s stats id=%d", server_kind(server), server->id);
    unsigned int value = (unsigned int)harness_number(reply, name);

    harness_reply_free(reply);
    return value;
}

unsigned int harness_server_requests(const struct harness_server *server)
{
    return server_figure(server, "requests");
}

unsigned int harness_server_connections(const struct harness_server *server)
{
    return server_figure(server, "connections");
}

const WCHAR *harness_url(const struct harness_server *server, const WCHAR *name)
{
    WCHAR *url = wide_scratch();

    while (*name == '/')
        name++;
    _snwprintf(url, 1023, L"%ls:%d/%ls",
            server->is_secure ? L"https://localhost" : L"http://127.0.0.1", server->port, name);
    url[1023] = 0;
    return url;
}

void harness_make_file(const struct harness_server *server, const char *name,
        unsigned long long size, const char *seed, char sha256[HARNESS_SHA256])
{
    struct harness_reply *reply = harness_demand("file id=%d name=\"%s\" size=%llu seed=\"%s\"",
            server->id, name, size, seed);

    if (sha256)
        __mingw_snprintf(sha256, HARNESS_SHA256, "%s", harness_value(reply, "sha256"));
    harness_reply_free(reply);
}

void harness_rewrite_file(const struct harness_server *server, const char *name,
        char sha256[HARNESS_SHA256])
{
    struct harness_reply *reply = harness_demand("rewrite id=%d name=\"%s\"", server->id, name);

    if (sha256)
        __mingw_snprintf(sha256, HARNESS_SHA256, "%s", harness_value(reply, "sha256"));
    harness_reply_free(reply);
}

bool harness_sha256_file(const WCHAR *path, char sha256[HARNESS_SHA256])
{
    const DWORD buffer_size = 1 << 20;
    BCRYPT_ALG_HANDLE algorithm = NULL;
    BCRYPT_HASH_HANDLE hash = NULL;
    UCHAR digest[32], *buffer = NULL;
    DWORD count = 0;
    bool done = false;
    HANDLE file;

    *sha256 = 0;
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    buffer = malloc(buffer_size);
    if (buffer && !BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_SHA256_ALGORITHM, NULL, 0)
            && !BCryptCreateHash(algorithm, &hash, NULL, 0, NULL, 0, 0))
    {
        while ((done = ReadFile(file, buffer, buffer_size, &count, NULL)) && count)
            BCryptHashData(hash, buffer, count, 0);
        done = done && !BCryptFinishHash(hash, digest, sizeof(digest), 0);
    }
    if (hash)
        BCryptDestroyHash(hash);
    if (algorithm)
        BCryptCloseAlgorithmProvider(algorithm, 0);
    free(buffer);
    CloseHandle(file);
    for (unsigned int i = 0; done && i < sizeof(digest); i++)
        __mingw_snprintf(sha256 + 2 * i, 3, "%02x", digest[i]);
    return done;
}

bool harness_is_file_sha256(const char *file, int line, const WCHAR *path, const char *sha256,
        const char *fmt, ...)
{
    char got[HARNESS_SHA256], text[1024];
    va_list args;

    va_start(args, fmt);
    __mingw_vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (!harness_sha256_file(path, got))
    {
        tap_ok(file, line, false, "%s", text);
        note("cannot read %s (error %lu)", tap_wstr(path), GetLastError());
        return false;
    }
    return tap_is_str(file, line, got, sha256, "%s", text);
}

/* Joins a folder, which ends with a backslash or not, and a name. */
static const WCHAR *path_join(WCHAR *path, const WCHAR *name)
{
    size_t length = wcslen(path);

    if (length && path[length - 1] != '\\')
        path[length++] = '\\';
    _snwprintf(path + length, 1023 - length, L"%ls", name);
    path[1023] = 0;
    return path;
}

const WCHAR *harness_scratch(const WCHAR *name)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    static WCHAR folder[MAX_PATH];
    WCHAR *path = wide_scratch();
    BOOL pending;

    if (InitOnceBeginInitialize(&once, 0, &pending, NULL) && pending)
    {
        GetCurrentDirectoryW(ARRAYSIZE(folder), folder);
        InitOnceComplete(&once, 0, NULL);
    }
    wcscpy(path, folder);
    return path_join(path, name);
}

const WCHAR *harness_sibling(const WCHAR *name)
{
    WCHAR *path = wide_scratch(), *slash;

    if (!GetModuleFileNameW(NULL, path, MAX_PATH) || !(slash = wcsrchr(path, '\\')))
        return name;
    slash[1] = 0;
    return path_join(path, name);
}

bool harness_trust_ca(bool machine)
{
    struct harness_reply *reply = harness_demand("ca");
    WCHAR path[MAX_PATH];
    BYTE encoded[4096];
    DWORD size = 0;
    HCERTSTORE store;
    bool added = false;
    HANDLE file;

    MultiByteToWideChar(CP_UTF8, 0, harness_value(reply, "der"), -1, path, ARRAYSIZE(path));
    harness_reply_free(reply);
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    if (!ReadFile(file, encoded, sizeof(encoded), &size, NULL))
        size = 0;
    CloseHandle(file);
    store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
            machine ? CERT_SYSTEM_STORE_LOCAL_MACHINE : CERT_SYSTEM_STORE_CURRENT_USER, L"Root");
    if (store)
    {
        added = CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, encoded, size,
                CERT_STORE_ADD_REPLACE_EXISTING, NULL);
        CertCloseStore(store, 0);
    }
    return added;
}
