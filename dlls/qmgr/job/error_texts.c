/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The codes of "BITS Return Values" and bitsmsg.h; the words are our own. */
#include "error_texts.h"

#include "bits10_3.h"
#include "bitsmsg.h"

struct text
{
    HRESULT code;
    const WCHAR *text;
};

static const struct text bits_texts[] = {
        {BG_E_NOT_FOUND, L"There is no such job in the transfer queue."},
        {BG_E_INVALID_STATE,
                L"The job's state does not allow this. It may be cancelled or complete."},
        {BG_E_EMPTY, L"The job has no files. Add a file before resuming it."},
        {BG_E_FILE_NOT_AVAILABLE, L"The error does not concern a local or remote file."},
        {BG_E_PROTOCOL_NOT_AVAILABLE, L"The error does not concern a transfer protocol."},
        {BG_S_ERROR_CONTEXT_NONE, L"No error has occurred."},
        {BG_E_ERROR_CONTEXT_UNKNOWN, L"It is not known where the error occurred."},
        {BG_E_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER,
                L"The error occurred in the queue manager of the transfer service."},
        {BG_E_ERROR_CONTEXT_LOCAL_FILE,
                L"The error occurred while the local file was being processed."},
        {BG_E_ERROR_CONTEXT_REMOTE_FILE,
                L"The error occurred while the remote file was being processed."},
        {BG_E_ERROR_CONTEXT_GENERAL_TRANSPORT,
                L"The error occurred in the transport layer, on the way to the server."},
        {BG_E_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION,
                L"The error occurred while the client was being notified."},
        {BG_E_DESTINATION_LOCKED, L"The volume of the local file is locked."},
        {BG_E_VOLUME_CHANGED, L"The volume of the local file is not the one it was before."},
        {BG_E_ERROR_INFORMATION_UNAVAILABLE,
                L"There is no error to tell about: the job is not in an error state."},
        {BG_E_NETWORK_DISCONNECTED, L"There is no network connection."},
        {BG_E_MISSING_FILE_SIZE,
                L"The server did not tell the size of the file (Content-Length); "
                L"the content may be dynamic."},
        {BG_E_INSUFFICIENT_HTTP_SUPPORT, L"The server does not support HTTP 1.1."},
        {BG_E_INSUFFICIENT_RANGE_SUPPORT, L"The server does not support byte ranges."},
        {BG_E_REMOTE_NOT_SUPPORTED, L"The transfer service cannot be used from another computer."},
        {BG_E_NEW_OWNER_DIFF_MAPPING,
                L"The drive letter of the local file means another place for the new owner."},
        {BG_E_NEW_OWNER_NO_FILE_ACCESS, L"The new owner may not write the job's temporary files."},
        {BG_S_PARTIAL_COMPLETE, L"Only some of the files were complete; the others were deleted."},
        {BG_E_PROXY_LIST_TOO_LARGE, L"The list of proxies is too long."},
        {BG_E_PROXY_BYPASS_LIST_TOO_LARGE, L"The list of hosts that bypass the proxy is too long."},
        {BG_S_UNABLE_TO_DELETE_FILES, L"Some temporary files of the job could not be deleted."},
        {BG_E_INVALID_SERVER_RESPONSE, L"The server's response is against the protocol."},
        {BG_E_TOO_MANY_FILES, L"No more files can be added to the job."},
        {BG_E_LOCAL_FILE_CHANGED, L"The local file was changed while it was being transferred."},
        {BG_E_ERROR_CONTEXT_REMOTE_APPLICATION,
                L"The error was reported by the application on the server."},
        {BG_E_SESSION_NOT_FOUND, L"The server does not know the upload session."},
        {BG_E_TOO_LARGE, L"The file is larger than the server accepts."},
        {BG_E_STRING_TOO_LONG, L"The text is too long."},
        {BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH,
                L"Client and server have no version of the upload protocol in common."},
        {BG_E_SERVER_EXECUTE_ENABLE,
                L"The server's virtual directory allows scripts or programs to run, "
                L"which uploads forbid."},
        {BG_E_NO_PROGRESS, L"The job makes no progress."},
        {BG_E_USERNAME_TOO_LARGE, L"The user name is longer than 300 characters."},
        {BG_E_PASSWORD_TOO_LARGE, L"The password is longer than 65536 characters."},
        {BG_E_INVALID_AUTH_TARGET, L"The credentials are neither for a server nor for a proxy."},
        {BG_E_INVALID_AUTH_SCHEME, L"The authentication scheme of the credentials is unknown."},
        {BG_E_FILE_NOT_FOUND, L"The job has no file of this name."},
        {BG_S_PROXY_CHANGED, L"The proxy was changed."},
        {BG_E_INVALID_RANGE, L"The byte range is not inside the remote file."},
        {BG_E_OVERLAPPING_RANGES, L"Some of the byte ranges overlap."},
        {BG_E_CONNECT_FAILURE, L"No connection could be made to the server."},
        {BG_E_CONNECTION_CLOSED, L"The connection was closed too early."},
        {BG_E_BLOCKED_BY_POLICY, L"A policy does not allow background jobs to run now."},
        {BG_E_INVALID_PROXY_INFO,
                L"The list of proxies, or of hosts that bypass them, is not valid."},
        {BG_E_INVALID_CREDENTIALS, L"The format of the credentials is not valid."},
        {BG_E_INVALID_HASH_ALGORITHM, L"The hash algorithm is not supported."},
        {BG_E_RECORD_DELETED, L"The cache record was deleted."},
        {BG_E_COMMIT_IN_PROGRESS, L"The cache record is being updated by another thread."},
        {BG_E_DISCOVERY_IN_PROGRESS, L"The search for neighbours is under way already."},
        {BG_E_UPNP_ERROR, L"Universal Plug and Play reported an error."},
        {BG_E_TEST_OPTION_BLOCKED_DOWNLOAD, L"A test option blocks the download."},
        {BG_E_PEERCACHING_DISABLED, L"Peer caching is disabled."},
        {BG_E_BUSYCACHERECORD, L"The cache record is in use."},
        {BG_E_TOO_MANY_JOBS_PER_USER, L"The user has as many jobs as the policy allows."},
        {BG_E_TOO_MANY_JOBS_PER_MACHINE, L"The computer has as many jobs as the policy allows."},
        {BG_E_TOO_MANY_FILES_IN_JOB, L"The job would have more files than the policy allows."},
        {BG_E_TOO_MANY_RANGES_IN_FILE,
                L"The file would have more byte ranges than the policy allows."},
        {BG_E_VALIDATION_FAILED, L"The application found the content of the file to be invalid."},
        {BG_E_MAXDOWNLOAD_TIMEOUT, L"The job took longer than the time it was given to download."},
        {BG_S_OVERRIDDEN_BY_POLICY, L"The setting was saved, but a policy overrides it."},
        {BG_E_TOKEN_REQUIRED, L"The job needs a helper token, which is not available."},
        {BG_E_UNKNOWN_PROPERTY_ID, L"There is no such property."},
        {BG_E_READ_ONLY_PROPERTY, L"The property cannot be set."},
        {BG_E_BLOCKED_BY_COST_TRANSFER_POLICY,
                L"The job's cost policy does not allow it to transfer on this network."},
        {BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY, L"Only download jobs have this property."},
        {BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE,
                L"The property cannot be set when the job has files already."},
        {BG_E_READ_ONLY_PROPERTY_AFTER_RESUME,
                L"The property cannot be set when the job was resumed already."},
        {BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE, L"The maximum download size must not be zero."},
        {BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED, L"The job has reached its maximum download size."},
        {BG_E_STANDBY_MODE, L"The computer is in standby."},
        {BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED,
                L"Stored credentials can be used for proxies only."},
        {BG_E_BLOCKED_BY_BATTERY_POLICY,
                L"The transfer waits while the computer runs on its battery."},
        {BG_E_BLOCKED_BY_BATTERY_SAVER, L"The transfer waits while the battery saver is on."},
        {BG_E_WATCHDOG_TIMEOUT, L"An operation did not end within its time."},
        {BG_E_APP_PACKAGE_NOT_FOUND, L"The package of the job's owner was not found."},
        {BG_E_APP_PACKAGE_SCENARIO_NOT_SUPPORTED,
                L"Packaged applications cannot use the service here."},
        {BG_E_DATABASE_CORRUPT, L"The stored state of the jobs is damaged."},
        {BG_E_RANDOM_ACCESS_NOT_SUPPORTED,
                L"Parts of this file cannot be asked for: "
                L"that needs a whole file of fixed content over HTTP."},
        {BG_E_BLOCKED_BY_BACKGROUND_ACCESS_POLICY,
                L"The owner's application may not work in the background now."},
        {BG_E_BLOCKED_BY_GAME_MODE, L"The transfer waits while a game runs."},
        {BG_E_BLOCKED_BY_SYSTEM_POLICY, L"The transfer waits for system resources."},
        {BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD,
                L"This cannot be done with a custom HTTP method."},
        {BG_E_UNSUPPORTED_JOB_CONFIGURATION, L"The job's other settings do not go with this."},
        {BG_E_REMOTE_FILE_CHANGED, L"The remote file was changed during the transfer."},
        {BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED,
                L"The callback that checks the server's certificate is not available."},
        {BG_E_READ_ONLY_WHEN_JOB_ACTIVE, L"This cannot be changed while the job is active."},
        {BG_E_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK,
                L"The error occurred in the callback that checks the server's certificate."},
        /* HTTP */
        {BG_E_HTTP_ERROR_100, L"HTTP status 100: the request can go on."},
        {BG_E_HTTP_ERROR_101, L"HTTP status 101: the server switched to another protocol."},
        {BG_E_HTTP_ERROR_200, L"HTTP status 200: the response is against the protocol."},
        {BG_E_HTTP_ERROR_201, L"HTTP status 201: a new resource was created."},
        {BG_E_HTTP_ERROR_202, L"HTTP status 202: the request was accepted, but is not done yet."},
        {BG_E_HTTP_ERROR_203,
                L"HTTP status 203: the headers do not come from the original server."},
        {BG_E_HTTP_ERROR_204, L"HTTP status 204: the server has nothing to send."},
        {BG_E_HTTP_ERROR_205, L"HTTP status 205: the response is against the protocol."},
        {BG_E_HTTP_ERROR_206, L"HTTP status 206: the server sent a part of the resource."},
        {BG_E_HTTP_ERROR_300, L"HTTP status 300: the server has several versions of the resource."},
        {BG_E_HTTP_ERROR_301, L"HTTP status 301: the resource has moved for good."},
        {BG_E_HTTP_ERROR_302, L"HTTP status 302: the resource is elsewhere for now."},
        {BG_E_HTTP_ERROR_303, L"HTTP status 303: the response is under another URL."},
        {BG_E_HTTP_ERROR_304, L"HTTP status 304: the response is against the protocol."},
        {BG_E_HTTP_ERROR_305, L"HTTP status 305: the resource must be fetched through a proxy."},
        {BG_E_HTTP_ERROR_307, L"HTTP status 307: the resource is elsewhere for now."},
        {BG_E_HTTP_ERROR_400, L"HTTP status 400: the server does not understand the request."},
        {BG_E_HTTP_ERROR_401, L"HTTP status 401: the server wants a user name and a password."},
        {BG_E_HTTP_ERROR_402, L"HTTP status 402: the server wants a payment."},
        {BG_E_HTTP_ERROR_403, L"HTTP status 403: the server does not give access to the resource."},
        {BG_E_HTTP_ERROR_404, L"HTTP status 404: the resource does not exist on the server."},
        {BG_E_HTTP_ERROR_405, L"HTTP status 405: the server does not allow the method."},
        {BG_E_HTTP_ERROR_406, L"HTTP status 406: the server has no acceptable response."},
        {BG_E_HTTP_ERROR_407, L"HTTP status 407: the proxy wants a user name and a password."},
        {BG_E_HTTP_ERROR_408, L"HTTP status 408: the server waited too long for the request."},
        {BG_E_HTTP_ERROR_409, L"HTTP status 409: the resource's state does not allow the request."},
        {BG_E_HTTP_ERROR_410, L"HTTP status 410: the resource is gone."},
        {BG_E_HTTP_ERROR_411, L"HTTP status 411: the server wants to know the request's length."},
        {BG_E_HTTP_ERROR_412, L"HTTP status 412: a condition of the request is not met."},
        {BG_E_HTTP_ERROR_413, L"HTTP status 413: the request is too large for the server."},
        {BG_E_HTTP_ERROR_414, L"HTTP status 414: the URL is too long for the server."},
        {BG_E_HTTP_ERROR_415, L"HTTP status 415: the server does not support the media type."},
        {BG_E_HTTP_ERROR_416, L"HTTP status 416: the byte range is not inside the resource."},
        {BG_E_HTTP_ERROR_417,
                L"HTTP status 417: the server cannot meet the request's expectation."},
        {BG_E_HTTP_ERROR_449, L"HTTP status 449: the server wants the request again, with more."},
        {BG_E_HTTP_ERROR_500, L"HTTP status 500: the server has an internal error."},
        {BG_E_HTTP_ERROR_501, L"HTTP status 501: the server cannot do what was requested."},
        {BG_E_HTTP_ERROR_502, L"HTTP status 502: the gateway got an invalid response."},
        {BG_E_HTTP_ERROR_503, L"HTTP status 503: the server is overloaded for now."},
        {BG_E_HTTP_ERROR_504, L"HTTP status 504: the gateway waited too long for a response."},
        {BG_E_HTTP_ERROR_505, L"HTTP status 505: the server does not support the version of HTTP."},
};

