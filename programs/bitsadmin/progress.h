/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Showing how far a job is. */

#ifndef BITSADMIN_PROGRESS_H
#define BITSADMIN_PROGRESS_H

#include <stdbool.h>

#include <windows.h>
#include <objbase.h>
#include <bits.h>

#define PROGRESS_SAMPLES 32

struct job_status
{
    const WCHAR *name;
    BG_JOB_TYPE type;
    BG_JOB_PRIORITY priority;
    BG_JOB_STATE state;
    BG_JOB_PROGRESS progress;
};

struct progress
{
    struct
    {
        ULONGLONG time; /* milliseconds */
        UINT64 bytes;
    } samples[PROGRESS_SAMPLES]; /* of the last seconds, oldest first */
    unsigned int sample_count;
    size_t line_length; /* of the bar that stands on the console; 0: none does */
    bool shown;         /* anything, yet */
    BG_JOB_STATE shown_state;
    unsigned int shown_percent;
    ULONGLONG shown_time;
};

void progress_init(struct progress *progress);
void progress_show(struct progress *progress, const struct job_status *status);
void progress_end_line(struct progress *progress);

#endif
