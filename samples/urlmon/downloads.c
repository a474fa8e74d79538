/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Downloads several URLs at once, on one thread, by priority:
 *
 *     downloads high http://host/a a.bin normal http://host/b b.bin low http://host/c c.bin
 *
 * Prints how far each is four times a second, and at last what became of them.
 */
#include "download.h"

#include <stdio.h>

#define DOWNLOADS_MAX 16

static LONG priority_named(const WCHAR *name)
{
    if (!wcscmp(name, L"high"))
        return THREAD_PRIORITY_ABOVE_NORMAL;
    if (!wcscmp(name, L"low"))
        return THREAD_PRIORITY_BELOW_NORMAL;
    return THREAD_PRIORITY_NORMAL;
}

static void print_progress(struct download **downloads, int count)
{
    for (int i = 0; i < count; i++)
        printf("%10lu/%-10lu", downloads[i]->received, downloads[i]->total);
    printf("\n");
    fflush(stdout);
}

static BOOL all_done(struct download **downloads, int count)
{
    for (int i = 0; i < count; i++)
    {
        if (!downloads[i]->done)
            return FALSE;
    }
    return TRUE;
}

int wmain(int argc, WCHAR **argv)
{
    struct download *downloads[DOWNLOADS_MAX];
    int count = 0, failed = 0;
    MSG message;

    if (argc < 4 || (argc - 1) % 3 || argc / 3 > DOWNLOADS_MAX)
    {
        fprintf(stderr, "usage: downloads (high|normal|low URL FILE)...\n");
        return 2;
    }
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    for (int i = 1; i + 2 < argc; i += 3)
        downloads[count++] = download_start(argv[i + 1], argv[i + 2], priority_named(argv[i]));

    /* The callbacks come while this thread looks for messages, and at no other time. */
    SetTimer(NULL, 0, 250, NULL);
    while (!all_done(downloads, count) && GetMessageW(&message, NULL, 0, 0) > 0)
    {
        if (message.message == WM_TIMER && !message.hwnd)
            print_progress(downloads, count);
        DispatchMessageW(&message);
    }

    for (int i = 0; i < count; i++)
    {
        printf("%ls: %#lx, %lu bytes\n", downloads[i]->url, downloads[i]->result,
                downloads[i]->received);
        failed += FAILED(downloads[i]->result);
        download_release(downloads[i]);
    }
    CoUninitialize();
    return failed ? 1 : 0;
}
