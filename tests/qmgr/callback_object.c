/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "callback_object.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct callback_object *callback_from_iface(IBackgroundCopyCallback3 *iface)
{
    return (struct callback_object *)iface;
}

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IBackgroundCopyCallback3 *iface,
        REFIID iid, void **out)
{
    struct callback_object *object = callback_from_iface(iface);

    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback)
            && !(object->version >= 2 && IsEqualIID(iid, &IID_IBackgroundCopyCallback2))
            && !(object->version >= 3 && IsEqualIID(iid, &IID_IBackgroundCopyCallback3)))
        return E_NOINTERFACE;
    *out = iface;
    InterlockedIncrement(&object->references);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE callback_AddRef(IBackgroundCopyCallback3 *iface)
{
    return InterlockedIncrement(&callback_from_iface(iface)->references);
}

static ULONG STDMETHODCALLTYPE callback_Release(IBackgroundCopyCallback3 *iface)
{
    return InterlockedDecrement(&callback_from_iface(iface)->references);
}

/* Reports the call, hangs if it is to hang, and gives its result. */
static HRESULT __attribute__((format(gnu_printf, 4, 5)))
callback_called(struct callback_object *object, IBackgroundCopyJob *job, const char *method,
        const char *format, ...)
{
    char line[4096], details[3500] = "";
    WCHAR text[64] = L"";
    GUID id = {0};
    va_list arguments;

    if (FAILED(IBackgroundCopyJob_GetId(job, &id)))
        strcpy(details, "GetId failed ");
    StringFromGUID2(&id, text, ARRAYSIZE(text));
    va_start(arguments, format);
    vsnprintf(details + strlen(details), sizeof(details) - 100, format, arguments);
    va_end(arguments);
    snprintf(line, sizeof(line), "%s %ls %s", method, text, details);
    object->report(object, line);
    if (object->hang)
        WaitForSingleObject(object->hang, INFINITE);
    if (!object->fail)
        return S_OK;
    if (object->fail > 0)
        InterlockedDecrement(&object->fail);
    return E_FAIL;
}

static HRESULT STDMETHODCALLTYPE callback_JobTransferred(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job)
{
    struct callback_object *object = callback_from_iface(iface);
    BG_JOB_PROGRESS progress = {0};
    HRESULT hr;

    IBackgroundCopyJob_GetProgress(job, &progress);
    hr = callback_called(object, job, "JobTransferred", "files=%u",
            (unsigned int)progress.FilesTransferred);
    if (hr == S_OK && object->complete)
        hr = IBackgroundCopyJob_Complete(job);
    return hr;
}

static HRESULT STDMETHODCALLTYPE callback_JobError(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job, IBackgroundCopyError *error)
{
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
    HRESULT code = S_OK;

    IBackgroundCopyError_GetError(error, &context, &code);
    return callback_called(callback_from_iface(iface), job, "JobError", "context=%d code=%08x",
            (int)context, (unsigned int)code);
}

static HRESULT STDMETHODCALLTYPE callback_JobModification(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job, DWORD reserved)
{
    BG_JOB_STATE state = -1;

    (void)reserved;
    IBackgroundCopyJob_GetState(job, &state);
    return callback_called(callback_from_iface(iface), job, "JobModification", "state=%d",
            (int)state);
}

static HRESULT STDMETHODCALLTYPE callback_FileTransferred(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job, IBackgroundCopyFile *file)
{
    struct callback_object *object = callback_from_iface(iface);
    IBackgroundCopyFile3 *file3 = NULL;
    WCHAR *name = NULL, *temp = NULL;
    BOOL exists = FALSE;
    HRESULT hr;

    IBackgroundCopyFile_GetRemoteName(file, &name);
    if (SUCCEEDED(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile3,
                (void **)&file3))
            && SUCCEEDED(IBackgroundCopyFile3_GetTemporaryName(file3, &temp)))
        exists = GetFileAttributesW(temp) != INVALID_FILE_ATTRIBUTES;
    hr = callback_called(object, job, "FileTransferred", "name=%ls temp=%d", name ? name : L"?",
            exists);
    if (hr == S_OK && object->invalidate)
    {
        HRESULT result =
                file3 ? IBackgroundCopyFile3_SetValidationState(file3, FALSE) : E_NOINTERFACE;

        if (FAILED(result))
            callback_called(object, job, "SetValidationState", "code=%08x", (unsigned int)result);
    }
    if (file3)
        IBackgroundCopyFile3_Release(file3);
    CoTaskMemFree(name);
    CoTaskMemFree(temp);
    return hr;
}

static HRESULT STDMETHODCALLTYPE callback_FileRangesTransferred(IBackgroundCopyCallback3 *iface,
        IBackgroundCopyJob *job, IBackgroundCopyFile *file, DWORD count,
        const BG_FILE_RANGE *ranges)
{
    (void)file;
    return callback_called(callback_from_iface(iface), job, "FileRangesTransferred",
            "count=%u first=%llu+%llu", (unsigned int)count,
            count ? (unsigned long long)ranges[0].InitialOffset : 0,
            count ? (unsigned long long)ranges[0].Length : 0);
}

static const IBackgroundCopyCallback3Vtbl callback_vtbl = {
        callback_QueryInterface,
        callback_AddRef,
        callback_Release,
        callback_JobTransferred,
        callback_JobError,
        callback_JobModification,
        callback_FileTransferred,
        callback_FileRangesTransferred,
};

void callback_object_init(struct callback_object *object, int version,
        void (*report)(struct callback_object *object, const char *line))
{
    memset(object, 0, sizeof(*object));
    object->IBackgroundCopyCallback3_iface.lpVtbl = (IBackgroundCopyCallback3Vtbl *)&callback_vtbl;
    object->references = 1;
    object->version = version;
    object->report = report;
}

IUnknown *callback_object_unknown(struct callback_object *object)
{
    return (IUnknown *)&object->IBackgroundCopyCallback3_iface;
}
