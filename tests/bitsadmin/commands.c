/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The commands of bitsadmin.exe, other than /TRANSFER: syntax, output, errors and exit codes, after
 * the "bitsadmin" pages of the Windows Commands reference. */

#include "tool.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

TAP_TIME_LIMIT(180);

static void test_usage(void)
{
    static const WCHAR *const ways[] = {L"", L"/?", L"/HELP", L"-help", L"/nowrap /Help"};
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(ways); ++i)
    {
        tool_exits(TOOL_DONE, L"%ls", ways[i]);
        tool_printed("/TRANSFER name");
    }
    tool_printed("BITSADMIN version");
    tool_printed("/GETSTATE job");
    tool_printed("/SETPRIORITY job FOREGROUND|HIGH|NORMAL|LOW");

    tool_exits(TOOL_USAGE, L"/frobnicate");
    tool_complained("Invalid command \"/frobnicate\"");
    tool_exits(TOOL_USAGE, L"list");
    tool_exits(TOOL_USAGE, L"/getproxysettings x");
    tool_complained("Invalid command");
    tool_exits(TOOL_USAGE, L"/resume");
    tool_complained("Usage: bitsadmin /resume job");
    tool_exits(TOOL_USAGE, L"/resume a b");
    tool_complained("Too many arguments");
    tool_exits(TOOL_USAGE, L"/setpriority x");
    tool_complained("Usage: bitsadmin /setpriority job FOREGROUND|HIGH|NORMAL|LOW");
    tool_exits(TOOL_USAGE, L"/list /everything");
    tool_exits(TOOL_USAGE, L"/monitor /refresh");
    tool_exits(TOOL_USAGE, L"/monitor /refresh 0");
    tool_exits(TOOL_USAGE, L"/create /sideload x");
    tool_exits(TOOL_USAGE, L"/util /versions");
    tool_exits(TOOL_USAGE, L"/create {00000000-0000-0000-0000-000000000001}");
}

static void test_create_and_find(void)
{
    WCHAR second[40], other[40];
    char narrow[40];

    tool_exits(TOOL_DONE, L"/list");
    tool_printed("Listed 0 job(s).");

    tool_exits(TOOL_DONE, L"/Create \"twice\"");
    tool_printed("Created job {");
    tool_printed("BITSADMIN version");
    tool_create_job(L"twice", second);
    tool_did_not_print("BITSADMIN");
    tool_did_not_print("\n");
    tool_create_job(L"one of a kind", other);

    tool_exits(TOOL_DONE, L"/list");
    tool_printed(" twice SUSPENDED 0 / 0 0 / ");
    tool_printed(" one of a kind SUSPENDED 0 / 0 0 / ");
    tool_printed("Listed 3 job(s).");

    /* By name, by GUID, in another case; never a guess between two. */
    tool_returns("SUSPENDED", L"/getstate \"one of a kind\"");
    tool_returns("SUSPENDED", L"-GetState %ls", other);
    tool_returns("SUSPENDED", L"/GETSTATE \"One Of A Kind\"");
    tool_exits(TOOL_FAILED, L"/getstate twice");
    tool_complained("Found 2 jobs named \"twice\"");
    WideCharToMultiByte(CP_UTF8, 0, second, -1, narrow, sizeof(narrow), NULL, NULL);
    tool_complained(narrow);
    tool_exits(TOOL_FAILED, L"/getstate nobody");
    tool_complained("Unable to find job named \"nobody\"");
    tool_exits(TOOL_FAILED, L"/cancel {01234567-89ab-cdef-0123-456789abcdef}");
    tool_complained("Unable to find job {01234567-89ab-cdef-0123-456789abcdef} - 0x80200001");

    todo_builtin("no SetDisplayName; canceled jobs stay in the list")
    {
        tool_exits(TOOL_DONE, L"/setdisplayname %ls first", second);
        tool_returns("SUSPENDED", L"/getstate twice");

        tool_exits(TOOL_DONE, L"/cancel twice");
        tool_printed("Job canceled.");
        tool_exits(TOOL_DONE, L"/cancel first");
        tool_exits(TOOL_DONE, L"/list");
        tool_printed("Listed 1 job(s).");
    }
    tool_exits(TOOL_DONE, L"/cancel %ls", other);
}

