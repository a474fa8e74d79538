/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy.h"

#define DAYS (24 * 3600)

static struct
{
    const WCHAR *name;
    DWORD value;
} policies[POLICY_COUNT] = {
        [POLICY_JOB_INACTIVITY_TIMEOUT] = {L"JobInactivityTimeout", 90 * DAYS},
        [POLICY_MAX_DOWNLOAD_TIME] = {L"MaxDownloadTime", 90 * DAYS},
        [POLICY_MAX_JOBS_PER_MACHINE] = {L"MaxJobsPerMachine", 300},
        [POLICY_MAX_JOBS_PER_USER] = {L"MaxJobsPerUser", 60},
        [POLICY_MAX_FILES_PER_JOB] = {L"MaxFilesPerJob", 200},
        [POLICY_MAX_RANGES_PER_FILE] = {L"MaxRangesPerFile", 500},
};

void policy_load(void)
{
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"Software\\Policies\\Microsoft\\Windows\\BITS", 0,
                KEY_QUERY_VALUE, &key))
        return;
    for (unsigned int i = 0; i < POLICY_COUNT; i++)
    {
        DWORD value, size = sizeof(value);

        if (!RegGetValueW(key, NULL, policies[i].name, RRF_RT_REG_DWORD, NULL, &value, &size))
            policies[i].value = value;
    }
    RegCloseKey(key);
}

DWORD policy_get(enum policy policy)
{
    return policies[policy].value;
}
