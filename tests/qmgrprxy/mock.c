/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stddef.h>

#include "mock.h"

const GUID mock_clsid = {0x5fa2c1be, 0x2a75, 0x4a0e, {0x9a, 0x5c, 1, 2, 3, 4, 5, 6}};
const BYTE mock_hash[20] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 0, 255};

static void mock_called(struct mock *mock, const char *name)
{
    LONG refs = mock->refs;
    ULONG files_left = mock->files_left;

    memset(&mock->called, 0, sizeof(*mock) - offsetof(struct mock, called));
    mock->called = name;
    mock->thread = GetCurrentThreadId();
    mock->refs = refs;
    mock->files_left = files_left;
}

static void mock_keep_text(struct mock *mock, unsigned int index, const WCHAR *text)
{
    mock->has_text[index] = text != NULL;
    if (text)
        lstrcpynW(mock->text[index], text, ARRAYSIZE(mock->text[index]));
}

static void mock_keep_ranges(struct mock *mock, DWORD count, const BG_FILE_RANGE *ranges)
{
    mock->count = count;
    memcpy(mock->ranges, ranges, min(count, MOCK_RANGES) * sizeof(*ranges));
}

static WCHAR *mock_text(const WCHAR *text)
{
    size_t size = (wcslen(text) + 1) * sizeof(*text);
    WCHAR *copy = CoTaskMemAlloc(size);

    memcpy(copy, text, size);
    return copy;
}

static HRESULT mock_query(struct mock *mock, REFIID iid, void **object)
{
    *object = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyJob)
            || IsEqualIID(iid, &IID_IBackgroundCopyJob2)
            || IsEqualIID(iid, &IID_IBackgroundCopyJob3)
            || IsEqualIID(iid, &IID_IBackgroundCopyJob4)
            || IsEqualIID(iid, &IID_IBackgroundCopyJob5))
        *object = &mock->job;
    else if (IsEqualIID(iid, &IID_IBackgroundCopyFile) || IsEqualIID(iid, &IID_IBackgroundCopyFile2)
            || IsEqualIID(iid, &IID_IBackgroundCopyFile3)
            || IsEqualIID(iid, &IID_IBackgroundCopyFile4)
            || IsEqualIID(iid, &IID_IBackgroundCopyFile5)
            || IsEqualIID(iid, &IID_IBackgroundCopyFile6))
        *object = &mock->file;
    else if (IsEqualIID(iid, &IID_IBackgroundCopyJobHttpOptions)
            || IsEqualIID(iid, &IID_IBackgroundCopyJobHttpOptions2)
            || IsEqualIID(iid, &IID_IBackgroundCopyJobHttpOptions3))
        *object = &mock->http;
    else if (IsEqualIID(iid, &IID_IEnumBackgroundCopyFiles))
        *object = &mock->files;
    else if (IsEqualIID(iid, &IID_IBackgroundCopyCallback)
            || IsEqualIID(iid, &IID_IBackgroundCopyCallback2)
            || IsEqualIID(iid, &IID_IBackgroundCopyCallback3))
        *object = &mock->callback;
    else
        return E_NOINTERFACE;
    InterlockedIncrement(&mock->refs);
    return S_OK;
}

