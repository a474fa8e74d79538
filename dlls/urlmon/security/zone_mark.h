/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mark of a file that came from elsewhere, in its stream Zone.Identifier: [MS-FSCC] 5.6.1,
 * "IZoneIdentifier2 interface" (mt243886):
 *
 *     [ZoneTransfer]
 *     ZoneId=3
 *     LastWriterPackageFamilyName=Microsoft.Office.OneNote_8wekyb3d8bbwe
 *     AppDefinedZoneId=0
 */
#ifndef CONCIERGE_ZONE_MARK_H
#define CONCIERGE_ZONE_MARK_H

#include <windows.h>

struct zone_mark
{
    DWORD zone;     /* URLZONE_INVALID: none */
    DWORD app_zone; /* AppDefinedZoneId; the same */
    WCHAR *writer;  /* LastWriterPackageFamilyName, or NULL */
    WCHAR *rest;    /* lines of others in that section (HostUrl, ...), or NULL */
};

/* A mark that says nothing. */
void zone_mark_init(struct zone_mark *mark);
void zone_mark_free(struct zone_mark *mark);

/* That of a file; what is no zone is left out. S_OK; HRESULT_FROM_WIN32: ERROR_FILE_NOT_FOUND
 * (there is no file or no mark), ERROR_BAD_FORMAT (it is too long, or no text), others;
 * E_OUTOFMEMORY. *mark says nothing then. */
HRESULT zone_mark_read(const WCHAR *file, struct zone_mark *mark);

/* Writes it; one that says nothing takes the stream away. S_OK, HRESULT_FROM_WIN32, E_OUTOFMEMORY.
 */
HRESULT zone_mark_write(const WCHAR *file, const struct zone_mark *mark);

#endif
