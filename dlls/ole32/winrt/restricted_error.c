/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef _OLEAUT32_
#define _OLEAUT32_
#endif

#include "restricted_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <oleauto.h>

#include "oleaut.h"
#include "wstr.h"

#include "frame_pointers.h"

#define REFERENCE_LENGTH 40 /* characters with the end */

static const IID iid_restricted_error_info = {0x82ba7092, 0x4c88, 0x427d,
        {0xa7, 0xbc, 0x16, 0xdd, 0x93, 0xfe, 0xb6, 0x7e}};
static const IID iid_language_exception_error_info = {0x04a2dbf3, 0xdf83, 0x116c,
        {0x09, 0x46, 0x08, 0x12, 0xab, 0xf6, 0xe0, 0x7d}};

static SRWLOCK errors_lock = SRWLOCK_INIT;
static struct list errors = {&errors, &errors};

/* error_info.error.object is the COM object: the macro asks for one named `object`. */
#define RESTRICTED_METHODS(interface_type)                                                         \
    static inline struct restricted_error *error_from_##interface_type(interface_type *iface)      \
    {                                                                                              \
        return COM_IMPL_FROM(iface, struct restricted_error, interface_type##_iface);              \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE interface_type##_query(interface_type *iface, REFIID iid,     \
            void **out)                                                                            \
    {                                                                                              \
        return com_object_query_interface(&error_from_##interface_type(iface)->error.object, iid,  \
                out);                                                                              \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE interface_type##_addref(interface_type *iface)                  \
    {                                                                                              \
        return com_object_addref(&error_from_##interface_type(iface)->error.object);               \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE interface_type##_release(interface_type *iface)                 \
    {                                                                                              \
        return com_object_release(&error_from_##interface_type(iface)->error.object);              \
    }

RESTRICTED_METHODS(IRestrictedErrorInfo)
RESTRICTED_METHODS(ILanguageExceptionErrorInfo)

/* No capability is ever missing: its text is NULL. */
static HRESULT STDMETHODCALLTYPE restricted_error_GetErrorDetails(IRestrictedErrorInfo *iface,
        BSTR *description, HRESULT *hr, BSTR *restricted, BSTR *capability)
{
    struct restricted_error *error = error_from_IRestrictedErrorInfo(iface);
    HRESULT result;

    if (!description || !hr || !restricted || !capability)
        return E_POINTER;
    *hr = error->hr;
    *restricted = NULL;
    *capability = NULL;
    if (FAILED(result = oleaut_bstr(error->description, description)))
        return result;
    result = oleaut_bstr(error->message, restricted);
    if (FAILED(result))
    {
        oleaut_get()->SysFreeString(*description);
        *description = NULL;
    }
    return result;
}

static HRESULT STDMETHODCALLTYPE restricted_error_GetReference(IRestrictedErrorInfo *iface,
        BSTR *reference)
{
    struct restricted_error *error = error_from_IRestrictedErrorInfo(iface);
    WCHAR text[REFERENCE_LENGTH];

    if (!reference)
        return E_POINTER;
    swprintf(text, ARRAY_SIZE(text), L"error:%lx:%lx", GetCurrentProcessId(), error->serial);
    return oleaut_bstr(text, reference);
}

static HRESULT STDMETHODCALLTYPE restricted_error_GetLanguageException(
        ILanguageExceptionErrorInfo *iface, IUnknown **exception)
{
    struct restricted_error *error = error_from_ILanguageExceptionErrorInfo(iface);

    if (!exception)
        return E_POINTER;
    if ((*exception = error->exception))
        IUnknown_AddRef(*exception);
    return S_OK;
}

static const struct IRestrictedErrorInfoVtbl restricted_vtbl = {
        IRestrictedErrorInfo_query,
        IRestrictedErrorInfo_addref,
        IRestrictedErrorInfo_release,
        restricted_error_GetErrorDetails,
        restricted_error_GetReference,
};

static const struct ILanguageExceptionErrorInfoVtbl language_vtbl = {
        ILanguageExceptionErrorInfo_query,
        ILanguageExceptionErrorInfo_addref,
        ILanguageExceptionErrorInfo_release,
        restricted_error_GetLanguageException,
};

static void restricted_error_free(struct restricted_error *error)
{
    error_info_clear(&error->error);
    free(error->description);
    free(error->message);
    free(error);
}

static void restricted_error_destroy(void *object)
{
    struct restricted_error *error = object;

    AcquireSRWLockExclusive(&errors_lock);
    list_remove(&error->entry);
    ReleaseSRWLockExclusive(&errors_lock);
    if (error->exception)
        IUnknown_Release(error->exception);
    restricted_error_free(error);
}

static const struct com_interface restricted_interfaces[] = {
        {&IID_IUnknown, offsetof(struct restricted_error, error.IErrorInfo_iface)},
        {&IID_IErrorInfo, offsetof(struct restricted_error, error.IErrorInfo_iface)},
        {&IID_ISupportErrorInfo, offsetof(struct restricted_error, error.ISupportErrorInfo_iface)},
        {&IID_IMarshal, offsetof(struct restricted_error, error.IMarshal_iface)},
        {&iid_restricted_error_info, offsetof(struct restricted_error, IRestrictedErrorInfo_iface)},
        {&iid_language_exception_error_info,
                offsetof(struct restricted_error, ILanguageExceptionErrorInfo_iface)},
};

static const struct com_class restricted_error_class = {"restricted_error", restricted_interfaces,
        ARRAY_SIZE(restricted_interfaces), restricted_error_destroy};

/* The system's text without the end of the line; malloc, NULL: it has none. */
static WCHAR *system_text(HRESULT hr)
{
    WCHAR *system = NULL, *text = NULL;
    DWORD length;

    length = FormatMessageW(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM
                    | FORMAT_MESSAGE_IGNORE_INSERTS,
            NULL, (DWORD)hr, 0, (WCHAR *)&system, 0, NULL);
    while (length && wcschr(L"\r\n ", system[length - 1]))
        system[--length] = 0;
    if (length)
        text = wstr_dup(system);
    LocalFree(system);
    return text;
}

struct restricted_error *restricted_error_create(HRESULT hr, const WCHAR *message,
        IUnknown *exception)
{
    static LONG last_serial;
    struct restricted_error *error = calloc(1, sizeof(*error));

    if (!error)
        return NULL;
    if (!(error->description = system_text(hr)) && !(error->description = system_text(E_FAIL)))
        error->description = wstr_dup(L"Unspecified error");
    if (!error->description || !(error->message = wstr_dup(message ? message : error->description))
            || !(error->error.texts[ERROR_TEXT_DESCRIPTION] = wstr_dup(error->message)))
    {
        restricted_error_free(error);
        return NULL;
    }
    error_info_init(&error->error, &restricted_error_class);
    error->IRestrictedErrorInfo_iface.lpVtbl = &restricted_vtbl;
    error->ILanguageExceptionErrorInfo_iface.lpVtbl = &language_vtbl;
    error->stack.mark = ERROR_STACK_MARK;
    error->stack.frames = (UINT_PTR)error->frames;
    error->hr = hr;
    error->serial = InterlockedIncrement(&last_serial);
    if ((error->exception = exception))
        IUnknown_AddRef(exception);
    AcquireSRWLockExclusive(&errors_lock);
    list_add_tail(&errors, &error->entry);
    ReleaseSRWLockExclusive(&errors_lock);
    return error;
}

struct restricted_error *restricted_error_from(IRestrictedErrorInfo *info)
{
    return info && info->lpVtbl == &restricted_vtbl ? error_from_IRestrictedErrorInfo(info) : NULL;
}

struct restricted_error *restricted_error_peek(void)
{
    struct restricted_error *error = NULL;
    IRestrictedErrorInfo *restricted = NULL;
    IErrorInfo *info;

    if (GetErrorInfo(0, &info) != S_OK)
        return NULL;
    if (SUCCEEDED(IErrorInfo_QueryInterface(info, &iid_restricted_error_info, (void **)&restricted))
            && restricted)
    {
        if (!(error = restricted_error_from(restricted)))
            restricted->lpVtbl->Release(restricted);
    }
    SetErrorInfo(0, info);
    IErrorInfo_Release(info);
    return error;
}

void restricted_error_set(struct restricted_error *error)
{
    SetErrorInfo(0, &error->error.IErrorInfo_iface);
}

void restricted_error_capture(struct restricted_error *error)
{
    void *frames[RESTRICTED_FRAMES];
    USHORT count = RtlCaptureStackBackTrace(1, ARRAY_SIZE(frames), frames, NULL);

    AcquireSRWLockExclusive(&error->error.lock);
    error->stack.count = count;
    memcpy(error->frames, frames, count * sizeof(*frames));
    ReleaseSRWLockExclusive(&error->error.lock);
}

struct restricted_error *restricted_error_find(const WCHAR *reference)
{
    struct restricted_error *error, *found = NULL;
    ULONG process = 0, serial = 0;
    int end = 0;

    if (swscanf(reference, L"error:%lx:%lx%n", &process, &serial, &end) != 2 || reference[end]
            || process != GetCurrentProcessId())
        return NULL;
    AcquireSRWLockShared(&errors_lock);
    LIST_FOR_EACH(error, &errors, struct restricted_error, entry)
    {
        if (error->serial != serial)
            continue;
        if (com_addref_unless_gone(&error->error.object.references))
            found = error;
        break;
    }
    ReleaseSRWLockShared(&errors_lock);
    return found;
}
