/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes an object of every class with an in-process server, as object viewers do, in the order of
 * the registry and from the number given on. Prints a line for each, the result when it is there:
 *
 *     number {clsid} server HRESULT
 *
 * and "end" behind the last.
 */
#include <objbase.h>
#include <stdio.h>
#include <stdlib.h>

static void walk(HKEY classes, DWORD first)
{
    for (DWORD i = first;; i++)
    {
        char name[256], path[300], server[MAX_PATH] = "", *file;
        DWORD length = sizeof(name), size = sizeof(server);
        WCHAR wide[256];
        IUnknown *object;
        CLSID clsid;
        HRESULT hr;

        if (RegEnumKeyExA(classes, i, name, &length, NULL, NULL, NULL, NULL))
            break;
        snprintf(path, sizeof(path), "%s\\InprocServer32", name);
        MultiByteToWideChar(CP_ACP, 0, name, -1, wide, 256);
        if (CLSIDFromString(wide, &clsid)
                || RegGetValueA(classes, path, NULL, RRF_RT_REG_SZ, NULL, server, &size))
            continue;
        file = strrchr(server, '\\') ? strrchr(server, '\\') + 1 : server;
        printf("%lu %s %s ", i, name, *file ? file : "-");
        fflush(stdout);
        hr = CoCreateInstance(&clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&object);
        printf("%08lx\n", (unsigned long)hr);
        fflush(stdout);
        if (SUCCEEDED(hr))
            IUnknown_Release(object);
    }
}

int main(int count, char **arguments)
{
    HKEY classes;

    CoInitialize(NULL);
    if (RegOpenKeyExA(HKEY_CLASSES_ROOT, "CLSID", 0, KEY_READ, &classes))
        return 1;
    walk(classes, count > 1 ? strtoul(arguments[1], NULL, 10) : 0);
    RegCloseKey(classes);
    CoUninitialize();
    printf("end\n");
    return 0;
}
