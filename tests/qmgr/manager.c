/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IBackgroundCopyManager, after its reference pages. */
#include "bits_client.h"

#include <stdio.h>
#include <wchar.h>

static void test_create_job(void)
{
    IBackgroundCopyJob *job = NULL, *other = NULL;
    BG_JOB_TYPE type = 99;
    BG_JOB_STATE state = 99;
    WCHAR *name = NULL;
    GUID id, other_id, got;
    HRESULT hr;

    hr = IBackgroundCopyManager_CreateJob(bits_manager, L"first", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    is_hr(hr, S_OK, "CreateJob");
    hr = IBackgroundCopyManager_CreateJob(bits_manager, L"first", BG_JOB_TYPE_DOWNLOAD, &other_id,
            &other);
    is_hr(hr, S_OK, "\"more than one job may have the same display name\"");
    ok(!IsEqualGUID(&id, &other_id), "every job has its own ID");
    is_hr(IBackgroundCopyJob_GetId(job, &got), S_OK, "GetId");
    is_guid(&got, &id, "GetId gives what CreateJob gave");
    is_hr(IBackgroundCopyJob_GetType(job, &type), S_OK, "GetType");
    is_int(type, BG_JOB_TYPE_DOWNLOAD, "it is a download");
    is_hr(IBackgroundCopyJob_GetState(job, &state), S_OK, "GetState");
    is_int(state, BG_JOB_STATE_SUSPENDED, "a new job is suspended (Life Cycle of a BITS Job)");
    is_hr(IBackgroundCopyJob_GetDisplayName(job, &name), S_OK, "GetDisplayName");
    is_given(name, L"first", "the display name");
    bits_job_drop(job);
    bits_job_drop(other);

    job = NULL;
    hr = IBackgroundCopyManager_CreateJob(bits_manager, bits_long_text(256), BG_JOB_TYPE_DOWNLOAD,
            &id, &job);
    is_hr(hr, S_OK, "a display name of 256 characters");
    if (job)
        bits_job_drop(job);
    job = NULL;
    todo_builtin("no limit")
    {
        hr = IBackgroundCopyManager_CreateJob(bits_manager, bits_long_text(257),
                BG_JOB_TYPE_DOWNLOAD, &id, &job);
        is_hr(hr, E_INVALIDARG, "a display name of 257 characters");
    }
    if (job)
        bits_job_drop(job);
    hr = IBackgroundCopyManager_CreateJob(bits_manager, NULL, BG_JOB_TYPE_DOWNLOAD, &id, &job);
    ok(FAILED(hr), "no display name: %s", tap_hr(hr));
    hr = IBackgroundCopyManager_CreateJob(bits_manager, L"x", BG_JOB_TYPE_DOWNLOAD, NULL, &job);
    ok(FAILED(hr), "no place for the ID: %s", tap_hr(hr));
    hr = IBackgroundCopyManager_CreateJob(bits_manager, L"x", 77, &id, &job);
    todo_builtin("not checked")
        is_hr(hr, E_NOTIMPL, "a type that does not exist");
    if (SUCCEEDED(hr))
        bits_job_drop(job);
}

static void test_get_job(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"to be found"), *found = NULL;
    const GUID unknown = {0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    WCHAR *name = NULL;
    HRESULT hr;
    GUID id;

    IBackgroundCopyJob_GetId(job, &id);
    hr = IBackgroundCopyManager_GetJob(bits_manager, &id, &found);
    if (is_hr(hr, S_OK, "GetJob"))
    {
        IBackgroundCopyJob_GetDisplayName(found, &name);
        is_given(name, L"to be found", "it is the job");
        IBackgroundCopyJob_Release(found);
    }
    hr = IBackgroundCopyManager_GetJob(bits_manager, &unknown, &found);
    is_hr(hr, BG_E_NOT_FOUND, "a job that does not exist");
    ok(!found, "and no pointer");
    is_hr(IBackgroundCopyJob_Cancel(job), S_OK, "Cancel");
    hr = IBackgroundCopyManager_GetJob(bits_manager, &id, &found);
    todo_builtin("kept until the last reference is gone")
        is_hr(hr, BG_E_NOT_FOUND, "a cancelled job is not in the queue");
    if (SUCCEEDED(hr))
        IBackgroundCopyJob_Release(found);
    IBackgroundCopyJob_Release(job);
}

static BOOL enumeration_has(DWORD flags, const GUID *id)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyJob *job;
    BOOL found = FALSE;
    GUID got;

    if (!is_hr(IBackgroundCopyManager_EnumJobs(bits_manager, flags, &jobs), S_OK, "EnumJobs(%lu)",
                flags))
        return FALSE;
    while (IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        IBackgroundCopyJob_GetId(job, &got);
        found |= IsEqualGUID(&got, id);
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
    return found;
}

static void test_enum_jobs(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"one of many");
    IEnumBackgroundCopyJobs *jobs = NULL;
    HRESULT hr;
    GUID id;

    IBackgroundCopyJob_GetId(job, &id);
    ok(enumeration_has(0, &id), "the caller's jobs");
    ok(enumeration_has(BG_JOB_ENUM_ALL_USERS, &id), "all users' jobs, for an administrator");
    todo_builtin("flags are not checked")
    {
        hr = IBackgroundCopyManager_EnumJobs(bits_manager, 0x80, &jobs);
        is_hr(hr, E_INVALIDARG, "unknown flags");
    }
    if (jobs)
        IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyJob_Cancel(job);
    todo_builtin("kept until the last reference is gone")
        ok(!enumeration_has(0, &id), "a cancelled job is not listed");
    IBackgroundCopyJob_Release(job);
}

