/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client:  local_client {CLSID} [hold]
 *
 * Makes an instance of the class in its local server, prints the result and what
 * IPersist::GetClassID says: "HRESULT PROCESS MILLISECONDS", and with `hold` keeps the instance
 * until it is killed.
 */
#include <windows.h>
#include <objbase.h>
#include <stdio.h>

#define LIFE 60000 /* ms at most */

int wmain(int argc, WCHAR **argv);

int wmain(int argc, WCHAR **argv)
{
    CLSID clsid, where = {0};
    IPersist *object;
    ULONGLONG begin;
    HRESULT hr;

    if (argc < 2 || FAILED(CLSIDFromString(argv[1], &clsid)))
        return 1;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    begin = GetTickCount64();
    hr = CoCreateInstance(&clsid, NULL, CLSCTX_LOCAL_SERVER, &IID_IPersist, (void **)&object);
    if (SUCCEEDED(hr))
    {
        hr = IPersist_GetClassID(object, &where);
        if (argc < 3)
            IPersist_Release(object);
    }
    printf("%08lx %lu %lu\n", hr, where.Data1, (DWORD)(GetTickCount64() - begin));
    fflush(stdout);
    if (argc > 2)
        Sleep(LIFE);
    CoUninitialize();
    return 0;
}
