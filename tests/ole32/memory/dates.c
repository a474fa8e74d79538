/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The time, MS-DOS dates, the library's version, and the number of a thread. */
#include <string.h>

#include <windows.h>
#include <ole2.h>

#include "tap.h"

static void is_date(WORD date, WORD time, int year, int month, int day, int hour, int minute,
        int second)
{
    WORD date_back = 0, time_back = 0;
    SYSTEMTIME parts;
    FILETIME file;

    ok(CoDosDateTimeToFileTime(date, time, &file), "%04x %04x is a date", date, time);
    FileTimeToSystemTime(&file, &parts);
    ok(parts.wYear == year && parts.wMonth == month && parts.wDay == day && parts.wHour == hour
                    && parts.wMinute == minute && parts.wSecond == second,
            "%04x %04x is %d-%d-%d %d:%d:%d, got %d-%d-%d %d:%d:%d", date, time, year, month, day,
            hour, minute, second, parts.wYear, parts.wMonth, parts.wDay, parts.wHour, parts.wMinute,
            parts.wSecond);
    ok(CoFileTimeToDosDateTime(&file, &date_back, &time_back), "... and back");
    is_uint(date_back, date, "... the date");
    is_uint(time_back, time, "... the time");
}

static void test_dos_dates(void)
{
    FILETIME file = {0, 0};
    WORD date, time;

    is_date(0x0021, 0x0000, 1980, 1, 1, 0, 0, 0);
    is_date(0x28cf, 0x7d1c, 2000, 6, 15, 15, 40, 56);
    is_date(0x505d, 0xbf7d, 2020, 2, 29, 23, 59, 58);
    is_date(0xff9f, 0xbf7d, 2107, 12, 31, 23, 59, 58);
    ok(!CoDosDateTimeToFileTime(0x0000, 0, &file), "month 0 is no date");
    ok(!CoDosDateTimeToFileTime(0x01a1, 0, &file), "month 13 is no date");
    ok(!CoDosDateTimeToFileTime(0x0020, 0, &file), "day 0 is no date");
    ok(!CoFileTimeToDosDateTime(&file, &date, &time), "1601 is before MS-DOS");
}

static void test_now(void)
{
    ULARGE_INTEGER before, now, after;
    FILETIME time;

    GetSystemTimeAsFileTime(&time);
    before.LowPart = time.dwLowDateTime;
    before.HighPart = time.dwHighDateTime;
    is_hr(CoFileTimeNow(&time), S_OK, "CoFileTimeNow");
    now.LowPart = time.dwLowDateTime;
    now.HighPart = time.dwHighDateTime;
    GetSystemTimeAsFileTime(&time);
    after.LowPart = time.dwLowDateTime;
    after.HighPart = time.dwHighDateTime;
    ok(before.QuadPart <= now.QuadPart && now.QuadPart <= after.QuadPart, "... is the time");
}

static DWORD WINAPI number_of_thread(void *param)
{
    (void)param;
    return CoGetCurrentProcess();
}

static void test_thread_number(void)
{
    DWORD mine = CoGetCurrentProcess(), numbers[40];
    int same = 0;

    ok(mine != 0, "CoGetCurrentProcess");
    is_uint(CoGetCurrentProcess(), mine, "... stays the same");
    for (int i = 0; i < 40; i++)
    {
        HANDLE thread = CreateThread(NULL, 0, number_of_thread, NULL, 0, NULL);

        WaitForSingleObject(thread, INFINITE);
        GetExitCodeThread(thread, &numbers[i]);
        CloseHandle(thread);
        same += numbers[i] == mine;
        for (int j = 0; j < i; j++)
            same += numbers[i] == numbers[j];
    }
    is_int(same, 0, "no two threads have the same, not even one after the other");
}

static void test_version(void)
{
    is_uint(HIWORD(CoBuildVersion()), 23, "CoBuildVersion: the major number of OLE 2");
    ok(LOWORD(CoBuildVersion()) >= 639, "... and a build not before that of ole2ver.h");
    is_uint(OleBuildVersion(), CoBuildVersion(), "OleBuildVersion is the same");
}

static void run_all(void)
{
    test_dos_dates();
    test_now();
    test_thread_number();
    test_version();
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("dates");
    }
    return done_testing();
}
