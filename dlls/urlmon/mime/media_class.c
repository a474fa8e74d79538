/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The classes which the client of a bind context wants for media types, and those of the registry.
 * Pages "RegisterMediaTypeClass function", "FindMediaTypeClass function", "GetClassFileOrMime
 * function", "GetClassURL function".
 */
#include <urlmon.h>

#include "com_object.h"
#include "mime_registry.h"

static WCHAR classes_key[] = L"_Concierge_MediaTypeClass_";

struct media_class
{
    char *name;
    CLSID clsid;
};

/* One registration; it refers to the earlier ones of its context. Its only interface is IUnknown,
 * and it never changes. */
struct class_list
{
    struct com_object object;
    IUnknown IUnknown_iface;
    IUnknown *earlier; /* a class_list or NULL */
    UINT count;
    struct media_class classes[];
};

COM_OBJECT_METHODS(classes, struct class_list, IUnknown, IUnknown_iface)

static const IUnknownVtbl classes_vtbl = {
        classes_IUnknown_QueryInterface,
        classes_IUnknown_AddRef,
        classes_IUnknown_Release,
};

static void classes_destroy(void *object)
{
    struct class_list *list = object;

    for (UINT i = 0; i < list->count; i++)
        free(list->classes[i].name);
    if (list->earlier)
        IUnknown_Release(list->earlier);
    free(list);
}

static const struct com_interface classes_interfaces[] = {
        {&IID_IUnknown, offsetof(struct class_list, IUnknown_iface)},
};

static const struct com_class classes_class = {"media type classes", classes_interfaces,
        ARRAY_SIZE(classes_interfaces), classes_destroy};

/* What is registered in a context; NULL: nothing. */
static struct class_list *classes_get(IBindCtx *context)
{
    IUnknown *object = NULL;

    if (FAILED(IBindCtx_GetObjectParam(context, classes_key, &object)) || !object)
        return NULL;
    if (object->lpVtbl != &classes_vtbl)
    {
        IUnknown_Release(object);
        return NULL;
    }
    return classes_from_IUnknown(object);
}

static HRESULT classes_create(UINT count, const LPCSTR *names, const CLSID *clsids,
        struct class_list **out)
{
    struct class_list *list = NULL;

    *out = NULL;
    if (count <= 0x10000)
        list = calloc(1, sizeof(*list) + count * sizeof(list->classes[0]));
    if (!list)
        return E_OUTOFMEMORY;
    com_object_init(&list->object, &classes_class);
    list->IUnknown_iface.lpVtbl = (IUnknownVtbl *)&classes_vtbl;
    for (; list->count < count; list->count++)
    {
        const char *name = names[list->count];

        list->classes[list->count].name = name ? _strdup(name) : NULL;
        if (!list->classes[list->count].name)
        {
            IUnknown_Release(&list->IUnknown_iface);
            return name ? E_OUTOFMEMORY : E_INVALIDARG;
        }
        list->classes[list->count].clsid = clsids[list->count];
    }
    *out = list;
    return S_OK;
}

/*
 * RegisterMediaTypeClass: from now on data of these types, bound with this context, make objects of
 * these classes. Later registrations come before earlier ones. E_INVALIDARG, E_OUTOFMEMORY.
 */
HRESULT WINAPI RegisterMediaTypeClass(IBindCtx *context, UINT count, const LPCSTR *names,
        CLSID *clsids, DWORD reserved)
{
    struct class_list *list, *earlier;
    HRESULT hr;

    (void)reserved;
    if (!context || !names || !clsids)
        return E_INVALIDARG;
    hr = classes_create(count, names, clsids, &list);
    if (FAILED(hr))
        return hr;
    earlier = classes_get(context);
    list->earlier = earlier ? &earlier->IUnknown_iface : NULL;
    hr = IBindCtx_RegisterObjectParam(context, classes_key, &list->IUnknown_iface);
    IUnknown_Release(&list->IUnknown_iface);
    return hr;
}

/* A class registered in a context. S_FALSE: none. */
static HRESULT context_class(IBindCtx *context, const char *name, CLSID *clsid)
{
    struct class_list *first = classes_get(context), *list = first;
    HRESULT hr = S_FALSE;

    while (list && hr == S_FALSE)
    {
        for (UINT i = 0; i < list->count && hr == S_FALSE; i++)
        {
            if (!_stricmp(list->classes[i].name, name))
            {
                *clsid = list->classes[i].clsid;
                hr = S_OK;
            }
        }
        list = list->earlier ? classes_from_IUnknown(list->earlier) : NULL;
    }
    if (first)
        IUnknown_Release(&first->IUnknown_iface);
    return hr;
}

/*
 * FindMediaTypeClass: the class registered with this context for a media type. E_FAIL: none, and
 * *clsid is CLSID_NULL; E_INVALIDARG.
 */
HRESULT WINAPI FindMediaTypeClass(IBindCtx *context, const char *name, CLSID *clsid, DWORD reserved)
{
    (void)reserved;
    if (!context || !name || !clsid)
        return E_INVALIDARG;
    *clsid = CLSID_NULL;
    return context_class(context, name, clsid) == S_OK ? S_OK : E_FAIL;
}

/* The class for a media type: the context's, else the registry's. */
static HRESULT mime_class(IBindCtx *context, const WCHAR *mime, CLSID *clsid)
{
    char name[128];

    if (context && WideCharToMultiByte(CP_ACP, 0, mime, -1, name, sizeof(name), NULL, NULL)
            && context_class(context, name, clsid) == S_OK)
        return S_OK;
    return mime_registry_class(mime, clsid);
}

/* application/x-oleobject: the data begin with their class. */
static BOOL is_ole_object(const WCHAR *mime)
{
    return !_wcsicmp(mime, L"application/x-oleobject") || !_wcsicmp(mime, L"application/oleobject");
}

/*
 * GetClassFileOrMime: the class for data, by their media type, by what they begin with, by the
 * extension of their name. Any of the three may be missing, not all. E_INVALIDARG;
 * MK_E_INVALIDEXTENSION: a name tells nothing; REGDB_E_CLASSNOTREG: nothing does.
 */
HRESULT WINAPI GetClassFileOrMime(IBindCtx *context, const WCHAR *name, void *data, DWORD size,
        const WCHAR *mime, DWORD reserved, CLSID *clsid)
{
    WCHAR extension[MIME_MAX_EXTENSION + 1];

    (void)reserved;
    if (!clsid)
        return E_INVALIDARG;
    *clsid = CLSID_NULL;
    if (!name && !data && !mime)
        return E_INVALIDARG;
    if (mime && is_ole_object(mime) && data && size >= sizeof(*clsid))
    {
        memcpy(clsid, data, sizeof(*clsid));
        return S_OK;
    }
    if (mime && mime_class(context, mime, clsid) == S_OK)
        return S_OK;
    if (data && mime_registry_pattern_class(data, size, clsid) == S_OK)
        return S_OK;
    *clsid = CLSID_NULL;
    if (!name)
        return REGDB_E_CLASSNOTREG;
    if (!mime_extension(name, FALSE, extension))
        return MK_E_INVALIDEXTENSION;
    return mime_registry_extension_class(extension, clsid);
}

/* GetClassURL: the class for the data of a URL, by its extension. E_INVALIDARG,
 * MK_E_INVALIDEXTENSION. */
HRESULT WINAPI GetClassURL(const WCHAR *url, CLSID *clsid)
{
    if (!url)
        return E_INVALIDARG;
    return GetClassFileOrMime(NULL, url, NULL, 0, NULL, 0, clsid);
}
