/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What reads the zone map and what changes it share. */
#ifndef CONCIERGE_ZONE_MAP_IMPL_H
#define CONCIERGE_ZONE_MAP_IMPL_H

#include "zone_registry.h"

#define ZONE_MAP INTERNET_SETTINGS L"ZoneMap\\"
#define ZONE_DOMAINS(hardened) ((hardened) ? ZONE_MAP L"EscDomains" : ZONE_MAP L"Domains")
#define ZONE_RANGES(hardened) ((hardened) ? ZONE_MAP L"EscRanges" : ZONE_MAP L"Ranges")

#define ZONE_HOST_MAX 256
#define ZONE_KEY_MAX (sizeof(ZONE_MAP L"EscDomains") / sizeof(WCHAR) + 2 * ZONE_HOST_MAX + 2)

/* A host as the map has it: in lower case and Punycode, without a last dot; an IPv4 address,
 * however it is spelled, of four numbers, an IPv6 address in its short form in brackets. FALSE: too
 * long. */
BOOL zone_host_normalize(const WCHAR *host, size_t length, WCHAR out[ZONE_HOST_MAX],
        BOOL *is_address);

#endif
