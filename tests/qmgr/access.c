/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may do what, and how much: owners, administrators, restricted tokens, elevation, integrity,
 * limits. The service's objects are linked into the test, with callers made up here, since Wine
 * gives all processes of a prefix the same token.
 */
#include "bits_client.h"

#include <stdio.h>
#include <wchar.h>

#include <stdlib.h>

#include "caller.h"
#include "manager.h"
#include "policy.h"
#include "queue.h"

static struct caller current; /* who calls; sid is not allocated */

HRESULT caller_get(struct caller *caller)
{
    *caller = current;
    caller->sid = _wcsdup(current.sid);
    return caller->sid ? S_OK : E_OUTOFMEMORY;
}

void caller_free(struct caller *caller)
{
    free(caller->sid);
}

/* Nobody here is: no job of these is transferred. */
BOOL caller_is_service_user(const WCHAR *sid)
{
    (void)sid;
    return FALSE;
}

static void become(const WCHAR *sid, BOOL admin)
{
    memset(&current, 0, sizeof(current));
    current.sid = (WCHAR *)sid;
    current.admin = admin;
    current.integrity = SECURITY_MANDATORY_MEDIUM_RID;
}

#define ALICE L"S-1-5-21-1-2-3-1001"
#define BOB L"S-1-5-21-1-2-3-1002"
#define ADMIN L"S-1-5-21-1-2-3-500"

static void test_owners(void)
{
    IBackgroundCopyJob *job, *found = NULL;
    IEnumBackgroundCopyJobs *jobs = NULL;
    ULONG count = 99;
    WCHAR *owner = NULL;
    GUID id;

    become(ALICE, FALSE);
    job = bits_job_new(L"of Alice");
    IBackgroundCopyJob_GetId(job, &id);
    IBackgroundCopyJob_GetOwner(job, &owner);
    is_given(owner, ALICE, "the owner is who created the job");

    become(BOB, FALSE);
    is_hr(IBackgroundCopyManager_GetJob(bits_manager, &id, &found), E_ACCESSDENIED,
            "GetJob of another owner");
    ok(!found, "no pointer");
    is_hr(IBackgroundCopyJob_SetDescription(job, L"x"), E_ACCESSDENIED, "SetDescription");
    is_hr(IBackgroundCopyJob_AddFile(job, BITS_URL L"x", bits_path(L"x")), E_ACCESSDENIED,
            "AddFile");
    is_hr(IBackgroundCopyJob_Resume(job), E_ACCESSDENIED, "Resume");
    is_hr(IBackgroundCopyJob_Cancel(job), E_ACCESSDENIED, "Cancel");
    is_hr(IBackgroundCopyJob_TakeOwnership(job), E_ACCESSDENIED, "TakeOwnership");
    is_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), E_ACCESSDENIED, "SetNotifyInterface");
    is_hr(IBackgroundCopyManager_EnumJobs(bits_manager, BG_JOB_ENUM_ALL_USERS, &jobs),
            E_ACCESSDENIED, "EnumJobs of all users by an ordinary one");
    is_hr(IBackgroundCopyManager_EnumJobs(bits_manager, 0, &jobs), S_OK, "EnumJobs of one's own");
    IEnumBackgroundCopyJobs_GetCount(jobs, &count);
    is_uint(count, 0, "there are none");
    IEnumBackgroundCopyJobs_Release(jobs);

    become(ADMIN, TRUE);
    is_hr(IBackgroundCopyManager_GetJob(bits_manager, &id, &found), S_OK,
            "an administrator gets it");
    IBackgroundCopyJob_Release(found);
    is_hr(IBackgroundCopyJob_SetDescription(job, L"x"), S_OK, "and may change it");
    IBackgroundCopyManager_EnumJobs(bits_manager, 0, &jobs);
    IEnumBackgroundCopyJobs_GetCount(jobs, &count);
    is_uint(count, 0, "it is not one of the administrator's");
    IEnumBackgroundCopyJobs_Release(jobs);
    is_hr(IBackgroundCopyManager_EnumJobs(bits_manager, BG_JOB_ENUM_ALL_USERS, &jobs), S_OK,
            "EnumJobs of all users");
    IEnumBackgroundCopyJobs_GetCount(jobs, &count);
    is_uint(count, 1, "has it");
    IEnumBackgroundCopyJobs_Release(jobs);
    bits_job_drop(job);
}

