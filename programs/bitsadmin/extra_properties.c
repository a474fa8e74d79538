/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Properties and commands of BITS 3.0 and later: peer caching, time limits, helper tokens, the HTTP
 * method; and /UTIL. */

#include <limits.h>
#include <wchar.h>

#include <bits1_5.h>
#include <bits2_0.h>
#include <bits2_5.h>
#include <bits3_0.h>
#include <bits3_ext.h>
#include <bits4_0.h>
#include <bits5_0.h>
#include <bits10_1.h>
#include <bits10_2.h>
#include <bits10_3.h>

#include "bitsadmin.h"
#include "output.h"

static HRESULT open_job4(IBackgroundCopyJob *job, IBackgroundCopyJob4 **job4)
{
    return IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob4, (void **)job4);
}

static HRESULT parse_dword(const WCHAR *argument, DWORD *number)
{
    UINT64 wide;

    *number = 0;
    if (!number_parse(argument, ULONG_MAX, &wide))
    {
        return report_bad_argument(L"Invalid number \"%ls\".", argument);
    }
    *number = (DWORD)wide;
    return S_OK;
}

static HRESULT peercachingflags_get(IBackgroundCopyJob *job, struct text *value)
{
    IBackgroundCopyJob4 *job4;
    DWORD flags = 0;
    HRESULT hr;

    hr = open_job4(job, &job4);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob4_GetPeerCachingFlags(job4, &flags);
        IBackgroundCopyJob4_Release(job4);
    }
    if (SUCCEEDED(hr))
    {
        text_printf(value, L"%lu", flags);
    }
    return hr;
}

static HRESULT peercachingflags_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    IBackgroundCopyJob4 *job4;
    DWORD flags;
    HRESULT hr;

    (void)argc;
    if (FAILED(hr = parse_dword(argv[0], &flags)) || FAILED(hr = open_job4(job, &job4)))
    {
        return hr;
    }
    hr = IBackgroundCopyJob4_SetPeerCachingFlags(job4, flags);
    IBackgroundCopyJob4_Release(job4);
    return hr;
}

static HRESULT maxdownloadtime_get(IBackgroundCopyJob *job, struct text *value)
{
    IBackgroundCopyJob4 *job4;
    ULONG seconds = 0;
    HRESULT hr;

    hr = open_job4(job, &job4);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob4_GetMaximumDownloadTime(job4, &seconds);
        IBackgroundCopyJob4_Release(job4);
    }
    if (SUCCEEDED(hr))
    {
        text_printf(value, L"%lu", seconds);
    }
    return hr;
}

static HRESULT maxdownloadtime_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    IBackgroundCopyJob4 *job4;
    DWORD seconds;
    HRESULT hr;

    (void)argc;
    if (FAILED(hr = parse_dword(argv[0], &seconds)) || FAILED(hr = open_job4(job, &job4)))
    {
        return hr;
    }
    hr = IBackgroundCopyJob4_SetMaximumDownloadTime(job4, seconds);
    IBackgroundCopyJob4_Release(job4);
    return hr;
}

static HRESULT open_token_options(IBackgroundCopyJob *job, IBitsTokenOptions **options)
{
    return IBackgroundCopyJob_QueryInterface(job, &IID_IBitsTokenOptions, (void **)options);
}

static HRESULT helpertokenflags_get(IBackgroundCopyJob *job, struct text *value)
{
    IBitsTokenOptions *options;
    DWORD flags = 0;
    HRESULT hr;

    hr = open_token_options(job, &options);
    if (SUCCEEDED(hr))
    {
        hr = IBitsTokenOptions_GetHelperTokenFlags(options, &flags);
        IBitsTokenOptions_Release(options);
    }
    if (SUCCEEDED(hr))
    {
        text_printf(value, L"0x%04lx", flags);
    }
    return hr;
}

