/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands about many jobs: /LIST, /MONITOR, /RESET; and /INFO and /LISTFILES about one. */

#include "bitsadmin.h"
#include "interrupt.h"
#include "output.h"

#define DEFAULT_REFRESH_SECONDS 5
#define MAX_REFRESH_SECONDS 86400

struct listing
{
    struct context *context;
    bool verbose;
    unsigned int count;
    unsigned int done;
    int result;
};

struct list_options
{
    DWORD flags; /* of EnumJobs */
    bool verbose;
    UINT64 refresh;
};

/* The options that these commands take; which of them is up to the command. */
static int options_parse(int argc, WCHAR **argv, bool takes_verbose, bool takes_refresh,
        struct list_options *options)
{
    int i;

    options->flags = 0;
    options->verbose = false;
    options->refresh = DEFAULT_REFRESH_SECONDS;
    for (i = 0; i < argc; ++i)
    {
        if (switch_is(argv[i], L"ALLUSERS"))
        {
            options->flags = BG_JOB_ENUM_ALL_USERS;
        }
        else if (takes_verbose && switch_is(argv[i], L"VERBOSE"))
        {
            options->verbose = true;
        }
        else if (takes_refresh && switch_is(argv[i], L"REFRESH") && i + 1 < argc)
        {
            if (!number_parse(argv[++i], MAX_REFRESH_SECONDS, &options->refresh)
                    || !options->refresh)
            {
                return report_error(EXIT_USAGE, L"Invalid number of seconds \"%ls\".", argv[i]);
            }
        }
        else
        {
            return report_error(EXIT_USAGE, L"Invalid argument \"%ls\".", argv[i]);
        }
    }
    return EXIT_DONE;
}

static HRESULT list_visit(IBackgroundCopyJob *job, void *user)
{
    struct listing *listing = user;
    struct text text = TEXT_INIT;
    HRESULT hr;

    hr = job_describe(listing->context, job, listing->verbose, &text);
    if (SUCCEEDED(hr))
    {
        output_write(text_get(&text));
        if (listing->verbose)
        {
            output_write(L"\n");
        }
        ++listing->count;
    }
    text_free(&text);
    /* A job that ended in the meantime is left out; only a lost service ends the listing. */
    return FAILED(hr) && !hresult_is_service_lost(hr) ? S_OK : hr;
}

static int list_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    struct listing listing = {.context = context};
    struct list_options options;
    HRESULT hr;
    int result;

    (void)job;
    result = options_parse(argc, argv, true, false, &options);
    if (result != EXIT_DONE)
    {
        return result;
    }
    listing.verbose = options.verbose;
    hr = job_enumerate(context, options.flags, list_visit, &listing);
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"enumerate jobs");
    }
    if (!context->raw)
    {
        output_printf(L"%lsListed %u job(s).\n", options.verbose ? L"" : L"\n", listing.count);
    }
    return EXIT_DONE;
}

/* /MONITOR shows the list again every few seconds until Ctrl-C. On a console each list takes the
 * place of the one before; in a pipe they follow each other. */
static int monitor_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    struct listing listing = {.context = context};
    struct list_options options;
    HRESULT hr;
    int result;

    (void)job;
    result = options_parse(argc, argv, false, true, &options);
    if (result != EXIT_DONE)
    {
        return result;
    }
    if (!interrupt_init())
    {
        return report_failure(context, HRESULT_FROM_WIN32(GetLastError()), L"watch for Ctrl-C");
    }
    do
    {
        output_clear_screen();
        output_printf(L"MONITORING BACKGROUND COPY MANAGER(%I64u second refresh)\n",
                options.refresh);
        hr = job_enumerate(context, options.flags, list_visit, &listing);
        if (hresult_is_service_lost(hr))
        {
            /* The service is started on demand; its jobs are where they were. */
            hr = context_connect(context);
        }
        if (FAILED(hr))
        {
            interrupt_finish();
            return report_failure(context, hr, L"enumerate jobs");
        }
        if (!output_is_console())
        {
            output_write(L"\n");
        }
        output_flush();
    } while (WaitForSingleObject(interrupt_get_event(), (DWORD)options.refresh * 1000)
            == WAIT_TIMEOUT);
    interrupt_finish();
    return EXIT_DONE;
}

static HRESULT reset_visit(IBackgroundCopyJob *job, void *user)
{
    struct listing *listing = user;
    struct text text = TEXT_INIT;
    HRESULT hr;
    GUID id;

    ++listing->count;
    hr = IBackgroundCopyJob_GetId(job, &id);
    if (SUCCEEDED(hr))
    {
        guid_format(&id, &text);
        hr = IBackgroundCopyJob_Cancel(job);
    }
    if (SUCCEEDED(hr))
    {
        ++listing->done;
        if (!listing->context->raw)
        {
            output_printf(L"%ls canceled.\n", text_get(&text));
        }
    }
    else if (!hresult_is_service_lost(hr))
    {
        listing->result = report_failure(listing->context, hr, L"cancel %ls", text_get(&text));
        hr = S_OK;
    }
    text_free(&text);
    return hr;
}

static int reset_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    struct listing listing = {.context = context};
    struct list_options options;
    HRESULT hr;
    int result;

    (void)job;
    result = options_parse(argc, argv, false, false, &options);
    if (result != EXIT_DONE)
    {
        return result;
    }
    hr = job_enumerate(context, options.flags, reset_visit, &listing);
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"cancel all jobs");
    }
    if (!context->raw)
    {
        output_printf(L"%u out of %u jobs canceled.\n", listing.done, listing.count);
    }
    return listing.result;
}

static int info_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    struct text text = TEXT_INIT;
    bool verbose = false;
    HRESULT hr;

    if (argc)
    {
        if (!switch_is(argv[0], L"VERBOSE"))
        {
            return report_error(EXIT_USAGE, L"Invalid argument \"%ls\".", argv[0]);
        }
        verbose = true;
    }
    hr = job_describe(context, job, verbose, &text);
    if (SUCCEEDED(hr))
    {
        output_write(text_get(&text));
    }
    text_free(&text);
    return FAILED(hr) ? report_failure(context, hr, L"get information about the job") : EXIT_DONE;
}

static int listfiles_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    struct text text = TEXT_INIT;
    HRESULT hr;

    (void)argc;
    (void)argv;
    hr = job_describe_files(job, &text);
    if (SUCCEEDED(hr))
    {
        output_write(text_get(&text));
    }
    text_free(&text);
    return FAILED(hr) ? report_failure(context, hr, L"list the files of the job") : EXIT_DONE;
}

/* clang-format off */
const struct command list_commands[] =
{
    { L"LIST", L"[/ALLUSERS] [/VERBOSE]", 0, 2, false, list_run },
    { L"MONITOR", L"[/ALLUSERS] [/REFRESH seconds]", 0, 3, false, monitor_run },
    { L"RESET", L"[/ALLUSERS]", 0, 1, false, reset_run },
    { L"INFO", L"job [/VERBOSE]", 0, 1, true, info_run },
    { L"LISTFILES", L"job", 0, 0, true, listfiles_run },
    { NULL, NULL, 0, 0, false, NULL }
};
/* clang-format on */
