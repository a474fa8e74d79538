/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IBackgroundCopyError, IBackgroundCopyJob::GetError, and the texts of errors. */
#include "bits_client.h"

#include <stdio.h>
#include <wchar.h>

#define GERMAN MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN)

static void test_descriptions(void)
{
    static const HRESULT codes[] = {BG_E_NOT_FOUND, BG_E_INVALID_STATE, BG_E_EMPTY,
            BG_E_HTTP_ERROR_404, BG_E_HTTP_ERROR_503, BG_E_TOO_MANY_FILES_IN_JOB,
            BG_E_VALIDATION_FAILED, BG_E_RANDOM_ACCESS_NOT_SUPPORTED, BG_S_PARTIAL_COMPLETE,
            BG_E_STRING_TOO_LONG};
    WCHAR *text = NULL, *other = NULL;
    HRESULT hr;

    for (unsigned int i = 0; i < ARRAYSIZE(codes); i++)
    {
        hr = IBackgroundCopyManager_GetErrorDescription(bits_manager, codes[i], BITS_ENGLISH,
                &text);
        todo_builtin("the texts are not there")
        {
            is_hr(hr, S_OK, "GetErrorDescription of %s", tap_hr(codes[i]));
            ok(SUCCEEDED(hr) && text && *text, "has a text: %s",
                    tap_wstr(SUCCEEDED(hr) ? text : NULL));
        }
        if (SUCCEEDED(hr))
            CoTaskMemFree(text);
        text = NULL;
    }
    hr = IBackgroundCopyManager_GetErrorDescription(bits_manager, E_ACCESSDENIED, BITS_ENGLISH,
            &text);
    if (is_hr(hr, S_OK, "the text of a code of the system"))
    {
        size_t length = wcslen(text);

        ok(length && text[length - 1] != '\n', "without a line end: %s", tap_wstr(text));
        CoTaskMemFree(text);
    }
    hr = IBackgroundCopyManager_GetErrorDescription(bits_manager, BG_E_HTTP_ERROR_404,
            MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_UK), &other);
    todo_builtin("the texts are not there")
        is_hr(hr, S_OK, "British English is English");
    if (SUCCEEDED(hr))
        CoTaskMemFree(other);
    hr = IBackgroundCopyManager_GetErrorDescription(bits_manager, BG_E_NOT_FOUND, GERMAN, &other);
    todo_builtin("the texts are not there")
        is_hr(hr, HRESULT_FROM_WIN32(ERROR_RESOURCE_LANG_NOT_FOUND),
                "\"No string is available for the locale\"");
    if (SUCCEEDED(hr))
        CoTaskMemFree(other);
    todo_builtin("another code")
    {
        hr = IBackgroundCopyManager_GetErrorDescription(bits_manager, BG_E_NOT_FOUND, 0, &other);
        is_hr(hr, E_INVALIDARG, "\"The LanguageId parameter cannot be 0\"");
    }
    hr = IBackgroundCopyManager_GetErrorDescription(bits_manager, 0x8abcdef0, BITS_ENGLISH, &other);
    ok(FAILED(hr), "a code that nobody knows has no text: %s", tap_hr(hr));
    hr = IBackgroundCopyManager_GetErrorDescription(bits_manager, BG_E_NOT_FOUND, BITS_ENGLISH,
            NULL);
    ok(FAILED(hr), "no place for the text: %s", tap_hr(hr));
}

static BG_JOB_STATE wait_for_error(IBackgroundCopyJob *job)
{
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;

    for (int i = 0; i < 300; i++)
    {
        if (FAILED(IBackgroundCopyJob_GetState(job, &state)) || state == BG_JOB_STATE_ERROR)
            break;
        Sleep(100);
    }
    return state;
}

static void test_error_object(IBackgroundCopyError *error, const WCHAR *url)
{
    BG_ERROR_CONTEXT context = 99;
    IBackgroundCopyFile *file = NULL;
    HRESULT code = S_OK, hr;
    WCHAR *text = NULL;

    is_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK,
            "IBackgroundCopyError::GetError");
    ok(FAILED(code), "the code is an error: %s", tap_hr(code));
    todo_builtin("another context")
        ok(context == BG_ERROR_CONTEXT_REMOTE_FILE || context == BG_ERROR_CONTEXT_GENERAL_TRANSPORT,
                "the context is the network or the remote file: %d", context);
    hr = IBackgroundCopyError_GetFile(error, &file);
    if (is_hr(hr, S_OK, "GetFile"))
    {
        IBackgroundCopyFile_GetRemoteName(file, &text);
        is_given(text, url, "the file that failed");
        IBackgroundCopyFile_Release(file);
    }
    todo_builtin("not implemented")
    {
        hr = IBackgroundCopyError_GetErrorDescription(error, BITS_ENGLISH, &text);
        is_hr(hr, S_OK, "GetErrorDescription");
        ok(SUCCEEDED(hr) && *text, "it says: %s", tap_wstr(SUCCEEDED(hr) ? text : NULL));
    }
    if (SUCCEEDED(hr))
        CoTaskMemFree(text);
    text = NULL;
    todo_builtin("not implemented")
    {
        hr = IBackgroundCopyError_GetErrorContextDescription(error, BITS_ENGLISH, &text);
        is_hr(hr, S_OK, "GetErrorContextDescription");
        ok(SUCCEEDED(hr) && *text, "it says: %s", tap_wstr(SUCCEEDED(hr) ? text : NULL));
    }
    if (SUCCEEDED(hr))
        CoTaskMemFree(text);
    text = NULL;
    todo_builtin("not implemented")
    {
        is_hr(IBackgroundCopyError_GetErrorContextDescription(error, 0, &text), E_INVALIDARG,
                "language 0");
        is_hr(IBackgroundCopyError_GetErrorDescription(error, 0, &text), E_INVALIDARG,
                "language 0");
        is_hr(IBackgroundCopyError_GetProtocol(error, &text), S_OK, "GetProtocol");
        is_given(text, L"http", "the protocol");
    }
}

static void test_job_error(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"will fail");
    IBackgroundCopyError *error = NULL;
    const WCHAR *url = L"http://127.0.0.1:9/nothing";
    ULONG count = 0;

    is_hr(IBackgroundCopyJob_GetError(job, &error), BG_E_ERROR_INFORMATION_UNAVAILABLE,
            "GetError of a new job");
    ok(!error, "and no pointer");
    is_hr(IBackgroundCopyJob_AddFile(job, url, bits_path(L"nothing.bin")), S_OK, "AddFile");
    /* "Set the retry period to 0 ... to force the job into the BG_JOB_STATE_ERROR state for all
     * errors." (SetNoProgressTimeout) */
    IBackgroundCopyJob_SetNoProgressTimeout(job, 0);
    IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND);
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    todo_builtin("stays in TRANSIENT_ERROR")
        is_int(wait_for_error(job), BG_JOB_STATE_ERROR, "the job is in error");
    if (is_hr(IBackgroundCopyJob_GetError(job, &error), S_OK, "GetError"))
    {
        test_error_object(error, url);
        IBackgroundCopyError_Release(error);
    }
    todo_builtin("not counted")
    {
        IBackgroundCopyJob_GetErrorCount(job, &count);
        is_uint(count, 1, "GetErrorCount");
    }
    bits_job_drop(job);
}

int main(void)
{
    bits_open();
    todo_builtin("Wine has only parts of this")
    {
        test_descriptions();
        test_job_error();
    }
    bits_close();
    return done_testing();
}