static void test_properties(void)
{
    WCHAR id[40];

    tool_create_job(L"properties", id);
    tool_returns("DOWNLOAD", L"/gettype properties");
    tool_returns("NORMAL", L"/getpriority properties");
    tool_exits(TOOL_DONE, L"/SetPriority properties high");
    tool_printed("Priority set to high.");
    tool_returns("HIGH", L"/getpriority properties");
    tool_exits(TOOL_USAGE, L"/setpriority properties urgent");
    tool_complained("Invalid priority \"urgent\"");
    tool_returns("HIGH", L"/getpriority properties");
    tool_exits(TOOL_DONE, L"/getpriority properties");
    tool_printed("\nHIGH\n");

    tool_returns("", L"/getdescription properties");
    tool_exits(TOOL_DONE, L"/setdescription properties \"two words\"");
    tool_returns("two words", L"/getdescription properties");
    tool_exits(TOOL_DONE, L"/rawreturn /setdescription properties three");
    is_str(tool_output, "", "a set in raw mode prints nothing");
    tool_exits(TOOL_DONE, L"/setdisplayname properties \"\u00c4 \u6587\u4ef6\"");
    tool_returns("\xc3\x84 \xe6\x96\x87\xe4\xbb\xb6", L"/getdisplayname %ls", id);
    tool_returns("three", L"/getdescription \"\u00c4 \u6587\u4ef6\"");
    tool_exits(TOOL_DONE, L"/setdisplayname %ls properties", id);

    tool_returns("3", L"/getnotifyflags properties");
    tool_exits(TOOL_DONE, L"/setnotifyflags properties 0x2");
    tool_returns("2", L"/getnotifyflags properties");
    tool_exits(TOOL_USAGE, L"/setnotifyflags properties 2x");
    tool_exits(TOOL_USAGE, L"/setnotifyflags properties 4294967296");
    tool_returns("2", L"/getnotifyflags properties");
    tool_returns("UNREGISTERED", L"/getnotifyinterface properties");

    tool_returns("600", L"/getminretrydelay properties");
    tool_exits(TOOL_DONE, L"/setminretrydelay properties 35");
    tool_returns("35", L"/getminretrydelay properties");
    tool_returns("1209600", L"/getnoprogresstimeout properties");
    tool_exits(TOOL_DONE, L"/setnoprogresstimeout properties 0");
    tool_returns("0", L"/getnoprogresstimeout properties");
    tool_returns("7776000", L"/getmaxdownloadtime properties");
    tool_exits(TOOL_DONE, L"/setmaxdownloadtime properties 10");
    tool_returns("10", L"/getmaxdownloadtime properties");

    tool_returns("0", L"/geterrorcount properties");
    tool_returns("0", L"/getbytestransferred properties");
    tool_returns("0", L"/getfilestotal properties");
    tool_returns("0", L"/getfilestransferred properties");
    tool_returns("UNKNOWN", L"/getcompletiontime properties");
    tool_exits(TOOL_DONE, L"/rawreturn /getcreationtime properties");
    ok(strpbrk(tool_output, "0123456789") != NULL, "creation time %s", tool_output);
    tool_exits(TOOL_DONE, L"/rawreturn /getmodificationtime properties");
    ok(strpbrk(tool_output, "0123456789") != NULL, "modification time %s", tool_output);
    tool_exits(TOOL_DONE, L"/rawreturn /getowner properties");
    ok(*tool_output && !strstr(tool_output, "S-1-"), "owner %s", tool_output);
    tool_exits(TOOL_FAILED, L"/geterror properties");
    tool_complained("Unable to get the error - 0x8020000f");

    tool_returns("PRECONFIG", L"/getproxyusage properties");
    tool_returns("NULL", L"/getproxylist properties");
    tool_exits(TOOL_DONE, L"/setproxysettings properties no_proxy");
    tool_returns("NO_PROXY", L"/getproxyusage properties");
    tool_exits(TOOL_DONE, L"/setproxysettings properties OVERRIDE proxy1:80,proxy2 \"\"");
    tool_returns("OVERRIDE", L"/getproxyusage properties");
    tool_returns("proxy1:80,proxy2", L"/getproxylist properties");
    tool_returns("NULL", L"/getproxybypasslist properties");
    tool_exits(TOOL_DONE, L"/setproxysettings properties override proxy1 \"<local> a.b\"");
    tool_returns("<local> a.b", L"/getproxybypasslist properties");
    tool_exits(TOOL_USAGE, L"/setproxysettings properties OVERRIDE proxy1");
    tool_exits(TOOL_USAGE, L"/setproxysettings properties PRECONFIG proxy1");
    tool_exits(TOOL_USAGE, L"/setproxysettings properties sometimes");

    tool_returns("none", L"/getnotifycmdline properties");
    tool_exits(TOOL_DONE, L"/setnotifycmdline properties c:\\windows\\system32\\cmd.exe NULL");
    tool_returns("'c:\\windows\\system32\\cmd.exe' 'NULL'", L"/getnotifycmdline properties");
    tool_exits(TOOL_DONE,
            L"/setnotifycmdline properties c:\\windows\\system32\\cmd.exe cmd.exe /c \"a b\"");
    tool_returns("'c:\\windows\\system32\\cmd.exe' 'cmd.exe /c \"a b\"'",
            L"/getnotifycmdline properties");
    tool_exits(TOOL_DONE, L"/setnotifycmdline properties NULL NULL");
    tool_returns("none", L"/getnotifycmdline properties");

    tool_returns("", L"/getaclflags properties");
    tool_exits(TOOL_DONE, L"/setaclflags properties gO");
    tool_returns("OG", L"/getaclflags properties");
    tool_exits(TOOL_DONE, L"/setaclflag properties D");
    tool_returns("D", L"/getaclflags properties");
    tool_exits(TOOL_USAGE, L"/setaclflags properties OX");

    tool_exits(TOOL_DONE, L"/setpeercachingflags properties 1");
    tool_returns("1", L"/getpeercachingflags properties");

    tool_exits(TOOL_DONE, L"/setcustomheaders properties \"A: 1\" \"B: 2\"");
    tool_returns("A: 1\r\nB: 2", L"/getcustomheaders properties");
    tool_exits(TOOL_DONE, L"/setcredentials properties SERVER basic user secret");
    tool_did_not_print("secret");
    tool_exits(TOOL_USAGE, L"/setcredentials properties SERVER rot13 user secret");
    tool_exits(TOOL_USAGE, L"/setcredentials properties CLIENT basic user secret");
    tool_exits(TOOL_DONE, L"/removecredentials properties server BASIC");

    tool_exits(TOOL_DONE, L"/cancel %ls", id);
}

