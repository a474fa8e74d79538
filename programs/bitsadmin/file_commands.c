/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands about the files of a job. */

#include <limits.h>
#include <stdlib.h>
#include <wchar.h>

#include <bits2_0.h>
#include <bits3_0.h>
#include <bits3_ext.h>

#include "bitsadmin.h"
#include "output.h"

#define MAX_FILE_SET_BYTES (64 * 1024 * 1024)

static int addfile_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    HRESULT hr;

    (void)argc;
    hr = IBackgroundCopyJob_AddFile(job, argv[0], argv[1]);
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"add file to job");
    }
    if (!context->raw)
    {
        output_printf(L"Added %ls -> %ls to job.\n", argv[0], argv[1]);
    }
    return EXIT_DONE;
}

/* Reads a text file as UTF-16 (by its byte order mark), UTF-8, or the system's code page, and ends
 * it with a zero. The caller frees the text. */
static HRESULT text_file_read(const WCHAR *path, WCHAR **text)
{
    UINT code_page = CP_UTF8;
    DWORD flags = MB_ERR_INVALID_CHARS, read = 0;
    HRESULT hr = S_OK;
    LARGE_INTEGER size;
    char *bytes = NULL, *start;
    WCHAR *wide = NULL;
    HANDLE file;
    int length;

    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
    {
        return HRESULT_FROM_WIN32(GetLastError());
    }
    if (!GetFileSizeEx(file, &size))
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
    }
    else if (size.QuadPart > MAX_FILE_SET_BYTES)
    {
        hr = HRESULT_FROM_WIN32(ERROR_FILE_TOO_LARGE);
    }
    else if (!(bytes = malloc((size_t)size.QuadPart + sizeof(WCHAR))))
    {
        hr = E_OUTOFMEMORY;
    }
    else if (!ReadFile(file, bytes, (DWORD)size.QuadPart, &read, NULL))
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
    }
    CloseHandle(file);
    if (FAILED(hr))
    {
        free(bytes);
        return hr;
    }

    if (read >= 2 && (BYTE)bytes[0] == 0xff && (BYTE)bytes[1] == 0xfe)
    {
        length = (int)(read / sizeof(WCHAR)) - 1;
        wide = malloc(((size_t)length + 1) * sizeof(*wide));
        if (wide)
        {
            memcpy(wide, bytes + 2, (size_t)length * sizeof(*wide));
        }
    }
    else
    {
        start = bytes;
        if (read >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
        {
            start += 3;
            read -= 3;
        }
        length = MultiByteToWideChar(code_page, flags, start, (int)read, NULL, 0);
        if (!length && read)
        {
            code_page = CP_ACP;
            flags = 0;
            length = MultiByteToWideChar(code_page, flags, start, (int)read, NULL, 0);
        }
        wide = malloc(((size_t)length + 1) * sizeof(*wide));
        if (wide && length)
        {
            MultiByteToWideChar(code_page, flags, start, (int)read, wide, length);
        }
    }
    free(bytes);
    if (!wide)
    {
        return E_OUTOFMEMORY;
    }
    wide[length] = 0;
    *text = wide;
    return S_OK;
}

/* Takes the next name off a line: up to white space, or in quotes. NULL at the line's end. */
static WCHAR *name_take(WCHAR **line)
{
    WCHAR *start = *line + wcsspn(*line, L" \t\r");
    WCHAR *end;

    if (!*start)
    {
        *line = start;
        return NULL;
    }
    if (*start == '"')
    {
        ++start;
        end = start + wcscspn(start, L"\"");
    }
    else
    {
        end = start + wcscspn(start, L" \t\r");
    }
    *line = *end ? end + 1 : end;
    *end = 0;
    return start;
}

/* "bitsadmin addfileset": a line of the text file is a remote name, white space and a local name;
 * lines that begin with # are comments. All files are added in one call, or none of them. */
