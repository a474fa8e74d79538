/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The class CLSID_FtpProtocol: files from FTP servers and, with BINDVERB_PUT, to them. WinINet's
 * FTP blocks, so each binding that has work for the network has a thread of the pool meanwhile,
 * within the bound of inet_slots. The thread reads as long as there is room in the buffer; a reader
 * that makes room calls it again.
 */
#include "ftp_protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <shlwapi.h>

#include "inet_errors.h"
#include "inet_session.h"
#include "urlmon_module.h"
#include "wstr.h"

#define FTP_STATE_LOGIN 1u /* the dwState of a Switch: the client is asked who it is */
#define FTP_MAX_LOGINS 3u
#define FTP_PIECE 4096u /* what is read at first: a read returns when all of it is there */
#define FTP_FAST 20u    /* ms: a read that was quicker than this may be larger the next time, */
#define FTP_SLOW 200u   /* and one that was slower than this is to be smaller */

static struct ftp_protocol *ftp_from_protocol(struct inet_protocol *protocol)
{
    return COM_IMPL_FROM(protocol, struct ftp_protocol, protocol);
}

/* The timer that watches the server */

static void CALLBACK ftp_silent(TP_CALLBACK_INSTANCE *instance, void *context, TP_TIMER *timer)
{
    struct ftp_protocol *ftp = context;

    (void)instance;
    (void)timer;
    inet_protocol_end(&ftp->protocol, INET_E_CONNECTION_TIMEOUT, ERROR_INTERNET_TIMEOUT, NULL);
}

/* On the worker: watches while a call of WinINet blocks. */
static void ftp_watch_begin(struct ftp_protocol *ftp)
{
    LARGE_INTEGER due;
    FILETIME time;

    if (!ftp->watch)
        return;
    due.QuadPart = -(LONGLONG)ftp->timeout * 10000;
    time.dwLowDateTime = due.LowPart;
    time.dwHighDateTime = (DWORD)due.HighPart;
    SetThreadpoolTimer(ftp->watch, &time, 0, 0);
}

/* No callback of the timer runs when this returns. */
static void ftp_watch_end(struct ftp_protocol *ftp)
{
    if (!ftp->watch)
        return;
    SetThreadpoolTimer(ftp->watch, NULL, 0, 0);
    WaitForThreadpoolTimerCallbacks(ftp->watch, TRUE);
}

/* Opening */

static void ftp_close_handles(struct ftp_protocol *ftp)
{
    HINTERNET connect, file;

    AcquireSRWLockExclusive(&ftp->protocol.lock);
    connect = ftp->connect;
    file = ftp->file;
    ftp->connect = ftp->file = NULL;
    ReleaseSRWLockExclusive(&ftp->protocol.lock);
    if (file)
        InternetCloseHandle(file);
    if (connect)
        InternetCloseHandle(connect);
}

/* Ends the transfer; on the worker. The server says then whether it has gone well: an end of the
 * data connection may be anything. */
static HRESULT ftp_end_transfer(struct ftp_protocol *ftp)
{
    HINTERNET file;

    AcquireSRWLockExclusive(&ftp->protocol.lock);
    file = ftp->file;
    ftp->file = NULL;
    ReleaseSRWLockExclusive(&ftp->protocol.lock);
    if (!file)
        return E_ABORT;
    ftp_watch_begin(ftp);
    InternetCloseHandle(file);
    ftp_watch_end(ftp);
    return ftp_command_is_done() ? S_OK : INET_E_DOWNLOAD_FAILURE;
}

/* Keeps a handle, unless the protocol is over. */
static BOOL ftp_keep(struct ftp_protocol *ftp, HINTERNET *slot, HINTERNET handle)
{
    BOOL over;

    AcquireSRWLockExclusive(&ftp->protocol.lock);
    over = ftp->protocol.phase == INET_ENDED || ftp->protocol.ended;
    if (!over)
        *slot = handle;
    ReleaseSRWLockExclusive(&ftp->protocol.lock);
    if (over)
        InternetCloseHandle(handle);
    return !over;
}

static BOOL ftp_puts(const struct ftp_protocol *ftp)
{
    return ftp->protocol.info.dwBindVerb == BINDVERB_PUT;
}

