/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of a job, setting and getting, after the reference pages of the methods. */
#include "bits_client.h"

#include <stdio.h>
#include <wchar.h>

static void test_names(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"before");
    WCHAR *text = NULL;

    is_hr(IBackgroundCopyJob_SetDisplayName(job, L"after"), S_OK, "SetDisplayName");
    IBackgroundCopyJob_GetDisplayName(job, &text);
    is_given(text, L"after", "GetDisplayName");
    is_hr(IBackgroundCopyJob_SetDisplayName(job, bits_long_text(256)), S_OK, "256 characters");
    todo_builtin("no limit")
        is_hr(IBackgroundCopyJob_SetDisplayName(job, bits_long_text(257)), BG_E_STRING_TOO_LONG,
                "257 characters");
    ok(FAILED(IBackgroundCopyJob_SetDisplayName(job, NULL)), "no display name");
    ok(FAILED(IBackgroundCopyJob_GetDisplayName(job, NULL)), "no place for the display name");

    is_hr(IBackgroundCopyJob_GetDescription(job, &text), S_OK, "GetDescription");
    is_given(text, L"", "a new job has an empty description");
    is_hr(IBackgroundCopyJob_SetDescription(job, L"\x263a text"), S_OK, "SetDescription");
    IBackgroundCopyJob_GetDescription(job, &text);
    is_given(text, L"\x263a text", "the description");
    is_hr(IBackgroundCopyJob_SetDescription(job, bits_long_text(1024)), S_OK, "1,024 characters");
    todo_builtin("no limit")
        is_hr(IBackgroundCopyJob_SetDescription(job, bits_long_text(1025)), BG_E_STRING_TOO_LONG,
                "1,025 characters");
    IBackgroundCopyJob_GetDescription(job, &text);
    todo_builtin("no limit")
        is_uint(text ? wcslen(text) : 0, 1024, "a refused description has no effect");
    CoTaskMemFree(text);
    bits_job_drop(job);
}

static void test_scheduling(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"scheduling");
    BG_JOB_PRIORITY priority = 99;
    ULONG value = 0;

    IBackgroundCopyJob_GetPriority(job, &priority);
    is_int(priority, BG_JOB_PRIORITY_NORMAL, "the default priority");
    for (BG_JOB_PRIORITY i = BG_JOB_PRIORITY_FOREGROUND; i <= BG_JOB_PRIORITY_LOW; i++)
    {
        is_hr(IBackgroundCopyJob_SetPriority(job, i), S_OK, "SetPriority(%d)", i);
        IBackgroundCopyJob_GetPriority(job, &priority);
        is_int(priority, i, "GetPriority");
    }
    todo_builtin("not checked")
    {
        is_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_LOW + 1), E_NOTIMPL,
                "a priority that does not exist");
        is_hr(IBackgroundCopyJob_SetPriority(job, -1), E_NOTIMPL, "nor a negative one");
        IBackgroundCopyJob_GetPriority(job, &priority);
        is_int(priority, BG_JOB_PRIORITY_LOW, "which have no effect");
    }

    IBackgroundCopyJob_GetMinimumRetryDelay(job, &value);
    is_uint(value, 600, "the default retry delay: 10 minutes");
    todo_builtin("not implemented")
    {
        is_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job, 60), S_OK, "SetMinimumRetryDelay");
        IBackgroundCopyJob_GetMinimumRetryDelay(job, &value);
        is_uint(value, 60, "GetMinimumRetryDelay");
        is_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job, 1), S_OK, "less than 5 seconds");
        IBackgroundCopyJob_GetMinimumRetryDelay(job, &value);
        is_uint(value, 5, "\"BITS changes the value to 5 seconds\"");
    }
    IBackgroundCopyJob_GetNoProgressTimeout(job, &value);
    is_uint(value, 1209600, "the default no-progress time-out: 14 days");
    todo_builtin("not implemented")
    {
        is_hr(IBackgroundCopyJob_SetNoProgressTimeout(job, 0), S_OK, "SetNoProgressTimeout");
        IBackgroundCopyJob_GetNoProgressTimeout(job, &value);
        is_uint(value, 0, "GetNoProgressTimeout");
    }
    value = 99;
    is_hr(IBackgroundCopyJob_GetErrorCount(job, &value), S_OK, "GetErrorCount");
    is_uint(value, 0, "no errors");
    bits_job_drop(job);
}

