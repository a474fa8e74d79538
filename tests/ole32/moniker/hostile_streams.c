/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Altered streams of monikers and altered display names: no crash, no hang, nothing read past an
 * end, nothing leaked, and what was understood can be saved and is then the same. hostile_streams
 * SEED NUMBER feeds one.
 */
#include "fuzz.h"
#include "names.h"
#include "victims.h"

TAP_TIME_LIMIT(300);

#define SEED 20261121
#define STREAMS 100000
#define NAMES 6000

static const HRESULT load_documented[] = {E_INVALIDARG, E_OUTOFMEMORY, STG_E_READFAULT,
        STG_E_DOCFILECORRUPT, REGDB_E_CLASSNOTREG, CLASS_E_CLASSNOTAVAILABLE, E_NOINTERFACE,
        RPC_E_INVALID_OBJREF, RPC_E_INVALID_OBJECT, RPC_E_DISCONNECTED, CO_E_OBJNOTREG, E_NOTIMPL,
        0};
static struct fuzz_answers load_answers = {load_documented};
static const HRESULT name_documented[] = {MK_E_SYNTAX, MK_E_INVALIDEXTENSION, MK_E_CANTOPENFILE,
        MK_E_NOOBJECT, STG_E_READFAULT, REGDB_E_CLASSNOTREG, RPC_E_DISCONNECTED,
        RPC_E_INVALID_OBJECT, E_NOINTERFACE, CO_E_OBJNOTREG, E_INVALIDARG, E_OUTOFMEMORY,
        RPC_E_INVALID_OBJREF, 0};
static struct fuzz_answers name_answers = {name_documented};

static struct fuzz_corpus streams, names;

static void stream_add(IMoniker *moniker, const char *name)
{
    HGLOBAL memory;
    IStream *stream;
    STATSTG stat;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    OleSaveToStream((IPersistStream *)moniker, stream);
    IStream_Stat(stream, &stat, STATFLAG_NONAME);
    GetHGlobalFromStream(stream, &memory);
    fuzz_add(&streams, name, 0, GlobalLock(memory), stat.cbSize.u.LowPart);
    GlobalUnlock(memory);
    IStream_Release(stream);
    IMoniker_Release(moniker);
}

static void name_add(const WCHAR *name)
{
    fuzz_add(&names, "name", 0, name, (ULONG)(wcslen(name) * sizeof(WCHAR)));
}

