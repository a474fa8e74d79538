/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ctrl-C as something to wait for, so that a command that runs for long can put its affairs in
 * order before the process ends. */

#include "interrupt.h"

/* The system ends the process this long after the handler of a closing console began. */
#define CLOSE_GRACE_MS 4000

static HANDLE requested_event;
static HANDLE finished_event;

static BOOL WINAPI interrupt_handler(DWORD reason)
{
    SetEvent(requested_event);
    if (reason == CTRL_CLOSE_EVENT || reason == CTRL_LOGOFF_EVENT || reason == CTRL_SHUTDOWN_EVENT)
    {
        /* The process ends when this returns: hold on until the command is done. */
        WaitForSingleObject(finished_event, CLOSE_GRACE_MS);
    }
    return TRUE;
}

/* From here on Ctrl-C, Ctrl-Break and the closing of the console do not end the process but set an
 * event. Returns false when there are no more resources. */
bool interrupt_init(void)
{
    requested_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    finished_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    return requested_event && finished_event && SetConsoleCtrlHandler(interrupt_handler, TRUE);
}

bool interrupt_requested(void)
{
    return WaitForSingleObject(requested_event, 0) == WAIT_OBJECT_0;
}

/* The event that is set once the user wants an end. Owned by this file. */
HANDLE interrupt_get_event(void)
{
    return requested_event;
}

/* The command is done: let the process end. */
void interrupt_finish(void)
{
    SetEvent(finished_event);
}