/* IBackgroundCopyJob::TakeOwnership "removes credentials, certificates, custom headers, and command
 * line notification from the job" */
static void test_take_ownership(void)
{
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC,
            {{(WCHAR *)L"u", (WCHAR *)L"p"}}};
    WCHAR *text = NULL, *parameters = NULL;
    IBackgroundCopyJobHttpOptions *http;
    IBackgroundCopyJob2 *job2;
    IBackgroundCopyJob *job;

    become(ALICE, FALSE);
    job = bits_job_new(L"changes hands");
    job2 = bits_query(job, &IID_IBackgroundCopyJob2, "IBackgroundCopyJob2");
    http = bits_query(job, &IID_IBackgroundCopyJobHttpOptions, "IBackgroundCopyJobHttpOptions");
    is_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK, "SetCredentials");
    is_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, L"A: 1\r\n"), S_OK,
            "SetCustomHeaders");
    is_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job2, L"c:\\x.exe", L"x"), S_OK, "SetNotifyCmdLine");
    is_hr(IBackgroundCopyJob_SetDescription(job, L"stays"), S_OK, "SetDescription");

    become(ADMIN, TRUE);
    is_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), E_ACCESSDENIED,
            "\"You must call this method in the context of the job's owner\"");
    is_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, L"B: 1\r\n"), E_ACCESSDENIED,
            "\"Only the job owner can specify custom headers\"");
    is_hr(IBackgroundCopyJobHttpOptions_GetCustomHeaders(http, &text), E_ACCESSDENIED,
            "\"Only the job owner can retrieve the custom headers\"");
    is_hr(IBackgroundCopyJob_TakeOwnership(job), S_OK, "TakeOwnership");
    IBackgroundCopyJob_GetOwner(job, &text);
    is_given(text, ADMIN, "the new owner");
    is_hr(IBackgroundCopyJob2_RemoveCredentials(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC),
            S_FALSE, "the credentials are gone");
    is_hr(IBackgroundCopyJobHttpOptions_GetCustomHeaders(http, &text), S_FALSE,
            "the headers are gone");
    CoTaskMemFree(text);
    IBackgroundCopyJob2_GetNotifyCmdLine(job2, &text, &parameters);
    is_given(text, L"", "the command line is gone");
    CoTaskMemFree(parameters);
    IBackgroundCopyJob_GetDescription(job, &text);
    is_given(text, L"stays", "the rest stays");

    become(ALICE, FALSE);
    is_hr(IBackgroundCopyJob_Suspend(job), E_ACCESSDENIED, "the old owner has lost it");
    become(ADMIN, TRUE);
    IBackgroundCopyJob2_Release(job2);
    IBackgroundCopyJobHttpOptions_Release(http);
    bits_job_drop(job);
}

/* "BITS Security, Tokens, and Administrator Accounts", "Users and Network Connections" */
static void test_tokens(void)
{
    IBackgroundCopyJob *job, *found = NULL;
    IBackgroundCopyJob4 *job4;
    ULONG level = 0;
    BOOL elevated = 99;
    HRESULT hr;
    GUID id;

    become(ALICE, FALSE);
    current.elevated = TRUE;
    current.integrity = SECURITY_MANDATORY_HIGH_RID;
    job = bits_job_new(L"elevated");
    IBackgroundCopyJob_GetId(job, &id);
    job4 = bits_query(job, &IID_IBackgroundCopyJob4, "IBackgroundCopyJob4");
    IBackgroundCopyJob4_GetOwnerIntegrityLevel(job4, &level);
    is_uint(level, SECURITY_MANDATORY_HIGH_RID, "the owner's integrity level");
    IBackgroundCopyJob4_GetOwnerElevationState(job4, &elevated);
    is_int(elevated, TRUE, "the owner was elevated");
    IBackgroundCopyJob4_Release(job4);

    current.elevated = FALSE;
    is_hr(IBackgroundCopyManager_GetJob(bits_manager, &id, &found), E_ACCESSDENIED,
            "\"the user must be in the elevated state to retrieve or modify the job\"");
    is_hr(IBackgroundCopyJob_Suspend(job), E_ACCESSDENIED, "and to change it");
    become(ADMIN, TRUE);
    is_hr(IBackgroundCopyJob_Suspend(job), E_ACCESSDENIED,
            "\"A client cannot modify jobs created by a token with a higher integrity level\"");
    current.integrity = SECURITY_MANDATORY_HIGH_RID;
    is_hr(IBackgroundCopyJob_Suspend(job), S_OK, "an administrator of the same level can");
    current.restricted = TRUE;
    is_hr(IBackgroundCopyJob_Suspend(job), E_ACCESSDENIED,
            "\"Users with a restricted token cannot create or modify jobs\"");
    hr = IBackgroundCopyManager_CreateJob(bits_manager, L"x", BG_JOB_TYPE_DOWNLOAD, &id, &found);
    is_hr(hr, E_ACCESSDENIED, "nor create one");
    current.restricted = FALSE;
    bits_job_drop(job);
}

