/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a protocol's IInternetProtocolInfo goes before what the generic functions do. */
#ifndef CONCIERGE_URI_PLUGGABLE_H
#define CONCIERGE_URI_PLUGGABLE_H

#include <windows.h>
#include <urlmon.h>

/* The IInternetProtocolInfo of the URL's scheme. S_FALSE: it has none. */
HRESULT uri_protocol_info(const WCHAR *url, IInternetProtocolInfo **out);

#endif
