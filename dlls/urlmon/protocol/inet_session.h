/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The WinINet sessions which all bindings of the process share, and with them its connections. */
#ifndef CONCIERGE_INET_SESSION_H
#define CONCIERGE_INET_SESSION_H

#include <windows.h>
#include <wininet.h>

/* The session for HTTP, asynchronous; NULL with GetLastError(). */
HINTERNET inet_session_http(void);

/* The one for FTP, whose calls block. */
HINTERNET inet_session_ftp(void);

/* The proxy of the sessions from now on: an INTERNET_OPEN_TYPE_, and what InternetOpen takes with
 * it (either may be NULL). S_OK, E_OUTOFMEMORY. */
HRESULT inet_session_set_proxy(DWORD type, const char *name, const char *bypass);

/* Closes the sessions when no object of the module is alive that could use them. */
void inet_session_close_unused(void);

/* Milliseconds without a sign of life after which a connection is given up: the value
 * ReceiveTimeout of the Internet Settings in the registry (KB181050), else 30 s. */
DWORD inet_session_timeout(void);

/* The user agent of the process; free() it. NULL when out of memory. */
WCHAR *inet_session_user_agent(void);

#endif
