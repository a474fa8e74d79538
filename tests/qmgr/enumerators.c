/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IEnumBackgroundCopyJobs and IEnumBackgroundCopyFiles, after their reference pages. */
#include "bits_client.h"

#include <stdio.h>
#include <wchar.h>

#define FILES 5

static void test_files(void)
{
    IBackgroundCopyJob *job = bits_job_new(L"enumerated");
    IEnumBackgroundCopyFiles *files = NULL, *clone = NULL;
    IBackgroundCopyFile *got[FILES + 2];
    WCHAR name[32], url[64], *text = NULL;
    ULONG count = 99, fetched = 0;

    for (int i = 0; i < FILES; i++)
    {
        swprintf(name, ARRAYSIZE(name), L"file%d.bin", i);
        swprintf(url, ARRAYSIZE(url), L"%ls%ls", BITS_URL, name);
        is_hr(IBackgroundCopyJob_AddFile(job, url, bits_path(name)), S_OK, "AddFile %d", i);
    }
    is_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK, "EnumFiles");
    is_hr(IEnumBackgroundCopyFiles_GetCount(files, &count), S_OK, "GetCount");
    is_uint(count, FILES, "the number of files");

    /* "a snapshot of the files in the job at the time you call the EnumFiles method" */
    IBackgroundCopyJob_AddFile(job, BITS_URL L"late.bin", bits_path(L"late.bin"));
    IEnumBackgroundCopyFiles_GetCount(files, &count);
    is_uint(count, FILES, "a file that is added later is not in it");

    is_hr(IEnumBackgroundCopyFiles_Next(files, 2, got, &fetched), S_OK, "Next(2)");
    is_uint(fetched, 2, "two fetched");
    IBackgroundCopyFile_GetLocalName(got[1], &text);
    is_given(text, bits_path(L"file1.bin"), "in order");
    IBackgroundCopyFile_Release(got[0]);
    IBackgroundCopyFile_Release(got[1]);

    is_hr(IEnumBackgroundCopyFiles_Clone(files, &clone), S_OK, "Clone");
    is_hr(IEnumBackgroundCopyFiles_Skip(files, 2), S_OK, "Skip(2)");
    fetched = 0;
    is_hr(IEnumBackgroundCopyFiles_Next(files, 2, got, &fetched), S_FALSE, "Next(2) of one");
    is_uint(fetched, 1, "one fetched");
    IBackgroundCopyFile_GetLocalName(got[0], &text);
    is_given(text, bits_path(L"file4.bin"), "the last one");
    IBackgroundCopyFile_Release(got[0]);
    is_hr(IEnumBackgroundCopyFiles_Next(files, 1, got, NULL), S_FALSE, "Next at the end");
    is_hr(IEnumBackgroundCopyFiles_Skip(files, 1), S_FALSE, "Skip at the end");

    if (clone)
    {
        fetched = 0;
        is_hr(IEnumBackgroundCopyFiles_Next(clone, 1, got, &fetched), S_OK, "Next of the clone");
        IBackgroundCopyFile_GetLocalName(got[0], &text);
        is_given(text, bits_path(L"file2.bin"), "goes on from where it was cloned");
        IBackgroundCopyFile_Release(got[0]);
        IEnumBackgroundCopyFiles_Release(clone);
    }

    is_hr(IEnumBackgroundCopyFiles_Reset(files), S_OK, "Reset");
    fetched = 0;
    is_hr(IEnumBackgroundCopyFiles_Next(files, FILES, got, &fetched), S_OK, "all at once");
    is_uint(fetched, FILES, "all fetched");
    for (ULONG i = 0; i < fetched; i++)
        IBackgroundCopyFile_Release(got[i]);
    IEnumBackgroundCopyFiles_Reset(files);
    is_hr(IEnumBackgroundCopyFiles_Skip(files, FILES + 1), S_FALSE, "Skip past the end");
    IEnumBackgroundCopyFiles_Reset(files);
    ok(FAILED(IEnumBackgroundCopyFiles_Next(files, 2, got, NULL)),
            "\"You can set pceltFetched to NULL if celt is one\", else not");
    ok(FAILED(IEnumBackgroundCopyFiles_Next(files, 1, NULL, &fetched)), "no array");
    ok(FAILED(IEnumBackgroundCopyFiles_GetCount(files, NULL)), "no place for the count");
    ok(FAILED(IEnumBackgroundCopyFiles_Clone(files, NULL)), "no place for the clone");

    /* The enumerator and its files keep the job alive. */
    is_hr(IBackgroundCopyJob_Cancel(job), S_OK, "Cancel");
    IBackgroundCopyJob_Release(job);
    is_hr(IEnumBackgroundCopyFiles_Next(files, 1, got, NULL), S_OK,
            "Next after the job was cancelled");
    IEnumBackgroundCopyFiles_Release(files);
    is_hr(IBackgroundCopyFile_GetLocalName(got[0], &text), S_OK,
            "a file outlives the other pointers");
    CoTaskMemFree(text);
    IBackgroundCopyFile_Release(got[0]);
}

