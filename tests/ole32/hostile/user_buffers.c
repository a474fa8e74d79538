/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Altered buffers for every ..._UserUnmarshal function which ole32.dll and combase.dll export,
 * within a process, on one machine and between machines: nothing outside of a buffer is touched,
 * what cannot be read is raised, what was read can be written again as announced, and is freed.
 * CONCIERGE_MUTATIONS says how many; user_buffers SEED NUMBER feeds one.
 */
#include "fuzz.h"

#include <ole2.h>
#include <rpcproxy.h>
#include <stdio.h>
#include <string.h>

#include "call_guard.h"
#include "sink_media.h"
#include "user_call.h"

TAP_TIME_LIMIT(300);

#define SEED 0x55534552
#define INPUTS 60000
#define WARM_UP 4000
#define ROOM 0x4000 /* for a value of the corpus */

/* What a function takes and gives. */
union value
{
    STGMEDIUM medium;
    HANDLE handle;
    IUnknown *object;
    SNB names;
};

typedef ULONG(WINAPI *size_function)(ULONG *flags, ULONG size, void *value);
typedef BYTE *(WINAPI *move_function)(ULONG *flags, BYTE *buffer, void *value);
typedef void(WINAPI *free_function)(ULONG *flags, void *value);
typedef ULONG(WINAPI *object_size_function)(ULONG *flags, ULONG context, ULONG size,
        IUnknown *object, REFIID iid);
typedef BYTE *(WINAPI *object_marshal_function)(ULONG *flags, ULONG context, BYTE *buffer,
        IUnknown *object, REFIID iid);
typedef BYTE *(WINAPI *object_unmarshal_function)(ULONG *flags, BYTE *buffer, IUnknown **object,
        REFIID iid);
typedef void(WINAPI *object_free_function)(IUnknown *object);

struct routine
{
    char name[40];
    BOOL is_object; /* WdtpInterfacePointer: with an IID */
    FARPROC size, marshal, unmarshal, free;
};

static struct routine routines[64];
static ULONG routine_count;
static const DWORD contexts[] = {MSHCTX_INPROC, MSHCTX_LOCAL, MSHCTX_DIFFERENTMACHINE};

static struct fuzz_corpus corpus;
static ULONG outside, elsewhere, beyond, unlike, undocumented, accepted, refused;

/* --- a call as NDR has it --- */

static struct user_call ndr_call;

static ULONG *flags_of(DWORD context, USER_MARSHAL_CB_TYPE type, BYTE *buffer, ULONG size)
{
    return user_call_begin(&ndr_call, context, type, buffer, size);
}

/* One call, guarded. */
enum operation
{
    MEASURE,
    WRITE,
    READ,
    FREE,
};

struct call
{
    const struct routine *routine;
    enum operation operation;
    DWORD context;
    BYTE *buffer;
    ULONG room;
    union value *value;
    ULONG size; /* results */
    BYTE *end;
};

static void call_object(struct call *call, ULONG *flags)
{
    const struct routine *routine = call->routine;
    IUnknown **object = &call->value->object;

    switch (call->operation)
    {
    case MEASURE:
        call->size = ((object_size_function)(void *)routine->size)(flags, call->context, 0, *object,
                &IID_IUnknown);
        break;
    case WRITE:
        call->end = ((object_marshal_function)(void *)routine->marshal)(flags, call->context,
                call->buffer, *object, &IID_IUnknown);
        break;
    case READ:
        call->end = ((object_unmarshal_function)(void *)routine->unmarshal)(flags, call->buffer,
                object, &IID_IUnknown);
        break;
    case FREE:
        ((object_free_function)(void *)routine->free)(*object);
        break;
    }
}

