/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the functions for OLE's [wire_marshal] types write: within a process, on one machine,
 * between machines; in NDR, and, by the functions with 64 behind their names, in NDR64; and that
 * what they read back is the same. The wire types are those of wtypes.idl and objidl.idl; NDR64 is
 * [MS-RPCE] 2.2.5: counts of arrays and pointers have eight bytes and lie at multiples of eight, as
 * does what has such a member.
 */
#include "tap.h"

#include <windows.h>
#include <ole2.h>
#include <rpcproxy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user_call.h"

/* ---- a layout in letters ----
 *
 *     g        where something with a pointer or count in it begins, or a union's arm
 *     L<hex>   a long
 *     N, P     NULL, another pointer
 *     C<hex>   a count
 *     =, l, X  a count; a long of the same value; so many bytes of whatever value
 *     H        the handle itself
 *     B<hex>   bytes
 */
#define NUMBER "g L48746457 "
#define REMOTE "g L52746457 "
#define HERE (sizeof(void *) == 8 ? "g L50746457 g H" : "g L48746457 g H")

static const BYTE *layout_align(const BYTE *at, size_t size)
{
    return (const BYTE *)(((UINT_PTR)at + size - 1) & ~(UINT_PTR)(size - 1));
}

static UINT64 layout_number(const BYTE **at, BOOL wide)
{
    UINT64 value = 0;

    *at = layout_align(*at, wide ? 8 : 4);
    memcpy(&value, *at, wide ? 8 : 4);
    *at += wide ? 8 : 4;
    return value;
}

/* Where the message does not have the layout: the rest of that; NULL: it has. */
static const char *layout_differs(const char *layout, const BYTE *at, const BYTE *end, BOOL wide,
        HANDLE handle)
{
    UINT64 count = 0, value;
    HANDLE here = NULL;

    for (; *layout; layout++)
    {
        const char *token = layout;
        unsigned int byte;

        switch (*layout)
        {
        case ' ':
            continue;
        case 'g':
            if (wide)
                at = layout_align(at, 8);
            continue;
        case 'L':
            if (layout_number(&at, FALSE) != strtoul(layout + 1, (char **)&layout, 16))
                return token;
            break;
        case 'C':
            if (layout_number(&at, wide) != strtoul(layout + 1, (char **)&layout, 16))
                return token;
            break;
        case 'N':
        case 'P':
            value = layout_number(&at, wide);
            if ((value != 0) != (*layout == 'P'))
                return token;
            continue;
        case '=':
            count = layout_number(&at, wide);
            continue;
        case 'l':
            if (layout_number(&at, FALSE) != count)
                return token;
            continue;
        case 'X':
            at += count;
            continue;
        case 'H':
            at = layout_align(at, sizeof(void *));
            memcpy(&here, at, sizeof(here));
            at += sizeof(void *);
            if (here != handle)
                return token;
            continue;
        case 'B':
            for (layout++; sscanf(layout, "%2x", &byte) == 1 && *layout != ' '; layout += 2)
                if (*at++ != byte)
                    return token;
            break;
        default:
            return token;
        }
        layout--;
        if (at > end)
            return token;
    }
    return at == end ? NULL : "(the end)";
}

/* ---- the functions ---- */

union value
{
    HANDLE handle;
    STGMEDIUM medium;
    CLIPFORMAT format;
    SNB names;
    IUnknown *object;
    FLAG_STGMEDIUM flagged;
};

static ULONG(WINAPI *size_of)(ULONG *, ULONG, void *);
static BYTE *(WINAPI *marshal)(ULONG *, BYTE *, void *);
static BYTE *(WINAPI *unmarshal)(ULONG *, BYTE *, void *);
static void(WINAPI *release)(ULONG *, void *);