static int addfileset_run(struct context *context, IBackgroundCopyJob *job, int argc, WCHAR **argv)
{
    WCHAR *text = NULL, *line, *next;
    BG_FILE_INFO *files = NULL;
    int result = EXIT_DONE;
    ULONG count = 0, capacity = 0, number = 0;
    HRESULT hr;

    (void)argc;
    hr = text_file_read(argv[0], &text);
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"read the file set from %ls", argv[0]);
    }

    for (line = text; line && *line; line = next)
    {
        WCHAR *remote, *local;

        ++number;
        next = wcschr(line, '\n');
        if (next)
        {
            *next++ = 0;
        }
        if (*line == '#' || !(remote = name_take(&line)))
        {
            continue;
        }
        local = name_take(&line);
        if (!local || name_take(&line))
        {
            result = report_error(EXIT_FAILED,
                    L"Line %lu of %ls is not a remote name and a local name.", number, argv[0]);
            break;
        }
        if (count == capacity)
        {
            BG_FILE_INFO *larger;

            capacity = capacity ? capacity * 2 : 64;
            larger = realloc(files, capacity * sizeof(*files));
            if (!larger)
            {
                result = report_failure(context, E_OUTOFMEMORY, L"read the file set");
                break;
            }
            files = larger;
        }
        files[count].RemoteName = remote;
        files[count].LocalName = local;
        ++count;
    }

    if (result == EXIT_DONE && !count)
    {
        result = report_error(EXIT_FAILED, L"There are no files in %ls.", argv[0]);
    }
    if (result == EXIT_DONE)
    {
        hr = IBackgroundCopyJob_AddFileSet(job, count, files);
        if (FAILED(hr))
        {
            result = report_failure(context, hr, L"add file set to job");
        }
        else if (!context->raw)
        {
            output_printf(L"Added %lu file(s) to job.\n", count);
        }
    }
    free(files);
    free(text);
    return result;
}

/* A list of offset:length pairs, separated by commas; a length may be eof. The caller frees the
 * ranges. Returns false when the list is anything else. */
static bool ranges_parse(WCHAR *list, BG_FILE_RANGE **ranges, DWORD *count)
{
    WCHAR *item, *next;
    DWORD items = 1, i = 0;

    for (item = list; *item; ++item)
    {
        items += *item == ',';
    }
    *ranges = calloc(items, sizeof(**ranges));
    if (!*ranges)
    {
        return false;
    }
    for (item = list; item; item = next)
    {
        WCHAR *length;

        next = wcschr(item, ',');
        if (next)
        {
            *next++ = 0;
        }
        length = wcschr(item, ':');
        if (!length)
        {
            return false;
        }
        *length++ = 0;
        if (!number_parse(item, _UI64_MAX, &(*ranges)[i].InitialOffset))
        {
            return false;
        }
        if (!_wcsicmp(length, L"eof"))
        {
            (*ranges)[i].Length = BG_LENGTH_TO_EOF;
        }
        else if (!number_parse(length, _UI64_MAX - 1, &(*ranges)[i].Length))
        {
            return false;
        }
        ++i;
    }
    *count = i;
    return true;
}

static int addfilewithranges_run(struct context *context, IBackgroundCopyJob *job, int argc,
        WCHAR **argv)
{
    BG_FILE_RANGE *ranges = NULL;
    IBackgroundCopyJob3 *job3;
    DWORD count = 0;
    HRESULT hr;

    (void)argc;
    if (!ranges_parse(argv[2], &ranges, &count))
    {
        free(ranges);
        return report_error(EXIT_USAGE,
                L"Invalid range list. It is a comma-delimited list of offset:length pairs.");
    }
    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob3_AddFileWithRanges(job3, argv[0], argv[1], count, ranges);
        IBackgroundCopyJob3_Release(job3);
    }
    free(ranges);
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"add file to job");
    }
    if (!context->raw)
    {
        output_printf(L"Added %ls -> %ls to job.\n", argv[0], argv[1]);
    }
    return EXIT_DONE;
}

