/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxy, credentials, notification command line, custom headers, certificates and HTTP flags. */

#include <limits.h>
#include <wchar.h>

#include <bits1_5.h>
#include <bits2_5.h>

#include "bitsadmin.h"
#include "output.h"

#define CERTIFICATE_HASH_BYTES 20 /* SHA-1 */

/* NULL as an argument stands for no value. */
static WCHAR *argument_or_null(WCHAR *argument)
{
    return _wcsicmp(argument, L"NULL") ? argument : NULL;
}

static HRESULT proxy_get(IBackgroundCopyJob *job, BG_JOB_PROXY_USAGE *usage, struct text *list,
        struct text *bypass)
{
    WCHAR *list_string = NULL, *bypass_string = NULL;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetProxySettings(job, usage, &list_string, &bypass_string);
    if (SUCCEEDED(hr))
    {
        if (list)
        {
            text_append(list, list_string ? list_string : L"NULL");
        }
        if (bypass)
        {
            text_append(bypass, bypass_string ? bypass_string : L"NULL");
        }
        CoTaskMemFree(list_string);
        CoTaskMemFree(bypass_string);
    }
    return hr;
}

static HRESULT proxyusage_get(IBackgroundCopyJob *job, struct text *value)
{
    BG_JOB_PROXY_USAGE usage;
    HRESULT hr;

    hr = proxy_get(job, &usage, NULL, NULL);
    if (SUCCEEDED(hr))
    {
        text_append(value, proxy_usage_name(usage));
    }
    return hr;
}

static HRESULT proxylist_get(IBackgroundCopyJob *job, struct text *value)
{
    BG_JOB_PROXY_USAGE usage;

    return proxy_get(job, &usage, value, NULL);
}

static HRESULT proxybypasslist_get(IBackgroundCopyJob *job, struct text *value)
{
    BG_JOB_PROXY_USAGE usage;

    return proxy_get(job, &usage, NULL, value);
}

/* "bitsadmin setproxysettings": the lists belong to OVERRIDE and to nothing else; NULL or "" is an
 * empty bypass list. */
static HRESULT proxysettings_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    WCHAR *list = NULL, *bypass = NULL;
    BG_JOB_PROXY_USAGE usage;

    if (!proxy_usage_parse(argv[0], &usage))
    {
        return report_bad_argument(L"Invalid proxy usage \"%ls\".", argv[0]);
    }
    if (usage == BG_JOB_PROXY_USAGE_OVERRIDE)
    {
        if (argc != 3)
        {
            return report_bad_argument(L"OVERRIDE needs a proxy list and a proxy bypass list.");
        }
        list = argument_or_null(argv[1]);
        bypass = *argv[2] ? argument_or_null(argv[2]) : NULL;
    }
    else if (argc != 1)
    {
        return report_bad_argument(L"A proxy list can only follow OVERRIDE.");
    }
    return IBackgroundCopyJob_SetProxySettings(job, usage, list, bypass);
}

static HRESULT open_job2(IBackgroundCopyJob *job, IBackgroundCopyJob2 **job2)
{
    return IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)job2);
}

static HRESULT notifycmdline_get(IBackgroundCopyJob *job, struct text *value)
{
    WCHAR *program = NULL, *parameters = NULL;
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    hr = open_job2(job, &job2);
    if (FAILED(hr))
    {
        return hr;
    }
    hr = IBackgroundCopyJob2_GetNotifyCmdLine(job2, &program, &parameters);
    if (SUCCEEDED(hr))
    {
        if (program && *program)
        {
            text_printf(value, L"'%ls' '%ls'", program,
                    parameters && *parameters ? parameters : L"NULL");
        }
        else
        {
            text_append(value, L"none");
        }
        CoTaskMemFree(program);
        CoTaskMemFree(parameters);
    }
    IBackgroundCopyJob2_Release(job2);
    return hr;
}