static void write_file(const WCHAR *path, const char *text)
{
    DWORD written;
    HANDLE file;

    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE && WriteFile(file, text, strlen(text), &written, NULL),
            "text file written");
    CloseHandle(file);
}

static void test_files(void)
{
    WCHAR id[40], set[MAX_PATH];

    wcscpy(set, harness_scratch(L"set.txt"));
    tool_create_job(L"files", id);
    tool_exits(TOOL_DONE, L"/addfile files http://127.0.0.1:9/a C:\\a.bin");
    tool_printed("Added http://127.0.0.1:9/a -> C:\\a.bin to job.");
    tool_returns("1", L"/getfilestotal files");
    tool_returns("UNKNOWN", L"/getbytestotal files");
    tool_exits(TOOL_FAILED, L"/addfile files http://127.0.0.1:9/b relative\\b.bin");
    tool_complained("Unable to add file to job - 0x8");
    tool_exits(TOOL_FAILED, L"/addfile files \"\" C:\\b.bin");
    tool_returns("1", L"/getfilestotal files");

    write_file(set,
            "\xef\xbb\xbf# remote and local names\r\n\r\n"
            "http://127.0.0.1:9/c C:\\c.bin\r\n"
            "http://127.0.0.1:9/d   \"C:\\with space.bin\"\n"
            "#http://127.0.0.1:9/x C:\\x.bin\n"
            "http://127.0.0.1:9/e\tC:\\\xc3\xa4.bin");
    tool_exits(TOOL_DONE, L"/addfileset files \"%ls\"", set);
    tool_printed("Added 3 file(s) to job.");
    tool_exits(TOOL_DONE, L"/listfiles files");
    tool_printed("\t0 / UNKNOWN WORKING http://127.0.0.1:9/a -> C:\\a.bin\n");
    tool_printed("WORKING http://127.0.0.1:9/d -> C:\\with space.bin\n");
    tool_printed("WORKING http://127.0.0.1:9/e -> C:\\\xc3\xa4.bin\n");

    write_file(set, "http://127.0.0.1:9/f C:\\f.bin\nhttp://127.0.0.1:9/g\n");
    tool_exits(TOOL_FAILED, L"/addfileset files \"%ls\"", set);
    tool_complained("Line 2 of ");
    write_file(set, "# nothing\n");
    tool_exits(TOOL_FAILED, L"/addfileset files \"%ls\"", set);
    tool_exits(TOOL_FAILED, L"/addfileset files C:\\there\\is\\none.txt");
    tool_complained("Unable to read the file set from C:\\there\\is\\none.txt - 0x8007000");
    tool_returns("4", L"/getfilestotal files");

    tool_exits(TOOL_USAGE, L"/addfilewithranges files http://127.0.0.1:9/r C:\\r.bin 0-100");
    tool_exits(TOOL_USAGE, L"/addfilewithranges files http://127.0.0.1:9/r C:\\r.bin 0:100,");
    tool_exits(TOOL_USAGE,
            L"/addfilewithranges files http://127.0.0.1:9/r C:\\r.bin "
            L"0:18446744073709551616");
    tool_exits(TOOL_DONE,
            L"/addfilewithranges files http://127.0.0.1:9/r C:\\r.bin "
            L"0:100,2000:100,5000:eof");
    tool_exits(TOOL_FAILED,
            L"/addfilewithranges files http://127.0.0.1:9/s C:\\s.bin "
            L"100:10,105:10");
    tool_complained("Unable to add file to job - 0x8020002c");
    tool_returns("5", L"/getfilestotal files");

    tool_exits(TOOL_DONE, L"/replaceremoteprefix files http://127.0.0.1:9/ http://127.0.0.1:10/z/");
    tool_exits(TOOL_DONE, L"/listfiles files");
    tool_printed("http://127.0.0.1:10/z/a -> C:\\a.bin");
    tool_did_not_print("127.0.0.1:9");

    tool_exits(TOOL_FAILED, L"/gettemporaryname files 5");
    tool_complained("Unable to get the temporary name - 0x80070057");
    tool_exits(TOOL_USAGE, L"/gettemporaryname files first");
    tool_exits(TOOL_USAGE, L"/setvalidationstate files 0 perhaps");

    tool_exits(TOOL_DONE, L"/info files");
    tool_printed(" files SUSPENDED 0 / ");
    tool_did_not_print("JOB FILES");
    tool_exits(TOOL_DONE, L"/setdescription files \"some text\"");
    tool_exits(TOOL_DONE, L"/INFO files /Verbose");
    tool_printed("GUID: {");
    tool_printed("} DISPLAY: \"files\"\nTYPE: DOWNLOAD STATE: SUSPENDED OWNER: ");
    tool_printed("\nPRIORITY: NORMAL FILES: 0 / ");
    tool_printed(" BYTES: 0 / UNKNOWN\nCREATION TIME: ");
    tool_printed("\nCOMPLETION TIME: UNKNOWN ACL FLAGS: ");
    tool_printed("\nNOTIFY INTERFACE: UNREGISTERED NOTIFICATION FLAGS: 3\n");
    tool_printed("\nRETRY DELAY: 600 NO PROGRESS TIMEOUT: 1209600 ERROR COUNT: 0\n");
    tool_printed("\nDESCRIPTION: some text\nJOB FILES:\n\t0 / UNKNOWN WORKING http");
    tool_printed("\nNOTIFICATION COMMAND LINE: none\n");
    tool_exits(TOOL_DONE, L"/list /verbose /allusers");
    tool_printed("DISPLAY: \"files\"");
    tool_printed("JOB FILES:");
    tool_exits(TOOL_USAGE, L"/info files /terse");

    tool_exits(TOOL_DONE, L"/cancel %ls", id);
}

