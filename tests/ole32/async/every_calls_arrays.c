/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of IEveryType with arrays, pointers, interfaces and what Automation has. */
#include "every_args.h"

#include <string.h>

/* ---- arrays ---- */

void Fixed_fill(struct every_args *args)
{
    arg_keep(args, 'i', (LONG[]){1, 2, 3, 4}, 4 * sizeof(LONG));
    arg_keep(args, 'b', (short[]){10, 20, 30}, 3 * sizeof(short));
    arg_out(args, 2 * sizeof(GUID));
}

void Fixed_take(struct every_args *args, char *text)
{
    short *b = arg_at(args, 1);
    GUID *c = arg_at(args, 2);

    say(text, "%d %d %d %lx %lx", b[0], b[1], b[2], c[0].Data1, c[1].Data1);
}

void Matrix_fill(struct every_args *args)
{
    arg_keep(args, 'i', (LONG[]){1, 2, 3, 4, 5, 6}, 6 * sizeof(LONG));
    arg_out(args, 6 * sizeof(LONG));
}

void Matrix_take(struct every_args *args, char *text)
{
    for (ULONG i = 0; i < 6; i++)
        say_long(text, (LONG *)arg_at(args, 1) + i);
}

void Sized_fill(struct every_args *args)
{
    arg_value(args, 4);
    arg_keep(args, 'i', (LONG[]){1, 2, 3, 4}, 4 * sizeof(LONG));
    arg_out(args, 4 * sizeof(LONG));
    arg_value(args, 3);
    arg_keep(args, 'b', "\x01\x02\xff", 3);
}

void Sized_none_fill(struct every_args *args)
{
    arg_value(args, 0);
    arg_keep(args, 'i', "", 1);
    arg_out(args, 16);
    arg_value(args, 0);
    arg_keep(args, 'b', "", 1);
}

void Sized_take(struct every_args *args, char *text)
{
    ULONG n = (ULONG)(ULONG_PTR)arg_at(args, 0);
    LONG *b = arg_at(args, 2);
    BYTE *c = arg_at(args, 4);

    for (ULONG i = 0; i < n; i++)
        say_long(text, b + i);
    say(text, "%d %d %d", c[0], c[1], c[2]);
}

void SizedBy_fill(struct every_args *args)
{
    arg_keep(args, 'b', &(ULONG){4}, sizeof(ULONG));
    arg_keep(args, 'b', (short[]){1, 2, 3, 4}, 4 * sizeof(short));
}

void SizedBy_take(struct every_args *args, char *text)
{
    short *a = arg_at(args, 1);

    say(text, "%d %d %d %d", a[0], a[1], a[2], a[3]);
}

void Expression_fill(struct every_args *args)
{
    arg_value(args, 2);
    arg_keep(args, 'i', (short[]){1, 20, 300, 4000, 5}, 5 * sizeof(short));
    arg_out(args, sizeof(LONG));
}

void Expression_take(struct every_args *args, char *text)
{
    say_long(text, arg_at(args, 2));
}

void Half_fill(struct every_args *args)
{
    arg_value(args, 5);
    arg_keep(args, 'i', (short[]){11, 22}, 2 * sizeof(short));
    arg_out(args, 6 * sizeof(short));
}

void Half_take(struct every_args *args, char *text)
{
    short *b = arg_at(args, 2);

    say(text, "%d %d %d %d", b[0], b[1], b[2], b[5]);
}

void Optional_fill(struct every_args *args)
{
    arg_value(args, 3);
    arg_keep(args, 'i', (LONG[]){1, 20, 300}, 3 * sizeof(LONG));
    arg_out(args, sizeof(LONG));
}

void Optional_null_fill(struct every_args *args)
{
    arg_value(args, 3);
    arg_pointer(args, 'i', NULL);
    arg_out(args, sizeof(LONG));
}

void Varying_fill(struct every_args *args)
{
    arg_value(args, 7);
    arg_out(args, 7 * sizeof(LONG));
    arg_out(args, sizeof(ULONG));
}

void Varying_take(struct every_args *args, char *text)
{
    LONG *a = arg_at(args, 1);

    say_long(text, arg_at(args, 2));
    say(text, "%ld %ld %ld", (long)a[0], (long)a[1], (long)a[2]);
}

