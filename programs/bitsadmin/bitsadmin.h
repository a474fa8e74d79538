/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of bitsadmin share. The tool follows the "bitsadmin" pages of the Windows Commands
 * reference; each command's function names its page where the page says more than the syntax. */

#ifndef BITSADMIN_H
#define BITSADMIN_H

#include <stdbool.h>
#include <stddef.h>

#include <windows.h>
#include <objbase.h>
#include <bits.h>

#include "text.h"

/* Exit codes of the program. The HRESULT itself is printed, not returned: a shell may see no more
 * than its lowest eight bits, and these can be zero. */
enum exit_code
{
    EXIT_DONE = 0,
    EXIT_FAILED = 1,   /* BITS, or the system, refused the command or the transfer failed */
    EXIT_USAGE = 2,    /* the command line is wrong; nothing was done */
    EXIT_CANCELED = 3, /* ended by Ctrl-C */
    EXIT_SERVICE = 4   /* the BITS service cannot be reached, or died */
};

/* "The argument was bad and the user has been told": a customer code, never sent by a server. */
#define HR_USAGE ((HRESULT)0xa0b17501)

struct context
{
    IBackgroundCopyManager *manager;
    bool raw; /* /RAWRETURN: values only */
};

struct command
{
    const WCHAR *name;
    const WCHAR *usage; /* the arguments, as the help shows them */
    int min_args;       /* without the switch and, where takes_job, without the job */
    int max_args;
    bool takes_job;
    int (*run)(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv);
};

/* A value of a job that /GETx reads and /SETx writes. */
struct property
{
    const WCHAR *name;  /* what follows GET or SET in the switch */
    const WCHAR *label; /* in words, for messages */
    HRESULT (*get)(IBackgroundCopyJob *job, struct text *value);
    HRESULT (*set)(IBackgroundCopyJob *job, int argc, WCHAR **argv);
    const WCHAR *set_usage;
    int set_min_args;
    int set_max_args;
};

/* main.c */
HRESULT context_connect(struct context *context);

/* errors.c */
bool hresult_is_service_lost(HRESULT hr);
void hresult_describe(struct context *context, HRESULT hr, struct text *text);
int report_failure(struct context *context, HRESULT hr, const WCHAR *format, ...);
int report_error(int exit_code, const WCHAR *format, ...);
HRESULT report_bad_argument(const WCHAR *format, ...);
HRESULT error_describe(IBackgroundCopyError *error, const WCHAR *line_break, struct text *text);

/* names.c */
const WCHAR *state_name(BG_JOB_STATE state);
const WCHAR *type_name(BG_JOB_TYPE type);
bool type_parse(const WCHAR *string, BG_JOB_TYPE *type);
const WCHAR *priority_name(BG_JOB_PRIORITY priority);
bool priority_parse(const WCHAR *string, BG_JOB_PRIORITY *priority);
const WCHAR *proxy_usage_name(BG_JOB_PROXY_USAGE usage);
bool proxy_usage_parse(const WCHAR *string, BG_JOB_PROXY_USAGE *usage);
bool acl_flags_parse(const WCHAR *string, DWORD *flags);
void acl_flags_format(DWORD flags, struct text *text);
bool number_parse(const WCHAR *string, UINT64 limit, UINT64 *value);
bool switch_is(const WCHAR *argument, const WCHAR *name);
bool switch_looks_like(const WCHAR *argument);
void size_format(UINT64 size, struct text *text);
void time_format(const FILETIME *time, struct text *text);
void owner_format(const WCHAR *sid_string, struct text *text);

/* jobs.c */
bool guid_parse(const WCHAR *string, GUID *guid);
void guid_format(const GUID *guid, struct text *text);
int job_find(struct context *context, const WCHAR *name, IBackgroundCopyJob **job);
HRESULT job_enumerate(struct context *context, DWORD flags,
        HRESULT (*visit)(IBackgroundCopyJob *job, void *user), void *user);
HRESULT job_get_file(IBackgroundCopyJob *job, ULONG index, IBackgroundCopyFile **file);

/* describe.c */
HRESULT job_describe_line(IBackgroundCopyJob *job, struct text *text);
HRESULT job_describe(struct context *context, IBackgroundCopyJob *job, bool verbose,
        struct text *text);
HRESULT job_describe_files(IBackgroundCopyJob *job, struct text *text);

/* The command tables, each ended by an entry without a name. */
extern const struct command job_commands[];  /* job_commands.c */
extern const struct command list_commands[]; /* list.c */
extern const struct command file_commands[]; /* file_commands.c */
extern const struct command transfer_commands[];
extern const struct property job_properties[];     /* properties.c */
extern const struct property network_properties[]; /* network_properties.c */
extern const struct command network_commands[];
extern const struct property extra_properties[]; /* extra_properties.c */
extern const struct command extra_commands[];

/* usage.c */
void usage_print(void);

#endif
