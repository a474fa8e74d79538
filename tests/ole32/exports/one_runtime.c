/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * combase.dll and ole32.dll are one runtime: also when combase.dll is loaded first its functions
 * are those of ole32.dll, and what one has allocated or initialized, the other knows. This program
 * links neither.
 */
#include "tap.h"

#include <objbase.h>

static const char *const names[] = {
        "CoCreateInstance",
        "CoInitializeEx",
        "CoMarshalInterface",
        "CoTaskMemAlloc",
        "CoUninitialize",
        "CreateStreamOnHGlobal",
        "StringFromGUID2",
};

/* The module that has the code, which tells forwarders from functions. */
static HMODULE module_of(void *address)
{
    HMODULE module = NULL;

    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS
                    | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
            address, &module);
    return module;
}

/* Whether the version resource says that the file is ours. */
static BOOL is_ours(HMODULE module)
{
    static const WCHAR ours[] = L"The Concierge project";
    HRSRC resource = FindResourceW(module, MAKEINTRESOURCEW(VS_VERSION_INFO), (LPCWSTR)RT_VERSION);
    const BYTE *version = resource ? LockResource(LoadResource(module, resource)) : NULL;
    DWORD size = resource ? SizeofResource(module, resource) : 0;
    DWORD i;

    for (i = 0; version && i + sizeof(ours) <= size; i++)
    {
        if (!memcmp(version + i, ours, sizeof(ours)))
            return TRUE;
    }
    return FALSE;
}

int main(void)
{
    HMODULE combase, ole32;
    void *(WINAPI * alloc)(SIZE_T);
    void(WINAPI * release)(void *);
    HRESULT(WINAPI * initialize)(void *, DWORD), (WINAPI * ole32_initialize)(void *, DWORD);
    void(WINAPI * uninitialize)(void);
    WCHAR path[MAX_PATH];
    unsigned int i;
    void *memory;

    ok(!GetModuleHandleW(L"ole32.dll"), "nothing has loaded ole32.dll before");
    combase = LoadLibraryW(L"combase.dll");
    ole32 = LoadLibraryW(L"ole32.dll");
    ok(combase != NULL, "combase.dll is loaded");
    ok(ole32 != NULL, "ole32.dll is loaded");
    GetModuleFileNameW(ole32, path, MAX_PATH);
    note("ole32: %s", tap_wstr(path));
    GetModuleFileNameW(combase, path, MAX_PATH);
    note("combase: %s", tap_wstr(path));
    todo_builtin("these are Wine's")
    {
        ok(is_ours(ole32), "ole32.dll is Concierge's");
        ok(is_ours(combase), "combase.dll is Concierge's");
    }
    for (i = 0; i < sizeof(names) / sizeof(*names); i++)
    {
        void *ours = (void *)GetProcAddress(ole32, names[i]);

        ok(ours && ours == (void *)GetProcAddress(combase, names[i]), "%s is one function",
                names[i]);
        todo_builtin("Wine's runtime is combase.dll")
            ok(module_of(ours) == ole32, "%s is in ole32.dll", names[i]);
    }

    alloc = (void *)GetProcAddress(combase, "CoTaskMemAlloc");
    release = (void *)GetProcAddress(ole32, "CoTaskMemFree");
    memory = alloc(100);
    ok(memory != NULL, "memory of one");
    release(memory);

    initialize = (void *)GetProcAddress(combase, "CoInitializeEx");
    ole32_initialize = (void *)GetProcAddress(ole32, "CoInitializeEx");
    uninitialize = (void *)GetProcAddress(ole32, "CoUninitialize");
    is_hr(initialize(NULL, COINIT_APARTMENTTHREADED), S_OK, "initialized by combase");
    is_hr(ole32_initialize(NULL, COINIT_APARTMENTTHREADED), S_FALSE, "ole32 knows it");
    is_hr(ole32_initialize(NULL, COINIT_MULTITHREADED), RPC_E_CHANGED_MODE, "and the apartment");
    uninitialize();
    uninitialize();
    is_hr(initialize(NULL, COINIT_MULTITHREADED), S_OK, "left by ole32, entered by combase");
    uninitialize();
    return done_testing();
}
