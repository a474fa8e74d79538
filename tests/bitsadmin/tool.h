/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Running bitsadmin.exe as a script would: its output, its errors and its exit code. */

#ifndef CONCIERGE_TESTS_BITSADMIN_TOOL_H
#define CONCIERGE_TESTS_BITSADMIN_TOOL_H

#include "../harness.h"

#define TOOL_OUTPUT_MAX 65536

/* Exit codes, as /HELP lists them. */
#define TOOL_DONE 0
#define TOOL_FAILED 1
#define TOOL_USAGE 2
#define TOOL_CANCELED 3
#define TOOL_NO_SERVICE 4

/* What the last run left; UTF-8, cut at TOOL_OUTPUT_MAX. */
extern char tool_output[TOOL_OUTPUT_MAX];
extern char tool_errors[TOOL_OUTPUT_MAX];

struct tool
{
    HANDLE process;
    unsigned int number;
};

/* Finds bitsadmin.exe of this build; skips the whole program without it. To be called first. */
void tool_require(void);

/* Runs the tool with these arguments, as on a command line, to its end, and returns its exit code.
 * A run of more than a minute is ended and gives 0xdead. */
DWORD tool_run(const WCHAR *format, ...);

/* The two halves of tool_run(). */
bool tool_start(struct tool *tool, const WCHAR *format, ...);
DWORD tool_finish(struct tool *tool);

/* Waits at most ten seconds until the output so far of a running tool has the text. */
bool tool_wait_for_output(const struct tool *tool, const char *text);

/* Ctrl-C to the one running process whose command line has this text. */
void tool_interrupt(const char *command_line_part);

/* One test each: the last run's output, or errors, has the text, or has not; on failure all that
 * was printed is noted. */
void tool_printed_at(const char *file, int line, bool errors, bool expected, const char *text);
#define tool_printed(text) tool_printed_at(__FILE__, __LINE__, false, true, text)
#define tool_did_not_print(text) tool_printed_at(__FILE__, __LINE__, false, false, text)
#define tool_complained(text) tool_printed_at(__FILE__, __LINE__, true, true, text)

/* One test: these arguments end with this exit code. */
#define tool_exits(code, ...) is_uint(tool_run(__VA_ARGS__), code, "%s", tool_command)
extern char tool_command[2048];

/* One test: /RAWRETURN with these arguments prints exactly this, without a line's end. */
void tool_returns_at(const char *file, int line, const char *expected, const WCHAR *format, ...);
#define tool_returns(...) tool_returns_at(__FILE__, __LINE__, __VA_ARGS__)

/* Creates a job by /CREATE; id gets its GUID as text. */
void tool_create_job(const WCHAR *name, WCHAR id[40]);

#endif
