/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The side of the mock objects: an apartment of this process, or another process. A class factory
 * there makes them (IClassFactory::CreateInstance with the IID of the mock).
 */
#ifndef CONCIERGE_TESTS_PROXY_FAR_SIDE_H
#define CONCIERGE_TESTS_PROXY_FAR_SIDE_H

#include "interface_mock.h"

/* What two processes share: a section of some name, with events of NAME-ready and NAME-stop. */
struct far_side_section
{
    struct mock_control control;
    ULONG size;
    BYTE packet[512]; /* a table-strong one, of the class factory */
};

/* An apartment of its own, on a thread that serves messages. */
struct host
{
    HANDLE thread, ready, stop;
    DWORD coinit;
    IStream *stream;
};

/* Starts it: the proxy of its class factory. */
IClassFactory *host_start(struct host *host, DWORD coinit);
void host_stop(struct host *host);

struct server
{
    HANDLE process, section, ready, stop;
    struct far_side_section *shared;
};

/* Starts a program, which lies beside this one and whose main is far_side_main, with an apartment
 * ("sta", "mta"): the proxy of its class factory. mock_control is in the shared section then. */
IClassFactory *server_start(struct server *server, const char *program, const char *apartment);
void server_stop(struct server *server);
int far_side_main(int argc, char **argv);

/* Serves this thread's messages for a while. */
void far_side_serve(DWORD milliseconds);
/* Serves until the value is that, for five seconds at most. Whether it is. */
BOOL far_side_becomes(const volatile LONG *value, LONG expected);

#endif
