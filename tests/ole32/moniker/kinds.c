/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kinds of monikers are, and what they make of each other: classes, inverses, composites.
 * Pages of the methods of IMoniker, each with a row for each kind.
 */
#include "names.h"

#define OLE_CLSID(number)                                                                          \
    {                                                                                              \
        number, 0, 0,                                                                              \
        {                                                                                          \
            0xc0, 0, 0, 0, 0, 0, 0, 0x46                                                           \
        }                                                                                          \
    }

/* An object that is only counted. */
static LONG object_references = 1;

static HRESULT STDMETHODCALLTYPE object_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown))
        return E_NOINTERFACE;
    InterlockedIncrement(&object_references);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE object_AddRef(IUnknown *iface)
{
    (void)iface;
    return (ULONG)InterlockedIncrement(&object_references);
}

static ULONG STDMETHODCALLTYPE object_Release(IUnknown *iface)
{
    (void)iface;
    return (ULONG)InterlockedDecrement(&object_references);
}

static const IUnknownVtbl object_vtbl = {object_QueryInterface, object_AddRef, object_Release};
static IUnknown object = {(IUnknownVtbl *)&object_vtbl};

/* ---- kinds ---- */

enum kind
{
    KIND_FILE,
    KIND_ITEM,
    KIND_ANTI,
    KIND_POINTER,
    KIND_CLASS,
    KIND_OBJREF,
    KIND_COMPOSITE,
    KINDS
};

static const struct
{
    const char *name;
    CLSID clsid;
    DWORD system;
    BOOL inverse, rot_data, in_streams;
} kinds[KINDS] = {
        {"file", OLE_CLSID(0x303), MKSYS_FILEMONIKER, TRUE, TRUE, TRUE},
        {"item", OLE_CLSID(0x304), MKSYS_ITEMMONIKER, TRUE, TRUE, TRUE},
        {"anti", OLE_CLSID(0x305), MKSYS_ANTIMONIKER, FALSE, TRUE, TRUE},
        {"pointer", OLE_CLSID(0x306), MKSYS_POINTERMONIKER, TRUE, FALSE, FALSE},
        {"class", OLE_CLSID(0x31a), MKSYS_CLASSMONIKER, TRUE, TRUE, TRUE},
        {"OBJREF", OLE_CLSID(0x327), MKSYS_OBJREFMONIKER, TRUE, FALSE, TRUE},
        {"composite", OLE_CLSID(0x309), MKSYS_GENERICCOMPOSITE, TRUE, TRUE, TRUE},
};

static IMoniker *anti_new(void)
{
    IMoniker *moniker = NULL;

    is_hr(CreateAntiMoniker(&moniker), S_OK, "an anti-moniker");
    return moniker;
}

static IMoniker *kind_new(enum kind kind)
{
    static const CLSID clsid = OLE_CLSID(0x324);
    IMoniker *moniker = NULL;

    switch (kind)
    {
    case KIND_FILE:
        return file_of(L"c:\\some\\file.txt");
    case KIND_ITEM:
        return item_of(L"item");
    case KIND_ANTI:
        return anti_new();
    case KIND_POINTER:
        is_hr(CreatePointerMoniker(&object, &moniker), S_OK, "a pointer moniker");
        return moniker;
    case KIND_CLASS:
        is_hr(CreateClassMoniker(&clsid, &moniker), S_OK, "a class moniker");
        return moniker;
    case KIND_OBJREF:
        is_hr(CreateObjrefMoniker(&object, &moniker), S_OK, "an OBJREF moniker");
        return moniker;
    default:
        return composed(file_of(L"c:\\some\\file.txt"), item_of(L"item"));
    }
}

static BOOL has_interface(IMoniker *moniker, REFIID iid)
{
    IUnknown *found = NULL;
    HRESULT hr = IMoniker_QueryInterface(moniker, iid, (void **)&found);

    if (found)
        IUnknown_Release(found);
    return SUCCEEDED(hr);
}

static void check_identity(enum kind kind, IMoniker *moniker)
{
    IMoniker *another = kind_new(kind);
    DWORD hash = 0, another_hash = 1;
    CLSID clsid = {0};

    is_hr(IMoniker_GetClassID(moniker, &clsid), S_OK, "%s: its class", kinds[kind].name);
    is_guid(&clsid, &kinds[kind].clsid, "%s: the class", kinds[kind].name);
    is_uint(system_of(moniker), kinds[kind].system, "%s: its kind", kinds[kind].name);
    is_hr(IMoniker_IsDirty(moniker), S_FALSE, "%s: it does not change", kinds[kind].name);
    ok(has_interface(moniker, &IID_IMarshal), "%s: it marshals itself", kinds[kind].name);
    is_int(has_interface(moniker, &IID_IROTData), kinds[kind].rot_data, "%s: IROTData",
            kinds[kind].name);
    todo_if(tap_builtin() && kind == KIND_OBJREF, "objref monikers are stubs there")
    {
        is_hr(IMoniker_IsEqual(moniker, another), S_OK, "%s: another of the same",
                kinds[kind].name);
        is_hr(IMoniker_Hash(moniker, &hash), S_OK, "%s: its hash", kinds[kind].name);
        is_hr(IMoniker_Hash(another, &another_hash), S_OK, "%s: the other's", kinds[kind].name);
        is_uint(hash, another_hash, "%s: both hashes", kinds[kind].name);
    }
    IMoniker_Release(another);
}

