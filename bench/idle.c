/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What COM costs a program that does nothing: its memory when it has initialized an STA or the MTA,
 * and when it offers a class to other processes besides.
 *
 *     idle
 *
 * Prints "name value" for the bytes of memory which are committed and private, counted by
 * VirtualQuery, and "mark name" where somebody else may measure; goes on when a line comes in. The
 * first figures are those of a program that has loaded the runtime only. Uses only what every COM
 * runtime has.
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <objbase.h>

#include "com_object.h"

static const CLSID class_id = {0x0b7e6f7d, 0x9a6c, 0x4a62,
        {0x93, 0x55, 0x6d, 0x1a, 0x10, 0x3c, 0x8e, 0x2f}};

static void check(HRESULT hr, const char *what)
{
    if (SUCCEEDED(hr))
        return;
    printf("failed: %s: %08lx\n", what, (unsigned long)hr);
    fflush(stdout);
    ExitProcess(1);
}

/* --- a class object --- */

COM_STATIC_FACTORY_METHODS(factory)

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    (void)outer;
    return factory_QueryInterface(iface, iid, out);
}

static IClassFactoryVtbl factory_vtbl = {factory_QueryInterface, factory_AddRef, factory_Release,
        factory_CreateInstance, factory_LockServer};
static IClassFactory factory = {&factory_vtbl};

/* --- memory --- */

static void mark(const char *name)
{
    MEMORY_BASIC_INFORMATION info;
    ULONGLONG committed = 0;
    const BYTE *at = NULL;
    char line[16];
    MSG message;

    /* What was posted while it initialized. */
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
    for (; VirtualQuery(at, &info, sizeof(info)); at = (BYTE *)info.BaseAddress + info.RegionSize)
    {
        if (info.State == MEM_COMMIT && info.Type == MEM_PRIVATE)
            committed += info.RegionSize;
    }
    printf("%s_committed %llu\nmark %s\n", name, committed, name);
    fflush(stdout);
    if (!fgets(line, sizeof(line), stdin))
        ExitProcess(1);
}

static void as(const char *name, DWORD model)
{
    char text[32];
    DWORD cookie;

    check(CoInitializeEx(NULL, model), "CoInitializeEx");
    mark(name);
    check(CoRegisterClassObject(&class_id, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER,
                  REGCLS_MULTIPLEUSE, &cookie),
            "CoRegisterClassObject");
    snprintf(text, sizeof(text), "%s_server", name);
    mark(text);
    check(CoRevokeClassObject(cookie), "CoRevokeClassObject");
    CoUninitialize();
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 1;
    mark("loaded");
    if (!strcmp(argv[1], "sta"))
        as("sta", COINIT_APARTMENTTHREADED);
    else
        as("mta", COINIT_MULTITHREADED);
    return 0;
}
