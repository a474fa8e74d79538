/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "deferred_call.h"

#include "transport_parts.h"

/* Not the system's pool: its locks and the loader's are taken in either order when a callback keeps
 * a module. Ours keeps this one for good. */
BOOL deferred_call(void (*function)(void *), void *argument)
{
    return transport_pool_run(function, argument);
}
