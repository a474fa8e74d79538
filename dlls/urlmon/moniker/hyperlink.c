/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Simple hyperlinks. Inside a hyperlink frame the frame navigates; elsewhere the shell opens the
 * target. Pages "HlinkSimpleNavigateToString", "HlinkSimpleNavigateToMoniker",
 * "HlinkNavigateString", "HlinkNavigateMoniker", "HlinkGoBack" and "HlinkGoForward function",
 * "IHlinkFrame interface".
 */
#include <stdlib.h>
#include <windows.h>
#include <hlink.h>
#include <servprov.h>
#include <shellapi.h>

#include "urlmon_module.h"

/* hlink.dll and shell32.dll are large, and few programs that use URL monikers need them. */
typedef HRESULT(WINAPI *create_link_function)(IMoniker *target, const WCHAR *location,
        const WCHAR *name, IHlinkSite *site, DWORD site_data, IUnknown *outer, REFIID iid,
        void **out);
typedef HINSTANCE(WINAPI *execute_function)(HWND window, const WCHAR *verb, const WCHAR *file,
        const WCHAR *parameters, const WCHAR *directory, INT show);

/* The frame around an object; NULL: none. */
static IHlinkFrame *frame_get(IUnknown *object)
{
    IServiceProvider *provider;
    IHlinkFrame *frame = NULL;

    if (!object)
        return NULL;
    if (SUCCEEDED(IUnknown_QueryInterface(object, &IID_IHlinkFrame, (void **)&frame)))
        return frame;
    if (FAILED(IUnknown_QueryInterface(object, &IID_IServiceProvider, (void **)&provider)))
        return NULL;
    if (FAILED(IServiceProvider_QueryService(provider, &IID_IHlinkFrame, &IID_IHlinkFrame,
                (void **)&frame)))
        frame = NULL;
    IServiceProvider_Release(provider);
    return frame;
}

static HRESULT link_create(IMoniker *target, const WCHAR *location, IHlink **out)
{
    static HMODULE module; /* it stays */
    create_link_function create;

    *out = NULL;
    if (!module && !(module = LoadLibraryW(L"hlink.dll")))
        return HRESULT_FROM_WIN32(GetLastError());
    create = (create_link_function)(void *)GetProcAddress(module, "HlinkCreateFromMoniker");
    if (!create)
        return E_FAIL;
    return create(target, location, NULL, NULL, 0, NULL, &IID_IHlink, (void **)out);
}

static HRESULT frame_navigate(IHlinkFrame *frame, IMoniker *target, const WCHAR *location,
        const WCHAR *target_frame, IBindCtx *context, IBindStatusCallback *callback, DWORD flags)
{
    IBindCtx *own = NULL;
    IHlink *link;
    HRESULT hr;

    hr = link_create(target, location, &link);
    if (FAILED(hr))
        return hr;
    if (target_frame)
        IHlink_SetTargetFrameName(link, target_frame);
    if (!context)
    {
        hr = CreateAsyncBindCtxEx(NULL, 0, NULL, NULL, &own, 0);
        context = own;
    }
    if (SUCCEEDED(hr))
        hr = IHlinkFrame_Navigate(frame, flags, context, callback, link);
    if (own)
        IBindCtx_Release(own);
    IHlink_Release(link);
    return hr;
}

/* The URL with the location as its fragment, malloc. */
static WCHAR *url_with_location(const WCHAR *url, const WCHAR *location)
{
    size_t length = wcslen(url) + (location ? wcslen(location) : 0) + 2;
    WCHAR *text = malloc(length * sizeof(WCHAR));

    if (!text)
        return NULL;
    wcscpy(text, url);
    if (location && *location)
    {
        if (*location != '#')
            wcscat(text, L"#");
        wcscat(text, location);
    }
    return text;
}

/* Only what is a URL, or a file: the shell would take the name of a program as well. */
static HRESULT shell_open(const WCHAR *url, const WCHAR *location)
{
    static HMODULE module; /* it stays */
    execute_function execute;
    WCHAR *text;
    IUri *uri;
    HRESULT hr;

    hr = CreateUri(url, Uri_CREATE_ALLOW_IMPLICIT_FILE_SCHEME | Uri_CREATE_FILE_USE_DOS_PATH, 0,
            &uri);
    if (FAILED(hr))
        return hr;
    IUri_Release(uri);
    if (!module && !(module = LoadLibraryW(L"shell32.dll")))
        return HRESULT_FROM_WIN32(GetLastError());
    execute = (execute_function)(void *)GetProcAddress(module, "ShellExecuteW");
    text = url_with_location(url, location);
    if (!execute || !text)
        hr = execute ? E_OUTOFMEMORY : E_FAIL;
    else if ((INT_PTR)execute(NULL, NULL, text, NULL, NULL, SW_SHOWNORMAL) <= 32)
        hr = HRESULT_FROM_WIN32(GetLastError());
    free(text);
    return FAILED(hr) ? hr : S_OK;
}

