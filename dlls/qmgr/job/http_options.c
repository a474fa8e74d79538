/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IBackgroundCopyJobHttpOptions: client certificate, custom headers, security flags. Certificates
 * and headers are the owner's alone; administrators who are not the owner get E_ACCESSDENIED.
 */
#include "job_methods.h"

#include <stdlib.h>
#include <string.h>

#include "certificate.h"
#include "impersonate.h"
#include "queue.h"
#include "trace.h"
#include "wstr.h"

#define MAX_STORE_NAME 255 /* "256 characters, including the null terminator" */
#define MAX_SUBJECT_NAME 255
#define MAX_HEADERS 16383 /* "16,384 characters, including the null terminator" */

#define E_NULL_REF HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER)
#define E_BAD_STUB_DATA HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA)

#define SSL_FLAGS_KNOWN                                                                            \
    (BG_SSL_ENABLE_CRL_CHECK | BG_SSL_IGNORE_CERT_CN_INVALID | BG_SSL_IGNORE_CERT_DATE_INVALID     \
            | BG_SSL_IGNORE_UNKNOWN_CA | BG_SSL_IGNORE_CERT_WRONG_USAGE                            \
            | BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP)

COM_OBJECT_METHODS(http, struct bits_job, IBackgroundCopyJobHttpOptions,
        IBackgroundCopyJobHttpOptions_iface)

/* Is the calling client the owner? */
static HRESULT job_check_owner(struct bits_job *job, struct caller *caller)
{
    HRESULT hr;

    if (FAILED(hr = job_check_caller(job, caller)))
        return hr;
    queue_lock();
    hr = wcscmp(job->owner, caller->sid) ? E_ACCESSDENIED : S_OK;
    queue_unlock();
    if (FAILED(hr))
        caller_free(caller);
    return hr;
}

/* ---- client certificate ---- */

/* Looks for the certificate by `hash`, or by `subject` when that is NULL, and refuses it: Wine's
 * WinINet has no INTERNET_OPTION_CLIENT_CERT_CONTEXT, and a certificate that the server never sees
 * would be worse than none. */