static void test_progress_and_times(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"times");
    BG_JOB_PROGRESS progress;
    BG_JOB_TIMES before, after;
    WCHAR *owner = NULL;

    is_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK, "GetProgress");
    is_uint(progress.BytesTotal, 0, "no bytes");
    is_uint(progress.BytesTransferred, 0, "none transferred");
    is_uint(progress.FilesTotal, 0, "no files");
    is_uint(progress.FilesTransferred, 0, "none transferred");
    is_hr(IBackgroundCopyJob_GetTimes(job, &before), S_OK, "GetTimes");
    ok(before.CreationTime.dwHighDateTime != 0, "a creation time");
    ok(!before.TransferCompletionTime.dwHighDateTime
                    && !before.TransferCompletionTime.dwLowDateTime,
            "no completion time");
    Sleep(20);
    IBackgroundCopyJob_SetDescription(job, L"changed");
    IBackgroundCopyJob_GetTimes(job, &after);
    todo_builtin("not kept")
        ok(CompareFileTime(&after.ModificationTime, &before.ModificationTime) > 0,
                "a change moves the modification time");
    ok(!CompareFileTime(&after.CreationTime, &before.CreationTime), "and not the creation time");

    IBackgroundCopyJob_AddFile(job, BITS_URL L"a", bits_path(L"a"));
    IBackgroundCopyJob_GetProgress(job, &progress);
    is_uint(progress.FilesTotal, 1, "a file");
    is_uint(progress.BytesTotal, BG_SIZE_UNKNOWN, "whose size is not known");

    todo_builtin("not implemented")
    {
        is_hr(IBackgroundCopyJob_GetOwner(job, &owner), S_OK, "GetOwner");
        ok(owner && !wcsncmp(owner, L"S-1-", 4), "the SID in text form: %s", tap_wstr(owner));
    }
    CoTaskMemFree(owner);
    ok(FAILED(IBackgroundCopyJob_GetOwner(job, NULL)), "no place for the owner");
    bits_job_drop(job);
}

static void test_notification(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"notification");
    IUnknown *object = (IUnknown *)1;
    ULONG flags = 99;

    IBackgroundCopyJob_GetNotifyFlags(job, &flags);
    is_uint(flags, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR, "the default notify flags");
    is_hr(IBackgroundCopyJob_SetNotifyFlags(job, 0x3f), S_OK, "all notify flags");
    IBackgroundCopyJob_GetNotifyFlags(job, &flags);
    is_uint(flags, 0x3f, "GetNotifyFlags");
    todo_builtin("not checked")
        is_hr(IBackgroundCopyJob_SetNotifyFlags(job, 0x40), E_NOTIMPL, "an unknown flag");
    todo_builtin("not implemented")
    {
        is_hr(IBackgroundCopyJob_GetNotifyInterface(job, &object), S_OK, "GetNotifyInterface");
        is_ptr(object, NULL, "none is set");
    }
    is_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK, "SetNotifyInterface(NULL)");
    bits_job_drop(job);
}

