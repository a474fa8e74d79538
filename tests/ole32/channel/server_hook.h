/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two channel hooks of the server's process, each of which answers with what it was sent, turned
 * round: the first has SERVER_HOOK_FIRST as its GUID, the second SERVER_HOOK_SECOND. */
#ifndef CONCIERGE_TESTS_SERVER_HOOK_H
#define CONCIERGE_TESTS_SERVER_HOOK_H

#include <windows.h>

extern const GUID SERVER_HOOK_FIRST, SERVER_HOOK_SECOND;

void server_hook_register(void);

#endif