static void __cdecl call_invoke(void *argument)
{
    static const USER_MARSHAL_CB_TYPE types[] = {USER_MARSHAL_CB_BUFFER_SIZE,
            USER_MARSHAL_CB_MARSHALL, USER_MARSHAL_CB_UNMARSHALL, USER_MARSHAL_CB_FREE};
    struct call *call = argument;
    const struct routine *routine = call->routine;
    ULONG *flags = flags_of(call->context, types[call->operation], call->buffer, call->room);

    if (routine->is_object)
    {
        call_object(call, flags);
        return;
    }
    switch (call->operation)
    {
    case MEASURE:
        call->size = ((size_function)(void *)routine->size)(flags, 0, call->value);
        break;
    case WRITE:
        call->end = ((move_function)(void *)routine->marshal)(flags, call->buffer, call->value);
        break;
    case READ:
        call->end = ((move_function)(void *)routine->unmarshal)(flags, call->buffer, call->value);
        break;
    case FREE:
        ((free_function)(void *)routine->free)(flags, call->value);
        break;
    }
}

/* What was raised, or 0. */
static DWORD call_make(struct call *call, enum operation operation, BYTE *buffer, ULONG room)
{
    call->operation = operation;
    call->buffer = buffer;
    call->room = room;
    return call_guarded(call_invoke, call);
}

static LONG CALLBACK look_at_access(EXCEPTION_POINTERS *info)
{
    const EXCEPTION_RECORD *exception = info->ExceptionRecord;
    ULONG *found;

    if (exception->ExceptionCode != EXCEPTION_ACCESS_VIOLATION)
        return EXCEPTION_CONTINUE_SEARCH;
    found = fuzz_is_guard((const void *)exception->ExceptionInformation[1]) ? &outside : &elsewhere;
    if (++*found <= 10)
        note("input %lu: %s %p", fuzz_number(),
                exception->ExceptionInformation[0] ? "writes" : "reads",
                (void *)exception->ExceptionInformation[1]);
    return EXCEPTION_CONTINUE_SEARCH;
}

/* --- the corpus: each routine with what it is for, in each context where it goes --- */

static void values_add(const struct routine *routine, union value *value, BYTE *room)
{
    for (ULONG i = 0; i < ARRAYSIZE(contexts); i++)
    {
        struct call call = {.routine = routine, .context = contexts[i], .value = value};
        ULONG size;

        memset(room, 0, ROOM);
        if (call_make(&call, MEASURE, NULL, 0) || !call.size || call.size > ROOM)
            continue; /* it does not go there */
        size = call.size;
        if (call_make(&call, WRITE, room, size) || call.end <= room || call.end > room + size)
        {
            fail("%s in context %lu: cannot be written", routine->name, contexts[i]);
            continue;
        }
        fuzz_add(&corpus, routine->name, (ULONG)(routine - routines) << 8 | i, room,
                (ULONG)(call.end - room));
    }
}

static void media_add(const struct routine *routine, BYTE *room)
{
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    for (enum medium_kind kind = 0; kind < MEDIUM_KINDS; kind++)
    {
        union value value;

        medium_make(kind, stream, NULL, &value.medium);
        values_add(routine, &value, room);
        medium_free(&value.medium);
    }
    IStream_Release(stream);
}

/* A handle that a medium of this kind has. */
static void medium_handle_add(const struct routine *routine, enum medium_kind kind, BYTE *room)
{
    STGMEDIUM medium;
    union value value;

    medium_make(kind, NULL, NULL, &medium);
    value.handle = medium.hGlobal;
    if (!strncmp(routine->name, "HMETAFILE_", 10))
    {
        value.handle = ((METAFILEPICT *)GlobalLock(medium.hGlobal))->hMF;
        GlobalUnlock(medium.hGlobal);
    }
    values_add(routine, &value, room);
    medium_free(&medium);
}

static void names_add(const struct routine *routine, BYTE *room)
{
    static const WCHAR *const texts[] = {L"one", L"", L"\x4f60\x597d", L"four", NULL};
    union value value = {.names = (SNB)texts};

    values_add(routine, &value, room);
}

static void string_add(const struct routine *routine, BYTE *room)
{
    HRESULT(WINAPI * create)(const WCHAR *text, UINT32 length, void **string);
    HRESULT(WINAPI * delete)(void *string);
    HMODULE combase = GetModuleHandleW(L"combase.dll");
    union value value = {.handle = NULL};

    create = (void *)GetProcAddress(combase, "WindowsCreateString");
    delete = (void *)GetProcAddress(combase, "WindowsDeleteString");
    create(L"altered", 7, &value.handle);
    values_add(routine, &value, room);
    delete (value.handle);
}