static int replaceremoteprefix_run(struct context *context, IBackgroundCopyJob *job, int argc,
        WCHAR **argv)
{
    IBackgroundCopyJob3 *job3;
    HRESULT hr;

    (void)argc;
    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob3_ReplaceRemotePrefix(job3, argv[0], argv[1]);
        IBackgroundCopyJob3_Release(job3);
    }
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"replace the remote prefix");
    }
    if (!context->raw)
    {
        output_printf(hr == S_FALSE ? L"No remote name begins with %ls.\n"
                                    : L"Replaced remote prefix %ls by %ls.\n",
                argv[0], argv[1]);
    }
    return EXIT_DONE;
}

/* The file of a job whose index, from 0, is an argument. */
static HRESULT file_open(IBackgroundCopyJob *job, const WCHAR *argument,
        IBackgroundCopyFile3 **file3)
{
    IBackgroundCopyFile *file;
    UINT64 index;
    HRESULT hr;

    if (!number_parse(argument, LONG_MAX, &index))
    {
        return report_bad_argument(L"Invalid file index \"%ls\".", argument);
    }
    hr = job_get_file(job, (ULONG)index, &file);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile3, (void **)file3);
        IBackgroundCopyFile_Release(file);
    }
    return hr;
}

static int gettemporaryname_run(struct context *context, IBackgroundCopyJob *job, int argc,
        WCHAR **argv)
{
    IBackgroundCopyFile3 *file;
    WCHAR *name = NULL;
    HRESULT hr;

    (void)argc;
    hr = file_open(job, argv[0], &file);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyFile3_GetTemporaryName(file, &name);
        IBackgroundCopyFile3_Release(file);
    }
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"get the temporary name");
    }
    output_printf(context->raw ? L"%ls" : L"%ls\n", name);
    CoTaskMemFree(name);
    return EXIT_DONE;
}

static int getvalidationstate_run(struct context *context, IBackgroundCopyJob *job, int argc,
        WCHAR **argv)
{
    IBackgroundCopyFile3 *file;
    BOOL state = FALSE;
    HRESULT hr;

    (void)argc;
    hr = file_open(job, argv[0], &file);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyFile3_GetValidationState(file, &state);
        IBackgroundCopyFile3_Release(file);
    }
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"get the validation state");
    }
    output_printf(context->raw ? L"%ls" : L"%ls\n", state ? L"TRUE" : L"FALSE");
    return EXIT_DONE;
}

static int setvalidationstate_run(struct context *context, IBackgroundCopyJob *job, int argc,
        WCHAR **argv)
{
    IBackgroundCopyFile3 *file;
    BOOL state = !_wcsicmp(argv[1], L"TRUE");
    HRESULT hr;

    (void)argc;
    if (!state && _wcsicmp(argv[1], L"FALSE"))
    {
        return report_error(EXIT_USAGE, L"Invalid validation state \"%ls\": TRUE or FALSE.",
                argv[1]);
    }
    hr = file_open(job, argv[0], &file);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyFile3_SetValidationState(file, state);
        IBackgroundCopyFile3_Release(file);
    }
    if (FAILED(hr))
    {
        return report_failure(context, hr, L"set the validation state");
    }
    if (!context->raw)
    {
        output_printf(L"Validation state set to %ls.\n", state ? L"TRUE" : L"FALSE");
    }
    return EXIT_DONE;
}

/* clang-format off */
const struct command file_commands[] =
{
    { L"ADDFILE", L"job remote_url local_name", 2, 2, true, addfile_run },
    { L"ADDFILESET", L"job text_file", 1, 1, true, addfileset_run },
    { L"ADDFILEWITHRANGES", L"job remote_url local_name offset:length[,offset:length|eof...]",
            3, 3, true, addfilewithranges_run },
    { L"REPLACEREMOTEPREFIX", L"job old_prefix new_prefix", 2, 2, true, replaceremoteprefix_run },
    { L"GETTEMPORARYNAME", L"job file_index", 1, 1, true, gettemporaryname_run },
    { L"GETVALIDATIONSTATE", L"job file_index", 1, 1, true, getvalidationstate_run },
    { L"SETVALIDATIONSTATE", L"job file_index TRUE|FALSE", 2, 2, true, setvalidationstate_run },
    { NULL, NULL, 0, 0, false, NULL }
};
/* clang-format on */
