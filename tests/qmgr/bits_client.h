/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of the transfer service share: a client's everyday steps, each a call. Functions
 * that return no HRESULT make a failed test of their own when something goes wrong which the test
 * did not ask about.
 */
#ifndef CONCIERGE_TESTS_BITS_CLIENT_H
#define CONCIERGE_TESTS_BITS_CLIENT_H

#include "harness.h"

#include "bits10_3.h"
#include "bits5_0.h"
#include "bitsmsg.h"
#include "bitsmsg_ext.h"

/* Repeats cond until it holds or `milliseconds` have passed; check it again afterwards. */
#define WAIT_UNTIL(cond, milliseconds)                                                             \
    for (ULONGLONG until_ = GetTickCount64() + tap_patience(milliseconds);                         \
            !(cond) && GetTickCount64() < until_; Sleep(10))

/* Sets of states */
#define STATE_BIT(state) (1u << (state))
#define STATES_ACTION                                                                              \
    (STATE_BIT(BG_JOB_STATE_QUEUED) | STATE_BIT(BG_JOB_STATE_CONNECTING)                           \
            | STATE_BIT(BG_JOB_STATE_TRANSFERRING))
#define STATES_AT_REST                                                                             \
    (STATE_BIT(BG_JOB_STATE_TRANSFERRED) | STATE_BIT(BG_JOB_STATE_ERROR)                           \
            | STATE_BIT(BG_JOB_STATE_TRANSIENT_ERROR))

/* ---- the service ---- */

/* CoCreateInstance of BackgroundCopyManager; on failure the program ends with a failed test. COM
 * has been initialized by bits_begin. */
IBackgroundCopyManager *bits_connect(void);

/* harness_require, COM for the main thread (multithreaded), and a manager. */
IBackgroundCopyManager *bits_begin(void);

/* Cancels every job there is, releases the manager, leaves COM; then done_testing(). */
int bits_end(IBackgroundCopyManager *manager);

unsigned int bits_cancel_all(IBackgroundCopyManager *manager);

/* Number of this user's jobs in the queue. */
unsigned int bits_count_jobs(IBackgroundCopyManager *manager);

/* SERVICE_RUNNING and so on; 0 when it cannot be told. */
DWORD bits_service_state(void);
DWORD bits_service_start_type(void);

/* SERVICE_CONTROL_STOP, then waits for SERVICE_STOPPED and the end of the process. */
bool bits_service_stop(void);

/* A DWORD under HKLM\System\CurrentControlSet\Services\BITS\Parameters. */
void bits_set_parameter(const WCHAR *name, DWORD value);

/* From its next start on the service writes its log to this file. */
void bits_set_log(const WCHAR *path);

/* ---- jobs ---- */

/* A new download job with foreground priority and a retry delay of 600 s; tests that want another
 * priority set it. */
IBackgroundCopyJob *bits_job_create(IBackgroundCopyManager *manager, const WCHAR *name);
GUID bits_job_id(IBackgroundCopyJob *job);
IBackgroundCopyJob *bits_job_find(IBackgroundCopyManager *manager, const GUID *id);

/* The file of that name on the server, to harness_scratch(local). */
void bits_job_add(IBackgroundCopyJob *job, const struct harness_server *server, const WCHAR *remote,
        const WCHAR *local);

/* -1 when the call fails. */
int bits_job_state(IBackgroundCopyJob *job);
const char *bits_state_name(int state);

/* Waits until the job is in one of the states; returns the state it is in then. */
int bits_job_wait(IBackgroundCopyJob *job, unsigned int states, DWORD milliseconds);

/* Waits until the worker of a suspended job of one file has let go of it. What it has written
 * counts until then, which is some time after Suspend has returned. */
void bits_job_wait_closed(IBackgroundCopyJob *job);

/* Waits for so many bytes of the job's. Returns how many there are. */
UINT64 bits_job_wait_bytes(IBackgroundCopyJob *job, UINT64 bytes, DWORD milliseconds);

