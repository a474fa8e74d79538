/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exported, and not there yet. */
#include "not_implemented.h"

#include <urlmon.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wattributes"

/* No public header declares these. */
UNDOCUMENTED(CAuthenticateHostUI_CreateInstance, 3)
UNDOCUMENTED(CDLGetLongPathNameA, 3)
UNDOCUMENTED(CDLGetLongPathNameW, 3)
UNDOCUMENTED(CORPolicyProvider, 1)
UNDOCUMENTED(CoInternetFeatureSettingsChanged, 1)
UNDOCUMENTED(CoInternetGetMobileBrowserAppCompatMode, 1)
UNDOCUMENTED(CoInternetGetMobileBrowserForceDesktopMode, 1)
UNDOCUMENTED(CoInternetSetMobileBrowserAppCompatMode, 1)
UNDOCUMENTED(CoInternetSetMobileBrowserForceDesktopMode, 1)
UNDOCUMENTED(Extract, 2)
UNDOCUMENTED(FileBearsMarkOfTheWeb, 2)
UNDOCUMENTED(GetAddSitesFileUrl, 1)
UNDOCUMENTED(GetLabelsFromNamedHost, 5)
UNDOCUMENTED(GetMarkOfTheWeb, 4)
UNDOCUMENTED(GetZoneFromAlternateDataStreamEx, 2)
UNDOCUMENTED(IECompatLogCSSFix, 3)
UNDOCUMENTED(IEDllLoader, 2)
UNDOCUMENTED(IEGetUserPrivateNamespaceName, 0)
#ifdef _WIN64
UNDOCUMENTED(InstallFlash, 0)
#endif
UNDOCUMENTED(IsIntranetAvailable, 0)
UNDOCUMENTED(IsJITInProgress, 0)
UNDOCUMENTED(PrivateCoInstall, 5)
UNDOCUMENTED(QueryAssociations, 4)
UNDOCUMENTED(QueryClsidAssociation, 3)
UNDOCUMENTED(RegisterWebPlatformPermanentSecurityManager, 1)
UNDOCUMENTED(ResetUrlmonLanguageData, 0)
UNDOCUMENTED(RestrictHTTP2, 1)
UNDOCUMENTED(ShouldShowIntranetWarningSecband, 1)
UNDOCUMENTED(ShowTrustAlertDialog, 4)
UNDOCUMENTED(UnregisterWebPlatformPermanentSecurityManager, 0)
UNDOCUMENTED(UrlMkBuildVersion, 0)
UNDOCUMENTED(ZonesReInit, 1)