static void test_proxy(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"proxy");
    WCHAR *list = (WCHAR *)1, *bypass = (WCHAR *)1;
    BG_JOB_PROXY_USAGE usage = 99;
    HRESULT hr;

    todo_builtin("not implemented")
    {
        hr = IBackgroundCopyJob_GetProxySettings(job, &usage, &list, &bypass);
        is_hr(hr, S_OK, "GetProxySettings");
        is_int(usage, BG_JOB_PROXY_USAGE_PRECONFIG, "the user's settings are the default");
        ok(SUCCEEDED(hr) && !list && !bypass, "no lists");

        hr = IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"http://p:80",
                L"<local>");
        is_hr(hr, S_OK, "SetProxySettings");
        hr = IBackgroundCopyJob_GetProxySettings(job, &usage, &list, &bypass);
        is_hr(hr, S_OK, "GetProxySettings");
        is_int(usage, BG_JOB_PROXY_USAGE_OVERRIDE, "the usage");
        if (SUCCEEDED(hr))
        {
            is_given(list, L"http://p:80", "the list");
            is_given(bypass, L"<local>", "the bypass list");
        }
        hr = IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, NULL, NULL);
        is_hr(hr, E_INVALIDARG, "\"cannot be NULL if ProxyUsage is BG_JOB_PROXY_USAGE_OVERRIDE\"");
        hr = IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY, L"p", NULL);
        is_hr(hr, E_INVALIDARG, "a list must be NULL with other usages");
        hr = IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_PRECONFIG, NULL, L"p");
        is_hr(hr, E_INVALIDARG, "and the bypass list too");
        hr = IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_AUTODETECT + 1, NULL,
                NULL);
        is_hr(hr, E_NOTIMPL, "a usage that does not exist");
        hr = IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE,
                bits_long_text(4000), NULL);
        is_hr(hr, S_OK, "a list of 4,000 characters");
        hr = IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE,
                bits_long_text(32768), NULL);
        is_hr(hr, BG_E_PROXY_LIST_TOO_LARGE, "a list of 32 KB");
        hr = IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"p",
                bits_long_text(32768));
        is_hr(hr, BG_E_PROXY_BYPASS_LIST_TOO_LARGE, "a bypass list of 32 KB");
    }
    bits_job_drop(job);
}

static void test_command_line(IBackgroundCopyJob2 *job)
{
    WCHAR *program = NULL, *parameters = NULL;
    HRESULT hr;

    todo_builtin("not implemented")
    {
        hr = IBackgroundCopyJob2_GetNotifyCmdLine(job, &program, &parameters);
        is_hr(hr, S_OK, "GetNotifyCmdLine");
        is_given(program, L"", "an empty string when none is set");
        is_given(parameters, L"", "and empty parameters");
    }
    hr = IBackgroundCopyJob2_SetNotifyCmdLine(job, L"c:\\x.exe", L"x.exe 1 2");
    is_hr(hr, S_OK, "SetNotifyCmdLine");
    hr = IBackgroundCopyJob2_GetNotifyCmdLine(job, &program, &parameters);
    is_hr(hr, S_OK, "GetNotifyCmdLine");
    is_given(program, L"c:\\x.exe", "the program");
    is_given(parameters, L"x.exe 1 2", "the parameters");
    is_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job, NULL, NULL), S_OK, "NULL removes it");
    ok(FAILED(IBackgroundCopyJob2_SetNotifyCmdLine(job, NULL, L"x")),
            "parameters without a program");
    hr = IBackgroundCopyJob2_SetNotifyCmdLine(job, bits_long_text(MAX_PATH), NULL);
    is_hr(hr, S_OK, "a program of MAX_PATH characters");
    todo_builtin("no limit")
    {
        hr = IBackgroundCopyJob2_SetNotifyCmdLine(job, bits_long_text(MAX_PATH + 1), NULL);
        is_hr(hr, BG_E_STRING_TOO_LONG, "one more");
    }
    hr = IBackgroundCopyJob2_SetNotifyCmdLine(job, L"x", bits_long_text(4000));
    is_hr(hr, S_OK, "parameters of 4,000 characters");
    todo_builtin("no limit")
    {
        hr = IBackgroundCopyJob2_SetNotifyCmdLine(job, L"x", bits_long_text(4001));
        is_hr(hr, BG_E_STRING_TOO_LONG, "one more");
    }
}

