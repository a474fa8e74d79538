/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sniffing: the first bytes are read ahead when the handler first reports data, their type is found
 * by FindMimeFromData, and only then the report goes on. Reports that come meanwhile, on whatever
 * thread, are held back and become one.
 */
#include "protocol_stage.h"

#include <stdlib.h>
#include <string.h>

#include "wstr.h"

#define SNIFF_ENOUGH 256 /* bytes that FindMimeFromData looks at */
#define SNIFF_ATTEMPTS 100

/* Reads ahead until there are bytes enough, the end, or no more for now. One thread at a time.
 * TRUE: the handler has said, together with bytes, that these are all for now. */
static BOOL sniff_read_ahead(struct protocol_stage *stage)
{
    struct protocol_handler *handler = protocol_stage_handler(stage);
    BYTE bytes[STAGE_AHEAD_SIZE];
    BOOL is_all = FALSE;
    HRESULT hr = S_OK;

    while (handler && hr == S_OK && stage->ahead_length < SNIFF_ENOUGH)
    {
        ULONG count;

        hr = protocol_handler_read(handler, bytes, STAGE_AHEAD_SIZE - stage->ahead_length, &count);
        AcquireSRWLockExclusive(&stage->lock);
        memcpy(stage->ahead + stage->ahead_length, bytes, count);
        stage->ahead_length += count;
        if (hr == S_FALSE)
            stage->ahead_ended = TRUE;
        is_all = hr == E_PENDING && count;
        ReleaseSRWLockExclusive(&stage->lock);
        if (!count)
            break;
    }
    protocol_handler_release(handler);
    return is_all;
}

/* The type of what was read ahead; by CoTaskMemAlloc, or NULL. */
static WCHAR *sniff_find(struct protocol_stage *stage, const WCHAR *proposed)
{
    WCHAR *mime = NULL;
    HRESULT hr;

    hr = FindMimeFromData(NULL, NULL, stage->ahead, stage->ahead_length, proposed, 0, &mime, 0);
    if (FAILED(hr))
        mime = NULL;
    if (!mime && proposed)
        wstr_to_caller(proposed, &mime);
    return mime;
}

/* Reports the type, then what was held back. The state is SNIFF_DELIVERING, of which no other
 * thread leads. */
static void sniff_deliver(struct protocol_stage *stage, WCHAR *mime)
{
    struct bind_protocol *protocol;
    BOOL has_data, has_result;
    DWORD flags, error;
    ULONG progress, max;
    WCHAR *text;
    HRESULT result;

    if (mime)
    {
        protocol = stage_pin(stage, NULL);
        if (protocol)
        {
            bind_protocol_mime(protocol, stage, mime);
            bind_protocol_unpin(protocol);
        }
        CoTaskMemFree(mime);
    }
    AcquireSRWLockExclusive(&stage->lock);
    stage->sniff = SNIFF_DONE;
    has_data = stage->has_held_data;
    flags = stage->held_flags;
    progress = stage->held_progress;
    max = stage->held_max;
    has_result = stage->has_held_result;
    result = stage->held_result;
    error = stage->held_error;
    text = stage->held_text;
    stage->held_text = NULL;
    stage->has_held_data = stage->has_held_result = FALSE;
    ReleaseSRWLockExclusive(&stage->lock);
    if (has_data)
        stage_forward_data(stage, flags, progress, max);
    if (has_result)
        stage_forward_result(stage, result, error, text);
    free(text);
}

/* Reads ahead and, when that is enough or nothing more will come, delivers. The caller has set
 * is_sniffing. */
static void sniff_run(struct protocol_stage *stage)
{
    /* A handler that reports more data each time it is read, and has none, is not asked for ever.
     */
    for (unsigned int attempts = 0;; attempts++)
    {
        unsigned int seen;
        WCHAR *proposed = NULL;
        BOOL is_over, is_all;

        AcquireSRWLockShared(&stage->lock);
        seen = stage->held_count;
        ReleaseSRWLockShared(&stage->lock);
        is_all = sniff_read_ahead(stage);
        AcquireSRWLockExclusive(&stage->lock);
        is_over = is_all || stage->ahead_length >= SNIFF_ENOUGH || stage->ahead_ended
                || (stage->held_flags & BSCF_LASTDATANOTIFICATION) || stage->has_held_result;
        if (!is_over && (seen == stage->held_count || attempts == SNIFF_ATTEMPTS))
        {
            stage->is_sniffing = FALSE;
            ReleaseSRWLockExclusive(&stage->lock);
            return;
        }
        if (is_over)
        {
            stage->is_sniffing = FALSE;
            stage->sniff = SNIFF_DELIVERING;
            proposed = stage->mime;
            stage->mime = NULL;
        }
        ReleaseSRWLockExclusive(&stage->lock);
        if (is_over)
        {
            sniff_deliver(stage, sniff_find(stage, proposed));
            free(proposed);
            return;
        }
    }
}

/* A type that is final, at a stage whose reports are not held back any more. */
static void sniff_pass_on(struct protocol_stage *stage, const WCHAR *mime)
{
    struct bind_protocol *protocol = stage_pin(stage, NULL);

    if (!protocol)
        return;
    bind_protocol_mime(protocol, stage, mime);
    bind_protocol_unpin(protocol);
}

/* Leads the reporting of what the handler says the type is: of what a filter makes of the data if
 * there is one for it; else a verified one at once, another one when it was sniffed. */
