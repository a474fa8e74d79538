/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GUIDs as text, and the ProgIDs of classes, for the rest of the runtime. */
#ifndef CONCIERGE_GUID_TEXT_H
#define CONCIERGE_GUID_TEXT_H

#include <windows.h>

/* Characters of {00000000-0000-0000-0000-000000000000}, without the end. */
#define GUID_TEXT_LENGTH 38

void guid_to_text(const GUID *guid, WCHAR text[GUID_TEXT_LENGTH + 1]);

/* TRUE if `text` is a GUID in braces and nothing else. Otherwise `guid` has as much of it as could
 * be read. */
BOOL guid_from_text(const WCHAR *text, GUID *guid);

/* The CLSID of a ProgID in the registry. S_OK, CO_E_CLASSSTRING, REGDB_E_READREGDB; GUID_NULL when
 * it fails. */
HRESULT progid_find_in_registry(const WCHAR *progid, CLSID *clsid);

/* The default value of a key of the registered classes (the user's, else the machine's), as text:
 * ERROR_SUCCESS, a Windows error, or ERROR_INVALID_DATA for what is longer than `size` characters
 * or no text. */
LONG classes_read_default(const WCHAR *path, WCHAR *text, DWORD size);

#endif