static HRESULT set_credentials(IBackgroundCopyJob2 *job, BG_AUTH_TARGET target,
        BG_AUTH_SCHEME scheme, const WCHAR *user, const WCHAR *password)
{
    BG_AUTH_CREDENTIALS credentials = {target, scheme, {{(WCHAR *)user, (WCHAR *)password}}};

    return IBackgroundCopyJob2_SetCredentials(job, &credentials);
}

static void test_credentials(IBackgroundCopyJob2 *job)
{
    todo_builtin("partly implemented")
    {
        is_hr(set_credentials(job, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, L"u", L"p"), S_OK,
                "SetCredentials");
        is_hr(set_credentials(job, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, L"u", L"q"), S_OK,
                "\"the existing credentials are replaced\"");
        is_hr(set_credentials(job, BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_NTLM, NULL, NULL), S_OK,
                "the user's own credentials");
        is_hr(set_credentials(job, 3, BG_AUTH_SCHEME_BASIC, L"u", L"p"), BG_E_INVALID_AUTH_TARGET,
                "an unknown target");
        is_hr(set_credentials(job, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, NULL, NULL),
                E_INVALIDARG, "Basic without a name");
        is_hr(set_credentials(job, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_DIGEST, NULL, NULL),
                E_INVALIDARG, "Digest without a name");
        is_hr(set_credentials(job, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, bits_long_text(300),
                      L"p"),
                S_OK, "a user name of 300 characters");
        is_hr(set_credentials(job, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, bits_long_text(301),
                      L"p"),
                BG_E_USERNAME_TOO_LARGE, "one more");
        is_hr(set_credentials(job, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, L"u",
                      bits_long_text(65537)),
                BG_E_PASSWORD_TOO_LARGE, "a password of 65,537 characters");
        is_hr(IBackgroundCopyJob2_RemoveCredentials(job, BG_AUTH_TARGET_SERVER,
                      BG_AUTH_SCHEME_BASIC),
                S_OK, "RemoveCredentials");
        is_hr(IBackgroundCopyJob2_RemoveCredentials(job, BG_AUTH_TARGET_SERVER,
                      BG_AUTH_SCHEME_BASIC),
                S_FALSE, "there are none any more");
        is_hr(IBackgroundCopyJob2_RemoveCredentials(job, BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_NTLM),
                S_OK, "the others are still there");
    }
}

/* "This method is not implemented for jobs of type BG_JOB_TYPE_DOWNLOAD or BG_JOB_TYPE_UPLOAD." */
static void test_replies(IBackgroundCopyJob2 *job)
{
    BG_JOB_REPLY_PROGRESS progress = {0};
    WCHAR *name = NULL;
    UINT64 length = 0;
    byte *data = NULL;

    todo_builtin("another code")
    {
        is_hr(IBackgroundCopyJob2_GetReplyProgress(job, &progress), E_NOTIMPL, "GetReplyProgress");
        is_hr(IBackgroundCopyJob2_GetReplyData(job, &data, &length), E_NOTIMPL, "GetReplyData");
        is_hr(IBackgroundCopyJob2_GetReplyFileName(job, &name), E_NOTIMPL, "GetReplyFileName");
        is_hr(IBackgroundCopyJob2_SetReplyFileName(job, L"c:\\x"), E_NOTIMPL, "SetReplyFileName");
    }
}

