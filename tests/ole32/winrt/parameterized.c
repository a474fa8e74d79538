/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The IIDs of instances of parameterized interfaces: those which the headers of Windows have, the
 * signatures they follow from, and names and locators that are wrong.
 */
#include "winrt.h"

#include <string.h>
#include <wchar.h>

#define ARGUMENTS_MAX 8
#define VECTOR "{913337e9-11a1-4345-a3a2-4e7f956e222d}"
#define MAP "{3c2925fe-8519-45c1-aa79-197b6718c1c1}"
#define REFERENCE "{61c17706-2d65-11e0-9ae8-d48564015472}"

static const struct combase *winrt;

/* --- what the locator knows --- */

enum type
{
    IS_INTERFACE,
    IS_DELEGATE,
    IS_GROUP,       /* `text`: its default interface, asked for again */
    IS_GROUP_KNOWN, /* the same, with its IID */
    IS_CLASS,
    IS_CLASS_KNOWN,
    IS_CLASS_OF_MAP, /* its default interface is IMap<String, Object> */
    IS_GROUP_OF_MAP,
    IS_STRUCT,        /* `text`: its fields' types, with semicolons */
    IS_ENUM,          /* `text`: its base type */
    IS_PARAMETERIZED, /* with so many arguments */
    IS_PARAMETERIZED_DELEGATE,
    IS_NOTHING, /* the locator succeeds and says nothing */
    IS_TWICE,
    IS_FAILURE,
};

static const struct
{
    const WCHAR *name;
    enum type type;
    const WCHAR *text, *iid;
    UINT32 count;
} types[] = {
        {L"Windows.Foundation.Collections.IIterable`1", IS_PARAMETERIZED, NULL,
                L"{faa585ea-6214-4217-afda-7f46de5869b3}", 1},
        {L"Windows.Foundation.Collections.IVector`1", IS_PARAMETERIZED, NULL,
                L"{913337e9-11a1-4345-a3a2-4e7f956e222d}", 1},
        {L"Windows.Foundation.Collections.IVectorView`1", IS_PARAMETERIZED, NULL,
                L"{bbe1fa4c-b0e3-4583-baef-1f1b2e483e56}", 1},
        {L"Windows.Foundation.Collections.IMap`2", IS_PARAMETERIZED, NULL,
                L"{3c2925fe-8519-45c1-aa79-197b6718c1c1}", 2},
        {L"Windows.Foundation.Collections.IKeyValuePair`2", IS_PARAMETERIZED, NULL,
                L"{02b51929-c1c4-4a7e-8940-0312b5c18500}", 2},
        {L"Windows.Foundation.IReference`1", IS_PARAMETERIZED, NULL,
                L"{61c17706-2d65-11e0-9ae8-d48564015472}", 1},
        {L"Windows.Foundation.IAsyncOperation`1", IS_PARAMETERIZED, NULL,
                L"{9fc2b0bb-e446-44e2-aa61-9cab8f636af2}", 1},
        {L"Windows.Foundation.EventHandler`1", IS_PARAMETERIZED_DELEGATE, NULL,
                L"{9de1c535-6ae1-11e0-84e1-18a905bcc53f}", 1},
        {L"Windows.Foundation.TypedEventHandler`2", IS_PARAMETERIZED_DELEGATE, NULL,
                L"{9de1c534-6ae1-11e0-84e1-18a905bcc53f}", 2},
        {L"Windows.Gaming.Input.Gamepad", IS_CLASS, L"Windows.Gaming.Input.IGamepad", NULL, 0},
        {L"Windows.Gaming.Input.IGamepad", IS_INTERFACE, NULL,
                L"{bc7bb43c-0a69-3903-9e9d-a50f86a45de5}", 0},
        {L"Windows.Gaming.Input.IGameController", IS_INTERFACE, NULL,
                L"{1baf6522-5f64-42c5-8267-b9fe2215bfbd}", 0},
        {L"Windows.System.UserChangedEventArgs", IS_CLASS_KNOWN,
                L"Windows.System.IUserChangedEventArgs", L"{086459dc-18c6-48db-bc99-724fb9203ccc}",
                0},
        {L"Windows.Foundation.PropertyType", IS_ENUM, L"Int32", NULL, 0},
        {L"Windows.Foundation.Point", IS_STRUCT, L"Single;Single", NULL, 0},
        {L"Windows.Foundation.Numerics.Vector3", IS_STRUCT, L"Single;Single;Single", NULL, 0},
        {L"Example.IParam`1", IS_PARAMETERIZED, NULL, L"{22046e87-28b5-4c53-9804-bc69f6ee0299}", 1},
        {L"Example.InterfaceGroup", IS_GROUP, L"Example.IFoo", NULL, 0},
        {L"Example.KnownGroup", IS_GROUP_KNOWN, L"Example.Unknown",
                L"{f7f968c2-b1d8-47e0-98db-1b04f2bba657}", 0},
        {L"Example.IFoo", IS_INTERFACE, NULL, L"{f7f968c2-b1d8-47e0-98db-1b04f2bba657}", 0},
        {L"Example.Handler", IS_DELEGATE, NULL, L"{a4ed5c81-76c9-40bd-8be6-b1d90fb20ae7}", 0},
        {L"Example.Set", IS_CLASS_OF_MAP, NULL, NULL, 0},
        {L"Example.MapGroup", IS_GROUP_OF_MAP, NULL, NULL, 0},
        {L"Example.Outer", IS_STRUCT,
                L"Windows.Foundation.Point;Windows.Foundation.IReference`1<Int32>;String", NULL, 0},
        {L"Example.\x00e4\x20ac", IS_ENUM, L"UInt32", NULL, 0},
        {L"Example.BadEnum", IS_ENUM, L"Int64", NULL, 0},
        {L"Example.BadStruct", IS_STRUCT, L"Windows.Foundation.IReference`1<Int32", NULL, 0},
        {L"Example.BadField", IS_STRUCT, L"Windows.Foundation.IReference`1<Int32,Int32>", NULL, 0},
        {L"Example.BadClass", IS_CLASS, L"Windows.Foundation.Point", NULL, 0},
        {L"Example.Itself", IS_STRUCT, L"Int32;Example.Itself", NULL, 0},
        {L"Example.Doubled", IS_STRUCT, L"Example.Doubled;Example.Doubled", NULL, 0},
        {L"Example.IUnknown", IS_INTERFACE, NULL, L"{00000000-0000-0000-c000-000000000046}", 0},
        {L"Example.IInspectable", IS_INTERFACE, NULL, L"{af86e2e0-b12d-4c6a-9c5a-d7aa65101e90}", 0},
        {L"Example.NoArguments`0", IS_PARAMETERIZED, NULL,
                L"{f7f968c2-b1d8-47e0-98db-1b04f2bba657}", 0},
        {L"Example.Nothing", IS_NOTHING, NULL, NULL, 0},
        {L"Example.Twice", IS_TWICE, NULL, L"{f7f968c2-b1d8-47e0-98db-1b04f2bba657}", 0},
        {L"Example.Failure", IS_FAILURE, NULL, NULL, 0},
};

