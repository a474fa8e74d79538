/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Arrays of PROPVARIANT in messages: what is written, by propidl.idl and "RPC NDR Format"; every
 * type there and back; and that messages which end early or were altered make the routines raise,
 * and leave nothing behind. ole32 does not export them: they are compiled in.
 */
#include <rpc.h>
#include <rpcproxy.h>
#include <stdio.h>
#include <string.h>

#include "call_guard.h"
#include "far_side.h"
#include "fuzz.h"
#include "property_samples.h"
#include "property_wire.h"
#include "user_call.h"

TAP_TIME_LIMIT(200);

#define MUTATIONS 20000
#define WARM_UP 200
#define BUFFER_SIZE 0x100000
#define SEED 0x50525031

static BYTE buffer[BUFFER_SIZE] __attribute__((aligned(8)));

/* ---- a call as NDR has it ---- */

struct call
{
    struct user_call ndr;
    PROPVARIANTS values;
    ULONG size;
    BYTE *bytes, *end;
};

static void call_begin(struct call *call, USER_MARSHAL_CB_TYPE type, BYTE *bytes, ULONG size)
{
    memset(call, 0, sizeof(*call));
    user_call_begin(&call->ndr, MSHCTX_LOCAL, type, bytes, size);
    call->bytes = bytes;
}

static void __cdecl call_write(void *argument)
{
    struct call *call = argument;

    call->size = PROPVARIANTS_UserSize(&call->ndr.callback.Flags, 0, &call->values);
    call->end = PROPVARIANTS_UserMarshal(&call->ndr.callback.Flags, call->bytes, &call->values);
}

static void __cdecl call_read(void *argument)
{
    struct call *call = argument;

    call->end = PROPVARIANTS_UserUnmarshal(&call->ndr.callback.Flags, call->bytes, &call->values);
}

/* The bytes of these values in `buffer`: how many; 0 and a failed test. */
static ULONG write_values(PROPVARIANT *values, ULONG count, const char *what)
{
    struct call call;
    DWORD raised;

    call_begin(&call, USER_MARSHAL_CB_MARSHALL, buffer, sizeof(buffer));
    call.values.elements = values;
    call.values.count = count;
    raised = call_guarded(call_write, &call);
    if (!is_hr((HRESULT)raised, S_OK, "%s is written", what))
        return 0;
    ok(call.end > buffer && (ULONG)(call.end - buffer) <= call.size, "no more than announced");
    return (ULONG)(call.end - buffer);
}

/* ---- what is written ---- */

static void test_layout(void)
{
    static const BYTE expected[] = {3, 0, 0, 0, 0xcc, 0xcc, 0xcc, 0xcc,
            /* VT_I4 */
            3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0,
            /* VT_LPWSTR: a pointer */
            31, 0, 0, 0, 0, 0, 0, 0, 31, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0,
            /* VT_VECTOR | VT_UI2: how many, a pointer */
            18, 0x10, 0, 0, 0, 0, 0, 0, 18, 0x10, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 2, 0,
            /* the text */
            3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 'a', 0, 'b', 0, 0, 0, 0, 0,
            /* the vector */
            2, 0, 0, 0, 7, 0, 8, 0};
    static USHORT numbers[] = {7, 8};
    static WCHAR text[] = L"ab";
    PROPVARIANT values[3] = {0};
    ULONG size;

    values[0].vt = VT_I4;
    values[0].lVal = 5;
    values[1].vt = VT_LPWSTR;
    values[1].pwszVal = text;
    values[2].vt = VT_VECTOR | VT_UI2;
    values[2].caui.cElems = 2;
    values[2].caui.pElems = numbers;
    memset(buffer, 0xcc, 256);
    size = write_values(values, 3, "an array of three");
    memset(buffer + 4, 0xcc, 4); /* padding */
    if (is_uint(size, sizeof(expected), "its size"))
        ok(!memcmp(buffer, expected, sizeof(expected)), "its bytes");
    for (ULONG i = 0; i < size && i < sizeof(expected); i++)
    {
        if (buffer[i] != expected[i])
            note("at %lu: %02x, not %02x", (unsigned long)i, buffer[i], expected[i]);
    }
}

/* ---- there and back ---- */

static void test_types(void)
{
    for (unsigned int i = 0; i < sample_count; i++)
    {
        PROPVARIANT value;
        struct call call;
        char name[16];
        ULONG size;

        snprintf(name, sizeof(name), "type 0x%x", sample_types[i]);
        sample_make(sample_types[i], &value);
        size = write_values(&value, 1, name);
        sample_clear(&value);
        call_begin(&call, USER_MARSHAL_CB_UNMARSHALL, buffer, size);
        is_hr((HRESULT)call_guarded(call_read, &call), S_OK, "%s is read", name);
        if (call.end)
            is_ptr(call.end, buffer + size, "as long as written");
        if (is_uint(call.values.count, 1, "one value"))
            ok(sample_is(sample_types[i], call.values.elements), "%s is the same", name);
        PROPVARIANTS_UserFree(&call.ndr.callback.Flags, &call.values);
    }
    todo_builtin("what was marshalled keeps an object")
        is_int(mock_control->alive, 0, "no object is left");
}