static ULONG(WINAPI *object_size)(ULONG *, ULONG, ULONG, IUnknown *, REFIID);
static BYTE *(WINAPI *object_marshal)(ULONG *, ULONG, BYTE *, IUnknown *, REFIID);
static BYTE *(WINAPI *object_unmarshal)(ULONG *, BYTE *, IUnknown **, REFIID);
static void(WINAPI *object_release)(IUnknown *);

static FARPROC function_of(const char *type, const char *verb, const char *suffix)
{
    char name[64];

    snprintf(name, sizeof(name), "%s_User%s%s", type, verb, suffix);
    return GetProcAddress(GetModuleHandleW(L"ole32.dll"), name);
}

/* FALSE: there are none with this suffix. */
static BOOL functions_find(const char *type, const char *suffix)
{
    size_of = (void *)function_of(type, "Size", suffix);
    marshal = (void *)function_of(type, "Marshal", suffix);
    unmarshal = (void *)function_of(type, "Unmarshal", suffix);
    release = (void *)function_of(type, "Free", suffix);
    object_size = (void *)size_of;
    object_marshal = (void *)marshal;
    object_unmarshal = (void *)unmarshal;
    object_release = (void *)release;
    return size_of && marshal && unmarshal && release;
}

static struct user_call ndr_call;
static intptr_t place[5];
static volatile DWORD raised;

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *info)
{
    raised = info->ExceptionRecord->ExceptionCode;
    __builtin_longjmp(place, 1);
}

#define RAISED_BY(call)                                                                            \
    do                                                                                             \
    {                                                                                              \
        void *handler = AddVectoredExceptionHandler(1, on_exception);                              \
                                                                                                   \
        raised = 0;                                                                                \
        if (!__builtin_setjmp(place))                                                              \
            call;                                                                                  \
        RemoveVectoredExceptionHandler(handler);                                                   \
    } while (0)

/* ---- what is sent ---- */

enum kind
{
    KIND_HANDLE,   /* the value is a number */
    KIND_CONTENTS, /* a handle whose contents go */
    KIND_MEDIUM,
    KIND_FORMAT,
    KIND_NAMES,
    KIND_OBJECT,
    KIND_FLAGGED,
};

struct sample
{
    const char *type, *what;
    enum kind kind;
    union value value;
    HANDLE handle; /* which goes as it is within a process */
    /* By context; NULL: RPC_S_INVALID_TAG is raised. */
    const char *inside, *local, *remote;
    BOOL copied; /* not the handle itself: within a process, too */
};

static BYTE room[0x4000] __attribute__((aligned(16)));

static ULONG sample_measure(struct sample *sample, DWORD context, ULONG before)
{
    ULONG *flags = user_call_begin(&ndr_call, context, USER_MARSHAL_CB_BUFFER_SIZE, NULL, 0);

    if (sample->kind == KIND_OBJECT)
        return object_size(flags, context, before, sample->value.object, &IID_IUnknown);
    return size_of(flags, before, &sample->value);
}

static BYTE *sample_write(struct sample *sample, DWORD context, BYTE *to, ULONG size)
{
    ULONG *flags = user_call_begin(&ndr_call, context, USER_MARSHAL_CB_MARSHALL, to, size);

    if (sample->kind == KIND_OBJECT)
        return object_marshal(flags, context, to, sample->value.object, &IID_IUnknown);
    return marshal(flags, to, &sample->value);
}

static BYTE *sample_read(struct sample *sample, DWORD context, BYTE *from, ULONG size,
        union value *value)
{
    ULONG *flags = user_call_begin(&ndr_call, context, USER_MARSHAL_CB_UNMARSHALL, from, size);

    if (sample->kind == KIND_OBJECT)
        return object_unmarshal(flags, from, &value->object, &IID_IUnknown);
    return unmarshal(flags, from, value);
}

static void sample_free(struct sample *sample, DWORD context, union value *value)
{
    ULONG *flags = user_call_begin(&ndr_call, context, USER_MARSHAL_CB_FREE, NULL, 0);

    if (sample->kind == KIND_OBJECT)
        object_release(value->object);
    else
        release(flags, value);
}

