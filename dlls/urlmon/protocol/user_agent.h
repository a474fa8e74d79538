/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The name this process gives itself in requests. */
#ifndef CONCIERGE_USER_AGENT_H
#define CONCIERGE_USER_AGENT_H

#include <windows.h>

/* A copy, by malloc. `option` is that of ObtainUserAgentString; what UrlMkSetSessionOption has set
 * takes precedence. NULL: out of memory. */
char *user_agent_get(DWORD option);

/* Sets it for this process. E_INVALIDARG: empty, or with characters that would end the header. */
HRESULT user_agent_set(const char *text, size_t length);

/* Forgets what was set: it is made from the registry again. */
void user_agent_refresh(void);

#endif
