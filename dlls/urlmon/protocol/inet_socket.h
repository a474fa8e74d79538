/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The socket below a connection of WinINet's, which has no way to stop an operation that is under
 * way: closing its handles leaves a thread with the server until that moves. The socket is found as
 * the one that gets the handle which was free when WinINet began to connect, on the same thread;
 * where several threads connect at the same moment it stays unknown.
 */
#ifndef CONCIERGE_INET_SOCKET_H
#define CONCIERGE_INET_SOCKET_H

#include <stdint.h>
#include <windows.h>

/* All zero: unknown. */
struct inet_socket
{
    uintptr_t handle;
    WORD local, remote; /* ports, which tell whether the handle is still the same socket's */
    DWORD began;        /* the number of its connecting, while that lasts */
};

/* WinINet is about to connect on this thread. */
void inet_socket_expect(struct inet_socket *socket);

/* It has connected, to a server or proxy of this address, in numbers: a socket with another peer is
 * somebody else's. */
void inet_socket_found(struct inet_socket *socket, const WCHAR *address);

/* Bytes that have come and WinINet has not taken; 0 when unknown. */
DWORD inet_socket_waiting(const struct inet_socket *socket);

/* Ends the connection: what waits for it fails at once. Harmless when unknown or closed. */
void inet_socket_break(const struct inet_socket *socket);

#endif
