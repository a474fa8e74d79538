/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the BITS interfaces share: the manager, jobs that are cancelled, paths. */
#ifndef CONCIERGE_TESTS_QMGR_CLIENT_H
#define CONCIERGE_TESTS_QMGR_CLIENT_H

#include <stdio.h>
#include <wchar.h>

#include "tap.h"

#include <objbase.h>

#include "bits10_3.h"
#include "bitsmsg.h"
#include "bitsmsg_ext.h"

#define CLIENT_URL L"http://127.0.0.1:9/" /* nobody listens; jobs stay suspended */
#define CLIENT_ENGLISH MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)

/* What a proxy says of a NULL where the interface wants a pointer; an object in the same process has its
 * own checks. */
#define CLIENT_NULL_REF HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER)

static IBackgroundCopyManager *client_manager;

/* Enters COM and connects to the service, or ends the test. */
static inline void client_connect(void)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);

    if (FAILED(hr))
        bail_out("CoInitializeEx: %s", tap_hr(hr));
    hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER,
            &IID_IBackgroundCopyManager, (void **)&client_manager);
    if (!is_hr(hr, S_OK, "the BITS manager can be created"))
        bail_out("no BITS service: %s", tap_hr(hr));
}

static inline void client_disconnect(void)
{
    IBackgroundCopyManager_Release(client_manager);
    CoUninitialize();
}

/* A new download job, or the end of the test. */
static inline IBackgroundCopyJob *client_create_job(const WCHAR *name)
{
    IBackgroundCopyJob *job = NULL;
    HRESULT hr;
    GUID id;

    hr = IBackgroundCopyManager_CreateJob(client_manager, name, BG_JOB_TYPE_DOWNLOAD, &id, &job);
    if (FAILED(hr))
        bail_out("CreateJob: %s", tap_hr(hr));
    return job;
}

static inline void client_cancel_job(IBackgroundCopyJob *job)
{
    BG_JOB_STATE state;

    if (SUCCEEDED(IBackgroundCopyJob_GetState(job, &state)) && state != BG_JOB_STATE_CANCELLED
            && state != BG_JOB_STATE_ACKNOWLEDGED)
        IBackgroundCopyJob_Cancel(job);
    IBackgroundCopyJob_Release(job);
}

/* Another interface of the job or file; NULL, and a failed test, when there is none. */
static inline void *client_query(void *object, REFIID iid, const char *name)
{
    void *out = NULL;
    HRESULT hr = IUnknown_QueryInterface((IUnknown *)object, iid, &out);

    is_hr(hr, S_OK, "QueryInterface for %s", name);
    return out;
}

/* The full path of a file in the current folder, which is the test's own. The last four stay good. */
static inline const WCHAR *client_path(const WCHAR *name)
{
    static WCHAR paths[4][MAX_PATH + 64];
    static unsigned int next;
    WCHAR *path = paths[next++ % 4];
    DWORD length = GetCurrentDirectoryW(MAX_PATH, path);

    swprintf(path + length, MAX_PATH + 64 - length, L"\\%ls", name);
    return path;
}

/* `count` times the character, good until the next call. At most 70,000. */
static inline const WCHAR *client_long_text(size_t count)
{
    static WCHAR text[70001];

    for (size_t i = 0; i < count; i++)
        text[i] = 'a';
    text[count] = 0;
    return text;
}

/* The first file of the job. */
static inline IBackgroundCopyFile *client_first_file(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;

    if (SUCCEEDED(IBackgroundCopyJob_EnumFiles(job, &files)))
    {
        if (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) != S_OK)
            file = NULL;
        IEnumBackgroundCopyFiles_Release(files);
    }
    if (!file)
        bail_out("the job has no file");
    return file;
}

static inline ULONG client_file_count(IBackgroundCopyJob *job)
{
    BG_JOB_PROGRESS progress = {0};

    IBackgroundCopyJob_GetProgress(job, &progress);
    return progress.FilesTotal;
}

/* Compares a string that came from the service, and frees it. */
#define is_given(text, expected, ...)                                                              \
    do                                                                                             \
    {                                                                                              \
        is_wstr(text, expected, __VA_ARGS__);                                                      \
        CoTaskMemFree(text);                                                                       \
        text = NULL;                                                                               \
    } while (0)

#endif