static void test_job3_and_job4(IBackgroundCopyJob4 *job)
{
    DWORD flags = 99;
    ULONG value = 99;
    BOOL elevated = 99;

    todo_builtin("not implemented")
    {
        is_hr(IBackgroundCopyJob4_SetFileACLFlags(job, BG_COPY_FILE_ALL), S_OK, "SetFileACLFlags");
        IBackgroundCopyJob4_GetFileACLFlags(job, &flags);
        is_uint(flags, BG_COPY_FILE_ALL, "GetFileACLFlags");
        is_hr(IBackgroundCopyJob4_SetFileACLFlags(job, 0), S_OK, "0 removes the flags");
        is_hr(IBackgroundCopyJob4_SetFileACLFlags(job, 16), E_INVALIDARG, "an unknown flag");

        is_hr(IBackgroundCopyJob4_SetPeerCachingFlags(job, 7), S_OK, "SetPeerCachingFlags");
        IBackgroundCopyJob4_GetPeerCachingFlags(job, &flags);
        is_uint(flags, 7, "GetPeerCachingFlags");
        IBackgroundCopyJob4_GetMaximumDownloadTime(job, &value);
        is_uint(value, 7776000, "the default maximum download time: 90 days");
        is_hr(IBackgroundCopyJob4_SetMaximumDownloadTime(job, 100), S_OK, "SetMaximumDownloadTime");
        IBackgroundCopyJob4_GetMaximumDownloadTime(job, &value);
        is_uint(value, 100, "GetMaximumDownloadTime");
        is_hr(IBackgroundCopyJob4_GetOwnerIntegrityLevel(job, &value), S_OK,
                "GetOwnerIntegrityLevel");
        ok(value >= SECURITY_MANDATORY_LOW_RID && value <= SECURITY_MANDATORY_SYSTEM_RID,
                "the level is a RID: %#lx", value);
        is_hr(IBackgroundCopyJob4_GetOwnerElevationState(job, &elevated), S_OK,
                "GetOwnerElevationState");
        ok(elevated == TRUE || elevated == FALSE, "yes or no");
    }
}

static void test_later_interfaces(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"later interfaces");
    IBackgroundCopyJob4 *job4 = bits_query(job, &IID_IBackgroundCopyJob4, "IBackgroundCopyJob4");
    IBackgroundCopyJob2 *job2 = bits_query(job, &IID_IBackgroundCopyJob2, "IBackgroundCopyJob2");

    test_command_line(job2);
    test_credentials(job2);
    test_replies(job2);
    test_job3_and_job4(job4);
    IBackgroundCopyJob2_Release(job2);
    IBackgroundCopyJob4_Release(job4);
    bits_job_drop(job);
}

/* Every method that changes something: "The state of the job cannot be BG_JOB_STATE_CANCELLED or
 * BG_JOB_STATE_ACKNOWLEDGED." */
static void test_after_cancel(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"cancelled");
    IBackgroundCopyJob4 *job4 = bits_query(job, &IID_IBackgroundCopyJob4, "IBackgroundCopyJob4");
    BG_FILE_INFO info = {(WCHAR *)(BITS_URL L"a"), (WCHAR *)bits_path(L"a")};
    BG_FILE_RANGE range = {0, 1};
    BG_JOB_STATE state = 99;

    is_hr(IBackgroundCopyJob_Cancel(job), S_OK, "Cancel");
    is_hr(IBackgroundCopyJob_GetState(job, &state), S_OK, "getters still work");
    is_int(state, BG_JOB_STATE_CANCELLED, "the state");
