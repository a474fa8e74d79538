/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server_class.h"

#include <stdio.h>
#include <wchar.h>

void server_class_command(const struct server_class *class, const WCHAR *mode, WCHAR *command,
        size_t size)
{
    WCHAR clsid[40], path[MAX_PATH];

    StringFromGUID2(&class->clsid, clsid, ARRAYSIZE(clsid));
    tap_peer_path(L"local_server_host.exe", path);
    swprintf(command, size, L"\"%ls\" %ls %ls %ls", path, clsid, mode, class->name);
}

void server_class_open(struct server_class *class, WORD number, const WCHAR *mode)
{
    WCHAR text[128], command[MAX_PATH * 2];

    memset(class, 0, sizeof(*class));
    class->clsid = test_clsid(number);
    swprintf(class->name, ARRAYSIZE(class->name), L"%ls-%u-%lu", mode, number,
            GetCurrentProcessId());
    swprintf(text, ARRAYSIZE(text), L"%ls%ls", LOCAL_SERVER_SECTION, class->name);
    class->section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
            sizeof(*class->state), text);
    class->state = MapViewOfFile(class->section, FILE_MAP_WRITE, 0, 0, sizeof(*class->state));
    swprintf(text, ARRAYSIZE(text), L"%ls%ls", LOCAL_SERVER_QUIT, class->name);
    class->quit = CreateEventW(NULL, TRUE, FALSE, text);
    swprintf(text, ARRAYSIZE(text), L"%ls%ls", LOCAL_SERVER_REVOKE, class->name);
    class->revoke = CreateEventW(NULL, FALSE, FALSE, text);
    if (!class->state || !class->quit || !class->revoke)
        bail_out("no shared memory or events: %lu", GetLastError());
    server_class_command(class, mode, command, ARRAYSIZE(command));
    class_set_value(FALSE, &class->clsid, L"LocalServer32", NULL, REG_SZ, command);
}

void server_class_close(struct server_class *class)
{
    SetEvent(class->quit);
    class_delete(&class->clsid);
    UnmapViewOfFile(class->state);
    CloseHandle(class->section);
    CloseHandle(class->quit);
    CloseHandle(class->revoke);
}

void server_class_kill(const struct server_class *class, DWORD process_id)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, process_id);

    harness_do("kill match=\"%ls\"", class->name);
    WaitForSingleObject(process, QUICK);
    CloseHandle(process);
}

DWORD object_process(IPersist *object)
{
    CLSID where = {0};

    return SUCCEEDED(IPersist_GetClassID(object, &where)) ? where.Data1 : 0;
}

DWORD activate(const CLSID *clsid, DWORD context, HRESULT *hr, IPersist **object)
{
    IPersist *made = NULL;
    DWORD process = 0;

    *hr = CoCreateInstance(clsid, NULL, context, &IID_IPersist, (void **)&made);
    if (SUCCEEDED(*hr))
        process = object_process(made);
    if (object)
        *object = made;
    else if (made)
        IPersist_Release(made);
    return process;
}

DWORD activate_well(const struct server_class *class, const char *what)
{
    HRESULT hr;
    DWORD process = activate(&class->clsid, CLSCTX_LOCAL_SERVER, &hr, NULL);

    is_hr(hr, S_OK, "%s", what);
    return process;
}

bool reaches(const volatile LONG *number, LONG value, const char *what)
{
    for (unsigned int i = 0; i < QUICK && *number < value; i++)
        Sleep(1);
    return is_int(*number, value, "%s", what);
}

bool process_ends(DWORD process_id, const char *what)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, process_id);
    bool ended = !process || WaitForSingleObject(process, 2 * QUICK) == WAIT_OBJECT_0;

    if (process)
        CloseHandle(process);
    return ok(ended, "%s", what);
}

/* --- AppIDs --- */

static void appid_path(const CLSID *clsid, WCHAR path[100])
{
    WCHAR text[40];

    StringFromGUID2(clsid, text, ARRAYSIZE(text));
    swprintf(path, 100, L"Software\\Classes\\AppID\\%ls", text);
}

void appid_set(const CLSID *clsid, const WCHAR *name, const WCHAR *value)
{
    WCHAR path[100];

    appid_path(clsid, path);
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, path, name, REG_SZ, value,
            (DWORD)(wcslen(value) + 1) * sizeof(WCHAR));
}

void appid_set_binary(const CLSID *clsid, const WCHAR *name, const void *data, DWORD size)
{
    WCHAR path[100];

    appid_path(clsid, path);
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, path, name, REG_BINARY, data, size);
}

void appid_delete(const CLSID *clsid)
{
    WCHAR path[100];

    appid_path(clsid, path);
    RegDeleteTreeW(HKEY_LOCAL_MACHINE, path);
}
