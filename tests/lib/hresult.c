/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* tap_hr(): the names of the result codes which the tests meet. */

#include "../tap.h"

#include <stdio.h>

#include <bitsmsg.h>

#define CODE(name)                                                                                 \
    {                                                                                              \
        (HRESULT)(name), #name                                                                     \
    }
#define HTTP(status)                                                                               \
    {                                                                                              \
        (HRESULT)(0x80190000 | (status)), "BG_E_HTTP_ERROR_" #status                               \
    }

static const struct
{
    HRESULT value;
    const char *name;
} codes[] = {
        CODE(S_OK),
        CODE(S_FALSE),
        CODE(E_NOTIMPL),
        CODE(E_NOINTERFACE),
        CODE(E_POINTER),
        CODE(E_ABORT),
        CODE(E_FAIL),
        CODE(E_UNEXPECTED),
        CODE(E_ACCESSDENIED),
        CODE(E_HANDLE),
        CODE(E_OUTOFMEMORY),
        CODE(E_INVALIDARG),
        CODE(E_PENDING),
        CODE(CO_E_NOTINITIALIZED),
        CODE(CO_E_SERVER_EXEC_FAILURE),
        CODE(CO_E_OBJNOTCONNECTED),
        CODE(CO_E_CLASSSTRING),
        CODE(CO_E_APPNOTFOUND),
        CODE(CLASS_E_NOAGGREGATION),
        CODE(CLASS_E_CLASSNOTAVAILABLE),
        CODE(REGDB_E_CLASSNOTREG),
        CODE(REGDB_E_IIDNOTREG),
        CODE(RPC_E_CHANGED_MODE),
        CODE(RPC_E_DISCONNECTED),
        CODE(RPC_E_SERVERFAULT),
        CODE(RPC_E_CALL_CANCELED),
        CODE(RPC_E_CALL_REJECTED),
        CODE(RPC_E_WRONG_THREAD),
        CODE(RPC_E_SERVER_DIED),
        CODE(RPC_E_SERVER_DIED_DNE),
        CODE(RPC_E_TIMEOUT),
        CODE(RPC_E_CANTCALLOUT_ININPUTSYNCCALL),
        CODE(MK_E_SYNTAX),
        CODE(MK_E_NOOBJECT),
        CODE(MK_E_UNAVAILABLE),
        CODE(BG_E_BLOCKED_BY_POLICY),
        CODE(BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH),
        CODE(BG_E_CONNECTION_CLOSED),
        CODE(BG_E_CONNECT_FAILURE),
        CODE(BG_E_DESTINATION_LOCKED),
        CODE(BG_E_EMPTY),
        CODE(BG_E_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER),
        CODE(BG_E_ERROR_CONTEXT_GENERAL_TRANSPORT),
        CODE(BG_E_ERROR_CONTEXT_LOCAL_FILE),
        CODE(BG_E_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION),
        CODE(BG_E_ERROR_CONTEXT_REMOTE_APPLICATION),
        CODE(BG_E_ERROR_CONTEXT_REMOTE_FILE),
        CODE(BG_E_ERROR_CONTEXT_UNKNOWN),
        CODE(BG_E_ERROR_INFORMATION_UNAVAILABLE),
        CODE(BG_E_FILE_NOT_AVAILABLE),
        CODE(BG_E_FILE_NOT_FOUND),
        CODE(BG_E_INSUFFICIENT_HTTP_SUPPORT),
        CODE(BG_E_INSUFFICIENT_RANGE_SUPPORT),
        CODE(BG_E_INVALID_AUTH_SCHEME),
        CODE(BG_E_INVALID_AUTH_TARGET),
        CODE(BG_E_INVALID_CREDENTIALS),
        CODE(BG_E_INVALID_PROXY_INFO),
        CODE(BG_E_INVALID_RANGE),
        CODE(BG_E_INVALID_SERVER_RESPONSE),
        CODE(BG_E_INVALID_STATE),
        CODE(BG_E_KEEP_ALIVE_FAILURE),
        CODE(BG_E_LOCAL_FILE_CHANGED),
        CODE(BG_E_MESSAGE_LENGTH_LIMIT_EXCEEDED),
        CODE(BG_E_MISSING_FILE_SIZE),
        CODE(BG_E_NAME_RESOLUTION_FAILURE),
        CODE(BG_E_NETWORK_DISCONNECTED),
        CODE(BG_E_NEW_OWNER_DIFF_MAPPING),
        CODE(BG_E_NEW_OWNER_NO_FILE_ACCESS),
        CODE(BG_E_NOT_FOUND),
        CODE(BG_E_NO_PROGRESS),
        CODE(BG_E_OVERLAPPING_RANGES),
        CODE(BG_E_PASSWORD_TOO_LARGE),
        CODE(BG_E_PENDING),
        CODE(BG_E_PIPELINE_FAILURE),
        CODE(BG_E_PROTOCOL_ERROR),
        CODE(BG_E_PROTOCOL_NOT_AVAILABLE),
        CODE(BG_E_PROXY_BYPASS_LIST_TOO_LARGE),
        CODE(BG_E_PROXY_LIST_TOO_LARGE),
        CODE(BG_E_PROXY_NAME_RESOLUTION_FAILURE),
        CODE(BG_E_RECEIVE_FAILURE),
        CODE(BG_E_REMOTE_NOT_SUPPORTED),
        CODE(BG_E_REQUEST_CANCELED),
        CODE(BG_E_SECURE_CHANNEL_FAILURE),
        CODE(BG_E_SEND_FAILURE),
        CODE(BG_E_SERVER_EXECUTE_ENABLE),
        CODE(BG_E_SERVER_PROTOCOL_VIOLATION),
        CODE(BG_E_SESSION_NOT_FOUND),
        CODE(BG_E_STRING_TOO_LONG),
        CODE(BG_E_TIMEOUT),
        CODE(BG_E_TOO_LARGE),
        CODE(BG_E_TOO_MANY_FILES),
        CODE(BG_E_TRUST_FAILURE),
        CODE(BG_E_UNKNOWN_ERROR),
        CODE(BG_E_USERNAME_TOO_LARGE),
        CODE(BG_E_VOLUME_CHANGED),
        CODE(BG_S_ERROR_CONTEXT_NONE),
        CODE(BG_S_PARTIAL_COMPLETE),
        CODE(BG_S_PROXY_CHANGED),
        CODE(BG_S_UNABLE_TO_DELETE_FILES),
        HTTP(100),
        HTTP(101),
        HTTP(200),
        HTTP(201),
        HTTP(202),
        HTTP(203),
        HTTP(204),
        HTTP(205),
        HTTP(206),
        HTTP(300),
        HTTP(301),
        HTTP(302),
        HTTP(303),
        HTTP(304),
        HTTP(305),
        HTTP(307),
        HTTP(400),
        HTTP(401),
        HTTP(402),
        HTTP(403),
        HTTP(404),
        HTTP(405),
        HTTP(406),
        HTTP(407),
        HTTP(408),
        HTTP(409),
        HTTP(410),
        HTTP(411),
        HTTP(412),
        HTTP(413),
        HTTP(414),
        HTTP(415),
        HTTP(416),
        HTTP(417),
        HTTP(449),
        HTTP(500),
        HTTP(501),
        HTTP(502),
        HTTP(503),
        HTTP(504),
        HTTP(505),
};