/* Whether it is the same value: a handle, or another one with the same contents, which is shown by
 * its being written as the first was. */
static BOOL value_same(struct sample *sample, const union value *value, BOOL inside)
{
    switch (sample->kind)
    {
    case KIND_HANDLE:
        return value->handle == sample->value.handle;
    case KIND_CONTENTS:
        return (value->handle == sample->value.handle) == (inside || !sample->value.handle);
    case KIND_FORMAT:
        return value->format == sample->value.format;
    case KIND_MEDIUM:
        return value->medium.tymed == sample->value.medium.tymed
                && (!sample->handle
                        || (value->medium.hGlobal == sample->handle)
                                == (inside && !sample->copied));
    case KIND_FLAGGED:
        return value->flagged.fPassOwnership == sample->value.flagged.fPassOwnership
                && value->flagged.Stgmed.tymed == sample->value.flagged.Stgmed.tymed;
    case KIND_OBJECT:
        return value->object == sample->value.object; /* it has come home */
    default:
        return TRUE;
    }
}

static void sample_send(struct sample *sample, const char *suffix, DWORD context,
        const char *layout)
{
    static BYTE again[sizeof(room)] __attribute__((aligned(16)));
    const BOOL wide = !strcmp(suffix, "64"), inside = context == MSHCTX_INPROC;
    const ULONG before = 4; /* not at a multiple of eight */
    struct sample copy = *sample;
    const char *differs;
    ULONG size, size2;
    BYTE *end, *end2;

    if (!layout)
    {
        RAISED_BY(sample_measure(sample, context, before));
        is_uint(raised, RPC_S_INVALID_TAG, "%s%s, %s, context %lu: it does not go there",
                sample->type, suffix, sample->what, context);
        return;
    }
    memset(room, 0xcc, sizeof(room));
    size = sample_measure(sample, context, before);
    end = sample_write(sample, context, room + before, sizeof(room) - before);
    /* A marshaller may announce more. */
    ok(end == room + size || ((end < room + size) && strchr(layout, 'X')),
            "%s%s, %s, context %lu: as long as announced", sample->type, suffix, sample->what,
            context);
    differs = layout_differs(layout, room + before, end, wide, sample->handle);
    ok(!differs, "%s%s, %s, context %lu: %s", sample->type, suffix, sample->what, context,
            differs ? differs : layout);

    memset(&copy.value, 0, sizeof(copy.value));
    end2 = sample_read(sample, context, room + before, (ULONG)(end - room) - before, &copy.value);
    is_ptr(end2, end, "read to its end");
    ok(value_same(sample, &copy.value, inside), "what it was");
    if (sample->kind != KIND_OBJECT && !inside)
    {
        size2 = sample_measure(&copy, context, before);
        is_uint(size2, size, "as large, written again");
        memset(again, 0xcc, sizeof(again));
        sample_write(&copy, context, again + before, sizeof(again) - before);
        /* An object is marshalled as another packet. */
        ok(!memcmp(again, room, size) || strchr(layout, '='), "and the same");
    }
    sample_free(sample, context, &copy.value);
}

static void sample_test(struct sample sample)
{
    static const char *const suffixes[] = {"", "64", "Ext"};
    ULONG found = 0;

    for (ULONG i = 0; i < ARRAYSIZE(suffixes); i++)
    {
        if (!functions_find(sample.type, suffixes[i]))
            continue;
        found++;
        sample_send(&sample, suffixes[i], MSHCTX_INPROC, sample.inside);
        sample_send(&sample, suffixes[i], MSHCTX_LOCAL, sample.local);
        sample_send(&sample, suffixes[i], MSHCTX_DIFFERENTMACHINE, sample.remote);
    }
    ok(found > 0, "%s: there are functions", sample.type);
}

