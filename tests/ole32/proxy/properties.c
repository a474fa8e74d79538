/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IPropertyStorage with values of every type, and IPropertySetStorage. */
#include "property_samples.h"

#include <oleauto.h>
#include <string.h>

#define MADE 0x881
#define MANY 2000u /* names in one call */
#define FIRST_NAME 0x20

static HRESULT refused(DWORD error)
{
    return HRESULT_FROM_WIN32(error);
}

/* ---- what the checks ask for: IDs and names by turns ---- */

static void specs_make(PROPSPEC *specs, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
    {
        specs[i].ulKind = i & 1 ? PRSPEC_LPWSTR : PRSPEC_PROPID;
        if (i & 1)
            specs[i].lpwstr = (LPOLESTR)(i == 1 ? long_text() : L"name");
        else
            specs[i].propid = 100 + i;
    }
}

static BOOL specs_are(const PROPSPEC *specs, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
    {
        if (specs[i].ulKind != (i & 1 ? PRSPEC_LPWSTR : PRSPEC_PROPID)
                || (i & 1 ? !same_text(specs[i].lpwstr, i == 1 ? long_text() : L"name")
                          : specs[i].propid != 100 + i))
            return FALSE;
    }
    return TRUE;
}

static BOOL ids_are(const PROPID *ids, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
    {
        if (ids[i] != 200 + i)
            return FALSE;
    }
    return TRUE;
}

/* ---- the mocks ---- */

