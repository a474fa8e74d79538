/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* URLDownloadToFile, URLDownloadToCacheFile and code download, by their pages. */
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>
#include <urlmon.h>

#include "../binding/client.h"
#include "harness.h"
#include "tap.h"

#define SIZE 3000017

static IBindStatusCallback *callback_of(struct client *client)
{
    return (IBindStatusCallback *)&client->IBindStatusCallbackEx_iface;
}

static IBindStatusCallback *client_init(struct client *client)
{
    client_open(client);
    return callback_of(client);
}

/* Ends the download when the data begin. */
static void abort_at_data(struct client *client, ULONG code)
{
    if (code == BINDSTATUS_BEGINDOWNLOADDATA)
    {
        client->progress_result = E_ABORT;
        client->quiet = TRUE;
    }
}

static struct harness_server server;
static char sha256[HARNESS_SHA256];

static BOOL file_exists(const WCHAR *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

/* How many files there are in a folder, besides the two that each has. */
static unsigned int files_in(const WCHAR *folder)
{
    WCHAR pattern[MAX_PATH];
    WIN32_FIND_DATAW data;
    unsigned int count = 0;
    HANDLE find;

    swprintf(pattern, MAX_PATH, L"%ls\\*", folder);
    find = FindFirstFileW(pattern, &data);
    if (find == INVALID_HANDLE_VALUE)
        return 0;
    do
    {
        count += !(data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
    } while (FindNextFileW(find, &data));
    FindClose(find);
    return count;
}

static void write_file(const WCHAR *path, const char *text)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD written;

    WriteFile(file, text, strlen(text), &written, NULL);
    CloseHandle(file);
}

static BOOL file_is(const WCHAR *path, const char *text)
{
    char buffer[64] = "";
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    DWORD read = 0;

    ReadFile(file, buffer, sizeof(buffer) - 1, &read, NULL);
    CloseHandle(file);
    return !strcmp(buffer, text);
}

static void test_file(void)
{
    const WCHAR *path = harness_scratch(L"out\\file.bin");
    char ansi_url[MAX_PATH], ansi_path[MAX_PATH];
    WCHAR file_url[MAX_PATH + 16];
    struct client client;

    CreateDirectoryW(harness_scratch(L"out"), NULL);
    DeleteFileW(harness_scratch(L"out\\ansi.bin"));
    DeleteFileW(harness_scratch(L"out\\copy.bin"));
    DeleteFileW(harness_scratch(L"out\\empty"));
    is_hr(URLDownloadToFileW(NULL, NULL, path, 0, NULL), E_INVALIDARG, "no URL");
    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"data.bin"), path, 0, NULL), S_OK,
            "without callback");
    is_file_sha256(path, sha256, "the file");

    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"data.bin"), path, 0,
                  client_init(&client)),
            S_OK, "with a callback, over the file that is there");
    is_file_sha256(path, sha256, "the file");
    is_uint(client.starts, 1, "OnStartBinding");
    ok(client.progresses >= 3, "OnProgress (%u)", client.progresses);
    is_uint(client.progress, SIZE, "the last one says how much it was");
    is_uint(client.datas, 0, "no OnDataAvailable: the data are not the client's");
    is_uint(client.stops, 1, "OnStopBinding");
    is_hr(client.result, S_OK, "with the result");
    is_uint(client.negotiates, 1, "the client's IHttpNegotiate is asked");
    client_check(&client, "with a callback");
    client_close(&client, "with a callback");
    is_uint(files_in(harness_scratch(L"out")), 1, "and there is one file");

    client_init(&client);
    client.info_result = E_NOTIMPL;
    client.start_result = E_NOTIMPL;
    DeleteFileW(path);
    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"data.bin"), path, 0,
                  callback_of(&client)),
            S_OK, "a callback of stubs");
    is_file_sha256(path, sha256, "the file");
    client_close(&client, "a callback of stubs");

    sprintf(ansi_url, "%ls", harness_url(&server, L"data.bin"));
    sprintf(ansi_path, "%ls", harness_scratch(L"out\\ansi.bin"));
    is_hr(URLDownloadToFileA(NULL, ansi_url, ansi_path, 0, NULL), S_OK, "URLDownloadToFileA");
    is_file_sha256(harness_scratch(L"out\\ansi.bin"), sha256, "the file");

    swprintf(file_url, ARRAYSIZE(file_url), L"file:///%ls", path);
    is_hr(URLDownloadToFileW(NULL, file_url, harness_scratch(L"out\\copy.bin"), 0, NULL), S_OK,
            "a file URL");
    is_file_sha256(harness_scratch(L"out\\copy.bin"), sha256, "the file");

    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"empty"), harness_scratch(L"out\\empty"),
                  0, NULL),
            S_OK, "an empty file");
    ok(file_is(harness_scratch(L"out\\empty"), ""), "is made");
}

