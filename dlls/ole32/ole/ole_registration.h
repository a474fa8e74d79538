/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What HKEY_CLASSES_ROOT\CLSID\{clsid} has about the objects of a class. */
#ifndef CONCIERGE_OLE_REGISTRATION_H
#define CONCIERGE_OLE_REGISTRATION_H

#include <windows.h>
#include <objbase.h>

/* Opens CLSID\{clsid}<subkey> with these rights. A system error code. */
LONG ole_class_key_open(REFCLSID clsid, const WCHAR *subkey, REGSAM rights, HKEY *key);

/* Its default value, malloc; NULL when there is none. */
WCHAR *ole_class_string(REFCLSID clsid, const WCHAR *subkey);

/* S_OK, REGDB_E_CLASSNOTREG, REGDB_E_READREGDB. */
HRESULT ole_class_must_exist(REFCLSID clsid);

#endif
