/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A DLL with classes of the Windows Runtime, for tests: every name is a class, but "….None";
 * the objects of "….Plain" are not agile. */
#ifndef CONCIERGE_TESTS_RUNTIME_SERVER_H
#define CONCIERGE_TESTS_RUNTIME_SERVER_H

#include <windows.h>

struct runtime_server_look
{
    LONG objects;         /* alive, with factories */
    LONG factories;       /* asked for, altogether */
    DWORD factory_thread; /* where the last was asked for */
    DWORD object_thread;  /* where the last object was made */
};

void WINAPI runtime_server_look(struct runtime_server_look *look);

#endif
