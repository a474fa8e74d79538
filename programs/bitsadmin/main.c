/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bitsadmin: a command-line tool to create, watch and change the jobs of BITS. */

#include <wchar.h>

#include "bitsadmin.h"
#include "output.h"

/* No expansion of wildcards: a URL may have question marks. */
extern int _dowildcard;
int _dowildcard = 0;

int wmain(int argc, WCHAR **argv);

/* Connects to the service, starting it if need be; again after it died. */
HRESULT context_connect(struct context *context)
{
    IBackgroundCopyManager *manager;
    HRESULT hr;

    hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER,
            &IID_IBackgroundCopyManager, (void **)&manager);
    if (FAILED(hr))
    {
        return hr;
    }
    if (context->manager)
    {
        IBackgroundCopyManager_Release(context->manager);
    }
    context->manager = manager;
    return S_OK;
}

static const struct command *command_find(const WCHAR *name)
{
    static const struct command *const tables[] = {transfer_commands, list_commands, job_commands,
            file_commands, network_commands, extra_commands};
    const struct command *command;
    size_t i;

    for (i = 0; i < ARRAYSIZE(tables); ++i)
    {
        for (command = tables[i]; command->name; ++command)
        {
            if (!_wcsicmp(command->name, name))
            {
                return command;
            }
        }
    }
    return NULL;
}

/* The property of a switch that begins with GET or SET and that it can get or set. */
static const struct property *property_find(const WCHAR *name, bool *set)
{
    static const struct property *const tables[] = {job_properties, network_properties,
            extra_properties};
    const struct property *property;
    size_t i;

    *set = !_wcsnicmp(name, L"SET", 3);
    if (!*set && _wcsnicmp(name, L"GET", 3))
    {
        return NULL;
    }
    for (i = 0; i < ARRAYSIZE(tables); ++i)
    {
        for (property = tables[i]; property->name; ++property)
        {
            if (!_wcsicmp(property->name, name + 3) && (*set ? !!property->set : !!property->get))
            {
                return property;
            }
        }
    }
    return NULL;
}

static int property_get(struct context *context, IBackgroundCopyJob *job,
        const struct property *property)
{
    struct text value = TEXT_INIT;
    HRESULT hr;

    hr = property->get(job, &value);
    if (SUCCEEDED(hr))
    {
        output_printf(context->raw ? L"%ls" : L"%ls\n", text_get(&value));
    }
    text_free(&value);
    return FAILED(hr) ? report_failure(context, hr, L"get the %ls", property->label) : EXIT_DONE;
}

static int property_set(struct context *context, IBackgroundCopyJob *job,
        const struct property *property, int argc, WCHAR **argv)
{
    HRESULT hr;
    int i;

    hr = property->set(job, argc, argv);
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"set the %ls", property->label);
    }
    if (!context->raw)
    {
        output_printf(L"%lc%ls set to", towupper(property->label[0]), property->label + 1);
        for (i = 0; i < argc; ++i)
        {
            output_printf(L" %ls", argv[i]);
        }
        output_write(L".\n");
    }
    return EXIT_DONE;
}

/* Runs the command that argv[0] names. Everything that can be checked without the service is
 * checked before it is asked. */
static int command_run(struct context *context, int argc, WCHAR **argv)
{
    const WCHAR *name = argv[0] + 1;
    IBackgroundCopyJob *job = NULL;
    const struct command *command;
    const struct property *property = NULL;
    int result, min_args, max_args;
    bool takes_job, set = false;
    HRESULT hr;

    command = command_find(name);
    if (command)
    {
        min_args = command->min_args;
        max_args = command->max_args;
        takes_job = command->takes_job;
    }
    else
    {
        property = switch_looks_like(argv[0]) ? property_find(name, &set) : NULL;
        if (!property)
        {
            return report_error(EXIT_USAGE, L"Invalid command \"%ls\". /HELP lists the commands.",
                    argv[0]);
        }
        min_args = set ? property->set_min_args : 0;
        max_args = set ? property->set_max_args : 0;
        takes_job = true;
    }

    --argc;
    ++argv;
    if (argc - takes_job < min_args || argc - takes_job > max_args)
    {
        const WCHAR *usage = command ? command->usage : set ? property->set_usage : L"";

        return report_error(EXIT_USAGE, L"%ls argument%ls.\nUsage: bitsadmin /%ls %ls%ls",
                argc - takes_job < min_args ? L"Missing" : L"Too many",
                argc - takes_job < min_args ? L"" : L"s", name,
                property ? (set ? L"job " : L"job") : L"", usage);
    }

    hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr))
    {
        hr = CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT,
                RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE, NULL);
    }
    if (SUCCEEDED(hr))
    {
        hr = context_connect(context);
    }
    if (FAILED(hr))
    {
        report_failure(context, hr, L"connect to BITS");
        return EXIT_SERVICE;
    }

    result = takes_job ? job_find(context, argv[0], &job) : EXIT_DONE;
    if (result == EXIT_DONE)
    {
        argc -= takes_job;
        argv += takes_job;
        result = command ? command->run(context, job, argc, argv)
                : set    ? property_set(context, job, property, argc, argv)
                         : property_get(context, job, property);
    }
    if (job)
    {
        IBackgroundCopyJob_Release(job);
    }
    IBackgroundCopyManager_Release(context->manager);
    CoUninitialize();
    return result;
}

int wmain(int argc, WCHAR **argv)
{
    struct context context = {NULL, false};
    bool quiet = false, wrap_given = false;
    int result;

    output_init();
    for (--argc, ++argv; argc; --argc, ++argv)
    {
        if (switch_is(argv[0], L"RAWRETURN"))
        {
            context.raw = quiet = true;
        }
        else if (switch_is(argv[0], L"WRAP") || switch_is(argv[0], L"NOWRAP"))
        {
            output_set_wrap(switch_is(argv[0], L"WRAP"));
            wrap_given = true;
        }
        else
        {
            break;
        }
    }
    if (!wrap_given && argc && switch_is(argv[0], L"MONITOR"))
    {
        output_set_wrap(false); /* as the page "bitsadmin nowrap" says */
    }

    if (!quiet)
    {
        output_write(L"\nBITSADMIN version 3.0\nBITS administration utility.\n"
                     L"Part of Concierge, free software under the LGPL 2.1.\n\n");
    }
    if (!argc || switch_is(argv[0], L"?") || switch_is(argv[0], L"HELP")
            || switch_is(argv[0], L"H"))
    {
        usage_print();
        result = EXIT_DONE;
    }
    else if (!switch_looks_like(argv[0]))
    {
        result = report_error(EXIT_USAGE, L"Invalid command \"%ls\". /HELP lists the commands.",
                argv[0]);
    }
    else
    {
        result = command_run(&context, argc, argv);
    }
    output_flush();
    return result;
}