static HRESULT set_struct(struct metadata_builder *builder, const WCHAR *name, const WCHAR *text)
{
    const WCHAR *fields[ARGUMENTS_MAX];
    WCHAR copy[200], *at = copy;
    UINT32 count = 0;

    wcscpy(copy, text);
    while (at && count < ARGUMENTS_MAX)
    {
        fields[count++] = at;
        if ((at = wcschr(at, ';')))
            *at++ = 0;
    }
    return builder->lpVtbl->SetStruct(builder, name, count, fields);
}

static unsigned int questions;

static HRESULT STDMETHODCALLTYPE locate(const struct metadata_locator *locator, const WCHAR *name,
        struct metadata_builder *builder)
{
    const struct metadata_builder_vtbl *set = builder->lpVtbl;
    const WCHAR *map[] = {L"Windows.Foundation.Collections.IMap`2", L"String", L"Object"};
    GUID iid = {0};

    (void)locator;
    questions++;
    for (unsigned int i = 0; i < ARRAYSIZE(types); i++)
    {
        const WCHAR *text = types[i].text;

        if (wcscmp(types[i].name, name))
            continue;
        if (types[i].iid)
            IIDFromString(types[i].iid, &iid);
        switch (types[i].type)
        {
        case IS_INTERFACE:
            return set->SetWinRtInterface(builder, iid);
        case IS_DELEGATE:
            return set->SetDelegate(builder, iid);
        case IS_GROUP:
            return set->SetInterfaceGroupSimpleDefault(builder, name, text, NULL);
        case IS_GROUP_KNOWN:
            return set->SetInterfaceGroupSimpleDefault(builder, name, text, &iid);
        case IS_CLASS:
            return set->SetRuntimeClassSimpleDefault(builder, name, text, NULL);
        case IS_CLASS_KNOWN:
            return set->SetRuntimeClassSimpleDefault(builder, name, text, &iid);
        case IS_CLASS_OF_MAP:
            return set->SetRuntimeClassParameterizedDefault(builder, name, 3, map);
        case IS_GROUP_OF_MAP:
            return set->SetInterfaceGroupParameterizedDefault(builder, name, 3, map);
        case IS_STRUCT:
            return set_struct(builder, name, text);
        case IS_ENUM:
            return set->SetEnum(builder, name, text);
        case IS_PARAMETERIZED:
            return set->SetParameterizedInterface(builder, iid, types[i].count);
        case IS_PARAMETERIZED_DELEGATE:
            return set->SetParameterizedDelegate(builder, iid, types[i].count);
        case IS_TWICE:
            set->SetWinRtInterface(builder, iid);
            set->SetWinRtInterface(builder, iid);
            return S_OK;
        case IS_FAILURE:
            return E_ACCESSDENIED;
        case IS_NOTHING:
            break;
        }
        return S_OK;
    }
    return RO_E_METADATA_NAME_NOT_FOUND;
}

