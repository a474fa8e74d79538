/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Access for the container of Internet Explorer. Page "SetAccessForIEAppContainer function". */
#include "tap.h"

#include <aclapi.h>
#include <sddl.h>
#include <string.h>
#include <urlmon.h>
#include <wchar.h>

/* MinGW-w64's header has neither. */
enum
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

HRESULT WINAPI SetAccessForIEAppContainer(HANDLE object, int type, DWORD access);

static PSID container, everybody;

static SE_OBJECT_TYPE security_type(int type)
{
    if (type == OBJECT_FILE)
        return SE_FILE_OBJECT;
    return type == OBJECT_REGISTRY ? SE_REGISTRY_KEY : SE_KERNEL_OBJECT;
}

/* What an object's list allows somebody; ~0: it has no list. */
static DWORD allowed(HANDLE object, int type, PSID who)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    ACCESS_ALLOWED_ACE *entry;
    DWORD mask = 0;
    ACL *list = NULL;

    if (GetSecurityInfo(object, security_type(type), DACL_SECURITY_INFORMATION, NULL, NULL, &list,
                NULL, &descriptor))
        return 0;
    for (DWORD i = 0; list && i < list->AceCount; i++)
    {
        if (GetAce(list, i, (void **)&entry) && entry->Header.AceType == ACCESS_ALLOWED_ACE_TYPE
                && EqualSid(&entry->SidStart, who))
            mask |= entry->Mask;
    }
    if (!list)
        mask = ~0u;
    LocalFree(descriptor);
    return mask;
}

