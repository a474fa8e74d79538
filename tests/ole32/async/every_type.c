/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "every_type.h"

#include "com_object.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

struct every_type
{
    struct com_object object;
    IEveryType IEveryType_iface;
};

COM_OBJECT_METHODS(every_type, struct every_type, IEveryType, IEveryType_iface)

static void *copy_of(const void *data, SIZE_T size)
{
    void *copy = data ? CoTaskMemAlloc(size) : NULL;

    if (copy)
        memcpy(copy, data, size);
    return copy;
}

static WCHAR *text_of(const WCHAR *text)
{
    return copy_of(text, text ? (wcslen(text) + 1) * sizeof(WCHAR) : 0);
}

static char *ansi_of(const char *text)
{
    return copy_of(text, text ? strlen(text) + 1 : 0);
}

BOOL every_type_replaces;

static void text_change(WCHAR **text)
{
    WCHAR *copy;

    if (!*text)
    {
        *text = text_of(L"short");
        return;
    }
    if (every_type_replaces)
    {
        copy = text_of(*text);
        CoTaskMemFree(*text);
        *text = copy;
    }
    (*text)[0]++;
}

static HRESULT WINAPI every_type_Empty(IEveryType *iface)
{
    (void)iface;
    return S_OK;
}

static HRESULT WINAPI every_type_Integers(IEveryType *iface, BYTE a, short b, LONG c, hyper d,
        boolean e, WCHAR f, unsigned short g, hyper *sum)
{
    (void)iface;
    *sum = a + b + c + d + e + f + g;
    return S_FALSE;
}

static HRESULT WINAPI every_type_FloatFirst(IEveryType *iface, float a, LONG b, double c, short d,
        double e, double *sum)
{
    (void)iface;
    *sum = a + 10 * b + 100 * c + 1000 * d + 10000 * e;
    return S_OK;
}

static HRESULT WINAPI every_type_FloatSecond(IEveryType *iface, LONG a, double b, LONG c, float d,
        float e, float *sum)
{
    (void)iface;
    *sum = (float)(a + 10 * b + 100 * c + 1000 * d + 10000 * e);
    return S_OK;
}

static HRESULT WINAPI every_type_InOut(IEveryType *iface, BYTE *a, short *b, LONG *c, hyper *d,
        double *e)
{
    (void)iface;
    *a += 1;
    *b += 2;
    *c += 3;
    *d += 4;
    *e += 5.5;
    return S_OK;
}

static HRESULT WINAPI every_type_Enums(IEveryType *iface, every_season a, every_colour b,
        every_season *c, every_colour *d)
{
    (void)iface;
    *d = (every_colour)(b + a * 16 + *c);
    *c = a;
    return S_OK;
}

static HRESULT WINAPI every_type_Range(IEveryType *iface, LONG a, LONG *b)
{
    (void)iface;
    *b = a;
    return S_OK;
}

static HRESULT WINAPI every_type_Address(IEveryType *iface, INT_PTR a, INT_PTR *b)
{
    (void)iface;
    *b = -a;
    return S_OK;
}

static HRESULT WINAPI every_type_Texts(IEveryType *iface, const WCHAR *a, const WCHAR *b,
        const char *c, LPWSTR *d)
{
    WCHAR text[64];

    (void)iface;
    _snwprintf(text, ARRAYSIZE(text), L"%.20ls|%.20ls|%d", a, b ? b : L"none", (int)strlen(c));
    text[ARRAYSIZE(text) - 1] = 0;
    *d = text_of(text);
    return S_OK;
}

static HRESULT WINAPI every_type_TextInOut(IEveryType *iface, every_name *a)
{
    (void)iface;
    text_change(&a->text);
    return S_OK;
}

static HRESULT WINAPI every_type_TextBuffer(IEveryType *iface, ULONG size, WCHAR *text)
{
    (void)iface;
    for (ULONG i = 0; i < size; i++)
        text[i] = i + 1 < size ? (WCHAR)(L'a' + i % 26) : 0;
    return S_OK;
}

