/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /TRANSFER: a job from its creation to its end in one command ("bitsadmin transfer"). */

#include <wchar.h>

#include <bits2_0.h>
#include <bits5_0.h>
#include <bits5_ext.h>
#include <bitsmsg.h>

#include "bitsadmin.h"
#include "callback.h"
#include "interrupt.h"
#include "output.h"
#include "progress.h"

/* BITS tells what happens. In case a call of its gets lost, the job is looked at this often, in
 * milliseconds; and where BITS cannot be had to call at all, that often. */
#define POLL_WITH_CALLBACK_MS 1000
#define POLL_WITHOUT_CALLBACK_MS 250
/* Not more often than this, however often BITS calls. */
#define REDRAW_MS 100

#define RECONNECT_ATTEMPTS 60
#define RECONNECT_INTERVAL_MS 500

struct transfer
{
    struct context *context;
    IBackgroundCopyJob *job;
    GUID id;
    struct callback *callback;
    bool callback_registered;
    bool transient_reported;
    struct job_status status;
    struct progress progress;
    DWORD acl_flags;
    bool set_acl_flags;
    bool dynamic;
    int file_count;
    WCHAR **files; /* pairs of remote and local names */
};

/* Reads the options between the name and the files. */
static int transfer_parse(struct transfer *transfer, int argc, WCHAR **argv)
{
    GUID guid;
    int i;

    transfer->status.name = argv[0];
    transfer->status.type = BG_JOB_TYPE_DOWNLOAD;
    transfer->status.priority = BG_JOB_PRIORITY_NORMAL;
    if (guid_parse(argv[0], &guid))
    {
        return report_error(EXIT_USAGE, L"A job's name cannot be a GUID.");
    }
    for (i = 1; i < argc && switch_looks_like(argv[i]); ++i)
    {
        if (type_parse(argv[i], &transfer->status.type)
                && transfer->status.type != BG_JOB_TYPE_UPLOAD_REPLY)
        {
            continue;
        }
        if (switch_is(argv[i], L"DYNAMIC"))
        {
            transfer->dynamic = true;
        }
        else if (switch_is(argv[i], L"PRIORITY") && i + 1 < argc)
        {
            if (!priority_parse(argv[++i], &transfer->status.priority))
            {
                return report_error(EXIT_USAGE, L"Invalid priority \"%ls\".", argv[i]);
            }
        }
        else if (switch_is(argv[i], L"ACLFLAGS") && i + 1 < argc)
        {
            transfer->set_acl_flags = true;
            if (!acl_flags_parse(argv[++i], &transfer->acl_flags))
            {
                return report_error(EXIT_USAGE, L"Invalid ACL flags \"%ls\".", argv[i]);
            }
        }
        else
        {
            return report_error(EXIT_USAGE, L"Invalid argument \"%ls\".", argv[i]);
        }
    }
    transfer->files = argv + i;
    transfer->file_count = (argc - i) / 2;
    if (i == argc || (argc - i) % 2)
    {
        return report_error(EXIT_USAGE, L"Remote and local file names come in pairs.");
    }
    return EXIT_DONE;
}

static HRESULT transfer_set_acl_flags(struct transfer *transfer)
{
    IBackgroundCopyJob3 *job3;
    HRESULT hr;

    hr = IBackgroundCopyJob_QueryInterface(transfer->job, &IID_IBackgroundCopyJob3, (void **)&job3);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob3_SetFileACLFlags(job3, transfer->acl_flags);
        IBackgroundCopyJob3_Release(job3);
    }
    return hr;
}

static HRESULT transfer_set_dynamic(struct transfer *transfer)
{
    BITS_JOB_PROPERTY_VALUE value = {.Enable = TRUE};
    IBackgroundCopyJob5 *job5;
    HRESULT hr;

    hr = IBackgroundCopyJob_QueryInterface(transfer->job, &IID_IBackgroundCopyJob5, (void **)&job5);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, value);
        IBackgroundCopyJob5_Release(job5);
    }
    return hr;
}

