/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The URL security zones as they are set up. */
#ifndef CONCIERGE_ZONE_DEFAULTS_H
#define CONCIERGE_ZONE_DEFAULTS_H

#include <windows.h>

/* Below HKEY_LOCAL_MACHINE and HKEY_CURRENT_USER: the five zones, their policies and the zone map.
 * A zone that exists is left as it is. S_OK, SELFREG_E_CLASS. */
HRESULT zone_defaults_register(void);

/* The policies of a template (URLTEMPLATE_*), one by one: S_OK; S_FALSE: no more; E_INVALIDARG: no
 * such template. Page "About URL Security Zone Templates" (platform-apis/ms537186). */
HRESULT zone_template_policy(DWORD template, unsigned int index, DWORD *action, DWORD *policy);

#endif