static HRESULT job_set_certificate(struct bits_job *job, BG_CERT_STORE_LOCATION location,
        const WCHAR *store_name, const BYTE *hash, const WCHAR *subject)
{
    struct certificate certificate = {{0}, NULL};
    struct caller caller;
    HRESULT hr;

    if (FAILED(hr = job_check_owner(job, &caller)))
        return hr;
    if (!impersonate_begin(caller.token))
        hr = HRESULT_FROM_WIN32(GetLastError());
    else
    {
        hr = certificate_find(location, store_name, hash, subject, &certificate);
        impersonate_end(caller.token);
    }
    caller_free(&caller);
    if (FAILED(hr))
        return hr;
    trace("job %08lx: client certificates are not supported", (unsigned long)job->id.Data1);
    free(certificate.subject);
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE http_SetClientCertificateByID(IBackgroundCopyJobHttpOptions *iface,
        BG_CERT_STORE_LOCATION location, LPCWSTR store_name, byte *hash)
{
    if (!store_name || !hash)
        return E_NULL_REF;
    if (text_too_long(store_name, MAX_STORE_NAME))
        return BG_E_STRING_TOO_LONG;
    return job_set_certificate(http_from_IBackgroundCopyJobHttpOptions(iface), location, store_name,
            hash, NULL);
}

static HRESULT STDMETHODCALLTYPE http_SetClientCertificateByName(
        IBackgroundCopyJobHttpOptions *iface, BG_CERT_STORE_LOCATION location, LPCWSTR store_name,
        LPCWSTR subject)
{
    if (!store_name || !subject)
        return E_NULL_REF;
    if (!*subject)
        return E_INVALIDARG;
    if (text_too_long(store_name, MAX_STORE_NAME) || text_too_long(subject, MAX_SUBJECT_NAME))
        return BG_E_STRING_TOO_LONG;
    return job_set_certificate(http_from_IBackgroundCopyJobHttpOptions(iface), location, store_name,
            NULL, subject);
}

static HRESULT STDMETHODCALLTYPE http_RemoveClientCertificate(IBackgroundCopyJobHttpOptions *iface)
{
    struct bits_job *job = http_from_IBackgroundCopyJobHttpOptions(iface);
    struct bits_http_options before;
    HRESULT hr;

    if (FAILED(hr = job_open_for_change(job)))
        return hr;
    before = job->http;
    if (!before.certificate_store)
    {
        queue_unlock();
        return S_FALSE;
    }
    job->http.certificate_store = NULL;
    job->http.certificate_subject = NULL;
    if (FAILED(hr = job_changed(job, NULL)))
    {
        job->http = before;
        before.certificate_store = before.certificate_subject = NULL;
    }
    hr = job_close_change(hr);
    free(before.certificate_store);
    free(before.certificate_subject);
    return hr;
}

/* RPC_X_BAD_STUB_DATA when the job has no certificate. */
static HRESULT STDMETHODCALLTYPE http_GetClientCertificate(IBackgroundCopyJobHttpOptions *iface,
        BG_CERT_STORE_LOCATION *location, LPWSTR *store_name, byte **hash, LPWSTR *subject)
{
    struct bits_job *job = http_from_IBackgroundCopyJobHttpOptions(iface);
    const struct bits_http_options *http = &job->http;
    HRESULT hr = E_BAD_STUB_DATA;

    if (!location || !store_name || !hash || !subject)
        return E_NULL_REF;
    *location = BG_CERT_STORE_LOCATION_CURRENT_USER;
    *store_name = *subject = NULL;
    *hash = NULL;
    queue_lock();
    if (http->certificate_store)
    {
        *location = http->certificate_location;
        if (!(*hash = CoTaskMemAlloc(sizeof(http->certificate_hash))))
            hr = E_OUTOFMEMORY;
        else
        {
            memcpy(*hash, http->certificate_hash, sizeof(http->certificate_hash));
            if (SUCCEEDED(hr = wstr_to_caller(http->certificate_store, store_name)))
                hr = wstr_to_caller(http->certificate_subject, subject);
        }
    }
    queue_unlock();
    if (FAILED(hr))
    {
        CoTaskMemFree(*hash);
        CoTaskMemFree(*store_name);
        *hash = NULL;
        *store_name = NULL;
    }
    return hr;
}

/* ---- custom headers ---- */

/* NULL removes the headers. */
static HRESULT STDMETHODCALLTYPE http_SetCustomHeaders(IBackgroundCopyJobHttpOptions *iface,
        LPCWSTR headers)
{
    struct bits_job *job = http_from_IBackgroundCopyJobHttpOptions(iface);
    WCHAR *copy = NULL, *before;
    HRESULT hr;

    if (text_too_long(headers, MAX_HEADERS))
        return BG_E_STRING_TOO_LONG;
    if (headers && !transfer_check_headers(headers))
        return E_INVALIDARG;
    if (headers && *headers && !(copy = wstr_dup(headers)))
        return E_OUTOFMEMORY;
    if (FAILED(hr = job_open_for_owner(job)))
    {
        free(copy);
        return hr;
    }
    before = job->http.custom_headers;
    job->http.custom_headers = copy;
    if (FAILED(hr = job_changed(job, NULL)))
    {
        job->http.custom_headers = before;
        before = copy;
    }
    hr = job_close_change(hr);
    free(before);
    return hr;
}

/* S_FALSE, and an empty string, when there are none. */
static HRESULT STDMETHODCALLTYPE http_GetCustomHeaders(IBackgroundCopyJobHttpOptions *iface,
        LPWSTR *headers)
{
    struct bits_job *job = http_from_IBackgroundCopyJobHttpOptions(iface);
    struct caller caller;
    HRESULT hr;

    if (!headers)
        return E_NULL_REF;
    *headers = NULL;
    if (FAILED(hr = job_check_owner(job, &caller)))
        return hr;
    caller_free(&caller);
    queue_lock();
    hr = job->http.custom_headers ? wstr_to_caller(job->http.custom_headers, headers) : S_FALSE;
    queue_unlock();
    return hr;
}

/* ---- security flags ---- */

static HRESULT STDMETHODCALLTYPE http_SetSecurityFlags(IBackgroundCopyJobHttpOptions *iface,
        ULONG flags)
{
    struct bits_job *job = http_from_IBackgroundCopyJobHttpOptions(iface);
    ULONG policy = flags & BG_HTTP_REDIRECT_POLICY_MASK;

    if (flags & ~(ULONG)(SSL_FLAGS_KNOWN | BG_HTTP_REDIRECT_POLICY_MASK))
        return E_NOTIMPL;
    if (policy != BG_HTTP_REDIRECT_POLICY_ALLOW_SILENT
            && policy != BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT
            && policy != BG_HTTP_REDIRECT_POLICY_DISALLOW)
        return E_NOTIMPL;
    return job_set_value(job, &job->http.security_flags, &flags, sizeof(flags));
}

static HRESULT STDMETHODCALLTYPE http_GetSecurityFlags(IBackgroundCopyJobHttpOptions *iface,
        ULONG *flags)
{
    if (!flags)
        return E_NULL_REF;
    return job_get_value(flags,
            &http_from_IBackgroundCopyJobHttpOptions(iface)->http.security_flags, sizeof(*flags));
}

const IBackgroundCopyJobHttpOptionsVtbl bits_job_http_vtbl = {
        http_IBackgroundCopyJobHttpOptions_QueryInterface,
        http_IBackgroundCopyJobHttpOptions_AddRef,
        http_IBackgroundCopyJobHttpOptions_Release,
        http_SetClientCertificateByID,
        http_SetClientCertificateByName,
        http_RemoveClientCertificate,
        http_GetClientCertificate,
        http_SetCustomHeaders,
        http_GetCustomHeaders,
        http_SetSecurityFlags,
        http_GetSecurityFlags,
};
