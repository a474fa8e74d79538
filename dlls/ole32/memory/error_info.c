/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Error information: the error object, and which one the thread has.
 */

/* The public headers declare these functions as imported from oleaut32.dll, which forwards them. */
#ifndef _OLEAUT32_
#define _OLEAUT32_
#endif

#include "error_info.h"

#include <stdlib.h>
#include <oleauto.h>

#include "com_thread.h"
#include "oleaut.h"
#include "wstr.h"

COM_OBJECT_METHODS(error_info, struct error_info, IErrorInfo, IErrorInfo_iface)
COM_OBJECT_METHODS(error_info, struct error_info, ICreateErrorInfo, ICreateErrorInfo_iface)
COM_OBJECT_METHODS(error_info, struct error_info, ISupportErrorInfo, ISupportErrorInfo_iface)

/* ---- IErrorInfo: what is not set is GUID_NULL, 0 and a NULL BSTR ---- */

static HRESULT text_get(struct error_info *error, enum error_text which, BSTR *out)
{
    WCHAR *copy = NULL;
    BOOL wanted;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    AcquireSRWLockShared(&error->lock);
    wanted = error->texts[which] != NULL;
    if (wanted)
        copy = wstr_dup(error->texts[which]);
    ReleaseSRWLockShared(&error->lock);
    *out = NULL;
    if (!wanted)
        return S_OK;
    hr = copy ? oleaut_bstr(copy, out) : E_OUTOFMEMORY;
    free(copy);
    return hr;
}

static HRESULT text_set(struct error_info *error, enum error_text which, const WCHAR *text)
{
    HRESULT hr;

    if (text && wcsnlen(text, ERROR_TEXT_LENGTH_MAX) == ERROR_TEXT_LENGTH_MAX)
        return E_OUTOFMEMORY;
    AcquireSRWLockExclusive(&error->lock);
    hr = wstr_replace(&error->texts[which], text);
    ReleaseSRWLockExclusive(&error->lock);
    return hr;
}