static DWORD ftp_open_handles(struct ftp_protocol *ftp, UINT64 *total)
{
    HINTERNET session = inet_session_ftp(), handle;
    const WCHAR *user = ftp->user ? ftp->user : L"anonymous";
    const WCHAR *password = ftp->user ? ftp->password : L"anonymous@";

    if (!session)
        return GetLastError();
    handle = InternetConnectW(session, ftp->host, ftp->port, user, password, INTERNET_SERVICE_FTP,
            INTERNET_FLAG_PASSIVE, 0);
    if (!handle)
        return GetLastError();
    if (!ftp_keep(ftp, &ftp->connect, handle))
        return ERROR_INTERNET_OPERATION_CANCELLED;
    if (!ftp_puts(ftp) && !ftp->is_text)
        *total = ftp_command_size(ftp);
    if (ftp_cache_wants_time(ftp))
        ftp->cache.modified = ftp_command_time(ftp);
    if (ftp_cache_is_current(ftp, *total))
        return 0;
    handle = FtpOpenFileW(handle, ftp->path, ftp_puts(ftp) ? GENERIC_WRITE : GENERIC_READ,
            ftp->is_text ? FTP_TRANSFER_TYPE_ASCII : FTP_TRANSFER_TYPE_BINARY, 0);
    if (!handle)
        return GetLastError();
    return ftp_keep(ftp, &ftp->file, handle) ? 0 : ERROR_INTERNET_OPERATION_CANCELLED;
}

static BOOL is_login_error(DWORD error)
{
    return error == ERROR_INTERNET_LOGIN_FAILURE || error == ERROR_INTERNET_INCORRECT_PASSWORD
            || error == ERROR_INTERNET_INCORRECT_USER_NAME;
}

/* Connects and opens; on the worker. TRUE: the body may be read. */
static BOOL ftp_open(struct ftp_protocol *ftp, UINT64 *total)
{
    struct inet_protocol *protocol = &ftp->protocol;
    DWORD error;
    HRESULT hr;

    inet_protocol_progress(protocol, BINDSTATUS_FINDINGRESOURCE, ftp->host);
    inet_protocol_progress(protocol, BINDSTATUS_CONNECTING, ftp->host);
    inet_protocol_progress(protocol, BINDSTATUS_SENDINGREQUEST, ftp->path);
    ftp_watch_begin(ftp);
    error = ftp_open_handles(ftp, total);
    if (error && is_login_error(error) && ++ftp->logins <= FTP_MAX_LOGINS)
    {
        ftp_watch_end(ftp);
        ftp_close_handles(ftp);
        InterlockedExchange(&ftp->awaited, FTP_STATE_LOGIN);
        inet_protocol_switch(protocol, FTP_STATE_LOGIN);
        return FALSE;
    }
    if (error && !ftp_cache_stands_in(ftp, error))
    {
        hr = ftp_command_refused(ftp, error);
        ftp_watch_end(ftp);
        inet_protocol_end(protocol, hr, error, NULL);
        return FALSE;
    }
    ftp_watch_end(ftp);
    return TRUE;
}

/* Sending */

static DWORD ftp_put(struct ftp_protocol *ftp, const BYTE *data, DWORD size)
{
    DWORD done = 0, error = 0;

    ftp_watch_begin(ftp);
    for (; size && !error; data += done, size -= done)
    {
        if (!InternetWriteFile(ftp->file, data, size, &done) || !done)
            error = GetLastError() ? GetLastError() : ERROR_INTERNET_CONNECTION_ABORTED;
    }
    ftp_watch_end(ftp);
    return error;
}

static void ftp_report_put(struct ftp_protocol *ftp, ULONG code, UINT64 sent, UINT64 size)
{
    WCHAR text[48];

    swprintf(text, ARRAY_SIZE(text), L"%I64u,%I64u", sent, size);
    inet_protocol_progress(&ftp->protocol, code, text);
}

/* All of what is sent, in pieces. */
static HRESULT ftp_put_pieces(struct ftp_protocol *ftp, DWORD *error)
{
    struct http_upload *upload = ftp->upload;
    HRESULT hr;

    if (!upload)
        return (*error = ftp_put(ftp, ftp->body, ftp->body_size)) ? E_FAIL : S_OK;
    http_upload_restart(upload);
    while ((hr = http_upload_read(upload)) == S_OK && !inet_protocol_is_over(&ftp->protocol))
    {
        if ((*error = ftp_put(ftp, upload->piece, upload->piece_size)))
            return E_FAIL;
        upload->sent += upload->piece_size;
        ftp_report_put(ftp, BINDSTATUS_UPLOADINGDATA, upload->sent, upload->size);
    }
    return hr;
}