void VaryingIn_fill(struct every_args *args)
{
    arg_value(args, 6);
    arg_value(args, 2);
    arg_keep(args, 'i', (LONG[]){1, 20, 300, 4000, 5, 6}, 6 * sizeof(LONG));
    arg_out(args, sizeof(LONG));
}

void VaryingIn_take(struct every_args *args, char *text)
{
    say_long(text, arg_at(args, 3));
}

void Found_fill(struct every_args *args)
{
    arg_out(args, sizeof(ULONG));
    arg_out(args, sizeof(LONG *));
}

void Found_take(struct every_args *args, char *text)
{
    ULONG n = *(ULONG *)arg_at(args, 0);
    LONG *a = *(LONG **)arg_at(args, 1);

    for (ULONG i = 0; a && i < n; i++)
        say_long(text, a + i);
    CoTaskMemFree(a);
}

void Records_fill(struct every_args *args)
{
    every_record a[2] = {{1, {2, 3}, (WCHAR *)L"name", NULL, SEASON_AUTUMN},
            {4, {5, 6}, NULL, args_keep(args, &(LONG){9}, sizeof(LONG)), SEASON_SPRING}};

    arg_value(args, 2);
    arg_keep(args, 'i', a, sizeof(a));
    arg_out(args, sizeof(a));
}

void Records_take(struct every_args *args, char *text)
{
    say_record(text, arg_at(args, 2));
    say_record(text, (every_record *)arg_at(args, 2) + 1);
}

/* ---- pointers ---- */

void Full_fill(struct every_args *args)
{
    void *same = args_keep(args, &(LONG){5}, sizeof(LONG));

    arg_pointer(args, 'i', same);
    arg_pointer(args, 'i', same);
    arg_out(args, sizeof(LONG));
}

void Full_other_fill(struct every_args *args)
{
    arg_keep(args, 'i', &(LONG){5}, sizeof(LONG));
    arg_keep(args, 'i', &(LONG){5}, sizeof(LONG));
    arg_out(args, sizeof(LONG));
}

void Full_take(struct every_args *args, char *text)
{
    say_long(text, arg_at(args, 2));
}

void Unique_fill(struct every_args *args)
{
    arg_keep(args, 'i', &(LONG){5}, sizeof(LONG));
    arg_pointer(args, 'i', NULL);
    arg_keep(args, 'b', &(LONG){6}, sizeof(LONG));
    arg_out(args, sizeof(LONG *));
}

void Unique_null_fill(struct every_args *args)
{
    arg_pointer(args, 'i', NULL);
    arg_keep(args, 'i', &(LONG){5}, sizeof(LONG));
    arg_pointer(args, 'b', NULL);
    arg_out(args, sizeof(LONG *));
}

void Unique_take(struct every_args *args, char *text)
{
    LONG **d = arg_at(args, 3);

    say_long(text, arg_at(args, 2));
    say_long(text, *d);
    CoTaskMemFree(*d);
}

/* ---- interfaces ---- */

static void say_object(char *text, IUnknown *object)
{
    say(text, object ? "object " : "none ");
    if (object)
        IUnknown_Release(object);
}

void Object_fill(struct every_args *args)
{
    arg_pointer(args, 'i', every_object());
    arg_out(args, sizeof(IUnknown *));
    arg_keep(args, 'b', &(IUnknown *){NULL}, sizeof(IUnknown *));
}

void Object_out_fill(struct every_args *args)
{
    arg_pointer(args, 'i', NULL);
    arg_out(args, sizeof(IUnknown *));
    arg_keep(args, 'b', &(IUnknown *){every_object()}, sizeof(IUnknown *));
}

void Object_take(struct every_args *args, char *text)
{
    IUnknown *a = arg_at(args, 0);

    say_object(text, *(IUnknown **)arg_at(args, 1));
    say_object(text, *(IUnknown **)arg_at(args, 2));
    if (a)
        IUnknown_Release(a);
}

void Interface_fill(struct every_args *args)
{
    arg_pointer(args, 'i', &IID_IUnknown);
    arg_pointer(args, 'i', every_object());
    arg_out(args, sizeof(IUnknown *));
}

void Interface_take(struct every_args *args, char *text)
{
    say_object(text, *(IUnknown **)arg_at(args, 2));
    IUnknown_Release((IUnknown *)arg_at(args, 1));
}

