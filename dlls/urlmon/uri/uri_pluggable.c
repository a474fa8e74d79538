/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uri_pluggable.h"
#include "session.h"

HRESULT uri_protocol_info(const WCHAR *url, IInternetProtocolInfo **out)
{
    HRESULT hr;

    *out = NULL;
    hr = session_protocol_info(url, out);
    return hr == S_OK && *out ? S_OK : S_FALSE;
}
