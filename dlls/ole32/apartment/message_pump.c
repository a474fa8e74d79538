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
static BOOL pump_get(struct message_pump *pump, MSG *message, UINT first, UINT last, UINT flags)
{
    if (!PeekMessageW(message, NULL, first, last, PM_REMOVE | flags))
        return FALSE;
    if (message->message != WM_QUIT)
        return TRUE;
    pump->quit = TRUE;
    pump->quit_code = (int)message->wParam;
    return FALSE;
}

static void pump_range(struct message_pump *pump, UINT first, UINT last, UINT flags)
{
    unsigned int count;
    MSG message;

    /* A window that never paints itself valid would keep us here. */
    for (count = 0; count < 64 && pump_get(pump, &message, first, last, flags); count++)
    {
        if (pump->all)
            TranslateMessage(&message);
        DispatchMessageW(&message);
    }
}

/* Have others than a call's messages come since the last look? PeekMessage makes all of them old,
 * also those which come just before it: so what is in the queue now and was not is new as well, and
 * while one of the call's own comes, any other that is posted is taken for new. */
static void pump_notice(struct message_pump *pump)
{
    DWORD status = GetQueueStatus(QS_ALLINPUT);
    UINT came = LOWORD(status), queued = HIWORD(status);

    if (!pump->noticed)
        pump->known = queued;
    pump->noticed = TRUE;
    if (pump->calls && dispatch_queue_take_message(pump->queue))
    {
        status = GetQueueStatus(QS_ALLINPUT);
        came |= LOWORD(status) | (HIWORD(status) & QS_POSTMESSAGE);
        queued = HIWORD(status);
        if (!(queued & QS_POSTMESSAGE))
            came &= ~QS_POSTMESSAGE;
    }
    came |= queued & ~pump->known;
    pump->known = queued;
    if (came & QS_POSTMESSAGE)
        pump->posted = TRUE;
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
        pump_range(pump, 0, 0, 0);
    }
    else
    {
        pump_range(pump, WM_PAINT, WM_PAINT, PM_QS_PAINT | PM_QS_SENDMESSAGE);
        /* A look among posted messages makes them old, one also that comes just now. So who wants
         * to know of them has it only when some have come, which he is going to be told. */
        if (!pump->notice || (pump->posted && pump->other))
            pump_range(pump, WM_DDE_FIRST, WM_DDE_LAST, 0);
        pump->posted = FALSE;
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