static void test_failures(void)
{
    const WCHAR *path = harness_scratch(L"fail\\file.bin");
    struct harness_server dying;
    struct client client;
    HRESULT hr;

    CreateDirectoryW(harness_scratch(L"fail"), NULL);
    client_init(&client);
    client.no_negotiate = TRUE;
    hr = URLDownloadToFileW(NULL, harness_url(&server, L"missing"), path, 0, callback_of(&client));
    ok(FAILED(hr), "what the server has not: %s", tap_hr(hr));
    is_uint(client.stops, 1, "OnStopBinding");
    is_hr(client.result, hr, "with the same error");
    client_close(&client, "what the server has not");
    ok(!file_exists(path), "no file");

    hr = URLDownloadToFileW(NULL, harness_url(&server, L"data.bin"),
            harness_scratch(L"no\\such\\folder\\file"), 0, NULL);
    is_hr(hr, INET_E_DOWNLOAD_FAILURE, "a folder that there is not");
    hr = URLDownloadToFileW(NULL, L"nobodyhasthis://x/y", path, 0, NULL);
    ok(FAILED(hr), "a protocol that there is not: %s", tap_hr(hr));

    client_init(&client);
    client.on_progress = abort_at_data;
    write_file(path, "old");
    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"data.bin"), path, 0,
                  callback_of(&client)),
            E_ABORT, "E_ABORT from OnProgress");
    is_uint(client.stops, 1, "OnStopBinding");
    is_hr(client.result, E_ABORT, "E_ABORT");
    client_check(&client, "E_ABORT from OnProgress");
    client_close(&client, "E_ABORT from OnProgress");
    ok(file_is(path, "old"), "the file that was there stays");
    is_uint(files_in(harness_scratch(L"fail")), 1, "and nothing else is left");

    client_init(&client);
    client.start_result = E_ABORT;
    is_hr(URLDownloadToFileW(NULL, harness_url(&server, L"data.bin"), path, 0,
                  callback_of(&client)),
            E_ABORT, "E_ABORT from OnStartBinding");
    client_close(&client, "E_ABORT from OnStartBinding");
    ok(file_is(path, "old"), "the file that was there stays");

    /* With a validator the rest would be fetched. */
    harness_server_start(&dying,
            "kind=die_mid_body after=2500000 size=3000000 etag=none modified=none");
    hr = URLDownloadToFileW(NULL, harness_url(&dying, L"x"), path, 0, NULL);
    ok(FAILED(hr), "a server that dies: %s", tap_hr(hr));
    ok(file_is(path, "old"), "the file that was there stays");
    DeleteFileW(path);
    hr = URLDownloadToFileW(NULL, harness_url(&dying, L"x"), path, 0, NULL);
    ok(FAILED(hr), "and again: %s", tap_hr(hr));
    is_uint(files_in(harness_scratch(L"fail")), 0, "nothing is left");
    harness_server_stop(&dying);
}

