/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Times class objects of local servers that offer many classes each.
 *
 *     class_objects CLASSES [PROCESSES]  runs all: by default one process that offers the classes
 *     class_objects host NUMBER          is such a process; started by the first form
 *
 * Prints one line "name value" for each figure, in microseconds, with a hundredth and a tenth of
 * CLASSES in each process and with all of them: registering and revoking one, and
 * CoGetClassObject in another process. Uses only what every COM runtime has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <objbase.h>

#include "com_object.h"
#include "pair.h"

#define PROCESSES_MAX 16

enum
{
    COMMAND_REGISTER = 1, /* `count` classes */
    COMMAND_REVOKE,       /* all */
};

/* As uuidgen would make them: nothing in them counts up. */
static CLSID class_of(unsigned int process, LONG number)
{
    UINT64 state = ((UINT64)process << 32 | (UINT32)number) * 0x9e3779b97f4a7c15ull, halves[2];
    CLSID clsid;

    for (unsigned int i = 0; i < 2; i++)
    {
        UINT64 z = state += 0x9e3779b97f4a7c15ull;

        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ z >> 27) * 0x94d049bb133111ebull;
        halves[i] = z ^ z >> 31;
    }
    memcpy(&clsid, halves, sizeof(clsid));
    return clsid;
}

/* --- the class object: one for all --- */

COM_STATIC_FACTORY_METHODS(factory)

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    (void)iface, (void)outer, (void)iid;
    *out = NULL;
    return E_NOTIMPL;
}

static IClassFactoryVtbl factory_vtbl = {
        factory_QueryInterface,
        factory_AddRef,
        factory_Release,
        factory_CreateInstance,
        factory_LockServer,
};

static IClassFactory factory = {&factory_vtbl};

/* --- a process that offers them --- */

static unsigned int host_number;
static DWORD *cookies;

static void host_register(LONG count)
{
    cookies = calloc((size_t)count, sizeof(*cookies));
    check(cookies ? S_OK : E_OUTOFMEMORY, "allocate");
    for (LONG i = 0; i < count; i++)
    {
        CLSID clsid = class_of(host_number, i);

        check(CoRegisterClassObject(&clsid, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER,
                      REGCLS_MULTIPLEUSE, &cookies[i]),
                "CoRegisterClassObject");
    }
}

static void host_revoke(LONG count)
{
    for (LONG i = 0; i < count; i++)
        check(CoRevokeClassObject(cookies[i]), "CoRevokeClassObject");
    free(cookies);
}

static double host_execute(LONG command, LONG count)
{
    double begin = now_us();

    if (command == COMMAND_REGISTER)
        host_register(count);
    else
        host_revoke(count);
    return (now_us() - begin) / count;
}

/* --- the process that looks for them --- */

static struct pair_host hosts[PROCESSES_MAX];
static unsigned int process_count = 1;

/* The mean of all processes, one after the other. */
static void tell_all(const char *name, LONG command, LONG count)
{
    double sum = 0;

    for (unsigned int i = 0; i < process_count; i++)
        sum += pair_host_tell(&hosts[i], command, count);
    figure_print(name, count, sum / process_count);
}

static void call_find(LONG number)
{
    CLSID clsid = class_of((unsigned int)number % process_count, number);
    IClassFactory *found;

    check(CoGetClassObject(&clsid, CLSCTX_LOCAL_SERVER, NULL, &IID_IClassFactory, (void **)&found),
            "CoGetClassObject");
    IClassFactory_Release(found);
}

int main(int argc, char **argv)
{
    LONG classes = argc > 1 ? atol(argv[1]) : 10000;

    check(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    if (argc > 2 && !strcmp(argv[1], "host"))
    {
        host_number = (unsigned int)atoi(argv[2]);
        pair_host_serve(host_number, host_execute);
        CoUninitialize();
        return 0;
    }
    if (argc > 2)
        process_count = (unsigned int)atoi(argv[2]);
    check(process_count && process_count <= PROCESSES_MAX && classes >= 100 ? S_OK : E_INVALIDARG,
            "arguments");
    for (unsigned int i = 0; i < process_count; i++)
        pair_host_start(&hosts[i], i);
    for (LONG count = classes / 100; count <= classes; count *= 10)
    {
        tell_all("register", COMMAND_REGISTER, count);
        measure("find", count, call_find);
        tell_all("revoke", COMMAND_REVOKE, count);
    }
    for (unsigned int i = 0; i < process_count; i++)
        pair_host_end(&hosts[i]);
    CoUninitialize();
    return 0;
}