/* One value each of all types that are not references, or as many as are asked for of one. */
static HRESULT STDMETHODCALLTYPE storage_ReadMultiple(IPropertyStorage *iface, ULONG count,
        const PROPSPEC *specs, PROPVARIANT *values)
{
    const ULONG all = sample_count - sample_reference_count;
    MOCK_ENTER(iface);

    EXPECT(specs_are(specs, count));
    for (ULONG i = 0; i < count; i++)
        EXPECT(values[i].vt == VT_EMPTY && !values[i].pszVal);
    for (ULONG i = 0; i < count; i++)
        sample_make(count == all ? sample_types[i] : VT_LPSTR, &values[i]);
    return count == 1 ? S_FALSE : S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_WriteMultiple(IPropertyStorage *iface, ULONG count,
        const PROPSPEC *specs, const PROPVARIANT *values, PROPID first)
{
    MOCK_ENTER(iface);
    EXPECT(first == FIRST_NAME && specs_are(specs, count));
    for (ULONG i = 0; count == sample_count && i < count; i++)
        EXPECT(sample_is(sample_types[i], &values[i]));
    return count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE storage_DeleteMultiple(IPropertyStorage *iface, ULONG count,
        const PROPSPEC *specs)
{
    MOCK_ENTER(iface);
    if (count == 1 && specs[0].ulKind == 7)
        return STG_E_INVALIDPARAMETER;
    if (count == 1)
    {
        EXPECT(specs[0].ulKind == PRSPEC_LPWSTR && !specs[0].lpwstr);
        return S_FALSE;
    }
    EXPECT(specs_are(specs, count));
    return S_OK;
}

/* The third has no name. */
static HRESULT STDMETHODCALLTYPE storage_ReadPropertyNames(IPropertyStorage *iface, ULONG count,
        const PROPID *ids, LPOLESTR *names)
{
    MOCK_ENTER(iface);
    EXPECT(ids_are(ids, count));
    for (ULONG i = 0; i < count; i++)
    {
        EXPECT(!names[i]);
        names[i] = i == 2 ? NULL : text_copy(i == 1 ? long_text() : L"name");
    }
    return count > 2 ? S_FALSE : S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_WritePropertyNames(IPropertyStorage *iface, ULONG count,
        const PROPID *ids, const LPOLESTR *names)
{
    MOCK_ENTER(iface);
    EXPECT(ids_are(ids, count));
    for (ULONG i = 0; i < count; i++)
        EXPECT(i == 2 ? !names[i] : same_text(names[i], i == 1 ? long_text() : L"name"));
    return count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE storage_DeletePropertyNames(IPropertyStorage *iface, ULONG count,
        const PROPID *ids)
{
    MOCK_ENTER(iface);
    EXPECT(ids_are(ids, count));
    return count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE storage_Commit(IPropertyStorage *iface, DWORD flags)
{
    MOCK_ENTER(iface);
    return flags == STGC_OVERWRITE ? STG_E_NOTCURRENT : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE storage_Revert(IPropertyStorage *iface)
{
    MOCK_ENTER(iface);
    return STG_E_REVERTED;
}

static HRESULT STDMETHODCALLTYPE storage_Enum(IPropertyStorage *iface, IEnumSTATPROPSTG **out)
{
    MOCK_ENTER(iface);
    EXPECT(!*out);
    *out = mock_create(&IID_IEnumSTATPROPSTG, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_SetTimes(IPropertyStorage *iface, const FILETIME *created,
        const FILETIME *accessed, const FILETIME *modified)
{
    MOCK_ENTER(iface);
    EXPECT(created->dwLowDateTime == 1 && created->dwHighDateTime == 2);
    EXPECT(accessed->dwLowDateTime == 3 && accessed->dwHighDateTime == 4);
    EXPECT(modified->dwLowDateTime == 5 && modified->dwHighDateTime == 6);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_SetClass(IPropertyStorage *iface, REFCLSID clsid)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(clsid, 0x882));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_Stat(IPropertyStorage *iface, STATPROPSETSTG *stat)
{
    MOCK_ENTER(iface);
    memset(stat, 0, sizeof(*stat));
    stat->fmtid = guid_of(0x883);
    stat->clsid = guid_of(0x884);
    stat->grfFlags = PROPSETFLAG_ANSI;
    stat->mtime.dwLowDateTime = 7;
    stat->ctime.dwHighDateTime = 8;
    stat->atime.dwLowDateTime = 9;
    stat->dwOSVersion = 10;
    return S_OK;
}

static const IPropertyStorageVtbl storage_vtbl = {MOCK_UNKNOWN, storage_ReadMultiple,
        storage_WriteMultiple, storage_DeleteMultiple, storage_ReadPropertyNames,
        storage_WritePropertyNames, storage_DeletePropertyNames, storage_Commit, storage_Revert,
        storage_Enum, storage_SetTimes, storage_SetClass, storage_Stat};

static HRESULT STDMETHODCALLTYPE sets_Create(IPropertySetStorage *iface, REFFMTID format,
        const CLSID *clsid, DWORD flags, DWORD mode, IPropertyStorage **out)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(format, 0x885) && flags == PROPSETFLAG_NONSIMPLE && !*out);
    EXPECT(clsid ? is_guid_of(clsid, 0x886) && mode == STGM_CREATE : mode == STGM_READ);
    *out = clsid ? mock_create(&IID_IPropertyStorage, MADE) : NULL;
    return clsid ? S_OK : STG_E_FILEALREADYEXISTS;
}

static HRESULT STDMETHODCALLTYPE sets_Open(IPropertySetStorage *iface, REFFMTID format, DWORD mode,
        IPropertyStorage **out)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(format, 0x887) && mode == STGM_WRITE && !*out);
    *out = mock_create(&IID_IPropertyStorage, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE sets_Delete(IPropertySetStorage *iface, REFFMTID format)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(format, 0x888));
    return STG_E_FILENOTFOUND;
}

static HRESULT STDMETHODCALLTYPE sets_Enum(IPropertySetStorage *iface, IEnumSTATPROPSETSTG **out)
{
    MOCK_ENTER(iface);
    EXPECT(!*out);
    *out = mock_create(&IID_IEnumSTATPROPSETSTG, MADE);
    return S_OK;
}

static const IPropertySetStorageVtbl sets_vtbl = {MOCK_UNKNOWN, sets_Create, sets_Open, sets_Delete,
        sets_Enum};

/* A value in properties; nobody calls it. */
static const IDispatchVtbl dispatch_vtbl = {MOCK_UNKNOWN, NULL, NULL, NULL, NULL};

const struct mock_class property_classes[] = {
        {{&IID_IPropertyStorage}, &storage_vtbl},
        {{&IID_IPropertySetStorage}, &sets_vtbl},
        {{&IID_IDispatch}, &dispatch_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

static void check_object(void *object, const char *what)
{
    is_uint(token_of(object), MADE, "%s", what);
    if (object)
        IUnknown_Release((IUnknown *)object);
}

static void values_clear(PROPVARIANT *values, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
        sample_clear(&values[i]);
}

/* Every type, both ways. */
static void check_values(IPropertyStorage *proxy)
{
    const ULONG all = sample_count - sample_reference_count;
    PROPVARIANT values[128];
    PROPSPEC specs[128];
    ULONG right = 0;

    specs_make(specs, sample_count);
    memset(values, 0xcc, sizeof(values));
    is_hr(IPropertyStorage_ReadMultiple(proxy, all, specs, values), S_OK, "ReadMultiple");
    for (ULONG i = 0; i < all; i++)
    {
        right += sample_is(sample_types[i], &values[i]);
        if (right != i + 1)
        {
            note("type 0x%x is %x", sample_types[i], values[i].vt);
            break;
        }
    }
    is_uint(right, all, "values of all types");
    values_clear(values, all);
    for (ULONG i = 0; i < sample_count; i++)
        sample_make(sample_types[i], &values[i]);
    is_hr(IPropertyStorage_WriteMultiple(proxy, sample_count, specs, values, FIRST_NAME), S_OK,
            "WriteMultiple");
    values_clear(values, sample_count);
    memset(values, 0xcc, sizeof(values));
    is_hr(IPropertyStorage_ReadMultiple(proxy, 1, specs, values), S_FALSE, "of one");
    ok(sample_is(VT_LPSTR, &values[0]), "its value");
    PropVariantClear(&values[0]);
}

static void check_numbers(IPropertyStorage *proxy)
{
    PROPVARIANT value, *values = CoTaskMemAlloc(MANY * sizeof(*values));
    PROPSPEC spec = {0}, *specs = CoTaskMemAlloc(MANY * sizeof(*specs));
    ULONG right = 0;

    specs_make(specs, MANY);
    is_hr(IPropertyStorage_ReadMultiple(proxy, MANY, specs, values), S_OK, "many values");
    for (ULONG i = 0; i < MANY; i++)
        right += sample_is(VT_LPSTR, &values[i]);
    is_uint(right, MANY, "all of them");
    is_hr(IPropertyStorage_WriteMultiple(proxy, MANY, specs, values, FIRST_NAME), S_OK,
            "written again");
    FreePropVariantArray(MANY, values);
    is_hr(IPropertyStorage_DeleteMultiple(proxy, MANY, specs), S_OK, "DeleteMultiple");
    CoTaskMemFree(values);
    CoTaskMemFree(specs);
    is_hr(IPropertyStorage_ReadMultiple(proxy, 0, NULL, NULL), S_OK, "ReadMultiple of none");
    is_hr(IPropertyStorage_ReadMultiple(proxy, 0, &spec, &value), S_OK, "and with arrays");
    is_hr(IPropertyStorage_WriteMultiple(proxy, 0, NULL, NULL, FIRST_NAME), S_FALSE,
            "WriteMultiple of none");
    is_hr(IPropertyStorage_DeleteMultiple(proxy, 0, NULL), S_OK, "DeleteMultiple of none");
    spec.ulKind = PRSPEC_LPWSTR;
    is_hr(IPropertyStorage_DeleteMultiple(proxy, 1, &spec), S_FALSE, "a name that is NULL");
    spec.ulKind = 7;
    is_hr(IPropertyStorage_DeleteMultiple(proxy, 1, &spec), STG_E_INVALIDPARAMETER,
            "a kind of name that does not exist");
    is_hr(IPropertyStorage_ReadMultiple(proxy, 1, NULL, &value), E_INVALIDARG, "no names");
    is_hr(IPropertyStorage_ReadMultiple(proxy, 1, &spec, NULL), E_INVALIDARG, "no room");
    is_hr(IPropertyStorage_WriteMultiple(proxy, 1, &spec, NULL, FIRST_NAME), E_INVALIDARG,
            "no values");
    is_hr(IPropertyStorage_DeleteMultiple(proxy, 1, NULL), E_INVALIDARG, "nothing to delete");
}

static HRESULT write_one(IPropertyStorage *proxy, const PROPVARIANT *value)
{
    PROPSPEC spec = {PRSPEC_PROPID, {100}};

    return IPropertyStorage_WriteMultiple(proxy, 1, &spec, value, FIRST_NAME);
}

/* Vectors of variants, one in the other; the innermost is empty. */
static HRESULT write_nested(IPropertyStorage *proxy, unsigned int depth)
{
    PROPVARIANT values[100];

    for (unsigned int i = 0; i < depth; i++)
    {
        PropVariantInit(&values[i]);
        if (i + 1 == depth)
            break;
        values[i].vt = VT_VECTOR | VT_VARIANT;
        values[i].capropvar.cElems = 1;
        values[i].capropvar.pElems = &values[i + 1];
    }
    return write_one(proxy, values);
}

/* What is no PROPVARIANT, and what counts things that are not there. */
static void check_refused_values(IPropertyStorage *proxy)
{
    static const VARTYPE types[] = {VT_VARIANT, VT_VECTOR | VT_UNKNOWN, VT_VECTOR | VT_EMPTY,
            VT_ARRAY | VT_LPSTR, VT_BYREF | VT_LPSTR, VT_VECTOR | VT_ARRAY | VT_I4, VT_RECORD,
            VT_ARRAY | VT_UNKNOWN, VT_I4 | 0x8000, 0x7777};
    PROPVARIANT value;
    CLIPDATA data = {2, 0, NULL};

    for (unsigned int i = 0; i < ARRAYSIZE(types); i++)
    {
        PropVariantInit(&value);
        value.vt = types[i];
        is_hr(write_one(proxy, &value), refused(RPC_S_INVALID_TAG), "type 0x%x", types[i]);
    }
    PropVariantInit(&value);
    value.vt = VT_BLOB;
    is_hr(write_one(proxy, &value), S_OK, "a blob of none");
    value.blob.cbSize = 1;
    is_hr(write_one(proxy, &value), refused(RPC_X_NULL_REF_POINTER), "a blob that is not there");
    value.vt = VT_VECTOR | VT_LPWSTR;
    is_hr(write_one(proxy, &value), refused(RPC_X_NULL_REF_POINTER), "a vector that is not there");
    value.vt = VT_CF;
    value.pclipdata = &data;
    is_hr(write_one(proxy, &value), E_INVALIDARG, "clipboard data without a format");
    value.pclipdata = NULL;
    is_hr(write_one(proxy, &value), S_OK, "no clipboard data");
    value.vt = VT_ARRAY | VT_I4;
    is_hr(write_one(proxy, &value), S_OK, "no array");
    is_hr(write_nested(proxy, 60), S_OK, "vectors in vectors");
    is_hr(write_nested(proxy, 100), E_INVALIDARG, "too many");
}

static void check_names(IPropertyStorage *proxy)
{
    PROPID ids[3] = {200, 201, 202};
    LPOLESTR names[3] = {(LPOLESTR)1, (LPOLESTR)1, (LPOLESTR)1};

    is_hr(IPropertyStorage_ReadPropertyNames(proxy, 3, ids, names), S_FALSE, "ReadPropertyNames");
    ok(same_text(names[0], L"name") && same_text(names[1], long_text()) && !names[2], "the names");
    is_hr(IPropertyStorage_WritePropertyNames(proxy, 3, ids, names), S_OK, "WritePropertyNames");
    for (unsigned int i = 0; i < 3; i++)
        CoTaskMemFree(names[i]);
    is_hr(IPropertyStorage_DeletePropertyNames(proxy, 3, ids), S_OK, "DeletePropertyNames");
    is_hr(IPropertyStorage_ReadPropertyNames(proxy, 0, ids, names), S_OK, "names of none");
    is_hr(IPropertyStorage_WritePropertyNames(proxy, 0, ids, names), S_FALSE, "none written");
    is_hr(IPropertyStorage_DeletePropertyNames(proxy, 0, ids), S_FALSE, "none deleted");
    is_hr(IPropertyStorage_ReadPropertyNames(proxy, 1, NULL, names), E_INVALIDARG, "no IDs");
    is_hr(IPropertyStorage_WritePropertyNames(proxy, 1, ids, NULL), E_INVALIDARG, "no names");
}

static void check_storage(IPropertyStorage *proxy)
{
    FILETIME created = {1, 2}, accessed = {3, 4}, modified = {5, 6};
    IEnumSTATPROPSTG *values = (void *)0xdead;
    CLSID clsid = guid_of(0x882);
    STATPROPSETSTG stat;

    is_hr(IPropertyStorage_Commit(proxy, STGC_OVERWRITE), STG_E_NOTCURRENT, "Commit");
    is_hr(IPropertyStorage_Revert(proxy), STG_E_REVERTED, "Revert");
    is_hr(IPropertyStorage_Enum(proxy, &values), S_OK, "Enum");
    check_object(values, "the enumerator");
    is_hr(IPropertyStorage_SetTimes(proxy, &created, &accessed, &modified), S_OK, "SetTimes");
    is_hr(IPropertyStorage_SetTimes(proxy, &created, NULL, &modified),
            refused(RPC_X_NULL_REF_POINTER), "SetTimes, one is missing");
    is_hr(IPropertyStorage_SetClass(proxy, &clsid), S_OK, "SetClass");
    is_hr(IPropertyStorage_Stat(proxy, &stat), S_OK, "Stat");
    ok(is_guid_of(&stat.fmtid, 0x883) && is_guid_of(&stat.clsid, 0x884)
                    && stat.grfFlags == PROPSETFLAG_ANSI && stat.mtime.dwLowDateTime == 7
                    && stat.ctime.dwHighDateTime == 8 && stat.atime.dwLowDateTime == 9
                    && stat.dwOSVersion == 10,
            "what it says");
}

/* Of a failure nothing comes back. */
static void check_failures(IPropertyStorage *proxy)
{
    LPOLESTR names[2] = {(LPOLESTR)1, (LPOLESTR)1};
    PROPID ids[2] = {200, 201};
    PROPVARIANT values[2];
    PROPSPEC specs[2];

    specs_make(specs, 2);
    memset(values, 0xcc, sizeof(values));
    mock_control->result = E_ACCESSDENIED;
    is_hr(IPropertyStorage_ReadMultiple(proxy, 2, specs, values), E_ACCESSDENIED,
            "ReadMultiple fails");
    ok(values[0].vt == VT_EMPTY && values[1].vt == VT_EMPTY, "no values");
    is_hr(IPropertyStorage_ReadPropertyNames(proxy, 2, ids, names), E_ACCESSDENIED,
            "ReadPropertyNames fails");
    ok(!names[0] && !names[1], "no names");
    sample_make(VT_VECTOR | VT_VARIANT, &values[0]);
    is_hr(IPropertyStorage_WriteMultiple(proxy, 2, specs, values, FIRST_NAME), E_ACCESSDENIED,
            "WriteMultiple fails");
    PropVariantClear(&values[0]);
    mock_control->result = 0;
}

static void check_sets(IPropertySetStorage *proxy)
{
    FMTID create = guid_of(0x885), clsid = guid_of(0x886), open = guid_of(0x887);
    FMTID delete = guid_of(0x888);
    void *out = (void *)0xdead;

    is_hr(IPropertySetStorage_Create(proxy, &create, &clsid, PROPSETFLAG_NONSIMPLE, STGM_CREATE,
                  (IPropertyStorage **)&out),
            S_OK, "Create");
    check_object(out, "its property storage");
    out = (void *)0xdead;
    is_hr(IPropertySetStorage_Create(proxy, &create, NULL, PROPSETFLAG_NONSIMPLE, STGM_READ,
                  (IPropertyStorage **)&out),
            STG_E_FILEALREADYEXISTS, "Create without a class");
    is_ptr(out, NULL, "no property storage");
    is_hr(IPropertySetStorage_Open(proxy, &open, STGM_WRITE, (IPropertyStorage **)&out), S_OK,
            "Open");
    check_object(out, "its property storage");
    is_hr(IPropertySetStorage_Delete(proxy, &delete), STG_E_FILENOTFOUND, "Delete");
    is_hr(IPropertySetStorage_Enum(proxy, (IEnumSTATPROPSETSTG **)&out), S_OK, "Enum");
    check_object(out, "the enumerator");
}

void check_properties(IClassFactory *factory)
{
    void *proxy;

    note("IPropertyStorage, IPropertySetStorage");
    if ((proxy = remote_create(factory, &IID_IPropertyStorage, "IPropertyStorage")))
    {
        check_values(proxy);
        check_numbers(proxy);
        check_refused_values(proxy);
        check_names(proxy);
        check_storage(proxy);
        check_failures(proxy);
        IPropertyStorage_Release((IPropertyStorage *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IPropertySetStorage, "IPropertySetStorage")))
    {
        check_sets(proxy);
        IPropertySetStorage_Release((IPropertySetStorage *)proxy);
    }
}