/*
 * HlinkSimpleNavigateToMoniker: goes to a target, or, when that is NULL, to a location in the
 * document itself, which only a frame can do. E_INVALIDARG: neither a target nor a frame; errors of
 * the frame and of the shell.
 */
HRESULT WINAPI HlinkSimpleNavigateToMoniker(IMoniker *target, const WCHAR *location,
        const WCHAR *target_frame, IUnknown *object, IBindCtx *context,
        IBindStatusCallback *callback, DWORD flags, DWORD reserved)
{
    IHlinkFrame *frame;
    WCHAR *name = NULL;
    HRESULT hr;

    (void)reserved;
    frame = frame_get(object);
    if (frame)
    {
        hr = frame_navigate(frame, target, location, target_frame, context, callback, flags);
        IHlinkFrame_Release(frame);
        return hr;
    }
    if (!target)
        return E_INVALIDARG;
    hr = IMoniker_GetDisplayName(target, context, NULL, &name);
    if (SUCCEEDED(hr))
        hr = shell_open(name, location);
    CoTaskMemFree(name);
    return hr;
}

/* The moniker of a text: by MkParseDisplayNameEx; a relative URL, which that does not know, is the
 * frame's to complete. */
static HRESULT target_parse(const WCHAR *target, IBindCtx *context, IMoniker **out)
{
    IBindCtx *own = NULL;
    ULONG eaten = 0;
    HRESULT hr = S_OK;

    *out = NULL;
    if (!context)
    {
        hr = CreateBindCtx(0, &own);
        context = own;
    }
    if (SUCCEEDED(hr))
        hr = MkParseDisplayNameEx(context, target, &eaten, out);
    if (own)
        IBindCtx_Release(own);
    if (SUCCEEDED(hr) && *out)
        return S_OK;
    return CreateURLMonikerEx(NULL, target, out, URL_MK_UNIFORM);
}

/* HlinkSimpleNavigateToString: the same; a frame gets a moniker of the text. */
HRESULT WINAPI HlinkSimpleNavigateToString(const WCHAR *target, const WCHAR *location,
        const WCHAR *target_frame, IUnknown *object, IBindCtx *context,
        IBindStatusCallback *callback, DWORD flags, DWORD reserved)
{
    IMoniker *moniker = NULL;
    IHlinkFrame *frame;
    HRESULT hr = S_OK;

    frame = frame_get(object);
    if (!frame)
        return target ? shell_open(target, location) : E_INVALIDARG;
    IHlinkFrame_Release(frame);
    if (target)
        hr = target_parse(target, context, &moniker);
    if (SUCCEEDED(hr))
        hr = HlinkSimpleNavigateToMoniker(moniker, location, target_frame, object, context,
                callback, flags, reserved);
    if (moniker)
        IMoniker_Release(moniker);
    return hr;
}

/* HlinkNavigateString and HlinkNavigateMoniker: with nothing but a target. */
HRESULT WINAPI HlinkNavigateString(IUnknown *object, const WCHAR *target)
{
    return HlinkSimpleNavigateToString(target, NULL, NULL, object, NULL, NULL, 0, 0);
}

HRESULT WINAPI HlinkNavigateMoniker(IUnknown *object, IMoniker *target)
{
    return HlinkSimpleNavigateToMoniker(target, NULL, NULL, object, NULL, NULL, 0, 0);
}

/* Navigates in the browse context of the frame around an object: `which` is HLID_*. */
static HRESULT navigate_history(IUnknown *object, ULONG which, DWORD flags)
{
    IHlinkBrowseContext *browse = NULL;
    IHlinkFrame *frame;
    IBindCtx *context;
    IHlink *link;
    HRESULT hr;

    if (!object)
        return E_INVALIDARG;
    frame = frame_get(object);
    if (!frame)
        return E_NOINTERFACE;
    hr = IHlinkFrame_GetBrowseContext(frame, &browse);
    if (SUCCEEDED(hr))
        hr = IHlinkBrowseContext_GetHlink(browse, which, &link);
    if (SUCCEEDED(hr))
    {
        hr = CreateAsyncBindCtxEx(NULL, 0, NULL, NULL, &context, 0);
        if (SUCCEEDED(hr))
        {
            hr = IHlinkFrame_Navigate(frame, flags, context, NULL, link);
            IBindCtx_Release(context);
        }
        IHlink_Release(link);
    }
    if (browse)
        IHlinkBrowseContext_Release(browse);
    IHlinkFrame_Release(frame);
    return hr;
}

/* HlinkGoBack and HlinkGoForward: E_INVALIDARG; E_NOINTERFACE: the object is in no frame. */
HRESULT WINAPI HlinkGoBack(IUnknown *object)
{
    return navigate_history(object, HLID_PREVIOUS, HLNF_NAVIGATINGBACK);
}

HRESULT WINAPI HlinkGoForward(IUnknown *object)
{
    return navigate_history(object, HLID_NEXT, HLNF_NAVIGATINGFORWARD);
}
