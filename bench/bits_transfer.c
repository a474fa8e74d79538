/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Times one BITS job: bits_transfer URL COUNT FOLDER fetches URL0.bin ... URL<COUNT-1>.bin into
 * FOLDER.
 *
 * Prints "ready" when the files are added, waits for a line on its input, then prints the seconds
 * from Resume until Complete has returned. Uses only what every BITS has, so that it runs on Wine's
 * too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include "bits.h"

#define POLL 10 /* ms between two looks at the job's state */

static int fail(const char *what, HRESULT hr)
{
    printf("failed: %s: %08lx\n", what, (unsigned long)hr);
    return 1;
}

static HRESULT add_files(IBackgroundCopyJob *job, const WCHAR *url, ULONG count,
        const WCHAR *folder)
{
    BG_FILE_INFO *infos = calloc(count, sizeof(*infos));
    HRESULT hr = infos ? S_OK : E_OUTOFMEMORY;

    for (ULONG i = 0; SUCCEEDED(hr) && i < count; i++)
    {
        infos[i].RemoteName = malloc(1024 * sizeof(WCHAR));
        infos[i].LocalName = malloc(1024 * sizeof(WCHAR));
        if (!infos[i].RemoteName || !infos[i].LocalName)
        {
            hr = E_OUTOFMEMORY;
            break;
        }
        _snwprintf(infos[i].RemoteName, 1024, L"%ls%lu.bin", url, i);
        _snwprintf(infos[i].LocalName, 1024, L"%ls\\%lu.bin", folder, i);
    }
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_AddFileSet(job, count, infos);
    for (ULONG i = 0; infos && i < count; i++)
    {
        free(infos[i].RemoteName);
        free(infos[i].LocalName);
    }
    free(infos);
    return hr;
}

static HRESULT wait_transferred(IBackgroundCopyJob *job)
{
    BG_JOB_STATE state;
    HRESULT hr;

    while (SUCCEEDED(hr = IBackgroundCopyJob_GetState(job, &state)))
    {
        if (state == BG_JOB_STATE_TRANSFERRED)
            return S_OK;
        if (state == BG_JOB_STATE_ERROR || state == BG_JOB_STATE_TRANSIENT_ERROR)
            return E_FAIL;
        Sleep(POLL);
    }
    return hr;
}

int wmain(int argc, WCHAR **argv);

int wmain(int argc, WCHAR **argv)
{
    LARGE_INTEGER begin, end, frequency;
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    char line[16];
    HRESULT hr;
    GUID id;

    if (argc != 4)
        return fail("usage: bits_transfer URL COUNT FOLDER", E_INVALIDARG);
    setvbuf(stdout, NULL, _IONBF, 0);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER,
                       &IID_IBackgroundCopyManager, (void **)&manager)))
        return fail("CoCreateInstance", hr);
    if (FAILED(hr = IBackgroundCopyManager_CreateJob(manager, L"bench", BG_JOB_TYPE_DOWNLOAD, &id,
                       &job)))
        return fail("CreateJob", hr);
    IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND);
    if (FAILED(hr = add_files(job, argv[1], wcstoul(argv[2], NULL, 10), argv[3])))
        return fail("AddFileSet", hr);
    printf("ready\n");
    if (!fgets(line, sizeof(line), stdin))
        return 1;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&begin);
    if (FAILED(hr = IBackgroundCopyJob_Resume(job)) || FAILED(hr = wait_transferred(job))
            || FAILED(hr = IBackgroundCopyJob_Complete(job)))
    {
        IBackgroundCopyJob_Cancel(job);
        return fail("transfer", hr);
    }
    QueryPerformanceCounter(&end);
    printf("%.3f\n", (double)(end.QuadPart - begin.QuadPart) / (double)frequency.QuadPart);
    if (!fgets(line, sizeof(line), stdin)) /* lets the measurer look at the service */
        return 1;
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    return 0;
}
