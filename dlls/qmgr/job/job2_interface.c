/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IBackgroundCopyJob2: command line notification, credentials. The methods for the replies of
 * upload-reply jobs say E_NOTIMPL, as documented for jobs of other types.
 */
#include "job_methods.h"

#include <stdlib.h>
#include <string.h>

#include "notifier.h"
#include "queue.h"
#include "wstr.h"

#define MAX_PARAMETERS 4000
#define MAX_USER_NAME 300
#define MAX_PASSWORD 65536

/* ---- command line notification ---- */

HRESULT STDMETHODCALLTYPE job2_SetNotifyCmdLine(IBackgroundCopyJob5 *iface, LPCWSTR program,
        LPCWSTR parameters)
{
    WCHAR *before_program, *before_parameters, *new_program = NULL, *new_parameters = NULL;
    struct bits_job *job = job_from_iface(iface);
    HRESULT hr;

    if (!program && parameters)
        return E_INVALIDARG;
    if (text_too_long(program, MAX_PATH) || text_too_long(parameters, MAX_PARAMETERS))
        return BG_E_STRING_TOO_LONG;
    if (FAILED(hr = wstr_replace(&new_program, program))
            || FAILED(hr = wstr_replace(&new_parameters, parameters))
            || FAILED(hr = job_open_for_change(job)))
    {
        free(new_program);
        free(new_parameters);
        return hr;
    }
    before_program = job->notify.program;
    before_parameters = job->notify.parameters;
    job->notify.program = new_program;
    job->notify.parameters = new_parameters;
    if (FAILED(hr = job_changed(job, NULL)))
    {
        job->notify.program = before_program;
        job->notify.parameters = before_parameters;
        before_program = new_program;
        before_parameters = new_parameters;
    }
    else
        notifier_wake(job); /* the event may have occurred already */
    hr = job_close_change(hr);
    free(before_program);
    free(before_parameters);
    return hr;
}

/* Empty strings when no command line is set. */
HRESULT STDMETHODCALLTYPE job2_GetNotifyCmdLine(IBackgroundCopyJob5 *iface, LPWSTR *program,
        LPWSTR *parameters)
{
    struct bits_job *job = job_from_iface(iface);
    HRESULT hr;

    if (!program || !parameters)
        return E_INVALIDARG;
    *program = *parameters = NULL;
    queue_lock();
    if (SUCCEEDED(hr = wstr_to_caller(job->notify.program, program)))
        hr = wstr_to_caller(job->notify.parameters, parameters);
    queue_unlock();
    if (FAILED(hr))
    {
        CoTaskMemFree(*program);
        *program = NULL;
    }
    return hr;
}

/* ---- replies of upload-reply jobs ---- */

HRESULT STDMETHODCALLTYPE job2_GetReplyProgress(IBackgroundCopyJob5 *iface,
        BG_JOB_REPLY_PROGRESS *progress)
{
    (void)iface;
    return progress ? E_NOTIMPL : E_INVALIDARG;
}