static void test_interfaces(void)
{
    static const struct
    {
        const IID *iid;
        const char *name;
        BOOL builtin;
    } interfaces[] = {
            {&IID_IUnknown, "IUnknown", TRUE},
            {&IID_IBackgroundCopyJob, "IBackgroundCopyJob", TRUE},
            {&IID_IBackgroundCopyJob2, "IBackgroundCopyJob2", TRUE},
            {&IID_IBackgroundCopyJob3, "IBackgroundCopyJob3", TRUE},
            {&IID_IBackgroundCopyJob4, "IBackgroundCopyJob4", TRUE},
            {&IID_IBackgroundCopyJob5, "IBackgroundCopyJob5", FALSE},
            {&IID_IBackgroundCopyJobHttpOptions, "IBackgroundCopyJobHttpOptions", TRUE},
    };
    IBackgroundCopyJob *job = bits_job_new(L"interfaces");
    IUnknown *out;
    HRESULT hr;

    for (unsigned int i = 0; i < ARRAYSIZE(interfaces); i++)
    {
        out = NULL;
        hr = IBackgroundCopyJob_QueryInterface(job, interfaces[i].iid, (void **)&out);
        todo_if(tap_builtin() && !interfaces[i].builtin, "newer than Wine")
            is_hr(hr, S_OK, "a job has %s", interfaces[i].name);
        if (out)
            IUnknown_Release(out);
    }
    out = (IUnknown *)1;
    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyManager, (void **)&out);
    is_hr(hr, E_NOINTERFACE, "a job is not a manager");
    ok(!out, "and gives no pointer");
    bits_job_drop(job);
}

/* "Determining the Version of BITS on a Computer": each version has a class. */
static void test_classes(void)
{
    static const struct
    {
        const CLSID *clsid;
        const char *name;
    } classes[] = {
            {&CLSID_BackgroundCopyManager, "1.0"},
            {&CLSID_BackgroundCopyManager1_5, "1.5"},
            {&CLSID_BackgroundCopyManager2_0, "2.0"},
            {&CLSID_BackgroundCopyManager2_5, "2.5"},
            {&CLSID_BackgroundCopyManager3_0, "3.0"},
            {&CLSID_BackgroundCopyManager4_0, "4.0"},
            {&CLSID_BackgroundCopyManager5_0, "5.0"},
            {&CLSID_BackgroundCopyManager10_1, "10.1"},
            {&CLSID_BackgroundCopyManager10_2, "10.2"},
            {&CLSID_BackgroundCopyManager10_3, "10.3"},
    };

    for (unsigned int i = 0; i < ARRAYSIZE(classes); i++)
    {
        IBackgroundCopyManager *manager = NULL;
        HRESULT hr = CoCreateInstance(classes[i].clsid, NULL, CLSCTX_LOCAL_SERVER,
                &IID_IBackgroundCopyManager, (void **)&manager);

        todo_if(tap_builtin() && i > 0, "only the first class")
            is_hr(hr, S_OK, "the manager of BITS %s", classes[i].name);
        if (manager)
            IBackgroundCopyManager_Release(manager);
    }
}

int main(void)
{
    bits_open();
    test_create_job();
    test_get_job();
    test_enum_jobs();
    test_interfaces();
    test_classes();
    bits_close();
    return done_testing();
}