/* Sends the file; on the worker. An upload has no body: it ends at once. */
static void ftp_send(struct ftp_protocol *ftp)
{
    UINT64 size = ftp->upload ? ftp->upload->size : ftp->body_size;
    DWORD error = 0;
    HRESULT hr;

    ftp_report_put(ftp, BINDSTATUS_BEGINUPLOADDATA, 0, size);
    hr = ftp_put_pieces(ftp, &error);
    if (SUCCEEDED(hr))
        hr = ftp_end_transfer(ftp);
    if (FAILED(hr))
    {
        inet_protocol_end(&ftp->protocol, error ? inet_error_hresult(error) : hr, error, NULL);
        return;
    }
    ftp_report_put(ftp, BINDSTATUS_ENDUPLOADDATA, size, size);
    ftp_close_handles(ftp);
    ftp_cache_forget(ftp);
    inet_protocol_begin_body(&ftp->protocol, 0);
}

/* Receives the file; on the worker. */
static void ftp_receive(struct ftp_protocol *ftp, UINT64 total)
{
    HRESULT hr;

    if (ftp->cache.used)
        ftp_cache_begin_body(ftp);
    else if (FAILED(hr = ftp_cache_make_file(ftp, total)))
        inet_protocol_end(&ftp->protocol, hr, 0, NULL);
    else
        inet_protocol_begin_body(&ftp->protocol, total);
}

/* The worker */

/* Whether there is more to do. `leave`: if not, the worker is none any more. */
static BOOL ftp_has_more(struct ftp_protocol *ftp, BOOL leave)
{
    BOOL more;

    AcquireSRWLockExclusive(&ftp->protocol.lock);
    more = ftp->again;
    ftp->again = FALSE;
    if (!more && leave)
    {
        ftp->working = FALSE;
        ftp->worker = 0;
    }
    ReleaseSRWLockExclusive(&ftp->protocol.lock);
    return more;
}

static void CALLBACK ftp_work(TP_CALLBACK_INSTANCE *instance, void *context)
{
    struct ftp_protocol *ftp = context;
    struct inet_protocol *protocol = &ftp->protocol;
    UINT64 total = INET_UNKNOWN_SIZE;
    BOOL more;

    CallbackMayRunLong(instance);
    ftp->worker = GetCurrentThreadId();
    do
    {
        if (protocol->phase == INET_REQUEST)
        {
            if (!ftp->file && ftp_open(ftp, &total))
            {
                if (ftp_puts(ftp))
                    ftp_send(ftp);
                else
                    ftp_receive(ftp, total);
            }
        }
        else
            inet_protocol_readable(protocol, TRUE);
        if (!(more = ftp_has_more(ftp, FALSE)))
        {
            inet_slot_release(&protocol->slot);
            more = ftp_has_more(ftp, TRUE);
        }
    } while (more);
    IUnknown_Release(protocol->com.outer);
}

static void ftp_submit(struct ftp_protocol *ftp)
{
    if (TrySubmitThreadpoolCallback(ftp_work, ftp, NULL))
        return;
    ftp->working = FALSE;
    inet_slot_release(&ftp->protocol.slot);
    inet_protocol_end(&ftp->protocol, E_OUTOFMEMORY, 0, NULL);
    IUnknown_Release(ftp->protocol.com.outer);
}

/* Calls the worker; its reference goes with it, or with the slot that it waits for. */
static void ftp_call_worker(struct ftp_protocol *ftp)
{
    struct inet_protocol *protocol = &ftp->protocol;
    BOOL there;

    AcquireSRWLockExclusive(&protocol->lock);
    there = ftp->working;
    ftp->working = TRUE;
    if (there)
        ftp->again = TRUE;
    ReleaseSRWLockExclusive(&protocol->lock);
    if (there)
        return;
    IUnknown_AddRef(protocol->com.outer);
    if (inet_slot_acquire(&protocol->slot, protocol->priority.value))
        ftp_submit(ftp);
}

static void ftp_granted(struct inet_slot *slot)
{
    struct inet_protocol *protocol = COM_IMPL_FROM(slot, struct inet_protocol, slot);

    ftp_submit(ftp_from_protocol(protocol));
}

/* The scheme */

static void ftp_init(struct inet_protocol *protocol)
{
    struct ftp_protocol *ftp = ftp_from_protocol(protocol);

    inet_slot_init(&protocol->slot, ftp_granted);
    ftp->piece = FTP_PIECE;
}

static WCHAR *uri_text(IUri *uri, Uri_PROPERTY property)
{
    WCHAR *copy = NULL;
    BSTR text = NULL;

    if (IUri_GetPropertyBSTR(uri, property, &text, 0) == S_OK && text && *text)
        copy = wstr_dup(text);
    SysFreeString(text);
    return copy;
}