static const struct metadata_locator_vtbl locator_vtable = {locate};
static const struct metadata_locator locator = {&locator_vtable};

/* --- names, their elements with blanks between --- */

struct elements
{
    WCHAR text[300];
    const WCHAR *names[ARGUMENTS_MAX];
    UINT32 count;
};

static void elements_of(const WCHAR *text, struct elements *out)
{
    WCHAR *at = out->text;

    wcscpy(out->text, text);
    out->count = 0;
    while (at && *at && out->count < ARGUMENTS_MAX)
    {
        out->names[out->count++] = at;
        if ((at = wcschr(at, ' ')))
            *at++ = 0;
    }
}

#define FOUNDATION L"Windows.Foundation."
#define COLLECTIONS L"Windows.Foundation.Collections."

static void check(const WCHAR *name, const WCHAR *iid, const char *signature)
{
    GUID expected, got = {1, 2, 3, {4}};
    struct elements elements;
    void *extra = NULL;

    elements_of(name, &elements);
    IIDFromString(iid, &expected);
    is_hr(winrt->RoGetParameterizedTypeInstanceIID(elements.count, elements.names, &locator, &got,
                  &extra),
            S_OK, "%ls", name);
    is_guid(&got, &expected, "%ls: its IID", name);
    is_str(winrt->RoParameterizedTypeExtraGetTypeSignature(extra), signature, "%ls: its signature",
            name);
    winrt->RoFreeParameterizedTypeExtra(extra);
    got = GUID_NULL;
    is_hr(winrt->RoGetParameterizedTypeInstanceIID(elements.count, elements.names, &locator, &got,
                  NULL),
            S_OK, "%ls: without a handle", name);
    is_guid(&got, &expected, "%ls: the same", name);
}

static void check_failure(const WCHAR *name, HRESULT expected, const char *what)
{
    GUID got = {1, 2, 3, {4}};
    struct elements elements;
    void *extra = &extra;

    elements_of(name, &elements);
    is_hr(winrt->RoGetParameterizedTypeInstanceIID(elements.count, elements.names, &locator, &got,
                  &extra),
            expected, "%s", what);
    is_guid(&got, &GUID_NULL, "%s: no IID", what);
    is_ptr(extra, NULL, "%s: no handle", what);
}

