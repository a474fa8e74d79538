/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Access for the processes in which Internet Explorer shows pages in enhanced protected mode. Pages
 * "SetAccessForIEAppContainer function", "IEObjectTypeEnum structure".
 */
#include <windows.h>
#include <aclapi.h>
#include <sddl.h>
#include <urlmon.h>

/* Of MinGW-w64's urlmon.h neither is there. */
enum object_type
{
    OBJECT_EVENT,
    OBJECT_MUTEX,
    OBJECT_SEMAPHORE,
    OBJECT_SHARED_MEMORY,
    OBJECT_WAITABLE_TIMER,
    OBJECT_FILE,
    OBJECT_NAMED_PIPE,
    OBJECT_REGISTRY,
    OBJECT_TYPES
};

HRESULT WINAPI SetAccessForIEAppContainer(HANDLE object, enum object_type type, DWORD access);

/* The container's, which is named windows_ie_ac_001: its last seven numbers are the first of the
 * SHA-256 of the name (DeriveAppContainerSidFromAppContainerName). */
#define CONTAINER_SID                                                                              \
    L"S-1-15-2-1430448594-2639229838-973813799-439329657-1197984847-4069167804-1277922394"

/* A pipe is a kernel object like others (SE_OBJECT_TYPE, accctrl/ne-accctrl-se_object_type). */
static SE_OBJECT_TYPE security_type(enum object_type type)
{
    if (type == OBJECT_FILE)
        return SE_FILE_OBJECT;
    return type == OBJECT_REGISTRY ? SE_REGISTRY_KEY : SE_KERNEL_OBJECT;
}

static HRESULT error_result(DWORD error)
{
    return HRESULT_FROM_WIN32(error); /* E_ACCESSDENIED is that of ERROR_ACCESS_DENIED */
}

static void allow(EXPLICIT_ACCESSW *entry, PSID sid, DWORD access)
{
    entry->grfAccessPermissions = access;
    entry->grfAccessMode = GRANT_ACCESS;
    entry->grfInheritance = NO_INHERITANCE;
    entry->Trustee.TrusteeForm = TRUSTEE_IS_SID;
    entry->Trustee.TrusteeType = TRUSTEE_IS_UNKNOWN;
    entry->Trustee.ptstrName = (WCHAR *)sid;
}

/* An object without a list is everybody's, and stays so: a list with the container alone would shut
 * everybody else out. */
static HRESULT grant(HANDLE object, SE_OBJECT_TYPE type, PSID container, DWORD access)
{
    EXPLICIT_ACCESSW entries[2] = {0};
    BYTE everyone[SECURITY_MAX_SID_SIZE];
    PSECURITY_DESCRIPTOR descriptor = NULL;
    DWORD error, size = sizeof(everyone);
    ACL *former = NULL, *list = NULL;
    ULONG count = 1;

    error = GetSecurityInfo(object, type, DACL_SECURITY_INFORMATION, NULL, NULL, &former, NULL,
            &descriptor);
    if (error)
        return error_result(error);
    allow(&entries[0], container, access);
    if (!former)
    {
        if (CreateWellKnownSid(WinWorldSid, NULL, everyone, &size))
            allow(&entries[count++], everyone, GENERIC_ALL);
        else
            error = GetLastError();
    }
    if (!error)
        error = SetEntriesInAclW(count, entries, former, &list);
    if (!error)
        error = SetSecurityInfo(object, type, DACL_SECURITY_INFORMATION, NULL, NULL, list, NULL);
    LocalFree(list);
    LocalFree(descriptor);
    return error_result(error);
}

/*
 * SetAccessForIEAppContainer: adds the Internet AppContainer to those who may do `access`
 * (ACCESS_MASK) with an object, of which `type` says what it is; the handle needs READ_CONTROL and
 * WRITE_DAC. E_ACCESSDENIED: it has not got them; E_INVALIDARG: no such type, no handle; errors of
 * SetSecurityInfo.
 */
HRESULT WINAPI SetAccessForIEAppContainer(HANDLE object, enum object_type type, DWORD access)
{
    PSID container;
    HRESULT hr;

    if (!object || object == INVALID_HANDLE_VALUE || (unsigned int)type >= OBJECT_TYPES)
        return E_INVALIDARG;
    if (!ConvertStringSidToSidW(CONTAINER_SID, &container))
        return error_result(GetLastError());
    hr = grant(object, security_type(type), container, access);
    LocalFree(container);
    return hr;
}