static HRESULT STDMETHODCALLTYPE error_info_GetGUID(IErrorInfo *iface, GUID *guid)
{
    struct error_info *error = error_info_from_IErrorInfo(iface);

    if (!guid)
        return E_INVALIDARG;
    AcquireSRWLockShared(&error->lock);
    *guid = error->guid;
    ReleaseSRWLockShared(&error->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_info_GetSource(IErrorInfo *iface, BSTR *source)
{
    return text_get(error_info_from_IErrorInfo(iface), ERROR_TEXT_SOURCE, source);
}

static HRESULT STDMETHODCALLTYPE error_info_GetDescription(IErrorInfo *iface, BSTR *description)
{
    return text_get(error_info_from_IErrorInfo(iface), ERROR_TEXT_DESCRIPTION, description);
}

static HRESULT STDMETHODCALLTYPE error_info_GetHelpFile(IErrorInfo *iface, BSTR *file)
{
    return text_get(error_info_from_IErrorInfo(iface), ERROR_TEXT_HELP_FILE, file);
}

static HRESULT STDMETHODCALLTYPE error_info_GetHelpContext(IErrorInfo *iface, DWORD *context)
{
    struct error_info *error = error_info_from_IErrorInfo(iface);

    if (!context)
        return E_INVALIDARG;
    AcquireSRWLockShared(&error->lock);
    *context = error->help_context;
    ReleaseSRWLockShared(&error->lock);
    return S_OK;
}

/* ---- ICreateErrorInfo ---- */

static HRESULT STDMETHODCALLTYPE error_info_SetGUID(ICreateErrorInfo *iface, REFGUID guid)
{
    struct error_info *error = error_info_from_ICreateErrorInfo(iface);

    AcquireSRWLockExclusive(&error->lock);
    error->guid = *guid;
    ReleaseSRWLockExclusive(&error->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_info_SetSource(ICreateErrorInfo *iface, LPOLESTR source)
{
    return text_set(error_info_from_ICreateErrorInfo(iface), ERROR_TEXT_SOURCE, source);
}

static HRESULT STDMETHODCALLTYPE error_info_SetDescription(ICreateErrorInfo *iface,
        LPOLESTR description)
{
    return text_set(error_info_from_ICreateErrorInfo(iface), ERROR_TEXT_DESCRIPTION, description);
}

static HRESULT STDMETHODCALLTYPE error_info_SetHelpFile(ICreateErrorInfo *iface, LPOLESTR file)
{
    return text_set(error_info_from_ICreateErrorInfo(iface), ERROR_TEXT_HELP_FILE, file);
}

static HRESULT STDMETHODCALLTYPE error_info_SetHelpContext(ICreateErrorInfo *iface, DWORD context)
{
    struct error_info *error = error_info_from_ICreateErrorInfo(iface);

    AcquireSRWLockExclusive(&error->lock);
    error->help_context = context;
    ReleaseSRWLockExclusive(&error->lock);
    return S_OK;
}

/* ---- ISupportErrorInfo: of the interface that the error is about ---- */

static HRESULT STDMETHODCALLTYPE error_info_InterfaceSupportsErrorInfo(ISupportErrorInfo *iface,
        REFIID iid)
{
    struct error_info *error = error_info_from_ISupportErrorInfo(iface);
    HRESULT hr;

    AcquireSRWLockShared(&error->lock);
    hr = IsEqualIID(iid, &error->guid) ? S_OK : S_FALSE;
    ReleaseSRWLockShared(&error->lock);
    return hr;
}

/* ---- the object ---- */

void error_info_clear(struct error_info *error)
{
    for (unsigned int i = 0; i < ERROR_TEXTS; i++)
        free(error->texts[i]);
}

static void error_info_destroy(void *object)
{
    error_info_clear(object);
    free(object);
}

static const IErrorInfoVtbl error_info_vtbl = {
        error_info_IErrorInfo_QueryInterface,
        error_info_IErrorInfo_AddRef,
        error_info_IErrorInfo_Release,
        error_info_GetGUID,
        error_info_GetSource,
        error_info_GetDescription,
        error_info_GetHelpFile,
        error_info_GetHelpContext,
};

static const ICreateErrorInfoVtbl create_error_info_vtbl = {
        error_info_ICreateErrorInfo_QueryInterface,
        error_info_ICreateErrorInfo_AddRef,
        error_info_ICreateErrorInfo_Release,
        error_info_SetGUID,
        error_info_SetSource,
        error_info_SetDescription,
        error_info_SetHelpFile,
        error_info_SetHelpContext,
};

static const ISupportErrorInfoVtbl support_error_info_vtbl = {
        error_info_ISupportErrorInfo_QueryInterface,
        error_info_ISupportErrorInfo_AddRef,
        error_info_ISupportErrorInfo_Release,
        error_info_InterfaceSupportsErrorInfo,
};

static const struct com_interface error_info_interfaces[] = {
        {&IID_IUnknown, offsetof(struct error_info, IErrorInfo_iface)},
        {&IID_IErrorInfo, offsetof(struct error_info, IErrorInfo_iface)},
        {&IID_ICreateErrorInfo, offsetof(struct error_info, ICreateErrorInfo_iface)},
        {&IID_ISupportErrorInfo, offsetof(struct error_info, ISupportErrorInfo_iface)},
        {&IID_IMarshal, offsetof(struct error_info, IMarshal_iface)},
};

static const struct com_class error_info_class = {"error_info", error_info_interfaces,
        ARRAY_SIZE(error_info_interfaces), error_info_destroy};

void error_info_init(struct error_info *error, const struct com_class *class)
{
    com_object_init(&error->object, class);
    InitializeSRWLock(&error->lock);
    error->IErrorInfo_iface.lpVtbl = &error_info_vtbl;
    error->ICreateErrorInfo_iface.lpVtbl = &create_error_info_vtbl;
    error->ISupportErrorInfo_iface.lpVtbl = &support_error_info_vtbl;
    error->IMarshal_iface.lpVtbl = &error_info_marshal_vtbl;
}

struct error_info *error_info_create(void)
{
    struct error_info *error = calloc(1, sizeof(*error));

    if (error)
        error_info_init(error, &error_info_class);
    return error;
}

/* ---- functions ---- */

/*
 * A new error object, nothing set. S_OK, E_INVALIDARG, E_OUTOFMEMORY.
 * oleauto/nf-oleauto-createerrorinfo
 */
HRESULT WINAPI CreateErrorInfo(ICreateErrorInfo **out)
{
    struct error_info *error;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    error = error_info_create();
    if (!error)
        return E_OUTOFMEMORY;
    *out = &error->ICreateErrorInfo_iface;
    return S_OK;
}

/*
 * Makes `info` the thread's error object, NULL for none; the former is released. S_OK, E_INVALIDARG
 * unless `reserved` is 0, E_OUTOFMEMORY. oleauto/nf-oleauto-seterrorinfo
 */
HRESULT WINAPI SetErrorInfo(ULONG reserved, IErrorInfo *info)
{
    struct com_thread *thread;
    IErrorInfo *former;

    if (reserved)
        return E_INVALIDARG;
    thread = info ? com_thread_get() : com_thread_peek();
    if (!thread)
        return info ? E_OUTOFMEMORY : S_OK;
    if (info)
        IErrorInfo_AddRef(info);
    former = thread->error_info;
    thread->error_info = info;
    if (former)
        IErrorInfo_Release(former);
    return S_OK;
}

/*
 * Gives the thread's error object, with its reference, to the caller; then it has none. S_OK,
 * S_FALSE and NULL when there was none, E_INVALIDARG. oleauto/nf-oleauto-geterrorinfo
 */
HRESULT WINAPI GetErrorInfo(ULONG reserved, IErrorInfo **out)
{
    struct com_thread *thread;

    if (reserved || !out)
        return E_INVALIDARG;
    *out = NULL;
    thread = com_thread_peek();
    if (!thread || !thread->error_info)
        return S_FALSE;
    *out = thread->error_info;
    thread->error_info = NULL;
    return S_OK;
}
