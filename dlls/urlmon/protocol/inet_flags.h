/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* BINDINFO.dwOptionsFlags: "Additional Win32 Internet API flags. Must also set
 * BINDINFO_OPTIONS_WININETFLAG in dwOptions." Page "BINDINFO structure" (platform-apis/ms774966).
 */
#ifndef CONCIERGE_INET_FLAGS_H
#define CONCIERGE_INET_FLAGS_H

#include "inet_protocol.h"

/* Those of the client, INTERNET_FLAG_*; 0: none. */
DWORD inet_flags_of_client(const struct inet_protocol *protocol);

/* Adds to the protocol's flags what the client's mean: they are bindings' flags by another name. */
void inet_flags_add(struct inet_protocol *protocol);

#endif
