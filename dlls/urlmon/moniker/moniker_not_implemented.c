/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exported, and no public header or page says what they do. */
#include "not_implemented.h"

#include "bound_thread.h"
#include "urlmon_module.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"

UNDOCUMENTED(URLDownloadA, 5)
UNDOCUMENTED(URLDownloadW, 5)
UNDOCUMENTED(UrlmonCleanupCurrentThread, 0)

HWND WINAPI GetUrlmonThreadNotificationHwnd(void);

/* The window through which the calling thread is told; NULL: it has bound nothing. */
HWND WINAPI GetUrlmonThreadNotificationHwnd(void)
{
    struct bound_thread *thread = bound_thread_current();

    return thread ? dispatch_queue_window(thread->queue) : NULL;
}