static void test_life(void)
{
    struct harness_server server;
    char sha256[HARNESS_SHA256];
    WCHAR id[40], target[MAX_PATH];
    int i;

    harness_nginx_start(&server, "");
    harness_make_file(&server, "data.bin", 100000, "life", sha256);
    wcscpy(target, harness_scratch(L"life.bin"));

    tool_create_job(L"life", id);
    tool_exits(TOOL_FAILED, L"/resume life");
    tool_complained("Unable to resume job - 0x80200003"); /* BG_E_EMPTY */
    tool_exits(TOOL_FAILED, L"/suspend %ls", L"nobody");
    tool_exits(TOOL_DONE, L"/addfile life %ls \"%ls\"", harness_url(&server, L"data.bin"), target);
    tool_exits(TOOL_DONE, L"/setpriority life foreground");
    tool_exits(TOOL_DONE, L"/resume life");
    tool_printed("Job resumed.");
    for (i = 0; i < 100; ++i)
    {
        tool_run(L"/rawreturn /getstate life");
        if (!strcmp(tool_output, "TRANSFERRED"))
        {
            break;
        }
        Sleep(100);
    }
    is_str(tool_output, "TRANSFERRED", "state");
    tool_returns("100000", L"/getbytestransferred life");
    todo_builtin("the total stays unknown")
        tool_returns("100000", L"/getbytestotal life");
    tool_returns("1", L"/getfilestransferred life");
    ok(GetFileAttributesW(target) == INVALID_FILE_ATTRIBUTES, "no file before /complete");
    todo_builtin("IBackgroundCopyFile3 is missing")
    {
        tool_exits(TOOL_DONE, L"/rawreturn /gettemporaryname life 0");
        ok(GetFileAttributesA(tool_output) != INVALID_FILE_ATTRIBUTES, "there is a file %s",
                tool_output);
        tool_returns("FALSE", L"/getvalidationstate life 0");
        tool_exits(TOOL_DONE, L"/setvalidationstate life 0 true");
        tool_returns("TRUE", L"/getvalidationstate life 0");
    }
    tool_exits(TOOL_DONE, L"/complete life");
    tool_printed("Job completed.");
    is_file_sha256(target, sha256, "the file");
    tool_exits(TOOL_FAILED, L"/complete life");
    harness_server_stop(&server);
}

