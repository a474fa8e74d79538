/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The modules of the system that import from urlmon.dll: each loads, and each of its imports leads
 * into the one urlmon.dll of the process. */
#include <stdio.h>
#include <string.h>

#include <windows.h>
#include <delayimp.h>
#include <psapi.h>
#include <urlmon.h>

#include "tap.h"

static const WCHAR *const modules[] = {L"mshtml", L"ieframe", L"itss", L"wmp", L"opcservices",
        L"msxml3", L"inetcomm", L"scrobj", L"msi"};

static const void *at(HMODULE module, DWORD rva)
{
    return (const BYTE *)module + rva;
}

static IMAGE_DATA_DIRECTORY directory(HMODULE module, unsigned int index)
{
    const IMAGE_DOS_HEADER *dos = at(module, 0);
    const IMAGE_NT_HEADERS *nt = at(module, (DWORD)dos->e_lfanew);

    return nt->OptionalHeader.DataDirectory[index];
}

/* Whether the address is code of the DLL. */
static BOOL is_inside(HMODULE dll, const void *address)
{
    MEMORY_BASIC_INFORMATION info;

    return VirtualQuery(address, &info, sizeof(info)) && info.AllocationBase == (void *)dll;
}

/* One table of imports, and that of addresses, which the loader fills, or NULL. What has a number
 * and no name is of no documentation, and left out. Returns the number of names. */
static unsigned int check_table(const WCHAR *name, const IMAGE_THUNK_DATA *thunk,
        const IMAGE_THUNK_DATA *bound, HMODULE module, HMODULE urlmon)
{
    unsigned int count = 0, bad = 0;

    for (unsigned int i = 0; thunk[i].u1.AddressOfData; i++)
    {
        const IMAGE_IMPORT_BY_NAME *import;
        const void *address;

        if (IMAGE_SNAP_BY_ORDINAL(thunk[i].u1.Ordinal))
        {
            note("%ls: ordinal %u", name, (unsigned int)IMAGE_ORDINAL(thunk[i].u1.Ordinal));
            continue;
        }
        count++;
        import = at(module, (DWORD)thunk[i].u1.AddressOfData);
        address = (const void *)GetProcAddress(urlmon, (const char *)import->Name);
        if (address && is_inside(urlmon, address)
                && (!bound || (const void *)(UINT_PTR)bound[i].u1.Function == address))
            continue;
        note("%ls: %s", name, (const char *)import->Name);
        bad++;
    }
    is_uint(bad, 0, "%ls: its imports are of urlmon.dll", name);
    return count;
}

static unsigned int check_imports(const WCHAR *name, HMODULE module, HMODULE urlmon)
{
    IMAGE_DATA_DIRECTORY entry = directory(module, IMAGE_DIRECTORY_ENTRY_IMPORT);
    unsigned int count = 0;

    if (entry.Size)
    {
        const IMAGE_IMPORT_DESCRIPTOR *import = at(module, entry.VirtualAddress);

        for (; import->Name; import++)
        {
            if (_stricmp(at(module, import->Name), "urlmon.dll"))
                continue;
            count += check_table(name, at(module, import->OriginalFirstThunk),
                    at(module, import->FirstThunk), module, urlmon);
        }
    }
    entry = directory(module, IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT);
    if (entry.Size)
    {
        const ImgDelayDescr *delayed = at(module, entry.VirtualAddress);

        for (; delayed->rvaDLLName; delayed++)
        {
            if (!_stricmp(at(module, delayed->rvaDLLName), "urlmon.dll"))
                count += check_table(name, at(module, delayed->rvaINT), NULL, module, urlmon);
        }
    }
    return count;
}

static void test_module(const WCHAR *name, HMODULE urlmon)
{
    HMODULE module = LoadLibraryW(name);
    unsigned int count;

    ok(module != NULL, "%ls loads: error %lu", name, module ? 0 : GetLastError());
    if (!module)
        return;
    count = check_imports(name, module, urlmon);
    ok(count, "%ls: %u imports", name, count);
    FreeLibrary(module);
}

/* There is one urlmon.dll in the process, and it is not that of Wine unless that is wanted. */
static void test_one(HMODULE urlmon)
{
    HMODULE loaded[256];
    DWORD size = 0;
    unsigned int count = 0;
    const char *mark = "Wine builtin DLL";

    if (!EnumProcessModules(GetCurrentProcess(), loaded, sizeof(loaded), &size))
        size = 0;
    for (unsigned int i = 0; i < size / sizeof(loaded[0]) && i < ARRAYSIZE(loaded); i++)
    {
        WCHAR name[MAX_PATH] = L"";

        GetModuleBaseNameW(GetCurrentProcess(), loaded[i], name, MAX_PATH);
        count += !_wcsicmp(name, L"urlmon.dll");
    }
    is_uint(count, 1, "one urlmon.dll");
    is_int(!memcmp(at(urlmon, sizeof(IMAGE_DOS_HEADER)), mark, strlen(mark)), tap_builtin(),
            "which is that of the test");
}

int main(void)
{
    HMODULE urlmon = LoadLibraryW(L"urlmon.dll");

    CoInitialize(NULL);
    for (unsigned int i = 0; i < ARRAYSIZE(modules); i++)
        test_module(modules[i], urlmon);
    test_one(urlmon);
    CoUninitialize();
    return done_testing();
}
