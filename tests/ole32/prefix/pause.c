/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A DLL whose registration takes as long as wanted, so that regsvr32 and what came up with it can
 * be looked at: it opens a window, says so by C:\paused, and waits for C:\go. */
#include <windows.h>

#define PATIENCE 100000 /* ms */

HRESULT WINAPI DllRegisterServer(void);

static BOOL file_exists(const WCHAR *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

HRESULT WINAPI DllRegisterServer(void)
{
    /* Where there is no display, Wine makes only windows for messages. */
    HWND window = CreateWindowW(L"STATIC", L"", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    ULONGLONG end = GetTickCount64() + PATIENCE;
    HANDLE file;

    if (!window)
        return E_FAIL;
    file = CreateFileW(L"C:\\paused", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return E_FAIL;
    CloseHandle(file);
    while (!file_exists(L"C:\\go") && GetTickCount64() < end)
        Sleep(50);
    DestroyWindow(window);
    return file_exists(L"C:\\go") ? S_OK : E_FAIL;
}
