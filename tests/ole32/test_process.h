/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a test and its call_server.exe share: a named section and two events. */
#ifndef CONCIERGE_TESTS_OLE32_TEST_PROCESS_H
#define CONCIERGE_TESTS_OLE32_TEST_PROCESS_H

#include <windows.h>

#define TEST_PROCESS_PACKETS 2 /* ITestServer, IRawCall */
#define TEST_PROCESS_PACKET_MAX 2048

struct test_process_section
{
    DWORD size[TEST_PROCESS_PACKETS];
    BYTE data[TEST_PROCESS_PACKETS][TEST_PROCESS_PACKET_MAX]; /* marshalled table-strong */
};

#endif
