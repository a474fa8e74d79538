/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ftp_protocol.h"

#include <stdio.h>
#include <wchar.h>

#include "cache_policy.h"
#include "http_headers.h"
#include "inet_errors.h"

#define REPLY_MAX 256u

/* The code of the server's last reply, whose text begins at `text`; 0: there is none. */
static unsigned int last_reply(WCHAR *reply, const WCHAR **text)
{
    DWORD error = 0, length = REPLY_MAX - 1;
    unsigned int code = 0;

    reply[0] = 0;
    if (!InternetGetLastResponseInfoW(&error, reply, &length))
        return 0;
    reply[REPLY_MAX - 1] = 0;
    reply[wcscspn(reply, L"\r\n")] = 0;
    for (unsigned int i = 0; i < 3; i++)
    {
        if (reply[i] < '0' || reply[i] > '9')
            return 0;
        code = code * 10 + (unsigned int)(reply[i] - '0');
    }
    if (text)
        *text = reply + 3;
    return code;
}

/* Asks something about the file. FALSE: the server does not say. */
static BOOL ask(struct ftp_protocol *ftp, const WCHAR *word, WCHAR *reply, const WCHAR **text)
{
    WCHAR command[1024];

    if (wcslen(word) + wcslen(ftp->path) + 2 > ARRAY_SIZE(command))
        return FALSE;
    swprintf(command, ARRAY_SIZE(command), L"%ls %ls", word, ftp->path);
    return FtpCommandW(ftp->connect, FALSE, FTP_TRANSFER_TYPE_BINARY, command, 0, NULL)
            && last_reply(reply, text) == 213 && **text == ' ';
}

/* WinINet's FtpGetFileSize knows it from the answer to RETR, which need not say it. */
UINT64 ftp_command_size(struct ftp_protocol *ftp)
{
    UINT64 size = INET_UNKNOWN_SIZE;
    WCHAR reply[REPLY_MAX];
    const WCHAR *text;

    if (!ask(ftp, L"SIZE", reply, &text) || !http_parse_length(text + 1, &size))
        size = INET_UNKNOWN_SIZE;
    return size;
}

/* A number of so many digits; FALSE: it is none. */
static BOOL read_digits(const WCHAR **text, unsigned int digits, WORD *value)
{
    for (*value = 0; digits; digits--, (*text)++)
    {
        if (**text < '0' || **text > '9')
            return FALSE;
        *value = (WORD)(*value * 10 + (**text - '0'));
    }
    return TRUE;
}

/* "YYYYMMDDHHMMSS", in UTC, perhaps with fractions. RFC 3659, 2.3. */
UINT64 ftp_command_time(struct ftp_protocol *ftp)
{
    SYSTEMTIME time = {0};
    WCHAR reply[REPLY_MAX];
    const WCHAR *text;
    FILETIME result;

    if (!ask(ftp, L"MDTM", reply, &text))
        return 0;
    text++;
    if (!read_digits(&text, 4, &time.wYear) || !read_digits(&text, 2, &time.wMonth)
            || !read_digits(&text, 2, &time.wDay) || !read_digits(&text, 2, &time.wHour)
            || !read_digits(&text, 2, &time.wMinute) || !read_digits(&text, 2, &time.wSecond)
            || (*text && *text != '.') || !SystemTimeToFileTime(&time, &result))
        return 0;
    return cache_time(result);
}

BOOL ftp_command_is_done(void)
{
    WCHAR reply[REPLY_MAX];

    return last_reply(reply, NULL) / 100 == 2;
}

static HRESULT reply_hresult(unsigned int code)
{
    switch (code)
    {
    case 421: /* closing */
    case 425: /* no data connection */
        return INET_E_CANNOT_CONNECT;
    case 426: /* broken off */
    case 452: /* no room */
    case 552:
        return INET_E_DOWNLOAD_FAILURE;
    case 450: /* busy */
    case 451: /* an error of the server's own */
        return INET_E_DATA_NOT_AVAILABLE;
    case 500: /* it does not know such commands */
    case 501:
    case 502:
    case 503:
    case 504:
        return INET_E_INVALID_REQUEST;
    case 530:
    case 532:
        return INET_E_AUTHENTICATION_REQUIRED;
    default:
        return INET_E_OBJECT_NOT_FOUND;
    }
}

/* A name without a slash behind it may be a folder's. */
static BOOL is_folder(struct ftp_protocol *ftp)
{
    return ftp->connect && ftp->protocol.info.dwBindVerb == BINDVERB_GET
            && FtpSetCurrentDirectoryW(ftp->connect, ftp->path);
}

HRESULT ftp_command_refused(struct ftp_protocol *ftp, DWORD error)
{
    WCHAR reply[REPLY_MAX];
    HRESULT hr;

    /* What WinINet makes of refusals, once it is connected. */
    if (error != ERROR_INTERNET_EXTENDED_ERROR && (!ftp->connect || error != ERROR_FILE_NOT_FOUND))
        return inet_error_hresult(error);
    hr = reply_hresult(last_reply(reply, NULL));
    return hr == INET_E_OBJECT_NOT_FOUND && is_folder(ftp) ? INET_E_REDIRECT_TO_DIR : hr;
}
