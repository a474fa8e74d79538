/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the test and its other process share: a section of this name, events of NAME-ready and
 * NAME-stop. */
#ifndef CONCIERGE_TESTS_PROXY_SERVER_H
#define CONCIERGE_TESTS_PROXY_SERVER_H

#include "mock.h"

struct proxy_server_section
{
    struct mock_control control;
    ULONG size;
    BYTE packet[512]; /* a table-strong one, of the class factory */
};

#endif
