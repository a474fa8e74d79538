/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client of BITS in a process of its own: registers a callback object for a job, says "ready",
 * and then prints each call it gets, until it is killed.
 *
 *     callback_client {job} [version=1|2|3] [fail=N] [hang]
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callback_object.h"

static CRITICAL_SECTION section;

static void print(struct callback_object *object, const char *line)
{
    (void)object;
    EnterCriticalSection(&section);
    puts(line);
    fflush(stdout);
    LeaveCriticalSection(&section);
}

static int failed(const char *what, HRESULT hr)
{
    printf("failed: %s %08lx\n", what, (unsigned long)hr);
    fflush(stdout);
    return 1;
}

int main(int argc, char **argv)
{
    struct callback_object object;
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    WCHAR text[64] = L"";
    HRESULT hr;
    GUID id;

    InitializeCriticalSection(&section);
    callback_object_init(&object, 3, print);
    if (argc < 2)
        return 2;
    for (int i = 2; i < argc; i++)
    {
        sscanf(argv[i], "version=%d", &object.version);
        sscanf(argv[i], "fail=%ld", &object.fail);
        if (!strcmp(argv[i], "hang"))
            object.hang = CreateEventW(NULL, TRUE, FALSE, NULL);
    }
    MultiByteToWideChar(CP_ACP, 0, argv[1], -1, text, ARRAYSIZE(text));
    if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        return failed("CoInitializeEx", hr);
    if (FAILED(hr = CLSIDFromString(text, &id)))
        return failed("CLSIDFromString", hr);
    hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER,
            &IID_IBackgroundCopyManager, (void **)&manager);
    if (FAILED(hr))
        return failed("CoCreateInstance", hr);
    if (FAILED(hr = IBackgroundCopyManager_GetJob(manager, &id, &job)))
        return failed("GetJob", hr);
    hr = IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object));
    if (FAILED(hr))
        return failed("SetNotifyInterface", hr);
    print(NULL, "ready");
    Sleep(110000); /* less than the time limit of a test */
    return 0;
}
