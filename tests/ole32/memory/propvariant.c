/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PropVariantClear, PropVariantCopy and FreePropVariantArray, of every type there is. */
#include <string.h>

#include <windows.h>
#include <ole2.h>
#include <oleauto.h>

#include "tap.h"

#ifndef VT_BSTR_BLOB
#define VT_BSTR_BLOB 0xfff
#endif

#define PAGE "propidlbase/ns-propidlbase-propvariant"

/* ---- an object that counts its references ---- */

static LONG unknown_references;

static HRESULT STDMETHODCALLTYPE unknown_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    (void)iface;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE unknown_AddRef(IUnknown *iface)
{
    (void)iface;
    return (ULONG)InterlockedIncrement(&unknown_references);
}

static ULONG STDMETHODCALLTYPE unknown_Release(IUnknown *iface)
{
    (void)iface;
    return (ULONG)InterlockedDecrement(&unknown_references);
}

static IUnknownVtbl unknown_vtbl = {unknown_QueryInterface, unknown_AddRef, unknown_Release};
static IUnknown unknown_object = {&unknown_vtbl};

/* ---- blocks of the task allocator that are in use ---- */

static LONG blocks_in_use;

static HRESULT STDMETHODCALLTYPE spy_QueryInterface(IMallocSpy *iface, REFIID iid, void **out)
{
    (void)iid;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE spy_AddRef(IMallocSpy *iface)
{
    (void)iface;
    return 2;
}

static SIZE_T STDMETHODCALLTYPE spy_PreAlloc(IMallocSpy *iface, SIZE_T size)
{
    (void)iface;
    return size;
}

static void *STDMETHODCALLTYPE spy_PostAlloc(IMallocSpy *iface, void *actual)
{
    (void)iface;
    if (actual)
        blocks_in_use++;
    return actual;
}

static void *STDMETHODCALLTYPE spy_PreFree(IMallocSpy *iface, void *block, BOOL spied)
{
    (void)iface;
    if (spied)
        blocks_in_use--;
    return block;
}

static void STDMETHODCALLTYPE spy_PostFree(IMallocSpy *iface, BOOL spied)
{
    (void)iface;
    (void)spied;
}

static SIZE_T STDMETHODCALLTYPE spy_PreRealloc(IMallocSpy *iface, void *block, SIZE_T size,
        void **actual, BOOL spied)
{
    (void)iface;
    (void)spied;
    *actual = block;
    return size;
}

static void *STDMETHODCALLTYPE spy_Same(IMallocSpy *iface, void *actual, BOOL spied)
{
    (void)iface;
    (void)spied;
    return actual;
}

static SIZE_T STDMETHODCALLTYPE spy_PostGetSize(IMallocSpy *iface, SIZE_T size, BOOL spied)
{
    (void)iface;
    (void)spied;
    return size;
}

static int STDMETHODCALLTYPE spy_PostDidAlloc(IMallocSpy *iface, void *block, BOOL spied, int did)
{
    (void)iface;
    (void)block;
    (void)spied;
    return did;
}

static void STDMETHODCALLTYPE spy_HeapMinimize(IMallocSpy *iface)
{
    (void)iface;
}

static IMallocSpyVtbl spy_vtbl = {
        spy_QueryInterface,
        spy_AddRef,
        spy_AddRef,
        spy_PreAlloc,
        spy_PostAlloc,
        spy_PreFree,
        spy_PostFree,
        spy_PreRealloc,
        spy_Same,
        spy_Same,
        spy_PostGetSize,
        spy_Same,
        spy_PostDidAlloc,
        spy_HeapMinimize,
        spy_HeapMinimize,
};

static IMallocSpy spy = {&spy_vtbl};

/* oleaut32: freed BSTRs go back to the allocator at once. */
void WINAPI SetOaNoCache(void);

/* ---- tests ---- */

static BOOL vt_is_valid(VARTYPE vt)
{
    static const VARTYPE alone[] = {VT_EMPTY, VT_NULL, VT_I1, VT_UI1, VT_I2, VT_UI2, VT_I4, VT_UI4,
            VT_INT, VT_UINT, VT_I8, VT_UI8, VT_R4, VT_R8, VT_BOOL, VT_ERROR, VT_CY, VT_DATE,
            VT_FILETIME, VT_CLSID, VT_CF, VT_BSTR, VT_BSTR_BLOB, VT_BLOB, VT_BLOB_OBJECT, VT_LPSTR,
            VT_LPWSTR, VT_UNKNOWN, VT_DISPATCH, VT_STREAM, VT_STREAMED_OBJECT, VT_STORAGE,
            VT_STORED_OBJECT, VT_VERSIONED_STREAM, VT_DECIMAL};
    static const VARTYPE vector[] = {VT_I1, VT_UI1, VT_I2, VT_UI2, VT_BOOL, VT_I4, VT_UI4, VT_R4,
            VT_R8, VT_ERROR, VT_I8, VT_UI8, VT_CY, VT_DATE, VT_FILETIME, VT_CLSID, VT_CF, VT_BSTR,
            VT_LPSTR, VT_LPWSTR, VT_VARIANT, VT_BSTR_BLOB};
    static const VARTYPE array[] = {VT_I1, VT_UI1, VT_I2, VT_UI2, VT_I4, VT_UI4, VT_INT, VT_UINT,
            VT_R4, VT_R8, VT_BOOL, VT_DECIMAL, VT_ERROR, VT_CY, VT_DATE, VT_BSTR, VT_DISPATCH,
            VT_UNKNOWN, VT_VARIANT};
    const VARTYPE *list = alone;
    size_t count = ARRAYSIZE(alone);

    switch (vt & ~VT_TYPEMASK)
    {
    case 0:
        break;
    case VT_VECTOR:
        list = vector;
        count = ARRAYSIZE(vector);
        break;
    case VT_ARRAY:
    case VT_BYREF: /* the same list */
    case VT_BYREF | VT_ARRAY:
        list = array;
        count = ARRAYSIZE(array);
        break;
    default:
        return FALSE;
    }
    for (size_t i = 0; i < count; i++)
    {
        if ((vt & VT_TYPEMASK) == list[i])
            return TRUE;
    }
    return FALSE;
}

static void test_types(void)
{
    int clear_wrong = 0, left = 0, copy_wrong = 0, ref_wrong = 0;
    PROPVARIANT value, copy;

    for (unsigned int vt = 0; vt < 0x10000; vt++)
    {
        HRESULT expected = vt_is_valid((VARTYPE)vt) ? S_OK : STG_E_INVALIDPARAMETER;
        /* Types that Wine does not know. */
        BOOL newer =
                vt & VT_BYREF || vt == VT_VERSIONED_STREAM || (vt & VT_TYPEMASK) == VT_BSTR_BLOB;

        memset(&value, 0, sizeof(value));
        value.vt = (VARTYPE)vt;
        if (PropVariantClear(&value) != expected)
        {
            if (newer)
                ref_wrong++;
            else
                clear_wrong++;
        }
        if (value.vt != VT_EMPTY)
            left++;
        if (tap_builtin()) /* it crashes where there is nothing to copy */
            continue;
        memset(&value, 0, sizeof(value));
        memset(&copy, 0xcc, sizeof(copy));
        value.vt = (VARTYPE)vt;
        if (PropVariantCopy(&copy, &value) != expected)
            copy_wrong++;
        else if (copy.vt != (expected == S_OK ? vt : VT_EMPTY))
            copy_wrong++;
    }
    is_int(clear_wrong, 0, PAGE ": each type is cleared, or refused");
    is_int(left, 0, "... and VT_EMPTY in the end");
    todo_builtin(PAGE ": VT_BYREF, VT_VERSIONED_STREAM and VT_BSTR_BLOB are types too")
        is_int(ref_wrong, 0, "references, versioned streams and BSTR blobs as well");
    is_int(copy_wrong, 0, "each type is copied when it holds nothing, or refused");
}

static void *task_copy(const void *data, size_t size)
{
    void *copy = CoTaskMemAlloc(size);

    memcpy(copy, data, size);
    return copy;
}

/* One variant of each kind that holds something. */
static unsigned int make_values(PROPVARIANT *values)
{
    static const GUID guid = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    unsigned int count = 0;
    PROPVARIANT *inner;
    VERSIONEDSTREAM *versioned;
    SAFEARRAY *array;
    LONG index = 0, number = 99;

#define NEXT(type) (memset(&values[count], 0, sizeof(*values)), values[count].vt = (type), count++)
    NEXT(VT_I4);
    values[count - 1].lVal = 12345;
    NEXT(VT_DECIMAL);
    values[count - 1].decVal.Hi32 = 0x12345678;
    values[count - 1].decVal.Lo64 = 0x123456789abcdef0;
    values[count - 1].decVal.scale = 3;
    NEXT(VT_LPSTR);
    values[count - 1].pszVal = task_copy("narrow", 7);
    NEXT(VT_LPWSTR);
    values[count - 1].pwszVal = task_copy(L"wide", 10);
    NEXT(VT_BSTR);
    values[count - 1].bstrVal = SysAllocStringLen(L"with\0nul", 8);
    NEXT(VT_CLSID);
    values[count - 1].puuid = task_copy(&guid, sizeof(guid));
    NEXT(VT_BLOB);
    values[count - 1].blob.cbSize = 5;
    values[count - 1].blob.pBlobData = task_copy("bl\0ob", 5);
    NEXT(VT_CF);
    values[count - 1].pclipdata = CoTaskMemAlloc(sizeof(CLIPDATA));
    values[count - 1].pclipdata->cbSize = 4 + 6;
    values[count - 1].pclipdata->ulClipFmt = -1;
    values[count - 1].pclipdata->pClipData = task_copy("format", 6);
    NEXT(VT_UNKNOWN);
    values[count - 1].punkVal = &unknown_object;
    unknown_references++;
    NEXT(VT_STREAM);
    values[count - 1].pStream = (IStream *)&unknown_object;
    unknown_references++;
    NEXT(VT_VECTOR | VT_I8);
    values[count - 1].cah.cElems = 2;
    values[count - 1].cah.pElems = task_copy("0123456789abcdef", 16);
    NEXT(VT_VECTOR | VT_CLSID);
    values[count - 1].cauuid.cElems = 1;
    values[count - 1].cauuid.pElems = task_copy(&guid, sizeof(guid));
    NEXT(VT_VECTOR | VT_LPSTR);
    values[count - 1].calpstr.cElems = 3;
    values[count - 1].calpstr.pElems = CoTaskMemAlloc(3 * sizeof(char *));
    values[count - 1].calpstr.pElems[0] = task_copy("one", 4);
    values[count - 1].calpstr.pElems[1] = task_copy("", 1);
    values[count - 1].calpstr.pElems[2] = task_copy("three", 6);
    NEXT(VT_VECTOR | VT_LPWSTR);
    values[count - 1].calpwstr.cElems = 1;
    values[count - 1].calpwstr.pElems = CoTaskMemAlloc(sizeof(WCHAR *));
    values[count - 1].calpwstr.pElems[0] = task_copy(L"wide", 10);
    NEXT(VT_VECTOR | VT_BSTR);
    values[count - 1].cabstr.cElems = 1;
    values[count - 1].cabstr.pElems = CoTaskMemAlloc(sizeof(BSTR));
    values[count - 1].cabstr.pElems[0] = SysAllocString(L"bstr");
    NEXT(VT_VECTOR | VT_CF);
    values[count - 1].caclipdata.cElems = 1;
    values[count - 1].caclipdata.pElems = CoTaskMemAlloc(sizeof(CLIPDATA));
    values[count - 1].caclipdata.pElems[0].cbSize = 4 + 3;
    values[count - 1].caclipdata.pElems[0].ulClipFmt = -2;
    values[count - 1].caclipdata.pElems[0].pClipData = task_copy("mac", 3);
    NEXT(VT_VECTOR | VT_VARIANT);
    inner = CoTaskMemAlloc(3 * sizeof(*inner));
    memset(inner, 0, 3 * sizeof(*inner));
    inner[0].vt = VT_LPWSTR;
    inner[0].pwszVal = task_copy(L"in a variant", 26);
    inner[1].vt = VT_UNKNOWN;
    inner[1].punkVal = &unknown_object;
    unknown_references++;
    inner[2].vt = VT_VECTOR | VT_VARIANT;
    inner[2].capropvar.cElems = 1;
    inner[2].capropvar.pElems = CoTaskMemAlloc(sizeof(*inner));
    memset(inner[2].capropvar.pElems, 0, sizeof(*inner));
    inner[2].capropvar.pElems[0].vt = VT_LPSTR;
    inner[2].capropvar.pElems[0].pszVal = task_copy("deep", 5);
    values[count - 1].capropvar.cElems = 3;
    values[count - 1].capropvar.pElems = inner;
    NEXT(VT_ARRAY | VT_I4);
    array = SafeArrayCreateVector(VT_I4, 0, 3);
    SafeArrayPutElement(array, &index, &number);
    values[count - 1].parray = array;
    if (!tap_builtin()) /* it does not know these */
    {
        NEXT(VT_BSTR_BLOB);
        values[count - 1].bstrblobVal.cbSize = 4;
        values[count - 1].bstrblobVal.pData = task_copy("blob", 4);
        NEXT(VT_VERSIONED_STREAM);
        versioned = CoTaskMemAlloc(sizeof(*versioned));
        versioned->guidVersion = guid;
        versioned->pStream = (IStream *)&unknown_object;
        unknown_references++;
        values[count - 1].pVersionedStream = versioned;
    }
#undef NEXT
    return count;
}

/* Whether `count` variants say the same, with nothing shared but interfaces. */
static void are_equal(const PROPVARIANT *a, const PROPVARIANT *b, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++, a++, b++)
    {
        BOOL equal = a->vt == b->vt;
        LONG x = 0, y = 1, index = 0;

        switch (a->vt)
        {
        case VT_I4:
            equal = equal && a->lVal == b->lVal;
            break;
        case VT_DECIMAL:
            equal = equal && !memcmp(a, b, sizeof(DECIMAL));
            break;
        case VT_LPSTR:
            equal = equal && a->pszVal != b->pszVal && !strcmp(a->pszVal, b->pszVal);
            break;
        case VT_LPWSTR:
            equal = equal && a->pwszVal != b->pwszVal && !wcscmp(a->pwszVal, b->pwszVal);
            break;
        case VT_BSTR:
            equal = equal && a->bstrVal != b->bstrVal && SysStringLen(b->bstrVal) == 8
                    && !memcmp(a->bstrVal, b->bstrVal, 18);
            break;
        case VT_CLSID:
            equal = equal && a->puuid != b->puuid && !memcmp(a->puuid, b->puuid, 16);
            break;
        case VT_BLOB:
        case VT_BSTR_BLOB:
            equal = equal && a->blob.cbSize == b->blob.cbSize
                    && a->blob.pBlobData != b->blob.pBlobData
                    && !memcmp(a->blob.pBlobData, b->blob.pBlobData, a->blob.cbSize);
            break;
        case VT_CF:
            equal = equal && a->pclipdata != b->pclipdata
                    && a->pclipdata->cbSize == b->pclipdata->cbSize
                    && a->pclipdata->ulClipFmt == b->pclipdata->ulClipFmt
                    && a->pclipdata->pClipData != b->pclipdata->pClipData
                    && !memcmp(a->pclipdata->pClipData, b->pclipdata->pClipData, 6);
            break;
        case VT_UNKNOWN:
        case VT_STREAM:
            equal = equal && a->punkVal == b->punkVal;
            break;
        case VT_VERSIONED_STREAM:
            equal = equal && a->pVersionedStream != b->pVersionedStream
                    && !memcmp(a->pVersionedStream, b->pVersionedStream, sizeof(VERSIONEDSTREAM));
            break;
        case VT_VECTOR | VT_I8:
        case VT_VECTOR | VT_CLSID:
            equal = equal && a->cah.cElems == b->cah.cElems && a->cah.pElems != b->cah.pElems
                    && !memcmp(a->cah.pElems, b->cah.pElems, 16);
            break;
        case VT_VECTOR | VT_LPSTR:
            for (int j = 0; j < 3; j++)
            {
                equal = equal && b->calpstr.cElems == 3
                        && a->calpstr.pElems[j] != b->calpstr.pElems[j]
                        && !strcmp(a->calpstr.pElems[j], b->calpstr.pElems[j]);
            }
            break;
        case VT_VECTOR | VT_LPWSTR:
        case VT_VECTOR | VT_BSTR:
            equal = equal && b->calpwstr.cElems == 1
                    && a->calpwstr.pElems[0] != b->calpwstr.pElems[0]
                    && !wcscmp(a->calpwstr.pElems[0], b->calpwstr.pElems[0]);
            break;
        case VT_VECTOR | VT_CF:
            equal = equal && b->caclipdata.cElems == 1 && b->caclipdata.pElems[0].cbSize == 7
                    && a->caclipdata.pElems[0].pClipData != b->caclipdata.pElems[0].pClipData
                    && !memcmp(b->caclipdata.pElems[0].pClipData, "mac", 3);
            break;
        case VT_VECTOR | VT_VARIANT:
            equal = equal && b->capropvar.cElems == a->capropvar.cElems;
            if (equal)
                are_equal(a->capropvar.pElems, b->capropvar.pElems, a->capropvar.cElems);
            break;
        case VT_ARRAY | VT_I4:
            SafeArrayGetElement(a->parray, &index, &x);
            SafeArrayGetElement(b->parray, &index, &y);
            equal = equal && a->parray != b->parray && x == y;
            break;
        default:
            equal = FALSE;
        }
        todo_if(tap_builtin() && (a->vt == VT_BSTR || a->vt == (VT_VECTOR | VT_CF)),
                "combaseapi/nf-combaseapi-propvariantcopy: by value, all of it")
            ok(equal, "type %#x: the copy equals the original", a->vt);
    }
}

