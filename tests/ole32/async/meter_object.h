/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CONCIERGE_METER_OBJECT_H
#define CONCIERGE_METER_OBJECT_H

#include "meter.h"

/* An object with both interfaces of meter.idl and call objects for both, which signal at once and
 * later, by turns. One reference. */
HRESULT meter_create(IScaledMeter **out);

/* Objects and call objects that are left. */
LONG meter_count(void);

/* Registers the proxies in this process, which is in an apartment, and the pairs of IIDs. */
void meter_register(void);

#endif
