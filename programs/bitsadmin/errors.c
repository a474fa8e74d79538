/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors in words with their code, on standard error. */

#include <stdarg.h>
#include <wchar.h>

#include "bitsadmin.h"
#include "output.h"

/* Whether a code says that the service went away or never came, as opposed to having answered. */
bool hresult_is_service_lost(HRESULT hr)
{
    switch (hr)
    {
    case RPC_E_DISCONNECTED:
    case RPC_E_SERVER_DIED:
    case RPC_E_SERVER_DIED_DNE:
    case RPC_E_CONNECTION_TERMINATED:
    case RPC_E_CALL_REJECTED:
    case CO_E_OBJNOTCONNECTED:
    case CO_E_SERVER_EXEC_FAILURE:
    case CO_E_SERVER_STOPPING:
        return true;
    }
    if (HRESULT_FACILITY(hr) == FACILITY_WIN32 && FAILED(hr))
    {
        switch (HRESULT_CODE(hr))
        {
        case ERROR_BROKEN_PIPE:
        case ERROR_NO_DATA:
        case ERROR_PIPE_NOT_CONNECTED:
        case ERROR_SERVICE_REQUEST_TIMEOUT:
        case ERROR_SERVICE_DISABLED:
        case ERROR_SERVICE_DOES_NOT_EXIST:
        case ERROR_SERVICE_NOT_ACTIVE:
        case ERROR_PROCESS_ABORTED:
        case RPC_S_SERVER_UNAVAILABLE:
        case RPC_S_SERVER_TOO_BUSY:
        case RPC_S_CALL_FAILED:
        case RPC_S_CALL_FAILED_DNE:
        case RPC_S_COMM_FAILURE:
        case RPC_S_NO_ENDPOINT_FOUND:
        case EPT_S_NOT_REGISTERED:
            return true;
        }
    }
    return false;
}

static bool message_format(HMODULE module, DWORD code, struct text *text)
{
    DWORD flags = FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_IGNORE_INSERTS;
    WCHAR *message = NULL;

    flags |= module ? FORMAT_MESSAGE_FROM_HMODULE : FORMAT_MESSAGE_FROM_SYSTEM;
    if (!FormatMessageW(flags, module, code, 0, (WCHAR *)&message, 0, NULL) || !message)
    {
        return false;
    }
    text_append(text, message);
    text_trim(text);
    LocalFree(message);
    return true;
}

/* The HTTP statuses that BITS passes on have a facility of their own, and the errors of WinINet
 * have their texts in that DLL. */
static bool message_format_network(HRESULT hr, struct text *text)
{
    HMODULE module;
    bool found;

    if (HRESULT_FACILITY(hr) == FACILITY_HTTP)
    {
        text_printf(text, L"The server answered with HTTP status %u.", HRESULT_CODE(hr));
        return true;
    }
    if (HRESULT_FACILITY(hr) != FACILITY_WIN32 || HRESULT_CODE(hr) < 12000
            || HRESULT_CODE(hr) > 12999)
    {
        return false;
    }
    module = LoadLibraryExW(L"wininet.dll", NULL, LOAD_LIBRARY_AS_DATAFILE);
    if (!module)
    {
        return false;
    }
    found = message_format(module, HRESULT_CODE(hr), text);
    FreeLibrary(module);
    return found;
}

/* Appends the text of a code: from BITS where it has one (IBackgroundCopyManager::
 * GetErrorDescription), else from the system. */
void hresult_describe(struct context *context, HRESULT hr, struct text *text)
{
    WCHAR *description = NULL;

    if (context && context->manager && !hresult_is_service_lost(hr)
            && SUCCEEDED(IBackgroundCopyManager_GetErrorDescription(context->manager, hr,
                    LANGIDFROMLCID(GetThreadLocale()), &description))
            && description)
    {
        text_append(text, description);
        text_trim(text);
        CoTaskMemFree(description);
        return;
    }
    if (hr == E_NOINTERFACE)
    {
        text_append(text, L"This version of BITS does not support the command.");
        return;
    }
    if (!message_format(NULL, (DWORD)hr, text) && !message_format_network(hr, text))
    {
        text_append(text, L"There is no description of this code.");
    }
}