/* "Group Policies" */
static void test_limits(void)
{
    IBackgroundCopyJob *jobs[60], *job = NULL;
    static WCHAR url[] = BITS_URL L"x";
    BG_FILE_INFO infos[201];
    BG_FILE_RANGE ranges[501];
    IBackgroundCopyJob3 *job3;
    WCHAR name[MAX_PATH + 64];
    HRESULT hr = S_OK;
    GUID id;

    become(ALICE, FALSE);
    for (unsigned int i = 0; i < ARRAYSIZE(jobs) && SUCCEEDED(hr); i++)
        hr = IBackgroundCopyManager_CreateJob(bits_manager, L"n", BG_JOB_TYPE_DOWNLOAD, &id,
                &jobs[i]);
    is_hr(hr, S_OK, "60 jobs of one user");
    hr = IBackgroundCopyManager_CreateJob(bits_manager, L"n", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    is_hr(hr, BG_E_TOO_MANY_JOBS_PER_USER, "the 61st");
    ok(!job, "no pointer");
    become(BOB, FALSE);
    job = bits_job_new(L"another user");
    bits_job_drop(job);
    become(ALICE, TRUE);
    job = bits_job_new(L"no limit for administrators");
    bits_job_drop(job);
    become(ALICE, FALSE);
    bits_job_drop(jobs[0]);
    jobs[0] = bits_job_new(L"in the place of one that ended");

    wcscpy(name, bits_path(L"x"));
    for (unsigned int i = 0; i < ARRAYSIZE(infos); i++)
        infos[i] = (BG_FILE_INFO){url, name};
    is_hr(IBackgroundCopyJob_AddFileSet(jobs[0], 201, infos), BG_E_TOO_MANY_FILES_IN_JOB,
            "201 files");
    is_uint(bits_file_count(jobs[0]), 0, "none is added");
    is_hr(IBackgroundCopyJob_AddFileSet(jobs[0], 200, infos), S_OK, "200 files");
    is_hr(IBackgroundCopyJob_AddFile(jobs[0], url, name), BG_E_TOO_MANY_FILES_IN_JOB, "one more");
    for (unsigned int i = 0; i < ARRAYSIZE(ranges); i++)
        ranges[i] = (BG_FILE_RANGE){i * 10, 5};
    job3 = bits_query(jobs[1], &IID_IBackgroundCopyJob3, "IBackgroundCopyJob3");
    is_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, url, name, 501, ranges),
            BG_E_TOO_MANY_RANGES_IN_FILE, "501 ranges");
    is_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, url, name, 500, ranges), S_OK, "500 ranges");
    become(ALICE, TRUE);
    is_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, url, name, 501, ranges), S_OK,
            "no limit for administrators");
    is_hr(IBackgroundCopyJob_AddFile(jobs[0], url, name), S_OK, "nor for their files");
    IBackgroundCopyJob3_Release(job3);
    for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
        bits_job_drop(jobs[i]);
}

