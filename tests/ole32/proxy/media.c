/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions for media and for handles whose contents are copied, called as NDR calls them: what
 * they write, by wtypes.idl and objidl.idl, what they read, and that messages which end early or
 * were altered make them raise, and leave nothing behind. Pages "STGMEDIUM_UserMarshal function
 * (objidl.h)" and its neighbours.
 */
#include <initguid.h>
#include <ole2.h>
#include <rpcproxy.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "sink_media.h"
#include "tap.h"
#include "user_call.h"

TAP_TIME_LIMIT(300);

#define MUTATIONS 100000
#define BUFFER_SIZE 0x10000
#define SEED 0x57474d31

/* ---- a call as NDR has it ---- */

static struct user_call ndr_call;

static ULONG *flags_of(DWORD context, USER_MARSHAL_CB_TYPE type, BYTE *buffer, ULONG size)
{
    return user_call_begin(&ndr_call, context, type, buffer, size);
}

/* One handler for all: one that is left by a jump is never freed. */
static intptr_t place[5];
static volatile BOOL catching;
static volatile DWORD raised;
static volatile BOOL guard_touched;

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *info)
{
    const EXCEPTION_RECORD *record = info->ExceptionRecord;

    if (!catching)
        return EXCEPTION_CONTINUE_SEARCH;
    if (record->ExceptionCode == EXCEPTION_ACCESS_VIOLATION)
    {
        if (!fuzz_is_guard((void *)record->ExceptionInformation[1]))
            return EXCEPTION_CONTINUE_SEARCH;
        guard_touched = TRUE;
    }
    /* Threads have names by exceptions, debuggers their text. */
    else if (record->ExceptionCode < 0x80000000 && record->ExceptionCode > 0xffff)
        return EXCEPTION_CONTINUE_SEARCH;
    raised = record->ExceptionCode;
    __builtin_longjmp(place, 1);
}

#define RAISED_BY(call)                                                                            \
    do                                                                                             \
    {                                                                                              \
        raised = 0;                                                                                \
        catching = TRUE;                                                                           \
        if (!__builtin_setjmp(place))                                                              \
            call;                                                                                  \
        catching = FALSE;                                                                          \
    } while (0)

/* ---- an owner and its account ---- */

static LONG owner_references = 1;

static HRESULT STDMETHODCALLTYPE owner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown))
        return E_NOINTERFACE;
    IUnknown_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE owner_AddRef(IUnknown *iface)
{
    (void)iface;
    return (ULONG)InterlockedIncrement(&owner_references);
}

static ULONG STDMETHODCALLTYPE owner_Release(IUnknown *iface)
{
    (void)iface;
    return (ULONG)InterlockedDecrement(&owner_references);
}

static const IUnknownVtbl owner_vtbl = {owner_QueryInterface, owner_AddRef, owner_Release};
static IUnknown owner = {(IUnknownVtbl *)&owner_vtbl};

/* ---- what is written ---- */

static DWORD long_at(const BYTE *buffer, ULONG at)
{
    DWORD value;

    memcpy(&value, buffer + at, sizeof(value));
    return value;
}

