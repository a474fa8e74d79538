/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way of the bytes: from the scheme's read into the buffer (or the file), and the reports about
 * them. It runs on the thread to which the network's news come, on the apartment's after a Switch,
 * and on the reader's, which reads for itself when the buffer is empty.
 */
#include "inet_file.h"
#include "inet_protocol.h"

#include <stdio.h>
#include <stdlib.h>

#include "trace.h"
#include "wstr.h"

#define FILE_REPORT_INTERVAL 50u /* ms between reports while a file is filled */
#define FEW 4096u                /* so few bytes at once: the next are not there yet */
#define LINGER 2u                /* ms that their reader has */

/* Whether a report of data is due. */
static BOOL data_is_due(const struct inet_protocol *protocol)
{
    if (!protocol->unreported || protocol->ended)
        return FALSE;
    if (!protocol->reported)
        return TRUE;
    if (protocol->file)
        return GetTickCount() - protocol->report_time >= FILE_REPORT_INTERVAL;
    return protocol->armed;
}

static ULONG clip(UINT64 value)
{
    return value > 0xffffffffu ? 0xffffffffu : (ULONG)value;
}

/* What ReportData has no room for: "received,total" in decimal digits, as OnProgress documents it
 * for BINDSTATUS_64BIT_PROGRESS (ms775064). */
static void report_large(IInternetProtocolSink *sink, UINT64 received, UINT64 total)
{
    WCHAR text[48];

    swprintf(text, ARRAY_SIZE(text), L"%I64u,%I64u", received, total);
    IInternetProtocolSink_ReportProgress(sink, BINDSTATUS_64BIT_PROGRESS, text);
}

/* ReportData; enters and leaves with the lock held, which is free meanwhile. */
static void report_data(struct inet_protocol *protocol, BOOL last)
{
    DWORD flags =
            protocol->reported ? BSCF_INTERMEDIATEDATANOTIFICATION : BSCF_FIRSTDATANOTIFICATION;
    IInternetProtocolSink *sink = protocol->sink;
    UINT64 total = protocol->total;
    UINT64 received = protocol->received;

    if (last)
    {
        flags = BSCF_LASTDATANOTIFICATION | BSCF_DATAFULLYAVAILABLE
                | (protocol->reported ? 0 : BSCF_FIRSTDATANOTIFICATION);
        total = received;
    }
    if (total == INET_UNKNOWN_SIZE)
    {
        flags |= BSCF_AVAILABLEDATASIZEUNKNOWN;
        total = 0;
    }
    if (received > 0xffffffffu || total > 0xffffffffu)
        flags |= BSCF_64BITLENGTHDOWNLOAD;
    protocol->reported = TRUE;
    protocol->armed = FALSE;
    protocol->unreported = 0;
    protocol->report_time = GetTickCount();
    if (!sink)
        return;
    IInternetProtocolSink_AddRef(sink);
    ReleaseSRWLockExclusive(&protocol->lock);
    if (flags & BSCF_64BITLENGTHDOWNLOAD)
        report_large(sink, received, total);
    IInternetProtocolSink_ReportData(sink, flags, clip(received), clip(total));
    IInternetProtocolSink_Release(sink);
    AcquireSRWLockExclusive(&protocol->lock);
}

/* Few bytes have been reported to a reader on another thread, which is waking up. To ask WinINet
 * for more now takes many entries into the server, each of which keeps that thread waiting for its
 * own: it may read first. The same as to the lock. */
static void let_read(struct inet_protocol *protocol)
{
    BOOL unread = FALSE;

    if (!protocol->reader || protocol->reader == GetCurrentThreadId() || protocol->pump_again
            || protocol->armed || protocol->ended || protocol->phase != INET_BODY)
        return;
    protocol->lingering = TRUE;
    ReleaseSRWLockExclusive(&protocol->lock);
    WaitOnAddress(&protocol->armed, &unread, sizeof(unread), LINGER);
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->lingering = FALSE;
}

/* The last reports; the same as to the lock. */
static void report_end(struct inet_protocol *protocol)
{
    IInternetProtocolSink *sink;
    WCHAR *text;

    if (SUCCEEDED(protocol->result) && protocol->phase == INET_BODY)
    {
        if (protocol->file && protocol->scheme->complete)
        {
            ReleaseSRWLockExclusive(&protocol->lock);
            protocol->scheme->complete(protocol);
            AcquireSRWLockExclusive(&protocol->lock);
        }
        report_data(protocol, TRUE);
    }
    if (protocol->phase == INET_ENDED)
        return; /* aborted meanwhile */
    protocol->phase = INET_ENDED;
    text = protocol->result_text;
    protocol->result_text = NULL;
    if ((sink = protocol->sink))
        IInternetProtocolSink_AddRef(sink);
    ReleaseSRWLockExclusive(&protocol->lock);
    trace("%s %p: ended with %08lx, error %lu", protocol->scheme->name, (void *)protocol,
            protocol->result, protocol->error);
    if (sink)
    {
        /* The code is what IBinding::GetBindResult says: Windows' http has the result there. */
        IInternetProtocolSink_ReportResult(sink, protocol->result, (DWORD)protocol->result, text);
        IInternetProtocolSink_Release(sink);
    }
    free(text);
    AcquireSRWLockExclusive(&protocol->lock);
}

/* Notes how the transfer ended. */
static void note_end(struct inet_protocol *protocol, HRESULT hr, DWORD error)
{
    if (protocol->ended)
        return;
    protocol->ended = TRUE;
    protocol->result = hr;
    protocol->error = error;
}

