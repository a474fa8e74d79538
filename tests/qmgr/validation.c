/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of files that a job takes and refuses: BG_FILE_INFO, IBackgroundCopyJob::AddFile. */
#include "bits_client.h"

#include <stdio.h>
#include <wchar.h>

static HRESULT add(IBackgroundCopyJob *job, const WCHAR *remote, const WCHAR *local)
{
    return IBackgroundCopyJob_AddFile(job, remote, local);
}

static void test_remote_names(IBackgroundCopyJob *job)
{
    static const WCHAR *const good[] = {
            L"http://server/file",
            L"HTTP://server/file",
            L"https://server/a/b/file.ext?query=1&x=%20",
            L"http://server:8080/file",
            L"http://[::1]:8080/file",
            L"file:///c:/folder/file",
            L"file://server/share/file",
            L"\\\\server\\share\\file",
    };
    static const WCHAR *const bad[] = {
            L"",
            L"file",
            L"/file",
            L"server/file",
            L"http:",
            L"http://",
            L"http:///file",
            L"://server/file",
            L"gopher://server/file",
            L"ftp://server/file",
            L"javascript:alert(1)",
            L"http://server/a b",
            L"http://server/\r\nHost: evil",
            L"http://server/<a>",
            L"\\\\server\\share\\*.txt",
            L"file:///c:/folder/a?b",
            L"http://server:99999/file",
            L"\\\\server",
    };
    static WCHAR text[3000];
    ULONG before;

    for (unsigned int i = 0; i < ARRAYSIZE(good); i++)
        is_hr(add(job, good[i], bits_path(L"x")), S_OK, "%s", tap_wstr(good[i]));
    before = bits_file_count(job);
    todo_builtin("hardly checked")
    {
        for (unsigned int i = 0; i < ARRAYSIZE(bad); i++)
            is_hr(add(job, bad[i], bits_path(L"x")), E_INVALIDARG, "%s", tap_wstr(bad[i]));
    }
    ok(FAILED(add(job, NULL, bits_path(L"x"))), "no URL");

    /* "The URL is limited to 2,200 characters"; "Each segment of the URL is limited to MAX_PATH" */
    wcscpy(text, L"http://server/");
    while (wcslen(text) < 2200)
        wcscat(text, wcslen(text) % 100 ? L"a" : L"/");
    todo_builtin("not checked")
    {
        is_hr(add(job, text, bits_path(L"x")), S_OK, "a URL of 2,200 characters");
        wcscat(text, L"a");
        is_hr(add(job, text, bits_path(L"x")), E_INVALIDARG, "one more");
        swprintf(text, ARRAYSIZE(text), L"http://server/%ls", bits_long_text(MAX_PATH + 1));
        is_hr(add(job, text, bits_path(L"x")), E_INVALIDARG, "a segment longer than MAX_PATH");
        is_uint(bits_file_count(job), before + 1, "what was refused is not in the job");
    }
}