/* A moniker and its inverse compose to nothing. */
static void check_inverse(enum kind kind, IMoniker *moniker)
{
    IMoniker *inverse = (void *)1, *nothing = (void *)1;
    HRESULT hr = IMoniker_Inverse(moniker, &inverse);

    if (!kinds[kind].inverse)
    {
        is_hr(hr, MK_E_NOINVERSE, "%s: no inverse", kinds[kind].name);
        is_ptr(inverse, NULL, "%s: none", kinds[kind].name);
        return;
    }
    if (!is_hr(hr, S_OK, "%s: its inverse", kinds[kind].name))
        return;
    is_hr(IMoniker_ComposeWith(moniker, inverse, FALSE, &nothing), S_OK, "%s: composed with it",
            kinds[kind].name);
    is_ptr(nothing, NULL, "%s: nothing is left", kinds[kind].name);
    IMoniker_Release(inverse);
}

static void check_reduce(enum kind kind, IMoniker *moniker)
{
    IMoniker *reduced = NULL;
    IBindCtx *context;

    CreateBindCtx(0, &context);
    is_hr(IMoniker_Reduce(moniker, context, MKRREDUCE_ALL, NULL, &reduced), MK_S_REDUCED_TO_SELF,
            "%s: reduced", kinds[kind].name);
    is_ptr(reduced, moniker, "%s: to itself", kinds[kind].name);
    if (reduced)
        IMoniker_Release(reduced);
    IBindCtx_Release(context);
}

/* A copy, by its stream and by marshalling, is equal to it. */
static void check_copies(enum kind kind, IMoniker *moniker)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IMoniker *copy = NULL;
    IStream *stream;
    HRESULT hr;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    hr = OleSaveToStream((IPersistStream *)moniker, stream);
    if (!kinds[kind].in_streams)
        ok(FAILED(hr), "%s: cannot be saved", kinds[kind].name);
    else if (is_hr(hr, S_OK, "%s: saved", kinds[kind].name))
    {
        IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
        is_hr(OleLoadFromStream(stream, &IID_IMoniker, (void **)&copy), S_OK, "%s: loaded",
                kinds[kind].name);
        if (copy)
        {
            is_hr(IMoniker_IsEqual(moniker, copy), S_OK, "%s: the copy is equal", kinds[kind].name);
            IMoniker_Release(copy);
        }
        if (kind == KIND_OBJREF)
        {
            IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
            IStream_Seek(stream, (LARGE_INTEGER){.QuadPart = sizeof(CLSID)}, STREAM_SEEK_SET, NULL);
            is_hr(CoReleaseMarshalData(stream), S_OK, "the reference in the stream is released");
        }
    }
    IStream_Release(stream);
}

static void check_marshalled(enum kind kind, IMoniker *moniker)
{
    LARGE_INTEGER start = {.QuadPart = 0};
    IMoniker *copy = NULL;
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    if (is_hr(CoMarshalInterface(stream, &IID_IMoniker, (IUnknown *)moniker, MSHCTX_INPROC, NULL,
                      MSHLFLAGS_NORMAL),
                S_OK, "%s: marshalled", kinds[kind].name))
    {
        IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
        is_hr(CoUnmarshalInterface(stream, &IID_IMoniker, (void **)&copy), S_OK, "%s: unmarshalled",
                kinds[kind].name);
        if (copy)
        {
            is_hr(IMoniker_IsEqual(moniker, copy), S_OK, "%s: the copy is equal", kinds[kind].name);
            is_uint(system_of(copy), kinds[kind].system, "%s: and of the same kind",
                    kinds[kind].name);
            IMoniker_Release(copy);
        }
    }
    IStream_Release(stream);
}

static void test_kind(enum kind kind)
{
    IMoniker *moniker = kind_new(kind);

    check_identity(kind, moniker);
    todo_if(tap_builtin() && (kind == KIND_OBJREF || kind == KIND_COMPOSITE),
            "objbase/nf-objbase-createobjrefmoniker: stubs there; copies of composites")
    {
        check_reduce(kind, moniker);
        check_inverse(kind, moniker);
        if (kind != KIND_OBJREF || !tap_builtin())
        {
            check_copies(kind, moniker);
            check_marshalled(kind, moniker);
        }
    }
    is_uint(IMoniker_Release(moniker), 0, "%s: nobody holds it", kinds[kind].name);
}

/* ---- composites ---- */

