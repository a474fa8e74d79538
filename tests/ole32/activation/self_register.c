/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DllRegisterServer of ole32: what a prefix has without it is there with it, and as before. */
#include "test_class.h"

#include <stdlib.h>
#include <wchar.h>

typedef HRESULT(WINAPI *self_register_t)(void);

static const WCHAR *const core_interfaces[] = {
        L"{00000001-0000-0000-C000-000000000046}",
        L"{0000000C-0000-0000-C000-000000000046}",
        L"{00000100-0000-0000-C000-000000000046}",
        L"{00000101-0000-0000-C000-000000000046}",
        L"{00000109-0000-0000-C000-000000000046}",
        L"{0000010C-0000-0000-C000-000000000046}",
        L"{00000131-0000-0000-C000-000000000046}",
        L"{0C733A30-2A1C-11CE-ADE5-00AA0044773D}",
};

static const WCHAR *const core_classes[] = {
        L"{00000300-0000-0000-C000-000000000046}",
        L"{00000303-0000-0000-C000-000000000046}",
        L"{0000031A-0000-0000-C000-000000000046}",
        L"{00000320-0000-0000-C000-000000000046}",
        L"{0002E005-0000-0000-C000-000000000046}",
};

static const WCHAR core_proxies[] = L"{00000320-0000-0000-C000-000000000046}";

struct listing
{
    WCHAR **lines;
    unsigned int count;
};

/* Every key and string value below `path`, as one line each. */
static void listing_add(struct listing *listing, HKEY root, const WCHAR *path)
{
    WCHAR name[256], value[512], line[1024];
    DWORD size, type, length;
    HKEY key;

    if (RegOpenKeyExW(root, path, 0, KEY_READ, &key))
        return;
    for (DWORD i = 0;; i++)
    {
        size = sizeof(value) - sizeof(WCHAR);
        length = ARRAYSIZE(name);
        if (RegEnumValueW(key, i, name, &length, NULL, &type, (BYTE *)value, &size))
            break;
        value[size / sizeof(WCHAR)] = 0;
        swprintf(line, ARRAYSIZE(line), L"%ls\\%ls=%ls", path, name, type == REG_SZ ? value : L"?");
        listing->lines = realloc(listing->lines, (listing->count + 1) * sizeof(WCHAR *));
        listing->lines[listing->count++] = _wcsdup(line);
    }
    for (DWORD i = 0; !RegEnumKeyW(key, i, name, ARRAYSIZE(name)); i++)
    {
        swprintf(line, ARRAYSIZE(line), L"%ls\\%ls", path, name);
        listing_add(listing, root, line);
    }
    RegCloseKey(key);
}

/* Whether a key belongs to ole32: its DLL, or its proxy/stub factory. */
static BOOL entry_is_ours(HKEY root, const WCHAR *path)
{
    WCHAR sub[512], value[MAX_PATH];
    DWORD size = sizeof(value);

    swprintf(sub, ARRAYSIZE(sub), L"%ls\\InprocServer32", path);
    if (!RegGetValueW(root, sub, NULL, RRF_RT_REG_SZ, NULL, value, &size))
        return wcslen(value) >= 9 && !wcsicmp(value + wcslen(value) - 9, L"ole32.dll");
    size = sizeof(value);
    swprintf(sub, ARRAYSIZE(sub), L"%ls\\ProxyStubClsid32", path);
    return !RegGetValueW(root, sub, NULL, RRF_RT_REG_SZ, NULL, value, &size)
            && !wcsicmp(value, core_proxies);
}

static struct listing list_ours(void)
{
    static const WCHAR *const parents[] = {L"Software\\Classes\\CLSID",
            L"Software\\Classes\\Interface"};
    struct listing listing = {0};
    WCHAR name[256], path[512];
    HKEY key;

    for (unsigned int p = 0; p < ARRAYSIZE(parents); p++)
    {
        if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, parents[p], 0, KEY_READ, &key))
            continue;
        for (DWORD i = 0; !RegEnumKeyW(key, i, name, ARRAYSIZE(name)); i++)
        {
            swprintf(path, ARRAYSIZE(path), L"%ls\\%ls", parents[p], name);
            if (entry_is_ours(HKEY_LOCAL_MACHINE, path))
                listing_add(&listing, HKEY_LOCAL_MACHINE, path);
        }
        RegCloseKey(key);
    }
    return listing;
}

static void check_superset(const struct listing *before, const struct listing *after)
{
    for (unsigned int i = 0; i < before->count; i++)
    {
        BOOL found = FALSE;

        for (unsigned int j = 0; j < after->count && !found; j++)
            found = !wcsicmp(before->lines[i], after->lines[j]);
        ok(found, "%s", tap_wstr(before->lines[i]));
    }
}

static void check_core(void)
{
    WCHAR path[512], value[MAX_PATH];
    DWORD size;

    for (unsigned int i = 0; i < ARRAYSIZE(core_interfaces); i++)
    {
        size = sizeof(value);
        value[0] = 0;
        swprintf(path, ARRAYSIZE(path), L"Interface\\%ls\\ProxyStubClsid32", core_interfaces[i]);
        RegGetValueW(HKEY_CLASSES_ROOT, path, NULL, RRF_RT_REG_SZ, NULL, value, &size);
        is_wstr(value, core_proxies, "interface %s", tap_wstr(core_interfaces[i]));
    }
    for (unsigned int i = 0; i < ARRAYSIZE(core_classes); i++)
    {
        size = sizeof(value);
        swprintf(path, ARRAYSIZE(path), L"CLSID\\%ls\\InprocServer32", core_classes[i]);
        is_int(RegGetValueW(HKEY_CLASSES_ROOT, path, NULL, RRF_RT_REG_SZ, NULL, value, &size), 0,
                "class %s", tap_wstr(core_classes[i]));
    }
}

static void check_without(void)
{
    WCHAR path[512];

    for (unsigned int i = 0; i < ARRAYSIZE(core_interfaces); i++)
    {
        swprintf(path, ARRAYSIZE(path), L"Interface\\%ls", core_interfaces[i]);
        is_int(RegGetValueW(HKEY_CLASSES_ROOT, path, NULL, RRF_RT_REG_SZ, NULL, NULL, NULL),
                ERROR_FILE_NOT_FOUND, "interface %s is gone", tap_wstr(core_interfaces[i]));
    }
}

int main(void)
{
    HMODULE ole32 = GetModuleHandleW(L"ole32.dll");
    self_register_t enter = (self_register_t)(void *)GetProcAddress(ole32, "DllRegisterServer");
    self_register_t leave = (self_register_t)(void *)GetProcAddress(ole32, "DllUnregisterServer");
    struct listing before = list_ours(), again;
    CLSID clsid;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED); /* so that the DLL is imported */
    ok(before.count > 100, "the prefix has entries of ole32: %u", before.count);
    if (!ok(enter && leave, "DllRegisterServer and DllUnregisterServer"))
        return done_testing();
    is_hr(leave(), S_OK, "DllUnregisterServer");
    check_without();
    is_hr(enter(), S_OK, "DllRegisterServer");
    again = list_ours();
    check_superset(&before, &again);
    check_core();
    is_hr(CLSIDFromProgID(L"StaticMetafile", &clsid), S_OK, "a ProgID");
    is_hr(enter(), S_OK, "DllRegisterServer, again");
    check_core();
    CoUninitialize();
    return done_testing();
}