/* The Win32 errors that come as HRESULT_FROM_WIN32(). */
static const struct
{
    DWORD value;
    const char *name;
} errors[] = {
        {ERROR_FILE_NOT_FOUND, "ERROR_FILE_NOT_FOUND"},
        {ERROR_PATH_NOT_FOUND, "ERROR_PATH_NOT_FOUND"},
        {ERROR_ACCESS_DENIED, "ERROR_ACCESS_DENIED"},
        {ERROR_INVALID_HANDLE, "ERROR_INVALID_HANDLE"},
        {ERROR_SHARING_VIOLATION, "ERROR_SHARING_VIOLATION"},
        {ERROR_NOT_SUPPORTED, "ERROR_NOT_SUPPORTED"},
        {ERROR_DISK_FULL, "ERROR_DISK_FULL"},
        {ERROR_INVALID_NAME, "ERROR_INVALID_NAME"},
        {ERROR_ALREADY_EXISTS, "ERROR_ALREADY_EXISTS"},
        {ERROR_FILE_EXISTS, "ERROR_FILE_EXISTS"},
        {ERROR_BAD_PATHNAME, "ERROR_BAD_PATHNAME"},
        {ERROR_DIRECTORY, "ERROR_DIRECTORY"},
        {ERROR_MORE_DATA, "ERROR_MORE_DATA"},
        {ERROR_NOT_FOUND, "ERROR_NOT_FOUND"},
        {ERROR_INVALID_DATA, "ERROR_INVALID_DATA"},
        {ERROR_INSUFFICIENT_BUFFER, "ERROR_INSUFFICIENT_BUFFER"},
        {ERROR_NO_MORE_ITEMS, "ERROR_NO_MORE_ITEMS"},
        {ERROR_CANCELLED, "ERROR_CANCELLED"},
        {ERROR_TIMEOUT, "ERROR_TIMEOUT"},
        {ERROR_SERVICE_DISABLED, "ERROR_SERVICE_DISABLED"},
        {ERROR_SERVICE_NOT_ACTIVE, "ERROR_SERVICE_NOT_ACTIVE"},
        {ERROR_SERVICE_DOES_NOT_EXIST, "ERROR_SERVICE_DOES_NOT_EXIST"},
        {ERROR_BUFFER_OVERFLOW, "ERROR_BUFFER_OVERFLOW"},
        {RPC_S_SERVER_UNAVAILABLE, "RPC_S_SERVER_UNAVAILABLE"},
        {RPC_S_CALL_FAILED, "RPC_S_CALL_FAILED"},
        {RPC_S_CALL_FAILED_DNE, "RPC_S_CALL_FAILED_DNE"},
        {RPC_X_NULL_REF_POINTER, "RPC_X_NULL_REF_POINTER"},
        {RPC_X_BAD_STUB_DATA, "RPC_X_BAD_STUB_DATA"},
        {RPC_S_CALL_CANCELLED, "RPC_S_CALL_CANCELLED"},
        {ERROR_NOT_LOGGED_ON, "ERROR_NOT_LOGGED_ON"},
};

static const char *code_name(HRESULT hr)
{
    for (size_t i = 0; i < ARRAYSIZE(codes); i++)
    {
        if (codes[i].value == hr)
            return codes[i].name;
    }
    if (HRESULT_FACILITY(hr) == FACILITY_WIN32 && FAILED(hr))
    {
        for (size_t i = 0; i < ARRAYSIZE(errors); i++)
        {
            if (errors[i].value == (DWORD)HRESULT_CODE(hr))
                return errors[i].name;
        }
    }
    return NULL;
}

const char *tap_hr(HRESULT hr)
{
    static __thread char buffers[16][80];
    static __thread unsigned int next;
    char *out = buffers[next++ % ARRAYSIZE(buffers)];
    const char *name = code_name(hr);

    if (name)
        __mingw_snprintf(out, sizeof(buffers[0]), "%#010lx %s", (unsigned long)hr, name);
    else
        __mingw_snprintf(out, sizeof(buffers[0]), "%#010lx", (unsigned long)hr);
    return out;
}
