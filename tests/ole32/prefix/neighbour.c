/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one prefix sees of another:  neighbour stay | neighbour look WORDS
 *
 * "stay" offers a class, has a running object, and writes the WORDS by which both can be found to
 * C:\words: its process, the broker's, the endpoint of that, the ID of its table of running
 * objects, the name of its port, a marshalled reference. It ends when C:\go is there. "look" tries
 * all of them, and prints for each a line of its name and 1 if it led to something, or 0.
 */
#include <objbase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker_running.h"
#include "broker_shared.h"
#include "com_object.h"
#include "running_layout.h"

#define PATIENCE 120000 /* ms */
#define REFERENCE_MAX 400
#define OXID_AT 32 /* bytes of a standard OBJREF before the OXID */

static const CLSID class_id = {0x77c2a1de, 0x0f4b, 0x4b8a,
        {0xa2, 0x61, 0x0d, 0x5e, 0x93, 0x18, 0xc7, 0x24}};

static void check(BOOL good, const char *what)
{
    if (good)
        return;
    printf("failed: %s, error %lu\n", what, GetLastError());
    fflush(stdout);
    ExitProcess(1);
}

/* --- the object --- */

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

static IMoniker *neighbour_moniker(void)
{
    IMoniker *moniker;

    check(SUCCEEDED(CreateItemMoniker(L"!", L"the neighbour's", &moniker)), "CreateItemMoniker");
    return moniker;
}

/* --- the one that stays --- */

static DWORD marshal(BYTE *reference)
{
    LARGE_INTEGER start = {0};
    IStream *stream;
    ULONG size = 0;

    check(SUCCEEDED(CreateStreamOnHGlobal(NULL, TRUE, &stream))
                    && SUCCEEDED(CoMarshalInterface(stream, &IID_IClassFactory,
                            (IUnknown *)&factory, MSHCTX_LOCAL, NULL, MSHLFLAGS_TABLESTRONG))
                    && SUCCEEDED(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL))
                    && SUCCEEDED(IStream_Read(stream, reference, REFERENCE_MAX, &size)),
            "CoMarshalInterface");
    IStream_Release(stream);
    check(size > OXID_AT + sizeof(UINT64), "the reference");
    return size;
}

static UINT64 own_table(void)
{
    const struct broker_running_list *list = broker_running_list();

    for (ULONG i = 0; list && i < list->count; i++)
    {
        if (list->processes[i].process == GetCurrentProcessId())
            return broker_running_id(&list->processes[i]);
    }
    return 0;
}

static BOOL exists(const char *path)
{
    return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

static void write_words(void)
{
    struct broker_address address;
    BYTE reference[REFERENCE_MAX];
    UINT64 oxid, table = own_table();
    DWORD size = marshal(reference);
    FILE *file;

    check(broker_address_read(&address), "the broker's address");
    check(table != 0, "the list of running objects");
    memcpy(&oxid, reference + OXID_AT, sizeof(oxid));
    file = fopen("C:\\words.new", "w");
    check(file != NULL, "C:\\words.new");
    fprintf(file, "%lu %lu %ls %08lx%08lx %04lx%08lx ", GetCurrentProcessId(), address.process,
            address.endpoint, (ULONG)(table >> 32), (ULONG)table, (ULONG)(oxid >> 32) & 0xffff,
            (ULONG)oxid);
    for (DWORD i = 0; i < size; i++)
        fprintf(file, "%02x", reference[i]);
    fclose(file);
    check(MoveFileA("C:\\words.new", "C:\\words"), "C:\\words");
}

static void stay(void)
{
    ULONGLONG end = GetTickCount64() + PATIENCE;
    IMoniker *moniker = neighbour_moniker();
    IRunningObjectTable *table;
    DWORD offer, running;

    GetRunningObjectTable(0, &table);
    check(SUCCEEDED(CoRegisterClassObject(&class_id, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER,
                  REGCLS_MULTIPLEUSE, &offer)),
            "CoRegisterClassObject");
    check(IRunningObjectTable_Register(table, ROTFLAGS_REGISTRATIONKEEPSALIVE, (IUnknown *)&factory,
                  moniker, &running)
                    == S_OK,
            "Register");
    write_words();
    while (!exists("C:\\go") && GetTickCount64() < end)
        Sleep(20);
    IRunningObjectTable_Revoke(table, running);
    CoRevokeClassObject(offer);
    IMoniker_Release(moniker);
}

/* --- the one that looks --- */

static void say(const char *name, BOOL there)
{
    printf("%s %d\n", name, !!there);
}

/* Whether it has led to an object, which is released. */
static BOOL released(HRESULT hr, void **object)
{
    if (SUCCEEDED(hr))
        IUnknown_Release((IUnknown *)*object);
    return SUCCEEDED(hr);
}

static void look_by_com(void)
{
    IMoniker *moniker = neighbour_moniker(), *other;
    IRunningObjectTable *table;
    IEnumMoniker *monikers;
    BOOL enumerated = FALSE;
    void *object = NULL;

    say("class",
            released(CoGetClassObject(&class_id, CLSCTX_LOCAL_SERVER, NULL, &IID_IClassFactory,
                             &object),
                    &object));
    GetRunningObjectTable(0, &table);
    say("runs", IRunningObjectTable_IsRunning(table, moniker) == S_OK);
    say("object",
            released(IRunningObjectTable_GetObject(table, moniker, (IUnknown **)&object), &object));
    if (SUCCEEDED(IRunningObjectTable_EnumRunning(table, &monikers)))
    {
        while (IEnumMoniker_Next(monikers, 1, &other, NULL) == S_OK)
        {
            enumerated = enumerated || IMoniker_IsEqual(moniker, other) == S_OK;
            IMoniker_Release(other);
        }
        IEnumMoniker_Release(monikers);
    }
    say("enumerated", enumerated);
    IMoniker_Release(moniker);
}

static BOOL section_opens(const WCHAR *name)
{
    HANDLE section = OpenFileMappingW(FILE_MAP_READ, FALSE, name);

    if (section)
        CloseHandle(section);
    return section != NULL;
}

static BOOL pipe_opens(const char *name)
{
    HANDLE pipe = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);

    if (pipe == INVALID_HANDLE_VALUE)
        return GetLastError() != ERROR_FILE_NOT_FOUND;
    CloseHandle(pipe);
    return TRUE;
}