static void test_windows(void)
{
    check(COLLECTIONS L"IIterable`1 String", L"{e2fcc7c1-3bfc-5a0b-b2b0-72e769d1cb7e}",
            "pinterface({faa585ea-6214-4217-afda-7f46de5869b3};string)");
    check(COLLECTIONS L"IVector`1 String", L"{98b9acc1-4b56-532e-ac73-03d5291cca90}",
            "pinterface(" VECTOR ";string)");
    check(COLLECTIONS L"IVectorView`1 String", L"{2f13c006-a03a-5f69-b090-75a43e33423e}",
            "pinterface({bbe1fa4c-b0e3-4583-baef-1f1b2e483e56};string)");
    check(COLLECTIONS L"IMap`2 String Object", L"{1b0d3570-0877-5ec2-8a2c-3b9539506aca}",
            "pinterface(" MAP ";string;cinterface(IInspectable))");
    check(COLLECTIONS L"IIterable`1 " COLLECTIONS L"IKeyValuePair`2 String Object",
            L"{fe2f3d47-5d47-5499-8374-430c7cda0204}",
            "pinterface({faa585ea-6214-4217-afda-7f46de5869b3};"
            "pinterface({02b51929-c1c4-4a7e-8940-0312b5c18500};string;cinterface(IInspectable)))");
    check(FOUNDATION L"IReference`1 Int32", L"{548cefbd-bc8a-5fa0-8df2-957440fc8bf4}",
            "pinterface(" REFERENCE ";i4)");
    check(FOUNDATION L"IAsyncOperation`1 Boolean", L"{cdb5efb3-5788-509d-9be1-71ccb8a3362a}",
            "pinterface({9fc2b0bb-e446-44e2-aa61-9cab8f636af2};b1)");
    check(FOUNDATION L"IReference`1 " FOUNDATION L"Numerics.Vector3",
            L"{1ee770ff-c954-59ca-a754-6199a9be282c}",
            "pinterface(" REFERENCE ";struct(Windows.Foundation.Numerics.Vector3;f4;f4;f4))");
    check(FOUNDATION L"IReference`1 " FOUNDATION L"PropertyType",
            L"{ecebde54-fac0-5aeb-9ba9-9e1fe17e31d5}",
            "pinterface(" REFERENCE ";enum(Windows.Foundation.PropertyType;i4))");
    check(FOUNDATION L"EventHandler`1 Windows.Gaming.Input.Gamepad",
            L"{8a7639ee-624a-501a-bb53-562d1ec11b52}",
            "pinterface({9de1c535-6ae1-11e0-84e1-18a905bcc53f};"
            "rc(Windows.Gaming.Input.Gamepad;{bc7bb43c-0a69-3903-9e9d-a50f86a45de5}))");
    check(FOUNDATION L"TypedEventHandler`2 Windows.Gaming.Input.IGameController "
                     L"Windows.System.UserChangedEventArgs",
            L"{cb753f2c-2f36-5a8f-adad-057beae73aa4}",
            "pinterface({9de1c534-6ae1-11e0-84e1-18a905bcc53f};"
            "{1baf6522-5f64-42c5-8267-b9fe2215bfbd};"
            "rc(Windows.System.UserChangedEventArgs;{086459dc-18c6-48db-bc99-724fb9203ccc}))");
}

/* The identifiers are the version-5 UUIDs of the signatures, made by another program. */
static void test_forms(void)
{
    check(L"Example.IParam`1 Example.InterfaceGroup", L"{39213f62-2507-5b1d-ab4b-9550b3a3a1ac}",
            "pinterface({22046e87-28b5-4c53-9804-bc69f6ee0299};"
            "ig(Example.InterfaceGroup;{f7f968c2-b1d8-47e0-98db-1b04f2bba657}))");
    check(COLLECTIONS L"IVector`1 Example.Handler", L"{5dafe591-86dc-59aa-bfda-07f5d59fc708}",
            "pinterface(" VECTOR ";delegate({a4ed5c81-76c9-40bd-8be6-b1d90fb20ae7}))");
    check(FOUNDATION L"IReference`1 Example.Set", L"{2ea376ec-3416-56c9-a4b9-9c4a632757af}",
            "pinterface(" REFERENCE ";rc(Example.Set;pinterface(" MAP
            ";string;cinterface(IInspectable))))");
    check(FOUNDATION L"IReference`1 Example.MapGroup", L"{45e3911d-ca80-5be7-bed8-dca9019bc094}",
            "pinterface(" REFERENCE ";ig(Example.MapGroup;pinterface(" MAP
            ";string;cinterface(IInspectable))))");
    check(FOUNDATION L"IReference`1 Example.Outer", L"{e8323d57-a49a-5143-9d91-7c124624dd0a}",
            "pinterface(" REFERENCE ";struct(Example.Outer;struct(Windows.Foundation.Point;f4;f4);"
            "pinterface(" REFERENCE ";i4);string))");
    check(FOUNDATION L"IReference`1 Example.\x00e4\x20ac",
            L"{76ba6801-796d-5dbe-90d1-e6217f20de51}",
            "pinterface(" REFERENCE ";enum(Example.\xc3\xa4\xe2\x82\xac;u4))");
    check(COLLECTIONS L"IMap`2 Guid " FOUNDATION L"IReference`1 Char16",
            L"{6704f7b6-effa-50e9-af05-8ae229e6bfdd}",
            "pinterface(" MAP ";g16;pinterface(" REFERENCE ";c2))");
    questions = 0;
    check(COLLECTIONS L"IVector`1 Example.KnownGroup", L"{9732438a-86e5-518f-8e9b-bed06c46ac81}",
            "pinterface(" VECTOR ";ig(Example.KnownGroup;{f7f968c2-b1d8-47e0-98db-1b04f2bba657}))");
    is_uint(questions, 4, "an interface whose IID is known is not asked for");
    check(L"Example.IFoo", L"{f7f968c2-b1d8-47e0-98db-1b04f2bba657}",
            "{f7f968c2-b1d8-47e0-98db-1b04f2bba657}");
}

