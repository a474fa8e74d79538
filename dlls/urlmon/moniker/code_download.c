/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Classes whose code a URL names. What is installed is used; nothing is ever fetched and installed
 * from a URL here: that is declined, as a user may decline it. Page "CoGetClassObjectFromURL
 * function". So there are no distribution units, whose channels Internet Explorer 7 has dropped
 * (page "ISoftDistExt interface").
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

static BOOL is_registered(REFCLSID clsid)
{
    WCHAR name[64] = L"CLSID\\";
    HKEY key;

    StringFromGUID2(clsid, name + 6, ARRAYSIZE(name) - 6);
    if (RegOpenKeyExW(HKEY_CLASSES_ROOT, name, 0, KEY_READ, &key))
        return FALSE;
    RegCloseKey(key);
    return TRUE;
}

/* AsyncGetClassBits: S_OK when the class has a key in the registry, else as above. No page. */
HRESULT WINAPI AsyncGetClassBits(REFCLSID clsid, const WCHAR *type, const WCHAR *extension,
        DWORD version_ms, DWORD version_ls, const WCHAR *url, IBindCtx *context,
        DWORD class_context, void *reserved, REFIID iid, DWORD flags)
{
    CLSID class;
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
    return is_registered(&class) ? S_OK : not_installed(url);
}

/* objbase.h takes CoInstall for ole32's. */
#pragma GCC diagnostic ignored "-Wattributes"

/*
 * CoInstall: S_OK when the class is registered; E_INVALIDARG: a reserved parameter is set, or one
 * is missing; CS_E_PACKAGE_NOTFOUND: the specification is not of a CLSID, or nothing is known of
 * the class: there is no store of packages. Page "CoInstall function" (objbase.h).
 */
HRESULT WINAPI CoInstall(IBindCtx *context, DWORD flags, uCLSSPEC *spec, QUERYCONTEXT *query,
        WCHAR *code_base)
{
    if (context || flags || !spec || !query || code_base)
        return E_INVALIDARG;
    if (spec->tyspec != TYSPEC_CLSID || !is_registered(&spec->tagged_union.clsid))
        return CS_E_PACKAGE_NOTFOUND;
    return S_OK;
}

/*
 * AsyncInstallDistributionUnit: INET_E_CODE_DOWNLOAD_DECLINED; REGDB_E_CLASSNOTREG without URL;
 * E_INVALIDARG: nothing says what is meant. Page "ISoftDistExt::AsyncInstallDistributionUnit
 * method".
 */
HRESULT WINAPI AsyncInstallDistributionUnit(const WCHAR *unit, const WCHAR *type,
        const WCHAR *extension, DWORD version_ms, DWORD version_ls, const WCHAR *url,
        IBindCtx *context, void *reserved, DWORD flags)
{
    (void)version_ms;
    (void)version_ls;
    (void)context;
    (void)reserved;
    (void)flags;
    return unit || type || extension ? not_installed(url) : E_INVALIDARG;
}

/*
 * GetSoftwareUpdateInfo: what is known of the updates of a distribution unit: nothing, since none
 * is ever installed. HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), and the structure is cleared but for
 * its size; E_INVALIDARG. Page "SOFTDISTINFO structure" (urlmon.h).
 */
HRESULT WINAPI GetSoftwareUpdateInfo(const WCHAR *unit, SOFTDISTINFO *info)
{
    if (!unit || !info || info->cbSize != sizeof(*info))
        return E_INVALIDARG;
    memset(info, 0, sizeof(*info));
    info->cbSize = sizeof(*info);
    return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
}

/* SetSoftwareUpdateAdvertisementState: notes what the user has been told of a unit's update, a
 * SOFTDIST_ADSTATE_. E_INVALIDARG; HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND): there is no such unit,
 * as above. */
HRESULT WINAPI SetSoftwareUpdateAdvertisementState(const WCHAR *unit, DWORD state, DWORD version_ms,
        DWORD version_ls)
{
    (void)version_ms;
    (void)version_ls;
    if (!unit || state > SOFTDIST_ADSTATE_INSTALLED)
        return E_INVALIDARG;
    return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
}