static void test_cache_file(void)
{
    char ansi_url[MAX_PATH], ansi_name[MAX_PATH];
    struct client client;
    WCHAR name[MAX_PATH];

    is_hr(URLDownloadToCacheFileW(NULL, harness_url(&server, L"data.bin"), NULL, MAX_PATH, 0, NULL),
            E_INVALIDARG, "no place for the name");
    is_hr(URLDownloadToCacheFileW(NULL, harness_url(&server, L"data.bin"), name, MAX_PATH, 0,
                  client_init(&client)),
            S_OK, "URLDownloadToCacheFile");
    is_file_sha256(name, sha256, "the file");
    is_uint(client.stops, 1, "OnStopBinding");
    client_check(&client, "URLDownloadToCacheFile");
    client_close(&client, "URLDownloadToCacheFile");
    is_hr(URLDownloadToCacheFileW(NULL, harness_url(&server, L"data.bin"), name, 3, 0, NULL),
            E_OUTOFMEMORY, "no room for the name");
    sprintf(ansi_url, "%ls", harness_url(&server, L"data.bin"));
    is_hr(URLDownloadToCacheFileA(NULL, ansi_url, ansi_name, MAX_PATH, 0, NULL), S_OK,
            "URLDownloadToCacheFileA");
    MultiByteToWideChar(CP_ACP, 0, ansi_name, -1, name, MAX_PATH);
    is_file_sha256(name, sha256, "the file");
    ok(FAILED(URLDownloadToCacheFileW(NULL, harness_url(&server, L"missing"), name, MAX_PATH, 0,
               NULL)),
            "what the server has not");
    client_init(&client);
    client.on_progress = abort_at_data;
    is_hr(URLDownloadToCacheFileW(NULL, harness_url(&server, L"data.bin?2"), name, MAX_PATH, 0,
                  callback_of(&client)),
            E_ABORT, "E_ABORT from OnProgress");
    client_close(&client, "E_ABORT from OnProgress");
}

/* What is not installed is not installed from a URL either. */
static void test_code(void)
{
    static const CLSID nobody = {0x33333333, 3, 3, {3, 3, 3, 3, 3, 3, 3, 3}};
    IUnknown *object = (void *)1;

    is_hr(CoGetClassObjectFromURL(&nobody, harness_url(&server, L"code.cab"), 0, 0, NULL, NULL,
                  CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, (void **)&object),
            INET_E_CODE_DOWNLOAD_DECLINED, "CoGetClassObjectFromURL with a URL");
    is_ptr(object, NULL, "no object");
    is_hr(CoGetClassObjectFromURL(&nobody, NULL, 0, 0, NULL, NULL, CLSCTX_INPROC_SERVER, NULL,
                  &IID_IClassFactory, (void **)&object),
            REGDB_E_CLASSNOTREG, "without one");
    is_hr(CoGetClassObjectFromURL(&CLSID_StdURLMoniker, NULL, 0, 0, NULL, NULL,
                  CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, (void **)&object),
            S_OK, "a class that is installed");
    IUnknown_Release(object);
    is_hr(HlinkGoBack(NULL), E_INVALIDARG, "HlinkGoBack(NULL)");
    is_hr(HlinkSimpleNavigateToString(NULL, L"x", NULL, NULL, NULL, NULL, 0, 0), E_INVALIDARG,
            "a location without document");
}

int main(void)
{
    harness_require();
    if (builtin_lacks("several of these, and files that stay on failure"))
        return done_testing();
    CoInitialize(NULL);
    harness_nginx_start(&server, "");
    harness_make_file(&server, "data.bin", SIZE, "download", sha256);
    harness_make_file(&server, "empty", 0, "empty", NULL);
    test_file();
    test_failures();
    test_cache_file();
    test_code();
    tap_account_begin();
    for (int i = 0; i < 3; i++)
    {
        test_file();
        test_failures();
        test_cache_file();
    }
    pump_messages(200);
    tap_account_end("downloads");
    harness_server_stop(&server);
    CoUninitialize();
    return done_testing();
}
