/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IBackgroundCopyError: a snapshot of a job's last error, good after the job has gone on. And the
 * texts of errors, for IBackgroundCopyManager::GetErrorDescription too.
 */
#include "job.h"

#include <stdlib.h>
#include <string.h>

#include "error_texts.h"
#include "queue.h"
#include "wstr.h"

struct error_object
{
    struct com_object object;
    IBackgroundCopyError IBackgroundCopyError_iface;
    struct bits_job *job;
    struct bits_file *file; /* NULL: the error concerns none */
    const WCHAR *protocol;  /* NULL: the error does not concern the protocol */
    BG_ERROR_CONTEXT context;
    HRESULT code;
};

COM_OBJECT_METHODS(error, struct error_object, IBackgroundCopyError, IBackgroundCopyError_iface)

/* ---- texts ---- */

/* Our texts are English; they also serve those who name no language in particular. */
static BOOL language_is_ours(DWORD language)
{
    return language <= 0xffff
            && (PRIMARYLANGID(language) == LANG_ENGLISH || PRIMARYLANGID(language) == LANG_NEUTRAL
                    || PRIMARYLANGID(language) == LANG_INVARIANT);
}

static HRESULT text_to_caller(const WCHAR *text, DWORD language, WCHAR **out)
{
    if (!language_is_ours(language))
        return HRESULT_FROM_WIN32(ERROR_RESOURCE_LANG_NOT_FOUND);
    return wstr_to_caller(text, out);
}

/* The system's own text, without the line end it comes with. */
static HRESULT system_text(HRESULT code, DWORD language, WCHAR **out)
{
    const DWORD flags = FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM
            | FORMAT_MESSAGE_IGNORE_INSERTS;
    WCHAR *text = NULL;
    DWORD length;
    HRESULT hr;

    length = FormatMessageW(flags, NULL, (DWORD)code, language, (WCHAR *)&text, 0, NULL);
    if (!length && HRESULT_FACILITY(code) == FACILITY_WIN32)
        length = FormatMessageW(flags, NULL, HRESULT_CODE(code), language, (WCHAR *)&text, 0, NULL);
    if (!length)
        return HRESULT_FROM_WIN32(GetLastError());
    while (length
            && (text[length - 1] == '\r' || text[length - 1] == '\n' || text[length - 1] == ' '))
        text[--length] = 0;
    hr = wstr_to_caller(text, out);
    LocalFree(text);
    return hr;
}

HRESULT error_description(HRESULT code, DWORD language, WCHAR **out)
{
    const WCHAR *text;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!language)
        return E_INVALIDARG;
    if ((text = error_text(code)))
        return text_to_caller(text, language, out);
    if (language > 0xffff)
        return HRESULT_FROM_WIN32(ERROR_RESOURCE_LANG_NOT_FOUND);
    return system_text(code, language, out);
}

HRESULT error_context_description(BG_ERROR_CONTEXT context, DWORD language, WCHAR **out)
{
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!language)
        return E_INVALIDARG;
    return text_to_caller(error_context_text(context), language, out);
}

/* ---- IBackgroundCopyError ---- */

static HRESULT STDMETHODCALLTYPE error_GetError(IBackgroundCopyError *iface,
        BG_ERROR_CONTEXT *context, HRESULT *code)
{
    const struct error_object *error = error_from_IBackgroundCopyError(iface);

    if (!context || !code)
        return E_INVALIDARG;
    *context = error->context;
    *code = error->code;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_GetFile(IBackgroundCopyError *iface,
        IBackgroundCopyFile **out)
{
    const struct error_object *error = error_from_IBackgroundCopyError(iface);

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!error->file)
        return BG_E_FILE_NOT_AVAILABLE;
    return file_interface_create(error->job, error->file, out);
}

static HRESULT STDMETHODCALLTYPE error_GetErrorDescription(IBackgroundCopyError *iface,
        DWORD language, LPWSTR *text)
{
    return error_description(error_from_IBackgroundCopyError(iface)->code, language, text);
}

static HRESULT STDMETHODCALLTYPE error_GetErrorContextDescription(IBackgroundCopyError *iface,
        DWORD language, LPWSTR *text)
{
    return error_context_description(error_from_IBackgroundCopyError(iface)->context, language,
            text);
}

static HRESULT STDMETHODCALLTYPE error_GetProtocol(IBackgroundCopyError *iface, LPWSTR *protocol)
{
    const struct error_object *error = error_from_IBackgroundCopyError(iface);

    if (!protocol)
        return E_INVALIDARG;
    *protocol = NULL;
    if (!error->protocol)
        return BG_E_PROTOCOL_NOT_AVAILABLE;
    return wstr_to_caller(error->protocol, protocol);
}

/* ---- the object ---- */

static const IBackgroundCopyErrorVtbl error_vtbl = {
        error_IBackgroundCopyError_QueryInterface,
        error_IBackgroundCopyError_AddRef,
        error_IBackgroundCopyError_Release,
        error_GetError,
        error_GetFile,
        error_GetErrorDescription,
        error_GetErrorContextDescription,
        error_GetProtocol,
};

static void error_object_destroy(void *memory)
{
    struct error_object *error = memory;

    job_release(error->job);
    free(error);
}

static const struct com_interface error_interfaces[] = {
        {&IID_IUnknown, offsetof(struct error_object, IBackgroundCopyError_iface)},
        {&IID_IBackgroundCopyError, offsetof(struct error_object, IBackgroundCopyError_iface)},
};

static const struct com_class error_class = {"error", error_interfaces,
        ARRAY_SIZE(error_interfaces), error_object_destroy};

static const WCHAR *protocol_of(const WCHAR *remote_name)
{
    if (!_wcsnicmp(remote_name, L"https:", 6))
        return L"https";
    if (!_wcsnicmp(remote_name, L"http:", 5))
        return L"http";
    return L"file";
}

/* Reads the job's error. With the lock. */
static HRESULT error_take(struct error_object *error, struct bits_job *job)
{
    const struct bits_error *last = &job->error;

    if (last->context == BG_ERROR_CONTEXT_NONE)
        return BG_E_ERROR_INFORMATION_UNAVAILABLE;
    error->context = last->context;
    error->code = last->code;
    if (last->file >= job->file_count)
        return S_OK;
    if (last->context == BG_ERROR_CONTEXT_LOCAL_FILE
            || last->context == BG_ERROR_CONTEXT_REMOTE_FILE
            || last->context == BG_ERROR_CONTEXT_GENERAL_TRANSPORT)
        error->file = job->files[last->file];
    if (last->context == BG_ERROR_CONTEXT_REMOTE_FILE
            || last->context == BG_ERROR_CONTEXT_GENERAL_TRANSPORT)
        error->protocol = protocol_of(job->files[last->file]->remote_name);
    return S_OK;
}

HRESULT error_interface_create(struct bits_job *job, IBackgroundCopyError **out)
{
    struct error_object *error = calloc(1, sizeof(*error));
    HRESULT hr;

    *out = NULL;
    if (!error)
        return E_OUTOFMEMORY;
    queue_lock();
    hr = error_take(error, job);
    queue_unlock();
    if (FAILED(hr))
    {
        free(error);
        return hr;
    }
    com_object_init(&error->object, &error_class);
    error->IBackgroundCopyError_iface.lpVtbl = &error_vtbl;
    error->job = job;
    job_addref(job);
    *out = &error->IBackgroundCopyError_iface;
    return S_OK;
}
