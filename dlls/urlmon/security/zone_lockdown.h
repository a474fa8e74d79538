/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Zones that are locked down. */
#ifndef CONCIERGE_ZONE_LOCKDOWN_H
#define CONCIERGE_ZONE_LOCKDOWN_H

#include <windows.h>
#include <urlmon.h>

/* Whether the policies of a Uri of this zone are those of the locked-down zone of the same number;
 * `flags`: PUAF_*. */
BOOL zone_is_locked(IUri *uri, DWORD zone, DWORD flags);

#endif
