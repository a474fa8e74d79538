/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The only assembler: entry points that are called as any method is, with arguments of every kind
 * in every place, and the call of a method from an image of its arguments. The compiler makes the
 * other side of both.
 */
#include "async_entries.h"
#include "ndr_impl.h"

#include "tap.h"

#include <ndrtypes.h>
#include <string.h>

#define SLOTS_MAX 300

/* ---- what an entry tells ---- */

static struct
{
    void *stack[SLOTS_MAX];
    ULONG index;
    HRESULT result;
    ULONG calls;
} seen;

static struct ndr_interface *description; /* of method 3 */
static ULONG slots_passed;

HRESULT async_entry_called(void **stack, ULONG index, const ULONG64 *floats, ULONG *stack_size)
{
    ndr_stack_floats(description, 3, stack, floats);
    memcpy(seen.stack, stack, slots_passed * sizeof(void *));
    seen.index = index;
    seen.calls++;
    *stack_size = slots_passed * (ULONG)sizeof(void *);
    return seen.result;
}

/* An object whose vtable are the entries. */
static const void *const *object = async_entries;

static const void *entry(ULONG index)
{
    return object[index];
}

/* ---- arguments as slots ---- */

static struct
{
    void *stack[SLOTS_MAX];
    ULONG count;
} image;

static void put(const void *value, SIZE_T size)
{
    void *slot[2] = {NULL, NULL};

    memcpy(slot, value, size);
    for (SIZE_T i = 0; i < (size + sizeof(void *) - 1) / sizeof(void *); i++)
        image.stack[image.count++] = slot[i];
}

/* Kinds: i LONG, h hyper, f float, d double. The bits that are no part of an argument do not count.
 */
static BOOL same(const char *kinds)
{
    ULONG slot = 1;

    for (; *kinds; kinds++)
    {
        SIZE_T size = *kinds == 'i' || *kinds == 'f' ? 4 : 8;

        if (memcmp(&seen.stack[slot], &image.stack[slot], size))
            return FALSE;
        slot += (ULONG)((size + sizeof(void *) - 1) / sizeof(void *));
    }
    return slot == image.count;
}

static UCHAR kind_code(char kind)
{
    return kind == 'f' ? FC_FLOAT : kind == 'd' ? FC_DOUBLE : kind == 'h' ? FC_HYPER : FC_LONG;
}

/* The description of a method with these [in] parameters. */
static void describe(const char *kinds)
{
    static struct ndr_param params[16];
    static union
    {
        struct ndr_interface ndr;
        BYTE room[sizeof(struct ndr_interface) + 4 * sizeof(struct ndr_method)];
    } memory;
    struct ndr_method *method;

    memset(&memory, 0, sizeof(memory));
    memset(params, 0, sizeof(params));
    memory.ndr.count = 4;
    method = &memory.ndr.methods[3];
    method->params = params;
    for (; *kinds; kinds++)
    {
        struct ndr_param *param = &params[method->param_count++];

        param->attributes = PARAM_IN;
        param->base = TRUE;
        param->code = kind_code(*kinds);
    }
    description = &memory.ndr;
}

/* ---- methods of four arguments, of all kinds ---- */

#define TYPE_i LONG
#define TYPE_h LONGLONG
#define TYPE_f float
#define TYPE_d double
#define VALUE_i(n) (LONG)(-0x01020300 - (n))
#define VALUE_h(n) (LONGLONG)(0x1122334455667700ll + (n))
#define VALUE_f(n) (1.25f + (float)(n))
#define VALUE_d(n) (-3.0e200 - 1.0e199 * (n))

#define PUT(kind, n)                                                                               \
    {                                                                                              \
        TYPE_##kind value = VALUE_##kind(n);                                                       \
                                                                                                   \
        put(&value, sizeof(value));                                                                \
    }