/* What would become a command of its own. */
static BOOL has_control(const WCHAR *text)
{
    for (; *text; text++)
    {
        if (*text < ' ' || *text == 127)
            return TRUE;
    }
    return FALSE;
}

/* Takes ";type=" off the end of a path: 'a' is text, 'i' bytes as they are, which is also when
 * there is none, 'd' a list of names. RFC 1738, 3.2.2. */
static WCHAR take_type(WCHAR *path)
{
    static const WCHAR label[] = L";type=";
    const size_t label_length = ARRAY_SIZE(label) - 1;
    size_t length = wcslen(path);
    WCHAR type;

    if (length <= label_length || _wcsnicmp(path + length - 1 - label_length, label, label_length))
        return 'i';
    type = path[length - 1] | 0x20;
    if (type != 'a' && type != 'i' && type != 'd')
        return 'i';
    path[length - 1 - label_length] = 0;
    return type;
}

/* Decodes %XX in place. FALSE: it would become a command of its own. */
static BOOL decode(WCHAR *text)
{
    DWORD length = (DWORD)wcslen(text) + 1;
    WCHAR *plain = malloc(length * sizeof(WCHAR));

    if (!plain)
        return FALSE;
    if (SUCCEEDED(UrlUnescapeW(text, plain, &length, 0)))
        wcscpy(text, plain);
    free(plain);
    return !has_control(text);
}

static HRESULT ftp_start(struct inet_protocol *protocol)
{
    struct ftp_protocol *ftp = ftp_from_protocol(protocol);
    DWORD port = INTERNET_DEFAULT_FTP_PORT;
    WCHAR type;
    HRESULT hr;

    if (protocol->info.dwBindVerb != BINDVERB_GET && !ftp_puts(ftp))
        return INET_E_INVALID_REQUEST;
    if (ftp_puts(ftp)
            && FAILED(hr = http_upload_open(&protocol->info.stgmedData, protocol->info.cbstgmedData,
                              TRUE, &ftp->body, &ftp->body_size, &ftp->upload)))
        return hr;
    ftp->host = uri_text(protocol->uri, Uri_PROPERTY_HOST);
    ftp->path = uri_text(protocol->uri, Uri_PROPERTY_PATH);
    ftp->user = uri_text(protocol->uri, Uri_PROPERTY_USER_NAME);
    ftp->password = uri_text(protocol->uri, Uri_PROPERTY_PASSWORD);
    IUri_GetPort(protocol->uri, &port);
    ftp->port = (INTERNET_PORT)port;
    if (!ftp->host || !ftp->path)
        return INET_E_INVALID_URL;
    type = take_type(ftp->path);
    ftp->is_text = type == 'a';
    if (!decode(ftp->path) || (ftp->user && !decode(ftp->user))
            || (ftp->password && !decode(ftp->password)))
        return INET_E_INVALID_URL;
    if (type == 'd' || !*ftp->path || ftp->path[wcslen(ftp->path) - 1] == '/')
        return INET_E_REDIRECT_TO_DIR;
    if (FAILED(hr = ftp_cache_look(ftp)))
        return hr;
    if (hr == S_OK)
    {
        ftp_cache_begin_body(ftp);
        return S_OK;
    }
    ftp->timeout = inet_session_timeout();
    ftp->watch = CreateThreadpoolTimer(ftp_silent, ftp, NULL);
    ftp_call_worker(ftp);
    return S_OK;
}

static HRESULT replace_secret(WCHAR **secret, const WCHAR *text)
{
    if (*secret)
        SecureZeroMemory(*secret, wcslen(*secret) * sizeof(WCHAR));
    return wstr_replace(secret, text);
}

/* IAuthenticate, on the apartment's thread. */
static void ftp_proceed(struct inet_protocol *protocol, DWORD state)
{
    struct ftp_protocol *ftp = ftp_from_protocol(protocol);
    WCHAR *user = NULL, *password = NULL;
    IAuthenticate *authenticate;
    HRESULT hr = E_NOINTERFACE;
    HWND window = NULL;

    if (!state || InterlockedCompareExchange(&ftp->awaited, 0, (LONG)state) != (LONG)state
            || inet_protocol_is_over(protocol))
        return;
    if ((authenticate = inet_protocol_service(protocol, &IID_IAuthenticate)))
    {
        hr = IAuthenticate_Authenticate(authenticate, &window, &user, &password);
        IAuthenticate_Release(authenticate);
    }
    if (SUCCEEDED(hr) && user && !has_control(user) && !(password && has_control(password))
            && SUCCEEDED(wstr_replace(&ftp->user, user))
            && SUCCEEDED(replace_secret(&ftp->password, password ? password : L"")))
        ftp_call_worker(ftp);
    else
        inet_protocol_end(protocol, hr == E_ABORT ? hr : INET_E_AUTHENTICATION_REQUIRED, 0, NULL);
    CoTaskMemFree(user);
    if (password)
        SecureZeroMemory(password, wcslen(password) * sizeof(WCHAR));
    CoTaskMemFree(password);
}

