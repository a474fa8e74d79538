/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Showing how far a job is: on a console a bar with rate and time left, drawn over itself; in a
 * pipe plain lines, one group for every new state, every tenth of the bytes and every few
 * seconds. */

#include <wchar.h>

#include "bitsadmin.h"
#include "output.h"
#include "progress.h"

#define SAMPLE_INTERVAL_MS 200
#define PIPE_INTERVAL_MS 5000
#define PIPE_STEP_PERCENT 10
#define PERCENT_UNKNOWN 101

void progress_init(struct progress *progress)
{
    memset(progress, 0, sizeof(*progress));
}

static unsigned int status_percent(const struct job_status *status)
{
    const BG_JOB_PROGRESS *job = &status->progress;

    if (job->BytesTotal == BG_SIZE_UNKNOWN)
    {
        return PERCENT_UNKNOWN;
    }
    if (!job->BytesTotal)
    {
        return job->FilesTotal && job->FilesTransferred == job->FilesTotal ? 100 : 0;
    }
    if (job->BytesTransferred >= job->BytesTotal)
    {
        return 100;
    }
    /* Sizes are below 2^63, but a hundred times a size need not be. */
    return (unsigned int)((double)job->BytesTransferred * 100.0 / (double)job->BytesTotal);
}

/* Notes the bytes transferred by now, for the rate. After a restart of a file, which takes bytes
 * away, the rate begins anew. */
static void samples_add(struct progress *progress, ULONGLONG now, UINT64 bytes)
{
    unsigned int last = progress->sample_count ? progress->sample_count - 1 : 0;

    if (progress->sample_count && bytes < progress->samples[last].bytes)
    {
        progress->sample_count = 0;
    }
    if (progress->sample_count > 1 && now - progress->samples[last - 1].time < SAMPLE_INTERVAL_MS)
    {
        progress->samples[last].time = now;
        progress->samples[last].bytes = bytes;
        return;
    }
    if (progress->sample_count == PROGRESS_SAMPLES)
    {
        memmove(progress->samples, progress->samples + 1,
                (PROGRESS_SAMPLES - 1) * sizeof(progress->samples[0]));
        --progress->sample_count;
    }
    progress->samples[progress->sample_count].time = now;
    progress->samples[progress->sample_count].bytes = bytes;
    ++progress->sample_count;
}

/* Bytes per second over the samples kept; 0 where there is nothing to go by. */
static double samples_rate(const struct progress *progress)
{
    unsigned int last;
    ULONGLONG time;

    if (progress->sample_count < 2)
    {
        return 0;
    }
    last = progress->sample_count - 1;
    time = progress->samples[last].time - progress->samples[0].time;
    if (!time)
    {
        return 0;
    }
    return (double)(progress->samples[last].bytes - progress->samples[0].bytes) * 1000.0
            / (double)time;
}

static void bytes_format(double bytes, struct text *text)
{
    static const WCHAR *const units[] = {L"B", L"KiB", L"MiB", L"GiB", L"TiB"};
    unsigned int unit = 0;

    while (bytes >= 1024.0 && unit + 1 < ARRAYSIZE(units))
    {
        bytes /= 1024.0;
        ++unit;
    }
    text_printf(text, unit ? L"%.1f %ls" : L"%.0f %ls", bytes, units[unit]);
}