HRESULT STDMETHODCALLTYPE job2_GetReplyData(IBackgroundCopyJob5 *iface, byte **buffer,
        UINT64 *length)
{
    (void)iface;
    if (!buffer || !length)
        return E_INVALIDARG;
    *buffer = NULL;
    *length = 0;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job2_SetReplyFileName(IBackgroundCopyJob5 *iface, LPCWSTR name)
{
    (void)iface;
    (void)name;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job2_GetReplyFileName(IBackgroundCopyJob5 *iface, LPWSTR *name)
{
    (void)iface;
    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    return E_NOTIMPL;
}

/* ---- credentials ---- */

static void credential_wipe(struct transfer_credentials *credential)
{
    free(credential->user);
    if (credential->password)
        SecureZeroMemory(credential->password, wcslen(credential->password) * sizeof(WCHAR));
    free(credential->password);
    memset(credential, 0, sizeof(*credential));
}

void job_clear_credentials(struct bits_job *job)
{
    for (UINT32 i = 0; i < job->credential_count; i++)
        credential_wipe(&job->credentials[i]);
    free(job->credentials);
    job->credentials = NULL;
    job->credential_count = 0;
}

static HRESULT credential_check_pair(BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme)
{
    if (target != BG_AUTH_TARGET_SERVER && target != BG_AUTH_TARGET_PROXY)
        return BG_E_INVALID_AUTH_TARGET;
    if (scheme < BG_AUTH_SCHEME_BASIC || scheme > BG_AUTH_SCHEME_PASSPORT)
        return BG_E_INVALID_AUTH_SCHEME;
    return S_OK;
}

/* NULL for both name and password means the user's own credentials, which Basic, Digest and
 * Passport cannot send. */
static HRESULT credential_check(const BG_AUTH_CREDENTIALS *credentials)
{
    const BG_BASIC_CREDENTIALS *basic;
    HRESULT hr;

    if (!credentials)
        return E_INVALIDARG;
    if (FAILED(hr = credential_check_pair(credentials->Target, credentials->Scheme)))
        return hr;
    basic = &credentials->Credentials.Basic;
    if (!basic->UserName != !basic->Password)
        return E_INVALIDARG;
    if (!basic->UserName && credentials->Scheme != BG_AUTH_SCHEME_NTLM
            && credentials->Scheme != BG_AUTH_SCHEME_NEGOTIATE)
        return E_INVALIDARG;
    if (text_too_long(basic->UserName, MAX_USER_NAME))
        return BG_E_USERNAME_TOO_LARGE;
    if (text_too_long(basic->Password, MAX_PASSWORD))
        return BG_E_PASSWORD_TOO_LARGE;
    return S_OK;
}

static UINT32 credential_find(const struct bits_job *job, BG_AUTH_TARGET target,
        BG_AUTH_SCHEME scheme)
{
    UINT32 i;

    for (i = 0; i < job->credential_count; i++)
    {
        if (job->credentials[i].target == target && job->credentials[i].scheme == scheme)
            break;
    }
    return i;
}

/* Replaces the entry of the same target and scheme, or adds one. With the lock; leaves in
 * `credential` what is to be wiped. */
static HRESULT job_put_credential(struct bits_job *job, struct transfer_credentials *credential)
{
    UINT32 index = credential_find(job, credential->target, credential->scheme);
    UINT32 count_before = job->credential_count;
    struct transfer_credentials before;
    HRESULT hr;

    if (index == count_before)
    {
        struct transfer_credentials *list =
                realloc(job->credentials, (count_before + 1) * sizeof(*list));

        if (!list)
            return E_OUTOFMEMORY;
        memset(&list[index], 0, sizeof(*list));
        job->credentials = list;
        job->credential_count++;
    }
    before = job->credentials[index];
    job->credentials[index] = *credential;
    if (FAILED(hr = job_changed(job, NULL)))
    {
        job->credentials[index] = before;
        job->credential_count = count_before;
    }
    else
        *credential = before;
    return hr;
}

/* "You must call this method in the context of the job's owner." */
HRESULT STDMETHODCALLTYPE job2_SetCredentials(IBackgroundCopyJob5 *iface,
        BG_AUTH_CREDENTIALS *credentials)
{
    struct bits_job *job = job_from_iface(iface);
    struct transfer_credentials credential = {0};
    HRESULT hr;

    if (FAILED(hr = credential_check(credentials)))
        return hr;
    credential.target = credentials->Target;
    credential.scheme = credentials->Scheme;
    if (SUCCEEDED(hr = wstr_replace(&credential.user, credentials->Credentials.Basic.UserName))
            && SUCCEEDED(hr = wstr_replace(&credential.password,
                                 credentials->Credentials.Basic.Password))
            && SUCCEEDED(hr = job_open_for_owner(job)))
        hr = job_close_change(job_put_credential(job, &credential));
    credential_wipe(&credential);
    return hr;
}

/* S_FALSE when the pair has no credentials. */
HRESULT STDMETHODCALLTYPE job2_RemoveCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_TARGET target,
        BG_AUTH_SCHEME scheme)
{
    struct bits_job *job = job_from_iface(iface);
    struct transfer_credentials removed = {0};
    UINT32 index, last;
    HRESULT hr;

    if (FAILED(hr = credential_check_pair(target, scheme)) || FAILED(hr = job_open_for_owner(job)))
        return hr;
    if ((index = credential_find(job, target, scheme)) == job->credential_count)
    {
        queue_unlock();
        return S_FALSE;
    }
    last = job->credential_count - 1;
    removed = job->credentials[index];
    job->credentials[index] = job->credentials[last];
    job->credential_count = last;
    if (FAILED(hr = job_changed(job, NULL)))
    {
        job->credentials[last] = job->credentials[index];
        job->credentials[index] = removed;
        job->credential_count = last + 1;
        memset(&removed, 0, sizeof(removed));
    }
    hr = job_close_change(hr);
    credential_wipe(&removed);
    return hr;
}