static void test_composites(void)
{
    IMoniker *whole = composed(file_of(L"c:\\book.xls"), item_of(L"Sheet1")), *part = NULL;
    IEnumMoniker *parts = NULL;
    IMoniker *both, *anti;

    whole = composed(whole, item_of(L"A1"));
    has_name(whole, L"c:\\book.xls!Sheet1!A1", "three parts");
    is_hr(IMoniker_Enum(whole, FALSE, &parts), S_OK, "its parts backwards");
    is_hr(IEnumMoniker_Next(parts, 1, &part, NULL), S_OK, "the last");
    is_named(part, L"!A1", "the last");
    is_hr(IEnumMoniker_Skip(parts, 1), S_OK, "one is left out");
    is_hr(IEnumMoniker_Next(parts, 1, &part, NULL), S_OK, "the first");
    is_named(part, L"c:\\book.xls", "the first");
    is_hr(IEnumMoniker_Next(parts, 1, &part, NULL), S_FALSE, "no more");
    IEnumMoniker_Release(parts);

    anti = composed(anti_new(), anti_new());
    is_hr(IMoniker_ComposeWith(whole, anti, TRUE, &both), MK_E_NEEDGENERIC, "not generic");
    is_hr(IMoniker_ComposeWith(whole, anti, FALSE, &both), S_OK, "two taken away");
    is_named(both, L"c:\\book.xls", "two taken away");
    IMoniker_Release(anti);

    anti = composed(composed(anti_new(), item_of(L"B2")), item_of(L"C3"));
    is_hr(CreateGenericComposite(whole, anti, &both), S_OK, "one taken away, two added");
    is_named(both, L"c:\\book.xls!Sheet1!B2!C3", "one taken away, two added");
    IMoniker_Release(anti);

    is_hr(CreateGenericComposite(NULL, whole, &both), S_OK, "nothing on the left");
    is_ptr(both, whole, "it is the right one");
    IMoniker_Release(both);
    is_hr(CreateGenericComposite(NULL, NULL, &both), S_OK, "nothing on either side");
    is_ptr(both, NULL, "nothing");
    is_uint(IMoniker_Release(whole), 0, "nobody holds it");
}

static void test_between_composites(void)
{
    IMoniker *one = composed(composed(file_of(L"c:\\a\\book.xls"), item_of(L"S")), item_of(L"A"));
    IMoniker *other = composed(composed(file_of(L"C:\\A\\book.xls"), item_of(L"S")), item_of(L"B"));
    IMoniker *out = NULL, *end = NULL;

    is_hr(IMoniker_CommonPrefixWith(one, other, &out), S_OK, "what they have in common");
    is_named(out, L"c:\\a\\book.xls!S", "in common");
    is_hr(IMoniker_RelativePathTo(one, other, &out), S_OK, "the way from one to the other");
    is_hr(IMoniker_ComposeWith(one, out, FALSE, &end), S_OK, "one and the way");
    if (end)
    {
        is_hr(IMoniker_IsEqual(end, other), S_OK, "... is the other");
        IMoniker_Release(end);
    }
    if (out)
        IMoniker_Release(out);
    IMoniker_Release(one);
    IMoniker_Release(other);

    one = composed(item_of(L"1"), item_of(L"2"));
    other = composed(item_of(L"3"), item_of(L"4"));
    is_hr(IMoniker_CommonPrefixWith(one, other, &out), MK_E_NOPREFIX, "nothing in common");
    is_hr(IMoniker_RelativePathTo(one, other, &out), MK_E_NOTBINDABLE, "no way");
    IMoniker_Release(one);
    IMoniker_Release(other);
}

static void test_pointers(void)
{
    IMoniker *moniker = kind_new(KIND_POINTER);
    IUnknown *found = NULL;
    IBindCtx *context;

    CreateBindCtx(0, &context);
    is_hr(IMoniker_BindToObject(moniker, context, NULL, &IID_IUnknown, (void **)&found), S_OK,
            "a pointer moniker is its object");
    is_ptr(found, &object, "the object");
    if (found)
        IUnknown_Release(found);
    is_hr(IMoniker_BindToObject(moniker, context, NULL, &IID_IDispatch, (void **)&found),
            E_NOINTERFACE, "what it has not");
    is_hr(IMoniker_IsRunning(moniker, context, NULL, NULL), S_OK, "it always runs");
    IMoniker_Release(moniker);
    is_hr(CreatePointerMoniker(NULL, &moniker), S_OK, "of nothing");
    is_hr(IMoniker_BindToObject(moniker, context, NULL, &IID_IUnknown, (void **)&found),
            E_UNEXPECTED, "of nothing there is no object");
    IMoniker_Release(moniker);
    IBindCtx_Release(context);
}

static void run(void)
{
    for (int kind = 0; kind < KINDS; kind++)
        if (kind != KIND_OBJREF)
            test_kind((enum kind)kind);
    if (!builtin_lacks("objidl/nf-objidl-imoniker-relativepathto: of composites"))
    {
        test_between_composites();
        test_composites();
    }
    test_pointers();
}

int main(void)
{
    CoInitialize(NULL);
    run();
    tap_account_begin();
    run();
    tap_account_end("kinds of monikers");
    test_kind(KIND_OBJREF); /* it exports: threads come, and go later */
    CoDisconnectObject(&object, 0);
    is_int(object_references, 1, "the object is let go");
    CoUninitialize();
    return done_testing();
}