static void test_failures(void)
{
    const WCHAR *names[] = {COLLECTIONS L"IVector`1", NULL};
    void *extra = &extra;
    GUID iid;

    check_failure(COLLECTIONS L"IVector`1", E_INVALIDARG, "no argument");
    check_failure(COLLECTIONS L"IMap`2 String", E_INVALIDARG, "too few arguments");
    check_failure(COLLECTIONS L"IVector`1 String String", E_INVALIDARG, "too many arguments");
    check_failure(L"Example.NoArguments`0", E_INVALIDARG, "a parameterized type of none");
    check_failure(L"String", E_INVALIDARG, "a base type");
    check_failure(L"Object", E_INVALIDARG, "any object");
    check_failure(FOUNDATION L"Point", E_INVALIDARG, "a structure");
    check_failure(L"Example.Set", E_INVALIDARG, "a class");
    check_failure(COLLECTIONS L"IVector`1 Example.BadEnum", E_INVALIDARG, "an enum of long ones");
    check_failure(COLLECTIONS L"IVector`1 Example.BadStruct", E_INVALIDARG, "a bracket is missing");
    check_failure(COLLECTIONS L"IVector`1 Example.BadField", E_INVALIDARG, "a field's arguments");
    check_failure(COLLECTIONS L"IVector`1 Example.BadClass", E_INVALIDARG, "no interface");
    check_failure(COLLECTIONS L"IVector`1 Example.Itself", E_INVALIDARG, "in itself");
    check_failure(COLLECTIONS L"IVector`1 Example.Doubled", E_INVALIDARG, "twice in itself");
    check_failure(COLLECTIONS L"IVector`1 Example.IUnknown", E_INVALIDARG, "COM's interface");
    check_failure(COLLECTIONS L"IVector`1 Example.IInspectable", E_INVALIDARG, "IInspectable");
    check_failure(COLLECTIONS L"IVector`1 Example.Nobody", RO_E_METADATA_NAME_NOT_FOUND,
            "a name that the locator does not know");
    check_failure(COLLECTIONS L"IVector`1 Example.Failure", E_ACCESSDENIED, "its failure");
    check_failure(COLLECTIONS L"IVector`1 Example.Nothing", E_UNEXPECTED, "it says nothing");
    check_failure(COLLECTIONS L"IVector`1 Example.Twice", E_UNEXPECTED, "it says it twice");
    check_failure(L"", E_INVALIDARG, "no name");
    is_hr(winrt->RoGetParameterizedTypeInstanceIID(2, names, &locator, &iid, &extra), E_INVALIDARG,
            "a missing element");
    is_ptr(extra, NULL, "no handle");
    is_hr(winrt->RoGetParameterizedTypeInstanceIID(1, NULL, &locator, &iid, NULL), E_INVALIDARG,
            "no elements");
    is_hr(winrt->RoGetParameterizedTypeInstanceIID(1, names, NULL, &iid, NULL), E_INVALIDARG,
            "no locator");
    is_hr(winrt->RoGetParameterizedTypeInstanceIID(1, names, &locator, NULL, NULL), E_INVALIDARG,
            "to nowhere");
    winrt->RoFreeParameterizedTypeExtra(NULL);
}

static void test_all(void)
{
    test_windows();
    test_forms();
    test_failures();
}

int main(void)
{
    winrt = combase_get();
    if (builtin_lacks("the IIDs of instances of parameterized interfaces"))
        return done_testing();
    test_all();
    tap_account_begin();
    test_all();
    tap_account_end("parameterized");
    return done_testing();
}