static HRESULT WINAPI every_type_Values(IEveryType *iface, every_pair a, every_triple b,
        every_block c, every_pair *d, every_block *e)
{
    (void)iface;
    d->a = a.a + b.a;
    d->b = a.b + b.b + b.c;
    *e = c;
    e->big++;
    return S_OK;
}

static void record_copy(every_record *to, const every_record *from)
{
    *to = *from;
    to->name = text_of(from->name);
    to->count = copy_of(from->count, sizeof(*from->count));
}

static HRESULT WINAPI every_type_Record(IEveryType *iface, const every_record *a, every_record *b,
        every_record *c)
{
    (void)iface;
    record_copy(c, a);
    b->number += a->number;
    text_change(&b->name);
    return S_OK;
}

static void plain_copy(every_plain_record *to, const every_plain_record *from)
{
    *to = *from;
    to->text = ansi_of(from->text);
    to->count = copy_of(from->count, sizeof(*from->count));
}

static HRESULT WINAPI every_type_PlainRecord(IEveryType *iface, const every_plain_record *a,
        every_plain_record *b, every_plain_record *c)
{
    (void)iface;
    plain_copy(c, a);
    b->number += c->number;
    if (b->count)
        *b->count += 1;
    return S_OK;
}

static HRESULT WINAPI every_type_List(IEveryType *iface, const every_node *a, every_node **b)
{
    every_node *reversed = NULL;
    ULONG count = 0;

    (void)iface;
    for (; a && count < 1000; a = a->next, count++)
    {
        every_node *node = copy_of(a, sizeof(*a));

        node->next = reversed;
        reversed = node;
    }
    *b = reversed;
    return S_OK;
}

static HRESULT WINAPI every_type_Counted(IEveryType *iface, const every_counted *a, ULONG *sum)
{
    (void)iface;
    *sum = 0;
    for (ULONG i = 0; i < a->count && i < 1000; i++)
        *sum += a->values[i];
    return S_OK;
}

static HRESULT WINAPI every_type_Pairs(IEveryType *iface, const every_list *a, every_list *b)
{
    ULONG count = a->count < 1000 ? a->count : 0;

    (void)iface;
    b->count = a->pairs ? count : 0;
    b->pairs = copy_of(a->pairs, count * sizeof(*a->pairs));
    for (ULONG i = 0; i < b->count; i++)
        b->pairs[i].a = -b->pairs[i].a;
    return S_OK;
}

static HRESULT WINAPI every_type_Choice(IEveryType *iface, LONG kind, every_option *a,
        every_tagged *b)
{
    (void)iface;
    b->kind = kind;
    memcpy(&b->choice, a, sizeof(*a));
    if (kind == 3)
        b->choice.text = text_of(a->text);
    return S_OK;
}

static HRESULT WINAPI every_type_Tagged(IEveryType *iface, every_tagged *a)
{
    (void)iface;
    if (a->kind == 1)
    {
        a->kind = 2;
        a->choice.real = a->choice.number + 0.5;
    }
    else if (a->kind == 3)
    {
        text_change(&a->choice.text);
    }
    return S_OK;
}

static HRESULT WINAPI every_type_Capsule(IEveryType *iface, every_capsule *a, every_capsule *b)
{
    (void)iface;
    b->kind = 3 - a->kind;
    if (b->kind == 2)
        b->value.big_number = a->value.small_number;
    else
        b->value.small_number = (short)a->value.big_number;
    return S_OK;
}

static HRESULT WINAPI every_type_Fixed(IEveryType *iface, LONG *a, short *b, GUID *c)
{
    (void)iface;
    for (ULONG i = 0; i < 3; i++)
        b[i] = (short)(b[i] + a[i] + a[3]);
    c[0] = IID_IUnknown;
    c[1] = IID_IClassFactory;
    return S_OK;
}

