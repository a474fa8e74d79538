/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which classes may unmarshal what comes in a custom OBJREF. */
#ifndef CONCIERGE_UNMARSHAL_POLICY_H
#define CONCIERGE_UNMARSHAL_POLICY_H

#include <windows.h>

/* S_OK; E_ACCESSDENIED: the process's policy (IGlobalOptions' COMGLB_UNMARSHALING_POLICY,
 * CoInitializeSecurity's EOAC_NO_CUSTOM_MARSHAL) forbids it. Any thread. */
HRESULT unmarshal_policy_check(REFCLSID clsid);

#endif