static void test_layout_memory(void)
{
    BYTE buffer[64] __attribute__((aligned(8)));
    HGLOBAL memory = GlobalAlloc(GMEM_FIXED, 5), copy = NULL;
    ULONG *flags = flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0);

    memcpy(memory, "abcde", 5);
    memset(buffer, 0xcc, sizeof(buffer));
    is_uint(HGLOBAL_UserSize(flags, 1, &memory), 4 + 20 + 5, "memory: its size");
    flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_MARSHALL, buffer, sizeof(buffer));
    is_ptr(HGLOBAL_UserMarshal(flags, buffer + 1, &memory), buffer + 29, "marshal");
    is_uint(long_at(buffer, 4), WDT_REMOTE_CALL, "the contents are there");
    ok(long_at(buffer, 8) != 0, "a pointer to them");
    is_uint(long_at(buffer, 12), 5, "conformance");
    is_uint(long_at(buffer, 20), 5, "the size");
    ok(!memcmp(buffer + 24, "abcde\xcc", 6), "the bytes, and no more");
    flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_UNMARSHALL, buffer, 29);
    is_ptr(HGLOBAL_UserUnmarshal(flags, buffer + 4, &copy), buffer + 29, "unmarshal");
    ok(copy && copy != memory && GlobalSize(copy) == 5, "a copy");
    HGLOBAL_UserFree(flags, &copy);
    is_uint(GlobalFlags(copy), GMEM_INVALID_HANDLE, "is freed");

    flags_of(MSHCTX_INPROC, USER_MARSHAL_CB_MARSHALL, buffer, sizeof(buffer));
    is_ptr(HGLOBAL_UserMarshal(flags, buffer, &memory), buffer + (sizeof(void *) == 8 ? 16 : 8),
            "within the process");
    is_uint(long_at(buffer, 0), sizeof(void *) == 8 ? WDT_INPROC64_CALL : WDT_INPROC_CALL,
            "the handle");
    flags_of(MSHCTX_INPROC, USER_MARSHAL_CB_UNMARSHALL, buffer, 16);
    HGLOBAL_UserUnmarshal(flags, buffer, &copy);
    is_ptr(copy, memory, "the same");
    HGLOBAL_UserFree(flags, &copy);
    is_uint(GlobalSize(memory), 5, "stays its sender's");
    flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_UNMARSHALL, buffer, 16);
    RAISED_BY(HGLOBAL_UserUnmarshal(flags, buffer, &copy));
    is_uint(raised, RPC_X_BAD_STUB_DATA, "no handle is taken from another process");
    GlobalFree(memory);
}

static void test_layout_medium(void)
{
    BYTE buffer[256] __attribute__((aligned(8)));
    ULONG *flags = flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0);
    STGMEDIUM medium = {0}, copy;

    is_uint(STGMEDIUM_UserSize(flags, 0, &medium), 8, "no medium: its size");
    flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_MARSHALL, buffer, sizeof(buffer));
    is_ptr(STGMEDIUM_UserMarshal(flags, buffer, &medium), buffer + 8, "marshal");
    is_uint(long_at(buffer, 0), TYMED_NULL, "its kind");
    is_uint(long_at(buffer, 4), 0, "no owner");

    medium.tymed = TYMED_FILE;
    medium.lpszFileName = (WCHAR *)L"ab";
    is_uint(STGMEDIUM_UserSize(flags, 0, &medium), 30, "a file: its size");
    is_ptr(STGMEDIUM_UserMarshal(flags, buffer, &medium), buffer + 30, "marshal");
    is_uint(long_at(buffer, 0), TYMED_FILE, "its kind");
    ok(long_at(buffer, 4) && !long_at(buffer, 8), "a name, no owner");
    ok(long_at(buffer, 12) == 3 && !long_at(buffer, 16) && long_at(buffer, 20) == 3
                    && !memcmp(buffer + 24, L"ab", 6),
            "the name");
    flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_UNMARSHALL, buffer, 30);
    memset(&copy, 0xcc, sizeof(copy));
    is_ptr(STGMEDIUM_UserUnmarshal(flags, buffer, &copy), buffer + 30, "unmarshal");
    ok(copy.tymed == TYMED_FILE && !lstrcmpW(copy.lpszFileName, L"ab") && !copy.pUnkForRelease,
            "the same");
    STGMEDIUM_UserFree(flags, &copy);

    medium.tymed = TYMED_HGLOBAL | TYMED_FILE;
    RAISED_BY(STGMEDIUM_UserSize(flags, 0, &medium));
    is_uint(raised, (DWORD)DV_E_TYMED, "no such medium");
}

/* ---- every medium, there and back ---- */

static ULONG medium_write(DWORD context, STGMEDIUM *medium, BYTE *buffer)
{
    ULONG *flags = flags_of(context, USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0);
    ULONG size = STGMEDIUM_UserSize(flags, 0, medium);
    BYTE *end;

    if (!ok(size <= BUFFER_SIZE, "the size, %lu", (unsigned long)size))
        return 0;
    flags_of(context, USER_MARSHAL_CB_MARSHALL, buffer, size);
    end = STGMEDIUM_UserMarshal(flags, buffer, medium);
    ok(end > buffer && end <= buffer + size, "as long as announced");
    return (ULONG)(end - buffer);
}

