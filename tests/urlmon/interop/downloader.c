/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* downloader URL FILE: downloads, says "running" when data come and then its result. */
#include <stdio.h>

#include "fault_client.h"

static void say_running(ULONG progress)
{
    static BOOL said;

    if (!said && progress)
    {
        said = TRUE;
        printf("running\n");
        fflush(stdout);
    }
}

int wmain(int argc, WCHAR **argv);

int wmain(int argc, WCHAR **argv)
{
    struct fault_client client;
    HRESULT hr;

    if (argc != 3)
        return 2;
    CoInitialize(NULL);
    fault_client_init(&client);
    client.on_progress = say_running;
    hr = URLDownloadToFileW(NULL, argv[1], argv[2], 0, &client.IBindStatusCallback_iface);
    printf("%#lx\n", (unsigned long)hr);
    fflush(stdout);
    CoUninitialize();
    return FAILED(hr);
}