static void corpus_make(void)
{
    static const WCHAR middle[] = {'a', 0x4e2d, 0};
    IMoniker *moniker;
    CLSID clsid = {0x324, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

    stream_add(file_of(L"c:\\work\\docs\\report.doc"), "file");
    stream_add(file_of(L"..\\..\\report.doc"), "relative file");
    stream_add(file_of(L"\\\\server\\share\\report"), "file of a server");
    stream_add(file_of(middle), "Unicode file");
    stream_add(item_of(L"Sheet1"), "item");
    stream_add(item_of(middle), "Unicode item");
    CreateAntiMoniker(&moniker);
    stream_add(moniker, "anti-moniker");
    CreateClassMoniker(&clsid, &moniker);
    stream_add(moniker, "class");
    stream_add(composed(composed(file_of(L"c:\\a.b"), item_of(L"S")), item_of(L"A1")), "composite");
    stream_add(composed(item_of(L"x"), file_of(middle)), "composite");

    name_add(L"clsid:5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21:");
    name_add(L"clsid:{5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21};some=thing:");
    name_add(L"objref:TUVPVwEAAAAAAAAAAAAAAMAAAAAAAABGAAAAAAEAAAC7AAAAAAAAAAAAAAAAAAAAAAAAAA==:");
    name_add(L"c:\\windows\\system.ini!Section");
    name_add(L"@Nobody.Knows.1!x");
    name_add(L"Nobody.Knows:x");
}

/* What was understood is the same after saving and loading; its other methods get along with it. */
static ULONG look_at(IMoniker *moniker, IBindCtx *context)
{
    IMoniker *copy = NULL, *out = NULL;
    LARGE_INTEGER start = {.QuadPart = 0};
    IStream *stream;
    WCHAR *name = NULL;
    DWORD hash;
    ULONG changed = 0;

    IMoniker_Hash(moniker, &hash);
    if (SUCCEEDED(IMoniker_GetDisplayName(moniker, context, NULL, &name)))
        CoTaskMemFree(name);
    if (SUCCEEDED(IMoniker_Inverse(moniker, &out)) && out)
        IMoniker_Release(out);
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    if (SUCCEEDED(OleSaveToStream((IPersistStream *)moniker, stream)))
    {
        IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
        changed = OleLoadFromStream(stream, &IID_IMoniker, (void **)&copy) != S_OK
                || IMoniker_IsEqual(moniker, copy) != S_OK;
        if (copy)
            IMoniker_Release(copy);
    }
    IStream_Release(stream);
    return changed;
}

static void streams_run(IBindCtx *context)
{
    static struct fuzz_input input;
    UINT32 number, first, end;
    ULONG changed = 0, understood = 0;

    fuzz_range(STREAMS, &first, &end);
    for (number = first; number < end; ++number)
    {
        struct memory_stream stream;
        IMoniker *moniker = NULL;
        HRESULT hr;

        fuzz_make(&streams, fuzz_seed(), number, &input);
        if (number % 16) /* mostly of a class that there is */
            memcpy(input.data, input.item->data, min(input.size, sizeof(CLSID)));
        fuzz_at("stream", number);
        memory_stream_init(&stream, fuzz_guard(0, input.data, input.size, 1, number & 1),
                input.size);
        hr = OleLoadFromStream(&stream.IStream_iface, &IID_IMoniker, (void **)&moniker);
        fuzz_answer(&load_answers, hr);
        if (FAILED(hr))
            continue;
        understood++;
        changed += look_at(moniker, context);
        IMoniker_Release(moniker);
    }
    note("%lu streams were understood", (unsigned long)understood);
    is_uint(changed, 0, "monikers that were not the same after saving");
}

static void names_run(IBindCtx *context)
{
    static struct fuzz_input input;
    UINT32 number, first, end;
    ULONG beyond = 0;

    fuzz_range(NAMES, &first, &end);
    for (number = first; number < end; ++number)
    {
        IMoniker *moniker = NULL;
        ULONG eaten = 0, length;
        const WCHAR *name;

        fuzz_make(&names, fuzz_seed() + 1, number, &input);
        fuzz_at("name", number);
        input.size &= ~1u;
        if (input.size > FUZZ_INPUT_MAX - 2)
            input.size = FUZZ_INPUT_MAX - 2;
        input.data[input.size] = input.data[input.size + 1] = 0;
        name = (WCHAR *)fuzz_guard(0, input.data, input.size + 2, sizeof(WCHAR), FALSE);
        length = (ULONG)wcslen(name);
        fuzz_answer(&name_answers, MkParseDisplayName(context, name, &eaten, &moniker));
        beyond += eaten > length;
        if (moniker)
            IMoniker_Release(moniker);
        if (!(number % 1000))
            IBindCtx_ReleaseBoundObjects(context);
    }
    is_uint(beyond, 0, "names of which more was understood than there is");
}

/* What is made once: the connection to the broker, what is remembered of classes. */
static void warm_up(IBindCtx *context)
{
    static const CLSID unknown = {0x5c0e81a2, 0x76b4, 0x4f5a, {1, 2, 3, 4, 5, 6, 7, 8}};
    IMoniker *moniker;
    ULONG eaten;

    CoCreateInstance(&unknown, NULL, CLSCTX_ALL, &IID_IMoniker, (void **)&moniker);
    for (ULONG i = 0; i < names.count; i++)
    {
        WCHAR name[128] = {0};

        memcpy(name, names.items[i].data, min(names.items[i].size, sizeof(name) - 2));
        MkParseDisplayName(context, name, &eaten, &moniker);
        if (moniker)
            IMoniker_Release(moniker);
    }
}

int main(int argc, char **argv)
{
    struct fuzz_memory before;
    IBindCtx *context;

    if (tap_builtin())
        skip_all("a million altered inputs are for our DLL");
    CoInitialize(NULL);
    fuzz_begin(argc, argv, SEED, 10);
    corpus_make();
    CreateBindCtx(0, &context);
    warm_up(context);
    fuzz_memory_get(&before);
    streams_run(context);
    names_run(context);
    IBindCtx_Release(context);
    fuzz_answers_check(&load_answers, "loading altered streams");
    fuzz_answers_check(&name_answers, "parsing altered names");
    fuzz_memory_check(&before, 0x400000, 24, "monikers of altered streams and names");
    fuzz_corpus_free(&streams);
    fuzz_corpus_free(&names);
    CoUninitialize();
    return done_testing();
}