static void test_jobs(void)
{
    IBackgroundCopyJob *jobs[3], *got[4], *late;
    IEnumBackgroundCopyJobs *all = NULL, *clone = NULL;
    ULONG count = 0, fetched = 0, total = 0;
    BG_JOB_STATE state = 99;
    HRESULT hr;

    for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
        jobs[i] = bits_job_new(L"one of three");
    is_hr(IBackgroundCopyManager_EnumJobs(bits_manager, 0, &all), S_OK, "EnumJobs");
    late = bits_job_new(L"late");
    is_hr(IEnumBackgroundCopyJobs_GetCount(all, &count), S_OK, "GetCount");
    is_uint(count, ARRAYSIZE(jobs), "a snapshot of the queue");
    is_hr(IEnumBackgroundCopyJobs_Skip(all, 1), S_OK, "Skip");
    is_hr(IEnumBackgroundCopyJobs_Clone(all, &clone), S_OK, "Clone");
    if (!clone)
    {
        for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
            bits_job_drop(jobs[i]);
        bits_job_drop(late);
        IEnumBackgroundCopyJobs_Release(all);
        return;
    }
    IEnumBackgroundCopyJobs_GetCount(clone, &count);
    is_uint(count, ARRAYSIZE(jobs), "the clone counts the same");
    hr = IEnumBackgroundCopyJobs_Next(clone, ARRAYSIZE(got), got, &fetched);
    is_hr(hr, S_FALSE, "Next with room for more");
    is_uint(fetched, 2, "gives the rest");
    /* "the property values of those jobs reflect the current values of the job" */
    for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
        IBackgroundCopyJob_Cancel(jobs[i]);
    for (ULONG i = 0; i < fetched; i++)
    {
        IBackgroundCopyJob_GetState(got[i], &state);
        is_int(state, BG_JOB_STATE_CANCELLED, "the state is the current one");
        IBackgroundCopyJob_Release(got[i]);
    }
    IEnumBackgroundCopyJobs_Reset(all);
    while (IEnumBackgroundCopyJobs_Next(all, 1, got, NULL) == S_OK)
    {
        total++;
        IBackgroundCopyJob_Release(got[0]);
    }
    is_uint(total, ARRAYSIZE(jobs), "the snapshot keeps jobs that have ended");
    IEnumBackgroundCopyJobs_Release(clone);
    IEnumBackgroundCopyJobs_Release(all);
    for (unsigned int i = 0; i < ARRAYSIZE(jobs); i++)
        IBackgroundCopyJob_Release(jobs[i]);
    bits_job_drop(late);
}

int main(void)
{
    bits_open();
    todo_builtin("Wine has only parts of this")
    {
        test_files();
        test_jobs();
    }
    bits_close();
    return done_testing();
}
