/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a client is asked about security: problems with certificates and redirects (IHttpSecurity,
 * IBindHttpSecurity).
 * On the apartment's thread.
 */
#include "http_protocol.h"

#include <stdlib.h>
#include <wchar.h>

#include "bind_http_security.h"
#include "inet_errors.h"
#include "inet_flags.h"

#define IGNORE_CERTIFICATE                                                                         \
    (SECURITY_FLAG_IGNORE_UNKNOWN_CA | SECURITY_FLAG_IGNORE_CERT_CN_INVALID                        \
            | SECURITY_FLAG_IGNORE_CERT_DATE_INVALID | SECURITY_FLAG_IGNORE_WRONG_USAGE            \
            | SECURITY_FLAG_IGNORE_REVOCATION)

void http_secret_free(WCHAR *text)
{
    if (text)
        SecureZeroMemory(text, wcslen(text) * sizeof(WCHAR));
    free(text);
}

/* Which flag overlooks a problem; 0: none does. */
static DWORD flag_for(DWORD problem)
{
    switch (problem)
    {
    case ERROR_INTERNET_SEC_CERT_DATE_INVALID:
        return SECURITY_FLAG_IGNORE_CERT_DATE_INVALID;
    case ERROR_INTERNET_SEC_CERT_CN_INVALID:
        return SECURITY_FLAG_IGNORE_CERT_CN_INVALID;
    case ERROR_INTERNET_INVALID_CA:
        return SECURITY_FLAG_IGNORE_UNKNOWN_CA;
    case ERROR_INTERNET_SEC_CERT_NO_REV:
    case ERROR_INTERNET_SEC_CERT_REV_FAILED:
        return SECURITY_FLAG_IGNORE_REVOCATION | SECURITY_FLAG_IGNORE_UNKNOWN_CA;
    case ERROR_INTERNET_SEC_CERT_ERRORS:
    case ERROR_INTERNET_SEC_INVALID_CERT:
        return IGNORE_CERTIFICATE;
    default:
        return 0;
    }
}

/* The window for a question to the user; FALSE: nobody wants one. */
static BOOL user_window(struct http_protocol *http, REFIID reason, HWND *window)
{
    IWindowForBindingUI *binding_ui;
    HRESULT hr;

    *window = NULL;
    if (http->protocol.flags & (BINDF_NO_UI | BINDF_SILENTOPERATION))
        return FALSE;
    if (!(binding_ui = inet_protocol_service(&http->protocol, &IID_IWindowForBindingUI)))
        return FALSE;
    hr = IWindowForBindingUI_GetWindow(binding_ui, reason, window);
    IWindowForBindingUI_Release(binding_ui);
    return hr == S_OK && *window && (INT_PTR)*window != -1;
}

/* The dialog of WinINet. TRUE: the user wants to go on. */
static BOOL ask_user(struct http_protocol *http, DWORD problem)
{
    struct inet_call *call = http->answer;
    HWND window;
    DWORD answer;

    if (!call || !user_window(http, &IID_IHttpSecurity, &window))
        return FALSE;
    answer = InternetErrorDlg(window, call->request, problem,
            FLAGS_ERROR_UI_FILTER_FOR_ERRORS | FLAGS_ERROR_UI_FLAGS_CHANGE_OPTIONS
                    | FLAGS_ERROR_UI_FLAGS_GENERATE_DATA,
            NULL);
    return answer == ERROR_SUCCESS || answer == ERROR_INTERNET_FORCE_RETRY;
}

/* What the client overlooks without being asked about each problem: SECURITY_FLAG_IGNORE_. */
static DWORD client_overlooks(struct http_protocol *http)
{
    IBindHttpSecurity *security = inet_protocol_service(&http->protocol, &IID_IBindHttpSecurity);
    DWORD flags = inet_flags_of_client(&http->protocol), mask = 0;

    if (security)
    {
        if (FAILED(security->lpVtbl->GetIgnoreCertMask(security, &mask)))
            mask = 0;
        security->lpVtbl->Release(security);
    }
    if (flags & INTERNET_FLAG_IGNORE_CERT_CN_INVALID)
        mask |= SECURITY_FLAG_IGNORE_CERT_CN_INVALID;
    if (flags & INTERNET_FLAG_IGNORE_CERT_DATE_INVALID)
        mask |= SECURITY_FLAG_IGNORE_CERT_DATE_INVALID;
    return mask;
}

/* Whether the client wants to go on: RPC_E_RETRY (page "IHttpSecurity::OnSecurityProblem method").
 * S_OK, which the page of Windows CE has for that, counts for certificates, as on Windows; a way
 * from https to http needs the plain answer. */
static BOOL goes_on(HRESULT answer, DWORD problem)
{
    return answer == RPC_E_RETRY || (answer == S_OK && inet_error_is_certificate(problem));
}

HRESULT http_security_problem(struct http_protocol *http, DWORD problem)
{
    IHttpSecurity *security;
    DWORD overlooked;
    HRESULT hr = S_FALSE;

    if (++http->problems > 8)
        return inet_error_hresult(problem);
    overlooked = flag_for(problem) & ~http->security_flags;
    if (overlooked && (overlooked &= client_overlooks(http)))
    {
        http->security_flags |= overlooked;
        return S_OK;
    }
    if ((http->protocol.flags & BINDF_IGNORESECURITYPROBLEM)
            || (problem == ERROR_INTERNET_HTTPS_TO_HTTP_ON_REDIR
                    && (inet_flags_of_client(&http->protocol)
                            & INTERNET_FLAG_IGNORE_REDIRECT_TO_HTTP)))
        hr = RPC_E_RETRY;
    else if ((security = inet_protocol_service(&http->protocol, &IID_IHttpSecurity)))
    {
        hr = IHttpSecurity_OnSecurityProblem(security, problem);
        IHttpSecurity_Release(security);
    }
    if (hr == S_FALSE && ask_user(http, problem))
        hr = RPC_E_RETRY;
    if (hr == E_ABORT)
        return hr;
    if (!goes_on(hr, problem))
        return inet_error_hresult(problem);
    if (inet_error_is_certificate(problem))
    {
        DWORD flag = flag_for(problem);

        if (!flag || (http->security_flags & flag) == flag)
            return inet_error_hresult(problem); /* overlooked already, in vain */
        http->security_flags |= flag;
    }
    return S_OK;
}