/* ---- hostile messages ---- */

/* What oleaut32 reads, and what is not there twice: interface pointers. */
static BOOL is_foreign(VARTYPE type)
{
    switch (type & VT_TYPEMASK)
    {
    case VT_UNKNOWN:
    case VT_DISPATCH:
    case VT_STREAM:
    case VT_STREAMED_OBJECT:
    case VT_STORAGE:
    case VT_STORED_OBJECT:
    case VT_VERSIONED_STREAM:
        return TRUE;
    default:
        return (type & VT_ARRAY) != 0;
    }
}

static void corpus_make(struct fuzz_corpus *corpus)
{
    PROPVARIANT values[128];
    ULONG count = 0, size;

    for (unsigned int i = 0; i < sample_count; i++)
    {
        if (is_foreign(sample_types[i]) || sample_types[i] == VT_BLOB)
            continue;
        sample_make(sample_types[i], &values[count]);
        size = write_values(&values[count++], 1, "a value");
        if (size <= FUZZ_ITEM_MAX)
            fuzz_add(corpus, "value", sample_types[i], buffer, size);
    }
    size = write_values(values, count, "all values");
    if (ok(size <= FUZZ_ITEM_MAX, "all of them in %lu bytes", (unsigned long)size))
        fuzz_add(corpus, "values", 0, buffer, size);
    while (count)
        sample_clear(&values[--count]);
}

/* What raises: 0 and nothing is left. */
static DWORD read_guarded(const BYTE *data, ULONG size, BOOL before)
{
    struct call call;
    BYTE *message = fuzz_guard(0, data, size, 8, before);
    DWORD raised;

    call_begin(&call, USER_MARSHAL_CB_UNMARSHALL, message, size);
    if (!(raised = call_guarded(call_read, &call)))
        PROPVARIANTS_UserFree(&call.ndr.callback.Flags, &call.values);
    return raised;
}

static void test_truncated(const struct fuzz_corpus *corpus)
{
    ULONG wrong = 0;

    for (ULONG i = 0; i < corpus->count; i++)
    {
        const struct fuzz_item *item = &corpus->items[i];

        wrong += read_guarded(item->data, item->size, FALSE) != 0;
        for (ULONG size = 0; size < item->size; size += item->tag ? 1 : 7)
            wrong += read_guarded(item->data, size, FALSE) != RPC_X_BAD_STUB_DATA;
    }
    is_uint(wrong, 0, "what ends early is refused");
}

static void test_altered(const struct fuzz_corpus *corpus, UINT32 first, UINT32 end)
{
    static struct fuzz_input input;
    ULONG accepted = 0, refused = 0, other = 0;

    for (UINT32 number = first; number < end; number++)
    {
        DWORD raised;

        fuzz_at("altered values", number);
        fuzz_make(corpus, fuzz_seed(), number, &input);
        raised = read_guarded(input.data, input.size, number & 1);
        if (!raised)
            accepted++;
        else if (raised == RPC_X_BAD_STUB_DATA || raised == RPC_S_INVALID_TAG)
            refused++;
        else
        {
            note("number %lu raises %lx", (unsigned long)number, (unsigned long)raised);
            other++;
        }
    }
    note("%lu accepted, %lu refused", (unsigned long)accepted, (unsigned long)refused);
    is_uint(other, 0, "nothing else is raised: nothing is touched outside of the messages");
    ok(refused > 0 && accepted > 0, "some are refused, some are still good");
}

static void test_hostile(void)
{
    struct fuzz_corpus corpus = {0};
    struct fuzz_memory memory;
    UINT32 first, end;

    corpus_make(&corpus);
    test_truncated(&corpus);
    fuzz_range(MUTATIONS, &first, &end);
    if (end - first > WARM_UP)
        test_altered(&corpus, first, first + WARM_UP);
    fuzz_memory_get(&memory);
    test_altered(&corpus, first, end);
    fuzz_memory_check(&memory, 0x20000, 0, "altered values");
    fuzz_corpus_free(&corpus);
}

int main(int argc, char **argv)
{
    mock_text_length = 40;
    fuzz_begin(argc, argv, SEED, 20);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    test_layout();
    test_types();
    test_hostile();
    CoUninitialize();
    return done_testing();
}
