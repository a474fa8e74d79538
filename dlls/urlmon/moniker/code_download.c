/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Classes whose code a URL names. What is installed is used; nothing is ever fetched and installed
 * from a URL here: that is declined, as a user may decline it. Page "CoGetClassObjectFromURL
 * function".
 */
#include "mime_registry.h"
#include "trace.h"
#include "urlmon_module.h"

HRESULT WINAPI AsyncGetClassBits(REFCLSID clsid, const WCHAR *type, const WCHAR *extension,
        DWORD version_ms, DWORD version_ls, const WCHAR *url, IBindCtx *context,
        DWORD class_context, void *reserved, REFIID iid, DWORD flags);

/* The class meant: the one given, else that of the media type. */
static HRESULT class_of(REFCLSID clsid, const WCHAR *type, CLSID *out)
{
    if (clsid && !IsEqualCLSID(clsid, &CLSID_NULL))
    {
        *out = *clsid;
        return S_OK;
    }
    *out = CLSID_NULL;
    return type ? mime_registry_class(type, out) : E_INVALIDARG;
}

static HRESULT not_installed(const WCHAR *url)
{
    if (!url)
        return REGDB_E_CLASSNOTREG;
    trace("code download: declined");
    return INET_E_CODE_DOWNLOAD_DECLINED;
}

/*
 * CoGetClassObjectFromURL: the class object of a class, or of the class for a media type, if it is
 * installed. REGDB_E_CLASSNOTREG: it is not; INET_E_CODE_DOWNLOAD_DECLINED: it is not, and the code
 * is not fetched from the URL; E_INVALIDARG; errors of CoGetClassObject.
 */
HRESULT WINAPI CoGetClassObjectFromURL(REFCLSID clsid, const WCHAR *url, DWORD version_ms,
        DWORD version_ls, const WCHAR *type, IBindCtx *context, DWORD class_context, void *reserved,
        REFIID iid, void **out)
{
    CLSID class;
    HRESULT hr;

    (void)version_ms;
    (void)version_ls;
    (void)context;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (reserved || !iid)
        return E_INVALIDARG;
    hr = class_of(clsid, type, &class);
    if (SUCCEEDED(hr))
        hr = CoGetClassObject(&class, class_context, NULL, iid, out);
    return hr == REGDB_E_CLASSNOTREG ? not_installed(url) : hr;
}

/* AsyncGetClassBits: S_OK when the class has a key in the registry, else as above. No page. */
HRESULT WINAPI AsyncGetClassBits(REFCLSID clsid, const WCHAR *type, const WCHAR *extension,
        DWORD version_ms, DWORD version_ls, const WCHAR *url, IBindCtx *context,
        DWORD class_context, void *reserved, REFIID iid, DWORD flags)
{
    CLSID class;
    WCHAR name[64] = L"CLSID\\";
    HKEY key;
    HRESULT hr;

    (void)extension;
    (void)version_ms;
    (void)version_ls;
    (void)context;
    (void)class_context;
    (void)reserved;
    (void)iid;
    (void)flags;
    hr = class_of(clsid, type, &class);
    if (FAILED(hr))
        return hr == REGDB_E_CLASSNOTREG ? not_installed(url) : hr;
    StringFromGUID2(&class, name + 6, ARRAYSIZE(name) - 6);
    if (RegOpenKeyExW(HKEY_CLASSES_ROOT, name, 0, KEY_READ, &key))
        return not_installed(url);
    RegCloseKey(key);
    return S_OK;
}
