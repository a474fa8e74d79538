/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A test that goes wrong in the way its argument says: run by bed.t, which wants it reported. */

#include "../harness.h"

#include <string.h>

static void write_in_place(void)
{
    HANDLE file = CreateFileW(L"C:\\windows\\hh.exe", GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, 0, NULL);
    DWORD written;

    ok(WriteFile(file, "MZ", 2, &written, NULL), "writes a system file");
    CloseHandle(file);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    struct harness_process child;

    pass("is run");
    if (!strcmp(how, "good"))
        return done_testing();
    if (!strcmp(how, "fail"))
        fail("a failed check");
    if (!strcmp(how, "crash"))
        RaiseException(EXCEPTION_ACCESS_VIOLATION, 0, 0, NULL);
    if (!strcmp(how, "no-plan"))
        return 0;
    if (!strcmp(how, "bail-out"))
        bail_out("no #use");
    if (!strcmp(how, "child"))
        ok(harness_spawn(&child, L"selftest_helper.exe", L"hang", false), "leaves a process");
    if (!strcmp(how, "in-place"))
        write_in_place();
    done_testing();
    return !strcmp(how, "code") ? 5 : 0;
}
