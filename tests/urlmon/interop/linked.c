/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that is linked with MinGW-w64's import library: W and A functions on a file; and the
 * exports that have only a number. */
#include <string.h>
#include <windows.h>
#include <urlmon.h>

#include "tap.h"

#define TEXT_OF_FILE "The text of the file."
#define URL "file:///C:/test/linked.txt"
#define WIDE_(text) L##text
#define WIDE(text) WIDE_(text)

static void check_stream(HRESULT hr, IStream *stream, const char *function)
{
    char text[64] = "";
    ULONG size = 0;

    is_hr(hr, S_OK, "%s", function);
    if (!stream)
        return;
    IStream_Read(stream, text, sizeof(text) - 1, &size);
    is_str(text, TEXT_OF_FILE, "what is read");
    IStream_Release(stream);
}

static void check_file(HRESULT hr, const char *name, const char *function)
{
    char text[64] = "";
    DWORD size = 0;
    HANDLE file;

    is_hr(hr, S_OK, "%s", function);
    file = CreateFileA(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    ReadFile(file, text, sizeof(text) - 1, &size, NULL);
    CloseHandle(file);
    is_str(text, TEXT_OF_FILE, "the file");
}

static void test_functions(void)
{
    static const char copy[] = "C:\\test\\copy.txt";
    WCHAR found[MAX_PATH] = L"", *mime = NULL;
    char found_a[MAX_PATH] = "", agent[512];
    IStream *stream = NULL;
    IMoniker *moniker = NULL;
    IUri *uri = NULL;
    DWORD size = 0, done;
    HANDLE file;

    CreateDirectoryW(L"C:\\test", NULL);
    file = CreateFileW(L"C:\\test\\linked.txt", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, TEXT_OF_FILE, sizeof(TEXT_OF_FILE) - 1, &done, NULL);
    CloseHandle(file);

    check_stream(URLOpenBlockingStreamA(NULL, URL, &stream, 0, NULL), stream,
            "URLOpenBlockingStreamA");
    stream = NULL;
    check_stream(URLOpenBlockingStreamW(NULL, WIDE(URL), &stream, 0, NULL), stream,
            "URLOpenBlockingStreamW");
    check_file(URLDownloadToFileA(NULL, URL, copy, 0, NULL), copy, "URLDownloadToFileA");
    DeleteFileA(copy);
    check_file(URLDownloadToFileW(NULL, WIDE(URL), L"C:\\test\\copy.txt", 0, NULL), copy,
            "URLDownloadToFileW");
    DeleteFileA(copy);
    is_hr(URLDownloadToCacheFileA(NULL, URL, found_a, MAX_PATH, 0, NULL), S_OK,
            "URLDownloadToCacheFileA");
    check_file(S_OK, found_a, "its file");
    is_hr(URLDownloadToCacheFileW(NULL, WIDE(URL), found, MAX_PATH, 0, NULL), S_OK,
            "URLDownloadToCacheFileW");
    is_hr(CreateURLMonikerEx(NULL, WIDE(URL), &moniker, URL_MK_UNIFORM), S_OK,
            "CreateURLMonikerEx");
    if (moniker)
        IMoniker_Release(moniker);
    is_hr(CreateUri(WIDE(URL), 0, 0, &uri), S_OK, "CreateUri");
    if (uri)
        IUri_Release(uri);
    is_hr(CoInternetParseUrl(WIDE(URL), PARSE_PATH_FROM_URL, 0, found, MAX_PATH, &size, 0), S_OK,
            "CoInternetParseUrl");
    is_wstr(found, L"C:\\test\\linked.txt", "the path");
    is_hr(FindMimeFromData(NULL, NULL, (void *)"GIF89a", 6, NULL, 0, &mime, 0), S_OK,
            "FindMimeFromData");
    is_wstr(mime, L"image/gif", "a picture");
    CoTaskMemFree(mime);
    size = sizeof(agent);
    is_hr(ObtainUserAgentString(0, agent, &size), S_OK, "ObtainUserAgentString");
    is_uint(size, strlen(agent) + 1, "its length");
    DeleteFileW(L"C:\\test\\linked.txt");
}

static void *by_number(unsigned int number)
{
    return (void *)GetProcAddress(GetModuleHandleW(L"urlmon.dll"), MAKEINTRESOURCEA(number));
}

static void test_numbers(void)
{
    static const WORD numbers[] = {108, 111, 328, 329, 331, 335, 350, 362, 363, 387, 410, 423, 444,
            445, 446, 455};
    static const DWORD no_modes[] = {0, 1, 4, 6, 12, 99};
    BOOL(WINAPI * is_hardened)(void) = by_number(108);
    BOOL(WINAPI * is_protected)(const WCHAR *) = by_number(111);
    HRESULT(WINAPI * agent_of)(const DWORD *, WCHAR **) = by_number(445);
    HRESULT(WINAPI * profile)(DWORD *) = by_number(446);
    DWORD mode = 11;
    WCHAR *text = NULL;

    for (unsigned int i = 0; i < ARRAYSIZE(numbers); i++)
        ok(by_number(numbers[i]) != NULL, "export %u", numbers[i]);
    if (!is_hardened || !is_protected || !agent_of || !profile)
        return;
    is_int(is_hardened(), FALSE, "108: no enhanced security");
    is_int(is_protected(L"http://www.example.com/"), TRUE, "111: not said otherwise");
    is_hr(agent_of(&mode, &text), S_OK, "445: mode 11");
    ok(text && !wcsncmp(text, L"Mozilla/5.0 (", 13) && wcsstr(text, L"rv:11.0) like Gecko"), "%s",
            tap_wstr(text));
    CoTaskMemFree(text);
    mode = 8;
    is_hr(agent_of(&mode, &text), S_OK, "445: mode 8");
    ok(text && wcsstr(text, L"MSIE 8.0;"), "%s", tap_wstr(text));
    CoTaskMemFree(text);
    for (unsigned int i = 0; i < ARRAYSIZE(no_modes); i++)
    {
        text = (WCHAR *)&mode;
        is_hr(agent_of(&no_modes[i], &text), E_FAIL, "445: mode %lu", no_modes[i]);
        is_ptr(text, NULL, "no text");
    }
    is_hr(profile(&mode), E_NOTIMPL, "446");
}

int main(void)
{
    CoInitialize(NULL);
    test_functions();
    test_numbers(); /* from the first question about zones on the registry is watched */
    tap_account_begin();
    test_numbers();
    tap_account_end("calls by number");
    CoUninitialize();
    return done_testing();
}
