/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Elevation monikers: "Elevation:Administrator!" or "Elevation:Highest!", which activates classes
 * for the class moniker to its right, or with "new:{CLSID}" behind it makes an object. Page "The
 * COM Elevation Moniker". All processes of a user have the same rights here, so nobody is asked;
 * what a class has to fulfil is checked all the same. The class of these monikers is not public:
 * they are in no stream.
 */
#include <stdlib.h>
#include <wchar.h>

#include "class_elevation.h"
#include "guid_text.h"
#include "moniker_base.h"

#define NAME_CHARS 80 /* of a whole name */

struct elevation_moniker
{
    struct moniker moniker;
    const WCHAR *level; /* one of `levels` */
    BOOL makes;         /* an object of `clsid` */
    CLSID clsid;
};

static const WCHAR name_prefix[] = L"Elevation:", new_prefix[] = L"new:";
static const WCHAR *const levels[] = {L"Administrator", L"Highest"};

static struct elevation_moniker *elevation_from(IMoniker *iface)
{
    return (struct elevation_moniker *)moniker_from_IMoniker(iface);
}

/* ---- what a class moniker to the right asks: the class object of a local server ---- */

static HRESULT STDMETHODCALLTYPE activator_QueryInterface(IClassActivator *iface, REFIID iid,
        void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassActivator) ? iface : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE activator_AddRef(IClassActivator *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE activator_Release(IClassActivator *iface)
{
    (void)iface;
    return 1;
}

/* Whatever servers the caller would take: the object runs in a process that is elevated. */
static HRESULT STDMETHODCALLTYPE activator_GetClassObject(IClassActivator *iface, REFCLSID clsid,
        DWORD context, LCID locale, REFIID iid, void **out)
{
    HRESULT hr;

    (void)iface;
    (void)locale;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    context = CLSCTX_LOCAL_SERVER
            | (context & (CLSCTX_ACTIVATE_32_BIT_SERVER | CLSCTX_ACTIVATE_64_BIT_SERVER));
    hr = class_elevation_check(clsid, context);
    return FAILED(hr) ? hr : CoGetClassObject(clsid, context, NULL, iid, out);
}

static const IClassActivatorVtbl activator_vtbl = {
        activator_QueryInterface,
        activator_AddRef,
        activator_Release,
        activator_GetClassObject,
};
static IClassActivator activator = {(IClassActivatorVtbl *)&activator_vtbl};

/* ---- IMoniker ---- */

static HRESULT STDMETHODCALLTYPE elevation_GetClassID(IMoniker *iface, CLSID *clsid)
{
    (void)iface;
    if (!clsid)
        return E_INVALIDARG;
    *clsid = CLSID_NULL;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE elevation_BindToObject(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **out)
{
    struct elevation_moniker *elevation = elevation_from(iface);
    IClassFactory *factory;
    BIND_OPTS3 options;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!context || !iid || left)
        return E_INVALIDARG;
    if (!elevation->makes)
        return activator_QueryInterface(&activator, iid, out);
    moniker_bind_options(context, &options);
    hr = activator_GetClassObject(&activator, &elevation->clsid, options.dwClassContext,
            options.locale, &IID_IClassFactory, (void **)&factory);
    if (FAILED(hr))
        return hr;
    hr = IClassFactory_CreateInstance(factory, NULL, iid, out);
    IClassFactory_Release(factory);
    return hr;
}

static HRESULT STDMETHODCALLTYPE elevation_BindToStorage(IMoniker *iface, IBindCtx *context,
        IMoniker *left, REFIID iid, void **out)
{
    (void)iface;
    (void)context;
    (void)left;
    (void)iid;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    return MK_E_NOSTORAGE;
}

static HRESULT STDMETHODCALLTYPE elevation_IsEqual(IMoniker *iface, IMoniker *other)
{
    struct elevation_moniker *elevation = elevation_from(iface), *another;

    if (!other)
        return E_INVALIDARG;
    another = (struct elevation_moniker *)moniker_of_kind(other, &elevation_moniker_kind);
    return another && another->level == elevation->level && another->makes == elevation->makes
                    && IsEqualCLSID(&another->clsid, &elevation->clsid)
            ? S_OK
            : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE elevation_Hash(IMoniker *iface, DWORD *hash)
{
    struct elevation_moniker *elevation = elevation_from(iface);

    if (!hash)
        return E_INVALIDARG;
    *hash = moniker_text_hash(elevation->clsid.Data1, elevation->level);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE elevation_GetDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR *name)
{
    struct elevation_moniker *elevation = elevation_from(iface);
    WCHAR text[NAME_CHARS], clsid[GUID_TEXT_LENGTH + 1];

    (void)context;
    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    if (left)
        return E_INVALIDARG;
    guid_to_text(&elevation->clsid, clsid);
    swprintf(text, ARRAY_SIZE(text), L"%ls%ls!%ls", name_prefix, elevation->level,
            elevation->makes ? new_prefix : L"");
    return moniker_text_out(text, elevation->makes ? clsid : L"", name);
}

/* The class moniker to its right. */
static HRESULT STDMETHODCALLTYPE elevation_ParseDisplayName(IMoniker *iface, IBindCtx *context,
        IMoniker *left, LPOLESTR name, ULONG *eaten, IMoniker **out)
{
    HRESULT hr;

    (void)context;
    if (!out || !eaten)
        return E_INVALIDARG;
    *out = NULL;
    *eaten = 0;
    if (!name)
        return E_INVALIDARG;
    if (left || elevation_from(iface)->makes)
        return MK_E_SYNTAX;
    hr = class_moniker_parse(name, eaten, out);
    return hr == S_FALSE ? MK_E_SYNTAX : hr;
}

static const IMonikerVtbl elevation_vtbl = {
        moniker_QueryInterface,
        moniker_AddRef,
        moniker_Release,
        elevation_GetClassID,
        moniker_IsDirty,
        moniker_no_Load,
        moniker_no_Save,
        moniker_no_GetSizeMax,
        elevation_BindToObject,
        elevation_BindToStorage,
        moniker_Reduce,
        moniker_ComposeWith,
        moniker_Enum,
        elevation_IsEqual,
        elevation_Hash,
        moniker_no_IsRunning,
        moniker_no_GetTimeOfLastChange,
        moniker_Inverse,
        moniker_CommonPrefixWith,
        moniker_RelativePathTo,
        elevation_GetDisplayName,
        elevation_ParseDisplayName,
        moniker_IsSystemMoniker,
};

static const struct com_interface elevation_interfaces[] = {
        {&IID_IUnknown, offsetof(struct moniker, IMoniker_iface)},
        {&IID_IPersist, offsetof(struct moniker, IMoniker_iface)},
        {&IID_IPersistStream, offsetof(struct moniker, IMoniker_iface)},
        {&IID_IMoniker, offsetof(struct moniker, IMoniker_iface)}};
static const struct com_class elevation_class = {"elevation moniker", elevation_interfaces,
        ARRAY_SIZE(elevation_interfaces), free};

const struct moniker_kind elevation_moniker_kind = {
        .class = &elevation_class,
        .vtbl = &elevation_vtbl,
        .system = MKSYS_LUAMONIKER,
};

/* ---- names ---- */

/* Characters of a beginning, whatever its letters; 0: it begins otherwise. */
static size_t begins_with(const WCHAR *name, const WCHAR *beginning)
{
    size_t length = wcslen(beginning);

    return _wcsnicmp(name, beginning, length) ? 0 : length;
}

/* Characters of a level and its '!'; 0: it is none. */
static size_t level_parse(const WCHAR *name, const WCHAR **level)
{
    for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
    {
        size_t length = begins_with(name, levels[i]);

        *level = levels[i];
        if (length && name[length] == '!')
            return length + 1;
    }
    return 0;
}

/* Elevation:, a level and '!'; and new: with a CLSID if these follow. S_FALSE: it is no such name.
 */
HRESULT elevation_moniker_parse(const WCHAR *name, ULONG *eaten, IMoniker **out)
{
    size_t length = begins_with(name, name_prefix), of_level, of_new, of_clsid = 0;
    struct elevation_moniker *elevation;
    CLSID clsid = CLSID_NULL;
    const WCHAR *level;

    if (!length)
        return S_FALSE;
    of_level = level_parse(name + length, &level);
    if (!of_level)
        return MK_E_SYNTAX;
    length += of_level;
    of_new = begins_with(name + length, new_prefix);
    length += of_new;
    if (of_new && FAILED(moniker_clsid_parse(name + length, &clsid, &of_clsid)))
        return MK_E_SYNTAX;
    elevation = moniker_alloc(&elevation_moniker_kind, sizeof(*elevation));
    if (!elevation)
        return E_OUTOFMEMORY;
    elevation->level = level;
    elevation->makes = of_new > 0;
    elevation->clsid = clsid;
    *out = &elevation->moniker.IMoniker_iface;
    *eaten = (ULONG)(length + of_clsid);
    return S_OK;
}