static void test_medium(DWORD context, enum medium_kind kind, BOOL owned, IStream *stream)
{
    static BYTE buffer[BUFFER_SIZE] __attribute__((aligned(8)));
    STGMEDIUM medium, copy;
    ULONG *flags, size;

    medium_make(kind, stream, owned ? &owner : NULL, &medium);
    size = medium_write(context, &medium, buffer);
    flags = flags_of(context, USER_MARSHAL_CB_UNMARSHALL, buffer, size);
    memset(&copy, 0xcc, sizeof(copy));
    is_ptr(STGMEDIUM_UserUnmarshal(flags, buffer, &copy), buffer + size,
            "%s, context %lu: unmarshal", medium_names[kind], (unsigned long)context);
    ok(medium_is(kind, &copy), "the contents");
    is_int(copy.pUnkForRelease != NULL, owned, "the owner");
    if (kind != MEDIUM_FILE && kind != MEDIUM_NULL && kind != MEDIUM_MEMORY_NONE)
        is_int(copy.hGlobal == medium.hGlobal, context == MSHCTX_INPROC || kind == MEDIUM_STREAM,
                "a copy between processes only");
    flags_of(context, USER_MARSHAL_CB_FREE, buffer, size);
    STGMEDIUM_UserFree(flags, &copy);
    ok(medium_is(kind, &medium), "the sender's is as it was");
    medium_free(&medium);
    is_int(owner_references, 1, "the owner's references");
}

static void test_media(void)
{
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    for (enum medium_kind kind = 0; kind < MEDIUM_KINDS; kind++)
    {
        test_medium(MSHCTX_LOCAL, kind, FALSE, stream);
        test_medium(MSHCTX_LOCAL, kind, TRUE, stream);
        test_medium(MSHCTX_INPROC, kind, FALSE, stream);
        test_medium(MSHCTX_INPROC, kind, TRUE, stream);
    }
    is_uint(IStream_Release(stream), 0, "the stream is released");
}

/* ---- each handle as an argument of its own ---- */

struct functions
{
    ULONG(WINAPI *size)(ULONG *, ULONG, HANDLE *);
    BYTE *(WINAPI *marshal)(ULONG *, BYTE *, HANDLE *);
    BYTE *(WINAPI *unmarshal)(ULONG *, BYTE *, HANDLE *);
    void(WINAPI *free)(ULONG *, HANDLE *);
};

static void *function_find(const char *type, const char *verb, const char *suffix)
{
    char name[64];

    snprintf(name, sizeof(name), "%s_User%s%s", type, verb, suffix);
    return (void *)GetProcAddress(GetModuleHandleA("ole32.dll"), name);
}

/* Whether it came through; the copy is freed. */
static BOOL handle_travels(const struct functions *functions, DWORD context, HANDLE handle,
        HANDLE *copy)
{
    static BYTE buffer[BUFFER_SIZE] __attribute__((aligned(8)));
    ULONG *flags = flags_of(context, USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0);
    ULONG size = functions->size(flags, 0, &handle);
    BYTE *end;

    flags_of(context, USER_MARSHAL_CB_MARSHALL, buffer, size);
    end = functions->marshal(flags, buffer, &handle);
    flags_of(context, USER_MARSHAL_CB_UNMARSHALL, buffer, size);
    return end == buffer + size && functions->unmarshal(flags, buffer, copy) == end;
}

static void test_handle(const char *type, const char *suffix, HANDLE handle)
{
    struct functions functions = {function_find(type, "Size", suffix),
            function_find(type, "Marshal", suffix), function_find(type, "Unmarshal", suffix),
            function_find(type, "Free", suffix)};
    HANDLE copy = NULL;
    ULONG *flags;

    if (!ok(functions.size && functions.marshal && functions.unmarshal && functions.free,
                "%s_User...%s", type, suffix))
        return;
    ok(handle_travels(&functions, MSHCTX_LOCAL, handle, &copy) && copy && copy != handle,
            "%s%s: a copy", type, suffix);
    flags = flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_FREE, NULL, 0);
    functions.free(flags, &copy);
    ok(handle_travels(&functions, MSHCTX_INPROC, handle, &copy) && copy == handle,
            "%s%s: the same within the process", type, suffix);
    flags = flags_of(MSHCTX_INPROC, USER_MARSHAL_CB_FREE, NULL, 0);
    functions.free(flags, &copy);
    ok(handle_travels(&functions, MSHCTX_LOCAL, NULL, &copy) && !copy, "%s%s: none", type, suffix);
}

