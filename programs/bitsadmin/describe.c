/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job in words, in the shape of the samples on the pages "bitsadmin examples" and "BITSAdmin
 * tool". */

#include <bits1_5.h>
#include <bits2_0.h>
#include <bits2_5.h>
#include <bits3_0.h>

#include "bitsadmin.h"

static HRESULT describe_progress(IBackgroundCopyJob *job, const WCHAR *files, const WCHAR *bytes,
        struct text *text)
{
    BG_JOB_PROGRESS progress;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetProgress(job, &progress);
    if (FAILED(hr))
    {
        return hr;
    }
    text_printf(text, L" %ls%lu / %lu %ls%I64u / ", files, progress.FilesTransferred,
            progress.FilesTotal, bytes, progress.BytesTransferred);
    size_format(progress.BytesTotal, text);
    return S_OK;
}

/* The line of a job in /LIST and /MONITOR: GUID, name, state, files, bytes. */
HRESULT job_describe_line(IBackgroundCopyJob *job, struct text *text)
{
    BG_JOB_STATE state;
    WCHAR *name = NULL;
    HRESULT hr;
    GUID id;

    hr = IBackgroundCopyJob_GetId(job, &id);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob_GetDisplayName(job, &name);
    }
    if (FAILED(hr))
    {
        return hr;
    }
    guid_format(&id, text);
    text_printf(text, L" %ls ", name);
    CoTaskMemFree(name);
    hr = IBackgroundCopyJob_GetState(job, &state);
    if (FAILED(hr))
    {
        return hr;
    }
    text_append(text, state_name(state));
    hr = describe_progress(job, L"", L"", text);
    text_append(text, L"\n");
    return hr;
}

static void describe_file(IBackgroundCopyFile *file, struct text *text)
{
    BG_FILE_PROGRESS progress = {.BytesTotal = BG_SIZE_UNKNOWN};
    WCHAR *remote = NULL, *local = NULL;

    IBackgroundCopyFile_GetProgress(file, &progress);
    IBackgroundCopyFile_GetRemoteName(file, &remote);
    IBackgroundCopyFile_GetLocalName(file, &local);
    text_printf(text, L"\t%I64u / ", progress.BytesTransferred);
    size_format(progress.BytesTotal, text);
    text_printf(text, L" %ls %ls -> %ls\n", progress.Completed ? L"COMPLETED" : L"WORKING",
            remote ? remote : L"UNKNOWN", local ? local : L"UNKNOWN");
    CoTaskMemFree(remote);
    CoTaskMemFree(local);
}

/* One line a file: bytes, whether it is complete, URL and path. */
HRESULT job_describe_files(IBackgroundCopyJob *job, struct text *text)
{
    IBackgroundCopyFile *files[64];
    IEnumBackgroundCopyFiles *enumerator;
    ULONG fetched, i;
    HRESULT hr;

    hr = IBackgroundCopyJob_EnumFiles(job, &enumerator);
    if (FAILED(hr))
    {
        return hr;
    }
    do
    {
        fetched = 0;
        hr = IEnumBackgroundCopyFiles_Next(enumerator, ARRAYSIZE(files), files, &fetched);
        for (i = 0; SUCCEEDED(hr) && i < fetched; ++i)
        {
            describe_file(files[i], text);
            IBackgroundCopyFile_Release(files[i]);
        }
    } while (hr == S_OK && fetched);
    IEnumBackgroundCopyFiles_Release(enumerator);
    return FAILED(hr) ? hr : S_OK;
}

static HRESULT describe_identity(IBackgroundCopyJob *job, struct text *text)
{
    WCHAR *name = NULL, *owner = NULL;
    BG_JOB_PRIORITY priority;
    BG_JOB_STATE state;
    BG_JOB_TYPE type;
    HRESULT hr;
    GUID id;

    if (FAILED(hr = IBackgroundCopyJob_GetId(job, &id))
            || FAILED(hr = IBackgroundCopyJob_GetType(job, &type))
            || FAILED(hr = IBackgroundCopyJob_GetState(job, &state))
            || FAILED(hr = IBackgroundCopyJob_GetDisplayName(job, &name)))
    {
        return hr;
    }

    if (FAILED(IBackgroundCopyJob_GetPriority(job, &priority)))
    {
        priority = (BG_JOB_PRIORITY)-1;
    }
    text_append(text, L"GUID: ");
    guid_format(&id, text);
    text_printf(text, L" DISPLAY: \"%ls\"\n", name);
    CoTaskMemFree(name);
    text_printf(text, L"TYPE: %ls STATE: %ls OWNER: ", type_name(type), state_name(state));
    if (SUCCEEDED(IBackgroundCopyJob_GetOwner(job, &owner)) && owner)
    {
        owner_format(owner, text);
        CoTaskMemFree(owner);
    }
    else
    {
        text_append(text, L"UNKNOWN");
    }
    text_printf(text, L"\nPRIORITY: %ls", priority_name(priority));
    hr = describe_progress(job, L"FILES: ", L"BYTES: ", text);
    text_append(text, L"\n");
    return hr;
}

