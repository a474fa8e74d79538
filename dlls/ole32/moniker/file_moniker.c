/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * File monikers: an object in a file. Page "File Monikers", and the rows on file monikers of
 * IMoniker's pages (objidl/nn-objidl-imoniker). How they look in a stream: file_moniker_stream.c.
 */
#include "file_moniker.h"

#include <stdlib.h>
#include <wchar.h>

#include "moniker_path.h"
#include "wstr.h"

static struct file_moniker *file_from(IMoniker *iface)
{
    return (struct file_moniker *)moniker_from_IMoniker(iface);
}

static const WCHAR *path_of(IMoniker *iface)
{
    const WCHAR *path = file_from(iface)->path;

    return path ? path : L"";
}

static void file_destroy(void *object)
{
    struct file_moniker *file = object;

    free(file->path);
    free(file);
}

/* Takes the path, which is by malloc. */
static HRESULT file_from_path(WCHAR *path, HRESULT hr, IMoniker **out)
{
    struct file_moniker *file;

    *out = NULL;
    if (FAILED(hr))
        return hr;
    file = moniker_alloc(&file_moniker_kind, sizeof(*file));
    if (!file)
    {
        free(path);
        return E_OUTOFMEMORY;
    }
    file->path = path;
    *out = &file->moniker.IMoniker_iface;
    return hr;
}

static HRESULT STDMETHODCALLTYPE file_Load(IMoniker *iface, IStream *stream)
{
    struct file_moniker *file = file_from(iface);
    WCHAR *path;
    HRESULT hr;

    if (!stream)
        return E_INVALIDARG;
    hr = file_moniker_read(stream, &path);
    if (FAILED(hr))
        return hr;
    free(file->path);
    file->path = path;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_Save(IMoniker *iface, IStream *stream, BOOL clear_dirty)
{
    (void)clear_dirty;
    return stream ? file_moniker_write(stream, path_of(iface)) : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE file_GetSizeMax(IMoniker *iface, ULARGE_INTEGER *size)
{
    if (!size)
        return E_INVALIDARG;
    size->QuadPart = file_moniker_size_max(path_of(iface));
    return S_OK;
}

/* ---- binding ---- */

/* An object loads itself from the file, or from its storage. */
static HRESULT object_load(IMoniker *iface, IBindCtx *context, IUnknown *object, DWORD mode)
{
    IPersistStorage *from_storage;
    IPersistFile *from_file;
    IStorage *storage;
    HRESULT hr = IUnknown_QueryInterface(object, &IID_IPersistFile, (void **)&from_file);

    if (SUCCEEDED(hr))
    {
        hr = IPersistFile_Load(from_file, path_of(iface), mode);
        IPersistFile_Release(from_file);
        return hr;
    }
    hr = IUnknown_QueryInterface(object, &IID_IPersistStorage, (void **)&from_storage);
    if (FAILED(hr))
        return MK_E_INTERMEDIATEINTERFACENOTSUPPORTED;
    hr = IMoniker_BindToStorage(iface, context, NULL, &IID_IStorage, (void **)&storage);
    if (SUCCEEDED(hr))
    {
        hr = IPersistStorage_Load(from_storage, storage);
        IStorage_Release(storage);
    }
    IPersistStorage_Release(from_storage);
    return hr;
}

/* A new object of the file's class. */
static HRESULT object_of_class(IMoniker *iface, const BIND_OPTS3 *options, IUnknown **object)
{
    MULTI_QI result = {.pIID = &IID_IUnknown};
    CLSID clsid;
    HRESULT hr = GetClassFile(path_of(iface), &clsid);

    *object = NULL;
    if (SUCCEEDED(hr))
        hr = CoCreateInstanceEx(&clsid, NULL, options->dwClassContext, options->pServerInfo, 1,
                &result);
    if (SUCCEEDED(hr))
        *object = result.pItf;
    return hr;
}

/* A new object by the class object to the left, a factory or what makes one. */
static HRESULT object_of_left(IMoniker *iface, IBindCtx *context, IMoniker *left,
        const BIND_OPTS3 *options, IUnknown **object)
{
    IClassActivator *activator;
    IClassFactory *factory;
    CLSID clsid;
    HRESULT hr = IMoniker_BindToObject(left, context, NULL, &IID_IClassFactory, (void **)&factory);

    if (hr == E_NOINTERFACE)
    {
        hr = IMoniker_BindToObject(left, context, NULL, &IID_IClassActivator, (void **)&activator);
        if (hr == E_NOINTERFACE)
            return MK_E_INTERMEDIATEINTERFACENOTSUPPORTED;
        if (FAILED(hr))
            return hr;
        hr = GetClassFile(path_of(iface), &clsid);
        if (SUCCEEDED(hr))
            hr = IClassActivator_GetClassObject(activator, &clsid, options->dwClassContext,
                    options->locale, &IID_IClassFactory, (void **)&factory);
        IClassActivator_Release(activator);
    }
    if (FAILED(hr))
        return hr;
    hr = IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, (void **)object);
    IClassFactory_Release(factory);
    return hr;
}

static HRESULT STDMETHODCALLTYPE file_BindToObject(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **out)
{
    IUnknown *object = NULL;
    BIND_OPTS3 options;
    HRESULT hr = S_FALSE;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!context || !iid)
        return E_INVALIDARG;
    if (!left)
        hr = moniker_running_object(iface, context, iid, out);
    if (hr != S_FALSE)
        return hr;
    moniker_bind_options(context, &options);
    hr = left ? object_of_left(iface, context, left, &options, &object)
              : object_of_class(iface, &options, &object);
    if (SUCCEEDED(hr))
        hr = object_load(iface, context, object, options.grfMode);
    if (SUCCEEDED(hr))
        hr = IUnknown_QueryInterface(object, iid, out);
    if (SUCCEEDED(hr))
        IBindCtx_RegisterObjectBound(context, object);
    if (object)
        IUnknown_Release(object);
    return hr;
}

