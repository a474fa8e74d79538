/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Altered streams of IUri (saved and marshalled) and of URL monikers, each from memory that ends at
 * a page which cannot be touched. Nothing crashes or hangs, what is answered is documented, what is
 * loaded can be saved and loaded again as the same, and nothing leaks. CONCIERGE_MUTATIONS says how
 * many; streams_hostile SEED NUMBER feeds one.
 */
#include "fuzz.h"

#include <string.h>
#include <urlmon.h>

TAP_TIME_LIMIT(300);

#define SEED 20060301
#define INPUTS 20000
#define WARM_UP 1000

enum
{
    SAVED_URI,
    MARSHALLED_URI,
    SAVED_MONIKER,
};

/* A stream over memory: what is read, or room for what is written. */
struct memory_stream
{
    IStream IStream_iface;
    BYTE *data;
    ULONG size, position, room;
};

static ULONG beyond, unlike, loaded;

static struct memory_stream *memory_of(IStream *iface)
{
    return CONTAINING_RECORD(iface, struct memory_stream, IStream_iface);
}

static HRESULT STDMETHODCALLTYPE stream_QueryInterface(IStream *iface, REFIID iid, void **out)
{
    (void)iid;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE stream_AddRef(IStream *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE stream_Release(IStream *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE stream_Read(IStream *iface, void *data, ULONG size, ULONG *got)
{
    struct memory_stream *stream = memory_of(iface);
    ULONG left = stream->size - stream->position;

    if (size > left)
        size = left;
    memcpy(data, stream->data + stream->position, size);
    stream->position += size;
    if (got)
        *got = size;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_Write(IStream *iface, const void *data, ULONG size,
        ULONG *done)
{
    struct memory_stream *stream = memory_of(iface);

    if (size > stream->room - stream->size)
        return STG_E_MEDIUMFULL;
    memcpy(stream->data + stream->size, data, size);
    stream->size += size;
    if (done)
        *done = size;
    return S_OK;
}

/* Behind the end there is nothing, but that is no error. */
static HRESULT STDMETHODCALLTYPE stream_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin,
        ULARGE_INTEGER *position)
{
    struct memory_stream *stream = memory_of(iface);
    LONGLONG base = origin == STREAM_SEEK_CUR ? stream->position
            : origin == STREAM_SEEK_END       ? stream->size
                                              : 0;

    if (move.QuadPart < -base)
        return STG_E_INVALIDFUNCTION;
    stream->position =
            move.QuadPart + base > stream->size ? stream->size : (ULONG)(move.QuadPart + base);
    if (position)
        position->QuadPart = stream->position;
    return S_OK;
}

static IStreamVtbl stream_vtbl = {.QueryInterface = stream_QueryInterface,
        .AddRef = stream_AddRef,
        .Release = stream_Release,
        .Read = stream_Read,
        .Write = stream_Write,
        .Seek = stream_Seek};

static const HRESULT documented[] = {E_FAIL, E_INVALIDARG, E_OUTOFMEMORY, STG_E_READFAULT, 0};
static struct fuzz_answers answers = {.documented = documented};

static IClassFactory *uri_factory;

static void *new_uri(REFIID iid)
{
    void *object = NULL;

    if (FAILED(IClassFactory_CreateInstance(uri_factory, NULL, iid, &object)))
        bail_out("no IUri to load");
    return object;
}

/* What was loaded, saved and loaded once more, is the same. */
static void check_uri(IUri *uri)
{
    static BYTE room[0x40000];
    struct memory_stream stream = {{&stream_vtbl}, room, 0, 0, sizeof(room)};
    IPersistStream *persist, *again;
    BSTR first = NULL, second = NULL;
    IUri *copy;
    HRESULT hr;

    loaded++;
    if (FAILED(IUri_QueryInterface(uri, &IID_IPersistStream, (void **)&persist)))
        bail_out("no IPersistStream");
    again = new_uri(&IID_IPersistStream);
    IPersistStream_QueryInterface(again, &IID_IUri, (void **)&copy);
    hr = IPersistStream_Save(persist, &stream.IStream_iface, FALSE);
    if (hr == S_OK)
        hr = IPersistStream_Load(again, &stream.IStream_iface);
    IUri_GetDisplayUri(uri, &first);
    IUri_GetDisplayUri(copy, &second);
    if ((hr != S_OK || !first || !second || wcscmp(first, second) || stream.position != stream.size)
            && unlike++ < 5)
        note("input %lu, %s: %s, then %s", fuzz_number(), tap_hr(hr), tap_wstr(first),
                tap_wstr(second));
    SysFreeString(first);
    SysFreeString(second);
    IUri_Release(copy);
    IPersistStream_Release(again);
    IPersistStream_Release(persist);
}

static void feed_saved_uri(IStream *stream)
{
    IPersistStream *persist = new_uri(&IID_IPersistStream);
    HRESULT hr = IPersistStream_Load(persist, stream);
    IUri *uri;

    fuzz_answer(&answers, hr);
    IPersistStream_QueryInterface(persist, &IID_IUri, (void **)&uri);
    if (hr == S_OK)
        check_uri(uri);
    else
    {
        BSTR text = NULL;

        beyond += SUCCEEDED(IUri_GetRawUri(uri, &text)) && SysStringLen(text);
        SysFreeString(text);
    }
    IUri_Release(uri);
    IPersistStream_Release(persist);
}

static void feed_marshalled_uri(IStream *stream, BOOL release)
{
    IMarshal *marshal = new_uri(&IID_IMarshal);
    IUri *uri = NULL;
    HRESULT hr;

    if (release)
        fuzz_answer(&answers, IMarshal_ReleaseMarshalData(marshal, stream));
    else
    {
        hr = IMarshal_UnmarshalInterface(marshal, stream, &IID_IUri, (void **)&uri);
        fuzz_answer(&answers, hr);
        beyond += (hr == S_OK) != (uri != NULL);
    }
    if (uri)
    {
        check_uri(uri);
        IUri_Release(uri);
    }
    IMarshal_Release(marshal);
}

static void feed_moniker(IStream *stream)
{
    WCHAR *name = NULL;
    IMoniker *moniker;
    DWORD hash;
    HRESULT hr;

    if (FAILED(CoCreateInstance(&CLSID_StdURLMoniker, NULL, CLSCTX_INPROC_SERVER, &IID_IMoniker,
                (void **)&moniker)))
        bail_out("no URL moniker");
    hr = IMoniker_Load(moniker, stream);
    fuzz_answer(&answers, hr);
    if (hr == S_OK)
    {
        loaded++;
        IMoniker_GetDisplayName(moniker, NULL, NULL, &name);
        IMoniker_Hash(moniker, &hash);
        CoTaskMemFree(name);
    }
    IMoniker_Release(moniker);
}

static void feed(const struct fuzz_corpus *corpus, UINT32 number)
{
    static struct fuzz_input input;
    struct memory_stream stream = {{&stream_vtbl}, NULL, 0, 0, 0};

    fuzz_at("streams", number);
    fuzz_make(corpus, fuzz_seed(), number, &input);
    stream.data = fuzz_guard(0, input.data, input.size, 1, FALSE);
    stream.size = input.size;
    if (input.item->tag == SAVED_URI)
        feed_saved_uri(&stream.IStream_iface);
    else if (input.item->tag == MARSHALLED_URI)
        feed_marshalled_uri(&stream.IStream_iface, number % 8 == 0);
    else
        feed_moniker(&stream.IStream_iface);
}

/* The corpus: real ones. */
static void record(struct fuzz_corpus *corpus, const WCHAR *text)
{
    static BYTE room[0x4000];
    struct memory_stream stream = {{&stream_vtbl}, room, 0, 0, sizeof(room)};
    IPersistStream *persist;
    struct fuzz_item *item;
    IMoniker *moniker;
    IMarshal *marshal;
    IUri *uri;

    if (FAILED(CreateUri(text, 0, 0, &uri))
            || FAILED(IUri_QueryInterface(uri, &IID_IPersistStream, (void **)&persist))
            || FAILED(IUri_QueryInterface(uri, &IID_IMarshal, (void **)&marshal))
            || FAILED(CreateURLMonikerEx2(NULL, uri, &moniker, URL_MK_UNIFORM)))
        bail_out("no corpus");
    IPersistStream_Save(persist, &stream.IStream_iface, FALSE);
    item = fuzz_add(corpus, "a saved URI", SAVED_URI, room, stream.size);
    fuzz_length_at(item, 0);
    fuzz_length_at(item, 28); /* how many properties */
    fuzz_length_at(item, 32); /* which is the first, and how long */
    fuzz_length_at(item, 36);
    stream.size = 0;
    IMarshal_MarshalInterface(marshal, &stream.IStream_iface, &IID_IUri, uri, MSHCTX_LOCAL, NULL,
            MSHLFLAGS_NORMAL);
    item = fuzz_add(corpus, "a marshalled URI", MARSHALLED_URI, room, stream.size);
    fuzz_length_at(item, 0);
    fuzz_length_at(item, 8);
    fuzz_length_at(item, 44);
    stream.size = 0;
    IMoniker_Save(moniker, &stream.IStream_iface, FALSE);
    item = fuzz_add(corpus, "a saved moniker", SAVED_MONIKER, room, stream.size);
    fuzz_length_at(item, 0);
    IMoniker_Release(moniker);
    IMarshal_Release(marshal);
    IPersistStream_Release(persist);
    IUri_Release(uri);
}

static void find_factory(void)
{
    typedef HRESULT(WINAPI * get_class_object)(REFCLSID clsid, REFIID iid, void **out);
    get_class_object get = (get_class_object)(void *)GetProcAddress(GetModuleHandleW(L"urlmon"),
            "DllGetClassObject");
    IPersistStream *persist;
    CLSID clsid;
    IUri *uri;

    CreateUri(L"http://a.test/", 0, 0, &uri);
    IUri_QueryInterface(uri, &IID_IPersistStream, (void **)&persist);
    IPersistStream_GetClassID(persist, &clsid);
    if (FAILED(get(&clsid, &IID_IClassFactory, (void **)&uri_factory)))
        bail_out("no class of IUri");
    IPersistStream_Release(persist);
    IUri_Release(uri);
}

int main(int argc, char **argv)
{
    struct fuzz_corpus corpus = {0};
    struct fuzz_memory memory;
    UINT32 fed;

    if (builtin_lacks("streams that are checked"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    find_factory();
    record(&corpus, L"http://user:word@www.example.co.uk:8080/a/b/../c/./d.html?q=1&r=%20#frag");
    record(&corpus, L"file:///c:/dir/a%20b.txt?x#y");
    record(&corpus, L"http://[2001:db8::1%25eth0]/\x00fc\x20ac");
    record(&corpus, L"mailto:a@b.c");
    fuzz_begin(argc, argv, SEED, 20);
    fed = fuzz_feed(feed, &corpus, INPUTS, WARM_UP, &memory);
    fuzz_answers_check(&answers, "loading");
    ok(loaded || fed < 1000, "some of them can be loaded: %lu", loaded);
    is_uint(beyond, 0, "an error gives nothing");
    is_uint(unlike, 0, "what is loaded is saved as it is");
    fuzz_memory_check(&memory, 256 * 1024, 4, "altered streams");
    IClassFactory_Release(uri_factory);
    fuzz_corpus_free(&corpus);
    CoUninitialize();
    return done_testing();
}
