/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a proxy must be able to do, wherever its object is. */
#ifndef CONCIERGE_TESTS_CALL_CHECKS_H
#define CONCIERGE_TESTS_CALL_CHECKS_H

#include "test_server.h"

/* So many bytes go to the object and come back. */
void check_echo(ITestServer *server, ULONG size);
/* Calls between the object and one of the caller's apartment, fifty deep. */
void check_nesting(ITestServer *server);

#endif
