/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Altered streams of monikers, saved and marshalled, composites in composites and OBJREFs among
 * them, and altered display names: no crash, no hang, nothing read past an end, nothing leaked, and
 * what was understood can be saved and is then the same. CONCIERGE_MUTATIONS says how many;
 * hostile_streams SEED NUMBER feeds one.
 */
#include "fuzz.h"
#include "names.h"
#include "victims.h"

TAP_TIME_LIMIT(300);

#define SEED 20261121
#define STREAMS 30000
#define NAMES 4000
#define ITEM 4 /* which stream is an item's */

/* How a moniker lies in a stream. */
enum form
{
    SAVED,
    MARSHALLED,
};

static const HRESULT load_documented[] = {E_INVALIDARG, E_OUTOFMEMORY, STG_E_READFAULT,
        STG_E_DOCFILECORRUPT, REGDB_E_CLASSNOTREG, CLASS_E_CLASSNOTAVAILABLE, E_NOINTERFACE,
        CO_E_OBJNOTCONNECTED, RPC_E_INVALID_OBJREF, RPC_E_INVALID_OBJECT, RPC_E_DISCONNECTED,
        CO_E_OBJNOTREG, E_NOTIMPL, 0};
static struct fuzz_answers load_answers = {load_documented};
static const HRESULT name_documented[] = {MK_E_SYNTAX, MK_E_INVALIDEXTENSION, MK_E_CANTOPENFILE,
        MK_E_NOOBJECT, STG_E_READFAULT, REGDB_E_CLASSNOTREG, RPC_E_DISCONNECTED,
        RPC_E_INVALID_OBJECT, E_NOINTERFACE, CO_E_OBJNOTREG, E_INVALIDARG, E_OUTOFMEMORY,
        CO_E_OBJNOTCONNECTED, RPC_E_INVALID_OBJREF, 0};
static struct fuzz_answers name_answers = {name_documented};

static struct fuzz_corpus streams, names;
static struct fuzz_corpus deep; /* one that can be read, one that is refused */

/* --- the corpus --- */

