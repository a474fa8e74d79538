/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client's certificate (IHttpNegotiate3): who is asked, when and where, and what becomes of it.
 * Where WinINet takes none, as Wine's, the log says that it was offered one: the test runs in a
 * process of its own with a log.
 */
#include "harness.h"
#include "http_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wincrypt.h>

static BYTE serialized[8192];
static DWORD serialized_size;

/* Runs this program again with a log; its exit code. */
static DWORD run_with_log(void)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    WCHAR path[MAX_PATH];
    DWORD code = 1;

    SetEnvironmentVariableW(L"CONCIERGE_LOG", harness_scratch(L"log.txt"));
    GetModuleFileNameW(NULL, path, ARRAYSIZE(path));
    if (!CreateProcessW(path, NULL, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
        return 1;
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return code;
}

/* How many lines of the log have that text. */
static unsigned int logged(const char *text)
{
    FILE *file = _wfopen(harness_scratch(L"log.txt"), L"r");
    unsigned int count = 0;
    char line[1200];

    while (file && fgets(line, sizeof(line), file))
        count += strstr(line, text) != NULL;
    if (file)
        fclose(file);
    return count;
}

/* The test's authority serves as a certificate. */
static void serialize(void)
{
    struct harness_reply *reply = harness_demand("ca");
    const CERT_CONTEXT *context;
    WCHAR path[MAX_PATH];
    BYTE encoded[4096];
    DWORD size = 0;
    HANDLE file;

    MultiByteToWideChar(CP_UTF8, 0, harness_value(reply, "der"), -1, path, ARRAYSIZE(path));
    harness_reply_free(reply);
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    ReadFile(file, encoded, sizeof(encoded), &size, NULL);
    CloseHandle(file);
    context = CertCreateCertificateContext(X509_ASN_ENCODING, encoded, size);
    CertSerializeCertificateStoreElement(context, 0, NULL, &serialized_size);
    ok(serialized_size <= sizeof(serialized)
                    && CertSerializeCertificateStoreElement(context, 0, serialized,
                            &serialized_size),
            "a certificate of %lu bytes", serialized_size);
    CertFreeCertificateContext(context);
}

static struct sink *fetch(const struct harness_server *server, const BYTE *data, DWORD size)
{
    struct sink *sink = sink_create();

    sink->negotiates = TRUE;
    sink->certificate = data;
    sink->certificate_size = size;
    sink->flags |= BINDF_IGNORESECURITYPROBLEM;
    sink_fetch(sink, harness_url(server, L"x"));
    is_uint(sink->results, 1, "one result");
    is_uint(sink->certificates, 1, "asked once");
    return sink;
}

static void test_use(void)
{
    struct harness_server server;
    unsigned int refused = logged("takes no client's certificate"), none = logged("is none");
    struct sink *sink;
    BOOL taken;

    harness_server_start(&server, "kind=normal tls=1 client=optional size=1000 keepalive=off");
    sink = fetch(&server, serialized, serialized_size);
    is_hr(sink->result, S_OK, "a server that would like a certificate");
    is_uint(sink->received, 1000, "all of it");
    sink_release(sink);
    taken = logged("takes no client's certificate") == refused;
    note("WinINet takes certificates: %d", taken);
    ok(logged("is none") == none, "it is one");
    harness_server_stop(&server);

    harness_server_start(&server, "kind=normal tls=1 client=required size=1000 keepalive=off");
    sink = fetch(&server, serialized, serialized_size);
    if (taken)
        is_hr(sink->result, S_OK, "a server that insists on one");
    else
        is_hr(sink->result, INET_E_SECURITY_PROBLEM, "a server that insists on one");
    sink_release(sink);
    harness_server_stop(&server);
}

/* What a client gives may be anything. */
static void test_garbage(void)
{
    struct harness_server server;
    unsigned int none;

    harness_server_start(&server, "kind=normal tls=1 size=1000 keepalive=off");
    for (unsigned int i = 0; i < 4; i++)
    {
        static BYTE data[sizeof(serialized)];
        DWORD size = i == 0 ? 0 : i == 1 ? serialized_size / 2 : serialized_size;
        struct sink *sink;

        memcpy(data, serialized, sizeof(data));
        if (i == 2)
            memset(data + 8, 0xff, 4); /* the length of its first property */
        if (i == 3)
            memset(data, 0x55, size);
        none = logged("is none");
        sink = fetch(&server, data, size);
        is_hr(sink->result, S_OK, "without a certificate, %u", i);
        is_uint(logged("is none"), none + 1, "what was given is none");
        sink_release(sink);
    }
    harness_server_stop(&server);
}

int main(void)
{
    harness_require();
    if (builtin_lacks("IHttpNegotiate3"))
        return done_testing();
    if (!GetEnvironmentVariableW(L"CONCIERGE_LOG", NULL, 0))
        return (int)run_with_log();
    CoInitialize(NULL);
    serialize();
    test_use();
    test_garbage();
    tap_account_begin();
    test_use();
    test_garbage();
    tap_account_end("certificates");
    CoUninitialize();
    return done_testing();
}
