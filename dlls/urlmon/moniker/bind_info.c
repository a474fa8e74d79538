/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BINDINFO: what a client says about a binding. Pages "BINDINFO structure", "CopyBindInfo
 * function", "ReleaseBindInfo function". The structure has grown over time: cbSize says how much of
 * it its owner has.
 */
#include "com_object.h"
#include "urlmon_module.h"

/* Whether a BINDINFO of that size has the member. */
#define BIND_INFO_HAS(info, member)                                                                \
    ((info)->cbSize >= offsetof(BINDINFO, member) + sizeof((info)->member))

static HRESULT text_copy(const WCHAR *text, WCHAR **out)
{
    size_t size;

    *out = NULL;
    if (!text)
        return S_OK;
    size = (wcslen(text) + 1) * sizeof(WCHAR);
    *out = CoTaskMemAlloc(size);
    if (!*out)
        return E_OUTOFMEMORY;
    memcpy(*out, text, size);
    return S_OK;
}

/*
 * ReleaseBindInfo: frees what a BINDINFO has: its texts, the medium with the data to send, the
 * object. Everything but cbSize is zero afterwards. NULL and a structure without size are let be.
 */
void WINAPI ReleaseBindInfo(BINDINFO *info)
{
    ULONG size;

    if (!info || info->cbSize < sizeof(info->cbSize))
        return;
    if (BIND_INFO_HAS(info, szExtraInfo))
        CoTaskMemFree(info->szExtraInfo);
    if (BIND_INFO_HAS(info, stgmedData))
        ReleaseStgMedium(&info->stgmedData);
    if (BIND_INFO_HAS(info, szCustomVerb))
        CoTaskMemFree(info->szCustomVerb);
    if (BIND_INFO_HAS(info, pUnk) && info->pUnk)
        IUnknown_Release(info->pUnk);
    size = info->cbSize;
    memset(info, 0, min(size, sizeof(*info)));
    info->cbSize = size;
}

/*
 * CopyBindInfo: copies what both structures have room for; target->cbSize, which the caller sets,
 * stays, and what the source has not is zero. Texts and the medium are duplicated, the object gets
 * one more reference; the security descriptor stays with the source. E_POINTER, E_INVALIDARG,
 * E_OUTOFMEMORY or DV_E_TYMED: then *target is empty.
 */
HRESULT WINAPI CopyBindInfo(const BINDINFO *source, BINDINFO *target)
{
    BINDINFO from, to;
    ULONG size;
    HRESULT hr = S_OK;

    if (!source || !target)
        return E_POINTER;
    if (source == target || source->cbSize < sizeof(source->cbSize)
            || target->cbSize < sizeof(target->cbSize))
        return E_INVALIDARG;
    size = min(target->cbSize, sizeof(to));
    memset(&from, 0, sizeof(from));
    memcpy(&from, source, min(source->cbSize, sizeof(from)));
    from.cbSize = min(min(source->cbSize, target->cbSize), sizeof(from));
    to = from;
    to.szExtraInfo = NULL;
    memset(&to.stgmedData, 0, sizeof(to.stgmedData));
    to.szCustomVerb = NULL;
    to.pUnk = NULL;
    to.dwReserved = 0;
    to.securityAttributes.lpSecurityDescriptor = NULL;
    if (BIND_INFO_HAS(&from, szExtraInfo))
        hr = text_copy(from.szExtraInfo, &to.szExtraInfo);
    if (SUCCEEDED(hr) && BIND_INFO_HAS(&from, stgmedData))
        hr = CopyStgMedium(&from.stgmedData, &to.stgmedData);
    if (SUCCEEDED(hr) && BIND_INFO_HAS(&from, szCustomVerb))
        hr = text_copy(from.szCustomVerb, &to.szCustomVerb);
    if (SUCCEEDED(hr) && BIND_INFO_HAS(&from, pUnk) && from.pUnk)
    {
        to.pUnk = from.pUnk;
        IUnknown_AddRef(to.pUnk);
    }
    if (FAILED(hr))
    {
        to.cbSize = sizeof(to);
        ReleaseBindInfo(&to);
    }
    to.cbSize = target->cbSize;
    memcpy(target, &to, size);
    return hr;
}