static HRESULT helpertokenflags_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    IBitsTokenOptions *options;
    DWORD flags;
    HRESULT hr;

    (void)argc;
    if (FAILED(hr = parse_dword(argv[0], &flags)) || FAILED(hr = open_token_options(job, &options)))
    {
        return hr;
    }
    hr = IBitsTokenOptions_SetHelperTokenFlags(options, flags);
    IBitsTokenOptions_Release(options);
    return hr;
}

static HRESULT helpertokensid_get(IBackgroundCopyJob *job, struct text *value)
{
    IBitsTokenOptions *options;
    WCHAR *sid = NULL;
    HRESULT hr;

    hr = open_token_options(job, &options);
    if (SUCCEEDED(hr))
    {
        hr = IBitsTokenOptions_GetHelperTokenSid(options, &sid);
        IBitsTokenOptions_Release(options);
    }
    if (SUCCEEDED(hr))
    {
        text_append(value, sid ? sid : L"NULL");
        CoTaskMemFree(sid);
    }
    return hr;
}

/* "bitsadmin sethelpertoken": the service takes the token that the call comes with, which is the
 * one of the process or of the user that is named. */
static int sethelpertoken_run(struct context *context, IBackgroundCopyJob *job, int argc,
        WCHAR **argv)
{
    IBitsTokenOptions *options = NULL;
    HANDLE token = NULL;
    HRESULT hr;

    if (argc == 1)
    {
        return report_error(EXIT_USAGE, L"A user name needs a password.");
    }
    hr = open_token_options(job, &options);
    if (SUCCEEDED(hr) && argc == 2)
    {
        hr = CoSetProxyBlanket((IUnknown *)options, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT, NULL,
                RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL,
                EOAC_DYNAMIC_CLOAKING);
        if (SUCCEEDED(hr)
                && (!LogonUserW(argv[0], NULL, argv[1], LOGON32_LOGON_INTERACTIVE,
                            LOGON32_PROVIDER_DEFAULT, &token)
                        || !ImpersonateLoggedOnUser(token)))
        {
            hr = HRESULT_FROM_WIN32(GetLastError());
        }
    }
    if (SUCCEEDED(hr))
    {
        hr = IBitsTokenOptions_SetHelperToken(options);
    }
    if (token)
    {
        RevertToSelf();
        CloseHandle(token);
    }
    if (options)
    {
        IBitsTokenOptions_Release(options);
    }
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"set the helper token");
    }
    if (!context->raw)
    {
        output_write(L"Helper token set.\n");
    }
    return EXIT_DONE;
}

static HRESULT httpmethod_get(IBackgroundCopyJob *job, struct text *value)
{
    IBackgroundCopyJobHttpOptions2 *options;
    WCHAR *method = NULL;
    HRESULT hr;

    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions2,
            (void **)&options);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJobHttpOptions2_GetHttpMethod(options, &method);
        IBackgroundCopyJobHttpOptions2_Release(options);
    }
    if (SUCCEEDED(hr))
    {
        text_append(value, method);
        CoTaskMemFree(method);
    }
    return hr;
}

static HRESULT httpmethod_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    IBackgroundCopyJobHttpOptions2 *options;
    HRESULT hr;

    (void)argc;
    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions2,
            (void **)&options);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJobHttpOptions2_SetHttpMethod(options, argv[0]);
        IBackgroundCopyJobHttpOptions2_Release(options);
    }
    return hr;
}

static int makecustomheaderswriteonly_run(struct context *context, IBackgroundCopyJob *job,
        int argc, WCHAR **argv)
{
    IBackgroundCopyJobHttpOptions3 *options;
    HRESULT hr;

    (void)argc;
    (void)argv;
    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions3,
            (void **)&options);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(options);
        IBackgroundCopyJobHttpOptions3_Release(options);
    }
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"make the custom headers write-only");
    }
    if (!context->raw)
    {
        output_write(L"Custom headers are write-only now.\n");
    }
    return EXIT_DONE;
}

