/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exported, and not there yet. */
#include "not_implemented.h"

#include <urlmon.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"

/* No public header declares these. */
UNDOCUMENTED(CoInternetCanonicalizeIUri, 3)
UNDOCUMENTED(CreateUriPriv, 8)
UNDOCUMENTED(GetIDNFlagsForUri, 1)
UNDOCUMENTED(GetIUriPriv, 2)
UNDOCUMENTED(GetIUriPriv2, 2)
UNDOCUMENTED(GetPortFromUrlScheme, 2)
UNDOCUMENTED(GetPropertyFromName, 2)
UNDOCUMENTED(GetPropertyName, 1)
UNDOCUMENTED(IntlPercentEncodeNormalize, 4)
UNDOCUMENTED(IsDWORDProperty, 1)
UNDOCUMENTED(IsStringProperty, 1)
UNDOCUMENTED(ShouldDisplayPunycodeForUri, 1)