static void duration_format(double seconds, struct text *text)
{
    unsigned long whole = seconds < 359999.0 ? (unsigned long)(seconds + 0.5) : 359999;

    if (whole >= 3600)
    {
        text_printf(text, L"%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
    }
    else
    {
        text_printf(text, L"%02lu:%02lu", whole / 60, whole % 60);
    }
}

/* What stands right of the bar: bytes, rate and time left while bytes flow, else the state. */
static void details_format(struct progress *progress, const struct job_status *status,
        struct text *text)
{
    const BG_JOB_PROGRESS *job = &status->progress;
    double rate = samples_rate(progress);

    bytes_format((double)job->BytesTransferred, text);
    if (job->BytesTotal != BG_SIZE_UNKNOWN)
    {
        text_append(text, L" / ");
        bytes_format((double)job->BytesTotal, text);
    }
    if (job->FilesTotal > 1)
    {
        text_printf(text, L"  %lu/%lu files", job->FilesTransferred, job->FilesTotal);
    }
    if (status->state != BG_JOB_STATE_TRANSFERRING && status->state != BG_JOB_STATE_TRANSFERRED
            && status->state != BG_JOB_STATE_ACKNOWLEDGED)
    {
        text_printf(text, L"  %ls", state_name(status->state));
        return;
    }
    if (rate > 0)
    {
        text_append(text, L"  ");
        bytes_format(rate, text);
        text_append(text, L"/s");
        if (job->BytesTotal != BG_SIZE_UNKNOWN && job->BytesTotal > job->BytesTransferred)
        {
            text_append(text, L"  ");
            duration_format((double)(job->BytesTotal - job->BytesTransferred) / rate, text);
            text_append(text, L" left");
        }
    }
}

static void bar_format(unsigned int percent, int cells, struct text *text)
{
    int full = percent == PERCENT_UNKNOWN ? 0 : (int)percent * cells / 100;
    int i;

    text_append(text, L" [");
    for (i = 0; i < cells; ++i)
    {
        text_append(text, i < full ? L"=" : i == full && full ? L">" : L" ");
    }
    text_append(text, L"] ");
}

static void bar_show(struct progress *progress, const struct job_status *status)
{
    unsigned int percent = status_percent(status);
    struct text line = TEXT_INIT, details = TEXT_INIT;
    int width = output_get_width() - 1, cells;
    size_t length;

    details_format(progress, status, &details);
    text_append(&line, L"\r");
    if (percent == PERCENT_UNKNOWN)
    {
        text_append(&line, L" --%");
    }
    else
    {
        text_printf(&line, L"%3u%%", percent);
    }
    cells = width - (int)line.length - (int)details.length - 3;
    if (cells > 40)
    {
        cells = 40;
    }
    if (cells >= 5)
    {
        bar_format(percent, cells, &line);
    }
    else
    {
        text_append(&line, L" ");
    }
    text_append(&line, text_get(&details));
    if (width > 0 && line.length > (size_t)width)
    {
        line.length = (size_t)width;
        line.data[line.length] = 0;
    }

    /* Blanks over what was longer before. */
    length = line.length;
    while (line.length < progress->line_length)
    {
        text_append(&line, L" ");
    }
    progress->line_length = length;
    output_write(text_get(&line));
    output_flush();
    text_free(&line);
    text_free(&details);
}

static void lines_show(struct progress *progress, const struct job_status *status, ULONGLONG now)
{
    const BG_JOB_PROGRESS *job = &status->progress;
    unsigned int percent = status_percent(status);
    struct text text = TEXT_INIT;

    if (progress->shown && status->state == progress->shown_state
            && now - progress->shown_time < PIPE_INTERVAL_MS
            && (percent == PERCENT_UNKNOWN
                    || (progress->shown_percent != PERCENT_UNKNOWN
                            && percent / PIPE_STEP_PERCENT
                                    == progress->shown_percent / PIPE_STEP_PERCENT)))
    {
        return;
    }
    progress->shown_percent = percent;
    progress->shown_time = now;

    text_printf(&text, L"DISPLAY: \"%ls\" TYPE: %ls STATE: %ls\n", status->name,
            type_name(status->type), state_name(status->state));
    text_printf(&text, L"PRIORITY: %ls FILES: %lu / %lu BYTES: %I64u / ",
            priority_name(status->priority), job->FilesTransferred, job->FilesTotal,
            job->BytesTransferred);
    size_format(job->BytesTotal, &text);
    if (percent != PERCENT_UNKNOWN)
    {
        text_printf(&text, L" (%u%%)", percent);
    }
    text_append(&text, L"\n");
    output_write(text_get(&text));
    output_flush();
    text_free(&text);
}

/* Shows the status of a job: always on a console, in a pipe when there is something new. */
void progress_show(struct progress *progress, const struct job_status *status)
{
    ULONGLONG now = GetTickCount64();

    samples_add(progress, now, status->progress.BytesTransferred);
    if (output_is_console())
    {
        bar_show(progress, status);
    }
    else
    {
        lines_show(progress, status, now);
    }
    progress->shown = true;
    progress->shown_state = status->state;
}

/* Leaves the bar's line, before other text is written. */
void progress_end_line(struct progress *progress)
{
    if (progress->line_length)
    {
        output_write(L"\n");
        output_flush();
        progress->line_length = 0;
    }
}
