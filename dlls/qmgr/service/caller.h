/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is calling: the client behind the current COM call. */
#ifndef CONCIERGE_QMGR_CALLER_H
#define CONCIERGE_QMGR_CALLER_H

#include "job.h"

struct caller
{
    WCHAR *sid;      /* text form */
    HANDLE token;    /* impersonation token, or NULL when it is the service's own user */
    BOOL admin;      /* member of Administrators, not deny-only; or a service account */
    BOOL restricted; /* has restricting SIDs: may neither create nor modify jobs */
    BOOL elevated;
    DWORD integrity; /* SECURITY_MANDATORY_*_RID */
};

/* Finds out, by impersonating the client for a moment. E_ACCESSDENIED when it cannot be known. */
HRESULT caller_get(struct caller *caller);
void caller_free(struct caller *caller);

/* May the caller use the job? Its owner and administrators may; others E_ACCESSDENIED. */
HRESULT caller_check_job(const struct caller *caller, const struct bits_job *job);

/* Is this the user the service itself runs as? Jobs of others are worked on with their owner's
 * token. */
BOOL caller_is_service_user(const WCHAR *sid);

#endif