static void test_handles(void)
{
    static const struct
    {
        enum medium_kind kind;
        const char *type;
    } types[] = {{MEDIUM_MEMORY, "HGLOBAL"}, {MEDIUM_BITMAP, "HBITMAP"},
            {MEDIUM_PALETTE, "HPALETTE"}, {MEDIUM_PICTURE, "HMETAFILEPICT"},
            {MEDIUM_METAFILE, "HENHMETAFILE"}};
    const METAFILEPICT *picture;
    STGMEDIUM medium;

    for (ULONG i = 0; i < ARRAYSIZE(types); i++)
    {
        medium_make(types[i].kind, NULL, NULL, &medium);
        test_handle(types[i].type, "", medium.hGlobal);
        test_handle(types[i].type, "64", medium.hGlobal);
        ok(medium_is(types[i].kind, &medium), "%s: as it was", types[i].type);
        if (types[i].kind == MEDIUM_PICTURE)
        {
            picture = GlobalLock(medium.hGlobal);
            test_handle("HMETAFILE", "", picture->hMF);
            test_handle("HMETAFILE", "64", picture->hMF);
            GlobalUnlock(medium.hGlobal);
        }
        medium_free(&medium);
    }
}

/* ---- names, and handles that mean something on this machine only ---- */

/* What a block of names is on the wire, and what comes of it. Page "SNB". */
static void test_names(void)
{
    static const WCHAR *const texts[] = {L"one", L"", L"\x4f60\x597d", NULL};
    static const DWORD layout[] = {8, 3, 8};
    BYTE buffer[64] __attribute__((aligned(8)));
    SNB names = (SNB)texts, copy = NULL;
    const ULONG size = sizeof(layout) + 8 * sizeof(WCHAR);
    ULONG *flags = flags_of(MSHCTX_DIFFERENTMACHINE, USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0);

    is_uint(SNB_UserSize(flags, 1, &names), 4 + size, "names: their size");
    flags_of(MSHCTX_DIFFERENTMACHINE, USER_MARSHAL_CB_MARSHALL, buffer, sizeof(buffer));
    is_ptr(SNB_UserMarshal(flags, buffer + 1, &names), buffer + 4 + size, "marshal");
    ok(!memcmp(buffer + 4, layout, sizeof(layout)), "characters, strings, characters");
    ok(!memcmp(buffer + 16, L"one\0\0\x4f60\x597d", 16), "the strings");
    flags_of(MSHCTX_DIFFERENTMACHINE, USER_MARSHAL_CB_UNMARSHALL, buffer, 4 + size);
    is_ptr(SNB_UserUnmarshal(flags, buffer + 4, &copy), buffer + 4 + size, "unmarshal");
    for (unsigned int i = 0; copy && i < 3; i++)
        is_wstr(copy[i], texts[i], "string %u", i);
    ok(copy && !copy[3], "and no more");
    SNB_UserFree(flags, &copy);

    names = NULL;
    flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_MARSHALL, buffer, sizeof(buffer));
    is_uint(SNB_UserSize(flags, 0, &names), 12, "no names: their size");
    is_ptr(SNB_UserMarshal(flags, buffer, &names), buffer + 12, "marshal");
    flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_UNMARSHALL, buffer, 12);
    copy = (SNB)buffer;
    is_ptr(SNB_UserUnmarshal(flags, buffer, &copy), buffer + 12, "unmarshal");
    is_ptr(copy, NULL, "none");
}

typedef ULONG(WINAPI *size_function)(ULONG *, ULONG, void *);
typedef BYTE *(WINAPI *move_function)(ULONG *, BYTE *, void *);

static void *function_of(const char *type, const char *what, const char *suffix)
{
    char name[64];

    sprintf(name, "%s_User%s%s", type, what, suffix);
    return (void *)GetProcAddress(GetModuleHandleW(L"ole32.dll"), name);
}