/* oleaut32 then frees at once what it is given. The import library for i686 lacks the name. */
static void oleaut_cache_off(void)
{
    void(WINAPI * set_no_cache)(void) =
            (void *)GetProcAddress(LoadLibraryW(L"oleaut32.dll"), "SetOaNoCache");

    if (set_no_cache)
        set_no_cache();
}

static void test_values(void)
{
    PROPVARIANT values[30], copies[30];
    unsigned int count, changed = 0;
    LONG blocks, references;

    oleaut_cache_off();
    CoRegisterMallocSpy(&spy);
    count = make_values(values);
    blocks = blocks_in_use;
    references = unknown_references;
    memset(copies, 0xcc, sizeof(copies));
    for (unsigned int i = 0; i < count; i++)
        is_hr(PropVariantCopy(&copies[i], &values[i]), S_OK, "type %#x: PropVariantCopy",
                values[i].vt);
    are_equal(values, copies, count);
    is_int(unknown_references, references * 2, "the copies have references of their own");
    for (unsigned int i = 0; i < count; i++)
    {
        static const PROPVARIANT zero;

        is_hr(PropVariantClear(&copies[i]), S_OK, "type %#x: PropVariantClear", values[i].vt);
        changed += memcmp(&copies[i], &zero, sizeof(zero)) != 0;
    }
    is_uint(changed, 0, "they are all zero");
    is_int(unknown_references, references, "their references are released");
    is_int(blocks_in_use, blocks, "their memory is freed");
    is_hr(FreePropVariantArray(count, values), S_OK, "FreePropVariantArray");
    is_int(unknown_references, 0, "all references are released");
    for (unsigned int i = 0; i < count; i++)
        changed += values[i].vt != VT_EMPTY;
    is_uint(changed, 0, "they are all VT_EMPTY");
    is_int(blocks_in_use, 0, "all memory is freed");
    is_hr(CoRevokeMallocSpy(), S_OK, "... of COM's allocator");
}

