/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs that follow from a name: version 5 of RFC 9562, section 5.5 (and of RFC 4122, 4.3). */
#ifndef CONCIERGE_NAME_UUID_H
#define CONCIERGE_NAME_UUID_H

#include <windows.h>

/* Of `length` bytes of a name in the name space `space`. */
void name_uuid(const GUID *space, const void *name, ULONG length, GUID *out);

#endif
