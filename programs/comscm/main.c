/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * comscm.exe: the broker of class objects and running objects between processes. Clients start it
 * when they find none; it leaves when nobody has needed it for a while, or when the user's last
 * program has ended.
 *
 *     comscm.exe [event]      the named event is set once requests are taken
 *
 * A second one waits for the first to be ready, and ends.
 */
#include <windows.h>
#include <winternl.h>

#include "broker_shared.h"
#include "scm_server.h"
#include "scm_table.h"
#include "trace.h"
#include "user_access.h"

#define START_PATIENCE 20000 /* ms for a broker to get ready, or to leave */
#define RETURN_TIME 1000 /* ms in which the servers of a broker that was killed register again */
#define IDLE_TIME 30000  /* ms without clients until it leaves; setting BrokerIdle */

#define QUIET_TIME 1000   /* ms without news after which it counts as a system process, ... */
#define QUIET_LIMIT 10000 /* ... and ms after which it does in any case */

/* Wine: the calling process does not keep the others' session up; the event tells its end. */
#define PROCESS_MAKE_SYSTEM 1000

static void signal_event(const WCHAR *name)
{
    HANDLE event = OpenEventW(EVENT_MODIFY_STATE, FALSE, name);

    if (!event)
        return;
    SetEvent(event);
    CloseHandle(event);
}

/* The event which is set when only system processes are left; NULL where there is no such thing. */
static HANDLE last_program_event(void)
{
    typedef NTSTATUS(WINAPI * set_information_process)(HANDLE, ULONG, void *, ULONG);
    set_information_process set = (set_information_process)(void (*)(void))GetProcAddress(
            GetModuleHandleW(L"ntdll.dll"), "NtSetInformationProcess");
    HANDLE event = NULL;

    if (!set || set(GetCurrentProcess(), PROCESS_MAKE_SYSTEM, &event, sizeof(event)))
        return NULL;
    return event;
}

/*
 * Returns when those who come first have come. One of them may be Wine's explorer.exe, in the
 * middle of its start, whose desktop closes after its last user. A broker that ceases to be a user
 * of it in that moment closes nothing: the desktop, and with it the whole session, would stay for
 * ever.
 */
static void wait_for_quiet(void)
{
    ULONGLONG limit = GetTickCount64() + QUIET_LIMIT;

    while (GetTickCount64() < limit
            && WaitForSingleObject(scm_table_changed(), QUIET_TIME) == WAIT_OBJECT_0)
        ;
}

/* Returns when the broker has to leave. */
static void serve(void)
{
    DWORD idle = broker_setting(L"BrokerIdle", IDLE_TIME);
    HANDLE last_program, events[2];
    DWORD count;

    wait_for_quiet();
    last_program = last_program_event();
    events[0] = scm_table_changed();
    events[1] = last_program;
    count = last_program ? 2 : 1;

    for (;;)
    {
        DWORD timeout = scm_table_sessions() ? INFINITE : idle;
        DWORD result = WaitForMultipleObjects(count, events, FALSE, timeout);

        if (result == WAIT_OBJECT_0 + 1)
        {
            trace("the last program has ended");
            return;
        }
        if (result != WAIT_OBJECT_0 && scm_table_leave())
        {
            trace("nobody has needed the broker for %lu ms", idle);
            return;
        }
    }
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, WCHAR *arguments, int show)
{
    HANDLE events[2] = {CreateMutexW(user_object_access(), FALSE, BROKER_MUTEX),
            CreateEventW(user_object_access(), TRUE, FALSE, BROKER_READY)};
    WCHAR folder[MAX_PATH];
    HANDLE servers;
    DWORD result;
    LONG status;

    (void)instance;
    (void)previous;
    (void)show;
    trace_init("comscm");
    /* The folder of the client that started it is not the broker's to keep. */
    if (GetSystemDirectoryW(folder, ARRAYSIZE(folder)))
        SetCurrentDirectoryW(folder);
    if (!events[0] || !events[1])
        return GetLastError();
    result = WaitForMultipleObjects(2, events, FALSE, START_PATIENCE);
    if (result != WAIT_OBJECT_0 && result != WAIT_ABANDONED_0)
        return 0;

    ResetEvent(events[1]);
    servers = OpenEventW(SYNCHRONIZE, FALSE, BROKER_SERVERS);
    if (servers)
    {
        trace("servers of another broker are running");
        scm_table_expect_servers(RETURN_TIME);
        CloseHandle(servers);
    }
    scm_running_start();
    status = scm_server_start();
    if (status)
    {
        trace("the broker cannot start: error %ld", status);
        return status;
    }
    trace("the broker is ready");
    SetEvent(events[1]);
    if (*arguments)
        signal_event(arguments);
    serve();
    ResetEvent(events[1]);
    scm_server_stop();
    trace("the broker leaves");
    return 0;
}