/* Blocks, on the worker; elsewhere calls it. */
static HRESULT ftp_read(struct inet_protocol *protocol, void *data, DWORD size, DWORD *got,
        DWORD *error)
{
    struct ftp_protocol *ftp = ftp_from_protocol(protocol);
    DWORD begin, time;
    HRESULT hr;
    BOOL done;

    if (ftp->worker != GetCurrentThreadId())
    {
        ftp_call_worker(ftp);
        return E_PENDING;
    }
    if (size > ftp->piece)
        size = ftp->piece;
    begin = GetTickCount();
    ftp_watch_begin(ftp);
    done = InternetReadFile(ftp->file, data, size, got);
    ftp_watch_end(ftp);
    if (!done)
    {
        *error = GetLastError();
        return inet_error_hresult(*error);
    }
    time = GetTickCount() - begin;
    if (time < FTP_FAST && ftp->piece < INET_BUFFER_LARGE)
        ftp->piece *= 2;
    else if (time > FTP_SLOW && ftp->piece > FTP_PIECE / 4)
        ftp->piece /= 4;
    if (*got)
        return S_OK;
    return SUCCEEDED(hr = ftp_end_transfer(ftp)) ? S_FALSE : hr;
}

/* A worker that still waits for the server finds the protocol over. */
static void ftp_detach(struct inet_protocol *protocol)
{
    (void)protocol;
}

static void ftp_close(struct inet_protocol *protocol)
{
    ftp_close_handles(ftp_from_protocol(protocol));
}

/* All of it has come. */
static void ftp_complete(struct inet_protocol *protocol)
{
    ftp_cache_commit(ftp_from_protocol(protocol));
}

static void ftp_free(struct inet_protocol *protocol)
{
    struct ftp_protocol *ftp = ftp_from_protocol(protocol);

    ftp_cache_release(ftp);
    if (ftp->watch)
        CloseThreadpoolTimer(ftp->watch);
    free(ftp->body);
    http_upload_free(ftp->upload);
    free(ftp->host);
    free(ftp->path);
    free(ftp->user);
    if (ftp->password)
        SecureZeroMemory(ftp->password, wcslen(ftp->password) * sizeof(WCHAR));
    free(ftp->password);
}

/* IWinInetInfo::QueryOption: what WinINet knows of the file's handle. E_FAIL: it is not open;
 * S_FALSE: there is no such option of it. Page: IWinInetInfo::QueryOption. */
static HRESULT ftp_query_option(struct inet_protocol *protocol, DWORD option, void *data,
        DWORD *size)
{
    HINTERNET file = ftp_from_protocol(protocol)->file;

    if (!file)
        return E_FAIL;
    return InternetQueryOptionW(file, option, data, size) ? S_OK : S_FALSE;
}

/* IWinInetHttpInfo::QueryInfo: a file of ftp has no headers. E_FAIL: it is not open; S_FALSE: there
 * is no such header. Page: IWinInetHttpInfo::QueryInfo. */
static HRESULT ftp_query_info(struct inet_protocol *protocol, DWORD option, void *data, DWORD *size,
        DWORD *flags, DWORD *reserved)
{
    (void)option;
    (void)data;
    (void)size;
    (void)flags;
    (void)reserved;
    return ftp_from_protocol(protocol)->file ? S_FALSE : E_FAIL;
}

static const struct inet_scheme ftp_scheme = {
        .name = "ftp",
        .size = sizeof(struct ftp_protocol),
        .init = ftp_init,
        .start = ftp_start,
        .proceed = ftp_proceed,
        .read = ftp_read,
        .complete = ftp_complete,
        .detach = ftp_detach,
        .close = ftp_close,
        .free = ftp_free,
        .query_option = ftp_query_option,
        .query_info = ftp_query_info,
        .cache_hints = TRUE,
};

HRESULT ftp_protocol_create(IUnknown *outer, REFIID iid, void **out)
{
    return inet_protocol_create(&ftp_scheme, outer, iid, out);
}
