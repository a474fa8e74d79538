/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IStorage, and the two interfaces of what is in it. */
#include "interface_mock.h"

#define GIVEN 0x800
#define MADE 0x801

static const WCHAR *const left_out[] = {L"one", L"", L"\x4f60\x597d", NULL};

static BOOL names_are(SNB names)
{
    return names && same_text(names[0], left_out[0]) && same_text(names[1], left_out[1])
            && same_text(names[2], left_out[2]) && !names[3];
}

static HRESULT STDMETHODCALLTYPE storage_CreateStream(IStorage *iface, const OLECHAR *name,
        DWORD mode, DWORD one, DWORD two, IStream **stream)
{
    MOCK_ENTER(iface);
    EXPECT(!*stream && same_text(name, long_text()) && mode == STGM_CREATE && one == 1 && two == 2);
    *stream = mock_create(&IID_IStream, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_OpenStream(IStorage *iface, const OLECHAR *name,
        void *reserved, DWORD mode, DWORD two, IStream **stream)
{
    MOCK_ENTER(iface);
    EXPECT(!*stream && same_text(name, L"stream") && !reserved && mode == STGM_WRITE && two == 3);
    *stream = mock_create(&IID_IStream, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_CreateStorage(IStorage *iface, const OLECHAR *name,
        DWORD mode, DWORD one, DWORD two, IStorage **storage)
{
    MOCK_ENTER(iface);
    EXPECT(!*storage && same_text(name, L"storage") && mode == STGM_READ && one == 4 && two == 5);
    *storage = mock_create(&IID_IStorage, MADE);
    return STG_S_CONVERTED;
}

static HRESULT STDMETHODCALLTYPE storage_OpenStorage(IStorage *iface, const OLECHAR *name,
        IStorage *priority, DWORD mode, SNB names, DWORD reserved, IStorage **storage)
{
    MOCK_ENTER(iface);
    EXPECT(!*storage && mode == STGM_READ && reserved == 6);
    if (!name)
    {
        EXPECT(token_of(priority) == GIVEN && names_are(names));
        return STG_E_FILENOTFOUND;
    }
    EXPECT(!priority && !names && same_text(name, L"storage"));
    *storage = mock_create(&IID_IStorage, MADE);
    return S_OK;
}

/* No interfaces, an array of none, an array of two. */
static HRESULT STDMETHODCALLTYPE storage_CopyTo(IStorage *iface, DWORD count, const IID *excluded,
        SNB names, IStorage *to)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(to) == GIVEN);
    switch (mock->position++)
    {
    case 0:
        EXPECT(!count && !excluded && !names);
        return S_OK;
    case 1:
        EXPECT(!count && excluded && names_are(names));
        return STG_E_MEDIUMFULL;
    default:
        EXPECT(count == 2 && is_guid_of(&excluded[0], 0x811) && is_guid_of(&excluded[1], 0x812));
        EXPECT(!names);
        return S_OK;
    }
}

static HRESULT STDMETHODCALLTYPE storage_MoveElementTo(IStorage *iface, const OLECHAR *name,
        IStorage *to, const OLECHAR *new_name, DWORD flags)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(name, L"from") && same_text(new_name, L"to") && token_of(to) == GIVEN);
    return flags == STGMOVE_COPY ? S_OK : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE storage_Commit(IStorage *iface, DWORD flags)
{
    MOCK_ENTER(iface);
    return flags == STGC_OVERWRITE ? STG_E_NOTCURRENT : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE storage_Revert(IStorage *iface)
{
    MOCK_ENTER(iface);
    return STG_E_REVERTED;
}

static HRESULT STDMETHODCALLTYPE storage_EnumElements(IStorage *iface, DWORD one, void *two,
        DWORD three, IEnumSTATSTG **elements)
{
    MOCK_ENTER(iface);
    EXPECT(!*elements && one == 7 && !two && three == 8);
    *elements = mock_create(&IID_IEnumSTATSTG, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_DestroyElement(IStorage *iface, const OLECHAR *name)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(name, L"gone"));
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE storage_RenameElement(IStorage *iface, const OLECHAR *name,
        const OLECHAR *new_name)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(name, L"old") && same_text(new_name, long_text()));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_SetElementTimes(IStorage *iface, const OLECHAR *name,
        const FILETIME *created, const FILETIME *accessed, const FILETIME *modified)
{
    MOCK_ENTER(iface);
    EXPECT(!name == !modified && !accessed && created && created->dwHighDateTime == 9);
    EXPECT(!name || (same_text(name, L"times") && modified->dwLowDateTime == 10));
    return name ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE storage_SetClass(IStorage *iface, REFCLSID clsid)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(clsid, 0x813));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_SetStateBits(IStorage *iface, DWORD bits, DWORD mask)
{
    MOCK_ENTER(iface);
    EXPECT(bits == 0x12 && mask == 0xff);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_Stat(IStorage *iface, STATSTG *stat, DWORD flags)
{
    MOCK_ENTER(iface);
    memset(stat, 0, sizeof(*stat));
    stat->pwcsName = flags & STATFLAG_NONAME ? NULL : text_copy(long_text());
    stat->type = STGTY_STORAGE;
    stat->clsid = guid_of(0x814);
    stat->grfStateBits = 0x15;
    return S_OK;
}

static const IStorageVtbl storage_vtbl = {MOCK_UNKNOWN, storage_CreateStream, storage_OpenStream,
        storage_CreateStorage, storage_OpenStorage, storage_CopyTo, storage_MoveElementTo,
        storage_Commit, storage_Revert, storage_EnumElements, storage_DestroyElement,
        storage_RenameElement, storage_SetElementTimes, storage_SetClass, storage_SetStateBits,
        storage_Stat};

static HRESULT STDMETHODCALLTYPE thumbnail_ExtractThumbnail(IThumbnailExtractor *iface,
        IStorage *storage, ULONG length, ULONG height, ULONG *length_out, ULONG *height_out,
        HBITMAP *bitmap)
{
    static const BYTE bits[2 * 3] = {1, 2, 3, 4, 5, 6};
    MOCK_ENTER(iface);

    EXPECT(!storage || token_of(storage) == GIVEN);
    *length_out = length + 1;
    *height_out = height + 2;
    *bitmap = storage ? CreateBitmap(10, 3, 1, 1, bits) : NULL;
    return storage ? S_OK : E_FAIL;
}

static HRESULT STDMETHODCALLTYPE thumbnail_OnFileUpdated(IThumbnailExtractor *iface,
        IStorage *storage)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(storage) == GIVEN);
    return S_OK;
}

static const IThumbnailExtractorVtbl thumbnail_vtbl = {MOCK_UNKNOWN, thumbnail_ExtractThumbnail,
        thumbnail_OnFileUpdated};

const struct mock_class storage_classes[] = {
        {{&IID_IStorage}, &storage_vtbl},
        {{&IID_IThumbnailExtractor}, &thumbnail_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

static void check_object(void *object, const char *what)
{
    is_uint(token_of(object), MADE, "%s", what);
    if (object)
        IUnknown_Release((IUnknown *)object);
}

/* Pages "IStorage::OpenStream", "IStorage::EnumElements": what is reserved must be NULL. */
static void check_elements(IStorage *proxy)
{
    void *out = (void *)0xdead;
    IStorage *given = mock_create(&IID_IStorage, GIVEN);

    is_hr(IStorage_CreateStream(proxy, long_text(), STGM_CREATE, 1, 2, (IStream **)&out), S_OK,
            "CreateStream");
    check_object(out, "its stream");
    is_hr(IStorage_OpenStream(proxy, L"stream", NULL, STGM_WRITE, 3, (IStream **)&out), S_OK,
            "OpenStream");
    check_object(out, "its stream");
    if (!tap_builtin())
    {
        is_hr(IStorage_OpenStream(proxy, L"stream", &out, STGM_WRITE, 3, (IStream **)&out),
                STG_E_INVALIDPARAMETER, "OpenStream, what is reserved is not NULL");
        is_hr(IStorage_EnumElements(proxy, 7, &out, 8, (IEnumSTATSTG **)&out),
                STG_E_INVALIDPARAMETER, "EnumElements, what is reserved is not NULL");
    }
    out = (void *)0xdead;
    is_hr(IStorage_CreateStorage(proxy, L"storage", STGM_READ, 4, 5, (IStorage **)&out),
            STG_S_CONVERTED, "CreateStorage");
    check_object(out, "its storage");
    is_hr(IStorage_OpenStorage(proxy, L"storage", NULL, STGM_READ, NULL, 6, (IStorage **)&out),
            S_OK, "OpenStorage");
    check_object(out, "its storage");
    out = (void *)0xdead;
    is_hr(IStorage_OpenStorage(proxy, NULL, given, STGM_READ, (SNB)left_out, 6, (IStorage **)&out),
            STG_E_FILENOTFOUND, "OpenStorage, names left out");
    is_ptr(out, NULL, "no storage");
    is_hr(IStorage_EnumElements(proxy, 7, NULL, 8, (IEnumSTATSTG **)&out), S_OK, "EnumElements");
    check_object(out, "the enumerator");
    is_hr(IStorage_MoveElementTo(proxy, L"from", given, L"to", STGMOVE_COPY), S_OK,
            "MoveElementTo");
    check_released(given, "the storage given is released");
}

static void check_copying(IStorage *proxy)
{
    IStorage *given = mock_create(&IID_IStorage, GIVEN);
    IID excluded[2] = {guid_of(0x811), guid_of(0x812)};

    is_hr(IStorage_CopyTo(proxy, 0, NULL, NULL, given), S_OK, "CopyTo");
    is_hr(IStorage_CopyTo(proxy, 0, excluded, (SNB)left_out, given), STG_E_MEDIUMFULL,
            "CopyTo, an array of no interfaces, names left out");
    is_hr(IStorage_CopyTo(proxy, 2, excluded, NULL, given), S_OK, "CopyTo, interfaces left out");
    check_released(given, "the storage given is released");
}

static void check_storage(IStorage *proxy)
{
    FILETIME created = {0, 9}, modified = {10, 0};
    CLSID clsid = guid_of(0x813);
    STATSTG stat;

    is_hr(IStorage_Commit(proxy, STGC_OVERWRITE), STG_E_NOTCURRENT, "Commit");
    is_hr(IStorage_Revert(proxy), STG_E_REVERTED, "Revert");
    is_hr(IStorage_DestroyElement(proxy, L"gone"), S_FALSE, "DestroyElement");
    is_hr(IStorage_RenameElement(proxy, L"old", long_text()), S_OK, "RenameElement");
    is_hr(IStorage_SetElementTimes(proxy, L"times", &created, NULL, &modified), S_OK,
            "SetElementTimes");
    is_hr(IStorage_SetElementTimes(proxy, NULL, &created, NULL, NULL), S_FALSE,
            "SetElementTimes of the storage itself");
    is_hr(IStorage_SetClass(proxy, &clsid), S_OK, "SetClass");
    is_hr(IStorage_SetStateBits(proxy, 0x12, 0xff), S_OK, "SetStateBits");
    is_hr(IStorage_Stat(proxy, &stat, STATFLAG_DEFAULT), S_OK, "Stat");
    ok(same_text(stat.pwcsName, long_text()) && stat.type == STGTY_STORAGE
                    && is_guid_of(&stat.clsid, 0x814) && stat.grfStateBits == 0x15,
            "what it says");
    CoTaskMemFree(stat.pwcsName);
    is_hr(IStorage_Stat(proxy, &stat, STATFLAG_NONAME), S_OK, "Stat, no name");
    is_ptr(stat.pwcsName, NULL, "no name");
}

static void check_thumbnails(IThumbnailExtractor *proxy)
{
    IStorage *given = mock_create(&IID_IStorage, GIVEN);
    HBITMAP bitmap = NULL;
    ULONG length = 0, height = 0;
    BITMAP details = {0};

    is_hr(IThumbnailExtractor_ExtractThumbnail(proxy, given, 100, 200, &length, &height, &bitmap),
            S_OK, "ExtractThumbnail");
    ok(length == 101 && height == 202, "its size");
    ok(GetObjectW(bitmap, sizeof(details), &details) && details.bmWidth == 10
                    && details.bmHeight == 3,
            "the bitmap");
    DeleteObject(bitmap);
    is_hr(IThumbnailExtractor_ExtractThumbnail(proxy, NULL, 1, 2, &length, &height, &bitmap),
            E_FAIL, "ExtractThumbnail fails");
    is_ptr(bitmap, NULL, "no bitmap");
    is_hr(IThumbnailExtractor_OnFileUpdated(proxy, given), S_OK, "OnFileUpdated");
    check_released(given, "the storage is released");
}

void check_storages(IClassFactory *factory)
{
    void *proxy;

    note("IStorage, IThumbnailExtractor");
    if ((proxy = remote_create(factory, &IID_IStorage, "IStorage")))
    {
        check_elements(proxy);
        check_copying(proxy);
        check_storage(proxy);
        IStorage_Release((IStorage *)proxy);
    }
    if (!builtin_lacks("bitmaps as arguments")
            && (proxy = remote_create(factory, &IID_IThumbnailExtractor, "IThumbnailExtractor")))
    {
        check_thumbnails(proxy);
        IThumbnailExtractor_Release((IThumbnailExtractor *)proxy);
    }
}
