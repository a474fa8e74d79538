/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Group policies, HKLM\Software\Policies\Microsoft\Windows\BITS, with their documented defaults
 * ("Group Policies" of the BITS documentation). Read once, when the service starts.
 */
#ifndef CONCIERGE_QMGR_POLICY_H
#define CONCIERGE_QMGR_POLICY_H

#include <windows.h>

enum policy
{
    POLICY_JOB_INACTIVITY_TIMEOUT, /* seconds; 90 days */
    POLICY_MAX_DOWNLOAD_TIME,      /* seconds; 90 days */
    POLICY_MAX_JOBS_PER_MACHINE,   /* 300 */
    POLICY_MAX_JOBS_PER_USER,      /* 60 */
    POLICY_MAX_FILES_PER_JOB,      /* 200 */
    POLICY_MAX_RANGES_PER_FILE,    /* 500 */
    POLICY_COUNT,
};

void policy_load(void);
DWORD policy_get(enum policy policy);

#endif
