/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The permissions that a computer has for all its classes,
 * HKEY_LOCAL_MACHINE\Software\Microsoft\Ole.
 */
#include <stdlib.h>
#include <windows.h>
#include <objbase.h>
#include <sddl.h>

#include "access_policy.h"
#include "class_registry.h"
#include "com_object.h"

/* Everybody may do everything: what holds without a value, see launch_permission.c. */
static const WCHAR open_to_all[] = L"O:BAG:BAD:(A;;0x1f;;;WD)";

/*
 * CoGetSystemSecurityPermissions: the computer's default permissions or its restrictions, a
 * self-relative descriptor for LocalFree; without a value in the registry, or with one which is no
 * descriptor, that of everybody. S_OK, E_INVALIDARG, E_OUTOFMEMORY.
 * objbase/nf-objbase-cogetsystemsecuritypermissions
 */
HRESULT WINAPI CoGetSystemSecurityPermissions(COMSD which, PSECURITY_DESCRIPTOR *out)
{
    static const WCHAR *const values[] = {
            [SD_LAUNCHPERMISSIONS] = L"DefaultLaunchPermission",
            [SD_ACCESSPERMISSIONS] = L"DefaultAccessPermission",
            [SD_LAUNCHRESTRICTIONS] = L"MachineLaunchRestriction",
            [SD_ACCESSRESTRICTIONS] = L"MachineAccessRestriction",
    };
    BYTE *descriptor = NULL;
    DWORD size;
    HKEY key;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if ((unsigned int)which >= ARRAY_SIZE(values))
        return E_INVALIDARG;
    if (!RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"Software\\Microsoft\\Ole", 0, KEY_QUERY_VALUE, &key))
    {
        descriptor = registry_read_binary(key, values[which], &size);
        RegCloseKey(key);
    }
    if (descriptor && access_descriptor_valid(descriptor, size))
    {
        if ((*out = LocalAlloc(LMEM_FIXED, size)))
            memcpy(*out, descriptor, size);
    }
    else if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(open_to_all, SDDL_REVISION_1,
                     out, NULL))
    {
        *out = NULL;
    }
    free(descriptor);
    return *out ? S_OK : E_OUTOFMEMORY;
}
