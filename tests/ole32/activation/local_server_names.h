/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What local_server.exe, the test, and the servers that it has started share, by name. */
#ifndef CONCIERGE_TESTS_LOCAL_SERVER_NAMES_H
#define CONCIERGE_TESTS_LOCAL_SERVER_NAMES_H

#include <windows.h>

/* Prefixes of the names; then comes the name of the test's case. Servers may be services: so the
 * names are global. */
#define LOCAL_SERVER_SECTION L"Global\\local-server-state-"
#define LOCAL_SERVER_QUIT L"Global\\local-server-quit-"     /* manual: every server ends */
#define LOCAL_SERVER_REVOKE L"Global\\local-server-revoke-" /* automatic: one server revokes */

/* Set in the environment of a client, and found by a server that it starts. */
#define LOCAL_SERVER_VARIABLE L"LOCAL_SERVER_VARIABLE"

struct local_server_state
{
    LONG started;              /* servers, ever */
    LONG embedding;            /* those which found -Embedding as their last argument */
    LONG variable;             /* those with the variable in their environment */
    LONG revoked;              /* class objects revoked, on demand or by a service that stops */
    LONG loaded;               /* ISurrogate::LoadDllServer */
    LONG freed;                /* ISurrogate::FreeSurrogate */
    LONG stopped;              /* services that have said so */
    HRESULT registered;        /* of the last CoRegisterClassObject */
    WCHAR directory[MAX_PATH]; /* the last server's */
};

#endif
