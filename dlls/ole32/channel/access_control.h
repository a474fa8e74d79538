/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class DCOMAccessControl, {0000031D-0000-0000-C000-000000000046}: IAccessControl for
 * CoInitializeSecurity. */
#ifndef CONCIERGE_ACCESS_CONTROL_H
#define CONCIERGE_ACCESS_CONTROL_H

#include <windows.h>
#include <objbase.h>

/* As IClassFactory::CreateInstance. */
HRESULT access_control_create(IUnknown *outer, REFIID iid, void **out);

#endif