void Objects_fill(struct every_args *args)
{
    IUnknown *a[2] = {NULL, every_object()};

    arg_value(args, 2);
    arg_keep(args, 'i', a, sizeof(a));
    arg_out(args, sizeof(a));
}

void Objects_take(struct every_args *args, char *text)
{
    IUnknown **b = arg_at(args, 2);

    say_object(text, b[0]);
    say_object(text, b[1]);
    IUnknown_Release(((IUnknown **)arg_at(args, 1))[1]);
}

/* ---- Automation ---- */

void Bstr_fill(struct every_args *args)
{
    arg_pointer(args, 'i', SysAllocString(L"a BSTR"));
    arg_keep(args, 'b', &(BSTR){SysAllocString(L"b")}, sizeof(BSTR));
    arg_out(args, sizeof(BSTR));
}

void Bstr_take(struct every_args *args, char *text)
{
    say_text(text, *(BSTR *)arg_at(args, 1));
    say_text(text, *(BSTR *)arg_at(args, 2));
    SysFreeString(arg_at(args, 0));
    SysFreeString(*(BSTR *)arg_at(args, 1));
    SysFreeString(*(BSTR *)arg_at(args, 2));
}

static VARIANT variant_text(const WCHAR *text)
{
    VARIANT value;

    memset(&value, 0, sizeof(value));
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    return value;
}

void Variant_fill(struct every_args *args)
{
    VARIANT a;
    VARIANT b = variant_text(L"b");
    VARIANT c = variant_text(L"c");

    memset(&a, 0, sizeof(a));
    V_VT(&a) = VT_R8;
    V_R8(&a) = 1.5;
    arg_struct(args, &a, sizeof(a));
    arg_keep(args, 'i', &b, sizeof(b));
    arg_keep(args, 'b', &c, sizeof(c));
    arg_out(args, sizeof(VARIANT));
}

void Variant_text_fill(struct every_args *args)
{
    VARIANT a = variant_text(L"by value");
    VARIANT b = variant_text(L"b");
    VARIANT c;

    memset(&c, 0, sizeof(c));
    arg_struct(args, &a, sizeof(a));
    arg_keep(args, 'i', &b, sizeof(b));
    arg_keep(args, 'b', &c, sizeof(c));
    arg_out(args, sizeof(VARIANT));
}

static void say_variant(char *text, VARIANT *value)
{
    say(text, "%d ", V_VT(value));
    if (V_VT(value) == VT_BSTR)
        say_text(text, V_BSTR(value));
    else if (V_VT(value) == VT_R8)
        say(text, "%g ", V_R8(value));
    VariantClear(value);
}

void Variant_take(struct every_args *args, char *text)
{
    void *a = &args->slots[args->params[0].slot];

    if (args->params[0].slots == 1)
        a = *(void **)a;
    say_variant(text, arg_at(args, 2));
    say_variant(text, arg_at(args, 3));
    VariantClear(a);
    VariantClear(arg_at(args, 1));
}

static SAFEARRAY *array_of_longs(ULONG count)
{
    SAFEARRAYBOUND bound = {count, 0};
    SAFEARRAY *array = SafeArrayCreate(VT_I4, 1, &bound);

    for (ULONG i = 0; i < count; i++)
        ((LONG *)array->pvData)[i] = (LONG)i * 11;
    return array;
}

void SafeArray_fill(struct every_args *args)
{
    arg_pointer(args, 'i', array_of_longs(3));
    arg_keep(args, 'b', &(SAFEARRAY *){array_of_longs(3)}, sizeof(SAFEARRAY *));
    arg_out(args, sizeof(SAFEARRAY *));
}

static void say_array(char *text, SAFEARRAY *array)
{
    if (!array)
    {
        say(text, "none ");
        return;
    }
    say(text, "%lu: ", array->rgsabound[0].cElements);
    for (ULONG i = 0; i < array->rgsabound[0].cElements; i++)
        say_long(text, (LONG *)array->pvData + i);
    SafeArrayDestroy(array);
}

void SafeArray_take(struct every_args *args, char *text)
{
    say_array(text, *(SAFEARRAY **)arg_at(args, 1));
    say_array(text, *(SAFEARRAY **)arg_at(args, 2));
    SafeArrayDestroy(arg_at(args, 0));
}
