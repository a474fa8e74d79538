/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Times IDataObject with a medium of 1 MiB of memory between two processes: GetData, GetDataHere
 * and SetData.
 *
 *     media           prints the figures; starts the other form
 *     media server    has the data object
 *
 * Prints one line "name value" for each figure, in microseconds a call: the median of nine rounds.
 * Uses only what every COM runtime has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>
#include <ole2.h>

#include "com_object.h"

#define ROUNDS 9
#define ROUND_CALLS 8
#define MEDIUM_SIZE 0x100000
#define PACKET_SIZE 0x1000

/* What both processes see; the packet is a table-marshalled one. */
struct shared
{
    ULONG size;
    BYTE packet[PACKET_SIZE];
};

static const WCHAR section_name[] = L"concierge-bench-media";
static const WCHAR ready_name[] = L"concierge-bench-media-ready";
static const WCHAR end_name[] = L"concierge-bench-media-end";

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

static HGLOBAL memory_make(void)
{
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, MEDIUM_SIZE);

    check(memory ? S_OK : E_OUTOFMEMORY, "GlobalAlloc");
    memset(GlobalLock(memory), 0x5a, MEDIUM_SIZE);
    GlobalUnlock(memory);
    return memory;
}

/* --- the object --- */

struct object
{
    struct com_object object;
    IDataObject IDataObject_iface;
};

COM_OBJECT_METHODS(object, struct object, IDataObject, IDataObject_iface)