/* IUnknown of each of the five interfaces. */
#define MOCK_UNKNOWN(type, member)                                                                 \
    static struct mock *mock_from_##member(type *iface)                                            \
    {                                                                                              \
        return CONTAINING_RECORD(iface, struct mock, member);                                      \
    }                                                                                              \
    static HRESULT WINAPI mock_##member##_QueryInterface(type *iface, REFIID iid, void **object)   \
    {                                                                                              \
        return mock_query(mock_from_##member(iface), iid, object);                                 \
    }                                                                                              \
    static ULONG WINAPI mock_##member##_AddRef(type *iface)                                        \
    {                                                                                              \
        return InterlockedIncrement(&mock_from_##member(iface)->refs);                             \
    }                                                                                              \
    static ULONG WINAPI mock_##member##_Release(type *iface)                                       \
    {                                                                                              \
        return InterlockedDecrement(&mock_from_##member(iface)->refs);                             \
    }

MOCK_UNKNOWN(IBackgroundCopyJob5, job)
MOCK_UNKNOWN(IBackgroundCopyFile6, file)
MOCK_UNKNOWN(IBackgroundCopyJobHttpOptions3, http)
MOCK_UNKNOWN(IEnumBackgroundCopyFiles, files)
MOCK_UNKNOWN(IBackgroundCopyCallback3, callback)

static HRESULT WINAPI mock_AddFileSet(IBackgroundCopyJob5 *iface, ULONG count, BG_FILE_INFO *set)
{
    struct mock *mock = mock_from_job(iface);
    ULONG i;

    mock_called(mock, "AddFileSet");
    mock->count = count;
    for (i = 0; i < min(count, 3); ++i)
    {
        mock_keep_text(mock, i, set[i].RemoteName);
        if (set[i].LocalName)
            mock->ranges[i].Length = wcslen(set[i].LocalName);
    }
    return S_OK;
}

static HRESULT WINAPI mock_SetNotifyInterface(IBackgroundCopyJob5 *iface, IUnknown *object)
{
    struct mock *mock = mock_from_job(iface);

    mock_called(mock, "SetNotifyInterface");
    mock->has_object = object != NULL;
    return S_OK;
}

static HRESULT WINAPI mock_SetProxySettings(IBackgroundCopyJob5 *iface, BG_JOB_PROXY_USAGE usage,
        const WCHAR *list, const WCHAR *bypass)
{
    struct mock *mock = mock_from_job(iface);

    mock_called(mock, "SetProxySettings");
    mock->id = usage;
    mock_keep_text(mock, 0, list);
    mock_keep_text(mock, 1, bypass);
    return S_OK;
}

static HRESULT WINAPI mock_GetProxySettings(IBackgroundCopyJob5 *iface, BG_JOB_PROXY_USAGE *usage,
        LPWSTR *list, LPWSTR *bypass)
{
    mock_called(mock_from_job(iface), "GetProxySettings");
    *usage = BG_JOB_PROXY_USAGE_OVERRIDE;
    *list = mock_text(L"proxy:3128");
    *bypass = NULL;
    return S_OK;
}

static HRESULT WINAPI mock_SetNotifyCmdLine(IBackgroundCopyJob5 *iface, LPCWSTR program,
        LPCWSTR parameters)
{
    struct mock *mock = mock_from_job(iface);

    mock_called(mock, "SetNotifyCmdLine");
    mock_keep_text(mock, 0, program);
    mock_keep_text(mock, 1, parameters);
    return S_OK;
}

static HRESULT WINAPI mock_GetReplyData(IBackgroundCopyJob5 *iface, byte **buffer, UINT64 *length)
{
    mock_called(mock_from_job(iface), "GetReplyData");
    *buffer = CoTaskMemAlloc(sizeof(mock_hash));
    memcpy(*buffer, mock_hash, sizeof(mock_hash));
    *length = sizeof(mock_hash);
    return S_OK;
}

static HRESULT WINAPI mock_SetCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_CREDENTIALS *cred)
{
    struct mock *mock = mock_from_job(iface);

    mock_called(mock, "SetCredentials");
    mock->target = cred->Target;
    mock->scheme = cred->Scheme;
    if (cred->Scheme >= BG_AUTH_SCHEME_BASIC && cred->Scheme <= BG_AUTH_SCHEME_PASSPORT)
    {
        mock_keep_text(mock, 0, cred->Credentials.Basic.UserName);
        mock_keep_text(mock, 1, cred->Credentials.Basic.Password);
    }
    return S_OK;
}

static HRESULT WINAPI mock_AddFileWithRanges(IBackgroundCopyJob5 *iface, LPCWSTR remote,
        LPCWSTR local, DWORD count, BG_FILE_RANGE ranges[])
{
    struct mock *mock = mock_from_job(iface);

    mock_called(mock, "AddFileWithRanges");
    mock_keep_text(mock, 0, remote);
    mock_keep_text(mock, 1, local);
    mock_keep_ranges(mock, count, ranges);
    return S_OK;
}

static HRESULT WINAPI mock_SetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
        BITS_JOB_PROPERTY_VALUE value)
{
    struct mock *mock = mock_from_job(iface);

    mock_called(mock, "SetProperty");
    mock->id = id;
    mock->job_value = value;
    return (unsigned int)id > 100 ? BG_E_UNKNOWN_PROPERTY_ID : S_OK;
}

static HRESULT WINAPI mock_GetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
        BITS_JOB_PROPERTY_VALUE *value)
{
    mock_called(mock_from_job(iface), "GetProperty");
    switch ((int)id)
    {
    case BITS_JOB_PROPERTY_ID_COST_FLAGS:
        value->Dword = 0x80000021;
        break;
    case BITS_JOB_PROPERTY_NOTIFICATION_CLSID:
        value->ClsID = mock_clsid;
        break;
    case BITS_JOB_PROPERTY_DYNAMIC_CONTENT:
        value->Enable = TRUE;
        break;
    case BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE:
        value->Uint64 = 0x123456789abcdefull;
        break;
    case BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS:
        value->Target = BG_AUTH_TARGET_PROXY;
        break;
    default:
        return BG_E_UNKNOWN_PROPERTY_ID;
    }
    return S_OK;
}

