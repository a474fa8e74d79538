/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pairs of /GET and /SET switches for a job's own properties. Those of the network are in
 * network_properties.c, those of later interfaces in extra_properties.c. */

#include <limits.h>
#include <wchar.h>

#include <bits2_0.h>

#include "bitsadmin.h"

/* A string of the service, into a text. Frees the string. */
static HRESULT take_string(HRESULT hr, WCHAR *string, struct text *value)
{
    if (SUCCEEDED(hr))
    {
        text_append(value, string);
        CoTaskMemFree(string);
    }
    return hr;
}

static HRESULT take_number(HRESULT hr, UINT64 number, struct text *value)
{
    if (SUCCEEDED(hr))
    {
        text_printf(value, L"%I64u", number);
    }
    return hr;
}

static HRESULT parse_ulong(const WCHAR *argument, ULONG *number)
{
    UINT64 wide;

    *number = 0;
    if (!number_parse(argument, ULONG_MAX, &wide))
    {
        return report_bad_argument(L"Invalid number \"%ls\".", argument);
    }
    *number = (ULONG)wide;
    return S_OK;
}

static HRESULT type_get(IBackgroundCopyJob *job, struct text *value)
{
    BG_JOB_TYPE type;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetType(job, &type);
    if (SUCCEEDED(hr))
    {
        text_append(value, type_name(type));
    }
    return hr;
}

static HRESULT state_get(IBackgroundCopyJob *job, struct text *value)
{
    BG_JOB_STATE state;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetState(job, &state);
    if (SUCCEEDED(hr))
    {
        text_append(value, state_name(state));
    }
    return hr;
}

static HRESULT owner_get(IBackgroundCopyJob *job, struct text *value)
{
    WCHAR *sid;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetOwner(job, &sid);
    if (SUCCEEDED(hr))
    {
        owner_format(sid, value);
        CoTaskMemFree(sid);
    }
    return hr;
}

static HRESULT displayname_get(IBackgroundCopyJob *job, struct text *value)
{
    WCHAR *name = NULL;
    HRESULT hr = IBackgroundCopyJob_GetDisplayName(job, &name);

    return take_string(hr, name, value);
}

static HRESULT displayname_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    (void)argc;
    return IBackgroundCopyJob_SetDisplayName(job, argv[0]);
}

static HRESULT description_get(IBackgroundCopyJob *job, struct text *value)
{
    WCHAR *description = NULL;
    HRESULT hr = IBackgroundCopyJob_GetDescription(job, &description);

    return take_string(hr, description, value);
}

static HRESULT description_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    (void)argc;
    return IBackgroundCopyJob_SetDescription(job, argv[0]);
}

static HRESULT priority_get(IBackgroundCopyJob *job, struct text *value)
{
    BG_JOB_PRIORITY priority;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetPriority(job, &priority);
    if (SUCCEEDED(hr))
    {
        text_append(value, priority_name(priority));
    }
    return hr;
}

static HRESULT priority_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    BG_JOB_PRIORITY priority;

    (void)argc;
    if (!priority_parse(argv[0], &priority))
    {
        return report_bad_argument(L"Invalid priority \"%ls\".", argv[0]);
    }
    return IBackgroundCopyJob_SetPriority(job, priority);
}

static HRESULT bytestotal_get(IBackgroundCopyJob *job, struct text *value)
{
    BG_JOB_PROGRESS progress;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetProgress(job, &progress);
    if (SUCCEEDED(hr))
    {
        size_format(progress.BytesTotal, value);
    }
    return hr;
}

static HRESULT bytestransferred_get(IBackgroundCopyJob *job, struct text *value)
{
    BG_JOB_PROGRESS progress;
    HRESULT hr = IBackgroundCopyJob_GetProgress(job, &progress);

    return take_number(hr, SUCCEEDED(hr) ? progress.BytesTransferred : 0, value);
}

static HRESULT filestotal_get(IBackgroundCopyJob *job, struct text *value)
{
    BG_JOB_PROGRESS progress;
    HRESULT hr = IBackgroundCopyJob_GetProgress(job, &progress);

    return take_number(hr, SUCCEEDED(hr) ? progress.FilesTotal : 0, value);
}

static HRESULT filestransferred_get(IBackgroundCopyJob *job, struct text *value)
{
    BG_JOB_PROGRESS progress;
    HRESULT hr = IBackgroundCopyJob_GetProgress(job, &progress);

    return take_number(hr, SUCCEEDED(hr) ? progress.FilesTransferred : 0, value);
}

static HRESULT time_get(IBackgroundCopyJob *job, size_t offset, struct text *value)
{
    BG_JOB_TIMES times;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetTimes(job, &times);
    if (SUCCEEDED(hr))
    {
        time_format((const FILETIME *)((const char *)&times + offset), value);
    }
    return hr;
}

static HRESULT creationtime_get(IBackgroundCopyJob *job, struct text *value)
{
    return time_get(job, offsetof(BG_JOB_TIMES, CreationTime), value);
}

static HRESULT modificationtime_get(IBackgroundCopyJob *job, struct text *value)
{
    return time_get(job, offsetof(BG_JOB_TIMES, ModificationTime), value);
}

static HRESULT completiontime_get(IBackgroundCopyJob *job, struct text *value)
{
    return time_get(job, offsetof(BG_JOB_TIMES, TransferCompletionTime), value);
}

static HRESULT error_get(IBackgroundCopyJob *job, struct text *value)
{
    IBackgroundCopyError *error = NULL;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetError(job, &error);
    if (SUCCEEDED(hr))
    {
        hr = error_describe(error, L"\n", value);
        text_trim(value);
        IBackgroundCopyError_Release(error);
    }
    return hr;
}

