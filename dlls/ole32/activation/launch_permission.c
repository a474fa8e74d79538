/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * desktop-src/com/launchpermission, defaultlaunchpermission, machinelaunchrestriction,
 * access-control-lists-for-com. A value which is no security descriptor lets nobody in. Without any
 * everybody may: all clients are of one user.
 */
#include "launch_permission.h"

#include <stdlib.h>

#include "access_policy.h"
#include "class_registry.h"
#include "trace.h"

static HRESULT descriptor_check(const BYTE *descriptor, DWORD size, DWORD right)
{
    HANDLE token = NULL, identity = NULL;
    HRESULT hr = E_ACCESSDENIED;

    if (access_descriptor_valid(descriptor, size)
            && OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, &token)
            && DuplicateToken(token, SecurityIdentification, &identity)
            && access_descriptor_grants((SECURITY_DESCRIPTOR *)descriptor, identity, right))
        hr = S_OK;
    if (identity)
        CloseHandle(identity);
    if (token)
        CloseHandle(token);
    return hr;
}

/* A value of the computer's. */
static HRESULT computer_check(const WCHAR *value, DWORD right)
{
    HRESULT hr = S_OK;
    BYTE *descriptor;
    DWORD size;
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"Software\\Microsoft\\Ole", 0, KEY_QUERY_VALUE, &key))
        return S_OK;
    descriptor = registry_read_binary(key, value, &size);
    RegCloseKey(key);
    if (descriptor)
        hr = descriptor_check(descriptor, size, right);
    free(descriptor);
    if (FAILED(hr))
        trace("activation: %ls says no", value);
    return hr;
}

static HRESULT server_check(const struct broker_server *server, DWORD right)
{
    HRESULT hr = descriptor_check(server->launch_permission, server->launch_permission_size, right);

    if (FAILED(hr))
        trace("activation %08lx: LaunchPermission says no", server->clsid.Data1);
    return hr;
}

HRESULT launch_permission_activate(const struct broker_server *server)
{
    return server->launch_permission ? server_check(server, COM_RIGHTS_ACTIVATE_LOCAL) : S_OK;
}

HRESULT launch_permission_launch(const struct broker_server *server)
{
    HRESULT hr = computer_check(L"MachineLaunchRestriction", COM_RIGHTS_EXECUTE_LOCAL);

    if (FAILED(hr))
        return hr;
    return server->launch_permission
            ? server_check(server, COM_RIGHTS_EXECUTE_LOCAL)
            : computer_check(L"DefaultLaunchPermission", COM_RIGHTS_EXECUTE_LOCAL);
}