static HRESULT WINAPI every_type_Matrix(IEveryType *iface, LONG a[2][3], LONG b[3][2])
{
    (void)iface;
    for (ULONG i = 0; i < 2; i++)
    {
        for (ULONG j = 0; j < 3; j++)
            b[j][i] = a[i][j];
    }
    return S_OK;
}

static HRESULT WINAPI every_type_Sized(IEveryType *iface, ULONG n, const LONG *a, LONG *b,
        unsigned short m, BYTE *c)
{
    (void)iface;
    for (ULONG i = 0; i < n; i++)
        b[i] = 2 * a[i];
    for (ULONG i = 0; i < m; i++)
        c[i]++;
    return S_OK;
}

static HRESULT WINAPI every_type_SizedBy(IEveryType *iface, ULONG *n, short *a)
{
    (void)iface;
    for (ULONG i = 0; i < *n; i++)
        a[i] = (short)(a[i] + i + 1);
    return S_OK;
}

static HRESULT WINAPI every_type_Expression(IEveryType *iface, ULONG n, const short *a, LONG *sum)
{
    (void)iface;
    *sum = 0;
    for (ULONG i = 0; i < 2 * n + 1; i++)
        *sum += a[i];
    return S_OK;
}

static HRESULT WINAPI every_type_Half(IEveryType *iface, ULONG n, const short *a, short *b)
{
    (void)iface;
    for (ULONG i = 0; i < n + 1; i++)
        b[i] = i < n / 2 ? a[i] : -1;
    return S_OK;
}

static HRESULT WINAPI every_type_Optional(IEveryType *iface, ULONG n, const LONG *a, LONG *sum)
{
    (void)iface;
    *sum = a ? 0 : -1;
    for (ULONG i = 0; a && i < n; i++)
        *sum += a[i];
    return S_OK;
}

static HRESULT WINAPI every_type_Varying(IEveryType *iface, ULONG n, LONG *a, ULONG *got)
{
    (void)iface;
    *got = n / 2;
    for (ULONG i = 0; i < *got; i++)
        a[i] = (LONG)i + 100;
    return S_OK;
}

static HRESULT WINAPI every_type_VaryingIn(IEveryType *iface, ULONG n, ULONG length, const LONG *a,
        LONG *sum)
{
    (void)iface;
    *sum = 0;
    for (ULONG i = 0; i < length && i < n; i++)
        *sum += a[i];
    return S_OK;
}

static HRESULT WINAPI every_type_Found(IEveryType *iface, ULONG *n, LONG **a)
{
    static const LONG found[] = {3, 1, 4, 1, 5};

    (void)iface;
    *n = ARRAYSIZE(found);
    *a = copy_of(found, sizeof(found));
    return S_OK;
}

static HRESULT WINAPI every_type_Records(IEveryType *iface, ULONG n, const every_record *a,
        every_record *b)
{
    (void)iface;
    for (ULONG i = 0; i < n; i++)
        record_copy(&b[i], &a[n - 1 - i]);
    return S_OK;
}

static IUnknown *reference_of(IUnknown *object)
{
    if (object)
        IUnknown_AddRef(object);
    return object;
}

static HRESULT WINAPI every_type_Objects(IEveryType *iface, ULONG n, IUnknown **a, IUnknown **b)
{
    (void)iface;
    for (ULONG i = 0; i < n; i++)
        b[i] = reference_of(a[n - 1 - i]);
    return S_OK;
}

static HRESULT WINAPI every_type_Full(IEveryType *iface, LONG *a, LONG *b, LONG *same)
{
    (void)iface;
    *same = (a == b) * 1000 + (a ? *a : -1) + (b ? *b : -1);
    return S_OK;
}

static HRESULT WINAPI every_type_Unique(IEveryType *iface, LONG *a, LONG *b, LONG *c, LONG **d)
{
    LONG sum = (a ? *a : 1000) + (b ? *b : 2000);

    (void)iface;
    if (c)
        *c += sum;
    *d = c ? copy_of(&sum, sizeof(sum)) : NULL;
    return S_OK;
}