/* "bitsadmin setnotifycmdline": all that follows the program is its command line. */
static HRESULT notifycmdline_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    struct text parameters = TEXT_INIT;
    IBackgroundCopyJob2 *job2;
    const WCHAR *line = NULL;
    HRESULT hr;
    int i;

    if (argc == 2)
    {
        line = argument_or_null(argv[1]);
    }
    else if (argc > 2)
    {
        for (i = 1; i < argc; ++i)
        {
            bool quote = !*argv[i] || wcspbrk(argv[i], L" \t");

            text_printf(&parameters, quote ? L"%ls\"%ls\"" : L"%ls%ls", i > 1 ? L" " : L"",
                    argv[i]);
        }
        line = text_get(&parameters);
    }
    hr = open_job2(job, &job2);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob2_SetNotifyCmdLine(job2, argument_or_null(argv[0]), line);
        IBackgroundCopyJob2_Release(job2);
    }
    text_free(&parameters);
    return hr;
}

static HRESULT replyfilename_get(IBackgroundCopyJob *job, struct text *value)
{
    IBackgroundCopyJob2 *job2;
    WCHAR *name = NULL;
    HRESULT hr;

    hr = open_job2(job, &job2);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob2_GetReplyFileName(job2, &name);
        IBackgroundCopyJob2_Release(job2);
    }
    if (SUCCEEDED(hr))
    {
        text_append(value, name);
        CoTaskMemFree(name);
    }
    return hr;
}

static HRESULT replyfilename_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    (void)argc;
    hr = open_job2(job, &job2);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob2_SetReplyFileName(job2, argument_or_null(argv[0]));
        IBackgroundCopyJob2_Release(job2);
    }
    return hr;
}

static HRESULT replyprogress_get(IBackgroundCopyJob *job, struct text *value)
{
    BG_JOB_REPLY_PROGRESS progress = {0};
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    hr = open_job2(job, &job2);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob2_GetReplyProgress(job2, &progress);
        IBackgroundCopyJob2_Release(job2);
    }
    if (SUCCEEDED(hr))
    {
        text_printf(value, L"%I64u / ", progress.BytesTransferred);
        size_format(progress.BytesTotal, value);
    }
    return hr;
}

static HRESULT replydata_get(IBackgroundCopyJob *job, struct text *value)
{
    IBackgroundCopyJob2 *job2;
    UINT64 size = 0, i;
    BYTE *data = NULL;
    HRESULT hr;

    hr = open_job2(job, &job2);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob2_GetReplyData(job2, &data, &size);
        IBackgroundCopyJob2_Release(job2);
    }
    if (SUCCEEDED(hr) && data)
    {
        for (i = 0; i < size; ++i)
        {
            text_printf(value, L"%02x", data[i]);
        }
        CoTaskMemFree(data);
    }
    return hr;
}

static HRESULT open_http_options(IBackgroundCopyJob *job, IBackgroundCopyJobHttpOptions **options)
{
    return IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions,
            (void **)options);
}

static HRESULT customheaders_get(IBackgroundCopyJob *job, struct text *value)
{
    IBackgroundCopyJobHttpOptions *options;
    WCHAR *headers = NULL;
    HRESULT hr;

    hr = open_http_options(job, &options);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJobHttpOptions_GetCustomHeaders(options, &headers);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    if (SUCCEEDED(hr))
    {
        text_append(value, headers && *headers ? headers : L"NULL");
        text_trim(value);
        CoTaskMemFree(headers);
    }
    return hr;
}

/* Each argument is one header; NULL alone takes all headers off. */
static HRESULT customheaders_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    struct text headers = TEXT_INIT;
    IBackgroundCopyJobHttpOptions *options;
    bool clear = argc == 1 && !argument_or_null(argv[0]);
    HRESULT hr;
    int i;

    for (i = 0; i < argc; ++i)
    {
        text_printf(&headers, L"%ls%ls", i ? L"\r\n" : L"", argv[i]);
    }
    hr = open_http_options(job, &options);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJobHttpOptions_SetCustomHeaders(options,
                clear ? NULL : text_get(&headers));
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    text_free(&headers);
    return hr;
}