static void describe_times(IBackgroundCopyJob *job, struct text *text)
{
    BG_JOB_TIMES times;

    if (FAILED(IBackgroundCopyJob_GetTimes(job, &times)))
    {
        memset(&times, 0, sizeof(times));
    }
    text_append(text, L"CREATION TIME: ");
    time_format(&times.CreationTime, text);
    text_append(text, L" MODIFICATION TIME: ");
    time_format(&times.ModificationTime, text);
    text_append(text, L"\nCOMPLETION TIME: ");
    time_format(&times.TransferCompletionTime, text);
}

static void describe_acl_flags(IBackgroundCopyJob *job, struct text *text)
{
    IBackgroundCopyJob3 *job3;
    DWORD flags = 0;

    text_append(text, L" ACL FLAGS: ");
    if (SUCCEEDED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3)))
    {
        if (SUCCEEDED(IBackgroundCopyJob3_GetFileACLFlags(job3, &flags)))
        {
            acl_flags_format(flags, text);
        }
        IBackgroundCopyJob3_Release(job3);
    }
    text_append(text, L"\n");
}

static void describe_number(HRESULT hr, ULONG value, const WCHAR *label, struct text *text)
{
    if (SUCCEEDED(hr))
    {
        text_printf(text, L"%ls: %lu", label, value);
    }
    else
    {
        text_printf(text, L"%ls: UNKNOWN", label);
    }
}

static void describe_settings(IBackgroundCopyJob *job, struct text *text)
{
    BG_JOB_PROXY_USAGE usage = BG_JOB_PROXY_USAGE_PRECONFIG;
    WCHAR *list = NULL, *bypass = NULL;
    IUnknown *callback = NULL;
    ULONG value = 0;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetNotifyInterface(job, &callback);
    text_printf(text, L"NOTIFY INTERFACE: %ls ",
            SUCCEEDED(hr) && callback ? L"REGISTERED" : L"UNREGISTERED");
    if (SUCCEEDED(hr) && callback)
    {
        IUnknown_Release(callback);
    }
    hr = IBackgroundCopyJob_GetNotifyFlags(job, &value);
    describe_number(hr, value, L"NOTIFICATION FLAGS", text);
    hr = IBackgroundCopyJob_GetMinimumRetryDelay(job, &value);
    describe_number(hr, value, L"\nRETRY DELAY", text);
    hr = IBackgroundCopyJob_GetNoProgressTimeout(job, &value);
    describe_number(hr, value, L" NO PROGRESS TIMEOUT", text);
    hr = IBackgroundCopyJob_GetErrorCount(job, &value);
    describe_number(hr, value, L" ERROR COUNT", text);

    hr = IBackgroundCopyJob_GetProxySettings(job, &usage, &list, &bypass);
    text_printf(text, L"\nPROXY USAGE: %ls PROXY LIST: %ls PROXY BYPASS LIST: %ls\n",
            SUCCEEDED(hr) ? proxy_usage_name(usage) : L"UNKNOWN",
            SUCCEEDED(hr) && list ? list : L"NULL", SUCCEEDED(hr) && bypass ? bypass : L"NULL");
    if (SUCCEEDED(hr))
    {
        CoTaskMemFree(list);
        CoTaskMemFree(bypass);
    }
}

static void describe_error(IBackgroundCopyJob *job, struct text *text)
{
    IBackgroundCopyError *error = NULL;

    if (SUCCEEDED(IBackgroundCopyJob_GetError(job, &error)) && error)
    {
        error_describe(error, L"\n", text);
        IBackgroundCopyError_Release(error);
    }
}