/* An object with a list: everybody may do everything. */
static HANDLE object_create(int type, SECURITY_ATTRIBUTES *security)
{
    LARGE_INTEGER due = {.QuadPart = -1};
    HANDLE object = NULL;
    HKEY key = NULL;

    switch (type)
    {
    case OBJECT_EVENT:
        return CreateEventW(security, TRUE, FALSE, NULL);
    case OBJECT_MUTEX:
        return CreateMutexW(security, FALSE, NULL);
    case OBJECT_SEMAPHORE:
        return CreateSemaphoreW(security, 1, 1, NULL);
    case OBJECT_SHARED_MEMORY:
        return CreateFileMappingW(INVALID_HANDLE_VALUE, security, PAGE_READWRITE, 0, 4096, NULL);
    case OBJECT_WAITABLE_TIMER:
        object = CreateWaitableTimerW(security, TRUE, NULL);
        SetWaitableTimer(object, &due, 0, NULL, NULL, FALSE);
        return object;
    case OBJECT_NAMED_PIPE:
        return CreateNamedPipeW(L"\\\\.\\pipe\\concierge-container", PIPE_ACCESS_DUPLEX | WRITE_DAC,
                PIPE_TYPE_BYTE, 1, 4096, 4096, 0, security);
    case OBJECT_REGISTRY:
        RegCreateKeyExW(HKEY_CURRENT_USER, L"Software\\Concierge container", 0, NULL,
                REG_OPTION_VOLATILE, KEY_ALL_ACCESS, security, &key, NULL);
        return (HANDLE)key;
    default:
        return CreateFileW(L"container.txt", GENERIC_READ | GENERIC_WRITE | WRITE_DAC, 0, security,
                CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    }
}

static void object_close(HANDLE object, int type)
{
    if (type != OBJECT_REGISTRY)
    {
        CloseHandle(object);
        return;
    }
    RegCloseKey((HKEY)object);
    RegDeleteKeyW(HKEY_CURRENT_USER, L"Software\\Concierge container");
}

static void test_types(SECURITY_ATTRIBUTES *security)
{
    for (int type = 0; type < OBJECT_TYPES; type++)
    {
        HANDLE object = object_create(type, security);
        DWORD before;

        if (!ok(object && object != INVALID_HANDLE_VALUE, "an object of type %d", type))
            continue;
        before = allowed(object, type, everybody);
        is_hr(SetAccessForIEAppContainer(object, type, SYNCHRONIZE | 1), S_OK, "type %d", type);
        /* The host's files have the rights of Unix, and keep no list. */
        if (type != OBJECT_FILE)
        {
            is_uint(allowed(object, type, container), SYNCHRONIZE | 1, "%d: the container", type);
            is_uint(allowed(object, type, everybody), before, "%d: nobody else's rights change",
                    type);
            is_hr(SetAccessForIEAppContainer(object, type, 2), S_OK, "%d: once more", type);
            is_uint(allowed(object, type, container), SYNCHRONIZE | 3, "%d: what was granted",
                    type);
        }
        object_close(object, type);
    }
}

/* What everybody may use is not shut. */
static void test_no_list(void)
{
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES security = {sizeof(security), &descriptor, FALSE};
    BYTE everyone[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof(everyone);
    HANDLE event, other;

    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE);
    CreateWellKnownSid(WinWorldSid, NULL, everyone, &size);
    event = CreateEventW(&security, TRUE, FALSE, L"concierge-everybody");
    is_hr(SetAccessForIEAppContainer(event, OBJECT_EVENT, EVENT_MODIFY_STATE), S_OK,
            "an event without a list");
    is_uint(allowed(event, OBJECT_EVENT, container), EVENT_MODIFY_STATE, "the container may");
    ok(allowed(event, OBJECT_EVENT, everyone) != 0, "and everybody");
    other = OpenEventW(EVENT_ALL_ACCESS, FALSE, L"concierge-everybody");
    ok(other != NULL, "it can be opened still");
    CloseHandle(other);
    CloseHandle(event);
}

static void test_refused(SECURITY_ATTRIBUTES *security)
{
    HANDLE event = CreateEventW(security, TRUE, FALSE, NULL), less = NULL;

    DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &less,
            SYNCHRONIZE | READ_CONTROL, FALSE, 0);
    is_hr(SetAccessForIEAppContainer(less, OBJECT_EVENT, SYNCHRONIZE), E_ACCESSDENIED,
            "a handle without WRITE_DAC");
    is_uint(allowed(event, OBJECT_EVENT, container), 0, "nothing was granted");
    CloseHandle(less);
    CloseHandle(event);
    is_hr(SetAccessForIEAppContainer(NULL, OBJECT_EVENT, SYNCHRONIZE), E_INVALIDARG, "no handle");
    is_hr(SetAccessForIEAppContainer(INVALID_HANDLE_VALUE, OBJECT_EVENT, SYNCHRONIZE), E_INVALIDARG,
            "none either");
    event = CreateEventW(NULL, TRUE, FALSE, NULL);
    is_hr(SetAccessForIEAppContainer(event, OBJECT_TYPES, SYNCHRONIZE), E_INVALIDARG,
            "no such type");
    is_hr(SetAccessForIEAppContainer(event, -1, SYNCHRONIZE), E_INVALIDARG, "nor this");
    CloseHandle(event);
}

static void test_all(void)
{
    SECURITY_ATTRIBUTES security = {sizeof(security), NULL, FALSE};

    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(L"D:(A;;GA;;;WD)", SDDL_REVISION_1,
                &security.lpSecurityDescriptor, NULL))
        bail_out("no security descriptor");
    test_types(&security);
    test_no_list();
    test_refused(&security);
    LocalFree(security.lpSecurityDescriptor);
}

int main(void)
{
    if (!builtin_lacks("SetAccessForIEAppContainer"))
    {
        /* The first 28 bytes of the SHA-256 of "windows_ie_ac_001". */
        if (!ConvertStringSidToSidW(L"S-1-15-2-1430448594-2639229838-973813799-439329657-1197984847"
                                    L"-4069167804-1277922394",
                    &container)
                || !ConvertStringSidToSidW(L"S-1-1-0", &everybody))
            bail_out("no SID");
        test_all();
        tap_account_begin();
        test_all();
        tap_account_end("access for the container");
        LocalFree(everybody);
        LocalFree(container);
    }
    return done_testing();
}