/* "Unable to <what> - 0x80200001", then the text of the code on a line of its own. Returns the exit
 * code that goes with it. */
int report_failure(struct context *context, HRESULT hr, const WCHAR *format, ...)
{
    struct text text = TEXT_INIT;
    va_list args;

    if (hr == HR_USAGE)
    {
        return EXIT_USAGE;
    }
    text_append(&text, L"Unable to ");
    va_start(args, format);
    text_vprintf(&text, format, args);
    va_end(args);
    text_printf(&text, L" - 0x%08lx\n", (unsigned long)hr);
    hresult_describe(context, hr, &text);
    text_append(&text, L"\n");
    output_error(text_get(&text));
    text_free(&text);
    return hresult_is_service_lost(hr) ? EXIT_SERVICE : EXIT_FAILED;
}

static void report_vprintf(const WCHAR *format, va_list args)
{
    struct text text = TEXT_INIT;

    text_vprintf(&text, format, args);
    text_append(&text, L"\n");
    output_error(text_get(&text));
    text_free(&text);
}

/* A message of the tool's own; returns exit_code. */
int report_error(int exit_code, const WCHAR *format, ...)
{
    va_list args;

    va_start(args, format);
    report_vprintf(format, args);
    va_end(args);
    return exit_code;
}

/* A message about an argument, for functions that return an HRESULT. */
HRESULT report_bad_argument(const WCHAR *format, ...)
{
    va_list args;

    va_start(args, format);
    report_vprintf(format, args);
    va_end(args);
    return HR_USAGE;
}

/* Appends the lines ERROR FILE, ERROR CODE and ERROR CONTEXT of a job's error, as in the sample of
 * "bitsadmin examples", each ended by line_break. */
HRESULT error_describe(IBackgroundCopyError *error, const WCHAR *line_break, struct text *text)
{
    DWORD language = LANGIDFROMLCID(GetThreadLocale());
    WCHAR *remote = NULL, *local = NULL, *description = NULL;
    IBackgroundCopyFile *file = NULL;
    BG_ERROR_CONTEXT where;
    HRESULT hr, code;

    hr = IBackgroundCopyError_GetError(error, &where, &code);
    if (FAILED(hr))
    {
        return hr;
    }

    if (SUCCEEDED(IBackgroundCopyError_GetFile(error, &file)) && file)
    {
        IBackgroundCopyFile_GetRemoteName(file, &remote);
        IBackgroundCopyFile_GetLocalName(file, &local);
        text_printf(text, L"ERROR FILE:    %ls -> %ls%ls", remote ? remote : L"UNKNOWN",
                local ? local : L"UNKNOWN", line_break);
        CoTaskMemFree(remote);
        CoTaskMemFree(local);
        IBackgroundCopyFile_Release(file);
    }

    text_printf(text, L"ERROR CODE:    0x%08lx - ", (unsigned long)code);
    if (SUCCEEDED(IBackgroundCopyError_GetErrorDescription(error, language, &description))
            && description)
    {
        text_append(text, description);
        text_trim(text);
        CoTaskMemFree(description);
    }
    else
    {
        hresult_describe(NULL, code, text);
    }
    text_append(text, line_break);

    description = NULL;
    text_printf(text, L"ERROR CONTEXT: 0x%08lx", (unsigned long)where);
    if (SUCCEEDED(IBackgroundCopyError_GetErrorContextDescription(error, language, &description))
            && description)
    {
        text_append(text, L" - ");
        text_append(text, description);
        text_trim(text);
        CoTaskMemFree(description);
    }
    text_append(text, line_break);
    return S_OK;
}