static HRESULT securityflags_get(IBackgroundCopyJob *job, struct text *value)
{
    IBackgroundCopyJobHttpOptions *options;
    ULONG flags = 0;
    HRESULT hr;

    hr = open_http_options(job, &options);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJobHttpOptions_GetSecurityFlags(options, &flags);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    if (SUCCEEDED(hr))
    {
        text_printf(value, L"0x%04lx", flags);
    }
    return hr;
}

static HRESULT securityflags_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    IBackgroundCopyJobHttpOptions *options;
    UINT64 flags;
    HRESULT hr;

    (void)argc;
    if (!number_parse(argv[0], ULONG_MAX, &flags))
    {
        return report_bad_argument(L"Invalid number \"%ls\".", argv[0]);
    }
    hr = open_http_options(job, &options);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, (ULONG)flags);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    return hr;
}

static HRESULT clientcertificate_get(IBackgroundCopyJob *job, struct text *value)
{
    IBackgroundCopyJobHttpOptions *options;
    WCHAR *store = NULL, *subject = NULL;
    BG_CERT_STORE_LOCATION location;
    BYTE *hash = NULL;
    HRESULT hr;
    int i;

    hr = open_http_options(job, &options);
    if (FAILED(hr))
    {
        return hr;
    }
    hr = IBackgroundCopyJobHttpOptions_GetClientCertificate(options, &location, &store, &hash,
            &subject);
    IBackgroundCopyJobHttpOptions_Release(options);
    if (FAILED(hr))
    {
        return hr;
    }
    text_printf(value, L"%u %ls ", (unsigned int)location, store ? store : L"NULL");
    for (i = 0; hash && i < CERTIFICATE_HASH_BYTES; ++i)
    {
        text_printf(value, L"%02X", hash[i]);
    }
    text_printf(value, L"%ls %ls", hash ? L"" : L"NULL", subject ? subject : L"NULL");
    CoTaskMemFree(store);
    CoTaskMemFree(hash);
    CoTaskMemFree(subject);
    return hr;
}

/* The location of a certificate store by its name, or by its number in the table of "bitsadmin
 * setclientcertificatebyid", which counts from 1. */
static HRESULT store_location_parse(const WCHAR *argument, BG_CERT_STORE_LOCATION *location)
{
    static const WCHAR prefix[] = L"BG_CERT_STORE_LOCATION_";
    static const WCHAR *const names[] = {L"CURRENT_USER", L"LOCAL_MACHINE", L"CURRENT_SERVICE",
            L"SERVICES", L"USERS", L"CURRENT_USER_GROUP_POLICY", L"LOCAL_MACHINE_GROUP_POLICY",
            L"LOCAL_MACHINE_ENTERPRISE"};
    const WCHAR *name = argument;
    UINT64 number;
    unsigned int i;

    if (number_parse(argument, ARRAYSIZE(names), &number) && number)
    {
        *location = (BG_CERT_STORE_LOCATION)(number - 1);
        return S_OK;
    }
    if (!_wcsnicmp(name, prefix, ARRAYSIZE(prefix) - 1))
    {
        name += ARRAYSIZE(prefix) - 1;
    }
    for (i = 0; i < ARRAYSIZE(names); ++i)
    {
        if (!_wcsicmp(name, names[i]))
        {
            *location = (BG_CERT_STORE_LOCATION)i;
            return S_OK;
        }
    }
    return report_bad_argument(L"Invalid store location \"%ls\".", argument);
}