/* The errors of the Internet functions, whose texts are not among the system's. */
static const struct text internet_texts[] = {
        {12002, L"The request timed out."},
        {12005, L"The URL is not valid."},
        {12006, L"The scheme of the URL is not supported."},
        {12007, L"The name of the server could not be resolved."},
        {12015, L"The login was refused."},
        {12017, L"The request was cancelled."},
        {12029, L"No connection could be made to the server."},
        {12030, L"The connection with the server was closed."},
        {12031, L"The connection with the server was reset."},
        {12032, L"The request must be sent again."},
        {12037, L"The server's certificate has expired, or is not valid yet."},
        {12038, L"The server's certificate is for another host."},
        {12044, L"The server wants a client certificate."},
        {12045, L"The server's certificate comes from an unknown authority."},
        {12057, L"It could not be found out whether the server's certificate was revoked."},
        {12150, L"The server's response has no such header."},
        {12152, L"The server's response could not be understood."},
        {12156, L"The redirection failed."},
        {12157, L"The secure channel could not be set up."},
        {12163, L"The computer is not connected to the Internet."},
        {12164, L"The server cannot be reached."},
        {12165, L"The proxy cannot be reached."},
        {12169, L"The server's certificate is not valid."},
        {12170, L"The server's certificate was revoked."},
        {12175, L"The secure connection could not be made."},
        {12179, L"The server's certificate is not for servers."},
};

