/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A producer of the Test Anything Protocol (https://testanything.org) for Windows programs.
 *
 * A test is a C program which calls ok() and its relatives and ends with
 *
 *     return done_testing();
 *
 * Every check may be called from any thread. Format strings are those of C99 (%zu, %llu, %ls work
 * in each of MinGW's run-time libraries); wide text that may hold anything goes through tap_wstr().
 *
 * Lines are written whole, unbuffered and with LF, so that a test which is killed loses nothing.
 * An unhandled exception is reported with its module and offset and ends the program with code 3.
 */

#ifndef CONCIERGE_TESTS_TAP_H
#define CONCIERGE_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <windows.h>

#ifdef __GNUC__
#define TAP_PRINTF(fmt, args) __attribute__((format(gnu_printf, fmt, args)))
#define TAP_NORETURN __attribute__((noreturn))
#define TAP_USED __attribute__((used))
#else
#define TAP_PRINTF(fmt, args)
#define TAP_NORETURN
#define TAP_USED
#endif

/* Asks tests/run-test for another time limit than 120 s; at file scope, a literal number. */
#define TAP_TIME_LIMIT(seconds)                                                                    \
    static const char tap_time_limit[] TAP_USED = "concierge-test-time-limit=" #seconds ";"

/* Counts as one test: passes if cond is true. Returns whether it did. */
#define ok(cond, ...) tap_ok(__FILE__, __LINE__, !!(cond), __VA_ARGS__)

/* These say what was got and what was expected when they fail. */
#define is_int(got, expected, ...)                                                                 \
    tap_is_int(__FILE__, __LINE__, (long long)(got), (long long)(expected), __VA_ARGS__)
#define is_uint(got, expected, ...)                                                                \
    tap_is_uint(__FILE__, __LINE__, (unsigned long long)(got), (unsigned long long)(expected),     \
            __VA_ARGS__)
#define is_ptr(got, expected, ...)                                                                 \
    tap_is_ptr(__FILE__, __LINE__, (const void *)(got), (const void *)(expected), __VA_ARGS__)
#define is_hr(got, expected, ...) tap_is_hr(__FILE__, __LINE__, (got), (expected), __VA_ARGS__)
#define is_str(got, expected, ...) tap_is_str(__FILE__, __LINE__, (got), (expected), __VA_ARGS__)
#define is_wstr(got, expected, ...) tap_is_wstr(__FILE__, __LINE__, (got), (expected), __VA_ARGS__)
#define is_guid(got, expected, ...) tap_is_guid(__FILE__, __LINE__, (got), (expected), __VA_ARGS__)
#define is_mem(got, expected, size, ...)                                                           \
    tap_is_mem(__FILE__, __LINE__, (got), (expected), (size), __VA_ARGS__)

#define pass(...) tap_ok(__FILE__, __LINE__, true, __VA_ARGS__)
#define fail(...) tap_ok(__FILE__, __LINE__, false, __VA_ARGS__)

/*
 * The checks inside the following statement or block are expected to fail (TAP's TODO): failing,
 * they do not fail the program. Do not leave the block with break, goto or return.
 *
 *     todo_builtin("no IBackgroundCopyJob5") is_hr(hr, S_OK, "QueryInterface");
 *     todo_if(is_32bit, "not yet") { ok(...); ok(...); }
 *
 * todo_builtin applies when the environment has CONCIERGE_DLLS=builtin, that is, when the program
 * runs on the DLLs which Wine brings along.
 */
#define todo_if(cond, why)                                                                         \
    for (bool tap_more_ = tap_todo_begin((cond), (why)); tap_more_; tap_more_ = tap_todo_end())
#define todo_builtin(why) todo_if(tap_builtin(), (why))

/*
 * For what the DLLs which Wine brings along have nothing of, so that a test of it would only wait:
 * with CONCIERGE_DLLS=builtin counts as one failed TODO test and returns true, else does nothing.
 *
 *     if (builtin_lacks("jobs which outlive the service"))
 *         return done_testing();
 *     if (!job5 && builtin_lacks("IBackgroundCopyJob5"))
 *         return;
 */
#define builtin_lacks(what) tap_builtin_lacks(__FILE__, __LINE__, (what))

/* Says how many tests there will be. Optional: done_testing() states the number run. */
void plan(unsigned int tests);

/* Counts n tests as skipped. */
void skip(unsigned int n, const char *why, ...) TAP_PRINTF(2, 3);

/*
 * How long to wait for what a check is about to ask for: as long as given, but inside a block that
 * is expected to fail three seconds at most.
 */
DWORD tap_patience(DWORD milliseconds);

/* Skips the whole program; only before the first test. Ends the process with code 0. */
void skip_all(const char *why, ...) TAP_PRINTF(1, 2) TAP_NORETURN;

/* A comment: on standard output, one "# " a line. */
void note(const char *fmt, ...) TAP_PRINTF(1, 2);

/* Nothing more can be tested, here or in other programs. Ends the process with code 255. */
void bail_out(const char *why, ...) TAP_PRINTF(1, 2) TAP_NORETURN;

/* States the plan if plan() did not. Returns main()'s exit code: 0 if no test failed, else 1. */
int done_testing(void);

/* Whether CONCIERGE_DLLS=builtin. */
bool tap_builtin(void);

/*
 * The leak account of this process. Begin after a warm-up (one run of what is tested), end after
 * the measured rounds. tap_account_end() waits up to 40 seconds for the numbers to come down,
 * then makes two tests: no more handles and no more threads than at the beginning.
 */
void tap_account_begin(void);
void tap_account_end(const char *what, ...) TAP_PRINTF(1, 2);

/* The number of open handles and of threads of this process; 0 if the system does not tell. */
unsigned int tap_handle_count(void);
unsigned int tap_thread_count(void);

/* The number of open handles of any process. */
unsigned int tap_process_handle_count(DWORD process);

/* Text for messages; the result is good for the next 15 calls on the same thread. */
const char *tap_wstr(const WCHAR *str);

/* The path of a program in this one's folder (NULL: of this one), to be started as the other
 * process of a test. With CONCIERGE_PEERS=other in the environment it is that of the other word
 * size, from the build folder beside this one's; where there is none the test bails out. */
void tap_peer_path(const WCHAR *name, WCHAR path[MAX_PATH]);
/* Whether it is. */
bool tap_peers_are_others(void);
/* Makes a path in this program's build folder one of the other word size's. Whether there is such a
 * file. */
bool tap_other_path(WCHAR path[MAX_PATH]);
const char *tap_hr(HRESULT hr);
const char *tap_guid(const GUID *guid);

/* What the macros above call. */
bool tap_ok(const char *file, int line, bool passed, const char *fmt, ...) TAP_PRINTF(4, 5);
bool tap_is_int(const char *file, int line, long long got, long long expected, const char *fmt, ...)
        TAP_PRINTF(5, 6);
bool tap_is_uint(const char *file, int line, unsigned long long got, unsigned long long expected,
        const char *fmt, ...) TAP_PRINTF(5, 6);
bool tap_is_ptr(const char *file, int line, const void *got, const void *expected, const char *fmt,
        ...) TAP_PRINTF(5, 6);
bool tap_is_hr(const char *file, int line, HRESULT got, HRESULT expected, const char *fmt, ...)
        TAP_PRINTF(5, 6);
bool tap_is_str(const char *file, int line, const char *got, const char *expected, const char *fmt,
        ...) TAP_PRINTF(5, 6);
bool tap_is_wstr(const char *file, int line, const WCHAR *got, const WCHAR *expected,
        const char *fmt, ...) TAP_PRINTF(5, 6);
bool tap_is_guid(const char *file, int line, const GUID *got, const GUID *expected, const char *fmt,
        ...) TAP_PRINTF(5, 6);
bool tap_is_mem(const char *file, int line, const void *got, const void *expected, size_t size,
        const char *fmt, ...) TAP_PRINTF(6, 7);
bool tap_builtin_lacks(const char *file, int line, const char *what);
bool tap_todo_begin(bool expected, const char *why);
bool tap_todo_end(void);

#endif
