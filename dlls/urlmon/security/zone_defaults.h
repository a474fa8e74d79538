/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The URL security zones as they are set up. */
#ifndef CONCIERGE_ZONE_DEFAULTS_H
#define CONCIERGE_ZONE_DEFAULTS_H

#include <windows.h>

/* Below HKEY_LOCAL_MACHINE and HKEY_CURRENT_USER: the five zones, their policies and the zone map.
 * A zone that exists is left as it is. S_OK, SELFREG_E_CLASS. */
HRESULT zone_defaults_register(void);

#endif
