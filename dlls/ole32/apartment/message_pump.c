/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The COM modal loop's way with messages. While a thread waits for a call, input and what was
 * posted to windows stay in the queue; what others wait for is dispatched: sent messages, painting,
 * DDE. objidl/nf-objidl-imessagefilter-messagepending, PENDINGMSG_WAITDEFPROCESS
 */
#include "message_pump.h"

#include <dde.h>

#include "dispatch_queue.h"

/* PeekMessage hands out WM_QUIT whatever it was asked for. */
static BOOL pump_get(struct message_pump *pump, MSG *message, UINT first, UINT last)
{
    if (!PeekMessageW(message, NULL, first, last, PM_REMOVE))
        return FALSE;
    if (message->message != WM_QUIT)
        return TRUE;
    pump->quit = TRUE;
    pump->quit_code = (int)message->wParam;
    return FALSE;
}

static void pump_range(struct message_pump *pump, UINT first, UINT last)
{
    unsigned int count;
    MSG message;

    /* A window that never paints itself valid would keep us here. */
    for (count = 0; count < 64 && pump_get(pump, &message, first, last); count++)
    {
        if (pump->all)
            TranslateMessage(&message);
        DispatchMessageW(&message);
    }
}

/* Have others than a call's messages come since the last look? PeekMessage makes all of them old,
 * also those which come just before it: so what is in the queue now and was not is new as well. */
static void pump_notice(struct message_pump *pump)
{
    DWORD status = GetQueueStatus(QS_ALLINPUT);
    UINT came = LOWORD(status), queued = HIWORD(status);

    if (pump->calls && dispatch_queue_take_message(pump->queue))
    {
        came &= ~QS_POSTMESSAGE;
        queued = HIWORD(GetQueueStatus(QS_ALLINPUT));
    }
    if (pump->noticed)
        came |= queued & ~pump->known;
    pump->noticed = TRUE;
    pump->known = queued;
    if (came & (QS_INPUT | QS_POSTMESSAGE | QS_TIMER | QS_PAINT | QS_HOTKEY))
        pump->other = TRUE;
}

void message_pump_run(struct message_pump *pump)
{
    /* Window procedures may run message loops, or make calls and wait for them as we do. */
    LONG polling;

    if (pump->notice)
        pump_notice(pump);
    polling = dispatch_queue_suspend_polling(pump->queue);
    if (pump->all)
    {
        pump_range(pump, 0, 0);
    }
    else
    {
        pump_range(pump, WM_PAINT, WM_PAINT);
        pump_range(pump, WM_DDE_FIRST, WM_DDE_LAST);
    }
    dispatch_queue_resume_polling(pump->queue, polling);
}

void message_pump_end(struct message_pump *pump)
{
    if (pump->quit)
        PostQuitMessage(pump->quit_code);
    pump->quit = FALSE;
}

DWORD message_pump_sleep(struct message_pump *pump, DWORD count, const HANDLE *handles,
        DWORD timeout, DWORD flags)
{
    static const HANDLE none; /* there has to be an address, even without handles */
    DWORD result;

    /* A message that came earlier, and was seen but not removed, would not end the sleep. */
    if (pump->notice)
        pump_notice(pump);
    else if (pump->calls)
        dispatch_queue_take_message(pump->queue);
    if (pump->notice && pump->other)
        return WAIT_OBJECT_0 + count;
    dispatch_queue_end_polling(pump->queue);
    result = MsgWaitForMultipleObjectsEx(count, count ? handles : &none, timeout, QS_ALLINPUT,
            flags);
    dispatch_queue_begin_polling(pump->queue);

    if (result == WAIT_OBJECT_0 + count && pump->notice)
        pump_notice(pump);
    else if (pump->calls)
        dispatch_queue_take_message(pump->queue);
    return result;
}
