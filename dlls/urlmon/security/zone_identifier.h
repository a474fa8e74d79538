/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Persistent Zone Identifier object; what MinGW-w64's urlmon.h lacks of it: "IZoneIdentifier2
 * interface" (platform-apis/mt243886). */
#ifndef CONCIERGE_ZONE_IDENTIFIER_H
#define CONCIERGE_ZONE_IDENTIFIER_H

#include <windows.h>
#include <urlmon.h>

typedef struct IZoneIdentifier2 IZoneIdentifier2;

struct IZoneIdentifier2Vtbl
{
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IZoneIdentifier2 *iface, REFIID iid, void **out);
    ULONG(STDMETHODCALLTYPE *AddRef)(IZoneIdentifier2 *iface);
    ULONG(STDMETHODCALLTYPE *Release)(IZoneIdentifier2 *iface);
    HRESULT(STDMETHODCALLTYPE *GetId)(IZoneIdentifier2 *iface, DWORD *zone);
    HRESULT(STDMETHODCALLTYPE *SetId)(IZoneIdentifier2 *iface, DWORD zone);
    HRESULT(STDMETHODCALLTYPE *Remove)(IZoneIdentifier2 *iface);
    HRESULT(STDMETHODCALLTYPE *GetLastWriterPackageFamilyName)
    (IZoneIdentifier2 *iface, LPWSTR *name);
    HRESULT(STDMETHODCALLTYPE *SetLastWriterPackageFamilyName)
    (IZoneIdentifier2 *iface, LPCWSTR name);
    HRESULT(STDMETHODCALLTYPE *RemoveLastWriterPackageFamilyName)(IZoneIdentifier2 *iface);
    HRESULT(STDMETHODCALLTYPE *GetAppDefinedZoneId)(IZoneIdentifier2 *iface, DWORD *zone);
    HRESULT(STDMETHODCALLTYPE *SetAppDefinedZoneId)(IZoneIdentifier2 *iface, DWORD zone);
    HRESULT(STDMETHODCALLTYPE *RemoveAppDefinedZoneId)(IZoneIdentifier2 *iface);
};

struct IZoneIdentifier2
{
    const struct IZoneIdentifier2Vtbl *lpVtbl;
};

static const IID zone_identifier2_iid = {0xeb5e760c, 0x09ef, 0x45c0,
        {0xb5, 0x10, 0x70, 0x83, 0x0c, 0xe3, 0x1e, 0x6a}};

/* CLSID_PersistentZoneIdentifier, which the headers declare and no library of MinGW-w64 has. */
static const CLSID zone_identifier_class = {0x0968e258, 0x16c7, 0x4dba,
        {0xaa, 0x86, 0x46, 0x2d, 0xd6, 0x1e, 0x31, 0xa3}};

#endif