/* The newest class of BITS that can be created tells the version of the service. */
static const WCHAR *service_version(void)
{
    static const struct
    {
        const CLSID *clsid;
        const WCHAR *version;
    } classes[] = {
            {&CLSID_BackgroundCopyManager10_3, L"10.3"},
            {&CLSID_BackgroundCopyManager10_2, L"10.2"},
            {&CLSID_BackgroundCopyManager10_1, L"10.1"},
            {&CLSID_BackgroundCopyManager5_0, L"5.0"},
            {&CLSID_BackgroundCopyManager4_0, L"4.0"},
            {&CLSID_BackgroundCopyManager3_0, L"3.0"},
            {&CLSID_BackgroundCopyManager2_5, L"2.5"},
            {&CLSID_BackgroundCopyManager2_0, L"2.0"},
            {&CLSID_BackgroundCopyManager1_5, L"1.5"},
    };
    IBackgroundCopyManager *manager;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(classes); ++i)
    {
        if (SUCCEEDED(CoCreateInstance(classes[i].clsid, NULL, CLSCTX_LOCAL_SERVER,
                    &IID_IBackgroundCopyManager, (void **)&manager)))
        {
            IBackgroundCopyManager_Release(manager);
            return classes[i].version;
        }
    }
    return L"1.0";
}

static void file_version_print(const WCHAR *name)
{
    WCHAR path[MAX_PATH];
    BYTE info[4096];
    VS_FIXEDFILEINFO *version;
    UINT size;

    if (!GetSystemDirectoryW(path, ARRAYSIZE(path) - 32))
    {
        return;
    }
    wcscat(path, L"\\");
    wcscat(path, name);
    if (GetFileVersionInfoW(path, 0, sizeof(info), info)
            && VerQueryValueW(info, L"\\", (void **)&version, &size) && size >= sizeof(*version))
    {
        output_printf(L"%ls: %u.%u.%u.%u\n", path, HIWORD(version->dwFileVersionMS),
                LOWORD(version->dwFileVersionMS), HIWORD(version->dwFileVersionLS),
                LOWORD(version->dwFileVersionLS));
    }
    else
    {
        output_printf(L"%ls: UNKNOWN\n", path);
    }
}

static int util_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    (void)job;
    if (!switch_is(argv[0], L"VERSION") || (argc == 2 && !switch_is(argv[1], L"VERBOSE")))
    {
        return report_error(EXIT_USAGE, L"Invalid argument \"%ls\".", argv[argc - 1]);
    }
    output_printf(context->raw ? L"%ls" : L"%ls\n", service_version());
    if (argc == 2)
    {
        file_version_print(L"qmgr.dll");
        file_version_print(L"qmgrprxy.dll");
    }
    return EXIT_DONE;
}

/* clang-format off */
const struct property extra_properties[] =
{
    { L"MAXDOWNLOADTIME", L"maximum download time", maxdownloadtime_get, maxdownloadtime_set,
            L"seconds", 1, 1 },
    { L"PEERCACHINGFLAGS", L"peer caching flags", peercachingflags_get, peercachingflags_set,
            L"flags", 1, 1 },
    { L"HELPERTOKENFLAGS", L"helper token flags", helpertokenflags_get, helpertokenflags_set,
            L"flags", 1, 1 },
    { L"HELPERTOKENSID", L"helper token SID", helpertokensid_get, NULL, NULL, 0, 0 },
    { L"HTTPMETHOD", L"HTTP method", httpmethod_get, httpmethod_set, L"method", 1, 1 },
    { NULL, NULL, NULL, NULL, NULL, 0, 0 }
};

const struct command extra_commands[] =
{
    { L"SETHELPERTOKEN", L"job [user@domain password]", 0, 2, true, sethelpertoken_run },
    { L"MAKECUSTOMHEADERSWRITEONLY", L"job", 0, 0, true, makecustomheaderswriteonly_run },
    { L"UTIL", L"/VERSION [/VERBOSE]", 1, 2, false, util_run },
    { NULL, NULL, 0, 0, false, NULL }
};
/* clang-format on */
