/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Acting as a job's owner on the calling thread. */
#ifndef CONCIERGE_QMGR_IMPERSONATE_H
#define CONCIERGE_QMGR_IMPERSONATE_H

#include <windows.h>

/* `token` NULL: the owner is the service's own user, and nothing needs to be done. */
static inline BOOL impersonate_begin(HANDLE token)
{
    return !token || ImpersonateLoggedOnUser(token);
}

static inline void impersonate_end(HANDLE token)
{
    if (token)
        RevertToSelf();
}

#endif