static IBackgroundCopyJob5Vtbl mock_job_vtbl = {
        .QueryInterface = mock_job_QueryInterface,
        .AddRef = mock_job_AddRef,
        .Release = mock_job_Release,
        .AddFileSet = mock_AddFileSet,
        .SetNotifyInterface = mock_SetNotifyInterface,
        .SetProxySettings = mock_SetProxySettings,
        .GetProxySettings = mock_GetProxySettings,
        .SetNotifyCmdLine = mock_SetNotifyCmdLine,
        .GetReplyData = mock_GetReplyData,
        .SetCredentials = mock_SetCredentials,
        .AddFileWithRanges = mock_AddFileWithRanges,
        .SetProperty = mock_SetProperty,
        .GetProperty = mock_GetProperty,
};

static HRESULT mock_return_ranges(DWORD *count, BG_FILE_RANGE **ranges)
{
    *count = 2;
    *ranges = CoTaskMemAlloc(2 * sizeof(**ranges));
    (*ranges)[0] = (BG_FILE_RANGE){1, 2};
    (*ranges)[1] = (BG_FILE_RANGE){1ull << 40, BG_LENGTH_TO_EOF};
    return S_OK;
}

static HRESULT WINAPI mock_GetFileRanges(IBackgroundCopyFile6 *iface, DWORD *count,
        BG_FILE_RANGE **ranges)
{
    mock_called(mock_from_file(iface), "GetFileRanges");
    return mock_return_ranges(count, ranges);
}

static HRESULT WINAPI mock_file_SetProperty(IBackgroundCopyFile6 *iface, BITS_FILE_PROPERTY_ID id,
        BITS_FILE_PROPERTY_VALUE value)
{
    struct mock *mock = mock_from_file(iface);

    mock_called(mock, "file SetProperty");
    mock->id = id;
    mock_keep_text(mock, 0, value.String);
    return S_OK;
}

static HRESULT WINAPI mock_file_GetProperty(IBackgroundCopyFile6 *iface, BITS_FILE_PROPERTY_ID id,
        BITS_FILE_PROPERTY_VALUE *value)
{
    struct mock *mock = mock_from_file(iface);

    mock_called(mock, "file GetProperty");
    if (id != BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS)
        return BG_E_UNKNOWN_PROPERTY_ID;
    value->String = mock_text(L"Server: mock");
    return S_OK;
}

static HRESULT WINAPI mock_UpdateDownloadPosition(IBackgroundCopyFile6 *iface, UINT64 offset)
{
    struct mock *mock = mock_from_file(iface);

    mock_called(mock, "UpdateDownloadPosition");
    mock->ranges[0].InitialOffset = offset;
    return S_OK;
}

static HRESULT WINAPI mock_RequestFileRanges(IBackgroundCopyFile6 *iface, DWORD count,
        const BG_FILE_RANGE ranges[])
{
    struct mock *mock = mock_from_file(iface);

    mock_called(mock, "RequestFileRanges");
    mock_keep_ranges(mock, count, ranges);
    return S_OK;
}

static HRESULT WINAPI mock_GetFilledFileRanges(IBackgroundCopyFile6 *iface, DWORD *count,
        BG_FILE_RANGE **ranges)
{
    mock_called(mock_from_file(iface), "GetFilledFileRanges");
    return mock_return_ranges(count, ranges);
}

static IBackgroundCopyFile6Vtbl mock_file_vtbl = {
        .QueryInterface = mock_file_QueryInterface,
        .AddRef = mock_file_AddRef,
        .Release = mock_file_Release,
        .GetFileRanges = mock_GetFileRanges,
        .SetProperty = mock_file_SetProperty,
        .GetProperty = mock_file_GetProperty,
        .UpdateDownloadPosition = mock_UpdateDownloadPosition,
        .RequestFileRanges = mock_RequestFileRanges,
        .GetFilledFileRanges = mock_GetFilledFileRanges,
};