static void test_local_names(IBackgroundCopyJob *job)
{
    static const WCHAR *const bad[] = {
            L"",
            L"file",
            L"folder\\file",
            L".\\file",
            L"C:",
            L"C:\\",
            L"C:file",
            L"\\file",
            L"\\\\?\\C:\\file",
            L"\\\\.\\pipe\\x",
            L"\\\\server\\share",
            L"\\\\server\\share\\",
            L"C:\\windows\\",
            L"C:\\windows\\..",
            L"C:\\..\\file",
            L"C:\\a\\..\\..\\file",
            L"C:\\windows\\*.txt",
            L"C:\\windows\\a?b",
            L"C:\\windows\\a|b",
            L"C:\\windows\\a<b",
            L"C:\\windows\\a>b",
            L"C:\\windows\\a\"b",
            L"C:\\windows\\file:stream",
            L"C:\\windows\\a\x01"
            L"b",
            L"C:\\windows\\dot.",
            L"C:\\windows\\space ",
            L"C:\\windows\\CON",
            L"C:\\windows\\con.txt",
            L"C:\\windows\\NUL",
            L"C:\\windows\\aux .c",
            L"C:\\windows\\COM1",
            L"C:\\windows\\lpt9.log",
            L"C:\\windows\\CONIN$",
            L"C:\\NUL\\file",
            L"1:\\file",
    };
    WCHAR text[MAX_PATH * 2];
    ULONG before = bits_file_count(job);
    DWORD length;

    todo_builtin("hardly checked")
    {
        for (unsigned int i = 0; i < ARRAYSIZE(bad); i++)
            is_hr(add(job, BITS_URL L"x", bad[i]), E_INVALIDARG, "%s", tap_wstr(bad[i]));
        is_hr(add(job, BITS_URL L"x", L"C:\\windows"), E_INVALIDARG, "a directory");
        ok(FAILED(add(job, BITS_URL L"x", NULL)), "no local name");
        /* "directories in the path must exist" */
        is_hr(add(job, BITS_URL L"x", bits_path(L"missing\\file")),
                HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND), "a folder that does not exist");
        is_uint(bits_file_count(job), before, "none of them is in the job");
        length = (DWORD)wcslen(wcscpy(text, bits_path(L"")));
        swprintf(text + length, ARRAYSIZE(text) - length, L"%ls",
                bits_long_text(MAX_PATH + 1 - length));
        is_hr(add(job, BITS_URL L"x", text), E_INVALIDARG, "a path longer than MAX_PATH");
    }
    is_hr(add(job, BITS_URL L"x", bits_path(L"com10.txt")), S_OK, "COM10 is no device");
    is_hr(add(job, BITS_URL L"x", bits_path(L"conference")), S_OK, "nor is a word with CON");
    is_hr(add(job, BITS_URL L"x", bits_path(L".hidden")), S_OK, "a dot at the beginning");
    is_hr(add(job, BITS_URL L"x", bits_path(L"\x263a \xe4.txt")), S_OK, "any other character");
}

static unsigned int count_files(void)
{
    WIN32_FIND_DATAW data;
    HANDLE find = FindFirstFileW(L"*", &data);
    unsigned int count = 0;

    if (find == INVALID_HANDLE_VALUE)
        return 0;
    do
        count++;
    while (FindNextFileW(find, &data));
    FindClose(find);
    return count;
}

static BOOL file_has(const WCHAR *name, const char *expected)
{
    HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    char data[32] = "";
    DWORD size = 0;

    if (file == INVALID_HANDLE_VALUE)
        return FALSE;
    ReadFile(file, data, sizeof(data) - 1, &size, NULL);
    CloseHandle(file);
    return !strcmp(data, expected);
}

/* Adding a file neither makes nor changes anything in the folder. */
static void test_no_traces(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"traces");
    HANDLE file;
    DWORD written;
    unsigned int before;

    file = CreateFileW(L"existing.txt", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, "precious", 8, &written, NULL);
    CloseHandle(file);
    before = count_files();
    is_hr(add(job, BITS_URL L"x", bits_path(L"existing.txt")), S_OK, "a file that exists");
    is_hr(add(job, BITS_URL L"x", bits_path(L"new.txt")), S_OK, "a file that does not");
    is_uint(count_files(), before, "the folder is as before");
    ok(file_has(L"existing.txt", "precious"), "and so is the file");

    file = CreateFileW(L"existing.txt", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    is_hr(add(job, BITS_URL L"x", bits_path(L"existing.txt")), S_OK,
            "a file that another program has open just now");
    CloseHandle(file);

    SetFileAttributesW(L"existing.txt", FILE_ATTRIBUTE_READONLY);
    todo_builtin("not checked")
        is_hr(add(job, BITS_URL L"x", bits_path(L"existing.txt")), E_ACCESSDENIED,
                "a file that may not be written");
    SetFileAttributesW(L"existing.txt", FILE_ATTRIBUTE_NORMAL);
    is_hr(IBackgroundCopyJob_Cancel(job), S_OK, "Cancel");
    is_uint(count_files(), before, "the folder is still as before");
    ok(file_has(L"existing.txt", "precious"), "and so is the file");
    IBackgroundCopyJob_Release(job);
    DeleteFileW(L"existing.txt");
}

int main(void)
{
    IBackgroundCopyJob *job;

    bits_open();
    todo_builtin("Wine has only parts of this")
    {
        job = bits_job_new(L"names");
        test_remote_names(job);
        test_local_names(job);
        bits_job_drop(job);
        test_no_traces();
    }
    bits_close();
    return done_testing();
}
