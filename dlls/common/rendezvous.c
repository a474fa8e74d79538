/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rendezvous.h"

#include <stdlib.h>

#include "bits10_3.h"
#include "bits5_0.h"
#include "com_object.h"

#define SECTION_NAME L"Concierge.BITS.Factory"
#define OBJREF_MAX 4000

struct section
{
    volatile LONG sequence; /* odd while it is being written */
    DWORD process;
    DWORD size;
    BYTE objref[OBJREF_MAX];
};

struct rendezvous
{
    HANDLE mapping;
    struct section *section;
};

const struct bits_class bits_classes[] = {
        {&CLSID_BackgroundCopyManager, L"BackgroundCopyManager"},
        {&CLSID_BackgroundCopyManager1_5, L"BackgroundCopyManager 1.5"},
        {&CLSID_BackgroundCopyManager2_0, L"BackgroundCopyManager 2.0"},
        {&CLSID_BackgroundCopyManager2_5, L"BackgroundCopyManager 2.5"},
        {&CLSID_BackgroundCopyManager3_0, L"BackgroundCopyManager 3.0"},
        {&CLSID_BackgroundCopyManager4_0, L"BackgroundCopyManager 4.0"},
        {&CLSID_BackgroundCopyManager5_0, L"BackgroundCopyManager 5.0"},
        {&CLSID_BackgroundCopyManager10_1, L"BackgroundCopyManager 10.1"},
        {&CLSID_BackgroundCopyManager10_2, L"BackgroundCopyManager 10.2"},
        {&CLSID_BackgroundCopyManager10_3, L"BackgroundCopyManager 10.3"},
};
const unsigned int bits_class_count = ARRAY_SIZE(bits_classes);

HRESULT rendezvous_open(struct rendezvous **out)
{
    struct rendezvous *rendezvous = calloc(1, sizeof(*rendezvous));
    HRESULT hr;

    *out = NULL;
    if (!rendezvous)
        return E_OUTOFMEMORY;
    rendezvous->mapping = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
            sizeof(struct section), SECTION_NAME);
    if (rendezvous->mapping)
        rendezvous->section =
                MapViewOfFile(rendezvous->mapping, FILE_MAP_WRITE, 0, 0, sizeof(struct section));
    if (!rendezvous->section)
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        rendezvous_close(rendezvous);
        return hr;
    }
    *out = rendezvous;
    return S_OK;
}

void rendezvous_close(struct rendezvous *rendezvous)
{
    if (!rendezvous)
        return;
    if (rendezvous->section)
        UnmapViewOfFile(rendezvous->section);
    if (rendezvous->mapping)
        CloseHandle(rendezvous->mapping);
    free(rendezvous);
}

static void section_write(struct section *section, DWORD process, const void *objref, DWORD size)
{
    LONG sequence = section->sequence | 1;

    InterlockedExchange(&section->sequence, sequence);
    section->process = process;
    section->size = size;
    if (size)
        memcpy(section->objref, objref, size);
    InterlockedExchange(&section->sequence, sequence + 1);
}

/* A consistent copy; FALSE when a writer died, or writes, in the middle. */
static BOOL section_read(const struct section *section, struct section *copy)
{
    for (unsigned int tries = 0; tries < 1000; tries++)
    {
        LONG sequence = section->sequence;

        MemoryBarrier();
        memcpy(copy, section, sizeof(*copy));
        MemoryBarrier();
        if (!(sequence & 1) && section->sequence == sequence)
            return copy->process && copy->size && copy->size <= OBJREF_MAX;
        YieldProcessor();
    }
    return FALSE;
}

HRESULT rendezvous_publish(struct rendezvous *rendezvous, IClassFactory *factory)
{
    IStream *stream;
    HGLOBAL memory;
    SIZE_T size;
    HRESULT hr;

    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return hr;
    hr = CoMarshalInterface(stream, &IID_IClassFactory, (IUnknown *)factory, MSHCTX_LOCAL, NULL,
            MSHLFLAGS_TABLESTRONG);
    if (SUCCEEDED(hr) && SUCCEEDED(hr = GetHGlobalFromStream(stream, &memory)))
    {
        size = GlobalSize(memory);
        if (size <= OBJREF_MAX)
        {
            section_write(rendezvous->section, GetCurrentProcessId(), GlobalLock(memory),
                    (DWORD)size);
            GlobalUnlock(memory);
        }
        else
            hr = HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
    }
    IStream_Release(stream);
    return hr;
}

void rendezvous_withdraw(struct rendezvous *rendezvous)
{
    if (rendezvous->section->process == GetCurrentProcessId())
        section_write(rendezvous->section, 0, NULL, 0);
}

DWORD rendezvous_process(const struct rendezvous *rendezvous)
{
    return rendezvous->section->process;
}

HRESULT rendezvous_connect(const struct rendezvous *rendezvous, IClassFactory **out)
{
    struct section copy;
    IStream *stream;
    LARGE_INTEGER begin = {.QuadPart = 0};
    HRESULT hr;

    *out = NULL;
    if (!section_read(rendezvous->section, &copy))
        return E_PENDING;
    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return hr;
    if (SUCCEEDED(hr = IStream_Write(stream, copy.objref, copy.size, NULL))
            && SUCCEEDED(hr = IStream_Seek(stream, begin, STREAM_SEEK_SET, NULL)))
        hr = CoUnmarshalInterface(stream, &IID_IClassFactory, (void **)out);
    IStream_Release(stream);
    return hr;
}