static void object_add(const struct routine *routine, BYTE *room)
{
    union value value;
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    value.object = (IUnknown *)stream;
    values_add(routine, &value, room);
    IStream_Release(stream);
}

static const struct
{
    const char *type;
    enum medium_kind kind; /* MEDIUM_NULL: its value is a number */
} types[] = {{"HGLOBAL", MEDIUM_MEMORY_EMPTY}, {"HBITMAP", MEDIUM_BITMAP},
        {"HPALETTE", MEDIUM_PALETTE}, {"HMETAFILE", MEDIUM_PICTURE},
        {"HMETAFILEPICT", MEDIUM_PICTURE}, {"HENHMETAFILE", MEDIUM_METAFILE}, {"HWND"}, {"HICON"},
        {"HMENU"}, {"HACCEL"}, {"HDC"}, {"HBRUSH"}, {"HRGN"}, {"HMONITOR"}, {"CLIPFORMAT"}, {"SNB"},
        {"STGMEDIUM"}, {"HSTRING"}, {"WdtpInterfacePointer"}};

static FARPROC export_of(HMODULE dll, const char *type, const char *verb, const char *suffix)
{
    char name[64];

    snprintf(name, sizeof(name), "%s_User%s%s", type, verb, suffix);
    return GetProcAddress(dll, name);
}

static void routine_add(HMODULE dll, const char *type, const char *suffix, enum medium_kind kind)
{
    static BYTE room[ROOM] __attribute__((aligned(8)));
    struct routine *routine = &routines[routine_count];

    routine->size = export_of(dll, type, "Size", suffix);
    routine->marshal = export_of(dll, type, "Marshal", suffix);
    routine->unmarshal = export_of(dll, type, "Unmarshal", suffix);
    routine->free = export_of(dll, type, "Free", suffix);
    if (!routine->unmarshal)
        return;
    if (!routine->size || !routine->marshal || !routine->free)
        bail_out("%s%s: not all four", type, suffix);
    snprintf(routine->name, sizeof(routine->name), "%s_%s", type, suffix);
    routine_count++;
    if (kind != MEDIUM_NULL)
        medium_handle_add(routine, kind, room);
    else if (!strcmp(type, "STGMEDIUM"))
        media_add(routine, room);
    else if (!strcmp(type, "SNB"))
        names_add(routine, room);
    else if (!strcmp(type, "HSTRING"))
        string_add(routine, room);
    else if (!strcmp(type, "WdtpInterfacePointer"))
    {
        routine->is_object = TRUE;
        object_add(routine, room);
    }
    else
    {
        union value value = {.handle = (HANDLE)(ULONG_PTR)0x1234};

        values_add(routine, &value, room);
        if (!strcmp(type, "CLIPFORMAT"))
        {
            value.handle = (HANDLE)(ULONG_PTR)RegisterClipboardFormatW(L"altered");
            values_add(routine, &value, room);
        }
    }
}

static void corpus_make(void)
{
    static const char *const suffixes[] = {"", "64", "Ext"};
    HMODULE dlls[] = {GetModuleHandleW(L"ole32.dll"), LoadLibraryW(L"combase.dll")};

    for (ULONG i = 0; i < ARRAYSIZE(types); i++)
    {
        for (ULONG k = 0; k < ARRAYSIZE(suffixes); k++)
            routine_add(dlls[!strcmp(types[i].type, "HSTRING")], types[i].type, suffixes[k],
                    types[i].kind);
    }
}

/* --- the inputs --- */

static BOOL is_documented(DWORD raised)
{
    static const DWORD documented[] = {RPC_X_BAD_STUB_DATA, RPC_S_INVALID_TAG, RPC_S_OUT_OF_MEMORY,
            (DWORD)E_OUTOFMEMORY, (DWORD)DV_E_TYMED, (DWORD)E_HANDLE};

    for (ULONG i = 0; i < ARRAYSIZE(documented); i++)
    {
        if (raised == documented[i])
            return TRUE;
    }
    return FALSE;
}

