/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document.h"

#include <stdlib.h>
#include <wchar.h>

const CLSID document_clsid = {0x5c0e81a2, 0x76b4, 0x4f5a,
        {0x9d, 0x10, 0x2c, 0x3b, 0x5e, 0x91, 0xaa, 0x21}};
const WCHAR document_clsid_text[] = L"{5C0E81A2-76B4-4F5A-9D10-2C3B5E91AA21}";
WCHAR document_path[MAX_PATH];
DWORD document_mode, document_speed;

struct document
{
    IPersistFile IPersistFile_iface;
    IOleItemContainer IOleItemContainer_iface;
    LONG references;
};

static LONG documents;

LONG document_count(void)
{
    return documents;
}

static struct document *from_file(IPersistFile *iface)
{
    return CONTAINING_RECORD(iface, struct document, IPersistFile_iface);
}

static struct document *from_container(IOleItemContainer *iface)
{
    return CONTAINING_RECORD(iface, struct document, IOleItemContainer_iface);
}

static HRESULT STDMETHODCALLTYPE file_QueryInterface(IPersistFile *iface, REFIID iid, void **out)
{
    struct document *document = from_file(iface);

    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IPersist)
            || IsEqualIID(iid, &IID_IPersistFile))
        *out = &document->IPersistFile_iface;
    else if (IsEqualIID(iid, &IID_IParseDisplayName) || IsEqualIID(iid, &IID_IOleContainer)
            || IsEqualIID(iid, &IID_IOleItemContainer))
        *out = &document->IOleItemContainer_iface;
    if (!*out)
        return E_NOINTERFACE;
    InterlockedIncrement(&document->references);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE file_AddRef(IPersistFile *iface)
{
    return (ULONG)InterlockedIncrement(&from_file(iface)->references);
}

static ULONG STDMETHODCALLTYPE file_Release(IPersistFile *iface)
{
    ULONG left = (ULONG)InterlockedDecrement(&from_file(iface)->references);

    if (!left)
    {
        InterlockedDecrement(&documents);
        free(from_file(iface));
    }
    return left;
}

