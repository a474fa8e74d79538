/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process with running objects:  running_host NAME
 *
 * Does what running_host.h says, in a single-threaded apartment, until it is told to end.
 */
#include <wchar.h>

#include "document.h"
#include "running_host.h"

#include <oleauto.h>

static IRunningObjectTable *table;
static IUnknown *document;

static void document_take(IUnknown *next)
{
    if (document)
        IUnknown_Release(document);
    document = next;
}

static HRESULT do_register(struct host *host, const WCHAR *name)
{
    IMoniker *moniker;
    HRESULT hr = host_moniker(name, &moniker);

    if (FAILED(hr))
        return hr;
    hr = IRunningObjectTable_Register(table, host->flags, document, moniker, &host->cookie);
    IMoniker_Release(moniker);
    return hr;
}

static HRESULT do_many(struct host *host, BOOL churn)
{
    HRESULT hr = S_OK;
    WCHAR name[160];

    for (DWORD i = 0; i < host->count && SUCCEEDED(hr); i++)
    {
        if (churn && i)
            IRunningObjectTable_Revoke(table, host->cookie);
        swprintf(name, ARRAYSIZE(name), churn ? L"%ls" : L"%ls%lu", host->name, i);
        hr = do_register(host, name);
    }
    return hr;
}

static HRESULT do_find(const struct host *host)
{
    IUnknown *found = NULL;
    IPersist *persist;
    IMoniker *moniker;
    CLSID clsid;
    HRESULT hr = host_moniker(host->name, &moniker);

    if (SUCCEEDED(hr))
    {
        hr = IRunningObjectTable_GetObject(table, moniker, &found);
        IMoniker_Release(moniker);
    }
    if (hr != S_OK)
        return hr;
    hr = IUnknown_QueryInterface(found, &IID_IPersist, (void **)&persist);
    IUnknown_Release(found);
    if (FAILED(hr))
        return hr;
    hr = IPersist_GetClassID(persist, &clsid);
    IPersist_Release(persist);
    return hr;
}

static HRESULT host_do(struct host *host)
{
    switch (host->command)
    {
    case HOST_REGISTER:
        document_take(document_create());
        return do_register(host, host->name);
    case HOST_REVOKE:
        return IRunningObjectTable_Revoke(table, host->cookie);
    case HOST_NOTE:
        return IRunningObjectTable_NoteChangeTime(table, host->cookie, &host->time);
    case HOST_DROP:
        document_take(NULL);
        return S_OK;
    case HOST_MANY:
    case HOST_CHURN:
        document_take(document_create());
        return do_many(host, host->command == HOST_CHURN);
    case HOST_ACTIVE:
        return RegisterActiveObject(document, &host->clsid, ACTIVEOBJECT_STRONG, &host->cookie);
    case HOST_FIND:
        return do_find(host);
    default:
        return E_INVALIDARG;
    }
}

static HANDLE host_event(const WCHAR *format, const WCHAR *name)
{
    WCHAR text[128];

    swprintf(text, ARRAYSIZE(text), format, name);
    return OpenEventW(EVENT_MODIFY_STATE | SYNCHRONIZE, FALSE, text);
}

int wmain(int argc, WCHAR **argv);

int wmain(int argc, WCHAR **argv)
{
    HANDLE command, answer, section;
    struct host *host;
    WCHAR text[128];
    DWORD index;

    if (argc < 2)
        return 1;
    swprintf(text, ARRAYSIZE(text), HOST_SECTION, argv[1]);
    section = OpenFileMappingW(FILE_MAP_WRITE, FALSE, text);
    command = host_event(HOST_COMMAND, argv[1]);
    answer = host_event(HOST_ANSWER, argv[1]);
    if (!section || !command || !answer)
        return 1;
    host = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, sizeof(*host));
    CoInitialize(NULL);
    GetRunningObjectTable(0, &table);
    while (CoWaitForMultipleHandles(0, INFINITE, 1, &command, &index) == S_OK
            && host->command != HOST_END)
    {
        host->result = host_do(host);
        host->documents = document_count();
        SetEvent(answer);
    }
    document_take(NULL);
    IRunningObjectTable_Release(table);
    CoUninitialize();
    host->documents = document_count();
    SetEvent(answer);
    return 0;
}