static HRESULT WINAPI every_type_Object(IEveryType *iface, IUnknown *a, IUnknown **b, IUnknown **c)
{
    IUnknown *before = *c;

    (void)iface;
    *b = reference_of(before);
    *c = reference_of(a);
    if (before)
        IUnknown_Release(before);
    return S_OK;
}

static HRESULT WINAPI every_type_Interface(IEveryType *iface, REFIID iid, IUnknown *a, void **b)
{
    (void)iface;
    *b = NULL;
    return a ? IUnknown_QueryInterface(a, iid, b) : S_FALSE;
}

static HRESULT WINAPI every_type_Bstr(IEveryType *iface, BSTR a, BSTR *b, BSTR *c)
{
    (void)iface;
    *c = SysAllocString(*b);
    SysReAllocString(b, a);
    return S_OK;
}

static HRESULT WINAPI every_type_Variant(IEveryType *iface, VARIANT a, VARIANT *b, VARIANT *c,
        VARIANT *d)
{
    (void)iface;
    VariantInit(d);
    VariantCopy(d, c);
    VariantCopy(c, V_VT(&a) == VT_EMPTY ? b : &a);
    return S_OK;
}

static HRESULT WINAPI every_type_SafeArray(IEveryType *iface, LPSAFEARRAY a, LPSAFEARRAY *b,
        LPSAFEARRAY *c)
{
    (void)iface;
    *c = *b;
    *b = NULL;
    return a ? SafeArrayCopy(a, b) : S_OK;
}

static HRESULT WINAPI every_type_Fail(IEveryType *iface, HRESULT result, ULONG n, LPWSTR *a,
        LONG *b)
{
    (void)iface;
    *a = NULL;
    for (ULONG i = 0; i < n; i++)
        b[i] = 1;
    return result;
}

static const IEveryTypeVtbl every_type_vtbl = {
        every_type_IEveryType_QueryInterface,
        every_type_IEveryType_AddRef,
        every_type_IEveryType_Release,
        every_type_Empty,
        every_type_Integers,
        every_type_FloatFirst,
        every_type_FloatSecond,
        every_type_InOut,
        every_type_Enums,
        every_type_Range,
        every_type_Address,
        every_type_Texts,
        every_type_TextInOut,
        every_type_TextBuffer,
        every_type_Values,
        every_type_Record,
        every_type_PlainRecord,
        every_type_List,
        every_type_Counted,
        every_type_Pairs,
        every_type_Choice,
        every_type_Tagged,
        every_type_Capsule,
        every_type_Fixed,
        every_type_Matrix,
        every_type_Sized,
        every_type_SizedBy,
        every_type_Expression,
        every_type_Half,
        every_type_Optional,
        every_type_Varying,
        every_type_VaryingIn,
        every_type_Found,
        every_type_Records,
        every_type_Objects,
        every_type_Full,
        every_type_Unique,
        every_type_Object,
        every_type_Interface,
        every_type_Bstr,
        every_type_Variant,
        every_type_SafeArray,
        every_type_Fail,
};

static const struct com_interface every_type_interfaces[] = {
        {&IID_IUnknown, offsetof(struct every_type, IEveryType_iface)},
        {&IID_IEveryType, offsetof(struct every_type, IEveryType_iface)},
};

static const struct com_class every_type_class = {"every_type", every_type_interfaces,
        ARRAY_SIZE(every_type_interfaces), free};

HRESULT every_type_create(IEveryType **out)
{
    struct every_type *object = calloc(1, sizeof(*object));

    *out = NULL;
    if (!object)
        return E_OUTOFMEMORY;
    com_object_init(&object->object, &every_type_class);
    object->IEveryType_iface.lpVtbl = (IEveryTypeVtbl *)&every_type_vtbl;
    *out = &object->IEveryType_iface;
    return S_OK;
}