#define REFUSED(call) is_hr(call, BG_E_INVALID_STATE, "%s", #call)
    REFUSED(IBackgroundCopyJob_Cancel(job));
    REFUSED(IBackgroundCopyJob_Complete(job));
    todo_builtin("not checked")
    {
        REFUSED(IBackgroundCopyJob_Suspend(job));
        REFUSED(IBackgroundCopyJob_Resume(job));
        REFUSED(IBackgroundCopyJob_AddFile(job, info.RemoteName, info.LocalName));
        REFUSED(IBackgroundCopyJob_AddFileSet(job, 1, &info));
        REFUSED(IBackgroundCopyJob_SetDisplayName(job, L"x"));
        REFUSED(IBackgroundCopyJob_SetDescription(job, L"x"));
        REFUSED(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_LOW));
        REFUSED(IBackgroundCopyJob_SetNotifyFlags(job, 1));
        REFUSED(IBackgroundCopyJob_SetNotifyInterface(job, NULL));
        REFUSED(IBackgroundCopyJob_SetMinimumRetryDelay(job, 60));
        REFUSED(IBackgroundCopyJob_SetNoProgressTimeout(job, 60));
        REFUSED(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL));
        REFUSED(IBackgroundCopyJob_TakeOwnership(job));
        REFUSED(IBackgroundCopyJob4_SetNotifyCmdLine(job4, L"x", L"x"));
        REFUSED(IBackgroundCopyJob4_ReplaceRemotePrefix(job4, L"http:", L"https:"));
        REFUSED(IBackgroundCopyJob4_AddFileWithRanges(job4, info.RemoteName, info.LocalName, 1,
                &range));
        REFUSED(IBackgroundCopyJob4_SetFileACLFlags(job4, 0));
        REFUSED(IBackgroundCopyJob4_SetPeerCachingFlags(job4, 0));
        REFUSED(IBackgroundCopyJob4_SetMaximumDownloadTime(job4, 60));
    }
#undef REFUSED
    IBackgroundCopyJob4_Release(job4);
    IBackgroundCopyJob_Release(job);
}

static HRESULT set_property(IBackgroundCopyJob5 *job, BITS_JOB_PROPERTY_ID id,
        BITS_JOB_PROPERTY_VALUE value)
{
    return IBackgroundCopyJob5_SetProperty(job, id, value);
}

#define SET(id, member, v) set_property(job5, id, (BITS_JOB_PROPERTY_VALUE){.member = (v)})

