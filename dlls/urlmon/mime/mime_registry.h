/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the registry says of media types and the extensions of names. */
#ifndef CONCIERGE_MIME_REGISTRY_H
#define CONCIERGE_MIME_REGISTRY_H

#include <windows.h>

/* The extension of a file's name, or of the path of a URL, with its dot, in `extension`. FALSE:
 * none, or a longer one than MIME_MAX_EXTENSION characters. */
#define MIME_MAX_EXTENSION 64
BOOL mime_extension(const WCHAR *url, BOOL is_file_name, WCHAR extension[MIME_MAX_EXTENSION + 1]);

/* The media type of a name by its extension (malloc), or NULL. *has_application: there is a class
 * or a program for such files. */
WCHAR *mime_registry_by_name(const WCHAR *url, BOOL is_file_name, BOOL *has_application);

/* The class for a media type: HKEY_CLASSES_ROOT\MIME\Database\Content Type\<mime>\CLSID. */
HRESULT mime_registry_class(const WCHAR *mime, CLSID *clsid);

/* The class for files with an extension. MK_E_INVALIDEXTENSION: none. */
HRESULT mime_registry_extension_class(const WCHAR *extension, CLSID *clsid);

/* The class whose pattern under HKEY_CLASSES_ROOT\FileType the data have. S_FALSE: none. */
HRESULT mime_registry_pattern_class(const BYTE *data, DWORD size, CLSID *clsid);

#endif
