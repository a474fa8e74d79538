/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which zone a URL belongs to. */
#ifndef CONCIERGE_ZONE_MAP_H
#define CONCIERGE_ZONE_MAP_H

#include <windows.h>
#include <urlmon.h>

/* MUTZ_* flags; *zone is a URLZONE_*. S_OK or E_INVALIDARG. */
HRESULT zone_of_uri(IUri *uri, DWORD flags, DWORD *zone);

/* IInternetSecurityManager::SetZoneMapping and GetZoneMappings. */
HRESULT zone_mapping_set(DWORD zone, const WCHAR *pattern, DWORD flags);
HRESULT zone_mappings_enumerate(DWORD zone, IEnumString **out);

#endif