static const WCHAR *table_find(const struct text *table, size_t count, HRESULT code)
{
    for (size_t i = 0; i < count; i++)
    {
        if (table[i].code == code)
            return table[i].text;
    }
    return NULL;
}

const WCHAR *error_text(HRESULT code)
{
    const WCHAR *text = table_find(bits_texts, ARRAYSIZE(bits_texts), code);

    if (!text && FAILED(code) && HRESULT_FACILITY(code) == FACILITY_WIN32)
        text = table_find(internet_texts, ARRAYSIZE(internet_texts), HRESULT_CODE(code));
    return text;
}

const WCHAR *error_context_text(BG_ERROR_CONTEXT context)
{
    static const HRESULT codes[] = {
            [BG_ERROR_CONTEXT_NONE] = BG_S_ERROR_CONTEXT_NONE,
            [BG_ERROR_CONTEXT_UNKNOWN] = BG_E_ERROR_CONTEXT_UNKNOWN,
            [BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER] = BG_E_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER,
            [BG_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION] =
                    BG_E_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION,
            [BG_ERROR_CONTEXT_LOCAL_FILE] = BG_E_ERROR_CONTEXT_LOCAL_FILE,
            [BG_ERROR_CONTEXT_REMOTE_FILE] = BG_E_ERROR_CONTEXT_REMOTE_FILE,
            [BG_ERROR_CONTEXT_GENERAL_TRANSPORT] = BG_E_ERROR_CONTEXT_GENERAL_TRANSPORT,
            [BG_ERROR_CONTEXT_REMOTE_APPLICATION] = BG_E_ERROR_CONTEXT_REMOTE_APPLICATION,
            [BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK] =
                    BG_E_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK,
    };

    if ((unsigned int)context >= ARRAYSIZE(codes))
        context = BG_ERROR_CONTEXT_UNKNOWN;
    return error_text(codes[context]);
}