static HRESULT STDMETHODCALLTYPE object_GetData(IDataObject *iface, FORMATETC *format,
        STGMEDIUM *medium)
{
    (void)iface, (void)format;
    medium->tymed = TYMED_HGLOBAL;
    medium->hGlobal = memory_make();
    medium->pUnkForRelease = NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_GetDataHere(IDataObject *iface, FORMATETC *format,
        STGMEDIUM *medium)
{
    (void)iface, (void)format;
    if (GlobalSize(medium->hGlobal) != MEDIUM_SIZE)
        return STG_E_MEDIUMFULL;
    memset(GlobalLock(medium->hGlobal), 0x5a, MEDIUM_SIZE);
    GlobalUnlock(medium->hGlobal);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_QueryGetData(IDataObject *iface, FORMATETC *format)
{
    (void)iface, (void)format;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_GetCanonicalFormatEtc(IDataObject *iface, FORMATETC *format,
        FORMATETC *canonical)
{
    (void)iface, (void)format, (void)canonical;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE object_SetData(IDataObject *iface, FORMATETC *format,
        STGMEDIUM *medium, WINBOOL release)
{
    (void)iface, (void)format;
    if (GlobalSize(medium->hGlobal) != MEDIUM_SIZE)
        return STG_E_MEDIUMFULL;
    if (release)
        ReleaseStgMedium(medium);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_EnumFormatEtc(IDataObject *iface, DWORD direction,
        IEnumFORMATETC **formats)
{
    (void)iface, (void)direction, (void)formats;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE object_DAdvise(IDataObject *iface, FORMATETC *format, DWORD flags,
        IAdviseSink *sink, DWORD *connection)
{
    (void)iface, (void)format, (void)flags, (void)sink, (void)connection;
    return OLE_E_ADVISENOTSUPPORTED;
}

static HRESULT STDMETHODCALLTYPE object_DUnadvise(IDataObject *iface, DWORD connection)
{
    (void)iface, (void)connection;
    return OLE_E_NOCONNECTION;
}

static HRESULT STDMETHODCALLTYPE object_EnumDAdvise(IDataObject *iface, IEnumSTATDATA **connections)
{
    (void)iface, (void)connections;
    return OLE_E_ADVISENOTSUPPORTED;
}

static IDataObjectVtbl object_vtbl = {
        object_IDataObject_QueryInterface,
        object_IDataObject_AddRef,
        object_IDataObject_Release,
        object_GetData,
        object_GetDataHere,
        object_QueryGetData,
        object_GetCanonicalFormatEtc,
        object_SetData,
        object_EnumFormatEtc,
        object_DAdvise,
        object_DUnadvise,
        object_EnumDAdvise,
};

static void object_destroy(void *object)
{
    free(object);
}

static const struct com_interface object_interfaces[] = {
        {&IID_IUnknown, offsetof(struct object, IDataObject_iface)},
        {&IID_IDataObject, offsetof(struct object, IDataObject_iface)},
};

static const struct com_class object_class = {"object", object_interfaces,
        ARRAYSIZE(object_interfaces), object_destroy};

static struct object *object_create(void)
{
    struct object *object = calloc(1, sizeof(*object));

    check(object ? S_OK : E_OUTOFMEMORY, "the object");
    object->IDataObject_iface.lpVtbl = &object_vtbl;
    com_object_init(&object->object, &object_class);
    return object;
}

/* --- the server --- */

static struct shared *shared_open(void)
{
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
            sizeof(struct shared), section_name);

    return section ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, sizeof(struct shared)) : NULL;
}

static int server_run(void)
{
    HANDLE ready = CreateEventW(NULL, TRUE, FALSE, ready_name);
    HANDLE end = CreateEventW(NULL, TRUE, FALSE, end_name);
    struct shared *shared = shared_open();
    struct object *object = object_create();
    LARGE_INTEGER start = {.QuadPart = 0};
    ULARGE_INTEGER size;
    IStream *stream;

    check(shared ? S_OK : E_OUTOFMEMORY, "the section");
    check(CreateStreamOnHGlobal(NULL, TRUE, &stream), "CreateStreamOnHGlobal");
    check(CoMarshalInterface(stream, &IID_IDataObject, (IUnknown *)&object->IDataObject_iface,
                  MSHCTX_LOCAL, NULL, MSHLFLAGS_TABLESTRONG),
            "CoMarshalInterface");
    IStream_Seek(stream, start, STREAM_SEEK_CUR, &size);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    check(size.QuadPart <= PACKET_SIZE ? S_OK : E_OUTOFMEMORY, "the packet");
    IStream_Read(stream, shared->packet, size.u.LowPart, &shared->size);
    SetEvent(ready);
    WaitForSingleObject(end, INFINITE);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    CoReleaseMarshalData(stream);
    IStream_Release(stream);
    IDataObject_Release(&object->IDataObject_iface);
    CloseHandle(ready);
    CloseHandle(end);
    return 0;
}

static HANDLE server_start(const char *program)
{
    HANDLE waits[2] = {CreateEventW(NULL, TRUE, FALSE, ready_name)};
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    char command[MAX_PATH + 20];

    snprintf(command, sizeof(command), "\"%s\" server", program);
    check(CreateProcessA(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process)
                    ? S_OK
                    : E_FAIL,
            "the server's process");
    CloseHandle(process.hThread);
    waits[1] = process.hProcess;
    check(WaitForMultipleObjects(2, waits, FALSE, INFINITE) == WAIT_OBJECT_0 ? S_OK : E_FAIL,
            "the server's beginning");
    return process.hProcess;
}

/* --- the figures --- */

static int compare(const void *one, const void *two)
{
    double difference = *(const double *)one - *(const double *)two;

    return difference < 0 ? -1 : difference > 0;
}

/* Nothing is printed of what the runtime does not do. */
static void measure(const char *name, HRESULT (*step)(IDataObject *), IDataObject *object)
{
    double rounds[ROUNDS];

    if (FAILED(step(object)))
        return;
    for (unsigned int i = 0; i < ROUNDS; i++)
    {
        double start = now_us();

        for (unsigned int k = 0; k < ROUND_CALLS; k++)
            check(step(object), name);
        rounds[i] = (now_us() - start) / ROUND_CALLS;
    }
    qsort(rounds, ROUNDS, sizeof(*rounds), compare);
    printf("%s %.1f\n", name, rounds[ROUNDS / 2]);
    fflush(stdout);
}

static FORMATETC format = {CF_TEXT, NULL, DVASPECT_CONTENT, -1, TYMED_HGLOBAL};

static HRESULT step_get(IDataObject *object)
{
    STGMEDIUM medium;
    HRESULT hr = IDataObject_GetData(object, &format, &medium);

    if (FAILED(hr))
        return hr;
    check(GlobalSize(medium.hGlobal) == MEDIUM_SIZE ? S_OK : E_FAIL, "its memory");
    ReleaseStgMedium(&medium);
    return hr;
}

static HRESULT step_get_here(IDataObject *object)
{
    static STGMEDIUM medium = {.tymed = TYMED_HGLOBAL};

    if (!medium.hGlobal)
        medium.hGlobal = memory_make();
    return IDataObject_GetDataHere(object, &format, &medium);
}

static HRESULT step_set(IDataObject *object)
{
    STGMEDIUM medium = {.tymed = TYMED_HGLOBAL};
    HRESULT hr;

    medium.hGlobal = memory_make();
    hr = IDataObject_SetData(object, &format, &medium, FALSE);
    ReleaseStgMedium(&medium);
    return hr;
}

static void client_run(const char *program)
{
    HANDLE end = CreateEventW(NULL, TRUE, FALSE, end_name);
    struct shared *shared = shared_open();
    HANDLE server = server_start(program);
    LARGE_INTEGER start = {.QuadPart = 0};
    IDataObject *object = NULL;
    IStream *stream;

    check(shared ? S_OK : E_OUTOFMEMORY, "the section");
    check(CreateStreamOnHGlobal(NULL, TRUE, &stream), "CreateStreamOnHGlobal");
    IStream_Write(stream, shared->packet, shared->size, NULL);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    check(CoUnmarshalInterface(stream, &IID_IDataObject, (void **)&object), "CoUnmarshalInterface");
    IStream_Release(stream);
    measure("get_1_mib_us", step_get, object);
    measure("set_1_mib_us", step_set, object);
    measure("get_here_1_mib_us", step_get_here, object);
    IDataObject_Release(object);
    SetEvent(end);
    WaitForSingleObject(server, INFINITE);
    CloseHandle(server);
    CloseHandle(end);
}

int main(int argc, char **argv)
{
    int result = 0;

    check(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    if (argc > 1 && !strcmp(argv[1], "server"))
        result = server_run();
    else
        client_run(argv[0]);
    CoUninitialize();
    return result;
}
