/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One of many clients of the broker:  crowd_client {CLSID}
 *
 * Offers a class object, has a running object, finds its own class object by the broker and looks
 * for the running object of the program that started it; prints how that went and lives until it
 * is killed.
 */
#include <windows.h>
#include <objbase.h>
#include <stdio.h>
#include <wchar.h>

#include "static_object.h"

#define LIFE 120000 /* ms at most */

static HRESULT factory_create(IUnknown *outer, REFIID iid, void **out)
{
    (void)outer;
    (void)iid;
    (void)out;
    return E_NOTIMPL;
}

STATIC_CLASS_OBJECT(factory);

static HRESULT running(IRunningObjectTable *table)
{
    IMoniker *moniker;
    WCHAR name[32];
    HRESULT hr;
    DWORD cookie;

    swprintf(name, ARRAYSIZE(name), L"of %lu", GetCurrentProcessId());
    hr = CreateItemMoniker(L"!", name, &moniker);
    if (FAILED(hr))
        return hr;
    hr = IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, (IUnknown *)&factory,
            moniker, &cookie);
    IMoniker_Release(moniker);
    return hr;
}

static HRESULT find(IRunningObjectTable *table)
{
    IUnknown *object;
    IMoniker *moniker;
    HRESULT hr = CreateItemMoniker(L"!", L"of the crowd", &moniker);

    if (FAILED(hr))
        return hr;
    hr = IRunningObjectTable_GetObject(table, moniker, &object);
    IMoniker_Release(moniker);
    if (hr == S_OK)
        IUnknown_Release(object);
    return hr;
}

int wmain(int argc, WCHAR **argv);

int wmain(int argc, WCHAR **argv)
{
    IRunningObjectTable *table;
    HRESULT results[3];
    DWORD cookie;
    CLSID clsid;

    if (argc < 2 || FAILED(CLSIDFromString(argv[1], &clsid)))
        return 1;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    GetRunningObjectTable(0, &table);
    results[0] = CoRegisterClassObject(&clsid, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER,
            REGCLS_MULTIPLEUSE, &cookie);
    results[1] = running(table);
    results[2] = find(table);
    printf("%08lx %08lx %08lx\n", results[0], results[1], results[2]);
    fflush(stdout);
    Sleep(LIFE);
    return 0;
}
