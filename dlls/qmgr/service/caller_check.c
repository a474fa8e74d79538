/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "caller.h"

#include <wchar.h>

/* "BITS Security, Tokens, and Administrator Accounts": a job made in an elevated state is for
 * elevated callers only, and one made at a higher integrity level is out of reach. */
HRESULT caller_check_job(const struct caller *caller, const struct bits_job *job)
{
    if (caller->integrity < job->owner_integrity)
        return E_ACCESSDENIED;
    if (wcscmp(caller->sid, job->owner))
        return caller->admin ? S_OK : E_ACCESSDENIED;
    return job->owner_elevated && !caller->elevated ? E_ACCESSDENIED : S_OK;
}