static void contents_test(const char *type, HANDLE handle, const char *layout)
{
    struct sample sample = {type, "contents", KIND_CONTENTS, {.handle = handle}, handle, HERE,
            layout, layout, FALSE};
    struct sample none = {type, "none", KIND_CONTENTS, {.handle = NULL}, NULL, HERE, REMOTE "N",
            REMOTE "N", FALSE};

    sample_test(sample);
    sample_test(none);
}

static HGLOBAL memory_of(const void *bytes, SIZE_T size)
{
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, size);

    memcpy(GlobalLock(memory), bytes, size);
    GlobalUnlock(memory);
    return memory;
}

static HENHMETAFILE enhanced_make(void)
{
    HDC dc = CreateEnhMetaFileW(NULL, NULL, NULL, NULL);

    Rectangle(dc, 1, 2, 30, 40);
    return CloseEnhMetaFile(dc);
}

static HMETAFILE metafile_make(void)
{
    HDC dc = CreateMetaFileW(NULL);

    Rectangle(dc, 1, 2, 30, 40);
    return CloseMetaFile(dc);
}

/* ---- handles ---- */

static void test_handles(void)
{
    static const char *const types[] = {"HACCEL", "HBRUSH", "HDC", "HICON", "HMENU", "HMONITOR",
            "HRGN", "HWND"};
    struct sample sample = {NULL, "a handle", KIND_HANDLE, {.handle = (HANDLE)0x1234}, NULL,
            "L48746457 L1234", "L48746457 L1234", NULL, FALSE};

    for (ULONG i = 0; i < ARRAYSIZE(types); i++)
    {
        sample.type = types[i];
        if (!functions_find(types[i], "") && tap_builtin())
            continue; /* Wine has not all of them */
        sample_test(sample);
    }
}

static void test_formats(void)
{
    struct sample sample = {"CLIPFORMAT", "one of Windows", KIND_FORMAT, {.format = CF_TEXT}, NULL,
            NUMBER "g L1", NUMBER "g L1", NUMBER "g L1", FALSE};
    struct sample named = {"CLIPFORMAT", "a registered one", KIND_FORMAT, {.format = 0}, NULL, NULL,
            NULL, REMOTE "P C8 C0 C8 B4c00610079006f00750074007300", FALSE};
    char number[40];

    sample_test(sample);
    named.value.format = (CLIPFORMAT)RegisterClipboardFormatA("Layouts");
    snprintf(number, sizeof(number), NUMBER "g L%x", named.value.format);
    named.inside = named.local = number;
    named.remote = REMOTE "P C8 C0 C8 B4c00610079006f007500740073000000";
    sample_test(named);

    named.value.format = 0xfffe;
    functions_find("CLIPFORMAT", "");
    RAISED_BY(sample_measure(&named, MSHCTX_DIFFERENTMACHINE, 0));
    is_uint(raised, (DWORD)DV_E_CLIPFORMAT, "a number which nobody has registered has no name");
}

/* A message with this contents is no format. */
static void format_refused(const DWORD *longs, ULONG count, const char *what)
{
    struct sample sample = {.type = "CLIPFORMAT", .kind = KIND_FORMAT};
    union value value = {.handle = NULL};

    functions_find("CLIPFORMAT", "");
    memcpy(room, longs, count * sizeof(*longs));
    RAISED_BY(sample_read(&sample, MSHCTX_DIFFERENTMACHINE, room, count * sizeof(*longs), &value));
    is_uint(raised, RPC_X_BAD_STUB_DATA, "%s", what);
}

