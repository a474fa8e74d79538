/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IInternetProtocolInfo of this DLL's protocols: their class objects have it. */
#ifndef CONCIERGE_PROTOCOL_INFO_H
#define CONCIERGE_PROTOCOL_INFO_H

#include <urlmon.h>

/* S_OK with *out when the class is one of this DLL's protocols; else E_NOINTERFACE. */
HRESULT protocol_info_get(REFCLSID clsid, void **out);

#endif