static void note_data(struct inet_protocol *protocol, DWORD got)
{
    protocol->received += got;
    protocol->unreported += got;
    if (protocol->total != INET_UNKNOWN_SIZE && protocol->received >= protocol->total)
        note_end(protocol, S_OK, 0);
}

static void network_ended(struct inet_protocol *protocol)
{
    HRESULT hr = S_OK;

    if (protocol->total != INET_UNKNOWN_SIZE && protocol->received < protocol->total)
        hr = INET_E_DOWNLOAD_FAILURE;
    else if (protocol->scheme->check_end)
        hr = protocol->scheme->check_end(protocol);
    note_end(protocol, hr, 0);
}

/* How much is still to come, as far as one knows. */
static UINT64 left_of(const struct inet_protocol *protocol)
{
    return protocol->total == INET_UNKNOWN_SIZE ? INET_UNKNOWN_SIZE
                                                : protocol->total - protocol->received;
}

/* One read from the network. Enters and leaves with the lock held. FALSE: no more for now. */
static BOOL pump_read(struct inet_protocol *protocol, BOOL *came)
{
    DWORD size, got = 0, error = 0;
    UINT64 left = left_of(protocol);
    struct inet_file *file = protocol->file;
    BYTE *data;
    HRESULT hr;

    if (!left)
    {
        note_end(protocol, S_OK, 0);
        return TRUE;
    }
    if (!(data = inet_buffer_reserve(protocol->buffer, left, &size)))
    {
        if (!protocol->buffer->used)
            note_end(protocol, E_OUTOFMEMORY, 0);
        return protocol->ended;
    }
    if (size > left)
        size = (DWORD)left;
    protocol->reading = TRUE;
    ReleaseSRWLockExclusive(&protocol->lock);
    hr = protocol->scheme->read(protocol, data, size, &got, &error);
    if (hr == S_OK && file && FAILED(hr = inet_file_write(file, data, got)))
        got = 0;
    AcquireSRWLockExclusive(&protocol->lock);
    if (hr == E_PENDING)
        return !protocol->reading; /* readable again meanwhile */
    protocol->reading = FALSE;
    if (hr == S_OK)
    {
        inet_buffer_commit(protocol->buffer, size, got);
        if (file)
            protocol->buffer->used = 0;
        note_data(protocol, got);
        *came = TRUE;
    }
    else if (hr == S_FALSE)
        network_ended(protocol);
    else
        note_end(protocol, hr, error);
    return TRUE;
}

static BOOL may_read(const struct inet_protocol *protocol)
{
    return protocol->phase == INET_BODY && !protocol->ended && !protocol->reading;
}

static void pump(struct inet_protocol *protocol, BOOL once, BOOL patient)
{
    BOOL came = FALSE, over = FALSE, let_in = FALSE, few;

    AcquireSRWLockExclusive(&protocol->lock);
    if (protocol->pumping)
    {
        protocol->pump_again = TRUE;
        if (protocol->lingering)
            WakeByAddressSingle(&protocol->armed);
        ReleaseSRWLockExclusive(&protocol->lock);
        return;
    }
    protocol->pumping = TRUE;
    for (;;)
    {
        if (protocol->pump_again) /* somebody who does not read for himself */
            protocol->pump_again = once = FALSE;
        if (protocol->suspended || protocol->phase == INET_ENDED)
            break;
        if (protocol->ended)
        {
            report_end(protocol);
            over = TRUE;
            break;
        }
        /* A reader that reads for itself needs no news of what it gets. */
        if (data_is_due(protocol) && !(once && came))
        {
            few = protocol->unreported < FEW;
            report_data(protocol, FALSE);
            if (patient && few)
                let_read(protocol);
            continue;
        }
        if (once && came)
            break;
        if (!may_read(protocol) || !pump_read(protocol, &came))
        {
            if (!protocol->pump_again)
                break;
        }
    }
    protocol->pumping = FALSE;
    if (protocol->scheme->reads_in_turns && protocol->phase == INET_BODY && !protocol->reading)
        let_in = inet_slot_leave(&protocol->slot);
    ReleaseSRWLockExclusive(&protocol->lock);
    if (let_in)
        inet_slots_let_in();
    if (over)
        inet_protocol_deactivate(protocol);
}

void inet_protocol_pump(struct inet_protocol *protocol, BOOL once)
{
    pump(protocol, once, FALSE);
}

void inet_protocol_readable(struct inet_protocol *protocol, BOOL patient)
{
    AcquireSRWLockExclusive(&protocol->lock);
    protocol->reading = FALSE;
    ReleaseSRWLockExclusive(&protocol->lock);
    pump(protocol, FALSE, patient);
}

void inet_protocol_begin_body(struct inet_protocol *protocol, UINT64 total)
{
    AcquireSRWLockExclusive(&protocol->lock);
    if (protocol->phase == INET_REQUEST)
    {
        protocol->phase = INET_BODY;
        protocol->total = total;
        protocol->armed = TRUE;
    }
    ReleaseSRWLockExclusive(&protocol->lock);
    inet_protocol_pump(protocol, FALSE);
}

void inet_protocol_end(struct inet_protocol *protocol, HRESULT hr, DWORD error, const WCHAR *text)
{
    AcquireSRWLockExclusive(&protocol->lock);
    if (!protocol->ended && text)
        protocol->result_text = wstr_dup(text);
    note_end(protocol, hr, error);
    ReleaseSRWLockExclusive(&protocol->lock);
    inet_protocol_pump(protocol, FALSE);
}

BOOL inet_protocol_is_over(struct inet_protocol *protocol)
{
    BOOL over;

    AcquireSRWLockShared(&protocol->lock);
    over = protocol->phase == INET_ENDED || protocol->ended;
    ReleaseSRWLockShared(&protocol->lock);
    return over;
}
