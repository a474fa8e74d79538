/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <winsock2.h> /* before windows.h */
#include <ws2tcpip.h>

#include "inet_socket.h"

#define WINDOW 1000u /* ms in which a socket is surely made */

static SRWLOCK socket_lock = SRWLOCK_INIT;
static DWORD last_number;       /* of connections that began */
static DWORD last_began;        /* GetTickCount() */
static unsigned int connecting; /* in the last second */
static DWORD crowded;           /* the connection up to which none can be told from another */

static BOOL sockets_start(void)
{
    static volatile LONG started;
    WSADATA data;

    if (started)
        return TRUE;
    if (WSAStartup(MAKEWORD(2, 2), &data))
        return FALSE;
    if (InterlockedExchange(&started, 1))
        WSACleanup();
    return TRUE;
}

/* The ports of a connected socket. */
static BOOL socket_ports(SOCKET handle, WORD *local, WORD *remote)
{
    struct sockaddr_storage here, there;
    int here_size = sizeof(here), there_size = sizeof(there);

    if (getsockname(handle, (struct sockaddr *)&here, &here_size)
            || getpeername(handle, (struct sockaddr *)&there, &there_size)
            || (there.ss_family != AF_INET && there.ss_family != AF_INET6))
        return FALSE;
    *local = ((struct sockaddr_in *)&here)->sin_port; /* the same place in both families */
    *remote = ((struct sockaddr_in *)&there)->sin_port;
    return TRUE;
}

void inet_socket_expect(struct inet_socket *where)
{
    DWORD now = GetTickCount();
    SOCKET probe;

    memset(where, 0, sizeof(*where));
    if (!sockets_start() || (probe = socket(AF_INET, SOCK_STREAM, 0)) == INVALID_SOCKET)
        return;
    AcquireSRWLockExclusive(&socket_lock);
    where->began = ++last_number;
    if (now - last_began >= WINDOW)
        connecting = 0; /* those which failed were never counted back */
    if (connecting)
        crowded = last_number;
    connecting++;
    last_began = now;
    ReleaseSRWLockExclusive(&socket_lock);
    where->handle = probe;
    closesocket(probe);
}

static BOOL peer_is(SOCKET handle, const WCHAR *address)
{
    struct sockaddr_storage there;
    int size = sizeof(there);
    WCHAR text[64];

    return !getpeername(handle, (struct sockaddr *)&there, &size)
            && !GetNameInfoW((struct sockaddr *)&there, size, text, ARRAYSIZE(text), NULL, 0,
                    NI_NUMERICHOST)
            && !_wcsicmp(text, address);
}

void inet_socket_found(struct inet_socket *where, const WCHAR *address)
{
    BOOL alone;

    if (!where->began)
        return;
    AcquireSRWLockExclusive(&socket_lock);
    if (connecting)
        connecting--;
    alone = where->began > crowded;
    ReleaseSRWLockExclusive(&socket_lock);
    where->began = 0;
    if (!alone || !peer_is(where->handle, address)
            || !socket_ports(where->handle, &where->local, &where->remote))
        memset(where, 0, sizeof(*where));
}

static BOOL socket_is_there(const struct inet_socket *where)
{
    WORD local, remote;

    return where->handle && !where->began && where->local
            && socket_ports(where->handle, &local, &remote) && local == where->local
            && remote == where->remote;
}

DWORD inet_socket_waiting(const struct inet_socket *where)
{
    u_long size = 0;

    if (!socket_is_there(where) || ioctlsocket(where->handle, FIONREAD, &size))
        return 0;
    return size;
}

void inet_socket_break(const struct inet_socket *where)
{
    if (socket_is_there(where))
        shutdown(where->handle, SD_BOTH);
}
