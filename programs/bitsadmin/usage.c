/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The help. Its lists of commands are those of the tables themselves. */

#include "bitsadmin.h"
#include "output.h"

static void commands_print(const WCHAR *title, const struct command *command)
{
    output_printf(L"\n%ls:\n", title);
    for (; command->name; ++command)
    {
        output_printf(L"  /%ls %ls\n", command->name, command->usage);
    }
}

static void properties_print(const struct property *property)
{
    for (; property->name; ++property)
    {
        if (property->get)
        {
            output_printf(L"  /GET%ls job\n", property->name);
        }
        if (property->set)
        {
            output_printf(L"  /SET%ls job %ls\n", property->name, property->set_usage);
        }
    }
}

/* Prints what /HELP prints. */
void usage_print(void)
{
    output_write(L"Usage: bitsadmin [/RAWRETURN] [/WRAP | /NOWRAP] command\n"
                 L"\n"
                 L"Switches are the same in upper and lower case. A job is given by its GUID or\n"
                 L"by its display name; a name that several jobs have is an error.\n"
                 L"\n"
                 L"  /RAWRETURN  prints values only, for scripts\n"
                 L"  /WRAP       wraps lines that are longer than the console is wide (default)\n"
                 L"  /NOWRAP     cuts them (default of /MONITOR)\n"
                 L"  /HELP, /?   prints this help\n");
    commands_print(L"Transfer", transfer_commands);
    output_write(L"    Transfers all files and shows the progress. Ctrl-C cancels the job.\n");
    commands_print(L"Listing jobs", list_commands);
    commands_print(L"Changing jobs", job_commands);
    commands_print(L"Files", file_commands);
    output_write(L"\nProperties:\n");
    properties_print(job_properties);
    properties_print(network_properties);
    properties_print(extra_properties);
    commands_print(L"Network", network_commands);
    commands_print(L"Other", extra_commands);
    output_write(
            L"\n"
            L"Exit codes: 0 done, 1 refused or failed, 2 wrong command line, 3 ended by\n"
            L"Ctrl-C, 4 the service cannot be reached. Errors are printed to standard error.\n");
}
