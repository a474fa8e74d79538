/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test_class.h"

#include <stdio.h>
#include <wchar.h>

static WCHAR folder[MAX_PATH];

CLSID test_clsid(WORD number)
{
    CLSID clsid = {0x7e570000 | number, number, 0x4444, {0x88, 0x88, 0, 0, 0, 0, 0, 0}};

    *(DWORD *)(clsid.Data4 + 4) = GetCurrentProcessId();
    return clsid;
}

const WCHAR *server_copy(const WCHAR *name, WCHAR path[MAX_PATH])
{
    WCHAR source[MAX_PATH] = L"";
    WCHAR *end;

    if (!folder[0])
    {
        WCHAR parent[MAX_PATH];

        GetTempPathW(MAX_PATH, parent);
        swprintf(folder, MAX_PATH, L"%lsactivation-%lx", parent, GetCurrentProcessId());
        CreateDirectoryW(folder, NULL);
    }
    GetModuleFileNameW(NULL, source, MAX_PATH);
    end = wcsrchr(source, '\\');
    wcscpy(end + 1, L"test_server.dll");
    swprintf(path, MAX_PATH, L"%ls\\%ls", folder, name);
    if (!CopyFileW(source, path, FALSE) && GetLastError() != ERROR_SHARING_VIOLATION)
        bail_out("cannot copy %s to %s: %lu", tap_wstr(source), tap_wstr(path), GetLastError());
    return path;
}

void server_copies_delete(void)
{
    WCHAR path[MAX_PATH];
    WIN32_FIND_DATAW found;
    HANDLE search;

    swprintf(path, MAX_PATH, L"%ls\\*", folder);
    if ((search = FindFirstFileW(path, &found)) == INVALID_HANDLE_VALUE)
        return;
    do
    {
        if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        swprintf(path, MAX_PATH, L"%ls\\%ls", folder, found.cFileName);
        DeleteFileW(path);
    } while (FindNextFileW(search, &found));
    FindClose(search);
    RemoveDirectoryW(folder);
}

static void class_path(REFCLSID clsid, const WCHAR *subkey, WCHAR path[MAX_PATH])
{
    WCHAR text[40];

    StringFromGUID2(clsid, text, 40);
    swprintf(path, MAX_PATH, L"Software\\Classes\\CLSID\\%ls%ls%ls", text, *subkey ? L"\\" : L"",
            subkey);
}

void class_set_value(BOOL user, REFCLSID clsid, const WCHAR *subkey, const WCHAR *name, DWORD type,
        const WCHAR *text)
{
    WCHAR path[MAX_PATH];
    LONG result;
    HKEY key;

    class_path(clsid, subkey, path);
    result = RegCreateKeyExW(user ? HKEY_CURRENT_USER : HKEY_LOCAL_MACHINE, path, 0, NULL, 0,
            KEY_SET_VALUE, NULL, &key, NULL);
    if (result)
        bail_out("cannot write the registry: %ld", result);
    RegSetValueExW(key, name, 0, type, (const BYTE *)text, (wcslen(text) + 1) * sizeof(WCHAR));
    RegCloseKey(key);
}

void class_set_server(REFCLSID clsid, const WCHAR *path, const WCHAR *model)
{
    class_set_value(FALSE, clsid, L"InprocServer32", NULL, REG_SZ, path);
    if (model)
        class_set_value(FALSE, clsid, L"InprocServer32", L"ThreadingModel", REG_SZ, model);
}

void class_delete(REFCLSID clsid)
{
    WCHAR path[MAX_PATH];

    class_path(clsid, L"", path);
    RegDeleteTreeW(HKEY_LOCAL_MACHINE, path);
    RegDeleteTreeW(HKEY_CURRENT_USER, path);
}

struct thread_run
{
    DWORD flags;
    void (*function)(void *);
    void *argument;
};

static DWORD WINAPI thread_main(void *argument)
{
    struct thread_run *run = argument;

    if (run->flags != COINIT_NONE)
        CoInitializeEx(NULL, run->flags);
    run->function(run->argument);
    if (run->flags != COINIT_NONE)
        CoUninitialize();
    return 0;
}

void run_in_apartment(DWORD flags, void (*function)(void *), void *argument)
{
    struct thread_run run = {flags, function, argument};
    HANDLE thread = CreateThread(NULL, 0, thread_main, &run, 0, NULL);

    ok(WaitForSingleObject(thread, 30000) == WAIT_OBJECT_0, "the thread has ended");
    CloseHandle(thread);
}

void run_in_apartment_pumping(DWORD flags, void (*function)(void *), void *argument)
{
    struct thread_run run = {flags, function, argument};
    HANDLE thread = CreateThread(NULL, 0, thread_main, &run, 0, NULL);
    DWORD start = GetTickCount(), result;

    do
    {
        MSG message;

        result = MsgWaitForMultipleObjects(1, &thread, FALSE, 1000, QS_ALLINPUT);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    } while (result != WAIT_OBJECT_0 && GetTickCount() - start < 30000);
    ok(result == WAIT_OBJECT_0, "the thread has ended");
    CloseHandle(thread);
}

BOOL object_where(IUnknown *object, union object_place *place, const char *what)
{
    IPersist *persist;
    HRESULT hr;

    memset(place, 0, sizeof(*place));
    hr = IUnknown_QueryInterface(object, &IID_IPersist, (void **)&persist);
    if (!is_hr(hr, S_OK, "%s: IPersist", what))
        return FALSE;
    hr = IPersist_GetClassID(persist, &place->guid);
    IPersist_Release(persist);
    return is_hr(hr, S_OK, "%s: a call", what);
}
