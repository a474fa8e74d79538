/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that create a job or move it through its life. */

#include <bits.h>
#include <bitsmsg.h>

#include "bitsadmin.h"
#include "output.h"

static int create_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    BG_JOB_TYPE type = BG_JOB_TYPE_DOWNLOAD;
    const WCHAR *name = argv[argc - 1];
    struct text text = TEXT_INIT;
    HRESULT hr;
    GUID id;

    (void)job;
    if (argc == 2 && !type_parse(argv[0], &type))
    {
        return report_error(EXIT_USAGE, L"Invalid job type \"%ls\".", argv[0]);
    }
    if (argc == 1 && type_parse(name, &type))
    {
        return report_error(EXIT_USAGE, L"The job's name is missing.");
    }
    if (guid_parse(name, &id))
    {
        return report_error(EXIT_USAGE, L"A job's name cannot be a GUID.");
    }
    hr = IBackgroundCopyManager_CreateJob(context->manager, name, type, &id, &job);
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"create job");
    }
    guid_format(&id, &text);
    output_printf(context->raw ? L"%ls" : L"Created job %ls.\n", text_get(&text));
    text_free(&text);
    IBackgroundCopyJob_Release(job);
    return EXIT_DONE;
}

static int job_finish(struct context *context, HRESULT hr, const WCHAR *action, const WCHAR *done)
{
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"%ls job", action);
    }
    if (!context->raw)
    {
        output_printf(L"Job %ls.\n", done);
    }
    return EXIT_DONE;
}

static int resume_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    (void)argc;
    (void)argv;
    return job_finish(context, IBackgroundCopyJob_Resume(job), L"resume", L"resumed");
}

static int suspend_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    (void)argc;
    (void)argv;
    return job_finish(context, IBackgroundCopyJob_Suspend(job), L"suspend", L"suspended");
}

static int cancel_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    HRESULT hr;

    (void)argc;
    (void)argv;
    hr = IBackgroundCopyJob_Cancel(job);
    return job_finish(context, hr, L"cancel",
            hr == BG_S_UNABLE_TO_DELETE_FILES
                    ? L"canceled, but some of its temporary files could not be deleted"
                    : L"canceled");
}

static int complete_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    const WCHAR *done = L"completed";
    HRESULT hr;

    (void)argc;
    (void)argv;
    hr = IBackgroundCopyJob_Complete(job);
    if (hr == BG_S_PARTIAL_COMPLETE)
    {
        done = L"completed in part: only the files that were transferred are available";
    }
    else if (hr == BG_S_UNABLE_TO_DELETE_FILES)
    {
        done = L"completed, but some of its temporary files could not be deleted";
    }
    return job_finish(context, hr, L"complete", done);
}

static int takeownership_run(struct context *context, IBackgroundCopyJob *job, int argc,
        WCHAR **argv)
{
    HRESULT hr;

    (void)argc;
    (void)argv;
    hr = IBackgroundCopyJob_TakeOwnership(job);
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"take ownership of the job");
    }
    if (!context->raw)
    {
        output_write(L"Took ownership of the job.\n");
    }
    return EXIT_DONE;
}

/* clang-format off */
const struct command job_commands[] =
{
    { L"CREATE", L"[/DOWNLOAD | /UPLOAD | /UPLOAD-REPLY] name", 1, 2, false, create_run },
    { L"RESUME", L"job", 0, 0, true, resume_run },
    { L"SUSPEND", L"job", 0, 0, true, suspend_run },
    { L"COMPLETE", L"job", 0, 0, true, complete_run },
    { L"CANCEL", L"job", 0, 0, true, cancel_run },
    { L"TAKEOWNERSHIP", L"job", 0, 0, true, takeownership_run },
    { NULL, NULL, 0, 0, false, NULL }
};
/* clang-format on */