static unsigned int count_text(const char *text, const char *part)
{
    unsigned int count = 0;

    while ((text = strstr(text, part)))
    {
        ++count;
        text += strlen(part);
    }
    return count;
}

static void test_monitor_and_reset(void)
{
    struct tool monitor;
    WCHAR id[40];

    tool_run(L"/reset");
    tool_create_job(L"m1", id);
    tool_create_job(L"m2", id);
    ok(tool_start(&monitor, L"/monitor /refresh 1"), "/monitor started");
    ok(tool_wait_for_output(&monitor, "m2 SUSPENDED"), "a first list");
    Sleep(2500);
    tool_interrupt("/monitor /refresh 1");
    is_uint(tool_finish(&monitor), TOOL_DONE, "/monitor ended by Ctrl-C");
    ok(count_text(tool_output, "MONITORING BACKGROUND COPY MANAGER(1 second refresh)") >= 2,
            "more than one list");
    ok(count_text(tool_output, " m1 SUSPENDED 0 / 0 0 / ") >= 2, "the job in each");

    todo_builtin("no Suspend; canceled jobs stay in the list, and cannot be canceled")
    {
        tool_exits(TOOL_DONE, L"/suspend m1");
        tool_printed("Job suspended.");
        tool_exits(TOOL_DONE, L"/reset");
        tool_printed("} canceled.\n");
        tool_printed("2 out of 2 jobs canceled.");
        tool_exits(TOOL_DONE, L"/list");
        tool_printed("Listed 0 job(s).");
    }
}

int main(void)
{
    tool_require();
    test_usage();
    todo_builtin("an earlier version")
        tool_returns("10.3", L"/util /version");
    test_create_and_find();
    todo_builtin("many properties are missing")
        test_properties();
    todo_builtin("names are not checked, later interfaces are missing")
        test_files();
    test_life();
    test_monitor_and_reset();
    return done_testing();
}
