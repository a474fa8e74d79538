/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rendezvous.h"
#include "service.h"
#include "trace.h"

void start_type_update(BOOL have_jobs)
{
    static BOOL known, automatic;
    SC_HANDLE manager, service;

    if (known && automatic == have_jobs)
        return;
    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT)))
        return;
    if ((service = OpenServiceW(manager, RENDEZVOUS_SERVICE, SERVICE_CHANGE_CONFIG)))
    {
        if (ChangeServiceConfigW(service, SERVICE_NO_CHANGE,
                    have_jobs ? SERVICE_AUTO_START : SERVICE_DEMAND_START, SERVICE_NO_CHANGE, NULL,
                    NULL, NULL, NULL, NULL, NULL, NULL))
        {
            known = TRUE;
            automatic = have_jobs;
        }
        else
            trace("start type not changed: %lu", GetLastError());
        CloseServiceHandle(service);
    }
    CloseServiceHandle(manager);
}
