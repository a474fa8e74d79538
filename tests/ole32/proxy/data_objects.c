/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IDataObject, the cache, and what data are dropped on. Whose a medium is: pages
 * "IDataObject::GetData", "IDataObject::GetDataHere", "IDataObject::SetData".
 */
#include "interface_mock.h"
#include "sink_media.h"

#define GIVEN 0x820
#define MADE 0x821
#define FORMAT 0xc123
#define HERE 3000 /* bytes of memory for GetDataHere */

static BOOL format_is(const FORMATETC *format, DWORD tymed)
{
    return format && format->cfFormat == FORMAT && !format->ptd
            && format->dwAspect == DVASPECT_CONTENT && format->lindex == -1
            && format->tymed == tymed;
}

/* `lindex` tells the kind of the medium to the mock. */
static HRESULT STDMETHODCALLTYPE data_GetData(IDataObject *iface, FORMATETC *format,
        STGMEDIUM *medium)
{
    IStream *stream = NULL;
    MOCK_ENTER(iface);

    EXPECT(format && format->ptd && format->ptd->tdSize == sizeof(DVTARGETDEVICE) + 8);
    EXPECT(!medium->tymed && !medium->hGlobal && !medium->pUnkForRelease);
    if (format->lindex == MEDIUM_KINDS)
    {
        medium->tymed = TYMED_ISTREAM; /* of a method that fails nothing is read */
        medium->pstm = (IStream *)(ULONG_PTR)0xdead;
        return DV_E_FORMATETC;
    }
    if (format->lindex == MEDIUM_STREAM)
        stream = mock_create(&IID_IStream, MADE);
    medium_make((enum medium_kind)format->lindex, stream, NULL, medium);
    if (stream)
        IStream_Release(stream);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE data_GetDataHere(IDataObject *iface, FORMATETC *format,
        STGMEDIUM *medium)
{
    BYTE data[50], *to;
    MOCK_ENTER(iface);

    EXPECT(format_is(format, medium->tymed) && !medium->pUnkForRelease);
    switch (medium->tymed)
    {
    case TYMED_HGLOBAL:
        EXPECT(GlobalSize(medium->hGlobal) == HERE && (to = GlobalLock(medium->hGlobal)));
        EXPECT(to[0] == 0x77 && to[HERE - 1] == 0x77);
        pattern_fill(to, HERE);
        GlobalUnlock(medium->hGlobal);
        return S_OK;
    case TYMED_FILE:
        return same_text(medium->lpszFileName, L"C:\\here.txt") ? S_OK : E_INVALIDARG;
    case TYMED_ISTREAM:
        EXPECT(token_of(medium->pstm) == 0x301);
        pattern_fill(data, sizeof(data));
        return IStream_Write(medium->pstm, data, sizeof(data), NULL);
    case TYMED_ISTORAGE:
        EXPECT(token_of(medium->pstg) == GIVEN);
        return STG_E_MEDIUMFULL;
    default:
        return E_UNEXPECTED;
    }
}

static HRESULT STDMETHODCALLTYPE data_QueryGetData(IDataObject *iface, FORMATETC *format)
{
    MOCK_ENTER(iface);
    EXPECT(!format || format_is(format, TYMED_ENHMF));
    return format ? DV_E_TYMED : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE data_GetCanonicalFormatEtc(IDataObject *iface, FORMATETC *in,
        FORMATETC *out)
{
    MOCK_ENTER(iface);
    EXPECT(format_is(in, TYMED_FILE));
    *out = *in;
    out->cfFormat = FORMAT + 1;
    out->ptd = CoTaskMemAlloc(sizeof(DVTARGETDEVICE) + 8);
    memset(out->ptd, 7, sizeof(DVTARGETDEVICE) + 8);
    out->ptd->tdSize = sizeof(DVTARGETDEVICE) + 8;
    return S_OK;
}

/* Keeps nothing when it fails; `lindex` tells the kind, and 100 more that it shall fail. */
static HRESULT set_data(FORMATETC *format, STGMEDIUM *medium, WINBOOL release)
{
    LONG kind = format->lindex % 100;

    EXPECT(medium_is((enum medium_kind)kind, medium));
    EXPECT(kind != MEDIUM_STREAM || token_of(medium->pstm) == 0x301);
    EXPECT(!medium->pUnkForRelease == (format->tymed != TYMED_NULL));
    if (format->lindex >= 100)
        return E_FAIL;
    if (release)
        ReleaseStgMedium(medium);
    return release ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE data_SetData(IDataObject *iface, FORMATETC *format,
        STGMEDIUM *medium, WINBOOL release)
{
    MOCK_ENTER(iface);
    return format ? set_data(format, medium, release) : medium ? E_UNEXPECTED : E_POINTER;
}

static HRESULT STDMETHODCALLTYPE data_EnumFormatEtc(IDataObject *iface, DWORD direction,
        IEnumFORMATETC **formats)
{
    MOCK_ENTER(iface);
    EXPECT(!*formats && direction == DATADIR_SET);
    *formats = mock_create(&IID_IEnumFORMATETC, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE data_DAdvise(IDataObject *iface, FORMATETC *format, DWORD flags,
        IAdviseSink *sink, DWORD *connection)
{
    MOCK_ENTER(iface);
    EXPECT(format_is(format, TYMED_HGLOBAL) && flags == ADVF_NODATA && token_of(sink) == GIVEN);
    *connection = 4711;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE data_DUnadvise(IDataObject *iface, DWORD connection)
{
    MOCK_ENTER(iface);
    return connection == 4711 ? OLE_E_NOCONNECTION : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE data_EnumDAdvise(IDataObject *iface, IEnumSTATDATA **connections)
{
    MOCK_ENTER(iface);
    EXPECT(!*connections);
    *connections = mock_create(&IID_IEnumSTATDATA, MADE);
    return S_OK;
}

static const IDataObjectVtbl data_vtbl = {MOCK_UNKNOWN, data_GetData, data_GetDataHere,
        data_QueryGetData, data_GetCanonicalFormatEtc, data_SetData, data_EnumFormatEtc,
        data_DAdvise, data_DUnadvise, data_EnumDAdvise};

static HRESULT STDMETHODCALLTYPE cache_Cache(IOleCache2 *iface, FORMATETC *format, DWORD flags,
        DWORD *connection)
{
    MOCK_ENTER(iface);
    EXPECT(format_is(format, TYMED_HGLOBAL) && flags == ADVFCACHE_FORCEBUILTIN);
    *connection = 17;
    return CACHE_S_SAMECACHE;
}

static HRESULT STDMETHODCALLTYPE cache_Uncache(IOleCache2 *iface, DWORD connection)
{
    MOCK_ENTER(iface);
    return connection == 17 ? OLE_E_NOCONNECTION : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE cache_EnumCache(IOleCache2 *iface, IEnumSTATDATA **entries)
{
    MOCK_ENTER(iface);
    EXPECT(!*entries);
    *entries = mock_create(&IID_IEnumSTATDATA, MADE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE cache_InitCache(IOleCache2 *iface, IDataObject *data)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(data) == GIVEN);
    return CACHE_E_NOCACHE_UPDATED;
}

static HRESULT STDMETHODCALLTYPE cache_SetData(IOleCache2 *iface, FORMATETC *format,
        STGMEDIUM *medium, WINBOOL release)
{
    MOCK_ENTER(iface);
    return format ? set_data(format, medium, release) : medium ? E_UNEXPECTED : E_POINTER;
}

static HRESULT STDMETHODCALLTYPE cache_UpdateCache(IOleCache2 *iface, LPDATAOBJECT data,
        DWORD flags, LPVOID reserved)
{
    MOCK_ENTER(iface);
    EXPECT((!data || token_of(data) == GIVEN) && flags == UPDFCACHE_ALL && !reserved);
    return data ? S_OK : CACHE_S_SOMECACHES_NOTUPDATED;
}

static HRESULT STDMETHODCALLTYPE cache_DiscardCache(IOleCache2 *iface, DWORD options)
{
    MOCK_ENTER(iface);
    return options == DISCARDCACHE_NOSAVE ? S_FALSE : E_INVALIDARG;
}

/* IOleCache is the first eight of its methods. */
static const IOleCache2Vtbl cache_vtbl = {MOCK_UNKNOWN, cache_Cache, cache_Uncache, cache_EnumCache,
        cache_InitCache, cache_SetData, cache_UpdateCache, cache_DiscardCache};

static HRESULT STDMETHODCALLTYPE control_OnRun(IOleCacheControl *iface, LPDATAOBJECT data)
{
    MOCK_ENTER(iface);
    EXPECT(token_of(data) == GIVEN);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE control_OnStop(IOleCacheControl *iface)
{
    MOCK_ENTER(iface);
    return S_FALSE;
}

static const IOleCacheControlVtbl control_vtbl = {MOCK_UNKNOWN, control_OnRun, control_OnStop};

static HRESULT dropped(struct mock *mock, IDataObject *data, DWORD keys, POINTL point,
        DWORD *effect)
{
    EXPECT((!data && mock) || token_of(data) == GIVEN);
    EXPECT(keys == MK_LBUTTON && point.x == -5 && point.y == 70000);
    EXPECT(*effect == DROPEFFECT_COPY);
    *effect = DROPEFFECT_LINK;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE target_DragEnter(IDropTarget *iface, IDataObject *data, DWORD keys,
        POINTL point, DWORD *effect)
{
    MOCK_ENTER(iface);
    return dropped(NULL, data, keys, point, effect);
}

static HRESULT STDMETHODCALLTYPE target_DragOver(IDropTarget *iface, DWORD keys, POINTL point,
        DWORD *effect)
{
    MOCK_ENTER(iface);
    return dropped(mock, NULL, keys, point, effect);
}

static HRESULT STDMETHODCALLTYPE target_DragLeave(IDropTarget *iface)
{
    MOCK_ENTER(iface);
    return E_OUTOFMEMORY;
}

static const IDropTargetVtbl target_vtbl = {MOCK_UNKNOWN, target_DragEnter, target_DragOver,
        target_DragLeave, target_DragEnter};

static HRESULT STDMETHODCALLTYPE icon_Dummy(IDummyHICONIncluder *iface, HICON icon, HDC context)
{
    MOCK_ENTER(iface);
    EXPECT(icon == (HICON)(ULONG_PTR)0x1234 && context == (HDC)(LONG_PTR)-2);
    return S_FALSE;
}

static const IDummyHICONIncluderVtbl icon_vtbl = {MOCK_UNKNOWN, icon_Dummy};

const struct mock_class data_object_classes[] = {
        {{&IID_IDataObject}, &data_vtbl},
        {{&IID_IOleCache}, &cache_vtbl},
        {{&IID_IOleCache2, &IID_IOleCache}, &cache_vtbl},
        {{&IID_IOleCacheControl}, &control_vtbl},
        {{&IID_IDropTarget}, &target_vtbl},
        {{&IID_IDummyHICONIncluder}, &icon_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

static void check_object(void *object, const char *what)
{
    is_uint(token_of(object), MADE, "%s", what);
    if (object)
        IUnknown_Release((IUnknown *)object);
}

static FORMATETC format_of(DWORD tymed)
{
    FORMATETC format = {FORMAT, NULL, DVASPECT_CONTENT, -1, tymed};

    return format;
}

static void check_get_data(IDataObject *proxy)
{
    struct
    {
        DVTARGETDEVICE device;
        BYTE more[8];
    } device = {{sizeof(DVTARGETDEVICE) + 8, 0, 0, 0, 0, {0}}, {0}};
    FORMATETC format = {FORMAT, &device.device, DVASPECT_CONTENT, 0, 0};

    device.device.tdSize = sizeof(DVTARGETDEVICE) + 8;
    for (enum medium_kind kind = 0; kind < MEDIUM_KINDS; kind++)
    {
        STGMEDIUM medium;

        if (tap_builtin() && kind != MEDIUM_MEMORY && kind != MEDIUM_STREAM)
            continue;
        memset(&medium, 0xcc, sizeof(medium));
        format.lindex = (LONG)kind;
        is_hr(IDataObject_GetData(proxy, &format, &medium), S_OK, "GetData, %s",
                medium_names[kind]);
        ok(medium_is(kind, &medium), "it is %s", medium_names[kind]);
        if (kind == MEDIUM_STREAM)
            is_uint(token_of(medium.pstm), MADE, "that one");
        is_ptr(medium.pUnkForRelease, NULL, "it is the caller's");
        medium_free(&medium);
    }
    if (!tap_builtin())
    {
        STGMEDIUM medium;

        format.lindex = MEDIUM_KINDS;
        is_hr(IDataObject_GetData(proxy, &format, &medium), DV_E_FORMATETC, "GetData fails");
        ok(!medium.tymed && !medium.hGlobal && !medium.pUnkForRelease, "no medium");
    }
}

static void check_memory_here(IDataObject *proxy)
{
    FORMATETC format = format_of(TYMED_HGLOBAL);
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, HERE);
    STGMEDIUM medium = {TYMED_HGLOBAL, {.hGlobal = memory}, NULL};

    memset(GlobalLock(memory), 0x77, HERE);
    GlobalUnlock(memory);
    is_hr(IDataObject_GetDataHere(proxy, &format, &medium), S_OK, "GetDataHere, memory");
    is_ptr(medium.hGlobal, memory, "it is the caller's memory");
    is_uint(GlobalSize(memory), HERE, "of the same size");
    ok(pattern_is(GlobalLock(memory), HERE), "with the data");
    GlobalUnlock(memory);
    mock_control->result = STG_E_MEDIUMFULL;
    is_hr(IDataObject_GetDataHere(proxy, &format, &medium), STG_E_MEDIUMFULL, "GetDataHere fails");
    mock_control->result = 0;
    is_ptr(medium.hGlobal, memory, "the caller's memory");
    is_uint(GlobalFlags(memory), 0, "is still there");
    GlobalFree(memory);
}

static void check_get_data_here(IDataObject *proxy)
{
    FORMATETC format = format_of(TYMED_FILE);
    WCHAR name[] = L"C:\\here.txt";
    STGMEDIUM medium = {TYMED_FILE, {.lpszFileName = name}, NULL};
    IStream *stream = mock_create(&IID_IStream, 0x301);
    IStorage *storage = mock_create(&IID_IStorage, GIVEN);

    if (!builtin_lacks("IDataObject::GetDataHere with memory and files"))
    {
        check_memory_here(proxy);
        is_hr(IDataObject_GetDataHere(proxy, &format, &medium), S_OK, "GetDataHere, a file");
        ok(medium.lpszFileName == name && same_text(name, L"C:\\here.txt"), "its name");
    }
    format.tymed = medium.tymed = TYMED_ISTREAM;
    medium.pstm = stream;
    is_hr(IDataObject_GetDataHere(proxy, &format, &medium), S_OK, "GetDataHere, a stream");
    is_ptr(medium.pstm, stream, "that one");
    format.tymed = medium.tymed = TYMED_ISTORAGE;
    medium.pstg = storage;
    is_hr(IDataObject_GetDataHere(proxy, &format, &medium), STG_E_MEDIUMFULL,
            "GetDataHere, a storage");
    is_ptr(medium.pstg, storage, "that one");
    ok(!medium.pUnkForRelease, "no owner");
    if (!tap_builtin())
    {
        format.tymed = medium.tymed = TYMED_GDI;
        medium.hBitmap = NULL;
        is_hr(IDataObject_GetDataHere(proxy, &format, &medium), DV_E_TYMED,
                "GetDataHere, a bitmap");
    }
    check_released(stream, "the stream is released");
    check_released(storage, "the storage is released");
}

/* SetData of a data object, or of a cache. */
typedef HRESULT(STDMETHODCALLTYPE *set_method)(void *, FORMATETC *, STGMEDIUM *, WINBOOL);

static void check_set_kind(void *proxy, set_method set, enum medium_kind kind, BOOL owned)
{
    IStream *stream = mock_create(&IID_IStream, 0x301);
    IUnknown *owner = mock_create(&IID_IPersist, 0x822);
    FORMATETC format = format_of(owned ? TYMED_NULL : TYMED_HGLOBAL);
    STGMEDIUM medium;

    format.lindex = (LONG)kind;
    medium_make(kind, stream, owned ? owner : NULL, &medium);
    is_hr(set(proxy, &format, &medium, FALSE), S_FALSE, "SetData, %s", medium_names[kind]);
    ok(medium_is(kind, &medium), "it is the caller's still");
    format.lindex += 100;
    is_hr(set(proxy, &format, &medium, TRUE), E_FAIL, "SetData fails");
    ok(medium_is(kind, &medium), "it is the caller's still");
    format.lindex -= 100;
    if (owned) /* who would free the contents is a mock */
    {
        medium_free(&medium);
        check_released(owner, "the owner is released");
    }
    else
    {
        is_hr(set(proxy, &format, &medium, TRUE), S_OK, "SetData, it goes over");
        if (kind == MEDIUM_MEMORY)
            ok(GlobalFlags(medium.hGlobal) == GMEM_INVALID_HANDLE || !medium.hGlobal,
                    "the caller's memory is freed");
        if (kind == MEDIUM_BITMAP)
            ok(!medium.hBitmap || !GetObjectType(medium.hBitmap), "the caller's bitmap is freed");
        mock_Release(owner);
    }
    check_released(stream, "the stream is released");
}

static void check_set_data(void *proxy, set_method set)
{
    for (enum medium_kind kind = MEDIUM_MEMORY; kind < MEDIUM_KINDS; kind++)
        check_set_kind(proxy, set, kind, FALSE);
    check_set_kind(proxy, set, MEDIUM_MEMORY, TRUE);
    check_set_kind(proxy, set, MEDIUM_STREAM, TRUE);
    is_hr(set(proxy, NULL, NULL, FALSE), E_POINTER, "SetData of nothing");
}

static void check_data_object(IDataObject *proxy)
{
    FORMATETC format = format_of(TYMED_ENHMF), canonical = {0};
    IAdviseSink *sink = mock_create(&IID_IAdviseSink, GIVEN);
    void *out = (void *)0xdead;
    DWORD connection = 0;

    is_hr(IDataObject_QueryGetData(proxy, &format), DV_E_TYMED, "QueryGetData");
    is_hr(IDataObject_QueryGetData(proxy, NULL), S_FALSE, "QueryGetData, no format");
    format.tymed = TYMED_FILE;
    is_hr(IDataObject_GetCanonicalFormatEtc(proxy, &format, &canonical), S_OK,
            "GetCanonicalFormatEtc");
    ok(canonical.cfFormat == FORMAT + 1 && canonical.tymed == TYMED_FILE && canonical.ptd
                    && canonical.ptd->tdSize == sizeof(DVTARGETDEVICE) + 8
                    && canonical.ptd->tdData[0] == 7,
            "the format");
    CoTaskMemFree(canonical.ptd);
    is_hr(IDataObject_EnumFormatEtc(proxy, DATADIR_SET, (IEnumFORMATETC **)&out), S_OK,
            "EnumFormatEtc");
    check_object(out, "the enumerator");
    format.tymed = TYMED_HGLOBAL;
    is_hr(IDataObject_DAdvise(proxy, &format, ADVF_NODATA, sink, &connection), S_OK, "DAdvise");
    is_uint(connection, 4711, "the connection");
    is_hr(IDataObject_DUnadvise(proxy, connection), OLE_E_NOCONNECTION, "DUnadvise");
    is_hr(IDataObject_EnumDAdvise(proxy, (IEnumSTATDATA **)&out), S_OK, "EnumDAdvise");
    check_object(out, "the enumerator");
    check_released(sink, "the sink is released");
}

static void check_cache(IOleCache2 *proxy, BOOL second)
{
    FORMATETC format = format_of(TYMED_HGLOBAL);
    IDataObject *data = mock_create(&IID_IDataObject, GIVEN);
    IEnumSTATDATA *entries = (void *)0xdead;
    DWORD connection = 0;

    is_hr(IOleCache2_Cache(proxy, &format, ADVFCACHE_FORCEBUILTIN, &connection), CACHE_S_SAMECACHE,
            "Cache");
    is_uint(connection, 17, "the connection");
    is_hr(IOleCache2_Uncache(proxy, 17), OLE_E_NOCONNECTION, "Uncache");
    is_hr(IOleCache2_EnumCache(proxy, &entries), S_OK, "EnumCache");
    check_object(entries, "the enumerator");
    is_hr(IOleCache2_InitCache(proxy, data), CACHE_E_NOCACHE_UPDATED, "InitCache");
    if (!tap_builtin()) /* which frees what has gone over */
        check_set_data(proxy, (set_method)(void *)proxy->lpVtbl->SetData);
    if (second)
    {
        is_hr(IOleCache2_UpdateCache(proxy, data, UPDFCACHE_ALL, NULL), S_OK, "UpdateCache");
        is_hr(IOleCache2_UpdateCache(proxy, NULL, UPDFCACHE_ALL, NULL),
                CACHE_S_SOMECACHES_NOTUPDATED, "UpdateCache, of the object that runs");
        if (!tap_builtin())
            is_hr(IOleCache2_UpdateCache(proxy, data, UPDFCACHE_ALL, data), E_INVALIDARG,
                    "UpdateCache, what is reserved is not NULL");
        is_hr(IOleCache2_DiscardCache(proxy, DISCARDCACHE_NOSAVE), S_FALSE, "DiscardCache");
    }
    check_released(data, "the data object is released");
}

static void check_drop_target(IDropTarget *proxy)
{
    IDataObject *data = mock_create(&IID_IDataObject, GIVEN);
    POINTL point = {-5, 70000};
    DWORD effect = DROPEFFECT_COPY;

    is_hr(IDropTarget_DragEnter(proxy, data, MK_LBUTTON, point, &effect), S_OK, "DragEnter");
    is_uint(effect, DROPEFFECT_LINK, "its effect");
    effect = DROPEFFECT_COPY;
    is_hr(IDropTarget_DragOver(proxy, MK_LBUTTON, point, &effect), S_OK, "DragOver");
    is_uint(effect, DROPEFFECT_LINK, "its effect");
    is_hr(IDropTarget_DragLeave(proxy), E_OUTOFMEMORY, "DragLeave");
    effect = DROPEFFECT_COPY;
    is_hr(IDropTarget_Drop(proxy, data, MK_LBUTTON, point, &effect), S_OK, "Drop");
    is_uint(effect, DROPEFFECT_LINK, "its effect");
    check_released(data, "the data object is released");
}

static void check_others(IClassFactory *factory)
{
    IDataObject *data = mock_create(&IID_IDataObject, GIVEN);
    void *proxy;

    if ((proxy = remote_create(factory, &IID_IOleCacheControl, "IOleCacheControl")))
    {
        is_hr(IOleCacheControl_OnRun((IOleCacheControl *)proxy, data), S_OK, "OnRun");
        is_hr(IOleCacheControl_OnStop((IOleCacheControl *)proxy), S_FALSE, "OnStop");
        IOleCacheControl_Release((IOleCacheControl *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IDummyHICONIncluder, "IDummyHICONIncluder")))
    {
        is_hr(IDummyHICONIncluder_Dummy((IDummyHICONIncluder *)proxy, (HICON)(ULONG_PTR)0x1234,
                      (HDC)(LONG_PTR)-2),
                S_FALSE, "Dummy");
        IDummyHICONIncluder_Release((IDummyHICONIncluder *)proxy);
    }
    check_released(data, "the data object is released");
}

void check_data_objects(IClassFactory *factory)
{
    void *proxy;

    note("IDataObject, caches, IDropTarget");
    if ((proxy = remote_create(factory, &IID_IDataObject, "IDataObject")))
    {
        check_data_object(proxy);
        check_get_data(proxy);
        check_get_data_here(proxy);
        if (!builtin_lacks("IDataObject::SetData of a proxy"))
            check_set_data(proxy, (set_method)(void *)((IDataObject *)proxy)->lpVtbl->SetData);
        IDataObject_Release((IDataObject *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IOleCache, "IOleCache")))
    {
        check_cache(proxy, FALSE);
        IOleCache_Release((IOleCache *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IOleCache2, "IOleCache2")))
    {
        check_cache(proxy, TRUE);
        IOleCache2_Release((IOleCache2 *)proxy);
    }
    if ((proxy = remote_create(factory, &IID_IDropTarget, "IDropTarget")))
    {
        check_drop_target(proxy);
        IDropTarget_Release((IDropTarget *)proxy);
    }
    check_others(factory);
}