static void test_bad_formats(void)
{
    static const DWORD no_name[] = {0x52746457, 0}, empty[] = {0x52746457, 1, 1, 0, 1, 0},
                       no_end[] = {0x52746457, 1, 2, 0, 2, 0x410041},
                       counts[] = {0x52746457, 1, 3, 0, 2, 0x41}, large[] = {0x48746457, 0x10001},
                       tag[] = {0x12345678, 1};
    DWORD long_name[5 + 200] = {0x52746457, 1, 400, 0, 400};

    format_refused(no_name, ARRAYSIZE(no_name), "a format without its name");
    format_refused(empty, ARRAYSIZE(empty), "an empty name");
    format_refused(no_end, ARRAYSIZE(no_end), "a name without its end");
    format_refused(counts, ARRAYSIZE(counts), "counts that do not agree");
    format_refused(large, ARRAYSIZE(large), "a number that is none of a format");
    format_refused(tag, ARRAYSIZE(tag), "another tag");
    memset(long_name + 5, 'A', sizeof(long_name) - 5 * sizeof(DWORD));
    long_name[ARRAYSIZE(long_name) - 1] &= 0xffff;
    format_refused(long_name, ARRAYSIZE(long_name), "a name longer than an atom's");
}

/* ---- contents ---- */

static void test_contents(void)
{
    struct
    {
        LOGPALETTE head;
        PALETTEENTRY more;
    } colours = {{0x300, 2, {{1, 2, 3, 0}}}, {4, 5, 6, 0}};
    static const BYTE bits[] = {0xa0, 0, 0x40, 0};
    HGLOBAL memory = memory_of("abc", 3);
    HBITMAP bitmap = CreateBitmap(3, 2, 1, 1, bits);
    HPALETTE palette = CreatePalette(&colours.head);
    HENHMETAFILE enhanced = enhanced_make();
    METAFILEPICT picture = {MM_ANISOTROPIC, 0x11, 0x22, metafile_make()};
    HGLOBAL pictured = memory_of(&picture, sizeof(picture));

    contents_test("HGLOBAL", memory, REMOTE "P C3 L0 L3 B616263");
    contents_test("HBITMAP", bitmap, REMOTE "P C4 L0 L3 L2 L2 B01000100 L4 Ba0004000");
    contents_test("HPALETTE", palette, REMOTE "P C2 B00030200 B0102030004050600");
    contents_test("HMETAFILE", picture.hMF, REMOTE "P = l X");
    contents_test("HENHMETAFILE", enhanced, REMOTE "P = l X");
    contents_test("HMETAFILEPICT", pictured, REMOTE "P g L8 L11 L22 P " REMOTE "P = l X");
    GlobalFree(memory);
    DeleteObject(bitmap);
    DeleteObject(palette);
    DeleteEnhMetaFile(enhanced);
    DeleteMetaFile(picture.hMF);
    GlobalFree(pictured);
}

static void test_names(void)
{
    static WCHAR *names[] = {(WCHAR *)L"one", (WCHAR *)L"", NULL};
    static const char layout[] = "C5 L2 L5 B6f006e0065000000 B0000";
    struct sample sample = {"SNB", "two", KIND_NAMES, {.names = names}, NULL, layout, layout,
            layout, FALSE};
    struct sample none = {"SNB", "none", KIND_NAMES, {.names = NULL}, NULL, "C0 L0 L0", "C0 L0 L0",
            "C0 L0 L0", FALSE};

    sample_test(sample);
    sample_test(none);
}

/* ---- media ---- */

