/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exported, and not there yet. */
#include "not_implemented.h"

#include "urlmon_module.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"

HRESULT WINAPI CoGetClassObjectFromURL(const IID *const rCLASSID, LPCWSTR szCODE,
        DWORD dwFileVersionMS, DWORD dwFileVersionLS, LPCWSTR szTYPE, LPBINDCTX pBindCtx,
        DWORD dwClsContext, LPVOID pvReserved, const IID *const riid, LPVOID *ppv)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CopyBindInfo(const BINDINFO *pcbiSrc, BINDINFO *pbiDest)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CopyStgMedium(const STGMEDIUM *pcstgmedSrc, STGMEDIUM *pstgmedDest)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CreateAsyncBindCtx(DWORD reserved, IBindStatusCallback *pBSCb,
        IEnumFORMATETC *pEFetc, IBindCtx **ppBC)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CreateAsyncBindCtxEx(IBindCtx *pbc, DWORD dwOptions, IBindStatusCallback *pBSCb,
        IEnumFORMATETC *pEnum, IBindCtx **ppBC, DWORD reserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CreateURLMoniker(LPMONIKER pMkCtx, LPCWSTR szURL, LPMONIKER *ppmk)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CreateURLMonikerEx(LPMONIKER pMkCtx, LPCWSTR szURL, LPMONIKER *ppmk, DWORD dwFlags)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI CreateURLMonikerEx2(LPMONIKER pMkCtx, IUri *pUri, LPMONIKER *ppmk, DWORD dwFlags)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI HlinkGoBack(IUnknown *pUnk)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI HlinkGoForward(IUnknown *pUnk)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI HlinkNavigateMoniker(IUnknown *pUnk, IMoniker *pmkTarget)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI HlinkNavigateString(IUnknown *pUnk, LPCWSTR szTarget)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI HlinkSimpleNavigateToMoniker(IMoniker *pmkTarget, LPCWSTR szLocation,
        LPCWSTR szTargetFrameName, IUnknown *pUnk, IBindCtx *pbc, IBindStatusCallback *f,
        DWORD grfHLNF, DWORD dwReserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI HlinkSimpleNavigateToString(LPCWSTR szTarget, LPCWSTR szLocation,
        LPCWSTR szTargetFrameName, IUnknown *pUnk, IBindCtx *pbc, IBindStatusCallback *f,
        DWORD grfHLNF, DWORD dwReserved)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI IsAsyncMoniker(IMoniker *pmk)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI MkParseDisplayNameEx(IBindCtx *pbc, LPCWSTR szDisplayName, ULONG *pchEaten,
        LPMONIKER *ppmk)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI RegisterBindStatusCallback(LPBC pBC, IBindStatusCallback *pBSCb,
        IBindStatusCallback **ppBSCBPrev, DWORD dwReserved)
{
    return NOT_IMPLEMENTED();
}

void WINAPI ReleaseBindInfo(BINDINFO *pbindinfo)
{
    NOT_IMPLEMENTED();
}

HRESULT WINAPI RevokeBindStatusCallback(LPBC pBC, IBindStatusCallback *pBSCb)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI URLDownloadToCacheFileA(LPUNKNOWN a, LPCSTR b, LPSTR c, DWORD d, DWORD e,
        LPBINDSTATUSCALLBACK f)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI URLDownloadToCacheFileW(LPUNKNOWN a, LPCWSTR b, LPWSTR c, DWORD d, DWORD e,
        LPBINDSTATUSCALLBACK f)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI URLDownloadToFileA(LPUNKNOWN a, LPCSTR b, LPCSTR c, DWORD d, LPBINDSTATUSCALLBACK e)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI URLDownloadToFileW(LPUNKNOWN a, LPCWSTR b, LPCWSTR c, DWORD d,
        LPBINDSTATUSCALLBACK e)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI URLOpenBlockingStreamA(LPUNKNOWN a, LPCSTR b, LPSTREAM *c, DWORD d,
        LPBINDSTATUSCALLBACK e)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI URLOpenBlockingStreamW(LPUNKNOWN a, LPCWSTR b, LPSTREAM *c, DWORD d,
        LPBINDSTATUSCALLBACK e)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI URLOpenPullStreamA(LPUNKNOWN a, LPCSTR b, DWORD c, LPBINDSTATUSCALLBACK d)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI URLOpenPullStreamW(LPUNKNOWN a, LPCWSTR b, DWORD c, LPBINDSTATUSCALLBACK d)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI URLOpenStreamA(LPUNKNOWN a, LPCSTR b, DWORD c, LPBINDSTATUSCALLBACK d)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI URLOpenStreamW(LPUNKNOWN a, LPCWSTR b, DWORD c, LPBINDSTATUSCALLBACK d)
{
    return NOT_IMPLEMENTED();
}

/* No public header declares these. */
UNDOCUMENTED(AsyncGetClassBits, 11)
UNDOCUMENTED(BindAsyncMoniker, 5)
UNDOCUMENTED(GetUrlmonThreadNotificationHwnd, 0)
UNDOCUMENTED(URLDownloadA, 5)
UNDOCUMENTED(URLDownloadW, 5)
UNDOCUMENTED(UrlmonCleanupCurrentThread, 0)

HRESULT url_moniker_create(IUnknown *outer, REFIID iid, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}
