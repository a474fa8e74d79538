/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which INET_E_ code a failure of the network gets. Page: URL Moniker Error Codes. */
#ifndef CONCIERGE_INET_ERRORS_H
#define CONCIERGE_INET_ERRORS_H

#include <windows.h>

/* The code for an error of WinINet or of a socket. */
HRESULT inet_error_hresult(DWORD error);

/* The code for an HTTP status of 400 and more, when nobody wants to see its answer. */
HRESULT inet_status_hresult(DWORD status);

/* Whether an error says that the server cannot be reached. */
BOOL inet_error_is_unreachable(DWORD error);

/* Whether an error is one of the server's certificate, which a client may choose to overlook. */
BOOL inet_error_is_certificate(DWORD error);

#endif