static void test_media(void)
{
    static const BYTE bits[] = {0xa0, 0, 0x40, 0};
    HGLOBAL memory = memory_of("abc", 3);
    HBITMAP bitmap = CreateBitmap(3, 2, 1, 1, bits);
    HENHMETAFILE enhanced = enhanced_make();
    char inside[80], flagged_layout[120];
    struct sample sample = {"STGMEDIUM", "no medium", KIND_MEDIUM, {.medium = {.tymed = 0}}, NULL,
            "g L0 N", "g L0 N", "g L0 N", FALSE};
    struct sample flagged = {"FLAG_STGMEDIUM", "memory", KIND_FLAGGED, {.handle = NULL}, NULL, NULL,
            NULL, NULL, FALSE};
    IStream *stream;

    sample_test(sample);

    sample.what = "memory";
    sample.value.medium.tymed = TYMED_HGLOBAL;
    sample.value.medium.hGlobal = memory;
    sample.handle = memory;
    snprintf(inside, sizeof(inside), "g L1 P N %s", HERE);
    sample.inside = inside;
    sample.local = sample.remote = "g L1 P N " REMOTE "P C3 L0 L3 B616263";
    sample_test(sample);
    /* A notification's is copied in every case. */
    sample.type = "ASYNC_STGMEDIUM";
    sample.inside = sample.local;
    sample.copied = TRUE;
    sample_test(sample);
    sample.type = "STGMEDIUM";
    sample.copied = FALSE;
    if (functions_find("FLAG_STGMEDIUM", ""))
    {
        flagged.value.flagged.fPassOwnership = 0;
        flagged.value.flagged.Stgmed = sample.value.medium;
        flagged.handle = memory;
        snprintf(flagged_layout, sizeof(flagged_layout), "g L3 L0 %s", inside);
        flagged.inside = flagged_layout;
        flagged.local = "g L0 L0 g L1 P N " REMOTE "P C3 L0 L3 B616263";
        flagged.remote = "g L2 L0 g L1 P N " REMOTE "P C3 L0 L3 B616263";
        sample_test(flagged);
    }

    sample.what = "memory that is not there";
    sample.value.medium.hGlobal = NULL;
    sample.handle = NULL;
    sample.inside = sample.local = sample.remote = "g L1 N N";
    sample_test(sample);

    sample.what = "a file";
    sample.value.medium.tymed = TYMED_FILE;
    sample.value.medium.lpszFileName = (WCHAR *)L"a.b";
    sample.inside = sample.local = sample.remote = "g L2 P N C4 C0 C4 B61002e0062000000";
    sample_test(sample);

    sample.what = "a bitmap";
    sample.value.medium.tymed = TYMED_GDI;
    sample.value.medium.hBitmap = bitmap;
    sample.handle = bitmap;
    snprintf(inside, sizeof(inside), "g L10 P N g L7 P %s", HERE);
    sample.inside = inside;
    sample.local = sample.remote =
            "g L10 P N g L7 P " REMOTE "P C4 L0 L3 L2 L2 B01000100 L4 Ba0004000";
    sample_test(sample);

    sample.what = "an enhanced metafile";
    sample.value.medium.tymed = TYMED_ENHMF;
    sample.value.medium.hEnhMetaFile = enhanced;
    sample.handle = enhanced;
    snprintf(inside, sizeof(inside), "g L40 P N %s", HERE);
    sample.inside = inside;
    sample.local = sample.remote = "g L40 P N " REMOTE "P = l X";
    sample_test(sample);

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    sample.what = "a stream";
    sample.value.medium.tymed = TYMED_ISTREAM;
    sample.value.medium.pstm = stream;
    sample.handle = NULL;
    sample.inside = sample.local = sample.remote = "g L4 P N = l X";
    sample_test(sample);
    IStream_Release(stream);

    GlobalFree(memory);
    DeleteObject(bitmap);
    DeleteEnhMetaFile(enhanced);
}

static void test_objects(void)
{
    struct sample sample = {"WdtpInterfacePointer", "an object", KIND_OBJECT, {.object = NULL},
            NULL, "= l X", "= l X", "= l X", FALSE};
    IStream *stream;

    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    IStream_QueryInterface(stream, &IID_IUnknown, (void **)&sample.value.object);
    sample_test(sample);
    IUnknown_Release(sample.value.object);
    is_int(IStream_Release(stream), 0, "no reference is left");
}

int main(void)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_handles();
    test_formats();
    if (builtin_lacks("checks of what is read, and the layouts of wtypes.idl and [MS-RPCE] 2.2.5"))
        return done_testing();
    test_bad_formats();
    test_contents();
    test_names();
    test_media();
    test_objects();
    CoUninitialize();
    return done_testing();
}
