/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Zones and the templates of their policies: page "About URL Security Zone Templates". */
#ifndef CONCIERGE_ZONE_TEMPLATE_H
#define CONCIERGE_ZONE_TEMPLATE_H

#include <windows.h>
#include <urlmon.h>

/* Gives a zone the policies of a template (URLTEMPLATE_*), and its name as current level; with
 * `only_insecure` those that are less secure than the template's. S_OK; E_INVALIDARG: no such zone
 * or template. */
HRESULT zone_template_copy(DWORD template, DWORD zone, BOOL only_insecure);

/* Whether the zone has exactly the policies of the template. */
BOOL zone_template_matches(DWORD template, DWORD zone);

/* Whether one of the zone's policies allows more than the template's. */
BOOL zone_template_is_undercut(DWORD template, DWORD zone);

#endif