/* Creates the job with all that was asked for. Where a step fails the caller cancels the job. */
static int transfer_create(struct transfer *transfer)
{
    struct context *context = transfer->context;
    HRESULT hr;
    int i;

    hr = IBackgroundCopyManager_CreateJob(context->manager, transfer->status.name,
            transfer->status.type, &transfer->id, &transfer->job);
    if (FAILED(hr))
    {
        transfer->job = NULL;
        return report_failure(context, hr, L"create job");
    }
    if (transfer->dynamic && FAILED(hr = transfer_set_dynamic(transfer)))
    {
        return report_failure(context, hr, L"make the job's content dynamic");
    }
    if (transfer->set_acl_flags && FAILED(hr = transfer_set_acl_flags(transfer)))
    {
        return report_failure(context, hr, L"set the ACL flags");
    }
    if (transfer->status.priority != BG_JOB_PRIORITY_NORMAL)
    {
        hr = IBackgroundCopyJob_SetPriority(transfer->job, transfer->status.priority);
        if (FAILED(hr))
        {
            return report_failure(context, hr, L"set the priority");
        }
    }
    for (i = 0; i < transfer->file_count; ++i)
    {
        hr = IBackgroundCopyJob_AddFile(transfer->job, transfer->files[2 * i],
                transfer->files[2 * i + 1]);
        if (FAILED(hr))
        {
            return report_failure(context, hr, L"add %ls -> %ls to the job", transfer->files[2 * i],
                    transfer->files[2 * i + 1]);
        }
    }
    return EXIT_DONE;
}

static void transfer_register(struct transfer *transfer)
{
    transfer->callback_registered = SUCCEEDED(callback_register(transfer->callback, transfer->job));
}

/* The service died. It keeps its jobs on disk and is started on demand, so the job is fetched from
 * the next one; it goes on by itself. */
static HRESULT transfer_reconnect(struct transfer *transfer, HRESULT hr)
{
    IBackgroundCopyJob *job;
    int attempt;

    progress_end_line(&transfer->progress);
    report_error(EXIT_SERVICE, L"The connection to BITS was lost (0x%08lx). Connecting again...",
            (unsigned long)hr);
    for (attempt = 0; attempt < RECONNECT_ATTEMPTS; ++attempt)
    {
        if (WaitForSingleObject(interrupt_get_event(), RECONNECT_INTERVAL_MS) == WAIT_OBJECT_0
                && attempt)
        {
            break;
        }
        hr = context_connect(transfer->context);
        if (SUCCEEDED(hr))
        {
            hr = IBackgroundCopyManager_GetJob(transfer->context->manager, &transfer->id, &job);
        }
        if (SUCCEEDED(hr))
        {
            IBackgroundCopyJob_Release(transfer->job);
            transfer->job = job;
            transfer_register(transfer);
            return S_OK;
        }
        if (!hresult_is_service_lost(hr))
        {
            break;
        }
    }
    return hr;
}

static HRESULT transfer_update(struct transfer *transfer)
{
    HRESULT hr;

    hr = IBackgroundCopyJob_GetState(transfer->job, &transfer->status.state);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob_GetProgress(transfer->job, &transfer->status.progress);
    }
    return hr;
}

static void transfer_print_error(struct transfer *transfer, const WCHAR *title)
{
    IBackgroundCopyError *error = NULL;
    struct text text = TEXT_INIT;

    progress_end_line(&transfer->progress);
    text_printf(&text, L"%ls\n", title);
    if (SUCCEEDED(IBackgroundCopyJob_GetError(transfer->job, &error)) && error)
    {
        error_describe(error, L"\n", &text);
        IBackgroundCopyError_Release(error);
    }
    output_error(text_get(&text));
    text_free(&text);
}

/* Waits until there is something to look at. Being called for every block that was written, it
 * first lets some time go by in which only the end is of interest. */
static void transfer_wait(struct transfer *transfer)
{
    HANDLE events[3];

    events[0] = interrupt_get_event();
    events[1] = transfer->callback->ended_event;
    events[2] = transfer->callback->modified_event;
    if (!transfer->callback_registered)
    {
        WaitForSingleObject(events[0], POLL_WITHOUT_CALLBACK_MS);
    }
    else if (WaitForMultipleObjects(2, events, FALSE, REDRAW_MS) == WAIT_TIMEOUT)
    {
        WaitForMultipleObjects(3, events, FALSE, POLL_WITH_CALLBACK_MS - REDRAW_MS);
    }
}

static int transfer_complete(struct transfer *transfer)
{
    struct text id = TEXT_INIT;
    int result = EXIT_DONE;
    HRESULT hr;

    progress_end_line(&transfer->progress);
    hr = IBackgroundCopyJob_Complete(transfer->job);
    if (hresult_is_service_lost(hr) && SUCCEEDED(transfer_reconnect(transfer, hr)))
    {
        hr = IBackgroundCopyJob_Complete(transfer->job);
    }
    if (FAILED(hr))
    {
        result = report_failure(transfer->context, hr, L"complete job");
        guid_format(&transfer->id, &id);
        report_error(result, L"The job %ls keeps the files for another /COMPLETE.", text_get(&id));
        text_free(&id);
        return result;
    }
    if (!transfer->context->raw)
    {
        output_write(hr == BG_S_PARTIAL_COMPLETE ? L"Transfer complete in part.\n"
                        : hr == BG_S_UNABLE_TO_DELETE_FILES
                        ? L"Transfer complete. Some temporary files could not be deleted.\n"
                        : L"Transfer complete.\n");
    }
    return hr == BG_S_PARTIAL_COMPLETE ? EXIT_FAILED : EXIT_DONE;
}