static HRESULT STDMETHODCALLTYPE object_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) ? iface : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE object_AddRef(IUnknown *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE object_Release(IUnknown *iface)
{
    (void)iface;
    return 1;
}

static IUnknownVtbl object_vtbl = {object_QueryInterface, object_AddRef, object_Release};

static void bytes_add(IStream *stream, enum form form, const char *name)
{
    HGLOBAL memory;
    STATSTG stat;

    IStream_Stat(stream, &stat, STATFLAG_NONAME);
    GetHGlobalFromStream(stream, &memory);
    fuzz_add(&streams, name, form, GlobalLock(memory), stat.cbSize.u.LowPart);
    GlobalUnlock(memory);
    IStream_Release(stream);
}

static void stream_add(IMoniker *moniker, const char *name)
{
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    OleSaveToStream((IPersistStream *)moniker, stream);
    bytes_add(stream, SAVED, name);
    IMoniker_Release(moniker);
}

static void marshalled_add(IMoniker *moniker, const char *name)
{
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(CoMarshalInterface(stream, &IID_IMoniker, (IUnknown *)moniker, MSHCTX_LOCAL, NULL,
                  MSHLFLAGS_NORMAL),
            S_OK, "marshal: %s", name);
    bytes_add(stream, MARSHALLED, name);
    IMoniker_Release(moniker);
}

/* Composites whose second part is a composite, so many in one another. */
static void nested_add(struct fuzz_corpus *corpus, ULONG depth, const char *name)
{
    static BYTE bytes[FUZZ_ITEM_MAX];
    static const CLSID composite = {0x309, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    static const ULONG parts = 2;
    const struct fuzz_item *item = &streams.items[ITEM];
    ULONG size = 0, part = item->size;
    struct fuzz_item *added;

    if (depth * (sizeof(composite) + sizeof(parts) + part) + part > sizeof(bytes))
        bail_out("no room for so many");
    for (ULONG i = 0; i < depth; i++)
    {
        memcpy(bytes + size, &composite, sizeof(composite));
        memcpy(bytes + size + sizeof(composite), &parts, sizeof(parts));
        memcpy(bytes + size + sizeof(composite) + sizeof(parts), item->data, part);
        size += (ULONG)(sizeof(composite) + sizeof(parts)) + part;
    }
    memcpy(bytes + size, item->data, part);
    added = fuzz_add(corpus, name, SAVED, bytes, size + part);
    for (ULONG i = 0; i < FUZZ_LENGTHS; i++)
        fuzz_length_at(added,
                (ULONG)(sizeof(composite) + i * (sizeof(composite) + sizeof(parts) + part)));
}

static void name_add(const WCHAR *name)
{
    fuzz_add(&names, "name", 0, name, (ULONG)(wcslen(name) * sizeof(WCHAR)));
}

/* An OBJREF moniker, its stream and its name. */
static void objref_add(IBindCtx *context)
{
    static IUnknown object = {&object_vtbl};
    WCHAR *name = NULL;
    IMoniker *moniker;

    if (FAILED(CreateObjrefMoniker(&object, &moniker))
            || FAILED(IMoniker_GetDisplayName(moniker, context, NULL, &name)))
        bail_out("no OBJREF moniker");
    name_add(name);
    CoTaskMemFree(name);
    stream_add(moniker, "OBJREF");
}

static void corpus_make(IBindCtx *context)
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
    marshalled_add(item_of(L"Sheet1"), "marshalled item");
    marshalled_add(file_of(L"c:\\work\\report.doc"), "marshalled file");
    marshalled_add(composed(composed(file_of(L"c:\\a.b"), item_of(L"S")), item_of(L"A1")),
            "marshalled composite");
    nested_add(&streams, 20, "nested");
    nested_add(&deep, 250, "deeply nested");
    nested_add(&deep, 280, "too deeply nested");
    objref_add(context);

    name_add(L"clsid:5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21:");
    name_add(L"clsid:{5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21};some=thing:");
    name_add(L"Elevation:Administrator!new:{5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21}");
    name_add(L"Elevation:Highest!clsid:5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21:");
    name_add(L"\\\\?\\C:\\windows\\win.ini!item");
    name_add(L"objref:TUVPVwEAAAAAAAAAAAAAAMAAAAAAAABGAAAAAAEAAAC7AAAAAAAAAAAAAAAAAAAAAAAAAA==:");
    name_add(L"c:\\windows\\system.ini!Section");
    name_add(L"c:\\windows\\system.ini!Section\\key!!x/y!..\\z");
    name_add(L"@Nobody.Knows.1!x");
    name_add(L"Nobody.Knows:x");
}

/* --- the inputs --- */

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

/* Mostly of a class that there is; of what is marshalled, a header that is one. */
static void beginning_keep(struct fuzz_input *input)
{
    ULONG size = input->item->tag == MARSHALLED ? 40 : sizeof(CLSID);

    memcpy(input->data, input->item->data, min(input->size, size));
}

static HRESULT stream_feed(const struct fuzz_input *input, UINT32 number, IMoniker **moniker)
{
    struct memory_stream stream;

    memory_stream_init(&stream, fuzz_guard(0, input->data, input->size, 1, number & 1),
            input->size);
    if (input->item->tag == SAVED)
        return OleLoadFromStream(&stream.IStream_iface, &IID_IMoniker, (void **)moniker);
    if (number % 8)
        return CoUnmarshalInterface(&stream.IStream_iface, &IID_IMoniker, (void **)moniker);
    return CoReleaseMarshalData(&stream.IStream_iface);
}

/* Composites in composites: so many can be read, more are refused, and no stack overflows. */
static void test_depth(void)
{
    struct memory_stream stream;
    IMoniker *moniker = NULL;

    memory_stream_init(&stream, deep.items[0].data, deep.items[0].size);
    is_hr(OleLoadFromStream(&stream.IStream_iface, &IID_IMoniker, (void **)&moniker), S_OK,
            "250 composites in one another");
    if (moniker)
        IMoniker_Release(moniker);
    memory_stream_init(&stream, deep.items[1].data, deep.items[1].size);
    is_hr(OleLoadFromStream(&stream.IStream_iface, &IID_IMoniker, (void **)&moniker),
            STG_E_DOCFILECORRUPT, "280 of them");
}

static void streams_run(IBindCtx *context)
{
    static struct fuzz_input input;
    UINT32 number, first, end;
    ULONG changed = 0, understood = 0;

    fuzz_range(STREAMS, &first, &end);
    for (number = first; number < end; ++number)
    {
        IMoniker *moniker = NULL;
        HRESULT hr;

        fuzz_make(&streams, fuzz_seed(), number, &input);
        if (number % 16)
            beginning_keep(&input);
        fuzz_at("stream", number);
        hr = stream_feed(&input, number, &moniker);
        fuzz_answer(&load_answers, hr);
        if (FAILED(hr) || !moniker)
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
    CreateBindCtx(0, &context);
    corpus_make(context);
    warm_up(context);
    fuzz_memory_get(&before);
    test_depth();
    streams_run(context);
    names_run(context);
    IBindCtx_Release(context);
    fuzz_answers_check(&load_answers, "loading altered streams");
    fuzz_answers_check(&name_answers, "parsing altered names");
    fuzz_memory_check(&before, 0x400000, 24, "monikers of altered streams and names");
    fuzz_corpus_free(&streams);
    fuzz_corpus_free(&deep);
    fuzz_corpus_free(&names);
    CoUninitialize();
    return done_testing();
}