static HRESULT unmarshal(const char *hexadecimal, void **object)
{
    BYTE reference[REFERENCE_MAX];
    LARGE_INTEGER start = {0};
    IStream *stream;
    ULONG size = 0;
    HRESULT hr;

    for (unsigned int byte;
            size < REFERENCE_MAX && sscanf(hexadecimal + size * 2, "%2x", &byte) == 1;)
        reference[size++] = (BYTE)byte;
    check(SUCCEEDED(CreateStreamOnHGlobal(NULL, TRUE, &stream))
                    && SUCCEEDED(IStream_Write(stream, reference, size, NULL))
                    && SUCCEEDED(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL)),
            "a stream");
    hr = CoUnmarshalInterface(stream, &IID_IClassFactory, object);
    IStream_Release(stream);
    return hr;
}

/* The reference may be unmarshalled without a question: it is used. */
static BOOL reference_leads(const char *hexadecimal)
{
    IClassFactory *object;
    IUnknown *made;
    BOOL leads;

    if (FAILED(unmarshal(hexadecimal, (void **)&object)))
        return FALSE;
    leads = released(IClassFactory_CreateInstance(object, NULL, &IID_IUnknown, (void **)&made),
            (void **)&made);
    IClassFactory_Release(object);
    return leads;
}

static void look_by_names(char **words)
{
    ULONG process = strtoul(words[0], NULL, 10), broker = strtoul(words[1], NULL, 10);
    UINT64 id = strtoull(words[3], NULL, 16);
    struct broker_address address;
    WCHAR name[RUNNING_NAME_MAX];
    char text[BROKER_ENDPOINT_MAX], pipe[128];
    BOOL same = broker_address_read(&address) && address.process == broker;

    WideCharToMultiByte(CP_UTF8, 0, address.endpoint, -1, text, sizeof(text), NULL, NULL);
    say("broker", same && !strcmp(text, words[2]));
    say("listed", broker_running_listed(process, id));
    _snwprintf(name, ARRAYSIZE(name), RUNNING_HEAD_NAME, process, (ULONG)(id >> 32), (ULONG)id);
    say("head", section_opens(name));
    _snwprintf(name, ARRAYSIZE(name), RUNNING_TABLE_NAME, process, (ULONG)(id >> 32), (ULONG)id,
            1L);
    say("table", section_opens(name));
    snprintf(pipe, sizeof(pipe), "\\\\.\\pipe\\concierge-orpc-%s", words[4]);
    say("port", pipe_opens(pipe));
    say("reference", reference_leads(words[5]));
}

int main(int argc, char **argv)
{
    check(SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED)), "CoInitializeEx");
    if (argc == 8)
    {
        look_by_com();
        look_by_names(argv + 2);
    }
    else
        stay();
    CoUninitialize();
    return 0;
}