/* VT_BYREF: "a reference to data" of somebody else */
static void test_references(void)
{
    LONG number = 5;
    PROPVARIANT value, copy;
    BSTR text;

    if (builtin_lacks("VT_BYREF"))
        return;
    memset(&value, 0, sizeof(value));
    value.vt = VT_BYREF | VT_I4;
    value.plVal = &number;
    is_hr(PropVariantCopy(&copy, &value), S_OK, "a reference is copied");
    is_ptr(copy.plVal, &number, "... and leads to the same");
    is_hr(PropVariantClear(&copy), S_OK, "a reference is cleared");
    is_int(number, 5, "... and not what it leads to");
    text = SysAllocString(L"not freed");
    value.vt = VT_BYREF | VT_BSTR;
    value.pbstrVal = &text;
    is_hr(PropVariantClear(&value), S_OK, "a reference to a BSTR is cleared");
    is_wstr(text, L"not freed", "... and the BSTR is there");
    SysFreeString(text);
}

static void test_bad(void)
{
    PROPVARIANT value, copy, values[3], *deep, *next;

    is_hr(PropVariantClear(NULL), S_OK, "PropVariantClear of NULL");
    todo_builtin("combaseapi/nf-combaseapi-freepropvariantarray: NULL is legal")
        is_hr(FreePropVariantArray(3, NULL), S_OK, "FreePropVariantArray of NULL");
    memset(values, 0, sizeof(values));
    values[0].vt = VT_LPWSTR;
    values[0].pwszVal = task_copy(L"wide", 10);
    values[1].vt = 0x99;
    values[1].lVal = 7;
    values[2].vt = VT_LPSTR;
    values[2].pszVal = task_copy("narrow", 7);
    todo_builtin("combaseapi/nf-combaseapi-freepropvariantarray: STG_E_INVALIDPARAMETER")
        is_hr(FreePropVariantArray(3, values), STG_E_INVALIDPARAMETER, "an array with a bad type");
    ok(values[0].vt == VT_EMPTY && values[2].vt == VT_EMPTY, "... the others are freed");

    memset(&value, 0, sizeof(value));
    value.vt = 0x99;
    value.lVal = 7;
    ok(FAILED(PropVariantCopy(&copy, &value)), "a copy of a bad type");
    is_hr(PropVariantClear(&value), STG_E_INVALIDPARAMETER, "a bad type");
    is_uint(value.vt, VT_EMPTY, "... is VT_EMPTY afterwards");

    /* "At any level of indirection, NULL pointers are ignored." */
    memset(&value, 0, sizeof(value));
    value.vt = VT_CF;
    value.pclipdata = CoTaskMemAlloc(sizeof(CLIPDATA));
    memset(value.pclipdata, 0, sizeof(CLIPDATA));
    is_hr(PropVariantClear(&value), S_OK, "clipboard data without data");
    value.vt = VT_VECTOR | VT_LPWSTR;
    value.calpwstr.cElems = 0;
    value.calpwstr.pElems = NULL;
    is_hr(PropVariantClear(&value), S_OK, "an empty vector");
    value.vt = VT_VECTOR | VT_LPWSTR;
    value.calpwstr.cElems = 1;
    value.calpwstr.pElems = CoTaskMemAlloc(sizeof(WCHAR *));
    value.calpwstr.pElems[0] = NULL;
    is_hr(PropVariantClear(&value), S_OK, "a vector with NULL in it");

    if (builtin_lacks("checks of what a PROPVARIANT holds")) /* it crashes */
        return;
    value.vt = VT_VECTOR | VT_LPWSTR;
    value.calpwstr.cElems = 7;
    value.calpwstr.pElems = NULL;
    is_hr(PropVariantCopy(&copy, &value), STG_E_INVALIDPARAMETER, "a copy of a vector of nothing");
    is_uint(copy.vt, VT_EMPTY, "... is VT_EMPTY");
    is_hr(PropVariantClear(&value), S_OK, "a vector of nothing");
    value.vt = VT_BLOB;
    value.blob.cbSize = 7;
    value.blob.pBlobData = NULL;
    is_hr(PropVariantCopy(&copy, &value), STG_E_INVALIDPARAMETER, "a copy of a blob of nothing");
    is_hr(PropVariantCopy(NULL, &value), E_INVALIDARG, "a copy to NULL");
    is_hr(PropVariantCopy(&value, NULL), E_INVALIDARG, "a copy of NULL");
    value.vt = VT_VECTOR | VT_I8;
    value.cah.cElems = 0xffffffff;
    value.cah.pElems = (LARGE_INTEGER *)&copy;
    is_hr(PropVariantCopy(&copy, &value), STG_E_INVALIDPARAMETER, "a vector of 32 GiB");

    /* A copy that fails halfway leaves nothing behind. */
    CoRegisterMallocSpy(&spy);
    blocks_in_use = 0;
    memset(values, 0, sizeof(values));
    values[0].vt = VT_LPWSTR;
    values[0].pwszVal = (WCHAR *)L"text";
    values[1].vt = 0x99;
    value.vt = VT_VECTOR | VT_VARIANT;
    value.capropvar.cElems = 2;
    value.capropvar.pElems = values;
    is_hr(PropVariantCopy(&copy, &value), STG_E_INVALIDPARAMETER, "a bad type in a vector");
    is_uint(copy.vt, VT_EMPTY, "... the copy is VT_EMPTY");
    is_int(blocks_in_use, 0, "... and what was copied is freed");
    CoRevokeMallocSpy();

    /* Deeper than any stack. */
    value.vt = VT_VECTOR | VT_VARIANT;
    value.capropvar.cElems = 1;
    deep = next = VirtualAlloc(NULL, 1000000 * sizeof(*deep), MEM_COMMIT, PAGE_READWRITE);
    value.capropvar.pElems = next;
    for (int i = 0; i < 999999; i++, next++)
    {
        next->vt = VT_VECTOR | VT_VARIANT;
        next->capropvar.cElems = 1;
        next->capropvar.pElems = next + 1;
    }
    is_hr(PropVariantCopy(&copy, &value), STG_E_INVALIDPARAMETER, "a million vectors nested");
    is_uint(copy.vt, VT_EMPTY, "... is VT_EMPTY");
    VirtualFree(deep, 0, MEM_RELEASE);
}

static void run_all(void)
{
    test_types();
    test_values();
    test_references();
    test_bad();
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("property values");
    }
    return done_testing();
}