static HRESULT errorcount_get(IBackgroundCopyJob *job, struct text *value)
{
    ULONG count = 0;
    HRESULT hr = IBackgroundCopyJob_GetErrorCount(job, &count);

    return take_number(hr, count, value);
}

static HRESULT notifyflags_get(IBackgroundCopyJob *job, struct text *value)
{
    ULONG flags = 0;
    HRESULT hr = IBackgroundCopyJob_GetNotifyFlags(job, &flags);

    return take_number(hr, flags, value);
}

static HRESULT notifyflags_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    ULONG flags;
    HRESULT hr = parse_ulong(argv[0], &flags);

    (void)argc;
    return FAILED(hr) ? hr : IBackgroundCopyJob_SetNotifyFlags(job, flags);
}

/* "bitsadmin getnotifyinterface": which program registered it cannot be told. */
static HRESULT notifyinterface_get(IBackgroundCopyJob *job, struct text *value)
{
    IUnknown *callback = NULL;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetNotifyInterface(job, &callback);
    if (SUCCEEDED(hr))
    {
        text_append(value, callback ? L"REGISTERED" : L"UNREGISTERED");
        if (callback)
        {
            IUnknown_Release(callback);
        }
    }
    return hr;
}

static HRESULT minretrydelay_get(IBackgroundCopyJob *job, struct text *value)
{
    ULONG seconds = 0;
    HRESULT hr = IBackgroundCopyJob_GetMinimumRetryDelay(job, &seconds);

    return take_number(hr, seconds, value);
}

static HRESULT minretrydelay_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    ULONG seconds;
    HRESULT hr = parse_ulong(argv[0], &seconds);

    (void)argc;
    return FAILED(hr) ? hr : IBackgroundCopyJob_SetMinimumRetryDelay(job, seconds);
}

static HRESULT noprogresstimeout_get(IBackgroundCopyJob *job, struct text *value)
{
    ULONG seconds = 0;
    HRESULT hr = IBackgroundCopyJob_GetNoProgressTimeout(job, &seconds);

    return take_number(hr, seconds, value);
}

static HRESULT noprogresstimeout_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    ULONG seconds;
    HRESULT hr = parse_ulong(argv[0], &seconds);

    (void)argc;
    return FAILED(hr) ? hr : IBackgroundCopyJob_SetNoProgressTimeout(job, seconds);
}

static HRESULT aclflags_get(IBackgroundCopyJob *job, struct text *value)
{
    IBackgroundCopyJob3 *job3;
    DWORD flags = 0;
    HRESULT hr;

    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob3_GetFileACLFlags(job3, &flags);
        IBackgroundCopyJob3_Release(job3);
    }
    if (SUCCEEDED(hr))
    {
        acl_flags_format(flags, value);
    }
    return hr;
}

static HRESULT aclflags_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    IBackgroundCopyJob3 *job3;
    DWORD flags;
    HRESULT hr;

    (void)argc;
    if (!acl_flags_parse(argv[0], &flags))
    {
        return report_bad_argument(L"Invalid ACL flags \"%ls\".", argv[0]);
    }
    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob3_SetFileACLFlags(job3, flags);
        IBackgroundCopyJob3_Release(job3);
    }
    return hr;
}

/* clang-format off */
const struct property job_properties[] =
{
    { L"TYPE", L"type", type_get, NULL, NULL, 0, 0 },
    { L"STATE", L"state", state_get, NULL, NULL, 0, 0 },
    { L"OWNER", L"owner", owner_get, NULL, NULL, 0, 0 },
    { L"DISPLAYNAME", L"display name", displayname_get, displayname_set, L"name", 1, 1 },
    { L"DESCRIPTION", L"description", description_get, description_set, L"text", 1, 1 },
    { L"PRIORITY", L"priority", priority_get, priority_set, L"FOREGROUND|HIGH|NORMAL|LOW", 1, 1 },
    { L"BYTESTOTAL", L"total number of bytes", bytestotal_get, NULL, NULL, 0, 0 },
    { L"BYTESTRANSFERRED", L"number of bytes transferred", bytestransferred_get, NULL, NULL, 0, 0 },
    { L"FILESTOTAL", L"total number of files", filestotal_get, NULL, NULL, 0, 0 },
    { L"FILESTRANSFERRED", L"number of files transferred", filestransferred_get, NULL, NULL, 0, 0 },
    { L"CREATIONTIME", L"creation time", creationtime_get, NULL, NULL, 0, 0 },
    { L"MODIFICATIONTIME", L"modification time", modificationtime_get, NULL, NULL, 0, 0 },
    { L"COMPLETIONTIME", L"completion time", completiontime_get, NULL, NULL, 0, 0 },
    { L"ERROR", L"error", error_get, NULL, NULL, 0, 0 },
    { L"ERRORCOUNT", L"error count", errorcount_get, NULL, NULL, 0, 0 },
    { L"NOTIFYFLAGS", L"notification flags", notifyflags_get, notifyflags_set, L"flags", 1, 1 },
    { L"NOTIFYINTERFACE", L"notification interface", notifyinterface_get, NULL, NULL, 0, 0 },
    { L"MINRETRYDELAY", L"minimum retry delay", minretrydelay_get, minretrydelay_set, L"seconds",
            1, 1 },
    { L"NOPROGRESSTIMEOUT", L"no progress timeout", noprogresstimeout_get, noprogresstimeout_set,
            L"seconds", 1, 1 },
    { L"ACLFLAGS", L"ACL flags", aclflags_get, aclflags_set, L"[O][G][D][S]", 1, 1 },
    { L"ACLFLAG", L"ACL flags", NULL, aclflags_set, L"[O][G][D][S]", 1, 1 },
    { NULL, NULL, NULL, NULL, NULL, 0, 0 }
};
/* clang-format on */