static void describe_command_line(IBackgroundCopyJob *job, struct text *text)
{
    WCHAR *program = NULL, *parameters = NULL;
    IBackgroundCopyJob2 *job2;

    text_append(text, L"NOTIFICATION COMMAND LINE: ");
    if (SUCCEEDED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&job2)))
    {
        if (SUCCEEDED(IBackgroundCopyJob2_GetNotifyCmdLine(job2, &program, &parameters)) && program
                && *program)
        {
            text_printf(text, L"'%ls' '%ls'\n", program,
                    parameters && *parameters ? parameters : L"NULL");
        }
        else
        {
            text_append(text, L"none\n");
        }
        CoTaskMemFree(program);
        CoTaskMemFree(parameters);
        IBackgroundCopyJob2_Release(job2);
        return;
    }
    text_append(text, L"none\n");
}

static const WCHAR *integrity_name(ULONG level)
{
    if (level < SECURITY_MANDATORY_LOW_RID)
    {
        return L"UNTRUSTED";
    }
    if (level < SECURITY_MANDATORY_MEDIUM_RID)
    {
        return L"LOW";
    }
    if (level < SECURITY_MANDATORY_HIGH_RID)
    {
        return L"MEDIUM";
    }
    return level < SECURITY_MANDATORY_SYSTEM_RID ? L"HIGH" : L"SYSTEM";
}

static void describe_owner_token(IBackgroundCopyJob *job, struct text *text)
{
    IBackgroundCopyJob4 *job4;
    BOOL elevated;
    DWORD flags;
    ULONG level;

    if (FAILED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob4, (void **)&job4)))
    {
        return;
    }
    if (SUCCEEDED(IBackgroundCopyJob4_GetOwnerIntegrityLevel(job4, &level)))
    {
        text_printf(text, L"owner MIC integrity level: %ls\n", integrity_name(level));
    }
    if (SUCCEEDED(IBackgroundCopyJob4_GetOwnerElevationState(job4, &elevated)))
    {
        text_printf(text, L"owner elevated ?           %ls\n", elevated ? L"true" : L"false");
    }
    if (SUCCEEDED(IBackgroundCopyJob4_GetPeerCachingFlags(job4, &flags)))
    {
        text_printf(text,
                L"\nPeercaching flags\n"
                L"\t Enable download from peers      :%ls\n"
                L"\t Enable serving to peers         :%ls\n",
                flags & BG_JOB_ENABLE_PEERCACHING_CLIENT ? L"true" : L"false",
                flags & BG_JOB_ENABLE_PEERCACHING_SERVER ? L"true" : L"false");
    }
    IBackgroundCopyJob4_Release(job4);
}

static void describe_headers(IBackgroundCopyJob *job, struct text *text)
{
    IBackgroundCopyJobHttpOptions *options;
    WCHAR *headers = NULL;

    if (FAILED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions,
                (void **)&options)))
    {
        return;
    }
    if (SUCCEEDED(IBackgroundCopyJobHttpOptions_GetCustomHeaders(options, &headers)))
    {
        text_printf(text, L"\nCUSTOM HEADERS: %ls", headers && *headers ? headers : L"NULL");
        text_trim(text);
        text_append(text, L"\n");
        CoTaskMemFree(headers);
    }
    IBackgroundCopyJobHttpOptions_Release(options);
}

/* A job as /INFO shows it: one line, or all its properties and files where verbose. What the
 * service does not have is UNKNOWN or left out. */
HRESULT job_describe(struct context *context, IBackgroundCopyJob *job, bool verbose,
        struct text *text)
{
    WCHAR *description = NULL;
    HRESULT hr;

    (void)context;
    if (!verbose)
    {
        return job_describe_line(job, text);
    }
    hr = describe_identity(job, text);
    if (FAILED(hr))
    {
        return hr;
    }
    describe_times(job, text);
    describe_acl_flags(job, text);
    describe_settings(job, text);
    describe_error(job, text);
    hr = IBackgroundCopyJob_GetDescription(job, &description);
    text_printf(text, L"DESCRIPTION: %ls\nJOB FILES:\n",
            SUCCEEDED(hr) && description ? description : L"");
    if (SUCCEEDED(hr))
    {
        CoTaskMemFree(description);
    }
    hr = job_describe_files(job, text);
    if (FAILED(hr))
    {
        return hr;
    }
    describe_command_line(job, text);
    describe_owner_token(job, text);
    describe_headers(job, text);
    return S_OK;
}