BG_JOB_PROGRESS bits_job_progress(IBackgroundCopyJob *job);
ULONG bits_job_error_count(IBackgroundCopyJob *job);

/* The code and the context of the job's error; what GetError returned if there is none. */
HRESULT bits_job_error(IBackgroundCopyJob *job, BG_ERROR_CONTEXT *context);

/* Cancels the job, unless it is NULL or has ended, and releases it. */
void bits_job_drop(IBackgroundCopyJob *job);

/* State as a test, with both states in words. */
#define is_state(job, state, ...)                                                                  \
    do                                                                                             \
    {                                                                                              \
        int state_ = bits_job_state(job);                                                          \
        if (!ok(state_ == (int)(state), __VA_ARGS__))                                              \
            note("the state is %s, not %s", bits_state_name(state_), bits_state_name(state));      \
    } while (0)

/* The job reaches the state in time, as a test. */
#define reaches_state(job, state, milliseconds, ...)                                               \
    do                                                                                             \
    {                                                                                              \
        int state_ = bits_job_wait((job), STATE_BIT(state), (milliseconds));                       \
        if (!ok(state_ == (int)(state), __VA_ARGS__))                                              \
            bits_job_describe(job);                                                                \
    } while (0)

/* The job's state, progress and error as comments. */
void bits_job_describe(IBackgroundCopyJob *job);

/* ---- the interfaces alone: without the harness, with jobs that stay suspended ---- */

#define BITS_URL L"http://127.0.0.1:9/" /* nobody listens */
#define BITS_ENGLISH MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)

/* What a proxy says of a NULL where the interface wants a pointer; an object in the same process
 * has its own checks. */
#define BITS_NULL_REF HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER)

extern IBackgroundCopyManager *bits_manager;

/* Enters COM and sets bits_manager, or ends the test; and the reverse. */
void bits_open(void);
void bits_close(void);

/* A new download job of bits_manager with nothing set, or the end of the test. */
IBackgroundCopyJob *bits_job_new(const WCHAR *name);

/* Another interface of the job or file; NULL, and a failed test, when there is none. */
void *bits_query(void *object, REFIID iid, const char *name);

/* The first file of the job, or the end of the test. */
IBackgroundCopyFile *bits_first_file(IBackgroundCopyJob *job);
ULONG bits_file_count(IBackgroundCopyJob *job);

/* The full path of a file in the current folder, the test's own. The last four stay good. */
const WCHAR *bits_path(const WCHAR *name);

/* `count` times the same letter, good until the next call. At most 70,000. */
const WCHAR *bits_long_text(size_t count);

/* Compares a string that came from the service, and frees it. */
#define is_given(text, expected, ...)                                                              \
    do                                                                                             \
    {                                                                                              \
        is_wstr(text, expected, __VA_ARGS__);                                                      \
        CoTaskMemFree(text);                                                                       \
        text = NULL;                                                                               \
    } while (0)

/* ---- files ---- */

bool bits_file_exists(const WCHAR *path);

/* BG_SIZE_UNKNOWN if there is no such file. */
UINT64 bits_file_size(const WCHAR *path);
void bits_file_write(const WCHAR *path, const char *content);
bool bits_file_is(const WCHAR *path, const char *content);

/* The files of a folder that match; path, if not NULL, is set to one of them. */
unsigned int bits_count_files(const WCHAR *folder, const WCHAR *pattern, WCHAR path[MAX_PATH]);

/* The size of the one temporary file in a folder; BG_SIZE_UNKNOWN if there is none. */
UINT64 bits_temp_size(const WCHAR *folder);

/* A fresh folder below the test's own. Good for the next 15 calls, as harness_scratch(). */
const WCHAR *bits_folder(const WCHAR *name);

/* The log line's first byte of "bytes=N-"; 0 for a request without Range. */
UINT64 bits_range_start(const char *line);

#endif
