/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Times the running object table, one process with the objects and one that looks for them.
 *
 *     running_objects ENTRIES   runs all
 *     running_objects host      is the other process; started by the first form
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

#define ROUNDS 9
#define ROUND_MS 120
#define PATIENCE 1800000

static const WCHAR document_name[] = L"C:\\running\\bench document.doc";

/* What the two have in common. */
struct shared
{
    LONG command, result;
    LONG count; /* of entries that are registered */
    double time;
};

enum
{
    COMMAND_REGISTER, /* `count` entries */
    COMMAND_REVOKE,   /* all */
    COMMAND_END,
};

static struct shared *shared;
static HANDLE command_event, answer_event;
static IRunningObjectTable *table;

static void check(HRESULT hr, const char *what)
{
    if (SUCCEEDED(hr))
        return;
    printf("failed: %s: %08lx\n", what, (unsigned long)hr);
    fflush(stdout);
    ExitProcess(1);
}

static double now_us(void)
{
    LARGE_INTEGER frequency, counter;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&counter);
    return (double)counter.QuadPart * 1e6 / (double)frequency.QuadPart;
}

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

static DWORD *cookies;

static void host_register(IUnknown *object, LONG count)
{
    double begin;

    cookies = calloc((size_t)count, sizeof(*cookies));
    check(cookies ? S_OK : E_OUTOFMEMORY, "allocate");
    begin = now_us();
    for (LONG i = 0; i < count; i++)
    {
        IMoniker *moniker = entry_moniker(i);

        check(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, object, moniker,
                      &cookies[i]),
                "Register");
        IMoniker_Release(moniker);
    }
    shared->time = (now_us() - begin) / count;
}

static void host_revoke(LONG count)
{
    double begin = now_us();

    for (LONG i = 0; i < count; i++)
        check(IRunningObjectTable_Revoke(table, cookies[i]), "Revoke");
    shared->time = (now_us() - begin) / count;
    free(cookies);
}

static int run_host(void)
{
    IUnknown *object = object_create();
    IMoniker *moniker;
    DWORD cookie;

    check(CreateFileMoniker(document_name, &moniker), "CreateFileMoniker");
    check(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, object, moniker,
                  &cookie),
            "Register");
    IMoniker_Release(moniker);
    for (;;)
    {
        SetEvent(answer_event);
        if (WaitForSingleObject(command_event, PATIENCE) != WAIT_OBJECT_0
                || shared->command == COMMAND_END)
            break;
        if (shared->command == COMMAND_REGISTER)
            host_register(object, shared->count);
        else
            host_revoke(shared->count);
    }
    IRunningObjectTable_Revoke(table, cookie);
    IUnknown_Release(object);
    SetEvent(answer_event);
    return 0;
}

/* --- the process that looks --- */

static double host_tell(LONG command, LONG count)
{
    shared->command = command;
    shared->count = count;
    SetEvent(command_event);
    check(WaitForSingleObject(answer_event, PATIENCE) == WAIT_OBJECT_0 ? S_OK : E_FAIL, "the host");
    return shared->time;
}

static int compare(const void *first, const void *second)
{
    double a = *(const double *)first, b = *(const double *)second;

    return (a > b) - (a < b);
}

/* The median of some rounds, each of as many calls as its time allows. */
static void measure(const char *name, LONG entries, void (*call)(LONG number))
{
    double rounds[ROUNDS];

    call(0);
    for (unsigned int i = 0; i < ROUNDS; i++)
    {
        double begin = now_us(), end;
        unsigned int calls = 0;

        do
        {
            call((LONG)((calls * 7919u + i * 104729u) % (unsigned int)entries));
            calls++;
            end = now_us();
        } while (end - begin < ROUND_MS * 1000);
        rounds[i] = (end - begin) / calls;
    }
    qsort(rounds, ROUNDS, sizeof(rounds[0]), compare);
    if (entries > 1)
        printf("%s_%ld_us %.3f\n", name, entries, rounds[ROUNDS / 2]);
    else
        printf("%s_us %.3f\n", name, rounds[ROUNDS / 2]);
    fflush(stdout);
}

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
    printf("enumerate_%ld_us %.3f\n", entries, (now_us() - begin) / count);
}

static void measure_entries(LONG entries)
{
    printf("register_%ld_us %.3f\n", entries, host_tell(COMMAND_REGISTER, entries));
    fflush(stdout);
    measure("is_running", entries, call_is_running);
    measure("is_not_running", entries, call_is_not_running);
    measure("get_object", entries, call_get_object);
    measure_enumeration(entries);
    printf("revoke_%ld_us %.3f\n", entries, host_tell(COMMAND_REVOKE, entries));
    fflush(stdout);
}

static HANDLE start_host(void)
{
    PROCESS_INFORMATION information;
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR path[MAX_PATH], command[MAX_PATH + 16];

    GetModuleFileNameW(NULL, path, ARRAY_SIZE(path));
    swprintf(command, ARRAY_SIZE(command), L"\"%ls\" host", path);
    check(CreateProcessW(path, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &information)
                    ? S_OK
                    : E_FAIL,
            "CreateProcess");
    CloseHandle(information.hThread);
    check(WaitForSingleObject(answer_event, PATIENCE) == WAIT_OBJECT_0 ? S_OK : E_FAIL, "the host");
    return information.hProcess;
}

int main(int argc, char **argv)
{
    BOOL is_host = argc > 1 && !strcmp(argv[1], "host");
    LONG entries = argc > 1 ? atol(argv[1]) : 10000;
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
                   sizeof(*shared), L"concierge-bench-running"),
           host;

    shared = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, sizeof(*shared));
    command_event = CreateEventW(NULL, FALSE, FALSE, L"concierge-bench-running-command");
    answer_event = CreateEventW(NULL, FALSE, FALSE, L"concierge-bench-running-answer");
    check(shared && command_event && answer_event ? S_OK : E_FAIL, "what is shared");
    check(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    check(GetRunningObjectTable(0, &table), "GetRunningObjectTable");
    if (is_host)
        return run_host();
    host = start_host();
    measure("bind", 1, call_bind);
    measure_entries(entries / 10);
    measure_entries(entries);
    host_tell(COMMAND_END, 0);
    WaitForSingleObject(host, PATIENCE);
    CoUninitialize();
    return 0;
}