static void sniff_lead(struct protocol_stage *stage, const WCHAR *mime, BOOL is_verified)
{
    struct bind_protocol *protocol = NULL;
    WCHAR *copy = NULL, *said = NULL;
    BOOL is_filtered = FALSE;

    if (mime && !(is_verified && stage->is_filter))
        protocol = stage_pin(stage, NULL);
    if (protocol)
    {
        is_filtered = bind_protocol_filter(protocol, stage, mime, TRUE);
        bind_protocol_unpin(protocol);
    }
    if (is_filtered)
    {
        sniff_deliver(stage, NULL);
        return;
    }
    if (is_verified)
    {
        if (!mime) /* nobody looks at the bytes: what was said before is what is known */
        {
            AcquireSRWLockExclusive(&stage->lock);
            mime = said = stage->mime;
            stage->mime = NULL;
            ReleaseSRWLockExclusive(&stage->lock);
        }
        if (mime && FAILED(wstr_to_caller(mime, &copy)))
            copy = NULL;
        free(said);
        sniff_deliver(stage, copy);
        return;
    }
    AcquireSRWLockExclusive(&stage->lock);
    stage->sniff = SNIFF_WAITING;
    stage->is_sniffing = stage->has_held_data || stage->has_held_result;
    is_filtered = !stage->is_sniffing;
    ReleaseSRWLockExclusive(&stage->lock);
    if (!is_filtered)
        sniff_run(stage); /* for what came meanwhile */
}

void stage_sniff_mime(struct protocol_stage *stage, const WCHAR *mime, BOOL is_verified)
{
    BOOL is_leader = FALSE, is_final = FALSE;

    AcquireSRWLockExclusive(&stage->lock);
    if (stage->sniff == SNIFF_DONE)
        is_final = TRUE;
    else
    {
        if (mime)
            wstr_replace(&stage->mime, mime);
        if (stage->sniff == SNIFF_WAITING && !stage->is_sniffing)
        {
            stage->sniff = SNIFF_DELIVERING;
            is_leader = TRUE;
        }
    }
    ReleaseSRWLockExclusive(&stage->lock);
    if (is_leader)
        sniff_lead(stage, mime, is_verified);
    else if (is_final && mime)
        sniff_pass_on(stage, mime);
}

/* Whether this thread is inside the handler's Continue: a handler is not read, nor is the client
 * called, before it has returned. */
static BOOL stage_is_continuing(struct protocol_stage *stage)
{
    struct bind_protocol *protocol = stage_pin(stage, NULL);
    BOOL is_continuing;

    if (!protocol)
        return FALSE;
    is_continuing = (DWORD)protocol->continue_thread == GetCurrentThreadId();
    bind_protocol_unpin(protocol);
    return is_continuing;
}

void protocol_stage_continued(struct protocol_stage *stage)
{
    BOOL is_leader;

    AcquireSRWLockExclusive(&stage->lock);
    is_leader = stage->sniff == SNIFF_WAITING && !stage->is_sniffing
            && (stage->has_held_data || stage->has_held_result);
    if (is_leader)
        stage->is_sniffing = TRUE;
    ReleaseSRWLockExclusive(&stage->lock);
    if (is_leader)
        sniff_run(stage);
}

HRESULT stage_sniff_data(struct protocol_stage *stage, DWORD flags, ULONG progress, ULONG max)
{
    BOOL is_leader = FALSE, is_continuing;

    if (stage->sniff == SNIFF_DONE)
        return stage_forward_data(stage, flags, progress, max);
    is_continuing = stage_is_continuing(stage);
    AcquireSRWLockExclusive(&stage->lock);
    if (stage->sniff == SNIFF_DONE)
    {
        ReleaseSRWLockExclusive(&stage->lock);
        return stage_forward_data(stage, flags, progress, max);
    }
    stage->has_held_data = TRUE;
    stage->held_count++;
    stage->held_flags |= flags;
    stage->held_progress = progress;
    stage->held_max = max;
    if (stage->sniff == SNIFF_WAITING && !stage->is_sniffing && !is_continuing)
        stage->is_sniffing = is_leader = TRUE;
    ReleaseSRWLockExclusive(&stage->lock);
    if (is_leader)
        sniff_run(stage);
    return S_OK;
}

HRESULT stage_sniff_result(struct protocol_stage *stage, HRESULT result, DWORD error,
        const WCHAR *text)
{
    BOOL is_leader = FALSE, is_continuing = stage_is_continuing(stage);

    AcquireSRWLockExclusive(&stage->lock);
    if (stage->sniff == SNIFF_DONE || stage->has_held_result
            || (stage->sniff == SNIFF_WAITING && !stage->is_sniffing && !stage->has_held_data
                    && (FAILED(result) || !stage->mime)))
    {
        BOOL is_second = stage->has_held_result;

        ReleaseSRWLockExclusive(&stage->lock);
        return is_second ? E_FAIL : stage_forward_result(stage, result, error, text);
    }
    stage->has_held_result = TRUE;
    stage->held_count++;
    stage->held_result = result;
    stage->held_error = error;
    stage->held_text = wstr_dup(text);
    if (stage->sniff == SNIFF_WAITING && !stage->is_sniffing && !is_continuing)
        stage->is_sniffing = is_leader = TRUE;
    ReleaseSRWLockExclusive(&stage->lock);
    if (is_leader)
        sniff_run(stage);
    return S_OK;
}
