/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a file: URI to the path of the file. */
#ifndef CONCIERGE_FILE_PATH_H
#define CONCIERGE_FILE_PATH_H

#include <urlmon.h>

/* The path, by malloc: a drive's or a network path, its escapes decoded (UTF-8, else the ANSI code
 * page). INET_E_INVALID_URL: no path, a zero inside, or the name space of devices. E_OUTOFMEMORY.
 */
HRESULT file_path_from_uri(IUri *uri, WCHAR **out);

#endif
