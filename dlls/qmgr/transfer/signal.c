/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transfer_private.h"

#include <stdlib.h>

struct transfer_signal *signal_create(void)
{
    struct transfer_signal *signal = calloc(1, sizeof(*signal));

    if (signal)
        signal->references = 1;
    return signal;
}

void signal_addref(struct transfer_signal *signal)
{
    InterlockedIncrement(&signal->references);
}

void signal_release(struct transfer_signal *signal)
{
    if (!InterlockedDecrement(&signal->references))
        free(signal);
}

void signal_raise(struct transfer_signal *signal)
{
    InterlockedIncrement(&signal->value);
    WakeByAddressAll(&signal->value);
}
