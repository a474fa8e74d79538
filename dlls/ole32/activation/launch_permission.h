/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may start servers, and use those that run. */
#ifndef CONCIERGE_LAUNCH_PERMISSION_H
#define CONCIERGE_LAUNCH_PERMISSION_H

#include <windows.h>

#include "broker_client.h"

/* Whether this process's user may use the server by LaunchPermission of its AppID: S_OK or
 * E_ACCESSDENIED. Costs nothing where that is not set. */
HRESULT launch_permission_activate(const struct broker_server *server);

/* Whether he may start it: by LaunchPermission, else by the computer's DefaultLaunchPermission, and
 * always by its MachineLaunchRestriction. S_OK or E_ACCESSDENIED. */
HRESULT launch_permission_launch(const struct broker_server *server);

#endif