/* What was read is written again, into exactly as much as it says. */
static void write_again(struct call *call)
{
    ULONG size;
    BYTE *room;

    if (call_make(call, MEASURE, NULL, 0) || !call->size || call->size > FUZZ_GUARDED)
        return;
    size = call->size;
    room = fuzz_guard(1, NULL, 0, 8, TRUE) + FUZZ_GUARDED - ((size + 7) & ~7u);
    memset(room, 0xa5, (size + 7) & ~7u);
    if (call_make(call, WRITE, room, size))
        return;
    beyond += call->end < room || call->end > room + size;
    for (ULONG i = size; i < ((size + 7) & ~7u); i++)
        beyond += room[i] != 0xa5;
}

static void feed_bytes(const struct fuzz_item *item, const BYTE *data, ULONG size, BOOL before)
{
    union value value;
    struct call call = {.routine = &routines[item->tag >> 8],
            .context = contexts[item->tag & 0xff],
            .value = &value};
    BYTE *message = fuzz_guard(0, data, size, 8, before);
    DWORD raised;

    memset(&value, 0, sizeof(value));
    raised = call_make(&call, READ, message, size);
    if (raised)
    {
        refused++;
        /* An interface pointer has the errors of CoUnmarshalInterface. */
        if (!is_documented(raised) && !(raised & 0x80000000) && undocumented++ < 10)
            note("%s, input %lu: raises %lx", item->name, fuzz_number(), (ULONG)raised);
        return;
    }
    accepted++;
    beyond += call.end < message || call.end > message + size;
    /* Within a process an altered handle is whatever it is. */
    if (call.context != MSHCTX_INPROC)
        write_again(&call);
    if (call_make(&call, FREE, NULL, 0))
        unlike++;
}

static void feed(const struct fuzz_corpus *unused, UINT32 number)
{
    static struct fuzz_input input;

    (void)unused;
    fuzz_make(&corpus, fuzz_seed(), number, &input);
    fuzz_at(input.item->name, number);
    fuzz_show(&input);
    feed_bytes(input.item, input.data, input.size, number & 1);
}

/* Whatever ends early is refused: each is as long as it has to be. */
static void test_truncated(void)
{
    for (ULONG i = 0; i < corpus.count; i++)
    {
        const struct fuzz_item *item = &corpus.items[i];
        ULONG before = accepted;

        for (ULONG size = 0; size < item->size; size++)
        {
            fuzz_at(item->name, size);
            feed_bytes(item, item->data, size, FALSE);
        }
        is_uint(accepted, before, "%s in context %lu, %lu bytes: what ends early is refused",
                item->name, contexts[item->tag & 0xff], item->size);
    }
}

int main(int argc, char **argv)
{
    struct fuzz_memory memory;
    DWORD objects;
    void *handler;

    if (tap_builtin())
        skip_all("a million altered buffers are for our DLL");
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    fuzz_begin(argc, argv, SEED, 20);
    corpus_make();
    ok(routine_count > 30, "%lu routines", routine_count);
    handler = AddVectoredExceptionHandler(1, look_at_access);
    test_truncated();
    accepted = refused = 0;
    objects = GetGuiResources(GetCurrentProcess(), GR_GDIOBJECTS);
    fuzz_feed(feed, &corpus, INPUTS, WARM_UP, &memory);
    RemoveVectoredExceptionHandler(handler);
    note("%lu were read, %lu refused", accepted, refused);
    is_uint(outside, 0, "nothing outside of a buffer is touched");
    is_uint(elsewhere, 0, "nor anything that is not there");
    is_uint(beyond, 0, "no more is read or written than there is");
    is_uint(unlike, 0, "what was read can be freed");
    is_uint(undocumented, 0, "what is raised is documented");
    is_uint(GetGuiResources(GetCurrentProcess(), GR_GDIOBJECTS), objects, "GDI objects");
    fuzz_memory_check(&memory, 0x40000, 8, "altered buffers");
    fuzz_corpus_free(&corpus);
    CoUninitialize();
    return done_testing();
}
