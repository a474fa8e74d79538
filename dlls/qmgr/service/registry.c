/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Registration: the service BITS in svchost's group netsvcs, the activator bitsact, the AppID that
 * starts the service, and the CLSIDs.
 */
#include <stdio.h>

#include "rendezvous.h"
#include "service.h"
#include "trace.h"

#define APPID L"{69AD4AEE-51BE-439B-A92C-86AE490E8B30}" /* AppID of BITS */
#define SVCHOST_GROUPS L"Software\\Microsoft\\Windows NT\\CurrentVersion\\SvcHost"
#define PARAMETERS L"System\\CurrentControlSet\\Services\\BITS\\Parameters"

static HRESULT set_string(HKEY root, const WCHAR *path, const WCHAR *name, const WCHAR *value,
        DWORD type)
{
    return HRESULT_FROM_WIN32(RegSetKeyValueW(root, path, name, type, value,
            (DWORD)(wcslen(value) + 1) * sizeof(WCHAR)));
}

static HRESULT register_class(const struct bits_class *class)
{
    WCHAR path[64] = L"CLSID\\";
    HRESULT hr;

    StringFromGUID2(class->clsid, path + 6, ARRAYSIZE(path) - 6);
    if (FAILED(hr = set_string(HKEY_CLASSES_ROOT, path, NULL, class->name, REG_SZ)))
        return hr;
    return set_string(HKEY_CLASSES_ROOT, path, L"AppID", APPID, REG_SZ);
}

static HRESULT register_classes(void)
{
    HRESULT hr;

    if (FAILED(hr = set_string(HKEY_CLASSES_ROOT, L"AppID\\" APPID, L"LocalService", L"BITS",
                       REG_SZ)))
        return hr;
    hr = set_string(HKEY_CLASSES_ROOT, L"AppID\\BITS", L"AppID", APPID, REG_SZ);
    for (unsigned int i = 0; SUCCEEDED(hr) && i < bits_class_count; i++)
        hr = register_class(&bits_classes[i]);
    return hr;
}

/* Adds BITS to the services that "svchost -k netsvcs" knows. */
static HRESULT register_group(void)
{
    WCHAR services[2048] = L"";
    DWORD size = sizeof(services) - sizeof(L"BITS") - sizeof(WCHAR), length = 0;

    if (!RegGetValueW(HKEY_LOCAL_MACHINE, SVCHOST_GROUPS, L"netsvcs", RRF_RT_REG_MULTI_SZ, NULL,
                services, &size))
    {
        for (; services[length]; length += (DWORD)wcslen(services + length) + 1)
        {
            if (!wcsicmp(services + length, RENDEZVOUS_SERVICE))
                return S_OK;
        }
    }
    wcscpy(services + length, RENDEZVOUS_SERVICE);
    length += (DWORD)wcslen(RENDEZVOUS_SERVICE) + 1;
    services[length++] = 0;
    return HRESULT_FROM_WIN32(RegSetKeyValueW(HKEY_LOCAL_MACHINE, SVCHOST_GROUPS, L"netsvcs",
            REG_MULTI_SZ, services, length * sizeof(WCHAR)));
}

static HRESULT register_service(SC_HANDLE manager, const WCHAR *name, const WCHAR *title,
        const WCHAR *command)
{
    SC_HANDLE service = CreateServiceW(manager, name, title, SERVICE_ALL_ACCESS,
            SERVICE_WIN32_OWN_PROCESS, SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, command, NULL,
            NULL, NULL, NULL, NULL);

    if (!service)
        return GetLastError() == ERROR_SERVICE_EXISTS ? S_OK : HRESULT_FROM_WIN32(GetLastError());
    CloseServiceHandle(service);
    return S_OK;
}

HRESULT registry_register(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CREATE_SERVICE);
    HRESULT hr;

    if (!manager)
        return HRESULT_FROM_WIN32(GetLastError());
    hr = register_service(manager, RENDEZVOUS_SERVICE, L"Background Intelligent Transfer Service",
            L"%SystemRoot%\\system32\\svchost.exe -k netsvcs");
    if (SUCCEEDED(hr))
        hr = register_service(manager, RENDEZVOUS_ACTIVATOR, L"BITS Activation",
                L"%SystemRoot%\\system32\\bitsact.exe");
    CloseServiceHandle(manager);
    if (SUCCEEDED(hr))
        hr = set_string(HKEY_LOCAL_MACHINE, PARAMETERS, L"ServiceDll",
                L"%SystemRoot%\\system32\\qmgr.dll", REG_EXPAND_SZ);
    if (SUCCEEDED(hr))
        hr = register_group();
    if (SUCCEEDED(hr))
        hr = register_classes();
    trace("registered: %08lx", (unsigned long)hr);
    return hr;
}

static void unregister_activator(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service;

    if (!manager)
        return;
    if ((service = OpenServiceW(manager, RENDEZVOUS_ACTIVATOR, DELETE)))
    {
        DeleteService(service);
        CloseServiceHandle(service);
    }
    CloseServiceHandle(manager);
}

/* The service's own keys stay: they belong to the system, which had them before. */
HRESULT registry_unregister(void)
{
    WCHAR path[64] = L"CLSID\\";

    unregister_activator();
    for (unsigned int i = 0; i < bits_class_count; i++)
    {
        StringFromGUID2(bits_classes[i].clsid, path + 6, ARRAYSIZE(path) - 6);
        RegDeleteTreeW(HKEY_CLASSES_ROOT, path);
    }
    RegDeleteTreeW(HKEY_CLASSES_ROOT, L"AppID\\" APPID);
    RegDeleteTreeW(HKEY_CLASSES_ROOT, L"AppID\\BITS");
    return S_OK;
}