/* A RemotableHandle: a tag and the value. Another machine is refused. */
static void test_plain_handle(const char *type, const char *suffix, HANDLE value)
{
    BYTE buffer[16] __attribute__((aligned(8)));
    size_function measure = (size_function)function_of(type, "Size", suffix);
    move_function write = (move_function)function_of(type, "Marshal", suffix);
    move_function read = (move_function)function_of(type, "Unmarshal", suffix);
    HANDLE handle = value, copy = NULL;
    ULONG *flags = flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0);

    if (!measure || !write || !read)
    {
        ok(tap_builtin() || *suffix, "%s%s: no such functions", type, suffix);
        return;
    }
    is_uint(measure(flags, 2, &handle), 12, "%s%s: its size", type, suffix);
    flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_MARSHALL, buffer, sizeof(buffer));
    is_ptr(write(flags, buffer, &handle), buffer + 8, "marshal");
    is_uint(long_at(buffer, 0), WDT_INPROC_CALL, "its tag");
    is_uint(long_at(buffer, 4), (DWORD)(ULONG_PTR)value, "its value");
    flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_UNMARSHALL, buffer, 8);
    is_ptr(read(flags, buffer, &copy), buffer + 8, "unmarshal");
    is_ptr(copy, value, "the same");
    flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_UNMARSHALL, buffer, 7);
    RAISED_BY(read(flags, buffer, &copy));
    is_uint(raised, RPC_X_BAD_STUB_DATA, "one that ends early");
    flags_of(MSHCTX_DIFFERENTMACHINE, USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0);
    RAISED_BY(measure(flags, 0, &handle));
    is_uint(raised, RPC_S_INVALID_TAG, "not to another machine");
}

static void test_plain_handles(void)
{
    static const char *const types[] = {"HACCEL", "HBRUSH", "HDC", "HICON", "HMENU", "HMONITOR",
            "HRGN", "HWND"};

    if (tap_builtin()) /* which is checked in proxies */
        return;
    for (unsigned int i = 0; i < ARRAYSIZE(types); i++)
    {
        test_plain_handle(types[i], "", (HANDLE)(LONG_PTR)-5);
        test_plain_handle(types[i], "64", (HANDLE)(ULONG_PTR)0x12345);
    }
    test_plain_handle("HWND", "Ext", (HANDLE)(LONG_PTR)-5);
}

/* What a receiver keeps he frees by ReleaseStgMedium, also when there is an owner. */
static void test_kept(void)
{
    static BYTE buffer[BUFFER_SIZE] __attribute__((aligned(8)));
    STGMEDIUM medium, copy = {0};
    ULONG *flags, size;
    HGLOBAL memory;

    medium_make(MEDIUM_MEMORY, NULL, &owner, &medium);
    size = medium_write(MSHCTX_LOCAL, &medium, buffer);
    flags = flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_UNMARSHALL, buffer, size);
    STGMEDIUM_UserUnmarshal(flags, buffer, &copy);
    memory = copy.hGlobal;
    ok(owner_references > 1, "the owner is held");
    ReleaseStgMedium(&copy);
    is_uint(GlobalFlags(memory), GMEM_INVALID_HANDLE, "a copy with an owner is freed");
    medium_free(&medium);
    is_int(owner_references, 1, "and the owner is let go");
}

/* ---- messages which end early, and altered ones ---- */

static void read_guarded(const BYTE *data, ULONG size, BOOL before, BOOL whole)
{
    BYTE *message = fuzz_guard(0, data, size, 8, before);
    ULONG *flags = flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_UNMARSHALL, message, size);
    STGMEDIUM copy = {0};

    RAISED_BY(STGMEDIUM_UserUnmarshal(flags, message, &copy));
    if (!raised)
        STGMEDIUM_UserFree(flags, &copy);
    else if (whole)
        ok(FALSE, "a whole message raises %lx", (unsigned long)raised);
}

static void corpus_make(struct fuzz_corpus *corpus)
{
    static BYTE buffer[BUFFER_SIZE] __attribute__((aligned(8)));
    STGMEDIUM medium;
    ULONG size;

    for (enum medium_kind kind = 0; kind < MEDIUM_KINDS; kind++)
    {
        if (kind == MEDIUM_STREAM || kind == MEDIUM_MEMORY)
            continue;
        medium_make(kind, NULL, NULL, &medium);
        size = medium_write(MSHCTX_LOCAL, &medium, buffer);
        medium_free(&medium);
        if (size <= FUZZ_ITEM_MAX)
            fuzz_add(corpus, medium_names[kind], kind, buffer, size);
    }
}

