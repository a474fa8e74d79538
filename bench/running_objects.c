/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Times the running object table, one process with the objects and one that looks for them.
 *
 *     running_objects ENTRIES       runs all
 *     running_objects host NUMBER   is the other process; started by the first form
 *
 * Prints one line "name value" for each figure, in microseconds: parsing and binding the name of a
 * running file; and with a tenth of ENTRIES and with all of them: registering and revoking one,
 * looking for one that runs, for one that does not, the object itself, and one of an enumeration.
 * Uses only what every COM runtime has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include <ole2.h>

#include "com_object.h"
#include "pair.h"

static const WCHAR document_name[] = L"C:\\running\\bench document.doc";

enum
{
    COMMAND_REGISTER = 1, /* `count` entries */
    COMMAND_REVOKE,       /* all */
};

static struct pair_host host;
static IRunningObjectTable *table;

/* --- the object: IPersist --- */

struct object
{
    struct com_object object;
    IPersist IPersist_iface;
};

COM_OBJECT_METHODS(object, struct object, IPersist, IPersist_iface)

static HRESULT STDMETHODCALLTYPE object_GetClassID(IPersist *iface, CLSID *clsid)
{
    (void)iface;
    *clsid = CLSID_NULL;
    return S_OK;
}

static IPersistVtbl object_vtbl = {
        object_IPersist_QueryInterface,
        object_IPersist_AddRef,
        object_IPersist_Release,
        object_GetClassID,
};

static void object_destroy(void *object)
{
    free(object);
}

static const struct com_interface object_interfaces[] = {
        {&IID_IUnknown, offsetof(struct object, IPersist_iface)},
        {&IID_IPersist, offsetof(struct object, IPersist_iface)},
};

static const struct com_class object_class = {"object", object_interfaces,
        ARRAY_SIZE(object_interfaces), object_destroy};

static IUnknown *object_create(void)
{
    struct object *object = calloc(1, sizeof(*object));

    check(object ? S_OK : E_OUTOFMEMORY, "allocate");
    com_object_init(&object->object, &object_class);
    object->IPersist_iface.lpVtbl = &object_vtbl;
    return (IUnknown *)&object->IPersist_iface;
}

static IMoniker *entry_moniker(LONG number)
{
    IMoniker *moniker;
    WCHAR name[40];

    swprintf(name, ARRAY_SIZE(name), L"entry number %ld", number);
    check(CreateItemMoniker(L"!", name, &moniker), "CreateItemMoniker");
    return moniker;
}

/* --- the process that has them --- */

static IUnknown *host_object;
static DWORD *cookies;

static void host_register(LONG count)
{
    cookies = calloc((size_t)count, sizeof(*cookies));
    check(cookies ? S_OK : E_OUTOFMEMORY, "allocate");
    for (LONG i = 0; i < count; i++)
    {
        IMoniker *moniker = entry_moniker(i);

        check(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, host_object,
                      moniker, &cookies[i]),
                "Register");
        IMoniker_Release(moniker);
    }
}

static void host_revoke(LONG count)
{
    for (LONG i = 0; i < count; i++)
        check(IRunningObjectTable_Revoke(table, cookies[i]), "Revoke");
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

static int run_host(unsigned int number)
{
    IMoniker *moniker;
    DWORD cookie;

    host_object = object_create();
    check(CreateFileMoniker(document_name, &moniker), "CreateFileMoniker");
    check(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, host_object, moniker,
                  &cookie),
            "Register");
    IMoniker_Release(moniker);
    pair_host_serve(number, host_execute);
    IRunningObjectTable_Revoke(table, cookie);
    IUnknown_Release(host_object);
    return 0;
}

/* --- the process that looks --- */

static void call_bind(LONG number)
{
    IMoniker *moniker;
    IPersist *object;
    IBindCtx *context;
    ULONG eaten;

    (void)number;
    check(CreateBindCtx(0, &context), "CreateBindCtx");
    check(MkParseDisplayName(context, document_name, &eaten, &moniker), "MkParseDisplayName");
    check(IMoniker_BindToObject(moniker, context, NULL, &IID_IPersist, (void **)&object),
            "BindToObject");
    IPersist_Release(object);
    IMoniker_Release(moniker);
    IBindCtx_Release(context);
}

static void call_is_running(LONG number)
{
    IMoniker *moniker = entry_moniker(number);

    check(IRunningObjectTable_IsRunning(table, moniker) == S_OK ? S_OK : E_FAIL, "IsRunning");
    IMoniker_Release(moniker);
}

static void call_is_not_running(LONG number)
{
    IMoniker *moniker = entry_moniker(-1 - number);

    check(IRunningObjectTable_IsRunning(table, moniker) == S_FALSE ? S_OK : E_FAIL, "IsRunning");
    IMoniker_Release(moniker);
}

static void call_get_object(LONG number)
{
    IMoniker *moniker = entry_moniker(number);
    IUnknown *object;

    check(IRunningObjectTable_GetObject(table, moniker, &object), "GetObject");
    IUnknown_Release(object);
    IMoniker_Release(moniker);
}

static void measure_enumeration(LONG entries)
{
    double begin = now_us();
    IEnumMoniker *monikers;
    IMoniker *moniker;
    LONG count = 0;

    check(IRunningObjectTable_EnumRunning(table, &monikers), "EnumRunning");
    while (IEnumMoniker_Next(monikers, 1, &moniker, NULL) == S_OK)
    {
        count++;
        IMoniker_Release(moniker);
    }
    IEnumMoniker_Release(monikers);
    check(count == entries + 1 ? S_OK : E_FAIL, "enumeration");
    figure_print("enumerate", entries, (now_us() - begin) / count);
}

static void measure_entries(LONG entries)
{
    figure_print("register", entries, pair_host_tell(&host, COMMAND_REGISTER, entries));
    measure("is_running", entries, call_is_running);
    measure("is_not_running", entries, call_is_not_running);
    measure("get_object", entries, call_get_object);
    measure_enumeration(entries);
    figure_print("revoke", entries, pair_host_tell(&host, COMMAND_REVOKE, entries));
}

int main(int argc, char **argv)
{
    BOOL is_host = argc > 2 && !strcmp(argv[1], "host");
    LONG entries = argc > 1 ? atol(argv[1]) : 10000;

    check(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    check(GetRunningObjectTable(0, &table), "GetRunningObjectTable");
    if (is_host)
        return run_host((unsigned int)atoi(argv[2]));
    pair_host_start(&host, 0);
    measure("bind", 1, call_bind);
    measure_entries(entries / 10);
    measure_entries(entries);
    pair_host_end(&host);
    CoUninitialize();
    return 0;
}
