/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The harness finds, measures and kills the service process of BITS, which the service manager
 * starts. What COM makes of it is tested elsewhere. */

#include "../harness.h"

#include <winsvc.h>

/* Asks the service manager for BITS and waits until the harness sees its process. Returns its Unix
 * process ID, or 0 after ten seconds. After a kill the activator may have started it before. */
static int service_start(bool killed)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceW(manager, L"BITS", SERVICE_START);
    BOOL started = StartServiceW(service, 0, NULL);
    DWORD error = started ? 0 : GetLastError();
    int pid = 0;

    ok(started || (killed && error == ERROR_SERVICE_ALREADY_RUNNING),
            "the service is started (error %lu)", error);
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
    for (int i = 0; i < 100 && !(pid = harness_service_pid()); i++)
        Sleep(100);
    return pid;
}

int main(void)
{
    struct harness_reply *reply;
    char path[1024];
    int first, second;

    harness_require();
    is_int(harness_service_pid(), 0, "no service runs at first");
    is_uint(harness_service_kill(), 0, "and none is killed");

    first = service_start(false);
    ok(first > 0, "its process is found (%d)", first);
    ok(harness_service_memory() > 1 << 20, "with its memory");
    ok(harness_service_path(path, sizeof(path)), "and its DLL");
    note("%s", path);
    reply = harness_demand("processes match=svchost");
    ok(reply->line_count >= 1, "it is among the processes");
    harness_reply_free(reply);

    is_uint(harness_service_kill(), 1, "it is killed");
    is_int(harness_service_pid(), 0, "and gone");
    second = service_start(true);
    ok(second > 0 && second != first, "the service manager starts another (%d)", second);
    return done_testing();
}