static HRESULT certificate_hash_parse(const WCHAR *argument, BYTE hash[CERTIFICATE_HASH_BYTES])
{
    size_t i;

    if (wcslen(argument) != CERTIFICATE_HASH_BYTES * 2)
    {
        return report_bad_argument(L"A certificate's identifier has %u hexadecimal digits.",
                CERTIFICATE_HASH_BYTES * 2);
    }
    for (i = 0; i < CERTIFICATE_HASH_BYTES; ++i)
    {
        WCHAR digits[] = {'0', 'x', argument[2 * i], argument[2 * i + 1], 0};
        UINT64 byte;

        if (!number_parse(digits, 0xff, &byte))
        {
            return report_bad_argument(L"\"%ls\" is not a hexadecimal number.", argument);
        }
        hash[i] = (BYTE)byte;
    }
    return S_OK;
}

static HRESULT clientcertificatebyid_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    IBackgroundCopyJobHttpOptions *options;
    BYTE hash[CERTIFICATE_HASH_BYTES];
    BG_CERT_STORE_LOCATION location;
    HRESULT hr;

    (void)argc;
    if (FAILED(hr = store_location_parse(argv[0], &location))
            || FAILED(hr = certificate_hash_parse(argv[2], hash))
            || FAILED(hr = open_http_options(job, &options)))
    {
        return hr;
    }
    hr = IBackgroundCopyJobHttpOptions_SetClientCertificateByID(options, location, argv[1], hash);
    IBackgroundCopyJobHttpOptions_Release(options);
    return hr;
}

static HRESULT clientcertificatebyname_set(IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    IBackgroundCopyJobHttpOptions *options;
    BG_CERT_STORE_LOCATION location;
    HRESULT hr;

    (void)argc;
    if (FAILED(hr = store_location_parse(argv[0], &location))
            || FAILED(hr = open_http_options(job, &options)))
    {
        return hr;
    }
    hr = IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, location, argv[1],
            argv[2]);
    IBackgroundCopyJobHttpOptions_Release(options);
    return hr;
}

static int removeclientcertificate_run(struct context *context, IBackgroundCopyJob *job, int argc,
        WCHAR **argv)
{
    IBackgroundCopyJobHttpOptions *options;
    HRESULT hr;

    (void)argc;
    (void)argv;
    hr = open_http_options(job, &options);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJobHttpOptions_RemoveClientCertificate(options);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"remove the client certificate");
    }
    if (!context->raw)
    {
        output_write(L"Client certificate removed.\n");
    }
    return EXIT_DONE;
}

static HRESULT credentials_target_parse(WCHAR **argv, BG_AUTH_CREDENTIALS *credentials)
{
    static const WCHAR *const schemes[] = {L"BASIC", L"DIGEST", L"NTLM", L"NEGOTIATE", L"PASSPORT"};
    unsigned int i;

    if (!_wcsicmp(argv[0], L"SERVER"))
    {
        credentials->Target = BG_AUTH_TARGET_SERVER;
    }
    else if (!_wcsicmp(argv[0], L"PROXY"))
    {
        credentials->Target = BG_AUTH_TARGET_PROXY;
    }
    else
    {
        return report_bad_argument(L"Invalid target \"%ls\": SERVER or PROXY.", argv[0]);
    }
    for (i = 0; i < ARRAYSIZE(schemes); ++i)
    {
        if (!_wcsicmp(argv[1], schemes[i]))
        {
            credentials->Scheme = (BG_AUTH_SCHEME)(BG_AUTH_SCHEME_BASIC + i);
            return S_OK;
        }
    }
    return report_bad_argument(L"Invalid authentication scheme \"%ls\".", argv[1]);
}

/* "bitsadmin setcredentials"; NULL NULL as user and password are the implicit credentials. The
 * password is not repeated in the answer. */
