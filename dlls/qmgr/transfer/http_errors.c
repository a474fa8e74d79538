/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which error a job gets, and whether it is worth another try, after a failed WinINet call or an
 * HTTP status. Page: BITS Return Values. Network errors keep their WinINet code by
 * HRESULT_FROM_WIN32; a transfer that stalls is ERROR_INTERNET_TIMEOUT, one whose connection ends
 * before the body does ERROR_INTERNET_CONNECTION_ABORTED, both transient.
 */
#include "transfer_private.h"

#include <wininet.h>

static const struct
{
    DWORD code;
    BG_ERROR_CONTEXT context;
    BOOL transient;
} internet_errors[] = {
        {ERROR_INTERNET_TIMEOUT, BG_ERROR_CONTEXT_REMOTE_FILE, TRUE},
        {ERROR_INTERNET_NAME_NOT_RESOLVED, BG_ERROR_CONTEXT_REMOTE_FILE, TRUE},
        {ERROR_INTERNET_CANNOT_CONNECT, BG_ERROR_CONTEXT_REMOTE_FILE, TRUE},
        {ERROR_INTERNET_CONNECTION_ABORTED, BG_ERROR_CONTEXT_REMOTE_FILE, TRUE},
        {ERROR_INTERNET_CONNECTION_RESET, BG_ERROR_CONTEXT_REMOTE_FILE, TRUE},
        {ERROR_INTERNET_DISCONNECTED, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, TRUE},
        {ERROR_INTERNET_SERVER_UNREACHABLE, BG_ERROR_CONTEXT_REMOTE_FILE, TRUE},
        {ERROR_INTERNET_PROXY_SERVER_UNREACHABLE, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, TRUE},
        {ERROR_INTERNET_OUT_OF_HANDLES, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, TRUE},
        {ERROR_HTTP_INVALID_SERVER_RESPONSE, BG_ERROR_CONTEXT_REMOTE_FILE, TRUE},
        {ERROR_INTERNET_SECURITY_CHANNEL_ERROR, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, FALSE},
        {ERROR_INTERNET_SEC_CERT_DATE_INVALID, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, FALSE},
        {ERROR_INTERNET_SEC_CERT_CN_INVALID, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, FALSE},
        {ERROR_INTERNET_INVALID_CA, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, FALSE},
        {ERROR_INTERNET_SEC_CERT_ERRORS, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, FALSE},
        {ERROR_INTERNET_SEC_CERT_NO_REV, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, FALSE},
        {ERROR_INTERNET_SEC_CERT_REV_FAILED, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, FALSE},
        {ERROR_INTERNET_SEC_CERT_REVOKED, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, FALSE},
        {ERROR_INTERNET_SEC_INVALID_CERT, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, FALSE},
        {ERROR_INTERNET_CLIENT_AUTH_CERT_NEEDED, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, FALSE},
        {ERROR_INTERNET_CLIENT_AUTH_NOT_SETUP, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, FALSE},
        {ERROR_INTERNET_INVALID_URL, BG_ERROR_CONTEXT_REMOTE_FILE, FALSE},
        {ERROR_INTERNET_UNRECOGNIZED_SCHEME, BG_ERROR_CONTEXT_REMOTE_FILE, FALSE},
        {ERROR_INTERNET_HTTPS_TO_HTTP_ON_REDIR, BG_ERROR_CONTEXT_REMOTE_FILE, FALSE},
        {ERROR_HTTP_REDIRECT_FAILED, BG_ERROR_CONTEXT_REMOTE_FILE, FALSE},
        {ERROR_NOT_ENOUGH_MEMORY, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, TRUE},
        {ERROR_OUTOFMEMORY, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, TRUE},
};

HRESULT http_fail_internet(struct transfer_error *error, DWORD code)
{
    unsigned int i;

    /* Socket errors come through as they are. */
    switch (code)
    {
    case WSAETIMEDOUT:
        code = ERROR_INTERNET_TIMEOUT;
        break;
    case WSAECONNRESET:
    case WSAENETRESET:
        code = ERROR_INTERNET_CONNECTION_RESET;
        break;
    case WSAECONNABORTED:
    case WSAENOTCONN:
    case WSAESHUTDOWN:
        code = ERROR_INTERNET_CONNECTION_ABORTED;
        break;
    case WSAECONNREFUSED:
    case WSAEHOSTUNREACH:
    case WSAENETUNREACH:
        code = ERROR_INTERNET_CANNOT_CONNECT;
        break;
    case ERROR_SUCCESS:
        code = ERROR_INTERNET_INTERNAL_ERROR;
        break;
    default:
        break;
    }
    for (i = 0; i < ARRAY_SIZE(internet_errors); i++)
    {
        if (internet_errors[i].code == code)
            return transfer_fail(error, internet_errors[i].context, HRESULT_FROM_WIN32(code),
                    internet_errors[i].transient);
    }
    /* What nobody expected may be over the next time; the no-progress time-out bounds the tries. */
    return transfer_fail(error, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, HRESULT_FROM_WIN32(code), TRUE);
}

HRESULT http_fail_status(struct transfer_error *error, unsigned int status, DWORD retry_after)
{
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_REMOTE_FILE;
    BOOL transient = FALSE;

    if (status < 100 || status > 599)
        return http_fail_response(error);
    switch (status)
    {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        transient = TRUE;
        break;
    case 407:
        context = BG_ERROR_CONTEXT_GENERAL_TRANSPORT;
        break;
    default:
        break;
    }
    /* BG_E_HTTP_ERROR_xxx */
    transfer_fail(error, context, MAKE_HRESULT(SEVERITY_ERROR, FACILITY_HTTP, status), transient);
    if (error && transient)
        error->retry_after = retry_after;
    return MAKE_HRESULT(SEVERITY_ERROR, FACILITY_HTTP, status);
}

HRESULT http_fail_response(struct transfer_error *error)
{
    return transfer_fail(error, BG_ERROR_CONTEXT_REMOTE_FILE, BG_E_INVALID_SERVER_RESPONSE, FALSE);
}