static void test_truncated(const struct fuzz_corpus *corpus)
{
    ULONG accepted = 0;

    guard_touched = FALSE;
    for (ULONG i = 0; i < corpus->count; i++)
    {
        const struct fuzz_item *item = &corpus->items[i];

        read_guarded(item->data, item->size, FALSE, TRUE);
        for (ULONG size = 0; size < item->size; size++)
        {
            read_guarded(item->data, size, FALSE, FALSE);
            accepted += !raised;
            if (raised && raised != RPC_X_BAD_STUB_DATA)
                ok(FALSE, "%s of %lu bytes raises %lx", item->name, (unsigned long)size,
                        (unsigned long)raised);
        }
    }
    is_uint(accepted, 0, "no message that ends early is accepted");
    ok(!guard_touched, "nothing is read behind the end");
}

static void test_altered(const struct fuzz_corpus *corpus)
{
    static struct fuzz_input input;
    ULONG accepted = 0, refused = 0;
    UINT32 first, end;

    guard_touched = FALSE;
    fuzz_range(MUTATIONS, &first, &end);
    for (UINT32 number = first; number < end; number++)
    {
        fuzz_at("altered media", number);
        fuzz_make(corpus, fuzz_seed(), number, &input);
        read_guarded(input.data, input.size, number & 1, FALSE);
        if (raised)
            refused++;
        else
            accepted++;
    }
    note("%lu accepted, %lu refused", (unsigned long)accepted, (unsigned long)refused);
    ok(!guard_touched, "nothing is touched outside of the messages");
    ok(refused > 0 && accepted > 0, "some are refused, some are still good");
}

/* Names which were altered: whatever is read lies within the message. */
static void test_altered_names(void)
{
    static const WCHAR *const texts[] = {L"one", L"", L"\x4f60\x597d", L"four", NULL};
    static BYTE buffer[256] __attribute__((aligned(8)));
    static struct fuzz_input input;
    struct fuzz_corpus corpus = {0};
    SNB names = (SNB)texts;
    ULONG *flags = flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_MARSHALL, buffer, sizeof(buffer));
    ULONG size = (ULONG)(SNB_UserMarshal(flags, buffer, &names) - buffer);
    ULONG accepted = 0, refused = 0;
    UINT64 length = 0;
    UINT32 first, end;

    fuzz_add(&corpus, "names", 0, buffer, size);
    guard_touched = FALSE;
    fuzz_range(MUTATIONS, &first, &end);
    for (UINT32 number = first; number < end; number++)
    {
        SNB copy = NULL;
        BYTE *message;

        fuzz_at("altered names", number);
        fuzz_make(&corpus, fuzz_seed(), number, &input);
        message = fuzz_guard(0, input.data, input.size, 8, number & 1);
        flags = flags_of(MSHCTX_LOCAL, USER_MARSHAL_CB_UNMARSHALL, message, input.size);
        RAISED_BY(SNB_UserUnmarshal(flags, message, &copy));
        refused += raised != 0;
        accepted += !raised;
        for (ULONG i = 0; !raised && copy && copy[i]; i++)
            length += lstrlenW(copy[i]);
        if (!raised)
            SNB_UserFree(flags, &copy);
    }
    note("%lu accepted, %lu refused, %llu characters", (unsigned long)accepted,
            (unsigned long)refused, (unsigned long long)length);
    ok(!guard_touched, "nothing is touched outside of the messages");
    ok(refused > 0 && accepted > 0, "some are refused, some are still good");
    fuzz_corpus_free(&corpus);
}

static void test_hostile(void)
{
    struct fuzz_corpus corpus = {0};
    struct fuzz_memory memory;
    DWORD objects;

    corpus_make(&corpus);
    test_truncated(&corpus); /* warms up */
    objects = GetGuiResources(GetCurrentProcess(), GR_GDIOBJECTS);
    fuzz_memory_get(&memory);
    test_altered(&corpus);
    test_altered_names();
    fuzz_memory_check(&memory, 0x20000, 0, "altered media");
    is_uint(GetGuiResources(GetCurrentProcess(), GR_GDIOBJECTS), objects, "GDI objects");
    fuzz_corpus_free(&corpus);
}

int main(int argc, char **argv)
{
    fuzz_begin(argc, argv, SEED, 20);
    AddVectoredExceptionHandler(1, on_exception);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_layout_memory();
    test_layout_medium();
    test_media();
    test_handles();
    test_names();
    test_plain_handles();
    test_kept();
    test_hostile();
    CoUninitialize();
    return done_testing();
}