/* An entry called as a method with four arguments, and such a method called. */
#define FOUR(a, b, c, d)                                                                           \
    static HRESULT STDMETHODCALLTYPE method_##a##b##c##d(void *this, TYPE_##a v1, TYPE_##b v2,     \
            TYPE_##c v3, TYPE_##d v4)                                                              \
    {                                                                                              \
        return this == &object && v1 == VALUE_##a(1) && v2 == VALUE_##b(2) && v3 == VALUE_##c(3)   \
                        && v4 == VALUE_##d(4)                                                      \
                ? 0x40001234                                                                       \
                : E_FAIL;                                                                          \
    }                                                                                              \
    static void check_##a##b##c##d(ULONG index)                                                    \
    {                                                                                              \
        HRESULT(STDMETHODCALLTYPE *method)                                                         \
        (void *, TYPE_##a, TYPE_##b, TYPE_##c, TYPE_##d);                                          \
                                                                                                   \
        method = (void *)entry(index);                                                             \
        image.count = 0;                                                                           \
        put(&(void *){&object}, sizeof(void *));                                                   \
        PUT(a, 1)                                                                                  \
        PUT(b, 2)                                                                                  \
        PUT(c, 3)                                                                                  \
        PUT(d, 4)                                                                                  \
        describe(#a #b #c #d);                                                                     \
        slots_passed = image.count;                                                                \
        seen.result = (HRESULT)(0x80040000u + index);                                              \
        is_hr(method(&object, VALUE_##a(1), VALUE_##b(2), VALUE_##c(3), VALUE_##d(4)),             \
                seen.result, #a #b #c #d ": the result");                                          \
        is_uint(seen.index, index, #a #b #c #d ": which method");                                  \
        is_ptr(seen.stack[0], &object, #a #b #c #d ": the object");                                \
        ok(same(#a #b #c #d), #a #b #c #d ": the arguments");                                      \
        is_hr(async_invoke((const void *)method_##a##b##c##d, image.stack, image.count),           \
                0x40001234, #a #b #c #d ": invoked");                                              \
    }

FOUR(i, i, i, i)
FOUR(d, i, h, f)
FOUR(i, d, f, h)
FOUR(f, h, i, d)
FOUR(h, f, d, i)
FOUR(d, d, d, d)
FOUR(f, f, f, f)
FOUR(h, h, h, h)
FOUR(i, f, d, d)
FOUR(d, f, i, h)

static void check_kinds(void)
{
    check_iiii(3);
    check_dihf(4);
    check_idfh(5);
    check_fhid(255);
    check_hfdi(256);
    check_dddd(257);
    check_ffff(1000);
    check_hhhh(ASYNC_ENTRIES_MAX - 2);
    check_ifdd(ASYNC_ENTRIES_MAX - 1);
    check_dfih(128);
}

/* ---- many and few arguments ---- */

static HRESULT STDMETHODCALLTYPE method_none(void *this)
{
    return this == &object ? S_FALSE : E_FAIL;
}

static HRESULT STDMETHODCALLTYPE method_many(void *this, LONG a, double b, LONGLONG c, float d,
        LONG e, double f, float g, LONGLONG h, double i, LONG j, LONG k, float l)
{
    return this == &object && a == 1 && b == 2.5 && c == 1ll << 40 && d == 4.5f && e == 5
                    && f == 6.5 && g == 7.5f && h == -8 && i == 9.5 && j == 10 && k == 11
                    && l == 12.5f
            ? S_FALSE
            : E_FAIL;
}

static void check_many(void)
{
    HRESULT(STDMETHODCALLTYPE * none)(void *) = (void *)entry(9);
    HRESULT(STDMETHODCALLTYPE * many)
    (void *, LONG, double, LONGLONG, float, LONG, double, float, LONGLONG, double, LONG, LONG,
            float) = (void *)entry(10);

    describe("");
    slots_passed = 1;
    seen.result = S_FALSE;
    is_hr(none(&object), S_FALSE, "no arguments");
    image.count = 0;
    put(&(void *){&object}, sizeof(void *));
    is_hr(async_invoke((const void *)method_none, image.stack, image.count), S_FALSE, "invoked");
    put(&(LONG){1}, 4);
    put(&(double){2.5}, 8);
    put(&(LONGLONG){1ll << 40}, 8);
    put(&(float){4.5f}, 4);
    put(&(LONG){5}, 4);
    put(&(double){6.5}, 8);
    put(&(float){7.5f}, 4);
    put(&(LONGLONG){-8}, 8);
    put(&(double){9.5}, 8);
    put(&(LONG){10}, 4);
    put(&(LONG){11}, 4);
    put(&(float){12.5f}, 4);
    is_hr(async_invoke((const void *)method_many, image.stack, image.count), S_FALSE,
            "twelve arguments, invoked");
    describe("idhfidfhdiif");
    slots_passed = image.count;
    is_hr(many(&object, 1, 2.5, 1ll << 40, 4.5f, 5, 6.5, 7.5f, -8, 9.5, 10, 11, 12.5f), S_FALSE,
            "twelve arguments");
    ok(same("idhfidfhdiif"), "which the entry has seen");
}

/* Even and odd numbers of slots: the stack is aligned, and as it was. */
static void check_wide(void)
{
    ULONG_PTR before = 0, after = 0;

    for (ULONG slots = 1; slots <= 256; slots++)
    {
        image.count = 0;
        put(&(void *){&object}, sizeof(void *));
        while (image.count < slots)
            put(&(ULONG_PTR){image.count}, sizeof(void *));
        before += slots;
        /* Whatever the callee removes of them, async_invoke's stack is as it was. */
        if (async_invoke((const void *)method_none, image.stack, image.count) == S_FALSE)
            after += slots;
    }
    ok(before == after, "up to 256 slots");
}

int main(void)
{
    check_kinds();
    check_many();
    check_wide();
    return done_testing();
}