static int transfer_cancel(struct transfer *transfer, int result)
{
    HRESULT hr;

    hr = IBackgroundCopyJob_Cancel(transfer->job);
    if (hresult_is_service_lost(hr) && SUCCEEDED(transfer_reconnect(transfer, hr)))
    {
        hr = IBackgroundCopyJob_Cancel(transfer->job);
    }
    if (FAILED(hr))
    {
        report_failure(transfer->context, hr, L"cancel job");
        return hresult_is_service_lost(hr) ? EXIT_SERVICE : result;
    }
    if (result == EXIT_CANCELED)
    {
        report_error(result, L"Transfer canceled.");
    }
    return result;
}

/* Follows the job to its end. A transient error is reported once and then waited out. */
static int transfer_follow(struct transfer *transfer)
{
    HRESULT hr;

    for (;; transfer_wait(transfer))
    {
        if (interrupt_requested())
        {
            progress_end_line(&transfer->progress);
            return transfer_cancel(transfer, EXIT_CANCELED);
        }
        hr = transfer_update(transfer);
        if (hresult_is_service_lost(hr))
        {
            hr = transfer_reconnect(transfer, hr);
            if (SUCCEEDED(hr))
            {
                hr = transfer_update(transfer);
            }
        }
        if (FAILED(hr))
        {
            progress_end_line(&transfer->progress);
            return report_failure(transfer->context, hr, L"follow the job");
        }

        if (!transfer->context->raw)
        {
            progress_show(&transfer->progress, &transfer->status);
        }
        switch (transfer->status.state)
        {
        case BG_JOB_STATE_TRANSFERRED:
            return transfer_complete(transfer);
        case BG_JOB_STATE_ACKNOWLEDGED:
            progress_end_line(&transfer->progress);
            output_write(transfer->context->raw ? L"" : L"Transfer complete.\n");
            return EXIT_DONE;
        case BG_JOB_STATE_CANCELLED:
            progress_end_line(&transfer->progress);
            return report_error(EXIT_FAILED, L"The job was canceled.");
        case BG_JOB_STATE_ERROR:
            transfer_print_error(transfer, L"Unable to complete transfer.");
            return transfer_cancel(transfer, EXIT_FAILED);
        case BG_JOB_STATE_TRANSIENT_ERROR:
            if (!transfer->transient_reported)
            {
                transfer_print_error(transfer,
                        L"The transfer met an error that may pass; BITS will try again.");
                transfer->transient_reported = true;
            }
            break;
        case BG_JOB_STATE_TRANSFERRING:
            transfer->transient_reported = false;
            break;
        default:
            break;
        }
    }
}

static int transfer_start(struct transfer *transfer)
{
    HRESULT hr;
    int result;

    result = transfer_create(transfer);
    if (result == EXIT_DONE)
    {
        transfer_register(transfer);
        hr = IBackgroundCopyJob_Resume(transfer->job);
        if (SUCCEEDED(hr))
        {
            return transfer_follow(transfer);
        }
        result = report_failure(transfer->context, hr, L"resume job");
    }
    return transfer->job ? transfer_cancel(transfer, result) : result;
}

static int transfer_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    struct transfer transfer = {.context = context};
    HRESULT hr;
    int result;

    (void)job;
    result = transfer_parse(&transfer, argc, argv);
    if (result != EXIT_DONE)
    {
        return result;
    }
    progress_init(&transfer.progress);
    hr = callback_create(&transfer.callback);
    if (SUCCEEDED(hr) && !interrupt_init())
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        callback_release(transfer.callback);
    }
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"start the transfer");
    }
    result = transfer_start(&transfer);
    if (transfer.job)
    {
        IBackgroundCopyJob_Release(transfer.job);
    }
    callback_release(transfer.callback);
    interrupt_finish();
    return result;
}

/* clang-format off */
const struct command transfer_commands[] =
{
    { L"TRANSFER", L"name [/DOWNLOAD | /UPLOAD] [/PRIORITY FOREGROUND|HIGH|NORMAL|LOW]\n"
            L"    [/ACLFLAGS [O][G][D][S]] [/DYNAMIC] remote_url local_name "
            L"[remote_url local_name...]",
            3, 10000, false, transfer_run },
    { NULL, NULL, 0, 0, false, NULL }
};
/* clang-format on */