static HRESULT STDMETHODCALLTYPE file_GetClassID(IPersistFile *iface, CLSID *clsid)
{
    (void)iface;
    *clsid = document_clsid;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_IsDirty(IPersistFile *iface)
{
    (void)iface;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE file_Load(IPersistFile *iface, LPCOLESTR path, DWORD mode)
{
    (void)iface;
    document_mode = mode;
    wcsncpy(document_path, path, MAX_PATH - 1);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_Save(IPersistFile *iface, LPCOLESTR path, BOOL remember)
{
    (void)iface;
    (void)path;
    (void)remember;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE file_SaveCompleted(IPersistFile *iface, LPCOLESTR path)
{
    (void)iface;
    (void)path;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_GetCurFile(IPersistFile *iface, LPOLESTR *path)
{
    (void)iface;
    *path = NULL;
    return E_NOTIMPL;
}

static const IPersistFileVtbl file_vtbl = {file_QueryInterface, file_AddRef, file_Release,
        file_GetClassID, file_IsDirty, file_Load, file_Save, file_SaveCompleted, file_GetCurFile};

static HRESULT STDMETHODCALLTYPE container_QueryInterface(IOleItemContainer *iface, REFIID iid,
        void **out)
{
    return file_QueryInterface(&from_container(iface)->IPersistFile_iface, iid, out);
}

static ULONG STDMETHODCALLTYPE container_AddRef(IOleItemContainer *iface)
{
    return file_AddRef(&from_container(iface)->IPersistFile_iface);
}

static ULONG STDMETHODCALLTYPE container_Release(IOleItemContainer *iface)
{
    return file_Release(&from_container(iface)->IPersistFile_iface);
}

/* "!name" up to the next '!'. */
static HRESULT STDMETHODCALLTYPE container_ParseDisplayName(IOleItemContainer *iface,
        IBindCtx *context, LPOLESTR name, ULONG *eaten, IMoniker **out)
{
    WCHAR item[64];
    size_t length;

    (void)iface;
    (void)context;
    *eaten = 0;
    *out = NULL;
    length = *name == '!' ? wcscspn(name + 1, L"!") : 0;
    if (!length || length >= ARRAYSIZE(item))
        return MK_E_SYNTAX;
    wcsncpy(item, name + 1, length);
    item[length] = 0;
    *eaten = (ULONG)length + 1;
    return CreateItemMoniker(L"!", item, out);
}

static HRESULT STDMETHODCALLTYPE container_EnumObjects(IOleItemContainer *iface, DWORD flags,
        IEnumUnknown **out)
{
    (void)iface;
    (void)flags;
    *out = NULL;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE container_LockContainer(IOleItemContainer *iface, BOOL lock)
{
    (void)iface;
    (void)lock;
    return S_OK;
}

/* Every item is a document, but "none". */
static HRESULT STDMETHODCALLTYPE container_GetObject(IOleItemContainer *iface, LPOLESTR item,
        DWORD speed, IBindCtx *context, REFIID iid, void **out)
{
    IUnknown *object;
    HRESULT hr;

    (void)iface;
    (void)context;
    document_speed = speed;
    *out = NULL;
    if (!wcscmp(item, L"none"))
        return MK_E_NOOBJECT;
    object = document_create();
    hr = IUnknown_QueryInterface(object, iid, out);
    IUnknown_Release(object);
    return hr;
}

static HRESULT STDMETHODCALLTYPE container_GetObjectStorage(IOleItemContainer *iface, LPOLESTR item,
        IBindCtx *context, REFIID iid, void **out)
{
    (void)iface;
    (void)item;
    (void)context;
    (void)iid;
    *out = NULL;
    return MK_E_NOSTORAGE;
}

static HRESULT STDMETHODCALLTYPE container_IsRunning(IOleItemContainer *iface, LPOLESTR item)
{
    (void)iface;
    return wcscmp(item, L"none") ? S_OK : MK_E_NOOBJECT;
}

static const IOleItemContainerVtbl container_vtbl = {container_QueryInterface, container_AddRef,
        container_Release, container_ParseDisplayName, container_EnumObjects,
        container_LockContainer, container_GetObject, container_GetObjectStorage,
        container_IsRunning};

IUnknown *document_create(void)
{
    struct document *document = calloc(1, sizeof(*document));

    if (!document)
        abort();
    document->IPersistFile_iface.lpVtbl = (IPersistFileVtbl *)&file_vtbl;
    document->IOleItemContainer_iface.lpVtbl = (IOleItemContainerVtbl *)&container_vtbl;
    document->references = 1;
    InterlockedIncrement(&documents);
    return (IUnknown *)&document->IPersistFile_iface;
}

/* ---- the class object ---- */

static HRESULT STDMETHODCALLTYPE class_QueryInterface(IClassFactory *iface, REFIID iid, void **out);

static ULONG STDMETHODCALLTYPE class_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE class_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE class_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    IUnknown *object;
    HRESULT hr;

    (void)iface;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    object = document_create();
    hr = IUnknown_QueryInterface(object, iid, out);
    IUnknown_Release(object);
    return hr;
}

static HRESULT STDMETHODCALLTYPE class_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    (void)lock;
    return S_OK;
}

static const IClassFactoryVtbl class_vtbl = {class_QueryInterface, class_AddRef, class_Release,
        class_CreateInstance, class_LockServer};
static IClassFactory class_object = {(IClassFactoryVtbl *)&class_vtbl};

static HRESULT STDMETHODCALLTYPE parser_QueryInterface(IParseDisplayName *iface, REFIID iid,
        void **out)
{
    (void)iface;
    return class_QueryInterface(&class_object, iid, out);
}

static ULONG STDMETHODCALLTYPE parser_AddRef(IParseDisplayName *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE parser_Release(IParseDisplayName *iface)
{
    (void)iface;
    return 1;
}

/* Of "!name", or of "...:name" and "@...name", which are whole names: an item. */
static HRESULT STDMETHODCALLTYPE parser_ParseDisplayName(IParseDisplayName *iface,
        IBindCtx *context, LPOLESTR name, ULONG *eaten, IMoniker **out)
{
    const WCHAR *colon = wcschr(name, ':');

    (void)iface;
    if (*name == '!')
        return container_ParseDisplayName(NULL, context, name, eaten, out);
    *eaten = 0;
    *out = NULL;
    if (!colon && *name != '@')
        return MK_E_SYNTAX;
    *eaten = (ULONG)wcslen(name);
    return CreateItemMoniker(L"", colon ? colon + 1 : name, out);
}

static const IParseDisplayNameVtbl parser_vtbl = {parser_QueryInterface, parser_AddRef,
        parser_Release, parser_ParseDisplayName};
static IParseDisplayName parser = {(IParseDisplayNameVtbl *)&parser_vtbl};

static HRESULT STDMETHODCALLTYPE class_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    (void)iface;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory))
        *out = &class_object;
    else if (IsEqualIID(iid, &IID_IParseDisplayName))
        *out = &parser;
    return *out ? S_OK : E_NOINTERFACE;
}

DWORD document_class_register(void)
{
    DWORD cookie = 0;

    CoRegisterClassObject(&document_clsid, (IUnknown *)&class_object, CLSCTX_INPROC_SERVER,
            REGCLS_MULTIPLEUSE, &cookie);
    return cookie;
}
