/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a class has to say before it may be activated by an elevation moniker. */
#ifndef CONCIERGE_CLASS_ELEVATION_H
#define CONCIERGE_CLASS_ELEVATION_H

#include <windows.h>
#include <objbase.h>

/* Page "The COM Elevation Moniker", its requirements: a server that runs as who starts it, a name
 * to show, and Elevation\Enabled, these two in the machine's half of the registry. `context`: the
 * CLSCTX_ACTIVATE_... flags count. S_OK; REGDB_E_CLASSNOTREG; CO_E_RUNAS_VALUE_MUST_BE_AAA;
 * CO_E_MISSING_DISPLAYNAME; CO_E_ELEVATION_DISABLED; the errors of RegLoadMUIString. */
HRESULT class_elevation_check(REFCLSID clsid, DWORD context);

#endif