static HRESULT WINAPI mock_SetClientCertificateByID(IBackgroundCopyJobHttpOptions3 *iface,
        BG_CERT_STORE_LOCATION location, LPCWSTR store, byte *hash)
{
    struct mock *mock = mock_from_http(iface);

    mock_called(mock, "SetClientCertificateByID");
    mock->id = location;
    mock_keep_text(mock, 0, store);
    memcpy(mock->hash, hash, sizeof(mock->hash));
    return S_OK;
}

static HRESULT WINAPI mock_GetClientCertificate(IBackgroundCopyJobHttpOptions3 *iface,
        BG_CERT_STORE_LOCATION *location, LPWSTR *store, byte **hash, LPWSTR *subject)
{
    mock_called(mock_from_http(iface), "GetClientCertificate");
    *location = BG_CERT_STORE_LOCATION_USERS;
    *store = mock_text(L"MY");
    *hash = CoTaskMemAlloc(sizeof(mock_hash));
    memcpy(*hash, mock_hash, sizeof(mock_hash));
    *subject = mock_text(L"subject");
    return S_OK;
}

static HRESULT WINAPI mock_SetCustomHeaders(IBackgroundCopyJobHttpOptions3 *iface, LPCWSTR headers)
{
    struct mock *mock = mock_from_http(iface);

    mock_called(mock, "SetCustomHeaders");
    mock_keep_text(mock, 0, headers);
    return S_OK;
}

static HRESULT WINAPI mock_SetServerCertificateValidationInterface(
        IBackgroundCopyJobHttpOptions3 *iface, IUnknown *object)
{
    struct mock *mock = mock_from_http(iface);

    mock_called(mock, "SetServerCertificateValidationInterface");
    mock->has_object = object != NULL;
    return S_OK;
}

static IBackgroundCopyJobHttpOptions3Vtbl mock_http_vtbl = {
        .QueryInterface = mock_http_QueryInterface,
        .AddRef = mock_http_AddRef,
        .Release = mock_http_Release,
        .SetClientCertificateByID = mock_SetClientCertificateByID,
        .GetClientCertificate = mock_GetClientCertificate,
        .SetCustomHeaders = mock_SetCustomHeaders,
        .SetServerCertificateValidationInterface = mock_SetServerCertificateValidationInterface,
};

static HRESULT WINAPI mock_Next(IEnumBackgroundCopyFiles *iface, ULONG count,
        IBackgroundCopyFile **files, ULONG *fetched)
{
    struct mock *mock = mock_from_files(iface);
    ULONG i;

    mock_called(mock, "Next");
    mock->has_count = fetched != NULL;
    for (i = 0; i < count && mock->files_left; ++i, --mock->files_left)
    {
        files[i] = (IBackgroundCopyFile *)&mock->file;
        IBackgroundCopyFile_AddRef(files[i]);
    }
    if (fetched)
        *fetched = i;
    return i == count ? S_OK : S_FALSE;
}

static IEnumBackgroundCopyFilesVtbl mock_files_vtbl = {
        .QueryInterface = mock_files_QueryInterface,
        .AddRef = mock_files_AddRef,
        .Release = mock_files_Release,
        .Next = mock_Next,
};

static HRESULT WINAPI mock_JobError(IBackgroundCopyCallback3 *iface, IBackgroundCopyJob *job,
        IBackgroundCopyError *error)
{
    struct mock *mock = mock_from_callback(iface);

    mock_called(mock, "JobError");
    mock->has_object = job && !error;
    return BG_E_HTTP_ERROR_404;
}

static HRESULT WINAPI mock_FileRangesTransferred(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job, IBackgroundCopyFile *file, DWORD count,
        const BG_FILE_RANGE ranges[])
{
    struct mock *mock = mock_from_callback(iface);

    mock_called(mock, "FileRangesTransferred");
    mock->has_object = job && file;
    mock_keep_ranges(mock, count, ranges);
    return S_OK;
}

static IBackgroundCopyCallback3Vtbl mock_callback_vtbl = {
        .QueryInterface = mock_callback_QueryInterface,
        .AddRef = mock_callback_AddRef,
        .Release = mock_callback_Release,
        .JobError = mock_JobError,
        .FileRangesTransferred = mock_FileRangesTransferred,
};

void mock_init(struct mock *mock)
{
    memset(mock, 0, sizeof(*mock));
    mock->job.lpVtbl = &mock_job_vtbl;
    mock->file.lpVtbl = &mock_file_vtbl;
    mock->http.lpVtbl = &mock_http_vtbl;
    mock->files.lpVtbl = &mock_files_vtbl;
    mock->callback.lpVtbl = &mock_callback_vtbl;
    mock->refs = 1;
}
