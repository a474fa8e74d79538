/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the registry has to say: where the server is, and which two interfaces are a pair. */
#include "kitchen_server.h"

#define CLASS L"Software\\Classes\\CLSID\\{2b1d9c7e-6a54-4f0b-8c1e-91d5a1c00003}"
#define SYNC L"{2b1d9c7e-6a54-4f0b-8c1e-91d5a1c00001}"
#define ASYNC L"{2b1d9c7e-6a54-4f0b-8c1e-91d5a1c00002}"
#define INTERFACES L"Software\\Classes\\Interface\\"

static HRESULT write(const WCHAR *key, const WCHAR *value)
{
    return HRESULT_FROM_WIN32(RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, NULL, REG_SZ, value,
            (DWORD)((lstrlenW(value) + 1) * sizeof(WCHAR))));
}

/* The rest of IKitchen's key, its proxies, is kitchen_proxy.dll's: regsvr32 kitchen_proxy.dll. */
HRESULT kitchen_register(BOOL remove)
{
    WCHAR path[MAX_PATH + 2] = L"\"";
    DWORD length = GetModuleFileNameW(NULL, path + 1, MAX_PATH);
    HRESULT hr;

    if (remove)
    {
        RegDeleteTreeW(HKEY_LOCAL_MACHINE, CLASS);
        RegDeleteTreeW(HKEY_LOCAL_MACHINE, INTERFACES ASYNC);
        RegDeleteTreeW(HKEY_LOCAL_MACHINE, INTERFACES SYNC L"\\AsynchronousInterface");
        return S_OK;
    }
    if (!length || length >= MAX_PATH)
        return E_FAIL;
    path[length + 1] = L'"';
    if (SUCCEEDED(hr = write(CLASS, L"Kitchen"))
            && SUCCEEDED(hr = write(CLASS L"\\LocalServer32", path))
            && SUCCEEDED(hr = write(INTERFACES ASYNC, L"AsyncIKitchen"))
            && SUCCEEDED(hr = write(INTERFACES ASYNC L"\\SynchronousInterface", SYNC)))
        hr = write(INTERFACES SYNC L"\\AsynchronousInterface", ASYNC);
    return hr;
}
