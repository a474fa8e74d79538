/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What ends with an apartment, and with the process. */
#include "class_activation.h"

#include "broker_client.h"
#include "class_registry.h"
#include "class_table.h"
#include "running_table.h"
#include "server_library.h"

void activation_leave_begin(struct apartment *apartment)
{
    class_table_leave(apartment);
    running_table_leave(apartment);
}

void activation_leave_end(struct apartment *apartment)
{
    server_libraries_leave(apartment);
}

void activation_process_detach(BOOL terminating)
{
    class_registry_process_detach(terminating);
    broker_process_detach(terminating);
    running_table_detach(terminating);
}