static HRESULT STDMETHODCALLTYPE file_BindToStorage(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **out)
{
    BIND_OPTS3 options;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!context || !iid)
        return E_INVALIDARG;
    if (left && moniker_system(left) != MKSYS_CLASSMONIKER)
        return MK_E_NOSTORAGE;
    if (IsEqualIID(iid, &IID_IStream) || IsEqualIID(iid, &IID_ILockBytes))
        return E_FAIL;
    if (!IsEqualIID(iid, &IID_IStorage))
        return E_NOINTERFACE;
    moniker_bind_options(context, &options);
    hr = StgOpenStorage(path_of(iface), NULL, options.grfMode, NULL, 0, (IStorage **)out);
    return hr;
}

/* By the class object of the file, else by the object itself. */
static HRESULT STDMETHODCALLTYPE file_ParseDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR name, ULONG *eaten, IMoniker **out)
{
    IUnknown *object;
    CLSID clsid;
    HRESULT hr;

    if (!out || !eaten)
        return E_INVALIDARG;
    *out = NULL;
    *eaten = 0;
    if (!context || !name)
        return E_INVALIDARG;
    if (left)
        return MK_E_SYNTAX;
    hr = GetClassFile(path_of(iface), &clsid);
    if (SUCCEEDED(hr))
        hr = CoGetClassObject(&clsid, CLSCTX_ALL, NULL, &IID_IParseDisplayName, (void **)&object);
    if (FAILED(hr))
        hr = file_BindToObject(iface, context, NULL, &IID_IParseDisplayName, (void **)&object);
    if (FAILED(hr))
        return hr;
    hr = moniker_object_parse(object, context, name, eaten, out);
    IUnknown_Release(object);
    return hr;
}

static HRESULT STDMETHODCALLTYPE file_IsRunning(IMoniker *iface, IBindCtx *context, IMoniker *left,
        IMoniker *newly_running)
{
    (void)left;
    if (newly_running)
        return IMoniker_IsEqual(newly_running, iface) == S_OK ? S_OK : S_FALSE;
    return moniker_runs(iface, context);
}

static HRESULT STDMETHODCALLTYPE file_GetTimeOfLastChange(IMoniker *iface, IBindCtx *context,
        IMoniker *left, FILETIME *time)
{
    WIN32_FILE_ATTRIBUTE_DATA data;

    (void)left;
    if (!context || !time)
        return E_INVALIDARG;
    if (moniker_running_time(iface, context, time) == S_OK)
        return S_OK;
    if (!GetFileAttributesExW(path_of(iface), GetFileExInfoStandard, &data))
        return MK_E_NOOBJECT;
    *time = data.ftLastWriteTime;
    return S_OK;
}

/* ---- names ---- */

static HRESULT STDMETHODCALLTYPE file_ComposeWith(IMoniker *iface, IMoniker *right,
        BOOL only_if_not_generic, IMoniker **out)
{
    WCHAR *path;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!right)
        return E_INVALIDARG;
    if (!moniker_of_kind(right, &file_moniker_kind))
        return moniker_ComposeWith(iface, right, only_if_not_generic, out);
    hr = moniker_path_compose(path_of(iface), path_of(right), &path);
    return file_from_path(path, hr, out);
}