static int setcredentials_run(struct context *context, IBackgroundCopyJob *job, int argc,
        WCHAR **argv)
{
    BG_AUTH_CREDENTIALS credentials;
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    (void)argc;
    hr = credentials_target_parse(argv, &credentials);
    if (SUCCEEDED(hr))
    {
        credentials.Credentials.Basic.UserName = argument_or_null(argv[2]);
        credentials.Credentials.Basic.Password = argument_or_null(argv[3]);
        hr = open_job2(job, &job2);
    }
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob2_SetCredentials(job2, &credentials);
        IBackgroundCopyJob2_Release(job2);
    }
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"set credentials");
    }
    if (!context->raw)
    {
        output_printf(L"OK, username = '%ls'\n", argv[2]);
    }
    return EXIT_DONE;
}

static int removecredentials_run(struct context *context, IBackgroundCopyJob *job, int argc,
        WCHAR **argv)
{
    BG_AUTH_CREDENTIALS credentials;
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    (void)argc;
    hr = credentials_target_parse(argv, &credentials);
    if (SUCCEEDED(hr))
    {
        hr = open_job2(job, &job2);
    }
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob2_RemoveCredentials(job2, credentials.Target, credentials.Scheme);
        IBackgroundCopyJob2_Release(job2);
    }
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"remove credentials");
    }
    if (!context->raw)
    {
        output_write(
                hr == S_FALSE ? L"The job has no such credentials.\n" : L"Credentials removed.\n");
    }
    return EXIT_DONE;
}

/* clang-format off */
const struct property network_properties[] =
{
    { L"PROXYUSAGE", L"proxy usage", proxyusage_get, NULL, NULL, 0, 0 },
    { L"PROXYLIST", L"proxy list", proxylist_get, NULL, NULL, 0, 0 },
    { L"PROXYBYPASSLIST", L"proxy bypass list", proxybypasslist_get, NULL, NULL, 0, 0 },
    { L"PROXYSETTINGS", L"proxy settings", NULL, proxysettings_set,
            L"PRECONFIG|NO_PROXY|AUTODETECT|OVERRIDE [list bypass]", 1, 3 },
    { L"NOTIFYCMDLINE", L"notification command line", notifycmdline_get, notifycmdline_set,
            L"program [parameters]", 1, 64 },
    { L"CUSTOMHEADERS", L"custom headers", customheaders_get, customheaders_set,
            L"header1 [header2...]", 1, 256 },
    { L"SECURITYFLAGS", L"HTTP security flags", securityflags_get, securityflags_set, L"flags",
            1, 1 },
    { L"CLIENTCERTIFICATE", L"client certificate", clientcertificate_get, NULL, NULL, 0, 0 },
    { L"CLIENTCERTIFICATEBYID", L"client certificate", NULL, clientcertificatebyid_set,
            L"store_location store_name hexadecimal_id", 3, 3 },
    { L"CLIENTCERTIFICATEBYNAME", L"client certificate", NULL, clientcertificatebyname_set,
            L"store_location store_name subject_name", 3, 3 },
    { L"REPLYFILENAME", L"reply file name", replyfilename_get, replyfilename_set, L"file_name",
            1, 1 },
    { L"REPLYPROGRESS", L"reply progress", replyprogress_get, NULL, NULL, 0, 0 },
    { L"REPLYDATA", L"reply data", replydata_get, NULL, NULL, 0, 0 },
    { NULL, NULL, NULL, NULL, NULL, 0, 0 }
};

const struct command network_commands[] =
{
    { L"SETCREDENTIALS", L"job SERVER|PROXY BASIC|DIGEST|NTLM|NEGOTIATE|PASSPORT user password",
            4, 4, true, setcredentials_run },
    { L"REMOVECREDENTIALS", L"job SERVER|PROXY BASIC|DIGEST|NTLM|NEGOTIATE|PASSPORT", 2, 2, true,
            removecredentials_run },
    { L"REMOVECLIENTCERTIFICATE", L"job", 0, 0, true, removeclientcertificate_run },
    { NULL, NULL, 0, 0, false, NULL }
};
/* clang-format on */
