/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IPersist and what inherits from it. */
#include "interface_mock.h"

#define SIZE 0x123456789abull

static HRESULT STDMETHODCALLTYPE stream_IsDirty(IPersistStreamInit *iface)
{
    MOCK_ENTER(iface);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE stream_Load(IPersistStreamInit *iface, IStream *stream)
{
    MOCK_ENTER(iface);
    EXPECT(!stream || token_of(stream) == 0x300);
    return stream ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE stream_Save(IPersistStreamInit *iface, IStream *stream,
        WINBOOL clear)
{
    BYTE data[50];
    MOCK_ENTER(iface);

    EXPECT(token_of(stream) == 0x301);
    pattern_fill(data, sizeof(data));
    EXPECT(IStream_Write(stream, data, sizeof(data), NULL) == S_OK);
    return clear ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE stream_GetSizeMax(IPersistStreamInit *iface, ULARGE_INTEGER *size)
{
    MOCK_ENTER(iface);
    size->QuadPart = SIZE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_InitNew(IPersistStreamInit *iface)
{
    MOCK_ENTER(iface);
    return OLE_E_BLANK;
}

/* IPersistStream is the first eight of its methods, IPersist the first four. */
static const IPersistStreamInitVtbl stream_vtbl = {MOCK_UNKNOWN, (void *)mock_GetClassID,
        stream_IsDirty, stream_Load, stream_Save, stream_GetSizeMax, stream_InitNew};

static HRESULT STDMETHODCALLTYPE file_IsDirty(IPersistFile *iface)
{
    MOCK_ENTER(iface);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_Load(IPersistFile *iface, LPCOLESTR name, DWORD mode)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(name, L"C:\\a file") && mode == STGM_SHARE_DENY_WRITE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_Save(IPersistFile *iface, LPCOLESTR name, WINBOOL remember)
{
    MOCK_ENTER(iface);
    if (!name)
        return remember ? S_FALSE : E_INVALIDARG;
    EXPECT(same_text(name, long_text()) && !remember);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_SaveCompleted(IPersistFile *iface, LPCOLESTR name)
{
    MOCK_ENTER(iface);
    EXPECT(!name || same_text(name, L""));
    return name ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE file_GetCurFile(IPersistFile *iface, LPOLESTR *name)
{
    MOCK_ENTER(iface);
    EXPECT(!*name);
    if (mock->position++ == 2)
        return E_OUTOFMEMORY;
    *name = text_copy(mock->position == 1 ? L"*.txt" : long_text());
    return mock->position == 1 ? S_FALSE : S_OK;
}

static const IPersistFileVtbl file_vtbl = {MOCK_UNKNOWN, (void *)mock_GetClassID, file_IsDirty,
        file_Load, file_Save, file_SaveCompleted, file_GetCurFile};

static HRESULT STDMETHODCALLTYPE storage_InitNew(IPersistStorage *iface, IStorage *storage)
{
    MOCK_ENTER(iface);
    EXPECT(!storage);
    return CO_E_ALREADYINITIALIZED;
}

static HRESULT STDMETHODCALLTYPE storage_Load(IPersistStorage *iface, IStorage *storage)
{
    MOCK_ENTER(iface);
    EXPECT(!storage);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_Save(IPersistStorage *iface, IStorage *storage,
        WINBOOL same)
{
    MOCK_ENTER(iface);
    EXPECT(!storage && same);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_SaveCompleted(IPersistStorage *iface, IStorage *storage)
{
    MOCK_ENTER(iface);
    EXPECT(!storage);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE storage_HandsOffStorage(IPersistStorage *iface)
{
    MOCK_ENTER(iface);
    return STG_E_INVALIDHEADER;
}

static const IPersistStorageVtbl storage_vtbl = {MOCK_UNKNOWN, (void *)mock_GetClassID,
        (void *)stream_IsDirty, storage_InitNew, storage_Load, storage_Save, storage_SaveCompleted,
        storage_HandsOffStorage};

const struct mock_class persistence_classes[] = {
        {{&IID_IPersist}, &stream_vtbl},
        {{&IID_IPersistStream, &IID_IPersist}, &stream_vtbl},
        {{&IID_IPersistStreamInit, &IID_IPersist}, &stream_vtbl},
        {{&IID_IPersistFile, &IID_IPersist}, &file_vtbl},
        {{&IID_IPersistStorage, &IID_IPersist}, &storage_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

static void check_class_id(void *proxy)
{
    CLSID clsid = {0};
    IPersist *persist = NULL;

    is_hr(IPersist_GetClassID((IPersist *)proxy, &clsid), S_OK, "GetClassID, inherited");
    ok(is_guid_of(&clsid, MOCK_TOKEN), "the class");
    is_hr(IUnknown_QueryInterface((IUnknown *)proxy, &IID_IPersist, (void **)&persist), S_OK,
            "IPersist itself");
    is_uint(token_of(persist), MOCK_TOKEN, "and its answer");
    IPersist_Release(persist);
}

static void check_persist_stream(IPersistStream *proxy)
{
    IStream *from = mock_create(&IID_IStream, 0x300), *to = mock_create(&IID_IStream, 0x301);
    ULARGE_INTEGER size = {0};

    check_class_id(proxy);
    is_hr(IPersistStream_IsDirty(proxy), S_FALSE, "IsDirty");
    is_hr(IPersistStream_Load(proxy, from), S_OK, "Load");
    is_hr(IPersistStream_Load(proxy, NULL), S_FALSE, "Load from nowhere");
    is_hr(IPersistStream_Save(proxy, to, TRUE), S_OK, "Save");
    is_hr(IPersistStream_Save(proxy, to, FALSE), S_FALSE, "Save, not to be cleared");
    is_hr(IPersistStream_GetSizeMax(proxy, &size), S_OK, "GetSizeMax");
    ok(size.QuadPart == SIZE, "the size");
    check_released(from, "the one stream is released");
    check_released(to, "the other, too");
}

static void check_persist_file(IPersistFile *proxy)
{
    WCHAR *name = (WCHAR *)0xdead;

    check_class_id(proxy);
    is_hr(IPersistFile_IsDirty(proxy), S_OK, "IsDirty");
    is_hr(IPersistFile_Load(proxy, L"C:\\a file", STGM_SHARE_DENY_WRITE), S_OK, "Load");
    is_hr(IPersistFile_Save(proxy, long_text(), FALSE), S_OK, "Save, a long name");
    is_hr(IPersistFile_Save(proxy, NULL, TRUE), S_FALSE, "Save, no name");
    is_hr(IPersistFile_SaveCompleted(proxy, L""), S_OK, "SaveCompleted, an empty name");
    is_hr(IPersistFile_SaveCompleted(proxy, NULL), S_FALSE, "SaveCompleted, no name");
    is_hr(IPersistFile_GetCurFile(proxy, &name), S_FALSE, "GetCurFile, a prompt");
    is_wstr(name, L"*.txt", "the prompt");
    CoTaskMemFree(name);
    is_hr(IPersistFile_GetCurFile(proxy, &name), S_OK, "GetCurFile");
    ok(same_text(name, long_text()), "the name");
    CoTaskMemFree(name);
    name = (WCHAR *)0xdead;
    is_hr(IPersistFile_GetCurFile(proxy, &name), E_OUTOFMEMORY, "GetCurFile fails");
    is_ptr(name, NULL, "no name");
}

static void check_persist_storage(IPersistStorage *proxy)
{
    check_class_id(proxy);
    is_hr(IPersistStorage_IsDirty(proxy), S_FALSE, "IsDirty");
    is_hr(IPersistStorage_InitNew(proxy, NULL), CO_E_ALREADYINITIALIZED, "InitNew");
    is_hr(IPersistStorage_Load(proxy, NULL), S_OK, "Load");
    is_hr(IPersistStorage_Save(proxy, NULL, TRUE), S_OK, "Save");
    is_hr(IPersistStorage_SaveCompleted(proxy, NULL), S_FALSE, "SaveCompleted");
    is_hr(IPersistStorage_HandsOffStorage(proxy), STG_E_INVALIDHEADER, "HandsOffStorage");
}

void check_persistence(IClassFactory *factory)
{
    void *proxy;

    note("IPersist and its heirs");
    if ((proxy = remote_create(factory, &IID_IPersist, "IPersist")))
    {
        check_class_id(proxy);
        IPersist_Release((IPersist *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IPersistStream, "IPersistStream")))
    {
        check_persist_stream(proxy);
        IPersistStream_Release((IPersistStream *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IPersistStreamInit, "IPersistStreamInit")))
    {
        check_persist_stream(proxy);
        is_hr(IPersistStreamInit_InitNew((IPersistStreamInit *)proxy), OLE_E_BLANK, "InitNew");
        IPersistStreamInit_Release((IPersistStreamInit *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IPersistFile, "IPersistFile")))
    {
        check_persist_file(proxy);
        IPersistFile_Release((IPersistFile *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IPersistStorage, "IPersistStorage")))
    {
        check_persist_storage(proxy);
        IPersistStorage_Release((IPersistStorage *)proxy);
    }
}
