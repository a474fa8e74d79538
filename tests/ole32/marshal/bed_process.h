/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Another process with an object: server.exe, which lies beside the tests of marshalling. */
#ifndef MARSHAL_BED_PROCESS_H
#define MARSHAL_BED_PROCESS_H

#include "bed.h"

struct server
{
    PROCESS_INFORMATION process;
    HANDLE end, section;
    LONG *state;
    WCHAR file[MAX_PATH];
};

/* Starts a server, whose apartment is of that model, and gives its packet, marshalled with these
 * flags. `kind` is L"handler" for an object with a handler, or L"". */
IStream *server_start(struct server *server, DWORD model, DWORD flags, const WCHAR *kind);
/* Waits until the server's object has this many references (negative: more than one). */
BOOL server_references(struct server *server, LONG expected);
/* Asks it to end, and waits; its exit code: 0 when all references came back. */
DWORD server_stop(struct server *server);

#endif