static void test_machine_limit(void)
{
    static IBackgroundCopyJob *jobs[300];
    static WCHAR sids[5][64];
    IBackgroundCopyJob *job = NULL;
    HRESULT hr = S_OK;
    GUID id;

    for (unsigned int i = 0; i < ARRAYSIZE(jobs) && SUCCEEDED(hr); i++)
    {
        swprintf(sids[i / 60], ARRAYSIZE(sids[0]), L"S-1-5-21-9-9-9-%u", 2000 + i / 60);
        become(sids[i / 60], FALSE);
        hr = IBackgroundCopyManager_CreateJob(bits_manager, L"m", BG_JOB_TYPE_DOWNLOAD, &id,
                &jobs[i]);
    }
    is_hr(hr, S_OK, "300 jobs of five users");
    become(BOB, FALSE);
    hr = IBackgroundCopyManager_CreateJob(bits_manager, L"m", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    is_hr(hr, BG_E_TOO_MANY_JOBS_PER_MACHINE, "one more");
    become(ADMIN, TRUE);
    for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
        bits_job_drop(jobs[i]);
}

/* In the same process there is no proxy that stops a NULL. */
static void test_null_pointers(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"null");
    IBackgroundCopyJob4 *job4 = bits_query(job, &IID_IBackgroundCopyJob4, "IBackgroundCopyJob4");
    IBackgroundCopyJobHttpOptions *http =
            bits_query(job, &IID_IBackgroundCopyJobHttpOptions, "IBackgroundCopyJobHttpOptions");
    WCHAR *text;
    GUID id;

#define REFUSED(call) is_hr(call, E_INVALIDARG, "%s", #call)
    REFUSED(IBackgroundCopyManager_CreateJob(bits_manager, NULL, BG_JOB_TYPE_DOWNLOAD, &id, &job));
    REFUSED(IBackgroundCopyManager_CreateJob(bits_manager, L"x", BG_JOB_TYPE_DOWNLOAD, NULL, &job));
    REFUSED(IBackgroundCopyManager_CreateJob(bits_manager, L"x", BG_JOB_TYPE_DOWNLOAD, &id, NULL));
    REFUSED(IBackgroundCopyManager_GetJob(bits_manager, NULL, &job));
    REFUSED(IBackgroundCopyManager_GetJob(bits_manager, &id, NULL));
    REFUSED(IBackgroundCopyManager_EnumJobs(bits_manager, 0, NULL));
    REFUSED(IBackgroundCopyManager_GetErrorDescription(bits_manager, 0, 0x409, NULL));
    REFUSED(IBackgroundCopyJob4_AddFile(job4, NULL, L"c:\\x"));
    REFUSED(IBackgroundCopyJob4_AddFile(job4, L"http://x/x", NULL));
    REFUSED(IBackgroundCopyJob4_AddFileSet(job4, 1, NULL));
    REFUSED(IBackgroundCopyJob4_EnumFiles(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetId(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetType(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetProgress(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetTimes(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetState(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetError(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetOwner(job4, NULL));
    REFUSED(IBackgroundCopyJob4_SetDisplayName(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetDisplayName(job4, NULL));
    REFUSED(IBackgroundCopyJob4_SetDescription(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetDescription(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetPriority(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetNotifyFlags(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetNotifyInterface(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetMinimumRetryDelay(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetNoProgressTimeout(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetErrorCount(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetProxySettings(job4, NULL, &text, &text));
    REFUSED(IBackgroundCopyJob4_GetNotifyCmdLine(job4, NULL, &text));
    REFUSED(IBackgroundCopyJob4_GetReplyProgress(job4, NULL));
    REFUSED(IBackgroundCopyJob4_SetCredentials(job4, NULL));
    REFUSED(IBackgroundCopyJob4_ReplaceRemotePrefix(job4, NULL, L"x"));
    REFUSED(IBackgroundCopyJob4_AddFileWithRanges(job4, L"http://x/x", L"c:\\x", 1, NULL));
    REFUSED(IBackgroundCopyJob4_GetFileACLFlags(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetPeerCachingFlags(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetOwnerIntegrityLevel(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetOwnerElevationState(job4, NULL));
    REFUSED(IBackgroundCopyJob4_GetMaximumDownloadTime(job4, NULL));
#undef REFUSED
    is_hr(IBackgroundCopyJobHttpOptions_GetCustomHeaders(http, NULL), BITS_NULL_REF,
            "GetCustomHeaders(NULL)");
    is_hr(IBackgroundCopyJobHttpOptions_GetSecurityFlags(http, NULL), BITS_NULL_REF,
            "GetSecurityFlags(NULL)");
    IBackgroundCopyJobHttpOptions_Release(http);
    IBackgroundCopyJob4_Release(job4);
    bits_job_drop(job);
}

int main(void)
{
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    policy_load();
    hr = queue_start(bits_path(L"store"));
    if (!is_hr(hr, S_OK, "the queue starts"))
        bail_out("no queue");
    is_hr(manager_create(&IID_IBackgroundCopyManager, (void **)&bits_manager), S_OK, "a manager");
    test_owners();
    test_take_ownership();
    test_tokens();
    test_limits();
    test_machine_limit();
    become(ADMIN, TRUE);
    test_null_pointers();
    IBackgroundCopyManager_Release(bits_manager);
    queue_stop();
    CoUninitialize();
    return done_testing();
}
