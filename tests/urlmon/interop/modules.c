/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The modules of the system that import from urlmon.dll: each loads, and each of its imports leads
 * into the one urlmon.dll of the process. */
#include <stdio.h>
#include <string.h>

#include <windows.h>
#include <delayimp.h>
#include <psapi.h>
#include <urlmon.h>

#include "harness.h"
#include "tap.h"

/* hlink and cryptui are delayed by some builds of the system and not by others: either counts. */
static const WCHAR *const modules[] = {L"mshtml", L"ieframe", L"itss", L"wmp", L"opcservices",
        L"msxml3", L"inetcomm", L"scrobj", L"hlink", L"msi", L"cryptui", L"shlwapi", L"oleaut32"};

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

/* The imports by name of one table; each is to be had from the DLL. Returns their number. */
static unsigned int check_names(const WCHAR *name, HMODULE module, DWORD names, HMODULE urlmon)
{
    const IMAGE_THUNK_DATA *thunk = at(module, names);
    unsigned int count = 0, bad = 0;

    for (; thunk->u1.AddressOfData; thunk++, count++)
    {
        const void *address;

        if (IMAGE_SNAP_BY_ORDINAL(thunk->u1.Ordinal))
        {
            address = (const void *)GetProcAddress(urlmon,
                    (const char *)IMAGE_ORDINAL(thunk->u1.Ordinal));
            if (!address || !is_inside(urlmon, address))
                note("%ls: ordinal %u", name, (unsigned int)IMAGE_ORDINAL(thunk->u1.Ordinal));
        }
        else
        {
            const IMAGE_IMPORT_BY_NAME *import = at(module, (DWORD)thunk->u1.AddressOfData);

            address = (const void *)GetProcAddress(urlmon, (const char *)import->Name);
            if (!address || !is_inside(urlmon, address))
                note("%ls: %s", name, (const char *)import->Name);
        }
        bad += !address || !is_inside(urlmon, address);
    }
    is_uint(bad, 0, "%ls: its imports are in urlmon.dll", name);
    return count;
}

/* What the loader has put into the table of addresses. */
static void check_bound(const WCHAR *name, HMODULE module, DWORD addresses, unsigned int count,
        HMODULE urlmon)
{
    const IMAGE_THUNK_DATA *thunk = at(module, addresses);
    unsigned int bad = 0;

    for (unsigned int i = 0; i < count; i++)
        bad += !is_inside(urlmon, (const void *)(UINT_PTR)thunk[i].u1.Function);
    is_uint(bad, 0, "%ls: and bound to it", name);
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
            unsigned int names;

            if (_stricmp(at(module, import->Name), "urlmon.dll"))
                continue;
            names = check_names(name, module, import->OriginalFirstThunk, urlmon);
            check_bound(name, module, import->FirstThunk, names, urlmon);
            count += names;
        }
    }
    entry = directory(module, IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT);
    if (entry.Size)
    {
        const ImgDelayDescr *delayed = at(module, entry.VirtualAddress);

        for (; delayed->rvaDLLName; delayed++)
        {
            if (!_stricmp(at(module, delayed->rvaDLLName), "urlmon.dll"))
                count += check_names(name, module, delayed->rvaINT, urlmon);
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
