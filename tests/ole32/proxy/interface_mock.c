/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interface_mock.h"

#include <stdlib.h>
#include <string.h>

#include "far_side.h"

#define LONG_TEXT 70000

static struct mock_control control_here;
struct mock_control *mock_control = &control_here;
const struct mock_class *mock_more_classes;
unsigned int mock_text_length = LONG_TEXT;

/* ---- objects ---- */

HRESULT STDMETHODCALLTYPE mock_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct mock *mock = (struct mock *)iface;
    unsigned int i;

    *out = NULL;
    if (IsEqualIID(iid, &IID_IMarshal) && mock->marshaler)
        return IUnknown_QueryInterface(mock->marshaler, iid, out);
    for (i = 0; i < ARRAYSIZE(mock->class->iids) && mock->class->iids[i]; i++)
        if (IsEqualIID(iid, mock->class->iids[i]))
            *out = iface;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = iface;
    if (IsEqualIID(iid, &IID_IPersist) && !*out)
        *out = &mock->IPersist_iface;
    if (!*out)
        return E_NOINTERFACE;
    mock_AddRef(iface);
    return S_OK;
}

ULONG STDMETHODCALLTYPE mock_AddRef(IUnknown *iface)
{
    return (ULONG)InterlockedIncrement(&((struct mock *)iface)->references);
}

ULONG STDMETHODCALLTYPE mock_Release(IUnknown *iface)
{
    struct mock *mock = (struct mock *)iface;
    ULONG references = (ULONG)InterlockedDecrement(&mock->references);

    if (!references)
    {
        if (mock->kept)
            IUnknown_Release(mock->kept);
        if (mock->marshaler)
            IUnknown_Release(mock->marshaler);
        free(mock);
        InterlockedDecrement(&mock_control->alive);
    }
    return references;
}

/* For classes that inherit from IPersist. */
HRESULT STDMETHODCALLTYPE mock_GetClassID(IPersist *iface, CLSID *clsid)
{
    *clsid = guid_of(((struct mock *)iface)->token);
    return S_OK;
}

static IUnknown *outer_of(IPersist *iface)
{
    return &CONTAINING_RECORD(iface, struct mock, IPersist_iface)->iface;
}

static HRESULT STDMETHODCALLTYPE persist_QueryInterface(IPersist *iface, REFIID iid, void **out)
{
    return mock_QueryInterface(outer_of(iface), iid, out);
}

static ULONG STDMETHODCALLTYPE persist_AddRef(IPersist *iface)
{
    return mock_AddRef(outer_of(iface));
}

static ULONG STDMETHODCALLTYPE persist_Release(IPersist *iface)
{
    return mock_Release(outer_of(iface));
}

static HRESULT STDMETHODCALLTYPE persist_GetClassID(IPersist *iface, CLSID *clsid)
{
    return mock_GetClassID((IPersist *)outer_of(iface), clsid);
}

static const struct mock_class *class_find(const struct mock_class *classes, REFIID iid)
{
    for (; classes->vtbl; classes++)
        if (IsEqualIID(iid, classes->iids[0]))
            return classes;
    return NULL;
}

void *mock_create(REFIID iid, DWORD token)
{
    static IPersistVtbl persist_vtbl = {persist_QueryInterface, persist_AddRef, persist_Release,
            persist_GetClassID};
    static const struct mock_class *const classes[] = {class_factory_classes, enumerator_classes,
            stream_classes, persistence_classes, moniker_classes, binding_classes, service_classes,
            error_object_classes, document_classes, sink_classes, storage_classes,
            data_object_classes, view_classes, object_classes, in_place_classes, category_classes,
            property_classes};
    const struct mock_class *class = mock_more_classes ? class_find(mock_more_classes, iid) : NULL;
    struct mock *mock;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(classes) && !class; i++)
        class = class_find(classes[i], iid);
    if (!class || !(mock = calloc(1, sizeof(*mock))))
        return NULL;
    mock->iface.lpVtbl = (void *)class->vtbl;
    mock->IPersist_iface.lpVtbl = &persist_vtbl;
    mock->class = class;
    mock->references = 1;
    mock->token = token;
    InterlockedIncrement(&mock_control->alive);
    return mock;
}

void *mock_create_agile(REFIID iid, DWORD token)
{
    struct mock *mock = mock_create(iid, token);

    CoCreateFreeThreadedMarshaler(&mock->iface, &mock->marshaler);
    return mock;
}

DWORD token_of(void *object)
{
    IPersist *persist;
    CLSID clsid = {0};

    if (!object
            || FAILED(
                    IUnknown_QueryInterface((IUnknown *)object, &IID_IPersist, (void **)&persist)))
        return 0;
    IPersist_GetClassID(persist, &clsid);
    IPersist_Release(persist);
    return clsid.Data1;
}

/* ---- data ---- */

GUID guid_of(DWORD number)
{
    GUID guid = {number, (WORD)(number + 1), (WORD)(number + 2),
            {1, 2, 3, 4, 5, 6, 7, (BYTE)number}};

    return guid;
}

BOOL is_guid_of(const GUID *guid, DWORD number)
{
    GUID expected = guid_of(number);

    return !memcmp(guid, &expected, sizeof(expected));
}

BOOL same_text(const WCHAR *one, const WCHAR *two)
{
    return one && two && !wcscmp(one, two);
}

const WCHAR *long_text(void)
{
    static WCHAR text[LONG_TEXT + 1];
    unsigned int i;

    if (!text[0])
        for (i = 0; i < mock_text_length; i++)
            text[i] = (WCHAR)(0x100 + i % 1009);
    return text;
}

WCHAR *text_copy(const WCHAR *text)
{
    SIZE_T size = (wcslen(text) + 1) * sizeof(*text);
    WCHAR *copy = CoTaskMemAlloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

void pattern_fill(BYTE *data, ULONG size)
{
    for (ULONG i = 0; i < size; i++)
        data[i] = (BYTE)(i * 7 + (i >> 8) + size);
}

BOOL pattern_is(const BYTE *data, ULONG size)
{
    for (ULONG i = 0; i < size; i++)
        if (data[i] != (BYTE)(i * 7 + (i >> 8) + size))
            return FALSE;
    return TRUE;
}

void check_released(void *object, const char *what)
{
    struct mock *mock = object;

    far_side_becomes(&mock->references, 1);
    is_uint(mock_Release(&mock->iface), 0, "%s", what);
}

void *remote_create(IClassFactory *factory, REFIID iid, const char *name)
{
    void *object = (void *)0xdead;
    HRESULT hr = IClassFactory_CreateInstance(factory, NULL, iid, &object);

    if (FAILED(hr) && builtin_lacks(name))
        return NULL;
    return is_hr(hr, S_OK, "an object with %s", name) ? object : NULL;
}

void check_all(IClassFactory *factory)
{
    check_class_factory(factory);
    check_enumerators(factory);
    check_streams(factory);
    check_persistence(factory);
    check_monikers(factory);
    check_binding(factory);
    check_services(factory);
    check_error_objects(factory);
    check_documents(factory);
    check_sinks(factory);
    check_storages(factory);
    check_data_objects(factory);
    check_views(factory);
    check_objects(factory);
    check_in_place(factory);
    check_categories(factory);
    check_properties(factory);
}