static void test_properties(void)
{
    const GUID clsid = {0x89abcdef, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    IBackgroundCopyJob *job = bits_job_new(L"properties");
    BITS_JOB_PROPERTY_VALUE value;
    IBackgroundCopyJob5 *job5 = NULL;
    HRESULT hr;

    IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5);
    todo_builtin("newer than Wine")
        ok(job5 != NULL, "IBackgroundCopyJob5");
    if (!job5)
    {
        bits_job_drop(job);
        return;
    }
#define GET(id)                                                                                    \
    memset(&value, 0xee, sizeof(value));                                                           \
    is_hr(IBackgroundCopyJob5_GetProperty(job5, id, &value), S_OK, "GetProperty(%s)", #id)
    GET(BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS);
    is_uint(value.Dword, 500, "the default interval");
    GET(BITS_JOB_PROPERTY_ON_DEMAND_MODE);
    ok(!value.Enable, "not on demand by default");
    GET(BITS_JOB_PROPERTY_DYNAMIC_CONTENT);
    ok(!value.Enable, "no dynamic content by default");
    GET(BITS_JOB_PROPERTY_HIGH_PERFORMANCE);
    ok(!value.Enable, "not for high performance by default");
    GET(BITS_JOB_PROPERTY_NOTIFICATION_CLSID);
    ok(IsEqualGUID(&value.ClsID, &GUID_NULL), "no class by default");

    is_hr(SET(BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, Dword, 1234), S_OK,
            "an interval");
    GET(BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS);
    is_uint(value.Dword, 1234, "the interval");
    is_hr(SET(BITS_JOB_PROPERTY_ID_COST_FLAGS, Dword, BITS_COST_STATE_TRANSFER_STANDARD), S_OK,
            "cost flags");
    GET(BITS_JOB_PROPERTY_ID_COST_FLAGS);
    is_uint(value.Dword, BITS_COST_STATE_TRANSFER_STANDARD, "the cost flags");
    is_hr(SET(BITS_JOB_PROPERTY_ID_COST_FLAGS, Dword, 0x100), E_INVALIDARG, "unknown cost flags");
    is_hr(SET(BITS_JOB_PROPERTY_NOTIFICATION_CLSID, ClsID, clsid), S_OK, "a class");
    GET(BITS_JOB_PROPERTY_NOTIFICATION_CLSID);
    is_guid(&value.ClsID, &clsid, "the class");
    is_hr(SET(BITS_JOB_PROPERTY_NOTIFICATION_CLSID, ClsID, GUID_NULL), S_OK, "GUID_NULL clears it");
    is_hr(SET(BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, Uint64, 1ull << 40), S_OK, "a maximum size");
    GET(BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE);
    is_uint(value.Uint64, 1ull << 40, "the maximum size");
    is_hr(SET(BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, Uint64, 0), BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE,
            "no bytes at all");
    is_hr(SET(BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, Target, BG_AUTH_TARGET_PROXY), S_OK,
            "stored credentials for the proxy");
    GET(BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS);
    is_int(value.Target, BG_AUTH_TARGET_PROXY, "the target");
    is_hr(SET(BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, Target, BG_AUTH_TARGET_SERVER),
            BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED,
            "\"only the BG_AUTH_TARGET_PROXY target is supported\"");

    hr = SET(BITS_JOB_PROPERTY_DYNAMIC_CONTENT, Enable, TRUE);
    is_hr(hr, S_OK, "dynamic content");
    hr = SET(BITS_JOB_PROPERTY_ON_DEMAND_MODE, Enable, TRUE);
    is_hr(hr, BG_E_UNSUPPORTED_JOB_CONFIGURATION, "an on-demand job \"must not be DYNAMIC\"");
    is_hr(SET(BITS_JOB_PROPERTY_DYNAMIC_CONTENT, Enable, FALSE), S_OK, "no dynamic content");
    is_hr(SET(BITS_JOB_PROPERTY_ON_DEMAND_MODE, Enable, TRUE), S_OK, "on demand");
    is_hr(SET(BITS_JOB_PROPERTY_ON_DEMAND_MODE, Enable, FALSE), S_OK, "not on demand");
    is_hr(SET(BITS_JOB_PROPERTY_HIGH_PERFORMANCE, Enable, TRUE), S_OK, "high performance");
    is_hr(SET(BITS_JOB_PROPERTY_HIGH_PERFORMANCE, Enable, FALSE), S_OK, "no high performance");

    is_hr(IBackgroundCopyJob_AddFile(job, BITS_URL L"a", bits_path(L"a")), S_OK, "AddFile");
    is_hr(SET(BITS_JOB_PROPERTY_HIGH_PERFORMANCE, Enable, TRUE),
            BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE,
            "\"may only be set prior to adding any files to a job\"");
    IBackgroundCopyJob_Resume(job);
    IBackgroundCopyJob_Suspend(job);
    is_hr(SET(BITS_JOB_PROPERTY_DYNAMIC_CONTENT, Enable, TRUE),
            BG_E_READ_ONLY_PROPERTY_AFTER_RESUME,
            "\"may only be set prior to the first time Resume is called\"");
    is_hr(SET(BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, Uint64, 5), BG_E_READ_ONLY_PROPERTY_AFTER_RESUME,
            "and so the maximum size");
    is_hr(SET(BITS_JOB_PROPERTY_ID_COST_FLAGS, Dword, BITS_COST_STATE_TRANSFER_ALWAYS), S_OK,
            "cost flags \"may be changed while a transfer is ongoing\"");
    ok(FAILED(SET(99, Dword, 0)), "an unknown property");
    ok(FAILED(IBackgroundCopyJob5_GetProperty(job5, 99, &value)), "nor can it be got");
    IBackgroundCopyJob5_Release(job5);
    bits_job_drop(job);
}

static void test_http_options(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"http options");
    IBackgroundCopyJobHttpOptions *http =
            bits_query(job, &IID_IBackgroundCopyJobHttpOptions, "IBackgroundCopyJobHttpOptions");
    BG_CERT_STORE_LOCATION location;
    WCHAR *text = NULL, *subject = NULL;
    byte *hash = NULL, wanted[20] = {1};
    ULONG flags = 99;
    HRESULT hr;

    is_hr(IBackgroundCopyJobHttpOptions_GetSecurityFlags(http, &flags), S_OK, "GetSecurityFlags");
    is_uint(flags, 0, "no flags at first");
    is_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(http, 0x081f | 0x100), S_OK,
            "SetSecurityFlags");
    IBackgroundCopyJobHttpOptions_GetSecurityFlags(http, &flags);
    is_uint(flags, 0x91f, "the flags");
    todo_builtin("not checked")
    {
        is_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(http, 0x20), E_NOTIMPL,
                "an unknown flag");
        is_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(http, 0x300), E_NOTIMPL,
                "a redirect policy that does not exist");
    }

    hr = IBackgroundCopyJobHttpOptions_GetCustomHeaders(http, &text);
    is_hr(hr, S_FALSE, "\"The job does not specify custom headers\"");
    CoTaskMemFree(text);
    text = NULL;
    hr = IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, L"A: 1\r\nB: 2\r\n");
    is_hr(hr, S_OK, "SetCustomHeaders");
    is_hr(IBackgroundCopyJobHttpOptions_GetCustomHeaders(http, &text), S_OK, "GetCustomHeaders");
    is_given(text, L"A: 1\r\nB: 2\r\n", "the headers");
    todo_builtin("not checked")
    {
        hr = IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, bits_long_text(16384));
        is_hr(hr, BG_E_STRING_TOO_LONG, "16,384 characters");
        ok(FAILED(IBackgroundCopyJobHttpOptions_SetCustomHeaders(http,
                   L"A: 1\r\n\r\nGET / HTTP/1.1\r\n")),
                "headers that end the request");
        ok(FAILED(IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, L"A(: 1\r\n")),
                "a name that no request could have");
    }
    is_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, NULL), S_OK, "NULL removes them");
    is_hr(IBackgroundCopyJobHttpOptions_GetCustomHeaders(http, &text), S_FALSE, "no headers");
    CoTaskMemFree(text);
    text = NULL;

    todo_builtin("not implemented")
    {
        hr = IBackgroundCopyJobHttpOptions_SetClientCertificateByID(http,
                BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", wanted);
        is_hr(hr, CRYPT_E_NOT_FOUND, "a certificate that is not there");
        hr = IBackgroundCopyJobHttpOptions_SetClientCertificateByID(http, 99, L"MY", wanted);
        is_hr(hr, E_NOTIMPL, "a store location that does not exist");
        hr = IBackgroundCopyJobHttpOptions_SetClientCertificateByName(http,
                BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", L"nobody, ever");
        is_hr(hr, CRYPT_E_NOT_FOUND, "a subject that is not there");
        hr = IBackgroundCopyJobHttpOptions_SetClientCertificateByName(http,
                BG_CERT_STORE_LOCATION_CURRENT_USER, bits_long_text(256), L"x");
        is_hr(hr, BG_E_STRING_TOO_LONG, "a store name of 256 characters");
        hr = IBackgroundCopyJobHttpOptions_SetClientCertificateByName(http,
                BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", bits_long_text(256));
        is_hr(hr, BG_E_STRING_TOO_LONG, "a subject of 256 characters");
        is_hr(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(http), S_FALSE,
                "\"The job does not specify a certificate\"");
        hr = IBackgroundCopyJobHttpOptions_GetClientCertificate(http, &location, &text, &hash,
                &subject);
        is_hr(hr, HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA), "GetClientCertificate without one");
    }
    IBackgroundCopyJobHttpOptions_Release(http);
    bits_job_drop(job);
}

int main(void)
{
    bits_open();
    todo_builtin("Wine has only parts of this")
    {
        test_names();
        test_scheduling();
        test_progress_and_times();
        test_notification();
        test_proxy();
        test_later_interfaces();
        test_after_cancel();
        test_properties();
        test_http_options();
    }
    bits_close();
    return done_testing();
}