static HRESULT STDMETHODCALLTYPE file_Reduce(IMoniker *iface, IBindCtx *context, DWORD how_far,
        IMoniker **left, IMoniker **out)
{
    if (!context)
        return E_INVALIDARG;
    return moniker_Reduce(iface, context, how_far, left, out);
}

static HRESULT STDMETHODCALLTYPE file_IsEqual(IMoniker *iface, IMoniker *other)
{
    if (!other)
        return E_INVALIDARG;
    return moniker_of_kind(other, &file_moniker_kind)
                    && CompareStringOrdinal(path_of(iface), -1, path_of(other), -1, TRUE)
                            == CSTR_EQUAL
            ? S_OK
            : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE file_Hash(IMoniker *iface, DWORD *hash)
{
    if (!hash)
        return E_INVALIDARG;
    *hash = moniker_text_hash(0, path_of(iface));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_CommonPrefixWith(IMoniker *iface, IMoniker *other,
        IMoniker **out)
{
    WCHAR *path;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!other)
        return E_INVALIDARG;
    if (!moniker_of_kind(other, &file_moniker_kind))
        return MonikerCommonPrefixWith(iface, other, out);
    hr = moniker_path_common(path_of(iface), path_of(other), &path);
    return file_from_path(path, hr, out);
}

static HRESULT STDMETHODCALLTYPE file_RelativePathTo(IMoniker *iface, IMoniker *other,
        IMoniker **out)
{
    WCHAR *path;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!other)
        return E_INVALIDARG;
    if (!moniker_of_kind(other, &file_moniker_kind))
        return MonikerRelativePathTo(iface, other, out, TRUE);
    hr = moniker_path_relative(path_of(iface), path_of(other), &path);
    return file_from_path(path, hr, out);
}

static HRESULT STDMETHODCALLTYPE file_GetDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR *name)
{
    (void)context;
    (void)left;
    return name ? moniker_text_out(path_of(iface), L"", name) : E_INVALIDARG;
}

static HRESULT file_comparison_data(struct moniker *moniker, ULONG room, BYTE *data, ULONG *size)
{
    return moniker_text_comparison(&moniker->kind->clsid, path_of(&moniker->IMoniker_iface), L"",
            room, data, size);
}

static const IMonikerVtbl file_vtbl = {
        moniker_QueryInterface,
        moniker_AddRef,
        moniker_Release,
        moniker_GetClassID,
        moniker_IsDirty,
        file_Load,
        file_Save,
        file_GetSizeMax,
        file_BindToObject,
        file_BindToStorage,
        file_Reduce,
        file_ComposeWith,
        moniker_Enum,
        file_IsEqual,
        file_Hash,
        file_IsRunning,
        file_GetTimeOfLastChange,
        moniker_Inverse,
        file_CommonPrefixWith,
        file_RelativePathTo,
        file_GetDisplayName,
        file_ParseDisplayName,
        moniker_IsSystemMoniker,
};

static const struct com_interface file_interfaces[] = {MONIKER_INTERFACES(file_moniker_kind),
        MONIKER_ROT_DATA};
static const struct com_class file_class = {"file moniker", file_interfaces,
        ARRAY_SIZE(file_interfaces), file_destroy};

const struct moniker_kind file_moniker_kind = {
        .class = &file_class,
        .vtbl = &file_vtbl,
        .clsid = MONIKER_CLSID(0x303),
        .system = MKSYS_FILEMONIKER,
        .comparison_data = file_comparison_data,
};

HRESULT file_moniker_create(IUnknown *outer, REFIID iid, void **out)
{
    struct moniker *moniker = moniker_alloc(&file_moniker_kind, sizeof(struct file_moniker));

    return moniker_hand_out(moniker, outer, iid, out);
}

/*
 * CreateFileMoniker: a file by its path, absolute or relative; nobody looks whether it is there.
 * MK_E_SYNTAX, E_INVALIDARG, E_OUTOFMEMORY. objbase/nf-objbase-createfilemoniker
 */
HRESULT WINAPI CreateFileMoniker(const OLECHAR *path, IMoniker **out)
{
    WCHAR *copy;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!path)
        return MK_E_SYNTAX;
    copy = wstr_dup(path);
    return file_from_path(copy, copy ? S_OK : E_OUTOFMEMORY, out);
}
