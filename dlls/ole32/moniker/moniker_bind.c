/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What monikers need to bind and to parse. */
#include <stdlib.h>

#include "moniker_base.h"

HRESULT moniker_compose(IMoniker *left, IMoniker *right, IMoniker **out)
{
    if (!left)
        return moniker_return(right, S_OK, out);
    *out = NULL;
    return IMoniker_ComposeWith(left, right, FALSE, out);
}

HRESULT moniker_bind_options(IBindCtx *context, BIND_OPTS3 *options)
{
    HRESULT hr;

    *options = (BIND_OPTS3){.cbStruct = sizeof(*options)};
    hr = IBindCtx_GetBindOptions(context, (BIND_OPTS *)options);
    if (FAILED(hr))
    {
        options->cbStruct = sizeof(BIND_OPTS); /* contexts of others may know the oldest alone */
        hr = IBindCtx_GetBindOptions(context, (BIND_OPTS *)options);
    }
    if (!options->dwClassContext)
        options->dwClassContext = CLSCTX_SERVER;
    return hr;
}

HRESULT moniker_object_parse(IUnknown *object, IBindCtx *context, WCHAR *name, ULONG *eaten,
        IMoniker **out)
{
    IParseDisplayName *parser;
    HRESULT hr = IUnknown_QueryInterface(object, &IID_IParseDisplayName, (void **)&parser);

    if (FAILED(hr))
        return hr;
    hr = IParseDisplayName_ParseDisplayName(parser, context, name, eaten, out);
    IBindCtx_RegisterObjectBound(context, (IUnknown *)parser);
    IParseDisplayName_Release(parser);
    return hr;
}

HRESULT moniker_class_parse(REFCLSID clsid, IBindCtx *context, WCHAR *name, ULONG *eaten,
        IMoniker **out)
{
    IUnknown *object;
    HRESULT hr =
            CoGetClassObject(clsid, CLSCTX_ALL, NULL, &IID_IParseDisplayName, (void **)&object);

    if (FAILED(hr))
        hr = CoCreateInstance(clsid, NULL, CLSCTX_ALL, &IID_IParseDisplayName, (void **)&object);
    if (FAILED(hr))
        return hr;
    hr = moniker_object_parse(object, context, name, eaten, out);
    IUnknown_Release(object);
    return hr;
}

/*
 * BindMoniker: an object by its moniker, in a bind context of its own. E_INVALIDARG for options,
 * which are reserved; the errors of CreateBindCtx and IMoniker::BindToObject.
 * objbase/nf-objbase-bindmoniker
 */
HRESULT WINAPI BindMoniker(IMoniker *moniker, DWORD options, REFIID iid, void **out)
{
    IBindCtx *context;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!moniker || options)
        return E_INVALIDARG;
    hr = CreateBindCtx(0, &context);
    if (FAILED(hr))
        return hr;
    hr = IMoniker_BindToObject(moniker, context, NULL, iid, out);
    IBindCtx_Release(context);
    return hr;
}

/*
 * CoGetObject: an object by its display name. `options` (BIND_OPTS to BIND_OPTS3, may be NULL) go
 * to the bind context. MK_E_SYNTAX when a part of the name is not understood; the errors of
 * MkParseDisplayName and IMoniker::BindToObject. objbase/nf-objbase-cogetobject
 */
HRESULT WINAPI CoGetObject(const WCHAR *name, BIND_OPTS *options, REFIID iid, void **out)
{
    IMoniker *moniker = NULL;
    IBindCtx *context;
    ULONG eaten;
    HRESULT hr;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!name)
        return E_INVALIDARG;
    hr = CreateBindCtx(0, &context);
    if (FAILED(hr))
        return hr;
    if (options)
        hr = IBindCtx_SetBindOptions(context, options);
    if (SUCCEEDED(hr))
        hr = MkParseDisplayName(context, name, &eaten, &moniker);
    if (SUCCEEDED(hr))
        hr = IMoniker_BindToObject(moniker, context, NULL, iid, out);
    if (moniker)
        IMoniker_Release(moniker);
    IBindCtx_Release(context);
    return hr;
}
