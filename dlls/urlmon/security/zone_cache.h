/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the registry says about zones, remembered until it changes: "URL Security Zones Registry
 * Entries". The keys are watched (RegNotifyChangeKeyValue), so that whatever was written before
 * zone_cache_refresh, by whomever, is seen after it.
 */
#ifndef CONCIERGE_ZONE_CACHE_H
#define CONCIERGE_ZONE_CACHE_H

#include <windows.h>

#define ZONE_CACHE_KEY_MAX 256   /* characters of a key's name with its zero: none has more */
#define ZONE_CACHE_RANGE_MAX 256 /* of a range; longer ones are none */

/* Forgets everything if something has changed; costs one entry into the system's server if nothing
 * has. To be called once for each question; the functions below then do not look whether anything
 * has changed since. */
void zone_cache_refresh(void);

/* A REG_DWORD. ERROR_SUCCESS; ERROR_PATH_NOT_FOUND: there is no such key; another error: no such
 * value, or of another type. */
LSTATUS zone_cache_number(HKEY root, const WCHAR *path, const WCHAR *name, DWORD *value);

/* Whether there may be a key `name` (of one level) below `path`. */
BOOL zone_cache_has_key(HKEY root, const WCHAR *path, const WCHAR *name);

/* The name of the key number `index` below `path`, and its text ":Range": empty if it has none.
 * FALSE: there are not that many. */
BOOL zone_cache_range(HKEY root, const WCHAR *path, DWORD index, WCHAR key[ZONE_CACHE_KEY_MAX],
        WCHAR range[ZONE_CACHE_RANGE_MAX]);

/* When the module is unloaded. */
void zone_cache_module_detach(void);

#endif
